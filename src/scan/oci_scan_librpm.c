/*
 * librpm, loaded once in a process.
 */

#include "oci_scan_librpm.h"

#include <pthread.h>


static void librpm_load(void);


static struct {
    pthread_once_t     once;
    oci_status_e       rc;
    oci_error_t        err;
    oci_scan_librpm_t  functions;
} librpm = { .once = PTHREAD_ONCE_INIT };


const oci_scan_librpm_t *
oci_scan_librpm(oci_error_t *err)
{
    (void) pthread_once(&librpm.once, librpm_load);

    if (librpm.rc != OCI_OK) {
        (void) oci_error(err, librpm.rc, 0, "%s", librpm.err.text);
        return NULL;
    }

    return &librpm.functions;
}


static void
librpm_load(void)
{
    static const char *const  names[] = { OCI_SCAN_LIBRPM(OCI_LATE_NAME) };

    librpm.rc = oci_late_load(TALLY_LIBRPM, names,
                              sizeof(names) / sizeof(names[0]),
                              &librpm.functions, &librpm.err);
}
