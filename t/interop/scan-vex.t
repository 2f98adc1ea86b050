#!/bin/bash
#
# VEX that is not a file: attestations beside the image, in both places where
# cosign puts them, and VEX repositories, over HTTP and from the cache.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need skopeo

data=${TALLY_SHARED:-$top/../shared}/data/scan
tally=${TALLY:-${TALLY_BUILD:-$top/build}/tally}

[ -d "$data/images" ] || skip_all "no shared data at $data"
python3 -c 'import http.server' 2> /dev/null || skip_all "no python3"

export TRIVY_CACHE_DIR=$work/cache TRIVY_SKIP_DB_UPDATE=true
export COSIGN_PASSWORD=pw HOME=$work/home

reg=127.0.0.1:$port
image=$reg/lab/poly-a:1
mkdir -p "$HOME" "$work/here"
cd "$work/here" || exit 1


# what is found, and what VEX took away

count() { jq '[.Results[]?.Vulnerabilities[]?] | length'; }
hidden()
{
    jq -r '.Results[]?.ExperimentalModifiedFindings[]? |
        "\(.Status) \(.Finding.VulnerabilityID) \(.Source)"' | sort -u
}

scan() { "$tally" scan -q -f json --show-suppressed "$@" "$image"; }


WORKERS=1 registry_start tally "$port" \
    || { ok 1 'the registry starts'; done_testing; }
runs 'db import' "$tally" db import "$data/db/trivy-real.db.tar.gz"
gzip -dc "$data/images/poly-a.tar.gz" > image.tar
runs 'push' "${tool_skopeo-skopeo}" copy -q --dest-tls-verify=false \
    docker-archive:image.tar "docker://$image"
runs 'a key' "$tally" generate-key-pair

all=$(scan | count)
read -r id purl < <(scan | jq -r '[.Results[].Vulnerabilities[]? |
    select(.PkgIdentifier.PURL)][0] |
    "\(.VulnerabilityID) \(.PkgIdentifier.PURL)"')
[ -n "$id" ] && [ -n "$purl" ]
ok $? "there is something to find: $id of $purl"
of_id=$(scan | jq --arg i "$id" --arg p "$purl" '[.Results[].Vulnerabilities[]?
    | select(.VulnerabilityID == $i and .PkgIdentifier.PURL == $p)] | length')

cat > vex.json <<END
{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "x", "author": "a",
 "timestamp": "2024-01-01T00:00:00Z", "version": 1, "statements": [
 {"vulnerability": {"name": "$id"}, "products": [{"@id": "$purl"}],
  "status": "not_affected", "justification": "component_not_present"}]}
END


# --vex oci

is "$(scan --vex oci | count)" "$all" 'nothing is attested yet'
printf '{"builder": 1}' > other.json
runs 'something else is attested' "$tally" attest --key cosign.key \
    --tlog-upload=false --type custom --predicate other.json "$image"
is "$(scan --vex oci | count)" "$all" 'and says nothing here'
runs 'the older place' "$tally" attest --key cosign.key --tlog-upload=false \
    --new-bundle-format=false --type openvex --predicate vex.json "$image"
is "$(scan --vex oci | count)" $((all - of_id)) 'a finding is gone'
like "$(scan --vex oci | hidden)" \
    "^not_affected $id VEX attestation in OCI registry \\($reg/lab/poly-a@" \
    'and it is said why'

sed 's/not_affected/fixed/; s/"justification.*"}/"impact_statement": ""}/' \
    vex.json > fixed.json
runs 'among the referrers' "$tally" attest --key cosign.key \
    --tlog-upload=false --type openvex --predicate fixed.json "$image"
like "$(scan --vex oci | hidden)" "^fixed $id VEX attestation" \
    'a referrer comes before the older place'
is "$("$tally" scan -q -f json --vex oci --root "$work/tally/store" \
    "$image" | count)" $((all - of_id)) 'from a store'
fails 'not of what is in no registry' \
    "$tally" scan -q --vex oci --input image.tar


# --vex repo

mkdir -p www/.well-known tree/hub-main/pkg tree/hub-main/.git
cp vex.json tree/hub-main/pkg/vex.json
printf '{"updated_at": "2024-01-01T00:00:00Z", "packages": [
    {"ID": "%s", "Location": "pkg/vex.json"},
    {"id": "pkg:npm/out", "location": "../../../../vex.json"}]}' \
    "${purl%@*}" > tree/hub-main/index.json
printf 'secret' > tree/outside
tar -C tree -czf www/hub.tar.gz .
at=$((port + 1))
cat > www/.well-known/vex-repository.json <<END
{"name": "lab", "description": "d", "versions": [
 {"spec_version": "0.1", "update_interval": "24h", "locations": [
  {"url": "http://127.0.0.1:$at/none.zip"},
  {"url": "http://127.0.0.1:$at/hub.tar.gz//hub-main/"}]}]}
END
python3 -m http.server --bind 127.0.0.1 --directory www "$at" \
    > http.log 2>&1 &
pids+=($!)
wait_for curl -s -o /dev/null "http://127.0.0.1:$at/"

runs 'a configuration' "$tally" vex repo init
like "$("$tally" vex repo list)" 'URL: https://github.com/aquasecurity/vexhub' \
    'is made with the hub of Trivy'
cat > "$HOME/.trivy/vex/repository.yaml" <<END
repositories:
  - name: lab
    url: http://127.0.0.1:$at
    enabled: true
    username: me
    password: pw
  - name: off
    url: http://127.0.0.1:1
    enabled: false
END
like "$("$tally" vex repo list)" 'Status: Disabled' 'one may be off'
is "$(scan --vex repo --skip-vex-repo-update | count)" "$all" \
    'nothing is downloaded unless asked for'
runs 'download' "$tally" vex repo download
repo=$work/cache/vex/repositories/lab
ok "$(test -f "$repo/0.1/index.json" -a -f "$repo/cache.json" \
    -a ! -e "$repo/0.1/outside"; echo $?)" 'a folder of the archive'
is "$(scan --vex repo | count)" $((all - of_id)) 'a finding is gone'
is "$(scan --vex repo | hidden)" \
    "not_affected $id VEX Repository: lab (http://127.0.0.1:$at)" \
    'and it is said why'
is "$(grep -c 'GET /hub.tar.gz' http.log)" 1 'it is downloaded once a day'
touch -d '2 days ago' "$repo/cache.json"
is "$(scan --vex repository | count)" $((all - of_id)) 'then again'
is "$(grep -c 'GET /hub.tar.gz' http.log)" 2 'by a scan, too'
is "$(scan --vex repo --vex vex.json | count)" $((all - of_id)) 'with a file'

sed -i 's/name: lab/name: ..\/lab/' "$HOME/.trivy/vex/repository.yaml"
fails 'a name that leads elsewhere' "$tally" vex repo list
sed -i 's/name: ..\/lab/name: lab/' "$HOME/.trivy/vex/repository.yaml"
printf 'no archive' > www/hub.tar.gz
touch -d '2 days ago' "$repo/cache.json"
fails 'a damaged archive' "$tally" vex repo download
ok "$(test -f "$repo/0.1/index.json"; echo $?)" 'leaves what was there'
is "$(find "$repo" -name 'new.*' | wc -l)" 0 'and nothing else'

registry_clean tally
done_testing
