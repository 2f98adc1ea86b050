/*
 * Digests and running hashes.
 */

#define OPENSSL_SUPPRESS_DEPRECATED     /* SHA256_CTX, see oci_digest.h */

#include "oci_digest.h"

#include <string.h>


#define OCI_STATE_MAGIC  4

/* SHA-256 counts bits in 64 bits */

#define OCI_STATE_OFFSET_MAX  (UINT64_MAX / 8)


typedef struct {
    const char  *name;
    u_char       magic[OCI_STATE_MAGIC];
    size_t       size;              /* of the digest in bytes */
    size_t       word;              /* of a chaining value */
    size_t       block;
} oci_alg_t;


static const oci_alg_t  oci_algs[] = {
    { "", { 0, 0, 0, 0 }, 0, 0, 0 },
    { "sha256", { 's', 'h', 'a', 3 }, 32, 4, 64 },
    { "sha384", { 's', 'h', 'a', 4 }, 48, 8, 128 },
    { "sha512", { 's', 'h', 'a', 7 }, 64, 8, 128 }
};


static void oci_digest_set(oci_digest_t *d, oci_alg_e alg,
    const u_char *binary);
static size_t oci_state_size(oci_alg_e alg);
static u_char *oci_put(u_char *p, uint64_t value, size_t size);
static uint64_t oci_get(const u_char *p, size_t size);


oci_status_e
oci_digest_parse(oci_digest_t *d, const oci_str_t *text)
{
    u_char     c, *colon;
    size_t     i, start;
    oci_alg_e  alg;
    oci_str_t  name;

    if (text->len == 0 || text->len > OCI_DIGEST_MAX) {
        return OCI_INVALID;
    }

    colon = memchr(text->data, ':', text->len);
    if (colon == NULL) {
        return OCI_INVALID;
    }

    name.data = text->data;
    name.len = (size_t) (colon - text->data);

    alg = oci_alg_parse(&name);
    start = name.len + 1;

    if (alg == OCI_ALG_NONE || text->len - start != oci_alg_hex_len(alg)) {
        return OCI_INVALID;
    }

    for (i = start; i < text->len; i++) {
        c = text->data[i];

        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
            return OCI_INVALID;
        }
    }

    d->alg = alg;
    d->len = text->len;
    memcpy(d->text, text->data, text->len);
    d->text[text->len] = '\0';

    return OCI_OK;
}


bool
oci_digest_eq(const oci_digest_t *a, const oci_digest_t *b)
{
    return a->alg == b->alg && a->len == b->len
           && memcmp(a->text, b->text, a->len) == 0;
}


const char *
oci_digest_hex(const oci_digest_t *d)
{
    return d->text + strlen(oci_algs[d->alg].name) + 1;
}


oci_str_t
oci_digest_str(const oci_digest_t *d)
{
    oci_str_t  s;

    s.len = d->len;
    s.data = (u_char *) d->text;

    return s;
}


const char *
oci_alg_name(oci_alg_e alg)
{
    return oci_algs[alg].name;
}


oci_alg_e
oci_alg_parse(const oci_str_t *name)
{
    oci_alg_e  alg;

    for (alg = OCI_SHA256; alg <= OCI_SHA512; alg++) {
        if (oci_str_is(name, oci_algs[alg].name)) {
            return alg;
        }
    }

    return OCI_ALG_NONE;
}


size_t
oci_alg_hex_len(oci_alg_e alg)
{
    return oci_algs[alg].size * 2;
}


void
oci_hash_init(oci_hash_t *h, oci_alg_e alg)
{
    h->alg = alg;

    switch (alg) {

    case OCI_SHA384:
        (void) SHA384_Init(&h->u.sha512);
        break;

    case OCI_SHA512:
        (void) SHA512_Init(&h->u.sha512);
        break;

    default:
        h->alg = OCI_SHA256;
        (void) SHA256_Init(&h->u.sha256);
    }
}


void
oci_hash_update(oci_hash_t *h, const void *data, size_t len)
{
    if (h->alg == OCI_SHA256) {
        (void) SHA256_Update(&h->u.sha256, data, len);

    } else {
        (void) SHA512_Update(&h->u.sha512, data, len);
    }
}


void
oci_hash_final(oci_hash_t *h, oci_digest_t *d)
{
    u_char  binary[OCI_HASH_MAX];

    oci_hash_bytes(h, binary);
    oci_digest_set(d, h->alg, binary);
}


