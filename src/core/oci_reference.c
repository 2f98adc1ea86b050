/*
 * Names of repositories and tags.
 */

#include "oci_reference.h"


#define OCI_NAME_MAX  255
#define OCI_TAG_MAX   128


static bool
oci_alnum(u_char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}


bool
oci_name_valid(const oci_str_t *name)
{
    size_t  i, n;

    if (name->len == 0 || name->len > OCI_NAME_MAX) {
        return false;
    }

    for (i = 0; i < name->len; /* void */ ) {

        if (!oci_alnum(name->data[i])) {
            return false;
        }

        while (i < name->len && oci_alnum(name->data[i])) {
            i++;
        }

        if (i == name->len) {
            return true;
        }

        for (n = i; n < name->len && name->data[n] == name->data[i]; n++) {
            /* void */
        }

        switch (name->data[i]) {
        case '/':
        case '.':
            if (n - i > 1) {
                return false;
            }
            break;
        case '_':
            if (n - i > 2) {
                return false;
            }
            break;
        case '-':
            break;
        default:
            return false;
        }

        i = n;
    }

    return false;
}


bool
oci_tag_valid(const oci_str_t *tag)
{
    u_char  c;
    size_t  i;

    if (tag->len == 0 || tag->len > OCI_TAG_MAX) {
        return false;
    }

    for (i = 0; i < tag->len; i++) {
        c = tag->data[i];

        if (!(oci_alnum(c) || (c >= 'A' && c <= 'Z') || c == '_'
              || (i > 0 && (c == '.' || c == '-'))))
        {
            return false;
        }
    }

    return true;
}
