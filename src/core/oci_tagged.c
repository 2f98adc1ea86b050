/*
 * Which tags point to a digest: each link is read, by several threads where
 * there are many.
 *
 * Where there are very many an index of an earlier look is asked first.  Who
 * points a tag to a manifest, we and registry:2, writes the manifest's own link
 * just before: one that is older than the look got no tag since.  A hand, or a
 * backup that is restored, can still move a tag by the write of one file that
 * nothing above it shows.  So the index is not the last word: whoever deleted
 * by it looks at all links afterwards, which renews it.
 */

#include "oci_tagged.h"
#include "oci_layout.h"
#include "oci_lease.h"
#include "oci_list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>


#define OCI_TAGGED_UNREAD    "?"        /* in the place of a digest */
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
} oci_tagged_look_t;


/* oci_tags_all() */

typedef struct {
    oci_pool_t          *pool;
    const oci_array_t   *digests;
    oci_array_t         *found;
    oci_buf_t            lines;
    size_t               count;
} oci_tagged_all_t;


static bool oci_tagged_known(const oci_repo_t *repo,
    const oci_digest_t *digest, oci_array_t *tags);
static bool oci_tagged_lines(const oci_list_t *list, const char *target,
    oci_array_t *tags);
static oci_status_e oci_tagged_read(const oci_repo_t *repo,
    const oci_digest_t *digest, bool *rest, oci_array_t *tags,
    oci_error_t *err);
static oci_status_e oci_tagged_note(void *data, const oci_link_t *link,
    oci_error_t *err);
static oci_status_e oci_tagged_names(DIR *dir, oci_pool_t *pool,
    oci_array_t *names, oci_error_t *err);
static void oci_tagged_look(oci_tagged_look_t *t);
static void *oci_tagged_run(void *data);
static bool oci_tagged_like(int dir, const char *tag,
    const oci_digest_t *digest);


oci_status_e
oci_tags_like(const oci_repo_t *repo, const oci_digest_t *digest,
    bool *rest, oci_array_t *tags, oci_error_t *err)
{
    if (rest != NULL && oci_tagged_known(repo, digest, tags)) {
        *rest = true;
        return OCI_OK;
    }

    return oci_tagged_read(repo, digest, rest, tags, err);
}


/* by the index; false: it cannot tell */

static bool
oci_tagged_known(const oci_repo_t *repo, const oci_digest_t *digest,
    oci_array_t *tags)
{
    char        *dir;
    int64_t      read, changed;
    oci_list_t  *list;

    read = 0;
    changed = 0;
    dir = oci_layout_tags(repo);
    list = (dir != NULL)
           ? oci_list_kept(repo->store, repo->pool, dir, &read) : NULL;

    if (list == NULL
        || oci_lease_time(AT_FDCWD, oci_layout_revision(repo, digest), false,
                          &changed, NULL, NULL)
           != OCI_OK
        || changed + (int64_t) OCI_MARK_TICK > read)
    {
        return false;
    }

    return oci_tagged_lines(list, digest->text, tags)
           && oci_tagged_lines(list, OCI_TAGGED_UNREAD, tags);
}


static bool
oci_tagged_lines(const oci_list_t *list, const char *target,
    oci_array_t *tags)
{
    char        prefix[OCI_DIGEST_MAX + 2];
    size_t      pos;
    oci_str_t   line, s, *tag;

    (void) snprintf(prefix, sizeof(prefix), "%s ", target);
    s = oci_str(prefix);
    pos = oci_list_seek(list, &s, true);

    while (oci_list_next(list, &pos, &line)
           && line.len > s.len && memcmp(line.data, s.data, s.len) == 0)
    {
        tag = oci_array_push(tags);
        if (tag == NULL) {
            return false;
        }

        tag->data = line.data + s.len;
        tag->len = line.len - s.len;
    }

    return true;
}


static oci_status_e
oci_tagged_read(const oci_repo_t *repo, const oci_digest_t *digest,
    bool *rest, oci_array_t *tags, oci_error_t *err)
{
    DIR                *dir;
    char               *path;
    size_t              i;
    oci_str_t          *tag;
    oci_array_t         names;
    oci_status_e        rc;
    oci_tagged_look_t   t;

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

        if (rest != NULL) {
            *rest = (t.ntags >= OCI_LIST_LARGE);
        }
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
oci_tagged_look(oci_tagged_look_t *t)
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
    size_t              i, end;
    oci_tagged_look_t  *t = data;

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


oci_status_e
oci_tags_all(const oci_repo_t *repo, const oci_array_t *digests,
    oci_array_t *tags, oci_error_t *err)
{
    char              *dir;
    oci_list_t        *list;
    oci_status_e       rc;
    oci_tagged_all_t   all = { repo->pool, digests, tags, oci_null_buf, 0 };

    dir = oci_layout_tags(repo);
    if (dir == NULL) {
        return oci_nomem(err);
    }

    list = oci_list_begin(repo->store, repo->pool, dir);
    rc = oci_store_walk_links(repo, OCI_LINK_TAG, oci_tagged_note, &all, err);

    if (rc == OCI_OK && list != NULL && all.count >= OCI_LIST_LARGE) {
        oci_list_keep(list, &all.lines, all.count);
    }

    oci_buf_free(&all.lines);

    return rc;
}


static oci_status_e
oci_tagged_note(void *data, const oci_link_t *link, oci_error_t *err)
{
    bool                 read;
    size_t               i;
    oci_tagged_t        *found;
    const oci_digest_t  *digest;
    oci_tagged_all_t    *all = data;

    read = (link->status == OCI_OK);

    oci_buf_addf(&all->lines, "%s %.*s",
                 read ? link->target.text : OCI_TAGGED_UNREAD,
                 (int) link->name.len, link->name.data);
    oci_buf_add(&all->lines, "", 1);
    all->count++;

    digest = all->digests->elts;

    for (i = 0; read && i < all->digests->nelts; i++) {

        if (!oci_digest_eq(&digest[i], &link->target)) {
            continue;
        }

        found = oci_array_push(all->found);
        if (found == NULL) {
            return oci_nomem(err);
        }

        found->digest = &digest[i];
        found->tag.len = link->name.len;
        found->tag.data = (u_char *) oci_cstr(all->pool, &link->name);

        return (found->tag.data != NULL) ? OCI_OK : oci_nomem(err);
    }

    return OCI_OK;
}
