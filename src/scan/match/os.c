/*
 * Matching the packages of distributions.
 */

#include "match.h"
#include "model/purl.h"

#include <stdio.h>
#include <string.h>


typedef enum {
    OS_BINARY,                  /* advisories are under the package's name */
    OS_MODULE,                  /* the same, "module:stream::name" for some */
    OS_SOURCE,
    OS_SOURCE_OR_NAME
} os_key_e;


typedef enum {
    OS_WHOLE,                   /* the release as it is */
    OS_MAJOR,
    OS_MINOR,
    OS_NONE
} os_stream_e;


/*
 * entries: advisories are lists by architecture; source: the version of the
 * source package is compared, and an advisory without a fix counts
 */

typedef struct {
    const char          *family;
    const char          *root;
    os_stream_e          stream;
    os_key_e             key;
    oci_scan_version_e   version;
    bool                 source;
    bool                 entries;
} os_rule_t;


static const os_rule_t *os_rule(const oci_str_t *family);
static oci_str_t os_stream(match_t *d, const os_rule_t *rule);
static oci_str_t os_cut(oci_str_t release, os_stream_e stream);
static oci_str_t os_alpine(match_t *d, oci_str_t minor);
static oci_str_t os_ubuntu(match_t *d);
static oci_str_t os_amazon(oci_str_t release);
static void os_support(match_t *d, const oci_str_t *stream);
static oci_status_e os_packages(match_t *d, const os_rule_t *rule,
    const oci_str_t *root, oci_error_t *err);
static oci_str_t os_key(match_t *d, const os_rule_t *rule);
static oci_str_t os_source_version(match_t *d);
static bool os_skip(const oci_scan_pkg_t *pkg);
static oci_status_e os_advisory(void *ctx, const oci_str_t *root,
    const oci_str_t *id, const json_t *value, oci_error_t *err);
static oci_status_e os_entries(match_t *d, const oci_str_t *root,
    const oci_str_t *id, const json_t *entries, oci_error_t *err);
static oci_status_e os_try(match_t *d, const oci_str_t *root,
    const oci_str_t *id, const json_t *value, oci_error_t *err);
static bool os_affected(match_t *d, const json_t *value);
static bool os_arch(match_t *d, const json_t *entry);
static int os_flavour(const oci_str_t *release);
static void os_debian(match_t *d, oci_scan_finding_t *f, const json_t *value);


static const os_rule_t  os_rules[] = {
    { "alma", "alma ", OS_MAJOR, OS_MODULE, OCI_SCAN_VERSION_RPM, false,
      false },
    { "alpine", "alpine ", OS_MINOR, OS_SOURCE_OR_NAME, OCI_SCAN_VERSION_APK,
      true, false },
    { "amazon", "amazon linux ", OS_WHOLE, OS_BINARY, OCI_SCAN_VERSION_DEB,
      false, false },
    { "azurelinux", "Azure Linux ", OS_MINOR, OS_SOURCE,
      OCI_SCAN_VERSION_RPM, true, false },
    { "bottlerocket", "bottlerocket", OS_NONE, OS_BINARY,
      OCI_SCAN_VERSION_RPM, false, false },
    { "cbl-mariner", "CBL-Mariner ", OS_MINOR, OS_SOURCE,
      OCI_SCAN_VERSION_RPM, true, false },
    { "chainguard", "chainguard", OS_NONE, OS_SOURCE_OR_NAME,
      OCI_SCAN_VERSION_APK, false, false },
    { "debian", "debian ", OS_MAJOR, OS_SOURCE, OCI_SCAN_VERSION_DEB, true,
      false },
    { "minimos", "minimos", OS_NONE, OS_SOURCE_OR_NAME, OCI_SCAN_VERSION_APK,
      false, false },
    { "opensuse-leap", "openSUSE Leap ", OS_WHOLE, OS_BINARY,
      OCI_SCAN_VERSION_RPM, false, false },
    { "opensuse-tumbleweed", "openSUSE Tumbleweed", OS_NONE, OS_BINARY,
      OCI_SCAN_VERSION_RPM, false, false },
    { "oracle", "Oracle Linux ", OS_MAJOR, OS_BINARY, OCI_SCAN_VERSION_RPM,
      false, true },
    { "photon", "Photon OS ", OS_WHOLE, OS_SOURCE, OCI_SCAN_VERSION_RPM,
      false, false },
    { "rocky", "rocky ", OS_MAJOR, OS_MODULE, OCI_SCAN_VERSION_RPM, false,
      true },
    { "slem", "SUSE Linux Enterprise Micro ", OS_WHOLE, OS_BINARY,
      OCI_SCAN_VERSION_RPM, false, false },
    { "sles", "SUSE Linux Enterprise ", OS_WHOLE, OS_BINARY,
      OCI_SCAN_VERSION_RPM, false, false },
    { "ubuntu", "ubuntu ", OS_WHOLE, OS_SOURCE, OCI_SCAN_VERSION_DEB, true,
      false },
    { "wolfi", "wolfi", OS_NONE, OS_SOURCE_OR_NAME, OCI_SCAN_VERSION_APK,
      false, false },
    { NULL, NULL, OS_NONE, OS_BINARY, OCI_SCAN_VERSION_DEB, false, false }
};


