/*
 * Where images are: the choice between a registry and a store, and what is
 * the same for both.
 */

#include "source/source.h"
#include "oci_json.h"
#include "oci_manifest.h"
#include "command/progress.h"
#include "source/source_backend.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>


#define SOURCE_BLOCK  65536


/* a blob on its way, and its digest */

typedef struct {
    transport_sink_pt   sink;
    void               *data;
    oci_hash_t          hash;
} source_hashed_t;


static oci_status_e source_blob_stream(source_t *source,
    const oci_reference_t *ref, const oci_digest_t *digest,
    transport_sink_pt sink, void *data, oci_error_t *err);
static oci_status_e source_read(source_t *source, const oci_reference_t *ref,
    const oci_digest_t *digest, source_hashed_t *h, oci_error_t *err);
static oci_status_e source_fallback(source_t *source,
    const oci_reference_t *ref, const oci_digest_t *digest,
    oci_reference_t *tag, oci_error_t *err);
static oci_status_e source_fallback_add(source_t *source,
    const oci_reference_t *ref, const oci_manifest_t *m,
    const oci_digest_t *digest, uint64_t size, oci_error_t *err);
static oci_status_e source_fallback_read(source_t *source,
    const oci_reference_t *ref, json_t **descriptors, oci_error_t *err);
static bool source_listed(const json_t *descriptors,
    const oci_digest_t *digest);
static void source_release(void *data);


void
source_begin(const source_options_t *options)
{
    if (options->root == NULL && options->layout == NULL) {
        transport_begin();
    }
}


