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

dockerd_start || skip_all "dockerd does not run here: $(
    grep -E 'level=(error|fatal)|failed' "$work/docker/log" | tail -n 1)"


# says TEXT COMMAND...: the client says it, and the page has it

says()
{
    local  text=$1 out

    shift
    out=$("$@" 2>&1 < /dev/null)
    grep -qF -- "$text" <<< "$out" && grep -qF -- "\`$text\`" "$page"
    ok $? "${1##*/} ${2-}: $text" || diag "$out"
}


docker_image lab one > /dev/null
for ((n = 0; n < 7; n++)); do
    docker tag lab "localhost:$((port + n))/a/b:1"
done

docker push "$host/a/b:1" > /dev/null 2>&1
docker push "localhost:$((port + 3))/a/b:1" > /dev/null 2>&1
docker push "localhost:$((port + 4))/a/b:1" > /dev/null 2>&1
docker_image lab two > /dev/null
docker tag lab "localhost:$((port + 4))/a/b:1"

says 'http: server gave HTTP response to HTTPS client' \
    "$tool_skopeo" inspect "docker://$host/a/b:1"
says 'certificate signed by unknown authority' \
    env SSL_CERT_FILE=/dev/null SSL_CERT_DIR=/nowhere \
    "$tool_skopeo" inspect "docker://localhost:$((port + 6))/a/b:1"
docker tag lab "localhost:$((port + 9))/a/b:1"
says 'connect: connection refused' \
    docker push "localhost:$((port + 9))/a/b:1"
says 'no basic auth credentials' docker push "localhost:$((port + 1))/a/b:1"
says 'failed with status: 401 Unauthorized' \
    docker login -u alice -p wrong "localhost:$((port + 1))"
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

blob=$(find "$work/tally/store" -name data -size +100k | head -n 1)
: > "$blob"
docker images -aq | sort -u | while read -r id; do
    docker rmi -f "$id" > /dev/null 2>&1
done
says 'filesystem layer verification failed' docker pull "$host/a/b:1"

done_testing
