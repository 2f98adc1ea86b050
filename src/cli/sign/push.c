/*
 * Signatures to where their image is.
 */

#include "sign/push.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>


#define SIGN_PUSH_TRIES  12


static oci_status_e sign_push_locked(cmd_t *cmd, const repository_t *repo,
    const char *tag, json_t *layer, const oci_str_t *payload, EVP_PKEY *key,
    const char *created);
static int sign_push_lock(void);
static oci_status_e sign_push_once(cmd_t *cmd, const repository_t *repo,
    const char *tag, json_t *layer, const oci_str_t *payload, EVP_PKEY *key,
    const char *created, bool *same);
static oci_status_e sign_push_grow(cmd_t *cmd, const repository_t *repo,
    const oci_str_t *manifest, json_t *layer, const oci_str_t *payload,
    EVP_PKEY *key, const char *created, oci_str_t *new, oci_str_t *type,
    bool *same);
static bool sign_push_replaces(const cmd_t *cmd);
static oci_status_e sign_push_without(cmd_t *cmd, const oci_str_t *manifest,
    const json_t *layer, oci_str_t *kept, oci_str_t *config);
static const char *sign_push_predicate(const json_t *layer);
static json_t *sign_push_subject(const source_manifest_t *subject);
static bool sign_push_same(cmd_t *cmd, const oci_sign_layer_t *old,
    const json_t *layer, const oci_str_t *payload, EVP_PKEY *key);
static bool sign_push_there(cmd_t *cmd, const repository_t *repo,
    const char *tag, const json_t *layer);


oci_status_e
sign_push_layer(cmd_t *cmd, const repository_t *repo, const char *tag,
    const char *media_type, const oci_str_t *payload, json_t *annotations,
    EVP_PKEY *key, const char *created)
{
    int            lock;
    json_t        *layer;
    oci_status_e   status;

    layer = oci_sign_layer_new(media_type, payload, annotations);

    if (layer == NULL || !oci_sign_json_keep(cmd->pool, layer)) {
        return oci_error(&cmd->err, OCI_NOMEM, 0, "out of memory");
    }

    status = repository_put_blob(repo, payload, &cmd->err);

    if (status != OCI_OK) {
        return status;
    }

    lock = sign_push_lock();
    status = sign_push_locked(cmd, repo, tag, layer, payload, key, created);

    if (lock != -1) {
        (void) close(lock);
    }

    return status;
}


/*
 * A registry replaces a tag without asking what it was.  So signers on one
 * machine take turns (this lock), and one on another machine is noticed by
 * reading the tag again.  Without a lock it is the second alone.
 */

static int
sign_push_lock(void)
{
    int          fd, i;
    char         name[512];
    const char  *dir;

    dir = getenv("XDG_RUNTIME_DIR");

    if (dir == NULL || dir[0] != '/') {
        dir = "/tmp";
    }

    (void) snprintf(name, sizeof(name), "%s/tally-sign-%lu.lock", dir,
                    (unsigned long) geteuid());

    fd = open(name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

    for (i = 0; fd != -1 && i < 600; i++) {

        if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
            return fd;
        }

        (void) usleep(20000);
    }

    if (fd != -1) {
        (void) close(fd);
    }

    return -1;
}


static oci_status_e
sign_push_locked(cmd_t *cmd, const repository_t *repo, const char *tag,
    json_t *layer, const oci_str_t *payload, EVP_PKEY *key,
    const char *created)
{
    int            i;
    bool           same;
    oci_status_e   status;

    for (i = 0; i < SIGN_PUSH_TRIES; i++) {
        status = sign_push_once(cmd, repo, tag, layer, payload, key, created,
                                &same);

        if (status != OCI_BUSY
            && (status != OCI_OK || same
                || sign_push_there(cmd, repo, tag, layer)))
        {
            return status;
        }

        (void) usleep((useconds_t) ((getpid() % 7 + 3) * 5000 * (i + 1)));
    }

    return oci_error(&cmd->err, OCI_BUSY, 0, "others sign the same image at "
                     "once, and ours was overwritten each time; try again");
}


