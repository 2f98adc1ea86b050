/*
 * Reports for GitLab, as container scanning and as code quality, and for
 * Amazon's Security Hub (ASFF), laid out as Trivy's templates do.
 *
 * Source: GitLab's container scanning schema 15.0.7; Code Climate's issues;
 * AWS Security Finding Format.
 */

#include "secret.h"
#include "text.h"

#include <string.h>


typedef void (*gitlab_finding_pt)(oci_buf_t *out,
    const oci_scan_result_t *result, const oci_scan_finding_t *f,
    const oci_scan_style_t *style);


static void gitlab_head(oci_buf_t *out, const char *version,
    const char *when);
static void gitlab_system(const oci_scan_report_t *report, oci_str_t *image,
    oci_str_t *os);
static void gitlab_finding(oci_buf_t *out, const oci_scan_finding_t *f,
    const oci_str_t *image, const oci_str_t *os);
static void gitlab_links(oci_buf_t *out, const oci_scan_finding_t *f);
static void gitlab_field(oci_buf_t *out, const char *before,
    const oci_str_t *value, const char *after);
static void gitlab_list(const oci_scan_report_t *report,
    const oci_scan_style_t *style, oci_buf_t *out, gitlab_finding_pt one,
    secret_pt other);
static void quality_finding(oci_buf_t *out, const oci_scan_result_t *result,
    const oci_scan_finding_t *f, const oci_scan_style_t *style);
static void quality_fingerprint(oci_buf_t *out,
    const oci_scan_result_t *result, const oci_scan_finding_t *f);
static void asff_finding(oci_buf_t *out, const oci_scan_result_t *result,
    const oci_scan_finding_t *f, const oci_scan_style_t *style);
static void asff_resource(oci_buf_t *out, const oci_scan_result_t *result,
    const oci_scan_finding_t *f, const char *region);
static void asff_scores(oci_buf_t *out, const oci_scan_finding_t *f);
static void asff_description(oci_buf_t *out, const oci_scan_finding_t *f);
static void asff_image(oci_buf_t *out, const oci_str_t *target);
static const char *asff_env(const oci_scan_style_t *style, const char *name);


oci_status_e
write_gitlab(const oci_scan_report_t *report,
    const oci_scan_style_t *style, oci_buf_t *out, oci_error_t *err)
{
    bool                       first;
    char                       when[40];
    size_t                     i, k;
    oci_str_t                  image, os;
    const oci_scan_result_t   *result;
    const oci_scan_finding_t  *f;

    (void) err;

    text_time(when, &style->now, false);
    when[strlen(when) - 1] = '\0';

    gitlab_head(out, style->version, when);
    gitlab_system(report, &image, &os);
    oci_buf_adds(out, "\n  \"vulnerabilities\": [");

    first = true;
    result = report->results.elts;

    for (i = 0; i < report->results.nelts; i++) {
        f = result[i].findings.elts;

        for (k = 0; k < result[i].findings.nelts; k++) {
            oci_buf_adds(out, first ? "" : ",");
            gitlab_finding(out, &f[k], &image, &os);
            first = false;
        }
    }

    oci_buf_adds(out, "\n  ],\n  \"remediations\": []\n}\n");

    return OCI_OK;
}


static void
gitlab_head(oci_buf_t *out, const char *version, const char *when)
{
    oci_buf_addf(out, "{\n  \"version\": \"15.0.7\",\n  \"scan\": {\n"
                 "    \"analyzer\": {\n      \"id\": \"trivy\",\n"
                 "      \"name\": \"Trivy\",\n      \"vendor\": {\n"
                 "        \"name\": \"Aqua Security\"\n      },\n"
                 "      \"version\": \"%s\"\n    },\n"
                 "    \"end_time\": \"%s\",\n    \"scanner\": {\n"
                 "      \"id\": \"trivy\",\n      \"name\": \"Trivy\",\n"
                 "      \"url\": \"https://github.com/aquasecurity/trivy/\""
                 ",\n      \"vendor\": {\n"
                 "        \"name\": \"Aqua Security\"\n      },\n"
                 "      \"version\": \"%s\"\n    },\n"
                 "    \"start_time\": \"%s\",\n"
                 "    \"status\": \"success\",\n"
                 "    \"type\": \"container_scanning\"\n  },",
                 version, when, version, when);
}


/* "image (system release)", of the result that has the system's packages */

