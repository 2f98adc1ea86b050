/*
 * Certificates of keyless signatures: names, identity, chain.
 */

#include "oci_sign_cert.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>


#define OCI_SIGN_OID_FULCIO     "1.3.6.1.4.1.57264.1."
#define OCI_SIGN_OID_OTHERNAME  "1.3.6.1.4.1.57264.1.7"


static void oci_sign_names_add(oci_pool_t *pool, oci_sign_names_t *names,
    const GENERAL_NAME *name, int type);
static oci_str_t oci_sign_address(oci_pool_t *pool,
    const ASN1_OCTET_STRING *address);
static oci_str_t oci_sign_other_name(oci_pool_t *pool,
    const GENERAL_NAME *name);
static oci_str_t oci_sign_cert_ext(oci_pool_t *pool, X509 *cert,
    int number, bool *der);
static bool oci_sign_subject_fits(const oci_sign_names_t *names,
    const oci_sign_identity_t *who);
static bool oci_sign_text_fits(const oci_str_t *text, const char *exact,
    const char *regexp, oci_sign_match_pt match);
static bool oci_sign_der_text(const u_char *p, size_t len, oci_str_t *text);
static bool oci_sign_issuer_fits(const oci_sign_names_t *names,
    oci_sign_id_e how, const oci_sign_identity_t *who);
static oci_status_e oci_sign_chain_one(oci_pool_t *pool, X509 *cert,
    const oci_array_t *others, const oci_sign_ca_t *ca, int64_t when,
    X509 **issuer);
static int oci_sign_chain_time(int ok, X509_STORE_CTX *ctx);
static bool oci_sign_stack_add(STACK_OF(X509) *stack,
    const oci_array_t *certs);
static bool oci_sign_code_signing(STACK_OF(X509) *chain);
static X509 *oci_sign_chain_issuer(oci_pool_t *pool, STACK_OF(X509) *chain);
static void oci_sign_x509_free(void *cert);


void
oci_sign_cert_names(oci_pool_t *pool, X509 *cert, oci_sign_names_t *names)
{
    int             i, k;
    GENERAL_NAMES  *list;

    /* the order in which a bundle's first name is picked */

    static const int  types[] = { GEN_URI, GEN_EMAIL, GEN_OTHERNAME,
                                  GEN_DNS, GEN_IPADD };

    memset(names, 0, sizeof(oci_sign_names_t));
    oci_array_init(&names->subjects, pool, sizeof(oci_str_t));

    list = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);

    for (k = 0; k < 5; k++) {
        for (i = 0; i < sk_GENERAL_NAME_num(list); i++) {
            oci_sign_names_add(pool, names, sk_GENERAL_NAME_value(list, i),
                               types[k]);
        }
    }

    GENERAL_NAMES_free(list);

    names->sound = true;
    names->issuer = oci_sign_cert_ext(pool, cert, 1, NULL);
    names->issuer2 = oci_sign_cert_ext(pool, cert, 8, &names->sound);

    for (i = 0; i < 5; i++) {
        names->github[i] = oci_sign_cert_ext(pool, cert, i + 2, NULL);
    }

    ERR_clear_error();
}


static void
oci_sign_names_add(oci_pool_t *pool, oci_sign_names_t *names,
    const GENERAL_NAME *name, int type)
{
    oci_str_t  text, *slot;

    if (name->type != type) {
        return;
    }

    if (type == GEN_OTHERNAME) {
        text = oci_sign_other_name(pool, name);

    } else if (type == GEN_IPADD) {
        text = oci_sign_address(pool, name->d.iPAddress);

    } else {
        text = oci_str_dup(pool, ASN1_STRING_get0_data(name->d.ia5),
                           (size_t) ASN1_STRING_length(name->d.ia5));
    }

    /* a NUL inside is no name that anyone could have meant */

    if (text.len == 0 || memchr(text.data, '\0', text.len) != NULL) {
        return;
    }

    slot = oci_array_push(&names->subjects);

    if (slot != NULL) {
        *slot = text;
    }
}


