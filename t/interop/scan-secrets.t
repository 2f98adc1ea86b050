#!/bin/bash
#
# Secrets in images: layers and what later ones do to them, base images, the
# configuration, filters, formats, and what is remembered of a layer.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

tally=${TALLY:-${TALLY_BUILD:-$top/build}/tally}
python3 -c '' 2> /dev/null || skip_all "no python3"

export TRIVY_CACHE_DIR=$work/cache TRIVY_QUIET=true
mkdir -p "$work/here" "$work/cache"
cd "$work/here" || exit 1

token=ThisTokenIsNotSoSecretChangeIt
pat=ghp_0123456789abcdefghijABCDEFGHIJ012345


# image NAME HISTORY LAYER...: docker save's; a layer is FILE=TEXT words

cat > "$work/make.py" <<'END'
import hashlib, io, json, sys, tarfile

def tar(members):
    b = io.BytesIO()
    with tarfile.open(fileobj=b, mode="w") as t:
        for name, data in members:
            i = tarfile.TarInfo(name)
            i.size = len(data)
            t.addfile(i, io.BytesIO(data))
    return b.getvalue()

out, history, env, layers = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
blobs = [tar([(w.split("=", 1)[0], w.split("=", 1)[1].encode())
              for w in layer.split("|")]) for layer in layers]
config = json.dumps({
    "architecture": "amd64", "os": "linux", "config": {"Env": [env]},
    "history": json.loads(history),
    "rootfs": {"type": "layers", "diff_ids": [
        "sha256:" + hashlib.sha256(b).hexdigest() for b in blobs]}}).encode()
names = ["%d/layer.tar" % i for i in range(len(blobs))]
manifest = json.dumps([{"Config": "config.json", "RepoTags": ["demo:1"],
                        "Layers": names}]).encode()
with open(out, "wb") as f:
    f.write(tar([("config.json", config), ("manifest.json", manifest)]
                + list(zip(names, blobs))))
END

image() { python3 "$work/make.py" "$@"; }


# scan IMAGE FLAG...: each secret as "target rule line layer instruction"

scan()
{
    "$tally" scan --scanners secret --format json --input "$@" |
        python3 -c '
import json, sys
for r in json.load(sys.stdin).get("Results") or []:
    for s in r.get("Secrets") or []:
        l = s.get("Layer") or {}
        print(r["Class"], r["Target"], s["RuleID"], s["StartLine"],
              "layer" if l.get("DiffID") else "-", l.get("CreatedBy"))'
}


image a.tar '[{"created_by": "/bin/sh -c #(nop) COPY a"},
    {"created_by": "ENV x", "empty_layer": true},
    {"created_by": "RUN b"}, {"created_by": "RUN c"}]' "KEY=${pat/012/210}" \
    "app/one=x $token
|app/two=a $pat
b $token" "app/.wh.one=|app/two=new
c $pat" "app/three=nothing is in here"

is "$(scan a.tar)" "\
secret /app/one symfony-default-secret 1 layer COPY a
secret /app/two github-pat 2 layer RUN b
secret /app/two symfony-default-secret 2 layer COPY a" \
    'what a layer deletes or writes anew is in the image all the same'

sum=$(sqlite3 "$work/cache/layers.db" 'SELECT count(*) FROM layers' \
    2> /dev/null || echo 3)
is "$sum" 3 'layers are remembered'
is "$(scan a.tar)" "$(scan a.tar --cache-dir "$work/none")" \
    'and say the same then'

"$tally" scan --scanners secret --format json --input a.tar > a.json
ok $(( $(grep -c "$pat" a.json) + $(grep -c "$token" a.json) )) \
    'the report shows no secret'

is "$(scan a.tar --image-config-scanners secret | tail -n 1)" \
    "secret a.tar github-pat 34 - None" 'the configuration is searched, too'

image base.tar '[{"created_by": "ADD a"},
    {"created_by": "CMD [\"sh\"]", "empty_layer": true},
    {"created_by": "RUN b"},
    {"created_by": "CMD [\"app\"]", "empty_layer": true}]' A=b \
    "app/one=x $token" "app/two=x $token"
is "$(scan base.tar)" \
    "secret /app/two symfony-default-secret 1 layer RUN b" \
    'what comes with the base image is left to its own scan'


# filters

is "$(scan a.tar --severity LOW)" '' 'by severity'
printf 'github-pat\n' > .trivyignore
is "$(scan a.tar | grep -c github-pat)" 0 'by .trivyignore'
rm .trivyignore
printf 'secrets:\n- id: symfony-default-secret\n  paths: ["/app/o*"]\n' > i.yaml
is "$(scan a.tar --ignorefile i.yaml | wc -l)" 2 'by an ignore file in YAML'
printf 'vulnerabilities:\n- id: symfony-default-secret\n' > v.yaml
is "$(scan a.tar --ignorefile v.yaml | wc -l)" 3 'not by its other lists'
like "$("$tally" scan --scanners secret --format json --input a.tar \
    --ignorefile i.yaml --show-suppressed)" '"Type": "secret"' \
    'what was hidden is shown on demand'
"$tally" scan --scanners secret --input a.tar --exit-code 7 > table
is $? 7 'a secret is a finding to --exit-code'
like "$(< table)" '^ /app/two:2 \(offset: 6 bytes\) \(added by .RUN b.\)' \
    'the table says where'
like "$(< table)" "^   2 \\[ c [*]{40}" 'and shows the line'


# rules of one's own

printf 'rules:\n- id: mine\n  regex: "c (?P<s>\\\\w+)"\n' > trivy-secret.yaml
printf '  secret-group-name: s\n  severity: HIGH\n' >> trivy-secret.yaml
printf 'enable-builtin-rules: [github-pat]\n' >> trivy-secret.yaml
is "$(scan a.tar)" "\
secret /app/two github-pat 2 layer RUN b
secret /app/two mine 2 layer RUN b" 'trivy-secret.yaml of the current folder'
printf '{}\n' > other.yaml
is "$(scan a.tar --secret-config other.yaml | wc -l)" 3 'another one'
fails 'one that is not there' \
    "$tally" scan --scanners secret --input a.tar --secret-config none.yaml
rm trivy-secret.yaml


# formats

for format in sarif junit gitlab-codequality asff html github cyclonedx \
    spdx spdx-json cosign-vuln gitlab; do
    out=$("$tally" scan --scanners secret --input a.tar --format "$format")
    ok $? "$format is written"

    case $format in
    sarif) like "$out" '"ruleId": "github-pat"' "$format has them" ;;
    junit) like "$out" 'classname="github-pat"' "$format has them" ;;
    gitlab-codequality) like "$out" 'Secret - github-pat' "$format, too" ;;
    asff) like "$out" 'Trivy found a secret in /app/two' "$format, too" ;;
    esac
done

runs 'a report is written again' \
    "$tally" convert a.json --format json --output b.json
is "$(< b.json)" "$(< a.json)" 'as it was'
like "$("$tally" scan --scanners secret --table trivy --input a.tar)" \
    '/app/two +│ text │    2' 'the summary counts them'

mkdir -p root/app
printf 'x %s\n' "$token" > root/app/f
is "$("$tally" rootfs root --scanners secret --format json |
    grep -c '"Target": "app/f"')" 1 'a root file system'

done_testing
