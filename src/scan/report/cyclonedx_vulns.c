/*
 * Vulnerabilities of a CycloneDX report.
 */

#include "cyclonedx.h"
#include "base/text.h"
#include "model/purl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static void cdx_ratings(cdx_t *c, const oci_scan_finding_t *f);
static void cdx_rating(cdx_t *c, const char *vendor, const json_t *cvss,
    unsigned severity);
static void cdx_cwes(cdx_t *c, const oci_scan_finding_t *f);
static void cdx_advice(cdx_t *c, const cdx_finding_t *f, size_t n);
static void cdx_advisories(cdx_t *c, const oci_scan_finding_t *f);
static void cdx_date(cdx_t *c, const char *key, const oci_str_t *when);


static const char *const  cdx_severities[] = {
    "unknown", "low", "medium", "high", "critical"
};


size_t
cdx_vulnerability(cdx_t *c, cdx_finding_t *f, size_t left)
{
    size_t                     i, n;
    emit_t                    *e;
    oci_str_t                  s;
    const oci_scan_finding_t  *first;

    e = &c->e;
    first = f->finding;

    for (n = 1; n < left && oci_str_eq(&f[n].id, &f->id); n++) { /* void */ }

    emit_object(e, NULL);
    emit_str(e, "id", &f->id);

    if (first->source_id.len != 0) {
        emit_object(e, "source");
        emit_opt(e, "name", &first->source_id);
        emit_opt(e, "url", &first->source_url);
        emit_end(e);
    }

    cdx_ratings(c, first);
    cdx_cwes(c, first);
    s = oci_scan_finding_str(first, "Description");
    emit_opt(e, "description", &s);
    cdx_advice(c, f, n);
    cdx_advisories(c, first);
    s = oci_scan_finding_str(first, "PublishedDate");
    cdx_date(c, "published", &s);
    s = oci_scan_finding_str(first, "LastModifiedDate");
    cdx_date(c, "updated", &s);

    emit_array(e, "affects");

    for (i = 0; i < n; i++) {
        emit_object(e, NULL);
        emit_str(e, "ref", &f[i].ref);
        emit_array(e, "versions");
        emit_object(e, NULL);
        emit_str(e, "version", &f[i].finding->installed);
        emit_text(e, "status", "affected");
        emit_end(e);
        emit_end(e);
        emit_end(e);
    }

    emit_end(e);
    emit_end(e);

    return n;
}


static void
cdx_ratings(cdx_t *c, const oci_scan_finding_t *f)
{
    size_t       i, n;
    double       level;
    json_t      *vendors, *value, *cvss;
    oci_str_t   *sorted;
    const char  *name;

    vendors = json_object_get(f->record, "VendorSeverity");
    cvss = json_object_get(f->record, "CVSS");
    sorted = oci_pcalloc(c->pool, (json_object_size(vendors) + 1)
                                  * sizeof(oci_str_t));
    n = 0;

    json_object_foreach(vendors, name, value) {
        if (sorted != NULL) {
            sorted[n++] = oci_str(name);
        }
    }

    if (n > 1) {
        qsort(sorted, n, sizeof(oci_str_t), oci_scan_text_order);
    }

    emit_array(&c->e, "ratings");

    for (i = 0; i < n; i++) {
        name = (char *) sorted[i].data;
        level = json_number_value(json_object_get(vendors, name));
        cdx_rating(c, name, json_object_get(cvss, name),
                   level >= 0 && level < 5 ? (unsigned) level : 0);
    }

    emit_end(&c->e);
}


