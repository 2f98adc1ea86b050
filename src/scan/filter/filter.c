/*
 * Filters on findings.
 */

#include "oci_scan_filter.h"
#include "base/map.h"

#include <stdlib.h>
#include <string.h>


#define FILTER_DEPTH    256     /* of a chain of dependencies */

#define FILTER_ON_PATH  1
#define FILTER_BLOCKED  2       /* no way to the image from here */


/* what the walk from a package to the image needs */

typedef struct {
    oci_pool_t                *pool;
    const oci_scan_filter_t   *filter;
    oci_scan_result_t         *result;
    oci_scan_map_t             parents;     /* id -> oci_array_t of indices */
    oci_scan_purl_t           *purls;       /* of the packages */
    bool                      *has_purl;
    u_char                    *seen;        /* FILTER_... */
    oci_scan_purl_t            image;
    bool                       has_image;
    const oci_scan_finding_t  *finding;
    size_t                     leaf;
    const oci_scan_vex_t      *source;      /* of the last statement */
    const oci_scan_vex_statement_t  *statement;
} filter_vex_t;


static oci_status_e filter_result(oci_scan_result_t *result,
    const oci_scan_filter_t *filter);
static bool filter_ignored(oci_scan_result_t *result,
    const oci_scan_finding_t *f, const oci_scan_filter_t *filter,
    bool *failed);
static oci_status_e filter_secrets(oci_scan_result_t *result,
    const oci_scan_filter_t *filter);
static void filter_unique(oci_array_t *findings);
static int filter_by_key(const void *one, const void *two);
static oci_status_e filter_hide(oci_scan_result_t *result,
    const oci_scan_finding_t *f, const char *status, const oci_str_t *why,
    const oci_str_t *source);
static oci_status_e filter_vex(oci_scan_report_t *report,
    oci_scan_result_t *result, const oci_scan_filter_t *filter);
static oci_status_e filter_graph(filter_vex_t *v);
static bool filter_parent(filter_vex_t *v, const oci_str_t *id, size_t at);
static void filter_image(filter_vex_t *v, const oci_scan_report_t *report);
static ssize_t filter_find(const oci_scan_result_t *result,
    const oci_scan_pkg_t *pkg);
static bool filter_cleared(filter_vex_t *v);
static bool filter_reaches(filter_vex_t *v, size_t at, unsigned depth);
static bool filter_climbs(filter_vex_t *v, size_t at,
    const oci_array_t *parents, unsigned depth);
static bool filter_states(filter_vex_t *v, const oci_scan_purl_t *product,
    const oci_scan_purl_t *part);
static oci_str_t filter_package(oci_pool_t *pool,
    const oci_scan_purl_t *product);
static bool filter_bom(filter_vex_t *v);
static bool filter_take(filter_vex_t *v, const oci_scan_vex_t *source,
    const oci_scan_vex_statement_t *s);


oci_status_e
oci_scan_filter(oci_scan_report_t *report, const oci_scan_filter_t *filter,
    oci_error_t *err)
{
    size_t              i;
    oci_status_e        rc;
    oci_scan_result_t  *result;

    result = report->results.elts;

    for (i = 0; i < report->results.nelts; i++) {
        rc = filter_result(&result[i], filter);

        if (rc == OCI_OK && filter->nvex != 0
            && result[i].findings.nelts != 0)
        {
            rc = filter_vex(report, &result[i], filter);
        }

        if (rc != OCI_OK) {
            return oci_error(err, rc, 0, "out of memory");
        }
    }

    return OCI_OK;
}


static oci_status_e
filter_result(oci_scan_result_t *result, const oci_scan_filter_t *filter)
{
    bool                 failed;
    size_t               i, n;
    oci_scan_finding_t  *f;

    failed = false;
    f = result->findings.elts;

    for (i = 0, n = 0; i < result->findings.nelts; i++) {

        if ((filter->severities & (1u << f[i].severity)) == 0
            || (filter->statuses & (1u << f[i].status)) != 0
            || filter_ignored(result, &f[i], filter, &failed))
        {
            continue;
        }

        f[n++] = f[i];
    }

    result->findings.nelts = n;

    filter_unique(&result->findings);
    oci_scan_findings_sort(&result->findings);

    return failed ? OCI_NOMEM : filter_secrets(result, filter);
}


