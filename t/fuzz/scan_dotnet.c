/*
 * .NET's deps.json.
 */

#include "scan.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_file("a.deps.json", 0644, data, size);
}
