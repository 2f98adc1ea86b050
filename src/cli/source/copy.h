/*
 * Images from one place to another, with all that belongs to them.
 */

#ifndef CARRY_H
#define CARRY_H

#include "command/command.h"
#include "source/source.h"


/* the parts to carry; without CARRY_IMAGE attachments alone */

#define CARRY_IMAGE         1u
#define CARRY_SIGNATURES    2u
#define CARRY_ATTESTATIONS  4u
#define CARRY_SBOMS         8u
#define CARRY_REFERRERS     16u
#define CARRY_ALL           31u


typedef struct {
    cmd_t            *cmd;
    source_t         *from;
    source_t         *to;
    oci_reference_t   source;       /* what to carry, by tag or digest */
    oci_reference_t   target;       /* its repository, and its new tag */
    const char       *platform;     /* of an index, only this; or NULL */
    const char       *said;         /* of the target, in messages */
    unsigned          what;
    bool              force;        /* tags that are there are moved */
    unsigned          manifests;    /* carried so far; begins at 0 */
    uint64_t          bytes;        /* of their blobs; the same */
} carry_t;


/*
 * Carries the image, the images of an index, their signatures, attestations
 * and SBOMs, and what refers to them.  The new tag comes last, so that what
 * it names is whole.  progress.h is told of it.  OCI_EXISTS: a tag is there
 * and is another image's.
 */

oci_status_e carry(carry_t *c);


#endif /* CARRY_H */
