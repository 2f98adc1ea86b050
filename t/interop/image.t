#!/bin/bash
#
# conf/image: the image of the registry is small, answers as registry:2 does,
# honours its variables and its config.yml, runs as any user on a root file
# system that is read-only, and ends gracefully.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need_root dockerd
need docker dockerd docker-registry htpasswd

[ -z "${TALLY_SANITIZE-}" ] \
    || skip_all "an image of programs with sanitizers is another one"

host=localhost:$port
data=$work/store
users=$work/users
mkdir -p "$data" "$work/bin"

dockerd_start || skip_all "dockerd does not run here: $(
    grep -E 'level=(error|fatal)|failed' "$work/docker/log" | tail -n 1)"

ln -s "$tool_docker" "$work/bin/docker"

out=$(PATH="$work/bin:$PATH" TALLY_BUILD=${TALLY_BUILD:-$top/build} \
    DOCKER_HOST="unix://$work/docker/sock" \
    DOCKER_CONFIG="$work/docker/config" DOCKER_BUILDKIT=0 \
    "$top/conf/image/build" tally 2>&1)
ok $? "conf/image/build" || { diag "$(tail -n 20 <<< "$out")"; done_testing; }


inspect()
{
    docker image inspect -f "$1" tally
}

size=$(inspect '{{.Size}}')
[ "$size" -lt 60000000 ]
ok $? "the image has $size bytes, less than 60 MB"
is "$(inspect '{{json .Config.ExposedPorts}} {{json .Config.Volumes}}')" \
    '{"5000/tcp":{}} {"/var/lib/registry":{}}' "its port and its volume"


# run NAME OPTION...: a container of it on our port, with the store $data

run()
{
    local  name=$1

    shift
    docker rm -f registry > /dev/null 2>&1
    out=$(docker run -d --network host --name registry \
        -e REGISTRY_HTTP_ADDR="127.0.0.1:$port" \
        -v "$data:/var/lib/registry" "$@" tally 2>&1)
    wait_for curl -s -o /dev/null "http://$host/v2/"
    ok $? "$name" || diag "$out$(docker logs registry 2>&1 | tail -n 20)"
}


# as the lab of the README

run "docker run -d -v DIR:/var/lib/registry tally"
is "$(curl -s -D - -o /dev/null -I "http://$host/" | tr -d '\r' \
    | grep -E '^(HTTP|Content-Length|Cache-Control|Docker)')" \
    "HTTP/1.1 200 OK
Content-Length: 0
Cache-Control: no-cache
Docker-Distribution-Api-Version: registry/2.0" "curl -I answers as the lab says"

docker_image lab "the first" > /dev/null
docker tag lab "$host/alpine:0.1"
runs "docker push" docker push "$host/alpine:0.1"
docker tag lab "$host/alpine:0.2"
like "$(docker push "$host/alpine:0.2")" 'Layer already exists' \
    "docker push of another tag"
is "$(get "http://$host/v2/_catalog")" '{"repositories":["alpine"]}' \
    "the catalog"
is "$(get "http://$host/v2/alpine/tags/list")" \
    '{"name":"alpine","tags":["0.1","0.2"]}' "the tags"
docker rmi "$host/alpine:0.1" > /dev/null
runs "docker pull" docker pull "$host/alpine:0.1"
is "$(status_of -X DELETE "http://$host/v2/alpine/manifests/0.2")" 405 \
    "no deletes, as in registry:2"
like "$(docker logs registry 2>/dev/null)" ' manifest_put alpine 0.1 sha256:' \
    "docker logs has the requests"
is "$(docker logs registry 2>&1 | grep -E '^(warning|Error)')" "" \
    "and no warning"
runs "the command is in it" docker exec registry tally ls --root \
    /var/lib/registry
like "$(docker exec registry registry garbage-collect --dry-run \
    /etc/docker/registry/config.yml 2>&1)" 'would|0' \
    "garbage-collect, as in registry:2"

