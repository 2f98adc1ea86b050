#!/bin/bash
#
# Three registries, each on a mount of its own of one SeaweedFS, as on three
# machines: what one stores the others serve at once, a session goes on at the
# other, a machine may die and the engine may be restarted; nothing is lost.
# The same through the load balancer of conf/balancer.conf.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need_root "a FUSE mount"
[ -c /dev/fuse ] || skip_all "there is no /dev/fuse"
need weed fusermount3

one=http://127.0.0.1:$port
two=http://127.0.0.1:$((port + 1))
third=http://127.0.0.1:$((port + 3))
all=http://127.0.0.1:$((port + 4))
master=$((port + 10))
volume=$((port + 12))
filer=$((port + 14))
docs=$top/docs/operations.md


engine_start()
{
    mkdir -p "$work/engine"

    "$tool_weed" server -ip=127.0.0.1 -ip.bind=127.0.0.1 -filer \
        -dir="$work/engine" -volume.max=20 -master.volumeSizeLimitMB=64 \
        -master.port="$master" -master.port.grpc="$((master + 1))" \
        -volume.port="$volume" -volume.port.grpc="$((volume + 1))" \
        -filer.port="$filer" -filer.port.grpc="$((filer + 1))" \
        >> "$work/engine.log" 2>&1 &
    engine=$!
    pids+=("$engine")

    wait_for curl -sf -o /dev/null "http://127.0.0.1:$filer/" \
        && wait_for writable
}


writable()
{
    curl -sf -o /dev/null -F "file=@$docs" "http://127.0.0.1:$filer/probe/"
}


# mount_start N: as docs/operations.md says

mount_start()
{
    local  n=$1

    mkdir -p "$work/m$n" "$work/cache$n"

    # shellcheck disable=SC2046
    "$tool_weed" $(sed -n 's/^    weed \(mount .*\)/\1/p' "$docs" | sed \
        -e "s|=filer:8888|=127.0.0.1:$filer.$((filer + 1))|" \
        -e "s|=/srv/registry|=$work/m$n|") -cacheDir="$work/cache$n" \
        >> "$work/mount.log" 2>&1 &
    mounts[n]=$!
    pids+=("$!")

    wait_for grep -q " $work/m$n fuse" /proc/mounts \
        && wait_for lockable "$n"
}


# for some seconds after the engine has started it refuses every lock

lockable()
{
    flock -n "$work/m$1/lock" true
}


three()
{
    store=$work/m1/reg registry_start one "$port" \
        && store=$work/m2/reg registry_start two "$((port + 1))" \
        && store=$work/m3/reg registry_start three "$((port + 3))"
}


# conf/balancer.conf in a folder of ours, without TLS, before the three

balancer_start()
{
    local  dir=$work/balancer

    mkdir -p "$dir/temp"

    sed -e "s|^user .*|user $(id -un);|" \
        -e "s|^worker_processes .*|worker_processes 2;|" \
        -e "s|listen 443 ssl|listen 127.0.0.1:$((port + 4))|" \
        -e '/ssl_certificate/d' -e "s|/var/log/nginx/|$dir/|" \
        -e "s|/run/|$dir/|" \
        -e "s|10.0.0.11:5000|127.0.0.1:$port|" \
        -e "s|10.0.0.12:5000|127.0.0.1:$((port + 1))|" \
        -e "s|10.0.0.13:5000|127.0.0.1:$((port + 3))|" \
        -e "s|^http {|http {\n    client_body_temp_path $dir/temp/b;\n$(
            for x in proxy fastcgi uwsgi scgi; do
                printf '    %s_temp_path %s;\\n' "$x" "$dir/temp/$x"
            done)|" \
        "$top/conf/balancer.conf" > "$dir/nginx.conf"

    "$nginx" -c "$dir/nginx.conf" -e "$dir/start.log" \
        && wait_for test -s "$dir/nginx-balancer.pid" \
        && pids+=("$(cat "$dir/nginx-balancer.pid")")
}


# push URL REPOSITORY FILE: the status of the last request

push()
{
    local  at

    at=$(header_of location -m 120 -X POST "$1/v2/$2/blobs/uploads/")
    [ -n "$at" ] || { echo "no session"; return; }

    status_of -m 120 -X PUT -H 'Content-Type: application/octet-stream' \
        --data-binary "@$3" "$1$at?digest=$(digest_of "$3")"
}


# blob URL REPOSITORY FILE: whether these bytes come back

