#!/bin/bash
#
# What flags of signing do, beside what cosign.t and sign-expected.t have:
# signatures as referrers, certificates of one's own, and what is refused
# because it could only be passed over in silence.

. "$(dirname "$0")/lib.sh"

tally=${TALLY:-${TALLY_BUILD:-$top/build}/tally}

[ -x "$tally" ] || skip_all "tally is not built (make cli)"
need cosign2 cosign3 jq

cd "$work" || exit 1
export COSIGN_PASSWORD=pw COSIGN_EXPERIMENTAL=1
export DOCKER_CONFIG=$work TUF_ROOT=$work/tuf TUF_MIRROR=http://127.0.0.1:9
host=127.0.0.1:$port


tally()
{
    timeout 60 "$tally" "$@"
}


# refuses REASON COMMAND...: status 1 or 2, and the reason is said

refuses()
{
    local  why=$1 out

    shift
    out=$(timeout 60 "$tally" "$@" 2>&1 < /dev/null) && out="accepted: $out"
    like "$out" "$why" "refused: $*"
}


# a root, an intermediate, a certificate of a.key for builder@example.com

certificates()
{
    local  pub=$1

    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -keyout root.pem -out root.crt -days 30 -subj /CN=root \
        -addext basicConstraints=critical,CA:TRUE
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -keyout middle.pem -out middle.csr -subj /CN=middle
    printf '%s\n' basicConstraints=critical,CA:TRUE,pathlen:0 \
        keyUsage=critical,keyCertSign > middle.ext
    openssl x509 -req -in middle.csr -CA root.crt -CAkey root.pem -days 30 \
        -CAcreateserial -extfile middle.ext -out middle.crt
    printf '%s\n' keyUsage=critical,digitalSignature \
        extendedKeyUsage=codeSigning \
        subjectAltName=critical,email:builder@example.com > leaf.ext
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -keyout other.pem -out leaf.csr -subj /CN=leaf
    openssl x509 -req -in leaf.csr -CA middle.crt -CAkey middle.pem -days 30 \
        -CAcreateserial -extfile leaf.ext -force_pubkey "$pub" -out leaf.crt
    cat middle.crt root.crt > chain.crt
}


registry_start registry "$port" || exit 1

for key in a b; do
    tally generate-key-pair --output-key-prefix $key 2> err \
        || diag "$(cat err)"
done

certificates a.pub > cert.log 2>&1
ok $? "a certificate of a key is made" || diag "$(cat cert.log)"

# --registry-referrers-mode

digest=$(image oci11)
runs "oci-1-1: a signs" tally sign -y --key a.key --format legacy \
    --registry-referrers-mode=oci-1-1 "$host/oci11@$digest"
is "$(status_of "http://$host/v2/oci11/manifests/${digest/:/-}.sig")" 404 \
    "oci-1-1: there is no tag of signatures"
is "$(get "http://$host/v2/oci11/referrers/$digest" \
      | jq -r '.manifests[].artifactType')" \
    application/vnd.dev.cosign.artifact.sig.v1+json \
    "oci-1-1: a referrer of cosign's type"

for tool in "$tally" "$tool_cosign2" "$tool_cosign3"; do
    runs "oci-1-1: ${tool##*/tally-test*/} verifies" timeout 60 "$tool" \
        verify --key a.pub --insecure-ignore-tlog --experimental-oci11 \
        "$host/oci11:1"
    fails "oci-1-1: and refuses another key" timeout 60 "$tool" \
        verify --key b.pub --insecure-ignore-tlog --experimental-oci11 \
        "$host/oci11:1"
done

runs "oci-1-1: a signs again" tally sign -y --key a.key --format legacy \
    --registry-referrers-mode=oci-1-1 "$host/oci11@$digest"
is "$(get "http://$host/v2/oci11/referrers/$digest" | jq '.manifests|length')" \
    1 "oci-1-1: the same signature is not written twice"
runs "oci-1-1: b signs too" tally sign -y --key b.key --format legacy \
    --registry-referrers-mode=oci-1-1 "$host/oci11@$digest"

