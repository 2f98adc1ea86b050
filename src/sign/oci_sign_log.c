/*
 * Transparency logs: promises, checkpoints, inclusion.
 */

#include "oci_sign_log.h"

#include <string.h>


static bool oci_sign_checkpoint_head(oci_pool_t *pool,
    oci_sign_checkpoint_t *checkpoint);
static bool oci_sign_checkpoint_line(oci_pool_t *pool,
    oci_sign_checkpoint_t *checkpoint, const u_char *p, size_t len);
static void oci_sign_node(const u_char *left, const u_char *right,
    u_char *out);
static oci_status_e oci_sign_proof_leaf(oci_pool_t *pool,
    const oci_str_t *body, u_char *leaf, oci_error_t *err);
static oci_status_e oci_sign_proof_v1(oci_pool_t *pool,
    const oci_sign_log_t *log, const oci_sign_entry_t *entry,
    const oci_sign_checkpoint_t *checkpoint, const u_char *leaf,
    oci_error_t *err);
static oci_status_e oci_sign_proof_v2(oci_pool_t *pool,
    const oci_sign_log_t *log, const oci_sign_entry_t *entry,
    const oci_sign_checkpoint_t *checkpoint, const u_char *leaf,
    oci_error_t *err);
static void oci_sign_log_sum(const oci_sign_log_t *log, oci_pool_t *pool,
    bool v2, u_char *sum);
static void oci_sign_log_hint(const oci_sign_log_t *log, oci_pool_t *pool,
    bool v2, u_char *hint);


oci_status_e
oci_sign_checkpoint_parse(oci_pool_t *pool, const oci_str_t *note,
    oci_sign_checkpoint_t *checkpoint, oci_error_t *err)
{
    u_char  *p, *end, *line;
    size_t   i;

    memset(checkpoint, 0, sizeof(oci_sign_checkpoint_t));
    oci_array_init(&checkpoint->signatures, pool, sizeof(oci_sign_cosign_t));

    /* the last empty line parts text and signatures */

    for (i = note->len, p = NULL; i > 1 && p == NULL; i--) {
        if (note->data[i - 1] == '\n' && note->data[i - 2] == '\n') {
            p = note->data + i;
        }
    }

    if (p == NULL) {
        return oci_error(err, OCI_INVALID, 0,
                         "checkpoint is not a signed note");
    }

    checkpoint->text.data = note->data;
    checkpoint->text.len = (size_t) (p - note->data) - 1;

    end = note->data + note->len;

    for (line = p; line < end; line = p + 1) {
        p = memchr(line, '\n', (size_t) (end - line));

        if (p == NULL
            || checkpoint->signatures.nelts == OCI_SIGN_MAX_COSIGNS
            || !oci_sign_checkpoint_line(pool, checkpoint, line,
                                         (size_t) (p - line)))
        {
            return oci_error(err, OCI_INVALID, 0,
                             "checkpoint has a malformed signature line");
        }
    }

    if (checkpoint->signatures.nelts == 0
        || !oci_sign_checkpoint_head(pool, checkpoint))
    {
        return oci_error(err, OCI_INVALID, 0, "checkpoint is malformed");
    }

    return OCI_OK;
}


static bool
oci_sign_checkpoint_head(oci_pool_t *pool, oci_sign_checkpoint_t *checkpoint)
{
    size_t      i;
    u_char     *p, *lf, *end;
    oci_str_t   line[3];

    p = checkpoint->text.data;
    end = p + checkpoint->text.len;

    for (i = 0; i < 3; i++, p = lf + 1) {
        lf = (p < end) ? memchr(p, '\n', (size_t) (end - p)) : NULL;

        if (lf == NULL) {
            return false;
        }

        line[i].data = p;
        line[i].len = (size_t) (lf - p);
    }

    checkpoint->origin = line[0];

    return line[0].len != 0
           && oci_str_number(&line[1], INT64_MAX, &checkpoint->size)
           && oci_sign_b64_decode(pool, &line[2], OCI_SIGN_B64_STD,
                                  &checkpoint->root) == OCI_OK
           && checkpoint->root.len == 32;
}


