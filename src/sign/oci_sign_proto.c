/*
 * Protobuf's JSON mapping, as far as a bundle needs it.
 */

#include "oci_sign_proto.h"

#include <ctype.h>
#include <string.h>


static const oci_sign_field_t *oci_sign_proto_field(
    const oci_sign_field_t *fields, const char *key);
static bool oci_sign_proto_snake(const char *name, const char *key);
static json_t *oci_sign_proto_many(oci_pool_t *pool, const json_t *value,
    const oci_sign_field_t *field);
static json_t *oci_sign_proto_one(oci_pool_t *pool, const json_t *value,
    const oci_sign_field_t *field);
static json_t *oci_sign_proto_int(const json_t *value);


static const oci_sign_field_t  oci_sign_f_key[] = {
    { "hint", OCI_SIGN_P_STRING, false, NULL },
    { NULL, OCI_SIGN_P_STRING, false, NULL }
};

static const oci_sign_field_t  oci_sign_f_cert[] = {
    { "rawBytes", OCI_SIGN_P_BYTES, false, NULL },
    { NULL, OCI_SIGN_P_STRING, false, NULL }
};

static const oci_sign_field_t  oci_sign_f_chain[] = {
    { "certificates", OCI_SIGN_P_MESSAGE, true, oci_sign_f_cert },
    { NULL, OCI_SIGN_P_STRING, false, NULL }
};

static const oci_sign_field_t  oci_sign_f_log[] = {
    { "keyId", OCI_SIGN_P_BYTES, false, NULL },
    { NULL, OCI_SIGN_P_STRING, false, NULL }
};

static const oci_sign_field_t  oci_sign_f_kind[] = {
    { "kind", OCI_SIGN_P_STRING, false, NULL },
    { "version", OCI_SIGN_P_STRING, false, NULL },
    { NULL, OCI_SIGN_P_STRING, false, NULL }
};

static const oci_sign_field_t  oci_sign_f_promise[] = {
    { "signedEntryTimestamp", OCI_SIGN_P_BYTES, false, NULL },
    { NULL, OCI_SIGN_P_STRING, false, NULL }
};

static const oci_sign_field_t  oci_sign_f_checkpoint[] = {
    { "envelope", OCI_SIGN_P_STRING, false, NULL },
    { NULL, OCI_SIGN_P_STRING, false, NULL }
};

static const oci_sign_field_t  oci_sign_f_proof[] = {
    { "logIndex", OCI_SIGN_P_INT64, false, NULL },
    { "rootHash", OCI_SIGN_P_BYTES, false, NULL },
    { "treeSize", OCI_SIGN_P_INT64, false, NULL },
    { "hashes", OCI_SIGN_P_BYTES, true, NULL },
    { "checkpoint", OCI_SIGN_P_MESSAGE, false, oci_sign_f_checkpoint },
    { NULL, OCI_SIGN_P_STRING, false, NULL }
};

static const oci_sign_field_t  oci_sign_f_entry[] = {
    { "logIndex", OCI_SIGN_P_INT64, false, NULL },
    { "logId", OCI_SIGN_P_MESSAGE, false, oci_sign_f_log },
    { "kindVersion", OCI_SIGN_P_MESSAGE, false, oci_sign_f_kind },
    { "integratedTime", OCI_SIGN_P_INT64, false, NULL },
    { "inclusionPromise", OCI_SIGN_P_MESSAGE, false, oci_sign_f_promise },
    { "inclusionProof", OCI_SIGN_P_MESSAGE, false, oci_sign_f_proof },
    { "canonicalizedBody", OCI_SIGN_P_BYTES, false, NULL },
    { NULL, OCI_SIGN_P_STRING, false, NULL }
};

static const oci_sign_field_t  oci_sign_f_time[] = {
    { "signedTimestamp", OCI_SIGN_P_BYTES, false, NULL },
    { NULL, OCI_SIGN_P_STRING, false, NULL }
};

static const oci_sign_field_t  oci_sign_f_times[] = {
    { "rfc3161Timestamps", OCI_SIGN_P_MESSAGE, true, oci_sign_f_time },
    { NULL, OCI_SIGN_P_STRING, false, NULL }
};

static const oci_sign_field_t  oci_sign_f_material[] = {
    { "publicKey", OCI_SIGN_P_MESSAGE, false, oci_sign_f_key },
    { "x509CertificateChain", OCI_SIGN_P_MESSAGE, false, oci_sign_f_chain },
    { "certificate", OCI_SIGN_P_MESSAGE, false, oci_sign_f_cert },
    { "tlogEntries", OCI_SIGN_P_MESSAGE, true, oci_sign_f_entry },
    { "timestampVerificationData", OCI_SIGN_P_MESSAGE, false,
      oci_sign_f_times },
    { NULL, OCI_SIGN_P_STRING, false, NULL }
};

