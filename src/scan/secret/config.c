/*
 * trivy-secret.yaml.
 *
 * Source: https://trivy.dev/docs/latest/guide/scanner/secret/.
 */

#include "rules.h"
#include "base/glob.h"
#include "base/yaml.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>


#define CONFIG_NODES  100000            /* an alias may stand for many */


typedef struct {
    oci_scan_rules_t  *rules;
    oci_error_t       *err;
    yaml_document_t    doc;
    size_t             nodes;
} config_t;


static oci_status_e config_load(config_t *c, const oci_str_t *text);
static oci_status_e config_root(config_t *c, rules_choice_t *choice);
static oci_status_e config_texts(config_t *c, yaml_node_t *map,
    const char *name, oci_array_t *out);
static oci_status_e config_each(config_t *c, yaml_node_t *map,
    const char *name, oci_status_e (*each)(config_t *c, yaml_node_t *node,
    oci_array_t *out), oci_array_t *out);
static oci_status_e config_rule(config_t *c, yaml_node_t *node,
    oci_array_t *out);
static oci_status_e config_allow(config_t *c, yaml_node_t *node,
    oci_array_t *out);
static oci_status_e config_exclude(config_t *c, yaml_node_t *map,
    oci_array_t *out);
static oci_status_e config_skip(config_t *c, rules_choice_t *choice,
    yaml_node_t *root);
static oci_status_e config_severity(config_t *c, const oci_str_t *text,
    oci_scan_severity_e *severity);
static oci_status_e config_regexp(config_t *c, yaml_node_t *map,
    const char *name, rules_regexp_t **re);
static oci_status_e config_text(config_t *c, yaml_node_t *map,
    const char *name, oci_str_t *text);
static oci_status_e config_scalar(config_t *c, yaml_node_t *node,
    const char *name, oci_str_t *text);
static oci_status_e config_bad(config_t *c, const char *name,
    const char *why);


oci_status_e
rules_config(oci_scan_rules_t *rules, rules_choice_t *choice,
    const oci_str_t *text, oci_error_t *err)
{
    config_t      c;
    oci_status_e  rc;

    memset(&c, 0, sizeof(c));
    c.rules = rules;
    c.err = err;

    rc = config_load(&c, text);

    if (rc == OCI_OK) {
        rc = config_root(&c, choice);
        yaml_document_delete(&c.doc);
    }

    return rc;
}


static oci_status_e
config_load(config_t *c, const oci_str_t *text)
{
    oci_error_t   why;
    oci_status_e  rc;

    if (text->len > OCI_SCAN_SECRET_CONFIG_MAX) {
        return config_bad(c, NULL, "too large");
    }

    memset(&why, 0, sizeof(why));
    rc = oci_scan_yaml_load(&c->doc, text, &why);

    return (rc == OCI_OK) ? rc : config_bad(c, "not valid YAML", why.text);
}


static oci_status_e
config_root(config_t *c, rules_choice_t *choice)
{
    oci_status_e   rc;
    yaml_node_t   *root;

    root = yaml_document_get_root_node(&c->doc);

    if (root == NULL) {
        return config_bad(c, NULL, "there is nothing in it");
    }

    if (oci_scan_yaml_null(root)) {
        return OCI_OK;
    }

    if (root->type != YAML_MAPPING_NODE) {
        return config_bad(c, NULL, "not a map of keys and values");
    }

    rc = config_texts(c, root, "enable-builtin-rules", &choice->enable);

    if (rc == OCI_OK) {
        rc = config_texts(c, root, "disable-rules", &choice->disable);
    }

    if (rc == OCI_OK) {
        rc = config_texts(c, root, "disable-allow-rules",
                          &choice->disable_allow);
    }

    if (rc == OCI_OK) {
        rc = config_each(c, root, "rules", config_rule, &c->rules->rules);
    }

    if (rc == OCI_OK) {
        rc = config_each(c, root, "allow-rules", config_allow,
                         &c->rules->allow);
    }

    if (rc == OCI_OK) {
        rc = config_exclude(c, root, &c->rules->exclude);
    }

    return (rc == OCI_OK) ? config_skip(c, choice, root) : rc;
}