for key in a b; do
    runs "oci-1-1: tally finds the signature of $key" tally verify \
        --key $key.pub --experimental-oci11 "$host/oci11:1"
done

is "$(tally verify --key a.pub --experimental-oci11 "$host/oci11:1" \
      2> /dev/null | jq length)" 1 "oci-1-1: and shows it once"

digest=$(image oci11-cosign)
runs "oci-1-1: cosign 2 signs" timeout 60 "$tool_cosign2" sign -y \
    --key a.key --tlog-upload=false --registry-referrers-mode=oci-1-1 \
    "$host/oci11-cosign@$digest"
runs "oci-1-1: tally verifies it" tally verify --key a.pub \
    --experimental-oci11 "$host/oci11-cosign:1"

# --certificate and --certificate-chain

digest=$(image cert)
runs "certificate: tally signs" tally sign -y --key a.key --certificate \
    leaf.crt --certificate-chain chain.crt "$host/cert@$digest"

who=(--certificate-identity builder@example.com --insecure-ignore-sct
     --certificate-oidc-issuer-regexp '.*' --insecure-ignore-tlog)

for tool in "$tally" "$tool_cosign2"; do
    runs "certificate: ${tool##*/tally-test*/} verifies by identity" \
        timeout 60 "$tool" verify "${who[@]}" --certificate-chain chain.crt \
        "$host/cert:1"
    fails "certificate: and refuses another identity" timeout 60 "$tool" \
        verify "${who[@]}" --certificate-identity x@example.com \
        --certificate-chain chain.crt "$host/cert:1"
    runs "certificate: and verifies by the key" timeout 60 "$tool" verify \
        --key a.pub --insecure-ignore-tlog "$host/cert:1"
done

is "$(tally download signature "$host/cert:1" \
      | jq -r '.verificationMaterial.certificate.rawBytes // empty')" \
    "$(openssl x509 -in leaf.crt -outform DER | base64 -w0)" \
    "certificate: it is in the bundle"
echo content > blob
runs "certificate: a blob is signed with it" tally sign-blob --key a.key \
    --certificate leaf.crt --bundle blob.json blob
runs "certificate: tally verifies the blob by identity" tally verify-blob \
    "${who[@]}" --certificate-chain chain.crt --bundle blob.json blob

refuses 'not that of --key' sign -y --key b.key --certificate leaf.crt \
    "$host/cert@$digest"
refuses 'goes with --certificate' sign -y --key a.key --certificate-chain \
    chain.crt "$host/cert@$digest"
refuses 'certificate' sign -y --key a.key --certificate leaf.crt \
    --certificate-chain root.crt "$host/cert@$digest"

# nothing is passed over in silence

image=$host/cert@$digest
refuses 'of a certificate' verify --key a.pub --sct x "$image"
refuses 'name the attached image' verify --key a.pub --attachment sbom \
    "$image"
refuses 'by the key alone' sign --key a.key --output-certificate x "$image"
refuses 'no browser' sign --key a.key --fulcio-auth-flow device "$image"
refuses 'is of a --key' sign --identity-token x --fulcio-url http://x \
    --certificate leaf.crt "$image"
refuses 'sign needs one --key' sign "$image"
refuses 'no certificate authority' sign --identity-token x "$image"
refuses 'needs --issue-certificate' sign --identity-token x --key a.key \
    "$image"
refuses 'no identity token' sign --fulcio-url http://x "$image"
refuses 'cue or opa' verify-attestation --key a.pub --policy x.rego "$image"
refuses 'legacy or oci-1-1' sign --key a.key --registry-referrers-mode x \
    "$image"
refuses 'old format' sign --key a.key --format bundle --output-signature x \
    "$image"
refuses 'old format' sign --key a.key --format bundle \
    --registry-referrers-mode oci-1-1 "$image"
refuses 'old format' sign --key a.key --format bundle \
    --attachment-tag-prefix x "$image"
refuses 'no tag' sign --key a.key --registry-referrers-mode oci-1-1 \
    --attachment-tag-prefix x "$image"
