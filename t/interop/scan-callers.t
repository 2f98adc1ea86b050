#!/bin/bash
#
# tally under the name trivy, as other programs call it: the command lines of
# Harbor's adapter, flags before the verb, credentials, trivy.yaml, and every
# flag of "trivy image" 0.74.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need skopeo

data=${TALLY_SHARED:-$top/../shared}/data/scan
tally=${TALLY:-${TALLY_BUILD:-$top/build}/tally}
reg=127.0.0.1:$port
locked=127.0.0.1:$((port + 1))
cache=$work/cache

[ -d "$data/images" ] || skip_all "no shared data at $data"

mkdir -p "$work/bin" "$work/reports" "$work/here"
ln -s "$tally" "$work/bin/trivy"
PATH=$work/bin:$PATH
cd "$work/here" || exit 1

store=$work/store
registry_start open "$port" || { ok 1 "the registry starts"; done_testing; }
registry_start locked "$((port + 1))" 'set $good 0;' \
    'if ($http_authorization = "Bearer sesame") { set $good 1; }' \
    'if ($http_authorization = "Basic YWxpY2U6cHcgcHc=") { set $good 1; }' \
    'add_header WWW-Authenticate "Basic realm=x" always;' \
    'if ($good = 0) { return 401; }' \
    || { ok 1 "the locked registry starts"; done_testing; }

for image in trivy-it-alpine-310 layers-node; do
    gzip -dc "$data/images/$image.tar.gz" > "$work/image.tar"
    runs "push $image" "$tool_skopeo" copy -q --dest-tls-verify=false \
        "docker-archive:$work/image.tar" "docker://$reg/lab/$image:1"
done


# what Harbor asks first, and again

is "$(trivy --cache-dir "$cache" version --format json)" '{"Version":"0.1.0"}' \
    "the version, without a database"
runs "a database" trivy db import "$data/db/trivy-fixture.db.tar.gz" \
    --cache-dir "$cache"
sed -i 's/"UpdatedAt":"[^"]*"/"UpdatedAt":"2026-11-22T12:11:37.696263932Z"/' \
    "$cache/db/metadata.json"

is "$(trivy --cache-dir "$cache" version --format json \
        | jq -c '[.Version, (.VulnerabilityDB | .Version, .UpdatedAt)]')" \
    '["0.1.0",2,"2026-11-22T12:11:37.696263932Z"]' \
    "the version of the database, to the nanosecond"
is "$(trivy --cache-dir "$cache" version --format json \
        | jq -c '.VulnerabilityDB | keys')" \
    '["DownloadedAt","NextUpdate","UpdatedAt","Version"]' "all of its times"
like "$(trivy --cache-dir="$cache" version)" \
    '^  UpdatedAt: 2026-11-22 12:11:37.696263932 \+0000 UTC$' "and as text"
like "$(trivy --timeout 3m -d version -f json)" '^\{"Version"' \
    "other flags before the verb"
like "$(trivy --version)" '^tally 0' "--version"
like "$(trivy --help)" '^Usage:' "--help"
like "$(trivy --quiet image --help)" '^  tally image' "help of a verb"


# harbor FORMAT IMAGE [FLAG...]: the adapter's own line

harbor()
{
    local  format=$1 image=$2

    shift 2
    rm -f "$work/reports/r.json"
    trivy image --no-progress \
        --severity UNKNOWN,LOW,MEDIUM,HIGH,CRITICAL --vuln-type os,library \
        --format "$format" --output "$work/reports/r.json" \
        --cache-dir "$cache" --timeout 5m0s --scanners vuln "$@" "$image" \
        > "$work/out" 2>&1
}


found()
{
    jq -r '[.Results[]?.Vulnerabilities[]?.VulnerabilityID] | sort | join(" ")' \
        "$work/reports/r.json"
}


alpine='CVE-2019-1549 CVE-2019-1549 CVE-2019-1551 CVE-2019-1551'

harbor json "$reg/lab/trivy-it-alpine-310:1" --skip-db-update \
    --skip-java-db-update --offline-scan --insecure
ok $? "Harbor's scan" || diag "$(cat "$work/out")"
is "$(found)" "$alpine" "its report"
is "$(jq .SchemaVersion "$work/reports/r.json")" 2 "the schema that it wants"

harbor json "$reg/lab/trivy-it-alpine-310:1" --ignore-unfixed \
    --skip-db-update --db-repository "$reg/none:2" \
    --java-db-repository "$reg/none:1" --debug --insecure \
    --skip-vex-repo-update
ok $? "with all of its switches" || diag "$(cat "$work/out")"
is "$(found)" "$alpine" "the same report"

