/*
 * docker save's manifest.json is looked for first, as Trivy does: what newer
 * dockers write is both that and an OCI layout.
 */

#include "oci_scan_image.h"
#include "members.h"
#include "base/go_json.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>


#define OCI_SCAN_JSON_MAX    (8 * 1024 * 1024)
#define OCI_SCAN_LAYERS_MAX  4096
#define OCI_SCAN_NESTED_MAX  4


static oci_status_e image_docker(oci_scan_image_t **image,
    oci_pool_t *pool, box_t *box, oci_error_t *err);
static oci_status_e image_names(oci_scan_image_t *image,
    const json_t *entry, oci_error_t *err);
static oci_status_e image_layout(oci_scan_image_t **image, oci_pool_t *pool,
    box_t *box, const oci_scan_choice_t *choice, oci_error_t *err);
static oci_status_e image_find(oci_pool_t *pool,
    box_t *box, const oci_scan_choice_t *choice,
    oci_str_t *manifest, oci_digest_t *digest, oci_error_t *err);
static oci_status_e image_blob(oci_pool_t *pool, box_t *box,
    const oci_digest_t *digest, oci_str_t *text, oci_error_t *err);
static bool image_members(json_t *config);
static oci_status_e image_diff_ids(oci_scan_image_t *image, oci_error_t *err);
static oci_status_e image_blobs(oci_scan_image_t *image,
    const oci_str_t *manifest, oci_error_t *err);
static oci_status_e image_descriptor(const json_t *desc,
    oci_digest_t *digest, oci_error_t *err);
static bool image_platform(const json_t *desc,
    const oci_scan_choice_t *choice);
static oci_status_e image_member(oci_scan_image_t *image,
    const oci_scan_image_layer_t *layer, oci_scan_reader_t *reader,
    oci_error_t *err);
static void image_decref(void *data);


