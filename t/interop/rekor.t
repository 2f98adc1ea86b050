#!/bin/bash
#
# A real transparency log, Rekor v2 (rekor-tiles on files): tally logs what it
# signs, the log's answer is verified, and tally and cosign verify the entry.

. "$(dirname "$0")/lib.sh"

tally=${TALLY:-${TALLY_BUILD:-$top/build}/tally}

[ -x "$tally" ] || skip_all "tally is not built (make cli)"
need cosign2 cosign3 rekor

cd "$work" || exit 1
export COSIGN_PASSWORD=pw
export DOCKER_CONFIG=$work TUF_ROOT=$work/tuf TUF_MIRROR=http://127.0.0.1:9
host=127.0.0.1:$port


tally()
{
    timeout 60 "$tally" "$@"
}


# rekor_start NAME PORT: a log of its own key, NAME.pem; and NAME.json, the
# trusted root that names it

rekor_start()
{
    local  name=$1 at=$2 id details=PKIX_ECDSA_P256_SHA_256

    openssl pkey -in "$name.pem" -pubout -out "$name.pub"
    openssl pkey -in "$name.pem" -pubout -outform DER > "$name.der"
    id=$(openssl dgst -sha256 -binary "$name.der" | base64)

    if [ "$name" = ed25519 ]; then
        details=PKIX_ED25519
        id=$({ printf '127.0.0.1\n\001'; tail -c 32 "$name.der"; } \
             | openssl dgst -sha256 -binary | base64)
    fi

    "$tool_rekor" serve --http-port "$at" --grpc-port $((at + 1)) \
        --http-metrics-port $((at + 2)) --hostname 127.0.0.1 \
        --storage-dir "$work/$name.log" --signer-filepath "$name.pem" \
        --checkpoint-interval 1s --persistent-antispam \
        > "$name.out" 2>&1 &
    pids+=($!)

    cat > "$name.json" <<END
{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1",
 "tlogs":[{"baseUrl":"http://127.0.0.1:$at","hashAlgorithm":"SHA2_256",
 "publicKey":{"rawBytes":"$(base64 -w0 "$name.der")",
 "keyDetails":"$details","validFor":{"start":"2020-01-01T00:00:00Z"}},
 "logId":{"keyId":"$id"}}]}
END

    wait_for curl -sf -o /dev/null "http://127.0.0.1:$at/healthz"
}


# the log as it is deployed: writes go to the server, what it publishes are
# files, both under one name

front=http://127.0.0.1:$((port + 5))
export HTTP_CONF="server {
    listen 127.0.0.1:$((port + 5));
    location /api/v2/log/ { proxy_pass http://127.0.0.1:$((port + 10)); }
    location /api/v2/ { alias $work/ecdsa.log/; }
}"

registry_start registry "$port" || exit 1
tally generate-key-pair --output-key-prefix p256 2> err || diag "$(cat err)"
openssl genrsa -out rsa.pem 2048 2> /dev/null
openssl ecparam -genkey -name secp384r1 -noout -out p384.pem
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ecdsa.pem
openssl genpkey -algorithm ed25519 -out ed25519.pem

for key in rsa p384; do
    tally import-key-pair --key $key.pem --output-key-prefix $key 2> err \
        || diag "$(cat err)"
done

rekor_start ecdsa $((port + 10)) || skip_all "rekor does not start: $(
    tail -n 1 ecdsa.out)"
rekor_start ed25519 $((port + 20)) || skip_all "rekor does not start"

for log in ecdsa ed25519; do
    url=http://127.0.0.1:$((port + 10))
    [ $log = ed25519 ] && url=http://127.0.0.1:$((port + 20))

    for key in p256 rsa p384; do
        digest=$(image $log-$key)
        alg=sha256
        [ $key = p384 ] && alg=sha384

        runs "$log: signed by $key and logged" tally sign -y \
            --key $key.key --rekor-url "$url" --trusted-root $log.json \
            --format bundle "$host/$log-$key@$digest"
        runs "$log, $key: tally verifies the entry" tally verify \
            --key $key.pub --trusted-root $log.json \
            --signature-digest-algorithm $alg "$host/$log-$key:1"
        runs "$log, $key: cosign 3 verifies the entry" timeout 60 \
            "$tool_cosign3" verify --key $key.pub --trusted-root $log.json \
            --signature-digest-algorithm $alg "$host/$log-$key:1"
    done

    runs "$log: a blob, the answer verified by --rekor-key" tally sign-blob \
        --key p256.key --rekor-url "$url" --rekor-key $log.pub \
        --bundle $log-blob.json p256.pub
    runs "$log: tally verifies the blob" tally verify-blob --key p256.pub \
        --trusted-root $log.json --bundle $log-blob.json p256.pub
    runs "$log: cosign 3 verifies the blob" timeout 60 "$tool_cosign3" \
        verify-blob --key p256.pub --trusted-root $log.json \
        --bundle $log-blob.json p256.pub
