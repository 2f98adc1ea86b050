/*
 * Regular expressions in Go's grammar (RE2) on PCRE2's machine: what Go
 * refuses is refused, since it would mean something else there, and what is
 * found is what Go's regexp finds.  PCRE2 may take long where RE2 does not:
 * a search that does is given up.
 */

#ifndef OCI_REGEXP_H
#define OCI_REGEXP_H

#include "oci_core.h"


/* may be used by several threads, each with a room of its own */

typedef struct oci_regexp_s       oci_regexp_t;
typedef struct oci_regexp_room_s  oci_regexp_room_t;


/* both live as long as pool; OCI_INVALID: no expression */

oci_status_e oci_regexp_compile(oci_regexp_t **re, oci_pool_t *pool,
    const char *pattern, oci_error_t *err);
oci_regexp_room_t *oci_regexp_room(oci_pool_t *pool);


typedef struct {
    size_t  start;
    size_t  end;
} oci_regexp_span_t;

typedef enum {
    OCI_REGEXP_FOUND_NOT = 0,
    OCI_REGEXP_FOUND,
    OCI_REGEXP_FOUND_LIMIT        /* given up */
} oci_regexp_e;


/* the first match from there on; text is valid UTF-8 */

oci_regexp_e oci_regexp_find(const oci_regexp_t *re,
    oci_regexp_room_t *room, const oci_str_t *text, size_t from,
    oci_regexp_span_t *whole);

/*
 * What the next group of that name took of the match that was just found;
 * false: no more groups have it.  group is 0 at first.  A group that took
 * nothing begins at SIZE_MAX.
 */

bool oci_regexp_part(const oci_regexp_t *re,
    oci_regexp_room_t *room, const char *name, unsigned *group,
    oci_regexp_span_t *part);

/*
 * Moves on to where the next match is looked for, which is there while from
 * is not behind the text.  last is where the one before ended, SIZE_MAX at
 * first.  False: this one is empty and at the end of that, and no match.
 */

bool oci_regexp_next(const oci_str_t *text, const oci_regexp_span_t *whole,
    size_t *from, size_t *last);

/* anywhere in text, which is valid UTF-8, unless anchored */

bool oci_regexp_test(const oci_regexp_t *re,
    oci_regexp_room_t *room, const oci_str_t *text);


/* the same of a pattern that is used once, and any text */

bool oci_regexp_valid(const char *pattern);
bool oci_regexp_match(const char *pattern, const oci_str_t *text);


/*
 * Text as Go's regexp sees it: each byte that is no UTF-8 as U+FFFD, in text
 * of at least three times its length.  map, with an element more than text,
 * says where in raw each byte comes from.  Returns the length.
 */

size_t oci_regexp_text(const oci_str_t *raw, u_char *text,
    uint32_t *map);


#endif /* OCI_REGEXP_H */
