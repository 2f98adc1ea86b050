/*
 * tally access: what the rules of an nginx.conf say.
 */

#include "command/term.h"
#include "oci_reference.h"
#include "users/rules.h"
#include "users/verbs.h"

#include <stdio.h>
#include <string.h>


#define CMD_ACCESS_CONF  "/etc/nginx/nginx.conf"


typedef struct {
    bool         explain;
    const char  *config;
    cmd_list_t   groups;
    cmd_list_t   claims;
} cmd_access_t;


/* what is asked */

typedef struct {
    oci_identity_t  who;
    oci_str_t       repo;
    oci_str_t       tag;
    unsigned        actions;
} cmd_access_ask_t;


static void cmd_access_defaults(void *options);
static int cmd_access_run(cmd_t *cmd);
static size_t cmd_access_all(const cmd_access_t *o, const oci_array_t *blocks,
    const cmd_access_ask_t *ask, bool *allowed);
static oci_status_e cmd_access_ask(cmd_t *cmd, cmd_access_ask_t *ask);
static oci_status_e cmd_access_where(cmd_t *cmd, cmd_access_ask_t *ask);
static oci_status_e cmd_access_who(cmd_t *cmd, oci_identity_t *who);
static void cmd_access_name(const char *text, oci_identity_t *who);
static oci_status_e cmd_access_claims(cmd_t *cmd, json_t *claims);
static bool cmd_access_say(const rules_block_t *block,
    const cmd_access_ask_t *ask, bool explain);
static void cmd_access_line(const char *action, bool allowed,
    const oci_rule_t *rule);


#define cmd_access_at(member)  offsetof(cmd_access_t, member)


