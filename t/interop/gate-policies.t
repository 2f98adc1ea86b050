#!/bin/bash
#
# Gates by the policies that people have: containers-policy.json, as podman and
# skopeo read it, and policy-controller's ClusterImagePolicy.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=t/interop/gate.sh
. "$(dirname "$0")/gate.sh"

host=127.0.0.1:$port
inner=127.0.0.1:$((port + 1))       # the same store, without a gate
tally=$(readlink -f "${TALLY:-${TALLY_BUILD:-$top/build}/tally}")
export COSIGN_PASSWORD=pw

[ -x "$tally" ] || skip_all "tally is not built (make cli)"
cd "$work" || exit 1

for name in one two; do
    "$tally" generate-key-pair --output-key-prefix "$name" > /dev/null 2>&1
done


# who KIND [MEMBERS]: a requirement by the key one with that signedIdentity

who()
{
    echo "[{\"type\":\"sigstoreSigned\",\"keyPath\":\"$work/one.pub\"," \
        "\"signedIdentity\":{\"type\":\"$1\"${2:+,$2}}}]"
}


cat > policy.json << END
{
    "default": [{"type": "reject"}],
    "transports": {
        "docker": {
            "$inner/open": [{"type": "insecureAcceptAnything"}],
            "$inner/open/shut": [{"type": "reject"}],
            "$inner/same": $(who matchRepository),
            "$inner/exact": $(who matchExact),
            "$inner/default": [{"type": "sigstoreSigned",
                "keyData": "$(base64 -w0 one.pub)"}],
            "$inner/named": $(who exactReference \
                "\"dockerReference\":\"$inner/vendor/app:1\""),
            "$inner/repo": $(who exactRepository \
                "\"dockerRepository\":\"$inner/vendor/app\""),
            "$inner/mirror": $(who remapIdentity \
                "\"prefix\":\"$inner/mirror\",\"signedPrefix\":\"$inner/vendor\""),
            "$inner/either": [{"type": "sigstoreSigned",
                "keyPaths": ["$work/two.pub", "$work/one.pub"],
                "signedIdentity": {"type": "matchRepository"}}],
            "$inner/both": [
                {"type": "sigstoreSigned", "keyPath": "$work/one.pub",
                    "signedIdentity": {"type": "matchRepository"}},
                {"type": "sigstoreSigned", "keyPath": "$work/two.pub",
                    "signedIdentity": {"type": "matchRepository"}}],
            "registry.access.redhat.com": [{"type": "signedBy",
                "keyType": "GPGKeys", "keyPath": "/etc/pki/redhat"}]
        },
        "docker-daemon": {"": [{"type": "insecureAcceptAnything"}]}
    }
}
END

# cluster NAME GLOB AUTHORITIES [MODE]

cluster()
{
    cat << END
apiVersion: policy.sigstore.dev/v1beta1
kind: ClusterImagePolicy
metadata:
  name: $1
spec:
  images:
  - glob: "$2"
  mode: ${4:-enforce}
  authorities:
$3
---
END
}


by()
{
    echo "  - name: $1
    key:
      data: |
$(sed 's/^/        /' "$1.pub")"
}


{
    cluster all "registry.example/k8s/**" "$(by one; by two)"
    cluster strict "registry.example/k8s/strict:**" "$(by two)"
    cluster soft "registry.example/soft/*" "$(by two)" warn
    cluster free "registry.example/free/**" '  - static: {action: pass}'
    cluster shut "registry.example/free/shut" '  - static:
      action: fail
      message: retired last year'
} > cluster.yaml

HTTP_CONF="
    registry_policy podman {
        containers_policy $work/policy.json host=$inner;
    }

    registry_policy k8s {
        cluster_image_policy $work/cluster.yaml host=registry.example;
    }
" registry_start gate "$port" \
    'registry_gate podman ** !k8s/** !soft/** !free/** !other/**;' \
    'registry_gate k8s k8s/** soft/** free/** other/**;'
store=$work/gate/store HTTP_CONF='' registry_start inner $((port + 1))


# scopes: the longest counts, the default where there is none

