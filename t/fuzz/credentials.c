/*
 * docker's config.json ("c...") and WWW-Authenticate ("h...").  The command
 * is no library, hence its files themselves.
 */

#include "net/auth.c"
#include "net/auth_config.c"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    oci_str_t           text, helper = oci_null_string;
    oci_pool_t         *pool;
    auth_challenge_t    challenge;
    auth_credentials_t  credentials;

    if (size == 0) {
        return 0;
    }

    pool = oci_pool_create();
    if (pool == NULL) {
        return 0;
    }

    text = oci_str_dup(pool, data + 1, size - 1);
    memset(&credentials, 0, sizeof(credentials));

    if (data[0] == 'c') {
        (void) auth_config_parse(pool, &text, "localhost:5000", &credentials,
                                 &helper, NULL);

    } else {
        (void) auth_challenge_parse(pool, &text, &challenge);
    }

    oci_pool_destroy(pool);

    return 0;
}
