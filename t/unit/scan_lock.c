/*
 * Files that list what was to be installed: Cargo.lock and NuGet's.
 */

#include "analyze/layer.h"
#include "test.h"

#include <stdio.h>
#include <string.h>


/* each package as a line: id|name|version|relationship|lines|depends */

static const char *
packages(oci_pool_t *pool, const char *path, const char *text)
{
    size_t             i, j;
    oci_str_t          s;
    oci_buf_t          b;
    oci_error_t        err;
    oci_scan_pkg_t    *pkg;
    oci_scan_layer_t  *layer;
    oci_scan_group_t  *g;
    static char        out[4096];

    memset(&err, 0, sizeof(oci_error_t));
    memset(&b, 0, sizeof(oci_buf_t));
    s = oci_str(text);
    layer = oci_scan_layer_create(pool);

    if (oci_scan_layer_read_file(layer, path, 0644, &s, &err) != OCI_OK) {
        return "an error";
    }

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


int
main(void)
{
    oci_pool_t  *pool;

    pool = oci_pool_create();
    test_cargo(pool);
    test_nuget(pool);
    oci_pool_destroy(pool);

    return done();
}
