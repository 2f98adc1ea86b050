/*
 * ls: the repositories of a registry or a store, or the tags of one.
 */

#include "command/size.h"
#include "command/term.h"
#include "images/target.h"
#include "images/verbs.h"
#include "oci_json.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define CMD_LS_CONFIG_MAX  (4 * 1024 * 1024)


typedef struct {
    source_options_t  source;
    bool              json;
} cmd_ls_t;


/* what one tag is */

typedef struct {
    target_t      *target;
    oci_digest_t   digest;
    uint64_t       size;
    json_t        *platforms;
    bool           index;
} cmd_ls_tag_t;


static int cmd_ls_run(cmd_t *cmd);
static int cmd_ls_repos(target_t *t, bool json);
static int cmd_ls_tags(target_t *t, bool json);
static oci_status_e cmd_ls_tag(target_t *t, const oci_str_t *name, int width,
    bool json, oci_error_t *err);
static oci_status_e cmd_ls_manifest(void *data, const oci_digest_t *digest,
    size_t len, const oci_manifest_t *m, oci_error_t *err);
static oci_status_e cmd_ls_config(cmd_ls_tag_t *tag, const oci_manifest_t *m,
    oci_error_t *err);
static void cmd_ls_platform(cmd_ls_tag_t *tag, const json_t *platform);
static void cmd_ls_text(const oci_str_t *name, const cmd_ls_tag_t *tag,
    int width);
static void cmd_ls_json(const oci_str_t *name, const cmd_ls_tag_t *tag);
static void cmd_ls_name(const oci_str_t *name, int width);


