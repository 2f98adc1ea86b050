/*
 * The signatures of an image: layers of its .sig image, bundles and signature
 * images among its referrers.
 *
 * Whoever may push may attach thousands.  Each is looked at by name alone;
 * the newest few are read.  When one came is the store's word, not the
 * signer's.
 */

#include "oci_gate_load.h"

#include <stdlib.h>
#include <string.h>


#define OCI_GATE_PREDICATE  "dev.sigstore.bundle.predicateType"
#define OCI_GATE_READ     512       /* that turn out to be something else */
#define OCI_GATE_PRESENT  100000    /* that are counted */


/* one that may be a signature, as what names it says */

typedef struct {
    uint64_t      time;             /* ns; 0: not known */
    size_t        order;
    bool          bundled;
    oci_str_t     of;               /* the tag or digest that leads there */
    oci_mark_t    mark;
    bool          marked;
    oci_digest_t  blob;
    uint64_t      size;
    json_t       *notes;            /* annotations; in the pool, or NULL */
} oci_gate_candidate_t;


/* by oci_gate_kind_e */

static const struct {
    const char   *suffix;           /* of the tag */
    const char   *predicate;
    size_t        max;              /* bytes of one */
    size_t        tries;
} oci_gate_kinds[] = {
    { "sig", OCI_SIGN_PREDICATE, 1024 * 1024, OCI_GATE_TRIES },
    { "att", "https://cosign.sigstore.dev/attestation/vuln/v1",
      32 * 1024 * 1024, 16 }
};


typedef struct {
    oci_pool_t               *pool;
    const oci_gate_source_t  *source;
    oci_gate_kind_e           kind;
    oci_array_t               list;     /* oci_gate_candidate_t */
} oci_gate_search_t;


static oci_status_e oci_gate_find_tag(oci_gate_search_t *s,
    const oci_digest_t *digest, oci_error_t *err);
static oci_status_e oci_gate_find_referrer(void *data,
    const oci_referrer_t *referrer, oci_error_t *err);
static json_t *oci_gate_find_json(oci_gate_search_t *s,
    const oci_str_t *content);
static oci_status_e oci_gate_find_layers(oci_gate_search_t *s,
    const json_t *root, const oci_gate_candidate_t *place, oci_error_t *err);
static oci_status_e oci_gate_find_add(oci_gate_search_t *s,
    const json_t *desc, const oci_gate_candidate_t *place,
    oci_error_t *err);
static void oci_gate_find_place(oci_gate_search_t *s,
    oci_gate_candidate_t *place, oci_str_t name);
static int oci_gate_newer(const void *one, const void *two);
static oci_status_e oci_gate_find_read(oci_gate_search_t *s,
    const oci_gate_candidate_t *c, oci_gate_signatures_t *found,
    oci_error_t *err);
static bool oci_gate_find_bundle(oci_gate_search_t *s,
    const oci_str_t *text, oci_gate_found_t *f);
static oci_str_t oci_gate_note(const json_t *notes, const char *name);


oci_status_e
oci_gate_find(oci_pool_t *pool, const oci_gate_source_t *source,
    const oci_digest_t *digest, oci_gate_kind_e kind,
    oci_gate_signatures_t *found, oci_error_t *err)
{
    size_t                 i;
    oci_status_e           rc;
    oci_gate_search_t      s;
    oci_gate_candidate_t  *c;

    s.pool = pool;
    s.source = source;
    s.kind = kind;
    oci_array_init(&s.list, pool, sizeof(oci_gate_candidate_t));
    oci_array_init(&found->list, pool, sizeof(oci_gate_found_t));

    rc = oci_gate_find_tag(&s, digest, err);

    if (rc == OCI_OK) {
        rc = source->referrers(source->data, pool, digest,
                               oci_gate_find_referrer, &s, err);
    }

    c = s.list.elts;
    found->present = s.list.nelts;

    if (s.list.nelts != 0) {
        qsort(c, s.list.nelts, sizeof(oci_gate_candidate_t), oci_gate_newer);
    }

    for (i = 0;
         rc == OCI_OK && i < s.list.nelts && i < OCI_GATE_READ
         && found->list.nelts < oci_gate_kinds[kind].tries;
         i++)
    {
        rc = oci_gate_find_read(&s, &c[i], found, err);
    }

    return rc;
}


