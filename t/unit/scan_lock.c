/*
 * Files that list what was to be installed: Cargo.lock and NuGet's.
 */

#include "analyze/layer.h"
#include "oci_file.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>


/* each package as a line: id|name|version|relationship|lines|depends */

static const char *
listed(const oci_scan_layer_t *layer)
{
    size_t             i, j;
    oci_buf_t          b;
    oci_scan_pkg_t    *pkg;
    oci_scan_group_t  *g;
    static char        out[4096];

    memset(&b, 0, sizeof(oci_buf_t));

    if (layer->left_out.nelts != 0) {
        oci_buf_addf(&b, "left out: %s\n",
                     (char *) ((oci_str_t *) layer->left_out.elts)->data);
    }

    g = layer->apps.elts;

    for (i = 0; layer->apps.nelts != 0 && i < g->pkgs.nelts; i++) {

        pkg = (oci_scan_pkg_t *) g->pkgs.elts + i;
        oci_buf_addf(&b, "%.*s|%s|%s|%d|", (int) pkg->id.len,
                     pkg->id.len ? (char *) pkg->id.data : "",
                     (char *) pkg->name.data, (char *) pkg->version.data,
                     (int) pkg->relationship);

        for (j = 0; j < pkg->nspans; j++) {
            oci_buf_addf(&b, "%u-%u ", pkg->spans[j].start,
                         pkg->spans[j].end);
        }

        for (j = 0; j < pkg->depends.nelts; j++) {
            oci_buf_addf(&b, "%s%s", j ? "," : "",
                         (char *) pkg->depends.elts[j].data);
        }

        oci_buf_adds(&b, "\n");
    }

    (void) snprintf(out, sizeof(out), "%s%.*s",
                    layer->apps.nelts ? g->type : "none\n",
                    (int) b.len, b.len ? (char *) b.data : "");
    oci_buf_free(&b);
    return out;
}


static const char *
packages(oci_pool_t *pool, const char *path, const char *text)
{
    oci_str_t          s;
    oci_error_t        err;
    oci_scan_layer_t  *layer;

    memset(&err, 0, sizeof(oci_error_t));
    s = oci_str(text);
    layer = oci_scan_layer_create(pool);

    return (oci_scan_layer_read_file(layer, path, 0644, &s, &err) == OCI_OK)
           ? listed(layer) : "an error";
}


static void
test_cargo(oci_pool_t *pool)
{
    is_str(packages(pool, "app/Cargo.lock",
                    "# written by cargo\nversion = 3\n\n"
                    "[[package]]\nname = \"app\"\nversion = \"0.1.0\"\n"
                    "dependencies = [\n \"libc\",\n \"rand 0.8.5\",\n"
                    " \"time 0.1.40 (registry+https://x)\",\n"
                    " \"gone\",\n]\n\n"
                    "[[package]]\nname = \"libc\"\nversion = \"0.2.1\"\n"
                    "source = \"registry\"\n\n"
                    "[[package]]\nname = 'rand'\nversion = \"0.8.5\"\n"
                    "[metadata]\n\"checksum a 1 (x)\" = \"\\u0061\"\n"),
           "cargoapp@0.1.0|app|0.1.0|0|4-12 libc@0.2.1,rand@0.8.5,"
           "time@0.1.40\n"
           "libc@0.2.1|libc|0.2.1|0|14-17 \n"
           "rand@0.8.5|rand|0.8.5|0|\n", "Cargo.lock");

    is_str(packages(pool, "Cargo.lock", "version = 3\n"), "none\n",
           "one without packages");
    is_str(packages(pool, "Cargo.lock", "[[package]\n"),
           "none\nleft out: Cargo.lock: not valid TOML: a header without an "
           "end (line 1)\n", "a broken one");
    is_str(packages(pool, "Cargo.lock.orig", "[[package]]\nname = \"a\"\n"),
           "none\n", "another name");
}


/* each file of a layer's, and what the lock file then lists */

