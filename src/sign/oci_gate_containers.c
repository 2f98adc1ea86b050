/*
 * containers-policy.json(5), as podman, skopeo and CRI-O read it: what it says
 * of this registry's images.
 *
 * Scopes of other registries and transports are passed over; everything else
 * is honoured, or refused by its name.
 */

#include "oci_gate_field.h"
#include "oci_reference.h"

#include <string.h>


typedef struct {
    oci_gate_rules_t     *rules;
    oci_gate_scope_t     *scope;
    char                  where[256];       /* the scope, for messages */
    oci_error_t          *err;
} oci_gate_containers_t;


static oci_status_e oci_gate_containers_scopes(oci_gate_containers_t *c,
    const json_t *scopes);
static bool oci_gate_containers_ours(const oci_gate_containers_t *c,
    const char *scope);
static oci_status_e oci_gate_containers_scope(oci_gate_containers_t *c,
    const char *name, const json_t *list);
static oci_status_e oci_gate_containers_add(oci_gate_containers_t *c,
    const json_t *requirement);
static oci_status_e oci_gate_containers_signed(oci_gate_containers_t *c,
    oci_gate_require_t *require, const json_t *from);
static oci_status_e oci_gate_containers_fulcio(oci_gate_containers_t *c,
    oci_gate_require_t *require, const json_t *from);
static oci_status_e oci_gate_containers_key(void *data,
    oci_gate_require_t *require, const oci_gate_file_t *file,
    const char *what);
static oci_status_e oci_gate_containers_rekor(void *data,
    oci_gate_require_t *require, const oci_gate_file_t *file,
    const char *what);
static oci_status_e oci_gate_containers_files(oci_gate_containers_t *c,
    oci_gate_require_t *require, const json_t *from, const char *what,
    oci_status_e (*each)(void *data, oci_gate_require_t *require,
        const oci_gate_file_t *file, const char *what), unsigned *n);
static oci_status_e oci_gate_containers_file(oci_gate_containers_t *c,
    const json_t *value, bool inside, const char *what,
    oci_gate_file_t *file);
static oci_status_e oci_gate_containers_identity(oci_gate_containers_t *c,
    oci_gate_require_t *require, const json_t *from);
static oci_status_e oci_gate_containers_named(oci_gate_containers_t *c,
    oci_gate_identity_t *who, const json_t *from);


static const oci_gate_field_t  oci_gate_containers_top[] = {
    { "default", OCI_GATE_LIST, NULL },
    { "transports", OCI_GATE_OBJECT, NULL },
    { NULL, OCI_GATE_TEXT, NULL }
};

static const oci_gate_field_t  oci_gate_containers_fixed[] = {
    { "type", OCI_GATE_TEXT, NULL },
    { NULL, OCI_GATE_TEXT, NULL }
};

static const oci_gate_field_t  oci_gate_containers_sigstore[] = {
    { "type", OCI_GATE_TEXT, NULL },
    { "keyPath", OCI_GATE_TEXT, NULL },
    { "keyPaths", OCI_GATE_LIST, NULL },
    { "keyData", OCI_GATE_TEXT, NULL },
    { "keyDatas", OCI_GATE_LIST, NULL },
    { "fulcio", OCI_GATE_OBJECT, NULL },
    { "pki", OCI_GATE_OBJECT, "certificates without Fulcio's are not "
      "verified here" },
    { "rekorPublicKeyPath", OCI_GATE_TEXT, NULL },
    { "rekorPublicKeyPaths", OCI_GATE_LIST, NULL },
    { "rekorPublicKeyData", OCI_GATE_TEXT, NULL },
    { "rekorPublicKeyDatas", OCI_GATE_LIST, NULL },
    { "signedIdentity", OCI_GATE_OBJECT, NULL },
    { NULL, OCI_GATE_TEXT, NULL }
};

static const oci_gate_field_t  oci_gate_containers_ca[] = {
    { "caPath", OCI_GATE_TEXT, NULL },
    { "caData", OCI_GATE_TEXT, NULL },
    { "oidcIssuer", OCI_GATE_TEXT, NULL },
    { "subjectEmail", OCI_GATE_TEXT, NULL },
    { NULL, OCI_GATE_TEXT, NULL }
};


