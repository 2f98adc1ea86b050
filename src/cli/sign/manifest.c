/*
 * The images that resources of Kubernetes name.
 */

#include "sign/named.h"

#include <string.h>
#include <yaml.h>


#define MANIFEST_DEPTH  64


typedef struct {
    bool          map;
    bool          value;            /* of a map: the key is read */
    const char   *key;
} manifest_frame_t;

typedef struct {
    oci_pool_t        *pool;
    oci_error_t       *err;
    const char        *name;        /* of the file */
    oci_array_t       *names;       /* const char * */
    manifest_frame_t   frames[MANIFEST_DEPTH];
    size_t             depth;
} manifest_t;


static oci_status_e manifest_read(manifest_t *m, const oci_str_t *text);
static oci_status_e manifest_event(manifest_t *m, const yaml_event_t *event);
static oci_status_e manifest_open(manifest_t *m, bool map);
static void manifest_close(manifest_t *m);
static oci_status_e manifest_scalar(manifest_t *m, const char *text,
    size_t len);
static bool manifest_image(const manifest_t *m);
static void manifest_done(manifest_t *m);


oci_status_e
manifest_images(oci_pool_t *pool, const char *name, const oci_str_t *text,
    oci_array_t *names, oci_error_t *err)
{
    manifest_t  m;

    memset(&m, 0, sizeof(manifest_t));
    m.pool = pool;
    m.err = err;
    m.name = name;
    m.names = names;

    return manifest_read(&m, text);
}


/* event by event: an alias is never expanded */

static oci_status_e
manifest_read(manifest_t *m, const oci_str_t *text)
{
    bool            last;
    oci_status_e    rc;
    yaml_event_t    event;
    yaml_parser_t   parser;

    if (!yaml_parser_initialize(&parser)) {
        return oci_error(m->err, OCI_NOMEM, 0, "out of memory");
    }

    yaml_parser_set_input_string(&parser, text->data, text->len);

    for (last = false, rc = OCI_OK; !last && rc == OCI_OK; ) {

        if (!yaml_parser_parse(&parser, &event)) {
            rc = oci_error(m->err, OCI_INVALID, 0, "%s is not YAML: "
                           "line %zu: %s", m->name,
                           parser.problem_mark.line + 1,
                           parser.problem ? parser.problem : "malformed");
            break;
        }

        last = event.type == YAML_STREAM_END_EVENT;
        rc = manifest_event(m, &event);
        yaml_event_delete(&event);
    }

    yaml_parser_delete(&parser);

    return rc;
}


static oci_status_e
manifest_event(manifest_t *m, const yaml_event_t *event)
{
    switch (event->type) {

    case YAML_MAPPING_START_EVENT:
    case YAML_SEQUENCE_START_EVENT:
        return manifest_open(m, event->type == YAML_MAPPING_START_EVENT);

    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        manifest_close(m);
        return OCI_OK;

    case YAML_SCALAR_EVENT:
        return manifest_scalar(m, (char *) event->data.scalar.value,
                               event->data.scalar.length);

    case YAML_ALIAS_EVENT:
        return oci_error(m->err, OCI_INVALID, 0, "%s has an alias "
                         "(*%.60s), which is not followed: write out what it "
                         "stands for", m->name,
                         (char *) event->data.alias.anchor);

    default:
        return OCI_OK;
    }
}


static oci_status_e
manifest_open(manifest_t *m, bool map)
{
    manifest_frame_t  *frame;

    if (m->depth == MANIFEST_DEPTH) {
        return oci_error(m->err, OCI_LIMIT, 0, "%s is nested more than "
                         "%d deep", m->name, MANIFEST_DEPTH);
    }

    frame = &m->frames[m->depth];

    /* a key that is no text names nothing */

    if (m->depth != 0 && !frame[-1].value) {
        frame[-1].key = NULL;
    }

    m->depth++;
    frame->map = map;
    frame->value = false;
    frame->key = NULL;

    return OCI_OK;
}


static void
manifest_close(manifest_t *m)
{
    m->depth--;
    manifest_done(m);
}


/* a value of a map is over: the next is a key again */

static void
manifest_done(manifest_t *m)
{
    manifest_frame_t  *frame;

    frame = (m->depth != 0) ? &m->frames[m->depth - 1] : NULL;

    if (frame != NULL && frame->map) {
        frame->value = !frame->value;
    }
}


static oci_status_e
manifest_scalar(manifest_t *m, const char *text, size_t len)
{
    const char        *copy;
    oci_str_t          s;
    oci_status_e       rc;
    manifest_frame_t  *frame;

    frame = (m->depth != 0) ? &m->frames[m->depth - 1] : NULL;

    if (frame == NULL || !frame->map) {
        return OCI_OK;
    }

    s = oci_str_dup(m->pool, (const u_char *) text, len);
    copy = oci_cstr(m->pool, &s);

    if (copy == NULL) {
        return oci_error(m->err, OCI_NOMEM, 0, "out of memory");
    }

    rc = OCI_OK;

    if (!frame->value) {
        frame->key = copy;

    } else if (manifest_image(m)) {
        rc = named_add(m->names, copy, m->err);
    }

    manifest_done(m);

    return rc;
}


/* "image" of an element of containers, of whatever kind of resource */

static bool
manifest_image(const manifest_t *m)
{
    size_t                    i;
    const manifest_frame_t   *f;

    static const char *const  lists[] = { "containers", "initContainers",
                                          "ephemeralContainers" };

    f = &m->frames[m->depth - 1];

    if (f->key == NULL || strcmp(f->key, "image") != 0 || m->depth < 3
        || f[-1].map || !f[-2].map || f[-2].key == NULL)
    {
        return false;
    }

    for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        if (strcmp(f[-2].key, lists[i]) == 0) {
            return true;
        }
    }

    return false;
}
