/*
 * Fuzzer: json.  Seeds: t/data/json.
 */

#include "../unit/parsers.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    (void) accepts_json(data, len);

    return 0;
}
