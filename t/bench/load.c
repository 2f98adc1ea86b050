/*
 * A load generator for registries: keeps connections busy for some seconds
 * and prints one line of what came of it.
 *
 *     load [OPTION...] HOST PORT PATH...
 *
 *       -c N      connections (16)
 *       -d N      seconds (5)
 *       -m MODE   get, head, or push: POST to PATH, then PUT to where its
 *                 answer points, each time with another body (get)
 *       -s BYTES  size of what is pushed (4096)
 *       -r BYTES  each connection is slow: so many bytes a second
 *       -t        TLS; the certificate is not checked
 *       -a TEXT   value of the header Authorization
 *       -p PIDS   the server's processes, by commas: their CPU is counted
 *
 * The line: operations a second, MiB a second, p50 and p99 in microseconds,
 * failures, microseconds of the server's CPU for an operation, its seconds of
 * CPU for a GiB.  The paths are taken in turns.
 */

#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>


#define HEAD     8192
#define INPUT    (256 * 1024)
#define SAMPLES  (4 * 1024 * 1024)
#define TICK     10000000ULL            /* ns, of the slow */
#define EVENTS   256
#define STAMP    16

/* docker-registry 2.8 gives an OCI manifest to those alone who ask for it */
#define ACCEPT   "application/vnd.oci.image.manifest.v1+json, */*"


typedef enum { GET, HEAD_ONLY, PUSH } mode_e;


typedef struct {
    int       fd;
    SSL      *ssl;
    bool      wants_write;
    bool      in_head;              /* of the answer */
    bool      closing;
    bool      put;                  /* the second request of a push */
    char      out[HEAD];
    size_t    out_len;
    size_t    out_pos;              /* goes on into the body */
    size_t    body_len;
    char      in[HEAD];             /* the answer's header */
    size_t    in_len;
    uint64_t  left;                 /* of the answer's body */
    int       status;
    uint64_t  begun;                /* the operation, ns */
    uint64_t  allowed;              /* bytes, of the slow */
    u_char    stamp[STAMP];          /* makes each body another */
} conn_t;


static struct sockaddr_in  server;
static const char         *host, *authorization;
static char              **paths;
static size_t              npaths, next_path;
static mode_e              mode;
static size_t              size = 4096;
static uint64_t            rate;
static SSL_CTX            *tls;
static u_char             *body;
static char               *input;
static int                 loop;

static uint32_t           *samples;
static size_t              nsamples;
static uint64_t            failures, bytes, stop;


static void usage(void);
static void options(int argc, char **argv, size_t *conns, double *seconds,
    char **pids);
static uint64_t now(void);
static double cpu(const char *pids);
static void dial(conn_t *c);
static void begin(conn_t *c);
static void request_put(conn_t *c);
static bool location(conn_t *c, char *path, size_t len);
static const char *header(conn_t *c, const char *name);
static void work(conn_t *c);
static bool send_some(conn_t *c);
static ssize_t put_bytes(conn_t *c, const void *data, size_t len);
static bool receive_some(conn_t *c);
static ssize_t take_bytes(conn_t *c, void *data, size_t len);
static void answer_head(conn_t *c, const char *data, size_t len);
static void answered(conn_t *c);
static void failed(conn_t *c, const char *why);
static void watch(conn_t *c, bool write);
static void release(conn_t *conns, size_t n);
static int compare(const void *one, const void *two);
static void report(double seconds, double used);


int
main(int argc, char **argv)
{
    int                 i, n;
    char               *pids;
    conn_t             *conns;
    double              seconds, before;
    size_t              count, k;
    uint64_t            start;
    struct epoll_event  events[EVENTS];

    options(argc, argv, &count, &seconds, &pids);

    conns = calloc(count, sizeof(conn_t));
    samples = malloc(SAMPLES * sizeof(uint32_t));
    input = malloc(INPUT);
    body = malloc(size);
    loop = epoll_create1(0);

    if (conns == NULL || samples == NULL || input == NULL || body == NULL
        || loop == -1)
    {
        perror("load");
        return 1;
    }

    memset(body, 'x', size);

    before = cpu(pids);
    start = now();
    stop = start + (uint64_t) (seconds * 1e9);

    for (k = 0; k < count; k++) {
        conns[k].fd = -1;
        dial(&conns[k]);
    }

    while (now() < stop) {

        if (rate != 0) {
            (void) usleep(TICK / 1000);
            release(conns, count);
            continue;
        }

        n = epoll_wait(loop, events, EVENTS, 100);

        for (i = 0; i < n; i++) {
            work(events[i].data.ptr);
        }
    }

    report((double) (now() - start) / 1e9, cpu(pids) - before);

    return 0;
}


