/*
 * Secrets as each format shows them.
 */

#include "secret.h"
#include "terminal.h"
#include "text.h"

#include <string.h>


#define SECRET_WIDTH  40                /* Trivy's without a terminal */
#define SECRET_BY     40
#define SECRET_RULES                                                          \
    "https://github.com/aquasecurity/trivy/blob/main/pkg/fanal/secret/"      \
    "builtin-rules.go"


static void secret_code(emit_t *e, const oci_scan_secret_t *s);
static void secret_layer(emit_t *e, const oci_scan_secret_t *s);
static bool secret_one(const oci_scan_result_t *result,
    const oci_scan_secret_t *s, const oci_scan_style_t *style,
    oci_pool_t *pool, oci_buf_t *out);
static bool secret_place(const oci_scan_result_t *result,
    const oci_scan_secret_t *s, const oci_scan_style_t *style,
    oci_pool_t *pool, oci_buf_t *out);
static bool secret_lines(const oci_scan_secret_t *s,
    const oci_scan_style_t *style, oci_pool_t *pool, oci_buf_t *out);
static void secret_rule_line(const oci_scan_style_t *style, const char *dash,
    oci_buf_t *out);
static const char *secret_color(const oci_scan_style_t *style,
    const char *color);
static void secret_sha1(oci_buf_t *out, const oci_str_t *target,
    const oci_scan_secret_t *s);
static void secret_asff_resource(oci_buf_t *out, const oci_str_t *target,
    const char *region);


void
secret_json(emit_t *e, const char *key, const oci_scan_secret_t *s)
{
    emit_object(e, key);
    emit_str(e, "RuleID", &s->rule);
    emit_str(e, "Category", &s->category);
    emit_text(e, "Severity", oci_scan_severity_name(s->severity));
    emit_str(e, "Title", &s->title);
    emit_int(e, "StartLine", (int64_t) s->start);
    emit_int(e, "EndLine", (int64_t) s->end);
    secret_code(e, s);
    emit_str(e, "Match", &s->match);
    secret_layer(e, s);
    emit_opt_int(e, "Offset", (int64_t) s->offset);
    emit_end(e);
}


static void
secret_code(emit_t *e, const oci_scan_secret_t *s)
{
    size_t  i;

    emit_object(e, "Code");

    if (s->ncode == 0) {
        emit_null(e, "Lines");
        emit_end(e);
        return;
    }

    emit_array(e, "Lines");

    for (i = 0; i < s->ncode; i++) {
        emit_object(e, NULL);
        emit_int(e, "Number", (int64_t) s->code[i].number);
        emit_str(e, "Content", &s->code[i].text);
        emit_bool(e, "IsCause", s->code[i].cause);
        emit_text(e, "Annotation", "");
        emit_bool(e, "Truncated", false);
        emit_opt(e, "Highlighted", &s->code[i].text);
        emit_bool(e, "FirstCause", s->code[i].first);
        emit_bool(e, "LastCause", s->code[i].last);
        emit_end(e);
    }

    emit_end(e);
    emit_end(e);
}


static void
secret_layer(emit_t *e, const oci_scan_secret_t *s)
{
    if (s->layer_digest.len == 0 && s->layer_diff_id.len == 0
        && s->created_by.len == 0)
    {
        return;
    }

    emit_object(e, "Layer");
    emit_opt(e, "Digest", &s->layer_digest);
    emit_opt(e, "DiffID", &s->layer_diff_id);
    emit_opt(e, "CreatedBy", &s->created_by);
    emit_end(e);
}


bool
secret_table(const oci_scan_result_t *result, const oci_scan_style_t *style,
    oci_pool_t *pool, oci_buf_t *out)
{
    size_t                    i;
    const oci_scan_secret_t  *s;

    s = result->secrets.elts;

    for (i = 0; i < result->secrets.nelts; i++) {
        if (!secret_one(result, &s[i], style, pool, out)) {
            return false;
        }
    }

    return true;
}


/* with the line ends that Trivy gives it */

