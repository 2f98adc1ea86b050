/*
 * Manual pages, made out of the same tables as --help: man(7) on standard
 * output.
 */

#ifndef CMD_MANUAL_H
#define CMD_MANUAL_H

#include "command/command.h"


/* tally(1): the list of the verbs, which NULL ends */

void cmd_manual(const cmd_verb_t *const *verbs, const char *version);

/* tally-VERB(1) */

void cmd_manual_verb(const cmd_verb_t *verb, const char *version);


#endif /* CMD_MANUAL_H */
