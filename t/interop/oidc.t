#!/bin/bash
#
# registry_auth oidc: keys that an issuer is asked for, over TLS; issuers that
# lie, lead elsewhere, say nothing or go away; keys that change.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=t/interop/jwt.sh
. "$(dirname "$0")/jwt.sh"

reg=localhost:$port
url=http://$reg
tls=$((port + 1))
mute=$((port + 2))
issuer=https://localhost:$tls

cd "$work" || exit 1
chmod 755 "$work"


# a CA, and another that vouches for nobody here

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout ca.pem -out ca.crt \
    -subj "/CN=a CA" 2> /dev/null
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout no.pem -out no.crt \
    -subj "/CN=another CA" 2> /dev/null
openssl req -newkey rsa:2048 -nodes -keyout tls.pem -out tls.csr \
    -subj "/CN=localhost" 2> /dev/null
printf 'subjectAltName=DNS:localhost\n' > ext
openssl x509 -req -in tls.csr -CA ca.crt -CAkey ca.pem -CAcreateserial \
    -days 2 -extfile ext -out tls.crt 2> /dev/null

new_key rsa RSA rsa_keygen_bits:2048
new_key ec EC ec_paramgen_curve:P-256
new_key evil RSA rsa_keygen_bits:2048


# issuer NAME [JWKS_URI [ISSUER]]: what it says of itself

issuer_says()
{
    mkdir -p "www/$1/.well-known"
    printf '{"issuer":"%s","jwks_uri":"%s","response_types_supported":[]}' \
        "${3-$issuer/$1}" "${2-$issuer/$1/keys}" \
        > "www/$1/.well-known/openid-configuration"
}

issuer_keys()
{
    printf '{"keys":[%s]}' "$2" > "www/$1/keys.new"
    mv "www/$1/keys.new" "www/$1/keys"
}

issuer_start()
{
    mkdir -p idp
    cat > idp/nginx.conf <<END
worker_processes 1;
user root;
error_log $work/idp/error.log info;
pid $work/idp/nginx.pid;
events { }
http {
    access_log $work/idp/access.log;
    client_body_temp_path $work/idp/b; proxy_temp_path $work/idp/p;
    fastcgi_temp_path $work/idp/f; uwsgi_temp_path $work/idp/u;
    scgi_temp_path $work/idp/s;
    server {
        listen 127.0.0.1:$tls ssl;
        ssl_certificate $work/tls.crt;
        ssl_certificate_key $work/tls.pem;
        root $work/www;
        location /moved/keys { return 302 $issuer/good/keys; }
        location /down/ { return 503; }
    }
}
END
    [ "$(id -u)" -eq 0 ] || sed -i '/^user/d' idp/nginx.conf
    "$nginx" -c "$work/idp/nginx.conf" -e "$work/idp/error.log" \
        > idp/start.log 2>&1 || return
    wait_for test -s idp/nginx.pid
    pids+=("$(cat idp/nginx.pid)")
    wait_for curl -s --cacert ca.crt -o /dev/null "$issuer/"
}

issuer_stop()
{
    local  pid

    pid=$(cat idp/nginx.pid)
    kill -QUIT "$pid"
    wait_for gone "$pid"
}

for name in good slash swift; do
    issuer_says "$name"
    issuer_keys "$name" "$(jwk one rsa.pub),$(jwk two ec.pub)"
done

issuer_says slash "$issuer/slash/keys" "$issuer/slash/"
issuer_says liar "$issuer/good/keys" "$issuer/good"
issuer_says plain "http://localhost:$tls/good/keys"
issuer_says file "file://$work/www/good/keys"
issuer_says user "https://u:p@localhost:$tls/good/keys"
issuer_says moved
issuer_says none
issuer_says strange "$issuer/none/.well-known/openid-configuration"
issuer_says large
head -c 200000 /dev/zero | tr '\0' ' ' > www/large/keys
cat www/good/keys >> www/large/keys
mkdir -p www/broken/.well-known
echo '{"issuer": ' > www/broken/.well-known/openid-configuration

issuer_start || { ok 1 "an issuer starts"; done_testing; }

# one that takes a connection and says nothing

perl -MIO::Socket::INET -e '
    my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 8,
        LocalPort => shift, ReuseAddr => 1) or die;
    my @open;
    while (my $c = $s->accept) { push @open, $c }' "$mute" &
