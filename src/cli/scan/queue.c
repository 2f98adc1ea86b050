/*
 * tally scan --queue: scans what is pushed into a store.
 *
 * What was pushed is in the store's queue (oci_due.h).  Beside it all images
 * are looked at when the database has changed, when the queue was full, and
 * every hour: what was lost of the queue, or came into the store past nginx,
 * is found so.  Each image is scanned in a process of its own: what kills that
 * is a scan that has failed, and no more.
 */

#include "scan/queue.h"
#include "scan/db.h"
#include "scan/queue_image.h"
#include "command/deadline.h"
#include "oci_due.h"
#include "oci_file.h"
#include "sign/attest.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>


#define QUEUE_TICK      1               /* s, between two looks */
#define QUEUE_DATABASE  (60 * 1000)     /* ms */
#define QUEUE_SWEEP     (3600 * 1000)
#define QUEUE_TIMEOUT   (300 * 1000)    /* of one image */
#define QUEUE_LOCK      50              /* tries, a tenth of a second apart */

/* ioprio_set(2), which the C library does not have */

#define QUEUE_IO_PROCESS  1
#define QUEUE_IO_IDLE     (3 << 13)


typedef struct {
    scan_t           *s;
    oci_store_t      *store;
    int64_t           timeout;          /* ms */
    int64_t           checked;          /* the database; ms, monotonic */
    oci_mark_t        mark;             /* of its metadata, then */
    oci_scan_meta_t   meta;             /* of the one that is used */
    queue_look_t      look;
    bool              usable;
    bool              sweep;            /* all images have to be looked at */
    int64_t           swept;            /* when they were */
    size_t            scanned;
    size_t            failed;
    const oci_str_t  *repo;             /* of a sweep */
} queue_t;


static oci_status_e queue_open(queue_t *q);
static oci_status_e queue_look(queue_t *q);
static void queue_yield(void);
static bool queue_database(queue_t *q);
static oci_status_e queue_database_ready(queue_t *q);
static oci_status_e queue_drain(queue_t *q, oci_error_t *err);
static oci_status_e queue_sweep(queue_t *q, oci_error_t *err);
static oci_status_e queue_repo(void *data, const oci_str_t *name,
    oci_error_t *err);
static oci_status_e queue_link(void *data, const oci_link_t *link,
    oci_error_t *err);
static oci_status_e queue_one(queue_t *q, const oci_str_t *name,
    const oci_digest_t *digest, oci_error_t *err);
static oci_status_e queue_scan(queue_t *q, const oci_repo_t *repo,
    const oci_digest_t *digest, oci_due_note_t *note, oci_error_t *err);
static bool queue_begin(pid_t parent, int64_t timeout);
static void queue_failed(queue_t *q, const oci_repo_t *repo,
    const oci_digest_t *digest, int status);
static int64_t queue_now(clockid_t clock);


int
scan_queue(scan_t *s)
{
    queue_t  q;

    memset(&q, 0, sizeof(queue_t));
    q.s = s;
    q.sweep = true;
    q.timeout = s->cmd->global->timeout ? s->cmd->global->timeout
                                        : QUEUE_TIMEOUT;

    /* that is of one image */

    deadline_set(0);
    queue_yield();

    if (queue_open(&q) != OCI_OK) {
        return scan_fatal(s, "queue error");
    }

    while (!s->o->once) {
        (void) queue_look(&q);
        (void) sleep(QUEUE_TICK);
    }

    return (queue_look(&q) == OCI_OK && q.failed == 0) ? 0 : 1;
}


/* does all that there is to do now */

static oci_status_e
queue_look(queue_t *q)
{
    oci_error_t   err = { OCI_OK, 0, "" };
    oci_status_e  rc;

    if (!queue_database(q)) {
        return OCI_NOT_FOUND;
    }

    q->look.database = (int64_t) q->meta.updated.tv_sec;
    q->look.began = queue_now(CLOCK_REALTIME);
    q->look.attest = (q->s->o->attach.key != NULL);

    rc = queue_drain(q, &err);

    if (rc == OCI_OK) {
        rc = queue_sweep(q, &err);
    }

    if (rc != OCI_OK) {
        scan_log(q->s, SCAN_ERROR, "[queue] %s", err.text);
    }

    return rc;
}


static oci_status_e
queue_open(queue_t *q)
{
    int           i;
    scan_t       *s;
    oci_status_e  rc;

    s = q->s;

    if (s->o->source.root == NULL) {
        return oci_error(&s->err, OCI_INVALID, 0, "--queue needs a store: "
                         "--root DIR");
    }

    rc = oci_store_open(&q->store, s->pool, s->o->source.root, OCI_STORE_SYNC,
                        &s->err);

    if (rc == OCI_OK) {
        rc = oci_store_check(q->store, &s->err);
    }

    if (rc == OCI_OK && s->o->attach.key != NULL) {
        rc = sign_attest_check(s->pool, s->o->attach.key, &s->err);
    }

    for (i = 0; rc == OCI_OK; i++) {
        memset(&s->err, 0, sizeof(s->err));
        rc = oci_due_lock(q->store, s->pool, &s->err);

        if (rc != OCI_BUSY || i == QUEUE_LOCK) {
            break;
        }

        /* one that was killed may be about to end */

        (void) usleep(100000);
        rc = OCI_OK;
    }

    return rc;
}


