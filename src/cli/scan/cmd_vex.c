/*
 * tally vex repo: VEX repositories.
 */

#include "scan/flags.h"
#include "scan/verbs.h"
#include "scan/vex_repo.h"

#include <stdio.h>
#include <string.h>


static int vex_run(cmd_t *cmd);
static int vex_init(scan_t *s);
static int vex_list(scan_t *s);
static int vex_download(scan_t *s);
static bool vex_is_named(const cmd_t *cmd, const vex_repo_t *repo);


static const struct {
    const char   *name;
    bool          names;        /* takes arguments */
    int         (*run)(scan_t *s);
} vex_verbs[] = {
    { "init", false, vex_init },
    { "list", false, vex_list },
    { "download", true, vex_download },
    { NULL, false, NULL }
};


const cmd_verb_t  cmd_vex = {
    "vex", "repo init | repo list | repo download [NAME ...]",
    "VEX repositories: documents that say what is not affected",
    "  tally vex repo download\n"
    "  tally scan --vex repo registry.example/app:1\n",
    "TRIVY_", scan_db_flags, sizeof(scan_options_t), scan_defaults, vex_run
};


static int
vex_run(cmd_t *cmd)
{
    size_t   i;
    scan_t   s;

    if (scan_init(&s, cmd) != OCI_OK || scan_cache_dir(&s) != OCI_OK) {
        return scan_fatal(&s, "%s", "");
    }

    for (i = 0; cmd->nargs >= 2 && vex_verbs[i].name != NULL; i++) {
        if (strcmp(cmd->args[0], "repo") == 0
            && strcmp(cmd->args[1], vex_verbs[i].name) == 0
            && (cmd->nargs == 2 || vex_verbs[i].names))
        {
            return vex_verbs[i].run(&s);
        }
    }

    return cmd_usage(cmd, "say what to do with VEX repositories");
}


static int
vex_init(scan_t *s)
{
    bool  made;

    if (vex_repo_init(s, &made) != OCI_OK) {
        return scan_fatal(s, "VEX error");
    }

    scan_log(s, SCAN_INFO, made ? "[vex] The default repository config has "
                                  "been created\tfile_path=\"%s\""
                                : "[vex] The configuration file already "
                                  "exists\tpath=\"%s\"", vex_repo_config(s));

    return 0;
}


static int
vex_list(scan_t *s)
{
    size_t        i;
    vex_repo_t   *repo;
    oci_array_t   repos;

    if (vex_repo_list(s, &repos) != OCI_OK) {
        return scan_fatal(s, "VEX error");
    }

    printf("VEX Repositories (config: %s)\n\n", vex_repo_config(s));

    if (repos.nelts == 0) {
        printf("No repositories configured.\n");
    }

    repo = repos.elts;

    for (i = 0; i < repos.nelts; i++) {
        printf("- Name: %s\n  URL: %s\n  Status: %s%s\n\n",
               repo[i].name.data, repo[i].url.data,
               repo[i].enabled ? "Enabled" : "Disabled",
               repo[i].insecure ? "\n  TLS Verify: No" : "");
    }

    return 0;
}


static int
vex_download(scan_t *s)
{
    size_t        i, n;
    vex_repo_t   *repo;
    oci_array_t   repos;

    if (vex_repo_list(s, &repos) != OCI_OK) {
        return scan_fatal(s, "VEX error");
    }

    repo = repos.elts;

    for (i = 0, n = 0; i < repos.nelts; i++) {

        if (!repo[i].enabled || !vex_is_named(s->cmd, &repo[i])) {
            continue;
        }

        n++;

        if (vex_repo_update(&repo[i]) != OCI_OK) {
            return scan_fatal(s, "VEX error");
        }
    }

    if (n == 0) {
        scan_log(s, SCAN_WARN, "[vex] No enabled repositories found in "
                 "config\tpath=\"%s\"", vex_repo_config(s));
    }

    return 0;
}


/* those that are named, or all */

static bool
vex_is_named(const cmd_t *cmd, const vex_repo_t *repo)
{
    int  i;

    for (i = 2; i < (int) cmd->nargs; i++) {
        if (oci_str_is(&repo->name, cmd->args[i])) {
            return true;
        }
    }

    return cmd->nargs == 2;
}
