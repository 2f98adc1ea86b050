#!/bin/bash
#
# conf/quickstart: who reaches what it starts, as whom it runs, and that a
# registry that runs is not lost to one that cannot.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

dir="$work/a folder"
chmod 755 "$work"


quickstart()
{
    TALLY_NO_UPDATE=1 "$top/conf/quickstart" "$@" 2>&1
}


# the pid is ours to stop, whatever happens

running()
{
    local  pid

    pid=$(cat "$1/_quickstart/nginx.pid") && pids+=("$pid")
    echo "$pid"
}


answers()
{
    [ "$(status_of "http://$1/v2/")" = 200 ]
}


listens()
{
    ss -Hltn "sport = :$1" | awk '{ print $4 }' | sort | xargs
}


# what is wrong is said in one line, before anything is done

for words in '--tsl:no option --tsl' '--tls=yes:no option --tls=yes' \
    '-x:no option -x' '-d:-d needs a value' '-p 0:.0. is not a port' \
    '-p x:.x. is not a port' '-a host:.host. is not an IP address' \
    'stpo:.stpo. is neither' 'stop now:.now. is too much'
do
    # shellcheck disable=SC2086
    out=$(quickstart -p "$port" ${words%%:*})
    is "$(wc -l <<< "$out")" 1 "${words%%:*}: one line"
    like "$out" "^quickstart: .*${words#*:}" "${words%%:*}: says what is wrong"
done


out=$(quickstart -p "$port" -d "$dir")
like "$out" "runs on localhost:$port" "it starts"
pid=$(running "$dir")
runs "and answers" answers "localhost:$port"
like "$(listens "$port")" "^127.0.0.1:$port( \[::1\]:$port)?$" \
    "on loopback alone"
like "$out" "a\\\\ folder -p $port -a 0\.0\.0\.0" \
    "it says how to open it, quoted for a shell"
like "$out" "Stop it: .* -d .*/a\\\\ folder stop" "and how to stop it"

is "$(status_of -X POST "http://localhost:$port/v2/a/blobs/uploads/")" 202 \
    "a push begins"

like "$(get -H 'Accept: text/html' "http://localhost:$port/")" \
    '<title>Registry' "browsers get a page"
is "$(get "http://localhost:$port/livez")" ok "/livez"
is "$(get "http://localhost:$port/readyz")" ok "/readyz"
like "$(get "http://localhost:$port/metrics")" \
    '^registry_http_requests_total\{.*handler="blob_upload"' "/metrics"

if privileged; then
    is "$(pgrep -P "$pid" | xargs ps -o user= -p | sort -u)" www-data \
        "workers that root starts are not root"
    is "$(stat -c %U "$dir/docker")" www-data "the store is theirs"
else
    skip "workers that root starts: needs root"
    skip "the store of root's workers: needs root"
fi


# again, and elsewhere

out=$(quickstart -p "$port" -d "$dir")
like "$out" "runs on localhost:$port" "run again, it starts again"
running "$dir" > /dev/null
runs "and answers" answers "localhost:$port"

out=$(quickstart -p "$((port + 1))" -a 127.0.0.2 -d "$dir")
like "$out" "runs on 127.0.0.2:$((port + 1))" "at another address and port"
pid=$(running "$dir")
runs "it answers there" answers "127.0.0.2:$((port + 1))"
fails "and not where it was" answers "localhost:$port"


# a port that somebody else has

store=$work/other registry_start other "$port" \
    || { ok 1 "another server starts"; done_testing; }

out=$(quickstart -p "$port" -d "$dir")
like "$out" "cannot listen on 127.0.0.1:$port: Address already in use; the registry runs on" \
    "a port that is taken is refused"
runs "the registry runs on" answers "127.0.0.2:$((port + 1))"
is "$(cat "$dir/_quickstart/nginx.pid")" "$pid" "as the process that it was"

out=$(quickstart -p "$port" -a 192.0.2.77 -d "$dir")
like "$out" "cannot listen on 192.0.2.77:$port" \
    "an address that is not this machine's is refused"
runs "and the registry runs on" answers "127.0.0.2:$((port + 1))"
like "$(quickstart -a "x;y" -d "$dir")" 'is not an IP address' \
    "what is no address is told"

like "$(quickstart -d "$dir" stop)" 'The registry is stopped' "it stops"
fails "then nothing answers" answers "127.0.0.2:$((port + 1))"


# with TLS and users: everybody pulls, whoever logs in pushes

safe="$work/safe"
at=localhost:$((port + 3))
out=$(quickstart -p "$((port + 3))" -d "$safe" --tls --users)
like "$out" "runs on $at" "with --tls and --users it starts"
running "$safe" > /dev/null
like "$out" '^user admin password [0-9a-f]{24}$' "and names the first user"
password=$(sed -n 's/^user admin password //p' <<< "$out")
ca=$safe/_quickstart/tls/ca.crt
like "$out" "sudo install -D $ca /etc/docker/certs.d/$at/ca.crt" \
    "and says how docker comes to trust it"
fails "nobody trusts it before" curl -s "https://$at/v2/"

safely()
{
    status_of --cacert "$ca" "$@"
}

is "$(safely "https://$at/v2/")" 401 "who comes without a login is asked"
is "$(safely -u "admin:$password" "https://$at/v2/")" 200 "the first user"
is "$(safely -u admin:wrong "https://$at/v2/")" 401 "a wrong password"
is "$(safely "https://$at/v2/a/manifests/1")" 404 "anonymous reads"
is "$(safely "https://$at/v2/_catalog")" 200 "and lists"
is "$(safely -X POST "https://$at/v2/a/blobs/uploads/")" 401 \
    "but does not push"
token=$(curl -s --cacert "$ca" -u "admin:$password" \
    "https://$at/token?service=registry&scope=repository:a:pull,push" \
    | jq -r .token)
is "$(safely -X POST -H "Authorization: Bearer $token" \
    "https://$at/v2/a/blobs/uploads/")" 202 "a push by a token of our own"
is "$(grep -rl "$password" "$safe" | wc -l)" 0 "the password is kept nowhere"

printf secret-2 | "$top/build/tally" passwd --password-stdin \
    "$safe/_quickstart/users" alice 2> /dev/null
is "$(safely -u alice:secret-2 "https://$at/v2/")" 200 \
    "another user is there at once"

out=$(quickstart -p "$((port + 3))" -d "$safe")
running "$safe" > /dev/null
is "$(grep -c '^user ' <<< "$out")" 0 "run again, no password is said"
is "$(safely -X POST "https://$at/v2/a/blobs/uploads/")" 401 \
    "and it is as closed as before"
is "$(safely -u "admin:$password" "https://$at/v2/")" 200 \
    "to the same certificate and password"
quickstart -d "$safe" stop > /dev/null


# a tree that cannot be built where it is

ln -s "$top" "$work/a tree"
like "$("$work/a tree/.ci/build-module" /usr "$work/b" 2>&1)" \
    'no folder with a space in its name: move' "a folder with a space"


# built by root, started by another user, in a folder of that user's

if ! privileged || ! setpriv --reuid nobody --clear-groups \
    test -r "$top/build/ngx_http_registry_module.so" 2> /dev/null; then
    skip "a start by another user than the one who built: not possible here"
    done_testing
fi

mkdir "$work/theirs"
chown nobody "$work/theirs"

out=$(setpriv --reuid nobody --clear-groups env HOME=/ TALLY_NO_UPDATE=1 \
    "$top/conf/quickstart" -p "$((port + 2))" -d "$work/theirs/q" 2>&1)
like "$out" "runs on localhost:$((port + 2))" \
    "what root has built another user may start"
running "$work/theirs/q" > /dev/null
is "$(status_of -X POST "http://localhost:$((port + 2))/v2/a/blobs/uploads/")" \
    202 "and push to"
setpriv --reuid nobody --clear-groups "$top/conf/quickstart" \
    -d "$work/theirs/q" stop > /dev/null
fails "and stop" answers "localhost:$((port + 2))"

done_testing
