/*
 * Errors, pools, strings, arrays and buffers.
 */

#include "oci_core.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define OCI_POOL_BLOCK  4096
#define OCI_POOL_LARGE  2048
#define OCI_POOL_ALIGN  sizeof(max_align_t)


typedef struct oci_block_s    oci_block_t;
typedef struct oci_cleanup_s  oci_cleanup_t;


struct oci_block_s {
    oci_block_t    *next;
    size_t          pad;            /* keeps what follows aligned */
};


struct oci_cleanup_s {
    oci_cleanup_t  *next;
    void          (*fn)(void *data);
    void           *data;
};


struct oci_pool_s {
    u_char         *pos;
    u_char         *end;
    oci_block_t    *blocks;
    oci_cleanup_t  *cleanups;
};


static void oci_verror(oci_error_t *err, oci_status_e status, int sys_errno,
    const char *fmt, va_list args) __attribute__((format(printf, 4, 0)));
static void *oci_pool_block(oci_pool_t *pool, size_t size);
static const char *oci_conversion(const char *p, va_list *args,
    const char **s, size_t *n);


oci_status_e
oci_error(oci_error_t *err, oci_status_e status, int sys_errno,
    const char *fmt, ...)
{
    va_list  args;

    va_start(args, fmt);
    oci_verror(err, status, sys_errno, fmt, args);
    va_end(args);

    return status;
}


oci_status_e
oci_error_errno(oci_error_t *err, int sys_errno, const char *fmt, ...)
{
    va_list       args;
    oci_status_e  status;

    switch (sys_errno) {

    case ENOENT:
    case ENOTDIR:
        status = OCI_NOT_FOUND;
        break;

    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        status = OCI_NOSPACE;
        break;

    case EACCES:
    case EPERM:
    case EROFS:
        status = OCI_DENIED;
        break;

    case ENOMEM:
    case EMFILE:
    case ENFILE:
    case ENOLCK:
        status = OCI_NOMEM;
        break;

    default:
        status = OCI_IO;
    }

    va_start(args, fmt);
    oci_verror(err, status, sys_errno, fmt, args);
    va_end(args);

    return status;
}


oci_status_e
oci_nomem(oci_error_t *err)
{
    return oci_error(err, OCI_NOMEM, 0, "out of memory");
}


static void
oci_verror(oci_error_t *err, oci_status_e status, int sys_errno,
    const char *fmt, va_list args)
{
    size_t       len;
    const char  *reason;

    if (err == NULL || err->status != OCI_OK) {
        return;
    }

    err->status = status;
    err->sys_errno = sys_errno;

    (void) vsnprintf(err->text, sizeof(err->text), fmt, args);

    if (sys_errno != 0) {
        len = strlen(err->text);

        reason = strerrordesc_np(sys_errno);

        (void) snprintf(err->text + len, sizeof(err->text) - len, ": %s",
                        reason != NULL ? reason : "unknown error");
    }
}


oci_pool_t *
oci_pool_create(void)
{
    return calloc(1, sizeof(oci_pool_t));
}


void
oci_pool_destroy(oci_pool_t *pool)
{
    oci_block_t    *block, *next;
    oci_cleanup_t  *c;

    if (pool == NULL) {
        return;
    }

    for (c = pool->cleanups; c != NULL; c = c->next) {
        c->fn(c->data);
    }

    for (block = pool->blocks; block != NULL; block = next) {
        next = block->next;
        free(block);
    }

    free(pool);
}


void *
oci_palloc(oci_pool_t *pool, size_t size)
{
    u_char  *p;

    if (size > SIZE_MAX / 2) {
        return NULL;
    }

    size = (size + OCI_POOL_ALIGN - 1) & ~(OCI_POOL_ALIGN - 1);

    if ((size_t) (pool->end - pool->pos) >= size && pool->pos != NULL) {
        p = pool->pos;
        pool->pos += size;
        return p;
    }

    if (size > OCI_POOL_LARGE) {
        return oci_pool_block(pool, size);
    }

    p = oci_pool_block(pool, OCI_POOL_BLOCK);
    if (p == NULL) {
        return NULL;
    }

    pool->pos = p + size;
    pool->end = p + OCI_POOL_BLOCK;

    return p;
}


static void *
oci_pool_block(oci_pool_t *pool, size_t size)
{
    oci_block_t  *block;

    block = malloc(sizeof(oci_block_t) + size);
    if (block == NULL) {
        return NULL;
    }

    block->next = pool->blocks;
    pool->blocks = block;

    return block + 1;
}


void *
oci_pcalloc(oci_pool_t *pool, size_t size)
{
    void  *p;

    p = oci_palloc(pool, size);

    if (p != NULL) {
        memset(p, 0, size);
    }

    return p;
}