refuses 'writes a bundle' sign --key a.key --format legacy --bundle x "$image"
refuses 'writes a bundle' attest --key a.key --format legacy --bundle x \
    --predicate blob "$image"
refuses 'needs --signing-config FILE' sign --key a.key --use-signing-config "$image"
echo '{"rekorTlogUrls":[]}' > config.json
refuses 'exclude it' sign --key a.key --signing-config config.json \
    --tlog-upload=false "$image"
refuses 'exclude each other' sign --key a.key --require-tlog \
    --tlog-upload=false "$image"
refuses 'goes with --signature' verify --key a.pub --payload blob "$image"
refuses 'goes with --ca-roots' verify "${who[@]}" --ca-intermediates x \
    "$image"
refuses 'exclude each other' verify "${who[@]}" --ca-roots root.crt \
    --certificate-chain chain.crt "$image"
refuses 'by the key' verify --key a.pub "${who[@]}" "$image"
refuses 'excludes --certificate' verify --key a.pub --certificate-chain \
    chain.crt "$image"
refuses 'goes with --key' verify "${who[@]}" --certificate-chain chain.crt \
    --signature-digest-algorithm sha384 "$image"
refuses 'from 1 on' verify --key a.pub --max-workers 0 "$image"
refuses 'exclude each other' verify-blob --key a.pub --bundle blob.json \
    --signature x blob

refuses 'demands an entry' verify --key a.pub --rekor-key a.pub \
    --insecure-ignore-tlog "$image"
refuses 'demands an entry' verify --key a.pub --rekor-key a.pub \
    --private-infrastructure "$image"
refuses 'of the old format' verify --key a.pub --new-bundle-format \
    --experimental-oci11 "$image"
refuses 'of the old format' verify --key a.pub --new-bundle-format \
    --signature x "$image"
refuses 'of the old format' verify-blob --key a.pub --new-bundle-format \
    --signature x blob
refuses 'exclude each other' verify --key a.pub --signature x \
    --experimental-oci11 "$image"
refuses 'exclude each other' verify --key a.pub --registry-token x \
    --registry-username y "$image"

for n in 0 -1 2; do
    refuses 'a number from 1' verify --key a.pub --threshold $n "$image"
done

runs "--threshold 1" tally verify --key a.pub --threshold 1 "$image"

# identities: what is given must all hold; expressions are RE2's

blob=(verify-blob --insecure-ignore-sct --insecure-ignore-tlog
      --certificate-chain chain.crt --bundle blob.json blob)
is_builder=(--certificate-identity builder@example.com
            --certificate-oidc-issuer-regexp '.*')
runs "an identity and an expression that both fit" tally "${blob[@]}" \
    "${is_builder[@]}" --certificate-identity-regexp '^builder@'
refuses 'none of the expected' "${blob[@]}" "${is_builder[@]}" \
    --certificate-identity-regexp nomatch
refuses 'none of the expected' "${blob[@]}" "${is_builder[@]}" \
    --certificate-oidc-issuer https://issuer
runs "a detached signature" tally sign-blob --key a.key \
    --output-signature blob.sig blob


# identity EXPRESSION: is it what both say of it?

