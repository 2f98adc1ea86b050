#!/bin/bash
#
# Many clients, one object, through two registries of ours and Debian's
# docker-registry on one store: each object is linearizable.  A reload and an
# upgrade of the binary lose no request.  blobs/ may be a file system of its
# own.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

racers=$top/t/interop/racers.pl
one=http://127.0.0.1:$port
two=http://127.0.0.1:$((port + 1))
store=$work/store
tree=$store/docker/registry/v2

[[ $nginx = /* ]] || nginx=$(command -v "$nginx")
mkdir "$store"
registry_start one "$port" && registry_start two "$((port + 1))"
ok $? "two registries on one store"



runs "hazard 15: one tag through two registries" \
    perl "$racers" tag 5 "$one" "$two"
runs "hazard 15: one blob, while a client gives up" \
    perl "$racers" blob 10 "$one" "$two"
runs "hazard 14: one session" \
    perl "$racers" session 20 "$one" "$two"
runs "one delete" perl "$racers" delete 20 "$one" "$two"


if tool_docker_registry=$(tool_path docker-registry 2> /dev/null); then
    peer_start peer "$((port + 2))" "$store"
    runs "hazard 16: one tag, through docker-registry too" \
        perl "$racers" tag 5 "$one" "$two" "http://127.0.0.1:$((port + 2))!"
    peer_stop peer
else
    skip "docker-registry is missing"
fi

is "$(find "$store" -name link -size 0)" "" "no link is empty"


# a reload, then another binary

perl "$racers" life "$work/stop" "$one" > "$work/life1" 2>&1 &
life=("$!")
perl "$racers" life "$work/stop" "$one" > "$work/life2" 2>&1 &
life+=("$!")

pushed()
{
    [ "$(find "$tree/repositories/lab" -path '*/life*/tags/*/current/link' \
        | wc -l)" -ge "$1" ]
}

count()
{
    find "$tree/repositories/lab" -path '*/life*/tags/*/current/link' | wc -l
}

wait_for pushed 4
old=$(registry_pid one)

for n in 1 2 3; do
    kill -HUP "$old"
    wait_for pushed "$(($(count) + 4))"
    ok $? "pushes go on through reload $n"
done

kill -USR2 "$old"
wait_for test -s "$work/one/nginx.pid.oldbin"
ok $? "another binary starts"
wait_for test -s "$work/one/nginx.pid"
new=$(registry_pid one)
pids+=("$new")
wait_for pushed "$(($(count) + 4))"
ok $? "both serve"
kill -QUIT "$old"
wait_for gone "$old"
ok $? "the old one goes"
wait_for pushed "$(($(count) + 4))"
ok $? "pushes go on in the new one"

touch "$work/stop"

for n in 1 2; do
    wait "${life[n - 1]}"
    is "$? $(grep -v '^#' "$work/life$n")" "0 " "client $n lost nothing"
done

registry_stop one
registry_stop two
registry_clean one
registry_clean two



if [ "$(id -u)" -ne 0 ]; then
    skip "a file system for blobs needs root, to mount one"
    done_testing
fi

store=$work/apart
tree=$store/docker/registry/v2
mkdir -p "$tree/blobs"
mount -t tmpfs -o size=64m tmpfs "$tree/blobs" 2> /dev/null \
    || { skip "no tmpfs can be mounted here"; done_testing; }

registry_start three "$port" 'registry_gc 1s grace=1h;'
runs "hazard 17: one blob, on another file system" \
    perl "$racers" blob 5 "$one"
runs "one tag" perl "$racers" tag 2 "$one"
runs "one session" perl "$racers" session 5 "$one"
is "$(find "$tree" -name '*.tmp*' -o -path '*_uploads/*' -type f)" "" \
    "nothing is left beside"

# the grace period above is one that no push exceeds; here all have ended

sleep 2
runs "it is collected" "$TALLY_BUILD/tally" gc --root "$store" --grace 1s \
    --untagged --quiet
is "$(find "$tree/blobs" -name data | wc -l)" 2 \
    "the manifest that has a tag and its config are left"
registry_clean three

done_testing
