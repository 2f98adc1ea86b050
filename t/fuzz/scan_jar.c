/*
 * Java archives, their manifests and pom.properties.
 */

#include "scan.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_file("a-1.jar", 0644, data, size);
}
