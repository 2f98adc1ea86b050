#!/bin/bash
#
# One tree, two registries: what Debian's docker-registry writes we serve, what
# we write it serves, side by side on one root; and its garbage-collect loses
# nothing that is referenced.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need crane docker-registry

crane()
{
    "$tool_crane" "$@"
}

ours=localhost:$port
theirs=localhost:$((port + 1))
second=localhost:$((port + 2))
root=$work/shared
writers=()


# push REGISTRY PREFIX: images, an index, tags, an image that is overwritten

push_all()
{
    local  reg=$1 prefix=$2 n

    for n in 1 2 3; do
        crane push "$work/image$n" "$reg/$prefix/app:$n" || return
    done

    crane push "$work/image1" "$reg/$prefix/app:moved" \
        && crane push "$work/image2" "$reg/$prefix/app:moved" \
        && crane index append -m "$reg/$prefix/app:1" -m "$reg/$prefix/app:2" \
               -t "$reg/$prefix/app:all" \
        && crane copy "$reg/$prefix/app:1" "$reg/$prefix/deep/er/name:1" \
        && crane delete "$reg/$prefix/app@$(crane digest \
               "$reg/$prefix/app:3")"
}


# what a registry says of itself, in one text

answers()
{
    local  reg=$1 repo tag

    for repo in $(crane catalog "$reg" | sort); do
        for tag in $(crane ls "$reg/$repo" 2>/dev/null | sort); do
            echo "$repo:$tag $(crane digest "$reg/$repo:$tag")"
        done
    done
}


# every image of a registry is whole

validate_all()
{
    local  reg=$1 repo tag bad=0

    for repo in $(crane catalog "$reg"); do
        for tag in $(crane ls "$reg/$repo" 2>/dev/null); do
            crane validate --remote "$reg/$repo:$tag" > "$work/validate" 2>&1 \
                || { diag "$repo:$tag $(tail -n 1 "$work/validate")"; bad=1; }
        done
    done

    return "$bad"
}


for n in 1 2 3; do
    layout_make "$work/image$n" "number $n" 100000 > /dev/null
done

store=$work/mine registry_start tally "$port" \
    || { ok 1 "the registry starts"; done_testing; }
peer_start peer "$((port + 1))" "$work/their"


# the same pushes make the same tree

runs "pushes to ours" push_all "$ours" lab
runs "pushes to docker-registry" push_all "$theirs" lab

like "$(answers "$ours")" 'lab/deep/er/name:1 sha256:' "there are answers"
is "$(answers "$ours")" "$(answers "$theirs")" "both answer the same"

files_of()
{
    tree_of "$1" | grep -v ' \.$' | grep 'data$\|link$'
}

like "$(files_of "$work/mine")" 'tags/moved/current/link' "there is a tree"
is "$(files_of "$work/mine")" "$(files_of "$work/their")" \
    "both trees have the same files with the same bytes"

peer_stop peer
registry_stop tally


# each on the tree of the other

store=$work/their registry_start tally "$port"
peer_start peer "$((port + 1))" "$work/mine"

is "$(answers "$ours")" "$(answers "$theirs")" "each serves the other's tree"
runs "what docker-registry wrote is whole when we serve it" \
    validate_all "$ours"
runs "what we wrote is whole when docker-registry serves it" \
    validate_all "$theirs"

before=$(answers "$theirs")
runs "we push over docker-registry's tree" push_all "$ours" more
runs "docker-registry pushes over ours" push_all "$theirs" more

peer_stop peer
registry_stop tally


# its collector on a tree that we wrote

gc()
{
    "$tool_docker_registry" garbage-collect "$@" "$work/peer/config.yml"
}

runs "docker-registry garbage-collect on our tree" gc
peer_start peer "$((port + 1))" "$work/mine"
runs "all that is referenced is whole" validate_all "$theirs"
is "$(answers "$theirs" | grep '^lab/')" "$(grep '^lab/' <<< "$before")" \
    "no tag is lost"
peer_stop peer

runs "the same with --delete-untagged" gc --delete-untagged
store=$work/mine registry_start tally "$port"
is "$(answers "$ours" | grep -c '^lab/app:')" \
    "$(grep -c '^lab/app:' <<< "$before")" "no tag is lost"

runs "the image is whole" crane validate --remote "$ours/lab/app:2"
runs "what was collected is pushed again" crane push "$work/image3" \
    "$ours/lab/app:3"
runs "and is whole" crane validate --remote "$ours/lab/app:3"
registry_stop tally


# two nginx and docker-registry on one root at once

store=$root registry_start tally "$port"
mkdir -p "$root"
store=$root registry_start second "$((port + 2))"
peer_start peer "$((port + 1))" "$root"

for reg in "$ours" "$second" "$theirs"; do
    (
        for n in 1 2 3 1 2 3; do
            crane push "$work/image$n" "$reg/lab/common:$n" || exit 1
            crane push "$work/image$n" "$reg/lab/own-${reg##*:}:$n" || exit 1
        done
    ) > "$work/side-${reg##*:}" 2>&1 &
    writers+=($!)
done

failed=0

for job in "${writers[@]}"; do
    wait "$job" || failed=1
done

ok "$failed" "three registries take pushes on one root" \
    || diag "$(tail -n 3 "$work"/side-*)"
is "$(answers "$ours")" "$(answers "$theirs")" \
    "ours and docker-registry agree"
is "$(answers "$second")" "$(answers "$theirs")" \
    "so does the second nginx"
is "$(answers "$ours" | wc -l)" 12 "every tag of every writer is there"
runs "every image is whole" validate_all "$second"
is "$(find "$root/docker/registry/v2/repositories" -name link -size 0)" "" \
    "no link is empty"

registry_clean tally
registry_clean second
done_testing
