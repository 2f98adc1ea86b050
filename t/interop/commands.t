#!/bin/bash
#
# Every command of README.md and docs/ is run, page by page and in its order,
# on registries of this machine: the names of hosts and folders are replaced,
# and what a terminal would ask for is given.  What a page shows as the output
# of a command is in its output.  What is run elsewhere, and where, is in the
# table below.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need jq skopeo htpasswd

data=${TALLY_SHARED:-$top/../shared}/data/scan
build=$(readlink -f "${TALLY_BUILD:-$top/build}")
etc=$work/etc
store=$work/store
other=$work/old
plain=localhost:$port
secured=localhost:$((port + 1))
old=localhost:$((port + 2))
mirror=localhost:$((port + 3))
harbor=localhost:$((port + 4))
gated=localhost:$((port + 5))
quick=localhost:$((port + 6))
tsa=127.0.0.1:$((port + 7))
mkdir -p "$etc" "$store" "$other" "$work/bin"


# PAGE, the beginning of a command, and the test that runs it; or, behind a
# dash, why none does

elsewhere="
README.md        t/run                          - it runs this
auth.md          conf/quickstart --tls --users  t/interop/quickstart.t
auth.md          docker login -u oidc           t/interop/oidc.t
development.md   make module                    t/run
development.md   make cli                       t/run
development.md   make install                   t/interop/deb.t
development.md   make deb                       t/interop/deb.t
development.md   make man                       t/interop/deb.t
development.md   make fuzz                      .ci/run
development.md   build/fuzz/route               .ci/run
development.md   make BUILD=                    t/run
development.md   cd nginx                       t/matrix
development.md   ./configure                    t/matrix
development.md   make modules                   t/matrix
development.md   t/                             - a test, or what runs tests
development.md   .ci/                           - a check, or what runs this
image.md         *                              t/interop/image.t
installation.md  make deb                       t/interop/deb.t
installation.md  apt-get                        t/packages
installation.md  .ci/install                    t/packages
operations.md    *                              t/interop/operations.t
performance.md   t/bench                        - it measures
scanning.md      tally scan --download-java-db  t/interop/scan-java.t
scanning.md      tally db import trivy-java     t/interop/scan-java.t
scanning.md      tally scan --queue             t/interop/scan-queue.t
signing.md       tally verify --trusted-root    t/interop/sigstore.t
signing.md       tally sign --fulcio-url        t/interop/fulcio.t
signing.md       tally initialize               t/interop/tuf.t
signing.md       tally verify --certificate     t/interop/tuf.t
"


# commands PAGE: a line each; what is shown as output of one follows, each of
# its lines behind "> "

commands()
{
    perl -0777 -ne '
        s/^```.*?^```$//msg;
        while (/((?:^ {4}\S.*\n)(?:^ {4}.*\n|^\n(?=^ {4}\S))*)/mg) {
            my $block = $1;
            my $said = $block =~ /^ {4}\$ /m;
            $block =~ s/^ {4}//mg;
            $block =~ s/\s*\\\n\s*/ /g;
            for my $line (split /\n/, $block) {
                if ($said) {
                    print $line =~ s/^\$ // ? "$line\n"
                        : $line =~ /\S/ ? "> $line\n" : "";
                } else {
                    print "$line\n" if $line =~ m{^(?:(?:tally|trivy|docker
                        |oras|curl|jq|rsync|mkdir|chown|find|apt-get|make|nginx
                        |openssl|export|cd)\s|\./configure|build/|conf/|t/
                        |\.ci/)}x;
                }
            }
        }' "$1"
}


# place PAGE COMMAND: where it is run, if not here

place()
{
    local  page start where

    # shellcheck disable=SC2030
    sed '/^$/d; s/  */ /g' <<< "$elsewhere" | while read -r page start; do
        [[ $start =~ ^(.*)\ (t/[^\ ]+|\.ci/run|-\ .*)$ ]]
        start=${BASH_REMATCH[1]} where=${BASH_REMATCH[2]}
        [ "$page" = "$1" ] || continue
        [[ $start = "*" || $2 = "$start"* ]] && { echo "$where"; break; }
    done
}


# here LINE: the command, for this machine

