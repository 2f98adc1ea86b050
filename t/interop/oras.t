#!/bin/bash
#
# oras: artifacts, attachments and their referrers, copies.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need oras jq

oras()
{
    "$tool_oras" "$@"
}

jq()
{
    "$tool_jq" "$@"
}

reg=localhost:$port

registry_start tally "$port" || { ok 1 "the registry starts"; done_testing; }

cd "$work" || exit 1
echo "some text" > note.txt
head -c 5000000 /dev/urandom > big.bin
echo '{"bom":true}' > sbom.json

runs "oras push" oras push --plain-http "$reg/lab/files:1" \
    --artifact-type text/notes note.txt:text/plain big.bin
mkdir -p out
runs "oras pull" oras pull --plain-http -o out "$reg/lab/files:1"
cmp -s big.bin out/big.bin && cmp -s note.txt out/note.txt
ok $? "the files come back as they were"

digest=$(oras resolve --plain-http "$reg/lab/files:1")
like "$digest" '^sha256:' "oras resolve"

runs "oras attach" oras attach --plain-http "$reg/lab/files:1" \
    --artifact-type text/sbom sbom.json
runs "oras attach of another type" oras attach --plain-http \
    "$reg/lab/files:1" --artifact-type text/sig note.txt:text/plain

is "$(oras discover --plain-http --format json "$reg/lab/files:1" \
    | jq '[.. | .artifactType? // empty] | unique | length')" 2 \
    "oras discover finds both"
is "$(oras discover --plain-http --format json --artifact-type text/sbom \
    "$reg/lab/files:1" | jq -r '[.. | .artifactType? // empty] | unique[]')" \
    "text/sbom" "oras discover by type finds one"
is "$(get "http://$reg/v2/lab/files/tags/list" | jq -c .tags)" '["1"]' \
    "there is no fallback tag: the registry knows referrers"

runs "oras copy with what refers to it" oras copy -r --from-plain-http \
    --to-plain-http "$reg/lab/files:1" "$reg/lab/copy:1"
is "$(get "http://$reg/v2/lab/copy/referrers/$digest" \
    | jq '.manifests | length')" 2 "the copy has its referrers"

runs "oras tag" oras tag --plain-http "$reg/lab/files:1" two three
is "$(oras repo tags --plain-http "$reg/lab/files" | sort | tr '\n' ' ')" \
    "1 three two " "oras repo tags"
runs "oras blob push and fetch" oras blob push --plain-http "$reg/lab/files" \
    note.txt
runs "oras manifest delete" oras manifest delete --plain-http -f \
    "$reg/lab/copy@$digest"
fails "it is gone" oras resolve --plain-http "$reg/lab/copy:1"

registry_clean tally
done_testing
