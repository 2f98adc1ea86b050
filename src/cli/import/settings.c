/*
 * config.yml and its variables, as a tree.
 */

#include "import/settings.h"
#include "command/command.h"
#include "oci_yaml.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>


#define SETTINGS_DEPTH   16
#define SETTINGS_PREFIX  "REGISTRY_"


static json_t *settings_parse(settings_t *s, const oci_str_t *text,
    const char *what);
static oci_status_e settings_version(settings_t *s);
static void settings_named(settings_t *s, const char *key);
static json_t *settings_member(json_t *map, const char *word, size_t len,
    char *key);
static bool settings_known(const char *name, size_t len);
static oci_status_e settings_set(settings_t *s, const char *variable,
    char *words, json_t *value);
static oci_status_e settings_said(settings_t *s, const char *path,
    const char *variable);
static json_t *settings_items(json_t *list, const char *word, json_t *value);


oci_status_e
settings_read(settings_t *s, oci_pool_t *pool, const oci_str_t *text,
    oci_error_t *err)
{
    memset(s, 0, sizeof(settings_t));
    s->pool = pool;
    s->err = err;
    s->variables = json_object();
    s->root = settings_parse(s, text, "config.yml");

    if (s->variables == NULL || (s->root == NULL && err->status == OCI_OK)) {
        return oci_nomem(err);
    }

    if (s->root != NULL && !json_is_object(s->root)) {
        (void) oci_error(err, OCI_INVALID, 0, "config.yml is not a map of "
                         "keys and values");
    }

    if (err->status != OCI_OK || settings_version(s) != OCI_OK) {
        json_decref(s->root);
        s->root = NULL;
        return err->status;
    }

    settings_named(s, "storage");
    settings_named(s, "auth");

    return err->status;
}


void
settings_free(settings_t *s)
{
    json_decref(s->root);
    json_decref(s->variables);
    s->root = NULL;
    s->variables = NULL;
}


static oci_status_e
settings_version(settings_t *s)
{
    const char  *version;

    version = settings_text(s, "version");

    if (s->err->status != OCI_OK) {
        return s->err->status;
    }

    if (version == NULL || strcmp(version, "0.1") != 0) {
        return oci_error(s->err, OCI_INVALID, 0, "config.yml is of version "
                         "\"%.32s\", not 0.1", version ? version : "");
    }

    return OCI_OK;
}


/* "auth: htpasswd" stands for "auth: {htpasswd: {}}" */

static void
settings_named(settings_t *s, const char *key)
{
    json_t  *value;

    value = json_object_get(s->root, key);

    if (json_is_string(value)
        && json_object_set_new(s->root, key, json_pack("{s:{}}",
                               json_string_value(value))) != 0)
    {
        (void) oci_nomem(s->err);
    }
}


/* NULL: an error, which err tells */

static json_t *
settings_parse(settings_t *s, const oci_str_t *text, const char *what)
{
    json_t       *all, *value;
    oci_error_t   why = { OCI_OK, 0, "" };

    all = oci_yaml_load(text, 0, &why);

    if (all == NULL) {
        (void) oci_error(s->err, why.status, 0, "%.128s: %s", what, why.text);
        return NULL;
    }

    value = json_array_get(all, 0);
    value = (value != NULL) ? json_incref(value) : json_null();
    json_decref(all);

    return value;
}


oci_status_e
settings_variable(settings_t *s, const char *variable)
{
    json_t     *value;
    oci_str_t   name, text, words;

    if (strncmp(variable, SETTINGS_PREFIX, strlen(SETTINGS_PREFIX)) != 0
        || strchr(variable, '=') == NULL)
    {
        return OCI_OK;
    }

    text = oci_str(strchr(variable, '=') + 1);
    name = oci_str_dup(s->pool, (u_char *) variable,
                       (size_t) (text.data - 1 - (u_char *) variable));

    if (name.data == NULL) {
        return oci_nomem(s->err);
    }

    words = oci_str_dup(s->pool, name.data + strlen(SETTINGS_PREFIX),
                        name.len - strlen(SETTINGS_PREFIX));

    if (words.data == NULL) {
        return oci_nomem(s->err);
    }

    /* what no setting can be named by is no YAML either */

    value = settings_known((char *) words.data,
                           strcspn((char *) words.data, "_"))
            ? settings_parse(s, &text, (char *) name.data) : json_string("");

    if (value == NULL) {
        return (s->err->status != OCI_OK) ? s->err->status
                                          : oci_nomem(s->err);
    }

    return settings_set(s, (char *) name.data, (char *) words.data, value);
}


static bool
settings_known(const char *name, size_t len)
{
    size_t  i;

    static const char  *const keys[] = {
        "version", "log", "loglevel", "storage", "auth", "middleware",
        "reporting", "http", "notifications", "redis", "health", "catalog",
        "proxy", "compatibility", "validation", "policy"
    };

    for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (strlen(keys[i]) == len && strncasecmp(keys[i], name, len) == 0) {
            return true;
        }
    }

    return false;
}


/* takes value, and makes what is missing on the way to it */

