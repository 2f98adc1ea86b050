/*
 * Collection: mark, set aside, look again, discard.
 */

#include "oci_collect.h"
#include "oci_keep.h"
#include "oci_upload.h"

#include <string.h>


#define OCI_COLLECT_BATCH  131072

/* a registry that knows no leases may have stamped its links a little early */
#define OCI_COLLECT_SLACK  (2 * INT64_C(1000000000))


typedef struct {
    oci_collector_t   c;
    oci_pool_t        *pool;
    oci_content_t     *batch;           /* set aside, not yet decided */
    size_t             nbatch;
    oci_array_t        repos;           /* oci_str_t: hold nothing, it seems */
    int64_t            since;           /* of the keeping under way */
} oci_collection_t;


/* what is still linked in a repository */

typedef struct {
    oci_collection_t  *run;
    const oci_repo_t  *repo;
    size_t             links;
} oci_remains_t;


static oci_status_e oci_collect_all(oci_collection_t *run, oci_error_t *err);
static oci_status_e oci_collect_mark(void *data, const oci_str_t *name,
    oci_error_t *err);
static oci_status_e oci_collect_content(void *data,
    const oci_content_t *content, oci_error_t *err);
static oci_status_e oci_collect_aside(oci_collection_t *run,
    const oci_content_t *content, oci_error_t *err);
static oci_status_e oci_collect_batch(oci_collection_t *run,
    oci_error_t *err);
static oci_status_e oci_collect_decide(oci_collection_t *run,
    const oci_content_t *content, oci_error_t *err);
static oci_status_e oci_collect_put_back(oci_collection_t *run,
    oci_error_t *err);
static void oci_collect_removed(oci_collection_t *run,
    const oci_content_t *content);
static oci_status_e oci_collect_repo(void *data, const oci_str_t *name,
    oci_error_t *err);
static oci_status_e oci_collect_place(void *data, const oci_str_t *name,
    oci_error_t *err);
static oci_status_e oci_collect_layer(oci_remains_t *remains,
    const oci_link_t *link, oci_error_t *err);
static bool oci_collect_gone(oci_collection_t *run,
    const oci_digest_t *digest);
static oci_status_e oci_collect_first(void *data, const oci_link_t *link,
    oci_error_t *err);
static oci_status_e oci_collect_repos(oci_collection_t *run,
    oci_error_t *err);
static oci_status_e oci_collect_rest(oci_collection_t *run,
    oci_error_t *err);


oci_status_e
oci_collect(oci_store_t *store, const oci_collect_t *options,
    oci_collected_t *sum, oci_error_t *err)
{
    oci_status_e      rc;
    oci_collection_t  run;

    memset(&run, 0, sizeof(oci_collection_t));
    memset(sum, 0, sizeof(oci_collected_t));

    run.c.store = store;
    run.c.options = options;
    run.c.sum = sum;

    run.pool = oci_pool_create();
    if (run.pool == NULL) {
        return oci_nomem(err);
    }

    oci_array_init(&run.repos, run.pool, sizeof(oci_str_t));
    run.batch = oci_palloc(run.pool,
                           OCI_COLLECT_BATCH * sizeof(oci_content_t));

    rc = (run.batch != NULL) ? oci_used_init(&run.c.used, run.pool, err)
                             : oci_nomem(err);

    if (rc == OCI_OK) {
        rc = oci_collect_all(&run, err);
    }

    if (rc != OCI_OK) {
        (void) oci_collect_put_back(&run, NULL);
    }

    oci_pool_destroy(run.pool);

    return rc;
}


static oci_status_e
oci_collect_all(oci_collection_t *run, oci_error_t *err)
{
    oci_status_e  rc;

    rc = oci_store_drain(run->c.store, &run->c.start, err);
    if (rc != OCI_OK) {
        return rc;
    }

    run->c.cutoff = run->c.start - run->c.options->grace;
    run->since = INT64_MIN;

    rc = oci_store_walk_repos(run->c.store, oci_collect_mark, run, err);

    if (rc == OCI_OK) {
        rc = oci_store_walk_content(run->c.store, oci_collect_content, run,
                                    err);
    }

    if (rc == OCI_OK) {
        rc = oci_collect_batch(run, err);
    }

    if (rc == OCI_OK) {
        rc = oci_store_walk_repos(run->c.store, oci_collect_repo, run, err);
    }

    if (rc == OCI_OK) {
        rc = oci_collect_repos(run, err);
    }

    return (rc == OCI_OK) ? oci_collect_rest(run, err) : rc;
}


