/*
 * Flags that are lists: their values, and what is said of a wrong one.
 */

#include "scan/scan.h"

#include <string.h>


/* a value in quotes, as Go's flags have them, may have commas in it */

bool
scan_list_next(const cmd_list_t *list, size_t *at, const char **rest,
    oci_str_t *value)
{
    size_t       n;
    const char  *quote;

    while (*rest == NULL) {
        if (*at == list->nelts) {
            return false;
        }

        *rest = list->elts[(*at)++];

        if (**rest == '\0') {
            *rest = NULL;               /* a list without values */
        }
    }

    quote = (**rest == '"') ? strchr(*rest + 1, '"') : NULL;

    if (quote != NULL && (quote[1] == ',' || quote[1] == '\0')) {
        value->data = (u_char *) *rest + 1;
        value->len = (size_t) (quote - *rest) - 1;
        n = value->len + 2;

    } else {
        n = strcspn(*rest, ",");
        value->data = (u_char *) *rest;
        value->len = n;
    }

    *rest = ((*rest)[n] == ',') ? *rest + n + 1 : NULL;

    return true;
}


oci_status_e
scan_bad_value(scan_t *s, const char *flag, const cmd_list_t *list,
    const char *allowed)
{
    bool          first;
    size_t        at;
    oci_buf_t     b;
    oci_str_t     value;
    const char   *rest;

    memset(&b, 0, sizeof(b));
    at = 0;
    rest = NULL;
    first = true;

    while (scan_list_next(list, &at, &rest, &value)) {
        oci_buf_addf(&b, "%s%.*s", first ? "" : " ", (int) value.len,
                     value.data);
        first = false;
    }

    oci_error(&s->err, OCI_INVALID, 0, "invalid argument \"[%.128s]\" for "
              "\"--%s\" flag: must be one of [%s]",
              b.data == NULL ? "" : (char *) b.data, flag, allowed);
    oci_buf_free(&b);

    return OCI_INVALID;
}
