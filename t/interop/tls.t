#!/bin/bash
#
# conf/tls-users.conf as it stands, but for names of files and the port: docker
# over HTTPS with a CA of our own and users, HTTP/2, and conf/proxy.conf before
# a registry on plain HTTP.
#
# Docker takes any loopback address for insecure, so all of it runs in a
# network of its own, where the registry has an address of the documentation.

if [ -z "${TALLY_NETNS-}" ]; then
    if ! unshare --net --mount true 2>/dev/null; then
        echo "1..0 # SKIP needs root, for a network namespace"
        exit 0
    fi

    TALLY_NETNS=1 exec unshare --net --mount --propagation private "$0"
fi

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need docker dockerd htpasswd

host=registry.example.com
reg=$host:443
address=192.0.2.1

PATH=$PATH:/usr/sbin:/sbin
command -v ip > /dev/null || skip_all "ip (iproute2) is not installed"
ip link set lo up
ip addr add "$address/32" dev lo


# names and trust, for this mount namespace only

sed "s/.*[[:space:]]$host\$//" /etc/hosts > "$work/hosts"
echo "$address $host" >> "$work/hosts"
mount --bind "$work/hosts" /etc/hosts

mkdir -p /etc/docker "$work/etc/certs.d/$host"
mount --bind "$work/etc" /etc/docker


# a CA and a certificate

cd "$work" || exit 1

{
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout ca.key \
        -out ca.crt -subj "/CN=a CA of our own"
    openssl req -newkey rsa:2048 -nodes -keyout registry.key \
        -out registry.csr -subj "/CN=$host"
    printf 'subjectAltName=DNS:%s\n' "$host" > san
    openssl x509 -req -in registry.csr -CA ca.crt -CAkey ca.key \
        -CAcreateserial -days 2 -extfile san -out registry.crt
} > openssl.log 2>&1 || skip_all "openssl makes no certificate"


# users: alice may push, bob may only pull

mkdir -p store run
"$tool_htpasswd" -cbB registry.users alice wonder 2> /dev/null
"$tool_htpasswd" -bB registry.users bob builder 2> /dev/null
grep '^alice:' registry.users > registry.pushers


# the samples, with our paths

sample()
{
    sed -e "s|^load_module .*|load_module $module;|" \
        -e "s|^user .*|user root;|" -e "s|/var/log/nginx/|$work/run/|" \
        -e "s|/run/nginx|$work/run/nginx|" -e "s|/etc/nginx/|$work/|" \
        -e "s|/var/lib/registry|$work/store|" \
        -e "s|^http {|&\nclient_body_temp_path $work/run/body; $(
            for name in proxy fastcgi uwsgi scgi; do
                printf '%s_temp_path %s; ' "$name" "$work/run/$name"
            done)|" "$top/conf/$1"
}


start_sample()
{
    local  pid=$work/run/$2

    sample "$1" > "$work/$1"
    runs "$1: nginx takes the sample" "$nginx" -c "$work/$1" \
        -e "$work/run/start.log" || done_testing
    wait_for test -s "$pid"
    pids+=("$(cat "$pid")")
}


[ -f "$top/conf/tls-users.conf" ] || { ok 1 "conf/tls-users.conf"; done_testing; }

start_sample tls-users.conf nginx-registry.pid
wait_for curl -sk "https://$host/v2/"


# without docker

is "$(status_of --cacert ca.crt "https://$host/v2/")" 401 \
    "no password: 401, over a chain that our CA signs"
is "$(status_of --cacert ca.crt -u alice:wonder "https://$host/v2/")" 200 \
    "with one: 200"
fails "without our CA nobody trusts it" curl -s "https://$host/v2/"

is "$(curl -s -o /dev/null -w '%{http_version}' --cacert ca.crt \
    "https://$host/v2/")" 2 "HTTP/2 is spoken"


# a blob over HTTP/2, with a length and without

head -c 30000000 /dev/urandom > blob
digest=$(digest_of blob)

