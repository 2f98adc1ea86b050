/*
 * in-toto statements and DSSE envelopes.
 */

#include "oci_sign_statement.h"

#include <string.h>


#define OCI_SIGN_MAX_SUBJECTS  1024
#define OCI_SIGN_MAX_DIGESTS   32


typedef struct {
    const char  *name;
    const char  *uri;
} oci_sign_type_t;


static const oci_sign_type_t  oci_sign_types[] = {
    { "custom", OCI_SIGN_CUSTOM },
    { "slsaprovenance", "https://slsa.dev/provenance/v0.2" },
    { "slsaprovenance02", "https://slsa.dev/provenance/v0.2" },
    { "slsaprovenance1", "https://slsa.dev/provenance/v1" },
    { "spdx", "https://spdx.dev/Document" },
    { "spdxjson", "https://spdx.dev/Document" },
    { "cyclonedx", "https://cyclonedx.org/bom" },
    { "link", "https://in-toto.io/Link/v1" },
    { "vuln", "https://cosign.sigstore.dev/attestation/vuln/v1" },
    { "openvex", "https://openvex.dev/ns" },
    { NULL, NULL }
};


static const char *const  oci_sign_statement_names[] = {
    "_type", "type", "subject", "predicateType", "predicate_type",
    "predicate", NULL
};

static const char *const  oci_sign_subject_names[] = {
    "name", "uri", "digest", "content", "downloadLocation",
    "download_location", "mediaType", "media_type", "annotations", NULL
};


static bool oci_sign_known(const json_t *obj, const char *const *names);
static bool oci_sign_statement_strict(const json_t *root);
static json_t *oci_sign_predicate(const char *uri, const char *type,
    const oci_str_t *text, const oci_str_t *when, oci_error_t *err);
static bool oci_sign_provenance(const json_t *predicate);


const char *
oci_sign_predicate_type(const char *name)
{
    const char             *p;
    const oci_sign_type_t  *t;

    for (t = oci_sign_types; t->name != NULL; t++) {
        if (strcmp(t->name, name) == 0) {
            return t->uri;
        }
    }

    p = strchr(name, ':');

    return (p != NULL && p != name) ? name : NULL;
}


oci_str_t
oci_sign_pae(oci_pool_t *pool, const oci_str_t *type,
    const oci_str_t *payload)
{
    oci_buf_t  b = oci_null_buf;

    oci_buf_addf(&b, "DSSEv1 %zu ", type->len);
    oci_buf_add(&b, type->data, type->len);
    oci_buf_addf(&b, " %zu ", payload->len);
    oci_buf_add(&b, payload->data, payload->len);

    return oci_sign_buf_take(pool, &b);
}


oci_str_t
oci_sign_statement_sign(oci_pool_t *pool, const oci_digest_t *digest,
    const oci_array_t *pairs)
{
    size_t            i;
    json_t           *root, *notes;
    oci_str_t         text = oci_null_string;
    oci_sign_pair_t  *pair;

    notes = json_object();

    for (i = 0; pairs != NULL && i < pairs->nelts; i++) {
        pair = (oci_sign_pair_t *) pairs->elts + i;

        (void) json_object_setn_new(notes, (char *) pair->name.data,
                   pair->name.len,
                   json_stringn((char *) pair->value.data,
                                pair->value.len));
    }

    root = json_pack("{s:s,s:[{s:{s:s},s:o}],s:s,s:{}}",
                     "_type", "https://in-toto.io/Statement/v1",
                     "subject", "digest", oci_alg_name(digest->alg),
                     oci_digest_hex(digest), "annotations", notes,
                     "predicateType", OCI_SIGN_PREDICATE, "predicate");

    if (root != NULL) {
        text = oci_sign_json_text(pool, root, false);
        json_decref(root);
    }

    return text;
}


