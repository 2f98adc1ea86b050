/*
 * Fuzzer: scan_toml.  Seeds: t/data/scan_toml.
 */

#include "../unit/parsers.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    (void) accepts_scan_toml(data, len);

    return 0;
}
