#!/bin/bash
#
# Harbor's Trivy adapter itself, with tally in the place of trivy: scans with
# and without credentials, bills of materials, what it says of the database.
#
# The adapter (scanner-trivy of goharbor/harbor-scanner-trivy) is neither in
# Debian nor at Go's module proxy: it is taken from PATH, or from
# $TALLY_HARBOR_ADAPTER.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

adapter=${TALLY_HARBOR_ADAPTER:-$(command -v scanner-trivy)}
[ -x "$adapter" ] \
    || skip_all "no scanner-trivy in PATH, and no TALLY_HARBOR_ADAPTER"

need skopeo redis-server jq

data=${TALLY_SHARED:-$top/../shared}/data/scan
tally=${TALLY:-${TALLY_BUILD:-$top/build}/tally}
open=127.0.0.1:$port
locked=127.0.0.1:$((port + 1))
redis=127.0.0.1:$((port + 2))
api=http://127.0.0.1:$((port + 3))
cache=$work/cache

[ -d "$data/images" ] || skip_all "no shared data at $data"

mkdir -p "$work/bin" "$work/reports"
ln -s "$tally" "$work/bin/trivy"

store=$work/store
registry_start open "$port" && registry_start locked "$((port + 1))" \
    'set $good 0;' \
    'if ($http_authorization = "Bearer sesame") { set $good 1; }' \
    'if ($http_authorization = "Basic YWxpY2U6cHcgcHc=") { set $good 1; }' \
    'add_header WWW-Authenticate "Basic realm=x" always;' \
    'if ($good = 0) { return 401; }' \
    || { ok 1 "the registries start"; done_testing; }

for image in trivy-it-alpine-310 layers-node; do
    gzip -dc "$data/images/$image.tar.gz" > "$work/image.tar"
    runs "push $image" "$tool_skopeo" copy -q --dest-tls-verify=false \
        "docker-archive:$work/image.tar" "docker://$open/lab/$image:1"
done

runs "a database" "$tally" db import "$data/db/trivy-fixture.db.tar.gz" \
    --cache-dir "$cache"

"$tool_redis_server" --bind 127.0.0.1 --port "${redis#*:}" --save '' \
    --dir "$work" > "$work/redis.log" 2>&1 &
pids+=("$!")
ok "$(wait_for bash -c "exec 3<> /dev/tcp/${redis/://}"; echo $?)" \
    "redis listens"

env PATH="$work/bin:$PATH" SCANNER_LOG_LEVEL=debug \
    SCANNER_API_SERVER_ADDR="${api#http://}" \
    SCANNER_REDIS_URL="redis://$redis" \
    SCANNER_TRIVY_CACHE_DIR="$cache" \
    SCANNER_TRIVY_REPORTS_DIR="$work/reports" \
    SCANNER_TRIVY_SKIP_UPDATE=true SCANNER_TRIVY_SKIP_JAVA_DB_UPDATE=true \
    SCANNER_TRIVY_OFFLINE_SCAN=true \
    "$adapter" > "$work/adapter.log" 2>&1 &
pids+=("$!")
ok "$(wait_for curl -sf "$api/probe/ready"; echo $?)" "the adapter is ready" \
    || { diag "$(tail "$work/adapter.log")"; done_testing; }

meta=$(curl -sS "$api/api/v1/metadata")
is "$(jq -r '.scanner.name' <<< "$meta")" Trivy "its metadata" || diag "$meta"
like "$(jq -r '.properties["harbor.scanner-adapter/vulnerability-database-updated-at"]' \
    <<< "$meta")" '^20[0-9][0-9]-' "the time of the database"


# scan REGISTRY IMAGE AUTHORIZATION CAPABILITY TYPE [PARAMETERS]: a report,
# once there is one, in $work/report

scan()
{
    local  registry=$1 image=$2 digest id query=${6:+?sbom_media_type=$6}

    query=${query/+/%2B}
    digest=$(curl -sS -D - -o /dev/null -H \
        'Accept: application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json' \
        "http://$open/v2/$image/manifests/1" \
        | tr -d '\r' | sed -n 's/^[Dd]ocker-[Cc]ontent-[Dd]igest: //p')
    jq -n --arg url "http://$registry" --arg auth "$3" --arg repo "$image" \
        --arg digest "$digest" --arg kind "$4" --arg type "$5" --arg of "${6-}" \
        '{registry: {url: $url, authorization: $auth},
          artifact: {repository: $repo, digest: $digest},
          enabled_capabilities: [{type: $kind, produces_mime_types: [$type]}
            + (if $of == "" then {}
               else {parameters: {sbom_media_types: [$of]}} end)]}' \
        > "$work/request"
    id=$(curl -sS -H 'Content-Type: application/vnd.scanner.adapter.scan.request+json; version=1.0' \
        --data-binary "@$work/request" "$api/api/v1/scan" | jq -r .id)
    wait_for there "$api/api/v1/scan/$id/report$query" "$5"
}


there()
{
    local  status

    status=$(curl -sS -H "Accept: $2" -o "$work/report" -w '%{http_code}' "$1")
    [ "$status" != 302 ]
}


vulns='application/vnd.security.vulnerability.report; version=1.1'
bom='application/vnd.security.sbom.report+json; version=1.0'
want='CVE-2019-1549 CVE-2019-1549 CVE-2019-1551 CVE-2019-1551'

for how in "$open||without credentials" \
    "$locked|Basic YWxpY2U6cHcgcHc=|with a password" \
    "$locked|Bearer sesame|with a token"
do
    IFS='|' read -r registry auth what <<< "$how"
    scan "$registry" lab/trivy-it-alpine-310 "$auth" vulnerability "$vulns"
    is "$(jq -r '[.vulnerabilities[]?.id] | sort | join(" ")' "$work/report")" \
        "$want" "a scan $what" || diag "$(tail -n 5 "$work/adapter.log")"
done

is "$(jq -r '.vulnerabilities[0] | .package, .version, .fix_version, .severity,
        .status, .layer.digest[:7]' "$work/report" | tr '\n' ' ')" \
    'libcrypto1.1 1.1.1c-r0 1.1.1d-r0 Medium fixed sha256: ' \
    "what it says of a package"

scan "$locked" lab/trivy-it-alpine-310 "Basic eDp5" vulnerability "$vulns"
like "$(jq -r '.error.message // .message' "$work/report")" \
    'fetching image|running trivy' "wrong credentials are an error"

for type in application/spdx+json application/vnd.cyclonedx+json; do
    scan "$open" lab/layers-node "" sbom "$bom" "$type"
    like "$(jq -r '.sbom | .spdxVersion // .bomFormat' "$work/report")" \
        '^(SPDX-2.3|CycloneDX)$' "a bill of materials, $type" \
        || diag "$(tail -n 5 "$work/adapter.log")"
done

registry_clean open locked
done_testing
