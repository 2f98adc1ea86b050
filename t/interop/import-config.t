#!/bin/bash
#
# tally import-config: for each config.yml of registry:2 an nginx.conf that
# nginx takes and that does the same; a word on what has no equivalent; and a
# clear refusal of what cannot be had.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need htpasswd docker-registry

data=$top/t/data/config
tally=${TALLY_BUILD:-$top/build}/tally
host=127.0.0.1:$port
certs=$work/certs
store=$work/store
user=$([ "$(id -u)" -eq 0 ] && echo root)
media=application/vnd.oci.image.manifest.v1+json

mkdir -p "$certs" "$store" "$work/temp"
htpasswd -nbB alice secret > "$work/users" 2> /dev/null


make_certificates()
{
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -subj "/CN=a CA of our own" -days 2 -keyout "$certs/ca.key" \
        -out "$certs/ca.crt" \
    && openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -subj "/CN=localhost" -keyout "$certs/registry.key" \
        -out "$certs/registry.csr" \
    && echo "subjectAltName=DNS:localhost,IP:127.0.0.1" > "$certs/ext" \
    && openssl x509 -req -in "$certs/registry.csr" -CA "$certs/ca.crt" \
        -CAkey "$certs/ca.key" -CAcreateserial -days 2 \
        -extfile "$certs/ext" -out "$certs/registry.crt"
}


# the names of a config.yml of t/data, as they are here

config()
{
    sed -e "s|/STORE|$store|g" -e "s|/USERS|$work/users|g" \
        -e "s|/CERTS|$certs|g" -e "s|5999|$port|g" \
        -e "s|5998|$((port + 1))|g" "$data/valid/$1.yml"
}


import()
{
    "$tally" import-config --module "$module" --user "$user" \
        --pid "$work/nginx.pid" --temp "$work/temp" \
        --error-log "$work/error.log" --access-log "$work/access.log" "$@" \
        > "$work/nginx.conf" 2> "$work/warnings"
}


# serve NAME [VARIABLE=VALUE...]: an nginx with what import-config prints

serve()
{
    local  name=$1 variable

    shift
    config "$name" > "$work/config.yml"
    (for variable; do export "${variable?}"; done; import "$work/config.yml") \
        || { diag "$(cat "$work/warnings")"; return 1; }
    "$nginx" -c "$work/nginx.conf" -e "$work/error.log" || return
    wait_for test -s "$work/nginx.pid" || return
    server=$(cat "$work/nginx.pid")
    pids+=("$server")
}


# and the end of it, before the next one takes its port

stop()
{
    kill -QUIT "$server"
    wait_for gone "$server"
}


out=$(make_certificates 2>&1)
ok $? "a CA and a certificate" || { diag "$out"; done_testing; }

