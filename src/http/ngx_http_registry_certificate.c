/*
 * registry_auth certificate: client certificates, which nginx has verified.
 *
 * The name is the subject's common name, or the first alternative name when
 * there is none; rules may ask for "CN=...", for the whole subject,
 * "CN=...,O=...", and for each alternative name, "DNS:...", "email:..." or
 * "URI:...".
 */

#include "ngx_http_registry_auth.h"


#define NGX_HTTP_REGISTRY_NAMES  64         /* of one certificate */


static char *ngx_http_registry_certificate_configure(ngx_conf_t *cf,
    ngx_http_registry_method_t *m, ngx_str_t *args, ngx_uint_t nargs);
static ngx_int_t ngx_http_registry_certificate_check(ngx_http_request_t *r,
    const ngx_http_registry_method_t *m, ngx_http_registry_auth_t *auth);

#if (NGX_HTTP_SSL)
static ngx_int_t ngx_http_registry_certificate_names(oci_pool_t *pool,
    X509 *cert, oci_identity_t *who);
static ngx_int_t ngx_http_registry_certificate_subject(oci_pool_t *pool,
    X509 *cert, oci_identity_t *who);
static ngx_int_t ngx_http_registry_certificate_alternative(oci_pool_t *pool,
    const GENERAL_NAME *name, oci_identity_t *who);
static ngx_int_t ngx_http_registry_certificate_add(oci_identity_t *who,
    oci_str_t name);
#endif


const ngx_http_registry_method_type_t  ngx_http_registry_certificates = {
    ngx_string("certificate"),
    0,
    ngx_http_registry_certificate_configure,
    ngx_http_registry_certificate_check,
    NULL
};


static char *
ngx_http_registry_certificate_configure(ngx_conf_t *cf,
    ngx_http_registry_method_t *m, ngx_str_t *args, ngx_uint_t nargs)
{
    m->conf = NULL;

    return (nargs == 0) ? NGX_CONF_OK : "certificate takes no parameters";
}


#if (NGX_HTTP_SSL)

static ngx_int_t
ngx_http_registry_certificate_check(ngx_http_request_t *r,
    const ngx_http_registry_method_t *m, ngx_http_registry_auth_t *auth)
{
    X509                     *cert;
    ngx_int_t                 rc;
    ngx_connection_t         *c;
    ngx_http_registry_ctx_t  *ctx;

    c = r->connection;

    /* who sends credentials as well wants to be known by them */

    if (auth->kind != NGX_HTTP_REGISTRY_NO_CREDENTIALS || c->ssl == NULL
        || SSL_get_verify_result(c->ssl->connection) != X509_V_OK)
    {
        return NGX_DECLINED;
    }

    cert = SSL_get_peer_certificate(c->ssl->connection);
    if (cert == NULL) {
        return NGX_DECLINED;
    }

    ctx = ngx_http_get_module_ctx(r, ngx_http_registry_module);
    rc = ngx_http_registry_certificate_names(ctx->job.pool, cert,
                                             &auth->who);
    X509_free(cert);

    return rc;
}


static ngx_int_t
ngx_http_registry_certificate_names(oci_pool_t *pool, X509 *cert,
    oci_identity_t *who)
{
    int             i;
    ngx_int_t       rc;
    GENERAL_NAMES  *names;

    rc = ngx_http_registry_certificate_subject(pool, cert, who);
    names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);

    for (i = 0; rc == NGX_OK && i < sk_GENERAL_NAME_num(names)
                && i < NGX_HTTP_REGISTRY_NAMES; i++)
    {
        rc = ngx_http_registry_certificate_alternative(pool,
                                     sk_GENERAL_NAME_value(names, i), who);
    }

    GENERAL_NAMES_free(names);

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    if (who->name.len == 0) {
        return NGX_DECLINED;
    }

    who->kind = OCI_CERTIFICATE;

    return NGX_OK;
}


/* the whole of it as RFC 2253 writes it, and the common name */

static ngx_int_t
ngx_http_registry_certificate_subject(oci_pool_t *pool, X509 *cert,
    oci_identity_t *who)
{
    int         len;
    BIO        *bio;
    char       *text;
    u_char     *utf8;
    ngx_int_t   rc;
    X509_NAME  *subject;

    subject = X509_get_subject_name(cert);
    bio = BIO_new(BIO_s_mem());

    if (bio == NULL) {
        return NGX_ERROR;
    }

    rc = NGX_OK;

    if (X509_NAME_print_ex(bio, subject, 0, XN_FLAG_RFC2253) > 0) {
        len = (int) BIO_get_mem_data(bio, &text);
        rc = ngx_http_registry_certificate_add(who,
                             oci_str_dup(pool, (u_char *) text, len));
    }

    BIO_free(bio);

    len = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);

    if (rc != NGX_OK || len < 0) {
        return rc;
    }

    len = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(
                                     X509_NAME_get_entry(subject, len)));
    if (len < 0) {
        return NGX_OK;
    }

    who->name = oci_str_dup(pool, utf8, len);
    OPENSSL_free(utf8);

    if (who->name.data == NULL) {
        return NGX_ERROR;
    }

    /* a name with a NUL inside is longer than it reads */

    text = (char *) who->name.data;

    if (ngx_strlen(text) != who->name.len) {
        ngx_memzero(&who->name, sizeof(who->name));
        return NGX_OK;
    }

    return ngx_http_registry_certificate_add(who, oci_strf(pool, "CN=%s",
                                                           text));
}


static ngx_int_t
ngx_http_registry_certificate_alternative(oci_pool_t *pool,
    const GENERAL_NAME *name, oci_identity_t *who)
{
    int               type;
    void             *value;
    oci_str_t         text;
    const char       *prefix;
    ASN1_IA5STRING   *ia5;

    value = GENERAL_NAME_get0_value(name, &type);

    prefix = (type == GEN_DNS) ? "DNS" : (type == GEN_EMAIL) ? "email"
             : (type == GEN_URI) ? "URI" : NULL;

    if (prefix == NULL) {
        return NGX_OK;
    }

    ia5 = value;
    text = oci_strf(pool, "%s:%.*s", prefix, ASN1_STRING_length(ia5),
                    ASN1_STRING_get0_data(ia5));

    /* a NUL inside would make another name of it */

    if (text.data == NULL || text.len != ngx_strlen(prefix) + 1
                                         + ASN1_STRING_length(ia5))
    {
        return (text.data != NULL) ? NGX_OK : NGX_ERROR;
    }

    if (who->name.len == 0) {
        who->name.data = text.data + ngx_strlen(prefix) + 1;
        who->name.len = text.len - ngx_strlen(prefix) - 1;
    }

    return ngx_http_registry_certificate_add(who, text);
}


static ngx_int_t
ngx_http_registry_certificate_add(oci_identity_t *who, oci_str_t name)
{
    oci_str_t  *s;

    s = oci_array_push(&who->names);

    if (s == NULL || name.data == NULL) {
        return NGX_ERROR;
    }

    *s = name;

    return NGX_OK;
}

#else

static ngx_int_t
ngx_http_registry_certificate_check(ngx_http_request_t *r,
    const ngx_http_registry_method_t *m, ngx_http_registry_auth_t *auth)
{
    return NGX_DECLINED;
}

#endif
