/*
 * Users, their passwords and their groups.
 */

#include "oci_users.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>


#define OCI_BCRYPT_COST  10
#define OCI_BCRYPT_MAX   72

#define OCI_APR1         "$apr1$"
#define OCI_APR1_SALT    8
#define OCI_APR1_ROUNDS  1000


struct oci_users_s {
    oci_array_t  entries;       /* oci_user_t, by name, then as they stood */
};


static bool oci_users_line(oci_str_t *text, oci_str_t *line);
static oci_status_e oci_users_add(oci_users_t *users, const oci_str_t *name,
    const oci_str_t *value, oci_error_t *err);
static void oci_users_sort(oci_users_t *users);
static int oci_users_order(const void *a, const void *b);
static oci_str_t oci_users_trim(const u_char *data, size_t len);
static bool oci_apr1_check(const char *hash, const char *password);
static bool oci_apr1_digest(EVP_MD_CTX *md, const char *salt, size_t nsalt,
    const char *password, u_char out[16]);
static void oci_apr1_text(const u_char in[16], char text[23]);


oci_status_e
oci_users_parse(oci_users_t **users, oci_pool_t *pool, const oci_str_t *text,
    oci_error_t *err)
{
    size_t         n;
    u_char        *colon;
    oci_str_t      rest, line, name, hash;
    oci_users_t   *u;
    oci_status_e   rc;

    u = oci_pcalloc(pool, sizeof(oci_users_t));
    if (u == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    oci_array_init(&u->entries, pool, sizeof(oci_user_t));
    rest = *text;

    for (n = 1; oci_users_line(&rest, &line); n++) {

        if (line.len == 0 || line.data[0] == '#') {
            continue;
        }

        colon = memchr(line.data, ':', line.len);

        if (colon == NULL || colon == line.data
            || memchr(line.data, '\0', line.len) != NULL)
        {
            return oci_error(err, OCI_INVALID, 0,
                             "line %zu is not \"name:hash\"", n);
        }

        name.data = line.data;
        name.len = (size_t) (colon - line.data);
        hash.data = colon + 1;
        hash.len = line.len - name.len - 1;

        /* htpasswd allows a comment after another colon */

        colon = (hash.len != 0) ? memchr(hash.data, ':', hash.len) : NULL;

        if (colon != NULL) {
            hash.len = (size_t) (colon - hash.data);
        }

        rc = oci_users_add(u, &name, &hash, err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    oci_users_sort(u);
    *users = u;

    return OCI_OK;
}


oci_status_e
oci_groups_parse(oci_users_t **users, oci_pool_t *pool,
    const oci_str_t *text, oci_error_t *err)
{
    size_t         n, i, start;
    u_char        *colon;
    oci_str_t      rest, line, group, name;
    oci_users_t   *u;
    oci_status_e   rc;

    u = oci_pcalloc(pool, sizeof(oci_users_t));
    if (u == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    oci_array_init(&u->entries, pool, sizeof(oci_user_t));
    rest = *text;

    for (n = 1; oci_users_line(&rest, &line); n++) {

        if (line.len == 0 || line.data[0] == '#') {
            continue;
        }

        colon = memchr(line.data, ':', line.len);
        group = oci_users_trim(line.data,
                               colon ? (size_t) (colon - line.data) : 0);

        if (group.len == 0) {
            return oci_error(err, OCI_INVALID, 0,
                             "line %zu is not \"group: name name ...\"", n);
        }

        start = (size_t) (colon + 1 - line.data);

        for (i = start; i <= line.len; i++) {

            if (i < line.len && line.data[i] != ' ' && line.data[i] != '\t') {
                continue;
            }

            name.data = line.data + start;
            name.len = i - start;
            start = i + 1;

            if (name.len == 0) {
                continue;
            }

            rc = oci_users_add(u, &name, &group, err);
            if (rc != OCI_OK) {
                return rc;
            }
        }
    }

    oci_users_sort(u);
    *users = u;

    return OCI_OK;
}


static bool
oci_users_line(oci_str_t *text, oci_str_t *line)
{
    u_char  *end;
    size_t   len;

    if (text->len == 0) {
        return false;
    }

    end = memchr(text->data, '\n', text->len);
    len = (end != NULL) ? (size_t) (end - text->data) : text->len;

    *line = oci_users_trim(text->data, len);

    if (end != NULL) {
        len++;
    }

    text->data += len;
    text->len -= len;

    return true;
}


static oci_str_t
oci_users_trim(const u_char *data, size_t len)
{
    oci_str_t  s;

    while (len != 0 && (data[0] == ' ' || data[0] == '\t')) {
        data++;
        len--;
    }

    while (len != 0 && (data[len - 1] == ' ' || data[len - 1] == '\t'
                        || data[len - 1] == '\r'))
    {
        len--;
    }

    s.data = (u_char *) data;
    s.len = len;

    return s;
}


static oci_status_e
oci_users_add(oci_users_t *users, const oci_str_t *name,
    const oci_str_t *value, oci_error_t *err)
{
    oci_user_t  *user;

    user = oci_array_push(&users->entries);
    if (user == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    user->name = *name;
    user->value = *value;

    return OCI_OK;
}


static void
oci_users_sort(oci_users_t *users)
{
    if (users->entries.nelts != 0) {
        qsort(users->entries.elts, users->entries.nelts, sizeof(oci_user_t),
              oci_users_order);
    }
}


/* what stood first in the file has the lower address */

static int
oci_users_order(const void *a, const void *b)
{
    int                rc;
    const oci_user_t  *x = a, *y = b;

    rc = oci_str_cmp(&x->name, &y->name);

    if (rc != 0) {
        return rc;
    }

    return (x->name.data > y->name.data) - (x->name.data < y->name.data);
}


const oci_user_t *
oci_users_find(const oci_users_t *users, const oci_str_t *name, size_t *n)
{
    size_t             low, high, mid;
    const oci_user_t  *user;

    user = users->entries.elts;
    low = 0;
    high = users->entries.nelts;

    while (low < high) {
        mid = low + (high - low) / 2;

        if (oci_str_cmp(&user[mid].name, name) < 0) {
            low = mid + 1;

        } else {
            high = mid;
        }
    }

    for (high = low; high < users->entries.nelts; high++) {
        if (!oci_str_eq(&user[high].name, name)) {
            break;
        }
    }

    if (n != NULL) {
        *n = high - low;
    }

    return (high != low) ? &user[low] : NULL;
}


const oci_user_t *
oci_users_decoy(const oci_users_t *users, const oci_str_t *name)
{
    size_t    i;
    uint32_t  hash;

    if (users->entries.nelts == 0) {
        return NULL;
    }

    hash = 2166136261u;

    for (i = 0; i < name->len; i++) {
        hash = (hash ^ name->data[i]) * 16777619u;
    }

    return (const oci_user_t *) users->entries.elts
           + hash % users->entries.nelts;
}


bool
oci_password_check(const oci_str_t *hash, const oci_str_t *password)
{
    bool                good;
    char               *h, *p, *result;
    size_t              len;
    struct crypt_data  *data;

    if (hash->len == 0 || hash->data[0] != '$'
        || password->len > OCI_PASSWORD_MAX
        || (password->len != 0
            && memchr(password->data, '\0', password->len) != NULL))
    {
        return false;
    }

    h = strndup((char *) hash->data, hash->len);
    p = strndup(password->len ? (char *) password->data : "", password->len);
    data = calloc(1, sizeof(struct crypt_data));
    good = false;

    if (h != NULL && p != NULL && data != NULL) {

        if (strncmp(h, OCI_APR1, sizeof(OCI_APR1) - 1) == 0) {
            good = oci_apr1_check(h, p);

        } else {
            result = crypt_rn(p, h, data, sizeof(struct crypt_data));
            len = strlen(h);

            /* what crypt() does not know gives "*0" or "*1" */

            good = result != NULL && result[0] == '$'
                   && strlen(result) == len
                   && CRYPTO_memcmp(result, h, len) == 0;
        }
    }

    if (p != NULL) {
        OPENSSL_cleanse(p, password->len);
    }

    if (data != NULL) {
        OPENSSL_cleanse(data, sizeof(struct crypt_data));
    }

    free(h);
    free(p);
    free(data);

    return good;
}


/* Apache's variant of MD5 crypt, which no libcrypt has */

static bool
oci_apr1_check(const char *hash, const char *password)
{
    bool         good;
    char         text[23];
    u_char       out[16];
    size_t       nsalt;
    EVP_MD_CTX  *md;
    const char  *salt;

    salt = hash + sizeof(OCI_APR1) - 1;
    nsalt = strcspn(salt, "$");

    if (nsalt > OCI_APR1_SALT || strlen(salt + nsalt) != sizeof(text)) {
        return false;
    }

    md = EVP_MD_CTX_new();
    good = md != NULL && oci_apr1_digest(md, salt, nsalt, password, out);
    EVP_MD_CTX_free(md);

    if (!good) {
        return false;
    }

    oci_apr1_text(out, text);

    return CRYPTO_memcmp(text, salt + nsalt + 1, sizeof(text) - 1) == 0;
}


static bool
oci_apr1_digest(EVP_MD_CTX *md, const char *salt, size_t nsalt,
    const char *password, u_char out[16])
{
    bool    ok;
    size_t  i, n, len;

    len = strlen(password);

    ok = EVP_DigestInit_ex(md, EVP_md5(), NULL)
         && EVP_DigestUpdate(md, password, len)
         && EVP_DigestUpdate(md, salt, nsalt)
         && EVP_DigestUpdate(md, password, len)
         && EVP_DigestFinal_ex(md, out, NULL)
         && EVP_DigestInit_ex(md, EVP_md5(), NULL)
         && EVP_DigestUpdate(md, password, len)
         && EVP_DigestUpdate(md, OCI_APR1, sizeof(OCI_APR1) - 1)
         && EVP_DigestUpdate(md, salt, nsalt);

    for (n = len; ok && n != 0; n -= i) {
        i = (n > 16) ? 16 : n;
        ok = EVP_DigestUpdate(md, out, i);
    }

    for (n = len; ok && n != 0; n >>= 1) {
        ok = EVP_DigestUpdate(md, (n & 1) ? "" : password, 1);
    }

    ok = ok && EVP_DigestFinal_ex(md, out, NULL);

    for (i = 0; ok && i < OCI_APR1_ROUNDS; i++) {
        ok = EVP_DigestInit_ex(md, EVP_md5(), NULL)
             && ((i & 1) ? EVP_DigestUpdate(md, password, len)
                         : EVP_DigestUpdate(md, out, 16))
             && (i % 3 == 0 || EVP_DigestUpdate(md, salt, nsalt))
             && (i % 7 == 0 || EVP_DigestUpdate(md, password, len))
             && ((i & 1) ? EVP_DigestUpdate(md, out, 16)
                         : EVP_DigestUpdate(md, password, len))
             && EVP_DigestFinal_ex(md, out, NULL);
    }

    return ok;
}


static void
oci_apr1_text(const u_char in[16], char text[23])
{
    int                n;
    char              *p;
    size_t             i;
    uint32_t           v;
    static const char  digits[] =
        "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    p = text;

    for (i = 0; i < 6; i++) {
        v = (i < 5) ? (uint32_t) in[i] << 16 | (uint32_t) in[i + 6] << 8
                      | in[i == 4 ? 5 : i + 12]
                    : in[11];

        for (n = (i < 5) ? 4 : 2; n > 0; n--) {
            *p++ = digits[v & 0x3f];
            v >>= 6;
        }
    }

    *p = '\0';
}


oci_status_e
oci_password_hash(oci_str_t *hash, oci_pool_t *pool,
    const oci_str_t *password, unsigned cost, const u_char random[16],
    oci_error_t *err)
{
    char               *p, *result, setting[CRYPT_GENSALT_OUTPUT_SIZE];
    struct crypt_data  *data;

    if (password->len > OCI_BCRYPT_MAX) {
        return oci_error(err, OCI_LIMIT, 0,
                         "a password has at most %d bytes", OCI_BCRYPT_MAX);
    }

    if (password->len == 0
        || memchr(password->data, '\0', password->len) != NULL)
    {
        return oci_error(err, OCI_INVALID, 0,
                         "a password is neither empty nor holds a NUL");
    }

    p = oci_cstr(pool, password);
    data = oci_pcalloc(pool, sizeof(struct crypt_data));

    if (p == NULL || data == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    /* "$2y$" is what htpasswd writes and everybody reads */

    if (crypt_gensalt_rn("$2y$", cost != 0 ? cost : OCI_BCRYPT_COST,
                         (const char *) random, 16, setting, sizeof(setting))
        == NULL)
    {
        return oci_error(err, OCI_INVALID, 0,
                         "the cost of bcrypt is between 4 and 31");
    }

    result = crypt_rn(p, setting, data, sizeof(struct crypt_data));

    if (result == NULL || result[0] != '$') {
        return oci_error(err, OCI_IO, 0, "libcrypt cannot hash a password");
    }

    *hash = oci_str_dup(pool, (u_char *) result, strlen(result));
    OPENSSL_cleanse(p, password->len);
    OPENSSL_cleanse(data, sizeof(struct crypt_data));

    return (hash->data != NULL) ? OCI_OK
                                : oci_error(err, OCI_NOMEM, 0,
                                            "out of memory");
}
