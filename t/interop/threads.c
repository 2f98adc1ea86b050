/*
 * Threads of one process on one store, as a worker's pool has them: uploads,
 * mounts, manifests, tags, deletes, pages, expiry and collections at once.
 * Built with ThreadSanitizer, which says what two touch without a lock.
 *
 *     threads ROOT     exit status 1: an answer that no order explains
 */

#include "oci_collect.h"
#include "oci_manifest.h"
#include "oci_upload.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>


#define THREADS   8
#define ROUNDS    40
#define CONTENTS  5             /* fewer than threads: they meet */
#define LINE      200


typedef struct {
    int           n;
    int           failed;
    unsigned      seed;
    oci_store_t  *store;
    oci_pool_t   *pool;
} actor_t;


static void *act(void *data);
static void act_once(actor_t *actor);
static void act_push(actor_t *actor, const oci_repo_t *repo);
static bool act_blob(actor_t *actor, const oci_repo_t *repo, const char *text);
static bool act_manifest(actor_t *actor, const oci_repo_t *repo,
    const char *layer);
static void act_read(actor_t *actor, const oci_repo_t *repo);
static void act_remove(actor_t *actor, const oci_repo_t *repo);
static void act_collect(actor_t *actor);
static bool expect(actor_t *actor, const char *what, oci_status_e rc,
    unsigned also, const oci_error_t *err);
static oci_digest_t digest_of(const char *text);


/* what else than OCI_OK may be an answer, as a set of bits */

#define also(status)  (1U << (status))


int
main(int argc, char **argv)
{
    int           i, failed = 0;
    pthread_t     threads[THREADS];
    actor_t       actors[THREADS];
    oci_pool_t   *pool;
    oci_store_t  *store;

    pool = oci_pool_create();

    if (argc != 2 || pool == NULL
        || oci_store_open(&store, pool, argv[1], OCI_STORE_SYNC, NULL)
           != OCI_OK)
    {
        return 2;
    }

    for (i = 0; i < THREADS; i++) {
        actors[i] = (actor_t) { i, 0, (unsigned) i, store, NULL };
        if (pthread_create(&threads[i], NULL, act, &actors[i]) != 0) {
            return 2;
        }
    }

    for (i = 0; i < THREADS; i++) {
        (void) pthread_join(threads[i], NULL);
        failed += actors[i].failed;
    }

    oci_pool_destroy(pool);

    return failed != 0;
}


static void *
act(void *data)
{
    int       i;
    actor_t  *actor = data;

    for (i = 0; i < ROUNDS; i++) {
        actor->pool = oci_pool_create();
        act_once(actor);
        oci_pool_destroy(actor->pool);
    }

    return NULL;
}


static void
act_once(actor_t *actor)
{
    oci_str_t         name;
    const oci_repo_t  *repo;

    name = oci_str((rand_r(&actor->seed) % 2 != 0) ? "lab/one" : "lab/two");
    repo = oci_repo(actor->store, actor->pool, &name);

    switch (rand_r(&actor->seed) % 8) {

    case 0:
        act_remove(actor, repo);
        break;

    case 1:
        act_collect(actor);
        break;

    case 2:
    case 3:
        act_read(actor, repo);
        break;

    default:
        act_push(actor, repo);
    }
}


static void
act_push(actor_t *actor, const oci_repo_t *repo)
{
    char          layer[LINE];
    oci_str_t     from;
    oci_error_t   err = { OCI_OK, 0, "" };
    oci_digest_t  digest;
    oci_status_e  rc;

    (void) snprintf(layer, sizeof(layer), "layer %d",
                    rand_r(&actor->seed) % CONTENTS);

    if (rand_r(&actor->seed) % 4 == 0) {
        from = oci_str("lab/one");
        digest = digest_of(layer);
        rc = oci_store_blob_mount(repo, &from, &digest, &err);
        (void) expect(actor, "mount", rc, also(OCI_NOT_FOUND), &err);
    }

    if (act_blob(actor, repo, "{}") && act_blob(actor, repo, layer)) {
        (void) act_manifest(actor, repo, layer);
    }
}


/* in a session, which is left and taken up again, or whole */

static bool
act_blob(actor_t *actor, const oci_repo_t *repo, const char *text)
{
    int            i;
    bool           session;
    size_t         half = 0;
    u_char         random[16];
    oci_str_t      id;
    oci_error_t    err = { OCI_OK, 0, "" };
    oci_digest_t   digest;
    oci_status_e   rc;
    oci_upload_t  *upload;

    for (i = 0; i < 16; i++) {
        random[i] = (u_char) rand_r(&actor->seed);
    }

    random[0] = (u_char) actor->n;              /* nobody else's */
    id = oci_upload_id(actor->pool, random);
    digest = digest_of(text);
    session = rand_r(&actor->seed) % 2 != 0;

    if (session) {
        rc = oci_upload_create(repo, &id, OCI_SHA256, time(NULL), &err);

        if (rc == OCI_OK) {
            rc = oci_upload_open(&upload, repo, &id, time(NULL), 0, &err);
        }

        if (rc == OCI_OK) {
            half = strlen(text) / 2;
            rc = oci_upload_write(upload, text, half, &err);
        }

        if (rc == OCI_OK) {
            rc = oci_upload_suspend(upload, &err);
        }

        if (rc == OCI_OK) {
            rc = oci_upload_open(&upload, repo, &id, time(NULL), 0, &err);
        }

    } else {
        rc = oci_upload_whole(&upload, repo, &id, OCI_SHA256, &err);
    }

    if (rc == OCI_OK) {
        rc = oci_upload_write(upload, text + half, strlen(text) - half, &err);
    }

    if (rc == OCI_OK) {
        rc = oci_upload_commit(upload, &digest, &err);
    }

    return expect(actor, session ? "session" : "upload", rc, 0, &err);
}


