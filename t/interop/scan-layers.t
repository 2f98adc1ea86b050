#!/bin/bash
#
# tally scan of a layer in every media type and compression that OCI and Docker
# define, announced rightly and wrongly, from every place; and that nothing
# which is scanned changes what later scans find.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

tally=${TALLY:-${TALLY_BUILD:-$top/build}/tally}
data=${TALLY_SHARED:-$top/../shared}/data/scan
reg=127.0.0.1:$port
layout=$work/layout

export TRIVY_CACHE_DIR=$work/cache TRIVY_QUIET=true TRIVY_SKIP_DB_UPDATE=true

oci=application/vnd.oci.image
docker=application/vnd.docker
types=("$oci.layer.v1.tar" "$oci.layer.v1.tar+gzip" "$oci.layer.v1.tar+zstd"
    "$oci.layer.nondistributable.v1.tar"
    "$oci.layer.nondistributable.v1.tar+gzip"
    "$oci.layer.nondistributable.v1.tar+zstd"
    "$docker.image.rootfs.diff.tar" "$docker.image.rootfs.diff.tar.gzip"
    "$docker.image.rootfs.diff.tar.zstd"
    "$docker.image.rootfs.foreign.diff.tar"
    "$docker.image.rootfs.foreign.diff.tar.gzip" application/octet-stream)
packers=(cat gzip)

for tool in zstd xz bzip2 lz4; do
    type -P "$tool" > /dev/null && packers+=("$tool")
done

packers+=(skippable)
type -P zstd > /dev/null || unset 'packers[-1]'


# a frame that is to be skipped, then the data: what pzstd writes

skippable()
{
    printf '\x50\x2a\x4d\x18\x04\x00\x00\x00abcd'
    zstd -qc
}


pack()
{
    case $1 in
    cat | skippable) "$1" ;;
    *) "$1" -c ;;
    esac
}


sum() { "${2:-sha256}sum" < "$1" | cut -d' ' -f1; }


# layer_of NAME PACKER FILE: one package, so that no two layers are the same

layer_of()
{
    local  dir=$work/tree

    rm -rf "$dir"
    mkdir -p "$dir/node_modules/$1"
    printf '{"name": "%s", "version": "1.0.0"}' "$1" \
        > "$dir/node_modules/$1/package.json"
    tar -C "$dir" --format=ustar -cf "$work/layer.tar" node_modules
    pack "$2" < "$work/layer.tar" > "$3"
}


# blob FILE [ALG]: into the layout; its descriptor's digest and size

blob()
{
    local  alg=${2:-sha256} hex

    hex=$(sum "$1" "$alg")
    mkdir -p "$layout/blobs/$alg"
    cp "$1" "$layout/blobs/$alg/$hex"
    printf '"digest": "%s:%s", "size": %s' "$alg" "$hex" "$(stat -c %s "$1")"
}


# image NAME TYPE LAYER [ALG]: its manifest's descriptor is added to $index

image()
{
    local  name=$1 type=$2 config layer

    printf '{"architecture": "amd64", "os": "linux", "rootfs": {"type":
        "layers", "diff_ids": ["sha256:%s"]}}' "$(sum "$work/layer.tar")" \
        > "$work/config"
    config=$(blob "$work/config")
    layer=$(blob "$3" "${4-}")
    printf '{"schemaVersion": 2, "mediaType": "%s.manifest.v1+json",
        "config": {"mediaType": "%s.config.v1+json", %s},
        "layers": [{"mediaType": "%s", %s}]}' "$oci" "$oci" "$config" \
        "$type" "$layer" > "$work/manifest"
    index+=("{\"mediaType\": \"$oci.manifest.v1+json\",
        $(blob "$work/manifest"), \"annotations\":
        {\"org.opencontainers.image.ref.name\": \"$name\"}}")
}


# layout_done: index.json of $index

layout_done()
{
    local  IFS=,

    printf '{"schemaVersion": 2, "manifests": [%s]}' "${index[*]}" \
        > "$layout/index.json"
    printf '{"imageLayoutVersion": "1.0.0"}' > "$layout/oci-layout"
}