static oci_status_e
sign_push_once(cmd_t *cmd, const repository_t *repo, const char *tag,
    json_t *layer, const oci_str_t *payload, EVP_PKEY *key,
    const char *created, bool *same)
{
    oci_str_t          manifest = oci_null_string, new, type;
    oci_error_t        none = { OCI_OK, 0, "" };
    oci_status_e       status;
    source_manifest_t    old, now;

    *same = false;
    status = repository_manifest(repo, tag, &old, &none);

    if (status != OCI_OK && status != OCI_NOT_FOUND) {
        return oci_error(&cmd->err, status, 0, "%s", none.text);
    }

    if (status == OCI_OK) {
        manifest = old.content;
    }

    status = sign_push_grow(cmd, repo, &manifest, layer, payload, key,
                            created, &new, &type, same);

    if (status != OCI_OK || *same) {
        return status;
    }

    /* has it changed meanwhile? */

    status = repository_manifest(repo, tag, &now, &cmd->err);

    if ((status == OCI_NOT_FOUND) != (manifest.len == 0)
        || (status == OCI_OK && !oci_str_eq(&now.content, &manifest)))
    {
        return OCI_BUSY;
    }

    if (status != OCI_OK && status != OCI_NOT_FOUND) {
        return status;
    }

    memset(&cmd->err, 0, sizeof(oci_error_t));

    return repository_put_manifest(repo, tag, &new, (char *) type.data,
                                   &cmd->err);
}


/* the manifest (none, when empty) with the layer; its config is written */

static oci_status_e
sign_push_grow(cmd_t *cmd, const repository_t *repo, const oci_str_t *manifest,
    json_t *layer, const oci_str_t *payload, EVP_PKEY *key,
    const char *created, oci_str_t *new, oci_str_t *type, bool *same)
{
    size_t             i;
    oci_str_t          config = oci_null_string, kept, new_config;
    oci_status_e       status;
    oci_sign_image_t   image;

    *same = false;
    *type = oci_str(OCI_SIGN_MT_MANIFEST);

    if (manifest->len != 0) {
        status = oci_sign_image_parse(cmd->pool, manifest, &image,
                                      &cmd->err);

        if (status == OCI_OK && image.layers.nelts == OCI_SIGN_MAX_LAYERS) {
            status = oci_error(&cmd->err, OCI_LIMIT, 0, "the image has %d "
                               "signatures, and may have no more",
                               OCI_SIGN_MAX_LAYERS);
        }

        if (status == OCI_OK && image.media_type.len != 0) {
            *type = image.media_type;
        }

        for (i = 0; status == OCI_OK && key != NULL && !*same
                    && i < image.layers.nelts; i++)
        {
            *same = sign_push_same(cmd,
                        (oci_sign_layer_t *) image.layers.elts + i, layer,
                        payload, key);
        }

        if (status == OCI_OK && !*same && sign_push_replaces(cmd)) {
            status = sign_push_without(cmd, manifest, layer, &kept, &config);
            manifest = &kept;

        } else if (status == OCI_OK && !*same) {
            status = repository_blob(repo, &image.config,
                                     OCI_SIGN_MAX_PAYLOAD, &config,
                                     &cmd->err);
        }

        if (status != OCI_OK || *same) {
            return status;
        }
    }

    status = oci_sign_image_append(cmd->pool, manifest, &config, layer,
                                   created, new, &new_config, &cmd->err);

    return (status != OCI_OK) ? status
           : repository_put_blob(repo, &new_config, &cmd->err);
}


/*
 * A referrer replaces none: it has the signatures of the one that is listed
 * last, which is the only one that cosign reads, and ours.
 */

oci_status_e
sign_push_referrer(cmd_t *cmd, const repository_t *repo,
    const source_manifest_t *subject, const oci_str_t *payload,
    json_t *annotations, EVP_PKEY *key, const char *created)
{
    bool               same = false;
    json_t            *layer, *desc;
    oci_str_t          manifest = oci_null_string, new, type;
    oci_array_t        there;
    oci_status_e       status;

    same = false;
    layer = oci_sign_layer_new(OCI_SIGN_MT_SIMPLE, payload, annotations);
    desc = sign_push_subject(subject);

    if (layer == NULL || !oci_sign_json_keep(cmd->pool, layer)
        || desc == NULL || !oci_sign_json_keep(cmd->pool, desc))
    {
        return oci_error(&cmd->err, OCI_NOMEM, 0, "out of memory");
    }

    status = sign_find_oci11(cmd, repo, &subject->digest, &there);

    if (status == OCI_OK && there.nelts != 0) {
        manifest = ((source_manifest_t *) there.elts)[there.nelts - 1].content;
    }

    if (status == OCI_OK) {
        status = repository_put_blob(repo, payload, &cmd->err);
    }

    if (status == OCI_OK) {
        status = sign_push_grow(cmd, repo, &manifest, layer, payload, key,
                                created, &new, &type, &same);
    }

    if (status != OCI_OK || same) {
        return status;
    }

    new = oci_sign_image_refer(cmd->pool, &new, desc, &cmd->err);

    return (new.data == NULL) ? cmd->err.status
           : repository_put_manifest(repo, NULL, &new, OCI_SIGN_MT_MANIFEST,
                                     &cmd->err);
}


static bool
sign_push_replaces(const cmd_t *cmd)
{
    return ((const sign_args_t *) cmd->options)->output.replace;
}


