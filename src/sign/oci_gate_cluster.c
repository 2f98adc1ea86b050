/*
 * ClusterImagePolicy, as Sigstore's policy-controller reads it, in YAML or
 * JSON: what it says of this registry's images.
 *
 * Each policy that is for an image must hold; within one any authority will
 * do.  What an admission controller knows and a registry does not is refused
 * by its name.
 */

#include "oci_gate_field.h"
#include "oci_reference.h"
#include "oci_regexp.h"
#include "oci_yaml.h"

#include <string.h>


typedef struct {
    oci_gate_rules_t     *rules;
    oci_gate_require_t   *require;
    char                  where[128];       /* the policy, for messages */
    size_t                policies;
    bool                  passes;           /* an authority lets all pass */
    const char           *message;          /* of one that lets none */
    oci_error_t          *err;
} oci_gate_cluster_t;


static oci_status_e oci_gate_cluster_object(oci_gate_cluster_t *c,
    const json_t *object);
static oci_status_e oci_gate_cluster_policy(oci_gate_cluster_t *c,
    const json_t *object);
static oci_status_e oci_gate_cluster_form(oci_gate_cluster_t *c,
    const json_t *object);
static oci_status_e oci_gate_cluster_images(oci_gate_cluster_t *c,
    oci_gate_scope_t *scope, const json_t *images);
static oci_status_e oci_gate_cluster_glob(oci_gate_cluster_t *c,
    const oci_str_t *glob, const char **pattern);
static oci_status_e oci_gate_cluster_authority(oci_gate_cluster_t *c,
    const json_t *authority, size_t at);
static oci_status_e oci_gate_cluster_static(oci_gate_cluster_t *c,
    const json_t *from);
static oci_status_e oci_gate_cluster_key(oci_gate_cluster_t *c,
    const json_t *from, bool logged, const char *what);
static oci_status_e oci_gate_cluster_keyless(oci_gate_cluster_t *c,
    const json_t *from);
static oci_status_e oci_gate_cluster_who(oci_gate_cluster_t *c,
    oci_gate_signer_t *signer, const json_t *from);
static oci_status_e oci_gate_cluster_regexp(oci_gate_cluster_t *c,
    const json_t *from, const char *name, const char **pattern);
static oci_status_e oci_gate_cluster_trust(oci_gate_cluster_t *c,
    oci_gate_signer_t *signer);


#define OCI_GATE_CLUSTER  "it is an object of the cluster's, and the "       \
                          "registry is outside"
#define OCI_GATE_NO_ROOT  "name the file behind cluster_image_policy, with " \
                          "trusted_root="


static const oci_gate_field_t  oci_gate_cluster_top[] = {
    { "apiVersion", OCI_GATE_TEXT, NULL },
    { "kind", OCI_GATE_TEXT, NULL },
    { "metadata", OCI_GATE_WHATEVER, NULL },
    { "status", OCI_GATE_WHATEVER, NULL },
    { "spec", OCI_GATE_OBJECT, NULL },
    { NULL, OCI_GATE_TEXT, NULL }
};

static const oci_gate_field_t  oci_gate_cluster_spec[] = {
    { "images", OCI_GATE_LIST, NULL },
    { "authorities", OCI_GATE_LIST, NULL },
    { "mode", OCI_GATE_TEXT, NULL },
    { "match", OCI_GATE_LIST, "a registry does not see which resource runs "
      "an image" },
    { "policy", OCI_GATE_OBJECT, "CUE and Rego are not evaluated here" },
    { NULL, OCI_GATE_TEXT, NULL }
};

static const oci_gate_field_t  oci_gate_cluster_image[] = {
    { "glob", OCI_GATE_TEXT, NULL },
    { NULL, OCI_GATE_TEXT, NULL }
};

