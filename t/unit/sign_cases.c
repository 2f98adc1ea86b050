/*
 * Signing and gates: every file in t/data/sign_* and gate_*, valid/ is read and
 * invalid/ refused.
 */

#include "oci_gate_field.h"
#include "oci_gate_review.h"
#include "oci_sign_tuf.h"
#include "oci_sign_verify.h"

#include "test.h"

#include <dirent.h>
#include <libgen.h>
#include <stdlib.h>


typedef bool (*read_pt)(oci_pool_t *pool, const oci_str_t *text);


static bool read_key(oci_pool_t *pool, const oci_str_t *text);
static bool read_payload(oci_pool_t *pool, const oci_str_t *text);
static bool read_bundle(oci_pool_t *pool, const oci_str_t *text);
static bool read_checkpoint(oci_pool_t *pool, const oci_str_t *text);
static bool read_cert(oci_pool_t *pool, const oci_str_t *text);
static bool read_containers(oci_pool_t *pool, const oci_str_t *text);
static bool read_cluster(oci_pool_t *pool, const oci_str_t *text);
static bool read_review(oci_pool_t *pool, const oci_str_t *text);
static bool read_tuf(oci_pool_t *pool, const oci_str_t *text);
static void folder(const char *name, const char *kind, bool want,
    read_pt fn);
static bool slurp(oci_pool_t *pool, const char *name, oci_str_t *text);


int
main(void)
{
    size_t  i;

    static const struct {
        const char  *name;
        read_pt      fn;
    } sets[] = {
        { "sign_key", read_key },
        { "sign_payload", read_payload },
        { "sign_bundle", read_bundle },
        { "sign_checkpoint", read_checkpoint },
        { "sign_cert", read_cert },
        { "gate_containers", read_containers },
        { "gate_cluster", read_cluster },
        { "gate_review", read_review },
        { "sign_tuf", read_tuf }
    };

    for (i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
        folder(sets[i].name, "valid", true, sets[i].fn);
        folder(sets[i].name, "invalid", false, sets[i].fn);
    }

    return done();
}


static bool
read_key(oci_pool_t *pool, const oci_str_t *text)
{
    EVP_PKEY   *key;
    oci_str_t   password;

    password = oci_str("pw");

    return oci_sign_key_public(pool, text, &key, NULL) == OCI_OK
           || oci_sign_key_decrypt(pool, text, &password, &key, NULL)
              == OCI_OK;
}


static bool
read_payload(oci_pool_t *pool, const oci_str_t *text)
{
    oci_error_t          err = { OCI_OK, 0, "" };
    oci_sign_payload_t   payload;

    return oci_sign_payload_parse(pool, text, &payload, &err) == OCI_OK;
}


static bool
read_bundle(oci_pool_t *pool, const oci_str_t *text)
{
    oci_sign_bundle_t  bundle;

    return oci_sign_bundle_parse(pool, text, 0, &bundle, NULL) == OCI_OK;
}


static bool
read_containers(oci_pool_t *pool, const oci_str_t *text)
{
    oci_gate_rules_t  rules;

    oci_gate_rules_init(&rules, pool);
    rules.host = "registry.example";

    return oci_gate_containers(&rules, text, NULL) == OCI_OK;
}


static bool
read_cluster(oci_pool_t *pool, const oci_str_t *text)
{
    oci_gate_rules_t  rules;

    oci_gate_rules_init(&rules, pool);
    rules.host = "registry.example";

    return oci_gate_cluster(&rules, text, NULL) == OCI_OK;
}


static bool
read_review(oci_pool_t *pool, const oci_str_t *text)
{
    oci_gate_review_t  review;

    return oci_gate_review_parse(&review, pool, text, NULL) == OCI_OK;
}


static bool
read_checkpoint(oci_pool_t *pool, const oci_str_t *text)
{
    oci_sign_checkpoint_t  checkpoint;

    return oci_sign_checkpoint_parse(pool, text, &checkpoint, NULL)
           == OCI_OK;
}


static bool
read_cert(oci_pool_t *pool, const oci_str_t *text)
{
    X509  *cert;

    return oci_sign_cert_der(pool, text, &cert, NULL) == OCI_OK;
}


/* a root is signed by itself; who signs the others, a root says */

static bool
read_tuf(oci_pool_t *pool, const oci_str_t *text)
{
    json_t          *document;
    oci_sign_tuf_t   tuf;

    return (oci_sign_tuf_init(&tuf, pool, 0) == OCI_OK
            && oci_sign_tuf_root(&tuf, text, NULL) == OCI_OK)
           || oci_sign_tuf_read(pool, text, "timestamp", &document, NULL)
              == OCI_OK
           || oci_sign_tuf_read(pool, text, "snapshot", &document, NULL)
              == OCI_OK
           || oci_sign_tuf_read(pool, text, "targets", &document, NULL)
              == OCI_OK;
}


static void
folder(const char *name, const char *kind, bool want, read_pt fn)
{
    DIR            *dir;
    char            path[1024], *top;
    size_t          n;
    oci_str_t       text;
    oci_pool_t     *pool;
    struct dirent  *e;

    top = strdup(__FILE__);
    snprintf(path, sizeof(path), "%s/../data/%s/%s", dirname(top), name,
             kind);
    dir = opendir(path);
    free(top);

    for (n = 0; dir != NULL && (e = readdir(dir)) != NULL; ) {
        char  file[2048];

        if (e->d_name[0] == '.') {
            continue;
        }

        snprintf(file, sizeof(file), "%s/%s", path, e->d_name);
        pool = oci_pool_create();

        ok(slurp(pool, file, &text) && fn(pool, &text) == want,
           "%s/%s/%s", name, kind, e->d_name);

        oci_pool_destroy(pool);
        n++;
    }

    if (dir != NULL) {
        closedir(dir);
    }

    ok(n != 0, "%s/%s has cases", name, kind);
}


static bool
slurp(oci_pool_t *pool, const char *name, oci_str_t *text)
{
    FILE    *f;
    u_char   data[65536];
    size_t   n;

    f = fopen(name, "r");

    if (f == NULL) {
        return false;
    }

    n = fread(data, 1, sizeof(data), f);
    fclose(f);
    *text = oci_str_dup(pool, data, n);

    return text->data != NULL;
}
