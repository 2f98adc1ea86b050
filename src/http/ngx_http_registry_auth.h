/*
 * Who asks, and may they: what the files of authentication share.
 *
 * _access holds the handler of nginx's access phase, the rules and the
 * challenges; _auth the table of methods and what happens to credentials;
 * _users and the like are methods.  _watch keeps files that may change,
 * _seen what was found out about credentials.
 */

#ifndef NGX_HTTP_REGISTRY_AUTH_H
#define NGX_HTTP_REGISTRY_AUTH_H

#include "ngx_http_registry.h"

#include "oci_access.h"
#include "oci_jwt.h"


/* s until a name that was tried too often may be tried again */

#define NGX_HTTP_REGISTRY_RETRY  60

/* s until an issuer that did not answer may be asked again */

#define NGX_HTTP_REGISTRY_RETRY_ISSUER  10


/* a file that is read again when it has changed */

typedef void *(*ngx_http_registry_parse_pt)(oci_pool_t *pool,
    const oci_str_t *text, oci_error_t *err);

typedef struct {
    ngx_str_t                      path;
    ngx_http_registry_parse_pt     parse;
    void                          *data;        /* what parse made of it */
    oci_pool_t                    *pool;
    struct stat                    st;
    ngx_msec_t                     looked;
} ngx_http_registry_watch_t;


/* reads the file for the first time; says what is wrong with it */

char *ngx_http_registry_watch_open(ngx_conf_t *cf,
    ngx_http_registry_watch_t *w, ngx_str_t *path,
    ngx_http_registry_parse_pt parse);

/*
 * What the file holds now.  One that cannot be read, or makes no sense, is
 * logged and the last good content holds; one that was removed is empty.
 * The result is good until the worker does something else.
 */

void *ngx_http_registry_watch(ngx_http_registry_watch_t *w, ngx_log_t *log);


/*
 * A bounded table in shared memory: what a key stands for is known to the
 * caller alone.  Old entries make room for new ones.
 */

typedef struct {
    u_char                         data[16];
} ngx_http_registry_key_t;

char *ngx_http_registry_seen_zone(ngx_conf_t *cf);

/* a key of consecutive strings, with a secret that no restart survives */

void ngx_http_registry_seen_key(ngx_http_registry_key_t *key,
    const oci_str_t *parts, ngx_uint_t n);

/* the value of a key, 0 if there is none (any longer) */

uint32_t ngx_http_registry_seen(const ngx_http_registry_key_t *key);
void ngx_http_registry_remember(const ngx_http_registry_key_t *key,
    uint32_t value, time_t expires);


/* _discover: an issuer that is asked for its keys */

typedef struct ngx_http_registry_discovery_s  ngx_http_registry_discovery_t;

/* every: s between two questions, at least; NULL: said what is wrong */

ngx_http_registry_discovery_t *ngx_http_registry_discovery(ngx_conf_t *cf,
    const oci_str_t *issuer, ngx_str_t *ca, time_t every);

/*
 * The keys to check a token of this issuer with, good until the worker does
 * something else.  NGX_AGAIN: they are being asked for, look again in a while;
 * NGX_DECLINED: they are not to be had.
 */

ngx_int_t ngx_http_registry_discovered(ngx_http_request_t *r,
    ngx_http_registry_discovery_t *d, const oci_jwt_t *jwt,
    const oci_keys_t **keys);


typedef enum {
    NGX_HTTP_REGISTRY_NO_CREDENTIALS = 0,
    NGX_HTTP_REGISTRY_BASIC,
    NGX_HTTP_REGISTRY_BEARER
} ngx_http_registry_credentials_e;


typedef struct ngx_http_registry_method_s  ngx_http_registry_method_t;


/* a request's: who asks, as far as it is known */

struct ngx_http_registry_auth_s {
    const oci_access_t               *access;       /* NULL: no rules */
    oci_identity_t                    who;
    const oci_rule_t                 *rule;         /* that decided */
    const ngx_http_registry_method_t *method;       /* that knows them */

    ngx_http_registry_credentials_e   kind;
    oci_str_t                         user;
    oci_str_t                         password;     /* or a token */

    ngx_int_t                         rc;           /* see _identify() */
    const char                       *error;        /* of a Bearer token */
    oci_error_t                       why;          /* for the log alone */

    oci_jwt_t                        *jwt;          /* they are a token */
    const u_char                     *parsed;       /* by keys of this id */
    oci_str_t                         by;           /* the method's name */
    oci_str_t                         version;      /* of the password */
    oci_array_t                       full;         /* grants of a robot */

    /* what takes long; it is given the hash to try, and none of the worker's */

    ngx_http_event_handler_pt         resume;
    ngx_http_registry_run_pt          run;
    oci_str_t                         hash;
    ngx_http_registry_key_t           key;

    unsigned                          identified:1;
    unsigned                          good:1;       /* what run said */
    unsigned                          tried:1;      /* run has come back */
    unsigned                          delayed:1;
    unsigned                          decoy:1;
    unsigned                          given:1;      /* not in a header */
    unsigned                          refresh:1;    /* a refresh token */
    unsigned                          limited:1;    /* too many failures */
    unsigned                          keyless:1;    /* nothing to check by */
};


/*
 * A method.  configure() reads the words of registry_auth after its name;
 * check() looks at the credentials of a request and fills in who:
 *
 *   NGX_OK         they are good
 *   NGX_DECLINED   they are not of this method
 *   NGX_ABORT      they are, and they are wrong
 *   NGX_AGAIN      auth->run has to be run in a thread, then check() again;
 *                  auth->run is NULL: something is awaited, then all again
 *   NGX_ERROR      no memory
 *
 * known(), or NULL, says whether one whom a token of ours names is still
 * there, and which groups he is in now.
 */

