/*
 * The directives of gates: registry_policy, registry_gate and
 * registry_gate_bypass.
 */

#include "ngx_http_registry_auth.h"
#include "ngx_http_registry_gate.h"

#include "oci_scan_spare.h"


static oci_gate_policy_t *ngx_http_registry_policy_new(ngx_conf_t *cf,
    ngx_http_registry_main_conf_t *rmcf, ngx_str_t *name);
static oci_gate_policy_t *ngx_http_registry_policy_find(
    ngx_http_registry_main_conf_t *rmcf, const ngx_str_t *name);
static char *ngx_http_registry_policy_block(ngx_conf_t *cf,
    oci_gate_policy_t *policy, ngx_uint_t type);
static oci_status_e ngx_http_registry_bypass_add(oci_access_t *access,
    oci_pool_t *pool, ngx_conf_t *cf, const ngx_str_t *word,
    oci_error_t *err);


/* registry_policy NAME { ... } */

char *
ngx_http_registry_set_policy(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t          *value;
    oci_gate_policy_t  *policy;

    value = cf->args->elts;

    policy = ngx_http_registry_policy_new(cf, conf, &value[1]);
    if (policy == NULL) {
        return NGX_CONF_ERROR;
    }

    return ngx_http_registry_policy_block(cf, policy,
                                          NGX_HTTP_REGISTRY_POLICY_CONF);
}


static oci_gate_policy_t *
ngx_http_registry_policy_new(ngx_conf_t *cf,
    ngx_http_registry_main_conf_t *rmcf, ngx_str_t *name)
{
    oci_str_t            text, dir;
    oci_pool_t          *pool;
    oci_error_t          err = { OCI_OK, 0, "" };
    oci_gate_policy_t   *policy, **slot;

    if (ngx_http_registry_policy_find(rmcf, name) != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "a second \"registry_policy\" is called \"%V\"",
                           name);
        return NULL;
    }

    if (rmcf->policies == NULL) {
        rmcf->policies = ngx_array_create(cf->pool, 4,
                                          sizeof(oci_gate_policy_t *));
    }

    pool = ngx_http_registry_conf_pool(cf);

    if (rmcf->policies == NULL || pool == NULL) {
        return NULL;
    }

    text = ngx_http_registry_str(name);
    dir = oci_str_dup(pool, cf->cycle->conf_prefix.data,
                      cf->cycle->conf_prefix.len);
    slot = ngx_array_push(rmcf->policies);

    if (slot == NULL || dir.data == NULL
        || oci_gate_open(&policy, pool, &text, (char *) dir.data,
                         (char *) cf->conf_file->file.name.data,
                         (unsigned) cf->conf_file->line, oci_scan_spare,
                         &err)
           != OCI_OK)
    {
        return NULL;
    }

    *slot = policy;

    return policy;
}


static oci_gate_policy_t *
ngx_http_registry_policy_find(ngx_http_registry_main_conf_t *rmcf,
    const ngx_str_t *name)
{
    ngx_uint_t           i;
    oci_str_t            text;
    oci_gate_policy_t  **policies;

    text = ngx_http_registry_str(name);

    for (i = 0; rmcf->policies != NULL && i < rmcf->policies->nelts; i++) {
        policies = rmcf->policies->elts;

        if (oci_str_eq(&policies[i]->name, &text)) {
            return policies[i];
        }
    }

    return NULL;
}


/* what stands between braces; each directive goes to set_policy_word() */

static char *
ngx_http_registry_policy_block(ngx_conf_t *cf, oci_gate_policy_t *policy,
    ngx_uint_t type)
{
    char         *rv;
    ngx_conf_t    save;
    oci_error_t   err = { OCI_OK, 0, "" };

    save = *cf;
    cf->cmd_type = type;

    rv = ngx_conf_parse(cf, NULL);

    *cf = save;

    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (oci_gate_close(policy, &err) != OCI_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"registry_policy\": %s",
                           err.text);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* a directive of the policy that is read: the latest one */

char *
ngx_http_registry_set_policy_word(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_str_t                      *value;
    oci_str_t                      *words;
    ngx_uint_t                      i, block;
    oci_error_t                     err = { OCI_OK, 0, "" };
    oci_gate_policy_t             **policies;
    ngx_http_registry_main_conf_t  *rmcf = conf;

    policies = rmcf->policies->elts;
    policies += rmcf->policies->nelts - 1;
    block = (cmd->type & NGX_CONF_BLOCK) != 0;

    value = cf->args->elts;
    words = ngx_palloc(cf->pool, cf->args->nelts * sizeof(oci_str_t));

    if (words == NULL) {
        return NGX_CONF_ERROR;
    }

    for (i = 0; i < cf->args->nelts; i++) {
        words[i] = ngx_http_registry_str(&value[i]);
    }

    if (oci_gate_add(*policies, words, cf->args->nelts, block,
                     (unsigned) cf->conf_file->line, &err)
        != OCI_OK)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"registry_policy\": %s",
                           err.text);
        return NGX_CONF_ERROR;
    }

    return block ? ngx_http_registry_policy_block(cf, *policies,
                                              NGX_HTTP_REGISTRY_REQUIRE_CONF)
                 : NGX_CONF_OK;
}


/* registry_gate POLICY PATTERN...|off */

