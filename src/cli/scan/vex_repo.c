/*
 * VEX repositories: their configuration.
 */

#include "scan/vex_repo.h"
#include "base/text.h"
#include "base/yaml.h"
#include "oci_file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>


#define VEX_CONFIG_MAX   ((size_t) 1 << 20)
#define VEX_REPOS_MAX    100
#define VEX_HUB          "https://github.com/aquasecurity/vexhub"


static oci_status_e vex_config(scan_t *s, yaml_document_t *doc,
    oci_array_t *repos);
static oci_status_e vex_config_one(scan_t *s, yaml_document_t *doc,
    yaml_node_t *node, vex_repo_t *repo);
static oci_str_t vex_config_text(scan_t *s, yaml_document_t *doc,
    yaml_node_t *map, const char *name);


char *
vex_repo_config(scan_t *s)
{
    const char  *home;

    home = getenv("HOME");

    if (home == NULL || *home == '\0') {
        oci_error(&s->err, OCI_INVALID, 0, "HOME does not say where the "
                  "configuration of VEX repositories lies");
        return NULL;
    }

    return (char *) oci_strf(s->pool, "%s/.trivy/vex/repository.yaml",
                             home).data;
}


oci_status_e
vex_repo_init(scan_t *s, bool *made)
{
    char               *path;
    static const char   text[] =
        "repositories:\n"
        "  - name: default\n"
        "    url: " VEX_HUB "\n"
        "    enabled: true\n"
        "    username: \"\"\n"
        "    password: \"\"\n"
        "    token: \"\"\n"
        "    insecure: false\n";

    *made = false;
    path = vex_repo_config(s);

    if (path == NULL) {
        return (s->err.status != OCI_OK) ? s->err.status : oci_nomem(&s->err);
    }

    if (access(path, F_OK) == 0) {
        return OCI_OK;
    }

    *made = true;

    return oci_file_publish(path, text, sizeof(text) - 1, false, &s->err);
}


oci_status_e
vex_repo_list(scan_t *s, oci_array_t *repos)
{
    bool              made;
    char             *path;
    oci_str_t         text;
    oci_error_t       why;
    oci_status_e      rc;
    yaml_document_t   doc;

    oci_array_init(repos, s->pool, sizeof(vex_repo_t));
    rc = vex_repo_init(s, &made);
    path = vex_repo_config(s);

    if (rc != OCI_OK || path == NULL) {
        return (rc != OCI_OK) ? rc : oci_nomem(&s->err);
    }

    rc = oci_file_read(s->pool, path, VEX_CONFIG_MAX, &text, &s->err);
    if (rc != OCI_OK) {
        return rc;
    }

    memset(&why, 0, sizeof(why));
    rc = oci_scan_yaml_load(&doc, &text, &why);

    if (rc == OCI_OK) {
        rc = vex_config(s, &doc, repos);
        yaml_document_delete(&doc);
        why = s->err;
        memset(&s->err, 0, sizeof(s->err));
    }

    return (rc == OCI_OK) ? rc
           : oci_error(&s->err, rc, 0, "\"%.256s\": %s", path, why.text);
}


static oci_status_e
vex_config(scan_t *s, yaml_document_t *doc, oci_array_t *repos)
{
    oci_status_e       rc;
    vex_repo_t        *repo;
    yaml_node_t       *list;
    yaml_node_item_t  *item;

    list = oci_scan_yaml_member(doc, yaml_document_get_root_node(doc),
                                "repositories");

    if (list == NULL || oci_scan_yaml_null(list)) {
        return OCI_OK;
    }

    if (list->type != YAML_SEQUENCE_NODE) {
        return oci_error(&s->err, OCI_INVALID, 0, "\"repositories\" is not a "
                         "list");
    }

    for (item = list->data.sequence.items.start;
         item < list->data.sequence.items.top;
         item++)
    {
        if (repos->nelts == VEX_REPOS_MAX) {
            return oci_error(&s->err, OCI_LIMIT, 0, "more than %d "
                             "repositories", VEX_REPOS_MAX);
        }

        repo = oci_array_push(repos);
        if (repo == NULL) {
            return oci_nomem(&s->err);
        }

        rc = vex_config_one(s, doc, yaml_document_get_node(doc, *item), repo);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
}


static oci_status_e
vex_config_one(scan_t *s, yaml_document_t *doc, yaml_node_t *node,
    vex_repo_t *repo)
{
    oci_str_t  flag;

    repo->s = s;
    repo->pool = s->pool;
    repo->name = vex_config_text(s, doc, node, "name");
    repo->url = vex_config_text(s, doc, node, "url");
    repo->username = vex_config_text(s, doc, node, "username");
    repo->password = vex_config_text(s, doc, node, "password");
    repo->token = vex_config_text(s, doc, node, "token");
    flag = vex_config_text(s, doc, node, "enabled");
    repo->enabled = oci_str_is(&flag, "true");
    flag = vex_config_text(s, doc, node, "insecure");
    repo->insecure = oci_str_is(&flag, "true");

    if (!vex_is_local(&repo->name)) {
        return oci_error(&s->err, OCI_INVALID, 0, "invalid repository name "
                         "\"%.64s\": must be a local relative path",
                         repo->name.data);
    }

    repo->dir = (char *) oci_strf(s->pool, "%s/vex/repositories/%s",
                                  s->cache_dir, repo->name.data).data;

    return (repo->dir != NULL) ? OCI_OK : oci_nomem(&s->err);
}


static oci_str_t
vex_config_text(scan_t *s, yaml_document_t *doc, yaml_node_t *map,
    const char *name)
{
    oci_str_t     text, none = oci_string("");
    yaml_node_t  *node;

    node = oci_scan_yaml_member(doc, map, name);

    if (node == NULL || node->type != YAML_SCALAR_NODE
        || oci_scan_yaml_null(node))
    {
        return none;
    }

    text = oci_str_dup(s->pool, node->data.scalar.value,
                       node->data.scalar.length);

    return (text.data != NULL) ? text : none;
}


bool
vex_is_local(const oci_str_t *name)
{
    oci_str_t  rest, part;

    if (name->len == 0 || name->data[0] == '/'
        || memchr(name->data, '\0', name->len) != NULL)
    {
        return false;
    }

    rest = *name;

    while (oci_scan_text_split(&rest, '/', &part)) {
        if (part.len == 0 || oci_str_is(&part, "..")
            || oci_str_is(&part, "."))
        {
            return false;
        }
    }

    return true;
}
