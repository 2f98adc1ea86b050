#!/bin/bash
#
# registry_immutable: of many who push a tag first at once exactly one gets it,
# and docker says why it does not move.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

host=127.0.0.1:$port
media=application/vnd.oci.image
many=16


# text N: a manifest of its own

text()
{
    printf '{"schemaVersion":2,"mediaType":"%s.manifest.v1+json",' "$media"
    printf '"config":{"mediaType":"%s.config.v1+json","size":2,' "$media"
    printf '"digest":"sha256:%s"},"layers":[],"annotations":{"n":"%s"}}' \
        "$(printf '{}' | sha256sum | cut -c1-64)" "$1"
}


# push N TAG: even ones by the tag, odd ones by their digest and ?tag=

push()
{
    local  where=$2

    [ $(($1 % 2)) -eq 0 ] || where="$(digest_of "$work/$1.json")?tag=$2"

    status_of -X PUT --data-binary "@$work/$1.json" \
        -H "Content-Type: $media.manifest.v1+json" \
        "http://$host/v2/app/manifests/$where" > "$work/$1.$2"
}


# race TAG: all of them at once

race()
{
    local  n running=()

    for ((n = 1; n <= many; n++)); do
        push "$n" "$1" &
        running+=($!)
    done

    wait "${running[@]}"
}


WORKERS=2 registry_start registry "$port" 'registry_immutable **:v*;'
blob_push app '{}'

for ((n = 1; n <= many; n++)); do
    text "$n" > "$work/$n.json"
done

won=0
right=0

for tag in v1 v2 v3 v4 v5; do
    race "$tag"
    winner=$(grep -l '^201$' "$work"/*."$tag")
    [ "$(wc -l <<< "$winner")" = 1 ] && [ -n "$winner" ] && won=$((won + 1))
    [ "$(cat "$work"/*."$tag" | grep -o 403 | wc -l)" = $((many - 1)) ] \
        || diag "$tag: $(paste -sd' ' "$work"/*."$tag")"
    file=${winner%".$tag"}.json
    [ "$(digest_of "$file")" = "$(header_of docker-content-digest \
        -I "http://$host/v2/app/manifests/$tag")" ] && right=$((right + 1))
    status=$(status_of -X PUT --data-binary "@$file" \
        -H "Content-Type: $media.manifest.v1+json" \
        "http://$host/v2/app/manifests/$tag")
    [ "$status" = 201 ] || diag "$tag: the same again: $status"
done

is "$won" 5 "of $many first pushes of a tag at once one wins, each time"
is "$right" 5 "and the tag is what the winner pushed"

# nothing that such a tag needs is deleted either

index="{\"schemaVersion\":2,\"mediaType\":\"$media.index.v1+json\",\"manifests\":["
child=$(digest_of "$work/1.json")
index+="{\"mediaType\":\"$media.manifest.v1+json\",\"digest\":\"$child\",\"size\":$(stat -c %s "$work/1.json")}]}"
status_of -X PUT --data-binary "@$work/1.json" \
    -H "Content-Type: $media.manifest.v1+json" \
    "http://$host/v2/app/manifests/$child" > /dev/null

for tag in v7 latest; do
    status_of -X PUT --data-binary "$index" \
        -H "Content-Type: $media.index.v1+json" \
        "http://$host/v2/app/manifests/$tag" > /dev/null
done

like "$(get -X DELETE "http://$host/v2/app/manifests/$child")" \
    '"DENIED".*the tag \\"v[1-7]\\" is immutable' \
    "an image of its index is not deleted"
like "$(get -X DELETE "http://$host/v2/app/blobs/$(printf '{}' | sha256sum \
    | sed 's/\(.*\)  -/sha256:\1/')")" '"DENIED".*its image needs this' \
    "nor is a blob of it"
is "$(status_of "http://$host/v2/app/manifests/$child")" 200 "all is there"
text spare > "$work/spare.json"
spare=$(digest_of "$work/spare.json")
status_of -X PUT --data-binary "@$work/spare.json" \
    -H "Content-Type: $media.manifest.v1+json" \
    "http://$host/v2/app/manifests/$spare" > /dev/null
is "$(status_of -X DELETE "http://$host/v2/app/manifests/$spare")" 202 \
    "what no such tag needs is deleted as ever"

# an index gets such a tag while somebody deletes the image in it: one is late

torn=0
blob_push race '{}'

for ((n = 1; n <= 20; n++)); do
    status_of -X PUT --data-binary "@$work/1.json" \
        -H "Content-Type: $media.manifest.v1+json" \
        "http://$host/v2/race/manifests/$child" > /dev/null
    status_of -X PUT --data-binary "$index" \
        -H "Content-Type: $media.index.v1+json" \
        "http://$host/v2/race/manifests/v$n" > "$work/put" &
    putting=$!
    deleted=$(status_of -X DELETE "http://$host/v2/race/manifests/$child")
    wait "$putting"

    case "$(cat "$work/put") $deleted" in

    '201 403' | '400 202')
        ;;

    *)
        torn=$((torn + 1))
        diag "v$n: put: $(cat "$work/put"), delete: $deleted"
        ;;

    esac

    # the next turn begins without it

    rm -rf "$work/registry/store/docker/registry/v2/repositories/race/_manifests/tags"
done

is "$torn" 0 "of the first push of a tag and the delete of its image one is done"

if privileged && tool_dockerd=$(tool_path dockerd 2> /dev/null) \
    && tool_docker=$(tool_path docker 2> /dev/null) \
    && dockerd_start --insecure-registry "$host"
then
    docker_image "$host/app:v9" one > /dev/null
    runs "docker pushes a tag" docker push "$host/app:v9"
    runs "and the same again" docker push "$host/app:v9"
    docker_image "$host/app:v9" two > /dev/null
    out=$(docker push "$host/app:v9" 2>&1)
    is $? 1 "docker fails to move it"
    like "$(tail -n 1 <<< "$out")" \
        '^denied: the tag "v9" exists and may not be moved$' "and says why"
else
    skip "no docker daemon can be had"
fi

registry_clean registry
done_testing
