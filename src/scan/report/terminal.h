/*
 * Text on a terminal: what is harmless there, and how wide it is.
 */

#ifndef OCI_SCAN_REPORT_TERMINAL_H
#define OCI_SCAN_REPORT_TERMINAL_H

#include "oci_core.h"


/*
 * Text made safe for a terminal: control and bidirectional-override
 * characters become \x1b, \u202e; invalid UTF-8 becomes U+FFFD.
 */

oci_str_t terminal_clean(oci_pool_t *pool, const oci_str_t *text);

/* the columns that it takes on a terminal */

size_t terminal_width(const u_char *data, size_t len);

/* without white space, as Unicode has it, at both ends */

oci_str_t terminal_trim(oci_str_t s);


#endif /* OCI_SCAN_REPORT_TERMINAL_H */
