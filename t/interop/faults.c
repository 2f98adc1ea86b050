/*
 * What a registry does in a life of a minute, once for each call that it could
 * die in (every fifth at least, all if there is time); and what must hold
 * afterwards.
 *
 *     crash push ROOT LOG      the steps; each is noted in LOG when it is done
 *     crash MODE FAULT.so DIR [COLLECT]
 *                              for each N: MODE:N, then the checks; MODE is
 *                              kill, cut or a number of errno; COLLECT ROOT
 *                              is run now and then and must succeed
 */

#include "oci_manifest.h"
#include "oci_upload.h"
#include "tree.h"

#include <errno.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <time.h>


#define EMPTY                                                                \
    "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
#define LIMIT   5000            /* calls; more means a loop */
#define STRIDE  5               /* first every fifth, then those between */
#define BUDGET  "15"            /* s; what is between waits for the time */
#define SAMPLE  100             /* every so many calls, COLLECT */
#define NOW     1763871480


enum {
    BLOB_A = 1,                 /* in one piece */
    BLOB_B,                     /* in two, suspended between */
    BLOB_C,                     /* from memory; deleted later */
    PUT_ONE,                    /* tag v1 */
    PUT_TWO,                    /* tag v1 again; its subject is the first */
    PUT_OLD,                    /* the first again, tag old */
    UNTAG,                      /* tag old */
    DELETE_ONE,
    DELETE_C,
    MOUNT,                      /* A into another repository */
    STEPS
};


static int push(const char *root, const char *log);
static oci_status_e step(int n, oci_error_t *err);
static oci_status_e upload(const char *text, bool twice, oci_error_t *err);
static oci_status_e put(const char *json, const char *tag, oci_error_t *err);

static int all(const char *mode, const char *shim, const char *dir,
    const char *collect);
static bool try(const char *mode, const char *shim, long n,
    const char *collect, bool *met);
