/*
 * Ignore files.
 */

#include "ignore.h"
#include "base/glob.h"
#include "base/yaml.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>


/* where in the YAML tree a scalar belongs */

typedef struct {
    oci_scan_ignore_t       *ignore;
    oci_pool_t              *pool;
    time_t                   now;
    yaml_document_t          doc;
} ignore_yaml_t;


static bool ignore_date(const oci_str_t *text, time_t *when);
static bool ignore_time(const char *s, struct tm *tm, long *zone);
static oci_status_e ignore_line(oci_scan_ignore_t *ignore, oci_pool_t *pool,
    oci_str_t line, time_t now);
static bool ignore_field(oci_str_t *line, oci_str_t *field);
static oci_scan_ignore_rule_t *ignore_rule(oci_scan_ignore_t *ignore,
    oci_pool_t *pool, const oci_str_t *id);
static oci_status_e ignore_warn(oci_scan_ignore_t *ignore, oci_pool_t *pool,
    const oci_str_t *date);
static oci_status_e ignore_yaml_rules(ignore_yaml_t *y, oci_error_t *err);
static oci_str_t ignore_yaml_text(ignore_yaml_t *y, yaml_node_t *map,
    const char *name);
static oci_status_e ignore_yaml_kind(ignore_yaml_t *y, yaml_node_t *root,
    const char *name, unsigned kind, oci_error_t *err);
static oci_status_e ignore_yaml_rule(ignore_yaml_t *y, yaml_node_t *node,
    unsigned kind, oci_error_t *err);
static oci_status_e ignore_yaml_lists(ignore_yaml_t *y, yaml_node_t *node,
    oci_scan_ignore_rule_t *rule, oci_error_t *err);
static oci_status_e ignore_yaml_list(ignore_yaml_t *y, yaml_node_t *map,
    const char *name, oci_array_t *values, oci_error_t *err);
static bool ignore_matches(const oci_scan_ignore_rule_t *rule,
    const oci_str_t *path, const oci_scan_purl_t *purl);
static bool ignore_path(const oci_scan_ignore_rule_t *rule,
    const oci_str_t *path);
static bool ignore_purl(const oci_scan_ignore_rule_t *rule,
    const oci_scan_purl_t *purl);


oci_status_e
oci_scan_ignore_load(oci_scan_ignore_t *ignore, oci_pool_t *pool,
    const char *path, time_t now, oci_error_t *err)
{
    FILE          *f;
    size_t         n;
    u_char         chunk[8192];
    oci_buf_t      b;
    oci_str_t      text, name;
    oci_status_e   rc;

    memset(&b, 0, sizeof(b));

    f = fopen(path, "re");
    if (f == NULL) {
        return oci_error_errno(err, errno, "ignore file \"%s\"", path);
    }

    do {
        n = fread(chunk, 1, sizeof(chunk), f);
        oci_buf_add(&b, chunk, n);
    } while (n == sizeof(chunk) && b.len <= OCI_SCAN_IGNORE_MAX && !b.failed);

    if (ferror(f)) {
        rc = oci_error_errno(err, errno, "ignore file \"%s\"", path);

    } else if (b.failed) {
        rc = oci_error(err, OCI_NOMEM, 0, "out of memory");

    } else {
        text.data = b.data != NULL ? b.data : (u_char *) "";
        text.len = b.len;
        name = oci_str(path);

        if (oci_str_suffix(&name, ".yaml") || oci_str_suffix(&name, ".yml")) {
            rc = oci_scan_ignore_parse_yaml(ignore, pool, &text, now, err);

        } else {
            rc = oci_scan_ignore_parse(ignore, pool, &text, now, err);
        }

        ignore->path = oci_str_dup(pool, name.data, name.len);
    }

    (void) fclose(f);
    oci_buf_free(&b);

    return rc;
}