static void
usage(void)
{
    fprintf(stderr, "usage: load [-c N] [-d SECONDS] [-m get|head|push] "
            "[-s BYTES] [-r BYTES] [-t] [-a TEXT] [-p PIDS] HOST PORT "
            "PATH...\n");
    exit(2);
}


static void
options(int argc, char **argv, size_t *conns, double *seconds, char **pids)
{
    int  c;

    *conns = 16;
    *seconds = 5;
    *pids = NULL;

    while ((c = getopt(argc, argv, "c:d:m:s:r:ta:p:")) != -1) {

        switch (c) {
        case 'c': *conns = strtoul(optarg, NULL, 10); break;
        case 'd': *seconds = strtod(optarg, NULL); break;
        case 's': size = strtoul(optarg, NULL, 10); break;
        case 'r': rate = strtoul(optarg, NULL, 10); break;
        case 'a': authorization = optarg; break;
        case 'p': *pids = optarg; break;
        case 't': tls = SSL_CTX_new(TLS_client_method()); break;
        case 'm':
            mode = strcmp(optarg, "head") == 0 ? HEAD_ONLY
                   : strcmp(optarg, "push") == 0 ? PUSH : GET;
            break;
        default: usage();
        }
    }

    if (argc - optind < 3 || *conns == 0 || size < STAMP) {
        usage();
    }

    host = argv[optind];
    server.sin_family = AF_INET;
    server.sin_port = htons((uint16_t) atoi(argv[optind + 1]));

    if (inet_pton(AF_INET, host, &server.sin_addr) != 1) {
        usage();
    }

    paths = argv + optind + 2;
    npaths = (size_t) (argc - optind - 2);
}


static uint64_t
now(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);

    return (uint64_t) ts.tv_sec * 1000000000ULL + (uint64_t) ts.tv_nsec;
}


/*
 * Seconds that the processes have used: of all threads that live, to the
 * nanosecond (/proc/PID/stat counts ticks of 10 ms).
 */

static double
cpu(const char *pids)
{
    int                  i, found;
    char                 name[80], *list, *pid, *save;
    FILE                *f;
    glob_t               threads;
    double               sum = 0;
    unsigned long long   ns;

    list = strdup(pids != NULL ? pids : "");

    for (pid = strtok_r(list, ",", &save); pid != NULL;
         pid = strtok_r(NULL, ",", &save))
    {
        (void) snprintf(name, sizeof(name), "/proc/%.20s/task/*/schedstat",
                        pid);
        found = (glob(name, GLOB_NOSORT, NULL, &threads) == 0)
                ? (int) threads.gl_pathc : 0;

        for (i = 0; i < found; i++) {
            f = fopen(threads.gl_pathv[i], "r");

            if (f != NULL) {
                sum += (fscanf(f, "%llu", &ns) == 1) ? (double) ns / 1e9 : 0;
                (void) fclose(f);
            }
        }

        if (found) {
            globfree(&threads);
        }
    }

    free(list);

    return sum;
}


static void
dial(conn_t *c)
{
    int                 on = 1;
    struct epoll_event  ev = { .events = EPOLLIN|EPOLLOUT };

    if (c->fd != -1) {
        SSL_free(c->ssl);
        (void) close(c->fd);
    }

    c->ssl = NULL;
    c->fd = socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK|SOCK_CLOEXEC, 0);

    if (c->fd == -1
        || (connect(c->fd, (struct sockaddr *) &server, sizeof(server)) == -1
            && errno != EINPROGRESS))
    {
        perror("load: cannot connect");
        exit(1);
    }

    (void) setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));

    if (tls != NULL) {
        c->ssl = SSL_new(tls);
        SSL_set_fd(c->ssl, c->fd);
        SSL_set_connect_state(c->ssl);
    }

    ev.data.ptr = c;
    c->wants_write = true;
    (void) epoll_ctl(loop, EPOLL_CTL_ADD, c->fd, &ev);

    begin(c);
}


/* the first request of an operation */

static void
begin(conn_t *c)
{
    static const char  *methods[] = { "GET", "HEAD", "POST" };

    c->begun = now();
    c->put = false;
    c->body_len = 0;
    c->out_pos = 0;
    c->in_len = 0;
    c->in_head = true;

    c->out_len = (size_t) snprintf(c->out, sizeof(c->out),
                          "%s %s HTTP/1.1\r\nHost: %s\r\n"
                          "Accept: " ACCEPT "\r\n%s%s%s%s\r\n", methods[mode],
                          paths[next_path++ % npaths], host,
                          mode == PUSH ? "Content-Length: 0\r\n" : "",
                          authorization != NULL ? "Authorization: " : "",
                          authorization != NULL ? authorization : "",
                          authorization != NULL ? "\r\n" : "");
}


