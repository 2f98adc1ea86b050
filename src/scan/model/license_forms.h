/*
 * The usual names of licences.
 */

#ifndef OCI_SCAN_MODEL_LICENSE_FORMS_H
#define OCI_SCAN_MODEL_LICENSE_FORMS_H


/*
 * The SPDX identifier that a name in standard form stands for, "+" behind it:
 * or a later version; NULL: not a usual name.
 */

const char *license_form(const char *key);


#endif /* OCI_SCAN_MODEL_LICENSE_FORMS_H */
