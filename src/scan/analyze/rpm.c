/*
 * The packages of an rpm database.  The file is put into a directory of its
 * own for as long as librpm reads it.
 */

#include "analyze.h"
#include "rpm_child.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


#define OCI_SCAN_RPMDB_MAX  (1ULL << 30)


static bool rpm_wants(const oci_scan_file_t *f);
static oci_status_e rpm_stream(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_scan_reader_t *content, oci_error_t *err);
static oci_status_e rpm_save(const char *path,
    const oci_scan_reader_t *content, oci_error_t *err);
static oci_status_e rpm_load(oci_scan_walker_t *w,
    const oci_scan_file_t *f, const char *dir, oci_error_t *err);
static oci_status_e rpm_pkg(oci_scan_walker_t *w, oci_scan_group_t *g,
    oci_scan_map_t *provides, const rpm_pkg_t *from, oci_error_t *err);
static bool rpm_official(const rpm_pkg_t *p);
static bool rpm_source(oci_str_t s, oci_str_t part[3]);
static bool rpm_files(oci_scan_walker_t *w, oci_scan_pkg_t *pkg,
    oci_str_t list);
static bool rpm_names(oci_scan_walker_t *w, oci_str_t list,
    oci_scan_strs_t *names);
static oci_status_e rpm_manifest(oci_scan_walker_t *w,
    const oci_scan_file_t *f, const oci_scan_reader_t *content,
    oci_error_t *err);
static oci_status_e rpm_line(oci_scan_walker_t *w,
    oci_scan_group_t *g, oci_str_t line, oci_error_t *err);


const analyzer_t  analyze_rpm = {
    .wants = rpm_wants,
    .stream = rpm_stream
};


static bool
rpm_wants(const oci_scan_file_t *f)
{
    oci_str_t  name;

    return ((oci_scan_text_in_dir(&f->path, "var/lib/rpm/", &name)
             || oci_scan_text_in_dir(&f->path, "usr/lib/sysimage/rpm/", &name))
            && (oci_str_is(&name, "Packages")
                || oci_str_is(&name, "Packages.db")
                || oci_str_is(&name, "rpmdb.sqlite")))
           || oci_str_is(&f->path, "usr/share/rpm/rpmdb.sqlite")
           || oci_str_is(&f->path, "var/lib/rpmmanifest/container-manifest-2");
}


static oci_status_e
rpm_stream(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_scan_reader_t *content, oci_error_t *err)
{
    char           dir[256], path[512];
    oci_str_t      base;
    const char    *tmp;
    oci_error_t    e;
    oci_status_e   rc;

    base = oci_scan_text_base(&f->path);

    if (oci_str_is(&base, "container-manifest-2")) {
        return rpm_manifest(w, f, content, err);
    }

    if (f->size == 0) {
        return OCI_OK;
    }

    if (f->size > OCI_SCAN_RPMDB_MAX) {
        return oci_error(err, OCI_LIMIT, 0, "\"%s\": rpm database has more "
                         "than 1 GB", (char *) f->path.data);
    }

    tmp = getenv("TMPDIR");
    (void) snprintf(dir, sizeof(dir), "%.200s/tally-rpm.XXXXXX",
                    (tmp != NULL && tmp[0] != '\0') ? tmp : P_tmpdir);

    if (mkdtemp(dir) == NULL) {
        return oci_error_errno(err, errno, "cannot make a directory for the "
                               "rpm database, set TMPDIR");
    }

    (void) snprintf(path, sizeof(path), "%s/%s", dir, (char *) base.data);
    memset(&e, 0, sizeof(oci_error_t));

    rc = rpm_save(path, content, err);

    if (rc == OCI_OK) {
        rc = rpm_load(w, f, dir, &e);

        if (rc != OCI_OK) {
            rc = oci_error(err, rc, 0, "\"%s\": %s", (char *) f->path.data,
                           e.text);
        }
    }

    (void) unlink(path);
    (void) snprintf(path, sizeof(path), "%s/.rpm.lock", dir);
    (void) unlink(path);
    (void) rmdir(dir);

    return rc;
}


static oci_status_e
rpm_save(const char *path, const oci_scan_reader_t *content, oci_error_t *err)
{
    int       fd;
    u_char    buf[65536];
    ssize_t   n, done, put;

    fd = open(path, O_WRONLY|O_CREAT|O_EXCL|O_CLOEXEC, 0600);
    if (fd == -1) {
        return oci_error_errno(err, errno, "cannot write \"%s\"", path);
    }

    for ( ;; ) {

        n = content->read(content->ctx, buf, sizeof(buf), err);
        if (n <= 0) {
            break;
        }

        for (done = 0; done < n; done += put) {

            put = write(fd, buf + done, (size_t) (n - done));
            if (put == -1) {
                (void) close(fd);
                return oci_error_errno(err, errno, "cannot write \"%s\"",
                                       path);
            }
        }
    }

    (void) close(fd);

    return (n == 0) ? OCI_OK
           : oci_error(err, OCI_IO, 0, "cannot read the rpm database");
}