pids+=($!)


# a registry

oidc()
{
    echo "registry_auth oidc issuer=$1 audience=reg ${2-ca=$work/ca.crt} ${3-};"
}

printf 'alice:%s\n' "$(openssl passwd -apr1 wonder)" > users
chmod 644 users
registry_start registry "$port" \
    "registry_auth htpasswd $work/users;" \
    "$(for name in good slash/ liar plain file user moved down none strange \
        large broken; do oidc "$issuer/$name"; done)" \
    "$(oidc "$issuer/swift" "ca=$work/ca.crt" refresh=1s)" \
    "$(oidc "$issuer/other" "ca=$work/no.crt")" \
    "$(oidc "https://localhost:$mute")" \
    "registry_token_server key=$work/ec.pem;" \
    "registry_rule allow claim:repository=acme/* acme/** pull,push;" \
    || { ok 1 "a registry starts"; done_testing; }


# id_token ISSUER [KID [KEY]]

id_token()
{
    local  alg=RS256

    [[ ${3-} = ec* ]] && alg=ES256
    sign "{\"alg\":\"$alg\",\"kid\":\"${2-one}\"}" "{\"iss\":\"$issuer/$1\",
        \"aud\":\"reg\",\"sub\":\"ci\",\"exp\":$(($(date +%s) + 300)),
        \"repository\":\"acme/app\"}" "${3-rsa.pem}"
}

code()
{
    curl -s -o body -D head -w '%{http_code}' "$@"
}

as()
{
    code -H "Authorization: Bearer $1" "$url/v2/acme/app/tags/list"
}

asked()
{
    grep -c "GET /$1" idp/access.log
}


# one that does as it should

began=$SECONDS
is "$(asked good/)" 0 "nobody is asked before a token comes"
token=$(id_token good)
is "$(as "$token")" 404 "an ID token, by keys that the issuer was asked for"
for _ in 1 2 3 4 5 6; do
    as "$(id_token good)" > /dev/null
done
is "$(as "$(id_token good two ec.pem)")" 404 "and by another of its keys"
is "$(asked good/.well-known)-$(asked good/keys)" 1-1 \
    "it was asked once, by all workers"
is "$(as "$(id_token slash/)")" 404 "an issuer with a slash at its end"
is "$(code -u "oidc:$token" "$url/v2/acme/app/tags/list")" 404 \
    "as the password of any user"
is "$(code -u alice:wonder "$url/v2/")" 200 "beside users with passwords"
is "$(code -u "oidc:$(id_token good one evil.pem)" "$url/v2/")" 401 \
    "a forged one as a password"
is "$(as "$(id_token good one evil.pem)")" 401 "a forged one"
access=$(curl -s -u "oidc:$token" -G "$url/token" -d service=registry \
    --data-urlencode scope=repository:acme/app:pull,push | jq -r .token)
is "$(code -H "Authorization: Bearer $access" -X POST \
    "$url/v2/acme/app/blobs/uploads/")" 202 "at the token service"

for kid in three four five six; do
    is "$(as "$(id_token good "$kid")")" 401 "a key that the issuer does not have"
done
[ "$(asked good/)" -le $((2 + 2 * (SECONDS - began + 1) / 60)) ]
ok $? "unknown keys have it asked no more than once a minute"


# keys that change, where it may be asked each second

is "$(as "$(id_token swift)")" 404 "an issuer whose keys will change"
issuer_keys swift "$(jwk new ec.pub)"
rolled()
{
    [ "$(as "$(id_token swift new ec.pem)")" = 404 ]
}
wait_for rolled
ok $? "a key that came: the token that names it has the issuer asked"
is "$(as "$(id_token swift)")" 401 "a key that has gone"
echo broken > www/swift/keys
asked_again()
{
    as "$(id_token swift "$RANDOM")" > /dev/null
    grep -q "no keys of \"$issuer/swift\".*hold" registry/error.log
}
wait_for asked_again
ok $? "a set of keys that is broken is said in the log"
is "$(as "$(id_token swift new ec.pem)")" 404 "the keys that were there hold"


# those that do not

refused()
{
    is "$(as "$(id_token "$1")")" 503 "$2"
    like "$(cat head)" '^Retry-After: ' "$2: later perhaps"
    like "$(cat body)" '"code":"UNAVAILABLE"' "$2: in the registry's words"
    like "$(grep "no keys of \"$issuer/$1\"" registry/error.log)" "$3" \
        "$2: said in the log"
}