static void
request_put(conn_t *c)
{
    char          path[HEAD / 2], hex[65];
    u_char        md[32];
    size_t        i;
    EVP_MD_CTX   *ctx;

    if (!location(c, path, sizeof(path))
        || getrandom(c->stamp, STAMP, 0) != STAMP)
    {
        failed(c, "no location");
        return;
    }

    ctx = EVP_MD_CTX_new();
    (void) EVP_DigestInit_ex(ctx, EVP_sha256(), NULL);
    (void) EVP_DigestUpdate(ctx, c->stamp, STAMP);
    (void) EVP_DigestUpdate(ctx, body, size - STAMP);
    (void) EVP_DigestFinal_ex(ctx, md, NULL);
    EVP_MD_CTX_free(ctx);

    for (i = 0; i < sizeof(md); i++) {
        (void) sprintf(hex + 2 * i, "%02x", md[i]);
    }

    c->put = true;
    c->body_len = size;
    c->out_pos = 0;
    c->in_len = 0;
    c->in_head = true;

    c->out_len = (size_t) snprintf(c->out, sizeof(c->out),
                          "PUT %s%cdigest=sha256:%s HTTP/1.1\r\nHost: %s\r\n"
                          "Content-Type: application/octet-stream\r\n"
                          "%s%s%sContent-Length: %zu\r\n\r\n", path,
                          strchr(path, '?') != NULL ? '&' : '?', hex, host,
                          authorization != NULL ? "Authorization: " : "",
                          authorization != NULL ? authorization : "",
                          authorization != NULL ? "\r\n" : "", size);
}


/* the path of the header Location, which may be a whole URL */

static bool
location(conn_t *c, char *path, size_t len)
{
    const char  *p, *end;

    p = header(c, "location:");
    if (p == NULL) {
        return false;
    }

    end = strchr(p, '\r');

    if (strncmp(p, "http", 4) == 0 && (p = strstr(p, "://")) != NULL) {
        p = strchr(p + 3, '/');
    }

    if (p == NULL || end == NULL || end < p || (size_t) (end - p) >= len) {
        return false;
    }

    memcpy(path, p, (size_t) (end - p));
    path[end - p] = '\0';

    return true;
}


static const char *
header(conn_t *c, const char *name)
{
    const char  *line;

    for (line = strstr(c->in, "\r\n"); line != NULL;
         line = strstr(line + 2, "\r\n"))
    {
        if (strncasecmp(line + 2, name, strlen(name)) == 0) {
            line += 2 + strlen(name);
            return line + strspn(line, " ");
        }
    }

    return NULL;
}


static void
work(conn_t *c)
{
    if (c->out_pos < c->out_len + c->body_len && !send_some(c)) {
        return;
    }

    while (c->out_pos == c->out_len + c->body_len && receive_some(c)) {

        /* the next request goes out at once */

        if (c->out_pos < c->out_len + c->body_len && !send_some(c)) {
            return;
        }
    }
}


/* false: the connection takes no more for now, or is another one */

static bool
send_some(conn_t *c)
{
    size_t       pos;
    ssize_t      n;
    const void  *data;
    size_t       len;

    while (c->out_pos < c->out_len + c->body_len) {

        if (c->out_pos < c->out_len) {
            data = c->out + c->out_pos;
            len = c->out_len - c->out_pos;

        } else if ((pos = c->out_pos - c->out_len) < STAMP) {
            data = c->stamp + pos;
            len = STAMP - pos;

        } else {
            data = body + pos - STAMP;
            len = size - pos;

            if (rate != 0) {
                len = len < c->allowed ? len : c->allowed;
            }
        }

        if (len == 0) {
            watch(c, false);
            return false;
        }

        n = put_bytes(c, data, len);

        if (n == 0) {
            watch(c, true);
            return false;
        }

        if (n < 0) {
            failed(c, "cannot send");
            return false;
        }

        if (c->out_pos >= c->out_len + STAMP) {
            c->allowed -= (size_t) n < c->allowed ? (size_t) n : c->allowed;
            bytes += (size_t) n;
        }

        c->out_pos += (size_t) n;
    }

    watch(c, false);

    return true;
}


/* 0: not now; -1: never */

static ssize_t
put_bytes(conn_t *c, const void *data, size_t len)
{
    int      err;
    ssize_t  n;

    if (c->ssl == NULL) {
        n = send(c->fd, data, len, MSG_NOSIGNAL);
        return (n == -1 && (errno == EAGAIN || errno == ENOTCONN)) ? 0 : n;
    }

    n = SSL_write(c->ssl, data, (int) (len > (1 << 30) ? 1 << 30 : len));

    if (n > 0) {
        return n;
    }

    err = SSL_get_error(c->ssl, (int) n);

    return (err == SSL_ERROR_WANT_READ || err == SSL_ERROR_WANT_WRITE) ? 0
                                                                      : -1;
}


/* false: nothing more has come yet, or the connection is another one */

