/*
 * trivy.yaml: keys to flags.
 */

#include "scan/config.h"
#include "command/deadline.h"
#include "oci_file.h"

#include <string.h>
#include <strings.h>
#include <yaml.h>


#define CONFIG_FILE   "trivy.yaml"
#define CONFIG_MAX    ((size_t) 1 << 20)
#define CONFIG_DEPTH  8
#define CONFIG_NODES  10000         /* an alias may stand for many */


typedef struct {
    scan_t           *s;
    const char       *path;
    yaml_document_t   doc;
    size_t            nodes;
} config_t;


typedef struct {
    const char  *key;               /* ends with a dot: what is below it */
    const char  *flag;              /* NULL: of other commands of Trivy */
} config_key_t;


static oci_status_e config_load(config_t *c, const oci_str_t *text);
static oci_status_e config_map(config_t *c, yaml_node_t *map,
    const char *prefix, unsigned depth);
static oci_status_e config_member(config_t *c, yaml_node_t *value,
    const char *key, unsigned depth);
static const config_key_t *config_find(const char *key);
static oci_status_e config_set(config_t *c, const char *key,
    const char *flag, yaml_node_t *node);
static oci_status_e config_set_list(config_t *c, const char *key,
    const char *flag, yaml_node_t *node);
static oci_status_e config_put(config_t *c, const char *key,
    const char *flag, yaml_node_t *node, bool item);
static oci_status_e config_bad(config_t *c, const char *why);


static const config_key_t  config_keys[] = {
    { "ansible.", NULL },
    { "cacert", "cacert" },
    { "cache.backend", "cache-backend" },
    { "cache.dir", "cache-dir" },
    { "cache.redis.ca", "redis-ca" },
    { "cache.redis.cert", "redis-cert" },
    { "cache.redis.key", "redis-key" },
    { "cache.redis.tls", "redis-tls" },
    { "cache.ttl", "cache-ttl" },
    { "clean.", NULL },
    { "db.download-java-only", "download-java-db-only" },
    { "db.download-only", "download-db-only" },
    { "db.java-repository", "java-db-repository" },
    { "db.java-skip-update", "skip-java-db-update" },
    { "db.no-progress", "no-progress" },
    { "db.repository", "db-repository" },
    { "db.skip-update", "skip-db-update" },
    { "debug", "debug" },
    { "dependency-tree", "dependency-tree" },
    { "exit-code", "exit-code" },
    { "exit-on-eol", "exit-on-eol" },
    { "format", "format" },
    { "ignore-policy", "ignore-policy" },
    { "ignorefile", "ignorefile" },
    { "image.docker.host", "docker-host" },
    { "image.image-config-scanners", "image-config-scanners" },
    { "image.input", "input" },
    { "image.max-size", "max-image-size" },
    { "image.platform", "platform" },
    { "image.podman.host", "podman-host" },
    { "image.removed-pkgs", "removed-pkgs" },
    { "image.source", "image-src" },
    { "insecure", "insecure" },
    { "kubernetes.", NULL },
    { "license.", NULL },
    { "list-all-pkgs", "list-all-pkgs" },
    { "misconfiguration.", NULL },
    { "module.dir", "module-dir" },
    { "module.enable-modules", "enable-modules" },
    { "output", "output" },
    { "output-plugin-arg", "output-plugin-arg" },
    { "pkg.include-dev-deps", NULL },
    { "pkg.relationships", "pkg-relationships" },
    { "pkg.types", "pkg-types" },
    { "quiet", "quiet" },
    { "registry.password", "password" },
    { "registry.password-stdin", "password-stdin" },
    { "registry.token", "registry-token" },
    { "registry.username", "username" },
    { "rego.", NULL },
    { "report", "report" },
    { "repository.", NULL },
    { "scan.compliance", "compliance" },
    { "scan.detection-priority", "detection-priority" },
    { "scan.disable-telemetry", "disable-telemetry" },
    { "scan.distro", "distro" },
    { "scan.file-patterns", "file-patterns" },
    { "scan.maven.", NULL },
    { "scan.offline", "offline-scan" },
    { "scan.parallel", "parallel" },
    { "scan.rekor-url", "rekor-url" },
    { "scan.sbom-sources", "sbom-sources" },
    { "scan.scanners", "scanners" },
    { "scan.security-checks", "scanners" },
    { "scan.show-suppressed", "show-suppressed" },
    { "scan.skip-dirs", "skip-dirs" },
    { "scan.skip-files", "skip-files" },
    { "scan.skip-version-check", "skip-version-check" },
    { "secret.config", "secret-config" },
    { "server.addr", "server" },
    { "server.custom-headers", "custom-headers" },
    { "server.listen", NULL },
    { "server.token", "token" },
    { "server.token-header", "token-header" },
    { "severity", "severity" },
    { "table-mode", "table-mode" },
    { "template", "template" },
    { "timeout", "timeout" },
    { "vulnerability.ignore-status", "ignore-status" },
    { "vulnerability.ignore-unfixed", "ignore-unfixed" },
    { "vulnerability.severity-source", "vuln-severity-source" },
    { "vulnerability.skip-vex-repo-update", "skip-vex-repo-update" },
    { "vulnerability.type", "pkg-types" },
    { "vulnerability.vex", "vex" },
    { NULL, NULL }
};


