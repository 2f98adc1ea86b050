/*
 * The analyzers: each knows which files of a layer it wants and how to read
 * them, and adds what it finds to the layer.
 */

#ifndef OCI_SCAN_ANALYZE_ANALYZE_H
#define OCI_SCAN_ANALYZE_ANALYZE_H

#include "model/kit.h"


#define OCI_SCAN_MB  (1024 * 1024)


/*
 * A file that several analyzers want is read once, up to the largest max.
 * What analyze() cannot read is noted, and the scan goes on; an error of the
 * others ends it.
 */

typedef struct {
    bool           (*wants)(const oci_scan_file_t *f);

    /* larger files are left to stream(), or left out */

    size_t           max;

    /* a file without this beginning is nothing to this analyzer; or NULL */

    const char      *magic;

    /* the whole file, in memory; NULL: stream() reads every file */

    oci_status_e   (*analyze)(oci_scan_walker_t *w, const oci_scan_file_t *f,
                              const oci_str_t *text, oci_error_t *err);

    /* a file as it comes, which nobody else gets to see then; or NULL */

    oci_status_e   (*stream)(oci_scan_walker_t *w, const oci_scan_file_t *f,
                             const oci_scan_reader_t *content,
                             oci_error_t *err);

    /* what can be said once the layer was seen; or NULL */

    oci_status_e   (*finish)(oci_scan_walker_t *w, oci_error_t *err);
} analyzer_t;


extern const analyzer_t  analyze_apk;
extern const analyzer_t  analyze_cargo;
extern const analyzer_t  analyze_cargo_toml;
extern const analyzer_t  analyze_composer;
extern const analyzer_t  analyze_conda;
extern const analyzer_t  analyze_content_sets;
extern const analyzer_t  analyze_dockerfile;
extern const analyzer_t  analyze_dotnet;
extern const analyzer_t  analyze_dpkg_available;
extern const analyzer_t  analyze_dpkg_license;
extern const analyzer_t  analyze_dpkg_md5sums;
extern const analyzer_t  analyze_dpkg_status;
extern const analyzer_t  analyze_egg;
extern const analyzer_t  analyze_executable;
extern const analyzer_t  analyze_gemspec;
extern const analyzer_t  analyze_jar;
extern const analyzer_t  analyze_julia;
extern const analyzer_t  analyze_node;
extern const analyzer_t  analyze_nuget_config;
extern const analyzer_t  analyze_nuget_lock;
extern const analyzer_t  analyze_nuget_props;
extern const analyzer_t  analyze_os;
extern const analyzer_t  analyze_python;
extern const analyzer_t  analyze_rpm;
extern const analyzer_t  analyze_sbom;

extern const analyzer_t *const  analyze_table[];            /* ends with NULL */


#endif /* OCI_SCAN_ANALYZE_ANALYZE_H */