static const oci_sign_field_t  oci_sign_f_digest[] = {
    { "algorithm", OCI_SIGN_P_ENUM, false, NULL },
    { "digest", OCI_SIGN_P_BYTES, false, NULL },
    { NULL, OCI_SIGN_P_STRING, false, NULL }
};

static const oci_sign_field_t  oci_sign_f_message[] = {
    { "messageDigest", OCI_SIGN_P_MESSAGE, false, oci_sign_f_digest },
    { "signature", OCI_SIGN_P_BYTES, false, NULL },
    { NULL, OCI_SIGN_P_STRING, false, NULL }
};

static const oci_sign_field_t  oci_sign_f_signature[] = {
    { "sig", OCI_SIGN_P_BYTES, false, NULL },
    { "keyid", OCI_SIGN_P_STRING, false, NULL },
    { NULL, OCI_SIGN_P_STRING, false, NULL }
};

static const oci_sign_field_t  oci_sign_f_envelope[] = {
    { "payload", OCI_SIGN_P_BYTES, false, NULL },
    { "payloadType", OCI_SIGN_P_STRING, false, NULL },
    { "signatures", OCI_SIGN_P_MESSAGE, true, oci_sign_f_signature },
    { NULL, OCI_SIGN_P_STRING, false, NULL }
};

const oci_sign_field_t  oci_sign_bundle_fields[] = {
    { "mediaType", OCI_SIGN_P_STRING, false, NULL },
    { "verificationMaterial", OCI_SIGN_P_MESSAGE, false,
      oci_sign_f_material },
    { "messageSignature", OCI_SIGN_P_MESSAGE, false, oci_sign_f_message },
    { "dsseEnvelope", OCI_SIGN_P_MESSAGE, false, oci_sign_f_envelope },
    { NULL, OCI_SIGN_P_STRING, false, NULL }
};

static const oci_sign_field_t  oci_sign_f_range[] = {
    { "start", OCI_SIGN_P_STRING, false, NULL },
    { "end", OCI_SIGN_P_STRING, false, NULL },
    { NULL, OCI_SIGN_P_STRING, false, NULL }
};

static const oci_sign_field_t  oci_sign_f_public[] = {
    { "rawBytes", OCI_SIGN_P_BYTES, false, NULL },
    { "keyDetails", OCI_SIGN_P_ENUM, false, NULL },
    { "validFor", OCI_SIGN_P_MESSAGE, false, oci_sign_f_range },
    { NULL, OCI_SIGN_P_STRING, false, NULL }
};

static const oci_sign_field_t  oci_sign_f_instance[] = {
    { "baseUrl", OCI_SIGN_P_STRING, false, NULL },
    { "hashAlgorithm", OCI_SIGN_P_ENUM, false, NULL },
    { "publicKey", OCI_SIGN_P_MESSAGE, false, oci_sign_f_public },
    { "logId", OCI_SIGN_P_MESSAGE, false, oci_sign_f_log },
    { "checkpointKeyId", OCI_SIGN_P_MESSAGE, false, oci_sign_f_log },
    { "operator", OCI_SIGN_P_STRING, false, NULL },
    { NULL, OCI_SIGN_P_STRING, false, NULL }
};

static const oci_sign_field_t  oci_sign_f_subject[] = {
    { "organization", OCI_SIGN_P_STRING, false, NULL },
    { "commonName", OCI_SIGN_P_STRING, false, NULL },
    { NULL, OCI_SIGN_P_STRING, false, NULL }
};

static const oci_sign_field_t  oci_sign_f_authority[] = {
    { "subject", OCI_SIGN_P_MESSAGE, false, oci_sign_f_subject },
    { "uri", OCI_SIGN_P_STRING, false, NULL },
    { "certChain", OCI_SIGN_P_MESSAGE, false, oci_sign_f_chain },
    { "validFor", OCI_SIGN_P_MESSAGE, false, oci_sign_f_range },
    { "operator", OCI_SIGN_P_STRING, false, NULL },
    { NULL, OCI_SIGN_P_STRING, false, NULL }
};

