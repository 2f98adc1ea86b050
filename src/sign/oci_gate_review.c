/*
 * Kubernetes' AdmissionReview v1.
 */

#include "oci_gate_review.h"
#include "oci_sign_payload.h"

#include <stdlib.h>
#include <string.h>


#define OCI_GATE_REVIEW_API  "admission.k8s.io/v1"


static bool oci_gate_review_over(const json_t *request);
static const json_t *oci_gate_review_spec(const json_t *object,
    const char **path);
static oci_status_e oci_gate_review_list(oci_gate_review_t *review,
    oci_pool_t *pool, const json_t *spec, const char *path, size_t at,
    oci_error_t *err);
static json_t *oci_gate_review_patch(const oci_gate_review_t *review,
    oci_pool_t *pool);
static json_t *oci_gate_review_warnings(const oci_array_t *warnings);


/* where a pod's specification may be; the deepest first */

static const char  *const oci_gate_review_specs[] = {
    "/spec/jobTemplate/spec/template/spec",
    "/spec/template/spec",
    "/template/spec",
    "/spec",
    NULL
};

/* whose members name an image; some by an object that does */

static const struct {
    const char  *list;
    const char  *object;
    const char  *image;
} oci_gate_review_lists[] = {
    { "initContainers", NULL, "image" },
    { "containers", NULL, "image" },
    { "ephemeralContainers", NULL, "image" },
    { "volumes", "image", "reference" },
    { NULL, NULL, NULL }
};


oci_status_e
oci_gate_review_parse(oci_gate_review_t *review, oci_pool_t *pool,
    const oci_str_t *text, oci_error_t *err)
{
    size_t         i;
    json_t        *root, *request;
    oci_str_t      api, kind;
    const char    *path;
    oci_status_e   rc;
    const json_t  *spec;

    oci_array_init(&review->images, pool, sizeof(oci_gate_review_image_t));
    root = oci_json_load(text->data, text->len, OCI_JSON_DUPLICATES, err);

    if (root == NULL) {
        return OCI_INVALID;
    }

    if (!oci_sign_json_keep(pool, root)) {
        return oci_nomem(err);
    }

    api = oci_json_str(root, "apiVersion");
    kind = oci_json_str(root, "kind");
    request = json_object_get(root, "request");
    review->uid = oci_json_str(request, "uid");

    if (!oci_str_is(&api, OCI_GATE_REVIEW_API)
        || !oci_str_is(&kind, "AdmissionReview") || review->uid.len == 0)
    {
        return oci_error(err, OCI_INVALID, 0, "not an AdmissionReview of "
                         OCI_GATE_REVIEW_API " with a request");
    }

    if (oci_gate_review_over(request)) {
        return OCI_OK;
    }

    spec = oci_gate_review_spec(json_object_get(request, "object"), &path);
    rc = OCI_OK;

    for (i = 0;
         rc == OCI_OK && spec != NULL && oci_gate_review_lists[i].list != NULL;
         i++)
    {
        rc = oci_gate_review_list(review, pool, spec, path, i, err);
    }

    return rc;
}


/*
 * What is being deleted has to be updated until it is gone, and its status
 * runs nothing: to refuse either would only wedge the cluster.
 */

static bool
oci_gate_review_over(const json_t *request)
{
    json_t     *meta;
    oci_str_t   resource;

    resource = oci_json_str(request, "subResource");
    meta = json_object_get(json_object_get(request, "object"), "metadata");

    return oci_str_is(&resource, "status")
           || json_is_string(json_object_get(meta, "deletionTimestamp"));
}


/* NULL: the object runs nothing */

static const json_t *
oci_gate_review_spec(const json_t *object, const char **path)
{
    size_t         i, len;
    char           name[32];
    const char    *p;
    const json_t  *at;

    for (i = 0; oci_gate_review_specs[i] != NULL; i++) {
        *path = oci_gate_review_specs[i];
        at = object;

        for (p = *path; *p != '\0' && at != NULL; p += len) {
            p++;
            len = strcspn(p, "/");
            memcpy(name, p, len);
            name[len] = '\0';
            at = json_object_get(at, name);
        }

        if (at != NULL) {
            return at;
        }
    }

    return NULL;
}


