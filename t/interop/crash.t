#!/bin/bash
#
# What must survive: kill -9 and reload in the middle of an upload, two writers
# on one upload, a full disk.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need crane

reg=localhost:$port
url=http://$reg

head -c 20000000 /dev/urandom > "$work/blob"
size=20000000
digest=$(digest_of "$work/blob")

start()
{
    registry_start tally "$port" || { ok 1 "the registry starts"; done_testing; }
}


# master and workers at once, as a power cut would

kill_nine()
{
    local  pid

    pid=$(registry_pid tally)
    # shellcheck disable=SC2046
    kill -9 "$pid" $(pgrep -P "$pid") 2>/dev/null
    wait_for gone "$pid"
    rm -f "$work/tally/nginx.pid"
}


new_upload()
{
    header_of location -X POST "$url/v2/$1/blobs/uploads/"
}


# how many bytes the registry has; its range of nothing is 0-0

stands_at()
{
    local  last

    last=$(header_of range "$url$1")
    last=${last#0-}
    [ "${last:-0}" -eq 0 ] && echo 0 || echo $((last + 1))
}


begun()
{
    [ "$(stands_at "$1")" -gt 0 ]
}


# slow_patch PATH: in the background, as what it becomes: 8 MB of the blob, and
# the rest of it when there is a file "go"

slow_patch()
{
    exec curl -s -o "$work/patch.body" -w '%{http_code}' -X PATCH -T - \
        -H 'Expect:' -H 'Content-Type: application/octet-stream' "$url$1" \
        < <(in_two) > "$work/patch.code" 2>/dev/null
}


in_two()
{
    head -c 8000000 "$work/blob"
    wait_for test -e "$work/go"
    tail -c +8000001 "$work/blob"
}


slow_start()
{
    rm -f "$work/go"
    slow_patch "$1" &
    writer=$!
    wait_for begun "$1"
}


# goes on, to its end

slow_end()
{
    touch "$work/go"
    wait "$writer" 2> /dev/null
}


# kill -9 in an upload

start
up=$(new_upload lab/kill)
slow_start "$up"
kill_nine
slow_end
rm -f "$work/tally/error.log"
start

at=$(stands_at "$up")
[ "$at" -le "$size" ]
ok $? "after kill -9 the upload is there, at $at"

tail -c +$((at + 1)) "$work/blob" > "$work/rest"
is "$(status_of -X PATCH -H 'Expect:' -H "Content-Range: $at-$((size - 1))" \
    -T "$work/rest" "$url$up")" 202 "it goes on from there"
is "$(status_of -X PUT "$url$up?digest=$digest")" 201 \
    "and is what it should be"
curl -s "$url/v2/lab/kill/blobs/$digest" -o "$work/back"
is "$(digest_of "$work/back")" "$digest" "the bytes are the right ones"


# the same by a client that goes away

up=$(new_upload lab/cut)
slow_start "$up"
kill "$writer"
slow_end
wait_for grep -q '"PATCH /v2/lab/cut/' "$work/tally/access.log"
at=$(stands_at "$up")
[ "$at" -gt 0 ]
ok $? "of a PATCH that was cut, $at bytes are kept"
tail -c +$((at + 1)) "$work/blob" > "$work/rest"
is "$(status_of -X PUT -H 'Expect:' -H "Content-Range: $at-$((size - 1))" \
    -T "$work/rest" "$url$up?digest=$digest")" 201 "a PUT sends the rest"


# reload in an upload

up=$(new_upload lab/reload)
slow_start "$up"
kill -HUP "$(registry_pid tally)"
wait_for grep -q 'gracefully shutting down' "$work/tally/error.log"
slow_end
is "$(cat "$work/patch.code")" 202 "a PATCH outlives a reload"
is "$(status_of -X PUT "$url$up?digest=$digest")" 201 \
    "the new worker closes it"


# two writers

# one that is silent gives way: if this one was kept from writing, once more

steady_patch()
{
    exec curl -s -o /dev/null -w '%{http_code}' --limit-rate 4M -X PATCH \
        -H 'Expect:' -H 'Content-Type: application/octet-stream' \
        -T "$work/blob" "$url$1" > "$work/patch.code" 2>/dev/null
}


interrupt()
{
    up=$(new_upload lab/two)
    steady_patch "$up" &
    writer=$!
    wait_for begun "$up"
    code=$(status_of -X PATCH -d "interloper" "$url$up")
    wait "$writer"
    [ "$code" != 202 ]
}


for _ in 1 2 3 4 5; do
    interrupt && break
done

like "$code" '^(409|416)$' "hazard 14: a second writer is refused"
is "$(cat "$work/patch.code")" 202 "the first one is not disturbed"
is "$(status_of -X PUT "$url$up?digest=$digest")" 201 \
    "what it wrote is whole"


# pushes, with a kill -9 again and again: nothing that was acknowledged is lost

for n in 1 2 3 4 5 6; do
    layout_make "$work/image$n" "number $n" 200000 > "$work/digest$n"
done

pushed=()

for n in 1 2 3 4 5 6; do
    # from "has only begun" to "has long ended"
    (sleep "$(awk "BEGIN { print 0.02 * $n * $n }")"; kill_nine) &
    killer=$!

    if "$tool_crane" push "$work/image$n" "$reg/lab/crash:$n" \
        > /dev/null 2>&1
    then
        pushed+=("$n")
    fi

    wait "$killer"
    start
done

diag "pushes that were acknowledged: ${pushed[*]-none}"
bad=0

for n in "${pushed[@]}"; do
    "$tool_crane" validate --remote "$reg/lab/crash:$n" > /dev/null 2>&1 \
        || bad=1
done

ok "$bad" "every push that was acknowledged is whole"
is "$(find "$work/tally/store" -name link -size 0)" "" "no link is empty"

for n in 1 2 3 4 5 6; do
    "$tool_crane" push "$work/image$n" "$reg/lab/crash:$n" > /dev/null 2>&1 \
        && "$tool_crane" validate --remote "$reg/lab/crash:$n" \
               > /dev/null 2>&1 \
        || bad=1
done

ok "$bad" "pushed again, all of them are whole"
registry_stop tally


# a full disk

if [ "$(id -u)" -ne 0 ]; then
    skip "a full disk needs root, to mount one"
    done_testing
fi

mkdir -p "$work/disk"
mount -t tmpfs -o size=8m tmpfs "$work/disk" 2>/dev/null \
    || { skip "no tmpfs can be mounted here"; done_testing; }

store=$work/disk
start
"$tool_crane" push "$work/image1" "$reg/lab/full:1" > /dev/null 2>&1
ok $? "a push to a small disk"

up=$(new_upload lab/full)
curl -s -D "$work/head" -o "$work/body" -X PATCH -H 'Expect:' \
    -T "$work/blob" "$url$up"
like "$(head -n 1 "$work/head")" ' 507 ' "hazard 12: 20 MB to a disk of 8: 507"
like "$(cat "$work/body")" '"errors":\[\{"code":"[A-Z_]+"' "it is said as JSON"
is "$(status_of "$url/v2/")" 200 "the registry is alive"
runs "what was there is whole" "$tool_crane" validate --remote \
    "$reg/lab/full:1"

dd if=/dev/zero of="$work/disk/fill" bs=64k > /dev/null 2>&1
is "$(status_of -X POST "$url/v2/lab/full/blobs/uploads/")" 507 \
    "an upload cannot be begun: 507"
fails "nor a tag be moved" "$tool_crane" push "$work/image2" "$reg/lab/full:1"
is "$("$tool_crane" digest "$reg/lab/full:1")" "$(cat "$work/digest1")" \
    "the tag is what it was"
is "$(find "$work/disk" -name link -size 0)" "" "no link is empty"

rm -f "$work/disk/fill"
curl -s -o /dev/null -X DELETE "$url$up"
runs "with room again, it is pushed" "$tool_crane" push "$work/image2" \
    "$reg/lab/full:1"
is "$("$tool_crane" digest "$reg/lab/full:1")" "$(cat "$work/digest2")" \
    "and the tag is the new one"
is "$(find "$work/disk" -name '*.tmp*' -o -path '*_tally/*' -type f \
    ! -name hold | head -n 3)" "" "nothing is left behind"

done_testing
