#!/bin/bash
#
# What nginx itself refuses: its words, in the form of the API; and in the
# access log the status that the client got.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

tls=https://127.0.0.1:$port
cd "$work" || exit 1


certificates()
{
    local  name

    for name in ca other; do
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout $name.key \
            -out $name.crt -subj "/CN=$name" || return
    done

    openssl req -newkey rsa:2048 -nodes -keyout client.key -out client.csr \
        -subj "/CN=a client"
    openssl x509 -req -in client.csr -CA ca.crt -CAkey ca.key \
        -CAcreateserial -days 2 -out client.crt
}


# refused NAME STATUS CODE WORDS CURL-ARGUMENT...

refused()
{
    local  name=$1 status=$2 code=$3 words=$4 got

    shift 4
    lines=$(wc -l < tls/access.log)
    got=$(curl -sk -w ' %{http_code} %{content_type}' "$@")

    is "$(tr -d '\n' <<< "$got")" "{\"errors\":[{\"code\":\"$code\",\
\"message\":\"$words\"}]} $status application/json" "$name"
    is "$(logged)" "$status" "$name: the log says so"
}


# the line comes after the answer

more_than()
{
    [ "$(wc -l < "$1")" -gt "$2" ]
}


logged()
{
    wait_for more_than tls/access.log "$lines"
    tail -n 1 tls/access.log | awk -F'"' '{ split($3, n, " "); print n[1] }'
}


# raw REQUEST: bytes to the plain registry, its answer

raw()
{
    exec 3<> "/dev/tcp/127.0.0.1/$((port + 1))"
    printf '%b' "$1" >&3
    timeout 60 cat <&3 | tr -d '\r'
    exec 3>&-
}


certificates > openssl.log 2>&1 || skip_all "openssl makes no certificate"

SCHEME=https LISTEN='ssl http2' registry_start tls "$port" \
    "ssl_certificate $work/ca.crt;" "ssl_certificate_key $work/ca.key;" \
    "ssl_client_certificate $work/ca.crt;" "ssl_verify_client on;" \
    || { ok 1 "nginx starts"; done_testing; }

plain='the plain HTTP request was sent to HTTPS port'
none='no required SSL certificate was sent'
wrong='the SSL certificate error'

refused "497, plain HTTP on a TLS port" 400 UNSUPPORTED "$plain" \
    "http://127.0.0.1:$port/v2/"
refused "497, of a push" 400 UNSUPPORTED "$plain" -X POST -d x \
    "http://127.0.0.1:$port/v2/a/blobs/uploads/"

for version in --http1.1 --http2; do
    refused "496, no certificate, $version" 400 DENIED "$none" "$version" \
        "$tls/v2/"
    refused "495, another CA's certificate, $version" 400 DENIED "$wrong" \
        "$version" --cert other.crt --key other.key "$tls/v2/"
    is "$(status_of -k "$version" --cert client.crt --key client.key \
        "$tls/v2/")" 200 "the right certificate, $version: 200"
    refused "a right one does not make a bad request a good one, $version" \
        400 PAGINATION_NUMBER_INVALID \
        'invalid number of results requested: \"n\" is a decimal number' \
        "$version" --cert client.crt --key client.key "$tls/v2/_catalog?n=x"
done

registry_clean tls


# headers

registry_start plain $((port + 1)) || { ok 1 "nginx starts"; done_testing; }

url=http://127.0.0.1:$((port + 1))
token=$(head -c 12000 /dev/zero | base64 -w 0)

is "${#token}" 16000 "a token of 16,000 characters"
is "$(status_of -H "Authorization: Bearer $token" "$url/v2/")" 200 "passes"
is "$(status_of -H "X: $(head -c 60000 /dev/zero | tr '\0' x)" "$url/v2/")" \
    200 "a line of 60,000 passes"

printf 'X: %s\n' "$(head -c 70000 /dev/zero | tr '\0' x)" > header
lines=$(wc -l < plain/access.log)
got=$(curl -s -w ' %{http_code}' -H @header "$url/v2/")
like "$got" '"SIZE_INVALID","message":"request header or cookie too large"' \
    "one of 70,000 does not"
like "$got" ' 431$' "it is 431"
wait_for more_than plain/access.log "$lines"
like "$(tail -n 1 plain/access.log)" '" 431 ' "in the access log too"

got=$(raw 'GET /v2/ HTTP/1.1\r\nHost: a\r\n\0: x\r\nConnection: close\r\n\r\n')
like "$got" '^HTTP/1.1 400' "a header that cannot be read is 400"
like "$got" '"UNSUPPORTED","message":"bad request"' "a bad request"

got=$(raw "GET /v2/$(head -c 70000 /dev/zero | tr '\0' a) HTTP/1.1\r\n\r\n")
like "$got" '^HTTP/1.1 414' "a line of 70,000 is 414"
like "$got" '"NAME_INVALID","message":"the request line is too long"' \
    "and is said to be"

got=$(raw 'GET /v2/ HTTP/3.0\r\nHost: a\r\n\r\n')
like "$got" '^HTTP/1.1 505' "a version that nobody speaks is 505"
like "$got" '"UNSUPPORTED","message":"HTTP version not supported"' \
    "in its words"

registry_clean plain


# what an operator has set stays

registry_start set $((port + 2)) 'large_client_header_buffers 4 10k;' \
    || { ok 1 "nginx starts"; done_testing; }
is "$(status_of -H "Authorization: Bearer $token" \
    "http://127.0.0.1:$((port + 2))/v2/")" 431 "10k, where it is set, are 10k"

done_testing
