#!/bin/bash
#
# registry_metrics, read by a real Prometheus, and registry_health: on a good
# store, a full one, one mounted read-only, one that is gone.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need htpasswd jq

host=127.0.0.1:$port
url=http://$host
watch=http://127.0.0.1:$((port + 1))
media=application/vnd.oci.image.manifest.v1+json
dashboard=$top/conf/grafana-dashboard.json


# the value of one series, written as the exposition has it; nothing: none

value()
{
    get "$watch/metrics" | awk -v s="$1" '$1 == s { print $2 }'
}


# shows SERIES VALUE NAME: it comes to that, soon

shows()
{
    wait_for has "$1" "$2"
    is "$(value "$1")" "$2" "$3"
}


has()
{
    [ "$(value "$1")" = "$2" ]
}


# begin REPOSITORY: begins an upload; its place is printed

begin()
{
    local  where

    where=$(header_of location -u alice:secret -X POST \
        "$url/v2/$1/blobs/uploads/")
    echo "$url${where#"$url"}"
}


# locations FREE: where the registry is watched

locations()
{
    cat <<END
    server {
        listen 127.0.0.1:$((port + 1));
        location = /metrics { registry_metrics on; }
        location = /livez { registry_health live; }
        location = /readyz { registry_health ready $1; }
        location = /readyz/pull { registry_health ready pull; }
    }
END
}


htpasswd -nbB alice secret > "$work/users" 2> /dev/null
# the sample of a log, with its file here

sed "s|/var/log/nginx/|$work/|" "$top/conf/access-log.conf" > "$work/log.conf"

HTTP_CONF="$(locations '') include $work/log.conf;"
# shellcheck disable=SC2016
registry_start one "$port" "registry_auth htpasswd $work/users;" \
    'registry_rule allow anonymous open/** pull;' \
    'registry_rule allow $user mine/** *;'


# what requests come to

manifest='{"schemaVersion":2,"mediaType":"'$media'","config":{"mediaType":'
manifest+='"application/vnd.oci.image.config.v1+json","size":2,"digest":'
manifest+='"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61'
manifest+='caaff8a"},"layers":[]}'

# counting looks at the disk once, at start: what begins meanwhile may be
# counted twice

shows "registry_uploads_open{root=\"$work/one/store\"}" 0 "no upload is open"
where=$(begin mine/app)
shows 'registry_http_in_flight_requests{handler="blob_upload"}' 0 \
    "nothing is under way"
shows "registry_uploads_open{root=\"$work/one/store\"}" 1 "an upload is open"
[[ $where = *\?* ]] && where+='&' || where+='?'
is "$(status_of -u alice:secret -X PUT --data '{}' \
    -H 'Content-Type: application/octet-stream' "${where}digest=$(printf '{}' \
    | sha256sum | sed 's/ .*//; s/^/sha256:/')")" 201 "a blob is pushed"
shows "registry_uploads_open{root=\"$work/one/store\"}" 0 "and then it is not"
is "$(status_of -u alice:secret -X PUT --data "$manifest" \
    -H "Content-Type: $media" "$url/v2/mine/app/manifests/1")" 201 "a manifest"
is "$(status_of -u alice:secret "$url/v2/mine/app/manifests/1" -H \
    "Accept: $media")" 200 "is pulled"
is "$(status_of -u alice:secret "$url/v2/mine/app/manifests/2")" 404 "or not"

requests=registry_http_requests_total
shows "$requests{code=\"200\",handler=\"manifest\",method=\"get\"}" 1 \
    "requests are counted by operation and status"
shows "$requests{code=\"404\",handler=\"manifest\",method=\"get\"}" 1 \
    "those that find nothing too"
shows "$requests{code=\"202\",handler=\"blob_upload\",method=\"post\"}" 1 \
    "an upload that was begun"
shows "$requests{code=\"201\",handler=\"blob_upload_chunk\",method=\"put\"}" 1 \
    "and ended"
duration=registry_http_request_duration_seconds
shows "${duration}_bucket{handler=\"manifest\",method=\"get\",le=\"+Inf\"}" 2 \
    "their times are"
shows "${duration}_count{handler=\"manifest\",method=\"get\"}" 2 \
    "in a histogram"
[ "$(value 'registry_http_request_size_bytes_sum{handler="manifest"}')" -gt \
    "${#manifest}" ]
ok $? "the bytes that came"
[ "$(value 'registry_http_response_size_bytes_sum{handler="manifest"}')" -gt \
    "${#manifest}" ]
