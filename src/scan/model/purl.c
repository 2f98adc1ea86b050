/*
 * Package URLs: pkg:type/namespace/name@version?qualifiers#subpath
 */

#include "purl.h"

#include <string.h>


static oci_status_e purl_qualifiers(oci_scan_purl_t *purl, oci_pool_t *pool,
    oci_str_t text, oci_error_t *err);
static oci_str_t purl_cut_tail(oci_str_t *s, char at);
static oci_str_t purl_cut_head(oci_str_t *s, char at);
static oci_status_e purl_decode(oci_pool_t *pool, oci_str_t *s);
static int purl_hex(u_char c);
static void purl_lower(oci_str_t *s);
static void purl_trim(oci_str_t *s);
static void purl_normalize(oci_scan_purl_t *purl);


oci_status_e
oci_scan_purl_parse(oci_scan_purl_t *purl, oci_pool_t *pool,
    const oci_str_t *text, oci_error_t *err)
{
    oci_str_t  s, query;

    memset(purl, 0, sizeof(oci_scan_purl_t));

    if (text->len > OCI_SCAN_PURL_MAX) {
        return oci_error(err, OCI_LIMIT, 0, "package URL is too long");
    }

    if (!oci_str_prefix(text, "pkg:")) {
        return oci_error(err, OCI_INVALID, 0,
                         "package URL does not begin with \"pkg:\"");
    }

    s = oci_str_dup(pool, text->data + 4, text->len - 4);
    if (s.data == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    purl->subpath = purl_cut_tail(&s, '#');
    query = purl_cut_tail(&s, '?');
    purl_trim(&s);

    purl->type = purl_cut_head(&s, '/');
    purl_trim(&s);
    purl->version = purl_cut_tail(&s, '@');
    purl->name = s;
    purl->namespace = s;
    purl->name = purl_cut_tail(&purl->namespace, '/');

    if (purl->name.len == 0) {
        purl->name = purl->namespace;
        purl->namespace.len = 0;
    }

    if (purl->type.len == 0 || purl->name.len == 0) {
        return oci_error(err, OCI_INVALID, 0,
                         "package URL lacks its type or name");
    }

    purl_lower(&purl->type);
    purl_trim(&purl->namespace);

    if (purl_decode(pool, &purl->name) != OCI_OK
        || purl_decode(pool, &purl->namespace) != OCI_OK
        || purl_decode(pool, &purl->version) != OCI_OK
        || purl_decode(pool, &purl->subpath) != OCI_OK)
    {
        return oci_error(err, OCI_INVALID, 0,
                         "package URL with a bad percent-encoding");
    }

    purl_normalize(purl);

    return purl_qualifiers(purl, pool, query, err);
}


static oci_status_e
purl_qualifiers(oci_scan_purl_t *purl, oci_pool_t *pool, oci_str_t text,
    oci_error_t *err)
{
    size_t     n;
    oci_str_t  pair, key;

    while (text.len != 0) {
        pair = purl_cut_head(&text, '&');
        key = purl_cut_head(&pair, '=');

        if (key.len == 0 || pair.len == 0) {
            continue;
        }

        n = purl->nqualifiers;
        if (n == OCI_SCAN_PURL_QUALIFIERS) {
            return oci_error(err, OCI_LIMIT, 0,
                             "package URL has too many qualifiers");
        }

        purl_lower(&key);

        if (purl_decode(pool, &pair) != OCI_OK) {
            return oci_error(err, OCI_INVALID, 0,
                             "package URL with a bad percent-encoding");
        }

        purl->qualifier[n].key = key;
        purl->qualifier[n].value = pair;
        purl->nqualifiers = n + 1;
    }

    return OCI_OK;
}


/* what follows the last "at"; s keeps what precedes it */

static oci_str_t
purl_cut_tail(oci_str_t *s, char at)
{
    u_char    *p;
    oci_str_t  tail = oci_null_string;

    p = s->len == 0 ? NULL : memrchr(s->data, at, s->len);

    if (p != NULL) {
        tail.data = p + 1;
        tail.len = (size_t) (s->data + s->len - tail.data);
        s->len = (size_t) (p - s->data);
        *p = '\0';
    }

    return tail;
}


/* what precedes the first "at", or all; s keeps what follows it */

static oci_str_t
purl_cut_head(oci_str_t *s, char at)
{
    u_char    *p;
    oci_str_t  head;

    head = *s;
    p = s->len == 0 ? NULL : memchr(s->data, at, s->len);

    if (p == NULL) {
        s->data += s->len;
        s->len = 0;
        return head;
    }

    head.len = (size_t) (p - s->data);
    s->data = p + 1;
    s->len -= head.len + 1;
    *p = '\0';

    return head;
}


static oci_status_e
purl_decode(oci_pool_t *pool, oci_str_t *s)
{
    int        high, low;
    size_t     i;
    oci_str_t  out;

    out = oci_str_dup(pool, s->len == 0 ? (u_char *) "" : s->data, s->len);
    if (out.data == NULL) {
        return OCI_NOMEM;
    }

    out.len = 0;

    for (i = 0; i < s->len; i++) {

        if (s->data[i] != '%') {
            out.data[out.len++] = s->data[i];
            continue;
        }

        if (s->len - i < 3) {
            return OCI_INVALID;
        }

        high = purl_hex(s->data[i + 1]);
        low = purl_hex(s->data[i + 2]);

        if (high < 0 || low < 0) {
            return OCI_INVALID;
        }

        out.data[out.len++] = (u_char) (high << 4 | low);
        i += 2;
    }

    out.data[out.len] = '\0';
    *s = out;

    return OCI_OK;
}


static int
purl_hex(u_char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    c |= 0x20;

    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}


static void
purl_lower(oci_str_t *s)
{
    size_t  i;

    for (i = 0; i < s->len; i++) {
        if (s->data[i] >= 'A' && s->data[i] <= 'Z') {
            s->data[i] |= 0x20;
        }
    }
}


static void
purl_trim(oci_str_t *s)
{
    while (s->len != 0 && s->data[0] == '/') {
        s->data++;
        s->len--;
    }

    while (s->len != 0 && s->data[s->len - 1] == '/') {
        s->len--;
    }
}


/* the types whose names do not depend on case, as the specification has it */

static void
purl_normalize(oci_scan_purl_t *purl)
{
    size_t              i;
    static const char  *both[] = { "alpm", "apk", "bitbucket", "bitnami",
                                   "composer", "deb", "github", "golang",
                                   "npm", "rpm", NULL };

    for (i = 0; both[i] != NULL; i++) {

        if (oci_str_is(&purl->type, both[i])) {
            purl_lower(&purl->namespace);

            if (!oci_str_is(&purl->type, "rpm")) {
                purl_lower(&purl->name);
            }

            return;
        }
    }

    if (oci_str_is(&purl->type, "pypi")) {
        purl_lower(&purl->name);

        for (i = 0; i < purl->name.len; i++) {
            if (purl->name.data[i] == '_') {
                purl->name.data[i] = '-';
            }
        }
    }
}


oci_str_t
oci_scan_purl_qualifier(const oci_scan_purl_t *purl, const char *key)
{
    size_t     i;
    oci_str_t  none = oci_null_string;

    for (i = 0; i < purl->nqualifiers; i++) {
        if (oci_str_is(&purl->qualifier[i].key, key)) {
            return purl->qualifier[i].value;
        }
    }

    return none;
}


bool
oci_scan_purl_match(const oci_scan_purl_t *wanted,
    const oci_scan_purl_t *target)
{
    size_t     i;
    oci_str_t  value;

    if (!oci_str_eq(&wanted->type, &target->type)
        || !oci_str_eq(&wanted->namespace, &target->namespace)
        || !oci_str_eq(&wanted->name, &target->name))
    {
        return false;
    }

    if (wanted->version.len != 0
        && !oci_str_eq(&wanted->version, &target->version))
    {
        return false;
    }

    if (wanted->subpath.len != 0
        && !oci_str_eq(&wanted->subpath, &target->subpath))
    {
        return false;
    }

    for (i = 0; i < wanted->nqualifiers; i++) {
        value = oci_scan_purl_qualifier(target,
                              (const char *) wanted->qualifier[i].key.data);
        if (!oci_str_eq(&value, &wanted->qualifier[i].value)) {
            return false;
        }
    }

    return true;
}