static oci_status_e
rpm_load(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const char *dir, oci_error_t *err)
{
    oci_buf_t           buf;
    oci_str_t           rest;
    rpm_pkg_t           p;
    oci_status_e        rc;
    oci_scan_map_t      provides;
    oci_scan_group_t   *g;

    memset(&buf, 0, sizeof(oci_buf_t));
    rc = rpm_read(dir, &buf, err);

    if (rc != OCI_OK) {
        oci_buf_free(&buf);
        return rc;
    }

    g = oci_scan_kit_group(w, NULL, &f->path, err);
    rc = (g == NULL) ? OCI_NOMEM : OCI_OK;

    oci_scan_map_init(&provides, w->walk);
    rest.data = buf.data;
    rest.len = buf.len;

    while (rc == OCI_OK && rpm_next(&rest, &p)) {
        rc = rpm_pkg(w, g, &provides, &p, err);
    }

    if (rc == OCI_OK) {
        rc = oci_scan_kit_resolve(w, g, &provides, false) ? OCI_OK
             : oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    oci_buf_free(&buf);
    return rc;
}


static oci_status_e
rpm_pkg(oci_scan_walker_t *w, oci_scan_group_t *g, oci_scan_map_t *provides,
    const rpm_pkg_t *from, oci_error_t *err)
{
    uint64_t          epoch;
    oci_str_t         source[3], rest, item, *id;
    oci_scan_pkg_t   *pkg;

    pkg = oci_scan_kit_pkg(g, err);
    if (pkg == NULL) {
        return OCI_NOMEM;
    }

    epoch = 0;
    (void) oci_str_number(&from->epoch, UINT32_MAX, &epoch);

    pkg->id = oci_strf(w->pool, "%.*s@%.*s-%.*s.%.*s",
                       (int) from->name.len, from->name.data,
                       (int) from->version.len, from->version.data,
                       (int) from->release.len, from->release.data,
                       (int) from->arch.len, from->arch.data);
    pkg->name = oci_scan_kit_keep(w, &from->name);
    pkg->version = oci_scan_kit_keep(w, &from->version);
    pkg->release = oci_scan_kit_keep(w, &from->release);
    pkg->arch = from->arch.len ? oci_scan_kit_keep(w, &from->arch)
                               : oci_str("None");
    pkg->epoch = (uint32_t) epoch;
    pkg->src_epoch = (uint32_t) epoch;
    pkg->maintainer = oci_scan_kit_keep(w, &from->vendor);
    pkg->modularity = oci_scan_kit_keep(w, &from->modularity);
    pkg->analyzed_by = "rpm";

    if (rpm_source(from->source, source)) {
        pkg->src_name = oci_scan_kit_keep(w, &source[0]);
        pkg->src_version = oci_scan_kit_keep(w, &source[1]);
        pkg->src_release = oci_scan_kit_keep(w, &source[2]);
    }

    if (from->md5.len != 0) {
        pkg->digest = oci_strf(w->pool, "md5:%.*s", (int) from->md5.len,
                               from->md5.data);
    }

    if (from->license.len != 0) {
        pkg->licenses.elts = oci_palloc(w->pool, sizeof(oci_str_t));
        if (pkg->licenses.elts == NULL) {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }

        pkg->licenses.elts[0] = oci_scan_kit_keep(w, &from->license);
        pkg->licenses.nelts = 1;
    }

    pkg->repository = OCI_SCAN_REPO_THIRD_PARTY;

    if (rpm_official(from)) {
        pkg->repository = OCI_SCAN_REPO_OFFICIAL;

        if (!rpm_files(w, pkg, from->files)) {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }
    }

    id = oci_palloc(w->walk, sizeof(oci_str_t));

    if (id == NULL || !rpm_names(w, from->requires, &pkg->depends))
    {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    *id = pkg->id;
    rest = from->provides;

    while (rpm_item(&rest, &item)) {
        if (!oci_scan_map_set(provides, &item, id)) {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }
    }

    return OCI_OK;
}


/* Amazon's packages may lack a vendor */

static bool
rpm_official(const rpm_pkg_t *p)
{
    size_t             i;
    static const char  *const vendors[] = {
        "Amazon Linux", "Amazon.com", "CentOS", "Fedora Project",
        "Oracle America", "Red Hat", "AlmaLinux", "CloudLinux", "VMware",
        "SUSE", "openSUSE", "Microsoft Corporation", "Rocky"
    };

    if (p->vendor.len == 0) {
        return oci_scan_text_find(&p->release, "amzn") != -1;
    }

    for (i = 0; i < sizeof(vendors) / sizeof(vendors[0]); i++) {
        if (oci_str_prefix(&p->vendor, vendors[i])) {
            return true;
        }
    }

    return false;
}


/* "name-version-release.arch.rpm" */

static bool
rpm_source(oci_str_t s, oci_str_t part[3])
{
    ssize_t  dot, rel, ver;

    if (s.len == 0 || oci_str_is(&s, "(none)")) {
        return false;
    }

    (void) oci_scan_text_cut_suffix(&s, ".rpm");

    dot = oci_scan_text_find_last(&s, '.');
    if (dot == -1) {
        return false;
    }

    s.len = (size_t) dot;
    rel = oci_scan_text_find_last(&s, '-');
    if (rel == -1) {
        return false;
    }

    part[2] = oci_scan_text_skip(s, (size_t) rel + 1);
    s.len = (size_t) rel;
    ver = oci_scan_text_find_last(&s, '-');
    if (ver == -1) {
        return false;
    }

    part[1] = oci_scan_text_skip(s, (size_t) ver + 1);
    s.len = (size_t) ver;
    part[0] = s;
    return true;
}


static bool
rpm_files(oci_scan_walker_t *w, oci_scan_pkg_t *pkg, oci_str_t list)
{
    size_t  i;

    if (!rpm_names(w, list, &pkg->files)) {
        return false;
    }

    for (i = 0; i < pkg->files.nelts; i++) {
        if (!oci_scan_kit_own(w, &pkg->files.elts[i])) {
            return false;
        }
    }

    return true;
}


static bool
rpm_names(oci_scan_walker_t *w, oci_str_t list, oci_scan_strs_t *names)
{
    oci_str_t    item, *name;
    oci_array_t  all;

    oci_array_init(&all, w->pool, sizeof(oci_str_t));

    while (rpm_item(&list, &item)) {

        name = oci_array_push(&all);
        if (name == NULL) {
            return false;
        }

        *name = oci_scan_kit_keep(w, &item);
    }

    *names = oci_scan_strs(&all);
    return true;
}


/* Azure's distroless images have a list instead of a database */

static oci_status_e
rpm_manifest(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_scan_reader_t *content, oci_error_t *err)
{
    u_char             buf[65536];
    ssize_t            n;
    oci_buf_t          text;
    oci_str_t          rest, line;
    oci_status_e       rc;
    oci_scan_group_t  *g;

    memset(&text, 0, sizeof(oci_buf_t));

    while ((n = content->read(content->ctx, buf, sizeof(buf), err)) > 0
           && text.len < OCI_SCAN_RPMDB_MAX / 64)
    {
        oci_buf_add(&text, buf, (size_t) n);
    }

    g = oci_scan_kit_group(w, NULL, &f->path, err);
    rc = (g == NULL || text.failed) ? OCI_NOMEM : OCI_OK;
    rest.data = text.data;
    rest.len = text.len;

    while (rc == OCI_OK && oci_scan_text_line(&rest, &line)) {
        rc = rpm_line(w, g, line, err);
    }

    oci_buf_free(&text);

    if (rc == OCI_INVALID) {
        g->pkgs.nelts = 0;
        oci_scan_kit_left_out(w, &f->path, "a damaged line");
        rc = OCI_OK;
    }

    return rc;
}


static oci_status_e
rpm_line(oci_scan_walker_t *w, oci_scan_group_t *g, oci_str_t line,
    oci_error_t *err)
{
    size_t           n;
    uint64_t         epoch;
    oci_str_t        field[10], version, release, source[3];
    oci_scan_pkg_t  *pkg;

    for (n = 0; n < 10 && oci_scan_text_split(&line, '\t', &field[n]); n++) {
        /* ten columns */
    }

    if (n != 10 || line.len != 0
        || !oci_scan_text_cut(field[1], '-', &version, &release)
        || !rpm_source(field[9], source)
        || !oci_str_number(&field[8], UINT32_MAX, &epoch))
    {
        return OCI_INVALID;
    }

    pkg = oci_scan_kit_pkg(g, err);
    if (pkg == NULL) {
        return OCI_NOMEM;
    }

    pkg->name = oci_scan_kit_keep(w, &field[0]);
    pkg->version = oci_scan_kit_keep(w, &version);
    pkg->release = oci_scan_kit_keep(w, &release);
    pkg->arch = oci_scan_kit_keep(w, &field[7]);
    pkg->epoch = (uint32_t) epoch;
    pkg->src_epoch = (uint32_t) epoch;
    pkg->src_name = oci_scan_kit_keep(w, &source[0]);
    pkg->src_version = oci_scan_kit_keep(w, &source[1]);
    pkg->src_release = oci_scan_kit_keep(w, &source[2]);
    pkg->analyzed_by = "rpmqa";

    return OCI_OK;
}
