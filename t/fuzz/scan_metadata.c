/*
 * Python's METADATA.
 */

#include "scan.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_file("a.dist-info/METADATA", 0644, data, size);
}
