#!/bin/bash
#
# registry_cache: what is remembered is never believed over the disk.  Whatever
# registry:2, another nginx or `rm` does beside us is seen by the next request,
# also when it happens within one tick of the file system's clock.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need docker-registry

url=http://127.0.0.1:$port
store=$work/store
tree=$store/docker/registry/v2
repo=$tree/repositories/lab/app/_manifests
media=application/vnd.oci.image.manifest.v1+json


# manifest TEXT: a manifest, pushed by digest to $url; its digest is printed

manifest()
{
    local  json digest

    json="{\"schemaVersion\":2,\"mediaType\":\"$media\",\"config\":{"
    json+='"mediaType":"application/vnd.oci.image.config.v1+json","digest":'
    json+="\"$config\",\"size\":2},\"layers\":[],\"annotations\":{\"n\":\"$1\"}}"
    printf %s "$json" > "$work/manifest.$1"
    digest=$(digest_of "$work/manifest.$1")
    put "$url" "$digest" "$1"
    echo "$digest"
}


# put BASE REFERENCE TEXT

put()
{
    curl -sf -o /dev/null -X PUT --data-binary "@$work/manifest.$3" \
        -H "Content-Type: $media" "$1/v2/lab/app/manifests/$2"
}


digest_at()
{
    header_of docker-content-digest -I -H "Accept: $media" \
        "$1/v2/lab/app/manifests/$2"
}


# sees DIGEST NAME: what tag `t` is, by HEAD and GET

sees()
{
    is "$(digest_at "$url" t) $(get "$url/v2/lab/app/manifests/t" \
        > "$work/got"; digest_of "$work/got")" "$1 $1" "$2"
}


# old enough to be trusted by its times, and read twice

warm()
{
    find "$repo" -name link -exec touch -h -d '1 minute ago' {} +
    sleep 2.1
    digest_at "$url" t > /dev/null
    digest_at "$url" t > /dev/null
    digest_at "$url" "$one" > /dev/null
    digest_at "$url" "$one" > /dev/null
}


# tag TAG DIGEST: as registry:2 writes it, in place

tag()
{
    mkdir -p "$repo/tags/$1/current"
    printf %s "$2" > "$repo/tags/$1/current/link"
}


registry_start one "$port" 'registry_cache 1m;' \
    || { ok 1 'the registry starts'; done_testing; }
registry_start other "$((port + 1))" 'registry_cache 1m;' || exit 1
peer_start peer "$((port + 2))" "$store" || exit 1

other=http://127.0.0.1:$((port + 1))
peer=http://127.0.0.1:$((port + 2))

host=127.0.0.1:$port
blob_push lab/app '{}'
config=sha256:$(printf %s '{}' | sha256sum | cut -c 1-64)
one=$(manifest one)
two=$(manifest two)
put "$url" t one
warm


# proof that something is remembered: nothing else knows the bytes

