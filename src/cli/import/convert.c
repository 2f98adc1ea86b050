/*
 * Settings of registry:2 to directives of nginx.
 */

#include "import/convert_conf.h"
#include "import/notes.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>


#define CONVERT_ENTRIES  100000         /* the most of registry_max_entries */


static oci_status_e convert_sections(convert_conf_t *conf, FILE *warn);
static void convert_storage(convert_conf_t *conf);
static void convert_maintenance(convert_conf_t *conf);
static void convert_one_of(convert_conf_t *conf, const char *path,
    const char *const *known, size_t kinds);
static void convert_auth(convert_conf_t *conf);
static void convert_token(convert_conf_t *conf);
static void convert_token_keys(convert_conf_t *conf, const char *path);
static void convert_http(convert_conf_t *conf);
static void convert_listen(convert_conf_t *conf, FILE *out, const char *path,
    bool ssl);
static bool convert_address(convert_conf_t *conf, const char *path,
    const char *addr, size_t *host);
static void convert_headers(convert_conf_t *conf);
static void convert_header(convert_conf_t *conf, const char *name,
    json_t *values);
static void convert_write(FILE *out, char *const text[5], bool dollar);
static void convert_debug(convert_conf_t *conf);


oci_status_e
convert_print(settings_t *s, const convert_t *c, FILE *out, FILE *warn)
{
    int              i;
    char            *text[5] = { NULL };
    size_t           len[5];
    convert_conf_t   conf;
    oci_status_e     rc;
    FILE           **files[5] = { &conf.notes, &conf.main, &conf.http,
                                  &conf.server, &conf.more };

    memset(&conf, 0, sizeof(convert_conf_t));
    conf.s = s;
    conf.c = c;
    rc = OCI_OK;

    for (i = 0; i < 5; i++) {
        *files[i] = open_memstream(&text[i], &len[i]);

        if (*files[i] == NULL) {
            rc = oci_nomem(s->err);
        }
    }

    if (rc == OCI_OK) {
        rc = convert_sections(&conf, warn);
    }

    for (i = 0; i < 5; i++) {
        if (*files[i] != NULL && fclose(*files[i]) != 0) {
            rc = oci_nomem(s->err);
        }
    }

    if (rc == OCI_OK) {
        convert_write(out, text, conf.dollar);
    }

    for (i = 0; i < 5; i++) {
        free(text[i]);
    }

    return rc;
}


/* the whole of it: notes, main, http, server, more, in that order */

static void
convert_write(FILE *out, char *const text[5], bool dollar)
{
    fprintf(out, "# Made by \"tally import-config\" out of a config.yml "
            "of registry:2.\n");

    if (text[0][0] != '\0') {
        fprintf(out, "#\n# What has no equivalent in it:\n#\n%s", text[0]);
    }

    fprintf(out, "\n%s\nevents {\n    worker_connections 4096;\n}\n\n"
            "http {\n%s%s\n    server {\n%s    }\n%s}\n", text[1],
            dollar ? "    geo $registry_dollar {\n"
                     "        default \"$\";\n    }\n\n" : "",
            text[2], text[3], text[4]);
}


static oci_status_e
convert_sections(convert_conf_t *conf, FILE *warn)
{
    const convert_t  *c = conf->c;

    convert_line(conf, conf->main, "load_module",
                 convert_or(c->module,
                            "modules/ngx_http_registry_module.so"));

    if (c->user == NULL || c->user[0] != '\0') {
        convert_line(conf, conf->main, "user",
                     convert_or(c->user, "www-data"));
    }

    fprintf(conf->main, "worker_processes auto;\n");
    convert_line(conf, conf->main, "pid",
                 convert_or(c->pid, "/run/nginx-registry.pid"));

    convert_log(conf);
    convert_http(conf);
    fprintf(conf->server, "\n        registry on;\n");
    convert_storage(conf);
    convert_auth(conf);
    convert_headers(conf);
    convert_debug(conf);

    if (conf->s->err->status == OCI_OK) {
        notes_print(conf->s, conf->notes, warn);
    }

    return conf->s->err->status;
}


