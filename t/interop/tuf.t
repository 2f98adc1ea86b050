#!/bin/bash
#
# tally initialize: trust from a TUF repository, which is made here, good and
# bad, by openssl and jq; both cosigns initialize from the same one.

. "$(dirname "$0")/lib.sh"

tally=${TALLY:-${TALLY_BUILD:-$top/build}/tally}

[ -x "$tally" ] || skip_all "tally is not built (make cli)"
need jq

cd "$work" || exit 1
export COSIGN_PASSWORD=pw HOME=$work/home DOCKER_CONFIG=$work
unset TUF_ROOT TUF_MIRROR TUF_ROOT_JSON
unset SIGSTORE_ID_TOKEN ACTIONS_ID_TOKEN_REQUEST_URL
host=127.0.0.1:$port
mirror=http://127.0.0.1:$((port + 5))
log=http://127.0.0.1:$((port + 7))
later=2099-01-01T00:00:00Z
past=2020-01-01T00:00:00Z


tally()
{
    timeout 60 "$tally" "$@"
}


# key NAME KIND: NAME.pem, and NAME.key as TUF writes it

key()
{
    case $2 in
    ed25519)
        openssl genpkey -algorithm ed25519 -out "$1.pem"
        openssl pkey -in "$1.pem" -pubout -outform DER | tail -c 32 \
            | xxd -p -c 64 | jq -R '{keytype: "ed25519", scheme: "ed25519",
                                     keyval: {public: .}}' > "$1.key"
        ;;
    ecdsa)
        openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
            -out "$1.pem"
        openssl pkey -in "$1.pem" -pubout | jq -Rs '{keytype: "ecdsa",
            scheme: "ecdsa-sha2-nistp256", keyval: {public: .}}' > "$1.key"
        ;;
    rsa)
        openssl genrsa -out "$1.pem" 2048 2> /dev/null
        openssl pkey -in "$1.pem" -pubout | jq -Rs '{keytype: "rsa",
            scheme: "rsassa-pss-sha256", keyval: {public: .}}' > "$1.key"
        ;;
    esac
}


# canonical JSON leaves line feeds as they are

canonical()
{
    jq -cSj "${@:-.}" | sed 's/\\n/\n/g'
}


keyid()
{
    canonical . "$1.key" | sha256sum | cut -c 1-64
}


# signature KEY FILE, in hex

signature()
{
    case $(jq -r .keytype "$1.key") in
    ed25519)
        openssl pkeyutl -sign -rawin -inkey "$1.pem" -in "$2"
        ;;
    ecdsa)
        openssl dgst -sha256 -sign "$1.pem" "$2"
        ;;
    rsa)
        openssl dgst -sha256 -sign "$1.pem" -sigopt rsa_padding_mode:pss \
            -sigopt rsa_pss_saltlen:32 "$2"
        ;;
    esac | xxd -p -c 4096
}


# signed FILE KEY...: what is signed comes from standard input

signed()
{
    local  file=$1 name list=

    shift
    cat > "$file.json"
    canonical . "$file.json" > "$file.signed"

    for name in "$@"; do
        list+=$(jq -n --arg id "$(keyid "$name")" \
            --arg sig "$(signature "$name" "$file.signed")" \
            '{keyid: $id, sig: $sig}')
    done

    jq -s --slurpfile s "$file.json" '{signatures: ., signed: $s[0]}' \
        <<< "$list" > "$file"
    rm "$file.signed" "$file.json"
}


# role THRESHOLD KEY...: keyids and threshold

role()
{
    local  threshold=$1

    shift
    for name in "$@"; do keyid "$name"; done \
        | jq -R . | jq -s --argjson t "$threshold" '{keyids: ., threshold: $t}'
}


# keys KEY...: an object of them

keys()
{
    for name in "$@"; do
        jq --arg id "$(keyid "$name")" '{($id): .}' "$name.key"
    done | jq -s add
}


