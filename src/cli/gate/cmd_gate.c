/*
 * gate: what the policies of a registry say of an image, rule by rule.
 */

#include "command/term.h"
#include "gate/policies.h"
#include "gate/source.h"
#include "gate/verbs.h"

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>


#define CMD_GATE_CONF     "/etc/nginx/nginx.conf"
#define CMD_EXIT_REFUSED  10


typedef struct {
    source_options_t  source;
    const char       *config;
    const char       *name;
    const char       *output;
} cmd_gate_t;


/* one image that is asked for */

typedef struct {
    cmd_t              *cmd;
    const char         *image;
    target_t            target;
    oci_gate_source_t   source;
    source_manifest_t   manifest;
    json_t             *json;           /* of the policies; or NULL */
    bool                refused;
} cmd_gate_ask_t;


static void cmd_gate_defaults(void *options);
static int cmd_gate_run(cmd_t *cmd);
static oci_status_e cmd_gate_image(cmd_gate_ask_t *ask, oci_error_t *err);
static oci_status_e cmd_gate_policy(cmd_gate_ask_t *ask,
    const oci_gate_policy_t *policy, oci_error_t *err);
static void cmd_gate_text(const oci_gate_policy_t *policy,
    const oci_gate_verdict_t *verdict);
static json_t *cmd_gate_json(const oci_gate_policy_t *policy,
    const oci_gate_verdict_t *verdict);
static const char *cmd_gate_word(const oci_gate_policy_t *policy,
    const oci_gate_verdict_t *verdict);
static void cmd_gate_print(cmd_gate_ask_t *ask);


#define cmd_gate_at(member)  offsetof(cmd_gate_t, member)