static const char *
layer_of(oci_pool_t *pool, const char *const (*files)[2])
{
    char               dir[] = "/tmp/tally-unit-XXXXXX", path[256], *p;
    FILE              *f;
    size_t             i;
    const char        *out;
    oci_error_t        err;
    oci_scan_layer_t  *layer;

    memset(&err, 0, sizeof(oci_error_t));
    ok(mkdtemp(dir) != NULL, "a directory");

    for (i = 0; files[i][0] != NULL; i++) {
        (void) snprintf(path, sizeof(path), "%s/%s", dir, files[i][0]);

        for (p = path + sizeof(dir); (p = strchr(p, '/')) != NULL; p++) {
            *p = '\0';
            (void) mkdir(path, 0755);
            *p = '/';
        }

        f = fopen(path, "w");
        (void) fputs(files[i][1], f);
        (void) fclose(f);
    }

    layer = oci_scan_layer_create(pool);
    is(oci_scan_layer_read_dir(layer, dir, NULL, NULL, &err), OCI_OK,
       "is read");
    (void) oci_file_remove_tree(dir, true, NULL);
    out = listed(layer);

    return out;
}


static void
test_cargo_toml(oci_pool_t *pool)
{
    static const char *const  program[][2] = {
        { "a/Cargo.toml",
          "[package]\nname = \"app\"\nversion = \"0.1.0\"\n"
          "[dependencies]\nrand = \"0.8\"\n"
          "libc = { version = \"~0.2.1, <0.3\" }\n"
          "[dev-dependencies]\nproptest = \"1\"\n"
          "[target.'cfg(windows)'.dependencies]\nwinapi = \"0.3.*\"\n" },
        { "a/Cargo.lock",
          "[[package]]\nname = \"app\"\nversion = \"0.1.0\"\n"
          "dependencies = [\"rand 0.8.5\", \"libc\", \"proptest\"]\n"
          "[[package]]\nname = \"libc\"\nversion = \"0.2.9\"\n"
          "[[package]]\nname = \"proptest\"\nversion = \"1.0.0\"\n"
          "[[package]]\nname = \"rand\"\nversion = \"0.7.0\"\n"
          "[[package]]\nname = \"rand\"\nversion = \"0.8.5\"\n"
          "dependencies = [\"core\"]\n"
          "[[package]]\nname = \"core\"\nversion = \"2.0.0\"\n"
          "[[package]]\nname = \"winapi\"\nversion = \"0.3.9\"\n" },
        { NULL, NULL }
    };

    /* the id of this workspace is what Trivy gives it */

    static const char *const  workspace[][2] = {
        { "Cargo.lock",
          "[[package]]\nname = \"myapp\"\nversion = \"2.0.0\"\n"
          "dependencies = [\"serde\"]\n"
          "[[package]]\nname = \"serde\"\nversion = \"1.0.195\"\n" },
        { "Cargo.toml",
          "[workspace]\nmembers = [\"app\"]\n"
          "[workspace.package]\nversion = \"2.0.0\"\n" },
        { "app/Cargo.toml",
          "[package]\nname = \"myapp\"\nversion.workspace = true\n"
          "[dependencies]\nserde = \"1.0\"\n" },
        { NULL, NULL }
    };

    static const char *const  broken[][2] = {
        { "Cargo.lock", "[[package]]\nname = \"a\"\nversion = \"1\"\n" },
        { "Cargo.toml", "[package\n" },
        { "other/Cargo.toml", "never asked for" },
        { NULL, NULL }
    };

    is_str(layer_of(pool, program),
           "cargoapp@0.1.0|app|0.1.0|1|1-4 libc@0.2.9,rand@0.8.5\n"
           "libc@0.2.9|libc|0.2.9|3|5-7 \n"
           "rand@0.8.5|rand|0.8.5|3|14-17 core@2.0.0\n"
           "core@2.0.0|core|2.0.0|4|18-20 \n"
           "winapi@0.3.9|winapi|0.3.9|3|21-23 \n",
           "a program's own needs, without its tests'");
    is_str(layer_of(pool, workspace),
           "cargomyapp@2.0.0|myapp|2.0.0|2|1-4 serde@1.0.195\n"
           "serde@1.0.195|serde|1.0.195|3|5-7 \n"
           "afc012b7e68b6638|||1|myapp@2.0.0\n", "a workspace");
    is_str(layer_of(pool, broken),
           "cargoleft out: Cargo.toml: not valid TOML: a header without an "
           "end (line 1)\na@1|a|1|0|1-3 \n",
           "a broken Cargo.toml changes nothing");
}