# found ARGUMENT...: the packages that a scan lists

found()
{
    "$tally" scan "$@" -f cyclonedx 2>&1 | tee "$work/last" \
        | jq -r '.components[]? | select(.purl != null) | .purl' 2>/dev/null
}


# push FILE: a blob into the registry

push_blob()
{
    curl -sf -o /dev/null -X POST --data-binary "@$1" \
        -H 'Content-Type: application/octet-stream' \
        "http://$reg/v2/matrix/blobs/uploads/?digest=sha256:$(sum "$1")"
}


push_image()
{
    push_blob "$work/config" && push_blob "$2" \
        && curl -sf -o /dev/null -X PUT --data-binary "@$work/manifest" \
            -H "Content-Type: $oci.manifest.v1+json" \
            "http://$reg/v2/matrix/manifests/$1"
}


registry_start tally "$port" \
    || { ok 1 "the registry starts"; done_testing; }
root=$work/tally/store

# every type with every compression: a folder of them, and a registry

names=()
index=()
refused=

for t in "${!types[@]}"; do
    for packer in "${packers[@]}"; do
        name=t$t-$packer
        names+=("$name")
        layer_of "$name" "$packer" "$work/packed"
        image "$name" "${types[t]}" "$work/packed"
        push_image "$name" "$work/packed" || refused+=" $name"

        mkdir -p "$work/save"
        rm -f "$work/save/"*
        cp "$work/config" "$work/save/config.json"
        cp "$work/packed" "$work/save/layer.tar"
        printf '[{"Config": "config.json", "Layers": ["layer.tar"]}]' \
            > "$work/save/manifest.json"
        tar -C "$work/save" -cf "$work/$name.tar" .
    done
done

layout_done
tar -C "$layout" -cf "$work/layout.tar" .
is "$refused" "" "the registry takes them all"


# each WHAT ARGUMENT...: NAME in an argument stands for the image's name

each()
{
    local  what=$1 name wrong='' args

    shift
    rm -f "$work/cache/layers.db"

    for name in "${names[@]}"; do
        args=("${@//NAME/$name}")
        [ "$(found "${args[@]}")" = "pkg:npm/$name@1.0.0" ] \
            || { wrong+=" $name"; diag "$(head -c 300 "$work/last")"; }
    done

    is "$wrong" "" "$what: all ${#names[@]} are read"
}


each "a layout" --input "$layout:NAME"
each "a layout in a tar" --input "$work/layout.tar:NAME"
each "docker save" --input "$work/NAME.tar"
each "a registry" "$reg/matrix:NAME"
each "a store" --root "$root" "$reg/matrix:NAME"

is "$("$tally" scan --input "$layout:t1-cat" -f cyclonedx | jq -r '
    .components[] | select(.purl == "pkg:npm/t1-cat@1.0.0").properties[]
    | select(.name == "aquasecurity:trivy:LayerDigest").value')" \
    "sha256:$(tar -xOf "$work/t1-cat.tar" ./layer.tar | sha256sum \
        | cut -d' ' -f1)" \
    "an unpacked layer has the digest that the manifest gives it"

# a tar that begins with a name like a packed file's magic

rm -rf "$work/tree"
mkdir -p "$work/tree/BZh9/node_modules/b"
printf '{"name": "b", "version": "1.0.0"}' \
    > "$work/tree/BZh9/node_modules/b/package.json"
tar -C "$work/tree" --format=ustar -cf "$work/layer.tar" \
    BZh9/node_modules/b/package.json
image bzh "$oci.layer.v1.tar" "$work/layer.tar"

# nothing that is scanned changes what is known of other layers: a digest is
# checked whatever its algorithm, before the cache has it

layer_of good gzip "$work/packed"
image good "$oci.layer.v1.tar+gzip" "$work/packed" sha512
hex=$(sum "$work/packed" sha512)
layout_done

is "$(found --input "$layout:bzh")" "pkg:npm/b@1.0.0" "a tar of BZh9/"
is "$(found --input "$layout:good")" "pkg:npm/good@1.0.0" \
    "a layer that is named by SHA-512"

