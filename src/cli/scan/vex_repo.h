/*
 * VEX repositories: documents about packages, kept in the cache.
 *
 * Source: aquasecurity/vex-repo-spec 0.1.
 */

#ifndef SCAN_VEX_REPO_H
#define SCAN_VEX_REPO_H

#include "scan/scan.h"


typedef struct {
    scan_t      *s;
    oci_pool_t  *pool;
    oci_str_t    name;
    oci_str_t    url;
    oci_str_t    username;
    oci_str_t    password;
    oci_str_t    token;
    bool         enabled;
    bool         insecure;
    char        *dir;               /* below the cache's */
} vex_repo_t;


/*
 * The repositories that ~/.trivy/vex/repository.yaml names, in order; the
 * file is made, with Trivy's own, when there is none.
 */

oci_status_e vex_repo_list(scan_t *s, oci_array_t *repos);

/* where that file is; NULL: no memory, or HOME is not set */

char *vex_repo_config(scan_t *s);

/* makes it, unless it is there: made says which */

oci_status_e vex_repo_init(scan_t *s, bool *made);

/* a relative path that leads nowhere else: it becomes one below the cache */

bool vex_is_local(const oci_str_t *name);

/* downloads what is newer, when it is time to ask */

oci_status_e vex_repo_update(vex_repo_t *repo);

/* --vex repo: brings them up to date, unless told not to, and opens them */

oci_status_e scan_vex_repo(scan_t *s, oci_scan_vex_t *vex);


#endif /* SCAN_VEX_REPO_H */
