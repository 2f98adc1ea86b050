#!/bin/bash
#
# Every command of docs/operations.md, on a store that is served and pushed to
# meanwhile; a backup made so is a whole store.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need jq rsync

host=127.0.0.1:$port
store=$work/store
docs=$top/docs/operations.md
PATH=$TALLY_BUILD:$(dirname "$tool_rsync"):$PATH


# commands SECTION: the lines of code below that heading, for this machine

commands()
{
    sed -n "/^## $1\$/,/^## /s/^    \(.*\)/\1/p" "$docs" | sed \
        -e "s|/var/lib/registry-restored|$work/restored|g" \
        -e "s|/var/lib/registry\b|$store|g" -e "s|/backup\b|$work/backup|g"
}


# run_all SECTION: each of them must succeed

run_all()
{
    local  line

    while IFS= read -r line; do
        runs "${line%%  *}" bash -c "$line"
    done < <(commands "$1")
}


# pushes images of new names and moves old tags, until there is a file stop

pusher()
{
    local  n=0

    while [ ! -e "$work/stop" ]; do
        n=$((n + 1))
        image "busy/r$((n % 7))" > /dev/null
        retag "busy/r$((n % 7))" "$n"
        echo "$n" > "$work/pushed"
    done
}


# retag REPO N: another image, under a new tag and the one that moves

retag()
{
    local  text config="{\"n\":$2}" media=application/vnd.oci.image tag

    blob_push "$1" "$config"
    text="{\"schemaVersion\":2,\"mediaType\":\"$media.manifest.v1+json\","
    text+="\"config\":{\"mediaType\":\"$media.config.v1+json\","
    text+="\"digest\":\"sha256:$(printf %s "$config" | sha256sum \
        | cut -c1-64)\",\"size\":${#config}},\"layers\":[]}"

    for tag in "t$2" moves; do
        curl -sf -o /dev/null -X PUT --data-binary "$text" \
            -H "Content-Type: $media.manifest.v1+json" \
            "http://$host/v2/$1/manifests/$tag"
    done
}


# whole ROOT: all that the tags of a store lead to is there

whole()
{
    tally fsck --root "$1" --json | jq -r '.kind' | grep -vE '^(sum|orphan)$'
}


registry_start registry "$port"
image app > /dev/null
retag app 1.0
curl -sf -o /dev/null -X DELETE "http://$host/v2/app/manifests/moves"
curl -s -H 'Accept: */*' "http://$host/v2/app/manifests/t1.0" > "$work/m"
curl -sf -o /dev/null -X PUT --data-binary "@$work/m" -H \
    'Content-Type: application/vnd.oci.image.manifest.v1+json' \
    "http://$host/v2/app/manifests/1.0"

pusher &
pusher=$!
wait_for grep -qE '^[2-9]' "$work/pushed"

before=$(cat "$work/pushed")

for section in 'Backup and restore' 'Moving a store' 'When the disk is full' \
    'The check of a store' 'What is there' 'Collection'
do
    run_all "$section"
done

[ "$(cat "$work/pushed")" -gt "$before" ]
ok $? "clients pushed all the while"
is "$(whole "$work/backup")" "" "the backup is whole"
is "$(whole "$work/restored")" "" "and so is what was restored of it"
is "$(commands 'Backup and restore' | grep -c rsync)" 5 "five runs of rsync"

# again and again, into the same folder, beside moves and deletes

bad=0

for ((n = 1; n <= 5; n++)); do
    while IFS= read -r line; do
        bash -c "$line" > "$work/out" 2>&1 || bad=$((bad + 1))
    done < <(commands 'Backup and restore' | grep -E ' /?.*backup/docker')
    [ -z "$(whole "$work/backup")" ] || bad=$((bad + 1))
done

is "$bad" 0 "five more, while tags move: each is whole"
touch "$work/stop"
wait "$pusher"

# served, it has what the store has

while IFS= read -r line; do
    bash -c "$line"
done < <(commands 'Backup and restore' | grep -E 'backup/docker')

is "$(tally ls --root "$work/backup" busy/r1)" \
    "$(tally ls --root "$store" busy/r1)" "the last backup is the store"

registry_clean registry
done_testing
