/*
 * Payloads and statements, as a signature may carry them.
 */

#include "oci_sign_statement.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    oci_str_t              text;
    oci_pool_t            *pool;
    oci_error_t            err = { OCI_OK, 0, "" };
    oci_digest_t           digest;
    oci_sign_payload_t     payload;
    oci_sign_statement_t   statement;

    pool = oci_pool_create();
    text.data = (u_char *) data;
    text.len = size;
    oci_digest_of(&digest, OCI_SHA256, "", 0);

    if (oci_sign_payload_parse(pool, &text, &payload, &err) == OCI_OK
        && payload.root != NULL)
    {
        (void) oci_sign_json_text(pool, payload.root, true);
    }

    if (oci_sign_statement_parse(pool, &text, size & 1, &statement, NULL)
        == OCI_OK)
    {
        (void) oci_sign_statement_match(&statement, &digest, size & 1, NULL);
    }

    oci_pool_destroy(pool);

    return 0;
}
