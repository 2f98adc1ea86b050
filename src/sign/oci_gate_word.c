/*
 * Words of a policy: what the directives share.
 */

#include "oci_gate_word.h"
#include "oci_regexp.h"

#include <string.h>


static const struct {
    const char        *name;
    oci_gate_trust_e   kind;
} oci_gate_trusts[] = {
    { "trusted_root", OCI_GATE_ROOT },
    { "ca", OCI_GATE_CA },
    { "rekor_key", OCI_GATE_LOG },
    { "tsa", OCI_GATE_TSA },
    { NULL, OCI_GATE_ROOT }
};


oci_gate_signer_t *
oci_gate_signer_add(oci_pool_t *pool, oci_gate_require_t *block,
    unsigned line, oci_error_t *err)
{
    oci_gate_signer_t  *signer;

    if (block->signers.nelts == OCI_GATE_SIGNERS) {
        (void) oci_error(err, OCI_LIMIT, 0, "more than %d signers",
                         OCI_GATE_SIGNERS);
        return NULL;
    }

    signer = oci_array_push(&block->signers);

    if (signer == NULL) {
        (void) oci_nomem(err);
        return NULL;
    }

    signer->alg = OCI_SHA256;
    signer->line = line;
    signer->identity.match = oci_regexp_match;
    oci_array_init(&signer->trust, pool, sizeof(oci_gate_trust_t));

    return signer;
}


oci_status_e
oci_gate_trust(oci_gate_policy_t *policy, oci_array_t *trust,
    const oci_str_t *word, bool *known, oci_error_t *err)
{
    size_t             i;
    oci_str_t          value;
    oci_gate_trust_t  *slot;

    *known = false;

    for (i = 0; oci_gate_trusts[i].name != NULL; i++) {

        if (!oci_gate_option(word, oci_gate_trusts[i].name, &value)
            || value.len == 0)
        {
            continue;
        }

        slot = oci_array_push(trust);

        if (slot == NULL) {
            return oci_nomem(err);
        }

        *known = true;
        slot->kind = oci_gate_trusts[i].kind;
        slot->file.path = oci_gate_path(policy->dir, policy->pool, &value);

        return oci_gate_trust_check(policy, slot, err);
    }

    return OCI_OK;
}


oci_status_e
oci_gate_either(const oci_str_t *word, const char *one, const char *other,
    bool *second, oci_error_t *err)
{
    *second = oci_str_is(word, other);

    return (*second || oci_str_is(word, one)) ? OCI_OK
           : oci_error(err, OCI_INVALID, 0, "it is \"%s\" or \"%s\", not "
                       "\"%.*s\"", one, other, (int) word->len, word->data);
}


bool
oci_gate_duration(const oci_str_t *text, int64_t *seconds)
{
    size_t       i;
    uint64_t     n;
    oci_str_t    digits;

    static const struct {
        char      unit;
        int64_t   seconds;
    } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };

    digits = *text;

    if (digits.len < 2) {
        return false;
    }

    digits.len--;

    for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (text->data[digits.len] == (u_char) units[i].unit
            && oci_str_number(&digits, 1000000, &n))
        {
            *seconds = (int64_t) n * units[i].seconds;
            return true;
        }
    }

    return false;
}


bool
oci_gate_option(const oci_str_t *word, const char *name, oci_str_t *value)
{
    size_t  len;

    len = strlen(name);

    if (!oci_str_prefix(word, name) || word->len == len
        || word->data[len] != '=')
    {
        return false;
    }

    value->data = word->data + len + 1;
    value->len = word->len - len - 1;

    return true;
}


char *
oci_gate_path(const char *dir, oci_pool_t *pool, const oci_str_t *name)
{
    return (char *) oci_strf(pool, "%s%.*s",
                             (name->len != 0 && name->data[0] == '/')
                             ? "" : dir, (int) name->len, name->data).data;
}
