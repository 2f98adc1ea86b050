/*
 * Ids of packages: what Go's hashstructure 2.0.2 makes of the same structures.
 */

#include "model/package_uid.h"
#include "test.h"


static oci_scan_strs_t strs(oci_str_t *elts, size_t n);


int
main(void)
{
    oci_str_t               path = oci_null_string, uid;
    oci_str_t               two[2], three[2], four[2], need[1];
    oci_pool_t             *pool;
    oci_scan_pkg_t          pkg;
    oci_scan_span_t         span;
    oci_scan_build_info_t   info;

    pool = oci_pool_create();

    memset(&pkg, 0, sizeof(pkg));
    pkg.name = oci_str("a");
    pkg.version = oci_str("1");
    uid = oci_scan_uid(pool, &path, &pkg);
    is_str((char *) uid.data, "b0592692c36cb53d", "a name and a version");

    pkg.id = oci_str("lab@1-2.noarch");
    pkg.name = oci_str("lab");
    pkg.release = oci_str("2");
    pkg.epoch = 3;
    pkg.arch = oci_str("noarch");
    pkg.src_name = oci_str("lab-src");
    pkg.src_version = oci_str("1");
    pkg.src_release = oci_str("2");
    pkg.src_epoch = 3;
    two[0] = oci_str("MIT");
    two[1] = oci_str("BSD-2-Clause");
    pkg.licenses = strs(two, 2);
    pkg.maintainer = oci_str("us");
    pkg.modularity = oci_str("m:1");
    three[0] = oci_str("one");
    three[1] = oci_str("two");
    info.content_sets = strs(three, 2);
    info.nvr = oci_str("n-1-2");
    info.arch = oci_str("x86_64");
    pkg.build_info = &info;
    pkg.repository = OCI_SCAN_REPO_OFFICIAL;
    need[0] = oci_str("b@1");
    pkg.depends = strs(need, 1);
    pkg.digest = oci_str("sha1:00");
    four[0] = oci_str("bin/lab");
    four[1] = oci_str("etc/lab");
    pkg.files = strs(four, 2);
    pkg.analyzed_by = "rpm";
    uid = oci_scan_uid(pool, &path, &pkg);
    is_str((char *) uid.data, "bdf7d05f320e8447",
           "a system's package with all it may have");

    memset(&pkg, 0, sizeof(pkg));
    path = oci_str("app/lock.json");
    pkg.id = oci_str("b@2");
    pkg.name = oci_str("b");
    pkg.purl = oci_str("pkg:npm/%40lab/b@2?os=linux");
    pkg.bom_ref = oci_str("ref");
    pkg.version = oci_str("2");
    pkg.dev = true;
    pkg.indirect = true;
    pkg.relationship = OCI_SCAN_REL_INDIRECT;
    pkg.layer_digest = oci_str("sha256:11");
    pkg.layer_diff_id = oci_str("sha256:22");
    pkg.file_path = oci_str("app/b");
    span.start = 3;
    span.end = 7;
    pkg.spans = &span;
    pkg.nspans = 1;
    uid = oci_scan_uid(pool, &path, &pkg);
    is_str((char *) uid.data, "ec4e36c70501499d",
           "a language's, from a bill of materials");

    oci_pool_destroy(pool);

    return done();
}


static oci_scan_strs_t
strs(oci_str_t *elts, size_t n)
{
    oci_scan_strs_t  list;

    list.elts = elts;
    list.nelts = n;

    return list;
}
