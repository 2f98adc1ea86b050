#!/bin/bash
#
# A page costs the page: lists of 100,000 tags and of 100,000 repositories.
# The tree is made by hand, the way docker-registry would have left it.

# half a million folders are made and removed faster in memory
[ -w /dev/shm ] && export TMPDIR=/dev/shm

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need jq strace

many=100000
url=http://localhost:$port

[ -n "${TALLY_SANITIZE-}" ] && many=20000


# TAGS in lab/tags, and as many repositories below many/

make_tree()
{
    perl -e '
        use strict;

        my ($root, $many) = @ARGV;
        my $hex = "0123456789abcdef" x 4;
        my $tags = "$root/lab/tags/_manifests/tags";

        sub link_file {
            mkdir $_[0];
            open my $out, ">", "$_[0]/link" or die "$_[0]: $!";
            print $out "sha256:$hex";
        }

        my $path = "";
        for my $part (split m{/}, $tags) {
            $path .= "$part/";
            mkdir $path;
        }

        mkdir "$root/lab/tags/_layers";
        mkdir "$root/many";

        for my $n (0 .. $many - 1) {
            my $name = sprintf "n%06d", $n;

            mkdir "$tags/$name";
            link_file("$tags/$name/current");
            mkdir "$root/many/$name";
            mkdir "$root/many/$name/_layers";
            mkdir "$root/many/$name/_manifests";
        }
    ' "$1/docker/registry/v2/repositories" "$many"
}


# traced URL: asks for it; leaves the calls of the workers in $work/trace

traced()
{
    local  tracer

    # what the last tracer said is not this one's

    rm -f "$work/tracer" "$work/trace"

    strace -f -p "$(pgrep -d, -P "$(registry_pid tally)")" \
        -e trace=%file,getdents64 -o "$work/trace" 2> "$work/tracer" &
    tracer=$!

    if ! wait_for grep -q attached "$work/tracer"; then
        kill "$tracer" 2> /dev/null
        return 1
    fi

    curl -s -o /dev/null "$1"
    kill "$tracer"
    wait "$tracer"
    return 0
}


# cheap NAME URL MOST: the request looks at little more than its page, and no
# more than MOST calls read a folder, whatever the clock says; the time is
# reported alone.  To read the large folder takes a hundred calls.

cheap()
{
    local  calls folders

    curl -s -o /dev/null -w "# $1: %{time_total} s\n" "$2"

    traced "$2" || { skip "$1: no process can be traced here"; return; }

    calls=$(wc -l < "$work/trace")
    folders=$(grep -c getdents64 "$work/trace")
    [ "$calls" -gt 0 ] && [ "$calls" -le 2000 ] && [ "$folders" -le "$3" ]
    ok $? "$1: $calls calls, $folders of them read a folder"
}


# a list is read anew while its folder is younger than a second or two

warm()
{
    sleep 2

    for _ in 1 2 3 4 5 6; do
        curl -s -o /dev/null "$1"
    done
}


store=$work/store
mkdir -p "$store"
make_tree "$store"

# one worker, so that what is asked for has been asked for before, and which does
# nothing of its own: it would look for old uploads a minute after its start

WORKERS=1 registry_start tally "$port" 'registry_upload_timeout 0;' || { ok 1 "the registry starts"; done_testing; }

for list in lab/tags/tags/list _catalog; do
    prefix=
    key=tags
    each=0

    if [ "$list" = _catalog ]; then
        prefix=many/
        key=repositories
        each=2              # a repository's own folder, to its end
    fi

    at=$url/v2/$list
    curl -s -o /dev/null -w "# the first request: %{time_total} s\n" "$at?n=100"

    warm "$at?n=100"

    cheap "$list: the first page" "$at?n=100" $((each * 100 + 20))
    cheap "$list: a page in the middle" \
        "$at?n=100&last=${prefix}n0$((many / 2))" $((each * 100 + 20))
    cheap "$list: the last page" "$at?n=100&last=${prefix}n0$((many - 51))" \
        $((each * 50 + 20))

    is "$(get "$at?n=3&last=${prefix}n012344" | jq -c ".$key")" \
        "[\"${prefix}n012345\",\"${prefix}n012346\",\"${prefix}n012347\"]" \
        "$list: a page holds what comes next"
done


# what is new is on the next page at once

mkdir -p "$store/docker/registry/v2/repositories/lab/tags/_manifests/tags/n012345a/current"
printf 'sha256:%s' "$(printf '0123456789abcdef%.0s' 1 2 3 4)" \
    > "$store/docker/registry/v2/repositories/lab/tags/_manifests/tags/n012345a/current/link"
sleep 1.1
is "$(get "$url/v2/lab/tags/tags/list?n=1&last=n012345" | jq -c .tags)" \
    '["n012345a"]' "a tag that another program made is listed"

mkdir -p "$store/docker/registry/v2/repositories/many/n012345a/_manifests"
mkdir -p "$store/docker/registry/v2/repositories/many/n012345a/_layers"
sleep 1.1
is "$(get "$url/v2/_catalog?n=1&last=many/n012345" | jq -c .repositories)" \
    '["many/n012345a"]' "so is a repository"

# walking every page gives every name once

walk()
{
    local  next=$1 page

    while [ -n "$next" ]; do
        page=$(curl -s -D "$work/head" "$url$next")
        jq -r ".$2[]" <<< "$page"
        next=$(tr -d '\r' < "$work/head" | sed -n 's/^Link: <\(.*\)>.*/\1/Ip')
    done
}


is "$(walk '/v2/lab/tags/tags/list?n=5000' tags | sort -u | wc -l)" \
    "$((many + 1))" "all pages together are all tags"
is "$(walk '/v2/_catalog?n=1000' repositories | grep -c '^many/')" \
    "$((many + 1))" "all pages together are all repositories"



# without n all of them come in one answer, in pieces that wait for the client

whole()
{
    curl -s "$@" "$url/v2/lab/tags/tags/list" \
        | jq -r '.name, (.tags | length, (. == (. | sort)), .[-1])' | xargs
}


peak()
{
    pgrep -P "$(registry_pid tally)" | sed 's|.*|/proc/&/status|' \
        | xargs awk '/^VmHWM/ { if ($2 > m) m = $2 } END { print m }'
}


want="lab/tags $((many + 1)) true n0$((many - 1))"
is "$(whole)" "$want" "all tags in one answer"
is "$(whole --http1.0)" "$want" "of HTTP/1.0 too"
is "$(whole --limit-rate 400k)" "$want" "to a slow client"
like "$(curl -sI "$url/v2/lab/tags/tags/list")" '^HTTP/1.1 200' "HEAD of it"

# one that goes away in the middle costs nobody anything

curl -s --limit-rate 50k -m 2 -o /dev/null "$url/v2/lab/tags/tags/list"
is "$(whole)" "$want" "after a client that went away"
diag "the largest worker had $(peak) KiB"

registry_clean tally
done_testing
