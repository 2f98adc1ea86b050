#!/bin/bash
#
# What one may not read: a repository that is hidden and one that there is not
# are told in the same bytes, headers too (hazards 27 and 31); nothing of the
# one is to be had by way of another (26), by a cache (34) or by a header (24).
# How long the answers take is reported, and decides nothing.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

basic=http://localhost:$port
bearer=http://localhost:$((port + 1))

cd "$work" || exit 1
chmod 755 "$work"

printf '%s:%s\n' alice "$(openssl passwd -apr1 wonder)" \
    bob "$(openssl passwd -apr1 builder)" > users
chmod 644 users
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
    -out token.pem 2> /dev/null

rules="registry_auth htpasswd $work/users;
    registry_rule deny  bob  shared:secret-* pull;
    registry_rule allow alice           **      *;
    registry_rule allow anonymous       open/** pull,catalog;
    registry_rule allow bob             open/** pull,push;
    registry_rule allow bob             shared  pull;"

registry_start by-password "$port" "registry_mount any;" "$rules" \
    || { ok 1 "a registry starts"; done_testing; }
store=$work/by-password/store
registry_start by-token $((port + 1)) "registry_mount any;" "$rules" \
    "registry_token_server key=$work/token.pem;" \
    || { ok 1 "a registry with a token service starts"; done_testing; }


# team/there is hidden from all but alice, team/thera is not there

type=application/vnd.oci.image.index.v1+json

push()
{
    curl -sf -o /dev/null -u alice:wonder -X PUT --data-binary "$3" \
        -H "Content-Type: $type" "$basic/v2/$1/manifests/$2"
}

manifest()
{
    printf '{"schemaVersion":2,"mediaType":"%s","manifests":[],' "$type"
    printf '"annotations":{"n":"%s"}}' "$1"
}

sha()
{
    printf '%s' "$1" | sha256sum | cut -d ' ' -f 1
}

secret="the bytes of a layer that is nobody's business"
push team/there 1 "$(manifest there)"
push shared open "$(manifest open)"
push shared secret-1 "$(manifest secret)"
curl -s -o /dev/null -u alice:wonder --data-binary "$secret" \
    "$basic/v2/team/there/blobs/uploads/?digest=sha256:$(sha "$secret")" \
    -H 'Content-Type: application/octet-stream'
is "$(status_of -u alice:wonder \
    "$basic/v2/team/there/blobs/sha256:$(sha "$secret")")" 200 \
    "a layer is in a repository of alice's"
upload=$(header_of location -u alice:wonder -X POST \
    "$basic/v2/team/there/blobs/uploads/")
upload=${upload##*/}
upload=${upload%%\?*}


# answer URL CURL-OPTION...: all of it but the clock, the repository by one name

answer()
{
    curl -s -D - "$@" | tr -d '\r' | grep -v '^Date:' \
        | sed -e 's|team/ther[ea]|team/NAME|g' \
            -e 's/[0-9a-f]\{8\}-[0-9a-f-]\{27\}/UUID/g' \
            -e 's/_state=[^&]*/_state/'
}

# alike NAME PATH CURL-OPTION...: PATH has there, or thera

