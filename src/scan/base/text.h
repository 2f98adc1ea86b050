/*
 * Small text tools for the parsers of package databases.  Strings are slices
 * of the file that is parsed; nothing is copied.
 */

#ifndef OCI_SCAN_BASE_TEXT_H
#define OCI_SCAN_BASE_TEXT_H

#include "oci_core.h"


/* takes the next line from rest, without its end; false when none is left */

bool oci_scan_text_line(oci_str_t *rest, oci_str_t *line);

/* takes the next word, as white space separates them */

bool oci_scan_text_word(oci_str_t *rest, oci_str_t *word);

/* takes what comes before the next sep, or all; false when none is left */

bool oci_scan_text_split(oci_str_t *rest, u_char sep, oci_str_t *part);

oci_str_t oci_scan_text_trim(oci_str_t s);                  /* white space */
oci_str_t oci_scan_text_trim_set(oci_str_t s, const char *set);
oci_str_t oci_scan_text_skip(oci_str_t s, size_t n);

/* where text begins in s, or -1 */

ssize_t oci_scan_text_find(const oci_str_t *s, const char *text);
ssize_t oci_scan_text_find_last(const oci_str_t *s, u_char c);

/* cuts at the first sep: true with both sides, false with all in before */

bool oci_scan_text_cut(oci_str_t s, u_char sep, oci_str_t *before,
    oci_str_t *after);

/* drops it from the front or the end; false when it is not there */

bool oci_scan_text_cut_prefix(oci_str_t *s, const char *prefix);
bool oci_scan_text_cut_suffix(oci_str_t *s, const char *suffix);

/* lower or upper case of ASCII, in pool */

oci_str_t oci_scan_text_lower(oci_pool_t *pool, const oci_str_t *s);
oci_str_t oci_scan_text_upper(oci_pool_t *pool, const oci_str_t *s);

/* the last element of a path, and what is before it without the slash */

oci_str_t oci_scan_text_base(const oci_str_t *path);
oci_str_t oci_scan_text_dir(const oci_str_t *path);

/* whether path lies in dir, which ends with a slash, and its name there */

bool oci_scan_text_in_dir(const oci_str_t *path, const char *dir,
    oci_str_t *name);

int oci_scan_text_order(const void *a, const void *b);      /* for qsort */


/*
 * The header block of a MIME message, which is what dpkg, Python and others
 * write: "Key: value" lines, continued by lines that begin with white space,
 * up to an empty line.  It stops where Go's net/textproto does.
 */

typedef struct {
    oci_str_t  key;
    oci_str_t  value;           /* unfolded: a space for each line end */
} oci_scan_field_t;

typedef struct {
    oci_array_t  fields;        /* of oci_scan_field_t */
    bool         malformed;     /* the rest of the block was given up */
} oci_scan_mime_t;

oci_status_e oci_scan_mime(oci_scan_mime_t *mime, oci_pool_t *pool,
    oci_str_t text, oci_error_t *err);

/* the first value of key, whatever its case; empty when there is none */

oci_str_t oci_scan_mime_get(const oci_scan_mime_t *mime, const char *key);


#endif /* OCI_SCAN_BASE_TEXT_H */
