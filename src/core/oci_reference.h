/*
 * Names of repositories and tags.
 */

#ifndef OCI_REFERENCE_H
#define OCI_REFERENCE_H

#include "oci_core.h"


bool oci_name_valid(const oci_str_t *name);
bool oci_tag_valid(const oci_str_t *tag);


#endif /* OCI_REFERENCE_H */
