/*
 * A batch: all that one push writes, made durable as one.
 */

#include "oci_batch.h"
#include "oci_file.h"
#include "oci_sync.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>


typedef struct {
    oci_batch_e   step;
    char         *path;
    char         *from;         /* NULL: it has got its name */
    int           fd;           /* of the caller's; -1: our own, synced */
} oci_batch_file_t;


/*
 * A directory that gets files, or leads to one that does.  All directories are
 * made before the first file gets its name, so those that lead are synced
 * once, in the first step.
 */

typedef struct {
    char         *path;
    unsigned      steps;        /* a bit for each in which it is synced */
    bool          remember;     /* its own entry is synced in the first */
} oci_batch_dir_t;


#define OCI_BATCH_LEADS  (1u << OCI_BATCH_CONTENT)


struct oci_batch_s {
    oci_store_t  *store;
    oci_pool_t   *pool;
    oci_array_t   files;
    oci_array_t   dirs;
    oci_error_t   err;
};


static void oci_batch_clean(void *data);
static bool oci_batch_enter(oci_batch_t *b, oci_batch_e step,
    const char *path);
static void oci_batch_add(oci_batch_t *b, oci_batch_e step, const char *path,
    const char *from, int fd);
static void oci_batch_lead(oci_batch_t *b, const char *path, unsigned steps,
    bool leaf);
static bool oci_batch_make(oci_batch_t *b, const char *path);
static oci_batch_dir_t *oci_batch_dir(oci_batch_t *b, const char *path);
static bool oci_batch_inside(const oci_batch_t *b, const char *path);
static void oci_batch_sync_files(oci_batch_t *b);
static void oci_batch_name(oci_batch_t *b, oci_batch_e step);
static void oci_batch_again(oci_batch_t *b, oci_batch_e step,
    const char *path);
static void oci_batch_sync_dirs(oci_batch_t *b, oci_batch_e step);


oci_batch_t *
oci_batch_create(oci_store_t *store, oci_pool_t *pool)
{
    oci_batch_t  *b;

    b = oci_pcalloc(pool, sizeof(oci_batch_t));
    if (b == NULL) {
        return NULL;
    }

    b->store = store;
    b->pool = pool;
    oci_array_init(&b->files, pool, sizeof(oci_batch_file_t));
    oci_array_init(&b->dirs, pool, sizeof(oci_batch_dir_t));

    return oci_pool_cleanup(pool, oci_batch_clean, b) == OCI_OK ? b : NULL;
}


/* temporary files that did not get their names */

static void
oci_batch_clean(void *data)
{
    size_t             i;
    oci_batch_t       *b = data;
    oci_batch_file_t  *file;

    file = b->files.elts;

    for (i = 0; i < b->files.nelts; i++) {
        if (file[i].fd == -1 && file[i].from != NULL) {
            (void) unlink(file[i].from);
            file[i].from = NULL;
        }
    }
}


void
oci_batch_put(oci_batch_t *b, oci_batch_e step, const char *path,
    const void *data, size_t len)
{
    char  temp[PATH_MAX];

    if (oci_batch_enter(b, step, path)
        && oci_file_temp(path, data, len, oci_store_syncs(b->store), temp,
                         &b->err)
           == OCI_OK)
    {
        oci_batch_add(b, step, path, temp, -1);
    }
}


void
oci_batch_move(oci_batch_t *b, oci_batch_e step, int fd, const char *from,
    const char *path)
{
    if (oci_batch_enter(b, step, path)) {
        oci_batch_add(b, step, path, from, fd);
    }
}


void
oci_batch_mkdir(oci_batch_t *b, const char *path)
{
    if (path == NULL) {
        (void) oci_nomem(&b->err);

    } else if (b->err.status == OCI_OK) {
        oci_batch_lead(b, path, 0, false);
    }
}


/* the directory that path is to be in; false: the batch has failed */

static bool
oci_batch_enter(oci_batch_t *b, oci_batch_e step, const char *path)
{
    char  dir[PATH_MAX];

    if (path == NULL || !oci_file_parent(path, dir)) {
        (void) oci_nomem(&b->err);

    } else if (b->err.status == OCI_OK) {
        oci_batch_lead(b, dir, 1u << step, true);
    }

    return b->err.status == OCI_OK;
}


static void
oci_batch_add(oci_batch_t *b, oci_batch_e step, const char *path,
    const char *from, int fd)
{
    oci_str_t          p, f;
    oci_batch_file_t  *file;

    p = oci_str(path);
    f = oci_str(from);
    file = oci_array_push(&b->files);

    if (file != NULL) {
        file->step = step;
        file->path = oci_cstr(b->pool, &p);
        file->from = oci_cstr(b->pool, &f);
        file->fd = fd;
    }

    if (file == NULL || file->path == NULL || file->from == NULL) {

        if (fd == -1) {
            (void) unlink(from);
        }

        (void) oci_nomem(&b->err);
    }
}


/*
 * Makes the directory and notes what has to be synced for it: its parent, if
 * it is new or not remembered, and so on.
 */

static void
oci_batch_lead(oci_batch_t *b, const char *path, unsigned steps, bool leaf)
{
    bool              made;
    char              parent[PATH_MAX];
    oci_batch_dir_t  *dir;

    if (!oci_store_syncs(b->store)) {
        (void) oci_file_mkdirs(path, false, &b->err);
        return;
    }

    dir = oci_batch_dir(b, path);

    if (dir == NULL) {
        (void) oci_nomem(&b->err);
        return;
    }

    dir->steps |= steps;

    if (dir->remember || oci_sync_knows(oci_fs(b->store)->sync, path)) {
        return;
    }

    made = oci_batch_make(b, path);

    if (b->err.status != OCI_OK || !oci_file_parent(path, parent)) {
        return;
    }

    oci_batch_lead(b, parent, OCI_BATCH_LEADS, false);

    /* of those that a push makes for itself alone nothing is remembered */

    dir = oci_batch_dir(b, path);

    if (dir != NULL) {
        dir->remember = !leaf || !made;
    }
}


