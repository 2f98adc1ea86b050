/*
 * Entries for transparency logs.
 */

#include "sign/log_upload.h"
#include "command/password.h"
#include "command/file.h"
#include "sign/verbs.h"

#include <stdio.h>
#include <string.h>
#include <time.h>


#define SIGN_LOG_ANSWER  (8 * 1024 * 1024)
#define SIGN_LOG_PUBLIC  "rekor.sigstore.dev"


static oci_status_e sign_log_find(cmd_t *cmd, sign_log_t *log);
static oci_status_e sign_log_consent(cmd_t *cmd, const sign_log_t *log);
static oci_status_e sign_log_sense(cmd_t *cmd);
static oci_status_e sign_log_config(cmd_t *cmd, sign_log_t *log);
static oci_status_e sign_log_root(cmd_t *cmd, sign_log_t *log);
static oci_status_e sign_log_request(cmd_t *cmd, const sign_log_t *log,
    const oci_sign_new_bundle_t *parts, bool keyid, oci_str_t *body);
static oci_status_e sign_log_answer(cmd_t *cmd, const sign_log_t *log,
    const oci_str_t *body, sign_entry_t *entry);
static oci_status_e sign_log_conflict(cmd_t *cmd, transport_t *transport,
    const sign_log_t *log, const oci_sign_new_bundle_t *parts,
    const oci_sign_trust_t *trust, const oci_str_t *index,
    sign_entry_t *entry);
static bool sign_log_number(const oci_str_t *text, uint64_t *n);
static oci_str_t sign_log_data(oci_pool_t *pool,
    const oci_sign_new_bundle_t *parts);
static oci_status_e sign_log_check(cmd_t *cmd, const sign_log_t *log,
    const oci_sign_new_bundle_t *parts, const oci_sign_trust_t *trust,
    json_t *entry);
static oci_status_e sign_log_trust(cmd_t *cmd, const sign_log_t *log,
    oci_sign_trust_t *trust);
static oci_str_t sign_log_host(oci_pool_t *pool, const sign_log_t *log);
static oci_status_e sign_log_post(cmd_t *cmd, transport_t *transport,
    const sign_log_t *log, const char *path, const oci_str_t *body,
    transport_reply_t *reply);
static oci_status_e sign_log_existing(cmd_t *cmd, transport_t *transport,
    const sign_log_t *log, transport_reply_t *reply);


oci_status_e
sign_log_choose(cmd_t *cmd, sign_log_t *log)
{
    sign_args_t   *args;
    oci_status_e   status;

    args = cmd->options;
    memset(log, 0, sizeof(sign_log_t));

    status = sign_log_sense(cmd);

    if (status != OCI_OK) {
        return status;
    }

    if (!args->log.upload) {
        fprintf(stderr, "No transparency log is used: "
                "--tlog-upload=false.\n");
        return OCI_OK;
    }

    status = sign_log_find(cmd, log);

    if (status != OCI_OK) {
        return status;
    }

    if (log->url == NULL && args->log.require) {
        return oci_error(&cmd->err, OCI_INVALID, 0, "--require-tlog: no log "
                         "is known; name it with --rekor-url");
    }

    if (log->url == NULL) {
        fprintf(stderr, "No transparency log is used: none is named "
                "(--rekor-url).\n");
        return OCI_OK;
    }

    return (strstr(log->url, SIGN_LOG_PUBLIC) == NULL || args->log.yes)
           ? OCI_OK : sign_log_consent(cmd, log);
}


static oci_status_e
sign_log_find(cmd_t *cmd, sign_log_t *log)
{
    sign_args_t  *args;

    args = cmd->options;

    if (args->log.url != NULL && args->log.url[0] != '\0') {
        log->url = args->log.url;
        return OCI_OK;
    }

    if (sign_configured(cmd)) {
        return sign_log_config(cmd, log);
    }

    if (args->trust.file != NULL) {
        return sign_log_root(cmd, log);
    }

    return !sign_log_known(args) ? OCI_OK
           : oci_error(&cmd->err, OCI_INVALID, 0, "the key of a log is "
                       "known, but not where it is: give --rekor-url, or "
                       "--tlog-upload=false to sign without it");
}