static void
gitlab_system(const oci_scan_report_t *report, oci_str_t *image,
    oci_str_t *os)
{
    size_t                    i, n;
    u_char                   *open;
    const oci_scan_result_t  *result;

    *image = oci_str("Unknown");
    *os = oci_str("Unknown");
    result = report->results.elts;

    for (i = 0; i < report->results.nelts; i++) {

        if (strcmp(result[i].class, "os-pkgs") != 0) {
            continue;
        }

        *image = result[i].target;
        n = 0;

        while (n < image->len && strchr(" \t\r\n", image->data[n]) == NULL) {
            n++;
        }

        image->len = n;

        *os = result[i].target;
        open = memrchr(os->data, '(', os->len);

        if (open != NULL) {
            os->len -= (size_t) (open + 1 - os->data);
            os->data = open + 1;
        }

        if (oci_str_suffix(os, ")")) {
            os->len--;
        }
    }
}


static void
gitlab_finding(oci_buf_t *out, const oci_scan_finding_t *f,
    const oci_str_t *image, const oci_str_t *os)
{
    oci_str_t           s;
    static const char  *severities[] = { "Unknown", "Low", "Medium", "High",
                                         "Critical" };

    gitlab_field(out, "\n    {\n      \"id\": \"", &f->id,
                 "\",\n      \"name\": ");
    s = oci_scan_finding_str(f, "Title");
    text_go(out, &s);
    oci_buf_adds(out, ",\n      \"description\": ");
    s = oci_scan_finding_str(f, "Description");
    text_go(out, &s);
    oci_buf_addf(out, ",\n      \"severity\": \"%s\",\n      \"solution\": \"",
                 severities[f->severity]);

    if (f->fixed.len != 0) {
        gitlab_field(out, "Upgrade ", &f->pkg->name, " to ");
        gitlab_field(out, "", &f->fixed, "\",\n");

    } else {
        oci_buf_adds(out, "No solution provided\",\n");
    }

    gitlab_field(out, "      \"location\": {\n        \"dependency\": {\n"
                 "          \"package\": {\n            \"name\": \"",
                 &f->pkg->name, "\"\n          },\n");
    gitlab_field(out, "          \"version\": \"", &f->installed,
                 "\"\n        },\n");
    gitlab_field(out, "        \"operating_system\": \"", os, "\",\n");
    gitlab_field(out, "        \"image\": \"", image, "\"\n      },\n");
    gitlab_field(out, "      \"identifiers\": [\n        {\n"
                 "          \"type\": \"cve\",\n          \"name\": \"",
                 &f->id, "\",\n");
    gitlab_field(out, "          \"value\": \"", &f->id, "\"");

    if (text_is_url(&f->url)) {
        gitlab_field(out, ",\n          \"url\": \"", &f->url, "\"");
    }

    oci_buf_adds(out, "\n        }\n      ],\n");
    gitlab_links(out, f);
    oci_buf_adds(out, "\n      ]\n    }");
}


static void
gitlab_links(oci_buf_t *out, const oci_scan_finding_t *f)
{
    bool        first;
    size_t      i;
    json_t     *list, *item;
    oci_str_t   s;

    oci_buf_adds(out, "      \"links\": [");
    first = true;
    list = json_object_get(f->record, "References");

    json_array_foreach(list, i, item) {
        s = oci_str(json_string_value(item));

        if (text_is_url(&s)) {
            gitlab_field(out, first ? "\n        {\n          \"url\": \""
                                    : ",\n        {\n          \"url\": \"",
                         &s, "\"\n        }");
            first = false;
        }
    }
}


static void
gitlab_field(oci_buf_t *out, const char *before, const oci_str_t *value,
    const char *after)
{
    oci_buf_adds(out, before);
    text_json(out, value);
    oci_buf_adds(out, after);
}


oci_status_e
write_quality(const oci_scan_report_t *report, const oci_scan_style_t *style,
    oci_buf_t *out, oci_error_t *err)
{
    (void) err;

    oci_buf_adds(out, "[");
    gitlab_list(report, style, out, quality_finding, secret_quality);
    oci_buf_adds(out, "\r\n]\r\n");

    return OCI_OK;
}


/* all findings and secrets, with commas between them */

static void
gitlab_list(const oci_scan_report_t *report, const oci_scan_style_t *style,
    oci_buf_t *out, gitlab_finding_pt one, secret_pt other)
{
    bool                       first;
    size_t                     i, k;
    const oci_scan_result_t   *result;
    const oci_scan_secret_t   *secret;
    const oci_scan_finding_t  *f;

    first = true;
    result = report->results.elts;

    for (i = 0; i < report->results.nelts; i++) {
        f = result[i].findings.elts;

        for (k = 0; k < result[i].findings.nelts; k++) {
            oci_buf_adds(out, first ? "" : ",");
            one(out, &result[i], &f[k], style);
            first = false;
        }

        secret = result[i].secrets.elts;

        for (k = 0; k < result[i].secrets.nelts; k++) {
            oci_buf_adds(out, first ? "" : ",");
            other(out, &result[i].target, &secret[k], style);
            first = false;
        }
    }
}


