/*
 * kubeconfig files.
 */

#include "sign/kubeconfig.h"
#include "command/file.h"
#include "oci_file.h"
#include "oci_sign_util.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <yaml.h>


#define KUBECONFIG_MAX    ((size_t) 4 << 20)
#define KUBECONFIG_FILES  32
#define KUBECONFIG_POD    "/var/run/secrets/kubernetes.io/serviceaccount"


typedef struct {
    yaml_document_t   doc;
    const char       *path;
} kubeconfig_file_t;


/* one entry of a list: what is said, and in which file */

typedef struct {
    kubeconfig_file_t  *file;
    yaml_node_t        *node;
} kubeconfig_part_t;


typedef struct {
    oci_pool_t         *pool;
    kubeconfig_file_t   files[KUBECONFIG_FILES];
    size_t              nfiles;
    kubeconfig_t       *kube;
} kubeconfig_read_t;


static oci_status_e kubeconfig_files(kubeconfig_read_t *r, const char *list,
    oci_error_t *err);
static oci_status_e kubeconfig_file(kubeconfig_read_t *r, const char *path,
    oci_error_t *err);
static oci_status_e kubeconfig_current(kubeconfig_read_t *r,
    oci_error_t *err);
static bool kubeconfig_find(kubeconfig_read_t *r, const char *list,
    const char *name, const char *kind, kubeconfig_part_t *part);
static yaml_node_t *kubeconfig_get(kubeconfig_file_t *file,
    yaml_node_t *map, const char *key);
static const char *kubeconfig_text(const kubeconfig_part_t *part,
    const char *key);
static oci_status_e kubeconfig_cluster(kubeconfig_read_t *r,
    const kubeconfig_part_t *cluster, oci_error_t *err);
static oci_status_e kubeconfig_server(kubeconfig_t *kube, const char *server,
    oci_pool_t *pool, oci_error_t *err);
static oci_status_e kubeconfig_user(kubeconfig_read_t *r,
    const kubeconfig_part_t *user, oci_error_t *err);
static oci_status_e kubeconfig_login(kubeconfig_read_t *r,
    const kubeconfig_part_t *user, oci_error_t *err);
static oci_status_e kubeconfig_pem(kubeconfig_read_t *r,
    const kubeconfig_part_t *part, const char *key, const char **path,
    oci_error_t *err);
static const char *kubeconfig_beside(kubeconfig_read_t *r,
    const kubeconfig_part_t *part, const char *name);
static const char *kubeconfig_memory(oci_pool_t *pool,
    const oci_str_t *text);
static void kubeconfig_forget(void *data);
static oci_status_e kubeconfig_bearer(oci_pool_t *pool, kubeconfig_t *kube,
    const char *file, oci_error_t *err);
static oci_status_e kubeconfig_pod(oci_pool_t *pool, kubeconfig_t *kube,
    oci_error_t *err);


oci_status_e
kubeconfig_load(oci_pool_t *pool, kubeconfig_t *kube, oci_error_t *err)
{
    size_t              i;
    const char         *list, *home;
    oci_status_e        rc;
    kubeconfig_read_t   r;

    memset(kube, 0, sizeof(kubeconfig_t));
    memset(&r, 0, sizeof(kubeconfig_read_t));
    r.pool = pool;
    r.kube = kube;
    list = getenv("KUBECONFIG");
    home = getenv("HOME");

    if ((list == NULL || list[0] == '\0') && home != NULL) {
        list = (char *) oci_strf(pool, "%s/.kube/config", home).data;
    }

    rc = (list != NULL) ? kubeconfig_files(&r, list, err) : OCI_OK;

    if (rc == OCI_OK) {
        rc = (r.nfiles != 0) ? kubeconfig_current(&r, err)
             : kubeconfig_pod(pool, kube, err);
    }

    for (i = 0; i < r.nfiles; i++) {
        yaml_document_delete(&r.files[i].doc);
    }

    return rc;
}


/* those that do not exist are passed over, as kubectl does */

static oci_status_e
kubeconfig_files(kubeconfig_read_t *r, const char *list, oci_error_t *err)
{
    size_t         len;
    oci_str_t      path;
    const char    *p;
    oci_status_e   rc;

    rc = OCI_OK;

    for (p = list; rc == OCI_OK && *p != '\0'; p += len + (p[len] == ':')) {
        len = strcspn(p, ":");

        if (len == 0) {
            continue;
        }

        path = oci_str_dup(r->pool, (const u_char *) p, len);

        if (path.data == NULL) {
            return oci_nomem(err);
        }

        if (oci_file_exists((char *) path.data)) {
            rc = kubeconfig_file(r, (char *) path.data, err);
        }
    }

    return rc;
}


