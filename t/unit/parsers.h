/*
 * Each parser of outside bytes as a question: are they accepted?
 *
 * Shared by the unit test of the cases in t/data and by the fuzzers; what must
 * hold of everything accepted is asserted here.
 */

#ifndef PARSERS_H
#define PARSERS_H

#include "base/go_json.h"
#include "base/toml.h"
#include "oci_access.h"
#include "oci_digest.h"
#include "oci_issuer.h"
#include "oci_json.h"
#include "oci_jwk.h"
#include "oci_jwt.h"
#include "oci_manifest.h"
#include "oci_range.h"
#include "oci_reference.h"
#include "oci_regexp.h"
#include "oci_robots.h"
#include "oci_route.h"
#include "oci_scope.h"
#include "oci_state.h"
#include "oci_users.h"
#include "oci_scan_java.h"
#include "oci_scan_secret.h"
#include "analyze/layer.h"
#include "scan/config.h"
#include "scan/verbs.h"
#include "sign/named.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


/* a rule, "allow SUBJECT REPOSITORY[:TAG] ACTIONS"; then it is asked */

static inline bool
accepts_access(const uint8_t *data, size_t len)
{
    bool                accepted;
    size_t              i, n;
    oci_str_t           words[4], repo, tag;
    oci_pool_t         *pool;
    oci_access_t       *access;
    oci_identity_t      who;
    const oci_rule_t   *rule;

    memset(words, 0, sizeof(words));
    memset(&who, 0, sizeof(who));

    for (i = 0, n = 0; i <= len && n < 4; i++) {
        if (i == len || (n < 3 && data[i] == ' ')) {
            words[n].len = (size_t) (data + i - (words[n].data != NULL
                                                 ? words[n].data : data));
            words[n].data = (u_char *) data + i - words[n].len;

            if (++n < 4) {
                words[n].data = (u_char *) data + i + 1;
            }
        }
    }

    pool = oci_pool_create();
    access = oci_access_create(pool);
    assert(access != NULL);

    accepted = n == 4
               && oci_access_add(access, words, "rules", 1, NULL) == OCI_OK;

    if (accepted) {
        repo = oci_str("team/alice/app-1");
        tag = oci_str("v1.2");
        who.kind = OCI_USER;
        who.name = oci_str("alice");

        if (oci_access_may(access, &who, &repo, &tag, OCI_MAY_CREATE, &rule))
        {
            assert(rule != NULL && rule->allow);
        }

        who.kind = OCI_ANONYMOUS;
        (void) oci_access_may(access, &who, &repo, NULL, OCI_MAY_PULL, NULL);
    }

    oci_pool_destroy(pool);

    return accepted;
}


static inline bool
accepts_digest(const uint8_t *data, size_t len)
{
    oci_str_t     s = { len, (u_char *) data };
    oci_digest_t  d;

    if (oci_digest_parse(&d, &s) != OCI_OK) {
        return false;
    }

    assert(d.len == len && memcmp(d.text, data, len) == 0);
    assert(strlen(oci_digest_hex(&d)) == oci_alg_hex_len(d.alg));
    assert(strspn(oci_digest_hex(&d), "0123456789abcdef")
           == oci_alg_hex_len(d.alg));

    return true;
}


static inline bool
accepts_range(const uint8_t *data, size_t len)
{
    uint64_t   first, last;
    oci_str_t  s = { len, (u_char *) data };

    if (oci_range_parse(&s, &first, &last) != OCI_OK) {
        return false;
    }

    assert(first <= last && last < INT64_MAX);

    return true;
}


static inline bool
accepts_route(const uint8_t *data, size_t len)
{
    oci_str_t    s = { len, (u_char *) data };
    oci_route_t  route;

    oci_route_parse(&route, &s);

    if (route.kind == OCI_ROUTE_NONE || route.fault != OCI_ROUTE_GOOD) {
        return false;
    }

    if (route.kind >= OCI_ROUTE_TAGS) {
        assert(route.repo.data > data && route.repo.len < len);
        assert(oci_name_valid(&route.repo));
        assert(memmem(route.repo.data, route.repo.len, "..", 2) == NULL);
    }

    if (route.kind == OCI_ROUTE_MANIFEST
        && route.digest.alg == OCI_ALG_NONE)
    {
        assert(oci_tag_valid(&route.reference));
        assert(memchr(route.reference.data, '/', route.reference.len)
               == NULL);
    }

    if (route.kind == OCI_ROUTE_BLOB || route.kind == OCI_ROUTE_REFERRERS) {
        assert(route.digest.alg != OCI_ALG_NONE);
    }

    return true;
}


