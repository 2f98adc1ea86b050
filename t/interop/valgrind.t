#!/bin/bash
#
# Memcheck finds nothing in some programs of t/unit, in the command, and in an
# nginx that is pushed to, pulled from and reloaded: memory that was never
# written, or is gone, or has got lost.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

[ -z "${TALLY_SANITIZE-}" ] || skip_all "another checker is built in"
need valgrind

build=${TALLY_BUILD:-$top/build}
host=127.0.0.1:$port


# memcheck LOG COMMAND...: what it finds is in LOG.PID, a file for each process

memcheck()
{
    local  log=$1

    shift
    "$tool_valgrind" -q --leak-check=full --errors-for-leak-kinds=definite \
        --show-leak-kinds=definite --suppressions="$rules" \
        --log-file="$log.%p" "$@"
}


# quiet LOG NAME: nothing was found; system calls that this valgrind does not
# know are no news

quiet()
{
    is "$(cat "$1".* | grep -v '^--' | head -n 60)" "" "$2: nothing is found"
}


# what is nginx's: it hands its workers sockets in a structure with a hole, and
# leaves to the system what a process has when it ends

rules=$work/rules
cat > "$rules" <<'END'
{
    ngx_write_channel
    Memcheck:Param
    sendmsg(msg.msg_control)
    ...
    fun:ngx_write_channel
}
{
    ngx_alloc
    Memcheck:Leak
    fun:malloc
    fun:ngx_alloc
}
END

for unit in digest route reference manifest link users store; do
    runs "$unit" memcheck "$work/$unit" "$build/unit/$unit"
    quiet "$work/$unit" "$unit"
done


# registry_start calls nginx by one name

cat > "$work/nginx" <<END
#!/bin/bash
tool_valgrind=$tool_valgrind rules=$rules
$(declare -f memcheck)
memcheck "$work/nginx.log" "$nginx" "\$@"
END
chmod +x "$work/nginx"
nginx=$work/nginx
registry_start one "$port" || { ok 1 "the registry starts"; done_testing; }

digest=$(image lab/app)
is "$(status_of "http://$host/v2/lab/app/manifests/$digest")" 200 \
    "an image is pushed, and pulled"
head -c 3000000 /dev/urandom > "$work/blob"
blob=$(digest_of "$work/blob")
is "$(status_of -X POST --data-binary "@$work/blob" \
    "http://$host/v2/lab/app/blobs/uploads/?digest=$blob")" 201 "a large blob"
get "http://$host/v2/lab/app/blobs/$blob" | cmp -s - "$work/blob"
ok $? "comes back"
is "$(get "http://$host/v2/_catalog")" '{"repositories":["lab/app"]}' "a list"
kill -HUP "$(registry_pid one)"
wait_for grep -q 'gracefully shutting down' "$work/one/error.log"
is "$(status_of -X DELETE "http://$host/v2/lab/app/manifests/$digest")" 202 \
    "a delete, after a reload"

store=$work/one/store
runs "tally ls" memcheck "$work/ls" "$build/tally" ls --root "$store"
quiet "$work/ls" "tally ls"
runs "tally gc" memcheck "$work/gc" "$build/tally" gc --root "$store" \
    --grace 1ms --untagged
quiet "$work/gc" "tally gc"

registry_clean one
registry_stop one
quiet "$work/nginx.log" nginx
done_testing
