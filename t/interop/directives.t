#!/bin/bash
#
# docs/directives.md and nginx agree: in which contexts each directive may
# stand, how many words it takes, what it is by default; and nginx takes each
# sample of nginx.conf in the documentation.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need htpasswd

page=$top/docs/directives.md
etc=$work/etc
mkdir -p "$etc" "$work/store" "$work/temp"


# nginx_says TEXT: what nginx -t says of a configuration, "" when all is well

nginx_says()
{
    echo "$1" > "$etc/nginx.conf"
    "$nginx" -t -q -c "$etc/nginx.conf" -e "$work/error.log" 2>&1 \
        | grep -F '[emerg]'
}


# in_context CONTEXT TEXT: a configuration that has TEXT there

in_context()
{
    local  text=$2 around

    for around in $(case $1 in
        http) echo http ;;
        server) echo server http ;;
        location) echo location server http ;;
        registry_policy) echo policy http ;;
        require) echo require policy http ;;
        esac)
    do
        case $around in
        location) text="location /v2/ { $text"$'\n}' ;;
        policy)
            text="registry_policy p { require 1 { key release.pub; } $text"
            text+=$'\n}'
            ;;
        require) text="require 1 { $text"$'\n}' ;;
        server) text="server { listen 127.0.0.1:$port; $text"$'\n}' ;;
        http) text="http { $paths $text"$'\n}' ;;
        esac
    done

    echo "load_module $module; pid $work/nginx.pid; error_log $work/error.log;"
    echo 'events { }'
    echo "$text"
}


paths="access_log $work/access.log; client_body_temp_path $work/temp/body;"
for name in proxy fastcgi uwsgi scgi; do
    paths+=" ${name}_temp_path $work/temp/$name;"
done

is "$(nginx_says "$(in_context location 'registry on;')")" "" \
    "nginx takes what this test makes"


# the files that pages name

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -subj /CN=localhost -days 2 -keyout "$etc/registry.key" \
    -out "$etc/registry.crt" 2> /dev/null
for name in registry-clients auth registry-token; do
    cp "$etc/registry.crt" "$etc/$name.crt"
done
for name in registry-token token; do
    cp "$etc/registry.key" "$etc/$name.pem"
done
for name in release scanner; do
    openssl pkey -in "$etc/registry.key" -pubout -out "$etc/$name.pub"
