#!/bin/bash
#
# What takes long: one line of progress on a terminal and none elsewhere, and
# transfers that are cut go on where they were.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need skopeo
command -v script > /dev/null || skip_all "no script(1)"

tally=${TALLY:-${TALLY_BUILD:-$top/build}/tally}
size=5000000
limit=1500000
host=127.0.0.1:$port
reg=localhost:$port
broken=$((port + 1))
cut=

export XDG_CACHE_HOME=$work/cache
partial=$XDG_CACHE_HOME/tally/partial


# on_terminal COLUMNS COMMAND: what it writes to one, standard error alone; in
# a process of its own

on_terminal()
{
    exec env ${TERMINAL-TERM=xterm} script -qefc \
        "stty cols $1; $2 2>&1 >/dev/null" /dev/null < /dev/null
}


# the longest of the lines that were drawn over one another

widest()
{
    tr '\r' '\n' | awk '{ n = length; if (n > w) w = n } END { print w + 0 }'
}


# is the last line that was drawn one for 30 columns?

narrow()
{
    local  last

    last=$(tr '\r' '\n' < seen | grep '[0-9]% ' | tail -n 1)
    [ -n "$last" ] && [ "${#last}" -lt 30 ]
}


# cut_start TIMES: a network that breaks, before the registry

cut_start()
{
    : > "$work/cut.log"
    "$top/t/interop/cut.pl" "$broken" "$port" $limit "$1" "$work/cut.log" &
    cut=$!
    pids+=("$cut")
    wait_for listens "$broken"
}


listens()
{
    grep -qE ":$(printf %04X "$1") 00000000:0000 0A" /proc/net/tcp
}


cut_stop()
{
    kill "$cut" 2>/dev/null
    wait "$cut" 2>/dev/null
    wait_for ended
}


ended()
{
    ! listens "$broken"
}


# carried WAY: the bytes of all connections that have ended

carried()
{
    awk -v way="$1" '{ n += (way == "down") ? $2 : $4 } END { print n + 0 }' \
        "$work/cut.log"
}


digest_at()
{
    header_of Docker-Content-Digest -I \
        -H 'Accept: application/vnd.oci.image.manifest.v1+json' \
        "http://$host/v2/$1/manifests/$2"
}


partials()
{
    find "$partial" -type f -printf '%f\n' 2>/dev/null | sort | tr '\n' ' '
}


registry_start tally "$port" || { ok 1 "the registry starts"; done_testing; }
cd "$work" || exit 1

digest=$(layout_make app "app" $size)
"$tool_skopeo" copy -q --dest-tls-verify=false oci:app:latest \
    "docker://$reg/lab/app:1"
is "$(digest_at lab/app 1)" "$digest" "an image of 5 MB"

# the line

store=$work/tally/store
check="$tally fsck --root $store"

# a machine that hesitates has no rate to show: once more

for _ in 1 2 3 4 5 6 7 8; do
    out=$(on_terminal 100 "$check --rate 2M")
    ! grep -q 'left +*\[=' <<< "$out" || break
done

like "$out" 'checking links +100% +1 of 1' "fsck counts the manifests"
like "$out" 'reading +[0-9]+% +[0-9.]+ MiB of 4\.8 MiB' "and the bytes"
like "$out" 'MiB/s +[0-9]+:[0-9]{2} left +\[=+> *\]' \
    "with the rate, the time that is left and a bar"
unlike=$(tr -d '\r' <<< "$out" | grep -c $'\033')
is "$unlike" 0 "and no escape sequence: NO_COLOR holds always"
last=$(tr '\r' '\n' <<< "$out" | sed '/^$/d' | tail -n 1)
like "$last" '^ *$' "the line is gone at the end"

for columns in 79 40 20 8; do
    widest=$(on_terminal $columns "$check" | widest)
    [ "$widest" -gt 0 ] && [ "$widest" -lt $columns ]
    ok $? "it fits a terminal of $columns columns"
done

is "$(on_terminal 1 "$check" | widest)" 0 "of one it says nothing"

: > seen
on_terminal 80 "tty > pty; exec $check --rate 40K" >> seen &
watched=$!
wait_for grep -q 'MiB of' seen
like "$(widest < seen)" '^[4-7][0-9]$' "it is wide while the terminal is"
: > seen
stty -F "$(tr -d '\r' < pty)" cols 30
wait_for narrow
ok $? "and narrow once that has become narrow"
kill "$watched"
wait "$watched" 2> /dev/null

