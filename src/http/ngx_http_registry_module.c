/*
 * Directives, variables, and where the module takes part in nginx.
 */

#include "ngx_http_registry_auth.h"


#define NGX_HTTP_REGISTRY_ROOT       "/var/lib/registry"
#define NGX_HTTP_REGISTRY_CACHE      (16 * 1024 * 1024)
#define NGX_HTTP_REGISTRY_BUFFER     (512 * 1024)
#define NGX_HTTP_REGISTRY_ENTRIES    1000
#define NGX_HTTP_REGISTRY_DAY        86400

/* one line of a header: a large token, podman's Range of 1,024 parts */
#define NGX_HTTP_REGISTRY_HEADER     (64 * 1024)

/* what nginx has when nothing is set */
#define NGX_HTTP_CORE_BODY_SIZE      (1024 * 1024)
#define NGX_HTTP_CORE_HEADERS        4
#define NGX_HTTP_CORE_HEADER_SIZE    8192


static char *ngx_http_registry_set_number(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_registry_set_mount(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_registry_set_cors(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static void *ngx_http_registry_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_registry_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_registry_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);
static char *ngx_http_registry_merge_core(ngx_conf_t *cf);
static char *ngx_http_registry_open_store(ngx_conf_t *cf,
    ngx_http_registry_loc_conf_t *conf);
static void ngx_http_registry_close_store(void *data);
static time_t ngx_http_registry_longer(time_t a, time_t b);
static char *ngx_http_registry_keep_store(ngx_conf_t *cf,
    ngx_http_registry_loc_conf_t *conf);
static char *ngx_http_registry_keep_gc(ngx_conf_t *cf,
    ngx_http_registry_loc_conf_t *conf, ngx_http_registry_keep_t *keep);
static ngx_int_t ngx_http_registry_add_variables(ngx_conf_t *cf);
static ngx_int_t ngx_http_registry_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_registry_init(ngx_conf_t *cf);
static ngx_int_t ngx_http_registry_init_process(ngx_cycle_t *cycle);


#define NGX_HTTP_REGISTRY_CONF                                               \
    NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF

#define ngx_http_registry_flag(name, field)                                  \
    { ngx_string(name),                                                      \
      NGX_HTTP_REGISTRY_CONF|NGX_CONF_FLAG,                                  \
      ngx_conf_set_flag_slot,                                                \
      NGX_HTTP_LOC_CONF_OFFSET,                                              \
      offsetof(ngx_http_registry_loc_conf_t, field),                         \
      NULL }


/* a directive within registry_policy: POLICY, or REQUIRE within require */

#define ngx_http_registry_policy_word(name, where, words)                    \
    { ngx_string(name),                                                      \
      NGX_HTTP_REGISTRY_##where##_CONF|words,                                \
      ngx_http_registry_set_policy_word,                                     \
      NGX_HTTP_MAIN_CONF_OFFSET,                                             \
      0,                                                                     \
      NULL }


/* numbers of which nginx's own setters would not say what they may be */

typedef enum {
    NGX_HTTP_REGISTRY_COUNT,
    NGX_HTTP_REGISTRY_SIZE,
    NGX_HTTP_REGISTRY_TIME
} ngx_http_registry_number_e;


typedef struct {
    ngx_http_registry_number_e   kind;
    off_t                        min;
    off_t                        max;
    const char                  *range;
} ngx_http_registry_number_t;


static ngx_http_registry_number_t  ngx_http_registry_entries = {
    NGX_HTTP_REGISTRY_COUNT, 1, 100000, "between 1 and 100000"
};

static ngx_http_registry_number_t  ngx_http_registry_manifest_size = {
    NGX_HTTP_REGISTRY_SIZE, 1, 16 * OCI_MANIFEST_MAX, "between 1 and 64m"
};

static ngx_http_registry_number_t  ngx_http_registry_time = {
    NGX_HTTP_REGISTRY_TIME, 0, 3650 * NGX_HTTP_REGISTRY_DAY,
    "0 (for ever) or between 1s and 3650d, such as \"12h\" or \"7d\""
};


/* in the order of NGX_HTTP_REGISTRY_MOUNT_* */

static const char  *ngx_http_registry_mounts[] = { "off", "from", "any" };


static ngx_command_t  ngx_http_registry_commands[] = {

    ngx_http_registry_flag("registry", enable),
    ngx_http_registry_flag("registry_delete", deletes),
    ngx_http_registry_flag("registry_readonly", readonly),
    ngx_http_registry_flag("registry_fsync", fsync),
    ngx_http_registry_flag("registry_catalog", catalog),
    ngx_http_registry_flag("registry_scan", scan),
    ngx_http_registry_flag("registry_sparse", sparse),
    ngx_http_registry_flag("registry_ui", ui),

    { ngx_string("registry_root"),
      NGX_HTTP_REGISTRY_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_registry_loc_conf_t, root),
      NULL },

    { ngx_string("registry_mount"),
      NGX_HTTP_REGISTRY_CONF|NGX_CONF_TAKE1,
      ngx_http_registry_set_mount,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("registry_max_entries"),
      NGX_HTTP_REGISTRY_CONF|NGX_CONF_TAKE1,
      ngx_http_registry_set_number,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_registry_loc_conf_t, max_entries),
      &ngx_http_registry_entries },

    { ngx_string("registry_max_manifest_size"),
      NGX_HTTP_REGISTRY_CONF|NGX_CONF_TAKE1,
      ngx_http_registry_set_number,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_registry_loc_conf_t, max_manifest_size),
      &ngx_http_registry_manifest_size },

    { ngx_string("registry_upload_timeout"),
      NGX_HTTP_REGISTRY_CONF|NGX_CONF_TAKE1,
      ngx_http_registry_set_number,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_registry_loc_conf_t, upload_timeout),
      &ngx_http_registry_time },

    { ngx_string("registry_gc"),
      NGX_HTTP_REGISTRY_CONF|NGX_CONF_1MORE,
      ngx_http_registry_set_gc,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("registry_thread_pool"),
      NGX_HTTP_REGISTRY_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_registry_loc_conf_t, pool_name),
      NULL },

    { ngx_string("registry_cache"),
      NGX_HTTP_REGISTRY_CONF|NGX_CONF_TAKE1,
      ngx_http_registry_set_cache,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("registry_cors"),
      NGX_HTTP_REGISTRY_CONF|NGX_CONF_1MORE,
      ngx_http_registry_set_cors,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_registry_loc_conf_t, cors),
      NULL },

    { ngx_string("registry_auth"),
      NGX_HTTP_REGISTRY_CONF|NGX_CONF_1MORE,
      ngx_http_registry_set_auth,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("registry_rule"),
      NGX_HTTP_REGISTRY_CONF|NGX_CONF_1MORE,
      ngx_http_registry_set_rule,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("registry_immutable"),
      NGX_HTTP_REGISTRY_CONF|NGX_CONF_1MORE,
      ngx_http_registry_set_immutable,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("registry_policy"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_BLOCK|NGX_CONF_TAKE1,
      ngx_http_registry_set_policy,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    ngx_http_registry_policy_word("log", POLICY, NGX_CONF_ANY),
    ngx_http_registry_policy_word("index", POLICY, NGX_CONF_ANY),
    ngx_http_registry_policy_word("reference", POLICY, NGX_CONF_ANY),
    ngx_http_registry_policy_word("mode", POLICY, NGX_CONF_ANY),
    ngx_http_registry_policy_word("containers_policy", POLICY,
                                  NGX_CONF_ANY),
    ngx_http_registry_policy_word("cluster_image_policy", POLICY,
                                  NGX_CONF_ANY),
    ngx_http_registry_policy_word("scan", POLICY, NGX_CONF_ANY),
    ngx_http_registry_policy_word("unscanned", POLICY, NGX_CONF_ANY),
    ngx_http_registry_policy_word("database", POLICY, NGX_CONF_ANY),
    ngx_http_registry_policy_word("require", POLICY,
                                  NGX_CONF_ANY|NGX_CONF_BLOCK),
    ngx_http_registry_policy_word("key", REQUIRE, NGX_CONF_ANY),
    ngx_http_registry_policy_word("keyless", REQUIRE, NGX_CONF_ANY),

    { ngx_string("registry_gate"),
      NGX_HTTP_REGISTRY_CONF|NGX_CONF_1MORE,
      ngx_http_registry_set_gate,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("registry_gate_bypass"),
      NGX_HTTP_REGISTRY_CONF|NGX_CONF_1MORE,
      ngx_http_registry_set_gate_bypass,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("registry_admission"),
      NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_registry_set_admission,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("registry_token_server"),
      NGX_HTTP_REGISTRY_CONF|NGX_CONF_1MORE,
      ngx_http_registry_set_issuer,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("registry_metrics"),
      NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_http_registry_set_metrics,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("registry_health"),
      NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_http_registry_set_health,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    ngx_null_command
};


static ngx_http_module_t  ngx_http_registry_module_ctx = {
    ngx_http_registry_add_variables,       /* preconfiguration */
    ngx_http_registry_init,                /* postconfiguration */

    ngx_http_registry_create_main_conf,    /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_registry_create_loc_conf,     /* create location configuration */
    ngx_http_registry_merge_loc_conf       /* merge location configuration */
};


ngx_module_t  ngx_http_registry_module = {
    NGX_MODULE_V1,
    &ngx_http_registry_module_ctx,         /* module context */
    ngx_http_registry_commands,            /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    ngx_http_registry_maintain_stores,     /* init module */
    ngx_http_registry_init_process,        /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_http_registry_metrics_leave,       /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


enum {
    NGX_HTTP_REGISTRY_VAR_REPOSITORY,
    NGX_HTTP_REGISTRY_VAR_REFERENCE,
    NGX_HTTP_REGISTRY_VAR_DIGEST,
    NGX_HTTP_REGISTRY_VAR_OPERATION
};


static ngx_http_variable_t  ngx_http_registry_vars[] = {

    { ngx_string("registry_repository"), NULL, ngx_http_registry_variable,
      NGX_HTTP_REGISTRY_VAR_REPOSITORY, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("registry_reference"), NULL, ngx_http_registry_variable,
      NGX_HTTP_REGISTRY_VAR_REFERENCE, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("registry_digest"), NULL, ngx_http_registry_variable,
      NGX_HTTP_REGISTRY_VAR_DIGEST, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("registry_operation"), NULL, ngx_http_registry_variable,
      NGX_HTTP_REGISTRY_VAR_OPERATION, NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


/* as nginx's own setters, but that the range is said */

static char *
ngx_http_registry_set_number(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    off_t                        n;
    ngx_str_t                   *value;
    ngx_command_t                slot;
    ngx_http_registry_number_t  *number;

    number = cmd->post;
    value = cf->args->elts;

    n = (number->kind == NGX_HTTP_REGISTRY_COUNT)
        ? ngx_atoi(value[1].data, value[1].len)
        : (number->kind == NGX_HTTP_REGISTRY_SIZE)
        ? ngx_parse_offset(&value[1])
        : ngx_parse_time(&value[1], 1);

    if (n < number->min || n > number->max) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" must be %s, not \"%V\"", &cmd->name,
                           number->range, &value[1]);
        return NGX_CONF_ERROR;
    }

    slot = *cmd;
    slot.post = NULL;

    switch (number->kind) {

    case NGX_HTTP_REGISTRY_COUNT:
        return ngx_conf_set_num_slot(cf, &slot, conf);

    case NGX_HTTP_REGISTRY_SIZE:
        return ngx_conf_set_size_slot(cf, &slot, conf);

    default: /* NGX_HTTP_REGISTRY_TIME */
        return ngx_conf_set_sec_slot(cf, &slot, conf);
    }
}


/* nginx's own setter of enumerations does not say which directive it is */

static char *
ngx_http_registry_set_mount(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t                     *value;
    ngx_uint_t                     i;
    ngx_http_registry_loc_conf_t  *rlcf = conf;

    if (rlcf->mount != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;

    for (i = 0; i <= NGX_HTTP_REGISTRY_MOUNT_ANY; i++) {
        if (ngx_strcmp(value[1].data, ngx_http_registry_mounts[i]) == 0) {
            rlcf->mount = i;
            return NGX_CONF_OK;
        }
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid value \"%V\" in \"registry_mount\", it must "
                       "be \"off\", \"from\" or \"any\"", &value[1]);

    return NGX_CONF_ERROR;
}


static char *
ngx_http_registry_set_cors(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t                     *value, *origin;
    ngx_uint_t                     i;
    ngx_http_registry_loc_conf_t  *rlcf = conf;

    if (rlcf->cors != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        rlcf->cors = NULL;
        return NGX_CONF_OK;
    }

    rlcf->cors = ngx_array_create(cf->pool, cf->args->nelts - 1,
                                  sizeof(ngx_str_t));
    if (rlcf->cors == NULL) {
        return NGX_CONF_ERROR;
    }

    for (i = 1; i < cf->args->nelts; i++) {

        if (ngx_strcmp(value[i].data, "*") != 0
            && ngx_strstr(value[i].data, "://") == NULL)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid origin \"%V\" in \"registry_cors\": "
                               "write \"*\" or an origin such as "
                               "\"https://ui.example.com\"", &value[i]);
            return NGX_CONF_ERROR;
        }

        origin = ngx_array_push(rlcf->cors);
        *origin = value[i];
    }

    return NGX_CONF_OK;
}


static void *
ngx_http_registry_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_registry_main_conf_t  *rmcf;

    rmcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_registry_main_conf_t));
    if (rmcf == NULL) {
        return NULL;
    }

    if (ngx_array_init(&rmcf->stores, cf->pool, 2,
                       sizeof(ngx_http_registry_keep_t))
        != NGX_OK)
    {
        return NULL;
    }

    return rmcf;
}


