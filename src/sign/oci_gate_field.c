/*
 * Members of a policy that was written for another program.
 */

#include "oci_gate_field.h"

#include <string.h>


static bool oci_gate_typed(const json_t *value, oci_gate_type_e type);


oci_status_e
oci_gate_fields(const json_t *object, const oci_gate_field_t *fields,
    const char *where, oci_error_t *err)
{
    void                    *it;
    const char              *name;
    const oci_gate_field_t  *f;

    static const char *const  types[] = {
        "a text", "a list that is not empty", "an object", "true or false"
    };

    if (!json_is_object(object)) {
        return oci_error(err, OCI_INVALID, 0, "%s: not an object", where);
    }

    for (it = json_object_iter((json_t *) object);
         it != NULL;
         it = json_object_iter_next((json_t *) object, it))
    {
        name = json_object_iter_key(it);

        for (f = fields; f->name != NULL; f++) {
            if (strcmp(f->name, name) == 0) {
                break;
            }
        }

        if (f->name == NULL) {
            return oci_error(err, OCI_INVALID, 0, "%s: \"%.64s\" is not "
                             "known", where, name);
        }

        if (f->why != NULL) {
            return oci_error(err, OCI_INVALID, 0, "%s: \"%s\" cannot be "
                             "honoured: %s", where, name, f->why);
        }

        if (!oci_gate_typed(json_object_iter_value(it), f->type)) {
            return oci_error(err, OCI_INVALID, 0, "%s: \"%s\" is not %s",
                             where, name, types[f->type]);
        }
    }

    return OCI_OK;
}


static bool
oci_gate_typed(const json_t *value, oci_gate_type_e type)
{
    const char  *text;

    text = json_string_value(value);

    switch (type) {

    case OCI_GATE_TEXT:
        return json_string_length(value) != 0
               && strlen(text) == json_string_length(value);

    case OCI_GATE_LIST:
        return json_array_size(value) != 0;

    case OCI_GATE_OBJECT:
        return json_is_object(value);

    case OCI_GATE_BOOL:
        return json_is_boolean(value)
               || (text != NULL && (strcmp(text, "true") == 0
                                    || strcmp(text, "false") == 0));

    default: /* OCI_GATE_WHATEVER */
        return true;
    }
}


bool
oci_gate_true(const json_t *object, const char *name)
{
    json_t     *value;
    oci_str_t   text;

    value = json_object_get(object, name);
    text = oci_json_str(object, name);

    return json_is_true(value) || oci_str_is(&text, "true");
}


void
oci_gate_rules_init(oci_gate_rules_t *rules, oci_pool_t *pool)
{
    memset(rules, 0, sizeof(oci_gate_rules_t));
    rules->pool = pool;
    rules->dir = "";
    rules->none.need = 1;
    oci_array_init(&rules->scopes, pool, sizeof(oci_gate_scope_t));
    oci_array_init(&rules->trust, pool, sizeof(oci_gate_trust_t));
    oci_array_init(&rules->none.signers, pool, sizeof(oci_gate_signer_t));
}


oci_status_e
oci_gate_trust_add(oci_gate_signer_t *signer, oci_gate_trust_e kind,
    const oci_gate_file_t *file, oci_error_t *err)
{
    oci_gate_trust_t  *slot;

    slot = oci_array_push(&signer->trust);

    if (slot == NULL) {
        return oci_nomem(err);
    }

    slot->kind = kind;
    slot->file = *file;

    return OCI_OK;
}


oci_gate_scope_t *
oci_gate_scope_add(oci_gate_rules_t *rules, oci_error_t *err)
{
    oci_gate_scope_t  *scope;

    if (rules->scopes.nelts == OCI_GATE_SCOPES) {
        (void) oci_error(err, OCI_LIMIT, 0, "more than %d scopes or policies",
                         OCI_GATE_SCOPES);
        return NULL;
    }

    scope = oci_array_push(&rules->scopes);

    if (scope == NULL) {
        (void) oci_nomem(err);
        return NULL;
    }

    oci_array_init(&scope->globs, rules->pool, sizeof(char *));
    oci_array_init(&scope->requires, rules->pool, sizeof(oci_gate_require_t));

    return scope;
}


oci_gate_require_t *
oci_gate_require_add(const oci_gate_rules_t *rules, oci_gate_scope_t *scope,
    const char *what, oci_error_t *err)
{
    oci_gate_require_t  *require;

    require = oci_array_push(&scope->requires);

    if (require == NULL || what == NULL) {
        (void) oci_nomem(err);
        return NULL;
    }

    require->need = 1;
    require->file = rules->file;
    require->line = rules->line;
    require->what = what;
    require->reference = OCI_GATE_ANY;
    oci_array_init(&require->signers, rules->pool, sizeof(oci_gate_signer_t));

    return require;
}
