/*
 * Scopes and grants.
 */

#include "oci_json.h"
#include "oci_reference.h"
#include "oci_scope.h"

#include <string.h>


static unsigned oci_scope_actions(const json_t *list);


bool
oci_scope_next(oci_str_t *list, oci_scope_t *scope)
{
    u_char     *blank, *first, *last;
    oci_str_t   word;

    while (list->len != 0) {
        word = *list;
        blank = memchr(word.data, ' ', word.len);

        if (blank != NULL) {
            word.len = (size_t) (blank - word.data);
        }

        list->data += word.len + (blank != NULL);
        list->len -= word.len + (blank != NULL);

        /* a name may hold colons: the port of a host */

        first = (word.len != 0) ? memchr(word.data, ':', word.len) : NULL;
        last = (word.len != 0) ? memrchr(word.data, ':', word.len) : NULL;

        if (first == last) {
            continue;
        }

        scope->type.data = word.data;
        scope->type.len = (size_t) (first - word.data);
        scope->name.data = first + 1;
        scope->name.len = (size_t) (last - first - 1);
        scope->actions.data = last + 1;
        scope->actions.len = (size_t) (word.data + word.len - last - 1);

        return true;
    }

    return false;
}


oci_status_e
oci_scope_grants(const json_t *claims, oci_pool_t *pool, oci_identity_t *who,
    oci_error_t *err)
{
    size_t        i;
    json_t       *access, *entry;
    unsigned      actions;
    oci_str_t     type, name, all = oci_string("**");
    oci_grant_t  *grant;

    who->bounded = true;
    access = json_object_get(claims, "access");

    for (i = 0; i < json_array_size(access); i++) {
        entry = json_array_get(access, i);
        type = oci_json_str(entry, "type");
        name = oci_json_str(entry, "name");
        actions = oci_scope_actions(json_object_get(entry, "actions"));

        if (oci_str_is(&type, "registry") && oci_str_is(&name, "catalog")) {
            actions = (actions != 0) ? OCI_MAY_CATALOG : 0;

        } else if (!oci_str_is(&type, "repository") || !oci_name_valid(&name))
        {
            continue;
        }

        grant = oci_array_push(&who->grants);
        if (grant == NULL) {
            return oci_error(err, OCI_NOMEM, 0, "out of memory");
        }

        grant->actions = actions;

        if (oci_glob_compile(&grant->repo, pool, OCI_GLOB_REPOSITORY,
                             actions == OCI_MAY_CATALOG ? &all : &name, err)
            != OCI_OK)
        {
            return err->status;
        }
    }

    return OCI_OK;
}


static unsigned
oci_scope_actions(const json_t *list)
{
    size_t     i;
    unsigned   actions;
    oci_str_t  word;

    actions = 0;

    for (i = 0; i < json_array_size(list); i++) {
        word = oci_str(json_string_value(json_array_get(list, i)));
        actions |= oci_action_parse(&word);
    }

    return actions & ~(unsigned) OCI_MAY_CATALOG;
}