refused liar "a document of another issuer" 'names another issuer'
refused plain "keys that are to be had without TLS" 'no https address'
refused file "keys that are to be had in a file" 'no https address'
refused user "keys with a password in their address" 'no https address'
refused moved "keys that have moved elsewhere" 'status 302'
refused down "an issuer that is down" 'status 503'
refused none "keys that are not there" 'status 404'
refused strange "what is no set of keys" 'no key for signatures'
refused large "a set of keys without an end" 'more than 131072 bytes'
refused broken "a broken document" 'JSON'
refused other "an issuer that our CA does not know" 'SSL certificate|issuer cert'

as "$(id_token down)" > /dev/null
as "$(id_token down)" > /dev/null
[ "$(asked down/)" -le $((1 + (SECONDS - began + 1) / 10)) ]
ok $? "one that failed is not asked again at once"

issuer_mute=$(sign '{"alg":"RS256","kid":"one"}' \
    "{\"iss\":\"https://localhost:$mute\",\"aud\":\"reg\",\"sub\":\"ci\",
    \"exp\":$(($(date +%s) + 300))}" rsa.pem)
for n in 1 2 3 4; do
    curl -s -o /dev/null -w '%{http_code}\n' "$url/v2/acme/app/tags/list" \
        -H "Authorization: Bearer $issuer_mute" > "mute.$n" &
    waiting[n]=$!
done
is "$(as "$token")" 404 "while others wait for an issuer, requests are served"
wait "${waiting[@]}"
is "$(cat mute.* | sort -u)" 503 "those who wait are told so in the end"


# a pipeline with nothing but its token

with_docker()
{
    tool_docker=$(tool_path docker) && tool_dockerd=$(tool_path dockerd) \
        && [ "$(id -u)" -eq 0 ] && dockerd_start \
        || { skip "dockerd does not run here"; return; }

    docker_image "$reg/acme/pushed:1" "of a pipeline" > /dev/null
    fails "docker: a push without a login" docker push "$reg/acme/pushed:1"
    fails "docker: a login with a forged token" \
        docker login -u oidc -p "$(id_token good one evil.pem)" "$reg"
    runs "docker: a login with an ID token" \
        docker login -u oidc -p "$(id_token good)" "$reg"
    runs "docker: a push" docker push "$reg/acme/pushed:1"
    fails "docker: a push elsewhere" docker push "$reg/other/app:1"
}

with_docker


# an issuer that goes away

issuer_stop
is "$(as "$(id_token good)")" 404 "without its issuer a token is good as before"
"$nginx" -c "$work/registry/nginx.conf" -s reload 2> /dev/null
reloaded()
{
    [ "$(grep -c 'start worker process ' registry/error.log)" -ge 4 ]
}
wait_for reloaded
is "$(as "$(id_token good)")" 404 "and after a reload"


# what is no configuration

test_conf()
{
    sed "s|registry_token_server|$1 &|" registry/nginx.conf > bad.conf
    "$nginx" -t -c "$work/bad.conf" -e "$work/bad.log" 2>&1
}

like "$(test_conf "$(oidc http://localhost:1)")" \
    '"http://localhost:1" is no issuer whose keys can be asked for' \
    "an issuer without TLS"
like "$(test_conf "$(oidc 'https://u@localhost')")" 'is no issuer' \
    "one with a user"
like "$(test_conf "$(oidc "$issuer" "ca=$work/missing.crt")")" \
    'missing.crt" is not to be read' "a CA that is not there"
like "$(test_conf "$(oidc "$issuer" "ca=$work/ca.crt" refresh=0s)")" \
    'a valid "refresh"' "asking all the time"
like "$(test_conf "$(oidc "$issuer" "ca=$work/ca.crt" "keys=$work/ec.pub")")" \
    '"ca" or "refresh" beside "keys"' "a CA for keys of a file"
like "$(test_conf "$(oidc "$issuer" "ca=$work/ca.crt" issuer=x)")" \
    'duplicate parameter "issuer=x"' "a parameter twice"

is "$(cat registry/*.log | grep -c 'eyJ')" 0 "no token is in a log"
registry_clean registry
done_testing
