/*
 * du: what repositories take, and what of it they share.
 */

#include "command/size.h"
#include "command/term.h"
#include "images/target.h"
#include "images/verbs.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


typedef struct {
    source_options_t  source;
    bool              json;
} cmd_du_t;


/* eight bytes of a digest are enough to tell two apart, as in oci_used.h */

typedef struct {
    uint64_t  key;
    uint64_t  size;
    uint32_t  repo;
} cmd_du_blob_t;


typedef struct {
    oci_str_t  name;
    uint64_t   unique;
    uint64_t   shared;
} cmd_du_repo_t;


typedef struct {
    cmd_t           *cmd;
    cmd_du_blob_t   *blobs;
    size_t           nblobs;
    size_t           nalloc;
    oci_array_t      repos;         /* cmd_du_repo_t */
    uint64_t         total;
} cmd_du_sum_t;


static int cmd_du_run(cmd_t *cmd);
static oci_status_e cmd_du_names(cmd_du_sum_t *sum, oci_error_t *err);
static oci_status_e cmd_du_repo(cmd_du_sum_t *sum, const char *name,
    oci_error_t *err);
static oci_status_e cmd_du_tags(cmd_du_sum_t *sum, target_t *t,
    oci_error_t *err);
static oci_status_e cmd_du_manifest(void *data, const oci_digest_t *digest,
    size_t len, const oci_manifest_t *m, oci_error_t *err);
static oci_status_e cmd_du_add(cmd_du_sum_t *sum, const oci_digest_t *digest,
    uint64_t size, oci_error_t *err);
static void cmd_du_pack(cmd_du_sum_t *sum);
static int cmd_du_cmp(const void *a, const void *b);
static void cmd_du_count(cmd_du_sum_t *sum);
static void cmd_du_print(const cmd_du_sum_t *sum, bool json);


