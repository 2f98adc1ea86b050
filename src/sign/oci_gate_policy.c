/*
 * A policy, read directive by directive.
 */

#include "oci_gate_load.h"
#include "oci_regexp.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>


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


static oci_status_e oci_gate_word_require(oci_gate_policy_t *policy,
    const oci_str_t *words, size_t n, unsigned line, oci_error_t *err);
static oci_gate_signer_t *oci_gate_signer_add(oci_gate_policy_t *policy,
    unsigned line, oci_error_t *err);
static oci_status_e oci_gate_word_key(oci_gate_policy_t *policy,
    const oci_str_t *words, size_t n, unsigned line, oci_error_t *err);
static oci_status_e oci_gate_word_keyless(oci_gate_policy_t *policy,
    const oci_str_t *words, size_t n, unsigned line, oci_error_t *err);
static oci_status_e oci_gate_word_log(oci_gate_policy_t *policy,
    const oci_str_t *words, size_t n, unsigned line, oci_error_t *err);
static oci_status_e oci_gate_word_index(oci_gate_policy_t *policy,
    const oci_str_t *words, size_t n, unsigned line, oci_error_t *err);
static oci_status_e oci_gate_word_reference(oci_gate_policy_t *policy,
    const oci_str_t *words, size_t n, unsigned line, oci_error_t *err);
static oci_status_e oci_gate_word_mode(oci_gate_policy_t *policy,
    const oci_str_t *words, size_t n, unsigned line, oci_error_t *err);
static oci_status_e oci_gate_word_scan(oci_gate_policy_t *policy,
    const oci_str_t *words, size_t n, unsigned line, oci_error_t *err);
static oci_status_e oci_gate_scan_option(oci_gate_policy_t *policy,
    const oci_str_t *word, bool *known, oci_error_t *err);
static bool oci_gate_bound(oci_gate_scan_t *scan, const oci_str_t *text);
static oci_status_e oci_gate_word_unscanned(oci_gate_policy_t *policy,
    const oci_str_t *words, size_t n, unsigned line, oci_error_t *err);
static oci_status_e oci_gate_word_database(oci_gate_policy_t *policy,
    const oci_str_t *words, size_t n, unsigned line, oci_error_t *err);
static bool oci_gate_duration(const oci_str_t *text, int64_t *seconds);
static oci_status_e oci_gate_either(const oci_str_t *word, const char *one,
    const char *other, bool *second, oci_error_t *err);
static oci_status_e oci_gate_identity(oci_gate_policy_t *policy,
    oci_gate_signer_t *signer, const oci_str_t *word, bool *known,
    oci_error_t *err);
static const char *oci_gate_identity_text(oci_pool_t *pool,
    const oci_sign_identity_t *who);
static oci_status_e oci_gate_match(oci_pool_t *pool, const oci_str_t *text,
    const char **exact, const char **pattern, oci_error_t *err);
static oci_status_e oci_gate_trust(oci_gate_policy_t *policy,
    oci_array_t *trust, const oci_str_t *word, bool *known,
    oci_error_t *err);
static bool oci_gate_option(const oci_str_t *word, const char *name,
    oci_str_t *value);
static char *oci_gate_path(const oci_gate_policy_t *policy,
    const oci_str_t *name);
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
    { "scan", 2, 16, false, false, true, oci_gate_word_scan },
    { "unscanned", 1, 1, false, false, true, oci_gate_word_unscanned },
    { "database", 1, 2, false, false, true, oci_gate_word_database },
    { NULL, 0, 0, false, false, false, NULL }
};


static const struct {
    const char        *name;
    oci_gate_trust_e   kind;
} oci_gate_trusts[] = {
    { "trusted_root", OCI_GATE_ROOT },
    { "ca", OCI_GATE_CA },
    { "rekor_key", OCI_GATE_LOG },
    { "tsa", OCI_GATE_TSA },
    { NULL, OCI_GATE_ROOT }
};


oci_status_e
oci_gate_open(oci_gate_policy_t **policy, oci_pool_t *pool,
    const oci_str_t *name, const char *dir, const char *file, unsigned line,
    oci_error_t *err)
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
oci_gate_word_require(oci_gate_policy_t *policy, const oci_str_t *words,
    size_t n, unsigned line, oci_error_t *err)
{
    uint64_t  need;

    (void) n;

    if (!oci_str_number(&words[0], OCI_GATE_SIGNERS, &need) || need == 0) {
        return oci_error(err, OCI_INVALID, 0, "\"require\" takes a number "
                         "from 1 to %d, how many must have signed, not "
                         "\"%.*s\"", OCI_GATE_SIGNERS, (int) words[0].len,
                         words[0].data);
    }

    policy->open = oci_array_push(&policy->requires);

    if (policy->open == NULL) {
        return oci_nomem(err);
    }

    policy->open->need = (unsigned) need;
    policy->open->file = policy->file;
    policy->open->line = line;
    oci_array_init(&policy->open->signers, policy->pool,
                   sizeof(oci_gate_signer_t));

    return OCI_OK;
}


