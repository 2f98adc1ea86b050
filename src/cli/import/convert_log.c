/*
 * Logs, as config.yml has them, in directives of nginx.
 */

#include "import/convert_conf.h"

#include <strings.h>


static void convert_access_log(convert_conf_t *conf);


void
convert_log(convert_conf_t *conf)
{
    size_t       i;
    const char  *level, *file;

    static const char  *const levels[] = { "debug", "info", "warn", "error" };

    level = settings_text(conf->s, "log.level");

    if (level == NULL) {
        level = settings_text(conf->s, "loglevel");
    }

    level = convert_or(level, "info");
    file = convert_or(conf->c->error_log, "/var/log/nginx/registry-error.log");

    for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        if (strcasecmp(level, levels[i]) == 0) {
            fprintf(conf->main, "error_log ");
            convert_quoted(conf, conf->main, file, false);
            fprintf(conf->main, " %s;\n", levels[i]);
            convert_access_log(conf);
            return;
        }
    }

    convert_bad(conf, "log.level", "is none of error, warn, info, debug");
}


static void
convert_access_log(convert_conf_t *conf)
{
    const char  *format;

    static const char  text[] =
        "    log_format registry '$remote_addr $remote_user "
        "[$time_iso8601] '\n"
        "                        '$registry_operation $registry_repository '\n"
        "                        '$registry_reference $registry_digest '\n"
        "                        '$status $request_length $bytes_sent "
        "$request_time '\n"
        "                        '\"$http_user_agent\"';\n";

    static const char  json[] =
        "    log_format registry escape=json\n"
        "        '{\"time\":\"$time_iso8601\",\"address\":\"$remote_addr\",'\n"
        "        '\"method\":\"$request_method\",\"uri\":\"$request_uri\",'\n"
        "        '\"status\":$status,\"operation\":\"$registry_operation\",'\n"
        "        '\"repository\":\"$registry_repository\",'\n"
        "        '\"reference\":\"$registry_reference\",'\n"
        "        '\"digest\":\"$registry_digest\",\"user\":\"$remote_user\",'\n"
        "        '\"in\":$request_length,\"out\":$bytes_sent,'\n"
        "        '\"seconds\":$request_time,"
        "\"agent\":\"$http_user_agent\"}';\n";

    if (settings_true(conf->s, "log.accesslog.disabled", false)) {
        fprintf(conf->http, "    access_log off;\n");
        return;
    }

    format = convert_or(settings_text(conf->s, "log.formatter"), "text");
    fputs((strcasecmp(format, "text") == 0) ? text : json, conf->http);
    fprintf(conf->http, "\n    access_log ");
    convert_quoted(conf, conf->http, convert_or(conf->c->access_log,
                   "/var/log/nginx/registry-access.log"), false);
    fprintf(conf->http, " registry;\n");
}
