#!/bin/bash
#
# Flags of the scanner: the tree of dependencies, what is not scanned, flags
# that contradict each other, values that are none.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

data=${TALLY_SHARED:-$top/../shared}/data/scan
tally=${TALLY:-${TALLY_BUILD:-$top/build}/tally}
cd "$work" || exit 1

[ -d "$data/images" ] || skip_all "no shared data at $data"


# a and b need each other; c is direct, and so is d, which needs a itself; e
# is needed by nobody and not said to be direct; g is what f@2 needs

cat > report.json <<'END'
{"SchemaVersion": 2, "ArtifactName": "x", "ArtifactType": "container_image",
 "Results": [
  {"Target": "app/package-lock.json", "Class": "lang-pkgs", "Type": "npm",
   "Packages": [
    {"ID": "a@1", "Name": "a", "Version": "1", "Relationship": "indirect",
     "DependsOn": ["b@1"]},
    {"ID": "b@1", "Name": "b", "Version": "1", "Relationship": "indirect",
     "DependsOn": ["a@1", "z@1"]},
    {"ID": "c@1", "Name": "c", "Version": "1", "Relationship": "direct",
     "DependsOn": ["b@1", "b@1"]},
    {"ID": "d@1", "Name": "d", "Version": "1", "Relationship": "direct",
     "DependsOn": ["a@1", "g@1"]},
    {"ID": "e@1", "Name": "e", "Version": "1", "DependsOn": ["b@1", "f@1"]},
    {"ID": "f@1", "Name": "f", "Version": "1", "DependsOn": ["g@1"]},
    {"ID": "f@2", "Name": "f", "Version": "2", "DependsOn": ["g@1"]},
    {"ID": "g@1", "Name": "g", "Version": "1", "Relationship": "indirect"},
    {"ID": "g@1", "Name": "g", "Version": "1", "Relationship": "indirect"},
    {"ID": "h\u001b[2J@1", "Name": "h", "Version": "1"}],
   "Vulnerabilities": [
    {"VulnerabilityID": "CVE-1", "PkgID": "a@1", "PkgName": "a",
     "InstalledVersion": "1", "Severity": "HIGH"},
    {"VulnerabilityID": "CVE-2", "PkgID": "a@1", "PkgName": "a",
     "InstalledVersion": "1", "Severity": "HIGH"},
    {"VulnerabilityID": "CVE-3", "PkgID": "d@1", "PkgName": "d",
     "InstalledVersion": "1", "Severity": "MEDIUM"},
    {"VulnerabilityID": "CVE-4", "PkgID": "g@1", "PkgName": "g",
     "InstalledVersion": "1", "Severity": "LOW"},
    {"VulnerabilityID": "CVE-5", "PkgID": "h\u001b[2J@1", "PkgName": "h",
     "InstalledVersion": "1", "Severity": "HIGH"}]},
  {"Target": "lone", "Class": "lang-pkgs", "Type": "npm",
   "Packages": [{"ID": "x@1", "Name": "x", "Version": "1"}],
   "Vulnerabilities": [
    {"VulnerabilityID": "CVE-6", "PkgID": "x@1", "PkgName": "x",
     "InstalledVersion": "1", "Severity": "HIGH"}]}]}
END

cat > tree <<'END'
Dependency Origin Tree (Reversed)
=================================
app/package-lock.json
├── a@1, (MEDIUM: 0, HIGH: 2)
│   ├── d@1
│   └── ...(omitted)...
│       ├── c@1
│       └── e@1
├── d@1, (MEDIUM: 1, HIGH: 0)
└── h\x1b[2J@1, (MEDIUM: 0, HIGH: 1)
END

"$tally" convert report.json -s HIGH,MEDIUM --dependency-tree > out 2> err
is "$(sed -n '/^Dependency/,/^└── /p' out)" "$(< tree)" \
    "the tree: direct parents, then the ancestors of the others"
is "$(grep -c '^Dependency Origin' out)" 1 "none where nothing needs another"

"$tally" convert report.json -s LOW --dependency-tree > out 2> err
is "$(sed -n '/^└── g/,$p' out | head -6)" "└── g@1, (LOW: 1)
    ├── d@1
    └── ...(omitted)...
        └── e@1" "a package that is there twice" || diag "$(< out)"

is "$("$tally" convert report.json | grep -c Origin)" 0 "no tree unasked"
is "$("$tally" convert report.json --table-mode summary --dependency-tree \
        | grep -c -e Origin -e Total)" 0 "--table-mode summary: it alone"
like "$("$tally" convert report.json --dependency-tree -f json 2>&1)" \
    'WARN.*"--dependency-tree" can be used only' "the tree is of tables"


# what is not looked for is not shown

image=(image --input "$data/images/trivy-it-alpine-310.tar.gz"
    --cache-dir "$work/cache" --skip-db-update)
"$tally" db import "$data/db/trivy-fixture.db.tar.gz" \
    --cache-dir "$work/cache" > /dev/null

for scanner in secret misconfig license misconf config; do
    is "$("$tally" "${image[@]}" -q --scanners "$scanner" --format json \
            | jq -c '.Results[] | [.Class, (.Packages | length),
                (.Vulnerabilities | length)]')" '["os-pkgs",14,0]' \
        "--scanners $scanner: packages, no vulnerabilities"
    is "$("$tally" "${image[@]}" -q --scanners "$scanner")" "" \
        "and no table of them"