static oci_status_e
filter_secrets(oci_scan_result_t *result, const oci_scan_filter_t *filter)
{
    size_t                         i, n;
    oci_scan_hidden_t             *hidden;
    oci_scan_secret_t             *secret, *kept;
    const oci_scan_ignore_rule_t  *rule;

    secret = result->secrets.elts;

    for (i = 0, n = 0; i < result->secrets.nelts; i++) {

        if ((filter->severities & (1u << secret[i].severity)) == 0) {
            continue;
        }

        rule = (filter->ignore == NULL) ? NULL
               : oci_scan_ignore_secret(filter->ignore, &secret[i].rule,
                                        &result->target);

        if (rule == NULL) {
            secret[n++] = secret[i];
            continue;
        }

        hidden = oci_array_push(&result->hidden);
        kept = oci_palloc(result->hidden.pool, sizeof(oci_scan_secret_t));

        if (hidden == NULL || kept == NULL) {
            return OCI_NOMEM;
        }

        *kept = secret[i];
        hidden->secret = kept;
        hidden->status = "ignored";
        hidden->statement = rule->statement;
        hidden->source = filter->ignore->path;
    }

    result->secrets.nelts = n;

    return OCI_OK;
}


static bool
filter_ignored(oci_scan_result_t *result, const oci_scan_finding_t *f,
    const oci_scan_filter_t *filter, bool *failed)
{
    const oci_scan_ignore_rule_t  *rule;

    if (filter->ignore == NULL) {
        return false;
    }

    rule = oci_scan_ignore_find(filter->ignore, &f->id, &result->target,
                                &f->pkg->file_path, &f->pkg->purl);
    if (rule == NULL) {
        return false;
    }

    if (filter_hide(result, f, "ignored", &rule->statement,
                    &filter->ignore->path)
        != OCI_OK)
    {
        *failed = true;
    }

    return true;
}


static oci_status_e
filter_hide(oci_scan_result_t *result, const oci_scan_finding_t *f,
    const char *status, const oci_str_t *why, const oci_str_t *source)
{
    oci_scan_hidden_t  *hidden;

    hidden = oci_array_push(&result->hidden);
    if (hidden == NULL) {
        return OCI_NOMEM;
    }

    hidden->finding = *f;
    hidden->status = status;
    hidden->statement = *why;
    hidden->source = *source;

    return OCI_OK;
}


/* of the same id, package and path the greater fixed version stays */

static void
filter_unique(oci_array_t *findings)
{
    size_t               i, n;
    oci_scan_finding_t  *f;

    if (findings->nelts < 2) {
        return;
    }

    f = findings->elts;
    qsort(f, findings->nelts, sizeof(oci_scan_finding_t), filter_by_key);

    for (i = 1, n = 1; i < findings->nelts; i++) {

        if (oci_str_eq(&f[i].id, &f[n - 1].id)
            && oci_str_eq(&f[i].pkg->id, &f[n - 1].pkg->id)
            && oci_str_eq(&f[i].pkg->name, &f[n - 1].pkg->name)
            && oci_str_eq(&f[i].installed, &f[n - 1].installed)
            && oci_str_eq(&f[i].pkg->file_path, &f[n - 1].pkg->file_path))
        {
            continue;
        }

        f[n++] = f[i];
    }

    findings->nelts = n;
}


static int
filter_by_key(const void *one, const void *two)
{
    int                        rc;
    const oci_scan_finding_t  *a = one, *b = two;

    rc = oci_str_cmp(&a->id, &b->id);
    if (rc == 0) {
        rc = oci_str_cmp(&a->pkg->id, &b->pkg->id);
    }

    if (rc == 0) {
        rc = oci_str_cmp(&a->pkg->name, &b->pkg->name);
    }

    if (rc == 0) {
        rc = oci_str_cmp(&a->installed, &b->installed);
    }

    if (rc == 0) {
        rc = oci_str_cmp(&a->pkg->file_path, &b->pkg->file_path);
    }

    return rc != 0 ? rc : oci_str_cmp(&b->fixed, &a->fixed);
}


/*
 * A finding goes when the package is said not to be affected, or when every
 * chain of dependents from it to the image passes something of which that is
 * said.
 */

