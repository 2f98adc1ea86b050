/*
 * What a TUF repository says, verified step by step from a trusted root.
 */

#include "oci_sign_tuf.h"

#include <fnmatch.h>
#include <string.h>


typedef struct {
    const char  *role;
    const char  *parent;
} oci_sign_tuf_visit_t;


static void oci_sign_tuf_drop(void *data);
static uint64_t oci_sign_tuf_version(const json_t *head);
static oci_status_e oci_sign_tuf_fresh(const oci_sign_tuf_t *tuf,
    const json_t *head, const char *name, oci_error_t *err);
static oci_status_e oci_sign_tuf_older(const json_t *was, const json_t *is,
    oci_error_t *err);
static oci_status_e oci_sign_tuf_final(const oci_sign_tuf_t *tuf,
    oci_error_t *err);
static bool oci_sign_tuf_hash(oci_alg_e alg, const char *want,
    const oci_str_t *content);
static oci_status_e oci_sign_tuf_visit(oci_sign_tuf_t *tuf,
    const char *path, const char *role, oci_array_t *todo, oci_error_t *err);
static bool oci_sign_tuf_delegated(const json_t *role, const char *path);


oci_status_e
oci_sign_tuf_init(oci_sign_tuf_t *tuf, oci_pool_t *pool, int64_t now)
{
    memset(tuf, 0, sizeof(oci_sign_tuf_t));
    tuf->pool = pool;
    tuf->now = now;
    tuf->targets = json_object();

    return (tuf->targets == NULL) ? OCI_NOMEM
           : oci_pool_cleanup(pool, oci_sign_tuf_drop, tuf->targets);
}


static void
oci_sign_tuf_drop(void *data)
{
    json_decref(data);
}


oci_status_e
oci_sign_tuf_root(oci_sign_tuf_t *tuf, const oci_str_t *text,
    oci_error_t *err)
{
    json_t        *document, *head;
    oci_status_e   rc;

    rc = oci_sign_tuf_read(tuf->pool, text, "root", &document, err);

    if (rc != OCI_OK) {
        return rc;
    }

    head = json_object_get(document, "signed");

    if (tuf->root != NULL) {

        if (oci_sign_tuf_version(head) != oci_sign_tuf_version(tuf->root) + 1)
        {
            return oci_error(err, OCI_DENIED, 0, "root: version %llu does "
                             "not follow %llu",
                             (unsigned long long) oci_sign_tuf_version(head),
                             (unsigned long long)
                             oci_sign_tuf_version(tuf->root));
        }

        rc = oci_sign_tuf_signed(tuf->pool, document, tuf->root, "root", err);
    }

    if (rc == OCI_OK) {
        rc = oci_sign_tuf_signed(tuf->pool, document, head, "root", err);
    }

    if (rc == OCI_OK) {
        tuf->root = head;
    }

    return rc;
}


static uint64_t
oci_sign_tuf_version(const json_t *head)
{
    uint64_t  version;

    return oci_json_uint(head, "version", &version) ? version : 0;
}


static oci_status_e
oci_sign_tuf_fresh(const oci_sign_tuf_t *tuf, const json_t *head,
    const char *name, oci_error_t *err)
{
    int64_t    end;
    oci_str_t  expires;

    expires = oci_json_str(head, "expires");

    return (oci_sign_time_parse(&expires, &end) && tuf->now < end) ? OCI_OK
           : oci_error(err, OCI_DENIED, 0, "%s: version %llu expired at "
                       "%.*s", name,
                       (unsigned long long) oci_sign_tuf_version(head),
                       (int) expires.len, expires.data);
}


