/*
 * From what a jar is known by to the artifact that it is.
 */

#include "java.h"
#include "analyze/jar.h"
#include "base/text.h"

#include <string.h>


static oci_status_e java_group(oci_scan_layer_t *layer, oci_scan_group_t *g,
    const oci_scan_options_t *options, oci_error_t *err);
static oci_status_e java_find(oci_scan_layer_t *layer, oci_scan_pkg_t *pkg,
    const oci_scan_options_t *options, oci_error_t *err);
static oci_status_e java_found(oci_pool_t *pool, oci_scan_pkg_t *pkg,
    const oci_scan_jar_t *jar, oci_error_t *err);


oci_status_e
inspect_java(oci_scan_layer_t *layer, const oci_scan_options_t *options,
    oci_error_t *err)
{
    size_t             i;
    oci_status_e       rc;
    oci_scan_group_t  *g;

    g = layer->apps.elts;
    rc = OCI_OK;

    for (i = 0; rc == OCI_OK && i < layer->apps.nelts; i++) {
        if (strcmp(g[i].type, "jar") == 0) {
            rc = java_group(layer, &g[i], options, err);
        }
    }

    return rc;
}


static oci_status_e
java_group(oci_scan_layer_t *layer, oci_scan_group_t *g,
    const oci_scan_options_t *options, oci_error_t *err)
{
    size_t           i, n;
    oci_status_e     rc;
    oci_scan_pkg_t  *pkg;

    pkg = g->pkgs.elts;

    for (i = 0, n = 0; i < g->pkgs.nelts; i++) {

        rc = (pkg[i].name.len != 0) ? OCI_OK
             : java_find(layer, &pkg[i], options, err);

        if (rc == OCI_OK) {
            pkg[n++] = pkg[i];

        } else if (rc != OCI_NOT_FOUND) {
            return rc;
        }
    }

    g->pkgs.nelts = n;
    oci_scan_jar_unique(g);

    return OCI_OK;
}


static oci_status_e
java_find(oci_scan_layer_t *layer, oci_scan_pkg_t *pkg,
    const oci_scan_options_t *options, oci_error_t *err)
{
    oci_str_t       note;
    oci_status_e    rc;
    oci_scan_jar_t  jar;

    memset(&jar, 0, sizeof(jar));
    jar.path = pkg->file_path;
    jar.version = pkg->src_version;
    jar.file_artifact = pkg->release;
    jar.file_version = pkg->src_release;
    jar.sha1 = pkg->digest;

    (void) oci_scan_text_cut_prefix(&jar.sha1, "sha1:");
    (void) oci_scan_text_cut(pkg->src_name, ':', &jar.group, &jar.artifact);

    rc = (options->java != NULL) ? options->java(options->ctx, &jar, err)
                                 : OCI_NOT_FOUND;

    if (rc == OCI_NOT_FOUND && options->note != NULL) {
        note = oci_strf(layer->pool, "%.*s: no pom.properties, not identified",
                        (int) pkg->file_path.len, pkg->file_path.data);
        options->note(options->ctx, &note, false);
    }

    if (rc != OCI_OK) {
        return rc;
    }

    return java_found(layer->pool, pkg, &jar, err);
}


/* a package by its name, no longer a jar without one */

static oci_status_e
java_found(oci_pool_t *pool, oci_scan_pkg_t *pkg, const oci_scan_jar_t *jar,
    oci_error_t *err)
{
    oci_str_t  none = oci_null_string;

    pkg->name = oci_strf(pool, "%.*s:%.*s", (int) jar->group.len,
                         jar->group.data, (int) jar->artifact.len,
                         jar->artifact.data);
    pkg->version = oci_str_dup(pool, jar->version.data, jar->version.len);
    pkg->digest = none;
    pkg->src_name = none;
    pkg->src_version = none;
    pkg->release = none;
    pkg->src_release = none;

    return (pkg->name.data != NULL && pkg->version.data != NULL) ? OCI_OK
           : oci_error(err, OCI_NOMEM, 0, "out of memory");
}
