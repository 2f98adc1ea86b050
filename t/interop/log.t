#!/bin/bash
#
# Signing with transparency logs: entries are uploaded, printed, demanded and
# verified.  The logs are doubles (log-double.pl); the real ones' entries are
# in sign-expected.t.

cd "$(dirname "$0")/../.." || exit 1

tally=$(readlink -f "${TALLY:-build/tally}")
double=$PWD/t/interop/log-double.pl

[ -x "$tally" ] || { echo "1..0 # SKIP tally is not built (make cli)"; exit; }
type -P openssl > /dev/null || { echo "1..0 # SKIP openssl is missing"; exit; }

work=$(mktemp -d) || exit 1
cd "$work" || exit 1
export HOME=$work COSIGN_PASSWORD=pw
count=0 failed=0 pids=()

trap 'kill "${pids[@]}"; rm -rf "$work"' EXIT

ok()
{
    count=$((count + 1))

    if [ "$1" -eq 0 ]; then
        echo "ok $count - $2"
    else
        echo "not ok $count - $2"
        sed 's/^/# /' err
        failed=$((failed + 1))
    fi
}


# log NUMBER PORT: a log with a key of its own, and its trusted root

log()
{
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
        -out log$1.pem 2> /dev/null
    openssl pkey -in log$1.pem -pubout -out log$1.pub
    openssl pkey -in log$1.pem -pubout -outform DER > log$1.der
    perl "$double" $2 log$1.pem $1 &
    pids+=($!)
    cat > root$1.json <<EOF
{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1",
 "tlogs":[{"baseUrl":"http://127.0.0.1:$2","publicKey":{"rawBytes":
 "$(base64 -w0 log$1.der)"},"logId":{"keyId":
 "$(openssl dgst -sha256 -binary log$1.der | base64)"}}]}
EOF
}

log 1 5291
log 2 5292

for _ in $(seq 50); do
    curl -s -o /dev/null http://127.0.0.1:5291/ \
        && curl -s -o /dev/null http://127.0.0.1:5292/ && break
    sleep 0.1
done

"$tally" generate-key-pair --output-key-prefix a 2> err
"$tally" generate-key-pair --output-key-prefix b 2> err
echo content > blob
echo other > other

for n in 1 2; do
    url=http://127.0.0.1:529$n
    "$tally" sign-blob -y --key a.key --rekor-url $url --bundle v$n.json \
        blob > sig 2> err
    ok $? "v$n: a blob is signed and logged"
    grep -q "tlog entry created with index: [0-9]" err
    ok $? "v$n: the entry's index is printed"
    "$tally" verify-blob --key a.pub --trusted-root root$n.json \
        --bundle v$n.json blob > out 2> err
    ok $? "v$n: it is verified with the entry"
    "$tally" verify-blob --key a.pub --trusted-root root$((3 - n)).json \
        --bundle v$n.json blob > out 2> err
    [ $? -eq 1 ]
    ok $? "v$n: not by the key of another log"
    "$tally" verify-blob --key b.pub --trusted-root root$n.json \
        --bundle v$n.json blob > out 2> err
    [ $? -eq 1 ]
    ok $? "v$n: not by another key"
    "$tally" verify-blob --key a.pub --trusted-root root$n.json \
        --bundle v$n.json other > out 2> err
    [ $? -eq 1 ]
    ok $? "v$n: not another blob"
done

"$tally" sign-blob -y --key a.key --rekor-url http://127.0.0.1:5291 \
    --new-bundle-format=false --bundle old.json blob > sig 2> err
ok $? "v1: the old form of a bundle"
"$tally" verify-blob --key a.pub --rekor-key log1.pub --bundle old.json \
    blob > out 2> err
ok $? "v1: it is verified with --rekor-key"
"$tally" verify-blob --key a.pub --rekor-key log2.pub --bundle old.json \
    blob > out 2> err
[ $? -eq 1 ]
ok $? "v1: not with the key of another log"

"$tally" sign-blob -y --key a.key --bundle none.json blob > sig 2> err
ok $? "no log is named: signed without one"
"$tally" verify-blob --key a.pub --bundle none.json blob > out 2> err
ok $? "no log is named: verified without one"
grep -q "No transparency log" err
ok $? "no log is named: which is said"
"$tally" verify-blob --key a.pub --trusted-root root1.json \
    --bundle none.json blob > out 2> err
[ $? -eq 1 ]
ok $? "a log is named: an entry is demanded"
"$tally" verify-blob --require-tlog --key a.pub --bundle none.json blob \
    > out 2> err
[ $? -eq 1 ]
ok $? "--require-tlog: fails when no log is known"
"$tally" sign-blob -y --key a.key --rekor-url http://127.0.0.1:5299 \
    --bundle x.json blob > sig 2> err
[ $? -eq 1 ] && [ ! -e x.json ]
ok $? "a log that does not answer: nothing is signed"

echo "1..$count"
exit $((failed > 0))