oci_status_e
oci_sign_tuf_timestamp(oci_sign_tuf_t *tuf, const oci_str_t *text,
    oci_error_t *err)
{
    json_t        *document, *head;
    uint64_t       was, is;
    oci_status_e   rc;

    rc = oci_sign_tuf_fresh(tuf, tuf->root, "root", err);

    if (rc == OCI_OK) {
        rc = oci_sign_tuf_read(tuf->pool, text, "timestamp", &document, err);
    }

    if (rc == OCI_OK) {
        rc = oci_sign_tuf_signed(tuf->pool, document, tuf->root, "timestamp",
                                 err);
    }

    if (rc != OCI_OK) {
        return rc;
    }

    head = json_object_get(document, "signed");
    was = oci_sign_tuf_version(tuf->timestamp);
    is = oci_sign_tuf_version(head);

    if (is < was) {
        return oci_error(err, OCI_DENIED, 0, "timestamp: version %llu is "
                         "older than %llu, which was seen before",
                         (unsigned long long) is, (unsigned long long) was);
    }

    if (is == was) {
        rc = oci_sign_tuf_fresh(tuf, tuf->timestamp, "timestamp", err);
        return (rc == OCI_OK) ? OCI_EXISTS : rc;
    }

    rc = oci_sign_tuf_older(json_object_get(tuf->timestamp, "meta"),
                            json_object_get(head, "meta"), err);

    if (rc != OCI_OK) {
        return rc;
    }

    tuf->timestamp = head;

    return oci_sign_tuf_fresh(tuf, head, "timestamp", err);
}


/* no file that was named may be gone or be of an older version */

static oci_status_e
oci_sign_tuf_older(const json_t *was, const json_t *is, oci_error_t *err)
{
    json_t      *item;
    const char  *name;

    json_object_foreach((json_t *) was, name, item) {
        if (oci_sign_tuf_version(json_object_get(is, name))
            < oci_sign_tuf_version(item))
        {
            return oci_error(err, OCI_DENIED, 0, "%s: version %llu is older "
                             "than %llu, which was seen before", name,
                             (unsigned long long) oci_sign_tuf_version(
                                 json_object_get(is, name)),
                             (unsigned long long) oci_sign_tuf_version(item));
        }
    }

    return OCI_OK;
}


oci_status_e
oci_sign_tuf_snapshot(oci_sign_tuf_t *tuf, const oci_str_t *text, bool kept,
    oci_error_t *err)
{
    json_t               *document, *head;
    oci_status_e          rc;
    oci_sign_tuf_file_t   file;

    if (!oci_sign_tuf_meta(tuf, "snapshot", &file)) {
        return oci_error(err, OCI_DENIED, 0, "snapshot: no timestamp names "
                         "it");
    }

    rc = oci_sign_tuf_fresh(tuf, tuf->timestamp, "timestamp", err);

    if (rc == OCI_OK && !kept) {
        rc = oci_sign_tuf_check(&file, "snapshot", text, err);
    }

    if (rc == OCI_OK) {
        rc = oci_sign_tuf_read(tuf->pool, text, "snapshot", &document, err);
    }

    if (rc == OCI_OK) {
        rc = oci_sign_tuf_signed(tuf->pool, document, tuf->root, "snapshot",
                                 err);
    }

    if (rc != OCI_OK) {
        return rc;
    }

    head = json_object_get(document, "signed");
    rc = oci_sign_tuf_older(json_object_get(tuf->snapshot, "meta"),
                            json_object_get(head, "meta"), err);

    if (rc != OCI_OK) {
        return rc;
    }

    tuf->snapshot = head;

    return oci_sign_tuf_final(tuf, err);
}


/* is the snapshot the one that the timestamp names? */

static oci_status_e
oci_sign_tuf_final(const oci_sign_tuf_t *tuf, oci_error_t *err)
{
    oci_sign_tuf_file_t  file;

    if (tuf->snapshot == NULL || !oci_sign_tuf_meta(tuf, "snapshot", &file)
        || file.version != oci_sign_tuf_version(tuf->snapshot))
    {
        return oci_error(err, OCI_DENIED, 0, "snapshot: not the version that "
                         "the timestamp names");
    }

    return oci_sign_tuf_fresh(tuf, tuf->snapshot, "snapshot", err);
}