static bool once(const char *mode, const char *shim, long n, int *status);
static bool check(const char *mode, int done, int doing, bool died);
static bool check_links(void);
static bool check_tags(const char *repo);
static bool check_blob(const char *repo, const char *text, bool want);
static bool check_manifest(const char *json, bool want);
static bool check_tag(const char *tag, const char *json, const char *or);
static bool check_referrer(void);
static bool lost(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

static oci_digest_t digest(const char *text);
static oci_status_e count_one(void *data, const oci_referrer_t *r,
    oci_error_t *err);


static const char    a[] = "{}", b[] = "a layer of two halves", c[] = "loose";
static char          one[1024], two[1024];
static char          self[PATH_MAX], root_dir[60], log_file[60], keep_dir[60];
static oci_str_t     repo = oci_string("team/app"), other = oci_string("x");
static oci_pool_t   *pool;
static oci_store_t  *store;


int
main(int argc, char **argv)
{
    oci_digest_t  layer, subject;

    layer = digest(b);
    (void) snprintf(one, sizeof(one), "{\"schemaVersion\":2,\"mediaType\":"
                    "\"" OCI_TYPE_OCI_MANIFEST "\",\"config\":{\"mediaType\":"
                    "\"c\",\"size\":2,\"digest\":\"" EMPTY "\"},\"layers\":"
                    "[{\"mediaType\":\"l\",\"size\":21,\"digest\":\"%s\"}]}",
                    layer.text);

    subject = digest(one);
    (void) snprintf(two, sizeof(two), "{\"schemaVersion\":2,\"mediaType\":"
                    "\"" OCI_TYPE_OCI_MANIFEST "\",\"config\":{\"mediaType\":"
                    "\"c\",\"size\":2,\"digest\":\"" EMPTY "\"},\"layers\":"
                    "[],\"subject\":{\"mediaType\":\"m\",\"size\":1,"
                    "\"digest\":\"%s\"}}", subject.text);

    if (argc == 4 && strcmp(argv[1], "push") == 0) {
        return push(argv[2], argv[3]);
    }

    if (argc < 4) {
        return 2;
    }

    (void) !readlink("/proc/self/exe", self, sizeof(self) - 1);

    return all(argv[1], argv[2], argv[3], argc > 4 ? argv[4] : NULL);
}


/* a step that fails is tried once more: the fault comes once */

static int
push(const char *root, const char *log)
{
    int           fd, n;
    char          line[600];
    oci_error_t   err;
    oci_pool_t   *stores;
    oci_status_e  rc;

    fd = open(log, O_WRONLY|O_CREAT|O_APPEND, 0644);
    stores = oci_pool_create();

    if (fd == -1
        || oci_store_open(&store, stores, root, OCI_STORE_SYNC, NULL)
           != OCI_OK)
    {
        return 2;
    }

    for (n = 1; n < STEPS; n++) {
        (void) !write(fd, "+", 1);
        memset(&err, 0, sizeof(err));
        pool = oci_pool_create();
        rc = step(n, &err);
        oci_pool_destroy(pool);

        if (rc != OCI_OK) {
            (void) snprintf(line, sizeof(line), "# step %d: %s\n", n,
                            err.text);
            (void) !write(STDERR_FILENO, line, strlen(line));

            memset(&err, 0, sizeof(err));
            pool = oci_pool_create();
            rc = step(n, &err);
            oci_pool_destroy(pool);

            /* the first try of a delete may have done it */

            if (rc != OCI_OK
                && !(rc == OCI_NOT_FOUND && n >= UNTAG && n <= DELETE_C))
            {
                (void) snprintf(line, sizeof(line), "step %d, tried again: "
                                "%s\n", n, err.text);
                (void) !write(STDERR_FILENO, line, strlen(line));
                return 3;
            }
        }

        (void) !write(fd, "-", 1);
    }

    oci_pool_destroy(stores);
    (void) close(fd);

    return 0;
}


static oci_status_e
step(int n, oci_error_t *err)
{
    oci_str_t     data, old = oci_string("old");
    oci_digest_t  d;

    switch (n) {

    case BLOB_A:
        return upload(a, false, err);

    case BLOB_B:
        return upload(b, true, err);

    case BLOB_C:
        d = digest(c);
        data = oci_str(c);
        return oci_store_blob_put(in(repo), &d, &data,
                                  err);

    case PUT_ONE:
        return put(one, "v1", err);

    case PUT_TWO:
        return put(two, "v1", err);

    case PUT_OLD:
        return put(one, "old", err);

    case UNTAG:
        return oci_store_tag_delete(in(repo), &old, err);

    case DELETE_ONE:
        d = digest(one);
        return oci_store_manifest_delete(in(repo), &d, NULL, NULL, err);

    case DELETE_C:
        d = digest(c);
        return oci_store_blob_delete(in(repo), &d, NULL, err);

    default:
        d = digest(a);
        return oci_store_blob_mount(in(other), &repo, &d,
                                    err);
    }
}


static oci_status_e
upload(const char *text, bool twice, oci_error_t *err)
{
    size_t          half;
    u_char          random[16];
    oci_str_t       id;
    oci_digest_t    d;
    oci_status_e    rc;
    oci_upload_t   *u;

    (void) !getrandom(random, sizeof(random), 0);
    id = oci_upload_id(pool, random);
    d = digest(text);
    half = twice ? strlen(text) / 2 : 0;

    rc = oci_upload_create(in(repo), &id, OCI_SHA256, NOW, err);

    if (rc == OCI_OK) {
        rc = oci_upload_open(&u, in(repo), &id, NOW, 0, err);
    }

    if (rc == OCI_OK && twice) {
        rc = oci_upload_write(u, text, half, err);

        if (rc == OCI_OK) {
            rc = oci_upload_suspend(u, err);
        }

        if (rc == OCI_OK) {
            rc = oci_upload_open(&u, in(repo), &id, NOW,
                                 0, err);
        }
    }

    if (rc == OCI_OK) {
        rc = oci_upload_write(u, text + half, strlen(text) - half, err);
    }

    return rc == OCI_OK ? oci_upload_commit(u, &d, err) : rc;
}


static oci_status_e
put(const char *json, const char *tag, oci_error_t *err)
{
    oci_str_t           tags[1], none = oci_null_string;
    oci_array_t         missing;
    oci_status_e        rc;
    oci_manifest_t      m;
    oci_manifest_put_t  p;

    memset(&p, 0, sizeof(p));
    tags[0] = oci_str(tag);
    p.digest = digest(json);
    p.content = oci_str(json);
    p.manifest = &m;
    p.tags = tags;
    p.ntags = 1;
    oci_array_init(&missing, pool, sizeof(oci_digest_t));

    rc = oci_manifest_parse(&m, pool, &p.content, &none, err);

    return rc == OCI_OK
           ? oci_store_manifest_put(in(repo), &p,
                                    &missing, err) : rc;
}


static int
all(const char *mode, const char *shim, const char *dir, const char *collect)
{
    bool    met;
    long    first, n, places;
    char   *budget;
    time_t  end;

    (void) snprintf(keep_dir, sizeof(keep_dir), "%s/keep", dir);
    (void) snprintf(log_file, sizeof(log_file), "%s/log", dir);
    (void) snprintf(root_dir, sizeof(root_dir), "%s/r", dir);

    budget = getenv("BUDGET");
    end = time(NULL) + atol(budget != NULL ? budget : BUDGET);
    places = 0;

    for (first = 1; first <= STRIDE; first++) {
        for (n = first, met = true; met && n < LIMIT; n += STRIDE) {

            if (first > 1 && time(NULL) >= end) {
                break;
            }

            if (!try(mode, shim, n, collect, &met)) {
                return 1;
            }

            places += met;
        }
    }

    printf("%ld places\n", places);

    return places > 50 ? 0 : 1;
}


/* met: there is an Nth call */

static bool
try(const char *mode, const char *shim, long n, const char *collect,
    bool *met)
{
    int          status, done, doing;
    bool         good;
    char         command[3 * PATH_MAX];
    const char  *log;

    tree_mkdirs(keep_dir);
    (void) unlink(log_file);
    (void) snprintf(tree_root, sizeof(tree_root), "%s", root_dir);

    if (!once(mode, shim, n, &status)) {
        return false;
    }

    done = doing = 0;

    for (log = tree_read(log_file); *log == '+' || *log == '-'; log++) {
        *(*log == '+' ? &doing : &done) += 1;
    }

    good = check(mode, done, doing, WIFSIGNALED(status));

    if (good && collect != NULL && n % SAMPLE == 1) {
        (void) snprintf(command, sizeof(command), "%s %s", collect, root_dir);
        good = system(command) == 0 || lost("%s fails", command);
    }

    if (!good) {
        return lost("%s:%ld: %d steps done, %d begun", mode, n, done, doing);
    }

    tree_remove();

    (void) snprintf(tree_root, sizeof(tree_root), "%s", keep_dir);
    *met = tree_exists(tree_path("reached"));
    tree_remove();

    return *met || done == STEPS - 1 || lost("%s:%ld: it stops", mode, n);
}


static bool
once(const char *mode, const char *shim, long n, int *status)
{
    char   fault[64];
    pid_t  pid;

    (void) snprintf(fault, sizeof(fault), "%s:%ld", mode, n);
    (void) fflush(stdout);

    pid = fork();

    if (pid == 0) {
        (void) setenv("LD_PRELOAD", shim, 1);
        (void) setenv("TALLY_FAULT", fault, 1);
        (void) setenv("TALLY_FAULT_ROOT", root_dir, 1);
        (void) setenv("TALLY_FAULT_KEEP", keep_dir, 1);
        (void) dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
        (void) execl(self, self, "push", root_dir, log_file, NULL);
        _exit(127);
    }

    (void) waitpid(pid, status, 0);

    if (WIFEXITED(*status) && WEXITSTATUS(*status) != 0) {
        return lost("%s: exit status %d", fault, WEXITSTATUS(*status));
    }

    if (WIFSIGNALED(*status) && WTERMSIG(*status) != SIGKILL) {
        return lost("%s: signal %d", fault, WTERMSIG(*status));
    }

    return true;
}


/* done: steps that were acknowledged; doing: the one that was begun */

static bool
check(const char *mode, int done, int doing, bool died)
{
    bool         good;
    oci_error_t  err = { OCI_OK, 0, "" };

    pool = oci_pool_create();
    (void) oci_store_open(&store, pool, root_dir, 0, NULL);

    good = check_links() && check_tags("team/app")
           && (done < BLOB_A || check_blob("team/app", a, true))
           && (done < BLOB_B || check_blob("team/app", b, true))
           && (done < BLOB_C || doing >= DELETE_C
               || check_blob("team/app", c, true))
           && (done < DELETE_C || check_blob("team/app", c, false))
           && (done < MOUNT || check_blob("x", a, true))
           && (done < PUT_ONE || doing >= DELETE_ONE
               || check_manifest(one, true))
           && (done < DELETE_ONE || check_manifest(one, false))
           && (done < PUT_TWO || check_manifest(two, true))
           && (done < PUT_TWO || check_referrer())
           && (done < PUT_ONE
               || check_tag("v1", done >= PUT_TWO ? two : one,
                            doing == PUT_TWO ? two : NULL))
           && (done < PUT_OLD || doing >= UNTAG
               || check_tag("old", one, NULL))
           && (done < UNTAG || check_tag("old", NULL, NULL));

    if (good && !died && tree_files(".tmp") != 0) {
        good = lost("%s: a temporary file is left", mode);
    }

    /* the next push of all of it works */

    if (good && (upload(a, false, &err) != OCI_OK
                 || upload(b, true, &err) != OCI_OK
                 || put(one, "v1", &err) != OCI_OK
                 || put(two, "v2", &err) != OCI_OK))
    {
        good = lost("the next push: %s", err.text);
    }

    good = good && check_links() && check_tags("team/app")
           && check_blob("team/app", b, true)
           && check_tag("v1", one, NULL) && check_tag("v2", two, NULL)
           && check_referrer();

    oci_pool_destroy(pool);

    return good;
}


static int
link_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    oci_str_t     s;
    oci_digest_t  d;

    (void) st;

    if (type != FTW_F || strcmp(path + ftw->base, "link") != 0) {
        return 0;
    }

    s = oci_str(tree_read(path));

    if (oci_digest_parse(&d, &s) != OCI_OK) {
        (void) lost("%s holds \"%s\"", path, (char *) s.data);
        return 1;
    }

    return 0;
}


