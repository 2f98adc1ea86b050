/*
 * What NuGet is told to install: packages.lock.json, packages.config and
 * Packages.props.
 */

#include "analyze.h"
#include "base/go_json.h"
#include "base/json_lines.h"

#include <expat.h>
#include <string.h>


/* Debian 12's expat has the old name alone, later ones warn of it */

#if (XML_MAJOR_VERSION == 2 && XML_MINOR_VERSION < 9)
#define XML_GetCurrentLineNumber64  XML_GetCurrentLineNumber
#endif


typedef struct {
    oci_scan_walker_t  *w;
    oci_scan_group_t   *group;
    const char         *type;
    oci_scan_map_t      pkgs;           /* "name@version" -> 1 + place */
    XML_Parser          xml;
    const char *const  *path;           /* of the elements that are meant */
    unsigned            depth;
    unsigned            matched;        /* elements of path around us */
    oci_status_e        rc;
    oci_error_t        *err;
} nuget_t;


static bool nuget_lock_wants(const oci_scan_file_t *f);
static bool nuget_config_wants(const oci_scan_file_t *f);
static bool nuget_props_wants(const oci_scan_file_t *f);
static oci_status_e nuget_lock_read(oci_scan_walker_t *w,
    const oci_scan_file_t *f, const oci_str_t *text, oci_error_t *err);
static bool nuget_lock_target(nuget_t *n, json_t *target,
    const oci_array_t *lines, size_t *at);
static bool nuget_lock_depends(nuget_t *n, oci_scan_pkg_t *pkg,
    const json_t *entry, const json_t *target);
static oci_status_e nuget_config_read(oci_scan_walker_t *w,
    const oci_scan_file_t *f, const oci_str_t *text, oci_error_t *err);
static oci_status_e nuget_props_read(oci_scan_walker_t *w,
    const oci_scan_file_t *f, const oci_str_t *text, oci_error_t *err);
static void nuget_begin(nuget_t *n, oci_scan_walker_t *w, const char *type,
    oci_error_t *err);
static oci_scan_pkg_t *nuget_pkg(nuget_t *n, const oci_str_t *name,
    const oci_str_t *version, bool id, bool *made);
static oci_status_e nuget_end(nuget_t *n, const oci_scan_file_t *f);
static oci_status_e nuget_xml(nuget_t *n, const oci_str_t *text,
    XML_StartElementHandler start);
static bool nuget_xml_enter(nuget_t *n, const char *name);
static void XMLCALL nuget_xml_leave(void *data, const char *name);
static void XMLCALL nuget_config_start(void *data, const char *name,
    const char **attrs);
static void XMLCALL nuget_props_start(void *data, const char *name,
    const char **attrs);
static const char *nuget_xml_local(const char *name);
static oci_str_t nuget_xml_attr(const char **attrs, const char *name);
static bool nuget_is_variable(const oci_str_t *s);


const analyzer_t  analyze_nuget_lock = {
    .wants = nuget_lock_wants,
    .max = 16 * OCI_SCAN_MB,
    .analyze = nuget_lock_read
};

const analyzer_t  analyze_nuget_config = {
    .wants = nuget_config_wants,
    .max = 4 * OCI_SCAN_MB,
    .analyze = nuget_config_read
};

const analyzer_t  analyze_nuget_props = {
    .wants = nuget_props_wants,
    .max = 4 * OCI_SCAN_MB,
    .analyze = nuget_props_read
};


static bool
nuget_lock_wants(const oci_scan_file_t *f)
{
    oci_str_t  base;

    base = oci_scan_text_base(&f->path);
    return oci_str_is(&base, "packages.lock.json");
}


static bool
nuget_config_wants(const oci_scan_file_t *f)
{
    oci_str_t  base;

    base = oci_scan_text_base(&f->path);
    return oci_str_is(&base, "packages.config");
}


static bool
nuget_props_wants(const oci_scan_file_t *f)
{
    static const char  name[] = "packages.props";

    return f->path.len >= sizeof(name) - 1
           && strcasecmp((char *) f->path.data + f->path.len
                         - (sizeof(name) - 1), name) == 0;
}


static oci_status_e
nuget_lock_read(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err)
{
    bool          good;
    json_t       *root, *target;
    size_t        at;
    nuget_t       n;
    const char   *key;
    oci_array_t   lines;

    root = oci_scan_json_load(text, OCI_SCAN_JSON_V2, NULL, err);
    if (root == NULL) {
        return err->status;
    }

    nuget_begin(&n, w, "nuget", err);
    good = oci_scan_lines(w->tmp, text, "dependencies", 2, &lines);
    at = 0;

    json_object_foreach(json_object_get(root, "dependencies"), key, target) {
        good = good && nuget_lock_target(&n, target, &lines, &at);
    }

    json_decref(root);

    return good ? nuget_end(&n, f)
           : oci_error(err, OCI_NOMEM, 0, "out of memory");
}


/* the packages stand in the text in the order in which they are read */

