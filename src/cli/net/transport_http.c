/*
 * One HTTP exchange by libcurl.
 */

#include "net/transport_http.h"
#include "oci_late.h"
#include "command/deadline.h"
#include "command/progress.h"
#include "command/term.h"

#define CURL_DISABLE_TYPECHECK  1       /* setopt is called by a pointer */

#include <curl/curl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>


#define TRANSPORT_CONNECT_MS  10000L
#define TRANSPORT_STALL_S     60L       /* of less than STALL_BYTES/s */
#define TRANSPORT_STALL_BYTES 64L
#define TRANSPORT_HEADER_MAX  16384     /* of one that we keep */
#define TRANSPORT_TIMER_MS    200       /* libcurl's may be early by that */
#define TRANSPORT_REDIRECTS   10L
#define TRANSPORT_WAIT_MAX    30

#define CURL_FUNCTIONS(X)                                                    \
    X(curl_easy_cleanup) X(curl_easy_escape) X(curl_easy_getinfo)            \
    X(curl_easy_init) X(curl_easy_perform) X(curl_easy_reset)                \
    X(curl_easy_setopt) X(curl_easy_strerror) X(curl_free)                   \
    X(curl_global_cleanup) X(curl_global_init) X(curl_slist_append)          \
    X(curl_slist_free_all)


typedef struct {
    CURL_FUNCTIONS(OCI_LATE_FIELD)
} transport_curl_t;

typedef __typeof__(curl_easy_setopt)   *transport_setopt_pt;
typedef __typeof__(curl_slist_append)  *transport_append_pt;

struct transport_http_s {
    oci_pool_t                 *pool;
    const transport_options_t  *options;
    transport_curl_t            lib;
    CURL                       *curl;
    char                        error[CURL_ERROR_SIZE];
};


/* what the callbacks of one exchange need */

typedef struct {
    transport_http_t           *http;
    const transport_request_t  *req;
    transport_http_reply_t     *reply;
    oci_buf_t                   body;
    size_t                      sent;
    oci_status_e                failed;     /* of the sink, or the limit */
} transport_exchange_t;


static void transport_http_close(void *data);
static oci_status_e transport_http_load(transport_http_t *http,
    oci_error_t *err);
static void transport_http_setup(transport_http_t *http,
    transport_exchange_t *x, const char *url);
static void transport_http_method(transport_http_t *http,
    const transport_exchange_t *x);
static struct curl_slist *transport_http_headers(transport_http_t *http,
    const transport_request_t *req, const oci_str_t *authorization);
static void transport_http_keep(transport_exchange_t *x,
    const oci_str_t *name, const oci_str_t *value);
static bool transport_http_is(const oci_str_t *name, const char *known);
static struct curl_slist *transport_http_name(transport_http_t *http,
    const char *url, const oci_str_t *host, struct curl_slist **headers);
static size_t transport_http_header(char *p, size_t size, size_t n,
    void *data);
static size_t transport_http_write(char *p, size_t size, size_t n,
    void *data);
static size_t transport_http_read(char *p, size_t size, size_t n,
    void *data);
static int transport_http_seek(void *data, curl_off_t offset, int origin);
static void transport_http_say(const char *method, const char *url,
    long status, const char *failed);
static oci_status_e transport_http_failed(transport_exchange_t *x,
    CURLcode code, const char *url, oci_error_t *err);


static bool  transport_http_verbose;


void
transport_verbose(bool verbose)
{
    transport_http_verbose = verbose;
}


transport_http_t *
transport_http_open(oci_pool_t *pool, const transport_options_t *options)
{
    transport_http_t  *http;

    http = oci_pcalloc(pool, sizeof(transport_http_t));

    if (http == NULL
        || oci_pool_cleanup(pool, transport_http_close, http) != OCI_OK)
    {
        return NULL;
    }

    http->pool = pool;
    http->options = options;

    return http;
}


static void
transport_http_close(void *data)
{
    transport_http_t  *http = data;

    if (http->curl != NULL) {
        http->lib.curl_easy_cleanup(http->curl);
        http->lib.curl_global_cleanup();
        http->curl = NULL;
    }
}


