#!/bin/bash
#
# Tokens: our own service with docker-registry, and with real clients; tokens
# of an outside service, forged in all the ways that have worked elsewhere;
# ID tokens of workloads.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=t/interop/jwt.sh
. "$(dirname "$0")/jwt.sh"

need docker-registry

reg=localhost:$port
url=http://$reg
peer_port=$((port + 1))
out_port=$((port + 2))

cd "$work" || exit 1
chmod 755 "$work"


# a key and its certificate, an outside issuer's RSA key, somebody else's keys

new_key own EC ec_paramgen_curve:P-256
new_key out RSA rsa_keygen_bits:2048
new_key ec EC ec_paramgen_curve:P-256
new_key ed ED25519
new_key evil RSA rsa_keygen_bits:2048
openssl req -x509 -new -key own.pem -subj /CN=tokens -days 2 -out own.crt \
    2> /dev/null
openssl req -x509 -new -key ec.pem -subj /CN=root -days 2 -out root.crt \
    2> /dev/null
openssl req -x509 -new -key evil.pem -subj /CN=root -days 2 -out evil.crt \
    2> /dev/null
chmod 644 ./*.pem ./*.pub ./*.crt

claims()
{
    local  json now

    now=$(date +%s)
    json="\"iss\":\"${iss-https://auth.example.com}\",\"aud\":${aud-\"reg\"}"
    json+=",\"sub\":\"ci\",\"exp\":$((now + ${exp:-300}))"
    json+=",\"nbf\":$((now + ${nbf:--5}))"
    json+=",\"access\":[{\"type\":\"repository\",\"name\":\"${name-lab/app}\""
    json+=",\"actions\":[\"${action-pull}\"]}${more-}]"
    echo "{$json}"
}

code()
{
    curl -s -o body -w '%{http_code}' "$@"
}


# as TOKEN: what the outside registry answers to a pull

pull_with()
{
    code -H "Authorization: Bearer $1" \
        "http://localhost:$out_port/v2/${2-lab/app}/tags/list"
}


#
# an outside service
#

n=$(openssl rsa -pubin -in out.pub -noout -modulus | sed 's/.*=//' \
    | xxd -r -p | b64)
ed=$(openssl pkey -pubin -in ed.pub -outform DER | tail -c 32 | b64)
cat > jwks.json <<END
{"keys":[{"kty":"RSA","kid":"literal","use":"sig","n":"$n","e":"AQAB"},
         {"kty":"OKP","crv":"Ed25519","kid":"ed","x":"$ed"},
         {"kty":"oct","kid":"shared","k":"c2VjcmV0"}]}
END
cat ec.pub root.crt > bundle.pem

# one worker: each keeps what it has read itself of a file that is broken later

WORKERS=1 registry_start outside "$out_port" \
    "registry_auth token realm=https://auth.example.com/token service=reg
         issuer=https://auth.example.com keys=$work/jwks.json;" \
    "registry_auth token realm=https://auth.example.com/token service=reg
         issuer=https://pem.example.com keys=$work/bundle.pem;" \
    "registry_rule deny * lab/closed *;" \
    || { ok 1 "a registry with an outside service starts"; done_testing; }

like "$(curl -s -D - -o /dev/null "http://localhost:$out_port/v2/")" \
    '^WWW-Authenticate: Bearer realm="https://auth.example.com/token",service="reg".?$' \
    "the challenge of /v2/"
like "$(curl -s -D - -o /dev/null -X POST \
    "http://localhost:$out_port/v2/lab/app/blobs/uploads/?mount=sha256:x&from=lab/src")" \
    'service="reg",scope="repository:lab/app:pull,push repository:lab/src:pull"' \
    "that of a mount asks for both"

rs='{"alg":"RS256","typ":"JWT","kid":"literal"}'
good=$(sign "$rs" "$(claims)" out.pem)
is "$(pull_with "$good")" 404 "RS256, by the kid of a set of keys"
is "$(pull_with "$good")" 404 "again, without another look at the signature"
is "$(pull_with "$(sign '{"alg":"RS256"}' "$(claims)" out.pem)")" 404 \
    "without a kid"
thumb=$(printf '{"e":"AQAB","kty":"RSA","n":"%s"}' "$n" \
    | openssl dgst -sha256 -binary | b64)
is "$(pull_with "$(sign "{\"alg\":\"RS256\",\"kid\":\"$thumb\"}" "$(claims)" \
    out.pem)")" 404 "kid: RFC 7638"
libtrust=$(openssl pkey -pubin -in out.pub -outform DER \
    | openssl dgst -sha256 -binary | head -c 30 | base32 \
    | sed 's/..../&:/g; s/:$//')
is "$(pull_with "$(sign "{\"alg\":\"RS256\",\"kid\":\"$libtrust\"}" \
    "$(claims)" out.pem)")" 404 "kid: libtrust"
is "$(pull_with "$(sign '{"alg":"PS256","kid":"literal"}' "$(claims)" pss)")" \
    404 "PS256"
is "$(pull_with "$(sign '{"alg":"EdDSA","kid":"ed"}' "$(claims)" ed.pem)")" \
    404 "EdDSA"
is "$(pull_with "$(iss=https://pem.example.com; sign \
    '{"alg":"ES256","kid":"of its own"}' "$(claims)" ec.pem)")" 404 \
    "ES256 of a PEM key, whatever the kid"
x5c="\"x5c\":[\"$(openssl x509 -in root.crt -outform DER | base64 -w0)\"]"
is "$(pull_with "$(iss=https://pem.example.com; sign \
    "{\"alg\":\"ES256\",$x5c}" "$(claims)" ec.pem)")" 404 "x5c"
is "$(pull_with "$(aud='["other","reg"]'; sign "$rs" "$(claims)" out.pem)")" \
    404 "hazard 25: a list of audiences"
is "$(pull_with "$(exp=-30; sign "$rs" "$(claims)" out.pem)")" 404 \
    "a clock that is half a minute fast"
is "$(pull_with "$(name=lab/other more=',{"type":"repository","name":"lab/app","actions":["pull"]}'
    sign "$rs" "$(claims)" out.pem)")" 404 "hazard 25: of several grants the second"

refused()
{
    local  got

    got=$(pull_with "$1" "${3-lab/app}")
    is "$got" 401 "hazard 25: $2" || return
    like "$(curl -s -D - -o /dev/null -H "Authorization: Bearer $1" \
        "http://localhost:$out_port/v2/${3-lab/app}/tags/list")" \
        "error=\"${4-invalid_token}\"" "hazard 25: $2: said"
}

c=$(claims)
none=$(printf '{"alg":"none"}' | b64).$(printf '%s' "$c" | b64)
refused "$none." "alg none"
refused "$none.eA" "alg none with a signature"
refused "$(sign '{"alg":"HS256","kid":"literal"}' "$c" hmac:out.pub)" \
    "HMAC with the public key"
refused "$(sign '{"alg":"HS256","kid":"shared"}' "$c" hmac:<(printf secret))" \
    "HMAC with a shared key of the set"
evil_n=$(openssl rsa -pubin -in evil.pub -noout -modulus | sed 's/.*=//' \
    | xxd -r -p | b64)
jwk="\"jwk\":{\"kty\":\"RSA\",\"kid\":\"literal\",\"n\":\"$evil_n\",\"e\":\"AQAB\"}"
refused "$(sign "{\"alg\":\"RS256\",\"kid\":\"literal\",$jwk}" "$c" evil.pem)" \
    "a key of its own with the id of ours"
refused "$(sign "{\"alg\":\"RS256\",$jwk}" "$c" evil.pem)" \
    "a key of its own"
refused "$(iss=https://pem.example.com; x5c="\"x5c\":[\"$(openssl x509 \
    -in evil.crt -outform DER | base64 -w0)\"]"
    sign "{\"alg\":\"RS256\",$x5c}" "$(claims)" evil.pem)" \
    "a certificate that only bears the name of ours"
for kid in ../../etc/passwd "' OR 1=1" unknown ''; do
    refused "$(sign "{\"alg\":\"RS256\",\"kid\":\"$kid\"}" "$c" evil.pem)" \
        "kid \"$kid\""
done
refused "$(sign '{"alg":"RS256","kid":"ed"}' "$c" out.pem)" \
    "the id of another key"
refused "$(sign '{"alg":"RS256","crit":["exp"]}' "$c" out.pem)" "crit"
refused "${good%.*}.$(printf x | b64)" "another signature"
refused "${good%.*}" "no signature"
refused "$good.x" "more than a signature"
refused "$(exp=-61; sign "$rs" "$(claims)" out.pem)" "expired"
refused "$(nbf=90; sign "$rs" "$(claims)" out.pem)" "not valid yet"
refused "$(sign "$rs" "${c/,\"exp\":*,\"nbf\"/,\"nbf\"}" out.pem)" \
    "without an end"
refused "$(aud='"other"'; sign "$rs" "$(claims)" out.pem)" \
    "for another audience"
refused "$(aud='["a","b"]'; sign "$rs" "$(claims)" out.pem)" \
    "for other audiences"
refused "$(iss=https://evil.example.com; sign "$rs" "$(claims)" out.pem)" \
    "of another issuer"
refused "$(sign "$rs" "${c/\"iss\":*,\"aud\"/\"aud\"}" out.pem)" \
    "of no issuer"
refused "$(sign "$rs" "{\"iss\":\"x\",${c#\{}" out.pem)" "two issuers"
refused "$(iss=https://pem.example.com; sign "$rs" "$(claims)" out.pem)" \
    "signed by the other issuer's key"
refused "$(head -c 20000 /dev/zero | tr '\0' x)" "20,000 bytes of nothing"
refused "eyJ$(head -c 60000 /dev/zero | tr '\0' x).eyJ.x" "60,000 bytes"
is "$(pull_with "$(head -c 70000 /dev/zero | tr '\0' x)")" 431 \
    "hazard 25: a token of 70,000 bytes is not read"
refused "$(name=lab/other; sign "$rs" "$(claims)" out.pem)" \
    "a grant for another repository" lab/app insufficient_scope
refused "$(name='**'; sign "$rs" "$(claims)" out.pem)" \
    "a grant is a name and no pattern" lab/app insufficient_scope
refused "$(action=push; sign "$rs" "$(claims)" out.pem)" \
    "push is not pull" lab/app insufficient_scope
is "$(name=lab/closed; pull_with "$(sign "$rs" "$(claims)" out.pem)" \
    lab/closed)" 403 "what a rule denies no service grants"
is "$(grep -cF "$good" outside/error.log outside/access.log \
    | awk -F: '{ n += $2 } END { print n }')" 0 "tokens are in no log"


# other keys, without a reload

sed 's/"literal"/"rolled"/' jwks.json > jwks.new && mv jwks.new jwks.json
is "$(pull_with "$good")" 401 "a key that was taken away"
is "$(pull_with "$(sign '{"alg":"RS256","kid":"rolled"}' "$c" out.pem)")" 404 \
    "a key that came"
echo broken > jwks.json
is "$(pull_with "$(sign '{"alg":"RS256","kid":"rolled"}' "$c" out.pem)")" 404 \
    "a broken file leaves the keys that were"
like "$(cat outside/error.log)" 'jwks.json": .*what it held before holds' \
    "and is logged"


# a push that takes longer than its token

rs='{"alg":"RS256","kid":"rolled"}'

# which is good for ten more seconds, and may have to be had once more

begun()
{
    long=$(exp=-50 action='pull","push'; sign "$rs" "$(claims)" out.pem)
    up=$(header_of location -X POST -H "Authorization: Bearer $long" \
        "http://localhost:$out_port/v2/lab/app/blobs/uploads/")
    [ -n "$up" ]
}


wait_for begun
like "$up" '^/v2/lab/app/blobs/uploads/' "an upload is begun"
expired()
{
    [ "$(code -X POST -H "Authorization: Bearer $long" \
        "http://localhost:$out_port/v2/lab/app/blobs/uploads/")" = 401 ]
}
wait_for expired
ok $? "its token expires"
is "$(code -X PATCH -H "Authorization: Bearer $long" --data-binary hello \
    "http://localhost:$out_port$up")" 202 "the upload goes on"
is "$(code -X PUT -H "Authorization: Bearer $long" \
    "http://localhost:$out_port$up?digest=sha256:$(printf hello \
        | sha256sum | cut -d ' ' -f 1)")" 201 "and ends"
other=$(exp=-61 action='pull","push'; sign "$rs" "$(claims)" out.pem)
is "$(code -X PATCH -H "Authorization: Bearer $other" --data-binary hello \
    "http://localhost:$out_port/v2/lab/app/blobs/uploads/6b8a1c3e-58f1-4d0c-9f0e-2d1f6a7b8c9d")" \
    401 "of an upload that it did not begin it ends nothing"


#
# our own service
#

hash=$(openssl passwd -apr1 wonder)
printf 'alice:%s\nbob:%s\n' "$hash" "$(openssl passwd -6 builder)" > users
chmod 644 users

registry_start own "$port" \
    "registry_auth htpasswd $work/users;" \
    "registry_auth oidc issuer=https://ci.example.com audience=test
         keys=$work/ed.pub user=sub;" \
    "registry_auth oidc issuer=https://ci.example.com audience=reg
         keys=$work/ec.pub user=sub;" \
    "registry_token_server key=$work/own.pem certificate=$work/own.crt
         kid=libtrust expires=60s;" \
    "registry_rule allow claim:repository=acme/* acme/** pull,push;" \
    "registry_rule deny bob **:v* create,update;" \
    "registry_rule allow anonymous public/** pull,catalog;" \
    "registry_rule allow \$user users/\$user/** *;" \
    "registry_rule allow alice ** *;" \
    "registry_rule allow bob team/** pull,push;" \
    || { ok 1 "a registry with a token service starts"; done_testing; }

like "$(curl -s -D - -o /dev/null "$url/v2/")" \
    "^WWW-Authenticate: Bearer realm=\"$url/token\",service=\"registry\".?\$" \
    "our own challenge"

payload()
{
    cut -d . -f 2 <<< "$1" | tr '_-' '/+' | sed 's/$/==/' \
        | base64 -d 2> /dev/null
}

# token USER:PASSWORD SCOPE

token()
{
    curl -s -u "$1" -G --data-urlencode "scope=$2" \
        --data-urlencode service=registry "$url/token" | jq -r .token
}

bearer()
{
    local  t=$1

    shift
    code -H "Authorization: Bearer $t" "$@"
}

t=$(token alice:wonder repository:team/app:pull,push)
is "$(payload "$t" | jq -c .access)" \
    '[{"type":"repository","name":"team/app","actions":["pull","push"]}]' \
    "a token for what was asked"
is "$(bearer "$t" "$url/v2/")" 200 "/v2/ takes it"
is "$(bearer "$t" -X POST "$url/v2/team/app/blobs/uploads/")" 202 "a push"
is "$(bearer "$t" -X POST "$url/v2/team/other/blobs/uploads/")" 401 \
    "another repository needs another token"
like "$(curl -s -D - -o /dev/null -X DELETE -H "Authorization: Bearer $t" \
    "$url/v2/team/app/manifests/1")" \
    'scope="repository:team/app:delete",error="insufficient_scope"' \
    "so does another action"
is "$(payload "$(token bob:builder repository:team/app:pull,push,delete)" \
    | jq -c '.access[0].actions')" '["pull","push"]' \
    "nobody gets more than the rules allow"
is "$(payload "$(token bob:builder repository:x/y:pull)" | jq -c .access)" \
    '[]' "or gets nothing, and a token that says so"
is "$(payload "$(token alice:wonder \
    'repository:a:pull repository:b:* registry:catalog:* repository:A:pull x')" \
    | jq -c '[.access[].actions]')" '[["pull"],["pull","push","delete","*"],["*"]]' \
    "several scopes, and what is none"
for scope in repository:../app:pull repository:a/../b:pull \
    repository:a/./b:pull repository:a%2fb:pull repository:a//b:pull \
    repository:/a:pull repository:a/:pull 'repository:**:pull' \
    'repository:*:*' repository::pull repository:_catalog:pull \
    'repository(plugin):a:pull' repository:a:admin repository:a: \
    repository:a:PULL repository:a registry:catalog registry:other:\* \
    'repository:a",x="b:pull' $'repository:a\r\nX-Evil: 1:pull' \
    $'repository:a\xff:pull' $'repository:a\x01:pull' \
    "repository:$(head -c 300 /dev/zero | tr '\0' a):pull" \
    "x:$(head -c 3000 /dev/zero | tr '\0' :)"
do
    is "$(payload "$(token alice:wonder "$scope")" | jq -c .access)" '[]' \
        "a scope that is none: $(printf %.40q "$scope")"
done
args=()
for ((i = 0; i < 100; i++)); do
    args+=(-d "scope=repository:app$i:pull")
done
is "$(payload "$(curl -s -u alice:wonder -G "${args[@]}" "$url/token" \
    | jq -r .token)" | jq -c '[(.access | length), .access[63].name]')" \
    '[64,"app63"]' "of a hundred scopes sixty-four"
is "$(curl -s -D - -o body -u alice:wonder -G --data-urlencode \
    $'account=bob\r\nX-Evil: 1' --data-urlencode $'client_id="\x01' \
    --data-urlencode scope=repository:a:pull "$url/token" | grep -ci evil)" 0 \
    "what a client calls itself is in no header"
is "$(payload "$(jq -r .token body)" | jq -r .sub)" alice \
    "nor is it who the token is of"
tb=$(token bob:builder repository:team/app:pull,push)
is "$(bearer "$tb" -X PUT -H 'Content-Type: application/vnd.oci.image.index.v1+json' \
    -d '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}' \
    "$url/v2/team/app/manifests/v1")" 403 "rules of tags hold with a token too"
is "$(bearer "$tb" -X PUT -H 'Content-Type: application/vnd.oci.image.index.v1+json' \
    -d '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}' \
    "$url/v2/team/app/manifests/w1")" 201 "for the tags that they are about"
is "$(bearer "$tb" "$url/v2/secret/x/tags/list")" 403 \
    "what no token would allow is not asked for again"

is "$(code -u alice:wrong "$url/token")" 401 "a wrong password"
like "$(curl -s -D - -o /dev/null -u alice:wrong "$url/token")" \
    '^WWW-Authenticate: Basic' "is asked for again"
anon=$(curl -s "$url/token?service=registry&scope=repository:public/x:pull,push" \
    | jq -r .token)
is "$(payload "$anon" | jq -c '.access[0].actions')" '["pull"]' \
    "anonymous gets what is public"
is "$(bearer "$anon" "$url/v2/public/x/tags/list")" 404 "and pulls it"
is "$(bearer "$anon" -X POST "$url/v2/public/x/blobs/uploads/")" 401 \
    "a push needs a login"
is "$(code -u alice:wonder "$url/token?service=other")" 400 "another service"

answer=$(curl -s -d grant_type=password -d username=alice -d password=wonder \
    -d service=registry -d client_id=test -d access_type=offline \
    --data-urlencode scope=repository:team/app:pull "$url/token")
is "$(jq -r '.expires_in' <<< "$answer")" 60 "POST, as OAuth2 has it"
refresh=$(jq -r .refresh_token <<< "$answer")
is "$(bearer "$(jq -r .access_token <<< "$answer")" \
    "$url/v2/team/app/tags/list")" 200 "an access token"
is "$(bearer "$refresh" "$url/v2/team/app/tags/list")" 401 \
    "a refresh token is no access token"
again=$(curl -s -d grant_type=refresh_token -d "refresh_token=$refresh" \
    -d service=registry -d client_id=test \
    -d scope=repository:team/app:pull,push "$url/token")
is "$(payload "$(jq -r .access_token <<< "$again")" \
    | jq -c '.access[0].actions')" '["pull","push"]' "but gets one"
is "$(code -d grant_type=refresh_token -d "refresh_token=$t" \
    -d service=registry "$url/token")" 401 "an access token gets none"
is "$(code -d grant_type=magic "$url/token")" 400 "another kind of grant"
is "$(jq -r '.error, .errors[0].message' body | xargs)" \
    "unsupported_grant_type grant_type is none of password, refresh_token, client_credentials" \
    "in OAuth2's words and the registry's"
is "$(code -d x=y "$url/token"; jq -r .error body)" "400invalid_request" \
    "no kind of grant"
is "$(code -d grant_type=password -d username=alice "$url/token"; jq -r .error \
    body)" "400invalid_request" "a grant without its password"
for form in "-d client_id=alice -d client_secret=wonder" "-u alice:wonder"; do
    # shellcheck disable=SC2086
    answer=$(curl -s -d grant_type=client_credentials $form \
        -d scope=repository:team/app:pull "$url/token")
    is "$(payload "$(jq -r .access_token <<< "$answer")" \
        | jq -c '[.sub, .access[0].actions]')" '["alice",["pull"]]' \
        "client_credentials by $form"
done
is "$(code -d grant_type=client_credentials -d client_id=alice \
    -d client_secret=wrong "$url/token")" 401 "a wrong client_secret"
is "$(code -X PUT "$url/token")" 405 "another method"
is "$(head -c 200000 /dev/zero | tr '\0' x | code -d @- "$url/token")" 413 \
    "a form of 200,000 bytes"
is "$(curl -s "$url/token/jwks.json" | jq -r '.keys[0].crv')" P-256 \
    "the public key"


# ID tokens of a workload, the three ways that clients send them

id=$(iss=https://ci.example.com; sign '{"alg":"ES256"}' "$(claims \
    | sed 's/,"access".*/,"repository":"acme\/app"}/')" ec.pem)
