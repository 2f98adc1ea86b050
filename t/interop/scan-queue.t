#!/bin/bash
#
# registry_scan and tally scan --queue: what is pushed is scanned, and scanned
# again when the database changes; by one process, which may end at any time.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need crane

data=${TALLY_SHARED:-$top/../shared}/data/scan
tally=$(readlink -f "${TALLY:-${TALLY_BUILD:-$top/build}/tally}")
host=127.0.0.1:$port

[ -d "$data/images" ] || skip_all "no shared data at $data"
[ -x "$tally" ] || skip_all "tally is not built (make cli)"

export TRIVY_CACHE_DIR=$work/cache TRIVY_SKIP_DB_UPDATE=true COSIGN_PASSWORD=pw
unset TRIVY_QUIET
cd "$work" || exit 1
root=$work/queue/store
scan=$root/_tally/scan


# push IMAGE REPOSITORY:TAG; its digest is printed

push()
{
    [ -e "$1.tar" ] || gzip -dc "$data/images/$1.tar.gz" > "$1.tar"
    "$tool_crane" push --insecure "$1.tar" "$host/$2" > push.log 2>&1 \
        || diag "$(cat push.log)"
    sed -n 's/.*@\(sha256:[0-9a-f]*\).*/\1/p' push.log | tail -n 1
}


# reports REPOSITORY DIGEST [TYPE]: the digests of what is attached

reports()
{
    curl -s "http://$host/v2/$1/referrers/$2" \
        | jq -r --arg t "${3-application/vnd.aquasec.trivy.report+json}" \
        '.manifests[] | select(.artifactType == $t) | .digest'
}


note_of()
{
    local  id

    id=$(printf %s "$1@$2" | sha256sum | cut -c1-64)
    cat "$scan/notes/${id:0:2}/$id" 2> /dev/null
}


queued()
{
    find "$scan/queue" -type f ! -name '*.tmp' 2> /dev/null | wc -l
}


# the database of so many hours ago; its metadata is what tells

database()
{
    jq -c --arg t "$(date -u -d "-$1 hours" +%Y-%m-%dT%H:%M:%SZ)" \
        '.UpdatedAt = $t' cache/db/metadata.json > metadata.new
    mv metadata.new cache/db/metadata.json
}


once()
{
    "$tally" scan --queue --once --root "$root" "$@" > once.log 2>&1
}


# the same, and it must succeed

done_once()
{
    once "${@:2}"
    ok "$?" "$1" || diag "$(cat once.log)"
}


registry_start queue "$port" 'registry_scan on;' \
    || { ok 1 'the registry starts'; done_testing; }
registry_start plain $((port + 1))

runs 'a database' "$tally" db import "$data/db/trivy-mini.db.tar.gz"
database 72


# what is refused

fails 'a queue needs a store' "$tally" scan --queue --once
fails 'it takes no image' "$tally" scan --queue --root "$root" app:1
fails 'and no --all' "$tally" scan --queue --all --root "$root"
fails 'a key that cannot be read ends it at once' \
    "$tally" scan --queue --root "$root" --key nothing.key
TRIVY_CACHE_DIR=$work/none fails 'without a database it says so' once


# the queue

app=$(push debian-buster lab/app:1)
is "$(queued)" 1 'what is pushed is queued'
is "$(cat "$scan/queue/"*)" "lab/app@$app" 'by its repository and digest'
push debian-buster lab/app:2 > /dev/null
is "$(queued)" 1 'the same image once'

host=127.0.0.1:$((port + 1)) push debian-buster lab/app:1 > /dev/null
[ ! -e "$work/plain/store/_tally/scan" ]
ok $? 'without registry_scan there is no queue'

done_once 'it is scanned'
is "$(queued)" 0 'then the queue is empty'
report=$(reports lab/app "$app")
is "$(wc -w <<< "$report")" 1 'its report is a referrer'
content=$(curl -s "http://$host/v2/lab/app/manifests/$report" \
    | jq -r '.layers[0].digest')
