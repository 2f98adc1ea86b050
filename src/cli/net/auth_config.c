/*
 * docker's config.json, and the credential helpers that it names.
 */

#include "net/auth_config.h"
#include "oci_reference.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>


#define AUTH_HUB_KEY  "https://index.docker.io/v1/"


extern char  **environ;


static oci_status_e auth_helper_run(const char *program, const char *action,
    const oci_str_t *input, oci_str_t *answer, oci_error_t *err);
static pid_t auth_spawn(const char *program, const char *action, int in,
    int out);
static void auth_helper_write(int fd, const oci_str_t *input);
static void auth_helper_read(int fd, oci_str_t *answer);


oci_str_t
auth_config_path(oci_pool_t *pool)
{
    const char  *dir, *home;

    dir = getenv("DOCKER_CONFIG");
    home = getenv("HOME");

    if (dir != NULL && *dir != '\0') {
        return oci_strf(pool, "%s/config.json", dir);
    }

    return oci_strf(pool, "%s/.docker/config.json",
                    home != NULL ? home : "");
}


/* "host", "https://host", "https://host/v1/"; Docker Hub has its own key */

bool
auth_key_is(const char *key, const char *host)
{
    size_t  len;

    if (strcmp(host, OCI_HUB) == 0 && strcmp(key, AUTH_HUB_KEY) == 0) {
        return true;
    }

    if (strncmp(key, "https://", 8) == 0) {
        key += 8;

    } else if (strncmp(key, "http://", 7) == 0) {
        key += 7;
    }

    len = strcspn(key, "/");

    return len == strlen(host) && strncmp(key, host, len) == 0;
}


const char *
auth_server(const char *host)
{
    return strcmp(host, OCI_HUB) == 0 ? AUTH_HUB_KEY : host;
}


oci_status_e
auth_helper(oci_pool_t *pool, const oci_str_t *name, const char *action,
    const oci_str_t *input, oci_str_t *answer, oci_error_t *err)
{
    oci_str_t  program, ignored = oci_null_string;

    if (memchr(name->data, '/', name->len) != NULL) {
        return oci_error(err, OCI_INVALID, 0, "the name of a credential "
                         "helper has a slash: \"%s\"", name->data);
    }

    answer = (answer != NULL) ? answer : &ignored;
    answer->len = 0;
    answer->data = oci_palloc(pool, AUTH_ANSWER_MAX);
    program = oci_strf(pool, "docker-credential-%s", name->data);

    if (answer->data == NULL || program.data == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    return auth_helper_run((char *) program.data, action, input, answer, err);
}


static oci_status_e
auth_helper_run(const char *program, const char *action,
    const oci_str_t *input, oci_str_t *answer, oci_error_t *err)
{
    int    in[2], out[2], status;
    pid_t  pid;

    if (pipe2(in, O_CLOEXEC) == -1) {
        return oci_error_errno(err, errno, "cannot make a pipe");
    }

    if (pipe2(out, O_CLOEXEC) == -1) {
        (void) close(in[0]);
        (void) close(in[1]);
        return oci_error_errno(err, errno, "cannot make a pipe");
    }

    pid = auth_spawn(program, action, in[0], out[1]);

    (void) close(in[0]);
    (void) close(out[1]);

    if (pid != -1) {
        auth_helper_write(in[1], input);
    }

    (void) close(in[1]);

    if (pid != -1) {
        auth_helper_read(out[0], answer);
    }

    (void) close(out[0]);

    return (pid == -1 || waitpid(pid, &status, 0) == -1 || status != 0)
           ? OCI_DENIED : OCI_OK;
}


static pid_t
auth_spawn(const char *program, const char *action, int in, int out)
{
    pid_t                        pid;
    char                        *argv[3];
    posix_spawn_file_actions_t   actions;

    argv[0] = (char *) program;
    argv[1] = (char *) action;
    argv[2] = NULL;

    (void) posix_spawn_file_actions_init(&actions);
    (void) posix_spawn_file_actions_adddup2(&actions, in, 0);
    (void) posix_spawn_file_actions_adddup2(&actions, out, 1);

    if (posix_spawnp(&pid, program, &actions, NULL, argv, environ) != 0) {
        pid = -1;
    }

    (void) posix_spawn_file_actions_destroy(&actions);

    return pid;
}


/* one that reads no input tells by its exit status whether it needed it */

static void
auth_helper_write(int fd, const oci_str_t *input)
{
    size_t            done;
    ssize_t           n;
    struct sigaction  quiet, old;

    memset(&quiet, 0, sizeof(quiet));
    quiet.sa_handler = SIG_IGN;
    (void) sigaction(SIGPIPE, &quiet, &old);

    for (done = 0; done < input->len; done += (size_t) n) {
        n = write(fd, input->data + done, input->len - done);

        if (n == -1 && errno == EINTR) {
            n = 0;

        } else if (n == -1) {
            break;
        }
    }

    (void) sigaction(SIGPIPE, &old, NULL);
}


static void
auth_helper_read(int fd, oci_str_t *answer)
{
    ssize_t  n;

    while (answer->len < AUTH_ANSWER_MAX) {
        n = read(fd, answer->data + answer->len,
                 AUTH_ANSWER_MAX - answer->len);

        if (n == -1 && errno == EINTR) {
            continue;
        }

        if (n <= 0) {
            return;
        }

        answer->len += (size_t) n;
    }
}
