#!/bin/bash
#
# What is wrong with a root is said when nginx starts, and by "nginx -t", with
# the remedy; nothing is said of a good one.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

conf=$work/nginx.conf
store=$work/store
mkdir "$work/temp"
chmod 755 "$work"


# said ROOT [DIRECTIVE...]: what "nginx -t" says of the root

said()
{
    local  root=$1 user=

    shift
    [ "$(id -u)" -eq 0 ] && user="user root;"
    privileged && user="user nobody $(id -gn nobody);"

    cat > "$conf" <<END
load_module $module;
$user
error_log $work/error.log;
pid $work/nginx.pid;
events {
}
http {
    access_log off;
    client_body_temp_path $work/temp/body;
    proxy_temp_path $work/temp/proxy;
    fastcgi_temp_path $work/temp/fastcgi;
    uwsgi_temp_path $work/temp/uwsgi;
    scgi_temp_path $work/temp/scgi;
    server {
        listen 127.0.0.1:$port;
        registry on;
        registry_root $root;
        $*
    }
}
END

    "$nginx" -t -c "$conf" -e "$work/error.log" 2>&1 | grep '\[warn\]'
}


# a good one, and one that is not there yet

mkdir -p "$store/docker/registry/v2/repositories/a" \
    "$store/docker/registry/v2/blobs"
privileged && chown -R nobody "$store"

is "$(said "$store")" "" "nothing is said of a good root"
is "$(said "$store" "registry_readonly on;")" "" \
    "nor of one that is only read"
is "$(said "$work/new")" "" "nor of one that will be made"
like "$(said "$work/new" "registry_readonly on;")" \
    "there is no \"$work/new\"" "one that is not there cannot be read"


# one level off, or more

for tail in docker/registry/v2 docker/registry docker \
            docker/registry/v2/repositories docker/registry/v2/blobs
do
    like "$(said "$store/$tail")" \
        "begins above it.*: set \"registry_root $store\"" "root at .../$tail"
done

like "$(said "$store/docker/registry/v2" "registry_readonly on;")" \
    "begins above it" "where it is only read, too"
like "$(said "$work")" "set \"registry_root $store\" if that is meant" \
    "a root above the store"
mkdir -p "$work/v2/repositories"
privileged && chown nobody "$work/v2"
is "$(said "$work/v2")" "" "a folder that is called v2 is none"


# who may do what: from here on as the workers see it

if ! privileged; then
    skip "a root that belongs to somebody else: needs root"
    skip "a root below a closed directory: needs root"
    skip "a read-only mount: needs root"
    done_testing
fi

chown root "$store"
like "$(said "$store")" \
    "\"$store\" belongs to another user.*\"chown -R nobody $store\"" \
    "a root that belongs to somebody else"
chown root:"$(id -gn nobody)" "$store"
chmod 775 "$store"
is "$(said "$store")" "" "unless the workers' group may write"

mkdir -p "$work/closed/in"
cp -a "$store" "$work/closed/in/store"
chmod 750 "$work/closed"
like "$(said "$work/closed/in/store")" \
    "\"$work/closed\" is closed to \"nobody\".*\"chmod o\+x $work/closed\"" \
    "a root below a directory that the workers cannot enter"
chmod o+x "$work/closed"
is "$(said "$work/closed/in/store")" "" "after the remedy nothing is said"

mkdir "$work/mounted"

if mount -t tmpfs -o ro tmpfs "$work/mounted" 2> /dev/null; then
    like "$(said "$work/mounted")" \
        "mounted read-only.*\"registry_readonly on\"" "a read-only mount"
    is "$(said "$work/mounted" "registry_readonly on;")" "" \
        "which is right for what is only read"
    umount "$work/mounted"
else
    skip "a read-only mount: this user may not mount"
fi


# at start and on reload as well

chmod 750 "$work/closed"
said "$work/closed/in/store" > /dev/null
: > "$work/error.log"

like "$("$nginx" -c "$conf" -e "$work/error.log" 2>&1)" "is closed to" \
    "nginx says it when it starts"
wait_for test -s "$work/nginx.pid"
pids+=("$(cat "$work/nginx.pid")")
like "$(cat "$work/error.log")" "is closed to" "in the log, too"

: > "$work/error.log"
kill -HUP "$(cat "$work/nginx.pid")"
runs "and when it is reloaded" wait_for grep -q "is closed to" \
    "$work/error.log"
is "$(grep -c "cannot be root again" "$work/error.log")" 0 \
    "and stays what it was"

done_testing