done

digest=$(image both)
runs "both formats, the bundle logged" tally sign -y --key p256.key \
    --rekor-url "http://127.0.0.1:$((port + 10))" "$host/both@$digest"
runs "both formats: tally verifies the entry" tally verify --key p256.pub \
    --trusted-root ecdsa.json "$host/both:1"
runs "both formats: cosign 3 verifies the entry" timeout 60 "$tool_cosign3" \
    verify --key p256.pub --trusted-root ecdsa.json "$host/both:1"
runs "both formats: cosign 2 verifies the old one, which has no entry" \
    timeout 60 "$tool_cosign2" verify --key p256.pub --insecure-ignore-tlog \
    "$host/both:1"

digest=$(image foreign)
out=$(tally sign -y --key p256.key --rekor-url \
    "http://127.0.0.1:$((port + 10))" --trusted-root ed25519.json \
    --format bundle "$host/foreign@$digest" 2>&1)
like "$out" 'does not hold' "the answer of a log that is not trusted"
fails "and nothing is pushed" tally verify --key p256.pub "$host/foreign:1"
fails "the entry of another log does not count" tally verify \
    --key p256.pub --trusted-root ed25519.json "$host/both:1"

digest=$(image attested)
echo '{"passed":true}' > predicate.json
runs "an attestation is logged" tally attest -y --key p256.key --type \
    https://example.org/review/v1 --predicate predicate.json --format bundle \
    --rekor-url "http://127.0.0.1:$((port + 10))" --trusted-root ecdsa.json \
    "$host/attested@$digest"

for tool in "$tally" "$tool_cosign3"; do
    runs "attestation: ${tool##*/tally-test*/} verifies" timeout 60 "$tool" \
        verify-attestation --key p256.pub --trusted-root ecdsa.json \
        --type https://example.org/review/v1 "$host/attested:1"
done

# RSA signs the same twice alike: the log has the entry already

out=$(tally sign -y --key rsa.key --rekor-url "$front" --format bundle \
    "$host/ecdsa-rsa:1" 2>&1)
like "$out" 'has this very entry already; with its key' \
    "the same entry again, and no key of the log: what to do is said"
out=$(tally sign -y --key rsa.key --rekor-url \
    "http://127.0.0.1:$((port + 10))" --rekor-key ecdsa.pub --format bundle \
    "$host/ecdsa-rsa:1" 2>&1)
like "$out" 'answers [45][0-9]+ for its checkpoint' \
    "the same entry again, and a log that publishes nothing"

digest=$(image more)

for i in 1 2 3 4 5 6 7; do
    tally sign -y --key p256.key -a n=$i --rekor-url "$front" \
        --format bundle "$host/more@$digest" 2> /dev/null &
    many[i]=$!
done

wait "${many[@]}"
rm -rf "$work/registry/store/docker/registry/v2/repositories/ecdsa-rsa"
digest=$(image ecdsa-rsa)

for trust in "--trusted-root ecdsa.json" "--rekor-key ecdsa.pub"; do
    # shellcheck disable=SC2086
    runs "the same entry again, fetched: ${trust% *}" tally sign -y \
        --key rsa.key --rekor-url "$front" $trust --format bundle \
        "$host/ecdsa-rsa@$digest"
done

runs "it is the log's: tally" tally verify --key rsa.pub \
    --trusted-root ecdsa.json "$host/ecdsa-rsa:1"
runs "it is the log's: cosign 3" timeout 60 "$tool_cosign3" verify \
    --key rsa.pub --trusted-root ecdsa.json "$host/ecdsa-rsa:1"
out=$(tally sign -y --key rsa.key --rekor-url "$front" --trusted-root \
    ed25519.json --format bundle "$host/ecdsa-rsa@$digest" 2>&1)
like "$out" 'does not hold' "and not by another log's key"

registry_clean registry
done_testing
