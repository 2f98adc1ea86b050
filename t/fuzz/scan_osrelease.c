/*
 * os-release.
 */

#include "scan.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_file("etc/os-release", 0644, data, size);
}