hex=${one#sha256:}
mv "$tree/blobs/sha256/${hex:0:2}/$hex/data" "$work/data"
sees "$one" 'a manifest that was read is remembered'
mv "$work/data" "$tree/blobs/sha256/${hex:0:2}/$hex/data"


# what others do

put "$url" t two
sees "$two" 'a tag moved by the same nginx'
warm
put "$other" t one
sees "$one" 'a tag moved by another nginx'
warm
put "$peer" t two
sees "$two" 'a tag moved by registry:2'
warm
tag t "$one"
sees "$one" 'a tag moved by hand, in place'
warm
printf %s "$two" > "$repo/tags/t/current/new"
mv "$repo/tags/t/current/new" "$repo/tags/t/current/link"
sees "$two" 'a tag moved by hand, by a rename'

warm
cp -a "$repo/tags" "$work/tags.saved"
put "$url" t one
warm
rm -r "$repo/tags"
cp -a "$work/tags.saved" "$repo/tags"
sees "$two" 'tags restored from a backup, with their old times'
put "$url" t one
warm
mv "$repo/tags" "$work/tags.new"
mv "$work/tags.saved" "$repo/tags"
sees "$two" 'tags restored by a rename of their folder'
put "$url" t one

warm
rm -r "$repo/tags/t"
is "$(status_of "$url/v2/lab/app/manifests/t")" 404 'a tag deleted by hand'
tag t "$one"
sees "$one" 'and made again'

warm
curl -s -o /dev/null -X DELETE "$other/v2/lab/app/manifests/t"
is "$(status_of "$url/v2/lab/app/manifests/t")" 404 \
    'a tag deleted by another nginx'
put "$url" t one

warm
mv "$repo/revisions/sha256/$hex/link" "$work/link"
is "$(status_of "$url/v2/lab/app/manifests/$one")" 404 'a revision unlinked'
is "$(status_of "$url/v2/lab/app/manifests/t")" 404 'its tag leads nowhere'
mv "$work/link" "$repo/revisions/sha256/$hex/link"
sees "$one" 'and linked again'

warm
curl -s -o /dev/null -X DELETE "$peer/v2/lab/app/manifests/$one"
is "$(status_of "$url/v2/lab/app/manifests/$one")" 404 \
    'a revision deleted by registry:2'
is "$(status_of "$url/v2/lab/app/manifests/t")" 404 'its tag as well'
put "$url" t one

warm
mv "$tree/repositories/lab" "$work/lab"
is "$(status_of "$url/v2/lab/app/manifests/t")" 404 'a repository removed'
is "$(status_of "$url/v2/lab/app/manifests/$one")" 404 'by digest as well'
mv "$work/lab" "$tree/repositories/lab"
sees "$one" 'and restored'


# blobs

blob=$config
bhex=${blob#sha256:}
bfile=$tree/blobs/sha256/${bhex:0:2}/$bhex/data
blink=$tree/repositories/lab/app/_layers/sha256/$bhex/link

blob_status()
{
    echo "$(status_of -I "$url/v2/lab/app/blobs/$blob")" \
        "$(status_of "$url/v2/lab/app/blobs/$blob")"
}

is "$(blob_status) $(blob_status)" '200 200 200 200' 'a blob'
mv "$blink" "$work/link"
is "$(blob_status)" '404 404' 'unlinked by hand'
mv "$work/link" "$blink"
is "$(blob_status) $(blob_status)" '200 200 200 200' 'and linked again'
mv "$bfile" "$work/data"
is "$(blob_status)" '404 404' 'its content collected beside us'
mv "$work/data" "$bfile"
is "$(blob_status) $(blob_status)" '200 200 200 200' 'and pushed again'

# the bytes of a small one are remembered as well, once they are old enough

blob_bytes()
{
    get "$url/v2/lab/app/blobs/$blob"
    get "$url/v2/lab/app/blobs/$blob"
}

sleep 2.1
is "$(blob_bytes)" '{}{}' 'a small blob, twice'
printf '[]' > "$bfile"
is "$(blob_bytes)" '[][]' 'written over in place: sent as it is'
sleep 2.1
is "$(blob_bytes)" '[][]' 'damage is not remembered'
printf '{}' > "$work/data"
touch -r "$bfile" "$work/data"
mv "$work/data" "$bfile"
is "$(blob_bytes)" '{}{}' 'replaced by a rename, with the old times'
is "$(get -r 1-1 "$url/v2/lab/app/blobs/$blob")" '}' 'a range of it'
mv "$bfile" "$work/data"
is "$(blob_status)" '404 404' 'collected beside us'
mv "$work/data" "$bfile"
is "$(blob_status) $(blob_status)" '200 200 200 200' 'and pushed again'
curl -s -o /dev/null -X DELETE "$peer/v2/lab/app/blobs/$blob"
is "$(blob_status)" '404 404' 'deleted by registry:2'


# Several changes within a tick: one file, one size, one time.  The request
# that follows each must see it.

cat > "$work/flip.pl" <<'END'
use strict;
use warnings;
use IO::Socket::INET;

my ($port, $tags, $mode, @digests) = @ARGV;
my $link = "$tags/flip/current/link";
my ($s, $wrong, $i, $sent) = (undef, 0, 0, 0);

sub seen {
    my $head = '';

    # nginx closes a connection after a thousand requests
    if ($sent++ % 500 == 0) {
        $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port") or die;
    }

    print $s "HEAD /v2/lab/app/manifests/flip HTTP/1.1\r\nHost: a\r\n\r\n";
    while (my $line = <$s>) {
        last if $line eq "\r\n";
        $head .= $line;
    }

    return $head =~ /^Docker-Content-Digest: (\S+)\r/mi ? $1
           : $head =~ m{^HTTP/1.1 404} ? 'none' : 'fault';
}

mkdir "$tags/flip";
mkdir "$tags/flip/current";

sub change {
    my ($digest) = @_;
    my $name = $mode eq 'rename' ? "$link.tmp" : $link;

    if ($digest eq 'none') {
        unlink $link;
        return;
    }

    open my $out, '>', $name or die;
    print $out $digest;
    close $out;
    rename $name, $link if $mode eq 'rename';
}

my $end = time + 3;

while (time < $end || $i < 200) {
    my $want = $mode eq 'remove' && $i % 2 ? 'none' : $digests[$i % @digests];

    change($want);
    $wrong++ if seen() ne $want;
    seen() for 1 .. $i % 3;
    $i++;
}

print "$wrong of $i\n";
END

# flips NAME PORT

flips()
{
    local  mode

    for mode in place rename remove; do
        like "$(perl "$work/flip.pl" "$2" "$repo/tags" "$mode" "$one" "$two")" \
            '^0 of [0-9]{3}' "$1: flipped many times ($mode): each is seen"
    done
}


flips 'this file system' "$port"

cc -shared -fPIC -o "$work/coarse.so" "$top/t/interop/coarse.c" -ldl \
    || { ok 1 'the library compiles'; done_testing; }

MAIN_CONF='env LD_PRELOAD;' LD_PRELOAD=$work/coarse.so \
    registry_start coarse "$((port + 3))" 'registry_cache 1m;' \
    || { ok 1 'the registry starts'; done_testing; }

flips 'a tick of a second' "$((port + 3))"


# registry_readonly: what is derived is not written either

store=$work/large
mkdir -p "$store"
tags=$store/docker/registry/v2/repositories/lab/app/_manifests/tags

perl -e '
    use File::Path "make_path";
    for my $n (1 .. 1200) {
        make_path("$ARGV[0]/t$n/current");
        open my $f, ">", "$ARGV[0]/t$n/current/link" or die;
        print $f "sha256:", "0" x 64;
    }' "$tags"
find "$tags" -exec touch -d '1 hour ago' {} +


# lists: the requests that derive something

lists()
{
    local  path

    for path in _catalog lab/app/tags/list lab/app/tags/list?n=10 \
        "lab/app/referrers/sha256:$(printf '0%.0s' {1..64})"
    do
        status_of "$1/v2/$path"
    done
}


registry_start silent "$((port + 4))" 'registry_readonly on;'
lists "http://127.0.0.1:$((port + 4))" > "$work/codes"
is "$(cat "$work/codes")" 200200200200 'a read-only registry lists all'
is "$(ls "$store")" docker 'and writes nothing beside the tree'
is "$(find "$store/docker" -newermt '10 minutes ago' -type f)" '' 'nor in it'

registry_start lists "$((port + 5))"
lists "http://127.0.0.1:$((port + 5))" > "$work/codes"
is "$(ls "$store/_tally/lists" | wc -l)" 1 'one that may write keeps a listing'

registry_clean silent
registry_clean lists
registry_clean one
registry_clean other
registry_clean coarse
done_testing
