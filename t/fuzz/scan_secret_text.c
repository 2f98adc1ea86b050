/*
 * Fuzzer: scan_secret_text.  Seeds: t/data/scan_secret_text.
 */

#include "../unit/parsers.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    (void) accepts_scan_secret_text(data, len);

    return 0;
}