static void
cdx_rating(cdx_t *c, const char *vendor, const json_t *cvss,
    unsigned severity)
{
    size_t      i;
    double      score;
    oci_str_t   vector;
    const char  *level, *method;
    static const char  *keys[][3] = {
        { "V2Score", "V2Vector", "CVSSv2" },
        { "V3Score", "V3Vector", "CVSSv3" },
        { "V40Score", "V40Vector", "CVSSv4" }
    };

    for (i = 0; i < (cvss == NULL ? 1u : 3u); i++) {
        score = json_number_value(json_object_get(cvss, keys[i][0]));
        vector = oci_str(json_string_value(json_object_get(cvss,
                                                           keys[i][1])));
        level = cdx_severities[severity];
        method = keys[i][2];

        if (cvss != NULL && vector.len == 0 && !(score > 0)) {
            continue;
        }

        if (i == 0 && cvss != NULL && strcmp(vendor, "nvd") == 0) {
            level = score < 4 ? "info" : score < 7 ? "medium" : "high";
        }

        if (i == 1 && oci_str_prefix(&vector, "CVSS:3.1")) {
            method = "CVSSv31";
        }

        emit_object(&c->e, NULL);
        emit_object(&c->e, "source");
        emit_text(&c->e, "name", vendor);
        emit_end(&c->e);

        if (cvss != NULL) {
            emit_real(&c->e, "score", score);
        }

        emit_text(&c->e, "severity", level);

        if (cvss != NULL) {
            emit_text(&c->e, "method", method);
            emit_opt(&c->e, "vector", &vector);
        }

        emit_end(&c->e);
    }
}


static void
cdx_cwes(cdx_t *c, const oci_scan_finding_t *f)
{
    size_t   i;
    json_t  *list, *item;

    list = json_object_get(f->record, "CweIDs");

    if (json_array_size(list) == 0) {
        return;
    }

    emit_array(&c->e, "cwes");

    json_array_foreach(list, i, item) {
        if (json_string_length(item) > 4) {
            emit_int(&c->e, NULL, atoi(json_string_value(item) + 4));
        }
    }

    emit_end(&c->e);
}


static void
cdx_advice(cdx_t *c, const cdx_finding_t *f, size_t n)
{
    size_t      i, k;
    oci_buf_t   b;
    oci_str_t  *line, s;

    line = oci_pcalloc(c->pool, (n + 1) * sizeof(oci_str_t));
    k = 0;

    for (i = 0; line != NULL && i < n; i++) {
        if (f[i].finding->fixed.len != 0) {
            line[k++] = oci_strf(c->pool, "Upgrade %.*s to version %.*s",
                                 (int) f[i].finding->pkg->name.len,
                                 f[i].finding->pkg->name.data,
                                 (int) f[i].finding->fixed.len,
                                 f[i].finding->fixed.data);
        }
    }

    if (k == 0) {
        return;
    }

    qsort(line, k, sizeof(oci_str_t), oci_scan_text_order);
    memset(&b, 0, sizeof(b));

    for (i = 0; i < k; i++) {
        if (i == 0 || !oci_str_eq(&line[i], &line[i - 1])) {
            oci_buf_adds(&b, i == 0 ? "" : "; ");
            oci_buf_add(&b, line[i].data, line[i].len);
        }
    }

    s.data = b.data;
    s.len = b.len;
    emit_str(&c->e, "recommendation", &s);
    oci_buf_free(&b);
}


static void
cdx_advisories(cdx_t *c, const oci_scan_finding_t *f)
{
    bool             open;
    size_t           i;
    json_t          *list, *item;
    oci_str_t        url, *kept;
    oci_scan_map_t   seen;

    open = false;
    oci_scan_map_init(&seen, c->pool);
    list = json_object_get(f->record, "References");

    for (i = 0; i <= json_array_size(list); i++) {
        item = i == 0 ? NULL : json_array_get(list, i - 1);
        url = i == 0 ? f->url : oci_str(json_string_value(item));
        kept = oci_palloc(c->pool, sizeof(oci_str_t));

        if (kept == NULL || url.len == 0
            || memmem(url.data, url.len, "://", 3) == NULL
            || oci_scan_map_get(&seen, &url) != NULL)
        {
            continue;
        }

        *kept = url;
        (void) oci_scan_map_set(&seen, kept, kept);

        if (!open) {
            emit_array(&c->e, "advisories");
            open = true;
        }

        url.len = strcspn((char *) url.data, " ") < url.len
                  ? strcspn((char *) url.data, " ") : url.len;
        emit_object(&c->e, NULL);
        emit_str(&c->e, "url", &url);
        emit_end(&c->e);
    }

    if (open) {
        emit_end(&c->e);
    }
}


static void
cdx_date(cdx_t *c, const char *key, const oci_str_t *when)
{
    if (when->len >= 19) {
        emit_strf(&c->e, key, "%.19s+00:00", when->data);
    }
}
