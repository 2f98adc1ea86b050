/*
 * Words of nginx.conf.
 */

#include "import/convert_conf.h"

#include <string.h>


#define CONVERT_DOLLAR  "${registry_dollar}"


void
convert_line(convert_conf_t *conf, FILE *out, const char *name,
    const char *value)
{
    fprintf(out, "%s ", name);
    convert_quoted(conf, out, value, false);
    fprintf(out, ";\n");
}


/* a word as it is, anything else between quotes; "$" where it has a meaning */

void
convert_quoted(convert_conf_t *conf, FILE *out, const char *text,
    bool variables)
{
    const char  *p;

    if (*text != '\0'
        && strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                  "0123456789-_./:=,") == strlen(text))
    {
        fputs(text, out);
        return;
    }

    if (strchr(text, '\n') != NULL || *text == '\0') {
        (void) oci_error(conf->s->err, OCI_INVALID, 0, "config.yml has a "
                         "value that is empty or of several lines where "
                         "neither can be");
        return;
    }

    fputc('"', out);

    for (p = text; *p != '\0'; p++) {

        if (*p == '$' && variables) {
            conf->dollar = true;
            fputs(CONVERT_DOLLAR, out);
            continue;
        }

        fprintf(out, (*p == '"' || *p == '\\') ? "\\%c" : "%c", *p);
    }

    fputc('"', out);
}


const char *
convert_or(const char *value, const char *otherwise)
{
    return (value != NULL) ? value : otherwise;
}


void
convert_bad(convert_conf_t *conf, const char *path, const char *why)
{
    (void) oci_error(conf->s->err, OCI_INVALID, 0, "%s %s",
                     convert_or(path, ""), why);
}
