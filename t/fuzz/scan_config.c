/*
 * Fuzzer: trivy.yaml.  Seeds: t/data/scan_config.
 */

#include "../unit/parsers.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    (void) accepts_scan_config(data, len);

    return 0;
}
