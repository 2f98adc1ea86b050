#include "images/target.h"
#include "images/care.h"

#include <string.h>


#define TARGET_DEPTH  4                 /* indexes within indexes */


static oci_status_e target_manifest(target_t *t, const oci_reference_t *ref,
    size_t depth, target_each_pt each, void *data, oci_error_t *err);


oci_status_e
target_open(target_t *t, cmd_t *cmd, const source_options_t *options,
    const char *name)
{
    oci_str_t     text;
    oci_error_t   why = { OCI_OK, 0, "" };
    const char   *slash;
    oci_store_t  *store;
    oci_status_e  rc;

    memset(t, 0, sizeof(target_t));
    t->cmd = cmd;
    t->options = *options;
    source_begin(options);

    /* a folder that was named by mistake is no empty store */

    if (options->root != NULL) {
        rc = care_store_open(cmd, options->root, OCI_STORE_READONLY, &store);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    if (name == NULL) {
        t->ref.host = oci_str("");

    } else if (options->root == NULL && strchr(name, '/') == NULL) {
        t->ref.host = oci_str(name);

    } else {
        slash = strrchr(name, '/');
        t->named = strpbrk(slash != NULL ? slash : name, ":@") != NULL;
        text = (options->root != NULL)
               ? oci_strf(cmd->pool, "store.invalid/%s", name)
               : oci_str(name);

        if (oci_reference_parse(&t->ref, cmd->pool, &text, &why) != OCI_OK) {
            return oci_error(&cmd->err, OCI_INVALID, 0, "\"%.300s\" is not "
                             "the name of a repository or an image", name);
        }
    }

    return source_open(&t->source, cmd->pool, &t->options, &cmd->err);
}


oci_str_t
target_name(const target_t *t)
{
    return (t->options.root != NULL)
           ? t->ref.repo : oci_reference_context(&t->ref, t->cmd->pool);
}


oci_status_e
target_walk(target_t *t, const oci_reference_t *ref, target_each_pt each,
    void *data, oci_error_t *err)
{
    return target_manifest(t, ref, 0, each, data, err);
}


static oci_status_e
target_manifest(target_t *t, const oci_reference_t *ref, size_t depth,
    target_each_pt each, void *data, oci_error_t *err)
{
    size_t              i;
    oci_str_t           none = oci_null_string;
    oci_error_t         why = { OCI_OK, 0, "" };
    oci_status_e        rc;
    oci_manifest_t      m;
    oci_reference_t     child;
    source_manifest_t   found;

    rc = source_manifest(t->source, ref, &found, &why);

    if (rc == OCI_NOT_FOUND && depth != 0) {
        return OCI_OK;
    }

    if (rc == OCI_OK) {
        rc = oci_manifest_parse(&m, t->cmd->pool, &found.content, &none, &why);
    }

    if (rc != OCI_OK) {
        return oci_error(err, rc, 0, "%s", why.text);
    }

    rc = each(data, &found.digest, found.content.len, &m, err);
    child = *ref;

    for (i = 0; rc == OCI_OK && m.kind == OCI_INDEX && depth < TARGET_DEPTH
                && i < m.nparts; i++)
    {
        child.digest = m.parts[i].digest;
        rc = target_manifest(t, &child, depth + 1, each, data, err);
    }

    return rc;
}