static void *
ngx_http_registry_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_registry_loc_conf_t  *conf;

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_http_registry_loc_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    conf->enable = NGX_CONF_UNSET;
    conf->deletes = NGX_CONF_UNSET;
    conf->readonly = NGX_CONF_UNSET;
    conf->fsync = NGX_CONF_UNSET;
    conf->catalog = NGX_CONF_UNSET;
    conf->scan = NGX_CONF_UNSET;
    conf->sparse = NGX_CONF_UNSET;
    conf->ui = NGX_CONF_UNSET;
    conf->mount = NGX_CONF_UNSET_UINT;
    conf->max_entries = NGX_CONF_UNSET_UINT;
    conf->max_manifest_size = NGX_CONF_UNSET_SIZE;
    conf->upload_timeout = NGX_CONF_UNSET;
    conf->cors = NGX_CONF_UNSET_PTR;
    conf->cache_size = NGX_CONF_UNSET_SIZE;
    conf->methods = NGX_CONF_UNSET_PTR;
    conf->access = NGX_CONF_UNSET_PTR;
    conf->immutable = NGX_CONF_UNSET_PTR;
    conf->gates = NGX_CONF_UNSET_PTR;
    conf->gate_bypass = NGX_CONF_UNSET_PTR;
    conf->issuer = NGX_CONF_UNSET_PTR;
    conf->gc = NGX_CONF_UNSET_PTR;

    return conf;
}


