/*
 * A registry, by its HTTP API.
 *
 * Source: OCI Distribution Specification 1.1.
 */

#include "source/partial.h"
#include "source/source_backend.h"
#include "oci_json.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>


#define SOURCE_ACCEPT                                                        \
    OCI_TYPE_OCI_INDEX ", " OCI_TYPE_OCI_MANIFEST ", "                       \
    OCI_TYPE_DOCKER_LIST ", " OCI_TYPE_DOCKER_MANIFEST
#define SOURCE_LIST_MAX   (16 * 1024 * 1024)
#define SOURCE_LISTS_MAX  (64 * 1024 * 1024)     /* all pages of a list */
#define SOURCE_PAGES_MAX  1000
#define SOURCE_EMPTY_MAX  100           /* of them, that hold nothing */


static oci_status_e source_registry_send(source_t *s,
    const oci_reference_t *ref, transport_request_t *req,
    transport_reply_t *reply, oci_error_t *err, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));
static const char *source_registry_name(const oci_reference_t *ref);
static oci_status_e source_registry_session(source_t *s,
    const oci_reference_t *ref, oci_str_t *place, uint64_t *at,
    oci_error_t *err);
static uint64_t source_registry_arrived(const oci_str_t *range);
static oci_status_e source_registry_send_blob(source_t *s,
    const oci_reference_t *ref, const oci_digest_t *digest,
    const oci_str_t *content, oci_str_t *place, uint64_t at,
    oci_error_t *err);
static oci_status_e source_registry_delete_tagged(source_t *s,
    const oci_reference_t *ref, oci_error_t *err);
static oci_status_e source_registry_names(oci_pool_t *pool,
    const json_t *list, bool repos, oci_array_t *names);
static oci_status_e source_registry_page(json_t *root, const char *key,
    json_t *into);
static oci_status_e source_registry_next(source_t *s,
    const oci_reference_t *ref, const char *path,
    const transport_reply_t *reply, const char **next, oci_error_t *err);
static bool source_registry_ours(const oci_str_t *host,
    const oci_str_t *other);


static oci_status_e
source_registry_manifest(source_t *s, const oci_reference_t *ref,
    source_manifest_t *manifest, oci_error_t *err)
{
    oci_status_e          rc;
    transport_reply_t     reply;
    transport_request_t   req = { .method = "GET", .accept = SOURCE_ACCEPT,
                                  .max = SOURCE_MANIFEST_MAX };

    rc = source_registry_send(s, ref, &req, &reply, err,
                              "/v2/%s/manifests/%s", ref->repo.data,
                              source_registry_name(ref));
    if (rc != OCI_OK) {
        return rc;
    }

    if (reply.status != 200) {
        return transport_refused(&req, &reply, err);
    }

    manifest->content = reply.body;
    manifest->media_type = reply.content_type;

    (void) oci_digest_parse(&manifest->digest, &reply.digest);

    return OCI_OK;
}


static const char *
source_registry_name(const oci_reference_t *ref)
{
    return (ref->digest.alg != OCI_ALG_NONE) ? ref->digest.text
                                             : (char *) ref->tag.data;
}


static oci_status_e
source_registry_blob(source_t *s, const oci_reference_t *ref,
    const oci_digest_t *digest, uint64_t from, transport_sink_pt sink,
    void *data, oci_error_t *err)
{
    oci_status_e          rc;
    transport_reply_t     reply;
    transport_request_t   req = { .method = "GET", .sink = sink,
                                  .data = data, .from = from };

    rc = source_registry_send(s, ref, &req, &reply, err, "/v2/%s/blobs/%s",
                              ref->repo.data, digest->text);

    if (rc == OCI_OK && from != 0
        && (reply.status == 200 || reply.status == 416))
    {
        return oci_error(err, OCI_RANGE, 0, "%s is not sent in parts",
                         digest->text);
    }

    if (rc == OCI_OK && reply.status != 200 && reply.status != 206) {
        return transport_refused(&req, &reply, err);
    }

    return rc;
}


