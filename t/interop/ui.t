#!/bin/bash
#
# registry_ui in a real browser: what it shows of images, signatures and
# reports, what it lets whom do, and that nothing of an image becomes a page.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need chromium jq htpasswd

tally=$(readlink -f "${TALLY:-${TALLY_BUILD:-$top/build}/tally}")
[ -x "$tally" ] || skip_all "tally is not built (make cli)"
export COSIGN_PASSWORD=pw

host=127.0.0.1:$port
url=http://$host
oci=application/vnd.oci.image
evil='<img src=x onerror=document.title="evil">'
shots=${SHOTS-}


# ask COMMAND...: of the browser; its answer, a line

ask()
{
    local  line

    echo "$*" >&"${BROWSER[1]}"
    IFS= read -r -t 60 line <&"${BROWSER[0]}"
    echo "$line"
}


# sees EXPRESSION NAME: it becomes true

sees()
{
    is "$(ask until "$1")" ok "$2" \
        || diag "page: $(ask eval 'document.body.innerText')"
}


# goes HASH: to a page of the registry, and waits until it is there

goes()
{
    ask eval "(delete document.body.dataset.ready, delete document.body.dataset.attached, location.hash = '$1', show(), 1)" > /dev/null
    sees "document.body.dataset.ready === '${1:-/}'" "the page of ${1:-all}"
}


has()
{
    sees "document.querySelector('main').innerText.includes($(jq -Rn --arg t \
        "$1" '$t'))" "$2"
}


shot()
{
    [ -z "$shots" ] || ask shot "$shots/$1.png" > /dev/null
}


# press TEXT: the button of that name

press()
{
    ask eval "[...document.querySelectorAll('button')].find((b) => b.textContent === '$1' && b.getClientRects().length).click()" > /dev/null
}


# blob REPOSITORY TEXT, manifest REPOSITORY REFERENCE TEXT [TYPE]: pushed as
# $user; the digest is printed

digest()
{
    printf 'sha256:%s' "$(printf %s "$1" | sha256sum | cut -c1-64)"
}


blob()
{
    local  where

    where=$(header_of location -u "$user" -X POST "$url/v2/$1/blobs/uploads/")
    where=$url${where#"$url"}
    [[ $where = *\?* ]] && where+='&' || where+='?'
    curl -sf -u "$user" -X PUT --data-binary "$2" -H \
        'Content-Type: application/octet-stream' \
        "${where}digest=$(digest "$2")"
    digest "$2"
}


manifest()
{
    curl -sf -o /dev/null -u "$user" -X PUT --data-binary "$3" -H \
        "Content-Type: ${4:-$oci.manifest.v1+json}" \
        "$url/v2/$1/manifests/${2:-$(digest "$3")}"
    digest "$3"
}


# descriptor TYPE TEXT: of a blob

descriptor()
{
    printf '{"mediaType":"%s","size":%d,"digest":"%s"}' "$1" \
        "$(printf %s "$2" | wc -c)" "$(digest "$2")"
}


# app TAG ARCHITECTURE LAYER CMD: an image of two layers

app()
{
    local  config

    config=$(jq -cn --arg a "$2" --arg c "$4" --arg e "$evil" '{
        architecture: $a, os: "linux", created: "2026-05-04T03:02:01Z",
        config: {Cmd: [$c], Env: ["PATH=/bin", ("EVIL=" + $e)], User: "app"},
        history: [{created_by: "FROM scratch", empty_layer: true},
            {created_by: "COPY base /"}, {created_by: ("RUN " + $e)}],
        rootfs: {type: "layers", diff_ids: []}}')
    blob shop/app "$config" > /dev/null
    blob shop/app "the base" > /dev/null
    blob shop/app "$3" > /dev/null
    manifest shop/app "$1" "{\"schemaVersion\":2,\"mediaType\":\"$oci.manifest.v1+json\",\"config\":$(
        descriptor $oci.config.v1+json "$config"),\"layers\":[$(
        descriptor $oci.layer.v1.tar+gzip "the base"),$(
        descriptor $oci.layer.v1.tar+gzip "$3")]}"
}


# attach SUBJECT TYPE TEXT: a referrer with one layer

