/*
 * The analyzers: each knows which files it wants and how to read them.
 * All get the content of one file and add what they find to the blob.
 */

#ifndef OCI_SCAN_ANALYZE_ANALYZE_H
#define OCI_SCAN_ANALYZE_ANALYZE_H

#include "model/kit.h"


typedef oci_status_e (*oci_scan_analyze_pt)(oci_scan_walker_t *w,
    const oci_scan_file_t *f, const oci_str_t *text, oci_error_t *err);


/* the table of them (table.c); its last one has no name */

typedef struct {
    const char            *name;
    bool                 (*wants)(const oci_scan_file_t *f);
    size_t                 max;         /* larger files are left out */
    oci_scan_analyze_pt    analyze;
} oci_scan_analyzer_t;

extern const oci_scan_analyzer_t  oci_scan_analyzers[];

/* a package database that librpm reads by itself; what runs */

bool oci_scan_rpm_wants(const oci_scan_file_t *f);
bool oci_scan_executable_wants(const oci_scan_file_t *f);


/* the system's packages */

oci_status_e oci_scan_apk(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err);
oci_status_e oci_scan_dpkg_status(oci_scan_walker_t *w,
    const oci_scan_file_t *f, const oci_str_t *text, oci_error_t *err);
oci_status_e oci_scan_dpkg_md5sums(oci_scan_walker_t *w,
    const oci_scan_file_t *f, const oci_str_t *text, oci_error_t *err);
oci_status_e oci_scan_dpkg_available(oci_scan_walker_t *w,
    const oci_scan_file_t *f, const oci_str_t *text, oci_error_t *err);
oci_status_e oci_scan_dpkg_copyright(oci_scan_walker_t *w,
    const oci_scan_file_t *f, const oci_str_t *text, oci_error_t *err);
oci_status_e oci_scan_dpkg_finish(oci_scan_walker_t *w, oci_error_t *err);
oci_status_e oci_scan_rpm(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_scan_reader_t *content, oci_error_t *err);

/* which system it is */

oci_status_e oci_scan_os_file(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err);
bool oci_scan_os_wants(const oci_scan_file_t *f);

oci_status_e oci_scan_content_sets(oci_scan_walker_t *w,
    const oci_scan_file_t *f, const oci_str_t *text, oci_error_t *err);
oci_status_e oci_scan_dockerfile(oci_scan_walker_t *w,
    const oci_scan_file_t *f, const oci_str_t *text, oci_error_t *err);

/* languages */

oci_status_e oci_scan_python(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err);
oci_status_e oci_scan_egg(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err);
oci_status_e oci_scan_node(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err);
oci_status_e oci_scan_gemspec(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err);
oci_status_e oci_scan_composer(oci_scan_walker_t *w,
    const oci_scan_file_t *f, const oci_str_t *text, oci_error_t *err);
oci_status_e oci_scan_conda(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err);
oci_status_e oci_scan_dotnet(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err);
oci_status_e oci_scan_executable(oci_scan_walker_t *w,
    const oci_scan_file_t *f, const oci_str_t *text, oci_error_t *err);
oci_status_e oci_scan_executable_stream(oci_scan_walker_t *w,
    const oci_scan_file_t *f, const oci_scan_reader_t *content,
    oci_error_t *err);
oci_status_e oci_scan_jar(oci_scan_walker_t *w, const oci_scan_file_t *f,
    const oci_str_t *text, oci_error_t *err);
oci_status_e oci_scan_sbom_file(oci_scan_walker_t *w,
    const oci_scan_file_t *f, const oci_str_t *text, oci_error_t *err);


#endif /* OCI_SCAN_ANALYZE_ANALYZE_H */
