/*
 * The form of TUF metadata.
 */

#include "oci_sign_tuf.h"

#include <string.h>


#define OCI_SIGN_TUF_FILES  (64 * 1024)     /* targets, roles of a document */
#define OCI_SIGN_TUF_NAME   1024


typedef bool (*oci_sign_tuf_form_pt)(const char *name, const json_t *item);


static void oci_sign_tuf_free(void *data);
static bool oci_sign_tuf_head(const json_t *head, const char *type);
static bool oci_sign_tuf_signatures(const json_t *list);
static bool oci_sign_tuf_form(const json_t *head, const char *type);
static bool oci_sign_tuf_form_root(const json_t *head);
static bool oci_sign_tuf_form_targets(const json_t *head);
static bool oci_sign_tuf_each(const json_t *object, size_t most,
    oci_sign_tuf_form_pt form);
static bool oci_sign_tuf_form_key(const char *name, const json_t *key);
static bool oci_sign_tuf_form_role(const char *name, const json_t *role);
static bool oci_sign_tuf_form_meta(const char *name, const json_t *meta);
static bool oci_sign_tuf_form_target(const char *name, const json_t *target);
static bool oci_sign_tuf_form_delegation(const json_t *role);
static bool oci_sign_tuf_form_strings(const json_t *list, size_t most);
static bool oci_sign_tuf_form_hashes(const json_t *hashes);


oci_status_e
oci_sign_tuf_read(oci_pool_t *pool, const oci_str_t *text, const char *type,
    json_t **document, oci_error_t *err)
{
    json_t        *root, *head;
    oci_status_e   rc;

    root = oci_json_load(text->data, text->len, OCI_JSON_DUPLICATES, err);

    if (root == NULL) {
        return OCI_INVALID;
    }

    head = json_object_get(root, "signed");

    if (!oci_sign_tuf_head(head, type)
        || !oci_sign_tuf_signatures(json_object_get(root, "signatures"))
        || !oci_sign_tuf_form(head, type))
    {
        json_decref(root);
        return oci_error(err, OCI_INVALID, 0, "not TUF metadata of the type "
                         "%s, version 1", type);
    }

    rc = oci_pool_cleanup(pool, oci_sign_tuf_free, root);
    *document = root;

    return (rc == OCI_OK) ? OCI_OK : oci_nomem(err);
}


static void
oci_sign_tuf_free(void *data)
{
    json_decref(data);
}


static bool
oci_sign_tuf_head(const json_t *head, const char *type)
{
    int64_t    when;
    uint64_t   version;
    oci_str_t  text, spec, expires;

    text = oci_json_str(head, "_type");
    spec = oci_json_str(head, "spec_version");
    expires = oci_json_str(head, "expires");

    return oci_str_is(&text, type) && oci_str_prefix(&spec, "1.")
           && oci_json_uint(head, "version", &version) && version != 0
           && oci_sign_time_parse(&expires, &when);
}


static bool
oci_sign_tuf_signatures(const json_t *list)
{
    size_t         i;
    const json_t  *item;

    if (!json_is_array(list) || json_array_size(list) > OCI_SIGN_TUF_KEYS) {
        return false;
    }

    json_array_foreach(list, i, item) {
        if (!json_is_string(json_object_get(item, "keyid"))
            || !json_is_string(json_object_get(item, "sig")))
        {
            return false;
        }
    }

    return true;
}


static bool
oci_sign_tuf_form(const json_t *head, const char *type)
{
    const json_t  *meta;

    if (strcmp(type, "root") == 0) {
        return oci_sign_tuf_form_root(head);
    }

    if (strcmp(type, "targets") == 0) {
        return oci_sign_tuf_form_targets(head);
    }

    meta = json_object_get(head, "meta");

    return json_object_get(meta, strcmp(type, "timestamp") == 0
                                 ? "snapshot.json" : "targets.json") != NULL
           && oci_sign_tuf_each(meta, OCI_SIGN_TUF_FILES,
                                oci_sign_tuf_form_meta);
}


static bool
oci_sign_tuf_form_root(const json_t *head)
{
    size_t         i;
    const json_t  *roles, *consistent;

    static const char *const  needs[] = { "root", "timestamp", "snapshot",
                                          "targets" };

    roles = json_object_get(head, "roles");
    consistent = json_object_get(head, "consistent_snapshot");

    for (i = 0; i < 4; i++) {
        if (json_object_get(roles, needs[i]) == NULL) {
            return false;
        }
    }

    return (consistent == NULL || json_is_boolean(consistent))
           && oci_sign_tuf_each(roles, OCI_SIGN_TUF_KEYS,
                                oci_sign_tuf_form_role)
           && oci_sign_tuf_each(json_object_get(head, "keys"),
                                OCI_SIGN_TUF_FILES, oci_sign_tuf_form_key);
}