static inline bool
accepts_htpasswd(const uint8_t *data, size_t len)
{
    bool               accepted;
    size_t             n;
    oci_str_t          text = { len, (u_char *) data }, alice;
    oci_pool_t        *pool;
    oci_users_t       *users, *groups;
    const oci_user_t  *user;

    pool = oci_pool_create();
    alice = oci_str("alice");

    accepted = oci_users_parse(&users, pool, &text, NULL) == OCI_OK;

    if (accepted) {
        user = oci_users_find(users, &alice, &n);
        assert((user == NULL) == (n == 0));
        assert(user == NULL || oci_str_eq(&user->name, &alice));
        (void) oci_users_decoy(users, &alice);
    }

    if (oci_groups_parse(&groups, pool, &text, NULL) == OCI_OK) {
        (void) oci_users_find(groups, &alice, &n);
    }

    oci_pool_destroy(pool);

    return accepted;
}


static inline bool
accepts_scan_toml(const uint8_t *data, size_t len)
{
    json_t     *root;
    oci_str_t   s = { len, (u_char *) data };

    root = oci_scan_toml_load(&s, NULL);
    assert(root == NULL || json_is_object(root));
    json_decref(root);

    return root != NULL;
}


/* a file of this name in a layer: is it read, and not left out? */

static inline bool
accepts_scan_file(const char *path, const uint8_t *data, size_t len)
{
    bool               accepted;
    oci_str_t          s = { len, (u_char *) data };
    oci_pool_t        *pool;
    oci_error_t        err;
    oci_scan_layer_t  *layer;

    pool = oci_pool_create();
    memset(&err, 0, sizeof(oci_error_t));
    layer = oci_scan_layer_create(pool);
    assert(layer != NULL);
    accepted = oci_scan_layer_read_file(layer, path, 0644, &s, &err) == OCI_OK
               && layer->left_out.nelts == 0;
    oci_pool_destroy(pool);

    return accepted;
}


static inline bool
accepts_scan_cargo(const uint8_t *data, size_t len)
{
    return accepts_scan_file("Cargo.lock", data, len);
}


static inline bool
accepts_scan_julia(const uint8_t *data, size_t len)
{
    return accepts_scan_file("Manifest.toml", data, len);
}


/* a database that a jar is looked up in; SQLite opens nothing without a name */

static inline bool
accepts_scan_javadb(const uint8_t *data, size_t len)
{
    int                  fd;
    char                 path[] = "/tmp/tally-javadb-XXXXXX";
    oci_pool_t          *pool;
    oci_error_t          err;
    oci_status_e         rc;
    oci_scan_jar_t       jar;
    oci_scan_javadb_t   *db;

    fd = mkstemp(path);
    assert(fd >= 0 && write(fd, data, len) == (ssize_t) len);
    memset(&err, 0, sizeof(err));
    pool = oci_pool_create();
    rc = oci_scan_javadb_open(&db, pool, path, &err);

    if (rc == OCI_OK) {
        memset(&jar, 0, sizeof(jar));
        jar.path = oci_str("a/tool-1.0.jar");
        jar.group = oci_str("org.demo");
        jar.artifact = oci_str("tool");
        jar.version = oci_str("1.0");
        jar.file_artifact = oci_str("tool");
        jar.file_version = oci_str("1.0");
        jar.sha1 = oci_str("da39a3ee5e6b4b0d3255bfef95601890afd80709");
        rc = oci_scan_javadb_find(db, &jar, &err);
    }

    oci_pool_destroy(pool);
    (void) close(fd);
    (void) unlink(path);

    return rc == OCI_OK || rc == OCI_NOT_FOUND;
}


/* trivy.yaml, for "tally image"; the warnings go nowhere */

static inline bool
accepts_scan_config(const uint8_t *data, size_t len)
{
    bool          help;
    char         *none[] = { NULL };
    cmd_t         cmd;
    scan_t        s;
    oci_str_t     text = { len, (u_char *) data };
    oci_status_e  rc;

    memset(&cmd, 0, sizeof(cmd_t));
    memset(&s, 0, sizeof(scan_t));
    cmd.verb = &cmd_image;
    cmd.pool = oci_pool_create();
    oci_array_init(&cmd.given, cmd.pool, sizeof(cmd_flag_t *));
    rc = cmd_parse(&cmd, 0, none, &help);
    assert(rc == OCI_OK);

    s.cmd = &cmd;
    s.o = cmd.options;
    s.o->log.quiet = true;
    s.pool = cmd.pool;
    rc = scan_config_text(&s, "trivy.yaml", &text);
    assert((rc == OCI_OK) == (s.err.text[0] == '\0'));
    oci_pool_destroy(cmd.pool);

    return rc == OCI_OK;
}


