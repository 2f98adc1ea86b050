/*
 * Images in a registry or a store, for the scanner.
 */

#include "scan/image.h"
#include "oci_json.h"
#include "source/platform.h"
#include "source/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


#define REMOTE_CONFIG_MAX  (8u << 20)


typedef struct {
    scan_t            *s;
    source_t          *source;
    oci_reference_t    ref;
} remote_t;


static oci_status_e remote_config(remote_t *r, const source_manifest_t *m,
    oci_str_t *config);
static bool remote_stored(scan_t *s, const char *name, oci_reference_t *ref);
static oci_status_e remote_manifest(remote_t *r, source_manifest_t *m);
static oci_status_e remote_layer(oci_scan_image_t *image,
    const oci_scan_image_layer_t *layer, oci_scan_reader_t *reader,
    oci_error_t *err);
static ssize_t remote_read(void *ctx, u_char *buf, size_t size,
    oci_error_t *err);
static void remote_close(void *ctx);
static oci_status_e remote_names(remote_t *r, oci_scan_image_t *image,
    const source_manifest_t *top);


oci_status_e
scan_remote(scan_t *s, const char *name, oci_scan_image_t **image)
{
    oci_str_t         text;
    oci_status_e      rc;
    oci_reference_t   ref;

    text = oci_str(name);

    if (s->o->source.root != NULL && remote_stored(s, name, &ref)) {
        return scan_remote_image(s, &ref, image);
    }

    rc = oci_reference_parse(&ref, s->pool, &text, &s->err);

    return (rc == OCI_OK) ? scan_remote_image(s, &ref, image) : rc;
}


/*
 * A store knows its repositories by their own names, which have no host before
 * them and no "library/": "app:1", as --all prints it.
 */

static bool
remote_stored(scan_t *s, const char *name, oci_reference_t *ref)
{
    source_t           *source;
    oci_str_t           text;
    oci_error_t         none = { OCI_OK, 0, "" };
    source_manifest_t   m;

    text = oci_strf(s->pool, "localhost/%s", name);

    return text.data != NULL
           && oci_reference_parse(ref, s->pool, &text, &none) == OCI_OK
           && source_open(&source, s->pool, &s->o->source, &none) == OCI_OK
           && source_manifest(source, ref, &m, &none) == OCI_OK;
}


oci_status_e
scan_remote_image(scan_t *s, const oci_reference_t *ref,
    oci_scan_image_t **image)
{
    remote_t           *r;
    oci_str_t           config;
    oci_status_e        rc;
    source_manifest_t   top, m;

    r = oci_pcalloc(s->pool, sizeof(remote_t));
    if (r == NULL) {
        return oci_error(&s->err, OCI_NOMEM, 0, "out of memory");
    }

    r->s = s;
    r->ref = *ref;

    memset(&top, 0, sizeof(source_manifest_t));
    rc = source_open(&r->source, s->pool, &s->o->source, &s->err);

    if (rc == OCI_OK) {
        rc = source_manifest(r->source, ref, &top, &s->err);
    }

    if (rc == OCI_OK) {
        m = top;
        rc = remote_manifest(r, &m);
    }

    if (rc == OCI_OK) {
        rc = remote_config(r, &m, &config);
    }

    if (rc == OCI_OK) {
        rc = oci_scan_image_set(image, s->pool, &config, &m.content, &s->err);
    }

    if (rc != OCI_OK) {
        return rc;
    }

    (*image)->ctx = r;
    (*image)->open = remote_layer;
    (*image)->manifest = m.digest;

    return remote_names(r, *image, &top);
}


static oci_status_e
remote_config(remote_t *r, const source_manifest_t *m, oci_str_t *config)
{
    json_t        *doc;
    oci_str_t      text;
    oci_digest_t   digest;
    oci_status_e   rc;

    doc = oci_scan_image_json(&m->content, &r->s->err);
    if (doc == NULL) {
        return OCI_INVALID;
    }

    text = oci_json_str(json_object_get(doc, "config"), "digest");
    rc = oci_digest_parse(&digest, &text);
    json_decref(doc);

    if (rc != OCI_OK) {
        return oci_error(&r->s->err, OCI_INVALID, 0, "the manifest of "
                         "\"%.*s\" has no configuration",
                         (int) r->ref.repo.len, r->ref.repo.data);
    }

    return source_blob(r->source, &r->ref, &digest, REMOTE_CONFIG_MAX, config,
                       &r->s->err);
}


