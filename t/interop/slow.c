/*
 * A library to preload, which makes the disk slow: a sync of anything lasts
 * while there is a file that TALLY_SLOW names.
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
    const char  *slow;

    slow = getenv("TALLY_SLOW");

    while (slow != NULL && access(slow, F_OK) == 0) {
        (void) usleep(1000);
    }

    *(void **) &real = dlsym(RTLD_NEXT, name);

    return real(fd);
}
