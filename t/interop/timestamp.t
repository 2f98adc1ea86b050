#!/bin/bash
#
# Timestamps of signatures: an authority is asked, what it answers is checked,
# and tally and cosign verify it.  The authority is openssl (tsa-double.pl).

. "$(dirname "$0")/lib.sh"

tally=${TALLY:-${TALLY_BUILD:-$top/build}/tally}

[ -x "$tally" ] || skip_all "tally is not built (make cli)"
need cosign2 cosign3 skopeo

double=$top/t/interop/tsa-double.pl
cd "$work" || exit 1
export COSIGN_PASSWORD=pw
export DOCKER_CONFIG=$work TUF_ROOT=$work/tuf TUF_MIRROR=http://127.0.0.1:9


tally()
{
    timeout 60 "$tally" "$@"
}


# leaf NAME AUTHORITY: a certificate that may sign timestamps

leaf()
{
    local  name=$1 by=$2

    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -keyout "$name.key" -out "$name.csr" -subj "/O=lab/CN=$name" \
        2> /dev/null
    printf 'keyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n' \
        > ext
    openssl x509 -req -in "$name.csr" -CA "$by.root.pem" \
        -CAkey "$by.root.key" -CAcreateserial -days 30 -extfile ext \
        -out "$name.leaf.pem" 2> /dev/null
}


# authority NAME: a root and a leaf that may sign timestamps, NAME.pem the
# chain, and NAME.json the trusted root that names it

authority()
{
    local  name=$1

    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -keyout "$name.root.key" -out "$name.root.pem" -days 30 \
        -subj "/O=lab/CN=$name root" 2> /dev/null
    leaf "$name" "$name"
    cat "$name.leaf.pem" "$name.root.pem" > "$name.pem"

    cat > "$name.json" <<END
{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1",
 "timestampAuthorities":[{"subject":{},"uri":"http://127.0.0.1","certChain":
 {"certificates":[
 {"rawBytes":"$(openssl x509 -in "$name.leaf.pem" -outform DER | base64 -w0)"},
 {"rawBytes":"$(openssl x509 -in "$name.root.pem" -outform DER | base64 -w0)"}
 ]},"validFor":{"start":"2020-01-01T00:00:00Z"}}]}
END
}


authority ours
authority theirs
leaf rogue ours

cat > tsa.cnf <<END
[ts]
default_tsa = good
[good]
serial = $work/serial
crypto_device = builtin
signer_cert = $work/ours.leaf.pem
certs = $work/ours.root.pem
signer_key = $work/ours.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256, sha384, sha512
ess_cert_id_alg = sha256
[rogue]
serial = $work/serial
signer_cert = $work/rogue.leaf.pem
certs = $work/ours.root.pem
signer_key = $work/rogue.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256, sha384, sha512
ess_cert_id_alg = sha256
[tsa]
default_tsa = good
[refuse]
serial = $work/serial
signer_cert = $work/ours.leaf.pem
signer_key = $work/ours.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha512
END
echo 01 > serial

tsa=http://127.0.0.1:$((port + 5))
perl "$double" $((port + 5)) "$work" &
pids+=($!)

# the same authority behind TLS, for those who show a certificate of theirs

openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -keyout tls.key -out tls.csr -subj /CN=localhost 2> /dev/null
openssl x509 -req -in tls.csr -CA ours.root.pem -CAkey ours.root.key \
    -CAcreateserial -days 30 -out tls.pem \
    -extfile <(echo subjectAltName=DNS:localhost) 2> /dev/null
tls=(--timestamp-server-url "https://localhost:$((port + 6))/tsr"
     --timestamp-client-cacert ours.root.pem)
shown=(--timestamp-client-cert theirs.leaf.pem
       --timestamp-client-key theirs.key)
export HTTP_CONF="server {
    listen 127.0.0.1:$((port + 6)) ssl;
    ssl_certificate $work/tls.pem;
    ssl_certificate_key $work/tls.key;
    ssl_verify_client optional_no_ca;
    location / {
        if (\$ssl_client_s_dn = '') { return 403; }
        proxy_pass $tsa;
    }
}"

registry_start registry "$port" || exit 1
reg=localhost:$port
tally generate-key-pair 2> err || diag "$(cat err)"
layout_make image one > /dev/null
layout_make other two > /dev/null
skopeo copy -q --dest-tls-verify=false oci:image:latest "docker://$reg/lab/one:1"
skopeo copy -q --dest-tls-verify=false oci:other:latest "docker://$reg/lab/two:1"
image=$reg/lab/one@$(skopeo inspect --tls-verify=false -f '{{.Digest}}' \
               "docker://$reg/lab/one:1")
