#!/bin/bash
#
# Docker with a daemon of its own: push, push again, pull by tag and by
# digest, a list of platforms, delete; and the tree on disk is what Debian's
# docker-registry makes of the same pushes.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need_root dockerd
need docker dockerd docker-registry

ours=localhost:$port
theirs=localhost:$((port + 1))
store=$work/tally/store

registry_start tally "$port" || { ok 1 "the registry starts"; done_testing; }
unset store

peer_start peer "$((port + 1))" "$work/peer/store"
dockerd_start || skip_all "dockerd does not run here: $(
    grep -E 'level=(error|fatal)|failed' "$work/docker/log" | tail -n 1)"


# the registry part of the lab: a container's image goes in and comes back

docker_image lab "the first" > /dev/null
id=$(docker_id lab)
like "$id" '^sha256:' "docker builds an image"

docker tag lab "$ours/lab/hello:1"
out=$(docker push "$ours/lab/hello:1" 2>&1)
ok $? "docker push" || diag "$out"
like "$out" 'Pushed' "it says that layers were pushed"
digest=$(grep -oE 'sha256:[0-9a-f]{64}' <<< "$out" | tail -n 1)
like "$digest" '^sha256:' "it says the digest"

is "$(get "http://$ours/v2/_catalog")" '{"repositories":["lab/hello"]}' \
    "the catalog names the repository"
is "$(get "http://$ours/v2/lab/hello/tags/list")" \
    '{"name":"lab/hello","tags":["1"]}' "the list names the tag"
is "$(header_of docker-content-digest -I \
    -H 'Accept: application/vnd.docker.distribution.manifest.v2+json' \
    "http://$ours/v2/lab/hello/manifests/1")" "$digest" \
    "HEAD of the tag has the digest that docker said"

out=$(docker push "$ours/lab/hello:1" 2>&1)
ok $? "docker push again" || diag "$out"
is "$(grep -c 'Layer already exists' <<< "$out")" 2 \
    "the second push finds every layer there"

docker tag lab "$ours/lab/other:1"
out=$(docker push "$ours/lab/other:1" 2>&1)
ok $? "docker push to another repository" || diag "$out"
is "$(grep -c "Mounted from lab/hello" <<< "$out")" 2 \
    "its layers are mounted, not sent"


# what is on disk

for name in hello other; do
    docker tag lab "$theirs/lab/$name:1"
    docker push "$theirs/lab/$name:1" > /dev/null 2>&1
done

like "$(tree_of "$work/tally/store")" 'lab/other/_layers' "there is a tree"
is "$(tree_of "$work/tally/store")" "$(tree_of "$work/peer/store")" \
    "the tree is docker-registry's, file by file"
is "$(cd "$work/tally/store" && find . -path ./docker -prune -o -type f -print)" \
    "./_tally/hold" "beside it is what a collector asks, and nothing else"


# pull

docker rmi -f "$id" > /dev/null 2>&1
is "$(docker_id "$ours/lab/hello:1")" "" "the image is gone from the daemon"

runs "docker pull by tag" docker pull "$ours/lab/hello:1"
is "$(docker_id "$ours/lab/hello:1")" "$id" "it is the same image"

docker rmi -f "$id" > /dev/null 2>&1
runs "docker pull by digest" docker pull "$ours/lab/hello@$digest"
is "$(docker_id "$ours/lab/hello@$digest")" "$id" "it is the same image"


# the same name, another image

docker_image lab "the second" > /dev/null
second=$(docker_id lab)
docker tag lab "$ours/lab/hello:1"
runs "docker push over a tag" docker push "$ours/lab/hello:1"
docker rmi -f "$second" > /dev/null 2>&1
docker pull "$ours/lab/hello:1" > /dev/null 2>&1
is "$(docker_id "$ours/lab/hello:1")" "$second" "the tag is the new image"
docker rmi -f "$id" > /dev/null 2>&1
runs "the old one is there by digest" docker pull "$ours/lab/hello@$digest"


# a list of platforms

for arch in amd64 arm64; do
    docker_image "$ours/lab/multi:$arch" "for $arch" > /dev/null
    docker push "$ours/lab/multi:$arch" > /dev/null 2>&1
done

export DOCKER_CLI_EXPERIMENTAL=enabled

runs "docker manifest create" docker manifest create --insecure \
    "$ours/lab/multi:all" "$ours/lab/multi:amd64" "$ours/lab/multi:arm64"
docker manifest annotate --arch arm64 "$ours/lab/multi:all" \
    "$ours/lab/multi:arm64"
runs "docker manifest push" docker manifest push --insecure \
    "$ours/lab/multi:all"
like "$(docker manifest inspect --insecure "$ours/lab/multi:all")" \
    '"architecture": "arm64"' "docker manifest inspect shows both platforms"
runs "docker pull of the list" docker pull "$ours/lab/multi:all"


# delete

is "$(status_of -X DELETE "http://$ours/v2/lab/hello/manifests/$digest")" 202 \
    "DELETE of a manifest by digest"
is "$(status_of "http://$ours/v2/lab/hello/manifests/$digest")" 404 \
    "it is unknown at once"
is "$(status_of -X DELETE "http://$ours/v2/lab/hello/manifests/1")" 202 \
    "DELETE of a tag"
out=$(docker pull "$ours/lab/hello:1" 2>&1)
like "$out" 'manifest unknown|not found' "docker says that the tag is unknown"

runs "docker push after a delete" docker push "$ours/lab/hello:1"


# refusals, as docker shows them

fails "docker pull of an unknown repository" docker pull "$ours/no/such:1"

registry_clean tally
done_testing
