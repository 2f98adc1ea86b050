/*
 * The verdict of a policy on an image.
 */

#include "oci_gate_trial.h"

#include <string.h>


#define OCI_GATE_DEPTH     4        /* of indexes within one another */
#define OCI_GATE_CHILDREN  256      /* images of an index */
#define OCI_GATE_PARENTS   64       /* indexes that list an image */


static oci_status_e oci_gate_manifest(oci_gate_trial_t *t,
    const oci_digest_t *digest, const oci_str_t *content, unsigned depth,
    bool *passed);
static oci_status_e oci_gate_scans(oci_gate_trial_t *t,
    const oci_digest_t *digest, const oci_str_t *content, unsigned depth);
static oci_status_e oci_gate_scan(oci_gate_trial_t *t,
    const oci_digest_t *digest);
static oci_status_e oci_gate_noted(oci_gate_trial_t *t,
    const oci_manifest_t *m, bool *noted);
static oci_status_e oci_gate_children(oci_gate_trial_t *t,
    const oci_manifest_t *m, unsigned depth, bool *passed);
static oci_status_e oci_gate_child(oci_gate_trial_t *t,
    const oci_digest_t *digest, unsigned depth, bool *passed, bool *seen);
static oci_status_e oci_gate_signed(oci_gate_trial_t *t,
    const oci_digest_t *digest, bool *passed);
static oci_status_e oci_gate_listed(oci_gate_trial_t *t,
    const oci_digest_t *digest, bool *passed);


oci_status_e
oci_gate_judge(oci_pool_t *pool, const oci_gate_policy_t *policy,
    const oci_gate_source_t *source, const oci_digest_t *digest,
    const oci_str_t *content, int64_t now, oci_gate_verdict_t *verdict,
    oci_error_t *err)
{
    oci_digest_t      is;
    oci_status_e      rc;
    oci_gate_trial_t  t;

    memset(verdict, 0, sizeof(oci_gate_verdict_t));
    oci_array_init(&verdict->reasons, pool, sizeof(oci_gate_reason_t));

    memset(&t, 0, sizeof(oci_gate_trial_t));
    t.pool = pool;
    t.temp = oci_pool_create();
    t.policy = policy;
    t.source = source;
    t.digest = digest;
    t.now = now;
    t.verdict = verdict;
    t.err = err;

    if (t.temp == NULL) {
        return oci_nomem(err);
    }

    oci_digest_of(&is, digest->alg, content->data, content->len);

    rc = oci_gate_rules(&t);

    if (rc == OCI_OK) {
        rc = oci_digest_eq(&is, digest)
             ? oci_gate_manifest(&t, digest, content, 0, &verdict->passed)
             : oci_gate_say(&t, false, policy->file, policy->line,
                            oci_str("the manifest is damaged"));
    }

    if (rc == OCI_OK && verdict->passed && !verdict->attached
        && policy->scan.on)
    {
        rc = oci_gate_scans(&t, digest, content, 0);
    }

    verdict->depends = t.depends;
    verdict->passed = verdict->passed && rc == OCI_OK;
    oci_pool_destroy(t.temp);

    return rc;
}


/* what is no manifest that we know is signed by itself, if at all */

static oci_status_e
oci_gate_manifest(oci_gate_trial_t *t, const oci_digest_t *digest,
    const oci_str_t *content, unsigned depth, bool *passed)
{
    bool            known, noted;
    oci_str_t       none = oci_null_string;
    oci_status_e    rc;
    oci_manifest_t  m;

    known = (oci_manifest_parse(&m, t->temp, content, &none, NULL) == OCI_OK);
    noted = false;

    if (known) {
        rc = oci_gate_noted(t, &m, &noted);

        if (rc != OCI_OK) {
            return rc;
        }
    }

    if (noted) {
        t->verdict->attached = (depth == 0);
        *passed = true;

        return (depth != 0) ? OCI_OK
               : oci_gate_say(t, true, t->policy->file, t->policy->line,
                              oci_str("it is attached to an image, and "
                                      "always leaves"));
    }

    if (known && m.kind == OCI_INDEX && t->policy->children) {
        return oci_gate_children(t, &m, depth, passed);
    }

    rc = oci_gate_signed(t, digest, passed);

    if (rc == OCI_OK && !*passed && depth == 0 && !t->policy->children) {
        rc = oci_gate_listed(t, digest, passed);
    }

    return rc;
}