# root VERSION THRESHOLD 'KEYS OF ROOT' SIGNER...

root()
{
    local  version=$1 threshold=$2 keys=$3

    shift 3
    # shellcheck disable=SC2086
    jq -n --argjson v "$version" --arg e "${root_expires:-$later}" \
        --argjson c "${consistent:-true}" \
        --argjson k "$(keys $keys time snap goal)" \
        --argjson r "$(role "$threshold" $keys)" \
        --argjson t "$(role 1 time)" --argjson s "$(role 1 snap)" \
        --argjson g "$(role 1 goal)" \
        '{_type: "root", spec_version: "1.0.31", version: $v, expires: $e,
          consistent_snapshot: $c, keys: $k, roles: {root: $r, timestamp: $t,
          snapshot: $s, targets: $g}}' \
        | signed "$repo/$version.root.json" "$@"
}


# info FILE [VERSION]: length and hashes of a file

info()
{
    jq -n --argjson v "${2:-null}" --argjson l "$(stat -c %s "$1")" \
        --arg h "$(sha256sum < "$1" | cut -c 1-64)" \
        '{length: $l, hashes: {sha256: $h}} + (if $v then {version: $v}
                                               else {} end)'
}


# target NAME FILE: puts a file into the repository, prints its entry

target()
{
    local  name=$2 dir

    dir=$repo/targets/$(dirname "$1")
    mkdir -p "$dir"
    [ "${consistent:-true}" = false ] \
        || cp "$2" "$dir/$(sha256sum < "$2" | cut -c 1-64).$(basename "$1")"
    cp "$2" "$dir/$(basename "$1")"
    info "$name" | jq --arg n "$1" '{($n): .}'
}


# targets ROLE VERSION SIGNER ENTRIES [DELEGATIONS]

targets()
{
    jq -n --argjson v "$2" --arg e "${targets_expires:-$later}" \
        --argjson t "$4" --argjson d "${5:-null}" \
        '{_type: "targets", spec_version: "1.0.31", version: $v, expires: $e,
          targets: $t} + (if $d then {delegations: $d} else {} end)' \
        | signed "$repo/$2.$1.json" "$3"
    cp "$repo/$2.$1.json" "$repo/$1.json"
}


# snapshot VERSION ROLE:VERSION...; timestamp VERSION SNAPSHOT

snapshot()
{
    local  version=$1 item

    shift
    for item in "$@"; do
        info "$repo/${item#*:}.${item%:*}.json" "${item#*:}" \
            | jq --arg n "${item%:*}.json" '{($n): .}'
    done | jq -s --argjson v "$version" --arg e "${snapshot_expires:-$later}" \
        '{_type: "snapshot", spec_version: "1.0.31", version: $v, expires: $e,
          meta: add}' | signed "$repo/$version.snapshot.json" snap
    cp "$repo/$version.snapshot.json" "$repo/snapshot.json"
}


timestamp()
{
    jq -n --argjson v "$1" --arg e "${timestamp_expires:-$later}" \
        --argjson s "$(info "$repo/$2.snapshot.json" "$2")" \
        '{_type: "timestamp", spec_version: "1.0.31", version: $v, expires: $e,
          meta: {"snapshot.json": $s}}' \
        | signed "$repo/timestamp.json" "${signer:-time}"
}


# publish VERSION: targets, snapshot and timestamp, all of one version

publish()
{
    targets targets "$1" goal "$(
        { target trusted_root.json "${trust:-trusted_root.json}"
          target signing_config.v0.2.json signing_config.json; } | jq -s add)"
    snapshot "$1" "targets:$1"
    timestamp "$1" "$1"
}


# fresh NAME: an empty repository $repo; a good one, when it has a root

fresh()
{
    repo=$work/mirror/$1
    rm -rf "$repo"
    mkdir -p "$repo/targets"
}


# refused NAME WORDS: initialize says them, of $repo and the root $anchor

