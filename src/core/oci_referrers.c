/*
 * Referrers: which manifests have a given subject.
 *
 * The index is a set of links beside the manifests, at the place where the
 * ORAS fork of distribution keeps them:
 *
 *     _referrers/subjects/<alg>/<subject>/<alg>/<referrer>/link
 *
 * A link only repeats what the referrer's own bytes say, so it never becomes
 * wrong and is never removed; whether the referrer still exists is looked up
 * in the tree.  Manifests that came by another way than through this library
 * are found by comparing the revisions with those that were seen before.
 * Those that were there but could not be read (another registry makes the
 * directory first and the link later; it leaves the one of a manifest that it
 * deleted, and uses it again) are remembered, and tried again each time.
 *
 * Sources: OCI Distribution Specification 1.1, "Listing Referrers" and
 * "Referrers Tag Schema"; oras-project/distribution, paths.go.
 */

#include "oci_file.h"
#include "oci_json.h"
#include "oci_layout.h"
#include "oci_link.h"
#include "oci_list.h"
#include "oci_manifest.h"

#include <stdlib.h>
#include <string.h>


#define OCI_UNREAD_MAX  (64 * 1024 * 1024)


typedef struct {
    const oci_repo_t    *repo;
    const oci_digest_t  *subject;
    const oci_digest_t  *last;          /* NULL: from the first on */
    oci_array_t          found;         /* oci_digest_t */
    oci_error_t         *err;
} oci_referrers_t;


static oci_status_e oci_referrers_index(oci_referrers_t *r, oci_alg_e alg);
static oci_status_e oci_referrers_retry(oci_referrers_t *r, oci_alg_e alg,
    oci_list_t *list, oci_list_t *before, oci_buf_t *unread);
static oci_status_e oci_referrers_compare(oci_referrers_t *r, oci_alg_e alg,
    oci_list_t *list, oci_list_t *before, oci_buf_t *unread);
static char *oci_referrers_unread(oci_referrers_t *r, oci_list_t *list);
static bool oci_referrers_doubts(oci_referrers_t *r, oci_list_t *list,
    const oci_buf_t *unread);
static oci_status_e oci_referrers_learn(oci_referrers_t *r, oci_alg_e alg,
    const oci_str_t *hex, oci_buf_t *unread);
static oci_status_e oci_referrers_note(const oci_repo_t *repo,
    const oci_digest_t *subject, const oci_digest_t *digest);
static oci_status_e oci_referrers_collect(oci_referrers_t *r, oci_alg_e alg);
static oci_status_e oci_referrers_fallback(oci_referrers_t *r);
static oci_status_e oci_referrers_found(oci_referrers_t *r,
    const oci_str_t *text);
static int oci_referrers_cmp(const void *one, const void *two);
static oci_status_e oci_referrers_give(oci_referrers_t *r,
    oci_referrer_pt each, void *data);


oci_status_e
oci_fs_referrers(const oci_repo_t *repo, const oci_digest_t *subject,
    const oci_digest_t *last, oci_referrer_pt each, void *data,
    oci_error_t *err)
{
    oci_alg_e        alg;
    oci_status_e     rc;
    oci_referrers_t  r = { repo, subject, last, { 0 }, err };

    oci_array_init(&r.found, repo->pool, sizeof(oci_digest_t));

    for (alg = OCI_SHA256; alg <= OCI_SHA512; alg++) {
        rc = oci_referrers_index(&r, alg);

        if (rc == OCI_OK) {
            rc = oci_referrers_collect(&r, alg);
        }

        if (rc != OCI_OK) {
            return rc;
        }
    }

    rc = oci_referrers_fallback(&r);
    if (rc != OCI_OK) {
        return rc;
    }

    return oci_referrers_give(&r, each, data);
}


/* brings the index up to date with the revisions that are there */

static oci_status_e
oci_referrers_index(oci_referrers_t *r, oci_alg_e alg)
{
    oci_buf_t     unread = oci_null_buf;
    oci_list_t   *list, *before;
    oci_error_t   err = { OCI_OK, 0, "" };
    oci_status_e  rc;

    rc = oci_list_open(&list, r->repo->store, r->repo->pool,
                       oci_layout_revisions_of(r->repo, alg),
                       &err);

    if (rc == OCI_NOT_FOUND) {
        return OCI_OK;
    }

    if (rc != OCI_OK) {
        return oci_error(r->err, rc, 0, "%s", err.text);
    }

    before = oci_list_unchanged(list) ? list : oci_list_before(list);

    rc = oci_referrers_retry(r, alg, list, before, &unread);

    if (rc == OCI_OK && !oci_list_unchanged(list)) {
        rc = oci_referrers_compare(r, alg, list, before, &unread);
    }

    if (rc == OCI_OK && unread.failed) {
        rc = oci_nomem(r->err);
    }

    /* first the unread, then the listing that says they were seen */

    if (rc == OCI_OK && oci_referrers_doubts(r, list, &unread)) {
        oci_list_save(list);
    }

    oci_buf_free(&unread);

    return rc;
}