here()
{
    sed -E \
        -e "s#^(docker .*)\# as anybody.*#login alice $registry; \1#" \
        -e "s# +\# .*##" \
        -e "s#docker run --rm .*registry:2 garbage-collect .*#${tool_docker_registry-} garbage-collect $etc/peer.yml#" \
        -e "s#conf/quickstart#$top/conf/quickstart -p ${quick#*:}#" \
        -e "s#registry\.example\.com#$secured#g" \
        -e "s#registry\.example|(localhost|127\.0\.0\.1):5000#$registry#g" \
        -e "s#mirror\.example|ghcr\.io#$mirror#g" \
        -e "s#old\.example#$old#g" \
        -e "s#https://harbor\.example#http://$harbor#g" \
        -e "s#harbor\.example#$harbor#g" \
        -e "s#https://tsa\.example[^ ]*#http://$tsa/tsr#g" \
        -e "s#/var/lib/registry|/srv/registry|\bROOT\b#$root#g" \
        -e "s#/etc/nginx|/etc/docker/registry#$etc#g" \
        -e "s#/mnt/root#rootfs#g; s#/cache\b#$work/db#g" \
        -e "s#www-data:#$(id -un):#g" \
        -e "s#(localhost:[0-9]+)/([^ @]+)@sha256:\.\.\.#\1/\2@\$(digest \1 \2)#" \
        -e "s#/v2/([^ ]+)/referrers/sha256:\.\.\.#/v2/\1/referrers/\$(digest $registry \1)#" \
        -e "s#(tally import-config) #\1 --module $module --temp $work/temp --pid $work/imported.pid --user $(id -un) --error-log $work/imported.log --access-log $work/imported.access #" \
        -e "s#^nginx #$nginx -e $work/imported.log #" \
        -e "s#^((tally|docker) login) ([^-])#\1 -u alice \3#" \
        -e "/--password-stdin/!s#^(tally passwd|(tally|docker) login) (.*)#\1 --password-stdin \3 < $work/secret#" \
        -e "s#(tally clean) #\1 -f #" \
        -e "s#(tally access) #\1 --config $etc/rules.conf #" <<< "$1"
}


# between PAGE LINE: what happens on a page between its commands

between()
{
    case "$1 $2" in
    'gates.md docker pull'*)
        [[ $2 = *anybody* ]] || copy --dest-creds ci:secret \
            oci:"$work/base/second:latest" "docker://$gated/prod/app:1.2"
        ;;
    'gates.md tally scan'*)
        login ci "$gated"
        docker push "$gated/prod/app:1.2" || copy --dest-creds ci:secret \
            "$app" "docker://$gated/prod/app:1.2"
        ;;
    'signing.md docker tag other'*)
        copy oci:"$work/base/second:latest" "docker://$plain/app:0.4"
        ;;
    'signing.md tally verify-blob '*.time*)
        tally sign-blob -y --key cosign.key --output-signature file.sig \
            --rfc3161-timestamp file.time \
            --timestamp-server-url "http://$tsa/tsr" file
        ;;
    'signing.md tally bundle create'*)
        tally sign-blob -y --key cosign.key --new-bundle-format=false \
            --bundle file.old file
        ;;
    'signing.md tally attach signature --payload'*)
        tally generate "$plain/app:1.0" > payload.json
        tally sign -y --key cosign.key --bundle app.sigstore.json \
            "$plain/app:1.0"
        tally attest-blob -y --key cosign.key --type custom \
            --predicate build.json --output-attestation envelope.json file
        ;;
    'auth.md docker login -u deploy'*)
        grep -o 'tally_.*' "$work/said" > secret
        ;;
    'scanning.md tally db pull registry'*)
        push_db "$plain" mirror/trivy-db
        ;;
    esac > /dev/null 2>&1
}


# ends COMMAND OUTPUT STATUS: it ends as it should

