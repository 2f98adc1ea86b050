/*
 * Names of repositories and tags, and references to images.
 */

#include "oci_reference.h"

#include <string.h>


#define OCI_HOST_MAX  255


static bool oci_alnum(u_char c);
static size_t oci_name_separator(const oci_str_t *name, size_t i);
static bool oci_host_valid(const oci_str_t *host);
static oci_status_e oci_reference_repo(oci_reference_t *ref,
    oci_pool_t *pool, const oci_str_t *name, oci_error_t *err);


bool
oci_name_valid(const oci_str_t *name)
{
    size_t  i, n;

    if (name->len == 0 || name->len > OCI_NAME_MAX) {
        return false;
    }

    for (i = 0; i < name->len; i += n) {

        if (!oci_alnum(name->data[i])) {
            return false;
        }

        while (i < name->len && oci_alnum(name->data[i])) {
            i++;
        }

        if (i == name->len) {
            return true;
        }

        n = oci_name_separator(name, i);
        if (n == 0) {
            return false;
        }
    }

    /* it ended with a separator */

    return false;
}


static bool
oci_alnum(u_char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}


/* the length of "/", ".", "_", "__" or any number of "-"; 0: none of them */

static size_t
oci_name_separator(const oci_str_t *name, size_t i)
{
    u_char  c;
    size_t  n;

    c = name->data[i];

    for (n = 1; i + n < name->len && name->data[i + n] == c; n++) {
        /* void */
    }

    switch (c) {

    case '/':
    case '.':
        return (n == 1) ? n : 0;

    case '_':
        return (n <= 2) ? n : 0;

    case '-':
        return n;

    default:
        return 0;
    }
}


bool
oci_tag_valid(const oci_str_t *tag)
{
    u_char  c;
    size_t  i;

    if (tag->len == 0 || tag->len > OCI_TAG_MAX) {
        return false;
    }

    for (i = 0; i < tag->len; i++) {
        c = tag->data[i];

        if (!(oci_alnum(c) || (c >= 'A' && c <= 'Z') || c == '_'
              || (i > 0 && (c == '.' || c == '-'))))
        {
            return false;
        }
    }

    return true;
}


oci_status_e
oci_reference_parse(oci_reference_t *ref, oci_pool_t *pool,
    const oci_str_t *text, oci_error_t *err)
{
    u_char     *at, *colon, *slash;
    oci_str_t   rest, part;

    memset(ref, 0, sizeof(oci_reference_t));
    rest = *text;

    at = (rest.len != 0) ? memchr(rest.data, '@', rest.len) : NULL;

    if (at != NULL) {
        part.data = at + 1;
        part.len = rest.len - (size_t) (at + 1 - rest.data);
        rest.len = (size_t) (at - rest.data);

        if (oci_digest_parse(&ref->digest, &part) != OCI_OK) {
            return oci_error(err, OCI_INVALID, 0, "could not parse "
                             "reference: \"%.*s\" has no valid digest",
                             (int) text->len, text->data);
        }
    }

    colon = (rest.len != 0) ? memrchr(rest.data, ':', rest.len) : NULL;
    slash = (rest.len != 0) ? memrchr(rest.data, '/', rest.len) : NULL;

    if (colon != NULL && (slash == NULL || colon > slash)) {
        part.data = colon + 1;
        part.len = rest.len - (size_t) (colon + 1 - rest.data);
        rest.len = (size_t) (colon - rest.data);

        if (!oci_tag_valid(&part)) {
            return oci_error(err, OCI_INVALID, 0, "could not parse "
                             "reference: \"%.*s\" has no valid tag",
                             (int) text->len, text->data);
        }

        ref->tag = oci_str_dup(pool, part.data, part.len);

    } else if (ref->digest.alg == OCI_ALG_NONE) {
        ref->tag = oci_str("latest");
    }

    return oci_reference_repo(ref, pool, &rest, err);
}


static oci_status_e
oci_reference_repo(oci_reference_t *ref, oci_pool_t *pool,
    const oci_str_t *name, oci_error_t *err)
{
    u_char     *slash;
    oci_str_t   host, repo;

    repo = *name;
    host.data = repo.data;
    slash = (repo.len != 0) ? memchr(repo.data, '/', repo.len) : NULL;
    host.len = (slash != NULL) ? (size_t) (slash - repo.data) : 0;

    /* the first component is a host when it cannot be part of a name */

    if (slash != NULL && (memchr(host.data, '.', host.len) != NULL
                          || memchr(host.data, ':', host.len) != NULL
                          || oci_str_is(&host, "localhost")))
    {
        repo.data += host.len + 1;
        repo.len -= host.len + 1;

        if (oci_str_is(&host, "docker.io")) {
            host = oci_str(OCI_HUB);
        }

    } else {
        host = oci_str(OCI_HUB);
    }

    if (!oci_host_valid(&host) || !oci_name_valid(&repo)) {
        return oci_error(err, OCI_INVALID, 0, "could not parse reference: "
                         "\"%.*s\" is not a repository", (int) name->len,
                         name->data);
    }

    ref->host = oci_str_dup(pool, host.data, host.len);

    if (oci_str_is(&host, OCI_HUB) && memchr(repo.data, '/', repo.len) == NULL)
    {
        ref->repo = oci_strf(pool, "library/%.*s", (int) repo.len, repo.data);

    } else {
        ref->repo = oci_str_dup(pool, repo.data, repo.len);
    }

    if (ref->host.data == NULL || ref->repo.data == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    return OCI_OK;
}


/* letters, digits, "-", ".", and ":" with brackets of IPv6: safe in a URL */

static bool
oci_host_valid(const oci_str_t *host)
{
    u_char  c;
    size_t  i;

    if (host->len == 0 || host->len > OCI_HOST_MAX) {
        return false;
    }

    for (i = 0; i < host->len; i++) {
        c = host->data[i];

        if (!(oci_alnum(c) || (c >= 'A' && c <= 'Z') || c == '-' || c == '.'
              || c == ':' || c == '[' || c == ']' || c == '_'))
        {
            return false;
        }
    }

    return true;
}


oci_str_t
oci_reference_context(const oci_reference_t *ref, oci_pool_t *pool)
{
    return oci_strf(pool, "%s/%s", ref->host.data, ref->repo.data);
}
