/*
 * A TUF repository and its folder.
 */

#include "sign/tuf.h"
#include "net/transport.h"
#include "oci_file.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>


#define TUF_TARGET_MAX  (16 * 1024 * 1024)


static const char *tuf_top(oci_pool_t *pool);
static oci_status_e tuf_mirror(tuf_t *tuf, const char *name,
    oci_error_t *err);
static oci_status_e tuf_remembered(tuf_t *tuf, oci_error_t *err);
static const char *tuf_name(oci_pool_t *pool, const char *url);
static oci_status_e tuf_anchor(tuf_t *tuf, const oci_str_t *root,
    oci_str_t *text, oci_error_t *err);
static oci_status_e tuf_roots(tuf_t *tuf, oci_str_t *text, oci_error_t *err);
static oci_status_e tuf_timestamp(tuf_t *tuf, oci_error_t *err);
static oci_status_e tuf_snapshot(tuf_t *tuf, oci_error_t *err);
static oci_status_e tuf_role(void *data, const char *role,
    const char *parent, oci_error_t *err);
static oci_status_e tuf_remote(const tuf_t *tuf, const char *role,
    oci_str_t *text, oci_error_t *err);
static oci_status_e tuf_need(oci_status_e rc);
static oci_status_e tuf_download(const tuf_t *tuf, const char *name,
    const oci_sign_tuf_file_t *file, oci_str_t *content, oci_error_t *err);
static char *tuf_path(const tuf_t *tuf, const char *folder, const char *name,
    const char *suffix);
static oci_status_e tuf_local(const tuf_t *tuf, const char *role, size_t max,
    oci_str_t *text, oci_error_t *err);
static oci_status_e tuf_save(const tuf_t *tuf, const char *role,
    const oci_str_t *text, oci_error_t *err);
static oci_status_e tuf_again(oci_pool_t *pool, const char *name,
    const char **path, oci_error_t *err);
static oci_status_e tuf_stale(oci_status_e rc, const oci_error_t *why,
    oci_error_t *err);
static const char *tuf_escape(oci_pool_t *pool, const char *name);
static const char *tuf_env(const char *name);


oci_status_e
tuf_open(oci_pool_t *pool, const char *mirror, tuf_t *tuf, oci_error_t *err)
{
    oci_status_e  rc;

    memset(tuf, 0, sizeof(tuf_t));
    tuf->pool = pool;
    tuf->top = tuf_top(pool);
    rc = oci_sign_tuf_init(&tuf->set, pool, (int64_t) time(NULL));

    if (rc != OCI_OK || tuf->top == NULL) {
        return oci_error(err, OCI_INVALID, 0, "TUF_ROOT names no folder, and "
                         "HOME is not set");
    }

    rc = (mirror != NULL) ? tuf_mirror(tuf, mirror, err)
         : tuf_remembered(tuf, err);

    if (rc != OCI_OK) {
        return rc;
    }

    tuf->folder = (char *) oci_strf(pool, "%s/%s", tuf->top,
                                    tuf_name(pool, tuf->mirror)).data;

    return (tuf->folder != NULL) ? OCI_OK : oci_nomem(err);
}


static const char *
tuf_top(oci_pool_t *pool)
{
    const char  *top, *home;

    top = tuf_env("TUF_ROOT");
    home = tuf_env("HOME");

    return (top != NULL) ? top : (home == NULL) ? NULL
           : (char *) oci_strf(pool, "%s/.sigstore/root", home).data;
}


static const char *
tuf_env(const char *name)
{
    const char  *value;

    value = getenv(name);

    return (value != NULL && value[0] != '\0') ? value : NULL;
}


static oci_status_e
tuf_mirror(tuf_t *tuf, const char *name, oci_error_t *err)
{
    char       *whole, *url;
    size_t      len;
    oci_str_t   text;

    whole = NULL;

    if (strstr(name, "://") == NULL) {
        whole = realpath(name, NULL);

        if (whole == NULL) {
            return oci_error(err, OCI_NOT_FOUND, 0, "the mirror \"%s\" is "
                             "neither a URL nor a folder", name);
        }

    } else if (strncmp(name, "http://", 7) != 0
               && strncmp(name, "https://", 8) != 0
               && strncmp(name, "file://", 7) != 0)
    {
        return oci_error(err, OCI_INVALID, 0, "the mirror \"%s\" is of no "
                         "kind that is known: use http, https, file or a "
                         "folder", name);
    }

    text = oci_strf(tuf->pool, "%s%s", whole ? "file://" : "",
                    whole ? whole : name);
    free(whole);
    url = (char *) text.data;

    for (len = text.len; url != NULL && len != 0 && url[len - 1] == '/';
         len--)
    {
        url[len - 1] = '\0';
    }

    tuf->mirror = url;

    return (url != NULL) ? OCI_OK : oci_nomem(err);
}


