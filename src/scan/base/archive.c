/*
 * libarchive, loaded when the first archive is opened.
 */

#include "archive.h"


oci_status_e
oci_scan_archive_load(oci_scan_archive_t *la, oci_error_t *err)
{
    static const char *const  names[] = { OCI_SCAN_ARCHIVE(OCI_LATE_NAME) };

    return oci_late_load(TALLY_LIBARCHIVE, names,
                         sizeof(names) / sizeof(names[0]), la, err);
}