/* kinds of signedIdentity, each with its members */

static const oci_gate_field_t  oci_gate_containers_reference[] = {
    { "type", OCI_GATE_TEXT, NULL },
    { "dockerReference", OCI_GATE_TEXT, NULL },
    { NULL, OCI_GATE_TEXT, NULL }
};

static const oci_gate_field_t  oci_gate_containers_repository[] = {
    { "type", OCI_GATE_TEXT, NULL },
    { "dockerRepository", OCI_GATE_TEXT, NULL },
    { NULL, OCI_GATE_TEXT, NULL }
};

static const oci_gate_field_t  oci_gate_containers_remap[] = {
    { "type", OCI_GATE_TEXT, NULL },
    { "prefix", OCI_GATE_TEXT, NULL },
    { "signedPrefix", OCI_GATE_TEXT, NULL },
    { NULL, OCI_GATE_TEXT, NULL }
};

static const struct {
    const char              *name;
    oci_gate_match_e         how;
    const oci_gate_field_t  *fields;
} oci_gate_containers_kinds[] = {
    { "matchExact", OCI_GATE_MATCH_EXACT, oci_gate_containers_fixed },
    { "matchRepoDigestOrExact", OCI_GATE_MATCH_DIGEST_OR_EXACT,
      oci_gate_containers_fixed },
    { "matchRepository", OCI_GATE_MATCH_REPOSITORY,
      oci_gate_containers_fixed },
    { "exactReference", OCI_GATE_EXACT_REFERENCE,
      oci_gate_containers_reference },
    { "exactRepository", OCI_GATE_EXACT_REPOSITORY,
      oci_gate_containers_repository },
    { "remapIdentity", OCI_GATE_MATCH_DIGEST_OR_EXACT,
      oci_gate_containers_remap },
    { NULL, OCI_GATE_MATCH_EXACT, NULL }
};


oci_status_e
oci_gate_containers(oci_gate_rules_t *rules, const oci_str_t *text,
    oci_error_t *err)
{
    json_t                 *root;
    oci_status_e            rc;
    oci_gate_containers_t   c;

    root = oci_json_load(text->data, text->len, OCI_JSON_DUPLICATES, err);

    if (root == NULL) {
        return OCI_INVALID;
    }

    if (!oci_sign_json_keep(rules->pool, root)) {
        return oci_nomem(err);
    }

    memset(&c, 0, sizeof(c));
    c.rules = rules;
    c.err = err;

    rc = oci_gate_fields(root, oci_gate_containers_top, "the policy", err);

    if (rc == OCI_OK) {
        rc = oci_gate_containers_scope(&c, NULL,
                                       json_object_get(root, "default"));
    }

    return (rc == OCI_OK)
           ? oci_gate_containers_scopes(&c,
                 json_object_get(json_object_get(root, "transports"),
                                 "docker"))
           : rc;
}


static oci_status_e
oci_gate_containers_scopes(oci_gate_containers_t *c, const json_t *scopes)
{
    void          *it;
    oci_status_e   rc;

    if (scopes != NULL && !json_is_object(scopes)) {
        return oci_error(c->err, OCI_INVALID, 0, "\"docker\" is not an "
                         "object");
    }

    rc = OCI_OK;

    for (it = json_object_iter((json_t *) scopes);
         rc == OCI_OK && it != NULL;
         it = json_object_iter_next((json_t *) scopes, it))
    {
        if (oci_gate_containers_ours(c, json_object_iter_key(it))) {
            rc = oci_gate_containers_scope(c, json_object_iter_key(it),
                                           json_object_iter_value(it));
        }
    }

    return rc;
}


/* "", this host, something on it, or "*." and what its name ends in */

static bool
oci_gate_containers_ours(const oci_gate_containers_t *c, const char *scope)
{
    size_t       n;
    const char  *host;

    host = c->rules->host;

    if (scope[0] == '*') {
        n = strcspn(host, ":");

        return scope[1] == '.' && strlen(scope + 1) < n
               && memcmp(host + n - strlen(scope + 1), scope + 1,
                         strlen(scope + 1)) == 0;
    }

    n = strlen(host);

    return scope[0] == '\0'
           || (strncmp(scope, host, n) == 0
               && (scope[n] == '\0' || scope[n] == '/'));
}