report_of()
{
    curl -s "http://$host/v2/lab/app/blobs/$1" \
        | jq -r '.Results[]?.Vulnerabilities[]?.VulnerabilityID' | sort
}
is "$(report_of "$content")" \
    "$("$tally" scan -q --root "$root" lab/app:1 -f json \
        | jq -r '.Results[]?.Vulnerabilities[]?.VulnerabilityID' | sort)" \
    'it says what tally scan says'
is "$(queued)" 0 'a report is not queued itself'
is "$(note_of lab/app "$app" | jq -r '[.report, .content, .tries] | join(" ")')" \
    "$report $content 0" 'the server knows which report is its own'

once
is "$(grep -c '\[queue\] lab' once.log) $(reports lab/app "$app")" \
    "0 $report" 'what is scanned is not scanned again'


# a gate goes by what the server has found itself

gate=127.0.0.1:$((port + 2))
HTTP_CONF="
    registry_policy none { scan max=low; }
    registry_policy grace { scan max=low grace=48h; }
    registry_policy fresh { scan max=critical; database max_age=60h; }
" store=$root registry_start gate $((port + 2)) \
    'registry_gate none lab/severe lab/clean;' \
    'registry_gate grace lab/grace;' 'registry_gate fresh lab/fresh;'

# leaves REPOSITORY NAME, and refused REPOSITORY REGEXP NAME

leaves()
{
    is "$(status_of "http://$gate/v2/$1/manifests/1")" 200 "$2"
}


refused()
{
    like "$(curl -s "http://$gate/v2/$1/manifests/1" | jq -r '.errors[0].message')" \
        "$2" "$3"
}


push layers-node lab/severe:1 > /dev/null
clean=$(push ubuntu-1804 lab/clean:1)
refused lab/clean 'has not been scanned; it is waiting to be scanned' \
    'what is not scanned yet says so'
like "$("$tally" gate --root "$root" --policy "$work/gate/nginx.conf" \
    lab/clean:1 2>&1)" 'waiting to be scanned' 'tally gate says so, too'
blob_push lab/clean '{}'
status_of -X PUT "http://$host/v2/lab/clean/manifests/forged" \
    -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' -d "$(curl -s \
    "http://$host/v2/lab/app/manifests/$report" | jq -c --arg d "$clean" \
    '.subject.digest = $d | .layers = []')" > status
is "$(cat status)" 201 'a client attaches a report of its own'
refused lab/clean 'has not been scanned' 'which says nothing'
done_once 'the scan'
refused lab/severe 'findings are too severe' \
    'what was found keeps an image back'
leaves lab/clean 'what is clean leaves'
runs 'crane pulls it through the gate' "$tool_crane" pull --insecure \
    "$gate/lab/clean:1" clean.tar
leaves lab/clean 'and again'

grace=$(push layers-node lab/grace:1)
push ubuntu-1804 lab/fresh:1 > /dev/null
done_once 'two more'
runs 'a finding that is new has its grace' "$tally" gate --root "$root" \
    --policy "$work/gate/nginx.conf" lab/grace:1
refused lab/fresh 'the database of the newest report is too old' 'a database of 72 hours ago'

id=$(printf %s "lab/grace@$grace" | sha256sum | cut -c1-64)
jq -c --argjson t "$(date -d '-3 days' +%s)" '.scanned = $t' \
    "$scan/notes/${id:0:2}/$id" > note.new
mv note.new "$scan/notes/${id:0:2}/$id"
refused lab/grace 'too severe' 'one that was reported three days ago has none'
database 71
done_once 'a new report'
refused lab/grace 'too severe' 'nor when a new report has it, too'


# what is no image

"$tool_crane" append --insecure -f <(head -c 10240 /dev/zero) \
    -t "$host/lab/other:1" > /dev/null 2>&1
