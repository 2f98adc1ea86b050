/*
 * Tally core: the few types that everything else is made of.
 *
 * The core is a plain C11 library.  It knows neither nginx nor the command,
 * keeps no global state and prints nothing.  Who calls owns what it passes;
 * what a function gives back lives in the pool that it was given.
 */

#ifndef OCI_CORE_H
#define OCI_CORE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE                     /* nginx compiles us with its flags */
#endif

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>



/*
 * The meaning of a result.  Which HTTP status or exit code it becomes is
 * decided in one table above the core.
 */

typedef enum {
    OCI_OK = 0,
    OCI_NOT_FOUND,      /* what was named does not exist */
    OCI_EXISTS,         /* it exists and may not be replaced */
    OCI_INVALID,        /* malformed input */
    OCI_MISMATCH,       /* content and digest, or claim and fact, differ */
    OCI_RANGE,          /* an offset or range that does not fit */
    OCI_DENIED,         /* policy, permissions or verification say no */
    OCI_LIMIT,          /* larger, deeper or longer than we accept */
    OCI_BUSY,           /* someone else holds it; try again */
    OCI_NOSPACE,        /* disk full or quota reached */
    OCI_IO,             /* the system or the network failed */
    OCI_NOMEM           /* out of memory, descriptors or locks; for now */
} oci_status_e;


/*
 * An error as a value, owned by the caller and zeroed by it.  The first error
 * wins: a later oci_error() on the same object changes nothing.  The text is
 * a lower-case fragment without a full stop, and never holds a secret.
 */

typedef struct {
    oci_status_e  status;
    int           sys_errno;        /* 0: not a system error */
    char          text[512];
} oci_error_t;


/*
 * Records an error and returns its status, so that a caller writes
 * "return oci_error(err, OCI_INVALID, 0, "...");".  With a system error,
 * ": " and its description are appended.  err may be NULL.
 */

oci_status_e oci_error(oci_error_t *err, oci_status_e status, int sys_errno,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/*
 * The same from errno: OCI_NOT_FOUND, OCI_NOSPACE, OCI_DENIED, OCI_NOMEM (also
 * when the system is short of descriptors or locks) or OCI_IO.
 */

oci_status_e oci_error_errno(oci_error_t *err, int sys_errno,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* "out of memory", which is OCI_NOMEM */

oci_status_e oci_nomem(oci_error_t *err);


/*
 * A pool: memory that is given back all at once.  Not for use by two threads
 * at a time.  Allocations are aligned for any type.
 */

typedef struct oci_pool_s  oci_pool_t;

oci_pool_t *oci_pool_create(void);              /* NULL: out of memory */
void oci_pool_destroy(oci_pool_t *pool);        /* NULL is allowed */
void *oci_palloc(oci_pool_t *pool, size_t size);
void *oci_pcalloc(oci_pool_t *pool, size_t size);

/*
 * Calls fn(data) when the pool is destroyed, last added first.  When there is
 * no memory to remember it, fn is called at once and OCI_NOMEM returned.
 */

oci_status_e oci_pool_cleanup(oci_pool_t *pool, void (*fn)(void *data),
    void *data);


/*
 * A counted string.  Text that this library returns is also terminated by a
 * NUL that len does not count; text that it is given need not be.
 */

typedef struct {
    size_t   len;
    u_char  *data;
} oci_str_t;

#define oci_string(lit)  { sizeof(lit) - 1, (u_char *) lit }
#define oci_null_string  { 0, NULL }

oci_str_t oci_str(const char *text);            /* no copy; NULL: empty */
bool oci_str_eq(const oci_str_t *a, const oci_str_t *b);
bool oci_str_is(const oci_str_t *s, const char *text);
int oci_str_cmp(const oci_str_t *a, const oci_str_t *b);    /* bytewise */
bool oci_str_prefix(const oci_str_t *s, const char *prefix);
bool oci_str_suffix(const oci_str_t *s, const char *suffix);

/* copies into the pool; data is NULL when out of memory */

oci_str_t oci_str_dup(oci_pool_t *pool, const u_char *data, size_t len);
/* as vsnprintf(); quick where only strings are put in */

int oci_vformat(char *text, size_t size, const char *fmt, va_list args)
    __attribute__((format(printf, 3, 0)));
oci_str_t oci_strf(oci_pool_t *pool, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
char *oci_cstr(oci_pool_t *pool, const oci_str_t *s);

/*
 * Reads decimal digits, nothing else.  False when s is empty, holds another
 * character or exceeds max.
 */

bool oci_str_number(const oci_str_t *s, uint64_t max, uint64_t *value);

/* how many bytes the UTF-8 character at p has; 0: it is none; len is not 0 */

size_t oci_utf8_size(const u_char *p, size_t len);


/* a growing array in a pool; elements move when it grows */

typedef struct {
    void        *elts;
    size_t       nelts;
    size_t       size;          /* of one element */
    size_t       nalloc;
    oci_pool_t  *pool;
} oci_array_t;

void oci_array_init(oci_array_t *a, oci_pool_t *pool, size_t size);
void *oci_array_push(oci_array_t *a);           /* zeroed; NULL: no memory */


/*
 * A growing text or byte buffer; failed is set once when out of memory.  Who
 * writes much calls drain at times, if there is one: it takes away what was
 * added, so that the whole is never in memory.
 */

typedef struct oci_buf_s  oci_buf_t;

struct oci_buf_s {
    u_char  *data;              /* terminated by NUL once anything is added */
    size_t   len;
    size_t   nalloc;
    bool     failed;
    void   (*drain)(oci_buf_t *b);
    void    *ctx;               /* drain's */
};

#define oci_null_buf  { NULL, 0, 0, false, NULL, NULL }

void oci_buf_add(oci_buf_t *b, const void *data, size_t len);
void oci_buf_adds(oci_buf_t *b, const char *text);
void oci_buf_addf(oci_buf_t *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void oci_buf_free(oci_buf_t *b);

/* what was added, in the pool's memory; frees b; data is NULL if b failed */

oci_str_t oci_buf_end(oci_buf_t *b, oci_pool_t *pool);

/* room for len more bytes and the NUL, to be written in place; false: none */

bool oci_buf_reserve(oci_buf_t *b, size_t len);


#endif /* OCI_CORE_H */
