/*
 * What the parts of a check share: to tell, to pace, to find damage.
 */

#include "oci_checker.h"

#include <stdlib.h>
#include <string.h>


oci_damage_t *
oci_checker_damage(oci_checker_t *c, const oci_digest_t *digest)
{
    oci_damage_t  key;

    memset(&key, 0, sizeof(oci_damage_t));
    key.digest = *digest;

    return bsearch(&key, c->damages.elts, c->damages.nelts,
                   sizeof(oci_damage_t), oci_checker_cmp);
}


int
oci_checker_cmp(const void *a, const void *b)
{
    const oci_damage_t  *x = a, *y = b;

    return strcmp(x->digest.text, y->digest.text);
}


void
oci_checker_tell(oci_checker_t *c, const oci_finding_t *finding)
{
    if (finding->kind == OCI_FSCK_UNREADABLE) {
        c->sum->unreadable++;

    } else if (finding->kind >= OCI_FSCK_ORPHAN) {
        c->sum->idle++;

    } else {
        c->sum->damaged++;
        c->sum->repaired += finding->repaired;
    }

    if (c->options->finding != NULL) {
        c->options->finding(c->options->data, finding);
    }
}


oci_status_e
oci_checker_pace(oci_checker_t *c, size_t bytes)
{
    return (c->options->pace != NULL)
           ? c->options->pace(c->options->data, c->sum, bytes) : OCI_OK;
}
