/*
 * CycloneDX and SPDX, in an image and on their own: bare, in an envelope, in a
 * bundle; what is read is written again.
 */

#include "scan.h"
#include "oci_scan_inspect.h"


static void fuzz_random(u_char *out, size_t len);
static const char *fuzz_env(const char *name);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    oci_str_t            text, name;
    oci_buf_t            out;
    oci_pool_t          *pool;
    oci_error_t          err;
    oci_scan_style_t     style;
    oci_scan_merged_t    merged;
    oci_scan_report_t   *report;
    oci_scan_options_t   options;

    (void) fuzz_file("a.spdx", 0644, data, size);

    pool = oci_pool_create();
    memset(&err, 0, sizeof(oci_error_t));
    memset(&out, 0, sizeof(oci_buf_t));
    memset(&style, 0, sizeof(oci_scan_style_t));
    memset(&merged, 0, sizeof(oci_scan_merged_t));
    memset(&options, 0, sizeof(oci_scan_options_t));
    style.version = "dev";
    style.random = fuzz_random;
    style.env = fuzz_env;
    text = oci_str_dup(pool, data, size);
    name = oci_str("a");
    report = oci_scan_report_create(pool);

    if (oci_scan_inspect_sbom(&text, &options, &name, report, &merged, &err)
        == OCI_OK)
    {
        (void) oci_scan_report_write(report, "spdx", &style, &out, &err);
        (void) oci_scan_report_write(report, "spdx-json", &style, &out,
                                     &err);
        (void) oci_scan_report_write(report, "cyclonedx", &style, &out,
                                     &err);
    }

    oci_buf_free(&out);
    oci_pool_destroy(pool);
    return 0;
}


static void
fuzz_random(u_char *out, size_t len)
{
    memset(out, 7, len);
}


static const char *
fuzz_env(const char *name)
{
    (void) name;

    return NULL;
}
