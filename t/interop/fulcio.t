#!/bin/bash
#
# Keyless signing with a real certificate authority, Fulcio: the key lives for
# one run, an identity token is what counts.  The issuer of tokens is an nginx
# that says whose keys are good.

. "$(dirname "$0")/lib.sh"

tally=${TALLY:-${TALLY_BUILD:-$top/build}/tally}

[ -x "$tally" ] || skip_all "tally is not built (make cli)"
need cosign2 cosign3 fulcio

cd "$work" || exit 1
export COSIGN_PASSWORD=pw DOCKER_CONFIG=$work
export TUF_ROOT=$work/tuf TUF_MIRROR=http://127.0.0.1:9
unset SIGSTORE_ID_TOKEN ACTIONS_ID_TOKEN_REQUEST_URL
host=127.0.0.1:$port
issuer=http://127.0.0.1:$((port + 5))
ca=http://127.0.0.1:$((port + 10))
log=http://127.0.0.1:$((port + 7))


tally()
{
    timeout 60 "$tally" "$@"
}


b64url()
{
    base64 -w0 | tr '+/' '-_' | tr -d =
}


# token CLAIMS [KEY]: a JWT of the issuer, in the state of the claims

token()
{
    local  now text

    now=$(date +%s)
    text=$(printf '{"alg":"RS256","typ":"JWT","kid":"1"}' | b64url).$(
        printf '{"iss":"%s","aud":"sigstore","iat":%d,"exp":%d,%s}' \
            "$issuer" "$now" $((now + ${LIFE:-600})) "$1" | b64url)
    printf '%s.%s' "$text" "$(printf %s "$text" \
        | openssl dgst -sha256 -sign "${2:-issuer.key}" | b64url)"
}


openssl genrsa -out issuer.key 2048 2> /dev/null
openssl genrsa -out forged.key 2048 2> /dev/null
mkdir -p oidc/.well-known
cat > oidc/.well-known/openid-configuration <<END
{"issuer":"$issuer","jwks_uri":"$issuer/keys",
 "response_types_supported":["id_token"],"subject_types_supported":["public"],
 "id_token_signing_alg_values_supported":["RS256"]}
END
modulus=$(openssl rsa -in issuer.key -noout -modulus | cut -d= -f2 | xxd -r -p \
          | b64url)
printf '{"keys":[{"kty":"RSA","alg":"RS256","use":"sig","kid":"1","n":"%s",' \
    "$modulus" > oidc/keys
printf '"e":"AQAB"}]}' >> oidc/keys
printf '{"value":"%s"}' "$(token \
    '"sub":"2","email":"github@example.com","email_verified":true')" \
    > oidc/github

export HTTP_CONF="server {
    listen 127.0.0.1:$((port + 5));
    root $work/oidc;
    default_type application/json;
    location = /github {
        if (\$http_authorization != 'bearer job') { return 403; }
        if (\$arg_audience != 'sigstore') { return 400; }
    }
}"

registry_start registry "$port" || exit 1

cat > fulcio.yaml <<END
oidc-issuers:
  $issuer:
    issuer-url: $issuer
    client-id: sigstore
    type: email
END

"$tool_fulcio" serve --ca ephemeralca --ct-log-url= --config-path fulcio.yaml \
    --host 127.0.0.1 --port $((port + 10)) --grpc-host 127.0.0.1 \
    --grpc-port $((port + 11)) --metrics-port $((port + 12)) \
    --legacy-unix-domain-socket "@tally-$port" > fulcio.log 2>&1 &
pids+=($!)
wait_for curl -sf -o bundle.json "$ca/api/v2/trustBundle" \
    || skip_all "Fulcio does not start: $(tail -n 1 fulcio.log)"
jq -r '.chains[0].certificates[]' bundle.json > ca.pem

openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out log.pem
openssl pkey -in log.pem -pubout -out log.pub
perl "$top/t/interop/log-double.pl" $((port + 7)) log.pem 1 &
pids+=($!)
tally trusted-root create --out root.json \
    --fulcio "url=$ca,certificate-chain=ca.pem" \
    --rekor "url=$log,public-key=log.pub,start-time=2020-01-01T00:00:00Z"

alice='"sub":"1","email":"alice@example.com","email_verified":true'
keyless=(--fulcio-url "$ca" --rekor-url "$log" --trusted-root root.json)
by=(--certificate-oidc-issuer "$issuer" --insecure-ignore-sct
    --trusted-root root.json)
is_alice=(--certificate-identity alice@example.com "${by[@]}")
echo text > file

# a token on the line, in a file, in the environment; each by its verb

digest=$(image app)
image=$host/app@$digest
runs "sign: a token on the line" tally sign -y "${keyless[@]}" \
    --identity-token "$(token "$alice")" --output-certificate cert.pem "$image"