/* a new one in the block that is open, with defaults; NULL: said in err */

static oci_gate_signer_t *
oci_gate_signer_add(oci_gate_policy_t *policy, unsigned line,
    oci_error_t *err)
{
    oci_gate_signer_t  *signer;

    if (policy->open->signers.nelts == OCI_GATE_SIGNERS) {
        (void) oci_error(err, OCI_LIMIT, 0, "more than %d signers",
                         OCI_GATE_SIGNERS);
        return NULL;
    }

    signer = oci_array_push(&policy->open->signers);

    if (signer == NULL) {
        (void) oci_nomem(err);
        return NULL;
    }

    signer->alg = OCI_SHA256;
    signer->line = line;
    signer->identity.match = oci_regexp_match;
    oci_array_init(&signer->trust, policy->pool, sizeof(oci_gate_trust_t));

    return signer;
}


static oci_status_e
oci_gate_word_key(oci_gate_policy_t *policy, const oci_str_t *words,
    size_t n, unsigned line, oci_error_t *err)
{
    bool                known;
    size_t              i;
    oci_str_t           value;
    oci_status_e        rc;
    oci_gate_signer_t  *signer;

    signer = oci_gate_signer_add(policy, line, err);

    if (signer == NULL) {
        return OCI_INVALID;
    }

    signer->key.path = oci_gate_path(policy, &words[0]);
    signer->what = signer->key.path;

    for (i = 1; i < n; i++) {

        if (oci_gate_option(&words[i], "alg", &value)) {
            signer->alg = oci_alg_parse(&value);
            known = (signer->alg != OCI_ALG_NONE);
            rc = OCI_OK;

        } else {
            rc = oci_gate_trust(policy, &signer->trust, &words[i], &known,
                                err);
        }

        if (rc != OCI_OK || !known) {
            return oci_error(err, OCI_INVALID, 0, "\"key\" takes a file, "
                             "alg=sha256, sha384 or sha512, trusted_root= "
                             "and rekor_key=, not \"%.*s\"",
                             (int) words[i].len, words[i].data);
        }
    }

    return oci_gate_keys_check(policy, signer, err);
}


static oci_status_e
oci_gate_word_keyless(oci_gate_policy_t *policy, const oci_str_t *words,
    size_t n, unsigned line, oci_error_t *err)
{
    bool                 known;
    size_t               i;
    oci_status_e         rc;
    oci_gate_signer_t   *signer;
    oci_sign_identity_t *who;

    signer = oci_gate_signer_add(policy, line, err);

    if (signer == NULL) {
        return OCI_INVALID;
    }

    signer->keyless = true;
    who = &signer->identity;

    for (i = 0; i < n; i++) {
        rc = oci_gate_identity(policy, signer, &words[i], &known, err);

        if (rc == OCI_OK && !known) {
            rc = oci_gate_trust(policy, &signer->trust, &words[i], &known,
                                err);
        }

        if (rc != OCI_OK || !known) {
            return oci_error(err, OCI_INVALID, 0, "\"keyless\" takes "
                             "issuer=, subject= (or =~ and an expression), "
                             "trusted_root=, ca=, rekor_key= and tsa=, not "
                             "\"%.*s\"", (int) words[i].len, words[i].data);
        }
    }

    if ((who->issuer == NULL && who->issuer_regexp == NULL)
        || (who->subject == NULL && who->subject_regexp == NULL))
    {
        return oci_error(err, OCI_INVALID, 0, "\"keyless\" needs both "
                         "issuer= and subject=");
    }

    signer->what = oci_gate_identity_text(policy->pool, who);

    return (signer->what != NULL) ? OCI_OK : oci_nomem(err);
}


/* "SUBJECT of ISSUER"; NULL: no memory */

static const char *
oci_gate_identity_text(oci_pool_t *pool, const oci_sign_identity_t *who)
{
    return (char *) oci_strf(pool, "%s%s of %s%s",
                             who->subject ? "" : "~",
                             who->subject ? who->subject
                                          : who->subject_regexp,
                             who->issuer ? "" : "~",
                             who->issuer ? who->issuer
                                         : who->issuer_regexp).data;
}


static oci_status_e
oci_gate_identity(oci_gate_policy_t *policy, oci_gate_signer_t *signer,
    const oci_str_t *word, bool *known, oci_error_t *err)
{
    oci_str_t             value;
    oci_sign_identity_t  *who;

    who = &signer->identity;
    *known = true;

    if (oci_gate_option(word, "issuer", &value)) {
        return oci_gate_match(policy->pool, &value, &who->issuer,
                              &who->issuer_regexp, err);
    }

    if (oci_gate_option(word, "subject", &value)) {
        return oci_gate_match(policy->pool, &value, &who->subject,
                              &who->subject_regexp, err);
    }

    *known = false;

    return OCI_OK;
}


/* "=TEXT", or "=~EXPRESSION", which matches anywhere unless anchored */