is "$(bearer "$id" -X POST "$url/v2/acme/app/blobs/uploads/")" 202 \
    "an ID token as Bearer"
is "$(code -u "oidc:$id" -X POST "$url/v2/acme/app/blobs/uploads/")" 202 \
    "as a password"
other=$(iss=https://ci.example.com aud='"test"'; sign '{"alg":"EdDSA"}' \
    "$(claims | sed 's/,"access".*/,"repository":"acme\/app"}/')" ed.pem)
is "$(bearer "$other" -X POST "$url/v2/acme/app/blobs/uploads/")" 202 \
    "of the same issuer for another audience, by another line"
other=$(iss=https://ci.example.com aud='"test"'; sign '{"alg":"ES256"}' \
    "$(claims)" ec.pem)
is "$(bearer "$other" "$url/v2/")" 401 "each line by its own keys"
it=$(token "oidc:$id" repository:acme/app:pull,push)
is "$(bearer "$it" -X POST "$url/v2/acme/app/blobs/uploads/")" 202 \
    "at the token service"
is "$(bearer "$id" -X POST "$url/v2/team/app/blobs/uploads/")" 403 \
    "by its claims"
is "$(bearer "$(iss=https://ci.example.com; sign '{"alg":"RS256"}' \
    "$(claims)" evil.pem)" "$url/v2/")" 401 "signed by somebody else"


