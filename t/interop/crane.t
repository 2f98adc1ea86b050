#!/bin/bash
#
# crane (go-containerregistry): push, pull, copy, tag, list, delete, an index.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need crane

crane()
{
    "$tool_crane" "$@"
}

reg=localhost:$port

registry_start tally "$port" || { ok 1 "the registry starts"; done_testing; }

digest=$(layout_make "$work/one" "one" 300000)

runs "crane push" crane push "$work/one" "$reg/lab/one:1"
is "$(crane digest "$reg/lab/one:1")" "$digest" "crane digest"
is "$(crane manifest "$reg/lab/one@$digest" | sha256sum | cut -c 1-64)" \
    "${digest#sha256:}" "crane manifest by digest, byte for byte"
runs "crane pull" crane pull --format=oci "$reg/lab/one:1" "$work/back"
is "$(cd "$work/back" && find blobs -type f | sort)" \
    "$(cd "$work/one" && find blobs -type f | sort)" "the same blobs come back"
runs "crane validate" crane validate --remote "$reg/lab/one:1"

runs "crane push again" crane push "$work/one" "$reg/lab/one:1"
out=$(crane push "$work/one" "$reg/lab/one:1" 2>&1)
like "$out" 'existing (blob|manifest)' "it finds the blobs there"

runs "crane copy to another repository" \
    crane copy "$reg/lab/one:1" "$reg/lab/two:1"
is "$(crane digest "$reg/lab/two:1")" "$digest" "the copy has the same digest"

runs "crane tag" crane tag "$reg/lab/one:1" v2
is "$(crane ls "$reg/lab/one" | sort | tr '\n' ' ')" "1 v2 " "crane ls"
is "$(crane catalog "$reg" | sort | tr '\n' ' ')" "lab/one lab/two " \
    "crane catalog"

ARCH=arm64 layout_make "$work/arm" "for arm64" > /dev/null
runs "crane push of another platform" \
    crane push "$work/arm" "$reg/lab/one:arm"
runs "crane index append" crane index append -m "$reg/lab/one:1" \
    -m "$reg/lab/one:arm" -t "$reg/lab/one:all"
like "$(crane manifest "$reg/lab/one:all")" 'image.index|manifest.list' \
    "it is an index"
runs "crane copy of the index" crane copy "$reg/lab/one:all" "$reg/lab/all:1"
is "$(crane digest "$reg/lab/all:1")" "$(crane digest "$reg/lab/one:all")" \
    "the index has the same digest"
runs "crane validate of the index" crane validate --remote "$reg/lab/all:1"

runs "crane delete by digest" crane delete "$reg/lab/two@$digest"
fails "it is gone" crane digest "$reg/lab/two:1"
is "$(crane digest "$reg/lab/one:1")" "$digest" "elsewhere it is not"

registry_clean tally
done_testing
