/*
 * Secrets: the flags that ask for them, their rules, and an image's
 * configuration.
 */

#include "scan/secrets.h"
#include "oci_file.h"
#include "oci_scan_inspect.h"

#include <string.h>


#define SCAN_SECRETS  "trivy-secret.yaml"


/* rules are there without a configuration; one that is named must be there */

oci_status_e
scan_secrets(scan_t *s)
{
    size_t              i;
    oci_str_t           text, *warning;
    const char         *path;
    oci_status_e        rc;
    const oci_array_t  *warnings;

    path = s->o->filter.secret_config;

    if (path != NULL && strcmp(path, SCAN_SECRETS) == 0) {
        path = NULL;                    /* Trivy's own default */
    }

    rc = oci_file_read(s->pool, path != NULL ? path : SCAN_SECRETS,
                       OCI_SCAN_SECRET_CONFIG_MAX, &text, &s->err);

    if (rc != OCI_OK && (rc != OCI_NOT_FOUND || path != NULL)) {
        return rc;
    }

    memset(&s->err, 0, sizeof(s->err));
    rc = oci_scan_rules_create(&s->secrets, s->pool,
                               (rc == OCI_OK) ? &text : NULL,
                               path != NULL ? path : SCAN_SECRETS, &s->err);
    if (rc != OCI_OK) {
        return rc;
    }

    scan_log(s, SCAN_INFO, "[secret] Secret scanning is enabled");
    warnings = oci_scan_rules_warnings(s->secrets);
    warning = warnings->elts;

    for (i = 0; i < warnings->nelts; i++) {
        scan_log(s, SCAN_WARN, "[secret] %s", warning[i].data);
    }

    return OCI_OK;
}


oci_status_e
scan_config_scanners(scan_t *s)
{
    size_t       at;
    oci_str_t    value;
    const char  *rest;

    at = 0;
    rest = NULL;

    while (scan_list_next(&s->o->filter.config_scanners, &at, &rest, &value))
    {
        if (oci_str_is(&value, "secret")) {
            s->config_secrets = true;

        } else if (oci_str_is(&value, "misconfig")) {
            scan_log(s, SCAN_WARN, "tally looks for secrets only: "
                     "\"--image-config-scanners misconfig\" finds nothing");

        } else {
            return scan_bad_value(s, "image-config-scanners",
                                  &s->o->filter.config_scanners,
                                  "\"secret\"");
        }
    }

    return OCI_OK;
}


/* secrets in the image's configuration, as Trivy would write it */

oci_status_e
scan_image_config(scan_t *s, oci_scan_report_t *report,
    const oci_scan_image_t *image)
{
    oci_buf_t     b;
    oci_str_t     text;
    oci_status_e  rc;

    memset(&b, 0, sizeof(b));
    rc = oci_scan_report_config(image->config, &b);
    text.data = b.data;
    text.len = b.len;

    rc = (rc == OCI_OK)
         ? oci_scan_inspect_config(report, s->secrets, &text, &s->err)
         : oci_error(&s->err, rc, 0, "out of memory");
    oci_buf_free(&b);

    return rc;
}