static const cmd_flag_t  cmd_ls_flags[] = {
    { "json", 0, CMD_BOOL, offsetof(cmd_ls_t, json), NULL,
      "a line of JSON for each" },
    { "root", 0, CMD_STRING, offsetof(cmd_ls_t, source)
                             + offsetof(source_options_t, root), "DIR",
      "a store on disk: no registry is asked" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flags_t  cmd_ls_sets[] = {
    { cmd_ls_flags, 0 },
    { transport_flags, offsetof(cmd_ls_t, source)
                       + offsetof(source_options_t, transport) },
    { NULL, 0 }
};

const cmd_verb_t  cmd_ls = {
    "ls", "[HOST | HOST/REPOSITORY | REPOSITORY]",
    "Lists repositories, or the tags of one",
    "  tally ls registry.example\n"
    "  tally ls registry.example/app\n"
    "  tally ls --root /var/lib/registry app\n",
    NULL, cmd_ls_sets, sizeof(cmd_ls_t), NULL, cmd_ls_run
};


static int
cmd_ls_run(cmd_t *cmd)
{
    target_t   t;
    cmd_ls_t  *o = cmd->options;

    if (cmd->nargs > 1 || (cmd->nargs == 0 && o->source.root == NULL)) {
        return cmd_usage(cmd, (cmd->nargs > 1) ? "ls lists one thing"
                              : "of which registry? name it, or --root");
    }

    if (target_open(&t, cmd, &o->source, cmd->args[0]) != OCI_OK) {
        return cmd_error(cmd, "%s", cmd->err.text);
    }

    if (t.named) {
        return cmd_usage(cmd, "ls lists a repository: name it without a tag");
    }

    return (t.ref.repo.len == 0) ? cmd_ls_repos(&t, o->json)
                                 : cmd_ls_tags(&t, o->json);
}


static int
cmd_ls_repos(target_t *t, bool json)
{
    size_t        i;
    oci_str_t    *name;
    oci_array_t   names;

    oci_array_init(&names, t->cmd->pool, sizeof(oci_str_t));

    if (source_list(t->source, &t->ref, &names, &t->cmd->err) != OCI_OK) {
        return cmd_error(t->cmd, "%s", t->cmd->err.text);
    }

    name = names.elts;

    for (i = 0; i < names.nelts; i++) {
        printf(json ? "{\"repository\":\"" : "");
        cmd_ls_name(&name[i], 0);
        printf(json ? "\"}\n" : "\n");
    }

    return 0;
}


static int
cmd_ls_tags(target_t *t, bool json)
{
    int           width, status;
    size_t        i;
    oci_str_t    *name;
    oci_array_t   names;
    oci_error_t   why;
    oci_status_e  rc;

    oci_array_init(&names, t->cmd->pool, sizeof(oci_str_t));

    rc = source_list(t->source, &t->ref, &names, &t->cmd->err);

    if (rc == OCI_NOT_FOUND) {
        return cmd_error(t->cmd, "no repository \"%s\"",
                         (char *) target_name(t).data);
    }

    if (rc != OCI_OK) {
        return cmd_error(t->cmd, "%s", t->cmd->err.text);
    }

    name = names.elts;
    width = 0;
    status = 0;

    for (i = 0; i < names.nelts; i++) {
        width = ((int) name[i].len > width) ? (int) name[i].len : width;
    }

    for (i = 0; i < names.nelts; i++) {
        memset(&why, 0, sizeof(oci_error_t));

        /* one that was deleted meanwhile is no error */

        rc = cmd_ls_tag(t, &name[i], width, json, &why);

        if (rc != OCI_OK && rc != OCI_NOT_FOUND) {
            status = cmd_error(t->cmd, "%s:%.*s: %s",
                               (char *) target_name(t).data,
                               (int) name[i].len, name[i].data, why.text);
        }
    }

    return status;
}


static oci_status_e
cmd_ls_tag(target_t *t, const oci_str_t *name, int width, bool json,
    oci_error_t *err)
{
    oci_status_e      rc;
    cmd_ls_tag_t      tag;
    oci_reference_t   ref;

    memset(&tag, 0, sizeof(cmd_ls_tag_t));
    tag.target = t;
    tag.platforms = json_array();

    ref = t->ref;
    ref.tag.data = (u_char *) oci_cstr(t->cmd->pool, name);
    ref.tag.len = name->len;

    rc = target_walk(t, &ref, cmd_ls_manifest, &tag, err);

    if (rc == OCI_OK && json) {
        cmd_ls_json(name, &tag);

    } else if (rc == OCI_OK) {
        cmd_ls_text(name, &tag, width);
    }

    json_decref(tag.platforms);

    return rc;
}


/* the first is what the tag names; others are children of it */

static oci_status_e
cmd_ls_manifest(void *data, const oci_digest_t *digest, size_t len,
    const oci_manifest_t *m, oci_error_t *err)
{
    size_t         i;
    bool           first;
    cmd_ls_tag_t  *tag = data;

    first = (tag->digest.alg == OCI_ALG_NONE);
    tag->size += len;

    if (first) {
        tag->digest = *digest;
        tag->index = (m->kind == OCI_INDEX);
    }

    for (i = 0; i < m->nparts; i++) {
        if (m->kind == OCI_INDEX) {
            cmd_ls_platform(tag, json_object_get(m->parts[i].json,
                                                 "platform"));

        } else {
            tag->size += m->parts[i].size;
        }
    }

    if (m->config == NULL) {
        return OCI_OK;
    }

    tag->size += m->config->size;

    return tag->index ? OCI_OK : cmd_ls_config(tag, m, err);
}


/* an image says in its configuration what it is for; an artifact does not */

static oci_status_e
cmd_ls_config(cmd_ls_tag_t *tag, const oci_manifest_t *m, oci_error_t *err)
{
    json_t        *root;
    oci_str_t      text;
    oci_status_e   rc;

    (void) err;

    rc = source_blob(tag->target->source, &tag->target->ref,
                     &m->config->digest, CMD_LS_CONFIG_MAX, &text, NULL);

    if (rc == OCI_OK) {
        root = oci_json_load(text.data, text.len, 0, NULL);
        cmd_ls_platform(tag, root);
        json_decref(root);
    }

    return OCI_OK;
}


static void
cmd_ls_platform(cmd_ls_tag_t *tag, const json_t *platform)
{
    const char  *os, *arch, *variant;

    os = json_string_value(json_object_get(platform, "os"));
    arch = json_string_value(json_object_get(platform, "architecture"));
    variant = json_string_value(json_object_get(platform, "variant"));

    /* attestations of BuildKit are for "unknown/unknown" */

    if (os == NULL || arch == NULL || strcmp(os, "unknown") == 0) {
        return;
    }

    (void) json_array_append_new(tag->platforms,
               (variant != NULL && *variant != '\0')
               ? json_sprintf("%s/%s/%s", os, arch, variant)
               : json_sprintf("%s/%s", os, arch));
}


static void
cmd_ls_text(const oci_str_t *name, const cmd_ls_tag_t *tag, int width)
{
    char         size[CMD_SIZE_LEN];
    size_t       i;
    json_t      *platform;

    cmd_ls_name(name, width);
    printf("  %s  %10s  ", tag->digest.text, cmd_size(tag->size, size));

    json_array_foreach(tag->platforms, i, platform) {
        printf(i != 0 ? "," : "");
        term_print(stdout, json_string_value(platform),
                   json_string_length(platform));
    }

    printf("\n");
}


static void
cmd_ls_json(const oci_str_t *name, const cmd_ls_tag_t *tag)
{
    char    *text;
    json_t  *line;

    line = json_pack("{ss% ss sI sO}", "tag", (char *) name->data, name->len,
                     "digest", tag->digest.text, "size",
                     (json_int_t) tag->size, "platforms", tag->platforms);
    text = (line != NULL) ? json_dumps(line, JSON_COMPACT) : NULL;
    printf("%s\n", (text != NULL) ? text : "{}");

    free(text);
    json_decref(line);
}


static void
cmd_ls_name(const oci_str_t *name, int width)
{
    term_print(stdout, (char *) name->data, name->len);
    printf("%*s", (width > (int) name->len) ? width - (int) name->len : 0, "");
}