static oci_status_e
tuf_remembered(tuf_t *tuf, oci_error_t *err)
{
    char          *file;
    json_t        *root;
    oci_str_t      text, url;
    const char    *mirror;
    oci_error_t    why = { OCI_OK, 0, "" };
    oci_status_e   rc;

    mirror = tuf_env("TUF_MIRROR");

    if (mirror != NULL) {
        return tuf_mirror(tuf, mirror, err);
    }

    file = (char *) oci_strf(tuf->pool, "%s/remote.json", tuf->top).data;
    rc = oci_file_read(tuf->pool, file, 64 * 1024, &text, &why);

    if (rc != OCI_OK) {
        return oci_error(err, rc, 0, "%s", why.text);
    }

    root = oci_json_load(text.data, text.len, 0, &why);
    url = oci_json_str(root, "mirror");
    mirror = oci_cstr(tuf->pool, &url);
    json_decref(root);

    return (url.len != 0) ? tuf_mirror(tuf, mirror, err)
           : oci_error(err, OCI_INVALID, 0, "%s names no mirror", file);
}


/* as sigstore-go names the folder of a mirror */

static const char *
tuf_name(oci_pool_t *pool, const char *url)
{
    char       *p;
    oci_str_t   name;

    url += (strncmp(url, "https://", 8) == 0) ? 8
           : (strncmp(url, "http://", 7) == 0) ? 7 : 0;
    name = oci_str_dup(pool, (u_char *) url, strlen(url));

    for (p = (char *) name.data; p != NULL && *p != '\0'; p++) {
        *p = (*p == '/' || *p == ':') ? '-'
             : (*p >= 'A' && *p <= 'Z') ? (char) (*p | 0x20) : *p;
    }

    return (char *) name.data;
}


oci_status_e
tuf_update(tuf_t *tuf, const oci_str_t *root, oci_error_t *err)
{
    oci_str_t     text;
    oci_status_e  rc;

    rc = tuf_anchor(tuf, root, &text, err);

    if (rc == OCI_OK && !tuf->offline) {
        rc = tuf_roots(tuf, &text, err);
    }

    if (rc == OCI_OK && !tuf->offline) {
        rc = tuf_save(tuf, "root", &text, err);
    }

    if (rc == OCI_OK) {
        rc = tuf_timestamp(tuf, err);
    }

    if (rc == OCI_OK) {
        rc = tuf_snapshot(tuf, err);
    }

    return (rc == OCI_OK) ? tuf_role(tuf, "targets", NULL, err) : rc;
}


static oci_status_e
tuf_anchor(tuf_t *tuf, const oci_str_t *root, oci_str_t *text,
    oci_error_t *err)
{
    const char    *file;
    oci_error_t    why = { OCI_OK, 0, "" };
    oci_status_e   rc;

    file = tuf_env("TUF_ROOT_JSON");

    if (root != NULL) {
        *text = *root;
        rc = OCI_OK;

    } else if (file != NULL) {
        rc = tuf_need(oci_file_read(tuf->pool, file, OCI_SIGN_TUF_ROOT, text,
                                    &why));

    } else {
        rc = tuf_local(tuf, "root", OCI_SIGN_TUF_ROOT, text, &why);
    }

    return (rc == OCI_OK) ? oci_sign_tuf_root(&tuf->set, text, err)
           : oci_error(err, rc, 0, "%s", why.text);
}


/* one root after the other, as long as there is a next one */

