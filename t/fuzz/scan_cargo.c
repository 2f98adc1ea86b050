/*
 * Fuzzer: Cargo.lock.  Seeds: t/data/scan_cargo.
 */

#include "../unit/parsers.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    (void) accepts_scan_cargo(data, len);

    return 0;
}
