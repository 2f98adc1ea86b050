/*
 * The analyzers: each knows which files it wants and how to read them.
 * All get the content of one file and add what they find to the blob.
 */

#ifndef OCI_SCAN_ANALYZE_ANALYZE_H
#define OCI_SCAN_ANALYZE_ANALYZE_H

#include "model/layer.h"
#include "base/map.h"
#include "base/text.h"


/*
 * What a walk of one layer holds besides its result: things that only make
 * sense when the whole layer was seen.
 */

typedef struct {
    oci_scan_blob_t  *blob;
    oci_pool_t       *pool;         /* the blob's */
    oci_pool_t       *tmp;          /* gone after the file */
    oci_pool_t       *layer;        /* gone after the layer */
    oci_scan_map_t    md5sums;      /* dpkg package -> oci_scan_strs_t */
    oci_scan_map_t    digests;      /* dpkg "name@version" -> oci_str_t */
    oci_scan_map_t    owned;        /* files of distribution packages */
    u_char           *buf;
    size_t            nalloc;
} oci_scan_walker_t;


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


/*
 * A new group or package; NULL when out of memory, said in err.  A group's
 * path is copied.  Everything that a package refers to must be in w->pool:
 * oci_scan_keep() copies a slice of the file there.
 */

oci_scan_group_t *oci_scan_group(oci_scan_walker_t *w, const char *type,
    const oci_str_t *path, oci_error_t *err);
oci_scan_pkg_t *oci_scan_pkg(oci_scan_group_t *g, oci_error_t *err);
oci_str_t oci_scan_keep(oci_scan_walker_t *w, const oci_str_t *s);

/* an id as Trivy makes it: name, separator of the type, version */

oci_str_t oci_scan_pkg_id(oci_pool_t *pool, const char *type,
    const oci_str_t *name, const oci_str_t *version);

/* a language package with its id, in a group of its own */

oci_scan_pkg_t *oci_scan_lone_pkg(oci_scan_walker_t *w, const char *type,
    const oci_scan_file_t *f, const oci_str_t *name,
    const oci_str_t *version, oci_error_t *err);

/* an array of oci_str_t, as a list that shares its memory */

oci_scan_strs_t oci_scan_strs(const oci_array_t *a);

/* sorts, and drops what comes twice */

void oci_scan_strs_sort(oci_scan_strs_t *list);

/* remembers that path belongs to a distribution package */

bool oci_scan_own(oci_scan_walker_t *w, const oci_str_t *path);

/* tells what could not be read; the scan goes on */

void oci_scan_note(oci_scan_walker_t *w, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));


#endif /* OCI_SCAN_ANALYZE_ANALYZE_H */
