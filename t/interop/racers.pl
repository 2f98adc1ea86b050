#!/usr/bin/perl
#
# Clients that race for one object through several registries on one store.
#
#     racers.pl tag SECONDS URL...     one tag, moved and read by all
#     racers.pl session ROUNDS URL...  one session, two requests at one offset
#     racers.pl delete ROUNDS URL...   one manifest, deleted by all at once
#     racers.pl blob ROUNDS URL...     one blob, pushed by all, one gives up
#     racers.pl life STOP URL          pushes and pulls until the file STOP is
#
# Exit status 1, and a line for each thing that no order of the requests, each
# at one moment between its start and its end, explains.  URLs that end in "!"
# are registry:2, which answers 500 while it writes a link.

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use HTTP::Tiny;
use IO::Socket::INET;
use List::Util qw(max min);
use Time::HiRes qw(clock_gettime sleep CLOCK_MONOTONIC);

my ($mode, $much, @urls) = @ARGV;
my $media = 'application/vnd.oci.image';
my $type = "$media.manifest.v1+json";
my $repo = 'lab/race';
my $bad = 0;

sub wrong { print "@_\n"; $bad = 1 }
sub digest { 'sha256:' . sha256_hex($_[0]) }
sub now { clock_gettime(CLOCK_MONOTONIC) }

sub ask {
    my ($method, $url, %with) = @_;

    # a connection of its own: a reload may close one that waits
    return HTTP::Tiny->new(keep_alive => 0, timeout => 120)
        ->request($method, $url, \%with);
}

sub manifest {
    return sprintf '{"schemaVersion":2,"mediaType":"%s","config":{'
        . '"mediaType":"%s.config.v1+json","digest":"%s","size":2},'
        . '"layers":[],"annotations":{"n":"%s"}}', $type, $media, digest('{}'),
        $_[0];
}

sub put {
    my ($url, $tag, $text) = @_;

    return ask('PUT', "$url/v2/$repo/manifests/$tag", content => $text,
        headers => { 'Content-Type' => $type })->{status};
}

sub blob {
    my ($url, $content) = @_;

    my $reply = ask('POST', "$url/v2/$repo/blobs/uploads/");
    my $at = where($url, $reply) // return $reply->{status};

    return ask('PUT', $at . ($at =~ /\?/ ? '&' : '?') . 'digest='
        . digest($content), content => $content,
        headers => { 'Content-Type' => 'application/octet-stream' })->{status};
}

sub where {
    my ($url, $reply) = @_;

    my $at = $reply->{headers}{location} // return;
    return $at =~ /^http/ ? $at : "$url$at";
}

# at once ARRAY of code: their results, each from a process of its own

sub at_once {
    my @pipes;

    for my $code (@_) {
        my $pid = open(my $pipe, '-|') // die "fork: $!";

        if ($pid == 0) {
            print $code->();
            close STDOUT;
            exit 0;
        }

        push @pipes, $pipe;
    }

    return map { my $pipe = $_; local $/; my $all = <$pipe>; close $pipe; $all }
        @pipes;
}


# What a tag was at each moment, by Gibbons and Korach: with values that are
# all different, the requests of a value make a zone, from the first end to the
# last start; zones that run forward may not overlap, nor hold a backward one.

