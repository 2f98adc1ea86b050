#!/bin/bash
#
# The samples of conf/: each passes nginx -t with its paths moved into a
# folder of ours, and serves pushes and pulls of real clients: over TLS with a
# CA of our own and users, and through another nginx.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need skopeo htpasswd

conf=$top/conf
tls_port=$port
proxy_port=$((port + 1))
plain_port=$((port + 2))
team_port=$((port + 4))
behind_port=$((port + 5))
tls=localhost:$tls_port
team=localhost:$team_port
store=$work/store
certs=$work/certs


# a CA, and a certificate of localhost by it

make_certificates()
{
    mkdir -p "$certs" "$work/ca"

    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -subj "/CN=a CA of our own" -days 2 -keyout "$certs/ca.key" \
        -out "$certs/ca.crt" || return

    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -subj "/CN=localhost" -keyout "$certs/registry.key" \
        -out "$certs/registry.csr" || return

    echo "subjectAltName=DNS:localhost,IP:127.0.0.1" > "$certs/ext"

    openssl x509 -req -in "$certs/registry.csr" -CA "$certs/ca.crt" \
        -CAkey "$certs/ca.key" -CAcreateserial -days 2 \
        -extfile "$certs/ext" -out "$certs/registry.crt" || return

    # where skopeo looks for CAs, with nothing beside them
    cp "$certs/ca.crt" "$work/ca/ca.crt"
}


# sample NAME LISTEN: the sample conf/NAME.conf, moved into $work/NAME

sample()
{
    local  name=$1 listen=$2 dir=$work/$1 owner

    mkdir -p "$dir/temp"
    owner=$(id -un)

    sed -e "s|^load_module .*|load_module $module;|" \
        -e "s|^user .*|user $owner;|" \
        -e "s|^worker_processes .*|worker_processes 2;|" \
        -e "s|^\( *listen \)[0-9]*|\1$listen|" \
        -e "s|127\.0\.0\.1:5000|127.0.0.1:$plain_port|" \
        -e "s,/etc/nginx/registry\.\(crt\|key\),$certs/registry.\1," \
        -e "s|/etc/nginx/|$work/|" \
        -e "s|/var/lib/registry|$store|" \
        -e "s|/var/log/nginx/|$dir/|" \
        -e "s|/run/nginx-[a-z]*\.pid|$dir/nginx.pid|" \
        -e "s|^http {|http {\n    client_body_temp_path $dir/temp/b;\n$(
            for x in proxy fastcgi uwsgi scgi; do
                printf '    %s_temp_path %s;\\n' "$x" "$dir/temp/$x"
            done)|" \
        "$conf/$name.conf" > "$dir/nginx.conf"

    if ! grep -q '^pid ' "$dir/nginx.conf"; then
        sed -i -e "1i pid $dir/nginx.pid; error_log $dir/error.log info;" \
            -e "1i user $owner;" \
            -e "s|^http {|http {\n    access_log $dir/access.log;|" \
            "$dir/nginx.conf"
    fi
}


start_sample()
{
    local  dir=$work/$1

    "$nginx" -c "$dir/nginx.conf" -e "$dir/start.log" || return
    wait_for test -s "$dir/nginx.pid" || return
    pids+=("$(cat "$dir/nginx.pid")")
}


copy()
{
    skopeo --insecure-policy copy -q "$@"
}


curl_tls()
{
    curl -s --cacert "$certs/ca.crt" "$@"
}


out=$(make_certificates 2>&1)
ok $? "a CA and a certificate" || { diag "$out"; done_testing; }

htpasswd -nbB alice secret-a > "$work/registry.users" 2> /dev/null
cp "$work/registry.users" "$work/registry.pushers"
htpasswd -nbB bob secret-b >> "$work/registry.users" 2> /dev/null

cp "$conf/registry.rules" "$work/registry.rules"
htpasswd -nbB admin secret-c >> "$work/registry.users" 2> /dev/null
: > "$work/registry.robots"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
    -out "$work/registry-token.pem" 2> /dev/null

sample team "$team_port"
sample behind-proxy "127.0.0.1:$behind_port"
sample registry "127.0.0.1:$plain_port"
sample tls-users "$tls_port"
sample proxy "127.0.0.1:$proxy_port"

for name in registry tls-users proxy team behind-proxy; do
    runs "conf/$name.conf passes nginx -t" "$nginx" -t \
        -c "$work/$name/nginx.conf" -e "$work/$name/start.log"