static const cmd_flag_t  cmd_du_flags[] = {
    { "json", 0, CMD_BOOL, offsetof(cmd_du_t, json), NULL,
      "a line of JSON for each" },
    { "root", 0, CMD_STRING, offsetof(cmd_du_t, source)
                             + offsetof(source_options_t, root), "DIR",
      "a store on disk: no registry is asked" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flags_t  cmd_du_sets[] = {
    { cmd_du_flags, 0 },
    { transport_flags, offsetof(cmd_du_t, source)
                       + offsetof(source_options_t, transport) },
    { NULL, 0 }
};

const cmd_verb_t  cmd_du = {
    "du", "[HOST | HOST/REPOSITORY... | REPOSITORY...]",
    "Says what repositories take, and what of it they share",
    "  tally du --root /var/lib/registry\n"
    "  tally du registry.example/app registry.example/base\n",
    NULL, cmd_du_sets, sizeof(cmd_du_t), NULL, cmd_du_run
};


static int
cmd_du_run(cmd_t *cmd)
{
    cmd_du_t      *o = cmd->options;
    oci_status_e   rc;
    cmd_du_sum_t   sum;

    if (cmd->nargs == 0 && o->source.root == NULL) {
        return cmd_usage(cmd, "of which registry? name it, or --root");
    }

    memset(&sum, 0, sizeof(cmd_du_sum_t));
    sum.cmd = cmd;
    oci_array_init(&sum.repos, cmd->pool, sizeof(cmd_du_repo_t));

    rc = cmd_du_names(&sum, &cmd->err);

    if (rc == OCI_OK) {
        cmd_du_count(&sum);
        cmd_du_print(&sum, o->json);
    }

    free(sum.blobs);

    return (rc == OCI_OK) ? 0 : cmd_error(cmd, "%s", cmd->err.text);
}


/* those that are named, or all */

static oci_status_e
cmd_du_names(cmd_du_sum_t *sum, oci_error_t *err)
{
    size_t        i;
    target_t      t;
    cmd_du_t     *o = sum->cmd->options;
    oci_str_t    *name, full;
    oci_array_t   names;
    oci_status_e  rc;

    rc = target_open(&t, sum->cmd, &o->source, sum->cmd->args[0]);

    if (rc == OCI_OK && t.ref.repo.len != 0) {

        for (i = 0; rc == OCI_OK && i < sum->cmd->nargs; i++) {
            rc = cmd_du_repo(sum, sum->cmd->args[i], err);
        }

        return rc;
    }

    oci_array_init(&names, sum->cmd->pool, sizeof(oci_str_t));

    if (rc == OCI_OK) {
        rc = source_list(t.source, &t.ref, &names, err);
    }

    name = names.elts;

    for (i = 0; rc == OCI_OK && i < names.nelts; i++) {
        full = oci_strf(sum->cmd->pool, "%s%s%.*s", (char *) t.ref.host.data,
                        t.ref.host.len != 0 ? "/" : "", (int) name[i].len,
                        name[i].data);
        rc = (full.data != NULL)
             ? cmd_du_repo(sum, (char *) full.data, err) : oci_nomem(err);

        /* its first tag is on its way, or its last one went */

        if (rc == OCI_NOT_FOUND) {
            sum->repos.nelts--;
            memset(err, 0, sizeof(oci_error_t));
            rc = OCI_OK;
        }
    }

    return rc;
}


/* in memory of its own: a store may have many */

static oci_status_e
cmd_du_repo(cmd_du_sum_t *sum, const char *name, oci_error_t *err)
{
    cmd_t           own;
    target_t        t;
    cmd_du_t       *o = sum->cmd->options;
    oci_status_e    rc;
    cmd_du_repo_t  *repo;

    repo = oci_array_push(&sum->repos);
    own = *sum->cmd;
    own.pool = oci_pool_create();

    if (repo == NULL || own.pool == NULL) {
        oci_pool_destroy(own.pool);
        return oci_nomem(err);
    }

    repo->name = oci_str(name);
    rc = target_open(&t, &own, &o->source, name);

    if (rc != OCI_OK) {
        rc = oci_error(err, rc, 0, "%s", own.err.text);

    } else if (t.named || t.ref.repo.len == 0) {
        rc = oci_error(err, OCI_INVALID, 0, "\"%.300s\" is not a repository",
                       name);

    } else {
        rc = cmd_du_tags(sum, &t, err);
    }

    oci_pool_destroy(own.pool);

    return rc;
}


static oci_status_e
cmd_du_tags(cmd_du_sum_t *sum, target_t *t, oci_error_t *err)
{
    size_t            i;
    oci_str_t        *tag;
    oci_array_t       tags;
    oci_error_t       why = { OCI_OK, 0, "" };
    oci_status_e      rc;
    oci_reference_t   ref;

    oci_array_init(&tags, t->cmd->pool, sizeof(oci_str_t));
    rc = source_list(t->source, &t->ref, &tags, &why);

    if (rc != OCI_OK) {
        return oci_error(err, rc, 0, (rc == OCI_NOT_FOUND)
                         ? "no repository \"%s\"" : "%s",
                         (rc == OCI_NOT_FOUND) ? (char *) target_name(t).data
                                               : why.text);
    }

    tag = tags.elts;

    for (i = 0; rc == OCI_OK && i < tags.nelts; i++) {
        ref = t->ref;
        ref.tag.data = (u_char *) oci_cstr(t->cmd->pool, &tag[i]);
        ref.tag.len = tag[i].len;
        memset(&why, 0, sizeof(oci_error_t));

        rc = target_walk(t, &ref, cmd_du_manifest, sum, &why);

        if (rc == OCI_NOT_FOUND) {
            rc = OCI_OK;                /* deleted meanwhile */

        } else if (rc != OCI_OK) {
            rc = oci_error(err, rc, 0, "%.*s: %s", (int) tag[i].len,
                           tag[i].data, why.text);
        }
    }

    return rc;
}


static oci_status_e
cmd_du_manifest(void *data, const oci_digest_t *digest, size_t len,
    const oci_manifest_t *m, oci_error_t *err)
{
    size_t         i;
    oci_status_e   rc;
    cmd_du_sum_t  *sum = data;

    rc = cmd_du_add(sum, digest, len, err);

    if (rc == OCI_OK && m->config != NULL) {
        rc = cmd_du_add(sum, &m->config->digest, m->config->size, err);
    }

    for (i = 0; rc == OCI_OK && m->kind == OCI_IMAGE && i < m->nparts; i++) {
        if (!m->parts[i].foreign) {
            rc = cmd_du_add(sum, &m->parts[i].digest, m->parts[i].size, err);
        }
    }

    return rc;
}


static oci_status_e
cmd_du_add(cmd_du_sum_t *sum, const oci_digest_t *digest, uint64_t size,
    oci_error_t *err)
{
    char            hex[17];
    size_t          n;
    cmd_du_blob_t  *blob;

    if (sum->nblobs == sum->nalloc) {
        cmd_du_pack(sum);
    }

    if (sum->nblobs >= sum->nalloc / 2) {
        n = (sum->nalloc != 0) ? 2 * sum->nalloc : 4096;
        blob = realloc(sum->blobs, n * sizeof(cmd_du_blob_t));

        if (blob == NULL) {
            return oci_nomem(err);
        }

        sum->blobs = blob;
        sum->nalloc = n;
    }

    memcpy(hex, oci_digest_hex(digest), 16);
    hex[16] = '\0';

    blob = &sum->blobs[sum->nblobs++];
    blob->key = strtoull(hex, NULL, 16) ^ digest->alg;
    blob->size = size;
    blob->repo = (uint32_t) (sum->repos.nelts - 1);

    return OCI_OK;
}


/* images share layers: what a repository has twice is there once */

static void
cmd_du_pack(cmd_du_sum_t *sum)
{
    size_t          i, n;
    cmd_du_blob_t  *b;

    if (sum->nblobs == 0) {
        return;
    }

    n = 1;
    b = sum->blobs;
    qsort(b, sum->nblobs, sizeof(cmd_du_blob_t), cmd_du_cmp);

    for (i = 1; i < sum->nblobs; i++) {
        if (cmd_du_cmp(&b[i], &b[n - 1]) != 0) {
            b[n++] = b[i];
        }
    }

    sum->nblobs = n;
}


static int
cmd_du_cmp(const void *a, const void *b)
{
    const cmd_du_blob_t  *x = a, *y = b;

    return (x->key != y->key) ? (x->key > y->key) - (x->key < y->key)
                              : (x->repo > y->repo) - (x->repo < y->repo);
}


static void
cmd_du_count(cmd_du_sum_t *sum)
{
    size_t          i, n;
    cmd_du_blob_t  *b;
    cmd_du_repo_t  *repos;

    cmd_du_pack(sum);
    b = sum->blobs;
    repos = sum->repos.elts;

    for (i = 0; i < sum->nblobs; i += n) {

        for (n = 1; i + n < sum->nblobs && b[i + n].key == b[i].key; n++) {
            repos[b[i + n].repo].shared += b[i].size;
        }

        *(n > 1 ? &repos[b[i].repo].shared : &repos[b[i].repo].unique)
            += b[i].size;
        sum->total += b[i].size;
    }
}


static void
cmd_du_print(const cmd_du_sum_t *sum, bool json)
{
    char            text[2][CMD_SIZE_LEN];
    size_t          i;
    cmd_du_repo_t  *repo;

    repo = sum->repos.elts;

    if (!json) {
        printf("%12s %12s\n", "alone", "shared");
    }

    for (i = 0; i < sum->repos.nelts; i++) {

        if (json) {
            printf("{\"repository\":\"");
            term_print(stdout, (char *) repo[i].name.data, repo[i].name.len);
            printf("\",\"unique\":%llu,\"shared\":%llu}\n",
                   (unsigned long long) repo[i].unique,
                   (unsigned long long) repo[i].shared);
            continue;
        }

        printf("%12s %12s  ", cmd_size(repo[i].unique, text[0]),
               cmd_size(repo[i].shared, text[1]));
        term_print(stdout, (char *) repo[i].name.data, repo[i].name.len);
        printf("\n");
    }

    if (json) {
        printf("{\"total\":%llu}\n", (unsigned long long) sum->total);

    } else {
        printf("%s in all\n", cmd_size(sum->total, text[0]));
    }
}