static bool
secret_one(const oci_scan_result_t *result, const oci_scan_secret_t *s,
    const oci_scan_style_t *style, oci_pool_t *pool, oci_buf_t *out)
{
    oci_str_t           category, rule, title;
    static const char  *colors[] = { "\x1b[34m", "", "\x1b[33m", "\x1b[31m",
                                     "\x1b[31m\x1b[1m" };

    category = terminal_clean(pool, &s->category);
    rule = terminal_clean(pool, &s->rule);
    title = terminal_clean(pool, &s->title);

    if (category.data == NULL || rule.data == NULL || title.data == NULL) {
        return false;
    }

    oci_buf_addf(out, "%s%s: %s (%s)%s\r\n",
                 secret_color(style, colors[s->severity]),
                 oci_scan_severity_name(s->severity), category.data,
                 rule.data, secret_color(style, "\x1b[0m"));
    secret_rule_line(style, "\u2550", out);
    oci_buf_addf(out, "%s%s%s\r\n", secret_color(style, "\x1b[2m"),
                 title.data, secret_color(style, "\x1b[0m"));
    secret_rule_line(style, "\u2500", out);

    if (s->ncode != 0) {

        if (!secret_place(result, s, style, pool, out)) {
            return false;
        }

        secret_rule_line(style, "\u2500", out);

        if (!secret_lines(s, style, pool, out)) {
            return false;
        }

        secret_rule_line(style, "\u2500", out);
    }

    oci_buf_adds(out, "\r\n\r\n");

    return true;
}


static bool
secret_place(const oci_scan_result_t *result, const oci_scan_secret_t *s,
    const oci_scan_style_t *style, oci_pool_t *pool, oci_buf_t *out)
{
    oci_str_t  target, by;

    by = s->created_by;
    by.len = (by.len > SECRET_BY) ? SECRET_BY : by.len;
    target = terminal_clean(pool, &result->target);
    by = terminal_clean(pool, &by);

    if (target.data == NULL || by.data == NULL) {
        return false;
    }

    oci_buf_addf(out, " %s%s:%llu", secret_color(style, "\x1b[34m"),
                 target.data, (unsigned long long) s->start);

    if (s->end > s->start) {
        oci_buf_addf(out, "-%llu", (unsigned long long) s->end);
    }

    oci_buf_adds(out, secret_color(style, "\x1b[0m"));

    if (s->offset > 0) {
        oci_buf_addf(out, " (offset: %llu bytes)",
                     (unsigned long long) s->offset);
    }

    if (by.len != 0) {
        oci_buf_addf(out, " (added by '%s')", by.data);

    } else if (s->layer_diff_id.len > sizeof("sha256:") - 1 + 12) {
        oci_buf_addf(out, " (added in layer '%.12s')",
                     s->layer_diff_id.data + sizeof("sha256:") - 1);
    }

    oci_buf_adds(out, "\r\n");

    return true;
}


static bool
secret_lines(const oci_scan_secret_t *s, const oci_scan_style_t *style,
    oci_pool_t *pool, oci_buf_t *out)
{
    size_t                  i;
    oci_str_t               text;
    const char             *mark;
    const oci_scan_code_t  *line;

    for (i = 0; i < s->ncode; i++) {

        line = &s->code[i];
        text = terminal_clean(pool, &line->text);

        if (text.data == NULL) {
            return false;
        }

        if (!line->cause) {
            mark = " ";

        } else if ((line->first && line->last) || s->ncode == 1) {
            mark = "[";

        } else if (line->first || i == 0) {
            mark = "\u250c";

        } else {
            mark = (line->last || i + 1 == s->ncode) ? "\u2514" : "\u2502";
        }

        oci_buf_addf(out, "%s%4llu %s %s%s\r\n",
                     secret_color(style, line->cause ? "\x1b[31m"
                                                     : "\x1b[2m"),
                     (unsigned long long) line->number, mark,
                     secret_color(style, "\x1b[0m"), text.data);
    }

    return true;
}


static void
secret_rule_line(const oci_scan_style_t *style, const char *dash,
    oci_buf_t *out)
{
    unsigned  i;

    oci_buf_adds(out, secret_color(style, "\x1b[2m"));

    for (i = 0; i < SECRET_WIDTH; i++) {
        oci_buf_adds(out, dash);
    }

    oci_buf_addf(out, "%s\r\n", secret_color(style, "\x1b[0m"));
}


static const char *
secret_color(const oci_scan_style_t *style, const char *color)
{
    return style->color ? color : "";
}


