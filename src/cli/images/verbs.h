/*
 * The verbs about whole images and their registries, for the table in main.c.
 */

#ifndef IMAGES_VERBS_H
#define IMAGES_VERBS_H

#include "command/command.h"


extern const cmd_verb_t  cmd_copy;
extern const cmd_verb_t  cmd_save;
extern const cmd_verb_t  cmd_load;
extern const cmd_verb_t  cmd_ls;
extern const cmd_verb_t  cmd_du;
extern const cmd_verb_t  cmd_rm;
extern const cmd_verb_t  cmd_gc;
extern const cmd_verb_t  cmd_fsck;
extern const cmd_verb_t  cmd_login;
extern const cmd_verb_t  cmd_logout;


#endif /* IMAGES_VERBS_H */