up=$(header_of location --cacert ca.crt -u alice:wonder -X POST \
    "https://$host/v2/lab/h2/blobs/uploads/")
like "$up" '^/v2/lab/h2/blobs/uploads/' "POST over HTTP/2"
is "$(status_of --http2 --cacert ca.crt -u alice:wonder -X PATCH \
    -H 'Expect:' -T blob "https://$host$up")" 202 "PATCH of 30 MB"
is "$(status_of --http2 --cacert ca.crt -u alice:wonder -X PUT \
    "https://$host$up?digest=$digest")" 201 "PUT"
curl -s --cacert ca.crt -u bob:builder "https://$host/v2/lab/h2/blobs/$digest" \
    -o back
is "$(digest_of back)" "$digest" "the bytes come back"

up=$(header_of location --cacert ca.crt -u alice:wonder -X POST \
    "https://$host/v2/lab/h2/blobs/uploads/")
is "$(status_of --http2 --cacert ca.crt -u alice:wonder -X PUT -T - \
    "https://$host$up?digest=$digest" < blob)" 201 \
    "PUT of a body that has no length"


# docker

dockerd_start || skip_all "dockerd does not run here: $(
    grep -E 'level=(error|fatal)|failed' "$work/docker/log" | tail -n 1)"

docker_image "$reg/lab/app:1" "over TLS" > /dev/null
id=$(docker_id "$reg/lab/app:1")

out=$(docker push "$reg/lab/app:1" 2>&1)
like "$out" 'x509|certificate' "docker does not trust the registry yet"

cp ca.crt "$work/etc/certs.d/$host/ca.crt"
mkdir -p "$work/etc/certs.d/$reg"
cp ca.crt "$work/etc/certs.d/$reg/ca.crt"

out=$(docker push "$reg/lab/app:1" 2>&1)
like "$out" 'no basic auth|unauthorized|denied|authentication required' \
    "docker push without login is refused, and told why"

fails "docker login with a wrong password" \
    docker login -u alice -p wrong "$reg"
runs "docker login" docker login -u alice -p wonder "$reg"
runs "docker push" docker push "$reg/lab/app:1"
docker rmi -f "$id" > /dev/null 2>&1
runs "docker pull" docker pull "$reg/lab/app:1"
is "$(docker_id "$reg/lab/app:1")" "$id" "it is the same image"

docker logout "$reg" > /dev/null 2>&1
fails "docker pull after logout" docker pull "$reg/lab/h2:1"

runs "docker login of a user who may only read" \
    docker login -u bob -p builder "$reg"
docker rmi -f "$id" > /dev/null 2>&1
runs "docker pull of that user" docker pull "$reg/lab/app:1"
docker tag "$reg/lab/app:1" "$reg/lab/app:2"
fails "docker push of that user" docker push "$reg/lab/app:2"

is "$(grep -c 'wonder\|builder\|YWxpY2U6' run/registry-error.log \
    run/registry-access.log | awk -F: '{ n += $2 } END { print n }')" 0 \
    "no password is in a log"

kill -QUIT "$(cat run/nginx-registry.pid)"
wait_for test ! -e run/nginx-registry.pid


# another nginx in front

[ -f "$top/conf/proxy.conf" ] || done_testing

registry_start plain 5000 || { ok 1 "the registry starts"; done_testing; }
start_sample proxy.conf nginx-proxy.pid
wait_for curl -sk "https://$host/v2/"

up=$(header_of location --cacert ca.crt -X POST \
    "https://$host/v2/lab/proxied/blobs/uploads/")
like "$up" '^/v2/' "the place of an upload is relative"
is "$(status_of --cacert ca.crt -X PUT -T blob \
    "https://$host$up?digest=$digest")" 201 "30 MB through the proxy"

docker tag "$reg/lab/app:1" "$reg/lab/behind:1"
runs "docker push through the proxy" docker push "$reg/lab/behind:1"
docker rmi -f "$id" > /dev/null 2>&1
runs "docker pull through the proxy" docker pull "$reg/lab/behind:1"

registry_clean plain
done_testing