static inline bool
accepts_scan_secrets(const uint8_t *data, size_t len)
{
    oci_str_t           s = { len, (u_char *) data };
    oci_pool_t         *pool;
    oci_status_e        rc;
    oci_scan_rules_t   *rules;

    pool = oci_pool_create();
    assert(pool != NULL);
    rc = oci_scan_rules_create(&rules, pool, &s, "trivy-secret.yaml", NULL);
    oci_pool_destroy(pool);

    return rc == OCI_OK;
}


/* how many secrets a file has that comes in pieces of this size */

static inline size_t
secrets_in(oci_scan_rules_t *rules, const uint8_t *data, size_t len,
    size_t piece, const char *name)
{
    bool                 more;
    size_t               i, n;
    oci_str_t            path = oci_str(name);
    oci_pool_t          *pool;
    oci_scan_layer_t    *layer;
    oci_scan_search_t   *search;
    oci_scan_secrets_t  *file;

    pool = oci_pool_create();
    layer = oci_scan_layer_create(pool);
    search = oci_scan_search_create(pool, rules);
    assert(layer != NULL && search != NULL);
    more = oci_scan_search_file(search, &path, "/", len);

    for (i = 0; more && i < len; i += piece) {
        more = oci_scan_search_add(search, data + i,
                                   (len - i < piece) ? len - i : piece);
    }

    assert(oci_scan_search_end(search, layer, NULL) == OCI_OK);
    file = layer->secrets.elts;
    n = (layer->secrets.nelts != 0) ? file->secrets.nelts : 0;
    oci_pool_destroy(pool);

    return n;
}


static inline bool
accepts_scan_secret_text(const uint8_t *data, size_t len)
{
    size_t             n;
    oci_pool_t        *pool;
    oci_scan_rules_t  *rules;

    pool = oci_pool_create();
    assert(pool != NULL);
    assert(oci_scan_rules_create(&rules, pool, NULL, NULL, NULL) == OCI_OK);

    n = secrets_in(rules, data, len, len + 1, "app/file");
    assert(n == secrets_in(rules, data, len, 7, "app/file"));
    assert(secrets_in(rules, data, len, len + 1, "app/file.pyc")
           == secrets_in(rules, data, len, 3, "app/file.pyc"));
    oci_pool_destroy(pool);

    return n != 0;
}


static inline bool
accepts_scan_json(const uint8_t *data, size_t len)
{
    char                     *text;
    json_t                   *root;
    oci_str_t                 s = { len, (u_char *) data };
    static oci_scan_names_t   names[] = { "keys", "name", NULL };

    json_decref(oci_scan_json_load(&s, OCI_SCAN_JSON_V2, NULL, NULL));
    root = oci_scan_json_load(&s, OCI_SCAN_JSON_FIRST, names, NULL);

    if (root == NULL) {
        return false;
    }

    text = json_dumps(root, JSON_ENCODE_ANY);
    assert(text != NULL);
    json_decref(root);

    s = oci_str(text);
    root = oci_scan_json_load(&s, OCI_SCAN_JSON_V2, NULL, NULL);
    assert(root != NULL);
    json_decref(root);
    free(text);

    return true;
}


static inline bool
accepts_json(const uint8_t *data, size_t len)
{
    char    *text;
    json_t  *root;

    root = oci_json_load(data, len, OCI_JSON_DUPLICATES, NULL);

    if (root == NULL) {
        return false;
    }

    text = json_dumps(root, JSON_ENCODE_ANY);
    assert(text != NULL);
    json_decref(root);

    root = oci_json_load((u_char *) text, strlen(text), OCI_JSON_DUPLICATES,
                         NULL);
    assert(root != NULL);
    json_decref(root);
    free(text);

    return true;
}


/* a file of keys: each can be written as JSON again, and is the same key */

