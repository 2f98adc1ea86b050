/*
 * trusted-root create, signing-config create: whom to trust and which
 * services to use, as files for --trusted-root and --signing-config.
 */

#include "sign/specs.h"
#include "command/file.h"
#include "oci_sign_log.h"
#include "sign/verbs.h"

#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>


typedef struct {
    cmd_list_t   fulcio;
    cmd_list_t   rekor;
    cmd_list_t   ctfe;
    cmd_list_t   oidc;
    cmd_list_t   tsa;
    const char  *rekor_config;
    const char  *tsa_config;
    const char  *out;
    bool         defaults;
    bool         ignored;           /* no default is taken anyway */
} cmd_services_t;

#define cmd_services_at(member)  offsetof(cmd_services_t, member)


static int cmd_root_run(cmd_t *cmd);
static oci_status_e cmd_root_logs(cmd_t *cmd, const char *flag,
    const cmd_list_t *list, json_t *into);
static oci_status_e cmd_root_log(cmd_t *cmd, const char *flag,
    const sign_spec_t *spec, json_t *into);
static oci_status_e cmd_root_authorities(cmd_t *cmd, const char *flag,
    const cmd_list_t *list, json_t *into);
static oci_status_e cmd_root_authority(cmd_t *cmd, const char *flag,
    const sign_spec_t *spec, json_t *into);
static const char *cmd_root_start(cmd_t *cmd, X509 *cert);
static json_t *cmd_root_subject(cmd_t *cmd, X509 *cert);
static const char *cmd_root_name(cmd_t *cmd, X509 *cert, int nid);
static json_t *cmd_root_bytes(cmd_t *cmd, const void *data, size_t len);
static int cmd_config_run(cmd_t *cmd);
static oci_status_e cmd_config_services(cmd_t *cmd, const char *flag,
    const cmd_list_t *list, json_t *root, const char *member);
static oci_status_e cmd_config_choice(cmd_t *cmd, const char *flag,
    bool needed, const char *text, json_t *root, const char *member);
static bool cmd_services_sense(cmd_t *cmd, const char *verb);


