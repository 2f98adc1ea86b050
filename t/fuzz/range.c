/*
 * Fuzzer: range.  Seeds: t/data/range.
 */

#include "../unit/parsers.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    (void) accepts_range(data, len);

    return 0;
}
