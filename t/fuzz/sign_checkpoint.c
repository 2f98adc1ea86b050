/*
 * Checkpoints (signed notes) and bodies of log entries.
 */

#include "oci_sign_log.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    oci_str_t               text;
    oci_pool_t             *pool;
    oci_sign_body_t         body;
    oci_sign_checkpoint_t   checkpoint;

    pool = oci_pool_create();
    text.data = (u_char *) data;
    text.len = size;

    if (oci_sign_checkpoint_parse(pool, &text, &checkpoint, NULL) == OCI_OK) {
        (void) oci_sign_checkpoint_v1(&checkpoint);
    }

    (void) oci_sign_body_parse(pool, &text, &body, NULL);
    oci_pool_destroy(pool);

    return 0;
}
