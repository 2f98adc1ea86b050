#!/bin/bash
#
# docs/troubleshooting.md quotes what clients really say.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need_root dockerd
need skopeo docker dockerd htpasswd

page=$top/docs/troubleshooting.md
host=localhost:$port
htpasswd -nbB alice secret > "$work/htpasswd" 2> /dev/null

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -subj /CN=localhost -addext subjectAltName=DNS:localhost -days 2 \
    -keyout "$work/key.pem" -out "$work/cert.pem" 2> /dev/null

registry_start tally "$port" || { ok 1 "the registry starts"; done_testing; }
registry_start users "$((port + 1))" "registry_auth htpasswd $work/htpasswd;"
registry_start readonly "$((port + 2))" "registry_readonly on;"
registry_start nodelete "$((port + 3))" "registry_delete off;"
registry_start fixed "$((port + 4))" "registry_immutable **;"
registry_start small "$((port + 5))" "client_max_body_size 1k;"
LISTEN=ssl SCHEME=https registry_start tls "$((port + 6))" \
    "ssl_certificate $work/cert.pem;" "ssl_certificate_key $work/key.pem;"

pulls="registry_rule allow alice ** pull;"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
    -out "$work/token.pem" 2> /dev/null
registry_start puller "$((port + 7))" "registry_auth htpasswd $work/htpasswd;" \
    "$pulls"
registry_start tokens "$((port + 8))" "registry_auth htpasswd $work/htpasswd;" \
    "registry_token_server key=$work/token.pem;" "$pulls"

# port + 9 has nobody
registry_start busy "$((port + 10))" \
    'if ($uri ~ /manifests/) { return 429; }'