oci_status_e
transport_http_send(transport_http_t *http, const char *url,
    const transport_request_t *req, const oci_str_t *authorization,
    transport_http_reply_t *reply, oci_error_t *err)
{
    CURLcode              code;
    oci_status_e          rc;
    struct curl_slist    *headers, *connect;
    transport_exchange_t  x;

    memset(&x, 0, sizeof(x));
    memset(reply, 0, sizeof(transport_http_reply_t));

    reply->retry_after = -1;
    x.http = http;
    x.req = req;
    x.reply = reply;
    http->error[0] = '\0';

    rc = transport_http_load(http, err);
    if (rc != OCI_OK) {
        return rc;
    }

    if (deadline_left() == 0) {
        return transport_http_failed(&x, CURLE_OPERATION_TIMEDOUT, url, err);
    }

    transport_http_setup(http, &x, url);

    headers = transport_http_headers(http, req, authorization);
    connect = NULL;

    if (http->options->server_name != NULL && req->host != NULL) {
        connect = transport_http_name(http, url, req->host, &headers);
        (void) http->lib.curl_easy_setopt(http->curl, CURLOPT_CONNECT_TO,
                                          connect);
    }

    (void) http->lib.curl_easy_setopt(http->curl, CURLOPT_HTTPHEADER,
                                      headers);

    code = http->lib.curl_easy_perform(http->curl);

    http->lib.curl_slist_free_all(headers);
    http->lib.curl_slist_free_all(connect);
    (void) http->lib.curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE,
                                       &reply->status);

    if (transport_http_verbose) {
        transport_http_say(req->method, url, reply->status,
                           code != CURLE_OK ? http->error : NULL);
    }

    rc = OCI_OK;

    if (code != CURLE_OK || x.failed != OCI_OK) {
        rc = transport_http_failed(&x, code, url, err);

    } else {
        reply->body = oci_str_dup(http->pool, x.body.data, x.body.len);

        if (reply->body.data == NULL) {
            rc = oci_error(err, OCI_NOMEM, 0, "out of memory");
        }
    }

    oci_buf_free(&x.body);

    return rc;
}


/* with the first request: most runs over a store need no libcurl */

static oci_status_e
transport_http_load(transport_http_t *http, oci_error_t *err)
{
    oci_status_e              rc;
    static const char *const  names[] = { CURL_FUNCTIONS(OCI_LATE_NAME) };

    if (http->curl != NULL) {
        return OCI_OK;
    }

    rc = oci_late_load(TALLY_LIBCURL, names, sizeof(names) / sizeof(names[0]),
                       &http->lib, err);
    if (rc != OCI_OK) {
        return rc;
    }

    if (http->lib.curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK) {
        http->curl = http->lib.curl_easy_init();
    }

    return (http->curl != NULL)
           ? OCI_OK : oci_error(err, OCI_NOMEM, 0, "libcurl does not start");
}


static void
transport_http_setup(transport_http_t *http, transport_exchange_t *x,
    const char *url)
{
    CURL                       *c;
    int64_t                     left;
    const char                 *cacert;
    transport_setopt_pt         set;
    const transport_options_t  *o;

    c = http->curl;
    o = http->options;
    set = http->lib.curl_easy_setopt;

    /* the connection stays */

    http->lib.curl_easy_reset(c);

    (void) set(c, CURLOPT_URL, url);
    (void) set(c, CURLOPT_ERRORBUFFER, http->error);
    (void) set(c, CURLOPT_NOSIGNAL, 1L);
    (void) set(c, CURLOPT_USERAGENT, "tally");
    (void) set(c, CURLOPT_CONNECTTIMEOUT_MS, TRANSPORT_CONNECT_MS);
    (void) set(c, CURLOPT_LOW_SPEED_TIME, TRANSPORT_STALL_S);
    (void) set(c, CURLOPT_LOW_SPEED_LIMIT, TRANSPORT_STALL_BYTES);

    left = deadline_left();

    if (left != INT64_MAX) {
        (void) set(c, CURLOPT_TIMEOUT_MS, (long) left);
    }

    (void) set(c, CURLOPT_FOLLOWLOCATION, 1L);
    (void) set(c, CURLOPT_MAXREDIRS, TRANSPORT_REDIRECTS);
    (void) set(c, CURLOPT_PROTOCOLS_STR, "http,https");
    (void) set(c, CURLOPT_REDIR_PROTOCOLS_STR,
               strncmp(url, "https:", 6) == 0 ? "https" : "http,https");
    (void) set(c, CURLOPT_HEADERFUNCTION, transport_http_header);
    (void) set(c, CURLOPT_HEADERDATA, x);
    (void) set(c, CURLOPT_WRITEFUNCTION, transport_http_write);
    (void) set(c, CURLOPT_WRITEDATA, x);

    if (o->allow_insecure) {
        (void) set(c, CURLOPT_SSL_VERIFYPEER, 0L);
        (void) set(c, CURLOPT_SSL_VERIFYHOST, 0L);
    }

    /* SSL_CERT_FILE: as cosign and Trivy have it from Go */

    cacert = (o->cacert != NULL) ? o->cacert : getenv("SSL_CERT_FILE");

    if (cacert != NULL && cacert[0] != '\0') {
        (void) set(c, CURLOPT_CAINFO, cacert);
    }

    if (o->client_cert != NULL) {
        (void) set(c, CURLOPT_SSLCERT, o->client_cert);
        (void) set(c, CURLOPT_SSLKEY, o->client_key);
    }

    transport_http_method(http, x);
}


