/*
 * Policies that were written for another program: "containers_policy" and
 * "cluster_image_policy".
 */

#include "oci_gate_field.h"
#include "oci_file.h"

#include <string.h>


typedef oci_status_e (*oci_gate_reader_pt)(oci_gate_rules_t *rules,
    const oci_str_t *text, oci_error_t *err);


static oci_status_e oci_gate_import(oci_gate_policy_t *policy,
    oci_gate_rules_t *rules, const oci_str_t *words, size_t n,
    const char *name, oci_gate_reader_pt read, oci_error_t *err);
static oci_gate_rules_t *oci_gate_rules_add(oci_gate_policy_t *policy,
    unsigned line, oci_error_t *err);


/* containers_policy FILE host=NAME */

oci_status_e
oci_gate_word_containers(oci_gate_policy_t *policy, const oci_str_t *words,
    size_t n, unsigned line, oci_error_t *err)
{
    oci_gate_rules_t  *rules;

    rules = oci_gate_rules_add(policy, line, err);

    if (rules == NULL) {
        return OCI_NOMEM;
    }

    if (n > 2) {
        return oci_error(err, OCI_INVALID, 0, "\"containers_policy\" takes a "
                         "file and host=NAME");
    }

    return oci_gate_import(policy, rules, words, n, "containers_policy",
                           oci_gate_containers, err);
}


/* cluster_image_policy FILE host=NAME [trusted_root=FILE] ... */

oci_status_e
oci_gate_word_cluster(oci_gate_policy_t *policy, const oci_str_t *words,
    size_t n, unsigned line, oci_error_t *err)
{
    oci_gate_rules_t  *rules;

    rules = oci_gate_rules_add(policy, line, err);

    if (rules == NULL) {
        return OCI_NOMEM;
    }

    rules->cluster = true;

    return oci_gate_import(policy, rules, words, n, "cluster_image_policy",
                           oci_gate_cluster, err);
}


static oci_gate_rules_t *
oci_gate_rules_add(oci_gate_policy_t *policy, unsigned line, oci_error_t *err)
{
    oci_gate_rules_t  *rules;

    rules = oci_array_push(&policy->rules);

    if (rules == NULL) {
        (void) oci_nomem(err);
        return NULL;
    }

    oci_gate_rules_init(rules, policy->pool);
    rules->dir = policy->dir;
    rules->file = policy->file;
    rules->line = line;
    rules->none.file = rules->file;
    rules->none.line = line;
    rules->none.fixed = "it has nothing for this image";

    return rules;
}


static oci_status_e
oci_gate_import(oci_gate_policy_t *policy, oci_gate_rules_t *rules,
    const oci_str_t *words, size_t n, const char *name,
    oci_gate_reader_pt read, oci_error_t *err)
{
    bool          known;
    char         *path;
    size_t        i;
    oci_str_t     text;
    oci_error_t   why = { OCI_OK, 0, "" };
    oci_status_e  rc;

    for (i = 1; i < n; i++) {

        if (rules->host == NULL && oci_gate_option(&words[i], "host", &text)
            && text.len != 0)
        {
            rules->host = oci_cstr(policy->pool, &text);
            continue;
        }

        rc = oci_gate_trust(policy, &rules->trust, &words[i], &known, err);

        if (rc != OCI_OK || !known) {
            return oci_error(err, OCI_INVALID, 0, "\"%s\" does not take "
                             "\"%.*s\"", name, (int) words[i].len,
                             words[i].data);
        }
    }

    if (rules->host == NULL) {
        return oci_error(err, OCI_INVALID, 0, "\"%s\" needs host=NAME, by "
                         "which the file calls this registry", name);
    }

    path = oci_gate_path(policy->dir, policy->pool, &words[0]);
    rc = oci_file_read(policy->pool, path, OCI_GATE_FILE, &text, &why);

    if (rc == OCI_OK) {
        rules->none.what = (char *) oci_strf(policy->pool, "\"%s\"",
                                             path).data;
        rc = read(rules, &text, &why);
    }

    return (rc == OCI_OK) ? OCI_OK
           : oci_error(err, OCI_INVALID, 0, "\"%s\": %s",
                       path ? path : "", why.text);
}
