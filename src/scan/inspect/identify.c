/*
 * An image's identity, and fingerprints.
 */

#include "oci_scan_inspect.h"

#include <string.h>


static oci_status_e identify_list(oci_array_t *to, const oci_array_t *from);
static oci_status_e identify_artifact(oci_scan_report_t *report);
static oci_str_t identify_repository(oci_pool_t *pool, oci_str_t reference);
static oci_str_t identify_hash(oci_pool_t *pool, const oci_buf_t *b);


oci_status_e
oci_scan_identify(oci_scan_report_t *report, const oci_scan_image_t *image,
    oci_error_t *err)
{
    oci_str_t  id;

    id = oci_digest_str(&image->id);
    report->image_id = oci_str_dup(report->pool, id.data, id.len);
    report->config = image->config;

    if (report->image_id.data == NULL
        || identify_list(&report->tags, &image->tags) != OCI_OK
        || identify_list(&report->digests, &image->digests) != OCI_OK)
    {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    if (report->reference.len == 0) {

        if (report->tags.nelts != 0) {
            report->reference = *(oci_str_t *) report->tags.elts;

        } else if (report->digests.nelts != 0) {
            report->reference = *(oci_str_t *) report->digests.elts;
        }
    }

    if (identify_artifact(report) != OCI_OK) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    return OCI_OK;
}


static oci_status_e
identify_list(oci_array_t *to, const oci_array_t *from)
{
    size_t      i;
    oci_str_t  *s, *value;

    value = from->elts;

    if (to->nelts != 0) {
        return OCI_OK;          /* it was said before */
    }

    for (i = 0; i < from->nelts; i++) {
        s = oci_array_push(to);
        if (s == NULL) {
            return OCI_NOMEM;
        }

        *s = value[i];
    }

    return OCI_OK;
}


/* the image in its repository; the image alone when it has no name */

static oci_status_e
identify_artifact(oci_scan_report_t *report)
{
    oci_buf_t  b;
    oci_str_t  repository;

    if (report->reference.len == 0) {
        report->artifact_id = report->image_id;
        return OCI_OK;
    }

    repository = identify_repository(report->pool, report->reference);
    if (repository.data == NULL) {
        return OCI_NOMEM;
    }

    memset(&b, 0, sizeof(b));
    oci_buf_addf(&b, "%s:%s", report->image_id.data, repository.data);
    report->artifact_id = identify_hash(report->pool, &b);
    oci_buf_free(&b);

    return report->artifact_id.data == NULL ? OCI_NOMEM : OCI_OK;
}


/* "alpine:3.10" is index.docker.io/library/alpine */

static oci_str_t
identify_repository(oci_pool_t *pool, oci_str_t name)
{
    u_char  *at, *colon, *slash;
    size_t   domain;

    at = memchr(name.data, '@', name.len);
    if (at != NULL) {
        name.len = (size_t) (at - name.data);
    }

    colon = memrchr(name.data, ':', name.len);
    if (colon != NULL
        && memchr(colon, '/', name.len - (size_t) (colon - name.data))
           == NULL)
    {
        name.len = (size_t) (colon - name.data);
    }

    slash = memchr(name.data, '/', name.len);
    domain = slash == NULL ? 0 : (size_t) (slash - name.data);

    if (domain != 0 && (memchr(name.data, '.', domain) != NULL
                        || memchr(name.data, ':', domain) != NULL))
    {
        if (domain == 9 && memcmp(name.data, "docker.io", 9) == 0) {
            name.data += 10;
            name.len -= 10;
            slash = memchr(name.data, '/', name.len);

        } else {
            return oci_str_dup(pool, name.data, name.len);
        }
    }

    return oci_strf(pool, "index.docker.io/%s%.*s",
                    slash == NULL ? "library/" : "", (int) name.len,
                    name.data);
}


oci_status_e
oci_scan_fingerprint(oci_scan_report_t *report, oci_error_t *err)
{
    size_t               i, k;
    oci_buf_t            b;
    oci_scan_result_t   *result;
    oci_scan_finding_t  *f;

    memset(&b, 0, sizeof(b));
    result = report->results.elts;

    for (i = 0; i < report->results.nelts; i++) {
        f = result[i].findings.elts;

        for (k = 0; k < result[i].findings.nelts; k++) {
            b.len = 0;
            oci_buf_add(&b, report->artifact_id.data,
                        report->artifact_id.len);
            oci_buf_add(&b, ":", 1);
            oci_buf_add(&b, result[i].target.data, result[i].target.len);
            oci_buf_add(&b, ":", 1);
            oci_buf_add(&b, f[k].pkg->id.data, f[k].pkg->id.len);
            oci_buf_add(&b, ":", 1);
            oci_buf_add(&b, f[k].id.data, f[k].id.len);

            f[k].fingerprint = identify_hash(report->pool, &b);

            if (f[k].fingerprint.data == NULL) {
                oci_buf_free(&b);
                return oci_error(err, OCI_NOMEM, 0, "out of memory");
            }
        }
    }

    oci_buf_free(&b);

    return OCI_OK;
}


static oci_str_t
identify_hash(oci_pool_t *pool, const oci_buf_t *b)
{
    oci_str_t     s = oci_null_string;
    oci_digest_t  d;

    if (b->failed) {
        return s;
    }

    oci_digest_of(&d, OCI_SHA256, b->data, b->len);
    s = oci_digest_str(&d);

    return oci_str_dup(pool, s.data, s.len);
}
