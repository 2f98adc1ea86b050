/*
 * dpkg's status file.
 */

#include "scan.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_file("var/lib/dpkg/status", 0644, data, size);
}