index=$(curl -s -o /dev/null -D - -X PUT "http://$host/v2/lab/app/manifests/both" \
    -H 'Content-Type: application/vnd.oci.image.index.v1+json' -d "$(jq -nc \
    --arg d "$app" --argjson n "$(curl -s "http://$host/v2/lab/app/manifests/$app" | wc -c)" \
    '{schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json",
      manifests: [{mediaType: "application/vnd.docker.distribution.manifest.v2+json",
      digest: $d, size: $n}]}')" | tr -d '\r' \
    | sed -n 's/^Docker-Content-Digest: //p')
like "$index" '^sha256:' 'an index'
! grep -q "$index" "$scan/queue/"*
ok $? 'is not queued: its images are'
once
is "$(queued)" 0 'an empty image is scanned, too'


# a new database: the old report goes, and what stays says since when

database 48
done_once 'a newer database'
new=$(reports lab/app "$app")
is "$(wc -w <<< "$new")" 1 'there is one report'
[ "$new" != "$report" ]
ok $? 'and it is another one'
scanned=$(curl -s "http://$host/v2/lab/app/blobs/$content" \
    | jq -r '.CreatedAt[:19] + "Z"')
newer=$(curl -s "http://$host/v2/lab/app/manifests/$new" \
    | jq -r '.layers[0].digest')
is "$(curl -s "http://$host/v2/lab/app/blobs/$newer" \
    | jq -r '[.Results[]?.Vulnerabilities[]?.FirstReported] | unique[]')" \
    "$scanned" 'what was found before was first reported then'
database 24
once
newest=$(curl -s "http://$host/v2/lab/app/manifests/$(reports lab/app \
    "$app")" | jq -r '.layers[0].digest')
is "$(curl -s "http://$host/v2/lab/app/blobs/$newest" \
    | jq -r '[.Results[]?.Vulnerabilities[]?.FirstReported] | unique[]')" \
    "$scanned" 'which stays so'


# a key: attested, once

"$tally" generate-key-pair --output-key-prefix scanner > /dev/null 2>&1
keyed=$(push ubuntu-1804 lab/key:1)
done_once 'with a key' --key scanner.key
bundles=$(reports lab/key "$keyed" \
    application/vnd.dev.sigstore.bundle.v0.3+json)
is "$(wc -w <<< "$bundles")" 1 'the report is attested'
runs 'and is verified' "$tally" verify-attestation --type vuln \
    --allow-http-registry --key scanner.pub --insecure-ignore-tlog=true \
    "$host/lab/key:1"
database 12
done_once 'with a newer database' --key scanner.key
again=$(reports lab/key "$keyed" \
    application/vnd.dev.sigstore.bundle.v0.3+json)
is "$(wc -w <<< "$again")" 1 'there is one attestation'
[ "$again" != "$bundles" ]
ok $? 'and it is another one'


# a client's word: a report that it forged, a database that it pushed

"$tool_crane" pull --insecure --format=oci "$host/lab/key:1" layout \
    > /dev/null 2>&1
forged=$(jq -nc --arg d "$keyed" --argjson n "$(curl -s \
    "http://$host/v2/lab/key/manifests/$keyed" | wc -c)" \
    '{schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json",
      artifactType: "application/vnd.aquasec.trivy.report+json",
      config: {mediaType: "application/vnd.oci.empty.v1+json", size: 2,
      digest: "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"},
      layers: [], subject: {mediaType: "application/vnd.docker.distribution.manifest.v2+json",
      digest: $d, size: $n}, annotations: {"io.tally.scan.total": "0",
      "io.tally.scan.db.updated": "2099-01-01T00:00:00Z"}}')
status_of -X PUT "http://$host/v2/lab/key/manifests/$(printf %s "$forged" \
    | sha256sum | sed 's/^\(\S*\).*/sha256:\1/')" -d "$forged" \
    -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' > status
is "$(cat status)" 201 'a client attaches a report'
database 11
done_once 'it is not gone by'
grep -q "lab/key@$keyed" once.log
ok $? 'the image is scanned with the new database all the same' \
    || diag "$(cat once.log)"
