/*
 * verify: signatures of images, in both formats.
 *
 * Bundles are looked at first; a good legacy signature counts whatever
 * bundle lies beside it, and a bundle counts only when its statement is a
 * signature.  Exit codes are those of cosign 3.1.1, which are those of 2.5
 * with 1 for whatever is wrong with bundles.
 */

#include "sign/attempt.h"
#include "sign/say.h"
#include "command/file.h"
#include "sign/verbs.h"
#include "sign/verify.h"
#include "command/term.h"

#include <stdio.h>
#include <string.h>


#define CMD_EXIT_NONE     10        /* no signature at all */
#define CMD_EXIT_MISSING  11        /* no such image */
#define CMD_EXIT_WRONG    12        /* none of the signatures fits */
#define CMD_EXIT_NOCERT   13        /* no certificate to verify by */


/* the search for signatures of one image */

typedef struct {
    cmd_t               *cmd;
    sign_rules_t        *rules;
    bool                 bundled;       /* the first image had bundles */
    sign_image_t         image;

    oci_array_t          good;          /* sign_good_t */
    oci_array_t          seen;          /* bool, of each key */
    size_t               signers;
    size_t               wrong;         /* bundles that do not fit */
    size_t               layers;
    size_t               nocert;
    oci_error_t          first;
} cmd_search_t;


static int cmd_verify_images(cmd_t *cmd, const char *const *names,
    size_t n);
static int cmd_verify_run(cmd_t *cmd);
static int cmd_verify_image(cmd_t *cmd, sign_rules_t *rules,
    const char *name, bool child, bool *bundled);
static int cmd_search_open(cmd_search_t *s, const char *name);
static oci_status_e cmd_search(cmd_search_t *s);
static oci_status_e cmd_search_bundles(cmd_search_t *s);
static oci_status_e cmd_search_legacy(cmd_search_t *s);
static oci_status_e cmd_search_detached(cmd_search_t *s);
static void cmd_search_try(cmd_search_t *s, const sign_bundle_t *bundle,
    const sign_layer_t *layer);
static void cmd_search_wrong(cmd_search_t *s, const sign_bundle_t *bundle,
    const oci_error_t *err);
static void cmd_search_add(cmd_search_t *s, size_t key,
    const oci_sign_verdict_t *verdict, bool bundle);
static int cmd_search_failed(cmd_search_t *s);
static const char *cmd_search_repo(cmd_search_t *s);
static int cmd_verify_children(cmd_search_t *s);