oci_status_e
source_open(source_t **source, oci_pool_t *pool,
    const source_options_t *options, oci_error_t *err)
{
    source_t      *s;
    oci_status_e   rc;

    s = oci_pcalloc(pool, sizeof(source_t));
    if (s == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    s->pool = pool;
    s->transport_options = &options->transport;

    if (options->layout != NULL) {
        s->backend = &source_layout;

        rc = source_layout_open(s, options->layout, options->create, err);
        if (rc != OCI_OK) {
            return rc;
        }

    } else if (options->root == NULL) {
        s->backend = &source_registry;

    } else {
        s->backend = &source_store;

        rc = oci_store_open(&s->store, pool, options->root, OCI_STORE_SYNC,
                            err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    *source = s;

    return OCI_OK;
}


oci_status_e
source_manifest(source_t *source, const oci_reference_t *ref,
    source_manifest_t *manifest, oci_error_t *err)
{
    oci_alg_e      alg;
    oci_digest_t   got;
    oci_status_e   rc;

    memset(manifest, 0, sizeof(source_manifest_t));

    rc = source->backend->manifest(source, ref, manifest, err);
    if (rc != OCI_OK) {
        return rc;
    }

    alg = (ref->digest.alg != OCI_ALG_NONE) ? ref->digest.alg
          : (manifest->digest.alg != OCI_ALG_NONE) ? manifest->digest.alg
          : OCI_SHA256;

    oci_digest_of(&got, alg, manifest->content.data, manifest->content.len);

    if ((ref->digest.alg != OCI_ALG_NONE
         && !oci_digest_eq(&got, &ref->digest))
        || (manifest->digest.alg != OCI_ALG_NONE
            && !oci_digest_eq(&got, &manifest->digest)))
    {
        return oci_error(err, OCI_MISMATCH, 0,
                         "the manifest of %s/%s is %s, which is not what was "
                         "asked for", ref->host.data, ref->repo.data,
                         got.text);
    }

    manifest->digest = got;

    if (manifest->media_type.len == 0) {
        manifest->media_type = oci_str(oci_manifest_type(&manifest->content,
                                                         source->pool));
    }

    return OCI_OK;
}


/* collects a stream in memory */

typedef struct {
    oci_buf_t  buf;
    size_t     max;
} source_memory_t;


static oci_status_e
source_collect(void *data, const u_char *p, size_t len)
{
    source_memory_t  *m = data;

    if (len > m->max - m->buf.len) {
        return OCI_LIMIT;
    }

    oci_buf_add(&m->buf, p, len);

    return m->buf.failed ? OCI_NOMEM : OCI_OK;
}


oci_status_e
source_blob(source_t *source, const oci_reference_t *ref,
    const oci_digest_t *digest, size_t max, oci_str_t *content,
    oci_error_t *err)
{
    oci_status_e     rc;
    source_memory_t  m;

    memset(&m, 0, sizeof(m));
    m.max = max;

    rc = source_blob_stream(source, ref, digest, source_collect, &m, err);

    if (rc == OCI_LIMIT) {
        (void) oci_error(err, rc, 0, "blob %s is larger than %zu bytes",
                         digest->text, max);
    }

    if (rc == OCI_OK) {
        *content = oci_str_dup(source->pool, m.buf.data, m.buf.len);

        if (content->data == NULL) {
            rc = oci_error(err, OCI_NOMEM, 0, "out of memory");
        }
    }

    oci_buf_free(&m.buf);

    return rc;
}


static oci_status_e
source_hash(void *data, const u_char *p, size_t len)
{
    source_hashed_t  *h = data;

    oci_hash_update(&h->hash, p, len);

    return h->sink(h->data, p, len);
}


/*
 * Piece by piece.  That the digest is wrong is known only at the end:
 * OCI_MISMATCH.
 */

static oci_status_e
source_blob_stream(source_t *source, const oci_reference_t *ref,
    const oci_digest_t *digest, transport_sink_pt sink, void *data,
    oci_error_t *err)
{
    oci_digest_t      got;
    oci_status_e      rc;
    source_hashed_t   h;

    h.sink = sink;
    h.data = data;
    oci_hash_init(&h.hash, digest->alg);

    rc = (source->backend->blob != NULL)
         ? source->backend->blob(source, ref, digest, 0, source_hash, &h,
                                 err)
         : source_read(source, ref, digest, &h, err);

    if (rc != OCI_OK) {
        return rc;
    }

    oci_hash_final(&h.hash, &got);

    if (!oci_digest_eq(&got, digest)) {
        return oci_error(err, OCI_MISMATCH, 0, "blob %s has other content: "
                         "%s", digest->text, got.text);
    }

    return OCI_OK;
}


static oci_status_e
source_read(source_t *source, const oci_reference_t *ref,
    const oci_digest_t *digest, source_hashed_t *h, oci_error_t *err)
{
    int            fd;
    u_char         buf[SOURCE_BLOCK];
    ssize_t        n;
    oci_status_e   rc;

    rc = source->backend->file(source, ref, digest, &fd, err);
    if (rc != OCI_OK) {
        return rc;
    }

    while (rc == OCI_OK) {
        n = read(fd, buf, sizeof(buf));

        if (n == -1 && errno == EINTR) {
            continue;
        }

        if (n == -1) {
            rc = oci_error_errno(err, errno, "cannot read blob %s",
                                 digest->text);
        }

        if (n <= 0) {
            break;
        }

        rc = source_hash(h, buf, (size_t) n);
    }

    (void) close(fd);

    return rc;
}


void
source_watch(source_t *from, source_t *to)
{
    unsigned  n;

    n = (from->backend->file == NULL) + (to != NULL);
    from->share = n;

    if (to != NULL) {
        to->share = n;
    }
}


/* mapped, not read: a layer may be larger than memory */

oci_status_e
source_take_blob(source_t *source, const oci_reference_t *ref,
    source_t *other, const oci_reference_t *from, const oci_digest_t *digest,
    uint64_t size, oci_error_t *err)
{
    int            fd;
    oci_str_t      content;
    struct stat    st;
    oci_digest_t   got;
    oci_status_e   rc;

    if (source->backend->has(source, ref, digest)) {
        progress_add(size);
        return OCI_OK;
    }

    rc = source_blob_file(other, from, digest, size, &fd, err);
    if (rc != OCI_OK) {
        return rc;
    }

    content = oci_str("");

    if (fstat(fd, &st) == 0 && st.st_size > 0) {
        content.len = (size_t) st.st_size;
        content.data = mmap(NULL, content.len, PROT_READ, MAP_PRIVATE, fd, 0);
    }

    (void) close(fd);

    if (content.data == MAP_FAILED) {
        return oci_error_errno(err, errno, "cannot map blob %s",
                               digest->text);
    }

    oci_digest_of(&got, digest->alg, content.data, content.len);

    rc = oci_digest_eq(&got, digest)
         ? source_put_blob(source, ref, digest, &content, err)
         : oci_error(err, OCI_MISMATCH, 0, "blob %s is damaged: its digest is "
                     "%s", digest->text, got.text);

    if (content.len != 0) {
        (void) munmap(content.data, content.len);
    }

    /* a registry has counted what was sent to it */

    if (source->share != 0 && source->backend != &source_registry) {
        progress_add(size / source->share);
    }

    return rc;
}


oci_status_e
source_put_blob(source_t *source, const oci_reference_t *ref,
    const oci_digest_t *digest, const oci_str_t *content, oci_error_t *err)
{
    return source->backend->put_blob(source, ref, digest, content, err);
}


oci_status_e
source_put_manifest(source_t *source, const oci_reference_t *ref,
    const oci_str_t *content, const char *media_type, oci_digest_t *digest,
    oci_error_t *err)
{
    bool             known;
    oci_str_t        type;
    oci_status_e     rc;
    oci_manifest_t   m;
    oci_reference_t  to;

    type = oci_str(media_type);
    to = *ref;

    rc = oci_manifest_parse(&m, source->pool, content, &type, err);
    if (rc != OCI_OK) {
        return rc;
    }

    oci_digest_of(digest, OCI_SHA256, content->data, content->len);

    to.digest = *digest;
    known = false;

    rc = source->backend->put_manifest(source, &to, content, media_type, &m,
                                       &known, err);

    if (rc == OCI_OK && m.subject != NULL && !known) {
        rc = source_fallback_add(source, ref, &m, digest, content->len, err);
    }

    return rc;
}


oci_status_e
source_delete(source_t *source, const oci_reference_t *ref, oci_error_t *err)
{
    return (source->backend->delete != NULL)
           ? source->backend->delete(source, ref, err)
           : oci_error(err, OCI_DENIED, 0, "nothing is deleted from a "
                       "layout");
}


oci_status_e
source_delete_repo(source_t *source, const oci_reference_t *ref,
    oci_error_t *err)
{
    return (source->backend->delete_repo != NULL)
           ? source->backend->delete_repo(source, ref, err)
           : oci_error(err, OCI_INVALID, 0, "no repository is deleted as a "
                       "whole here");
}


oci_status_e
source_list(source_t *source, const oci_reference_t *ref,
    oci_array_t *names, oci_error_t *err)
{
    return (source->backend->list != NULL)
           ? source->backend->list(source, ref, names, err)
           : oci_error(err, OCI_INVALID, 0, "nothing is listed here");
}


oci_status_e
source_referrers(source_t *source, const oci_reference_t *ref,
    const oci_digest_t *digest, json_t **descriptors, oci_error_t *err)
{
    oci_error_t      none = { OCI_OK, 0, "" };
    oci_status_e     rc;
    oci_reference_t  tag;

    *descriptors = json_array();

    if (*descriptors == NULL
        || oci_pool_cleanup(source->pool, source_release, *descriptors)
           != OCI_OK)
    {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    rc = source->backend->referrers(source, ref, digest, *descriptors, &none);

    if (rc == OCI_OK) {
        return rc;
    }

    if (rc != OCI_NOT_FOUND) {
        return oci_error(err, rc, 0, "%s", none.text);
    }

    rc = source_fallback(source, ref, digest, &tag, err);

    if (rc == OCI_OK) {
        rc = source_fallback_read(source, &tag, descriptors, err);
    }

    return rc;
}


static void
source_release(void *data)
{
    json_decref(data);
}


/* "<alg>-<hex>": OCI Distribution Specification 1.1, "Referrers Tag Schema" */

static oci_status_e
source_fallback(source_t *source, const oci_reference_t *ref,
    const oci_digest_t *digest, oci_reference_t *tag, oci_error_t *err)
{
    *tag = *ref;
    tag->digest.alg = OCI_ALG_NONE;
    tag->tag = oci_strf(source->pool, "%s-%.64s", oci_alg_name(digest->alg),
                        oci_digest_hex(digest));

    if (tag->tag.data == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    return OCI_OK;
}


/* adds the entries of the index at that tag to descriptors */

static oci_status_e
source_fallback_read(source_t *source, const oci_reference_t *ref,
    json_t **descriptors, oci_error_t *err)
{
    size_t              i;
    oci_str_t           none = oci_null_string;
    oci_error_t         e = { OCI_OK, 0, "" };
    oci_status_e        rc;
    oci_manifest_t      m;
    source_manifest_t   index;

    rc = source_manifest(source, ref, &index, &e);

    if (rc == OCI_NOT_FOUND) {
        return OCI_OK;
    }

    if (rc != OCI_OK) {
        return oci_error(err, rc, 0, "%s", e.text);
    }

    rc = oci_manifest_parse(&m, source->pool, &index.content, &none, err);
    if (rc != OCI_OK) {
        return rc;
    }

    for (i = 0; m.kind == OCI_INDEX && i < m.nparts; i++) {
        if (json_array_append(*descriptors, m.parts[i].json) != 0) {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }
    }

    return OCI_OK;
}


/*
 * Adds a referrer to the index at the fallback tag.  It is read, changed and
 * written without a lock, as the specification has it; what another client
 * overwrites meanwhile is noticed by reading again.
 */

static oci_status_e
source_fallback_add(source_t *source, const oci_reference_t *ref,
    const oci_manifest_t *m, const oci_digest_t *digest, uint64_t size,
    oci_error_t *err)
{
    int               tries;
    char             *text;
    json_t           *list, *index;
    oci_str_t         content;
    oci_digest_t      ignored;
    oci_status_e      rc;
    oci_reference_t   tag;

    rc = source_fallback(source, ref, &m->subject->digest, &tag, err);

    for (tries = 0; rc == OCI_OK && tries < SOURCE_TRIES; tries++) {
        list = json_array();
        rc = source_fallback_read(source, &tag, &list, err);

        if (rc != OCI_OK || source_listed(list, digest)) {
            json_decref(list);
            return rc;
        }

        (void) json_array_append_new(list,
                                     oci_manifest_descriptor(m, digest,
                                                             size));
        index = json_pack("{s:i, s:s, s:o}", "schemaVersion", 2,
                          "mediaType", OCI_TYPE_OCI_INDEX, "manifests", list);
        text = json_dumps(index, JSON_COMPACT);
        json_decref(index);

        if (text == NULL) {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }

        content = oci_str_dup(source->pool, (u_char *) text, strlen(text));
        free(text);

        rc = source_put_manifest(source, &tag, &content, OCI_TYPE_OCI_INDEX,
                                 &ignored, err);
    }

    return rc;
}


static bool
source_listed(const json_t *descriptors, const oci_digest_t *digest)
{
    size_t      i;
    oci_str_t   text;

    for (i = 0; i < json_array_size(descriptors); i++) {
        text = oci_json_str(json_array_get(descriptors, i), "digest");

        if (oci_str_is(&text, digest->text)) {
            return true;
        }
    }

    return false;
}
