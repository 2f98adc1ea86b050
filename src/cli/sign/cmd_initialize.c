/*
 * initialize: trust from a TUF repository, by a root that came another way.
 */

#include "sign/tuf.h"
#include "sign/verbs.h"
#include "command/term.h"

#include <stdio.h>
#include <string.h>


typedef struct {
    const char  *mirror;
    const char  *root;
    const char  *checksum;
    bool         staging;
} cmd_initialize_t;


static int cmd_initialize_run(cmd_t *cmd);
static oci_status_e cmd_initialize_root(cmd_t *cmd, oci_str_t *text);
static oci_status_e cmd_initialize_checksum(cmd_t *cmd,
    const oci_str_t *text);
static oci_status_e cmd_initialize_update(cmd_t *cmd, tuf_t *tuf);
static oci_status_e cmd_initialize_targets(cmd_t *cmd, tuf_t *tuf);


#define cmd_initialize_at(member)  offsetof(cmd_initialize_t, member)

static const cmd_flag_t  cmd_initialize_flags[] = {
    { "mirror", 0, CMD_STRING, cmd_initialize_at(mirror), "URL|DIR",
      "the repository (default: the one that is remembered)" },
    { "root", 0, CMD_STRING, cmd_initialize_at(root), "FILE|URL",
      "the root.json to begin with (default: the one that is kept)" },
    { "root-checksum", 0, CMD_STRING, cmd_initialize_at(checksum), "HEX",
      "its SHA-256; sha384:HEX and sha512:HEX, too" },
    { "staging", 0, CMD_BOOL, cmd_initialize_at(staging), NULL, NULL },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flags_t  cmd_initialize_sets[] = {
    { cmd_initialize_flags, 0 },
    { NULL, 0 }
};


const cmd_verb_t  cmd_initialize = {
    "initialize", "", "Takes over trust from a TUF repository",
    "  tally initialize --mirror https://tuf.example --root root.json\n"
    "  tally initialize --mirror /mnt/tuf --root 1.root.json\n"
    "  tally initialize\n",
    "COSIGN_", cmd_initialize_sets, sizeof(cmd_initialize_t), NULL,
    cmd_initialize_run
};


static int
cmd_initialize_run(cmd_t *cmd)
{
    tuf_t               tuf;
    oci_status_e        rc;
    cmd_initialize_t   *o;

    o = cmd->options;

    if (cmd->nargs != 0) {
        return cmd_usage(cmd, "initialize takes no arguments");
    }

    if (o->staging) {
        return cmd_usage(cmd, "--staging: no root of Sigstore's instances is "
                         "built in: give --mirror and --root");
    }

    if (o->checksum != NULL && o->root == NULL) {
        return cmd_usage(cmd, "--root-checksum goes with --root");
    }

    rc = tuf_open(cmd->pool, o->mirror, &tuf, &cmd->err);

    if (rc == OCI_NOT_FOUND && o->mirror == NULL) {
        return cmd_usage(cmd, "no mirror is remembered: give --mirror");
    }

    if (rc == OCI_OK) {
        rc = cmd_initialize_update(cmd, &tuf);
    }

    return (rc == OCI_OK) ? 0 : cmd_fail(cmd, 1);
}


static oci_status_e
cmd_initialize_update(cmd_t *cmd, tuf_t *tuf)
{
    oci_str_t           text;
    oci_error_t         why = { OCI_OK, 0, "" };
    oci_status_e        rc;
    cmd_initialize_t   *o;

    o = cmd->options;
    rc = (o->root != NULL) ? cmd_initialize_root(cmd, &text) : OCI_OK;

    if (rc == OCI_OK) {
        rc = tuf_update(tuf, (o->root != NULL) ? &text : NULL, &why);
    }

    if (rc == OCI_NOT_FOUND && o->root == NULL) {
        return oci_error(&cmd->err, rc, 0, "no root of %s is kept: give "
                         "--root, which must come another way than the "
                         "mirror", tuf->mirror);
    }

    if (rc != OCI_OK) {
        return oci_error(&cmd->err, rc, 0, "%s: %s", tuf->mirror, why.text);
    }

    rc = cmd_initialize_targets(cmd, tuf);

    return (rc == OCI_OK) ? tuf_remember(tuf, &cmd->err) : rc;
}


static oci_status_e
cmd_initialize_root(cmd_t *cmd, oci_str_t *text)
{
    oci_status_e        rc;
    cmd_initialize_t   *o;

    o = cmd->options;
    rc = tuf_fetch(cmd->pool, o->root, OCI_SIGN_TUF_ROOT, text, &cmd->err);

    if (rc != OCI_OK) {
        return rc;
    }

    if (o->checksum != NULL) {
        return cmd_initialize_checksum(cmd, text);
    }

    if (strncmp(o->root, "http", 4) == 0 && strstr(o->root, "://") != NULL) {
        fprintf(stderr, "WARNING: the root came over the network: all trust "
                "begins with it, so compare it by --root-checksum.\n");
    }

    return OCI_OK;
}


static oci_status_e
cmd_initialize_checksum(cmd_t *cmd, const oci_str_t *text)
{
    oci_str_t           name, want;
    oci_alg_e           alg;
    const char         *colon;
    oci_digest_t        digest;
    cmd_initialize_t   *o;

    o = cmd->options;
    colon = strchr(o->checksum, ':');
    name = oci_str("sha256");
    want = oci_str(o->checksum);

    if (colon != NULL) {
        name = oci_str_dup(cmd->pool, (const u_char *) o->checksum,
                           (size_t) (colon - o->checksum));
        want = oci_str(colon + 1);
    }

    alg = oci_alg_parse(&name);

    if (alg == OCI_ALG_NONE || want.len != oci_alg_hex_len(alg)) {
        return oci_error(&cmd->err, OCI_INVALID, 0, "--root-checksum is HEX "
                         "of a SHA-256, or sha384:HEX, sha512:HEX");
    }

    oci_digest_of(&digest, alg, text->data, text->len);

    return (strcasecmp(oci_digest_hex(&digest), (char *) want.data) == 0)
           ? OCI_OK
           : oci_error(&cmd->err, OCI_MISMATCH, 0, "%s: its checksum is "
                       "another one than --root-checksum says", o->root);
}


/* a signing config is welcome, a trusted root is what it is all about */

static oci_status_e
cmd_initialize_targets(cmd_t *cmd, tuf_t *tuf)
{
    uint64_t       version;
    oci_str_t      expires;
    const char    *path;
    oci_error_t    why = { OCI_OK, 0, "" };
    oci_status_e   rc;

    rc = tuf_target(tuf, TUF_SIGNING_CONFIG, &path, &why);

    if (rc != OCI_OK && rc != OCI_NOT_FOUND) {
        return oci_error(&cmd->err, rc, 0, "%s: %s", tuf->mirror, why.text);
    }

    rc = tuf_target(tuf, TUF_TRUSTED_ROOT, &path, &cmd->err);

    if (rc != OCI_OK) {
        return rc;
    }

    (void) oci_json_uint(tuf->set.root, "version", &version);
    expires = oci_json_str(tuf->set.timestamp, "expires");
    fprintf(stderr, "The trust of ");
    term_print(stderr, tuf->mirror, strlen(tuf->mirror));
    fprintf(stderr, " (root %llu, good until %.*s) is in ",
            (unsigned long long) version, (int) expires.len, expires.data);
    term_print(stderr, path, strlen(path));
    fprintf(stderr, "\n");

    return OCI_OK;
}
