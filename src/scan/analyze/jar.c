/*
 * Java archives: what their pom.properties say, also of archives in archives.
 * The manifest alone names no Maven artifact for certain, so it only adds
 * licences; and, with a checksum and the file's name, what a database may
 * find the artifact by (jar.h).
 *
 * Source: the JAR File Specification; Maven's archiver writes
 * META-INF/maven/GROUP/ARTIFACT/pom.properties and pom.xml.
 */

#include "analyze.h"
#include "jar.h"
#include "jar_text.h"
#include "spool.h"
#include "model/license.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>


#define OCI_SCAN_JAR_DEPTH    8
#define OCI_SCAN_JAR_ENTRIES  200000
#define OCI_SCAN_JAR_TEXT     (1024 * 1024)


static bool jar_wants(const oci_scan_file_t *f);
static oci_status_e jar_read(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err);
static oci_status_e jar_stream(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_scan_reader_t *content, oci_error_t *err);
static oci_status_e jar_spool(const oci_scan_reader_t *content,
    spool_t *spool, oci_error_t *err);
static oci_status_e jar_file(jar_t *j,
    const oci_str_t *path, const oci_str_t *data, oci_error_t *err);
static oci_status_e jar_entries(jar_t *j,
    jar_file_t *jf, struct archive *a, oci_error_t *err);
static oci_status_e jar_entry(jar_t *j, jar_file_t *jf, struct archive *a,
    oci_str_t name, oci_error_t *err);
static oci_status_e jar_data(jar_t *j, struct archive *a,
    size_t max, oci_str_t *text, oci_error_t *err);
static oci_status_e jar_inner(jar_t *j, jar_file_t *jf, struct archive *a,
    oci_str_t name, oci_error_t *err);
static oci_status_e jar_inner_data(jar_t *j, struct archive *a,
    spool_t *spool, oci_error_t *err);
static oci_status_e jar_properties(jar_t *j,
    jar_file_t *jf, oci_str_t text, oci_error_t *err);
static void jar_name(const oci_str_t *path, jar_gav_t *gav);
static oci_status_e jar_nameless(jar_t *j, jar_file_t *jf,
    const oci_str_t *data, oci_error_t *err);
static bool jar_sha1(jar_t *j, const oci_str_t *data, oci_str_t *digest);
static bool jar_same(oci_str_t a, oci_str_t b);


const analyzer_t  analyze_jar = {
    .wants = jar_wants,
    .max = 16 * OCI_SCAN_MB,
    .analyze = jar_read,
    .stream = jar_stream
};


static bool
jar_wants(const oci_scan_file_t *f)
{
    const u_char  *ext;

    if (f->path.len < 5) {
        return false;
    }

    ext = f->path.data + f->path.len - 4;

    return strncasecmp((char *) ext, ".jar", 4) == 0
           || strncasecmp((char *) ext, ".war", 4) == 0
           || strncasecmp((char *) ext, ".ear", 4) == 0
           || strncasecmp((char *) ext, ".par", 4) == 0;
}


static oci_status_e
jar_read(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err)
{
    jar_t             j;
    size_t            i;
    oci_status_e      rc;
    oci_scan_pkg_t   *pkg;

    memset(&j, 0, sizeof(jar_t));
    j.w = w;

    rc = oci_scan_archive_load(&j.la, err);
    if (rc != OCI_OK) {
        return rc;
    }

    j.group = oci_scan_kit_group(w, "jar", &f->path, err);
    if (j.group == NULL) {
        return err->status;
    }

    rc = jar_file(&j, &j.group->path, text, err);

    if (rc == OCI_OK) {
        oci_scan_jar_unique(j.group);
        pkg = j.group->pkgs.elts;

        for (i = 0; i < j.group->pkgs.nelts; i++) {
            if (!oci_scan_license_normalize(w->pool, &pkg[i].licenses)) {
                return oci_error(err, OCI_NOMEM, 0, "out of memory");
            }
        }
    }

    return rc;
}


/* a larger one waits in a file; its own faults are no faults of the scan */

static oci_status_e
jar_stream(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_scan_reader_t *content, oci_error_t *err)
{
    spool_t       spool;
    oci_str_t     text;
    oci_error_t   e;
    oci_status_e  rc;

    memset(&spool, 0, sizeof(spool));
    memset(&e, 0, sizeof(e));
    rc = jar_spool(content, &spool, err);

    if (rc == OCI_OK) {
        rc = spool_text(&spool, &text, err);
    }

    if (rc == OCI_OK) {
        rc = jar_read(w, f, &text, &e);
    }

    spool_free(&spool);

    if (rc == OCI_NOMEM) {
        return oci_nomem(err);
    }

    if (rc == OCI_LIMIT || (rc != OCI_OK && e.status != OCI_OK)) {
        oci_scan_kit_left_out(w, &f->path, (e.status != OCI_OK) ? e.text
                                           : "larger than 2 GB");
        memset(err, 0, sizeof(oci_error_t));
        return OCI_OK;
    }

    return rc;
}


