#!/bin/bash
#
# The smaller verbs and flags of signing, beside the cosign that has them.

. "$(dirname "$0")/lib.sh"

tally=${TALLY:-${TALLY_BUILD:-$top/build}/tally}

[ -x "$tally" ] || skip_all "tally is not built (make cli)"
need cosign2 cosign3

cd "$work" || exit 1
export COSIGN_PASSWORD=pw DOCKER_CONFIG=$work
export TUF_ROOT=$work/tuf TUF_MIRROR=http://127.0.0.1:9
host=127.0.0.1:$port


tally()
{
    timeout 60 "$tally" "$@"
}


cosign3()
{
    timeout 60 "$tool_cosign3" "$@"
}


# refuses REASON COMMAND...

refuses()
{
    local  why=$1 out

    shift
    out=$(tally "$@" 2>&1 < /dev/null) && out="accepted: $out"
    like "$out" "$why" "refused: $*"
}


www=http://127.0.0.1:$((port + 5))
export HTTP_CONF="server { listen 127.0.0.1:$((port + 5)); root $work/www; }"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -keyout ca.key -out ca.pem -days 30 -subj "/O=lab/CN=ca" 2> /dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -keyout tls.key -out tls.csr -subj /CN=tls 2> /dev/null
openssl x509 -req -in tls.csr -CA ca.pem -CAkey ca.key -CAcreateserial \
    -days 30 -out tls.pem \
    -extfile <(echo subjectAltName=DNS:registry.internal) 2> /dev/null
