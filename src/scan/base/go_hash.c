/*
 * Go's hashes, a value at a time.  Numbers are hashed as little-endian bytes.
 */

#include "go_hash.h"

#include <string.h>


#define FNV_OFFSET  0xcbf29ce484222325u
#define FNV_PRIME   0x100000001b3u


static uint64_t hash_bytes(const void *data, size_t len);
static uint64_t hash_numbers(const uint64_t *values, size_t n);


static uint64_t
hash_bytes(const void *data, size_t len)
{
    size_t         i;
    uint64_t       hash;
    const u_char  *p;

    p = data;
    hash = FNV_OFFSET;

    for (i = 0; i < len; i++) {
        hash *= FNV_PRIME;
        hash ^= p[i];
    }

    return hash;
}


uint64_t
oci_scan_hash_str(const oci_str_t *s)
{
    return hash_bytes(s->data, s->len);
}


uint64_t
oci_scan_hash_text(const char *s)
{
    return hash_bytes(s, s == NULL ? 0 : strlen(s));
}


uint64_t
oci_scan_hash_bool(bool value)
{
    u_char  byte;

    byte = value ? 1 : 0;

    return hash_bytes(&byte, 1);
}


uint64_t
oci_scan_hash_struct(const char *name)
{
    return oci_scan_hash_text(name);
}


void
oci_scan_hash_field(uint64_t *hash, const char *name, uint64_t value)
{
    uint64_t  pair[2];

    pair[0] = oci_scan_hash_text(name);
    pair[1] = value;
    *hash ^= hash_numbers(pair, 2);
    *hash = oci_scan_hash_finish(*hash);
}


void
oci_scan_hash_field_str(uint64_t *hash, const char *name,
    const oci_str_t *value)
{
    oci_scan_hash_field(hash, name, oci_scan_hash_str(value));
}


void
oci_scan_hash_add(uint64_t *slice, uint64_t element)
{
    *slice ^= element;
}


void
oci_scan_hash_append(uint64_t *slice, uint64_t element)
{
    uint64_t  pair[2];

    pair[0] = *slice;
    pair[1] = element;
    *slice = hash_numbers(pair, 2);
}


uint64_t
oci_scan_hash_int(int64_t value)
{
    uint64_t  bits;

    bits = (uint64_t) value;

    return hash_numbers(&bits, 1);
}


void
oci_scan_hash_entry(uint64_t *map, uint64_t key, uint64_t value)
{
    uint64_t  pair[2];

    pair[0] = key;
    pair[1] = value;
    *map ^= hash_numbers(pair, 2);
}


uint64_t
oci_scan_hash_finish(uint64_t slice)
{
    return hash_numbers(&slice, 1);
}


static uint64_t
hash_numbers(const uint64_t *values, size_t n)
{
    size_t    i;
    u_char    bytes[16];

    for (i = 0; i < n * 8; i++) {
        bytes[i] = (u_char) (values[i / 8] >> (i % 8 * 8));
    }

    return hash_bytes(bytes, n * 8);
}
