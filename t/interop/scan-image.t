#!/bin/bash
#
# conf/scan-image: an image with tally and a database is built, pushed to our
# registry, pulled, and scans an image there, with no other network.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need_root dockerd
need docker dockerd skopeo

data=${TALLY_SHARED:-$top/../shared}/data/scan
tally=${TALLY:-${TALLY_BUILD:-$top/build}/tally}
reg=localhost:$port

[ -d "$data/images" ] || skip_all "no shared data at $data"

registry_start tally "$port" || { ok 1 "the registry starts"; done_testing; }
dockerd_start || skip_all "dockerd does not run here: $(
    grep -E 'level=(error|fatal)|failed' "$work/docker/log" | tail -n 1)"


# a base in the place of debian:12-slim: a shell, the C library, nobody

base()
{
    local  dir=$work/base file

    mkdir -p "$dir/bin" "$dir/etc" "$dir/tmp"
    chmod 1777 "$dir/tmp"
    cp -L /bin/sh "$dir/bin/sh"
    grep -E '^(root|nobody):' /etc/passwd > "$dir/etc/passwd"
    grep -E '^(root|nogroup):' /etc/group > "$dir/etc/group"

    ldd /bin/sh /usr/bin/perl | grep -oE '/[^ ]+\.so[^ ]*' | sort -u \
        | while read -r file; do
              mkdir -p "$dir/$(dirname "$file")"
              cp -L "$file" "$dir/$file"
          done

    tar -C "$dir" -c . | docker import - tally-base:1 > /dev/null
}


runs "a base image" base
mkdir "$work/bin"
ln -s "$tool_docker" "$work/bin/docker"

runs "conf/scan-image/build" env PATH="$work/bin:$PATH" BASE=tally-base:1 \
    TALLY="$tally" DOCKER_HOST="unix://$work/docker/sock" \
    DOCKER_CONFIG="$work/docker/config" DOCKER_BUILDKIT=0 \
    "$top/conf/scan-image/build" "$reg/tools/scan:1" \
    "$data/db/trivy-real.db.tar.gz"
runs "docker push of it" docker push "$reg/tools/scan:1"

gzip -dc "$data/images/ubuntu-1804.tar.gz" > "$work/image.tar"
runs "an image to scan" "$tool_skopeo" copy -q --dest-tls-verify=false \
    "docker-archive:$work/image.tar" "docker://$reg/lab/app:1"

docker rmi "$reg/tools/scan:1" > /dev/null

out=$(docker run --rm --network host "$reg/tools/scan:1" \
    image "$reg/lab/app:1" --scanners vuln --severity MEDIUM 2>"$work/err")
ok $? "it is pulled, runs and scans" || diag "$(tail "$work/err")"
like "$out" '^Total: 24 \(MEDIUM: 24\)' "the table has what it found"
like "$(cat "$work/err")" 'Detected OS' "the log says which system it is"
is "$(docker run --rm --network host --entrypoint /bin/sh \
    "$reg/tools/scan:1" -c 'echo $USER$HOME; : > /nobody' 2>&1 \
    | grep -c 'ermission denied')" 1 "it runs as nobody"

out=$(docker run --rm --network host "$reg/tools/scan:1" \
    image "$reg/lab/app:1" --severity MEDIUM --exit-code 5 -q 2>&1)
is "$?" 5 "--exit-code comes through"

registry_clean tally
done_testing
