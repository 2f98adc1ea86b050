/*
 * apk's database of installed packages.
 */

#include "scan.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_file("lib/apk/db/installed", 0644, data, size);
}