static bool
nuget_lock_target(nuget_t *n, json_t *target, const oci_array_t *lines,
    size_t *at)
{
    bool               made;
    json_t            *entry;
    oci_str_t          name, version, type;
    const char        *key;
    oci_scan_pkg_t    *pkg;
    oci_scan_lines_t  *line;

    json_object_foreach(target, key, entry) {

        line = (*at < lines->nelts)
               ? (oci_scan_lines_t *) lines->elts + (*at)++ : NULL;

        name = oci_str(key);
        version = oci_json_str(entry, "resolved");
        type = oci_json_str(entry, "type");

        if (oci_str_is(&type, "Project")) {
            continue;
        }

        pkg = nuget_pkg(n, &name, &version, true, &made);

        if (pkg == NULL
            || (line != NULL
                && !oci_scan_kit_span(n->w, pkg, line->start, line->end))
            || !nuget_lock_depends(n, pkg, entry, target))
        {
            return false;
        }

        if (made) {
            pkg->indirect = !oci_str_is(&type, "Direct");
            pkg->relationship = pkg->indirect ? OCI_SCAN_REL_INDIRECT
                                              : OCI_SCAN_REL_DIRECT;
        }
    }

    return true;
}


static bool
nuget_lock_depends(nuget_t *n, oci_scan_pkg_t *pkg, const json_t *entry,
    const json_t *target)
{
    size_t        i;
    json_t       *value;
    oci_str_t     name, version, *to;
    const char   *key;
    oci_array_t   ids;

    oci_array_init(&ids, n->w->pool, sizeof(oci_str_t));

    for (i = 0; i < pkg->depends.nelts; i++) {
        to = oci_array_push(&ids);
        if (to == NULL) {
            return false;
        }

        *to = pkg->depends.elts[i];
    }

    json_object_foreach(json_object_get(entry, "dependencies"), key, value) {

        name = oci_str(key);
        version = oci_json_str(json_object_get(target, key), "resolved");
        to = oci_array_push(&ids);

        if (to == NULL) {
            return false;
        }

        *to = oci_scan_pkg_id(n->w->pool, "nuget", &name, &version);
    }

    pkg->depends = oci_scan_strs(&ids);
    oci_scan_strs_sort(&pkg->depends);
    return true;
}


static oci_status_e
nuget_config_read(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err)
{
    nuget_t                    n;
    static const char *const   path[] = { "packages", "package", NULL };

    nuget_begin(&n, w, "nuget", err);
    n.path = path;

    return (nuget_xml(&n, text, nuget_config_start) == OCI_OK)
           ? nuget_end(&n, f) : n.rc;
}


static oci_status_e
nuget_props_read(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err)
{
    nuget_t                    n;
    static const char *const   path[] = { "Project", "ItemGroup", NULL };

    nuget_begin(&n, w, "packages-props", err);
    n.path = path;

    return (nuget_xml(&n, text, nuget_props_start) == OCI_OK)
           ? nuget_end(&n, f) : n.rc;
}


static void
nuget_begin(nuget_t *n, oci_scan_walker_t *w, const char *type,
    oci_error_t *err)
{
    memset(n, 0, sizeof(nuget_t));
    n->w = w;
    n->type = type;
    n->err = err;
    n->group = oci_pcalloc(w->tmp, sizeof(oci_scan_group_t));
    oci_scan_map_init(&n->pkgs, w->tmp);

    if (n->group != NULL) {
        oci_array_init(&n->group->pkgs, w->pool, sizeof(oci_scan_pkg_t));
    }
}


/* a package that is listed again is the same one; NULL: out of memory */

static oci_scan_pkg_t *
nuget_pkg(nuget_t *n, const oci_str_t *name, const oci_str_t *version,
    bool id, bool *made)
{
    size_t           at;
    oci_str_t        key;
    oci_scan_pkg_t  *pkg;

    if (n->group == NULL) {
        return NULL;
    }

    key = oci_strf(n->w->tmp, "%.*s@%.*s", (int) name->len, name->data,
                   (int) version->len, version->data);
    at = (uintptr_t) oci_scan_map_get(&n->pkgs, &key);
    *made = (at == 0);

    if (at != 0) {
        return (oci_scan_pkg_t *) n->group->pkgs.elts + at - 1;
    }

    pkg = oci_scan_kit_pkg(n->group, n->err);

    if (pkg == NULL
        || !oci_scan_map_set(&n->pkgs, &key,
                             (void *) (uintptr_t) n->group->pkgs.nelts))
    {
        return NULL;
    }

    pkg->name = oci_scan_kit_keep(n->w, name);
    pkg->version = oci_scan_kit_keep(n->w, version);
    pkg->analyzed_by = n->type;

    if (id) {
        pkg->id = oci_scan_pkg_id(n->w->pool, n->type, name, version);
    }

    return pkg;
}


/* a file that lists nothing is none */

static oci_status_e
nuget_end(nuget_t *n, const oci_scan_file_t *f)
{
    oci_scan_group_t  *g;

    if (n->group == NULL) {
        return oci_error(n->err, OCI_NOMEM, 0, "out of memory");
    }

    if (n->group->pkgs.nelts == 0) {
        return OCI_OK;
    }

    g = oci_scan_kit_group(n->w, n->type, &f->path, n->err);
    if (g == NULL) {
        return OCI_NOMEM;
    }

    g->pkgs = n->group->pkgs;
    return OCI_OK;
}


