/*
 * Fuzzer: upload state.  Seeds: t/data/upload_state.
 */

#include "../unit/parsers.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    (void) accepts_upload_state(data, len);

    return 0;
}
