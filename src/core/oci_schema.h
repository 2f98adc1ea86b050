/*
 * The members of manifests, and documents that readers take differently.
 *
 * registry:2 is written in Go, whose JSON reader matches names regardless of
 * case, lets the last of several win, and refuses a document for one member
 * of an unexpected type; its garbage collector stops at the first document
 * that is refused, or deletes what another reader of it would have kept.
 */

#ifndef OCI_SCHEMA_H
#define OCI_SCHEMA_H

#include "oci_core.h"

#include <jansson.h>


/*
 * OCI_INVALID, said in err: a known member has another type, or an unknown
 * one has the name of a known one but for case.  null counts as absent.
 */

oci_status_e oci_schema_check(const json_t *manifest, oci_error_t *err);


#endif /* OCI_SCHEMA_H */