image open/app > /dev/null
image open/shut/app > /dev/null
image elsewhere/app > /dev/null
leaves open/app 1 'insecureAcceptAnything'
refused open/shut/app 1 '"[^"]*/open/shut": "reject" says so' \
    'reject, in a longer scope'
refused elsewhere/app 1 '"default": "reject" says so' 'the default'


# signed REPO REFERENCE [NAME]: the image 1 there, by the key one, in a
# signature of the old format that says that it is of REFERENCE

signed()
{
    local  digest payload config size

    digest=$(image "$1")
    payload=$(printf '{"critical":{"identity":{"docker-reference":"%s"},"image":{"docker-manifest-digest":"%s"},"type":"cosign container image signature"},"optional":null}' \
        "$2" "$digest")
    printf %s "$payload" > payload
    "$tally" sign-blob -y --key one.key --tlog-upload=false --output-signature \
        payload.sig --use-signing-config=false --new-bundle-format=false \
        payload > sign.log 2>&1 < /dev/null || diag "$(cat sign.log)"
    config='{}'
    size=${#payload}
    blob_push "$1" "$payload"
    blob_push "$1" "$config"
    put "$1" "$(sig "$digest")" "$(jq -nc --arg s "$(cat payload.sig)" \
        --arg d "$(digest_of payload)" --argjson n "$size" \
        --arg c "sha256:$(printf %s "$config" | sha256sum | cut -c1-64)" '
        {schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json",
         config: {mediaType: "application/vnd.oci.image.config.v1+json",
                  digest: $c, size: 2},
         layers: [{mediaType: "application/vnd.dev.cosign.simplesigning.v1+json",
                   digest: $d, size: $n,
                   annotations: {"dev.cosignproject.cosign/signature": $s}}]}')" \
        > /dev/null
    echo "$digest"
}


# what a signature says that it is of: names as skopeo writes them

signed same/app "$inner/same/app:2" > /dev/null
leaves same/app 1 'matchRepository: another tag of the repository'
signed same/moved "$inner/other/app:1" > /dev/null
refused same/moved 1 'it was signed as "[^"]*/other/app:1"' \
    'matchRepository: another repository'
signed same/host "registry.example/same/host:1" > /dev/null
refused same/host 1 'it was signed as' 'matchRepository: another host'

exact=$(signed exact/app "$inner/exact/app:1")
leaves exact/app 1 'matchExact: the tag'
leaves exact/app "$exact" 'matchExact: by digest, when the tag leads there'
put exact/app 2 "$(raw exact/app 1)" > /dev/null
refused exact/app 2 'it was signed as' 'matchExact: another tag of the image'
put exact/app 1 "$(raw exact/app 1 | jq -c '.annotations.n = "2"')" > /dev/null
refused exact/app "$exact" 'it was signed as' \
    'matchExact: by digest, when the tag leads elsewhere'

default=$(signed default/app "$inner/default/app:1")
leaves default/app 1 'matchRepoDigestOrExact: the tag'
put default/app 2 "$(raw default/app 1)" > /dev/null
refused default/app 2 'it was signed as' \
    'matchRepoDigestOrExact: another tag of the image'
leaves default/app "$default" 'matchRepoDigestOrExact: by digest'
none=$(signed default/none "$inner/default/none")
refused default/none "$none" 'it was signed as' \
    'matchRepoDigestOrExact: a name without a tag'

signed named/app "$inner/vendor/app:1" > /dev/null
leaves named/app 1 'exactReference'
signed named/other "$inner/vendor/app:2" > /dev/null
refused named/other 1 'it was signed as' 'exactReference: another tag'
signed repo/app "$inner/vendor/app:7" > /dev/null
leaves repo/app 1 'exactRepository'
signed repo/other "$inner/repo/other:1" > /dev/null
refused repo/other 1 'it was signed as' 'exactRepository: another one'
signed mirror/app "$inner/vendor/app:1" > /dev/null
leaves mirror/app 1 'remapIdentity'
signed mirror/own "$inner/mirror/own:1" > /dev/null
refused mirror/own 1 'it was signed as' 'remapIdentity: the name before it'


# keys: any of keyPaths, each of several requirements; cosign's formats

for format in legacy bundle; do
    digest=$(image "either/$format")
    refused "either/$format" 1 'not signed' "keyPaths, $format: not signed"
    sign --format "$format" --key one.key "$inner/either/$format@$digest"
    leaves "either/$format" 1 "keyPaths, $format: signed by one of them"
done

digest=$(image both/app)
sign --key one.key "$inner/both/app@$digest"
refused both/app 1 '0 of 1 signature verified' 'two requirements, one signer'
sign --key two.key "$inner/both/app@$digest"
leaves both/app 1 'two requirements, two signers'
digest=$(image default/bundle)
sign --key one.key "$inner/default/bundle@$digest"
refused default/bundle 1 'it was signed as ""' \
    'matchRepoDigestOrExact: a bundle names no tag'


# ClusterImagePolicy: each that matches, of each any authority

digest=$(image k8s/app)
refused k8s/app 1 'ClusterImagePolicy "all": 0 of 1' 'not signed'
sign --key one.key "$inner/k8s/app@$digest"
leaves k8s/app 1 'by one of two authorities'
digest=$(image k8s/strict)
sign --key one.key "$inner/k8s/strict@$digest"
refused k8s/strict 1 'ClusterImagePolicy "strict": 0 of 1' \
    'two policies: both must hold'
sign --key two.key "$inner/k8s/strict@$digest"
leaves k8s/strict 1 'both hold'
leaves k8s/strict "$digest" 'both hold by digest'
image soft/app > /dev/null
leaves soft/app 1 'mode: warn'
like "$(curl -sI "http://$host/v2/soft/app/manifests/1" | tr -d '\r')" \
    '^Warning: 299 - "ClusterImagePolicy .soft.: 0 of 1' 'mode: warn warns'
image free/app > /dev/null
leaves free/app 1 'static: pass'
image free/shut > /dev/null
refused free/shut 1 'ClusterImagePolicy "shut": retired last year' \
    'static: fail, with its message'
image other/app > /dev/null
refused other/app 1 'cluster.yaml": it has nothing for this image' \
    'no policy matches'


# tally gate says the same

echo "registry_policy podman { containers_policy $work/policy.json host=$inner; }
registry_policy k8s { cluster_image_policy $work/cluster.yaml host=registry.example; }" \
    > policies.conf
for case in '0 podman same/app:1' '10 podman exact/app:2' '10 podman open/shut/app:1' \
    '0 k8s k8s/strict:1' '10 k8s free/shut:1' '0 k8s soft/app:1'; do
    read -r want name image <<< "$case"
    "$tally" gate --policy policies.conf --name "$name" --root gate/store \
        "$image" > gate.out 2>&1
    is $? "$want" "tally gate $name $image" || diag "$(cat gate.out)"
done


# what cannot be honoured is named, and nginx does not start

# broken DIRECTIVE FILE REGEXP NAME

broken()
{
    echo "registry_policy p { $1 $2; }" > broken.conf
    "$tally" gate --policy broken.conf --root gate/store same/app:1 \
        > gate.out 2>&1
    like "$?: $(cat gate.out)" "^1: .*$3" "$4"
}


broken containers_policy "$work/policy.json" 'needs host=' 'no host='
broken containers_policy "$work/gone.json host=x" 'gone.json' 'no file'
broken containers_policy "$work/cluster.yaml host=x" 'not valid JSON' 'not JSON'
sed 's/"reject"/"signedBy"/' policy.json > gpg.json
broken containers_policy "$work/gpg.json host=x" \
    '"default": "signedBy" cannot be honoured' 'keys of GPG'
sed 's/one.pub/nowhere.pub/' policy.json > lost.json
broken containers_policy "$work/lost.json host=$inner" 'nowhere.pub' \
    'a key that is not there'
cluster all '**' '  - keyless:
      url: https://fulcio.sigstore.dev
      identities:
      - issuer: https://issuer.example
        subject: me' > keyless.yaml
broken cluster_image_policy "$work/keyless.yaml host=x" \
    'ClusterImagePolicy "all": .*no authority of certificates is known' \
    'keyless without a trusted root'

registry_clean gate
registry_clean inner

done_testing
