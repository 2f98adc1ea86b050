/*
 * The verb that takes over the configuration of another registry, for the
 * table in main.c.
 */

#ifndef IMPORT_VERBS_H
#define IMPORT_VERBS_H

#include "command/command.h"


extern const cmd_verb_t  cmd_import_config;


#endif /* IMPORT_VERBS_H */
