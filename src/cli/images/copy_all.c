/*
 * copy --all.
 */

#include "images/copy_all.h"
#include "command/file.h"
#include "command/term.h"

#include <stdio.h>
#include <string.h>


#define COPY_ALL_LIST  ((size_t) 64 << 20)      /* bytes of a list of names */


typedef struct {
    carry_t           *c;
    oci_reference_t    from;        /* repo empty: all of them */
    oci_reference_t    to;          /* repo: a prefix, or the new name */
    bool               store;       /* to one on disk */
    uint64_t           copied;
    uint64_t           failed;
} copy_all_run_t;


static oci_status_e copy_all_place(cmd_t *cmd, const char *name,
    oci_reference_t *ref);
static oci_status_e copy_all_names(copy_all_run_t *run, const char *list,
    oci_array_t *names);
static oci_status_e copy_all_read(copy_all_run_t *run, const char *list,
    oci_array_t *names);
static void copy_all_repository(copy_all_run_t *run, const oci_str_t *name);
static void copy_all_tag(copy_all_run_t *run, const oci_reference_t *from,
    const oci_reference_t *to, const oci_str_t *tag);
static void copy_all_failed(copy_all_run_t *run, const oci_str_t *repo,
    const oci_str_t *tag, const char *why);


int
copy_all(carry_t *c, const copy_all_t *all)
{
    size_t           i;
    oci_str_t       *name;
    oci_array_t      names;
    copy_all_run_t   run;

    memset(&run, 0, sizeof(copy_all_run_t));
    run.c = c;
    run.store = (all->to == NULL);
    oci_array_init(&names, c->cmd->pool, sizeof(oci_str_t));

    if (copy_all_place(c->cmd, all->from, &run.from) != OCI_OK
        || copy_all_place(c->cmd, all->to, &run.to) != OCI_OK
        || copy_all_names(&run, all->list, &names) != OCI_OK)
    {
        return cmd_error(c->cmd, "%s", c->cmd->err.text);
    }

    for (name = names.elts, i = 0; i < names.nelts; i++) {
        copy_all_repository(&run, &name[i]);
    }

    fprintf(stderr, "%llu tags of %zu repositories copied, %llu failed\n",
            (unsigned long long) run.copied, names.nelts,
            (unsigned long long) run.failed);

    return (run.failed == 0) ? 0 : 1;
}


static oci_status_e
copy_all_place(cmd_t *cmd, const char *name, oci_reference_t *ref)
{
    oci_str_t    text;
    oci_error_t  why = { OCI_OK, 0, "" };

    memset(ref, 0, sizeof(oci_reference_t));
    text = oci_str(name != NULL ? name : "store.invalid");

    if (strchr((char *) text.data, '/') == NULL) {
        ref->host = text;
        return OCI_OK;
    }

    if (oci_reference_parse(ref, cmd->pool, &text, &why) == OCI_OK
        && ref->digest.alg == OCI_ALG_NONE
        && strpbrk(strrchr(name, '/'), ":@") == NULL)
    {
        ref->tag.len = 0;
        return OCI_OK;
    }

    return oci_error(&cmd->err, OCI_INVALID, 0, "\"%.300s\" is neither a "
                     "registry nor a repository of one", name);
}


/* the repositories: those of the list, the one that is named, or all */

static oci_status_e
copy_all_names(copy_all_run_t *run, const char *list, oci_array_t *names)
{
    oci_str_t     *name;
    oci_error_t    why = { OCI_OK, 0, "" };
    oci_status_e   rc;

    if (list != NULL) {
        return copy_all_read(run, list, names);
    }

    if (run->from.repo.len == 0) {
        rc = source_list(run->c->from, &run->from, names, &why);

        return (rc == OCI_OK) ? OCI_OK
               : oci_error(&run->c->cmd->err, rc, 0, "%.300s; without its "
                           "catalog, name the repositories with "
                           "--repositories", why.text);
    }

    name = oci_array_push(names);
    if (name == NULL) {
        return oci_nomem(&run->c->cmd->err);
    }

    *name = run->from.repo;

    return OCI_OK;
}


