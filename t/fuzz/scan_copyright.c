/*
 * Debian copyright files and names of licences.
 */

#include "scan.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_file("usr/share/doc/a/copyright", 0644, data, size);
}