refused()
{
    local  out

    rm -rf "$work/refused"
    out=$(TUF_ROOT=${folder:-$work/refused} tally initialize \
          --mirror "$mirror/$(basename "$repo")" \
          --root "${anchor:-$repo/1.root.json}" 2>&1) && out="succeeded: $out"
    like "$out" "^Error: .*$2" "$1"
}


for name in one:ed25519 two:ecdsa three:rsa time:ecdsa snap:rsa goal:ed25519 \
            other:ed25519; do
    key "${name%:*}" "${name#*:}"
done

# the trust that it is all about: a log's

openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out log.pem
openssl pkey -in log.pem -pubout -out log.pub
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out else.pem
openssl pkey -in else.pem -pubout -out else.pub
since="start-time=2020-01-01T00:00:00Z"
tally trusted-root create --out trusted_root.json \
    --rekor "url=$log,public-key=log.pub,$since"
tally trusted-root create --out else.json \
    --rekor "url=$log,public-key=else.pub,$since"
tally signing-config create --out signing_config.json --rekor-config ANY \
    --rekor "url=$log,api-version=1,$since,operator=test"
perl "$top/t/interop/log-double.pl" $((port + 7)) log.pem 1 &
pids+=($!)

wait_for curl -s -o /dev/null "$log" || exit 1

mkdir mirror
export HTTP_CONF="server {
    listen 127.0.0.1:$((port + 5));
    root $work/mirror;
}"
registry_start registry "$port" || exit 1

fresh good
root 1 2 "one two three" one three
publish 1

# where it comes from

tally generate-key-pair 2> /dev/null
echo text > file
runs "initialize from a mirror" tally initialize --mirror "$mirror/good" \
    --root mirror/good/1.root.json
kept=$HOME/.sigstore/root
is "$(jq -r .mirror "$kept/remote.json")" "$mirror/good" \
    "the mirror is remembered, where cosign remembers it"
is "$(cd "$kept" && find . -type f | sort | tr '\n' ' ')" \
"./127.0.0.1-$((port + 5))-good/root.json \
./127.0.0.1-$((port + 5))-good/snapshot.json \
./127.0.0.1-$((port + 5))-good/targets.json \
./127.0.0.1-$((port + 5))-good/targets/signing_config.v0.2.json \
./127.0.0.1-$((port + 5))-good/targets/trusted_root.json \
./127.0.0.1-$((port + 5))-good/timestamp.json \
./remote.json " "the folder is laid out as sigstore-go has it"
runs "initialize once more needs nothing said" tally initialize

export TUF_ROOT=$work/file.trust
runs "a mirror in a folder" tally initialize --mirror mirror/good \
    --root mirror/good/1.root.json
is "$(jq -r .mirror file.trust/remote.json)" "file://$work/mirror/good" \
    "is remembered as a URL"
runs "file://, with a checksum of the root" tally initialize \
    --mirror "file://$work/mirror/good" --root mirror/good/1.root.json \
    --root-checksum "$(sha256sum < mirror/good/1.root.json | cut -c 1-64)"
runs "a root from a URL, its checksum SHA-512" tally initialize \
    --mirror "$mirror/good/" --root "$mirror/good/1.root.json" \
    --root-checksum "sha512:$(sha512sum < mirror/good/1.root.json \
                              | cut -c 1-128)"

like "$(tally initialize --mirror "$mirror/good" --root mirror/good/1.root.json \
        --root-checksum "$(sha256sum < file | cut -c 1-64)" 2>&1)" \
    '^Error: .*checksum' "another checksum is refused"
like "$(tally initialize --mirror "$mirror/good" --root mirror/good/1.root.json \
        --root-checksum 12 2>&1)" '^Error: .*checksum' "and none that is one"
like "$(tally initialize --staging 2>&1)" '--mirror and --root' \
    "--staging is refused, with a remedy"
