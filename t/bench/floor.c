/*
 * The floor of a durable push: read from a socket, hash, write, sync; nothing
 * else.  usage: floor PORT FILE BYTES; takes one connection.
 */

#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>


static int accept_one(int port);


int
main(int argc, char **argv)
{
    int          in, out;
    static char  buf[512 * 1024];
    ssize_t      n;
    long long    left;
    EVP_MD_CTX  *md;

    if (argc != 4) {
        return 2;
    }

    in = accept_one(atoi(argv[1]));
    out = open(argv[2], O_WRONLY|O_CREAT|O_TRUNC, 0600);
    md = EVP_MD_CTX_new();

    if (in == -1 || out == -1 || md == NULL
        || EVP_DigestInit_ex(md, EVP_sha256(), NULL) != 1)
    {
        return 1;
    }

    for (left = atoll(argv[3]); left > 0; left -= n) {
        n = read(in, buf, sizeof(buf));

        if (n <= 0
            || EVP_DigestUpdate(md, buf, (size_t) n) != 1
            || write(out, buf, (size_t) n) != n)
        {
            return 1;
        }
    }

    EVP_MD_CTX_free(md);

    return fsync(out) == 0 ? 0 : 1;
}


static int
accept_one(int port)
{
    int                 fd, on;
    struct sockaddr_in  sin = { .sin_family = AF_INET };

    sin.sin_port = htons((unsigned short) port);
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    on = 1;
    fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd == -1
        || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1
        || bind(fd, (struct sockaddr *) &sin, sizeof(sin)) == -1
        || listen(fd, 1) == -1)
    {
        return -1;
    }

    return accept(fd, NULL, NULL);
}
