/*
 * Manifests of Kubernetes, whose images are verified.
 * Seeds: t/data/kubernetes.
 */

#include "../unit/parsers.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    (void) accepts_kubernetes(data, len);

    return 0;
}
