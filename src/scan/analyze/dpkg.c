/*
 * dpkg's status (and distroless' status.d), and the lists of files that it
 * installed.
 *
 * Source: deb-control(5), deb-md5sums(5), Debian Policy 5.
 */

#include "analyze.h"
#include "model/license.h"

#include <ctype.h>
#include <string.h>


typedef struct {
    oci_str_t  version;
    oci_str_t  release;
    uint32_t   epoch;
} deb_version_t;


typedef struct {
    oci_scan_walker_t  *w;
    oci_scan_group_t   *group;
    oci_scan_map_t      ids;        /* name -> id, as oci_str_t */
    oci_scan_map_t      index;      /* id -> 1 + place in the group */
} dpkg_t;


static bool dpkg_status_wants(const oci_scan_file_t *f);
static bool dpkg_md5sums_wants(const oci_scan_file_t *f);
static bool dpkg_available_wants(const oci_scan_file_t *f);
static oci_status_e dpkg_status_read(oci_scan_walker_t *w,
    const oci_scan_file_t *f, const oci_str_t *text, oci_error_t *err);
static oci_status_e dpkg_md5sums_read(oci_scan_walker_t *w,
    const oci_scan_file_t *f, const oci_str_t *text, oci_error_t *err);
static oci_status_e dpkg_available_read(oci_scan_walker_t *w,
    const oci_scan_file_t *f, const oci_str_t *text, oci_error_t *err);
static oci_status_e dpkg_finish(oci_scan_walker_t *w, oci_error_t *err);
static bool dpkg_stanza(oci_str_t *rest, oci_str_t *stanza);
static oci_status_e dpkg_pkg(dpkg_t *d,
    const oci_scan_mime_t *m, oci_error_t *err);
static oci_status_e dpkg_add(dpkg_t *d,
    const oci_scan_pkg_t *pkg, oci_error_t *err);
static bool dpkg_source(oci_scan_walker_t *w, const oci_scan_mime_t *m,
    oci_scan_pkg_t *pkg, const oci_str_t *version);
static bool dpkg_installed(oci_str_t status);
static bool deb_version(oci_str_t s, deb_version_t *v);
static bool dpkg_depends(oci_scan_walker_t *w, oci_str_t text,
    oci_scan_strs_t *list);
static bool dpkg_foreign(const oci_str_t *maintainer);
static bool dpkg_files(oci_scan_walker_t *w, oci_scan_pkg_t *pkg);


const analyzer_t  analyze_dpkg_status = {
    .wants = dpkg_status_wants,
    .max = 64 * OCI_SCAN_MB,
    .analyze = dpkg_status_read,
    .finish = dpkg_finish
};


const analyzer_t  analyze_dpkg_md5sums = {
    .wants = dpkg_md5sums_wants,
    .max = 32 * OCI_SCAN_MB,
    .analyze = dpkg_md5sums_read
};


const analyzer_t  analyze_dpkg_available = {
    .wants = dpkg_available_wants,
    .max = 64 * OCI_SCAN_MB,
    .analyze = dpkg_available_read
};


static bool
dpkg_status_wants(const oci_scan_file_t *f)
{
    oci_str_t  name;

    return oci_str_is(&f->path, "var/lib/dpkg/status")
           || (oci_scan_text_in_dir(&f->path, "var/lib/dpkg/status.d/", &name)
               && !oci_str_suffix(&name, ".md5sums"));
}


