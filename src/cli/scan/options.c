/*
 * The scanner's options, from words to what they mean.
 */

#include "scan/agree.h"
#include "scan/config.h"
#include "scan/db_folder.h"
#include "scan/scan.h"
#include "scan/secrets.h"
#include "scan/vex.h"
#include "command/progress.h"
#include "oci_digest.h"
#include "oci_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


#define SCAN_PASSWORD_MAX  65536
#define SCAN_TEMPLATE_MAX  (1u << 20)


static oci_status_e scan_severities(scan_t *s);
static oci_status_e scan_severity_sources(scan_t *s);
static oci_status_e scan_statuses(scan_t *s);
static oci_status_e scan_kinds(scan_t *s);
static oci_status_e scan_relations(scan_t *s);
static oci_status_e scan_table(scan_t *s);
static oci_status_e scan_format(scan_t *s);
static oci_status_e scan_template(scan_t *s);
static oci_status_e scan_template_own(scan_t *s, const char *path,
    const char *sha256);
static oci_status_e scan_ignorefile(scan_t *s);
static oci_status_e scan_sources_of_images(scan_t *s);
static oci_status_e scan_password(scan_t *s);
static bool scan_is_in(const oci_str_t *value, const char *const *names);


oci_status_e
scan_prepare(scan_t *s, cmd_t *cmd)
{
    size_t               i;
    oci_status_e         rc;
    static oci_status_e  (*const steps[])(scan_t *s) = {
        scan_format, scan_severities, scan_severity_sources, scan_statuses,
        scan_kinds, scan_relations, scan_table, scan_agree, scan_ignorefile,
        scan_cache_dir, scan_vex, scan_credentials, scan_sources_of_images
    };

    rc = scan_init(s, cmd);

    for (i = 0; rc == OCI_OK && i < sizeof(steps) / sizeof(steps[0]); i++) {
        rc = steps[i](s);
    }

    return rc;
}


oci_status_e
scan_init(scan_t *s, cmd_t *cmd)
{
    const char    *value;
    oci_status_e   rc;

    memset(s, 0, sizeof(scan_t));
    s->cmd = cmd;
    s->o = cmd->options;
    s->pool = cmd->pool;
    s->db = &scan_vulndb;
    s->repositories = &s->o->db.repositories;

    rc = scan_config(s);

    value = getenv("TRIVY_NON_SSL");            /* of old callers */
    s->o->insecure |= value != NULL && *value != '\0';
    s->o->source.transport.allow_http = s->o->insecure;
    s->o->source.transport.allow_insecure = s->o->insecure;

    (void) progress_open(s->o->log.quiet || s->o->log.no_progress);

    return rc;
}


static oci_status_e
scan_format(scan_t *s)
{
    static const char  names[] = "\"table\" \"json\" \"template\" \"sarif\" "
                                 "\"cyclonedx\" \"spdx\" \"spdx-json\" "
                                 "\"github\" \"cosign-vuln\" \"junit\" "
                                 "\"gitlab\" \"gitlab-codequality\" \"html\" "
                                 "\"asff\"";

    if (strcmp(s->o->output.format, "template") == 0) {
        return scan_template(s);
    }

    if (s->o->output.template != NULL) {
        scan_log(s, SCAN_WARN, "'--template' is ignored because '--format "
                 "%s' is specified. Use '--template' option with '--format "
                 "template' option.", s->o->output.format);
    }

    if (oci_scan_report_format(s->o->output.format)) {
        return OCI_OK;
    }

    return oci_error(&s->err, OCI_INVALID, 0, "invalid argument \"%.32s\" "
                     "for \"--format\" flag: must be one of [%s]",
                     s->o->output.format, names);
}


/*
 * The templates that come with Trivy are formats of ours.  A file of such a
 * name that says something else is refused, as no template is run.
 */

