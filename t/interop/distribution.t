#!/bin/bash
#
# distribution 3 takes the tokens of our service: with its certificate under
# auth.token, and with its set of keys.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need distribution3

url=http://localhost:$port
peer=$((port + 1))

cd "$work" || exit 1
chmod 755 "$work"

openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out own.pem \
    2> /dev/null
openssl req -x509 -new -key own.pem -subj /CN=tokens -days 2 -out own.crt \
    2> /dev/null
printf 'alice:%s\n' "$(openssl passwd -apr1 wonder)" > users
chmod 644 users

serve()
{
    registry_start "$1" "$port" \
        "registry_auth htpasswd $work/users;" \
        "registry_token_server key=$work/own.pem ${2-};" \
        "registry_rule allow alice ** *;"
}


token()
{
    curl -s -u alice:wonder -G --data-urlencode "scope=$1" \
        --data-urlencode service=registry "$url/token" | jq -r .token
}

code()
{
    curl -s -o body -w '%{http_code}' "$@"
}

upload()
{
    code -H "Authorization: Bearer $1" -X POST \
        "http://127.0.0.1:$peer/v2/$2/blobs/uploads/"
}

takes()
{
    local  name=$1 dir=$work/peer-$3 t

    mkdir -p "$dir/store"
    cat > "$dir/config.yml" <<END
version: 0.1
log: {level: info}
storage: {filesystem: {rootdirectory: $dir/store}}
http: {addr: "127.0.0.1:$peer"}
auth:
  token:
    realm: $url/token
    service: registry
    issuer: tally
    $2
END
    "$tool_distribution3" serve "$dir/config.yml" > "$dir/log" 2>&1 &
    pids+=($!)
    wait_for curl -s -o /dev/null "http://127.0.0.1:$peer/v2/"

    is "$(code "http://127.0.0.1:$peer/v2/")" 401 "$name: asks for a token"
    t=$(token repository:team/app:pull,push)
    is "$(upload "$t" team/app)" 202 "$name: takes ours"
    is "$(upload "$t" team/other)" 401 "$name: for what it says"
    is "$(upload "${t%????}AAAA" team/app)" 401 "$name: and no forged one"
    kill "${pids[-1]}"
    wait_for gone "${pids[-1]}"
}

serve chained "certificate=$work/own.crt" \
    || { ok 1 "a registry with a token service starts"; done_testing; }
takes "rootcertbundle" "rootcertbundle: $work/own.crt" 1
registry_stop chained

serve plain || { ok 1 "a registry with a token service starts"; done_testing; }
curl -s "$url/token/jwks.json" > own.json
takes "jwks" "jwks: $work/own.json" 2

registry_clean chained
registry_clean plain
done_testing
