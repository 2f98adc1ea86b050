/*
 * What the texts in a Java archive say, and an archive while it is read.
 */

#ifndef OCI_SCAN_ANALYZE_JAR_TEXT_H
#define OCI_SCAN_ANALYZE_JAR_TEXT_H

#include "analyze.h"
#include "base/archive.h"


typedef struct {
    oci_str_t  group;
    oci_str_t  artifact;
    oci_str_t  version;
} jar_gav_t;


typedef struct {
    oci_scan_walker_t  *w;
    oci_scan_group_t   *group;
    unsigned            depth;
    size_t              entries;        /* of all archives together */
    uint64_t            bytes;          /* of those in archives */
    oci_scan_archive_t  la;
} jar_t;


/* what a manifest calls itself, each by several names: the first that is set */

typedef enum {
    JAR_VENDOR_ID = 0,
    JAR_SYMBOLIC_NAME,
    JAR_VENDOR,
    JAR_SPEC_VENDOR,
    JAR_TITLE,
    JAR_SPEC_TITLE,
    JAR_BUNDLE_NAME,
    JAR_VERSION,
    JAR_SPEC_VERSION,
    JAR_BUNDLE_VERSION,
    JAR_NAMES
} jar_name_e;


/* one archive while it is read */

typedef struct {
    oci_str_t        path;
    size_t           first;             /* of its packages in the group */
    oci_scan_map_t   poms;              /* "group:artifact" -> licences */
    oci_scan_strs_t  licenses;          /* of the manifest */
    oci_str_t        names[JAR_NAMES];  /* of the manifest */
    bool             identified;        /* by a pom.properties of its own */
} jar_file_t;


/*
 * META-INF/maven/GROUP/ARTIFACT/pom.xml, of that name; and the manifest.
 * false: out of memory.
 */

bool jar_pom(jar_t *j, jar_file_t *jf, oci_str_t name, oci_str_t text);
bool jar_manifest(jar_t *j, jar_file_t *jf, oci_str_t text);

/* the first of these names that the manifest has; empty: it has none */

oci_str_t jar_first(const jar_file_t *jf, jar_name_e from, jar_name_e to);

/* gives the archive's packages their licences */

void jar_licenses(jar_t *j, jar_file_t *jf);


#endif /* OCI_SCAN_ANALYZE_JAR_TEXT_H */
