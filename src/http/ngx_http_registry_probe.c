/*
 * Looks at a root when nginx starts, also for "nginx -t", and warns of what
 * would otherwise be noticed by the first client only.  Nothing here is fatal,
 * and nothing is written.
 */

#include "ngx_http_registry.h"

#include <dirent.h>
#include <grp.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>


#define NGX_HTTP_REGISTRY_TREE      "/docker/registry/v2"
#define NGX_HTTP_REGISTRY_FUSE      0x65735546      /* of statfs(2) */
#define NGX_HTTP_REGISTRY_SIBLINGS  256     /* that are looked into, at most */
#define NGX_HTTP_REGISTRY_GROUPS    256


/* whom the workers run as, while the master asks in their name */

typedef struct {
    gid_t             groups[NGX_HTTP_REGISTRY_GROUPS];
    gid_t             gid;
    int               ngroups;      /* -1: the master's own user */
    ngx_core_conf_t  *ccf;
} ngx_http_registry_worker_t;


static void ngx_http_registry_probe_above(ngx_log_t *log, const char *root);
static void ngx_http_registry_probe_below(ngx_log_t *log, const char *root);
static ngx_uint_t ngx_http_registry_probe_dir(const char *dir,
    const char *tail);
static ngx_uint_t ngx_http_registry_probe_mount(ngx_log_t *log,
    const char *root);
static void ngx_http_registry_probe_locks(ngx_log_t *log, const char *root);
static void ngx_http_registry_probe_access(ngx_cycle_t *cycle,
    ngx_http_registry_keep_t *keep, ngx_log_t *log);
static ngx_int_t ngx_http_registry_probe_enter(ngx_http_registry_worker_t *w);
static void ngx_http_registry_probe_leave(ngx_http_registry_worker_t *w,
    ngx_log_t *log);
static ngx_uint_t ngx_http_registry_probe_closed(const char *root,
    char *dir);


void
ngx_http_registry_probe(ngx_cycle_t *cycle, ngx_http_registry_keep_t *keep)
{
    ngx_log_t     log;
    const char   *root;
    struct stat   st;

    /* error_log has level "error" by default, which would hide all of it */

    log = *cycle->log;
    log.log_level = ngx_max(log.log_level, NGX_LOG_WARN);

    root = oci_store_name(keep->store);

    if (stat(root, &st) == -1 && ngx_errno == NGX_ENOENT) {

        if (keep->readonly) {
            ngx_log_error(NGX_LOG_WARN, &log, 0,
                          "\"registry_root\": there is no \"%s\", and "
                          "\"registry_readonly on\" makes none", root);
        }

        return;
    }

    ngx_http_registry_probe_above(&log, root);
    ngx_http_registry_probe_below(&log, root);

    if (!keep->readonly
        && ngx_http_registry_probe_mount(&log, root))
    {
        return;
    }

    if (!keep->readonly) {
        ngx_http_registry_probe_locks(&log, root);
    }

    ngx_http_registry_probe_access(cycle, keep, &log);
}


/* a root within the tree, however deep: the store lies above it */

static void
ngx_http_registry_probe_above(ngx_log_t *log, const char *root)
{
    char         above[OCI_STORE_ROOT_MAX + 1];
    size_t       len, tail;
    const char  *rest;

    static const char  tree[] = NGX_HTTP_REGISTRY_TREE;

    for (len = ngx_strlen(root); len-- > 1; /* void */ ) {
        rest = root + len;
        tail = ngx_min(ngx_strlen(rest), sizeof(tree) - 1);

        if (ngx_strncmp(rest, tree, tail) != 0
            || (rest[tail] != '\0' && rest[tail] != '/')
            || (tree[tail] != '\0' && tree[tail] != '/'))
        {
            continue;
        }

        (void) snprintf(above, sizeof(above), "%.*s", (int) len, root);

        if (ngx_http_registry_probe_dir(above, tree)) {
            ngx_log_error(NGX_LOG_WARN, log, 0,
                          "\"registry_root\": the store of \"%s\" begins "
                          "above it, what it holds is not seen: set "
                          "\"registry_root %s\"", root, above);
            return;
        }
    }
}


/* a root without a tree that has one a directory further down */

static void
ngx_http_registry_probe_below(ngx_log_t *log, const char *root)
{
    DIR            *dir;
    char            below[OCI_STORE_ROOT_MAX + 256 + 2];
    ngx_uint_t      n;
    struct dirent  *entry;

    if (ngx_http_registry_probe_dir(root, NGX_HTTP_REGISTRY_TREE)) {
        return;
    }

    dir = opendir(root);
    if (dir == NULL) {
        return;
    }

    for (n = 0; n < NGX_HTTP_REGISTRY_SIBLINGS; n++) {
        entry = readdir(dir);

        if (entry == NULL) {
            break;
        }

        if (entry->d_name[0] == '.') {
            continue;
        }

        (void) snprintf(below, sizeof(below), "%s/%s",
                        root[1] != '\0' ? root : "", entry->d_name);

        if (ngx_http_registry_probe_dir(below, NGX_HTTP_REGISTRY_TREE)) {
            ngx_log_error(NGX_LOG_WARN, log, 0,
                          "\"registry_root\": \"%s\" has no store, but "
                          "\"%s\" has one: set \"registry_root %s\" if that "
                          "is meant", root, below, below);
            break;
        }
    }

    (void) closedir(dir);
}


/* whether registry:2's tree is there, below dir */

