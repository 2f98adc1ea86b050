/*
 * Which operating system a layer holds: release files, Ubuntu's ESM status,
 * Alpine's repositories.
 */

#include "analyze.h"
#include "base/go_json.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>


typedef struct {
    const char  *path;
    bool       (*read)(oci_scan_walker_t *w, oci_str_t text,
                       oci_scan_os_t *os);
} os_release_t;


typedef struct {
    const char  *key;
    const char  *family;
} os_family_t;


static bool os_wants(const oci_scan_file_t *f);
static oci_status_e os_read(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err);
static bool os_release(oci_scan_walker_t *w, oci_str_t text,
    oci_scan_os_t *os);
static bool os_alpine(oci_scan_walker_t *w, oci_str_t text, oci_scan_os_t *os);
static bool os_debian(oci_scan_walker_t *w, oci_str_t text, oci_scan_os_t *os);
static bool os_ubuntu(oci_scan_walker_t *w, oci_str_t text, oci_scan_os_t *os);
static bool os_esm(oci_scan_walker_t *w, oci_str_t text, oci_scan_os_t *os);
static bool os_amazon(oci_scan_walker_t *w, oci_str_t text, oci_scan_os_t *os);
static bool os_redhat(oci_scan_walker_t *w, oci_str_t text, oci_scan_os_t *os);
static bool os_centos(oci_scan_walker_t *w, oci_str_t text, oci_scan_os_t *os);
static bool os_rocky(oci_scan_walker_t *w, oci_str_t text, oci_scan_os_t *os);
static bool os_alma(oci_scan_walker_t *w, oci_str_t text, oci_scan_os_t *os);
static bool os_fedora(oci_scan_walker_t *w, oci_str_t text, oci_scan_os_t *os);
static bool os_oracle(oci_scan_walker_t *w, oci_str_t text, oci_scan_os_t *os);
static bool os_rapidfort(oci_scan_walker_t *w, oci_str_t text,
    oci_scan_os_t *os);
static bool os_of(oci_scan_walker_t *w, oci_str_t text,
    const char *family, bool any, oci_scan_os_t *os);
static bool os_named(oci_scan_walker_t *w, oci_str_t text,
    const char *family, oci_scan_os_t *os);
static bool os_parse(oci_scan_walker_t *w, oci_str_t text,
    oci_str_t *product, oci_str_t *version);
static const char *os_product(const oci_str_t *name);
static oci_str_t os_value(oci_str_t value);
static bool os_repository(oci_scan_walker_t *w, oci_str_t text);
static bool os_repo_line(oci_str_t line, oci_str_t *family,
    oci_str_t *release);
static bool os_newer(oci_str_t a, oci_str_t b);


static oci_scan_names_t  esm_names[] = {
    "name", "services", "status", NULL
};


const analyzer_t  analyze_os = {
    .wants = os_wants,
    .max = OCI_SCAN_MB,
    .analyze = os_read
};


static const os_release_t  releases[] = {
    { "etc/os-release", os_release },
    { "usr/lib/os-release", os_release },
    { "aarch64-bottlerocket-linux-gnu/sys-root/usr/lib/os-release",
      os_release },
    { "x86_64-bottlerocket-linux-gnu/sys-root/usr/lib/os-release",
      os_release },
    { "etc/alpine-release", os_alpine },
    { "etc/debian_version", os_debian },
    { "etc/lsb-release", os_ubuntu },
    { "var/lib/ubuntu-advantage/status.json", os_esm },
    { "etc/system-release", os_amazon },
    { "usr/lib/system-release", os_amazon },
    { "etc/redhat-release", os_redhat },
    { "etc/centos-release", os_centos },
    { "etc/rocky-release", os_rocky },
    { "etc/almalinux-release", os_alma },
    { "etc/fedora-release", os_fedora },
    { "usr/lib/fedora-release", os_fedora },
    { "etc/oracle-release", os_oracle },
    { "usr/share/rapidfort/curated.json", os_rapidfort },
    { "etc/apk/repositories", NULL },
    { NULL, NULL }
};


/* ID of os-release; Debian and Ubuntu have files of their own */

