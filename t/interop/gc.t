#!/bin/bash
#
# tally gc on a store that is served meanwhile: what goes, what stays and why.
# Numbers are lines of the list of what has broken other registries (hazards).

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need jq

tally=$TALLY_BUILD/tally
host=127.0.0.1:$port
export store=$work/store
media=application/vnd.oci.image
tree=$store/docker/registry/v2


sha()
{
    echo "sha256:$(printf %s "$1" | sha256sum | cut -c1-64)"
}


# manifest REPO REFERENCE TEXT [TYPE]: pushes it; prints its digest

manifest()
{
    curl -sf -o /dev/null -X PUT --data-binary "$3" \
        -H "Content-Type: $media.${4:-manifest}.v1+json" \
        "http://$host/v2/$1/manifests/$2" || diag "no push of $1:$2"
    sha "$3"
}


# descriptor DIGEST SIZE TYPE

descriptor()
{
    printf '{"mediaType":"%s.%s","digest":"%s","size":%d}' "$media" "$3" \
        "$1" "$2"
}


# image_text REPO TEXT [SUBJECT]: pushes the blobs of an image whose layer is
# TEXT; prints its manifest

image_text()
{
    local  config="{\"n\":\"$2\"}" layer="layer $2" subject=

    blob_push "$1" "$config"
    blob_push "$1" "$layer"
    [ -z "${3-}" ] || subject=,\"subject\":$(descriptor "$3" 1 manifest.v1+json)
    printf '{"schemaVersion":2,"mediaType":"%s.manifest.v1+json",' "$media"
    printf '"config":%s,"layers":[%s]%s}' \
        "$(descriptor "$(sha "$config")" "${#config}" config.v1+json)" \
        "$(descriptor "$(sha "$layer")" "${#layer}" layer.v1.tar)" "$subject"
}


has()
{
    [ "$(status_of -I "http://$host/v2/$1/$2")" = 200 ]
}


collect()
{
    "$tally" gc --root "$store" --grace "${grace-1s}" "$@" 2>&1
}


# in_grace COMMAND...: again until it took less than the grace period, a longer
# one, so that what is young when it begins must still be there when it ends

in_grace()
{
    local  from tries=20 grace=3s

    while from=$(date +%s%N) && [ "$tries" -gt 0 ]; do
        "$@" > /dev/null
        [ $(($(date +%s%N) - from)) -ge 2900000000 ] || return 0
        tries=$((tries - 1))
    done

    diag "$*: never within the grace period"
    return 1
}


push_and_collect()
{
    blob_push "$1" "$2"
    collect
}


find_and_collect()
{
    has lab/app "blobs/$(sha found)" || blob_push lab/app found
    collect
}


find_manifest_and_collect()
{
    has lab/app "manifests/$asked_digest" \
        || manifest lab/app "$asked_digest" "$asked"
    collect --untagged
}


mount_and_collect()
{
    has lab/app "blobs/$(sha mounted)" || blob_push lab/app mounted
    mounted=$(status_of -X POST \
        "http://$host/v2/lab/other/blobs/uploads/?mount=$(sha mounted)&from=lab/app")
    collect
}


blob_file()
{
    local  hex=${1#sha256:}

    echo "$tree/blobs/sha256/${hex:0:2}/$hex/data"
}


registry_start one "$port" || exit 1

# an image that stays, one whose tag was moved away, a blob nobody refers to

kept=$(manifest lab/app 1 "$(image_text lab/app kept)")
old=$(manifest lab/app 2 "$(image_text lab/app old)")
new=$(manifest lab/app 2 "$(image_text lab/app new)")
blob_push lab/app orphan
sleep 2

out=$(collect --dry-run)
is $? 0 "a dry run exits with 0"
like "$out" "would remove blob $(sha orphan)" "it names the orphan"
ok "$(test -e "$(blob_file "$(sha orphan)")"; echo $?)" "and removes nothing"

out=$(collect)
is $? 0 "a collection exits with 0"
like "$out" "^removed blob $(sha orphan) \(6 B\): no manifest refers to it$" \
    "the orphan goes, and it is said why"
ok "$(! test -e "$(blob_file "$(sha orphan)")"; echo $?)" \
    "its content is off the disk"
is "$(status_of -I "http://$host/v2/lab/app/blobs/$(sha orphan)")" 404 \
    "the registry knows it no more"
in_grace push_and_collect lab/app young
ok "$(has lab/app "blobs/$(sha young)"; echo $?)" \
    "1: what is within the grace period stays"
ok "$(has lab/app "manifests/$old"; echo $?)" \
    "an untagged manifest stays without --untagged"
sleep 2

out=$(collect --untagged)
like "$out" "^removed manifest lab/app@$old: no tag leads to it$" \
    "and goes with it"
is "$(status_of -I "http://$host/v2/lab/app/manifests/$old")" 404 \
    "3: a manifest that went is 404"
ok "$(! test -e "$(blob_file "$(sha "layer old")")"; echo $?)" \
    "with its layer"
ok "$(has lab/app "manifests/$kept" && has lab/app "manifests/$new" \
      && has lab/app "blobs/$(sha "layer kept")"; echo $?)" \
    "tagged images stay whole"

is "$(manifest lab/app 3 "$(image_text lab/app old)")" "$old" \
    "3: the same image is pushed again"
ok "$(has lab/app manifests/3 && has lab/app "blobs/$(sha "layer old")" \
      ; echo $?)" "and is there, without a restart"

# 2: a client finds an old blob, leaves out its push, and refers to it

blob_push lab/app found
sleep 4
in_grace find_and_collect
ok "$(has lab/app "blobs/$(sha found)"; echo $?)" \
    "2: HEAD renews the lease of an old blob"

blob_push lab/app mounted
sleep 4
in_grace mount_and_collect
is "$mounted" 201 "an old blob is mounted elsewhere"
ok "$(has lab/other "blobs/$(sha mounted)"; echo $?)" \
    "2: a mount renews the lease of an old blob"

# a manifest as well: an index is about to refer to it

asked=$(image_text lab/app asked)
asked_digest=$(manifest lab/app "$(sha "$asked")" "$asked")
sleep 4
in_grace find_manifest_and_collect
ok "$(has lab/app "manifests/$asked_digest"; echo $?)" \
    "2: HEAD renews the lease of an old manifest"

# what was found a moment ago, and is old by then

sleep 4
in_grace find_and_collect
ok "$(has lab/app "blobs/$(sha found)"; echo $?)" \
    "2: the next HEAD renews it again"
sleep 4
in_grace find_manifest_and_collect
ok "$(has lab/app "manifests/$asked_digest"; echo $?)" \
    "2: that of a manifest, too"

# 4: an index and its children

child=$(image_text lab/multi child)
child_digest=$(manifest lab/multi "$(sha "$child")" "$child")
index="{\"schemaVersion\":2,\"mediaType\":\"$media.index.v1+json\",\"manifests\":["
index+="$(descriptor "$child_digest" "${#child}" manifest.v1+json)]}"
index_digest=$(manifest lab/multi 1 "$index" index)

# 5: a signature under cosign's tag, and a referrer without one

signed=$(manifest lab/signed 1 "$(image_text lab/signed subject)")
referrer=$(image_text lab/signed referrer "$signed")
referrer_digest=$(manifest lab/signed "$(sha "$referrer")" "$referrer")
signature=$(manifest lab/signed "sha256-${signed#sha256:}.sig" \
    "$(image_text lab/signed signature)")

sleep 2
collect --untagged > /dev/null
ok "$(has lab/multi "manifests/$child_digest"; echo $?)" \
    "4: the untagged children of an index stay"
ok "$(has lab/signed "manifests/$referrer_digest" \
      && has lab/signed "manifests/$signature"; echo $?)" \
    "5: the referrers and signatures of a live subject stay"

curl -sf -X DELETE "http://$host/v2/lab/multi/manifests/1"
curl -sf -X DELETE "http://$host/v2/lab/signed/manifests/1"
sleep 2
out=$(collect --untagged)
ok "$(! has lab/multi "manifests/$index_digest" \
      && ! has lab/multi "manifests/$child_digest"; echo $?)" \
    "4: without its tag the index goes with its children"
ok "$(! has lab/signed "manifests/$referrer_digest" \
      && ! has lab/signed "manifests/$signature"; echo $?)" \
    "5: without its subject a signature goes"
like "$out" "^removed tag lab/signed:sha256-${signed#sha256:}.sig" \
    "with the tag that was named after the subject"

collect --untagged > /dev/null
is "$(get "http://$host/v2/_catalog" | jq -c .repositories)" \
    '["lab/app"]' "empty repositories leave the catalog"

# 6: what cannot be read is never taken for unused

victim=$(manifest lab/broken 1 "$(image_text lab/broken victim)")
sleep 2
mv "$(blob_file "$victim")" "$work/victim"
out=$(collect --untagged)
is $? 2 "6: a manifest that cannot be read: exit status 2"
like "$out" "kept: lab/broken@$victim" "it is named"
ok "$(test -e "$(blob_file "$(sha "layer victim")")"; echo $?)" \
    "and what it may refer to stays"
mv "$work/victim" "$(blob_file "$victim")"
ok "$(has lab/broken manifests/1; echo $?)" "so that it can be mended"

: > "$tree/repositories/lab/broken/_manifests/tags/1/current/link"
sleep 2
out=$(collect --untagged)
is $? 2 "6: an empty link of a tag: exit status 2"
ok "$(has lab/broken "manifests/$victim"; echo $?)" "its repository stays"

printf 'not a digest' \
    > "$tree/repositories/lab/broken/_manifests/revisions/sha256/${victim#*:}/link"
collect --untagged > /dev/null
is $? 2 "6: a damaged link of a manifest: exit status 2"
ok "$(test -e "$(blob_file "$victim")" \
      && test -e "$(blob_file "$(sha "layer victim")")"; echo $?)" \
    "what it names stays, and its layers"
rm -rf "$tree/repositories/lab/broken"
sleep 2

# JSON for machines

blob_push lab/app json
sleep 2
out=$(collect --json)
is "$(jq -c 'select(.kind == "blob" and .digest == "'"$(sha json)"'") | .size' \
      <<< "$out")" 4 "--json has a line for each thing"
is "$(jq -c 'select(.kind == "sum") | .problems' <<< "$out")" 0 \
    "and a last one of sums"

# 9: a pull that is under way gets all of a blob that goes

head -c 3000000 /dev/urandom > "$work/big"
where=$(header_of location -X POST "http://$host/v2/lab/app/blobs/uploads/")
curl -sf -X PUT --data-binary "@$work/big" -o /dev/null \
    "http://$host${where#http://"$host"}?digest=$(digest_of "$work/big")" \
    || curl -sf -X PUT --data-binary "@$work/big" -o /dev/null \
    "http://$host${where#http://"$host"}&digest=$(digest_of "$work/big")"
curl -sf --limit-rate 1000000 -o "$work/pulled" \
    "http://$host/v2/lab/app/blobs/$(digest_of "$work/big")" &
pull=$!
sleep 1.5
collect > /dev/null
wait "$pull"
ok "$(cmp -s "$work/big" "$work/pulled"; echo $?)" \
    "9: a pull that had begun is whole"

# 8: killed anywhere and run again

for n in 1 2 3 4 5 6 7 8; do
    blob_push lab/app "killed $n"
done
sleep 2
for delay in 0.001 0.003 0.005 0.008 0.012; do
    "$tally" gc --root "$store" --grace 1s > /dev/null 2>&1 &
    killed=$!
    sleep "$delay"
    kill -9 "$killed" 2>/dev/null
    wait "$killed" 2>/dev/null
done
collect > /dev/null
is $? 0 "8: after kill -9 the next collection ends well"
is "$(find "$tree/blobs" -type f ! -name data)" "" \
    "and leaves nothing set aside"
ok "$(has lab/app manifests/1 && has lab/app manifests/2 \
      && has lab/app manifests/3; echo $?)" "all images are there"

# 7: a blob of two repositories, deleted in one, with nginx's caches on

registry_start cached "$((port + 1))" 'open_file_cache max=100;' \
    'open_file_cache_valid 60s;'
host=127.0.0.1:$((port + 1))
blob_push lab/a "of both"
blob_push lab/b "of both"
both=blobs/$(sha "of both")
for n in 1 2 3; do
    has lab/a "$both" && has lab/b "$both" || diag "7: not there before"
    get "http://$host/v2/lab/a/$both" > /dev/null
done
is "$(status_of -X DELETE "http://$host/v2/lab/a/$both")" 202 \
    "7: a blob is deleted in one repository"
is "$(status_of "http://$host/v2/lab/a/$both")" 404 "and not read there"
is "$(get "http://$host/v2/lab/b/$both")" "of both" "and read in the other"
registry_clean cached
registry_stop cached
host=127.0.0.1:$port

# 8, second half: registry:2 collects after us, and we after it

if tool_docker_registry=$(tool_path docker-registry 2> /dev/null); then
    before=$("$tally" ls --root "$store" lab/app)
    collect > /dev/null
    peer_start peer "$((port + 2))" "$store"
    peer_stop peer
    runs "8: registry:2 collects after us" "$tool_docker_registry" \
        garbage-collect "$work/peer/config.yml"
    collect > /dev/null
    is $? 0 "and we after it"
    is "$("$tally" ls --root "$store" lab/app)" "$before" \
        "and every image is what it was"
    is "$("$tally" fsck --root "$store" --json | jq -r .kind \
        | grep -cE '^(missing|dangling|link|corrupt)$')" 0 "and whole"
else
    skip "no docker-registry can be had"
fi

# the server collects by itself, and leaves when it is told to

registry_clean one
registry_stop one
registry_start two "$port" 'registry_gc 1s grace=1s untagged;'
blob_push lab/app "for the server"
ok "$(wait_for test ! -e "$(blob_file "$(sha "for the server")")"; echo $?)" \
    "registry_gc: the server collects"
runs "and says what it did" wait_for grep -qE \
    'collected ".*": [1-9][0-9]* blobs' "$work/two/error.log"
ok "$(has lab/app manifests/1 && has lab/app manifests/3; echo $?)" \
    "tagged images stay"
registry_stop two
ok "$(wait_for gone "$(cat "$work/two/nginx.pid" 2>/dev/null || echo 999999)" \
      ; echo $?)" "a server that collects stops at once"

# wrong input

fails "no --root" "$tally" gc
fails "a folder that is no store" "$tally" gc --root "$work/home"
fails "a grace that is none" "$tally" gc --root "$store" --grace soon

registry_clean two
done_testing
