/*
 * VEX from files, and from the registry of the image: an attestation among
 * its referrers, or in its .att image.
 *
 * Source: OCI Distribution Specification 1.1, referrers; cosign's SPEC.
 */

#include "scan/vex.h"
#include "scan/vex_repo.h"
#include "oci_json.h"
#include "source/source.h"

#include <string.h>


#define VEX_ATTESTED_MAX  ((size_t) 20 << 20)
#define VEX_ATTESTATIONS  100
#define VEX_ANNOTATION    "in-toto.io/predicate-type"
#define VEX_TYPE          "https://openvex.dev/ns"


/* the image in its repository */

typedef struct {
    scan_t           *s;
    source_t         *source;
    oci_reference_t   ref;
    oci_scan_vex_t   *vex;
} vex_image_t;


static oci_status_e vex_source(scan_t *s, const oci_str_t *value,
    oci_scan_vex_t *vex);
static oci_status_e vex_find(vex_image_t *v);
static bool vex_candidate(const json_t *descriptor, bool announced);
static bool vex_is_announced(const json_t *descriptor);
static oci_status_e vex_old(vex_image_t *v);
static oci_status_e vex_layers(vex_image_t *v, const oci_reference_t *ref,
    oci_error_t *err);
static oci_status_e vex_layer(vex_image_t *v, const json_t *layer,
    oci_error_t *err);


oci_status_e
scan_vex(scan_t *s)
{
    size_t         at;
    oci_str_t      value;
    const char    *rest;
    oci_status_e   rc;

    at = 0;
    rest = NULL;

    while (scan_list_next(&s->o->filter.vex, &at, &rest, &value)) {
        s->nvex++;
    }

    s->vex = oci_pcalloc(s->pool, (s->nvex + 1) * sizeof(oci_scan_vex_t));
    if (s->vex == NULL) {
        return oci_error(&s->err, OCI_NOMEM, 0, "out of memory");
    }

    s->nvex = 0;
    at = 0;
    rest = NULL;

    while (scan_list_next(&s->o->filter.vex, &at, &rest, &value)) {

        rc = vex_source(s, &value, &s->vex[s->nvex++]);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
}


static oci_status_e
vex_source(scan_t *s, const oci_str_t *value, oci_scan_vex_t *vex)
{
    if (oci_str_is(value, "oci")) {
        oci_array_init(&vex->statements, s->pool,
                       sizeof(oci_scan_vex_statement_t));
        s->vex_oci = vex;
        return OCI_OK;
    }

    if (oci_str_is(value, "repo") || oci_str_is(value, "repository")) {
        return scan_vex_repo(s, vex);
    }

    if (oci_str_is(value, "sbom-ref")) {
        return oci_error(&s->err, OCI_INVALID, 0, "\"--vex sbom-ref\" is not "
                         "supported: name a file with an OpenVEX, CSAF or "
                         "CycloneDX document");
    }

    return oci_scan_vex_load(vex, s->pool, oci_cstr(s->pool, value), &s->err);
}


oci_status_e
scan_vex_image(scan_t *s, const oci_scan_report_t *report)
{
    oci_str_t      name;
    vex_image_t    v;
    oci_status_e   rc;

    if (s->vex_oci == NULL) {
        return OCI_OK;
    }

    if (report->digests.nelts == 0) {
        return oci_error(&s->err, OCI_INVALID, 0, "'--vex oci' can be used "
                         "only when scanning OCI artifacts stored in "
                         "registries");
    }

    memset(&v, 0, sizeof(v));
    v.s = s;
    v.vex = s->vex_oci;
    name = *(oci_str_t *) report->digests.elts;
    rc = oci_reference_parse(&v.ref, s->pool, &name, &s->err);

    if (rc == OCI_OK) {
        rc = source_open(&v.source, s->pool, &s->o->source, &s->err);
    }

    if (rc == OCI_OK) {
        rc = vex_find(&v);
    }

    if (rc == OCI_NOT_FOUND) {
        scan_log(s, SCAN_INFO, "[vex] No VEX attestations found");
        oci_array_init(&v.vex->statements, s->pool,
                       sizeof(oci_scan_vex_statement_t));
        return OCI_OK;
    }

    v.vex->source = oci_strf(s->pool, "VEX attestation in OCI registry "
                             "(%.*s)", (int) name.len, name.data);

    return rc;
}


/* the first that is one; the older place is asked when no referrer is */

static oci_status_e
vex_find(vex_image_t *v)
{
    bool              announced;
    size_t            i, n;
    json_t           *list, *item;
    oci_str_t         text;
    oci_error_t       why;
    oci_status_e      rc;
    oci_reference_t   ref;

    rc = source_referrers(v->source, &v->ref, &v->ref.digest, &list,
                          &v->s->err);
    if (rc != OCI_OK) {
        return rc;
    }

    announced = false;
    n = 0;

    json_array_foreach(list, i, item) {
        announced |= vex_candidate(item, false) && vex_is_announced(item);
    }

    json_array_foreach(list, i, item) {

        text = oci_json_str(item, "digest");
        ref = v->ref;

        if (!vex_candidate(item, announced)
            || oci_digest_parse(&ref.digest, &text) != OCI_OK
            || n++ == VEX_ATTESTATIONS)
        {
            continue;
        }

        memset(&why, 0, sizeof(why));
        rc = vex_layers(v, &ref, &why);

        if (rc == OCI_OK || rc == OCI_LIMIT || rc == OCI_NOMEM) {
            return (rc == OCI_OK) ? rc
                   : oci_error(&v->s->err, rc, 0, "%s", why.text);
        }

        if (rc != OCI_NOT_FOUND || why.status != OCI_OK) {
            scan_log(v->s, SCAN_WARN, "[vex] Skipping referrer that could "
                     "not be retrieved or decoded\tdigest=\"%.*s\" "
                     "err=\"%s\"", (int) text.len, text.data, why.text);
        }
    }

    return vex_old(v);
}


/*
 * An annotation says what an attestation is of; when one is said to be VEX
 * those without it are not looked at.
 */

static bool
vex_candidate(const json_t *descriptor, bool announced)
{
    size_t              i;
    oci_str_t           type;
    static const char  *const types[] = {
        "application/vnd.dev.sigstore.bundle.v0.3+json",
        "application/vnd.dsse.envelope.v1+json",
        "application/vnd.in-toto+json"
    };

    type = oci_json_str(descriptor, "artifactType");

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (oci_str_is(&type, types[i])) {
            return vex_is_announced(descriptor)
                   || (!announced
                       && json_object_get(json_object_get(descriptor,
                                                          "annotations"),
                                          VEX_ANNOTATION) == NULL);
        }
    }

    return false;
}


