/*
 * copy, save, load: images with their signatures, between registries, stores
 * and folders.
 */

#include "command/progress.h"
#include "source/copy.h"
#include "images/copy_all.h"
#include "images/verbs.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>


typedef struct {
    source_options_t  source;
    const char       *dir;
    const char       *root;
    const char       *from_root;
    const char       *to_root;
    const char       *platform;
    cmd_list_t        only;
    const char       *repositories;
    bool              all;
    bool              sig_only;
    bool              force;
    bool              no_progress;
} cmd_carry_t;


static int cmd_copy_run(cmd_t *cmd);
static int cmd_copy_all(cmd_t *cmd, carry_t *c);
static int cmd_save_run(cmd_t *cmd);
static int cmd_load_run(cmd_t *cmd);
static bool cmd_carry_only(const cmd_carry_t *o, unsigned *what);
static oci_status_e cmd_carry_open(cmd_t *cmd, const char *root,
    const char *layout, bool create, source_t **source);
static oci_status_e cmd_carry_ref(cmd_t *cmd, const char *name,
    oci_reference_t *ref);


#define cmd_carry_at(member)  offsetof(cmd_carry_t, member)


static const cmd_flag_t  cmd_copy_flags[] = {
    { "all", 0, CMD_BOOL, cmd_carry_at(all), NULL,
      "every tag of FROM, a registry or a repository, to TO" },
    { "attachment-tag-prefix", 0, CMD_REFUSED, 0, "",
      "what is attached goes along by its tag and by its subject: tags with a "
      "prefix are copied by their own names" },
    { "force", 'f', CMD_BOOL, cmd_carry_at(force), NULL,
      "move tags that are there already" },
    { "from-root", 0, CMD_STRING, cmd_carry_at(from_root), "DIR",
      "copy from a store on disk, not from a registry" },
    { "no-progress", 0, CMD_BOOL, cmd_carry_at(no_progress), NULL,
      "no progress on the terminal" },
    { "only", 0, CMD_LIST, cmd_carry_at(only), "LIST",
      "sig, att, sbom: these without the image" },
    { "platform", 0, CMD_STRING, cmd_carry_at(platform), "OS/ARCH",
      "of an index, only this image" },
    { "repositories", 0, CMD_STRING, cmd_carry_at(repositories), "FILE",
      "with --all: these alone, one a line, not what the catalog names" },
    { "root", 0, CMD_STRING, cmd_carry_at(root), "DIR",
      "a store on disk: both are in it" },
    { "sig-only", 0, CMD_BOOL, cmd_carry_at(sig_only), NULL,
      "the old name of --only=sig" },
    { "to-root", 0, CMD_STRING, cmd_carry_at(to_root), "DIR",
      "copy to a store on disk, not to a registry" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flag_t  cmd_dir_flags[] = {
    { "attachment-tag-prefix", 0, CMD_REFUSED, 0, "",
      "what is attached goes along by its tag and by its subject: tags with a "
      "prefix are copied by their own names" },
    { "dir", 0, CMD_STRING, cmd_carry_at(dir), "DIR",
      "the folder: an OCI image layout" },
    { "no-progress", 0, CMD_BOOL, cmd_carry_at(no_progress), NULL,
      "no progress on the terminal" },
    { "root", 0, CMD_STRING, cmd_carry_at(root), "DIR",
      "a store on disk: no registry is asked" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

#define cmd_carry_transport                                                   \
    { transport_flags, offsetof(cmd_carry_t, source)                          \
                       + offsetof(source_options_t, transport) },             \
    { NULL, 0 }

static const cmd_flags_t  cmd_copy_sets[] = {
    { cmd_copy_flags, 0 },
    cmd_carry_transport
};

static const cmd_flags_t  cmd_dir_sets[] = {
    { cmd_dir_flags, 0 },
    cmd_carry_transport
};


const cmd_verb_t  cmd_copy = {
    "copy", "FROM TO", "Copies an image and all that belongs to it",
    "  tally copy registry.example/app:1 mirror.example/app:1\n"
    "  tally copy --only=sig,att registry.example/app:1 mirror.example/app:1\n"
    "  tally copy --to-root /var/lib/registry registry.example/app:1 app:1\n"
    "  tally copy --all registry.example mirror.example\n",
    "COSIGN_", cmd_copy_sets, sizeof(cmd_carry_t), NULL, cmd_copy_run
};


const cmd_verb_t  cmd_save = {
    "save", "IMAGE", "Saves an image and all that belongs to it in a folder",
    "  tally save --dir app registry.example/app:1\n"
    "  tally verify --key cosign.pub --local-image app\n",
    "COSIGN_", cmd_dir_sets, sizeof(cmd_carry_t), NULL, cmd_save_run
};


const cmd_verb_t  cmd_load = {
    "load", "IMAGE", "Loads what was saved into a registry",
    "  tally load --dir app mirror.example/app:1\n",
    "COSIGN_", cmd_dir_sets, sizeof(cmd_carry_t), NULL, cmd_load_run
};


static int
cmd_copy_run(cmd_t *cmd)
{
    carry_t       c;
    oci_str_t     said;
    cmd_carry_t  *o;

    o = cmd->options;
    memset(&c, 0, sizeof(c));
    c.cmd = cmd;
    c.platform = o->platform;
    c.force = o->force;

    if (o->all) {
        return cmd_copy_all(cmd, &c);
    }

    if (cmd->nargs != 2) {
        return cmd_usage(cmd, "copy needs two images: from, to");
    }

    if (!cmd_carry_only(o, &c.what)) {
        return cmd_error(cmd, "invalid value for --only: only the following "
                         "values are supported: [sig sbom att]");
    }

    if (cmd_carry_ref(cmd, cmd->args[0], &c.source) != OCI_OK
        || cmd_carry_ref(cmd, cmd->args[1], &c.target) != OCI_OK
        || cmd_carry_open(cmd, o->from_root ? o->from_root : o->root, NULL,
                          false, &c.from) != OCI_OK
        || cmd_carry_open(cmd, o->to_root ? o->to_root : o->root, NULL,
                          false, &c.to) != OCI_OK)
    {
        return cmd_fail(cmd, 1);
    }

    said = oci_reference_context(&c.target, cmd->pool);
    c.said = oci_cstr(cmd->pool, &said);

    (void) progress_open(o->no_progress);

    return (carry(&c) == OCI_OK) ? 0 : cmd_fail(cmd, 1);
}


/* a store on disk is named by its flag, and may have no argument */

static int
cmd_copy_all(cmd_t *cmd, carry_t *c)
{
    bool          store;
    size_t        n;
    copy_all_t    all;
    cmd_carry_t  *o;

    o = cmd->options;
    memset(&all, 0, sizeof(copy_all_t));
    all.list = o->repositories;
    n = 0;

    if (o->from_root == NULL) {
        all.from = cmd->args[n++];
    }

    store = (o->to_root != NULL);

    if (!store || n < cmd->nargs) {
        all.to = (n <= cmd->nargs) ? cmd->args[n++] : NULL;
    }

    if (n != cmd->nargs || o->root != NULL
        || !cmd_carry_only(o, &c->what) || c->what != CARRY_ALL)
    {
        return cmd_usage(cmd, "copy --all needs two registries, or "
                         "repositories of them: from, to");
    }

    if (store && all.to != NULL) {
        return cmd_usage(cmd, "copy --all --to-root keeps the names: it takes "
                         "no second argument");
    }

    if (cmd_carry_open(cmd, o->from_root, NULL, false, &c->from) != OCI_OK
        || cmd_carry_open(cmd, o->to_root, NULL, false, &c->to) != OCI_OK)
    {
        return cmd_error(cmd, "%s", cmd->err.text);
    }

    (void) progress_open(o->no_progress);

    return copy_all(c, &all);
}


static bool
cmd_carry_only(const cmd_carry_t *o, unsigned *what)
{
    size_t       i, n;
    const char  *p;

    *what = o->sig_only ? CARRY_SIGNATURES : 0;

    for (i = 0; i < o->only.nelts; i++) {

        for (p = o->only.elts[i]; *p != '\0'; p += n + (p[n] == ',')) {
            n = strcspn(p, ",");

            if (n == 3 && strncmp(p, "sig", 3) == 0) {
                *what |= CARRY_SIGNATURES | CARRY_REFERRERS;

            } else if (n == 3 && strncmp(p, "att", 3) == 0) {
                *what |= CARRY_ATTESTATIONS | CARRY_REFERRERS;

            } else if (n == 4 && strncmp(p, "sbom", 4) == 0) {
                *what |= CARRY_SBOMS;

            } else {
                return false;
            }
        }
    }

    *what = (*what != 0) ? *what : CARRY_ALL;

    return true;
}


static int
cmd_save_run(cmd_t *cmd)
{
    carry_t       c;
    cmd_carry_t  *o;

    o = cmd->options;
    memset(&c, 0, sizeof(c));
    c.cmd = cmd;
    c.what = CARRY_ALL;

    if (cmd->nargs != 1 || o->dir == NULL) {
        return cmd_usage(cmd, "save needs --dir and one image");
    }

    if (cmd_carry_ref(cmd, cmd->args[0], &c.source) != OCI_OK
        || cmd_carry_open(cmd, o->root, NULL, false, &c.from) != OCI_OK
        || cmd_carry_open(cmd, NULL, o->dir, true, &c.to) != OCI_OK)
    {
        return cmd_fail(cmd, 1);
    }

    c.target = c.source;
    c.target.digest.alg = OCI_ALG_NONE;

    if (c.source.digest.alg != OCI_ALG_NONE) {
        c.target.tag = oci_str(SOURCE_MAIN);
    }

    (void) progress_open(o->no_progress);

    return (carry(&c) == OCI_OK) ? 0 : cmd_fail(cmd, 1);
}


static int
cmd_load_run(cmd_t *cmd)
{
    carry_t       c;
    cmd_carry_t  *o;

    o = cmd->options;
    memset(&c, 0, sizeof(c));
    c.cmd = cmd;
    c.what = CARRY_ALL;

    if (cmd->nargs != 1 || o->dir == NULL) {
        return cmd_usage(cmd, "load needs --dir and the image's new name");
    }

    if (cmd_carry_ref(cmd, cmd->args[0], &c.target) != OCI_OK
        || cmd_carry_open(cmd, NULL, o->dir, false, &c.from) != OCI_OK
        || cmd_carry_open(cmd, o->root, NULL, false, &c.to) != OCI_OK)
    {
        return cmd_fail(cmd, 1);
    }

    c.source = c.target;
    c.source.digest.alg = OCI_ALG_NONE;
    c.source.tag = oci_str(SOURCE_MAIN);

    (void) progress_open(o->no_progress);

    return (carry(&c) == OCI_OK) ? 0 : cmd_fail(cmd, 1);
}


static oci_status_e
cmd_carry_ref(cmd_t *cmd, const char *name, oci_reference_t *ref)
{
    oci_str_t    text;
    oci_error_t  why;

    memset(&why, 0, sizeof(why));
    text = oci_str(name);

    return (oci_reference_parse(ref, cmd->pool, &text, &why) == OCI_OK)
           ? OCI_OK
           : oci_error(&cmd->err, OCI_INVALID, 0, "parsing image name %s: %s",
                       name, why.text);
}


static oci_status_e
cmd_carry_open(cmd_t *cmd, const char *root, const char *layout, bool create,
    source_t **source)
{
    cmd_carry_t       *o;
    source_options_t  *options;

    o = cmd->options;
    options = oci_palloc(cmd->pool, sizeof(source_options_t));

    if (options == NULL) {
        return oci_error(&cmd->err, OCI_NOMEM, 0, "out of memory");
    }

    *options = o->source;
    options->root = root;
    options->layout = layout;
    options->create = create;

    return source_open(source, cmd->pool, options, &cmd->err);
}
