/*
 * The verbs about who may use a registry, for the table in main.c.
 */

#ifndef USERS_VERBS_H
#define USERS_VERBS_H

#include "command/command.h"


extern const cmd_verb_t  cmd_access;
extern const cmd_verb_t  cmd_passwd;
extern const cmd_verb_t  cmd_token;


#endif /* USERS_VERBS_H */
