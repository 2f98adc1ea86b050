/*
 * The settings that registry:2 has: those that are taken over, and a word on
 * each of those that are not.
 */

#ifndef NOTES_H
#define NOTES_H

#include "import/settings.h"

#include <stdio.h>


/*
 * Writes a comment for each setting of s that has no equivalent to out, and
 * a line to warn for those that are missed or unknown, or that the
 * environment set.  Values are not told: some are secrets.
 */

void notes_print(const settings_t *s, FILE *out, FILE *warn);


#endif /* NOTES_H */
