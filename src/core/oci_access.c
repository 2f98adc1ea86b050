/*
 * Access rules.
 *
 * Rules are kept in lists by who they are about and by the components that
 * their repository begins with.  A request is looked up under each of its
 * subjects and each beginning of its repository; of the lists that are found,
 * each is read until a rule matches or a later one could not matter.
 */

#include "oci_rule.h"

#include <string.h>


/*
 * A rule in a list, with as much as fits of what its tag, or else its
 * repository after the common beginning, must begin with: most rules of a
 * long list are passed over without being looked at.
 */

typedef struct {
    uint64_t             head;
    uint64_t             mask;
    uint32_t             index;
    uint8_t              actions;
    bool                 tagged;
} oci_access_entry_t;


/* the rules of one subject and one beginning, in order */

typedef struct oci_access_list_s  oci_access_list_t;

struct oci_access_list_s {
    oci_access_list_t  *next;
    uint32_t            hash;
    oci_subject_e       subject;
    oci_str_t           value;
    oci_str_t           prefix;
    oci_array_t         rules;      /* oci_access_entry_t */
};


struct oci_access_s {
    oci_pool_t          *pool;
    oci_array_t          rules;     /* oci_access_rule_t * */
    oci_access_list_t  **buckets;
    size_t               nbuckets;
    size_t               nlists;
};


/* a question, and the first rule that was found to answer it */

typedef struct {
    const oci_access_t    *access;
    const oci_identity_t  *who;
    const oci_str_t       *repo;
    const oci_str_t       *tag;
    unsigned               action;
    uint32_t               best;
} oci_access_ask_t;

#define OCI_ACCESS_NONE  UINT32_MAX


static oci_status_e oci_access_file(oci_access_t *access,
    const oci_access_rule_t *rule, uint32_t index, oci_error_t *err);
static bool oci_access_grow(oci_access_t *access);
static uint32_t oci_access_hash(oci_subject_e subject,
    const oci_str_t *value, const oci_str_t *prefix);
static oci_access_list_t *oci_access_find(const oci_access_t *access,
    oci_subject_e subject, const oci_str_t *value, const oci_str_t *prefix);
static void oci_access_look(oci_access_ask_t *ask);
static void oci_access_subject(oci_access_ask_t *ask, oci_subject_e subject,
    const oci_str_t *value);
static void oci_access_head(oci_access_entry_t *entry,
    const oci_access_rule_t *rule);
static uint64_t oci_access_load(const u_char *data, size_t len);
static void oci_access_scan(oci_access_ask_t *ask,
    const oci_access_list_t *list);
static bool oci_rule_speaks(const oci_access_ask_t *ask,
    const oci_access_rule_t *rule);


bool
oci_identity_granted(const oci_identity_t *who, const oci_str_t *repo,
    unsigned action)
{
    size_t              i;
    const oci_grant_t  *grant;

    if (!who->bounded) {
        return true;
    }

    grant = who->grants.elts;

    for (i = 0; i < who->grants.nelts; i++) {
        if ((grant[i].actions & action)
            && oci_glob_match(&grant[i].repo, repo, NULL))
        {
            return true;
        }
    }

    return false;
}


bool
oci_identity_grants(const oci_identity_t *who, unsigned action)
{
    size_t              i;
    const oci_grant_t  *grant;

    grant = who->grants.elts;

    for (i = 0; i < who->grants.nelts; i++) {
        if (grant[i].actions & action) {
            return true;
        }
    }

    return !who->bounded;
}


oci_access_t *
oci_access_create(oci_pool_t *pool)
{
    oci_access_t  *access;

    access = oci_pcalloc(pool, sizeof(oci_access_t));

    if (access != NULL) {
        access->pool = pool;
        oci_array_init(&access->rules, pool, sizeof(oci_access_rule_t *));
    }

    return access;
}


