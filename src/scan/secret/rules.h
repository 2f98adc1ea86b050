/*
 * Rules: what is looked for, where, and what is let pass.
 */

#ifndef OCI_SCAN_SECRET_RULES_H
#define OCI_SCAN_SECRET_RULES_H

#include "oci_scan_secret.h"
#include "oci_regexp.h"
#include "keywords.h"

#include <pthread.h>


#define RULES_MAX           1000
#define RULES_KEYWORDS_MAX  10000
#define RULES_BITS          (RULES_MAX / 64 + 1)
#define RULES_KEY_SIZE      33


typedef struct {
    const char           *id;
    const char           *category;
    oci_scan_severity_e   severity;
    const char           *title;
    const char           *pattern;
    const char           *keywords[9];          /* NULL behind the last */
    const char           *path;                 /* or NULL */
    const char           *allow;                /* or NULL */
} rules_builtin_t;

typedef struct {
    const char           *id;
    const char           *path;                 /* or NULL */
    const char           *pattern;              /* or NULL */
} rules_builtin_allow_t;


/* all three end with NULL */

extern const rules_builtin_t        rules_builtin[];
extern const rules_builtin_allow_t  rules_builtin_allow[];
extern const char *const            rules_builtin_skip[];


/* a pattern, compiled when it is first needed */

typedef struct {
    const char                   *pattern;
    _Atomic(oci_regexp_t *)  compiled;
} rules_regexp_t;

typedef struct {
    oci_str_t         id;
    rules_regexp_t   *path;                     /* or NULL */
    rules_regexp_t   *pattern;                  /* or NULL */
} rules_allow_t;

typedef struct {
    oci_str_t             id;
    oci_str_t             category;
    oci_str_t             title;
    oci_scan_severity_e   severity;
    rules_regexp_t       *pattern;              /* or NULL: finds nothing */
    oci_str_t             group;                /* empty: the whole match */
    rules_regexp_t       *path;                 /* or NULL */
    oci_array_t           keywords;             /* of oci_str_t */
    oci_array_t           allow;                /* of rules_allow_t */
    oci_array_t           exclude;              /* of rules_regexp_t * */
} rules_rule_t;


/*
 * What a configuration says.  Those that name rules by their ids are applied
 * when it was read to its end.
 */

typedef struct {
    oci_array_t           enable;               /* of oci_str_t */
    oci_array_t           disable;              /* of oci_str_t */
    oci_array_t           disable_allow;        /* of oci_str_t */
    bool                  has_skip;
} rules_choice_t;


struct oci_scan_rules_s {
    oci_pool_t           *pool;
    pthread_mutex_t       lock;                 /* of what is compiled late */
    oci_array_t           rules;                /* of rules_rule_t */
    oci_array_t           allow;                /* of rules_allow_t */
    oci_array_t           exclude;              /* of rules_regexp_t * */
    oci_array_t           skip;                 /* of oci_str_t */
    oci_array_t           warnings;             /* of oci_str_t */
    oci_str_t             path;                 /* of the configuration */
    keywords_t            keywords;
    uint64_t              unkeyed[RULES_BITS];  /* rules without keywords */
    char                  key[RULES_KEY_SIZE];
};


/* the expression, now if it is not yet; NULL: no memory */

oci_regexp_t *rules_compiled(oci_scan_rules_t *rules,
    rules_regexp_t *re);

/* a new expression; checked unless it is one of ours */

oci_status_e rules_regexp(oci_scan_rules_t *rules, rules_regexp_t **re,
    const char *pattern, bool check, oci_error_t *err);

/* does one of these let the path, or the text, pass?  text: see regexp.h */

bool rules_allow_path(oci_scan_rules_t *rules, const oci_array_t *allow,
    oci_regexp_room_t *room, const oci_str_t *path);
bool rules_allow_text(oci_scan_rules_t *rules, const oci_array_t *allow,
    oci_regexp_room_t *room, const oci_str_t *text);

/* trivy-secret.yaml */

oci_status_e rules_config(oci_scan_rules_t *rules, rules_choice_t *choice,
    const oci_str_t *text, oci_error_t *err);


#endif /* OCI_SCAN_SECRET_RULES_H */