identity()
{
    local  re=$1 want=$2 tool out

    for tool in "$tally" "$tool_cosign2"; do
        out=refused
        timeout 60 "$tool" verify-blob --insecure-ignore-sct \
            --insecure-ignore-tlog --certificate-chain chain.crt \
            --certificate leaf.crt --signature blob.sig \
            --certificate-identity-regexp "$re" \
            --certificate-oidc-issuer-regexp '.*' blob > out 2>&1 \
            && out=verified
        is $out "$want" "$(basename "${tool%/usr/*}"): the expression $re is $want" \
            || diag "$(cat out)"
    done
}

for re in '^(?i)BUILDER@' '(?P<n>builder)@' '(?<n>builder)@' 'b.*?@' \
          '\Qbuilder\E@' '[[:alpha:]]+@' '\pL+@' 'b\x75ilder' '\142uilder' \
          '(?:build|make)er@' 'b{1,}u' 'b{1}uil' 'example\.com$' '\Abuilder' \
          'com\z' '[^\d]uilder' '(?is-m:builder)' '[]b]uilder' \
          'builder|b{,1}x' '[^\v]uilder'
do
    identity "$re" verified
done

for re in '(?=builder)' '(?!x)builder' '(?<=b)uilder' '(?<!x)builder' \
          '(b)uilder|\1' '(?P<n>b)|(?P=n)' '\k<n>' '\g1' '(?>b)uilder' 'b++' \
          'b*+' 'b?+' 'b{1}+' '(?R)?b' '(?|b|c)' '(?#c)b' 'com\Z' 'b\K' '\h' \
          '\R?b' '(*UTF)b' '(?x)b' 'b{1001}' 'b**' '(?(1)b|c)' '[[.b.]]' '(b' \
          'b)' '\x{zz}' '^b{,1}uilder' '\vbuilder'
do
    identity "$re" refused
done

# the promise of a CT log (RFC 6962, 3.2), beside a certificate without one


# bytes N SIZE: a number, big-endian

bytes()
{
    printf "%0$(($2 * 2))x" "$1" | xxd -r -p
}


# promise KEY TIME: of leaf.crt, an AddChainResponse

promise()
{
    local  id len sig

    openssl x509 -in leaf.crt -outform DER > leaf.der
    id=$(openssl pkey -in "$1" -pubout -outform DER | openssl dgst -sha256 \
         -binary | base64 -w0)
    { bytes 0 2; bytes "$2" 8; bytes 0 2
      bytes "$(stat -c %s leaf.der)" 3; cat leaf.der; bytes 0 2; } > promised
    openssl dgst -sha256 -sign "$1" promised > promise.sig
    len=$(stat -c %s promise.sig)
    sig=$({ bytes 4 1; bytes 3 1; bytes "$len" 2; cat promise.sig; } \
          | base64 -w0)
    printf '{"sct_version":0,"id":"%s","timestamp":%s,"extensions":"",' \
        "$id" "$2"
    printf '"signature":"%s"}' "$sig"
}

for name in ct ct2; do
    openssl ecparam -name prime256v1 -genkey -noout -out $name.key
    openssl pkey -in $name.key -pubout -out $name.pub
done

now=$(date +%s)000
promise ct.key "$now" > sct.json
promise ct2.key "$now" > sct2.json
jq -c ".timestamp += 1" sct.json > sct-later.json
jq -c '.sct_version = 1' sct.json > sct-version.json
echo '{}' > sct-empty.json
by_sct=(verify-blob --insecure-ignore-tlog --certificate leaf.crt
        --certificate-chain chain.crt --signature blob.sig
        --certificate-identity builder@example.com
        --certificate-oidc-issuer-regexp '.*')
export SIGSTORE_CT_LOG_PUBLIC_KEY_FILE=$work/ct.pub

for tool in "$tally" "$tool_cosign2"; do
    runs "$(basename "${tool%/usr/*}"): a detached SCT" timeout 60 "$tool" \
        "${by_sct[@]}" --sct sct.json blob

    for name in sct2 sct-later sct-version sct-empty; do
        fails "$(basename "${tool%/usr/*}"): no SCT of it: $name" timeout 60 \
            "$tool" "${by_sct[@]}" --sct $name.json blob
    done

    fails "$(basename "${tool%/usr/*}"): none at all" timeout 60 "$tool" \
        "${by_sct[@]}" blob
done

refuses 'detached SCT is of another' "${by_sct[@]}" --sct sct2.json blob
refuses 'is no AddChainResponse' "${by_sct[@]}" --sct sct-empty.json blob
refuses 'exclude it' "${by_sct[@]}" --insecure-ignore-sct --sct sct.json blob
unset SIGSTORE_CT_LOG_PUBLIC_KEY_FILE

# a new key has a password, or it is said that it has none

rm -f none.*
like "$(unset COSIGN_PASSWORD; tally generate-key-pair --output-key-prefix \
        none 2>&1 < /dev/null)" 'COSIGN_PASSWORD=' "an empty password is refused"
ok "$([ ! -e none.key ]; echo $?)" "and no key is made"
runs "an empty one on request" env COSIGN_PASSWORD= "$tally" \
    generate-key-pair --output-key-prefix none

for n in 2000 100000; do
    head -c $n /dev/zero | tr '\0' p > long
    (unset COSIGN_PASSWORD; tally generate-key-pair --output-key-prefix long$n \
        < long > err 2>&1)
    ok $? "a key with a password of $n bytes" || diag "$(cat err)"
    runs "and all of it counts" env COSIGN_PASSWORD="$(cat long)" "$tally" \
        sign-blob --key long$n.key --bundle long.json blob
    fails "and not a part of it" env COSIGN_PASSWORD="$(head -c 1023 long)" \
        "$tally" sign-blob --key long$n.key --bundle long.json blob
done

like "$(tally verify --key b.pub "$image" 2>&1; tally verify --key a.pub \
        "$host/oci11@$(tally triangulate --type digest "$host/oci11:1" \
        | sed 's/.*@//')" 2>&1)" 'for [^@]*@sha256:[0-9a-f]{64}$' \
    "an image without a signature is named with one digest"

for flag in --recursive --format=both --upload=false \
            --sign-container-identity=x --record-creation-timestamp
do
    refuses 'unknown flag' sign-blob --key a.key $flag blob
done

refuses 'by its digest' attest --key a.key --recursive --predicate blob \
    "$image"
refuses 'unknown flag' verify-attestation --key a.pub --threshold 2 "$image"
like "$(COSIGN_TLOG_UPLOAD=false tally sign-blob --key a.key blob 2>&1)" \
    'No transparency log is used: --tlog-upload=false' \
    "a log that is left out is said so"

# each flag of both cosigns is taken, or refused by name

known=0

for verb in attach 'attach attestation' 'attach sbom' 'attach signature' \
            attest attest-blob 'bundle create' clean completion copy \
            'dockerfile verify' 'download attestation' 'download sbom' \
            'download signature' env generate generate-key-pair \
            import-key-pair initialize load login 'manifest verify' \
            public-key save sign sign-blob 'signing-config create' tree \
            triangulate 'trusted-root create' 'upload blob' verify \
            verify-attestation verify-blob verify-blob-attestation version
do
    unknown=

    # shellcheck disable=SC2086
    for flag in $({ "$tool_cosign2" $verb --help; "$tool_cosign3" $verb --help
                  } 2> /dev/null \
                  | sed -nE 's/^ +(-., )?--([a-z0-9A-Z-]+).*/\2/p' | sort -u)
    do
        known=$((known + 1))
        tally $verb "--$flag=x" < /dev/null 2>&1 | grep -q 'unknown flag' \
            && [ "$flag" != help ] && unknown+=" --$flag"
    done

    is "$unknown" '' "flags of cosign $verb that nobody here knows"
done

[ "$known" -gt 500 ]
ok $? "they have some hundreds of them"

refuses 'pkcs11:' sign --sk --key a.key "$image"
refuses 'pkcs11:' verify --slot signature --key a.pub "$image"
refuses 'of one image' manifest verify --signature x --key a.pub blob
refuses 'config.json' verify --k8s-keychain --key a.pub "$image"
refuses '--password-stdin' login --password x "$host"
refuses 'tally attest' attach sbom --sbom blob "$image"
refuses 'certificate-chain=FILE' trusted-root create --certificate-chain x
runs "--k8s-keychain=false changes nothing" tally verify --key a.pub \
    --k8s-keychain=false --insecure-ignore-tlog "$image"

rm -f said
runs "--output-file has what goes to standard output" tally verify \
    --output-file said --key a.pub --insecure-ignore-tlog "$image"
is "$(jq -r '.[0].critical.type' said | head -n 1)" \
    "$(tally verify --key a.pub --insecure-ignore-tlog "$image" 2> /dev/null \
       | jq -r '.[0].critical.type' | head -n 1)" "all of it"
runs "it may stand before the verb" tally --output-file said version
like "$(cat said)" '[0-9]' "as other flags of every verb"
fails "a file that cannot be written" tally version --output-file /none/said

registry_clean registry
done_testing
