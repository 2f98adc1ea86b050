#!/bin/bash
#
# tally ls, du and rm, on a store and over HTTP: the same answers.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need jq

tally=$TALLY_BUILD/tally
host=127.0.0.1:$port
store=$work/store
media=application/vnd.oci.image


size_of()
{
    printf '%s' "$1" | wc -c
}


# manifest REPO TAG CONFIG LAYER: pushes an image; prints its digest

manifest()
{
    local  text

    blob_push "$1" "$3"
    blob_push "$1" "$4"
    text=$(printf '{"schemaVersion":2,"mediaType":"%s.manifest.v1+json",%s}' \
        "$media" "$(printf '"config":%s,"layers":[%s]' \
            "$(part config.v1+json "$3")" "$(part layer.v1.tar "$4")")")
    curl -sf -o /dev/null -X PUT --data-binary "$text" \
        -H "Content-Type: $media.manifest.v1+json" \
        "http://$host/v2/$1/manifests/$2" || diag "no push of $1:$2"
    printf '%s' "$text" > "$work/last"
    digest_of "$work/last"
}


part()
{
    printf '{"mediaType":"%s.%s","digest":"sha256:%s","size":%d}' "$media" \
        "$1" "$(printf '%s' "$2" | sha256sum | cut -c1-64)" "$(size_of "$2")"
}


# both VERB NAME... [-- WANTED-STATUS]: on the store, and over HTTP, where
# names are below the host; the output must be the same but for the host

both()
{
    local  verb=$1 name names=()

    shift

    for name in "$@"; do
        case $name in
        -*) names+=("$name") ;;
        *) names+=("$host/$name") ;;
        esac
    done

    [ "${#names[@]}" -gt 0 ] && [[ ${names[-1]} != -* ]] || names+=("$host")
    disk=$("$tally" "$verb" --root "$store" "$@" 2>&1)
    disk_status=$?
    http=$("$tally" "$verb" --allow-http-registry "${names[@]}" 2>&1)
    http_status=$?
    http=${http//$host\//}
}


same()
{
    is "$http_status $http" "$disk_status $disk" "$1: over HTTP as on disk"
}


registry_start registry "$port"

