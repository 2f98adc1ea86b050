/*
 * An OCI image layout: a folder with blobs and an index of them.
 *
 * Images and what belongs to them are told apart as cosign does in the
 * folders that it saves: by an annotation "kind" in index.json.  Tags are in
 * org.opencontainers.image.ref.name.  What refers to a manifest is found by
 * looking at every small blob, since not every tool lists it.
 *
 * Source: OCI Image Format Specification 1.1, "Image Layout".
 */

#include "source/source_backend.h"
#include "oci_file.h"
#include "oci_json.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>


#define LAYOUT_INDEX_MAX     (16 * 1024 * 1024)
#define LAYOUT_REFERRER_MAX  (4 * 1024 * 1024)
#define LAYOUT_FILES_MAX     100000
#define LAYOUT_REF_NAME      "org.opencontainers.image.ref.name"
#define LAYOUT_KIND          "kind"
#define LAYOUT_KINDS         "dev.cosignproject.cosign/"


static char *layout_path(source_t *s, const oci_digest_t *digest);
static oci_status_e layout_index(source_t *s, json_t **index,
    oci_error_t *err);
static oci_status_e layout_write(source_t *s, const json_t *index,
    oci_error_t *err);
static const json_t *layout_find(const json_t *index, const oci_str_t *tag);
static const json_t *layout_main(const json_t *index);
static const json_t *layout_kind(const json_t *index, const char *kind);
static oci_str_t layout_note(const json_t *entry, const char *name);
static const char *layout_kind_of(const json_t *index, const oci_str_t *tag,
    const oci_manifest_t *m);
static bool layout_is_attached(const oci_str_t *tag, const char *suffix,
    const json_t *main);
static oci_status_e layout_referrer(source_t *s, const char *hex,
    const oci_digest_t *subject, json_t *descriptors, oci_error_t *err);