typedef struct {
    ngx_str_t                         name;
    ngx_uint_t                        bearer;       /* challenges so */

    char                           *(*configure)(ngx_conf_t *cf,
                                          ngx_http_registry_method_t *m,
                                          ngx_str_t *args, ngx_uint_t nargs);
    ngx_int_t                       (*check)(ngx_http_request_t *r,
                                          const ngx_http_registry_method_t *m,
                                          ngx_http_registry_auth_t *auth);
    ngx_int_t                       (*known)(ngx_http_request_t *r,
                                          const ngx_http_registry_method_t *m,
                                          ngx_http_registry_auth_t *auth);
} ngx_http_registry_method_type_t;


struct ngx_http_registry_method_s {
    const ngx_http_registry_method_type_t  *type;
    void                                   *conf;   /* the method's own */
};


extern const ngx_http_registry_method_type_t  ngx_http_registry_htpasswd;
extern const ngx_http_registry_method_type_t  ngx_http_registry_token_method;
extern const ngx_http_registry_method_type_t  ngx_http_registry_oidc_method;
extern const ngx_http_registry_method_type_t  ngx_http_registry_robots;
extern const ngx_http_registry_method_type_t  ngx_http_registry_certificates;


/* our own token service */

struct ngx_http_registry_issuer_s {
    oci_keys_t                             *keys;
    ngx_str_t                               key;    /* files */
    ngx_str_t                               cert;
    oci_str_t                               name;
    oci_str_t                               service;
    ngx_http_complex_value_t               *realm;  /* NULL: this server */
    time_t                                  expires;
    time_t                                  refresh;
    ngx_uint_t                              libtrust;
};


/* the value of "NAME=value" if word is one; false otherwise */

ngx_uint_t ngx_http_registry_option(const ngx_str_t *word, const char *name,
    ngx_str_t *value);

char *ngx_http_registry_set_auth(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_registry_set_rule(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_registry_merge_auth(ngx_conf_t *cf,
    ngx_http_registry_loc_conf_t *prev, ngx_http_registry_loc_conf_t *conf);

/*
 * Finds out who asks, once; nothing is waited for.  NGX_OK: auth->who is
 * known, anonymous when there are no credentials.  NGX_ABORT: they are wrong.
 * NGX_AGAIN: not known before auth->run has run.  NGX_ERROR: no memory.
 */

ngx_int_t ngx_http_registry_identify(ngx_http_request_t *r,
    ngx_http_registry_auth_t *auth);

/* the same for who waits: NGX_AGAIN calls handler(r) when it is known */

ngx_int_t ngx_http_registry_authenticate(ngx_http_request_t *r,
    ngx_http_registry_auth_t *auth, ngx_http_event_handler_pt handler);

/* what a request is answered whose credentials are wrong */

ngx_int_t ngx_http_registry_refuse(ngx_http_request_t *r,
    ngx_http_registry_auth_t *auth);

/* the request's, made at first use; NULL: no memory */

ngx_http_registry_auth_t *ngx_http_registry_get_auth(ngx_http_request_t *r);


/* _bearer: the credentials as a token, read once; NULL: they are none */

oci_jwt_t *ngx_http_registry_jwt(ngx_http_request_t *r,
    ngx_http_registry_auth_t *auth);

/*
 * Have these keys signed it, is it for this audience, and is it valid now?
 * NGX_ABORT: no; said in auth->why.
 */

ngx_int_t ngx_http_registry_trusted(ngx_http_request_t *r,
    ngx_http_registry_auth_t *auth, const oci_keys_t *keys,
    const oci_str_t *audience, time_t leeway);

/* a string or a list of them, as "groups" is with one issuer or another */

ngx_int_t ngx_http_registry_strings(oci_array_t *list, const json_t *value);

/* a token of our own service; audience NULL: the registry */

ngx_int_t ngx_http_registry_own_check(ngx_http_request_t *r,
    ngx_http_registry_auth_t *auth, const oci_str_t *audience);

/* _trust: where tokens are to be had, if they are */

ngx_uint_t ngx_http_registry_bearer(ngx_http_request_t *r, ngx_str_t *realm,
    oci_str_t *service);


/* _issuer: who our token service is */

char *ngx_http_registry_set_issuer(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
/* may it stand between quotes in a header? */

ngx_uint_t ngx_http_registry_quotable(const ngx_str_t *text);

ngx_uint_t ngx_http_registry_issuer_realm(ngx_http_request_t *r,
    ngx_str_t *realm, oci_str_t *service);
oci_str_t ngx_http_registry_refresh_audience(oci_pool_t *pool,
    const ngx_http_registry_issuer_t *issuer);

/* answers with its public key */

ngx_int_t ngx_http_registry_issuer_reply(ngx_http_request_t *r,
    ngx_http_registry_issuer_t *issuer);


/* _token: the service itself; is it what the request is for? */

ngx_uint_t ngx_http_registry_is_token(ngx_http_request_t *r);
ngx_int_t ngx_http_registry_token(ngx_http_request_t *r);


/* may the catalog be asked for at all? */

ngx_uint_t ngx_http_registry_may_list(const ngx_http_registry_auth_t *auth);

ngx_int_t ngx_http_registry_access_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_registry_access_variables(ngx_conf_t *cf);

/* sets WWW-Authenticate for what ctx's request needs; returns 401 */

ngx_int_t ngx_http_registry_challenge(ngx_http_request_t *r,
    ngx_http_registry_ctx_t *ctx, const char *error);


#endif /* NGX_HTTP_REGISTRY_AUTH_H */