done

for name in registry tls-users proxy team behind-proxy; do
    start_sample "$name" 2> "$work/$name/why"
    ok $? "conf/$name.conf starts" || diag "$(cat "$work/$name/why")"
done

layout_make "$work/image" "the image of this test" 3000000 > /dev/null
image=oci:$work/image:latest


# TLS and users

url=https://$tls/v2/

is "$(curl_tls -o /dev/null -w '%{http_code}' "$url")" 401 \
    "without a user: 401"
like "$(curl_tls "$url")" '"code":"UNAUTHORIZED"' "in the words of the API"
header='^[Ww][Ww][Ww]-[Aa]uthenticate: Basic realm="registry"'
like "$(curl_tls -D - -o /dev/null "$url")" "$header" \
    "with the challenge that a client needs"
is "$(curl_tls -o /dev/null -w '%{http_code}' -u alice:wrong "$url")" 401 \
    "a wrong password: 401"
is "$(curl_tls -u bob:secret-b "$url")" '{}' "the right one: an answer"
like "$(curl_tls -D - -o /dev/null --http2 -u bob:secret-b "$url")" \
    '^HTTP/2 200' "over HTTP/2 as well"

runs "skopeo pushes over TLS, as a pusher" copy --dest-creds alice:secret-a \
    --dest-cert-dir "$work/ca" "$image" "docker://$tls/team/app:1"
runs "skopeo pulls over TLS, as a user" copy --src-creds bob:secret-b \
    --src-cert-dir "$work/ca" "docker://$tls/team/app:1" \
    "oci:$work/pulled:latest"
is "$(find "$work/pulled/blobs" -type f -printf '%f\n' | sort)" \
    "$(find "$work/image/blobs" -type f -printf '%f\n' | sort)" \
    "what was pulled is what was pushed"
fails "one who may only pull cannot push" copy --dest-creds bob:secret-b \
    --dest-cert-dir "$work/ca" "$image" "docker://$tls/team/app:2"
fails "who does not know the CA cannot push" copy \
    --dest-creds alice:secret-a "$image" "docker://$tls/team/app:2"
is "$(curl_tls -o /dev/null -w '%{http_code}' -u bob:secret-b -X DELETE \
    "https://$tls/v2/team/app/manifests/1")" 401 "nor delete"

like "$(cat "$work/tls-users/registry-access.log")" \
    ' alice \[[^]]*\] manifest_put team/app 1 sha256:[0-9a-f]{64} 201 ' \
    "the log tells who pushed what"


# a team: rules, tokens, an audit log

runs "skopeo pushes to one's own place" copy --dest-creds alice:secret-a \
    --dest-cert-dir "$work/ca" "$image" "docker://$team/users/alice/app:1"
fails "not to another's" copy --dest-creds bob:secret-b \
    --dest-cert-dir "$work/ca" "$image" "docker://$team/users/alice/app:2"
runs "an administrator pushes anything" copy --dest-creds admin:secret-c \
    --dest-cert-dir "$work/ca" "$image" "docker://$team/public/app:v1"
runs "anonymous pulls what is public" copy --src-cert-dir "$work/ca" \
    "docker://$team/public/app:v1" "oci:$work/pulled-team:latest"
fails "and nothing else" copy --src-cert-dir "$work/ca" \
    "docker://$team/users/alice/app:1" "oci:$work/pulled-not:latest"
is "$(curl_tls -o /dev/null -w '%{http_code}' -u admin:secret-c -X DELETE \
    "https://$team/v2/public/app/manifests/v1")" 403 \
    "a release is deleted by nobody"
for at in "$team" "$tls" "localhost:$proxy_port"; do
    like "$(curl_tls -D - -o /dev/null "https://$at/v2/")" \
        '^[Ss]trict-[Tt]ransport-[Ss]ecurity: max-age=' "HSTS of $at"
done
audit=$(jq -c 'select(.operation == "manifest_put" and .user == "alice")' \
    "$work/team/registry-audit.log" | tail -n 1)
like "$(jq -r '[.kind, .repository, .reference, .digest, .status, .rule]
    | join(" ")' <<< "$audit")" \
    '^user users/alice/app 1 sha256:[0-9a-f]{64} 201 .*registry.rules:12$' \
    "the audit log says who, what, which digest, by which rule"
