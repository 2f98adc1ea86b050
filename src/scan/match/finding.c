/*
 * Findings, made of what the database says.
 */

#include "finding.h"

#include <stdio.h>
#include <string.h>


oci_scan_finding_t *
match_add(match_t *d, const oci_str_t *root, const oci_str_t *id,
    oci_error_t *err)
{
    size_t               i;
    const json_t        *source;
    oci_array_t         *list;
    oci_scan_finding_t  *f;

    list = &d->result->findings;
    f = NULL;

    for (i = d->first; i < list->nelts; i++) {
        f = (oci_scan_finding_t *) list->elts + i;

        if (oci_str_eq(&f->id, id)) {
            memset(f, 0, sizeof(oci_scan_finding_t));
            break;
        }
    }

    if (i == list->nelts) {
        f = oci_array_push(list);
    }

    if (f == NULL) {
        (void) oci_error(err, OCI_NOMEM, 0, "out of memory");
        return NULL;
    }

    f->pkg = d->pkg;
    f->installed = d->installed;
    f->id = oci_str_dup(d->report->pool, id->data, id->len);

    if (oci_scan_vulndb_source(d->db, root, &source, err) != OCI_OK) {
        return NULL;
    }

    f->source_id = match_str(d, source, "ID");
    f->source_name = match_str(d, source, "Name");
    f->source_url = match_str(d, source, "URL");
    f->source_base = match_str(d, source, "BaseID");

    return f;
}


oci_str_t
match_str(match_t *d, const json_t *value, const char *key)
{
    json_t     *s;
    oci_str_t   none = oci_string("");

    s = json_object_get(value, key);

    return json_string_length(s) == 0 ? none
           : oci_str_dup(d->report->pool,
                         (const u_char *) json_string_value(s),
                         json_string_length(s));
}


/* an epoch of zero is not shown */

oci_str_t
match_rpm(match_t *d, const json_t *value, const char *key)
{
    oci_str_t  s;

    s = match_str(d, value, key);

    if (oci_str_prefix(&s, "0:")) {
        s.data += 2;
        s.len -= 2;
    }

    return s;
}


oci_scan_strs_t
match_strs(match_t *d, const json_t *value, const char *key)
{
    size_t            i;
    json_t           *list, *s;
    oci_scan_strs_t   strs;

    memset(&strs, 0, sizeof(strs));
    list = json_object_get(value, key);

    if (json_array_size(list) == 0) {
        return strs;
    }

    strs.elts = oci_pcalloc(d->report->pool,
                            json_array_size(list) * sizeof(oci_str_t));

    for (i = 0; strs.elts != NULL && i < json_array_size(list); i++) {
        s = json_array_get(list, i);

        if (json_is_string(s)) {
            strs.elts[strs.nelts++] = oci_str_dup(d->report->pool,
                                       (const u_char *) json_string_value(s),
                                       json_string_length(s));
        }
    }

    return strs;
}


void
match_log(match_t *d, const char *level, const char *fmt, ...)
{
    char     text[1024];
    va_list  args;

    if (d->how->log == NULL) {
        return;
    }

    va_start(args, fmt);
    (void) vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);

    d->how->log(d->how->ctx, level, text);
}