HTTP_CONF+="
    log_format name 'host=\$http_host';
    server {
        listen 127.0.0.1:$((port + 6)) ssl;
        ssl_certificate $work/tls.pem;
        ssl_certificate_key $work/tls.key;
        access_log $work/secure.log name;
        location / { proxy_pass http://127.0.0.1:$port; }
    }"
registry_start registry "$port" || exit 1
tally generate-key-pair 2> err || diag "$(cat err)"
tally generate-key-pair --output-key-prefix other 2> err || diag "$(cat err)"
digest=$(image app)
other=$(image other)
image=$host/app@$digest
offline=(--key cosign.pub --insecure-ignore-tlog)
echo text > file
echo other > second
echo '{"a":1}' > predicate
hash=$(sha256sum < file | cut -c1-64)

# generate

is "$(tally generate -a k=v "$image" | xxd -p)" \
    "$(cosign3 generate -a k=v "$image" 2> /dev/null | xxd -p)" \
    "generate: the payload is cosign's, byte by byte"
tally generate "$host/app:1" > payload
runs "sign --payload" tally sign --key cosign.key --payload payload "$image"
runs "tally verifies it" tally verify --key cosign.pub "$image"
runs "cosign 2 verifies it" timeout 60 "$tool_cosign2" verify \
    "${offline[@]}" "$image"
refuses 'of another image' sign --key cosign.key --payload payload \
    "$host/other@$other"
refuses 'excludes bundles' sign --key cosign.key --payload payload \
    --format both "$image"
refuses 'excludes bundles' sign --key cosign.key --payload payload -a a=b \
    "$image"

# attest-blob, verify-blob-attestation

runs "attest-blob" tally attest-blob --key cosign.key --predicate predicate \
    --bundle file.json --output-attestation file.att file
runs "tally verifies the bundle" tally verify-blob-attestation \
    --key cosign.pub --bundle file.json file
runs "cosign 3 verifies the bundle" cosign3 verify-blob-attestation \
    "${offline[@]}" --type custom --bundle file.json file
runs "cosign 2 verifies the envelope" timeout 60 "$tool_cosign2" \
    verify-blob-attestation "${offline[@]}" --type custom \
    --signature file.att file
runs "tally verifies the envelope" tally verify-blob-attestation \
    --key cosign.pub --signature file.att file
runs "by the digest alone" tally verify-blob-attestation --key cosign.pub \
    --bundle file.json --digest "$hash" --digestAlg sha256
refuses 'does not match' verify-blob-attestation --key cosign.pub \
    --bundle file.json second
refuses 'does not match' verify-blob-attestation --key cosign.pub \
    --signature file.att second
refuses 'does not match' verify-blob-attestation --key cosign.pub \
    --bundle file.json --digestAlg sha256 \
    --digest "$(sha256sum < second | cut -c1-64)"
refuses 'belong together' verify-blob-attestation --key cosign.pub \
    --bundle file.json --digest "$hash"
refuses 'no digest' verify-blob-attestation --key cosign.pub \
    --bundle file.json --digest xyz --digestAlg sha256
refuses 'one file' verify-blob-attestation --key cosign.pub \
    --bundle file.json --digest "$hash" --digestAlg sha256 file
refuses 'of type' verify-blob-attestation --key cosign.pub --type vuln \
    --bundle file.json file
refuses 'threshold' verify-blob-attestation --key other.pub \
    --bundle file.json file
refuses 'threshold' verify-blob-attestation --key other.pub \
    --signature file.att file

runs "attest-blob --hash" tally attest-blob --key cosign.key \
    --predicate predicate --hash "$hash" --bundle hash.json
runs "cosign 3 verifies it" cosign3 verify-blob-attestation "${offline[@]}" \
    --type custom --bundle hash.json file
runs "the old bundle" tally attest-blob --key cosign.key --predicate \
    predicate --new-bundle-format=false --bundle old.json file
runs "tally verifies the old bundle" tally verify-blob-attestation \
    --key cosign.pub --bundle old.json file
refuses 'does not match' verify-blob-attestation --key cosign.pub \
    --bundle old.json second

jq -r .dsseEnvelope.payload file.json | base64 -d > statement
runs "attest-blob --statement" tally attest-blob --key cosign.key \
    --statement statement --bundle st.json
runs "cosign 3 verifies that" cosign3 verify-blob-attestation \
    "${offline[@]}" --type custom --bundle st.json file
refuses 'not both' attest-blob --key cosign.key --statement statement \
    --predicate predicate file
refuses '64 digits' attest-blob --key cosign.key --predicate predicate \
    --hash 12
like "$(tally attest-blob --key cosign.key --predicate predicate file \
        2> /dev/null)" '^\{"payloadType":.*\}$' "printed without a place"
runs "cosign 2 attests a blob" timeout 60 "$tool_cosign2" attest-blob -y \
    --key cosign.key --tlog-upload=false --predicate predicate \
    --output-signature its.att file
runs "and tally verifies it" tally verify-blob-attestation --key cosign.pub \
    --signature its.att file

# attest --statement, --no-upload

sed "s/$hash/${digest#sha256:}/" statement > app.statement
runs "attest --statement" tally attest --key cosign.key \
    --statement app.statement "$image"
runs "tally verifies it" tally verify-attestation --key cosign.pub "$image"
runs "cosign 3 verifies it" cosign3 verify-attestation "${offline[@]}" \
    --type custom "$image"
refuses 'does not match' attest --key cosign.key --statement app.statement \
    "$host/other@$other"
tally attest --key cosign.key --predicate predicate --no-upload \
    --format bundle "$host/other@$other" > bundle.json 2> err
is "$(jq -r .mediaType bundle.json)" \
    application/vnd.dev.sigstore.bundle.v0.3+json "--no-upload: printed"
fails "and not pushed" tally verify-attestation --key cosign.pub \
    "$host/other@$other"

# trusted-root create, signing-config create

openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -keyout tsa.key -out tsa.csr -subj /CN=tsa 2> /dev/null
openssl x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial \
    -days 30 -extfile <(echo basicConstraints=CA:FALSE) 2> /dev/null \
    | cat - ca.pem > tsa.pem
openssl genpkey -algorithm ed25519 -out log.key
openssl pkey -in log.key -pubout -out log.pub
from=start-time=2026-01-01T00:00:00Z
root=(--rekor "url=http://log,public-key=cosign.pub,$from"
      --rekor "url=http://two:1/x,public-key=log.pub,$from,origin=two"
      --ctfe "url=http://ct,public-key=other.pub,$from"
      --fulcio "url=http://ca,certificate-chain=ca.pem"
      --tsa "url=http://tsa,certificate-chain=tsa.pem,end-time=2030-01-01T00:00:00Z")
runs "trusted-root create" tally trusted-root create --out root.json \
    "${root[@]}"
cosign3 trusted-root create --out their.json "${root[@]}"
is "$(jq -S '.tlogs |= sort_by(.baseUrl)' root.json)" \
    "$(jq -S '.tlogs |= sort_by(.baseUrl)' their.json)" \
    "trusted-root create: as cosign's"
runs "and it is read" tally verify --trusted-root root.json \
    --insecure-ignore-tlog --key cosign.pub "$image"

config=(--fulcio "url=http://ca,api-version=1,$from,operator=o"
        --oidc-provider "url=http://id,api-version=1,$from,operator=o"
        --rekor "url=http://log,api-version=2,$from,operator=o"
        --rekor-config ANY
        --tsa "url=http://tsa,api-version=1,$from,operator=o"
        --tsa-config EXACT:1)
is "$(tally signing-config create "${config[@]}")" \
    "$(cosign3 signing-config create "${config[@]}")" \
    "signing-config create: as cosign's, byte by byte"

refuses "required key 'start-time'" trusted-root create \
    --rekor url=a,public-key=log.pub
refuses 'is not a time' trusted-root create \
    --rekor url=a,public-key=log.pub,start-time=x
refuses 'invalid key-value pair' trusted-root create --rekor foo
refuses "unknown key 'x'" trusted-root create --rekor url=a,x=b
refuses 'No such file' trusted-root create \
    --rekor "url=a,public-key=missing,$from"
refuses 'no public key' trusted-root create \
    --rekor "url=a,public-key=file,$from"
refuses 'must be a leaf' trusted-root create \
    --tsa url=a,certificate-chain=ca.pem
refuses 'must be provided when --rekor' signing-config create \
    --rekor "url=a,api-version=1,$from,operator=o"
refuses 'invalid service config mode' signing-config create --tsa-config FOO
refuses 'invalid service config mode' signing-config create \
    --tsa-config EXACT:0
refuses 'is no number' signing-config create \
    --tsa "url=a,api-version=x,$from,operator=o"
refuses 'not asked' signing-config create --with-default-services
refuses 'create alone' trusted-root make

# attest --replace

digest=$(image replace)
echo '{"b":2}' > newer


# attested TYPE FILE [FLAG...]

attested()
{
    tally attest --key cosign.key --type "$1" --predicate "$2" "${@:3}" \
        "$host/replace@$digest" > out 2>&1
    ok $? "attest $*" || diag "$(cat out)"
}


# layers and referrers, by their predicate types

beside()
{
    get "http://$host/v2/replace/manifests/${digest/:/-}.att" \
        | jq -r '.layers[].annotations.predicateType'
    get "http://$host/v2/replace/referrers/$digest" | jq -r \
        '.manifests[].annotations["dev.sigstore.bundle.predicateType"]'
}

custom=https://cosign.sigstore.dev/attestation/v1
attested custom predicate
attested https://example.com/x predicate
attested custom predicate
is "$(beside | grep -c "$custom")" 4 "without --replace there is one more"
attested custom newer --replace
is "$(beside | grep -c "$custom")" 2 "--replace: one of each format is left"
is "$(beside | grep -c https://example.com/x)" 2 "and other types stay"
is "$(tally verify-attestation --key cosign.pub "$host/replace:1" \
      2> /dev/null | jq -r '.payload | @base64d | fromjson
      | .predicate.Data | fromjson | keys[]' | sort -u)" b \
    "what is left is the new one"
runs "cosign 2 verifies what is left" timeout 60 "$tool_cosign2" \
    verify-attestation "${offline[@]}" --type custom "$host/replace:1"
runs "and the other type" timeout 60 "$tool_cosign2" verify-attestation \
    "${offline[@]}" --type https://example.com/x "$host/replace:1"
runs "cosign 3 too" cosign3 verify-attestation "${offline[@]}" --type custom \
    "$host/replace:1"

# manifest verify, dockerfile verify

cat > pod.yaml <<END
apiVersion: v1
kind: Pod
spec:
  initContainers: [{name: first, image: "$host/app:1"}]
  containers:
  - name: a
    image: $image
  - {name: b, env: [{name: image, value: not/one}], image: '$image'}
---
kind: CronJob
spec: {jobTemplate: {spec: {template: {spec: {containers: [{image: $host/app:1}]}}}}}
END
tally manifest verify --key cosign.pub pod.yaml > out 2> err
is $? 0 "manifest verify" || diag "$(cat err)"
is "$(grep Extracted err)" "Extracted image(s): $host/app:1, $image" \
    "manifest verify: each image once"
refuses 'no matching signatures' manifest verify --key other.pub pod.yaml
sed "s|$image|$host/other:1|" pod.yaml > bad.yaml
refuses 'no signatures found' manifest verify --key cosign.pub bad.yaml
echo 'a: b' > none.yaml
refuses 'no images found in manifest' manifest verify --key cosign.pub none.yaml
printf 'x: &i %s\ncontainers: [{image: *i}]\n' "$image" > alias.yaml
refuses 'alias' manifest verify --key cosign.pub alias.yaml
printf 'a: [b\nc: }' > broken.yaml
refuses 'not YAML' manifest verify --key cosign.pub broken.yaml

cat > Dockerfile <<END
# syntax=docker/dockerfile:1
ARG NAME=app TAG
FROM --platform=linux/amd64 $host/\${NAME}:\${TAG:-1} \\
    # a comment within
    AS one
FROM one AS two
COPY --from=0 /a /a
COPY --from=one /a /a
RUN --mount=type=bind,from=$image,target=/x true
FROM scratch
COPY --from=Two /a /b
END
tally dockerfile verify --key cosign.pub Dockerfile > out 2> err
is $? 0 "dockerfile verify" || diag "$(cat err)"
is "$(grep Extracted err)" "Extracted image(s): $host/app:1, $image" \
    "dockerfile verify: images, and no stages"
refuses 'no images found' dockerfile verify --key cosign.pub \
    --base-image-only Dockerfile
sed -i '/scratch/d' Dockerfile
is "$(tally dockerfile verify --key cosign.pub --base-image-only Dockerfile \
      2>&1 > out | grep Extracted)" "Extracted image(s): $host/app:1" \
    "dockerfile verify: the base of the last stage"
refuses 'no matching signatures' dockerfile verify --key other.pub Dockerfile
echo "FROM $host/\$UNSET_NAME:1" > unset.docker
refuses 'without a value' dockerfile verify --key cosign.pub unset.docker
echo "COPY --from=$host/other:1 / /" > copy.docker
refuses 'no signatures found' dockerfile verify --key cosign.pub copy.docker

# bundle create

tally sign-blob --key cosign.key --output-signature file.sig \
    --new-bundle-format=false --bundle file.old file 2> /dev/null
made=(bundle create --artifact file --key cosign.pub --ignore-tlog)
is "$(tally "${made[@]}" --bundle file.old | jq -S .)" \
    "$(cosign3 "${made[@]}" --bundle file.old | jq -S \
       '.mediaType = "application/vnd.dev.sigstore.bundle.v0.3+json"')" \
    "bundle create: as cosign's, of an old bundle"
runs "bundle create: of a signature" tally "${made[@]}" \
    --signature file.sig --out made.json
runs "cosign 3 verifies it" cosign3 verify-blob "${offline[@]}" \
    --bundle made.json file
runs "bundle create: of an envelope" tally bundle create --key cosign.pub \
    --ignore-tlog --attestation file.att --out made.att
runs "cosign 3 verifies that" cosign3 verify-blob-attestation \
    "${offline[@]}" --type custom --bundle made.att file

openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out rekor.pem
openssl pkey -in rekor.pem -pubout -out rekor.pub
rekor=http://127.0.0.1:$((port + 7))
perl "$top/t/interop/log-double.pl" $((port + 7)) rekor.pem 1 &
pids+=($!)
runs "an old bundle with an entry of a log" tally sign-blob --key cosign.key \
    --rekor-url "$rekor" --rekor-key rekor.pub --new-bundle-format=false \
    --bundle logged.old file
runs "bundle create: with the entry" tally bundle create --artifact file \
    --key cosign.pub --bundle logged.old --rekor-url "$rekor" \
    --out logged.json
runs "tally verifies the entry" tally verify-blob --key cosign.pub \
    --rekor-key rekor.pub --bundle logged.json file
refuses '.--ignore-tlog leaves it out' bundle create --artifact file \
    --key cosign.pub --bundle logged.old
refuses 'not by that key' "${made[@]/cosign.pub/other.pub}" \
    --signature file.sig
refuses 'not by that key' bundle create --artifact second --key cosign.pub \
    --ignore-tlog --signature file.sig
refuses 'Give --key' bundle create --artifact file --ignore-tlog \
    --signature file.sig
refuses 'needs --artifact' bundle create

# upload blob

upload=(upload blob -f file:linux/amd64 -f predicate:darwin -a k=v -a 'b=<'
        --ct text/x)
tally "${upload[@]}" "$host/up-ours:1" > out 2> err
is $? 0 "upload blob" || diag "$(cat err)"
cosign3 "${upload[@]}" "$host/up-theirs:1" > /dev/null 2>&1
is "$(get "http://$host/v2/up-ours/manifests/1")" \
    "$(get "http://$host/v2/up-theirs/manifests/1")" \
    "upload blob: several files, as cosign has them"
is "$(cat out)" \
    "$host/up-ours@sha256:$(get "http://$host/v2/up-ours/manifests/1" \
      | sha256sum | cut -c1-64)" "upload blob: says where it is"
