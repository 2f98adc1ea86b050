#!/bin/bash
#
# Gates on reports of scans: what need not count, by ignore files and VEX, as
# the scanner reads them; and reports that do not count.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=t/interop/gate.sh
. "$(dirname "$0")/gate.sh"

host=127.0.0.1:$port
inner=127.0.0.1:$((port + 1))       # the same store, without a gate
tally=$(readlink -f "${TALLY:-${TALLY_BUILD:-$top/build}/tally}")
export COSIGN_PASSWORD=pw

[ -x "$tally" ] || skip_all "tally is not built (make cli)"
cd "$work" || exit 1

for name in one two; do
    "$tally" generate-key-pair --output-key-prefix "$name" > /dev/null 2>&1
done

day()
{
    date -u -d "$1 days" +%Y-%m-%d
}


cat > .trivyignore << END
# accepted by the board
CVE-2024-0001
CVE-2024-0002 exp:$(day +30)
CVE-2024-0003 exp:$(day -30)
END

cat > ignore.yaml << END
vulnerabilities:
  - id: CVE-2024-0001
    purls: ["pkg:deb/debian/p@1.0"]
  - id: CVE-2024-0002
    paths: ["usr/lib/other/*"]
  - id: CVE-2024-0003
    expired_at: $(day -30)
  - id: CVE-2024-0004
    expired_at: $(day +30)
    statement: not reachable
END

# openvex VULNERABILITY PRODUCT STATUS

openvex()
{
    cat << END
{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://vex.example/1",
 "author": "us", "timestamp": "2024-01-01T00:00:00Z", "version": 1,
 "statements": [{"vulnerability": {"name": "$1"}, "status": "$3",
   "products": [{"@id": "$2"}],
   "justification": "vulnerable_code_not_in_execute_path"}]}
END
}


openvex CVE-2024-0005 pkg:deb/debian/p@1.0 not_affected > package.json
openvex CVE-2024-0006 pkg:deb/debian/p@1.0 affected > affected.json
openvex CVE-2024-0007 "pkg:oci/app?repository_url=registry.example/vex/app" \
    not_affected > image.json

HTTP_CONF="
    registry_policy plain {
        scan max=high key=$work/two.pub ignore=$work/.trivyignore;
    }

    registry_policy yaml {
        scan max=high key=$work/two.pub ignore=$work/ignore.yaml;
    }

    registry_policy vex {
        scan max=high key=$work/two.pub vex=$work/package.json
             vex=$work/affected.json vex=$work/image.json;
    }
" registry_start gate "$port" 'registry_gate plain plain/**;' \
    'registry_gate yaml yaml/**;' 'registry_gate vex vex/**;'
store=$work/gate/store HTTP_CONF='' registry_start inner $((port + 1))


# report DIGEST CVE...: a predicate in which the package p has them all