oci_status_e
oci_sign_tuf_targets(oci_sign_tuf_t *tuf, const char *role,
    const char *parent, const oci_str_t *text, oci_error_t *err)
{
    json_t               *document, *head;
    oci_status_e          rc;
    oci_sign_tuf_file_t   file;

    rc = oci_sign_tuf_final(tuf, err);

    if (rc != OCI_OK) {
        return rc;
    }

    if (!oci_sign_tuf_meta(tuf, role, &file)) {
        return oci_error(err, OCI_DENIED, 0, "%s: the snapshot does not name "
                         "it", role);
    }

    rc = oci_sign_tuf_check(&file, role, text, err);

    if (rc == OCI_OK) {
        rc = oci_sign_tuf_read(tuf->pool, text, "targets", &document, err);
    }

    if (rc == OCI_OK) {
        rc = oci_sign_tuf_signed(tuf->pool, document, parent == NULL
                                 ? tuf->root
                                 : json_object_get(tuf->targets, parent),
                                 role, err);
    }

    if (rc != OCI_OK) {
        return rc;
    }

    head = json_object_get(document, "signed");

    if (oci_sign_tuf_version(head) != file.version) {
        return oci_error(err, OCI_DENIED, 0, "%s: not the version that the "
                         "snapshot names", role);
    }

    rc = oci_sign_tuf_fresh(tuf, head, role, err);

    return (rc != OCI_OK) ? rc
           : json_object_set(tuf->targets, role, head) == 0 ? OCI_OK
           : oci_nomem(err);
}


bool
oci_sign_tuf_meta(const oci_sign_tuf_t *tuf, const char *role,
    oci_sign_tuf_file_t *file)
{
    bool            snapshot;
    uint64_t        length;
    oci_str_t       name;
    const json_t   *head;

    snapshot = strcmp(role, "snapshot") == 0;
    head = snapshot ? tuf->timestamp : tuf->snapshot;
    name = oci_strf(tuf->pool, "%s.json", role);

    if (name.data == NULL) {
        return false;
    }

    file->says = json_object_get(json_object_get(head, "meta"),
                                 (char *) name.data);
    file->version = oci_sign_tuf_version(file->says);
    file->max = snapshot ? OCI_SIGN_TUF_SNAPSHOT : OCI_SIGN_TUF_TARGETS;

    if (oci_json_uint(file->says, "length", &length) && length < file->max) {
        file->max = (size_t) length;
    }

    return file->says != NULL;
}


bool
oci_sign_tuf_consistent(const oci_sign_tuf_t *tuf)
{
    return json_is_true(json_object_get(tuf->root, "consistent_snapshot"));
}


oci_status_e
oci_sign_tuf_check(const oci_sign_tuf_file_t *file, const char *name,
    const oci_str_t *content, oci_error_t *err)
{
    uint64_t       length;
    const char    *sha256, *sha512;
    const json_t  *hashes;

    hashes = json_object_get(file->says, "hashes");
    sha256 = json_string_value(json_object_get(hashes, "sha256"));
    sha512 = json_string_value(json_object_get(hashes, "sha512"));

    if ((oci_json_uint(file->says, "length", &length)
         && length != content->len)
        || (sha256 != NULL && !oci_sign_tuf_hash(OCI_SHA256, sha256, content))
        || (sha512 != NULL && !oci_sign_tuf_hash(OCI_SHA512, sha512,
                                                 content)))
    {
        return oci_error(err, OCI_MISMATCH, 0, "%s: its length or hash is "
                         "not what the metadata says", name);
    }

    return OCI_OK;
}


static bool
oci_sign_tuf_hash(oci_alg_e alg, const char *want, const oci_str_t *content)
{
    oci_digest_t  digest;

    oci_digest_of(&digest, alg, content->data, content->len);

    return strcasecmp(oci_digest_hex(&digest), want) == 0;
}


const char *
oci_sign_tuf_prefix(const oci_sign_tuf_file_t *file)
{
    const json_t  *hash;

    hash = json_object_get(json_object_get(file->says, "hashes"), "sha256");

    if (hash == NULL) {
        hash = json_object_get(json_object_get(file->says, "hashes"),
                               "sha512");
    }

    return json_string_value(hash);
}