static oci_status_e
filter_vex(oci_scan_report_t *report, oci_scan_result_t *result,
    const oci_scan_filter_t *filter)
{
    size_t               i, n;
    ssize_t              leaf;
    filter_vex_t         v;
    oci_status_e         rc;
    oci_scan_finding_t  *f;

    memset(&v, 0, sizeof(v));
    v.filter = filter;
    v.result = result;

    v.pool = oci_pool_create();
    if (v.pool == NULL) {
        return OCI_NOMEM;
    }

    rc = filter_graph(&v);
    filter_image(&v, report);
    f = result->findings.elts;

    for (i = 0, n = 0; rc == OCI_OK && i < result->findings.nelts; i++) {
        leaf = filter_find(result, f[i].pkg);
        v.leaf = (size_t) leaf;
        v.finding = &f[i];
        v.statement = NULL;

        if (leaf >= 0 && filter_cleared(&v)) {
            rc = filter_hide(result, &f[i],
                             oci_scan_vex_name(v.statement->status),
                             &v.statement->justification, &v.source->source);
            continue;
        }

        f[n++] = f[i];
    }

    if (rc == OCI_OK) {
        result->findings.nelts = n;
    }

    oci_pool_destroy(v.pool);

    return rc;
}


static oci_status_e
filter_graph(filter_vex_t *v)
{
    size_t           i, k, n;
    oci_scan_pkg_t  *pkg;

    pkg = v->result->pkgs.elts;
    n = v->result->pkgs.nelts;

    v->purls = oci_pcalloc(v->pool, (n + 1) * sizeof(oci_scan_purl_t));
    v->has_purl = oci_pcalloc(v->pool, (n + 1) * sizeof(bool));
    v->seen = oci_pcalloc(v->pool, n + 1);

    if (v->purls == NULL || v->has_purl == NULL || v->seen == NULL) {
        return OCI_NOMEM;
    }

    oci_scan_map_init(&v->parents, v->pool);

    for (i = 0; i < n; i++) {
        v->has_purl[i] = pkg[i].purl.len != 0
                         && oci_scan_purl_parse(&v->purls[i], v->pool,
                                                &pkg[i].purl, NULL)
                            == OCI_OK;

        for (k = 0; k < pkg[i].depends.nelts; k++) {
            if (!filter_parent(v, &pkg[i].depends.elts[k], i)) {
                return OCI_NOMEM;
            }
        }
    }

    return OCI_OK;
}


/* the package at a place needs that with this id */

static bool
filter_parent(filter_vex_t *v, const oci_str_t *id, size_t at)
{
    size_t       *index;
    oci_array_t  *list;

    list = oci_scan_map_get(&v->parents, id);

    if (list == NULL) {
        list = oci_palloc(v->pool, sizeof(oci_array_t));

        if (list == NULL || !oci_scan_map_set(&v->parents, id, list)) {
            return false;
        }

        oci_array_init(list, v->pool, sizeof(size_t));
    }

    index = oci_array_push(list);
    if (index == NULL) {
        return false;
    }

    *index = at;

    return true;
}


/* pkg:oci/NAME@DIGEST?repository_url=REPOSITORY, from the first digest */

static void
filter_image(filter_vex_t *v, const oci_scan_report_t *report)
{
    u_char     *at, *slash;
    oci_str_t   repository, name, digest, arch, text;

    if (report->digests.nelts == 0) {
        return;
    }

    repository = *(oci_str_t *) report->digests.elts;
    at = memchr(repository.data, '@', repository.len);
    if (at == NULL) {
        return;
    }

    digest.data = at + 1;
    digest.len = (size_t) (repository.data + repository.len - digest.data);
    repository.len = (size_t) (at - repository.data);

    name = repository;
    slash = memrchr(name.data, '/', name.len);
    if (slash != NULL) {
        name.len -= (size_t) (slash + 1 - name.data);
        name.data = slash + 1;
    }

    arch = oci_str(json_string_value(json_object_get(report->config,
                                                     "architecture")));

    text = oci_strf(v->pool, "pkg:oci/%.*s@%.*s?repository_url=%.*s&arch=%s",
                    (int) name.len, name.data, (int) digest.len, digest.data,
                    (int) repository.len, repository.data,
                    arch.len == 0 ? "" : (char *) arch.data);

    v->has_image = text.data != NULL
                   && oci_scan_purl_parse(&v->image, v->pool, &text, NULL)
                      == OCI_OK;
}


static ssize_t
filter_find(const oci_scan_result_t *result, const oci_scan_pkg_t *pkg)
{
    size_t                 i;
    const oci_scan_pkg_t  *p;

    p = result->pkgs.elts;

    for (i = 0; i < result->pkgs.nelts; i++) {
        if (&p[i] == pkg
            || (oci_str_eq(&p[i].id, &pkg->id)
                && oci_str_eq(&p[i].purl, &pkg->purl)
                && oci_str_eq(&p[i].file_path, &pkg->file_path)))
        {
            return (ssize_t) i;
        }
    }

    return -1;
}


