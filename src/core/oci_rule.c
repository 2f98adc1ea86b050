/*
 * One rule: how it is written, and whom it is about.
 */

#include "oci_rule.h"

#include <string.h>


static oci_status_e oci_rule_subject(oci_access_rule_t *rule,
    oci_pool_t *pool, const oci_str_t *word, oci_error_t *err);
static oci_status_e oci_rule_actions(oci_access_rule_t *rule,
    const oci_str_t *word, oci_error_t *err);
static oci_status_e oci_rule_possible(const oci_access_rule_t *rule,
    oci_error_t *err);
static bool oci_rule_part(const oci_str_t *name, bool upper);
static bool oci_rule_names(const oci_access_rule_t *rule,
    const oci_array_t *names);
static bool oci_rule_claim(const oci_access_rule_t *rule,
    const json_t *claims);
static bool oci_rule_value(const oci_access_rule_t *rule,
    const json_t *value);


static const struct {
    const char  *name;
    unsigned     allows;
    unsigned     denies;
} oci_actions[] = {
    { "pull", OCI_MAY_PULL, OCI_MAY_PULL },
    { "push", OCI_MAY_PUSH, OCI_MAY_PUSH },
    { "create", OCI_MAY_CREATE|OCI_MAY_UPLOAD, OCI_MAY_CREATE },
    { "update", OCI_MAY_UPDATE|OCI_MAY_UPLOAD, OCI_MAY_UPDATE },
    { "delete", OCI_MAY_DELETE, OCI_MAY_DELETE },
    { "catalog", OCI_MAY_CATALOG, OCI_MAY_CATALOG },
    { "*", OCI_MAY_ALL, OCI_MAY_ALL },
    { NULL, 0, 0 }
};


/* in the order of oci_who_e */

static const struct {
    const char     *name;
    oci_subject_e   subject;
} oci_whos[] = {
    { "anonymous", OCI_SUBJECT_ANONYMOUS },
    { "user", OCI_SUBJECT_USER },
    { "token", OCI_SUBJECT_TOKEN },
    { "certificate", OCI_SUBJECT_CERTIFICATE },
    { "workload", OCI_SUBJECT_WORKLOAD }
};


static const struct {
    const char     *prefix;
    oci_subject_e   subject;
} oci_subjects[] = {
    { "user=", OCI_SUBJECT_USER },
    { "group=", OCI_SUBJECT_GROUP },
    { "token=", OCI_SUBJECT_TOKEN },
    { "certificate=", OCI_SUBJECT_CERTIFICATE },
    { "workload=", OCI_SUBJECT_WORKLOAD },
    { "claim:", OCI_SUBJECT_CLAIM },
    { NULL, OCI_SUBJECT_ALL }
};


unsigned
oci_action_parse(const oci_str_t *word)
{
    size_t  i;

    for (i = 0; oci_actions[i].name != NULL; i++) {
        if (oci_str_is(word, oci_actions[i].name)) {
            return oci_actions[i].allows;
        }
    }

    return 0;
}


const char *
oci_action_name(unsigned action)
{
    switch (action) {

    case OCI_MAY_PULL:
        return "pull";

    case OCI_MAY_DELETE:
        return "delete";

    case OCI_MAY_CATALOG:
        return "catalog";

    default:
        return "push";
    }
}


const char *
oci_who_name(oci_who_e kind)
{
    return oci_whos[kind].name;
}


oci_subject_e
oci_rule_subject_of(oci_who_e kind)
{
    return oci_whos[kind].subject;
}


