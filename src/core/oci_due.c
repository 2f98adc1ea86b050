/*
 * Images that are due to be scanned, and what their scans came to.
 *
 *     scan/queue/<hex>         "repository@digest"; <hex> is its sha256
 *     scan/all                 the queue was full
 *     scan/notes/<hh>/<hex>    a note, as JSON
 *     scan/lock
 */

#include "oci_due.h"
#include "oci_json.h"
#include "oci_reference.h"

#include <stdlib.h>
#include <string.h>


#define OCI_DUE_ENTRY  1024         /* bytes */
#define OCI_DUE_NOTE   8192
#define OCI_DUE_ERROR  400

#define OCI_DUE_QUEUE  "scan/queue"
#define OCI_DUE_ALL    "scan/all"
#define OCI_DUE_NOTES  "scan/notes"
#define OCI_DUE_LOCK   "scan/lock"


typedef struct {
    oci_store_t  *store;
    oci_pool_t   *pool;
    const char   *folder;
    oci_array_t  *due;
    size_t        n;
} oci_due_walk_t;


static oci_str_t oci_due_name(const oci_repo_t *repo,
    const oci_digest_t *digest);
static char *oci_due_entry(oci_pool_t *pool, const oci_str_t *name);
static char *oci_due_note_at(oci_pool_t *pool, const oci_str_t *name);
static const char *oci_due_hex(oci_digest_t *id, const oci_str_t *name);
static bool oci_due_is(oci_store_t *store, oci_pool_t *pool,
    const char *name);
static oci_status_e oci_due_count(void *data, const oci_str_t *name,
    oci_error_t *err);
static oci_status_e oci_due_take(void *data, const oci_str_t *name,
    oci_error_t *err);
static bool oci_due_parse(const oci_str_t *text, oci_due_t *due);
static oci_status_e oci_due_note_parse(const oci_str_t *text,
    oci_pool_t *pool, oci_due_note_t *note, oci_error_t *err);
static bool oci_due_digest(const json_t *root, const char *key,
    oci_digest_t *digest);
static int64_t oci_due_time(const json_t *root, const char *key);
static size_t oci_due_short(const oci_str_t *text);
static oci_status_e oci_due_folder(void *data, const oci_str_t *name,
    oci_error_t *err);
static oci_status_e oci_due_gone(void *data, const oci_str_t *name,
    oci_error_t *err);
static void oci_due_drop(oci_due_walk_t *w, const json_t *root,
    const oci_due_t *due);


oci_status_e
oci_due_add(const oci_repo_t *repo, const oci_digest_t *digest,
    oci_error_t *err)
{
    char            *path;
    oci_str_t        name, none = oci_null_string;
    oci_status_e     rc;
    oci_due_walk_t   w = { repo->store, repo->pool, NULL, NULL, 0 };

    name = oci_due_name(repo, digest);
    path = oci_due_entry(repo->pool, &name);

    if (path == NULL) {
        return oci_nomem(err);
    }

    if (oci_due_is(repo->store, repo->pool, OCI_DUE_ALL)
        || oci_due_is(repo->store, repo->pool, path))
    {
        return OCI_OK;
    }

    rc = oci_own_walk(repo->store, repo->pool, OCI_DUE_QUEUE, oci_due_count,
                      &w, err);

    if (rc == OCI_LIMIT) {
        return oci_own_write(repo->store, repo->pool, OCI_DUE_ALL, &none,
                             err);
    }

    return (rc == OCI_OK)
           ? oci_own_write(repo->store, repo->pool, path, &name, err) : rc;
}


static oci_status_e
oci_due_count(void *data, const oci_str_t *name, oci_error_t *err)
{
    oci_due_walk_t  *w = data;

    (void) name;
    (void) err;

    return (++w->n < OCI_DUE_MAX) ? OCI_OK : OCI_LIMIT;
}


