/*
 * From the built-in rules and a configuration to what is looked for.
 */

#include "rules.h"
#include "oci_digest.h"

#include <string.h>


#define RULES_VERSION  "secrets-1"      /* raise it with the built-in ones */


static oci_status_e rules_init(oci_scan_rules_t *rules, oci_pool_t *pool,
    rules_choice_t *choice, oci_error_t *err);
static oci_status_e rules_builtins(oci_scan_rules_t *rules,
    oci_error_t *err);
static oci_status_e rules_builtin_add(oci_scan_rules_t *rules,
    const rules_builtin_t *from, oci_error_t *err);
static oci_status_e rules_builtin_allow_add(oci_scan_rules_t *rules,
    oci_array_t *to, const rules_builtin_allow_t *from, oci_error_t *err);
static void rules_drop(oci_scan_rules_t *rules, const rules_choice_t *choice,
    size_t builtin);
static bool rules_has(const oci_array_t *ids, const oci_str_t *id);
static oci_status_e rules_skips(oci_scan_rules_t *rules, oci_error_t *err);
static oci_status_e rules_keywords(oci_scan_rules_t *rules,
    oci_error_t *err);
static bool rules_keyed(const rules_rule_t *rule);
static void rules_key(oci_scan_rules_t *rules, const oci_str_t *config);
static void rules_free(void *data);


oci_status_e
oci_scan_rules_create(oci_scan_rules_t **out, oci_pool_t *pool,
    const oci_str_t *config, const char *path, oci_error_t *err)
{
    size_t              n;
    oci_status_e        rc;
    rules_choice_t      choice;
    oci_scan_rules_t   *rules;

    rules = oci_pcalloc(pool, sizeof(oci_scan_rules_t));
    if (rules == NULL) {
        return oci_nomem(err);
    }

    *out = rules;
    rc = rules_init(rules, pool, &choice, err);

    if (rc == OCI_OK) {
        rc = rules_builtins(rules, err);
    }

    n = rules->rules.nelts;

    if (rc == OCI_OK && config != NULL) {
        rules->path = oci_str(path);
        rc = rules_config(rules, &choice, config, err);
    }

    if (rc == OCI_OK && !choice.has_skip) {
        rc = rules_skips(rules, err);
    }

    if (rc == OCI_OK) {
        rules_drop(rules, &choice, n);
        rules_key(rules, config);
        rc = rules_keywords(rules, err);
    }

    return rc;
}


static oci_status_e
rules_init(oci_scan_rules_t *rules, oci_pool_t *pool, rules_choice_t *choice,
    oci_error_t *err)
{
    rules->pool = pool;
    oci_array_init(&rules->rules, pool, sizeof(rules_rule_t));
    oci_array_init(&rules->allow, pool, sizeof(rules_allow_t));
    oci_array_init(&rules->exclude, pool, sizeof(rules_regexp_t *));
    oci_array_init(&rules->skip, pool, sizeof(oci_str_t));
    oci_array_init(&rules->warnings, pool, sizeof(oci_str_t));

    memset(choice, 0, sizeof(rules_choice_t));
    oci_array_init(&choice->enable, pool, sizeof(oci_str_t));
    oci_array_init(&choice->disable, pool, sizeof(oci_str_t));
    oci_array_init(&choice->disable_allow, pool, sizeof(oci_str_t));

    return (pthread_mutex_init(&rules->lock, NULL) == 0
            && oci_pool_cleanup(pool, rules_free, rules) == OCI_OK)
           ? OCI_OK : oci_nomem(err);
}


static void
rules_free(void *data)
{
    oci_scan_rules_t  *rules;

    rules = data;
    (void) pthread_mutex_destroy(&rules->lock);
}


static oci_status_e
rules_builtins(oci_scan_rules_t *rules, oci_error_t *err)
{
    oci_status_e                  rc;
    const rules_builtin_t        *rule;
    const rules_builtin_allow_t  *allow;

    rc = OCI_OK;

    for (rule = rules_builtin; rc == OCI_OK && rule->id != NULL; rule++) {
        rc = rules_builtin_add(rules, rule, err);
    }

    for (allow = rules_builtin_allow; rc == OCI_OK && allow->id != NULL;
         allow++)
    {
        rc = rules_builtin_allow_add(rules, &rules->allow, allow, err);
    }

    return rc;
}


static oci_status_e
rules_builtin_add(oci_scan_rules_t *rules, const rules_builtin_t *from,
    oci_error_t *err)
{
    oci_str_t              *word;
    oci_status_e            rc;
    rules_rule_t           *rule;
    const char *const      *keyword;
    rules_builtin_allow_t   allow;

    rule = oci_array_push(&rules->rules);
    if (rule == NULL) {
        return oci_nomem(err);
    }

    rule->id = oci_str(from->id);
    rule->category = oci_str(from->category);
    rule->title = oci_str(from->title);
    rule->severity = from->severity;
    rule->group = oci_str((strstr(from->pattern, "?P<secret>") != NULL)
                          ? "secret" : "");
    oci_array_init(&rule->keywords, rules->pool, sizeof(oci_str_t));
    oci_array_init(&rule->allow, rules->pool, sizeof(rules_allow_t));
    oci_array_init(&rule->exclude, rules->pool, sizeof(rules_regexp_t *));

    rc = rules_regexp(rules, &rule->pattern, from->pattern, false, err);

    if (rc == OCI_OK && from->path != NULL) {
        rc = rules_regexp(rules, &rule->path, from->path, false, err);
    }

    if (rc == OCI_OK && from->allow != NULL) {
        allow.id = "";
        allow.path = NULL;
        allow.pattern = from->allow;
        rc = rules_builtin_allow_add(rules, &rule->allow, &allow, err);
    }

    for (keyword = from->keywords; rc == OCI_OK && *keyword != NULL;
         keyword++)
    {
        word = oci_array_push(&rule->keywords);
        if (word == NULL) {
            return oci_nomem(err);
        }

        *word = oci_str(*keyword);
    }

    return rc;
}