static char *
ngx_http_registry_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_registry_loc_conf_t  *prev = parent;
    ngx_http_registry_loc_conf_t  *conf = child;

    ngx_conf_merge_value(conf->enable, prev->enable, 0);
    ngx_conf_merge_value(conf->deletes, prev->deletes, 1);
    ngx_conf_merge_value(conf->readonly, prev->readonly, 0);
    ngx_conf_merge_value(conf->fsync, prev->fsync, 1);
    ngx_conf_merge_value(conf->catalog, prev->catalog, 1);
    ngx_conf_merge_value(conf->scan, prev->scan, 0);
    ngx_conf_merge_value(conf->sparse, prev->sparse, 0);
    ngx_conf_merge_value(conf->ui, prev->ui, 0);
    ngx_conf_merge_uint_value(conf->mount, prev->mount,
                              NGX_HTTP_REGISTRY_MOUNT_FROM);
    ngx_conf_merge_str_value(conf->root, prev->root, NGX_HTTP_REGISTRY_ROOT);
    ngx_conf_merge_ptr_value(conf->gc, prev->gc, NULL);
    ngx_conf_merge_uint_value(conf->max_entries, prev->max_entries,
                              NGX_HTTP_REGISTRY_ENTRIES);
    ngx_conf_merge_size_value(conf->max_manifest_size,
                              prev->max_manifest_size, OCI_MANIFEST_MAX);
    ngx_conf_merge_sec_value(conf->upload_timeout, prev->upload_timeout,
                             7 * NGX_HTTP_REGISTRY_DAY);
    ngx_conf_merge_ptr_value(conf->cors, prev->cors, NULL);
    ngx_conf_merge_size_value(conf->cache_size, prev->cache_size,
                              NGX_HTTP_REGISTRY_CACHE);
    ngx_conf_merge_ptr_value(conf->immutable, prev->immutable, NULL);
    ngx_conf_merge_str_value(conf->pool_name, prev->pool_name, "default");

    if (ngx_http_registry_merge_auth(cf, prev, conf) != NGX_CONF_OK
        || ngx_http_registry_merge_gate(cf, prev, conf) != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (conf->admission != NULL && !conf->enable) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"registry_admission\" "
                           "needs \"registry on\", here or around it");
        return NGX_CONF_ERROR;
    }

    if (conf->monitor != NULL) {
        conf->enable = 0;
    }

    if (!conf->enable && conf->issuer == NULL && conf->monitor == NULL) {
        return NGX_CONF_OK;
    }

    conf->thread_pool = ngx_thread_pool_add(cf, &conf->pool_name);
    if (conf->thread_pool == NULL) {
        return NGX_CONF_ERROR;
    }

    if (!conf->enable) {
        return ngx_http_registry_merge_core(cf);
    }

    if (ngx_http_registry_open_store(cf, conf) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    if (ngx_http_registry_cache_zone(cf, conf) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    return ngx_http_registry_merge_core(cf);
}


/*
 * Where nginx's own settings are still its defaults, those of a web server,
 * they are made a registry's: images may be large, and are worth a buffer, and
 * headers hold tokens.
 */

static char *
ngx_http_registry_merge_core(ngx_conf_t *cf)
{
    ngx_bufs_t                *headers;
    ngx_http_core_loc_conf_t  *clcf;
    ngx_http_core_srv_conf_t  *cscf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    cscf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_core_module);
    headers = &cscf->large_client_header_buffers;

    if (headers->num == NGX_HTTP_CORE_HEADERS
        && headers->size == NGX_HTTP_CORE_HEADER_SIZE)
    {
        headers->size = NGX_HTTP_REGISTRY_HEADER;
    }

    if (clcf->client_max_body_size == NGX_HTTP_CORE_BODY_SIZE) {
        clcf->client_max_body_size = 0;
    }

    if (clcf->client_body_buffer_size == (size_t) 2 * ngx_pagesize) {
        clcf->client_body_buffer_size = NGX_HTTP_REGISTRY_BUFFER;
    }

    clcf->sendfile = 1;

    /* header and content leave together: a fifth less CPU for a small blob */

    clcf->tcp_nopush = 1;

    return NGX_CONF_OK;
}


