/*
 * What is said of verified signatures: cosign's words, and only what was
 * checked of every one of them.
 */

#include "sign/say.h"
#include "command/term.h"

#include <stdio.h>
#include <string.h>


static void sign_say_signers(const sign_rules_t *rules);
static json_t *sign_say_optional(cmd_t *cmd, const sign_good_t *good,
    json_t *given);
static json_t *sign_say_legacy(cmd_t *cmd, const sign_good_t *good);
static void sign_say_cert(cmd_t *cmd, X509 *cert, json_t *optional);
static json_t *sign_say_bundle(const sign_good_t *good, const char *name,
    const oci_digest_t *digest);
static void sign_say_set(json_t *obj, const char *name,
    const oci_str_t *value);


void
sign_say_checks(cmd_t *cmd, const sign_rules_t *rules,
    const oci_array_t *good, const char *name)
{
    bool                 logged, stamped;
    size_t               i;
    const sign_good_t   *g;
    const sign_args_t   *args;

    args = cmd->options;
    logged = stamped = good->nelts != 0;

    for (i = 0; i < good->nelts; i++) {
        g = (const sign_good_t *) good->elts + i;
        logged = logged && g->verdict.logged;
        stamped = stamped && g->verdict.stamped;
    }

    fprintf(stderr, "\nVerification for ");
    term_print(stderr, name, strlen(name));
    fprintf(stderr, " --\nThe following checks were performed on each of "
            "these signatures:\n");

    if (args->claim.annotations.nelts != 0) {
        fprintf(stderr, "  - The specified annotations were verified.\n");
    }

    if (args->claim.check) {
        fprintf(stderr, "  - The cosign claims were validated\n");
    }

    if (logged) {
        fprintf(stderr, "  - Existence of the claims in the transparency log "
                "was verified offline\n");
    }

    if (stamped) {
        fprintf(stderr, "  - The signed timestamps were verified using "
                "trusted timestamp authorities\n");
    }

    sign_say_signers(rules);
}


static void
sign_say_signers(const sign_rules_t *rules)
{
    if (rules->keys.nelts != 0) {
        fprintf(stderr, "  - The signatures were verified against the "
                "specified public key%s\n",
                rules->keys.nelts > 1 ? "s" : "");

        if (rules->threshold > 1) {
            fprintf(stderr, "  - %llu of the keys have signed\n",
                    (unsigned long long) rules->threshold);
        }

    } else {
        fprintf(stderr, "  - The code-signing certificate was verified using "
                "trusted certificate authority certificates\n");
    }
}


oci_status_e
sign_say_signatures(cmd_t *cmd, const oci_array_t *good, const char *name,
    const oci_digest_t *digest, bool text)
{
    size_t              i;
    json_t             *item;
    oci_str_t           line;
    const sign_good_t  *g;

    printf("%s", text ? "" : "\n[");

    for (i = 0; i < good->nelts; i++) {
        g = (const sign_good_t *) good->elts + i;

        if (text && !g->bundle) {
            (void) fwrite(g->verdict.payload.data, 1, g->verdict.payload.len,
                          stdout);
            printf("\n");
            continue;
        }

        item = g->bundle ? sign_say_bundle(g, name, digest)
               : sign_say_legacy(cmd, g);

        if (item == NULL) {
            return oci_error(&cmd->err, OCI_INVALID, 0,
                             "the payload cannot be printed");
        }

        line = oci_sign_json_text(cmd->pool, item, false);
        json_decref(item);

        printf("%s%s%s", (i == 0 || text) ? "" : ",",
               line.data ? (char *) line.data : "", text ? "\n" : "");
    }

    printf("%s", text ? "" : "]\n");

    return OCI_OK;
}


static json_t *
sign_say_legacy(cmd_t *cmd, const sign_good_t *good)
{
    oci_error_t          none = { OCI_OK, 0, "" };
    oci_sign_payload_t   claim;

    if (oci_sign_payload_parse(cmd->pool, &good->verdict.payload, &claim,
                               &none) != OCI_OK)
    {
        return NULL;
    }

    return json_pack("{s:{s:{s:s%},s:{s:s%},s:s%},s:o}", "critical",
                     "identity", "docker-reference",
                     claim.reference.len ? (char *) claim.reference.data : "",
                     claim.reference.len, "image", "docker-manifest-digest",
                     claim.digest.len ? (char *) claim.digest.data : "",
                     claim.digest.len, "type",
                     claim.type.len ? (char *) claim.type.data : "",
                     claim.type.len, "optional",
                     sign_say_optional(cmd, good, claim.optional));
}


