/*
 * import-config: prints the nginx.conf for a config.yml of registry:2.
 */

#include "command/command.h"
#include "command/file.h"
#include "import/convert.h"
#include "import/verbs.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>


static int cmd_import_run(cmd_t *cmd);
static oci_status_e cmd_import_variables(settings_t *s);


#define cmd_import_at(member)  offsetof(convert_t, member)


static const cmd_flag_t  cmd_import_flags[] = {
    { "access-log", 0, CMD_STRING, cmd_import_at(access_log), "FILE",
      "in place of /var/log/nginx/registry-access.log" },
    { "error-log", 0, CMD_STRING, cmd_import_at(error_log), "FILE",
      "in place of /var/log/nginx/registry-error.log" },
    { "module", 0, CMD_STRING, cmd_import_at(module), "FILE",
      "in place of modules/ngx_http_registry_module.so" },
    { "pid", 0, CMD_STRING, cmd_import_at(pid), "FILE",
      "in place of /run/nginx-registry.pid" },
    { "temp", 0, CMD_STRING, cmd_import_at(temp), "DIR",
      "temporary files go into it, not to where nginx has them" },
    { "user", 0, CMD_STRING, cmd_import_at(user), "NAME",
      "whom the workers run as (www-data); empty: none is named" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flags_t  cmd_import_sets[] = {
    { cmd_import_flags, 0 },
    { NULL, 0 }
};

const cmd_verb_t  cmd_import_config = {
    "import-config", "CONFIG.yml",
    "Prints the nginx.conf for a config.yml of registry:2",
    "  tally import-config /etc/docker/registry/config.yml > "
    "/etc/nginx/tally.conf\n"
    "  REGISTRY_STORAGE_DELETE_ENABLED=true tally import-config config.yml\n",
    NULL, cmd_import_sets, sizeof(convert_t), NULL, cmd_import_run
};


static int
cmd_import_run(cmd_t *cmd)
{
    convert_t     *c = cmd->options;
    oci_str_t      text;
    settings_t     s;
    oci_status_e   rc;

    if (cmd->nargs != 1) {
        return cmd_usage(cmd, "which config.yml?");
    }

    c->ipv6 = access("/proc/net/if_inet6", F_OK) == 0;

    if (file_read_max(cmd->pool, cmd->args[0], SETTINGS_MAX, &text, &cmd->err)
        != OCI_OK)
    {
        return cmd_error(cmd, "%s", cmd->err.text);
    }

    rc = settings_read(&s, cmd->pool, &text, &cmd->err);

    if (rc == OCI_OK) {
        rc = cmd_import_variables(&s);
    }

    if (rc == OCI_OK) {
        rc = convert_print(&s, c, stdout, stderr);
    }

    settings_free(&s);

    return (rc == OCI_OK) ? 0 : cmd_error(cmd, "%s", cmd->err.text);
}


/*
 * In the order of their names, as in distribution: REGISTRY_AUTH is there
 * before REGISTRY_AUTH_HTPASSWD_PATH.  REGISTRY_CONFIGURATION_PATH names the
 * file, and is no setting in it.
 */

static oci_status_e
cmd_import_variables(settings_t *s)
{
    char          *end, *last, *next, **p;
    oci_status_e   rc;

    for (last = NULL, rc = OCI_OK; rc == OCI_OK; last = next) {

        for (next = NULL, p = environ; *p != NULL; p++) {
            end = strchr(*p, '=');

            if (end != NULL && strncmp(*p, "REGISTRY_", 9) == 0
                && strncmp(*p, "REGISTRY_CONFIGURATION_PATH=", 28) != 0
                && (last == NULL || strcmp(*p, last) > 0)
                && (next == NULL || strcmp(*p, next) < 0))
            {
                next = *p;
            }
        }

        if (next == NULL) {
            break;
        }

        rc = settings_variable(s, next);
    }

    return rc;
}
