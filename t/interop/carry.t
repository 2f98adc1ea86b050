#!/bin/bash
#
# copy, save, load, --local-image, attach, clean: an image with its signatures and
# attestations from place to place, by tally and by both cosigns.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need skopeo

tally=${TALLY:-${TALLY_BUILD:-$top/build}/tally}
reg=localhost:$port
theirs=(--insecure-ignore-tlog=true --allow-insecure-registry)

export COSIGN_PASSWORD=pw

registry_start tally "$port" || { ok 1 "the registry starts"; done_testing; }
cd "$work" || exit 1


push()
{
    "${tool_skopeo-}" copy -q --dest-tls-verify=false "oci:$1:latest" \
        "docker://$reg/$2"
}


digest_at()
{
    curl -sI -H 'Accept: application/vnd.oci.image.manifest.v1+json' \
        -H 'Accept: application/vnd.oci.image.index.v1+json' \
        "http://$reg/v2/$1/manifests/$2" \
        | tr -d '\r' | sed -n 's/^Docker-Content-Digest: //p'
}


verifies()
{
    "$tally" verify --key cosign.pub "$@" > out 2>&1
}


# one image, signed in both formats, attested, with a bill of materials

layout_make one "one" 300000 > /dev/null
layout_make two "two" 1000 > /dev/null
push one lab/app:1
push two lab/app:2
"$tally" generate-key-pair > /dev/null 2>&1
digest=$(digest_at lab/app 1)
echo '{"by": "us"}' > predicate.json

runs "sign" "$tally" sign --key cosign.key "$reg/lab/app@$digest"
runs "attest" "$tally" attest --key cosign.key --predicate predicate.json \
    "$reg/lab/app@$digest"

# copy

runs "copy to another repository" "$tally" copy "$reg/lab/app:1" \
    "$reg/mirror/app:1"
is "$(digest_at mirror/app 1)" "$digest" "the same image"
verifies "$reg/mirror/app:1"
ok $? "its copy verifies"
runs "its attestation as well" "$tally" verify-attestation \
    --key cosign.pub "$reg/mirror/app:1"
is "$(curl -s "http://$reg/v2/mirror/app/referrers/$digest" \
    | grep -o '"artifactType"' | wc -l)" 2 "both bundles are referrers of it"
runs "copy again" "$tally" copy "$reg/lab/app:1" "$reg/mirror/app:1"
out=$("$tally" copy "$reg/lab/app:2" "$reg/mirror/app:1" 2>&1)
is "$?" 1 "another image does not take the tag"
like "$out" 'already exists. Use `-f` to overwrite' "which is said"
is "$(digest_at mirror/app 1)" "$digest" "and nothing moved"
runs "copy -f" "$tally" copy -f "$reg/lab/app:2" "$reg/mirror/app:1"
is "$(digest_at mirror/app 1)" "$(digest_at lab/app 2)" "moves it"
runs "copy --only=sig" "$tally" copy --only=sig "$reg/lab/app:1" \
    "$reg/sigs/app:1"
like "$(curl -s "http://$reg/v2/sigs/app/tags/list")" \
    '"tags":\["sha256-[0-9a-f]*\.sig"\]' "copies no image"
fails "copy --only=all" "$tally" copy --only=all "$reg/lab/app:1" "$reg/x/y:1"

runs "copy to a store" "$tally" copy --to-root "$work/store2" \
    "$reg/lab/app:1" "$reg/app:1"
verifies --root "$work/store2" "$reg/app:1"
ok $? "and verify it there"
runs "copy from a store" "$tally" copy --from-root "$work/store2" \
    "$reg/app:1" "$reg/back/app:1"
verifies "$reg/back/app:1"
ok $? "and verify it in the registry"
fails "copy of what is not there" "$tally" copy "$reg/no/app:1" "$reg/x/y:1"

# save and load

runs "save" "$tally" save --dir saved "$reg/lab/app:1"
verifies --local-image saved
ok $? "verify --local-image"
runs "verify-attestation --local-image" "$tally" verify-attestation \
    --key cosign.pub --local-image saved
tar -C saved -c . -f saved.tar
verifies --local-image saved.tar
ok $? "of a tar as well"
gzip -k saved.tar
verifies --local-image saved.tar.gz
ok $? "compressed or not"
runs "skopeo reads the folder" "$tool_skopeo" inspect --raw oci:saved:1
runs "load" "$tally" load --dir saved "$reg/loaded/app:1"
is "$(digest_at loaded/app 1)" "$digest" "the same image"
verifies "$reg/loaded/app:1"
ok $? "it verifies"
runs "with its attestation" "$tally" verify-attestation --key cosign.pub \
    "$reg/loaded/app:1"
runs "save by digest" "$tally" save --dir by-digest "$reg/lab/app@$digest"
verifies --local-image by-digest
ok $? "and verify it"
runs "save again, another" "$tally" save --dir saved "$reg/lab/app:2"
verifies --local-image saved
is "$?" 10 "which has no signature"

# damage

