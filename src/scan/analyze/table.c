/*
 * The analyzers of a layer's files, in the order in which they are asked.
 */

#include "analyze.h"


const analyzer_t *const  analyze_table[] = {
    &analyze_rpm,
    &analyze_os,
    &analyze_apk,
    &analyze_dpkg_status,
    &analyze_dpkg_md5sums,
    &analyze_dpkg_available,
    &analyze_dpkg_license,
    &analyze_content_sets,
    &analyze_dockerfile,
    &analyze_python,
    &analyze_egg,
    &analyze_node,
    &analyze_gemspec,
    &analyze_conda,
    &analyze_executable,
    &analyze_composer,
    &analyze_dotnet,
    &analyze_cargo,
    &analyze_cargo_toml,
    &analyze_julia,
    &analyze_nuget_lock,
    &analyze_nuget_config,
    &analyze_nuget_props,
    &analyze_jar,
    &analyze_sbom,
    NULL
};


_Static_assert(sizeof(analyze_table) / sizeof(analyze_table[0]) <= 33,
               "a bit for each row");
