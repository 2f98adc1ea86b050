#!/bin/bash
#
# podman and buildah: build, push, pull by tag and digest, a manifest list.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need_root "podman without a user namespace"
need podman buildah jq

mkdir -p "$work/containers" "$work/run"
mkdir -p "$HOME/.config/containers"
echo '{"default":[{"type":"insecureAcceptAnything"}]}' \
    > "$work/policy.json"
cp "$work/policy.json" "$HOME/.config/containers/policy.json"
printf 'unqualified-search-registries = []\n' > "$work/registries.conf"
printf '[storage]\ndriver = "vfs"\ngraphroot = "%s"\nrunroot = "%s"\n' \
    "$work/containers" "$work/run" > "$work/storage.conf"

export CONTAINERS_STORAGE_CONF=$work/storage.conf
export CONTAINERS_REGISTRIES_CONF=$work/registries.conf
export XDG_RUNTIME_DIR=$work/run TMPDIR=$work

podman()
{
    "$tool_podman" --cgroup-manager cgroupfs --events-backend none "$@"
}

buildah()
{
    "$tool_buildah" "$@"
}

policy=(--signature-policy "$work/policy.json")
reg=localhost:$port

registry_start tally "$port" || { ok 1 "the registry starts"; done_testing; }


# buildah makes an image from nothing

echo "made by buildah" > "$work/file"
container=$(buildah from "${policy[@]}" scratch 2>"$work/why") \
    || skip_all "buildah does not run here: $(tail -n 1 "$work/why")"

runs "buildah copy" buildah copy -q "$container" "$work/file" /file
runs "buildah commit" buildah commit -q "${policy[@]}" "$container" "lab:1"
runs "buildah push" buildah push -q "${policy[@]}" --tls-verify=false \
    localhost/lab:1 "docker://$reg/lab/buildah:1"
runs "buildah push again" buildah push -q "${policy[@]}" --tls-verify=false \
    localhost/lab:1 "docker://$reg/lab/buildah:1"
runs "buildah push in Docker's format" buildah push -q "${policy[@]}" \
    --tls-verify=false --format v2s2 localhost/lab:1 \
    "docker://$reg/lab/buildah:docker"


# buildah's cache: an image for each step, found by the key in its tag

head -c 100000 /dev/urandom > "$work/noise"
printf 'FROM scratch\nCOPY noise /\nCOPY file /\n' > "$work/Dockerfile"


build()
{
    buildah build "${policy[@]}" --tls-verify=false --layers "$@" \
        -t localhost/cached -f "$work/Dockerfile" "$work" 2>&1
}


out=$(build --cache-to "$reg/lab/cache" --cache-from "$reg/lab/cache")
ok $? "buildah build --cache-to" || diag "$out"
like "$out" 'Pushing cache' "the cache is pushed"
buildah rmi -f localhost/cached > /dev/null 2>&1
buildah rmi --prune -f > /dev/null 2>&1
out=$(build --cache-from "$reg/lab/cache")
ok $? "buildah build --cache-from" || diag "$out"
like "$out" 'Cache pulled from remote' \
    "the cache is used" || diag "$out"


# podman, which wants more of the machine than buildah does

if ! podman image inspect localhost/lab:1 > /dev/null 2> "$work/why"; then
    skip "podman does not run here: $(tail -n 1 "$work/why")"
    registry_clean tally
    done_testing
fi

id=$(podman image inspect -f '{{.Id}}' localhost/lab:1)
like "$id" '^[0-9a-f]{64}$' "podman sees the image"
runs "podman push" podman push -q "${policy[@]}" --tls-verify=false \
    localhost/lab:1 "$reg/lab/podman:1"
digest=$(header_of docker-content-digest -I "http://$reg/v2/lab/podman/manifests/1")
like "$digest" '^sha256:' "the registry knows its digest"

podman rmi -f "$id" > /dev/null 2>&1
runs "podman pull by tag" podman pull -q "${policy[@]}" --tls-verify=false \
    "$reg/lab/podman:1"
is "$(podman image inspect -f '{{.Id}}' "$reg/lab/podman:1")" "$id" \
    "it is the same image"
podman rmi -f "$id" > /dev/null 2>&1
runs "podman pull by digest" podman pull -q "${policy[@]}" \
    --tls-verify=false "$reg/lab/podman@$digest"
runs "podman search of the catalog" podman search --tls-verify=false \
    "$reg/lab/"


# a list

podman pull -q "${policy[@]}" --tls-verify=false "$reg/lab/podman:1" \
    > /dev/null 2>&1
runs "podman manifest create" podman manifest create lab-list
runs "podman manifest add" podman manifest add --tls-verify=false lab-list \
    "docker://$reg/lab/podman:1"
runs "podman manifest push" podman manifest push -q --tls-verify=false \
    --all lab-list "docker://$reg/lab/list:1"
like "$(get "http://$reg/v2/lab/list/manifests/1")" "$digest" \
    "the list names the image"

registry_clean tally
done_testing
