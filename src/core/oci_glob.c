/*
 * Patterns of names.
 */

#include "oci_glob.h"
#include "oci_reference.h"

#include <string.h>


/* bytes of a compiled pattern that no name has */

#define OCI_GLOB_ONE   0x01     /* "?" */
#define OCI_GLOB_STAR  0x02     /* "*" */
#define OCI_GLOB_ALL   0x03     /* "**" */
#define OCI_GLOB_DEEP  0x04     /* "**" and its slash, or nothing */
#define OCI_GLOB_USER  0x05


typedef struct {
    const u_char  *p;           /* in the pattern; NULL: there is none */
    const u_char  *s;           /* in the text */
} oci_glob_mark_t;


static size_t oci_glob_token(const oci_str_t *pattern, size_t i,
    oci_glob_e kind, u_char *token);
static oci_status_e oci_glob_check(const oci_glob_t *glob, oci_glob_e kind,
    const oci_str_t *pattern, oci_error_t *err);
static bool oci_glob_component(const u_char *data, size_t len,
    oci_glob_e kind);
static bool oci_glob_alnum(u_char ch);
static const u_char *oci_glob_user(const u_char *s, const u_char *end,
    const oci_str_t *user);


oci_status_e
oci_glob_compile(oci_glob_t *glob, oci_pool_t *pool, oci_glob_e kind,
    const oci_str_t *pattern, oci_error_t *err)
{
    size_t   i;
    u_char  *p, *slash;

    memset(glob, 0, sizeof(oci_glob_t));

    if (pattern->len == 0 || pattern->len > OCI_GLOB_MAX) {
        return oci_error(err, OCI_INVALID, 0,
                         "a pattern has 1 to %d characters", OCI_GLOB_MAX);
    }

    glob->text = oci_str_dup(pool, pattern->data, pattern->len);
    if (glob->text.data == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    p = glob->text.data;
    slash = NULL;
    glob->literal = true;

    for (i = 0; i < pattern->len; p++) {

        if (pattern->data[i] < ' ' || pattern->data[i] == 0x7f) {
            return oci_error(err, OCI_INVALID, 0,
                             "a pattern holds no control characters");
        }

        i += oci_glob_token(pattern, i, kind, p);

        if (*p == '/' && glob->literal) {
            slash = p;
        }

        if (*p < ' ') {
            glob->literal = false;
        }

        if (*p == OCI_GLOB_USER) {
            glob->user = true;
        }
    }

    glob->text.len = (size_t) (p - glob->text.data);
    glob->prefix = glob->text;

    if (!glob->literal) {
        glob->prefix.len = (slash != NULL)
                           ? (size_t) (slash - glob->text.data) : 0;
    }

    return oci_glob_check(glob, kind, pattern, err);
}


/* what stands at i, and how many characters it takes */

static size_t
oci_glob_token(const oci_str_t *pattern, size_t i, oci_glob_e kind,
    u_char *token)
{
    size_t     n;
    oci_str_t  rest;

    rest.data = pattern->data + i;
    rest.len = pattern->len - i;

    if (rest.data[0] == '?') {
        *token = OCI_GLOB_ONE;
        return 1;
    }

    if (rest.data[0] == '*') {
        for (n = 1; n < rest.len && rest.data[n] == '*'; n++) { /* void */ }

        if (kind != OCI_GLOB_REPOSITORY) {
            *token = OCI_GLOB_ALL;
            return n;
        }

        if (n == 2 && rest.len > 2 && rest.data[2] == '/'
            && (i == 0 || pattern->data[i - 1] == '/'))
        {
            *token = OCI_GLOB_DEEP;
            return 3;
        }

        *token = (n == 1) ? OCI_GLOB_STAR : OCI_GLOB_ALL;
        return n;
    }

    if (kind != OCI_GLOB_TEXT) {

        if (oci_str_prefix(&rest, "${user}")) {
            *token = OCI_GLOB_USER;
            return sizeof("${user}") - 1;
        }

        n = sizeof("$user") - 1;

        if (oci_str_prefix(&rest, "$user")
            && (rest.len == n || !oci_glob_alnum(rest.data[n])))
        {
            *token = OCI_GLOB_USER;
            return n;
        }
    }

    *token = rest.data[0];

    return 1;
}


static oci_status_e
oci_glob_check(const oci_glob_t *glob, oci_glob_e kind,
    const oci_str_t *pattern, oci_error_t *err)
{
    size_t   i, start, fixed;
    u_char  *p;

    if (kind == OCI_GLOB_TEXT) {
        return OCI_OK;
    }

    p = glob->text.data;
    fixed = 0;

    for (i = 0, start = 0; i <= glob->text.len; i++) {

        if (i < glob->text.len && p[i] >= ' ') {
            fixed++;
        }

        if (i < glob->text.len && p[i] == OCI_GLOB_DEEP) {
            start = i + 1;
            continue;
        }

        if (i < glob->text.len && (p[i] != '/' || kind == OCI_GLOB_TAG)) {
            continue;
        }

        if (!oci_glob_component(p + start, i - start, kind)) {
            return oci_error(err, OCI_INVALID, 0,
                             "\"%.*s\" can never match a %s",
                             (int) pattern->len, pattern->data,
                             kind == OCI_GLOB_TAG ? "tag"
                                                  : "repository");
        }

        start = i + 1;
    }

    if (fixed > (kind == OCI_GLOB_TAG ? OCI_TAG_MAX : OCI_NAME_MAX)) {
        return oci_error(err, OCI_INVALID, 0,
                         "a pattern of this length can never match");
    }

    return OCI_OK;
}


/* can this part of a compiled pattern match a component, or a tag? */

static bool
oci_glob_component(const u_char *data, size_t len, oci_glob_e kind)
{
    bool       literal;
    size_t     i;
    u_char     ch;
    oci_str_t  s;

    if (len == 0) {
        return false;
    }

    literal = true;

    for (i = 0; i < len; i++) {
        ch = data[i];

        if (ch < ' ') {
            literal = false;
            continue;
        }

        if (oci_glob_alnum(ch)) {
            if (kind == OCI_GLOB_REPOSITORY && ch >= 'A' && ch <= 'Z') {
                return false;
            }

            continue;
        }

        if (ch != '.' && ch != '_' && ch != '-') {
            return false;
        }

        /* a separator neither begins nor ends a name; "_" begins a tag */

        if (i == 0 && (kind == OCI_GLOB_REPOSITORY || ch != '_')) {
            return false;
        }

        if (i == len - 1 && kind == OCI_GLOB_REPOSITORY) {
            return false;
        }
    }

    s.data = (u_char *) data;
    s.len = len;

    return !literal || (kind == OCI_GLOB_TAG ? oci_tag_valid(&s)
                                             : oci_name_valid(&s));
}


static bool
oci_glob_alnum(u_char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z')
           || (ch >= '0' && ch <= '9');
}


oci_status_e
oci_glob_target(oci_glob_t *repo, oci_glob_t *tag, bool *tagged,
    oci_pool_t *pool, const oci_str_t *target, oci_error_t *err)
{
    u_char        *colon;
    oci_str_t      name, rest;
    oci_status_e   rc;

    name = *target;
    colon = (name.len != 0) ? memchr(name.data, ':', name.len) : NULL;
    *tagged = (colon != NULL);

    if (colon != NULL) {
        rest.data = colon + 1;
        rest.len = (size_t) (target->data + target->len - rest.data);
        name.len = (size_t) (colon - name.data);

        rc = oci_glob_compile(tag, pool, OCI_GLOB_TAG, &rest, err);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    return oci_glob_compile(repo, pool, OCI_GLOB_REPOSITORY, &name, err);
}


/*
 * After a failure the last "*" takes one character more, and when it cannot,
 * the last "**": an earlier one need never be tried again, as what follows it
 * has matched at the first place possible.
 */

bool
oci_glob_match(const oci_glob_t *glob, const oci_str_t *text,
    const oci_str_t *user)
{
    const u_char     *p, *s, *next, *pend, *send;
    oci_glob_mark_t   star = { NULL, NULL }, all = { NULL, NULL };

    p = glob->text.data;
    pend = p + glob->text.len;
    s = text->data;
    send = s + text->len;

    for ( ;; ) {

        if (p == pend && s == send) {
            return true;
        }

        if (p < pend) {

            switch (*p) {

            case OCI_GLOB_STAR:
                star.p = ++p;
                star.s = s;
                continue;

            case OCI_GLOB_ALL:
            case OCI_GLOB_DEEP:
                all.p = p++;
                all.s = s;
                star.p = NULL;
                continue;

            case OCI_GLOB_USER:
                next = oci_glob_user(s, send, user);

                if (next != NULL) {
                    s = next;
                    p++;
                    continue;
                }

                break;

            default:
                if (s < send && (*p == *s
                                 || (*p == OCI_GLOB_ONE && *s != '/')))
                {
                    p++;
                    s++;
                    continue;
                }
            }
        }

        if (star.p != NULL && star.s < send && *star.s != '/') {
            s = ++star.s;
            p = star.p;
            continue;
        }

        if (all.p == NULL) {
            return false;
        }

        /* of whole components, or of any characters */

        do {
            if (all.s == send) {
                return false;
            }

            all.s++;

        } while (*all.p == OCI_GLOB_DEEP && all.s[-1] != '/');

        s = all.s;
        p = all.p + 1;
        star.p = NULL;
    }
}


static const u_char *
oci_glob_user(const u_char *s, const u_char *end, const oci_str_t *user)
{
    if (user == NULL || user->len == 0 || user->len > (size_t) (end - s)
        || memchr(user->data, '/', user->len) != NULL
        || memcmp(s, user->data, user->len) != 0)
    {
        return NULL;
    }

    return s + user->len;
}
