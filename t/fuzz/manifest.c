/*
 * Fuzzer: manifest.  Seeds: t/data/manifest.
 */

#include "../unit/parsers.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    (void) accepts_manifest(data, len);

    return 0;
}