ends()
{
    if [[ $1 =~ \#\ exit\ ([0-9]+) ]]; then
        [ "$3" -eq "${BASH_REMATCH[1]}" ]
    elif [[ $2 = Error* || $1 = tally\ access* ]]; then
        [ "$3" -ne 0 ]
    elif [[ $1 = *--exit-code\ 1* ]]; then
        [ "$3" -le 1 ]
    else
        [ "$3" -eq 0 ]
    fi
}


# shown SAID OUTPUT: prints the first line that the page shows and the output
# has not; two dots or more, counts and secrets stand for any

shown()
{
    local  line said=$1

    # this one is wrapped
    [[ $said = "Error response"* ]] && said=$(tr '\n' ' ' <<< "$said")

    while IFS= read -r line; do
        [ -n "$line" ] || continue
        line=$(here "${line//sha256:.../sha256:..}" | sed -E 's/ +# .*//
            s/[][\\^$*+?(){}|.]/\\&/g
            s/(\\\.){2,}/.*/g
            s/tally_[A-Za-z0-9]{43}/tally_[A-Za-z0-9_-]{43}/
            s#[^ (]*/nginx\\\.conf(:[0-9]+)?#[^ ]*/nginx.conf(:[0-9]+)?#g
            /^Total/s/[0-9]+/[0-9]+/g; s/ +$//')
        tr -d '\r' < "$2" | grep -qE -- "^ *$line" || { echo "$line"; return; }
    done <<< "$said"
}


# page FILE: runs its commands in one shell, which stays in the folder that
# they change to, and keeps what they export

page()
{
    local  file=$1 name=${1##*/} line said where lines to n

    mapfile -t lines < <(commands "$file"; echo END)
    cp -r "$work/base" "$work/$name"
    cd "$work/$name" || exit 1
    declare -F "at_$name" > /dev/null && "at_$name" > "$work/at.log" 2>&1
    exec {to}> >(exec bash --norc > "$work/shell.log" 2>&1)

    for ((n = 0; n < ${#lines[@]} - 1; n++)); do
        line=${lines[n]} said=
        while [[ ${lines[n + 1]} = "> "* ]]; do
            n=$((n + 1))
            said+=${lines[n]#> }$'\n'
        done

        where=$(place "$name" "$line")
        if [ -n "$where" ]; then
            [[ $where = -* || -e $top/$where ]]
            ok $? "$name: ${line:0:60}: $where"
            continue
        fi

        between "$name" "$line"
        where=$(cannot "$line")
        if [ -n "$where" ]; then
            skip "$name: ${line:0:60}: $where"
            continue
        fi

        rm -f "$work/rc"
        printf '{ %s\n} > %s 2>&1 < /dev/null; echo $? > %s; mv %s %s\n' \
            "$(here "$line")" "$work/out" "$work/rc.new" "$work/rc.new" \
            "$work/rc" >&"$to"
        wait_for test -e "$work/rc"
        ends "$line" "$said" "$(cat "$work/rc")"
        ok $? "$name: ${line:0:100}" \
            || diag "$(here "$line"): status $(cat "$work/rc")"$'\n'"$(
                tail -n 15 "$work/out")"
        [[ $line = tally\ token* ]] && cp "$work/out" "$work/said"
        [ -z "$said" ] && continue
        is "$(shown "$said" "$work/out")" "" \
            "$name: it says what the page says" || diag "$(cat "$work/out")"
    done

    exec {to}>&-
}


# cannot LINE: why it cannot run on this machine

cannot()
{
    case $1 in
    docker\ run*garbage-collect*)
        tool_skip docker-registry
        ;;
    docker*)
        [ -n "$dockerd" ] || echo "dockerd does not run here"
        ;;
    oras*)
        tool_skip oras
        ;;
    *scan\ *|*image\ *|*sbom\ *|*rootfs\ *|*convert\ *|*db\ *)
        [ -d "$data/images" ] || echo "no database at $data"
        ;;
    esac
}


# what there is: registries, images, keys

export COSIGN_PASSWORD=pw TALLY_NO_UPDATE=1
export XDG_CACHE_HOME=$work/cache
ln -s "$build/tally" "$work/bin/tally"
ln -s "$build/tally" "$work/bin/trivy"
printf secret > "$work/secret"
htpasswd -nbB alice secret > "$etc/registry.users" 2> /dev/null
htpasswd -nbB ci secret >> "$etc/registry.users" 2> /dev/null
: > "$etc/registry.robots"
cp "$top/conf/registry.rules" "$etc/"
echo "http { server { registry on; include $etc/registry.rules; } }" \
    > "$etc/rules.conf"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
    -out "$etc/token.pem" 2> /dev/null
openssl pkey -in "$etc/token.pem" -pubout -out "$etc/release.pub"

cat > "$work/bin/login" <<END
#!/bin/sh
# login USER HOST
docker login --password-stdin -u "\$1" "\$2" < $work/secret
tally login --password-stdin -u "\$1" "\$2" < $work/secret
END

cat > "$work/bin/digest" <<'END'
#!/bin/sh
# digest HOST REPOSITORY: of its tag 1.0, or the first
tag=$(curl -s -u ci:secret "http://$1/v2/$2/tags/list" \
    | jq -r '.tags | if index("1.0") then "1.0" else .[0] end')
type=application/vnd
curl -s -u ci:secret -I "http://$1/v2/$2/manifests/$tag" \
    -H "Accept: $type.oci.image.manifest.v1+json" \
    -H "Accept: $type.docker.distribution.manifest.v2+json" \
    | tr -d '\r' | sed -n 's/^[Dd]ocker-[Cc]ontent-[Dd]igest: //p'
END
chmod +x "$work/bin"/*
PATH=$work/bin:$PATH

HTTP_CONF="log_format json escape=json '{\"time\":\"\$time_iso8601\",
\"user\":\"\$registry_user\",\"operation\":\"\$registry_operation\",
\"repository\":\"\$registry_repository\",
\"reference\":\"\$registry_reference\"}';"
registry_start plain "$port" "access_log $work/registry.json json;" \
    "location = /readyz { registry_health ready; }" \
    || { ok 1 "a registry starts"; done_testing; }
HTTP_CONF=
store=$work/secured registry_start secured "$((port + 1))" \
    "registry_auth htpasswd $etc/registry.users;" \
    "registry_auth robots $etc/registry.robots;" \
    "registry_token_server key=$etc/token.pem;" \
    "registry_rule allow anonymous ** pull;" \
    "registry_rule allow \$user ** *;"
store=$other registry_start old "$((port + 2))"
store=$work/mirror registry_start mirror "$((port + 3))"
store=$other registry_start harbor "$((port + 4))" "registry_catalog off;" \
    "location /api/v2.0/projects/team/repositories {
        default_type application/json;
        return 200 '[{\"name\":\"team/app\"}]';
     }"
HTTP_CONF="registry_policy release { require 1 { key $etc/release.pub; } }"
store=$work/gated registry_start gated "$((port + 5))" \
    "registry_auth htpasswd $etc/registry.users;" \
    "registry_gate release prod/**;" "registry_gate_bypass user:ci;"
HTTP_CONF=
cp "$work/gated/nginx.conf" "$etc/"

dockerd=
if privileged && tool_docker=$(tool_path docker 2> /dev/null) \
    && tool_dockerd=$(tool_path dockerd 2> /dev/null) \
    && dockerd_start --registry-mirror "http://$mirror"
then
    dockerd=yes
    ln -s "$tool_docker" "$work/bin/docker"
    export DOCKER_HOST=unix://$work/docker/sock DOCKER_BUILDKIT=0
    unset -f docker
fi

tool_docker_registry=$(tool_path docker-registry 2> /dev/null)
peer_config="version: 0.1
storage: {filesystem: {rootdirectory: $store}, delete: {enabled: true}}
http: {addr: \"127.0.0.1:$((port + 8))\"}"
echo "$peer_config" | tee "$etc/config.yml" > "$etc/peer.yml"

if oras=$(tool_path oras 2> /dev/null); then
    ln -s "$oras" "$work/bin/oras"
fi


# an authority of timestamps

cd "$work" || exit 1
curve=(ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
openssl req -x509 -newkey "${curve[@]}" -subj /CN=root -days 2 \
    -keyout tsa-root.key -out tsa-root.pem 2> /dev/null
openssl req -newkey "${curve[@]}" -subj /CN=times -keyout tsa.key \
    -out tsa.csr 2> /dev/null
printf '%s\n' keyUsage=critical,digitalSignature \
    extendedKeyUsage=critical,timeStamping subjectKeyIdentifier=hash > tsa.ext
openssl x509 -req -in tsa.csr -CA tsa-root.pem -CAkey tsa-root.key \
    -CAcreateserial -days 2 -extfile tsa.ext -out tsa-leaf.pem 2> /dev/null
cat tsa-leaf.pem tsa-root.pem > tsa.pem
echo 01 > serial
cat > tsa.cnf <<END
[tsa]
default_tsa = good
[good]
serial = $work/serial
signer_cert = $work/tsa-leaf.pem
certs = $work/tsa-root.pem
signer_key = $work/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256, sha384, sha512
ess_cert_id_alg = sha256
END
perl "$top/t/interop/tsa-double.pl" "${tsa#*:}" "$work" &
pids+=($!)


# what lies where the commands are given

mkdir -p temp base/rootfs/etc base/rootfs/lib/apk/db
cd base || exit 1
ln -s "$work/registry.json" .
cp "$work/secret" .
cp "$work/secret" password-file
cp "$etc/token.pem" registry-token.pem
cp "$etc/nginx.conf" "$work/tsa.pem" .
printf 'ID=alpine\nVERSION_ID=3.10.2\n' > rootfs/etc/os-release
printf 'P:musl\nV:1.1.22-r3\nA:x86_64\no:musl\n\n' > rootfs/lib/apk/db/installed


copy()
{
    "$tool_skopeo" --insecure-policy copy -q --dest-tls-verify=false "$@"
}


layout_make image "the first" > /dev/null
layout_make second "the second" > /dev/null
app=oci:image:latest

if [ -d "$data/images" ]; then
    app=oci:$data/images/alpine-3.20:alpine:3.20.3
    copy "$app" docker-archive:app.tar:app:1
    cp "$data/db/trivy-mini.db.tar.gz" trivy-db.tar.gz
fi

runs "an image" copy "$app" "docker://$plain/app:1"
for tag in 0.4 1.0; do
    copy "$app" "docker://$plain/app:$tag"
done
copy "$app" "docker://$old/team/app:1"
copy "$app" "docker://$mirror/library/alpine:latest"
copy oci:second:latest "docker://$mirror/library/busybox:latest"
copy --dest-creds alice:secret "$app" "docker://$secured/app:1"


# at_PAGE: what a page takes for granted

tagged()
{
    docker pull -q "$mirror/library/alpine"
    docker tag "$mirror/library/alpine" "$1"
}


at_auth.md()
{
    tagged "$secured/app:1"
    tagged "$secured/app:2"
}


at_installation.md()
{
    tagged "$secured/team/app:1"
}


at_gates.md()
{
    tagged "$gated/prod/app:1.2"
    login ci "$gated"
    tally generate-key-pair --output-key-prefix scanner
    ln -sf "$PWD/release.pub" "$etc/release.pub"
    [ -n "$dockerd" ] || copy --dest-creds ci:secret "$app" \
        "docker://$gated/prod/app:1.2"
}


at_signing.md()
{
    docker pull -q "$mirror/library/busybox"
    docker tag "$mirror/library/busybox" other
    echo file > file
    cp "$work/bin/digest" tool
    base64 file > payload.sig
    echo '{"spdxVersion":"SPDX-2.3"}' > sbom.json
    echo '{"buildDefinition":{"buildType":"a"},"runDetails":{"builder":{"id":"b"}}}' > build.json
    printf 'kind: Pod\nspec:\n  containers:\n  - image: %s/app:1.0\n' "$plain" \
        > deployment.yaml
    echo "FROM $plain/app:1.0" > Dockerfile
}


at_scanning.md()
{
    tally db import trivy-db.tar.gz --cache-dir "$work/first"
    tally scan --skip-db-update --cache-dir "$work/first" --format json \
        --output report.json "$plain/app:1"
    tally scan --format cyclonedx --output app.cdx.json "$plain/app:1"
    tally generate-key-pair
}


at_migration.md()
{
    export USER=alice:secret
}


# the database, as the artifact that it is published as

push_db()
{
    local  reg=$1 repo=$2 media=application/vnd layer text

    layer=$(digest_of trivy-db.tar.gz)
    curl -sf -X POST -H 'Content-Type: application/octet-stream' \
        --data-binary @trivy-db.tar.gz \
        "http://$reg/v2/$repo/blobs/uploads/?digest=$layer"
    host=$reg blob_push "$repo" '{}'
    text="{\"schemaVersion\":2,\"mediaType\":\"$media.oci.image.manifest.v1+json\","
    text+="\"config\":{\"mediaType\":\"$media.aquasec.trivy.config.v1+json\","
    text+="\"digest\":\"sha256:$(printf '{}' | sha256sum | cut -c1-64)\","
    text+="\"size\":2},\"layers\":[{\"mediaType\":"
    text+="\"$media.aquasec.trivy.db.layer.v1.tar+gzip\",\"digest\":\"$layer\","
    text+="\"size\":$(stat -c %s trivy-db.tar.gz),\"annotations\":"
    text+='{"org.opencontainers.image.title":"db.tar.gz"}}]}'
    curl -sf -X PUT --data-binary "$text" \
        -H "Content-Type: $media.oci.image.manifest.v1+json" \
        "http://$reg/v2/$repo/manifests/2"
}

export TRIVY_DB_REPOSITORY=$mirror/aquasecurity/trivy-db:2
[ -e trivy-db.tar.gz ] && push_db "$mirror" aquasecurity/trivy-db

declare -A registries=( [gates.md]=$gated [README.md]=$quick )

for file in "$top"/README.md "$top"/docs/*.md; do
    [ -z "${PAGE-}" ] || [ "${file##*/}" = "$PAGE" ] || continue
    registry=${registries[${file##*/}]-$plain}
    root=$store
    [ "$registry" = "$gated" ] && root=$work/gated
    page "$file"
done

# what conf/quickstart has started

quickstart=$work/README.md/registry-data/_quickstart/nginx.pid
[ ! -e "$quickstart" ] || pids+=("$(cat "$quickstart")")

done_testing