blob()
{
    local  digest

    digest=$(digest_of "$3")
    [ "sha256:$(curl -s -m 120 "$1/v2/$2/blobs/$digest" | sha256sum \
        | cut -d ' ' -f 1)" = "$digest" ]
}


random()
{
    head -c "$2" /dev/urandom > "$1"
}


# manifest URL REPOSITORY TAG CONFIG: the status

manifest()
{
    local  media=application/vnd.oci.image

    printf '{"schemaVersion":2,"mediaType":"%s.manifest.v1+json","config":{' \
        "$media" > "$work/manifest"
    printf '"mediaType":"%s.config.v1+json","digest":"%s","size":%d}' \
        "$media" "$(digest_of "$4")" "$(stat -c %s "$4")" >> "$work/manifest"
    printf ',"layers":[]}' >> "$work/manifest"

    status_of -m 120 -X PUT -H "Content-Type: $media.manifest.v1+json" \
        --data-binary "@$work/manifest" "$1/v2/$2/manifests/$3"
}


engine_start || skip_all "SeaweedFS does not run here: $(
    tail -n 1 "$work/engine.log")"
mount_start 1 && mount_start 2 && mount_start 3 \
    || skip_all "nothing is mounted here: $(tail -n 1 "$work/mount.log")"
three || { ok 1 "three registries start"; done_testing; }

cd "$work" || exit 1
mkdir blobs

like "$(cat one/start.log)" 'must pass locks on' "nginx says what it relies on"


# through one, and at once through the other

wrong=
for n in {1..20}; do
    random "blobs/$n" "$((n * 1000))"
    [ $((n % 2)) = 0 ] && from=$one to=$two || from=$two to=$one
    got=$(push "$from" lab/app "blobs/$n")
    [ "$got" = 201 ] || wrong+=" push $n: $got"
    blob "$to" lab/app "blobs/$n" || wrong+=" pull $n"
done
is "$wrong" "" "20 blobs through one, pulled at once through the other"

wrong=
for n in {1..20}; do
    [ $((n % 2)) = 0 ] && from=$one to=$two || from=$two to=$one
    got=$(manifest "$from" lab/app moved "blobs/$n")
    [ "$got" = 201 ] || wrong+=" manifest $n: $got"
    [ "$(curl -s "$to/v2/lab/app/manifests/moved" | sha256sum)" \
        = "$(sha256sum < manifest)" ] || wrong+=" tag $n"
done
is "$wrong" "" "a tag moved 20 times from both, seen at once by the other"
mv manifest last


# at the same time

export -f push status_of header_of digest_of
export one two

parallel()
{
    random "blobs/p$1" 20000
    [ $(($1 % 2)) = 0 ] && from=$one || from=$two
    got=$(push "$from" "lab/p$(($1 % 3))" "blobs/p$1")
    echo "$got"
}

export -f parallel random
is "$(seq 40 | xargs -P 8 -I {} timeout 100 bash -c 'parallel {}' \
    | sort | uniq -c | xargs)" "40 201" "40 pushes, 8 at a time"

wrong=
for n in {1..40}; do
    for at in "$one" "$two"; do
        blob "$at" "lab/p$((n % 3))" "blobs/p$n" || wrong+=" $n at $at"
    done
done
is "$wrong" "" "all are whole at both"


# a session that goes to and fro

random whole 300000
at=$(header_of location -X POST "$one/v2/lab/app/blobs/uploads/")
offset=0
wrong=

for n in 1 2 3; do
    [ $((n % 2)) = 0 ] && to=$one || to=$two
    dd if=whole bs=100000 skip=$((n - 1)) count=1 of=part status=none
    got=$(status_of -X PATCH -H "Content-Range: $offset-$((offset + 99999))" \
        -H 'Content-Type: application/octet-stream' --data-binary @part \
        "$to$at")
    [ "$got" = 202 ] || wrong+=" $n: $got"
    offset=$((offset + 100000))
done

is "$wrong" "" "chunks of one session through both"
is "$(status_of -X PUT "$two$at?digest=$(digest_of whole)")" 201 "its end"
runs "what came is what was sent" blob "$one" lab/app whole


# through the load balancer: each request may go to another machine

balancer_start
ok $? "the load balancer starts"

wrong=
for n in {1..12}; do
    random "blobs/b$n" "$((n * 3000))"
    got=$(push "$all" lab/all "blobs/b$n")
    [ "$got" = 201 ] || wrong+=" push $n: $got"
    got=$(manifest "$all" lab/all "v$n" "blobs/b$n")
    [ "$got" = 201 ] || wrong+=" manifest $n: $got"
    [ "$(curl -s "$all/v2/lab/all/manifests/v$n" | sha256sum)" \
        = "$(sha256sum < manifest)" ] || wrong+=" tag $n"
