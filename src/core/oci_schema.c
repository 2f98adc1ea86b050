/*
 * The members of manifests, and documents that readers take differently.
 */

#include "oci_schema.h"

#include <string.h>


typedef enum {
    OCI_STRING,
    OCI_INTEGER,
    OCI_BASE64,
    OCI_STRINGS,                    /* an array of them */
    OCI_TEXTS,                      /* an object of them */
    OCI_OBJECT,
    OCI_OBJECTS                     /* an array of them */
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
    { NULL, OCI_STRING, NULL }
};


static oci_status_e oci_schema_object(const json_t *object,
    const oci_member_t *members, oci_error_t *err);
static const oci_member_t *oci_schema_member(const oci_member_t *members,
    const char *name, bool *exact);
static bool oci_schema_folds(const char *name, const char *known);
static oci_status_e oci_schema_value(const json_t *value,
    const oci_member_t *member, oci_error_t *err);
static bool oci_schema_all(const json_t *value, json_type container);
static bool oci_schema_base64(const json_t *value);


oci_status_e
oci_schema_check(const json_t *manifest, oci_error_t *err)
{
    return oci_schema_object(manifest, oci_manifest, err);
}


static oci_status_e
oci_schema_object(const json_t *object, const oci_member_t *members,
    oci_error_t *err)
{
    bool                 exact;
    void                *it;
    const char          *name;
    oci_status_e         rc;
    const oci_member_t  *member;

    if (!json_is_object(object)) {
        return oci_error(err, OCI_INVALID, 0, "an object is expected");
    }

    /* json_object_foreach() wants what it only reads to be writable */

    it = json_object_iter((json_t *) object);

    for ( /* void */ ;
         it != NULL;
         it = json_object_iter_next((json_t *) object, it))
    {
        name = json_object_iter_key(it);
        member = oci_schema_member(members, name, &exact);

        if (member == NULL) {
            continue;
        }

        if (!exact) {
            return oci_error(err, OCI_INVALID, 0, "\"%.64s\" is the member "
                             "\"%s\" but for case: readers would not agree",
                             name, member->name);
        }

        rc = oci_schema_value(json_object_iter_value(it), member, err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
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


static oci_status_e
oci_schema_value(const json_t *value, const oci_member_t *member,
    oci_error_t *err)
{
    bool          good;
    size_t        i;
    oci_status_e  rc;

    if (json_is_null(value)) {
        return OCI_OK;
    }

    switch (member->type) {

    case OCI_STRING:
        good = json_is_string(value);
        break;

    case OCI_INTEGER:
        good = json_is_integer(value);
        break;

    case OCI_BASE64:
        good = oci_schema_base64(value);
        break;

    case OCI_STRINGS:
        good = oci_schema_all(value, JSON_ARRAY);
        break;

    case OCI_TEXTS:
        good = oci_schema_all(value, JSON_OBJECT);
        break;

    case OCI_OBJECT:
        return oci_schema_object(value, member->members, err);

    default:
        good = json_is_array(value);

        for (i = 0; i < json_array_size(value); i++) {
            rc = oci_schema_object(json_array_get(value, i), member->members,
                                   err);
            if (rc != OCI_OK) {
                return rc;
            }
        }
    }

    return good ? OCI_OK
                : oci_error(err, OCI_INVALID, 0,
                            "\"%s\" is not of the type that it must have",
                            member->name);
}


/* an array or an object, of strings or nothing */

static bool
oci_schema_all(const json_t *value, json_type container)
{
    void    *it;
    size_t   i;
    json_t  *one;

    if (json_typeof(value) != container) {
        return false;
    }

    for (i = 0; i < json_array_size(value); i++) {
        one = json_array_get(value, i);

        if (!json_is_string(one) && !json_is_null(one)) {
            return false;
        }
    }

    it = json_object_iter((json_t *) value);

    for ( /* void */ ;
         it != NULL;
         it = json_object_iter_next((json_t *) value, it))
    {
        one = json_object_iter_value(it);

        if (!json_is_string(one) && !json_is_null(one)) {
            return false;
        }
    }

    return true;
}


static bool
oci_schema_base64(const json_t *value)
{
    size_t       n, pads;
    const char  *p;
    static const char  digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz0123456789+/";

    if (!json_is_string(value)
        || strlen(json_string_value(value)) != json_string_length(value))
    {
        return false;
    }

    pads = 0;

    for (n = 0, p = json_string_value(value); *p != '\0'; p++) {

        if (*p == '\r' || *p == '\n') {
            continue;
        }

        if (*p == '=') {
            pads++;

        } else if (pads != 0 || strchr(digits, *p) == NULL) {
            return false;
        }

        n++;
    }

    return pads <= 2 && n % 4 == 0;
}