static const oci_gate_field_t  oci_gate_cluster_fields[] = {
    { "name", OCI_GATE_TEXT, NULL },
    { "key", OCI_GATE_OBJECT, NULL },
    { "keyless", OCI_GATE_OBJECT, NULL },
    { "static", OCI_GATE_OBJECT, NULL },
    { "ctlog", OCI_GATE_OBJECT, NULL },
    { "signatureFormat", OCI_GATE_TEXT, NULL },
    { "attestations", OCI_GATE_LIST, "signatures alone let an image go; of "
      "attestations those of scans, by \"scan\"" },
    { "source", OCI_GATE_LIST, "signatures are looked for beside the image" },
    { "rfc3161timestamp", OCI_GATE_OBJECT, OCI_GATE_CLUSTER },
    { NULL, OCI_GATE_TEXT, NULL }
};

static const oci_gate_field_t  oci_gate_cluster_keys[] = {
    { "data", OCI_GATE_TEXT, NULL },
    { "hashAlgorithm", OCI_GATE_TEXT, NULL },
    { "secretRef", OCI_GATE_OBJECT, OCI_GATE_CLUSTER },
    { "kms", OCI_GATE_TEXT, "a verdict asks nobody: put its public key into "
      "data" },
    { NULL, OCI_GATE_TEXT, NULL }
};

static const oci_gate_field_t  oci_gate_cluster_certs[] = {
    { "url", OCI_GATE_TEXT, NULL },
    { "identities", OCI_GATE_LIST, NULL },
    { "insecureIgnoreSCT", OCI_GATE_BOOL, NULL },
    { "ca-cert", OCI_GATE_OBJECT, OCI_GATE_NO_ROOT },
    { "trustRootRef", OCI_GATE_TEXT, OCI_GATE_NO_ROOT },
    { NULL, OCI_GATE_TEXT, NULL }
};

static const oci_gate_field_t  oci_gate_cluster_identity[] = {
    { "issuer", OCI_GATE_TEXT, NULL },
    { "issuerRegExp", OCI_GATE_TEXT, NULL },
    { "subject", OCI_GATE_TEXT, NULL },
    { "subjectRegExp", OCI_GATE_TEXT, NULL },
    { NULL, OCI_GATE_TEXT, NULL }
};

static const oci_gate_field_t  oci_gate_cluster_log[] = {
    { "url", OCI_GATE_TEXT, NULL },
    { "trustRootRef", OCI_GATE_TEXT, OCI_GATE_NO_ROOT },
    { NULL, OCI_GATE_TEXT, NULL }
};

static const oci_gate_field_t  oci_gate_cluster_action[] = {
    { "action", OCI_GATE_TEXT, NULL },
    { "message", OCI_GATE_TEXT, NULL },
    { NULL, OCI_GATE_TEXT, NULL }
};


oci_status_e
oci_gate_cluster(oci_gate_rules_t *rules, const oci_str_t *text,
    oci_error_t *err)
{
    size_t               i;
    json_t              *all;
    oci_status_e         rc;
    oci_gate_cluster_t   c;

    all = oci_yaml_load(text, OCI_YAML_DUPLICATES, err);

    if (all == NULL) {
        return OCI_INVALID;
    }

    if (!oci_sign_json_keep(rules->pool, all)) {
        return oci_nomem(err);
    }

    memset(&c, 0, sizeof(c));
    c.rules = rules;
    c.err = err;
    rc = OCI_OK;

    for (i = 0; rc == OCI_OK && i < json_array_size(all); i++) {
        rc = oci_gate_cluster_object(&c, json_array_get(all, i));
    }

    return (rc != OCI_OK || c.policies != 0) ? rc
           : oci_error(err, OCI_INVALID, 0, "there is no ClusterImagePolicy "
                       "in it");
}


/* a document: a policy, or a list of them, as kubectl prints it */

