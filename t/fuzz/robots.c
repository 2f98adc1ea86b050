/*
 * Fuzzer: robots.  Seeds: t/data/robots.
 */

#include "../unit/parsers.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    (void) accepts_robots(data, len);

    return 0;
}
