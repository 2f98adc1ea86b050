/*
 * From a signer in a policy to keys and trust in memory.
 */

#include "oci_gate_load.h"
#include "oci_file.h"

#include <string.h>


static oci_status_e oci_gate_read(oci_pool_t *pool,
    const oci_gate_file_t *file, oci_gate_depends_t *depends,
    oci_str_t *text, oci_error_t *err);
static oci_status_e oci_gate_load_keys(oci_pool_t *pool,
    oci_gate_loaded_t *loaded, oci_error_t *err);
static oci_status_e oci_gate_load_trust(oci_pool_t *pool,
    const oci_gate_trust_t *trust, oci_gate_loaded_t *loaded,
    oci_error_t *err);
static oci_status_e oci_gate_load_list(oci_pool_t *pool,
    const oci_array_t *trust, oci_gate_loaded_t *loaded, oci_error_t *err);
static oci_status_e oci_gate_load_text(oci_pool_t *pool,
    oci_gate_trust_e kind, const oci_str_t *text, oci_sign_trust_t *trust,
    oci_error_t *err);
static void oci_gate_load_begin(oci_pool_t *pool,
    const oci_gate_signer_t *signer, oci_gate_loaded_t *loaded);
static oci_status_e oci_gate_requires_check(oci_pool_t *pool,
    const oci_gate_policy_t *policy, const oci_array_t *requires,
    oci_error_t *err);
static oci_status_e oci_gate_require_check(oci_pool_t *pool,
    const oci_gate_policy_t *policy, const oci_gate_require_t *require,
    oci_error_t *err);
static oci_status_e oci_gate_signer_check(const oci_gate_policy_t *policy,
    const oci_gate_loaded_t *loaded, oci_error_t *err);


void
oci_gate_load(oci_pool_t *pool, const oci_gate_policy_t *policy,
    const oci_gate_signer_t *signer, oci_gate_loaded_t *loaded)
{
    oci_gate_load_begin(pool, signer, loaded);

    if (!signer->keyless
        && oci_gate_load_keys(pool, loaded, &loaded->err) != OCI_OK)
    {
        return;
    }

    if (oci_gate_load_list(pool, &signer->trust, loaded, &loaded->err)
        == OCI_OK)
    {
        (void) oci_gate_load_list(pool, &policy->trust, loaded,
                                  &loaded->err);
    }
}


static void
oci_gate_load_begin(oci_pool_t *pool, const oci_gate_signer_t *signer,
    oci_gate_loaded_t *loaded)
{
    memset(loaded, 0, sizeof(oci_gate_loaded_t));
    loaded->signer = signer;
    oci_array_init(&loaded->keys, pool, sizeof(EVP_PKEY *));
    oci_sign_trust_init(&loaded->trust, pool);
}


/* the mark is taken first: it may be too old, not too new */

static oci_status_e
oci_gate_read(oci_pool_t *pool, const oci_gate_file_t *file,
    oci_gate_depends_t *depends, oci_str_t *text, oci_error_t *err)
{
    oci_mark_t    mark;
    oci_status_e  rc;

    if (file->text.data != NULL) {
        *text = file->text;
        return OCI_OK;
    }

    if (file->path == NULL) {
        return oci_nomem(err);
    }

    rc = oci_file_mark(file->path, &mark, NULL, err);

    if (rc == OCI_OK) {
        oci_gate_depend(depends, file->path, "", &mark);
        rc = oci_file_read(pool, file->path, OCI_GATE_FILE, text, err);
    }

    return rc;
}


static oci_status_e
oci_gate_load_keys(oci_pool_t *pool, oci_gate_loaded_t *loaded,
    oci_error_t *err)
{
    size_t         pos;
    EVP_PKEY     **slot;
    oci_str_t      text, label, der, pem;
    oci_error_t    why = { OCI_OK, 0, "" };
    oci_status_e   rc;

    rc = oci_gate_read(pool, &loaded->signer->key, &loaded->depends, &text,
                       err);
    pos = 0;

    while (rc == OCI_OK
           && oci_sign_pem_next(pool, &text, &pos, &label, &der) == OCI_OK)
    {
        slot = oci_array_push(&loaded->keys);

        if (slot == NULL) {
            return oci_nomem(err);
        }

        pem = oci_sign_pem(pool, (char *) label.data, &der);
        rc = oci_sign_key_public(pool, &pem, slot, &why);
    }

    if (rc == OCI_OK && loaded->keys.nelts == 0) {
        rc = oci_error(&why, OCI_INVALID, 0, "there is no public key in it");
    }

    return (rc == OCI_OK) ? OCI_OK
           : oci_error(err, rc, 0, "\"%s\": %s", loaded->signer->what,
                       why.text);
}