oci_status_e
oci_pool_cleanup(oci_pool_t *pool, void (*fn)(void *data), void *data)
{
    oci_cleanup_t  *c;

    c = oci_palloc(pool, sizeof(oci_cleanup_t));
    if (c == NULL) {
        fn(data);
        return OCI_NOMEM;
    }

    c->fn = fn;
    c->data = data;
    c->next = pool->cleanups;
    pool->cleanups = c;

    return OCI_OK;
}


oci_str_t
oci_str(const char *text)
{
    oci_str_t  s;

    s.len = (text == NULL) ? 0 : strlen(text);
    s.data = (u_char *) text;

    return s;
}


bool
oci_str_eq(const oci_str_t *a, const oci_str_t *b)
{
    return a->len == b->len
           && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}


bool
oci_str_is(const oci_str_t *s, const char *text)
{
    size_t  len;

    len = strlen(text);

    return s->len == len && (len == 0 || memcmp(s->data, text, len) == 0);
}


int
oci_str_cmp(const oci_str_t *a, const oci_str_t *b)
{
    int     rc;
    size_t  len;

    len = (a->len < b->len) ? a->len : b->len;
    rc = (len == 0) ? 0 : memcmp(a->data, b->data, len);

    if (rc != 0) {
        return rc;
    }

    return (a->len > b->len) - (a->len < b->len);
}


bool
oci_str_prefix(const oci_str_t *s, const char *prefix)
{
    size_t  len;

    len = strlen(prefix);

    return s->len >= len && (len == 0 || memcmp(s->data, prefix, len) == 0);
}


bool
oci_str_suffix(const oci_str_t *s, const char *suffix)
{
    size_t  len;

    len = strlen(suffix);

    return s->len >= len
           && (len == 0 || memcmp(s->data + s->len - len, suffix, len) == 0);
}


oci_str_t
oci_str_dup(oci_pool_t *pool, const u_char *data, size_t len)
{
    oci_str_t  s;

    s.len = 0;
    s.data = oci_palloc(pool, len + 1);

    if (s.data == NULL) {
        return s;
    }

    if (len != 0) {
        memcpy(s.data, data, len);
    }

    s.data[len] = '\0';
    s.len = len;

    return s;
}


/*
 * Nearly all that is put together here is paths and headers, out of strings
 * alone: printf costs several times as much, and more than all else of a pull.
 */

int
oci_vformat(char *text, size_t size, const char *fmt, va_list args)
{
    size_t       n, len, room;
    va_list      copy;
    const char  *p, *s;

    len = 0;
    va_copy(copy, args);

    for (p = fmt; *p != '\0'; len += n) {

        if (*p == '%') {
            p = oci_conversion(p + 1, &copy, &s, &n);

            if (p == NULL) {
                va_end(copy);
                return vsnprintf(text, size, fmt, args);
            }

        } else {
            s = p;
            n = strcspn(p, "%");
            p += n;
        }

        room = (len < size) ? size - len : 0;

        if (n != 0 && room != 0) {
            memcpy(text + len, s, n < room ? n : room);
        }
    }

    va_end(copy);

    if (size != 0) {
        text[len < size ? len : size - 1] = '\0';
    }

    return (int) len;
}


/* the string of "s", ".*s" or ".9s"; NULL: another conversion */

static const char *
oci_conversion(const char *p, va_list *args, const char **s, size_t *n)
{
    int  most;

    most = -1;

    if (p[0] == '.' && p[1] == '*') {
        most = va_arg(*args, int);
        p += 2;

    } else if (p[0] == '.' && p[1] >= '0' && p[1] <= '9') {
        most = p[1] - '0';
        p += 2;
    }

    if (*p != 's') {
        return NULL;
    }

    *s = va_arg(*args, const char *);

    if (*s == NULL) {
        *n = 0;
        return (most == 0) ? p + 1 : NULL;
    }

    *n = (most < 0) ? strlen(*s) : strnlen(*s, (size_t) most);

    return p + 1;
}


oci_str_t
oci_strf(oci_pool_t *pool, const char *fmt, ...)
{
    int        n;
    char       text[256];
    va_list    args;
    oci_str_t  s = oci_null_string;

    va_start(args, fmt);
    n = oci_vformat(text, sizeof(text), fmt, args);
    va_end(args);

    if (n < 0) {
        return s;
    }

    s.data = oci_palloc(pool, (size_t) n + 1);
    if (s.data == NULL) {
        return s;
    }

    s.len = (size_t) n;

    if (s.len < sizeof(text)) {
        memcpy(s.data, text, s.len + 1);
        return s;
    }

    va_start(args, fmt);
    (void) oci_vformat((char *) s.data, s.len + 1, fmt, args);
    va_end(args);

    return s;
}


