/*
 * The flags of the scanning verbs.
 */

#ifndef SCAN_FLAGS_H
#define SCAN_FLAGS_H

#include "command/command.h"


extern const cmd_flags_t  scan_all_flags[];
extern const cmd_flags_t  scan_db_flags[];      /* of tally db */
extern const cmd_flags_t  scan_version_flags[];

/* Trivy's flags that are not ours (flags_other.c) */

extern const cmd_flag_t  scan_other_flags[];

void scan_defaults(void *options);


#endif /* SCAN_FLAGS_H */
