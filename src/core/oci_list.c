/*
 * Sorted listings of directories that may be very large.
 *
 * A listing is one text: the names, each ended by a line feed, sorted.  That
 * is also the saved form, after a header line.  It is searched by halving the
 * text and stepping back to the beginning of a line.
 */

#include "oci_list.h"
#include "oci_digest.h"
#include "oci_file.h"
#include "oci_layout.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>


/*
 * A directory that changed less than this many seconds before it was read
 * may change again without showing a new time.
 */
#define OCI_LIST_RACY    2
#define OCI_LIST_HEADER  160
#define OCI_LIST_KEPT    ".kept"
#define OCI_LIST_TIME    ".time"
#define OCI_LIST_MAX     (1024 * 1024 * 1024)


struct oci_list_s {
    const u_char    *text;
    size_t           len;
    size_t           count;
    oci_store_t     *store;
    oci_pool_t      *pool;
    char            *file;          /* the saved listing */
    struct timespec  changed;       /* of the directory */
    uint64_t         inode;
    int64_t          born;          /* the directory; 0: not known */
    int64_t          read;          /* when, in seconds since 1970 */
    bool             unchanged;
};


static oci_list_t *oci_list_create(oci_store_t *store, oci_pool_t *pool,
    const char *dir, const char *suffix);
static bool oci_list_load(oci_list_t *list);
static bool oci_list_header(oci_list_t *list, const oci_str_t *text);
static oci_status_e oci_list_read(oci_list_t *list, const char *dir,
    oci_error_t *err);
static oci_status_e oci_list_sort(oci_list_t *list, oci_buf_t *names,
    oci_error_t *err);
static int oci_list_cmp(const void *one, const void *two);
static size_t oci_list_line(const oci_list_t *list, size_t pos,
    oci_str_t *name);


oci_status_e
oci_list_open(oci_list_t **list, oci_store_t *store, oci_pool_t *pool,
    const char *dir, oci_error_t *err)
{
    struct stat   st;
    oci_list_t   *l, *saved;
    oci_status_e  rc;

    l = (dir != NULL) ? oci_list_create(store, pool, dir, "") : NULL;
    saved = (l != NULL) ? oci_list_create(store, pool, dir, "") : NULL;

    if (saved == NULL) {
        return oci_nomem(err);
    }

    if (stat(dir, &st) == -1) {
        return oci_error_errno(err, errno, "cannot stat \"%s\"", dir);
    }

    l->changed = st.st_mtim;
    l->inode = st.st_ino;

    /* an inode is used again: the time tells whether it is the same one */

    l->born = oci_file_born(dir) / 1000000000;

    if (oci_list_load(saved)
        && saved->inode == l->inode
        && saved->changed.tv_sec == l->changed.tv_sec
        && saved->changed.tv_nsec == l->changed.tv_nsec
        && saved->read - saved->changed.tv_sec >= OCI_LIST_RACY)
    {
        saved->unchanged = true;
        *list = saved;
        return OCI_OK;
    }

    l->read = time(NULL);

    rc = oci_list_read(l, dir, err);

    if (rc == OCI_OK) {
        *list = l;
    }

    return rc;
}


static oci_list_t *
oci_list_create(oci_store_t *store, oci_pool_t *pool, const char *dir,
    const char *suffix)
{
    char           name[OCI_DIGEST_MAX + sizeof(OCI_LIST_KEPT OCI_LIST_TIME)];
    oci_list_t    *list;
    oci_digest_t   id;

    list = oci_pcalloc(pool, sizeof(oci_list_t));
    if (list == NULL) {
        return NULL;
    }

    /* by the place in the tree: a store may be mounted elsewhere */

    dir += strlen(oci_fs(store)->tree);
    oci_digest_of(&id, OCI_SHA256, dir, strlen(dir));

    list->store = store;
    list->pool = pool;
    (void) snprintf(name, sizeof(name), "%s%s", oci_digest_hex(&id), suffix);
    list->file = oci_layout_list(store, pool, name);

    return (list->file != NULL) ? list : NULL;
}


