/*
 * Fuzzer: scope.  Seeds: t/data/scope.
 */

#include "../unit/parsers.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    (void) accepts_scope(data, len);

    return 0;
}