static oci_status_e
kubeconfig_file(kubeconfig_read_t *r, const char *path, oci_error_t *err)
{
    bool                good;
    oci_str_t           text;
    oci_status_e        rc;
    yaml_parser_t       parser;
    kubeconfig_file_t  *file;

    if (r->nfiles == KUBECONFIG_FILES) {
        return oci_error(err, OCI_LIMIT, 0, "KUBECONFIG names more than %d "
                         "files", KUBECONFIG_FILES);
    }

    rc = file_read_max(r->pool, path, KUBECONFIG_MAX, &text, err);

    if (rc != OCI_OK) {
        return rc;
    }

    if (yaml_parser_initialize(&parser) == 0) {
        return oci_nomem(err);
    }

    file = &r->files[r->nfiles];
    file->path = path;
    yaml_parser_set_input_string(&parser, text.data, text.len);
    good = yaml_parser_load(&parser, &file->doc) == 1;
    yaml_parser_delete(&parser);
    oci_sign_wipe(&text);

    if (!good) {
        return oci_error(err, OCI_INVALID, 0, "%s: not YAML", path);
    }

    r->nfiles++;

    return OCI_OK;
}


static oci_status_e
kubeconfig_current(kubeconfig_read_t *r, oci_error_t *err)
{
    size_t              i;
    const char         *name;
    oci_status_e        rc;
    kubeconfig_part_t   part, cluster, user;

    for (i = 0, name = NULL; name == NULL && i < r->nfiles; i++) {
        part.file = &r->files[i];
        part.node = yaml_document_get_root_node(&part.file->doc);
        name = kubeconfig_text(&part, "current-context");
    }

    if (name == NULL) {
        return oci_error(err, OCI_INVALID, 0, "%s names no current-context: "
                         "kubectl config use-context NAME sets it",
                         r->files[0].path);
    }

    if (!kubeconfig_find(r, "contexts", name, "context", &part)
        || !kubeconfig_find(r, "clusters", kubeconfig_text(&part, "cluster"),
                            "cluster", &cluster))
    {
        return oci_error(err, OCI_INVALID, 0, "%s: the context \"%s\" or its "
                         "cluster is not there", r->files[0].path, name);
    }

    rc = kubeconfig_cluster(r, &cluster, err);
    name = kubeconfig_text(&part, "user");

    if (rc != OCI_OK || name == NULL) {
        return rc;
    }

    return kubeconfig_find(r, "users", name, "user", &user)
           ? kubeconfig_user(r, &user, err)
           : oci_error(err, OCI_INVALID, 0, "%s: the user \"%s\" is not "
                       "there", r->files[0].path, name);
}


static bool
kubeconfig_find(kubeconfig_read_t *r, const char *list, const char *name,
    const char *kind, kubeconfig_part_t *part)
{
    size_t              i;
    yaml_node_t        *node;
    const char         *text;
    yaml_node_item_t   *item;
    kubeconfig_part_t   entry;

    for (i = 0; name != NULL && i < r->nfiles; i++) {
        entry.file = &r->files[i];
        node = kubeconfig_get(entry.file, yaml_document_get_root_node(
                                              &entry.file->doc), list);

        if (node == NULL || node->type != YAML_SEQUENCE_NODE) {
            continue;
        }

        for (item = node->data.sequence.items.start;
             item < node->data.sequence.items.top; item++)
        {
            entry.node = yaml_document_get_node(&entry.file->doc, *item);
            text = kubeconfig_text(&entry, "name");
            part->file = entry.file;
            part->node = kubeconfig_get(entry.file, entry.node, kind);

            if (text != NULL && strcmp(text, name) == 0 && part->node != NULL)
            {
                return true;
            }
        }
    }

    return false;
}


static yaml_node_t *
kubeconfig_get(kubeconfig_file_t *file, yaml_node_t *map, const char *key)
{
    yaml_node_t       *name;
    yaml_node_pair_t  *pair;

    if (map == NULL || map->type != YAML_MAPPING_NODE) {
        return NULL;
    }

    for (pair = map->data.mapping.pairs.start;
         pair < map->data.mapping.pairs.top; pair++)
    {
        name = yaml_document_get_node(&file->doc, pair->key);

        if (name != NULL && name->type == YAML_SCALAR_NODE
            && strcmp((char *) name->data.scalar.value, key) == 0)
        {
            return yaml_document_get_node(&file->doc, pair->value);
        }
    }

    return NULL;
}


/* NULL: it is not there, or empty */

