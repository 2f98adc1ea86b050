/*
 * upload blob: files as images of one layer, and several as an index.
 */

#include "sign/image.h"
#include "command/file.h"
#include "command/term.h"
#include "oci_manifest.h"
#include "sign/verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


typedef struct {
    sign_args_t   sign;             /* source and annotations of it */
    cmd_list_t    files;
    const char   *type;
} cmd_upload_t;

#define cmd_upload_at(member)  offsetof(cmd_upload_t, member)


typedef struct {
    cmd_t           *cmd;
    sign_image_t     image;
    json_t          *annotations;   /* NULL: none */
} cmd_uploader_t;


static int cmd_upload_run(cmd_t *cmd);
static int cmd_upload_order(const void *a, const void *b);
static oci_status_e cmd_upload_all(cmd_uploader_t *u);
static oci_status_e cmd_upload_file(cmd_uploader_t *u, const char *file,
    bool child, json_t *index);
static json_t *cmd_upload_manifest(cmd_uploader_t *u,
    const oci_str_t *content, const char *type);
static json_t *cmd_upload_child(const oci_str_t *manifest,
    const char *platform);
static oci_status_e cmd_upload_put(cmd_uploader_t *u, json_t *document,
    const char *type, oci_str_t *text, bool child);
static const char *cmd_upload_type(const oci_str_t *content);
static void cmd_upload_say(const char *what, const char *name,
    const char *where);


