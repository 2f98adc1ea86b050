/*
 * conda's metadata of an installed package.
 */

#include "analyze.h"
#include "base/go_json.h"
#include "model/license.h"


static bool conda_wants(const oci_scan_file_t *f);
static oci_status_e conda_read(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err);


static oci_scan_names_t  conda_names[] = {
    "license", "name", "version", NULL
};


const analyzer_t  analyze_conda = {
    .wants = conda_wants,
    .max = 8 * OCI_SCAN_MB,
    .analyze = conda_read
};


/* .*\/envs/.+/conda-meta/.+-.+-.+\.json */

static bool
conda_wants(const oci_scan_file_t *f)
{
    ssize_t    envs, meta;
    size_t     i, dashes;
    oci_str_t  name;

    envs = oci_scan_text_find(&f->path, "/envs/");
    meta = oci_scan_text_find(&f->path, "/conda-meta/");

    if (envs == -1 || meta < envs + 7 || !oci_str_suffix(&f->path, ".json"))
    {
        return false;
    }

    name = oci_scan_text_skip(f->path, (size_t) meta + 12);

    for (i = 1, dashes = 0; i + 6 < name.len; i++) {
        if (name.data[i] == '-' && (i == 1 || name.data[i - 1] != '-')) {
            dashes++;
        }
    }

    return dashes >= 2;
}


static oci_status_e
conda_read(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err)
{
    bool             ok;
    json_t          *root;
    oci_str_t        name, version, license;
    oci_scan_pkg_t  *pkg;

    root = oci_scan_json_load(text, OCI_SCAN_JSON_FIRST, conda_names, err);
    if (root == NULL) {
        return err->status;
    }

    name = oci_json_str(root, "name");
    version = oci_json_str(root, "version");
    license = oci_json_str(root, "license");

    if (name.len == 0 || version.len == 0) {
        json_decref(root);
        return oci_error(err, OCI_INVALID, 0, "no name or version");
    }

    pkg = oci_scan_kit_lone_pkg(w, "conda-pkg", f, &name, &version, err);

    ok = pkg != NULL
         && oci_scan_license_split(w->tmp, &license, &pkg->licenses)
         && oci_scan_license_normalize(w->pool, &pkg->licenses);

    json_decref(root);

    return ok ? OCI_OK : oci_error(err, OCI_NOMEM, 0, "out of memory");
}
