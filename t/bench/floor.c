/*
 * The floor of a push: receive, hash, write, sync, and not a thing more.
 *
 *     floor PORT DIR [nosync]
 *
 * It speaks as much HTTP as t/bench/load does: a POST is answered with a
 * Location, the body of a PUT goes into a file of its own below DIR.  A thread
 * for each connection; nothing is checked.
 */

#define _GNU_SOURCE

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>


#define INPUT  (512 * 1024)
#define STACK  (256 * 1024)


static const char  *dir;
static bool         syncs = true;


static int listening(int port);
static void *serve(void *data);
static ssize_t request(int fd, char *buf, size_t *len);
static bool keep(int fd, const char *data, size_t len, size_t left, char *buf);
static bool reply(int fd, bool stored);


int
main(int argc, char **argv)
{
    int             fd, client, on = 1;
    pthread_t       thread;
    pthread_attr_t  attr;

    if (argc < 3) {
        fprintf(stderr, "usage: floor PORT DIR [nosync]\n");
        return 2;
    }

    dir = argv[2];
    syncs = (argc == 3);
    fd = listening(atoi(argv[1]));

    if (fd == -1) {
        perror("floor");
        return 1;
    }

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);

    for ( ;; ) {
        client = accept(fd, NULL, NULL);

        if (client == -1) {
            continue;
        }

        (void) setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));

        if (pthread_create(&thread, &attr, serve, (void *) (long) client)
            != 0)
        {
            (void) close(client);
        }
    }
}


static int
listening(int port)
{
    int                 fd, on = 1;
    struct sockaddr_in  sin = { .sin_family = AF_INET };

    sin.sin_port = htons((uint16_t) port);
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fd = socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, 0);

    if (fd == -1
        || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1
        || bind(fd, (struct sockaddr *) &sin, sizeof(sin)) == -1
        || listen(fd, 511) == -1)
    {
        return -1;
    }

    return fd;
}


static void *
serve(void *data)
{
    int       fd;
    char     *buf, *end, *p;
    bool      ok;
    size_t    len, left, had;
    ssize_t   n;

    fd = (int) (long) data;
    buf = malloc(INPUT);
    len = 0;
    ok = (buf != NULL);

    while (ok && (n = request(fd, buf, &len)) > 0) {
        end = buf + n;
        p = strcasestr(buf, "\r\ncontent-length:");
        left = (p != NULL && p < end) ? strtoull(p + 17, NULL, 10) : 0;
        had = len - (size_t) n < left ? len - (size_t) n : left;

        ok = (left == 0 || keep(fd, end, had, left - had, buf))
             && reply(fd, left != 0);

        /* none sends the next request before the answer */

        len = 0;
    }

    free(buf);
    (void) close(fd);

    return NULL;
}


/* reads until a header is whole; how long it is, or what read() said */

static ssize_t
request(int fd, char *buf, size_t *len)
{
    char     *end;
    ssize_t   n;

    for ( ;; ) {
        n = read(fd, buf + *len, INPUT - 1 - *len);

        if (n <= 0) {
            return n;
        }

        *len += (size_t) n;
        buf[*len] = '\0';
        end = strstr(buf, "\r\n\r\n");

        if (end != NULL) {
            return end + 4 - buf;
        }
    }
}


static bool
keep(int fd, const char *data, size_t len, size_t left, char *buf)
{
    int          out;
    char         name[512];
    bool         ok;
    u_char       md[32];
    ssize_t      n;
    EVP_MD_CTX  *ctx;

    static __thread unsigned  count;

    (void) snprintf(name, sizeof(name), "%s/%d.%u", dir, fd, count++);

    out = open(name, O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0600);
    ctx = EVP_MD_CTX_new();
    ok = (out != -1 && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1);

    for (n = (ssize_t) len; ok && n >= 0; left -= (size_t) n) {

        ok = EVP_DigestUpdate(ctx, data, (size_t) n) == 1
             && write(out, data, (size_t) n) == n;

        if (left == 0) {
            break;
        }

        data = buf;
        n = read(fd, buf, left < INPUT ? left : INPUT);
        ok = ok && n > 0;
    }

    ok = ok && EVP_DigestFinal_ex(ctx, md, NULL) == 1
         && (!syncs || fsync(out) == 0);

    EVP_MD_CTX_free(ctx);
    (void) close(out);

    return ok;
}


static bool
reply(int fd, bool stored)
{
    static const char  created[] = "HTTP/1.1 201 Created\r\n"
                                   "Content-Length: 0\r\n\r\n";
    static const char  accepted[] = "HTTP/1.1 202 Accepted\r\n"
                                    "Location: /put\r\n"
                                    "Content-Length: 0\r\n\r\n";

    return stored
           ? write(fd, created, sizeof(created) - 1) > 0
           : write(fd, accepted, sizeof(accepted) - 1) > 0;
}
