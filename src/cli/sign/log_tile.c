/*
 * An entry that a v2 log has already: it gives no more than its index, so
 * the proof is made of what the log publishes.
 */

#include "sign/log_upload.h"
#include "oci_sign_tile.h"

#include <string.h>
#include <unistd.h>


#define SIGN_TILE_ANSWER  (1024 * 1024)
#define SIGN_TILE_TRIES   15


typedef struct {
    unsigned           level;
    uint64_t           n;
    oci_str_t          text;
} sign_tile_t;


typedef struct {
    oci_pool_t        *pool;
    transport_t       *transport;
    const sign_log_t  *log;
    oci_array_t        tiles;           /* sign_tile_t, as they came */
} sign_tiles_t;


static oci_status_e sign_tile_checkpoint(sign_tiles_t *t, oci_str_t *note,
    oci_sign_checkpoint_t *checkpoint, oci_error_t *err);
static oci_status_e sign_tile_get(void *data, unsigned level, uint64_t n,
    unsigned width, oci_str_t *tile, oci_error_t *err);
static oci_status_e sign_tile_fetch(sign_tiles_t *t, const char *path,
    transport_reply_t *reply, oci_error_t *err);
static json_t *sign_tile_entry(oci_pool_t *pool, uint64_t index,
    const oci_sign_log_t *known, const oci_str_t *note,
    const oci_sign_checkpoint_t *checkpoint, const oci_array_t *hashes,
    const oci_str_t *body);
static json_t *sign_tile_b64(oci_pool_t *pool, const void *data, size_t len);


oci_status_e
sign_tile_existing(cmd_t *cmd, transport_t *transport, const sign_log_t *log,
    uint64_t index, const oci_sign_log_t *known, const oci_str_t *body,
    json_t **entry)
{
    int                      tries;
    oci_str_t                note;
    oci_array_t              hashes;
    sign_tiles_t             t;
    oci_status_e             status;
    oci_sign_checkpoint_t    checkpoint;

    t.pool = cmd->pool;
    t.transport = transport;
    t.log = log;
    oci_array_init(&t.tiles, cmd->pool, sizeof(sign_tile_t));

    for (tries = 0; tries < SIGN_TILE_TRIES; tries++) {
        status = sign_tile_checkpoint(&t, &note, &checkpoint, &cmd->err);

        if (status != OCI_OK || index < checkpoint.size) {
            break;
        }

        (void) sleep(1);
    }

    if (status == OCI_OK) {
        status = oci_sign_tile_proof(cmd->pool, index, checkpoint.size,
                                     sign_tile_get, &t, &hashes, &cmd->err);
    }

    if (status != OCI_OK) {
        return status;
    }

    *entry = sign_tile_entry(cmd->pool, index, known, &note,
                             &checkpoint, &hashes, body);

    return (*entry != NULL) ? OCI_OK
           : oci_error(&cmd->err, OCI_NOMEM, 0, "out of memory");
}


/* a log publishes one every few seconds: a young entry is not in it yet */

static oci_status_e
sign_tile_checkpoint(sign_tiles_t *t, oci_str_t *note,
    oci_sign_checkpoint_t *checkpoint, oci_error_t *err)
{
    oci_status_e         status;
    transport_reply_t    reply;

    status = sign_tile_fetch(t, "checkpoint", &reply, err);

    if (status == OCI_OK && reply.status != 200) {
        return oci_error(err, OCI_IO, 0, "the log at %s has this very entry "
                         "already, and answers %ld for its checkpoint",
                         t->log->url, reply.status);
    }

    *note = reply.body;

    return (status != OCI_OK) ? status
           : oci_sign_checkpoint_parse(t->pool, note, checkpoint, err);
}


/* a tile that has filled up since is there as a full one only */

static oci_status_e
sign_tile_get(void *data, unsigned level, uint64_t n, unsigned width,
    oci_str_t *tile, oci_error_t *err)
{
    size_t               i;
    oci_str_t            path;
    sign_tile_t         *known;
    sign_tiles_t        *t = data;
    oci_status_e         status;
    transport_reply_t    reply;

    known = t->tiles.elts;

    for (i = 0; i < t->tiles.nelts; i++) {
        if (known[i].level == level && known[i].n == n) {
            *tile = known[i].text;
            return OCI_OK;
        }
    }

    path = oci_sign_tile_path(t->pool, level, n, width);
    path = oci_strf(t->pool, "tile/%s", path.data);
    status = sign_tile_fetch(t, (char *) path.data, &reply, err);

    if (status == OCI_OK && reply.status == 404
        && width != OCI_SIGN_TILE_WIDTH)
    {
        path = oci_sign_tile_path(t->pool, level, n, OCI_SIGN_TILE_WIDTH);
        path = oci_strf(t->pool, "tile/%s", path.data);
        status = sign_tile_fetch(t, (char *) path.data, &reply, err);
    }

    if (status == OCI_OK && reply.status != 200) {
        return oci_error(err, OCI_IO, 0, "the log at %s has this very entry "
                         "already, and answers %ld for %s", t->log->url,
                         reply.status, path.data);
    }

    if (status != OCI_OK) {
        return status;
    }

    known = oci_array_push(&t->tiles);

    if (known == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    known->level = level;
    known->n = n;
    known->text = *tile = reply.body;

    return OCI_OK;
}


static oci_status_e
sign_tile_fetch(sign_tiles_t *t, const char *path, transport_reply_t *reply,
    oci_error_t *err)
{
    oci_str_t            url;
    transport_request_t  req;

    url = oci_strf(t->pool, "%s/api/v2/%s", t->log->url, path);
    memset(&req, 0, sizeof(transport_request_t));

    req.method = "GET";
    req.path = (char *) url.data;
    req.max = SIGN_TILE_ANSWER;

    return transport_fetch(t->transport, &req, reply, err);
}


static json_t *
sign_tile_entry(oci_pool_t *pool, uint64_t index,
    const oci_sign_log_t *known, const oci_str_t *note,
    const oci_sign_checkpoint_t *checkpoint, const oci_array_t *hashes,
    const oci_str_t *body)
{
    json_t     *list;
    size_t      i;
    oci_str_t  *hash;

    list = json_array();
    hash = hashes->elts;

    for (i = 0; i < hashes->nelts; i++) {
        (void) json_array_append_new(list, sign_tile_b64(pool, hash[i].data,
                                                         hash[i].len));
    }

    return json_pack("{s:o,s:{s:o},s:{s:s,s:s},s:{s:o,s:o,s:o,s:o,s:{s:o}},"
                     "s:o}",
        "logIndex", json_sprintf("%llu", (unsigned long long) index),
        "logId", "keyId", sign_tile_b64(pool, known->id, sizeof(known->id)),
        "kindVersion", "kind", "hashedrekord", "version", "0.0.2",
        "inclusionProof",
        "logIndex", json_sprintf("%llu", (unsigned long long) index),
        "rootHash", sign_tile_b64(pool, checkpoint->root.data,
                                  checkpoint->root.len),
        "treeSize", json_sprintf("%llu",
                                 (unsigned long long) checkpoint->size),
        "hashes", list,
        "checkpoint", "envelope", json_stringn((char *) note->data,
                                               note->len),
        "canonicalizedBody", sign_tile_b64(pool, body->data, body->len));
}


static json_t *
sign_tile_b64(oci_pool_t *pool, const void *data, size_t len)
{
    oci_str_t  text;

    text = oci_sign_b64(pool, data, len);

    return json_stringn(text.data ? (char *) text.data : "", text.len);
}
