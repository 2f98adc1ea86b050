/*
 * The version of a program's own module: what its build info says, else what
 * its linker's flags or its symbols were given.
 */

#include "go_version.h"
#include "base/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>


#define OCI_SCAN_GO_VERSION  256


/* versions that -X or a symbol gives, by how much they are to be believed */

typedef struct {
    const oci_str_t  *module;
    oci_pool_t       *pool;
    oci_str_t         version[3];
    unsigned          count[3];
} go_stamps_t;


static bool go_pseudo(oci_str_t v);
static oci_str_t go_flags(const go_main_t *m);
static bool go_word(oci_pool_t *pool, oci_str_t *rest, oci_str_t *word);
static bool go_symbol(void *ctx, const oci_str_t *name,
    const oci_str_t *bytes);
static void go_stamp(go_stamps_t *s, oci_str_t key, oci_str_t value);
static oci_str_t go_stamped(const go_stamps_t *s);
static bool go_semver(oci_str_t v);
static bool go_identifiers(oci_str_t s, bool prerelease);


oci_str_t
go_version(const go_main_t *m)
{
    oci_str_t    v, stamped;
    go_stamps_t  s;

    v = m->version;

    if (oci_str_is(&v, "(devel)")) {
        v.len = 0;
    }

    if (v.len != 0 && !go_pseudo(v)) {
        return v;
    }

    stamped = go_flags(m);

    if (stamped.len == 0 && m->elf != NULL) {
        memset(&s, 0, sizeof(go_stamps_t));
        s.module = &m->name;
        s.pool = m->pool;
        elf_symbols(m->elf, go_symbol, &s);
        stamped = go_stamped(&s);
    }

    return (stamped.len != 0) ? stamped : v;
}


/* ...-20200220183623-bac4c82f6975, with what may follow a plus */

static bool
go_pseudo(oci_str_t v)
{
    size_t     i;
    ssize_t    dash;
    oci_str_t  rest, stamp;

    (void) oci_scan_text_cut(v, '+', &v, &rest);
    dash = oci_scan_text_find_last(&v, '-');

    if (dash < 16 || !go_semver(v)) {
        return false;
    }

    stamp.data = v.data + dash - 14;
    stamp.len = 14;

    for (i = 0; i < stamp.len; i++) {
        if (!isdigit(stamp.data[i])) {
            return false;
        }
    }

    return stamp.data[-1] == '.' || stamp.data[-1] == '-';
}


/* -X key=value, of -ldflags */

static oci_str_t
go_flags(const go_main_t *m)
{
    oci_str_t    rest, word, key, value;
    go_stamps_t  s;

    memset(&s, 0, sizeof(go_stamps_t));
    s.module = &m->name;
    s.pool = m->pool;
    rest = m->ldflags;

    while (go_word(m->pool, &rest, &word)) {

        if (!oci_scan_text_cut_prefix(&word, "-X")) {
            continue;
        }

        (void) oci_scan_text_cut_prefix(&word, "=");

        if (word.len == 0 && !go_word(m->pool, &rest, &word)) {
            break;
        }

        if (oci_scan_text_cut(word, '=', &key, &value)) {
            go_stamp(&s, oci_scan_text_trim_set(key, "'"),
                     oci_scan_text_trim_set(value, "'"));
        }
    }

    return go_stamped(&s);
}


/* a word as a shell splits them */

static bool
go_word(oci_pool_t *pool, oci_str_t *rest, oci_str_t *word)
{
    size_t   i, n;
    u_char   quote, c;

    while (rest->len != 0 && isspace(rest->data[0])) {
        *rest = oci_scan_text_skip(*rest, 1);
    }

    if (rest->len == 0) {
        return false;
    }

    word->data = oci_palloc(pool, rest->len + 1);
    if (word->data == NULL) {
        return false;
    }

    quote = '\0';

    for (i = 0, n = 0; i < rest->len; i++) {

        c = rest->data[i];

        if (quote == '\0' && isspace(c)) {
            break;
        }

        if (c == quote && quote != '\0') {
            quote = '\0';

        } else if (quote == '\0' && (c == '"' || c == '\'')) {
            quote = c;

        } else {
            if (c == '\\' && quote != '\'' && i + 1 < rest->len) {
                c = rest->data[++i];
            }

            word->data[n++] = c;
        }
    }

    word->data[n] = '\0';
    word->len = n;
    *rest = oci_scan_text_skip(*rest, i);
    return true;
}