/* the annotations with what was verified beside them; or null */

static json_t *
sign_say_optional(cmd_t *cmd, const sign_good_t *good, json_t *given)
{
    bool          order;
    json_t       *optional, *sorted, *value;
    oci_str_t     text;
    const char   *key;
    oci_error_t   none = { OCI_OK, 0, "" };

    optional = given ? json_deep_copy(given)
               : json_object();

    if (good->verdict.logged) {
        value = oci_sign_json_go(cmd->pool, &good->verdict.entry, &order,
                                 &none);
        (void) json_object_set_new(optional, "Bundle", value);
    }

    if (good->verdict.stamped) {
        value = oci_sign_json_go(cmd->pool, &good->verdict.stamp, &order,
                                 &none);
        (void) json_object_set_new(optional, "RFC3161Timestamp", value);
    }

    if (good->verdict.cert != NULL) {
        sign_say_cert(cmd, good->verdict.cert, optional);
    }

    /* sorted at the top only: the log entry keeps its own order */

    text = oci_sign_json_text(cmd->pool, optional, true);
    sorted = oci_json_load(text.data, text.len, 0, &none);

    json_object_foreach(optional, key, value) {
        (void) json_object_set(sorted, key, value);
    }

    json_decref(optional);

    if (given == NULL && json_object_size(sorted) == 0) {
        json_decref(sorted);
        sorted = json_null();
    }

    return sorted;
}


static void
sign_say_cert(cmd_t *cmd, X509 *cert, json_t *optional)
{
    int                 i;
    char                oid[32];
    oci_str_t           issuer;
    oci_sign_names_t    names;

    static const char *const  github[] = {
        "githubWorkflowTrigger", "githubWorkflowSha", "githubWorkflowName",
        "githubWorkflowRepository", "githubWorkflowRef"
    };

    oci_sign_cert_names(cmd->pool, cert, &names);
    issuer = names.issuer.len ? names.issuer : names.issuer2;

    sign_say_set(optional, "1.3.6.1.4.1.57264.1.1", &names.issuer);
    sign_say_set(optional, "Issuer", &issuer);

    if (names.subjects.nelts != 0) {
        sign_say_set(optional, "Subject", names.subjects.elts);
    }

    for (i = 0; i < 5; i++) {
        (void) snprintf(oid, sizeof(oid), "1.3.6.1.4.1.57264.1.%d", i + 2);
        sign_say_set(optional, oid, &names.github[i]);
        sign_say_set(optional, github[i], &names.github[i]);
    }
}


static json_t *
sign_say_bundle(const sign_good_t *good, const char *name,
    const oci_digest_t *digest)
{
    json_t           *notes, *value, *optional;
    const char       *key;
    const oci_str_t  *type;

    optional = json_object();
    notes = json_object_get(good->verdict.statement.matched, "annotations");
    type = &good->verdict.statement.predicate_type;

    json_object_foreach(notes, key, value) {
        if (json_is_string(value)) {
            (void) json_object_set(optional, key, value);
        }
    }

    return json_pack("{s:{s:{s:s},s:{s:s},s:s%},s:o}", "critical",
                     "identity", "docker-reference", name, "image",
                     "docker-manifest-digest", digest->text, "type",
                     type->len ? (char *) type->data : "", type->len,
                     "optional", optional);
}


static void
sign_say_set(json_t *obj, const char *name, const oci_str_t *value)
{
    if (value->len != 0) {
        (void) json_object_set_new(obj, name,
                   json_stringn((char *) value->data, value->len));
    }
}


void
sign_say_log(const sign_rules_t *rules, const char *what)
{
    if (rules->skipped) {
        fprintf(stderr, "WARNING: Skipping tlog verification is an insecure "
                "practice that lacks transparency and auditability "
                "verification for the %s.\n", what);

    } else if (rules->unknown) {
        fprintf(stderr, "No transparency log was consulted: none is named "
                "(--rekor-key, --trusted-root, --rekor-url).\n");
    }
}