static oci_status_e
scan_template(scan_t *s)
{
    size_t              i, n;
    oci_str_t           format;
    const char         *name;
    static const struct {
        const char     *name;
        const char     *sha256;         /* of Trivy 0.74's */
    } built_in[] = {
        { "junit", "d46c35736bd6caf4b728375ffa43fd15"
                   "7c54aa2e88ed02963aa063a0ac27938e" },
        { "gitlab", "6921a9ba0ac4f5ed0c8f4bb6a0c23465"
                    "b907e76dd5f7c7920f70fa3446523a63" },
        { "gitlab-codequality", "1342f7c84d0b15fb552c6e6eb9b2c265"
                                "f0a5c1e6beb2f55039e7a20c592208cb" },
        { "html", "d36b637cc77bc1a49b1f9a2358173756"
                  "cd27a5d3385fab6365c0bab09abe5f0a" },
        { "asff", "17661a225590a90bef223a246e6f2cb1"
                  "8e1522edd8f70573cb94ff01c46f39b0" }
    };

    if (s->o->output.template == NULL) {
        return oci_error(&s->err, OCI_INVALID, 0, "\"--format template\" "
                         "needs \"--template\"");
    }

    name = strrchr(s->o->output.template, '/');
    name = name != NULL ? name + 1 : s->o->output.template + 1;
    n = strlen(name);

    if (s->o->output.template[0] == '@' && n > 4
        && strcmp(name + n - 4, ".tpl") == 0)
    {
        format = oci_str_dup(s->pool, (const u_char *) name, n - 4);
        s->o->output.format = (char *) format.data;

        for (i = 0; i < sizeof(built_in) / sizeof(built_in[0]); i++) {
            if (oci_str_is(&format, built_in[i].name)) {
                return scan_template_own(s, s->o->output.template + 1,
                                         built_in[i].sha256);
            }
        }
    }

    return oci_error(&s->err, OCI_INVALID, 0, "\"--template %.64s\" is none "
                     "of those built in: @junit.tpl, @gitlab.tpl, "
                     "@gitlab-codequality.tpl, @html.tpl, @asff.tpl",
                     s->o->output.template);
}


/* without the file, which an installation of Trivy has, the name will do */

static oci_status_e
scan_template_own(scan_t *s, const char *path, const char *sha256)
{
    oci_str_t     text;
    oci_digest_t  digest;
    oci_status_e  rc;

    rc = oci_file_read(s->pool, path, SCAN_TEMPLATE_MAX, &text, NULL);

    if (rc == OCI_NOT_FOUND) {
        return OCI_OK;
    }

    if (rc == OCI_OK) {
        oci_digest_of(&digest, OCI_SHA256, text.data, text.len);
        if (strcmp(oci_digest_hex(&digest), sha256) == 0) {
            return OCI_OK;
        }
    }

    return oci_error(&s->err, OCI_INVALID, 0, "\"%.256s\" is not the "
                     "template of Trivy 0.74, and templates of one's own are "
                     "not run: use \"--format %s\", or make of \"--format "
                     "json\" what you need", path, s->o->output.format);
}


static oci_status_e
scan_severities(scan_t *s)
{
    size_t               at;
    oci_str_t            value;
    const char          *rest;
    oci_scan_severity_e  severity;

    at = 0;
    rest = NULL;

    while (scan_list_next(&s->o->filter.severity, &at, &rest, &value)) {

        if (!oci_scan_severity_parse(&value, &severity)) {
            return scan_bad_value(s, "severity", &s->o->filter.severity,
                                  "\"UNKNOWN\" \"LOW\" \"MEDIUM\" \"HIGH\" "
                                  "\"CRITICAL\"");
        }

        s->severities |= 1u << severity;
    }

    if (s->severities == 0) {
        s->severities = (1u << OCI_SCAN_SEVERITIES) - 1;
    }

    return OCI_OK;
}


/* the sources that Trivy's database has severities of */

static oci_status_e
scan_severity_sources(scan_t *s)
{
    size_t             at;
    oci_str_t          value;
    const char        *rest;
    const cmd_list_t  *list;

    static const char *const  names[] = {
        "nvd", "redhat", "redhat-oval", "debian", "ubuntu", "alpine",
        "amazon", "oracle-oval", "suse-cvrf", "photon", "arch-linux", "alma",
        "rocky", "cbl-mariner", "azure", "ruby-advisory-db",
        "php-security-advisories", "nodejs-security-wg", "ghsa", "glad",
        "aqua", "osv", "k8s", "wolfi", "chainguard", "bitnami", "govulndb",
        "echo", "minimos", "rootio", "seal", "julia", "auto", NULL
    };

    list = &s->o->filter.severity_source;
    at = 0;
    rest = NULL;

    while (scan_list_next(list, &at, &rest, &value)) {
        if (!scan_is_in(&value, names)) {
            return scan_bad_value(s, "vuln-severity-source", list,
                                  "\"auto\" \"nvd\" \"ghsa\" \"osv\" "
                                  "\"redhat\" \"debian\" \"ubuntu\" "
                                  "\"alpine\" ...");
        }
    }

    return OCI_OK;
}


static oci_status_e
scan_statuses(scan_t *s)
{
    size_t             at;
    oci_str_t          value;
    const char        *rest;
    oci_scan_status_e  status;

    at = 0;
    rest = NULL;

    while (scan_list_next(&s->o->filter.ignore_status, &at, &rest, &value)) {

        if (!oci_scan_status_parse(&value, &status)) {
            return scan_bad_value(s, "ignore-status",
                                  &s->o->filter.ignore_status,
                                  "\"unknown\" \"not_affected\" \"affected\" "
                                  "\"fixed\" \"under_investigation\" "
                                  "\"will_not_fix\" \"fix_deferred\" "
                                  "\"end_of_life\"");
        }

        s->statuses |= 1u << status;
    }

    if (s->o->filter.ignore_unfixed && s->statuses != 0) {
        scan_log(s, SCAN_WARN, "'--ignore-unfixed' is ignored because "
                 "'--ignore-status' is specified");

    } else if (s->o->filter.ignore_unfixed) {
        s->statuses |= ((1u << OCI_SCAN_STATUSES) - 1)
                       & ~(1u << OCI_SCAN_FIXED);
    }

    return OCI_OK;
}