harbor spdx-json "$reg/lab/layers-node:1" --skip-db-update --insecure
ok $? "a bill of materials" || diag "$(cat "$work/out")"
is "$(jq -r .spdxVersion "$work/reports/r.json")" SPDX-2.3 "is one"

mv "$work/reports/r.json" "$work/bom.json"
runs "Harbor's scan of a bill of materials" trivy sbom --no-progress \
    --severity HIGH --vuln-type os,library --format json --output \
    "$work/reports/r.json" --cache-dir "$cache" --timeout 5m0s \
    --skip-db-update "$work/bom.json"

harbor json "$reg/lab/trivy-it-alpine-310:1" --skip-db-update \
    --ignore-policy policy.rego
is $? 1 "a policy is refused"
like "$(cat "$work/out")" '--ignore-policy is not supported.*--ignorefile' \
    "with what to do instead"


# its credentials

harbor json "$locked/lab/trivy-it-alpine-310:1" --skip-db-update --insecure
is $? 1 "without credentials"
TRIVY_REGISTRY_TOKEN=sesame harbor json "$locked/lab/trivy-it-alpine-310:1" \
    --skip-db-update --insecure
ok $? "TRIVY_REGISTRY_TOKEN" || diag "$(cat "$work/out")"
TRIVY_USERNAME=alice TRIVY_PASSWORD='pw pw' harbor json \
    "$locked/lab/trivy-it-alpine-310:1" --skip-db-update --insecure
ok $? "TRIVY_USERNAME and TRIVY_PASSWORD" || diag "$(cat "$work/out")"
echo 'pw pw' | harbor json "$locked/lab/trivy-it-alpine-310:1" \
    --skip-db-update --insecure --username alice --password-stdin
ok $? "--password-stdin" || diag "$(cat "$work/out")"
is "$(found)" "$alpine" "the report"
harbor json "$reg/lab/layers-node:1" --password-stdin --password x \
    --username y < /dev/null
is $? 1 "not with --password"
harbor json "$reg/lab/layers-node:1" --username alice --skip-db-update
is $? 1 "a name without a password"


# parts of an image

poly=(image --input "$data/images/poly-a.tar.gz" --cache-dir "$cache"
      --skip-db-update --format json -q)
jars='[.Results[]? | select(.Target == "Java") | .Packages[].FilePath]
      | map(split("/")[2]) | unique | join(" ")'
all='lib portal.war shop-server-2.3.1.jar'

is "$(trivy "${poly[@]}" | jq -r "$jars")" "$all" "all jars"

for skip in '--skip-dirs opt/java/lib' '--skip-dirs /opt/java/lib/' \
    '--skip-dirs **/lib,./nosuch' '--skip-dirs opt/*/l?b' \
    '--skip-files opt/java/lib/*.jar' '--skip-files opt/**/lib/*'
do
    # shellcheck disable=SC2086
    is "$(trivy "${poly[@]}" $skip | jq -r "$jars")" "${all#lib }" "$skip"
done

is "$(trivy "${poly[@]}" --skip-dirs opt/java/li,java,opt/java/lib/renamed.jar \
        | jq -r "$jars")" "$all" "no part of a name, and no file"
is "$(trivy "${poly[@]}" | jq -r "$jars")" "$all" \
    "what was passed over is not remembered"
is "$(trivy rootfs --skip-dirs a/b --cache-dir "$cache" --skip-db-update \
        --format json -q "$(
            for dir in a/b/x a/bc/x; do
                mkdir -p "$work/tree/$dir"
                echo '{"name":"n","version":"1"}' \
                    > "$work/tree/$dir/package.json"
            done
            echo "$work/tree")" | jq -c '[.Results[].Packages[].FilePath]')" \
    '["a/bc/x/package.json"]' "of a folder, too"

is "$(trivy "${poly[@]}" --pkg-relationships direct,root \
        | jq -c '[.Results[]?.Packages[]?.Relationship] | unique')" \
    '["direct","root"]' "--pkg-relationships"
fails "an unknown relationship" trivy "${poly[@]}" --pkg-relationships friend

runs "--image-src with remote" trivy "${poly[@]}" --image-src docker,remote
fails "--image-src without it" trivy "${poly[@]}" --image-src docker
fails "--image-src with what is none" trivy "${poly[@]}" --image-src remote,x


# a template is Trivy's own, or refused

echo '{{ . }}' > junit.tpl
runs "a template by its name" trivy "${poly[@]}" --format template \
    --template @contrib/junit.tpl
