/*
 * Fuzzer: issuer.  Seeds: t/data/issuer.
 */

#include "../unit/parsers.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    (void) accepts_issuer(data, len);

    return 0;
}