static oci_status_e
oci_collect_mark(void *data, const oci_str_t *name, oci_error_t *err)
{
    oci_pool_t        *pool;
    oci_status_e       rc;
    oci_collection_t  *run = data;

    pool = oci_pool_create();
    if (pool == NULL) {
        return oci_nomem(err);
    }

    if (run->since == INT64_MIN && run->c.options->untagged) {
        rc = oci_keep_tagged(&run->c, oci_repo(run->c.store, pool, name),
                             err);

    } else {
        rc = oci_keep_repo(&run->c, oci_repo(run->c.store, pool, name),
                           run->since, err);
    }

    oci_pool_destroy(pool);

    return rc;
}


static oci_status_e
oci_collect_content(void *data, const oci_content_t *content,
    oci_error_t *err)
{
    oci_str_t          name;
    oci_status_e       rc;
    oci_collection_t  *run = data;

    rc = oci_collector_pace(&run->c);
    if (rc != OCI_OK) {
        return rc;
    }

    if (content->status != OCI_OK) {
        name = oci_digest_str(&content->digest);
        oci_collector_event(&run->c, OCI_COLLECT_PROBLEM, &(oci_str_t)
                            oci_null_string, &name, 0,
                            "content cannot be looked at");
        return OCI_OK;
    }

    if (content->where == OCI_WALK_CONTENT) {
        run->c.sum->contents++;
        run->c.sum->bytes += content->size;

        if (oci_used_has(&run->c.used, &content->digest)) {
            return OCI_OK;
        }

        if (content->time >= run->c.cutoff) {
            run->c.sum->young++;
            return OCI_OK;
        }
    }

    if (run->c.options->dry_run) {
        oci_collect_removed(run, content);
        return OCI_OK;
    }

    return oci_collect_aside(run, content, err);
}


static oci_status_e
oci_collect_aside(oci_collection_t *run, const oci_content_t *content,
    oci_error_t *err)
{
    oci_pool_t   *pool;
    oci_error_t   why = { OCI_OK, 0, "" };
    oci_status_e  rc;

    pool = oci_pool_create();
    if (pool == NULL) {
        return oci_nomem(err);
    }

    /* what was set aside by a collection that did not end is there already */

    rc = (content->where == OCI_WALK_CONTENT)
         ? oci_store_aside(run->c.store, pool, &content->digest, &why)
         : OCI_OK;

    oci_pool_destroy(pool);

    rc = oci_collector_rc(rc, OCI_NOT_FOUND, &why, err);

    if (rc != OCI_OK) {
        return (rc == OCI_NOT_FOUND) ? OCI_OK : rc;
    }

    run->batch[run->nbatch++] = *content;

    return (run->nbatch == OCI_COLLECT_BATCH) ? oci_collect_batch(run, err)
                                              : OCI_OK;
}


/* whatever was about to refer to the batch has done so, and is marked */

static oci_status_e
oci_collect_batch(oci_collection_t *run, oci_error_t *err)
{
    int64_t       time;
    oci_status_e  rc;

    if (run->nbatch == 0) {
        return OCI_OK;
    }

    rc = oci_store_drain(run->c.store, &time, err);

    if (rc == OCI_OK) {
        run->since = run->c.start - OCI_COLLECT_SLACK;
        rc = oci_store_walk_repos(run->c.store, oci_collect_mark, run, err);
    }

    while (rc == OCI_OK && run->nbatch != 0) {
        rc = oci_collect_decide(run, &run->batch[run->nbatch - 1], err);

        if (rc == OCI_OK) {
            run->nbatch--;
            rc = oci_collector_pace(&run->c);
        }
    }

    return rc;
}


