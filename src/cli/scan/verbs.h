/*
 * The scanning verbs, for the table in main.c.
 */

#ifndef SCAN_VERBS_H
#define SCAN_VERBS_H

#include "command/command.h"


extern const cmd_verb_t  cmd_scan;
extern const cmd_verb_t  cmd_image;
extern const cmd_verb_t  cmd_fs;
extern const cmd_verb_t  cmd_rootfs;
extern const cmd_verb_t  cmd_db;
extern const cmd_verb_t  cmd_sbom;
extern const cmd_verb_t  cmd_convert;
extern const cmd_verb_t  cmd_version;
extern const cmd_verb_t  cmd_vex;


#endif /* SCAN_VERBS_H */
