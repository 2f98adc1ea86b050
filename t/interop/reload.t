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
    wait_for refused 'is not a directory'
runs 'the master lives on' kill -0 "$pid"

reload "$work/file/below"
runs 'a root that cannot be made is refused' \
    wait_for refused '"registry_root": cannot use'
runs 'the master lives on' kill -0 "$pid"
is "$(status -X POST "$url/v2/a/blobs/uploads/")" 202 'and it serves'

reload "$work/other/store"
runs 'a root that is not there yet is made' \
    wait_for test -d "$work/other/store"
is "$(status "$url/v2/")" 200 'and it serves'


# "nginx -t" and "nginx -s" read the configuration in processes of their own,
# as root: what they made the workers could not write to

control()
{
    "$nginx" -c "$conf" -e "$work/one/error.log" "$@" 2>&1
}


if privileged; then
    sed -i "s#^user .*#user nobody $(id -gn nobody);#" "$conf"
    chmod 755 "$work" "$work/one"
    chmod -R o+rwX "$work/one/temp"
fi

sed -i "s#registry_root .*;#registry_root $work/third/store;#" "$conf"

like "$(control -t)" 'test is successful' 'nginx -t accepts a new root'
fails 'and makes nothing' test -e "$work/third"

sed -i "s#registry_root .*;#registry_root $work/fourth/store;#" "$conf"

is "$(control -s reload)" '' 'nginx -s reload with a new root'
runs 'the master makes it' wait_for test -d "$work/fourth/store"

pushes()
{
    [ "$(status -X POST "$url/v2/a/blobs/uploads/")" = 202 ] \
        && [ -d "$work/fourth/store/docker" ]
}

runs 'and the workers can push' wait_for pushes

sed -i "s#registry_root .*;#registry_root $work/file/below;#" "$conf"
like "$(control -t)" '"registry_root": cannot use' \
    'nginx -t says when a root cannot be made'

registry_stop one

done_testing
