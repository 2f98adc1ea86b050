/*
 * package.json.
 */

#include "scan.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_file("a/package.json", 0644, data, size);
}
