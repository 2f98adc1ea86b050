/*
 * A store of many tiny blobs, for the figures in docs/operations.md.
 *
 *     store DIR IMAGES LAYERS REPOS TAGS UNUSED
 *
 * IMAGES images, spread over REPOS repositories, each of a config and LAYERS
 * layers of its own and under TAGS tags; and UNUSED blobs that no repository
 * links to.  What registry:2 would have written, and nothing is synced.
 */

#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>


#define HEX   65
#define TEXT  65536


static void image(long i, long layers, long repos, long tags);
static size_t blob(char *hex, const char *text, size_t len);
static void leaf(const char *text, size_t len, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void links(const char *hex, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static int create(char *path);
static void directory(char *path);
static void fail(const char *what);


int
main(int argc, char **argv)
{
    int   n;
    long  i;
    char  hex[HEX], text[64];

    if (argc != 7) {
        fprintf(stderr, "usage: store DIR IMAGES LAYERS REPOS TAGS UNUSED\n");
        return 2;
    }

    if (chdir(argv[1]) == -1) {
        fail(argv[1]);
    }

    for (i = 0; i < atol(argv[2]); i++) {
        image(i, atol(argv[3]), atol(argv[4]), atol(argv[5]));
    }

    for (i = 0; i < atol(argv[6]); i++) {
        n = snprintf(text, sizeof(text), "unused %ld\n", i);
        (void) blob(hex, text, (size_t) n);
    }

    return 0;
}


static void
image(long i, long layers, long repos, long tags)
{
    int          n;
    long         l;
    char         hex[HEX], text[64], repo[64];
    size_t       len, size;
    static char  manifest[TEXT];

    (void) snprintf(repo, sizeof(repo), "scale/r%ld", i % repos);

    n = snprintf(text, sizeof(text), "{\"image\":%ld}", i);
    size = blob(hex, text, (size_t) n);
    links(hex, "%s/_layers", repo);

    len = (size_t) snprintf(manifest, TEXT, "{\"schemaVersion\":2,"
              "\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
              "\"config\":{\"mediaType\":\"application/vnd.oci.image.config"
              ".v1+json\",\"digest\":\"sha256:%s\",\"size\":%zu},"
              "\"layers\":[", hex, size);

    for (l = 0; l < layers && len < TEXT - 256; l++) {
        n = snprintf(text, sizeof(text), "layer %ld of %ld\n", l, i);
        size = blob(hex, text, (size_t) n);
        links(hex, "%s/_layers", repo);

        len += (size_t) snprintf(manifest + len, TEXT - len, "%s"
                   "{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\","
                   "\"digest\":\"sha256:%s\",\"size\":%zu}",
                   (l != 0) ? "," : "", hex, size);
    }

    len += (size_t) snprintf(manifest + len, TEXT - len, "]}");
    (void) blob(hex, manifest, len);
    links(hex, "%s/_manifests/revisions", repo);

    for (l = 0; l < tags; l++) {
        links(hex, "%s/_manifests/tags/t%ld-%ld/index", repo, i, l);
        n = snprintf(manifest, TEXT, "sha256:%s", hex);
        leaf(manifest, (size_t) n, "docker/registry/v2/repositories/%s/"
             "_manifests/tags/t%ld-%ld/current/link", repo, i, l);
    }
}


static size_t
blob(char *hex, const char *text, size_t len)
{
    unsigned       i, n;
    unsigned char  md[EVP_MAX_MD_SIZE];

    if (EVP_Digest(text, len, md, &n, EVP_sha256(), NULL) != 1) {
        fail("sha256");
    }

    for (i = 0; i < n; i++) {
        (void) sprintf(hex + 2 * i, "%02x", md[i]);
    }

    leaf(text, len, "docker/registry/v2/blobs/sha256/%.2s/%s/data", hex, hex);

    return len;
}


static void
links(const char *hex, const char *format, ...)
{
    int      n;
    char     dir[256], text[HEX + sizeof("sha256:")];
    va_list  args;

    va_start(args, format);
    (void) vsnprintf(dir, sizeof(dir), format, args);
    va_end(args);

    n = snprintf(text, sizeof(text), "sha256:%s", hex);
    leaf(text, (size_t) n, "docker/registry/v2/repositories/%s/sha256/%s/link",
         dir, hex);
}


static void
leaf(const char *text, size_t len, const char *format, ...)
{
    int      fd;
    char     path[512];
    va_list  args;

    va_start(args, format);
    (void) vsnprintf(path, sizeof(path), format, args);
    va_end(args);

    fd = create(path);

    if (fd == -1 || write(fd, text, len) != (ssize_t) len || close(fd) == -1) {
        fail(path);
    }
}


/* opens a file anew, after making what directories it needs */

static int
create(char *path)
{
    int    fd;
    char  *slash;

    fd = open(path, O_WRONLY|O_CREAT|O_TRUNC, 0666);

    if (fd == -1 && errno == ENOENT && (slash = strrchr(path, '/')) != NULL) {
        *slash = '\0';
        directory(path);
        *slash = '/';
        fd = open(path, O_WRONLY|O_CREAT|O_TRUNC, 0666);
    }

    return fd;
}


static void
directory(char *path)
{
    char  *slash;

    if (mkdir(path, 0777) == -1 && errno == ENOENT
        && (slash = strrchr(path, '/')) != NULL)
    {
        *slash = '\0';
        directory(path);
        *slash = '/';
        (void) mkdir(path, 0777);
    }
}


static void
fail(const char *what)
{
    perror(what);
    exit(1);
}