static bool
receive_some(conn_t *c)
{
    size_t   len;
    ssize_t  n;

    len = INPUT;

    if (rate != 0 && !c->in_head) {
        len = c->allowed < len ? c->allowed : len;
    }

    if (len == 0) {
        return false;
    }

    n = take_bytes(c, input, len);

    if (n == 0) {
        return false;
    }

    if (n < 0) {
        failed(c, "cannot receive");
        return false;
    }

    c->allowed -= (size_t) n < c->allowed ? (size_t) n : c->allowed;

    if (c->in_head) {
        answer_head(c, input, (size_t) n);
        return true;
    }

    bytes += (size_t) n;
    c->left -= (size_t) n < c->left ? (size_t) n : c->left;

    if (c->left == 0) {
        answered(c);
    }

    return true;
}


static ssize_t
take_bytes(conn_t *c, void *data, size_t len)
{
    int      err;
    ssize_t  n;

    if (c->ssl == NULL) {
        n = recv(c->fd, data, len, 0);

        if (n == -1 && (errno == EAGAIN || errno == ENOTCONN)) {
            return 0;
        }

        return n > 0 ? n : -1;
    }

    n = SSL_read(c->ssl, data, (int) len);

    if (n > 0) {
        return n;
    }

    err = SSL_get_error(c->ssl, (int) n);

    return (err == SSL_ERROR_WANT_READ || err == SSL_ERROR_WANT_WRITE) ? 0
                                                                      : -1;
}


static void
answer_head(conn_t *c, const char *data, size_t len)
{
    char        *end;
    size_t       n, had, rest;
    const char  *p;

    had = c->in_len;
    n = sizeof(c->in) - 1 - c->in_len;
    n = len < n ? len : n;

    memcpy(c->in + c->in_len, data, n);
    c->in_len += n;
    c->in[c->in_len] = '\0';

    end = strstr(c->in, "\r\n\r\n");

    if (end == NULL) {
        if (n < len) {
            failed(c, "endless header");
        }

        return;
    }

    rest = len - ((size_t) (end - c->in) + 4 - had);
    end[2] = '\0';

    c->in_head = false;
    c->status = atoi(c->in + sizeof("HTTP/1.1"));
    p = header(c, "connection:");
    c->closing = (p != NULL && strncasecmp(p, "close", 5) == 0);
    p = header(c, "content-length:");
    c->left = (p != NULL && mode != HEAD_ONLY) ? strtoull(p, NULL, 10) : 0;

    bytes += rest;
    c->left -= rest < c->left ? rest : c->left;

    if (c->left == 0) {
        answered(c);
    }
}


static void
answered(conn_t *c)
{
    uint64_t  took;

    if (c->status / 100 != 2) {
        failed(c, NULL);
        return;
    }

    if (mode == PUSH && !c->put) {
        request_put(c);
        return;
    }

    took = (now() - c->begun) / 1000;

    if (nsamples < SAMPLES) {
        samples[nsamples++] = took > UINT32_MAX ? UINT32_MAX
                                                : (uint32_t) took;
    }

    if (c->closing) {
        dial(c);
        return;
    }

    begin(c);
}


/* NULL: by the answer's status */

static void
failed(conn_t *c, const char *why)
{
    if (failures++ == 0) {
        fprintf(stderr, "load: %s %.200s\n", why != NULL ? why : "answered",
                why != NULL ? "" : c->in);
    }

    dial(c);
}


static void
watch(conn_t *c, bool write)
{
    struct epoll_event  ev;

    if (c->wants_write == write) {
        return;
    }

    ev.events = EPOLLIN | (write ? EPOLLOUT : 0);
    ev.data.ptr = c;
    c->wants_write = write;
    (void) epoll_ctl(loop, EPOLL_CTL_MOD, c->fd, &ev);
}


/* what the slow may do since the last time */

static void
release(conn_t *conns, size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        conns[i].allowed = rate * TICK / 1000000000ULL + 1;
        work(&conns[i]);
    }
}


static int
compare(const void *one, const void *two)
{
    uint32_t  a = *(const uint32_t *) one, b = *(const uint32_t *) two;

    return (a > b) - (a < b);
}


static void
report(double seconds, double used)
{
    double  ops, mib;

    if (nsamples != 0) {
        qsort(samples, nsamples, sizeof(uint32_t), compare);
    }

    ops = (double) nsamples;
    mib = (double) bytes / 1048576.0;

    printf("%.0f %.1f %u %u %llu %.1f %.3f\n", ops / seconds, mib / seconds,
           nsamples != 0 ? samples[nsamples / 2] : 0,
           nsamples != 0 ? samples[nsamples * 99 / 100] : 0,
           (unsigned long long) failures,
           ops != 0 ? used / ops * 1e6 : 0, mib != 0 ? used / mib * 1024 : 0);
}
