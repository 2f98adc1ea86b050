/*
 * The time that a command may take, --timeout: one for the whole program.
 *
 * Whoever waits for others asks how much is left, and fails in the ordinary
 * way when there is none.  What does not ask is ended shortly afterwards.
 */

#ifndef DEADLINE_H
#define DEADLINE_H

#include "oci_core.h"


/* from now on, in ms; 0: no limit */

void deadline_set(int64_t ms);

/* ms; at least 0; INT64_MAX without a limit */

int64_t deadline_left(void);

/* the clock stands still while a person is asked */

void deadline_pause(void);
void deadline_resume(void);


#endif /* DEADLINE_H */