static oci_status_e
tuf_roots(tuf_t *tuf, oci_str_t *text, oci_error_t *err)
{
    size_t         i;
    uint64_t       version;
    oci_str_t      next, url;
    oci_error_t    why = { OCI_OK, 0, "" };
    oci_status_e   rc;

    for (i = 0; i <= OCI_SIGN_TUF_ROTATIONS; i++) {
        (void) oci_json_uint(tuf->set.root, "version", &version);
        url = oci_strf(tuf->pool, "%s/%llu.root.json", tuf->mirror,
                       (unsigned long long) version + 1);
        rc = tuf_fetch(tuf->pool, (char *) url.data, OCI_SIGN_TUF_ROOT, &next,
                       &why);

        if (rc == OCI_NOT_FOUND) {
            return OCI_OK;
        }

        if (rc != OCI_OK) {
            return oci_error(err, rc, 0, "%s", why.text);
        }

        rc = (i == OCI_SIGN_TUF_ROTATIONS)
             ? oci_error(err, OCI_LIMIT, 0, "root: more than %d new versions",
                         OCI_SIGN_TUF_ROTATIONS)
             : oci_sign_tuf_root(&tuf->set, &next, err);

        if (rc != OCI_OK) {
            return rc;
        }

        *text = next;
    }

    return OCI_OK;
}


/* what was kept must not be older than what comes; it may have expired */

static oci_status_e
tuf_timestamp(tuf_t *tuf, oci_error_t *err)
{
    oci_str_t     text;
    oci_error_t   why = { OCI_OK, 0, "" };
    oci_status_e  rc;

    rc = tuf_local(tuf, "timestamp", OCI_SIGN_TUF_TIMESTAMP, &text, &why);

    if (rc == OCI_OK) {
        rc = oci_sign_tuf_timestamp(&tuf->set, &text, &why);
    }

    if (tuf->offline) {
        return tuf_stale(rc, &why, err);
    }

    rc = tuf_remote(tuf, "timestamp", &text, err);

    if (rc == OCI_OK) {
        rc = oci_sign_tuf_timestamp(&tuf->set, &text, err);
    }

    return (rc == OCI_OK) ? tuf_save(tuf, "timestamp", &text, err)
           : (rc == OCI_EXISTS) ? OCI_OK : rc;
}


static oci_status_e
tuf_snapshot(tuf_t *tuf, oci_error_t *err)
{
    oci_str_t     text;
    oci_error_t   why = { OCI_OK, 0, "" };
    oci_status_e  rc;

    rc = tuf_local(tuf, "snapshot", OCI_SIGN_TUF_SNAPSHOT, &text, &why);

    if (rc == OCI_OK) {
        rc = oci_sign_tuf_snapshot(&tuf->set, &text, true, &why);
    }

    if (rc == OCI_OK || tuf->offline) {
        return tuf_stale(rc, &why, err);
    }

    rc = tuf_remote(tuf, "snapshot", &text, err);

    if (rc == OCI_OK) {
        rc = oci_sign_tuf_snapshot(&tuf->set, &text, false, err);
    }

    return (rc == OCI_OK) ? tuf_save(tuf, "snapshot", &text, err) : rc;
}


/* "targets", and the roles that it delegates to */

static oci_status_e
tuf_role(void *data, const char *role, const char *parent, oci_error_t *err)
{
    tuf_t         *tuf;
    oci_str_t      text;
    oci_error_t    why = { OCI_OK, 0, "" };
    oci_status_e   rc;

    tuf = data;
    rc = tuf_local(tuf, role, OCI_SIGN_TUF_TARGETS, &text, &why);

    if (rc == OCI_OK) {
        rc = oci_sign_tuf_targets(&tuf->set, role, parent, &text, &why);
    }

    if (rc == OCI_OK || tuf->offline) {
        return tuf_stale(rc, &why, err);
    }

    rc = tuf_remote(tuf, role, &text, err);

    if (rc == OCI_OK) {
        rc = oci_sign_tuf_targets(&tuf->set, role, parent, &text, err);
    }

    return (rc == OCI_OK) ? tuf_save(tuf, role, &text, err) : rc;
}


static oci_status_e
tuf_remote(const tuf_t *tuf, const char *role, oci_str_t *text,
    oci_error_t *err)
{
    oci_str_t             url;
    const char           *name;
    oci_sign_tuf_file_t   file;

    name = tuf_escape(tuf->pool, role);

    if (strcmp(role, "timestamp") == 0) {
        file.max = OCI_SIGN_TUF_TIMESTAMP;
        file.version = 0;

    } else if (!oci_sign_tuf_meta(&tuf->set, role, &file)) {
        return oci_error(err, OCI_DENIED, 0, "%s: the snapshot does not name "
                         "it", role);
    }

    url = (file.version != 0 && oci_sign_tuf_consistent(&tuf->set))
          ? oci_strf(tuf->pool, "%s/%llu.%s.json", tuf->mirror,
                     (unsigned long long) file.version, name)
          : oci_strf(tuf->pool, "%s/%s.json", tuf->mirror, name);

    return tuf_need(tuf_fetch(tuf->pool, (char *) url.data, file.max, text,
                              err));
}


