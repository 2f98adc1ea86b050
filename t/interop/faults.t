#!/bin/bash
#
# A registry's store that dies, loses power, or meets a full or a failing disk
# at any of its calls: nothing acknowledged is lost, no link is empty, no tag
# is without its manifest, the next push works, and Debian's docker-registry
# collects and serves what is left.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

command -v gcc > /dev/null || skip_all "gcc is missing"
[ -z "${TALLY_SANITIZE-}" ] || skip_all "a preloaded library and ASan"
[ "$(uname -s)" = Linux ] || skip_all "Linux only"

lib=${TALLY_BUILD:-$top/build}/libtally.a
make -s -C "$top" BUILD="${TALLY_BUILD:-build}" "$lib" > /dev/null 2>&1
[ -e "$lib" ] || skip_all "libtally.a is not built: make unit"

# shellcheck disable=SC2046
runs "the program is built" gcc -std=c11 -O1 -g -Wall -Wextra -D_GNU_SOURCE \
    -D_FILE_OFFSET_BITS=64 -I"$top/src/core" -I"$top/t/unit" \
    -o "$work/crash" "$top/t/interop/faults.c" "$lib" \
    $(pkg-config --cflags --libs libcrypto jansson)

runs "the faults are built" gcc -std=c11 -O1 -g -Wall -Wextra -shared -fPIC \
    -o "$work/fault.so" "$top/t/interop/fault.c" -ldl

# in memory: thousands of small files, and no real sync

dir=$work/d

if [ -d /dev/shm ] && [ -w /dev/shm ]; then
    dir=$(mktemp -d /dev/shm/tally-crash.XXXXXX)
    trap 'rm -rf "$dir"; cleanup' EXIT
fi

collect=

if peer=$(tool_path docker-registry 2> /dev/null); then
    tool_docker_registry=$peer
    collect=$work/collect

    cat > "$collect" <<END
#!/bin/sh
printf 'version: 0.1\nstorage: {filesystem: {rootdirectory: %s}}\n' "\$1" \
    > $work/collect.yml
$peer garbage-collect --dry-run $work/collect.yml > $work/collect.log 2>&1
END
    chmod +x "$collect"
fi

# shellcheck disable=SC2086
runs "hazard 11: killed at any call" \
    "$work/crash" kill "$work/fault.so" "$dir" \
    $collect

# shellcheck disable=SC2086
runs "hazard 11: power cut at any call" \
    "$work/crash" cut "$work/fault.so" "$dir" \
    $collect

# shellcheck disable=SC2086
runs "hazard 11: power cut at any call, any part of what was not synced is there" \
    "$work/crash" tear "$work/fault.so" "$dir" $collect

# ENOSPC and EIO
# shellcheck disable=SC2086
runs "hazard 12: disk full at any call" \
    "$work/crash" 28 "$work/fault.so" "$dir" \
    $collect

# shellcheck disable=SC2086
runs "disk failing at any call" "$work/crash" 5 "$work/fault.so" "$dir" \
    $collect

# a quota, a mount that turned read-only, no descriptors, no memory
for errno in 122 30 24 12; do
    # shellcheck disable=SC2086
    BUDGET=3 runs "errno $errno at any call" "$work/crash" $errno \
        "$work/fault.so" "$dir" $collect
done

if [ -z "$collect" ]; then
    skip "docker-registry is missing"
    done_testing
fi

# killed somewhere in the deletes, then the other registry serves the tree

mkdir -p "$work/keep"
TALLY_FAULT=kill:400 TALLY_FAULT_ROOT=$work/root TALLY_FAULT_KEEP=$work/keep \
    LD_PRELOAD=$work/fault.so "$work/crash" push "$work/root" "$work/log" \
    > /dev/null 2>&1

peer_start peer "$port" "$work/root"

is "$(curl -s -o /dev/null -w '%{http_code}' \
    -H 'Accept: application/vnd.oci.image.manifest.v1+json' \
    "http://127.0.0.1:$port/v2/team/app/manifests/v1")" 200 \
    "docker-registry serves what a killed one left"

runs "and collects it" "$collect" "$work/root"

done_testing
