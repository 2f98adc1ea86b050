# What the scripts of t/interop share: TAP, servers of their own on loopback
# ports from $TALLY_PORT on, and a folder that goes away with them.
#
#   . "$(dirname "$0")/lib.sh"

set -u

top=${TALLY_TOP:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
module=${TALLY_MODULE:-$top/build/ngx_http_registry_module.so}
nginx=${TALLY_NGINX:-$(PATH=$PATH:/usr/sbin command -v nginx || echo nginx)}
port=${TALLY_PORT:-5600}

# shellcheck source=t/tools
. "$top/t/tools"

tests=0
failures=0
pids=()


ok()
{
    local  status=$1

    shift
    tests=$((tests + 1))

    if [ "$status" -eq 0 ]; then
        echo "ok $tests - $*"
        return
    fi

    failures=$((failures + 1))
    echo "not ok $tests - $*"
    return 1
}


# is GOT WANT NAME

is()
{
    local  got=$1 want=$2

    shift 2
    [ "$got" = "$want" ]

    ok $? "$*" && return

    diag "got:  ${got:0:2000}"
    diag "want: ${want:0:2000}"
    return 1
}


# like GOT EXTENDED-REGEXP NAME

like()
{
    local  got=$1 want=$2

    shift 2
    grep -qE -- "$want" <<< "$got"

    ok $? "$*" && return

    diag "got:  ${got:0:2000}"
    diag "want: /$want/"
    return 1
}


# runs NAME COMMAND...: it must succeed; its output is shown when it does not

runs()
{
    local  name=$1 out status

    shift
    out=$("$@" 2>&1 < /dev/null)
    status=$?

    ok "$status" "$name" && return

    diag "$* : status $status"
    diag "$(tail -n 20 <<< "$out")"
    return 1
}


# fails NAME COMMAND...

fails()
{
    local  name=$1 out

    shift

    if out=$("$@" 2>&1 < /dev/null); then
        ok 1 "$name"
        diag "$* : succeeded; $(tail -n 5 <<< "$out")"
        return 1
    fi

    ok 0 "$name"
}


diag()
{
    sed 's/^/# /' <<< "$*"
}


skip()
{
    tests=$((tests + 1))
    echo "ok $tests # SKIP $*"
}


skip_all()
{
    echo "1..0 # SKIP $*"
    exit 0
}


done_testing()
{
    echo "1..$tests"
    [ "$failures" -eq 0 ]
    exit
}


# need TOOL...: skips the file, by name, when one cannot be had; the path of
# each is in $tool_NAME

need()
{
    local  name path

    for name in "$@"; do
        path=$(tool_path "$name" 2>"$work/why") \
            || skip_all "$(tail -n 1 "$work/why")"
        printf -v "tool_${name//-/_}" '%s' "$path"
    done
}


need_root()
{
    privileged || skip_all "$1 needs root"
}


# root that may be somebody else: some containers have one that may not

privileged()
{
    [ "$(id -u)" -eq 0 ] \
        && setpriv --reuid nobody --clear-groups true 2> /dev/null
}


# wait_for COMMAND...: until it succeeds; two minutes are a hang, on any machine

wait_for()
{
    local  tries=1200

    while ! "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || return 1
        sleep 0.1
    done
}


# registry_start NAME PORT [DIRECTIVE...]: an nginx of ours in $work/NAME, its
# store $work/NAME/store unless $store is set; HTTP_CONF and LISTEN may add

registry_start()
{
    local  name=$1 at=$2 dir=$work/$1 user= directives

    shift 2
    mkdir -p "$dir/store" "$dir/temp"
    [ "$(id -u)" -eq 0 ] && user='user root;'
    directives=$(printf '        %s\n' "$@")

    cat > "$dir/nginx.conf" <<END
load_module $module;
$user
worker_processes ${WORKERS:-2};
error_log $dir/error.log info;
pid $dir/nginx.pid;
${MAIN_CONF-}

events {
    worker_connections 512;
}

http {
    access_log $dir/access.log;
    client_body_temp_path $dir/temp/body;
    proxy_temp_path $dir/temp/proxy;
    fastcgi_temp_path $dir/temp/fastcgi;
    uwsgi_temp_path $dir/temp/uwsgi;
    scgi_temp_path $dir/temp/scgi;
    ${HTTP_CONF-}

    server {
        listen 127.0.0.1:$at ${LISTEN-};
        registry on;
        registry_root ${store:-$dir/store};
$directives
    }
}
END

    "$nginx" -c "$dir/nginx.conf" -e "$dir/error.log" > "$dir/start.log" 2>&1 \
        || { diag "nginx does not start: $(cat "$dir/start.log")"; return 1; }

    wait_for test -s "$dir/nginx.pid" || return 1
    pids+=("$(cat "$dir/nginx.pid")")
    wait_for curl -sk -o /dev/null "${SCHEME:-http}://127.0.0.1:$at/v2/"
}


registry_pid()
{
    cat "$work/$1/nginx.pid"
}


registry_stop()
{
    local  pid

    pid=$(registry_pid "$1" 2>/dev/null) || return

    kill -QUIT "$pid" 2>/dev/null
    wait_for gone "$pid"
}


gone()
{
    ! kill -0 "$1" 2>/dev/null
}


# no line of ours above "warn", and no crash, may be left by a good run

registry_clean()
{
    local  bad

    bad=$(grep -E '\[(emerg|alert|crit)\]|exited on signal' \
        "$work/$1/error.log" | head -n 5)

    # nginx tries what a root without privileges may not, and goes on
    privileged || bad=$(grep -v 'initgroups(' <<< "$bad")

    is "$bad" "" "$1: no alert, crit or crash in the error log"
}


# peer_start NAME PORT ROOT: Debian's docker-registry on the same tree

peer_start()
{
    local  name=$1 at=$2 root=$3 dir=$work/$1

    mkdir -p "$dir" "$root"

    cat > "$dir/config.yml" <<END
version: 0.1
log: {level: info}
storage:
  filesystem: {rootdirectory: $root}
  delete: {enabled: true}
http:
  addr: 127.0.0.1:$at
END

    "$tool_docker_registry" serve "$dir/config.yml" > "$dir/log" 2>&1 &
    echo $! > "$dir/pid"
    pids+=($!)
    wait_for curl -s -o /dev/null "http://127.0.0.1:$at/v2/"
}


peer_stop()
{
    local  pid

    pid=$(cat "$work/$1/pid")
    kill "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
}


# dockerd_start [OPTION...]: a daemon of our own in $work/docker, which the
# function `docker` talks to; the machine's own is left alone

dockerd_start()
{
    local  dir=$work/docker path

    mkdir -p "$dir/config"
    path=$PATH:/usr/sbin:/sbin

    PATH=$path "$tool_dockerd" --data-root "$dir/data" \
        --exec-root "$dir/exec" --pidfile "$dir/pid" \
        --host "unix://$dir/sock" --bridge none --iptables=false \
        --ip-forward=false --ip-masq=false --storage-driver vfs "$@" \
        > "$dir/log" 2>&1 &

    pids+=($!)
    wait_for docker version
}


docker()
{
    DOCKER_HOST=unix://$work/docker/sock DOCKER_CONFIG=$work/docker/config \
        DOCKER_BUILDKIT=0 "$tool_docker" "$@"
}


# containerd_start: one of our own in $work/containerd, for $tool_ctr -a
# $work/containerd/sock

containerd_start()
{
    local  dir=$work/containerd

    mkdir -p "$dir"
    cat > "$dir/config.toml" <<END
version = 2
root = "$dir/root"
state = "$dir/state"
disabled_plugins = ["io.containerd.grpc.v1.cri",
    "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs",
    "io.containerd.snapshotter.v1.devmapper",
    "io.containerd.internal.v1.opt", "io.containerd.tracing.processor.v1.otlp"]
[grpc]
  address = "$dir/sock"
[ttrpc]
  address = "$dir/ttrpc"
END
    "$tool_containerd" -c "$dir/config.toml" > "$dir/log" 2>&1 &
    pids+=($!)
    wait_for "$tool_ctr" -a "$dir/sock" version
}


# an image of two layers, with no parent, built by the daemon

docker_image()
{
    local  name=$1 text=$2 dir=$work/context

    rm -rf "$dir"
    mkdir -p "$dir"
    echo "$text" > "$dir/text"
    head -c 200000 /dev/urandom > "$dir/noise"
    printf 'FROM scratch\nCOPY noise /\nCOPY text /\nCMD ["/text"]\n' \
        > "$dir/Dockerfile"

    docker build -q -t "$name" "$dir" 2>"$work/build.log" \
        || diag "$(cat "$work/build.log")"
}


docker_id()
{
    docker image inspect -f '{{.Id}}' "$1" 2>/dev/null
}


# an OCI layout at DIR with one gzip layer; its manifest's digest is printed

digest_of()
{
    echo "sha256:$(sha256sum < "$1" | cut -d ' ' -f 1)"
}


put_blob()
{
    local  digest

    digest=$(digest_of "$2")
    mkdir -p "$1/blobs/sha256"
    cp "$2" "$1/blobs/sha256/${digest#sha256:}"
    echo "$digest"
}


# layout_make DIR TEXT [SIZE]: a one-layer image whose layer holds TEXT, and
# SIZE bytes that do not compress

layout_make()
{
    local  dir=$1 text=$2 size=${3:-0} tree layer config manifest media
    local  layer_digest config_digest diff manifest_digest

    media=application/vnd.oci.image
    tree=$(mktemp -d "$work/tree.XXXXXX")
    mkdir -p "$dir" "$tree/data"
    echo "$text" > "$tree/data/text"
    head -c "$size" /dev/urandom > "$tree/data/noise"

    tar -C "$tree" --owner=0 --group=0 --mtime=@0 -cf "$dir.tar" data
    diff=$(digest_of "$dir.tar")
    gzip -nc "$dir.tar" > "$dir.gz"
    layer=$dir.gz
    layer_digest=$(put_blob "$dir" "$layer")

    config=$dir.config
    printf '{"architecture":"%s","os":"linux","config":{},"rootfs":' \
        "${ARCH:-amd64}" > "$config"
    printf '{"type":"layers","diff_ids":["%s"]}}' "$diff" >> "$config"
    config_digest=$(put_blob "$dir" "$config")

    manifest=$dir.manifest
    printf '{"schemaVersion":2,"mediaType":"%s.manifest.v1+json",' "$media" \
        > "$manifest"
    printf '"config":{"mediaType":"%s.config.v1+json","digest":"%s",' \
        "$media" "$config_digest" >> "$manifest"
    printf '"size":%d},"layers":[{"mediaType":"%s.layer.v1.tar+gzip",' \
        "$(stat -c %s "$config")" "$media" >> "$manifest"
    printf '"digest":"%s","size":%d}]}' "$layer_digest" \
        "$(stat -c %s "$layer")" >> "$manifest"
    manifest_digest=$(put_blob "$dir" "$manifest")

    echo '{"imageLayoutVersion":"1.0.0"}' > "$dir/oci-layout"
    printf '{"schemaVersion":2,"manifests":[{"mediaType":"%s' "$media" \
        > "$dir/index.json"
    printf '.manifest.v1+json","digest":"%s","size":%d,"annotations":{' \
        "$manifest_digest" "$(stat -c %s "$manifest")" >> "$dir/index.json"
    printf '"org.opencontainers.image.ref.name":"latest"}}]}' \
        >> "$dir/index.json"

    rm -rf "$tree" "$dir.tar" "$dir.gz" "$dir.config" "$dir.manifest"
    echo "$manifest_digest"
}


# curl without its own noise: body, or status, or one header

get()
{
    curl -s "$@"
}


status_of()
{
    curl -s -o /dev/null -w '%{http_code}' "$@"
}


header_of()
{
    local  name=$1

    shift
    curl -s -D - -o /dev/null "$@" | tr -d '\r' \
        | sed -n "s/^$name: //Ip" | head -n 1
}


# files and folders of a store that both registries must agree on

tree_of()
{
    (cd "$1/docker/registry/v2" && {
        find . -type d ! -path '*/_uploads/*' ! -name _uploads
        find . -type f ! -path '*/_uploads/*' -exec sha256sum {} +
    } | sort -k 2)
}


cleanup()
{
    local  item

    for item in "${pids[@]}"; do
        kill "$item" 2>/dev/null
    done

    for item in "${pids[@]}"; do
        wait_for gone "$item" || kill -9 "$item" 2>/dev/null
    done

    awk -v w="$work/" 'index($2, w) == 1 { print $2 }' /proc/mounts \
        | sort -r | while read -r item; do
            umount -l "$item" 2>/dev/null
        done

    if [ -n "${KEEP-}" ]; then
        echo "# kept: $work"
    else
        rm -rf "$work"
    fi
}


work=$(mktemp -d "${TMPDIR:-/tmp}/tally-test.XXXXXX")
export HOME=$work/home
mkdir -p "$HOME"

# skopeo's credentials of a user without a session would be in a folder of
# root's, which that user may not even look at

[ "$(id -u)" -eq 0 ] || export XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR-$HOME}
trap cleanup EXIT
trap 'exit 130' INT TERM