char *
ngx_http_registry_set_gate(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t                     *value;
    ngx_uint_t                     i;
    oci_str_t                      text;
    oci_pool_t                    *pool;
    oci_error_t                    err = { OCI_OK, 0, "" };
    ngx_http_registry_gated_t     *gated;
    ngx_http_registry_loc_conf_t  *rlcf = conf;

    value = cf->args->elts;

    if (cf->args->nelts == 2) {
        if (ngx_strcmp(value[1].data, "off") != 0
            || rlcf->gates != NGX_CONF_UNSET_PTR)
        {
            return "takes a policy and patterns, or \"off\" alone";
        }

        rlcf->gates = NULL;
        return NGX_CONF_OK;
    }

    if (rlcf->gates == NULL) {
        return "is duplicate";
    }

    if (rlcf->gates == NGX_CONF_UNSET_PTR) {
        rlcf->gates = ngx_array_create(cf->pool, 4,
                                       sizeof(ngx_http_registry_gated_t));
    }

    pool = ngx_http_registry_conf_pool(cf);

    if (rlcf->gates == NULL || pool == NULL) {
        return NGX_CONF_ERROR;
    }

    gated = ngx_array_push(rlcf->gates);
    if (gated == NULL) {
        return NGX_CONF_ERROR;
    }

    gated->name = value[1];
    gated->policy = NULL;
    gated->file = cf->conf_file->file.name.data;
    gated->line = cf->conf_file->line;
    oci_gate_names_init(&gated->repos, pool);

    for (i = 2; i < cf->args->nelts; i++) {
        text = ngx_http_registry_str(&value[i]);

        if (oci_gate_names_add(&gated->repos, &text, &err) != OCI_OK) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"registry_gate\": %s",
                               err.text);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


/* registry_gate_bypass SUBJECT...: a table of rules that only allows */

char *
ngx_http_registry_set_gate_bypass(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_str_t                     *value;
    ngx_uint_t                     i;
    oci_pool_t                    *pool;
    oci_error_t                    err = { OCI_OK, 0, "" };
    ngx_http_registry_loc_conf_t  *rlcf = conf;

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0
        && rlcf->gate_bypass == NGX_CONF_UNSET_PTR)
    {
        rlcf->gate_bypass = NULL;
        return NGX_CONF_OK;
    }

    if (rlcf->gate_bypass == NULL) {
        return "is duplicate";
    }

    pool = ngx_http_registry_conf_pool(cf);

    if (pool == NULL) {
        return NGX_CONF_ERROR;
    }

    if (rlcf->gate_bypass == NGX_CONF_UNSET_PTR) {
        rlcf->gate_bypass = oci_access_create(pool);
    }

    if (rlcf->gate_bypass == NULL) {
        return NGX_CONF_ERROR;
    }

    for (i = 1; i < cf->args->nelts; i++) {

        if (ngx_http_registry_bypass_add(rlcf->gate_bypass, pool, cf,
                                         &value[i], &err)
            != OCI_OK)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"registry_gate_bypass\": %s", err.text);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


/* "user:NAME" as well as "user=NAME"; nobody whom we do not know */

static oci_status_e
ngx_http_registry_bypass_add(oci_access_t *access, oci_pool_t *pool,
    ngx_conf_t *cf, const ngx_str_t *word, oci_error_t *err)
{
    u_char     *colon;
    oci_str_t   words[4] = { oci_string("allow"), oci_null_string,
                             oci_string("**"), oci_string("pull") };

    words[1] = oci_str_dup(pool, word->data, word->len);

    if (words[1].data == NULL) {
        return oci_nomem(err);
    }

    if (oci_str_is(&words[1], "*") || oci_str_is(&words[1], "anonymous")) {
        return oci_error(err, OCI_INVALID, 0, "\"%s\" would let everybody "
                         "pass: use \"mode report\", or leave the gate out",
                         (char *) words[1].data);
    }

    colon = (u_char *) ngx_strchr(words[1].data, ':');

    if (colon != NULL && ngx_strchr(words[1].data, '=') == NULL
        && !oci_str_prefix(&words[1], "claim:"))
    {
        *colon = '=';
    }

    return oci_access_add(access, words,
                          (char *) cf->conf_file->file.name.data,
                          (unsigned) cf->conf_file->line, err);
}


char *
ngx_http_registry_merge_gate(ngx_conf_t *cf,
    ngx_http_registry_loc_conf_t *prev, ngx_http_registry_loc_conf_t *conf)
{
    ngx_uint_t                      i;
    ngx_http_registry_gated_t      *gated;
    ngx_http_registry_main_conf_t  *rmcf;

    ngx_conf_merge_ptr_value(conf->gates, prev->gates, NULL);
    ngx_conf_merge_ptr_value(conf->gate_bypass, prev->gate_bypass, NULL);

    if (conf->gates == NULL) {
        return NGX_CONF_OK;
    }

    rmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_registry_module);
    gated = conf->gates->elts;

    for (i = 0; i < conf->gates->nelts; i++) {
        gated[i].policy = ngx_http_registry_policy_find(rmcf,
                                                        &gated[i].name);

        if (gated[i].policy == NULL) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0, "\"registry_gate\": no "
                          "\"registry_policy\" is called \"%V\" in %s:%ui",
                          &gated[i].name, gated[i].file, gated[i].line);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}