/* as Go writes it: an IPv4 address within IPv6 is one of IPv4 */

static oci_str_t
oci_sign_address(oci_pool_t *pool, const ASN1_OCTET_STRING *address)
{
    int            len;
    char           text[INET6_ADDRSTRLEN];
    const u_char  *p;

    static const u_char  mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                        0xff, 0xff };

    p = ASN1_STRING_get0_data(address);
    len = ASN1_STRING_length(address);

    if (len == 16 && memcmp(p, mapped, sizeof(mapped)) == 0) {
        p += sizeof(mapped);
        len = 4;
    }

    if ((len != 4 && len != 16)
        || inet_ntop(len == 4 ? AF_INET : AF_INET6, p, text, sizeof(text))
           == NULL)
    {
        return oci_str(NULL);
    }

    return oci_str_dup(pool, (u_char *) text, strlen(text));
}


static oci_str_t
oci_sign_other_name(oci_pool_t *pool, const GENERAL_NAME *name)
{
    char         oid[80];
    oci_str_t    none = oci_null_string;
    ASN1_TYPE   *value;

    value = name->d.otherName->value;

    if (OBJ_obj2txt(oid, sizeof(oid), name->d.otherName->type_id, 1) <= 0
        || strcmp(oid, OCI_SIGN_OID_OTHERNAME) != 0
        || value == NULL || value->type != V_ASN1_UTF8STRING)
    {
        return none;
    }

    return oci_str_dup(pool, ASN1_STRING_get0_data(value->value.utf8string),
                       (size_t) ASN1_STRING_length(value->value.utf8string));
}


/*
 * Fulcio's extension 1.3.6.1.4.1.57264.1.<number>: raw text, or (der) one
 * UTF8String; der becomes false when it is there and is no such thing.
 */

static oci_str_t
oci_sign_cert_ext(oci_pool_t *pool, X509 *cert, int number, bool *der)
{
    int                 at;
    char                oid[64];
    long                len;
    oci_str_t           s = oci_null_string;
    ASN1_OBJECT        *obj;
    const u_char       *p;
    ASN1_OCTET_STRING  *value;

    (void) snprintf(oid, sizeof(oid), OCI_SIGN_OID_FULCIO "%d", number);
    obj = OBJ_txt2obj(oid, 1);
    at = (obj == NULL) ? -1 : X509_get_ext_by_OBJ(cert, obj, -1);
    ASN1_OBJECT_free(obj);

    if (at < 0) {
        return s;
    }

    value = X509_EXTENSION_get_data(X509_get_ext(cert, at));
    p = ASN1_STRING_get0_data(value);
    len = ASN1_STRING_length(value);

    if (der == NULL) {
        return oci_str_dup(pool, p, (size_t) len);
    }

    if (!oci_sign_der_text(p, (size_t) len, &s)) {
        *der = false;
        return oci_str(NULL);
    }

    return oci_str_dup(pool, s.data, s.len);
}


/* one string, not empty, in DER: the shortest length, nothing behind it */

static bool
oci_sign_der_text(const u_char *p, size_t len, oci_str_t *text)
{
    size_t  n, head;

    if (len < 3 || (p[0] != V_ASN1_UTF8STRING && p[0] != V_ASN1_IA5STRING
                    && p[0] != V_ASN1_PRINTABLESTRING))
    {
        return false;
    }

    n = p[1];
    head = 2;

    if (n == 0x81 && p[2] >= 0x80) {
        n = p[2];
        head = 3;

    } else if (n == 0x82 && len > 4 && p[2] != 0) {
        n = ((size_t) p[2] << 8) + p[3];
        head = 4;

    } else if (n >= 0x80) {
        return false;
    }

    text->data = (u_char *) p + head;
    text->len = n;

    return n != 0 && head + n == len && memchr(text->data, 0, n) == NULL;
}


