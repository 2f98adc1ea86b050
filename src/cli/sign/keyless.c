/*
 * Keyless signing.
 *
 * Source: Fulcio's API v2 (fulcio.proto), RFC 7519.
 */

#include "sign/keyless.h"
#include "sign/identity.h"

#include <openssl/err.h>
#include <stdio.h>
#include <string.h>
#include <time.h>


#define SIGN_FULCIO_MAX  (1024 * 1024)


static oci_status_e sign_fulcio_url(cmd_t *cmd, oci_str_t *url);
static oci_status_e sign_fulcio_ask(cmd_t *cmd, EVP_PKEY *key,
    const oci_str_t *url, const oci_str_t *token, oci_str_t *chain);
static const char *sign_fulcio_kind(EVP_PKEY *key);
static oci_str_t sign_fulcio_request(cmd_t *cmd, EVP_PKEY *key,
    const oci_str_t *token);
static oci_status_e sign_fulcio_chain(cmd_t *cmd, const oci_str_t *body,
    oci_str_t *chain);
static oci_status_e sign_fulcio_cert(cmd_t *cmd, EVP_PKEY *key,
    const oci_str_t *chain, sign_cert_t *cert);
static oci_status_e sign_fulcio_check(cmd_t *cmd, const oci_array_t *certs);


bool
sign_keyless_wanted(const cmd_t *cmd)
{
    const sign_args_t  *args;

    args = cmd->options;

    return args->oidc.fulcio != NULL || args->oidc.token != NULL
           || sign_token_ambient(args);
}


oci_status_e
sign_keyless(cmd_t *cmd, EVP_PKEY **key, sign_cert_t *cert)
{
    bool           made;
    oci_str_t      url, token, chain;
    sign_args_t   *args;
    oci_status_e   rc;

    args = cmd->options;
    memset(cert, 0, sizeof(sign_cert_t));

    if (args->signer.cert != NULL || args->signer.chain != NULL) {
        return oci_error(&cmd->err, OCI_INVALID, 0, "--certificate is of a "
                         "--key: without one, the authority makes it");
    }

    rc = sign_fulcio_url(cmd, &url);

    if (rc == OCI_OK) {
        rc = sign_token_find(cmd, &token);
    }

    made = (*key == NULL);

    if (rc == OCI_OK && made) {
        rc = oci_sign_key_generate(cmd->pool, key, &cmd->err);
    }

    if (rc != OCI_OK) {
        return rc;
    }

    fprintf(stderr, "%sRetrieving signed certificate...\n",
            made ? "Generating ephemeral keys...\n" : "");

    rc = sign_fulcio_ask(cmd, *key, &url, &token, &chain);
    oci_sign_wipe(&token);

    return (rc == OCI_OK) ? sign_fulcio_cert(cmd, *key, &chain, cert) : rc;
}


/* --fulcio-url, or the signing config's */

static oci_status_e
sign_fulcio_url(cmd_t *cmd, oci_str_t *url)
{
    size_t         i;
    json_t        *root, *list;
    uint64_t       version;
    oci_str_t      found;
    sign_args_t   *args;
    oci_status_e   rc;

    args = cmd->options;
    *url = oci_str(args->oidc.fulcio);
    rc = OCI_OK;

    if (url->len == 0 && sign_configured(cmd)) {
        rc = sign_config_read(cmd, &root);

        if (rc != OCI_OK) {
            return rc;
        }

        list = json_object_get(root, "caUrls");

        for (i = 0; i < json_array_size(list) && url->len == 0; i++) {
            found = sign_config_service(json_array_get(list, i), 1, &version);
            *url = oci_str_dup(cmd->pool, found.data, found.len);
        }

        json_decref(root);
    }

    while (url->len > 0 && url->data[url->len - 1] == '/') {
        url->len--;
    }

    return (url->len != 0) ? OCI_OK
           : oci_error(&cmd->err, OCI_INVALID, 0, "no certificate authority "
                       "is named for keyless signing: --fulcio-url, or "
                       "--signing-config");
}