static inline bool
accepts_jwk(const uint8_t *data, size_t len)
{
    bool          accepted;
    char         *text;
    size_t        i;
    json_t       *jwk;
    oci_str_t     s = { len, (u_char *) data };
    oci_key_t    *key, *again;
    oci_keys_t   *keys, *copy;
    oci_pool_t   *pool;

    pool = oci_pool_create();
    accepted = oci_keys_load(&keys, pool, &s, NULL) == OCI_OK;
    key = accepted ? keys->keys.elts : NULL;

    for (i = 0; accepted && i < keys->keys.nelts; i++) {
        jwk = oci_jwk_of(key[i].pkey);
        assert(jwk != NULL);
        text = json_dumps(jwk, 0);
        s = oci_str(text);
        assert(oci_keys_load(&copy, pool, &s, NULL) == OCI_OK);
        again = copy->keys.elts;
        assert(strcmp(again->thumbprint, key[i].thumbprint) == 0);
        assert(strcmp(again->libtrust, key[i].libtrust) == 0);
        free(text);
        json_decref(jwk);
    }

    oci_pool_destroy(pool);

    return accepted;
}


/* what an issuer says of itself, and where its keys are */

static inline bool
accepts_issuer(const uint8_t *data, size_t len)
{
    bool         accepted;
    oci_str_t    s = { len, (u_char *) data }, issuer, keys;
    oci_pool_t  *pool;

    pool = oci_pool_create();
    issuer = oci_str("https://ci.example.com");
    accepted = oci_issuer_document(&keys, pool, &issuer, &s, NULL) == OCI_OK;

    if (accepted) {
        assert(oci_str_prefix(&keys, "https://") && keys.len > 8);
        assert(strpbrk((char *) keys.data, " \r\n\t\\#") == NULL);
        assert(strlen((char *) keys.data) == keys.len);
    }

    s.len = len;
    s.data = (u_char *) data;

    if (oci_issuer_valid(&s, NULL) == OCI_OK) {
        assert(memchr(data, '?', len) == NULL);
    }

    oci_pool_destroy(pool);

    return accepted;
}


/* a token; none of these is signed by the key that it is shown */

static inline bool
accepts_jwt(const uint8_t *data, size_t len)
{
    bool             accepted;
    oci_str_t        s = { len, (u_char *) data }, pem;
    oci_jwt_t        jwt;
    oci_keys_t      *keys;
    oci_pool_t      *pool;
    oci_error_t      err = { OCI_OK, 0, "" };
    oci_identity_t   who;

    pem = oci_str("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":"
                  "\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}");
    pool = oci_pool_create();
    accepted = oci_jwt_parse(&jwt, pool, &s, NULL) == OCI_OK;

    if (accepted) {
        assert(oci_keys_load(&keys, pool, &pem, NULL) == OCI_OK);
        assert(oci_jwt_verify(&jwt, keys, 1700000000, NULL) != OCI_OK);

        s = oci_str("registry");
        (void) oci_jwt_claims(&jwt, &s, 1700000000, 60, NULL);
        memset(&who, 0, sizeof(who));
        oci_array_init(&who.grants, pool, sizeof(oci_grant_t));
        (void) oci_scope_grants(jwt.claims, pool, &who, &err);
        assert(who.bounded);
    }

    oci_pool_destroy(pool);

    return accepted;
}


static inline bool
accepts_scope(const uint8_t *data, size_t len)
{
    bool         any;
    oci_str_t    s = { len, (u_char *) data };
    oci_scope_t  scope;

    any = false;

    while (oci_scope_next(&s, &scope)) {
        assert(memchr(scope.actions.len ? scope.actions.data
                                        : (u_char *) "", ':',
                      scope.actions.len) == NULL);
        any = true;
    }

    return any;
}


static inline bool
accepts_robots(const uint8_t *data, size_t len)
{
    bool                accepted;
    size_t              i;
    oci_str_t           s = { len, (u_char *) data }, secret;
    oci_pool_t         *pool;
    oci_robots_t       *robots;
    const oci_robot_t  *robot;

    pool = oci_pool_create();
    secret = oci_str("tally_secret");
    accepted = oci_robots_parse(&robots, pool, &s, NULL) == OCI_OK;

    if (accepted) {
        robot = robots->list.elts;

        for (i = 0; i < robots->list.nelts; i++) {
            assert(oci_robot_name_valid(&robot[i].name));
            assert(robot[i].grants.nelts != 0);
            assert(oci_robots_find(robots, &robot[i].name) != NULL);
        }

        (void) oci_robots_secret(robots, &secret);
    }

    oci_pool_destroy(pool);

    return accepted;
}