oci_status_e
oci_scan_ignore_parse(oci_scan_ignore_t *ignore, oci_pool_t *pool,
    const oci_str_t *text, time_t now, oci_error_t *err)
{
    oci_str_t      line;
    const u_char  *p, *end, *eol;

    memset(ignore, 0, sizeof(oci_scan_ignore_t));
    oci_array_init(&ignore->rules, pool, sizeof(oci_scan_ignore_rule_t));
    oci_array_init(&ignore->warnings, pool, sizeof(oci_str_t));

    if (text->len > OCI_SCAN_IGNORE_MAX) {
        return oci_error(err, OCI_LIMIT, 0, "ignore file is too large");
    }

    end = text->data + text->len;

    for (p = text->data; p < end; p = eol + 1) {
        eol = memchr(p, '\n', (size_t) (end - p));
        eol = eol != NULL ? eol : end;

        line.data = (u_char *) p;
        line.len = (size_t) (eol - p);

        if (ignore->rules.nelts == OCI_SCAN_IGNORE_RULES) {
            return oci_error(err, OCI_LIMIT, 0,
                             "ignore file has too many lines");
        }

        if (ignore_line(ignore, pool, line, now) != OCI_OK) {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }
    }

    return OCI_OK;
}


static oci_status_e
ignore_line(oci_scan_ignore_t *ignore, oci_pool_t *pool, oci_str_t line,
    time_t now)
{
    time_t     when;
    oci_str_t  id, field;

    if (!ignore_field(&line, &id) || id.data[0] == '#') {
        return OCI_OK;
    }

    while (ignore_field(&line, &field)) {

        if (!oci_str_prefix(&field, "exp:")) {
            continue;
        }

        field.data += 4;
        field.len -= 4;

        if (field.len != 10 || !ignore_date(&field, &when)) {
            return ignore_warn(ignore, pool, &field);
        }

        if (when < now) {
            return OCI_OK;
        }

        break;
    }

    return ignore_rule(ignore, pool, &id) == NULL ? OCI_NOMEM : OCI_OK;
}


static bool
ignore_field(oci_str_t *line, oci_str_t *field)
{
    size_t               n;
    static const char    spaces[] = " \t\r\v\f";

    while (line->len != 0 && memchr(spaces, line->data[0], 5) != NULL) {
        line->data++;
        line->len--;
    }

    for (n = 0; n < line->len; n++) {
        if (memchr(spaces, line->data[n], 5) != NULL) {
            break;
        }
    }

    field->data = line->data;
    field->len = n;
    line->data += n;
    line->len -= n;

    return n != 0;
}


static oci_scan_ignore_rule_t *
ignore_rule(oci_scan_ignore_t *ignore, oci_pool_t *pool, const oci_str_t *id)
{
    oci_scan_ignore_rule_t  *rule;

    rule = oci_array_push(&ignore->rules);
    if (rule == NULL) {
        return NULL;
    }

    oci_array_init(&rule->paths, pool, sizeof(oci_str_t));
    oci_array_init(&rule->purls, pool, sizeof(oci_scan_purl_t));
    rule->id = oci_str_dup(pool, id->data, id->len);
    rule->kinds = OCI_SCAN_IGNORE_VULNS | OCI_SCAN_IGNORE_SECRETS;

    return rule->id.data == NULL ? NULL : rule;
}


static oci_status_e
ignore_warn(oci_scan_ignore_t *ignore, oci_pool_t *pool, const oci_str_t *date)
{
    oci_str_t  *text;

    text = oci_array_push(&ignore->warnings);
    if (text == NULL) {
        return OCI_NOMEM;
    }

    *text = oci_strf(pool, "parsing time \"%.*s\": not a date of the form "
                     "2006-01-02", (int) (date->len < 64 ? date->len : 64),
                     date->data);

    return text->data == NULL ? OCI_NOMEM : OCI_OK;
}


/* "2006-01-02", or RFC 3339 with a time; false: not a date */

