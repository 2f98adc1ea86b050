/*
 * Fuzzer: access.  Seeds: t/data/access.
 */

#include "../unit/parsers.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    (void) accepts_access(data, len);

    return 0;
}
