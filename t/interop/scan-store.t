#!/bin/bash
#
# tally scan of a store and of the registry that serves it: --root, --all,
# --attach, bills of materials; and that a layer which is known is not read
# again.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need skopeo

data=${TALLY_SHARED:-$top/../shared}/data/scan
tally=${TALLY:-${TALLY_BUILD:-$top/build}/tally}

[ -d "$data/images" ] || skip_all "no shared data at $data"

export TRIVY_CACHE_DIR=$work/cache TRIVY_SKIP_DB_UPDATE=true TRIVY_QUIET=true
export COSIGN_PASSWORD=pw

reg=127.0.0.1:$port
lab=$reg/lab
accept='application/vnd.docker.distribution.manifest.v2+json'


# push IMAGE.tar.gz REPOSITORY:TAG

push()
{
    gzip -dc "$data/images/$1" > "$work/image.tar"
    "${tool_skopeo-skopeo}" copy -q --dest-tls-verify=false \
        "docker-archive:$work/image.tar" "docker://$lab/$2"
}


digest_of()
{
    curl -sI -H "Accept: $accept" "http://$reg/v2/lab/$1/manifests/$2" \
        | tr -d '\r' | sed -n 's/^Docker-Content-Digest: //p'
}


# what is found, and where, as lines

findings()
{
    jq -r '.Results[]? | .Vulnerabilities[]? | "\(.VulnerabilityID) \(.PkgName) \(.InstalledVersion)"' \
        | sort
}


WORKERS=1 registry_start tally "$port" \
    || { ok 1 "the registry starts"; done_testing; }
root=$work/tally/store

runs "db import" "$tally" db import "$data/db/trivy-real.db.tar.gz"

for image in ubuntu-1804 debian-buster poly-a; do
    runs "push $image" push "$image.tar.gz" "$image:1"
done

runs "push poly-a by another name" push poly-a.tar.gz poly-a:same

# one image, from three places

from_file=$("$tally" scan --input "$data/images/poly-a.tar.gz" -f json \
    | findings)
[ "$(wc -l <<< "$from_file")" -gt 100 ]
ok $? "an archive has findings"
is "$("$tally" scan "$lab/poly-a:1" -f json | findings)" "$from_file" \
    "the same are found in the registry"
rm -f "$work/cache/layers.db"
is "$("$tally" scan --root "$root" "$lab/poly-a:1" -f json | findings)" \
    "$from_file" "and in the store"

# a cache of an older tally, and several at once; a full disk

sqlite()
{
    python3 -c 'import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
for sql in sys.argv[2:]: db.execute(sql)
db.commit()' "$@"
}

rm -f "$work/cache/layers.db"
"$tally" scan --root "$root" "$lab/poly-a:1" -f json > /dev/null
if type -P python3 > /dev/null; then
    sqlite "$work/cache/layers.db" 'PRAGMA journal_mode = WAL' \
        'DELETE FROM layers'
    is "$(head -c 19 "$work/cache/layers.db" | tail -c 1 | od -An -tu1 \
        | tr -d ' ')" 2 "a cache with a write-ahead log"
else
    skip "a cache with a write-ahead log: no python3"
fi

for i in 1 2 3 4 5 6; do
    "$tally" scan --root "$root" "$lab/poly-a:1" -f json \
        > "$work/at-once.$i" 2>&1 &
    scans[i]=$!
done

wrong=0

for i in 1 2 3 4 5 6; do
    wait "${scans[i]}" \
        && [ "$(findings < "$work/at-once.$i")" = "$from_file" ] \
        || { wrong=$((wrong + 1)); diag "$(head -n 3 "$work/at-once.$i")"; }
done

is "$wrong" 0 "six scans at once share it"

"$tally" scan --root "$root" "$lab/poly-a:1" -f json -o /dev/full \
    2> "$work/err"
is "$?" 1 "a report that does not fit on the disk"
like "$(cat "$work/err")" "/dev/full.*No space left" "is an error that says so"

# a library that is not there must not look like no vulnerabilities

LC_ALL=C sed 's/librpm\.so/libnot.so/' "$tally" > "$work/no-rpm"
chmod 755 "$work/no-rpm"
"$work/no-rpm" scan --input "$data/images/centos-6.tar.gz" > "$work/out" 2>&1
is "$?" 1 "rpm packages without librpm"
like "$(cat "$work/out")" "a library is missing: libnot.so" "say why"
is "$("$work/no-rpm" scan --root "$root" "$lab/poly-a:1" -f json | findings)" \
    "$from_file" "others are scanned without it"

# bills of materials