static void
convert_storage(convert_conf_t *conf)
{
    int64_t      n;
    const char  *root, *platforms;
    settings_t  *s = conf->s;

    static const char  *const known[] = {
        "filesystem", "cache", "delete", "maintenance", "redirect", "tag", NULL
    };

    convert_one_of(conf, "storage", known, 1);

    root = settings_text(s, "storage.filesystem.rootdirectory");
    convert_line(conf, conf->server, "        registry_root",
                 convert_or(root, "/var/lib/registry"));

    n = settings_number(s, "storage.filesystem.maxthreads");

    if (n > 0) {
        fprintf(conf->main, "thread_pool default threads=%d;\n", (int) n);
    }

    if (!settings_true(s, "storage.delete.enabled", false)) {
        fprintf(conf->server, "        registry_delete off;\n");
    }

    n = settings_number(s, "catalog.maxentries");

    if (n > 0) {
        fprintf(conf->server, "        registry_max_entries %d;\n",
                (int) (n < CONVERT_ENTRIES ? n : CONVERT_ENTRIES));
    }

    platforms = settings_text(s, "validation.manifests.indexes.platforms");

    if (platforms != NULL && strcasecmp(platforms, "all") != 0) {
        fprintf(conf->server, "        registry_sparse on;\n");
    }

    convert_maintenance(conf);
}


static void
convert_maintenance(convert_conf_t *conf)
{
    int64_t      age;
    settings_t  *s = conf->s;

    if (settings_true(s, "storage.maintenance.readonly.enabled", false)
        || settings_get(s, "proxy.remoteurl") != NULL)
    {
        fprintf(conf->server, "        registry_readonly on;\n");
    }

    age = settings_seconds(s, "storage.maintenance.uploadpurging.age");

    if (!settings_true(s, "storage.maintenance.uploadpurging.enabled", true)
        || settings_true(s, "storage.maintenance.uploadpurging.dryrun", false))
    {
        age = 0;
    }

    if (age >= 0) {
        fprintf(conf->server, "        registry_upload_timeout %llds;\n",
                (long long) age);
    }
}


/*
 * The kinds of storage or of authentication that are named: all must be known
 * here, and only one may be named.  Behind the kinds known has what else may
 * stand beside them.
 */

static void
convert_one_of(convert_conf_t *conf, const char *path,
    const char *const *known, size_t kinds)
{
    int          count;
    void        *iter;
    size_t       i;
    json_t      *map;
    const char  *name;

    map = settings_get(conf->s, path);

    if (map != NULL && !json_is_object(map)) {
        convert_bad(conf, path, "is not a map");
        return;
    }

    for (count = 0, iter = json_object_iter(map);
         iter != NULL;
         iter = json_object_iter_next(map, iter))
    {
        name = json_object_iter_key(iter);

        for (i = 0; known[i] != NULL && strcmp(known[i], name) != 0; i++) {
            /* void */
        }

        if (i >= kinds && known[i] != NULL) {
            continue;
        }

        if (known[i] == NULL) {
            (void) oci_error(conf->s->err, OCI_INVALID, 0, "%s.%.64s is not "
                             "supported", path, name);
            return;
        }

        if (count++ == 1) {
            convert_bad(conf, path, "names several kinds, and may name one");
        }
    }
}


static void
convert_auth(convert_conf_t *conf)
{
    const char  *path;
    settings_t  *s = conf->s;

    static const char  *const known[] = { "htpasswd", "none", "token", NULL };

    convert_one_of(conf, "auth", known, 3);

    if (settings_get(s, "auth.htpasswd") != NULL) {
        path = settings_text(s, "auth.htpasswd.path");

        if (path == NULL) {
            convert_bad(conf, "auth.htpasswd.path", "is missing");
            return;
        }

        convert_line(conf, conf->server, "        registry_auth htpasswd",
                     path);
    }

    if (settings_get(s, "auth.token") != NULL) {
        convert_token(conf);
    }
}