/*
 * The saved listing is read, not mapped: whoever truncates a mapped file, and
 * a disk that fails, kill the process that looks at it.
 */

static bool
oci_list_load(oci_list_t *list)
{
    oci_str_t  text;

    return oci_file_read(list->pool, list->file, OCI_LIST_MAX, &text, NULL)
           == OCI_OK
           && oci_list_header(list, &text);
}


/* after the header line there must be as many bytes as it says */

static bool
oci_list_header(oci_list_t *list, const oci_str_t *text)
{
    char     line[OCI_LIST_HEADER];
    u_char  *lf;
    size_t   n;

    n = text->len < sizeof(line) ? text->len : sizeof(line);
    lf = memchr(text->data, '\n', n);

    if (lf == NULL) {
        return false;
    }

    n = (size_t) (lf - text->data);
    memcpy(line, text->data, n);
    line[n] = '\0';

    if (sscanf(line, "tally-list 1 %" SCNu64 " %ld %ld %" SCNd64 " %zu %zu",
               &list->inode, &list->changed.tv_sec, &list->changed.tv_nsec,
               &list->read, &list->count, &list->len) != 6)
    {
        return false;
    }

    list->text = lf + 1;

    return text->len - n - 1 == list->len
           && (list->len == 0 || list->text[list->len - 1] == '\n');
}


static oci_status_e
oci_list_read(oci_list_t *list, const char *dir, oci_error_t *err)
{
    DIR            *d;
    oci_buf_t       names = oci_null_buf;
    oci_status_e    rc;
    struct dirent  *entry;

    d = opendir(dir);
    if (d == NULL) {
        return oci_error_errno(err, errno, "cannot open \"%s\"", dir);
    }

    for ( ;; ) {
        errno = 0;
        entry = readdir(d);

        if (entry == NULL) {
            break;
        }

        if (entry->d_type == DT_REG || entry->d_name[0] == '.'
            || strchr(entry->d_name, '\n') != NULL)
        {
            continue;
        }

        oci_buf_add(&names, entry->d_name, strlen(entry->d_name) + 1);
        list->count++;
    }

    rc = OCI_OK;

    if (errno != 0) {
        rc = oci_error_errno(err, errno, "cannot read \"%s\"", dir);

    } else if (names.failed) {
        rc = oci_nomem(err);
    }

    (void) closedir(d);

    if (rc == OCI_OK) {
        rc = oci_list_sort(list, &names, err);
    }

    oci_buf_free(&names);

    return rc;
}


static oci_status_e
oci_list_sort(oci_list_t *list, oci_buf_t *names, oci_error_t *err)
{
    char    **sorted, *p;
    u_char   *text;
    size_t    i, len;

    sorted = malloc((list->count + 1) * sizeof(char *));
    text = oci_palloc(list->pool, names->len + 1);

    if (sorted == NULL || text == NULL) {
        free(sorted);
        return oci_nomem(err);
    }

    list->text = text;
    list->len = names->len;

    for (i = 0, p = (char *) names->data; i < list->count; i++) {
        sorted[i] = p;
        p += strlen(p) + 1;
    }

    qsort(sorted, list->count, sizeof(char *), oci_list_cmp);

    for (i = 0; i < list->count; i++) {
        len = strlen(sorted[i]);
        memcpy(text, sorted[i], len);
        text += len;
        *text++ = '\n';
    }

    free(sorted);

    return OCI_OK;
}


static int
oci_list_cmp(const void *one, const void *two)
{
    return strcmp(*(char *const *) one, *(char *const *) two);
}


bool
oci_list_unchanged(const oci_list_t *list)
{
    return list->unchanged;
}


oci_list_t *
oci_list_before(oci_list_t *list)
{
    oci_list_t  *saved;

    saved = oci_pcalloc(list->pool, sizeof(oci_list_t));
    if (saved == NULL) {
        return NULL;
    }

    saved->pool = list->pool;
    saved->file = list->file;

    /* of a directory that was there before this one it says nothing */

    return (oci_list_load(saved)
            && saved->inode == list->inode
            && list->born <= saved->read) ? saved : NULL;
}