void
oci_hash_bytes(oci_hash_t *h, u_char out[OCI_HASH_MAX])
{
    if (h->alg == OCI_SHA256) {
        (void) SHA256_Final(out, &h->u.sha256);

    } else {
        (void) SHA512_Final(out, &h->u.sha512);
    }
}


void
oci_digest_of(oci_digest_t *d, oci_alg_e alg, const void *data, size_t len)
{
    oci_hash_t  h;

    oci_hash_init(&h, alg);
    oci_hash_update(&h, data, len);
    oci_hash_final(&h, d);
}


static void
oci_digest_set(oci_digest_t *d, oci_alg_e alg, const u_char *binary)
{
    char                *p;
    size_t               i, n;
    static const char    hex[] = "0123456789abcdef";

    n = strlen(oci_algs[alg].name);
    memcpy(d->text, oci_algs[alg].name, n);
    p = d->text + n;
    *p++ = ':';

    for (i = 0; i < oci_algs[alg].size; i++) {
        *p++ = hex[binary[i] >> 4];
        *p++ = hex[binary[i] & 15];
    }

    *p = '\0';
    d->alg = alg;
    d->len = (size_t) (p - d->text);
}


size_t
oci_hash_export(const oci_hash_t *h, u_char *out)
{
    u_char           *p;
    size_t            i, num;
    uint64_t          len;
    const u_char     *pending;
    const oci_alg_t  *alg;

    alg = &oci_algs[h->alg];
    memcpy(out, alg->magic, OCI_STATE_MAGIC);
    p = out + OCI_STATE_MAGIC;

    if (h->alg == OCI_SHA256) {
        for (i = 0; i < 8; i++) {
            p = oci_put(p, h->u.sha256.h[i], alg->word);
        }

        num = h->u.sha256.num;
        pending = (const u_char *) h->u.sha256.data;
        len = ((uint64_t) h->u.sha256.Nh << 32 | h->u.sha256.Nl) / 8;

    } else {
        for (i = 0; i < 8; i++) {
            p = oci_put(p, h->u.sha512.h[i], alg->word);
        }

        num = h->u.sha512.num;
        pending = h->u.sha512.u.p;
        len = (uint64_t) h->u.sha512.Nl / 8
              | (uint64_t) h->u.sha512.Nh << 61;
    }

    memset(p, 0, alg->block);
    memcpy(p, pending, num);

    return (size_t) (oci_put(p + alg->block, len, 8) - out);
}


oci_status_e
oci_hash_import(oci_hash_t *h, oci_alg_e alg, uint64_t offset,
    const u_char *data, size_t len)
{
    size_t            i, num;
    const u_char     *p;
    const oci_alg_t  *a;

    a = &oci_algs[alg];

    if (alg == OCI_ALG_NONE || len != oci_state_size(alg)
        || offset > OCI_STATE_OFFSET_MAX
        || memcmp(data, a->magic, OCI_STATE_MAGIC) != 0
        || oci_get(data + len - 8, 8) != offset)
    {
        return OCI_INVALID;
    }

    oci_hash_init(h, alg);

    num = (size_t) (offset % a->block);
    p = data + OCI_STATE_MAGIC;

    for (i = 0; i < 8; i++, p += a->word) {
        if (alg == OCI_SHA256) {
            h->u.sha256.h[i] = (SHA_LONG) oci_get(p, a->word);

        } else {
            h->u.sha512.h[i] = oci_get(p, a->word);
        }
    }

    if (alg == OCI_SHA256) {
        memcpy(h->u.sha256.data, p, num);
        h->u.sha256.num = (unsigned) num;
        h->u.sha256.Nl = (SHA_LONG) (offset << 3);
        h->u.sha256.Nh = (SHA_LONG) (offset >> 29);

    } else {
        memcpy(h->u.sha512.u.p, p, num);
        h->u.sha512.num = (unsigned) num;
        h->u.sha512.Nl = offset << 3;
        h->u.sha512.Nh = offset >> 61;
    }

    return OCI_OK;
}


static size_t
oci_state_size(oci_alg_e alg)
{
    return OCI_STATE_MAGIC + 8 * oci_algs[alg].word + oci_algs[alg].block + 8;
}


static u_char *
oci_put(u_char *p, uint64_t value, size_t size)
{
    size_t  i;

    for (i = size; i > 0; i--) {
        p[i - 1] = (u_char) value;
        value >>= 8;
    }

    return p + size;
}


static uint64_t
oci_get(const u_char *p, size_t size)
{
    size_t    i;
    uint64_t  value;

    for (value = 0, i = 0; i < size; i++) {
        value = value << 8 | p[i];
    }

    return value;
}
