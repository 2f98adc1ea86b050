/*
 * The words as a tree of bytes, made an automaton: from each state each class
 * of bytes leads somewhere, so that a byte of text costs one step.
 */

#include "keywords.h"

#include <ctype.h>
#include <string.h>


static void keywords_classes(keywords_t *k, const keywords_word_t *words,
    size_t n);
static void keywords_tree(keywords_t *k, const keywords_word_t *words,
    size_t n);
static void keywords_links(keywords_t *k, uint32_t *queue, uint32_t *fail);
static void keywords_hit(const keywords_t *k, uint32_t state,
    uint64_t *found);
static u_char keywords_letter(const u_char *p, const u_char *end, size_t *n);


oci_status_e
keywords_build(keywords_t *k, oci_pool_t *pool, const keywords_word_t *words,
    size_t n, oci_error_t *err)
{
    size_t     i, max;
    uint32_t  *queue, *fail;

    memset(k, 0, sizeof(keywords_t));

    for (i = 0, max = 1; i < n; i++) {
        max += words[i].word.len;
    }

    keywords_classes(k, words, n);
    k->next = oci_pcalloc(pool, max * k->nclasses * sizeof(uint32_t));
    k->out = oci_pcalloc(pool, max * sizeof(uint32_t));
    k->link = oci_pcalloc(pool, max * sizeof(uint32_t));
    k->outs = oci_pcalloc(pool, (n + 1) * sizeof(keywords_out_t));
    queue = oci_pcalloc(pool, max * sizeof(uint32_t));
    fail = oci_pcalloc(pool, max * sizeof(uint32_t));

    if (k->next == NULL || k->out == NULL || k->link == NULL
        || k->outs == NULL || queue == NULL || fail == NULL)
    {
        return oci_nomem(err);
    }

    keywords_tree(k, words, n);
    keywords_links(k, queue, fail);

    return OCI_OK;
}


/* bytes that no word has are of class 0 */

static void
keywords_classes(keywords_t *k, const keywords_word_t *words, size_t n)
{
    size_t    i, j;
    uint8_t  *class;

    k->nclasses = 1;

    for (i = 0; i < n; i++) {
        for (j = 0; j < words[i].word.len; j++) {

            class = &k->class[tolower(words[i].word.data[j])];

            if (*class == 0) {
                *class = (uint8_t) k->nclasses++;
            }
        }
    }

    for (i = 'A'; i <= 'Z'; i++) {
        k->class[i] = k->class[tolower((int) i)];
    }
}


static void
keywords_tree(keywords_t *k, const keywords_word_t *words, size_t n)
{
    size_t     i, j;
    uint32_t   state, *next;

    k->nstates = 1;

    for (i = 0; i < n; i++) {

        for (j = 0, state = 0; j < words[i].word.len; j++) {

            next = &k->next[state * k->nclasses
                            + k->class[words[i].word.data[j]]];

            if (*next == 0) {
                *next = (uint32_t) k->nstates++;
            }

            state = *next;
        }

        k->outs[k->nouts].rule = words[i].rule;
        k->outs[k->nouts].more = k->out[state];
        k->out[state] = (uint32_t) ++k->nouts;
    }
}


/* breadth first: where a state leads that the tree does not say */

static void
keywords_links(keywords_t *k, uint32_t *queue, uint32_t *fail)
{
    size_t     head, tail;
    unsigned   c;
    uint32_t   state, to, *next;

    head = 0;
    tail = 0;
    queue[tail++] = 0;

    while (head < tail) {

        state = queue[head++];

        for (c = 0; c < k->nclasses; c++) {

            next = &k->next[state * k->nclasses + c];
            to = (state == 0) ? 0 : k->next[fail[state] * k->nclasses + c];

            if (*next == 0) {
                *next = to;
                continue;
            }

            fail[*next] = to;
            k->link[*next] = (k->out[to] != 0) ? to : k->link[to];
            queue[tail++] = *next;
        }
    }
}


void
keywords_find(const keywords_t *k, const u_char *text, size_t len,
    uint64_t *found)
{
    size_t         n;
    uint32_t       state;
    const u_char  *p, *end;

    state = 0;
    end = text + len;

    for (p = text; p < end; p += n) {

        n = 1;
        state = k->next[state * k->nclasses
                        + k->class[(*p < 0x80) ? *p
                                   : keywords_letter(p, end, &n)]];

        if ((k->out[state] | k->link[state]) != 0) {
            keywords_hit(k, state, found);
        }
    }
}


static void
keywords_hit(const keywords_t *k, uint32_t state, uint64_t *found)
{
    uint32_t  i, rule;

    for ( /* void */ ; state != 0; state = k->link[state]) {
        for (i = k->out[state]; i != 0; i = k->outs[i - 1].more) {
            rule = k->outs[i - 1].rule;
            found[rule / 64] |= (uint64_t) 1 << (rule % 64);
        }
    }
}


static u_char
keywords_letter(const u_char *p, const u_char *end, size_t *n)
{
    if (end - p >= 3 && memcmp(p, "\xe2\x84\xaa", 3) == 0) {
        *n = 3;
        return 'k';
    }

    if (end - p >= 2 && memcmp(p, "\xc4\xb0", 2) == 0) {
        *n = 2;
        return 'i';
    }

    return *p;
}
