/*
 * Matching packages of Red Hat and CentOS, whose advisories apply to what a
 * layer was built from: repositories ("content sets") or an exact build, both
 * of which the database turns into numbers of CPE names.
 */

#include "match.h"
#include "model/purl.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>


#define REDHAT_INDICES  4096


typedef struct {
    match_t    *d;
    int         index[REDHAT_INDICES];
    size_t      n;
    oci_str_t   root;
} redhat_t;


static oci_status_e redhat_package(redhat_t *r, oci_error_t *err);
static oci_status_e redhat_indices(redhat_t *r, oci_error_t *err);
static oci_status_e redhat_lookup(redhat_t *r, const char *kind,
    oci_str_t name, oci_error_t *err);
static oci_str_t redhat_plain(oci_str_t set);
static oci_status_e redhat_advisory(void *ctx, const oci_str_t *root,
    const oci_str_t *id, const json_t *value, oci_error_t *err);
static bool redhat_applies(redhat_t *r, const json_t *entry);
static oci_status_e redhat_cve(redhat_t *r, const oci_str_t *id,
    const json_t *entry, const json_t *cve, oci_error_t *err);
static oci_scan_finding_t *redhat_known(redhat_t *r, const oci_str_t *id);
static void redhat_prune(redhat_t *r);


static const char  *redhat_sets[][2] = {
    { "6", "rhel-6-server-rpms" },
    { "6", "rhel-6-server-extras-rpms" },
    { "7", "rhel-7-server-rpms" },
    { "7", "rhel-7-server-extras-rpms" },
    { "8", "rhel-8-for-x86_64-baseos-rpms" },
    { "8", "rhel-8-for-x86_64-appstream-rpms" },
    { "9", "rhel-9-for-x86_64-baseos-rpms" },
    { "9", "rhel-9-for-x86_64-appstream-rpms" }
};


