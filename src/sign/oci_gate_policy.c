/*
 * A policy, read directive by directive.
 */

#include "oci_gate_word.h"

#include <string.h>


typedef oci_status_e (*oci_gate_word_pt)(oci_gate_policy_t *policy,
    const oci_str_t *words, size_t n, unsigned line, oci_error_t *err);

typedef struct {
    const char         *name;
    size_t              min;        /* words behind the name */
    size_t              max;
    bool                inside;     /* of a block of signers */
    bool                block;
    bool                once;
    oci_gate_word_pt    fn;
} oci_gate_word_t;


static oci_status_e oci_gate_word_log(oci_gate_policy_t *policy,
    const oci_str_t *words, size_t n, unsigned line, oci_error_t *err);
static oci_status_e oci_gate_word_index(oci_gate_policy_t *policy,
    const oci_str_t *words, size_t n, unsigned line, oci_error_t *err);
static oci_status_e oci_gate_word_reference(oci_gate_policy_t *policy,
    const oci_str_t *words, size_t n, unsigned line, oci_error_t *err);
static oci_status_e oci_gate_word_mode(oci_gate_policy_t *policy,
    const oci_str_t *words, size_t n, unsigned line, oci_error_t *err);
static oci_status_e oci_gate_close_require(oci_gate_policy_t *policy,
    oci_error_t *err);


static const oci_gate_word_t  oci_gate_words[] = {
    { "require", 1, 1, false, true, false, oci_gate_word_require },
    { "key", 1, 4, true, false, false, oci_gate_word_key },
    { "keyless", 2, 8, true, false, false, oci_gate_word_keyless },
    { "log", 1, 9, false, false, true, oci_gate_word_log },
    { "index", 1, 1, false, false, true, oci_gate_word_index },
    { "reference", 1, 1, false, false, true, oci_gate_word_reference },
    { "mode", 1, 1, false, false, true, oci_gate_word_mode },
    { "containers_policy", 1, 2, false, false, false,
      oci_gate_word_containers },
    { "cluster_image_policy", 1, 8, false, false, false,
      oci_gate_word_cluster },
    { "scan", 1, 16, false, false, true, oci_gate_word_scan },
    { "unscanned", 1, 1, false, false, true, oci_gate_word_unscanned },
    { "database", 1, 2, false, false, true, oci_gate_word_database },
    { NULL, 0, 0, false, false, false, NULL }
};


oci_status_e
oci_gate_open(oci_gate_policy_t **policy, oci_pool_t *pool,
    const oci_str_t *name, const char *dir, const char *file, unsigned line,
    oci_gate_spare_pt spare, oci_error_t *err)
{
    oci_gate_policy_t  *p;

    p = oci_pcalloc(pool, sizeof(oci_gate_policy_t));

    if (p == NULL) {
        return oci_nomem(err);
    }

    p->pool = pool;
    p->name = oci_str_dup(pool, name->data, name->len);
    p->dir = (char *) oci_strf(pool, "%s", dir).data;
    p->file = (char *) oci_strf(pool, "%s", file).data;
    p->line = line;
    p->reference = OCI_GATE_REPOSITORY;
    oci_array_init(&p->requires, pool, sizeof(oci_gate_require_t));
    p->scan.spare = spare;
    oci_array_init(&p->scan.vex, pool, sizeof(const char *));
    oci_array_init(&p->rules, pool, sizeof(oci_gate_rules_t));
    oci_array_init(&p->trust, pool, sizeof(oci_gate_trust_t));
    *policy = p;

    return (p->name.data == NULL || p->dir == NULL || p->file == NULL)
           ? oci_nomem(err) : OCI_OK;
}


