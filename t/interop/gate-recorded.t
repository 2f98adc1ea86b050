#!/bin/bash
#
# The gate on what both cosigns signed (../shared/data/sign): for each image and
# policy, tally gate lets go what tally verify finds verified by the same keys,
# identities and trusted roots, and nothing else.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

data=${TALLY_SHARED:-$top/../shared}/data/sign
tally=$(readlink -f "${TALLY:-${TALLY_BUILD:-$top/build}/tally}")

[ -x "$tally" ] || skip_all "tally is not built (make cli)"
[ -f "$data/store.tar.xz" ] || skip_all "$data is missing"
cd "$work" || exit 1
tar xf "$data/store.tar.xz" && tar xf "$data/keys.tar.xz" || exit 1
trust=$data/trust

# whom NAME ROOT: by that identity, with that trusted root

whom()
{
    echo "registry_policy $1 {
    reference any;
    require 1 { keyless issuer=~$2 subject=~$3 trusted_root=$trust/$4; }
}"
}

{
    echo "registry_policy key { reference any; require 1 { key keys/a.pub; } }
registry_policy log {
    reference any;
    log required trusted_root=$trust/trusted_root.json;
    require 1 { key keys/a.pub; key keys/b.pub; }
}"
    whom anybody '.*' '.*' trusted_root.json
    whom alice '/email$' '^alice@tally.test$' trusted_root.json
    whom otherca '.*' '.*' trusted_root.otherca.json
    whom otherlog '.*' '.*' trusted_root.otherlog.json
    whom expired '.*' '.*' trusted_root.caended.json
} > policies.conf

repos=docker/registry/v2/repositories
read -ra names <<< "$(cd "$repos" && echo kl/* m/*legacy*p256 m/*bundle*p256 \
    neg/a* neg/p* neg/d* neg/size* sev/* nb/legacy*)"


# same POLICY VERIFY-FLAG...

same()
{
    local  policy=$1 name tag gate verify passed=0

    shift

    for name in "${names[@]}"; do
        tag=$(cd "$repos/$name/_manifests/tags" 2> /dev/null \
            && printf '%s\n' * | grep -v '^sha256-' | head -n 1)

        # verify looks for old signatures among the referrers when told so

        [ -n "$tag" ] && [[ $name != *oci11* ]] || continue

        "$tally" gate --root . --policy policies.conf --name "$policy" \
            "$name:$tag" > gate.out 2>&1
        gate=$?
        "$tally" verify --root . "$@" "$name:$tag" > /dev/null 2> verify.out
        verify=$?
        passed=$((passed + (gate == 0)))

        [ "$gate $verify" = '0 0' ] \
            || { [ "$gate" -eq 10 ] && [ "$verify" -ne 0 ]; } \
            || echo "$name: gate $gate, verify $verify: $(tail -n 1 gate.out)"
    done > "$policy.differ"

    is "$(cat "$policy.differ")" '' "$policy: the same verdicts"
    echo "$passed" > "$policy.passed"
}


same key --key keys/a.pub --insecure-ignore-tlog
same log --trusted-root "$trust/trusted_root.json" --key keys/a.pub \
    --key keys/b.pub
same anybody --trusted-root "$trust/trusted_root.json" \
    --certificate-identity-regexp '.*' --certificate-oidc-issuer-regexp '.*'
same alice --trusted-root "$trust/trusted_root.json" \
    --certificate-identity-regexp '^alice@tally.test$' \
    --certificate-oidc-issuer-regexp '/email$'

for name in key log anybody alice; do
    [ "$(cat "$name.passed")" -gt 3 ]
    ok $? "$name: some images pass ($(cat "$name.passed"))"
done

read -ra names <<< "$(cd "$repos" && echo kl/*)"

for root in otherca otherlog caended; do
    name=${root/caended/expired}
    same "$name" --trusted-root "$trust/trusted_root.$root.json" \
        --certificate-identity-regexp '.*' \
        --certificate-oidc-issuer-regexp '.*'
    is "$(cat "$name.passed")" 0 "$name: none passes"
done

done_testing