static oci_status_e
oci_collect_decide(oci_collection_t *run, const oci_content_t *content,
    oci_error_t *err)
{
    int64_t       time;
    oci_pool_t   *pool;
    oci_error_t   why = { OCI_OK, 0, "" };
    oci_status_e  rc;

    pool = oci_pool_create();
    if (pool == NULL) {
        return oci_nomem(err);
    }

    rc = oci_store_renewed(run->c.store, pool, &content->digest, &time, &why);

    if (rc == OCI_OK
        && (time >= run->c.start
            || oci_used_has(&run->c.used, &content->digest)))
    {
        run->c.sum->restored++;
        rc = oci_store_restore(run->c.store, pool, &content->digest, &why);

    } else if (rc == OCI_OK) {
        rc = oci_store_discard(run->c.store, pool, &content->digest, &why);

        if (rc == OCI_OK) {
            oci_collect_removed(run, content);
        }
    }

    oci_pool_destroy(pool);

    rc = oci_collector_rc(rc, OCI_NOT_FOUND, &why, err);

    return (rc == OCI_NOT_FOUND) ? OCI_OK : rc;
}


/* a collection that ends early leaves nothing out of its place */

static oci_status_e
oci_collect_put_back(oci_collection_t *run, oci_error_t *err)
{
    oci_status_e  rc;

    rc = OCI_OK;

    while (run->nbatch != 0 && (rc == OCI_OK || rc == OCI_NOT_FOUND)) {
        run->nbatch--;
        rc = oci_store_restore(run->c.store, run->pool,
                               &run->batch[run->nbatch].digest, err);
    }

    return rc;
}


static void
oci_collect_removed(oci_collection_t *run, const oci_content_t *content)
{
    oci_str_t  name;

    name = oci_digest_str(&content->digest);
    run->c.sum->removed++;
    run->c.sum->removed_bytes += content->size;

    oci_collector_event(&run->c, OCI_COLLECT_CONTENT,
                        &(oci_str_t) oci_null_string, &name, content->size,
                        "no manifest refers to it");
}


/* links to what is gone, and whether anything is left in the repository */

static oci_status_e
oci_collect_repo(void *data, const oci_str_t *name, oci_error_t *err)
{
    oci_str_t         *kept;
    oci_pool_t        *pool;
    oci_status_e       rc;
    oci_collection_t  *run = data;
    oci_remains_t      remains = { run, NULL, 0 };

    pool = oci_pool_create();
    if (pool == NULL) {
        return oci_nomem(err);
    }

    run->c.sum->repos++;
    remains.repo = oci_repo(run->c.store, pool, name);

    rc = oci_store_walk_links(remains.repo, OCI_LINK_REVISION,
                              oci_collect_first, &remains, err);

    if (rc == OCI_OK) {
        rc = oci_store_walk_links(remains.repo, OCI_LINK_TAG,
                                  oci_collect_first, &remains, err);
    }

    if (rc == OCI_OK || rc == OCI_EXISTS) {
        rc = oci_store_walk_places(remains.repo, OCI_LINK_LAYER,
                                   oci_collect_place, &remains, err);
    }

    if (rc == OCI_OK && remains.links == 0) {
        kept = oci_array_push(&run->repos);

        if (kept != NULL) {
            *kept = oci_str_dup(run->pool, name->data, name->len);
        }

        if (kept == NULL || kept->data == NULL) {
            rc = oci_nomem(err);
        }
    }

    oci_pool_destroy(pool);

    return rc;
}


/* one is enough: the repository stays */

static oci_status_e
oci_collect_first(void *data, const oci_link_t *link, oci_error_t *err)
{
    oci_remains_t  *remains = data;

    (void) err;

    if (link->status == OCI_NOT_FOUND) {
        return OCI_OK;
    }

    remains->links++;

    return OCI_EXISTS;
}


/*
 * What is in use under its name stays.  Where something else keeps the
 * repository its link need not be read.
 */

static oci_status_e
oci_collect_place(void *data, const oci_str_t *name, oci_error_t *err)
{
    oci_link_t      link;
    oci_repo_t      repo;
    oci_digest_t    digest;
    oci_status_e    rc;
    oci_remains_t  *remains = data;

    if (remains->links != 0 && oci_digest_parse(&digest, name) == OCI_OK
        && oci_used_has(&remains->run->c.used, &digest))
    {
        return oci_collector_pace(&remains->run->c);
    }

    repo = *remains->repo;
    repo.pool = oci_pool_create();

    if (repo.pool == NULL) {
        return oci_nomem(err);
    }

    oci_store_link(&repo, OCI_LINK_LAYER, name, &link);
    rc = oci_collect_layer(remains, &link, err);
    oci_pool_destroy(repo.pool);

    return rc;
}