oci_status_e
scan_config(scan_t *s)
{
    oci_str_t     text;
    const char   *path;
    oci_status_e  rc;

    path = (s->o->config != NULL) ? s->o->config : CONFIG_FILE;
    rc = oci_file_read(s->pool, path, CONFIG_MAX, &text, &s->err);

    if (rc == OCI_NOT_FOUND && s->o->config == NULL) {
        memset(&s->err, 0, sizeof(s->err));
        return OCI_OK;
    }

    if (rc == OCI_OK) {
        rc = scan_config_text(s, path, &text);
    }

    if (rc == OCI_OK && cmd_given(s->cmd, "timeout")) {
        deadline_set(s->cmd->global->timeout);
    }

    return rc;
}


oci_status_e
scan_config_text(scan_t *s, const char *path, const oci_str_t *text)
{
    config_t  c;

    memset(&c, 0, sizeof(c));
    c.s = s;
    c.path = path;

    return config_load(&c, text);
}


static oci_status_e
config_load(config_t *c, const oci_str_t *text)
{
    oci_status_e    rc;
    yaml_node_t    *root;
    yaml_parser_t   parser;

    if (yaml_parser_initialize(&parser) == 0) {
        return oci_error(&c->s->err, OCI_NOMEM, 0, "out of memory");
    }

    yaml_parser_set_input_string(&parser, text->data, text->len);

    if (yaml_parser_load(&parser, &c->doc) == 0) {
        rc = oci_error(&c->s->err, OCI_INVALID, 0, "\"%.256s\": not valid "
                       "YAML: line %zu: %.128s", c->path,
                       parser.problem_mark.line + 1,
                       parser.problem != NULL ? parser.problem : "damaged");
        yaml_parser_delete(&parser);
        return rc;
    }

    yaml_parser_delete(&parser);
    root = yaml_document_get_root_node(&c->doc);

    if (root == NULL) {
        rc = OCI_OK;                    /* an empty file */

    } else if (root->type != YAML_MAPPING_NODE) {
        rc = config_bad(c, "not a map of keys and values");

    } else {
        rc = config_map(c, root, "", 0);
    }

    yaml_document_delete(&c->doc);

    return rc;
}


