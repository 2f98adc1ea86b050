/*
 * The members of manifests, and documents that readers take differently.
 */

#include "oci_schema.h"
#include "oci_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>


typedef enum {
    OCI_STRING,
    OCI_INTEGER,
    OCI_BASE64,
    OCI_STRINGS,                    /* an array of them */
    OCI_TEXTS,                      /* an object of them */
    OCI_OBJECT,
    OCI_OBJECTS,                    /* an array of them */
    OCI_ANY                         /* that it is there is all that counts */
} oci_type_e;


typedef struct oci_member_s  oci_member_t;


struct oci_member_s {
    const char          *name;
    oci_type_e           type;
    const oci_member_t  *members;   /* of the object or objects */
};


static const oci_member_t  oci_platform[] = {
    { "architecture", OCI_STRING, NULL },
    { "os", OCI_STRING, NULL },
    { "os.version", OCI_STRING, NULL },
    { "os.features", OCI_STRINGS, NULL },
    { "variant", OCI_STRING, NULL },
    { "features", OCI_STRINGS, NULL },
    { NULL, OCI_STRING, NULL }
};


static const oci_member_t  oci_descriptor[] = {
    { "mediaType", OCI_STRING, NULL },
    { "digest", OCI_STRING, NULL },
    { "size", OCI_INTEGER, NULL },
    { "urls", OCI_STRINGS, NULL },
    { "annotations", OCI_TEXTS, NULL },
    { "data", OCI_BASE64, NULL },
    { "platform", OCI_OBJECT, oci_platform },
    { "artifactType", OCI_STRING, NULL },
    { NULL, OCI_STRING, NULL }
};


static const oci_member_t  oci_manifest[] = {
    { "schemaVersion", OCI_INTEGER, NULL },
    { "mediaType", OCI_STRING, NULL },
    { "artifactType", OCI_STRING, NULL },
    { "config", OCI_OBJECT, oci_descriptor },
    { "layers", OCI_OBJECTS, oci_descriptor },
    { "manifests", OCI_OBJECTS, oci_descriptor },
    { "subject", OCI_OBJECT, oci_descriptor },
    { "annotations", OCI_TEXTS, NULL },
    { "fsLayers", OCI_ANY, NULL },
    { NULL, OCI_STRING, NULL }
};


typedef struct {
    oci_reader_t   reader;
    oci_buf_t      text;            /* the string that was read last */
    size_t         values;          /* that may still be kept */
    oci_error_t   *err;
} oci_schema_t;


static json_t *oci_schema_object(oci_schema_t *s,
    const oci_member_t *members);
static bool oci_schema_add(oci_schema_t *s, json_t *object,
    const oci_member_t *members);
static const oci_member_t *oci_schema_member(const oci_member_t *members,
    const char *name, bool *exact);
static bool oci_schema_folds(const char *name, const char *known);
static json_t *oci_schema_value(oci_schema_t *s, const oci_member_t *member);
static json_t *oci_schema_list(oci_schema_t *s, const oci_member_t *member);
static json_t *oci_schema_texts(oci_schema_t *s, const oci_member_t *member);
static json_t *oci_schema_text(oci_schema_t *s, const oci_member_t *member);
static json_t *oci_schema_integer(oci_schema_t *s,
    const oci_member_t *member);
static bool oci_schema_base64(const oci_buf_t *text);
static json_t *oci_schema_keep(oci_schema_t *s, json_t *value);
static json_t *oci_schema_no_type(oci_schema_t *s,
    const oci_member_t *member);
static json_t *oci_schema_no_json(oci_schema_t *s);


json_t *
oci_schema_read(const oci_str_t *manifest, oci_error_t *err)
{
    json_t        *root;
    oci_buf_t      none = oci_null_buf;
    oci_schema_t   s;

    oci_reader_init(&s.reader, manifest);
    s.text = none;
    s.values = OCI_SCHEMA_VALUES + manifest->len / OCI_SCHEMA_SPREAD;
    s.err = err;

    if (oci_reader_peek(&s.reader) != '{') {

        if (oci_reader_skip(&s.reader) && oci_reader_done(&s.reader)) {
            (void) oci_error(err, OCI_INVALID, 0,
                             "a manifest is a JSON object, this is not");
            return NULL;
        }

        return oci_schema_no_json(&s);
    }

    root = oci_schema_object(&s, oci_manifest);

    if (root != NULL && !oci_reader_done(&s.reader)) {
        json_decref(root);
        root = oci_schema_no_json(&s);
    }

    oci_buf_free(&s.text);

    return root;
}


