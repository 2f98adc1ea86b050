/*
 * What the readers of YAML share: libyaml's document, looked into.
 */

#ifndef OCI_SCAN_BASE_YAML_H
#define OCI_SCAN_BASE_YAML_H

#include "oci_core.h"

#include <yaml.h>


/*
 * The first document of text, which the caller deletes (yaml_document_delete).
 * OCI_INVALID: "line 3: ...".
 */

oci_status_e oci_scan_yaml_load(yaml_document_t *doc, const oci_str_t *text,
    oci_error_t *err);

/* the value of a map's key; NULL: there is none, or node is no map */

yaml_node_t *oci_scan_yaml_member(yaml_document_t *doc, yaml_node_t *map,
    const char *name);

/* a scalar that says nothing: "", ~, null */

bool oci_scan_yaml_null(const yaml_node_t *node);


#endif /* OCI_SCAN_BASE_YAML_H */
