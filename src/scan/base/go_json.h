/*
 * JSON that others wrote, read as Go's decoders read it: what runs the image
 * and what else scans it take it so, and a file that only we refuse would be
 * one whose packages nobody is told of.  What is verified is read by
 * oci_json.h, which is strict.
 *
 * Source: RFC 8259; the documentation of Go's encoding/json and
 * encoding/json/v2.
 */

#ifndef OCI_SCAN_BASE_GO_JSON_H
#define OCI_SCAN_BASE_GO_JSON_H

#include "oci_json.h"


typedef enum {

    /*
     * encoding/json: bytes that are not UTF-8 and lone surrogates become
     * U+FFFD, a number of any size is one, the last of equal keys counts
     */

    OCI_SCAN_JSON_WHOLE = 0,        /* json.Unmarshal() */
    OCI_SCAN_JSON_FIRST,            /* Decode(): what follows is not read */

    /* encoding/json/v2: none of this but the numbers, no key comes twice */

    OCI_SCAN_JSON_V2
} oci_scan_json_e;


/* names of members, in the order of their small letters, the last NULL */

typedef const char *const  oci_scan_names_t;


/*
 * Parses text; NULL: OCI_INVALID, or OCI_LIMIT for more than
 * OCI_SCAN_JSON_LEVELS of nesting or too many values for their bytes.  What is
 * nested deeper than OCI_SCAN_JSON_KEPT is null in the result, which belongs
 * to the caller: json_decref().
 *
 * Members whose names differ from those in names by their case alone get that
 * name, in all objects: Go finds them so.  names may be NULL.
 */

#define OCI_SCAN_JSON_LEVELS  10000
#define OCI_SCAN_JSON_KEPT    1000

json_t *oci_scan_json_load(const oci_str_t *text, oci_scan_json_e how,
    oci_scan_names_t *names, oci_error_t *err);

/* the same for one object that is already read, not for what is in it */

bool oci_scan_json_names(json_t *object, oci_scan_names_t *names);


#endif /* OCI_SCAN_BASE_GO_JSON_H */
