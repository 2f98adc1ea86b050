#!/bin/bash
#
# registry_gate: what is not signed by whom the policy names does not leave.
# Signatures by tally, in both formats, and every attack on them that we know.

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


for name in one two three; do
    "$tally" generate-key-pair --output-key-prefix "$name" > /dev/null 2>&1
done

mkdir gate
cp one.pub gate/soft.pub            # beside nginx.conf

HTTP_CONF="
    registry_policy release {
        require 1 { key $work/one.pub; }
    }

    registry_policy pair {
        require 2 {
            key $work/one.pub;
            key $work/two.pub;
            key $work/three.pub;
        }
    }

    registry_policy each {
        require 1 { key $work/one.pub; }
        index children;
    }

    registry_policy scanned {
        scan max=high fixable key=$work/two.pub grace=48h;
        database max_age=72h warn;
    }

    registry_policy lax {
        scan max=9.5 key=$work/two.pub;
        unscanned warn;
        database max_age=72h;
    }

    registry_policy soft {
        require 1 { key soft.pub; }
        mode report;
    }
" registry_start gate "$port" \
    'registry_gate release prod/**;' 'registry_gate pair pair/**;' \
    'registry_gate each each/**;' 'registry_gate scanned scan/**;' \
    'registry_gate lax scan/lax;' 'registry_gate soft soft/**;'
store=$work/gate/store HTTP_CONF='' registry_start inner $((port + 1))


for format in legacy bundle; do
    repo=prod/$format
    digest=$(image "$repo")
    refused "$repo" 1 'the image is not signed .*gate/nginx.conf:[0-9]+.*tally gate' \
        "$format: an image without a signature"
    refused "$repo" "$digest" 'not signed' "$format: by its digest"

    sign --format "$format" --key two.key "$inner/$repo@$digest"
    refused "$repo" 1 '1 is attached, and not good for it' \
        "$format: a signature by another key"

    sign --format "$format" --key one.key "$inner/$repo@$digest"
    leaves "$repo" 1 "$format: signed, it leaves at once"
    leaves "$repo" "$digest" "$format: by its digest"
done


# what is attached leaves, signed or not

for repo in prod/legacy prod/bundle; do
    digest=$(curl -sI "http://$inner/v2/$repo/manifests/1" \
        | tr -d '\r' | sed -n 's/^docker-content-digest: //Ip')

    for at in $(list "$repo" "$digest"); do
        leaves "$repo" "$at" "$repo: a referrer leaves"
        delete "$repo" "$at"
    done

    if [ "$repo" = prod/legacy ]; then
        leaves "$repo" "$(sig "$digest")" "$repo: signatures leave by their tag"
        delete "$repo" "$(sig "$digest")"
    fi

    refused "$repo" 1 'not signed' "$repo: a signature that was deleted"
done


# m of n

digest=$(image pair/app)
sign --key one.key "$inner/pair/app@$digest"
sign --key one.key --format legacy "$inner/pair/app@$digest"
refused pair/app 1 '1 of 2 signatures verified' \
    'two signatures by one key are one'
sign --key two.key "$inner/pair/app@$digest"
leaves pair/app 1 'two keys of three'


# a tag that is moved, a key that is replaced

one=$(image prod/app)
sign --key one.key "$inner/prod/app@$one"
leaves prod/app 1 'a signed tag'
put prod/app 1 "$(raw prod/app 1 | jq -c '.annotations.n = "2"')" > /dev/null
refused prod/app 1 'not signed' 'the tag was moved to another image'
leaves prod/app "$one" 'the image that it was leaves by its digest'

cp one.pub one.was
cp two.pub one.new && mv one.new one.pub
refused prod/app "$one" 'not good for it' 'the key was replaced'
rm one.pub
refused prod/app "$one" 'one.pub' 'the key is gone'
cp one.was one.new && mv one.new one.pub
leaves prod/app "$one" 'the key is back'


# an index by itself, or through its images

# index REPO TAG DIGEST...: its digest is printed

