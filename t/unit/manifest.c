/*
 * oci_manifest: what is said about a document.  Which are accepted at all:
 * t/data/manifest.
 */

#include "oci_manifest.h"
#include "test.h"

#include <stdlib.h>


#define D256                                                                 \
    "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define DESC       "{\"mediaType\":\"m/c\",\"size\":2,\"digest\":\"" D256 "\"}"
#define IMAGE(x)   "{\"schemaVersion\":2,\"config\":" DESC                   \
                   ",\"layers\":[" DESC "," DESC "]" x "}"
#define TYPED(t)   ",\"mediaType\":\"" t "\""


static void kinds(void);
static void content_types(void);
static void artifact_types(void);
static void foreign(void);
static void served_types(void);
static void descriptors(void);
static void refusals_say_why(void);
static void others(void);
static void large(void);

static oci_status_e parse(const char *json, const char *type);


static oci_pool_t      *pool;
static oci_manifest_t   m;
static oci_error_t      err;


int
main(void)
{
    pool = oci_pool_create();

    kinds();
    content_types();
    artifact_types();
    foreign();
    served_types();
    descriptors();
    refusals_say_why();
    others();
    large();

    oci_pool_destroy(pool);

    return done();
}


static void
kinds(void)
{
    is(parse(IMAGE(""), ""), OCI_OK, "an image without a media type");
    is(m.kind, OCI_IMAGE, "is an image");
    is_str((char *) m.media_type.data, OCI_TYPE_OCI_MANIFEST, "of OCI");
    is(m.nparts, 2, "with two layers");
    ok(m.config != NULL && m.subject == NULL, "a config and no subject");
    is_str(m.config->digest.text, D256, "whose digest is read");
    is(m.config->size, 2, "and its size");

    is(parse(IMAGE(TYPED(OCI_TYPE_DOCKER_MANIFEST)), ""), OCI_OK,
       "a Docker image");
    is_str((char *) m.media_type.data, OCI_TYPE_DOCKER_MANIFEST, "is one");

    is(parse("{\"schemaVersion\":2,\"manifests\":[" DESC "]}", ""), OCI_OK,
       "a bare index");
    is(m.kind, OCI_INDEX, "is an index");
    is(m.nparts, 1, "with one manifest");
    ok(m.config == NULL, "and no config");

    is(parse(IMAGE(",\"subject\":" DESC), ""), OCI_OK, "one with a subject");
    is_str(m.subject->digest.text, D256, "which is read");
}


static void
content_types(void)
{
    size_t  i;
    static const struct {
        const char    *type;
        oci_status_e   status;
    } cases[] = {
        { "", OCI_OK },
        { OCI_TYPE_OCI_MANIFEST, OCI_OK },
        { OCI_TYPE_OCI_MANIFEST "; charset=utf-8", OCI_OK },
        { OCI_TYPE_OCI_MANIFEST "  ;x", OCI_OK },
        { "application/json", OCI_OK },
        { "application/octet-stream", OCI_OK },
        { OCI_TYPE_OCI_INDEX, OCI_INVALID },
        { OCI_TYPE_DOCKER_MANIFEST, OCI_INVALID },
        { OCI_TYPE_DOCKER_LIST "; charset=utf-8", OCI_INVALID }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        is(parse(IMAGE(TYPED(OCI_TYPE_OCI_MANIFEST)), cases[i].type),
           cases[i].status, "an OCI image declared as \"%s\"",
           cases[i].type);
    }
}


static void
artifact_types(void)
{
    (void) parse(IMAGE(""), "");
    is_str((char *) m.artifact_type.data, "m/c", "that of the config");

    (void) parse(IMAGE(",\"artifactType\":\"a/t\""), "");
    is_str((char *) m.artifact_type.data, "a/t", "unless one is declared");

    (void) parse("{\"schemaVersion\":2,\"manifests\":[]}", "");
    is(m.artifact_type.len, 0, "an index has none of itself");
}


static void
foreign(void)
{
    is(parse("{\"schemaVersion\":2,\"config\":" DESC ",\"layers\":[" DESC
             ",{\"mediaType\":\"application/vnd.docker.image.rootfs.foreign."
             "diff.tar.gzip\",\"size\":1,\"digest\":\"" D256 "\"}]}", ""),
       OCI_OK, "a foreign layer");
    ok(!m.parts[0].foreign && m.parts[1].foreign, "is known by its type");

    is(parse("{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":"
             "\"application/vnd.oci.image.layer.nondistributable.v1.tar\","
             "\"size\":1,\"digest\":\"" D256 "\"}]}", ""), OCI_OK,
       "the same in an index");
    ok(!m.parts[0].foreign, "is no excuse");
}


static void
served_types(void)
{
    size_t     i;
    oci_str_t  s;
    static const struct {
        const char  *json;
        const char  *type;
    } cases[] = {
        { IMAGE(""), OCI_TYPE_OCI_MANIFEST },
        { IMAGE(TYPED(OCI_TYPE_DOCKER_MANIFEST)), OCI_TYPE_DOCKER_MANIFEST },
        { "{\"manifests\":[]}", OCI_TYPE_OCI_INDEX },
        { "{\"fsLayers\":[]}",
          "application/vnd.docker.distribution.manifest.v1+prettyjws" },
        { "{\"mediaType\":\"application/vnd.other+json\"}",
          "application/vnd.other+json" },
        { "{\"mediaType\":\"a\\r\\nX: y\"}", OCI_TYPE_OCI_MANIFEST },
        { "{\"mediaType\":\"a b\"}", OCI_TYPE_OCI_MANIFEST },
        { "{\"mediaType\":\"a\\u0000b\"}", OCI_TYPE_OCI_MANIFEST },
        { "{\"mediaType\":\"\\u00e4\"}", OCI_TYPE_OCI_MANIFEST },
        { "{\"mediaType\":7}", OCI_TYPE_OCI_MANIFEST },
        { "[]", OCI_TYPE_OCI_MANIFEST },
        { "", OCI_TYPE_OCI_MANIFEST },
        { "garbage", OCI_TYPE_OCI_MANIFEST }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        s = oci_str(cases[i].json);
        is_str(oci_manifest_type(&s, pool), cases[i].type,
               "\"%.40s\" is served as", cases[i].json);
    }
}


static void
descriptors(void)
{
    char          *text;
    json_t        *json;
    oci_digest_t   d;

    oci_digest_of(&d, OCI_SHA256, "", 0);

    (void) parse(IMAGE(",\"annotations\":{\"k\":\"v\"}"), "");
    json = oci_manifest_descriptor(&m, &d, 7);
    text = json_dumps(json, JSON_COMPACT|JSON_PRESERVE_ORDER);

    is_str(text, "{\"mediaType\":\"" OCI_TYPE_OCI_MANIFEST "\",\"digest\":"
           "\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b"
           "7852b855\",\"size\":7,\"artifactType\":\"m/c\","
           "\"annotations\":{\"k\":\"v\"}}", "the descriptor of a referrer");

    free(text);
    json_decref(json);
}


static void
refusals_say_why(void)
{
    size_t  i;
    static const struct {
        const char  *json;
        const char  *why;
    } cases[] = {
        { "{\"schemaVersion\":1,\"fsLayers\":[]}", "schema 1" },
        { "{}", "schemaVersion" },
        { "[]", "object" },
        { "{", "JSON" },
        { IMAGE(",\"manifests\":[]"), "both" },
        { IMAGE(",\"mediaType\":\"x/y\""), "x/y" },
        { IMAGE(",\"Layers\":[]"), "\"Layers\"" },
        { IMAGE(",\"annotations\":{\"a\":1}"), "annotations" },
        { "{\"schemaVersion\":2}", "config" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        is(parse(cases[i].json, ""), OCI_INVALID, "refused: %.40s",
           cases[i].json);
        ok(strstr(err.text, cases[i].why) != NULL, "and why: %s", err.text);
    }
}


/* what others say is passed over, however much it is */

static void
others(void)
{
    size_t       i;
    oci_buf_t    b = oci_null_buf;
    const char  *text;

    oci_buf_adds(&b, "{\"schemaVersion\":2,\"config\":" DESC ",\"x\":[1");

    for (i = 0; b.len < 4 * 1024 * 1024 - 200; i++) {
        oci_buf_adds(&b, ",{}");
    }

    oci_buf_adds(&b, "]}");
    is(parse((char *) b.data, ""), OCI_OK, "%zu empty objects", i);
    is(json_object_size(m.root), 2, "cost no memory");
    oci_buf_free(&b);

    oci_buf_adds(&b, "{\"schemaVersion\":2,\"config\":" DESC
                 ",\"layers\":[{}");

    for (i = 0; b.len < 4 * 1024 * 1024 - 200; i++) {
        oci_buf_adds(&b, ",{}");
    }

    oci_buf_adds(&b, "]}");
    is(parse((char *) b.data, ""), OCI_INVALID, "as layers");
    ok(strstr(err.text, "too many values") != NULL, "they are too many");
    oci_buf_free(&b);

    text = IMAGE(",\"annotations\":{\"a\\u0000\":\"\xff\\ud800\\ud83d"
                 "\\ude00\\u00e9\"}");
    is(parse(text, ""), OCI_OK, "an annotation that is not UTF-8");
    is_str(json_string_value(json_object_get(m.annotations,
                                             "a\xef\xbf\xbd")),
           "\xef\xbf\xbd\xef\xbf\xbd\xf0\x9f\x98\x80\xc3\xa9",
           "is read as Go reads it");
}


/* as many descriptors as fit into 4 MiB */

static void
large(void)
{
    size_t     i;
    oci_buf_t  b = oci_null_buf;

    oci_buf_adds(&b, "{\"schemaVersion\":2,\"config\":" DESC
                 ",\"layers\":[");

    for (i = 0; b.len < 4 * 1024 * 1024 - 200; i++) {
        oci_buf_adds(&b, i != 0 ? "," DESC : DESC);
    }

    oci_buf_adds(&b, "]}");
    is(parse((char *) b.data, ""), OCI_OK, "%zu layers", i);
    is(m.nparts, i, "are all read");
    oci_buf_free(&b);
}


static oci_status_e
parse(const char *json, const char *type)
{
    oci_str_t  s, t;

    s = oci_str(json);
    t = oci_str(type);
    memset(&err, 0, sizeof(err));

    return oci_manifest_parse(&m, pool, &s, &t, &err);
}
