/*
 * The terminal: untrusted text made harmless, colours only where they help.
 */

#ifndef TERM_H
#define TERM_H

#include "oci_core.h"

#include <stdio.h>


/*
 * Writes text with control characters (also C1 and what is not UTF-8) shown
 * as \xNN, so that it cannot steer a terminal or forge a line of a log.
 */

void term_print(FILE *stream, const char *text, size_t len);

/* may stream be coloured: a terminal, NO_COLOR unset, TERM not "dumb" */

bool term_colours(FILE *stream);


#endif /* TERM_H */