attach()
{
    local  layer

    blob shop/app '{}' > /dev/null
    layer=$(blob shop/app "$3")
    manifest shop/app '' "{\"schemaVersion\":2,\"mediaType\":\"$oci.manifest.v1+json\",\"artifactType\":\"$2\",\"config\":$(
        descriptor application/vnd.oci.empty.v1+json '{}'),\"layers\":[{\"mediaType\":\"$2\",\"size\":${#3},\"digest\":\"$layer\"}],\"subject\":{\"mediaType\":\"$oci.manifest.v1+json\",\"digest\":\"$1\",\"size\":$(
        curl -s -u "$user" -H 'Accept: */*' "$url/v2/shop/app/manifests/$1" | wc -c)}}" > /dev/null
}


report()
{
    jq -cn --arg e "$evil" --argjson n "$1" '{SchemaVersion: 2, CreatedAt: "2026-06-07T08:09:10Z",
        Results: [{Target: "app", Vulnerabilities: ([
            {VulnerabilityID: "CVE-2026-1000", PkgName: "zlib", InstalledVersion: "1.2", FixedVersion: "1.3",
             Severity: "CRITICAL", Title: $e, PrimaryURL: "javascript:alert(1)"},
            {VulnerabilityID: "CVE-2026-2000", PkgName: "curl", InstalledVersion: "8.0", FixedVersion: "8.1",
             Severity: "LOW", PrimaryURL: "https://avd.example/CVE-2026-2000"}])[:$n]}]}'
}


htpasswd -nbB alice secret > "$work/users" 2> /dev/null
htpasswd -nbB bob secret >> "$work/users" 2> /dev/null
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
    -out "$work/token.pem" 2> /dev/null
user=alice:secret

for name in release other; do
    (cd "$work" && "$tally" generate-key-pair --output-key-prefix $name) \
        > /dev/null 2>&1
done

# shellcheck disable=SC2016
HTTP_CONF="registry_policy release { require 1 { key $work/release.pub; } }
    registry_policy soft { require 1 { key $work/release.pub; } mode report; }
    server { listen 127.0.0.1:$((port + 1)); registry on; registry_ui on;
    registry_root $work/one/store;
    registry_auth htpasswd $work/users;
    registry_token_server key=$work/token.pem;
    registry_rule allow alice ** *;
    registry_rule allow bob ** pull,catalog; }" \
registry_start one "$port" 'registry_ui on;' "registry_auth htpasswd $work/users;" \
    'registry_rule allow alice ** *;' 'registry_rule allow bob ** pull,catalog;' \
    'registry_rule allow anonymous open/** pull,catalog;' \
    'registry_gate soft signed/**;' 'registry_gate release closed/**;' \
    'registry_gate_bypass alice;'

one=$(app 1.0 amd64 "what 1.0 has" serve)
two=$(app 2.0 amd64 "what 2.0 has" serve2)
arm=$(app arm arm64 "what arm has" serve)
size_of()
{
    curl -s -u $user -H 'Accept: */*' "$url/v2/shop/app/manifests/$1" | wc -c
}
manifest shop/app multi "{\"schemaVersion\":2,\"mediaType\":\"$oci.index.v1+json\",\"manifests\":[{\"mediaType\":\"$oci.manifest.v1+json\",\"digest\":\"$one\",\"size\":$(size_of "$one"),\"platform\":{\"os\":\"linux\",\"architecture\":\"amd64\"}},{\"mediaType\":\"$oci.manifest.v1+json\",\"digest\":\"$arm\",\"size\":$(size_of "$arm"),\"platform\":{\"os\":\"linux\",\"architecture\":\"arm64\",\"variant\":\"v8\"}}]}" $oci.index.v1+json > /dev/null
attach "$one" application/vnd.aquasec.trivy.report+json "$(report 2)"
attach "$two" application/vnd.aquasec.trivy.report+json "$(report 1)"
attach "$one" application/vnd.dev.sigstore.bundle.v0.3+json '{}'
attach "$one" application/spdx+json '{"spdx":true}'


# who asks for what at /

