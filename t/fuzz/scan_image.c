/*
 * manifest.json of docker save, an image's manifest and configuration.
 */

#include "scan.h"

#include "oci_json.h"
#include "oci_scan_image.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t             *index;
    oci_str_t           config, manifest;
    oci_pool_t         *pool;
    oci_error_t         err;
    oci_scan_image_t   *image;
    oci_scan_choice_t   choice;

    pool = oci_pool_create();
    memset(&err, 0, sizeof(oci_error_t));
    memset(&choice, 0, sizeof(oci_scan_choice_t));
    config = oci_str_dup(pool, data, size / 2);
    manifest = oci_str_dup(pool, data + size / 2, size - size / 2);
    choice.os = "linux";
    choice.arch = "amd64";

    (void) oci_scan_image_set(&image, pool, &config, &manifest, &err);
    index = oci_json_load(data, size, 0, NULL);
    (void) oci_scan_image_choose(index, &choice);
    json_decref(index);

    oci_pool_destroy(pool);
    return 0;
}
