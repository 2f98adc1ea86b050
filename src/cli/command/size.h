/*
 * Numbers of bytes as people read them.
 */

#ifndef CMD_SIZE_H
#define CMD_SIZE_H

#include "oci_core.h"


#define CMD_SIZE_LEN  32


/* "17 B", "1.2 MiB": written into text, which is returned */

const char *cmd_size(uint64_t bytes, char text[CMD_SIZE_LEN]);

/* "1048576", "50M", "1G": powers of 1024; false: not a size, or 0 */

bool cmd_size_parse(const char *text, uint64_t *bytes);


#endif /* CMD_SIZE_H */