cp -r "$layout" "$work/evil"
layer_of other gzip "$work/evil/blobs/sha512/$hex"
rm -f "$work/cache/layers.db"
fails "one that has another SHA-512 is refused" "$tally" scan \
    --input "$work/evil:good" -f cyclonedx
is "$(found --input "$layout:good")" "pkg:npm/good@1.0.0" \
    "and is not what later scans find"

mkdir -p "$work/save"
rm -f "$work/save/"*
layer_of saved cat "$work/save/layer.tar"
printf '{"rootfs": {"diff_ids": ["sha512:%s"]}}' \
    "$(sum "$work/layer.tar" sha512)" > "$work/save/config.json"
printf '[{"Config": "config.json", "Layers": ["layer.tar"]}]' \
    > "$work/save/manifest.json"
is "$(found --input "$work/save")" "pkg:npm/saved@1.0.0" \
    "docker save with a diffID of SHA-512"
cp -r "$work/save" "$work/evil.save"
layer_of other cat "$work/evil.save/layer.tar"
rm -f "$work/cache/layers.db"
fails "another diffID of SHA-512 is refused" "$tally" scan \
    --input "$work/evil.save" -f cyclonedx

# a sparse file of 3 GB, packed 1000:1, costs time and nothing else

rm -rf "$work/tree"
mkdir -p "$work/tree/var/log" "$work/tree/node_modules/after"
truncate -s 3G "$work/tree/var/log/lastlog"
printf '{"name": "after", "version": "1.0.0"}' \
    > "$work/tree/node_modules/after/package.json"
tar -C "$work/tree" --format=gnu -cf - var node_modules | gzip -1 \
    > "$work/packed"
image sparse "$oci.layer.v1.tar+gzip" "$work/packed"
layout_done
is "$(found --input "$layout:sparse")" "pkg:npm/after@1.0.0" \
    "a sparse lastlog of 3 GB"

# the database comes from its own place, never from what is scanned

if [ -f "$data/db/trivy-fixture.db.tar.gz" ]; then
    unset TRIVY_SKIP_DB_UPDATE
    runs "db import" "$tally" db import "$data/db/trivy-mini.db.tar.gz"

    packed=$data/db/trivy-fixture.db.tar.gz
    printf '{}' > "$work/config"
    printf '{"schemaVersion": 2, "mediaType": "%s.manifest.v1+json",
        "config": {"mediaType":
            "application/vnd.aquasec.trivy.config.v1+json", %s},
        "layers": [{"mediaType":
            "application/vnd.aquasec.trivy.db.layer.v1.tar+gzip", %s}]}' \
        "$oci" "$(blob "$work/config")" "$(blob "$packed")" \
        > "$work/manifest"
    push_image trivy-db "$packed"

    old='{"Version":2,"NextUpdate":"2020-01-02T00:00:00Z",
        "UpdatedAt":"2020-01-01T00:00:00Z",
        "DownloadedAt":"2020-01-01T00:00:00Z"}'
    echo "$old" > "$work/cache/db/metadata.json"
    before=$(sum "$work/cache/db/trivy.db")
    closed=127.0.0.1:1/matrix:trivy-db

    for how in "$reg/matrix:t0-cat" --all; do
        fails "a database is due and its own place does not answer ($how)" \
            "$tally" scan --root "$root" --db-repository "$closed" "$how"
        is "$(sum "$work/cache/db/trivy.db")" "$before" \
            "what is scanned is not asked for it"
    done

    runs "its own place is asked with --root as without" \
        "$tally" scan --root "$root" \
        --db-repository "$reg/matrix:trivy-db" "$reg/matrix:t0-cat"
    [ "$(sum "$work/cache/db/trivy.db")" != "$before" ]
    ok $? "and gives it"

    is "$("$tally" scan --root "$root" --all 2> /dev/null \
        | grep -c '^matrix:t')" "${#names[@]}" "--all reads them all"
else
    skip "the database: no shared data at $data"
fi

registry_clean tally
done_testing
