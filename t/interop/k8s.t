#!/bin/bash
#
# Keys in secrets of Kubernetes (k8s://NAMESPACE/NAME): found by kubeconfig
# files, written and read by tally and both cosigns.  The API server is a
# double behind TLS of nginx.

. "$(dirname "$0")/lib.sh"

tally=${TALLY:-${TALLY_BUILD:-$top/build}/tally}

[ -x "$tally" ] || skip_all "tally is not built (make cli)"
need jq

cd "$work" || exit 1
export COSIGN_PASSWORD=pw HOME=$work/home TUF_ROOT=$work/tuf
unset KUBERNETES_SERVICE_HOST KUBERNETES_SERVICE_PORT
api=https://127.0.0.1:$((port + 5))


tally()
{
    timeout 60 "$tally" "$@"
}


# certificate NAME ISSUER|- [EXTENSIONS]: NAME.key, NAME.pem

certificate()
{
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
        -out "$1.key"
    openssl req -new -key "$1.key" -subj "/CN=$1" -out "$1.csr"

    if [ "$2" = - ]; then
        openssl x509 -req -in "$1.csr" -signkey "$1.key" -days 2 -out "$1.pem" \
            -extfile <(echo basicConstraints=critical,CA:TRUE)
    else
        openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -days 2 \
            -CAcreateserial -out "$1.pem" -extfile <(echo "${3-}")
    fi 2> /dev/null
}


# config CLUSTER USER: a kubeconfig, both as the inside of a flow mapping

config()
{
    cat <<END
apiVersion: v1
kind: Config
current-context: here
contexts:
- name: elsewhere
  context: {cluster: none, user: nobody}
- name: here
  context: {cluster: ours, user: builder}
clusters:
- name: ours
  cluster: {server: "$api", $1}
users:
- name: builder
  user: {$2}
END
}


certificate ca -
certificate server ca 'subjectAltName=IP:127.0.0.1,DNS:api.test'
certificate builder ca
certificate stranger -
perl "$top/t/interop/k8s-double.pl" $((port + 6)) good &
pids+=($!)

export HTTP_CONF="server {
    listen 127.0.0.1:$((port + 5)) ssl;
    ssl_certificate $work/server.pem;
    ssl_certificate_key $work/server.key;
    ssl_verify_client optional;
    ssl_client_certificate $work/ca.pem;
    location / {
        proxy_pass http://127.0.0.1:$((port + 6));
        proxy_set_header X-Verified \$ssl_client_verify;
    }
}"
registry_start registry "$port" || exit 1
wait_for curl -s -o /dev/null "http://127.0.0.1:$((port + 6))" || exit 1

ca="certificate-authority-data: $(base64 -w0 ca.pem)"
export KUBECONFIG=$work/config
config "$ca" "token: good" > config

runs "generate-key-pair: into a secret" tally generate-key-pair \
    k8s://build/keys
runs "the public key is written beside" openssl pkey -pubin -in cosign.pub \
    -noout
curl -s --cacert ca.pem -H 'Authorization: Bearer good' \
    "$api/api/v1/namespaces/build/secrets/keys" > secret.json
is "$(jq -r '.data | keys | join(" ")' secret.json)" \
    "cosign.key cosign.password cosign.pub" "its members are cosign's"
is "$(jq -r '.data["cosign.password"] | @base64d' secret.json)" pw \
    "the password is in it"
is "$(jq .immutable secret.json)" true "nobody can change it"

unset COSIGN_PASSWORD
echo text > file
runs "sign-blob by it, its password is with it" tally sign-blob \
    --tlog-upload=false --key k8s://build/keys --bundle file.json file
runs "verify-blob by its public key" tally verify-blob --key k8s://build/keys \
    --bundle file.json file
runs "which is the one that was written" tally verify-blob --key cosign.pub \
    --bundle file.json file
is "$(tally public-key --key k8s://build/keys)" "$(cat cosign.pub)" \
    "public-key prints it"
like "$(COSIGN_PASSWORD=pw tally generate-key-pair k8s://build/keys 2>&1 \
        < /dev/null)" 'holds a key already' "a key there is not overwritten"
like "$(echo y | COSIGN_PASSWORD=pw tally generate-key-pair k8s://build/keys \
        2>&1)" 'Error: .*422.*immutable' "and cannot be, says the server"

like "$(tally verify-blob --key k8s://build/none --bundle file.json file 2>&1)" \
    '^Error: .*k8s://build/none: GET: status 404' "no such secret"

