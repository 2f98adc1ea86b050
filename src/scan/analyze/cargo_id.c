/*
 * What Trivy calls the packages of a Cargo.toml.
 */

#include "cargo_id.h"
#include "base/go_hash.h"
#include "model/kit.h"
#include "oci_json.h"


static uint64_t cargo_hash(const json_t *root);
static uint64_t cargo_hash_workspace(const json_t *workspace);
static uint64_t cargo_hash_any(const json_t *value);
static void cargo_hash_field(uint64_t *h, const json_t *object,
    const char *name, const char *key);


oci_str_t
cargo_id(oci_pool_t *pool, const json_t *root, const oci_str_t *version)
{
    oci_str_t      name, own;
    const json_t  *package, *v;

    package = json_object_get(root, "package");
    name = oci_json_str(package, "name");
    v = json_object_get(package, "version");

    own = (v == NULL || json_is_true(json_object_get(v, "workspace")))
          ? *version : oci_json_str(package, "version");

    return (name.len != 0)
           ? oci_scan_pkg_id(pool, "cargo", &name, &own)
           : oci_strf(pool, "%llx",
                      (unsigned long long) cargo_hash(root));
}


/* a workspace that is no package is called by its hash */

static uint64_t
cargo_hash(const json_t *root)
{
    uint64_t       h, package;
    const json_t  *version, *workspace;

    h = oci_scan_hash_struct("cargoToml");
    version = json_object_get(json_object_get(root, "package"), "version");
    workspace = json_object_get(root, "workspace");

    if (version != NULL) {
        package = oci_scan_hash_struct("Package");
        oci_scan_hash_field(&package, "Version",
                            cargo_hash_any(version));
        oci_scan_hash_field(&h, "Package", package);
    }

    cargo_hash_field(&h, root, "Dependencies", "dependencies");
    cargo_hash_field(&h, root, "Target", "target");

    if (json_object_get(workspace, "dependencies") != NULL
        || json_object_get(workspace, "members") != NULL
        || json_string_length(json_object_get(json_object_get(workspace,
                                                              "package"),
                                              "version")) != 0)
    {
        oci_scan_hash_field(&h, "Workspace",
                            cargo_hash_workspace(workspace));
    }

    return h;
}


static uint64_t
cargo_hash_workspace(const json_t *workspace)
{
    uint64_t   h, package;
    oci_str_t  version;

    h = oci_scan_hash_struct("cargoTomlWorkspace");
    version = oci_json_str(json_object_get(workspace, "package"), "version");

    cargo_hash_field(&h, workspace, "Dependencies", "dependencies");
    cargo_hash_field(&h, workspace, "Members", "members");

    if (version.len != 0) {
        package = oci_scan_hash_struct("");
        oci_scan_hash_field_str(&package, "Version", &version);
        oci_scan_hash_field(&h, "Package", package);
    }

    return h;
}


static void
cargo_hash_field(uint64_t *h, const json_t *object, const char *name,
    const char *key)
{
    const json_t  *value;

    value = json_object_get(object, key);

    if (value != NULL) {
        oci_scan_hash_field(h, name, cargo_hash_any(value));
    }
}


static uint64_t
cargo_hash_any(const json_t *value)
{
    size_t       i;
    json_t      *inner;
    uint64_t     h;
    const char  *key;

    if (json_is_string(value)) {
        return oci_scan_hash_text(json_string_value(value));
    }

    if (json_is_boolean(value)) {
        return oci_scan_hash_bool(json_is_true(value));
    }

    if (json_is_integer(value)) {
        return oci_scan_hash_int(json_integer_value(value));
    }

    h = 0;

    if (json_is_array(value)) {

        json_array_foreach(value, i, inner) {
            oci_scan_hash_append(&h, cargo_hash_any(inner));
        }

        return h;
    }

    json_object_foreach((json_t *) (uintptr_t) value, key, inner) {
        oci_scan_hash_entry(&h, oci_scan_hash_text(key),
                            cargo_hash_any(inner));
    }

    return oci_scan_hash_finish(h);
}
