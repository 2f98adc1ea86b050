/*
 * Many words looked for in one pass, whatever their case: an automaton of Aho
 * and Corasick's.
 */

#ifndef OCI_SCAN_SECRET_KEYWORDS_H
#define OCI_SCAN_SECRET_KEYWORDS_H

#include "oci_core.h"


typedef struct {
    uint32_t    rule;
    uint32_t    more;               /* of the same state: index + 1; 0: none */
} keywords_out_t;

typedef struct {
    uint8_t          class[256];    /* of a byte, in either case */
    unsigned         nclasses;
    uint32_t        *next;          /* [state * nclasses + class] */
    uint32_t        *out;           /* [state]: index + 1 in outs; 0: none */
    uint32_t        *link;          /* [state]: a shorter word that ends too */
    keywords_out_t  *outs;
    size_t           nstates;
    size_t           nouts;
} keywords_t;


/* a word, and the rule that it stands for */

typedef struct {
    oci_str_t   word;
    uint32_t    rule;
} keywords_word_t;


/* of oci_scan's pool; word's bytes are only read here */

oci_status_e keywords_build(keywords_t *k, oci_pool_t *pool,
    const keywords_word_t *words, size_t n, oci_error_t *err);

/*
 * Sets the bit of each rule of which text holds a word.  What Go makes an
 * ASCII letter of when it lowers, the Kelvin sign and a capital I with a dot,
 * is one.
 */

void keywords_find(const keywords_t *k, const u_char *text, size_t len,
    uint64_t *found);


#endif /* OCI_SCAN_SECRET_KEYWORDS_H */
