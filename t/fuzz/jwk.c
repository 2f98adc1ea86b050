/*
 * Fuzzer: jwk.  Seeds: t/data/jwk.
 */

#include "../unit/parsers.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    (void) accepts_jwk(data, len);

    return 0;
}