# a realm of variables, which clients may set

registry_start vars "$((port + 3))" \
    "registry_token_server key=$work/own.pem realm=\$scheme://\$http_host/token;"
for host in localhost:1=Bearer a.example=Bearer 'a"b=Basic' 'a\b=Basic' \
    'a,scope="x"=Basic' $'a\xffb=Basic'
do
    like "$(header_of www-authenticate -H "Host: ${host%=*}" \
        "http://localhost:$((port + 3))/v2/")" "^${host##*=} realm=\"[^\"]*\"" \
        "a realm by the Host $(printf %q "${host%=*}")"
done
registry_stop vars
sed -i "s|key=[^ ]*|& certificate=$work/root.crt|" vars/nginx.conf
"$nginx" -t -c "$work/vars/nginx.conf" > out 2>&1
like "$(cat out)" 'first certificate .*root.crt" is not of the key' \
    "a certificate of another key is an error at start"


# whoever is removed is gone, and so are his tokens

sed -i /^bob:/d users
is "$(bearer "$tb" "$url/v2/team/app/tags/list")" 401 \
    "the token of a user who was removed"
is "$(code -u bob:builder "$url/v2/")" 401 "and his password"
sed -i "s|^alice:.*|alice:$(openssl passwd -apr1 other)|" users
is "$(bearer "$t" "$url/v2/team/app/tags/list")" 401 \
    "a token from before the password was changed"