head -c 500 /dev/urandom > noise
gzip -c file > file.gz

for name in file noise file.gz; do
    tally upload blob -f $name "$host/up-ours:2" > /dev/null 2>&1
    cosign3 upload blob -f $name "$host/up-theirs:2" > /dev/null 2>&1
    is "$(get "http://$host/v2/up-ours/manifests/2")" \
        "$(get "http://$host/v2/up-theirs/manifests/2")" \
        "upload blob: $name alone, as cosign has it"
done

refuses 'No such file' upload blob -f missing "$host/up-ours:3"
refuses 'blob alone' upload thing -f file "$host/up-ours:3"

# --registry-server-name: the certificate has another name than the registry

secure=127.0.0.1:$((port + 6))
named=(verify --key cosign.pub --registry-cacert ca.pem)
runs "the name in the certificate" tally "${named[@]}" \
    --registry-server-name registry.internal "$secure/app:1"
fails "not without it" tally "${named[@]}" "$secure/app:1"
fails "and not by another name" tally "${named[@]}" \
    --registry-server-name elsewhere.internal "$secure/app:1"
is "$(grep -c "host=$secure" secure.log)" \
    "$(grep -c host= secure.log)" "HTTP names the registry all the same"

# a key from a web server, and one behind a plugin

mkdir -p www bin
cp cosign.pub www/
runs "a public key by its URL" tally verify --key "$www/cosign.pub" "$image"
runs "cosign 2 takes it, too" timeout 60 "$tool_cosign2" verify \
    --key "$www/cosign.pub" --insecure-ignore-tlog "$image"
