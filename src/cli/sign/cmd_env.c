/*
 * env: the variables of the environment that are looked at, beside those that
 * stand for flags.
 */

#include "sign/verbs.h"
#include "command/term.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


typedef struct {
    bool  describe;
    bool  secrets;
} cmd_env_t;


static void cmd_env_defaults(void *options);
static int cmd_env_run(cmd_t *cmd);


static const cmd_flag_t  cmd_env_flags[] = {
    { "show-descriptions", 0, CMD_BOOL, offsetof(cmd_env_t, describe), NULL,
      "say what each is for (default true)" },
    { "show-sensitive-values", 0, CMD_BOOL, offsetof(cmd_env_t, secrets),
      NULL, "show passwords and tokens, too" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flags_t  cmd_env_sets[] = {
    { cmd_env_flags, 0 },
    { NULL, 0 }
};


const cmd_verb_t  cmd_env = {
    "env", "", "Prints the variables of the environment that count",
    "  tally env --show-descriptions=false\n",
    "COSIGN_", cmd_env_sets, sizeof(cmd_env_t), cmd_env_defaults, cmd_env_run
};


static const struct {
    const char  *name;
    const char  *what;
    const char  *expects;
    bool         secret;
} cmd_env_variables[] = {
    { "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "is the bearer token for GitHub's "
      "OIDC provider", "string with a bearer token", true },
    { "ACTIONS_ID_TOKEN_REQUEST_URL", "is the URL of GitHub's OIDC provider",
      "string with a URL", false },
    { "COSIGN_PASSWORD", "is the password of the private key",
      "string with a password (asks for it by default)", true },
    { "COSIGN_PKCS11_MODULE_PATH", "is the library of the PKCS#11 token",
      "path to a library", false },
    { "COSIGN_PKCS11_PIN", "is the PIN of the PKCS#11 token",
      "string with a PIN (asks for it by default)", true },
    { "COSIGN_REPOSITORY", "is where signatures are, in place of the "
      "repository of the image", "string with a repository", false },
    { "DOCKER_CONFIG", "is the folder of docker's config.json",
      "path to a folder", false },
    { "GITHUB_HOST", "is the GitHub server of github:// keys",
      "string with a URL (GitHub's own by default)", false },
    { "GITHUB_TOKEN", "is the token for github:// keys",
      "string with a token", true },
    { "GITLAB_HOST", "is the GitLab server of gitlab:// keys",
      "string with a URL (https://gitlab.com by default)", false },
    { "GITLAB_TOKEN", "is the token for gitlab:// keys",
      "string with a token", true },
    { "KUBECONFIG", "is where Kubernetes is, of k8s:// keys",
      "paths to files, parted by colons (~/.kube/config by default)", false },
    { "SIGSTORE_CT_LOG_PUBLIC_KEY_FILE", "verifies the SCT of a certificate",
      "path to a public key", false },
    { "SIGSTORE_ID_TOKEN", "is the identity token for keyless signing",
      "string with an OIDC token", true },
    { "SIGSTORE_REKOR_PUBLIC_KEY", "verifies entries of the transparency log",
      "path to a public key", false },
    { "SIGSTORE_ROOT_FILE", "has the certificate authorities",
      "path to certificates (PEM)", false },
    { "SIGSTORE_TSA_CERTIFICATE_FILE", "has the timestamp authority",
      "path to certificates (PEM)", false },
    { "SSL_CERT_FILE", "has the authorities of TLS in place of the system's",
      "path to certificates (PEM)", false },
    { "TUF_MIRROR", "is the TUF repository, in place of the one that "
      "\"initialize\" remembers", "string with a URL", false },
    { "TUF_ROOT", "is the folder of trust that \"initialize\" brings",
      "path to a folder (~/.sigstore/root by default)", false },
    { "TUF_ROOT_JSON", "is the root of the TUF repository",
      "path to a root.json", false }
};


static void
cmd_env_defaults(void *options)
{
    ((cmd_env_t *) options)->describe = true;
}


static int
cmd_env_run(cmd_t *cmd)
{
    size_t       i;
    cmd_env_t   *o;
    const char  *value;

    o = cmd->options;

    if (cmd->nargs != 0) {
        return cmd_usage(cmd, "env takes no arguments");
    }

    for (i = 0; i < sizeof(cmd_env_variables) / sizeof(cmd_env_variables[0]);
         i++)
    {
        if (o->describe) {
            printf("# %s %s\n# Expects: %s\n", cmd_env_variables[i].name,
                   cmd_env_variables[i].what, cmd_env_variables[i].expects);
        }

        value = getenv(cmd_env_variables[i].name);
        value = (value != NULL) ? value : "";

        if (cmd_env_variables[i].secret && value[0] != '\0' && !o->secrets) {
            value = "******";
        }

        printf("%s=", cmd_env_variables[i].name);
        term_print(stdout, value, strlen(value));
        printf("\n");
    }

    return 0;
}
