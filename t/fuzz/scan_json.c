/*
 * Fuzzer: scan_json.  Seeds: t/data/scan_json.
 */

#include "../unit/parsers.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    (void) accepts_scan_json(data, len);

    return 0;
}
