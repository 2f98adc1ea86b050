/*
 * Package URLs, written: "pkg:type/namespace/name@version?qualifiers".
 */

#include "purl.h"
#include "base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>


typedef struct {
    const char  *type;              /* of a group, or a family of systems */
    const char  *purl;
    const char  *namespace;         /* of systems; NULL: the family */
} purl_type_t;


static const purl_type_t *purl_type(const oci_str_t *type);
static void purl_escape(oci_buf_t *b, const oci_str_t *s, bool query);
static void purl_path(oci_buf_t *b, oci_str_t path);
static bool purl_name(oci_pool_t *pool, oci_buf_t *b,
    const char *purl, const oci_str_t *name);
static void purl_system(oci_buf_t *b, const purl_type_t *t,
    const oci_scan_os_t *os, const oci_scan_pkg_t *pkg);
static void purl_query(oci_buf_t *b, const char *key, const oci_str_t *value);


static const purl_type_t  purl_types[] = {
    { "alma", "rpm", NULL }, { "alpine", "apk", NULL },
    { "amazon", "rpm", NULL }, { "azurelinux", "rpm", NULL },
    { "bottlerocket", "bottlerocket", NULL },
    { "cargo", "cargo", NULL }, { "cbl-mariner", "rpm", NULL },
    { "centos", "rpm", NULL }, { "chainguard", "apk", NULL },
    { "cocoapods", "cocoapods", NULL }, { "composer", "composer", NULL },
    { "composer-vendor", "composer", NULL }, { "conda-pkg", "conda", NULL },
    { "conda-environment", "conda", NULL }, { "coreos", "rpm", NULL },
    { "debian", "deb", NULL },
    { "dotnet-core", "nuget", NULL }, { "echo", "deb", NULL },
    { "fedora", "rpm", NULL }, { "gemspec", "gem", NULL },
    { "gobinary", "golang", NULL }, { "jar", "maven", NULL },
    { "julia", "julia", NULL },
    { "minimos", "apk", NULL }, { "node-pkg", "npm", NULL },
    { "nuget", "nuget", NULL }, { "opensuse", "rpm", "opensuse" },
    { "opensuse-leap", "rpm", "opensuse" },
    { "opensuse-tumbleweed", "rpm", "opensuse" },
    { "oracle", "rpm", NULL }, { "packages-props", "nuget", NULL },
    { "photon", "rpm", NULL }, { "python-pkg", "pypi", NULL },
    { "redhat", "rpm", NULL }, { "rocky", "rpm", NULL },
    { "rustbinary", "cargo", NULL }, { "slem", "rpm", "suse" },
    { "sles", "rpm", "suse" }, { "ubuntu", "deb", NULL },
    { "wolfi", "apk", NULL }
};


oci_str_t
oci_scan_purl_of(oci_pool_t *pool, const char *type, const oci_scan_os_t *os,
    const oci_scan_pkg_t *pkg)
{
    oci_buf_t           b;
    oci_str_t           s, version, none = oci_null_string;
    const purl_type_t  *t;

    s = (type != NULL) ? oci_str(type) : os->family;
    t = purl_type(&s);
    memset(&b, 0, sizeof(oci_buf_t));
    oci_buf_adds(&b, "pkg:");

    if (t != NULL) {
        oci_buf_adds(&b, t->purl);

    } else {
        oci_buf_add(&b, s.data, s.len);
    }

    oci_buf_adds(&b, "/");

    if (type == NULL) {
        purl_system(&b, t, os, pkg);

    } else {

        if (!purl_name(pool, &b, t ? t->purl : "", &pkg->name)) {
            oci_buf_free(&b);
            return none;
        }

        version = pkg->version;

        if (version.len != 0) {
            oci_buf_adds(&b, "@");
            purl_escape(&b, &version, false);
        }

        if (t != NULL && strcmp(t->purl, "julia") == 0) {
            purl_query(&b, "?uuid=", &pkg->id);
        }
    }

    return oci_buf_end(&b, pool);
}


oci_str_t
oci_scan_purl_str(oci_pool_t *pool, const oci_scan_purl_t *purl)
{
    size_t      i, k, n, order[OCI_SCAN_PURL_QUALIFIERS];
    oci_buf_t   b;

    memset(&b, 0, sizeof(oci_buf_t));
    oci_buf_adds(&b, "pkg:");
    purl_escape(&b, &purl->type, false);

    if (purl->namespace.len != 0) {
        oci_buf_adds(&b, "/");
        purl_path(&b, purl->namespace);
    }

    oci_buf_adds(&b, "/");
    purl_escape(&b, &purl->name, false);

    if (purl->version.len != 0) {
        oci_buf_adds(&b, "@");
        purl_escape(&b, &purl->version, false);
    }

    for (n = 0; n < purl->nqualifiers; n++) {

        for (k = n; k > 0 && oci_str_cmp(&purl->qualifier[order[k - 1]].key,
                                         &purl->qualifier[n].key) > 0; k--)
        {
            order[k] = order[k - 1];
        }

        order[k] = n;
    }

    for (i = 0; i < n; i++) {
        oci_buf_adds(&b, i == 0 ? "?" : "&");
        purl_escape(&b, &purl->qualifier[order[i]].key, true);
        oci_buf_adds(&b, "=");
        purl_escape(&b, &purl->qualifier[order[i]].value, true);
    }

    if (purl->subpath.len != 0) {
        oci_buf_adds(&b, "#");
        purl_path(&b, purl->subpath);
    }

    return oci_buf_end(&b, pool);
}


