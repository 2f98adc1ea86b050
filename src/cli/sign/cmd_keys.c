/*
 * generate-key-pair, import-key-pair, public-key.
 */

#include "sign/kms.h"
#include "sign/pair.h"
#include "sign/policy.h"
#include "sign/verbs.h"
#include "command/password.h"
#include "command/file.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


typedef struct {
    const char  *prefix;
    const char  *key;
    const char  *outfile;
    bool         yes;
} cmd_keys_t;


static int cmd_generate_run(cmd_t *cmd);
static int cmd_import_run(cmd_t *cmd);
static int cmd_keys_write(cmd_t *cmd, EVP_PKEY *key);
static int cmd_keys_secret(cmd_t *cmd, EVP_PKEY *key, const char *name);
static oci_status_e cmd_keys_encrypt(cmd_t *cmd, EVP_PKEY *key,
    oci_str_t *secret, oci_str_t *password);
static oci_status_e cmd_keys_file(cmd_t *cmd, const char *kind,
    const char *suffix, const oci_str_t *text, int mode);
static int cmd_public_run(cmd_t *cmd);


#define cmd_keys_at(member)  offsetof(cmd_keys_t, member)


static const cmd_flag_t  cmd_keys_out[] = {
    { "output-key-prefix", 0, CMD_STRING, cmd_keys_at(prefix), "NAME",
      "writes NAME.key and NAME.pub" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flag_t  cmd_keys_import[] = {
    { "key", 'k', CMD_STRING, cmd_keys_at(key), "FILE",
      "the private key (PEM) to take over" },
    { "yes", 'y', CMD_BOOL, cmd_keys_at(yes), NULL,
      "overwrite without asking" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flag_t  cmd_keys_public[] = {
    { "key", 0, CMD_STRING, cmd_keys_at(key), "KEY",
      "private key: file, env://NAME, pkcs11:..." },
    { "outfile", 0, CMD_STRING, cmd_keys_at(outfile), "FILE",
      "write it there" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flag_t  cmd_keys_new[] = {
    { "kms", 0, CMD_REFUSED, 0, "",
      "make the key with the service's own tools, and name it by --key" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flags_t  cmd_generate_sets[] = {
    { cmd_keys_out, 0 },
    { cmd_keys_new, 0 },
    { NULL, 0 }
};

static const cmd_flags_t  cmd_import_sets[] = {
    { cmd_keys_out, 0 },
    { cmd_keys_import, 0 },
    { NULL, 0 }
};

static const cmd_flags_t  cmd_public_sets[] = {
    { cmd_keys_public, 0 },
    { sign_flags_piv, 0 },
    { NULL, 0 }
};


const cmd_verb_t  cmd_generate_key_pair = {
    "generate-key-pair", "[PLACE]",
    "Makes a key pair to sign with",
    "  # cosign.key (encrypted with a password) and cosign.pub\n"
    "  tally generate-key-pair\n\n"
    "  # other names, no prompt\n"
    "  COSIGN_PASSWORD=secret tally generate-key-pair "
    "--output-key-prefix release\n\n"
    "  # in a secret of Kubernetes\n"
    "  tally generate-key-pair k8s://build/cosign\n\n"
    "  # as variables for pipelines of GitLab, secrets for workflows of "
    "GitHub\n"
    "  GITLAB_TOKEN=... tally generate-key-pair gitlab://group/project\n"
    "  GITHUB_TOKEN=... tally generate-key-pair github://owner/repository\n",
    "COSIGN_", cmd_generate_sets, sizeof(cmd_keys_t), NULL, cmd_generate_run
};

const cmd_verb_t  cmd_import_key_pair = {
    "import-key-pair", "", "Takes over a key from elsewhere",
    "  # a key of OpenSSL's: import-cosign.key and import-cosign.pub\n"
    "  tally import-key-pair --key openssl.pem\n",
    "COSIGN_", cmd_import_sets, sizeof(cmd_keys_t), NULL, cmd_import_run
};

const cmd_verb_t  cmd_public_key = {
    "public-key", "", "Prints the public key of a private one",
    "  tally public-key --key cosign.key\n\n"
    "  # of a key in a token\n"
    "  tally public-key --key 'pkcs11:token=build;object=release'\n",
    "COSIGN_", cmd_public_sets, sizeof(cmd_keys_t), NULL, cmd_public_run
};


static int
cmd_generate_run(cmd_t *cmd)
{
    EVP_PKEY    *key;
    cmd_keys_t  *o;

    o = cmd->options;

    if (cmd->nargs > 1
        || (cmd->nargs == 1 && !sign_pair_named(cmd->args[0])))
    {
        return cmd_usage(cmd, "generate-key-pair takes no argument but "
                              "a place for the pair: k8s://NAMESPACE/NAME, "
                              "gitlab://PROJECT or github://OWNER/REPOSITORY;"
                              " for files see --output-key-prefix");
    }

    if (o->prefix == NULL) {
        o->prefix = "cosign";
    }

    if (oci_sign_key_generate(cmd->pool, &key, &cmd->err) != OCI_OK) {
        return cmd_fail(cmd, 1);
    }

    return (cmd->nargs == 1) ? cmd_keys_secret(cmd, key, cmd->args[0])
           : cmd_keys_write(cmd, key);
}


static int
cmd_import_run(cmd_t *cmd)
{
    EVP_PKEY      *key;
    oci_str_t      pem, password;
    cmd_keys_t    *o;
    oci_status_e   status;

    o = cmd->options;

    if (o->key == NULL || cmd->nargs != 0) {
        return cmd_usage(cmd, "import-key-pair needs --key FILE");
    }

    if (o->prefix == NULL) {
        o->prefix = "import-cosign";
    }

    if (file_read(cmd->pool, o->key, &pem, &cmd->err) != OCI_OK) {
        return cmd_fail(cmd, 1);
    }

    /* an encrypted PEM file is opened with the same password */

    password = oci_str(NULL);

    if (memmem(pem.data, pem.len, "ENCRYPTED", 9) != NULL
        && sign_password(cmd->pool, false, &password, &cmd->err) != OCI_OK)
    {
        return cmd_fail(cmd, 1);
    }

    status = oci_sign_key_import(cmd->pool, &pem, &password, &key, &cmd->err);

    oci_sign_wipe(&pem);
    oci_sign_wipe(&password);

    return (status == OCI_OK) ? cmd_keys_write(cmd, key) : cmd_fail(cmd, 1);
}


/*
 * The key is made before the question is asked, and nothing is written
 * before it is answered.
 */

static int
cmd_keys_write(cmd_t *cmd, EVP_PKEY *key)
{
    oci_str_t    secret, public, name, password;
    cmd_keys_t  *o;

    o = cmd->options;

    if (cmd_keys_encrypt(cmd, key, &secret, &password) != OCI_OK) {
        return cmd_fail(cmd, 1);
    }

    oci_sign_wipe(&password);

    public = oci_sign_key_pem(cmd->pool, key);
    name = oci_strf(cmd->pool, "%s.key", o->prefix);

    if (public.data == NULL || name.data == NULL) {
        (void) oci_error(&cmd->err, OCI_IO, 0, "no key could be made");
        return cmd_fail(cmd, 1);
    }

    if (access((char *) name.data, F_OK) == 0 && !o->yes) {
        fprintf(stderr, "WARNING: File %s already exists. Overwrite?\n",
                name.data);

        if (!password_confirm(PASSWORD_CONTINUE)) {
            (void) oci_error(&cmd->err, OCI_DENIED, 0,
                             "user declined the prompt");
            return cmd_fail(cmd, 1);
        }
    }

    return (cmd_keys_file(cmd, "Private", ".key", &secret, 0600) == OCI_OK
            && cmd_keys_file(cmd, "Public", ".pub", &public, 0644) == OCI_OK)
           ? 0 : cmd_fail(cmd, 1);
}


/* beside the key is its password, as cosign keeps it there */

static int
cmd_keys_secret(cmd_t *cmd, EVP_PKEY *key, const char *name)
{
    cmd_keys_t    *o;
    sign_pair_t    pair;
    oci_error_t    why = { OCI_OK, 0, "" };
    oci_status_e   rc;

    o = cmd->options;

    if (cmd_keys_encrypt(cmd, key, &pair.key, &pair.password) != OCI_OK) {
        return cmd_fail(cmd, 1);
    }

    pair.public = oci_sign_key_pem(cmd->pool, key);
    rc = sign_pair_write(cmd->pool, name, &pair, o->yes, &why);

    if (rc == OCI_EXISTS) {
        fprintf(stderr, "WARNING: %s. Overwrite it?\n", why.text);
        memset(&why, 0, sizeof(oci_error_t));

        rc = password_confirm(PASSWORD_CONTINUE)
             ? sign_pair_write(cmd->pool, name, &pair, true, &why)
             : oci_error(&why, OCI_DENIED, 0, "user declined the prompt");
    }

    oci_sign_wipe(&pair.password);

    if (rc != OCI_OK) {
        (void) oci_error(&cmd->err, rc, 0, "%s", why.text);
        return cmd_fail(cmd, 1);
    }

    fprintf(stderr, "Key pair written to %s\n", name);

    return (cmd_keys_file(cmd, "Public", ".pub", &pair.public, 0644)
            == OCI_OK) ? 0 : cmd_fail(cmd, 1);
}


/* the caller wipes the password */

static oci_status_e
cmd_keys_encrypt(cmd_t *cmd, EVP_PKEY *key, oci_str_t *secret,
    oci_str_t *password)
{
    u_char        salt[32], nonce[24];
    oci_status_e  rc;

    rc = sign_password(cmd->pool, true, password, &cmd->err);
    if (rc != OCI_OK) {
        return rc;
    }

    rc = (RAND_bytes(salt, sizeof(salt)) == 1
          && RAND_bytes(nonce, sizeof(nonce)) == 1)
         ? oci_sign_key_encrypt(cmd->pool, key, password, salt, nonce,
                                secret, &cmd->err)
         : OCI_IO;

    if (rc != OCI_OK) {
        oci_sign_wipe(password);
        return oci_error(&cmd->err, OCI_IO, 0, "no key could be made");
    }

    return OCI_OK;
}


static oci_status_e
cmd_keys_file(cmd_t *cmd, const char *kind, const char *suffix,
    const oci_str_t *text, int mode)
{
    oci_str_t      name;
    cmd_keys_t    *o;
    oci_status_e   rc;

    o = cmd->options;
    name = oci_strf(cmd->pool, "%s%s", o->prefix, suffix);

    rc = (name.data != NULL)
         ? file_write((char *) name.data, text, mode, &cmd->err)
         : oci_error(&cmd->err, OCI_NOMEM, 0, "out of memory");

    if (rc == OCI_OK) {
        fprintf(stderr, "%s key written to %s\n", kind, name.data);
    }

    return rc;
}


static int
cmd_public_run(cmd_t *cmd)
{
    EVP_PKEY      *key;
    oci_str_t      pem;
    cmd_keys_t    *o;
    oci_status_e   status;

    o = cmd->options;

    if (o->key == NULL || cmd->nargs != 0) {
        return cmd_usage(cmd, "public-key needs --key KEY");
    }

    /* of a token only the public half is needed */

    status = (strncmp(o->key, "pkcs11:", 7) == 0 || sign_kms_named(o->key))
             ? sign_public_load(cmd->pool, o->key, &key, &cmd->err)
             : sign_private_load(cmd->pool, o->key, &key, &cmd->err);

    if (status != OCI_OK) {
        return cmd_fail(cmd, 1);
    }

    pem = oci_sign_key_pem(cmd->pool, key);

    if (o->outfile != NULL) {
        return (file_write(o->outfile, &pem, 0600, &cmd->err) == OCI_OK)
               ? 0 : cmd_fail(cmd, 1);
    }

    (void) fwrite(pem.data, 1, pem.len, stdout);

    return 0;
}
