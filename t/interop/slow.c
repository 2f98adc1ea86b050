/*
 * A library to preload, which makes the disk slow: a sync of anything takes
 * TALLY_SLOW milliseconds more.
 */

#define _GNU_SOURCE

#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>


static int later(const char *name, int fd);


int
fsync(int fd)
{
    return later("fsync", fd);
}


int
fdatasync(int fd)
{
    return later("fdatasync", fd);
}


int
syncfs(int fd)
{
    return later("syncfs", fd);
}


static int
later(const char *name, int fd)
{
    int        (*real)(int fd);
    const char  *ms;

    ms = getenv("TALLY_SLOW");

    if (ms != NULL) {
        (void) usleep((useconds_t) atoi(ms) * 1000);
    }

    *(void **) &real = dlsym(RTLD_NEXT, name);

    return real(fd);
}