/* the image without the layers of the new one's predicate type */

static oci_status_e
sign_push_without(cmd_t *cmd, const oci_str_t *manifest, const json_t *layer,
    oci_str_t *kept, oci_str_t *config)
{
    size_t         i;
    json_t        *root, *list, *item;
    oci_str_t      more, grown;
    oci_status_e   rc;

    root = oci_json_load(manifest->data, manifest->len, 0, &cmd->err);
    list = json_object_get(root, "layers");
    kept->len = config->len = 0;
    rc = (root != NULL) ? OCI_OK : OCI_INVALID;

    for (i = 0; rc == OCI_OK && i < json_array_size(list); i++) {
        item = json_array_get(list, i);

        if (strcmp(sign_push_predicate(item), sign_push_predicate(layer))
            == 0)
        {
            continue;
        }

        rc = oci_sign_image_append(cmd->pool, kept, config, item, NULL, &more,
                                   &grown, &cmd->err);
        *kept = more;
        *config = grown;
    }

    json_decref(root);

    return rc;
}


static const char *
sign_push_predicate(const json_t *layer)
{
    const char  *text;

    text = json_string_value(json_object_get(json_object_get(layer,
                                 "annotations"), OCI_SIGN_A_PREDICATE));

    return (text != NULL) ? text : "";
}


static json_t *
sign_push_subject(const source_manifest_t *subject)
{
    oci_str_t  type;

    type = subject->media_type.len ? subject->media_type
           : oci_str(OCI_SIGN_MT_MANIFEST);

    return json_pack("{s:s%,s:I,s:s}", "mediaType", type.data, type.len,
                     "size", (json_int_t) subject->content.len,
                     "digest", subject->digest.text);
}


/* the same payload and notes, and a signature that our key made */

static bool
sign_push_same(cmd_t *cmd, const oci_sign_layer_t *old, const json_t *layer,
    const oci_str_t *payload, EVP_PKEY *key)
{
    json_t       *notes, *value;
    oci_str_t     text, digest, sig;
    const char   *name;

    digest = oci_json_str(layer, "digest");
    text = oci_json_str(layer, "mediaType");
    notes = json_object_get(layer, "annotations");

    if (!oci_str_is(&digest, old->digest.text)
        || !oci_str_eq(&text, &old->media_type))
    {
        return false;
    }

    json_object_foreach(notes, name, value) {
        if (strcmp(name, OCI_SIGN_A_SIGNATURE) != 0
            && !json_equal(value, json_object_get(old->annotations, name)))
        {
            return false;
        }
    }

    text = oci_sign_layer_note(old, OCI_SIGN_A_SIGNATURE);

    return oci_sign_b64_decode(cmd->pool, &text, OCI_SIGN_B64_STD, &sig)
               == OCI_OK
           && oci_sign_key_verify(cmd->pool, key, OCI_SHA256, payload, &sig,
                                  NULL) == OCI_OK;
}


static bool
sign_push_there(cmd_t *cmd, const repository_t *repo, const char *tag,
    const json_t *layer)
{
    bool              found;
    size_t            i;
    json_t           *root, *list;
    oci_error_t       none = { OCI_OK, 0, "" };
    source_manifest_t   now;

    (void) cmd;

    if (repository_manifest(repo, tag, &now, &none) != OCI_OK) {
        return false;
    }

    root = oci_json_load(now.content.data, now.content.len, 0, &none);
    list = json_object_get(root, "layers");

    for (found = false, i = 0; !found && i < json_array_size(list); i++) {
        found = json_equal(json_array_get(list, i), layer);
    }

    json_decref(root);

    return found;
}


oci_status_e
sign_push_bundle(cmd_t *cmd, const repository_t *repo,
    const source_manifest_t *subject, const oci_str_t *bundle,
    const char *predicate, oci_digest_t *made)
{
    json_t        *desc;
    oci_str_t      text, empty = oci_string("{}");
    oci_status_e   status;

    desc = sign_push_subject(subject);
    text = oci_sign_referrer_text(cmd->pool, bundle, desc, predicate,
                                  (int64_t) time(NULL));
    json_decref(desc);

    if (text.data == NULL) {
        return oci_error(&cmd->err, OCI_NOMEM, 0, "out of memory");
    }

    oci_digest_of(made, OCI_SHA256, text.data, text.len);
    status = repository_put_blob(repo, &empty, &cmd->err);

    if (status == OCI_OK) {
        status = repository_put_blob(repo, bundle, &cmd->err);
    }

    return (status != OCI_OK) ? status
           : repository_put_manifest(repo, NULL, &text,
                                     OCI_SIGN_MT_MANIFEST, &cmd->err);
}
