/*
 * DER of certificates: names, SCTs, a chain to itself; and timestamps.
 */

#include "oci_sign_cert.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    X509              *cert, *issuer;
    int64_t            when;
    oci_str_t          der;
    oci_pool_t        *pool;
    oci_sign_ca_t     *ca;
    oci_sign_names_t   names;
    oci_sign_trust_t   trust;

    pool = oci_pool_create();
    der.data = (u_char *) data;
    der.len = size;
    oci_sign_trust_init(&trust, pool);

    if (oci_sign_cert_der(pool, &der, &cert, NULL) == OCI_OK) {
        oci_sign_cert_names(pool, cert, &names);
        when = 1700000000;
        (void) oci_sign_cert_valid(cert, when);

        if (X509_get0_pubkey(cert) != NULL) {
            (void) oci_sign_sct_verify(pool, cert, cert, &der, &trust.ctlogs,
                                       NULL);
        }

        ca = oci_array_push(&trust.cas);
        oci_array_init(&ca->roots, pool, sizeof(X509 *));
        oci_array_init(&ca->others, pool, sizeof(X509 *));
        *(X509 **) oci_array_push(&ca->roots) = cert;

        (void) oci_sign_chain_verify(pool, cert, NULL, &trust.cas, when,
                                     &issuer, NULL);
    }

    (void) oci_sign_time_verify(pool, &der, &der, &trust.tsas, &when, NULL);
    (void) oci_sign_time_answer(pool, &der, &der, 0, &when, NULL);
    oci_pool_destroy(pool);

    return 0;
}
