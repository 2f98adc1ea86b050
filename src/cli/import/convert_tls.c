/*
 * TLS, as config.yml has it, in directives of nginx.
 */

#include "import/convert_conf.h"

#include <openssl/ssl.h>
#include <string.h>


static void convert_letsencrypt(convert_conf_t *conf);
static void convert_tls_versions(convert_conf_t *conf);
static void convert_ciphers(convert_conf_t *conf);
static void convert_client_cas(convert_conf_t *conf);


void
convert_tls(convert_conf_t *conf)
{
    size_t       i;
    const char  *value;

    static const struct {
        const char  *path;
        const char  *directive;
    } files[] = {
        { "http.tls.certificate", "        ssl_certificate " },
        { "http.tls.key", "        ssl_certificate_key " }
    };

    fprintf(conf->server, "\n");
    convert_letsencrypt(conf);

    for (i = 0; i < 2; i++) {
        value = settings_text(conf->s, files[i].path);

        if (value == NULL) {
            continue;
        }

        fprintf(conf->server, "%s", files[i].directive);
        convert_quoted(conf, conf->server, value, true);
        fprintf(conf->server, ";\n");
    }

    convert_tls_versions(conf);
    convert_ciphers(conf);
    convert_client_cas(conf);
}


/* where certbot leaves what it gets for the first of the hosts */

static void
convert_letsencrypt(convert_conf_t *conf)
{
    bool         files[2];
    oci_str_t    path;
    const char  *host;

    files[0] = settings_get(conf->s, "http.tls.certificate") != NULL;
    files[1] = settings_get(conf->s, "http.tls.key") != NULL;

    if (files[0] != files[1]) {
        convert_bad(conf, "http.tls", "has a certificate or a key, and needs "
                    "both");
        return;
    }

    if (files[0]) {
        return;
    }

    host = json_string_value(json_array_get(
               settings_get(conf->s, "http.tls.letsencrypt.hosts"), 0));

    if (host == NULL) {
        convert_bad(conf, "http.tls.letsencrypt.hosts", "names no host, whose "
                    "certificate this would be");
        return;
    }

    path = oci_strf(conf->s->pool, "/etc/letsencrypt/live/%s/fullchain.pem",
                    host);
    convert_line(conf, conf->server, "        ssl_certificate",
                 convert_or((char *) path.data, ""));
    path = oci_strf(conf->s->pool, "/etc/letsencrypt/live/%s/privkey.pem",
                    host);
    convert_line(conf, conf->server, "        ssl_certificate_key",
                 convert_or((char *) path.data, ""));
}


static void
convert_tls_versions(convert_conf_t *conf)
{
    size_t       i;
    const char  *least;

    static const char  *const names[] = {
        "tls1.0", "tls1.1", "tls1.2", "tls1.3"
    };

    static const char  *const versions[] = {
        "TLSv1 TLSv1.1 TLSv1.2 TLSv1.3", "TLSv1.1 TLSv1.2 TLSv1.3",
        "TLSv1.2 TLSv1.3", "TLSv1.3"
    };

    least = convert_or(settings_text(conf->s, "http.tls.minimumtls"), "");
    least = (*least == '\0') ? "tls1.2" : least;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(least, names[i]) == 0) {
            fprintf(conf->server, "        ssl_protocols %s;\n", versions[i]);
            return;
        }
    }

    convert_bad(conf, "http.tls.minimumtls", "is none of tls1.0 to tls1.3");
}


/* of TLS 1.2: those of 1.3 are never chosen, by Go neither */

static void
convert_ciphers(convert_conf_t *conf)
{
    size_t       i, n;
    json_t      *list;
    const char  *name, *cipher;

    list = settings_get(conf->s, "http.tls.ciphersuites");

    if (list != NULL && !json_is_array(list)) {
        convert_bad(conf, "http.tls.ciphersuites", "is not a list");
        return;
    }

    for (i = 0, n = 0; i < json_array_size(list); i++) {
        name = convert_or(json_string_value(json_array_get(list, i)), "");

        if (strncmp(name, "TLS_AES_", 8) == 0
            || strncmp(name, "TLS_CHACHA20_", 13) == 0)
        {
            continue;
        }

        cipher = OPENSSL_cipher_name(name);

        if (cipher == NULL || strcmp(cipher, "(NONE)") == 0) {
            convert_bad(conf, "http.tls.ciphersuites", "has a name that is "
                        "no suite");
            return;
        }

        fprintf(conf->server, "%s%s", n++ ? ":" : "        ssl_ciphers ",
                cipher);
    }

    if (n != 0) {
        fprintf(conf->server, ";\n");
    }
}


/* nginx trusts what two directives name; a third file it would not ask for */

static void
convert_client_cas(convert_conf_t *conf)
{
    size_t       i;
    json_t      *list;
    const char  *mode;

    static const char  *const directives[] = {
        "        ssl_client_certificate", "        ssl_trusted_certificate"
    };

    list = settings_get(conf->s, "http.tls.clientcas");
    mode = settings_text(conf->s, "http.tls.clientauth");

    if (list == NULL) {
        return;
    }

    if (json_array_size(list) == 0 || json_array_size(list) > 2) {
        convert_bad(conf, "http.tls.clientcas", "is not a list of one or two "
                    "files: put the certificates into one");
        return;
    }

    for (i = 0; i < json_array_size(list); i++) {
        convert_line(conf, conf->server, directives[i],
                     convert_or(json_string_value(json_array_get(list, i)),
                                ""));
    }

    mode = convert_or(mode, "require-and-verify-client-cert");

    if (strcmp(mode, "verify-client-cert-if-given") == 0) {
        fprintf(conf->server, "        ssl_verify_client optional;\n");

    } else if (strcmp(mode, "require-and-verify-client-cert") == 0) {
        fprintf(conf->server, "        ssl_verify_client on;\n");

    } else {
        convert_bad(conf, "http.tls.clientauth", "is neither require-and-"
                    "verify-client-cert nor verify-client-cert-if-given");
    }
}
