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
 * The most values that are kept of a manifest: an empty object takes 3 bytes
 * of text and 250 of memory.  Beyond OCI_SCHEMA_VALUES there may be one for
 * every OCI_SCHEMA_SPREAD bytes (a descriptor has one for 30 or more).
 */

#define OCI_SCHEMA_VALUES  65536
#define OCI_SCHEMA_SPREAD  16

/*
 * Reads a manifest, of which only known members are kept.  What others say is
 * not judged, as long as Go's reader takes it (oci_reader.h).  NULL, said in
 * err: not JSON, a known member of another type or given twice, or an unknown
 * one with the name of a known one but for case (OCI_INVALID); more than the
 * bounds above (OCI_LIMIT).  null counts as absent.
 * The result belongs to the caller: json_decref().
 */

json_t *oci_schema_read(const oci_str_t *manifest, oci_error_t *err);


#endif /* OCI_SCHEMA_H */
