/*
 * --platform, of the manifests of an index.
 */

#include "source/platform.h"
#include "oci_json.h"

#include <string.h>


static oci_status_e platform_find(const json_t *manifests,
    const char *platform, const oci_scan_choice_t *choice,
    oci_digest_t *digest, oci_error_t *err);
static bool platform_is(const json_t *said, const char *key,
    const char *wanted);


void
platform_parse(oci_pool_t *pool, const char *text, oci_scan_choice_t *choice)
{
    char  *os, *slash;

    os = (char *) oci_strf(pool, "%s", text).data;
    slash = (os != NULL) ? strchr(os, '/') : NULL;
    choice->os = os;

    if (slash == NULL) {
        return;
    }

    *slash = '\0';
    choice->arch = slash + 1;
    slash = strchr(slash + 1, '/');

    if (slash != NULL) {
        *slash = '\0';
        choice->variant = slash + 1;
    }
}


oci_status_e
platform_digest(oci_pool_t *pool, const oci_str_t *index,
    const char *platform, oci_digest_t *digest, oci_error_t *err)
{
    json_t              *root;
    const json_t        *manifests;
    oci_status_e         rc;
    oci_scan_choice_t    choice;

    root = oci_json_load(index->data, index->len, 0, err);

    if (root == NULL) {
        return OCI_INVALID;
    }

    memset(&choice, 0, sizeof(oci_scan_choice_t));
    platform_parse(pool, platform, &choice);
    manifests = json_object_get(root, "manifests");

    rc = json_is_array(manifests)
         ? platform_find(manifests, platform, &choice, digest, err)
         : oci_error(err, OCI_MISMATCH, 0, "--platform: the image is no "
                     "index, and is of one platform alone");
    json_decref(root);

    return rc;
}


static oci_status_e
platform_find(const json_t *manifests, const char *platform,
    const oci_scan_choice_t *choice, oci_digest_t *digest, oci_error_t *err)
{
    size_t         i;
    json_t        *one, *said;
    oci_str_t      text = oci_null_string;

    json_array_foreach(manifests, i, one) {
        said = json_object_get(one, "platform");

        if (!platform_is(said, "os", choice->os)
            || !platform_is(said, "architecture", choice->arch)
            || !platform_is(said, "variant", choice->variant))
        {
            continue;
        }

        if (text.len != 0) {
            return oci_error(err, OCI_INVALID, 0, "the index has several "
                             "images for %s: name one by its digest",
                             platform);
        }

        text = oci_json_str(one, "digest");
    }

    return (text.len == 0)
           ? oci_error(err, OCI_NOT_FOUND, 0, "the index has no image for %s",
                       platform)
           : oci_digest_parse(digest, &text) == OCI_OK ? OCI_OK
           : oci_error(err, OCI_INVALID, 0, "the index names no digest for "
                       "%s", platform);
}


static bool
platform_is(const json_t *said, const char *key, const char *wanted)
{
    oci_str_t  text;

    text = oci_json_str(said, key);

    return said != NULL && (wanted == NULL || oci_str_is(&text, wanted));
}
