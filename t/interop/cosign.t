#!/bin/bash
#
# tally and the real cosigns, 2.5.0 and 3.1.1, verify what each other signed:
# signers x formats x keys, append after append, on Debian's docker-registry.
# No log takes part here: sign-expected.t has those of the recorded data.

cd "$(dirname "$0")/../.." || exit 1

. t/tools

tally=$(readlink -f "${TALLY:-build/tally}")

double=$PWD/t/interop/log-double.pl

skip()
{
    echo "1..0 # SKIP $*"
    exit 0
}

[ -x "$tally" ] || skip "tally is not built (make cli)"

for name in docker-registry cosign2 cosign3; do
    why=$(tool_skip $name) && skip "$name: $why"
done

registry=$(tool_path docker-registry)
cosign2=$(tool_path cosign2)
cosign3=$(tool_path cosign3)

if [ -z "$SIGN_NAMESPACE" ]; then
    unshare -n true 2>/dev/null || skip "needs unshare -n (root)"
    SIGN_NAMESPACE=1 exec unshare -n "$0"
fi

ip link set lo up || skip "no loopback in a namespace"

work=$(mktemp -d) || exit 1
cd "$work" || exit 1
export HOME=$work DOCKER_CONFIG=$work TUF_ROOT=$work/tuf COSIGN_PASSWORD=pw
export TUF_MIRROR=http://127.0.0.1:9

cat > registry.yml <<EOF
version: 0.1
log: {level: error}
storage: {filesystem: {rootdirectory: $work/store}}
http: {addr: "localhost:5000"}
EOF

"$registry" serve registry.yml > registry.log 2>&1 &
pid=$!
pids=("$pid")
trap 'kill "${pids[@]}"; rm -rf "$work"' EXIT

for i in $(seq 1200); do
    curl -sf -o /dev/null http://localhost:5000/v2/ && break
    sleep 0.1
done

count=0 failed=0

ok()
{
    count=$((count + 1))

    if [ "$1" -eq 0 ]; then
        echo "ok $count - $2"
    else
        echo "not ok $count - $2"
        sed 's/^/# /' err | tail -4
        failed=$((failed + 1))
    fi
}


# pushes a small image of its own to repository $1, prints its digest

put_image()
{
    local  config manifest digest

    config='{"architecture":"amd64","os":"linux","rootfs":{"type":"layers"'
    config+=',"diff_ids":[]},"x":"'$1'"}'
    put_blob "$1" "$config"
    digest=sha256:$(printf %s "$config" | sha256sum | cut -c1-64)
    manifest='{"schemaVersion":2,"mediaType":'
    manifest+='"application/vnd.oci.image.manifest.v1+json","config":{'
    manifest+='"mediaType":"application/vnd.oci.image.config.v1+json",'
    manifest+='"size":'${#config}',"digest":"'$digest'"},"layers":[]}'
    curl -sf -o /dev/null -X PUT --data-binary "$manifest" \
        -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' \
        "http://localhost:5000/v2/$1/manifests/1"
    echo "sha256:$(printf %s "$manifest" | sha256sum | cut -c1-64)"
}


put_blob()
{
    local  where digest

    digest=sha256:$(printf %s "$2" | sha256sum | cut -c1-64)
    where=$(curl -sf -D - -o /dev/null -X POST \
        "http://localhost:5000/v2/$1/blobs/uploads/" \
        | tr -d '\r' | awk 'tolower($1) == "location:" { print $2 }')
    curl -sf -o /dev/null -X PUT --data-binary "$2" \
        -H 'Content-Type: application/octet-stream' "$where&digest=$digest"
}


# sign TOOL FORMAT KEY IMAGE [flags]

sign()
{
    local  tool=$1 format=$2 key=$3 image=$4

    shift 4

    case $tool-$format in
    tally-*)
        "$tally" sign -y --key $key --format $format "$@" $image ;;
    cosign2-legacy)
        "$cosign2" sign -y --key $key --tlog-upload=false "$@" $image ;;
    cosign3-legacy)
        "$cosign3" sign -y --key $key --new-bundle-format=false \
            --use-signing-config=false --tlog-upload=false "$@" $image ;;
    cosign3-bundle)
        "$cosign3" sign -y --key $key --use-signing-config=false \
            --tlog-upload=false "$@" $image ;;
    esac > out 2> err
}