config='{"os":"linux","architecture":"arm64","variant":"v8"}'
one=$(manifest app 1 "$config" "a layer of both")
size=$(($(wc -c < "$work/last") + ${#config} + 15))
two=$(manifest app 2 "$config" "another layer")
two_size=$(($(wc -c < "$work/last") + ${#config} + 13))
curl -sf -o /dev/null -X PUT --data-binary "@$work/last" \
    -H "Content-Type: $media.manifest.v1+json" \
    "http://$host/v2/app/manifests/latest"
three=$(manifest team/base 1 '{}' "a layer of both")
three_size=$(($(wc -c < "$work/last") + 2 + 15))
manifest gone 1 '{}' "goes" > /dev/null


both ls
is "$disk" $'app\ngone\nteam/base' "ls: the repositories"
same ls

both ls --json
is "$(jq -r .repository <<< "$disk" | paste -sd' ')" 'app gone team/base' \
    "ls --json: a line for each"
same "ls --json"

both ls app
is "$(awk '{print $1, $2, $NF}' <<< "$disk")" "1 $one linux/arm64/v8
2 $two linux/arm64/v8
latest $two linux/arm64/v8" "ls of a repository: tags, digests, platforms"
same "ls of a repository"

both ls --json app
is "$(jq -rs '.[0] | "\(.tag) \(.digest) \(.size) \(.platforms[0])"' \
    <<< "$disk")" "1 $one $size linux/arm64/v8" "ls --json of a repository"
same "ls --json of a repository"

# an index: platforms from its descriptors, sizes of all that it needs

index=$(printf '{"schemaVersion":2,"mediaType":"%s.index.v1+json",' "$media")
index+="\"manifests\":[$(printf '{"mediaType":"%s.manifest.v1+json",' "$media")"
index+="\"digest\":\"$one\",\"size\":$((size - ${#config} - 15)),"
index+='"platform":{"os":"linux","architecture":"amd64"}}]}'
curl -sf -o /dev/null -X PUT --data-binary "$index" \
    -H "Content-Type: $media.index.v1+json" \
    "http://$host/v2/app/manifests/multi"
both ls --json app
is "$(jq -r 'select(.tag == "multi") | "\(.size) \(.platforms[])"' \
    <<< "$disk")" "$((size + ${#index})) linux/amd64" "ls of an index"
same "ls of an index"
"$tally" rm --root "$store" app:multi > /dev/null

for name in nothing team; do
    both ls "$name"
    is "$disk_status" 1 "ls of what is not there fails: $name"
    like "$disk" "^Error: no repository \"$name\"\$" "and says so"
    same "ls of $name"
done

like "$("$tally" ls --root "$work/none" 2>&1)" 'no store at' \
    "a folder that is not there is no empty store"
like "$("$tally" ls --root "$store" app:1 2>&1)" 'without a tag' \
    "ls is of repositories"
like "$("$tally" ls 2>&1)" 'of which registry' "ls of nothing says what it needs"
like "$("$tally" ls --root "$store" $'a\e[31mb' 2>&1)" '\\x1b' \
    "names are safe for a terminal"


both du --json
shared=15
app=$((size + two_size - ${#config} - shared))
is "$(jq -c . <<< "$disk")" "{\"repository\":\"app\",\"unique\":$app,\"shared\":15}
$(sed -n 2p <<< "$disk")
{\"repository\":\"team/base\",\"unique\":$((three_size - shared - 2)),\"shared\":17}
$(tail -n 1 <<< "$disk")" "du: what is in one repository alone, and what is not"
is "$(tail -n 1 <<< "$disk" | jq .total)" \
    "$(find "$store/docker/registry/v2/blobs" -name data -printf '%s\n' \
        | awk '{ n += $1 } END { print n }' | awk -v i="${#index}" \
        '{ print $1 - i }')" "its total is what the blobs take"
same "du --json"

both du team/base
like "$disk" '^ +[0-9]+ B +0 B +team/base$' "du of one shares with nobody"
same "du of one"

# a first push is on its way there: a repository that has no tags yet

mkdir -p "$store/docker/registry/v2/repositories/young/_manifests/revisions"
both du
is "$disk_status" 0 "du passes over a repository without tags"
is "$(grep -c young <<< "$disk")" 0 "and does not list it"
same "du with a young repository"
rm -r "$store/docker/registry/v2/repositories/young"

both du none
is "$disk_status" 1 "du of what is not there fails"
same "du of none"


for name in none:1 app:none "app@sha256:$(printf '0%.0s' {1..64})"; do
    both rm "$name"
    is "$disk_status" 1 "rm of what is not there fails: ${name:0:20}"
    same "rm of ${name:0:20}"
done

both rm app
is "$disk_status" 1 "rm of a whole repository asks for --all"
like "$disk" 'whole repository' "and says so"
same "rm of a repository"

both rm --all app:1
is "$disk_status" 1 "rm --all of a tag fails"
both rm ../app:1
is "$disk_status" 1 "a name that is none"

runs "rm of a tag" "$tally" rm --root "$store" app:latest
is "$("$tally" ls --root "$store" app | awk '{print $1}' | paste -sd' ')" \
    "1 2" "takes the tag alone"
runs "rm by digest over HTTP" "$tally" rm --allow-http-registry \
    "$host/app@$two"
is "$("$tally" ls --root "$store" app | awk '{print $1}')" "1" \
    "takes the tags along"
runs "rm of a tag over HTTP" "$tally" rm --allow-http-registry "$host/app:1"
is "$(status_of -I "http://$host/v2/app/manifests/$one")" 200 \
    "and leaves the manifest"

manifest=$(get "http://$host/v2/gone/manifests/1")
untagged=sha256:$(printf '%s ' "$manifest" | sha256sum | cut -c1-64)
curl -sf -o /dev/null -X PUT --data-binary "$manifest " \
    -H "Content-Type: $media.manifest.v1+json" \
    "http://$host/v2/gone/manifests/$untagged"
is "$(status_of -I "http://$host/v2/gone/manifests/$untagged")" 200 \
    "a repository has a manifest without a tag"
runs "rm --all on the store" "$tally" rm --root "$store" --all gone
is "$(status_of "http://$host/v2/gone/tags/list")" 404 "takes every tag"
is "$(status_of -I "http://$host/v2/gone/manifests/$untagged")" 404 \
    "and every manifest"
is "$(get "http://$host/v2/_catalog" | jq -r '.repositories[]' | grep -c '^gone$')" \
    0 "and the repository itself"
fails "once more there is none" "$tally" rm --root "$store" --all gone
runs "rm --all over HTTP" "$tally" rm --allow-http-registry --all \
    "$host/team/base"
is "$(status_of -I "http://$host/v2/team/base/manifests/$three")" 404 \
    "and their manifests"

registry_clean registry
done_testing
