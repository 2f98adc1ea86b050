/*
 * Which tags point to a digest: each link is read, by several threads where
 * there are many.
 *
 * No index tells.  A tag is moved by the write of one small file, also by
 * registry:2 or by hand, and nothing above that file shows it: an index would
 * have to be compared with each link, which is what reading them costs.
 */

#include "oci_tagged.h"
#include "oci_layout.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>


#define OCI_TAGGED_PATH      300
#define OCI_TAGGED_LINK_MIN  71         /* "sha256:" and its digits */
#define OCI_TAGGED_TURN      256        /* tags that a thread takes at once */
#define OCI_TAGGED_THREADS   4          /* at most; each for so many tags: */
#define OCI_TAGGED_SHARE     2048


typedef struct {
    const char          *name;
    bool                 like;
} oci_tagged_tag_t;


typedef struct {
    int                  dir;
    const oci_digest_t  *digest;
    oci_tagged_tag_t    *tags;
    size_t               ntags;
    _Atomic size_t       next;
} oci_tagged_t;


static oci_status_e oci_tagged_names(DIR *dir, oci_pool_t *pool,
    oci_array_t *names, oci_error_t *err);
static void oci_tagged_look(oci_tagged_t *t);
static void *oci_tagged_run(void *data);
static bool oci_tagged_like(int dir, const char *tag,
    const oci_digest_t *digest);


oci_status_e
oci_tags_like(const oci_repo_t *repo, const oci_digest_t *digest,
    oci_array_t *tags, oci_error_t *err)
{
    DIR           *dir;
    char          *path;
    size_t         i;
    oci_str_t     *tag;
    oci_array_t    names;
    oci_status_e   rc;
    oci_tagged_t   t;

    path = oci_layout_tags(repo);
    if (path == NULL) {
        return oci_nomem(err);
    }

    dir = opendir(path);

    if (dir == NULL) {
        return (errno == ENOENT) ? OCI_OK
               : oci_error_errno(err, errno, "cannot open \"%s\"", path);
    }

    oci_array_init(&names, repo->pool, sizeof(oci_tagged_tag_t));
    rc = oci_tagged_names(dir, repo->pool, &names, err);

    if (rc == OCI_OK) {
        t.dir = dirfd(dir);
        t.digest = digest;
        t.tags = names.elts;
        t.ntags = names.nelts;
        atomic_init(&t.next, 0);
        oci_tagged_look(&t);
    }

    (void) closedir(dir);

    for (i = 0; rc == OCI_OK && i < t.ntags; i++) {
        if (!t.tags[i].like) {
            continue;
        }

        tag = oci_array_push(tags);

        if (tag == NULL) {
            rc = oci_nomem(err);

        } else {
            *tag = oci_str(t.tags[i].name);
        }
    }

    return rc;
}


/* what may be a directory */

static oci_status_e
oci_tagged_names(DIR *dir, oci_pool_t *pool, oci_array_t *names,
    oci_error_t *err)
{
    oci_str_t          s;
    struct dirent     *entry;
    oci_tagged_tag_t  *tag;

    for ( ;; ) {
        errno = 0;
        entry = readdir(dir);

        if (entry == NULL) {
            return (errno == 0) ? OCI_OK
                   : oci_error_errno(err, errno, "cannot read the tags");
        }

        if (entry->d_type == DT_REG || entry->d_name[0] == '.') {
            continue;
        }

        s = oci_str(entry->d_name);
        tag = oci_array_push(names);

        if (tag == NULL || (tag->name = oci_cstr(pool, &s)) == NULL) {
            return oci_nomem(err);
        }
    }
}


static void
oci_tagged_look(oci_tagged_t *t)
{
    size_t     i, n, most;
    pthread_t  threads[OCI_TAGGED_THREADS];

    most = t->ntags / OCI_TAGGED_SHARE;

    /* the caller is one of them, and does what others do not begin */

    for (n = 0; n + 1 < OCI_TAGGED_THREADS && n + 1 < most; n++) {
        if (pthread_create(&threads[n], NULL, oci_tagged_run, t) != 0) {
            break;
        }
    }

    (void) oci_tagged_run(t);

    for (i = 0; i < n; i++) {
        (void) pthread_join(threads[i], NULL);
    }
}


static void *
oci_tagged_run(void *data)
{
    size_t         i, end;
    oci_tagged_t  *t = data;

    for ( ;; ) {
        i = atomic_fetch_add(&t->next, OCI_TAGGED_TURN);

        if (i >= t->ntags) {
            return NULL;
        }

        end = (t->ntags - i < OCI_TAGGED_TURN) ? t->ntags
                                               : i + OCI_TAGGED_TURN;

        for ( /* void */ ; i < end; i++) {
            t->tags[i].like = oci_tagged_like(t->dir, t->tags[i].name,
                                              t->digest);
        }
    }
}


/* false: its link is that of another digest; the rest is looked at closely */

static bool
oci_tagged_like(int dir, const char *tag, const oci_digest_t *digest)
{
    int      fd, n;
    char     path[OCI_TAGGED_PATH], link[sizeof(digest->text) + 1];
    ssize_t  len;

    n = snprintf(path, sizeof(path), "%s/" OCI_LAYOUT_CURRENT, tag);

    if (n < 0 || (size_t) n >= sizeof(path)) {
        return true;
    }

    fd = openat(dir, path, O_RDONLY|O_CLOEXEC|O_NONBLOCK);
    if (fd == -1) {
        return true;
    }

    len = read(fd, link, sizeof(link));
    (void) close(fd);

    return len < OCI_TAGGED_LINK_MIN || (size_t) len >= sizeof(link)
           || ((size_t) len == digest->len
               && memcmp(link, digest->text, digest->len) == 0);
}