static oci_status_e
scan_kinds(scan_t *s)
{
    size_t              at;
    oci_str_t           value;
    const char         *rest;
    bool                vulns, secrets, others;
    static const char  *known[] = { "vuln", "vulnerability", "misconfig",
                                    "misconf", "misconfiguration", "config",
                                    "secret", "license", NULL };

    vulns = false;
    secrets = false;
    others = false;
    at = 0;
    rest = NULL;

    while (scan_list_next(&s->o->filter.pkg_types, &at, &rest, &value)) {

        if (oci_str_is(&value, "os")) {
            s->os_pkgs = true;

        } else if (oci_str_is(&value, "library")) {
            s->lang_pkgs = true;

        } else {
            return scan_bad_value(s, "pkg-types", &s->o->filter.pkg_types,
                                  "\"os\" \"library\"");
        }
    }

    at = 0;
    rest = NULL;

    while (scan_list_next(&s->o->filter.scanners, &at, &rest, &value)) {

        if (!scan_is_in(&value, known)) {
            return scan_bad_value(s, "scanners", &s->o->filter.scanners,
                                  "\"vuln\" \"secret\"");
        }

        if (oci_str_prefix(&value, "vuln")) {
            vulns = true;

        } else if (oci_str_is(&value, "secret")) {
            secrets = true;

        } else {
            others = true;
            scan_log(s, SCAN_WARN, "tally looks for vulnerabilities and "
                     "secrets only: \"--scanners %.*s\" finds nothing",
                     (int) value.len, value.data);
        }
    }

    s->no_vulns = (secrets || others) && !vulns;

    return scan_config_scanners(s) == OCI_OK
           ? (secrets ? scan_secrets(s) : OCI_OK) : OCI_INVALID;
}


void
scan_only_list(scan_t *s)
{
    static const char  *formats[] = { "cyclonedx", "spdx", "spdx-json",
                                      NULL };
    oci_str_t           format;

    format = oci_str(s->o->output.format);

    if (s->o->filter.scanners.nelts != 0 || s->o->attach.report
        || !scan_is_in(&format, formats))
    {
        return;
    }

    s->only_list = true;
    scan_log(s, SCAN_INFO, "\"--format %s\" lists packages only: add "
             "\"--scanners vuln\" for what is known against them",
             s->o->output.format);
}


static oci_status_e
scan_relations(scan_t *s)
{
    size_t              at, i;
    oci_str_t           value;
    const char         *rest;
    static const char  *known[] = { "unknown", "root", "workspace", "direct",
                                    "indirect", NULL };

    at = 0;
    rest = NULL;

    while (scan_list_next(&s->o->filter.pkg_relationships, &at, &rest,
                          &value))
    {

        for (i = 0; known[i] != NULL && !oci_str_is(&value, known[i]); i++) {
            /* in the order of oci_scan_rel_e */
        }

        if (known[i] == NULL) {
            return scan_bad_value(s, "pkg-relationships",
                                  &s->o->filter.pkg_relationships,
                                  "\"unknown\" \"root\" \"workspace\" "
                                  "\"direct\" \"indirect\"");
        }

        s->relations |= 1u << i;
    }

    return OCI_OK;
}


static oci_status_e
scan_table(scan_t *s)
{
    size_t       at;
    oci_str_t    value;
    const char  *rest;

    if (strcmp(s->o->output.table, "lab") != 0
        && strcmp(s->o->output.table, "trivy") != 0)
    {
        return oci_error(&s->err, OCI_INVALID, 0, "invalid argument "
                         "\"%.32s\" for \"--table\" flag: must be one of "
                         "[\"lab\" \"trivy\"]", s->o->output.table);
    }

    at = 0;
    rest = NULL;

    while (scan_list_next(&s->o->output.table_mode, &at, &rest, &value)) {

        if (oci_str_is(&value, "summary")) {
            s->summary = true;

        } else if (oci_str_is(&value, "detailed")) {
            s->detailed = true;

        } else {
            return scan_bad_value(s, "table-mode", &s->o->output.table_mode,
                                  "\"summary\" \"detailed\"");
        }
    }

    if (!s->summary && !s->detailed) {
        s->summary = strcmp(s->o->output.table, "trivy") == 0;
        s->detailed = true;
    }

    return OCI_OK;
}