# others in front: one with a limit, one that divides what belongs together
HTTP_CONF="map \$request_method \$behind {
        POST 127.0.0.1:$port; default 127.0.0.1:$((port + 3)); }
    server { listen 127.0.0.1:$((port + 11)); client_max_body_size 100k;
        location / { proxy_pass http://127.0.0.1:$port; } }
    server { listen 127.0.0.1:$((port + 12));
        location / { proxy_pass http://\$behind; } }"
registry_start front "$((port + 13))"
HTTP_CONF=

mkdir "$work/full"
mount -t tmpfs -o size=64k tmpfs "$work/full"
store=$work/full registry_start full "$((port + 14))"

dockerd_start || skip_all "dockerd does not run here: $(
    grep -E 'level=(error|fatal)|failed' "$work/docker/log" | tail -n 1)"


# says TEXT COMMAND...: the client says it, and the page has it

says()
{
    local  text=$1 out

    shift
    out=$("$@" 2>&1 < /dev/null)
    grep -qF -- "$text" <<< "$out" && grep -qF -- "\`$text\`" "$page"
    ok $? "${1##*/} ${2-}: $text" || { diag "$out"; return; }
    echo "$text" >> "$work/reproduced"
}


docker_image lab one > /dev/null
for ((n = 0; n < 15; n++)); do
    docker tag lab "localhost:$((port + n))/a/b:1"
done

docker push "$host/a/b:1" > /dev/null 2>&1
docker push "localhost:$((port + 3))/a/b:1" > /dev/null 2>&1
docker push "localhost:$((port + 4))/a/b:1" > /dev/null 2>&1
docker_image lab two > /dev/null
for n in 4 11 14; do
    docker tag lab "localhost:$((port + n))/a/b:1"
done

says 'http: server gave HTTP response to HTTPS client' \
    "$tool_skopeo" inspect "docker://$host/a/b:1"
says 'certificate signed by unknown authority' \
    env SSL_CERT_FILE=/dev/null SSL_CERT_DIR=/nowhere \
    "$tool_skopeo" inspect "docker://localhost:$((port + 6))/a/b:1"
docker tag lab "localhost:$((port + 9))/a/b:1"
# a name server that knows no name, in a network that has nothing else

echo 'hosts: dns' > "$work/nsswitch"
echo 'nameserver 127.0.0.1' > "$work/resolv"
cat > "$work/names.pl" <<'END'
use IO::Socket::INET;
my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 53,
    Proto => 'udp') or die $!;
print "ready\n";
close STDOUT;
while (my $from = $server->recv(my $query, 512)) {
    my ($id, $question) = (substr($query, 0, 2), substr($query, 12));
    $question =~ s/^([^\0]*\0.{4}).*/$1/s;
    $server->send($id . pack('n5', 0x8183, 1, 0, 0, 0) . $question, 0, $from);
}
END
cat > "$work/nowhere" <<'END'
cd "$1"
ip link set lo up
mount --bind nsswitch /etc/nsswitch.conf
mount --bind resolv "$(readlink -f /etc/resolv.conf)"
mkfifo ready
perl names.pl > ready &
read -r line < ready
shift
"$@"
kill %1
END
says 'no such host' unshare --mount --net bash "$work/nowhere" "$work" \
    "$tool_skopeo" inspect docker://registry.invalid/a/b:1
says 'connect: connection refused' \
    docker push "localhost:$((port + 9))/a/b:1"
says 'no basic auth credentials' docker push "localhost:$((port + 1))/a/b:1"
says 'failed with status: 401 Unauthorized' \
    docker login -u alice -p wrong "localhost:$((port + 1))"
for n in 7 8; do
    docker login -u alice -p secret "localhost:$((port + n))" > /dev/null 2>&1
done
says 'denied: requested access to the resource is denied' \
    docker push "localhost:$((port + 8))/a/b:1"
htpasswd -nbB alice another > "$work/htpasswd" 2> /dev/null
says 'unauthorized: authentication required' \
    docker push "localhost:$((port + 7))/a/b:1"
says 'toomanyrequests' docker pull "localhost:$((port + 10))/a/b:1"
says '413 Request Entity Too Large' docker push "localhost:$((port + 11))/a/b:1"
layout_make "$work/image" image 200000 > /dev/null
copy=("$tool_skopeo" --insecure-policy copy -q --dest-tls-verify=false)
says 'blob upload unknown' "${copy[@]}" "oci:$work/image:latest" \
    "docker://localhost:$((port + 12))/a/b:1"
says '507 Insufficient Storage' "${copy[@]}" "oci:$work/image:latest" \
    "docker://localhost:$((port + 14))/a/b:1"
says 'unsupported: the registry is read-only' \
    docker push "localhost:$((port + 2))/a/b:1"
says 'exists and may not be moved' docker push "localhost:$((port + 4))/a/b:1"
says 'denied: the request is larger than allowed' \
    docker push "localhost:$((port + 5))/a/b:1"
says 'manifest unknown' docker pull "$host/a/b:9"
says 'deleting is disabled' \
    "$tool_skopeo" delete --tls-verify=false \
    "docker://localhost:$((port + 3))/a/b:1"
says 'repository name (A/b) must be lowercase' docker tag lab "$host/A/b:1"

cd "$work" || exit 1
COSIGN_PASSWORD='' "${TALLY_BUILD:-$top/build}/tally" generate-key-pair 2> /dev/null
says 'no matching signatures' "${TALLY_BUILD:-$top/build}/tally" verify \
    --key cosign.pub "$host/a/b:1"

blob=$(find "$work/tally/store" -name data -size +100k | head -n 1)
: > "$blob"
docker images -aq | sort -u | while read -r id; do
    docker rmi -f "$id" > /dev/null 2>&1
done
says 'filesystem layer verification failed' docker pull "$host/a/b:1"

mapfile -t quoted < <(sed -n 's/^| `\([^`]*\)` |.*/\1/p' "$page")
for text in "${quoted[@]}"; do
    grep -qxF -- "$text" "$work/reproduced" || echo "$text"
done > "$work/missing"
is "$(cat "$work/missing")" "" "all ${#quoted[@]} messages of the page were seen"

done_testing
