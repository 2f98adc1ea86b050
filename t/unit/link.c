/*
 * Links: damaged ones, and one that another registry is just writing.
 */

#include "oci_store.h"
#include "tree.h"

#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>


#define V2    "/docker/registry/v2"
#define REPO  V2 "/repositories/a/b"
#define NONE                                                                 \
    "0000000000000000000000000000000000000000000000000000000000000000"


static void damaged_links(void);
static void rewritten_link(void);

static oci_digest_t blob(const char *text);
static const char *link_of(const oci_digest_t *d);
static const char *data_of(const oci_digest_t *d);


static oci_pool_t   *pool;
static oci_store_t  *store;
static oci_str_t     repo = oci_string("a/b");


int
main(void)
{
    pool = oci_pool_create();

    oci_store_open(&store, pool, tree_make(), OCI_STORE_SYNC, NULL);

    damaged_links();
    rewritten_link();

    tree_remove();
    oci_pool_destroy(pool);

    return done();
}


/* whatever lies there: absent, never a crash, and a push repairs it */

static void
damaged_links(void)
{
    char                path[PATH_MAX];
    size_t              i;
    oci_blob_t          b;
    oci_error_t         err;
    oci_digest_t        d;
    static const char  *bad[] = {
        "", "\n", "sha256:", "sha256:abc", "garbage",
        "sha256:../../../../../../../../../../../../../../../etc/passwd00",
        ("sha256:" NONE "\n"), ("sha256:" NONE "00"), ("md5:" NONE)
    };

    d = blob("damaged");
    (void) snprintf(path, sizeof(path), "%s", link_of(&d));

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        tree_text(path, bad[i]);
        memset(&err, 0, sizeof(err));
        is(oci_store_blob(in(repo), &d, &b, &err), OCI_NOT_FOUND,
           "damaged link %zu counts as absent", i);
        ok(strstr(err.text, "damaged") != NULL, "and is reported");
    }

    memset(path + strlen(path), 0, 1);
    (void) unlink(path);
    (void) mkdir(path, 0777);
    is(oci_store_blob(in(repo), &d, &b, NULL), OCI_NOT_FOUND,
       "a directory in place of a link");
    (void) rmdir(path);

    (void) blob("damaged");
    is(oci_store_blob(in(repo), &d, &b, NULL), OCI_OK,
       "pushed again, it is found");

    (void) unlink(data_of(&d));
    is(oci_store_blob(in(repo), &d, &b, NULL), OCI_NOT_FOUND,
       "linked, but its content is gone");
    (void) mkdir(data_of(&d), 0777);
    is(oci_store_blob(in(repo), &d, &b, NULL), OCI_NOT_FOUND,
       "linked, but its content is a directory");
    (void) rmdir(data_of(&d));
}


/* registry 2.8 truncates a link that it writes again */

static void
rewritten_link(void)
{
    int           fd, i, found, tries;
    pid_t         writer;
    time_t        last;
    char          path[PATH_MAX];
    oci_blob_t    b;
    oci_repo_t    try = { store, pool, repo, true };
    oci_digest_t  d;
    oci_status_e  rc;

    static const struct timeval  old[2] = { { 1000, 0 }, { 1000, 0 } };
    static const struct timeval  later[2] = { { 4000000000, 0 },
                                             { 4000000000, 0 } };

    d = blob("rewritten");
    (void) snprintf(path, sizeof(path), "%s", link_of(&d));

    is(oci_store_blob(&try, &d, &b, NULL), OCI_OK,
       "without waiting");
    tree_text(path, "");
    (void) utimes(path, later);
    is(oci_store_blob(&try, &d, &b, NULL), OCI_BUSY,
       "an empty link that is new may be written just now");
    (void) utimes(path, old);
    is(oci_store_blob(&try, &d, &b, NULL), OCI_NOT_FOUND,
       "one that is old is damaged");
    tree_text(path, "junk");
    is(oci_store_blob(&try, &d, &b, NULL), OCI_NOT_FOUND,
       "so is junk, however new");
    tree_text(path, d.text);

    writer = fork();

    if (writer == 0) {
        for (;;) {
            fd = open(path, O_WRONLY|O_TRUNC);
            (void) usleep(500);

            if (write(fd, d.text, d.len) != (ssize_t) d.len) {
                _exit(1);
            }

            (void) close(fd);
            (void) usleep(100);
        }
    }

    /* the writer, too, may be kept from going on, until its link is old */

    for (i = found = tries = 0, last = time(NULL); i < 200; i++) {
        do {
            rc = oci_store_blob(in(repo), &d, &b, NULL);
        } while (rc != OCI_OK && time(NULL) - last > 1 && ++tries < 100000);

        last = time(NULL);
        found += (rc == OCI_OK);
    }

    (void) kill(writer, SIGKILL);
    (void) waitpid(writer, NULL, 0);

    is(found, 200, "a link is found while it is written again");
}


static oci_digest_t
blob(const char *text)
{
    oci_str_t     data;
    oci_digest_t  d;

    data = oci_str(text);
    oci_digest_of(&d, OCI_SHA256, text, strlen(text));

    is(oci_store_blob_put(in(repo), &d, &data, NULL), OCI_OK,
       "blob \"%s\"", text);

    return d;
}


static const char *
link_of(const oci_digest_t *d)
{
    return tree_path(REPO "/_layers/sha256/%s/link", oci_digest_hex(d));
}


static const char *
data_of(const oci_digest_t *d)
{
    return tree_path(V2 "/blobs/sha256/%.2s/%s/data", oci_digest_hex(d),
                     oci_digest_hex(d));
}