/* name is NULL: the global default */

static oci_status_e
oci_gate_containers_scope(oci_gate_containers_t *c, const char *name,
    const json_t *list)
{
    size_t         i;
    const char    *last;
    oci_status_e   rc;

    (void) snprintf(c->where, sizeof(c->where), "\"%.200s\"",
                    name == NULL ? "default" : *name ? name : "docker");

    if (json_array_size(list) == 0) {
        return oci_error(c->err, OCI_INVALID, 0, "%s is no list of "
                         "requirements", c->where);
    }

    last = (name != NULL) ? strrchr(name, '/') : NULL;

    if (last != NULL && strpbrk(last, ":@") != NULL) {
        return oci_error(c->err, OCI_INVALID, 0, "%s cannot be honoured: it "
                         "is of one image alone, and clients ask for that by "
                         "tag and by digest", c->where);
    }

    c->scope = oci_gate_scope_add(c->rules, c->err);

    if (c->scope == NULL) {
        return OCI_NOMEM;
    }

    if (name != NULL) {
        c->scope->name = oci_str(name);
    }

    rc = OCI_OK;

    for (i = 0; rc == OCI_OK && i < json_array_size(list); i++) {
        rc = oci_gate_containers_add(c, json_array_get(list, i));
    }

    return rc;
}


static oci_status_e
oci_gate_containers_add(oci_gate_containers_t *c, const json_t *from)
{
    oci_str_t            type;
    oci_status_e         rc;
    oci_gate_require_t  *require;

    type = oci_json_str(from, "type");
    require = oci_gate_require_add(c->rules, c->scope,
                  (char *) oci_strf(c->rules->pool, "%s", c->where).data,
                  c->err);

    if (require == NULL) {
        return OCI_NOMEM;
    }

    if (oci_str_is(&type, "sigstoreSigned")) {
        return oci_gate_containers_signed(c, require, from);
    }

    if (oci_str_is(&type, "signedBy")
        || oci_str_is(&type, "signedBaseLayer"))
    {
        return oci_error(c->err, OCI_INVALID, 0, "%s: \"%s\" cannot be "
                         "honoured: signatures by GPG are not verified here",
                         c->where, (char *) type.data);
    }

    if (!oci_str_is(&type, "reject")
        && !oci_str_is(&type, "insecureAcceptAnything"))
    {
        return oci_error(c->err, OCI_INVALID, 0, "%s: no requirement is of "
                         "type \"%.64s\"", c->where,
                         type.len ? (char *) type.data : "");
    }

    require->need = oci_str_is(&type, "reject");
    rc = oci_gate_fields(from, oci_gate_containers_fixed, c->where, c->err);
    require->fixed = (char *) oci_strf(c->rules->pool, "\"%s\" says so",
                                       (char *) type.data).data;

    return (rc == OCI_OK && require->fixed == NULL) ? oci_nomem(c->err) : rc;
}


static oci_status_e
oci_gate_containers_signed(oci_gate_containers_t *c,
    oci_gate_require_t *require, const json_t *from)
{
    unsigned       keys, logs;
    const json_t  *fulcio;
    oci_status_e   rc;

    rc = oci_gate_fields(from, oci_gate_containers_sigstore, c->where,
                         c->err);
    fulcio = json_object_get(from, "fulcio");
    keys = (fulcio != NULL);
    logs = 0;

    if (rc == OCI_OK) {
        rc = oci_gate_containers_files(c, require, from, "key",
                                       oci_gate_containers_key, &keys);
    }

    if (rc == OCI_OK && fulcio != NULL) {
        rc = oci_gate_containers_fulcio(c, require, fulcio);
    }

    if (rc == OCI_OK) {
        rc = oci_gate_containers_files(c, require, from, "rekorPublicKey",
                                       oci_gate_containers_rekor, &logs);
    }

    if (rc != OCI_OK) {
        return rc;
    }

    if (keys != 1) {
        return oci_error(c->err, OCI_INVALID, 0, "%s: exactly one of "
                         "keyPath, keyPaths, keyData, keyDatas and fulcio",
                         c->where);
    }

    if (logs > 1 || (fulcio != NULL && logs == 0)) {
        return oci_error(c->err, OCI_INVALID, 0, "%s: %s one of "
                         "rekorPublicKeyPath, -Paths, -Data and -Datas",
                         c->where, logs ? "at most" : "fulcio needs");
    }

    return oci_gate_containers_identity(c, require,
                                    json_object_get(from, "signedIdentity"));
}


