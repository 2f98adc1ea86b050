/*
 * What the parts of a collection share: to tell, to pace, to pass errors on.
 */

#include "oci_keep.h"


void
oci_collector_event(oci_collector_t *c, oci_collect_kind_e kind,
    const oci_str_t *repo, const oci_str_t *name, uint64_t size,
    const char *why)
{
    oci_collect_event_t  event = { kind, *repo, *name, size, why };

    if (kind == OCI_COLLECT_PROBLEM) {
        c->sum->problems++;
    }

    if (c->options->event != NULL) {
        c->options->event(c->options->data, &event);
    }
}


oci_status_e
oci_collector_rc(oci_status_e rc, oci_status_e harmless,
    const oci_error_t *why, oci_error_t *err)
{
    return (rc == OCI_OK || rc == harmless)
           ? rc : oci_error(err, rc, 0, "%s", why->text);
}


oci_status_e
oci_collector_pace(oci_collector_t *c)
{
    return (c->options->pace != NULL)
           ? c->options->pace(c->options->data, c->sum) : OCI_OK;
}
