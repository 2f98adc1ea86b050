/*
 * An image's configuration as Go's struct for it is written: known members
 * only, in the order of the struct, maps sorted.
 *
 * Source: OCI Image Specification 1.1, config.md.
 */

#include "write.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>


typedef enum {
    CONFIG_TEXT,                /* a string; left out when empty */
    CONFIG_TEXT_ALWAYS,
    CONFIG_TIME,                /* a string; the year 1 when absent */
    CONFIG_BOOL,
    CONFIG_NUMBER,
    CONFIG_LIST,                /* left out when empty */
    CONFIG_LIST_NULL,           /* null when absent */
    CONFIG_MAP,                 /* of strings */
    CONFIG_SET                  /* a map to empty objects */
} config_kind_e;


typedef struct {
    const char     *name;
    config_kind_e   kind;
} config_member_t;


static bool config_has(const json_t *object,
    const config_member_t *members);
static void config_members(emit_t *e, const json_t *object,
    const config_member_t *members);
static void config_member(emit_t *e, const json_t *value,
    const config_member_t *member);
static void config_map(emit_t *e, const json_t *object,
    const config_member_t *member);
static int config_by_name(const void *one, const void *two);
static void config_history(emit_t *e, const json_t *history);
static void config_container(emit_t *e, const json_t *container);


static const config_member_t  config_head[] = {
    { "architecture", CONFIG_TEXT_ALWAYS },
    { "author", CONFIG_TEXT },
    { "container", CONFIG_TEXT },
    { "created", CONFIG_TIME },
    { "docker_version", CONFIG_TEXT },
    { NULL, CONFIG_TEXT }
};


static const config_member_t  config_entry[] = {
    { "author", CONFIG_TEXT },
    { "created", CONFIG_TIME },
    { "created_by", CONFIG_TEXT },
    { "comment", CONFIG_TEXT },
    { "empty_layer", CONFIG_BOOL },
    { NULL, CONFIG_TEXT }
};


static const config_member_t  config_rootfs[] = {
    { "type", CONFIG_TEXT_ALWAYS },
    { "diff_ids", CONFIG_LIST_NULL },
    { NULL, CONFIG_TEXT }
};


static const config_member_t  config_run[] = {
    { "AttachStderr", CONFIG_BOOL },
    { "AttachStdin", CONFIG_BOOL },
    { "AttachStdout", CONFIG_BOOL },
    { "Cmd", CONFIG_LIST },
    { NULL, CONFIG_TEXT }
};


static const config_member_t  config_health[] = {
    { "Test", CONFIG_LIST },
    { "Interval", CONFIG_NUMBER },
    { "Timeout", CONFIG_NUMBER },
    { "StartPeriod", CONFIG_NUMBER },
    { "Retries", CONFIG_NUMBER },
    { NULL, CONFIG_TEXT }
};


static const config_member_t  config_rest[] = {
    { "Domainname", CONFIG_TEXT },
    { "Entrypoint", CONFIG_LIST },
    { "Env", CONFIG_LIST },
    { "Hostname", CONFIG_TEXT },
    { "Image", CONFIG_TEXT },
    { "Labels", CONFIG_MAP },
    { "OnBuild", CONFIG_LIST },
    { "OpenStdin", CONFIG_BOOL },
    { "StdinOnce", CONFIG_BOOL },
    { "Tty", CONFIG_BOOL },
    { "User", CONFIG_TEXT },
    { "Volumes", CONFIG_SET },
    { "WorkingDir", CONFIG_TEXT },
    { "ExposedPorts", CONFIG_SET },
    { "ArgsEscaped", CONFIG_BOOL },
    { "NetworkDisabled", CONFIG_BOOL },
    { "MacAddress", CONFIG_TEXT },
    { "StopSignal", CONFIG_TEXT },
    { "Shell", CONFIG_LIST },
    { NULL, CONFIG_TEXT }
};


static const config_member_t  config_tail[] = {
    { "os.version", CONFIG_TEXT },
    { "variant", CONFIG_TEXT },
    { "os.features", CONFIG_LIST },
    { NULL, CONFIG_TEXT }
};


void
emit_config(emit_t *e, const char *key, const json_t *config)
{
    static const config_member_t  os[] = {
        { "os", CONFIG_TEXT_ALWAYS },
        { NULL, CONFIG_TEXT }
    };

    emit_object(e, key);
    config_members(e, config, config_head);
    config_history(e, json_object_get(config, "history"));
    config_members(e, config, os);

    emit_object(e, "rootfs");
    config_members(e, json_object_get(config, "rootfs"), config_rootfs);
    emit_end(e);

    config_container(e, json_object_get(config, "config"));
    config_members(e, config, config_tail);
    emit_end(e);
}


/* Go's struct of it would be empty: nothing of an image is said */

