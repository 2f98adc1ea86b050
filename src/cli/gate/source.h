/*
 * What the gate asks of a registry, or of a store.
 */

#ifndef GATE_SOURCE_H
#define GATE_SOURCE_H

#include "images/target.h"
#include "oci_gate.h"


/* the repository of an open target; both live as long as its command */

oci_status_e gate_source(oci_gate_source_t *source, target_t *target,
    oci_error_t *err);


#endif /* GATE_SOURCE_H */