static oci_status_e
oci_gate_find_tag(oci_gate_search_t *s, const oci_digest_t *digest,
    oci_error_t *err)
{
    json_t                *root;
    oci_str_t              content;
    oci_error_t            why = { OCI_OK, 0, "" };
    oci_digest_t           at;
    oci_status_e           rc;
    oci_gate_candidate_t   place;

    oci_gate_find_place(s, &place,
                        oci_strf(s->pool, "%s-%s.%s",
                                 oci_alg_name(digest->alg),
                                 oci_digest_hex(digest),
                                 oci_gate_kinds[s->kind].suffix));

    if (place.of.data == NULL) {
        return oci_nomem(err);
    }

    rc = s->source->manifest(s->source->data, s->pool,
                             (char *) place.of.data, &at, &content, &why);

    if (rc == OCI_NOT_FOUND) {
        return OCI_OK;
    }

    if (rc != OCI_OK) {
        return oci_error(err, rc, 0, "%s", why.text);
    }

    root = oci_gate_find_json(s, &content);

    return (root != NULL) ? oci_gate_find_layers(s, root, &place, err)
           : OCI_OK;
}


/* a bundle, or a signature image; content is of this call alone */

static oci_status_e
oci_gate_find_referrer(void *data, const oci_referrer_t *referrer,
    oci_error_t *err)
{
    json_t                *root, *layers, *desc;
    oci_str_t              type, predicate;
    oci_gate_search_t     *s = data;
    oci_gate_candidate_t   place;

    root = oci_gate_find_json(s, &referrer->content);
    layers = json_object_get(root, "layers");
    desc = json_array_get(layers, 0);

    if (desc == NULL || s->list.nelts >= OCI_GATE_PRESENT) {
        return OCI_OK;
    }

    oci_gate_find_place(s, &place,
                        oci_str_dup(s->pool,
                                    (const u_char *) referrer->digest.text,
                                    referrer->digest.len));

    if (place.of.data == NULL) {
        return oci_nomem(err);
    }

    type = oci_json_str(json_object_get(root, "config"), "mediaType");

    if (oci_str_is(&type, OCI_SIGN_MT_SIG)
        && s->kind == OCI_GATE_SIGNATURES)
    {
        return oci_gate_find_layers(s, root, &place, err);
    }

    type = oci_json_str(desc, "mediaType");
    predicate = oci_gate_note(json_object_get(root, "annotations"),
                              OCI_GATE_PREDICATE);

    /* one that says that it is something else is believed */

    if (json_array_size(layers) != 1
        || !oci_str_prefix(&type, "application/vnd.dev.sigstore.bundle")
        || (predicate.data != NULL
            && !oci_str_is(&predicate, oci_gate_kinds[s->kind].predicate)))
    {
        return OCI_OK;
    }

    place.bundled = true;

    return oci_gate_find_add(s, desc, &place, err);
}


/* NULL: it is nothing that could be a signature */

static json_t *
oci_gate_find_json(oci_gate_search_t *s, const oci_str_t *content)
{
    json_t  *root;

    root = oci_json_load(content->data, content->len, 0, NULL);

    return (root != NULL && oci_sign_json_keep(s->pool, root)) ? root : NULL;
}


static oci_status_e
oci_gate_find_layers(oci_gate_search_t *s, const json_t *root,
    const oci_gate_candidate_t *place, oci_error_t *err)
{
    size_t         i;
    json_t        *layers, *desc;
    oci_str_t      signature, predicate;
    oci_status_e   rc;

    layers = json_object_get(root, "layers");
    rc = OCI_OK;

    for (i = 0; rc == OCI_OK && i < json_array_size(layers); i++) {
        desc = json_array_get(layers, i);
        signature = oci_gate_note(json_object_get(desc, "annotations"),
                                  OCI_SIGN_A_SIGNATURE);
        predicate = oci_gate_note(json_object_get(desc, "annotations"),
                                  OCI_SIGN_A_PREDICATE);

        if (s->kind == OCI_GATE_REPORTS && predicate.data != NULL
            && !oci_str_is(&predicate, oci_gate_kinds[s->kind].predicate))
        {
            continue;
        }

        if (signature.data != NULL && s->list.nelts < OCI_GATE_PRESENT) {
            rc = oci_gate_find_add(s, desc, place, err);
        }
    }

    return rc;
}


