/*
 * pom.xml and MANIFEST.MF: licences, and what an archive calls itself.
 *
 * Source: the JAR File Specification; Maven's archiver.
 */

#include "jar_license.h"
#include "model/license.h"

#include <string.h>


static oci_str_t jar_license_address(jar_t *j, oci_str_t text);
static bool jar_element(oci_str_t *text, const char *open,
    const char *close, oci_str_t *inner);
static bool jar_attribute(jar_t *j, jar_file_t *jf, oci_array_t *plugin,
    oci_array_t *bundle, oci_str_t line);
static bool jar_attribute_name(jar_t *j, jar_file_t *jf, oci_str_t line);


/* META-INF/maven/GROUP/ARTIFACT/pom.xml */

bool
jar_pom(jar_t *j, jar_file_t *jf, oci_str_t name, oci_str_t text)
{
    size_t            i;
    oci_str_t         all, one, s, *to;
    oci_array_t       list;
    oci_scan_strs_t  *licenses;

    if (!oci_scan_text_cut_prefix(&name, "META-INF/maven/")
        || !oci_scan_text_cut_suffix(&name, "/pom.xml")
        || !jar_element(&text, "<licenses>", "</licenses>", &all))
    {
        return true;
    }

    oci_array_init(&list, j->w->pool, sizeof(oci_str_t));

    while (jar_element(&all, "<license>", "</license>", &one)) {

        s = one;

        if (!jar_element(&s, "<name>", "</name>", &s)
            || oci_scan_text_trim(s).len == 0)
        {
            s = jar_license_address(j, one);
        }

        s = oci_scan_text_trim(s);
        to = (s.len != 0) ? oci_array_push(&list) : NULL;

        if (to != NULL) {
            *to = oci_scan_kit_keep(j->w, &s);
        }
    }

    name = oci_str_dup(j->w->tmp, name.data, name.len);
    licenses = oci_palloc(j->w->tmp, sizeof(oci_scan_strs_t));

    if (licenses == NULL || name.data == NULL) {
        return false;
    }

    for (i = 0; i < name.len; i++) {
        name.data[i] = (name.data[i] == '/') ? ':' : name.data[i];
    }

    *licenses = oci_scan_strs(&list);
    return list.nelts == 0 || oci_scan_map_set(&jf->poms, &name, licenses);
}


/* of a licence without a name */

static oci_str_t
jar_license_address(jar_t *j, oci_str_t text)
{
    const char  *id;

    id = jar_element(&text, "<url>", "</url>", &text)
         ? oci_scan_license_url(j->w->tmp, &text) : NULL;

    return oci_str(id != NULL ? id : "");
}


static bool
jar_element(oci_str_t *text, const char *open, const char *close,
    oci_str_t *inner)
{
    ssize_t    begin, end;
    oci_str_t  rest;

    begin = oci_scan_text_find(text, open);
    if (begin == -1) {
        return false;
    }

    rest = oci_scan_text_skip(*text, (size_t) begin + strlen(open));
    end = oci_scan_text_find(&rest, close);
    if (end == -1) {
        return false;
    }

    inner->data = rest.data;
    inner->len = (size_t) end;

    if (inner != text) {
        *text = oci_scan_text_skip(rest, (size_t) end + strlen(close));
    }

    return true;
}


/* the main section, with its folded lines put together */

bool
jar_manifest(jar_t *j, jar_file_t *jf, oci_str_t text)
{
    bool         ok;
    oci_buf_t    attr;
    oci_str_t    line, s;
    oci_array_t  plugin, bundle;

    oci_array_init(&plugin, j->w->pool, sizeof(oci_str_t));
    oci_array_init(&bundle, j->w->pool, sizeof(oci_str_t));
    memset(&attr, 0, sizeof(oci_buf_t));
    memset(jf->names, 0, sizeof(jf->names));
    ok = true;

    while (ok && oci_scan_text_line(&text, &line) && line.len != 0) {

        if (line.data[0] == ' ') {
            oci_buf_add(&attr, line.data + 1, line.len - 1);
            continue;
        }

        s.data = attr.data;
        s.len = attr.len;
        ok = jar_attribute(j, jf, &plugin, &bundle, s);
        attr.len = 0;
        oci_buf_add(&attr, line.data, line.len);
    }

    s.data = attr.data;
    s.len = attr.len;
    ok = ok && !attr.failed
         && jar_attribute(j, jf, &plugin, &bundle, s);
    oci_buf_free(&attr);

    jf->licenses = oci_scan_strs(plugin.nelts ? &plugin : &bundle);
    return ok;
}


static bool
jar_attribute(jar_t *j, jar_file_t *jf, oci_array_t *plugin,
    oci_array_t *bundle, oci_str_t line)
{
    if (oci_str_prefix(&line, "Plugin-License-Name")) {
        return jar_license_plugin(j, plugin, line);
    }

    return oci_scan_text_cut_prefix(&line, "Bundle-License:")
           ? jar_license_bundle(j, bundle, line)
           : jar_attribute_name(j, jf, line);
}


/* "Bundle-Name: %bundleName" is a variable, not a name */

static bool
jar_attribute_name(jar_t *j, jar_file_t *jf, oci_str_t line)
{
    size_t             i;
    static const char  *const attributes[JAR_NAMES] = {
        [JAR_VENDOR_ID] = "Implementation-Vendor-Id:",
        [JAR_SYMBOLIC_NAME] = "Bundle-SymbolicName:",
        [JAR_VENDOR] = "Implementation-Vendor:",
        [JAR_SPEC_VENDOR] = "Specification-Vendor:",
        [JAR_TITLE] = "Implementation-Title:",
        [JAR_SPEC_TITLE] = "Specification-Title:",
        [JAR_BUNDLE_NAME] = "Bundle-Name:",
        [JAR_VERSION] = "Implementation-Version:",
        [JAR_SPEC_VERSION] = "Specification-Version:",
        [JAR_BUNDLE_VERSION] = "Bundle-Version:"
    };

    for (i = 0; i < JAR_NAMES; i++) {

        if (!oci_scan_text_cut_prefix(&line, attributes[i])) {
            continue;
        }

        line = oci_scan_text_trim(line);

        if (line.len != 0 && line.data[0] != '%') {
            jf->names[i] = oci_str_dup(j->w->tmp, line.data, line.len);
            return jf->names[i].data != NULL;
        }

        break;
    }

    return true;
}


oci_str_t
jar_first(const jar_file_t *jf, jar_name_e from, jar_name_e to)
{
    while (from < to && jf->names[from].len == 0) {
        from++;
    }

    return jf->names[from];
}


/* by pom.xml; else the manifest's, when it can only mean one package */

void
jar_licenses(jar_t *j, jar_file_t *jf)
{
    size_t            i, own;
    oci_scan_pkg_t   *pkg, *only;
    oci_scan_strs_t  *licenses;

    pkg = j->group->pkgs.elts;
    only = NULL;
    own = 0;

    for (i = jf->first; i < j->group->pkgs.nelts; i++) {

        licenses = oci_scan_map_get(&jf->poms, &pkg[i].name);

        if (pkg[i].licenses.nelts == 0 && licenses != NULL) {
            pkg[i].licenses = *licenses;
        }

        if (oci_str_eq(&pkg[i].file_path, &jf->path)) {
            own++;
            only = &pkg[i];
        }
    }

    if (own == 1 && only->licenses.nelts == 0) {
        only->licenses = jf->licenses;
    }
}
