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

trap 'kill "${pids[@]}" 2> /dev/null; rm -rf "$work"' EXIT

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
 "$(base64 -w0 log$1.der)","validFor":{"start":"2020-01-01T00:00:00Z"}},
 "logId":{"keyId":
 "$(openssl dgst -sha256 -binary log$1.der | base64)"}}]}
EOF
}

base=${TALLY_PORT:-5290}


# a log that errs, for a moment

liar()
{
    perl "$double" "$@" &
    liar=$!
    pids+=("$liar")

    for _ in $(seq 1200); do
        curl -s -o /dev/null http://127.0.0.1:$1/ && return
        sleep 0.1
    done
}


liar_stop()
{
    kill $liar
    wait $liar 2> /dev/null
}


log 1 $((base + 1))
log 2 $((base + 2))

for _ in $(seq 1200); do
    curl -s -o /dev/null http://127.0.0.1:$((base + 1))/ \
        && curl -s -o /dev/null http://127.0.0.1:$((base + 2))/ && break
    sleep 0.1
done

"$tally" generate-key-pair --output-key-prefix a 2> err
"$tally" generate-key-pair --output-key-prefix b 2> err
echo content > blob
echo other > other

for n in 1 2; do
    url=http://127.0.0.1:$((base + n))
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

"$tally" sign-blob -y --key a.key --rekor-url http://127.0.0.1:$((base + 1)) \
    --new-bundle-format=false --bundle old.json blob > sig 2> err
ok $? "v1: the old form of a bundle"
"$tally" verify-blob --key a.pub --rekor-key log1.pub --bundle old.json \
    blob > out 2> err
ok $? "v1: it is verified with --rekor-key"
"$tally" verify-blob --key a.pub --rekor-key log2.pub --bundle old.json \
    blob > out 2> err
[ $? -eq 1 ]
ok $? "v1: not with the key of another log"

# the answer is verified before anything is written

for n in 1 2; do
    url=http://127.0.0.1:$((base + n))
    other=log$((3 - n)).pub

    "$tally" sign-blob -y --key a.key --rekor-url $url --rekor-key log$n.pub \
        --bundle k$n.json blob > sig 2> err
    ok $? "v$n: the answer holds by --rekor-key"
    "$tally" sign-blob -y --key a.key --rekor-url $url --trusted-root \
        root$n.json --bundle t$n.json blob > sig 2> err
    ok $? "v$n: the answer holds by --trusted-root"
    "$tally" sign-blob -y --key a.key --rekor-url $url --rekor-key $other \
        --bundle x.json blob > sig 2> err
    [ $? -eq 1 ] && [ ! -e x.json ] && grep -q "does not hold" err
    ok $? "v$n: another log's key: nothing is written"

    for fault in other absent; do
        liar $((base + 10 + n)) log$n.pem $n $fault
        "$tally" sign-blob -y --key a.key --bundle x.json blob \
            --rekor-url http://127.0.0.1:$((base + 10 + n)) > sig 2> err
        [ $? -eq 1 ] && [ ! -e x.json ] && grep -q "does not hold" err \
            && ! grep -q "tlog entry created" err
        ok $? "v$n: a log that answers wrongly ($fault): nothing is written"
        liar_stop
    done
done

# an entry that is in the log already

liar $((base + 11)) log1.pem 1 again
"$tally" sign-blob -y --key a.key --rekor-url http://127.0.0.1:$((base + 11)) \
    --rekor-key log1.pub --bundle again.json blob > sig 2> err
ok $? "v1: an entry that exists is fetched, from this log's host"
"$tally" verify-blob --key a.pub --rekor-key log1.pub --bundle again.json \
    blob > out 2> err
ok $? "v1: and it is verified"
liar_stop
liar $((base + 12)) log2.pem 2 again
"$tally" sign-blob -y --key a.key --rekor-url http://127.0.0.1:$((base + 12)) \
    --bundle x.json blob > sig 2> err
[ $? -eq 1 ] && [ ! -e x.json ] && grep -q "has this very entry" err
ok $? "v2: an entry that exists: which is said"
liar_stop

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
"$tally" sign-blob -y --key a.key --rekor-url http://127.0.0.1:$((base + 9)) \
    --bundle x.json blob > sig 2> err
[ $? -eq 1 ] && [ ! -e x.json ]
ok $? "a log that does not answer: nothing is signed"

echo "1..$count"
exit $((failed > 0))
