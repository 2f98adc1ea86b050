/*
 * The policies of an nginx.conf.
 */

#include "command/nginx_conf.h"
#include "gate/policies.h"
#include "oci_scan_spare.h"

#include <string.h>


typedef struct {
    oci_pool_t         *pool;
    oci_array_t         all;        /* gate_policy_t: policies and gates */
    oci_gate_policy_t  *open;
    unsigned            depth;      /* of blocks within the open policy */
} policies_t;


static oci_status_e policies_each(void *data, const nginx_conf_t *conf,
    oci_error_t *err);
static oci_status_e policies_line(policies_t *p, const nginx_conf_t *conf,
    oci_error_t *err);
static oci_status_e policies_open(policies_t *p, const nginx_conf_t *conf,
    oci_error_t *err);
static oci_status_e policies_gate(policies_t *p, const nginx_conf_t *conf,
    oci_error_t *err);
static gate_policy_t *policies_find(policies_t *p, const oci_str_t *name);
static oci_status_e policies_choose(policies_t *p, const char *name,
    const oci_str_t *repo, oci_array_t *policies, oci_error_t *err);
static oci_status_e policies_take(policies_t *p, const gate_policy_t *gate,
    oci_array_t *policies, oci_error_t *err);


oci_status_e
gate_policies(oci_array_t *policies, oci_pool_t *pool, const char *file,
    const char *name, const oci_str_t *repo, oci_error_t *err)
{
    policies_t    p;
    oci_status_e  rc;

    memset(&p, 0, sizeof(p));
    p.pool = pool;
    oci_array_init(&p.all, pool, sizeof(gate_policy_t));
    oci_array_init(policies, pool, sizeof(gate_policy_t));

    rc = nginx_conf_read(pool, file, policies_each, &p, err);

    return (rc == OCI_OK) ? policies_choose(&p, name, repo, policies, err)
           : rc;
}


static oci_status_e
policies_each(void *data, const nginx_conf_t *conf, oci_error_t *err)
{
    oci_error_t   why = { OCI_OK, 0, "" };
    policies_t   *p = data;
    oci_status_e  rc;

    if (p->open == NULL) {
        rc = (conf->kind == NGINX_CONF_CLOSE || conf->n == 0) ? OCI_OK
             : policies_line(p, conf, &why);

    } else if (conf->kind != NGINX_CONF_CLOSE) {
        p->depth += (conf->kind == NGINX_CONF_OPEN);
        rc = (conf->n == 0)
             ? oci_error(&why, OCI_INVALID, 0, "a block without a name")
             : oci_gate_add(p->open, conf->words, conf->n,
                            conf->kind == NGINX_CONF_OPEN, conf->line, &why);

    } else {
        rc = oci_gate_close(p->open, &why);

        if (p->depth-- == 0) {
            p->open = NULL;
            p->depth = 0;
        }
    }

    /* an "include" is not ours, and nothing is wrong with it */

    return (rc == OCI_OK || why.status == OCI_OK) ? rc
           : oci_error(err, OCI_INVALID, 0, "%s:%u: %s", conf->file,
                       conf->line, why.text);
}


static oci_status_e
policies_line(policies_t *p, const nginx_conf_t *conf, oci_error_t *err)
{
    if (conf->kind == NGINX_CONF_OPEN) {
        return oci_str_is(&conf->words[0], "registry_policy")
               ? policies_open(p, conf, err) : OCI_OK;
    }

    if (oci_str_is(&conf->words[0], "include")) {
        return OCI_NOT_FOUND;
    }

    return oci_str_is(&conf->words[0], "registry_gate")
           ? policies_gate(p, conf, err) : OCI_OK;
}


static oci_status_e
policies_open(policies_t *p, const nginx_conf_t *conf, oci_error_t *err)
{
    oci_status_e    rc;
    gate_policy_t  *policy;

    if (conf->n != 2) {
        return oci_error(err, OCI_INVALID, 0, "registry_policy takes a name");
    }

    if (policies_find(p, &conf->words[1]) != NULL) {
        return oci_error(err, OCI_INVALID, 0, "a second policy is called "
                         "\"%s\"", (char *) conf->words[1].data);
    }

    policy = oci_array_push(&p->all);

    if (policy == NULL) {
        return oci_nomem(err);
    }

    rc = oci_gate_open(&p->open, p->pool, &conf->words[1],
                       (char *) conf->dir.data, conf->file, conf->line,
                       oci_scan_spare, err);
    policy->policy = p->open;
    policy->name = conf->words[1];

    return rc;
}


static oci_status_e
policies_gate(policies_t *p, const nginx_conf_t *conf, oci_error_t *err)
{
    size_t          i;
    oci_status_e    rc;
    gate_policy_t  *gate;

    if (conf->n == 2 && oci_str_is(&conf->words[1], "off")) {
        return OCI_OK;
    }

    if (conf->n < 3) {
        return oci_error(err, OCI_INVALID, 0, "registry_gate takes a policy "
                         "and patterns, or \"off\" alone");
    }

    gate = oci_array_push(&p->all);

    if (gate == NULL) {
        return oci_nomem(err);
    }

    gate->name = conf->words[1];
    oci_gate_names_init(&gate->repos, p->pool);
    rc = OCI_OK;

    for (i = 2; rc == OCI_OK && i < conf->n; i++) {
        rc = oci_gate_names_add(&gate->repos, &conf->words[i], err);
    }

    return rc;
}


static gate_policy_t *
policies_find(policies_t *p, const oci_str_t *name)
{
    size_t          i;
    gate_policy_t  *all;

    all = p->all.elts;

    for (i = 0; i < p->all.nelts; i++) {
        if (all[i].policy != NULL && oci_str_eq(&all[i].name, name)) {
            return &all[i];
        }
    }

    return NULL;
}


static oci_status_e
policies_choose(policies_t *p, const char *name, const oci_str_t *repo,
    oci_array_t *policies, oci_error_t *err)
{
    bool            gated;
    size_t          i;
    oci_str_t       text;
    oci_status_e    rc;
    gate_policy_t  *all, one;

    all = p->all.elts;
    gated = false;
    rc = OCI_OK;

    if (name != NULL) {
        text = oci_str(name);
        memset(&one, 0, sizeof(one));
        one.name = text;

        return policies_take(p, &one, policies, err);
    }

    for (i = 0; i < p->all.nelts; i++) {
        gated = gated || all[i].policy == NULL;
    }

    for (i = 0; rc == OCI_OK && i < p->all.nelts; i++) {

        if (!gated || (all[i].policy == NULL
                       && oci_gate_names_match(&all[i].repos, repo)))
        {
            rc = policies_take(p, &all[i], policies, err);
        }
    }

    return rc;
}


static oci_status_e
policies_take(policies_t *p, const gate_policy_t *gate,
    oci_array_t *policies, oci_error_t *err)
{
    size_t          i;
    gate_policy_t  *policy, *slot;

    policy = policies_find(p, &gate->name);

    if (policy == NULL) {
        return oci_error(err, OCI_INVALID, 0, "no policy is called "
                         "\"%.*s\"", (int) gate->name.len,
                         gate->name.data);
    }

    slot = policies->elts;

    for (i = 0; i < policies->nelts; i++) {
        if (slot[i].policy == policy->policy) {
            return OCI_OK;
        }
    }

    slot = oci_array_push(policies);

    if (slot == NULL) {
        return oci_nomem(err);
    }

    *slot = *policy;

    return OCI_OK;
}