/* whoever pushes and pulls comes first */

static void
queue_yield(void)
{
    (void) setpriority(PRIO_PROCESS, 0, 10);
    (void) syscall(SYS_ioprio_set, QUEUE_IO_PROCESS, 0, QUEUE_IO_IDLE);
}


/*
 * Is there a database?  It is looked for when its folder has changed, and now
 * and then, as a new one may have to be downloaded.
 */

static bool
queue_database(queue_t *q)
{
    scan_t      *s;
    oci_str_t    path;
    oci_mark_t   mark;
    oci_pool_t  *pool;

    s = q->s;
    pool = oci_pool_create();

    if (pool == NULL) {
        return false;
    }

    path = oci_strf(pool, "%s/metadata.json", s->db_dir);
    memset(&mark, 0, sizeof(mark));
    (void) oci_file_mark((char *) path.data, &mark, NULL, NULL);
    oci_pool_destroy(pool);

    if (q->checked != 0 && oci_mark_eq(&mark, &q->mark)
        && queue_now(CLOCK_MONOTONIC) < q->checked + QUEUE_DATABASE)
    {
        return q->usable;
    }

    q->usable = (queue_database_ready(q) == OCI_OK);
    q->checked = queue_now(CLOCK_MONOTONIC);
    q->mark = mark;

    return q->usable;
}


static oci_status_e
queue_database_ready(queue_t *q)
{
    scan_t          s;
    oci_status_e    rc;
    scan_options_t  options;

    s = *q->s;
    s.pool = oci_pool_create();

    if (s.pool == NULL) {
        return oci_nomem(&q->s->err);
    }

    memset(&s.err, 0, sizeof(s.err));
    rc = scan_db_ready(&s);

    if (rc != OCI_OK) {
        scan_log(&s, SCAN_ERROR, "[queue] %s", s.err.text);

        /* an old one is better than none: reports say how old it is */

        options = *s.o;
        options.db.skip_update = true;
        s.o = &options;
        rc = scan_db_ready(&s);
    }

    if (rc == OCI_OK
        && (s.meta.updated.tv_sec != q->meta.updated.tv_sec
            || s.meta.version != q->meta.version))
    {
        q->meta = s.meta;
        q->sweep = true;
    }

    oci_pool_destroy(s.pool);

    return rc;
}


static oci_status_e
queue_drain(queue_t *q, oci_error_t *err)
{
    size_t         i;
    oci_due_t     *due;
    oci_pool_t    *pool;
    oci_array_t    list;
    oci_status_e   rc;

    pool = oci_pool_create();

    if (pool == NULL) {
        return oci_nomem(err);
    }

    rc = oci_due_list(q->store, pool, &list, err);
    due = list.elts;

    for (i = 0; rc == OCI_OK && i < list.nelts; i++) {
        rc = queue_one(q, &due[i].repo, &due[i].digest, err);
        oci_due_remove(oci_repo(q->store, pool, &due[i].repo),
                       &due[i].digest);
    }

    oci_pool_destroy(pool);

    return rc;
}


/*
 * All images.  That they have to be looked at is taken back first: what is
 * pushed meanwhile is queued again.
 */

static oci_status_e
queue_sweep(queue_t *q, oci_error_t *err)
{
    size_t        scanned, failed;
    oci_pool_t   *pool;
    oci_status_e  rc;

    pool = oci_pool_create();

    if (pool == NULL) {
        return oci_nomem(err);
    }

    q->sweep = oci_due_all(q->store, pool) || q->sweep
               || queue_now(CLOCK_MONOTONIC) >= q->swept + QUEUE_SWEEP;
    oci_pool_destroy(pool);

    if (!q->sweep) {
        return OCI_OK;
    }

    q->sweep = false;
    q->swept = queue_now(CLOCK_MONOTONIC);
    scanned = q->scanned;
    failed = q->failed;

    rc = oci_store_walk_repos(q->store, queue_repo, q, err);

    if (rc == OCI_OK) {
        rc = oci_due_forget(q->store, err);
    }

    if (rc == OCI_OK) {
        scan_log(q->s, SCAN_INFO, "[queue] All images have been looked at\t"
                 "scanned=%zu failed=%zu", q->scanned - scanned,
                 q->failed - failed);
    }

    return (rc == OCI_NOT_FOUND) ? OCI_OK : rc;
}