other=$reg/lab/two@$(skopeo inspect --tls-verify=false -f '{{.Digest}}' \
               "docker://$reg/lab/two:1")

by=(--key cosign.pub --use-signed-timestamps)
chain=(--timestamp-certificate-chain ours.pem)
root=(--trusted-root ours.json --insecure-ignore-tlog)
theirs=(--trusted-root theirs.json --insecure-ignore-tlog)
cosign=(--insecure-ignore-tlog --allow-insecure-registry)


# of images

runs "sign" tally sign --key cosign.key --timestamp-server-url "$tsa/tsr" \
    "$image"
tally sign --key cosign.key --timestamp-server-url "$tsa/tsr" "$image" 2> err
is "$(grep -c '^Timestamp fetched with time: 20' err)" 2 \
    "each format has its timestamp, and its time is said"

tally verify "${by[@]}" "${chain[@]}" "$image" > /dev/null 2> err
ok $? "verify by the chain"
like "$(cat err)" "signed timestamps were verified" "and it is said"
runs "verify by the trusted root" tally verify "${by[@]}" "${root[@]}" "$image"
fails "not by another authority's root" tally verify "${by[@]}" \
    "${theirs[@]}" "$image"
runs "cosign 2 verifies the old format" "$tool_cosign2" verify "${by[@]}" \
    "${cosign[@]}" "${chain[@]}" "$image"
runs "cosign 3 verifies the bundle" "$tool_cosign3" verify "${by[@]}" \
    "${cosign[@]}" "${root[@]}" "$image"

runs "over TLS, with a certificate" tally sign --key cosign.key "${tls[@]}" \
    "${shown[@]}" "$image"
fails "without it" tally sign --key cosign.key "${tls[@]}" "$image"
fails "without the authority of TLS" tally sign --key cosign.key "${tls[@]:0:2}" \
    "${shown[@]}" "$image"

openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out log.pem
openssl pkey -in log.pem -pubout -out log.pub
perl "$top/t/interop/log-double.pl" $((port + 7)) log.pem 1 &
pids+=($!)
runs "with an entry of a log" tally sign --key cosign.key --rekor-url \
    "http://127.0.0.1:$((port + 7))" --rekor-key log.pub \
    --timestamp-server-url "$tsa/tsr" "$image"
runs "both are verified" tally verify "${by[@]}" "${chain[@]}" \
    --rekor-key log.pub "$image"

echo '{"a":1}' > predicate
runs "attest" tally attest --key cosign.key --type custom \
    --predicate predicate --timestamp-server-url "$tsa/tsr" "$other"

tally verify-attestation "${by[@]}" --type custom "${chain[@]}" "$other" \
    > /dev/null 2> err
ok $? "verify-attestation"
like "$(cat err)" "signed timestamps were verified" "by its timestamp"
runs "cosign 2 verifies the old attestation" "$tool_cosign2" \
    verify-attestation "${by[@]}" --type custom "${cosign[@]}" "${chain[@]}" \
    "$other"
runs "cosign 3 verifies the new one" "$tool_cosign3" verify-attestation \
    "${by[@]}" --type custom "${cosign[@]}" "${root[@]}" "$other"


# of files

echo text > file
runs "sign-blob" tally sign-blob --key cosign.key --timestamp-server-url \
    "$tsa/tsr" --rfc3161-timestamp file.time --output-signature file.sig \
    --bundle file.bundle file
runs "verify-blob, detached" tally verify-blob "${by[@]}" "${chain[@]}" \
    --signature file.sig --rfc3161-timestamp file.time file
runs "verify-blob, a bundle" tally verify-blob "${by[@]}" "${root[@]}" \
    --bundle file.bundle file
runs "cosign 2 verifies it, detached" "$tool_cosign2" verify-blob "${by[@]}" \
    "${chain[@]}" --insecure-ignore-tlog --signature file.sig \
    --rfc3161-timestamp file.time file
runs "cosign 3 verifies the bundle" "$tool_cosign3" verify-blob "${by[@]}" \
    "${root[@]}" --bundle file.bundle file
runs "cosign 2 makes one" "$tool_cosign2" sign-blob -y --key cosign.key \
    --tlog-upload=false --timestamp-server-url "$tsa/tsr" \
    --rfc3161-timestamp its.time --output-signature its.sig file
runs "and verify-blob takes it" tally verify-blob "${by[@]}" "${chain[@]}" \
    --signature its.sig --rfc3161-timestamp its.time file
fails "a bundle has its own timestamp" tally verify-blob "${by[@]}" \
    "${chain[@]}" --bundle file.bundle --rfc3161-timestamp file.time file