report()
{
    local  digest=$1 list='' one purl='"PkgIdentifier":{"PURL":"pkg:deb/debian/p@1.0","UID":"1"}'

    shift

    for one in "$@"; do
        list+=",{\"VulnerabilityID\":\"$one\",\"PkgID\":\"p@1.0\",\"PkgName\":\"p\","
        list+="$purl,\"InstalledVersion\":\"1.0\","
        list+="\"FixedVersion\":\"1.1\",\"Severity\":\"HIGH\"}"
    done

    cat << END
{"scanner": {"db": {"lastUpdate": "$(day -1)T00:00:00Z"}, "result": {
  "SchemaVersion": 2, "ArtifactName": "app", "ArtifactType": "container_image",
  "Metadata": {"RepoDigests": ["registry.example/vex/app@$digest"]},
  "Results": [{"Target": "app (debian 12)", "Class": "os-pkgs",
    "Type": "debian", "Packages": [{"ID": "p@1.0", "Name": "p",
      "Version": "1.0", "Identifier": {"PURL": "pkg:deb/debian/p@1.0", "UID": "1"}}],
    "Vulnerabilities": [${list#,}]}]}},
 "metadata": {"scanFinishedOn": "$(day -1)T00:00:00Z"}}
END
}


# attest KEY REPO DIGEST, of report.json

attest()
{
    "$tally" attest -y --allow-http-registry --key "$1" --type vuln \
        --predicate report.json "$inner/$2@$3" > attest.log 2>&1 < /dev/null \
        || diag "$(cat attest.log)"
}


# scanned REPO CVE...: an image of that, and what was found in it

scanned()
{
    local  digest

    digest=$(image "$1")
    report "$digest" "${@:2}" > report.json
    attest two.key "$1" "$digest"
}


scanned plain/spared CVE-2024-0001 CVE-2024-0002
leaves plain/spared 1 'findings that the ignore file has'
scanned plain/more CVE-2024-0001 CVE-2024-0009
refused plain/more 1 '1 finding is too severe: CVE-2024-0009' \
    'and one that it has not'
scanned plain/expired CVE-2024-0003
refused plain/expired 1 'too severe: CVE-2024-0003' 'a line that has expired'

scanned yaml/spared CVE-2024-0001 CVE-2024-0004
leaves yaml/spared 1 'YAML: by package URL, by date'
scanned yaml/more CVE-2024-0001 CVE-2024-0002 CVE-2024-0003
refused yaml/more 1 '2 findings are too severe: CVE-2024-0002 .*CVE-2024-0003' \
    'YAML: another path, a rule that has expired'

scanned vex/package CVE-2024-0005
leaves vex/package 1 'VEX: a package is not affected'
scanned vex/affected CVE-2024-0006
refused vex/affected 1 'too severe: CVE-2024-0006' 'VEX: it is affected'
scanned vex/image CVE-2024-0007
leaves vex/image 1 'VEX: an image is not affected'
scanned vex/none CVE-2024-0008
refused vex/none 1 'too severe: CVE-2024-0008' 'VEX: nothing is said'


# an ignore file that is gone lets nobody pass; tally gate says the same

echo "registry_policy plain {
    scan max=high key=two.pub ignore=.trivyignore;
}" > policies.conf
"$tally" gate --policy policies.conf --root gate/store plain/spared:1 > gate.out 2>&1
is $? 0 'tally gate: what is spared' || diag "$(cat gate.out)"
"$tally" gate --policy policies.conf --root gate/store plain/more:1 > gate.out 2>&1
is $? 10 'tally gate: what is not' || diag "$(cat gate.out)"
mv .trivyignore gone
scanned plain/late CVE-2024-0001
refused plain/late 1 'what need not count is not known: .*trivyignore' \
    'the ignore file is gone'
like "$("$tally" gate --policy policies.conf --root gate/store plain/late:1 2>&1)" \
    'Error: policies.conf:2: .*\.trivyignore' 'a policy that names it is refused'
mv gone .trivyignore
leaves plain/late 1 'it is back'
echo '{}' > package.json
scanned vex/broken CVE-2024-0005
refused vex/broken 1 'what need not count is not known: .*package.json' \
    'a document that is no VEX'


# reports that anybody may attach: unsigned, by another key, of another image

lone=$(image plain/forged)
report "$lone" > report.json
jq .scanner.result report.json > result.json
blob_push plain/forged "$(cat result.json)"
put plain/forged forged "$(jq -nc --arg l "$(digest_of result.json)" \
    --argjson n "$(wc -c < result.json)" --arg d "$lone" \
    --argjson s "$(raw plain/forged 1 | wc -c)" \
    '{schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json",
      artifactType: "application/vnd.aquasec.trivy.report+json",
      config: {mediaType: "application/vnd.oci.empty.v1+json", size: 2,
        digest: "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"},
      layers: [{mediaType: "application/json", digest: $l, size: $n}],
      subject: {mediaType: "application/vnd.oci.image.manifest.v1+json",
                digest: $d, size: $s}}')" > /dev/null 2>&1
refused plain/forged 1 'has not been scanned' 'a report that nobody signed'
attest one.key plain/forged "$lone"
refused plain/forged 1 'none is signed by whom the policy names' \
    'a report that another key signed'

other=$(put plain/forged other "$(raw plain/forged 1 | jq -c '.annotations.n = "2"')")
attest two.key plain/forged "$other"
leaves plain/forged other 'the image that was scanned'
bundle=$(list plain/forged "$other" | tail -n 1)
put plain/forged moved "$(raw plain/forged "$bundle" | jq -c --arg d "$lone" \
    --argjson s "$(raw plain/forged 1 | wc -c)" \
    '.subject.digest = $d | .subject.size = $s')" > /dev/null
refused plain/forged 1 'none is signed by whom the policy names' \
    'a signed report of another image'

registry_clean gate
registry_clean inner

done_testing
