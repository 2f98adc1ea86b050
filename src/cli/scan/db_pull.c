/*
 * The vulnerability database, out of a registry.
 */

#include "scan/db_pull.h"
#include "oci_json.h"
#include "scan/db_folder.h"
#include "source/source.h"

#include <unistd.h>


#define SCAN_DB_MAX  (UINT64_C(4) << 30)     /* of its layer */


static oci_status_e scan_db_layer(scan_t *s, const source_manifest_t *m,
    const char *name, oci_digest_t *digest);


/*
 * The database comes from its own registry, never from what is scanned:
 * whoever may push to a store must not say what is found in it.
 */

oci_status_e
scan_db_pull(scan_t *s, const char *name)
{
    int                 fd;
    source_t           *source;
    oci_str_t           text;
    oci_digest_t        digest;
    oci_status_e        rc;
    oci_reference_t     ref;
    source_options_t    options;
    source_manifest_t   m;

    text = oci_str(name);
    rc = oci_reference_parse(&ref, s->pool, &text, &s->err);
    options = s->o->source;
    options.root = NULL;

    if (rc == OCI_OK) {
        rc = source_open(&source, s->pool, &options, &s->err);
    }

    if (rc == OCI_OK) {
        rc = source_manifest(source, &ref, &m, &s->err);
    }

    if (rc == OCI_OK) {
        rc = scan_db_layer(s, &m, name, &digest);
    }

    if (rc == OCI_OK) {
        rc = source_blob_file(source, &ref, &digest, SCAN_DB_MAX, &fd, &s->err);
    }

    if (rc == OCI_OK) {
        rc = scan_db_unpack(s, fd, name);
        (void) close(fd);
    }

    return rc;
}


/* the last layer of the database's type */

static oci_status_e
scan_db_layer(scan_t *s, const source_manifest_t *m, const char *name,
    oci_digest_t *digest)
{
    size_t      i;
    json_t     *doc, *layer;
    oci_str_t   text, type;

    doc = oci_json_load(m->content.data, m->content.len, 0, &s->err);
    digest->alg = OCI_ALG_NONE;

    json_array_foreach(json_object_get(doc, "layers"), i, layer) {
        type = oci_json_str(layer, "mediaType");
        text = oci_json_str(layer, "digest");

        if (oci_str_is(&type, s->db->media_type)) {
            (void) oci_digest_parse(digest, &text);
        }
    }

    json_decref(doc);

    return (digest->alg != OCI_ALG_NONE) ? OCI_OK
           : oci_error(&s->err, OCI_INVALID, 0, "\"%s\" is no %s: no "
                       "layer of type %s", name, s->db->name,
                       s->db->media_type);
}