ok $? "and those that went"
action='registry_storage_action_seconds_count{driver="filesystem",action='
shows "$action\"manifest_put\"}" 1 "what threads do with the store is timed"


# who was refused, and why

is "$(status_of "$url/v2/mine/app/manifests/1")" 401 "without a name: 401"
is "$(status_of -u alice:wrong "$url/v2/mine/app/manifests/1")" 401 \
    "a wrong password: 401"
is "$(status_of -u alice:secret "$url/v2/open/app/manifests/1" -X DELETE)" \
    403 "against the rules: 403"
shows 'registry_auth_failures_total{reason="credentials"}' 1 \
    "one failure is of credentials"
shows 'registry_auth_failures_total{reason="denied"}' 1 "one of rules"
shows 'registry_auth_failures_total{reason="limited"}' 0 "none of limits"
shows 'registry_gate_refusals_total{reason="signature"}' 0 "none of a gate"


logged()
{
    jq -c 'select(.operation == "manifest_put")
        | [.user, .repository, .reference, .status, (.digest | length)]' \
        "$work/registry.json"
}

is "$(logged)" '["alice","mine/app","1",201,71]' "a line of JSON says the same"


# the disk

blocks=$(stat -f -c '%b %S' "$work")
shows "registry_storage_filesystem_size_bytes{root=\"$work/one/store\"}" \
    $((${blocks% *} * ${blocks#* })) "the size of the disk"
like "$(value \
    "registry_storage_filesystem_free_bytes{root=\"$work/one/store\"}")" \
    '^[1-9][0-9]*$' "and what is free of it"


# a reload loses nothing, and requests go on to be counted

pid=$(registry_pid one)
workers=$(pgrep -P "$pid" | sort)
kill -HUP "$pid"
reloaded()
{
    local  now

    now=$(pgrep -P "$pid" | sort)
    [ -n "$now" ] && [ -z "$(comm -12 <(echo "$now") <(echo "$workers"))" ]
}
runs "a reload" wait_for reloaded
is "$(status_of -u alice:secret "$url/v2/mine/app/manifests/1" -H \
    "Accept: $media")" 200 "another pull"
shows "$requests{code=\"200\",handler=\"manifest\",method=\"get\"}" 2 \
    "is added to what was counted before"


# formats

like "$(header_of content-type "$watch/metrics")" \
    '^text/plain; version=0.0.4; charset=utf-8$' "the text format"
like "$(header_of content-type -H \
    'Accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5' \
    "$watch/metrics")" '^application/openmetrics-text; version=1.0.0;' \
    "OpenMetrics for who asks"
is "$(get -H 'Accept: application/openmetrics-text' "$watch/metrics" \
    | tail -n 1)" '# EOF' "which has an end"
is "$(status_of -X POST "$watch/metrics")" 405 "nothing is posted to it"
is "$(status_of "$url/metrics")" 404 "and it is nowhere else"

if why=$(tool_skip promtool); then
    skip "$why"
else
    get "$watch/metrics" > "$work/metrics"
    is "$("$(tool_path promtool)" check metrics < "$work/metrics" 2>&1)" "" \
        "promtool finds nothing to say"
fi


# a Prometheus

query()
{
    get -G --data-urlencode "query=$1" \
        "http://127.0.0.1:$((port + 2))/api/v1/query" \
        | jq -r '.data.result[0].value[1] // empty'
}


answers()
{
    [ "$(query "$1")" = "$2" ]
}


if why=$(tool_skip prometheus); then
    skip "$why"
else
    cat > "$work/prometheus.yml" <<END
global: {scrape_interval: 1s}
scrape_configs:
  - job_name: registry
    static_configs: [{targets: ["127.0.0.1:$((port + 1))"]}]
END
    "$(tool_path prometheus)" --config.file="$work/prometheus.yml" \
        --storage.tsdb.path="$work/tsdb" \
        --web.listen-address="127.0.0.1:$((port + 2))" \
        > "$work/prometheus.log" 2>&1 &
    pids+=($!)

    runs "Prometheus reads the registry" wait_for answers \
        'up{job="registry"}' 1
    runs "and knows what was pulled" wait_for answers \
        "sum($requests{handler=\"manifest\",code=\"200\"})" 2

    for query in $(jq -r '.. | .expr? // empty | @base64' "$dashboard"); do
        query=$(base64 -d <<< "$query" | sed 's/\$__rate_interval/1m/g
            s/\$[a-z]*/.*/g')
        get -G --data-urlencode "query=$query" \
            "http://127.0.0.1:$((port + 2))/api/v1/query" \
            | jq -e '.status == "success"' > /dev/null || echo "$query"
    done > "$work/refused"

    is "$(cat "$work/refused")" "" "it takes each query of the dashboard"
fi


# the dashboard knows only what there is

jq -r '.. | .expr? // empty' "$dashboard" | grep -oE 'registry_[a-z_]+' \
    | sort -u > "$work/asked"
get "$watch/metrics" | sed -n 's/^# TYPE \([a-z_]*\) histogram$/\1_bucket\n\1_sum\n\1_count/p
    s/^# TYPE \([a-z_]*\) .*/\1/p' | sort -u > "$work/told"
[ "$(wc -l < "$work/asked")" -gt 9 ]
ok $? "the dashboard asks for much"
is "$(comm -23 "$work/asked" "$work/told")" "" "all of it is told"


# health

is "$(get "$watch/livez")" ok "it lives"
is "$(get "$watch/readyz")" ok "and takes pushes"
is "$(get "$watch/readyz?verbose")" "[+] $work/one/store: ok"$'\n'ok \
    "in more words"
is "$(get -H 'Accept: application/json' "$watch/readyz" \
    | jq -c '[.ok, .checks[0].name, .checks[0].ok]')" \
    "[true,\"$work/one/store\",true]" "and as JSON"
is "$(find "$work/one/store" -name 'trial*')" "" "nothing is left of the trial"

mv "$work/one/store" "$work/one/gone"
is "$(status_of "$watch/readyz")" 503 "a store that is gone"
like "$(get "$watch/readyz")" "^\[-\] $work/one/store: .*No such file" \
    "is told of"
is "$(status_of "$watch/readyz/pull")" 503 "and holds no images"
is "$(status_of "$watch/livez")" 200 "the worker lives on"
is "$(get "$watch/metrics" | grep -c '^registry_storage_filesystem_size')" 0 \
    "there is no size of it"
fails "and it is not made" test -e "$work/one/store"
mv "$work/one/gone" "$work/one/store"
is "$(get "$watch/readyz")" ok "it is back"

mv "$work/one/store/docker/registry/v2/blobs" "$work/one/blobs"
touch "$work/one/store/docker/registry/v2/blobs"
like "$(get "$watch/readyz")" 'v2/blobs": Permission denied$' \
    "a store that is closed further down"
rm "$work/one/store/docker/registry/v2/blobs"
mv "$work/one/blobs" "$work/one/store/docker/registry/v2/blobs"

registry_clean one
registry_stop one

HTTP_CONF=$(locations free=1000000g) registry_start two "$port"
like "$(get "$watch/readyz")" 'bytes are free, less than 1073741824000000$' \
    "as much as was asked for must be free"
registry_stop two

HTTP_CONF=$(locations '') registry_start three "$port" 'registry_readonly on;'
like "$(get "$watch/readyz")" '"registry_readonly" is on$' \
    "one that is told to take nothing is not ready for it"
is "$(get "$watch/readyz/pull")" ok "but for pulls"
registry_stop three


# disks of our own

mounted()
{
    local  free

    mkdir "$work/disk"
    mount -t tmpfs -o size=4m tmpfs "$work/disk" 2> /dev/null || return 1

    HTTP_CONF=$(locations '') store=$work/disk registry_start four "$port"
    is "$(get "$watch/readyz")" ok "a small disk is no full one"

    free=$(stat -f -c %f "$work/disk")
    head -c $((free * 4096)) /dev/zero > "$work/disk/fill"
    is "$(status_of "$watch/readyz")" 503 "a full one is not ready"
    like "$(get "$watch/readyz")" 'No space left on device$' "and says why"
    is "$(get "$watch/readyz/pull")" ok "for pulls it is"
    rm "$work/disk/fill"
    is "$(get "$watch/readyz")" ok "there is room again"

    mount -o remount,ro "$work/disk"
    like "$(get "$watch/readyz")" 'mounted read-only$' "one that is read-only"
    is "$(get "$watch/readyz/pull")" ok "can be pulled from"
    mount -o remount,rw "$work/disk"
    is "$(get "$watch/readyz")" ok "and pushed to again"
    registry_stop four
}

mounted || skip "no file systems can be mounted here"

done_testing
