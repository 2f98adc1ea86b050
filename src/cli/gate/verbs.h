/*
 * The verb of the gate, for the table in main.c.
 */

#ifndef GATE_VERBS_H
#define GATE_VERBS_H

#include "command/command.h"


extern const cmd_verb_t  cmd_gate;


#endif /* GATE_VERBS_H */
