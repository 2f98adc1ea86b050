/*
 * Fuzzer: jwt.  Seeds: t/data/jwt.
 */

#include "../unit/parsers.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    (void) accepts_jwt(data, len);

    return 0;
}