oci_status_e
oci_scan_image_set(oci_scan_image_t **out, oci_pool_t *pool,
    const oci_str_t *config, const oci_str_t *manifest, oci_error_t *err)
{
    oci_status_e       rc;
    oci_scan_image_t  *image;

    image = oci_pcalloc(pool, sizeof(oci_scan_image_t));
    if (image == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    image->pool = pool;
    oci_array_init(&image->tags, pool, sizeof(oci_str_t));
    oci_array_init(&image->digests, pool, sizeof(oci_str_t));
    oci_array_init(&image->layers, pool, sizeof(oci_scan_image_layer_t));
    oci_digest_of(&image->id, OCI_SHA256, config->data, config->len);

    image->config = oci_scan_json_load(config, OCI_SCAN_JSON_FIRST, NULL,
                                       err);
    if (image->config == NULL) {
        return err->status;
    }

    if (oci_pool_cleanup(pool, image_decref, image->config)
        != OCI_OK)
    {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    rc = image_members(image->config)
         ? image_diff_ids(image, err)
         : oci_error(err, OCI_NOMEM, 0, "out of memory");

    if (rc == OCI_OK && manifest->len != 0) {
        oci_digest_of(&image->manifest, OCI_SHA256, manifest->data,
                      manifest->len);
        rc = image_blobs(image, manifest, err);
    }

    *out = image;
    return rc;
}


oci_status_e
oci_scan_image_open(oci_scan_image_t **image, oci_pool_t *pool,
    const char *path, const oci_scan_choice_t *choice, oci_error_t *err)
{
    char               *file, *mark;
    box_t              *box;
    oci_str_t           s;
    oci_status_e        rc;
    oci_scan_choice_t   c;

    memset(&c, 0, sizeof(oci_scan_choice_t));
    if (choice != NULL) {
        c = *choice;
    }

    s = oci_str(path);
    file = oci_cstr(pool, &s);
    if (file == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    if (access(file, F_OK) == -1) {

        /* "PATH@DIGEST" or "PATH:TAG", unless a file has that very name */

        mark = strchr(file, '@');
        mark = (mark != NULL) ? mark : strchr(file, ':');

        if (mark != NULL) {
            *mark = '\0';
            c.ref = mark + 1;
        }
    }

    rc = box_open(&box, pool, file, err);
    if (rc != OCI_OK) {
        return rc;
    }

    if (c.ref == NULL && box_has(box, "manifest.json")) {
        rc = image_docker(image, pool, box, err);

    } else if (box_has(box, "index.json")) {
        rc = image_layout(image, pool, box, &c, err);

    } else {
        return oci_error(err, OCI_INVALID, 0, "\"%s\" is neither an image "
                         "archive nor an OCI layout: it has no "
                         "manifest.json and no index.json", file);
    }

    if (rc == OCI_OK) {
        (*image)->ctx = box;
        (*image)->open = image_member;
        (*image)->serial = box_serial(box);
    }

    return rc;
}


json_t *
oci_scan_image_json(const oci_str_t *text, oci_error_t *err)
{
    static oci_scan_names_t  names[] = {
        "annotations", "architecture", "artifactType", "config", "digest",
        "layers", "manifests", "mediaType", "os", "platform", "RepoTags",
        "size", "variant", NULL
    };

    return oci_scan_json_load(text, OCI_SCAN_JSON_FIRST, names, err);
}


const json_t *
oci_scan_image_choose(const json_t *index, const oci_scan_choice_t *choice)
{
    size_t         i;
    oci_str_t      digest, tag;
    const json_t  *list, *desc;

    list = json_object_get(index, "manifests");

    json_array_foreach(list, i, desc) {

        digest = oci_json_str(desc, "digest");
        tag = oci_json_str(json_object_get(desc, "annotations"),
                           "org.opencontainers.image.ref.name");

        if (choice->ref != NULL) {
            if (oci_str_is(&digest, choice->ref)
                || oci_str_is(&tag, choice->ref))
            {
                return desc;
            }

        } else if (image_platform(desc, choice)) {
            return desc;
        }
    }

    return NULL;
}


static oci_status_e
image_docker(oci_scan_image_t **image, oci_pool_t *pool,
    box_t *box, oci_error_t *err)
{
    json_t        *root, *entry;
    oci_str_t      text, config, none;
    oci_status_e   rc;

    memset(&none, 0, sizeof(oci_str_t));

    rc = box_load(box, pool, "manifest.json", OCI_SCAN_JSON_MAX,
                  &text, err);
    if (rc != OCI_OK) {
        return rc;
    }

    root = oci_scan_image_json(&text, err);
    if (root == NULL) {
        return err->status;
    }

    if (oci_pool_cleanup(pool, image_decref, root) != OCI_OK) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    if (!json_is_array(root) || json_array_size(root) != 1) {
        return oci_error(err, OCI_INVALID, 0, "archive must hold exactly one "
                         "image, it holds %zu: save one at a time",
                         json_array_size(root));
    }

    entry = json_array_get(root, 0);
    config = oci_json_str(entry, "config");

    if (config.len == 0 || strlen((char *) config.data) != config.len) {
        return oci_error(err, OCI_INVALID, 0, "manifest.json names no "
                         "configuration");
    }

    rc = box_load(box, pool, (char *) config.data,
                  OCI_SCAN_JSON_MAX, &text, err);
    if (rc != OCI_OK) {
        return rc;
    }

    rc = oci_scan_image_set(image, pool, &text, &none, err);

    return (rc == OCI_OK) ? image_names(*image, entry, err) : rc;
}


static oci_status_e
image_names(oci_scan_image_t *image, const json_t *entry, oci_error_t *err)
{
    size_t                   i;
    json_t                  *list, *value;
    oci_str_t               *tag;
    oci_scan_image_layer_t  *layer;

    list = json_object_get(entry, "layers");

    if (json_array_size(list) != image->layers.nelts) {
        return oci_error(err, OCI_INVALID, 0, "manifest.json has %zu layers, "
                         "the configuration %zu", json_array_size(list),
                         image->layers.nelts);
    }

    layer = image->layers.elts;

    json_array_foreach(list, i, value) {

        if (!json_is_string(value)) {
            return oci_error(err, OCI_INVALID, 0, "manifest.json has a layer "
                             "without a name");
        }

        layer[i].name = json_string_value(value);
    }

    json_array_foreach(json_object_get(entry, "RepoTags"), i, value) {

        if (!json_is_string(value)) {
            continue;
        }

        tag = oci_array_push(&image->tags);
        if (tag == NULL) {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }

        *tag = oci_str_dup(image->pool,
                           (const u_char *) json_string_value(value),
                           json_string_length(value));
    }

    return OCI_OK;
}


static oci_status_e
image_layout(oci_scan_image_t **image, oci_pool_t *pool,
    box_t *box, const oci_scan_choice_t *choice, oci_error_t *err)
{
    json_t                   *root;
    size_t                    i;
    oci_str_t                 manifest, config, name;
    oci_status_e              rc;
    oci_digest_t              digest;
    oci_scan_image_layer_t   *layer;

    rc = image_find(pool, box, choice, &manifest, &digest, err);
    if (rc != OCI_OK) {
        return rc;
    }

    root = oci_scan_image_json(&manifest, err);
    if (root == NULL) {
        return err->status;
    }

    rc = image_descriptor(json_object_get(root, "config"), &digest,
                          err);
    json_decref(root);

    if (rc == OCI_OK) {
        rc = image_blob(pool, box, &digest, &config, err);
    }

    if (rc == OCI_OK) {
        rc = oci_scan_image_set(image, pool, &config, &manifest, err);
    }

    if (rc != OCI_OK) {
        return rc;
    }

    layer = (*image)->layers.elts;

    for (i = 0; i < (*image)->layers.nelts; i++) {
        name = oci_strf(pool, "blobs/%s/%s",
                        oci_alg_name(layer[i].digest.alg),
                        oci_digest_hex(&layer[i].digest));
        layer[i].name = (char *) name.data;
    }

    return OCI_OK;
}


/* an index may lead to another one, a few times */

static oci_status_e
image_find(oci_pool_t *pool, box_t *box, const oci_scan_choice_t *choice,
    oci_str_t *manifest, oci_digest_t *digest, oci_error_t *err)
{
    json_t             *root;
    unsigned            depth;
    const json_t       *desc;
    oci_status_e        rc;
    oci_scan_choice_t   c;

    c = *choice;
    rc = box_load(box, pool, "index.json", OCI_SCAN_JSON_MAX,
                  manifest, err);

    for (depth = 0; rc == OCI_OK && depth < OCI_SCAN_NESTED_MAX; depth++) {

        root = oci_scan_image_json(manifest, err);
        if (root == NULL) {
            return err->status;
        }

        if (json_object_get(root, "manifests") == NULL) {
            json_decref(root);
            return OCI_OK;
        }

        desc = oci_scan_image_choose(root, &c);
        rc = (desc != NULL)
             ? image_descriptor(desc, digest, err)
             : oci_error(err, OCI_NOT_FOUND, 0, "layout has no image %s",
                         c.ref ? c.ref : c.arch ? c.arch : "");
        json_decref(root);

        if (rc == OCI_OK) {
            rc = image_blob(pool, box, digest, manifest, err);
        }

        c.ref = NULL;           /* it named the outermost */
    }

    return (rc != OCI_OK) ? rc
           : oci_error(err, OCI_LIMIT, 0, "indexes nested too deeply");
}


static oci_status_e
image_blob(oci_pool_t *pool, box_t *box,
    const oci_digest_t *digest, oci_str_t *text, oci_error_t *err)
{
    oci_str_t     name;
    oci_status_e  rc;
    oci_digest_t  found;

    name = oci_strf(pool, "blobs/%s/%s", oci_alg_name(digest->alg),
                    oci_digest_hex(digest));
    if (name.data == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    rc = box_load(box, pool, (char *) name.data, OCI_SCAN_JSON_MAX, text, err);
    if (rc != OCI_OK) {
        return rc;
    }

    oci_digest_of(&found, digest->alg, text->data, text->len);

    return oci_digest_eq(&found, digest) ? OCI_OK
           : oci_error(err, OCI_MISMATCH, 0, "\"%s\" does not have that "
                       "digest", (char *) name.data);
}


/* labels are maps, so that no more than these objects is gone through */

static bool
image_members(json_t *config)
{
    size_t                   i;
    json_t                  *entry, *run;
    static oci_scan_names_t  root[] = {
        "architecture", "author", "config", "container", "created",
        "docker_version", "history", "os", "os.features", "os.version",
        "rootfs", "variant", NULL
    };
    static oci_scan_names_t  rootfs[] = { "diff_ids", "type", NULL };
    static oci_scan_names_t  history[] = {
        "author", "comment", "created", "created_by", "empty_layer", NULL
    };
    static oci_scan_names_t  names[] = {
        "ArgsEscaped", "AttachStderr", "AttachStdin", "AttachStdout", "Cmd",
        "Domainname", "Entrypoint", "Env", "ExposedPorts", "Healthcheck",
        "Hostname", "Image", "Labels", "MacAddress", "NetworkDisabled",
        "OnBuild", "OpenStdin", "Shell", "StdinOnce", "StopSignal", "Tty",
        "User", "Volumes", "WorkingDir", NULL
    };
    static oci_scan_names_t  health[] = {
        "Interval", "Retries", "StartPeriod", "Test", "Timeout", NULL
    };

    if (!oci_scan_json_names(config, root)
        || !oci_scan_json_names(json_object_get(config, "rootfs"), rootfs))
    {
        return false;
    }

    json_array_foreach(json_object_get(config, "history"), i, entry) {
        if (!oci_scan_json_names(entry, history)) {
            return false;
        }
    }

    run = json_object_get(config, "config");

    return oci_scan_json_names(run, names)
           && oci_scan_json_names(json_object_get(run, "Healthcheck"),
                                  health);
}


static oci_status_e
image_diff_ids(oci_scan_image_t *image, oci_error_t *err)
{
    size_t                   i;
    json_t                  *list, *value;
    oci_str_t                s;
    oci_scan_image_layer_t  *layer;

    list = json_object_get(json_object_get(image->config, "rootfs"),
                           "diff_ids");

    if (json_array_size(list) > OCI_SCAN_LAYERS_MAX) {
        return oci_error(err, OCI_LIMIT, 0, "image has more than %d layers",
                         OCI_SCAN_LAYERS_MAX);
    }

    json_array_foreach(list, i, value) {

        s = oci_str(json_string_value(value));
        layer = oci_array_push(&image->layers);

        if (layer == NULL) {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }

        if (oci_digest_parse(&layer->diff_id, &s) != OCI_OK) {
            return oci_error(err, OCI_INVALID, 0, "configuration has a "
                             "diff_id that is no digest");
        }
    }

    return OCI_OK;
}


static oci_status_e
image_blobs(oci_scan_image_t *image, const oci_str_t *manifest,
    oci_error_t *err)
{
    size_t                   i;
    json_t                  *root, *list, *desc;
    oci_status_e             rc;
    oci_scan_image_layer_t  *layer;

    root = oci_scan_image_json(manifest, err);
    if (root == NULL) {
        return err->status;
    }

    list = json_object_get(root, "layers");
    layer = image->layers.elts;
    rc = OCI_OK;

    image->artifact = !oci_scan_image_is(root);

    if (image->artifact && image->layers.nelts == 0) {
        json_decref(root);              /* a chart: its layers are no tars */
        return OCI_OK;
    }

    if (json_array_size(list) != image->layers.nelts) {
        rc = oci_error(err, OCI_INVALID, 0, "manifest has %zu layers, the "
                       "configuration %zu", json_array_size(list),
                       image->layers.nelts);
    }

    for (i = 0; rc == OCI_OK && i < image->layers.nelts; i++) {
        desc = json_array_get(list, i);
        rc = image_descriptor(desc, &layer[i].digest, err);
        (void) oci_json_uint(desc, "size", &layer[i].size);
    }

    json_decref(root);
    return rc;
}


static oci_status_e
image_descriptor(const json_t *desc, oci_digest_t *digest, oci_error_t *err)
{
    oci_str_t  s;

    s = oci_json_str(desc, "digest");

    return (oci_digest_parse(digest, &s) == OCI_OK) ? OCI_OK
           : oci_error(err, OCI_INVALID, 0, "a descriptor has no digest");
}


bool
oci_scan_image_is(const json_t *manifest)
{
    oci_str_t  type;

    type = oci_json_str(json_object_get(manifest, "config"), "mediaType");

    return oci_str_is(&type, "application/vnd.oci.image.config.v1+json")
           || oci_str_is(&type,
                         "application/vnd.docker.container.image.v1+json");
}


/* a descriptor without a platform fits every wish, as nothing speaks against */

static bool
image_platform(const json_t *desc, const oci_scan_choice_t *choice)
{
    oci_str_t      os, arch, variant;
    const json_t  *platform;

    platform = json_object_get(desc, "platform");

    if (platform == NULL || (choice->os == NULL && choice->arch == NULL)) {
        return true;
    }

    os = oci_json_str(platform, "os");
    arch = oci_json_str(platform, "architecture");
    variant = oci_json_str(platform, "variant");

    return (choice->os == NULL || oci_str_is(&os, choice->os))
           && (choice->arch == NULL || oci_str_is(&arch, choice->arch))
           && (choice->variant == NULL
               || oci_str_is(&variant, choice->variant));
}


static oci_status_e
image_member(oci_scan_image_t *image, const oci_scan_image_layer_t *layer,
    oci_scan_reader_t *reader, oci_error_t *err)
{
    uint64_t  size;

    return box_reader(image->ctx, layer->name, reader, &size, err);
}


static void
image_decref(void *data)
{
    json_decref(data);
}