oci_status_e
oci_sign_identity_check(oci_pool_t *pool, X509 *cert, oci_sign_id_e how,
    const oci_sign_identity_t *who, oci_error_t *err)
{
    size_t             i;
    oci_str_t          first;
    oci_sign_names_t   names;

    static const char *const  what[] = { "Trigger", "SHA", "Name",
                                         "Repository", "Ref" };
    const char *const  want[] = { who->trigger, who->sha, who->name,
                                  who->repository, who->ref };

    oci_sign_cert_names(pool, cert, &names);

    if (!names.sound) {
        return oci_error(err, OCI_DENIED, 0, "the certificate's issuer "
                         "extension is malformed");
    }

    if (how == OCI_SIGN_ID_BUNDLE && names.subjects.nelts > 1) {
        names.subjects.nelts = 1;
    }

    for (i = 0; i < 5; i++) {
        if (want[i] != NULL && want[i][0] != '\0'
            && !oci_str_is(&names.github[i], want[i]))
        {
            return oci_error(err, OCI_DENIED, 0, "expected GitHub Workflow "
                             "%s not found in certificate", what[i]);
        }
    }

    if (!oci_sign_subject_fits(&names, who)
        || !oci_sign_issuer_fits(&names, how, who))
    {
        first = names.subjects.nelts ? *(oci_str_t *) names.subjects.elts
                : oci_str("");

        return oci_error(err, OCI_DENIED, 0, "none of the expected "
                         "identities matched what was in the certificate, "
                         "got subjects [%.*s] with issuer %.*s",
                         (int) (first.len > 200 ? 200 : first.len),
                         first.data,
                         (int) (names.issuer.len > 120 ? 120
                                : names.issuer.len),
                         names.issuer.len ? (char *) names.issuer.data : "");
    }

    return OCI_OK;
}


static bool
oci_sign_subject_fits(const oci_sign_names_t *names,
    const oci_sign_identity_t *who)
{
    size_t            i;
    const oci_str_t  *name;

    for (i = 0; i < names->subjects.nelts; i++) {
        name = (const oci_str_t *) names->subjects.elts + i;

        if (oci_sign_text_fits(name, who->subject, who->subject_regexp,
                               who->match))
        {
            return true;
        }
    }

    return false;
}


/* all that is asked for must hold, and something must be */

static bool
oci_sign_text_fits(const oci_str_t *text, const char *exact,
    const char *regexp, oci_sign_match_pt match)
{
    if (exact != NULL && !oci_str_is(text, exact)) {
        return false;
    }

    if (regexp != NULL && !match(regexp, text)) {
        return false;
    }

    return exact != NULL || regexp != NULL;
}


static bool
oci_sign_issuer_fits(const oci_sign_names_t *names, oci_sign_id_e how,
    const oci_sign_identity_t *who)
{
    const oci_str_t  *issuer;

    issuer = &names->issuer;

    if (how == OCI_SIGN_ID_BUNDLE) {

        if (names->issuer.len != 0 && names->issuer2.len != 0
            && !oci_str_eq(&names->issuer, &names->issuer2))
        {
            return false;
        }

        issuer = names->issuer2.len ? &names->issuer2 : &names->issuer;

    } else if (issuer->len == 0) {
        issuer = &names->issuer2;
    }

    return oci_sign_text_fits(issuer, who->issuer, who->issuer_regexp,
                              who->match);
}


oci_status_e
oci_sign_chain_verify(oci_pool_t *pool, X509 *cert,
    const oci_array_t *others, const oci_array_t *cas, int64_t when,
    X509 **issuer, oci_error_t *err)
{
    size_t                i;
    const oci_sign_ca_t  *ca;

    for (i = 0; i < cas->nelts; i++) {
        ca = (const oci_sign_ca_t *) cas->elts + i;

        if (oci_sign_valid_at(ca->start, ca->end, when)
            && oci_sign_chain_one(pool, cert, others, ca, when, issuer)
               == OCI_OK)
        {
            return OCI_OK;
        }
    }

    return oci_error(err, OCI_DENIED, 0, cas->nelts == 0
                     ? "leaf certificate verification failed: no certificate "
                       "authority is trusted (--trusted-root or --ca-roots)"
                     : "leaf certificate verification failed");
}


