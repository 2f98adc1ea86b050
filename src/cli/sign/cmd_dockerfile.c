/*
 * dockerfile verify: the images that a Dockerfile builds on.
 */

#include "sign/named.h"
#include "sign/verify.h"
#include "command/file.h"
#include "sign/verbs.h"

#include <string.h>


typedef struct {
    sign_args_t  sign;
    bool         base_only;
} cmd_dockerfile_t;


static int cmd_dockerfile_run(cmd_t *cmd);


static const cmd_flag_t  cmd_dockerfile_flags[] = {
    { "base-image-only", 0, CMD_BOOL, offsetof(cmd_dockerfile_t, base_only),
      NULL, "only what the last stage builds on" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flags_t  cmd_dockerfile_sets[] = {
    { cmd_dockerfile_flags, 0 },
    sign_flags_named
};


const cmd_verb_t  cmd_dockerfile = {
    "dockerfile", "verify FILE", "Verifies the images of a Dockerfile",
    "  tally dockerfile verify --key cosign.pub Dockerfile\n",
    "COSIGN_", cmd_dockerfile_sets, sizeof(cmd_dockerfile_t),
    sign_args_defaults, cmd_dockerfile_run
};


static int
cmd_dockerfile_run(cmd_t *cmd)
{
    oci_str_t    text;
    oci_array_t  names;

    if (cmd->nargs != 2 || strcmp(cmd->args[0], "verify") != 0) {
        return cmd_usage(cmd, "dockerfile knows verify alone, of one file");
    }

    oci_array_init(&names, cmd->pool, sizeof(const char *));

    if (file_read_max(cmd->pool, cmd->args[1], NAMED_FILE, &text, &cmd->err)
           != OCI_OK
        || dockerfile_images(cmd->pool, &text, ((cmd_dockerfile_t *)
                                                cmd->options)->base_only,
                             &names, &cmd->err) != OCI_OK)
    {
        return cmd_fail(cmd, 1);
    }

    return cmd_verify_found(cmd, &names, "Dockerfile");
}
