/*
 * Tables of box characters.
 *
 * The shape is that of Trivy's tables: cells are wrapped only when some row
 * is wider than 80 columns, a rule lies between rows, a cell equal to the one
 * above it is left open.
 */

#include "grid.h"
#include "terminal.h"
#include "emit.h"

#include <locale.h>
#include <string.h>
#include <wchar.h>


#define GRID_H    "\u2500"
#define GRID_V    "\u2502"
#define GRID_DIM  "\x1b[2m"
#define GRID_OFF  "\x1b[0m"


typedef struct {
    oci_str_t    text;
    size_t       width;
    bool         link;
} grid_line_t;


typedef struct {
    oci_str_t    whole;                 /* what neighbours are compared by */
    size_t       width;                 /* of all of it in one line */
    bool         open;                  /* merged with the cell above */
    const char  *color;
    oci_array_t  lines;                 /* of grid_line_t */
} grid_cell_t;


typedef struct {
    const grid_t  *grid;
    oci_pool_t    *pool;
    oci_buf_t     *out;
    size_t         rows;                /* with the head, which is row 0 */
    grid_cell_t   *cells;
    size_t         width[OCI_SCAN_GRID_COLUMNS];
} grid_draw_t;


typedef struct {
    oci_pool_t            *pool;
    oci_array_t           *lines;
    size_t                 max;
    size_t                 words;
    bool                   link;        /* the line being made */
    oci_buf_t              line;
} grid_wrap_t;


static oci_status_e grid_layout(grid_draw_t *d);
static oci_status_e grid_fill(grid_draw_t *d);
static bool grid_is_wide(const grid_draw_t *d);
static oci_status_e grid_wrap(grid_draw_t *d, grid_cell_t *cell,
    const grid_text_t *from, size_t max);
static void grid_wrap_text(grid_wrap_t *w, const oci_str_t *text, bool link);
static void grid_wrap_words(grid_wrap_t *w, oci_str_t line, bool link);
static void grid_wrap_word(grid_wrap_t *w, oci_str_t word, bool link);
static void grid_wrap_add(grid_wrap_t *w, const oci_str_t *word, bool hyphen,
    bool link);
static void grid_wrap_end(grid_wrap_t *w);
static void grid_measure(grid_draw_t *d);
static void grid_row(grid_draw_t *d, size_t row);
static size_t grid_height(grid_draw_t *d, size_t row);
static void grid_cell_line(grid_draw_t *d, size_t row, unsigned column,
    size_t line);
static void grid_rule_above(grid_draw_t *d, size_t row);
static const char *grid_joint(grid_draw_t *d, size_t row, unsigned column);
static void grid_rule_below(grid_draw_t *d);
static void grid_repeat(oci_buf_t *out, const char *text, size_t n);
static void grid_style(grid_draw_t *d, const char *style);
static grid_cell_t *grid_at(const grid_draw_t *d, size_t row, unsigned column);


void
grid_init(grid_t *grid, oci_pool_t *pool,
    const char *const *head, unsigned columns)
{
    unsigned  i;

    memset(grid, 0, sizeof(grid_t));
    oci_array_init(&grid->cells, pool, sizeof(grid_text_t));

    if (columns > OCI_SCAN_GRID_COLUMNS) {
        columns = OCI_SCAN_GRID_COLUMNS;
    }

    grid->columns = columns;
    grid->max = 60;

    for (i = 0; i < columns; i++) {
        grid->head[i] = head[i];
    }
}


grid_text_t *
grid_cell(grid_t *grid, const oci_str_t *text)
{
    grid_text_t  *cell;

    cell = oci_array_push(&grid->cells);

    if (cell != NULL) {
        cell->text = *text;
    }

    return cell;
}


oci_status_e
grid_draw(const grid_t *grid, oci_buf_t *out)
{
    size_t        row;
    grid_draw_t    d;
    oci_status_e  rc;

    memset(&d, 0, sizeof(d));
    d.grid = grid;
    d.out = out;
    d.rows = 1 + grid->cells.nelts / grid->columns;

    d.pool = oci_pool_create();
    if (d.pool == NULL) {
        return OCI_NOMEM;
    }

    rc = grid_layout(&d);

    for (row = 0; rc == OCI_OK && row < d.rows; row++) {
        grid_row(&d, row);
    }

    if (rc == OCI_OK) {
        grid_rule_below(&d);
        rc = out->failed ? OCI_NOMEM : OCI_OK;
    }

    oci_pool_destroy(d.pool);

    return rc;
}


