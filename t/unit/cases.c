/*
 * The cases of t/data: every valid one is accepted, every invalid one not.
 */

#include "parsers.h"
#include "test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>


static void run(const char *name,
    bool (*accepts)(const uint8_t *data, size_t len));
static void run_folder(const char *name, bool want,
    bool (*accepts)(const uint8_t *data, size_t len));
static uint8_t *content(const char *path, size_t *len);


int
main(void)
{
    const char  *top;

    top = getenv("TALLY_TOP");

    if (top != NULL && chdir(top) == -1) {
        printf("Bail out! cannot enter %s\n", top);
        return 1;
    }

    run("access", accepts_access);
    run("digest", accepts_digest);
    run("dockerfile", accepts_dockerfile);
    run("htpasswd", accepts_htpasswd);
    run("issuer", accepts_issuer);
    run("json", accepts_json);
    run("jwk", accepts_jwk);
    run("jwt", accepts_jwt);
    run("kubernetes", accepts_kubernetes);
    run("manifest", accepts_manifest);
    run("range", accepts_range);
    run("regexp", accepts_regexp);
    run("robots", accepts_robots);
    run("route", accepts_route);
    run("scope", accepts_scope);
    run("scan_cargo", accepts_scan_cargo);
    run("scan_config", accepts_scan_config);
    run("scan_javadb", accepts_scan_javadb);
    run("scan_json", accepts_scan_json);
    run("scan_julia", accepts_scan_julia);
    run("scan_secret_text", accepts_scan_secret_text);
    run("scan_secrets", accepts_scan_secrets);
    run("scan_toml", accepts_scan_toml);
    run("upload_state", accepts_upload_state);

    return done();
}


static void
run(const char *name, bool (*accepts)(const uint8_t *data, size_t len))
{
    run_folder(name, true, accepts);
    run_folder(name, false, accepts);
}


static void
run_folder(const char *name, bool want,
    bool (*accepts)(const uint8_t *data, size_t len))
{
    DIR            *d;
    char            dir[64], path[512];
    size_t          len, n;
    uint8_t        *data;
    struct dirent  *entry;

    (void) snprintf(dir, sizeof(dir), "t/data/%s/%s", name,
                    want ? "valid" : "invalid");

    n = 0;
    d = opendir(dir);

    while (d != NULL && (entry = readdir(d)) != NULL) {

        if (entry->d_name[0] == '.') {
            continue;
        }

        (void) snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
        data = content(path, &len);
        ok(data != NULL && accepts(data, len) == want, "%s", path);
        free(data);
        n++;
    }

    if (d != NULL) {
        (void) closedir(d);
    }

    ok(n >= 4, "%s: %zu cases", dir, n);
}


/* of exactly the size, so that a sanitizer sees who reads beyond */

static uint8_t *
content(const char *path, size_t *len)
{
    FILE     *f;
    size_t    n;
    uint8_t  *data, *all, buf[65536];

    f = fopen(path, "r");
    if (f == NULL) {
        return NULL;
    }

    all = NULL;
    *len = 0;

    while ((n = fread(buf, 1, sizeof(buf), f)) > 0) {
        data = realloc(all, *len + n);

        if (data == NULL) {
            break;
        }

        memcpy(data + *len, buf, n);
        *len += n;
        all = data;
    }

    (void) fclose(f);

    return all != NULL ? all : malloc(1);
}