oci_status_e
oci_rule_parse(oci_access_rule_t *rule, oci_pool_t *pool,
    const oci_str_t words[4], oci_error_t *err)
{
    oci_status_e  rc;

    if (oci_str_is(&words[0], "allow")) {
        rule->rule.allow = true;

    } else if (!oci_str_is(&words[0], "deny")) {
        return oci_error(err, OCI_INVALID, 0,
                         "\"%.*s\" is neither \"allow\" nor \"deny\"",
                         (int) words[0].len, words[0].data);
    }

    rc = oci_rule_subject(rule, pool, &words[1], err);

    if (rc == OCI_OK) {
        rc = oci_glob_target(&rule->repo, &rule->tag, &rule->tagged, pool,
                             &words[2], err);
    }

    if (rc == OCI_OK) {
        rc = oci_rule_actions(rule, &words[3], err);
    }

    return (rc == OCI_OK) ? oci_rule_possible(rule, err) : rc;
}


/* each word makes sense; do they together? */

static oci_status_e
oci_rule_possible(const oci_access_rule_t *rule, oci_error_t *err)
{
    if (rule->tagged && !rule->rule.allow
        && (rule->actions & ~(unsigned) OCI_MAY_CATALOG) == 0)
    {
        return oci_error(err, OCI_INVALID, 0,
                         "a catalog has no tags: this can never match");
    }

    if (!rule->repo.user && !(rule->tagged && rule->tag.user)) {
        return OCI_OK;
    }

    if (rule->subject == OCI_SUBJECT_ANONYMOUS) {
        return oci_error(err, OCI_INVALID, 0,
                         "anonymous is no name for \"$user\": this can "
                         "never match");
    }

    if (rule->subject >= OCI_SUBJECT_USER && rule->subject != OCI_SUBJECT_GROUP
        && rule->subject != OCI_SUBJECT_CLAIM
        && rule->subject != OCI_SUBJECT_CERTIFICATE && rule->value.literal
        && !oci_rule_part(&rule->value.text, !rule->repo.user))
    {
        return oci_error(err, OCI_INVALID, 0,
                         "\"%.*s\" is no part of a %s: \"$user\" can never "
                         "match", (int) rule->value.text.len,
                         rule->value.text.data,
                         rule->repo.user ? "repository" : "tag");
    }

    return OCI_OK;
}


static bool
oci_rule_part(const oci_str_t *name, bool upper)
{
    size_t  i;
    u_char  ch;

    for (i = 0; i < name->len; i++) {
        ch = name->data[i];

        if (!(ch >= 'a' && ch <= 'z') && !(ch >= '0' && ch <= '9')
            && !(upper && ch >= 'A' && ch <= 'Z')
            && ch != '.' && ch != '_' && ch != '-')
        {
            return false;
        }
    }

    return true;
}


static oci_status_e
oci_rule_subject(oci_access_rule_t *rule, oci_pool_t *pool,
    const oci_str_t *word, oci_error_t *err)
{
    size_t      i;
    u_char     *equals;
    oci_str_t   value;

    value = *word;
    rule->subject = OCI_SUBJECT_USER;

    if (oci_str_is(word, "*")) {
        rule->subject = OCI_SUBJECT_ALL;
        return OCI_OK;
    }

    if (oci_str_is(word, "anonymous")) {
        rule->subject = rule->rule.allow ? OCI_SUBJECT_ALL
                                         : OCI_SUBJECT_ANONYMOUS;
        return OCI_OK;
    }

    if (oci_str_is(word, "$user") || oci_str_is(word, "${user}")) {
        rule->subject = OCI_SUBJECT_KNOWN;
        return OCI_OK;
    }

    for (i = 0; oci_subjects[i].prefix != NULL; i++) {
        if (oci_str_prefix(word, oci_subjects[i].prefix)) {
            rule->subject = oci_subjects[i].subject;
            value.data += strlen(oci_subjects[i].prefix);
            value.len -= strlen(oci_subjects[i].prefix);
            break;
        }
    }

    equals = (value.len != 0) ? memchr(value.data, '=', value.len) : NULL;

    if (rule->subject == OCI_SUBJECT_CLAIM && equals != NULL) {
        rule->claim = oci_str_dup(pool, value.data,
                                  (size_t) (equals - value.data));
        value.len -= rule->claim.len + 1;
        value.data = equals + 1;

    } else if (rule->subject == OCI_SUBJECT_CLAIM
               || (oci_subjects[i].prefix == NULL
                   && (equals != NULL || value.len == 0
                       || memchr(value.data, ':', value.len) != NULL
                       || value.data[0] == '$')))
    {
        return oci_error(err, OCI_INVALID, 0,
                         "unknown subject \"%.*s\": it is \"*\", "
                         "\"anonymous\", \"$user\", a user's name, or "
                         "user=, group=, token=, certificate=, workload= or "
                         "claim:NAME= and a value", (int) word->len,
                         word->data);
    }

    return oci_glob_compile(&rule->value, pool, OCI_GLOB_TEXT, &value, err);
}


