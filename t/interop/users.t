#!/bin/bash
#
# Users, robots and client certificates: what tally keeps and nginx reads, and
# what tally says of the rules of an nginx.conf.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

tally=${TALLY:-${TALLY_BUILD:-$top/build}/tally}
reg=localhost:$port
url=http://$reg

cd "$work" || exit 1
chmod 755 "$work"
touch robots groups


code()
{
    curl -s -o body -w '%{http_code}' "$@"
}


passwd()
{
    printf '%s' "$1" | "$tally" passwd --password-stdin "${@:2}" 2> err
}


# files

passwd $'sesame\n' --cost 4 users alice
is "$?" 0 "a user" || diag "$(cat err)"
like "$(cat users)" '^alice:\$2y\$04\$.{53}$' "is a line with bcrypt"
is "$(stat -c %a users)" 644 "that nginx's workers can read"
chmod 640 users
passwd builder --cost 4 users bob
is "$(stat -c %a users)" 640 "the mode of the file stays"
chmod 644 users
before=$(cat users)
passwd other --cost 4 users alice
is "$(cut -d : -f 1 users | xargs)" "alice bob" "another password, same line"
! passwd '' users carol
ok $? "no empty password"
for name in 'a:b' '#a' '' $'a\nb' $'a\tb' $'a\x7f' $'a\xff' $'\xc3'; do
    ! passwd x users "$name"
    ok $? "no user is called $(printf %q "$name")"
done
! passwd "$(head -c 73 /dev/zero | tr '\0' x)" users carol
ok $? "no password longer than bcrypt looks at"
! "$tally" passwd --delete users carol 2> err
ok $? "who is not there is not deleted"
like "$(cat err)" 'users has no user "carol"' "and that is said"
is "$(cut -d : -f 1 users | xargs)" "alice bob" "nothing of this changed it"
[ "$before" != "$(cat users)" ]
ok $? "but the password did"
command -v htpasswd > /dev/null && runs "htpasswd reads it too" \
    htpasswd -vb users alice other


# a registry that reads them

new_cert()
{
    openssl req -newkey rsa:2048 -nodes -keyout "$1.pem" -out "$1.csr" \
        -subj "$2" > /dev/null 2>&1
    printf 'subjectAltName=%s\n' "$3" > ext
    openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.pem -CAcreateserial \
        -days 2 -extfile ext -out "$1.crt" > /dev/null 2>&1
}

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout ca.pem -out ca.crt \
    -subj "/CN=a CA" > /dev/null 2>&1
new_cert server "/CN=localhost" "DNS:localhost"
new_cert build "/O=acme/CN=build-1" "DNS:build-1.example.com"
new_cert other "/CN=other" "URI:spiffe://example.com/other"
cp build.crt forged.crt
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout forged.pem \
    -out forged.crt -subj "/CN=build-1" > /dev/null 2>&1

openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
    -out token.pem 2> /dev/null