static void
convert_token(convert_conf_t *conf)
{
    if (settings_true(conf->s, "auth.token.autoredirect", false)) {
        convert_bad(conf, "auth.token.autoredirect", "is not supported: set "
                    "realm to where clients find the service");
        return;
    }

    if (settings_get(conf->s, "auth.token.rootcertbundle") == NULL
        && settings_get(conf->s, "auth.token.jwks") == NULL)
    {
        convert_bad(conf, "auth.token.rootcertbundle", "is missing");
        return;
    }

    convert_token_keys(conf, "auth.token.rootcertbundle");
    convert_token_keys(conf, "auth.token.jwks");
}


/* the keys of one file */

static void
convert_token_keys(convert_conf_t *conf, const char *path)
{
    size_t       i;
    oci_str_t    word;
    const char  *value;

    static const char  *const words[] = { "realm", "service", "issuer" };

    if (settings_get(conf->s, path) == NULL) {
        return;
    }

    fprintf(conf->server, "        registry_auth token");

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        word = oci_strf(conf->s->pool, "auth.token.%s", words[i]);
        value = (word.data == NULL) ? NULL
                : settings_text(conf->s, (char *) word.data);

        if (value == NULL) {
            convert_bad(conf, (char *) word.data, "is missing");
            return;
        }

        word = oci_strf(conf->s->pool, "%s=%s", words[i], value);
        fprintf(conf->server, " ");
        convert_quoted(conf, conf->server, convert_or((char *) word.data, ""),
                       false);
    }

    word = oci_strf(conf->s->pool, "keys=%s",
                    convert_or(settings_text(conf->s, path), ""));
    fprintf(conf->server, " ");
    convert_quoted(conf, conf->server, (char *) word.data, false);
    fprintf(conf->server, ";\n");
}


static void
convert_http(convert_conf_t *conf)
{
    size_t      i;
    int64_t     drain;
    oci_str_t   dir;

    static const char  *const temporary[] = {
        "client_body", "proxy", "fastcgi", "uwsgi", "scgi"
    };

    for (i = 0; conf->c->temp != NULL && i < 5; i++) {
        dir = oci_strf(conf->s->pool, "%s/%s", conf->c->temp, temporary[i]);
        fprintf(conf->http, "    %s_temp_path ", temporary[i]);
        convert_quoted(conf, conf->http, convert_or((char *) dir.data, ""),
                       false);
        fprintf(conf->http, ";\n");
    }

    drain = settings_seconds(conf->s, "http.draintimeout");

    if (drain > 0) {
        fprintf(conf->main, "worker_shutdown_timeout %llds;\n",
                (long long) drain);
    }

    conf->tls = settings_get(conf->s, "http.tls.certificate") != NULL
                || settings_get(conf->s, "http.tls.key") != NULL
                || settings_get(conf->s, "http.tls.letsencrypt.cachefile")
                   != NULL
                || settings_get(conf->s, "http.tls.letsencrypt.email") != NULL;

    convert_listen(conf, conf->server, "http.addr", conf->tls);

    if (conf->tls) {
        convert_tls(conf);

    } else if (settings_get(conf->s, "http.tls.clientcas") != NULL) {
        convert_bad(conf, "http.tls.clientcas", "needs a certificate and key");
    }
}


/* Go's addresses: without a host, every one that the machine has */

