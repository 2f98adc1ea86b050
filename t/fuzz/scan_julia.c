/*
 * Fuzzer: Julia's Manifest.toml.  Seeds: t/data/scan_julia.
 */

#include "../unit/parsers.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    (void) accepts_scan_julia(data, len);

    return 0;
}