static const os_family_t  families[] = {
    { "activestate", "activestate" }, { "almalinux", "alma" },
    { "alpine", "alpine" }, { "azurelinux", "azurelinux" },
    { "bottlerocket", "bottlerocket" }, { "centos", "centos" },
    { "chainguard", "chainguard" }, { "coreos", "coreos" },
    { "echo", "echo" }, { "fedora", "fedora" },
    { "mariner", "cbl-mariner" }, { "minimos", "minimos" },
    { "ol", "oracle" }, { "opensuse", "opensuse-leap" },
    { "opensuse-leap", "opensuse-leap" },
    { "opensuse-tumbleweed", "opensuse-tumbleweed" },
    { "photon", "photon" }, { "rhel", "redhat" }, { "rocky", "rocky" },
    { "sl-micro", "slem" }, { "sle-micro", "slem" },
    { "sle-micro-rancher", "slem" }, { "sles", "sles" },
    { "wolfi", "wolfi" }, { NULL, NULL }
};


static const os_family_t  products[] = {
    { "alma", "alma" }, { "almalinux", "alma" }, { "alma linux", "alma" },
    { "centos", "centos" }, { "centos linux", "centos" },
    { "fedora", "fedora" }, { "fedora linux", "fedora" },
    { "oracle", "oracle" }, { "oracle linux", "oracle" },
    { "oracle linux server", "oracle" }, { "rocky", "rocky" },
    { "rocky linux", "rocky" }, { NULL, NULL }
};


static bool
os_wants(const oci_scan_file_t *f)
{
    const os_release_t  *r;

    for (r = releases; r->path != NULL; r++) {
        if (oci_str_is(&f->path, r->path)) {
            return true;
        }
    }

    return false;
}


static oci_status_e
os_read(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err)
{
    oci_scan_os_t        os;
    const os_release_t  *r;

    (void) err;

    for (r = releases; r->path != NULL; r++) {

        if (!oci_str_is(&f->path, r->path)) {
            continue;
        }

        memset(&os, 0, sizeof(oci_scan_os_t));

        if (r->read == NULL) {
            (void) os_repository(w, *text);

        } else if (r->read(w, *text, &os)) {
            oci_scan_os_merge(&w->layer->os, &os);
        }
    }

    return OCI_OK;
}


static bool
os_release(oci_scan_walker_t *w, oci_str_t text, oci_scan_os_t *os)
{
    oci_str_t           line, key, value, id, name, version;
    const os_family_t  *f;

    memset(&id, 0, sizeof(oci_str_t));
    name = id;
    version = id;

    while (oci_scan_text_line(&text, &line)) {

        if (!oci_scan_text_cut(line, '=', &key, &value)) {
            continue;
        }

        key = oci_scan_text_trim(key);
        value = os_value(value);

        if (oci_str_is(&key, "ID")) {
            id = value;

        } else if (oci_str_is(&key, "NAME")) {
            name = value;

        } else if (oci_str_is(&key, "VERSION_ID")) {
            version = value;
        }
    }

    for (f = families; f->key != NULL; f++) {

        if (oci_str_is(&id, f->key) && version.len != 0) {
            os->family = oci_str(strcmp(f->key, "centos") == 0
                                 && oci_str_is(&name, "CentOS Stream")
                                 ? "centos-stream" : f->family);
            os->name = oci_scan_kit_keep(w, &version);
            return true;
        }
    }

    return false;
}


static bool
os_alpine(oci_scan_walker_t *w, oci_str_t text, oci_scan_os_t *os)
{
    return os_named(w, text, "alpine", os);
}


static bool
os_debian(oci_scan_walker_t *w, oci_str_t text, oci_scan_os_t *os)
{
    return os_named(w, text, "debian", os);
}


static bool
os_ubuntu(oci_scan_walker_t *w, oci_str_t text, oci_scan_os_t *os)
{
    bool       ubuntu;
    oci_str_t  line;

    ubuntu = false;

    while (oci_scan_text_line(&text, &line)) {

        if (oci_str_is(&line, "DISTRIB_ID=Ubuntu")) {
            ubuntu = true;

        } else if (ubuntu
                   && oci_scan_text_cut_prefix(&line, "DISTRIB_RELEASE="))
        {
            line = oci_scan_text_trim(line);
            return os_named(w, line, "ubuntu", os);
        }
    }

    return false;
}