/* errors are not reported here: putting the blob meets them again */

static bool
source_registry_has(source_t *s, const oci_reference_t *ref,
    const oci_digest_t *digest)
{
    oci_error_t           none;
    transport_reply_t     reply;
    transport_request_t   head = { .method = "HEAD", .push = true };

    return source_registry_send(s, ref, &head, &reply, &none,
                                "/v2/%s/blobs/%s", ref->repo.data,
                                digest->text) == OCI_OK
           && reply.status == 200;
}


/*
 * In one piece, or, when that is cut, what the registry lacks: in this run, and
 * in the next one if the blob is large and the registry keeps the upload.
 */

static oci_status_e
source_registry_put_blob(source_t *s, const oci_reference_t *ref,
    const oci_digest_t *digest, const oci_str_t *content, oci_error_t *err)
{
    int            tries;
    uint64_t       at, last;
    oci_str_t      place = oci_null_string;
    oci_error_t    why;
    oci_status_e   rc;

    if (source_registry_has(s, ref, digest)) {
        return OCI_OK;
    }

    last = 0;
    partial_upload(s->pool, ref, digest, content->len, &place);

    for (tries = 0; /* void */ ; tries++) {
        memset(&why, 0, sizeof(why));
        at = 0;

        rc = source_registry_session(s, ref, &place, &at, &why);

        if (rc == OCI_OK) {
            partial_upload_keep(s->pool, ref, digest, content->len, &place);
            rc = source_registry_send_blob(s, ref, digest, content, &place,
                                           at, &why);
        }

        if (rc != OCI_IO) {
            break;
        }

        tries = (at > last) ? 0 : tries;
        last = at;

        if (tries + 1 == SOURCE_TRIES || !transport_again(tries)) {
            break;
        }
    }

    if (rc != OCI_IO) {
        partial_upload_done(s->pool, ref, digest, content->len);
    }

    return (rc == OCI_OK) ? OCI_OK : oci_error(err, rc, 0, "%s", why.text);
}


/* how much an upload has, if it is there still; else a new one is begun */

static oci_status_e
source_registry_session(source_t *s, const oci_reference_t *ref,
    oci_str_t *place, uint64_t *at, oci_error_t *err)
{
    oci_status_e          rc;
    transport_reply_t     reply;
    transport_request_t   get = { .method = "GET", .push = true };
    transport_request_t   post = { .method = "POST", .push = true };

    if (place->len != 0) {
        rc = source_registry_send(s, ref, &get, &reply, err, "%s",
                                  place->data);

        if (rc != OCI_OK) {
            return rc;
        }

        if (reply.status == 204) {
            *at = source_registry_arrived(&reply.range);
            *place = (reply.location.len != 0) ? reply.location : *place;
            return OCI_OK;
        }
    }

    rc = source_registry_send(s, ref, &post, &reply, err,
                              "/v2/%s/blobs/uploads/", ref->repo.data);

    if (rc == OCI_OK && (reply.status != 202 || reply.location.len == 0)) {
        return transport_refused(&post, &reply, err);
    }

    *place = reply.location;

    return rc;
}


/* "0-N": N is the last byte; of "0-0" nobody knows whether it is one or none */

static uint64_t
source_registry_arrived(const oci_str_t *range)
{
    unsigned long long  last;

    return (range->len > 2 && range->len < 32
            && sscanf((char *) range->data, "0-%20llu", &last) == 1
            && last != 0) ? last + 1 : 0;
}