static oci_status_e
oci_collect_layer(oci_remains_t *remains, const oci_link_t *link,
    oci_error_t *err)
{
    oci_error_t        why = { OCI_OK, 0, "" };
    oci_status_e       rc;
    oci_collection_t  *run = remains->run;

    if (link->status == OCI_NOT_FOUND) {
        return OCI_OK;
    }

    rc = oci_collector_pace(&run->c);
    if (rc != OCI_OK) {
        return rc;
    }

    if (link->status != OCI_OK || link->time >= run->c.cutoff
        || oci_used_has(&run->c.used, &link->target)
        || !oci_collect_gone(run, &link->target))
    {
        remains->links++;
        return OCI_OK;
    }

    if (!run->c.options->dry_run) {
        rc = oci_store_link_remove(remains->repo, OCI_LINK_LAYER, &link->name,
                                   INT64_MAX, &why);

        if (rc == OCI_OK && !oci_collect_gone(run, &link->target)) {
            rc = oci_store_link_put(remains->repo, OCI_LINK_LAYER,
                                    &link->name, &link->target, &why);

            if (rc != OCI_NOT_FOUND) {
                remains->links++;
                return oci_collector_rc(rc, OCI_OK, &why, err);
            }

            rc = OCI_OK;                /* gone after all */
        }
    }

    if (rc == OCI_OK) {
        run->c.sum->removed_layers++;
        oci_collector_event(&run->c, OCI_COLLECT_LAYER, &remains->repo->name,
                            &link->name, 0, "its content is gone");
    }

    rc = oci_collector_rc(rc, OCI_NOT_FOUND, &why, err);

    return (rc == OCI_NOT_FOUND) ? OCI_OK : rc;
}


/* in no place at all: what is set aside may still come back */

static bool
oci_collect_gone(oci_collection_t *run, const oci_digest_t *digest)
{
    int64_t       time;
    oci_pool_t   *pool;
    oci_blob_t    blob;
    oci_status_e  rc;

    pool = oci_pool_create();
    if (pool == NULL) {
        return false;
    }

    rc = oci_store_content(run->c.store, pool, digest, &blob, NULL);

    if (rc == OCI_NOT_FOUND) {
        rc = oci_store_renewed(run->c.store, pool, digest, &time, NULL);

        if (rc == OCI_OK && time < run->c.cutoff) {
            rc = OCI_NOT_FOUND;         /* an old lease of what is gone */
        }
    }

    oci_pool_destroy(pool);

    return rc == OCI_NOT_FOUND;
}


static oci_status_e
oci_collect_repos(oci_collection_t *run, oci_error_t *err)
{
    size_t        i;
    oci_str_t    *names;
    oci_error_t   why;
    oci_status_e  rc;

    names = run->repos.elts;

    for (i = 0; i < run->repos.nelts; i++) {

        memset(&why, 0, sizeof(oci_error_t));
        rc = run->c.options->dry_run ? OCI_OK
             : oci_store_repo_remove(oci_repo(run->c.store, run->pool,
                                              &names[i]), run->c.cutoff,
                                     &why);

        if (rc == OCI_OK) {
            run->c.sum->removed_repos++;
            oci_collector_event(&run->c, OCI_COLLECT_REPO, &names[i],
                                &names[i], 0, "it holds nothing");

        } else if (rc != OCI_NOT_FOUND
                   && oci_collector_rc(rc, OCI_EXISTS, &why, err)
                      != OCI_EXISTS)
        {
            return rc;
        }
    }

    return OCI_OK;
}


static oci_status_e
oci_collect_rest(oci_collection_t *run, oci_error_t *err)
{
    size_t                n;
    oci_status_e          rc;
    const oci_collect_t  *options = run->c.options;

    if (options->dry_run) {
        return OCI_OK;
    }

    if (options->upload_age != 0) {
        n = 0;
        rc = oci_upload_expire(run->c.store, options->now,
                               options->upload_age, &n, NULL, err);
        run->c.sum->removed_uploads = n;

        if (rc != OCI_OK) {
            return rc;
        }
    }

    return oci_store_expire_leases(run->c.store, run->c.cutoff, &n, err);
}