curl_tls -o /dev/null -A $'\xff" \\ \x01' "https://$team/v2/_catalog?odd"
in_log()
{
    grep -q 'not ASCII' "$work/team/registry-audit.log"
}
wait_for in_log
runs "the audit log is UTF-8 whatever a client calls itself" \
    iconv -f utf-8 -t utf-8 "$work/team/registry-audit.log"
runs "and JSON, line by line" jq -e .time "$work/team/registry-audit.log"
like "$(curl -s -D - -o /dev/null -H 'X-Forwarded-For: 192.0.2.9' \
    "http://localhost:$behind_port/v2/")" \
    'realm="https://registry.example.com/token"' \
    "behind a load balancer clients are sent to its address"
like "$(tail -n 1 "$work/behind-proxy/registry-access.log")" '^192.0.2.9 ' \
    "and logged by theirs"
for odd in 'X-Forwarded-For: 203.0.113.1, 192.0.2.9, 10.0.0.1' \
    'X-Forwarded-Host: evil.example.com' 'X-Forwarded-Proto: gopher' \
    'X-Forwarded-Port: 0' 'Forwarded: host=evil.example.com;proto=http' \
    'Host: evil.example.com' 'Host: a",realm="b' "X-Forwarded-For: ' OR 1"
do
    is "$(curl -s -D - -o /dev/null -H "$odd" -H 'X-Forwarded-For: 192.0.2.9' \
        "http://localhost:$behind_port/v2/" | tr -d '\r' | grep -i '^www')" \
        'WWW-Authenticate: Bearer realm="https://registry.example.com/token",service="registry"' \
        "whatever it or a client adds: $odd"
done
like "$(header_of location -X POST -u alice:secret-a \
    -H 'Host: evil.example.com' -H 'X-Forwarded-Host: evil.example.com' \
    "http://localhost:$behind_port/v2/odd/blobs/uploads/")" \
    ^/v2/odd/blobs/uploads/ "nor does it reach a Location"
ranges=$(seq -s , 0 20 20460 | sed 's/[0-9]*/&-&/g')
blob=$(curl_tls "https://$team/v2/public/app/manifests/v1" \
    -H "Accept: application/vnd.oci.image.manifest.v1+json" \
    | jq -r '.layers[-1].digest')
is "$(curl_tls -o /dev/null -w '%{http_code}' -H "Range: bytes=$ranges" \
    "https://$team/v2/public/app/blobs/$blob")" 206 \
    "$(tr , '\n' <<< "$ranges" | grep -c .) ranges in one request"


# plain, and through a proxy

runs "skopeo pushes to the smallest configuration" copy \
    --dest-tls-verify=false "$image" \
    "docker://localhost:$plain_port/team/plain:1"
runs "skopeo pushes through the proxy" copy --dest-cert-dir "$work/ca" \
    "$image" "docker://localhost:$proxy_port/team/other:1"
runs "skopeo pulls through the proxy" copy --src-cert-dir "$work/ca" \
    "docker://localhost:$proxy_port/team/other:1" \
    "oci:$work/pulled-2:latest"
is "$(find "$work/proxy/temp" -type f | wc -l)" 0 \
    "the proxy keeps nothing in temporary files"
is "$(cat "$work"/*/*error.log | grep -c 'is buffered to a temporary file')" \
    0 "nor does the registry"

head -c 40000000 /dev/urandom > "$work/big"
digest=$(digest_of "$work/big")
post="uploads/?digest=$digest"

is "$(curl_tls -o /dev/null -w '%{http_code}' --data-binary "@$work/big" \
    -H 'Expect:' -H 'Content-Type: application/octet-stream' \
    "https://localhost:$proxy_port/v2/team/other/blobs/$post")" 201 \
    "40 MB in one request pass the proxy"


# a node that pulls through the registry alone, and a cluster that asks it

with_containerd()
{
    local  why hosts=$work/certs.d/_default

    if [ "$(id -u)" -ne 0 ] || why=$(tool_skip containerd); then
        skip "containerd does not run here: ${why-}"
        return
    fi

    tool_containerd=$(tool_path containerd)
    tool_ctr=$(tool_path ctr)
    containerd_start || { skip "containerd does not run here"; return; }

    mkdir -p "$hosts"
    sed "s|https://registry\.example|http://127.0.0.1:$plain_port|" \
        "$conf/containerd-hosts.toml" > "$hosts/hosts.toml"

    ctr_pull()
    {
        timeout 120 "$tool_ctr" -a "$work/containerd/sock" images pull \
            --snapshotter native --hosts-dir "${hosts%/*}" "$1"
    }

    runs "containerd pulls docker.io's images from the registry" \
        ctr_pull docker.io/team/plain:1
    like "$(ctr_pull docker.io/team/none:1 2>&1)" \
        'team/none:1: not found|127\.0\.0\.1.*404' \
        "and asks nobody else for what it has not"
}

