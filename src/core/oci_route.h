/*
 * Routes: what a request is about.
 *
 * Sources: OCI Distribution Specification 1.1, "Endpoints"; Docker Registry
 * HTTP API V2.  Names may contain components such as "blobs" or "tags", so a
 * path is read from its right end.
 */

#ifndef OCI_ROUTE_H
#define OCI_ROUTE_H

#include "oci_core.h"
#include "oci_digest.h"


typedef enum {
    OCI_ROUTE_NONE = 0,         /* not an endpoint of the API */
    OCI_ROUTE_ROOT,             /* / */
    OCI_ROUTE_BASE,             /* /v2/ */
    OCI_ROUTE_CATALOG,          /* /v2/_catalog */
    OCI_ROUTE_TAGS,             /* /v2/<name>/tags/list */
    OCI_ROUTE_MANIFEST,         /* /v2/<name>/manifests/<reference> */
    OCI_ROUTE_BLOB,             /* /v2/<name>/blobs/<digest> */
    OCI_ROUTE_UPLOADS,          /* /v2/<name>/blobs/uploads/ */
    OCI_ROUTE_UPLOAD,           /* /v2/<name>/blobs/uploads/<id> */
    OCI_ROUTE_REFERRERS         /* /v2/<name>/referrers/<digest> */
} oci_route_e;


/* the fault of a path that names an endpoint */

typedef enum {
    OCI_ROUTE_GOOD = 0,
    OCI_ROUTE_BAD_NAME,
    OCI_ROUTE_BAD_TAG,
    OCI_ROUTE_BAD_DIGEST,
    OCI_ROUTE_BAD_ID
} oci_route_fault_e;


typedef struct {
    oci_route_e        kind;
    oci_route_fault_e  fault;
    oci_str_t          repo;        /* these point into the path */
    oci_str_t          reference;   /* a tag, a digest or an upload's id */
    oci_digest_t       digest;      /* alg is OCI_ALG_NONE for a tag */
} oci_route_t;


/*
 * Reads the path of a request, percent-decoded once, without the query.
 * Never fails: kind and fault tell.  Pure.
 */

void oci_route_parse(oci_route_t *route, const oci_str_t *path);


#endif /* OCI_ROUTE_H */
