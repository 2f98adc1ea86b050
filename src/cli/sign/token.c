/*
 * Keys in tokens: PKCS #11 URIs, through OpenSSL's pkcs11 provider, else
 * through libp11's engine.
 *
 * The query of the URI is ours to read, whatever the two make of it: the
 * token's library (module-path) and the PIN (pin-value, pin-source).
 *
 * Source: RFC 7512, "The PKCS #11 URI Scheme".
 */

#define OPENSSL_SUPPRESS_DEPRECATED     /* engines, until they are gone */

#include "sign/policy.h"
#include "command/password.h"
#include "command/file.h"

#include <ctype.h>
#include <openssl/crypto.h>
#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/store.h>
#include <openssl/ui.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


#define SIGN_URI_MAX  4096
#define SIGN_PIN_MAX  255


typedef struct {
    oci_pool_t   *pool;
    char         *path;             /* the URI without its query */
    oci_str_t     token;
    oci_str_t     object;
    oci_str_t     id;
    oci_str_t     slot;
    oci_str_t     module;
    oci_str_t     pin_value;
    oci_str_t     pin_source;
    oci_str_t     pin;
    bool          asked;
    oci_error_t   why;              /* there is no PIN */
} sign_token_t;


static oci_status_e sign_token_parse(sign_token_t *t, const char *uri,
    oci_error_t *err);
static oci_status_e sign_token_attribute(sign_token_t *t, const char *text,
    size_t len, bool query);
static oci_status_e sign_token_decode(oci_pool_t *pool, const char *text,
    size_t len, oci_str_t *value);
static oci_status_e sign_token_module(sign_token_t *t, oci_error_t *err);
static int sign_token_pin(char *buf, int size, int writing, void *data);
static oci_status_e sign_token_pin_find(sign_token_t *t);
static oci_status_e sign_token_pin_file(sign_token_t *t);
static OSSL_LIB_CTX *sign_token_library(sign_token_t *t);
static void sign_token_library_done(void *data);
static EVP_PKEY *sign_token_provider(sign_token_t *t, OSSL_LIB_CTX *library,
    UI_METHOD *ui, bool private);
static EVP_PKEY *sign_token_pick(OSSL_STORE_INFO *info, bool private);
static EVP_PKEY *sign_token_engine(sign_token_t *t, UI_METHOD *ui,
    bool private);
static char *sign_token_engine_name(sign_token_t *t);
static void sign_token_engine_done(void *data);
static oci_status_e sign_token_refused(sign_token_t *t, bool private,
    oci_error_t *err);


oci_status_e
sign_token_load(oci_pool_t *pool, const char *uri, bool private,
    EVP_PKEY **key, oci_error_t *err)
{
    EVP_PKEY      *found, *public;
    oci_str_t      der;
    UI_METHOD     *ui;
    sign_token_t   t;
    oci_status_e   status;
    OSSL_LIB_CTX  *library;

    memset(&t, 0, sizeof(sign_token_t));
    t.pool = pool;

    if (sign_token_parse(&t, uri, err) != OCI_OK
        || sign_token_module(&t, err) != OCI_OK)
    {
        return OCI_INVALID;
    }

    ui = UI_UTIL_wrap_read_pem_callback(sign_token_pin, 0);

    if (ui == NULL) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    library = sign_token_library(&t);
    found = (library != NULL) ? sign_token_provider(&t, library, ui, private)
            : sign_token_engine(&t, ui, private);

    UI_destroy_method(ui);
    oci_sign_wipe(&t.pin);
    oci_sign_wipe(&t.pin_value);

    if (found == NULL) {
        status = sign_token_refused(&t, private, err);
        ERR_clear_error();
        return status;
    }

    ERR_clear_error();

    if (!oci_sign_key_keep(pool, found)) {
        return oci_error(err, OCI_NOMEM, 0, "out of memory");
    }

    /* its kind and size are looked at as those of any other key */

    der = oci_sign_key_der(pool, found);
    status = oci_sign_key_spki(pool, &der, &public, err);
    *key = private ? found : public;

    return status;
}


/* pkcs11:NAME=VALUE;NAME=VALUE?NAME=VALUE&NAME=VALUE */

