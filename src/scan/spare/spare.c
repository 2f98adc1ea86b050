/*
 * Ignore files and VEX documents, applied to a report.
 */

#include "oci_scan_spare.h"

#include "oci_scan_filter.h"

#include <string.h>


static oci_status_e spare_filter(oci_pool_t *pool, json_t *report,
    const oci_scan_filter_t *filter, oci_error_t *err);
static void spare_hidden(const oci_scan_result_t *result);
static void spare_sweep(json_t *results);


oci_status_e
oci_scan_spare(oci_pool_t *pool, json_t *report, const char *ignore,
    const oci_array_t *vex, int64_t now, oci_error_t *err)
{
    size_t                i;
    oci_error_t           why = { OCI_OK, 0, "" };
    oci_status_e          rc;
    const char          **paths;
    oci_scan_vex_t       *documents;
    oci_scan_filter_t     filter;
    oci_scan_ignore_t     rules;

    memset(&filter, 0, sizeof(filter));
    filter.severities = ~0u;
    filter.nvex = vex->nelts;
    documents = oci_pcalloc(pool, (vex->nelts + 1) * sizeof(oci_scan_vex_t));
    filter.vex = documents;

    if (documents == NULL) {
        return oci_nomem(err);
    }

    rc = OCI_OK;
    paths = vex->elts;

    if (ignore != NULL) {
        rc = oci_scan_ignore_load(&rules, pool, ignore, (time_t) now, err);
        filter.ignore = &rules;
    }

    for (i = 0; rc == OCI_OK && i < vex->nelts; i++) {
        rc = oci_scan_vex_load(&documents[i], pool, paths[i], &why);

        if (rc != OCI_OK) {
            return oci_error(err, rc, 0, "\"%s\": %s", paths[i], why.text);
        }
    }

    return (rc == OCI_OK && report != NULL)
           ? spare_filter(pool, report, &filter, err) : rc;
}


static oci_status_e
spare_filter(oci_pool_t *pool, json_t *report,
    const oci_scan_filter_t *filter, oci_error_t *err)
{
    size_t              i;
    oci_status_e        rc;
    oci_scan_report_t  *model;
    oci_scan_result_t  *result;

    rc = oci_scan_report_of(&model, pool, report, err);

    if (rc != OCI_OK) {
        return rc;
    }

    rc = oci_scan_filter(model, filter, err);

    if (rc != OCI_OK) {
        return rc;
    }

    result = model->results.elts;

    for (i = 0; i < model->results.nelts; i++) {
        spare_hidden(&result[i]);
    }

    spare_sweep(json_object_get(report, "Results"));

    return OCI_OK;
}


/* a hidden finding knows the record that it was read from: it is emptied */

static void
spare_hidden(const oci_scan_result_t *result)
{
    size_t                    i;
    const oci_scan_hidden_t  *hidden;

    hidden = result->hidden.elts;

    for (i = 0; i < result->hidden.nelts; i++) {
        (void) json_object_clear((json_t *) hidden[i].finding.record);
    }
}


static void
spare_sweep(json_t *results)
{
    size_t   i, k;
    json_t  *list;

    for (i = 0; i < json_array_size(results); i++) {
        list = json_object_get(json_array_get(results, i), "Vulnerabilities");

        for (k = json_array_size(list); k != 0; k--) {
            if (json_is_object(json_array_get(list, k - 1))
                && json_object_size(json_array_get(list, k - 1)) == 0)
            {
                (void) json_array_remove(list, k - 1);
            }
        }
    }
}