static char *
ngx_http_registry_open_store(ngx_conf_t *cf,
    ngx_http_registry_loc_conf_t *conf)
{
    oci_pool_t          *pool;
    oci_error_t          err = { OCI_OK, 0, "" };
    ngx_pool_cleanup_t  *cln;

    if (conf->root.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"registry_root\" is empty: name the directory "
                           "that holds \"docker/registry/v2\"");
        return NGX_CONF_ERROR;
    }

    if (ngx_strlchr(conf->root.data, conf->root.data + conf->root.len, '$')
        != NULL)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"registry_root\" takes no variables, \"%V\" "
                           "has one: give each server its own directory",
                           &conf->root);
        return NGX_CONF_ERROR;
    }

    if (ngx_conf_full_name(cf->cycle, &conf->root, 0) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    pool = oci_pool_create();

    if (cln == NULL || pool == NULL) {
        return NGX_CONF_ERROR;
    }

    cln->handler = ngx_http_registry_close_store;
    cln->data = pool;

    if (oci_store_open(&conf->store, pool, (char *) conf->root.data,
                       (conf->fsync ? OCI_STORE_SYNC : 0)
                       | (conf->readonly ? OCI_STORE_READONLY : 0), &err)
        != OCI_OK)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"registry_root\": %s",
                           err.text);
        return NGX_CONF_ERROR;
    }

    return ngx_http_registry_keep_store(cf, conf);
}


