/*
 * What is found in a layer is written down with these.
 */

#ifndef OCI_SCAN_MODEL_KIT_H
#define OCI_SCAN_MODEL_KIT_H

#include "layer.h"
#include "base/map.h"
#include "base/text.h"


/* a TOML file that is of use with another one beside it */

typedef struct {
    oci_str_t  path;
    oci_str_t  text;
    void      *root;                /* what base/toml.h made of it */
    bool       read;                /* it was tried */
} oci_scan_toml_t;


/*
 * What a walk of one layer holds besides its result: things that only make
 * sense when the whole layer was seen.
 */

typedef struct {
    oci_scan_layer_t  *layer;
    oci_pool_t        *pool;        /* the layer's */
    oci_pool_t        *tmp;         /* gone after the file */
    oci_pool_t        *walk;        /* gone after the walk */
    oci_scan_map_t     md5sums;     /* dpkg package -> oci_scan_strs_t */
    oci_scan_map_t     digests;     /* dpkg "name@version" -> oci_str_t */
    oci_scan_map_t     owned;       /* files of distribution packages */
    oci_array_t        tomls;       /* of oci_scan_toml_t */
    size_t             tomls_len;   /* of their texts */
    struct oci_scan_search_s  *search;      /* NULL: not for secrets */
    const char        *root;        /* before the paths of secrets */
    u_char            *buf;
    size_t             nalloc;
} oci_scan_walker_t;


/*
 * A new group or package; NULL when out of memory, said in err.  A group's
 * path is copied.  Everything that a package refers to must be in w->pool:
 * oci_scan_kit_keep() copies a slice of the file there.
 */

oci_scan_group_t *oci_scan_kit_group(oci_scan_walker_t *w, const char *type,
    const oci_str_t *path, oci_error_t *err);
oci_scan_pkg_t *oci_scan_kit_pkg(oci_scan_group_t *g, oci_error_t *err);
oci_str_t oci_scan_kit_keep(oci_scan_walker_t *w, const oci_str_t *s);

/* adds the lines of one more place where the package is listed */

bool oci_scan_kit_span(oci_scan_walker_t *w, oci_scan_pkg_t *pkg,
    uint32_t start, uint32_t end);

/* an id as Trivy makes it: name, separator of the type, version */

oci_str_t oci_scan_pkg_id(oci_pool_t *pool, const char *type,
    const oci_str_t *name, const oci_str_t *version);

/* a language package with its id, in a group of its own */

oci_scan_pkg_t *oci_scan_kit_lone_pkg(oci_scan_walker_t *w, const char *type,
    const oci_scan_file_t *f, const oci_str_t *name,
    const oci_str_t *version, oci_error_t *err);

/* an array of oci_str_t, as a list that shares its memory */

oci_scan_strs_t oci_scan_strs(const oci_array_t *a);

/* sorts, and drops what comes twice */

void oci_scan_strs_sort(oci_scan_strs_t *list);

/*
 * What the packages of a group depend on: names become the ids that they stand
 * for in ids (as oci_str_t), sorted; unknown ones go, and the package itself
 * unless self.  False: no memory.
 */

bool oci_scan_kit_resolve(oci_scan_walker_t *w, oci_scan_group_t *g,
    const oci_scan_map_t *ids, bool self);

/* remembers that path belongs to a distribution package */

bool oci_scan_kit_own(oci_scan_walker_t *w, const oci_str_t *path);

/* tells what is not known of a package; the scan goes on */

void oci_scan_kit_note(oci_scan_walker_t *w, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* the same of a file, or a part of it, whose packages nobody is told of */

void oci_scan_kit_left_out(oci_scan_walker_t *w, const oci_str_t *path,
    const char *why);

/* the program's own copy of a type's or an analyzer's name, or NULL */

const char *oci_scan_pkg_type_name(const oci_str_t *name);


#endif /* OCI_SCAN_MODEL_KIT_H */