peer_start peer "$((port + 1))" "$data"
docker tag lab "localhost:$((port + 1))/alpine:0.1"
like "$(docker push "localhost:$((port + 1))/alpine:0.1")" \
    'Layer already exists' "docker-registry goes on in the same folder"


# a push that is under way when the container is stopped

head -c 3000000 /dev/urandom > "$work/blob"
where=$(header_of location -X POST "http://$host/v2/slow/blobs/uploads/")
where=${where#http://"$host"}
curl -s -o /dev/null -w '%{http_code}' --limit-rate 1M -X PATCH \
    -H 'Content-Type: application/octet-stream' --data-binary "@$work/blob" \
    "http://$host$where" > "$work/patched" &
push=$!
wait_for eval \
    'test -s $data/docker/registry/v2/repositories/slow/_uploads/*/data'
docker stop -t 60 registry > /dev/null
wait "$push"
is "$(cat "$work/patched")" 202 "docker stop waits for a push"
is "$(docker inspect -f '{{.State.ExitCode}}' registry)" 0 \
    "and the registry ends well"


# variables, and those without a meaning here

htpasswd -nbB alice secret > "$users" 2> /dev/null
run "with users" -e REGISTRY_AUTH=htpasswd \
    -e REGISTRY_AUTH_HTPASSWD_REALM=ours -v "$users:/auth/htpasswd" \
    -e REGISTRY_AUTH_HTPASSWD_PATH=/auth/htpasswd \
    -e REGISTRY_STORAGE_DELETE_ENABLED=true \
    -e REGISTRY_PROXY_USERNAME=bob
is "$(status_of "http://$host/v2/") $(
    status_of -u alice:secret "http://$host/v2/")" "401 200" \
    "REGISTRY_AUTH=htpasswd"
is "$(status_of -u alice:secret -X DELETE \
    "http://$host/v2/alpine/manifests/0.2")" 202 \
    "REGISTRY_STORAGE_DELETE_ENABLED=true"
like "$(docker logs registry 2>&1)" '^warning: REGISTRY_PROXY_USERNAME: not' \
    "a variable without a meaning is a warning"


# any user, nothing to write to but the store

mkdir "$work/other"
chown 1234:0 "$work/other"
data=$work/other
run "docker run --user 1234:0 --read-only" --user 1234:0 --read-only
docker tag lab "$host/lab:1"
runs "docker push to it" docker push "$host/lab:1"
is "$(find "$data/docker" ! -user 1234 | wc -l)" 0 "what it wrote is 1234's"
docker rm -f registry > /dev/null
docker run -d --network host --name registry --user 4321 \
    -e REGISTRY_HTTP_ADDR="127.0.0.1:$port" tally > /dev/null
wait_for curl -s -o /dev/null "http://$host/v2/"
runs "docker push to a volume that docker makes" docker push "$host/lab:1"


# a config.yml that is mounted; another, by its name

sed "s|:5000|127.0.0.1:$port|" "$top/conf/image/config.yml" > "$work/config.yml"
run "REGISTRY_CONFIGURATION_PATH" -v "$work/config.yml:/config.yml" \
    -e REGISTRY_CONFIGURATION_PATH=/config.yml
is "$(docker logs registry 2>&1 | grep -E '^(warning|Error)')" "" \
    "and no warning"
cat >> "$work/config.yml" <<END
  debug: {addr: "127.0.0.1:$((port + 2))"}
notifications: {endpoints: [{name: a, url: "http://b/"}]}
END
run "with a config.yml" -v "$work/config.yml:/etc/docker/registry/config.yml"
is "$(status_of "http://localhost:$((port + 2))/debug/health")" 200 \
    "its debug server answers"
like "$(docker logs registry 2>&1)" '^warning: notifications: ' \
    "what it has beside is a warning"