/* Trivy's template has the line ends of DOS, so its output does */

static void
quality_finding(oci_buf_t *out, const oci_scan_result_t *result,
    const oci_scan_finding_t *f, const oci_scan_style_t *style)
{
    oci_buf_t           b;
    oci_str_t           s;
    static const char  *severities[] = { "info", "info", "minor", "major",
                                         "critical" };

    (void) style;

    memset(&b, 0, sizeof(b));

    s = oci_scan_finding_str(f, "Title");
    oci_buf_addf(&b, "%.*s - %.*s - %.*s - %.*s", (int) f->id.len, f->id.data,
                 (int) f->pkg->name.len, f->pkg->name.data,
                 (int) f->installed.len, f->installed.data,
                 (int) s.len, s.data);

    oci_buf_adds(out, "\r\n    {\r\n      \"type\": \"issue\",\r\n"
                 "      \"check_name\": \"container_scanning\",\r\n"
                 "      \"categories\": [ \"Security\" ],\r\n"
                 "      \"description\": ");
    s.data = b.data;
    s.len = b.len;
    text_go(out, &s);

    oci_buf_adds(out, ",\r\n      \"fingerprint\": \"");
    quality_fingerprint(out, result, f);
    oci_buf_adds(out, "\",\r\n      \"content\": ");
    s = oci_scan_finding_str(f, "Description");
    text_go(out, &s);

    oci_buf_addf(out, ",\r\n      \"severity\": \"%s\",\r\n"
                 "      \"location\": {\r\n        \"path\": \"",
                 severities[f->severity]);
    text_json(out, &result->target);
    oci_buf_adds(out, "\",\r\n        \"lines\": {\r\n          \"begin\": 0"
                 "\r\n        }\r\n      }\r\n    }");

    out->failed |= b.failed;
    oci_buf_free(&b);
}


static void
quality_fingerprint(oci_buf_t *out, const oci_scan_result_t *result,
    const oci_scan_finding_t *f)
{
    oci_buf_t  b;

    memset(&b, 0, sizeof(b));
    oci_buf_add(&b, f->id.data, f->id.len);
    oci_buf_add(&b, f->pkg->name.data, f->pkg->name.len);
    oci_buf_add(&b, f->installed.data, f->installed.len);
    oci_buf_add(&b, result->target.data, result->target.len);

    text_sha1(out, &b);
    oci_buf_free(&b);
}


oci_status_e
write_asff(const oci_scan_report_t *report, const oci_scan_style_t *style,
    oci_buf_t *out, oci_error_t *err)
{
    (void) err;

    oci_buf_adds(out, "{\n    \"Findings\": [");
    gitlab_list(report, style, out, asff_finding, secret_asff);
    oci_buf_adds(out, "\n    ]\n}\n");

    return OCI_OK;
}


static void
asff_finding(oci_buf_t *out, const oci_scan_result_t *result,
    const oci_scan_finding_t *f, const oci_scan_style_t *style)
{
    char         when[40];
    const char  *region, *account;

    text_time(when, &style->now, true);
    region = asff_env(style, "AWS_REGION");
    account = asff_env(style, "AWS_ACCOUNT_ID");

    gitlab_field(out, "\n        {\n            \"SchemaVersion\": "
                 "\"2018-10-08\",\n            \"Id\": \"", &result->target,
                 "/");
    gitlab_field(out, "", &f->id, "\",\n");
    oci_buf_addf(out, "            \"ProductArn\": \"arn:aws:securityhub:%s::"
                 "product/aquasecurity/aquasecurity\",\n", region);
    gitlab_field(out, "            \"GeneratorId\": \"Trivy/", &f->id,
                 "\",\n");
    oci_buf_addf(out, "            \"AwsAccountId\": \"%s\",\n"
                 "            \"Types\": [ \"Software and Configuration "
                 "Checks/Vulnerabilities/CVE\" ],\n"
                 "            \"CreatedAt\": \"%s\",\n"
                 "            \"UpdatedAt\": \"%s\",\n"
                 "            \"Severity\": {\n"
                 "                \"Label\": \"%s\"\n            },\n",
                 account, when, when,
                 f->severity == OCI_SCAN_UNKNOWN
                 ? "INFORMATIONAL" : oci_scan_severity_name(f->severity));

    gitlab_field(out, "            \"Title\": \"Trivy found a vulnerability "
                 "to ", &f->id, " in container ");
    gitlab_field(out, "", &result->target, ", related to ");
    gitlab_field(out, "", &f->pkg->name, "\",\n            \"Description\": ");
    asff_description(out, f);

    /* where there is no address, the template leaves its indentation */

    if (f->url.len != 0) {
        gitlab_field(out, ",\n            \"Remediation\": {\n"
                     "                \"Recommendation\": {\n"
                     "                    \"Text\": \"More information on "
                     "this vulnerability is provided in the hyperlink\",\n"
                     "                    \"Url\": \"", &f->url,
                     "\"\n                }\n            },\n"
                     "            ");

    } else {
        oci_buf_adds(out, ",\n            ");
    }

    asff_resource(out, result, f, region);
}