char *
oci_cstr(oci_pool_t *pool, const oci_str_t *s)
{
    return (char *) oci_str_dup(pool, s->data, s->len).data;
}


bool
oci_str_number(const oci_str_t *s, uint64_t max, uint64_t *value)
{
    size_t    i;
    uint64_t  n, digit;

    if (s->len == 0) {
        return false;
    }

    for (n = 0, i = 0; i < s->len; i++) {

        if (s->data[i] < '0' || s->data[i] > '9') {
            return false;
        }

        digit = (uint64_t) (s->data[i] - '0');

        if (digit > max || n > (max - digit) / 10) {
            return false;
        }

        n = n * 10 + digit;
    }

    *value = n;

    return true;
}


size_t
oci_utf8_size(const u_char *p, size_t len)
{
    size_t    i, n;
    uint32_t  c;

    if (p[0] < 0x80) {
        return 1;
    }

    n = (p[0] >= 0xf0) ? 4 : (p[0] >= 0xe0) ? 3 : 2;

    if (p[0] < 0xc2 || p[0] > 0xf4 || len < n) {
        return 0;
    }

    c = p[0] & (0xffu >> (n + 1));

    for (i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }

        c = c << 6 | (p[i] & 0x3f);
    }

    if ((n == 3 && c < 0x800) || (n == 4 && (c < 0x10000 || c > 0x10ffff))
        || (c >= 0xd800 && c < 0xe000))
    {
        return 0;
    }

    return n;
}


void
oci_array_init(oci_array_t *a, oci_pool_t *pool, size_t size)
{
    a->elts = NULL;
    a->nelts = 0;
    a->size = size;
    a->nalloc = 0;
    a->pool = pool;
}


void *
oci_array_push(oci_array_t *a)
{
    void    *elts;
    size_t   n;

    if (a->nelts == a->nalloc) {
        n = (a->nalloc == 0) ? 8 : a->nalloc * 2;

        if (n > SIZE_MAX / 2 / a->size) {
            return NULL;
        }

        elts = oci_palloc(a->pool, n * a->size);
        if (elts == NULL) {
            return NULL;
        }

        if (a->nelts != 0) {
            memcpy(elts, a->elts, a->nelts * a->size);
        }

        a->elts = elts;
        a->nalloc = n;
    }

    return memset((u_char *) a->elts + a->size * a->nelts++, 0, a->size);
}


void
oci_buf_add(oci_buf_t *b, const void *data, size_t len)
{
    if (!oci_buf_reserve(b, len)) {
        return;
    }

    if (len != 0) {
        memcpy(b->data + b->len, data, len);
    }

    b->len += len;
    b->data[b->len] = '\0';
}


void
oci_buf_adds(oci_buf_t *b, const char *text)
{
    oci_buf_add(b, text, strlen(text));
}


void
oci_buf_addf(oci_buf_t *b, const char *fmt, ...)
{
    int      n;
    char     text[256];
    va_list  args;

    va_start(args, fmt);
    n = oci_vformat(text, sizeof(text), fmt, args);
    va_end(args);

    if (n < 0 || !oci_buf_reserve(b, (size_t) n)) {
        b->failed = true;
        return;
    }

    if ((size_t) n < sizeof(text)) {
        oci_buf_add(b, text, (size_t) n);
        return;
    }

    va_start(args, fmt);
    (void) oci_vformat((char *) b->data + b->len, (size_t) n + 1, fmt,
                       args);
    va_end(args);

    b->len += (size_t) n;
}


void
oci_buf_free(oci_buf_t *b)
{
    free(b->data);
    memset(b, 0, sizeof(oci_buf_t));
}


oci_str_t
oci_buf_end(oci_buf_t *b, oci_pool_t *pool)
{
    oci_str_t  text = oci_null_string;

    if (!b->failed) {
        text = oci_str_dup(pool, b->data, b->len);
    }

    oci_buf_free(b);

    return text;
}


bool
oci_buf_reserve(oci_buf_t *b, size_t len)
{
    size_t   need;
    u_char  *data;

    if (b->failed || len > SIZE_MAX / 4) {
        b->failed = true;
        return false;
    }

    need = b->len + len + 1;

    if (need <= b->nalloc) {
        return true;
    }

    if (need < b->nalloc * 2) {
        need = b->nalloc * 2;
    }

    if (need < 128) {
        need = 128;
    }

    data = realloc(b->data, need);
    if (data == NULL) {
        b->failed = true;
        return false;
    }

    b->data = data;
    b->nalloc = need;

    return true;
}
