/*
 * Alpine's repositories.
 */

#include "scan.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_file("etc/apk/repositories", 0644, data, size);
}