bool
config_empty(const json_t *config)
{
    return !config_has(config, config_head)
           && !config_has(config, config_tail)
           && json_string_length(json_object_get(config, "os")) == 0
           && json_array_size(json_object_get(config, "history")) == 0
           && !config_has(json_object_get(config, "rootfs"), config_rootfs)
           && !config_has(json_object_get(config, "config"), config_run)
           && !config_has(json_object_get(config, "config"), config_rest)
           && !json_is_object(json_object_get(json_object_get(config,
                                                              "config"),
                                              "Healthcheck"));
}


static bool
config_has(const json_t *object, const config_member_t *members)
{
    const json_t  *value;

    for ( /* void */ ; members->name != NULL; members++) {

        value = json_object_get(object, members->name);

        if (json_string_length(value) != 0 || json_is_true(value)
            || json_integer_value(value) != 0 || json_is_array(value)
            || json_is_object(value))
        {
            return true;
        }
    }

    return false;
}


static void
config_members(emit_t *e, const json_t *object, const config_member_t *members)
{
    for ( /* void */ ; members->name != NULL; members++) {
        config_member(e, json_object_get(object, members->name), members);
    }
}


static void
config_member(emit_t *e, const json_t *value, const config_member_t *member)
{
    switch (member->kind) {

    case CONFIG_TEXT:
    case CONFIG_TEXT_ALWAYS:
    case CONFIG_TIME:
        if (json_string_length(value) != 0) {
            emit_json(e, member->name, value);

        } else if (member->kind != CONFIG_TEXT) {
            emit_text(e, member->name, member->kind == CONFIG_TIME
                          ? "0001-01-01T00:00:00Z" : "");
        }

        break;

    case CONFIG_BOOL:
        if (json_is_true(value)) {
            emit_bool(e, member->name, true);
        }

        break;

    case CONFIG_NUMBER:
        emit_opt_int(e, member->name, json_integer_value(value));
        break;

    case CONFIG_LIST:
    case CONFIG_LIST_NULL:
        if (json_array_size(value) != 0
            || (json_is_array(value) && member->kind == CONFIG_LIST_NULL))
        {
            emit_json(e, member->name, value);

        } else if (member->kind == CONFIG_LIST_NULL) {
            emit_null(e, member->name);
        }

        break;

    case CONFIG_MAP:
    case CONFIG_SET:
        config_map(e, value, member);
        break;
    }
}


static void
config_map(emit_t *e, const json_t *object, const config_member_t *member)
{
    size_t        i, n;
    json_t       *value;
    const char   *key, **keys;

    n = json_object_size(object);
    keys = n == 0 ? NULL : calloc(n, sizeof(char *));

    if (keys == NULL) {
        return;
    }

    n = 0;

    json_object_foreach((json_t *) object, key, value) {
        keys[n++] = key;
    }

    qsort(keys, n, sizeof(char *), config_by_name);
    emit_object(e, member->name);

    for (i = 0; i < n; i++) {
        value = json_object_get(object, keys[i]);

        if (member->kind == CONFIG_SET) {
            emit_object(e, keys[i]);
            emit_end(e);

        } else if (json_is_string(value)) {
            emit_json(e, keys[i], value);

        } else {
            emit_text(e, keys[i], "");
        }
    }

    emit_end(e);
    free(keys);
}


/*
 * As Go's MarshalIndent() writes it with two spaces before each line but the
 * first, and no more.
 */

oci_status_e
oci_scan_report_config(const json_t *config, oci_buf_t *out)
{
    emit_t      e;
    oci_buf_t   b;
    oci_str_t   rest, line;

    memset(&b, 0, sizeof(b));
    emit_init(&e, &b);
    emit_config(&e, NULL, config);
    rest.data = b.data;
    rest.len = b.len;

    while (oci_scan_text_line(&rest, &line)) {

        if (out->len != 0) {
            oci_buf_adds(out, "\n  ");
            line = oci_scan_text_trim_set(line, " ");
        }

        oci_buf_add(out, line.data, line.len);
    }

    out->failed |= b.failed;
    oci_buf_free(&b);

    return out->failed ? OCI_NOMEM : OCI_OK;
}


static int
config_by_name(const void *one, const void *two)
{
    return strcmp(*(const char *const *) one, *(const char *const *) two);
}


static void
config_history(emit_t *e, const json_t *history)
{
    size_t   i;
    json_t  *entry;

    if (json_array_size(history) == 0) {
        return;
    }

    emit_array(e, "history");

    json_array_foreach(history, i, entry) {
        emit_object(e, NULL);
        config_members(e, entry, config_entry);
        emit_end(e);
    }

    emit_end(e);
}


static void
config_container(emit_t *e, const json_t *container)
{
    json_t  *health;

    emit_object(e, "config");
    config_members(e, container, config_run);

    health = json_object_get(container, "Healthcheck");
    if (json_is_object(health)) {
        emit_object(e, "Healthcheck");
        config_members(e, health, config_health);
        emit_end(e);
    }

    config_members(e, container, config_rest);
    emit_end(e);
}
