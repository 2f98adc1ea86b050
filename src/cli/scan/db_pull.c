/*
 * The vulnerability database, out of a registry.
 */

#include "scan/db_pull.h"
#include "command/progress.h"
#include "oci_json.h"
#include "oci_manifest.h"
#include "scan/db_folder.h"
#include "source/source.h"

#include <string.h>
#include <unistd.h>


#define SCAN_DB_MAX  (UINT64_C(4) << 30)     /* of its layer */


static oci_status_e scan_db_layer(scan_t *s, const source_manifest_t *m,
    const char *name, oci_descriptor_t *blob);


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
    oci_status_e        rc;
    oci_reference_t     ref;
    source_options_t    options;
    oci_descriptor_t    blob;
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
        rc = scan_db_layer(s, &m, name, &blob);
    }

    if (rc == OCI_OK) {
        progress_begin(s->db->name, PROGRESS_BYTES, blob.size);
        source_watch(source, NULL);
        rc = source_blob_file(source, &ref, &blob.digest, blob.size, &fd,
                              &s->err);
        progress_clear();
    }

    if (rc == OCI_OK) {
        rc = scan_db_unpack(s, fd, name);
        (void) close(fd);
    }

    return rc;
}


/* the last layer of the database's type; its size is a bound */

static oci_status_e
scan_db_layer(scan_t *s, const source_manifest_t *m, const char *name,
    oci_descriptor_t *blob)
{
    size_t      i;
    json_t     *doc, *layer;
    oci_str_t   text, type;
    json_int_t  size;

    doc = oci_json_load(m->content.data, m->content.len, 0, &s->err);
    memset(blob, 0, sizeof(oci_descriptor_t));

    json_array_foreach(json_object_get(doc, "layers"), i, layer) {
        type = oci_json_str(layer, "mediaType");
        text = oci_json_str(layer, "digest");

        if (oci_str_is(&type, s->db->media_type)) {
            (void) oci_digest_parse(&blob->digest, &text);
            size = json_integer_value(json_object_get(layer, "size"));
            blob->size = (size > 0 && (uint64_t) size < SCAN_DB_MAX)
                         ? (uint64_t) size : SCAN_DB_MAX;
        }
    }

    json_decref(doc);

    return (blob->digest.alg != OCI_ALG_NONE) ? OCI_OK
           : oci_error(&s->err, OCI_INVALID, 0, "\"%s\" is no %s: no "
                       "layer of type %s", name, s->db->name,
                       s->db->media_type);
}