static oci_status_e
queue_repo(void *data, const oci_str_t *name, oci_error_t *err)
{
    queue_t       *q = data;
    oci_pool_t    *pool;
    oci_status_e   rc;

    pool = oci_pool_create();

    if (pool == NULL) {
        return oci_nomem(err);
    }

    q->repo = name;
    rc = oci_store_walk_links(oci_repo(q->store, pool, name),
                              OCI_LINK_REVISION, queue_link, q, err);
    oci_pool_destroy(pool);

    return (rc == OCI_NOT_FOUND) ? OCI_OK : rc;
}


/* what is pushed meanwhile does not wait until all has been looked at */

static oci_status_e
queue_link(void *data, const oci_link_t *link, oci_error_t *err)
{
    queue_t       *q = data;
    oci_digest_t   digest;
    oci_status_e   rc;

    if (link->status != OCI_OK
        || oci_digest_parse(&digest, &link->name) != OCI_OK)
    {
        return OCI_OK;
    }

    rc = queue_one(q, q->repo, &digest, err);

    return (rc == OCI_OK) ? queue_drain(q, err) : rc;
}


static oci_status_e
queue_one(queue_t *q, const oci_str_t *name, const oci_digest_t *digest,
    oci_error_t *err)
{
    oci_pool_t      *pool;
    oci_status_e     rc;
    oci_due_note_t   note;

    pool = oci_pool_create();

    if (pool == NULL) {
        return oci_nomem(err);
    }

    rc = queue_image_due(oci_repo(q->store, pool, name), digest,
                         &q->look, &note)
         ? queue_scan(q, oci_repo(q->store, pool, name), digest, &note, err)
         : OCI_OK;
    oci_pool_destroy(pool);

    return rc;
}


/*
 * The try is noted before it begins: an image that takes all of this down with
 * it is not tried for ever.
 */

static oci_status_e
queue_scan(queue_t *q, const oci_repo_t *repo, const oci_digest_t *digest,
    oci_due_note_t *note, oci_error_t *err)
{
    int           status;
    pid_t         pid, self;
    scan_t        s;
    oci_status_e  rc;

    note->tries = (note->failing == q->look.database) ? note->tries + 1 : 1;
    note->failing = q->look.database;
    note->tried = queue_now(CLOCK_REALTIME);
    note->error.len = 0;
    rc = oci_due_note_put(repo, digest, note, err);

    if (rc != OCI_OK) {
        return rc;
    }

    self = getpid();
    pid = fork();

    if (pid == 0) {
        s = *q->s;
        s.meta = q->meta;
        s.pool = repo->pool;
        memset(&s.err, 0, sizeof(s.err));

        _exit(queue_begin(self, q->timeout)
              && queue_image_scan(&s, repo, digest, note) ? 0 : 1);
    }

    if (pid == -1) {
        return oci_error_errno(err, errno, "cannot begin a scan");
    }

    status = 1;

    while (waitpid(pid, &status, 0) == -1 && errno == EINTR) {
        /* void */
    }

    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        q->scanned++;

    } else {
        queue_failed(q, repo, digest, status);
    }

    return OCI_OK;
}


/* the process of a scan ends with its parent, and after its time */

static bool
queue_begin(pid_t parent, int64_t timeout)
{
    deadline_set(timeout);

    return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent;
}


/* of a process that ended without a word the note has to be written here */

static void
queue_failed(queue_t *q, const oci_repo_t *repo, const oci_digest_t *digest,
    int status)
{
    oci_mark_t      mark;
    oci_due_note_t  note;

    if (oci_store_manifest_mark(repo, digest, &mark, NULL) == OCI_NOT_FOUND) {
        scan_log(q->s, SCAN_DEBUG, "[queue] %.*s@%s: deleted meanwhile",
                 (int) repo->name.len, repo->name.data, digest->text);
        return;
    }

    q->failed++;

    if (oci_due_note(repo, digest, &note, NULL) != OCI_OK) {
        return;
    }

    if (note.error.len == 0) {
        note.error = WIFSIGNALED(status)
                     ? oci_strf(repo->pool, "the scan was ended by signal %d",
                                WTERMSIG(status))
                     : oci_strf(repo->pool, "the scan took longer than %lld s",
                                (long long) q->timeout / 1000);
        (void) oci_due_note_put(repo, digest, &note, NULL);
    }

    scan_log(q->s, SCAN_ERROR, "[queue] %.*s@%s: %.*s\ttry=%u of %d",
             (int) repo->name.len, repo->name.data, digest->text,
             (int) note.error.len, note.error.data, note.tries,
             OCI_DUE_TRIES);
}


/* ms */

static int64_t
queue_now(clockid_t clock)
{
    struct timespec  t;

    (void) clock_gettime(clock, &t);

    return (int64_t) t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
