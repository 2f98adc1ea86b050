/*
 * rm: removes tags and manifests, or all that a repository has.
 */

#include "command/term.h"
#include "images/target.h"
#include "images/verbs.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>


typedef struct {
    source_options_t  source;
    bool              all;
} cmd_rm_t;


static int cmd_rm_run(cmd_t *cmd);
static int cmd_rm_one(target_t *t, const char *name);
static int cmd_rm_all(target_t *t);
static oci_status_e cmd_rm_tag(target_t *t, const oci_str_t *tag,
    oci_error_t *err);
static void cmd_rm_say(const char *name, size_t len);


static const cmd_flag_t  cmd_rm_flags[] = {
    { "all", 0, CMD_BOOL, offsetof(cmd_rm_t, all), NULL,
      "a whole repository; over HTTP, every tag and what it points to" },
    { "root", 0, CMD_STRING, offsetof(cmd_rm_t, source)
                             + offsetof(source_options_t, root), "DIR",
      "a store on disk: no registry is asked" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flags_t  cmd_rm_sets[] = {
    { cmd_rm_flags, 0 },
    { transport_flags, offsetof(cmd_rm_t, source)
                       + offsetof(source_options_t, transport) },
    { NULL, 0 }
};

const cmd_verb_t  cmd_rm = {
    "rm", "REPOSITORY[:TAG|@DIGEST]",
    "Removes a tag, a manifest with its tags, or all of a repository",
    "  tally rm registry.example/app:1.0\n"
    "  tally rm --root /var/lib/registry app@sha256:5891b5b5...\n"
    "  tally rm --root /var/lib/registry --all old/app\n",
    NULL, cmd_rm_sets, sizeof(cmd_rm_t), NULL, cmd_rm_run
};


static int
cmd_rm_run(cmd_t *cmd)
{
    target_t   t;
    cmd_rm_t  *o = cmd->options;

    if (cmd->nargs != 1) {
        return cmd_usage(cmd, "rm needs one image or repository");
    }

    if (target_open(&t, cmd, &o->source, cmd->args[0]) != OCI_OK) {
        return cmd_error(cmd, "%s", cmd->err.text);
    }

    if (t.ref.repo.len == 0) {
        return cmd_error(cmd, "\"%s\" is no repository: HOST/REPOSITORY, or "
                         "--root DIR", cmd->args[0]);
    }

    if (t.named && o->all) {
        return cmd_error(cmd, "--all removes a whole repository: name it "
                         "without a tag");
    }

    if (!t.named && !o->all) {
        return cmd_error(cmd, "\"%s\" is a whole repository: name a tag or a "
                         "digest, or give --all", cmd->args[0]);
    }

    return o->all ? cmd_rm_all(&t) : cmd_rm_one(&t, cmd->args[0]);
}


static int
cmd_rm_one(target_t *t, const char *name)
{
    oci_status_e  rc;

    rc = source_delete(t->source, &t->ref, &t->cmd->err);

    if (rc == OCI_NOT_FOUND) {
        return cmd_error(t->cmd, "no such image: \"%s\"", name);
    }

    if (rc != OCI_OK) {
        return cmd_error(t->cmd, "%s: %s", name, t->cmd->err.text);
    }

    cmd_rm_say(name, strlen(name));

    return 0;
}


/* manifests by their digests: all tags that point to one go with it */

static int
cmd_rm_all(target_t *t)
{
    size_t        i;
    oci_str_t    *tag, name;
    oci_array_t   tags;
    oci_status_e  rc;

    name = target_name(t);
    oci_array_init(&tags, t->cmd->pool, sizeof(oci_str_t));
    rc = source_list(t->source, &t->ref, &tags, &t->cmd->err);

    if (rc == OCI_NOT_FOUND) {
        return cmd_error(t->cmd, "no repository \"%s\"", (char *) name.data);
    }

    tag = tags.elts;

    for (i = 0; rc == OCI_OK && i < tags.nelts; i++) {
        rc = cmd_rm_tag(t, &tag[i], &t->cmd->err);
    }

    /* what no tag leads to is found on a store alone */

    if (rc == OCI_OK && t->options.root != NULL) {
        rc = source_delete_repo(t->source, &t->ref, &t->cmd->err);

        if (rc == OCI_OK) {
            cmd_rm_say((char *) name.data, name.len);
        }
    }

    if (rc != OCI_OK) {
        return cmd_error(t->cmd, "%s: %s", (char *) name.data,
                         t->cmd->err.text);
    }

    return 0;
}


static oci_status_e
cmd_rm_tag(target_t *t, const oci_str_t *tag, oci_error_t *err)
{
    oci_str_t          said;
    oci_error_t        why = { OCI_OK, 0, "" };
    oci_status_e       rc;
    oci_reference_t    ref;
    source_manifest_t  m;

    ref = t->ref;
    ref.tag.data = (u_char *) oci_cstr(t->cmd->pool, tag);
    ref.tag.len = tag->len;

    rc = source_manifest(t->source, &ref, &m, &why);

    if (rc == OCI_OK) {
        ref.digest = m.digest;
    }

    /* one whose manifest is gone, or cannot be read, is removed by its name */

    memset(&why, 0, sizeof(oci_error_t));
    rc = source_delete(t->source, &ref, &why);

    if (rc != OCI_OK && rc != OCI_NOT_FOUND) {
        return oci_error(err, rc, 0, "%s", why.text);
    }

    said = target_name(t);
    said = oci_strf(t->cmd->pool, "%.*s:%.*s", (int) said.len, said.data,
                    (int) tag->len, tag->data);
    cmd_rm_say((char *) said.data, said.len);

    return OCI_OK;
}


static void
cmd_rm_say(const char *name, size_t len)
{
    printf("removed ");
    term_print(stdout, name, len);
    printf("\n");
}
