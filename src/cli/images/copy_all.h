/*
 * Copies every tag of a registry, of a store, or of some repositories.
 */

#ifndef COPY_ALL_H
#define COPY_ALL_H

#include "source/copy.h"


typedef struct {
    const char  *from;          /* HOST or HOST/REPOSITORY; NULL: a store */
    const char  *to;            /* HOST or HOST/PREFIX; NULL: a store */
    const char  *list;          /* a file with a repository a line, or NULL */
} copy_all_t;


/*
 * carry() for each tag, with the sources and options of c.  One that fails is
 * said and others go on: the exit status is then 1.  A run after one that was
 * cut sends nothing that is there.
 */

int copy_all(carry_t *c, const copy_all_t *all);


#endif /* COPY_ALL_H */
