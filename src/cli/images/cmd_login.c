/*
 * login, logout: the credentials of a registry, kept where docker keeps them.
 */

#include "net/auth.h"
#include "command/password.h"
#include "net/transport.h"
#include "oci_reference.h"
#include "oci_sign_util.h"
#include "images/verbs.h"
#include "command/term.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>


#define CMD_LOGIN_NAME_MAX  1024


typedef struct {
    transport_options_t  transport;
    bool                 password_stdin;
} cmd_login_t;


static int cmd_login_run(cmd_t *cmd);
static int cmd_logout_run(cmd_t *cmd);
static oci_status_e cmd_login_host(cmd_t *cmd, oci_str_t *host);
static oci_status_e cmd_login_ask(cmd_t *cmd, auth_credentials_t *c);
static oci_status_e cmd_login_name(cmd_t *cmd);
static oci_status_e cmd_login_password(cmd_t *cmd, oci_str_t *password);
static oci_status_e cmd_login_check(cmd_t *cmd, const oci_str_t *host);
static void cmd_login_say(const char *what, const oci_str_t *where);


#define cmd_login_at(member)  offsetof(cmd_login_t, member)


/* COSIGN_PASSWORD is a key's */

static const cmd_flag_t  cmd_login_flags[] = {
    { "password", 'p', CMD_UNSAFE, 0, "",
      "whoever lists processes would see it: --password-stdin" },
    { "password-stdin", 0, CMD_BOOL, cmd_login_at(password_stdin), NULL,
      "the password is all of standard input" },
    { "username", 'u', CMD_STRING,
      cmd_login_at(transport) + offsetof(transport_options_t, username),
      "NAME", "user name for the registry" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flags_t  cmd_login_sets[] = {
    { cmd_login_flags, 0 },
    { transport_flags, cmd_login_at(transport) },
    { NULL, 0 }
};


const cmd_verb_t  cmd_login = {
    "login", "REGISTRY", "Logs in to a registry",
    "  # asks for the password\n"
    "  tally login -u alice registry.example\n"
    "  # from a script\n"
    "  tally login -u alice --password-stdin registry.example < password\n",
    "COSIGN_", cmd_login_sets, sizeof(cmd_login_t), NULL, cmd_login_run
};


const cmd_verb_t  cmd_logout = {
    "logout", "REGISTRY", "Forgets the credentials of a registry",
    "  tally logout registry.example\n",
    NULL, NULL, 0, NULL, cmd_logout_run
};


/* credentials are kept only after the registry has accepted them */

static int
cmd_login_run(cmd_t *cmd)
{
    oci_str_t            host, where;
    cmd_login_t         *o;
    oci_status_e         rc;
    auth_credentials_t   c;

    o = cmd->options;

    if (cmd->nargs != 1) {
        return cmd_usage(cmd, "login needs one registry");
    }

    if (o->transport.token != NULL) {
        return cmd_error(cmd, "a token is not kept: give --registry-token "
                              "to each command");
    }

    memset(&c, 0, sizeof(c));

    rc = cmd_login_host(cmd, &host);

    if (rc == OCI_OK) {
        rc = cmd_login_ask(cmd, &c);
    }

    if (rc == OCI_OK) {
        rc = cmd_login_check(cmd, &host);
    }

    if (rc == OCI_OK) {
        rc = auth_store(cmd->pool, (char *) host.data, &c, &where, &cmd->err);
    }

    oci_sign_wipe(&c.password);

    if (rc != OCI_OK) {
        return cmd_fail(cmd, 1);
    }

    cmd_login_say("logged in via ", &where);

    return 0;
}


static int
cmd_logout_run(cmd_t *cmd)
{
    oci_str_t     host, where;
    oci_status_e  rc;

    if (cmd->nargs != 1) {
        return cmd_usage(cmd, "logout needs one registry");
    }

    if (cmd_login_host(cmd, &host) != OCI_OK) {
        return cmd_fail(cmd, 1);
    }

    rc = auth_erase(cmd->pool, (char *) host.data, &where, &cmd->err);

    if (rc == OCI_NOT_FOUND) {
        cmd_login_say("not logged in to ", &host);
        return 0;
    }

    if (rc != OCI_OK) {
        return cmd_fail(cmd, 1);
    }

    cmd_login_say("logged out via ", &where);

    return 0;
}


/* as in a reference; also as a URL, which docker takes */

static oci_status_e
cmd_login_host(cmd_t *cmd, oci_str_t *host)
{
    size_t            len;
    oci_str_t         text;
    const char       *name;
    oci_status_e      rc;
    oci_reference_t   ref;

    name = cmd->args[0];

    if (strncmp(name, "https://", 8) == 0) {
        name += 8;

    } else if (strncmp(name, "http://", 7) == 0) {
        name += 7;
    }

    len = strcspn(name, "/");
    text = oci_strf(cmd->pool, "%.*s/x/y", (int) len, name);

    rc = oci_reference_parse(&ref, cmd->pool, &text, NULL);

    /* without a dot or a port it would be taken for a repository */

    if (rc != OCI_OK || oci_str_prefix(&ref.repo, "x/y") == false) {
        return oci_error(&cmd->err, OCI_INVALID, 0, "\"%s\" is no registry: "
                         "a host name has a dot or a port, or is localhost",
                         cmd->args[0]);
    }

    *host = ref.host;

    return OCI_OK;
}


static oci_status_e
cmd_login_ask(cmd_t *cmd, auth_credentials_t *c)
{
    cmd_login_t   *o;
    oci_status_e   rc;

    o = cmd->options;

    rc = (o->transport.username != NULL) ? OCI_OK : cmd_login_name(cmd);
    if (rc != OCI_OK) {
        return rc;
    }

    c->username = oci_str(o->transport.username);

    if (c->username.len == 0
        || memchr(c->username.data, ':', c->username.len) != NULL)
    {
        return oci_error(&cmd->err, OCI_INVALID, 0, "a user name is not "
                         "empty, and has no colon");
    }

    rc = cmd_login_password(cmd, &c->password);
    if (rc != OCI_OK) {
        return rc;
    }

    if (c->password.len == 0
        || memchr(c->password.data, '\0', c->password.len) != NULL)
    {
        return oci_error(&cmd->err, OCI_INVALID, 0, "a password is not "
                         "empty, and has no zero bytes");
    }

    o->transport.password = (char *) c->password.data;

    return OCI_OK;
}


static oci_status_e
cmd_login_name(cmd_t *cmd)
{
    char          line[CMD_LOGIN_NAME_MAX];
    cmd_login_t  *o;

    o = cmd->options;

    if (o->password_stdin || !isatty(STDIN_FILENO)) {
        return oci_error(&cmd->err, OCI_INVALID, 0,
                         "username and password required: give --username "
                         "and --password-stdin");
    }

    (void) fputs("Username: ", stderr);

    if (fgets(line, sizeof(line), stdin) == NULL) {
        line[0] = '\0';
    }

    line[strcspn(line, "\r\n")] = '\0';
    o->transport.username = (char *) oci_strf(cmd->pool, "%s", line).data;

    return OCI_OK;
}


/* one line end at its end is not the password's, as for docker and cosign */

static oci_status_e
cmd_login_password(cmd_t *cmd, oci_str_t *password)
{
    cmd_login_t  *o;

    o = cmd->options;

    if (!o->password_stdin) {

        if (o->transport.password != NULL) {
            *password = oci_strf(cmd->pool, "%s", o->transport.password);
            return OCI_OK;
        }

        if (!isatty(STDIN_FILENO)) {
            return oci_error(&cmd->err, OCI_INVALID, 0,
                             "username and password required: standard "
                             "input is no terminal, give --password-stdin");
        }

        return password_ask(cmd->pool, "Password: ", password,
                                      &cmd->err);
    }

    return password_input(cmd->pool, password, &cmd->err);
}


static oci_status_e
cmd_login_check(cmd_t *cmd, const oci_str_t *host)
{
    oci_str_t             none;
    transport_t          *transport;
    cmd_login_t          *o;
    oci_status_e          rc;
    transport_reply_t     reply;
    transport_request_t   req;

    o = cmd->options;
    none = oci_str("");

    transport = transport_open(cmd->pool, &o->transport);
    if (transport == NULL) {
        return oci_error(&cmd->err, OCI_NOMEM, 0, "out of memory");
    }

    memset(&req, 0, sizeof(req));
    req.method = "GET";
    req.host = host;
    req.repo = &none;
    req.path = "/v2/";
    req.max = CMD_LOGIN_NAME_MAX * 64;

    rc = transport_send(transport, &req, &reply, &cmd->err);

    if (rc != OCI_OK || reply.status == 200) {
        return rc;
    }

    if (reply.status == 401 || reply.status == 403) {
        return oci_error(&cmd->err, OCI_DENIED, 0, "%s refuses this user name "
                         "and password; nothing is kept", host->data);
    }

    return transport_refused(&req, &reply, &cmd->err);
}


static void
cmd_login_say(const char *what, const oci_str_t *where)
{
    (void) fputs(what, stderr);
    term_print(stderr, (char *) where->data, where->len);
    (void) fputc('\n', stderr);
}
