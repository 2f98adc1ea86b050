#!/bin/bash
#
# A queue of the thread pool that is full: what has not begun is told to come
# back; a push is never refused in its middle, it waits.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

url=http://127.0.0.1:$port
clients=12


# chunk N: a PATCH and a PUT to session N; their statuses

chunk()
{
    local  where=$url${sessions[$1]} file=$work/blob.$1

    status_of -X PATCH -T "$file" -H 'Transfer-Encoding: chunked' \
        -H 'Content-Type: application/octet-stream' "$where"
    echo -n ' '
    status_of -X PUT "$where?digest=$(digest_of "$file")"
}


# push_some URL: three blobs, each in one request; their statuses

push_some()
{
    pushes=()

    for ((i = 0; i < 3; i++)); do
        status_of -X POST --data-binary "@$work/blob.$i" \
            "$1/v2/lab/b/blobs/uploads/?digest=$(digest_of "$work/blob.$i")" \
            > "$work/all.$i" &
        pushes[i]=$!
    done
}


export MAIN_CONF='thread_pool small threads=1 max_queue=1;'
WORKERS=1 registry_start tally "$port" 'registry_thread_pool small;' \
    || { ok 1 "the registry starts"; done_testing; }

sessions=()

for ((i = 0; i < clients; i++)); do
    head -c 4000000 /dev/urandom > "$work/blob.$i"
    sessions+=("$(header_of location -X POST "$url/v2/lab/a/blobs/uploads/")")
done

for ((i = 0; i < clients; i++)); do
    chunk "$i" > "$work/got.$i" &
    pushes[i]=$!
done

wait "${pushes[@]}"

for ((i = 0; i < clients; i++)); do
    is "$(cat "$work/got.$i")" '202 201' "push $i goes through"
done

like "$(cat "$work/tally/error.log")" 'queue overflow' 'the queue was full'

for ((i = 0; i < clients; i++)); do
    get "$url/v2/lab/a/blobs/$(digest_of "$work/blob.$i")" \
        | cmp -s - "$work/blob.$i"
    ok $? "blob $i is whole"
done

registry_clean tally
registry_stop tally


# the one thread is kept in a sync, the queue holds one task

cc -shared -fPIC -o "$work/slow.so" "$top/t/interop/slow.c" -ldl \
    || { ok 1 'the library compiles'; done_testing; }

MAIN_CONF+=' env TALLY_SLOW; env LD_PRELOAD;'
WORKERS=1 TALLY_SLOW=$work/busy LD_PRELOAD=$work/slow.so \
    registry_start slow "$port" 'registry_thread_pool small;' \
    || { ok 1 'the registry starts'; done_testing; }

touch "$work/busy"
push_some "$url"

# a list that comes before the pushes is in the queue itself

busy()
{
    [ "$(status_of -m 1 "$url/v2/lab/b/tags/list")" = 503 ]
}

runs 'a list is refused while the queue is full' wait_for busy

for list in lab/b/tags/list _catalog; do
    curl -s -D "$work/head" -o "$work/body" "$url/v2/$list"
    like "$(head -n 1 "$work/head")" ' 503 ' "$list: 503"
    like "$(tr -d '\r' < "$work/head")" '^Retry-After: [0-9]+$' \
        "$list: with Retry-After"
    like "$(cat "$work/body")" '"code":"UNAVAILABLE"' \
        "$list: in the words of the API"
done

is "$(get "$url/v2/")" '{}' 'what needs no thread is answered'
rm "$work/busy"

wait "${pushes[@]}"
is "$(cat "$work"/all.* | fold -w 3 | sort -u | tr '\n' ' ' \
    | grep -vx '201 \(503 \)\?')" '' \
    'pushes got 201, or 503 before they began'

registry_clean slow
done_testing
