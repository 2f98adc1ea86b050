/*
 * Images from one place to another, with all that belongs to them.
 *
 * A manifest goes after what it names, a tag after its manifest, as a
 * registry demands.
 */

#include "source/copy.h"
#include "command/progress.h"
#include "source/platform.h"
#include "oci_json.h"
#include "oci_manifest.h"
#include "oci_scan_image.h"

#include <stdio.h>
#include <string.h>


#define CARRY_DEPTH      8
#define CARRY_MANIFESTS  10000


typedef struct {
    unsigned     what;
    const char  *suffix;
} carry_suffix_t;


static oci_status_e carry_root(carry_t *c, source_manifest_t *root);
static oci_status_e carry_manifest(carry_t *c, const source_manifest_t *m,
    const oci_str_t *tag, unsigned depth);
static oci_status_e carry_parts(carry_t *c, const oci_manifest_t *parsed,
    bool wanted, unsigned depth);
static void carry_weigh(carry_t *c, const oci_manifest_t *parsed);
static oci_status_e carry_blob(carry_t *c, const oci_descriptor_t *blob);
static oci_status_e carry_child(carry_t *c, const oci_digest_t *digest,
    unsigned depth);
static oci_status_e carry_belongings(carry_t *c, const oci_digest_t *digest,
    unsigned depth);
static oci_status_e carry_attached(carry_t *c, const oci_digest_t *digest,
    const char *suffix, unsigned depth);
static oci_status_e carry_referrers(carry_t *c, const oci_digest_t *digest,
    unsigned depth);
static oci_status_e carry_free(carry_t *c, const oci_digest_t *digest,
    const oci_str_t *tag, bool *there);


oci_status_e
carry(carry_t *c)
{
    bool                there;
    oci_status_e        rc;
    source_manifest_t   root;

    progress_begin(c->cmd->verb->name, PROGRESS_BYTES, 0);
    source_watch(c->from, c->to);
    rc = carry_root(c, &root);

    /* first of all: nothing is written when the name is taken */

    if (rc == OCI_OK && (c->what & CARRY_IMAGE)) {
        rc = carry_free(c, &root.digest, &c->target.tag, &there);
    }

    if (rc == OCI_OK) {
        rc = carry_manifest(c, &root, &c->target.tag, 0);
    }

    progress_clear();

    return rc;
}


/* the manifest that is asked for, of one platform if that is */

static oci_status_e
carry_root(carry_t *c, source_manifest_t *root)
{
    oci_error_t        why = { OCI_OK, 0, "" };
    oci_status_e       rc;
    oci_reference_t    ref;

    rc = source_manifest(c->from, &c->source, root, &c->cmd->err);

    if (rc != OCI_OK || c->platform == NULL) {
        return rc;
    }

    ref = c->source;
    rc = platform_digest(c->cmd->pool, &root->content, c->platform,
                         &ref.digest, &why);

    return (rc == OCI_OK)
           ? source_manifest(c->from, &ref, root, &c->cmd->err)
           : (rc == OCI_MISMATCH) ? OCI_OK
           : oci_error(&c->cmd->err, rc, 0, "%s", why.text);
}


/* tag may be empty: then it is known by its digest alone */

static oci_status_e
carry_manifest(carry_t *c, const source_manifest_t *m, const oci_str_t *tag,
    unsigned depth)
{
    bool             attached, wanted;
    oci_str_t        none = oci_null_string;
    oci_digest_t     made;
    oci_status_e     rc;
    oci_manifest_t   parsed;
    oci_reference_t  to;

    if (++c->manifests > CARRY_MANIFESTS) {
        return oci_error(&c->cmd->err, OCI_LIMIT, 0, "the image has more "
                         "than %d manifests with it", CARRY_MANIFESTS);
    }

    if (depth > CARRY_DEPTH) {
        return oci_error(&c->cmd->err, OCI_LIMIT, 0, "manifests are nested "
                         "more than %d deep", CARRY_DEPTH);
    }

    rc = oci_manifest_parse(&parsed, c->cmd->pool, &m->content, &none,
                            &c->cmd->err);
    if (rc != OCI_OK) {
        return rc;
    }

    attached = depth != 0 && oci_str_prefix(tag, "sha256-");
    wanted = (c->what & CARRY_IMAGE) || attached || parsed.subject != NULL;

    rc = carry_parts(c, &parsed, wanted, depth);

    if (rc == OCI_OK && wanted) {
        to = c->target;
        to.tag = *tag;
        rc = source_put_manifest(c->to, &to, &m->content,
                                 (char *) m->media_type.data, &made,
                                 &c->cmd->err);
    }

    /* a bill of materials may be signed; a signature's image is not */

    return (rc == OCI_OK && !attached)
           ? carry_belongings(c, &m->digest, depth) : rc;
}


static oci_status_e
carry_parts(carry_t *c, const oci_manifest_t *parsed, bool wanted,
    unsigned depth)
{
    size_t         i;
    oci_status_e   rc;

    rc = OCI_OK;

    if (parsed->kind == OCI_INDEX) {
        for (i = 0; rc == OCI_OK && i < parsed->nparts; i++) {
            rc = carry_child(c, &parsed->parts[i].digest, depth);
        }

        return rc;
    }

    if (wanted) {
        carry_weigh(c, parsed);
    }

    if (wanted && parsed->config != NULL) {
        rc = carry_blob(c, parsed->config);
    }

    for (i = 0; rc == OCI_OK && wanted && i < parsed->nparts; i++) {
        rc = parsed->parts[i].foreign ? OCI_OK
             : carry_blob(c, &parsed->parts[i]);
    }

    return rc;
}