static void
test_nuget(oci_pool_t *pool)
{
    is_str(packages(pool, "app/packages.lock.json",
                    "{\n\"version\": 1,\n\"dependencies\": {\n"
                    "\"net6.0\": {\n"
                    "\"A\": {\n\"type\": \"Direct\",\n\"resolved\": \"1.0\",\n"
                    "\"dependencies\": { \"B\": \"2\", \"C\": \"1\" }\n},\n"
                    "\"B\": {\n\"type\": \"Transitive\",\n"
                    "\"resolved\": \"2.0\"\n},\n"
                    "\"me\": {\n\"type\": \"Project\"\n}\n},\n"
                    "\"net7.0\": {\n"
                    "\"A\": {\n\"type\": \"Direct\",\n\"resolved\": \"1.0\"\n}"
                    "\n}\n}\n}\n"),
           "nugetA@1.0|A|1.0|3|5-9 19-22 B@2.0,C\n"
           "B@2.0|B|2.0|4|10-13 \n", "packages.lock.json");

    is_str(packages(pool, "packages.lock.json",
                    "{\"dependencies\": {\"n\": {\"A\": {\"resolved\": "
                    "\"1\"}, \"B\": {\"resolved\": \"2\"}}}}"),
           "nugetA@1|A|1|4|1-1 \nB@2|B|2|4|0-0 \n",
           "of one line the first package has it");

    is_str(packages(pool, "x/packages.config",
                    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
                    "<packages>\n"
                    "<package id=\"A\" version=\"1.0\" "
                    "targetFramework=\"net45\" />\n"
                    "<package id=\"D\" version=\"1\" "
                    "developmentDependency=\"true\" />\n"
                    "<other><package id=\"E\" version=\"1\" /></other>\n"
                    "<package id=\"A\" version=\"1.0\" />\n"
                    "<package id=\"F&amp;G\" version=\"2\"></package>\n"
                    "</packages>\nrest"),
           "nuget|A|1.0|0|\n|F&G|2|0|\n", "packages.config");
    is_str(packages(pool, "packages.config", "<configuration/>"),
           "none\nleft out: packages.config: its outermost element is "
           "<configuration>, not <packages>\n", "another file of that name");
    is_str(packages(pool, "packages.config", "<packages><package id="),
           "none\nleft out: packages.config: not valid XML: unclosed token "
           "(line 1)\n", "a broken one");

    is_str(packages(pool, "Directory.Packages.props",
                    "<Project xmlns=\"http://schemas.microsoft.com/x\">\n"
                    "<PackageVersion Include=\"not\" Version=\"1\"/>\n"
                    "<ItemGroup Condition=\"x\">\n"
                    "<PackageVersion Include=\" A \" Version=\"1.0\" />\n"
                    "<PackageReference Update=\"B\" Version=\"2.0\" />\n"
                    "<PackageVersion Include=\"C\" Version=\"$(V)\" />\n"
                    "<PackageVersion Include=\"D\" />\n"
                    "</ItemGroup>\n</Project>"),
           "packages-propsA@1.0|A|1.0|0|\nB@2.0|B|2.0|0|\n",
           "Packages.props");
    is_str(packages(pool, "x/my.packages.PROPS",
                    "<Project><ItemGroup><PackageVersion Include=\"A\" "
                    "Version=\"1\"/></ItemGroup></Project>"),
           "packages-propsA@1|A|1|0|\n", "by any case of its name");
}


/* what the project asks for, and what that needs; not what tests need */

