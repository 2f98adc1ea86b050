#!/bin/bash
#
# login, logout: what tally keeps is used by both cosigns, and the other way
# round; in config.json and by a credential helper.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

tally=${TALLY:-${TALLY_BUILD:-$top/build}/tally}
reg=localhost:$port
secret='p"a\s:s %word'

export COSIGN_PASSWORD=pw
export DOCKER_CONFIG=$work/docker-config
config=$DOCKER_CONFIG/config.json

cd "$work" || exit 1
echo "alice:$(openssl passwd -apr1 "$secret")" > passwords
chmod 644 passwords
chmod 755 "$work"

registry_start users "$port" "auth_basic registry;" \
    "auth_basic_user_file $work/passwords;" \
    || { ok 1 "a registry with users starts"; done_testing; }


# login PASSWORD ARGUMENT...: the password by standard input

login()
{
    local  password=$1

    shift
    printf '%s' "$password" | "$tally" login --password-stdin "$@" > out 2>&1
}


# does the registry let tally in? it has no image

let_in()
{
    "$tally" triangulate --exists "$reg/lab/app:1" > out 2>&1
    ! grep -qE 'UNAUTHORIZED|status code 401' out
}


# config.json

! let_in
ok $? "without credentials the registry is closed"

login wrong -u alice "$reg"
is "$?" 1 "a wrong password"
like "$(cat out)" "^Error: $reg refuses this user name and password" \
    "is said"
[ ! -e "$config" ]
ok $? "and nothing is kept"

login "$secret" -u alice "$reg"
is "$?" 0 "login" || diag "$(cat out)"
is "$(cat out)" "logged in via $config" "says where"
is "$(stat -c %a "$config")" 600 "only the owner may read it"
is "$(stat -c %a "$DOCKER_CONFIG")" 700 "nor the folder"
is "$(grep -c 'word' "$config")" 0 "the password is not in plain sight"
let_in
ok $? "the registry is open" || diag "$(cat out)"

login $'p"a\\s:s %word\r\n' -u alice "$reg"
is "$?" 0 "one line end is not the password's" || diag "$(cat out)"
login "$secret"$'\n\n' -u alice "$reg"
is "$?" 1 "two are"
let_in
ok $? "what was kept before stays"

is "$("$tally" logout "$reg" 2>&1)" "logged out via $config" "logout"
is "$(cat "$config")" "{}" "leaves nothing"
is "$(stat -c %a "$config")" 600 "and the file the owner's"
! let_in
ok $? "the registry is closed again"
is "$("$tally" logout "$reg" 2>&1)" "not logged in to $reg" "logout again"


# what others keep there

cat > "$config" <<END
{"auths": {"other.example": {"auth": "eDp5"}, "http://$reg/v1/": {"auth":
"eDp5"}}, "detachKeys": "ctrl-e", "proxies": {"default": {"noProxy": "a"}}}
END
chmod 644 "$config"
mv "$config" real.json
ln -s "$work/real.json" "$config"