static oci_status_e
sign_log_consent(cmd_t *cmd, const sign_log_t *log)
{
    fprintf(stderr, "\nThe log at %s is public and keeps for ever what is "
            "sent to it:\nthe signature, your public key and the digest that "
            "was signed.  Nothing of it\ncan be removed.\n\n", log->url);

    return password_confirm(PASSWORD_CONTINUE)
           ? OCI_OK
           : oci_error(&cmd->err, OCI_DENIED, 0, "user declined the prompt");
}


/* refuses flags that contradict each other or could have no effect */

static oci_status_e
sign_log_sense(cmd_t *cmd)
{
    sign_args_t  *args;

    args = cmd->options;

    if (strcmp(args->log.entry_type, "dsse") != 0
        && strcmp(args->log.entry_type, "intoto") != 0)
    {
        return oci_error(&cmd->err, OCI_INVALID, 0, "--rekor-entry-type is "
                         "dsse or intoto");
    }

    if (args->log.require && !args->log.upload) {
        return oci_error(&cmd->err, OCI_INVALID, 0, "--require-tlog and "
                         "--tlog-upload=false exclude each other");
    }

    if (sign_configured(cmd)
        && (!args->log.upload
            || (args->log.url != NULL && args->log.url[0] != '\0')))
    {
        return oci_error(&cmd->err, OCI_INVALID, 0, "--signing-config names "
                         "the logs: --rekor-url and --tlog-upload=false "
                         "exclude it");
    }

    if (args->log.config == NULL && args->log.use_config) {
        return oci_error(&cmd->err, OCI_INVALID, 0, "--use-signing-config "
                         "needs --signing-config FILE, or what \"tally "
                         "initialize\" brings");
    }

    return OCI_OK;
}


bool
sign_configured(const cmd_t *cmd)
{
    const sign_args_t  *args;

    args = cmd->options;

    return args->log.config != NULL
           && (args->log.use_config || !cmd_given(cmd, "use-signing-config"));
}


oci_status_e
sign_config_read(cmd_t *cmd, json_t **root)
{
    oci_str_t            text;
    oci_status_e         status;
    const sign_args_t   *args;

    args = cmd->options;
    status = file_read(cmd->pool, args->log.config, &text,
                            &cmd->err);

    if (status != OCI_OK) {
        return status;
    }

    *root = oci_json_load(text.data, text.len, OCI_JSON_DUPLICATES,
                          &cmd->err);

    return (*root != NULL) ? OCI_OK : OCI_INVALID;
}


oci_str_t
sign_config_service(const json_t *item, uint64_t most, uint64_t *version)
{
    int64_t    start, end;
    oci_str_t  none = oci_null_string;

    if (!oci_json_uint(item, "majorApiVersion", version)
        || *version == 0 || *version > most
        || !oci_sign_valid_for(item, &start, &end)
        || !oci_sign_valid_at(start, end, (int64_t) time(NULL)))
    {
        return none;
    }

    return oci_json_str(item, "url");
}


/* of several logs a v2 one is preferred, as cosign does */

static oci_status_e
sign_log_config(cmd_t *cmd, sign_log_t *log)
{
    size_t         i;
    json_t        *root, *list, *item;
    uint64_t       version;
    oci_str_t      url;
    oci_status_e   status;

    status = sign_config_read(cmd, &root);

    if (status != OCI_OK) {
        return status;
    }

    list = json_object_get(root, "rekorTlogUrls");

    for (i = 0; i < json_array_size(list); i++) {
        item = json_array_get(list, i);
        url = sign_config_service(item, 2, &version);

        if (url.len == 0 || (log->url != NULL && version == 1)) {
            continue;
        }

        log->url = oci_cstr(cmd->pool, &url);
        log->v2 = version == 2;
        log->asked = true;
    }

    if (json_array_size(list) != 0 && log->url == NULL) {
        status = oci_error(&cmd->err, OCI_INVALID, 0, "the signing config "
                           "names no log that is valid now and speaks v1 or "
                           "v2");
    }

    json_decref(root);

    return status;
}