/* a layer may have been removed since it was pushed: then it is missed */

static bool
act_manifest(actor_t *actor, const oci_repo_t *repo, const char *layer)
{
    char                text[1024];
    oci_str_t           tag, none = oci_null_string;
    oci_array_t         missing;
    oci_error_t         err = { OCI_OK, 0, "" };
    oci_digest_t        config, digest;
    oci_status_e        rc;
    oci_manifest_t      manifest;
    oci_manifest_put_t  put;

    config = digest_of("{}");
    digest = digest_of(layer);
    (void) snprintf(text, sizeof(text), "{\"schemaVersion\":2,\"mediaType\":"
                    "\"" OCI_TYPE_OCI_MANIFEST "\",\"config\":{\"mediaType\":"
                    "\"c\",\"size\":2,\"digest\":\"%s\"},\"layers\":"
                    "[{\"mediaType\":\"l\",\"size\":%zu,\"digest\":\"%s\"}],"
                    "\"annotations\":{\"n\":\"%d\"}}", config.text,
                    strlen(layer), digest.text,
                    rand_r(&actor->seed) % CONTENTS);

    memset(&put, 0, sizeof(put));
    tag = oci_str((rand_r(&actor->seed) % 2 != 0) ? "moves" : "other");
    put.digest = digest_of(text);
    put.content = oci_str(text);
    put.manifest = &manifest;
    put.tags = &tag;
    put.ntags = 1;
    oci_array_init(&missing, actor->pool, sizeof(oci_digest_t));

    rc = oci_manifest_parse(&manifest, actor->pool, &put.content, &none, &err);

    if (rc == OCI_OK) {
        rc = oci_store_manifest_put(repo, &put, &missing, &err);
    }

    return expect(actor, "manifest", rc, also(OCI_MISMATCH)|also(OCI_BUSY),
                  &err);
}


static void
act_read(actor_t *actor, const oci_repo_t *repo)
{
    bool          more;
    oci_str_t     tag, content, none = oci_null_string;
    oci_array_t   names;
    oci_error_t   err = { OCI_OK, 0, "" };
    oci_digest_t  digest;
    oci_status_e  rc;

    tag = oci_str("moves");
    rc = oci_store_tag(repo, &tag, &digest, &err);

    /* it may be deleted between the two */

    if (expect(actor, "tag", rc, also(OCI_NOT_FOUND), &err)) {
        rc = oci_store_manifest(repo, &digest, OCI_MANIFEST_MAX, &content,
                                &err);

        if (expect(actor, "read", rc, also(OCI_NOT_FOUND), &err)
            && strncmp((char *) content.data, "{\"schema", 8) != 0)
        {
            (void) expect(actor, "content", OCI_MISMATCH, 0, &err);
        }
    }

    oci_array_init(&names, actor->pool, sizeof(oci_str_t));
    rc = oci_store_tags(repo, &none, 100, &names, &more, &err);
    (void) expect(actor, "tags", rc, also(OCI_NOT_FOUND), &err);
    rc = oci_store_catalog(actor->store, actor->pool, &none, 100, &names,
                           &more, &err);
    (void) expect(actor, "catalog", rc, 0, &err);
}


static void
act_remove(actor_t *actor, const oci_repo_t *repo)
{
    char          text[LINE];
    oci_str_t     tag;
    oci_error_t   err = { OCI_OK, 0, "" };
    oci_digest_t  digest;
    oci_status_e  rc;

    tag = oci_str("moves");
    rc = oci_store_tag(repo, &tag, &digest, &err);

    if (rc == OCI_OK) {
        rc = oci_store_manifest_delete(repo, &digest, NULL, NULL, &err);
    }

    (void) expect(actor, "delete", rc, also(OCI_NOT_FOUND)|also(OCI_BUSY),
                  &err);

    (void) snprintf(text, sizeof(text), "layer %d",
                    rand_r(&actor->seed) % CONTENTS);
    digest = digest_of(text);
    rc = oci_store_blob_delete(repo, &digest, NULL, &err);
    (void) expect(actor, "blob delete", rc,
                  also(OCI_NOT_FOUND)|also(OCI_BUSY), &err);
}


static void
act_collect(actor_t *actor)
{
    size_t           removed, open;
    oci_error_t      err = { OCI_OK, 0, "" };
    oci_status_e     rc;
    oci_collect_t    options = { 0 };
    oci_collected_t  sum;

    rc = oci_upload_expire(actor->store, time(NULL), 7 * 86400, &removed,
                           &open, &err);
    (void) expect(actor, "expiry", rc, 0, &err);

    options.grace = 1000000000;
    options.now = time(NULL);
    options.untagged = true;
    rc = oci_collect(actor->store, &options, &sum, &err);
    (void) expect(actor, "collection", rc, also(OCI_BUSY), &err);
}


static bool
expect(actor_t *actor, const char *what, oci_status_e rc, unsigned also,
    const oci_error_t *err)
{
    if (rc == OCI_OK || (also & also(rc)) != 0) {
        return rc == OCI_OK;
    }

    printf("%s: status %d, %s\n", what, rc, err->text);
    actor->failed++;

    return false;
}


static oci_digest_t
digest_of(const char *text)
{
    oci_digest_t  digest;

    oci_digest_of(&digest, OCI_SHA256, text, strlen(text));

    return digest;
}