static bool
ignore_date(const oci_str_t *text, time_t *when)
{
    int         n, day;
    long        zone;
    char        s[64];
    struct tm   tm;

    if (text->len < 10 || text->len >= sizeof(s)) {
        return false;
    }

    memcpy(s, text->data, text->len);
    s[text->len] = '\0';
    memset(&tm, 0, sizeof(tm));

    n = 0;
    if (sscanf(s, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &n)
        != 3 || n != 10 || tm.tm_mon < 1 || tm.tm_mon > 12
        || tm.tm_mday < 1 || tm.tm_mday > 31)
    {
        return false;
    }

    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    zone = 0;

    if (s[10] != '\0' && !ignore_time(s + 11, &tm, &zone)) {
        return false;
    }

    day = tm.tm_mday;
    *when = timegm(&tm) - zone;

    return tm.tm_mday == day;   /* there is no 30th of February */
}


/* "15:04:05.999Z", "15:04:05+01:00"; zone in seconds east of UTC */

static bool
ignore_time(const char *s, struct tm *tm, long *zone)
{
    int   n, hours, minutes;
    char  sign;

    n = 0;
    if (sscanf(s, "%2d:%2d:%2d%n", &tm->tm_hour, &tm->tm_min, &tm->tm_sec, &n)
        != 3 || n != 8 || tm->tm_hour > 23 || tm->tm_min > 59
        || tm->tm_sec > 60)
    {
        return false;
    }

    s += n;

    if (*s == '.') {
        s += 1 + strspn(s + 1, "0123456789");
    }

    if (*s == 'Z' || *s == 'z' || *s == '\0') {
        return true;
    }

    if (sscanf(s, "%c%2d:%2d", &sign, &hours, &minutes) != 3
        || (sign != '+' && sign != '-'))
    {
        return false;
    }

    *zone = (hours * 60L + minutes) * (sign == '-' ? -60 : 60);

    return true;
}


oci_status_e
oci_scan_ignore_parse_yaml(oci_scan_ignore_t *ignore, oci_pool_t *pool,
    const oci_str_t *text, time_t now, oci_error_t *err)
{
    oci_error_t    why;
    oci_status_e   rc;
    ignore_yaml_t  y;

    memset(ignore, 0, sizeof(oci_scan_ignore_t));
    oci_array_init(&ignore->rules, pool, sizeof(oci_scan_ignore_rule_t));
    oci_array_init(&ignore->warnings, pool, sizeof(oci_str_t));

    if (text->len > OCI_SCAN_IGNORE_MAX) {
        return oci_error(err, OCI_LIMIT, 0, "ignore file is too large");
    }

    memset(&y, 0, sizeof(y));
    y.ignore = ignore;
    y.pool = pool;
    y.now = now;

    memset(&why, 0, sizeof(why));
    rc = oci_scan_yaml_load(&y.doc, text, &why);

    if (rc != OCI_OK) {
        return oci_error(err, rc, 0, "ignore file: %s", why.text);
    }

    rc = ignore_yaml_rules(&y, err);
    yaml_document_delete(&y.doc);

    return rc;
}


static oci_status_e
ignore_yaml_rules(ignore_yaml_t *y, oci_error_t *err)
{
    yaml_node_t   *root;
    oci_status_e   rc;

    root = yaml_document_get_root_node(&y->doc);
    if (root == NULL) {
        return OCI_OK;
    }

    if (root->type != YAML_MAPPING_NODE) {
        return oci_error(err, OCI_INVALID, 0, "ignore file: not a map");
    }

    rc = ignore_yaml_kind(y, root, "vulnerabilities", OCI_SCAN_IGNORE_VULNS,
                          err);

    return (rc == OCI_OK)
           ? ignore_yaml_kind(y, root, "secrets", OCI_SCAN_IGNORE_SECRETS,
                              err) : rc;
}