is "$(reports lab/key "$keyed" | wc -l)" 2 "the client's report stays"

# a report of ours that a client deletes is made again

status_of -X DELETE "http://$host/v2/lab/app/manifests/$(reports \
    lab/app "$app")" > status
is "$(cat status) $(reports lab/app "$app")" '202 ' \
    'a client deletes a report'
once
is "$(reports lab/app "$app" | wc -l)" 1 'it is made again'


# an image that cannot be scanned: three tries, and none before the database
# changes; it is in nobody's way

layer=$root/docker/registry/v2/blobs/sha256
bad=$(push photon-30 lab/bad:1)
blob=$(curl -s "http://$host/v2/lab/bad/manifests/$bad" \
    | jq -r '.layers[0].digest')
blob=${blob#sha256:}
mv "$layer/${blob:0:2}/$blob/data" kept
good=$(push opensuse-leap-151 lab/good:1)

for i in 1 2 3; do
    once
    is "$? $(note_of lab/bad "$bad" | jq .tries) $(queued)" "1 $i 0" \
        "an image without its layer fails, try $i"
done

like "$(note_of lab/bad "$bad" | jq -r .error)" . 'the note says why'
is "$(reports lab/good "$good" | wc -l)" 1 'others are scanned'
once
is "$? $(note_of lab/bad "$bad" | jq .tries)" '0 3' 'and then no more'
mv kept "$layer/${blob:0:2}/$blob/data"
push photon-30 lab/bad:2 > /dev/null
once
is "$? $(note_of lab/bad "$bad" | jq .tries)" '0 3' 'neither when it is pushed again'
database 10
once
is "$? $(reports lab/bad "$bad" | wc -l)" '0 1' 'but with a new database'


# what is deleted is forgotten

status_of -X DELETE "http://$host/v2/lab/bad/manifests/$bad" > /dev/null
push photon-30 lab/gone:1 > /dev/null
status_of -X DELETE "http://$host/v2/lab/gone/manifests/$bad" > /dev/null
once
is "$? $(queued)" '0 0' 'what is deleted before its turn is no failure'
is "$(note_of lab/bad "$bad")$(note_of lab/gone "$bad")" '' \
    'the notes of what is deleted go'
is "$(reports lab/bad "$bad")" '' 'and so do its reports'


# the process itself: it waits for what is pushed, and there is one

"$tally" scan --queue --root "$root" > daemon.log 2>&1 &
daemon=$!
pids+=("$daemon")
wait_for grep -q 'have been looked at' daemon.log
fails 'a second one is refused' once
like "$(cat once.log)" 'another process has' 'and says why'
node=$(push layers-node lab/node:1)
has_report()
{
    [ "$(reports "$1" "$2" | wc -l)" = 1 ]
}
wait_for has_report lab/node "$node"
ok $? 'what is pushed is scanned' || diag "$(cat daemon.log)"
is "$(ps -o nice= -p "$daemon" | tr -d ' ')" 10 'with a low priority'
database 9
rescanned()
{
    [ "$(note_of lab/node "$node" | jq .database)" = \
        "$(date -u -d "$(jq -r .UpdatedAt cache/db/metadata.json)" +%s)" ]
}
wait_for rescanned
ok $? 'a new database is noticed' || diag "$(cat daemon.log)"
kill -9 "$daemon"
wait "$daemon" 2> /dev/null
later=$(push ubuntu-1804 lab/later:1)
is "$(queued)" 1 'when it is killed the queue goes on'
once
is "$? $(reports lab/later "$later" | wc -l)" '0 1' 'for the next one'


# what came past nginx is found

mkdir copied
cp -r "$root/docker" copied/docker
"$tally" scan --queue --once --root copied > once.log 2>&1
is "$? $(find copied/_tally/scan/notes -type f | wc -l)" \
    "0 $(find "$scan/notes" -type f | wc -l)" \
    'a store without a queue: all images are found' || diag "$(cat once.log)"

registry_clean queue
done_testing
