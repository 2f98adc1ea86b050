/*
 * --platform, of the manifests of an index.
 */

#include "source/platform.h"

#include <string.h>


void
platform_parse(oci_pool_t *pool, const char *text, oci_scan_choice_t *choice)
{
    char  *os, *slash;

    os = (char *) oci_strf(pool, "%s", text).data;
    slash = (os != NULL) ? strchr(os, '/') : NULL;
    choice->os = os;

    if (slash == NULL) {
        return;
    }

    *slash = '\0';
    choice->arch = slash + 1;
    slash = strchr(slash + 1, '/');

    if (slash != NULL) {
        *slash = '\0';
        choice->variant = slash + 1;
    }
}
