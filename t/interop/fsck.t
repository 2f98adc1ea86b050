#!/bin/bash
#
# tally fsck: each kind of damage is made, found, named with the images that it
# hurts, and mended where it can be.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need jq

tally=$TALLY_BUILD/tally
host=127.0.0.1:$port
store=$work/store
media=application/vnd.oci.image
tree=$store/docker/registry/v2


sha()
{
    echo "sha256:$(printf %s "$1" | sha256sum | cut -c1-64)"
}


descriptor()
{
    printf '{"mediaType":"%s.%s","digest":"%s","size":%d}' "$media" "$3" \
        "$1" "$2"
}


# put REPO REFERENCE TEXT KIND: pushes a manifest; prints its digest

put()
{
    curl -sf -o /dev/null -X PUT --data-binary "$3" \
        -H "Content-Type: $media.$4.v1+json" \
        "http://$host/v2/$1/manifests/$2" || diag "no push of $1:$2"
    sha "$3"
}


# make REPO TAG [SIZE]: an image of its own, whose layer is "layer REPO TAG"

make_image()
{
    local  config="{\"n\":\"$1 $2\"}" layer="layer $1 $2" text

    blob_push "$1" "$config"
    blob_push "$1" "$layer"
    text="{\"schemaVersion\":2,\"mediaType\":\"$media.manifest.v1+json\","
    text+="\"config\":$(descriptor "$(sha "$config")" "${#config}" config.v1+json),"
    text+="\"layers\":[$(descriptor "$(sha "$layer")" "${3:-${#layer}}" layer.v1.tar)]}"
    put "$1" "$2" "$text" manifest
}


data()
{
    echo "$tree/blobs/sha256/${1:7:2}/${1#sha256:}/data"
}


link_of()
{
    echo "$tree/repositories/$1/$2/link"
}


check()
{
    "$tally" fsck --root "$store" --json "$@"
}


# found KIND NAME WANTED-IMAGES: in the last output

found()
{
    local  line

    line=$(jq -c "select(.kind == \"$1\" and (.path | contains(\"$2\")))" \
        <<< "$out" | head -n 1)
    ok "$([ -n "$line" ]; echo $?)" "$1 is found" \
        || { diag "$(head -c 1500 <<< "$out")"; return; }
    [ -z "${3-}" ] || is "$(jq -c .images <<< "$line")" "$3" \
        "$1: with the images that it hurts"
}


registry_start one "$port" || exit 1

for n in flip short empty link garbage gone child size other unlinked; do
    manifest=$(make_image "lab/$n" 1)
    eval "m_$n=\$manifest"
done

out=$(check)
is $? 0 "a store that is whole: exit status 0"
is "$(jq -c 'select(.kind == "sum") | [.repositories, .manifests, .damaged]' \
      <<< "$out")" '[10,10,0]' "all of it was looked at"

# every kind at once

layer()
{
    sha "layer lab/$1 1"
}

printf x | dd of="$(data "$(layer flip)")" bs=1 conv=notrunc 2>/dev/null
truncate -s 4 "$(data "$(layer short)")"
truncate -s 0 "$(data "$(layer empty)")"
: > "$(link_of lab/link "_layers/sha256/$(layer link | cut -d: -f2)")"
printf 'no digest' \
    > "$(link_of lab/garbage "_manifests/revisions/sha256/${m_garbage#*:}")"
rm "$(data "$(layer gone)")"

index="{\"schemaVersion\":2,\"mediaType\":\"$media.index.v1+json\",\"manifests\":["
index+="$(descriptor "$m_child" 100 manifest.v1+json)]}"
put lab/child index "$index" index > /dev/null
rm "$(link_of lab/child "_manifests/revisions/sha256/${m_child#*:}")" \
    "$(data "$m_child")"
rm -r "$tree/repositories/lab/child/_manifests/tags/1"

# what a manifest needs is there, and its repository does not link to it

rm "$(link_of lab/unlinked "_layers/sha256/$(layer unlinked | cut -d: -f2)")"

# a manifest that lies about a size, and something that is no manifest, as
# another registry may have taken them

make_image lab/size lie 3 > /dev/null
plain='{"no":"manifest"}'
blob_push lab/other "$plain"
dir=$tree/repositories/lab/other/_manifests/revisions/sha256/$(sha "$plain" | cut -d: -f2)
mkdir -p "$dir"
printf %s "$(sha "$plain")" > "$dir/link"

: > "$(link_of lab/other _manifests/tags/1/current)"
blob_push lab/other orphan
curl -s -o /dev/null -X POST "http://$host/v2/lab/other/blobs/uploads/"
sleep 2.2

out=$(check --grace 1s --uploads 1s)
is $? 1 "a damaged store: exit status 1"
found corrupt "$(layer flip | cut -d: -f2)" '["lab/flip:1"]'
is "$(jq -c 'select(.kind == "corrupt") | [.path, .digest, .repaired]' \
    <<< "$out")" "[\"docker/registry/v2/blobs/sha256/$(layer flip \
    | sed 's/sha256:\(..\)\(.*\)/\1\/\1\2/')/data\",\"$(layer flip)\",false]" \
    "--json: the file, its digest, and that it was not mended"
found truncated "$(layer short | cut -d: -f2)" '["lab/short:1"]'
found empty "$(layer empty | cut -d: -f2)" '["lab/empty:1"]'
found link "lab/link/_layers"
found link "lab/garbage/_manifests/revisions"
found link "lab/other/_manifests/tags/1"
found dangling "lab/gone/_layers"
found missing "$(layer gone | cut -d: -f2)" '["lab/gone:1"]'
found missing "${m_child#*:}" '["lab/child:index"]'
found missing "$(layer unlinked | cut -d: -f2)" '["lab/unlinked:1"]'
found size "$(sha "layer lab/size lie" | cut -d: -f2)" '["lab/size:lie"]'
found unaccepted "lab/other/_manifests/revisions"
found orphan "$(sha orphan | cut -d: -f2)"
found upload "lab/other/_uploads"
like "$("$tally" fsck --root "$store")" "^ +hurts lab/flip:1$" \
    "people read it too"

# mended

out=$(check --repair --grace 1h)
is "$(jq -c 'select(.kind == "sum") | .repaired' <<< "$out")" 7 \
    "--repair mends three blobs and four links"
is "$(get "http://$host/v2/lab/unlinked/blobs/$(layer unlinked)")" \
    "layer lab/unlinked 1" "a layer's link too"
is "$(status_of -I "http://$host/v2/lab/flip/blobs/$(layer flip)")" 404 \
    "a damaged blob is 404 now"
blob_push lab/flip "layer lab/flip 1"
is "$(get "http://$host/v2/lab/flip/blobs/$(layer flip)")" "layer lab/flip 1" \
    "hazard 13: and a push brings it back"
is "$(cat "$(link_of lab/garbage "_manifests/revisions/sha256/${m_garbage#*:}")")" \
    "$m_garbage" "a manifest's link was written again"
is "$(status_of "http://$host/v2/lab/other/manifests/1")" 200 \
    "a tag was pointed to the only manifest that it ever meant"

for n in short empty; do
    blob_push "lab/$n" "layer lab/$n 1"
done

# goes on where it was

for n in 1 2 3 4 5 6; do
    blob_push lab/flip "$(head -c 3000 /dev/zero | tr '\0' "$n")"
done

"$tally" fsck --root "$store" --rate 3K > /dev/null 2>&1 &
pid=$!
wait_for test -s "$store/_tally/fsck.state"
kill -9 "$pid"
wait "$pid" 2>/dev/null
test -s "$store/_tally/fsck.state"
ok $? "a check that was killed leaves what it has read"
like "$("$tally" fsck --root "$store" --resume)" "were read by the check" \
    "the next one goes on with it"
ok "$(! test -e "$store/_tally/fsck.state"; echo $?)" \
    "and one that ended leaves nothing"

# what cannot be read

file=$(data "$m_flip")
mv "$file" "$work/moved"
ln -s data "$file"
out=$(check)
is $? 2 "a file that cannot be opened: exit status 2"
found unreadable "lab/flip/_manifests"
rm "$file"
mv "$work/moved" "$file"

mkdir "$store/locked"
if [ "$(id -u)" -ne 0 ]; then
    chmod 000 "$(data "$m_flip")"
    check > /dev/null
    is $? 2 "what cannot be read: exit status 2"
    chmod 644 "$(data "$m_flip")"
else
    "$tally" fsck --root "$store/locked" > /dev/null 2>&1
    is $? 2 "a folder that is no store: exit status 2"
fi

like "$("$tally" fsck --root "$tree" 2>&1)" "--root $store" \
    "a folder inside a store: it says which one to name"
fails "a rate that is none" "$tally" fsck --root "$store" --rate fast

registry_clean one
done_testing