static const char *
kubeconfig_text(const kubeconfig_part_t *part, const char *key)
{
    yaml_node_t  *node;

    node = kubeconfig_get(part->file, part->node, key);

    return (node != NULL && node->type == YAML_SCALAR_NODE
            && node->data.scalar.value[0] != '\0')
           ? (char *) node->data.scalar.value : NULL;
}


static oci_status_e
kubeconfig_cluster(kubeconfig_read_t *r, const kubeconfig_part_t *cluster,
    oci_error_t *err)
{
    oci_str_t      copy;
    const char    *text;
    kubeconfig_t  *kube;
    oci_status_e   rc;

    kube = r->kube;
    text = kubeconfig_text(cluster, "server");

    if (text == NULL) {
        return oci_error(err, OCI_INVALID, 0, "%s: the cluster has no server",
                         cluster->file->path);
    }

    if (kubeconfig_text(cluster, "proxy-url") != NULL) {
        return oci_error(err, OCI_INVALID, 0, "%s: proxy-url is not read: "
                         "set HTTPS_PROXY", cluster->file->path);
    }

    rc = kubeconfig_server(kube, text, r->pool, err);

    if (rc == OCI_OK) {
        rc = kubeconfig_pem(r, cluster, "certificate-authority",
                            &kube->options.cacert, err);
    }

    text = kubeconfig_text(cluster, "insecure-skip-tls-verify");
    kube->options.allow_insecure = text != NULL && strcmp(text, "true") == 0;
    text = kubeconfig_text(cluster, "tls-server-name");

    if (text != NULL) {
        copy = oci_str_dup(r->pool, (const u_char *) text, strlen(text));
        kube->options.server_name = (char *) copy.data;
    }

    return rc;
}


static oci_status_e
kubeconfig_server(kubeconfig_t *kube, const char *server, oci_pool_t *pool,
    oci_error_t *err)
{
    char       *p;
    size_t      n;
    oci_str_t   url;

    url = oci_strf(pool, "%s%s", strstr(server, "://") ? "" : "https://",
                   server);
    p = (char *) url.data;

    if (p == NULL) {
        return oci_nomem(err);
    }

    for (n = url.len; n != 0 && p[n - 1] == '/'; n--) {
        p[n - 1] = '\0';
    }

    if (strncmp(p, "https://", 8) != 0 && strncmp(p, "http://", 7) != 0) {
        return oci_error(err, OCI_INVALID, 0, "the server of the cluster is "
                         "no URL of http or https");
    }

    kube->server = p;
    p = strstr(p, "://") + 3;
    kube->host = oci_str_dup(pool, (u_char *) p, strcspn(p, "/"));

    return OCI_OK;
}


static oci_status_e
kubeconfig_user(kubeconfig_read_t *r, const kubeconfig_part_t *user,
    oci_error_t *err)
{
    size_t         i;
    kubeconfig_t  *kube;
    oci_status_e   rc;

    static const char *const  refused[] = { "exec", "auth-provider", "as",
                                            "as-uid", "as-groups" };

    kube = r->kube;

    for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        if (kubeconfig_get(user->file, user->node, refused[i]) != NULL) {
            return oci_error(err, OCI_INVALID, 0, "%s: the user has \"%s\", "
                             "which is not done here: give it a token "
                             "(kubectl create token) or a client certificate",
                             user->file->path, refused[i]);
        }
    }

    rc = kubeconfig_pem(r, user, "client-certificate",
                        &kube->options.client_cert, err);

    if (rc == OCI_OK) {
        rc = kubeconfig_pem(r, user, "client-key", &kube->options.client_key,
                            err);
    }

    if (rc == OCI_OK && (kube->options.client_cert == NULL)
                        != (kube->options.client_key == NULL))
    {
        return oci_error(err, OCI_INVALID, 0, "%s: client-certificate and "
                         "client-key go together", user->file->path);
    }

    return (rc == OCI_OK) ? kubeconfig_login(r, user, err) : rc;
}


static oci_status_e
kubeconfig_login(kubeconfig_read_t *r, const kubeconfig_part_t *user,
    oci_error_t *err)
{
    oci_str_t      pair, coded;
    const char    *token, *file, *name, *password;
    kubeconfig_t  *kube;

    kube = r->kube;
    token = kubeconfig_text(user, "token");
    file = kubeconfig_text(user, "tokenFile");
    name = kubeconfig_text(user, "username");
    password = kubeconfig_text(user, "password");

    if (file != NULL) {
        return kubeconfig_bearer(r->pool, kube,
                                 kubeconfig_beside(r, user, file), err);
    }

    if (token != NULL) {
        kube->authorization = oci_strf(r->pool, "Bearer %s", token);

    } else if (name != NULL) {
        pair = oci_strf(r->pool, "%s:%s", name, password ? password : "");
        coded = oci_sign_b64(r->pool, pair.data, pair.len);
        kube->authorization = oci_strf(r->pool, "Basic %s",
                                       (char *) coded.data);
        oci_sign_wipe(&pair);
    }

    return OCI_OK;
}


