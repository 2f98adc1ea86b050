/*
 * An issuer of tokens whose keys are found by asking it.
 */

#include "oci_issuer.h"
#include "oci_json.h"

#include <string.h>


static bool oci_issuer_url(const oci_str_t *url, const char *not);


oci_status_e
oci_issuer_valid(const oci_str_t *issuer, oci_error_t *err)
{
    return oci_issuer_url(issuer, "?#")
           ? OCI_OK
           : oci_error(err, OCI_INVALID, 0,
                       "\"%.*s\" is no issuer whose keys can be asked for: "
                       "https://HOST[:PORT][/PATH]", (int) issuer->len,
                       issuer->data);
}


/* https, a host and no user, and none of the characters of not */

static bool
oci_issuer_url(const oci_str_t *url, const char *not)
{
    size_t      i;
    oci_str_t   host;

    if (!oci_str_prefix(url, "https://")) {
        return false;
    }

    host.data = url->data + 8;
    host.len = 0;

    for (i = 8; i < url->len; i++) {
        if (url->data[i] <= ' ' || url->data[i] >= 0x7f
            || strchr("\"<>\\^`{|}", url->data[i]) != NULL
            || strchr(not, url->data[i]) != NULL)
        {
            return false;
        }
    }

    while (host.len < url->len - 8
           && strchr("/?#", host.data[host.len]) == NULL)
    {
        host.len++;
    }

    return host.len != 0 && memchr(host.data, '@', host.len) == NULL;
}


oci_status_e
oci_issuer_document(oci_str_t *keys, oci_pool_t *pool,
    const oci_str_t *issuer, const oci_str_t *text, oci_error_t *err)
{
    json_t        *json;
    oci_str_t      says, uri;
    oci_status_e   rc;

    json = oci_json_load(text->data, text->len, OCI_JSON_DUPLICATES, err);

    if (json == NULL) {
        return OCI_INVALID;
    }

    says = oci_json_str(json, "issuer");
    uri = oci_json_str(json, "jwks_uri");

    if (!oci_str_eq(&says, issuer)) {
        rc = oci_error(err, OCI_INVALID, 0,
                       "the document of \"%.*s\" names another issuer",
                       (int) issuer->len, issuer->data);

    } else if (!oci_issuer_url(&uri, "#")) {
        rc = oci_error(err, OCI_INVALID, 0,
                       "the issuer \"%.*s\" has no https address of its keys",
                       (int) issuer->len, issuer->data);

    } else {
        *keys = oci_str_dup(pool, uri.data, uri.len);
        rc = (keys->data != NULL) ? OCI_OK : oci_nomem(err);
    }

    json_decref(json);

    return rc;
}


oci_status_e
oci_issuer_fetch(const oci_fetch_t *fetch, oci_str_t *keys, oci_pool_t *pool,
    const oci_str_t *issuer, const char *cacert, oci_error_t *err)
{
    size_t        len;
    oci_str_t     url, text, where;
    oci_status_e  rc;

    len = issuer->len;

    if (issuer->data[len - 1] == '/') {
        len--;
    }

    url = oci_strf(pool, "%.*s/.well-known/openid-configuration", (int) len,
                   issuer->data);
    if (url.data == NULL) {
        return oci_nomem(err);
    }

    rc = oci_fetch(fetch, &text, pool, (char *) url.data, cacert,
                   OCI_ISSUER_SECONDS / 2, OCI_ISSUER_MAX, err);

    if (rc == OCI_OK) {
        rc = oci_issuer_document(&where, pool, issuer, &text, err);
    }

    if (rc != OCI_OK) {
        return rc;
    }

    return oci_fetch(fetch, keys, pool, (char *) where.data, cacert,
                     OCI_ISSUER_SECONDS / 2, OCI_ISSUER_MAX, err);
}


/* a clock that was set back makes keys older, never younger */

bool
oci_issuer_usable(const oci_issuer_times_t *times, int64_t now)
{
    return times->fetched != 0 && times->fetched <= now
           && now - times->fetched < OCI_ISSUER_STALE;
}


bool
oci_issuer_due(const oci_issuer_times_t *times, int64_t now, int64_t every,
    bool missing)
{
    bool     usable;
    int64_t  wait;

    usable = oci_issuer_usable(times, now);
    wait = (usable || every < OCI_ISSUER_RETRY) ? every : OCI_ISSUER_RETRY;

    if (times->tried != 0 && times->tried <= now
        && now - times->tried < wait)
    {
        return false;
    }

    return missing || !usable || now - times->fetched >= OCI_ISSUER_FRESH;
}
