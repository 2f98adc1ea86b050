/*
 * TUF metadata: of each type, and as what follows a root that it signs itself.
 */

#include "oci_sign_tuf.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
static oci_status_e load(void *data, const char *role, const char *parent,
    oci_error_t *err);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t               *document;
    oci_str_t             text;
    oci_pool_t           *pool;
    oci_sign_tuf_t        tuf;
    oci_sign_tuf_file_t   file;

    pool = oci_pool_create();
    text.data = (u_char *) data;
    text.len = size;

    (void) oci_sign_tuf_init(&tuf, pool, 0);
    (void) oci_sign_tuf_root(&tuf, &text, NULL);
    (void) oci_sign_tuf_timestamp(&tuf, &text, NULL);

    /* as if it were signed: what follows trusts its form */

    if (oci_sign_tuf_read(pool, &text, "timestamp", &document, NULL)
        == OCI_OK)
    {
        tuf.timestamp = json_object_get(document, "signed");
        (void) oci_sign_tuf_snapshot(&tuf, &text, false, NULL);
    }

    if (oci_sign_tuf_read(pool, &text, "snapshot", &document, NULL)
        == OCI_OK)
    {
        tuf.snapshot = json_object_get(document, "signed");
        (void) oci_sign_tuf_targets(&tuf, "targets", NULL, &text, NULL);
        (void) oci_sign_tuf_meta(&tuf, "targets", &file);
    }

    if (oci_sign_tuf_read(pool, &text, "targets", &document, NULL) == OCI_OK)
    {
        (void) json_object_set(tuf.targets, "targets",
                               json_object_get(document, "signed"));
        (void) oci_sign_tuf_signed(pool, document,
                                   json_object_get(document, "signed"), "a",
                                   NULL);

        if (oci_sign_tuf_find(&tuf, "trusted_root.json", load, NULL, &file,
                              NULL) == OCI_OK)
        {
            (void) oci_sign_tuf_prefix(&file);
            (void) oci_sign_tuf_check(&file, "", &text, NULL);
        }
    }

    oci_pool_destroy(pool);

    return 0;
}


static oci_status_e
load(void *data, const char *role, const char *parent, oci_error_t *err)
{
    (void) data;
    (void) role;
    (void) parent;

    return oci_error(err, OCI_NOT_FOUND, 0, "none");
}