is "$($check 2>&1 >/dev/null)" "" "nothing in a pipe"
is "$(on_terminal 80 "$check --no-progress")" "" "nothing with --no-progress"
is "$(TERMINAL=TERM=dumb on_terminal 80 "$check")" "" "nothing with TERM=dumb"

gc="$tally gc --root $store --dry-run"
like "$(on_terminal 80 "$gc")" 'marking +100% +1 of 1' "gc has it"
like "$(on_terminal 80 "$gc")" 'sweeping +[0-9]+% +[0-9]+ of 3' "in two parts"
is "$(on_terminal 80 "$gc -q")" "" "but not with --quiet"

like "$(on_terminal 80 "$tally save --dir terminal $reg/lab/app:1")" \
    'save +[0-9]+% .* of 4\.8 MiB' "save"
like "$(on_terminal 80 "$tally load --dir terminal $reg/lab/loaded:1")" \
    'load +[0-9]+% .* of 4\.8 MiB' "load"
like "$(on_terminal 80 "$tally copy $reg/lab/app:1 $reg/lab/copied:1")" \
    'copy +[0-9]+% .* of 4\.8 MiB' "and copy"
is "$("$tally" copy "$reg/lab/app:1" "$reg/lab/piped:1" 2>&1 \
    | tr -d '\r' | grep -c '%')" 0 "which is silent of it in a pipe"

# a network that breaks, again and again

cut_start 1000
runs "copy over a network that breaks" "$tally" copy \
    "localhost:$broken/lab/app:1" "$reg/down/app:1"
is "$(digest_at down/app 1)" "$digest" "brings the image"
cut_stop
[ "$(wc -l < cut.log)" -ge 4 ] && [ "$(carried down)" -lt $((size * 6 / 5)) ]
ok $? "and what had arrived was not sent again"
is "$(partials)" "" "nothing is left of it"

layout_make two "two" $size > /dev/null
"$tool_skopeo" copy -q --dest-tls-verify=false oci:two:latest \
    "docker://$reg/lab/two:1"
"$tally" save --dir two-saved "$reg/lab/two:1" > /dev/null 2>&1
cut_start 1000
runs "load over it" "$tally" load --dir two-saved "localhost:$broken/up/two:1"
is "$(digest_at up/two 1)" "$(digest_at lab/two 1)" "brings the image"
cut_stop
[ "$(wc -l < cut.log)" -ge 4 ] && [ "$(carried up)" -lt $((size * 3 / 2)) ]
ok $? "and what had arrived was not sent again" || diag "$(cat cut.log)"
is "$(partials)" "" "nothing is left of it"

# a network that is gone, and the next run

cut_start -1
fails "save from a registry that goes away" "$tally" save --dir saved \
    "localhost:$broken/lab/app:1"
like "$(partials)" '^sha256-[0-9a-f]{64} $' "what has arrived is kept"
is "$(stat -c %a "$partial")" 700 "for its user alone"
cut_start 0
runs "save again" "$tally" save --dir saved "localhost:$broken/lab/app:1"
cut_stop
[ "$(carried down)" -lt $((size - limit / 2)) ]
ok $? "takes the rest alone"
is "$(partials)" "" "nothing is left of it"
runs "and it is whole" "$tally" load --dir saved "$reg/lab/whole:1"
is "$(digest_at lab/whole 1)" "$digest" "and the same"

cut_start -1
fails "save is cut" "$tally" save --dir spoiled "localhost:$broken/lab/app:1"
file=$(find "$partial" -type f)
printf 'damage' | dd of="$file" bs=1 seek=1000 conv=notrunc 2>/dev/null
runs "what was kept is damaged meanwhile" "$tally" save --dir spoiled \
    "$reg/lab/app:1"
is "$(sha256sum spoiled/blobs/sha256/* | awk '{ print ($2 ~ $1) }' | sort -u)" \
    1 "and is not believed"

cut_start -1
fails "load into a registry that goes away" "$tally" load --dir two-saved \
    "localhost:$broken/again/two:1"
like "$(partials)" '^upload-[0-9a-f]{64} $' "the upload is remembered"
cut_start 0
runs "load again" "$tally" load --dir two-saved "localhost:$broken/again/two:1"
cut_stop
[ "$(carried up)" -lt $((size - limit / 2)) ]
ok $? "sends the rest alone"
is "$(digest_at again/two 1)" "$(digest_at lab/two 1)" "which makes it whole"
is "$(partials)" "" "nothing is left of it"

cut_start 0
runs "load once more" "$tally" load --dir two-saved \
    "localhost:$broken/again/two:1"
