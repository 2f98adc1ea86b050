/*
 * What a policy says of reports: "scan", "unscanned" and "database".
 */

#include "oci_gate_word.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>


static oci_status_e oci_gate_scan_option(oci_gate_policy_t *policy,
    const oci_str_t *word, bool *known, oci_error_t *err);
static oci_status_e oci_gate_spare_check(oci_gate_policy_t *policy,
    oci_error_t *err);
static bool oci_gate_bound(oci_gate_scan_t *scan, const oci_str_t *text);


oci_status_e
oci_gate_word_scan(oci_gate_policy_t *policy, const oci_str_t *words,
    size_t n, unsigned line, oci_error_t *err)
{
    bool              known;
    size_t            i;
    oci_status_e      rc;
    oci_gate_scan_t  *scan;

    scan = &policy->scan;
    scan->on = true;
    scan->by.need = 1;
    scan->by.file = policy->file;
    scan->by.line = line;
    oci_array_init(&scan->by.signers, policy->pool,
                   sizeof(oci_gate_signer_t));

    for (i = 0; i < n; i++) {
        rc = oci_gate_scan_option(policy, &words[i], &known, err);

        if (rc != OCI_OK || !known) {
            return oci_error(err, OCI_INVALID, 0, "\"scan\" takes max=low, "
                             "medium, high, critical or a CVSS score, "
                             "fixable, grace=TIME, ignore=FILE, vex=FILE "
                             "and key=FILE, not "
                             "\"%.*s\"", (int) words[i].len,
                             words[i].data);
        }
    }

    if (scan->severity == 0 && scan->cvss == 0) {
        return oci_error(err, OCI_INVALID, 0, "\"scan\" needs max=");
    }

    return oci_gate_spare_check(policy, err);
}


/* what need not count: files, for what is wrong with them */

static oci_status_e
oci_gate_spare_check(oci_gate_policy_t *policy, oci_error_t *err)
{
    oci_pool_t       *pool;
    oci_error_t       why = { OCI_OK, 0, "" };
    oci_status_e      rc;
    oci_gate_scan_t  *scan;

    scan = &policy->scan;

    if (scan->ignore == NULL && scan->vex.nelts == 0) {
        return OCI_OK;
    }

    pool = oci_pool_create();

    if (pool == NULL) {
        return oci_nomem(err);
    }

    rc = scan->spare(pool, NULL, scan->ignore, &scan->vex, 0, &why);
    oci_pool_destroy(pool);

    return (rc == OCI_OK) ? OCI_OK
           : oci_error(err, OCI_INVALID, 0, "%s", why.text);
}


static oci_status_e
oci_gate_scan_option(oci_gate_policy_t *policy, const oci_str_t *word,
    bool *known, oci_error_t *err)
{
    oci_str_t           value;
    const char        **path;
    oci_gate_scan_t    *scan;
    oci_gate_signer_t  *signer;

    scan = &policy->scan;
    *known = true;

    if (oci_str_is(word, "fixable")) {
        scan->fixable = true;
        return OCI_OK;
    }

    if (oci_gate_option(word, "max", &value)) {
        *known = oci_gate_bound(scan, &value);
        return OCI_OK;
    }

    if (oci_gate_option(word, "grace", &value)) {
        *known = oci_gate_duration(&value, &scan->grace);
        return OCI_OK;
    }

    if (oci_gate_option(word, "ignore", &value)) {
        *known = (scan->ignore == NULL && value.len != 0);
        scan->ignore = oci_gate_path(policy->dir, policy->pool, &value);

        return (scan->ignore != NULL) ? OCI_OK : oci_nomem(err);
    }

    if (oci_gate_option(word, "vex", &value)) {
        *known = (value.len != 0);
        path = oci_array_push(&scan->vex);

        if (path == NULL) {
            return oci_nomem(err);
        }

        *path = oci_gate_path(policy->dir, policy->pool, &value);

        return (*path != NULL) ? OCI_OK : oci_nomem(err);
    }

    *known = oci_gate_option(word, "key", &value);

    if (!*known) {
        return OCI_OK;
    }

    signer = oci_gate_signer_add(policy->pool, &scan->by, scan->by.line, err);

    if (signer == NULL) {
        return OCI_INVALID;
    }

    signer->key.path = oci_gate_path(policy->dir, policy->pool, &value);
    signer->what = signer->key.path;

    return oci_gate_keys_check(policy, signer, err);
}


static bool
oci_gate_bound(oci_gate_scan_t *scan, const oci_str_t *text)
{
    char         *end;
    unsigned      i;

    for (i = 1; i < OCI_GATE_SEVERITIES; i++) {
        if (text->len == strlen(oci_gate_severities[i])
            && strncasecmp((char *) text->data, oci_gate_severities[i],
                           text->len) == 0)
        {
            scan->severity = i;
            return true;
        }
    }

    scan->cvss = strtod((char *) text->data, &end);

    return end == (char *) text->data + text->len && text->len != 0
           && scan->cvss > 0 && scan->cvss <= 10;
}


oci_status_e
oci_gate_word_unscanned(oci_gate_policy_t *policy, const oci_str_t *words,
    size_t n, unsigned line, oci_error_t *err)
{
    (void) n;
    (void) line;

    return oci_gate_either(&words[0], "deny", "warn", &policy->scan.spares,
                           err);
}


oci_status_e
oci_gate_word_database(oci_gate_policy_t *policy, const oci_str_t *words,
    size_t n, unsigned line, oci_error_t *err)
{
    oci_str_t  value;

    (void) line;

    if (!oci_gate_option(&words[0], "max_age", &value)
        || !oci_gate_duration(&value, &policy->scan.age)
        || policy->scan.age == 0)
    {
        return oci_error(err, OCI_INVALID, 0, "\"database\" takes "
                         "max_age=TIME, such as 72h, and deny or warn");
    }

    return (n < 2) ? OCI_OK
           : oci_gate_either(&words[1], "deny", "warn", &policy->scan.old,
                             err);
}
