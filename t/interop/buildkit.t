#!/bin/bash
#
# BuildKit's cache in a registry, exported and imported again, as an index of
# blobs (its default before 0.21) and as an image manifest; and buildah's.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need_root "BuildKit"
need buildkitd buildctl jq

reg=localhost:$port
sock=unix://$work/bk/sock
mkdir -p "$work/bk" "$work/context"

registry_start tally "$port" || { ok 1 "the registry starts"; done_testing; }

cat > "$work/bk/config.toml" <<END
[registry."$reg"]
  http = true
END


# one with an empty cache of its own, each time

daemon()
{
    [ -n "${daemon-}" ] && { kill "$daemon"; wait "$daemon" 2> /dev/null; }
    rm -rf "$work/bk/root"

    "$tool_buildkitd" --config "$work/bk/config.toml" --addr "$sock" \
        --root "$work/bk/root" --oci-worker-snapshotter native \
        --containerd-worker=false \
        > "$work/bk/log" 2>&1 &
    daemon=$!
    pids+=("$daemon")

    wait_for "$tool_buildctl" --addr "$sock" debug workers
}


build()
{
    "$tool_buildctl" --addr "$sock" build --progress plain \
        --frontend dockerfile.v0 --local context="$work/context" \
        --local dockerfile="$work/context" "$@" 2>&1
}


daemon || skip_all "buildkitd does not run here: $(tail -n 1 "$work/bk/log")"

head -c 300000 /dev/urandom > "$work/context/noise"
printf 'FROM scratch AS one\nCOPY noise /\nFROM scratch\n%s\n' \
    'COPY --from=one noise /copy' > "$work/context/Dockerfile"

for mode in max min; do
    for form in false true; do
        name="mode=$mode, image-manifest=$form"
        cache=type=registry,ref=$reg/cache/$mode-$form:1

        daemon
        out=$(build --output "type=image,name=$reg/app/$mode-$form:1,push=true" \
            --export-cache "$cache,mode=$mode,image-manifest=$form,oci-mediatypes=true")
        ok $? "$name: built, and the cache exported" || diag "$out"

        curl -s -H 'Accept: */*' "http://$reg/v2/cache/$mode-$form/manifests/1" \
            > "$work/cache.json"
        is "$(jq -r '.mediaType, has("manifests")' "$work/cache.json" | xargs)" \
            "application/vnd.oci.image.$( [ $form = true ] \
                && echo 'manifest.v1+json false' \
                || echo 'index.v1+json true')" "$name: in that form"

        daemon
        out=$(build --import-cache "$cache")
        ok $? "$name: imported" || diag "$out"
        is "$(grep -c ' CACHED$' <<< "$out")" 2 \
            "$name: nothing is built again" || diag "$out"
    done
done

registry_clean tally
done_testing