bool
oci_due_waits(const oci_repo_t *repo, const oci_digest_t *digest)
{
    char       *path;
    oci_str_t   name;

    name = oci_due_name(repo, digest);
    path = oci_due_entry(repo->pool, &name);

    return path != NULL
           && (oci_due_is(repo->store, repo->pool, path)
               || oci_due_is(repo->store, repo->pool, OCI_DUE_ALL));
}


oci_status_e
oci_due_list(oci_store_t *store, oci_pool_t *pool, oci_array_t *due,
    oci_error_t *err)
{
    oci_due_walk_t  w = { store, pool, NULL, due, 0 };

    oci_array_init(due, pool, sizeof(oci_due_t));

    return oci_own_walk(store, pool, OCI_DUE_QUEUE, oci_due_take, &w, err);
}


static oci_status_e
oci_due_take(void *data, const oci_str_t *name, oci_error_t *err)
{
    char            *path;
    oci_due_t        due, *slot;
    oci_str_t        text;
    oci_status_e     rc;
    oci_due_walk_t  *w = data;

    path = (char *) oci_strf(w->pool, OCI_DUE_QUEUE "/%.*s", (int) name->len,
                             name->data).data;

    if (path == NULL) {
        return oci_nomem(err);
    }

    rc = oci_own_read(w->store, w->pool, path, OCI_DUE_ENTRY, &text, NULL);

    if (rc == OCI_NOT_FOUND) {
        return OCI_OK;
    }

    if (rc != OCI_OK || !oci_due_parse(&text, &due)) {
        (void) oci_own_remove(w->store, w->pool, path, NULL);
        return OCI_OK;
    }

    slot = oci_array_push(w->due);

    if (slot == NULL) {
        return oci_nomem(err);
    }

    *slot = due;
    slot->repo = oci_str_dup(w->pool, due.repo.data, due.repo.len);

    return (slot->repo.data != NULL) ? OCI_OK : oci_nomem(err);
}


/* the name stays part of the text */

static bool
oci_due_parse(const oci_str_t *text, oci_due_t *due)
{
    u_char     *at;
    oci_str_t   repo, digest;

    at = (text->len != 0) ? memrchr(text->data, '@', text->len) : NULL;

    if (at == NULL) {
        return false;
    }

    repo.data = text->data;
    repo.len = (size_t) (at - text->data);
    digest.data = at + 1;
    digest.len = text->len - repo.len - 1;

    if (!oci_name_valid(&repo)
        || oci_digest_parse(&due->digest, &digest) != OCI_OK)
    {
        return false;
    }

    due->repo = repo;

    return true;
}


void
oci_due_remove(const oci_repo_t *repo, const oci_digest_t *digest)
{
    char       *path;
    oci_str_t   name;

    name = oci_due_name(repo, digest);
    path = oci_due_entry(repo->pool, &name);

    if (path != NULL) {
        (void) oci_own_remove(repo->store, repo->pool, path, NULL);
    }
}


bool
oci_due_all(oci_store_t *store, oci_pool_t *pool)
{
    return oci_own_remove(store, pool, OCI_DUE_ALL, NULL) == OCI_OK;
}


oci_status_e
oci_due_lock(oci_store_t *store, oci_pool_t *pool, oci_error_t *err)
{
    return oci_own_lock(store, pool, OCI_DUE_LOCK, err);
}


oci_status_e
oci_due_note(const oci_repo_t *repo, const oci_digest_t *digest,
    oci_due_note_t *note, oci_error_t *err)
{
    oci_str_t     name, text;
    oci_status_e  rc;

    memset(note, 0, sizeof(oci_due_note_t));
    name = oci_due_name(repo, digest);
    rc = oci_own_read(repo->store, repo->pool,
                      oci_due_note_at(repo->pool, &name), OCI_DUE_NOTE, &text,
                      err);

    if (rc == OCI_OK) {
        rc = oci_due_note_parse(&text, repo->pool, note, err);
    }

    if (rc != OCI_OK) {
        memset(note, 0, sizeof(oci_due_note_t));
    }

    return (rc == OCI_INVALID || rc == OCI_LIMIT) ? OCI_NOT_FOUND : rc;
}


