/*
 * What becomes of each setting.
 */

#include "import/notes.h"
#include "command/term.h"

#include <string.h>


#define NOTES_PATH  600


typedef struct {
    const char  *path;          /* ends with a dot: all that is below it */
    const char  *note;          /* NULL: it is taken over */
    bool         missed;        /* something that ran does not run here */
} notes_setting_t;


typedef struct {
    const settings_t  *s;
    FILE              *out;
    FILE              *warn;
    const void        *last;    /* what was told last: once for a subtree */
} notes_t;


static void notes_walk(notes_t *n, const char *path, const json_t *value);
static void notes_tell(notes_t *n, const char *path);
static const notes_setting_t *notes_find(const char *path);


/* the first that fits: what is more exact stands above */

static const notes_setting_t  notes_settings[] = {
    { "version", NULL, false },
    { "log.accesslog.disabled", NULL, false },
    { "log.level", NULL, false },
    { "log.formatter", NULL, false },
    { "log.fields.", "write what is to be in each line into log_format",
      false },
    { "log.hooks.", "nginx mails no log: let what watches error_log do it",
      true },
    { "log.reportcaller", "nginx's log has no such thing", false },
    { "loglevel", NULL, false },
    { "storage.filesystem.rootdirectory", NULL, false },
    { "storage.filesystem.maxthreads", NULL, false },
    { "storage.delete.enabled", NULL, false },
    { "storage.maintenance.readonly.enabled", NULL, false },
    { "storage.maintenance.uploadpurging.enabled", NULL, false },
    { "storage.maintenance.uploadpurging.age", NULL, false },
    { "storage.maintenance.uploadpurging.interval", "it is every hour", false },
    { "storage.maintenance.uploadpurging.dryrun", NULL, false },
    { "storage.cache.", "not needed: registry_cache is on", false },
    { "storage.redirect.", "not needed: files are sent from here", false },
    { "storage.tag.", "not needed", false },
    { "auth.none.", NULL, false },
    { "auth.htpasswd.path", NULL, false },
    { "auth.htpasswd.realm", "clients are told \"registry\"", false },
    { "auth.token.realm", NULL, false },
    { "auth.token.service", NULL, false },
    { "auth.token.issuer", NULL, false },
    { "auth.token.rootcertbundle", NULL, false },
    { "auth.token.jwks", NULL, false },
    { "auth.token.autoredirect", NULL, false },
    { "auth.token.autoredirectpath", NULL, false },
    { "auth.token.signingalgorithms", "all that are sound are taken: RS, PS, "
      "ES, EdDSA", false },
    { "middleware.", "there is none: nginx's own directives take their place",
      true },
    { "reporting.", "nothing is reported to anybody", false },
    { "http.addr", NULL, false },
    { "http.net", NULL, false },
    { "http.prefix", "not supported: a registry is at the root of its server",
      true },
    { "http.host", "not needed: URLs are relative", false },
    { "http.relativeurls", "not needed: URLs are relative", false },
    { "http.secret", "not needed: the state of uploads is on disk", false },
    { "http.draintimeout", NULL, false },
    { "http.tls.certificate", NULL, false },
    { "http.tls.key", NULL, false },
    { "http.tls.clientcas", NULL, false },
    { "http.tls.clientauth", NULL, false },
    { "http.tls.minimumtls", NULL, false },
    { "http.tls.ciphersuites", NULL, false },
    { "http.tls.letsencrypt.", "an ACME client such as certbot has to put "
      "the certificate there", true },
    { "http.debug.addr", NULL, false },
    { "http.debug.prometheus.enabled", NULL, false },
    { "http.debug.prometheus.path", NULL, false },
    { "http.headers.", NULL, false },
    { "http.http2.disabled", NULL, false },
    { "http.h2c.enabled", "clients of registries speak HTTP/1.1 without TLS",
      false },
    { "notifications.", "no events are sent: access_log syslog:... has "
      "$registry_operation and the rest of it", true },
    { "redis.", "not needed", false },
    { "health.", "registry_health answers in a location of its own", false },
    { "catalog.maxentries", NULL, false },
    { "proxy.", "not supported: nothing is pulled through, and as a cache "
      "takes no pushes the registry is read-only", true },
    { "compatibility.schema1.", "schema 1 is not accepted", true },
    { "validation.manifests.urls.", "layers that are marked as kept elsewhere "
      "are always accepted", true },
    { "validation.manifests.indexes.platforms", NULL, false },
    { "validation.manifests.indexes.platformlist", "none is required: "
      "registry_sparse is on", false },
    { "validation.enabled", "manifests are always validated", false },
    { "validation.disabled", "manifests are always validated", false },
    { "policy.", "images and plugins are accepted alike", true },
    { NULL, "registry:2 has no such setting, and it has no effect", true }
};


void
notes_print(const settings_t *s, FILE *out, FILE *warn)
{
    notes_t  n;

    memset(&n, 0, sizeof(notes_t));
    n.s = s;
    n.out = out;
    n.warn = warn;

    notes_walk(&n, "", s->root);
}


/* a value, or an empty map or list, is a setting that was made */

static void
notes_walk(notes_t *n, const char *path, const json_t *value)
{
    void  *iter;
    char   below[NOTES_PATH];

    if (json_is_null(value)) {
        return;
    }

    if (!json_is_object(value) || (json_object_size(value) == 0 && *path)) {
        notes_tell(n, path);
        return;
    }

    for (iter = json_object_iter((json_t *) value); iter != NULL;
         iter = json_object_iter_next((json_t *) value, iter))
    {
        (void) snprintf(below, sizeof(below), "%s%s%s", path, *path ? "." : "",
                        json_object_iter_key(iter));
        notes_walk(n, below, json_object_iter_value(iter));
    }
}


static void
notes_tell(notes_t *n, const char *path)
{
    size_t                  len;
    const char             *name, *variable;
    char                    subtree[NOTES_PATH];
    const notes_setting_t  *known;

    known = notes_find(path);
    variable = settings_origin(n->s, path);

    if (known->note == NULL
        || (known == n->last && known->path != NULL && variable == NULL))
    {
        return;
    }

    n->last = known;
    name = path;

    if (known->path != NULL) {
        len = strlen(known->path) - (strchr(known->path, '\0')[-1] == '.');
        (void) snprintf(subtree, sizeof(subtree), "%.*s", (int) len,
                        known->path);
        name = subtree;
    }

    name = (variable != NULL) ? variable : name;
    fprintf(n->out, "#   ");
    term_print(n->out, name, strlen(name));
    fprintf(n->out, ": %s\n", known->note);

    if (known->missed || variable != NULL) {
        fprintf(n->warn, "warning: ");
        term_print(n->warn, name, strlen(name));
        fprintf(n->warn, ": %s\n", known->note);
    }
}


static const notes_setting_t *
notes_find(const char *path)
{
    size_t                  len;
    const notes_setting_t  *known;

    for (known = notes_settings; known->path != NULL; known++) {
        len = strlen(known->path);

        if (known->path[len - 1] == '.') {
            if (strncmp(path, known->path, len) == 0
                || (strncmp(path, known->path, len - 1) == 0
                    && path[len - 1] == '\0'))
            {
                return known;
            }

        } else if (strcmp(path, known->path) == 0) {
            return known;
        }
    }

    return known;
}