verify()
{
    local  tool=$1 key=$2 image=$3

    shift 3

    case $tool in
    tally) "$tally" verify --key $key "$@" $image ;;
    cosign2) "$cosign2" verify --key $key --insecure-ignore-tlog "$@" \
                 $image ;;
    cosign3) "$cosign3" verify --key $key --insecure-ignore-tlog "$@" \
                 $image ;;
    esac > out 2> err
}


"$tally" generate-key-pair --output-key-prefix a 2> err
ok $? "tally makes a key pair"
"$cosign2" generate-key-pair --output-key-prefix b 2> err
"$cosign3" generate-key-pair --output-key-prefix c 2> err
openssl genrsa -out rsa.pem 2048 2> /dev/null
"$tally" import-key-pair --key rsa.pem --output-key-prefix rsa 2> err
ok $? "tally takes over an RSA key"

for key in a b c rsa; do
    for tool in "$tally" "$cosign2" "$cosign3"; do
        "$tool" public-key --key $key.key 2> err | cmp -s - $key.pub
        ok $? "key $key: ${tool##*/} reads the key file"
    done
done

for key in a rsa; do
    for how in tally-legacy tally-bundle tally-both cosign2-legacy \
               cosign3-legacy cosign3-bundle
    do
        image=localhost:5000/m/$how-$key
        digest=$(put_image m/$how-$key)
        sign ${how%-*} ${how#*-} $key.key $image@$digest -a env=prod
        ok $? "$how signs with $key"

        for tool in tally cosign2 cosign3; do
            [ $tool = cosign2 ] && [ ${how#*-} = bundle ] && continue
            verify $tool $key.pub $image:1 -a env=prod
            ok $? "$how $key: $tool verifies"
            verify $tool c.pub $image:1
            [ $? -ne 0 ]
            ok $? "$how $key: $tool refuses another key"
            verify $tool $key.pub $image:1 -a env=no
            [ $? -ne 0 ]
            ok $? "$how $key: $tool refuses another claim"
        done
    done
done

# append after append, in every order

for order in "tally cosign2 cosign3" "tally cosign3 cosign2" \
             "cosign2 tally cosign3" "cosign3 tally cosign2" \
             "cosign2 cosign3 tally" "cosign3 cosign2 tally"
do
    name=append/${order// /-}
    digest=$(put_image $name)
    n=0

    for tool in $order; do
        n=$((n + 1))
        sign $tool legacy "$(echo a b c | cut -d' ' -f$n).key" \
            localhost:5000/$name@$digest
    done

    for tool in tally cosign2 cosign3; do
        for key in a b c; do
            verify $tool $key.pub localhost:5000/$name:1
            ok $? "$order: $tool finds the signature of $key"
        done
    done
done

# many at once: none is lost

digest=$(put_image many)
many=()

for i in 1 2 3 4 5 6; do
    "$tally" sign -y --key a.key --format legacy -a n=$i \
        localhost:5000/many@$digest > out.$i 2> err.$i &
    many+=($!)
done

wait "${many[@]}"

for i in 1 2 3 4 5 6; do
    verify tally a.pub localhost:5000/many:1 -a n=$i
    ok $? "six sign at once: signature $i is there"
done

# the lab: an overwritten tag is not signed

digest=$(put_image lab)
sign tally both a.key localhost:5000/lab:1
ok $? "the lab: a tag is signed"
verify tally a.pub localhost:5000/lab:1
ok $? "the lab: it verifies"
config='{"architecture":"amd64","os":"linux","other":1}'
put_blob lab "$config"
manifest='{"schemaVersion":2,"mediaType":'
manifest+='"application/vnd.oci.image.manifest.v1+json","config":{'
manifest+='"mediaType":"application/vnd.oci.image.config.v1+json","size":'
manifest+=${#config}',"digest":"sha256:'
manifest+=$(printf %s "$config" | sha256sum | cut -c1-64)'"},"layers":[]}'
curl -sf -o /dev/null -X PUT --data-binary "$manifest" \
    -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' \
    http://localhost:5000/v2/lab/manifests/1
verify tally a.pub localhost:5000/lab:1
[ $? -eq 10 ] && grep -q 'no matching signatures' err
ok $? "the lab: overwritten, it exits 10 with no matching signatures"

# entries of logs, v1 and v2, that tally uploads and the cosigns verify

for n in 1 2; do
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
        -out log$n.pem 2> /dev/null
    openssl pkey -in log$n.pem -pubout -out log$n.pub
    openssl pkey -in log$n.pem -pubout -outform DER > log$n.der
    perl "$double" 529$n log$n.pem $n > log$n.out 2>&1 &
    pids+=($!)
    cat > root$n.json <<EOF
{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1",
 "tlogs":[{"baseUrl":"http://127.0.0.1:529$n","hashAlgorithm":"SHA2_256",
 "publicKey":{"rawBytes":"$(base64 -w0 log$n.der)","keyDetails":
 "PKIX_ECDSA_P256_SHA_256","validFor":{"start":"2020-01-01T00:00:00Z"}},
 "logId":{"keyId":"$(openssl dgst -sha256 -binary log$n.der | base64)"}}]}
EOF
done

for n in 1 2; do
    for i in $(seq 1200); do
        curl -s -o /dev/null "http://127.0.0.1:529$n/" && break
        sleep 0.1
    done

    digest=$(put_image log/v$n)
    sign tally both a.key localhost:5000/log/v$n@$digest \
        --rekor-url http://127.0.0.1:529$n
    ok $? "v$n: tally signs and logs"
    "$tally" verify --key a.pub --trusted-root root$n.json \
        localhost:5000/log/v$n:1 > out 2> err
    ok $? "v$n: tally verifies the entry"
    "$cosign3" verify --key a.pub --trusted-root root$n.json --offline \
        localhost:5000/log/v$n:1 > out 2> err
    ok $? "v$n: cosign 3 verifies the entry"
done

SIGSTORE_REKOR_PUBLIC_KEY=log1.pub "$cosign2" verify --key a.pub --offline \
    localhost:5000/log/v1:1 > out 2> err
ok $? "v1: cosign 2 verifies the entry of the old format"

# attestations and blobs

echo '{"passed": true}' > predicate.json

for format in legacy bundle; do
    digest=$(put_image att/$format)
    "$tally" attest -y --key a.key --format $format --type \
        https://example.org/review/v1 --predicate predicate.json \
        localhost:5000/att/$format@$digest > out 2> err
    ok $? "tally attests, $format"

    for tool in "$tally" "$cosign2" "$cosign3"; do
        [ "$tool" = "$cosign2" ] && [ $format = bundle ] && continue
        "$tool" verify-attestation --key a.pub --insecure-ignore-tlog \
            --type https://example.org/review/v1 \
            localhost:5000/att/$format:1 > out 2> err
        ok $? "attestation, $format: ${tool#"$work"} verifies"
    done

    verify tally a.pub localhost:5000/att/$format:1
    [ $? -eq 10 ]
    ok $? "attestation, $format: it is no signature"
done

echo content > blob
"$tally" sign-blob -y --key a.key --bundle blob.json blob > blob.sig 2> err
ok $? "tally signs a blob"
"$cosign3" verify-blob --key a.pub --insecure-ignore-tlog \
    --bundle blob.json blob > out 2> err
ok $? "cosign 3 verifies its bundle"
"$cosign2" verify-blob --key a.pub --insecure-ignore-tlog \
    --signature blob.sig blob > out 2> err
ok $? "cosign 2 verifies its detached signature"

echo "1..$count"
exit $((failed > 0))