static oci_status_e
scan_ignorefile(scan_t *s)
{
    size_t       i;
    oci_str_t   *warning;
    const char  *path;

    path = s->o->filter.ignorefile;

    if (path == NULL || strcmp(path, ".trivyignore") == 0) {
        path = ".trivyignore";

        if (access(path, F_OK) != 0) {
            return OCI_OK;
        }

    } else if (access(path, F_OK) != 0) {
        return oci_error(&s->err, OCI_INVALID, 0,
                         "ignore file not found: %.256s", path);
    }

    if (oci_scan_ignore_load(&s->ignore, s->pool, path, time(NULL), &s->err)
        != OCI_OK)
    {
        return s->err.status;
    }

    s->has_ignore = true;
    warning = s->ignore.warnings.elts;

    for (i = 0; i < s->ignore.warnings.nelts; i++) {
        scan_log(s, SCAN_WARN, "Error while parsing expiration date in "
                 ".trivyignore file\terr=\"%s\"", warning[i].data);
    }

    return OCI_OK;
}


/* images come from registries, stores and files: no daemon is asked */

static oci_status_e
scan_sources_of_images(scan_t *s)
{
    bool                remote;
    size_t              at;
    oci_str_t           value;
    const char         *rest;
    static const char  *known[] = { "docker", "containerd", "podman",
                                    "remote", NULL };

    at = 0;
    rest = NULL;
    remote = s->o->image_src.nelts == 0;

    while (scan_list_next(&s->o->image_src, &at, &rest, &value)) {

        if (!scan_is_in(&value, known)) {
            return scan_bad_value(s, "image-src", &s->o->image_src,
                                  "\"docker\" \"containerd\" \"podman\" "
                                  "\"remote\"");
        }

        remote |= oci_str_is(&value, "remote");
    }

    return remote ? OCI_OK
           : oci_error(&s->err, OCI_INVALID, 0, "--image-src without "
                       "\"remote\" is not supported, as no daemon is asked: "
                       "\"docker save IMAGE -o FILE\" and \"--input FILE\"");
}


oci_status_e
scan_credentials(scan_t *s)
{
    oci_status_e          rc;
    transport_options_t  *t;

    t = &s->o->source.transport;

    if (s->o->password_stdin) {

        if (t->password != NULL) {
            return oci_error(&s->err, OCI_INVALID, 0, "'--password' and "
                             "'--password-stdin' can't be used at the same "
                             "time");
        }

        rc = scan_password(s);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    if (t->username != NULL && strchr(t->username, ',') != NULL) {
        return oci_error(&s->err, OCI_INVALID, 0, "--username takes one "
                         "name: for several registries, \"tally login\" "
                         "each");
    }

    return ((t->username == NULL) == (t->password == NULL)) ? OCI_OK
           : oci_error(&s->err, OCI_INVALID, 0, "--username and --password "
                       "need each other");
}


static oci_status_e
scan_password(scan_t *s)
{
    size_t  n;
    char   *text;

    text = oci_palloc(s->pool, SCAN_PASSWORD_MAX + 2);
    if (text == NULL) {
        return oci_error(&s->err, OCI_NOMEM, 0, "out of memory");
    }

    n = fread(text, 1, SCAN_PASSWORD_MAX + 1, stdin);

    if (ferror(stdin) || n > SCAN_PASSWORD_MAX) {
        return oci_error(&s->err, OCI_INVALID, 0, "failed to read a password "
                         "from standard input");
    }

    while (n != 0 && strchr("\r\n", text[n - 1]) != NULL) {
        n--;
    }

    text[n] = '\0';
    s->o->source.transport.password = text;

    return OCI_OK;
}


oci_status_e
scan_cache_dir(scan_t *s)
{
    const char  *home, *base, *tail;

    base = s->o->db.cache_dir;
    tail = "";

    if (base == NULL) {
        base = getenv("XDG_CACHE_HOME");
        home = getenv("HOME");
        tail = "/tally";

        if (base == NULL || *base == '\0') {
            base = home;
            tail = "/.cache/tally";
        }

        if (base == NULL || *base == '\0') {
            return oci_error(&s->err, OCI_INVALID, 0, "neither --cache-dir "
                             "nor HOME says where the database lies");
        }
    }

    s->cache_dir = (char *) oci_strf(s->pool, "%s%s", base, tail).data;
    s->db_dir = (char *) oci_strf(s->pool, "%s%s/db", base, tail).data;

    if (s->cache_dir == NULL || s->db_dir == NULL) {
        return oci_error(&s->err, OCI_NOMEM, 0, "out of memory");
    }

    return OCI_OK;
}


static bool
scan_is_in(const oci_str_t *value, const char *const *names)
{
    for ( /* void */ ; *names != NULL; names++) {
        if (oci_str_is(value, *names)) {
            return true;
        }
    }

    return false;
}
