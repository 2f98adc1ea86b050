/*
 * generate: the payload that "sign" would sign, to be signed by other means.
 */

#include "sign/image.h"
#include "sign/verbs.h"

#include <stdio.h>


static int cmd_generate_payload_run(cmd_t *cmd);


static const cmd_flag_t  cmd_generate_payload_flags[] = {
    { "attachment-tag-prefix", 0, CMD_IGNORED, 0, "TEXT", NULL },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flags_t  cmd_generate_payload_sets[] = {
    { cmd_generate_payload_flags, 0 },
    { sign_flags_note, 0 },
    { sign_flags_root, 0 },
    { transport_flags, offsetof(sign_args_t, source)
                       + offsetof(source_options_t, transport) },
    { NULL, 0 }
};


const cmd_verb_t  cmd_generate = {
    "generate", "IMAGE", "Prints the payload that sign signs",
    "  tally generate registry.example/app:1.0 > payload\n"
    "  openssl dgst -sha256 -sign key.pem payload | base64 -w0 > payload.sig\n"
    "  tally attach signature --payload payload --signature payload.sig "
    "registry.example/app:1.0\n",
    "COSIGN_", cmd_generate_payload_sets, sizeof(sign_args_t),
    sign_args_defaults, cmd_generate_payload_run
};


static int
cmd_generate_payload_run(cmd_t *cmd)
{
    oci_str_t      name, digest, payload;
    oci_array_t    pairs;
    sign_image_t   image;

    if (cmd->nargs != 1) {
        return cmd_usage(cmd, "generate needs one image");
    }

    if (sign_args_pairs(cmd->pool, cmd->options, &pairs, &cmd->err) != OCI_OK
        || sign_image_load(&image, cmd, cmd->args[0]) != OCI_OK)
    {
        return cmd_fail(cmd, 1);
    }

    name = oci_reference_context(&image.at.ref, cmd->pool);
    digest = oci_digest_str(&image.manifest.digest);
    payload = oci_sign_payload_text(cmd->pool, &name, &digest, &pairs);

    if (payload.data == NULL) {
        return cmd_error(cmd, "out of memory");
    }

    (void) fwrite(payload.data, 1, payload.len, stdout);

    return 0;
}