const oci_sign_field_t  oci_sign_trust_fields[] = {
    { "mediaType", OCI_SIGN_P_STRING, false, NULL },
    { "tlogs", OCI_SIGN_P_MESSAGE, true, oci_sign_f_instance },
    { "certificateAuthorities", OCI_SIGN_P_MESSAGE, true,
      oci_sign_f_authority },
    { "ctlogs", OCI_SIGN_P_MESSAGE, true, oci_sign_f_instance },
    { "timestampAuthorities", OCI_SIGN_P_MESSAGE, true,
      oci_sign_f_authority },
    { NULL, OCI_SIGN_P_STRING, false, NULL }
};


json_t *
oci_sign_proto_read(oci_pool_t *pool, const json_t *value,
    const oci_sign_field_t *fields)
{
    json_t                  *out, *member, *item;
    const char              *key;
    const oci_sign_field_t  *field;

    if (!json_is_object(value)) {
        return NULL;
    }

    out = json_object();

    json_object_foreach((json_t *) value, key, member) {
        field = oci_sign_proto_field(fields, key);

        if (field == NULL || json_object_get(out, field->name) != NULL) {
            json_decref(out);
            return NULL;
        }

        if (json_is_null(member)) {
            continue;
        }

        item = field->many ? oci_sign_proto_many(pool, member, field)
               : oci_sign_proto_one(pool, member, field);

        if (item == NULL || json_object_set_new(out, field->name, item) != 0)
        {
            json_decref(out);
            return NULL;
        }
    }

    return out;
}


static const oci_sign_field_t *
oci_sign_proto_field(const oci_sign_field_t *fields, const char *key)
{
    const oci_sign_field_t  *f;

    for (f = fields; f->name != NULL; f++) {
        if (strcmp(f->name, key) == 0 || oci_sign_proto_snake(f->name, key))
        {
            return f;
        }
    }

    return NULL;
}


/*
 * Is key the proto name (snake_case) of name?  The envelope's own definition
 * has payloadType in camelCase.
 */

static bool
oci_sign_proto_snake(const char *name, const char *key)
{
    if (strcmp(name, "payloadType") == 0) {
        return false;
    }

    for ( ; *name != '\0'; name++, key++) {

        if (isupper((u_char) *name)) {
            if (key[0] != '_' || key[1] != tolower((u_char) *name)) {
                return false;
            }

            key++;

        } else if (*name != *key) {
            return false;
        }
    }

    return *key == '\0';
}


static json_t *
oci_sign_proto_many(oci_pool_t *pool, const json_t *value,
    const oci_sign_field_t *field)
{
    size_t   i;
    json_t  *out, *item;

    if (!json_is_array(value)) {
        return NULL;
    }

    out = json_array();

    for (i = 0; i < json_array_size(value); i++) {
        item = oci_sign_proto_one(pool, json_array_get(value, i), field);

        if (item == NULL || json_array_append_new(out, item) != 0) {
            json_decref(out);
            return NULL;
        }
    }

    return out;
}


static json_t *
oci_sign_proto_one(oci_pool_t *pool, const json_t *value,
    const oci_sign_field_t *field)
{
    oci_str_t  text, raw;

    switch (field->type) {

    case OCI_SIGN_P_MESSAGE:
        return oci_sign_proto_read(pool, value, field->fields);

    case OCI_SIGN_P_INT64:
        return oci_sign_proto_int(value);

    case OCI_SIGN_P_ENUM:
        if (json_is_integer(value)) {
            return json_incref((json_t *) value);
        }

        break;

    default:
        break;
    }

    if (!json_is_string(value)) {
        return NULL;
    }

    if (field->type == OCI_SIGN_P_BYTES) {
        text.data = (u_char *) json_string_value(value);
        text.len = json_string_length(value);

        if (oci_sign_b64_decode(pool, &text, OCI_SIGN_B64_ANY, &raw)
            != OCI_OK)
        {
            return NULL;
        }
    }

    return json_incref((json_t *) value);
}


static json_t *
oci_sign_proto_int(const json_t *value)
{
    bool       minus;
    uint64_t   number;
    oci_str_t  text;

    if (json_is_integer(value)) {
        return json_incref((json_t *) value);
    }

    if (!json_is_string(value)) {
        return NULL;
    }

    text.data = (u_char *) json_string_value(value);
    text.len = json_string_length(value);
    minus = text.len > 1 && text.data[0] == '-';

    if (minus) {
        text.data++;
        text.len--;
    }

    if (!oci_str_number(&text, INT64_MAX, &number)) {
        return NULL;
    }

    return json_integer(minus ? - (json_int_t) number : (json_int_t) number);
}
