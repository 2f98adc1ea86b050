/*
 * Manifests: what a document is, and what it refers to.
 */

#include "oci_manifest.h"
#include "oci_json.h"
#include "oci_reader.h"
#include "oci_schema.h"

#include <string.h>


#define OCI_TYPE_SCHEMA1                                                     \
    "application/vnd.docker.distribution.manifest.v1+prettyjws"
#define OCI_TYPE_LEN       255


typedef struct {
    const char  *name;
    oci_kind_e   kind;
} oci_media_type_t;


static const oci_media_type_t  oci_media_types[] = {
    { OCI_TYPE_OCI_MANIFEST, OCI_IMAGE },
    { OCI_TYPE_OCI_INDEX, OCI_INDEX },
    { OCI_TYPE_DOCKER_MANIFEST, OCI_IMAGE },
    { OCI_TYPE_DOCKER_LIST, OCI_INDEX },
    { NULL, OCI_IMAGE }
};


static void oci_manifest_release(void *data);
static oci_status_e oci_manifest_kind(oci_manifest_t *m, oci_pool_t *pool,
    const oci_str_t *content_type, oci_error_t *err);
static oci_status_e oci_manifest_parts(oci_manifest_t *m, oci_pool_t *pool,
    oci_error_t *err);
static oci_status_e oci_descriptor_one(oci_descriptor_t **d,
    oci_pool_t *pool, json_t *root, const char *key, oci_error_t *err);
static oci_status_e oci_descriptor_parse(oci_descriptor_t *d, json_t *json,
    const char *where, oci_error_t *err);
static const oci_media_type_t *oci_media_type(const oci_str_t *name);
static bool oci_media_type_foreign(const oci_str_t *name);
static oci_str_t oci_content_type_bare(const oci_str_t *content_type);
static const char *oci_manifest_says(const oci_str_t *content,
    oci_pool_t *pool, oci_buf_t *name, oci_buf_t *value);
static bool oci_manifest_header(const oci_str_t *type);


oci_status_e
oci_manifest_parse(oci_manifest_t *m, oci_pool_t *pool,
    const oci_str_t *content, const oci_str_t *content_type,
    oci_error_t *err)
{
    json_t        *annotations;
    oci_status_e   rc;

    memset(m, 0, sizeof(oci_manifest_t));

    m->root = oci_schema_read(content, err);
    if (m->root == NULL) {
        return OCI_INVALID;
    }

    if (oci_pool_cleanup(pool, oci_manifest_release, m->root) != OCI_OK) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    rc = oci_manifest_kind(m, pool, content_type, err);

    if (rc == OCI_OK) {
        rc = oci_manifest_parts(m, pool, err);
    }

    if (rc != OCI_OK) {
        return rc;
    }

    annotations = json_object_get(m->root, "annotations");

    if (json_is_object(annotations)) {
        m->annotations = annotations;
    }

    m->artifact_type = oci_json_str(m->root, "artifactType");

    if (m->artifact_type.len == 0 && m->config != NULL) {
        m->artifact_type = m->config->media_type;
    }

    return OCI_OK;
}


static void
oci_manifest_release(void *data)
{
    json_decref(data);
}


