#!/bin/bash
#
# registry_auth oidc with Keycloak: its keys are found by asking it, over TLS,
# and found again after it has rotated them.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need keycloak skopeo

reg=localhost:$port
url=http://$reg
kc=$((port + 1))
issuer=https://localhost:$kc/realms/ci

cd "$work" || exit 1
chmod 755 "$work"

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout tls.pem \
    -out tls.crt -subj /CN=localhost -addext subjectAltName=DNS:localhost \
    2> /dev/null
chmod 644 tls.crt


# a realm with a client that is the registry, and a user that is a job

cp -r "${tool_keycloak%/bin/kc.sh}" keycloak
mkdir -p keycloak/data/import
cat > keycloak/data/import/ci.json <<'END'
{"realm": "ci", "enabled": true,
 "clients": [{"clientId": "registry", "enabled": true, "publicClient": true,
   "directAccessGrantsEnabled": true, "protocolMappers": [{"name": "groups",
     "protocol": "openid-connect", "protocolMapper":
     "oidc-group-membership-mapper", "config": {"claim.name": "groups",
     "full.path": "false", "id.token.claim": "true"}}]}],
 "groups": [{"name": "builders"}],
 "users": [{"username": "job", "enabled": true, "email": "job@example.com",
   "emailVerified": true, "firstName": "a", "lastName": "job",
   "groups": ["builders"],
   "credentials": [{"type": "password", "value": "sesame"}]}]}
END

export KC_BOOTSTRAP_ADMIN_USERNAME=admin KC_BOOTSTRAP_ADMIN_PASSWORD=wonder
export JAVA_OPTS_KC_HEAP='-Xms64m -Xmx512m'
nice -n 5 keycloak/bin/kc.sh start-dev --http-enabled=false \
    --http-host=127.0.0.1 --https-port="$kc" --cache=local --import-realm \
    --https-certificate-file="$work/tls.crt" \
    --https-certificate-key-file="$work/tls.pem" \
    --http-port=$((port + 2)) --http-management-port=$((port + 3)) > keycloak.log 2>&1 &
pids+=($!)

wait_for curl -sf -m 60 --cacert tls.crt -o /dev/null \
    "$issuer/.well-known/openid-configuration" \
    || skip_all "Keycloak does not start here: $(tail -n 1 keycloak.log)"

registry_start registry "$port" \
    "registry_auth oidc issuer=$issuer audience=registry ca=$work/tls.crt
         user=preferred_username refresh=1s;" \
    "registry_rule allow group=builders app/** pull,push;" \
    "registry_rule allow workload=job   job/** pull,push;" \
    || { ok 1 "a registry starts"; done_testing; }


# ask FIELD REALM ARGUMENT...: a token of Keycloak's

ask()
{
    curl -s --cacert tls.crt -d grant_type=password "${@:3}" \
        "https://localhost:$kc/realms/$2/protocol/openid-connect/token" \
        | jq -r ".$1"
}

id_token()
{
    ask id_token ci -d client_id=registry -d scope=openid -d username=job \
        -d password=sesame
}

code()
{
    curl -s -o body -w '%{http_code}' "$@"
}

id=$(id_token)
is "$(code -H "Authorization: Bearer $id" -X POST \
    "$url/v2/app/x/blobs/uploads/")" 202 "an ID token, by a group"
is "$(code -u "oidc:$id" -X POST "$url/v2/job/x/blobs/uploads/")" 202 \
    "as a password, by the name"
is "$(code -u "oidc:$id" -X POST "$url/v2/other/x/blobs/uploads/")" 403 \
    "and nowhere else"
is "$(code -u "oidc:${id%??????}AAAAAA" "$url/v2/")" 401 \
    "with another signature"
access=$(ask access_token ci -d client_id=registry -d scope=openid \
    -d username=job -d password=sesame)
is "$(code -H "Authorization: Bearer $access" "$url/v2/")" 401 \
    "an access token is for somebody else"


# the private keys change: a new one signs, the old one is given up

api()
{
    curl -sf --cacert tls.crt -H "Authorization: Bearer $(ask access_token \
        master -d client_id=admin-cli -d username=admin -d password=wonder)" \
        "$@"
}

realm=https://localhost:$kc/admin/realms/ci
old=$(api "$realm/components?type=org.keycloak.keys.KeyProvider" \
    | jq -r '.[] | select(.providerId == "rsa-generated") | .id')
parent=$(api "$realm" | jq -r .id)
api -X POST -H 'Content-Type: application/json' "$realm/components" -d "{
    \"name\":\"new\",\"providerId\":\"rsa-generated\",\"parentId\":\"$parent\",
    \"providerType\":\"org.keycloak.keys.KeyProvider\",
    \"config\":{\"priority\":[\"200\"]}}"
ok $? "Keycloak has a new key"
api -X DELETE "$realm/components/$old"
ok $? "and gives up the old one"

layout_make image "the image of this test" > /dev/null

rotated()
{
    "$tool_skopeo" --insecure-policy copy -q --dest-tls-verify=false \
        --dest-creds "oidc:$(id_token)" oci:image:latest \
        "docker://$reg/app/web:1"
}

wait_for rotated
ok $? "skopeo: a push with a token that the new key has signed"
is "$(code -H "Authorization: Bearer $id" "$url/v2/")" 401 \
    "one that the old key has signed is worth nothing any more"
is "$(grep -c 'keys of' registry/error.log)" 2 \
    "the keys were fetched, and fetched again"
registry_clean registry
done_testing