/* what is named must be there */

static oci_status_e
tuf_need(oci_status_e rc)
{
    return (rc == OCI_NOT_FOUND) ? OCI_IO : rc;
}


oci_status_e
tuf_target(tuf_t *tuf, const char *name, const char **path, oci_error_t *err)
{
    char                 *file;
    oci_str_t             content;
    oci_error_t           why = { OCI_OK, 0, "" };
    oci_status_e          rc;
    oci_sign_tuf_file_t   target;

    rc = oci_sign_tuf_find(&tuf->set, name, tuf_role, tuf, &target, err);

    if (rc != OCI_OK) {
        return rc;
    }

    file = tuf_path(tuf, "targets/", name, "");
    *path = file;

    if (target.max > TUF_TARGET_MAX) {
        return oci_error(err, OCI_LIMIT, 0, "%s: %zu bytes, and %d is the "
                         "most", name, target.max, TUF_TARGET_MAX);
    }

    rc = oci_file_read(tuf->pool, file, target.max, &content, &why);

    if (rc == OCI_OK) {
        rc = oci_sign_tuf_check(&target, name, &content, &why);
    }

    if (rc == OCI_OK || tuf->offline) {
        return tuf_stale(rc, &why, err);
    }

    rc = tuf_download(tuf, name, &target, &content, err);

    return (rc == OCI_OK)
           ? oci_file_publish(file, content.data, content.len, false, err)
           : rc;
}


static oci_status_e
tuf_download(const tuf_t *tuf, const char *name,
    const oci_sign_tuf_file_t *file, oci_str_t *content, oci_error_t *err)
{
    int            dir;
    oci_str_t      url;
    const char    *base, *prefix;
    oci_status_e   rc;

    base = strrchr(name, '/');
    base = (base != NULL) ? base + 1 : name;
    dir = (int) (base - name);
    prefix = oci_sign_tuf_prefix(file);

    url = oci_sign_tuf_consistent(&tuf->set)
          ? oci_strf(tuf->pool, "%s/targets/%.*s%s.%s", tuf->mirror, dir,
                     name, tuf_escape(tuf->pool, prefix), base)
          : oci_strf(tuf->pool, "%s/targets/%s", tuf->mirror, name);
    rc = tuf_need(tuf_fetch(tuf->pool, (char *) url.data, file->max, content,
                            err));

    return (rc == OCI_OK) ? oci_sign_tuf_check(file, name, content, err)
           : rc;
}


oci_status_e
tuf_fetch(oci_pool_t *pool, const char *url, size_t max, oci_str_t *content,
    oci_error_t *err)
{
    transport_t           *t;
    oci_status_e           rc;
    transport_reply_t      reply;
    transport_request_t    req;
    transport_options_t   *options;

    if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) {
        return oci_file_read(pool, url + (strncmp(url, "file://", 7) == 0
                                          ? 7 : 0), max, content, err);
    }

    options = oci_pcalloc(pool, sizeof(transport_options_t));
    t = (options != NULL) ? transport_open(pool, options) : NULL;

    if (t == NULL) {
        return oci_nomem(err);
    }

    memset(&req, 0, sizeof(transport_request_t));
    req.method = "GET";
    req.path = url;
    req.max = max;
    rc = transport_fetch(t, &req, &reply, err);

    if (rc != OCI_OK) {
        return rc;
    }

    if (reply.status == 200 && reply.body.len > max) {
        return oci_error(err, OCI_LIMIT, 0, "%s: larger than %zu bytes", url,
                         max);
    }

    *content = reply.body;

    /* a bucket that may not be listed says 403 of what it does not have */

    return (reply.status == 200) ? OCI_OK
           : oci_error(err, reply.status == 404 || reply.status == 403
                       ? OCI_NOT_FOUND : OCI_IO, 0, "%s: status %ld", url,
                       reply.status);
}


/* a name of the metadata is one component, whatever it holds */

static char *
tuf_path(const tuf_t *tuf, const char *folder, const char *name,
    const char *suffix)
{
    return (char *) oci_strf(tuf->pool, "%s/%s%s%s", tuf->folder, folder,
                             tuf_escape(tuf->pool, name), suffix).data;
}


