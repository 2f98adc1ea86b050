/*
 * The state of a running hash, put away beside the bytes that it is of.
 *
 *     tally-state 1 <boot> <alg> <offset> <five numbers of the mark>\n
 *     <the hash, as Go's crypto packages save it>
 *
 * For the file system's backend alone.
 */

#ifndef OCI_STATE_H
#define OCI_STATE_H

#include "oci_store.h"


#define OCI_STATE_BOOT  40
#define OCI_STATE_MAX   (256 + OCI_HASH_STATE_MAX)


typedef struct {
    char        boot[OCI_STATE_BOOT];   /* which boot of which machine */
    oci_mark_t  mark;                   /* of the bytes */
    uint64_t    offset;
    oci_hash_t  hash;
} oci_state_t;


/* the text of a state; what is no state is OCI_INVALID */

oci_status_e oci_state_parse(oci_state_t *state, const oci_str_t *text);
size_t oci_state_format(const oci_state_t *state,
    u_char text[OCI_STATE_MAX]);


#endif /* OCI_STATE_H */