for name in k8s://build k8s://build/a/b k8s:///a k8s://build/ k8s://a/../b \
            'k8s://a/b?c' k8s://A/b; do
    like "$(tally verify-blob --key "$name" --bundle file.json file 2>&1)" \
        '^Error: .*k8s://NAMESPACE/SECRET' "no name: $name"
done

# who we are, and how we know the server

verify=(tally verify-blob --key k8s://build/keys --bundle file.json file)

mkdir kube
cp ca.pem builder.pem builder.key kube
config "certificate-authority: ca.pem" \
    "client-certificate: builder.pem, client-key: builder.key" > kube/config
KUBECONFIG=$work/kube/config
runs "a client certificate, files beside the kubeconfig" "${verify[@]}"
config "$ca" "client-certificate-data: $(base64 -w0 builder.pem),
    client-key-data: $(base64 -w0 builder.key)" > kube/config
runs "a client certificate within it" "${verify[@]}"
config "$ca" "client-certificate-data: $(base64 -w0 stranger.pem),
    client-key-data: $(base64 -w0 stranger.key)" > kube/config
fails "a client certificate of somebody" "${verify[@]}"
config "$ca" "token: bad" > kube/config
like "$("${verify[@]}" 2>&1)" '^Error: .*status 401: Unauthorized' \
    "a wrong token"
printf 'good\n' > kube/token
config "$ca" "tokenFile: token, token: bad" > kube/config
runs "a token in a file goes first" "${verify[@]}"
config "insecure-skip-tls-verify: true" "token: good" > kube/config
runs "insecure-skip-tls-verify" "${verify[@]}"
config "insecure-skip-tls-verify: false" "token: good" > kube/config
like "$("${verify[@]}" 2>&1)" '^Error: .*certificate' \
    "a server that nobody vouches for"
config "$ca, tls-server-name: api.test" "token: good" > kube/config
runs "tls-server-name: the name in the certificate" "${verify[@]}"
config "$ca, tls-server-name: other.test" "token: good" > kube/config
fails "and another one" "${verify[@]}"

for user in 'exec: {command: aws}' 'auth-provider: {name: gcp}' \
            'token: good, as: admin'; do
    config "$ca" "$user" > kube/config
    like "$("${verify[@]}" 2>&1)" '^Error: .*kubectl create token' \
        "refused, with a remedy: $user"
done

# several files, none, and what is none

config "$ca" "token: bad" > kube/second
sed -i 's/name: ours/name: others/' kube/second
config "$ca" "token: good" | sed '/^contexts/,/^clusters/{//!d}' > kube/first
KUBECONFIG=$work/kube/absent:$work/kube/first:$work/kube/second
runs "of several files the first counts that says a thing" "${verify[@]}"
mkdir -p home/.kube
config "$ca" "token: good" > home/.kube/config
unset KUBECONFIG
runs ".kube/config without KUBECONFIG" "${verify[@]}"
rm home/.kube/config
like "$("${verify[@]}" 2>&1)" '^Error: .*KUBECONFIG' "nothing at all"
export KUBECONFIG=$work/config
config "$ca" "token: good" | sed 's/^current.*//' > config
like "$("${verify[@]}" 2>&1)" '^Error: .*current-context' "no current context"
config "$ca" "token: good" | sed 's/cluster: ours/cluster: none/' > config
like "$("${verify[@]}" 2>&1)" '^Error: .*cluster is not there' "no cluster"
echo '[' > config
like "$("${verify[@]}" 2>&1)" '^Error: .*not YAML' "not YAML"

# cosign with the same secret (it writes protobuf, which the double is not up
# to)

config "$ca" "token: good" > config
tally trusted-root create --out root.json

for version in cosign2 cosign3; do
    if why=$(tool_skip $version); then
        skip "$version: $why"
        continue
    fi

    cosign=$(tool_path $version)
    plain=(--tlog-upload=false)
    [ $version = cosign2 ] || plain+=(--use-signing-config=false)
    runs "$version signs by it" timeout 60 "$cosign" sign-blob -y \
        "${plain[@]}" --key k8s://build/keys --new-bundle-format \
        --bundle "$version.json" file
    runs "tally verifies that" tally verify-blob --key k8s://build/keys \
        --bundle "$version.json" file
    runs "$version verifies what tally signed" timeout 60 "$cosign" \
        verify-blob --insecure-ignore-tlog --key k8s://build/keys \
        --trusted-root root.json --new-bundle-format --bundle file.json file
done

done_testing