html='Accept: text/html,application/xhtml+xml'
like "$(get -H "$html" "$url/")" '<title>Registry</title>' "browsers get a page"
is "$(get "$url/")" "" "curl gets what registry:2 gives"
like "$(curl -sI "$url/")" '^HTTP/1.1 200 OK' "so does curl -I"
like "$(header_of vary "$url/")" 'Accept' "caches are told"
policy=$(header_of content-security-policy -H "$html" "$url/")
like "$policy" "^default-src 'none'; script-src 'self'; style-src 'self';" \
    "a policy forbids all that is not ours"
fails "no line of script or style in the page" grep -E \
    '<script>|<style|style=|javascript:| on[a-z]+=' <(get -H "$html" "$url/")
etag=$(header_of etag "$url/_ui/app.js")
is "$(status_of -H "If-None-Match: $etag" "$url/_ui/app.js")" 304 \
    "the script is asked for once"
[ "$(get "$url/_ui/app.js" "$url/_ui/app.css" -H "$html" "$url/" | wc -c)" -lt \
    60000 ]
ok $? "all of it is small"
is "$(get "$url/_ui/session" | jq -c '[.login.kind, .native, .user]')" \
    '["basic",false,null]' "the page is told how one logs in"
is "$(get -u alice:secret "$url/_ui/session?repository=shop/app" \
    | jq -c '[.user, .may]')" \
    '["alice",{"pull":true,"push":true,"delete":true}]' "and who may do what"
is "$(get -u bob:secret "$url/_ui/session?repository=shop/app" \
    | jq -c .may)" '{"pull":true,"push":false,"delete":false}' "or not"
is "$(get -u alice:secret "$url/_ui/session" | jq -c .native)" true \
    "a browser that says by itself who asks is left to it"
is "$(status_of -u alice:wrong "$url/_ui/session")" 401 "a wrong password"


coproc BROWSER { perl "$(dirname "$0")/browser.pl" "$tool_chromium" \
    "$work/profile" 2> "$work/browser.err"; }
# shellcheck disable=SC2153
browser=$BROWSER_PID                # bash forgets its own when it ends
pids+=("$browser")
read -r -t 60 line <&"${BROWSER[0]}"

[ "$line" = ready ] || { skip "chromium does not run here: $(
    tail -n 1 "$work/browser.err" "$work/profile.log" 2> /dev/null)"
    registry_clean one; done_testing; }


# logging in, with rules of the registry

ask size 1100 800 > /dev/null
ask media light > /dev/null
ask open "$url/#shop/app" > /dev/null
sees "document.querySelector('h1')?.textContent === 'Log in to see this'" \
    "who may not look is asked to log in"
is "$(ask eval "document.querySelector('dialog[open]') === null")" true \
    "and not by a window of the browser"

login()
{
    ask eval "(\$('login').click(), \$('name').value = '$1', \$('password').value = '$2')" > /dev/null
    ask eval "document.querySelector('#login-box form').requestSubmit()" > /dev/null
}

login bob wrong
sees "document.querySelector('#login-box .error').textContent === 'Wrong user or password'" "a wrong password is told"
ask eval "document.querySelector('#login-box').close()" > /dev/null
login bob secret
sees "document.querySelectorAll('.row').length === 4" "bob sees four tags"
is "$(ask eval "\$('user').textContent")" bob "by his name"


# lists

has "linux/amd64, linux/arm64/v8" "an index has its platforms"
has "2026-05-04" "images have their day"
sees "[...document.querySelectorAll('.row')].every((r) => /sha256:/.test(r.textContent))" "and digests"
shot tags
goes ''
sees "document.querySelector('.row').textContent.startsWith('shop/app')" \
    "the catalog lists its repository"
has "4 tags" "and how many tags it has"
ask eval "(\$('search').value = 'nothing', \$('search').oninput())" > /dev/null
sees "document.querySelectorAll('.row').length === 0" "search leaves some out"
ask eval "(\$('search').value = 'OP/A', \$('search').oninput())" > /dev/null
sees "document.querySelectorAll('.row').length === 1" "and finds in the middle"


# an image

