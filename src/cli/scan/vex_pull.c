/*
 * A VEX repository's manifest and archive, over HTTP.
 */

#include "scan/vex_repo.h"
#include "base/archive.h"
#include "base/text.h"
#include "net/transport.h"
#include "oci_file.h"
#include "oci_json.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>


#define VEX_MANIFEST_MAX  ((size_t) 1 << 20)
#define VEX_ARCHIVE_MAX   (UINT64_C(512) << 20)
#define VEX_UNPACKED_MAX  (UINT64_C(4) << 30)
#define VEX_FILES_MAX     500000
#define VEX_SPEC          "0.1"
#define VEX_MANIFEST      "vex-repository.json"
#define VEX_GITHUB        "https://github.com/"


/* what is being unpacked */

typedef struct {
    vex_repo_t                *repo;
    const oci_scan_archive_t  *la;
    struct archive            *a;
    oci_str_t                  below;   /* folder of the archive; or empty */
    const char                *dir;
    uint64_t                   bytes;
    size_t                     files;
} vex_unpack_t;


/* a file that is written as its bytes come */

typedef struct {
    int           fd;
    uint64_t      left;
    oci_error_t  *err;
} vex_sink_t;


static oci_status_e vex_manifest(vex_repo_t *repo, json_t **manifest);
static oci_str_t vex_manifest_url(vex_repo_t *repo);
static const json_t *vex_version(const json_t *manifest);
static bool vex_is_due(vex_repo_t *repo, const json_t *version);
static double vex_seconds(const char *text);
static oci_status_e vex_download(vex_repo_t *repo, const json_t *version);
static oci_status_e vex_archive(vex_repo_t *repo, const oci_str_t *url);
static oci_status_e vex_get(vex_repo_t *repo, const char *url, int fd,
    oci_str_t *body);
static oci_status_e vex_sink(void *data, const u_char *p, size_t len);
static oci_str_t vex_credentials(vex_repo_t *repo);
static oci_status_e vex_unpack(vex_repo_t *repo, int fd,
    const oci_str_t *below);
static oci_status_e vex_members(vex_unpack_t *u);
static oci_status_e vex_member(vex_unpack_t *u, const char *name);
static char *vex_member_path(vex_unpack_t *u, const char *name);
static oci_status_e vex_settle(vex_repo_t *repo, const char *dir);
static oci_status_e vex_folders(vex_repo_t *repo, char *path);


oci_status_e
vex_repo_update(vex_repo_t *repo)
{
    json_t        *manifest;
    oci_status_e   rc;
    const json_t  *version;

    rc = vex_manifest(repo, &manifest);
    if (rc != OCI_OK) {
        return rc;
    }

    version = vex_version(manifest);

    if (version == NULL) {
        rc = oci_error(&repo->s->err, OCI_INVALID, 0, "VEX repository "
                       "\"%.64s\": version " VEX_SPEC " not found",
                       repo->name.data);

    } else if (vex_is_due(repo, version)) {
        scan_log(repo->s, SCAN_INFO, "[vex] Updating repository...\t"
                 "repo=\"%s\" url=\"%s\"", repo->name.data, repo->url.data);
        rc = vex_download(repo, version);

    } else {
        scan_log(repo->s, SCAN_INFO, "[vex] No need to check repository "
                 "updates\trepo=\"%s\"", repo->name.data);
    }

    json_decref(manifest);

    return rc;
}


/* it is downloaded once */

static oci_status_e
vex_manifest(vex_repo_t *repo, json_t **manifest)
{
    oci_str_t     path, url, text;
    oci_status_e  rc;

    path = oci_strf(repo->pool, "%s/" VEX_MANIFEST, repo->dir);
    url = vex_manifest_url(repo);

    if (path.data == NULL || url.data == NULL) {
        return oci_nomem(&repo->s->err);
    }

    rc = oci_file_read(repo->pool, (char *) path.data, VEX_MANIFEST_MAX,
                       &text, &repo->s->err);

    if (rc == OCI_NOT_FOUND) {

        memset(&repo->s->err, 0, sizeof(oci_error_t));
        rc = vex_get(repo, (char *) url.data, -1, &text);

        if (rc == OCI_OK) {
            rc = oci_file_publish((char *) path.data, text.data, text.len,
                                  false, &repo->s->err);
        }
    }

    if (rc != OCI_OK) {
        return rc;
    }

    *manifest = oci_json_load(text.data, text.len, 0, &repo->s->err);

    return (*manifest != NULL) ? OCI_OK : repo->s->err.status;
}


