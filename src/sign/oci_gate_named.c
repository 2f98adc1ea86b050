/*
 * What a signature says that it is of: the name of an image.
 */

#include "oci_gate_trial.h"
#include "oci_reference.h"

#include <string.h>


static bool oci_gate_ours(oci_gate_trial_t *t, const oci_str_t *reference);
static bool oci_gate_identified(oci_gate_trial_t *t,
    const oci_digest_t *digest, const oci_gate_identity_t *who,
    const oci_str_t *reference);
static bool oci_gate_matches(oci_gate_trial_t *t, const oci_digest_t *digest,
    const oci_gate_identity_t *who, const oci_str_t *intended,
    const oci_str_t *name, const oci_str_t *tail);
static bool oci_gate_exactly(oci_gate_trial_t *t, const oci_digest_t *digest,
    const oci_str_t *tail);
static oci_str_t oci_gate_intended(oci_gate_trial_t *t,
    const oci_gate_identity_t *who);


bool
oci_gate_named(oci_gate_trial_t *t, const oci_digest_t *digest,
    const oci_gate_require_t *require, const oci_sign_payload_t *claim,
    oci_error_t *err)
{
    bool                  good;
    oci_str_t             none = oci_null_string;
    const oci_str_t      *reference;
    oci_gate_reference_e  how;

    how = require->reference ? require->reference : t->policy->reference;
    reference = (claim != NULL) ? &claim->reference : &none;

    if (require->identity == NULL
        && (how == OCI_GATE_ANY || claim == NULL))
    {
        return true;
    }

    if (claim != NULL && !oci_str_is(&claim->type, OCI_SIGN_PAYLOAD_TYPE)) {
        (void) oci_error(err, OCI_DENIED, 0, "what is signed is no signature "
                         "of an image");
        return false;
    }

    good = (require->identity != NULL)
           ? oci_gate_identified(t, digest, require->identity,
                                 claim ? reference : NULL)
           : oci_gate_ours(t, reference);

    if (!good) {
        (void) oci_error(err, OCI_DENIED, 0, "it was signed as \"%.*s\"",
                         (int) (reference->len < 200 ? reference->len : 200),
                         reference->len ? (char *) reference->data : "");
    }

    return good;
}


/* whatever the host; a name without one is of Docker Hub's */

static bool
oci_gate_ours(oci_gate_trial_t *t, const oci_str_t *reference)
{
    oci_str_t        repo;
    oci_reference_t  ref;

    if (oci_reference_parse(&ref, t->temp, reference, NULL) != OCI_OK) {
        return false;
    }

    repo = oci_strf(t->temp, "library/%.*s", (int) t->source->repo.len,
                    t->source->repo.data);

    return oci_str_eq(&ref.repo, &t->source->repo)
           || (oci_str_eq(&ref.repo, &repo) && oci_str_is(&ref.host,
                                                          OCI_HUB));
}


/* reference is NULL for a bundle */

static bool
oci_gate_identified(oci_gate_trial_t *t, const oci_digest_t *digest,
    const oci_gate_identity_t *who, const oci_str_t *reference)
{
    oci_str_t  intended, name, tail;

    intended = oci_gate_intended(t, who);

    if (intended.data == NULL) {
        return false;
    }

    if (reference == NULL) {
        name = oci_strf(t->temp, "%s/%.*s", who->host,
                        (int) t->source->repo.len, t->source->repo.data);
        tail = oci_str("");

    } else if (!oci_gate_full_name(t->temp, reference, &name, &tail)) {
        return false;
    }

    return oci_gate_matches(t, digest, who, &intended, &name, &tail);
}


/* what this repository is called, its prefix being replaced */

static oci_str_t
oci_gate_intended(oci_gate_trial_t *t, const oci_gate_identity_t *who)
{
    size_t     n;
    oci_str_t  name;

    name = oci_strf(t->temp, "%s/%.*s", who->host,
                    (int) t->source->repo.len, t->source->repo.data);
    n = who->prefix.len;

    if (name.data == NULL || n == 0 || name.len < n
        || memcmp(name.data, who->prefix.data, n) != 0
        || (name.len > n && name.data[n] != '/'))
    {
        return name;
    }

    return oci_strf(t->temp, "%.*s%s", (int) who->becomes.len,
                    who->becomes.data, (char *) name.data + n);
}


static bool
oci_gate_matches(oci_gate_trial_t *t, const oci_digest_t *digest,
    const oci_gate_identity_t *who, const oci_str_t *intended,
    const oci_str_t *name, const oci_str_t *tail)
{
    switch (who->how) {

    case OCI_GATE_EXACT_REFERENCE:
        return oci_str_eq(name, &who->named) && oci_str_eq(tail, &who->tail);

    case OCI_GATE_EXACT_REPOSITORY:
        return oci_str_eq(name, &who->named);

    case OCI_GATE_MATCH_REPOSITORY:
        return oci_str_eq(name, intended);

    case OCI_GATE_MATCH_EXACT:
        return oci_str_eq(name, intended)
               && oci_gate_exactly(t, digest, tail);

    default: /* OCI_GATE_MATCH_DIGEST_OR_EXACT */
        return oci_str_eq(name, intended) && tail->len != 0
               && (t->source->tag.len == 0
                   || oci_gate_exactly(t, digest, tail));
    }
}


/*
 * By the tag that was asked for; by digest, when that is it, or the tag leads
 * to it: clients ask for a tag, and then for what it led to.
 */

static bool
oci_gate_exactly(oci_gate_trial_t *t, const oci_digest_t *digest,
    const oci_str_t *tail)
{
    oci_str_t      tag, content;
    oci_mark_t     mark;
    oci_digest_t   at;
    oci_status_e   rc;

    if (tail->len < 2) {
        return false;
    }

    tag.data = tail->data + 1;
    tag.len = tail->len - 1;

    if (tail->data[0] == '@') {
        return t->source->tag.len == 0 && oci_str_is(&tag, digest->text);
    }

    if (t->source->tag.len != 0) {
        return oci_str_eq(&tag, &t->source->tag);
    }

    rc = (t->source->mark != NULL)
         ? t->source->mark(t->source->data, (char *) tag.data, &mark)
         : OCI_NOT_FOUND;
    oci_gate_depend(&t->depends, NULL, (char *) tag.data,
                    rc == OCI_OK ? &mark : NULL);

    return t->source->manifest(t->source->data, t->temp, (char *) tag.data,
                               &at, &content, NULL) == OCI_OK
           && oci_digest_eq(&at, digest);
}


bool
oci_gate_full_name(oci_pool_t *pool, const oci_str_t *text, oci_str_t *name,
    oci_str_t *tail)
{
    size_t           n;
    u_char          *slash;
    oci_str_t        last;
    oci_reference_t  ref;

    if (oci_reference_parse(&ref, pool, text, NULL) != OCI_OK) {
        return false;
    }

    *name = oci_strf(pool, "%.*s/%.*s", (int) ref.host.len, ref.host.data,
                     (int) ref.repo.len, ref.repo.data);
    last = oci_str_dup(pool, text->data, text->len);

    if (name->data == NULL || last.data == NULL) {
        return false;
    }

    slash = (u_char *) strrchr((char *) last.data, '/');
    last.data = (slash != NULL) ? slash : last.data;
    n = strcspn((char *) last.data, ":@");
    *tail = oci_str((char *) last.data + n);

    return true;
}