static oci_status_e
oci_manifest_kind(oci_manifest_t *m, oci_pool_t *pool,
    const oci_str_t *content_type, oci_error_t *err)
{
    bool                     image, index;
    json_t                  *version;
    oci_str_t                declared;
    const oci_media_type_t  *type;

    version = json_object_get(m->root, "schemaVersion");

    if (json_is_integer(version) && json_integer_value(version) == 1) {
        return oci_error(err, OCI_INVALID, 0, "schema 1 manifests are no "
                         "longer accepted: push with a current client");
    }

    if (!json_is_integer(version) || json_integer_value(version) != 2) {
        return oci_error(err, OCI_INVALID, 0, "\"schemaVersion\" must be 2");
    }

    image = json_object_get(m->root, "config") != NULL
            || json_object_get(m->root, "layers") != NULL
            || json_object_get(m->root, "fsLayers") != NULL;
    index = json_object_get(m->root, "manifests") != NULL;

    if (image && index) {
        return oci_error(err, OCI_INVALID, 0, "a manifest is an image or an "
                         "index: it must not have both \"manifests\" and "
                         "\"config\" or \"layers\"");
    }

    declared = oci_content_type_bare(content_type);
    m->media_type = oci_json_str(m->root, "mediaType");

    if (m->media_type.len == 0) {

        if (json_object_get(m->root, "mediaType") != NULL
            && !json_is_string(json_object_get(m->root, "mediaType")))
        {
            return oci_error(err, OCI_INVALID, 0,
                             "\"mediaType\" must be a string");
        }

        /* only OCI documents may leave it out */

        m->media_type = oci_str(index ? OCI_TYPE_OCI_INDEX
                                      : OCI_TYPE_OCI_MANIFEST);
    }

    m->media_type = oci_str_dup(pool, m->media_type.data, m->media_type.len);
    if (m->media_type.data == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    type = oci_media_type(&m->media_type);

    if (type == NULL) {
        return oci_error(err, OCI_INVALID, 0,
                         "unknown manifest media type \"%.*s\"",
                         OCI_TYPE_LEN, m->media_type.data);
    }

    m->kind = type->kind;

    if ((m->kind == OCI_IMAGE && index) || (m->kind == OCI_INDEX && image)) {
        return oci_error(err, OCI_INVALID, 0,
                         "the members do not fit the media type \"%s\"",
                         type->name);
    }

    if (declared.len != 0 && oci_media_type(&declared) != NULL
        && !oci_str_eq(&declared, &m->media_type))
    {
        return oci_error(err, OCI_INVALID, 0,
                         "Content-Type is \"%.*s\" but the manifest is "
                         "\"%s\"", (int) declared.len, declared.data,
                         type->name);
    }

    return OCI_OK;
}


static oci_status_e
oci_manifest_parts(oci_manifest_t *m, oci_pool_t *pool, oci_error_t *err)
{
    size_t        i;
    json_t       *parts;
    const char   *key;
    oci_status_e  rc;

    if (m->kind == OCI_IMAGE) {
        rc = oci_descriptor_one(&m->config, pool, m->root, "config", err);
        if (rc != OCI_OK) {
            return rc;
        }

        if (m->config == NULL) {
            return oci_error(err, OCI_INVALID, 0,
                             "the manifest has no \"config\"");
        }
    }

    rc = oci_descriptor_one(&m->subject, pool, m->root, "subject", err);
    if (rc != OCI_OK) {
        return rc;
    }

    key = (m->kind == OCI_INDEX) ? "manifests" : "layers";
    parts = json_object_get(m->root, key);

    if (parts == NULL || json_is_null(parts)) {
        return OCI_OK;
    }

    if (!json_is_array(parts)) {
        return oci_error(err, OCI_INVALID, 0, "\"%s\" must be an array", key);
    }

    m->nparts = json_array_size(parts);
    m->parts = oci_pcalloc(pool, (m->nparts + 1) * sizeof(oci_descriptor_t));

    if (m->parts == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    for (i = 0; i < m->nparts; i++) {
        rc = oci_descriptor_parse(&m->parts[i], json_array_get(parts, i), key,
                                  err);
        if (rc != OCI_OK) {
            return rc;
        }

        m->parts[i].foreign = (m->kind == OCI_IMAGE
                               && oci_media_type_foreign(
                                                  &m->parts[i].media_type));
        m->parts[i].manifest = (m->kind == OCI_INDEX
                                || oci_media_type(&m->parts[i].media_type)
                                   != NULL);
    }

    return OCI_OK;
}


/* the descriptor that is the member key; NULL when there is none */

static oci_status_e
oci_descriptor_one(oci_descriptor_t **d, oci_pool_t *pool, json_t *root,
    const char *key, oci_error_t *err)
{
    json_t  *json;

    json = json_object_get(root, key);

    if (json == NULL || json_is_null(json)) {
        return OCI_OK;
    }

    *d = oci_pcalloc(pool, sizeof(oci_descriptor_t));
    if (*d == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    return oci_descriptor_parse(*d, json, key, err);
}


static oci_status_e
oci_descriptor_parse(oci_descriptor_t *d, json_t *json, const char *where,
    oci_error_t *err)
{
    oci_str_t  digest;

    if (!json_is_object(json)) {
        return oci_error(err, OCI_INVALID, 0,
                         "a descriptor in \"%s\" is not an object", where);
    }

    digest = oci_json_str(json, "digest");

    if (oci_digest_parse(&d->digest, &digest) != OCI_OK) {
        return oci_error(err, OCI_INVALID, 0,
                         "a descriptor in \"%s\" has no valid digest", where);
    }

    if (!oci_json_uint(json, "size", &d->size)) {
        return oci_error(err, OCI_INVALID, 0,
                         "the descriptor of %s in \"%s\" has no valid size",
                         d->digest.text, where);
    }

    d->media_type = oci_json_str(json, "mediaType");
    d->artifact_type = oci_json_str(json, "artifactType");
    d->json = json;

    return OCI_OK;
}


static const oci_media_type_t *
oci_media_type(const oci_str_t *name)
{
    const oci_media_type_t  *type;

    for (type = oci_media_types; type->name != NULL; type++) {
        if (oci_str_is(name, type->name)) {
            return type;
        }
    }

    return NULL;
}


/* layers that, by their type, need not be distributed with the image */

static bool
oci_media_type_foreign(const oci_str_t *name)
{
    return oci_str_prefix(name,
                       "application/vnd.docker.image.rootfs.foreign.diff.tar")
           || oci_str_prefix(name,
                         "application/vnd.oci.image.layer.nondistributable.");
}


/* without parameters and blanks */

static oci_str_t
oci_content_type_bare(const oci_str_t *content_type)
{
    oci_str_t  s;
    u_char    *semicolon;

    s = *content_type;
    semicolon = (s.len != 0) ? memchr(s.data, ';', s.len) : NULL;

    if (semicolon != NULL) {
        s.len = (size_t) (semicolon - s.data);
    }

    while (s.len != 0 && s.data[s.len - 1] == ' ') {
        s.len--;
    }

    return s;
}


const char *
oci_manifest_type(const oci_str_t *content, oci_pool_t *pool)
{
    oci_buf_t    name = oci_null_buf, value = oci_null_buf;
    const char  *type;

    type = oci_manifest_says(content, pool, &name, &value);

    oci_buf_free(&name);
    oci_buf_free(&value);

    return type != NULL ? type : OCI_TYPE_OCI_MANIFEST;
}


/* NULL: nothing that can be told; the last of several counts, as in Go */

static const char *
oci_manifest_says(const oci_str_t *content, oci_pool_t *pool,
    oci_buf_t *name, oci_buf_t *value)
{
    bool          named, image, index, schema1;
    oci_str_t     s;
    oci_reader_t  r;

    named = false;
    image = false;
    index = false;
    schema1 = false;

    oci_reader_init(&r, content);

    if (!oci_reader_take(&r, '{') || oci_reader_take(&r, '}')) {
        return NULL;
    }

    do {
        if (!oci_reader_name(&r, name)) {
            return NULL;
        }

        s.data = name->data;
        s.len = name->len;
        image |= oci_str_is(&s, "config");
        index |= oci_str_is(&s, "manifests");
        schema1 |= oci_str_is(&s, "fsLayers");

        if (oci_str_is(&s, "mediaType")) {
            value->len = 0;
            named = (oci_reader_peek(&r) == '"');

            if (named ? !oci_reader_string(&r, value) : !oci_reader_skip(&r)) {
                return NULL;
            }

        } else if (!oci_reader_skip(&r)) {
            return NULL;
        }

    } while (oci_reader_take(&r, ','));

    if (!oci_reader_take(&r, '}') || !oci_reader_done(&r)) {
        return NULL;
    }

    s.data = value->data;
    s.len = value->len;

    if (named && oci_manifest_header(&s)) {
        return oci_cstr(pool, &s);
    }

    return image ? NULL
           : schema1 ? OCI_TYPE_SCHEMA1
           : index ? OCI_TYPE_OCI_INDEX : NULL;
}


/* it becomes a header: only what RFC 6838 allows in a name */

static bool
oci_manifest_header(const oci_str_t *type)
{
    size_t  i;

    for (i = 0; i < type->len; i++) {
        if (type->data[i] <= ' ' || type->data[i] >= 0x7f
            || type->data[i] == '"')
        {
            return false;
        }
    }

    return type->len != 0 && type->len <= OCI_TYPE_LEN;
}


json_t *
oci_manifest_descriptor(const oci_manifest_t *m, const oci_digest_t *digest,
    uint64_t size)
{
    json_t  *d;

    d = json_pack("{s:s%, s:s, s:I}",
                  "mediaType", m->media_type.data, m->media_type.len,
                  "digest", digest->text,
                  "size", (json_int_t) size);

    if (d == NULL) {
        return NULL;
    }

    if (m->artifact_type.len != 0
        && json_object_set_new(d, "artifactType",
                          json_stringn((char *) m->artifact_type.data,
                                       m->artifact_type.len)) != 0)
    {
        json_decref(d);
        return NULL;
    }

    if (m->annotations != NULL
        && json_object_set(d, "annotations", m->annotations) != 0)
    {
        json_decref(d);
        return NULL;
    }

    return d;
}
