/*
 * A library to preload, which lets a program fail at its Nth call that
 * changes the disk:
 *
 *     TALLY_FAULT=kill:N   killed before the call
 *     TALLY_FAULT=cut:N    the same, and what was not synced is lost: content
 *                          and directory entries
 *     TALLY_FAULT=tear:N   the same, but of what was not synced any part may
 *                          be there, by chance: disks and file systems write
 *                          in an order of their own
 *     TALLY_FAULT=E:N      the call returns errno E (a number), once
 *
 * Only calls below TALLY_FAULT_ROOT count.  TALLY_FAULT_KEEP is a directory
 * for what a power cut brings back.  fsync() is only noted: nobody really
 * cuts the power.
 */

#define _GNU_SOURCE

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>


#define OPS    4096
#define DIRTY  256


/* what a power cut undoes */

typedef struct {
    enum { GONE = 0, CREATE, RENAME, UNLINK, MKDIR, RMDIR }  type;
    char  path[1024];
    char  from[1024];
    char  keep[1024];           /* what was at path before */
} op_t;


static op_t         ops[OPS];
static size_t       nops;
static int          dirty[DIRTY];
static size_t       ndirty;
static long         calls;
static bool         torn;


static bool fault(const char *path);
static bool scarce(void);
static void reached(void);
static bool kept(void);
static void cut(void);
static void undo(op_t *op);
static int remove_one(const char *path, const struct stat *st, int type,
    struct FTW *ftw);
static op_t *note(int type, const char *path);
static void keep_old(op_t *op);
static bool path_of(int fd, char *path);
static int again(int fd);
static bool same_file(int one, int two);
static bool below(const char *path);


#define NEXT(type, name)                                                     \
    type;                                                                    \
    next = (__typeof__(next)) dlsym(RTLD_NEXT, name)


static bool
below(const char *path)
{
    const char  *root;

    root = getenv("TALLY_FAULT_ROOT");

    return root != NULL && strncmp(path, root, strlen(root)) == 0;
}


/* counts a call; true: it is to fail, errno is set */

static bool
fault(const char *path)
{
    long         at;
    const char  *what, *colon;

    what = getenv("TALLY_FAULT");
    colon = (what != NULL) ? strchr(what, ':') : NULL;

    if (colon == NULL || !below(path)) {
        return false;
    }

    at = atol(colon + 1);

    if (++calls != at) {
        return false;
    }

    reached();

    if (what[0] == 'c' || what[0] == 't') {
        torn = (what[0] == 't');
        srandom((unsigned) at);
        cut();
    }

    if (what[0] == 'k' || what[0] == 'c' || what[0] == 't') {
        (void) kill(getpid(), SIGKILL);
    }

    errno = atoi(what);

    return true;
}


/* what any call that needs a descriptor or memory may meet */

static bool
scarce(void)
{
    int          e;
    const char  *what;

    what = getenv("TALLY_FAULT");
    e = (what != NULL) ? atoi(what) : 0;

    return e == EMFILE || e == ENOMEM;
}


/* says so, for whoever counts up N until there is nothing left to fail */

static void
reached(void)
{
    int   fd;
    char  path[PATH_MAX];

    NEXT(int (*next)(const char *, int, ...), "open64");

    (void) snprintf(path, sizeof(path), "%s/reached",
                    getenv("TALLY_FAULT_KEEP"));

    fd = next(path, O_WRONLY|O_CREAT, 0644);

    if (fd != -1) {
        (void) close(fd);
    }
}


static bool
kept(void)
{
    return torn && (random() >> 8) % 2 == 0;
}


static void
cut(void)
{
    while (ndirty > 0) {
        ndirty--;

        if (!kept()) {
            (void) !ftruncate(dirty[ndirty], 0);
        }
    }

    while (nops > 0) {
        nops--;

        if (!kept()) {
            undo(&ops[nops]);
        }
    }
}


static void
undo(op_t *op)
{
    int (*next)(const char *, const char *);

    next = (__typeof__(next)) dlsym(RTLD_NEXT, "rename");

    switch (op->type) {

    case CREATE:
        (void) nftw(op->path, remove_one, 16, FTW_DEPTH|FTW_PHYS);
        break;

    case MKDIR:
        (void) nftw(op->path, remove_one, 16, FTW_DEPTH|FTW_PHYS);
        break;

    case RENAME:
        (void) next(op->path, op->from);
        break;

    case RMDIR: {
        int (*make)(const char *, mode_t);

        make = (__typeof__(make)) dlsym(RTLD_NEXT, "mkdir");
        (void) make(op->path, 0755);
        break;
    }

    default:
        break;
    }

    if (op->keep[0] != '\0') {
        (void) next(op->keep, op->path);
    }
}


static int
remove_one(const char *path, const struct stat *st, int type,
    struct FTW *ftw)
{
    int (*next)(const char *);

    (void) st;
    (void) ftw;

    next = (__typeof__(next)) dlsym(RTLD_NEXT,
                                    type == FTW_DP ? "rmdir" : "unlink");

    return next(path);
}


static op_t *
note(int type, const char *path)
{
    op_t  *op;

    if (nops == OPS) {
        abort();
    }

    op = &ops[nops++];
    memset(op, 0, sizeof(op_t));
    op->type = (__typeof__(op->type)) type;
    (void) snprintf(op->path, sizeof(op->path), "%s", path);

    return op;
}