static oci_status_e
grid_layout(grid_draw_t *d)
{
    size_t                 i, max;
    grid_text_t        head;
    const grid_text_t  *from;

    if (grid_fill(d) != OCI_OK) {
        return OCI_NOMEM;
    }

    max = grid_is_wide(d) ? d->grid->max : 0;

    for (i = 0; i < d->rows * d->grid->columns; i++) {
        from = &head;

        if (i < d->grid->columns) {
            memset(&head, 0, sizeof(head));
            head.text = oci_str(d->grid->head[i]);

        } else {
            from = (grid_text_t *) d->grid->cells.elts + i
                   - d->grid->columns;
        }

        if (grid_wrap(d, &d->cells[i], from, max) != OCI_OK) {
            return OCI_NOMEM;
        }
    }

    grid_measure(d);

    return OCI_OK;
}


/* the text of every cell, made safe, and whether it repeats the one above */

static oci_status_e
grid_fill(grid_draw_t *d)
{
    size_t            i, n;
    grid_cell_t       *cell;
    oci_str_t         text, link;
    grid_text_t  *from;

    n = d->grid->columns;

    d->cells = oci_pcalloc(d->pool, d->rows * n * sizeof(grid_cell_t));
    if (d->cells == NULL) {
        return OCI_NOMEM;
    }

    for (i = 0; i < d->rows * n; i++) {
        cell = &d->cells[i];

        if (i < n) {
            cell->whole = oci_str(d->grid->head[i]);
            cell->width = terminal_width(cell->whole.data, cell->whole.len);
            continue;
        }

        from = (grid_text_t *) d->grid->cells.elts + i - n;
        text = terminal_clean(d->pool, &from->text);
        link = terminal_clean(d->pool, &from->link);

        if (text.data == NULL || link.data == NULL) {
            return OCI_NOMEM;
        }

        from->text = text;
        from->link = link;

        cell->color = from->color;
        cell->whole = oci_strf(d->pool, "%s%s%s", text.data,
                               link.len == 0 ? "" : "\n", link.data);
        if (cell->whole.data == NULL) {
            return OCI_NOMEM;
        }

        cell->width = terminal_width(cell->whole.data, cell->whole.len);
        cell->open = d->grid->merge && i >= 2 * n
                     && terminal_trim(cell->whole).len != 0
                     && oci_str_eq(&cell->whole, &d->cells[i - n].whole);
    }

    return OCI_OK;
}


static bool
grid_is_wide(const grid_draw_t *d)
{
    size_t    row, width;
    unsigned  i;

    for (row = 0; row < d->rows; row++) {
        width = 1;

        for (i = 0; i < d->grid->columns; i++) {
            width += grid_at(d, row, i)->width + 3;
        }

        if (width > OCI_SCAN_GRID_WIDTH) {
            return true;
        }
    }

    return false;
}


static oci_status_e
grid_wrap(grid_draw_t *d, grid_cell_t *cell, const grid_text_t *from,
    size_t max)
{
    grid_wrap_t  w;

    memset(&w, 0, sizeof(w));
    oci_array_init(&cell->lines, d->pool, sizeof(grid_line_t));

    w.pool = d->pool;
    w.lines = &cell->lines;
    w.max = max != 0 ? max : cell->width;

    grid_wrap_text(&w, &from->text, false);

    if (from->link.len != 0) {
        grid_wrap_text(&w, &from->link, true);
    }

    if (terminal_width(w.line.data, w.line.len) != 0
        || cell->lines.nelts == 0)
    {
        grid_wrap_end(&w);
    }

    if (w.line.failed) {
        return OCI_NOMEM;
    }

    oci_buf_free(&w.line);

    return OCI_OK;
}


