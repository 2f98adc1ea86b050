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
} emit_t;


void emit_init(emit_t *e, oci_buf_t *buf);

void emit_object(emit_t *e, const char *key);
void emit_array(emit_t *e, const char *key);
void emit_end(emit_t *e);                       /* of either */

void emit_str(emit_t *e, const char *key, const oci_str_t *value);
void emit_text(emit_t *e, const char *key, const char *value);
void emit_strf(emit_t *e, const char *key,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void emit_int(emit_t *e, const char *key, int64_t value);
void emit_real(emit_t *e, const char *key, double value);
void emit_bool(emit_t *e, const char *key, bool value);
void emit_null(emit_t *e, const char *key);

/* a whole tree in its own order; deeper than the emitter goes, it is cut */

void emit_json(emit_t *e, const char *key, const json_t *value);

/* as Go's omitempty: nothing is written for an empty string, 0, false */

void emit_opt(emit_t *e, const char *key, const oci_str_t *value);
void emit_opt_int(emit_t *e, const char *key, int64_t value);
void emit_opt_real(emit_t *e, const char *key, double value);

/* array of strings under key; nothing when there are none */

void emit_strs(emit_t *e, const char *key, const oci_str_t *values, size_t n);


/* text in double quotes, escaped as Go does; raw leaves <, > and & alone */

void emit_quote(oci_buf_t *b, const u_char *data, size_t len, bool raw);

/* the shortest decimal that reads back as value, in Go's notation */

void emit_number(oci_buf_t *b, double value);

/*
 * The next code point of UTF-8 at p < end and how many bytes it has; an
 * invalid byte is 0xFFFD and one byte long.
 */

uint32_t emit_rune(const u_char *p, const u_char *end, unsigned *len);


#endif /* OCI_SCAN_REPORT_EMIT_H */