oci_status_e
source_layout_open(source_t *s, const char *dir, bool create,
    oci_error_t *err)
{
    json_t              *index;
    const char          *mark;
    struct stat          st;
    oci_status_e         rc;
    static const char    layout[] = "{\"imageLayoutVersion\":\"1.0.0\"}";

    if (!create && stat(dir, &st) == 0 && S_ISREG(st.st_mode)) {
        rc = source_archive_open(s->pool, dir, &dir, err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    s->layout = dir;

    if (!create) {
        mark = (char *) oci_strf(s->pool, "%s/index.json", dir).data;

        return (mark != NULL && access(mark, F_OK) == 0) ? OCI_OK
               : oci_error(err, OCI_NOT_FOUND, 0, "\"%s\" is no OCI image "
                           "layout: it has no index.json", dir);
    }

    index = json_pack("{s:i, s:s, s:[]}", "schemaVersion", 2, "mediaType",
                      OCI_TYPE_OCI_INDEX, "manifests");
    rc = layout_write(s, index, err);
    json_decref(index);

    return (rc != OCI_OK) ? rc
           : oci_file_publish((char *) oci_strf(s->pool, "%s/oci-layout",
                                                dir).data,
                              layout, sizeof(layout) - 1, false, err);
}


static oci_status_e
source_layout_manifest(source_t *s, const oci_reference_t *ref,
    source_manifest_t *manifest, oci_error_t *err)
{
    json_t        *index;
    oci_str_t      text;
    oci_status_e   rc;
    const json_t  *entry;

    manifest->digest = ref->digest;

    if (ref->digest.alg == OCI_ALG_NONE) {
        rc = layout_index(s, &index, err);
        if (rc != OCI_OK) {
            return rc;
        }

        entry = layout_find(index, &ref->tag);
        text = oci_json_str(entry, "digest");
        rc = (entry == NULL)
             ? oci_error(err, OCI_NOT_FOUND, 0, "\"%s\" has no image of that "
                         "name", s->layout)
             : oci_digest_parse(&manifest->digest, &text);
        json_decref(index);

        if (rc != OCI_OK) {
            return rc;
        }
    }

    return oci_file_read(s->pool, layout_path(s, &manifest->digest),
                         SOURCE_MANIFEST_MAX, &manifest->content, err);
}


static oci_status_e
source_layout_file(source_t *s, const oci_reference_t *ref,
    const oci_digest_t *digest, int *fd, oci_error_t *err)
{
    const char  *path;

    (void) ref;

    path = layout_path(s, digest);
    if (path == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    *fd = open(path, O_RDONLY|O_CLOEXEC);

    return (*fd != -1) ? OCI_OK
           : oci_error_errno(err, errno, "cannot open \"%s\"", path);
}


static bool
source_layout_has(source_t *s, const oci_reference_t *ref,
    const oci_digest_t *digest)
{
    const char   *path;
    struct stat   st;

    (void) ref;

    path = layout_path(s, digest);

    return path != NULL && stat(path, &st) == 0 && S_ISREG(st.st_mode);
}


static oci_status_e
source_layout_put_blob(source_t *s, const oci_reference_t *ref,
    const oci_digest_t *digest, const oci_str_t *content, oci_error_t *err)
{
    if (source_layout_has(s, ref, digest)) {
        return OCI_OK;
    }

    return oci_file_publish(layout_path(s, digest), content->data,
                            content->len, false, err);
}


static oci_status_e
source_layout_put_manifest(source_t *s, const oci_reference_t *ref,
    const oci_str_t *content, const char *media_type,
    const oci_manifest_t *m, bool *known, oci_error_t *err)
{
    size_t         i;
    json_t        *index, *list, *entry, *notes;
    oci_str_t      digest, name;
    const char    *kind;
    oci_status_e   rc;

    (void) media_type;

    *known = true;
    rc = source_layout_put_blob(s, ref, &ref->digest, content, err);

    if (rc != OCI_OK || (ref->tag.len == 0 && m->subject == NULL)) {
        return rc;
    }

    rc = layout_index(s, &index, err);
    if (rc != OCI_OK) {
        return rc;
    }

    list = json_object_get(index, "manifests");

    for (i = json_array_size(list); i > 0; i--) {
        digest = oci_json_str(json_array_get(list, i - 1), "digest");
        name = layout_note(json_array_get(list, i - 1), LAYOUT_REF_NAME);

        if ((ref->tag.len != 0) ? oci_str_eq(&name, &ref->tag)
                                : oci_str_is(&digest, ref->digest.text))
        {
            (void) json_array_remove(list, i - 1);
        }
    }

    entry = oci_manifest_descriptor(m, &ref->digest, content->len);

    if (m->subject == NULL) {
        (void) json_object_del(entry, "artifactType");
    }

    notes = json_object();
    kind = layout_kind_of(index, &ref->tag, m);

    if (kind != NULL) {
        (void) json_object_set_new(notes, LAYOUT_KIND, json_string(kind));
    }

    if (ref->tag.len != 0 && !oci_str_is(&ref->tag, SOURCE_MAIN)) {
        (void) json_object_set_new(notes, LAYOUT_REF_NAME,
                                   json_stringn((char *) ref->tag.data,
                                                ref->tag.len));
    }

    if (json_object_size(notes) != 0) {
        (void) json_object_set(entry, "annotations", notes);
    }

    json_decref(notes);
    (void) json_array_append_new(list, entry);

    rc = layout_write(s, index, err);
    json_decref(index);

    return rc;
}


static oci_status_e
source_layout_referrers(source_t *s, const oci_reference_t *ref,
    const oci_digest_t *digest, json_t *descriptors, oci_error_t *err)
{
    DIR             *dir;
    size_t           n;
    char            *path;
    oci_status_e     rc;
    struct dirent   *e;

    (void) ref;

    path = (char *) oci_strf(s->pool, "%s/blobs/sha256", s->layout).data;
    dir = (path != NULL) ? opendir(path) : NULL;

    if (dir == NULL) {
        return oci_error_errno(err, errno, "cannot open \"%s/blobs\"",
                               s->layout);
    }

    rc = OCI_OK;
    n = 0;

    while (rc == OCI_OK && (e = readdir(dir)) != NULL) {

        if (strlen(e->d_name) != 64) {
            continue;
        }

        rc = (++n > LAYOUT_FILES_MAX)
             ? oci_error(err, OCI_LIMIT, 0, "\"%s\" has too many blobs",
                         s->layout)
             : layout_referrer(s, e->d_name, digest, descriptors, err);
    }

    (void) closedir(dir);

    return rc;
}


/* a blob that is no manifest, or too large for one, refers to nothing */

static oci_status_e
layout_referrer(source_t *s, const char *hex, const oci_digest_t *subject,
    json_t *descriptors, oci_error_t *err)
{
    oci_str_t        name, text, none = oci_null_string;
    oci_pool_t      *pool;
    oci_status_e     rc;
    oci_digest_t     digest, made;
    oci_manifest_t   m;

    name = oci_strf(s->pool, "sha256:%s", hex);
    if (oci_digest_parse(&digest, &name) != OCI_OK) {
        return OCI_OK;
    }

    pool = oci_pool_create();
    if (pool == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    rc = OCI_OK;

    if (oci_file_read(pool, layout_path(s, &digest), LAYOUT_REFERRER_MAX,
                      &text, NULL) == OCI_OK
        && text.len != 0 && text.data[0] == '{'
        && oci_manifest_parse(&m, pool, &text, &none, NULL) == OCI_OK
        && m.subject != NULL && oci_digest_eq(&m.subject->digest, subject))
    {
        oci_digest_of(&made, OCI_SHA256, text.data, text.len);

        if (oci_digest_eq(&made, &digest)
            && json_array_append_new(descriptors,
                                     oci_manifest_descriptor(&m, &digest,
                                                             text.len)) != 0)
        {
            rc = oci_error(err, OCI_NOMEM, 0, "out of memory");
        }
    }

    oci_pool_destroy(pool);

    return rc;
}


static char *
layout_path(source_t *s, const oci_digest_t *digest)
{
    return (char *) oci_strf(s->pool, "%s/blobs/%s/%s", s->layout,
                             oci_alg_name(digest->alg),
                             oci_digest_hex(digest)).data;
}


static oci_status_e
layout_index(source_t *s, json_t **index, oci_error_t *err)
{
    oci_str_t      text;
    oci_status_e   rc;

    rc = oci_file_read(s->pool, (char *) oci_strf(s->pool, "%s/index.json",
                                                  s->layout).data,
                       LAYOUT_INDEX_MAX, &text, err);
    if (rc != OCI_OK) {
        return rc;
    }

    *index = oci_json_load(text.data, text.len, 0, err);
    if (*index == NULL) {
        return OCI_INVALID;
    }

    if (!json_is_array(json_object_get(*index, "manifests"))) {
        json_decref(*index);
        return oci_error(err, OCI_INVALID, 0, "\"%s/index.json\" has no list "
                         "of manifests", s->layout);
    }

    return OCI_OK;
}


static oci_status_e
layout_write(source_t *s, const json_t *index, oci_error_t *err)
{
    char          *text;
    oci_status_e   rc;

    text = json_dumps(index, JSON_INDENT(3));

    rc = (text == NULL)
         ? oci_error(err, OCI_NOMEM, 0, "out of memory")
         : oci_file_publish((char *) oci_strf(s->pool, "%s/index.json",
                                              s->layout).data,
                            text, strlen(text), false, err);
    free(text);

    return rc;
}


/* an empty tag, or SOURCE_MAIN, is the image that the layout is about */

static const json_t *
layout_find(const json_t *index, const oci_str_t *tag)
{
    size_t         i;
    json_t        *entry;
    oci_str_t      name;
    const json_t  *main;

    main = layout_main(index);

    if (tag->len == 0 || oci_str_is(tag, SOURCE_MAIN)) {
        return main;
    }

    json_array_foreach(json_object_get(index, "manifests"), i, entry) {
        name = layout_note(entry, LAYOUT_REF_NAME);

        if (oci_str_eq(&name, tag)) {
            return entry;
        }
    }

    return layout_is_attached(tag, ".sig", main)
           ? layout_kind(index, LAYOUT_KINDS "sigs")
           : layout_is_attached(tag, ".att", main)
             ? layout_kind(index, LAYOUT_KINDS "atts") : NULL;
}


static const json_t *
layout_main(const json_t *index)
{
    size_t         i;
    json_t        *entry;
    const json_t  *main;

    main = layout_kind(index, LAYOUT_KINDS "imageIndex");

    if (main == NULL) {
        main = layout_kind(index, LAYOUT_KINDS "image");
    }

    if (main != NULL) {
        return main;
    }

    json_array_foreach(json_object_get(index, "manifests"), i, entry) {
        if (layout_note(entry, LAYOUT_KIND).len == 0
            && json_object_get(entry, "artifactType") == NULL)
        {
            return entry;
        }
    }

    return NULL;
}


static const json_t *
layout_kind(const json_t *index, const char *kind)
{
    size_t      i;
    json_t     *entry;
    oci_str_t   found;

    json_array_foreach(json_object_get(index, "manifests"), i, entry) {
        found = layout_note(entry, LAYOUT_KIND);

        if (oci_str_is(&found, kind)) {
            return entry;
        }
    }

    return NULL;
}


static oci_str_t
layout_note(const json_t *entry, const char *name)
{
    return oci_json_str(json_object_get(entry, "annotations"), name);
}


/* cosign looks for one image, its signatures and its attestations */

static const char *
layout_kind_of(const json_t *index, const oci_str_t *tag,
    const oci_manifest_t *m)
{
    const json_t  *main;

    if (tag->len == 0) {
        return NULL;
    }

    main = layout_main(index);

    if (layout_is_attached(tag, ".sig", main)) {
        return LAYOUT_KINDS "sigs";
    }

    if (layout_is_attached(tag, ".att", main)) {
        return LAYOUT_KINDS "atts";
    }

    if (oci_str_prefix(tag, "sha256-")) {
        return NULL;
    }

    return (m->kind == OCI_INDEX) ? LAYOUT_KINDS "imageIndex"
                                  : LAYOUT_KINDS "image";
}


/* "sha256-<hex of main><suffix>" */

static bool
layout_is_attached(const oci_str_t *tag, const char *suffix,
    const json_t *main)
{
    oci_str_t  digest;

    digest = oci_json_str(main, "digest");

    return digest.len == 71 && tag->len == 71 + strlen(suffix)
           && oci_str_prefix(tag, "sha256-") && oci_str_suffix(tag, suffix)
           && memcmp(tag->data + 7, digest.data + 7, 64) == 0;
}


const source_backend_t  source_layout = {
    .manifest = source_layout_manifest,
    .blob = NULL,
    .file = source_layout_file,
    .has = source_layout_has,
    .put_blob = source_layout_put_blob,
    .put_manifest = source_layout_put_manifest,
    .referrers = source_layout_referrers
};
