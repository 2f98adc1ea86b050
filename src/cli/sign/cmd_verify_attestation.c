/*
 * verify-attestation: signed statements about images, in both formats.  The
 * type is compared inside the signed statement.
 */

#include "sign/attempt.h"
#include "sign/say.h"
#include "sign/verbs.h"

#include <stdio.h>
#include <string.h>


typedef struct {
    cmd_t            *cmd;
    sign_rules_t     *rules;
    const char       *type;         /* as given */
    const char       *uri;
    sign_image_t      image;
    oci_array_t       good;         /* sign_good_t, of the type */
    oci_array_t       lines;        /* oci_str_t: their envelopes */
    oci_buf_t         others;       /* types of verified ones */
    size_t            verified;
    oci_error_t       first;
} cmd_attested_t;


static int cmd_verify_attestation_run(cmd_t *cmd);
static int cmd_attested_image(cmd_attested_t *a, const char *name);
static oci_status_e cmd_attested_find(cmd_attested_t *a);
static void cmd_attested_try(cmd_attested_t *a, const sign_bundle_t *bundle,
    const sign_layer_t *layer);
static void cmd_attested_add(cmd_attested_t *a,
    const oci_sign_verdict_t *verdict, const sign_bundle_t *bundle);
static oci_str_t cmd_attested_line(cmd_attested_t *a,
    const oci_sign_bundle_t *bundle);
static int cmd_attested_failed(cmd_attested_t *a);