static oci_status_e
rules_builtin_allow_add(oci_scan_rules_t *rules, oci_array_t *to,
    const rules_builtin_allow_t *from, oci_error_t *err)
{
    oci_status_e    rc;
    rules_allow_t  *allow;

    allow = oci_array_push(to);
    if (allow == NULL) {
        return oci_nomem(err);
    }

    allow->id = oci_str(from->id);
    rc = OCI_OK;

    if (from->path != NULL) {
        rc = rules_regexp(rules, &allow->path, from->path, false, err);
    }

    return (rc == OCI_OK && from->pattern != NULL)
           ? rules_regexp(rules, &allow->pattern, from->pattern, false, err)
           : rc;
}


static oci_status_e
rules_skips(oci_scan_rules_t *rules, oci_error_t *err)
{
    oci_str_t          *pattern;
    const char *const  *skip;

    for (skip = rules_builtin_skip; *skip != NULL; skip++) {

        pattern = oci_array_push(&rules->skip);
        if (pattern == NULL) {
            return oci_nomem(err);
        }

        *pattern = oci_str(*skip);
    }

    return OCI_OK;
}


/* what was chosen by id: of ours those that are enabled, of all of them ... */

static void
rules_drop(oci_scan_rules_t *rules, const rules_choice_t *choice,
    size_t builtin)
{
    size_t          i, n;
    rules_rule_t   *rule;
    rules_allow_t  *allow;

    rule = rules->rules.elts;

    for (i = 0, n = 0; i < rules->rules.nelts; i++) {
        if ((i >= builtin || choice->enable.nelts == 0
             || rules_has(&choice->enable, &rule[i].id))
            && !rules_has(&choice->disable, &rule[i].id))
        {
            rule[n++] = rule[i];
        }
    }

    rules->rules.nelts = n;
    allow = rules->allow.elts;

    for (i = 0, n = 0; i < rules->allow.nelts; i++) {
        if (!rules_has(&choice->disable_allow, &allow[i].id)) {
            allow[n++] = allow[i];
        }
    }

    rules->allow.nelts = n;
}


static bool
rules_has(const oci_array_t *ids, const oci_str_t *id)
{
    size_t            i;
    const oci_str_t  *s;

    s = ids->elts;

    for (i = 0; i < ids->nelts; i++) {
        if (oci_str_eq(&s[i], id)) {
            return true;
        }
    }

    return false;
}


static oci_status_e
rules_keywords(oci_scan_rules_t *rules, oci_error_t *err)
{
    size_t            i, k, n;
    oci_str_t        *word;
    rules_rule_t     *rule;
    keywords_word_t  *words;

    rule = rules->rules.elts;

    for (i = 0, n = 0; i < rules->rules.nelts; i++) {
        n += rule[i].keywords.nelts;
    }

    words = oci_pcalloc(rules->pool, (n + 1) * sizeof(keywords_word_t));
    if (words == NULL) {
        return oci_nomem(err);
    }

    for (i = 0, n = 0; i < rules->rules.nelts; i++) {

        if (!rules_keyed(&rule[i])) {
            rules->unkeyed[i / 64] |= (uint64_t) 1 << (i % 64);
            continue;
        }

        word = rule[i].keywords.elts;

        for (k = 0; k < rule[i].keywords.nelts; k++) {
            words[n].word = word[k];
            words[n++].rule = (uint32_t) i;
        }
    }

    return keywords_build(&rules->keywords, rules->pool, words, n, err);
}


/*
 * Is the rule only for files with its keywords?  Letters beyond ASCII, whose
 * case we do not know, are not waited for.
 */

static bool
rules_keyed(const rules_rule_t *rule)
{
    size_t      i, k;
    oci_str_t  *word;

    word = rule->keywords.elts;

    for (i = 0; i < rule->keywords.nelts; i++) {

        if (word[i].len == 0) {
            return false;
        }

        for (k = 0; k < word[i].len; k++) {
            if (word[i].data[k] >= 0x80) {
                return false;
            }
        }
    }

    return rule->keywords.nelts != 0;
}


static void
rules_key(oci_scan_rules_t *rules, const oci_str_t *config)
{
    oci_hash_t    hash;
    oci_digest_t  digest;

    oci_hash_init(&hash, OCI_SHA256);
    oci_hash_update(&hash, RULES_VERSION, sizeof(RULES_VERSION));
    oci_hash_update(&hash, rules->path.data, rules->path.len);

    if (config != NULL) {
        oci_hash_update(&hash, config->data, config->len);
    }

    oci_hash_final(&hash, &digest);
    memcpy(rules->key, oci_digest_hex(&digest), RULES_KEY_SIZE - 1);
}


const char *
oci_scan_rules_key(const oci_scan_rules_t *rules)
{
    return rules->key;
}


const oci_array_t *
oci_scan_rules_warnings(const oci_scan_rules_t *rules)
{
    return &rules->warnings;
}