cp -r by-digest damaged
printf ' ' >> "damaged/blobs/sha256/${digest#sha256:}"
verifies --local-image damaged
[ $? -ne 0 ]
ok $? "a changed image is refused"
head -c 3000 saved.tar > short.tar
fails "a tar that is cut short" "$tally" verify --key cosign.pub \
    --local-image short.tar
fails "no layout" "$tally" verify --key cosign.pub --local-image /etc
fails "load of no layout" "$tally" load --dir /etc "$reg/x/y:1"

# an index and the images in it

arm=$(ARCH=arm64 layout_make arm "for arm64")
push arm lab/app:arm
printf '{"schemaVersion":2,"mediaType":"%s","manifests":[{"mediaType":"%s","digest":"%s","size":%d,"platform":{"os":"linux","architecture":"amd64"}},{"mediaType":"%s","digest":"%s","size":%d,"platform":{"os":"linux","architecture":"arm64"}}]}' \
    application/vnd.oci.image.index.v1+json \
    application/vnd.oci.image.manifest.v1+json "$digest" \
    "$(curl -s -H 'Accept: */*' "http://$reg/v2/lab/app/manifests/1" | wc -c)" \
    application/vnd.oci.image.manifest.v1+json "$arm" \
    "$(curl -s "http://$reg/v2/lab/app/manifests/arm" | wc -c)" > index.json
curl -sf -o /dev/null -X PUT --data-binary @index.json \
    -H 'Content-Type: application/vnd.oci.image.index.v1+json' \
    "http://$reg/v2/lab/app/manifests/all"
ok $? "an index"
runs "sign --recursive" "$tally" sign --recursive --key cosign.key \
    "$reg/lab/app@$(digest_at lab/app all)"
runs "copy of it" "$tally" copy "$reg/lab/app:all" "$reg/mirror/all:1"
verifies --recursive "$reg/mirror/all:1"
ok $? "every image in it verifies"
runs "save of it" "$tally" save --dir all "$reg/lab/app:all"
verifies --recursive --local-image all
ok $? "and every image in the folder"
runs "load of it" "$tally" load --dir all "$reg/loaded/all:1"
verifies --recursive "$reg/loaded/all:1"
ok $? "and every image that was loaded"
runs "copy --platform" "$tally" copy --platform linux/arm64 \
    "$reg/lab/app:all" "$reg/mirror/arm:1"
is "$(digest_at mirror/arm 1)" "$arm" "takes one of them"

like "$("$tally" copy --platform linux "$reg/lab/app:all" \
        "$reg/mirror/any:1" 2>&1)" '^Error: .*several images for linux' \
    "which is to be one"
runs "download --platform" "$tally" download signature \
    --platform linux/arm64 "$reg/lab/app:all"
"$tally" download signature "$reg/lab/app@$arm" > of-arm
"$tally" download signature --platform linux/arm64 "$reg/lab/app:all" > said
[ -s said ] && cmp -s said of-arm
ok $? "is of that image"
like "$("$tally" download signature --platform windows "$reg/lab/app:all" \
        2>&1)" '^Error: the index has no image for windows' "of none"
like "$("$tally" download signature --platform linux "$reg/lab/app:all" \
        2>&1)" '^Error: .*several images for linux' "of several"
like "$("$tally" download attestation --platform linux "$reg/lab/app:arm" \
        2>&1)" '^Error: --platform: the image is no index' "of no index"

# an SBOM as cosign 2 attached it

printf '{"spdxVersion":"SPDX-2.3"}' > bom.json
bom=sha256:$(sha256sum < bom.json | cut -d ' ' -f 1)
none=sha256:$(printf '{}' | sha256sum | cut -d ' ' -f 1)
curl -sf -o /dev/null -X POST --data-binary @bom.json \
    -H 'Content-Type: application/octet-stream' \
    "http://$reg/v2/lab/app/blobs/uploads/?digest=$bom"
curl -sf -o /dev/null -X POST --data-binary '{}' \
    -H 'Content-Type: application/octet-stream' \
    "http://$reg/v2/lab/app/blobs/uploads/?digest=$none"
printf '{"schemaVersion":2,"mediaType":"%s","config":{"mediaType":"%s","digest":"%s","size":2},"layers":[{"mediaType":"%s","digest":"%s","size":%d}]}' \
    application/vnd.oci.image.manifest.v1+json \
    application/vnd.oci.image.config.v1+json "$none" text/spdx+json "$bom" \
    "$(wc -c < bom.json)" | curl -sf -o /dev/null -X PUT --data-binary @- \
    -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' \
    "http://$reg/v2/lab/app/manifests/sha256-${arm#sha256:}.sbom"
"$tally" download sbom --platform linux/arm64 "$reg/lab/app:all" > said \
    2> err
cmp -s said bom.json && grep -q '^Found SBOM of media type: text/spdx+json' err
ok $? "download sbom"
fails "of an image without one" "$tally" download sbom "$reg/lab/app:1"

# attach what was signed elsewhere, and clean