static oci_status_e
sign_token_parse(sign_token_t *t, const char *uri, oci_error_t *err)
{
    bool         query;
    size_t       len, i;
    const char  *p;

    len = strlen(uri);

    if (len > SIGN_URI_MAX) {
        return oci_error(err, OCI_INVALID, 0, "the pkcs11: URI is too long");
    }

    t->path = (char *) oci_strf(t->pool, "%.*s",
                                (int) strcspn(uri, "?"), uri).data;

    query = false;

    for (p = uri + sizeof("pkcs11:") - 1; *p != '\0'; p += len) {
        len = strcspn(p, query ? "&;" : ";?");

        if (sign_token_attribute(t, p, len, query) != OCI_OK) {
            return oci_error(err, OCI_INVALID, 0, "malformed pkcs11: URI, in "
                             "%s %.*s", query ? "the query's" : "its",
                             (int) strcspn(p, "="), p);
        }

        query = query || p[len] == '?';
        len += (p[len] != '\0');
    }

    if (t->path == NULL || (t->object.len == 0 && t->id.len == 0)
        || (t->token.len == 0 && t->slot.len == 0))
    {
        return oci_error(err, OCI_INVALID, 0, "a pkcs11: URI has object=NAME "
                         "or id=%%XX of the key, and token=NAME or slot-id=N "
                         "of its token");
    }

    for (i = 0; i < t->slot.len; i++) {
        if (!isdigit(t->slot.data[i])) {
            return oci_error(err, OCI_INVALID, 0, "slot-id in a pkcs11: URI "
                             "is a number");
        }
    }

    return OCI_OK;
}


static oci_status_e
sign_token_attribute(sign_token_t *t, const char *text, size_t len,
    bool query)
{
    size_t      i;
    oci_str_t  *value;

    const struct {
        const char  *name;
        bool         query;
        oci_str_t   *value;
    } known[] = {
        { "token=", false, &t->token },
        { "object=", false, &t->object },
        { "id=", false, &t->id },
        { "slot-id=", false, &t->slot },
        { "module-path=", true, &t->module },
        { "pin-value=", true, &t->pin_value },
        { "pin-source=", true, &t->pin_source }
    };

    if (len == 0) {
        return OCI_OK;
    }

    if (memchr(text, '=', len) == NULL) {
        return OCI_INVALID;
    }

    for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (known[i].query == query && len >= strlen(known[i].name)
            && strncmp(text, known[i].name, strlen(known[i].name)) == 0)
        {
            value = known[i].value;

            return (value->len != 0) ? OCI_INVALID
                   : sign_token_decode(t->pool,
                                       text + strlen(known[i].name),
                                       len - strlen(known[i].name), value);
        }
    }

    return OCI_OK;                  /* for the provider or the engine */
}


static oci_status_e
sign_token_decode(oci_pool_t *pool, const char *text, size_t len,
    oci_str_t *value)
{
    char    hex[3] = "";
    size_t  i;

    value->data = oci_palloc(pool, len + 1);
    value->len = 0;

    if (value->data == NULL) {
        return OCI_NOMEM;
    }

    for (i = 0; i < len; i++) {

        if (text[i] != '%') {
            value->data[value->len++] = (u_char) text[i];
            continue;
        }

        if (len - i < 3 || !isxdigit((u_char) text[i + 1])
            || !isxdigit((u_char) text[i + 2]))
        {
            return OCI_INVALID;
        }

        hex[0] = text[i + 1];
        hex[1] = text[i + 2];
        value->data[value->len++] = (u_char) strtoul(hex, NULL, 16);
        i += 2;
    }

    value->data[value->len] = '\0';

    return OCI_OK;
}


/*
 * The token's library: of the URI, else of cosign's variable, else of the
 * engine's or the provider's own settings.
 */

static oci_status_e
sign_token_module(sign_token_t *t, oci_error_t *err)
{
    size_t       i;
    const char  *value;

    static const char  *names[] = {
        "COSIGN_PKCS11_MODULE_PATH", "PKCS11_MODULE_PATH",
        "PKCS11_PROVIDER_MODULE"
    };

    for (i = 0; t->module.len == 0 && i < sizeof(names) / sizeof(names[0]);
         i++)
    {
        value = getenv(names[i]);

        if (value != NULL) {
            t->module = oci_str(value);
        }
    }

    if (t->module.len == 0) {
        return OCI_OK;
    }

    /* a name without a folder would be looked for wherever */

    if (t->module.data[0] != '/'
        || access((char *) t->module.data, R_OK) != 0)
    {
        return oci_error(err, OCI_INVALID, 0, "the token's library \"%s\" is "
                         "no file with an absolute path that can be read",
                         t->module.data);
    }

    return OCI_OK;
}