static oci_status_e
sign_fulcio_ask(cmd_t *cmd, EVP_PKEY *key, const oci_str_t *url,
    const oci_str_t *token, oci_str_t *chain)
{
    json_t               *root;
    oci_str_t             body, path, why;
    sign_args_t          *args;
    transport_t          *t;
    oci_status_e          rc;
    transport_reply_t     reply;
    transport_request_t   req;

    args = cmd->options;
    t = transport_open(cmd->pool, &args->source.transport);
    path = oci_strf(cmd->pool, "%.*s/api/v2/signingCert", (int) url->len,
                    url->data);
    body = sign_fulcio_request(cmd, key, token);

    if (t == NULL || path.data == NULL || body.data == NULL) {
        return oci_error(&cmd->err, OCI_INVALID, 0, "the identity token "
                         "names nobody: it is no JWT with sub or email");
    }

    memset(&req, 0, sizeof(transport_request_t));
    req.method = "POST";
    req.path = (char *) path.data;
    req.accept = "application/json";
    req.content_type = "application/json";
    req.body = &body;
    req.max = SIGN_FULCIO_MAX;

    rc = transport_fetch(t, &req, &reply, &cmd->err);
    oci_sign_wipe(&body);

    if (rc != OCI_OK) {
        return rc;
    }

    if (reply.status != 200 && reply.status != 201) {
        root = oci_json_load(reply.body.data, reply.body.len, 0, NULL);
        why = oci_json_str(root, "message");
        (void) oci_error(&cmd->err, OCI_DENIED, 0, "getting a certificate: "
                         "%.*s answered %ld%s%.*s", (int) url->len, url->data,
                         reply.status, why.len ? ": " : "",
                         (int) (why.len > 300 ? 300 : why.len),
                         why.len ? (char *) why.data : "");
        json_decref(root);
        return OCI_DENIED;
    }

    return sign_fulcio_chain(cmd, &reply.body, chain);
}


/* that the key is ours is proved by a signature of whom the token is for */

static oci_str_t
sign_fulcio_request(cmd_t *cmd, EVP_PKEY *key, const oci_str_t *token)
{
    json_t     *root;
    oci_str_t   pem, proof, who, text, none = oci_null_string;

    who = sign_token_subject(cmd->pool, token);
    pem = oci_sign_key_pem(cmd->pool, key);

    if (who.len == 0 || pem.data == NULL
        || oci_sign_key_sign(cmd->pool, key, OCI_SHA256, &who, &proof,
                             &cmd->err) != OCI_OK)
    {
        return none;
    }

    proof = oci_sign_b64(cmd->pool, proof.data, proof.len);
    root = json_pack("{s:{s:s%},s:{s:{s:s,s:s%},s:s%}}",
                     "credentials", "oidcIdentityToken", token->data,
                     token->len, "publicKeyRequest", "publicKey", "algorithm",
                     sign_fulcio_kind(key), "content", pem.data, pem.len,
                     "proofOfPossession", proof.data, proof.len);
    text = (root != NULL) ? oci_sign_json_text(cmd->pool, root, false) : none;
    json_decref(root);

    return text;
}


/* as Fulcio calls the kinds of keys */

static const char *
sign_fulcio_kind(EVP_PKEY *key)
{
    switch (EVP_PKEY_get_base_id(key)) {

    case EVP_PKEY_RSA:
        return "RSA_PSS";

    case EVP_PKEY_ED25519:
        return "ED25519";

    default:
        return "ECDSA";
    }
}


/* PEM of the leaf and its issuers, one behind the other */