login "$secret" -u alice "http://$reg/"
is "$?" 0 "login by a URL" || diag "$(cat out)"
[ -L "$config" ]
ok $? "a link stays one"
is "$(stat -c %a real.json)" 600 "what it leads to is the owner's now"
is "$(tr -d ' \n' < real.json | sed 's/"auth":"[^"]*"/A/g')" \
    "{\"auths\":{\"other.example\":{A},\"$reg\":{A}},\"detachKeys\":\"ctrl-e\",\"proxies\":{\"default\":{\"noProxy\":\"a\"}}}" \
    "all else is as it was, the old entry gone"
let_in
ok $? "the registry is open"
rm "$config"

for text in '{"auths": ' '[]' '{"auths": []}' '{"auths": {}, "auths": {}}'; do
    echo "$text" > "$config"
    login "$secret" -u alice "$reg"
    is "$? $(cat "$config")" "1 $text" "$text is left as it is"
    like "$(cat out)" "is not docker's config.json" "and said"
done

rm "$config"
ln -s /nonexistent/config.json "$config"
login "$secret" -u alice "$reg"
is "$?" 1 "a link that leads nowhere is an error"
rm "$config"


# what is refused before anything is asked

fails "login without a name" "$tally" login --password-stdin "$reg"
fails "without a terminal" "$tally" login -u alice "$reg"
fails "a name with a colon" login "$secret" -u a:b "$reg"
fails "no password" login "" -u alice "$reg"
fails "no registry" "$tally" login -u alice --password-stdin
fails "a name that is no host" login "$secret" -u alice registry
fails "a token" login "$secret" -u alice --registry-token t "$reg"
fails "a password on the command line" "$tally" login -u alice -p x "$reg"
[ ! -e "$config" ]
ok $? "nothing is kept"


# a credential helper, which has what it is told in a file

mkdir bin
cat > bin/docker-credential-lab <<END
#!/bin/sh
echo "\$1" >> "$work/asked"

case \$1 in
store) cat > "$work/kept" ;;
erase) [ "\$(cat)" = "$reg" ] && rm "$work/kept" ;;
get)   cat > /dev/null; cat "$work/kept" 2> /dev/null ;;
esac
END
printf '#!/bin/sh\nexit 1\n' > bin/docker-credential-broken
chmod +x bin/*
export PATH=$work/bin:$PATH

echo "{\"auths\": {\"$reg\": {\"auth\": \"eDp5\"}}, \"credsStore\": \"lab\"}" \
    > "$config"
login "$secret" -u alice "$reg"
is "$?" 0 "login by a helper" || diag "$(cat out)"
is "$(cat kept)" \
    "{\"ServerURL\":\"$reg\",\"Username\":\"alice\",\"Secret\":\"p\\\"a\\\\s:s %word\"}" \
    "is told to it in docker's form"
is "$(tr -d ' \n' < "$config")" \
    "{\"auths\":{\"$reg\":{}},\"credsStore\":\"lab\"}" \
    "config.json has but the registry's name"
let_in
ok $? "the registry is open"
runs "logout" "$tally" logout "$reg"
[ "$(tail -n 1 asked)" = erase ] && [ ! -e kept ]
ok $? "erases it there"
is "$(tr -d ' \n' < "$config")" '{"credsStore":"lab"}' "and its name here"
is "$("$tally" logout "$reg" 2>&1)" "not logged in to $reg" "logout again"

echo '{"credsStore": "broken"}' > "$config"
fails "a helper that fails" login "$secret" -u alice "$reg"
is "$(cat "$config")" '{"credsStore": "broken"}' "changes nothing"
echo "{\"credHelpers\": {\"$reg\": \"../bin/x\"}}" > "$config"
fails "a helper by a path" login "$secret" -u alice "$reg"
rm "$config"


# cosign

login "$secret" -u alice "$reg"
layout_make one "one" 1000 > /dev/null
"$tally" generate-key-pair > /dev/null 2>&1
"$tally" load --dir one "$reg/lab/app:1" > out 2>&1
ok $? "an image is put there" || diag "$(cat out)"
runs "sign" "$tally" sign --key cosign.key "$reg/lab/app:1"

for name in cosign2 cosign3; do
    tool=$(tool_path "$name" 2> why) || { skip "$(tail -n 1 why)"; continue; }

    login "$secret" -u alice "$reg"
    runs "$name verifies with what tally keeps" "$tool" verify \
        --key cosign.pub --insecure-ignore-tlog=true "$reg/lab/app:1"
    "$tally" logout "$reg" 2> /dev/null
    fails "$name does not after logout" "$tool" verify --key cosign.pub \
        --insecure-ignore-tlog=true "$reg/lab/app:1"

    printf '%s' "$secret" | "$tool" login -u alice --password-stdin "$reg" \
        > out 2>&1
    ok $? "$name logs in" || diag "$(cat out)"
    runs "tally verifies with what it keeps" "$tally" verify \
        --key cosign.pub "$reg/lab/app:1"
    runs "tally logs out" "$tally" logout "$reg"
    fails "tally does not verify any more" "$tally" verify \
        --key cosign.pub "$reg/lab/app:1"
done

registry_clean users
done_testing