static bool
oci_sign_tuf_form_targets(const json_t *head)
{
    size_t         i;
    const json_t  *delegations, *roles, *role;

    delegations = json_object_get(head, "delegations");

    if (!oci_sign_tuf_each(json_object_get(head, "targets"),
                           OCI_SIGN_TUF_FILES, oci_sign_tuf_form_target))
    {
        return false;
    }

    if (delegations == NULL) {
        return true;
    }

    roles = json_object_get(delegations, "roles");

    if (!oci_sign_tuf_each(json_object_get(delegations, "keys"),
                           OCI_SIGN_TUF_FILES, oci_sign_tuf_form_key)
        || (roles != NULL && !json_is_array(roles))
        || json_array_size(roles) > OCI_SIGN_TUF_FILES)
    {
        return false;
    }

    json_array_foreach(roles, i, role) {
        if (!oci_sign_tuf_form_delegation(role)) {
            return false;
        }
    }

    return true;
}


static bool
oci_sign_tuf_each(const json_t *object, size_t most,
    oci_sign_tuf_form_pt form)
{
    json_t      *item;
    const char  *name;

    if (!json_is_object(object) || json_object_size(object) > most) {
        return false;
    }

    json_object_foreach((json_t *) object, name, item) {
        if (!form(name, item)) {
            return false;
        }
    }

    return true;
}


/* a kind of key that we do not know is no fault: it signs nothing for us */

static bool
oci_sign_tuf_form_key(const char *name, const json_t *key)
{
    (void) name;

    return json_is_string(json_object_get(key, "keytype"))
           && json_is_string(json_object_get(key, "scheme"))
           && json_is_object(json_object_get(key, "keyval"));
}


static bool
oci_sign_tuf_form_role(const char *name, const json_t *role)
{
    uint64_t  threshold;

    (void) name;

    return oci_json_uint(role, "threshold", &threshold) && threshold != 0
           && oci_sign_tuf_form_strings(json_object_get(role, "keyids"),
                                        OCI_SIGN_TUF_KEYS);
}


static bool
oci_sign_tuf_form_meta(const char *name, const json_t *meta)
{
    uint64_t       number;
    const json_t  *hashes;

    hashes = json_object_get(meta, "hashes");

    return strlen(name) <= OCI_SIGN_TUF_NAME
           && oci_json_uint(meta, "version", &number) && number != 0
           && (json_object_get(meta, "length") == NULL
               || oci_json_uint(meta, "length", &number))
           && (hashes == NULL || oci_sign_tuf_form_hashes(hashes));
}


/* a path below the repository: no client may be led out of it */

static bool
oci_sign_tuf_form_target(const char *name, const json_t *target)
{
    uint64_t     length;
    const char  *p;

    if (name[0] == '\0' || name[0] == '/'
        || strlen(name) > OCI_SIGN_TUF_NAME)
    {
        return false;
    }

    for (p = name; p != NULL; p = strchr(p, '/')) {
        p += (*p == '/');

        if (strncmp(p, "..", 2) == 0 && (p[2] == '/' || p[2] == '\0')) {
            return false;
        }
    }

    return oci_json_uint(target, "length", &length)
           && oci_sign_tuf_form_hashes(json_object_get(target, "hashes"));
}


static bool
oci_sign_tuf_form_delegation(const json_t *role)
{
    size_t         i;
    oci_str_t      name;
    const json_t  *paths, *hashes;

    static const char *const  taken[] = { "root", "timestamp", "snapshot",
                                          "targets" };

    name = oci_json_str(role, "name");
    paths = json_object_get(role, "paths");
    hashes = json_object_get(role, "path_hash_prefixes");

    for (i = 0; i < 4; i++) {
        if (oci_str_is(&name, taken[i])) {
            return false;
        }
    }

    return name.len != 0 && name.len <= OCI_SIGN_TUF_NAME
           && (paths == NULL) != (hashes == NULL)
           && oci_sign_tuf_form_strings(paths ? paths : hashes,
                                        OCI_SIGN_TUF_FILES)
           && json_is_boolean(json_object_get(role, "terminating"))
           && oci_sign_tuf_form_role(NULL, role);
}


static bool
oci_sign_tuf_form_strings(const json_t *list, size_t most)
{
    size_t         i;
    const json_t  *item;

    if (!json_is_array(list) || json_array_size(list) > most) {
        return false;
    }

    json_array_foreach(list, i, item) {
        if (!json_is_string(item)
            || json_string_length(item) > OCI_SIGN_TUF_NAME)
        {
            return false;
        }
    }

    return true;
}


/* one at least that we can compute: without, nothing would be checked */

static bool
oci_sign_tuf_form_hashes(const json_t *hashes)
{
    return json_is_string(json_object_get(hashes, "sha256"))
           || json_is_string(json_object_get(hashes, "sha512"));
}