static bool
filter_cleared(filter_vex_t *v)
{
    if (filter_bom(v)) {
        return true;
    }

    if (v->has_purl[v->leaf]
        && filter_states(v, &v->purls[v->leaf], NULL))
    {
        return true;
    }

    memset(v->seen, 0, v->result->pkgs.nelts);

    return !filter_reaches(v, v->leaf, 0);
}


/* is there a way to the image on which nothing is said to be unaffected */

static bool
filter_reaches(filter_vex_t *v, size_t at, unsigned depth)
{
    oci_array_t      *list;
    oci_scan_purl_t  *part;
    oci_scan_pkg_t   *pkg;

    part = v->has_purl[v->leaf] ? &v->purls[v->leaf] : NULL;

    if (v->has_purl[at] && filter_states(v, &v->purls[at], part)) {
        return false;
    }

    pkg = v->result->pkgs.elts;
    list = oci_scan_map_get(&v->parents, &pkg[at].id);

    if (list == NULL || pkg[at].id.len == 0) {
        return !v->has_image || !filter_states(v, &v->image, part);
    }

    return depth == FILTER_DEPTH || filter_climbs(v, at, list, depth);
}


static bool
filter_climbs(filter_vex_t *v, size_t at, const oci_array_t *parents,
    unsigned depth)
{
    bool     open;
    size_t   i, *index;

    v->seen[at] = FILTER_ON_PATH;
    open = true;
    index = parents->elts;

    for (i = 0; i < parents->nelts; i++) {

        if (v->seen[index[i]] == FILTER_ON_PATH) {
            continue;
        }

        open = false;

        if (v->seen[index[i]] != FILTER_BLOCKED
            && filter_reaches(v, index[i], depth + 1))
        {
            return true;
        }
    }

    /* a ring without a way out is no reason to hide anything */

    v->seen[at] = open ? 0 : FILTER_BLOCKED;

    return open;
}


static bool
filter_states(filter_vex_t *v, const oci_scan_purl_t *product,
    const oci_scan_purl_t *part)
{
    size_t                           i;
    oci_str_t                        id;
    const oci_scan_vex_t            *vex;
    const oci_scan_vex_statement_t  *s;

    for (i = 0; i < v->filter->nvex; i++) {

        vex = &v->filter->vex[i];

        if (vex->about != NULL) {
            id = filter_package(v->pool, product);
            vex = vex->about(vex->ctx, &id);
        }

        if (vex == NULL || vex->cyclonedx) {
            continue;
        }

        s = oci_scan_vex_find(vex, &v->finding->id, product, part);

        if (filter_take(v, vex, s)) {
            return true;
        }
    }

    return false;
}


/* a package without its version; an image's is told by its repository */

static oci_str_t
filter_package(oci_pool_t *pool, const oci_scan_purl_t *product)
{
    oci_scan_purl_t  id;

    id = *product;
    id.version.len = 0;
    id.subpath.len = 0;
    id.nqualifiers = 0;

    if (oci_str_is(&id.type, "oci")) {
        id.qualifier[0].key = oci_str("repository_url");
        id.qualifier[0].value = oci_scan_purl_qualifier(product,
                                                        "repository_url");
        id.nqualifiers = (id.qualifier[0].value.len != 0);
    }

    return oci_scan_purl_str(pool, &id);
}


static bool
filter_bom(filter_vex_t *v)
{
    size_t                           i;
    const oci_scan_pkg_t            *pkg;
    const oci_scan_vex_statement_t  *s;

    pkg = v->finding->pkg;

    for (i = 0; i < v->filter->nvex; i++) {

        if (!v->filter->vex[i].cyclonedx) {
            continue;
        }

        s = oci_scan_vex_find_ref(&v->filter->vex[i], &v->finding->id,
                                  &v->filter->bom, &pkg->bom_ref);
        if (s == NULL) {
            s = oci_scan_vex_find_ref(&v->filter->vex[i], &v->finding->id,
                                      &v->filter->bom, &pkg->purl);
        }

        if (filter_take(v, &v->filter->vex[i], s)) {
            return true;
        }
    }

    return false;
}


static bool
filter_take(filter_vex_t *v, const oci_scan_vex_t *source,
    const oci_scan_vex_statement_t *s)
{
    if (s == NULL || (s->status != OCI_SCAN_VEX_NOT_AFFECTED
                      && s->status != OCI_SCAN_VEX_FIXED))
    {
        return false;
    }

    v->source = source;
    v->statement = s;

    return true;
}
