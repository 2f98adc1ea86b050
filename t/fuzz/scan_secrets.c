/*
 * Fuzzer: scan_secrets.  Seeds: t/data/scan_secrets.
 */

#include "../unit/parsers.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    (void) accepts_scan_secrets(data, len);

    return 0;
}
