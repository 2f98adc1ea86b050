/*
 * An OCI layout: its index.json, and a tar of one.  The command is no
 * library, hence its files themselves.
 */

#include "source/source_archive.c"
#include "source/source_layout.c"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(source_t *source, const char *tag);
static void put(const char *dir, const char *name, const uint8_t *data,
    size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char          dir[] = "/dev/shm/tally-fuzz-XXXXXX";
    char          path[64];
    source_t      source;
    oci_pool_t   *pool;
    oci_error_t   err = { OCI_OK, 0, "" };

    pool = oci_pool_create();

    if (pool == NULL || mkdtemp(dir) == NULL) {
        abort();
    }

    /* a tar begins with a name; what is JSON is the index itself */

    put(dir, size != 0 && data[0] == '{' ? "index.json" : "layout.tar", data,
        size);
    (void) snprintf(path, sizeof(path), "%s%s", dir,
                    size != 0 && data[0] == '{' ? "" : "/layout.tar");

    memset(&source, 0, sizeof(source));
    source.pool = pool;
    source.backend = &source_layout;

    if (source_layout_open(&source, path, false, &err) == OCI_OK) {
        look(&source, "");
        look(&source, SOURCE_MAIN);
        look(&source, "1");
        look(&source, "sha256-0000000000000000000000000000000000000000000000"
                      "000000000000000000.sig");
    }

    oci_pool_destroy(pool);
    (void) oci_file_remove_tree(dir, false, NULL);

    return 0;
}


static void
look(source_t *source, const char *tag)
{
    json_t              *list;
    oci_error_t          err = { OCI_OK, 0, "" };
    oci_reference_t      ref;
    source_manifest_t    m;

    memset(&ref, 0, sizeof(ref));
    memset(&m, 0, sizeof(m));
    ref.tag = oci_str(tag);

    (void) source_layout.manifest(source, &ref, &m, &err);

    list = json_array();
    oci_digest_of(&ref.digest, OCI_SHA256, "", 0);
    (void) source_layout.referrers(source, &ref, &ref.digest, list, &err);
    json_decref(list);
}


static void
put(const char *dir, const char *name, const uint8_t *data, size_t size)
{
    char   path[128];
    FILE  *f;

    (void) snprintf(path, sizeof(path), "%s/%s", dir, name);

    f = fopen(path, "we");

    if (f == NULL || fwrite(data, 1, size, f) != size || fclose(f) != 0) {
        abort();
    }
}