static void
transport_http_method(transport_http_t *http, const transport_exchange_t *x)
{
    CURL                       *c;
    oci_str_t                   range;
    transport_setopt_pt         set;
    const transport_request_t  *req;

    c = http->curl;
    req = x->req;
    set = http->lib.curl_easy_setopt;

    if (strcmp(req->method, "HEAD") == 0) {
        (void) set(c, CURLOPT_NOBODY, 1L);
        return;
    }

    if (strcmp(req->method, "GET") == 0) {

        if (req->from != 0) {
            range = oci_strf(http->pool, "%llu-",
                             (unsigned long long) req->from);
            (void) set(c, CURLOPT_RANGE, range.data);
        }

        return;
    }

    if (strcmp(req->method, "DELETE") == 0) {
        (void) set(c, CURLOPT_CUSTOMREQUEST, "DELETE");
        return;
    }

    if (strcmp(req->method, "POST") == 0 && req->body == NULL) {
        (void) set(c, CURLOPT_POST, 1L);
        (void) set(c, CURLOPT_POSTFIELDSIZE, 0L);
        (void) set(c, CURLOPT_POSTFIELDS, "");
        return;
    }

    (void) set(c, CURLOPT_UPLOAD, 1L);
    (void) set(c, CURLOPT_CUSTOMREQUEST, req->method);
    (void) set(c, CURLOPT_READFUNCTION, transport_http_read);
    (void) set(c, CURLOPT_READDATA, x);
    (void) set(c, CURLOPT_SEEKFUNCTION, transport_http_seek);
    (void) set(c, CURLOPT_SEEKDATA, x);
    (void) set(c, CURLOPT_INFILESIZE_LARGE,
               (curl_off_t) (req->body != NULL ? req->body->len : 0));
}


/*
 * libcurl drops this Authorization when a redirect leads to another host,
 * port or protocol
 */

static struct curl_slist *
transport_http_headers(transport_http_t *http, const transport_request_t *req,
    const oci_str_t *authorization)
{
    oci_str_t            line;
    struct curl_slist   *list;
    transport_append_pt  append;

    list = NULL;
    append = http->lib.curl_slist_append;

    if (req->accept != NULL) {
        line = oci_strf(http->pool, "Accept: %s", req->accept);
        list = append(list, (char *) line.data);
    }

    if (req->content_type != NULL) {
        line = oci_strf(http->pool, "Content-Type: %s", req->content_type);
        list = append(list, (char *) line.data);
    }

    if (req->body_at != 0) {
        line = oci_strf(http->pool, "Content-Range: %llu-%llu",
                        (unsigned long long) req->body_at,
                        (unsigned long long) (req->body_at + req->body->len
                                              - 1));
        list = append(list, (char *) line.data);
    }

    if (authorization->len != 0) {
        line = oci_strf(http->pool, "Authorization: %s",
                        authorization->data);
        list = append(list, (char *) line.data);
    }

    return append(list, "Expect:");
}


/*
 * --registry-server-name: TLS is spoken with that name, the connection is the
 * registry's, and HTTP names the registry.  Only for its own https URLs.
 */

static struct curl_slist *
transport_http_name(transport_http_t *http, const char *url,
    const oci_str_t *host, struct curl_slist **headers)
{
    u_char       *colon;
    oci_str_t     text, whole, name, line;
    const char   *server, *port;

    whole = oci_str(url);

    if (strncmp(url, "https://", 8) != 0
        || !transport_http_same_host(&whole, host))
    {
        return NULL;
    }

    server = http->options->server_name;
    name = *host;
    colon = memrchr(name.data, ':', name.len);
    port = "443";

    if (colon != NULL && memchr(colon, ']', name.len
                                - (size_t) (colon - name.data)) == NULL)
    {
        text = oci_str_dup(http->pool, colon + 1, name.len
                           - (size_t) (colon + 1 - name.data));
        port = oci_cstr(http->pool, &text);
        name.len = (size_t) (colon - name.data);
    }

    text = oci_strf(http->pool, "https://%s:%s%s", server, port,
                    url + 8 + host->len);
    whole = oci_strf(http->pool, "%s:%s:%.*s:%s", server, port,
                     (int) name.len, name.data, port);
    line = oci_strf(http->pool, "Host: %.*s", (int) host->len, host->data);

    (void) http->lib.curl_easy_setopt(http->curl, CURLOPT_URL, text.data);
    *headers = http->lib.curl_slist_append(*headers, (char *) line.data);

    return http->lib.curl_slist_append(NULL, (char *) whole.data);
}