static void
convert_listen(convert_conf_t *conf, FILE *out, const char *path, bool ssl)
{
    bool         plain;
    size_t       host;
    oci_str_t    place;
    const char  *addr, *net, *tail;

    addr = settings_text(conf->s, path);
    net = convert_or(settings_text(conf->s, "http.net"), "tcp");
    plain = settings_true(conf->s, "http.http2.disabled", false);
    tail = !ssl ? "" : plain ? " ssl" : " ssl http2";
    addr = convert_or(addr, ":5000");

    if (strcmp(net, "unix") == 0 && strcmp(path, "http.addr") == 0) {
        place = oci_strf(conf->s->pool, "unix:%s", addr);
        fprintf(out, "        listen ");
        convert_quoted(conf, out, convert_or((char *) place.data, ""), false);
        fprintf(out, "%s;\n", tail);
        return;
    }

    if (!convert_address(conf, path, addr, &host)) {
        return;
    }

    if (host != 0) {
        fprintf(out, "        listen %s%s;\n", addr, tail);
        return;
    }

    if (strcmp(net, "tcp6") != 0) {
        fprintf(out, "        listen %s%s;\n", addr + 1, tail);
    }

    if (strcmp(net, "tcp4") != 0 && conf->c->ipv6) {
        fprintf(out, "        listen [::]%s%s;\n", addr, tail);
    }
}


/* "HOST:PORT" of letters that mean nothing to nginx.conf */

static bool
convert_address(convert_conf_t *conf, const char *path, const char *addr,
    size_t *host)
{
    uint64_t     n;
    oci_str_t    number;
    const char  *port;

    port = strrchr(addr, ':');

    if (port != NULL) {
        *host = (size_t) (port - addr);
        number = oci_str(port + 1);

        if (oci_str_number(&number, 65535, &n) && n != 0
            && strspn(addr, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUV"
                      "WXYZ0123456789.-_[]:") == strlen(addr))
        {
            return true;
        }
    }

    convert_bad(conf, path, "is no address such as \":5000\" or "
                "\"127.0.0.1:5000\"");

    return false;
}


static void
convert_headers(convert_conf_t *conf)
{
    void    *iter;
    json_t  *headers;

    headers = settings_get(conf->s, "http.headers");

    for (iter = json_object_iter(headers); iter != NULL;
         iter = json_object_iter_next(headers, iter))
    {
        convert_header(conf, json_object_iter_key(iter),
                       json_object_iter_value(iter));
    }
}


static void
convert_header(convert_conf_t *conf, const char *name, json_t *values)
{
    size_t       i;
    const char  *value;

    if (*name == '\0' || strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKL"
                                "MNOPQRSTUVWXYZ0123456789-_") != strlen(name))
    {
        convert_bad(conf, "http.headers", "has a name that is none of a "
                    "header");
        return;
    }

    for (i = 0; i < (json_is_array(values) ? json_array_size(values) : 1); i++)
    {
        value = json_string_value(json_is_array(values)
                                  ? json_array_get(values, i) : values);

        if (value == NULL) {
            convert_bad(conf, "http.headers", "has a value that is no text");
            return;
        }

        fprintf(conf->server, "        add_header %s ", name);
        convert_quoted(conf, conf->server, value, true);
        fprintf(conf->server, " always;\n");
    }
}


/* what the debug server has of it: health, and metrics where they were on */

static void
convert_debug(convert_conf_t *conf)
{
    const char  *path;
    settings_t  *s = conf->s;

    if (settings_get(s, "http.debug.addr") == NULL) {
        return;
    }

    fprintf(conf->more, "\n    server {\n");
    convert_listen(conf, conf->more, "http.debug.addr", false);
    fprintf(conf->more, "\n        location = /debug/health {\n"
            "            registry_health ready pull;\n        }\n");

    if (settings_true(s, "http.debug.prometheus.enabled", false)) {
        path = settings_text(s, "http.debug.prometheus.path");
        fprintf(conf->more, "\n        location = ");
        convert_quoted(conf, conf->more, convert_or(path, "/metrics"), false);
        fprintf(conf->more, " {\n            registry_metrics on;\n"
                "        }\n");
    }

    fprintf(conf->more, "\n        location / {\n            return 404;\n"
            "        }\n    }\n");
}