static oci_status_e
dpkg_status_read(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err)
{
    dpkg_t            d;
    oci_str_t         rest, stanza;
    oci_status_e      rc;
    oci_scan_mime_t   m;

    d.w = w;
    oci_scan_map_init(&d.ids, w->tmp);
    oci_scan_map_init(&d.index, w->tmp);

    d.group = oci_scan_kit_group(w, NULL, &f->path, err);
    if (d.group == NULL) {
        return err->status;
    }

    rest = *text;

    while (dpkg_stanza(&rest, &stanza)) {

        rc = oci_scan_mime(&m, w->tmp, stanza, err);
        if (rc != OCI_OK) {
            return rc;
        }

        if (m.malformed) {
            oci_scan_kit_left_out(w, &f->path, "a damaged entry");
            continue;
        }

        rc = dpkg_pkg(&d, &m, err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    return oci_scan_kit_resolve(w, d.group, &d.ids, true) ? OCI_OK
           : oci_error(err, OCI_NOMEM, 0, "out of memory");
}


static bool
dpkg_md5sums_wants(const oci_scan_file_t *f)
{
    oci_str_t  name;

    return oci_str_suffix(&f->path, ".md5sums")
           && (oci_scan_text_in_dir(&f->path, "var/lib/dpkg/info/", &name)
               || oci_scan_text_in_dir(&f->path, "var/lib/dpkg/status.d/",
                                       &name));
}


/* "digest  path" lines; kept until all packages of the layer are known */

static oci_status_e
dpkg_md5sums_read(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err)
{
    ssize_t           at;
    oci_str_t         rest, line, name, *path;
    oci_array_t       files;
    oci_scan_strs_t  *list;

    oci_array_init(&files, w->pool, sizeof(oci_str_t));
    rest = *text;

    while (oci_scan_text_line(&rest, &line)) {

        at = oci_scan_text_find(&line, "  ");
        if (at == -1) {
            continue;
        }

        line = oci_scan_text_skip(line, (size_t) at + 2);
        path = oci_array_push(&files);

        if (path != NULL) {
            *path = oci_strf(w->pool, "/%.*s", (int) line.len, line.data);
        }

        if (path == NULL || path->data == NULL) {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }
    }

    name = oci_scan_text_base(&f->path);
    (void) oci_scan_text_cut_suffix(&name, ".md5sums");
    name = oci_str_dup(w->walk, name.data, name.len);
    list = oci_palloc(w->walk, sizeof(oci_scan_strs_t));

    if (name.data == NULL || list == NULL
        || !oci_scan_map_set(&w->md5sums, &name, list))
    {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    *list = oci_scan_strs(&files);
    oci_scan_strs_sort(list);
    return OCI_OK;
}


static bool
dpkg_available_wants(const oci_scan_file_t *f)
{
    return oci_str_is(&f->path, "var/lib/dpkg/available");
}


static oci_status_e
dpkg_available_read(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err)
{
    oci_str_t         rest, stanza, name, version, sum, id, *value;
    oci_status_e      rc;
    oci_scan_mime_t   m;

    (void) f;
    rest = *text;

    while (dpkg_stanza(&rest, &stanza)) {

        rc = oci_scan_mime(&m, w->tmp, stanza, err);
        if (rc != OCI_OK) {
            return rc;
        }

        name = oci_scan_mime_get(&m, "Package");
        version = oci_scan_mime_get(&m, "Version");
        sum = oci_scan_mime_get(&m, "SHA256");

        if (m.malformed || name.len == 0 || sum.len == 0) {
            continue;
        }

        id = oci_strf(w->walk, "%.*s@%.*s", (int) name.len, name.data,
                      (int) version.len, version.data);
        value = oci_palloc(w->walk, sizeof(oci_str_t));

        if (value == NULL || id.data == NULL
            || !oci_scan_map_set(&w->digests, &id, value))
        {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }

        *value = oci_strf(w->pool, "sha256:%.*s", (int) sum.len, sum.data);
    }

    return OCI_OK;
}


static oci_status_e
dpkg_finish(oci_scan_walker_t *w, oci_error_t *err)
{
    size_t             i, j;
    oci_str_t         *digest;
    oci_scan_pkg_t    *pkg;
    oci_scan_group_t  *g;

    g = w->layer->system.elts;

    for (i = 0; i < w->layer->system.nelts; i++) {

        pkg = g[i].pkgs.elts;

        for (j = 0; j < g[i].pkgs.nelts; j++) {

            if (pkg[j].analyzed_by == NULL
                || strcmp(pkg[j].analyzed_by, "dpkg") != 0)
            {
                continue;
            }

            digest = oci_scan_map_get(&w->digests, &pkg[j].id);
            if (digest != NULL) {
                pkg[j].digest = *digest;
            }

            if (!dpkg_files(w, &pkg[j])) {
                return oci_error(err, OCI_NOMEM, 0, "out of memory");
            }
        }
    }

    return OCI_OK;
}


/* up to an empty line, which has no blanks */

static bool
dpkg_stanza(oci_str_t *rest, oci_str_t *stanza)
{
    ssize_t  end;

    if (rest->len == 0) {
        return false;
    }

    end = oci_scan_text_find(rest, "\n\n");

    stanza->data = rest->data;
    stanza->len = (end == -1) ? rest->len : (size_t) end;
    *rest = oci_scan_text_skip(*rest, stanza->len + ((end == -1) ? 0 : 2));
    return true;
}


static oci_status_e
dpkg_pkg(dpkg_t *d, const oci_scan_mime_t *m, oci_error_t *err)
{
    oci_str_t            s, version;
    deb_version_t        v;
    oci_scan_pkg_t       pkg;
    oci_scan_walker_t   *w;

    w = d->w;
    memset(&pkg, 0, sizeof(oci_scan_pkg_t));

    pkg.name = oci_scan_mime_get(m, "Package");
    version = oci_scan_mime_get(m, "Version");

    if (!dpkg_installed(oci_scan_mime_get(m, "Status"))
        || pkg.name.len == 0 || version.len == 0)
    {
        return OCI_OK;
    }

    if (!deb_version(version, &v)) {
        oci_scan_kit_note(w, "package %.100s has no valid version",
                          (char *) pkg.name.data);
        return OCI_OK;
    }

    pkg.id = oci_scan_pkg_id(w->pool, NULL, &pkg.name, &version);
    pkg.name = oci_scan_kit_keep(w, &pkg.name);
    pkg.version = oci_scan_kit_keep(w, &v.version);
    pkg.release = oci_scan_kit_keep(w, &v.release);
    pkg.epoch = v.epoch;

    s = oci_scan_mime_get(m, "Architecture");
    pkg.arch = oci_scan_kit_keep(w, &s);
    s = oci_scan_mime_get(m, "Maintainer");
    pkg.maintainer = oci_scan_kit_keep(w, &s);
    pkg.analyzed_by = "dpkg";

    if (!dpkg_source(w, m, &pkg, &version)) {
        return OCI_OK;
    }

    if (!dpkg_depends(w, oci_scan_mime_get(m, "Depends"),
                      &pkg.depends))
    {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    return dpkg_add(d, &pkg, err);
}


/* the last of two entries with one id counts */

static oci_status_e
dpkg_add(dpkg_t *d, const oci_scan_pkg_t *pkg, oci_error_t *err)
{
    void            *place;
    oci_str_t       *id;
    oci_scan_pkg_t  *to;

    id = oci_palloc(d->w->tmp, sizeof(oci_str_t));
    place = oci_scan_map_get(&d->index, &pkg->id);

    if (place != NULL) {
        to = (oci_scan_pkg_t *) d->group->pkgs.elts
             + ((uintptr_t) place - 1);

    } else {
        to = oci_array_push(&d->group->pkgs);
        place = (void *) (uintptr_t) d->group->pkgs.nelts;
    }

    if (id == NULL || to == NULL
        || !oci_scan_map_set(&d->index, &pkg->id, place)
        || !oci_scan_map_set(&d->ids, &pkg->name, id))
    {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    *id = pkg->id;
    *to = *pkg;
    return OCI_OK;
}


/* "Source: name (version)", each part of it optional */

static bool
dpkg_source(oci_scan_walker_t *w, const oci_scan_mime_t *m,
    oci_scan_pkg_t *pkg, const oci_str_t *version)
{
    oci_str_t       s, name, from;
    deb_version_t   v;

    s = oci_scan_mime_get(m, "Source");
    (void) oci_scan_text_word(&s, &name);

    from = *version;
    s = oci_scan_text_trim(s);

    if (s.len > 2 && s.data[0] == '('
        && oci_scan_text_find_last(&s, ')') != -1)
    {
        s.len = (size_t) oci_scan_text_find_last(&s, ')');
        s = oci_scan_text_trim(oci_scan_text_skip(s, 1));
        from = (s.len != 0) ? s : *version;
    }

    if (!deb_version(from, &v)) {
        oci_scan_kit_note(w, "package %.100s has no valid source version",
                          (char *) pkg->name.data);
        return false;
    }

    pkg->src_name = (name.len != 0) ? oci_scan_kit_keep(w, &name) : pkg->name;
    pkg->src_version = oci_scan_kit_keep(w, &v.version);
    pkg->src_release = oci_scan_kit_keep(w, &v.release);
    pkg->src_epoch = v.epoch;
    return true;
}


static bool
dpkg_installed(oci_str_t status)
{
    oci_str_t  word;

    while (oci_scan_text_word(&status, &word)) {
        if (oci_str_is(&word, "deinstall") || oci_str_is(&word, "purge")) {
            return false;
        }
    }

    return true;
}


/* [epoch:]upstream[-revision] */

static bool
deb_version(oci_str_t s, deb_version_t *v)
{
    size_t     i;
    ssize_t    dash;
    uint64_t   epoch;
    oci_str_t  before, after;

    memset(v, 0, sizeof(deb_version_t));
    s = oci_scan_text_trim(s);

    if (oci_scan_text_cut(s, ':', &before, &after)) {
        if (!oci_str_number(&before, INT32_MAX, &epoch)) {
            return false;
        }

        v->epoch = (uint32_t) epoch;
        s = after;
    }

    dash = oci_scan_text_find_last(&s, '-');
    v->version = s;

    if (dash != -1) {
        v->version.len = (size_t) dash;
        v->release = oci_scan_text_skip(s, (size_t) dash + 1);
    }

    if (v->version.len == 0 || !isdigit(v->version.data[0])) {
        return false;
    }

    for (i = 0; i < s.len; i++) {
        if (!isalnum(s.data[i])
            && (s.data[i] == '\0' || !strchr(".-+~:_", s.data[i])))
        {
            return false;
        }
    }

    return true;
}


/* "passwd, debconf (>= 0.5) | debconf-2.0": the names, each once */

static bool
dpkg_depends(oci_scan_walker_t *w, oci_str_t text, oci_scan_strs_t *list)
{
    oci_str_t    any, one, after, *name;
    oci_array_t  names;

    oci_array_init(&names, w->tmp, sizeof(oci_str_t));

    while (oci_scan_text_split(&text, ',', &any)) {
        while (oci_scan_text_split(&any, '|', &one)) {

            name = oci_array_push(&names);
            if (name == NULL) {
                return false;
            }

            (void) oci_scan_text_cut(one, '(', name, &after);
            *name = oci_scan_text_trim(*name);
        }
    }

    *list = oci_scan_strs(&names);
    oci_scan_strs_sort(list);
    return true;
}


/*
 * Maintainers outside of Debian and Ubuntu, of packages whose advisories do
 * not speak for what they bundle.
 */

static bool
dpkg_foreign(const oci_str_t *maintainer)
{
    size_t             i;
    static const char  *const marks[] = {
        "support@docker.com", "@nvidia.com", "Google Cloud CLI Authors",
        "sapmachine@sap.com", "@hashicorp.com", "@microsoft.com",
        "@mongodb.com", "developers@lists.mariadb.org",
        "dev@couchdb.apache.org", "info@elastic.co",
        "nginx-packaging@f5.com", "@konghq.com", "@cloudflare.com",
        "support@influxdb.com", "support@gitlab.com",
        "contact@grafana.com", "@datadoghq.com", "@nodesource.com",
        "info@tailscale.com", "@openrobotics.org", "@osrfoundation.org"
    };

    if (oci_str_is(maintainer, "GitHub")
        || oci_str_is(maintainer, "HashiCorp"))
    {
        return true;
    }

    for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (oci_scan_text_find(maintainer, marks[i]) != -1) {
            return true;
        }
    }

    return false;
}


static bool
dpkg_files(oci_scan_walker_t *w, oci_scan_pkg_t *pkg)
{
    size_t            i;
    oci_str_t         name;
    oci_scan_strs_t  *files;

    if (dpkg_foreign(&pkg->maintainer)) {
        pkg->repository = OCI_SCAN_REPO_THIRD_PARTY;
        return true;
    }

    pkg->repository = OCI_SCAN_REPO_OFFICIAL;
    files = oci_scan_map_get(&w->md5sums, &pkg->name);

    if (files == NULL) {
        name = oci_strf(w->walk, "%.*s:%.*s", (int) pkg->name.len,
                        pkg->name.data, (int) pkg->arch.len,
                        pkg->arch.data);
        files = oci_scan_map_get(&w->md5sums, &name);
    }

    if (files == NULL) {
        return true;
    }

    pkg->files = *files;

    for (i = 0; i < files->nelts; i++) {
        if (!oci_scan_kit_own(w, &files->elts[i])) {
            return false;
        }
    }

    return true;
}
