/*
 * What Red Hat's builder leaves in a layer: the content sets that packages
 * came from, and the labels that name the build.
 */

#include "analyze.h"
#include "base/go_json.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>


static bool content_sets_wants(const oci_scan_file_t *f);
static bool dockerfile_wants(const oci_scan_file_t *f);
static oci_status_e content_sets_read(oci_scan_walker_t *w,
    const oci_scan_file_t *f, const oci_str_t *text, oci_error_t *err);
static oci_status_e dockerfile_read(oci_scan_walker_t *w,
    const oci_scan_file_t *f, const oci_str_t *text, oci_error_t *err);
static oci_scan_build_info_t *build_info(oci_scan_walker_t *w);
static bool build_label(oci_str_t *line, oci_str_t *key, oci_str_t *value);


static oci_scan_names_t  build_names[] = {
    "content_sets", NULL
};


const analyzer_t  analyze_content_sets = {
    .wants = content_sets_wants,
    .max = 8 * OCI_SCAN_MB,
    .analyze = content_sets_read
};


const analyzer_t  analyze_dockerfile = {
    .wants = dockerfile_wants,
    .max = OCI_SCAN_MB,
    .analyze = dockerfile_read
};


static bool
content_sets_wants(const oci_scan_file_t *f)
{
    size_t      i;
    oci_str_t   name;
    static const char  *const dirs[] = {
        "root/buildinfo/content_manifests/", "usr/share/buildinfo/"
    };

    for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
        if (oci_scan_text_in_dir(&f->path, dirs[i], &name)) {
            return oci_str_suffix(&name, ".json");
        }
    }

    return false;
}


static oci_status_e
content_sets_read(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err)
{
    size_t                  i;
    json_t                 *root, *value;
    oci_str_t              *set;
    oci_array_t             sets;
    oci_scan_build_info_t  *info;

    (void) f;

    root = oci_scan_json_load(text, OCI_SCAN_JSON_FIRST, build_names, err);
    if (root == NULL) {
        return err->status;
    }

    oci_array_init(&sets, w->pool, sizeof(oci_str_t));

    json_array_foreach(json_object_get(root, "content_sets"), i, value) {

        set = json_is_string(value) ? oci_array_push(&sets) : NULL;

        if (set != NULL) {
            *set = oci_str_dup(w->pool,
                               (const u_char *) json_string_value(value),
                               json_string_length(value));
        }
    }

    json_decref(root);

    if (sets.nelts == 0) {
        return OCI_OK;
    }

    info = build_info(w);
    if (info == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    info->content_sets = oci_scan_strs(&sets);
    return OCI_OK;
}


static bool
dockerfile_wants(const oci_scan_file_t *f)
{
    oci_str_t  name;

    return oci_scan_text_in_dir(&f->path, "root/buildinfo/", &name)
           && oci_str_prefix(&name, "Dockerfile");
}


/* the component and architecture labels of Red Hat's build */

static oci_status_e
dockerfile_read(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err)
{
    ssize_t                 dash;
    oci_str_t               rest, key, value, component, arch, name;
    oci_scan_build_info_t  *info;

    memset(&component, 0, sizeof(oci_str_t));
    memset(&arch, 0, sizeof(oci_str_t));
    rest = *text;

    while (build_label(&rest, &key, &value)) {

        if ((key.len == 20 && strncasecmp((char *) key.data,
                                          "com.redhat.component", 20) == 0)
            || (key.len == 11 && strncasecmp((char *) key.data,
                                             "bzcomponent", 11) == 0))
        {
            component = value;

        } else if (key.len == 12 && strncasecmp((char *) key.data,
                                                "architecture", 12) == 0)
        {
            arch = value;
        }
    }

    if (component.len == 0 || arch.len == 0) {
        return oci_error(err, OCI_INVALID, 0, "no component or architecture "
                         "label");
    }

    /* "Dockerfile-name-version-release": the last two parts */

    name = f->path;
    dash = oci_scan_text_find_last(&name, '-');
    name.len = (dash > 0) ? (size_t) dash : 0;
    dash = (dash > 0) ? oci_scan_text_find_last(&name, '-') : -1;
    name = (name.len != 0) ? oci_scan_text_skip(f->path, (size_t) (dash + 1))
                           : name;

    info = build_info(w);
    if (info == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    info->nvr = oci_strf(w->pool, "%.*s-%.*s", (int) component.len,
                         component.data, (int) name.len, name.data);
    info->arch = oci_scan_kit_keep(w, &arch);
    return OCI_OK;
}


static oci_scan_build_info_t *
build_info(oci_scan_walker_t *w)
{
    if (w->layer->build_info == NULL) {
        w->layer->build_info = oci_pcalloc(w->pool,
                                          sizeof(oci_scan_build_info_t));
    }

    return w->layer->build_info;
}


/*
 * The next key=value of a LABEL instruction.  Red Hat's builder writes them
 * with plain or quoted values; variables are not expanded.
 */

static bool
build_label(oci_str_t *rest, oci_str_t *key, oci_str_t *value)
{
    size_t     n;
    u_char     quote;
    oci_str_t  s;

    while (rest->len != 0) {

        s = *rest;

        while (s.len != 0 && (isspace(s.data[0]) || s.data[0] == '\\')) {
            s = oci_scan_text_skip(s, 1);
        }

        for (n = 0; n < s.len && !isspace(s.data[n]) && s.data[n] != '=';
             n++)
        {
            /* the key */
        }

        if (n == s.len || s.data[n] != '=') {
            *rest = oci_scan_text_skip(s, (n != 0) ? n : s.len);
            continue;
        }

        key->data = s.data;
        key->len = n;
        *key = oci_scan_text_trim_set(*key, "\"'");
        s = oci_scan_text_skip(s, n + 1);
        quote = (s.len != 0 && (s.data[0] == '"' || s.data[0] == '\''))
                ? s.data[0] : '\0';
        s = oci_scan_text_skip(s, quote != '\0');

        for (n = 0; n < s.len && (quote ? s.data[n] != quote
                                        : !isspace(s.data[n])); n++)
        {
            /* the value */
        }

        value->data = s.data;
        value->len = n;
        *rest = oci_scan_text_skip(s, (n < s.len) ? n + 1 : n);
        return true;
    }

    return false;
}
