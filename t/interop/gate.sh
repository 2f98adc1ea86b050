#!/bin/bash
#
# What the tests of gates share: $host has the gate, $inner the same store
# without one; $tally is the command.

# manifest REPO REFERENCE: the status of a pull, and what it was refused for

manifest()
{
    curl -s -o "$work/answer" -w '%{http_code}' \
        -H 'Accept: application/vnd.oci.image.manifest.v1+json' \
        -H 'Accept: application/vnd.oci.image.index.v1+json' \
        "http://$host/v2/$1/manifests/$2"
}


# leaves REPO REFERENCE NAME, and refused REPO REFERENCE REGEXP NAME: by GET
# and by HEAD alike

leaves()
{
    is "$(manifest "$1" "$2") $(status_of -I "http://$host/v2/$1/manifests/$2")" \
        '200 200' "$3" || diag "$(cat "$work/answer")"
}


refused()
{
    is "$(manifest "$1" "$2") $(status_of -I "http://$host/v2/$1/manifests/$2")" \
        '403 403' "$4"
    like "$(jq -r '.errors[0] | .code + " " + .message' "$work/answer")" \
        "^DENIED .*$3" "$4: the message"
}


sign()
{
    "$tally" sign -y --allow-http-registry "$@" < /dev/null \
        > "$work/sign.log" 2>&1 || diag "$(cat "$work/sign.log")"
}


# put REPO REFERENCE JSON: a manifest, past the gate; its digest is printed

put()
{
    local  type

    type=$(jq -r .mediaType <<< "$3")
    printf %s "$3" > put.json
    curl -sf -o /dev/null -X PUT --data-binary @put.json \
        -H "Content-Type: $type" \
        "http://$inner/v2/$1/manifests/$2" || diag "put $1 $2 failed"
    echo "sha256:$(printf %s "$3" | sha256sum | cut -c1-64)"
}


# raw REPO REFERENCE: a manifest as it is, past the gate

raw()
{
    curl -sf "http://$inner/v2/$1/manifests/$2" \
        -H 'Accept: application/vnd.oci.image.manifest.v1+json'
}


# sig DIGEST: the tag of its old signatures; list REPO DIGEST: its referrers

sig()
{
    echo "${1/:/-}.sig"
}


list()
{
    curl -sf "http://$inner/v2/$1/referrers/$2" | jq -r '.manifests[].digest'
}


delete()
{
    is "$(status_of -X DELETE "http://$inner/v2/$1/manifests/$2")" 202 \
        "DELETE $1 $2"
}
