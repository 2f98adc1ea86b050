#!/bin/bash
#
# The conformance suite of the OCI distribution specification, at a fixed
# version, as 1.1 and as dev, with every switch on.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need conformance


# NAME="N" of the element that sums up

total()
{
    sed -n "s/^ *<testsuite .* $1=\"\([0-9]*\)\".*/\1/p" "$2" | head -n 1
}


# what was not passed, by name, for the diagnostics

not_passed()
{
    grep -E 'status="(failed|error|skipped)"' "$1" \
        | sed 's/.*testcase name="\([^"]*\)".*status="\([a-z]*\)".*/\2 \1/' \
        | head -n 40
}


# suite NAME PORT LEAST: with at least LEAST checks, so that a suite that found
# nothing to do is no success

suite()
{
    local  name=$1 at=$2 least=$3 results=$work/results-$1/junit.xml

    export OCI_REGISTRY=127.0.0.1:$at OCI_TLS=disabled
    export OCI_REPO1=conformance/$name/repo1 OCI_REPO2=conformance/$name/repo2
    export OCI_RESULTS_DIR=$work/results-$name

    export OCI_API_BLOBS_UPLOAD_CANCEL=true
    export OCI_API_BLOBS_DIGEST_HEADER=true
    export OCI_API_MANIFESTS_DIGEST_HEADER=true
    export OCI_API_MANIFESTS_TAG_PARAM=true

    timeout 250 "$tool_conformance" > "$work/$name.log" 2>&1

    ok $? "$name: the suite ends well" \
        || diag "$(tail -n 20 "$work/$name.log" | cut -c 1-300)"

    [ -s "$results" ] || { ok 1 "$name: it leaves results"; return; }

    is "$(total failures "$results")" 0 "$name: nothing failed"
    is "$(total errors "$results")" 0 "$name: no errors"

    # the attribute is left out when nothing was

    is "$(total skipped "$results" | grep . || echo 0)" 0 \
        "$name: nothing skipped" \
        || diag "$(not_passed "$results")"

    [ "$(total tests "$results")" -ge "$least" ]
    ok $? "$name: $(total tests "$results") checks, at least $least" \
        || diag "$(not_passed "$results")"
}


cd "$work" || exit 1

registry_start plain "$port" 'registry_mount any;' \
    || { ok 1 "the registry starts"; done_testing; }
registry_start sparse "$((port + 1))" 'registry_sparse on;' \
    'registry_mount any;' || { ok 1 "the registry starts"; done_testing; }

OCI_VERSION=1.1 suite v1.1 "$port" 970
OCI_VERSION=dev suite dev "$port" 970

export OCI_DATA_SPARSE=true
OCI_VERSION=1.1 suite v1.1-sparse "$((port + 1))" 990
OCI_VERSION=dev suite dev-sparse "$((port + 1))" 990

registry_clean plain
registry_clean sparse

done_testing
