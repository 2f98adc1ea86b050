/*
 * Labels in Red Hat's Dockerfile.
 */

#include "scan.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_file("root/buildinfo/Dockerfile-a-1-2", 0644, data, size);
}
