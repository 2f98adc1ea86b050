/*
 * Gemspecs.
 */

#include "scan.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_file("a/specifications/a.gemspec", 0644, data, size);
}