static oci_status_e
source_registry_send_blob(source_t *s, const oci_reference_t *ref,
    const oci_digest_t *digest, const oci_str_t *content, oci_str_t *place,
    uint64_t at, oci_error_t *err)
{
    oci_str_t             rest;
    oci_status_e          rc;
    transport_reply_t     reply;
    transport_request_t   patch = { .method = "PATCH", .push = true,
                              .content_type = "application/octet-stream",
                              .body = &rest, .body_at = at,
                              .share = s->share, .once = true };
    transport_request_t   put = { .method = "PUT", .push = true,
                              .content_type = "application/octet-stream",
                              .body = (at == 0) ? content : NULL,
                              .share = s->share, .once = true };

    if (at != 0 && at < content->len) {
        rest.data = content->data + at;
        rest.len = content->len - at;

        rc = source_registry_send(s, ref, &patch, &reply, err, "%s",
                                  place->data);

        if (rc == OCI_OK && reply.status != 202) {
            return transport_refused(&patch, &reply, err);
        }

        if (rc != OCI_OK) {
            return rc;
        }

        *place = (reply.location.len != 0) ? reply.location : *place;
    }

    rc = source_registry_send(s, ref, &put, &reply, err, "%s%cdigest=%s",
                              place->data,
                              strchr((char *) place->data, '?') != NULL
                              ? '&' : '?', digest->text);

    return (rc == OCI_OK && reply.status != 201)
           ? transport_refused(&put, &reply, err) : rc;
}


static oci_status_e
source_registry_put_manifest(source_t *s, const oci_reference_t *ref,
    const oci_str_t *content, const char *media_type,
    const oci_manifest_t *m, bool *known, oci_error_t *err)
{
    oci_status_e          rc;
    transport_reply_t     reply;
    transport_request_t   req = { .method = "PUT", .push = true,
                                  .content_type = media_type,
                                  .body = content };

    (void) m;

    rc = source_registry_send(s, ref, &req, &reply, err,
                              "/v2/%s/manifests/%s", ref->repo.data,
                              ref->tag.len != 0 ? (char *) ref->tag.data
                                                : ref->digest.text);

    if (rc == OCI_OK && reply.status != 201) {
        return transport_refused(&req, &reply, err);
    }

    *known = (reply.subject.len != 0);

    return rc;
}


static oci_status_e
source_registry_delete(source_t *s, const oci_reference_t *ref,
    oci_error_t *err)
{
    oci_status_e          rc;
    transport_reply_t     reply;
    transport_request_t   req = { .method = "DELETE", .push = true };

    rc = source_registry_send(s, ref, &req, &reply, err,
                              "/v2/%s/manifests/%s", ref->repo.data,
                              source_registry_name(ref));
    if (rc != OCI_OK) {
        return rc;
    }

    if ((reply.status == 400 || reply.status == 405)
        && ref->digest.alg == OCI_ALG_NONE)
    {
        return source_registry_delete_tagged(s, ref, err);
    }

    return (reply.status == 202 || reply.status == 200 || reply.status == 204)
           ? OCI_OK : transport_refused(&req, &reply, err);
}


/* the registry deletes by digest alone: removes what the tag names */

static oci_status_e
source_registry_delete_tagged(source_t *s, const oci_reference_t *ref,
    oci_error_t *err)
{
    oci_alg_e          alg;
    oci_status_e       rc;
    oci_reference_t    by_digest;
    source_manifest_t  m = { .digest = { .alg = OCI_ALG_NONE } };

    rc = source_registry_manifest(s, ref, &m, err);
    if (rc != OCI_OK) {
        return rc;
    }

    by_digest = *ref;
    alg = (m.digest.alg != OCI_ALG_NONE) ? m.digest.alg : OCI_SHA256;
    oci_digest_of(&by_digest.digest, alg, m.content.data, m.content.len);

    return source_registry_delete(s, &by_digest, err);
}