static oci_status_e
oci_due_note_parse(const oci_str_t *text, oci_pool_t *pool,
    oci_due_note_t *note, oci_error_t *err)
{
    bool           whole;
    json_t        *root;
    uint64_t       tries;
    oci_str_t      error;
    oci_status_e   rc;

    root = oci_json_load(text->data, text->len, OCI_JSON_DUPLICATES, err);

    if (root == NULL) {
        return OCI_INVALID;
    }

    note->scanned = oci_due_time(root, "scanned");
    note->database = oci_due_time(root, "database");
    note->tried = oci_due_time(root, "tried");
    note->failing = oci_due_time(root, "failing");
    note->tries = oci_json_uint(root, "tries", &tries) && tries < UINT32_MAX
                  ? (unsigned) tries : 0;
    whole = oci_due_digest(root, "report", &note->report)
            && oci_due_digest(root, "content", &note->content)
            && oci_due_digest(root, "attestation", &note->bundle);

    error = oci_json_str(root, "error");
    note->error = oci_str_dup(pool, error.data, error.len);
    rc = (note->error.data == NULL) ? oci_nomem(err)
         : whole ? OCI_OK
         : oci_error(err, OCI_INVALID, 0, "a note of a scan is damaged");
    json_decref(root);

    return rc;
}


/* false: it is there, and no digest */

static bool
oci_due_digest(const json_t *root, const char *key, oci_digest_t *digest)
{
    oci_str_t  text;

    text = oci_json_str(root, key);

    return text.len == 0 || oci_digest_parse(digest, &text) == OCI_OK;
}


static int64_t
oci_due_time(const json_t *root, const char *key)
{
    uint64_t  n;

    return oci_json_uint(root, key, &n) && n < INT64_MAX ? (int64_t) n : 0;
}


oci_status_e
oci_due_note_put(const oci_repo_t *repo, const oci_digest_t *digest,
    const oci_due_note_t *note, oci_error_t *err)
{
    char          *out;
    size_t         n;
    json_t        *root;
    oci_str_t      name, text;
    oci_status_e   rc;

    name = oci_due_name(repo, digest);
    n = oci_due_short(&note->error);

    root = json_pack("{s:s%, s:I, s:I, s:s, s:s, s:s, s:i, s:I, s:I, s:s%}",
                     "image", name.data, name.len,
                     "scanned", (json_int_t) note->scanned,
                     "database", (json_int_t) note->database,
                     "report", note->report.text,
                     "content", note->content.text,
                     "attestation", note->bundle.text,
                     "tries", (int) note->tries,
                     "tried", (json_int_t) note->tried,
                     "failing", (json_int_t) note->failing,
                     "error", n ? (char *) note->error.data : "", n);
    out = (root != NULL) ? json_dumps(root, JSON_COMPACT) : NULL;
    json_decref(root);

    if (out == NULL) {
        return oci_nomem(err);
    }

    text = oci_str(out);
    rc = oci_own_write(repo->store, repo->pool,
                       oci_due_note_at(repo->pool, &name), &text, err);
    free(out);

    return rc;
}


/* how much of it is kept: whole characters, up to what is none */

static size_t
oci_due_short(const oci_str_t *text)
{
    size_t  n, size;

    for (n = 0; n < text->len; n += size) {
        size = oci_utf8_size(text->data + n, text->len - n);

        if (size == 0 || n + size > OCI_DUE_ERROR) {
            break;
        }
    }

    return n;
}


oci_status_e
oci_due_forget(oci_store_t *store, oci_error_t *err)
{
    oci_pool_t      *pool;
    oci_status_e     rc;
    oci_due_walk_t   w = { store, NULL, NULL, NULL, 0 };

    pool = oci_pool_create();

    if (pool == NULL) {
        return oci_nomem(err);
    }

    rc = oci_own_walk(store, pool, OCI_DUE_NOTES, oci_due_folder, &w, err);
    oci_pool_destroy(pool);

    return rc;
}


