#!/bin/bash
#
# A reload that cannot work is refused: who was serving goes on.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

conf=$work/one/nginx.conf
url=http://127.0.0.1:$port


status()
{
    curl -s -o /dev/null -w '%{http_code}' "$@"
}


# reload ROOT: with that root; waits until the log says that it was refused

reload()
{
    sed -i "s#registry_root .*;#registry_root $1;#" "$conf"
    kill -HUP "$pid"
}


refused()
{
    grep -q "$1" "$work/one/error.log"
}


registry_start one "$port"
pid=$(registry_pid one)
is "$(status -X POST "$url/v2/a/blobs/uploads/")" 202 'it serves'

echo > "$work/file"

reload "$work/file"
runs 'a root that is a file is refused' \
    wait_for 10 refused 'is not a directory'
runs 'the master lives on' kill -0 "$pid"

reload "$work/file/below"
runs 'a root that cannot be made is refused' \
    wait_for 10 refused '"registry_root": cannot use'
runs 'the master lives on' kill -0 "$pid"
is "$(status -X POST "$url/v2/a/blobs/uploads/")" 202 'and it serves'

reload "$work/other/store"
runs 'a root that is not there yet is made' \
    wait_for 10 test -d "$work/other/store"
is "$(status "$url/v2/")" 200 'and it serves'

registry_stop one

done_testing
