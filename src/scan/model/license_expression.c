/*
 * Licence expressions: OR binds loosest, then AND, then WITH.  A name may be
 * several words ("Public Domain"), and what is not on SPDX's list becomes a
 * LicenseRef.
 */

#include "license_list.h"
#include "license.h"
#include "base/text.h"
#include "base/go_hash.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>


#define SPDX_TOKENS  2048
#define SPDX_DEPTH   64


typedef enum {
    SPDX_NAME = 0,
    SPDX_OR,
    SPDX_AND,
    SPDX_WITH,
    SPDX_OPEN,
    SPDX_CLOSE,
    SPDX_PLUS,
    SPDX_END
} spdx_token_e;


typedef struct spdx_node_s  spdx_node_t;

struct spdx_node_s {
    spdx_token_e   kind;            /* SPDX_NAME, _OR, _AND or _WITH */
    spdx_node_t   *left;
    spdx_node_t   *right;
    oci_str_t      name;
    bool           plus;
};


typedef struct {
    oci_pool_t    *pool;
    oci_array_t   *others;
    oci_str_t      rest;
    spdx_token_e   token;
    oci_str_t      text;
    size_t         tokens;
    oci_status_e   rc;
} spdx_t;


typedef void (*spdx_change_pt)(spdx_t *x, spdx_node_t *node);


static spdx_node_t *spdx_read(spdx_t *x, const oci_buf_t *b);
static oci_status_e spdx_join(spdx_t *x, const oci_scan_strs_t *licenses,
    oci_buf_t *b);
static void spdx_spaced(oci_buf_t *b, oci_str_t s);
static spdx_node_t *spdx_parse(spdx_t *x, spdx_token_e op, unsigned depth);
static spdx_node_t *spdx_primary(spdx_t *x, unsigned depth);
static spdx_node_t *spdx_node(spdx_t *x, spdx_token_e kind);
static void spdx_next(spdx_t *x);
static size_t spdx_word(const oci_str_t *s);
static void spdx_walk(spdx_t *x, spdx_node_t *node, spdx_change_pt change);
static void spdx_normalize(spdx_t *x, spdx_node_t *node);
static void spdx_spell(spdx_t *x, spdx_node_t *node);
static void spdx_refer(spdx_t *x, spdx_node_t *node);
static oci_str_t spdx_other(spdx_t *x, const oci_str_t *name, bool whole);
static bool spdx_listed(spdx_t *x, const spdx_node_t *node);
static oci_str_t spdx_text(spdx_t *x, const spdx_node_t *node);
static void spdx_print(spdx_t *x, oci_buf_t *b, const spdx_node_t *node);
static void spdx_operand(spdx_t *x, oci_buf_t *b, const spdx_node_t *node,
    spdx_token_e op);


const char  oci_scan_license_whole_text[] =
    "The license text represents text found in package metadata and may not "
    "represent the full text of the license";


static const char  *const spdx_words[] = { "", "OR", "AND", "WITH" };


oci_status_e
oci_scan_license_expression(oci_str_t *out, oci_pool_t *pool,
    const oci_scan_strs_t *licenses, oci_array_t *others)
{
    spdx_t        x;
    oci_buf_t     b;
    spdx_node_t  *node;

    memset(&x, 0, sizeof(spdx_t));
    memset(&b, 0, sizeof(oci_buf_t));
    memset(out, 0, sizeof(oci_str_t));
    x.pool = pool;
    x.others = others;
    x.rc = spdx_join(&x, licenses, &b);

    if (x.rc != OCI_OK) {
        oci_buf_free(&b);
        return x.rc;
    }

    node = spdx_read(&x, &b);

    if (x.rc == OCI_OK) {
        spdx_walk(&x, node, spdx_refer);
        *out = spdx_text(&x, node);
    }

    oci_buf_free(&b);

    return x.rc;
}