alike()
{
    local  name=$1 path=$2 there

    shift 2
    there=$(answer "$@" "$server/v2/$path")
    is "$(answer "$@" "$server/v2/${path//there/thera}")" "$there" "$name"
    like "$(head -n 1 <<< "$there")" ' 40[13]' "$name: refused"
}

all_alike()
{
    local  who=$1

    shift
    alike "$who: a tag" team/there/manifests/1 "$@"
    alike "$who: a tag, HEAD" team/there/manifests/1 -I "$@"
    alike "$who: a manifest by digest" \
        "team/there/manifests/sha256:$(sha "$(manifest there)")" "$@"
    alike "$who: a blob" "team/there/blobs/sha256:$(sha "$secret")" "$@"
    alike "$who: tags" team/there/tags/list "$@"
    alike "$who: referrers" \
        "team/there/referrers/sha256:$(sha "$(manifest there)")" "$@"
    alike "$who: an upload begins" team/there/blobs/uploads/ -X POST "$@"
    alike "$who: an upload of another goes on" \
        "team/there/blobs/uploads/$upload" -X PATCH -d x "$@"
    alike "$who: and is looked at" "team/there/blobs/uploads/$upload" "$@"
    alike "$who: and is cancelled" "team/there/blobs/uploads/$upload" \
        -X DELETE "$@"
    alike "$who: a push" team/there/manifests/1 -X PUT -d '{}' "$@"
    alike "$who: a delete" team/there/manifests/1 -X DELETE "$@"
}

server=$basic
all_alike "hazard 31: anonymous"
all_alike "hazard 27: a user" -u bob:builder
server=$bearer
all_alike "hazard 31: anonymous, by tokens"

token()
{
    curl -s -u "$1" -G -d service=registry --data-urlencode "scope=$2" \
        "$bearer/token" | jq -r .token
}

pull=repository:team/there:pull
is "$(token bob:builder "$pull" | cut -d . -f 2 | tr '_-' '/+' \
    | sed 's/$/==/' | base64 -d 2> /dev/null | jq -c .access)" '[]' \
    "a token for what is hidden grants nothing"
all_alike "hazard 27: a token" -H "Authorization: Bearer $(token bob:builder \
    "$pull")"


# by way of another repository

server=$basic
mount()
{
    answer -u bob:builder -X POST "$basic/v2/open/x/blobs/uploads/?mount=$1"
}

good=sha256:$(sha "$secret")
none=sha256:$(sha nothing)
is "$(mount "$good&from=team/there")" "$(mount "$good&from=team/thera")" \
    "hazard 26: a mount from what is hidden, and from what there is not"
is "$(mount "$good")" "$(mount "$none")" \
    "hazard 26: a mount without a source"
like "$(mount "$good" | head -n 1)" ' 202' "hazard 26: is an upload"
is "$(answer -u bob:builder "$basic/v2/open/x/blobs/$good" \
    | sed "s/$good/DIGEST/g")" "$(answer -u bob:builder \
    "$basic/v2/open/x/blobs/$none" | sed "s/$none/DIGEST/g")" \
    "hazard 27: a blob that another repository has"
image()
{
    printf '{"schemaVersion":2,"mediaType":"%s","config":%s,"layers":[]}' \
        application/vnd.oci.image.manifest.v1+json \
        "{\"mediaType\":\"a/b\",\"digest\":\"$1\",\"size\":${#secret}}"
}
put_image()
{
    answer -u bob:builder -X PUT -d "$(image "$1")" "$basic/v2/open/x/manifests/1" \
        -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' \
        | sed "s/$1/DIGEST/g"
}
is "$(put_image "$good")" "$(put_image "$none")" \
    "hazard 27: a manifest that refers to it"
like "$(put_image "$good" | head -n 1)" ' 400' "hazard 27: is refused"


# what was served to one who may is in a cache, for him

for _ in 1 2 3; do
    get -o /dev/null -u alice:wonder "$basic/v2/team/there/manifests/1"
    get -o /dev/null -u alice:wonder "$basic/v2/shared/manifests/secret-1"
done
all_alike "hazard 34: what is cached" -u bob:builder
is "$(status_of -u bob:builder "$basic/v2/shared/manifests/secret-1")" 403 \
    "hazard 34: a tag that is cached"
is "$(curl -s -u bob:builder "$basic/v2/shared/tags/list" | jq -c .tags)" \
    '["open"]' "hazard 31: tags that may not be read are in no list"
is "$(curl -s "$basic/v2/_catalog" | jq -c .repositories)" '["open/x"]' \
    "hazard 31: nor repositories"
status_of -u alice:wonder -X DELETE "$basic/v2/team/there/manifests/1" \
    > deleted
is "$(cat deleted)-$(status_of -u alice:wonder \
    "$basic/v2/team/there/manifests/1")" 202-404 \
    "hazard 34: what is deleted is in no cache"


# nothing of a request becomes a header of the answer

inject()
{
    curl -s -D - -o /dev/null "$@" | tr -d '\r'
}

for host in 'a",service="evil' 'a\"' "a'b" 'a<b>' 'a,b' 'a b'; do
    is "$(inject -H "Host: $host" "$bearer/v2/" | grep -ci 'evil\|realm="http')" \
        0 "hazard 24: Host: $host"
done
is "$(inject -X POST "$bearer/v2/open/x/blobs/uploads/?mount=$good&from=a%0d%0aX-Evil:1" \
    | grep -ci evil)" 0 "hazard 24: from"
is "$(inject "$bearer/v2/open/x%0d%0aX-Evil:1/tags/list" | grep -ci '^x-evil')" \
    0 "hazard 24: a name"
is "$(inject -G --data-urlencode $'scope=repository:a\r\nX-Evil: 1:pull' \
    --data-urlencode $'service=a\r\nX-Evil: 1' "$bearer/token" \
    | grep -ci '^x-evil')" 0 "hazard 24: a scope"


# how long it takes: for a reader of this report

median()
{
    for _ in $(seq 41); do
        curl -s -o /dev/null -w '%{time_starttransfer}\n' -u "$1" \
            "$basic/v2/$2/manifests/1"
    done | sort -n | sed -n 21p
}

diag "median of 41 answers, in seconds: hidden $(median bob:builder team/there)," \
    "absent $(median bob:builder team/thera)"

registry_clean by-password
registry_clean by-token
done_testing
