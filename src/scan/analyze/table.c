/*
 * Which analyzer wants which files of a layer: one table.
 */

#include "analyze.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>


#define OCI_SCAN_MB  (1024 * 1024)


static bool oci_scan_is(const oci_scan_file_t *f, const char *path);
static bool oci_scan_in(const oci_scan_file_t *f, const char *dir,
    oci_str_t *name);
static bool oci_scan_wants_apk(const oci_scan_file_t *f);
static bool oci_scan_wants_status(const oci_scan_file_t *f);
static bool oci_scan_wants_md5sums(const oci_scan_file_t *f);
static bool oci_scan_wants_available(const oci_scan_file_t *f);
static bool oci_scan_wants_copyright(const oci_scan_file_t *f);
static bool oci_scan_wants_sets(const oci_scan_file_t *f);
static bool oci_scan_wants_dockerfile(const oci_scan_file_t *f);
static bool oci_scan_wants_python(const oci_scan_file_t *f);
static bool oci_scan_wants_egg(const oci_scan_file_t *f);
static bool oci_scan_wants_node(const oci_scan_file_t *f);
static bool oci_scan_wants_gemspec(const oci_scan_file_t *f);
static bool oci_scan_wants_conda(const oci_scan_file_t *f);
static bool oci_scan_wants_composer(const oci_scan_file_t *f);
static bool oci_scan_wants_dotnet(const oci_scan_file_t *f);
static bool oci_scan_wants_jar(const oci_scan_file_t *f);
static bool oci_scan_wants_sbom(const oci_scan_file_t *f);


const oci_scan_analyzer_t  oci_scan_analyzers[] = {
    { "os", oci_scan_os_wants, OCI_SCAN_MB, oci_scan_os_file },
    { "apk", oci_scan_wants_apk, 64 * OCI_SCAN_MB, oci_scan_apk },
    { "dpkg", oci_scan_wants_status, 64 * OCI_SCAN_MB,
      oci_scan_dpkg_status },
    { "dpkg", oci_scan_wants_md5sums, 32 * OCI_SCAN_MB,
      oci_scan_dpkg_md5sums },
    { "dpkg", oci_scan_wants_available, 64 * OCI_SCAN_MB,
      oci_scan_dpkg_available },
    { "dpkg-license", oci_scan_wants_copyright, 2 * OCI_SCAN_MB,
      oci_scan_dpkg_copyright },
    { "content-sets", oci_scan_wants_sets, 8 * OCI_SCAN_MB,
      oci_scan_content_sets },
    { "dockerfile", oci_scan_wants_dockerfile, OCI_SCAN_MB,
      oci_scan_dockerfile },
    { "python-pkg", oci_scan_wants_python, 4 * OCI_SCAN_MB,
      oci_scan_python },
    { "python-egg", oci_scan_wants_egg, 24 * OCI_SCAN_MB, oci_scan_egg },
    { "node-pkg", oci_scan_wants_node, 4 * OCI_SCAN_MB, oci_scan_node },
    { "gemspec", oci_scan_wants_gemspec, 4 * OCI_SCAN_MB,
      oci_scan_gemspec },
    { "conda-pkg", oci_scan_wants_conda, 8 * OCI_SCAN_MB, oci_scan_conda },
    { "executable", oci_scan_executable_wants, 16 * OCI_SCAN_MB,
      oci_scan_executable },
    { "composer-vendor", oci_scan_wants_composer, 16 * OCI_SCAN_MB,
      oci_scan_composer },
    { "dotnet-core", oci_scan_wants_dotnet, 8 * OCI_SCAN_MB,
      oci_scan_dotnet },
    { "jar", oci_scan_wants_jar, 16 * OCI_SCAN_MB, oci_scan_jar },
    { "sbom", oci_scan_wants_sbom, 16 * OCI_SCAN_MB, oci_scan_sbom_file },
    { NULL, NULL, 0, NULL }
};


static bool
oci_scan_is(const oci_scan_file_t *f, const char *path)
{
    return oci_str_is(&f->path, path);
}


static bool
oci_scan_in(const oci_scan_file_t *f, const char *dir, oci_str_t *name)
{
    *name = f->path;
    return oci_scan_cut_prefix(name, dir)
           && memchr(name->data, '/', name->len) == NULL;
}


static bool
oci_scan_wants_apk(const oci_scan_file_t *f)
{
    return oci_scan_is(f, "lib/apk/db/installed")
           || oci_scan_is(f, "usr/lib/apk/db/installed");
}


static bool
oci_scan_wants_status(const oci_scan_file_t *f)
{
    oci_str_t  name;

    return oci_scan_is(f, "var/lib/dpkg/status")
           || (oci_scan_in(f, "var/lib/dpkg/status.d/", &name)
               && !oci_str_suffix(&name, ".md5sums"));
}


static bool
oci_scan_wants_md5sums(const oci_scan_file_t *f)
{
    oci_str_t  name;

    return oci_str_suffix(&f->path, ".md5sums")
           && (oci_scan_in(f, "var/lib/dpkg/info/", &name)
               || oci_scan_in(f, "var/lib/dpkg/status.d/", &name));
}