index()
{
    local  repo=$1 tag=$2 list='' one media=application/vnd.oci.image

    shift 2

    for one in "$@"; do
        list+=",{\"mediaType\":\"$media.manifest.v1+json\",\"digest\":\"$one\""
        list+=",\"size\":$(raw "$repo" "$one" | wc -c)}"
    done

    put "$repo" "$tag" "{\"schemaVersion\":2,\"mediaType\":\"$media.index.v1+json\",\"manifests\":[${list#,}]}"
}


# two REPO: an index of two images; the digests are in $a, $b and $all

two()
{
    a=$(image "$1")
    b=$(put "$1" 1 "$(raw "$1" 1 | jq -c '.annotations.n = "2"')")
    all=$(index "$1" all "$a" "$b")
}


two prod/multi
refused prod/multi all 'not signed' 'an index without a signature'
refused prod/multi "$a" 'not signed' 'an image that only such an index lists'
sign --key one.key "$inner/prod/multi@$all"
leaves prod/multi all 'a signed index'
leaves prod/multi "$a" 'an image that it lists'

two each/multi
sign --key one.key "$inner/each/multi@$all"
refused each/multi all "sha256:.*not signed" \
    'a signed index of images that are not'
sign --key one.key "$inner/each/multi@$a"
refused each/multi all "$b: 0 of 1 .*not signed" 'one image is not signed'
sign --key one.key --format legacy "$inner/each/multi@$b"
leaves each/multi all 'each image of an index is signed'


# reported, not refused

image soft/app > /dev/null
leaves soft/app 1 'mode report: nothing is refused'
like "$(cat gate/error.log)" 'would be refused: soft/app:1 is refused by' \
    'mode report: it is logged'


# the command says the same, of a registry and of a store

printf 'registry_policy release {\n    require 1 { key one.pub; }\n}\n' \
    > policies.conf
