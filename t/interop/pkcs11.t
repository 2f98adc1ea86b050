#!/bin/bash
#
# Keys in tokens (SoftHSM): tally signs by them through libp11's engine and
# through OpenSSL's pkcs11 provider; tally and both cosigns verify.

. "$(dirname "$0")/lib.sh"

tally=${TALLY:-${TALLY_BUILD:-$top/build}/tally}

[ -x "$tally" ] || skip_all "tally is not built (make cli)"
need softhsm2-util pkcs11-tool cosign2 cosign3

for library in /usr/lib/softhsm/libsofthsm2.so \
               /usr/lib/*/softhsm/libsofthsm2.so
do
    [ -e "$library" ] && break
done

[ -e "$library" ] || skip_all "SoftHSM's library is not where Debian has it"

cd "$work" || exit 1
export SOFTHSM2_CONF=$work/softhsm2.conf COSIGN_PASSWORD=pw
export DOCKER_CONFIG=$work TUF_ROOT=$work/tuf TUF_MIRROR=http://127.0.0.1:9
unset COSIGN_PKCS11_PIN COSIGN_PKCS11_MODULE_PATH PKCS11_MODULE_PATH
host=127.0.0.1:$port


# a token with an EC and an RSA key, and one that has none

token_make()
{
    mkdir -p "$work/tokens"
    echo "directories.tokendir = $work/tokens" > "$SOFTHSM2_CONF"

    "$tool_softhsm2_util" --init-token --free --label build --pin 1234 \
        --so-pin 5678
    "$tool_softhsm2_util" --init-token --free --label empty --pin 1234 \
        --so-pin 5678
    "$tool_pkcs11_tool" --module "$library" --token-label build --login \
        --pin 1234 --keypairgen --key-type EC:prime256v1 --label release \
        --id 01
    "$tool_pkcs11_tool" --module "$library" --token-label build --login \
        --pin 1234 --keypairgen --key-type rsa:2048 --label rsa --id 02
    "$tool_pkcs11_tool" --module "$library" --token-label build \
        --read-object --type pubkey --label release -o ec.der
    "$tool_pkcs11_tool" --module "$library" --token-label build \
        --read-object --type pubkey --label rsa -o rsa.der
    openssl pkey -pubin -inform DER -in ec.der -out ec.pub \
        && openssl pkey -pubin -inform DER -in rsa.der -out rsa.pub
}


tally()
{
    timeout 60 "$tally" "$@"
}


# all that is done by one of the ways to a token; $way names it

try_way()
{
    local  key id uri=pkcs11:token=build digest
    local  at="?module-path=$library"

    for key in ec rsa; do
        id=01
        [ $key = rsa ] && id=02

        is "$(tally public-key --key "$uri;id=%$id$at" 2>&1)" \
            "$(cat $key.pub)" "$way: public-key of $key"

        digest=$(image "$way-$key")
        runs "$way: $key signs an image, PIN in the URI" tally sign -y \
            --key "$uri;id=%$id$at&pin-value=1234" "$host/$way-$key@$digest"
        runs "$way: $key: tally verifies by the public key" \
            tally verify --key $key.pub "$host/$way-$key:1"
        runs "$way: $key: tally verifies by the token" \
            tally verify --key "$uri;id=%$id$at" "$host/$way-$key:1"
        runs "$way: $key: cosign 2 verifies" "$tool_cosign2" verify \
            --key $key.pub --insecure-ignore-tlog "$host/$way-$key:1"
        runs "$way: $key: cosign 3 verifies the bundle" "$tool_cosign3" \
            verify --key $key.pub --insecure-ignore-tlog "$host/$way-$key:1"
    done

    fails "$way: the other key does not verify it" \
        tally verify --key "$uri;id=%02$at" "$host/$way-ec:1"

    export COSIGN_PKCS11_MODULE_PATH=$library
    runs "$way: a blob, PIN and library in variables" env \
        COSIGN_PKCS11_PIN=1234 "$tally" sign-blob --bundle "$way.json" \
        --key "$uri;object=release" ec.pub
    runs "$way: tally verifies the blob" tally verify-blob --key ec.pub \
        --bundle "$way.json" ec.pub
    runs "$way: cosign 3 verifies the blob" "$tool_cosign3" verify-blob \
        --key ec.pub --insecure-ignore-tlog --bundle "$way.json" ec.pub

    echo 1234 > pin
    runs "$way: pin-source is a file" tally sign-blob \
        --key "$uri;object=release?pin-source=file:$work/pin" ec.pub

    way_refuses "$uri"
    unset COSIGN_PKCS11_MODULE_PATH
}


way_refuses()
{
    local  uri=$1 out

    out=$(tally sign-blob --key "$uri;object=release?pin-value=9999" ec.pub \
        2>&1 < /dev/null)
    is $? 1 "$way: a wrong PIN signs nothing"
    like "$out" '^Error: no private key pkcs11:' "$way: which is said"
    is "$(grep -c 9999 <<< "$out")" 0 "$way: without the PIN"

    out=$(timeout 120 setsid -w "$tally" sign-blob \
        --key "$uri;object=release" ec.pub 2>&1 < /dev/null)
    like "$out" '^Error: the token wants a PIN: set COSIGN_PKCS11_PIN' \
        "$way: no PIN, no terminal: what to do is said"

    fails "$way: no such key" env COSIGN_PKCS11_PIN=1234 timeout 120 \
        "$tally" sign-blob --key "$uri;object=nothing" ec.pub
    fails "$way: no such token" env COSIGN_PKCS11_PIN=1234 timeout 120 \
        "$tally" sign-blob --key "pkcs11:token=x;object=release" ec.pub
}


token_make > token.log 2>&1
ok $? "a token with two keys is made" || diag "$(cat token.log)"
registry_start registry "$port" || exit 1

way=engine
engines=$(openssl version -e | sed 's/.*"\(.*\)"/\1/')

if [ -e "$engines/pkcs11.so" ]; then
    # a provider that the machine has would be preferred
    OPENSSL_MODULES=$work try_way
else
    skip "engine: libengine-pkcs11-openssl is not installed"
fi

way=provider

if [ -n "${TALLY_SANITIZE-}" ]; then
    skip "provider: it loads libraries in a way that ASan refuses"
elif why=$(tool_skip pkcs11-provider); then
    skip "provider: $why"
else
    modules=$(echo "$(tool_path pkcs11-provider)"/*/ossl-modules)
    OPENSSL_MODULES=$modules try_way
fi

out=$(tally sign-blob --key "pkcs11:token=build;object=a?module-path=x.so" \
    ec.pub 2>&1)
like "$out" 'no file with an absolute path' "a library without a path"
out=$(tally sign-blob --key "pkcs11:object=a" ec.pub 2>&1)
like "$out" 'token=NAME or slot-id=N' "a URI without a token"
out=$(tally sign-blob --key "pkcs11:token=%zz;object=a" ec.pub 2>&1)
like "$out" 'malformed pkcs11: URI, in its token' "a malformed URI"

registry_clean registry
done_testing