oci_status_e
oci_scan_license_one(oci_str_t *out, oci_scan_license_e *what,
    oci_pool_t *pool, const oci_str_t *license)
{
    spdx_t        x;
    oci_buf_t     b;
    oci_str_t     s;
    spdx_node_t  *node;

    memset(&x, 0, sizeof(spdx_t));
    memset(&b, 0, sizeof(oci_buf_t));
    x.pool = pool;
    s = *license;
    *what = OCI_SCAN_LICENSE_NAME;

    if (oci_scan_text_cut_prefix(&s, "text://")) {
        *out = s;
        return OCI_OK;
    }

    spdx_spaced(&b, s);
    node = b.failed ? NULL : spdx_read(&x, &b);
    *out = s;

    if (b.failed) {
        x.rc = OCI_NOMEM;
    }

    if (x.rc == OCI_OK) {
        *out = spdx_text(&x, node);

        if (spdx_listed(&x, node)) {
            *what = node->kind == SPDX_NAME ? OCI_SCAN_LICENSE_ID
                                            : OCI_SCAN_LICENSE_EXPRESSION;
        }
    }

    oci_buf_free(&b);

    return x.rc == OCI_NOMEM ? OCI_NOMEM : OCI_OK;
}


/* a whole expression, its names in SPDX's spelling */

static spdx_node_t *
spdx_read(spdx_t *x, const oci_buf_t *b)
{
    spdx_node_t  *node;

    x->rest.data = b->data;
    x->rest.len = b->len;
    spdx_next(x);
    node = spdx_parse(x, SPDX_OR, 0);

    if (x->rc == OCI_OK && x->token != SPDX_END) {
        x->rc = OCI_INVALID;
    }

    if (x->rc == OCI_OK) {
        spdx_walk(x, node, spdx_normalize);
        spdx_walk(x, node, spdx_spell);
    }

    return node;
}


/* all of them must hold; a whole text is no expression */

static oci_status_e
spdx_join(spdx_t *x, const oci_scan_strs_t *licenses, oci_buf_t *b)
{
    size_t     i;
    oci_str_t  s;

    for (i = 0; i < licenses->nelts; i++) {

        s = licenses->elts[i];
        oci_buf_adds(b, i == 0 ? "" : " AND ");

        if (oci_scan_text_cut_prefix(&s, "text://")) {
            s = spdx_other(x, &s, true);
            oci_buf_add(b, s.data, s.len);
            continue;
        }

        oci_buf_adds(b, "(");
        spdx_spaced(b, s);
        oci_buf_adds(b, ")");
    }

    return b->failed ? OCI_NOMEM : x->rc;
}


/* "GPL-3.0-with-autoconf-exception" is an expression without blanks */

static void
spdx_spaced(oci_buf_t *b, oci_str_t s)
{
    while (s.len != 0) {

        if (oci_str_prefix(&s, "-with-") || oci_str_prefix(&s, "-WITH-")) {
            oci_buf_adds(b, " WITH ");
            s = oci_scan_text_skip(s, 6);
            continue;
        }

        oci_buf_add(b, s.data, 1);
        s = oci_scan_text_skip(s, 1);
    }
}


/* OR and AND bind to the left, WITH to the right */

static spdx_node_t *
spdx_parse(spdx_t *x, spdx_token_e op, unsigned depth)
{
    spdx_node_t  *left, *node;

    if (depth > SPDX_DEPTH) {
        x->rc = OCI_INVALID;
    }

    if (x->rc != OCI_OK) {
        return NULL;
    }

    left = op == SPDX_WITH ? spdx_primary(x, depth)
                           : spdx_parse(x, op + 1, depth);

    while (x->rc == OCI_OK && x->token == op) {

        node = spdx_node(x, op);
        if (node == NULL) {
            return NULL;
        }

        spdx_next(x);
        node->left = left;
        node->right = spdx_parse(x, op == SPDX_WITH ? op : op + 1,
                                 depth + (op == SPDX_WITH));
        left = node;
    }

    return left;
}


static spdx_node_t *
spdx_primary(spdx_t *x, unsigned depth)
{
    oci_buf_t     b;
    spdx_node_t  *node;

    if (x->token == SPDX_OPEN) {
        spdx_next(x);
        node = spdx_parse(x, SPDX_OR, depth + 1);

        if (x->rc == OCI_OK && x->token != SPDX_CLOSE) {
            x->rc = OCI_INVALID;
        }

        spdx_next(x);
        return node;
    }

    if (x->token != SPDX_NAME) {
        x->rc = x->rc == OCI_OK ? OCI_INVALID : x->rc;
        return NULL;
    }

    node = spdx_node(x, SPDX_NAME);
    if (node == NULL) {
        return NULL;
    }

    memset(&b, 0, sizeof(oci_buf_t));

    do {
        oci_buf_adds(&b, b.len == 0 ? "" : " ");
        oci_buf_add(&b, x->text.data, x->text.len);
        spdx_next(x);
    } while (x->rc == OCI_OK && x->token == SPDX_NAME);

    node->name = oci_buf_end(&b, x->pool);

    if (node->name.data == NULL) {
        x->rc = OCI_NOMEM;
    }

    if (x->token == SPDX_PLUS) {
        node->plus = true;
        spdx_next(x);
    }

    return node;
}