static oci_status_e
config_texts(config_t *c, yaml_node_t *map, const char *name,
    oci_array_t *out)
{
    oci_str_t         *text;
    oci_status_e       rc;
    yaml_node_t       *list;
    yaml_node_item_t  *item;

    list = oci_scan_yaml_member(&c->doc, map, name);

    if (list == NULL || oci_scan_yaml_null(list)) {
        return OCI_OK;
    }

    if (list->type != YAML_SEQUENCE_NODE) {
        return config_bad(c, name, "not a list");
    }

    for (item = list->data.sequence.items.start;
         item < list->data.sequence.items.top;
         item++)
    {
        text = oci_array_push(out);
        if (text == NULL) {
            return oci_nomem(c->err);
        }

        rc = config_scalar(c, yaml_document_get_node(&c->doc, *item), name,
                           text);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    return (out->nelts <= RULES_KEYWORDS_MAX) ? OCI_OK
           : config_bad(c, name, "too many");
}


static oci_status_e
config_each(config_t *c, yaml_node_t *map, const char *name,
    oci_status_e (*each)(config_t *c, yaml_node_t *node, oci_array_t *out),
    oci_array_t *out)
{
    oci_status_e       rc;
    yaml_node_t       *list, *node;
    yaml_node_item_t  *item;

    list = oci_scan_yaml_member(&c->doc, map, name);

    if (list == NULL || oci_scan_yaml_null(list)) {
        return OCI_OK;
    }

    if (list->type != YAML_SEQUENCE_NODE) {
        return config_bad(c, name, "not a list");
    }

    for (item = list->data.sequence.items.start;
         item < list->data.sequence.items.top;
         item++)
    {
        node = yaml_document_get_node(&c->doc, *item);

        if (out->nelts == RULES_MAX || node == NULL
            || node->type != YAML_MAPPING_NODE)
        {
            return config_bad(c, name, "too many, or one is no map");
        }

        rc = each(c, node, out);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
}


static oci_status_e
config_rule(config_t *c, yaml_node_t *node, oci_array_t *out)
{
    size_t         i;
    oci_str_t      severity;
    oci_status_e   rc;
    rules_rule_t  *rule;
    static const struct {
        const char  *name;
        size_t       at;
    } texts[] = {
        { "id", offsetof(rules_rule_t, id) },
        { "category", offsetof(rules_rule_t, category) },
        { "title", offsetof(rules_rule_t, title) },
        { "secret-group-name", offsetof(rules_rule_t, group) }
    };

    rule = oci_array_push(out);
    if (rule == NULL) {
        return oci_nomem(c->err);
    }

    oci_array_init(&rule->keywords, c->rules->pool, sizeof(oci_str_t));
    oci_array_init(&rule->allow, c->rules->pool, sizeof(rules_allow_t));
    oci_array_init(&rule->exclude, c->rules->pool, sizeof(rules_regexp_t *));

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {

        rc = config_text(c, node, texts[i].name,
                         (oci_str_t *) ((char *) rule + texts[i].at));
        if (rc != OCI_OK) {
            return rc;
        }
    }

    rc = config_text(c, node, "severity", &severity);

    if (rc == OCI_OK) {
        rc = config_severity(c, &severity, &rule->severity);
    }

    if (rc == OCI_OK) {
        rc = config_regexp(c, node, "regex", &rule->pattern);
    }

    if (rc == OCI_OK) {
        rc = config_regexp(c, node, "path", &rule->path);
    }

    if (rc == OCI_OK) {
        rc = config_texts(c, node, "keywords", &rule->keywords);
    }

    if (rc == OCI_OK) {
        rc = config_each(c, node, "allow-rules", config_allow, &rule->allow);
    }

    return (rc == OCI_OK) ? config_exclude(c, node, &rule->exclude) : rc;
}


static oci_status_e
config_allow(config_t *c, yaml_node_t *node, oci_array_t *out)
{
    oci_status_e    rc;
    rules_allow_t  *allow;

    allow = oci_array_push(out);
    if (allow == NULL) {
        return oci_nomem(c->err);
    }

    rc = config_text(c, node, "id", &allow->id);

    if (rc == OCI_OK) {
        rc = config_regexp(c, node, "regex", &allow->pattern);
    }

    return (rc == OCI_OK) ? config_regexp(c, node, "path", &allow->path) : rc;
}


static oci_status_e
config_exclude(config_t *c, yaml_node_t *map, oci_array_t *out)
{
    size_t            i;
    oci_str_t        *text;
    oci_array_t       patterns;
    yaml_node_t      *block;
    oci_status_e      rc;
    rules_regexp_t  **re;

    block = oci_scan_yaml_member(&c->doc, map, "exclude-block");

    if (block == NULL || oci_scan_yaml_null(block)) {
        return OCI_OK;
    }

    if (block->type != YAML_MAPPING_NODE) {
        return config_bad(c, "exclude-block", "not a map");
    }

    oci_array_init(&patterns, c->rules->pool, sizeof(oci_str_t));
    rc = config_texts(c, block, "regexes", &patterns);
    text = patterns.elts;

    for (i = 0; rc == OCI_OK && i < patterns.nelts; i++) {

        re = oci_array_push(out);
        if (re == NULL) {
            return oci_nomem(c->err);
        }

        rc = rules_regexp(c->rules, re, (char *) text[i].data, true, c->err);
    }

    return rc;
}


/* an empty list is one that passes over nothing */

static oci_status_e
config_skip(config_t *c, rules_choice_t *choice, yaml_node_t *root)
{
    size_t         i;
    oci_str_t     *pattern;
    oci_status_e   rc;
    yaml_node_t   *list;

    list = oci_scan_yaml_member(&c->doc, root, "skip-patterns");
    choice->has_skip = (list != NULL && !oci_scan_yaml_null(list));
    rc = config_texts(c, root, "skip-patterns", &c->rules->skip);
    pattern = c->rules->skip.elts;

    for (i = 0; rc == OCI_OK && i < c->rules->skip.nelts; i++) {
        if (!oci_scan_glob_valid(&pattern[i])) {
            rc = oci_error(c->err, OCI_INVALID, 0, "\"%.256s\": invalid "
                           "skip-pattern \"%.128s\"", c->rules->path.data,
                           pattern[i].data);
        }
    }

    return rc;
}


static oci_status_e
config_severity(config_t *c, const oci_str_t *text,
    oci_scan_severity_e *severity)
{
    size_t              i;
    oci_str_t          *warning;
    static const char  *const names[] = { "unknown", "low", "medium", "high",
                                          "critical" };

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (text->len != 0 && strcasecmp((char *) text->data, names[i]) == 0) {
            *severity = (oci_scan_severity_e) i;
            return OCI_OK;
        }
    }

    warning = oci_array_push(&c->rules->warnings);
    if (warning == NULL) {
        return oci_nomem(c->err);
    }

    *warning = oci_strf(c->rules->pool, "Incorrect severity\tconfig_path="
                        "\"%.256s\" severity=\"%.64s\"", c->rules->path.data,
                        text->len ? (char *) text->data : "");

    return OCI_OK;
}


static oci_status_e
config_regexp(config_t *c, yaml_node_t *map, const char *name,
    rules_regexp_t **re)
{
    oci_str_t      text;
    oci_error_t    err;
    oci_status_e   rc;
    yaml_node_t   *node;

    node = oci_scan_yaml_member(&c->doc, map, name);

    if (node == NULL || oci_scan_yaml_null(node)) {
        return OCI_OK;
    }

    rc = config_scalar(c, node, name, &text);
    if (rc != OCI_OK) {
        return rc;
    }

    memset(&err, 0, sizeof(err));
    rc = rules_regexp(c->rules, re, (char *) text.data, true, &err);

    return (rc == OCI_OK) ? OCI_OK : config_bad(c, name, err.text);
}


static oci_status_e
config_text(config_t *c, yaml_node_t *map, const char *name, oci_str_t *text)
{
    yaml_node_t  *node;

    node = oci_scan_yaml_member(&c->doc, map, name);
    text->len = 0;
    text->data = (u_char *) "";

    return (node == NULL || oci_scan_yaml_null(node)) ? OCI_OK
           : config_scalar(c, node, name, text);
}


/* a copy that ends with a NUL, and has no other */

static oci_status_e
config_scalar(config_t *c, yaml_node_t *node, const char *name,
    oci_str_t *text)
{
    if (c->nodes++ == CONFIG_NODES) {
        return config_bad(c, name, "too many values");
    }

    if (node == NULL || node->type != YAML_SCALAR_NODE
        || memchr(node->data.scalar.value, '\0', node->data.scalar.length)
           != NULL)
    {
        return config_bad(c, name, "not a text");
    }

    *text = oci_str_dup(c->rules->pool, node->data.scalar.value,
                        node->data.scalar.length);

    return (text->data != NULL) ? OCI_OK : oci_nomem(c->err);
}


static oci_status_e
config_bad(config_t *c, const char *name, const char *why)
{
    return oci_error(c->err, OCI_INVALID, 0, "\"%.256s\": %s%s%s",
                     c->rules->path.data, name != NULL ? name : "",
                     name != NULL ? ": " : "", why);
}
