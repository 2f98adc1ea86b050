/*
 * Completion for shells, made out of the same tables as --help.
 */

#ifndef CMD_COMPLETION_H
#define CMD_COMPLETION_H

#include "command/command.h"


/* prints the script for bash, zsh, fish or powershell; false: no such shell */

bool cmd_completion(const cmd_verb_t *const *verbs, const char *shell);


#endif /* CMD_COMPLETION_H */
