#!/bin/bash
#
# helm: charts pushed with a login and pulled without one, by our own tokens.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need helm

reg=localhost:$port

cd "$work" || exit 1
chmod 755 "$work"

openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out own.pem \
    2> /dev/null
openssl req -x509 -new -key own.pem -subj /CN=tokens -days 2 -out own.crt \
    2> /dev/null
printf 'alice:%s\n' "$(openssl passwd -apr1 wonder)" > users
chmod 644 users

registry_start own "$port" \
    "registry_auth htpasswd $work/users;" \
    "registry_token_server key=$work/own.pem;" \
    "registry_rule allow anonymous public/** pull;" \
    "registry_rule allow alice ** *;" \
    || { ok 1 "a registry with a token service starts"; done_testing; }


export HELM_CONFIG_HOME=$work/helm HELM_REGISTRY_CONFIG=$work/helm.json

runs "a chart" "$tool_helm" create chart
runs "is packed" "$tool_helm" package chart
fails "a push without a login" "$tool_helm" push --plain-http \
    chart-0.1.0.tgz "oci://$reg/public"
fails "a login with a wrong password" "$tool_helm" registry login \
    --plain-http -u alice -p wrong "$reg"
runs "a login" "$tool_helm" registry login --plain-http -u alice -p wonder \
    "$reg"
runs "a push" "$tool_helm" push --plain-http chart-0.1.0.tgz "oci://$reg/public"
runs "a push of something private" "$tool_helm" push --plain-http \
    chart-0.1.0.tgz "oci://$reg/private"
mkdir pulled
runs "a pull of it" "$tool_helm" pull --plain-http -d pulled \
    "oci://$reg/private/chart" --version 0.1.0
is "$(digest_of pulled/chart-0.1.0.tgz)" "$(digest_of chart-0.1.0.tgz)" \
    "it is the same chart"
runs "a logout" "$tool_helm" registry logout "$reg"
rm pulled/*
runs "a pull without a login" "$tool_helm" pull --plain-http -d pulled \
    "oci://$reg/public/chart" --version 0.1.0
fails "of something private" "$tool_helm" pull --plain-http -d pulled \
    "oci://$reg/private/chart" --version 0.1.0

registry_clean own
done_testing
