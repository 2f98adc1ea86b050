/*
 * Composer's installed.json.
 */

#include "scan.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_file("vendor/installed.json", 0644, data, size);
}
