/*
 * packages.config; what reads Packages.props is the same.
 */

#include "scan.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_file("a/packages.config", 0644, data, size);
}