two="registry_policy pair {
    require 2 { key one.pub; key two.pub; }
}
registry_policy soft { mode report; require 1 { key \"two.pub\"; } }
registry_gate pair other/**; registry_gate soft prod/**; # and so on"

# verdict STATUS REGEXP NAME FLAG...

verdict()
{
    local  status=$1 regexp=$2 name=$3 got

    shift 3
    got=$("$tally" gate "$@" 2>&1)
    is "$?" "$status" "$name: exit status" || diag "$got"
    like "$(tr '\n' ' ' <<< "$got")" "$regexp" "$name"
}


verdict 0 'passed by policy "release" .policies.conf:1. +yes +policies.conf:2 +1 of 1 signature verified: by one.pub' \
    'tally gate of a signed image' --allow-http-registry \
    --policy policies.conf "$inner/prod/app@$one"
verdict 10 'refused by policy "release".* no +policies.conf:2 .*not signed' \
    'of an unsigned one, in the store' --root gate/store \
    --policy policies.conf prod/app:1
verdict 0 'an index that is signed lists it' 'of an image of an index' \
    --root gate/store --policy policies.conf "prod/multi:1"
verdict 0 'always leaves' 'of signatures' --root gate/store \
    --policy policies.conf "each/multi:$(sig "$b")"
echo "$two" > two.conf
verdict 0 '^reported by policy "soft" .two.conf:4' \
    'those that registry_gate names' --root gate/store --policy two.conf \
    "prod/app@$one"
verdict 10 '^refused by policy "pair" .* 1 of 2 signatures verified' \
    'the one that is named' --root gate/store --policy two.conf --name pair \
    "prod/app@$one"
verdict 0 'no policy is for "soft/app"' 'of no policy' --root gate/store \
    --policy two.conf soft/app:1
verdict 1 'two.conf.*no policy is called|no policy is called "none"' \
    'a policy that there is not' --root gate/store --policy two.conf \
    --name none "prod/app@$one"
printf 'registry_policy p {\nrequire 1 { } }' > bad.conf
verdict 1 'bad.conf:2: .*names nobody' 'a policy that is none' \
    --root gate/store --policy bad.conf "prod/app@$one"
verdict 1 'no such image' 'of no image' --root gate/store \
    --policy policies.conf prod/none:1
is "$("$tally" gate -o json --root gate/store --policy policies.conf \
    prod/app:1 | jq -c '[.refused, .policies[0].verdict,
    .policies[0].rules[0].passed, .policies[0].rules[0].line]')" \
    '[true,"refused",false,2]' 'as JSON'


# attacks

good=$(image prod/good)
sign --key one.key --format legacy "$inner/prod/good@$good"
sign --key one.key --format bundle "$inner/prod/good@$good"
evil=$(put prod/good evil "$(raw prod/good 1 | jq -c '.annotations.n = "evil"')")
old=$(raw prod/good "$(sig "$good")")
bundle=$(raw prod/good "$(list prod/good "$good" | head -n 1)")

put prod/good "$(sig "$evil")" "$old" > /dev/null
refused prod/good evil 'not good for it .*digest in claim' \
    'the old signature of another digest'
delete prod/good "$(sig "$evil")"

size=$(raw prod/good "$evil" | wc -c)
moved=$(put prod/good moved "$(jq -c --arg d "$evil" --argjson s "$size" \
    '.subject.digest = $d | .subject.size = $s' <<< "$bundle")")
refused prod/good evil 'not good for it' 'the bundle of another digest'
delete prod/good "$moved"

payload=$(printf '{"critical":{"identity":{"docker-reference":"%s/prod/good"},"image":{"docker-manifest-digest":"%s"},"type":"cosign container image signature"},"optional":null}' \
    "$inner" "$evil")
blob_push prod/good "$payload"
put prod/good "$(sig "$evil")" "$(jq -c --argjson n "${#payload}" \
    --arg d "sha256:$(printf %s "$payload" | sha256sum | cut -c1-64)" \
    '.layers[0].digest = $d | .layers[0].size = $n' <<< "$old")" > /dev/null
refused prod/good evil 'not good for it' 'another payload below a signature'
delete prod/good "$(sig "$evil")"

# the same image in another repository, and its signature of the old format

copied=$(image prod/copied)
blob_push dev/copied '{"architecture":"amd64","os":"linux","n":"prod/copied"}'
is "$(put dev/copied 1 "$(raw prod/copied 1)")" "$copied" \
    'an image is in two repositories'
sign --key one.key --format legacy "$inner/dev/copied@$copied"
refused prod/copied 1 'not signed' 'a signature beside the same image elsewhere'
payload=$(curl -s "http://$inner/v2/dev/copied/blobs/$(raw dev/copied \
    "$(sig "$copied")" | jq -r '.layers[0].digest')")
blob_push prod/copied "$payload"
blob_push prod/copied "$(curl -s "http://$inner/v2/dev/copied/blobs/$(raw \
    dev/copied "$(sig "$copied")" | jq -r .config.digest)")"
put prod/copied "$(sig "$copied")" "$(raw dev/copied "$(sig "$copied")")" \
    > /dev/null
refused prod/copied 1 'it was signed as .*/dev/copied' \
    'a signature that is of another repository'

# attestations

attested=$(image prod/attested)
echo '{"a":1}' > predicate.json

for format in legacy bundle; do
    "$tally" attest -y --allow-http-registry --format "$format" --key one.key \
        --predicate predicate.json "$inner/prod/attested@$attested" \
        > attest.log 2>&1 < /dev/null || diag "$(cat attest.log)"
done

refused prod/attested 1 'not signed' 'an image that is attested is not signed'
leaves prod/attested "${attested/:/-}.att" 'an attestation leaves'
put prod/attested "$(sig "$attested")" \
    "$(raw prod/attested "${attested/:/-}.att")" > /dev/null
refused prod/attested 1 'not good for it' \
    'an attestation in the place of a signature'
delete prod/attested "$(sig "$attested")"
posing=$(raw prod/attested "$(list prod/attested "$attested" | head -n 1)")
posing=$(put prod/attested posing "$(jq -c '.annotations
    ["dev.sigstore.bundle.predicateType"] = "https://sigstore.dev/cosign/sign/v1"' \
    <<< "$posing")")
refused prod/attested 1 'not signed' 'an attestation that says it is a signature'

# an image that says that it is attached to one

posing=$(put prod/good posing "$(raw prod/good 1 | jq -c --arg d "$good" \
    --argjson s "$size" '.subject = {mediaType: .mediaType, digest: $d, size: $s}')")
refused prod/good posing 'not signed' 'an image with a subject'
posing=$(put prod/good "$(sig "$evil")" "$(raw prod/good evil)")
refused prod/good "$(sig "$evil")" 'not signed' \
    'an image by the tag of signatures'
delete prod/good "$(sig "$evil")"

# podman unpacks whatever a layer says that it is

head -c 100 /dev/zero | gzip > layer.gz
curl -sf -X POST --data-binary @layer.gz \
    "http://$inner/v2/prod/good/blobs/uploads/?digest=$(digest_of layer.gz)"
binary=$(jq -c --arg d "$(digest_of layer.gz)" --argjson n \
    "$(stat -c %s layer.gz)" '.layers[0].digest = $d | .layers[0].size = $n' \
    <<< "$old")
put prod/good binary "$binary" > /dev/null
refused prod/good binary 'not signed' 'a layer that says it is a signature'
docker=application/vnd.docker.distribution.manifest.v2+json
put prod/good binary "$(jq -c --arg t $docker --arg d "$good" \
    --argjson s "$size" '.mediaType = $t | .config.mediaType = "text/plain" |
    .subject = {mediaType: $t, digest: $d, size: $s}' <<< "$binary")" \
    > /dev/null
refused prod/good binary 'not signed' "docker's manifest of something else"

# reports of scans

# report DAYS-AGO SEVERITY FIXED SCORE [DATABASE-DAYS-AGO]: a predicate

report()
{
    local  ended updated

    ended=$(date -u -d "-$1 days" +%Y-%m-%dT%H:%M:%SZ)
    updated=$(date -u -d "-${5:-0} days" +%Y-%m-%dT%H:%M:%SZ)
    printf '{"scanner":{"db":{"lastUpdate":"%s"},"result":{"Results":[' \
        "$updated"
    printf '{"Vulnerabilities":[{"VulnerabilityID":"CVE-1","PkgName":"p",'
    printf '"Severity":"%s","FixedVersion":"%s","CVSS":{"nvd":{"V3Score":%s}}' \
        "$2" "$3" "$4"
    printf '}]}]}},"metadata":{"scanFinishedOn":"%s"}}' "$ended"
}


# reported REPO DIGEST KEY ARGUMENT...: as report has them

reported()
{
    local  repo=$1 digest=$2 key=$3

    shift 3
    report "$@" > report.json
    "$tally" attest -y --allow-http-registry --key "$key" --type vuln \
        --predicate report.json "$inner/$repo@$digest" > attest.log 2>&1 \
        < /dev/null || diag "$(cat attest.log)"
}


app=$(image scan/app)
refused scan/app 1 'has not been scanned: of 0 reports' 'not scanned'
reported scan/app "$app" one.key 3 LOW 1.2 1
refused scan/app 1 'has not been scanned: of [12] reports none is signed' \
    'a report by somebody else'
reported scan/app "$app" two.key 3 HIGH 1.2 8
refused scan/app 1 '1 finding is too severe: CVE-1 in p \(fixed in 1.2\)' \
    'a severe finding'
reported scan/app "$app" two.key 1 CRITICAL 1.3 9
refused scan/app 1 'too severe: CVE-1 in p \(fixed in 1.3' 'the newest counts'
spare=$(put scan/app spare "$(raw scan/app 1 | jq -c '.annotations.n = "4"')")
reported scan/app "$spare" two.key 3 HIGH 1.2 8
reported scan/app "$spare" two.key 2 HIGH '' 8
leaves scan/app spare 'a severe finding for which there is no remedy'
other=$(put scan/app other "$(raw scan/app 1 | jq -c '.annotations.n = "2"')")
reported scan/app "$other" two.key 1 HIGH 1.3 9
leaves scan/app other 'a severe finding that is new has its grace'
third=$(put scan/app third "$(raw scan/app 1 | jq -c '.annotations.n = "3"')")
reported scan/app "$third" two.key 1 MEDIUM 1.3 9 5
like "$(curl -sI "http://$host/v2/scan/app/manifests/third" | tr -d '\r')" \
    '^Warning: 299 - "the database of the newest report is too old' \
    'an old database is warned of'

lax=$(image scan/lax)
refused scan/lax 1 'has not been scanned' 'two policies: both must agree'
reported scan/lax "$lax" two.key 1 LOW 1.3 9.8
refused scan/lax 1 'policy "lax": 1 finding is too severe' 'a bound of scores'
reported scan/lax "$lax" two.key 0 LOW 1.3 9.1 4
refused scan/lax 1 'policy "lax": the database' 'an old database is refused'
index scan/app both "$other" "$app" > /dev/null
refused scan/app both "$app: 1 finding is too severe" \
    'an index with an image that is refused'


# what is on the disk is what was signed

damaged=$(image prod/damaged)
sign --key one.key "$inner/prod/damaged@$damaged"
leaves prod/damaged 1 'whole'
content=gate/store/docker/registry/v2/blobs/sha256/${damaged:7:2}/${damaged:7}
printf x >> "$content/data"
touch "gate/store/docker/registry/v2/repositories/prod/damaged/_manifests/revisions/sha256/${damaged:7}/link"
refused prod/damaged "$damaged" 'the manifest is damaged' 'damaged'


# many

many=$(image prod/many)
sign --key one.key --format legacy "$inner/prod/many@$many"
first=$(raw prod/many "$(sig "$many")")
put prod/many "$(sig "$many")" "$(jq -c '.layers[0] as $l | .layers +=
    [range(2000) | $l | .annotations["dev.cosignproject.cosign/signature"] =
    "AAAA"]' <<< "$first")" > /dev/null
refused prod/many 1 '2001 are attached.*only the newest 64 were tried' \
    'a good signature behind two thousand'
put prod/many "$(sig "$many")" "$(jq -c '.layers[0] as $l | .layers =
    [range(2000) | $l | .annotations["dev.cosignproject.cosign/signature"] =
    "AAAA"] + .layers' <<< "$first")" > /dev/null
leaves prod/many 1 'a good signature that is the newest of two thousand'


# who reads a tag while it is moved gets the signed image or none

race=$(image prod/race)
sign --key one.key "$inner/prod/race@$race"
signed=$(raw prod/race 1)
unsigned=$(jq -c '.annotations.n = "2"' <<< "$signed")

(
    mkdir race && cd race || exit

    while [ ! -e ../race.end ]; do
        put prod/race 1 "$unsigned" > /dev/null
        put prod/race 1 "$signed" > /dev/null
    done
) &
mover=$!

for ((i = 0; i < 100; i++)); do
    [ "$(manifest prod/race 1)" = 403 ] || cat "$work/answer"
done > race.got

touch race.end
wait "$mover"
is "$(sed 's/}{"schemaVersion/}\n{"schemaVersion/g' race.got | sort -u | grep -vxF "$signed" | head -n 1)" \
    '' 'a tag that is moved meanwhile: the signed image or none'


# whom the policy lets pass

printf 'signer:%s\nuser:%s\n' "$(openssl passwd -6 pw)" \
    "$(openssl passwd -6 pw)" > users
HTTP_CONF="
    registry_policy release {
        require 1 { key $work/one.pub; }
    }
    log_format gate '\$remote_user \$request_method \$status \$registry_gate \$registry_gate_policy';
" store=$work/gate/store registry_start guarded $((port + 2)) \
    "registry_auth htpasswd $work/users;" 'registry_gate release prod/**;' \
    'registry_gate_bypass user:signer;' "access_log $work/gate.log gate;"
url=http://127.0.0.1:$((port + 2))/v2/prod/app/manifests
is "$(status_of -u user:pw "$url/1") $(status_of -u signer:pw "$url/1") $(status_of \
    "$url/1") $(status_of -u user:pw "$url/$one")" '403 200 401 200' \
    'who is let pass gets what others do not'
registry_stop guarded
is "$(tail -n 4 gate.log)" "$(printf '%s\n' 'user GET 403 refuse release' \
    'signer GET 200 bypass -' '- GET 401 - -' 'user GET 200 pass -')" \
    'the variables say what became of it' || diag "$(cat gate.log)"

registry_clean gate
registry_clean inner

done_testing