static oci_status_e
sign_fulcio_chain(cmd_t *cmd, const oci_str_t *body, oci_str_t *chain)
{
    size_t      i;
    json_t     *root, *answer, *list;
    oci_buf_t   b = oci_null_buf;
    oci_str_t   text;

    root = oci_json_load(body->data, body->len, 0, &cmd->err);

    if (root == NULL) {
        return OCI_INVALID;
    }

    answer = json_object_get(root, "signedCertificateEmbeddedSct");

    if (answer == NULL) {       /* an authority without a log */
        answer = json_object_get(root, "signedCertificateDetachedSct");
    }

    list = json_object_get(json_object_get(answer, "chain"), "certificates");

    for (i = 0; i < json_array_size(list) && i < 10; i++) {
        text = oci_str(json_string_value(json_array_get(list, i)));
        oci_buf_add(&b, text.data, text.len);

        if (text.len != 0 && text.data[text.len - 1] != '\n') {
            oci_buf_add(&b, "\n", 1);
        }
    }

    json_decref(root);
    *chain = oci_sign_buf_take(cmd->pool, &b);

    return (i != 0 && chain->len != 0) ? OCI_OK
           : oci_error(&cmd->err, OCI_INVALID, 0, "the authority gave no "
                       "certificate");
}


static oci_status_e
sign_fulcio_cert(cmd_t *cmd, EVP_PKEY *key, const oci_str_t *chain,
    sign_cert_t *cert)
{
    int            len;
    X509          *leaf;
    u_char        *der;
    size_t         end;
    oci_array_t    certs;
    oci_status_e   rc;

    oci_array_init(&certs, cmd->pool, sizeof(X509 *));
    rc = oci_sign_certs_pem(cmd->pool, chain, &certs, &cmd->err);

    if (rc != OCI_OK) {
        return rc;
    }

    leaf = *(X509 **) certs.elts;

    if (EVP_PKEY_eq(X509_get0_pubkey(leaf), key) != 1) {
        ERR_clear_error();
        return oci_error(&cmd->err, OCI_MISMATCH, 0, "the authority gave the "
                         "certificate of another key");
    }

    der = NULL;
    len = i2d_X509(leaf, &der);
    cert->der = oci_str_dup(cmd->pool, der, len > 0 ? (size_t) len : 0);
    OPENSSL_free(der);
    cert->pem = oci_sign_pem(cmd->pool, "CERTIFICATE", &cert->der);

    if (cert->pem.data == NULL) {
        return oci_error(&cmd->err, OCI_NOMEM, 0, "out of memory");
    }

    if (certs.nelts > 1) {
        end = (size_t) ((u_char *) memmem(chain->data, chain->len,
                                          "-----END CERTIFICATE-----", 25)
                        - chain->data) + 26;
        cert->chain.data = chain->data + end;
        cert->chain.len = chain->len - end;
    }

    return sign_fulcio_check(cmd, &certs);
}


/* by the trust that verifiers will have, when it is given */

static oci_status_e
sign_fulcio_check(cmd_t *cmd, const oci_array_t *certs)
{
    X509              *leaf, *issuer;
    sign_args_t       *args;
    oci_status_e       rc;
    oci_array_t        others;
    oci_sign_trust_t   trust;

    args = cmd->options;

    if (args->trust.file == NULL) {
        return OCI_OK;
    }

    oci_sign_trust_init(&trust, cmd->pool);
    rc = sign_trust_logs(cmd->pool, args, false, &trust, &cmd->err);

    if (rc != OCI_OK || trust.cas.nelts == 0) {
        return rc;
    }

    leaf = *(X509 **) certs->elts;
    others = *certs;
    others.elts = (X509 **) certs->elts + 1;
    others.nelts--;

    rc = oci_sign_chain_verify(cmd->pool, leaf, &others, &trust.cas,
                               (int64_t) time(NULL), &issuer, &cmd->err);

    return (rc == OCI_OK && trust.ctlogs.nelts != 0 && !args->oidc.no_sct)
           ? oci_sign_sct_verify(cmd->pool, leaf, issuer, NULL, &trust.ctlogs,
                                 &cmd->err)
           : rc;
}