done

is "$("$tally" "${image[@]}" -q --scanners vulnerability --format json \
        | jq '.Results[0].Vulnerabilities | length')" 4 "an old name of vuln"
is "$("$tally" "${image[@]}" -q --security-checks vuln --format json \
        | jq '.Results[0].Vulnerabilities | length')" 4 "and of --scanners"


# lists: words in the environment, quotes around commas, items of trivy.yaml

found() { jq '[.Results[].Vulnerabilities[]?] | length' 2> /dev/null; }

is "$(TRIVY_SEVERITY=" MEDIUM  LOW " "$tally" "${image[@]}" -q -f json | found)" \
    4 "words in a variable"
is "$(TRIVY_SEVERITY="HIGH,CRITICAL" "$tally" "${image[@]}" -q -f json \
        | found)" 0 "or commas"
is "$("$tally" "${image[@]}" -q -f json --skip-dirs 'x,"{lib,usr}",y' | found)" \
    0 "a pattern with a comma, in quotes"
is "$("$tally" "${image[@]}" -q -f json --severity '"MEDIUM",LOW' | found)" 4 \
    "a value in quotes"
echo 'scan: {skip-dirs: ["{lib,usr}"]}' > items.yaml
is "$("$tally" "${image[@]}" -q -f json --config items.yaml | found)" 0 \
    "an item of trivy.yaml is one value"
echo 'severity: MEDIUM,LOW' > text.yaml
is "$("$tally" "${image[@]}" -q -f json --config text.yaml | found)" 4 \
    "a text there is a list"


# as in Trivy, an error, and a line that says which flags

bad() {
    local what=$1 out status

    shift
    out=$("$tally" "${image[@]}" "$@" 2>&1 > stdout < /dev/null)
    status=$?
    is "$status $(wc -c < stdout)" "1 0" "$* is an error"
    like "$out" "$what" "says what"
}

bad 'cannot be used with' --pkg-relationships direct --dependency-tree
bad 'cannot be used with' --pkg-relationships direct --vex any.json
bad 'cannot be used with' --pkg-relationships unknown,root --format spdx
bad 'cannot be used with' --pkg-relationships root --format github
bad 'both' --download-db-only
bad 'both' --download-db-only --download-java-db-only
bad 'both' --download-java-db-only --skip-java-db-update
bad 'only with' --table-mode summary --format json
bad 'too many slashes' --platform linux/arm/v7/x
bad '"--exit-code" flag' --exit-code 256
bad '"--exit-on-eol" flag' --exit-on-eol 512
bad '"--exit-code" flag' --exit-code 1.5
bad 'one name' --username a,b --password c
bad '"--scanners" flag' --scanners vuln,bogus
bad '"--image-config-scanners" flag' --image-config-scanners bogus
bad '"--severity" flag' --severity high
bad '"--severity" flag' --severity HIGH,
bad '"--severity" flag' --severity ,
bad '"--vuln-severity-source" flag' --vuln-severity-source nvd,bogus
bad '"--pkg-types" flag' --pkg-types os,files
bad '"--pkg-relationships" flag' --pkg-relationships none
bad '"--ignore-status" flag' --ignore-status open
bad '"--table-mode" flag' --table-mode short
bad '"--report" flag' --report some
bad '"--parallel" flag' --parallel many
bad '"--quiet" flag' --quiet=yes
bad '"--timeout" flag' --timeout 5
bad 'ignore file not found' --ignorefile none
bad '--detection-priority' --detection-priority bogus

like "$("$tally" "${image[@]}" --ignore-unfixed --ignore-status fixed 2>&1)" \
    "WARN.*'--ignore-unfixed' is ignored" "--ignore-status comes first"
is "$("$tally" "${image[@]}" -q --ignore-unfixed --ignore-status fixed -f json \
        | jq '.Results[0].Vulnerabilities | length')" 0 "and holds"
runs "every relationship is none left out" "$tally" "${image[@]}" -q \
    --pkg-relationships unknown,root,workspace,direct,indirect --format spdx
runs "a backend that changes nothing" "$tally" "${image[@]}" -q \
    --cache-backend memory

done_testing
