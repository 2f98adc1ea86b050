/*
 * The rules of an nginx.conf.
 */

#include "command/nginx_conf.h"
#include "users/rules.h"

#include <string.h>


typedef struct {
    oci_pool_t   *pool;
    oci_array_t  *blocks;
    oci_array_t   stack;            /* size_t: indices of blocks */
} rules_t;


static oci_status_e rules_each(void *data, const nginx_conf_t *conf,
    oci_error_t *err);
static oci_status_e rules_rule(rules_t *r, const nginx_conf_t *conf,
    oci_error_t *err);
static oci_status_e rules_open(rules_t *r, const nginx_conf_t *conf,
    oci_error_t *err);
static oci_status_e rules_bad(const nginx_conf_t *conf, const char *what,
    oci_error_t *err);


oci_status_e
rules_read(oci_array_t *blocks, oci_pool_t *pool, const char *file,
    oci_error_t *err)
{
    rules_t        r;
    oci_str_t      top = oci_string("top");
    nginx_conf_t   conf;
    oci_status_e   rc;

    r.pool = pool;
    r.blocks = blocks;
    oci_array_init(&r.stack, pool, sizeof(size_t));

    /* a file of rules alone is a block of its own */

    memset(&conf, 0, sizeof(conf));
    conf.file = file;
    conf.line = 1;
    conf.words = &top;
    conf.n = 1;

    rc = rules_open(&r, &conf, err);

    return (rc == OCI_OK)
           ? nginx_conf_read(pool, file, rules_each, &r, err) : rc;
}


static oci_status_e
rules_each(void *data, const nginx_conf_t *conf, oci_error_t *err)
{
    rules_t  *r = data;

    switch (conf->kind) {

    case NGINX_CONF_OPEN:
        return rules_open(r, conf, err);

    case NGINX_CONF_CLOSE:
        r->stack.nelts--;
        return OCI_OK;

    default: /* NGINX_CONF_LINE */
        if (oci_str_is(&conf->words[0], "include")) {
            return OCI_NOT_FOUND;
        }

        return oci_str_is(&conf->words[0], "registry_rule")
               ? rules_rule(r, conf, err) : OCI_OK;
    }
}


static oci_status_e
rules_rule(rules_t *r, const nginx_conf_t *conf, oci_error_t *err)
{
    size_t          top;
    oci_error_t     e = { OCI_OK, 0, "" };
    rules_block_t  *block;

    top = ((size_t *) r->stack.elts)[r->stack.nelts - 1];
    block = (rules_block_t *) r->blocks->elts + top;

    if (block->access == NULL) {
        block->access = oci_access_create(r->pool);

        if (block->access == NULL) {
            return oci_nomem(err);
        }
    }

    if (conf->n != 5) {
        return rules_bad(conf, "registry_rule takes four words", err);
    }

    if (oci_access_add(block->access, conf->words + 1, conf->file,
                       conf->line, &e)
        != OCI_OK)
    {
        return rules_bad(conf, e.text, err);
    }

    return OCI_OK;
}


static oci_status_e
rules_open(rules_t *r, const nginx_conf_t *conf, oci_error_t *err)
{
    size_t         *slot;
    rules_block_t  *block;

    slot = oci_array_push(&r->stack);
    block = oci_array_push(r->blocks);

    if (slot == NULL || block == NULL) {
        return oci_nomem(err);
    }

    *slot = r->blocks->nelts - 1;

    block->where = oci_strf(r->pool, "%.*s%s%.*s at %s:%u",
                            conf->n ? (int) conf->words[0].len : 0,
                            conf->words[0].data, conf->n > 1 ? " " : "",
                            conf->n > 1
                            ? (int) conf->words[conf->n - 1].len : 0,
                            conf->words[conf->n > 1 ? conf->n - 1 : 0].data,
                            conf->file, conf->line);

    return OCI_OK;
}


static oci_status_e
rules_bad(const nginx_conf_t *conf, const char *what, oci_error_t *err)
{
    return oci_error(err, OCI_INVALID, 0, "%s:%u: %s", conf->file,
                     conf->line, what);
}
