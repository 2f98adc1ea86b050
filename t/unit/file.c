/*
 * oci_file: files that are whole or absent.
 */

#include "oci_file.h"
#include "tree.h"

#include <sys/wait.h>


static void reading(void);
static void publishing(void);
static void publishing_fails(void);
static void moving(void);
static void short_roots(void);
static void closed_parents(void);
static void owners(void);
static void removing(void);
static void nothing(void);


static oci_pool_t  *pool;


int
main(void)
{
    pool = oci_pool_create();
    tree_make();

    reading();
    publishing();
    publishing_fails();
    moving();
    short_roots();
    closed_parents();
    owners();
    removing();
    nothing();

    tree_remove();
    oci_pool_destroy(pool);

    return done();
}


static void
reading(void)
{
    oci_str_t    s;
    oci_error_t  err = { OCI_OK, 0, "" };

    is(oci_file_read(pool, tree_path("none"), 10, &s, &err), OCI_NOT_FOUND,
       "a file that is not there");
    ok(strstr(err.text, "none") != NULL, "is named in the error");

    tree_text(tree_path("ten"), "0123456789");
    is(oci_file_read(pool, tree_path("ten"), 10, &s, NULL), OCI_OK,
       "as large as allowed");
    is_str((char *) s.data, "0123456789", "is read whole");
    is(oci_file_read(pool, tree_path("ten"), 9, &s, NULL), OCI_LIMIT,
       "larger than allowed");

    tree_text(tree_path("empty"), "");
    is(oci_file_read(pool, tree_path("empty"), 0, &s, NULL), OCI_OK,
       "an empty file");
    is(s.len, 0, "has no bytes");

    is(oci_file_read(pool, tree_path("."), 10, &s, NULL), OCI_NOT_FOUND,
       "a directory is no file");
    is(oci_file_read(pool, tree_path("ten/below"), 10, &s, NULL),
       OCI_NOT_FOUND, "nothing is below a file");

    (void) mkfifo(tree_path("fifo"), 0666);
    is(oci_file_read(pool, tree_path("fifo"), 10, &s, NULL), OCI_NOT_FOUND,
       "a pipe without a writer does not make us wait");
}


static void
publishing(void)
{
    mode_t       old;
    struct stat  st;

    old = umask(0);

    is(oci_file_publish(tree_path("p/q/r/link"), "one", 3, true, NULL),
       OCI_OK, "published, with its directories");
    is_str(tree_read(tree_path("p/q/r/link")), "one", "has the content");

    (void) stat(tree_path("p/q/r/link"), &st);
    is(st.st_mode & 0777, 0644, "mode 0644 under umask 0");
    (void) stat(tree_path("p/q"), &st);
    is(st.st_mode & 0777, 0755, "directories 0755 under umask 0");

    umask(old);

    is(oci_file_publish(tree_path("p/q/r/link"), "", 0, false, NULL), OCI_OK,
       "replaced by an empty one");
    is_str(tree_read(tree_path("p/q/r/link")), "", "which is empty");
    is(tree_count(tree_path("p/q/r")), 1, "no temporary file is left");
}


static void
publishing_fails(void)
{
    oci_error_t  err = { OCI_OK, 0, "" };

    tree_mkdirs(tree_path("d/link/full"));

    ok(oci_file_publish(tree_path("d/link"), "x", 1, true, &err) != OCI_OK,
       "a directory is not replaced");
    is(tree_count(tree_path("d")), 1, "and no temporary file is left");
    ok(err.text[0] != '\0', "the error says why: %s", err.text);

    tree_text(tree_path("file"), "x");
    ok(oci_file_publish(tree_path("file/link"), "x", 1, true, NULL)
       != OCI_OK, "nothing is published below a file");
    is_str(tree_read(tree_path("file")), "x", "which stays");

    ok(oci_file_publish(tree_path("%0300d", 1), "x", 1, true, NULL)
       != OCI_OK, "a name too long for the file system");
    is(oci_file_publish(tree_path("%04100d", 1), "x", 1, true, NULL),
       OCI_LIMIT, "a path too long for the system");
}


static void
moving(void)
{
    int   fd;
    char  shm[] = "/dev/shm/tally-unit-XXXXXX";

    tree_text(tree_path("m/from"), "moved");
    tree_text(tree_path("m/to"), "damaged and longer");
    fd = open(tree_path("m/from"), O_RDWR);

    is(oci_file_move(fd, tree_path("m/from"), tree_path("m/to"), true, NULL),
       OCI_OK, "moved over another");
    is_str(tree_read(tree_path("m/to")), "moved", "which is replaced");
    ok(!tree_exists(tree_path("m/from")), "the source is gone");
    (void) close(fd);

    fd = mkstemp(shm);

    if (fd == -1) {
        printf("ok %d # SKIP no second file system\n", ++test_count);
        return;
    }

    (void) !write(fd, "from afar", 9);

    is(oci_file_move(fd, shm, tree_path("m/x/y/data"), true, NULL), OCI_OK,
       "moved from another file system");
    is_str(tree_read(tree_path("m/x/y/data")), "from afar", "is copied");
    ok(!tree_exists(shm), "and its source removed");
    (void) close(fd);

    ok(oci_file_move(-1, tree_path("m/none"), tree_path("m/to"), false, NULL)
       == OCI_NOT_FOUND, "what is not there cannot be moved");
    is_str(tree_read(tree_path("m/to")), "moved", "the target stays");
}