like "$(tally initialize --mirror gs://bucket --root file 2>&1)" \
    '^Error: .*http' "a bucket is refused by its kind"
like "$(TUF_ROOT=$work/new tally initialize --root file 2>&1)" '--mirror' \
    "no mirror: one is asked for"
like "$(TUF_ROOT=$work/new tally initialize --mirror "$mirror/good" 2>&1)" \
    '--root' "no root: one is asked for"

# what it is good for

runs "sign-blob: the signing config names the log" tally sign-blob -y \
    --key cosign.key --bundle logged.json file
is "$(jq '.verificationMaterial.tlogEntries | length' logged.json)" 1 \
    "the entry is in the bundle"
runs "verify-blob: by the log's key in the trusted root" tally verify-blob \
    --key cosign.pub --bundle logged.json file
tally sign-blob --tlog-upload=false --key cosign.key --bundle plain.json file \
    2> /dev/null
fails "what is not in the log is refused" tally verify-blob \
    --key cosign.pub --bundle plain.json file
runs "unless the log is left out" tally verify-blob --insecure-ignore-tlog \
    --key cosign.pub --bundle plain.json file
fails "--trusted-root goes first" tally verify-blob --trusted-root else.json \
    --key cosign.pub --bundle logged.json file
runs "without what was initialized, no log is demanded" env \
    TUF_ROOT="$work/none" "$tally" verify-blob --key cosign.pub \
    --bundle plain.json file

digest=$(image app)
runs "sign and verify an image" tally sign -y --key cosign.key \
    "$host/app@$digest"
runs "verify it" tally verify --key cosign.pub "$host/app@$digest"

# what is kept is enough as long as it has not expired

TUF_ROOT=$work/trust
runs "initialize another folder" tally initialize --mirror "$mirror/good" \
    --root mirror/good/1.root.json
mv mirror away
runs "no mirror is needed to verify" tally verify-blob --key cosign.pub \
    --bundle logged.json file
mv away mirror
expired=$(find trust -name timestamp.json)
repo=$work/mirror/good
timestamp_expires=$past timestamp 1 1
cp "$repo/timestamp.json" "$expired"
like "$(tally verify-blob --key cosign.pub --bundle logged.json file 2>&1)" \
    '^Error: .*expired.*tally initialize' \
    "expired, and the mirror has nothing newer: refused with a remedy"
publish 2
like "$(tally verify-blob --offline --key cosign.pub --bundle logged.json \
        file 2>&1)" '^Error: .*expired' "--offline asks no mirror"
runs "expired: the mirror is asked" tally verify-blob --key cosign.pub \
    --bundle logged.json file
is "$(jq .signed.version "$expired")" 2 "and what it says is kept"
printf ' ' >> "$(find trust -name trusted_root.json)"
runs "a target that was changed is fetched again" tally verify-blob \
    --key cosign.pub --bundle logged.json file

# roots that follow one another

fresh chain
root 1 2 "one two three" one two
root 2 1 "other" one three other
root 3 2 "two three" other two three
publish 1
export TUF_ROOT=$work/chain
runs "three roots, each signed by the one before" tally initialize \
    --mirror "$mirror/chain" --root mirror/chain/1.root.json
is "$(jq .signed.version chain/*/root.json)" 3 "the last one is kept"
rm -rf chain
root_expires=$past root 2 1 "other" one three other
runs "one in between may have expired" tally initialize \
    --mirror "$mirror/chain" --root mirror/chain/1.root.json

# targets that another role answers for

