/*
 * Expressions of identities, in RE2's grammar.
 * Seeds: t/data/regexp.
 */

#include "../unit/parsers.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    (void) accepts_regexp(data, len);

    return 0;
}