void
oci_list_save(oci_list_t *list)
{
    oci_buf_t  b = oci_null_buf;

    if (list->unchanged || (list->store->flags & OCI_STORE_READONLY)) {
        return;
    }

    oci_buf_addf(&b, "tally-list 1 %" PRIu64 " %ld %ld %" PRId64 " %zu %zu\n",
                 list->inode, list->changed.tv_sec, list->changed.tv_nsec,
                 list->read, list->count, list->len);
    oci_buf_add(&b, list->text, list->len);

    if (!b.failed) {
        (void) oci_file_publish(list->file, b.data, b.len,
                                oci_store_syncs(list->store), NULL);
    }

    oci_buf_free(&b);
}


oci_list_t *
oci_list_kept(oci_store_t *store, oci_pool_t *pool, const char *dir,
    int64_t *time)
{
    oci_list_t   *list;
    struct stat   st;

    list = oci_list_create(store, pool, dir, OCI_LIST_KEPT);

    if (list == NULL || stat(dir, &st) == -1 || !oci_list_load(list)
        || list->inode != st.st_ino
        || oci_file_born(dir) / 1000000000 > list->read)
    {
        return NULL;
    }

    *time = oci_file_time(&list->changed);

    return list;
}


oci_list_t *
oci_list_begin(oci_store_t *store, oci_pool_t *pool, const char *dir)
{
    oci_list_t   *list;
    struct stat   st, now;

    list = oci_list_create(store, pool, dir, OCI_LIST_KEPT OCI_LIST_TIME);

    /* the time of a file of now: another machine may have another clock */

    if (list == NULL || stat(dir, &st) == -1
        || oci_file_publish(list->file, "", 0, false, NULL) != OCI_OK
        || stat(list->file, &now) == -1)
    {
        return NULL;
    }

    (void) oci_file_remove(list->file, false, NULL);

    list = oci_list_create(store, pool, dir, OCI_LIST_KEPT);

    if (list != NULL) {
        list->inode = st.st_ino;
        list->changed = now.st_ctim;
        list->read = now.st_ctim.tv_sec;
    }

    return list;
}


void
oci_list_keep(oci_list_t *list, oci_buf_t *lines, size_t count)
{
    list->count = count;

    if (!lines->failed && oci_list_sort(list, lines, NULL) == OCI_OK) {
        oci_list_save(list);
    }
}


const char *
oci_list_file(const oci_list_t *list)
{
    return list->file;
}


size_t
oci_list_count(const oci_list_t *list)
{
    return list->count;
}


size_t
oci_list_seek(const oci_list_t *list, const oci_str_t *name, bool equal)
{
    int        rc;
    size_t     low, high, line, next;
    oci_str_t  s;

    low = 0;
    high = list->len;

    /* before low all names come earlier, from high on none does */

    while (low < high) {
        line = low + (high - low) / 2;

        while (line > low && list->text[line - 1] != '\n') {
            line--;
        }

        next = oci_list_line(list, line, &s);
        rc = oci_str_cmp(&s, name);

        if (rc < 0 || (rc == 0 && !equal)) {
            low = next;

        } else {
            high = line;
        }
    }

    return low;
}


bool
oci_list_next(const oci_list_t *list, size_t *pos, oci_str_t *name)
{
    if (*pos >= list->len) {
        return false;
    }

    *pos = oci_list_line(list, *pos, name);

    return true;
}


/* the line that begins at pos, and where the next one begins */

static size_t
oci_list_line(const oci_list_t *list, size_t pos, oci_str_t *name)
{
    const u_char  *lf;

    lf = memchr(list->text + pos, '\n', list->len - pos);

    name->data = (u_char *) list->text + pos;
    name->len = (lf != NULL) ? (size_t) (lf - name->data) : list->len - pos;

    return (lf != NULL) ? (size_t) (lf - list->text) + 1 : list->len;
}
