/*
 * Fuzzer: Java databases.  Seeds: t/data/scan_javadb.
 */

#include "../unit/parsers.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    (void) accepts_scan_javadb(data, len);

    return 0;
}