/* OpenSSL asks for the PIN when the token wants one */

static int
sign_token_pin(char *buf, int size, int writing, void *data)
{
    sign_token_t  *t = data;

    (void) writing;

    if (!t->asked) {
        t->asked = true;
        (void) sign_token_pin_find(t);
    }

    if (t->why.status != OCI_OK || size <= 0 || t->pin.len > SIGN_PIN_MAX
        || t->pin.len > (size_t) size)
    {
        return -1;
    }

    memcpy(buf, t->pin.data, t->pin.len);

    return (int) t->pin.len;
}


static oci_status_e
sign_token_pin_find(sign_token_t *t)
{
    oci_str_t    prompt;
    const char  *value;

    value = getenv("COSIGN_PKCS11_PIN");

    if (t->pin_value.len != 0) {
        t->pin = t->pin_value;
        return OCI_OK;
    }

    if (t->pin_source.len != 0) {
        return sign_token_pin_file(t);
    }

    if (value != NULL && value[0] != '\0') {
        t->pin = oci_str_dup(t->pool, (const u_char *) value, strlen(value));
        return OCI_OK;
    }

    if (!isatty(STDIN_FILENO)) {
        return oci_error(&t->why, OCI_DENIED, 0, "the token wants a PIN: set "
                         "COSIGN_PKCS11_PIN, or give pin-source=FILE in the "
                         "URI");
    }

    prompt = oci_strf(t->pool, "Enter PIN for key '%s' in PKCS11 token "
                      "'%s': ", t->object.len ? (char *) t->object.data : "",
                      t->token.len ? (char *) t->token.data : "");

    return password_ask(t->pool, (char *) prompt.data, &t->pin,
                                  &t->why);
}


/* a file or a file: URI; a line feed at the end is not of the PIN */

static oci_status_e
sign_token_pin_file(sign_token_t *t)
{
    char          *name;
    oci_status_e   status;

    name = (char *) t->pin_source.data;

    if (strncmp(name, "file:", 5) == 0) {
        name += (strncmp(name, "file://", 7) == 0) ? 7 : 5;
    }

    status = file_read(t->pool, name, &t->pin, &t->why);

    while (status == OCI_OK && t->pin.len != 0
           && (t->pin.data[t->pin.len - 1] == '\n'
               || t->pin.data[t->pin.len - 1] == '\r'))
    {
        t->pin.len--;
    }

    return status;
}


/*
 * The provider gets a library context of its own.  In the one that all share
 * it would serve the token's library too (SoftHSM calls OpenSSL), which would
 * wait for itself.  NULL: there is no such provider.
 */

static OSSL_LIB_CTX *
sign_token_library(sign_token_t *t)
{
    OSSL_LIB_CTX  *library;

    if (t->module.len != 0) {
        (void) setenv("PKCS11_PROVIDER_MODULE", (char *) t->module.data, 1);
    }

    library = OSSL_LIB_CTX_new();

    if (OSSL_PROVIDER_load(library, "default") == NULL
        || OSSL_PROVIDER_load(library, "pkcs11") == NULL
        || oci_pool_cleanup(t->pool, sign_token_library_done, library)
           != OCI_OK)
    {
        ERR_clear_error();
        OSSL_LIB_CTX_free(library);
        return NULL;
    }

    return library;
}


static void
sign_token_library_done(void *data)
{
    OSSL_LIB_CTX_free(data);
}


static EVP_PKEY *
sign_token_provider(sign_token_t *t, OSSL_LIB_CTX *library, UI_METHOD *ui,
    bool private)
{
    EVP_PKEY         *key;
    oci_str_t         uri;
    OSSL_STORE_CTX   *store;
    OSSL_STORE_INFO  *info;

    uri = oci_strf(t->pool, "%s%s", t->path,
                   strstr(t->path, ";type=") != NULL ? ""
                   : private ? ";type=private" : ";type=public");

    key = NULL;
    store = OSSL_STORE_open_ex((char *) uri.data, library, NULL, ui, t, NULL,
                               NULL, NULL);

    while (store != NULL && key == NULL && !OSSL_STORE_eof(store)) {
        info = OSSL_STORE_load(store);

        if (info == NULL) {
            break;
        }

        key = sign_token_pick(info, private);
        OSSL_STORE_INFO_free(info);
    }

    OSSL_STORE_close(store);

    return key;
}