/* those that could not be read the last time */

static oci_status_e
oci_referrers_retry(oci_referrers_t *r, oci_alg_e alg, oci_list_t *list,
    oci_list_t *before, oci_buf_t *unread)
{
    u_char        *p, *last, *lf;
    oci_str_t      names, hex;
    oci_status_e   rc;

    /* never listed before: all of them are new */

    if (before == NULL
        || oci_file_read(r->repo->pool, oci_referrers_unread(r, list),
                         OCI_UNREAD_MAX, &names, NULL) != OCI_OK)
    {
        return OCI_OK;
    }

    last = names.data + names.len;

    for (p = names.data; p < last; p = lf + 1) {
        lf = memchr(p, '\n', (size_t) (last - p));
        if (lf == NULL) {
            break;
        }

        hex.data = p;
        hex.len = (size_t) (lf - p);

        rc = oci_referrers_learn(r, alg, &hex, unread);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
}


/* those that are new since */

static oci_status_e
oci_referrers_compare(oci_referrers_t *r, oci_alg_e alg, oci_list_t *list,
    oci_list_t *before, oci_buf_t *unread)
{
    size_t        pos, old;
    oci_str_t     hex, seen;
    oci_status_e  rc;

    pos = 0;

    while (oci_list_next(list, &pos, &hex)) {

        if (before != NULL) {
            old = oci_list_seek(before, &hex, true);

            if (oci_list_next(before, &old, &seen)
                && oci_str_eq(&seen, &hex))
            {
                continue;
            }
        }

        rc = oci_referrers_learn(r, alg, &hex, unread);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
}


static char *
oci_referrers_unread(oci_referrers_t *r, oci_list_t *list)
{
    return (char *) oci_strf(r->repo->pool, "%s.unread",
                             oci_list_file(list)).data;
}


/* writes down what is still unread; false when that is not possible */

static bool
oci_referrers_doubts(oci_referrers_t *r, oci_list_t *list,
    const oci_buf_t *unread)
{
    char       *path;
    oci_str_t   names;

    if (r->repo->store->flags & OCI_STORE_READONLY) {
        return false;
    }

    path = oci_referrers_unread(r, list);

    if (oci_file_read(r->repo->pool, path, OCI_UNREAD_MAX, &names, NULL)
        != OCI_OK)
    {
        names.len = 0;
    }

    if (names.len == unread->len
        && (names.len == 0
            || memcmp(names.data, unread->data, names.len) == 0))
    {
        return true;
    }

    return oci_file_publish(path, unread->data, unread->len,
                            oci_store_syncs(r->repo->store), NULL)
           == OCI_OK;
}


/* what can be read but is no manifest of ours has no subject either */

static oci_status_e
oci_referrers_learn(oci_referrers_t *r, oci_alg_e alg, const oci_str_t *hex,
    oci_buf_t *unread)
{
    bool            refers;
    oci_str_t       content, text, none = oci_null_string;
    oci_repo_t      temp;
    oci_digest_t    digest;
    oci_status_e    rc;
    oci_manifest_t  m;

    temp = *r->repo;
    temp.pool = oci_pool_create();

    if (temp.pool == NULL) {
        return oci_nomem(r->err);
    }

    text = oci_strf(temp.pool, "%s:%.*s", oci_alg_name(alg), (int) hex->len,
                    hex->data);

    /* a foreign directory among ours */

    if (text.data != NULL && oci_digest_parse(&digest, &text) != OCI_OK) {
        oci_pool_destroy(temp.pool);
        return OCI_OK;
    }

    rc = (text.data == NULL) ? OCI_NOMEM
         : oci_revision_read(&temp, &digest, OCI_MANIFEST_MAX, &content,
                             NULL);

    if (rc == OCI_OK) {
        rc = oci_manifest_parse(&m, temp.pool, &content, &none, NULL);
    }

    refers = (rc == OCI_OK && m.subject != NULL);

    if (refers) {
        rc = oci_referrers_note(&temp, &m.subject->digest, &digest);
    }

    if (rc == OCI_INVALID || rc == OCI_LIMIT) {
        rc = OCI_OK;

    } else if (rc != OCI_OK) {
        oci_buf_add(unread, hex->data, hex->len);
        oci_buf_adds(unread, "\n");
        rc = OCI_OK;

        /* a store that cannot be written to can be read */

        if (refers && oci_digest_eq(&m.subject->digest, r->subject)) {
            rc = oci_referrers_found(r, &text);
        }
    }

    oci_pool_destroy(temp.pool);

    return rc;
}


/* a read that writes: what is derived can be found again */

static oci_status_e
oci_referrers_note(const oci_repo_t *repo, const oci_digest_t *subject,
    const oci_digest_t *digest)
{
    if (repo->store->flags & OCI_STORE_READONLY) {
        return OCI_DENIED;
    }

    return oci_file_publish(oci_layout_referrer(repo, subject, digest),
                            digest->text, digest->len,
                            oci_store_syncs(repo->store), NULL);
}


static oci_status_e
oci_referrers_collect(oci_referrers_t *r, oci_alg_e alg)
{
    size_t        pos;
    oci_str_t     hex, text;
    oci_list_t   *list;
    oci_error_t   err = { OCI_OK, 0, "" };
    oci_status_e  rc;

    rc = oci_list_open(&list, r->repo->store, r->repo->pool,
                       oci_layout_subject(r->repo, r->subject, alg),
                       &err);

    if (rc == OCI_NOT_FOUND) {
        return OCI_OK;
    }

    if (rc != OCI_OK) {
        return oci_error(r->err, rc, 0, "%s", err.text);
    }

    pos = 0;

    while (oci_list_next(list, &pos, &hex)) {
        text = oci_strf(r->repo->pool, "%s:%.*s", oci_alg_name(alg),
                        (int) hex.len, hex.data);

        rc = oci_referrers_found(r, &text);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
}


/* clients of a registry without a referrers API keep an index by this tag */

static oci_status_e
oci_referrers_fallback(oci_referrers_t *r)
{
    size_t          i;
    oci_str_t       tag, content, text, none = oci_null_string;
    oci_digest_t    digest;
    oci_status_e    rc;
    oci_manifest_t  m;

    tag = oci_strf(r->repo->pool, "%s-%.64s", oci_alg_name(r->subject->alg),
                   oci_digest_hex(r->subject));

    if (oci_fs_tag(r->repo, &tag, &digest, NULL)
        != OCI_OK
        || oci_revision_read(r->repo, &digest, OCI_MANIFEST_MAX, &content,
                             NULL) != OCI_OK
        || oci_manifest_parse(&m, r->repo->pool, &content, &none, NULL)
           != OCI_OK
        || m.kind != OCI_INDEX)
    {
        return OCI_OK;
    }

    for (i = 0; i < m.nparts; i++) {
        text = oci_digest_str(&m.parts[i].digest);

        rc = oci_referrers_found(r, &text);
        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
}


static oci_status_e
oci_referrers_found(oci_referrers_t *r, const oci_str_t *text)
{
    oci_digest_t  digest, *found;

    /* a foreign directory among ours */

    if (text->data == NULL || oci_digest_parse(&digest, text) != OCI_OK) {
        return OCI_OK;
    }

    found = oci_array_push(&r->found);
    if (found == NULL) {
        return oci_nomem(r->err);
    }

    *found = digest;

    return OCI_OK;
}


static int
oci_referrers_cmp(const void *one, const void *two)
{
    const oci_digest_t  *a = one, *b = two;

    return strcmp(a->text, b->text);
}


/* those that exist, each once; the memory of one at a time */

static oci_status_e
oci_referrers_give(oci_referrers_t *r, oci_referrer_pt each, void *data)
{
    size_t           i;
    oci_repo_t       temp;
    oci_digest_t    *found;
    oci_status_e     rc;
    oci_referrer_t   referrer;

    found = r->found.elts;

    if (r->found.nelts != 0) {
        qsort(found, r->found.nelts, sizeof(oci_digest_t), oci_referrers_cmp);
    }

    for (i = 0; i < r->found.nelts; i++) {

        if ((i > 0 && oci_digest_eq(&found[i], &found[i - 1]))
            || (r->last != NULL && oci_referrers_cmp(&found[i], r->last) <= 0))
        {
            continue;
        }

        temp = *r->repo;
        temp.pool = oci_pool_create();

        if (temp.pool == NULL) {
            return oci_nomem(r->err);
        }

        referrer.digest = found[i];

        rc = oci_revision_read(&temp, &found[i], OCI_MANIFEST_MAX,
                               &referrer.content, NULL);

        if (rc == OCI_OK) {
            rc = each(data, &referrer, r->err);

        } else if (rc == OCI_NOT_FOUND || rc == OCI_LIMIT) {
            rc = OCI_OK;

        } else {
            rc = oci_error(r->err, rc, 0, "cannot read manifest %s",
                           found[i].text);
        }

        oci_pool_destroy(temp.pool);

        if (rc != OCI_OK) {
            return rc;
        }
    }

    return OCI_OK;
}