static const cmd_flag_t  cmd_root_flags[] = {
    { "certificate-chain", 0, CMD_REFUSED, 0, "",
      "--fulcio url=...,certificate-chain=FILE names it" },
    { "ctfe", 0, CMD_LIST, cmd_services_at(ctfe), "SPEC",
      "a CT log: url, public-key, start-time; end-time, origin" },
    { "ctfe-key", 0, CMD_REFUSED, 0, "",
      "--ctfe url=...,public-key=FILE,start-time=... names it" },
    { "ctfe-start-time", 0, CMD_REFUSED, 0, "",
      "--ctfe url=...,public-key=FILE,start-time=... names it" },
    { "fulcio", 0, CMD_LIST, cmd_services_at(fulcio), "SPEC",
      "an authority: url, certificate-chain; start-time, end-time" },
    { "no-default-ctfe", 0, CMD_BOOL, cmd_services_at(ignored), NULL, NULL },
    { "no-default-fulcio", 0, CMD_BOOL, cmd_services_at(ignored), NULL, NULL },
    { "no-default-rekor", 0, CMD_BOOL, cmd_services_at(ignored), NULL, NULL },
    { "no-default-tsa", 0, CMD_BOOL, cmd_services_at(ignored), NULL, NULL },
    { "out", 0, CMD_STRING, cmd_services_at(out), "FILE",
      "write it there (default: standard output)" },
    { "rekor", 0, CMD_LIST, cmd_services_at(rekor), "SPEC",
      "a log: url, public-key, start-time; end-time, origin" },
    { "rekor-key", 0, CMD_REFUSED, 0, "",
      "--rekor url=...,public-key=FILE,start-time=... names it" },
    { "rekor-start-time", 0, CMD_REFUSED, 0, "",
      "--rekor url=...,public-key=FILE,start-time=... names it" },
    { "timestamp-certificate-chain", 0, CMD_REFUSED, 0, "",
      "--tsa url=...,certificate-chain=FILE names it" },
    { "tsa", 0, CMD_LIST, cmd_services_at(tsa), "SPEC",
      "a timestamp authority: as --fulcio" },
    { "with-default-services", 0, CMD_BOOL, cmd_services_at(defaults), NULL,
      NULL },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flags_t  cmd_root_sets[] = {
    { cmd_root_flags, 0 },
    { NULL, 0 }
};

static const cmd_flag_t  cmd_config_flags[] = {
    { "fulcio", 0, CMD_LIST, cmd_services_at(fulcio), "SPEC",
      "an authority: url, api-version, start-time, operator; end-time" },
    { "no-default-fulcio", 0, CMD_BOOL, cmd_services_at(ignored), NULL, NULL },
    { "no-default-oidc", 0, CMD_BOOL, cmd_services_at(ignored), NULL, NULL },
    { "no-default-rekor", 0, CMD_BOOL, cmd_services_at(ignored), NULL, NULL },
    { "no-default-tsa", 0, CMD_BOOL, cmd_services_at(ignored), NULL, NULL },
    { "oidc-provider", 0, CMD_LIST, cmd_services_at(oidc), "SPEC",
      "who gives identity tokens: as --fulcio" },
    { "out", 0, CMD_STRING, cmd_services_at(out), "FILE",
      "write it there (default: standard output)" },
    { "rekor", 0, CMD_LIST, cmd_services_at(rekor), "SPEC",
      "a log: as --fulcio" },
    { "rekor-config", 0, CMD_STRING, cmd_services_at(rekor_config), "CHOICE",
      "of several logs: ANY, ALL or EXACT:N" },
    { "tsa", 0, CMD_LIST, cmd_services_at(tsa), "SPEC",
      "a timestamp authority: as --fulcio" },
    { "tsa-config", 0, CMD_STRING, cmd_services_at(tsa_config), "CHOICE",
      "of several authorities: ANY, ALL or EXACT:N" },
    { "with-default-rekor-v2", 0, CMD_BOOL, cmd_services_at(defaults), NULL,
      NULL },
    { "with-default-services", 0, CMD_BOOL, cmd_services_at(defaults), NULL,
      NULL },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

static const cmd_flags_t  cmd_config_sets[] = {
    { cmd_config_flags, 0 },
    { NULL, 0 }
};


const cmd_verb_t  cmd_trusted_root = {
    "trusted-root", "create", "Makes a trusted_root.json of keys and chains",
    "  tally trusted-root create --out trusted_root.json \\\n"
    "      --rekor url=https://log.example,public-key=log.pub,"
    "start-time=2026-01-01T00:00:00Z \\\n"
    "      --fulcio url=https://ca.example,certificate-chain=ca.pem\n",
    "COSIGN_", cmd_root_sets, sizeof(cmd_services_t), NULL, cmd_root_run
};

const cmd_verb_t  cmd_signing_config = {
    "signing-config", "create", "Makes a signing config of services",
    "  tally signing-config create --out signing_config.json \\\n"
    "      --rekor url=https://log.example,api-version=2,"
    "start-time=2026-01-01T00:00:00Z,operator=example \\\n"
    "      --rekor-config ANY\n",
    "COSIGN_", cmd_config_sets, sizeof(cmd_services_t), NULL, cmd_config_run
};


/* there is nothing public here to take defaults from */

static bool
cmd_services_sense(cmd_t *cmd, const char *verb)
{
    cmd_services_t  *o;

    o = cmd->options;

    if (cmd->nargs != 1 || strcmp(cmd->args[0], "create") != 0) {
        (void) oci_error(&cmd->err, OCI_INVALID, 0, "%s knows create alone",
                         verb);
        return false;
    }

    if (o->defaults) {
        (void) oci_error(&cmd->err, OCI_INVALID, 0, "the public instance is "
                         "not asked: name every service by its flag");
        return false;
    }

    return true;
}


static int
cmd_root_run(cmd_t *cmd)
{
    json_t          *root, *lists[4];
    size_t           i;
    oci_status_e     rc;
    cmd_services_t  *o;

    static const char *const  names[] = { "tlogs", "certificateAuthorities",
                                          "ctlogs", "timestampAuthorities" };

    o = cmd->options;

    if (!cmd_services_sense(cmd, "trusted-root")) {
        return cmd_usage(cmd, cmd->err.text);
    }

    root = json_pack("{s:s}", "mediaType", "application/vnd.dev.sigstore."
                     "trustedroot+json;version=0.1");

    for (i = 0; i < 4; i++) {
        lists[i] = json_array();
    }

    rc = cmd_root_logs(cmd, "rekor", &o->rekor, lists[0]);

    if (rc == OCI_OK) {
        rc = cmd_root_authorities(cmd, "fulcio", &o->fulcio, lists[1]);
    }

    if (rc == OCI_OK) {
        rc = cmd_root_logs(cmd, "ctfe", &o->ctfe, lists[2]);
    }

    if (rc == OCI_OK) {
        rc = cmd_root_authorities(cmd, "tsa", &o->tsa, lists[3]);
    }

    for (i = 0; i < 4; i++) {
        if (json_array_size(lists[i]) != 0) {
            (void) json_object_set(root, names[i], lists[i]);
        }

        json_decref(lists[i]);
    }

    if (rc != OCI_OK) {
        json_decref(root);
        return cmd_fail(cmd, 1);
    }

    return (sign_spec_write(cmd, root, o->out) == OCI_OK) ? 0
           : cmd_fail(cmd, 1);
}


static oci_status_e
cmd_root_logs(cmd_t *cmd, const char *flag, const cmd_list_t *list,
    json_t *into)
{
    size_t        i;
    sign_spec_t   spec;
    oci_status_e  rc;

    static const char *const  needs[] = { "url", "public-key", "start-time",
                                          NULL };

    for (i = 0, rc = OCI_OK; rc == OCI_OK && i < list->nelts; i++) {
        rc = sign_spec_read(cmd, flag, list->elts[i], needs, &spec);

        if (rc == OCI_OK) {
            rc = cmd_root_log(cmd, flag, &spec, into);
        }
    }

    return rc;
}


static oci_status_e
cmd_root_log(cmd_t *cmd, const char *flag, const sign_spec_t *spec,
    json_t *into)
{
    oci_str_t        der, host, text;
    oci_array_t      logs;
    oci_error_t      why = { OCI_OK, 0, "" };
    const char      *details;
    oci_sign_log_t  *log;

    oci_array_init(&logs, cmd->pool, sizeof(oci_sign_log_t));

    if (file_read(cmd->pool, spec->public_key, &text, &why) != OCI_OK
        || oci_sign_trust_keys(cmd->pool, &logs, &text, &why) != OCI_OK
        || logs.nelts != 1)
    {
        return oci_error(&cmd->err, OCI_INVALID, 0, "parsing %s spec: %s: %s",
                         flag, spec->public_key,
                         why.text[0] != '\0' ? why.text
                                             : "more than one key in it");
    }

    log = logs.elts;
    details = oci_sign_key_details(log->key);
    der = oci_sign_key_der(cmd->pool, log->key);

    if (EVP_PKEY_get_base_id(log->key) == EVP_PKEY_ED25519) {
        details = "PKIX_ED25519";
    }

    /* a log that signs checkpoints has its name in its identity */

    if (spec->origin != NULL) {
        host = oci_str(spec->origin);
        oci_sign_log_name(cmd->pool, log, &host);
    }

    if (details == NULL) {
        return oci_error(&cmd->err, OCI_INVALID, 0, "parsing %s spec: %s: "
                         "a log has no key of that kind", flag,
                         spec->public_key);
    }

    (void) json_array_append_new(into,
        json_pack("{s:s,s:s,s:{s:o,s:s,s:o},s:{s:o}}", "baseUrl", spec->url,
                  "hashAlgorithm", "SHA2_256", "publicKey", "rawBytes",
                  cmd_root_bytes(cmd, der.data, der.len), "keyDetails",
                  details, "validFor", sign_spec_valid_for(spec), "logId",
                  "keyId", cmd_root_bytes(cmd, log->id, sizeof(log->id))));

    return OCI_OK;
}


static oci_status_e
cmd_root_authorities(cmd_t *cmd, const char *flag, const cmd_list_t *list,
    json_t *into)
{
    size_t        i;
    sign_spec_t   spec;
    oci_status_e  rc;

    static const char *const  needs[] = { "url", "certificate-chain", NULL };

    for (i = 0, rc = OCI_OK; rc == OCI_OK && i < list->nelts; i++) {
        rc = sign_spec_read(cmd, flag, list->elts[i], needs, &spec);

        if (rc == OCI_OK) {
            rc = cmd_root_authority(cmd, flag, &spec, into);
        }
    }

    return rc;
}


/* valid, unless it is said otherwise, since the first of the chain is */

static oci_status_e
cmd_root_authority(cmd_t *cmd, const char *flag, const sign_spec_t *spec,
    json_t *into)
{
    int           len;
    X509         *cert;
    json_t       *chain;
    u_char       *der;
    size_t        i;
    oci_str_t     text;
    oci_array_t   certs;
    oci_error_t   why = { OCI_OK, 0, "" };
    sign_spec_t   valid;

    oci_array_init(&certs, cmd->pool, sizeof(X509 *));

    if (file_read(cmd->pool, spec->chain, &text, &why) != OCI_OK
        || oci_sign_certs_pem(cmd->pool, &text, &certs, &why) != OCI_OK)
    {
        return oci_error(&cmd->err, OCI_INVALID, 0, "parsing %s spec: %s: %s",
                         flag, spec->chain, why.text);
    }

    if (strcmp(flag, "tsa") == 0
        && X509_check_ca(((X509 **) certs.elts)[0]) == 1)
    {
        return oci_error(&cmd->err, OCI_INVALID, 0, "parsing %s spec: first "
                         "certificate in chain must be a leaf certificate",
                         flag);
    }

    chain = json_array();
    valid = *spec;

    for (i = 0; i < certs.nelts; i++) {
        cert = ((X509 **) certs.elts)[i];
        der = NULL;
        len = i2d_X509(cert, &der);
        (void) json_array_append_new(chain, json_pack("{s:o}", "rawBytes",
            cmd_root_bytes(cmd, der, len > 0 ? (size_t) len : 0)));
        OPENSSL_free(der);
    }

    cert = ((X509 **) certs.elts)[0];

    if (valid.start == NULL) {
        valid.start = cmd_root_start(cmd, cert);
    }

    cert = ((X509 **) certs.elts)[certs.nelts - 1];

    (void) json_array_append_new(into,
        json_pack("{s:o,s:s,s:{s:o},s:o}", "subject",
                  cmd_root_subject(cmd, cert), "uri", spec->url, "certChain",
                  "certificates", chain, "validFor",
                  sign_spec_valid_for(&valid)));

    return OCI_OK;
}


static const char *
cmd_root_start(cmd_t *cmd, X509 *cert)
{
    struct tm  tm;

    return (ASN1_TIME_to_tm(X509_get0_notBefore(cert), &tm) == 1)
           ? (char *) oci_sign_time_text(cmd->pool, (int64_t) timegm(&tm)).data
           : NULL;
}


static json_t *
cmd_root_subject(cmd_t *cmd, X509 *cert)
{
    return json_pack("{s:s*,s:s*}", "organization",
                     cmd_root_name(cmd, cert, NID_organizationName),
                     "commonName", cmd_root_name(cmd, cert, NID_commonName));
}


static const char *
cmd_root_name(cmd_t *cmd, X509 *cert, int nid)
{
    int          at, len;
    u_char      *utf8;
    X509_NAME   *name;
    oci_str_t    text;

    name = X509_get_subject_name(cert);
    at = X509_NAME_get_index_by_NID(name, nid, -1);

    if (at < 0) {
        return NULL;
    }

    utf8 = NULL;
    len = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(
                                         X509_NAME_get_entry(name, at)));
    text = oci_str_dup(cmd->pool, utf8, len > 0 ? (size_t) len : 0);
    OPENSSL_free(utf8);

    return (len > 0) ? oci_cstr(cmd->pool, &text) : NULL;
}


static json_t *
cmd_root_bytes(cmd_t *cmd, const void *data, size_t len)
{
    oci_str_t  text;

    text = oci_sign_b64(cmd->pool, data, len);

    return json_stringn(text.data ? (char *) text.data : "", text.len);
}


static int
cmd_config_run(cmd_t *cmd)
{
    json_t          *root;
    size_t           i;
    oci_status_e     rc;
    cmd_services_t  *o;

    o = cmd->options;

    const struct {
        const char        *flag;
        const cmd_list_t  *list;
        const char        *member;
        const char        *choice;
        const char        *config;
    } services[] = {
        { "fulcio", &o->fulcio, "caUrls", NULL, NULL },
        { "oidc-provider", &o->oidc, "oidcUrls", NULL, NULL },
        { "rekor", &o->rekor, "rekorTlogUrls", o->rekor_config,
          "rekorTlogConfig" },
        { "tsa", &o->tsa, "tsaUrls", o->tsa_config, "tsaConfig" }
    };

    if (!cmd_services_sense(cmd, "signing-config")) {
        return cmd_usage(cmd, cmd->err.text);
    }

    root = json_pack("{s:s}", "mediaType", "application/vnd.dev.sigstore."
                     "signingconfig.v0.2+json");

    for (i = 0, rc = OCI_OK; rc == OCI_OK && i < 4; i++) {
        rc = cmd_config_services(cmd, services[i].flag, services[i].list,
                                 root, services[i].member);

        if (rc == OCI_OK && services[i].config != NULL) {
            rc = cmd_config_choice(cmd, services[i].flag,
                                   services[i].list->nelts != 0,
                                   services[i].choice, root,
                                   services[i].config);
        }
    }


    if (rc != OCI_OK) {
        json_decref(root);
        return cmd_fail(cmd, 1);
    }

    return (sign_spec_write(cmd, root, o->out) == OCI_OK) ? 0
           : cmd_fail(cmd, 1);
}


static oci_status_e
cmd_config_services(cmd_t *cmd, const char *flag, const cmd_list_t *list,
    json_t *root, const char *member)
{
    json_t        *array;
    size_t         i;
    uint64_t       version;
    oci_str_t      text;
    sign_spec_t    spec;

    static const char *const  needs[] = { "url", "api-version", "start-time",
                                          "operator", NULL };

    array = json_array();

    for (i = 0; i < list->nelts; i++) {
        if (sign_spec_read(cmd, flag, list->elts[i], needs, &spec) != OCI_OK)
        {
            json_decref(array);
            return cmd->err.status;
        }

        text = oci_str(spec.version);

        if (!oci_str_number(&text, UINT32_MAX, &version)) {
            json_decref(array);
            return oci_error(&cmd->err, OCI_INVALID, 0, "parsing %s spec: "
                             "api-version \"%s\" is no number", flag,
                             spec.version);
        }

        (void) json_array_append_new(array,
            json_pack("{s:s,s:I,s:o,s:s}", "url", spec.url,
                      "majorApiVersion", (json_int_t) version, "validFor",
                      sign_spec_valid_for(&spec), "operator", spec.operator));
    }

    if (list->nelts != 0) {
        (void) json_object_set(root, member, array);
    }

    json_decref(array);

    return OCI_OK;
}


static oci_status_e
cmd_config_choice(cmd_t *cmd, const char *flag, bool needed,
    const char *text, json_t *root, const char *member)
{
    uint64_t   count;
    oci_str_t  number;

    if (text == NULL && needed) {
        return oci_error(&cmd->err, OCI_INVALID, 0, "--%s-config must be "
                         "provided when --%s is specified", flag, flag);
    }

    if (text == NULL) {
        (void) json_object_set_new(root, member, json_object());
        return OCI_OK;
    }

    if (strcmp(text, "ANY") == 0 || strcmp(text, "ALL") == 0) {
        (void) json_object_set_new(root, member,
                                   json_pack("{s:s}", "selector", text));
        return OCI_OK;
    }

    number = oci_str(strncmp(text, "EXACT:", 6) == 0 ? text + 6 : "");

    if (!oci_str_number(&number, UINT32_MAX, &count) || count == 0) {
        return oci_error(&cmd->err, OCI_INVALID, 0, "parsing %s-config: "
                         "invalid service config mode: %s", flag, text);
    }

    (void) json_object_set_new(root, member,
                               json_pack("{s:s,s:I}", "selector", "EXACT",
                                         "count", (json_int_t) count));

    return OCI_OK;
}
