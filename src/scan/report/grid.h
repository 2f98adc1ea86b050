/*
 * A table drawn with box characters, for people: cells of several lines,
 * equal neighbours in a column merged, text wrapped at a width.
 *
 * What is put into a cell is untrusted: control characters are written in
 * escaped form, so that a package name cannot talk to the terminal.
 */

#ifndef OCI_SCAN_REPORT_GRID_H
#define OCI_SCAN_REPORT_GRID_H

#include "oci_core.h"


#define OCI_SCAN_GRID_COLUMNS  16
#define OCI_SCAN_GRID_WIDTH    80        /* wrap only what is wider */


typedef enum {
    OCI_SCAN_GRID_LEFT = 0,
    OCI_SCAN_GRID_CENTER
} grid_align_e;


/* link is a line of its own below the text; both colours are SGR numbers */

typedef struct {
    oci_str_t    text;
    oci_str_t    link;
    const char  *color;                 /* NULL: none */
} grid_text_t;


typedef struct {
    unsigned              columns;
    unsigned              max;          /* width at which a cell is wrapped */
    bool                  merge;
    bool                  color;
    grid_align_e  align[OCI_SCAN_GRID_COLUMNS];
    const char           *head[OCI_SCAN_GRID_COLUMNS];
    oci_array_t           cells;        /* of grid_text_t, row by row */
} grid_t;


void grid_init(grid_t *grid, oci_pool_t *pool,
    const char *const *head, unsigned columns);

/* the cell of the next column, then of the next row; NULL: no memory */

grid_text_t *grid_cell(grid_t *grid, const oci_str_t *text);

/* OCI_NOMEM, or what was drawn; a table without rows is only its head */

oci_status_e grid_draw(const grid_t *grid, oci_buf_t *out);


#endif /* OCI_SCAN_REPORT_GRID_H */