static const cmd_flag_t  cmd_gate_flags[] = {
    { "name", 0, CMD_STRING, cmd_gate_at(name), "POLICY",
      "this policy alone, whatever registry_gate says" },
    { "output", 'o', CMD_STRING, cmd_gate_at(output), "json|text",
      "how the verdict is printed (default text)" },
    { "policy", 0, CMD_STRING, cmd_gate_at(config), "FILE",
      "nginx.conf, or another file of policies (" CMD_GATE_CONF ")" },
    { "root", 0, CMD_STRING, cmd_gate_at(source)
                             + offsetof(source_options_t, root), "DIR",
      "a store on disk: no registry is asked" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flags_t  cmd_gate_sets[] = {
    { cmd_gate_flags, 0 },
    { transport_flags, cmd_gate_at(source)
                       + offsetof(source_options_t, transport) },
    { NULL, 0 }
};


const cmd_verb_t  cmd_gate = {
    "gate", "IMAGE", "Says whether an image may leave, and why",
    "  tally gate registry.example/prod/app:1.2\n"
    "  tally gate --policy nginx.conf --root /var/lib/registry prod/app:1.2\n"
    "  tally gate --policy release.conf --name release -o json "
    "registry.example/prod/app@sha256:5891b5b5...\n",
    NULL, cmd_gate_sets, sizeof(cmd_gate_t), cmd_gate_defaults, cmd_gate_run
};


static void
cmd_gate_defaults(void *options)
{
    cmd_gate_t  *o = options;

    o->config = CMD_GATE_CONF;
    o->output = "text";
}


static int
cmd_gate_run(cmd_t *cmd)
{
    size_t           i;
    cmd_gate_t      *o;
    oci_array_t      policies;
    oci_error_t      err = { OCI_OK, 0, "" };
    oci_status_e     rc;
    gate_policy_t   *policy;
    cmd_gate_ask_t   ask;

    o = cmd->options;

    if (cmd->nargs != 1) {
        return cmd_usage(cmd, "gate needs one image");
    }

    if (strcmp(o->output, "json") != 0 && strcmp(o->output, "text") != 0) {
        return cmd_usage(cmd, "--output is json or text");
    }

    memset(&ask, 0, sizeof(ask));
    ask.cmd = cmd;
    ask.image = cmd->args[0];
    ask.json = (o->output[0] == 'j') ? json_array() : NULL;

    if (target_open(&ask.target, cmd, &o->source, ask.image) != OCI_OK) {
        return cmd_error(cmd, "%s", cmd->err.text);
    }

    rc = gate_policies(&policies, cmd->pool, o->config, o->name,
                       &ask.target.ref.repo, &err);

    if (rc == OCI_OK) {
        rc = cmd_gate_image(&ask, &err);
    }

    policy = policies.elts;

    for (i = 0; rc == OCI_OK && i < policies.nelts; i++) {
        rc = cmd_gate_policy(&ask, policy[i].policy, &err);
    }

    if (rc != OCI_OK) {
        json_decref(ask.json);
        return cmd_error(cmd, "%s", err.text);
    }

    if (policies.nelts == 0 && ask.json == NULL) {
        printf("no policy is for \"%.*s\": it leaves\n",
               (int) ask.target.ref.repo.len,
               (char *) ask.target.ref.repo.data);
    }

    cmd_gate_print(&ask);

    return ask.refused ? CMD_EXIT_REFUSED : 0;
}


static oci_status_e
cmd_gate_image(cmd_gate_ask_t *ask, oci_error_t *err)
{
    oci_error_t   why = { OCI_OK, 0, "" };
    oci_status_e  rc;

    rc = source_manifest(ask->target.source, &ask->target.ref,
                         &ask->manifest, &why);

    if (rc == OCI_NOT_FOUND) {
        return oci_error(err, rc, 0, "no such image: \"%.300s\"",
                         ask->image);
    }

    if (rc == OCI_DENIED) {
        return oci_error(err, rc, 0, "%s; whoever asks must be let pass "
                         "(registry_gate_bypass), or use --root", why.text);
    }

    if (rc != OCI_OK) {
        return oci_error(err, rc, 0, "%s", why.text);
    }

    return gate_source(&ask->source, &ask->target, err);
}


static oci_status_e
cmd_gate_policy(cmd_gate_ask_t *ask, const oci_gate_policy_t *policy,
    oci_error_t *err)
{
    oci_status_e         rc;
    oci_gate_verdict_t   verdict;

    rc = oci_gate_judge(ask->cmd->pool, policy, &ask->source,
                        &ask->manifest.digest, &ask->manifest.content,
                        (int64_t) time(NULL), &verdict, err);

    if (rc != OCI_OK) {
        return rc;
    }

    ask->refused = ask->refused || (!verdict.passed && !policy->report);

    if (ask->json != NULL) {
        (void) json_array_append_new(ask->json,
                                     cmd_gate_json(policy, &verdict));

    } else {
        cmd_gate_text(policy, &verdict);
    }

    return OCI_OK;
}


static const char *
cmd_gate_word(const oci_gate_policy_t *policy,
    const oci_gate_verdict_t *verdict)
{
    return verdict->passed ? "passed"
           : policy->report ? "reported" : "refused";
}


static void
cmd_gate_text(const oci_gate_policy_t *policy,
    const oci_gate_verdict_t *verdict)
{
    size_t                    i;
    const oci_gate_reason_t  *reason;

    printf("%s by policy \"", cmd_gate_word(policy, verdict));
    term_print(stdout, (char *) policy->name.data, policy->name.len);
    printf("\" (%s:%u)\n", policy->file, policy->line);

    reason = verdict->reasons.elts;

    for (i = 0; i < verdict->reasons.nelts; i++) {
        printf("  %s  %s:%u  ", reason[i].passed ? "yes" : "no ",
               reason[i].file, reason[i].line);
        term_print(stdout, (char *) reason[i].text.data, reason[i].text.len);
        printf("\n");
    }
}


static json_t *
cmd_gate_json(const oci_gate_policy_t *policy,
    const oci_gate_verdict_t *verdict)
{
    json_t                   *rules;
    size_t                    i;
    const oci_gate_reason_t  *reason;

    rules = json_array();
    reason = verdict->reasons.elts;

    for (i = 0; i < verdict->reasons.nelts; i++) {
        (void) json_array_append_new(rules,
                   json_pack("{s:b, s:s, s:i, s:s%}",
                             "passed", reason[i].passed,
                             "file", reason[i].file,
                             "line", (int) reason[i].line,
                             "reason", reason[i].text.data,
                             reason[i].text.len));
    }

    return json_pack("{s:s%, s:s, s:i, s:s, s:o}",
                     "policy", policy->name.data, policy->name.len,
                     "file", policy->file, "line", (int) policy->line,
                     "verdict", cmd_gate_word(policy, verdict),
                     "rules", rules);
}


static void
cmd_gate_print(cmd_gate_ask_t *ask)
{
    char    *text;
    json_t  *json;

    if (ask->json == NULL) {
        return;
    }

    json = json_pack("{s:s, s:s, s:b, s:o}", "image", ask->image,
                     "digest", ask->manifest.digest.text,
                     "refused", ask->refused, "policies", ask->json);
    text = json_dumps(json, JSON_INDENT(2));

    if (text != NULL) {
        printf("%s\n", text);
    }

    free(text);
    json_decref(json);
}
