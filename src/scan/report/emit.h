/*
 * JSON as Go's encoding/json writes it with an indent of two spaces, so that
 * a report of ours can be compared with one of Trivy's byte by byte.  jansson
 * escapes and spaces differently, and a report is too large for a tree.
 */

#ifndef OCI_SCAN_REPORT_EMIT_H
#define OCI_SCAN_REPORT_EMIT_H

#include "oci_core.h"

#include <jansson.h>


#define OCI_SCAN_EMIT_DEPTH  64
#define OCI_SCAN_EMIT_DRAIN  (60 * 1024)    /* of a buffer that drains */


/*
 * Values are written one after another.  A key is given inside of an object
 * and is NULL inside of an array and at the top.
 */

typedef struct {
    oci_buf_t  *buf;
    unsigned    depth;
    unsigned    indent;                         /* levels added to each line */
    bool        raw;                            /* <, >, & are left alone */
    bool        filled[OCI_SCAN_EMIT_DEPTH];
    char        close[OCI_SCAN_EMIT_DEPTH];
} oci_scan_emit_t;


void oci_scan_emit_init(oci_scan_emit_t *e, oci_buf_t *buf);

void oci_scan_emit_object(oci_scan_emit_t *e, const char *key);
void oci_scan_emit_array(oci_scan_emit_t *e, const char *key);
void oci_scan_emit_end(oci_scan_emit_t *e);     /* of either */

void oci_scan_emit_str(oci_scan_emit_t *e, const char *key,
    const oci_str_t *value);
void oci_scan_emit_text(oci_scan_emit_t *e, const char *key,
    const char *value);
void oci_scan_emit_strf(oci_scan_emit_t *e, const char *key,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void oci_scan_emit_int(oci_scan_emit_t *e, const char *key, int64_t value);
void oci_scan_emit_real(oci_scan_emit_t *e, const char *key, double value);
void oci_scan_emit_bool(oci_scan_emit_t *e, const char *key, bool value);
void oci_scan_emit_null(oci_scan_emit_t *e, const char *key);

/* a whole tree in its own order; deeper than the emitter goes, it is cut */

void oci_scan_emit_json(oci_scan_emit_t *e, const char *key,
    const json_t *value);

/* as Go's omitempty: nothing is written for an empty string, 0, false */

void oci_scan_emit_opt(oci_scan_emit_t *e, const char *key,
    const oci_str_t *value);
void oci_scan_emit_opt_int(oci_scan_emit_t *e, const char *key,
    int64_t value);
void oci_scan_emit_opt_real(oci_scan_emit_t *e, const char *key,
    double value);

/* array of strings under key; nothing when there are none */

void oci_scan_emit_strs(oci_scan_emit_t *e, const char *key,
    const oci_str_t *values, size_t n);


/* text in double quotes, escaped as Go does; raw leaves <, > and & alone */

void oci_scan_quote(oci_buf_t *b, const u_char *data, size_t len, bool raw);

/* the shortest decimal that reads back as value, in Go's notation */

void oci_scan_real(oci_buf_t *b, double value);

/*
 * The next code point of UTF-8 at p < end and how many bytes it has; an
 * invalid byte is 0xFFFD and one byte long.
 */

uint32_t oci_scan_rune(const u_char *p, const u_char *end, unsigned *len);


#endif /* OCI_SCAN_REPORT_EMIT_H */
