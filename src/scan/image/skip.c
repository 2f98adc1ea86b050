/*
 * Patterns of paths that are passed over.
 */

#include "skip.h"
#include "base/glob.h"

#include <string.h>


static bool skip_any(const oci_array_t *patterns, const oci_str_t *path);


bool
oci_scan_skip(const oci_scan_limits_t *limits, const oci_str_t *path)
{
    oci_str_t  dir;

    if (limits == NULL) {
        return false;
    }

    dir.data = path->data;

    for (dir.len = 0; dir.len < path->len; dir.len++) {
        if (path->data[dir.len] == '/' && skip_any(&limits->skip_dirs, &dir)) {
            return true;
        }
    }

    return skip_any(&limits->skip_files, path);
}


/* most patterns are plain paths, for which a comparison will do */

static bool
skip_any(const oci_array_t *patterns, const oci_str_t *path)
{
    size_t            i;
    const oci_str_t  *p;

    p = patterns->elts;

    for (i = 0; i < patterns->nelts; i++) {

        if (strpbrk((char *) p[i].data, "*?[{\\") != NULL
            ? oci_scan_glob(&p[i], path) : oci_str_eq(&p[i], path))
        {
            return true;
        }
    }

    return false;
}
