/*
 * ELF files, Go's build info, Rust's list of crates.
 */

#include "scan.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_file("usr/bin/a", 0755, data, size);
}