static oci_status_e
oci_gate_cluster_object(oci_gate_cluster_t *c, const json_t *object)
{
    size_t         i;
    json_t        *items;
    oci_str_t      kind;
    oci_status_e   rc;

    if (json_is_null(object)) {
        return OCI_OK;
    }

    kind = oci_json_str(object, "kind");

    if (oci_str_is(&kind, "ClusterImagePolicy")) {
        return oci_gate_cluster_policy(c, object);
    }

    if (!oci_str_is(&kind, "List")
        && !oci_str_is(&kind, "ClusterImagePolicyList"))
    {
        return oci_error(c->err, OCI_INVALID, 0, "\"%.64s\" cannot be "
                         "honoured: only ClusterImagePolicy is",
                         kind.len ? (char *) kind.data : "");
    }

    items = json_object_get(object, "items");
    rc = OCI_OK;

    for (i = 0; rc == OCI_OK && i < json_array_size(items); i++) {
        kind = oci_json_str(json_array_get(items, i), "kind");
        rc = oci_str_is(&kind, "ClusterImagePolicy")
             ? oci_gate_cluster_policy(c, json_array_get(items, i))
             : oci_error(c->err, OCI_INVALID, 0, "an item of the list is no "
                         "ClusterImagePolicy");
    }

    return rc;
}


static oci_status_e
oci_gate_cluster_policy(oci_gate_cluster_t *c, const json_t *object)
{
    size_t             i;
    json_t            *spec, *list;
    oci_str_t          mode;
    oci_status_e       rc;
    oci_gate_scope_t  *scope;

    spec = json_object_get(object, "spec");
    mode = oci_json_str(spec, "mode");
    list = json_object_get(spec, "authorities");

    c->policies++;
    c->passes = false;
    c->message = NULL;

    rc = oci_gate_cluster_form(c, object);

    if (rc != OCI_OK) {
        return rc;
    }

    scope = oci_gate_scope_add(c->rules, c->err);
    c->require = (scope == NULL) ? NULL
                 : oci_gate_require_add(c->rules, scope,
                       (char *) oci_strf(c->rules->pool, "%s",
                                         c->where).data, c->err);

    if (c->require == NULL) {
        return OCI_INVALID;
    }

    c->require->warns = oci_str_is(&mode, "warn");
    rc = oci_gate_cluster_images(c, scope, json_object_get(spec, "images"));

    for (i = 0; rc == OCI_OK && i < json_array_size(list); i++) {
        rc = oci_gate_cluster_authority(c, json_array_get(list, i), i);
    }

    c->require->need = !c->passes;
    c->require->fixed = c->passes ? "\"static\" lets all pass" : c->message;

    return rc;
}


/* its members, and what it is called */

static oci_status_e
oci_gate_cluster_form(oci_gate_cluster_t *c, const json_t *object)
{
    json_t        *spec;
    oci_str_t      api, name, mode;
    oci_status_e   rc;

    name = oci_json_str(json_object_get(object, "metadata"), "name");
    api = oci_json_str(object, "apiVersion");
    spec = json_object_get(object, "spec");
    mode = oci_json_str(spec, "mode");

    (void) snprintf(c->where, sizeof(c->where), "ClusterImagePolicy "
                    "\"%.64s\"", name.len ? (char *) name.data : "");

    if (!oci_str_is(&api, "policy.sigstore.dev/v1beta1")
        && !oci_str_is(&api, "policy.sigstore.dev/v1alpha1"))
    {
        return oci_error(c->err, OCI_INVALID, 0, "%s: apiVersion is not "
                         "policy.sigstore.dev/v1beta1 or v1alpha1",
                         c->where);
    }

    rc = oci_gate_fields(object, oci_gate_cluster_top, c->where, c->err);

    if (rc == OCI_OK) {
        rc = oci_gate_fields(spec, oci_gate_cluster_spec, c->where, c->err);
    }

    if (rc != OCI_OK) {
        return rc;
    }

    if (json_object_get(spec, "authorities") == NULL) {
        return oci_error(c->err, OCI_INVALID, 0, "%s: there are no "
                         "\"authorities\"", c->where);
    }

    if (mode.len != 0 && !oci_str_is(&mode, "enforce")
        && !oci_str_is(&mode, "warn"))
    {
        return oci_error(c->err, OCI_INVALID, 0, "%s: \"mode\" is enforce "
                         "or warn", c->where);
    }

    return OCI_OK;
}