printf 'version: 0.1\nstorage: {s3: {bucket: a}}\n' > "$work/config.yml"
docker rm -f registry > /dev/null
out=$(docker run --rm --network host \
    -v "$work/config.yml:/etc/docker/registry/config.yml" tally 2>&1)
is "$? $out" "1 Error: storage.s3 is not supported" \
    "one that cannot be ends it, and says why"
docker rm -f registry > /dev/null 2>&1
docker save tally > "$work/tally.tar"


# published DIR COMMAND...: a registry that is started word for word as by the
# README of registry:2, at the port that COMMAND port says

published()
{
    local  dir=$1 id at

    shift
    cd "$dir" || return
    id=$("$@" run -d -P -v "$PWD/registry-data:/var/lib/registry" tally) \
        || return
    at=$("$@" port "$id" 5000/tcp | head -n 1)
    wait_for curl -s -o /dev/null "http://localhost:${at##*:}/v2/"
    curl -sI "http://localhost:${at##*:}/" | tr -d '\r' \
        | grep -E '^(HTTP|Docker-Dist)' | paste -sd ' '
    "$@" stop "$id" > /dev/null
    "$@" rm -f "$id" > /dev/null
}


answers="HTTP/1.1 200 OK Docker-Distribution-Api-Version: registry/2.0"


# a daemon with its bridge, in a network of its own

in_network()
{
    ip link set lo up
    PATH=$PATH:/usr/sbin:/sbin "$tool_dockerd" --data-root "$PWD/data" \
        --exec-root "$PWD/exec" --pidfile "$PWD/pid" --host "unix://$PWD/sock" \
        --storage-driver vfs > log 2>&1 &
    export DOCKER_HOST=unix://$PWD/sock
    unset -f docker
    wait_for "$tool_docker" version
    "$tool_docker" load -q -i "$work/tally.tar" > /dev/null
    published "$PWD" "$tool_docker"
    kill %1
    wait
}

mkdir -p "$work/network/registry-data" "$work/podman/registry-data"
cd "$work/network" || exit 1
export -f in_network published wait_for
export work tool_docker tool_dockerd

if unshare --net --mount true 2> why; then
    is "$(unshare --net --mount bash -c in_network 2> why)" "$answers" \
        "docker run -d -P -v DIR:/var/lib/registry tally" \
        || diag "$(tail -n 5 why log)"
else
    skip "no network of our own: $(cat why)"
fi


# podman

podman()
{
    "$tool_podman" --cgroup-manager cgroupfs --events-backend none \
        --root "$work/podman/root" --runroot "$work/podman/run" "$@"
}

# where the limits that podman would set are not to be had
limited()
{
    if [ "$1" = run ]; then
        shift
        set -- run --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 "$@"
    fi
    podman "$@"
}

if why=$(tool_skip podman); then
    skip "$why"
else
    tool_podman=$(tool_path podman)
    podman load -q -i "$work/tally.tar" > why 2>&1
    podman tag docker.io/library/tally localhost/tally 2> /dev/null

    if limited run --rm --network none tally /bin/busybox true > why 2>&1; then
        is "$(published "$work/podman" limited 2> why)" "$answers" \
            "podman run -d -P -v DIR:/var/lib/registry tally" \
            || diag "$(tail -n 5 why)"
        id=$(limited run -d --network host --user 1234:0 --read-only \
            -e REGISTRY_HTTP_ADDR="127.0.0.1:$port" \
            -v "$work/other:/var/lib/registry" tally)
        wait_for curl -s -o /dev/null "http://$host/v2/"
        is "$(get "http://$host/v2/lab/tags/list")" \
            '{"name":"lab","tags":["1"]}' \
            "podman: any user, on a root file system that is read-only"
        podman stop -t 60 "$id" > /dev/null 2>&1
        is "$(podman inspect -f '{{.State.ExitCode}}' "$id")" 0 \
            "podman stop: it ends well"
    else
        skip "podman runs nothing here: $(tail -n 1 why)"
    fi

    podman rm -fa > /dev/null 2>&1
fi

done_testing