runs "tally verifies it" tally verify "${is_alice[@]}" "$image"
fails "and no other identity" tally verify "${by[@]}" \
    --certificate-identity bob@example.com "$image"
runs "cosign 3 verifies the bundle" timeout 60 "$tool_cosign3" verify \
    "${is_alice[@]}" "$image"
runs "cosign 2 verifies the old format" env SIGSTORE_ROOT_FILE=ca.pem \
    SIGSTORE_REKOR_PUBLIC_KEY=log.pub timeout 60 "$tool_cosign2" verify \
    "${is_alice[@]:0:5}" "$image"
is "$(openssl x509 -in cert.pem -noout -ext subjectAltName \
      | grep -c alice@example.com)" 1 "--output-certificate writes it"

token "$alice" > token
runs "sign-blob: a token in a file" tally sign-blob "${keyless[@]}" \
    --identity-token token --bundle file.json file
runs "tally verifies it" tally verify-blob "${is_alice[@]}" \
    --bundle file.json file
runs "cosign 3 verifies it" timeout 60 "$tool_cosign3" verify-blob \
    "${is_alice[@]}" --bundle file.json file

echo '{"a":1}' > predicate
SIGSTORE_ID_TOKEN=$(token "$alice")
export SIGSTORE_ID_TOKEN
runs "attest: the token of GitLab" tally attest "${keyless[@]}" \
    --predicate predicate "$image"
unset SIGSTORE_ID_TOKEN
runs "tally verifies it" tally verify-attestation "${is_alice[@]}" "$image"
runs "cosign 3 verifies it" timeout 60 "$tool_cosign3" verify-attestation \
    "${is_alice[@]}" --type custom "$image"

github=(env ACTIONS_ID_TOKEN_REQUEST_URL="$issuer/github"
        ACTIONS_ID_TOKEN_REQUEST_TOKEN=job)
runs "attest-blob: the token of GitHub Actions" "${github[@]}" "$tally" \
    attest-blob "${keyless[@]}" --predicate predicate --bundle att.json file
runs "tally verifies it" tally verify-blob-attestation "${by[@]}" \
    --certificate-identity github@example.com --bundle att.json file
runs "cosign 3 verifies it" timeout 60 "$tool_cosign3" \
    verify-blob-attestation "${by[@]}" --type custom \
    --certificate-identity github@example.com --bundle att.json file

tally signing-config create --out config.json --rekor-config ANY \
    --fulcio "url=$ca,api-version=1,start-time=2020-01-01T00:00:00Z,operator=x" \
    --rekor "url=$log,api-version=1,start-time=2020-01-01T00:00:00Z,operator=x"
runs "the services of a signing config" tally sign-blob --identity-token token \
    --signing-config config.json --trusted-root root.json \
    --bundle config.sig file
runs "tally verifies that" tally verify-blob "${is_alice[@]}" \
    --bundle config.sig file


# refused REASON COMMAND...

refused()
{
    local  why=$1 out

    shift
    out=$("$@" 2>&1 < /dev/null) && out="accepted: $out"
    like "$out" "$why" "refused: $why"
}

blob=(timeout 60 "$tally" sign-blob "${keyless[@]}" --bundle x.json)
refused 'answered 4' "${blob[@]}" --identity-token \
    "$(token "$alice" forged.key)" file
refused 'answered 4' "${blob[@]}" --identity-token \
    "$(LIFE=-60 token "$alice")" file
refused 'names nobody' "${blob[@]}" --identity-token \
    "$(token "${alice/true/false}")" file
refused 'names nobody' "${blob[@]}" --identity-token eyJhIjoxfQ.x.y file
refused 'No such file' "${blob[@]}" --identity-token missing file
refused '403' env ACTIONS_ID_TOKEN_REQUEST_URL="$issuer/github" \
    ACTIONS_ID_TOKEN_REQUEST_TOKEN=another "${blob[@]}" file
refused 'id-token: write' env ACTIONS_ID_TOKEN_REQUEST_URL="$issuer/github" \
    "${blob[@]}" file
refused 'sign-blob needs' "${github[@]}" timeout 60 "$tally" sign-blob \
    --oidc-disable-ambient-providers file
refused 'no identity token' "${github[@]}" "${blob[@]}" \
    --oidc-provider envvar file

# a key of one's own, with a certificate

tally generate-key-pair 2> /dev/null
runs "--issue-certificate: a certificate of --key" tally sign-blob \
    "${keyless[@]}" --identity-token token --key cosign.key \
    --issue-certificate --output-certificate own.pem --bundle own.json file
is "$(openssl x509 -in own.pem -noout -pubkey)" "$(cat cosign.pub)" \
    "it is of that key"
runs "tally verifies it by identity" tally verify-blob "${is_alice[@]}" \
    --bundle own.json file