/* the whole is known when the last manifest is */

static void
carry_weigh(carry_t *c, const oci_manifest_t *parsed)
{
    size_t  i;

    c->bytes += (parsed->config != NULL) ? parsed->config->size : 0;

    for (i = 0; i < parsed->nparts; i++) {
        c->bytes += parsed->parts[i].foreign ? 0 : parsed->parts[i].size;
    }

    progress_total(c->bytes);
}


static oci_status_e
carry_blob(carry_t *c, const oci_descriptor_t *blob)
{
    return source_take_blob(c->to, &c->target, c->from, &c->source,
                            &blob->digest, blob->size, &c->cmd->err);
}


static oci_status_e
carry_child(carry_t *c, const oci_digest_t *digest, unsigned depth)
{
    oci_str_t           none = oci_null_string;
    oci_status_e        rc;
    oci_reference_t     ref;
    source_manifest_t   m;

    ref = c->source;
    ref.digest = *digest;

    rc = source_manifest(c->from, &ref, &m, &c->cmd->err);

    return (rc == OCI_OK) ? carry_manifest(c, &m, &none, depth + 1) : rc;
}


static oci_status_e
carry_belongings(carry_t *c, const oci_digest_t *digest, unsigned depth)
{
    size_t                        i;
    oci_status_e                  rc;
    static const carry_suffix_t   suffixes[] = {
        { CARRY_SIGNATURES, "sig" },
        { CARRY_ATTESTATIONS, "att" },
        { CARRY_SBOMS, "sbom" }
    };

    rc = OCI_OK;

    for (i = 0; rc == OCI_OK && i < sizeof(suffixes) / sizeof(suffixes[0]);
         i++)
    {
        if (c->what & suffixes[i].what) {
            rc = carry_attached(c, digest, suffixes[i].suffix, depth);
        }
    }

    return (rc == OCI_OK && (c->what & CARRY_REFERRERS))
           ? carry_referrers(c, digest, depth) : rc;
}


static oci_status_e
carry_attached(carry_t *c, const oci_digest_t *digest, const char *suffix,
    unsigned depth)
{
    bool                there;
    oci_str_t           tag;
    oci_error_t         why;
    oci_status_e        rc;
    oci_reference_t     ref;
    source_manifest_t   m;

    memset(&why, 0, sizeof(why));
    tag = oci_strf(c->cmd->pool, "%s-%.128s.%s", oci_alg_name(digest->alg),
                   oci_digest_hex(digest), suffix);
    ref = c->source;
    ref.digest.alg = OCI_ALG_NONE;
    ref.tag = tag;

    rc = source_manifest(c->from, &ref, &m, &why);

    if (rc == OCI_NOT_FOUND) {
        return OCI_OK;
    }

    if (rc != OCI_OK) {
        return oci_error(&c->cmd->err, rc, 0, "%s", why.text);
    }

    rc = carry_free(c, &m.digest, &tag, &there);

    return (rc == OCI_OK && !there) ? carry_manifest(c, &m, &tag, depth + 1)
                                    : rc;
}


static oci_status_e
carry_referrers(carry_t *c, const oci_digest_t *digest, unsigned depth)
{
    size_t         i;
    json_t        *list;
    oci_str_t      text;
    oci_digest_t   referrer;
    oci_status_e   rc;

    rc = source_referrers(c->from, &c->source, digest, &list, &c->cmd->err);

    for (i = 0; rc == OCI_OK && i < json_array_size(list); i++) {
        text = oci_json_str(json_array_get(list, i), "digest");

        if (oci_digest_parse(&referrer, &text) == OCI_OK) {
            rc = carry_child(c, &referrer, depth);
        }
    }

    return rc;
}


/*
 * Says what is to be carried to a tag, unless it is there.  Another image
 * there is left alone without force.
 */

static oci_status_e
carry_free(carry_t *c, const oci_digest_t *digest, const oci_str_t *tag,
    bool *there)
{
    oci_str_t           from;
    oci_error_t         none;
    oci_status_e        rc;
    oci_reference_t     ref;
    source_manifest_t   old;

    *there = false;

    if (c->said == NULL) {
        return OCI_OK;
    }

    ref = c->target;
    ref.tag = *tag;
    ref.digest.alg = OCI_ALG_NONE;

    rc = (tag->len != 0) ? source_manifest(c->to, &ref, &old, &none)
         : OCI_NOT_FOUND;

    if (rc == OCI_OK && oci_digest_eq(&old.digest, digest)) {
        *there = tag->data != c->target.tag.data;
        return OCI_OK;
    }

    if (rc == OCI_OK && !c->force) {
        return oci_error(&c->cmd->err, OCI_EXISTS, 0, "image \"%s:%.*s\" "
                         "already exists. Use `-f` to overwrite", c->said,
                         (int) tag->len, tag->data);
    }

    from = oci_reference_context(&c->source, c->cmd->pool);
    progress_clear();

    fprintf(stderr, "Copying %.*s@%s to %s%s%.*s...\n", (int) from.len,
            from.data, digest->text, c->said, tag->len != 0 ? ":" : "",
            (int) tag->len, tag->data);

    return OCI_OK;
}
