#!/bin/bash
#
# copy --all: every tag of a registry with what belongs to it, from
# docker-registry to ours and to a store; what is there is not sent again, and
# what fails does not keep the rest.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need skopeo docker-registry

tally=${TALLY_BUILD:-$top/build}/tally
ours=localhost:$port
theirs=localhost:$((port + 1))

export COSIGN_PASSWORD=pw

registry_start tally "$port" || { ok 1 "the registry starts"; done_testing; }
peer_start peer "$((port + 1))" "$work/peer/store"
cd "$work" || exit 1


push()
{
    layout_make "$1" "$1" 100000 > /dev/null
    "$tool_skopeo" copy -q --dest-tls-verify=false "oci:$1:latest" \
        "docker://$theirs/$2"
}


# every tag and what it names, below a prefix

tags_of()
{
    local  name tag

    "$tally" ls "$1" | sed "s|^$2||" | while read -r name; do
        "$tally" ls "$1/$2$name" | while read -r tag digest rest; do
            echo "$name:$tag $digest"
        done
    done | LC_ALL=C sort
}


push one team/app:1
push two team/app:2
push three other:latest
"$tally" generate-key-pair > /dev/null 2>&1
digest=$("$tally" ls "$theirs/team/app" | awk '$1 == "1" { print $2 }')
runs "an image there is signed" "$tally" sign --key cosign.key \
    "$theirs/team/app@$digest"

before=$(tags_of "$theirs" "")
like "$before" '^team/app:sha256-[0-9a-f]*\.sig ' "the source has a signature"

# all of a registry

"$tally" copy --all "$theirs" "$ours" > out 2>&1
ok $? "copy --all HOST HOST" || diag "$(cat out)"
like "$(tail -n 1 out)" '^5 tags of 2 repositories copied, 0 failed$' \
    "it says how many"
is "$(tags_of "$ours" "")" "$before" "every tag is there, and names the same"
runs "the signature verifies there" "$tally" verify --key cosign.pub \
    "$ours/team/app:1"

sent()
{
    grep -cE '"(PATCH|PUT) /v2/[^ ]*/blobs/' "$work/tally/access.log"
}

count=$(sent)
runs "again" "$tally" copy --all "$theirs" "$ours"
is "$(sent)" "$count" "what is there is not sent again"

runs "below a prefix" "$tally" copy --all "$theirs" "$ours/mirror"
is "$(tags_of "$ours" mirror/ | grep -vE '^(other|team/app):' | wc -l)" 0 \
    "names are as before"
runs "the signature verifies there, too" "$tally" verify --key cosign.pub \
    "$ours/mirror/team/app:1"

# one repository, and a list

runs "one repository, by another name" "$tally" copy --all "$theirs/team/app" \
    "$ours/renamed"
is "$("$tally" ls "$ours/renamed" | awk '{ print $1 }' | head -n 2 | tr '\n' ' ')" \
    "1 2 " "it has its tags"
printf '# of theirs\nother\n\n' > list
runs "a list of repositories" "$tally" copy --all --repositories list "$theirs" \
    "$ours/listed"
is "$("$tally" ls "$ours" | grep '^listed/')" "listed/other" "and no other"

# stores on disk

mkdir -p disk/docker/registry/v2
runs "to a store" "$tally" copy --all --to-root disk "$theirs"
is "$("$tally" ls --root disk | tr '\n' ' ')" "other team/app " \
    "it has the repositories"
runs "which is whole" "$tally" fsck --root disk
runs "from a store" "$tally" copy --all --from-root disk "$ours/back"
is "$("$tally" ls "$ours/back/team/app" | wc -l)" 4 "with the signature's tags"

# what fails

layer=$(curl -s "http://$theirs/v2/other/manifests/latest" \
    -H 'Accept: application/vnd.oci.image.manifest.v1+json' \
    | sed -n 's/.*"layers":\[{[^}]*"digest":"sha256:\([0-9a-f]*\)".*/\1/p')
rm "$work/peer/store/docker/registry/v2/blobs/sha256/${layer:0:2}/$layer/data"
"$tally" copy --all "$theirs" "$ours/partly" > out 2>&1
is "$?" 1 "a layer that is missing there: exit status 1"
like "$(cat out)" '^Error: other:latest: ' "it says which image"
is "$("$tally" ls "$ours/partly/team/app" | wc -l)" 4 "the others are copied"

echo 'Not/A/Name' > list
out=$("$tally" copy --all --repositories list "$theirs" "$ours/no" 2>&1)
like "$out" '^Error: "Not/A/Name" of "list" is not the name' \
    "a name in the list that is none"
out=$("$tally" copy --all "$theirs" 2>&1)
like "$out" 'needs two registries' "one argument is too few"
out=$("$tally" copy --all "$theirs/team/app:1" "$ours/no" 2>&1)
like "$out" 'neither a registry nor a repository' "an image is no repository"

registry_clean tally
done_testing
