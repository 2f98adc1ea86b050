/*
 * YAML documents as JSON.
 */

#include "oci_yaml.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>


#define OCI_YAML_KEY  256


typedef struct {
    yaml_document_t   doc;
    size_t            nodes;
    unsigned          flags;
    oci_error_t      *err;
} oci_yaml_t;


static bool oci_yaml_document(oci_yaml_t *y, yaml_parser_t *parser,
    json_t *all);
static json_t *oci_yaml_value(oci_yaml_t *y, yaml_node_t *node,
    unsigned depth);
static json_t *oci_yaml_map(oci_yaml_t *y, yaml_node_t *node,
    unsigned depth);
static bool oci_yaml_key(oci_yaml_t *y, const json_t *map,
    const yaml_node_t *key);
static json_t *oci_yaml_list(oci_yaml_t *y, yaml_node_t *node,
    unsigned depth);
static json_t *oci_yaml_scalar(oci_yaml_t *y, yaml_node_t *node);


json_t *
oci_yaml_load(const oci_str_t *text, unsigned flags, oci_error_t *err)
{
    json_t         *all;
    oci_yaml_t      y;
    oci_error_t     why = { OCI_OK, 0, "" };
    yaml_parser_t   parser;

    if (yaml_parser_initialize(&parser) == 0) {
        (void) oci_nomem(err);
        return NULL;
    }

    memset(&y, 0, sizeof(y));
    y.flags = flags;
    y.err = &why;

    yaml_parser_set_input_string(&parser, (text->len != 0) ? text->data
                                 : (const u_char *) "", text->len);

    all = json_array();

    while (oci_yaml_document(&y, &parser, all)) {
        /* void */
    }

    yaml_parser_delete(&parser);

    if (all != NULL && why.status == OCI_OK) {
        return all;
    }

    (void) oci_nomem(&why);
    (void) oci_error(err, why.status, 0, "%s", why.text);
    json_decref(all);

    return NULL;
}


/* false: that was the last one, or something is wrong with it */

static bool
oci_yaml_document(oci_yaml_t *y, yaml_parser_t *parser, json_t *all)
{
    bool          more;
    json_t       *value;
    yaml_node_t  *root;

    if (yaml_parser_load(parser, &y->doc) == 0) {
        (void) oci_error(y->err, OCI_INVALID, 0, "not valid YAML: line %zu: "
                         "%.128s", parser->problem_mark.line + 1,
                         parser->problem != NULL ? parser->problem
                                                 : "damaged");
        return false;
    }

    root = yaml_document_get_root_node(&y->doc);
    more = (root != NULL);

    if (more) {
        value = oci_yaml_value(y, root, 0);
        more = (value != NULL);

        if (json_array_append_new(all, value) != 0) {
            (void) oci_nomem(y->err);
            more = false;
        }
    }

    yaml_document_delete(&y->doc);

    return more;
}


/* NULL: said in err */

static json_t *
oci_yaml_value(oci_yaml_t *y, yaml_node_t *node, unsigned depth)
{
    if (depth == OCI_YAML_DEPTH || node == NULL
        || y->nodes++ == OCI_YAML_NODES)
    {
        (void) oci_error(y->err, OCI_LIMIT, 0, "the YAML is too long, or "
                         "nested too deeply");
        return NULL;
    }

    switch (node->type) {

    case YAML_MAPPING_NODE:
        return oci_yaml_map(y, node, depth);

    case YAML_SEQUENCE_NODE:
        return oci_yaml_list(y, node, depth);

    default:
        return oci_yaml_scalar(y, node);
    }
}


static json_t *
oci_yaml_map(oci_yaml_t *y, yaml_node_t *node, unsigned depth)
{
    json_t            *map, *value;
    yaml_node_t       *key;
    yaml_node_pair_t  *pair;

    map = json_object();

    for (pair = node->data.mapping.pairs.start;
         map != NULL && pair < node->data.mapping.pairs.top;
         pair++)
    {
        key = yaml_document_get_node(&y->doc, pair->key);

        if (!oci_yaml_key(y, map, key)) {
            json_decref(map);
            return NULL;
        }

        value = oci_yaml_value(y, yaml_document_get_node(&y->doc, pair->value),
                               depth + 1);

        if (json_object_set_new(map, (char *) key->data.scalar.value, value)
            != 0)
        {
            (void) oci_nomem(y->err);
            json_decref(map);
            return NULL;
        }
    }

    return map;
}


static bool
oci_yaml_key(oci_yaml_t *y, const json_t *map, const yaml_node_t *key)
{
    size_t       line;
    const char  *text;

    line = (key != NULL) ? key->start_mark.line + 1 : 0;
    text = (key != NULL && key->type == YAML_SCALAR_NODE)
           ? (char *) key->data.scalar.value : NULL;

    if (text == NULL || key->data.scalar.length > OCI_YAML_KEY
        || strlen(text) != key->data.scalar.length)
    {
        (void) oci_error(y->err, OCI_INVALID, 0, "line %zu: a key is no text, "
                         "or long", line);
        return false;
    }

    if ((y->flags & OCI_YAML_DUPLICATES)
        && json_object_get(map, text) != NULL)
    {
        (void) oci_error(y->err, OCI_INVALID, 0, "line %zu: \"%s\" is there "
                         "twice", line, text);
        return false;
    }

    return true;
}


static json_t *
oci_yaml_list(oci_yaml_t *y, yaml_node_t *node, unsigned depth)
{
    json_t            *list, *value;
    yaml_node_item_t  *item;

    list = json_array();

    for (item = node->data.sequence.items.start;
         list != NULL && item < node->data.sequence.items.top;
         item++)
    {
        value = oci_yaml_value(y, yaml_document_get_node(&y->doc, *item),
                               depth + 1);

        if (json_array_append_new(list, value) != 0) {
            (void) oci_nomem(y->err);
            json_decref(list);
            return NULL;
        }
    }

    return list;
}


/* control characters would be text of a configuration, or of a terminal */

static json_t *
oci_yaml_scalar(oci_yaml_t *y, yaml_node_t *node)
{
    size_t       i;
    const char  *text;

    text = (char *) node->data.scalar.value;

    if (node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE
        && (*text == '\0' || strcmp(text, "~") == 0
            || strcasecmp(text, "null") == 0))
    {
        return json_null();
    }

    for (i = 0; i < node->data.scalar.length; i++) {
        if (iscntrl((u_char) text[i]) && text[i] != '\n' && text[i] != '\t') {
            (void) oci_error(y->err, OCI_INVALID, 0, "line %zu: a control "
                             "character", node->start_mark.line + 1);
            return NULL;
        }
    }

    return json_stringn(text, node->data.scalar.length);
}
