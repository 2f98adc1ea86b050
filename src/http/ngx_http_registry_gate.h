/*
 * What of the gates of a configuration is asked for beside pulls.
 */

#ifndef NGX_HTTP_REGISTRY_GATE_H
#define NGX_HTTP_REGISTRY_GATE_H

#include "ngx_http_registry.h"

#include "oci_gate.h"


#define NGX_HTTP_REGISTRY_POLICIES  8       /* for one repository */


/* registry_gate: a policy and the repositories that it is for */

typedef struct {
    ngx_str_t                  name;
    oci_gate_names_t           repos;
    const oci_gate_policy_t   *policy;      /* of that name */
    u_char                    *file;        /* where it is written */
    ngx_uint_t                 line;
} ngx_http_registry_gated_t;


/* the policies for a repository; how many: one more than fit, if there are */

ngx_uint_t ngx_http_registry_policies(
    const ngx_http_registry_loc_conf_t *conf, const oci_str_t *repo,
    const oci_gate_policy_t *policies[NGX_HTTP_REGISTRY_POLICIES]);


#endif /* NGX_HTTP_REGISTRY_GATE_H */