goes shop/app:1.0
sees "document.body.dataset.attached === '1.0'" "with what is attached to it"
has "docker pull $host/shop/app:1.0" "the command to pull it"
has "docker pull $host/shop/app@$one" "by its digest too"
has "COPY base /" "history"
has "$evil" "text that looks like HTML is text"
has "Attached, not verified" "a signature is not taken for good"
has "CVE-2026-1000" "findings"
has "1 critical" "counted by severity"
is "$(ask eval "[...document.querySelectorAll('tr')].find((r) => /CVE-2026-1000/.test(r.textContent)).textContent.includes('1.3')")" true "with the version that is fixed"
is "$(ask eval "[...document.querySelectorAll('main a')].filter((a) => a.protocol !== 'http:').map((a) => a.href)")" \
    '["https://avd.example/CVE-2026-2000"]' \
    "a link of a report is one only when it is https"
has "application/spdx+json" "other referrers"
is "$(ask eval "document.querySelectorAll('main img, main script').length")" 0 \
    "no element was made of text"
is "$(ask eval "[...document.querySelectorAll('.danger')].filter((b) => b.closest('main')).length")" \
    0 "bob is not offered to delete"
shot image

goes shop/app:multi
has "linux/arm64/v8" "an index shows its platforms"
sees "[...document.querySelectorAll('main td.number')].some((c) => /B\$/.test(c.textContent))" "and their sizes"

goes "shop/app:1.0...2.0"
has "serve2" "two tags are compared: settings"
has "Vulnerabilities of 1.0 alone 1" "and findings"
is "$(ask eval "[...document.querySelectorAll('tr.differs')].length >= 4")" \
    true "what differs is marked"
shot compare

is "$(ask errors)" "" "the console has nothing to say"
is "$(ask hosts)" "$host" "nobody else was asked for anything"


# signatures, by the keys of gates

sign()
{
    "$tally" sign -y --allow-http-registry --registry-username alice \
        --registry-password secret --key "$work/$1.key" "$host/$2" \
        > "$work/sign.log" 2>&1 || diag "$(cat "$work/sign.log")"
}


verdict()
{
    get -u bob:secret "$url/_ui/verdict?repository=$1&digest=$2" \
        | jq -c '[.policies[] | .policy, .passed, .report]'
}


config='{"architecture":"amd64","os":"linux"}'
for name in signed/good signed/bad signed/none closed/none; do
    blob $name "$config" > /dev/null
    signed=$(manifest $name 1 "{\"schemaVersion\":2,\"mediaType\":\"$oci.manifest.v1+json\",\"config\":$(
        descriptor $oci.config.v1+json "$config"),\"layers\":[]}")
done

sign release "signed/good@$signed"
sign other "signed/bad@$signed"
is "$(verdict signed/good "$signed")" '["soft",true,true]' "a verdict"
is "$(verdict signed/bad "$signed")" '["soft",false,true]' "another"
is "$(verdict shop/app "$one")" '[]' "and none, where there is no gate"
is "$(status_of "$url/_ui/verdict?repository=signed/good&digest=$signed")" 401 \
    "for who may pull alone"
is "$(status_of -u bob:secret "$url/_ui/verdict?repository=x&digest=sha256:1")" \
    400 "of what can be"
is "$(status_of -u bob:secret "$url/_ui/verdict?repository=x&digest=$signed")" \
    200 "where nobody says a thing, nothing is said"
is "$(status_of -u bob:secret \
    "$url/_ui/verdict?repository=signed/x&digest=$signed")" 404 "and is there"

goes signed/good:1
sees "document.body.dataset.attached === '1'" "a signed image"
has "verified" "is verified"
has "1 of 1 signature verified: by" "by a key"
has "release.pub" "which is named"
sees "document.querySelector('main .tag.good') !== null" "in green"
shot signed
goes signed/bad:1
sees "document.querySelector('main .tag.error')?.textContent === 'not verified'" \
    "one that another has signed is not"
goes signed/none:1
has "the image is not signed" "nor one that nobody has"
goes closed/none:1
has 'refused by the policy "release"' "what a gate holds back says so"
goes closed/none
has "refused by a gate" "in the list as well"


# deleting, by who may

press 'Log out'
sees "document.querySelector('h1').textContent === 'Log in to see this'" \
    "who has logged out sees nothing"
login alice secret
goes shop/app:2.0
sees "document.querySelectorAll('main .danger').length === 2" \
    "alice may delete"
press 'Delete this tag'
sees "document.querySelector('#sure-box').open" "and is asked whether she means it"
shot sure
is "$(ask eval "document.activeElement.textContent")" Cancel \
    "what is near is the way back"