static EVP_PKEY *
sign_token_pick(OSSL_STORE_INFO *info, bool private)
{
    switch (OSSL_STORE_INFO_get_type(info)) {

    case OSSL_STORE_INFO_PKEY:
        return private ? OSSL_STORE_INFO_get1_PKEY(info) : NULL;

    case OSSL_STORE_INFO_PUBKEY:
        return private ? NULL : OSSL_STORE_INFO_get1_PUBKEY(info);

    default:
        return NULL;
    }
}


static EVP_PKEY *
sign_token_engine(sign_token_t *t, UI_METHOD *ui, bool private)
{
    char      *name;
    ENGINE    *engine;

    ENGINE_load_dynamic();
    engine = ENGINE_by_id("pkcs11");

    if (engine == NULL) {
        (void) oci_error(&t->why, OCI_NOT_FOUND, 0, "OpenSSL has no pkcs11 "
                         "provider or engine here: install pkcs11-provider "
                         "or libengine-pkcs11-openssl");
        return NULL;
    }

    (void) ENGINE_ctrl_cmd_string(engine, "QUIET", NULL, 1);

    if ((t->module.len != 0
         && ENGINE_ctrl_cmd_string(engine, "MODULE_PATH",
                                   (char *) t->module.data, 0) != 1)
        || ENGINE_init(engine) != 1)
    {
        ENGINE_free(engine);
        return NULL;
    }

    /* the key works by it: it is given back after the key */

    if (oci_pool_cleanup(t->pool, sign_token_engine_done, engine) != OCI_OK) {
        sign_token_engine_done(engine);
        return NULL;
    }

    name = sign_token_engine_name(t);

    return private ? ENGINE_load_private_key(engine, name, ui, t)
           : ENGINE_load_public_key(engine, name, ui, t);
}


/*
 * libp11 refuses a URI with slot-id.  A token's name is as good; a slot alone
 * can be said in its older way.
 */

static char *
sign_token_engine_name(sign_token_t *t)
{
    char       *cut;
    size_t      i;
    oci_str_t   name, hex;

    cut = strstr(t->path, "slot-id=");

    if (t->slot.len == 0 || cut == NULL) {
        return t->path;
    }

    if (t->token.len != 0) {
        name = oci_strf(t->pool, "%.*s%s", (int) (cut - t->path), t->path,
                        cut + strcspn(cut, ";") + (strchr(cut, ';') != NULL));

    } else if (t->id.len != 0) {
        hex = oci_strf(t->pool, "%*s", (int) t->id.len * 2, "");

        for (i = 0; hex.data != NULL && i < t->id.len; i++) {
            (void) snprintf((char *) hex.data + i * 2, 3, "%02x",
                            t->id.data[i]);
        }

        name = oci_strf(t->pool, "slot_%s-id_%s", t->slot.data, hex.data);

    } else {
        name = oci_strf(t->pool, "slot_%s-label_%s", t->slot.data,
                        t->object.data);
    }

    return (char *) name.data;
}


static void
sign_token_engine_done(void *data)
{
    (void) ENGINE_finish(data);
    ENGINE_free(data);
}


static oci_status_e
sign_token_refused(sign_token_t *t, bool private, oci_error_t *err)
{
    const char     *reason, *last;
    unsigned long   code;

    if (t->why.status != OCI_OK) {
        return oci_error(err, t->why.status, 0, "%s", t->why.text);
    }

    /* what went wrong first is the reason of the others */

    for (last = NULL; (code = ERR_get_error()) != 0; ) {
        reason = ERR_reason_error_string(code);

        if (last == NULL) {
            last = reason;
        }
    }

    return oci_error(err, OCI_NOT_FOUND, 0, "no %s key %s can be had from a "
                     "token: %s%s", private ? "private" : "public", t->path,
                     last ? last : "not found",
                     t->module.len ? "" : "; COSIGN_PKCS11_MODULE_PATH names "
                     "the token's library");
}
