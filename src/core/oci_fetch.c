/*
 * One GET over TLS.
 */

#include "oci_fetch.h"

#if __has_include(<curl/curl.h>)

#include "oci_late.h"

#define CURL_DISABLE_TYPECHECK  1       /* setopt is called by a pointer */

#include <curl/curl.h>


#ifndef TALLY_LIBCURL
#define TALLY_LIBCURL  "libcurl.so.4"
#endif

#define OCI_FETCH_CONNECT  3L           /* s */

#define OCI_FETCH_FUNCTIONS(X)                                               \
    X(curl_easy_cleanup) X(curl_easy_getinfo) X(curl_easy_init)              \
    X(curl_easy_perform) X(curl_easy_setopt) X(curl_easy_strerror)           \
    X(curl_global_init) X(curl_slist_append) X(curl_slist_free_all)


struct oci_fetch_s {
    OCI_FETCH_FUNCTIONS(OCI_LATE_FIELD)
};


typedef struct {
    oci_buf_t   text;
    size_t      max;
    bool        more;
} oci_fetch_body_t;


static void oci_fetch_options(const oci_fetch_t *fetch, CURL *curl,
    const char *url, const char *cacert, unsigned seconds);
static size_t oci_fetch_write(char *p, size_t size, size_t n, void *data);


oci_fetch_t *
oci_fetch_open(oci_pool_t *pool, oci_error_t *err)
{
    oci_fetch_t  *fetch;

    static const char *const  names[] = {
        OCI_FETCH_FUNCTIONS(OCI_LATE_NAME)
    };

    fetch = oci_pcalloc(pool, sizeof(oci_fetch_t));

    if (fetch == NULL) {
        (void) oci_nomem(err);
        return NULL;
    }

    if (oci_late_load(TALLY_LIBCURL, names, sizeof(names) / sizeof(names[0]),
                      fetch, err)
        != OCI_OK)
    {
        return NULL;
    }

    if (fetch->curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        (void) oci_error(err, OCI_NOMEM, 0, "libcurl does not start");
        return NULL;
    }

    return fetch;
}


oci_status_e
oci_fetch(const oci_fetch_t *fetch, oci_str_t *body, oci_pool_t *pool,
    const char *url, const char *cacert, unsigned seconds, size_t max,
    oci_error_t *err)
{
    CURL               *curl;
    long                status;
    char                why[CURL_ERROR_SIZE];
    CURLcode            code;
    oci_status_e        rc;
    oci_fetch_body_t    b = { oci_null_buf, max, false };
    struct curl_slist  *accept;

    curl = fetch->curl_easy_init();
    accept = fetch->curl_slist_append(NULL, "Accept: application/json");

    if (curl == NULL || accept == NULL) {
        fetch->curl_easy_cleanup(curl);
        fetch->curl_slist_free_all(accept);
        return oci_nomem(err);
    }

    why[0] = '\0';
    status = 0;

    oci_fetch_options(fetch, curl, url, cacert, seconds);
    (void) fetch->curl_easy_setopt(curl, CURLOPT_HTTPHEADER, accept);
    (void) fetch->curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
    (void) fetch->curl_easy_setopt(curl, CURLOPT_WRITEDATA, &b);

    code = fetch->curl_easy_perform(curl);
    (void) fetch->curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);

    if (b.more) {
        rc = oci_error(err, OCI_LIMIT, 0, "%s: more than %zu bytes", url,
                       max);

    } else if (code != CURLE_OK) {
        rc = oci_error(err, OCI_IO, 0, "%s: %s", url,
                       why[0] != '\0' ? why : fetch->curl_easy_strerror(code));

    } else if (status != 200) {
        rc = oci_error(err, OCI_IO, 0, "%s: status %ld", url, status);

    } else {
        *body = oci_str_dup(pool, b.text.data, b.text.len);
        rc = (body->data != NULL && !b.text.failed) ? OCI_OK
                                                    : oci_nomem(err);
    }

    fetch->curl_easy_cleanup(curl);
    fetch->curl_slist_free_all(accept);
    oci_buf_free(&b.text);

    return rc;
}


static void
oci_fetch_options(const oci_fetch_t *fetch, CURL *curl, const char *url,
    const char *cacert, unsigned seconds)
{
    __typeof__(curl_easy_setopt)  *set = fetch->curl_easy_setopt;

    (void) set(curl, CURLOPT_URL, url);
    (void) set(curl, CURLOPT_USERAGENT, "tally");
    (void) set(curl, CURLOPT_NOSIGNAL, 1L);
    (void) set(curl, CURLOPT_PROTOCOLS_STR, "https");
    (void) set(curl, CURLOPT_FOLLOWLOCATION, 0L);
    (void) set(curl, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    (void) set(curl, CURLOPT_CONNECTTIMEOUT, OCI_FETCH_CONNECT);
    (void) set(curl, CURLOPT_TIMEOUT, (long) seconds);
    (void) set(curl, CURLOPT_WRITEFUNCTION, oci_fetch_write);

    if (cacert != NULL) {
        (void) set(curl, CURLOPT_CAINFO, cacert);
        (void) set(curl, CURLOPT_CAPATH, NULL);
    }
}


static size_t
oci_fetch_write(char *p, size_t size, size_t n, void *data)
{
    oci_fetch_body_t  *b = data;

    if (size * n > b->max - b->text.len) {
        b->more = true;
        return 0;
    }

    oci_buf_add(&b->text, p, size * n);

    return b->text.failed ? 0 : size * n;
}

#else

oci_fetch_t *
oci_fetch_open(oci_pool_t *pool, oci_error_t *err)
{
    (void) pool;
    (void) oci_error(err, OCI_NOT_FOUND, 0, "built without libcurl");

    return NULL;
}


oci_status_e
oci_fetch(const oci_fetch_t *fetch, oci_str_t *body, oci_pool_t *pool,
    const char *url, const char *cacert, unsigned seconds, size_t max,
    oci_error_t *err)
{
    (void) fetch;
    (void) body;
    (void) pool;
    (void) url;
    (void) cacert;
    (void) seconds;
    (void) max;

    return oci_error(err, OCI_NOT_FOUND, 0, "built without libcurl");
}

#endif
