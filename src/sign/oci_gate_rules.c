/*
 * The blocks of signers that are for an image: those of the policy itself,
 * and those that a file has for it by its name.
 */

#include "oci_gate_trial.h"
#include "oci_regexp.h"

#include <string.h>


static oci_status_e oci_gate_rules_scope(oci_gate_trial_t *t,
    const oci_gate_rules_t *rules, const oci_gate_scope_t **scope);
static const oci_gate_scope_t *oci_gate_rules_find(
    const oci_gate_rules_t *rules, const oci_str_t *name);
static oci_status_e oci_gate_rules_match(oci_gate_trial_t *t,
    const oci_gate_rules_t *rules);
static oci_status_e oci_gate_rules_take(oci_gate_trial_t *t,
    const oci_gate_require_t *require, size_t n);


oci_status_e
oci_gate_rules(oci_gate_trial_t *t)
{
    size_t                   i;
    oci_status_e             rc;
    const oci_gate_rules_t  *rules;
    const oci_gate_scope_t  *scope;

    oci_array_init(&t->requires, t->temp, sizeof(oci_gate_require_t *));
    rc = oci_gate_rules_take(t, t->policy->requires.elts,
                             t->policy->requires.nelts);
    rules = t->policy->rules.elts;

    for (i = 0; rc == OCI_OK && i < t->policy->rules.nelts; i++) {

        if (rules[i].cluster) {
            rc = oci_gate_rules_match(t, &rules[i]);
            continue;
        }

        scope = NULL;
        rc = oci_gate_rules_scope(t, &rules[i], &scope);

        if (rc == OCI_OK) {
            rc = (scope != NULL)
                 ? oci_gate_rules_take(t, scope->requires.elts,
                                       scope->requires.nelts)
                 : oci_gate_rules_take(t, &rules[i].none, 1);
        }
    }

    return rc;
}


static oci_status_e
oci_gate_rules_take(oci_gate_trial_t *t, const oci_gate_require_t *require,
    size_t n)
{
    size_t                      i;
    const oci_gate_require_t  **slot;

    for (i = 0; i < n; i++) {
        slot = oci_array_push(&t->requires);

        if (slot == NULL) {
            return oci_nomem(t->err);
        }

        *slot = &require[i];
    }

    return OCI_OK;
}


/*
 * The most specific scope: the repository, what it lies in, the host, "*."
 * and what the host's name ends in, the transport's default, the default.
 */

static oci_status_e
oci_gate_rules_scope(oci_gate_trial_t *t, const oci_gate_rules_t *rules,
    const oci_gate_scope_t **scope)
{
    u_char     *at;
    oci_str_t   name, wild;

    name = oci_strf(t->temp, "%s/%.*s", rules->host,
                    (int) t->source->repo.len, t->source->repo.data);

    if (name.data == NULL) {
        return oci_nomem(t->err);
    }

    while ((*scope = oci_gate_rules_find(rules, &name)) == NULL) {
        at = memrchr(name.data, '/', name.len);

        if (at == NULL) {
            break;
        }

        name.len = (size_t) (at - name.data);
    }

    at = memchr(name.data, ':', name.len);
    name.len = (at != NULL) ? (size_t) (at - name.data) : name.len;

    while (*scope == NULL
           && (at = memchr(name.data, '.', name.len)) != NULL)
    {
        name.len -= (size_t) (at + 1 - name.data);
        name.data = at + 1;
        wild = oci_strf(t->temp, "*.%.*s", (int) name.len, name.data);

        if (wild.data == NULL) {
            return oci_nomem(t->err);
        }

        *scope = oci_gate_rules_find(rules, &wild);
    }

    name = oci_str("");

    if (*scope == NULL) {
        *scope = oci_gate_rules_find(rules, &name);
    }

    name = oci_str(NULL);

    if (*scope == NULL) {
        *scope = oci_gate_rules_find(rules, &name);
    }

    return OCI_OK;
}


/* the global default has no name at all, which is not the empty one */

static const oci_gate_scope_t *
oci_gate_rules_find(const oci_gate_rules_t *rules, const oci_str_t *name)
{
    size_t                   i;
    const oci_gate_scope_t  *scope;

    scope = rules->scopes.elts;

    for (i = 0; i < rules->scopes.nelts; i++) {
        if ((scope[i].name.data == NULL) == (name->data == NULL)
            && oci_str_eq(&scope[i].name, name))
        {
            return &scope[i];
        }
    }

    return NULL;
}


/* every policy with a glob that is for the repository; there must be one */

static oci_status_e
oci_gate_rules_match(oci_gate_trial_t *t, const oci_gate_rules_t *rules)
{
    bool                     matches, any;
    size_t                   i, k;
    oci_str_t                name, tagged;
    oci_status_e             rc;
    const char             **globs;
    const oci_gate_scope_t  *scope;

    name = oci_strf(t->temp, "%s/%.*s", rules->host,
                    (int) t->source->repo.len, t->source->repo.data);
    tagged = oci_strf(t->temp, "%s:latest", (char *) name.data);

    if (name.data == NULL || tagged.data == NULL) {
        return oci_nomem(t->err);
    }

    rc = OCI_OK;
    any = false;
    scope = rules->scopes.elts;

    for (i = 0; rc == OCI_OK && i < rules->scopes.nelts; i++) {
        globs = scope[i].globs.elts;
        matches = false;

        for (k = 0; !matches && k < scope[i].globs.nelts; k++) {
            matches = oci_regexp_match(globs[k], &name)
                      || oci_regexp_match(globs[k], &tagged);
        }

        if (matches) {
            any = true;
            rc = oci_gate_rules_take(t, scope[i].requires.elts,
                                     scope[i].requires.nelts);
        }
    }

    return (rc != OCI_OK || any) ? rc
           : oci_gate_rules_take(t, &rules->none, 1);
}
