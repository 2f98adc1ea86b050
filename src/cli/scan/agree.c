/*
 * Flags that contradict each other, and values that no scan could be about:
 * refused before anything is done.
 */

#include "scan/agree.h"

#include <string.h>


static oci_status_e agree_databases(scan_t *s);
static oci_status_e agree_not_both(scan_t *s, bool both, const char *one,
    const char *two);
static oci_status_e agree_relations(scan_t *s);
static oci_status_e agree_table(scan_t *s);
static oci_status_e agree_status(scan_t *s);
static oci_status_e agree_platform(scan_t *s);


oci_status_e
scan_agree(scan_t *s)
{
    size_t               i;
    oci_status_e         rc;
    static oci_status_e  (*const rules[])(scan_t *s) = {
        agree_databases, agree_relations, agree_table, agree_status,
        agree_platform
    };

    rc = OCI_OK;

    for (i = 0; rc == OCI_OK && i < sizeof(rules) / sizeof(rules[0]); i++) {
        rc = rules[i](s);
    }

    return rc;
}


static oci_status_e
agree_databases(scan_t *s)
{
    oci_status_e              rc;
    const scan_db_options_t  *db;

    db = &s->o->db;
    rc = agree_not_both(s, db->only && db->java_only, "download-db-only",
                        "download-java-db-only");

    if (rc == OCI_OK) {
        rc = agree_not_both(s, db->only && db->skip_update, "skip-db-update",
                            "download-db-only");
    }

    if (rc == OCI_OK) {
        rc = agree_not_both(s, db->java_only && db->skip_java_update,
                            "skip-java-db-update", "download-java-db-only");
    }

    return rc;
}


static oci_status_e
agree_not_both(scan_t *s, bool both, const char *one, const char *two)
{
    return !both ? OCI_OK
           : oci_error(&s->err, OCI_INVALID, 0, "--%s and --%s options can "
                       "not be specified both", one, two);
}


/* what hangs on the whole graph of packages is not told of a part of it */

static oci_status_e
agree_relations(scan_t *s)
{
    const scan_output_options_t  *out;

    out = &s->o->output;

    if (s->relations == 0 || s->relations == SCAN_RELATIONS_ALL
        || !(out->tree || s->o->filter.vex.nelts != 0
             || strcmp(out->format, "cyclonedx") == 0
             || strcmp(out->format, "spdx") == 0
             || strcmp(out->format, "spdx-json") == 0
             || strcmp(out->format, "github") == 0))
    {
        return OCI_OK;
    }

    return oci_error(&s->err, OCI_INVALID, 0, "'--pkg-relationships' cannot "
                     "be used with '--dependency-tree', '--vex' or SBOM "
                     "formats");
}


static oci_status_e
agree_table(scan_t *s)
{
    const scan_output_options_t  *out;

    out = &s->o->output;

    if (strcmp(out->format, "table") == 0) {
        return OCI_OK;
    }

    if (out->table_mode.nelts != 0) {
        return oci_error(&s->err, OCI_INVALID, 0, "\"--table-mode\" can be "
                         "used only with \"--format table\"");
    }

    if (out->tree) {
        scan_log(s, SCAN_WARN, "\"--dependency-tree\" can be used only with "
                 "\"--format table\".");
    }

    return OCI_OK;
}


/* and what an exit status can be: 256 would be taken for 0 */

static oci_status_e
agree_status(scan_t *s)
{
    const scan_output_options_t  *out;

    out = &s->o->output;

    if (out->exit_code < -128 || out->exit_code > 255) {
        return oci_error(&s->err, OCI_INVALID, 0, "invalid argument for "
                         "\"--exit-code\" flag: it is a number up to 255");
    }

    if (out->exit_on_eol < -128 || out->exit_on_eol > 255) {
        return oci_error(&s->err, OCI_INVALID, 0, "invalid argument for "
                         "\"--exit-on-eol\" flag: it is a number up to 255");
    }

    return OCI_OK;
}


static oci_status_e
agree_platform(scan_t *s)
{
    size_t       slashes;
    const char  *p, *text;

    text = s->o->platform;
    slashes = 0;

    for (p = text; p != NULL && *p != '\0'; p++) {
        slashes += *p == '/';
    }

    return (slashes <= 2) ? OCI_OK
           : oci_error(&s->err, OCI_INVALID, 0, "unable to parse platform: "
                       "too many slashes in platform spec: %.256s", text);
}