static size_t
transport_http_header(char *p, size_t size, size_t n, void *data)
{
    char                  *colon;
    size_t                 len;
    oci_str_t              name, value;
    transport_exchange_t  *x = data;

    len = size * n;

    if (len >= 5 && memcmp(p, "HTTP/", 5) == 0) {

        /* of the next answer, after a redirect or a 100 */

        memset(x->reply, 0, sizeof(transport_http_reply_t));
        x->reply->retry_after = -1;
        return len;
    }

    colon = memchr(p, ':', len);

    if (colon != NULL) {
        name.data = (u_char *) p;
        name.len = (size_t) (colon - p);
        value.data = (u_char *) colon + 1;
        value.len = len - name.len - 1;

        while (value.len != 0
               && (value.data[0] == ' ' || value.data[0] == '\t'))
        {
            value.data++;
            value.len--;
        }

        while (value.len != 0 && (value.data[value.len - 1] == '\r'
                                  || value.data[value.len - 1] == '\n'))
        {
            value.len--;
        }

        transport_http_keep(x, &name, &value);
    }

    return (x->failed == OCI_OK) ? len : 0;
}


static void
transport_http_keep(transport_exchange_t *x, const oci_str_t *name,
    const oci_str_t *value)
{
    size_t      i;
    oci_str_t  *slot;

    struct {
        const char  *name;
        oci_str_t   *value;
    } wanted[] = {
        { "Content-Type", &x->reply->content_type },
        { "Docker-Content-Digest", &x->reply->digest },
        { "Location", &x->reply->location },
        { "Link", &x->reply->link },
        { "OCI-Subject", &x->reply->subject },
        { "Range", &x->reply->range },
        { "WWW-Authenticate", &x->reply->challenge },
        { "X-Log-Index", &x->reply->log_index }
    };

    for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        if (transport_http_is(name, wanted[i].name)) {
            slot = wanted[i].value;

            if (slot->len + value->len > TRANSPORT_HEADER_MAX) {
                x->failed = OCI_LIMIT;
                return;
            }

            /* a second challenge is one more in the list */

            *slot = oci_strf(x->http->pool, "%s%s%.*s",
                             slot->len != 0 ? (char *) slot->data : "",
                             slot->len != 0 ? ", " : "", (int) value->len,
                             value->data);
        }
    }

    if (transport_http_is(name, "Retry-After")) {
        x->reply->retry_after = strtol((char *) value->data, NULL, 10);
    }

    if (transport_http_is(name, "Docker-Distribution-Api-Version")) {
        x->reply->registry = true;
    }
}


static bool
transport_http_is(const oci_str_t *name, const char *known)
{
    return name->len == strlen(known)
           && strncasecmp((char *) name->data, known, name->len) == 0;
}


static size_t
transport_http_write(char *p, size_t size, size_t n, void *data)
{
    long                   status;
    transport_exchange_t  *x = data;

    n *= size;

    (void) x->http->lib.curl_easy_getinfo(x->http->curl,
                                          CURLINFO_RESPONSE_CODE, &status);

    if (x->req->sink != NULL && status >= 200 && status < 300) {
        x->failed = (x->req->from != 0 && status != 206) ? OCI_RANGE
                    : x->req->sink(x->req->data, (u_char *) p, n);
        return (x->failed == OCI_OK) ? n : 0;
    }

    if (x->body.len + n > x->req->max + 65536) {
        x->failed = OCI_LIMIT;
        return 0;
    }

    oci_buf_add(&x->body, p, n);

    return x->body.failed ? 0 : n;
}


static size_t
transport_http_read(char *p, size_t size, size_t n, void *data)
{
    transport_exchange_t  *x = data;

    if (x->req->body == NULL) {
        return 0;
    }

    n *= size;

    if (n > x->req->body->len - x->sent) {
        n = x->req->body->len - x->sent;
    }

    if (n != 0) {
        memcpy(p, x->req->body->data + x->sent, n);
    }

    x->sent += n;

    if (x->req->share != 0) {
        progress_add(n / x->req->share);
    }

    return n;
}


