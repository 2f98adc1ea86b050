#!/bin/bash
#
# A cold or remote disk keeps those waiting who need it, and nobody else: the
# worker itself looks only at what the kernel has in memory.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

url=http://127.0.0.1:$port
host=127.0.0.1:$port
store=$work/store

cc -shared -fPIC -o "$work/cold.so" "$top/t/interop/cold.c" -ldl -lpthread \
    || { ok 1 'the library compiles'; done_testing; }


# beside PATH STATUS [OPTION...]: while a request waits for the disk, another
# one, of the same worker, is answered

beside()
{
    local  path=$1 want=$2 pid

    shift 2
    rm -f "$work/status"
    touch "$work/disk"
    { status_of "$@" "$url/v2/lab/app/$path" > "$work/status.new"
      mv "$work/status.new" "$work/status"; } &
    pid=$!
    wait_for test -e "$work/disk.waits"

    is "$(get -m 120 "$url/v2/")" '{}' "beside $* $path: /v2/ is answered"
    [ ! -e "$work/status" ]
    ok $? "beside $* $path: while it waits"
    rm "$work/disk.waits"
    wait "$pid"
    is "$(cat "$work/status")" "$want" "$* $path: $want"
}


registry_start warm "$port" || { ok 1 'the registry starts'; done_testing; }
image lab/app > /dev/null
blob_push lab/app 'some content'
blob_push lab/app 'more content'
registry_stop warm

MAIN_CONF='env LD_PRELOAD; env TALLY_COLD;' WORKERS=1 TALLY_COLD=$work/disk \
    LD_PRELOAD=$work/cold.so registry_start cold "$port" \
    || { ok 1 'the registry starts'; done_testing; }

blob=sha256:$(printf %s 'some content' | sha256sum | cut -c 1-64)
more=sha256:$(printf %s 'more content' | sha256sum | cut -c 1-64)
none=sha256:$(printf %s 'no content' | sha256sum | cut -c 1-64)

beside "blobs/$blob" 200
beside "blobs/$more" 200 -I
beside "blobs/$none" 404
beside manifests/1 200
beside manifests/2 404
is "$(status_of "$url/v2/lab/app/blobs/$blob")" 200 'and warm, it is served'

registry_clean cold
done_testing