static void
grid_wrap_text(grid_wrap_t *w, const oci_str_t *text, bool link)
{
    oci_str_t      line;
    const u_char  *p, *end, *eol;

    p = text->data;
    end = p + text->len;

    for ( ;; ) {
        eol = p < end ? memchr(p, '\n', (size_t) (end - p)) : NULL;

        if (w->words != 0) {
            grid_wrap_end(w);
        }

        line.data = (u_char *) p;
        line.len = (size_t) ((eol != NULL ? eol : end) - p);
        grid_wrap_words(w, terminal_trim(line), link);

        if (eol == NULL) {
            return;
        }

        p = eol + 1;
    }
}


static void
grid_wrap_words(grid_wrap_t *w, oci_str_t line, bool link)
{
    oci_str_t      word;
    const u_char  *p, *end, *space;

    p = line.data;
    end = p + line.len;

    while (p < end) {
        space = memchr(p, ' ', (size_t) (end - p));

        word.data = (u_char *) p;
        word.len = (size_t) ((space != NULL ? space : end) - p);
        grid_wrap_word(w, terminal_trim(word), link);

        if (space == NULL) {
            return;
        }

        p = space + 1;
    }
}


/* a word that is wider than a line is cut into pieces */

static void
grid_wrap_word(grid_wrap_t *w, oci_str_t word, bool link)
{
    size_t         i;
    unsigned       n;
    oci_str_t      piece;
    const u_char  *p, *end;

    end = word.data + word.len;

    while (w->max > 1 && terminal_width(word.data, word.len) > w->max) {
        p = word.data;

        for (i = 0; i + 1 < w->max && p < end; i++) {
            (void) emit_rune(p, end, &n);
            p += n;
        }

        piece.data = word.data;
        piece.len = (size_t) (p - word.data);
        grid_wrap_add(w, &piece, true, link);

        word.data += piece.len;
        word.len -= piece.len;

        if (piece.len == 0) {
            break;
        }
    }

    if (terminal_width(word.data, word.len) != 0) {
        grid_wrap_add(w, &word, false, link);
    }
}


static void
grid_wrap_add(grid_wrap_t *w, const oci_str_t *word, bool hyphen, bool link)
{
    bool    fits;
    size_t  have, add;

    have = terminal_width(w->line.data, w->line.len);
    add = terminal_width(word->data, word->len) + hyphen;
    fits = have != w->max && have + add <= w->max;

    w->words++;

    if (!fits) {
        grid_wrap_end(w);
        have = 0;
    }

    w->link = link;
    oci_buf_add(&w->line, word->data, word->len);

    if (hyphen) {
        oci_buf_add(&w->line, "-", 1);
    }

    if (have + add < w->max) {
        oci_buf_add(&w->line, " ", 1);
    }
}


static void
grid_wrap_end(grid_wrap_t *w)
{
    oci_str_t    line;
    grid_line_t  *l;

    line.data = w->line.data;
    line.len = w->line.len;
    line = terminal_trim(line);

    l = oci_array_push(w->lines);
    if (l == NULL) {
        w->line.failed = true;
        return;
    }

    l->link = w->link;
    l->width = terminal_width(line.data, line.len);
    l->text = oci_str_dup(w->pool, line.data, line.len);

    if (l->text.data == NULL) {
        w->line.failed = true;
        return;
    }

    w->line.len = 0;
}


static void
grid_measure(grid_draw_t *d)
{
    size_t       row, i;
    unsigned     column;
    grid_line_t  *line;
    grid_cell_t  *cell;

    for (row = 0; row < d->rows; row++) {

        for (column = 0; column < d->grid->columns; column++) {
            cell = grid_at(d, row, column);
            line = cell->lines.elts;

            for (i = 0; i < cell->lines.nelts; i++) {
                if (line[i].width > d->width[column]) {
                    d->width[column] = line[i].width;
                }
            }
        }
    }
}


