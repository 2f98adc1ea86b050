#!/bin/bash
#
# Peers that never end: every list, redirect, retry and body has a bound, and
# --timeout is one for the whole command.

. "$(dirname "$0")/lib.sh"

tally=${TALLY:-${TALLY_BUILD:-$top/build}/tally}

[ -x "$tally" ] || skip_all "tally is not built (make cli)"

cd "$work" || exit 1
export COSIGN_PASSWORD=pw DOCKER_CONFIG=$work
host=127.0.0.1:$port
peer=127.0.0.1:$((port + 5))


# ends NAME REASON COMMAND...: comes to an end, which the peer never does, and
# says why

ends()
{
    local  name=$1 why=$2 out status

    shift 2
    out=$(timeout 120 "$tally" "$@" 2>&1 < /dev/null)
    status=$?
    like "$status ${out//$'\n'/ }" "^1 .*$why" "$name: ends"
}


registry_start registry "$port" || exit 1
perl "$top/t/interop/hostile.pl" $((port + 5)) "http://$host" &
pids+=($!)
"$tally" generate-key-pair 2> err || diag "$(cat err)"
wait_for curl -s -o /dev/null "http://$peer/v2/"

by=(verify --key cosign.pub)

for repo in loop abs rel else; do
    digest=$(image $repo)
    runs "$repo: signed" "$tally" sign -y --key cosign.key --format bundle \
        "$host/$repo@$digest"
done

runs "a list that goes on by an absolute URL" timeout 60 "$tally" \
    "${by[@]}" "$peer/abs:1"
runs "a list that goes on by a relative URL" timeout 60 "$tally" \
    "${by[@]}" "$peer/rel:1"
ends "a list that goes on elsewhere" "another host" "${by[@]}" \
    "$peer/else:1"
ends "a list without an end" "has no end" "${by[@]}" "$peer/loop:1"
ends "the same, for tree" "has no end" tree "$peer/loop:1"
ends "the same, for copy" "has no end" copy "$peer/loop:1" "$host/to:1"
ends "a circle of redirects" "redirects" "${by[@]}" "$peer/redir:1"
ends "an endless header" "larger than" "${by[@]}" "$peer/headers:1"

over="context deadline exceeded"
ends "a slow body" "$over" "${by[@]}" --timeout 2s "$peer/drip:1"
ends "retries" "$over" "${by[@]}" --timeout 2s "$peer/busy:1"
ends "a slow token service" "$over" "${by[@]}" --timeout 2s "$peer/token:1"
ends "a slow log" "$over" sign-blob --key cosign.key --timeout 2s \
    --rekor-url "http://$peer/drip" --bundle b cosign.pub
ends "a slow timestamp authority" "$over" sign-blob --key cosign.key \
    --timeout 2s --timestamp-server-url "http://$peer/drip" --bundle b \
    cosign.pub
ends "a slow database" "$over" image --timeout 2s --cache-dir cache \
    --db-repository "$peer/drip:1" "$peer/loop:1"
ends "a slow copy" "$over" copy --timeout 2s "$peer/drip:1" "$host/to:1"
export COSIGN_TIMEOUT=2s
ends "by the environment" "$over" "${by[@]}" "$peer/drip:1"
unset COSIGN_TIMEOUT

# what waits for no peer is ended as well

mkfifo pipe
sleep 600 > pipe &
pids+=($!)
ends "a file that never comes" "$over" verify-blob --key cosign.pub \
    --signature pipe --timeout 2s cosign.pub

for bad in 0 0s -5s 5 x 1y 5mm ''; do
    like "$("$tally" "${by[@]}" "--timeout=$bad" "$host/abs:1" 2>&1)" \
        'it is a time of more than 0' "--timeout '$bad' is refused"
done

for good in 90s 1m30s 1.5h 500000ms 1h2m3s; do
    runs "--timeout $good" "$tally" "${by[@]}" -t $good "$host/abs:1"
done

# --verbose says each request, and nothing that may be a secret

out=$("$tally" "${by[@]}" --verbose --registry-token s3cret "$host/abs:1" 2>&1)
like "$out" "^GET $host/v2/abs/manifests/1: 200$" "--verbose: a request"
is "$(grep -c s3cret <<< "$out")" 0 "--verbose: no token"

registry_clean registry
done_testing