static oci_status_e
tuf_local(const tuf_t *tuf, const char *role, size_t max, oci_str_t *text,
    oci_error_t *err)
{
    return oci_file_read(tuf->pool, tuf_path(tuf, "", role, ".json"), max,
                         text, err);
}


static oci_status_e
tuf_save(const tuf_t *tuf, const char *role, const oci_str_t *text,
    oci_error_t *err)
{
    return oci_file_publish(tuf_path(tuf, "", role, ".json"), text->data,
                            text->len, false, err);
}


/* as Go's url.PathEscape does */

static const char *
tuf_escape(oci_pool_t *pool, const char *name)
{
    size_t      i;
    oci_buf_t   b = oci_null_buf;
    oci_str_t   text;

    static const char  plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"
                                 "RSTUVWXYZ0123456789-_.~$&+=:@";

    oci_buf_adds(&b, "");

    for (i = 0; name[i] != '\0'; i++) {
        if (strchr(plain, name[i]) != NULL) {
            oci_buf_add(&b, name + i, 1);

        } else {
            oci_buf_addf(&b, "%%%02X", (unsigned char) name[i]);
        }
    }

    text = oci_buf_end(&b, pool);

    return (text.data != NULL) ? (char *) text.data : "";
}


oci_status_e
tuf_remember(const tuf_t *tuf, oci_error_t *err)
{
    char          *text;
    json_t        *root;
    oci_str_t      path;
    oci_status_e   rc;

    root = json_pack("{s:s}", "mirror", tuf->mirror);
    text = json_dumps(root, JSON_COMPACT);
    path = oci_strf(tuf->pool, "%s/remote.json", tuf->top);

    rc = (text == NULL) ? oci_nomem(err)
         : oci_file_publish((char *) path.data, text, strlen(text), false,
                            err);
    free(text);
    json_decref(root);

    return rc;
}


oci_status_e
tuf_kept(oci_pool_t *pool, const char *name, bool offline, const char **path,
    oci_error_t *err)
{
    tuf_t         tuf;
    oci_error_t   kept = { OCI_OK, 0, "" }, asked = { OCI_OK, 0, "" };
    oci_status_e  rc;

    *path = NULL;
    rc = tuf_open(pool, NULL, &tuf, &kept);

    if (rc != OCI_OK) {
        return (tuf.top == NULL || rc == OCI_NOT_FOUND) ? OCI_OK
               : oci_error(err, rc, 0, "%s", kept.text);
    }

    tuf.offline = true;
    rc = tuf_update(&tuf, NULL, &kept);

    if (rc == OCI_NOT_FOUND) {
        return OCI_OK;
    }

    if (rc == OCI_OK) {
        rc = tuf_target(&tuf, name, path, &kept);

        if (rc == OCI_OK || rc == OCI_NOT_FOUND) {
            return (rc == OCI_OK) ? rc : oci_error(err, rc, 0, "%s",
                                                   kept.text);
        }
    }

    if (!offline) {
        rc = tuf_again(pool, name, path, &asked);

        if (rc == OCI_OK || rc == OCI_NOT_FOUND) {
            return (rc == OCI_OK) ? rc : oci_error(err, rc, 0, "%s",
                                                   asked.text);
        }
    }

    return oci_error(err, OCI_DENIED, 0, "the trust kept in %s does not "
                     "count (%s)%s%s; run \"tally initialize\", or name other "
                     "trust, as by --trusted-root", tuf.folder, kept.text,
                     offline ? "" : ", and cannot be renewed: ", asked.text);
}


static oci_status_e
tuf_again(oci_pool_t *pool, const char *name, const char **path,
    oci_error_t *err)
{
    tuf_t         tuf;
    oci_status_e  rc;

    rc = tuf_open(pool, NULL, &tuf, err);

    if (rc == OCI_OK) {
        rc = tuf_update(&tuf, NULL, err);
        rc = (rc == OCI_NOT_FOUND) ? OCI_DENIED : rc;
    }

    return (rc == OCI_OK) ? tuf_target(&tuf, name, path, err) : rc;
}


/* of what was kept: that it is not there is not that there is none */

static oci_status_e
tuf_stale(oci_status_e rc, const oci_error_t *why, oci_error_t *err)
{
    return (rc == OCI_OK) ? OCI_OK
           : oci_error(err, (rc == OCI_NOT_FOUND) ? OCI_DENIED : rc, 0, "%s",
                       why->text);
}