static bool
oci_sign_checkpoint_line(oci_pool_t *pool, oci_sign_checkpoint_t *checkpoint,
    const u_char *p, size_t len)
{
    u_char             *blank;
    oci_str_t           text, raw;
    oci_sign_cosign_t  *sig;

    static const char  dash[] = "\xe2\x80\x94 ";

    if (len < sizeof(dash) || memcmp(p, dash, sizeof(dash) - 1) != 0) {
        return false;
    }

    p += sizeof(dash) - 1;
    len -= sizeof(dash) - 1;

    blank = memchr(p, ' ', len);

    if (blank == NULL || blank == p) {
        return false;
    }

    text.data = blank + 1;
    text.len = len - (size_t) (text.data - p);

    if (oci_sign_b64_decode(pool, &text, OCI_SIGN_B64_STD, &raw) != OCI_OK
        || raw.len < 5)
    {
        return false;
    }

    sig = oci_array_push(&checkpoint->signatures);

    if (sig == NULL) {
        return false;
    }

    sig->name.data = (u_char *) p;
    sig->name.len = (size_t) (blank - p);
    memcpy(sig->hint, raw.data, 4);
    sig->signature.data = raw.data + 4;
    sig->signature.len = raw.len - 4;

    return true;
}


bool
oci_sign_checkpoint_v1(const oci_sign_checkpoint_t *checkpoint)
{
    size_t            i;
    const oci_str_t  *origin;

    origin = &checkpoint->origin;

    for (i = origin->len; i > 0; i--) {
        if (origin->data[i - 1] < '0' || origin->data[i - 1] > '9') {
            break;
        }
    }

    return i != origin->len && i >= 3
           && memcmp(origin->data + i - 3, " - ", 3) == 0;
}


bool
oci_sign_inclusion(const u_char *leaf, uint64_t index, uint64_t size,
    const oci_array_t *hashes, const u_char *root)
{
    u_char            r[32];
    size_t            i;
    uint64_t          fn, sn;
    const oci_str_t  *hash;

    if (index >= size) {
        return false;
    }

    fn = index;
    sn = size - 1;
    memcpy(r, leaf, 32);

    for (i = 0; i < hashes->nelts; i++) {
        hash = (const oci_str_t *) hashes->elts + i;

        if (sn == 0 || hash->len != 32) {
            return false;
        }

        if ((fn & 1) || fn == sn) {
            oci_sign_node(hash->data, r, r);

            while ((fn & 1) == 0 && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }

        } else {
            oci_sign_node(r, hash->data, r);
        }

        fn >>= 1;
        sn >>= 1;
    }

    return sn == 0 && memcmp(r, root, 32) == 0;
}


static void
oci_sign_node(const u_char *left, const u_char *right, u_char *out)
{
    u_char  both[65];

    both[0] = 1;
    memcpy(both + 1, left, 32);
    memcpy(both + 33, right, 32);

    oci_sign_sha256(both, sizeof(both), out);
}


oci_status_e
oci_sign_set_verify(oci_pool_t *pool, const oci_array_t *logs,
    const oci_sign_entry_t *entry, oci_error_t *err)
{
    oci_str_t              body, id, text;
    const oci_sign_log_t  *log;

    log = entry->known_id ? oci_sign_log_find(logs, entry->id) : NULL;

    if (log == NULL) {
        return oci_error(err, OCI_DENIED, 0,
                         "rekor log public key not found for payload");
    }

    if (!oci_sign_valid_at(log->start, log->end, entry->time)) {
        return oci_error(err, OCI_DENIED, 0, "the log's key is not trusted "
                         "for the time of the entry");
    }

    body = oci_sign_b64(pool, entry->body.data, entry->body.len);
    id = oci_sign_hex(pool, entry->id, 32);

    text = oci_strf(pool, "{\"body\":\"%s\",\"integratedTime\":%lld,"
                    "\"logID\":\"%s\",\"logIndex\":%lld}",
                    body.data ? (char *) body.data : "",
                    (long long) entry->time,
                    id.data ? (char *) id.data : "",
                    (long long) entry->index);

    if (text.data == NULL
        || oci_sign_key_verify(pool, log->key, OCI_SHA256, &text,
                               &entry->set, NULL) != OCI_OK)
    {
        return oci_error(err, OCI_DENIED, 0, "unable to verify SET");
    }

    return OCI_OK;
}


