/*
 * Which repositories a policy is for.
 */

#include "oci_gate.h"
#include "oci_glob.h"

#include <string.h>


typedef struct {
    oci_glob_t  glob;
    bool        out;
} oci_gate_glob_t;


void
oci_gate_names_init(oci_gate_names_t *names, oci_pool_t *pool)
{
    oci_array_init(&names->globs, pool, sizeof(oci_gate_glob_t));
}


oci_status_e
oci_gate_names_add(oci_gate_names_t *names, const oci_str_t *pattern,
    oci_error_t *err)
{
    oci_str_t         text;
    oci_gate_glob_t  *slot;

    text = *pattern;
    slot = oci_array_push(&names->globs);

    if (slot == NULL) {
        return oci_nomem(err);
    }

    if (text.len != 0 && text.data[0] == '!') {
        slot->out = true;
        text.data++;
        text.len--;

        if (names->globs.nelts == 1) {
            return oci_error(err, OCI_INVALID, 0, "\"!%.*s\" takes nothing "
                             "out: no pattern stands before it",
                             (int) text.len, text.data);
        }
    }

    if (memchr(text.data, '$', text.len) != NULL) {
        return oci_error(err, OCI_INVALID, 0, "no name has a \"$\": "
                         "\"%.*s\"", (int) text.len, text.data);
    }

    return oci_glob_compile(&slot->glob, names->globs.pool,
                            OCI_GLOB_REPOSITORY, &text, err);
}


bool
oci_gate_names_match(const oci_gate_names_t *names, const oci_str_t *repo)
{
    size_t                  i;
    const oci_gate_glob_t  *globs;

    globs = names->globs.elts;

    for (i = names->globs.nelts; i != 0; i--) {
        if (oci_glob_match(&globs[i - 1].glob, repo, NULL)) {
            return !globs[i - 1].out;
        }
    }

    return false;
}
