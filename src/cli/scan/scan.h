/*
 * What the scanning commands share: their options, the log on standard error,
 * the database and its cache folder.
 */

#ifndef SCAN_H
#define SCAN_H

#include "command/command.h"
#include "oci_scan_filter.h"
#include "oci_scan_image.h"
#include "oci_scan_metadata.h"
#include "oci_scan_report.h"
#include "source/source.h"


/* TRIVY_SEVERITY and the like stand for the flags of these names */

typedef struct {
    const char   *cache_dir;
    cmd_list_t    db_repository;
    bool          download_db_only;
    bool          skip_db_update;
    bool          offline;
    bool          offline_scan;
    bool          no_progress;
    bool          quiet;
    bool          debug;

    const char   *format;
    const char   *output;
    const char   *template;
    const char   *table;
    cmd_list_t    table_mode;
    cmd_list_t    severity;
    cmd_list_t    ignore_status;
    cmd_list_t    pkg_types;
    cmd_list_t    scanners;
    cmd_list_t    vex;
    cmd_list_t    severity_source;
    const char   *ignorefile;
    bool          ignore_unfixed;
    bool          list_all_pkgs;
    bool          show_suppressed;
    int64_t       exit_code;
    int64_t       exit_on_eol;

    const char   *input;
    const char   *root;
    const char   *platform;
    const char   *cacert;
    const char   *key;
    const char   *username;
    const char   *password;
    bool          all;
    bool          attach;
    bool          insecure;
    bool          skip_java_db_update;

    /* nothing to do, known to Trivy */

    bool          disable_telemetry;
    bool          skip_version_check;
} scan_options_t;


/* the options, read and checked */

typedef struct {
    cmd_t                *cmd;
    scan_options_t       *o;
    oci_pool_t           *pool;
    oci_error_t           err;
    unsigned              severities;
    unsigned              statuses;
    bool                  os_pkgs;
    bool                  lang_pkgs;
    bool                  only_list;        /* packages, no findings */
    bool                  summary;
    bool                  detailed;
    const char           *cache_dir;
    const char           *db_dir;
    oci_scan_ignore_t     ignore;
    bool                  has_ignore;
    oci_scan_vex_t       *vex;
    size_t                nvex;
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


/* a whole run of scan, image, rootfs or convert; the exit status */

int scan_run(cmd_t *cmd);

/*
 * What is found in the image, filtered, still to be written.  ref NULL: in
 * what target names; else in the image of the store or registry that ref
 * names, and target is only what it is called.
 */

oci_status_e scan_report(scan_t *s, const char *target,
    const oci_reference_t *ref, oci_scan_report_t **report);

/* every image of the store: a line each, or their reports; the exit status */

int scan_all(scan_t *s);

/*
 * Puts the report beside its image, as a referrer, and attests it when there
 * is a key.
 */

oci_status_e scan_attach(scan_t *s, const char *target,
    const oci_reference_t *ref, const oci_scan_report_t *report);

/*
 * Opens what is named: an image in a registry or a store.  The image lives in
 * s->pool.
 */

oci_status_e scan_remote(scan_t *s, const char *name,
    oci_scan_image_t **image);
oci_status_e scan_remote_image(scan_t *s, const oci_reference_t *ref,
    oci_scan_image_t **image);

/* --platform, or what is most common; where images are, by the options */

void scan_platform(scan_t *s, oci_scan_choice_t *choice);
void scan_source(const scan_t *s, source_options_t *options);

/* writes the report as the options say */

oci_status_e scan_write(scan_t *s, const oci_scan_report_t *report);

/* the report in a format */

oci_status_e scan_render(scan_t *s, const oci_scan_report_t *report,
    const char *format, oci_buf_t *b);

/*
 * Where --output says.  What is added to buf is written now and then, the
 * rest by scan_close(), which returns rc unless something failed.
 */

typedef struct {
    oci_buf_t   buf;
    FILE       *file;
    int         error;          /* errno of the first write that failed */
} scan_out_t;

oci_status_e scan_open(scan_t *s, scan_out_t *out);
oci_status_e scan_close(scan_t *s, scan_out_t *out, oci_status_e rc);

/* reads and checks the options: OCI_INVALID, said in s->err */

oci_status_e scan_prepare(scan_t *s, cmd_t *cmd);

/* a list flag, its values separated by commas, one after another */

bool scan_list_next(const cmd_list_t *list, size_t *at, const char **rest,
    oci_str_t *value);


/*
 * Makes sure that the folder s->db_dir holds a database that may be used, by
 * Trivy's rules of age, downloading one when it must and may.
 */

oci_status_e scan_db_ready(scan_t *s);
oci_status_e scan_db_pull(scan_t *s, const char *ref);
oci_status_e scan_cache_dir(scan_t *s);


#endif /* SCAN_H */