for by in paths prefixes; do
    fresh "role-$by"
    root 1 1 one one
    prefix=$(printf trusted_root.json | sha256sum | cut -c 1-2)
    where='{"paths":["unlike/*","trusted_*.json"]}'
    [ $by = paths ] || where="{\"path_hash_prefixes\":[\"$prefix\"]}"
    targets targets 1 goal '{}' "$(jq -n --argjson k "$(keys other)" \
        --argjson r "$(role 1 other)" --argjson w "$where" '{keys: $k, roles:
        [{name: "nobody/else", terminating: false, paths: ["x"]} + $r,
         {name: "trust/../it", terminating: true} + $w + $r]}')"
    mkdir -p "$repo/targets"
    targets escaped 1 other "$(target trusted_root.json trusted_root.json)"
    mv "$repo/1.escaped.json" "$repo/1.trust%2F..%2Fit.json"
    # shellcheck disable=SC2094
    jq -n --argjson t "$(info "$repo/1.targets.json" 1)" \
        --argjson e "$(info "$repo/1.trust%2F..%2Fit.json" 1)" \
        --arg l "$later" '{_type: "snapshot", spec_version: "1.0.31",
         version: 1, expires: $l, meta: {"targets.json": $t,
         "trust/../it.json": $e}}' | signed "$repo/1.snapshot.json" snap
    timestamp 1 1
    TUF_ROOT=$work/trust-$by
    runs "a delegated role, by $by" tally initialize \
        --mirror "$work/mirror/role-$by" --root "$repo/1.root.json"
    is "$(find "$TUF_ROOT" -name 'trust%2F..%2Fit.json' | wc -l)" 1 \
        "its name leads nowhere"
done

consistent=false fresh plain
consistent=false root 1 1 one one
consistent=false publish 1
runs "without consistent snapshots" env TUF_ROOT="$work/plain.trust" "$tally" \
    initialize --mirror "$mirror/plain" --root mirror/plain/1.root.json

# attacks

fresh bad
root 1 2 "one two three" one
refused "a root of too few signatures" 'root: signed by 1 of the 2'

root 1 2 "one two three" one one
refused "a signature twice is one" 'root: signed by 1 of the 2'

jq '.keytype = "ed25519" | .x = 1' one.key > copy.key
cp one.pem copy.pem
root 1 2 "one copy" one copy
refused "a key under two ids is one" 'root: signed by 1 of the 2'

root 1 1 one one
root 2 1 other other
publish 1
refused "a new root that the old one did not sign" 'root: signed by 0 of the 1'

root 2 1 other one
refused "nor itself" 'root: signed by 0 of the 1'

root 3 1 one one
mv "$repo/3.root.json" "$repo/2.root.json"
refused "a root that leaves a version out" 'root: version 3 does not follow 1'
cp "$repo/1.root.json" "$repo/2.root.json"
refused "the same root again" 'root: version 1 does not follow 1'
rm "$repo/2.root.json"

head -c 600000 /dev/zero | tr '\0' ' ' > "$repo/2.root.json"
refused "a root without end" '2.root.json'
rm "$repo/2.root.json"

root_expires=$past root 1 1 one one
refused "an expired root" 'root: version 1 expired'
root 1 1 one one

signer=other timestamp 1 1
refused "a timestamp of another key" 'timestamp: signed by 0 of the 1'
timestamp_expires=$past timestamp 1 1
refused "an expired timestamp" 'timestamp: version 1 expired'
head -c 20000 /dev/zero > "$repo/timestamp.json"
refused "a timestamp that is too large" 'timestamp.json'
echo '{"signed":{}}' > "$repo/timestamp.json"
refused "no metadata at all" 'not TUF metadata of the type timestamp'
rm "$repo/timestamp.json"
refused "no timestamp" 'timestamp.json'

publish 1
snapshot_expires=$past snapshot 1 targets:1
timestamp 1 1
refused "an expired snapshot" 'snapshot: version 1 expired'
snapshot 1 targets:1
refused "a snapshot that the timestamp does not name" 'snapshot: its length'
targets_expires=$past publish 1
refused "expired targets" 'targets: version 1 expired'