static json_t *
oci_schema_object(oci_schema_t *s, const oci_member_t *members)
{
    bool     good;
    json_t  *object;

    if (!oci_reader_take(&s->reader, '{')) {
        return oci_schema_no_json(s);
    }

    object = oci_schema_keep(s, json_object());
    if (object == NULL || oci_reader_take(&s->reader, '}')) {
        return object;
    }

    do {
        good = oci_schema_add(s, object, members);
    } while (good && oci_reader_take(&s->reader, ','));

    if (good && oci_reader_take(&s->reader, '}')) {
        return object;
    }

    json_decref(object);

    return good ? oci_schema_no_json(s) : NULL;
}


/* one member of an object; unknown ones are left out */

static bool
oci_schema_add(oci_schema_t *s, json_t *object, const oci_member_t *members)
{
    bool                 exact;
    json_t              *value;
    const oci_member_t  *member;

    if (!oci_reader_name(&s->reader, &s->text)) {
        return oci_schema_no_json(s) != NULL;
    }

    member = oci_schema_member(members, (char *) s->text.data, &exact);

    if (member == NULL) {
        return oci_reader_skip(&s->reader) || oci_schema_no_json(s) != NULL;
    }

    if (!exact) {
        (void) oci_error(s->err, OCI_INVALID, 0, "\"%.64s\" is the member "
                         "\"%s\" but for case: readers would not agree",
                         s->text.data, member->name);
        return false;
    }

    if (json_object_get(object, member->name) != NULL) {
        (void) oci_error(s->err, OCI_INVALID, 0, "\"%s\" is given twice: "
                         "readers would not agree", member->name);
        return false;
    }

    value = oci_schema_value(s, member);

    return value != NULL
           && json_object_set_new(object, member->name, value) == 0;
}


static const oci_member_t *
oci_schema_member(const oci_member_t *members, const char *name, bool *exact)
{
    const oci_member_t  *m;

    for (m = members; m->name != NULL; m++) {

        if (strcmp(m->name, name) == 0) {
            *exact = true;
            return m;
        }

        if (oci_schema_folds(name, m->name)) {
            *exact = false;
            return m;
        }
    }

    return NULL;
}


/*
 * Unicode folds two characters beyond ASCII to ASCII letters: the long s,
 * U+017F, and the Kelvin sign, U+212A.
 */

static bool
oci_schema_folds(const char *name, const char *known)
{
    char         c, k;
    const char  *p;

    for (p = known; *p != '\0'; p++) {
        c = *name;
        k = (*p >= 'A' && *p <= 'Z') ? (char) (*p | 0x20) : *p;

        if (c >= 'A' && c <= 'Z') {
            c |= 0x20;
        }

        if (c == k) {
            name++;

        } else if (k == 's' && strncmp(name, "\xc5\xbf", 2) == 0) {
            name += 2;

        } else if (k == 'k' && strncmp(name, "\xe2\x84\xaa", 3) == 0) {
            name += 3;

        } else {
            return false;
        }
    }

    return *name == '\0';
}


static json_t *
oci_schema_value(oci_schema_t *s, const oci_member_t *member)
{
    u_char        c;
    oci_reader_t  start;

    c = oci_reader_peek(&s->reader);

    if (c == 'n') {
        start = s->reader;

        if (oci_reader_skip(&s->reader)) {
            return json_null();
        }

        s->reader = start;
    }

    switch (member->type) {

    case OCI_STRING:
    case OCI_BASE64:
        return oci_schema_text(s, member);

    case OCI_INTEGER:
        return oci_schema_integer(s, member);

    case OCI_TEXTS:
        return (c == '{') ? oci_schema_texts(s, member)
                          : oci_schema_no_type(s, member);

    case OCI_OBJECT:
        return (c == '{') ? oci_schema_object(s, member->members)
                          : oci_schema_no_type(s, member);

    case OCI_STRINGS:
    case OCI_OBJECTS:
        return (c == '[') ? oci_schema_list(s, member)
                          : oci_schema_no_type(s, member);

    default: /* OCI_ANY */
        return oci_reader_skip(&s->reader) ? json_true()
                                           : oci_schema_no_json(s);
    }
}


static json_t *
oci_schema_list(oci_schema_t *s, const oci_member_t *member)
{
    json_t  *list, *value;

    list = oci_schema_keep(s, json_array());

    if (list == NULL || !oci_reader_take(&s->reader, '[')
        || oci_reader_take(&s->reader, ']'))
    {
        return list;
    }

    do {
        value = (member->type == OCI_OBJECTS)
                ? (oci_reader_peek(&s->reader) == '{'
                   ? oci_schema_object(s, member->members)
                   : oci_schema_no_type(s, member))
                : oci_schema_text(s, member);

        if (value == NULL || json_array_append_new(list, value) != 0) {
            json_decref(list);
            return NULL;
        }

    } while (oci_reader_take(&s->reader, ','));

    if (oci_reader_take(&s->reader, ']')) {
        return list;
    }

    json_decref(list);

    return oci_schema_no_json(s);
}