# image NAME: a small image, pushed to the registry at $host; its digest is
# printed

image()
{
    local  config manifest media=application/vnd.oci.image

    config="{\"architecture\":\"amd64\",\"os\":\"linux\",\"n\":\"$1\"}"
    blob_push "$1" "$config"
    manifest="{\"schemaVersion\":2,\"mediaType\":\"$media.manifest.v1+json\""
    manifest+=",\"config\":{\"mediaType\":\"$media.config.v1+json\",\"size\":"
    manifest+="${#config},\"digest\":\"sha256:"
    manifest+=$(printf %s "$config" | sha256sum | cut -c1-64)
    manifest+='"},"layers":[]}'
    curl -sf -o /dev/null -X PUT --data-binary "$manifest" \
        -H "Content-Type: $media.manifest.v1+json" \
        "http://$host/v2/$1/manifests/1"
    echo "sha256:$(printf %s "$manifest" | sha256sum | cut -c1-64)"
}


# blob_push REPOSITORY TEXT: to the registry at $host

blob_push()
{
    local  where digest

    digest=sha256:$(printf %s "$2" | sha256sum | cut -c1-64)
    where=$(header_of location -X POST "http://$host/v2/$1/blobs/uploads/")
    where=http://$host${where#http://"$host"}
    [[ $where = *\?* ]] && where+='&' || where+='?'
    curl -sf -X PUT --data-binary "$2" "${where}digest=$digest" \
        -H 'Content-Type: application/octet-stream'
}