/* one that does not parse would stop the other registry's collector */

static bool
check_links(void)
{
    return nftw(root_dir, link_one, 16, FTW_PHYS) != 1;
}


/* every tag that has a link leads to a manifest */

static bool
check_tags(const char *name)
{
    bool          good, more;
    size_t        i;
    oci_str_t     r, *tag, last = oci_null_string, content;
    oci_array_t   names;
    oci_digest_t  d, is;

    r = oci_str(name);
    good = true;
    oci_array_init(&names, pool, sizeof(oci_str_t));

    if (oci_store_tags(in(r), &last, 100, &names, &more,
                       NULL)
        != OCI_OK)
    {
        return true;
    }

    for (i = 0; i < names.nelts; i++) {
        tag = (oci_str_t *) names.elts + i;

        if (oci_store_tag(in(r), tag, &d, NULL) != OCI_OK) {
            continue;
        }

        if (oci_store_manifest(in(r), &d,
                               OCI_MANIFEST_MAX, &content, NULL) != OCI_OK)
        {
            good = lost("tag %s without a manifest", (char *) tag->data);
            continue;
        }

        oci_digest_of(&is, OCI_SHA256, content.data, content.len);

        if (!oci_digest_eq(&is, &d)) {
            good = lost("tag %s with a damaged manifest",
                        (char *) tag->data);
        }
    }

    return good;
}