void
secret_sarif_rule(emit_t *e, const oci_scan_secret_t *s, const char *level,
    const char *score)
{
    const char  *severity;

    severity = oci_scan_severity_name(s->severity);

    emit_object(e, NULL);
    emit_str(e, "id", &s->rule);
    emit_text(e, "name", "Secret");

    emit_object(e, "shortDescription");
    emit_str(e, "text", &s->title);
    emit_end(e);
    emit_object(e, "fullDescription");
    emit_str(e, "text", &s->match);
    emit_end(e);
    emit_object(e, "defaultConfiguration");
    emit_text(e, "level", level);
    emit_end(e);
    emit_text(e, "helpUri", SECRET_RULES);

    emit_object(e, "help");
    emit_strf(e, "text", "Secret %.*s\nSeverity: %s\nMatch: %.*s",
              (int) s->title.len, s->title.data, severity,
              (int) s->match.len, s->match.data);
    emit_strf(e, "markdown", "**Secret %.*s**\n| Severity | Match |\n"
              "| --- | --- |\n|%s|%.*s|", (int) s->title.len, s->title.data,
              severity, (int) s->match.len, s->match.data);
    emit_end(e);

    emit_object(e, "properties");
    emit_text(e, "precision", "very-high");
    emit_text(e, "security-severity", score);
    emit_array(e, "tags");
    emit_text(e, NULL, "secret");
    emit_text(e, NULL, "security");
    emit_text(e, NULL, severity);
    emit_end(e);
    emit_end(e);
    emit_end(e);
}


void
secret_sarif_result(emit_t *e, const oci_scan_secret_t *s,
    const oci_str_t *target, const oci_str_t *uri, const char *level,
    size_t index)
{
    emit_object(e, NULL);
    emit_str(e, "ruleId", &s->rule);
    emit_int(e, "ruleIndex", (int64_t) index);
    emit_text(e, "level", level);

    emit_object(e, "message");
    emit_strf(e, "text", "Artifact: %.*s\nType: \nSecret %.*s\nSeverity: %s\n"
              "Match: %.*s", (int) target->len, target->data,
              (int) s->title.len, s->title.data,
              oci_scan_severity_name(s->severity), (int) s->match.len,
              s->match.data);
    emit_end(e);

    emit_array(e, "locations");
    emit_object(e, NULL);
    emit_object(e, "physicalLocation");
    emit_object(e, "artifactLocation");
    emit_str(e, "uri", uri);
    emit_text(e, "uriBaseId", "ROOTPATH");
    emit_end(e);
    emit_object(e, "region");
    emit_int(e, "startLine", (int64_t) s->start);
    emit_int(e, "startColumn", 1);
    emit_int(e, "endLine", (int64_t) s->end);
    emit_int(e, "endColumn", 1);
    emit_end(e);
    emit_end(e);
    emit_object(e, "message");
    emit_str(e, "text", target);
    emit_end(e);
    emit_end(e);
    emit_end(e);
    emit_end(e);
}


void
secret_junit(oci_buf_t *out, const oci_scan_result_t *result)
{
    size_t                    i, n;
    const oci_scan_secret_t  *s;

    n = result->secrets.nelts;
    s = result->secrets.elts;

    if (n == 0) {
        return;
    }

    oci_buf_addf(out, "\n    <testsuite tests=\"%zu\" failures=\"%zu\" "
                 "name=\"", n, n);
    text_xml(out, &result->target);
    oci_buf_adds(out, "\" time=\"0\">");

    for (i = 0; i < n; i++) {
        oci_buf_adds(out, "\n        <testcase classname=\"");
        text_xml(out, &s[i].rule);
        oci_buf_addf(out, "\" name=\"[%s] ",
                     oci_scan_severity_name(s[i].severity));
        text_xml(out, &s[i].title);
        oci_buf_adds(out, "\">\n            <failure message=\"");
        text_xml(out, &s[i].title);
        oci_buf_adds(out, "\" type=\"description\">");
        text_xml(out, &s[i].match);
        oci_buf_adds(out, "</failure>\n        </testcase>");
    }

    oci_buf_adds(out, "\n    </testsuite>");
}


/* with the line ends of DOS, as the template has them */

