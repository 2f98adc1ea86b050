/*
 * The vulnerability database: is there one, may it be used, must a new one be
 * downloaded.
 */

#include "scan/db.h"
#include "scan/db_folder.h"
#include "scan/db_pull.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>


static oci_status_e scan_db_missing(scan_t *s);
static bool scan_db_exists(scan_t *s);


oci_status_e
scan_db_ready(scan_t *s)
{
    bool             skip;
    oci_error_t      why;
    oci_status_e     rc;
    struct timespec  now;

    skip = s->o->db.skip_update || s->o->db.offline;
    memset(&why, 0, sizeof(why));

    rc = oci_scan_meta_load(&s->meta, s->db_dir, &why);

    if (rc != OCI_OK || !scan_db_exists(s)) {
        return skip ? scan_db_missing(s) : scan_db_fetch(s);
    }

    (void) clock_gettime(CLOCK_REALTIME, &now);

    switch (oci_scan_meta_judge(&s->meta, &now, skip)) {

    case OCI_SCAN_META_FRESH:
        return scan_db_check(s);

    case OCI_SCAN_META_STALE:
        return scan_db_fetch(s);

    case OCI_SCAN_META_SUSPECT:
        scan_log(s, SCAN_WARN, "The database may be corrupted and will be "
                 "downloaded again. If you put it there by hand, use "
                 "\"--skip-db-update\" or \"tally db import\".");
        return scan_db_fetch(s);

    case OCI_SCAN_META_NEW:
        scan_log(s, SCAN_ERROR, "[vulndb] tally is older than its database. "
                 "Update tally.");
        return oci_error(&s->err, OCI_INVALID, 0, "the version of DB schema "
                         "doesn't match. Local DB: %llu, Expected: %d",
                         (unsigned long long) s->meta.version,
                         OCI_SCAN_META_SCHEMA);

    default: /* OCI_SCAN_META_OLD */

        if (!skip) {
            return scan_db_fetch(s);
        }

        scan_log(s, SCAN_ERROR, "The local DB has an old schema version "
                 "which is not supported. It needs to be updated.");
        return oci_error(&s->err, OCI_INVALID, 0, "--skip-db-update cannot "
                         "be specified with the old DB schema. Local DB: "
                         "%llu, Expected: %d",
                         (unsigned long long) s->meta.version,
                         OCI_SCAN_META_SCHEMA);
    }
}


static oci_status_e
scan_db_missing(scan_t *s)
{
    scan_log(s, SCAN_ERROR, "[vulndb] There is no usable database in \"%s\" "
             "and no update may be made: \"tally db import FILE\" or \"tally "
             "db pull\" puts one there", s->db_dir);

    return oci_error(&s->err, OCI_NOT_FOUND, 0, "--skip-db-update cannot be "
                     "specified on the first run");
}


oci_status_e
scan_db_fetch(scan_t *s)
{
    size_t              at, i;
    oci_str_t           value;
    oci_error_t         last;
    oci_status_e        rc;
    const char         *rest;
    const char *const  *usual;

    at = 0;
    rest = NULL;
    rc = OCI_NOT_FOUND;
    usual = s->db->usual;
    memset(&last, 0, sizeof(last));

    for (i = 0; /* void */ ; i++) {

        if (s->repositories->nelts != 0) {
            if (!scan_list_next(s->repositories, &at, &rest, &value)) {
                break;
            }

        } else if (i < sizeof(s->db->usual) / sizeof(s->db->usual[0])) {
            value = oci_str(usual[i]);

        } else {
            break;
        }

        memset(&s->err, 0, sizeof(s->err));
        scan_log(s, SCAN_INFO, "[%s] Downloading %s...", s->db->prefix,
                 s->db->name);

        rc = scan_db_pull(s, oci_cstr(s->pool, &value));
        if (rc == OCI_OK) {
            return oci_scan_meta_load(&s->meta, s->db_dir, &s->err);
        }

        scan_log(s, SCAN_ERROR, "[%s] Failed to download \"%.*s\": %s",
                 s->db->prefix, (int) value.len, value.data, s->err.text);
        last = s->err;
    }

    memset(&s->err, 0, sizeof(s->err));

    return oci_error(&s->err, rc, 0, "failed to download %s: %.400s",
                     s->db->name, last.text);
}


static bool
scan_db_exists(scan_t *s)
{
    oci_str_t    path;
    struct stat  st;

    path = oci_strf(s->pool, "%s/trivy.db", s->db_dir);

    return path.data != NULL && stat((char *) path.data, &st) == 0;
}