oci_status_e
oci_gate_add(oci_gate_policy_t *policy, const oci_str_t *words, size_t n,
    bool block, unsigned line, oci_error_t *err)
{
    size_t                  i;
    const oci_gate_word_t  *w;

    for (i = 0; oci_gate_words[i].name != NULL; i++) {
        if (oci_str_is(&words[0], oci_gate_words[i].name)) {
            break;
        }
    }

    w = &oci_gate_words[i];

    if (w->name == NULL || w->inside != (policy->open != NULL)) {
        return oci_error(err, OCI_INVALID, 0, "\"%.*s\" is no directive of "
                         "a %s", (int) words[0].len, words[0].data,
                         policy->open ? "\"require\" block" : "policy");
    }

    if (n - 1 < w->min || n - 1 > w->max || block != w->block) {
        return oci_error(err, OCI_INVALID, 0, "wrong number of words in "
                         "\"%s\", or %s", w->name,
                         w->block ? "no block" : "a block behind it");
    }

    if (w->once && (policy->said & (1U << i))) {
        return oci_error(err, OCI_INVALID, 0, "\"%s\" is duplicate",
                         w->name);
    }

    policy->said |= 1U << i;

    return w->fn(policy, words + 1, n - 1, line, err);
}


static oci_status_e
oci_gate_word_log(oci_gate_policy_t *policy, const oci_str_t *words,
    size_t n, unsigned line, oci_error_t *err)
{
    bool          known, optional;
    size_t        i;
    oci_status_e  rc;

    (void) line;

    rc = oci_gate_either(&words[0], "required", "optional", &optional, err);
    policy->log = optional ? OCI_GATE_LOG_OPTIONAL : OCI_GATE_LOG_REQUIRED;

    for (i = 1; rc == OCI_OK && i < n; i++) {
        rc = oci_gate_trust(policy, &policy->trust, &words[i], &known, err);

        if (rc == OCI_OK && !known) {
            return oci_error(err, OCI_INVALID, 0, "\"log\" takes rekor_key= "
                             "and trusted_root=, not \"%.*s\"",
                             (int) words[i].len, words[i].data);
        }
    }

    return rc;
}


static oci_status_e
oci_gate_word_index(oci_gate_policy_t *policy, const oci_str_t *words,
    size_t n, unsigned line, oci_error_t *err)
{
    (void) n;
    (void) line;

    return oci_gate_either(&words[0], "self", "children", &policy->children,
                           err);
}


static oci_status_e
oci_gate_word_reference(oci_gate_policy_t *policy, const oci_str_t *words,
    size_t n, unsigned line, oci_error_t *err)
{
    bool          any;
    oci_status_e  rc;

    (void) n;
    (void) line;

    rc = oci_gate_either(&words[0], "repository", "any", &any, err);
    policy->reference = any ? OCI_GATE_ANY : OCI_GATE_REPOSITORY;

    return rc;
}


static oci_status_e
oci_gate_word_mode(oci_gate_policy_t *policy, const oci_str_t *words,
    size_t n, unsigned line, oci_error_t *err)
{
    (void) n;
    (void) line;

    return oci_gate_either(&words[0], "enforce", "report", &policy->report,
                           err);
}


oci_status_e
oci_gate_close(oci_gate_policy_t *policy, oci_error_t *err)
{
    if (policy->open != NULL) {
        return oci_gate_close_require(policy, err);
    }

    if (!policy->scan.on && (policy->scan.age != 0 || policy->scan.spares)) {
        return oci_error(err, OCI_INVALID, 0, "\"unscanned\" and "
                         "\"database\" go with \"scan\"");
    }

    if (policy->requires.nelts == 0 && policy->rules.nelts == 0
        && !policy->scan.on)
    {
        return oci_error(err, OCI_INVALID, 0, "the policy \"%.*s\" asks for "
                         "nothing: it needs a \"require\" block, another "
                         "program's policy, or \"scan\"",
                         (int) policy->name.len, policy->name.data);
    }

    return oci_gate_policy_check(policy, err);
}


static oci_status_e
oci_gate_close_require(oci_gate_policy_t *policy, oci_error_t *err)
{
    oci_gate_require_t  *require;

    require = policy->open;
    policy->open = NULL;

    if (require->signers.nelts == 0) {
        return oci_error(err, OCI_INVALID, 0, "\"require %u\" names nobody: "
                         "it needs \"key\" or \"keyless\"", require->need);
    }

    return OCI_OK;
}