static oci_status_e
oci_gate_load_list(oci_pool_t *pool, const oci_array_t *trust,
    oci_gate_loaded_t *loaded, oci_error_t *err)
{
    size_t        i;
    oci_status_e  rc;

    rc = OCI_OK;

    for (i = 0; rc == OCI_OK && i < trust->nelts; i++) {
        rc = oci_gate_load_trust(pool,
                                 (const oci_gate_trust_t *) trust->elts + i,
                                 loaded, err);
    }

    return rc;
}


static oci_status_e
oci_gate_load_trust(oci_pool_t *pool, const oci_gate_trust_t *trust,
    oci_gate_loaded_t *loaded, oci_error_t *err)
{
    oci_str_t     text;
    oci_error_t   why = { OCI_OK, 0, "" };
    oci_status_e  rc;

    rc = oci_gate_read(pool, &trust->file, &loaded->depends, &text, err);

    if (rc == OCI_OK) {
        rc = oci_gate_load_text(pool, trust->kind, &text, &loaded->trust,
                                &why);
    }

    return (rc == OCI_OK) ? OCI_OK
           : oci_error(err, rc, 0, "\"%s\": %s",
                       trust->file.path ? trust->file.path : "(in the policy)",
                       why.text);
}


static oci_status_e
oci_gate_load_text(oci_pool_t *pool, oci_gate_trust_e kind,
    const oci_str_t *text, oci_sign_trust_t *trust, oci_error_t *err)
{
    switch (kind) {

    case OCI_GATE_ROOT:
        return oci_sign_trust_json(pool, trust, text, err);

    case OCI_GATE_CA:
        return oci_sign_trust_certs(pool, &trust->cas, text, false, err);

    case OCI_GATE_LOG:
        return oci_sign_trust_keys(pool, &trust->logs, text, err);

    default: /* OCI_GATE_TSA */
        return oci_sign_trust_times(pool, &trust->tsas, text, err);
    }
}


oci_status_e
oci_gate_keys_check(const oci_gate_policy_t *policy,
    const oci_gate_signer_t *signer, oci_error_t *err)
{
    oci_pool_t         *pool;
    oci_status_e        rc;
    oci_gate_loaded_t   loaded;

    (void) policy;

    pool = oci_pool_create();

    if (pool == NULL) {
        return oci_nomem(err);
    }

    oci_gate_load_begin(pool, signer, &loaded);
    rc = oci_gate_load_keys(pool, &loaded, err);
    oci_pool_destroy(pool);

    return rc;
}


oci_status_e
oci_gate_trust_check(const oci_gate_policy_t *policy,
    const oci_gate_trust_t *trust, oci_error_t *err)
{
    oci_pool_t         *pool;
    oci_status_e        rc;
    oci_gate_loaded_t   loaded;

    (void) policy;

    pool = oci_pool_create();

    if (pool == NULL) {
        return oci_nomem(err);
    }

    oci_gate_load_begin(pool, NULL, &loaded);
    rc = oci_gate_load_trust(pool, trust, &loaded, err);
    oci_pool_destroy(pool);

    return rc;
}


oci_status_e
oci_gate_policy_check(const oci_gate_policy_t *policy, oci_error_t *err)
{
    size_t                   i, k;
    oci_pool_t              *pool;
    oci_status_e             rc;
    const oci_gate_rules_t  *rules;
    const oci_gate_scope_t  *scope;

    pool = oci_pool_create();

    if (pool == NULL) {
        return oci_nomem(err);
    }

    rc = oci_gate_requires_check(pool, policy, &policy->requires, err);
    rules = policy->rules.elts;

    for (i = 0; rc == OCI_OK && i < policy->rules.nelts; i++) {
        scope = rules[i].scopes.elts;

        for (k = 0; rc == OCI_OK && k < rules[i].scopes.nelts; k++) {
            rc = oci_gate_requires_check(pool, policy, &scope[k].requires,
                                         err);
        }
    }

    oci_pool_destroy(pool);

    return rc;
}


