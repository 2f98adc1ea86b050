/*
 * YAML documents.
 */

#include "yaml.h"

#include <string.h>
#include <strings.h>


oci_status_e
oci_scan_yaml_load(yaml_document_t *doc, const oci_str_t *text,
    oci_error_t *err)
{
    oci_status_e    rc;
    yaml_parser_t   parser;

    if (yaml_parser_initialize(&parser) == 0) {
        return oci_nomem(err);
    }

    yaml_parser_set_input_string(&parser, (text->len != 0) ? text->data
                                 : (const u_char *) "", text->len);

    rc = (yaml_parser_load(&parser, doc) != 0) ? OCI_OK
         : oci_error(err, OCI_INVALID, 0, "line %zu: %.128s",
                     parser.problem_mark.line + 1,
                     parser.problem != NULL ? parser.problem : "not YAML");

    yaml_parser_delete(&parser);

    return rc;
}


yaml_node_t *
oci_scan_yaml_member(yaml_document_t *doc, yaml_node_t *map, const char *name)
{
    yaml_node_t       *key;
    yaml_node_pair_t  *pair;

    if (map == NULL || map->type != YAML_MAPPING_NODE) {
        return NULL;
    }

    for (pair = map->data.mapping.pairs.start;
         pair < map->data.mapping.pairs.top;
         pair++)
    {
        key = yaml_document_get_node(doc, pair->key);

        if (key != NULL && key->type == YAML_SCALAR_NODE
            && key->data.scalar.length == strlen(name)
            && memcmp(key->data.scalar.value, name, strlen(name)) == 0)
        {
            return yaml_document_get_node(doc, pair->value);
        }
    }

    return NULL;
}


bool
oci_scan_yaml_null(const yaml_node_t *node)
{
    const char  *value;

    if (node->type != YAML_SCALAR_NODE
        || node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
    {
        return false;
    }

    value = (char *) node->data.scalar.value;

    return *value == '\0' || strcmp(value, "~") == 0
           || strcasecmp(value, "null") == 0;
}