press Cancel
is "$(status_of -u alice:secret "$url/v2/shop/app/manifests/2.0" \
    -H 'Accept: */*')" 200 "which deletes nothing"
press 'Delete this tag'
press Delete
sees "location.hash === '#shop/app'" "then it is gone"
is "$(status_of -u alice:secret "$url/v2/shop/app/manifests/2.0" \
    -H 'Accept: */*')" 404 "in the registry too"
is "$(status_of -u alice:secret "$url/v2/shop/app/manifests/$two" \
    -H 'Accept: */*')" 200 "and its image is not"


# tokens of our own service

ask open "http://127.0.0.1:$((port + 1))/#shop/app" > /dev/null
sees "document.querySelector('h1')?.textContent === 'Log in to see this'" \
    "with a token service too one logs in"
login bob wrong
sees "document.querySelector('#login-box .error').textContent === 'Wrong user or password'" "by the right password"
ask eval "document.querySelector('#login-box').close()" > /dev/null
login alice secret
sees "document.querySelectorAll('.row').length === 3" "and sees what is there"
goes shop/app:1.0
sees "document.querySelectorAll('main .danger').length === 2" "and may delete"
goes ''
sees "document.querySelectorAll('.row').length === 5" "and has a catalog"


# more tags than anybody looks at

blob many/tags '{}' > /dev/null
many=$(manifest many/tags zz "{\"schemaVersion\":2,\"mediaType\":\"$oci.manifest.v1+json\",\"config\":$(
    descriptor $oci.config.v1+json '{}'),\"layers\":[]}")

perl -e 'use strict; my ($dir, $digest) = @ARGV;
    for my $i (1 .. 5000) {
        my $t = sprintf "%s/build-%05d", $dir, $i;
        mkdir $t; mkdir "$t/current"; open my $f, ">", "$t/current/link" or die;
        print $f $digest;
    }' "$work/one/store/docker/registry/v2/repositories/many/tags/_manifests/tags" \
    "$many"
goes many/tags
sees "document.body.dataset.whole === 'true'" "5,001 tags, page after page"
has "5,001 tags" "are counted"
is "$(ask eval "document.querySelectorAll('.row').length < 60")" true \
    "those in sight are drawn"
ask eval "scrollTo(0, document.body.scrollHeight)" > /dev/null
sees "[...document.querySelectorAll('.row')].some((r) => r.textContent.startsWith('zz') && r.textContent.includes('sha256:'))" \
    "the last one too, once it is"
ask eval "(\$('search').value = 'd-04999', \$('search').oninput())" > /dev/null
sees "document.querySelectorAll('.row').length === 1" "one of them is found"


# a phone, at night; keys

ask size 390 800 > /dev/null
ask media dark > /dev/null
goes shop/app
sees "document.querySelectorAll('.row').length === 3" "on a phone"
is "$(ask eval "document.documentElement.scrollWidth <= innerWidth")" true \
    "nothing lies beside the screen"
is "$(ask eval "getComputedStyle(document.body).backgroundColor")" \
    "rgb(20, 23, 27)" "dark is dark"
shot phone
goes shop/app:1.0
sees "document.body.dataset.attached === '1.0'" "an image"
is "$(ask eval "document.documentElement.scrollWidth <= innerWidth")" true \
    "fits as well"
shot phone-image
ask eval "dispatchEvent(new KeyboardEvent('keydown', {key: '/'}))" > /dev/null
goes shop/app
ask eval "document.querySelector('.row').focus()" > /dev/null
ask eval "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowDown', bubbles: true}))" > /dev/null
is "$(ask eval "document.activeElement.dataset.i")" 1 "the arrows go from row to row"
is "$(ask errors)" "" "the console has nothing to say"


# what is not there, and nobody who says so

goes shop/app:9
has "There is no such thing here" "a tag that is not there"
is "$(ask eval "document.querySelector('main a').hash")" "" \
    "leads back to all repositories"
goes shop/nothing
has "There is no such thing here" "nor is a repository"
goes Shop/App
has "invalid repository name" "nor can one be called so"
registry_stop one
goes shop/app:1.0
has "The registry does not answer" "a registry that is gone"
has "Try again" "may come back"
shot gone

kill "$browser"
wait "$browser" 2> /dev/null
registry_clean one
done_testing