/* a store at /registry, or at a relative path: no parent with a slash */

static void
short_roots(void)
{
    char         dir[32], cwd[PATH_MAX];
    oci_error_t  err = { OCI_OK, 0, "" };

    (void) !getcwd(cwd, sizeof(cwd));
    (void) !chdir(tree_root);

    is(oci_file_publish("rel/a/link", "x", 1, true, &err), OCI_OK,
       "below a relative directory %s", err.text);
    is(oci_file_publish("bare", "x", 1, true, &err), OCI_OK,
       "in the current directory %s", err.text);
    is(oci_file_mkdirs(".", true, &err), OCI_OK, "the current directory");
    is(oci_file_mkdirs("/", true, &err), OCI_OK, "the root directory");

    (void) !chdir(cwd);

    (void) strcpy(dir, "/tally-unit-XXXXXX");

    if (mkdtemp(dir) == NULL) {
        printf("ok %d # SKIP / is not writable\n", ++test_count);
        return;
    }

    (void) snprintf(cwd, sizeof(cwd), "%s/a/link", dir);
    is(oci_file_publish(cwd, "x", 1, true, &err), OCI_OK,
       "below a young directory of / %s", err.text);

    is(oci_file_remove_tree(dir, true, &err), OCI_OK, "removed there");
}


/* the store is ours, what lies above may be closed to us */

static void
closed_parents(void)
{
    int          status;
    pid_t        pid;
    oci_error_t  err = { OCI_OK, 0, "" };

    if (getuid() != 0) {
        printf("ok %d # SKIP only root becomes another\n", ++test_count);
        return;
    }

    tree_mkdirs(tree_path("closed/store"));
    (void) !chown(tree_path("closed/store"), 65534, 65534);
    (void) chmod(tree_root, 0711);
    (void) chmod(tree_path("closed"), 0711);
    (void) fflush(stdout);

    pid = fork();

    if (pid == 0) {
        _exit(setgid(65534) == 0 && setuid(65534) == 0
              && oci_file_publish(tree_path("closed/store/a/link"), "x", 1,
                                  true, &err) == OCI_OK ? 0 : 1);
    }

    (void) waitpid(pid, &status, 0);
    is(status, 0, "a directory above that we may enter but not read");
    (void) chmod(tree_root, 0755);
}


static void
removing(void)
{
    is(oci_file_remove(tree_path("none"), true, NULL), OCI_NOT_FOUND,
       "a file that is not there is not removed");
    is(oci_file_remove_tree(tree_path("none"), true, NULL), OCI_OK,
       "but its absence is");

    tree_text(tree_path("t/keep"), "kept");
    tree_text(tree_path("t/dir/a/b"), "x");
    (void) !symlink("..", tree_path("t/dir/up"));

    is(oci_file_remove_tree(tree_path("t/dir"), true, NULL), OCI_OK,
       "a tree with a symbolic link in it");
    ok(!tree_exists(tree_path("t/dir")), "is removed");
    is_str(tree_read(tree_path("t/keep")), "kept", "the link's target is not");
}


/* what root writes into a folder of another user is that user's */

static void
owners(void)
{
    struct stat  st;

    if (geteuid() != 0) {
        ok(true, "# SKIP the owners of files: not root");
        return;
    }

    tree_text(tree_path("theirs/keep"), "");
    is(chown(tree_path("theirs"), 65534, 65534), 0, "a folder of nobody's");

    is(oci_file_publish(tree_path("theirs/a/b/file"), "x", 1, true, NULL),
       OCI_OK, "root writes in it");
    is(stat(tree_path("theirs/a/b/file"), &st), 0, "the file");
    is(st.st_uid, 65534, "belongs to nobody");
    is(st.st_gid, 65534, "and to the group");
    is(stat(tree_path("theirs/a"), &st), 0, "the folder");
    is(st.st_uid, 65534, "does as well");

    is(oci_file_publish(tree_path("ours/file"), "x", 1, true, NULL), OCI_OK,
       "elsewhere");
    is(stat(tree_path("ours/file"), &st), 0, "what root writes");
    is(st.st_uid, 0, "is root's");
}


/* "no memory was left for the path" */

static void
nothing(void)
{
    oci_str_t  s;

    is(oci_file_read(pool, NULL, 1, &s, NULL), OCI_NOMEM, "read");
    is(oci_file_publish(NULL, "", 0, true, NULL), OCI_NOMEM, "publish");
    is(oci_file_move(0, NULL, NULL, true, NULL), OCI_NOMEM, "move");
    is(oci_file_mkdirs(NULL, true, NULL), OCI_NOMEM, "mkdirs");
    is(oci_file_remove(NULL, true, NULL), OCI_NOMEM, "remove");
    is(oci_file_remove_tree(NULL, true, NULL), OCI_NOMEM, "remove_tree");
    ok(!oci_file_is_dir(NULL), "is_dir");
}
