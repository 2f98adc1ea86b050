/*
 * oci_digest: parsing, hashing, and states that travel.
 */

#include "oci_digest.h"
#include "test.h"


static void parse(void);
static void vectors(void);
static void states(void);


int
main(void)
{
    parse();
    vectors();
    states();

    return done();
}


static void
parse(void)
{
    size_t              i;
    oci_str_t           s;
    oci_digest_t        d;
    static const char  *bad[] = {
        "", ":", "sha256", "sha256:", "sha256:abc", "md5:00",
        "sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
        "sha256:../../../../../../../../../../../../../../../../../../../etc/pass",
        "sha512:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"
    };

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        s = oci_str(bad[i]);
        is(oci_digest_parse(&d, &s), OCI_INVALID, "digest %zu is refused", i);
    }

    s = oci_str("sha256:e3b0c44298fc1c149afbf4c8996fb924"
                "27ae41e4649b934ca495991b7852b855");
    is(oci_digest_parse(&d, &s), OCI_OK, "a digest is read");
    is_str(oci_digest_hex(&d), (char *) s.data + 7, "its hex part");
}


static void
vectors(void)
{
    oci_digest_t  d;

    oci_digest_of(&d, OCI_SHA256, "abc", 3);
    is_str(d.text, "sha256:ba7816bf8f01cfea414140de5dae2223"
                   "b00361a396177a9cb410ff61f20015ad", "SHA-256 of abc");

    oci_digest_of(&d, OCI_SHA384, "abc", 3);
    is_str(d.text, "sha384:cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163"
                   "1a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
           "SHA-384 of abc");

    oci_digest_of(&d, OCI_SHA512, "abc", 3);
    is_str(d.text, "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea2"
                   "0a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd"
                   "454d4423643ce80e2a9ac94fa54ca49f", "SHA-512 of abc");
}


static void
states(void)
{
    u_char        data[1000], state[OCI_HASH_STATE_MAX];
    size_t        i, len, cut;
    oci_alg_e     alg;
    oci_hash_t    h;
    oci_digest_t  whole, parts;

    for (i = 0; i < sizeof(data); i++) {
        data[i] = (u_char) (i * 7);
    }

    for (alg = OCI_SHA256; alg <= OCI_SHA512; alg++) {
        bool  good = true;

        oci_digest_of(&whole, alg, data, sizeof(data));

        for (cut = 0; cut <= sizeof(data); cut++) {
            oci_hash_init(&h, alg);
            oci_hash_update(&h, data, cut);
            len = oci_hash_export(&h, state);

            good = good
                   && oci_hash_import(&h, alg, cut, state, len) == OCI_OK;

            oci_hash_update(&h, data + cut, sizeof(data) - cut);
            oci_hash_final(&h, &parts);
            good = good && oci_digest_eq(&whole, &parts);
        }

        ok(good, "%s resumes at every offset", oci_alg_name(alg));
    }

    oci_hash_init(&h, OCI_SHA256);
    len = oci_hash_export(&h, state);
    is(len, 108, "a SHA-256 state is Go's 108 bytes");
    is(oci_hash_import(&h, OCI_SHA256, 1, state, len), OCI_INVALID,
       "a state for another offset is refused");
    is(oci_hash_import(&h, OCI_SHA512, 0, state, len), OCI_INVALID,
       "a state of another algorithm is refused");
}