static oci_status_e
source_registry_referrers(source_t *s, const oci_reference_t *ref,
    const oci_digest_t *digest, json_t *descriptors, oci_error_t *err)
{
    size_t                pages, empty, bytes, n;
    json_t               *root;
    oci_status_e          rc;
    const char           *path;
    transport_reply_t     reply;
    transport_request_t   req = { .method = "GET",
                                  .accept = OCI_TYPE_OCI_INDEX,
                                  .max = SOURCE_LIST_MAX };

    path = (char *) oci_strf(s->pool, "/v2/%s/referrers/%s", ref->repo.data,
                             digest->text).data;
    bytes = 0;
    empty = 0;

    for (pages = 0; path != NULL; pages++) {

        if (pages == SOURCE_PAGES_MAX || empty == SOURCE_EMPTY_MAX
            || bytes > SOURCE_LISTS_MAX)
        {
            return oci_error(err, OCI_LIMIT, 0, "the list of referrers of "
                             "%s has no end: %zu pages", digest->text, pages);
        }

        rc = source_registry_send(s, ref, &req, &reply, err, "%s", path);
        if (rc != OCI_OK) {
            return rc;
        }

        /* registries that know no such route answer all kinds of things */

        if (reply.status == 404 || reply.status == 405 || reply.status == 400
            || !oci_str_prefix(&reply.content_type, OCI_TYPE_OCI_INDEX))
        {
            return (reply.status >= 500 || reply.status == 401
                    || reply.status == 403 || pages != 0)
                   ? transport_refused(&req, &reply, err)
                   : oci_error(err, OCI_NOT_FOUND, 0, "no referrers API");
        }

        bytes += reply.body.len;
        n = json_array_size(descriptors);
        root = oci_json_load(reply.body.data, reply.body.len, 0, err);
        rc = source_registry_page(root, "manifests", descriptors);
        json_decref(root);

        empty += (json_array_size(descriptors) == n);

        if (rc != OCI_OK) {
            return oci_error(err, rc, 0, "the list of referrers is damaged");
        }

        rc = source_registry_next(s, ref, path, &reply, &path, err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
}


static oci_status_e
source_registry_list(source_t *s, const oci_reference_t *ref,
    oci_array_t *names, oci_error_t *err)
{
    size_t                pages, bytes;
    json_t               *root;
    const char           *path;
    oci_status_e          rc;
    transport_reply_t     reply;
    transport_request_t   req = { .method = "GET", .max = SOURCE_LIST_MAX };

    path = (ref->repo.len == 0) ? "/v2/_catalog?n=1000"
           : (char *) oci_strf(s->pool, "/v2/%s/tags/list",
                               ref->repo.data).data;
    bytes = 0;

    for (pages = 0; path != NULL; pages++) {

        if (pages == SOURCE_PAGES_MAX || bytes > SOURCE_LISTS_MAX) {
            return oci_error(err, OCI_LIMIT, 0, "the list has no end: %zu "
                             "pages", pages);
        }

        rc = source_registry_send(s, ref, &req, &reply, err, "%s", path);
        if (rc != OCI_OK) {
            return rc;
        }

        if (reply.status != 200) {
            return transport_refused(&req, &reply, err);
        }

        bytes += reply.body.len;
        root = oci_json_load(reply.body.data, reply.body.len, 0, err);
        rc = source_registry_names(s->pool, json_object_get(root,
                              ref->repo.len == 0 ? "repositories" : "tags"),
                                   ref->repo.len == 0, names);
        json_decref(root);

        if (rc != OCI_OK) {
            return oci_error(err, rc, 0, "the list is damaged");
        }

        rc = source_registry_next(s, ref, path, &reply, &path, err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
}


/* a name that cannot be one is not asked for: it would go into a URL */

static oci_status_e
source_registry_names(oci_pool_t *pool, const json_t *list, bool repos,
    oci_array_t *names)
{
    size_t      i;
    oci_str_t   name, *copy;
    json_t     *value;

    if (list != NULL && !json_is_array(list) && !json_is_null(list)) {
        return OCI_INVALID;
    }

    json_array_foreach((json_t *) list, i, value) {
        name.data = (u_char *) json_string_value(value);
        name.len = json_string_length(value);

        if (name.data == NULL
            || !(repos ? oci_name_valid(&name) : oci_tag_valid(&name)))
        {
            return OCI_INVALID;
        }

        copy = oci_array_push(names);

        if (copy == NULL) {
            return OCI_NOMEM;
        }

        *copy = oci_str_dup(pool, name.data, name.len);
    }

    return OCI_OK;
}


static oci_status_e
source_registry_send(source_t *s, const oci_reference_t *ref,
    transport_request_t *req, transport_reply_t *reply, oci_error_t *err,
    const char *fmt, ...)
{
    int          n;
    char        *path;
    va_list      args;
    transport_t *t;

    t = source_transport(s);

    va_start(args, fmt);
    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);

    path = (n >= 0) ? oci_palloc(s->pool, (size_t) n + 1) : NULL;

    if (t == NULL || path == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    va_start(args, fmt);
    (void) vsnprintf(path, (size_t) n + 1, fmt, args);
    va_end(args);

    req->path = path;
    req->host = &ref->host;
    req->repo = &ref->repo;

    return transport_send(t, req, reply, err);
}


/* made at first use: a store needs none, and libcurl takes time to start */

transport_t *
source_transport(source_t *source)
{
    if (source->transport == NULL) {
        source->transport = transport_open(source->pool,
                                           source->transport_options);
    }

    return source->transport;
}


static oci_status_e
source_registry_page(json_t *root, const char *key, json_t *into)
{
    json_t  *list;

    list = json_object_get(root, key);

    if (json_is_null(list)) {
        return OCI_OK;
    }

    return (json_is_array(list) && json_array_extend(into, list) == 0)
           ? OCI_OK : OCI_INVALID;
}


/*
 * Where a list goes on, as a path, or NULL at its end.  A registry must not
 * send us, with our token, elsewhere; and a list that goes on there is not
 * taken for one that has ended.
 */

static oci_status_e
source_registry_next(source_t *s, const oci_reference_t *ref,
    const char *path, const transport_reply_t *reply, const char **next,
    oci_error_t *err)
{
    size_t       len;
    oci_str_t    host;
    const char  *link;

    *next = NULL;

    if (reply->link.len == 0) {
        return OCI_OK;
    }

    link = oci_cstr(s->pool, &reply->link);

    if (link == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    if (strncmp(link, "http://", 7) == 0) {
        link += 5;

    } else if (strncmp(link, "https://", 8) == 0) {
        link += 6;
    }

    if (strncmp(link, "//", 2) == 0) {
        host.data = (u_char *) link + 2;
        host.len = strcspn(link + 2, "/?#");
        link = link + 2 + host.len;

        if (!source_registry_ours(&host, &ref->host)) {
            return oci_error(err, OCI_DENIED, 0, "the list goes on at another "
                             "host, \"%.*s\"",
                             (int) (host.len > 200 ? 200 : host.len),
                             host.data);
        }
    }

    /* against the path of this page: "?last=x", "digest?last=x" */

    len = (*link == '/') ? 0 : strcspn(path, "?");

    while (*link != '?' && len > 0 && path[len - 1] != '/') {
        len--;
    }

    *next = (char *) oci_strf(s->pool, "%.*s%s", (int) len, path, link).data;

    return OCI_OK;
}


/* the same host and port, which may be left out where it is the usual one */

static bool
source_registry_ours(const oci_str_t *host, const oci_str_t *other)
{
    oci_str_t  a, b;

    a = *host;
    b = *other;

    if (oci_str_suffix(&a, ":443") || oci_str_suffix(&a, ":80")) {
        a.len = (size_t) ((u_char *) memrchr(a.data, ':', a.len) - a.data);
    }

    if (oci_str_suffix(&b, ":443") || oci_str_suffix(&b, ":80")) {
        b.len = (size_t) ((u_char *) memrchr(b.data, ':', b.len) - b.data);
    }

    return a.len == b.len
           && strncasecmp((char *) a.data, (char *) b.data, a.len) == 0;
}


const source_backend_t  source_registry = {
    .manifest = source_registry_manifest,
    .blob = source_registry_blob,
    .file = NULL,
    .has = source_registry_has,
    .put_blob = source_registry_put_blob,
    .put_manifest = source_registry_put_manifest,
    .delete = source_registry_delete,
    .list = source_registry_list,
    .referrers = source_registry_referrers
};