static inline bool
accepts_manifest(const uint8_t *data, size_t len)
{
    bool             good;
    size_t           i;
    json_t          *d;
    oci_str_t        s = { len, (u_char *) data }, none = oci_null_string;
    const char      *type;
    oci_pool_t      *pool;
    oci_error_t      err = { OCI_OK, 0, "" };
    oci_digest_t     digest;
    oci_manifest_t   m;

    pool = oci_pool_create();
    good = oci_manifest_parse(&m, pool, &s, &none, &err) == OCI_OK;

    assert(good == (err.status == OCI_OK));
    assert(good || err.text[0] != '\0');

    /* anything is served as something, in a header */

    type = oci_manifest_type(&s, pool);
    assert(type != NULL && strpbrk(type, "\r\n") == NULL);

    if (good) {
        assert(strcmp(type, (char *) m.media_type.data) == 0);
        assert((m.kind == OCI_INDEX) == (m.config == NULL));

        for (i = 0; i < m.nparts; i++) {
            assert(m.parts[i].digest.alg != OCI_ALG_NONE);
        }

        oci_digest_of(&digest, OCI_SHA256, data, len);
        d = oci_manifest_descriptor(&m, &digest, len);
        assert(d != NULL);
        json_decref(d);
    }

    oci_pool_destroy(pool);

    return good;
}


/* an expression; what is accepted is also matched, against itself */

static inline bool
accepts_regexp(const uint8_t *data, size_t len)
{
    bool         accepted;
    char        *text;
    oci_str_t    s = { len, (u_char *) data };
    oci_pool_t  *pool;

    pool = oci_pool_create();
    text = oci_cstr(pool, &s);
    accepted = text != NULL && strlen(text) == len && oci_regexp_valid(text);
    assert(text == NULL || accepted || strlen(text) != len
           || !oci_regexp_match(text, &s));

    if (accepted) {
        (void) oci_regexp_match(text, &s);
    }

    oci_pool_destroy(pool);

    return accepted;
}


/* names are texts, and each is there once */

static inline void
check_names(const oci_array_t *names)
{
    size_t             i, k;
    const char *const *name = names->elts;

    for (i = 0; i < names->nelts; i++) {
        assert(name[i] != NULL);

        for (k = 0; k < i; k++) {
            assert(strcmp(name[i], name[k]) != 0);
        }
    }
}


static inline bool
accepts_dockerfile(const uint8_t *data, size_t len)
{
    bool          accepted;
    oci_str_t     s = { len, (u_char *) data };
    oci_pool_t   *pool;
    oci_array_t   names, base;

    pool = oci_pool_create();
    oci_array_init(&names, pool, sizeof(const char *));
    oci_array_init(&base, pool, sizeof(const char *));
    accepted = dockerfile_images(pool, &s, false, &names, NULL) == OCI_OK;

    assert(accepted == (dockerfile_images(pool, &s, true, &base, NULL)
                        == OCI_OK));
    assert(!accepted || base.nelts <= 1);
    check_names(&names);
    oci_pool_destroy(pool);

    return accepted;
}


static inline bool
accepts_kubernetes(const uint8_t *data, size_t len)
{
    bool          accepted;
    oci_str_t     s = { len, (u_char *) data };
    oci_pool_t   *pool;
    oci_array_t   names;

    pool = oci_pool_create();
    oci_array_init(&names, pool, sizeof(const char *));
    accepted = manifest_images(pool, "file", &s, &names, NULL) == OCI_OK;
    check_names(&names);
    oci_pool_destroy(pool);

    return accepted;
}


/* one byte of algorithm, eight of offset, the state */

static inline bool
accepts_upload_state(const uint8_t *data, size_t len)
{
    u_char       out[OCI_STATE_MAX];
    size_t       n, head;
    oci_str_t    text = { len, (u_char *) data };
    oci_state_t  state;

    if (oci_state_parse(&state, &text) != OCI_OK) {
        return false;
    }

    /* what was taken in comes out again, but for the padding */

    n = oci_state_format(&state, out);
    head = (size_t) ((u_char *) memchr(out, '\n', n) - out) + 1;
    assert(n - head == len - (size_t) ((u_char *) memchr(data, '\n', len)
                                       - data) - 1);
    assert(memcmp(out + n - 8, data + len - 8, 8) == 0);

    oci_hash_update(&state.hash, data, len);

    return true;
}


#endif /* PARSERS_H */