static oci_str_t
vex_manifest_url(vex_repo_t *repo)
{
    oci_str_t  url;

    url = oci_scan_text_trim_set(repo->url, "/");

    if (oci_str_prefix(&url, VEX_GITHUB)) {
        url = oci_scan_text_skip(url, sizeof(VEX_GITHUB) - 1);
        return oci_strf(repo->pool, "https://raw.githubusercontent.com/%.*s/"
                        "HEAD/" VEX_MANIFEST, (int) url.len, url.data);
    }

    return oci_strf(repo->pool, "%.*s/.well-known/" VEX_MANIFEST,
                    (int) url.len, url.data);
}


static const json_t *
vex_version(const json_t *manifest)
{
    size_t      i;
    json_t     *version;
    oci_str_t   spec;

    json_array_foreach(json_object_get(manifest, "versions"), i, version) {

        spec = oci_json_str(version, "spec_version");

        if (oci_str_is(&spec, VEX_SPEC)) {
            return version;
        }
    }

    return NULL;
}


static bool
vex_is_due(vex_repo_t *repo, const json_t *version)
{
    oci_str_t    index, cache, interval;
    struct stat  st;

    index = oci_strf(repo->pool, "%s/" VEX_SPEC, repo->dir);
    cache = oci_strf(repo->pool, "%s/cache.json", repo->dir);
    interval = oci_json_str(version, "update_interval");

    if (index.data == NULL || cache.data == NULL
        || stat((char *) index.data, &st) != 0
        || stat((char *) cache.data, &st) != 0)
    {
        return true;
    }

    return (double) time(NULL)
           > (double) st.st_mtim.tv_sec
             + vex_seconds(interval.len ? (char *) interval.data : "");
}


/* Go's durations; what is none is no time at all */

static double
vex_seconds(const char *text)
{
    char    *end;
    double   n, sum;

    for (sum = 0; isdigit((u_char) *text); text = end + 1) {

        n = strtod(text, &end);

        if (*end == 'h') {
            sum += n * 3600;

        } else if (*end == 'm' && end[1] != 's') {
            sum += n * 60;

        } else if (*end == 's') {
            sum += n;

        } else {
            break;
        }
    }

    return sum;
}


/* the first location that answers */

static oci_status_e
vex_download(vex_repo_t *repo, const json_t *version)
{
    size_t         i;
    json_t        *location;
    oci_str_t      url;
    oci_status_e   rc;

    rc = oci_error(&repo->s->err, OCI_INVALID, 0, "VEX repository "
                   "\"%.64s\": no locations found for version " VEX_SPEC,
                   repo->name.data);

    json_array_foreach(json_object_get(version, "locations"), i, location) {

        url = oci_json_str(location, "url");
        memset(&repo->s->err, 0, sizeof(oci_error_t));
        rc = vex_archive(repo, &url);

        if (rc == OCI_OK) {
            return rc;
        }
    }

    return rc;
}


/* "https://host/a.zip//folder": a folder of the archive, as go-getter has it */

static oci_status_e
vex_archive(vex_repo_t *repo, const oci_str_t *url)
{
    int            fd;
    oci_str_t      rest, below, file;
    ssize_t        at;
    oci_status_e   rc;

    rest = *url;
    at = oci_scan_text_find(&rest, "://");
    rest = oci_scan_text_skip(rest, (at < 0) ? rest.len : (size_t) at + 3);
    at = oci_scan_text_find(&rest, "//");
    below.len = 0;
    below.data = (u_char *) "";
    file = *url;

    if (at >= 0) {
        below = oci_scan_text_trim_set(oci_scan_text_skip(rest,
                                                          (size_t) at), "/");
        file.len -= rest.len - (size_t) at;
    }

    file = oci_str_dup(repo->pool, file.data, file.len);
    fd = open(P_tmpdir, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);

    if (file.data == NULL || fd < 0) {
        return oci_error_errno(&repo->s->err, errno, "\"%s\"", P_tmpdir);
    }

    rc = vex_get(repo, (char *) file.data, fd, NULL);

    if (rc == OCI_OK && lseek(fd, 0, SEEK_SET) != 0) {
        rc = oci_error_errno(&repo->s->err, errno, "\"%s\"", P_tmpdir);
    }

    if (rc == OCI_OK) {
        rc = vex_unpack(repo, fd, &below);
    }

    (void) close(fd);

    return rc;
}


/* into a file, or in memory */

