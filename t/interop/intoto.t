#!/bin/bash
#
# attest and attest-blob --rekor-entry-type intoto: the older kind of entries
# in a log, by tally and both cosigns.  The log is a double.

. "$(dirname "$0")/lib.sh"

tally=${TALLY:-${TALLY_BUILD:-$top/build}/tally}

[ -x "$tally" ] || skip_all "tally is not built (make cli)"
need jq

cd "$work" || exit 1
export COSIGN_PASSWORD=pw HOME=$work/home TUF_ROOT=$work/tuf
log=http://127.0.0.1:$((port + 1))
log2=http://127.0.0.1:$((port + 2))


tally()
{
    timeout 60 "$tally" "$@"
}


# kinds BUNDLE: what its entry says it is, and is

kinds()
{
    jq -r '.verificationMaterial.tlogEntries[0] | "\(.kindVersion.kind) " +
           "\(.kindVersion.version) " + (.canonicalizedBody | @base64d |
           fromjson | "\(.kind) \(.apiVersion)")' "$1"
}


registry_start registry "$port" || exit 1

for n in 1 2; do
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
        -out log$n.pem
    openssl pkey -in log$n.pem -pubout -out log$n.pub
    perl "$top/t/interop/log-double.pl" $((port + n)) log$n.pem $n &
    pids+=($!)
    wait_for curl -s -o /dev/null "http://127.0.0.1:$((port + n))" || exit 1
done

runs "keys" tally generate-key-pair
runs "trust" tally trusted-root create --out root.json \
    --rekor "url=$log,public-key=log1.pub,start-time=2020-01-01T00:00:00Z"
echo '{"a":1}' > predicate.json
echo text > file
echo other > other

# an image, its attestation in both formats

tally upload blob -f file "127.0.0.1:$port/app:1" > digest 2> err
image=127.0.0.1:$port/app:1
sign=(--key cosign.key --rekor-url "$log" --rekor-entry-type intoto -y
      --predicate predicate.json)
know=(--key cosign.pub --trusted-root root.json)

runs "attest" tally attest "${sign[@]}" --bundle new.json "$image"
is "$(kinds new.json)" "intoto 0.0.2 intoto 0.0.2" "the bundle has such entry"
runs "verify-attestation: the bundle" tally verify-attestation "${know[@]}" \
    --new-bundle-format "$image"
runs "and the old format" tally verify-attestation --key cosign.pub \
    --rekor-key log1.pub --new-bundle-format=false "$image"
fails "by another log's key" tally verify-attestation --key cosign.pub \
    --rekor-key log2.pub --new-bundle-format=false "$image"
like "$(tally attest "${sign[@]}" --rekor-url "$log2" "$image" 2>&1)" \
    '^Error: --rekor-entry-type intoto: .*v2' "no such entries in a v2 log"
like "$(tally attest "${sign[@]}" --rekor-entry-type rekord "$image" 2>&1)" \
    '^Error: --rekor-entry-type is dsse or intoto' "no such kind"

runs "attest-blob" tally attest-blob "${sign[@]}" --bundle blob.json file
is "$(kinds blob.json)" "intoto 0.0.2 intoto 0.0.2" "its bundle"
runs "verify-blob-attestation" tally verify-blob-attestation "${know[@]}" \
    --type custom --bundle blob.json file
fails "of another file" tally verify-blob-attestation "${know[@]}" \
    --type custom --bundle blob.json other

# the older form of bundles holds the hash of the whole envelope

for type in dsse intoto; do
    runs "attest-blob: an old bundle, $type" tally attest-blob "${sign[@]}" \
        --rekor-entry-type $type --new-bundle-format=false \
        --bundle old-$type.json file
    runs "verify-blob-attestation of that" tally verify-blob-attestation \
        --key cosign.pub --rekor-key log1.pub --new-bundle-format=false \
        --type custom --bundle old-$type.json file
done

# cosign 2 writes version 0.0.1: the hash of the envelope without a signature

for version in cosign2 cosign3; do
    if why=$(tool_skip $version); then
        skip "$version: $why"
        continue
    fi

    cosign=$(tool_path $version)
    export SIGSTORE_REKOR_PUBLIC_KEY=$work/log1.pub
    runs "$version verifies the bundle of the image" timeout 60 "$cosign" \
        verify-attestation "${know[@]}" --new-bundle-format "$image"
    runs "$version verifies the old format" timeout 60 "$cosign" \
        verify-attestation --key cosign.pub --new-bundle-format=false \
        --use-signed-timestamps=false --offline "$image"
    runs "$version verifies the bundle of the file" timeout 60 "$cosign" \
        verify-blob-attestation "${know[@]}" --new-bundle-format \
        --type custom --bundle blob.json file

    for type in dsse intoto; do
        runs "$version verifies the old bundle, $type" timeout 60 "$cosign" \
            verify-blob-attestation --key cosign.pub --type custom --offline \
            --new-bundle-format=false --bundle old-$type.json file
    done

    [ $version = cosign2 ] || continue

    tally upload blob -f other "127.0.0.1:$port/app:2" > digest 2> err
    runs "$version attests" timeout 60 "$cosign" attest -y "${sign[@]}" \
        "127.0.0.1:$port/app:2"
    runs "tally verifies that" tally verify-attestation --key cosign.pub \
        --rekor-key log1.pub "127.0.0.1:$port/app:2"
    runs "$version attests a file" timeout 60 "$cosign" attest-blob \
        "${sign[@]}" --bundle two.json file
    is "$(jq -r '.rekorBundle.Payload.body | @base64d | fromjson | .apiVersion' \
          two.json)" 0.0.1 "its entry has no signature"
    runs "tally verifies that, too" tally verify-blob-attestation \
        --key cosign.pub --rekor-key log1.pub --new-bundle-format=false \
        --type custom --bundle two.json file

    # the same entry beside another envelope of the very file

    runs "$version attests it again" timeout 60 "$cosign" attest-blob \
        "${sign[@]}" --bundle again.json file
    jq --slurpfile b again.json '.rekorBundle = $b[0].rekorBundle' two.json \
        > mixed.json
    fails "the entry of another envelope" tally verify-blob-attestation \
        --key cosign.pub --rekor-key log1.pub --new-bundle-format=false \
        --type custom --bundle mixed.json file
done

done_testing