static oci_status_e
sign_log_root(cmd_t *cmd, sign_log_t *log)
{
    json_t        *root;
    oci_str_t      text, url;
    sign_args_t   *args;
    oci_status_e   status;

    args = cmd->options;
    status = file_read(cmd->pool, args->trust.file, &text, &cmd->err);

    if (status != OCI_OK) {
        return status;
    }

    root = oci_json_load(text.data, text.len, OCI_JSON_DUPLICATES, &cmd->err);
    url = oci_json_str(json_array_get(json_object_get(root, "tlogs"), 0),
                       "baseUrl");

    if (url.len != 0) {
        log->url = oci_cstr(cmd->pool, &url);
    }

    json_decref(root);

    return root ? OCI_OK : OCI_INVALID;
}


oci_status_e
sign_log_ask(cmd_t *cmd, transport_t *transport, sign_log_t *log)
{
    oci_status_e         status;
    transport_reply_t    reply;
    transport_request_t  req;

    if (log->url == NULL || log->asked) {
        return OCI_OK;
    }

    memset(&req, 0, sizeof(transport_request_t));

    req.method = "GET";
    req.path = (char *) oci_strf(cmd->pool, "%s/api/v1/log", log->url).data;
    req.max = SIGN_LOG_ANSWER;

    status = transport_fetch(transport, &req, &reply, &cmd->err);

    if (status != OCI_OK) {
        return status;
    }

    log->v2 = reply.status == 404 || reply.status == 405
              || reply.status == 501;
    log->asked = true;

    return OCI_OK;
}


oci_status_e
sign_log_upload(cmd_t *cmd, transport_t *transport, sign_log_t *log,
    const oci_sign_new_bundle_t *parts, bool keyid, sign_entry_t *entry)
{
    oci_str_t           body, index;
    oci_status_e        status;
    oci_sign_trust_t    trust;
    transport_reply_t   reply;

    memset(entry, 0, sizeof(sign_entry_t));
    oci_sign_trust_init(&trust, cmd->pool);

    status = sign_log_ask(cmd, transport, log);

    if (status == OCI_OK) {
        status = sign_log_trust(cmd, log, &trust);
    }

    if (status == OCI_OK) {
        status = sign_log_request(cmd, log, parts, keyid, &body);
    }

    if (status == OCI_OK) {
        status = sign_log_post(cmd, transport, log,
                               log->v2 ? "/api/v2/log/entries"
                                       : "/api/v1/log/entries", &body,
                               &reply);
    }

    if (status == OCI_OK) {
        status = (log->v2 && reply.status == 409)
                 ? sign_log_conflict(cmd, transport, log, parts, &trust,
                                     &reply.log_index, entry)
                 : sign_log_answer(cmd, log, &reply.body, entry);
    }

    if (status == OCI_OK) {
        status = sign_log_check(cmd, log, parts, &trust, entry->entry);
    }

    if (status != OCI_OK) {
        return status;
    }

    index = oci_json_str(entry->entry, "logIndex");

    fprintf(stderr, "tlog entry created with index: %s\n",
            index.len ? (char *) index.data : "0");

    return OCI_OK;
}


static oci_status_e
sign_log_answer(cmd_t *cmd, const sign_log_t *log, const oci_str_t *body,
    sign_entry_t *entry)
{
    entry->entry = log->v2
                   ? oci_json_load(body->data, body->len, 0, &cmd->err)
                   : oci_sign_entry_v1(cmd->pool, body, &cmd->err);

    if (entry->entry == NULL || !oci_sign_json_keep(cmd->pool, entry->entry))
    {
        return oci_error(&cmd->err, OCI_INVALID, 0,
                         "the log's answer is malformed");
    }

    if (!log->v2) {
        entry->legacy = oci_sign_entry_legacy(cmd->pool, body, &cmd->err);
    }

    return (log->v2 || entry->legacy.data != NULL) ? OCI_OK : OCI_INVALID;
}


/* a v2 log that has the entry tells its index, and nothing more */

