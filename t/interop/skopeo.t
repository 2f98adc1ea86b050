#!/bin/bash
#
# skopeo and umoci: layouts in and out, both manifest formats, inspection,
# lists of platforms, deletion.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need skopeo umoci jq

mkdir -p "$HOME/.config/containers"
echo '{"default":[{"type":"insecureAcceptAnything"}]}' \
    > "$HOME/.config/containers/policy.json"

skopeo()
{
    "$tool_skopeo" --policy "$HOME/.config/containers/policy.json" "$@"
}

umoci()
{
    "$tool_umoci" "$@"
}

reg=localhost:$port

registry_start tally "$port" || { ok 1 "the registry starts"; done_testing; }


# an image that umoci makes, unpacks, changes

cd "$work" || exit 1
runs "umoci init" umoci init --layout made
runs "umoci new" umoci new --image made:base

if runs "umoci unpack" umoci unpack --rootless --image made:base bundle; then
    echo "by umoci" > bundle/rootfs/file
    umoci repack --image made:next bundle > /dev/null 2>&1
fi

runs "skopeo copy of umoci's image" skopeo copy --dest-tls-verify=false \
    oci:made:next "docker://$reg/lab/made:1"
like "$(skopeo inspect --tls-verify=false "docker://$reg/lab/made:1")" \
    '"Digest": "sha256:' "skopeo inspect"
runs "skopeo copy back" skopeo copy --src-tls-verify=false \
    "docker://$reg/lab/made:1" oci:back:1
runs "umoci unpacks what came back" \
    umoci unpack --rootless --image back:1 bundle2
is "$(cat bundle2/rootfs/file 2>/dev/null)" "by umoci" "the file is in it"


# the same as a Docker manifest

runs "skopeo copy as v2s2" skopeo copy --dest-tls-verify=false --format v2s2 \
    oci:made:next "docker://$reg/lab/docker:1"
like "$(skopeo inspect --raw --tls-verify=false "docker://$reg/lab/docker:1")" \
    'distribution.manifest.v2\+json' "it is a Docker manifest"
runs "skopeo copy to a docker archive" skopeo copy --src-tls-verify=false \
    "docker://$reg/lab/docker:1" docker-archive:archive.tar:lab:1


# between repositories, again, and with all platforms

runs "skopeo copy between repositories" skopeo copy --src-tls-verify=false \
    --dest-tls-verify=false "docker://$reg/lab/made:1" \
    "docker://$reg/lab/other:1"

for arch in amd64 arm64; do
    ARCH=$arch layout_make "$work/$arch" "for $arch" > /dev/null
    skopeo copy -q --dest-tls-verify=false "oci:$work/$arch:latest" \
        "docker://$reg/lab/multi:$arch"
done

index=$(for arch in amd64 arm64; do
    skopeo inspect --raw --tls-verify=false "docker://$reg/lab/multi:$arch" \
        > "$arch.json"
    printf '{"mediaType":"application/vnd.oci.image.manifest.v1+json",'
    printf '"digest":"%s","size":%d,' "$(digest_of "$arch.json")" \
        "$(stat -c %s "$arch.json")"
    printf '"platform":{"os":"linux","architecture":"%s"}}\n' "$arch"
done | paste -sd,)

type=application/vnd.oci.image.index.v1+json
is "$(status_of -X PUT -H "Content-Type: $type" --data-binary \
    "{\"schemaVersion\":2,\"mediaType\":\"$type\",\"manifests\":[$index]}" \
    "http://$reg/v2/lab/multi/manifests/all")" 201 "PUT of the index"
runs "skopeo copy --all" skopeo copy --all --src-tls-verify=false \
    --dest-tls-verify=false "docker://$reg/lab/multi:all" \
    "docker://$reg/lab/everything:1"
runs "skopeo copy of one platform" skopeo copy --override-arch arm64 \
    --src-tls-verify=false "docker://$reg/lab/everything:1" oci:arm:1

is "$(skopeo list-tags --tls-verify=false "docker://$reg/lab/multi" \
    | jq -c '.Tags | sort')" '["all","amd64","arm64"]' "skopeo list-tags"


# delete

runs "skopeo delete" skopeo delete --tls-verify=false \
    "docker://$reg/lab/other:1"
fails "it is gone" skopeo inspect --tls-verify=false \
    "docker://$reg/lab/other:1"

registry_clean tally
done_testing
