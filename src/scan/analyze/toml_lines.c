/*
 * Where the tables of a lock file stand, by its lines alone, as Trivy takes
 * them.
 */

#include "toml_lines.h"
#include "base/text.h"

#include <string.h>


static bool lines_end(toml_lines_t *table, uint32_t end, toml_lines_pt keep,
    void *ctx);
static bool lines_key(const oci_str_t *line, const char *key,
    oci_str_t *value);


bool
toml_lines(oci_str_t text, const char *const keys[2], toml_lines_pt keep,
    void *ctx)
{
    uint32_t      n;
    oci_str_t     line;
    toml_lines_t  table;

    memset(&table, 0, sizeof(toml_lines_t));

    for (n = 1; oci_scan_text_line(&text, &line); n++) {

        line = oci_scan_text_trim(line);

        if (oci_str_prefix(&line, "[")) {

            if (!lines_end(&table, n - 1, keep, ctx)) {
                return false;
            }

            memset(&table, 0, sizeof(toml_lines_t));
            table.start = n;

        } else if (line.len == 0 && table.end == 0) {
            table.end = n - 1;

        } else if (!lines_key(&line, keys[0], &table.value[0])) {
            (void) lines_key(&line, keys[1], &table.value[1]);
        }
    }

    return lines_end(&table, n - 1, keep, ctx);
}


static bool
lines_end(toml_lines_t *table, uint32_t end, toml_lines_pt keep, void *ctx)
{
    if (table->end == 0) {
        table->end = end;
    }

    return table->value[0].len == 0 || keep(ctx, table);
}


static bool
lines_key(const oci_str_t *line, const char *key, oci_str_t *value)
{
    oci_str_t  name, text;

    if (!oci_str_prefix(line, key)) {
        return false;
    }

    (void) oci_scan_text_cut(*line, '=', &name, &text);

    if (memchr(text.data, '=', text.len) != NULL) {
        text.len = 0;
    }

    *value = oci_scan_text_trim_set(text, " \"");

    return true;
}