publish 1
targets targets 1 goal '{}'
refused "targets that the snapshot does not name" 'targets: its length'
targets targets 1 other '{}'
snapshot 1 targets:1
timestamp 1 1
refused "targets of another key" 'targets: signed by 0 of the 1'

publish 1
sed -i 's/127.0.0.1/127.0.0.2/' "$repo"/targets/*.trusted_root.json
refused "a target with another hash" 'trusted_root.json: its length or hash'
printf '%100000s' ' ' >> "$(find "$repo" -name '*.trusted_root.json')"
refused "a target that does not end" 'trusted_root.json'

targets targets 1 goal "$(target x file | jq '{"../../x": .x}')"
snapshot 1 targets:1
timestamp 1 1
refused "a target that leads out" 'not TUF metadata of the type targets'
targets targets 1 goal "$(target x file | jq '.x.length = 99999999999 |
                          {"trusted_root.json": .x}')"
snapshot 1 targets:1
timestamp 1 1
refused "a target of 100 GB" 'trusted_root.json: 99999999999 bytes'
targets targets 1 goal '{}'
snapshot 1 targets:1
timestamp 1 1
refused "no trusted root in it" 'no target "trusted_root.json"'

# an older repository than the one that was seen

TUF_ROOT=$work/seen
fresh bad
root 1 1 one one
publish 3
runs "version 3" tally initialize --mirror "$mirror/bad" \
    --root "$repo/1.root.json"
folder=$TUF_ROOT
publish 2
refused "a timestamp that is older" 'version 2 is older than 3'
timestamp 4 2
refused "an older snapshot behind a new timestamp" 'version 2 is older than 3'
snapshot 4 targets:2
timestamp 4 4
refused "older targets behind a new snapshot" 'version 2 is older than 3'
publish 5
runs "what is newer is good" tally initialize

# roots without end, each of them good: one openssl for each

fresh endless
root 1 1 one one
publish 1
id=$(keyid one)
canonical .signed "$repo/1.root.json" > root.text

for i in $(seq 2 258); do
    sed 's/"version":1}$/"version":'"$i}/" root.text > next.text
    hex=$(openssl pkeyutl -sign -rawin -inkey one.pem -in next.text \
          | xxd -p -c 64)
    sed -z 's/\n/\\n/g' next.text > next.json
    printf '{"signatures":[{"keyid":"%s","sig":"%s"}],"signed":%s}' "$id" \
        "$hex" "$(< next.json)" > "$repo/$i.root.json"
done

unset folder
refused "roots without end" 'root: more than 256 new versions'
rm "$repo/258.root.json"
TUF_ROOT=$work/endless
runs "256 new roots are the most" tally initialize \
    --mirror "$mirror/endless" --root "$repo/1.root.json"

# cosign from the same mirror, and each with the folder of the other

for version in cosign2 cosign3; do
    if why=$(tool_skip $version); then
        skip "$version: $why"
        continue
    fi

    cosign=$(tool_path $version)
    for name in good chain role-paths role-prefixes plain; do
        TUF_ROOT=$work/by-$version-$name
        runs "$version initializes from the mirror $name" timeout 60 \
            "$cosign" initialize --mirror "$mirror/$name" \
            --root "mirror/$name/1.root.json"
    done

    # cosign 2 keeps it elsewhere, in a database

    [ $version = cosign2 ] && continue

    TUF_ROOT=$work/by-$version-good
    runs "tally verifies by its folder" tally verify-blob --key cosign.pub \
        --bundle logged.json file
    fails "and demands the log" tally verify-blob --key cosign.pub \
        --bundle plain.json file

    TUF_ROOT=$work/for-$version
    tally initialize --mirror "$mirror/chain" \
        --root mirror/chain/1.root.json 2> /dev/null
    runs "$version verifies by the folder of tally" timeout 60 "$cosign" \
        verify-blob --key cosign.pub --bundle logged.json file
    runs "tally still does" tally verify-blob --key cosign.pub \
        --bundle logged.json file
done

done_testing