static oci_status_e
oci_gate_containers_fulcio(oci_gate_containers_t *c,
    oci_gate_require_t *require, const json_t *from)
{
    json_t              *path, *text;
    oci_str_t            issuer, email;
    oci_status_e         rc;
    oci_gate_file_t      file;
    oci_gate_signer_t   *signer;

    rc = oci_gate_fields(from, oci_gate_containers_ca, c->where, c->err);

    if (rc != OCI_OK) {
        return rc;
    }

    path = json_object_get(from, "caPath");
    text = json_object_get(from, "caData");
    issuer = oci_json_str(from, "oidcIssuer");
    email = oci_json_str(from, "subjectEmail");

    if ((path == NULL) == (text == NULL) || issuer.len == 0
        || email.len == 0)
    {
        return oci_error(c->err, OCI_INVALID, 0, "%s: \"fulcio\" needs "
                         "oidcIssuer, subjectEmail and one of caPath and "
                         "caData", c->where);
    }

    signer = oci_gate_signer_add(c->rules->pool, require, c->rules->line,
                                 c->err);

    if (signer == NULL) {
        return OCI_NOMEM;
    }

    signer->keyless = true;
    signer->identity.issuer = (char *) issuer.data;
    signer->identity.subject = (char *) email.data;
    signer->what = oci_gate_identity_text(c->rules->pool, &signer->identity);
    rc = oci_gate_containers_file(c, path ? path : text, path == NULL,
                                  "caData", &file);

    if (signer->what == NULL) {
        return oci_nomem(c->err);
    }

    return (rc == OCI_OK) ? oci_gate_trust_add(signer, OCI_GATE_CA, &file,
                                               c->err) : rc;
}


/* NAMEPath, NAMEPaths, NAMEData and NAMEDatas; n counts which there are */

static oci_status_e
oci_gate_containers_files(oci_gate_containers_t *c,
    oci_gate_require_t *require, const json_t *from, const char *what,
    oci_status_e (*each)(void *data, oci_gate_require_t *require,
        const oci_gate_file_t *file, const char *what), unsigned *n)
{
    char              name[32];
    size_t            i, k;
    json_t           *value;
    oci_status_e      rc;
    oci_gate_file_t   file;

    static const char *const  ends[] = { "Path", "Paths", "Data", "Datas" };

    for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        (void) snprintf(name, sizeof(name), "%s%s", what, ends[i]);
        value = json_object_get(from, name);
        *n += (value != NULL);

        for (k = 0;
             value != NULL && k < (json_is_array(value)
                                   ? json_array_size(value) : 1);
             k++)
        {
            rc = oci_gate_containers_file(c, json_is_array(value)
                                          ? json_array_get(value, k) : value,
                                          i > 1, name, &file);

            if (rc == OCI_OK) {
                rc = each(c, require, &file, name);
            }

            if (rc != OCI_OK) {
                return rc;
            }
        }
    }

    return OCI_OK;
}


/* inside: base64 of its text */

static oci_status_e
oci_gate_containers_file(oci_gate_containers_t *c, const json_t *value,
    bool inside, const char *what, oci_gate_file_t *file)
{
    oci_str_t  text;

    text.data = (u_char *) json_string_value(value);
    text.len = json_string_length(value);
    memset(file, 0, sizeof(oci_gate_file_t));

    if (text.len == 0 || strlen((char *) text.data) != text.len) {
        return oci_error(c->err, OCI_INVALID, 0, "%s: \"%s\" is not text",
                         c->where, what);
    }

    if (inside) {
        return (oci_sign_b64_decode(c->rules->pool, &text,
                                    OCI_SIGN_B64_STD, &file->text) == OCI_OK
                && file->text.len != 0)
               ? OCI_OK
               : oci_error(c->err, OCI_INVALID, 0, "%s: \"%s\" is not "
                           "base64", c->where, what);
    }

    file->path = oci_gate_path(c->rules->dir, c->rules->pool, &text);

    return (file->path != NULL) ? OCI_OK : oci_nomem(c->err);
}