static spdx_node_t *
spdx_node(spdx_t *x, spdx_token_e kind)
{
    spdx_node_t  *node;

    node = oci_pcalloc(x->pool, sizeof(spdx_node_t));

    if (node == NULL) {
        x->rc = OCI_NOMEM;
        return NULL;
    }

    node->kind = kind;

    return node;
}


static void
spdx_next(spdx_t *x)
{
    size_t  i, n;

    while (x->rest.len != 0 && isspace(x->rest.data[0])) {
        x->rest = oci_scan_text_skip(x->rest, 1);
    }

    if (x->rest.len == 0) {
        x->token = SPDX_END;
        return;
    }

    if (x->rc == OCI_OK && ++x->tokens > SPDX_TOKENS) {
        x->rc = OCI_INVALID;
    }

    n = spdx_word(&x->rest);
    x->text = x->rest;
    x->text.len = n;
    x->rest = oci_scan_text_skip(x->rest, n);

    x->token = x->text.data[0] == '(' ? SPDX_OPEN
               : x->text.data[0] == ')' ? SPDX_CLOSE
               : x->text.data[0] == '+' ? SPDX_PLUS : SPDX_NAME;

    for (i = SPDX_OR; i <= SPDX_WITH; i++) {
        if (n == strlen(spdx_words[i])
            && strncasecmp((char *) x->text.data, spdx_words[i], n) == 0)
        {
            x->token = (spdx_token_e) i;
        }
    }
}


/* a plus ends a word only where the word would end anyway */

static size_t
spdx_word(const oci_str_t *s)
{
    size_t  i;

    if (strchr("()+", s->data[0]) != NULL && s->data[0] != '\0') {
        return 1;
    }

    for (i = 1; i < s->len; i++) {

        if (isspace(s->data[i]) || s->data[i] == '(' || s->data[i] == ')') {
            break;
        }

        if (s->data[i] == '+'
            && (i + 1 == s->len || isspace(s->data[i + 1])
                || s->data[i + 1] == '(' || s->data[i + 1] == ')'))
        {
            break;
        }
    }

    return i;
}


/* from the top down: a change may make one name of a pair */

static void
spdx_walk(spdx_t *x, spdx_node_t *node, spdx_change_pt change)
{
    if (x->rc != OCI_OK) {
        return;
    }

    change(x, node);

    if (node->kind != SPDX_NAME) {
        spdx_walk(x, node->left, change);
        spdx_walk(x, node->right, change);
    }
}


/* names in use for SPDX's own */

static void
spdx_normalize(spdx_t *x, spdx_node_t *node)
{
    bool       plus;
    oci_str_t  id, name;

    if (node->kind != SPDX_NAME && node->kind != SPDX_WITH) {
        return;
    }

    name = node->kind == SPDX_NAME ? node->name : spdx_text(x, node);

    if (license_known(x->pool, name, &id, &plus)) {
        node->kind = SPDX_NAME;
        node->name = id;
        node->plus = node->plus || plus;
    }
}


/* an identifier is of letters, digits, "-" and "." */

static void
spdx_spell(spdx_t *x, spdx_node_t *node)
{
    size_t       i, n;
    oci_str_t    s;
    const char  *found;

    if (node->kind == SPDX_WITH && node->right->kind == SPDX_NAME) {

        s = license_name(x->pool, &node->right->name, node->right->plus);
        found = license_list_exception(&s);

        if (found != NULL) {
            node->right->name = oci_str(found);
            node->right->plus = false;
        }
    }

    if (node->kind != SPDX_NAME) {
        return;
    }

    s = oci_str_dup(x->pool, node->name.data, node->name.len);
    if (s.data == NULL) {
        x->rc = OCI_NOMEM;
        return;
    }

    for (i = 0, n = 0; i < s.len; i++) {

        if ((s.data[i] & 0xc0) == 0x80) {
            continue;                       /* the rest of a character */
        }

        s.data[n++] = (s.data[i] < 0x80 && isalnum(s.data[i]))
                      || s.data[i] == '-' || s.data[i] == '.'
                      || s.data[i] == ':' ? s.data[i] : '-';
    }

    s.len = n;
    node->name = s;
}