void
scan_platform(scan_t *s, oci_scan_choice_t *choice)
{
    memset(choice, 0, sizeof(oci_scan_choice_t));

    choice->os = "linux";
    choice->arch = "amd64";

    if (s->o->platform != NULL) {
        platform_parse(s->pool, s->o->platform, choice);
    }
}


/* from an index to the manifest of the platform */

static oci_status_e
remote_manifest(remote_t *r, source_manifest_t *m)
{
    json_t             *doc;
    oci_str_t           text;
    oci_status_e        rc;
    const json_t       *chosen;
    oci_reference_t     ref;
    oci_scan_choice_t   choice;

    doc = oci_scan_image_json(&m->content, &r->s->err);
    if (doc == NULL) {
        return OCI_INVALID;
    }

    if (!json_is_array(json_object_get(doc, "manifests"))) {
        json_decref(doc);
        return OCI_OK;
    }

    scan_platform(r->s, &choice);
    chosen = oci_scan_image_choose(doc, &choice);
    text = oci_json_str(chosen, "digest");
    ref = r->ref;
    rc = oci_digest_parse(&ref.digest, &text);
    json_decref(doc);

    if (rc != OCI_OK) {
        return oci_error(&r->s->err, OCI_NOT_FOUND, 0, "the index has no "
                         "manifest for %s/%s", choice.os, choice.arch);
    }

    return source_manifest(r->source, &ref, m, &r->s->err);
}


/* the names in the report: repository:tag and repository@digest */

static oci_status_e
remote_names(remote_t *r, oci_scan_image_t *image,
    const source_manifest_t *top)
{
    oci_str_t  context, digest, *s;

    context = oci_reference_context(&r->ref, r->s->pool);
    digest = oci_digest_str(&top->digest);

    if (oci_str_prefix(&context, OCI_HUB "/library/")) {
        context.data += sizeof(OCI_HUB "/library/") - 1;
        context.len -= sizeof(OCI_HUB "/library/") - 1;
    }

    if (r->ref.tag.len != 0) {
        s = oci_array_push(&image->tags);
        if (s == NULL) {
            return oci_error(&r->s->err, OCI_NOMEM, 0, "out of memory");
        }

        *s = oci_strf(r->s->pool, "%.*s:%.*s", (int) context.len,
                      context.data, (int) r->ref.tag.len, r->ref.tag.data);
    }

    s = oci_array_push(&image->digests);
    if (s == NULL) {
        return oci_error(&r->s->err, OCI_NOMEM, 0, "out of memory");
    }

    *s = oci_strf(r->s->pool, "%.*s@%.*s", (int) context.len, context.data,
                  (int) digest.len, digest.data);

    return OCI_OK;
}


/* called by several threads: each has connections of its own */

static oci_status_e
remote_layer(oci_scan_image_t *image, const oci_scan_image_layer_t *layer,
    oci_scan_reader_t *reader, oci_error_t *err)
{
    int           *fd;
    remote_t      *r;
    source_t      *source;
    oci_pool_t    *pool;
    oci_status_e   rc;

    r = image->ctx;
    source = NULL;
    fd = malloc(sizeof(int));
    pool = oci_pool_create();

    rc = (fd != NULL && pool != NULL)
         ? source_open(&source, pool, &r->s->o->source, err)
         : oci_error(err, OCI_NOMEM, 0, "out of memory");

    if (rc == OCI_OK) {
        rc = source_blob_file(source, &r->ref, &layer->digest, layer->size,
                              fd, err);
    }

    oci_pool_destroy(pool);

    if (rc != OCI_OK) {
        free(fd);
        return rc;
    }

    reader->ctx = fd;
    reader->read = remote_read;
    reader->close = remote_close;

    return OCI_OK;
}


static ssize_t
remote_read(void *ctx, u_char *buf, size_t size, oci_error_t *err)
{
    ssize_t  n;

    n = read(*(int *) ctx, buf, size);

    if (n < 0) {
        oci_error_errno(err, errno, "a layer");
    }

    return n;
}


static void
remote_close(void *ctx)
{
    (void) close(*(int *) ctx);
    free(ctx);
}
