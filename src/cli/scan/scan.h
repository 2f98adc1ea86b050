/*
 * What the scanning commands share: their options, and the log on standard
 * error.
 */

#ifndef SCAN_H
#define SCAN_H

#include "command/command.h"
#include "oci_scan_filter.h"
#include "oci_scan_java.h"
#include "oci_scan_metadata.h"
#include "oci_scan_report.h"
#include "oci_scan_secret.h"
#include "source/source.h"


/*
 * The flags' values, by concern.  TRIVY_SEVERITY and the like stand for the
 * flags of these names.
 */

typedef struct {
    const char        *cache_dir;
    cmd_list_t         repositories;
    cmd_list_t         java_repositories;
    bool               only;            /* update it, scan nothing */
    bool               java_only;
    bool               skip_update;
    bool               skip_java_update;
    bool               offline;
    bool               skip_vex_update;
} scan_db_options_t;


typedef struct {
    bool               quiet;
    bool               debug;
    bool               no_progress;
} scan_log_options_t;


typedef struct {
    cmd_list_t         severity;
    cmd_list_t         severity_source;
    cmd_list_t         ignore_status;
    cmd_list_t         pkg_types;
    cmd_list_t         pkg_relationships;
    cmd_list_t         scanners;
    cmd_list_t         config_scanners;
    const char        *secret_config;
    cmd_list_t         vex;
    const char        *ignorefile;
    bool               ignore_unfixed;
} scan_filter_options_t;


typedef struct {
    const char        *file;            /* NULL: standard output */
    const char        *format;
    const char        *template;
    const char        *table;
    cmd_list_t         table_mode;
    bool               packages;
    bool               suppressed;
    bool               tree;
    int64_t            exit_code;
    int64_t            exit_on_eol;
} scan_output_options_t;


typedef struct {
    bool               report;          /* attach it to the image */
    const char        *key;             /* and attest it */
} scan_attach_options_t;


typedef struct {
    source_options_t        source;     /* of images and of the database */
    const char             *config;     /* a file; NULL: trivy.yaml, if any */
    const char             *input;
    const char             *platform;
    bool                    all;
    bool                    queue;
    bool                    once;
    bool                    insecure;   /* of source, both kinds */
    bool                    password_stdin;
    cmd_list_t              image_src;
    cmd_list_t              skip_dirs;
    cmd_list_t              skip_files;

    scan_db_options_t       db;
    scan_log_options_t      log;
    scan_filter_options_t   filter;
    scan_output_options_t   output;
    scan_attach_options_t   attach;
} scan_options_t;


/* every bit of relations */

#define SCAN_RELATIONS_ALL  ((1u << (OCI_SCAN_REL_INDIRECT + 1)) - 1)


/* what a database is, and how the one is told from the other */

typedef struct {
    const char         *prefix;         /* in the log */
    const char         *name;
    const char         *folder;         /* below the cache's */
    const char         *file;
    unsigned            schema;
    const char         *media_type;
    const char         *usual[2];       /* places, in order */
    const char         *magic;
    size_t              at;             /* where that is; or 4096 later */
} scan_db_kind_t;


/* the options, read and checked */

typedef struct {
    cmd_t                *cmd;
    scan_options_t       *o;
    oci_pool_t           *pool;
    oci_error_t           err;
    unsigned              severities;
    unsigned              statuses;
    unsigned              relations;        /* of packages; 0: any */
    bool                  os_pkgs;
    bool                  lang_pkgs;
    bool                  only_list;        /* packages, no findings */
    bool                  no_vulns;         /* other scanners alone */
    oci_scan_rules_t     *secrets;          /* NULL: not looked for */
    bool                  config_secrets;   /* in the configuration, too */
    bool                  summary;
    bool                  detailed;
    const char           *cache_dir;
    const char           *db_dir;
    const scan_db_kind_t  *db;
    const cmd_list_t     *repositories;     /* of it */
    bool                  java_tried;
    oci_scan_javadb_t    *java;             /* NULL: none, or not yet */
    oci_scan_ignore_t     ignore;
    bool                  has_ignore;
    oci_scan_vex_t       *vex;
    size_t                nvex;
    oci_scan_vex_t       *vex_oci;          /* of them; NULL: not named */
    oci_scan_meta_t       meta;
} scan_t;


typedef enum {
    SCAN_DEBUG,
    SCAN_INFO,
    SCAN_WARN,
    SCAN_ERROR,
    SCAN_FATAL
} scan_level_e;


/*
 * A line of the log, in Trivy's form; fields is "key=value" text or NULL.
 * Below WARN it is dropped by --quiet.
 */

void scan_log(const scan_t *s, scan_level_e level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* says s->err, or what fmt says, as the fatal error; the exit status 1 */

int scan_fatal(scan_t *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));


/* says which system the report is of */

void scan_say_os(const scan_t *s, scan_level_e level, const char *what,
    const oci_scan_report_t *report);


/*
 * The beginning of every run: what trivy.yaml says becomes flags, of which
 * none is looked at yet.  OCI_INVALID and so on, in s->err.
 */

oci_status_e scan_init(scan_t *s, cmd_t *cmd);

/* scan_init(), then reads and checks the options: OCI_INVALID, in s->err */

oci_status_e scan_prepare(scan_t *s, cmd_t *cmd);

/*
 * As in Trivy, a format that is a bill of materials lists packages alone,
 * unless --scanners asks for more.
 */

void scan_only_list(scan_t *s);

/* the credentials that the flags name: OCI_INVALID, OCI_IO, in s->err */

oci_status_e scan_credentials(scan_t *s);

/* the folders of the cache and of the database */

oci_status_e scan_cache_dir(scan_t *s);

/* says that a list has a value that none of allowed is: OCI_INVALID */

oci_status_e scan_bad_value(scan_t *s, const char *flag,
    const cmd_list_t *list, const char *allowed);

/* a list flag, its values separated by commas, one after another */

bool scan_list_next(const cmd_list_t *list, size_t *at, const char **rest,
    oci_str_t *value);


#endif /* SCAN_H */