static oci_status_e
oci_gate_match(oci_pool_t *pool, const oci_str_t *text, const char **exact,
    const char **pattern, oci_error_t *err)
{
    char  *copy;

    copy = oci_cstr(pool, text);

    if (copy == NULL) {
        return oci_nomem(err);
    }

    if (*exact != NULL || *pattern != NULL || copy[0] == '\0'
        || strcmp(copy, "~") == 0)
    {
        return oci_error(err, OCI_INVALID, 0, "an identity is empty, or "
                         "given twice");
    }

    if (copy[0] != '~') {
        *exact = copy;
        return OCI_OK;
    }

    *pattern = copy + 1;

    return oci_regexp_valid(copy + 1) ? OCI_OK
           : oci_error(err, OCI_INVALID, 0, "malformed regular expression "
                       "\"%s\": it is RE2's, without lookaround and "
                       "references", copy + 1);
}


static oci_status_e
oci_gate_trust(oci_gate_policy_t *policy, oci_array_t *trust,
    const oci_str_t *word, bool *known, oci_error_t *err)
{
    size_t             i;
    oci_str_t          value;
    oci_gate_trust_t  *slot;

    *known = false;

    for (i = 0; oci_gate_trusts[i].name != NULL; i++) {

        if (!oci_gate_option(word, oci_gate_trusts[i].name, &value)
            || value.len == 0)
        {
            continue;
        }

        slot = oci_array_push(trust);

        if (slot == NULL) {
            return oci_nomem(err);
        }

        *known = true;
        slot->kind = oci_gate_trusts[i].kind;
        slot->file.path = oci_gate_path(policy, &value);

        return oci_gate_trust_check(policy, slot, err);
    }

    return OCI_OK;
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


static oci_status_e
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
                             "fixable, grace=TIME and key=FILE, not "
                             "\"%.*s\"", (int) words[i].len,
                             words[i].data);
        }
    }

    if (scan->by.signers.nelts == 0
        || (scan->severity == 0 && scan->cvss == 0))
    {
        return oci_error(err, OCI_INVALID, 0, "\"scan\" needs max=, and "
                         "key= of whoever signs reports: one that anybody "
                         "could have written does not count");
    }

    return OCI_OK;
}


static oci_status_e
oci_gate_scan_option(oci_gate_policy_t *policy, const oci_str_t *word,
    bool *known, oci_error_t *err)
{
    oci_str_t           value;
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

    *known = oci_gate_option(word, "key", &value);

    if (!*known) {
        return OCI_OK;
    }

    policy->open = &scan->by;
    signer = oci_gate_signer_add(policy, scan->by.line, err);
    policy->open = NULL;

    if (signer == NULL) {
        return OCI_INVALID;
    }

    signer->key.path = oci_gate_path(policy, &value);
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


static oci_status_e
oci_gate_word_unscanned(oci_gate_policy_t *policy, const oci_str_t *words,
    size_t n, unsigned line, oci_error_t *err)
{
    (void) n;
    (void) line;

    return oci_gate_either(&words[0], "deny", "warn", &policy->scan.spares,
                           err);
}


static oci_status_e
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


/* a number and s, m, h or d */

static bool
oci_gate_duration(const oci_str_t *text, int64_t *seconds)
{
    size_t       i;
    uint64_t     n;
    oci_str_t    digits;

    static const struct {
        char      unit;
        int64_t   seconds;
    } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };

    digits = *text;

    if (digits.len < 2) {
        return false;
    }

    digits.len--;

    for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (text->data[digits.len] == units[i].unit
            && oci_str_number(&digits, 1000000, &n))
        {
            *seconds = (int64_t) n * units[i].seconds;
            return true;
        }
    }

    return false;
}


static oci_status_e
oci_gate_either(const oci_str_t *word, const char *one, const char *other,
    bool *second, oci_error_t *err)
{
    *second = oci_str_is(word, other);

    return (*second || oci_str_is(word, one)) ? OCI_OK
           : oci_error(err, OCI_INVALID, 0, "it is \"%s\" or \"%s\", not "
                       "\"%.*s\"", one, other, (int) word->len, word->data);
}


static bool
oci_gate_option(const oci_str_t *word, const char *name, oci_str_t *value)
{
    size_t  len;

    len = strlen(name);

    if (!oci_str_prefix(word, name) || word->len == len
        || word->data[len] != '=')
    {
        return false;
    }

    value->data = word->data + len + 1;
    value->len = word->len - len - 1;

    return true;
}


static char *
oci_gate_path(const oci_gate_policy_t *policy, const oci_str_t *name)
{
    return (char *) oci_strf(policy->pool, "%s%.*s",
                             (name->len != 0 && name->data[0] == '/')
                             ? "" : policy->dir, (int) name->len,
                             name->data).data;
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

    if (policy->requires.nelts == 0 && !policy->scan.on) {
        return oci_error(err, OCI_INVALID, 0, "the policy \"%.*s\" asks for "
                         "nothing: it needs a \"require\" block, or "
                         "\"scan\"",
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