is "$(code -d grant_type=refresh_token -d "refresh_token=$refresh" \
    -d service=registry "$url/token")" 401 "a refresh token from before"
is "$(code -u alice:other "$url/v2/")" 200 "the new password"
is "$(code -u alice:wonder "$url/v2/")" 401 "the old one"


# docker-registry takes what our service makes, by kid and by x5c

peer_config()
{
    mkdir -p "peer$1/store"
    cat > "peer$1/config.yml" <<END
version: 0.1
log: {level: info}
storage: {filesystem: {rootdirectory: $work/peer$1/store}}
http: {addr: "127.0.0.1:$2"}
auth:
  token:
    realm: $url/token
    service: registry
    issuer: tally
    rootcertbundle: $work/own.crt
END
    "$tool_docker_registry" serve "peer$1/config.yml" > "peer$1/log" 2>&1 &
    pids+=($!)
    wait_for curl -s -o /dev/null "http://127.0.0.1:$2/v2/"
}

peer_config 1 "$peer_port"
is "$(code "http://127.0.0.1:$peer_port/v2/")" 401 \
    "docker-registry asks for a token"
t=$(token alice:other repository:team/app:pull,push)
is "$(bearer "$t" -X POST \
    "http://127.0.0.1:$peer_port/v2/team/app/blobs/uploads/")" 202 \
    "and takes ours"