oci_status_e
oci_sign_statement_attest(oci_pool_t *pool, const char *type,
    const oci_str_t *name, const oci_digest_t *digest,
    const oci_str_t *predicate, int64_t now, oci_str_t *text,
    oci_error_t *err)
{
    json_t      *root, *body;
    oci_str_t    when;
    const char  *uri;

    uri = oci_sign_predicate_type(type);

    if (uri == NULL) {
        return oci_error(err, OCI_INVALID, 0,
                         "invalid predicate type \"%s\": it is neither known "
                         "nor a URI", type);
    }

    when = oci_sign_time_text(pool, now);
    body = oci_sign_predicate(uri, type, predicate, &when, err);

    if (body == NULL) {
        return OCI_INVALID;
    }

    root = json_pack("{s:s,s:s,s:[{s:s%,s:{s:s}}],s:o}",
                     "_type", "https://in-toto.io/Statement/v0.1",
                     "predicateType", uri,
                     "subject", "name", name->data, name->len,
                     "digest", oci_alg_name(digest->alg),
                     oci_digest_hex(digest),
                     "predicate", body);

    if (root == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    *text = oci_sign_json_text(pool, root, false);
    json_decref(root);

    return (text->data == NULL) ? OCI_NOMEM : OCI_OK;
}


static json_t *
oci_sign_predicate(const char *uri, const char *type, const oci_str_t *text,
    const oci_str_t *when, oci_error_t *err)
{
    json_t  *body;

    if (strcmp(uri, OCI_SIGN_CUSTOM) == 0 || strcmp(type, "spdx") == 0) {
        body = json_stringn((char *) text->data, text->len);

        if (body == NULL) {
            (void) oci_error(err, OCI_INVALID, 0,
                             "the predicate is not UTF-8 text");
            return NULL;
        }

        if (strcmp(type, "spdx") == 0) {
            return body;
        }

        return json_pack("{s:o,s:s}", "Data", body, "Timestamp",
                         (char *) when->data);
    }

    body = oci_json_load(text->data, text->len, 0, err);

    if (body != NULL && strncmp(type, "slsaprovenance", 14) == 0
        && strcmp(type, "slsaprovenance1") != 0
        && !oci_sign_provenance(body))
    {
        json_decref(body);
        (void) oci_error(err, OCI_INVALID, 0, "the predicate is no SLSA "
                         "provenance: \"builder\" is missing");
        return NULL;
    }

    return body;
}


static bool
oci_sign_provenance(const json_t *predicate)
{
    return json_is_object(json_object_get(predicate, "builder"));
}


oci_status_e
oci_sign_statement_parse(oci_pool_t *pool, const oci_str_t *text,
    bool strict, oci_sign_statement_t *statement, oci_error_t *err)
{
    json_t  *type;

    memset(statement, 0, sizeof(oci_sign_statement_t));

    statement->root = oci_json_load(text->data, text->len,
                                    strict ? OCI_JSON_DUPLICATES : 0, err);

    if (statement->root == NULL) {
        return OCI_INVALID;
    }

    if (!oci_sign_json_keep(pool, statement->root)) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    if (!json_is_object(statement->root)
        || (strict && !oci_sign_statement_strict(statement->root)))
    {
        return oci_error(err, OCI_INVALID, 0,
                         "the payload is not an in-toto statement");
    }

    type = json_object_get(statement->root, "predicateType");

    if (type == NULL && strict) {
        type = json_object_get(statement->root, "predicate_type");
    }

    if (type != NULL && !json_is_string(type) && !json_is_null(type)) {
        return oci_error(err, OCI_INVALID, 0, "predicateType is no string");
    }

    if (json_is_string(type)) {
        statement->predicate_type.data = (u_char *) json_string_value(type);
        statement->predicate_type.len = json_string_length(type);
    }

    statement->subjects = json_object_get(statement->root, "subject");

    if (json_array_size(statement->subjects) > OCI_SIGN_MAX_SUBJECTS) {
        return oci_error(err, OCI_LIMIT, 0, "too many subjects");
    }

    return OCI_OK;
}


static bool
oci_sign_statement_strict(const json_t *root)
{
    size_t   i;
    json_t  *subjects, *subject, *part;

    part = json_object_get(root, "predicate");

    if (!oci_sign_known(root, oci_sign_statement_names)
        || (part != NULL && !json_is_object(part) && !json_is_null(part)))
    {
        return false;
    }

    subjects = json_object_get(root, "subject");

    if (subjects != NULL && !json_is_array(subjects)
        && !json_is_null(subjects))
    {
        return false;
    }

    for (i = 0; i < json_array_size(subjects); i++) {
        subject = json_array_get(subjects, i);
        part = json_object_get(subject, "digest");

        if (!json_is_object(subject)
            || !oci_sign_known(subject, oci_sign_subject_names)
            || (part != NULL && !json_is_object(part)
                && !json_is_null(part))
            || json_object_size(part) > OCI_SIGN_MAX_DIGESTS)
        {
            return false;
        }
    }

    return true;
}


static bool
oci_sign_known(const json_t *obj, const char *const *names)
{
    json_t             *value;
    const char         *key;
    const char *const  *name;

    json_object_foreach((json_t *) obj, key, value) {
        for (name = names; *name != NULL && strcmp(*name, key) != 0; name++) {
            /* void */
        }

        if (*name == NULL) {
            return false;
        }
    }

    return true;
}


oci_status_e
oci_sign_statement_match(oci_sign_statement_t *statement,
    const oci_digest_t *digest, bool strict, oci_error_t *err)
{
    size_t      i;
    u_char      raw[64];
    json_t     *subject, *value;
    oci_str_t   hex;

    for (i = 0; i < json_array_size(statement->subjects); i++) {
        subject = json_array_get(statement->subjects, i);
        value = json_object_get(json_object_get(subject, "digest"),
                                oci_alg_name(digest->alg));

        if (!json_is_string(value)) {
            continue;
        }

        hex.data = (u_char *) json_string_value(value);
        hex.len = json_string_length(value);

        if (strict && (hex.len > sizeof(raw) * 2
                       || !oci_sign_unhex(&hex, raw, hex.len / 2)))
        {
            return oci_error(err, OCI_INVALID, 0,
                             "a subject's digest is not hexadecimal");
        }

        if (statement->matched == NULL
            && oci_str_is(&hex, oci_digest_hex(digest)))
        {
            statement->matched = subject;
        }
    }

    if (statement->matched == NULL) {
        return oci_error(err, OCI_MISMATCH, 0, "provided artifact digest "
                         "does not match any digest in statement");
    }

    return OCI_OK;
}