/* false: it is there */

static bool
oci_batch_make(oci_batch_t *b, const char *path)
{
    bool          made;
    char          parent[PATH_MAX];
    oci_status_e  rc;

    rc = oci_file_mkdir(path, &made, &b->err);

    if (rc == OCI_NOT_FOUND && oci_file_parent(path, parent)) {
        oci_batch_lead(b, parent, OCI_BATCH_LEADS, false);

        if (b->err.status == OCI_OK) {
            rc = oci_file_mkdir(path, &made, &b->err);
        }
    }

    if (rc != OCI_OK) {
        (void) oci_error(&b->err, OCI_IO, ENOENT, "cannot make \"%s\"", path);
    }

    return made;
}


static oci_batch_dir_t *
oci_batch_dir(oci_batch_t *b, const char *path)
{
    size_t            i;
    oci_str_t         p;
    oci_batch_dir_t  *dir;

    dir = b->dirs.elts;

    for (i = 0; i < b->dirs.nelts; i++) {
        if (strcmp(dir[i].path, path) == 0) {
            return &dir[i];
        }
    }

    p = oci_str(path);
    p.data = (u_char *) oci_cstr(b->pool, &p);
    dir = (p.data != NULL) ? oci_array_push(&b->dirs) : NULL;

    if (dir != NULL) {
        dir->path = (char *) p.data;
    }

    return dir;
}


/* the root of the store, or within it */

static bool
oci_batch_inside(const oci_batch_t *b, const char *path)
{
    size_t       len;
    const char  *root;

    root = oci_fs(b->store)->root;
    len = strlen(root);

    return strncmp(path, root, len) == 0
           && (path[len] == '\0' || path[len] == '/' || root[len - 1] == '/');
}


oci_status_e
oci_batch_end(oci_batch_t *b, oci_error_t *err)
{
    oci_batch_e  step;

    if (oci_store_syncs(b->store)) {
        oci_batch_sync_files(b);
    }

    for (step = 0; step < OCI_BATCH_STEPS; step++) {
        oci_batch_name(b, step);

        if (oci_store_syncs(b->store)) {
            oci_batch_sync_dirs(b, step);
        }
    }

    oci_batch_clean(b);

    if (b->err.status != OCI_OK && err != NULL && err->status == OCI_OK) {
        *err = b->err;
    }

    return b->err.status;
}


static void
oci_batch_sync_files(oci_batch_t *b)
{
    size_t             i;
    oci_batch_file_t  *file;

    file = b->files.elts;

    for (i = 0; b->err.status == OCI_OK && i < b->files.nelts; i++) {
        if (file[i].fd != -1) {
            (void) oci_file_sync(file[i].fd, file[i].from, &b->err);
        }
    }
}


static void
oci_batch_name(oci_batch_t *b, oci_batch_e step)
{
    size_t             i;
    oci_error_t        err = { OCI_OK, 0, "" };
    oci_status_e       rc;
    oci_batch_file_t  *file;

    file = b->files.elts;

    for (i = 0; b->err.status == OCI_OK && i < b->files.nelts; i++) {

        if (file[i].step != step) {
            continue;
        }

        rc = oci_file_place(file[i].fd, file[i].from, file[i].path,
                            oci_store_syncs(b->store), &err);

        /* a collector has removed the directory, which was empty */

        if (rc == OCI_NOT_FOUND) {
            oci_batch_again(b, step, file[i].path);
            rc = oci_file_place(file[i].fd, file[i].from, file[i].path,
                                oci_store_syncs(b->store), &b->err);

        } else if (rc != OCI_OK) {
            b->err = err;
        }

        if (rc == OCI_OK) {
            file[i].from = NULL;
        }
    }
}


static void
oci_batch_again(oci_batch_t *b, oci_batch_e step, const char *path)
{
    char              dir[PATH_MAX];
    oci_batch_dir_t  *d;

    d = oci_file_parent(path, dir) ? oci_batch_dir(b, dir) : NULL;

    if (d == NULL) {
        return;
    }

    d->remember = false;

    if (oci_batch_make(b, dir) && oci_store_syncs(b->store)
        && oci_file_parent(dir, dir))
    {
        d = oci_batch_dir(b, dir);

        if (d != NULL) {
            d->steps |= 1u << step;
        }
    }
}


static void
oci_batch_sync_dirs(oci_batch_t *b, oci_batch_e step)
{
    size_t            i;
    oci_sync_t       *sync;
    const char       *path;
    oci_batch_dir_t  *dir;

    dir = b->dirs.elts;
    sync = oci_fs(b->store)->sync;

    /*
     * Those that lead first: others change them, too.  In a journal what we
     * changed in our own goes with them.
     */

    for (i = b->dirs.nelts; b->err.status == OCI_OK && i > 0; i--) {

        if (!(dir[i - 1].steps & (1u << step))) {
            continue;
        }

        path = dir[i - 1].path;

        /* what lies above the store is the operator's, and may be closed */

        (void) oci_sync_dir(sync, path,
                            oci_batch_inside(b, path) ? &b->err : NULL);
    }

    for (i = 0; b->err.status == OCI_OK && i < b->dirs.nelts; i++) {
        if (step == OCI_BATCH_CONTENT && dir[i].remember) {
            oci_sync_remember(sync, dir[i].path);
        }
    }
}