for file in "$data"/valid/*.yml; do
    name=$(basename "$file" .yml)

    if [ "$name" = named ] && ! [ -e /proc/net/if_inet6 ]; then
        skip "$name: no IPv6 here"
        continue
    fi

    config "$name" > "$work/config.yml"
    import "$work/config.yml"
    ok $? "$name: is taken over" || diag "$(cat "$work/warnings")"

    # the default root is not the test's to make

    sed -i "s|/var/lib/registry|$store|" "$work/nginx.conf"
    runs "$name: and passes nginx -t" "$nginx" -t -c "$work/nginx.conf" \
        -e "$work/error.log"
    is "$(grep -cE 'hush|asecret' "$work/nginx.conf" "$work/warnings" \
        | cut -d : -f 2 | tr -d '\n')" 00 "$name: no secret is told"
done

for file in "$data"/invalid/*.yml; do
    "$tally" import-config "$file" > "$work/out" 2> "$work/err"
    is "$? $(wc -c < "$work/out") $(grep -c '^Error: ' "$work/err")" "1 0 1" \
        "$(basename "$file" .yml): is refused in one line, and nothing printed"
done


# the configuration of the image of registry:2: reads and writes, no deletes

serve default REGISTRY_LOG_LEVEL=warn REGISTRY_HTTP_SECRET=hush \
    REGISTRY_PORT=tcp://10.0.0.1:5000 REGISTRY_UNHEARD_OF=1
ok $? "registry:2's own configuration is served"
like "$(cat "$work/warnings")" '^warning: REGISTRY_HTTP_SECRET: not needed' \
    "a variable without a meaning is named"
like "$(cat "$work/warnings")" '^warning: REGISTRY_PORT: .* no such setting' \
    "and one that only looks like a setting"
is "$(grep -c 'hush' "$work/nginx.conf" "$work/warnings" | cut -d : -f 2 \
    | tr -d '\n')" 00 "not its value"
like "$(cat "$work/nginx.conf")" "^error_log .* warn;" "another counts"

digest=$(image lab)
is "$(status_of "http://$host/v2/lab/manifests/$digest" -H "Accept: $media")" \
    200 "a push, and a pull"
is "$(status_of -X DELETE "http://$host/v2/lab/manifests/$digest")" 405 \
    "deletes are off, as they are in registry:2"
is "$(header_of X-Content-Type-Options "http://$host/v2/")" nosniff \
    "the header is there"
stop

serve default REGISTRY_STORAGE_DELETE_ENABLED=true
is "$(status_of -X DELETE "http://$host/v2/lab/manifests/$digest")" 202 \
    "REGISTRY_STORAGE_DELETE_ENABLED=true"
stop

serve default REGISTRY_STORAGE_MAINTENANCE_READONLY='{"enabled": true}'
is "$(status_of -X POST "http://$host/v2/lab/blobs/uploads/")" 405 \
    "REGISTRY_STORAGE_MAINTENANCE_READONLY, a map"
stop

serve default REGISTRY_AUTH=htpasswd REGISTRY_AUTH_HTPASSWD_REALM=ours \
    REGISTRY_AUTH_HTPASSWD_PATH="$work/users"
is "$(status_of "http://$host/v2/") $(status_of -u alice:secret \
    "http://$host/v2/")" "401 200" "REGISTRY_AUTH=htpasswd"
stop


# users, beside docker-registry with the same file

serve users
ok $? "a configuration with users is served"
sed "s|127.0.0.1:$port|127.0.0.1:$((port + 2))|; s|$store|$work/theirs|
     /^redis/d" "$work/config.yml" > "$work/theirs.yml"
"$tool_docker_registry" serve "$work/theirs.yml" > "$work/theirs.log" 2>&1 &
pids+=($!)
wait_for curl -s -o /dev/null "http://127.0.0.1:$((port + 2))/v2/"


# what a registry answers to each of these

answers()
{
    local  url=http://127.0.0.1:$1/v2

    status_of "$url/"
    echo " anonymous"
    status_of -u alice:wrong "$url/"
    echo " a wrong password"
    status_of -u alice:secret "$url/"
    echo " the right one"
    status_of -u alice:secret -X POST "$url/a/blobs/uploads/"
    echo " a push begins"
    status_of -u alice:secret -X DELETE \
        "$url/a/manifests/sha256:$(printf %064d 0)"
    echo " a delete of what is not there"
    header_of X-Cost -u alice:secret "$url/"
    header_of X-Content-Type-Options -u alice:secret "$url/"
}

is "$(answers "$port")" "$(answers "$((port + 2))")" \
    "it answers as docker-registry does"
like "$(answers "$port")" '^5 \$ and \$uri "more"' \
    "a dollar in a header is one"
stop


# TLS, with clients that have to show a certificate

serve tls
ok $? "a configuration with TLS is served"
url=https://localhost:$port/v2/
is "$(status_of --cacert "$certs/ca.crt" "$url")" 400 \
    "without a certificate: 400"
is "$(status_of --cacert "$certs/ca.crt" --cert "$certs/registry.crt" \
    --key "$certs/registry.key" "$url")" 200 "with one: an answer"
fails "TLS 1.1 is too old" curl -sf --cacert "$certs/ca.crt" --tls-max 1.1 \
    --cert "$certs/registry.crt" --key "$certs/registry.key" "$url"
fails "and another suite is refused" curl -sf --cacert "$certs/ca.crt" \
    --tls-max 1.2 --ciphers ECDHE-ECDSA-AES256-SHA384 \
    --cert "$certs/registry.crt" --key "$certs/registry.key" "$url"
is "$(tail -n 1 "$work/access.log" | jq -r .status)" 200 \
    "the log is JSON"
stop


# a pull-through cache is a registry that takes no pushes

serve mirror
ok $? "the configuration of a cache is served"
like "$(cat "$work/warnings")" '^warning: proxy: not supported' \
    "it says that nothing is pulled through"
is "$(status_of -X POST "http://$host/v2/lab/blobs/uploads/")" 405 \
    "it takes no pushes"
debug=http://127.0.0.1:$((port + 1))
is "$(status_of "$debug/debug/health") $(status_of "$debug/the%20metrics") $(
    status_of "$debug/v2/")" "200 200 404" "the debug server, with metrics"
stop

bad=$(grep -E '\[(emerg|alert|crit)\]|exited on signal' "$work/error.log" \
    | grep -v initgroups | grep -v SSL_do_handshake)
is "$bad" "" "no alert, crit or crash in the error log"

done_testing