static oci_status_e
oci_rule_actions(oci_access_rule_t *rule, const oci_str_t *word,
    oci_error_t *err)
{
    size_t      i;
    u_char     *p, *end, *comma;
    oci_str_t   name;

    p = word->data;
    end = p + word->len;

    for ( /* void */ ; p <= end; p = comma + 1) {
        comma = (p < end) ? memchr(p, ',', (size_t) (end - p)) : NULL;

        if (comma == NULL) {
            comma = end;
        }

        name.data = p;
        name.len = (size_t) (comma - p);

        for (i = 0; oci_actions[i].name != NULL; i++) {
            if (oci_str_is(&name, oci_actions[i].name)) {
                break;
            }
        }

        if (oci_actions[i].name == NULL) {
            return oci_error(err, OCI_INVALID, 0,
                             "unknown action \"%.*s\": it is pull, push, "
                             "create, update, delete, catalog or \"*\"",
                             (int) name.len, name.data);
        }

        rule->actions |= rule->rule.allow ? oci_actions[i].allows
                                          : oci_actions[i].denies;
    }

    return OCI_OK;
}


bool
oci_rule_is_about(const oci_access_rule_t *rule, const oci_identity_t *who)
{
    switch (rule->subject) {

    case OCI_SUBJECT_ALL:
        return true;

    case OCI_SUBJECT_ANONYMOUS:
        return who->kind == OCI_ANONYMOUS;

    case OCI_SUBJECT_KNOWN:
        return who->kind != OCI_ANONYMOUS;

    case OCI_SUBJECT_GROUP:
        return oci_rule_names(rule, &who->groups);

    case OCI_SUBJECT_CLAIM:
        return oci_rule_claim(rule, who->claims);

    case OCI_SUBJECT_CERTIFICATE:
        return who->kind == OCI_CERTIFICATE
               && (oci_glob_match(&rule->value, &who->name, NULL)
                   || oci_rule_names(rule, &who->names));

    default: /* a user, a token, a workload */
        return rule->subject == oci_whos[who->kind].subject
               && oci_glob_match(&rule->value, &who->name, NULL);
    }
}


static bool
oci_rule_names(const oci_access_rule_t *rule, const oci_array_t *names)
{
    size_t            i;
    const oci_str_t  *name;

    name = names->elts;

    for (i = 0; i < names->nelts; i++) {
        if (oci_glob_match(&rule->value, &name[i], NULL)) {
            return true;
        }
    }

    return false;
}


static bool
oci_rule_claim(const oci_access_rule_t *rule, const json_t *claims)
{
    size_t         i;
    const json_t  *value;

    value = json_object_get(claims, (char *) rule->claim.data);

    if (!json_is_array(value)) {
        return oci_rule_value(rule, value);
    }

    for (i = 0; i < json_array_size(value); i++) {
        if (oci_rule_value(rule, json_array_get(value, i))) {
            return true;
        }
    }

    return false;
}


static bool
oci_rule_value(const oci_access_rule_t *rule, const json_t *value)
{
    oci_str_t  text;

    if (json_is_boolean(value)) {
        text = oci_str(json_is_true(value) ? "true" : "false");

    } else if (json_is_string(value)) {
        text.data = (u_char *) json_string_value(value);
        text.len = json_string_length(value);

    } else {
        return false;
    }

    return oci_glob_match(&rule->value, &text, NULL);
}