static void
spdx_refer(spdx_t *x, spdx_node_t *node)
{
    oci_str_t  name;

    if (node->kind == SPDX_OR || node->kind == SPDX_AND
        || (node->kind == SPDX_NAME
            && oci_str_prefix(&node->name, "LicenseRef")))
    {
        return;
    }

    if (spdx_listed(x, node)) {

        if (node->kind == SPDX_WITH) {
            node->name = spdx_text(x, node);
            node->kind = SPDX_NAME;
        }

        return;
    }

    name = node->kind == SPDX_NAME ? node->name : spdx_text(x, node);
    node->name = spdx_other(x, &name, false);
    node->kind = SPDX_NAME;
    node->plus = false;
}


/* its id is a hash of what is said of it */

static oci_str_t
spdx_other(spdx_t *x, const oci_str_t *name, bool whole)
{
    uint64_t                   h;
    oci_str_t                  id;
    oci_scan_license_other_t  *other;

    other = oci_array_push(x->others);
    memset(&id, 0, sizeof(oci_str_t));

    if (other == NULL) {
        x->rc = OCI_NOMEM;
        return id;
    }

    other->whole = whole;
    other->name = whole ? oci_str("NOASSERTION") : *name;
    other->text = whole ? *name
                  : oci_strf(x->pool, "This component is licensed under "
                             "\"%.*s\"", (int) name->len, name->data);

    h = oci_scan_hash_struct("OtherLicense");
    oci_scan_hash_field(&h, "LicenseIdentifier", oci_scan_hash_text(""));
    oci_scan_hash_field_str(&h, "ExtractedText", &other->text);
    oci_scan_hash_field_str(&h, "LicenseName", &other->name);
    oci_scan_hash_field(&h, "LicenseCrossReferences", 0);
    oci_scan_hash_field(&h, "LicenseComment",
                        oci_scan_hash_text(whole ? oci_scan_license_whole_text
                                                 : ""));

    other->id = oci_strf(x->pool, "LicenseRef-%llx", (unsigned long long) h);
    x->rc = other->id.data == NULL ? OCI_NOMEM : x->rc;

    return other->id;
}


static bool
spdx_listed(spdx_t *x, const spdx_node_t *node)
{
    oci_str_t  name;

    if (node->kind == SPDX_NAME) {
        name = spdx_text(x, node);
        return oci_scan_license_id(&name) != NULL;
    }

    name = spdx_text(x, node->right);

    return spdx_listed(x, node->left)
           && (node->kind == SPDX_WITH
               ? license_list_exception(&name) != NULL
               : spdx_listed(x, node->right));
}


static oci_str_t
spdx_text(spdx_t *x, const spdx_node_t *node)
{
    oci_buf_t  b;
    oci_str_t  s;

    memset(&b, 0, sizeof(oci_buf_t));
    spdx_print(x, &b, node);
    s = oci_buf_end(&b, x->pool);

    if (s.data == NULL) {
        x->rc = OCI_NOMEM;
    }

    return s;
}


static void
spdx_print(spdx_t *x, oci_buf_t *b, const spdx_node_t *node)
{
    oci_str_t  s;

    if (node->kind == SPDX_NAME) {
        s = license_name(x->pool, &node->name, node->plus);
        oci_buf_add(b, s.data, s.len);
        return;
    }

    spdx_operand(x, b, node->left, node->kind);
    oci_buf_addf(b, " %s ", spdx_words[node->kind]);
    spdx_operand(x, b, node->right, node->kind);
}


static void
spdx_operand(spdx_t *x, oci_buf_t *b, const spdx_node_t *node,
    spdx_token_e op)
{
    bool  looser;

    looser = node->kind != SPDX_NAME && op > node->kind;

    oci_buf_adds(b, looser ? "(" : "");
    spdx_print(x, b, node);
    oci_buf_adds(b, looser ? ")" : "");
}