static bool
oci_scan_wants_available(const oci_scan_file_t *f)
{
    return oci_scan_is(f, "var/lib/dpkg/available");
}


static bool
oci_scan_wants_copyright(const oci_scan_file_t *f)
{
    oci_str_t  rest;

    rest = f->path;

    return oci_scan_cut_prefix(&rest, "usr/share/doc/")
           && oci_scan_cut_suffix(&rest, "/copyright")
           && memchr(rest.data, '/', rest.len) == NULL;
}


bool
oci_scan_rpm_wants(const oci_scan_file_t *f)
{
    oci_str_t  name;

    return ((oci_scan_in(f, "var/lib/rpm/", &name)
             || oci_scan_in(f, "usr/lib/sysimage/rpm/", &name))
            && (oci_str_is(&name, "Packages")
                || oci_str_is(&name, "Packages.db")
                || oci_str_is(&name, "rpmdb.sqlite")))
           || oci_scan_is(f, "usr/share/rpm/rpmdb.sqlite")
           || oci_scan_is(f, "var/lib/rpmmanifest/container-manifest-2");
}


static bool
oci_scan_wants_sets(const oci_scan_file_t *f)
{
    oci_str_t  name;

    return oci_str_suffix(&f->path, ".json")
           && (oci_scan_in(f, "root/buildinfo/content_manifests/", &name)
               || oci_scan_in(f, "usr/share/buildinfo/", &name));
}


static bool
oci_scan_wants_dockerfile(const oci_scan_file_t *f)
{
    oci_str_t  name;

    return oci_scan_in(f, "root/buildinfo/", &name)
           && oci_str_prefix(&name, "Dockerfile");
}


static bool
oci_scan_wants_python(const oci_scan_file_t *f)
{
    oci_str_t  base;

    base = oci_scan_base(&f->path);

    return (oci_str_is(&base, "METADATA")
            && (oci_scan_find(&f->path, ".dist-info") != -1
                || oci_str_suffix(&f->path, ".egg-info/METADATA")))
           || oci_str_suffix(&f->path, "EGG-INFO/PKG-INFO")
           || oci_str_suffix(&f->path, ".egg-info")
           || oci_str_suffix(&f->path, ".egg-info/PKG-INFO");
}


static bool
oci_scan_wants_egg(const oci_scan_file_t *f)
{
    return oci_str_suffix(&f->path, ".egg");
}


static bool
oci_scan_wants_node(const oci_scan_file_t *f)
{
    oci_str_t  base;

    base = oci_scan_base(&f->path);
    return oci_str_is(&base, "package.json");
}


/* .*\/specifications/.+\.gemspec */

static bool
oci_scan_wants_gemspec(const oci_scan_file_t *f)
{
    ssize_t  at;

    at = oci_scan_find(&f->path, "/specifications/");

    return at != -1 && oci_scan_find(&f->path, ".gemspec")
                       > at + (ssize_t) sizeof("/specifications/") - 1;
}


/* .*\/envs/.+/conda-meta/.+-.+-.+\.json */

static bool
oci_scan_wants_conda(const oci_scan_file_t *f)
{
    ssize_t    envs, meta;
    size_t     i, dashes;
    oci_str_t  name;

    envs = oci_scan_find(&f->path, "/envs/");
    meta = oci_scan_find(&f->path, "/conda-meta/");

    if (envs == -1 || meta < envs + 7 || !oci_str_suffix(&f->path, ".json"))
    {
        return false;
    }

    name = oci_scan_skip(f->path, (size_t) meta + 12);

    for (i = 1, dashes = 0; i + 6 < name.len; i++) {
        if (name.data[i] == '-' && (i == 1 || name.data[i - 1] != '-')) {
            dashes++;
        }
    }

    return dashes >= 2;
}


bool
oci_scan_executable_wants(const oci_scan_file_t *f)
{
    return (f->mode & 0111) != 0 || oci_str_suffix(&f->path, ".exe");
}


static bool
oci_scan_wants_composer(const oci_scan_file_t *f)
{
    oci_str_t  base;

    base = oci_scan_base(&f->path);
    return oci_str_is(&base, "installed.json");
}


static bool
oci_scan_wants_dotnet(const oci_scan_file_t *f)
{
    return oci_str_suffix(&f->path, ".deps.json");
}


static bool
oci_scan_wants_jar(const oci_scan_file_t *f)
{
    const u_char  *ext;

    if (f->path.len < 5) {
        return false;
    }

    ext = f->path.data + f->path.len - 4;

    return strncasecmp((char *) ext, ".jar", 4) == 0
           || strncasecmp((char *) ext, ".war", 4) == 0
           || strncasecmp((char *) ext, ".ear", 4) == 0
           || strncasecmp((char *) ext, ".par", 4) == 0;
}


static bool
oci_scan_wants_sbom(const oci_scan_file_t *f)
{
    return oci_scan_find(&f->path, ".dist-info/sboms/") == -1
           && (oci_str_suffix(&f->path, ".spdx")
               || oci_str_suffix(&f->path, ".spdx.json")
               || oci_str_suffix(&f->path, ".cdx")
               || oci_str_suffix(&f->path, ".cdx.json"));
}