static oci_status_e
oci_gate_cluster_images(oci_gate_cluster_t *c, oci_gate_scope_t *scope,
    const json_t *images)
{
    size_t         i;
    oci_str_t      glob;
    const char    *pattern = NULL, **slot;
    oci_status_e   rc;

    rc = (json_array_size(images) != 0) ? OCI_OK
         : oci_error(c->err, OCI_INVALID, 0, "%s: there are no \"images\"",
                     c->where);

    for (i = 0; rc == OCI_OK && i < json_array_size(images); i++) {
        rc = oci_gate_fields(json_array_get(images, i),
                             oci_gate_cluster_image, c->where, c->err);
        glob = oci_json_str(json_array_get(images, i), "glob");

        if (rc == OCI_OK) {
            rc = oci_gate_cluster_glob(c, &glob, &pattern);
        }

        if (rc != OCI_OK) {
            return rc;
        }

        slot = oci_array_push(&scope->globs);

        if (slot == NULL) {
            return oci_nomem(c->err);
        }

        *slot = pattern;
    }

    return rc;
}


/*
 * As an expression: "*" stays within a component, "**" does not.  Which tag
 * it may be of cannot be asked: clients ask by digest, too.
 */

static oci_status_e
oci_gate_cluster_glob(oci_gate_cluster_t *c, const oci_str_t *glob,
    const char **pattern)
{
    size_t       i;
    oci_buf_t    b = oci_null_buf;
    oci_str_t    text;
    const char  *tail;

    text = oci_str_is(glob, "*") ? oci_str("index.docker.io/library/*")
           : oci_str_is(glob, "*/*") ? oci_str("index.docker.io/*/*")
           : *glob;
    tail = strrchr((char *) text.data, '/');
    tail = (tail != NULL) ? strpbrk(tail, ":@") : NULL;

    if (text.len == 0 || text.len > OCI_NAME_MAX * 2
        || strspn((char *) text.data, "abcdefghijklmnopqrstuvwxyz"
                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_:/*.@") != text.len)
    {
        return oci_error(c->err, OCI_INVALID, 0, "%s: \"%.128s\" is no glob "
                         "of images", c->where, (char *) text.data);
    }

    if (tail != NULL && (tail[0] == '@'
                         || tail[1 + strspn(tail + 1, "*")] != '\0'))
    {
        return oci_error(c->err, OCI_INVALID, 0, "%s: the glob \"%.128s\" "
                         "cannot be honoured: it is of some tags alone, and "
                         "clients ask by digest, too", c->where,
                         (char *) text.data);
    }

    oci_buf_adds(&b, "^(?:");

    for (i = 0; i < text.len; i++) {

        if (text.data[i] == '*' && text.data[i + 1] == '*') {
            oci_buf_adds(&b, ".*");
            i++;

        } else if (text.data[i] == '*') {
            oci_buf_adds(&b, "[^/]*");

        } else {
            oci_buf_addf(&b, "%s%c", text.data[i] == '.' ? "\\" : "",
                         text.data[i]);
        }
    }

    oci_buf_adds(&b, ")$");
    *pattern = b.failed ? NULL
               : (char *) oci_str_dup(c->rules->pool, b.data, b.len).data;
    oci_buf_free(&b);

    return (*pattern != NULL) ? OCI_OK : oci_nomem(c->err);
}


static oci_status_e
oci_gate_cluster_authority(oci_gate_cluster_t *c, const json_t *from,
    size_t at)
{
    char           where[sizeof(c->where)];
    json_t        *key, *keyless, *fixed, *log;
    oci_str_t      name, format;
    oci_status_e   rc;

    name = oci_json_str(from, "name");
    (void) snprintf(where, sizeof(where), "authority \"%.64s\"",
                    name.len ? (char *) name.data
                    : (char *) oci_strf(c->rules->pool, "authority-%zu",
                                        at).data);
    rc = oci_gate_fields(from, oci_gate_cluster_fields, c->where, c->err);

    key = json_object_get(from, "key");
    keyless = json_object_get(from, "keyless");
    fixed = json_object_get(from, "static");
    log = json_object_get(from, "ctlog");
    format = oci_json_str(from, "signatureFormat");

    if (rc == OCI_OK && log != NULL) {
        rc = (json_object_get(log, "url") == NULL)
             ? oci_error(c->err, OCI_INVALID, 0, "%s: \"ctlog\" needs url",
                         c->where)
             : oci_gate_fields(log, oci_gate_cluster_log, c->where, c->err);
    }

    if (rc != OCI_OK) {
        return rc;
    }

    if ((key != NULL) + (keyless != NULL) + (fixed != NULL) != 1
        || (fixed != NULL && log != NULL))
    {
        return oci_error(c->err, OCI_INVALID, 0, "%s: %s has exactly one of "
                         "key, keyless and static, the last alone", c->where,
                         where);
    }

    if (format.len != 0 && !oci_str_is(&format, "legacy")
        && !oci_str_is(&format, "bundle"))
    {
        return oci_error(c->err, OCI_INVALID, 0, "%s: \"signatureFormat\" is "
                         "legacy or bundle", c->where);
    }

    return (fixed != NULL) ? oci_gate_cluster_static(c, fixed)
           : (key != NULL) ? oci_gate_cluster_key(c, key, log != NULL, where)
           : oci_gate_cluster_keyless(c, keyless);
}


static oci_status_e
oci_gate_cluster_static(oci_gate_cluster_t *c, const json_t *from)
{
    oci_str_t     action, message;
    oci_status_e  rc;

    rc = oci_gate_fields(from, oci_gate_cluster_action, c->where, c->err);
    action = oci_json_str(from, "action");
    message = oci_json_str(from, "message");

    if (rc == OCI_OK && oci_str_is(&action, "pass")) {
        c->passes = true;
        return OCI_OK;
    }

    c->message = message.len ? (char *) message.data
                             : "\"static\" lets none pass";

    return (rc != OCI_OK || oci_str_is(&action, "fail")) ? rc
           : oci_error(c->err, OCI_INVALID, 0, "%s: \"action\" is pass or "
                       "fail", c->where);
}


static oci_status_e
oci_gate_cluster_key(oci_gate_cluster_t *c, const json_t *from, bool logged,
    const char *what)
{
    oci_str_t           alg;
    oci_status_e        rc;
    oci_gate_signer_t  *signer;

    rc = oci_gate_fields(from, oci_gate_cluster_keys, c->where, c->err);

    if (rc != OCI_OK) {
        return rc;
    }

    signer = oci_gate_signer_add(c->rules->pool, c->require, c->rules->line,
                                 c->err);

    if (signer == NULL) {
        return OCI_NOMEM;
    }

    signer->key.text = oci_json_str(from, "data");
    signer->what = (char *) oci_strf(c->rules->pool, "%s", what).data;
    alg = oci_json_str(from, "hashAlgorithm");

    if (alg.len != 0) {
        signer->alg = oci_alg_parse(&alg);
    }

    if (signer->key.text.len == 0 || signer->alg == OCI_ALG_NONE) {
        return oci_error(c->err, OCI_INVALID, 0, "%s: %s needs a public key "
                         "as \"data\", and sha256, sha384 or sha512 as "
                         "\"hashAlgorithm\"", c->where, what);
    }

    if (signer->what == NULL) {
        return oci_nomem(c->err);
    }

    if (!logged) {
        return OCI_OK;
    }

    signer->log = OCI_GATE_LOG_REQUIRED;

    return oci_gate_cluster_trust(c, signer);
}


/* each identity is one that suffices */

static oci_status_e
oci_gate_cluster_keyless(oci_gate_cluster_t *c, const json_t *from)
{
    size_t              i;
    json_t             *list;
    oci_status_e        rc;
    oci_gate_signer_t  *signer;

    rc = oci_gate_fields(from, oci_gate_cluster_certs, c->where, c->err);
    list = json_object_get(from, "identities");

    if (rc == OCI_OK && (list == NULL || json_object_get(from, "url") == NULL))
    {
        return oci_error(c->err, OCI_INVALID, 0, "%s: \"keyless\" needs url "
                         "and identities", c->where);
    }

    for (i = 0; rc == OCI_OK && i < json_array_size(list); i++) {
        signer = oci_gate_signer_add(c->rules->pool, c->require,
                                     c->rules->line, c->err);

        if (signer == NULL) {
            return OCI_NOMEM;
        }

        signer->keyless = true;
        signer->log = OCI_GATE_LOG_REQUIRED;
        signer->sct = oci_gate_true(from, "insecureIgnoreSCT")
                      ? OCI_GATE_SCT_NONE : OCI_GATE_SCT_REQUIRED;
        rc = oci_gate_cluster_who(c, signer, json_array_get(list, i));

        if (rc == OCI_OK) {
            rc = oci_gate_cluster_trust(c, signer);
        }
    }

    return rc;
}


static oci_status_e
oci_gate_cluster_who(oci_gate_cluster_t *c, oci_gate_signer_t *signer,
    const json_t *from)
{
    oci_status_e          rc;
    oci_sign_identity_t  *who;

    rc = oci_gate_fields(from, oci_gate_cluster_identity, c->where, c->err);

    who = &signer->identity;

    if (rc == OCI_OK) {
        rc = oci_gate_cluster_regexp(c, from, "issuerRegExp",
                                     &who->issuer_regexp);
    }

    if (rc == OCI_OK) {
        rc = oci_gate_cluster_regexp(c, from, "subjectRegExp",
                                     &who->subject_regexp);
    }

    if (rc != OCI_OK) {
        return rc;
    }

    who->issuer = json_string_value(json_object_get(from, "issuer"));
    who->subject = json_string_value(json_object_get(from, "subject"));

    if ((who->issuer == NULL) == (who->issuer_regexp == NULL)
        || (who->subject == NULL) == (who->subject_regexp == NULL))
    {
        return oci_error(c->err, OCI_INVALID, 0, "%s: an identity needs "
                         "issuer or issuerRegExp, and subject or "
                         "subjectRegExp", c->where);
    }

    signer->what = oci_gate_identity_text(c->rules->pool, who);

    return (signer->what != NULL) ? OCI_OK : oci_nomem(c->err);
}


static oci_status_e
oci_gate_cluster_regexp(oci_gate_cluster_t *c, const json_t *from,
    const char *name, const char **pattern)
{
    *pattern = json_string_value(json_object_get(from, name));

    return (*pattern == NULL || oci_regexp_valid(*pattern)) ? OCI_OK
           : oci_error(c->err, OCI_INVALID, 0, "%s: \"%s\" is not an "
                       "expression of RE2's", c->where, name);
}


/* what stands behind the file's name */

static oci_status_e
oci_gate_cluster_trust(oci_gate_cluster_t *c, oci_gate_signer_t *signer)
{
    size_t                   i;
    oci_status_e             rc;
    const oci_gate_trust_t  *trust;

    rc = OCI_OK;
    trust = c->rules->trust.elts;

    for (i = 0; rc == OCI_OK && i < c->rules->trust.nelts; i++) {
        rc = oci_gate_trust_add(signer, trust[i].kind, &trust[i].file,
                                c->err);
    }

    return rc;
}
