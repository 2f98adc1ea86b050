/*
 * tally: the table of commands, and the way to one of them.
 */

#include "command/command.h"
#include "command/completion.h"
#include "command/deadline.h"
#include "command/manual.h"
#include "gate/verbs.h"
#include "images/verbs.h"
#include "import/verbs.h"
#include "scan/verbs.h"
#include "sign/verbs.h"
#include "command/term.h"
#include "net/transport.h"
#include "users/verbs.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>


#define TALLY_COSIGN_TIME  (3 * 60 * 1000)
#define TALLY_TRIVY_TIME   (5 * 60 * 1000)


static int tally_verb(int argc, char **argv);
static void tally_turn(char **argv, int n);
static int64_t tally_time(const cmd_t *cmd);
static int tally_completion(cmd_t *cmd);
static int tally_help(FILE *stream);
static int tally_manual(const char *name);
static const cmd_verb_t *tally_find(const char *name);
static int tally_unknown(const char *name);
static size_t tally_distance(const char *a, const char *b);
static int tally_run(const cmd_verb_t *verb, int argc, char **argv);


static const cmd_verb_t  tally_completion_verb = {
    "completion", "bash|zsh|fish|powershell", "Prints a completion script",
    "  source <(tally completion bash)\n", NULL, NULL, 0, NULL,
    tally_completion
};


/* in the order of the help */

static const cmd_verb_t  *const tally_verbs[] = {
    &cmd_generate_key_pair,
    &cmd_import_key_pair,
    &cmd_public_key,
    &cmd_sign,
    &cmd_verify,
    &cmd_verify_blob,
    &cmd_verify_blob_attestation,
    &cmd_sign_blob,
    &cmd_attest,
    &cmd_attest_blob,
    &cmd_verify_attestation,
    &cmd_manifest,
    &cmd_dockerfile,
    &cmd_generate,
    &cmd_bundle,
    &cmd_trusted_root,
    &cmd_signing_config,
    &cmd_initialize,
    &cmd_triangulate,
    &cmd_tree,
    &cmd_download,
    &cmd_attach,
    &cmd_clean,
    &cmd_upload,
    &cmd_copy,
    &cmd_save,
    &cmd_load,
    &cmd_ls,
    &cmd_du,
    &cmd_rm,
    &cmd_gc,
    &cmd_fsck,
    &cmd_import_config,
    &cmd_gate,
    &cmd_login,
    &cmd_logout,
    &cmd_passwd,
    &cmd_token,
    &cmd_access,
    &cmd_scan,
    &cmd_image,
    &cmd_rootfs,
    &cmd_fs,
    &cmd_sbom,
    &cmd_convert,
    &cmd_db,
    &cmd_vex,
    &cmd_env,
    &tally_completion_verb,
    &cmd_version,
    NULL
};


int
main(int argc, char **argv)
{
    const cmd_verb_t  *verb;

    tally_turn(argv, tally_verb(argc, argv));

    if (argc < 2 || strcmp(argv[1], "help") == 0
        || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
    {
        if (argc > 2 && strcmp(argv[2], "--man") == 0) {
            return tally_manual(argv[3]);
        }

        verb = (argc > 2) ? tally_find(argv[2]) : NULL;

        if (verb != NULL) {
            cmd_help(verb);
            return 0;
        }

        return tally_help(argc < 2 ? stderr : stdout);
    }

    verb = (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-v") == 0)
           ? &cmd_version : tally_find(argv[1]);

    if (verb == NULL) {
        return tally_unknown(argv[1]);
    }

    return tally_run(verb, argc - 2, argv + 2);
}


/*
 * Where the verb is: flags of every command may stand before it, as in
 * cosign and Trivy, and some have a value.
 */

static int
tally_verb(int argc, char **argv)
{
    int     i;
    size_t  j;

    static const char  *const valued[] = {
        "--cacert", "--cache-dir", "--config", "-c", "--output-file",
        "--timeout", "-t"
    };

    for (i = 1; i < argc && argv[i][0] == '-'; i++) {

        for (j = 0; j < sizeof(valued) / sizeof(valued[0]); j++) {
            if (strcmp(argv[i], valued[j]) == 0) {
                i++;
                break;
            }
        }
    }

    return (i < argc) ? i : 1;
}


/* argv[n] goes to the front, and what stood before it follows */

static void
tally_turn(char **argv, int n)
{
    char  *verb;

    for (verb = argv[n]; n > 1; n--) {
        argv[n] = argv[n - 1];
        argv[n - 1] = verb;
    }
}


static int
tally_run(const cmd_verb_t *verb, int argc, char **argv)
{
    int    status;
    bool   help;
    cmd_t  cmd;

    memset(&cmd, 0, sizeof(cmd_t));

    /* OpenSSL at exit calls a token's library that is gone by then */

    (void) OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL);

    cmd.verb = verb;
    cmd.pool = oci_pool_create();

    if (cmd.pool == NULL) {
        fprintf(stderr, "Error: out of memory\n");
        return 1;
    }

    oci_array_init(&cmd.given, cmd.pool, sizeof(cmd_flag_t *));

    if (cmd_parse(&cmd, argc, argv, &help) != OCI_OK) {
        status = cmd_usage(&cmd, cmd.err.text);

    } else if (help) {
        cmd_help(verb);
        status = 0;

    } else if (cmd.global->output != NULL
               && freopen(cmd.global->output, "w", stdout) == NULL)
    {
        (void) oci_error_errno(&cmd.err, errno, "open %s",
                               cmd.global->output);
        status = cmd_fail(&cmd, 1);

    } else {
        deadline_set(tally_time(&cmd));
        transport_verbose(cmd.global->verbose);
        status = verb->run(&cmd);
    }

    /* what could not be written was not said */

    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "Error: cannot write to standard output\n");
        status = 1;
    }

    oci_pool_destroy(cmd.pool);

    return status;
}


