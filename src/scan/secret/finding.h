/*
 * A search and its findings.
 */

#ifndef OCI_SCAN_SECRET_FINDING_H
#define OCI_SCAN_SECRET_FINDING_H

#include "rules.h"
#include "base/map.h"


#define SCAN_CHUNK  65536
#define SCAN_HEAD   300             /* these say whether a file is binary */


/* a match that is not let pass; the chunk's bytes */

typedef struct {
    const rules_rule_t  *rule;
    oci_regexp_span_t      at;
} scan_match_t;


struct oci_scan_search_s {
    oci_scan_rules_t        *rules;
    oci_regexp_room_t  *room;
    oci_pool_t              *pool;          /* of the file; or NULL */
    oci_str_t                path;          /* as reported */
    uint64_t                 off[RULES_BITS];   /* rules of other paths */
    oci_array_t              found;         /* of oci_scan_secret_t */
    oci_scan_map_t           seen;          /* what is found already */
    const rules_rule_t      *gave_up;       /* a search took too long */
    bool                     many;          /* more than are told */
    bool                     failed;        /* no memory */
    size_t                   total;         /* found in all files */

    u_char                   head[SCAN_HEAD];
    size_t                   head_len;
    size_t                   head_want;
    bool                     binary;
    bool                     done;          /* no more is wanted */
    size_t                   printable;     /* of the run that goes on */

    u_char                  *raw;           /* the chunk */
    size_t                   len;
    size_t                   overlap;       /* bytes of it seen before */
    uint64_t                 lines;         /* before the chunk */
    uint64_t                 bytes;

    oci_str_t                text;          /* the chunk as UTF-8 */
    u_char                  *mended;
    uint32_t                *map;
    bool                     mapped;        /* text is mended */
    u_char                  *censored;
    oci_array_t              matches;       /* of scan_match_t */
    oci_array_t              blocks;        /* of oci_regexp_span_t */
    oci_array_t              local;         /* the rule's own blocks */
    bool                     has_blocks;
    bool                     has_local;
};


/* what is found in the chunk, unless it is told already */

void finding_chunk(oci_scan_search_t *s);

/* line ends in there */

size_t finding_lines(const u_char *p, size_t len);


#endif /* OCI_SCAN_SECRET_FINDING_H */