static const cmd_flag_t  cmd_attested_flags[] = {
    { "experimental-oci11", 0, CMD_REFUSED, 0, "false",
      "attestations are found by their tag, and among the referrers anyway" },
    { "policy", 0, CMD_STRING, offsetof(sign_args_t, refused), "FILE",
      NULL },
    { "type", 0, CMD_STRING, offsetof(sign_args_t, claim.type), "TYPE",
      "predicate type: custom, slsaprovenance, spdxjson, ... or a URI" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flags_t  cmd_attested_sets[] = {
    { cmd_attested_flags, 0 },
    { sign_flags_check, 0 },
    { sign_flags_claims, 0 },
    { sign_flags_piv, 0 },
    sign_flags_where(0)
};


const cmd_verb_t  cmd_verify_attestation = {
    "verify-attestation", "IMAGE...", "Verifies attestations of images",
    "  tally verify-attestation --key cosign.pub --type slsaprovenance1 "
    "\\\n      registry.example/app:1.0\n",
    "COSIGN_", cmd_attested_sets, sizeof(sign_args_t), sign_args_defaults,
    cmd_verify_attestation_run
};


static int
cmd_verify_attestation_run(cmd_t *cmd)
{
    int              rc;
    size_t           i;
    sign_args_t     *args;
    sign_rules_t     rules;
    cmd_attested_t   a;

    args = cmd->options;
    memset(&a, 0, sizeof(cmd_attested_t));

    a.cmd = cmd;
    a.rules = &rules;
    a.type = args->claim.type ? args->claim.type : "custom";
    a.uri = oci_sign_predicate_type(a.type);

    if (cmd->nargs == 0) {
        return cmd_usage(cmd, "verify-attestation needs at least one image");
    }

    if (a.uri == NULL) {
        return cmd_usage(cmd, "--type is a known predicate type or a URI");
    }

    if (args->output.style != NULL && strcmp(args->output.style, "json") != 0
        && strcmp(args->output.style, "text") != 0)
    {
        return cmd_usage(cmd, "--output is json or text, and the same here");
    }

    if (sign_args_refused(cmd) != OCI_OK
        || sign_trust_verify(cmd) != OCI_OK
        || sign_rules_load(cmd->pool, args, &rules, &cmd->err) != OCI_OK)
    {
        return cmd_fail(cmd, 1);
    }

    rules.pairs.nelts = 0;
    sign_say_log(&rules, "attestation");

    for (rc = 0, i = 0; rc == 0 && i < cmd->nargs; i++) {
        rc = cmd_attested_image(&a, cmd->args[i]);
    }

    return rc;
}


static int
cmd_attested_image(cmd_attested_t *a, const char *name)
{
    size_t  i;

    oci_array_init(&a->good, a->cmd->pool, sizeof(sign_good_t));
    oci_array_init(&a->lines, a->cmd->pool, sizeof(oci_str_t));

    if (sign_image_load(&a->image, a->cmd, name) != OCI_OK) {
        return cmd_fail(a->cmd, 1);
    }

    if (cmd_attested_find(a) != OCI_OK) {
        return cmd_fail(a->cmd, 1);
    }

    if (a->good.nelts == 0) {
        return cmd_attested_failed(a);
    }

    sign_say_checks(a->cmd, a->rules, &a->good, name);

    for (i = 0; i < a->lines.nelts; i++) {
        printf("%s\n", ((oci_str_t *) a->lines.elts)[i].data);
    }

    oci_buf_free(&a->others);

    return 0;
}


static oci_status_e
cmd_attested_find(cmd_attested_t *a)
{
    size_t         i;
    oci_str_t      tag;
    oci_array_t    found;
    sign_args_t   *args;
    oci_status_e   status;

    args = a->cmd->options;

    if (!cmd_given(a->cmd, "new-bundle-format") || args->output.new_bundle) {
        status = sign_find_bundles(a->cmd, &a->image.sigs,
                                   &a->image.manifest.digest, &found);

        for (i = 0; status == OCI_OK && i < found.nelts; i++) {
            cmd_attested_try(a, (sign_bundle_t *) found.elts + i, NULL);
        }

        if (status != OCI_OK || a->good.nelts != 0) {
            return status;
        }
    }

    if (cmd_given(a->cmd, "new-bundle-format") && args->output.new_bundle) {
        return OCI_OK;
    }

    tag = sign_tag(a->cmd->pool, args->place.tag_prefix,
                   &a->image.manifest.digest, "att");
    status = sign_find_layers(a->cmd, &a->image.sigs, &a->image.manifest.digest,
                              (char *) tag.data, false, &found);

    for (i = 0; status == OCI_OK && i < found.nelts; i++) {
        cmd_attested_try(a, NULL, (sign_layer_t *) found.elts + i);
    }

    return status;
}


static void
cmd_attested_try(cmd_attested_t *a, const sign_bundle_t *bundle,
    const sign_layer_t *layer)
{
    size_t               key;
    oci_error_t          err;
    oci_sign_verdict_t   verdict;
    sign_attempt_t       try = { a->cmd->pool, a->rules, bundle, layer,
                                 &a->image.manifest.digest, true };

    memset(&err, 0, sizeof(oci_error_t));

    for (key = 0; key < sign_attempts(&try); key++) {
        if (sign_attempt(&try, key, &verdict, &err) == OCI_OK) {
            cmd_attested_add(a, &verdict, bundle);
            return;
        }
    }

    if (a->first.status == OCI_OK) {
        a->first = err;
    }
}


static void
cmd_attested_add(cmd_attested_t *a, const oci_sign_verdict_t *verdict,
    const sign_bundle_t *bundle)
{
    oci_str_t        *line;
    sign_good_t      *good;
    const oci_str_t  *type;

    a->verified++;
    type = &verdict->statement.predicate_type;

    if (!oci_str_is(type, a->uri)) {
        oci_buf_adds(&a->others, a->others.len ? "," : "");
        oci_buf_add(&a->others, type->data, type->len);
        return;
    }

    good = oci_array_push(&a->good);
    line = oci_array_push(&a->lines);

    if (good == NULL || line == NULL) {
        return;
    }

    good->verdict = *verdict;
    good->bundle = bundle != NULL;
    *line = bundle ? cmd_attested_line(a, &bundle->bundle)
            : verdict->envelope;
}


static oci_str_t
cmd_attested_line(cmd_attested_t *a, const oci_sign_bundle_t *bundle)
{
    oci_str_t  payload, sig;

    payload = oci_sign_b64(a->cmd->pool, bundle->payload.data,
                           bundle->payload.len);
    sig = oci_sign_b64(a->cmd->pool, bundle->signature.data,
                       bundle->signature.len);

    return oci_strf(a->cmd->pool, "{\"payload\":\"%s\",\"payloadType\":\""
                    OCI_SIGN_INTOTO "\",\"signatures\":[{\"sig\":\"%s\"}]}",
                    payload.data, sig.data);
}


static int
cmd_attested_failed(cmd_attested_t *a)
{
    if (a->verified != 0) {
        (void) oci_error(&a->cmd->err, OCI_DENIED, 0, "none of the "
                         "attestations matched the predicate type: %.100s, "
                         "found: %.300s", a->type,
                         a->others.len ? (char *) a->others.data : "");

    } else {
        (void) oci_error(&a->cmd->err, OCI_DENIED, 0, "no matching "
                         "attestations: %.400s",
                         a->first.status != OCI_OK ? a->first.text
                         : "the image has none");
    }

    oci_buf_free(&a->others);

    return cmd_fail(a->cmd, 1);
}