oci_status_e
match_redhat(match_t *d, oci_error_t *err)
{
    size_t        i;
    redhat_t     *r;
    oci_status_e  rc;

    r = oci_pcalloc(d->report->pool, sizeof(redhat_t));
    if (r == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    r->d = d;
    r->root = oci_str("Red Hat");
    rc = OCI_OK;

    match_log(d, "INFO", "[%.*s] Detecting RHEL/CentOS vulnerabilities..."
              "\tos_version=\"%.*s\" pkg_num=%zu",
              (int) d->report->os.family.len, d->report->os.family.data,
              (int) d->report->os.name.len, d->report->os.name.data,
              d->result->pkgs.nelts);

    for (i = 0; rc == OCI_OK && i < d->result->pkgs.nelts; i++) {
        d->pkg = (oci_scan_pkg_t *) d->result->pkgs.elts + i;
        d->first = d->result->findings.nelts;

        if (!oci_str_is(&d->pkg->name, "gpg-pubkey")
            && d->pkg->repository != OCI_SCAN_REPO_THIRD_PARTY)
        {
            rc = redhat_package(r, err);
        }
    }

    return rc;
}


static oci_status_e
redhat_package(redhat_t *r, oci_error_t *err)
{
    size_t        i, colons;
    match_t      *d;
    oci_str_t     key, module;
    oci_status_e  rc;

    d = r->d;
    d->installed = oci_scan_pkg_version(d->report->pool, d->pkg);
    key = d->pkg->name;
    module = d->pkg->modularity;
    colons = 0;

    for (i = 0; i < module.len; i++) {
        if (module.data[i] == ':' && ++colons == 2) {
            module.len = i;
        }
    }

    if (colons >= 2) {
        key = oci_strf(d->report->pool, "%.*s::%.*s", (int) module.len,
                       module.data, (int) key.len, key.data);
    }

    rc = redhat_indices(r, err);

    if (rc == OCI_OK) {
        rc = oci_scan_vulndb_advisories(d->db, &r->root, &key,
                                        redhat_advisory, r, err);
    }

    if (rc == OCI_OK) {
        redhat_prune(r);
    }

    return rc;
}


static oci_status_e
redhat_indices(redhat_t *r, oci_error_t *err)
{
    size_t                        i, n;
    oci_str_t                     nvr;
    oci_status_e                  rc;
    const oci_str_t              *name;
    const oci_scan_build_info_t  *info;

    r->n = 0;
    rc = OCI_OK;
    info = r->d->pkg->build_info;

    if (info != NULL) {

        for (i = 0; rc == OCI_OK && i < info->content_sets.nelts; i++) {
            rc = redhat_lookup(r, "repository",
                               redhat_plain(info->content_sets.elts[i]),
                               err);
        }

        nvr = oci_strf(r->d->report->pool, "%.*s-%.*s", (int) info->nvr.len,
                       info->nvr.data, (int) info->arch.len,
                       info->arch.data);

        if (rc == OCI_OK) {
            rc = redhat_lookup(r, "nvr", nvr, err);
        }

    } else {
        name = &r->d->report->os.name;

        for (n = 0; n < name->len && name->data[n] != '.'; n++) { /* void */ }

        for (i = 0; rc == OCI_OK
             && i < sizeof(redhat_sets) / sizeof(redhat_sets[0]); i++)
        {
            if (strlen(redhat_sets[i][0]) == n
                && memcmp(redhat_sets[i][0], name->data, n) == 0)
            {
                rc = redhat_lookup(r, "repository",
                                   oci_str(redhat_sets[i][1]), err);
            }
        }
    }

    if (rc == OCI_OK && r->n == 0) {
        return oci_error(err, OCI_INVALID, 0, "failed to get Red Hat "
                         "advisories: unable to find CPE indices: this "
                         "database does not cover Red Hat's repositories");
    }

    return rc;
}


/* "...__8" is the same set; "...__9_DOT_2" is another */

static oci_str_t
redhat_plain(oci_str_t set)
{
    size_t  n;

    for (n = set.len; n != 0 && isdigit(set.data[n - 1]); n--) { /* void */ }

    if (n != set.len && n >= 2 && set.data[n - 1] == '_'
        && set.data[n - 2] == '_')
    {
        set.len = n - 2;
    }

    return set;
}


static oci_status_e
redhat_lookup(redhat_t *r, const char *kind, oci_str_t name, oci_error_t *err)
{
    size_t              i;
    json_t             *list, *item;
    oci_str_t           cpe, sub, value;
    oci_status_e        rc;
    oci_scan_bucket_t   top, bucket;

    cpe = oci_str("Red Hat CPE");
    sub = oci_str(kind);

    rc = oci_scan_bucket_root(r->d->db, &top, err);

    if (rc == OCI_OK) {
        rc = oci_scan_bucket_find(r->d->db, &top, &cpe, &bucket, err);
    }

    if (rc == OCI_OK) {
        rc = oci_scan_bucket_find(r->d->db, &bucket, &sub, &bucket, err);
    }

    if (rc == OCI_OK) {
        rc = oci_scan_bucket_get(r->d->db, &bucket, &name, &value, err);
    }

    if (rc != OCI_OK) {
        return rc == OCI_NOT_FOUND ? OCI_OK : rc;
    }

    list = json_loadb((char *) value.data, value.len, 0, NULL);

    json_array_foreach(list, i, item) {
        if (json_is_number(item) && r->n < REDHAT_INDICES) {
            r->index[r->n++] = (int) json_number_value(item);
        }
    }

    json_decref(list);

    return OCI_OK;
}


static oci_status_e
redhat_advisory(void *ctx, const oci_str_t *root, const oci_str_t *id,
    const json_t *value, oci_error_t *err)
{
    size_t         i, k;
    json_t        *entries, *entry, *cves, *cve;
    redhat_t      *r = ctx;
    oci_status_e   rc;

    (void) root;

    entries = json_object_get(value, "Entries");

    json_array_foreach(entries, i, entry) {

        if (!redhat_applies(r, entry)) {
            continue;
        }

        cves = json_object_get(entry, "Cves");

        json_array_foreach(cves, k, cve) {
            rc = redhat_cve(r, id, entry, cve, err);
            if (rc != OCI_OK) {
                return rc;
            }
        }
    }

    return OCI_OK;
}


static bool
redhat_applies(redhat_t *r, const json_t *entry)
{
    bool        found;
    size_t      i, k;
    json_t     *list, *item;
    oci_str_t   s;

    found = false;
    list = json_object_get(entry, "Affected");

    json_array_foreach(list, i, item) {
        for (k = 0; k < r->n && !found; k++) {
            found = r->index[k] == (int) json_number_value(item);
        }
    }

    list = json_object_get(entry, "Arches");

    if (!found || json_array_size(list) == 0
        || oci_str_is(&r->d->pkg->arch, "noarch"))
    {
        return found;
    }

    json_array_foreach(list, i, item) {
        s = oci_str(json_string_value(item));

        if (oci_str_eq(&s, &r->d->pkg->arch)) {
            return true;
        }
    }

    return false;
}


/* of several fixes of one vulnerability the highest counts */

static oci_status_e
redhat_cve(redhat_t *r, const oci_str_t *id, const json_t *entry,
    const json_t *cve, oci_error_t *err)
{
    int                  order;
    double               n;
    json_t              *text;
    oci_str_t            name, fixed;
    oci_scan_finding_t  *f;

    text = json_object_get(cve, "ID");
    name = json_string_length(text) != 0 ? oci_str(json_string_value(text))
                                         : *id;
    fixed = oci_str(json_string_value(json_object_get(entry,
                                                      "FixedVersion")));
    f = redhat_known(r, &name);

    if (f != NULL) {
        if (fixed.len == 0
            || (f->fixed.len != 0
                && (!oci_scan_version_cmp(&r->d->version, &f->fixed,
                                          &fixed, &order)
                    || order >= 0)))
        {
            return OCI_OK;
        }
    }

    f = match_add(r->d, &r->root, &name, err);
    if (f == NULL) {
        return OCI_NOMEM;
    }

    /* no source is named in these reports */

    f->source_id.len = 0;
    f->source_name.len = 0;
    f->source_url.len = 0;
    f->fixed = match_rpm(r->d, entry, "FixedVersion");
    f->severity_source = oci_str("redhat");

    if (!oci_str_eq(&name, id)) {
        f->vendor_ids.elts = oci_palloc(r->d->report->pool,
                                        sizeof(oci_str_t));
        if (f->vendor_ids.elts == NULL) {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }

        f->vendor_ids.elts[0] = oci_str_dup(r->d->report->pool, id->data,
                                            id->len);
        f->vendor_ids.nelts = 1;
    }

    n = json_number_value(json_object_get(cve, "Severity"));
    f->severity = n >= 0 && n < OCI_SCAN_SEVERITIES
                  ? (oci_scan_severity_e) n : OCI_SCAN_UNKNOWN;
    n = json_number_value(json_object_get(entry, "Status"));
    f->status = n >= 0 && n < OCI_SCAN_STATUSES
                ? (oci_scan_status_e) n : OCI_SCAN_STATUS_UNKNOWN;

    return OCI_OK;
}


static oci_scan_finding_t *
redhat_known(redhat_t *r, const oci_str_t *id)
{
    size_t               i;
    oci_scan_finding_t  *f;

    f = r->d->result->findings.elts;

    for (i = r->d->first; i < r->d->result->findings.nelts; i++) {
        if (oci_str_eq(&f[i].id, id)) {
            return &f[i];
        }
    }

    return NULL;
}


/* what is installed already has the fix */

static void
redhat_prune(redhat_t *r)
{
    int                  order;
    size_t               i, n;
    oci_scan_finding_t  *f;

    f = r->d->result->findings.elts;
    n = r->d->first;

    for (i = r->d->first; i < r->d->result->findings.nelts; i++) {

        if (f[i].fixed.len != 0
            && (!oci_scan_version_cmp(&r->d->version, &f[i].installed,
                                      &f[i].fixed, &order)
                || order >= 0))
        {
            continue;
        }

        f[n++] = f[i];
    }

    r->d->result->findings.nelts = n;
}