done
htpasswd -nbB alice secret > "$etc/registry.users" 2> /dev/null
echo 'ci: alice' > "$etc/registry.groups"
: > "$etc/registry.robots"
cp "$top/conf/registry.rules" "$etc/"
cat > "$etc/trusted_root.json" <<END
{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1",
 "certificateAuthorities":[{"subject":{"commonName":"ours"},
   "uri":"https://fulcio.example","validFor":{"start":"2020-01-01T00:00:00Z"},
   "certChain":{"certificates":[{"rawBytes":"$(
        openssl x509 -in "$etc/registry.crt" -outform DER | base64 -w 0)"}]}}],
 "tlogs":[{"baseUrl":"https://rekor.example","hashAlgorithm":"SHA2_256",
   "publicKey":{"rawBytes":"$(openssl pkey -in "$etc/registry.key" -pubout \
        -outform DER | base64 -w 0)","keyDetails":"PKIX_ECDSA_P256_SHA_256",
   "validFor":{"start":"2020-01-01T00:00:00Z"}},
   "logId":{"keyId":"$(openssl pkey -in "$etc/registry.key" -pubout \
        -outform DER | openssl dgst -sha256 -binary | base64)"}}]}
END

echo '{"default":[{"type":"reject"}]}' > "$etc/policy.json"
cat > "$etc/policies.yaml" <<END
apiVersion: policy.sigstore.dev/v1beta1
kind: ClusterImagePolicy
metadata: {name: ours}
spec:
  images: [{glob: "registry.example/**"}]
  authorities:
  - keyless:
      url: https://fulcio.example
      insecureIgnoreSCT: true
      identities: [{issuer: https://issuer.example, subject: us}]
END


# the page, a line each: NAME|syntax|default|contexts; a syntax of more than
# one line is joined

awk '
    /^####? [a-z_]+$/           { name = $2; syntax = "" }
    /^    Syntax: /             { open = 1 }
    /^    Default: /            { open = 0; value = substr($0, 15) }
    open                        { syntax = syntax " " substr($0, 15) }
    /^    Context: / {
        gsub(/ +/, " ", syntax)
        print name "@" substr(syntax, 2) "@" value "@" substr($0, 15)
    }' "$page" > "$work/page"

while IFS=@ read -r name syntax default contexts; do
    allowed=
    places="main http server location registry_policy require"
    # nginx has an "index" of its own elsewhere
    [[ $contexts = re* ]] && places="registry_policy require"
    for context in $places; do
        nginx_says "$(in_context $context "$name;")" \
            | grep -q "\"$name\" directive is not allowed here" \
            || allowed+=", $context"
    done
    [ "${allowed#, }" = "$contexts" ] || echo "$name: ${allowed#, }"

    version=$(sed -n "/^####* $name\$/,/^#/s/^This directive appeared in version \([0-9.]*\)\.\$/\1/p" "$page")
    [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || echo "$name: since when?"

    sed -n '/^```nginx$/,/^```$/p' "$page" | grep -qwF -- "$name" \
        || echo "$name: no example"

    [ "$name" = registry_root ] || [ "$default" = — ] \
        || nginx_says "$(in_context "${contexts%%,*}" "$default")"

    # what stands in a policy counts its words itself
    [[ $syntax = *" { ... }" || $contexts = re* ]] && continue

    # one word is what all alternatives are, or is not: two words tell
    words=one
    while read -r way; do
        [[ ${way#"$name"} =~ ^(\ \|?)\ *[^\ ]+(\ \|\ [^\ ]+)*$ ]] || words=many
        [[ $way = *...* || $way = *\[* ]] && words=many
    done < <(tr ';' '\n' <<< "$syntax" | sed 's/^ //' | grep .)

    if nginx_says "$(in_context "${contexts%%,*}" "$name one two;")" \
        | grep -q "invalid number of arguments in \"$name\""
    then
        [ "$words" = one ] || echo "$name: takes one word"
    else
        [ "$words" = many ] || echo "$name: takes more than one word"
    fi
done < "$work/page" > "$work/differ"

[ "$(wc -l < "$work/page")" -gt 30 ]
ok $? "the page has directives"
is "$(cat "$work/differ")" "" "nginx takes them as it says"


# the samples

# whole TEXT: a sample as a configuration of its own, by what it begins with

whole()
{
    local  text=$1

    if ! grep -qE '^ *listen ' <<< "$text"; then
        text=$(sed "s|^\( *server {\)|\1 listen 127.0.0.1:$port;|" <<< "$text")
    fi

    case $(grep -oE '^[a-z_]+' <<< "$text" | head -n 1) in
    registry_policy|log_format)
        text="http { $paths $text"$'\n}'
        ;;
    load_module|thread_pool|http)
        # shellcheck disable=SC2001
        text=$(sed "s|^http {|http { $paths|" <<< "$text")
        ;;
    server)
        text="http { $paths $policy $text"$'\n}'
        ;;
    *)
        grep -qw 'registry on' <<< "$text" || text="registry on; $text"
        text="server { listen 127.0.0.1:$port; $text"
        text="http { $paths $policy $text"$'\n} }'
        ;;
    esac

    grep -q '^events' <<< "$text" || text+=$'\nevents { }'
    grep -q '^load_module' <<< "$text" \
        || text="load_module $module;"$'\n'$text
    echo "pid $work/nginx.pid; error_log $work/error.log;"
    sed -e "s|^load_module .*|load_module $module;|" \
        -e "s|listen 5000|listen 127.0.0.1:$port|" \
        -e "s|listen 5001|listen 127.0.0.1:$((port + 1))|" \
        -e "s|listen 443|listen 127.0.0.1:$((port + 2))|" \
        -e "s|listen 127.0.0.1:9145|listen 127.0.0.1:$((port + 3))|" \
        -e "s|/etc/nginx/|$etc/|" -e "s|/etc/tally/|$etc/|" \
        -e "s|/etc/containers/|$etc/|" \
        -e "s|/var/lib/registry|$work/store|" \
        -e "s|/var/log/nginx/|$work/|" <<< "$text"
}


# where a sample names a gate, there is one

policy='registry_policy release { require 1 { key release.pub; } }'
samples=0

for file in "$top"/README.md "$top"/docs/*.md; do
    mapfile -d @ -t blocks < <(awk '/^```nginx$/ { p = 1; next }
        /^```/ { if (p) printf "@"; p = 0 } p' "$file")

    for text in "${blocks[@]}"; do
        # nginx's own module, which no Debian has
        [[ $text = *ngx_otel_module* ]] && continue
        samples=$((samples + 1))
        is "$(nginx_says "$(whole "$text")")" "" \
            "nginx takes a sample of ${file#"$top"/}: $(sed 's/ *#.*//' \
                <<< "${text%%$'\n'*}")" || diag "$(whole "$text")"
    done
done

[ "$samples" -gt 30 ]
ok $? "$samples samples"

done_testing