/* libcurl sends a body again when a connection that it kept has ended */

static int
transport_http_seek(void *data, curl_off_t offset, int origin)
{
    long                   status;
    transport_exchange_t  *x = data;

    (void) x->http->lib.curl_easy_getinfo(x->http->curl,
                                          CURLINFO_RESPONSE_CODE, &status);

    if (x->req->once && status == 0 && x->sent != 0) {
        return CURL_SEEKFUNC_FAIL;
    }

    if (origin != SEEK_SET || offset < 0
        || (x->req->body != NULL
            && (uint64_t) offset > x->req->body->len))
    {
        return CURL_SEEKFUNC_CANTSEEK;
    }

    x->sent = (size_t) offset;

    return CURL_SEEKFUNC_OK;
}


/* what follows a "?", and a name before an "@", may be secrets */

static void
transport_http_say(const char *method, const char *url, long status,
    const char *failed)
{
    const char  *p, *at;

    p = strstr(url, "://");
    p = (p != NULL) ? p + 3 : url;
    at = memchr(p, '@', strcspn(p, "/?#"));
    p = (at != NULL) ? at + 1 : p;

    fprintf(stderr, "%s ", method);
    term_print(stderr, p, strcspn(p, "?#"));

    if (failed == NULL) {
        fprintf(stderr, ": %ld\n", status);
        return;
    }

    fprintf(stderr, ": ");
    term_print(stderr, failed, strlen(failed));
    fprintf(stderr, "\n");
}


static oci_status_e
transport_http_failed(transport_exchange_t *x, CURLcode code,
    const char *url, oci_error_t *err)
{
    int  len;

    len = (int) strcspn(url, "?");

    if (code == CURLE_OPERATION_TIMEDOUT
        && deadline_left() < TRANSPORT_TIMER_MS)
    {
        return oci_error(err, OCI_IO, 0, "%s %.*s: the time of --timeout is "
                         "over: context deadline exceeded", x->req->method,
                         len, url);
    }

    if (x->failed == OCI_LIMIT) {
        return oci_error(err, OCI_LIMIT, 0,
                         "%s %.*s: the answer is larger than %zu bytes",
                         x->req->method, len, url, x->req->max);
    }

    if (x->failed != OCI_OK) {
        return oci_error(err, x->failed, 0, "%s %.*s: broken off",
                         x->req->method, len, url);
    }

    return oci_error(err, code == CURLE_OUT_OF_MEMORY ? OCI_NOMEM : OCI_IO, 0,
                     "%s %.*s: %s", x->req->method, len, url,
                     x->http->error[0] != '\0'
                     ? x->http->error : x->http->lib.curl_easy_strerror(code));
}


void
transport_http_wait(const transport_http_reply_t *reply, int tries)
{
    int64_t          ms;
    struct timespec  t;

    ms = 200 << (tries > 2 ? 2 : tries);

    if (reply->retry_after >= 0) {
        ms = (reply->retry_after < TRANSPORT_WAIT_MAX)
             ? reply->retry_after * 1000 + 1 : TRANSPORT_WAIT_MAX * 1000;
    }

    if (ms > deadline_left()) {
        ms = deadline_left();
    }

    t.tv_sec = (time_t) (ms / 1000);
    t.tv_nsec = (long) (ms % 1000) * 1000000;

    (void) nanosleep(&t, NULL);
}


bool
transport_http_same_host(const oci_str_t *url, const oci_str_t *host)
{
    const char  *p;

    p = strstr((char *) url->data, "://");

    if (p == NULL) {
        return false;
    }

    p += 3;

    return strncmp(p, (char *) host->data, host->len) == 0
           && (p[host->len] == '/' || p[host->len] == '\0'
               || p[host->len] == '?');
}


oci_str_t
transport_http_form(transport_http_t *http, ...)
{
    char        *escaped;
    va_list      args;
    oci_buf_t    b = oci_null_buf;
    const char  *name, *value;

    va_start(args, http);

    while ((name = va_arg(args, const char *)) != NULL) {
        value = va_arg(args, const char *);

        if (value == NULL || *value == '\0') {
            continue;
        }

        escaped = http->lib.curl_easy_escape(http->curl, value, 0);

        oci_buf_addf(&b, "%s%s=%s", b.len != 0 ? "&" : "", name,
                     escaped != NULL ? escaped : "");
        http->lib.curl_free(escaped);
    }

    va_end(args);

    return oci_buf_end(&b, http->pool);
}