static void
asff_resource(oci_buf_t *out, const oci_scan_result_t *result,
    const oci_scan_finding_t *f, const char *region)
{
    oci_str_t  s;

    gitlab_field(out, "\"ProductFields\": { \"Product Name\": \"Trivy\" },\n"
                 "            \"Resources\": [\n                {\n"
                 "                    \"Type\": \"Container\",\n"
                 "                    \"Id\": \"", &result->target, "\",\n");
    oci_buf_addf(out, "                    \"Partition\": \"aws\",\n"
                 "                    \"Region\": \"%s\",\n"
                 "                    \"Details\": {\n"
                 "                        \"Container\": { \"ImageName\": \"",
                 region);
    asff_image(out, &result->target);

    gitlab_field(out, "\" },\n                        \"Other\": {\n"
                 "                            \"CVE ID\": \"", &f->id,
                 "\",\n                            \"CVE Title\": ");
    s = oci_scan_finding_str(f, "Title");
    text_go(out, &s);
    gitlab_field(out, ",\n                            \"PkgName\": \"",
                 &f->pkg->name, "\",\n");
    gitlab_field(out, "                            \"Installed Package\": \"",
                 &f->installed, "\",\n");
    gitlab_field(out, "                            \"Patched Package\": \"",
                 &f->fixed, "\",\n");
    asff_scores(out, f);

    oci_buf_adds(out, "                        }\n                    }\n"
                 "                }\n            ],\n"
                 "            \"RecordState\": \"ACTIVE\"\n        }");
}


static void
asff_scores(oci_buf_t *out, const oci_scan_finding_t *f)
{
    size_t              i;
    json_t             *nvd, *value;
    oci_str_t           s;
    static const char  *keys[] = { "V3Score", "V3Vector", "V2Score",
                                   "V2Vector" };
    static const char  *names[] = { "NvdCvssScoreV3", "NvdCvssVectorV3",
                                    "NvdCvssScoreV2", "NvdCvssVectorV2" };

    nvd = json_object_get(json_object_get(f->record, "CVSS"), "nvd");

    for (i = 0; i < 4; i++) {
        value = json_object_get(nvd, keys[i]);
        oci_buf_addf(out, "                            \"%s\": \"", names[i]);

        if (i % 2 == 0) {
            emit_number(out, json_number_value(value));

        } else {
            s = oci_str(json_string_value(value));
            text_json(out, &s);
        }

        oci_buf_adds(out, i < 3 ? "\",\n" : "\"\n");
    }
}


static void
asff_description(oci_buf_t *out, const oci_scan_finding_t *f)
{
    oci_buf_t  cut, escaped;
    oci_str_t  s;

    memset(&cut, 0, sizeof(cut));
    memset(&escaped, 0, sizeof(escaped));

    s = oci_scan_finding_str(f, "Description");

    if (s.len > 512) {
        oci_buf_add(&cut, s.data, 512);
        oci_buf_adds(&cut, " ..");
        s.data = cut.data;
        s.len = cut.len;
    }

    text_html(&escaped, &s);
    s.data = escaped.len == 0 ? (u_char *) "" : escaped.data;
    s.len = escaped.len;
    text_go(out, &s);

    out->failed |= cut.failed | escaped.failed;
    oci_buf_free(&cut);
    oci_buf_free(&escaped);
}


/* the last 124 characters of a long name */

static void
asff_image(oci_buf_t *out, const oci_str_t *target)
{
    size_t      runes;
    unsigned    n;
    oci_str_t   tail;

    if (target->len <= 127) {
        text_json(out, target);
        return;
    }

    tail = *target;
    runes = 0;

    for ( /* void */ ; tail.len != 0; tail.data += n, tail.len -= n) {
        (void) emit_rune(tail.data, tail.data + tail.len, &n);
        runes++;
    }

    tail = *target;

    for ( /* void */ ; runes > 124; runes--) {
        (void) emit_rune(tail.data, tail.data + tail.len, &n);
        tail.data += n;
        tail.len -= n;
    }

    oci_buf_adds(out, "...");
    text_json(out, &tail);
}


static const char *
asff_env(const oci_scan_style_t *style, const char *name)
{
    const char  *value;

    value = style->env != NULL ? style->env(name) : NULL;

    return value != NULL ? value : "";
}
