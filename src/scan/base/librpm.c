/*
 * librpm, loaded when it is first needed.
 */

#include "librpm.h"


oci_status_e
oci_scan_librpm_load(oci_scan_librpm_t *rpm, oci_error_t *err)
{
    static const char *const  names[] = { OCI_SCAN_LIBRPM(OCI_LATE_NAME) };

    return oci_late_load(TALLY_LIBRPM, names,
                         sizeof(names) / sizeof(names[0]), rpm, err);
}