static oci_status_e
config_map(config_t *c, yaml_node_t *map, const char *prefix, unsigned depth)
{
    oci_str_t          name;
    yaml_node_t       *key;
    oci_status_e       rc;
    yaml_node_pair_t  *pair;

    if (depth == CONFIG_DEPTH) {
        return config_bad(c, "nested too deeply");
    }

    for (pair = map->data.mapping.pairs.start;
         pair < map->data.mapping.pairs.top;
         pair++)
    {
        key = yaml_document_get_node(&c->doc, pair->key);

        if (c->nodes++ == CONFIG_NODES || key == NULL
            || key->type != YAML_SCALAR_NODE
            || key->data.scalar.length > 256)
        {
            return config_bad(c, "too long, or a key that is no text");
        }

        name = oci_strf(c->s->pool, "%s%s%.*s", prefix,
                        *prefix != '\0' ? "." : "",
                        (int) key->data.scalar.length,
                        (char *) key->data.scalar.value);

        if (name.data == NULL) {
            return oci_error(&c->s->err, OCI_NOMEM, 0, "out of memory");
        }

        rc = config_member(c, yaml_document_get_node(&c->doc, pair->value),
                           (char *) name.data, depth);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
}


static oci_status_e
config_member(config_t *c, yaml_node_t *value, const char *key,
    unsigned depth)
{
    const config_key_t  *known;

    if (value == NULL) {
        return OCI_OK;
    }

    if (value->type == YAML_MAPPING_NODE) {
        return config_map(c, value, key, depth + 1);
    }

    known = config_find(key);

    if (known == NULL) {
        scan_log(c->s, SCAN_WARN, "[config] \"%s\" is not known and has no "
                 "effect\tfile=\"%s\"", key, c->path);
        return OCI_OK;
    }

    return (known->flag != NULL) ? config_set(c, key, known->flag, value)
                                 : OCI_OK;
}


/* as in Trivy, the case of keys does not matter */

static const config_key_t *
config_find(const char *key)
{
    size_t               len;
    const config_key_t  *k;

    for (k = config_keys; k->key != NULL; k++) {
        len = strlen(k->key);

        if (k->key[len - 1] == '.' ? strncasecmp(key, k->key, len) == 0
                                   : strcasecmp(key, k->key) == 0)
        {
            return k;
        }
    }

    return NULL;
}


static oci_status_e
config_set(config_t *c, const char *key, const char *flag, yaml_node_t *node)
{
    if (cmd_given(c->s->cmd, flag)) {
        return OCI_OK;
    }

    return (node->type == YAML_SEQUENCE_NODE)
           ? config_set_list(c, key, flag, node)
           : config_put(c, key, flag, node, false);
}


static oci_status_e
config_set_list(config_t *c, const char *key, const char *flag,
    yaml_node_t *node)
{
    size_t             n;
    oci_status_e       rc;
    yaml_node_item_t  *item;

    n = (size_t) (node->data.sequence.items.top
                  - node->data.sequence.items.start);

    if (n > 1 && !cmd_takes_many(c->s->cmd, flag)) {
        return oci_error(&c->s->err, OCI_INVALID, 0, "\"%.256s\": \"%s\" "
                         "takes one value", c->path, key);
    }

    for (item = node->data.sequence.items.start;
         item < node->data.sequence.items.top;
         item++)
    {
        rc = config_put(c, key, flag, yaml_document_get_node(&c->doc, *item),
                        true);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
}


/*
 * Nothing, as default files are full of, leaves a flag as it is.  An item of
 * a list is one value, whatever is in it.
 */

static oci_status_e
config_put(config_t *c, const char *key, const char *flag, yaml_node_t *node,
    bool item)
{
    oci_str_t    value;
    oci_error_t  why;

    if (node == NULL || node->type != YAML_SCALAR_NODE) {
        return oci_error(&c->s->err, OCI_INVALID, 0, "\"%.256s\": \"%s\" is "
                         "neither a value nor a list of values", c->path, key);
    }

    if (node->data.scalar.length == 0
        || strcmp((char *) node->data.scalar.value, "null") == 0
        || strcmp((char *) node->data.scalar.value, "~") == 0)
    {
        return OCI_OK;
    }

    item = item && strchr((char *) node->data.scalar.value, ',') != NULL;
    value = oci_strf(c->s->pool, item ? "\"%s\"" : "%s",
                     (char *) node->data.scalar.value);

    if (value.data == NULL) {
        return oci_error(&c->s->err, OCI_NOMEM, 0, "out of memory");
    }

    if (cmd_put(c->s->cmd, flag, (char *) value.data) == OCI_OK) {
        return OCI_OK;
    }

    why = c->s->cmd->err;

    return oci_error(&c->s->err, why.status, 0, "\"%.256s\": %s", c->path,
                     why.text);
}


static oci_status_e
config_bad(config_t *c, const char *why)
{
    return oci_error(&c->s->err, OCI_INVALID, 0, "\"%.256s\": %s", c->path,
                     why);
}
