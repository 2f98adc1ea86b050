/*
 * Keys in key management services.
 *
 * Source: the protocol of sigstore's cliplugin, v1: the data on standard
 * input, the version and the arguments (JSON) as words, the answer (JSON) on
 * standard output; what it says on standard error is for the user.
 */

#include "sign/kms.h"
#include "command/deadline.h"
#include "oci_sign_util.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>


#define SIGN_KMS_VERSION  "v1"
#define SIGN_KMS_ANSWER   (1024 * 1024)

extern char  **environ;


static oci_status_e sign_kms_ask(oci_pool_t *pool, const char *name,
    oci_alg_e alg, json_t *method, const oci_str_t *data, json_t **answer,
    oci_error_t *err);
static oci_str_t sign_kms_arguments(oci_pool_t *pool, const char *name,
    oci_alg_e alg, json_t *method);
static oci_status_e sign_kms_run(const char *program, const char *arguments,
    const oci_str_t *data, oci_buf_t *output, oci_error_t *err);
static bool sign_kms_start(const char *program, const char *arguments,
    int in, int out, pid_t *pid);
static bool sign_kms_read(int fd, oci_buf_t *output);
static json_t *sign_kms_options(void);


bool
sign_kms_named(const char *key)
{
    size_t       i, n;
    const char  *end;

    static const char *const  ours[] = { "env", "http", "https", "k8s",
                                         "gitlab", "github", "file" };

    end = strstr(key, "://");

    if (end == NULL || end == key || end - key > 32) {
        return false;
    }

    n = (size_t) (end - key);

    for (i = 0; i < n; i++) {
        if (!isalnum((u_char) key[i]) && key[i] != '-' && key[i] != '_') {
            return false;
        }
    }

    for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
        if (strlen(ours[i]) == n && strncmp(key, ours[i], n) == 0) {
            return false;
        }
    }

    return true;
}


oci_status_e
sign_kms_public(oci_pool_t *pool, const char *name, EVP_PKEY **key,
    oci_error_t *err)
{
    json_t        *answer;
    oci_str_t      text, pem;
    oci_status_e   rc;

    rc = sign_kms_ask(pool, name, OCI_SHA256,
                      json_pack("{s:s,s:{s:{s:o}}}", "methodName",
                                "publicKey", "publicKey", "publicKeyOptions",
                                "rpcOptions", sign_kms_options()),
                      NULL, &answer, err);
    if (rc != OCI_OK) {
        return rc;
    }

    text = oci_json_str(json_object_get(answer, "publicKey"), "publicKeyPEM");
    rc = oci_sign_b64_decode(pool, &text, OCI_SIGN_B64_STD, &pem);
    json_decref(answer);

    return (rc == OCI_OK) ? oci_sign_key_public(pool, &pem, key, err)
           : oci_error(err, OCI_INVALID, 0, "%s: the plugin gave no public "
                       "key", name);
}


oci_status_e
sign_kms_sign(oci_pool_t *pool, const char *name, EVP_PKEY *key,
    oci_alg_e alg, const oci_str_t *data, oci_str_t *signature,
    oci_error_t *err)
{
    u_char         raw[64];
    json_t        *answer;
    oci_str_t      text, hex;
    oci_digest_t   digest;
    oci_status_e   rc;

    oci_digest_of(&digest, alg, data->data, data->len);
    hex = oci_str(oci_digest_hex(&digest));
    (void) oci_sign_unhex(&hex, raw, hex.len / 2);
    text = oci_sign_b64(pool, raw, hex.len / 2);

    rc = sign_kms_ask(pool, name, alg,
                      json_pack("{s:s,s:{s:{s:o,s:{s:s%}}}}", "methodName",
                                "signMessage", "signMessage", "signOptions",
                                "rpcOptions", sign_kms_options(),
                                "messageOptions", "digest", text.data,
                                text.len),
                      data, &answer, err);
    if (rc != OCI_OK) {
        return rc;
    }

    text = oci_json_str(json_object_get(answer, "signMessage"), "signature");
    rc = oci_sign_b64_decode(pool, &text, OCI_SIGN_B64_STD, signature);
    json_decref(answer);

    return (rc == OCI_OK && oci_sign_key_verify(pool, key, alg, data,
                                                signature, NULL) == OCI_OK)
           ? OCI_OK
           : oci_error(err, OCI_INVALID, 0, "%s: the plugin gave no signature "
                       "by its own public key", name);
}


static json_t *
sign_kms_options(void)
{
    return json_pack("{s:s,s:b}", "keyVersion", "", "remoteVerification", 0);
}


/* takes method; the answer is the caller's reference */

