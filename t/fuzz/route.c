/*
 * Fuzzer: route.  Seeds: t/data/route.
 */

#include "../unit/parsers.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    (void) accepts_route(data, len);

    return 0;
}