sub explain {
    my (%zone, @forward, @backward);

    for my $o (@_) {
        my $z = $zone{$o->{value}} //= { end => 9e99, start => 0 };

        $z->{end} = min($z->{end}, $o->{end});
        $z->{start} = max($z->{start}, $o->{start});
        $z->{write} = $o if $o->{write};
        $z->{read} = $o->{end}
            if !$o->{write} && $o->{end} < ($z->{read} // 9e99);
    }

    for my $value (sort keys %zone) {
        my $z = $zone{$value};

        if (!$z->{write}) {
            wrong("read what nobody wrote: $value");
            next;
        }

        wrong("read before it was written: $value")
            if ($z->{read} // 9e99) < $z->{write}{start};

        push @{ $z->{end} < $z->{start} ? \@forward : \@backward },
            [ sort({ $a <=> $b } $z->{end}, $z->{start}), $value ];
    }

    @forward = sort { $a->[0] <=> $b->[0] } @forward;

    for my $i (1 .. $#forward) {
        wrong("$forward[$i][2] while it was $forward[$i - 1][2]")
            if $forward[$i][0] < $forward[$i - 1][1];
    }

    for my $b (@backward) {
        for my $f (@forward) {
            wrong("$b->[2] within $f->[2]")
                if $f->[0] < $b->[0] && $b->[1] < $f->[1];
        }
    }
}


sub tag {
    my $until = now() + $much;
    my @clients;

    blob($urls[0] =~ s/!$//r, '{}');

    for my $n (0 .. 2 * @urls + 1) {
        my $url = $urls[$n % @urls];
        my $peer = $url =~ s/!$//;

        push @clients, sub {
            my ($i, $log) = (0, '');

            srand($n);

            while (now() < $until || $i < 20) {
                my $write = rand() < 0.3;
                my $text = manifest("$n." . $i++);
                my $start = now();
                my ($status, $value);

                if ($write) {
                    $value = digest($text);
                    $status = put($url, 'moves', $text);
                    # not known: it may have happened, at any time since
                    $log .= "1 $start 9e98 $value\n" if $status >= 500;

                } else {
                    my $reply = ask('GET', "$url/v2/$repo/manifests/moves",
                        headers => { Accept => $type });
                    $status = $reply->{status};
                    $value = digest($reply->{content});
                }

                my $end = now();

                if ($status == ($write ? 201 : 200)) {
                    $log .= "$write $start $end $value\n";

                } elsif (!($peer && $status >= 500)) {
                    $log .= "! $url: $status for " . ($write ? 'PUT' : 'GET')
                        . "\n";
                }
            }

            return $log;
        };
    }

    put($urls[0] =~ s/!$//r, 'moves', manifest('first')) == 201
        or die "the first push failed\n";

    my @done = ({ write => 1, start => 0, end => 0.001,
        value => digest(manifest('first')) });

    for my $line (map { split /\n/ } at_once(@clients)) {
        $line =~ /^(1?) (\S+) (\S+) (\S+)$/
            ? push @done, { write => $1, start => $2, end => $3, value => $4 }
            : wrong($line);
    }

    explain(@done);
    printf "# %d requests, %d of them writes\n", scalar @done,
        scalar grep { $_->{write} } @done;
}


sub session {
    for my $round (1 .. $much) {
        my $at = where('', ask('POST', "$urls[0]/v2/$repo/blobs/uploads/"));
        my @bodies = map { "$round of $_ " x 20000 } 1, 2;

        $at =~ s{^https?://[^/]*}{};

        my @got = at_once(map {
            my $n = $_;
            sub {
                ask('PATCH', $urls[$n % @urls] . $at, content => $bodies[$n],
                    headers => { 'Content-Range' => '0-'
                        . (length($bodies[$n]) - 1) })->{status};
            }
        } 0, 1);

        my @won = grep { $got[$_] == 202 } 0, 1;
        my @lost = grep { $got[$_] =~ /^(?:409|416)$/ } 0, 1;

        if (@won != 1 || @lost != 1) {
            wrong("two at one offset: @got");
            next;
        }

        my $status = ask('PUT', "$urls[0]$at?digest="
            . digest($bodies[$won[0]]))->{status};
        wrong("what the one wrote is not whole: $status") if $status != 201;
    }
}


sub delete_all {
    blob($urls[0], '{}');

    for my $round (1 .. $much) {
        my $text = manifest("delete $round");

        put($urls[$round % @urls], 'going', $text) == 201
            or wrong('the push failed');

        my @got = at_once(map {
            my $url = $urls[$_ % @urls];
            sub {
                ask('DELETE', "$url/v2/$repo/manifests/" . digest($text))
                    ->{status};
            }
        } 0 .. 3);

        wrong("deleted by all at once: @got")
            if join(' ', sort @got) ne '202 404 404 404';

        for my $url (@urls) {
            for my $name ('going', digest($text)) {
                my $status = ask('GET', "$url/v2/$repo/manifests/$name",
                    headers => { Accept => $type })->{status};
                wrong("$name after its delete: $status") if $status != 404;
            }
        }
    }
}


sub same_blob {
    for my $round (1 .. $much) {
        my $content = "blob $round " x 30000;
        my $digest = digest($content);

        my @got = at_once(
            (map { my $url = $urls[$_ % @urls]; sub { blob($url, $content) } }
                0 .. 3),
            sub { give_up($urls[0], $content); return '' });

        pop @got;
        wrong("one blob by all at once: @got") if grep { $_ != 201 } @got;

        for my $url (@urls) {
            wrong("it is not whole") if ask('GET',
                "$url/v2/$repo/blobs/$digest")->{content} ne $content;
        }
    }
}

sub give_up {
    my ($url, $content) = @_;

    my ($host) = $url =~ m{^http://(.*)};
    my $socket = IO::Socket::INET->new(PeerAddr => $host) // return;

    printf $socket "POST /v2/%s/blobs/uploads/?digest=%s HTTP/1.1\r\n"
        . "Host: x\r\nContent-Length: %d\r\n\r\n%s", $repo, digest($content),
        length $content, substr $content, 0, 1000;
    $socket->flush;
    sleep 0.01;
    close $socket;
}


sub life {
    my ($n, $url) = (0, $urls[0]);

    $repo = "lab/life$$";

    while (!-e $much) {
        my $content = "layer $n of $$ " x 20000;
        my $text = manifest('life ' . ++$n);

        for my $blob ($content, '{}') {
            my $status = blob($url, $blob);
            wrong("push of a blob: $status") if $status != 201;
        }

        my $status = put($url, $n, $text);
        wrong("push of a manifest: $status") if $status != 201;

        for my $path ("manifests/$n", 'blobs/' . digest($content)) {
            my $reply = ask('GET', "$url/v2/$repo/$path",
                headers => { Accept => $type });
            wrong("pull of $path: $reply->{status} "
                . ($reply->{status} == 599 ? $reply->{content} : ''))
                if $reply->{status} != 200 || $reply->{content} ne
                    ($path =~ /^m/ ? $text : $content);
        }
    }

    print "# $n pushes\n";
}


my %modes = (tag => \&tag, session => \&session, delete => \&delete_all,
    blob => \&same_blob, life => \&life);

$| = 1;
($modes{$mode} // die "no such race\n")->();
exit $bad;