static oci_status_e
oci_gate_containers_key(void *data, oci_gate_require_t *require,
    const oci_gate_file_t *file, const char *what)
{
    oci_gate_signer_t      *signer;
    oci_gate_containers_t  *c = data;

    signer = oci_gate_signer_add(c->rules->pool, require, c->rules->line,
                                 c->err);

    if (signer == NULL) {
        return OCI_NOMEM;
    }

    signer->key = *file;
    signer->what = (file->path != NULL) ? file->path
                   : (char *) oci_strf(c->rules->pool, "%s of %s", what,
                                       c->where).data;

    return (signer->what != NULL) ? OCI_OK : oci_nomem(c->err);
}


/* of all its signers, which are there by then */

static oci_status_e
oci_gate_containers_rekor(void *data, oci_gate_require_t *require,
    const oci_gate_file_t *file, const char *what)
{
    size_t                  i;
    oci_status_e            rc;
    oci_gate_signer_t      *signer;
    oci_gate_containers_t  *c = data;

    (void) what;

    rc = OCI_OK;
    signer = require->signers.elts;

    for (i = 0; rc == OCI_OK && i < require->signers.nelts; i++) {
        signer[i].log = OCI_GATE_LOG_REQUIRED;
        rc = oci_gate_trust_add(&signer[i], OCI_GATE_LOG, file, c->err);
    }

    return rc;
}


static oci_status_e
oci_gate_containers_identity(oci_gate_containers_t *c,
    oci_gate_require_t *require, const json_t *from)
{
    size_t                i;
    oci_str_t             type;
    oci_status_e          rc;
    oci_gate_identity_t  *who;

    who = oci_pcalloc(c->rules->pool, sizeof(oci_gate_identity_t));

    if (who == NULL) {
        return oci_nomem(c->err);
    }

    who->host = c->rules->host;
    who->how = OCI_GATE_MATCH_DIGEST_OR_EXACT;
    require->identity = who;

    if (from == NULL) {
        return OCI_OK;
    }

    type = oci_json_str(from, "type");

    for (i = 0; oci_gate_containers_kinds[i].name != NULL; i++) {

        if (!oci_str_is(&type, oci_gate_containers_kinds[i].name)) {
            continue;
        }

        who->how = oci_gate_containers_kinds[i].how;
        rc = oci_gate_fields(from, oci_gate_containers_kinds[i].fields,
                             c->where, c->err);

        return (rc == OCI_OK) ? oci_gate_containers_named(c, who, from) : rc;
    }

    return oci_error(c->err, OCI_INVALID, 0, "%s: no signedIdentity is of "
                     "type \"%.64s\"", c->where,
                     type.len ? (char *) type.data : "");
}


static oci_status_e
oci_gate_containers_named(oci_gate_containers_t *c, oci_gate_identity_t *who,
    const json_t *from)
{
    bool       good;
    oci_str_t  text, tail;

    good = true;

    if (who->how == OCI_GATE_EXACT_REFERENCE
        || who->how == OCI_GATE_EXACT_REPOSITORY)
    {
        text = oci_json_str(from, who->how == OCI_GATE_EXACT_REFERENCE
                            ? "dockerReference" : "dockerRepository");
        good = oci_gate_full_name(c->rules->pool, &text, &who->named, &tail)
               && (tail.len != 0) == (who->how == OCI_GATE_EXACT_REFERENCE);
        who->tail = tail;

    } else if (json_object_get(from, "prefix") != NULL
               || json_object_get(from, "signedPrefix") != NULL)
    {
        who->prefix = oci_json_str(from, "prefix");
        who->becomes = oci_json_str(from, "signedPrefix");
        good = who->prefix.len != 0 && who->becomes.len != 0;

    } else {
        text = oci_json_str(from, "type");
        good = !oci_str_is(&text, "remapIdentity");
    }

    return good ? OCI_OK
           : oci_error(c->err, OCI_INVALID, 0, "%s: the signedIdentity is "
                       "not whole, or names what is none", c->where);
}