done
is "$wrong" "" "12 images pushed and pulled through it"

wrong=
for n in {1..12}; do
    for at in "$one" "$two" "$third"; do
        blob "$at" lab/all "blobs/b$n" || wrong+=" $n at $at"
    done
done
is "$wrong" "" "each machine has them"

asked=0
for n in one two three; do
    [ "$(grep -c ' /v2/lab/all/' "$work/$n/access.log")" -gt 5 ] \
        && asked=$((asked + 1))
done
is "$asked" 3 "and each was asked"

registry_stop three
wrong=
for n in {13..18}; do
    random "blobs/b$n" 2000
    got=$(push "$all" lab/all "blobs/b$n")
    [ "$got" = 201 ] || wrong+=" push $n: $got"
    blob "$all" lab/all "blobs/b$n" || wrong+=" pull $n"
done
is "$wrong" "" "without one of them: no client notices"


# one machine dies in the middle of a chunk: the other goes on

random large 4000000
at=$(header_of location -X POST "$one/v2/lab/app/blobs/uploads/")
head -c 1000000 large > part
is "$(status_of -X PATCH -H 'Content-Type: application/octet-stream' \
    --data-binary @part "$one$at")" 202 "the first chunk"

tail -c +1000001 large > rest
curl -s -o /dev/null -X PATCH -T - -H 'Expect:' \
    -H 'Content-Type: application/octet-stream' "$one$at" \
    < <(head -c 1000000 rest; wait_for test -e dead; cat rest) &
client=$!

moved()
{
    [ "$(header_of range "$one$at")" != 0-999999 ]
}

wait_for moved

pid=$(registry_pid one)
# shellcheck disable=SC2046
kill -9 "${mounts[1]}" "$pid" $(pgrep -P "$pid")
touch dead
wait "$client"
umount -l "$work/m1" 2> /dev/null

stands()
{
    at_byte=$(header_of range -m 120 "$two$at")
    at_byte=${at_byte#0-}
    [ -n "$at_byte" ]
}

goes_on()
{
    stands || return
    tail -c +$((at_byte + 2)) large > rest
    [ "$(status_of -m 120 -X PATCH --data-binary @rest \
        -H "Content-Range: $((at_byte + 1))-3999999" \
        -H 'Content-Type: application/octet-stream' "$two$at")" = 202 ]
}

runs "the other knows the session and goes on" wait_for goes_on
is "$(status_of -m 120 -X PUT "$two$at?digest=$(digest_of large)")" 201 \
    "and ends it"
runs "with the right bytes" blob "$two" lab/app large

mount_start 1
store=$work/m1/reg registry_start one "$port"
runs "the machine that is back has them too" blob "$one" lab/app large


# the engine is restarted

kill "$engine"
wait "$engine" 2> /dev/null
random late 5000
got=$(push "$one" lab/late late)
[ "$got" != 201 ]
ok $? "without the engine nothing is acknowledged ($got)"
engine_start

pushed()
{
    [ "$(push "$one" lab/late late)" = 201 ]
}

runs "with it pushes work again" wait_for pushed

# the other mount asks the engine for what has changed, again and again

runs "and are seen" wait_for blob "$two" lab/late late

wrong=
for n in {1..20}; do
    for at in "$one" "$two"; do
        blob "$at" lab/app "blobs/$n" || wrong+=" $n at $at"
    done
done
is "$wrong" "" "what was acknowledged before is whole"


# registry:2 reads the tree

if need=$(tool_skip docker-registry); then
    skip "$need"
else
    tool_docker_registry=$(tool_path docker-registry)
    peer_start peer "$((port + 2))" "$work/m2/reg"
    got=$(curl -s -H 'Accept: application/vnd.oci.image.manifest.v1+json' \
        "http://127.0.0.1:$((port + 2))/v2/lab/app/manifests/moved" \
        | sha256sum)
    is "$got" "$(sha256sum < last)" "registry:2 serves the same tag"
    runs "and the same blobs" blob "http://127.0.0.1:$((port + 2))" lab/app \
        large
    peer_stop peer
fi

for n in one two three; do
    is "$(grep -cE '\[alert\]|exited on signal' "$work/$n/error.log")" 0 \
        "$n: no alert and no crash in the error log"
done

registry_stop one
registry_stop two
done_testing