void
secret_quality(oci_buf_t *out, const oci_str_t *target,
    const oci_scan_secret_t *s, const oci_scan_style_t *style)
{
    oci_buf_t           b;
    oci_str_t           text;
    static const char  *severities[] = { "info", "info", "minor", "major",
                                         "critical" };

    (void) style;

    memset(&b, 0, sizeof(b));
    oci_buf_addf(&b, "Secret - %.*s - %.*s", (int) s->rule.len, s->rule.data,
                 (int) s->title.len, s->title.data);
    text.data = b.data;
    text.len = b.len;

    oci_buf_adds(out, "\r\n    {\r\n      \"type\": \"issue\",\r\n"
                 "      \"check_name\": \"container_scanning\",\r\n"
                 "      \"categories\": [ \"Security\" ],\r\n"
                 "      \"description\": ");
    text_go(out, &text);
    oci_buf_adds(out, ",\r\n      \"fingerprint\": \"");
    secret_sha1(out, target, s);
    oci_buf_adds(out, "\",\r\n      \"content\": ");
    text_go(out, &s->title);
    oci_buf_addf(out, ",\r\n      \"severity\": \"%s\",\r\n"
                 "      \"location\": {\r\n        \"path\": \"",
                 severities[s->severity]);
    text_json(out, target);
    oci_buf_addf(out, "\",\r\n        \"lines\": {\r\n"
                 "          \"begin\": %llu\r\n        }\r\n      }\r\n"
                 "    }", (unsigned long long) s->start);

    out->failed |= b.failed;
    oci_buf_free(&b);
}


static void
secret_sha1(oci_buf_t *out, const oci_str_t *target,
    const oci_scan_secret_t *s)
{
    oci_buf_t  b;

    memset(&b, 0, sizeof(b));
    oci_buf_add(&b, s->rule.data, s->rule.len);
    oci_buf_add(&b, s->title.data, s->title.len);
    oci_buf_add(&b, target->data, target->len);

    text_sha1(out, &b);
    oci_buf_free(&b);
}


void
secret_asff(oci_buf_t *out, const oci_str_t *target,
    const oci_scan_secret_t *s, const oci_scan_style_t *style)
{
    char         when[40];
    unsigned     i;
    const char  *region, *account;

    text_time(when, &style->now, true);
    region = (style->env != NULL) ? style->env("AWS_REGION") : NULL;
    account = (style->env != NULL) ? style->env("AWS_ACCOUNT_ID") : NULL;
    region = (region != NULL) ? region : "";

    oci_buf_adds(out, "\n        {\n            \"SchemaVersion\": "
                 "\"2018-10-08\",\n            \"Id\": \"");
    text_json(out, target);
    oci_buf_addf(out, "\",\n            \"ProductArn\": "
                 "\"arn:aws:securityhub:%s::product/aquasecurity/"
                 "aquasecurity\",\n            \"GeneratorId\": \"Trivy\",\n"
                 "            \"AwsAccountId\": \"%s\",\n"
                 "            \"Types\": [ \"Sensitive Data "
                 "Identifications\" ],\n"
                 "            \"CreatedAt\": \"%s\",\n"
                 "            \"UpdatedAt\": \"%s\",\n"
                 "            \"Severity\": {\n"
                 "                \"Label\": \"%s\"\n            },\n",
                 region, (account != NULL) ? account : "", when, when,
                 (s->severity == OCI_SCAN_UNKNOWN)
                 ? "INFORMATIONAL" : oci_scan_severity_name(s->severity));

    for (i = 0; i < 2; i++) {
        oci_buf_addf(out, "            \"%s\": \"Trivy found a secret in ",
                     (i == 0) ? "Title" : "Description");
        text_json(out, target);
        oci_buf_adds(out, ": ");
        text_json(out, &s->title);
        oci_buf_adds(out, "\",\n");
    }

    secret_asff_resource(out, target, region);
}


static void
secret_asff_resource(oci_buf_t *out, const oci_str_t *target,
    const char *region)
{
    oci_buf_adds(out, "            \"ProductFields\": { \"Product Name\": "
                 "\"Trivy\" },\n            \"Resources\": [\n"
                 "                {\n"
                 "                    \"Type\": \"Other\",\n"
                 "                    \"Id\": \"");
    text_json(out, target);
    oci_buf_addf(out, "\",\n                    \"Partition\": \"aws\",\n"
                 "                    \"Region\": \"%s\",\n"
                 "                    \"Details\": {\n"
                 "                        \"Other\": {\n"
                 "                            \"Filename\": \"", region);
    text_json(out, target);
    oci_buf_adds(out, "\"\n                        }\n"
                 "                    }\n                }\n"
                 "            ],\n"
                 "            \"RecordState\": \"ACTIVE\"\n        }");
}