static const cmd_flag_t  cmd_verify_flags[] = {
    { "payload", 0, CMD_STRING, offsetof(sign_args_t, claim.payload),
      "FILE", "what a detached signature signs" },
    { "recursive", 'r', CMD_BOOL, offsetof(sign_args_t, place.recursive),
      NULL, "an index and every image of it" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flags_t  cmd_verify_sets[] = {
    { cmd_verify_flags, 0 },
    { sign_flags_check, 0 },
    { sign_flags_old, 0 },
    { sign_flags_detached, 0 },
    { sign_flags_claims, 0 },
    { sign_flags_note, 0 },
    { sign_flags_piv, 0 },
    sign_flags_where(0)
};


const cmd_verb_t  cmd_verify = {
    "verify", "IMAGE...", "Verifies the signatures of images",
    "  # by a public key\n"
    "  tally verify --key cosign.pub registry.example/app:1.0\n\n"
    "  # with its entry in a transparency log, offline\n"
    "  tally verify --key cosign.pub --rekor-key rekor.pub "
    "registry.example/app:1.0\n\n"
    "  # keyless, against a trusted root\n"
    "  tally verify --trusted-root trusted_root.json \\\n"
    "      --certificate-identity ci@example.com \\\n"
    "      --certificate-oidc-issuer https://accounts.example.com "
    "registry.example/app:1.0\n\n"
    "  # two of three keys, every image of an index\n"
    "  tally verify --key a.pub --key b.pub --key c.pub --threshold 2 "
    "--recursive \\\n      registry.example/app:1.0\n",
    "COSIGN_", cmd_verify_sets, sizeof(sign_args_t), sign_args_defaults,
    cmd_verify_run
};


static int
cmd_verify_run(cmd_t *cmd)
{
    if (cmd->nargs == 0) {
        return cmd_usage(cmd, "verify needs at least one image");
    }

    return cmd_verify_images(cmd, (const char *const *) cmd->args,
                             cmd->nargs);
}


static int
cmd_verify_images(cmd_t *cmd, const char *const *names, size_t n)
{
    int            rc;
    bool           bundled;
    size_t         i;
    sign_args_t   *args;
    sign_rules_t   rules;

    args = cmd->options;

    if (args->output.style != NULL && strcmp(args->output.style, "json") != 0
        && strcmp(args->output.style, "text") != 0)
    {
        return cmd_usage(cmd, "--output is json or text");
    }

    if (args->claim.payload != NULL && args->claim.signature == NULL) {
        return cmd_usage(cmd, "--payload goes with --signature");
    }

    if (cmd_given(cmd, "new-bundle-format") && args->output.new_bundle
        && (args->place.oci11 || args->claim.signature != NULL
            || args->place.tag_prefix[0] != '\0'))
    {
        return cmd_usage(cmd, "--new-bundle-format excludes --signature, "
                              "--experimental-oci11 and "
                              "--attachment-tag-prefix: they are of the old "
                              "format");
    }

    if (args->claim.signature != NULL && args->place.oci11) {
        return cmd_usage(cmd, "--signature and --experimental-oci11 exclude "
                              "each other");
    }

    if (sign_args_refused(cmd) != OCI_OK
        || sign_trust_verify(cmd) != OCI_OK
        || sign_rules_load(cmd->pool, args, &rules, &cmd->err) != OCI_OK)
    {
        return cmd_fail(cmd, 1);
    }

    sign_say_log(&rules, "signature");
    bundled = false;

    for (i = 0; i < n; i++) {
        rc = cmd_verify_image(cmd, &rules, names[i], false, &bundled);

        if (rc != 0) {
            return rc;
        }
    }

    return 0;
}


int
cmd_verify_found(cmd_t *cmd, const oci_array_t *names, const char *where)
{
    size_t              i;
    const char *const  *list;

    list = names->elts;

    if (names->nelts == 0) {
        return cmd_error(cmd, "no images found in %s", where);
    }

    fprintf(stderr, "Extracted image(s): ");

    for (i = 0; i < names->nelts; i++) {
        fprintf(stderr, "%s", i != 0 ? ", " : "");
        term_print(stderr, list[i], strlen(list[i]));
    }

    fprintf(stderr, "\n");

    return cmd_verify_images(cmd, list, names->nelts);
}


static int
cmd_verify_image(cmd_t *cmd, sign_rules_t *rules, const char *name,
    bool child, bool *bundled)
{
    int            rc;
    bool           text;
    sign_args_t   *args;
    cmd_search_t   s;

    args = cmd->options;
    memset(&s, 0, sizeof(cmd_search_t));

    s.cmd = cmd;
    s.rules = rules;
    s.bundled = *bundled;
    oci_array_init(&s.good, cmd->pool, sizeof(sign_good_t));
    oci_array_init(&s.seen, cmd->pool, sizeof(bool));

    rc = cmd_search_open(&s, name);

    if (rc != 0) {
        return rc;
    }

    if (cmd_search(&s) != OCI_OK) {
        return cmd_fail(cmd, 1);
    }

    if (s.signers < rules->threshold) {
        return cmd_search_failed(&s);
    }

    *bundled = *bundled || ((sign_good_t *) s.good.elts)->bundle;
    text = args->output.style != NULL
           && strcmp(args->output.style, "text") == 0;

    sign_say_checks(cmd, rules, &s.good, name);

    if (sign_say_signatures(cmd, &s.good, name, &s.image.manifest.digest, text)
        != OCI_OK)
    {
        return cmd_fail(cmd, 1);
    }

    return (args->place.recursive && !child) ? cmd_verify_children(&s) : 0;
}


/* bundles, then the old format while too few keys have signed */

static oci_status_e
cmd_search(cmd_search_t *s)
{
    bool           only_new, only_old;
    sign_args_t   *args;
    oci_status_e   status;

    args = s->cmd->options;

    if (args->claim.signature != NULL) {
        return cmd_search_detached(s);
    }

    only_new = cmd_given(s->cmd, "new-bundle-format");
    only_old = only_new && !args->output.new_bundle;
    only_new = only_new && args->output.new_bundle;

    status = (!only_old && !args->place.oci11) ? cmd_search_bundles(s)
             : OCI_OK;

    return (status == OCI_OK && !only_new && s->signers < s->rules->threshold)
           ? cmd_search_legacy(s) : status;
}


static int
cmd_search_open(cmd_search_t *s, const char *name)
{
    oci_error_t   err = { OCI_OK, 0, "" };
    oci_status_e  status;

    status = sign_image_open(&s->image, s->cmd, name, &err);

    if (status == OCI_OK) {
        status = sign_image_read(&s->image, &err);

        if (status == OCI_NOT_FOUND) {
            (void) oci_error(&s->cmd->err, OCI_NOT_FOUND, 0,
                             "image tag not found: %s", err.text);
            return cmd_fail(s->cmd, CMD_EXIT_MISSING);
        }
    }

    if (status != OCI_OK) {
        s->cmd->err = err;
        return cmd_fail(s->cmd, 1);
    }

    return 0;
}


static oci_status_e
cmd_search_bundles(cmd_search_t *s)
{
    size_t         i;
    oci_array_t    bundles;
    oci_status_e   status;

    status = sign_find_bundles(s->cmd, &s->image.sigs,
                               &s->image.manifest.digest, &bundles);

    for (i = 0; status == OCI_OK && i < bundles.nelts; i++) {
        cmd_search_try(s, (sign_bundle_t *) bundles.elts + i, NULL);
    }

    return status;
}


static oci_status_e
cmd_search_legacy(cmd_search_t *s)
{
    size_t         i;
    oci_str_t      tag;
    oci_array_t    layers;
    sign_args_t   *args;
    oci_status_e   status;

    args = s->cmd->options;
    tag = sign_tag(s->cmd->pool, args->place.tag_prefix,
                   &s->image.manifest.digest, "sig");
    status = sign_find_layers(s->cmd, &s->image.sigs, &s->image.manifest.digest,
                              (char *) tag.data, args->place.oci11, &layers);

    for (i = 0; status == OCI_OK && i < layers.nelts; i++) {
        s->layers++;
        cmd_search_try(s, NULL, (sign_layer_t *) layers.elts + i);
    }

    return status;
}


/* --signature, with --payload or the payload as it would be made now */

static oci_status_e
cmd_search_detached(cmd_search_t *s)
{
    oci_str_t      context, digest;
    sign_args_t   *args;
    oci_error_t    none = { OCI_OK, 0, "" };
    oci_status_e   status;
    sign_layer_t   layer;

    args = s->cmd->options;
    memset(&layer, 0, sizeof(sign_layer_t));

    if (file_read(s->cmd->pool, args->claim.signature, &layer.sig.signature,
                       &none) != OCI_OK)
    {
        layer.sig.signature = oci_str(args->claim.signature);
    }

    status = OCI_OK;

    if (args->claim.payload != NULL) {
        status = file_read(s->cmd->pool, args->claim.payload,
                                &layer.sig.payload, &s->cmd->err);

    } else {
        context = oci_reference_context(&s->image.at.ref, s->cmd->pool);
        digest = oci_digest_str(&s->image.manifest.digest);
        layer.sig.payload = oci_sign_payload_text(s->cmd->pool, &context,
                                                  &digest,
                                                  &s->rules->pairs);
    }

    if (status == OCI_OK) {
        s->layers++;
        cmd_search_try(s, NULL, &layer);
    }

    return status;
}


/* one signature; a statement that is no signature is passed over */

static void
cmd_search_try(cmd_search_t *s, const sign_bundle_t *bundle,
    const sign_layer_t *layer)
{
    bool                 attested;
    size_t               key;
    oci_error_t          err;
    oci_status_e         status;
    oci_sign_verdict_t   verdict;
    sign_attempt_t       a = { s->cmd->pool, s->rules, bundle, layer,
                               &s->image.manifest.digest, false };

    attested = false;
    memset(&err, 0, sizeof(oci_error_t));

    for (key = 0; key < sign_attempts(&a); key++) {
        status = sign_attempt(&a, key, &verdict, &err);

        if (status == OCI_OK && bundle != NULL
            && !oci_str_is(&verdict.statement.predicate_type,
                           OCI_SIGN_PREDICATE))
        {
            attested = true;
            continue;
        }

        if (status == OCI_OK) {
            cmd_search_add(s, key, &verdict, bundle != NULL);
            return;
        }
    }

    if (!attested) {
        cmd_search_wrong(s, bundle, &err);
    }
}


static void
cmd_search_wrong(cmd_search_t *s, const sign_bundle_t *bundle,
    const oci_error_t *err)
{
    s->wrong += bundle != NULL;
    s->nocert += bundle == NULL && err->status == OCI_NOT_FOUND;

    if (s->first.status == OCI_OK) {
        s->first = *err;
    }
}


static void
cmd_search_add(cmd_search_t *s, size_t key,
    const oci_sign_verdict_t *verdict, bool bundle)
{
    bool         *seen;
    sign_good_t  *good;

    while (s->seen.nelts <= key) {
        if (oci_array_push(&s->seen) == NULL) {
            return;
        }
    }

    good = oci_array_push(&s->good);

    if (good == NULL) {
        return;
    }

    good->verdict = *verdict;
    good->bundle = bundle;

    seen = (bool *) s->seen.elts + key;
    s->signers += !*seen;
    *seen = true;
}


static int
cmd_search_failed(cmd_search_t *s)
{
    sign_args_t  *args;

    args = s->cmd->options;

    if (s->signers != 0) {
        (void) oci_error(&s->cmd->err, OCI_DENIED, 0, "no matching "
                         "signatures: %zu of the keys have signed, %llu must",
                         s->signers,
                         (unsigned long long) s->rules->threshold);
        return cmd_fail(s->cmd, CMD_EXIT_WRONG);
    }

    if (s->wrong == 0 && (s->layers == 0 || args->place.oci11)) {
        (void) oci_error(&s->cmd->err, OCI_NOT_FOUND, 0,
                         "no matching signatures: no signatures found for "
                         "%.200s@%s", cmd_search_repo(s),
                         s->image.manifest.digest.text);
        return cmd_fail(s->cmd, s->bundled ? 1 : CMD_EXIT_NONE);
    }

    (void) oci_error(&s->cmd->err, OCI_DENIED, 0,
                     "no matching signatures: %s", s->first.text);

    if (s->wrong != 0) {
        return cmd_fail(s->cmd, 1);
    }

    return cmd_fail(s->cmd, s->nocert == s->layers ? CMD_EXIT_NOCERT
                             : CMD_EXIT_WRONG);
}


/* what a digest is put behind: the name without the one that was given */

static const char *
cmd_search_repo(cmd_search_t *s)
{
    oci_str_t  context;

    context = ((sign_args_t *) s->cmd->options)->place.local
              ? s->image.at.ref.repo
              : oci_reference_context(&s->image.at.ref, s->cmd->pool);

    return (char *) context.data;
}


static int
cmd_verify_children(cmd_search_t *s)
{
    int         rc;
    size_t      i;
    json_t     *root, *list;
    oci_str_t   digest, name;

    root = oci_json_load(s->image.manifest.content.data,
                         s->image.manifest.content.len, 0, &s->cmd->err);

    if (root == NULL) {
        return cmd_fail(s->cmd, 1);
    }

    list = json_object_get(root, "manifests");

    for (rc = 0, i = 0; rc == 0 && i < json_array_size(list); i++) {
        digest = oci_json_str(json_array_get(list, i), "digest");
        name = oci_strf(s->cmd->pool, "%s@%.*s", cmd_search_repo(s),
                        (int) digest.len,
                        digest.len ? (char *) digest.data : "");
        rc = cmd_verify_image(s->cmd, s->rules, (char *) name.data, true,
                              &s->bundled);
    }

    json_decref(root);

    return rc;
}