static ngx_uint_t
ngx_http_registry_probe_dir(const char *dir, const char *tail)
{
    char         path[OCI_STORE_ROOT_MAX + 512];
    struct stat  st;

    (void) snprintf(path, sizeof(path), "%s%s/repositories", dir, tail);

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}


static ngx_uint_t
ngx_http_registry_probe_mount(ngx_log_t *log, const char *root)
{
    struct statvfs  st;

    if (statvfs(root, &st) == -1 || !(st.f_flag & ST_RDONLY)) {
        return 0;
    }

    ngx_log_error(NGX_LOG_WARN, log, 0,
                  "\"registry_root\": \"%s\" is on a file system that is "
                  "mounted read-only: pushes will fail until it is mounted "
                  "to be written to; set \"registry_readonly on\" if none are "
                  "wanted", root);

    return 1;
}


/* whether locks hold between machines no machine can find out alone */

static void
ngx_http_registry_probe_locks(ngx_log_t *log, const char *root)
{
    struct statfs  st;

    if (statfs(root, &st) == -1 || st.f_type != NGX_HTTP_REGISTRY_FUSE) {
        return;
    }

    ngx_log_error(NGX_LOG_WARN, log, 0,
                  "\"registry_root\": \"%s\" is on a FUSE file system: if "
                  "other machines use it too, it must pass locks on to them "
                  "(SeaweedFS: \"weed mount -dlm\"), or a delete on one may "
                  "meet a push on another", root);
}


static void
ngx_http_registry_probe_access(ngx_cycle_t *cycle,
    ngx_http_registry_keep_t *keep, ngx_log_t *log)
{
    int                          bad, how;
    char                         dir[OCI_STORE_ROOT_MAX + 1];
    ngx_uint_t                   closed;
    const char                  *root, *who;
    ngx_http_registry_worker_t   w;

    root = oci_store_name(keep->store);
    how = keep->readonly ? R_OK|X_OK : R_OK|W_OK|X_OK;

    w.ccf = (ngx_core_conf_t *) ngx_get_conf(cycle->conf_ctx,
                                             ngx_core_module);

    if (ngx_http_registry_probe_enter(&w) != NGX_OK) {
        return;
    }

    closed = ngx_http_registry_probe_closed(root, dir);
    bad = (!closed && faccessat(AT_FDCWD, root, how, AT_EACCESS) == -1)
          ? errno : 0;

    ngx_http_registry_probe_leave(&w, log);

    who = (w.ngroups != -1) ? w.ccf->username : "the user of this process";

    if (closed) {
        ngx_log_error(NGX_LOG_WARN, log, 0,
                      "\"registry_root\": \"%s\" is closed to \"%s\", which "
                      "the workers run as: nothing can be pulled or pushed "
                      "until you run \"chmod o+x %s\"", dir, who, dir);

    } else if (bad == EACCES && w.ngroups == -1) {
        ngx_log_error(NGX_LOG_WARN, log, 0,
                      "\"registry_root\": nginx was not started by root and "
                      "may not write to \"%s\": pushes will fail until that "
                      "directory and all below it belong to its user", root);

    } else if (bad == EACCES) {
        ngx_log_error(NGX_LOG_WARN, log, 0,
                      "\"%s\" belongs to another user than \"%s\", which the "
                      "workers run as: %s will fail until you run "
                      "\"chown -R %s %s\"",
                      root, who, keep->readonly ? "pulls" : "pushes", who,
                      root);
    }
}


/*
 * The kernel alone knows what somebody else may do, with all of his groups and
 * access control lists: it is asked as that user.  A master that may not do
 * that goes without.
 */

static ngx_int_t
ngx_http_registry_probe_enter(ngx_http_registry_worker_t *w)
{
    w->ngroups = -1;

    if (geteuid() != 0) {
        return NGX_OK;
    }

    w->gid = getegid();
    w->ngroups = getgroups(NGX_HTTP_REGISTRY_GROUPS, w->groups);

    if (w->ngroups == -1 || w->ccf->user == (ngx_uid_t) NGX_CONF_UNSET_UINT
        || w->ccf->user == 0)
    {
        return NGX_DECLINED;
    }

    if (initgroups(w->ccf->username, w->ccf->group) == -1) {
        return NGX_DECLINED;
    }

    if (setegid(w->ccf->group) == -1 || seteuid(w->ccf->user) == -1) {
        ngx_http_registry_probe_leave(w, ngx_cycle->log);
        return NGX_DECLINED;
    }

    return NGX_OK;
}


static void
ngx_http_registry_probe_leave(ngx_http_registry_worker_t *w, ngx_log_t *log)
{
    if (w->ngroups == -1) {
        return;
    }

    if (seteuid(0) == -1 || setegid(w->gid) == -1
        || setgroups(w->ngroups, w->groups) == -1)
    {
        ngx_log_error(NGX_LOG_ALERT, log, ngx_errno,
                      "the master cannot be root again");
    }
}


/* the first directory on the way to root that may not be passed */

static ngx_uint_t
ngx_http_registry_probe_closed(const char *root, char *dir)
{
    size_t  i;

    for (i = 1; root[0] == '/' && root[i] != '\0'; i++) {

        if (root[i] != '/') {
            continue;
        }

        ngx_memcpy(dir, root, i);
        dir[i] = '\0';

        if (faccessat(AT_FDCWD, dir, X_OK, AT_EACCESS) == -1
            && ngx_errno == NGX_EACCES)
        {
            return 1;
        }
    }

    return 0;
}