static oci_status_e
oci_sign_chain_one(oci_pool_t *pool, X509 *cert, const oci_array_t *others,
    const oci_sign_ca_t *ca, int64_t when, X509 **issuer)
{
    bool             good;
    X509_STORE_CTX  *ctx;
    STACK_OF(X509)  *roots, *untrusted, *chain;

    ctx = X509_STORE_CTX_new();
    roots = sk_X509_new_null();
    untrusted = sk_X509_new_null();

    good = ctx != NULL && roots != NULL && untrusted != NULL
           && oci_sign_stack_add(roots, &ca->roots)
           && oci_sign_stack_add(untrusted, &ca->others)
           && (others == NULL || oci_sign_stack_add(untrusted, others))
           && X509_STORE_CTX_init(ctx, NULL, cert, untrusted) == 1;

    if (good) {
        X509_STORE_CTX_set0_trusted_stack(ctx, roots);
        X509_STORE_CTX_set_time(ctx, 0, (time_t) when);
        X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_PARTIAL_CHAIN);
        X509_STORE_CTX_set_verify_cb(ctx, oci_sign_chain_time);

        chain = (X509_verify_cert(ctx) == 1) ? X509_STORE_CTX_get0_chain(ctx)
                : NULL;

        good = chain != NULL && oci_sign_code_signing(chain)
               && (*issuer = oci_sign_chain_issuer(pool, chain)) != NULL;
    }

    X509_STORE_CTX_free(ctx);
    sk_X509_free(roots);
    sk_X509_free(untrusted);
    ERR_clear_error();

    return good ? OCI_OK : OCI_DENIED;
}


/* to OpenSSL a certificate has expired in its last second already */

static int
oci_sign_chain_time(int ok, X509_STORE_CTX *ctx)
{
    time_t  when;

    if (ok || X509_STORE_CTX_get_error(ctx) != X509_V_ERR_CERT_HAS_EXPIRED) {
        return ok;
    }

    when = X509_VERIFY_PARAM_get_time(X509_STORE_CTX_get0_param(ctx));

    return oci_sign_cert_valid(X509_STORE_CTX_get_current_cert(ctx),
                               (int64_t) when);
}


static bool
oci_sign_stack_add(STACK_OF(X509) *stack, const oci_array_t *certs)
{
    size_t  i;

    for (i = 0; i < certs->nelts; i++) {
        if (sk_X509_push(stack, ((X509 **) certs->elts)[i]) <= 0) {
            return false;
        }
    }

    return true;
}


/* an extended key usage, where there is one, must allow code signing */

static bool
oci_sign_code_signing(STACK_OF(X509) *chain)
{
    int       i;
    X509     *cert;
    uint32_t  usage;

    for (i = 0; i < sk_X509_num(chain); i++) {
        cert = sk_X509_value(chain, i);
        usage = X509_get_extended_key_usage(cert);

        if (i > 0 && i + 1 == sk_X509_num(chain)) {
            break;      /* a root is trusted as it is */
        }

        if (usage != UINT32_MAX
            && (usage & (XKU_CODE_SIGN | XKU_ANYEKU)) == 0)
        {
            return false;
        }
    }

    return true;
}


static X509 *
oci_sign_chain_issuer(oci_pool_t *pool, STACK_OF(X509) *chain)
{
    X509  *cert;

    cert = sk_X509_value(chain, sk_X509_num(chain) > 1 ? 1 : 0);

    if (cert == NULL || X509_up_ref(cert) != 1) {
        return NULL;
    }

    return oci_pool_cleanup(pool, oci_sign_x509_free, cert) == OCI_OK
           ? cert : NULL;
}


static void
oci_sign_x509_free(void *cert)
{
    X509_free(cert);
}


bool
oci_sign_cert_valid(const X509 *cert, int64_t when)
{
    struct tm  start, end;

    return ASN1_TIME_to_tm(X509_get0_notBefore(cert), &start) == 1
           && ASN1_TIME_to_tm(X509_get0_notAfter(cert), &end) == 1
           && when >= (int64_t) timegm(&start)
           && when <= (int64_t) timegm(&end);
}