is "$(bearer "$t" -X POST \
    "http://127.0.0.1:$peer_port/v2/team/other/blobs/uploads/")" 401 \
    "for what it says"


# clients: anonymous pull beside authenticated push

layout_make "$work/image" "the image of this test" 100000 > /dev/null

with_skopeo()
{
    fails "skopeo: a push without a login" "$tool_skopeo" --insecure-policy \
        copy -q --dest-tls-verify=false "oci:$work/image:latest" \
        "docker://$reg/public/app:1"
    runs "skopeo: a push" "$tool_skopeo" --insecure-policy copy -q \
        --dest-tls-verify=false --dest-creds alice:other \
        "oci:$work/image:latest" "docker://$reg/public/app:1"
    runs "skopeo: a pull without a login" "$tool_skopeo" --insecure-policy \
        copy -q --src-tls-verify=false "docker://$reg/public/app:1" \
        "oci:$work/pulled:latest"
    runs "skopeo: a push of something private" "$tool_skopeo" \
        --insecure-policy copy -q --dest-tls-verify=false --dest-creds \
        alice:other "oci:$work/image:latest" "docker://$reg/users/alice/app:1"
    fails "skopeo: of something private" "$tool_skopeo" --insecure-policy \
        copy -q --src-tls-verify=false "docker://$reg/team/app:w1" \
        "oci:$work/pulled2:latest"
    fails "skopeo: a login with a wrong password" "$tool_skopeo" login \
        --tls-verify=false -u alice -p wrong --authfile auth.json "$reg"
    runs "skopeo: a login" "$tool_skopeo" login --tls-verify=false -u alice \
        -p other --authfile auth.json "$reg"
}