static oci_status_e
ignore_yaml_kind(ignore_yaml_t *y, yaml_node_t *root, const char *name,
    unsigned kind, oci_error_t *err)
{
    yaml_node_t       *list;
    oci_status_e       rc;
    yaml_node_item_t  *item;

    list = oci_scan_yaml_member(&y->doc, root, name);
    if (list == NULL || list->type == YAML_SCALAR_NODE) {
        return OCI_OK;
    }

    if (list->type != YAML_SEQUENCE_NODE) {
        return oci_error(err, OCI_INVALID, 0,
                         "ignore file: \"%s\" is not a list", name);
    }

    for (item = list->data.sequence.items.start;
         item < list->data.sequence.items.top;
         item++)
    {
        if (y->ignore->rules.nelts == OCI_SCAN_IGNORE_RULES) {
            return oci_error(err, OCI_LIMIT, 0,
                             "ignore file has too many rules");
        }

        rc = ignore_yaml_rule(y, yaml_document_get_node(&y->doc, *item), kind,
                              err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
}


static oci_str_t
ignore_yaml_text(ignore_yaml_t *y, yaml_node_t *map, const char *name)
{
    oci_str_t     text = oci_null_string;
    yaml_node_t  *node;

    node = oci_scan_yaml_member(&y->doc, map, name);

    if (node != NULL && node->type == YAML_SCALAR_NODE) {
        text.data = node->data.scalar.value;
        text.len = node->data.scalar.length;
    }

    return text;
}


static oci_status_e
ignore_yaml_rule(ignore_yaml_t *y, yaml_node_t *node, unsigned kind,
    oci_error_t *err)
{
    time_t                   when;
    oci_str_t                id, date, text;
    oci_scan_ignore_rule_t  *rule;

    if (node == NULL || node->type != YAML_MAPPING_NODE) {
        return oci_error(err, OCI_INVALID, 0, "ignore file: a rule is not a "
                         "map with \"id\"");
    }

    id = ignore_yaml_text(y, node, "id");
    date = ignore_yaml_text(y, node, "expired_at");
    text = ignore_yaml_text(y, node, "statement");

    if (date.len != 0) {
        if (!ignore_date(&date, &when)) {
            return oci_error(err, OCI_INVALID, 0, "ignore file: "
                             "\"expired_at\" of \"%.*s\" is not a date",
                             (int) (id.len < 64 ? id.len : 64),
                             id.len == 0 ? (u_char *) "" : id.data);
        }

        if (when < y->now) {
            return OCI_OK;
        }
    }

    rule = id.len == 0 ? NULL : ignore_rule(y->ignore, y->pool, &id);
    if (rule == NULL) {
        return oci_error(err, id.len == 0 ? OCI_INVALID : OCI_NOMEM, 0,
                         "ignore file: a rule has no \"id\"");
    }

    rule->kinds = kind;

    if (text.len != 0) {
        rule->statement = oci_str_dup(y->pool, text.data, text.len);
    }

    return ignore_yaml_lists(y, node, rule, err);
}


static oci_status_e
ignore_yaml_lists(ignore_yaml_t *y, yaml_node_t *node,
    oci_scan_ignore_rule_t *rule, oci_error_t *err)
{
    size_t            i;
    oci_str_t        *text;
    oci_array_t       texts;
    oci_status_e      rc;
    oci_scan_purl_t  *purl;

    rc = ignore_yaml_list(y, node, "paths", &rule->paths, err);
    if (rc != OCI_OK) {
        return rc;
    }

    text = rule->paths.elts;

    for (i = 0; i < rule->paths.nelts; i++) {
        if (!oci_scan_glob_valid(&text[i])) {
            return oci_error(err, OCI_INVALID, 0, "ignore file: invalid path "
                             "pattern \"%.128s\"", text[i].data);
        }
    }

    oci_array_init(&texts, y->pool, sizeof(oci_str_t));

    rc = ignore_yaml_list(y, node, "purls", &texts, err);
    if (rc != OCI_OK) {
        return rc;
    }

    text = texts.elts;

    for (i = 0; i < texts.nelts; i++) {
        purl = oci_array_push(&rule->purls);
        if (purl == NULL) {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }

        rc = oci_scan_purl_parse(purl, y->pool, &text[i], err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
}


static oci_status_e
ignore_yaml_list(ignore_yaml_t *y, yaml_node_t *map, const char *name,
    oci_array_t *values, oci_error_t *err)
{
    oci_str_t         *value;
    yaml_node_t       *list, *node;
    yaml_node_item_t  *item;

    list = oci_scan_yaml_member(&y->doc, map, name);

    if (list == NULL) {
        return OCI_OK;
    }

    if (list->type != YAML_SEQUENCE_NODE) {
        return oci_error(err, OCI_INVALID, 0,
                         "ignore file: \"%s\" is not a list", name);
    }

    for (item = list->data.sequence.items.start;
         item < list->data.sequence.items.top;
         item++)
    {
        node = yaml_document_get_node(&y->doc, *item);
        if (node == NULL || node->type != YAML_SCALAR_NODE) {
            return oci_error(err, OCI_INVALID, 0,
                             "ignore file: \"%s\" holds no text", name);
        }

        value = oci_array_push(values);
        if (value == NULL) {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }

        *value = oci_str_dup(y->pool, node->data.scalar.value,
                             node->data.scalar.length);
        if (value->data == NULL) {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }
    }

    return OCI_OK;
}


const oci_scan_ignore_rule_t *
oci_scan_ignore_find(const oci_scan_ignore_t *ignore, const oci_str_t *id,
    const oci_str_t *target, const oci_str_t *path, const oci_str_t *purl)
{
    size_t                         i;
    oci_pool_t                    *pool;
    oci_scan_purl_t                parsed, *package;
    const oci_scan_ignore_rule_t  *rule, *found;

    pool = NULL;
    package = NULL;
    found = NULL;
    rule = ignore->rules.elts;

    for (i = 0; i < ignore->rules.nelts; i++) {

        if ((rule[i].kinds & OCI_SCAN_IGNORE_VULNS) == 0
            || !oci_str_eq(&rule[i].id, id))
        {
            continue;
        }

        if (rule[i].purls.nelts != 0 && pool == NULL && purl->len != 0) {
            pool = oci_pool_create();

            if (pool != NULL
                && oci_scan_purl_parse(&parsed, pool, purl, NULL) == OCI_OK)
            {
                package = &parsed;
            }
        }

        if (rule[i].purls.nelts != 0 && purl->len != 0 && package == NULL) {
            continue;
        }

        if (ignore_matches(&rule[i], target, package)
            || ignore_matches(&rule[i], path, package))
        {
            found = &rule[i];
            break;
        }
    }

    oci_pool_destroy(pool);

    return found;
}


const oci_scan_ignore_rule_t *
oci_scan_ignore_secret(const oci_scan_ignore_t *ignore, const oci_str_t *id,
    const oci_str_t *target)
{
    size_t                         i;
    const oci_scan_ignore_rule_t  *rule;

    rule = ignore->rules.elts;

    for (i = 0; i < ignore->rules.nelts; i++) {
        if ((rule[i].kinds & OCI_SCAN_IGNORE_SECRETS) != 0
            && oci_str_eq(&rule[i].id, id) && ignore_path(&rule[i], target))
        {
            return &rule[i];
        }
    }

    return NULL;
}


static bool
ignore_matches(const oci_scan_ignore_rule_t *rule, const oci_str_t *path,
    const oci_scan_purl_t *purl)
{
    return ignore_path(rule, path) && ignore_purl(rule, purl);
}


static bool
ignore_path(const oci_scan_ignore_rule_t *rule, const oci_str_t *path)
{
    size_t      i;
    oci_str_t  *pattern;

    pattern = rule->paths.elts;

    for (i = 0; i < rule->paths.nelts; i++) {
        if (oci_scan_glob(&pattern[i], path)) {
            return true;
        }
    }

    return rule->paths.nelts == 0;
}


/* as Trivy has it, a package without a URL is not told apart by one */

static bool
ignore_purl(const oci_scan_ignore_rule_t *rule, const oci_scan_purl_t *purl)
{
    size_t            i;
    oci_scan_purl_t  *wanted;

    wanted = rule->purls.elts;

    for (i = 0; purl != NULL && i < rule->purls.nelts; i++) {
        if (oci_scan_purl_match(&wanted[i], purl)) {
            return true;
        }
    }

    return purl == NULL || rule->purls.nelts == 0;
}