static void
ngx_http_registry_close_store(void *data)
{
    oci_pool_destroy(data);
}


/* 0 is for ever */

static time_t
ngx_http_registry_longer(time_t a, time_t b)
{
    return (a == 0 || b == 0) ? 0 : ngx_max(a, b);
}


/* one entry for each store, however many locations serve it */

static char *
ngx_http_registry_keep_store(ngx_conf_t *cf,
    ngx_http_registry_loc_conf_t *conf)
{
    ngx_uint_t                      i;
    ngx_http_registry_keep_t       *keep;
    ngx_http_registry_main_conf_t  *rmcf;

    rmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_registry_module);
    keep = rmcf->stores.elts;

    for (i = 0; i < rmcf->stores.nelts; i++) {

        if (ngx_strcmp(oci_store_name(keep[i].store),
                       oci_store_name(conf->store)) == 0)
        {
            if (conf->readonly) {
                return NGX_CONF_OK;
            }

            keep[i].upload_timeout = keep[i].readonly
                ? conf->upload_timeout
                : ngx_http_registry_longer(keep[i].upload_timeout,
                                           conf->upload_timeout);
            keep[i].readonly = 0;

            if (ngx_http_registry_keep_gc(cf, conf, &keep[i]) != NGX_CONF_OK) {
                return NGX_CONF_ERROR;
            }

            return ngx_http_registry_maintain_check(cf, &keep[i]);
        }
    }

    keep = ngx_array_push(&rmcf->stores);
    if (keep == NULL) {
        return NGX_CONF_ERROR;
    }

    keep->store = conf->store;
    keep->thread_pool = conf->thread_pool;
    keep->upload_timeout = conf->upload_timeout;
    keep->readonly = conf->readonly;
    keep->gc = NULL;

    if (ngx_http_registry_keep_gc(cf, conf, keep) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    return conf->readonly ? NGX_CONF_OK
                          : ngx_http_registry_maintain_check(cf, keep);
}


