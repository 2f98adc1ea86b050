/*
 * Reviews, as Kubernetes sends them, and their answers.  Seeds:
 * t/data/gate_review.
 */

#include "oci_gate_review.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t                    i;
    oci_str_t                 text, none = oci_null_string;
    oci_pool_t               *pool;
    oci_array_t               warnings;
    oci_gate_review_t         review;
    oci_gate_review_image_t  *image;

    pool = oci_pool_create();
    text.data = (u_char *) data;
    text.len = size;
    oci_array_init(&warnings, pool, sizeof(oci_str_t));

    if (oci_gate_review_parse(&review, pool, &text, NULL) == OCI_OK) {
        image = review.images.elts;

        for (i = 0; i < review.images.nelts; i++) {
            image[i].pinned = image[i].name;
        }

        json_decref(oci_gate_review_answer(&review, pool, &none, &warnings));
    }

    oci_pool_destroy(pool);

    return 0;
}
