/*
 * tally db: the vulnerability database.
 */

#include "scan/db.h"
#include "scan/db_folder.h"
#include "scan/flags.h"
#include "scan/java.h"
#include "scan/verbs.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>


static int db_run(cmd_t *cmd);
static int db_pull(scan_t *s, const char *ref);
static int db_import(scan_t *s, const char *file);
static int db_export(scan_t *s, const char *file);
static int db_status(scan_t *s, const char *none);
static int db_state(scan_t *s, const struct timespec *now);
static void db_time(const char *what, const struct timespec *when);


static const struct {
    const char   *name;
    bool          needs;        /* an argument */
    int         (*run)(scan_t *s, const char *arg);
} db_verbs[] = {
    { "pull", false, db_pull },
    { "import", true, db_import },
    { "export", true, db_export },
    { "status", false, db_status },
    { NULL, false, NULL }
};


const cmd_verb_t  cmd_db = {
    "db", "pull [REF] | import FILE | export FILE | status",
    "Fetches, imports, exports or describes the vulnerability database",
    "  tally db pull registry.example/mirror/trivy-db:2\n"
    "  tally db import trivy-db.tar.gz\n",
    "TRIVY_", scan_db_flags, sizeof(scan_options_t), scan_defaults, db_run
};


static int
db_run(cmd_t *cmd)
{
    size_t   i;
    scan_t   s;

    if (scan_init(&s, cmd) != OCI_OK || scan_cache_dir(&s) != OCI_OK
        || scan_credentials(&s) != OCI_OK)
    {
        return scan_fatal(&s, "%s", "");
    }

    for (i = 0; cmd->nargs != 0 && db_verbs[i].name != NULL; i++) {

        if (strcmp(db_verbs[i].name, cmd->args[0]) == 0) {

            if (cmd->nargs > 2 || (db_verbs[i].needs && cmd->nargs != 2)) {
                break;
            }

            return db_verbs[i].run(&s, cmd->args[1]);
        }
    }

    return cmd_usage(cmd, "say what to do with the database");
}


static int
db_pull(scan_t *s, const char *ref)
{
    cmd_list_t  *list;

    list = &s->o->db.repositories;

    if (ref != NULL) {
        list->elts = oci_palloc(s->pool, sizeof(char *));
        if (list->elts == NULL) {
            return scan_fatal(s, "out of memory");
        }

        list->elts[0] = ref;
        list->nelts = 1;
    }

    if (scan_db_fetch(s) != OCI_OK) {
        return scan_fatal(s, "DB error");
    }

    return db_status(s, NULL);
}


static int
db_import(scan_t *s, const char *file)
{
    oci_error_t   why;
    oci_status_e  rc;

    rc = scan_db_import(s, file);
    why = s->err;
    memset(&s->err, 0, sizeof(s->err));

    if (rc == OCI_NOT_FOUND && scan_java_import(s, file) == OCI_OK) {
        printf("database    %s/java-db/trivy-java.db\n", s->cache_dir);
        return 0;
    }

    if (rc != OCI_OK) {
        s->err = (s->err.status == OCI_OK || s->err.status == OCI_NOT_FOUND)
                 ? why : s->err;
        return scan_fatal(s, "DB error");
    }

    return db_status(s, NULL);
}


static int
db_export(scan_t *s, const char *file)
{
    if (oci_scan_meta_load(&s->meta, s->db_dir, &s->err) != OCI_OK
        || scan_db_export(s, file) != OCI_OK)
    {
        return scan_fatal(s, "DB error");
    }

    return 0;
}


static int
db_status(scan_t *s, const char *none)
{
    oci_str_t         path;
    struct stat       st;
    struct timespec   now;

    (void) none;

    if (oci_scan_meta_load(&s->meta, s->db_dir, &s->err) != OCI_OK
        || scan_db_check(s) != OCI_OK)
    {
        return scan_fatal(s, "DB error");
    }

    path = oci_strf(s->pool, "%s/trivy.db", s->db_dir);

    printf("database    %s\n", path.data);
    printf("schema      %llu\n", (unsigned long long) s->meta.version);

    if (stat((char *) path.data, &st) == 0) {
        printf("size        %lld\n", (long long) st.st_size);
    }

    db_time("updated", &s->meta.updated);
    db_time("next", &s->meta.next);
    db_time("downloaded", &s->meta.downloaded);

    (void) clock_gettime(CLOCK_REALTIME, &now);

    printf("age         %lld days\n",
           (long long) (now.tv_sec - s->meta.updated.tv_sec) / 86400);

    return db_state(s, &now);
}


/* by Trivy's rules of age */

static int
db_state(scan_t *s, const struct timespec *now)
{
    switch (oci_scan_meta_judge(&s->meta, now, false)) {

    case OCI_SCAN_META_FRESH:
        printf("state       up to date\n");
        return 0;

    case OCI_SCAN_META_STALE:
    case OCI_SCAN_META_SUSPECT:
        printf("state       a scan would download a newer one; "
               "--skip-db-update uses it\n");
        return 0;

    default:
        return scan_fatal(s, "the version of DB schema doesn't match. Local "
                          "DB: %llu, Expected: %d",
                          (unsigned long long) s->meta.version,
                          OCI_SCAN_META_SCHEMA);
    }
}


static void
db_time(const char *what, const struct timespec *when)
{
    char       text[32];
    struct tm  tm;

    if (when->tv_sec == 0 || gmtime_r(&when->tv_sec, &tm) == NULL) {
        printf("%-12s-\n", what);
        return;
    }

    (void) strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
    printf("%-12s%s\n", what, text);
}