static oci_status_e
oci_gate_requires_check(oci_pool_t *pool, const oci_gate_policy_t *policy,
    const oci_array_t *requires, oci_error_t *err)
{
    size_t                     i;
    oci_error_t                why = { OCI_OK, 0, "" };
    oci_status_e               rc;
    const oci_gate_require_t  *require;

    require = requires->elts;

    for (i = 0; i < requires->nelts; i++) {
        rc = oci_gate_require_check(pool, policy, &require[i], &why);

        if (rc != OCI_OK) {
            return oci_error(err, rc, 0, "%s%s%s",
                             require[i].what ? require[i].what : "",
                             require[i].what ? ": " : "", why.text);
        }
    }

    return OCI_OK;
}


static oci_status_e
oci_gate_require_check(oci_pool_t *pool, const oci_gate_policy_t *policy,
    const oci_gate_require_t *require, oci_error_t *err)
{
    bool                      keyless;
    size_t                    i, keys;
    oci_status_e              rc;
    oci_gate_loaded_t         loaded;
    const oci_gate_signer_t  *signer;

    keyless = false;
    keys = 0;
    signer = require->signers.elts;

    for (i = 0; i < require->signers.nelts; i++) {
        oci_gate_load(pool, policy, &signer[i], &loaded);
        rc = oci_gate_signer_check(policy, &loaded, err);

        if (rc != OCI_OK) {
            return rc;
        }

        keyless = keyless || signer[i].keyless;
        keys += loaded.keys.nelts;
    }

    if (require->fixed == NULL && !keyless && keys < require->need) {
        return oci_error(err, OCI_INVALID, 0, "line %u: \"require %u\" names "
                         "%zu %s alone: no image could pass", require->line,
                         require->need, keys, keys == 1 ? "key" : "keys");
    }

    return OCI_OK;
}


static oci_status_e
oci_gate_signer_check(const oci_gate_policy_t *policy,
    const oci_gate_loaded_t *loaded, oci_error_t *err)
{
    const oci_gate_signer_t  *signer;

    signer = loaded->signer;

    if (loaded->err.status != OCI_OK) {
        return oci_error(err, OCI_INVALID, 0, "line %u: %s", signer->line,
                         loaded->err.text);
    }

    if (signer->keyless && loaded->trust.cas.nelts == 0) {
        return oci_error(err, OCI_INVALID, 0, "line %u: no authority of "
                         "certificates is known: name it with trusted_root= "
                         "or ca=", signer->line);
    }

    if (signer->sct == OCI_GATE_SCT_REQUIRED
        && loaded->trust.ctlogs.nelts == 0)
    {
        return oci_error(err, OCI_INVALID, 0, "line %u: no log of "
                         "certificates is known: name it with trusted_root=, "
                         "or say \"insecureIgnoreSCT\"", signer->line);
    }

    if ((policy->log == OCI_GATE_LOG_REQUIRED
         || signer->log == OCI_GATE_LOG_REQUIRED)
        && loaded->trust.logs.nelts == 0)
    {
        return oci_error(err, OCI_INVALID, 0, "line %u: a log is required, "
                         "and none is known: name it with trusted_root= or "
                         "rekor_key=, here or behind \"log required\"",
                         signer->line);
    }

    return OCI_OK;
}


void
oci_gate_depend(oci_gate_depends_t *depends, const char *file,
    const char *name, const oci_mark_t *mark)
{
    size_t              i;
    oci_gate_depend_t  *on;

    for (i = 0; i < depends->n; i++) {
        on = &depends->on[i];

        if (on->file == file && strcmp(on->name, name) == 0) {
            return;
        }
    }

    if (depends->n == OCI_GATE_DEPENDS || mark == NULL
        || strlen(name) >= sizeof(on->name))
    {
        depends->lost = true;
        return;
    }

    on = &depends->on[depends->n++];
    on->file = file;
    on->mark = *mark;
    strcpy(on->name, name);
}


void
oci_gate_depend_all(oci_gate_depends_t *depends,
    const oci_gate_depends_t *more)
{
    size_t                    i;
    const oci_gate_depend_t  *on;

    for (i = 0; i < more->n; i++) {
        on = &more->on[i];
        oci_gate_depend(depends, on->file, on->name, &on->mark);
    }

    depends->lost = depends->lost || more->lost;
}