/* of an index, each image that is here must have been scanned */

static oci_status_e
oci_gate_scans(oci_gate_trial_t *t, const oci_digest_t *digest,
    const oci_str_t *content, unsigned depth)
{
    bool            noted;
    size_t          i;
    oci_str_t       child, none = oci_null_string;
    oci_digest_t    at;
    oci_status_e    rc;
    oci_manifest_t  m;

    if (oci_manifest_parse(&m, t->temp, content, &none, NULL) != OCI_OK) {
        return oci_gate_scan(t, digest);
    }

    rc = oci_gate_noted(t, &m, &noted);

    if (rc != OCI_OK || noted) {
        return rc;
    }

    if (m.kind != OCI_INDEX) {
        return oci_gate_scan(t, digest);
    }

    if (depth == OCI_GATE_DEPTH || m.nparts > OCI_GATE_CHILDREN) {
        t->verdict->passed = false;
        return oci_gate_say(t, false, t->policy->file,
                            t->policy->scan.by.line,
                            oci_str("the index lists too many images"));
    }

    for (i = 0; rc == OCI_OK && t->verdict->passed && i < m.nparts; i++) {
        rc = t->source->manifest(t->source->data, t->temp,
                                 m.parts[i].digest.text, &at, &child, NULL);

        if (rc == OCI_OK) {
            rc = oci_gate_scans(t, &m.parts[i].digest, &child, depth + 1);

        } else if (rc == OCI_NOT_FOUND) {
            rc = OCI_OK;
        }
    }

    return rc;
}


/* reports come and grow old: what they say is believed for a minute */

static oci_status_e
oci_gate_scan(oci_gate_trial_t *t, const oci_digest_t *digest)
{
    oci_status_e         rc;
    oci_gate_verdict_t  *verdict;
    oci_gate_finding_t   finding;

    verdict = t->verdict;
    rc = oci_gate_scanned(t->pool, t->temp, t->policy, t->source, digest,
                          t->now, &finding, t->err);

    if (rc != OCI_OK) {
        return rc;
    }

    if (digest != t->digest) {
        finding.text = oci_strf(t->pool, "%s: %s", digest->text,
                                (char *) finding.text.data);
    }

    verdict->until = t->now + OCI_GATE_NOW;
    verdict->scan = !finding.passed;
    verdict->passed = finding.passed;

    rc = oci_gate_say(t, finding.passed, t->policy->file, finding.line,
                      finding.text);

    if (rc == OCI_OK && finding.warning) {
        oci_gate_warn(t);
    }

    return rc;
}


/* is it something attached, by its types and, where they may lie, layers? */

static oci_status_e
oci_gate_noted(oci_gate_trial_t *t, const oci_manifest_t *m, bool *noted)
{
    size_t            i;
    uint64_t          left;
    oci_str_t         text;
    oci_pool_t       *pool;
    oci_error_t       why = { OCI_OK, 0, "" };
    oci_status_e      rc;
    oci_gate_what_e   what;

    what = oci_gate_attached(m);
    *noted = (what != OCI_GATE_IMAGE);
    left = OCI_SIGN_MAX_PAYLOAD;

    for (i = 0; what == OCI_GATE_IF_TEXT && *noted && i < m->nparts; i++) {
        pool = oci_pool_create();

        if (pool == NULL) {
            return oci_nomem(t->err);
        }

        text.len = 0;
        rc = t->source->blob(t->source->data, pool, &m->parts[i].digest,
                             (size_t) left, &text, &why);
        *noted = rc == OCI_NOT_FOUND
                 || (rc == OCI_OK && oci_gate_is_text(&text));
        left -= (rc == OCI_OK) ? text.len : 0;
        oci_pool_destroy(pool);

        if (rc == OCI_NOMEM || rc == OCI_IO) {
            return oci_error(t->err, rc, 0, "%s", why.text);
        }
    }

    return OCI_OK;
}


/* every image that is here; what is not here does not leave either */