static bool
os_esm(oci_scan_walker_t *w, oci_str_t text, oci_scan_os_t *os)
{
    size_t      i;
    json_t     *root, *service;
    oci_str_t   name, status;

    (void) w;

    root = oci_scan_json_load(&text, OCI_SCAN_JSON_FIRST, esm_names, NULL);

    json_array_foreach(json_object_get(root, "services"), i, service) {

        name = oci_json_str(service, "name");
        status = oci_json_str(service, "status");

        if (oci_str_is(&name, "esm-infra") && oci_str_is(&status, "enabled"))
        {
            os->family = oci_str("ubuntu");
            os->extended = true;
        }
    }

    json_decref(root);
    return os->extended;
}


/* "Amazon Linux release 2 (Karoo)", "Amazon Linux AMI release 2018.03" */

static bool
os_amazon(oci_scan_walker_t *w, oci_str_t text, oci_scan_os_t *os)
{
    bool       second;
    size_t     n;
    oci_str_t  line, word, rest;
    oci_buf_t  buf;

    while (oci_scan_text_line(&text, &line)) {

        if (!oci_str_prefix(&line, "Amazon Linux")) {
            continue;
        }

        second = oci_str_prefix(&line, "Amazon Linux release 2");
        memset(&buf, 0, sizeof(oci_buf_t));
        rest = line;

        for (n = 0; oci_scan_text_word(&rest, &word); n++) {
            if (n >= (second ? 3u : 2u)) {
                oci_buf_add(&buf, " ", buf.len != 0);
                oci_buf_add(&buf, word.data, word.len);
            }
        }

        if (second && n < 5) {
            oci_buf_free(&buf);
            continue;
        }

        os->family = oci_str("amazon");
        os->name = oci_str_dup(w->pool, buf.data, buf.len);
        oci_buf_free(&buf);
        return true;
    }

    return false;
}


static bool
os_redhat(oci_scan_walker_t *w, oci_str_t text, oci_scan_os_t *os)
{
    oci_str_t    product, version;
    const char  *family;

    if (!os_parse(w, text, &product, &version)) {
        return false;
    }

    family = os_product(&product);
    os->family = oci_str(family ? family : "redhat");
    os->name = version;
    return true;
}


static bool
os_of(oci_scan_walker_t *w, oci_str_t text, const char *family,
    bool any, oci_scan_os_t *os)
{
    oci_str_t    product, version;
    const char  *found;

    if (!os_parse(w, text, &product, &version)) {
        return false;
    }

    found = os_product(&product);

    if (!any && (found == NULL || strcmp(found, family) != 0)) {
        return false;
    }

    os->family = oci_str(family);
    os->name = version;
    return true;
}


static bool
os_centos(oci_scan_walker_t *w, oci_str_t text, oci_scan_os_t *os)
{
    return os_of(w, text, "centos", false, os);
}


static bool
os_rocky(oci_scan_walker_t *w, oci_str_t text, oci_scan_os_t *os)
{
    return os_of(w, text, "rocky", false, os);
}


static bool
os_alma(oci_scan_walker_t *w, oci_str_t text, oci_scan_os_t *os)
{
    return os_of(w, text, "alma", false, os);
}


static bool
os_fedora(oci_scan_walker_t *w, oci_str_t text, oci_scan_os_t *os)
{
    return os_of(w, text, "fedora", false, os);
}


static bool
os_oracle(oci_scan_walker_t *w, oci_str_t text, oci_scan_os_t *os)
{
    return os_of(w, text, "oracle", true, os);
}


static bool
os_rapidfort(oci_scan_walker_t *w, oci_str_t text, oci_scan_os_t *os)
{
    (void) w;
    (void) text;
    os->supplier = oci_str("rapidfort");
    return true;
}


/* the first line is the name */

static bool
os_named(oci_scan_walker_t *w, oci_str_t text, const char *family,
    oci_scan_os_t *os)
{
    oci_str_t  line;

    if (!oci_scan_text_line(&text, &line)) {
        return false;
    }

    os->family = oci_str(family);
    os->name = oci_scan_kit_keep(w, &line);
    return true;
}


