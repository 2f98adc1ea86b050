/*
 * Dockerfiles, whose images are verified.
 * Seeds: t/data/dockerfile.
 */

#include "../unit/parsers.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    (void) accepts_dockerfile(data, len);

    return 0;
}