static oci_status_e
oci_sign_proof_leaf(oci_pool_t *pool, const oci_str_t *body, u_char *leaf,
    oci_error_t *err)
{
    oci_str_t  text;

    text.len = body->len + 1;
    text.data = oci_palloc(pool, text.len);

    if (text.data == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    text.data[0] = 0;

    if (body->len != 0) {
        memcpy(text.data + 1, body->data, body->len);
    }

    oci_sign_sha256(text.data, text.len, leaf);

    return OCI_OK;
}


bool
oci_sign_proof_leads(oci_pool_t *pool, const oci_sign_entry_t *entry,
    const oci_str_t *body)
{
    bool                   v1;
    u_char                 leaf[32];
    int64_t                index;
    oci_sign_checkpoint_t  checkpoint;

    if (!entry->proof || body->len == 0
        || oci_sign_checkpoint_parse(pool, &entry->checkpoint, &checkpoint,
                                     NULL) != OCI_OK
        || checkpoint.root.len != 32
        || oci_sign_proof_leaf(pool, body, leaf, NULL) != OCI_OK)
    {
        return false;
    }

    v1 = oci_sign_checkpoint_v1(&checkpoint);
    index = v1 ? entry->proof_index : entry->index;

    return index >= 0
           && (!v1 || (oci_str_eq(&checkpoint.root, &entry->root)
                       && entry->tree_size >= 0
                       && checkpoint.size == (uint64_t) entry->tree_size))
           && oci_sign_inclusion(leaf, (uint64_t) index, checkpoint.size,
                                 &entry->hashes, checkpoint.root.data);
}


oci_status_e
oci_sign_proof_verify(oci_pool_t *pool, const oci_sign_log_t *log,
    const oci_sign_entry_t *entry, const oci_str_t *body, oci_error_t *err)
{
    u_char                 leaf[32];
    oci_sign_checkpoint_t  checkpoint;

    if (!entry->proof
        || oci_sign_checkpoint_parse(pool, &entry->checkpoint, &checkpoint,
                                     err) != OCI_OK)
    {
        return oci_error(err, OCI_INVALID, 0,
                         "the log entry has no inclusion proof");
    }

    if (oci_sign_proof_leaf(pool, body, leaf, err) != OCI_OK) {
        return OCI_NOMEM;
    }

    if (oci_sign_checkpoint_v1(&checkpoint)) {
        return oci_sign_proof_v1(pool, log, entry, &checkpoint, leaf, err);
    }

    return oci_sign_proof_v2(pool, log, entry, &checkpoint, leaf, err);
}


/* every signature line of a v1 checkpoint is the log's own, and good */

static oci_status_e
oci_sign_proof_v1(oci_pool_t *pool, const oci_sign_log_t *log,
    const oci_sign_entry_t *entry, const oci_sign_checkpoint_t *checkpoint,
    const u_char *leaf, oci_error_t *err)
{
    u_char                    hint[4];
    size_t                    i;
    const oci_sign_cosign_t  *sig;

    if (entry->root.len != 32
        || entry->proof_index < 0 || entry->tree_size < 0
        || !oci_sign_inclusion(leaf, (uint64_t) entry->proof_index,
                               (uint64_t) entry->tree_size, &entry->hashes,
                               entry->root.data))
    {
        return oci_error(err, OCI_DENIED, 0, "the inclusion proof does not "
                         "lead to the root of the log");
    }

    oci_sign_log_hint(log, pool, false, hint);

    for (i = 0; i < checkpoint->signatures.nelts; i++) {
        sig = (const oci_sign_cosign_t *) checkpoint->signatures.elts + i;

        if (memcmp(sig->hint, hint, 4) != 0
            || oci_sign_key_verify(pool, log->key, OCI_SHA256,
                                   &checkpoint->text, &sig->signature, NULL)
               != OCI_OK)
        {
            return oci_error(err, OCI_DENIED, 0,
                             "signature on checkpoint did not verify");
        }
    }

    if (!oci_str_eq(&checkpoint->root, &entry->root)) {
        return oci_error(err, OCI_DENIED, 0, "root of the inclusion proof "
                         "and of the checkpoint differ");
    }

    return OCI_OK;
}


/* the log's signature must be there and good; others may witness it */

static oci_status_e
oci_sign_proof_v2(oci_pool_t *pool, const oci_sign_log_t *log,
    const oci_sign_entry_t *entry, const oci_sign_checkpoint_t *checkpoint,
    const u_char *leaf, oci_error_t *err)
{
    u_char                    hint[4];
    size_t                    i, good;
    const oci_sign_cosign_t  *sig;

    if (log->host.len == 0 || !oci_str_eq(&log->host, &checkpoint->origin)) {
        return oci_error(err, OCI_DENIED, 0,
                         "the checkpoint is of another log");
    }

    oci_sign_log_hint(log, pool, true, hint);

    for (good = 0, i = 0; i < checkpoint->signatures.nelts; i++) {
        sig = (const oci_sign_cosign_t *) checkpoint->signatures.elts + i;

        if (memcmp(sig->hint, hint, 4) != 0
            || !oci_str_eq(&sig->name, &log->host))
        {
            continue;
        }

        if (oci_sign_key_verify(pool, log->key, OCI_SHA256,
                                &checkpoint->text, &sig->signature, NULL)
            != OCI_OK)
        {
            good = 0;
            break;
        }

        good++;
    }

    if (good == 0) {
        return oci_error(err, OCI_DENIED, 0, "unverified checkpoint "
                         "signature: invalid or missing for key %.*s",
                         (int) log->host.len, log->host.data);
    }

    if (entry->index < 0
        || !oci_sign_inclusion(leaf, (uint64_t) entry->index,
                               checkpoint->size, &entry->hashes,
                               checkpoint->root.data))
    {
        return oci_error(err, OCI_DENIED, 0, "verifying inclusion: the proof "
                         "does not lead to the root of the log");
    }

    return OCI_OK;
}


void
oci_sign_log_name(oci_pool_t *pool, oci_sign_log_t *log,
    const oci_str_t *host)
{
    log->host = *host;
    oci_sign_log_sum(log, pool, true, log->id);
}


static void
oci_sign_log_hint(const oci_sign_log_t *log, oci_pool_t *pool, bool v2,
    u_char *hint)
{
    u_char  sum[32];

    oci_sign_log_sum(log, pool, v2, sum);
    memcpy(hint, sum, 4);
}


static void
oci_sign_log_sum(const oci_sign_log_t *log, oci_pool_t *pool, bool v2,
    u_char *sum)
{
    oci_str_t  der;
    oci_buf_t  b = oci_null_buf;

    der = oci_sign_key_der(pool, log->key);

    if (v2 && EVP_PKEY_get_base_id(log->key) == EVP_PKEY_ED25519
        && der.len > 32)
    {
        oci_buf_add(&b, log->host.data, log->host.len);
        oci_buf_add(&b, "\n\x01", 2);
        oci_buf_add(&b, der.data + der.len - 32, 32);
        oci_sign_sha256(b.data, b.len, sum);
        oci_buf_free(&b);

    } else {
        oci_sign_sha256(der.data, der.len, sum);
    }
}