/* KEY-data, base64, goes before KEY, the name of a file */

static oci_status_e
kubeconfig_pem(kubeconfig_read_t *r, const kubeconfig_part_t *part,
    const char *key, const char **path, oci_error_t *err)
{
    oci_str_t    name, text, pem;
    const char  *data, *file;

    name = oci_strf(r->pool, "%s-data", key);
    data = kubeconfig_text(part, (char *) name.data);
    file = kubeconfig_text(part, key);

    if (data == NULL) {
        *path = (file != NULL) ? kubeconfig_beside(r, part, file) : NULL;
        return OCI_OK;
    }

    text = oci_str(data);

    if (oci_sign_b64_decode(r->pool, &text, OCI_SIGN_B64_STD, &pem) != OCI_OK)
    {
        return oci_error(err, OCI_INVALID, 0, "%s: %s is not base64",
                         part->file->path, name.data);
    }

    *path = kubeconfig_memory(r->pool, &pem);
    oci_sign_wipe(&pem);

    return (*path != NULL) ? OCI_OK : oci_nomem(err);
}


/* a relative name is one beside the file that has it */

static const char *
kubeconfig_beside(kubeconfig_read_t *r, const kubeconfig_part_t *part,
    const char *name)
{
    const char  *path, *slash;

    path = part->file->path;
    slash = strrchr(path, '/');

    return (name[0] == '/' || slash == NULL)
           ? (char *) oci_str_dup(r->pool, (const u_char *) name,
                                  strlen(name)).data
           : (char *) oci_strf(r->pool, "%.*s/%s", (int) (slash - path),
                               path, name).data;
}


/* a file that is in memory alone, and goes with the pool */

static const char *
kubeconfig_memory(oci_pool_t *pool, const oci_str_t *text)
{
    int   fd, *kept;

    kept = oci_palloc(pool, sizeof(int));
    fd = (kept != NULL) ? memfd_create("tally", MFD_CLOEXEC) : -1;

    if (fd == -1) {
        return NULL;
    }

    *kept = fd;

    if (oci_pool_cleanup(pool, kubeconfig_forget, kept) != OCI_OK
        || oci_file_write(fd, 0, text->data, text->len, NULL) != OCI_OK)
    {
        return NULL;
    }

    return (char *) oci_strf(pool, "/proc/self/fd/%d", fd).data;
}


static void
kubeconfig_forget(void *data)
{
    (void) close(*(int *) data);
}


static oci_status_e
kubeconfig_bearer(oci_pool_t *pool, kubeconfig_t *kube, const char *file,
    oci_error_t *err)
{
    oci_str_t     token;
    oci_status_e  rc;

    rc = file_read_max(pool, file, KUBECONFIG_MAX, &token, err);

    if (rc == OCI_OK) {
        kube->authorization = oci_strf(pool, "Bearer %.*s",
            (int) strcspn((char *) token.data, "\r\n"), token.data);
        oci_sign_wipe(&token);
    }

    return rc;
}


static oci_status_e
kubeconfig_pod(oci_pool_t *pool, kubeconfig_t *kube, oci_error_t *err)
{
    oci_str_t     server;
    const char   *host, *port;
    oci_status_e  rc;

    host = getenv("KUBERNETES_SERVICE_HOST");
    port = getenv("KUBERNETES_SERVICE_PORT");

    if (host == NULL || host[0] == '\0' || port == NULL
        || !oci_file_exists(KUBECONFIG_POD "/token"))
    {
        return oci_error(err, OCI_NOT_FOUND, 0, "no Kubernetes is known: "
                         "there is no kubeconfig (KUBECONFIG, "
                         "~/.kube/config), and this is no pod");
    }

    server = oci_strf(pool, strchr(host, ':') ? "https://[%s]:%s"
                                              : "https://%s:%s", host, port);
    rc = kubeconfig_server(kube, (char *) server.data, pool, err);
    kube->options.cacert = KUBECONFIG_POD "/ca.crt";

    return (rc == OCI_OK)
           ? kubeconfig_bearer(pool, kube, KUBECONFIG_POD "/token", err)
           : rc;
}