static void
test_julia(oci_pool_t *pool)
{
    static const char        manifest[] =
        "julia_version = \"1.9.0\"\nmanifest_format = \"2.0\"\n\n"
        "[[deps.A]]\ndeps = [\"B\", \"Dates\"]\nuuid = \"ua\"\n"
        "version = \"1.2.3+0\"\n\n"
        "[[deps.B]]\nuuid = \"ub1\"\nversion = \"2.0.0\"\n"
        "    [deps.B.deps]\n    C = \"uc\"\n\n"
        "[[deps.C]]\nuuid = \"uc\"\nversion = \"3.0.0\"\n"
        "[[deps.Dates]]\nuuid = \"ud\"\n\n"
        "[[deps.Test]]\nuuid = \"ut\"\n\n"
        "[[deps.Twin]]\nuuid = \"u1\"\nversion = \"1.0.0\"\n"
        "[[deps.Twin]]\nuuid = \"u2\"\nversion = \"2.0.0\"\n";
    static const char *const  both[][2] = {
        { "Project.toml", "name = \"P\"\n[deps]\nA = \"ua\"\n"
          "Twin = \"u2\"\nGone = \"u9\"\n[extras]\nTest = \"ut\"\n" },
        { "Manifest.toml", manifest }, { NULL, NULL }
    };
    static const char *const  alone[][2] = {
        { "a/Manifest.toml", manifest },
        { "Project.toml", "[deps]\nA = \"ua\"\n" }, { NULL, NULL }
    };
    static const char *const  broken[][2] = {
        { "Project.toml", "[deps\n" },
        { "Manifest.toml", "[[A]]\nuuid = \"ua\"\n" }, { NULL, NULL }
    };

    is_str(layer_of(pool, both),
           "juliaua|A|1.2.3+0|3|4-7 ub1,ud\nub1|B|2.0.0|4|9-11 uc\n"
           "uc|C|3.0.0|4|15-17 \nud|Dates|1.9.0|4|18-19 \n"
           "u2|Twin|2.0.0|3|27-29 \n", "Manifest.toml and Project.toml");
    is_str(layer_of(pool, alone), "julia",
           "a manifest is nothing without the project beside it");
    is_str(layer_of(pool, broken),
           "julialeft out: Project.toml: not valid TOML: a header without an "
           "end (line 1)\nua|A|unknown|0|1-2 \n",
           "the first format; a project that cannot be read");
}


static void
test_julia_faults(oci_pool_t *pool)
{
    size_t                    i;
    const char               *got;
    static const char *const  faults[] = {
        "manifest_format = \"2.0\"\n[[deps.A]]\ndeps = [\"B\"]\n",
        "manifest_format = \"2.0\"\n[[deps.A]]\ndeps = 1\n",
        "manifest_format = \"2.0\"\n[[deps.A]]\nuuid = 1\n",
        "manifest_format = \"2.0\"\n[deps.A]\nuuid = \"a\"\n",
        "manifest_format = \"2.0\"\ndeps = 1\n",
        "manifest_format = 2\n[[deps.A]]\nuuid = \"a\"\n",
        "[[A]]\ndeps = [\"B\"]\n[[B]]\nuuid = \"1\"\n[[B]]\n",
        "[[A]\n"
    };

    for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        got = packages(pool, "app/Manifest.toml", faults[i]);
        ok(strncmp(got, "none\nleft out: app/Manifest.toml", 31) == 0,
           "left out: %zu", i);
    }

    is_str(packages(pool, "Manifest.toml", "name = \"x\"\n"), "none\n",
           "somebody else's Manifest.toml");
    is_str(packages(pool, "Manifest.toml", "manifest_format = \"2.0\"\n"
                    "[deps]\n"), "none\n", "one without packages");
}


int
main(void)
{
    oci_pool_t  *pool;

    pool = oci_pool_create();
    test_cargo(pool);
    test_cargo_toml(pool);
    test_julia(pool);
    test_julia_faults(pool);
    test_nuget(pool);
    oci_pool_destroy(pool);

    return done();
}