with_podman()
{
    local  store="--root $work/podman --runroot $work/podman-run --storage-driver vfs"

    # shellcheck disable=SC2086
    runs "podman: a pull without a login" "$tool_podman" $store pull -q \
        --tls-verify=false "$reg/public/app:1"
    # shellcheck disable=SC2086
    fails "podman: a push without a login" "$tool_podman" $store push -q \
        --tls-verify=false "$reg/public/app:1" "$reg/public/app:2"
    # shellcheck disable=SC2086
    runs "podman: a push" "$tool_podman" $store push -q --tls-verify=false \
        --creds alice:other "$reg/public/app:1" "$reg/public/app:2"
}

with_crane()
{
    export DOCKER_CONFIG=$work/crane
    runs "crane: a pull without a login" "$tool_crane" manifest --insecure \
        "$reg/public/app:1"
    fails "crane: a push without a login" "$tool_crane" tag --insecure \
        "$reg/public/app:1" x
    runs "crane: a login" "$tool_crane" auth login --insecure -u alice \
        -p other "$reg"
    runs "crane: a push" "$tool_crane" tag --insecure "$reg/public/app:1" 3
    unset DOCKER_CONFIG
}

with_oras()
{
    runs "oras: a pull without a login" "$tool_oras" manifest fetch \
        --plain-http "$reg/public/app:1"
    fails "oras: a login with a wrong password" "$tool_oras" login \
        --plain-http --registry-config oras.json -u alice -p wrong "$reg"
    runs "oras: a login" "$tool_oras" login --plain-http \
        --registry-config oras.json -u alice -p other "$reg"
    echo text > file.txt
    runs "oras: a push" "$tool_oras" push --plain-http \
        --registry-config oras.json "$reg/public/text:1" file.txt
}

