/*
 * Licences that the manifest of an archive names.
 *
 * Source: OSGi Core 8, 3.2.1.3; Jenkins' plugins.
 */

#include "jar_license.h"
#include "model/license.h"
#include "model/license_list.h"

#include <string.h>


static const char *license_entry(jar_t *j, oci_str_t entry);
static const char *license_named(jar_t *j, oci_str_t name);
static bool license_cut(oci_str_t *rest, u_char sep, oci_str_t *part);


bool
jar_license_plugin(jar_t *j, oci_array_t *list, oci_str_t line)
{
    oci_str_t  name, value, *to;

    if (!oci_scan_text_cut(line, ':', &name, &value)) {
        return true;
    }

    value = oci_scan_text_trim(value);

    if (value.len == 0
        || (!oci_str_is(&name, "Plugin-License-Name")
            && !oci_str_prefix(&name, "Plugin-License-Name-")))
    {
        return true;
    }

    to = oci_array_push(list);
    if (to == NULL) {
        return false;
    }

    *to = oci_scan_kit_keep(j->w, &value);

    return to->data != NULL;
}


/* what is neither an identifier nor a known address is left out */

bool
jar_license_bundle(jar_t *j, oci_array_t *list, oci_str_t value)
{
    oci_str_t    entry, *to;
    const char  *id;

    while (license_cut(&value, ',', &entry)) {

        id = license_entry(j, entry);
        if (id == NULL) {
            continue;
        }

        to = oci_array_push(list);
        if (to == NULL) {
            return false;
        }

        *to = oci_str(id);
    }

    return true;
}


/* NAME;link="ADDRESS";description="..." */

static const char *
license_entry(jar_t *j, oci_str_t entry)
{
    oci_str_t    part, name, key, value, link;
    const char  *id;

    link = oci_str("");
    (void) license_cut(&entry, ';', &name);

    while (license_cut(&entry, ';', &part)) {

        if (oci_scan_text_cut(part, '=', &key, &value)) {
            key = oci_scan_text_trim(key);

            if (oci_str_is(&key, "link")) {
                link = oci_scan_text_trim_set(value, " \"");
            }
        }
    }

    id = license_named(j, oci_scan_text_trim_set(name, " \""));

    return (id != NULL || link.len == 0)
           ? id : oci_scan_license_url(j->w->tmp, &link);
}


static const char *
license_named(jar_t *j, oci_str_t name)
{
    const char  *id;

    id = oci_scan_license_id(&name);

    return (id != NULL) ? id : oci_scan_license_url(j->w->tmp, &name);
}


/* up to a separator that stands in no quotes; data of rest NULL: the end */

static bool
license_cut(oci_str_t *rest, u_char sep, oci_str_t *part)
{
    bool    quoted;
    size_t  i;

    if (rest->data == NULL) {
        return false;
    }

    quoted = false;
    part->data = rest->data;

    for (i = 0; i < rest->len && (quoted || rest->data[i] != sep); i++) {

        if (rest->data[i] == '"') {
            quoted = !quoted;

        } else if (rest->data[i] == '\\' && quoted) {
            i++;
        }
    }

    part->len = (i < rest->len) ? i : rest->len;

    if (i < rest->len) {
        *rest = oci_scan_text_skip(*rest, i + 1);

    } else {
        rest->data = NULL;
        rest->len = 0;
    }

    return true;
}