/*
 * cosign's and Trivy's own limits, each for what it does; what moves whole
 * images has none, since there an honest network may need hours.
 */

static int64_t
tally_time(const cmd_t *cmd)
{
    const char  *prefix;

    prefix = cmd->verb->prefix;

    if (cmd->global->timeout != 0 || prefix == NULL
        || cmd->verb == &cmd_copy || cmd->verb == &cmd_save
        || cmd->verb == &cmd_load || cmd->verb == &cmd_upload)
    {
        return cmd->global->timeout;
    }

    return (strcmp(prefix, "TRIVY_") == 0) ? TALLY_TRIVY_TIME
                                           : TALLY_COSIGN_TIME;
}


static int
tally_manual(const char *name)
{
    const cmd_verb_t  *verb;

    if (name == NULL) {
        cmd_manual(tally_verbs, TALLY_VERSION);
        return 0;
    }

    verb = tally_find(name);

    if (verb == NULL) {
        return tally_unknown(name);
    }

    cmd_manual_verb(verb, TALLY_VERSION);

    return 0;
}


static const cmd_verb_t *
tally_find(const char *name)
{
    size_t  i;

    for (i = 0; tally_verbs[i] != NULL; i++) {
        if (strcmp(tally_verbs[i]->name, name) == 0) {
            return tally_verbs[i];
        }
    }

    return NULL;
}


static int
tally_unknown(const char *name)
{
    size_t       i, least, n;
    const char  *near;

    near = NULL;
    least = 3;

    for (i = 0; tally_verbs[i] != NULL; i++) {
        n = tally_distance(name, tally_verbs[i]->name);

        if (n < least) {
            least = n;
            near = tally_verbs[i]->name;
        }
    }

    fprintf(stderr, "Error: unknown command \"");
    term_print(stderr, name, strlen(name));
    fprintf(stderr, "\"\n");

    if (near != NULL) {
        fprintf(stderr, "Did you mean \"tally %s\"?\n", near);
    }

    fprintf(stderr, "Run \"tally help\" for the list.\n");

    return 1;
}


/* Levenshtein's, for words as short as commands are */

static size_t
tally_distance(const char *a, const char *b)
{
    size_t  row[32], i, j, last, here, n;

    n = strlen(b);

    if (strlen(a) > 31 || n > 31) {
        return 32;
    }

    for (j = 0; j <= n; j++) {
        row[j] = j;
    }

    for (i = 1; a[i - 1] != '\0'; i++) {
        last = row[0];
        row[0] = i;

        for (j = 1; j <= n; j++) {
            here = row[j];
            row[j] = last + (a[i - 1] != b[j - 1]);

            if (here + 1 < row[j]) {
                row[j] = here + 1;
            }

            if (row[j - 1] + 1 < row[j]) {
                row[j] = row[j - 1] + 1;
            }

            last = here;
        }
    }

    return row[n];
}


static int
tally_help(FILE *stream)
{
    int     width, n;
    size_t  i;

    for (width = 0, i = 0; tally_verbs[i] != NULL; i++) {
        n = (int) strlen(tally_verbs[i]->name);
        width = (n > width) ? n : width;
    }

    fprintf(stream, "tally: signs, verifies and scans images, and cares for "
            "a registry's store\n\nUsage:\n  tally COMMAND [flags] "
            "[arguments]\n\nCommands:\n");

    for (i = 0; tally_verbs[i] != NULL; i++) {
        fprintf(stream, "  %-26s%s\n", tally_verbs[i]->name,
                tally_verbs[i]->summary);
    }

    fprintf(stream, "\n\"tally COMMAND --help\" tells more of each.\n");

    return stream == stderr ? 1 : 0;
}


static int
tally_completion(cmd_t *cmd)
{
    return (cmd->nargs == 1 && cmd_completion(tally_verbs, cmd->args[0])) ? 0
           : cmd_usage(cmd, "completion is for bash, zsh, fish or powershell");
}
