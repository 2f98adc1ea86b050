#!/bin/bash
#
# Keys that forges keep for their pipelines (gitlab://, github://): written
# and read by tally and both cosigns.  The forges are doubles.

. "$(dirname "$0")/lib.sh"

tally=${TALLY:-${TALLY_BUILD:-$top/build}/tally}

[ -x "$tally" ] || skip_all "tally is not built (make cli)"
need jq

cd "$work" || exit 1
export COSIGN_PASSWORD=pw HOME=$work/home TUF_ROOT=$work/tuf
export GITLAB_HOST=http://127.0.0.1:$port GITLAB_TOKEN=good
export GITHUB_HOST=$GITLAB_HOST GITHUB_TOKEN=good


tally()
{
    timeout 60 "$tally" "$@"
}


# kept PLACE FILTER: what the double has of it

kept()
{
    curl -s "http://127.0.0.1:$port/all" | jq -r --arg p "$1" ".[\$p] | $2"
}


# a receiver's keys: raw Curve25519

openssl genpkey -algorithm X25519 -out receiver.pem
receiver=$(openssl pkey -in receiver.pem -pubout -outform DER | tail -c 32 \
               | base64 -w0)
perl "$top/t/interop/forge-double.pl" "$port" good "$receiver" &
pids+=($!)
wait_for curl -s -o /dev/null "http://127.0.0.1:$port" || exit 1
echo text > file

# GitLab

for place in group/sub/app ours; do
    double=projects/group%2Fsub%2Fapp
    [ $place = ours ] && double=groups/ours

    runs "GitLab: a pair for $place" tally generate-key-pair gitlab://$place
    runs "the public key is written beside" openssl pkey -pubin \
        -in cosign.pub -noout
    is "$(kept $double 'keys | join(" ")')" \
        "COSIGN_PASSWORD COSIGN_PRIVATE_KEY COSIGN_PUBLIC_KEY" \
        "its variables are cosign's"
    is "$(kept $double .COSIGN_PASSWORD.value)" pw "the password is one"
    is "$(kept $double .COSIGN_PUBLIC_KEY.value)" "$(cat cosign.pub)" \
        "the public key is one"
    is "$(kept $double '[.[] | "\(.variable_type) \(.protected) \(.masked)"]
                        | unique | join(",")')" "env_var false false" \
        "as cosign makes them"
    like "$(tally generate-key-pair gitlab://$place 2>&1 < /dev/null)" \
        'holds a key already' "a key there is not overwritten"

    unset COSIGN_PASSWORD
    runs "sign-blob by it, its password is with it" tally sign-blob \
        --tlog-upload=false --key gitlab://$place --bundle file.json file
    runs "verify-blob by its public key" tally verify-blob \
        --key gitlab://$place --bundle file.json file
    runs "which is the one that was written" tally verify-blob \
        --key cosign.pub --bundle file.json file
    is "$(tally public-key --key gitlab://$place)" "$(cat cosign.pub)" \
        "public-key prints it"
    export COSIGN_PASSWORD=pw
done

old=$(cat cosign.pub)
runs "but when the question is answered" bash -c \
    "echo y | COSIGN_PASSWORD=new '$tally' generate-key-pair gitlab://ours"
is "$(kept groups/ours .COSIGN_PASSWORD.value)" new "the password is changed"
is "$([ "$old" = "$(cat cosign.pub)" ]; echo $?)" 1 "and so is the key"
runs "a project by its number" tally public-key --key gitlab://42

for name in gitlab:// gitlab:///a gitlab://a//b gitlab://a/ gitlab://a/../b \
            'gitlab://a?b' 'gitlab://a b' gitlab://a%2Fb; do
    like "$(tally verify-blob --key "$name" --bundle file.json file 2>&1)" \
        '^Error: .*gitlab://PROJECT' "no name: $name"
done

verify=(tally verify-blob --bundle file.json file)
like "$("${verify[@]}" --key gitlab://none 2>&1)" \
    '^Error: .*neither a project nor a group.*GITLAB_HOST' "no such project"
like "$(GITLAB_TOKEN=bad "${verify[@]}" --key gitlab://ours 2>&1)" \
    '^Error: .*status 401: 401 Unauthorized' "a wrong token"
like "$(GITLAB_TOKEN='' "${verify[@]}" --key gitlab://ours 2>&1)" \
    '^Error: .*GITLAB_TOKEN' "no token"

for end in / /api/v4 /api/v4/; do
    GITLAB_HOST=http://127.0.0.1:$port$end runs "GITLAB_HOST with $end" \
        tally public-key --key gitlab://ours
done

# GitHub

for place in owner/app owner; do
    double=repos/$place
    [ $place = owner ] && double=orgs/$place

    runs "GitHub: a pair for $place" tally generate-key-pair github://$place
    is "$(kept $double 'keys | join(" ")')" \
        "COSIGN_PASSWORD COSIGN_PRIVATE_KEY COSIGN_PUBLIC_KEY" \
        "its secrets are cosign's"
    is "$(kept $double .COSIGN_PASSWORD.encrypted_value | base64 -d | wc -c)" \
        50 "the password is in a sealed box"
    is "$(kept $double .COSIGN_PUBLIC_KEY.encrypted_value | base64 -d \
              | wc -c)" $((48 + $(wc -c < cosign.pub))) "so is the public key"
    like "$(tally generate-key-pair github://$place 2>&1 < /dev/null)" \
        'holds a key already' "a key there is not overwritten"
    like "$("${verify[@]}" --key github://$place 2>&1)" \
        '^Error: .*env://COSIGN_PUBLIC_KEY' "nobody can read it back"
    like "$(tally sign-blob --key github://$place file 2>&1)" \
        '^Error: .*env://COSIGN_PRIVATE_KEY' "nor sign by it elsewhere"
done

for name in github:// github:///a github://a/b/c github://a/ 'github://a?b'; do
    like "$(tally generate-key-pair "$name" 2>&1)" \
        '^Error: .*github://OWNER' "no name: $name"
done

like "$(tally generate-key-pair github://none/app 2>&1)" \
    '^Error: .*github://none/app: GET: status 404: Not Found' "no such one"
like "$(tally generate-key-pair forge://a 2>&1)" 'gitlab://PROJECT' \
    "no such place"

# cosign with the same keys

tally trusted-root create --out root.json

for version in cosign2 cosign3; do
    if why=$(tool_skip $version); then
        skip "$version: $why"
        continue
    fi

    cosign=$(tool_path $version)
    plain=(--tlog-upload=false)
    [ $version = cosign2 ] || plain+=(--use-signing-config=false)
    runs "$version signs by GitLab's" timeout 60 "$cosign" sign-blob -y \
        "${plain[@]}" --key gitlab://group/sub/app --new-bundle-format \
        --bundle "$version.json" file
    runs "tally verifies that" tally verify-blob --key gitlab://group/sub/app \
        --bundle "$version.json" file
    runs "tally signs" tally sign-blob --tlog-upload=false \
        --key gitlab://group/sub/app --bundle file.json file
    runs "$version verifies that" timeout 60 "$cosign" \
        verify-blob --insecure-ignore-tlog --key gitlab://group/sub/app \
        --trusted-root root.json --new-bundle-format --bundle file.json file
    runs "$version makes one in GitHub, too" timeout 60 "$cosign" \
        generate-key-pair github://owner/app
    is "$(kept repos/owner/app .COSIGN_PASSWORD.encrypted_value | base64 -d \
              | wc -c)" 50 "of the same form"
done

done_testing