static oci_status_e
oci_gate_children(oci_gate_trial_t *t, const oci_manifest_t *m,
    unsigned depth, bool *passed)
{
    bool          one, seen;
    size_t        i, n;
    oci_status_e  rc;

    *passed = false;

    if (depth == OCI_GATE_DEPTH
        || t->children + m->nparts > OCI_GATE_CHILDREN)
    {
        return oci_gate_say(t, false, t->policy->file, t->policy->line,
                            oci_strf(t->pool, "the index lists more than %d "
                                     "images, or is nested too deeply",
                                     OCI_GATE_CHILDREN));
    }

    t->children += m->nparts;
    rc = OCI_OK;
    n = 0;

    for (i = 0; rc == OCI_OK && i < m->nparts; i++) {
        rc = oci_gate_child(t, &m->parts[i].digest, depth + 1, &one, &seen);

        if (rc == OCI_OK && seen && !one) {
            return OCI_OK;
        }

        n += seen;
    }

    *passed = (n != 0);

    return (rc != OCI_OK || n != 0) ? rc
           : oci_gate_say(t, false, t->policy->file, t->policy->line,
                          oci_str("none of the images of the index is here"));
}


static oci_status_e
oci_gate_child(oci_gate_trial_t *t, const oci_digest_t *digest,
    unsigned depth, bool *passed, bool *seen)
{
    oci_str_t     content;
    oci_error_t   why = { OCI_OK, 0, "" };
    oci_digest_t  at;
    oci_status_e  rc;

    rc = t->source->manifest(t->source->data, t->temp, digest->text, &at,
                             &content, &why);
    *seen = (rc == OCI_OK);
    *passed = false;

    if (rc == OCI_NOT_FOUND) {
        return OCI_OK;
    }

    return (rc == OCI_OK) ? oci_gate_manifest(t, digest, &content, depth,
                                              passed)
           : oci_error(t->err, rc, 0, "%s", why.text);
}


static oci_status_e
oci_gate_signed(oci_gate_trial_t *t, const oci_digest_t *digest,
    bool *passed)
{
    bool                        one, read;
    size_t                      i;
    oci_status_e                rc;
    oci_gate_signatures_t       found;
    const oci_gate_require_t  **require;

    *passed = true;
    read = false;
    rc = OCI_OK;
    require = t->requires.elts;

    for (i = 0; rc == OCI_OK && i < t->requires.nelts; i++) {

        if (require[i]->fixed != NULL && (require[i]->need == 0
                                          || require[i]->signers.nelts == 0))
        {
            rc = oci_gate_fixed(t, digest, require[i], &one);
            *passed = *passed && one;
            continue;
        }

        if (!read) {
            rc = oci_gate_find(t->temp, t->source, digest,
                               OCI_GATE_SIGNATURES, &found, t->err);
            read = true;
        }

        if (rc == OCI_OK) {
            rc = oci_gate_count(t, digest, require[i], &found, &one);
            *passed = *passed && one;
        }
    }

    return rc;
}


/* an image may leave because an index that lists it may */

static oci_status_e
oci_gate_listed(oci_gate_trial_t *t, const oci_digest_t *digest,
    bool *passed)
{
    size_t               i;
    oci_array_t          parents;
    oci_status_e         rc;
    oci_digest_t        *parent;
    oci_gate_depends_t   before;

    if (t->source->parents == NULL) {
        return OCI_OK;
    }

    oci_array_init(&parents, t->temp, sizeof(oci_digest_t));
    rc = t->source->parents(t->source->data, t->temp, digest, &parents,
                            t->err);
    parent = parents.elts;
    before = t->depends;

    for (i = 0; rc == OCI_OK && !*passed && i < parents.nelts; i++) {

        if (i == OCI_GATE_PARENTS) {
            break;
        }

        t->quiet = true;
        t->depends = before;
        rc = oci_gate_signed(t, &parent[i], passed);
        t->quiet = false;

        if (rc == OCI_OK && *passed) {
            t->verdict->reasons.nelts = 0;
            rc = oci_gate_say(t, true, t->policy->file, t->policy->line,
                              oci_strf(t->pool, "an index that is signed "
                                       "lists it: %s", parent[i].text));
        }
    }

    return rc;
}
