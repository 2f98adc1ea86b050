#!/bin/bash
#
# Debian's docker-registry pushes to and deletes from a store while collections
# of ours run without a pause between them: what it has acknowledged, and not
# deleted, is whole.  The grace period is longer than a push takes, as
# docs/operations.md asks for, since that registry renews no lease: a push that
# took longer all the same does not count.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need jq docker-registry

tally=$TALLY_BUILD/tally
host=127.0.0.1:$port
store=$work/store
images=40
grace=15

peer_start peer "$port" "$store" || { ok 1 "it starts"; done_testing; }
image lab/first > /dev/null


# collects until it is told to end; a line for each collection

collections()
{
    while [ ! -e "$work/end" ]; do
        "$tally" gc --root "$store" --grace ${grace}s --untagged --json \
            >> "$work/collected" 2> "$work/said"
        echo $? >> "$work/statuses"
    done
}


collections &
collector=$!
wait_for test -s "$work/statuses"

kept=()
deleted=()
refused=

for ((n = 1; n <= images; n++)); do
    name=lab/app$n

    while since=$SECONDS && digest=$(image "$name") \
        && [ $((SECONDS - since)) -ge $((grace - 1)) ]
    do
        name+=x
    done

    [ "$(status_of "http://$host/v2/$name/manifests/1" -H \
        'Accept: application/vnd.oci.image.manifest.v1+json')" = 200 ] \
        || refused+="$name "

    if [ $((n % 2)) -eq 0 ]; then
        kept+=("$name")
        continue
    fi

    curl -sf -X DELETE "http://$host/v2/$name/manifests/$digest" \
        || diag "$name is not deleted"
    deleted+=("${digest#sha256:}")
done

is "$refused" "" "no push is refused"

# until the first of what was deleted has been collected

first=$store/docker/registry/v2/blobs/sha256/${deleted[0]:0:2}/${deleted[0]}
wait_for test ! -e "$first/data"
ok $? "what it has deleted is collected meanwhile"
touch "$work/end"
wait "$collector"

is "$(sort -u "$work/statuses" | tr '\n' ' ')" "0 " \
    "$(wc -l < "$work/statuses") collections end well" \
    || diag "$(cat "$work/said")"

bad=

for name in "${kept[@]}"; do
    config=$(get "http://$host/v2/$name/manifests/1" \
        -H 'Accept: application/vnd.oci.image.manifest.v1+json' \
        | jq -r '.config.digest')
    [ "$(status_of "http://$host/v2/$name/blobs/$config")" = 200 ] \
        || bad+="$name "
done

is "$bad" "" "each of ${#kept[@]} images that it has pushed is whole"
is "$("$tally" fsck --root "$store" --json --grace 999h \
    | jq -r 'select(.kind != "sum") | .kind' | grep -vc '^dangling$')" 0 \
    "and nothing is damaged"

done_testing