with_docker()
{
    tool_dockerd=$(tool_path dockerd) && [ "$(id -u)" -eq 0 ] \
        && dockerd_start || { skip "dockerd does not run here"; return; }

    runs "docker: a pull without a login" docker pull "$reg/public/app:1"
    docker tag "$reg/public/app:1" "$reg/public/app:4"
    fails "docker: a push without a login" docker push "$reg/public/app:4"
    fails "docker: a login with a wrong password" \
        docker login -u alice -p wrong "$reg"
    runs "docker: a login" docker login -u alice -p other "$reg"
    runs "docker: a push" docker push "$reg/public/app:4"
    docker logout "$reg" > /dev/null 2>&1
}

with_cosign3()
{
    export DOCKER_CONFIG=$work/cosign COSIGN_PASSWORD=pw
    "$tool_cosign3" generate-key-pair > /dev/null 2>&1
    fails "cosign: a signature without a login" "$tool_cosign3" sign --yes \
        --key cosign.key --tlog-upload=false --use-signing-config=false \
        "$reg/public/app:1"
    runs "cosign: a login" "$tool_cosign3" login -u alice -p other "$reg"
    runs "cosign: a signature" "$tool_cosign3" sign --yes --key cosign.key \
        --tlog-upload=false --use-signing-config=false "$reg/public/app:1"
    rm -rf "$work/cosign"
    runs "cosign: verified without a login" "$tool_cosign3" verify \
        --key cosign.pub --insecure-ignore-tlog "$reg/public/app:1"
    unset DOCKER_CONFIG
}