oci_str_t
oci_scan_purl_image(oci_pool_t *pool, const oci_str_t *name,
    const oci_str_t *digest, const oci_str_t *arch, const oci_str_t *url)
{
    oci_buf_t  b;

    memset(&b, 0, sizeof(oci_buf_t));
    oci_buf_adds(&b, "pkg:oci/");
    purl_escape(&b, name, false);
    oci_buf_adds(&b, "@");
    purl_escape(&b, digest, false);
    purl_query(&b, "?arch=", arch);
    purl_query(&b, arch->len != 0 ? "&repository_url="
                                  : "?repository_url=", url);

    return oci_buf_end(&b, pool);
}


oci_str_t
oci_scan_pkg_version(oci_pool_t *pool, const oci_scan_pkg_t *pkg)
{
    char  epoch[16];

    epoch[0] = '\0';

    if (pkg->epoch != 0) {
        (void) snprintf(epoch, sizeof(epoch), "%u:", pkg->epoch);
    }

    return oci_strf(pool, "%s%.*s%s%.*s", epoch, (int) pkg->version.len,
                    pkg->version.data, pkg->release.len ? "-" : "",
                    (int) pkg->release.len, pkg->release.data);
}


static const purl_type_t *
purl_type(const oci_str_t *type)
{
    size_t  i;

    for (i = 0; i < sizeof(purl_types)
                    / sizeof(purl_types[0]); i++)
    {
        if (oci_str_is(type, purl_types[i].type)) {
            return &purl_types[i];
        }
    }

    return NULL;
}


/* letters, digits and these stand for themselves; a plus never does */

static void
purl_escape(oci_buf_t *b, const oci_str_t *s, bool query)
{
    size_t       i;
    const char  *safe;

    safe = query ? "-_.~:" : "-_.~!$&'()*,;=:";

    for (i = 0; i < s->len; i++) {

        if ((s->data[i] < 0x80 && isalnum(s->data[i]))
            || (s->data[i] != '\0' && strchr(safe, s->data[i])))
        {
            oci_buf_add(b, s->data + i, 1);

        } else {
            oci_buf_addf(b, "%%%02X", s->data[i]);
        }
    }
}


static void
purl_path(oci_buf_t *b, oci_str_t path)
{
    oci_str_t  part;

    while (oci_scan_text_split(&path, '/', &part)) {

        purl_escape(b, &part, false);

        if (path.len != 0) {
            oci_buf_adds(b, "/");
        }
    }
}


/* a local path is no package, so it has no URL */

static bool
purl_name(oci_pool_t *pool, oci_buf_t *b, const char *purl,
    const oci_str_t *name)
{
    size_t     i;
    oci_str_t  s;

    s = *name;

    if (strcmp(purl, "golang") == 0 || strcmp(purl, "npm") == 0
        || strcmp(purl, "pypi") == 0)
    {
        s = oci_scan_text_lower(pool, name);
    }

    if (strcmp(purl, "golang") == 0
        && (oci_str_prefix(&s, "./") || oci_str_prefix(&s, "../")))
    {
        return false;
    }

    if (strcmp(purl, "pypi") == 0 || strcmp(purl, "maven") == 0) {

        s = oci_str_dup(pool, s.data, s.len);

        for (i = 0; s.data != NULL && i < s.len; i++) {
            if (purl[0] == 'p' && s.data[i] == '_') {
                s.data[i] = '-';

            } else if (purl[0] == 'm' && s.data[i] == ':') {
                s.data[i] = '/';
            }
        }
    }

    if (strcmp(purl, "golang") == 0 || strcmp(purl, "npm") == 0
        || strcmp(purl, "maven") == 0 || strcmp(purl, "composer") == 0)
    {
        purl_path(b, s);

    } else {
        purl_escape(b, &s, false);
    }

    return s.len != 0;
}


/* the epoch is a qualifier; qualifiers are in order of their keys */

static void
purl_system(oci_buf_t *b, const purl_type_t *t,
    const oci_scan_os_t *os, const oci_scan_pkg_t *pkg)
{
    char        text[16];
    oci_buf_t   d;
    oci_str_t   s;

    s = (t != NULL && t->namespace != NULL) ? oci_str(t->namespace)
                                            : os->family;

    if (t != NULL && strcmp(t->purl, "bottlerocket") != 0) {
        purl_escape(b, &s, false);
        oci_buf_adds(b, "/");
    }

    purl_escape(b, &pkg->name, false);
    oci_buf_adds(b, "@");
    purl_escape(b, &pkg->version, false);

    if (pkg->release.len != 0) {
        oci_buf_adds(b, "-");
        purl_escape(b, &pkg->release, false);
    }

    memset(&d, 0, sizeof(oci_buf_t));

    if (t != NULL && strcmp(t->purl, "apk") != 0) {
        oci_buf_addf(&d, "%.*s-", (int) os->family.len, os->family.data);
    }

    oci_buf_add(&d, os->name.data, os->name.len);

    purl_query(b, "?arch=", &pkg->arch);

    s.data = d.data;
    s.len = d.len;
    purl_query(b, pkg->arch.len ? "&distro=" : "?distro=", &s);
    oci_buf_free(&d);

    if (pkg->epoch != 0) {
        (void) snprintf(text, sizeof(text), "%u", pkg->epoch);
        s = oci_str(text);
        purl_query(b, "&epoch=", &s);
    }

    purl_query(b, "&modularitylabel=", &pkg->modularity);
}


static void
purl_query(oci_buf_t *b, const char *key, const oci_str_t *value)
{
    if (value->len != 0) {
        oci_buf_adds(b, key);
        purl_escape(b, value, true);
    }
}