static oci_status_e
sign_kms_ask(oci_pool_t *pool, const char *name, oci_alg_e alg,
    json_t *method, const oci_str_t *data, json_t **answer, oci_error_t *err)
{
    oci_buf_t      output = oci_null_buf;
    oci_str_t      program, arguments, why;
    oci_status_e   rc;

    program = oci_strf(pool, "sigstore-kms-%.*s",
                       (int) (strstr(name, "://") - name), name);
    arguments = sign_kms_arguments(pool, name, alg, method);

    if (program.data == NULL || arguments.data == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    rc = sign_kms_run((char *) program.data, (char *) arguments.data, data,
                      &output, err);

    if (rc != OCI_OK) {
        oci_buf_free(&output);
        return rc;
    }

    *answer = oci_json_load(output.data, output.len, 0, NULL);
    oci_buf_free(&output);

    if (*answer == NULL) {
        return oci_error(err, OCI_INVALID, 0, "%s gave no answer that can be "
                         "read", program.data);
    }

    why = oci_json_str(*answer, "errorMessage");

    if (why.len != 0) {
        (void) oci_error(err, OCI_DENIED, 0, "plugin returned error: %.*s",
                         (int) (why.len > 300 ? 300 : why.len), why.data);
        json_decref(*answer);
        return OCI_DENIED;
    }

    return OCI_OK;
}


static oci_str_t
sign_kms_arguments(oci_pool_t *pool, const char *name, oci_alg_e alg,
    json_t *method)
{
    json_t     *init;
    oci_str_t   text, end, none = oci_null_string;

    /* Go's numbers of hashes */

    init = json_pack("{s:s,s:s,s:i,s:o}", "protocolVersion", SIGN_KMS_VERSION,
                     "keyResourceID", strstr(name, "://") + 3, "hashFunc",
                     alg == OCI_SHA512 ? 7 : alg == OCI_SHA384 ? 6 : 5,
                     "rpcOptions", sign_kms_options());

    if (init != NULL && deadline_left() != INT64_MAX) {
        end = oci_sign_time_text(pool, (int64_t) time(NULL)
                                       + deadline_left() / 1000);
        (void) json_object_set_new(init, "ctxDeadline",
                                   json_stringn((char *) end.data, end.len));
    }

    if (method == NULL || init == NULL) {
        json_decref(method);
        json_decref(init);
        return none;
    }

    (void) json_object_set_new(method, "initOptions", init);
    text = oci_sign_json_text(pool, method, false);
    json_decref(method);

    return text;
}


/* the data goes by a file without a name: no pipe can fill up and wait */

static oci_status_e
sign_kms_run(const char *program, const char *arguments,
    const oci_str_t *data, oci_buf_t *output, oci_error_t *err)
{
    int     fd[2], status;
    bool    good;
    FILE   *in;
    pid_t   pid;

    in = tmpfile();

    if (in == NULL
        || (data != NULL && data->len != 0
            && fwrite(data->data, 1, data->len, in) != data->len)
        || fflush(in) != 0 || lseek(fileno(in), 0, SEEK_SET) != 0
        || pipe(fd) != 0)
    {
        if (in != NULL) {
            (void) fclose(in);
        }

        return oci_error_errno(err, errno, "%s", program);
    }

    good = sign_kms_start(program, arguments, fileno(in), fd[1], &pid);
    (void) fclose(in);
    (void) close(fd[1]);

    if (!good) {
        (void) close(fd[0]);
        return oci_error(err, OCI_NOT_FOUND, 0, "%s is not on the PATH: it is "
                         "the plugin for that key", program);
    }

    good = sign_kms_read(fd[0], output);
    (void) close(fd[0]);

    if (!good) {
        (void) kill(pid, SIGKILL);
    }

    (void) waitpid(pid, &status, 0);

    return good ? OCI_OK
           : oci_error(err, OCI_LIMIT, 0, "%s took too long, or answered more "
                       "than %d bytes", program, SIGN_KMS_ANSWER);
}


static bool
sign_kms_start(const char *program, const char *arguments, int in, int out,
    pid_t *pid)
{
    int     rc;
    char   *argv[4];

    posix_spawn_file_actions_t  actions;

    argv[0] = (char *) (uintptr_t) program;
    argv[1] = (char *) (uintptr_t) SIGN_KMS_VERSION;
    argv[2] = (char *) (uintptr_t) arguments;
    argv[3] = NULL;

    rc = posix_spawn_file_actions_init(&actions);

    if (rc == 0) {
        (void) posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
        (void) posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
        rc = posix_spawnp(pid, program, &actions, NULL, argv, environ);
        (void) posix_spawn_file_actions_destroy(&actions);
    }

    return rc == 0;
}


static bool
sign_kms_read(int fd, oci_buf_t *output)
{
    char           chunk[4096];
    ssize_t        n;
    int64_t        left;
    struct pollfd  p = { .fd = fd, .events = POLLIN };

    do {
        left = deadline_left();

        if (poll(&p, 1, left > INT32_MAX ? -1 : (int) left) <= 0) {
            return false;
        }

        n = read(fd, chunk, sizeof(chunk));

        if (n > 0) {
            oci_buf_add(output, chunk, (size_t) n);
        }

    } while (n > 0 && output->len <= SIGN_KMS_ANSWER);

    return n == 0 && !output->failed;
}