fails "a timestamp of another signature" tally verify-blob "${by[@]}" \
    "${chain[@]}" --signature its.sig --rfc3161-timestamp file.time file


# the trust names a leaf: another one of the same authority is refused

runs "a timestamp by another leaf" tally sign-blob --key cosign.key \
    --timestamp-server-url "$tsa/rogue" --rfc3161-timestamp rogue.time \
    --output-signature rogue.sig --bundle rogue.bundle file
rogue=(--signature rogue.sig --rfc3161-timestamp rogue.time file)

for tool in "$tally" "$tool_cosign2" "$tool_cosign3"; do
    name=$([ "$tool" = "$tally" ] && echo tally || basename "${tool%/usr/*}")
    fails "$name refuses it in a bundle" timeout 60 "$tool" verify-blob \
        "${by[@]}" "${root[@]}" --bundle rogue.bundle file
    fails "$name refuses it, detached" timeout 60 "$tool" verify-blob \
        "${by[@]}" "${chain[@]}" --insecure-ignore-tlog "${rogue[@]}"
done

cat rogue.leaf.pem ours.root.pem > rogue.pem
runs "it is good by its own chain" tally verify-blob "${by[@]}" \
    --timestamp-certificate-chain rogue.pem "${rogue[@]}"
cat ours.leaf.pem rogue.pem > two.pem
for bad in ours.root.pem ours.leaf.pem two.pem; do
    like "$(tally verify-blob "${by[@]}" --timestamp-certificate-chain $bad \
            "${rogue[@]}" 2>&1)" '^Error: .*exactly one leaf' \
        "not by a chain with no leaf, no root or two leafs: $bad"
done


# by a signing config

cat > config.json <<END
{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json",
 "tsaUrls":[{"url":"$tsa/tsr","majorApiVersion":1,"operator":"lab",
             "validFor":{"start":"2020-01-01T00:00:00Z"}},
            {"url":"$tsa/busy","majorApiVersion":1,"operator":"lab",
             "validFor":{"start":"2020-01-01T00:00:00Z"}}],
 "tsaConfig":{"selector":"ANY"}}
END
sed s/ANY/ALL/ config.json > all.json

sed 's/"validFor":{/&"end":"2021-01-01T00:00:00Z",/' config.json > old.json
sed '3s/"validFor":{/&"end":"2021-01-01T00:00:00Z",/; s/busy/tsr/' all.json \
    > half.json
sed 's/"ALL"/"EXACT","count":2/' half.json > both.json

runs "one of several" tally sign --key cosign.key --signing-config config.json \
    "$image"
fails "all of them, and one is busy" tally sign --key cosign.key \
    --signing-config all.json "$image"
runs "all that are valid" tally sign --key cosign.key --signing-config \
    half.json "$image"
like "$(tally sign --key cosign.key --signing-config old.json "$image" 2>&1)" \
    "wants 1 of its timestamp authorities, and 0" "none is valid any more"
like "$(tally sign --key cosign.key --signing-config both.json "$image" 2>&1)" \
    "wants 2 of its timestamp authorities, and 1" "too few are"
sed 's/tsaUrls/rekorTlogUrls/' old.json > log.json
like "$(tally sign --key cosign.key --signing-config log.json "$image" 2>&1)" \
    "names no log that is valid now" "a log that is not valid any more"
fails "a config and a URL" tally sign --key cosign.key --signing-config \
    config.json --timestamp-server-url "$tsa/tsr" "$image"


# what does not hold is not pushed

before=$(tree_of registry/store)

refused()
{
    local  path=$1 why=$2 out

    out=$(tally sign --key cosign.key --timestamp-server-url "$tsa$path" \
          "$image" 2>&1)
    is "$?" 1 "$path: refused"
    like "$out" "$why" "$path: why"
}

refused /other "not of what was asked for"
refused /refuse "grants no timestamp"
refused /page "not a timestamp"
refused /busy "answered 503"
is "$(tree_of registry/store)" "$before" "nothing was pushed"

fails "an authority that the trusted root does not name" tally sign \
    --key cosign.key --tlog-upload=false --trusted-root theirs.json \
    --timestamp-server-url "$tsa/tsr" "$image"
fails "no place for it" tally sign-blob --key cosign.key \
    --timestamp-server-url "$tsa/tsr" file
fails "a place and no authority" tally sign-blob --key cosign.key \
    --rfc3161-timestamp x file
fails "TLS for no authority" tally sign --key cosign.key \
    --timestamp-client-cert x "$image"
fails "no authority to verify it by" tally verify-blob --key cosign.pub \
    --signature file.sig --rfc3161-timestamp file.time file

done_testing