static oci_status_e
oci_gate_review_list(oci_gate_review_t *review, oci_pool_t *pool,
    const json_t *spec, const char *path, size_t at, oci_error_t *err)
{
    size_t                    i;
    json_t                   *array, *item;
    oci_str_t                 name;
    const char               *list, *object, *member;
    oci_gate_review_image_t  *image;

    list = oci_gate_review_lists[at].list;
    object = oci_gate_review_lists[at].object;
    member = oci_gate_review_lists[at].image;
    array = json_object_get(spec, list);

    for (i = 0; i < json_array_size(array); i++) {
        item = json_array_get(array, i);
        name = oci_json_str(object ? json_object_get(item, object) : item,
                            member);

        if (name.len == 0) {
            continue;
        }

        if (review->images.nelts == OCI_GATE_REVIEW_IMAGES) {
            return oci_error(err, OCI_LIMIT, 0, "the object runs more than "
                             "%d images", OCI_GATE_REVIEW_IMAGES);
        }

        image = oci_array_push(&review->images);

        if (image == NULL) {
            return oci_nomem(err);
        }

        image->name = name;
        image->path = oci_strf(pool, "%s/%s/%zu/%s%s%s", path, list, i,
                               object ? object : "", object ? "/" : "",
                               member);

        if (image->path.data == NULL) {
            return oci_nomem(err);
        }
    }

    return OCI_OK;
}


json_t *
oci_gate_review_answer(const oci_gate_review_t *review, oci_pool_t *pool,
    const oci_str_t *message, const oci_array_t *warnings)
{
    json_t  *response, *patch;

    response = json_pack("{s:s%, s:b}", "uid", review->uid.data,
                         review->uid.len, "allowed", message->len == 0);

    if (message->len != 0) {
        (void) json_object_set_new(response, "status",
                   json_pack("{s:i, s:s, s:s%}", "code", 403,
                             "reason", "Forbidden", "message",
                             message->data, message->len));
    }

    patch = (message->len == 0) ? oci_gate_review_patch(review, pool) : NULL;

    if (patch != NULL) {
        (void) json_object_set_new(response, "patchType",
                                   json_string("JSONPatch"));
        (void) json_object_set_new(response, "patch", patch);
    }

    if (warnings->nelts != 0) {
        (void) json_object_set_new(response, "warnings",
                                   oci_gate_review_warnings(warnings));
    }

    return json_pack("{s:s, s:s, s:o}", "apiVersion", OCI_GATE_REVIEW_API,
                     "kind", "AdmissionReview", "response", response);
}


/* RFC 6902, in base64; NULL: nothing changes */

static json_t *
oci_gate_review_patch(const oci_gate_review_t *review, oci_pool_t *pool)
{
    char                           *text;
    json_t                         *list, *patch;
    size_t                          i;
    oci_str_t                       encoded;
    const oci_gate_review_image_t  *image;

    list = json_array();
    image = review->images.elts;

    for (i = 0; i < review->images.nelts; i++) {
        if (image[i].pinned.len != 0) {
            (void) json_array_append_new(list,
                       json_pack("{s:s, s:s, s:s%}", "op", "replace",
                                 "path", image[i].path.data, "value",
                                 image[i].pinned.data,
                                 image[i].pinned.len));
        }
    }

    text = (json_array_size(list) != 0) ? json_dumps(list, JSON_COMPACT)
           : NULL;
    json_decref(list);

    if (text == NULL) {
        return NULL;
    }

    encoded = oci_sign_b64(pool, text, strlen(text));
    patch = json_stringn((char *) encoded.data, encoded.len);
    free(text);

    return patch;
}


static json_t *
oci_gate_review_warnings(const oci_array_t *warnings)
{
    json_t     *list;
    size_t      i;
    oci_str_t  *text;

    list = json_array();
    text = warnings->elts;

    for (i = 0; i < warnings->nelts; i++) {
        (void) json_array_append_new(list, json_stringn((char *) text[i].data,
                                                        text[i].len));
    }

    return list;
}
