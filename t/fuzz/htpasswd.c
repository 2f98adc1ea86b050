/*
 * Fuzzer: htpasswd.  Seeds: t/data/htpasswd.
 */

#include "../unit/parsers.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    (void) accepts_htpasswd(data, len);

    return 0;
}