cat > rules.conf <<'END'
# who may what
registry_rule deny  token=*               app/closed      *;
registry_rule allow certificate=CN=build-*,O=acme cert/** push;
registry_rule allow certificate=URI:spiffe://example.com/* "spiffe/**" pull;
registry_rule allow alice                 **              pull,push;
registry_rule allow bob                   once/**         pull,create;
registry_rule allow $user                 users/${user}/** *;
registry_rule allow group=ours            ours/**         pull;
END

registry_start server "$port" \
    "listen 127.0.0.1:$((port + 1)) ssl;" \
    "ssl_certificate $work/server.crt; ssl_certificate_key $work/server.pem;" \
    "ssl_client_certificate $work/ca.crt; ssl_verify_client optional_no_ca;" \
    "registry_auth htpasswd $work/users groups=$work/groups;" \
    "registry_auth robots $work/robots;" \
    "registry_auth certificate;" \
    "registry_token_server key=$work/token.pem;" \
    "include $work/rules.conf;" \
    || { ok 1 "a registry with users starts"; done_testing; }

is "$(code -u alice:other "$url/v2/")" 200 "the user logs in"
is "$(code -u bob:builder "$url/v2/")" 200 "so does the other"
is "$(code -u carol:sesame "$url/v2/")" 401 "somebody else does not"
passwd sesame --cost 4 users carol
is "$(code -u carol:sesame "$url/v2/")" 200 "at once when she is there"
"$tally" passwd -D users carol 2> /dev/null
is "$(code -u carol:sesame "$url/v2/")" 401 "and no longer when she is not"


# of many who make one tag at once, one does

first_push()
{
    local  body

    body="{\"schemaVersion\":2,\"mediaType\":\"$type\",\"manifests\":[]"
    body+=",\"annotations\":{\"n\":\"$1\"}}"
    curl -s -o /dev/null -w '%{http_code}\n' -u bob:builder -X PUT \
        -H "Content-Type: $type" -d "$body" "$url/v2/once/x/manifests/latest"
}

type=application/vnd.oci.image.index.v1+json
racers=()

for n in 1 2 3 4 5 6 7 8 9 10 11 12; do
    first_push "$n" > "first.$n" &
    racers+=($!)
done

wait "${racers[@]}"
is "$(cat first.* | sort | uniq -c | xargs)" "1 201 11 403" \
    "hazard 28: of twelve first pushes of a tag, by one who may not move it, one holds"


# one who has left his group is out of it, and so is his token

in_group()
{
    curl -s -u bob:builder -G -d service=registry --data-urlencode \
        scope=repository:ours/x:pull "$url/token" | jq -r .token
}

echo "ours: bob" > groups
token=$(in_group)
is "$(code -u bob:builder "$url/v2/ours/x/tags/list")" 404 "one of a group"
is "$(code -H "Authorization: Bearer $token" "$url/v2/ours/x/tags/list")" 404 \
    "by a token"
echo "ours: alice" > groups
is "$(code -u bob:builder "$url/v2/ours/x/tags/list")" 403 \
    "hazard 29: who is not in it any more"
is "$(code -H "Authorization: Bearer $token" "$url/v2/ours/x/tags/list")" 403 \
    "hazard 29: with a token from before"


# robots

robot()
{
    "$tally" token "$1" "${@:2}" -f robots 2> err
}

secret=$(robot create deploy --repo 'app/**' --repo lib --actions pull,push)
like "$secret" '^tally_[A-Za-z0-9_-]{43}$' "a robot gets a secret"
is "$(grep -c "$secret" robots)" 0 "which is kept nowhere"
! robot create deploy --repo x > /dev/null
ok $? "two robots of one name there are not"
! robot create bad --repo /x > /dev/null
ok $? "nor one for what cannot be"
like "$(cat err)" 'can never match' "and that is said"
! robot create bad > /dev/null
ok $? "nor one for nothing"
is "$(code -u "deploy:$secret" -X POST "$url/v2/app/x/blobs/uploads/")" 202 \
    "it pushes where it may"
is "$(code -u "deploy:$secret" -X POST "$url/v2/other/blobs/uploads/")" 403 \
    "not elsewhere"
is "$(code -u "deploy:$secret" -X POST "$url/v2/app/closed/blobs/uploads/")" \
    403 "nor where a rule denies it"
is "$(code -u "deploy:$secret" -X DELETE "$url/v2/app/x/manifests/1")" 403 \
    "and does nothing else there"
is "$(code -H "Authorization: Bearer $secret" "$url/v2/lib/tags/list")" 404 \
    "the secret as a Bearer token"
is "$(code -u "other:$secret" "$url/v2/")" 401 "under another name"
is "$(code -u "deploy:${secret%?}" "$url/v2/")" 401 "a secret cut short"
token=$(curl -s -u "deploy:$secret" \
    "$url/token?service=registry&scope=repository:app/x:pull,push,delete" \
    | jq -r .token)
is "$(code -H "Authorization: Bearer $token" -X POST \
    "$url/v2/app/x/blobs/uploads/")" 202 "by a token of our service"
is "$(code -H "Authorization: Bearer $token" -X DELETE \
    "$url/v2/app/x/manifests/1")" 403 "which gives no more"
short=$(robot create short --repo '**' --expires 1s)
sleep 1.1
is "$(code -u "short:$short" "$url/v2/")" 401 "one that has expired"
like "$(robot list)" 'short.*expired' "is listed as such"
robot revoke deploy
is "$(code -u "deploy:$secret" "$url/v2/")" 401 "one that was revoked"
is "$(code -H "Authorization: Bearer $token" "$url/v2/app/x/tags/list")" 401 \
    "and its tokens"


# client certificates

tls=https://localhost:$((port + 1))

with()
{
    code --cacert ca.crt --cert "$1.crt" --key "$1.pem" "${@:2}"
}

is "$(with build -X POST "$tls/v2/cert/x/blobs/uploads/")" 202 \
    "a certificate, by its subject"
is "$(with build -X POST "$tls/v2/team/x/blobs/uploads/")" 403 \
    "where it may not"
is "$(with other "$tls/v2/spiffe/x/tags/list")" 404 \
    "by another of its names"
is "$(with other -X POST "$tls/v2/cert/x/blobs/uploads/")" 403 \
    "not by another's"
is "$(with forged -X POST "$tls/v2/cert/x/blobs/uploads/")" 401 \
    "one that nobody signed"
is "$(code --cacert ca.crt "$tls/v2/")" 401 "none"
is "$(with build -u alice:other -X POST "$tls/v2/team/x/blobs/uploads/")" 202 \
    "with a password as well one is who the password says"


# what the rules say

explain()
{
    "$tally" access --explain -c server/nginx.conf "$@" 2>&1
}

is "$(explain alice team/x:1 pull)" \
    "pull: allowed by $work/rules.conf:5: allow alice ** pull,push" \
    "tally access names the line"
is "$(explain bob users/bob/x delete)" "delete: allowed by $work/rules.conf:7: allow \$user users/\${user}/** *" \
    "of one's own place"
is "$(explain bob team/x pull)" "pull: denied, no rule speaks of it" \
    "or that there is none"
fails "and fails when it is denied" "$tally" access -c server/nginx.conf bob \
    team/x pull
is "$(explain token=a app/closed pull)" "pull: denied by $work/rules.conf:2: deny token=* app/closed *" \
    "of a robot"
fails "an unknown action" "$tally" access -c server/nginx.conf bob x fly
fails "no configuration" "$tally" access -c missing.conf bob x pull

registry_clean server
done_testing