# a certificate log, TesseraCT: its promise is in the certificate


# promised: another Fulcio, with a log, and a trusted root with both

promised()
{
    ct_log=http://127.0.0.1:$((port + 20))
    ct_ca=http://127.0.0.1:$((port + 13))
    "$tool_fulcio" serve --ca ephemeralca --ct-log-url="$ct_log" \
        --config-path fulcio.yaml --host 127.0.0.1 --port $((port + 13)) \
        --grpc-host 127.0.0.1 --grpc-port $((port + 14)) \
        --metrics-port $((port + 15)) \
        --legacy-unix-domain-socket "@tally-ct-$port" > fulcio-ct.log 2>&1 &
    pids+=($!)
    wait_for curl -sf -o ct.json "$ct_ca/api/v2/trustBundle" || return
    jq -r '.chains[0].certificates[]' ct.json > ct-ca.pem

    openssl ecparam -name prime256v1 -genkey -noout -out ct.key
    openssl pkey -in ct.key -pubout -out ct.pub
    "$tesseract" --storage_dir="$work/ct" --origin=ct.test \
        --private_key=ct.key --roots_pem_file=ct-ca.pem \
        --http_endpoint="127.0.0.1:$((port + 20))" --logtostderr \
        > ct.log 2>&1 &
    pids+=($!)
    wait_for curl -sf -o /dev/null "$ct_log/ct/v1/get-roots" || return

    tally trusted-root create --out ct-root.json \
        --fulcio "url=$ct_ca,certificate-chain=ct-ca.pem" \
        --ctfe "url=$ct_log,public-key=ct.pub,start-time=2020-01-01T00:00:00Z" \
        --rekor "url=$log,public-key=log.pub,start-time=2020-01-01T00:00:00Z"
    tally trusted-root create --out ct-other.json \
        --fulcio "url=$ct_ca,certificate-chain=ct-ca.pem" \
        --ctfe "url=$ct_log,public-key=log.pub,start-time=2020-01-01T00:00:00Z" \
        --rekor "url=$log,public-key=log.pub,start-time=2020-01-01T00:00:00Z"
}

if ! tesseract=$(tool_path tesseract 2> why); then
    skip "TesseraCT: $(tail -n 1 why)"

elif ! promised; then
    skip "TesseraCT does not start: $(tail -n 1 ct.log fulcio-ct.log)"

else
    ct=(--fulcio-url "$ct_ca" --rekor-url "$log")
    alice_ct=(--certificate-oidc-issuer "$issuer"
              --certificate-identity alice@example.com)
    at=$host/promised@$(image promised)
    token "$alice" > token

    runs "sign: the promise of a log is verified" tally sign -y "${ct[@]}" \
        --trusted-root ct-root.json --identity-token token \
        --output-certificate ct.pem "$at"
    is "$(openssl x509 -in ct.pem -noout -text | grep -c 'CT Precertificate')" 1 \
        "it is in the certificate"
    runs "verify demands it" tally verify --trusted-root ct-root.json \
        "${alice_ct[@]}" "$at"
    runs "as cosign 3 does" timeout 60 "$tool_cosign3" verify \
        --trusted-root ct-root.json "${alice_ct[@]}" \
        "$at"
    refused 'verify 0 SCT' tally verify --trusted-root ct-other.json \
        "${alice_ct[@]}" "$at"
    refused 'verify 0 SCT' tally sign-blob "${ct[@]}" \
        --trusted-root ct-other.json --identity-token token \
        --bundle ct.json file
    runs "unless --insecure-skip-verify says so" tally sign-blob "${ct[@]}" \
        --trusted-root ct-other.json --identity-token token \
        --insecure-skip-verify --bundle ct.json file
    runs "verify-blob: with the promise" tally verify-blob \
        --trusted-root ct-root.json "${alice_ct[@]}" --bundle ct.json file
    refused 'does not include required embedded SCT' tally verify-blob \
        --trusted-root root.json "${alice_ct[@]}" --bundle file.json file
fi

# an authority that is not the one that is trusted

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -keyout other.key -out other.pem -days 30 -subj /CN=other 2> /dev/null
tally trusted-root create --out other.json \
    --fulcio "url=$ca,certificate-chain=other.pem,start-time=2020-01-01T00:00:00Z" \
    --rekor "url=$log,public-key=log.pub,start-time=2020-01-01T00:00:00Z"
refused 'leaf certificate verification failed' "${blob[@]}" \
    --trusted-root other.json --identity-token "$(token "$alice")" file
is "$(ls x.json 2> /dev/null)" "" "nothing is written of what was refused"

is "$(cat registry/*.log fulcio.log | grep -cF "$(cat token)")" 0 \
    "no token is in a log"
registry_clean registry
done_testing
