/*
 * librpm, loaded when the first rpm database is read or the first two rpm
 * versions are compared: images of other families never pay for it.
 */

#ifndef OCI_SCAN_BASE_LIBRPM_H
#define OCI_SCAN_BASE_LIBRPM_H

#include "oci_late.h"

#include <rpm/header.h>
#include <rpm/rpmdb.h>
#include <rpm/rpmlib.h>
#include <rpm/rpmlog.h>
#include <rpm/rpmmacro.h>
#include <rpm/rpmts.h>
#include <rpm/rpmver.h>


#define OCI_SCAN_LIBRPM(X)                                                    \
    X(headerGet) X(headerGetNumber) X(headerGetString) X(headerIsEntry)       \
    X(rpmDefineMacro) X(rpmPushMacro) X(rpmReadConfigFiles)                   \
    X(rpmdbFreeIterator) X(rpmdbNextIterator) X(rpmlogSetMask)                \
    X(rpmtdFreeData) X(rpmtdNextString) X(rpmtsCreate) X(rpmtsInitIterator)   \
    X(rpmtsOpenDB) X(rpmtsSetRootDir) X(rpmtsSetVSFlags) X(rpmverCmp)         \
    X(rpmverFree) X(rpmverParse)


typedef struct {
    OCI_SCAN_LIBRPM(OCI_LATE_FIELD)
} oci_scan_librpm_t;


/* fills rpm; OCI_NOT_FOUND: there is no librpm */

oci_status_e oci_scan_librpm_load(oci_scan_librpm_t *rpm, oci_error_t *err);


#endif /* OCI_SCAN_BASE_LIBRPM_H */