static bool
vex_is_announced(const json_t *descriptor)
{
    oci_str_t  type;

    type = oci_json_str(json_object_get(descriptor, "annotations"),
                        VEX_ANNOTATION);

    return oci_str_is(&type, VEX_TYPE) || oci_str_prefix(&type, VEX_TYPE "/");
}


/* the tag sha256-<hex>.att: a layer for each attestation */

static oci_status_e
vex_old(vex_image_t *v)
{
    oci_error_t       why;
    oci_status_e      rc;
    oci_reference_t   ref;

    memset(&why, 0, sizeof(why));
    ref = v->ref;
    memset(&ref.digest, 0, sizeof(ref.digest));
    ref.tag = oci_strf(v->s->pool, "sha256-%s.att",
                       oci_digest_hex(&v->ref.digest));

    if (ref.tag.data == NULL || v->ref.digest.alg != OCI_SHA256) {
        return OCI_NOT_FOUND;
    }

    rc = vex_layers(v, &ref, &why);

    if (rc == OCI_INVALID) {
        return OCI_NOT_FOUND;           /* none that can be read */
    }

    return (rc == OCI_OK || rc == OCI_NOT_FOUND) ? rc
           : oci_error(&v->s->err, rc, 0, "%s", why.text);
}


/* OCI_NOT_FOUND: there is no such image, or none of its layers is VEX */

static oci_status_e
vex_layers(vex_image_t *v, const oci_reference_t *ref, oci_error_t *err)
{
    size_t              i;
    json_t             *doc, *layers, *layer;
    oci_error_t         why;
    oci_status_e        rc;
    source_manifest_t   m;

    rc = source_manifest(v->source, ref, &m, err);
    if (rc != OCI_OK) {
        return rc;
    }

    doc = oci_json_load(m.content.data, m.content.len, 0, err);
    if (doc == NULL) {
        return err->status;
    }

    layers = json_object_get(doc, "layers");
    rc = OCI_NOT_FOUND;
    memset(&why, 0, sizeof(why));

    if (json_array_size(layers) > VEX_ATTESTATIONS) {
        json_decref(doc);
        return oci_error(err, OCI_LIMIT, 0, "more than %d attestations",
                         VEX_ATTESTATIONS);
    }

    json_array_foreach(layers, i, layer) {

        memset(&why, 0, sizeof(why));
        rc = vex_layer(v, layer, &why);

        if (rc == OCI_OK || rc == OCI_LIMIT || rc == OCI_NOMEM) {
            break;
        }
    }

    json_decref(doc);

    if (rc != OCI_OK && why.status != OCI_OK) {
        *err = why;
        return (rc == OCI_LIMIT || rc == OCI_NOMEM) ? rc : OCI_INVALID;
    }

    return rc;
}


static oci_status_e
vex_layer(vex_image_t *v, const json_t *layer, oci_error_t *err)
{
    oci_str_t      text, digest;
    oci_digest_t   d;
    oci_status_e   rc;

    digest = oci_json_str(layer, "digest");

    if (oci_digest_parse(&d, &digest) != OCI_OK) {
        return oci_error(err, OCI_INVALID, 0, "a layer without a digest");
    }

    rc = source_blob(v->source, &v->ref, &d, VEX_ATTESTED_MAX, &text, err);

    return (rc == OCI_OK)
           ? oci_scan_vex_attested(v->vex, v->s->pool, &text, err)
           : (rc == OCI_NOT_FOUND) ? OCI_INVALID : rc;
}