/* an object of strings, whose names are free */

static json_t *
oci_schema_texts(oci_schema_t *s, const oci_member_t *member)
{
    char    *name;
    json_t  *object, *value;

    object = oci_schema_keep(s, json_object());

    if (object == NULL || !oci_reader_take(&s->reader, '{')
        || oci_reader_take(&s->reader, '}'))
    {
        return object;
    }

    do {
        if (!oci_reader_name(&s->reader, &s->text)) {
            goto invalid;
        }

        if (json_object_get(object, (char *) s->text.data) != NULL) {
            (void) oci_error(s->err, OCI_INVALID, 0, "\"%.64s\" is given "
                             "twice in \"%s\": readers would not agree",
                             s->text.data, member->name);
            goto failed;
        }

        name = strdup((char *) s->text.data);
        value = oci_schema_text(s, member);

        if (name == NULL || value == NULL
            || json_object_set_new(object, name, value) != 0)
        {
            free(name);
            goto failed;
        }

        free(name);

    } while (oci_reader_take(&s->reader, ','));

    if (oci_reader_take(&s->reader, '}')) {
        return object;
    }

invalid:

    (void) oci_schema_no_json(s);

failed:

    json_decref(object);

    return NULL;
}


/* a string, or null */

static json_t *
oci_schema_text(oci_schema_t *s, const oci_member_t *member)
{
    u_char  c;

    c = oci_reader_peek(&s->reader);

    if (c == 'n' && oci_reader_skip(&s->reader)) {
        return json_null();
    }

    if (c != '"') {
        return oci_schema_no_type(s, member);
    }

    s->text.len = 0;
    oci_buf_adds(&s->text, "");

    if (!oci_reader_string(&s->reader, &s->text)) {
        return oci_schema_no_json(s);
    }

    if (member->type == OCI_BASE64 && !oci_schema_base64(&s->text)) {
        return oci_schema_no_type(s, member);
    }

    return oci_schema_keep(s, s->text.failed ? NULL
                              : json_stringn((char *) s->text.data,
                                             s->text.len));
}


static json_t *
oci_schema_integer(oci_schema_t *s, const oci_member_t *member)
{
    char        *end;
    long long    value;
    oci_str_t    number;
    const char  *text;

    if (!oci_reader_number(&s->reader, &number)) {
        return oci_schema_no_type(s, member);
    }

    s->text.len = 0;
    oci_buf_add(&s->text, number.data, number.len);

    if (s->text.failed) {
        return oci_schema_keep(s, NULL);
    }

    text = (char *) s->text.data;
    errno = 0;
    value = strtoll(text, &end, 10);

    if (errno != 0 || *end != '\0') {
        return oci_schema_no_type(s, member);
    }

    return oci_schema_keep(s, json_integer(value));
}


static bool
oci_schema_base64(const oci_buf_t *text)
{
    u_char  c;
    size_t  i, n, pads;

    static const char  digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz0123456789+/";

    n = 0;
    pads = 0;

    for (i = 0; i < text->len; i++) {
        c = text->data[i];

        if (c == '\r' || c == '\n') {
            continue;
        }

        if (c == '=') {
            pads++;

        } else if (pads != 0 || c == '\0' || strchr(digits, c) == NULL) {
            return false;
        }

        n++;
    }

    return pads <= 2 && n % 4 == 0;
}


/* counts a value that stays in memory; NULL: there was no memory for it */

static json_t *
oci_schema_keep(oci_schema_t *s, json_t *value)
{
    if (value == NULL) {
        (void) oci_error(s->err, OCI_NOMEM, 0, "out of memory");
        return NULL;
    }

    if (s->values == 0) {
        json_decref(value);
        (void) oci_error(s->err, OCI_LIMIT, 0,
                         "a manifest of %zu bytes has too many values",
                         (size_t) (s->reader.end - s->reader.start));
        return NULL;
    }

    s->values--;

    return value;
}


static json_t *
oci_schema_no_type(oci_schema_t *s, const oci_member_t *member)
{
    (void) oci_error(s->err, OCI_INVALID, 0,
                     "\"%s\" is not of the type that it must have",
                     member->name);

    return NULL;
}


static json_t *
oci_schema_no_json(oci_schema_t *s)
{
    (void) oci_error(s->err, OCI_INVALID, 0, "not valid JSON near byte %zu",
                     (size_t) (s->reader.pos - s->reader.start));

    return NULL;
}