static oci_status_e
oci_gate_find_add(oci_gate_search_t *s, const json_t *desc,
    const oci_gate_candidate_t *place, oci_error_t *err)
{
    oci_str_t              text;
    oci_digest_t           blob;
    oci_gate_candidate_t  *c;

    text = oci_json_str(desc, "digest");

    if (oci_digest_parse(&blob, &text) != OCI_OK) {
        return OCI_OK;
    }

    c = oci_array_push(&s->list);

    if (c == NULL) {
        return oci_nomem(err);
    }

    *c = *place;
    c->order = s->list.nelts;
    c->blob = blob;
    c->size = UINT64_MAX;
    (void) oci_json_uint(desc, "size", &c->size);
    c->notes = json_object_get(desc, "annotations");

    return OCI_OK;
}


static void
oci_gate_find_place(oci_gate_search_t *s, oci_gate_candidate_t *place,
    oci_str_t name)
{
    memset(place, 0, sizeof(oci_gate_candidate_t));
    place->of = name;

    if (name.data != NULL && s->source->mark != NULL
        && s->source->mark(s->source->data, (char *) name.data, &place->mark)
           == OCI_OK)
    {
        place->marked = true;
        place->time = place->mark.value[4];
    }
}


static int
oci_gate_newer(const void *one, const void *two)
{
    const oci_gate_candidate_t  *a = one, *b = two;

    if (a->time != b->time) {
        return (a->time > b->time) ? -1 : 1;
    }

    return (a->order > b->order) ? -1 : 1;
}


/* what cannot be read is a signature that does not hold */

static oci_status_e
oci_gate_find_read(oci_gate_search_t *s, const oci_gate_candidate_t *c,
    oci_gate_signatures_t *found, oci_error_t *err)
{
    oci_str_t          text;
    oci_status_e       rc;
    oci_gate_found_t   f;
    oci_gate_found_t  *slot;

    memset(&f, 0, sizeof(oci_gate_found_t));
    f.bundled = c->bundled;
    rc = s->source->blob(s->source->data, s->pool, &c->blob,
                         oci_gate_kinds[s->kind].max, &text, &f.err);

    if (rc == OCI_NOMEM || rc == OCI_IO) {
        return oci_error(err, rc, 0, "%s", f.err.text);
    }

    if (rc == OCI_OK && text.len != c->size) {
        rc = oci_error(&f.err, OCI_MISMATCH, 0, "it has not the size that "
                       "its manifest says");
    }

    if (rc == OCI_OK && c->bundled && !oci_gate_find_bundle(s, &text, &f)) {
        found->present--;
        return OCI_OK;
    }

    if (!c->bundled) {
        f.legacy.payload = text;
        f.legacy.signature = oci_gate_note(c->notes, OCI_SIGN_A_SIGNATURE);
        f.legacy.cert = oci_gate_note(c->notes, OCI_SIGN_A_CERT);
        f.legacy.chain = oci_gate_note(c->notes, OCI_SIGN_A_CHAIN);
        f.legacy.bundle = oci_gate_note(c->notes, OCI_SIGN_A_BUNDLE);
        f.legacy.time = oci_gate_note(c->notes, OCI_SIGN_A_TIME);
    }

    oci_gate_depend(&f.depends, NULL, (char *) c->of.data,
                    c->marked ? &c->mark : NULL);

    slot = oci_array_push(&found->list);

    if (slot == NULL) {
        return oci_nomem(err);
    }

    *slot = f;

    return OCI_OK;
}


/* false: what it states is something else */

static bool
oci_gate_find_bundle(oci_gate_search_t *s, const oci_str_t *text,
    oci_gate_found_t *f)
{
    oci_sign_statement_t  statement;

    if (oci_sign_bundle_parse(s->pool, text, OCI_SIGN_BUNDLE_REGISTRY,
                              &f->bundle, &f->err) != OCI_OK
        || !f->bundle.dsse
        || oci_sign_statement_parse(s->pool, &f->bundle.payload, true,
                                    &statement, &f->err) != OCI_OK)
    {
        return true;
    }

    return oci_str_is(&statement.predicate_type,
                      oci_gate_kinds[s->kind].predicate);
}


/* data is NULL when it has none */

static oci_str_t
oci_gate_note(const json_t *notes, const char *name)
{
    json_t     *value;
    oci_str_t   text;

    value = json_object_get(notes, name);
    text.data = (u_char *) json_string_value(value);
    text.len = json_string_length(value);

    return text;
}