runs "a bill of materials of the image" "$tally" scan "$lab/poly-a:1" \
    -f cyclonedx -o "$work/bom"
is "$("$tally" sbom "$work/bom" -f json | findings)" "$from_file" \
    "the same is found in it"
is "$("$tally" scan --input "$work/bom" -f json | jq -r .ArtifactType)" \
    cyclonedx "scan --input knows what it is"

fails "a text is no bill of materials" "$tally" sbom "$0"

# everything

all=$("$tally" scan --root "$root" --all)
is "$?" 0 "--all"
like "$(TRIVY_QUIET=false TERM=xterm script -qefc "stty cols 100; '$tally' \
    scan --root '$root' --all 2>&1 > /dev/null" /dev/null < /dev/null)" \
    '[0-9]% +[0-9]+ of [0-9]+' "--all on a terminal has a line of progress"
like "$all" '^lab/ubuntu-1804:1 +linux/amd64 +ubuntu 18\.04 \(EOL\) ' \
    "a line an image, with its platform"
is "$(grep -c . <<< "$all")" 4 "one manifest of two tags is one line"

json=$("$tally" scan --root "$root" --all -f json)
is "$(jq -r '.[].ArtifactName' <<< "$json" | tr '\n' ' ')" \
    "lab/debian-buster:1 lab/poly-a:1 lab/ubuntu-1804:1 " \
    "JSON is an array of reports"
is "$(jq '.[1]' <<< "$json" | findings)" "$from_file" \
    "with what a single scan finds"

"$tally" scan --root "$root" --all --exit-code 7 > /dev/null 2>&1
is "$?" 7 "--exit-code counts for all of them"

# every platform of an index, named; what is no image is none

put()
{
    curl -sf -o /dev/null -X PUT --data-binary @- -H "Content-Type: $1" \
        "http://$reg/v2/app/manifests/$2"
}


blob()
{
    local  hex

    hex=$(sha256sum < "$1" | cut -d' ' -f1)
    curl -sf -o /dev/null -X POST --data-binary "@$1" \
        -H 'Content-Type: application/octet-stream' \
        "http://$reg/v2/app/blobs/uploads/?digest=sha256:$hex"
    printf '"digest": "sha256:%s", "size": %s' "$hex" "$(stat -c %s "$1")"
}


# image ARCHITECTURE: pushed; the digest and size of its manifest

oci=application/vnd.oci.image

image()
{
    local  config layer

    mkdir -p "$work/tree/node_modules/$1"
    printf '{"name": "%s", "version": "1.0.0"}' "$1" \
        > "$work/tree/node_modules/$1/package.json"
    tar -C "$work/tree" -cf "$work/layer" "node_modules/$1"
    printf '{"architecture": "%s", "os": "linux", "rootfs": {"type":
        "layers", "diff_ids": ["sha256:%s"]}}' "$1" \
        "$(sha256sum < "$work/layer" | cut -d' ' -f1)" > "$work/config"
    config=$(blob "$work/config")
    layer=$(blob "$work/layer")
    printf '{"schemaVersion": 2, "mediaType": "%s.manifest.v1+json",
        "config": {"mediaType": "%s.config.v1+json", %s},
        "layers": [{"mediaType": "%s.layer.v1.tar", %s}]}' "$oci" "$oci" \
        "$config" "$oci" "$layer" > "$work/manifest"
    digest=$(sha256sum < "$work/manifest" | cut -d' ' -f1)
    put "$oci.manifest.v1+json" "sha256:$digest" < "$work/manifest"
    printf '"mediaType": "%s.manifest.v1+json", "digest": "sha256:%s",
        "size": %s' "$oci" "$digest" "$(stat -c %s "$work/manifest")"
}


printf '{"schemaVersion": 2, "mediaType": "%s.index.v1+json", "manifests": [
    {%s, "platform": {"os": "linux", "architecture": "arm64",
        "variant": "v8"}},
    {%s, "platform": {"os": "linux", "architecture": "riscv64"}},
    {%s, "platform": {"os": "unknown", "architecture": "unknown"}}]}' \
    "$oci" "$(image arm64)" "$(image riscv64)" "$(image attestation)" \
    | put "$oci.index.v1+json" many
ok $? "push an index without amd64"

printf '{"name": "chart", "version": "1"}' > "$work/config"
printf 'no tar' > "$work/layer"
printf '{"schemaVersion": 2, "mediaType": "%s.manifest.v1+json",
    "config": {"mediaType": "application/vnd.cncf.helm.config.v1+json", %s},
    "layers": [{"mediaType":
        "application/vnd.cncf.helm.chart.content.v1.tar+gzip", %s}]}' \
    "$oci" "$(blob "$work/config")" "$(blob "$work/layer")" \
    | put "$oci.manifest.v1+json" chart
