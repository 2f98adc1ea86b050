#!/bin/bash
#
# What clients print when a gate refuses a pull, and the story of docs/gates.md:
# a signed tag leaves, somebody moves it, and it no longer does.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=t/interop/gate.sh
. "$(dirname "$0")/gate.sh"

need skopeo crane jq

host=localhost:$port
inner=localhost:$((port + 1))       # the same store, without a gate
tally=$(readlink -f "${TALLY:-$top/build/tally}")
export COSIGN_PASSWORD=pw

[ -x "$tally" ] || skip_all "tally is not built (make cli)"
cd "$work" || exit 1
mkdir -p "$HOME/.config/containers"
echo '{"default":[{"type":"insecureAcceptAnything"}]}' \
    | tee policy.json > "$HOME/.config/containers/policy.json"

"$tally" generate-key-pair --output-key-prefix release > /dev/null 2>&1
HTTP_CONF="registry_policy release { require 1 { key $work/release.pub; } }" \
    registry_start gate "$port" 'registry_gate release prod/**;'
store=$work/gate/store registry_start inner $((port + 1))

digest=$(layout_make "$work/one" one 3000)
layout_make "$work/other" other 3000 > /dev/null


# pulls NAME COMMAND...: of prod/app:1, by that client; what it prints in pull.out

pulls()
{
    "${@:2}" > pull.out 2>&1
    ok $? "$1: a signed tag leaves" || diag "$(tail -n 3 pull.out)"
}


# refuses NAME REGEXP COMMAND...: that is what it prints, and it fails

refuses()
{
    "${@:3}" > pull.out 2>&1 && rm pull.out
    like "$(tr '\n' ' ' < pull.out)" "$2" "$1: what it prints of a tag that was moved"
}


skopeo_pull()
{
    rm -rf back
    "$tool_skopeo" --policy policy.json copy --src-tls-verify=false \
        "docker://$host/prod/app:1" oci:back:x
}


crane_pull()
{
    rm -rf back
    "$tool_crane" pull --format=oci "$host/prod/app:1" back
}


podman_pull()
{
    CONTAINERS_STORAGE_CONF=$work/storage.conf XDG_RUNTIME_DIR=$work/run \
        TMPDIR=$work "$tool_podman" --cgroup-manager cgroupfs \
        --events-backend none pull --signature-policy policy.json \
        --tls-verify=false "$host/prod/app:1"
}


docker_pull()
{
    docker pull "$host/prod/app:1"
}


clients=(skopeo crane)

if privileged && tool_podman=$(tool_path podman 2> /dev/null); then
    mkdir -p containers run
    printf '[storage]\ndriver = "vfs"\ngraphroot = "%s"\nrunroot = "%s"\n' \
        "$work/containers" "$work/run" > storage.conf
    clients+=(podman)
fi

if privileged && tool_docker=$(tool_path docker 2> /dev/null) \
    && tool_dockerd=$(tool_path dockerd 2> /dev/null) && dockerd_start
then
    clients+=(docker)
fi

said='prod/app:1 is refused by the policy .*release.*: 0 of 1 signature verified: the image is not signed \([^)]*gate/nginx.conf:[0-9]+\); see: tally gate --policy'

"$tool_crane" push one "$inner/prod/app:1" > push.out 2>&1 || diag "$(cat push.out)"

for client in "${clients[@]}"; do
    refuses "$client" "$said" "${client}_pull"
done

sign --key release.key "$inner/prod/app@$digest"

for client in "${clients[@]}"; do
    pulls "$client" "${client}_pull"
done

"$tool_crane" push other "$inner/prod/app:1" > push.out 2>&1 \
    || diag "$(cat push.out)"

for client in "${clients[@]}"; do
    refuses "$client" "$said" "${client}_pull"
    diag "$client: $(tail -n 1 pull.out | cut -c 1-300)"
done

"$tool_crane" manifest "$host/prod/app@$digest" > manifest.out 2>&1
ok $? 'what was signed still leaves by its digest'
"$tool_crane" tag "$inner/prod/app@$digest" 1 > /dev/null 2>&1
for client in "${clients[@]}"; do
    pulls "$client" "${client}_pull"
done

registry_clean gate
registry_clean inner

done_testing
