/*
 * Services as flags name them: "url=...,start-time=...,...".
 */

#ifndef SIGN_SPECS_H
#define SIGN_SPECS_H

#include "command/command.h"
#include "oci_json.h"


typedef struct {
    const char  *url;
    const char  *public_key;        /* path */
    const char  *chain;             /* path */
    const char  *version;
    const char  *start;             /* RFC 3339 */
    const char  *end;
    const char  *operator;
    const char  *origin;
} sign_spec_t;


/*
 * Reads one.  needs are the keys that must be there, ended by NULL; flag is
 * the name of the flag, for errors.  Times are checked.
 */

oci_status_e sign_spec_read(cmd_t *cmd, const char *flag, const char *text,
    const char *const *needs, sign_spec_t *spec);

/* {"start": ..., "end": ...}, a new reference */

json_t *sign_spec_valid_for(const sign_spec_t *spec);

/* writes the document to the file, or to standard output for NULL; takes it */

oci_status_e sign_spec_write(cmd_t *cmd, json_t *document, const char *name);


#endif /* SIGN_SPECS_H */
