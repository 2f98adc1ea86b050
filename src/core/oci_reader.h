/*
 * Steps through JSON text without keeping it in memory.
 *
 * It takes what Go's encoding/json takes, which registry:2 reads with: numbers
 * of any size, bytes that are not UTF-8, lone surrogates, names that come
 * twice, thousands of levels.  What is passed over costs no memory, so that no
 * document is refused for members that nobody asks for.
 */

#ifndef OCI_READER_H
#define OCI_READER_H

#include "oci_core.h"


/* the levels that are passed over: Go's 10000, less what may be around them */

#define OCI_READER_DEPTH  9990


/* pos is where to go on; after a failure, near what is wrong */

typedef struct {
    const u_char  *start;
    const u_char  *pos;
    const u_char  *end;
} oci_reader_t;


void oci_reader_init(oci_reader_t *r, const oci_str_t *text);

/* the next byte that is no blank, which is not taken; NUL at the end */

u_char oci_reader_peek(oci_reader_t *r);

/* takes c, after blanks; false: something else is there */

bool oci_reader_take(oci_reader_t *r, char c);

/*
 * Adds a string, decoded, to text, unless that is NULL.  What is not UTF-8
 * becomes U+FFFD, as in Go.  False: no string is there.
 */

bool oci_reader_string(oci_reader_t *r, oci_buf_t *text);

/*
 * The name of a member, and its colon; text is emptied before.  U+0000 in it
 * becomes U+FFFD: jansson has no such names.
 */

bool oci_reader_name(oci_reader_t *r, oci_buf_t *text);

/* a number as it is written */

bool oci_reader_number(oci_reader_t *r, oci_str_t *number);

/* passes over one value of any kind; false: it is not JSON */

bool oci_reader_skip(oci_reader_t *r);

/* nothing but blanks is left */

bool oci_reader_done(oci_reader_t *r);


#endif /* OCI_READER_H */