static void
keep_old(op_t *op)
{
    static int  n;

    (void) snprintf(op->keep, sizeof(op->keep), "%s/%d.%d",
                    getenv("TALLY_FAULT_KEEP"), (int) getpid(), n++);

    if (link(op->path, op->keep) == -1) {
        op->keep[0] = '\0';
    }
}


static bool
path_of(int fd, char *path)
{
    char     name[64];
    ssize_t  n;

    (void) snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    n = readlink(name, path, PATH_MAX - 1);

    if (n <= 0) {
        return false;
    }

    path[n] = '\0';

    return true;
}


/* a descriptor that shares no lock with fd, as dup() would */

static int
again(int fd)
{
    char  name[64];

    NEXT(int (*next)(const char *, int, ...), "open64");

    (void) snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);

    return next(name, O_RDWR);
}


static bool
same_file(int one, int two)
{
    struct stat  a, b;

    return fstat(one, &a) == 0 && fstat(two, &b) == 0
           && a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}


int
open64(const char *path, int flags, ...)
{
    int      fd;
    bool     there;
    mode_t   mode;
    va_list  args;

    NEXT(int (*next)(const char *, int, ...), "open64");

    va_start(args, flags);
    mode = (flags & O_CREAT) ? (mode_t) va_arg(args, int) : 0;
    va_end(args);

    if (!(flags & O_CREAT)) {
        return (scarce() && fault(path)) ? -1 : next(path, flags);
    }

    there = (access(path, F_OK) == 0);

    if (fault(path)) {
        return -1;
    }

    fd = next(path, flags, mode);

    if (fd != -1 && !there && below(path)) {
        (void) note(CREATE, path);
    }

    return fd;
}


ssize_t
pwrite64(int fd, const void *data, size_t len, off64_t offset)
{
    char    path[PATH_MAX];
    size_t  i;

    NEXT(ssize_t (*next)(int, const void *, size_t, off64_t), "pwrite64");

    if (!path_of(fd, path) || !below(path)) {
        return next(fd, data, len, offset);
    }

    if (fault(path)) {

        /* a full disk takes a part first */

        if (len > 1) {
            (void) next(fd, data, len / 2, offset);
        }

        return -1;
    }

    for (i = 0; i < ndirty && !same_file(dirty[i], fd); i++) { /* void */ }

    if (i == ndirty && ndirty < DIRTY) {
        dirty[ndirty++] = again(fd);
    }

    return next(fd, data, len, offset);
}


int
fsync(int fd)
{
    char    path[PATH_MAX];
    size_t  i, len;

    if (!path_of(fd, path)) {
        return -1;
    }

    if (fault(path)) {
        return -1;
    }

    for (i = 0; i < ndirty; i++) {
        if (same_file(dirty[i], fd)) {
            (void) close(dirty[i]);
            dirty[i] = dirty[--ndirty];
            break;
        }
    }

    /* a directory: its entries are durable now */

    len = strlen(path);

    for (i = 0; i < nops; i++) {
        if (strncmp(ops[i].path, path, len) == 0 && ops[i].path[len] == '/'
            && strchr(ops[i].path + len + 1, '/') == NULL)
        {
            ops[i].type = GONE;
            ops[i].keep[0] = '\0';
        }
    }

    return 0;
}


int
rename(const char *from, const char *to)
{
    op_t  *op;

    NEXT(int (*next)(const char *, const char *), "rename");

    if (fault(to)) {
        return -1;
    }

    if (below(to)) {
        op = note(RENAME, to);
        (void) snprintf(op->from, sizeof(op->from), "%s", from);
        keep_old(op);
    }

    return next(from, to);
}


int
unlink(const char *path)
{
    NEXT(int (*next)(const char *), "unlink");

    if (fault(path)) {
        return -1;
    }

    if (below(path) && access(path, F_OK) == 0) {
        keep_old(note(UNLINK, path));
    }

    return next(path);
}


int
remove(const char *path)
{
    struct stat  st;

    NEXT(int (*next)(const char *), "remove");

    if (lstat(path, &st) == 0 && !S_ISDIR(st.st_mode)) {
        return unlink(path);
    }

    if (fault(path)) {
        return -1;
    }

    if (below(path)) {
        (void) note(RMDIR, path);
    }

    return next(path);
}


int
mkdir(const char *path, mode_t mode)
{
    int  rc;

    NEXT(int (*next)(const char *, mode_t), "mkdir");

    if (access(path, F_OK) == 0) {
        errno = EEXIST;
        return -1;
    }

    if (fault(path)) {
        return -1;
    }

    rc = next(path, mode);

    if (rc == 0 && below(path)) {
        (void) note(MKDIR, path);
    }

    return rc;
}


/* what is above the root has been there for ages */

int
statx(int dir, const char *restrict path, int flags, unsigned mask,
    struct statx *restrict stx)
{
    int  rc;

    NEXT(int (*next)(int, const char *, int, unsigned, struct statx *),
         "statx");

    rc = next(dir, path, flags, mask, stx);

    if (rc == 0 && !below(path)) {
        stx->stx_btime.tv_sec = 0;
        stx->stx_ctime.tv_sec = 0;
    }

    return rc;
}