static oci_status_e
copy_all_read(copy_all_run_t *run, const char *list, oci_array_t *names)
{
    char          *line, *next;
    cmd_t         *cmd = run->c->cmd;
    oci_str_t      text, *name;
    oci_status_e   rc;

    rc = file_read_max(cmd->pool, list, COPY_ALL_LIST, &text, &cmd->err);

    for (line = (char *) text.data; rc == OCI_OK && line != NULL; line = next) {
        next = strchr(line, '\n');

        if (next != NULL) {
            *next++ = '\0';
        }

        line[strcspn(line, "\r")] = '\0';

        if (*line == '\0' || *line == '#') {
            continue;
        }

        name = oci_array_push(names);
        if (name == NULL) {
            return oci_nomem(&cmd->err);
        }

        *name = oci_str(line);

        if (!oci_name_valid(name)) {
            return oci_error(&cmd->err, OCI_INVALID, 0, "\"%.256s\" of "
                             "\"%.200s\" is not the name of a repository",
                             line, list);
        }
    }

    return rc;
}


/* its name stays, below the prefix; one that was named takes the other name */

static void
copy_all_repository(copy_all_run_t *run, const oci_str_t *name)
{
    size_t            i;
    cmd_t            *cmd = run->c->cmd;
    oci_str_t        *tag;
    oci_array_t       tags;
    oci_error_t       why = { OCI_OK, 0, "" };
    oci_reference_t   from, to;

    from = run->from;
    from.repo = *name;
    to = run->to;

    if (to.repo.len == 0) {
        to.repo = *name;

    } else if (run->from.repo.len == 0) {
        to.repo = oci_strf(cmd->pool, "%s/%.*s", (char *) to.repo.data,
                           (int) name->len, (char *) name->data);
    }

    oci_array_init(&tags, cmd->pool, sizeof(oci_str_t));

    if (to.repo.data == NULL
        || source_list(run->c->from, &from, &tags, &why) != OCI_OK)
    {
        copy_all_failed(run, name, NULL, (why.status != OCI_OK) ? why.text
                                         : "out of memory");
        return;
    }

    for (tag = tags.elts, i = 0; i < tags.nelts; i++) {
        copy_all_tag(run, &from, &to, &tag[i]);
    }
}


/* memory of its own, as there may be a hundred thousand of them */

static void
copy_all_tag(copy_all_run_t *run, const oci_reference_t *from,
    const oci_reference_t *to, const oci_str_t *tag)
{
    cmd_t      cmd;
    carry_t    c;
    oci_str_t  said;

    cmd = *run->c->cmd;
    cmd.pool = oci_pool_create();
    memset(&cmd.err, 0, sizeof(oci_error_t));

    if (cmd.pool == NULL) {
        copy_all_failed(run, &from->repo, tag, "out of memory");
        return;
    }

    c = *run->c;
    c.cmd = &cmd;
    c.source = *from;
    c.target = *to;
    c.source.tag.data = (u_char *) oci_cstr(cmd.pool, tag);
    c.source.tag.len = tag->len;
    c.target.tag = c.source.tag;
    c.manifests = 0;
    c.bytes = 0;
    said = run->store ? c.target.repo
                      : oci_reference_context(&c.target, cmd.pool);
    c.said = oci_cstr(cmd.pool, &said);

    if (carry(&c) == OCI_OK) {
        run->copied++;

    } else {
        copy_all_failed(run, &from->repo, tag, cmd.err.text);
    }

    oci_pool_destroy(cmd.pool);
}


static void
copy_all_failed(copy_all_run_t *run, const oci_str_t *repo,
    const oci_str_t *tag, const char *why)
{
    run->failed++;
    fprintf(stderr, "Error: ");
    term_print(stderr, (char *) repo->data, repo->len);

    if (tag != NULL) {
        fprintf(stderr, ":");
        term_print(stderr, (char *) tag->data, tag->len);
    }

    fprintf(stderr, ": ");
    term_print(stderr, why, strlen(why));
    fprintf(stderr, "\n");
}
