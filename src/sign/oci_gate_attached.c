/*
 * What is attached to an image, and no image itself.
 *
 * It leaves unverified, so that clients can verify with it: what a runtime
 * would unpack and run must never count as such, whatever it says of itself.
 * A runtime goes by the media types of configuration and layers; of docker's
 * manifests podman does not.
 */

#include "oci_gate.h"


static bool oci_gate_type_is(const oci_str_t *type,
    const char *const *prefixes);


/* what is unpacked */

static const char  *const oci_gate_layers[] = {
    "application/vnd.oci.image.layer.",
    "application/vnd.docker.image.rootfs.",
    "application/vnd.docker.container.image.rootfs.",
    NULL
};

/* the configuration of what is run */

static const char  *const oci_gate_configs[] = {
    "application/vnd.oci.image.config.",
    "application/vnd.docker.container.image.",
    "application/vnd.docker.plugin.",
    NULL
};

/* what cosign and BuildKit attach with such a configuration all the same */

static const char  *const oci_gate_notes[] = {
    "application/vnd.dev.cosign.",
    "application/vnd.dev.sigstore.",
    "application/vnd.dsse.envelope.",
    "application/vnd.in-toto",
    "application/vnd.cyclonedx",
    "application/vnd.syft",
    "application/spdx",
    "text/spdx",
    "spdx+",
    NULL
};


/*
 * Of an index, a list of what is attached, as clients keep it where a
 * registry has no referrers API: what it names is judged when it is asked for.
 */

oci_gate_what_e
oci_gate_attached(const oci_manifest_t *m)
{
    bool    config, noted;
    size_t  i;

    config = m->kind != OCI_INDEX
             && (m->config == NULL
                 || oci_str_is(&m->media_type, OCI_TYPE_DOCKER_MANIFEST)
                 || oci_gate_type_is(&m->config->media_type,
                                     oci_gate_configs));
    noted = (m->nparts != 0);

    for (i = 0; i < m->nparts; i++) {

        if (m->kind == OCI_INDEX) {
            noted = noted && m->parts[i].artifact_type.len != 0;
            continue;
        }

        if (oci_gate_type_is(&m->parts[i].media_type, oci_gate_layers)) {
            return OCI_GATE_IMAGE;
        }

        noted = noted && oci_gate_type_is(&m->parts[i].media_type,
                                          oci_gate_notes);
    }

    if (config) {
        return noted ? OCI_GATE_IF_TEXT : OCI_GATE_IMAGE;
    }

    return (noted || (m->kind != OCI_INDEX && m->subject != NULL))
           ? OCI_GATE_ATTACHED : OCI_GATE_IMAGE;
}


bool
oci_gate_is_text(const oci_str_t *blob)
{
    size_t  i, n;

    for (i = 0; i < blob->len; i += n) {
        n = oci_utf8_size(blob->data + i, blob->len - i);

        if (n == 0
            || (blob->data[i] < ' ' && blob->data[i] != '\t'
                && blob->data[i] != '\n' && blob->data[i] != '\r'))
        {
            return false;
        }
    }

    return !oci_str_prefix(blob, "BZh");
}


static bool
oci_gate_type_is(const oci_str_t *type, const char *const *prefixes)
{
    for ( /* void */ ; *prefixes != NULL; prefixes++) {
        if (oci_str_prefix(type, *prefixes)) {
            return true;
        }
    }

    return false;
}
