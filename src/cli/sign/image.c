/*
 * An image that a signing verb is about.
 */

#include "sign/image.h"

#include <stdlib.h>
#include <string.h>


static oci_status_e sign_image_ref(sign_image_t *image,
    source_options_t *options, oci_error_t *err);
static const char *sign_image_local(sign_image_t *image);
static oci_status_e sign_image_sigs(sign_image_t *image, oci_error_t *err);


oci_status_e
sign_image_open(sign_image_t *image, cmd_t *cmd, const char *name,
    oci_error_t *err)
{
    sign_args_t       *args;
    oci_status_e       rc;
    source_options_t  *options;

    args = cmd->options;
    options = oci_palloc(cmd->pool, sizeof(source_options_t));

    if (options == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    *options = args->source;
    memset(image, 0, sizeof(sign_image_t));
    image->cmd = cmd;
    image->name = name;
    image->at.pool = cmd->pool;

    rc = sign_image_ref(image, options, err);

    if (rc == OCI_OK) {
        rc = source_open(&image->at.source, cmd->pool, options, err);
    }

    return (rc == OCI_OK) ? sign_image_sigs(image, err) : rc;
}


static oci_status_e
sign_image_ref(sign_image_t *image, source_options_t *options,
    oci_error_t *err)
{
    oci_str_t      text;
    oci_error_t    why = { OCI_OK, 0, "" };
    sign_args_t   *args;
    oci_status_e   rc;

    args = image->cmd->options;

    if (args->place.local) {
        options->layout = sign_image_local(image);
        return OCI_OK;
    }

    text = oci_str(image->name);
    rc = oci_reference_parse(&image->at.ref, image->cmd->pool, &text, &why);

    return (rc == OCI_OK) ? OCI_OK
           : oci_error(err, rc, 0, "parsing reference: %s", why.text);
}


/* "PATH", or "PATH@DIGEST" of what an index in it names; gives the path */

static const char *
sign_image_local(sign_image_t *image)
{
    char             *path;
    oci_str_t         text;
    oci_reference_t  *ref;

    ref = &image->at.ref;
    ref->host = oci_str("localhost");
    ref->repo = oci_str(image->name);
    ref->tag = oci_str(SOURCE_MAIN);

    path = (char *) oci_strf(image->cmd->pool, "%s", image->name).data;

    if (path == NULL || strrchr(path, '@') == NULL) {
        return path;
    }

    text = oci_str(strrchr(path, '@') + 1);

    if (oci_digest_parse(&ref->digest, &text) == OCI_OK) {
        *strrchr(path, '@') = '\0';
        ref->repo = oci_str(path);
    }

    return path;
}


static oci_status_e
sign_image_sigs(sign_image_t *image, oci_error_t *err)
{
    oci_str_t      text;
    const char    *name;
    oci_error_t    why = { OCI_OK, 0, "" };
    oci_status_e   rc;

    image->sigs = image->at;
    name = getenv("COSIGN_REPOSITORY");

    if (name == NULL || name[0] == '\0') {
        return OCI_OK;
    }

    text = oci_str(name);
    rc = oci_reference_parse(&image->sigs.ref, image->cmd->pool, &text, &why);

    return (rc == OCI_OK) ? OCI_OK
           : oci_error(err, rc, 0, "COSIGN_REPOSITORY: %s", why.text);
}


oci_status_e
sign_image_read(sign_image_t *image, oci_error_t *err)
{
    return source_manifest(image->at.source, &image->at.ref, &image->manifest,
                           err);
}


oci_status_e
sign_image_load(sign_image_t *image, cmd_t *cmd, const char *name)
{
    oci_status_e  rc;

    rc = sign_image_open(image, cmd, name, &cmd->err);

    return (rc == OCI_OK) ? sign_image_read(image, &cmd->err) : rc;
}


transport_t *
sign_image_transport(const sign_image_t *image)
{
    return source_transport(image->at.source);
}
