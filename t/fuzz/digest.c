/*
 * Fuzzer: digest.  Seeds: t/data/digest.
 */

#include "../unit/parsers.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    (void) accepts_digest(data, len);

    return 0;
}