oci_status_e
match_os(match_t *d, oci_error_t *err)
{
    oci_str_t         stream, root;
    oci_status_e      rc;
    const oci_str_t  *family;
    const os_rule_t  *rule;

    family = &d->report->os.family;

    if (oci_str_is(family, "redhat") || oci_str_is(family, "centos")) {
        rc = oci_scan_version_open(&d->version, OCI_SCAN_VERSION_RPM, err);

        if (rc != OCI_OK) {
            return rc;
        }

        stream = os_cut(d->report->os.name, OS_MAJOR);
        os_support(d, &stream);

        return match_redhat(d, err);
    }

    rule = os_rule(family);

    if (rule == NULL) {
        match_log(d, "WARN", "Unsupported os\tfamily=\"%.*s\"",
                  (int) family->len, family->data);
        return OCI_OK;
    }

    rc = oci_scan_version_open(&d->version, rule->version, err);

    if (rc != OCI_OK) {
        return rc;
    }

    d->rule = rule;
    stream = os_stream(d, rule);
    root = oci_strf(d->report->pool, "%s%.*s", rule->root, (int) stream.len,
                    stream.data);

    if (root.data == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    return os_packages(d, rule, &root, err);
}


static const os_rule_t *
os_rule(const oci_str_t *family)
{
    size_t  i;

    for (i = 0; os_rules[i].family != NULL; i++) {
        if (oci_str_is(family, os_rules[i].family)) {
            return &os_rules[i];
        }
    }

    return NULL;
}


/* which advisories: by the release, with what else is known of it */

static oci_str_t
os_stream(match_t *d, const os_rule_t *rule)
{
    oci_str_t         stream;
    const oci_str_t  *family;

    family = &d->report->os.family;
    stream = os_cut(d->report->os.name, rule->stream);

    if (oci_str_is(family, "ubuntu")) {
        stream = os_ubuntu(d);

    } else if (oci_str_is(family, "amazon")) {
        stream = os_amazon(d->report->os.name);
    }

    if (rule->stream != OS_NONE) {
        os_support(d, &stream);
    }

    if (oci_str_is(family, "alpine")) {
        stream = os_alpine(d, stream);
    }

    match_log(d, "INFO", "[%.*s] Detecting vulnerabilities..."
              "\tos_version=\"%.*s\" pkg_num=%zu", (int) family->len,
              family->data, (int) stream.len, stream.data,
              d->result->pkgs.nelts);

    return stream;
}


static oci_str_t
os_cut(oci_str_t release, os_stream_e stream)
{
    size_t    i;
    unsigned  dots;

    if (stream == OS_NONE) {
        release.len = 0;
        return release;
    }

    dots = 0;

    for (i = 0; i < release.len && stream != OS_WHOLE; i++) {
        dots += release.data[i] == '.';

        if (dots == (stream == OS_MAJOR ? 1u : 2u)) {
            release.len = i;
        }
    }

    return release;
}


/* where the packages come from counts for more than what it is called */

static oci_str_t
os_alpine(match_t *d, oci_str_t minor)
{
    oci_str_t  repository;

    repository = os_cut(d->how->repository, OS_MINOR);

    if (repository.len == 0 || oci_str_eq(&repository, &minor)) {
        return minor;
    }

    if (!oci_str_is(&repository, "edge")) {
        match_log(d, "WARN", "[alpine] Mixing Alpine versions is "
                  "unsupported\tos=\"%.*s\" repository=\"%.*s\"",
                  (int) minor.len, minor.data, (int) repository.len,
                  repository.data);
    }

    return repository;
}


/* with ESM, unless the release itself is supported and ESM is not listed */

static oci_str_t
os_ubuntu(match_t *d)
{
    oci_str_t         esm, family;
    const oci_str_t  *name;

    name = &d->report->os.name;
    family = oci_str("ubuntu");

    if (!d->report->os.extended || oci_str_suffix(name, "-ESM")) {
        return *name;
    }

    esm = oci_strf(d->report->pool, "%.*s-ESM", (int) name->len, name->data);

    if (esm.data != NULL
        && (oci_scan_eol(&family, &esm, d->how->now) != OCI_SCAN_EOL_UNKNOWN
            || oci_scan_eol(&family, name, d->how->now)
               != OCI_SCAN_EOL_SUPPORTED))
    {
        return esm;
    }

    return *name;
}


static oci_str_t
os_amazon(oci_str_t release)
{
    size_t  n;

    for (n = 0; n < release.len && release.data[n] != ' '
         && release.data[n] != '.'; n++) { /* void */ }

    release.len = n;

    if (oci_str_is(&release, "2") || oci_str_is(&release, "2022")
        || oci_str_is(&release, "2023"))
    {
        return release;
    }

    return oci_str("1");
}


static void
os_support(match_t *d, const oci_str_t *stream)
{
    const oci_str_t  *family;

    family = &d->report->os.family;

    switch (oci_scan_eol(family, stream, d->how->now)) {

    case OCI_SCAN_EOL_ENDED:
        d->report->eosl = true;
        break;

    case OCI_SCAN_EOL_UNKNOWN:
        if (oci_str_is(family, "azurelinux")
            || oci_str_is(family, "cbl-mariner"))
        {
            break;
        }

        match_log(d, "WARN", "This OS version is not on the EOL list"
                  "\tfamily=\"%.*s\" version=\"%.*s\"", (int) family->len,
                  family->data, (int) stream->len, stream->data);
        break;

    default:
        break;
    }
}


static oci_status_e
os_packages(match_t *d, const os_rule_t *rule, const oci_str_t *root,
    oci_error_t *err)
{
    size_t        i;
    oci_str_t     key;
    oci_status_e  rc;

    for (i = 0; i < d->result->pkgs.nelts; i++) {
        d->pkg = (oci_scan_pkg_t *) d->result->pkgs.elts + i;
        d->first = d->result->findings.nelts;

        if (os_skip(d->pkg)) {
            continue;
        }

        key = os_key(d, rule);
        d->installed = oci_scan_pkg_version(d->report->pool, d->pkg);
        d->compared = rule->source ? os_source_version(d) : d->installed;

        if (key.data == NULL || d->installed.data == NULL
            || d->compared.data == NULL)
        {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }

        if (key.len == 0
            || !oci_scan_version_valid(&d->version, &d->compared))
        {
            continue;
        }

        rc = oci_scan_vulndb_advisories(d->db, root, &key, os_advisory, d,
                                        err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
}


/* a key has no version; what others packed, the distribution cannot judge */

static bool
os_skip(const oci_scan_pkg_t *pkg)
{
    return oci_str_is(&pkg->name, "gpg-pubkey")
           || pkg->repository == OCI_SCAN_REPO_THIRD_PARTY;
}


static oci_str_t
os_key(match_t *d, const os_rule_t *rule)
{
    size_t                  i, colons;
    oci_str_t               module, none = oci_string("");
    const oci_scan_pkg_t   *pkg;

    pkg = d->pkg;

    if (rule->key == OS_SOURCE
        || (rule->key == OS_SOURCE_OR_NAME && pkg->src_name.len != 0))
    {
        return pkg->src_name.data != NULL ? pkg->src_name : none;
    }

    if (rule->key != OS_MODULE) {
        return pkg->name;
    }

    /* a module's package that does not say which is not to be judged */

    if (strcmp(rule->family, "alma") == 0 && pkg->modularity.len == 0
        && pkg->release.len != 0
        && memmem(pkg->release.data, pkg->release.len, ".module_el", 10)
           != NULL)
    {
        return none;
    }

    module = pkg->modularity;
    colons = 0;

    for (i = 0; i < module.len; i++) {
        if (module.data[i] == ':' && ++colons == 2) {
            module.len = i;
        }
    }

    return colons < 2 ? pkg->name
           : oci_strf(d->report->pool, "%.*s::%.*s", (int) module.len,
                      module.data, (int) pkg->name.len, pkg->name.data);
}


static oci_str_t
os_source_version(match_t *d)
{
    oci_scan_pkg_t  source;

    memset(&source, 0, sizeof(source));
    source.epoch = d->pkg->src_epoch;
    source.version = d->pkg->src_version;
    source.release = d->pkg->src_release;

    return oci_scan_pkg_version(d->report->pool, &source);
}


static oci_status_e
os_advisory(void *ctx, const oci_str_t *root, const oci_str_t *id,
    const json_t *value, oci_error_t *err)
{
    json_t           *entries;
    match_t          *d = ctx;
    const os_rule_t  *rule;

    rule = d->rule;
    entries = json_object_get(value, "Entries");

    if (rule->entries && json_array_size(entries) != 0) {
        return os_entries(d, root, id, entries, err);
    }

    return os_try(d, root, id, value, err);
}


static oci_status_e
os_entries(match_t *d, const oci_str_t *root, const oci_str_t *id,
    const json_t *entries, oci_error_t *err)
{
    size_t        i;
    json_t       *entry;
    oci_status_e  rc;

    json_array_foreach(entries, i, entry) {

        if (!os_arch(d, entry)) {
            continue;
        }

        rc = os_try(d, root, id, entry, err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
}


static bool
os_arch(match_t *d, const json_t *entry)
{
    size_t     i;
    json_t    *list, *arch;
    oci_str_t  s;

    list = json_object_get(entry, "Arches");

    json_array_foreach(list, i, arch) {
        s = oci_str(json_string_value(arch));

        if (oci_str_eq(&s, &d->pkg->arch)) {
            return true;
        }
    }

    return false;
}


static oci_status_e
os_try(match_t *d, const oci_str_t *root, const oci_str_t *id,
    const json_t *value, oci_error_t *err)
{
    const os_rule_t     *rule;
    oci_scan_finding_t  *f;

    rule = d->rule;

    if (!os_affected(d, value)) {
        return OCI_OK;
    }

    f = match_add(d, root, id, err);
    if (f == NULL) {
        return OCI_NOMEM;
    }

    f->fixed = match_str(d, value, "FixedVersion");

    if (strcmp(rule->family, "debian") == 0) {
        os_debian(d, f, value);
    }

    if (strcmp(rule->family, "rocky") == 0
        || strcmp(rule->family, "alma") == 0
        || strcmp(rule->family, "azurelinux") == 0
        || strcmp(rule->family, "cbl-mariner") == 0)
    {
        f->fixed = match_rpm(d, value, "FixedVersion");
    }

    return OCI_OK;
}


static bool
os_affected(match_t *d, const json_t *value)
{
    int                order;
    json_t            *text;
    oci_str_t          s, flavour;
    const os_rule_t   *rule;

    rule = d->rule;
    text = json_object_get(value, "AffectedVersion");

    if (json_string_length(text) != 0) {
        s = oci_str(json_string_value(text));

        if (!oci_scan_version_cmp(&d->version, &s, &d->compared, &order)
            || order > 0)
        {
            return false;
        }
    }

    text = json_object_get(value, "FixedVersion");

    /* not fixed yet; those that only list fixes leave it out by mistake */

    if (json_string_length(text) == 0) {
        return rule->source;
    }

    s = oci_str(json_string_value(text));

    if (strcmp(rule->family, "oracle") == 0) {
        flavour = d->pkg->release;

        if (os_flavour(&s) != os_flavour(&flavour)) {
            return false;
        }
    }

    return oci_scan_version_cmp(&d->version, &d->compared, &s, &order)
           && order < 0;
}


/* Oracle's builds for FIPS and for ksplice have versions of their own */

static int
os_flavour(const oci_str_t *release)
{
    if (release->len == 0) {
        return 0;
    }

    if (oci_str_suffix(release, "_fips")) {
        return 1;
    }

    return memmem(release->data, release->len, ".ksplice", 8) != NULL ? 2 : 0;
}


/* Debian's own urgency of this package, and what it means to do */

static void
os_debian(match_t *d, oci_scan_finding_t *f, const json_t *value)
{
    double  n;

    f->vendor_ids = match_strs(d, value, "VendorIDs");

    n = json_number_value(json_object_get(value, "Severity"));
    if (n >= 1 && n < OCI_SCAN_SEVERITIES) {
        f->severity = (oci_scan_severity_e) n;
        f->severity_source = oci_str("debian");
    }

    n = json_number_value(json_object_get(value, "Status"));
    if (n >= 0 && n < OCI_SCAN_STATUSES) {
        f->status = (oci_scan_status_e) n;
    }
}
