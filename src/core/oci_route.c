/*
 * Routes: what a request is about.
 */

#include "oci_route.h"
#include "oci_reference.h"
#include "oci_upload.h"

#include <string.h>


static bool oci_route_last(oci_str_t *rest, oci_str_t *last);
static void oci_route_reference(oci_route_t *route, bool tag_allowed);


void
oci_route_parse(oci_route_t *route, const oci_str_t *path)
{
    oci_str_t  rest, last, kind, parent, top;

    memset(route, 0, sizeof(oci_route_t));

    if (oci_str_is(path, "/")) {
        route->kind = OCI_ROUTE_ROOT;
        return;
    }

    if (oci_str_is(path, "/v2/") || oci_str_is(path, "/v2")) {
        route->kind = OCI_ROUTE_BASE;
        return;
    }

    if (oci_str_is(path, "/v2/_catalog")) {
        route->kind = OCI_ROUTE_CATALOG;
        return;
    }

    if (!oci_str_prefix(path, "/v2/")) {
        return;
    }

    rest.data = path->data + sizeof("/v2/") - 1;
    rest.len = path->len - (sizeof("/v2/") - 1);

    /* <name>/<kind>/<last>, or <name>/blobs/uploads/<last> */

    if (!oci_route_last(&rest, &last) || !oci_route_last(&rest, &kind)) {
        return;
    }

    route->repo = rest;
    route->reference = last;

    if (oci_str_is(&kind, "tags") && oci_str_is(&last, "list")) {
        route->kind = OCI_ROUTE_TAGS;

    } else if (oci_str_is(&kind, "manifests")) {
        route->kind = OCI_ROUTE_MANIFEST;
        oci_route_reference(route, true);

    } else if (oci_str_is(&kind, "referrers")) {
        route->kind = OCI_ROUTE_REFERRERS;
        oci_route_reference(route, false);

    } else if (oci_str_is(&kind, "blobs") && oci_str_is(&last, "uploads")) {
        route->kind = OCI_ROUTE_UPLOADS;

    } else if (oci_str_is(&kind, "blobs")) {
        route->kind = OCI_ROUTE_BLOB;
        oci_route_reference(route, false);

    } else if (oci_str_is(&kind, "uploads")) {
        top = rest;

        if (!oci_route_last(&top, &parent) || !oci_str_is(&parent, "blobs")) {
            return;
        }

        route->repo = top;
        route->kind = OCI_ROUTE_UPLOADS;

        if (last.len != 0) {
            route->kind = OCI_ROUTE_UPLOAD;

            if (!oci_upload_id_valid(&last)) {
                route->fault = OCI_ROUTE_BAD_ID;
            }
        }

    } else {
        return;
    }

    if (!oci_name_valid(&route->repo)) {
        route->fault = OCI_ROUTE_BAD_NAME;
    }
}


/* takes the last segment off; false when nothing would be left */

static bool
oci_route_last(oci_str_t *rest, oci_str_t *last)
{
    u_char  *slash;

    slash = (rest->len != 0) ? memrchr(rest->data, '/', rest->len) : NULL;

    if (slash == NULL) {
        return false;
    }

    last->data = slash + 1;
    last->len = rest->len - (size_t) (slash + 1 - rest->data);
    rest->len = (size_t) (slash - rest->data);

    return true;
}


static void
oci_route_reference(oci_route_t *route, bool tag_allowed)
{
    if (oci_digest_parse(&route->digest, &route->reference) == OCI_OK) {
        return;
    }

    if (!tag_allowed || (route->reference.len != 0
                         && memchr(route->reference.data, ':',
                                   route->reference.len) != NULL))
    {
        route->fault = OCI_ROUTE_BAD_DIGEST;

    } else if (!oci_tag_valid(&route->reference)) {
        route->fault = OCI_ROUTE_BAD_TAG;
    }
}