static oci_status_e
sign_log_conflict(cmd_t *cmd, transport_t *transport, const sign_log_t *log,
    const oci_sign_new_bundle_t *parts, const oci_sign_trust_t *trust,
    const oci_str_t *index, sign_entry_t *entry)
{
    size_t                   i;
    uint64_t                 n;
    oci_str_t                data, verifier, body, host;
    oci_status_e             status;
    const oci_sign_log_t    *known;

    host = sign_log_host(cmd->pool, log);
    known = NULL;

    for (i = 0; i < trust->logs.nelts && known == NULL; i++) {
        known = (const oci_sign_log_t *) trust->logs.elts + i;
        known = oci_str_eq(&known->host, &host) ? known : NULL;
    }

    if (known == NULL || !sign_log_number(index, &n)) {
        return oci_error(&cmd->err, OCI_EXISTS, 0, "the log at %s has this "
                         "very entry already; with its key (--rekor-key or "
                         "--trusted-root) it can be used", log->url);
    }

    data = sign_log_data(cmd->pool, parts);
    verifier = parts->cert.len ? parts->cert
               : oci_sign_key_der(cmd->pool, parts->key);
    body = oci_sign_body_v2(cmd->pool, parts->key, &verifier,
                            parts->cert.len != 0, &data, &parts->signature);
    status = sign_tile_existing(cmd, transport, log, n, known, &body,
                                &entry->entry);

    if (status == OCI_OK && !oci_sign_json_keep(cmd->pool, entry->entry)) {
        return oci_error(&cmd->err, OCI_NOMEM, 0, "out of memory");
    }

    return status;
}


static bool
sign_log_number(const oci_str_t *text, uint64_t *n)
{
    size_t  i;

    *n = 0;

    for (i = 0; i < text->len && i < 18; i++) {

        if (text->data[i] < '0' || text->data[i] > '9') {
            return false;
        }

        *n = *n * 10 + (uint64_t) (text->data[i] - '0');
    }

    return text->len != 0 && i == text->len;
}


/* the signed bytes: the message, or the PAE of the envelope */

static oci_str_t
sign_log_data(oci_pool_t *pool, const oci_sign_new_bundle_t *parts)
{
    oci_str_t  type;

    type = oci_str(OCI_SIGN_INTOTO);

    return (parts->payload.len == 0) ? parts->message
           : oci_sign_pae(pool, &type, &parts->payload);
}


static oci_status_e
sign_log_request(cmd_t *cmd, const sign_log_t *log,
    const oci_sign_new_bundle_t *parts, bool keyid, oci_str_t *body)
{
    bool         intoto;
    oci_str_t    pem, data, envelope;
    sign_args_t *args;

    args = cmd->options;
    intoto = (strcmp(args->log.entry_type, "intoto") == 0);

    if (intoto && log->v2) {
        return oci_error(&cmd->err, OCI_INVALID, 0, "--rekor-entry-type "
                         "intoto: the log at %s (v2) has no such entries",
                         log->url);
    }

    pem = (parts->cert.len != 0)
          ? oci_sign_pem(cmd->pool, "CERTIFICATE", &parts->cert)
          : oci_sign_key_pem(cmd->pool, parts->key);
    data = sign_log_data(cmd->pool, parts);

    if (log->v2) {
        *body = oci_sign_request_v2(cmd->pool, parts->key, &parts->cert,
                                    &data, &parts->signature);

    } else if (parts->payload.len != 0) {
        envelope = oci_sign_envelope_text(cmd->pool, &parts->payload,
                                          &parts->signature, keyid);
        *body = intoto
                ? oci_sign_request_intoto(cmd->pool, &envelope,
                                          &parts->payload, &parts->signature,
                                          keyid, &pem)
                : oci_sign_request_dsse(cmd->pool, &envelope, &pem);

    } else {
        *body = oci_sign_request_v1(cmd->pool, &data, &parts->signature,
                                    &pem);
    }

    return (body->data != NULL) ? OCI_OK
           : oci_error(&cmd->err, OCI_INVALID, 0, "this log takes no "
                       "signatures by a key of this kind");
}


/*
 * The answer is judged as who verifies will judge it, before anything is
 * pushed: what a log that errs or cheats says is of no use to anyone.
 */