static bool
go_symbol(void *ctx, const oci_str_t *name, const oci_str_t *bytes)
{
    oci_str_t  key, value;

    key = *name;
    value = *bytes;
    (void) oci_scan_text_cut_suffix(&key, ".str");

    while (value.len != 0 && value.data[value.len - 1] == '\0') {
        value.len--;
    }

    if (value.len < OCI_SCAN_GO_VERSION) {
        go_stamp(ctx, key, value);
    }

    return true;
}


/* below cmd/ of the module, in a customary place, anywhere else */

static void
go_stamp(go_stamps_t *s, oci_str_t key, oci_str_t value)
{
    unsigned   tier;
    oci_str_t  lower, place, rest;

    lower = oci_scan_text_lower(s->pool, &key);

    if ((!oci_str_suffix(&lower, ".version")
         && !oci_str_suffix(&lower, ".ver")) || !go_semver(value))
    {
        return;
    }

    place = oci_scan_text_base(&lower);
    (void) oci_scan_text_cut(place, '.', &place, &rest);
    rest = key;

    if (key.len > s->module->len
        && memcmp(key.data, s->module->data, s->module->len) == 0)
    {
        rest = oci_scan_text_skip(key, s->module->len);

    } else {
        rest.len = 0;
    }

    if (oci_str_prefix(&rest, "/cmd/")) {
        tier = 0;

    } else if (oci_str_is(&place, "main") || oci_str_is(&place, "common")
               || oci_str_is(&place, "version") || oci_str_is(&place, "cmd"))
    {
        tier = 1;

    } else {
        tier = 2;
    }

    s->version[tier] = value;
    s->count[tier]++;
}


/* two that differ in rank are no doubt, two of one rank are */

static oci_str_t
go_stamped(const go_stamps_t *s)
{
    unsigned   tier;
    oci_str_t  none = oci_null_string;

    for (tier = 0; tier < 3; tier++) {
        if (s->count[tier] != 0) {
            return (s->count[tier] == 1) ? s->version[tier] : none;
        }
    }

    return none;
}


/* v1, v1.2, v1.2.3-pre+build; the v may be missing */

static bool
go_semver(oci_str_t v)
{
    size_t     n, parts;
    bool       plus, dash;
    oci_str_t  core, pre, build;

    (void) oci_scan_text_cut_prefix(&v, "v");
    plus = oci_scan_text_cut(v, '+', &core, &build);
    dash = oci_scan_text_cut(core, '-', &core, &pre);

    for (parts = 0; parts < 3; parts++) {

        for (n = 0; n < core.len && isdigit(core.data[n]); n++) {
            /* a number */
        }

        if (n == 0 || (n > 1 && core.data[0] == '0')) {
            return false;
        }

        core = oci_scan_text_skip(core, n);

        if (core.len == 0) {
            break;
        }

        if (!oci_scan_text_cut_prefix(&core, ".")) {
            return false;
        }
    }

    return core.len == 0 && parts < 3
           && (parts == 2 || (!plus && !dash))
           && (!dash || go_identifiers(pre, true))
           && (!plus || go_identifiers(build, false));
}


static bool
go_identifiers(oci_str_t s, bool prerelease)
{
    size_t     i;
    bool       number;
    oci_str_t  part;

    if (s.len == 0 || s.data[s.len - 1] == '.') {
        return false;
    }

    while (oci_scan_text_split(&s, '.', &part)) {

        number = true;

        for (i = 0; i < part.len; i++) {

            if (!isalnum(part.data[i]) && part.data[i] != '-') {
                return false;
            }

            number = number && isdigit(part.data[i]);
        }

        if (part.len == 0
            || (prerelease && number && part.len > 1 && part.data[0] == '0'))
        {
            return false;
        }
    }

    return true;
}