static oci_status_e
vex_get(vex_repo_t *repo, const char *url, int fd, oci_str_t *body)
{
    oci_str_t              authorization;
    vex_sink_t             sink;
    transport_t           *t;
    oci_status_e           rc;
    transport_reply_t      reply;
    transport_request_t    req;
    transport_options_t   *options;

    options = oci_pcalloc(repo->pool, sizeof(transport_options_t));
    if (options == NULL) {
        return oci_nomem(&repo->s->err);
    }

    options->cacert = repo->s->o->source.transport.cacert;
    options->allow_insecure = repo->insecure || repo->s->o->insecure;
    t = transport_open(repo->pool, options);
    authorization = vex_credentials(repo);

    if (t == NULL || authorization.data == NULL) {
        return oci_nomem(&repo->s->err);
    }

    memset(&req, 0, sizeof(req));
    req.method = "GET";
    req.path = url;
    req.max = VEX_MANIFEST_MAX;
    req.authorization = (authorization.len != 0) ? &authorization : NULL;

    if (fd >= 0) {
        sink.fd = fd;
        sink.left = VEX_ARCHIVE_MAX;
        sink.err = &repo->s->err;
        req.sink = vex_sink;
        req.data = &sink;
    }

    rc = transport_fetch(t, &req, &reply, &repo->s->err);

    if (rc == OCI_OK && reply.status != 200) {
        rc = oci_error(&repo->s->err, OCI_IO, 0, "VEX repository \"%.64s\": "
                       "%.256s: status %ld", repo->name.data, url,
                       reply.status);
    }

    if (rc == OCI_OK && body != NULL) {
        *body = reply.body;
    }

    return rc;
}


static oci_status_e
vex_sink(void *data, const u_char *p, size_t len)
{
    vex_sink_t  *sink;

    sink = data;

    if (len > sink->left) {
        return oci_error(sink->err, OCI_LIMIT, 0, "the archive of the VEX "
                         "repository is larger than %llu MB",
                         (unsigned long long) (VEX_ARCHIVE_MAX >> 20));
    }

    sink->left -= len;

    return (write(sink->fd, p, len) == (ssize_t) len) ? OCI_OK
           : oci_error_errno(sink->err, errno, "\"%s\"", P_tmpdir);
}


/* empty: none */

static oci_str_t
vex_credentials(vex_repo_t *repo)
{
    u_char     *base64;
    oci_str_t   pair, none = oci_string("");

    if (repo->token.len != 0) {
        return oci_strf(repo->pool, "Bearer %s", repo->token.data);
    }

    if (repo->username.len == 0) {
        return none;
    }

    pair = oci_strf(repo->pool, "%s:%s", repo->username.data,
                    repo->password.data);
    base64 = oci_palloc(repo->pool, pair.len * 2 + 8);
    none.data = NULL;

    if (pair.data == NULL || base64 == NULL || pair.len > 65536) {
        return none;
    }

    (void) EVP_EncodeBlock(base64, pair.data, (int) pair.len);

    return oci_strf(repo->pool, "Basic %s", base64);
}


/* beside the old one, which it then replaces */

static oci_status_e
vex_unpack(vex_repo_t *repo, int fd, const oci_str_t *below)
{
    char                 *dir;
    oci_status_e          rc;
    vex_unpack_t          u;
    oci_scan_archive_t    la;

    memset(&u, 0, sizeof(u));
    u.repo = repo;
    u.la = &la;
    u.below = *below;
    dir = (char *) oci_strf(repo->pool, "%s/new.XXXXXX", repo->dir).data;
    rc = (dir != NULL) ? oci_scan_archive_load(&la, &repo->s->err)
                       : oci_nomem(&repo->s->err);
    if (rc != OCI_OK) {
        return rc;
    }

    if (mkdtemp(dir) == NULL) {
        return oci_error_errno(&repo->s->err, errno, "\"%s\"", repo->dir);
    }

    u.dir = dir;
    u.a = la.archive_read_new();

    if (u.a == NULL) {
        return oci_nomem(&repo->s->err);
    }

    (void) la.archive_read_support_filter_gzip(u.a);
    (void) la.archive_read_support_filter_bzip2(u.a);
    (void) la.archive_read_support_filter_xz(u.a);
    (void) la.archive_read_support_filter_zstd(u.a);
    (void) la.archive_read_support_format_tar(u.a);
    (void) la.archive_read_support_format_zip_seekable(u.a);

    rc = (la.archive_read_open_fd(u.a, fd, 1 << 16) == ARCHIVE_OK)
         ? vex_members(&u)
         : oci_error(&repo->s->err, OCI_INVALID, 0, "VEX repository "
                     "\"%.64s\": its archive is neither tar nor zip",
                     repo->name.data);
    (void) la.archive_read_free(u.a);

    if (rc == OCI_OK) {
        rc = vex_settle(repo, dir);
    }

    (void) oci_file_remove_tree(dir, false, NULL);

    return rc;
}