/* a store is collected once, and in one way */

static char *
ngx_http_registry_keep_gc(ngx_conf_t *cf, ngx_http_registry_loc_conf_t *conf,
    ngx_http_registry_keep_t *keep)
{
    if (conf->gc == NULL || conf->gc->interval == 0 || conf->readonly) {
        return NGX_CONF_OK;
    }

    if (keep->gc != NULL
        && ngx_memcmp(keep->gc, conf->gc, sizeof(ngx_http_registry_gc_t)) != 0)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"registry_gc\" of "
                           "\"%s\" is set in two ways: set it once, where "
                           "the two places meet", oci_store_name(conf->store));
        return NGX_CONF_ERROR;
    }

    keep->gc = conf->gc;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_registry_add_variables(ngx_conf_t *cf)
{
    if (ngx_http_registry_variables(cf, ngx_http_registry_vars) != NGX_OK
        || ngx_http_registry_access_variables(cf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_registry_gate_variables(cf);
}


ngx_int_t
ngx_http_registry_variables(ngx_conf_t *cf, ngx_http_variable_t *v)
{
    ngx_http_variable_t  *var;

    for ( /* void */ ; v->name.len; v++) {
        var = ngx_http_add_variable(cf, &v->name, v->flags);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = v->get_handler;
        var->data = v->data;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_registry_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t                      value;
    oci_route_t                   *route;
    ngx_http_registry_ctx_t       *ctx;
    ngx_http_registry_loc_conf_t  *conf;

    v->not_found = 1;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_registry_module);

    if (!conf->enable) {
        return NGX_OK;
    }

    ctx = ngx_http_registry_get_ctx(r);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    route = &ctx->job.route;
    ngx_str_null(&value);

    switch (data) {

    case NGX_HTTP_REGISTRY_VAR_REPOSITORY:
        if (route->fault != OCI_ROUTE_BAD_NAME) {
            value.data = route->repo.data;
            value.len = route->repo.len;
        }

        break;

    case NGX_HTTP_REGISTRY_VAR_REFERENCE:

        /* the id of an upload is as good as a password for it */

        if (route->fault == OCI_ROUTE_GOOD
            && (route->kind == OCI_ROUTE_MANIFEST
                || route->kind == OCI_ROUTE_BLOB
                || route->kind == OCI_ROUTE_REFERRERS))
        {
            value.data = route->reference.data;
            value.len = route->reference.len;
        }

        break;

    case NGX_HTTP_REGISTRY_VAR_DIGEST:
        value = ctx->digest;

        if (value.len == 0 && route->digest.alg != OCI_ALG_NONE) {
            value.data = (u_char *) route->digest.text;
            value.len = route->digest.len;
        }

        break;

    default: /* NGX_HTTP_REGISTRY_VAR_OPERATION */
        if (ctx->op != NULL) {
            value = ctx->op->name;
        }
    }

    if (value.len != 0) {
        v->not_found = 0;
        v->valid = 1;
        v->no_cacheable = 0;
        v->data = value.data;
        v->len = value.len;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_registry_init(ngx_conf_t *cf)
{
    ngx_http_handler_pt        *h, *first;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_PREACCESS_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_registry_preflight;

    /* the first of its phase is called last: see _access */

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_ACCESS_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    first = cmcf->phases[NGX_HTTP_ACCESS_PHASE].handlers.elts;
    ngx_memmove(first + 1, first,
                (u_char *) h - (u_char *) first);
    *first = ngx_http_registry_access_handler;

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_CONTENT_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_registry_handler;

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_LOG_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_registry_count_request;

    return ngx_http_registry_filter_init(cf);
}


static ngx_int_t
ngx_http_registry_init_process(ngx_cycle_t *cycle)
{
    ngx_http_registry_metrics_enter(cycle);

    return ngx_http_registry_maintain_init(cycle);
}