tag=sha256-${digest#sha256:}
blob()
{
    curl -s "http://$reg/v2/lab/app/blobs/$1"
}
sig=$(curl -s "http://$reg/v2/lab/app/manifests/$tag.sig")
blob "$(grep -oE 'simplesigning.v1\+json","size":[0-9]+,"digest":"[^"]*' \
    <<< "$sig" | head -n 1 | grep -oE 'sha256:.*')" > payload.json
grep -oE 'cosign/signature":"[^"]*' <<< "$sig" | head -n 1 \
    | cut -d '"' -f 3 > payload.sig
att=$(curl -s "http://$reg/v2/lab/app/manifests/$tag.att")
blob "$(grep -oE 'dsse.envelope.v1\+json","size":[0-9]+,"digest":"[^"]*' \
    <<< "$att" | head -n 1 | grep -oE 'sha256:.*')" > envelope.json

runs "a bare copy" "$tool_skopeo" copy -q --src-tls-verify=false \
    --dest-tls-verify=false "docker://$reg/lab/app:1" "docker://$reg/bare/app:1"
verifies "$reg/bare/app:1"
is "$?" 10 "has no signature"
runs "attach signature" "$tally" attach signature --payload payload.json \
    --signature payload.sig "$reg/bare/app:1"
verifies "$reg/bare/app:1"
ok $? "verifies"
runs "attach attestation" "$tally" attach attestation \
    --attestation envelope.json "$reg/bare/app:1"
runs "and verify it" "$tally" verify-attestation --key cosign.pub \
    "$reg/bare/app:1"
runs "attest into a file" "$tally" attest --key cosign.key \
    --predicate predicate.json --bundle own.json "$reg/lab/app:2"
runs "a bare copy of another image" "$tool_skopeo" copy -q \
    --src-tls-verify=false --dest-tls-verify=false \
    "docker://$reg/lab/app:2" "docker://$reg/bare/two:1"
fails "it is not attested" "$tally" verify-attestation --key cosign.pub \
    "$reg/bare/two:1"
runs "attach the bundle" "$tally" attach attestation --attestation own.json \
    "$reg/bare/two:1"
runs "now it is" "$tally" verify-attestation --key cosign.pub \
    "$reg/bare/two:1"
fails "attach of no envelope" "$tally" attach attestation \
    --attestation payload.json "$reg/bare/app:1"
fails "attach of no signature" "$tally" attach signature \
    --payload payload.json --signature payload.json "$reg/bare/app:1"
fails "attach to nothing" "$tally" attach signature --payload payload.json \
    --signature payload.sig "$reg/no/app:1"
fails "attach of neither kind" "$tally" attach sbom "$reg/bare/app:1"

fails "clean asks first" "$tally" clean "$reg/bare/app:1"
runs "clean --type signature" "$tally" clean -f --type signature \
    "$reg/bare/app:1"
verifies "$reg/bare/app:1"
is "$?" 10 "the signature is gone"
runs "the attestation is not" "$tally" verify-attestation --key cosign.pub \
    "$reg/bare/app:1"
runs "clean" "$tally" clean -f "$reg/loaded/app:1"
verifies "$reg/loaded/app:1"
is "$?" 10 "nothing is left of them"
is "$(digest_at loaded/app 1)" "$digest" "but the image"
runs "clean of what is clean" "$tally" clean -f "$reg/loaded/app:1"
runs "clean in a store" "$tally" clean -f --root "$work/store2" "$reg/app:1"
verifies --root "$work/store2" "$reg/app:1"
is "$?" 10 "cleans it"
runs "load once more" "$tally" load --dir by-digest "$reg/loaded/app:1"

# cosign

for name in cosign2 cosign3; do
    tool=$(tool_path $name 2>/dev/null) || { skip "no $name"; continue; }
    dir=by-$name

    runs "$name verifies what we saved" "$tool" verify --key cosign.pub \
        --insecure-ignore-tlog=true --local-image by-digest
    runs "$name loads it" "$tool" load --dir by-digest \
        --allow-insecure-registry "$reg/$name/loaded:1"
    verifies "$reg/$name/loaded:1"
    ok $? "and we verify that"
    runs "$name verifies what we copied" "$tool" verify --key cosign.pub \
        "${theirs[@]}" "$reg/back/app:1"
    runs "$name verifies what we loaded" "$tool" verify --key cosign.pub \
        "${theirs[@]}" "$reg/loaded/app:1"
    runs "$name saves" "$tool" save --dir $dir --allow-insecure-registry \
        "$reg/lab/app:1"
    verifies --local-image $dir
    ok $? "and we verify it"
    runs "and load it" "$tally" load --dir $dir "$reg/$name/ours:1"
    verifies "$reg/$name/ours:1"
    ok $? "and verify that"
    runs "$name copies" "$tool" copy --allow-insecure-registry \
        "$reg/lab/app:1" "$reg/$name/copied:1"
    verifies "$reg/$name/copied:1"
    ok $? "and we verify it"
done

registry_clean tally
done_testing