oci_status_e
oci_access_add(oci_access_t *access, const oci_str_t words[4],
    const char *file, unsigned line, oci_error_t *err)
{
    oci_status_e         rc;
    oci_access_rule_t   *rule, **slot;

    rule = oci_pcalloc(access->pool, sizeof(oci_access_rule_t));
    if (rule == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    rc = oci_rule_parse(rule, access->pool, words, err);
    if (rc != OCI_OK) {
        return rc;
    }

    rule->rule.text = oci_strf(access->pool, "%.*s %.*s %.*s %.*s",
                               (int) words[0].len, words[0].data,
                               (int) words[1].len, words[1].data,
                               (int) words[2].len, words[2].data,
                               (int) words[3].len, words[3].data);
    rule->rule.file = oci_strf(access->pool, "%s", file);
    rule->rule.line = line;

    slot = oci_array_push(&access->rules);

    if (slot == NULL || rule->rule.text.data == NULL
        || rule->rule.file.data == NULL)
    {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    *slot = rule;

    return oci_access_file(access, rule, (uint32_t) access->rules.nelts - 1,
                           err);
}


/* enters a rule into the list that a request will look for */

static oci_status_e
oci_access_file(oci_access_t *access, const oci_access_rule_t *rule,
    uint32_t index, oci_error_t *err)
{
    oci_str_t            value;
    oci_subject_e        subject;
    oci_access_list_t   *list;
    oci_access_entry_t  *entry;

    subject = rule->subject;
    value = rule->value.text;

    if (subject >= OCI_SUBJECT_USER
        && (!rule->value.literal || subject == OCI_SUBJECT_CERTIFICATE
            || subject == OCI_SUBJECT_CLAIM))
    {
        subject = OCI_SUBJECT_PATTERN;
        value.len = 0;
    }

    list = oci_access_find(access, subject, &value, &rule->repo.prefix);

    if (list == NULL) {
        list = oci_pcalloc(access->pool, sizeof(oci_access_list_t));

        if (list == NULL || !oci_access_grow(access)) {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }

        list->subject = subject;
        list->value = value;
        list->prefix = rule->repo.prefix;
        list->hash = oci_access_hash(subject, &value, &list->prefix);
        oci_array_init(&list->rules, access->pool, sizeof(oci_access_entry_t));

        list->next = access->buckets[list->hash % access->nbuckets];
        access->buckets[list->hash % access->nbuckets] = list;
        access->nlists++;
    }

    entry = oci_array_push(&list->rules);
    if (entry == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    entry->index = index;
    entry->actions = (uint8_t) rule->actions;
    entry->tagged = rule->tagged;
    oci_access_head(entry, rule);

    return OCI_OK;
}


static void
oci_access_head(oci_access_entry_t *entry, const oci_access_rule_t *rule)
{
    size_t         i, n;
    u_char         mask[8];
    const u_char  *p;

    p = rule->tagged ? rule->tag.text.data
                     : rule->repo.text.data + rule->repo.prefix.len;
    n = rule->tagged ? rule->tag.text.len
                     : rule->repo.text.len - rule->repo.prefix.len;

    for (i = 0; i < n && i < 8 && p[i] >= ' '; i++) { /* void */ }

    memset(mask, 0, sizeof(mask));
    memset(mask, 0xff, i);

    entry->head = oci_access_load(p, i);
    entry->mask = oci_access_load(mask, sizeof(mask));
}


static uint64_t
oci_access_load(const u_char *data, size_t len)
{
    uint64_t  value;

    value = 0;
    memcpy(&value, data, len < 8 ? len : 8);

    return value;
}


static bool
oci_access_grow(oci_access_t *access)
{
    size_t               i, n;
    oci_access_list_t   *list, *next, **buckets;

    if (access->nlists < access->nbuckets) {
        return true;
    }

    n = (access->nbuckets != 0) ? access->nbuckets * 2 : 64;

    buckets = oci_pcalloc(access->pool, n * sizeof(oci_access_list_t *));
    if (buckets == NULL) {
        return false;
    }

    for (i = 0; i < access->nbuckets; i++) {
        for (list = access->buckets[i]; list != NULL; list = next) {
            next = list->next;
            list->next = buckets[list->hash % n];
            buckets[list->hash % n] = list;
        }
    }

    access->buckets = buckets;
    access->nbuckets = n;

    return true;
}


/* FNV-1a: what is hashed are rules and the names in a request */

static uint32_t
oci_access_hash(oci_subject_e subject, const oci_str_t *value,
    const oci_str_t *prefix)
{
    size_t    i;
    uint32_t  hash;

    hash = (2166136261u ^ subject) * 16777619u;

    for (i = 0; i < value->len; i++) {
        hash = (hash ^ value->data[i]) * 16777619u;
    }

    hash *= 16777619u;

    for (i = 0; i < prefix->len; i++) {
        hash = (hash ^ prefix->data[i]) * 16777619u;
    }

    return hash;
}


static oci_access_list_t *
oci_access_find(const oci_access_t *access, oci_subject_e subject,
    const oci_str_t *value, const oci_str_t *prefix)
{
    uint32_t            hash;
    oci_access_list_t  *list;

    if (access->nbuckets == 0) {
        return NULL;
    }

    hash = oci_access_hash(subject, value, prefix);

    for (list = access->buckets[hash % access->nbuckets];
         list != NULL;
         list = list->next)
    {
        if (list->hash == hash && list->subject == subject
            && oci_str_eq(&list->value, value)
            && oci_str_eq(&list->prefix, prefix))
        {
            return list;
        }
    }

    return NULL;
}


bool
oci_access_may(const oci_access_t *access, const oci_identity_t *who,
    const oci_str_t *repo, const oci_str_t *tag, unsigned action,
    const oci_rule_t **rule)
{
    const oci_rule_t   *decides;
    oci_access_ask_t    ask;

    ask.access = access;
    ask.who = who;
    ask.repo = repo;
    ask.tag = tag;
    ask.action = action;
    ask.best = OCI_ACCESS_NONE;

    oci_access_look(&ask);

    decides = NULL;

    if (ask.best != OCI_ACCESS_NONE) {
        decides = &((oci_access_rule_t **) access->rules.elts)[ask.best]->rule;
    }

    if (rule != NULL) {
        *rule = decides;
    }

    if (!oci_identity_granted(who, repo, action)) {
        return false;
    }

    return (decides != NULL) ? decides->allow : who->delegated;
}


/* under each subject that the identity is */

static void
oci_access_look(oci_access_ask_t *ask)
{
    size_t                 i;
    oci_str_t              none = oci_null_string;
    const oci_str_t       *group;
    const oci_identity_t  *who;

    who = ask->who;

    oci_access_subject(ask, OCI_SUBJECT_ALL, &none);

    if (who->kind == OCI_ANONYMOUS) {
        oci_access_subject(ask, OCI_SUBJECT_ANONYMOUS, &none);
        return;
    }

    oci_access_subject(ask, OCI_SUBJECT_KNOWN, &none);
    oci_access_subject(ask, oci_rule_subject_of(who->kind), &who->name);
    oci_access_subject(ask, OCI_SUBJECT_PATTERN, &none);

    group = who->groups.elts;

    for (i = 0; i < who->groups.nelts; i++) {
        oci_access_subject(ask, OCI_SUBJECT_GROUP, &group[i]);
    }
}


/* the lists of a subject, for each beginning of the repository */

static void
oci_access_subject(oci_access_ask_t *ask, oci_subject_e subject,
    const oci_str_t *value)
{
    size_t              i;
    oci_str_t           prefix;
    oci_access_list_t  *list;

    prefix.data = ask->repo->data;

    for (i = 0; i <= ask->repo->len; i++) {

        if (i != 0 && i < ask->repo->len && ask->repo->data[i] != '/') {
            continue;
        }

        prefix.len = i;
        list = oci_access_find(ask->access, subject, value, &prefix);

        if (list != NULL) {
            oci_access_scan(ask, list);
        }
    }
}


static void
oci_access_scan(oci_access_ask_t *ask, const oci_access_list_t *list)
{
    size_t                     i, n;
    uint64_t                   repo, tag;
    oci_access_rule_t        **rules;
    const oci_access_entry_t  *e;

    e = list->rules.elts;
    n = list->rules.nelts;
    rules = ask->access->rules.elts;

    repo = oci_access_load(ask->repo->data + list->prefix.len,
                           ask->repo->len - list->prefix.len);
    tag = (ask->tag != NULL) ? oci_access_load(ask->tag->data, ask->tag->len)
                             : 0;

    for (i = 0; i < n && e[i].index < ask->best; i++) {

        if (!(e[i].actions & ask->action)
            || (e[i].tagged ? (ask->tag != NULL
                               && (tag & e[i].mask) != e[i].head)
                            : (repo & e[i].mask) != e[i].head))
        {
            continue;
        }

        if (oci_rule_speaks(ask, rules[e[i].index])) {
            ask->best = e[i].index;
            return;
        }
    }
}


static bool
oci_rule_speaks(const oci_access_ask_t *ask, const oci_access_rule_t *rule)
{
    if (!oci_rule_is_about(rule, ask->who)
        || !oci_glob_match(&rule->repo, ask->repo, &ask->who->name))
    {
        return false;
    }

    if (!rule->tagged) {
        return true;
    }

    if (ask->tag == NULL) {
        return rule->rule.allow;
    }

    return oci_glob_match(&rule->tag, ask->tag, &ask->who->name);
}


/*
 * The rules are read in order: this is asked of a catalog, which reads much
 * more.
 */

bool
oci_access_any(const oci_access_t *access, const oci_identity_t *who,
    unsigned action)
{
    size_t               i;
    oci_access_rule_t  **rules;

    if (who->delegated) {
        return true;            /* each name is asked for */
    }

    rules = access->rules.elts;

    for (i = 0; i < access->rules.nelts; i++) {
        if (rules[i]->rule.allow && (rules[i]->actions & action)
            && oci_rule_is_about(rules[i], who))
        {
            return true;
        }
    }

    return false;
}
