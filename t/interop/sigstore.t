#!/bin/bash
#
# The bundles of sigstore's conformance suite (sigstore-conformance,
# test/assets/bundle-verify): what its names say of each.  They are not part
# of the tree: TALLY_CONFORMANCE is a checkout of it, else sigstore-conformance
# in the cache of t/tools.  Those that are of the public instance need its
# trusted_root.json there too.

. "$(dirname "$0")/lib.sh"

tally=${TALLY:-${TALLY_BUILD:-$top/build}/tally}
suite=${TALLY_CONFORMANCE:-$tools_cache/sigstore-conformance}
assets=$suite/test/assets/bundle-verify
public=$suite/trusted_root.json

[ -x "$tally" ] || skip_all "tally is not built (make cli)"
[ -d "$assets" ] || skip_all "sigstore-conformance: no checkout of it is" \
    "at $suite (TALLY_CONFORMANCE)"
command -v jq > /dev/null || skip_all "jq is missing"

who=https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-
who+=beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml
who+=@refs/heads/main
issuer=https://token.actions.githubusercontent.com


# file of a case, or what stands for it

file_of()
{
    [ -e "$1" ] && echo "$1" || echo "$2"
}


# verify CASE: by verify-blob, or by what is for statements

verify()
{
    local  dir=$1 bundle=$1/bundle.sigstore.json type verb=(verify-blob) by

    type=$(jq -r '.dsseEnvelope.payload // empty | @base64d' "$bundle" \
           2> /dev/null | jq -r '.predicateType // empty' 2> /dev/null)
    [ -n "$type" ] && verb=(verify-blob-attestation --type "$type")

    # a bundle that has timestamps is judged by them, as cosign does there

    jq -e '.verificationMaterial.timestampVerificationData
           .rfc3161Timestamps[0]' "$bundle" > /dev/null 2>&1 \
        && verb+=(--use-signed-timestamps)

    by=(--certificate-identity "$(cat "$dir/identity" 2>/dev/null \
                                  || echo "$who")"
        --certificate-oidc-issuer "$(cat "$dir/issuer" 2>/dev/null \
                                     || echo "$issuer")")
    [ -e "$dir/key.pub" ] && by=(--key "$dir/key.pub")

    timeout 120 "$tally" "${verb[@]}" "${by[@]}" --bundle "$bundle" \
        --trusted-root "$(file_of "$dir/trusted_root.json" "$public")" \
        "$(file_of "$dir/artifact" "$assets/a.txt")"
}


for dir in "$assets"/*/; do
    name=$(basename "$dir")
    dir=${dir%/}

    if [ ! -e "$dir/trusted_root.json" ] && [ ! -e "$public" ]; then
        skip "$name: no trusted root of the public instance"
        continue
    fi

    case $name in
    *_fail)
        verify "$dir" > "$work/out" 2>&1
        is $? 1 "refused: $name" || diag "$(cat "$work/out")"
        ;;
    *)
        runs "verified: $name" verify "$dir"
        ;;
    esac
done

done_testing
