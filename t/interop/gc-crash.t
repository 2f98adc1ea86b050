#!/bin/bash
#
# Hazard 8: a collection that dies, loses power, or meets a full or a failing
# disk at any of its calls.  Nothing that is referred to is lost, and the next
# collection finishes the work.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need jq
command -v gcc > /dev/null || skip_all "gcc is missing"
[ -z "${TALLY_SANITIZE-}" ] || skip_all "a preloaded library and ASan"

tally=$TALLY_BUILD/tally
host=127.0.0.1:$port
media=application/vnd.oci.image

# in memory: thousands of small files, and no real sync

dir=$work/d

if [ -d /dev/shm ] && [ -w /dev/shm ]; then
    dir=$(mktemp -d /dev/shm/tally-gc-crash.XXXXXX)
    trap 'rm -rf "$dir"; cleanup' EXIT
fi

root=$dir/root
keep=$dir/keep
mkdir -p "$dir/base"


# put REPO REFERENCE TEXT [KIND]

put()
{
    curl -sf -o /dev/null -X PUT --data-binary "$3" \
        -H "Content-Type: $media.${4-manifest}.v1+json" \
        "http://$host/v2/$1/manifests/$2" || diag "no push of $1:$2"
    echo "sha256:$(printf %s "$3" | sha256sum | cut -c1-64)"
}


collect()
{
    "$tally" gc --root "$1" --grace 1ms --untagged --uploads 1s --quiet
}


# something of everything that a collection touches: what stays, a tag that
# was moved, an index and its child, a referrer and a signature that go with
# their subject, blobs nobody refers to, a repository that becomes empty

store=$dir/base registry_start one "$port" || { ok 1 "it starts"; done_testing; }

child=$(image lab/app)
index="{\"schemaVersion\":2,\"mediaType\":\"$media.index.v1+json\",\"manifests\":[{\"mediaType\":\"$media.manifest.v1+json\",\"digest\":\"$child\",\"size\":300}]}"
put lab/app multi "$index" index > /dev/null
curl -sf -X DELETE "http://$host/v2/lab/app/manifests/1"

gone=$(image lab/gone)
config=$(get "http://$host/v2/lab/gone/manifests/1" | jq -c .config)
text="{\"schemaVersion\":2,\"mediaType\":\"$media.manifest.v1+json\",\"config\":$config,\"layers\":[]"
put lab/gone "sha256-${gone#sha256:}.sig" "$text,\"annotations\":{\"s\":\"1\"}}" \
    > /dev/null
referrer="$text,\"subject\":{\"mediaType\":\"$media.manifest.v1+json\",\"digest\":\"$gone\",\"size\":300}}"
put lab/gone "sha256:$(printf %s "$referrer" | sha256sum | cut -c1-64)" \
    "$referrer" > /dev/null
curl -sf -X DELETE "http://$host/v2/lab/gone/manifests/1"

image lab/stays > /dev/null
blob_push lab/stays "one that nobody refers to"
blob_push lab/empty "another one"
registry_clean one
registry_stop one

runs "the faults are built" gcc -std=c11 -O1 -g -Wall -Wextra -shared -fPIC \
    -o "$work/fault.so" "$top/t/interop/fault.c" -ldl

cp -a "$dir/base" "$dir/wanted"
collect "$dir/wanted" > /dev/null
collect "$dir/wanted" > /dev/null
wanted=$(tree_of "$dir/wanted")
is "$(find "$dir/wanted" -name data | wc -l)" 5 \
    "undisturbed, a collection leaves three manifests and their two configs"


# every KIND NAME: at the first call that changes the disk, the second, ...

every()
{
    local  n bad=

    for ((n = 1; ; n++)); do
        rm -rf "$root" "$keep"
        cp -a "$dir/base" "$root"
        mkdir "$keep"

        # what the shell says of a process that was killed is no news
        {
            TALLY_FAULT=$1:$n TALLY_FAULT_ROOT=$root TALLY_FAULT_KEEP=$keep \
                LD_PRELOAD=$work/fault.so collect "$root" > "$work/out" 2>&1
        } 2> /dev/null
        status=$?

        [ -e "$keep/reached" ] || break

        [ "$status" -le 2 ] || [ "$status" -eq 137 ] \
            || bad+="call $n: status $status; "

        "$tally" fsck --root "$root" --json --grace 999h --uploads 999h \
            | grep -qE '"kind":"(corrupt|truncated|empty|link|missing)"' \
            && bad+="call $n: damage; "

        collect "$root" > "$work/out" 2>&1 || bad+="call $n: no second one; "
        diff <(tree_of "$root") <(echo "$wanted") > "$work/diff" \
            || bad+="call $n: another tree: $(head -c 600 "$work/diff"); "
        [ -z "$bad" ] || break
    done

    is "$bad" "" "$2, at each of $((n - 1)) calls"
    [ "$n" -gt 20 ]
    ok $? "which were some" || diag "$(tail -n 3 "$work/out")"
}


every kill "8: killed"
every cut "8: a power cut"
every tear "8: a power cut, any part of what was not synced is there"
every 28 "12: disk full"
every 5 "disk failing"


# 12: a disk that is really full, on which not even a lock can be made

if ! privileged || ! mkdir "$work/disk" \
    || ! mount -t tmpfs -o size=4m tmpfs "$work/disk" 2> /dev/null
then
    skip "a full disk needs root, to mount one"
    done_testing
fi

cp -a "$dir/base/." "$work/disk"
dd if=/dev/zero of="$work/disk/fill" bs=4k > /dev/null 2>&1
is "$(df --output=avail "$work/disk" | tail -n 1 | tr -d ' ')" 0 \
    "12: a disk is full"
runs "a collection there" collect "$work/disk"
runs "and another" collect "$work/disk"
rm "$work/disk/fill"
is "$(diff <(tree_of "$work/disk") <(echo "$wanted"))" "" \
    "do all that they have to"

done_testing