static oci_status_e
sign_log_check(cmd_t *cmd, const sign_log_t *log,
    const oci_sign_new_bundle_t *parts, const oci_sign_trust_t *trust,
    json_t *entry)
{
    oci_str_t                text;
    oci_error_t              err = { OCI_OK, 0, "" };
    oci_status_e             status;
    oci_sign_bundle_t        bundle;
    oci_sign_new_bundle_t    whole;

    whole = *parts;
    whole.entry = entry;
    text = oci_sign_bundle_text(cmd->pool, &whole);
    status = oci_sign_bundle_parse(cmd->pool, &text, 0, &bundle, &err);

    if (status == OCI_OK) {
        status = oci_sign_verify_entry(cmd->pool, trust, parts->key, &bundle,
                                       &parts->message, &err);
    }

    return (status == OCI_OK) ? OCI_OK
           : oci_error(&cmd->err, status, 0, "what the log at %s answered "
                       "does not hold: %s", log->url, err.text);
}


/*
 * The keys that the answer is verified by.  A v2 log is known by its host
 * too, which a key file does not tell: it is that of the URL.
 */

static oci_status_e
sign_log_trust(cmd_t *cmd, const sign_log_t *log, oci_sign_trust_t *trust)
{
    size_t           i;
    oci_str_t        host;
    oci_status_e     status;
    oci_sign_log_t  *known;

    status = sign_trust_logs(cmd->pool, cmd->options, !log->v2, trust,
                             &cmd->err);

    known = trust->logs.elts;
    host = sign_log_host(cmd->pool, log);

    for (i = 0; log->v2 && i < trust->logs.nelts; i++) {
        if (known[i].host.len == 0) {
            oci_sign_log_name(cmd->pool, &known[i], &host);
        }
    }

    return status;
}


static oci_str_t
sign_log_host(oci_pool_t *pool, const sign_log_t *log)
{
    const char  *p;

    p = strstr(log->url, "://");
    p = (p != NULL) ? p + 3 : log->url;

    return oci_strf(pool, "%.*s", (int) strcspn(p, ":/"), p);
}


static oci_status_e
sign_log_post(cmd_t *cmd, transport_t *transport, const sign_log_t *log,
    const char *path, const oci_str_t *body, transport_reply_t *reply)
{
    oci_str_t            url;
    oci_status_e         status;
    transport_request_t  req;

    url = oci_strf(cmd->pool, "%s%s", log->url, path);
    memset(&req, 0, sizeof(transport_request_t));

    req.method = "POST";
    req.path = (char *) url.data;
    req.accept = "application/json";
    req.content_type = "application/json";
    req.body = body;
    req.max = SIGN_LOG_ANSWER;

    status = transport_fetch(transport, &req, reply, &cmd->err);

    if (status != OCI_OK) {
        return status;
    }

    if (reply->status == 409 && !log->v2 && reply->location.len != 0) {
        return sign_log_existing(cmd, transport, log, reply);
    }

    if (reply->status != 200 && reply->status != 201
        && !(reply->status == 409 && log->v2))
    {
        return oci_error(&cmd->err, OCI_IO, 0, "the log at %s answered %ld: "
                         "%.*s", log->url, reply->status,
                         (int) (reply->body.len > 200 ? 200
                                : reply->body.len),
                         reply->body.len ? (char *) reply->body.data : "");
    }

    return OCI_OK;
}


/* the same entry is in the log: its location is in the answer */

static oci_status_e
sign_log_existing(cmd_t *cmd, transport_t *transport, const sign_log_t *log,
    transport_reply_t *reply)
{
    u_char              *name;
    oci_str_t            url;
    oci_status_e         status;
    transport_request_t  req;

    /* only the entry's name is believed: the host stays */

    name = memrchr(reply->location.data, '/', reply->location.len);
    url = oci_strf(cmd->pool, "%s/api/v1/log/entries%s", log->url,
                   name ? (char *) name : "/");

    memset(&req, 0, sizeof(transport_request_t));
    req.method = "GET";
    req.path = (char *) url.data;
    req.max = SIGN_LOG_ANSWER;

    status = transport_fetch(transport, &req, reply, &cmd->err);

    if (status == OCI_OK && reply->status != 200) {
        return oci_error(&cmd->err, OCI_IO, 0, "the log at %s has the entry, "
                         "and answers %ld for it", log->url, reply->status);
    }

    return status;
}