static oci_status_e
vex_members(vex_unpack_t *u)
{
    int                    got;
    const char            *name;
    oci_status_e           rc;
    struct archive_entry  *entry;

    while ((got = u->la->archive_read_next_header(u->a, &entry))
           == ARCHIVE_OK)
    {
        name = u->la->archive_entry_pathname(entry);

        if (name == NULL
            || u->la->archive_entry_filetype(entry) != AE_IFREG)
        {
            continue;
        }

        rc = vex_member(u, name);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    return (got == ARCHIVE_EOF) ? OCI_OK
           : oci_error(&u->repo->s->err, OCI_INVALID, 0, "VEX repository "
                       "\"%.64s\": its archive is damaged: %.128s",
                       u->repo->name.data, u->la->archive_error_string(u->a));
}


static oci_status_e
vex_member(vex_unpack_t *u, const char *name)
{
    int           fd;
    char         *path;
    u_char        chunk[16384];
    ssize_t       n;
    oci_status_e  rc;

    path = vex_member_path(u, name);
    if (path == NULL) {
        return OCI_OK;                  /* of another folder */
    }

    if (u->files++ == VEX_FILES_MAX) {
        return oci_error(&u->repo->s->err, OCI_LIMIT, 0, "the VEX repository "
                         "has more than %d files", VEX_FILES_MAX);
    }

    rc = vex_folders(u->repo, path);
    if (rc != OCI_OK) {
        return rc;
    }

    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
              0644);
    if (fd < 0) {
        return oci_error_errno(&u->repo->s->err, errno, "\"%.256s\"", path);
    }

    do {
        n = u->la->archive_read_data(u->a, chunk, sizeof(chunk));
        u->bytes += (n > 0) ? (uint64_t) n : 0;

        if (n < 0 || u->bytes > VEX_UNPACKED_MAX) {
            rc = oci_error(&u->repo->s->err, (n < 0) ? OCI_INVALID : OCI_LIMIT,
                           0, "VEX repository \"%.64s\": its archive is %s",
                           u->repo->name.data, (n < 0) ? "damaged"
                                                       : "too large");

        } else if (n > 0 && write(fd, chunk, (size_t) n) != n) {
            rc = oci_error_errno(&u->repo->s->err, errno, "\"%.256s\"", path);
        }

    } while (rc == OCI_OK && n > 0);

    (void) close(fd);

    return rc;
}


/* where a member goes; NULL: nowhere */

static char *
vex_member_path(vex_unpack_t *u, const char *name)
{
    oci_str_t  path;

    path = oci_str(name);

    while (oci_scan_text_cut_prefix(&path, "./")) {
        /* as tar has them */
    }

    if (path.len > PATH_MAX / 2 || !vex_is_local(&path)) {
        return NULL;
    }

    if (u->below.len != 0) {

        if (path.len <= u->below.len
            || memcmp(path.data, u->below.data, u->below.len) != 0
            || path.data[u->below.len] != '/')
        {
            return NULL;
        }

        path = oci_scan_text_skip(path, u->below.len + 1);
    }

    return (path.len != 0)
           ? (char *) oci_strf(u->repo->pool, "%s/%.*s", u->dir,
                               (int) path.len, path.data).data : NULL;
}


/* the folders above a file */

static oci_status_e
vex_folders(vex_repo_t *repo, char *path)
{
    char  *p;

    for (p = path + strlen(repo->dir) + 1; (p = strchr(p, '/')) != NULL; p++)
    {
        *p = '\0';

        if (mkdir(path, 0755) != 0 && errno != EEXIST) {
            return oci_error_errno(&repo->s->err, errno, "\"%.256s\"", path);
        }

        *p = '/';
    }

    return OCI_OK;
}


static oci_status_e
vex_settle(vex_repo_t *repo, const char *dir)
{
    char          when[40], text[128];
    time_t        now;
    struct tm     tm;
    oci_str_t     to, cache;
    oci_status_e  rc;

    to = oci_strf(repo->pool, "%s/" VEX_SPEC, repo->dir);
    cache = oci_strf(repo->pool, "%s/cache.json", repo->dir);

    if (to.data == NULL || cache.data == NULL) {
        return oci_nomem(&repo->s->err);
    }

    rc = oci_file_remove_tree((char *) to.data, false, &repo->s->err);

    if (rc == OCI_OK) {
        rc = oci_file_rename(dir, (char *) to.data, false, &repo->s->err);
    }

    now = time(NULL);

    if (rc != OCI_OK || gmtime_r(&now, &tm) == NULL) {
        return rc;
    }

    (void) strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
    (void) snprintf(text, sizeof(text), "{\"UpdatedAt\":\"%s\","
                    "\"ETags\":{}}\n", when);

    return oci_file_publish((char *) cache.data, text, strlen(text), false,
                            &repo->s->err);
}
