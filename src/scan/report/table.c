/*
 * Reports as tables: the lab's layout, and Trivy's of today with its summary
 * and its Status column.
 */

#include "secret.h"
#include "grid.h"
#include "terminal.h"
#include "tree.h"

#include <stdlib.h>
#include <string.h>


typedef struct {
    oci_str_t    target;
    oci_str_t    path;
    size_t       findings;
} table_file_t;


static void table_remarks(const oci_scan_report_t *report,
    const oci_scan_style_t *style, oci_buf_t *out);
static oci_status_e table_summary(const oci_scan_report_t *report,
    const oci_scan_style_t *style, oci_pool_t *pool, oci_buf_t *out);
static oci_status_e table_summary_rows(grid_t *grid,
    const oci_scan_report_t *report, const oci_scan_style_t *style);
static oci_status_e table_summary_row(grid_t *grid,
    const oci_str_t *target, const oci_scan_result_t *result, size_t n,
    const oci_scan_style_t *style);
static bool table_summary_cell(grid_t *grid, bool scanned, size_t n);
static oci_status_e table_files(grid_t *grid, const oci_scan_result_t *result,
    const oci_scan_style_t *style);
static oci_str_t table_file(const oci_str_t *path);
static int table_by_path(const void *one, const void *two);
static int table_by_target(const void *one, const void *two);
static oci_status_e table_result(const oci_scan_result_t *result,
    const oci_scan_style_t *style, oci_pool_t *pool, oci_buf_t *out);
static oci_status_e table_findings(const oci_scan_result_t *result,
    const oci_scan_style_t *style, oci_pool_t *pool, oci_buf_t *out);
static void table_head(const oci_scan_result_t *result,
    const oci_scan_style_t *style, oci_pool_t *pool, oci_buf_t *out);
static void table_total(const oci_scan_result_t *result,
    const oci_scan_style_t *style, oci_buf_t *out);
static oci_status_e table_row(grid_t *grid,
    const oci_scan_finding_t *f, const oci_scan_style_t *style);
static oci_str_t table_library(oci_pool_t *pool,
    const oci_scan_finding_t *f);
static oci_str_t table_title(oci_pool_t *pool, const oci_scan_finding_t *f);
static oci_status_e table_hidden(const oci_scan_result_t *result,
    const oci_scan_style_t *style, oci_pool_t *pool, oci_buf_t *out);


static const char  *table_colors[] = { "36", "34", "33", "91", "31" };