static const cmd_flag_t  cmd_access_flags[] = {
    { "claim", 0, CMD_LIST, cmd_access_at(claims), "NAME=VALUE",
      "a claim of whoever asks; may be repeated" },
    { "config", 'c', CMD_STRING, cmd_access_at(config), "FILE",
      "the configuration of nginx (" CMD_ACCESS_CONF ")" },
    { "explain", 0, CMD_BOOL, cmd_access_at(explain), NULL,
      "say which line decides" },
    { "group", 0, CMD_LIST, cmd_access_at(groups), "NAME",
      "a group of whoever asks; may be repeated" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flags_t  cmd_access_sets[] = {
    { cmd_access_flags, 0 },
    { NULL, 0 }
};


const cmd_verb_t  cmd_access = {
    "access", "USER REPO[:TAG] ACTION",
    "Says what the rules of a registry allow",
    "  tally access --explain alice team/app:v1 push\n"
    "  tally access --explain anonymous public/app pull -c nginx.conf\n"
    "  tally access --explain --group ci workload=build app/x create\n",
    NULL, cmd_access_sets, sizeof(cmd_access_t), cmd_access_defaults,
    cmd_access_run
};


/* a bit of an action, and what it is called */

static const struct {
    unsigned     action;
    const char  *name;
} cmd_access_actions[] = {
    { OCI_MAY_PULL, "pull" },
    { OCI_MAY_UPLOAD, "upload" },
    { OCI_MAY_CREATE, "create" },
    { OCI_MAY_UPDATE, "update" },
    { OCI_MAY_DELETE, "delete" },
    { OCI_MAY_CATALOG, "catalog" },
    { 0, NULL }
};


static void
cmd_access_defaults(void *options)
{
    cmd_access_t  *o = options;

    o->config = CMD_ACCESS_CONF;
}


static int
cmd_access_run(cmd_t *cmd)
{
    bool               allowed;
    size_t             n;
    oci_array_t        blocks;
    cmd_access_t      *o;
    cmd_access_ask_t   ask;

    o = cmd->options;

    if (cmd->nargs != 3) {
        return cmd_usage(cmd, "access needs a user, a repository and an "
                              "action");
    }

    oci_array_init(&blocks, cmd->pool, sizeof(rules_block_t));

    if (cmd_access_ask(cmd, &ask) != OCI_OK
        || rules_read(&blocks, cmd->pool, o->config, &cmd->err) != OCI_OK)
    {
        return cmd_error(cmd, "%s", cmd->err.text);
    }

    n = cmd_access_all(o, &blocks, &ask, &allowed);
    json_decref((json_t *) ask.who.claims);

    if (n == 0) {
        return cmd_error(cmd, "%s has no registry_rule", o->config);
    }

    if (!o->explain) {
        (void) puts(allowed ? "allowed" : "denied");
    }

    return allowed ? 0 : 1;
}


/* how many blocks have rules; allowed: each of them allows it */

static size_t
cmd_access_all(const cmd_access_t *o, const oci_array_t *blocks,
    const cmd_access_ask_t *ask, bool *allowed)
{
    size_t                i, n;
    const rules_block_t  *block = blocks->elts;

    n = 0;
    *allowed = true;

    for (i = 0; i < blocks->nelts; i++) {
        n += block[i].access != NULL;
    }

    for (i = 0; i < blocks->nelts; i++) {

        if (block[i].access == NULL) {
            continue;
        }

        if (n > 1 && o->explain) {
            term_print(stdout, (char *) block[i].where.data,
                       block[i].where.len);
            (void) puts(":");
        }

        *allowed &= cmd_access_say(&block[i], ask, o->explain);
    }

    return n;
}


static oci_status_e
cmd_access_ask(cmd_t *cmd, cmd_access_ask_t *ask)
{
    oci_str_t     action;
    oci_status_e  rc;

    memset(ask, 0, sizeof(cmd_access_ask_t));

    rc = cmd_access_who(cmd, &ask->who);

    if (rc == OCI_OK) {
        rc = cmd_access_where(cmd, ask);
    }

    if (rc != OCI_OK) {
        return rc;
    }

    action = oci_str(cmd->args[2]);
    ask->actions = oci_action_parse(&action);

    if (ask->actions == 0) {
        return oci_error(&cmd->err, OCI_INVALID, 0,
                         "unknown action \"%s\": it is pull, push, create, "
                         "update, delete, catalog or \"*\"", cmd->args[2]);
    }

    return OCI_OK;
}


static oci_status_e
cmd_access_where(cmd_t *cmd, cmd_access_ask_t *ask)
{
    char  *colon;

    ask->repo = oci_str(cmd->args[1]);
    colon = strchr(cmd->args[1], ':');

    if (colon != NULL) {
        ask->repo.len = (size_t) (colon - cmd->args[1]);
        ask->tag = oci_str(colon + 1);
    }

    if (!oci_name_valid(&ask->repo)
        || (colon != NULL && !oci_tag_valid(&ask->tag)))
    {
        return oci_error(&cmd->err, OCI_INVALID, 0,
                         "\"%s\" is neither REPOSITORY nor REPOSITORY:TAG",
                         cmd->args[1]);
    }

    return OCI_OK;
}


/* alice, anonymous, or KIND=NAME as rules have it */

static oci_status_e
cmd_access_who(cmd_t *cmd, oci_identity_t *who)
{
    size_t         i;
    json_t        *claims;
    oci_str_t     *s;
    cmd_access_t  *o;

    o = cmd->options;
    cmd_access_name(cmd->args[0], who);

    oci_array_init(&who->groups, cmd->pool, sizeof(oci_str_t));
    oci_array_init(&who->names, cmd->pool, sizeof(oci_str_t));
    oci_array_init(&who->grants, cmd->pool, sizeof(oci_grant_t));

    for (i = 0; i < o->groups.nelts; i++) {
        s = oci_array_push(&who->groups);
        if (s == NULL) {
            return oci_error(&cmd->err, OCI_NOMEM, 0, "out of memory");
        }

        *s = oci_str(o->groups.elts[i]);
    }

    claims = json_object();
    who->claims = claims;

    return cmd_access_claims(cmd, claims);
}


/* "alice", "anonymous", or one of another kind: "workload=build" */

static void
cmd_access_name(const char *text, oci_identity_t *who)
{
    size_t       len;
    oci_who_e    kind;
    const char  *equals;

    who->name = oci_str(text);
    who->kind = oci_str_is(&who->name, "anonymous") ? OCI_ANONYMOUS
                                                    : OCI_USER;
    equals = strchr(text, '=');

    for (kind = OCI_USER; equals != NULL && kind <= OCI_WORKLOAD; kind++) {
        len = strlen(oci_who_name(kind));

        if (len == (size_t) (equals - text)
            && strncmp(text, oci_who_name(kind), len) == 0)
        {
            who->kind = kind;
            who->name = oci_str(equals + 1);
            break;
        }
    }

    if (who->kind == OCI_ANONYMOUS) {
        who->name = oci_str("");
    }
}


static oci_status_e
cmd_access_claims(cmd_t *cmd, json_t *claims)
{
    char          *equals;
    size_t         i;
    cmd_access_t  *o;

    o = cmd->options;

    for (i = 0; i < o->claims.nelts; i++) {
        equals = strchr(o->claims.elts[i], '=');

        if (equals == NULL) {
            return oci_error(&cmd->err, OCI_INVALID, 0,
                             "\"%s\" is not NAME=VALUE", o->claims.elts[i]);
        }

        (void) json_object_set_new(claims,
                   (char *) oci_str_dup(cmd->pool,
                                        (const u_char *) o->claims.elts[i],
                                        (size_t) (equals
                                                  - o->claims.elts[i])).data,
                   json_string(equals + 1));
    }

    return OCI_OK;
}


static bool
cmd_access_say(const rules_block_t *block, const cmd_access_ask_t *ask,
    bool explain)
{
    bool               all, allowed;
    size_t             i;
    const oci_rule_t  *rule;

    all = true;

    for (i = 0; cmd_access_actions[i].name != NULL; i++) {

        if (!(ask->actions & cmd_access_actions[i].action)) {
            continue;
        }

        allowed = oci_access_may(block->access, &ask->who, &ask->repo,
                                 ask->tag.len != 0 ? &ask->tag : NULL,
                                 cmd_access_actions[i].action, &rule);
        all &= allowed;

        if (explain) {
            cmd_access_line(cmd_access_actions[i].name, allowed, rule);
        }
    }

    return all;
}


static void
cmd_access_line(const char *action, bool allowed, const oci_rule_t *rule)
{
    (void) printf("%s: %s", action, allowed ? "allowed" : "denied");

    if (rule == NULL) {
        (void) puts(", no rule speaks of it");
        return;
    }

    (void) printf(" by ");
    term_print(stdout, (char *) rule->file.data, rule->file.len);
    (void) printf(":%u: ", rule->line);
    term_print(stdout, (char *) rule->text.data, rule->text.len);
    (void) fputc('\n', stdout);
}