static oci_status_e
oci_due_folder(void *data, const oci_str_t *name, oci_error_t *err)
{
    oci_status_e     rc;
    oci_due_walk_t  *w = data;

    w->pool = oci_pool_create();

    if (w->pool == NULL) {
        return oci_nomem(err);
    }

    w->folder = (char *) oci_strf(w->pool, OCI_DUE_NOTES "/%.*s",
                                  (int) name->len, name->data).data;
    rc = (w->folder != NULL)
         ? oci_own_walk(w->store, w->pool, w->folder, oci_due_gone, w, err)
         : oci_nomem(err);
    oci_pool_destroy(w->pool);

    return rc;
}


/* a note that cannot be read is of no image either */

static oci_status_e
oci_due_gone(void *data, const oci_str_t *name, oci_error_t *err)
{
    char            *path;
    json_t          *root;
    oci_due_t        due;
    oci_str_t        text, image;
    oci_mark_t       mark;
    oci_status_e     rc;
    oci_due_walk_t  *w = data;

    path = (char *) oci_strf(w->pool, "%s/%.*s", w->folder, (int) name->len,
                             name->data).data;

    if (path == NULL) {
        return oci_nomem(err);
    }

    rc = oci_own_read(w->store, w->pool, path, OCI_DUE_NOTE, &text, NULL);

    if (rc != OCI_OK && rc != OCI_LIMIT) {
        return OCI_OK;
    }

    root = (rc == OCI_OK) ? oci_json_load(text.data, text.len, 0, NULL)
                          : NULL;
    image = oci_json_str(root, "image");

    memset(&due, 0, sizeof(oci_due_t));
    rc = oci_due_parse(&image, &due)
         ? oci_store_manifest_mark(oci_repo(w->store, w->pool, &due.repo),
                                   &due.digest, &mark, NULL)
         : OCI_NOT_FOUND;

    if (rc == OCI_NOT_FOUND) {
        oci_due_drop(w, root, &due);
        (void) oci_own_remove(w->store, w->pool, path, NULL);
    }

    json_decref(root);

    return OCI_OK;
}


/* what was made beside the image, which is there no more */

static void
oci_due_drop(oci_due_walk_t *w, const json_t *root, const oci_due_t *due)
{
    size_t                     i;
    oci_digest_t               digest;
    static const char  *const  keys[] = { "report", "attestation" };

    for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        memset(&digest, 0, sizeof(oci_digest_t));

        if (oci_due_digest(root, keys[i], &digest)
            && digest.alg != OCI_ALG_NONE && due->repo.len != 0)
        {
            (void) oci_store_manifest_delete(oci_repo(w->store, w->pool,
                                                      &due->repo),
                                             &digest, NULL, NULL, NULL);
        }
    }
}


static oci_str_t
oci_due_name(const oci_repo_t *repo, const oci_digest_t *digest)
{
    return oci_strf(repo->pool, "%.*s@%s", (int) repo->name.len,
                    repo->name.data, digest->text);
}


/* NULL: out of memory */

static char *
oci_due_entry(oci_pool_t *pool, const oci_str_t *name)
{
    oci_digest_t  id;

    return (name->data == NULL) ? NULL
           : (char *) oci_strf(pool, OCI_DUE_QUEUE "/%s",
                               oci_due_hex(&id, name)).data;
}


static char *
oci_due_note_at(oci_pool_t *pool, const oci_str_t *name)
{
    const char    *hex;
    oci_digest_t   id;

    if (name->data == NULL) {
        return NULL;
    }

    hex = oci_due_hex(&id, name);

    return (char *) oci_strf(pool, OCI_DUE_NOTES "/%.2s/%s", hex, hex).data;
}


static const char *
oci_due_hex(oci_digest_t *id, const oci_str_t *name)
{
    oci_digest_of(id, OCI_SHA256, name->data, name->len);

    return oci_digest_hex(id);
}


static bool
oci_due_is(oci_store_t *store, oci_pool_t *pool, const char *name)
{
    oci_str_t  text;

    return oci_own_read(store, pool, name, OCI_DUE_ENTRY, &text, NULL)
           == OCI_OK;
}