oci_status_e
oci_sign_tuf_find(oci_sign_tuf_t *tuf, const char *path,
    oci_sign_tuf_load_pt load, void *data, oci_sign_tuf_file_t *file,
    oci_error_t *err)
{
    size_t                 n;
    json_t                *seen, *item;
    uint64_t               length;
    oci_array_t            todo;
    oci_status_e           rc;
    oci_sign_tuf_visit_t   here;

    oci_array_init(&todo, tuf->pool, sizeof(oci_sign_tuf_visit_t));
    here.role = "targets";
    here.parent = NULL;
    seen = json_object();
    item = NULL;

    for (n = 0, rc = OCI_OK; rc == OCI_OK && n < OCI_SIGN_TUF_ROLES; n++) {
        rc = (json_object_get(tuf->targets, here.role) != NULL) ? OCI_OK
             : load(data, here.role, here.parent, err);

        if (rc != OCI_OK) {
            break;
        }

        item = json_object_get(json_object_get(
                   json_object_get(tuf->targets, here.role), "targets"),
                   path);

        if (item != NULL) {
            break;
        }

        (void) json_object_set_new(seen, here.role, json_true());
        rc = oci_sign_tuf_visit(tuf, path, here.role, &todo, err);

        do {
            here.role = NULL;

            if (todo.nelts != 0) {
                here = ((oci_sign_tuf_visit_t *) todo.elts)[--todo.nelts];
            }

        } while (here.role != NULL
                 && json_object_get(seen, here.role) != NULL);

        if (here.role == NULL) {
            break;
        }
    }

    json_decref(seen);

    if (rc != OCI_OK) {
        return rc;
    }

    if (item == NULL || !oci_json_uint(item, "length", &length)) {
        return oci_error(err, OCI_NOT_FOUND, 0, "the repository has no "
                         "target \"%s\"", path);
    }

    file->says = item;
    file->version = 0;
    file->max = (size_t) length;

    return OCI_OK;
}


/* the roles that a role asks for the path, put down last first */

static oci_status_e
oci_sign_tuf_visit(oci_sign_tuf_t *tuf, const char *path, const char *role,
    oci_array_t *todo, oci_error_t *err)
{
    size_t                 i, n;
    const json_t          *roles, *item;
    oci_sign_tuf_visit_t  *slot;

    roles = json_object_get(json_object_get(json_object_get(
                tuf->targets, role), "delegations"), "roles");

    for (i = 0, n = 0; i < json_array_size(roles); i++) {
        item = json_array_get(roles, i);

        if (!oci_sign_tuf_delegated(item, path)) {
            continue;
        }

        n = i + 1;

        if (json_is_true(json_object_get(item, "terminating"))) {
            todo->nelts = 0;
            break;
        }
    }

    while (n-- != 0) {
        item = json_array_get(roles, n);

        if (!oci_sign_tuf_delegated(item, path)) {
            continue;
        }

        slot = oci_array_push(todo);

        if (slot == NULL) {
            return oci_nomem(err);
        }

        slot->role = json_string_value(json_object_get(item, "name"));
        slot->parent = role;
    }

    return OCI_OK;
}


/* in a pattern of paths "*" stands within a component */

static bool
oci_sign_tuf_delegated(const json_t *role, const char *path)
{
    size_t         i;
    const char    *text;
    oci_digest_t   digest;
    const json_t  *list, *item;

    oci_digest_of(&digest, OCI_SHA256, path, strlen(path));
    list = json_object_get(role, "path_hash_prefixes");

    json_array_foreach(list, i, item) {
        text = json_string_value(item);

        if (strncmp(oci_digest_hex(&digest), text, strlen(text)) == 0) {
            return true;
        }
    }

    list = json_object_get(role, "paths");

    json_array_foreach(list, i, item) {
        if (fnmatch(json_string_value(item), path,
                    FNM_PATHNAME | FNM_NOESCAPE) == 0)
        {
            return true;
        }
    }

    return false;
}