static oci_status_e
jar_spool(const oci_scan_reader_t *content, spool_t *spool, oci_error_t *err)
{
    ssize_t        n;
    u_char         chunk[65536];
    oci_status_e   rc;

    do {
        n = content->read(content->ctx, chunk, sizeof(chunk), err);

        rc = (n < 0) ? oci_error(err, OCI_IO, 0, "cannot read a file")
             : spool_add(spool, chunk, (size_t) n, err);

    } while (rc == OCI_OK && n != 0);

    return rc;
}


static oci_status_e
jar_file(jar_t *j, const oci_str_t *path,
    const oci_str_t *data, oci_error_t *err)
{
    jar_file_t        jf;
    oci_status_e      rc;
    struct archive   *a;

    if (j->depth == OCI_SCAN_JAR_DEPTH) {
        return oci_error(err, OCI_LIMIT, 0, "archives nested too deeply");
    }

    memset(&jf, 0, sizeof(jar_file_t));
    jf.path = *path;
    jf.first = j->group->pkgs.nelts;
    oci_scan_map_init(&jf.poms, j->w->tmp);

    a = j->la.archive_read_new();
    if (a == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    (void) j->la.archive_read_support_format_zip_seekable(a);
    j->depth++;

    rc = (j->la.archive_read_open_memory(a, data->data, data->len)
          == ARCHIVE_OK)
         ? jar_entries(j, &jf, a, err)
         : oci_error(err, OCI_INVALID, 0, "not a zip file");

    j->depth--;
    (void) j->la.archive_read_free(a);

    if (rc == OCI_OK) {
        jar_licenses(j, &jf);
    }

    return (rc == OCI_OK && !jf.identified)
           ? jar_nameless(j, &jf, data, err) : rc;
}


static oci_status_e
jar_entries(jar_t *j, jar_file_t *jf, struct archive *a, oci_error_t *err)
{
    int                    rc;
    const char            *name;
    oci_status_e           status;
    struct archive_entry  *entry;

    for (status = OCI_OK; status == OCI_OK; j->entries++) {

        if (j->entries == OCI_SCAN_JAR_ENTRIES) {
            return oci_error(err, OCI_LIMIT, 0, "too many files");
        }

        rc = j->la.archive_read_next_header(a, &entry);

        if (rc == ARCHIVE_EOF) {
            return OCI_OK;
        }

        if (rc < ARCHIVE_WARN) {
            return oci_error(err, OCI_INVALID, 0, "damaged zip file: %s",
                             j->la.archive_error_string(a));
        }

        name = j->la.archive_entry_pathname(entry);

        if (name != NULL && j->la.archive_entry_filetype(entry) == AE_IFREG) {
            status = jar_entry(j, jf, a, oci_str(name), err);
        }
    }

    return status;
}


static oci_status_e
jar_entry(jar_t *j, jar_file_t *jf,
    struct archive *a, oci_str_t name, oci_error_t *err)
{
    oci_str_t     base, text;
    oci_status_e  rc;

    base = oci_scan_text_base(&name);

    if (oci_str_suffix(&base, ".jar") || oci_str_suffix(&base, ".war")
        || oci_str_suffix(&base, ".ear"))
    {
        return jar_inner(j, jf, a, name, err);
    }

    if (!oci_str_is(&base, "pom.properties") && !oci_str_is(&base, "pom.xml")
        && !oci_str_is(&base, "MANIFEST.MF"))
    {
        return OCI_OK;
    }

    rc = jar_data(j, a, OCI_SCAN_JAR_TEXT, &text, err);

    if (rc != OCI_OK) {
        return (rc == OCI_LIMIT) ? OCI_OK : rc;
    }

    if (oci_str_is(&base, "pom.properties")) {
        return jar_properties(j, jf, text, err);
    }

    return (oci_str_is(&base, "pom.xml")
            ? jar_pom(j, jf, name, text)
            : jar_manifest(j, jf, text))
           ? OCI_OK : oci_error(err, OCI_NOMEM, 0, "out of memory");
}


/* sizes in a zip are claims, so it is read until it ends or is too much */

static oci_status_e
jar_data(jar_t *j, struct archive *a, size_t max,
    oci_str_t *text, oci_error_t *err)
{
    oci_buf_t    buf;
    la_ssize_t   n;
    u_char       chunk[16384];

    memset(&buf, 0, sizeof(oci_buf_t));

    while ((n = j->la.archive_read_data(a, chunk, sizeof(chunk))) > 0) {

        oci_buf_add(&buf, chunk, (size_t) n);

        if (buf.failed || buf.len > max) {
            oci_buf_free(&buf);
            return OCI_LIMIT;
        }
    }

    *text = oci_str_dup(j->w->tmp, buf.data, buf.len);
    oci_buf_free(&buf);

    if (n < 0) {
        return oci_error(err, OCI_INVALID, 0, "damaged zip file: %s",
                         j->la.archive_error_string(a));
    }

    return (text->data != NULL) ? OCI_OK
           : oci_error(err, OCI_NOMEM, 0, "out of memory");
}


/* an inner archive that cannot be read does not spoil the outer one */

static oci_status_e
jar_inner(jar_t *j, jar_file_t *jf,
    struct archive *a, oci_str_t name, oci_error_t *err)
{
    spool_t        spool;
    oci_str_t      path, data;
    oci_pool_t    *outer;
    oci_error_t    e;
    oci_status_e   rc;

    path = oci_strf(j->w->pool, "%.*s/%.*s", (int) jf->path.len,
                    jf->path.data, (int) name.len, name.data);
    if (path.data == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    path.len = oci_scan_walk_clean((char *) path.data);

    if (path.len <= jf->path.len
        || memcmp(path.data, jf->path.data, jf->path.len) != 0)
    {
        return OCI_OK;          /* a name that climbs out */
    }

    outer = j->w->tmp;
    j->w->tmp = oci_pool_create();
    if (j->w->tmp == NULL) {
        j->w->tmp = outer;
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    memset(&e, 0, sizeof(oci_error_t));
    memset(&spool, 0, sizeof(spool));
    rc = jar_inner_data(j, a, &spool, &e);

    if (rc == OCI_OK) {
        rc = spool_text(&spool, &data, &e);
    }

    if (rc == OCI_OK) {
        rc = jar_file(j, &path, &data, &e);
    }

    spool_free(&spool);
    oci_pool_destroy(j->w->tmp);
    j->w->tmp = outer;

    if (rc == OCI_NOMEM) {
        return oci_error(err, rc, 0, "out of memory");
    }

    if (rc != OCI_OK) {
        oci_scan_kit_left_out(j->w, &path, e.text[0] ? e.text : "too large");
    }

    return OCI_OK;
}


static oci_status_e
jar_inner_data(jar_t *j, struct archive *a, spool_t *spool, oci_error_t *err)
{
    u_char         chunk[16384];
    la_ssize_t     n;
    oci_status_e   rc;

    do {
        n = j->la.archive_read_data(a, chunk, sizeof(chunk));

        if (n < 0) {
            return oci_error(err, OCI_INVALID, 0, "damaged zip file: %s",
                             j->la.archive_error_string(a));
        }

        rc = spool_add(spool, chunk, (size_t) n, err);

        if (rc == OCI_OK && (j->bytes += (uint64_t) n) > SPOOL_MAX) {
            rc = oci_error(err, OCI_LIMIT, 0, "archives in it are too large");
        }

    } while (rc == OCI_OK && n != 0);

    return rc;
}


static oci_status_e
jar_properties(jar_t *j, jar_file_t *jf, oci_str_t text, oci_error_t *err)
{
    oci_str_t         line;
    jar_gav_t         gav, file;
    oci_scan_pkg_t   *pkg;

    memset(&gav, 0, sizeof(jar_gav_t));

    while (oci_scan_text_line(&text, &line)) {

        line = oci_scan_text_trim(line);

        if (oci_scan_text_cut_prefix(&line, "groupId=")) {
            gav.group = line;

        } else if (oci_scan_text_cut_prefix(&line, "artifactId=")) {
            gav.artifact = line;

        } else if (oci_scan_text_cut_prefix(&line, "version=")) {
            gav.version = line;
        }
    }

    if (gav.group.len == 0 || gav.artifact.len == 0 || gav.version.len == 0)
    {
        return OCI_OK;
    }

    pkg = oci_scan_kit_pkg(j->group, err);
    if (pkg == NULL) {
        return OCI_NOMEM;
    }

    pkg->name = oci_strf(j->w->pool, "%.*s:%.*s", (int) gav.group.len,
                         gav.group.data, (int) gav.artifact.len,
                         gav.artifact.data);
    pkg->version = oci_scan_kit_keep(j->w, &gav.version);
    pkg->file_path = jf->path;
    pkg->analyzed_by = "jar";

    jar_name(&jf->path, &file);

    if (oci_str_eq(&file.artifact, &gav.artifact)
        && oci_str_eq(&file.version, &gav.version))
    {
        jf->identified = true;
    }

    return OCI_OK;
}


/* "spring-core-5.3.4-SNAPSHOT.jar" */

static void
jar_name(const oci_str_t *path, jar_gav_t *gav)
{
    size_t     i;
    oci_str_t  base;

    memset(gav, 0, sizeof(jar_gav_t));
    base = oci_scan_text_base(path);

    if (!oci_scan_text_cut_suffix(&base, ".jar")) {
        return;
    }

    for (i = base.len; i-- > 1; ) {

        if (base.data[i] == '-' && i + 1 < base.len
            && isdigit(base.data[i + 1]))
        {
            gav->artifact = base;
            gav->artifact.len = i;
            gav->version = oci_scan_text_skip(base, i + 1);
            return;
        }
    }
}


/* com.acme.core.core-api is com.acme.core's */

static oci_status_e
jar_nameless(jar_t *j, jar_file_t *jf, const oci_str_t *data,
    oci_error_t *err)
{
    u_char          *dot;
    jar_gav_t        gav, file;
    oci_scan_pkg_t  *pkg;

    gav.group = jar_first(jf, JAR_VENDOR_ID, JAR_SPEC_VENDOR);
    gav.artifact = jar_first(jf, JAR_TITLE, JAR_BUNDLE_NAME);
    gav.version = jar_first(jf, JAR_VERSION, JAR_BUNDLE_VERSION);

    if (jf->names[JAR_VENDOR_ID].len == 0
        && jf->names[JAR_SYMBOLIC_NAME].len != 0)
    {
        dot = memrchr(gav.group.data, '.', gav.group.len);
        gav.group.len = (dot != NULL && dot != gav.group.data)
                        ? (size_t) (dot - gav.group.data) : gav.group.len;
    }

    jar_name(&jf->path, &file);

    pkg = oci_scan_kit_pkg(j->group, err);
    if (pkg == NULL) {
        return OCI_NOMEM;
    }

    pkg->file_path = jf->path;
    pkg->analyzed_by = "jar";
    pkg->licenses = jf->licenses;
    pkg->release = oci_scan_kit_keep(j->w, &file.artifact);
    pkg->src_release = oci_scan_kit_keep(j->w, &file.version);

    if (gav.group.len != 0 && gav.artifact.len != 0 && gav.version.len != 0) {
        pkg->src_name = oci_strf(j->w->pool, "%.*s:%.*s", (int) gav.group.len,
                                 gav.group.data, (int) gav.artifact.len,
                                 gav.artifact.data);
        pkg->src_version = oci_scan_kit_keep(j->w, &gav.version);
    }

    return jar_sha1(j, data, &pkg->digest) ? OCI_OK
           : oci_error(err, OCI_NOMEM, 0, "out of memory");
}


static bool
jar_sha1(jar_t *j, const oci_str_t *data, oci_str_t *digest)
{
    u_char    sum[EVP_MAX_MD_SIZE];
    size_t    i;
    unsigned  n;

    if (EVP_Digest(data->data, data->len, sum, &n, EVP_sha1(), NULL) != 1) {
        return false;
    }

    *digest = oci_strf(j->w->pool, "sha1:%*s", (int) n * 2, "");

    for (i = 0; digest->data != NULL && i < n; i++) {
        (void) sprintf((char *) digest->data + 5 + i * 2, "%02x", sum[i]);
    }

    return digest->data != NULL;
}


void
oci_scan_jar_unique(oci_scan_group_t *g)
{
    size_t           i, k, n;
    oci_scan_pkg_t  *pkg;

    pkg = g->pkgs.elts;

    for (i = 0, n = 0; i < g->pkgs.nelts; i++) {

        for (k = 0; k < n; k++) {
            if (oci_str_eq(&pkg[k].name, &pkg[i].name)
                && oci_str_eq(&pkg[k].file_path, &pkg[i].file_path)
                && jar_same(pkg[k].version, pkg[i].version))
            {
                break;
            }
        }

        if (k == n) {
            pkg[n++] = pkg[i];
        }
    }

    g->pkgs.nelts = n;
}


/* to Maven, 2.17 and 2.17.0 are one version */

static bool
jar_same(oci_str_t a, oci_str_t b)
{
    while (oci_scan_text_cut_suffix(&a, ".0")) {
        /* no difference */
    }

    while (oci_scan_text_cut_suffix(&b, ".0")) {
        /* no difference */
    }

    return oci_str_eq(&a, &b);
}