refuses 'status 404' verify --key "$www/missing.pub" "$image"

openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out kms.pem
cat > bin/sigstore-kms-lab <<'END'
#!/bin/bash
key=$(dirname "$0")/../$(jq -r .initOptions.keyResourceID <<< "$2").pem
case $1,$(jq -r .methodName <<< "$2") in
v1,publicKey)
    jq -nc --arg p "$(openssl pkey -in "$key" -pubout | base64 -w0)" \
        '{publicKey:{publicKeyPEM:$p}}'
    ;;
v1,signMessage)
    jq -r .signMessage.signOptions.messageOptions.digest <<< "$2" \
        | base64 -d > "$0.digest"
    openssl pkeyutl -sign -inkey "$key" -in "$0.digest" | base64 -w0 > "$0.sig"
    jq -nc --rawfile s "$0.sig" '{signMessage:{signature:$s}}'
    ;;
*)
    echo '{"errorMessage":"no such method"}'
    ;;
esac
END
cat > bin/sigstore-kms-liar <<'END'
#!/bin/bash
"$(dirname "$0")/sigstore-kms-lab" "$@" | sed 's/"signature":"..../&AAAA/'
END
printf '#!/bin/bash\nexec sleep 600\n' > bin/sigstore-kms-slow
printf '#!/bin/bash\nexec cat /dev/zero\n' > bin/sigstore-kms-flood
cat > bin/sigstore-kms-none <<'END'
#!/bin/bash
echo '{"errorMessage":"no such key"}'
END
chmod +x bin/*
PATH=$work/bin:$PATH
digest=$(image kms)
runs "sign by a plugin" tally sign -y --key lab://kms "$host/kms@$digest"
tally public-key --key lab://kms > kms.pub
is "$(cat kms.pub)" "$(cosign3 public-key --key lab://kms)" \
    "public-key: as cosign 3 has it of the same plugin"
runs "verify by it" tally verify --key lab://kms "$host/kms:1"
runs "cosign 3 verifies it" cosign3 verify --key kms.pub \
    --insecure-ignore-tlog "$host/kms:1"
refuses 'not on the PATH' sign-blob --key nobody://kms file
refuses 'by its own public key' sign-blob --key liar://kms file
refuses 'no such key' sign-blob --key none://kms file
refuses 'took too long' sign-blob --key slow://kms --timeout 1s file
refuses 'answered more' sign-blob --key flood://kms file

# env, completion

like "$(COSIGN_REPOSITORY=a/b tally env)" '^COSIGN_REPOSITORY=a/b$' "env"
like "$(tally env)" '^COSIGN_PASSWORD=\*{6}$' "env: a password is not shown"
like "$(tally env --show-sensitive-values)" '^COSIGN_PASSWORD=pw$' \
    "env: unless it is asked for"
is "$(tally env --show-descriptions=false | grep -vc =)" 0 \
    "env: without descriptions"
refuses 'bash, zsh, fish or powershell' completion csh

registry_clean registry
done_testing
