#!/bin/bash
#
# Uploads that go wrong, by real requests: a client that is silent gives way to
# the one that comes after it; what is refused, cut or cancelled leaves nothing;
# many deletes hold up nobody else.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

url=http://127.0.0.1:$port
store=$work/tally/store
repos=$store/docker/registry/v2/repositories

registry_start tally "$port" "client_body_timeout 600s;" \
    || { ok 1 "the registry starts"; done_testing; }


session()
{
    header_of location -X POST "$url/v2/$1/blobs/uploads/"
}


# half PATH: the head of a chunked PATCH and 5 bytes of it, then silence

half()
{
    exec {silent}<> "/dev/tcp/127.0.0.1/$port"
    printf 'PATCH %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n' \
        "$1" >&"$silent"
}


# stands PATH RANGE: what the registry has of it

stands()
{
    [ "$(header_of range "$url$1")" = "$2" ]
}


# review 18: resumed at once, not after client_body_timeout

up=$(session lab/silent)
half "$up"
wait_for stands "$up" 0-4
ok $? "what the silent one sent is there"
sleep 2
is "$(status_of -m 120 -X PATCH -H 'Content-Range: 5-10' -d ' world' "$url$up")" \
    202 "a newer request goes on while the older one is silent"

printf '1\r\n!\r\n0\r\n\r\n' >&"$silent"
like "$(timeout 60 head -n 1 <&"$silent")" ' 409 ' \
    "the older one is told that it lost"
exec {silent}>&-
is "$(status_of -X PUT "$url$up?digest=sha256:b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9")" \
    201 "and nothing of it is among the bytes"


# a silent one that nobody takes over goes on

up=$(session lab/slow)
half "$up"
sleep 2
printf '6\r\n world\r\n0\r\n\r\n' >&"$silent"
like "$(timeout 60 head -n 1 <&"$silent")" ' 202 ' \
    "a client that was silent for a while goes on"
exec {silent}>&-
is "$(status_of -X PUT "$url$up?digest=sha256:b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9")" \
    201 "with its bytes"


# review 11: a chunk longer than its Content-Range

up=$(session lab/long)
is "$(status_of -X PATCH -H 'Content-Range: 0-3' -H 'Transfer-Encoding: chunked' \
    -d 'too long' "$url$up")" 400 "a chunk longer than its range is refused"
is "$(header_of range "$url$up")" 0-0 "and the offset does not move"
is "$(status_of -X PATCH -H 'Content-Range: 0-3' -d 'long' "$url$up")" 202 \
    "the right one is taken"


# review 14: what is left of them

head -c 3000000 /dev/urandom > "$work/blob"
exec {cut}<> "/dev/tcp/127.0.0.1/$port"
printf 'POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n' \
    "/v2/lab/cut/blobs/uploads/?digest=$(digest_of "$work/blob")" >&"$cut"
head -c 2000000 "$work/blob" >&"$cut"


no_files()
{
    [ -z "$(find "$1" -type f 2>/dev/null)" ]
}


some_files()
{
    ! no_files "$1"
}


wait_for some_files "$repos/lab/cut"
ok $? "a monolithic push is under way"
exec {cut}>&-
wait_for no_files "$repos/lab/cut"
ok $? "of a monolithic push that was cut nothing is left"

up=$(session "deep/$(printf 'x/%.0s' {1..60})end")
is "$(status_of -X DELETE "$url$up")" 204 "a session of a deep name, cancelled"
[ ! -e "$repos/deep" ]
ok $? "leaves no directories"

up=$(session lab/small)
for n in 0 1 2 3 4 5 6 7 8 9; do
    curl -s -o /dev/null -X PATCH -H "Content-Range: $n-$n" -d x "$url$up"
done
is "$(find "$repos/lab/small/_uploads" -type f | wc -l)" 3 \
    "ten small chunks leave the files of one"
is "$(status_of -X PUT "$url$up?digest=sha256:$(printf x%.0s {1..10} | sha256sum | cut -c 1-64)")" \
    201 "which are right"


# review 7: deletes in a repository of many tags

config='{}'
curl -s -o /dev/null -X POST --data-binary "$config" \
    "$url/v2/lab/many/blobs/uploads/?digest=sha256:$(printf '%s' "$config" | sha256sum | cut -c 1-64)"

for ((i = 0; i < 40; i++)); do
    printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"c","size":2,"digest":"sha256:%s"},"layers":[],"annotations":{"n":"%d"}}' \
        "$(printf '%s' "$config" | sha256sum | cut -c 1-64)" "$i" \
        > "$work/m.$i"
    curl -s -o /dev/null -X PUT --data-binary "@$work/m.$i" \
        -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' \
        "$url/v2/lab/many/manifests/tag$i"
done

curl -s -o /dev/null -X PUT --data-binary "@$work/m.0" \
    -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' \
    "$url/v2/lab/many/manifests/keep"

# somebody holds the lock that each of 39 deletes waits for

deletes=()
exec {held}< "$repos/lab/many/_manifests"
flock "$held"

for ((i = 1; i < 40; i++)); do
    status_of -X DELETE "$url/v2/lab/many/manifests/$(digest_of "$work/m.$i")" \
        > "$work/deleted.$i" &
    deletes+=($!)
done

for ((i = 0; i < 9; i++)); do
    is "$(status_of -m 120 "$url/v2/lab/many/manifests/keep")" 200 \
        "a manifest is read while deletes wait"
done

is "$(status_of -m 120 -X POST --data-binary '{}' \
    "$url/v2/lab/else/blobs/uploads/?digest=sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a")" \
    201 "and a blob is pushed elsewhere"
is "$(cat "$work"/deleted.*)" "" "they all waited"
flock -u "$held"

wait "${deletes[@]}"
is "$(cat "$work"/deleted.* | sed 's/202/x/g' | tr -d x)" "" \
    "all of them are deleted"


# among very many tags a delete goes by an index, which does not see what a hand
# does: such a tag goes after the answer

kept()
{
    [ -n "$(find "$store" -path '*/_tally/lists/*.kept')" ]
}


tags=$repos/lab/many/_manifests/tags
for ((i = 0; i < 1000; i++)); do
    mkdir -p "$tags/copy$i/current"
    cp "$tags/keep/current/link" "$tags/copy$i/current/link"
done

for n in 1 2; do
    curl -s -o /dev/null -X PUT --data-binary "@$work/m.$n" \
        -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' \
        "$url/v2/lab/many/manifests/tag$n"
done

sleep 2
is "$(status_of -X DELETE "$url/v2/lab/many/manifests/$(digest_of "$work/m.1")")" \
    202 "a manifest is deleted among very many tags"
wait_for kept
ok $? "what the tags pointed to is remembered"
printf '%s' "$(digest_of "$work/m.2")" > "$tags/copy7/current/link"
is "$(status_of -X DELETE "$url/v2/lab/many/manifests/$(digest_of "$work/m.2")")" \
    202 "and one that a hand has moved a tag to"
is "$(status_of "$url/v2/lab/many/manifests/tag2")" 404 "its own tag is gone"
wait_for test ! -e "$tags/copy7"
ok $? "the moved one goes, too"
is "$(status_of "$url/v2/lab/many/manifests/copy8")" 200 "and no other"

done_testing