with_containerd

webhook=$(sed -n 's/^ *url: //p' "$conf/admission.yaml")
is "$webhook" https://registry.example/admit "the cluster asks at /admit"
like "$(sed -n 's/^#   //p' "$conf/admission.yaml" | tr '\n' ' ')" \
    '^location = /admit \{ +registry_admission on host=registry.example; \}' \
    "which is the location that the sample names"


# docker

docker_tls()
{
    local  why

    if [ "$(id -u)" -ne 0 ]; then
        skip "dockerd needs root"
        return
    fi

    if why=$(tool_skip dockerd) || why=$(tool_skip docker); then
        skip "$why"
        return
    fi

    tool_docker=$(tool_path docker)
    tool_dockerd=$(tool_path dockerd)

    if ! SSL_CERT_FILE=$certs/ca.crt dockerd_start; then
        skip "dockerd does not run here"
        return
    fi

    docker_image lab "the image of docker" > /dev/null
    docker tag lab "$tls/team/lab:1"

    fails "docker cannot push before it has logged in" \
        docker push "$tls/team/lab:1"
    fails "docker login with a wrong password fails" \
        docker login -u alice -p wrong "$tls"
    runs "docker login" docker login -u alice -p secret-a "$tls"
    runs "docker push over TLS" docker push "$tls/team/lab:1"
    docker rmi -f "$(docker_id lab)" > /dev/null 2>&1
    runs "docker pull over TLS" docker pull "$tls/team/lab:1"
    like "$(docker pull "$tls/team/lab:2" 2>&1)" \
        "manifest for $tls/team/lab:2 not found" \
        "docker says which image it has not found"

    docker logout "$tls" > /dev/null 2>&1
    docker login -u bob -p secret-b "$tls" > /dev/null 2>&1
    docker tag "$tls/team/lab:1" "$tls/team/lab:3"
    like "$(docker push "$tls/team/lab:3" 2>&1)" \
        'unauthorized: authentication required' \
        "docker tells one who may only pull why the push fails"
    like "$(grep ' manifest_get team/lab 1 ' \
        "$work/tls-users/registry-access.log" | tail -n 1)" ' 200 .*docker' \
        "docker's pull is in the log"
}

docker_tls


# the unit

unit=$conf/tally.service
flags=$(sed -n 's|^ExecStart=/usr/sbin/nginx -c [^ ]* \(-e .*\)|\1|p' "$unit")
like "$flags" '^-e stderr -g "' "the unit starts nginx in the foreground"

mkdir -p "$work/unit"
flags=${flags#-e stderr -g \"}
flags=${flags%\"}
flags=${flags//\/run\/tally\//$work/unit/}
flags=${flags//www-data/$(id -un)}
grep -v '^user\|^pid' "$work/registry/nginx.conf" \
    | sed "s|$plain_port|$((port + 3))|" > "$work/unit/nginx.conf"

"$nginx" -c "$work/unit/nginx.conf" -e stderr -g "$flags" \
    2> "$work/unit/log" &
pids+=($!)
unit_pid=$!

wait_for curl -sf -o /dev/null "http://localhost:$((port + 3))/v2/"
ok $? "what the unit runs serves a registry" || diag "$(cat "$work/unit/log")"

signal=$(sed -n 's/^KillSignal=//p' "$unit")
kill -s "${signal#SIG}" "$unit_pid"
wait_for gone "$unit_pid"
ok $? "and ends by the unit's signal"

if command -v systemd-analyze > /dev/null; then
    cp "$unit" "$work/tally-sample.service"
    bad=$(systemd-analyze verify --recursive-errors=no \
        "$work/tally-sample.service" 2>&1 | grep 'tally-sample' \
        | grep -v 'Failed to connect')
    is "$bad" "" "systemd finds nothing wrong with the unit"
else
    skip "systemd-analyze is not installed"
fi

for name in registry tls-users proxy team behind-proxy; do
    bad=$(cat "$work/$name"/*error.log "$work/$name"/error.log 2> /dev/null \
        | grep -E '\[(emerg|alert|crit)\]|exited on signal' | head -n 5)
    is "$bad" "" "$name: no alert, crit or crash in the error log"
done

done_testing