static bool
check_blob(const char *name, const char *text, bool want)
{
    oci_str_t     r;
    oci_blob_t    blob;
    oci_digest_t  d;
    oci_status_e  rc;

    r = oci_str(name);
    d = digest(text);
    rc = oci_store_blob(in(r), &d, &blob, NULL);

    if (!want) {
        return rc == OCI_NOT_FOUND || lost("blob \"%s\" came back", text);
    }

    return (rc == OCI_OK && strcmp(tree_read(blob.file), text) == 0)
           || lost("blob \"%s\" of %s is lost", text, name);
}


static bool
check_manifest(const char *json, bool want)
{
    oci_str_t     content;
    oci_digest_t  d;
    oci_status_e  rc;

    d = digest(json);
    rc = oci_store_manifest(in(repo), &d,
                            OCI_MANIFEST_MAX, &content, NULL);

    return want ? (rc == OCI_OK && oci_str_is(&content, json))
                  || lost("manifest %s is lost", d.text)
                : rc == OCI_NOT_FOUND
                  || lost("manifest %s came back", d.text);
}


/* the tag is of json, or else of or; NULL and NULL: there is none */

static bool
check_tag(const char *tag, const char *json, const char *or)
{
    oci_str_t     t;
    oci_digest_t  d, want;

    t = oci_str(tag);

    if (oci_store_tag(in(repo), &t, &d, NULL) != OCI_OK) {
        return json == NULL || lost("tag %s is lost", tag);
    }

    if (json == NULL) {
        return lost("tag %s came back", tag);
    }

    want = digest(json);

    if (oci_digest_eq(&d, &want)) {
        return true;
    }

    if (or != NULL) {
        want = digest(or);
    }

    return oci_digest_eq(&d, &want) || lost("tag %s is wrong", tag);
}


static bool
check_referrer(void)
{
    size_t        n;
    oci_digest_t  d;

    n = 0;
    d = digest(one);

    return (oci_store_referrers(in(repo), &d, NULL,
                                count_one, &n, NULL)
            == OCI_OK && n == 1)
           || lost("%zu referrers, not one", n);
}


static oci_status_e
count_one(void *data, const oci_referrer_t *r, oci_error_t *err)
{
    (void) r;
    (void) err;

    *(size_t *) data += 1;

    return OCI_OK;
}


static oci_digest_t
digest(const char *text)
{
    oci_digest_t  d;

    oci_digest_of(&d, OCI_SHA256, text, strlen(text));

    return d;
}


/* says what is wrong; always false */

static bool
lost(const char *fmt, ...)
{
    va_list  args;

    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);

    printf("\n");

    return false;
}