static oci_status_e
settings_set(settings_t *s, const char *variable, char *words, json_t *value)
{
    bool          last;
    char          key[257], path[600];
    char         *word, *next;
    size_t        len, used;
    json_t       *at, *below;
    unsigned      depth;

    at = s->root;

    for (word = words, used = 0, depth = 0; at != NULL; word = next + 1) {
        next = strchrnul(word, '_');
        len = (size_t) (next - word);
        last = (*next == '\0');

        if (len == 0 || len > 256 || used + len + 2 > sizeof(path)
            || depth++ == SETTINGS_DEPTH)
        {
            json_decref(value);
            return OCI_OK;              /* no setting has such a name */
        }

        if (json_is_array(at)) {
            *next = '\0';
            below = settings_items(at, word, last ? value : NULL);
            (void) strcpy(key, word);

        } else {
            below = settings_member(at, word, len, key);

            if (last || !(json_is_object(below) || json_is_array(below))) {
                below = last ? json_incref(value) : json_object();
                if (json_object_set_new(at, key, below) != 0) {
                    below = NULL;
                }
            }
        }

        used += (size_t) sprintf(path + used, "%s%s", used ? "." : "", key);
        at = below;

        if (last) {
            break;
        }
    }

    json_decref(value);

    return (at != NULL) ? settings_said(s, path, variable)
                        : oci_error(s->err, OCI_INVALID, 0, "%.200s names "
                                    "nothing that can be set", variable);
}


/* path was set by that variable */

static oci_status_e
settings_said(settings_t *s, const char *path, const char *variable)
{
    if (json_object_set_new(s->variables, path, json_string(variable)) != 0) {
        return oci_nomem(s->err);
    }

    settings_named(s, "storage");
    settings_named(s, "auth");

    return s->err->status;
}


/* what the word names in whatever case, and its key: in small letters if new */

static json_t *
settings_member(json_t *map, const char *word, size_t len, char *key)
{
    size_t       i;
    void        *iter;
    const char  *name;

    for (iter = json_object_iter(map); iter != NULL;
         iter = json_object_iter_next(map, iter))
    {
        name = json_object_iter_key(iter);

        if (strlen(name) == len && strncasecmp(name, word, len) == 0) {
            (void) strcpy(key, name);
            return json_object_iter_value(iter);
        }
    }

    for (i = 0; i < len; i++) {
        key[i] = (char) tolower((u_char) word[i]);
    }

    key[len] = '\0';

    return NULL;
}


/* an item of a list by its number, or the one behind the last */

static json_t *
settings_items(json_t *list, const char *word, json_t *value)
{
    json_t     *item;
    uint64_t    n;
    oci_str_t   text;

    text = oci_str(word);

    if (!oci_str_number(&text, json_array_size(list), &n)) {
        return NULL;
    }

    item = json_array_get(list, n);

    if (value == NULL && json_is_object(item)) {
        return item;
    }

    item = (value != NULL) ? json_incref(value) : json_object();

    return ((n == json_array_size(list))
            ? json_array_append_new(list, item)
            : json_array_set_new(list, n, item)) == 0 ? item : NULL;
}


json_t *
settings_get(const settings_t *s, const char *path)
{
    char         key[257];
    size_t       len;
    json_t      *at;
    const char  *p;

    for (at = s->root, p = path; at != NULL; p += len + 1) {
        len = strcspn(p, ".");

        if (len > 256) {
            return NULL;
        }

        memcpy(key, p, len);
        key[len] = '\0';
        at = json_object_get(at, key);

        if (p[len] == '\0') {
            break;
        }
    }

    return json_is_null(at) ? NULL : at;
}


const char *
settings_text(settings_t *s, const char *path)
{
    json_t  *value;

    value = settings_get(s, path);

    if (value != NULL && !json_is_string(value)) {
        (void) oci_error(s->err, OCI_INVALID, 0, "%s is not one value", path);
        return NULL;
    }

    return json_string_value(value);
}


bool
settings_true(settings_t *s, const char *path, bool otherwise)
{
    size_t       i;
    const char  *text;

    static const char  *const words[] = {
        "false", "no", "off", "n", "true", "yes", "on", "y"
    };

    text = settings_text(s, path);

    if (text == NULL) {
        return otherwise;
    }

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcasecmp(text, words[i]) == 0) {
            return i >= sizeof(words) / sizeof(words[0]) / 2;
        }
    }

    (void) oci_error(s->err, OCI_INVALID, 0, "%s is \"%.64s\", neither true "
                     "nor false", path, text);

    return otherwise;
}


int64_t
settings_seconds(settings_t *s, const char *path)
{
    int64_t      ms;
    const char  *text;

    text = settings_text(s, path);

    if (text == NULL) {
        return -1;
    }

    if (strcmp(text, "0") == 0) {
        return 0;
    }

    if (!cmd_duration(text, &ms)) {
        (void) oci_error(s->err, OCI_INVALID, 0, "%s is \"%.64s\", which is "
                         "no time such as 1h30m", path, text);
        return -1;
    }

    return (ms + 999) / 1000;
}


int64_t
settings_number(settings_t *s, const char *path)
{
    uint64_t     n;
    oci_str_t    value;
    const char  *text;

    text = settings_text(s, path);

    if (text == NULL) {
        return -1;
    }

    value = oci_str(text);

    if (!oci_str_number(&value, INT32_MAX, &n)) {
        (void) oci_error(s->err, OCI_INVALID, 0, "%s is \"%.64s\", not a "
                         "number", path, text);
        return -1;
    }

    return (int64_t) n;
}


const char *
settings_origin(const settings_t *s, const char *path)
{
    void        *iter;
    size_t       len, most;
    const char  *name, *variable;

    for (variable = NULL, most = 0, iter = json_object_iter(s->variables);
         iter != NULL;
         iter = json_object_iter_next(s->variables, iter))
    {
        name = json_object_iter_key(iter);
        len = strlen(name);

        if (len > most && strncmp(path, name, len) == 0
            && (path[len] == '.' || path[len] == '\0'))
        {
            most = len;
            variable = json_string_value(json_object_iter_value(iter));
        }
    }

    return variable;
}