ok $? "push a chart"

all=$(TRIVY_QUIET=false "$tally" scan --root "$root" --all 2> "$work/err")
is "$?" 0 "--all with both"
like "$all" '^app:many +linux/arm64/v8 +- ' "each platform has its line"
like "$all" '^app:many +linux/riscv64 +- ' "with its name"
is "$(grep -c '^app:' <<< "$all")" 2 "what belongs to them has none"
like "$(cat "$work/err")" 'scanned=5 failed=0 not_images=1 ' \
    "and the chart is counted as no image"
is "$("$tally" scan --root "$root" --all --platform linux/arm64 2> /dev/null \
    | grep -c '^app:')" 1 "--platform chooses"

like "$("$tally" scan --root "$root" --platform linux/arm64 app:many \
    -f cyclonedx | jq -r '.components[].purl')" 'pkg:npm/arm64@1.0.0' \
    "the name that --all prints works with --root"
runs "so does one with a folder" "$tally" scan --root "$root" lab/poly-a:1
fails "an image that is not there" "$tally" scan --root "$root" gone:1
like "$("$tally" scan --root "$root" app:chart)" \
    'Nothing was scanned: this is no image' "a chart alone says what it is"

fails "--all of no store" "$tally" scan --all
fails "--all with an image" "$tally" scan --all --root "$root" "$lab/poly-a:1"
fails "--all as SARIF" "$tally" scan --all --root "$root" -f sarif

# what is known of a layer is enough: the blobs are not there any more

runs "the images are known" "$tally" scan --root "$root" --all
layers=$(curl -s -H "Accept: $accept" "http://$reg/v2/lab/poly-a/manifests/1" \
    | jq -r '.layers[].digest')

for layer in $layers; do
    hex=${layer#sha256:}
    : > "$root/docker/registry/v2/blobs/sha256/${hex:0:2}/$hex/data"
done

is "$("$tally" scan --root "$root" "$lab/poly-a:1" -f json | findings)" \
    "$from_file" "an image whose layers are known is scanned without them"

rm -f "$work/cache/layers.db"
fails "a layer that is not what its digest says is refused" \
    "$tally" scan --root "$root" "$lab/poly-a:1"

"$tally" scan --root "$root" --all > "$work/out" 2>&1
is "$?" 1 "--all ends with 1 when an image cannot be read"
like "$(cat "$work/out")" '^lab/ubuntu-1804:1 ' "but scans the others"

# the report beside its image

(cd "$work" && "$tally" generate-key-pair > /dev/null 2>&1)

runs "--attach, with a key" "$tally" scan --attach --key "$work/cosign.key" \
    "$lab/ubuntu-1804:1"

digest=$(digest_of ubuntu-1804 1)
notes=$(curl -s "http://$reg/v2/lab/ubuntu-1804/referrers/$digest" \
    | jq -r '.manifests[] | select(.artifactType
             == "application/vnd.aquasec.trivy.report+json")')
is "$(jq -r '.annotations["io.tally.scan.total"]' <<< "$notes")" \
    "$("$tally" scan "$lab/ubuntu-1804:1" -f json | findings | wc -l)" \
    "the report is a referrer that says how much was found"
like "$(jq -r '.annotations["io.tally.scan.db.updated"]' <<< "$notes")" \
    '^20[0-9-]+T[0-9:]+Z$' "and by which database"

blob=$(curl -s "http://$reg/v2/lab/ubuntu-1804/manifests/$(
    jq -r .digest <<< "$notes")" | jq -r '.layers[0].digest')
is "$(curl -s "http://$reg/v2/lab/ubuntu-1804/blobs/$blob" | findings)" \
    "$("$tally" scan "$lab/ubuntu-1804:1" -f json | findings)" \
    "its layer is the report"

runs "verify-attestation accepts it" "$tally" verify-attestation \
    --type vuln --key "$work/cosign.pub" "$lab/ubuntu-1804:1"

runs "--attach to a store" "$tally" scan --attach --root "$root" \
    "$lab/debian-buster:1"
digest=$(digest_of debian-buster 1)
is "$(curl -s "http://$reg/v2/lab/debian-buster/referrers/$digest" \
    | jq -r '.manifests[].artifactType')" \
    "application/vnd.aquasec.trivy.report+json" "the registry lists it"

fails "--attach to a file" "$tally" scan --attach \
    --input "$data/images/poly-a.tar.gz"

registry_clean tally
done_testing