# containerd, which keeps no logins: they come with each call

with_ctr()
{
    local  dir=$work/containerd

    [ "$(id -u)" -eq 0 ] && tool_containerd=$(tool_path containerd 2> why) \
        || { skip "containerd does not run here"; return; }

    containerd_start \
        || { skip "containerd does not run here: $(tail -n 1 "$dir/log")"
             return; }

    # its push waits for ever when nothing but the manifest asks for a token

    ctr()
    {
        timeout 60 "$tool_ctr" -a "$dir/sock" images "$1" --plain-http \
            "${@:2}"
    }

    runs "ctr: a pull without a login" ctr pull --snapshotter native \
        "$reg/public/app:1"
    fails "ctr: a push without a login" ctr push "$reg/public/ctr:1" \
        "$reg/public/app:1"
    fails "ctr: a push with a wrong password" ctr push --user alice:wrong \
        "$reg/public/ctr:1" "$reg/public/app:1"
    runs "ctr: a push" ctr push --user alice:other "$reg/public/ctr:1" \
        "$reg/public/app:1"
    fails "ctr: a pull of something private" ctr pull --snapshotter native \
        "$reg/team/app:w1"
    runs "ctr: with a login" ctr pull --snapshotter native \
        --user alice:other "$reg/users/alice/app:1"
}

for client in skopeo podman crane oras cosign3 ctr docker; do
    if path=$(tool_path "$client" 2> why); then
        printf -v "tool_$client" '%s' "$path"
        "with_$client"
    else
        skip "$(tail -n 1 why)"
    fi
done

is "$(cat own/*.log | grep -cE 'wonder|builder|refresh_token=|eyJ')" 0 \
    "hazard 33: neither passwords nor tokens are in the logs"
registry_clean own
registry_clean outside
done_testing
