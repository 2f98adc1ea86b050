/*
 * One line on a terminal that says how far a command is.
 *
 * It is there only while somebody looks: standard error is a terminal, TERM is
 * not "dumb".  It has no colours, fits the terminal as wide as that is at the
 * moment, and is gone before anything else is printed.  Any thread may call.
 */

#ifndef PROGRESS_H
#define PROGRESS_H

#include "oci_core.h"


typedef enum {
    PROGRESS_COUNT,
    PROGRESS_BYTES
} progress_unit_e;


/*
 * Shows the line from now on, or hides it: with quiet, or when nobody looks.
 * True: it is shown.  There is one line, as there is one terminal; until this
 * is called, and where it is hidden, nothing is drawn.
 */

bool progress_open(bool quiet);

/*
 * Begins a part of the work: total of unit, 0 where that is not known; what
 * it is about, which is copied and may be anything.
 */

void progress_begin(const char *what, progress_unit_e unit, uint64_t total);

/* how much it is, when that is known later, or more has come to light */

void progress_total(uint64_t total);

/* another name for what is going on: len bytes, which may be anything */

void progress_name(const u_char *name, size_t len);

/* so much of it is done, or so much more; it never goes back */

void progress_at(uint64_t done);
void progress_add(uint64_t n);

/* takes the line away: something is to be printed, or all is done */

void progress_clear(void);


#endif /* PROGRESS_H */
