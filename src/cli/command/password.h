/*
 * What a command asks at the terminal.
 */

#ifndef PASSWORD_H
#define PASSWORD_H

#include "oci_core.h"


/*
 * Asks on standard error and reads one line from the terminal, without its
 * line feed and without showing it.  The caller wipes it.
 */

oci_status_e password_ask(oci_pool_t *pool, const char *prompt,
    oci_str_t *text, oci_error_t *err);

/* a password that is all of standard input, but for one line end */

oci_status_e password_input(oci_pool_t *pool, oci_str_t *text,
    oci_error_t *err);

#define PASSWORD_CONTINUE  "Are you sure you would like to continue? [y/N] "

/* asks a question; true: the answer on standard input begins with y or Y */

bool password_confirm(const char *question);


#endif /* PASSWORD_H */