/* "(.*) release (\d[\d.]*)" in the first line, the last such place */

static bool
os_parse(oci_scan_walker_t *w, oci_str_t text, oci_str_t *product,
    oci_str_t *version)
{
    size_t     i, n;
    oci_str_t  line, rest;

    if (!oci_scan_text_line(&text, &line)) {
        return false;
    }

    line = oci_scan_text_trim(line);

    for (i = line.len; i-- > 0; ) {

        rest = oci_scan_text_skip(line, i);

        if (!oci_scan_text_cut_prefix(&rest, " release ")
            || rest.len == 0 || !isdigit(rest.data[0]))
        {
            continue;
        }

        for (n = 0; n < rest.len && (isdigit(rest.data[n])
                                     || rest.data[n] == '.'); n++)
        {
            /* digits and dots */
        }

        rest.len = n;
        product->data = line.data;
        product->len = i;
        *version = oci_scan_kit_keep(w, &rest);
        return true;
    }

    return false;
}


static const char *
os_product(const oci_str_t *name)
{
    const os_family_t  *f;

    for (f = products; f->key != NULL; f++) {
        if (name->len == strlen(f->key)
            && strncasecmp((char *) name->data, f->key, name->len) == 0)
        {
            return f->family;
        }
    }

    return NULL;
}


static oci_str_t
os_value(oci_str_t value)
{
    return oci_scan_text_trim_set(oci_scan_text_trim(value), "\"'");
}


/* the highest release that the repositories name; "edge" is above all */

static bool
os_repository(oci_scan_walker_t *w, oci_str_t text)
{
    oci_str_t  line, family, release, best;

    memset(&best, 0, sizeof(oci_str_t));

    while (oci_scan_text_line(&text, &line)) {

        if (!os_repo_line(line, &family, &release)) {
            continue;
        }

        if (!oci_str_is(&family, "alpine")) {
            return false;           /* mixed, or not Alpine at all */
        }

        if (best.len == 0 || oci_str_is(&release, "edge")
            || (!oci_str_is(&best, "edge")
                && os_newer(release, best)))
        {
            best = release;
        }
    }

    if (best.len != 0) {
        w->layer->repository = oci_scan_kit_keep(w, &best);
    }

    return best.len != 0;
}


/* scheme://host/FAMILY/vRELEASE/ */

static bool
os_repo_line(oci_str_t line, oci_str_t *family, oci_str_t *release)
{
    size_t     i;
    ssize_t    at;
    oci_str_t  scheme, host, rest;

    at = oci_scan_text_find(&line, "://");
    if (at < 3) {
        return false;
    }

    scheme.data = line.data;
    scheme.len = (size_t) at;

    if (!oci_str_suffix(&scheme, "http") && !oci_str_suffix(&scheme, "https")
        && !oci_str_suffix(&scheme, "ftp"))
    {
        return false;
    }

    rest = oci_scan_text_skip(line, (size_t) at + 3);

    if (!oci_scan_text_cut(rest, '/', &host, &rest) || host.len == 0
        || !oci_scan_text_cut(rest, '/', family, &rest) || family->len == 0
        || !oci_scan_text_cut(rest, '/', release, &rest))
    {
        return false;
    }

    for (i = 0; i < family->len; i++) {
        if (!isalpha(family->data[i])) {
            return false;
        }
    }

    (void) oci_scan_text_cut_prefix(release, "v");
    return release->len != 0;
}


static bool
os_newer(oci_str_t a, oci_str_t b)
{
    uint64_t   x, y;
    oci_str_t  s, t;

    while (a.len != 0 || b.len != 0) {

        (void) oci_scan_text_cut(a, '.', &s, &a);
        (void) oci_scan_text_cut(b, '.', &t, &b);
        x = 0;
        y = 0;

        if ((s.len != 0 && !oci_str_number(&s, UINT32_MAX, &x))
            || (t.len != 0 && !oci_str_number(&t, UINT32_MAX, &y)))
        {
            return false;
        }

        if (x != y) {
            return x > y;
        }
    }

    return false;
}