static const cmd_flag_t  cmd_upload_flags[] = {
    { "annotation", 'a', CMD_LIST, cmd_upload_at(sign.claim.annotations),
      "K=V", "an annotation of the image; may be given several times" },
    { "ct", 0, CMD_STRING, cmd_upload_at(type), "TYPE",
      "media type of the files (default: what they look like)" },
    { "files", 'f', CMD_LIST, cmd_upload_at(files), "FILE[:OS[/ARCH]]",
      "a file, and the platform that it is for" },
    { "attachment-tag-prefix", 0, CMD_IGNORED, 0, "TEXT", NULL },
    { "file", 0, CMD_REFUSED, 0, "", "upload blob takes --files" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flags_t  cmd_upload_sets[] = {
    { cmd_upload_flags, 0 },
    { sign_flags_root, cmd_upload_at(sign) },
    { transport_flags, cmd_upload_at(sign.source.transport) },
    { NULL, 0 }
};


const cmd_verb_t  cmd_upload = {
    "upload", "blob IMAGE", "Uploads files as an image",
    "  tally upload blob -f tool-linux:linux/amd64 -f tool-mac:darwin/arm64 "
    "\\\n      registry.example/tool:1.0\n",
    "COSIGN_", cmd_upload_sets, sizeof(cmd_upload_t), sign_args_defaults,
    cmd_upload_run
};


static int
cmd_upload_run(cmd_t *cmd)
{
    size_t            i;
    oci_array_t       pairs;
    cmd_upload_t     *o;
    cmd_uploader_t    u;
    oci_sign_pair_t  *pair;

    o = cmd->options;
    memset(&u, 0, sizeof(cmd_uploader_t));
    u.cmd = cmd;

    if (cmd->nargs != 2 || strcmp(cmd->args[0], "blob") != 0
        || o->files.nelts == 0)
    {
        return cmd_usage(cmd, "upload knows blob alone, of --files and one "
                              "image");
    }

    if (sign_args_pairs(cmd->pool, &o->sign, &pairs, &cmd->err) != OCI_OK) {
        return cmd_fail(cmd, 1);
    }

    qsort(pairs.elts, pairs.nelts, sizeof(oci_sign_pair_t), cmd_upload_order);

    for (i = 0; i < pairs.nelts; i++) {
        pair = (oci_sign_pair_t *) pairs.elts + i;
        u.annotations = (u.annotations != NULL) ? u.annotations
                                                : json_object();
        (void) json_object_setn_new(u.annotations, (char *) pair->name.data,
                                    pair->name.len,
                                    json_stringn((char *) pair->value.data,
                                                 pair->value.len));
    }

    if (sign_image_open(&u.image, cmd, cmd->args[1], &cmd->err) != OCI_OK
        || cmd_upload_all(&u) != OCI_OK)
    {
        json_decref(u.annotations);
        return cmd_fail(cmd, 1);
    }

    json_decref(u.annotations);

    return 0;
}


/* as a map of Go's is written */

static int
cmd_upload_order(const void *a, const void *b)
{
    int                     rc;
    const oci_sign_pair_t  *one = a, *two = b;

    rc = memcmp(one->name.data, two->name.data,
                one->name.len < two->name.len ? one->name.len
                                              : two->name.len);

    return (rc != 0) ? rc
           : (one->name.len > two->name.len) - (one->name.len < two->name.len);
}


static oci_status_e
cmd_upload_all(cmd_uploader_t *u)
{
    size_t         i;
    json_t        *index;
    oci_str_t      text;
    cmd_list_t    *files;
    oci_status_e   rc;

    files = &((cmd_upload_t *) u->cmd->options)->files;

    if (files->nelts == 1) {
        return cmd_upload_file(u, files->elts[0], false, NULL);
    }

    index = json_array();

    for (i = 0, rc = OCI_OK; rc == OCI_OK && i < files->nelts; i++) {
        rc = cmd_upload_file(u, files->elts[i], true, index);
    }

    if (rc != OCI_OK) {
        json_decref(index);
        return rc;
    }

    return cmd_upload_put(u, json_pack("{s:i,s:s,s:o}", "schemaVersion", 2,
                                       "mediaType", OCI_TYPE_OCI_INDEX,
                                       "manifests", index),
                          OCI_TYPE_OCI_INDEX, &text, false);
}


/* "FILE:OS/ARCH", unless that is the name of a file */

static oci_status_e
cmd_upload_file(cmd_uploader_t *u, const char *file, bool child,
    json_t *index)
{
    char          *name, *colon;
    cmd_t         *cmd;
    json_t        *manifest;
    oci_str_t      content = oci_null_string, text;
    const char    *type, *where;
    oci_status_e   rc;

    cmd = u->cmd;
    name = (char *) oci_strf(cmd->pool, "%s", file).data;

    if (name == NULL) {
        return oci_error(&cmd->err, OCI_NOMEM, 0, "out of memory");
    }

    colon = strrchr(name, ':');

    if (colon != NULL && access(name, F_OK) != 0) {
        *colon = '\0';

    } else {
        colon = NULL;
    }

    rc = file_read(cmd->pool, name, &content, &cmd->err);

    if (rc != OCI_OK) {
        return rc;
    }

    type = ((cmd_upload_t *) cmd->options)->type;
    type = (type != NULL) ? type : cmd_upload_type(&content);
    where = (char *) oci_strf(cmd->pool, "[%s] with media type [%s]",
                              u->image.name, type).data;
    cmd_upload_say("Uploading file from", name, where ? where : "");

    rc = repository_put_blob(&u->image.at, &content, &cmd->err);

    if (rc != OCI_OK) {
        return rc;
    }

    manifest = cmd_upload_manifest(u, &content, type);

    if (manifest == NULL) {
        return oci_error(&cmd->err, OCI_NOMEM, 0, "out of memory");
    }

    rc = cmd_upload_put(u, manifest, OCI_SIGN_MT_MANIFEST, &text, child);

    if (rc == OCI_OK && child) {
        (void) json_array_append_new(index,
                   cmd_upload_child(&text, colon ? colon + 1 : ""));
    }

    return rc;
}


/* one layer, and the configuration that Go's library writes for it */

static json_t *
cmd_upload_manifest(cmd_uploader_t *u, const oci_str_t *content,
    const char *type)
{
    json_t       *layer, *root;
    oci_str_t     manifest, config, none = oci_null_string;
    oci_digest_t  digest;

    oci_digest_of(&digest, OCI_SHA256, content->data, content->len);
    layer = json_pack("{s:s,s:I,s:s}", "mediaType", type, "size",
                      (json_int_t) content->len, "digest", digest.text);

    if (layer == NULL
        || oci_sign_image_append(u->cmd->pool, &none, &none, layer, NULL,
                                 &manifest, &config, &u->cmd->err) != OCI_OK
        || repository_put_blob(&u->image.at, &config, &u->cmd->err)
           != OCI_OK)
    {
        json_decref(layer);
        return NULL;
    }

    json_decref(layer);
    root = oci_json_load(manifest.data, manifest.len, 0, NULL);

    return root;
}


static json_t *
cmd_upload_child(const oci_str_t *manifest, const char *platform)
{
    size_t        os;
    oci_digest_t  digest;
    const char   *arch;

    oci_digest_of(&digest, OCI_SHA256, manifest->data, manifest->len);
    os = strcspn(platform, "/");
    arch = (platform[os] == '/') ? platform + os + 1 : "";

    return json_pack("{s:s,s:I,s:s,s:{s:s,s:s%}}", "mediaType",
                     OCI_SIGN_MT_MANIFEST, "size", (json_int_t) manifest->len,
                     "digest", digest.text, "platform", "architecture", arch,
                     "os", platform, os);
}


/* the outermost has the tag; takes the document */

static oci_status_e
cmd_upload_put(cmd_uploader_t *u, json_t *document, const char *type,
    oci_str_t *text, bool child)
{
    cmd_t         *cmd;
    oci_str_t     *tag, name;
    oci_digest_t   digest;
    oci_status_e   rc;

    cmd = u->cmd;
    tag = &u->image.at.ref.tag;

    if (u->annotations != NULL) {
        (void) json_object_set(document, "annotations", u->annotations);
    }

    *text = oci_sign_json_text(cmd->pool, document, false);
    json_decref(document);

    if (text->data == NULL) {
        return oci_error(&cmd->err, OCI_NOMEM, 0, "out of memory");
    }

    rc = repository_put_manifest(&u->image.at, (child || tag->len == 0)
                                 ? NULL : (char *) tag->data, text, type,
                                 &cmd->err);

    if (rc != OCI_OK || child) {
        return rc;
    }

    oci_digest_of(&digest, OCI_SHA256, text->data, text->len);
    name = repository_name(&u->image.at);
    fprintf(stderr, "Uploaded image to:\n");
    printf("%s@%s\n", name.data, digest.text);

    return OCI_OK;
}


/* by the first bytes; a control character is in no text */

static const char *
cmd_upload_type(const oci_str_t *content)
{
    size_t   i, n;
    u_char   c;

    if (content->len > 2 && memcmp(content->data, "\x1f\x8b\x08", 3) == 0) {
        return "application/x-gzip";
    }

    if (content->len > 3 && memcmp(content->data, "PK\x03\x04", 4) == 0) {
        return "application/zip";
    }

    n = (content->len > 512) ? 512 : content->len;

    for (i = 0; i < n; i++) {
        c = content->data[i];

        if (c < 9 || c == 0x0b || (c > 0x0d && c < 0x1b)
            || (c > 0x1b && c < 0x20))
        {
            return "application/octet-stream";
        }
    }

    return "text/plain";
}


static void
cmd_upload_say(const char *what, const char *name, const char *where)
{
    fprintf(stderr, "%s [", what);
    term_print(stderr, name, strlen(name));
    fprintf(stderr, "] to ");
    term_print(stderr, where, strlen(where));
    fprintf(stderr, "\n");
}
