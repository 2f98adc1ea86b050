/*
 * manifest verify: the images that resources of Kubernetes name.
 */

#include "sign/named.h"
#include "sign/verify.h"
#include "command/file.h"
#include "sign/verbs.h"

#include <string.h>


static int cmd_manifest_run(cmd_t *cmd);


static const cmd_flags_t  cmd_manifest_sets[] = {
    sign_flags_named
};


const cmd_verb_t  cmd_manifest = {
    "manifest", "verify FILE", "Verifies the images of a Kubernetes manifest",
    "  tally manifest verify --key cosign.pub deployment.yaml\n",
    "COSIGN_", cmd_manifest_sets, sizeof(sign_args_t), sign_args_defaults,
    cmd_manifest_run
};


static int
cmd_manifest_run(cmd_t *cmd)
{
    oci_str_t    text;
    oci_array_t  names;

    if (cmd->nargs != 2 || strcmp(cmd->args[0], "verify") != 0) {
        return cmd_usage(cmd, "manifest knows verify alone, of one file");
    }

    oci_array_init(&names, cmd->pool, sizeof(const char *));

    if (file_read_max(cmd->pool, cmd->args[1], NAMED_FILE, &text, &cmd->err)
           != OCI_OK
        || manifest_images(cmd->pool, cmd->args[1], &text, &names, &cmd->err)
           != OCI_OK)
    {
        return cmd_fail(cmd, 1);
    }

    return cmd_verify_found(cmd, &names, "manifest");
}