oci_status_e
write_table(const oci_scan_report_t *report,
    const oci_scan_style_t *style, oci_buf_t *out, oci_error_t *err)
{
    size_t                    i;
    oci_pool_t               *pool;
    oci_status_e              rc;
    const oci_scan_result_t  *result;

    pool = oci_pool_create();
    if (pool == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    rc = style->summary ? table_summary(report, style, pool, out) : OCI_OK;
    result = report->results.elts;
    table_remarks(report, style, out);

    for (i = 0; rc == OCI_OK && style->detailed && i < report->results.nelts;
         i++)
    {
        rc = table_result(&result[i], style, pool, out);
    }

    oci_pool_destroy(pool);

    return rc;
}


/* what else could be taken for "nothing is wrong with it" */

static void
table_remarks(const oci_scan_report_t *report, const oci_scan_style_t *style,
    oci_buf_t *out)
{
    if (report->artifact) {
        oci_buf_adds(out, "\nNothing was scanned: this is no image.\n");

    } else if (report->results.nelts == 0 && !style->no_vulns) {
        oci_buf_adds(out, "\nNothing was scanned: it has neither packages "
                     "nor a system that is known.\n");
    }

    if (report->left_out != 0) {
        oci_buf_addf(out, "\n%zu file%s could not be read and %s left out: "
                     "the log names %s.\n", report->left_out,
                     (report->left_out == 1) ? "" : "s",
                     (report->left_out == 1) ? "was" : "were",
                     (report->left_out == 1) ? "it" : "them");
    }
}


static oci_status_e
table_summary(const oci_scan_report_t *report, const oci_scan_style_t *style,
    oci_pool_t *pool, oci_buf_t *out)
{
    oci_str_t                  dash = oci_string("-");
    grid_t                     grid;
    unsigned                   i, n;
    const char                *heads[4] = { "Target", "Type" };

    n = 2;

    if (!style->no_vulns) {
        heads[n++] = "Vulnerabilities";
    }

    if (style->secrets) {
        heads[n++] = "Secrets";
    }

    oci_buf_adds(out, style->color
                      ? "\n\x1b[4m\x1b[1mReport Summary\x1b[0m\n\n"
                      : "\nReport Summary\n\n");

    grid_init(&grid, pool, heads, n);
    grid.max = 80;
    grid.color = style->color;

    for (i = 1; i < n; i++) {
        grid.align[i] = OCI_SCAN_GRID_CENTER;
    }

    if (table_summary_rows(&grid, report, style) != OCI_OK) {
        return OCI_NOMEM;
    }

    if (report->results.nelts == 0) {
        grid.align[0] = OCI_SCAN_GRID_CENTER;

        for (i = 0; i < n; i++) {
            if (grid_cell(&grid, &dash) == NULL) {
                return OCI_NOMEM;
            }
        }
    }

    if (grid_draw(&grid, out) != OCI_OK) {
        return OCI_NOMEM;
    }

    oci_buf_adds(out, "Legend:\n- '-': Not scanned\n"
                 "- '0': Clean (no security findings detected)\n\n");

    return OCI_OK;
}


static oci_status_e
table_summary_rows(grid_t *grid, const oci_scan_report_t *report,
    const oci_scan_style_t *style)
{
    size_t                    i;
    oci_status_e              rc;
    const oci_scan_result_t  *result;

    rc = OCI_OK;
    result = report->results.elts;

    for (i = 0; rc == OCI_OK && i < report->results.nelts; i++) {

        if (oci_scan_pkg_type_joined(&result[i].type)
            && result[i].pkgs.nelts != 0)
        {
            rc = table_files(grid, &result[i], style);

        } else {
            rc = table_summary_row(grid, &result[i].target, &result[i],
                                   result[i].findings.nelts, style);
        }
    }

    return rc;
}


static oci_status_e
table_summary_row(grid_t *grid, const oci_str_t *target,
    const oci_scan_result_t *result, size_t n, const oci_scan_style_t *style)
{
    bool       secret;
    oci_str_t  type;

    secret = strcmp(result->class, "secret") == 0;
    type = secret ? oci_str("text") : result->type;

    if (grid_cell(grid, target) == NULL || grid_cell(grid, &type) == NULL
        || (!style->no_vulns && !table_summary_cell(grid, !secret, n))
        || (style->secrets
            && !table_summary_cell(grid, secret, result->secrets.nelts)))
    {
        return OCI_NOMEM;
    }

    return OCI_OK;
}


static bool
table_summary_cell(grid_t *grid, bool scanned, size_t n)
{
    oci_str_t     text;
    grid_text_t  *cell;

    text = scanned ? oci_strf(grid->cells.pool, "%zu", n) : oci_str("-");
    cell = (text.data != NULL) ? grid_cell(grid, &text) : NULL;

    if (cell != NULL) {
        cell->color = (scanned && n != 0) ? table_colors[OCI_SCAN_HIGH] : NULL;
    }

    return cell != NULL;
}


/* a row for each file of a result that joins many */

static oci_status_e
table_files(grid_t *grid, const oci_scan_result_t *result,
    const oci_scan_style_t *style)
{
    size_t                     i, n;
    oci_status_e               rc;
    table_file_t              *file, *found, key;
    const oci_scan_pkg_t      *pkg;
    const oci_scan_finding_t  *f;

    file = oci_pcalloc(grid->cells.pool,
                       result->pkgs.nelts * sizeof(table_file_t));
    if (file == NULL) {
        return OCI_NOMEM;
    }

    pkg = result->pkgs.elts;

    for (i = 0; i < result->pkgs.nelts; i++) {
        file[i].path = table_file(&pkg[i].file_path);
        file[i].target = file[i].path.len != 0 ? file[i].path
                                               : result->target;
    }

    qsort(file, result->pkgs.nelts, sizeof(table_file_t), table_by_path);

    for (i = 1, n = 1; i < result->pkgs.nelts; i++) {
        if (!oci_str_eq(&file[i].path, &file[n - 1].path)) {
            file[n++] = file[i];
        }
    }

    f = result->findings.elts;
    memset(&key, 0, sizeof(table_file_t));

    for (i = 0; i < result->findings.nelts; i++) {
        key.path = table_file(&f[i].pkg->file_path);
        found = bsearch(&key, file, n, sizeof(table_file_t), table_by_path);

        if (found != NULL) {
            found->findings++;
        }
    }

    qsort(file, n, sizeof(table_file_t), table_by_target);
    rc = OCI_OK;

    for (i = 0; rc == OCI_OK && i < n; i++) {
        rc = table_summary_row(grid, &file[i].target, result,
                               file[i].findings, style);
    }

    return rc;
}


/* the outermost jar of a path inside of jars */

static oci_str_t
table_file(const oci_str_t *path)
{
    size_t              i, k;
    oci_str_t           part;
    static const char  *jars[] = { ".jar", ".war", ".par", ".ear" };

    part = *path;

    for (i = 0; i <= path->len; i++) {

        if (i != path->len && path->data[i] != '/') {
            continue;
        }

        part.len = i;

        for (k = 0; k < 4; k++) {
            if (oci_str_suffix(&part, jars[k])) {
                return part;
            }
        }
    }

    return *path;
}


static int
table_by_path(const void *one, const void *two)
{
    const table_file_t  *a = one, *b = two;

    return oci_str_cmp(&a->path, &b->path);
}


static int
table_by_target(const void *one, const void *two)
{
    const table_file_t  *a = one, *b = two;

    return oci_str_cmp(&a->target, &b->target);
}


static oci_status_e
table_result(const oci_scan_result_t *result, const oci_scan_style_t *style,
    oci_pool_t *pool, oci_buf_t *out)
{
    bool          hidden;
    oci_status_e  rc;

    /* a table that shows nothing of a clean system says nothing at all */

    hidden = style->hidden && result->hidden.nelts != 0
             && strcmp(result->class, "secret") != 0;

    if (result->findings.nelts == 0 && result->secrets.nelts == 0 && !hidden
        && (style->status_column || style->no_vulns
            || strcmp(result->class, "os-pkgs") != 0))
    {
        return OCI_OK;
    }

    table_head(result, style, pool, out);
    table_total(result, style, out);

    if (result->secrets.nelts != 0) {
        return secret_table(result, style, pool, out) ? OCI_OK : OCI_NOMEM;
    }

    rc = table_findings(result, style, pool, out);

    if (rc == OCI_OK && style->tree) {
        rc = tree_draw(result, style, pool, out);
    }

    return (rc == OCI_OK && hidden)
           ? table_hidden(result, style, pool, out) : rc;
}


static oci_status_e
table_findings(const oci_scan_result_t *result, const oci_scan_style_t *style,
    oci_pool_t *pool, oci_buf_t *out)
{
    size_t                     i;
    grid_t                     grid;
    const oci_scan_finding_t  *f;
    static const char *const   with[] = { "Library", "Vulnerability",
                                          "Severity", "Status",
                                          "Installed Version",
                                          "Fixed Version", "Title" };
    static const char *const   without[] = { "Library", "Vulnerability",
                                             "Severity", "Installed Version",
                                             "Fixed Version", "Title" };

    if (result->findings.nelts == 0) {
        return OCI_OK;
    }

    if (style->status_column) {
        grid_init(&grid, pool, with, 7);

    } else {
        grid_init(&grid, pool, without, 6);
    }

    grid.merge = true;
    grid.color = style->color;
    f = result->findings.elts;

    for (i = 0; i < result->findings.nelts; i++) {
        if (table_row(&grid, &f[i], style) != OCI_OK) {
            return OCI_NOMEM;
        }
    }

    return grid_draw(&grid, out);
}


static void
table_head(const oci_scan_result_t *result, const oci_scan_style_t *style,
    oci_pool_t *pool, oci_buf_t *out)
{
    size_t     i;
    oci_str_t  target;

    target = result->target;

    if (strcmp(result->class, "secret") == 0) {
        target = oci_strf(pool, "%.*s (secrets)", (int) target.len,
                          target.data);

    } else if (strcmp(result->class, "lang-pkgs") == 0) {
        target = oci_strf(pool, "%.*s (%.*s)", (int) target.len, target.data,
                          (int) result->type.len, result->type.data);
    }

    target = terminal_clean(pool, &target);

    if (target.data == NULL) {
        out->failed = true;
        return;
    }

    if (style->color) {
        oci_buf_addf(out, "\n\x1b[4m\x1b[1m%s\x1b[0m\n\n", target.data);
        return;
    }

    oci_buf_addf(out, "\n%s\n", target.data);

    for (i = 0; i < target.len; i++) {
        oci_buf_add(out, "=", 1);
    }

    oci_buf_add(out, "\n", 1);
}


static void
table_total(const oci_scan_result_t *result, const oci_scan_style_t *style,
    oci_buf_t *out)
{
    size_t                     i, sum, count[OCI_SCAN_SEVERITIES];
    const oci_scan_secret_t   *secret;
    const oci_scan_finding_t  *f;

    memset(count, 0, sizeof(count));
    sum = 0;
    f = result->findings.elts;

    for (i = 0; i < result->findings.nelts; i++) {
        count[f[i].severity]++;
    }

    secret = result->secrets.elts;

    for (i = 0; i < result->secrets.nelts; i++) {
        count[secret[i].severity]++;
    }

    for (i = 0; i < OCI_SCAN_SEVERITIES; i++) {
        sum += (style->severities & (1u << i)) != 0 ? count[i] : 0;
    }

    oci_buf_addf(out, "Total: %zu ", sum);
    tree_counts(count, style, out);
    oci_buf_adds(out, "\n\n");
}


static oci_status_e
table_row(grid_t *grid, const oci_scan_finding_t *f,
    const oci_scan_style_t *style)
{
    oci_str_t     library, severity, status, title;
    oci_pool_t   *pool;
    grid_text_t  *cell;

    pool = grid->cells.pool;
    library = table_library(pool, f);
    title = table_title(pool, f);
    severity = oci_str(oci_scan_severity_name(f->severity));
    status = oci_str(oci_scan_status_name(f->status));

    if (library.data == NULL || title.data == NULL
        || grid_cell(grid, &library) == NULL
        || grid_cell(grid, &f->id) == NULL)
    {
        return OCI_NOMEM;
    }

    cell = grid_cell(grid, &severity);
    if (cell == NULL) {
        return OCI_NOMEM;
    }

    cell->color = table_colors[f->severity];

    if ((style->status_column && grid_cell(grid, &status) == NULL)
        || grid_cell(grid, &f->installed) == NULL
        || grid_cell(grid, &f->fixed) == NULL)
    {
        return OCI_NOMEM;
    }

    cell = grid_cell(grid, &title);
    if (cell == NULL) {
        return OCI_NOMEM;
    }

    cell->link = f->url;

    return OCI_OK;
}


static oci_str_t
table_library(oci_pool_t *pool, const oci_scan_finding_t *f)
{
    u_char     *slash;
    oci_str_t   path;

    path = table_file(&f->pkg->file_path);

    if (path.len == 0) {
        return oci_str_dup(pool, f->pkg->name.data, f->pkg->name.len);
    }

    slash = memrchr(path.data, '/', path.len);
    if (slash != NULL) {
        path.len -= (size_t) (slash + 1 - path.data);
        path.data = slash + 1;
    }

    return oci_strf(pool, "%.*s (%.*s)", (int) f->pkg->name.len,
                    f->pkg->name.data, (int) path.len, path.data);
}


/* twelve words of it are enough */

static oci_str_t
table_title(oci_pool_t *pool, const oci_scan_finding_t *f)
{
    size_t     i;
    unsigned   words;
    oci_str_t  title;

    title = oci_scan_finding_str(f, "Title");
    if (title.len == 0) {
        title = oci_scan_finding_str(f, "Description");
    }

    words = 1;

    for (i = 0; i < title.len; i++) {

        if (title.data[i] == ' ' && ++words == 13) {
            return oci_strf(pool, "%.*s...", (int) i, title.data);
        }
    }

    if (words == 12) {
        return oci_strf(pool, "%.*s...", (int) title.len, title.data);
    }

    return oci_str_dup(pool, title.data, title.len);
}


static oci_status_e
table_hidden(const oci_scan_result_t *result, const oci_scan_style_t *style,
    oci_pool_t *pool, oci_buf_t *out)
{
    size_t                    i, n;
    oci_str_t                 severity, status, statement;
    grid_t           grid;
    const oci_scan_hidden_t  *hidden;
    static const char *const  head[] = { "Library", "Vulnerability",
                                         "Severity", "Status", "Statement",
                                         "Source" };

    grid_init(&grid, pool, head, 6);
    grid.merge = true;
    grid.color = style->color;

    hidden = result->hidden.elts;

    for (i = 0; i < result->hidden.nelts; i++) {
        severity = oci_str(oci_scan_severity_name(hidden[i].finding.severity));
        status = oci_str(hidden[i].status);
        statement = hidden[i].statement.len != 0 ? hidden[i].statement
                                                 : oci_str("N/A");

        if (grid_cell(&grid, &hidden[i].finding.pkg->name) == NULL
            || grid_cell(&grid, &hidden[i].finding.id) == NULL
            || grid_cell(&grid, &severity) == NULL
            || grid_cell(&grid, &status) == NULL
            || grid_cell(&grid, &statement) == NULL
            || grid_cell(&grid, &hidden[i].source) == NULL)
        {
            return OCI_NOMEM;
        }
    }

    n = out->len;
    oci_buf_addf(out, "\nSuppressed Vulnerabilities (Total: %zu)\n",
                 result->hidden.nelts);
    n = out->len - n - 2;

    while (n-- != 0) {
        oci_buf_add(out, "=", 1);
    }

    oci_buf_add(out, "\n", 1);

    return grid_draw(&grid, out);
}
