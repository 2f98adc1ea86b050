/*
 * What rules and their configuration share: expressions, and what lets pass.
 */

#include "rules.h"

#include <string.h>


oci_status_e
rules_regexp(oci_scan_rules_t *rules, rules_regexp_t **out,
    const char *pattern, bool check, oci_error_t *err)
{
    oci_status_e        rc;
    rules_regexp_t     *re;
    oci_regexp_t  *compiled;

    re = oci_pcalloc(rules->pool, sizeof(rules_regexp_t));
    if (re == NULL) {
        return oci_nomem(err);
    }

    re->pattern = pattern;
    *out = re;

    if (!check) {
        return OCI_OK;
    }

    rc = oci_regexp_compile(&compiled, rules->pool, pattern, err);
    re->compiled = compiled;

    return rc;
}


/* most rules are never asked, as no file has their keywords */

oci_regexp_t *
rules_compiled(oci_scan_rules_t *rules, rules_regexp_t *re)
{
    oci_error_t         err;
    oci_regexp_t  *compiled;

    compiled = re->compiled;

    if (compiled != NULL) {
        return compiled;
    }

    memset(&err, 0, sizeof(err));
    (void) pthread_mutex_lock(&rules->lock);
    compiled = re->compiled;

    if (compiled == NULL
        && oci_regexp_compile(&compiled, rules->pool, re->pattern, &err)
           == OCI_OK)
    {
        re->compiled = compiled;
    }

    (void) pthread_mutex_unlock(&rules->lock);

    return compiled;
}


bool
rules_allow_path(oci_scan_rules_t *rules, const oci_array_t *list,
    oci_regexp_room_t *room, const oci_str_t *path)
{
    size_t               i;
    rules_allow_t       *allow;
    oci_regexp_t   *re;

    allow = list->elts;

    for (i = 0; i < list->nelts; i++) {

        re = (allow[i].path != NULL) ? rules_compiled(rules, allow[i].path)
                                     : NULL;

        if (re != NULL && oci_regexp_test(re, room, path)) {
            return true;
        }
    }

    return false;
}


bool
rules_allow_text(oci_scan_rules_t *rules, const oci_array_t *list,
    oci_regexp_room_t *room, const oci_str_t *text)
{
    size_t               i;
    rules_allow_t       *allow;
    oci_regexp_t   *re;

    allow = list->elts;

    for (i = 0; i < list->nelts; i++) {

        re = (allow[i].pattern != NULL)
             ? rules_compiled(rules, allow[i].pattern) : NULL;

        if (re != NULL && oci_regexp_test(re, room, text)) {
            return true;
        }
    }

    return false;
}