static void
grid_row(grid_draw_t *d, size_t row)
{
    size_t    line, height;
    unsigned  column;

    grid_rule_above(d, row);

    height = grid_height(d, row);

    for (line = 0; line < height; line++) {
        grid_style(d, GRID_DIM);
        oci_buf_adds(d->out, GRID_V);
        grid_style(d, GRID_OFF);

        for (column = 0; column < d->grid->columns; column++) {
            grid_cell_line(d, row, column, line);

            grid_style(d, GRID_DIM);
            oci_buf_adds(d->out, GRID_V);
            grid_style(d, GRID_OFF);
        }

        oci_buf_adds(d->out, "\n");
    }
}


static size_t
grid_height(grid_draw_t *d, size_t row)
{
    size_t    height, n;
    unsigned  i;

    height = 0;

    for (i = 0; i < d->grid->columns; i++) {
        n = grid_at(d, row, i)->lines.nelts;
        height = n > height ? n : height;
    }

    return height;
}


static void
grid_cell_line(grid_draw_t *d, size_t row, unsigned column, size_t n)
{
    size_t       pad, left;
    grid_cell_t  *cell;
    grid_line_t  *line;
    const char  *color;

    cell = grid_at(d, row, column);

    if (cell->open || n >= cell->lines.nelts) {
        grid_repeat(d->out, " ", d->width[column] + 2);
        return;
    }

    line = (grid_line_t *) cell->lines.elts + n;
    pad = d->width[column] - line->width;
    left = 0;
    color = cell->color;

    if (row == 0) {
        left = pad / 2;
        color = "1";

    } else if (d->grid->align[column] == OCI_SCAN_GRID_CENTER) {
        left = pad / 2;
    }

    if (line->link) {
        color = "34";
    }

    grid_repeat(d->out, " ", left + 1);

    if (d->grid->color && color != NULL && line->text.len != 0) {
        oci_buf_addf(d->out, "\x1b[%sm%s" GRID_OFF, color, line->text.data);

    } else {
        oci_buf_add(d->out, line->text.data, line->text.len);
    }

    grid_repeat(d->out, " ", pad - left + 1);
}


static void
grid_rule_above(grid_draw_t *d, size_t row)
{
    bool      open;
    unsigned  i, last;

    last = d->grid->columns - 1;

    grid_style(d, GRID_DIM);

    for (i = 0; i <= last; i++) {
        open = grid_at(d, row, i)->open;

        oci_buf_adds(d->out, grid_joint(d, row, i));
        grid_repeat(d->out, open ? " " : GRID_H, d->width[i] + 2);
    }

    if (row == 0) {
        oci_buf_adds(d->out, "\u2510");

    } else {
        oci_buf_adds(d->out, grid_at(d, row, last)->open ? GRID_V : "\u2524");
    }

    grid_style(d, GRID_OFF);
    oci_buf_adds(d->out, "\n");
}


/* what stands at the left end of a column's rule */

static const char *
grid_joint(grid_draw_t *d, size_t row, unsigned column)
{
    bool  open, before;

    if (row == 0) {
        return column == 0 ? "\u250c" : "\u252c";
    }

    open = grid_at(d, row, column)->open;

    if (column == 0) {
        return open ? GRID_V : "\u251c";
    }

    before = grid_at(d, row, column - 1)->open;

    if (open) {
        return before ? GRID_V : "\u2524";
    }

    return before ? "\u251c" : "\u253c";
}


static void
grid_rule_below(grid_draw_t *d)
{
    unsigned  i;

    grid_style(d, GRID_DIM);

    for (i = 0; i < d->grid->columns; i++) {
        oci_buf_adds(d->out, i == 0 ? "\u2514" : "\u2534");
        grid_repeat(d->out, GRID_H, d->width[i] + 2);
    }

    oci_buf_adds(d->out, "\u2518");
    grid_style(d, GRID_OFF);
    oci_buf_adds(d->out, "\n");
}


static void
grid_repeat(oci_buf_t *out, const char *text, size_t n)
{
    size_t  len;

    len = strlen(text);

    while (n-- != 0) {
        oci_buf_add(out, text, len);
    }
}


static void
grid_style(grid_draw_t *d, const char *style)
{
    if (d->grid->color) {
        oci_buf_adds(d->out, style);
    }
}


static grid_cell_t *
grid_at(const grid_draw_t *d, size_t row, unsigned column)
{
    return &d->cells[row * d->grid->columns + column];
}
