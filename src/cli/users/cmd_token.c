/*
 * tally token: robots, for "registry_auth robots".
 */

#include "command/term.h"
#include "oci_base64url.h"
#include "oci_file.h"
#include "oci_robots.h"
#include "users/lines.h"
#include "users/verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>


#define CMD_TOKEN_FILE  ((size_t) 16 << 20)


typedef struct {
    const char  *file;
    const char  *actions;
    const char  *expires;
    cmd_list_t   repos;
} cmd_token_t;


static void cmd_token_defaults(void *options);
static int cmd_token_run(cmd_t *cmd);
static int cmd_token_create(cmd_t *cmd, const oci_str_t *name);
static int cmd_token_revoke(cmd_t *cmd, const oci_str_t *name);
static int cmd_token_list(cmd_t *cmd);
static void cmd_token_until(time_t t);
static bool cmd_token_line(cmd_t *cmd, const char *expires,
    oci_str_t *secret, oci_str_t *line);
static bool cmd_token_expires(const char *text, char *out, size_t len);
static long long cmd_token_unit(const char *text);
static oci_status_e cmd_token_load(cmd_t *cmd, oci_robots_t **robots);


#define cmd_token_at(member)  offsetof(cmd_token_t, member)


static const cmd_flag_t  cmd_token_flags[] = {
    { "actions", 0, CMD_STRING, cmd_token_at(actions), "A,B",
      "what it may: pull, push, create, update, delete, catalog (pull)" },
    { "expires", 0, CMD_STRING, cmd_token_at(expires), "TIME",
      "how long: 12h, 90d, or never (90d)" },
    { "file", 'f', CMD_STRING, cmd_token_at(file), "FILE",
      "the file that registry_auth robots names" },
    { "repo", 0, CMD_LIST, cmd_token_at(repos), "PATTERN",
      "where: a repository or a pattern such as app/**; may be repeated" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flags_t  cmd_token_sets[] = {
    { cmd_token_flags, 0 },
    { NULL, 0 }
};


const cmd_verb_t  cmd_token = {
    "token", "create NAME | revoke NAME | list",
    "Makes and revokes secrets for robots",
    "  tally token create deploy -f robots --repo 'app/**' --expires 30d\n"
    "  tally token revoke deploy -f robots\n"
    "  tally token list -f robots\n",
    NULL, cmd_token_sets, sizeof(cmd_token_t), cmd_token_defaults,
    cmd_token_run
};


static void
cmd_token_defaults(void *options)
{
    cmd_token_t  *o = options;

    o->actions = "pull";
    o->expires = "90d";
}


static int
cmd_token_run(cmd_t *cmd)
{
    oci_str_t     name;
    cmd_token_t  *o;

    o = cmd->options;

    if (o->file == NULL) {
        return cmd_error(cmd, "--file is needed");
    }

    if (cmd->nargs == 1 && strcmp(cmd->args[0], "list") == 0) {
        return cmd_token_list(cmd);
    }

    if (cmd->nargs != 2) {
        return cmd_usage(cmd, "token needs create or revoke and a name");
    }

    name = oci_str(cmd->args[1]);

    if (!oci_robot_name_valid(&name)) {
        return cmd_error(cmd, "a name has 1 to 128 printable characters, no "
                              "blank and no colon");
    }

    if (strcmp(cmd->args[0], "create") == 0) {
        return cmd_token_create(cmd, &name);
    }

    if (strcmp(cmd->args[0], "revoke") == 0) {
        return cmd_token_revoke(cmd, &name);
    }

    return cmd_usage(cmd, "token needs create or revoke and a name");
}


/* the secret is printed once, and kept nowhere */

static int
cmd_token_create(cmd_t *cmd, const oci_str_t *name)
{
    bool           found;
    char           expires[32];
    oci_str_t      secret, line;
    cmd_token_t   *o;
    oci_robots_t  *robots;

    o = cmd->options;

    if (o->repos.nelts == 0) {
        return cmd_error(cmd, "--repo is needed: where may it do this?");
    }

    if (!cmd_token_expires(o->expires, expires, sizeof(expires))) {
        return cmd_error(cmd, "--expires is a number and s, m, h, d or w, or "
                              "never");
    }

    if (!cmd_token_line(cmd, expires, &secret, &line)) {
        return cmd_error(cmd, "no random bytes");
    }

    /* what nginx would not read is not written */

    if (memchr(line.data, '\n', line.len) != NULL
        || oci_robots_parse(&robots, cmd->pool, &line, &cmd->err) != OCI_OK)
    {
        return cmd_error(cmd, "%s", cmd->err.text);
    }

    if (cmd_token_load(cmd, &robots) == OCI_OK
        && oci_robots_find(robots, name) != NULL)
    {
        return cmd_error(cmd, "there is a \"%s\" already: revoke it first",
                         cmd->args[1]);
    }

    memset(&cmd->err, 0, sizeof(cmd->err));

    if (lines_set(cmd->pool, o->file, name, ' ', &line, &found, &cmd->err)
        != OCI_OK)
    {
        return cmd_error(cmd, "%s", cmd->err.text);
    }

    (void) printf("%s\n", (char *) secret.data);

    return 0;
}


/* a new secret, and the line of the file that says what it may do */

static bool
cmd_token_line(cmd_t *cmd, const char *expires, oci_str_t *secret,
    oci_str_t *line)
{
    size_t         i;
    u_char         random[32];
    oci_str_t      text;
    cmd_token_t   *o;
    oci_digest_t   digest;

    o = cmd->options;

    if (getrandom(random, sizeof(random), 0) != sizeof(random)) {
        return false;
    }

    text = oci_base64url_encode(cmd->pool, random, sizeof(random));
    *secret = oci_strf(cmd->pool, OCI_ROBOT_PREFIX "%s", (char *) text.data);
    oci_digest_of(&digest, OCI_SHA256, secret->data, secret->len);

    *line = oci_strf(cmd->pool, "%s %s %s %s", cmd->args[1], digest.text,
                     expires, o->actions);

    for (i = 0; i < o->repos.nelts; i++) {
        *line = oci_strf(cmd->pool, "%s %s", (char *) line->data,
                         o->repos.elts[i]);
    }

    return true;
}


static int
cmd_token_revoke(cmd_t *cmd, const oci_str_t *name)
{
    bool          found;
    cmd_token_t  *o;

    o = cmd->options;

    if (lines_set(cmd->pool, o->file, name, ' ', NULL, &found, &cmd->err)
        != OCI_OK)
    {
        return cmd_error(cmd, "%s", cmd->err.text);
    }

    return found ? 0 : cmd_error(cmd, "%s has no \"%s\"", o->file,
                                 cmd->args[1]);
}


static int
cmd_token_list(cmd_t *cmd)
{
    size_t         i;
    oci_robot_t   *robot;
    oci_robots_t  *robots;

    if (cmd_token_load(cmd, &robots) != OCI_OK) {
        return cmd_error(cmd, "%s", cmd->err.text);
    }

    robot = robots->list.elts;

    for (i = 0; i < robots->list.nelts; i++) {
        term_print(stdout, (char *) robot[i].name.data, robot[i].name.len);
        cmd_token_until((time_t) robot[i].expires);
    }

    return 0;
}


/* the rest of the line; 0: never */

static void
cmd_token_until(time_t t)
{
    char       when[32];
    struct tm  tm;

    if (t == 0 || gmtime_r(&t, &tm) == NULL
        || strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
    {
        (void) snprintf(when, sizeof(when), "never");
    }

    (void) printf("\t%s%s\n", when,
                  t != 0 && t <= time(NULL) ? "\texpired" : "");
}


/* "90d" from now, in UTC */

static bool
cmd_token_expires(const char *text, char *out, size_t len)
{
    char        *end;
    time_t       t;
    struct tm    tm;
    long long    n, unit;

    if (strcmp(text, "never") == 0) {
        (void) snprintf(out, len, "never");
        return true;
    }

    n = strtoll(text, &end, 10);

    unit = cmd_token_unit(end);

    if (end == text || n <= 0 || n > 100000000 || unit == 0) {
        return false;
    }

    t = time(NULL) + (time_t) (n * unit);

    return gmtime_r(&t, &tm) != NULL
           && strftime(out, len, "%Y-%m-%dT%H:%M:%SZ", &tm) == 20;
}


/* its seconds; 0: no unit */

static long long
cmd_token_unit(const char *text)
{
    size_t  i;

    static const struct {
        const char  *name;
        long long    seconds;
    } units[] = {
        { "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 },
        { "w", 7 * 86400 }, { NULL, 0 }
    };

    for (i = 0; units[i].name != NULL; i++) {
        if (strcmp(text, units[i].name) == 0) {
            break;
        }
    }

    return units[i].seconds;
}


static oci_status_e
cmd_token_load(cmd_t *cmd, oci_robots_t **robots)
{
    oci_str_t     text;
    cmd_token_t  *o;
    oci_status_e  rc;

    o = cmd->options;
    rc = oci_file_read(cmd->pool, o->file, CMD_TOKEN_FILE, &text, &cmd->err);

    return (rc == OCI_OK)
           ? oci_robots_parse(robots, cmd->pool, &text, &cmd->err) : rc;
}
