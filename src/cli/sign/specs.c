/*
 * Services as flags name them.
 */

#include "sign/specs.h"
#include "command/file.h"
#include "oci_sign_util.h"

#include <stdio.h>
#include <string.h>


static const char **sign_spec_slot(sign_spec_t *spec, const char *name);
static oci_status_e sign_spec_time(cmd_t *cmd, const char *flag,
    const char *name, const char *value);


oci_status_e
sign_spec_read(cmd_t *cmd, const char *flag, const char *text,
    const char *const *needs, sign_spec_t *spec)
{
    char        *copy, *pair, *equal, *rest;
    size_t       i;
    const char  **slot;

    memset(spec, 0, sizeof(sign_spec_t));
    copy = (char *) oci_strf(cmd->pool, "%s", text).data;
    rest = copy;

    while (copy != NULL && (pair = strsep(&rest, ",")) != NULL) {
        equal = strchr(pair, '=');

        if (equal == NULL) {
            return oci_error(&cmd->err, OCI_INVALID, 0, "parsing %s spec: "
                             "invalid key-value pair: %s", flag, pair);
        }

        *equal = '\0';
        slot = sign_spec_slot(spec, pair);

        if (slot == NULL || *slot != NULL) {
            return oci_error(&cmd->err, OCI_INVALID, 0, "parsing %s spec: "
                             "%s key '%s'", flag,
                             slot == NULL ? "unknown" : "more than one", pair);
        }

        *slot = equal + 1;
    }

    for (i = 0; needs[i] != NULL; i++) {
        slot = sign_spec_slot(spec, needs[i]);

        if (slot == NULL || *slot == NULL || **slot == '\0') {
            return oci_error(&cmd->err, OCI_INVALID, 0, "parsing %s spec: "
                             "missing or empty required key '%s'", flag,
                             needs[i]);
        }
    }

    return (sign_spec_time(cmd, flag, "start-time", spec->start) == OCI_OK)
           ? sign_spec_time(cmd, flag, "end-time", spec->end)
           : cmd->err.status;
}


static const char **
sign_spec_slot(sign_spec_t *spec, const char *name)
{
    size_t  i;

    const struct {
        const char   *name;
        const char  **slot;
    } slots[] = {
        { "url", &spec->url }, { "public-key", &spec->public_key },
        { "certificate-chain", &spec->chain },
        { "api-version", &spec->version }, { "start-time", &spec->start },
        { "end-time", &spec->end }, { "operator", &spec->operator },
        { "origin", &spec->origin }
    };

    for (i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
        if (strcmp(slots[i].name, name) == 0) {
            return slots[i].slot;
        }
    }

    return NULL;
}


static oci_status_e
sign_spec_time(cmd_t *cmd, const char *flag, const char *name,
    const char *value)
{
    int64_t    seconds;
    oci_str_t  text;

    if (value == NULL) {
        return OCI_OK;
    }

    text = oci_str(value);

    return oci_sign_time_parse(&text, &seconds) ? OCI_OK
           : oci_error(&cmd->err, OCI_INVALID, 0, "parsing %s spec: parsing "
                       "%s: \"%s\" is not a time as 2024-01-01T00:00:00Z",
                       flag, name, value);
}


json_t *
sign_spec_valid_for(const sign_spec_t *spec)
{
    return json_pack("{s:s,s:s*}", "start", spec->start, "end", spec->end);
}


oci_status_e
sign_spec_write(cmd_t *cmd, json_t *document, const char *name)
{
    oci_str_t  text;

    if (document == NULL) {
        return oci_error(&cmd->err, OCI_NOMEM, 0, "out of memory");
    }

    text = oci_sign_json_text(cmd->pool, document, false);
    json_decref(document);

    if (text.data == NULL) {
        return oci_error(&cmd->err, OCI_NOMEM, 0, "out of memory");
    }

    if (name != NULL) {
        return file_write(name, &text, 0600, &cmd->err);
    }

    (void) fwrite(text.data, 1, text.len, stdout);
    (void) fputc('\n', stdout);

    return OCI_OK;
}