/* what follows the outermost element is not looked at */

static oci_status_e
nuget_xml(nuget_t *n, const oci_str_t *text, XML_StartElementHandler start)
{
    enum XML_Status  status;

    n->xml = XML_ParserCreate(NULL);
    if (n->xml == NULL) {
        n->rc = oci_error(n->err, OCI_NOMEM, 0, "out of memory");
        return n->rc;
    }

    XML_SetUserData(n->xml, n);
    XML_SetElementHandler(n->xml, start, nuget_xml_leave);
    status = XML_Parse(n->xml, (char *) text->data, (int) text->len, 1);

    if (n->rc == OCI_OK && status != XML_STATUS_OK
        && XML_GetErrorCode(n->xml) != XML_ERROR_ABORTED)
    {
        n->rc = oci_error(n->err, OCI_INVALID, 0, "not valid XML: %s (line "
                          "%lu)",
                          XML_ErrorString(XML_GetErrorCode(n->xml)),
                          (unsigned long) XML_GetCurrentLineNumber64(n->xml));
    }

    XML_ParserFree(n->xml);
    return n->rc;
}


/* false: the element is not the next of the path, straight below the last */

static bool
nuget_xml_enter(nuget_t *n, const char *name)
{
    n->depth++;

    if (n->matched != n->depth - 1 || n->path[n->matched] == NULL
        || strcmp(n->path[n->matched], nuget_xml_local(name)) != 0)
    {
        if (n->depth == 1) {
            n->rc = oci_error(n->err, OCI_INVALID, 0, "its outermost element "
                              "is <%.64s>, not <%s>", name, n->path[0]);
            (void) XML_StopParser(n->xml, XML_FALSE);
        }

        return false;
    }

    n->matched++;
    return true;
}


static void XMLCALL
nuget_xml_leave(void *data, const char *name)
{
    nuget_t  *n;

    (void) name;
    n = data;

    if (n->matched == n->depth) {
        n->matched--;
    }

    if (--n->depth == 0) {
        (void) XML_StopParser(n->xml, XML_FALSE);
    }
}


static void XMLCALL
nuget_config_start(void *data, const char *name, const char **attrs)
{
    bool        made;
    nuget_t    *n;
    oci_str_t   id, version, dev;

    n = data;

    if (!nuget_xml_enter(n, name) || n->matched != 2) {
        return;
    }

    id = nuget_xml_attr(attrs, "id");
    version = nuget_xml_attr(attrs, "version");
    dev = nuget_xml_attr(attrs, "developmentDependency");

    if (id.len == 0 || oci_str_is(&dev, "true") || oci_str_is(&dev, "True")
        || oci_str_is(&dev, "TRUE") || oci_str_is(&dev, "1")
        || oci_str_is(&dev, "t") || oci_str_is(&dev, "T"))
    {
        return;
    }

    if (nuget_pkg(n, &id, &version, false, &made) == NULL) {
        n->rc = oci_error(n->err, OCI_NOMEM, 0, "out of memory");
        (void) XML_StopParser(n->xml, XML_FALSE);
    }
}


static void XMLCALL
nuget_props_start(void *data, const char *name, const char **attrs)
{
    bool        made;
    nuget_t    *n;
    oci_str_t   id, version;

    n = data;

    if (nuget_xml_enter(n, name) || n->matched != 2 || n->depth != 3
        || (strcmp(nuget_xml_local(name), "PackageReference") != 0
            && strcmp(nuget_xml_local(name), "PackageVersion") != 0))
    {
        return;
    }

    id = nuget_xml_attr(attrs, "Include");
    id = (id.len != 0) ? id : nuget_xml_attr(attrs, "Update");
    id = oci_scan_text_trim(id);
    version = oci_scan_text_trim(nuget_xml_attr(attrs, "Version"));

    if (id.len == 0 || version.len == 0 || nuget_is_variable(&id)
        || nuget_is_variable(&version))
    {
        return;
    }

    if (nuget_pkg(n, &id, &version, true, &made) == NULL) {
        n->rc = oci_error(n->err, OCI_NOMEM, 0, "out of memory");
        (void) XML_StopParser(n->xml, XML_FALSE);
    }
}


static const char *
nuget_xml_local(const char *name)
{
    const char  *colon;

    colon = strchr(name, ':');
    return (colon != NULL) ? colon + 1 : name;
}


static oci_str_t
nuget_xml_attr(const char **attrs, const char *name)
{
    for ( /* void */ ; attrs[0] != NULL; attrs += 2) {
        if (strcmp(nuget_xml_local(attrs[0]), name) == 0) {
            return oci_str(attrs[1]);
        }
    }

    return oci_str("");
}


/* "$(NAME)": what it stands for is said elsewhere */

static bool
nuget_is_variable(const oci_str_t *s)
{
    return oci_str_prefix(s, "$(") && oci_str_suffix(s, ")");
}