cut_stop
[ "$(carried up)" -lt 20000 ]
ok $? "sends nothing that is there"

# a registry that sends no parts

registry_start whole $((port + 2)) 'max_ranges 0;'
whole=$((port + 2))
mkdir -p "$partial"
layer=$(get -H 'Accept: application/vnd.oci.image.manifest.v1+json' \
    "http://$host/v2/lab/app/manifests/1" | grep -oE 'sha256:[0-9a-f]{64}' \
    | tail -n 1)
get "http://$host/v2/lab/app/blobs/$layer" | head -c 2000000 \
    > "$partial/sha256-${layer#sha256:}"
runs "a part is there, and the registry sends all or nothing" "$tally" save \
    --dir all "localhost:$whole/lab/app:1"
is "$(sha256sum all/blobs/sha256/* | awk '{ print ($2 ~ $1) }' | sort -u)" 1 \
    "all is taken"

touch -d '8 days ago' "$partial/sha256-old"
"$tally" save --dir once "$reg/lab/app:1" > /dev/null 2>&1
is "$(partials)" "" "what nobody goes on with is gone after a week"

# the database, which is an artifact of 3 MB here, and what it is for

db=${TALLY_SHARED:-$top/../shared}/data/scan/db/trivy-mini.db.tar.gz

if [ ! -e "$db" ]; then
    skip "no database at $db"
    registry_clean tally
    done_testing
fi

media=application/vnd
layer=$(digest_of "$db")
curl -sf -X POST --data-binary "@$db" -H \
    'Content-Type: application/octet-stream' \
    "http://$host/v2/trivy-db/blobs/uploads/?digest=$layer"
blob_push trivy-db '{}'
curl -sf -X PUT -H "Content-Type: $media.oci.image.manifest.v1+json" \
    "http://$host/v2/trivy-db/manifests/2" --data-binary @- <<END
{"schemaVersion":2,"mediaType":"$media.oci.image.manifest.v1+json",
 "config":{"mediaType":"$media.aquasec.trivy.config.v1+json","size":2,
  "digest":"sha256:$(printf '{}' | sha256sum | cut -c1-64)"},
 "layers":[{"mediaType":"$media.aquasec.trivy.db.layer.v1.tar+gzip",
  "size":$(stat -c %s "$db"),"digest":"$layer"}]}
END

store=$store registry_start slow $((port + 3)) 'limit_rate 2m;'
pull="$tally db pull localhost:$((port + 3))/trivy-db:2 --cache-dir seen-cache"

for _ in 1 2 3 4 5 6 7 8; do
    rm -rf seen-cache
    out=$(on_terminal 80 "$pull")
    ! grep -q '[0-9]%' <<< "$out" || break
done

like "$out" '[0-9]+% +[0-9.]+ MiB of 3\.' "db pull has it"
is "$($pull 2>&1 | tr -d '\r' | grep -c '%')" 0 "and nothing in a pipe"

cut_start 2
runs "db pull over a network that breaks" "$tally" db pull \
    "localhost:$broken/trivy-db:2" --cache-dir cut-cache
cut_stop
[ "$(wc -l < cut.log)" -ge 3 ] \
    && [ "$(carried down)" -lt $(($(stat -c %s "$db") * 6 / 5)) ]
ok $? "takes up what had arrived" || diag "$(cat cut.log)"
is "$(sha256sum < cut-cache/db/trivy.db)" \
    "$(sha256sum < seen-cache/db/trivy.db)" "and it is whole"

cut_start -1
fails "db pull from a registry that goes away" "$tally" db pull \
    "localhost:$broken/trivy-db:2" --cache-dir gone-cache
like "$(partials)" '^sha256-[0-9a-f]{64} $' "what has arrived is kept"
cut_start 0
runs "db pull again" "$tally" db pull "localhost:$broken/trivy-db:2" \
    --cache-dir gone-cache
cut_stop
[ "$(carried down)" -lt $(($(stat -c %s "$db") - limit / 2)) ]
ok $? "takes the rest alone" || diag "$(cat cut.log)"
is "$(partials)" "" "nothing is left of it"

scan="$tally scan --root $store --all --skip-db-update --cache-dir seen-cache"
like "$(on_terminal 80 "$scan")" 'app:1 +[0-9]+% +[0-9] of [0-9]' \
    "scan --all has it"
is "$($scan 2>&1 > /dev/null | tr -d '\r' | grep -c '%')" 0 \
    "and nothing in a pipe"

registry_clean tally
done_testing