out=$(trivy "${poly[@]}" --format template --template @junit.tpl 2>&1)
is $? 1 "a file of that name with a template of one's own"
like "$out" '"junit.tpl" is not the template.*--format junit' "says so"
rm junit.tpl


# trivy.yaml

cat > trivy.yaml <<END
cache:
  dir: $cache
  backend: fs
db:
  SKIP-update: true
  repository:
   - mirror.gcr.io/aquasec/trivy-db:2
format: json
severity: [HIGH, CRITICAL]
timeout: 5m0s
ignorefile: .trivyignore
dependency-tree: false
server: {addr: "", listen: "localhost:4954"}
license: {confidenceLevel: 0.9}
vulnerability:
  ignore-unfixd: true
END

image=$data/images/trivy-it-alpine-310.tar.gz
out=$(trivy image --input "$image" 2> err)
ok $? "flags from trivy.yaml" || diag "$(cat err)"
is "$(jq '.Results[0].Vulnerabilities | length' <<< "$out")" 0 "its severities"
like "$(cat err)" 'WARN.*"vulnerability.ignore-unfixd" is not known' \
    "an unknown key is a warning"
is "$(grep -c 'is not known' err)" 1 "the only one"
is "$(trivy image --input "$image" -q --severity MEDIUM \
        | jq '.Results[0].Vulnerabilities | length')" 4 "the line comes first"
is "$(TRIVY_SEVERITY=MEDIUM trivy image --input "$image" -q \
        | jq '.Results[0].Vulnerabilities | length')" 4 "the environment, too"
like "$(trivy version)" "UpdatedAt: 2026-11-22" "the cache of trivy.yaml"

mv trivy.yaml other.yaml
is "$(trivy image --config other.yaml --input "$image" -q \
        | jq '.Results[0].Vulnerabilities | length')" 0 "--config"
is "$(TRIVY_CONFIG=other.yaml trivy image --input "$image" -q \
        | jq '.Results[0].Vulnerabilities | length')" 0 "TRIVY_CONFIG"
fails "--config of a file that is not there" trivy image --config none.yaml \
    --input "$image"

for bad in 'ignore-policy: x.rego' 'exit-code: many' '- a' 'a: [b' \
    'format: [json, table]' 'severity: {a: b}' 'severity: [[HIGH]]' \
    'scan: {detection-priority: comprehensive}'
do
    echo "$bad" > bad.yaml
    out=$(trivy image --config bad.yaml --input "$image" --cache-dir "$cache" \
        --skip-db-update 2>&1 | grep -E 'FATAL|WARN.*not known')
    like "$out" 'bad.yaml' "trivy.yaml: $bad"
done


# every flag of "trivy image" 0.74: done, without effect, or refused by name

flags='ansible-extra-vars= ansible-inventory= ansible-playbook= cache-backend=
cache-ttl= check-namespaces= checks-bundle-repository= compliance=
config-check= config-data= config-file-schemas= custom-headers= db-repository=
dependency-tree detection-priority= disable-telemetry distro= docker-host=
download-db-only download-java-db-only enable-modules= exit-code= exit-on-eol=
file-patterns= format= helm-api-versions= helm-kube-version= helm-set=
helm-set-file= helm-set-string= helm-values= help ignore-policy=
ignore-status= ignore-unfixed ignored-licenses= ignorefile=
image-config-scanners= image-src= include-deprecated-checks
include-non-failures input= java-db-repository= license-confidence-level=
license-full list-all-pkgs max-image-size= misconfig-scanners= module-dir=
no-progress offline-scan output= output-plugin-arg= parallel= password=
password-stdin pkg-relationships= pkg-types= platform= podman-host=
raw-config-scanners= redis-ca= redis-cert= redis-key= redis-tls
registry-token= rego-error-limit= rekor-url= removed-pkgs render-cause=
report= sbom-sources= scanners= secret-config= server= severity=
show-suppressed skip-check-update skip-db-update skip-dirs= skip-files=
skip-java-db-update skip-version-check skip-vex-repo-update table-mode=
template= tf-exclude-downloaded-modules token= token-header= trace-rego
username= vex= vuln-severity-source= cacert= cache-dir= config= debug
generate-default-config insecure quiet timeout='
unknown=

for flag in $flags; do
    trivy image "--$flag" --help > out 2>&1
    grep -q 'unknown flag' out && unknown+=" $flag"
    grep -q -e "--${flag%=}[ |\`]" -e "--${flag%=}\$" "$top/docs/scanning.md" \
        || unknown+=" $flag(docs)"
done

is "$unknown" "" "no flag of Trivy's is unknown here, or missing in the docs"

registry_clean open
done_testing
