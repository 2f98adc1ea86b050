/*
 * tally passwd: keeps a file of users for "registry_auth htpasswd".
 */

#include "command/file.h"
#include "command/password.h"
#include "command/term.h"
#include "oci_users.h"
#include "users/lines.h"
#include "users/verbs.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>


typedef struct {
    bool     delete;
    bool     password_stdin;
    int64_t  cost;
} cmd_passwd_t;


static void cmd_passwd_defaults(void *options);
static int cmd_passwd_run(cmd_t *cmd);
static bool cmd_passwd_name(const char *name);
static oci_status_e cmd_passwd_line(cmd_t *cmd, const oci_str_t *user,
    oci_str_t *line);
static oci_status_e cmd_passwd_read(cmd_t *cmd, oci_str_t *password);


#define cmd_passwd_at(member)  offsetof(cmd_passwd_t, member)


static const cmd_flag_t  cmd_passwd_flags[] = {
    { "cost", 0, CMD_NUMBER, cmd_passwd_at(cost), "N",
      "of bcrypt, from 4 to 17; each step doubles the work (10)" },
    { "delete", 'D', CMD_BOOL, cmd_passwd_at(delete), NULL,
      "take the user out of the file" },
    { "password-stdin", 0, CMD_BOOL, cmd_passwd_at(password_stdin), NULL,
      "the password is all of standard input" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flags_t  cmd_passwd_sets[] = {
    { cmd_passwd_flags, 0 },
    { NULL, 0 }
};


const cmd_verb_t  cmd_passwd = {
    "passwd", "FILE USER", "Keeps the users of a registry",
    "  # asks for the password twice\n"
    "  tally passwd /etc/nginx/registry.users alice\n"
    "  # from a script\n"
    "  tally passwd --password-stdin registry.users alice < password\n"
    "  tally passwd --delete registry.users alice\n",
    NULL, cmd_passwd_sets, sizeof(cmd_passwd_t), cmd_passwd_defaults,
    cmd_passwd_run
};


static void
cmd_passwd_defaults(void *options)
{
    cmd_passwd_t  *o = options;

    o->cost = 10;
}


static int
cmd_passwd_run(cmd_t *cmd)
{
    bool           found;
    oci_str_t      user, line;
    oci_status_e   rc;
    cmd_passwd_t  *o;

    o = cmd->options;
    found = false;

    if (cmd->nargs != 2) {
        return cmd_usage(cmd, "passwd needs a file and a user");
    }

    user = oci_str(cmd->args[1]);

    if (!cmd_passwd_name(cmd->args[1])) {
        return cmd_error(cmd, "the name of a user is UTF-8 without a colon "
                              "or control characters, and does not begin "
                              "with \"#\"");
    }

    if (o->cost < 4 || o->cost > 17) {
        return cmd_error(cmd, "--cost is between 4 and 17");
    }

    rc = o->delete ? OCI_OK : cmd_passwd_line(cmd, &user, &line);

    if (rc == OCI_OK) {
        rc = lines_set(cmd->pool, cmd->args[0], &user, ':',
                       o->delete ? NULL : &line, &found, &cmd->err);
    }

    if (rc != OCI_OK) {
        return cmd_error(cmd, "%s", cmd->err.text);
    }

    if (o->delete && !found) {
        return cmd_error(cmd, "%s has no user \"%s\"", cmd->args[0],
                         cmd->args[1]);
    }

    (void) fputs(o->delete ? "deleted " : found ? "changed " : "added ",
                 stderr);
    term_print(stderr, (char *) user.data, user.len);
    (void) fputc('\n', stderr);

    return 0;
}


/* one that a line of the file can begin with */

static bool
cmd_passwd_name(const char *name)
{
    size_t         n, len;
    const u_char  *p;

    p = (const u_char *) name;
    len = strlen(name);

    if (len == 0 || *p == '#') {
        return false;
    }

    for ( /* void */ ; len != 0; p += n, len -= n) {
        n = oci_utf8_size(p, len);

        if (n == 0 || *p < ' ' || *p == 0x7f || *p == ':') {
            return false;
        }
    }

    return true;
}


static oci_status_e
cmd_passwd_line(cmd_t *cmd, const oci_str_t *user, oci_str_t *line)
{
    u_char         random[16];
    oci_str_t      hash, password;
    oci_status_e   rc;
    cmd_passwd_t  *o;

    o = cmd->options;

    rc = cmd_passwd_read(cmd, &password);

    if (rc == OCI_OK && getrandom(random, sizeof(random), 0) != 16) {
        rc = oci_error(&cmd->err, OCI_IO, 0, "no random bytes");
    }

    if (rc == OCI_OK) {
        rc = oci_password_hash(&hash, cmd->pool, &password,
                               (unsigned) o->cost, random, &cmd->err);
        OPENSSL_cleanse(password.data, password.len);
    }

    if (rc == OCI_OK) {
        *line = oci_strf(cmd->pool, "%.*s:%s", (int) user->len, user->data,
                         (char *) hash.data);
    }

    return rc;
}


static oci_status_e
cmd_passwd_read(cmd_t *cmd, oci_str_t *password)
{
    oci_str_t      again;
    oci_status_e   rc;
    cmd_passwd_t  *o;

    o = cmd->options;

    if (o->password_stdin) {
        return password_input(cmd->pool, password, &cmd->err);
    }

    if (!isatty(STDIN_FILENO)) {
        return oci_error(&cmd->err, OCI_INVALID, 0,
                         "standard input is no terminal: give "
                         "--password-stdin");
    }

    rc = password_ask(cmd->pool, "Password: ", password, &cmd->err);

    if (rc == OCI_OK) {
        rc = password_ask(cmd->pool, "Again: ", &again, &cmd->err);
    }

    if (rc == OCI_OK && !oci_str_eq(password, &again)) {
        rc = oci_error(&cmd->err, OCI_MISMATCH, 0,
                       "these are two different passwords");
    }

    return rc;
}
