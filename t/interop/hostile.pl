#!/usr/bin/perl
#
# A peer that never ends: hostile.pl PORT BACKEND
#
# The repository in the path says how; what else is asked for is at BACKEND,
# an honest registry.
#
#   loop      every page of referrers has a next one
#   abs, rel  referrers on the second page, which an absolute URL, a relative
#             one names
#   else      the second page is at another host
#   drip      a manifest that comes byte by byte
#   redir     a manifest that is moved to where it is
#   busy      503, "Retry-After: 1000000"
#   token     a token service whose answer comes byte by byte
#   headers   a header of endless parts
#   /drip     any answer, byte by byte (a log, a timestamp authority)

use strict;
use warnings;

use IO::Socket::INET;

my ($port, $backend) = @ARGV;
my $index = 'application/vnd.oci.image.index.v1+json';
my $empty = qq({"schemaVersion":2,"mediaType":"$index","manifests":[]});
my $n = 0;

$SIG{CHLD} = 'IGNORE';

my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 50,
    LocalPort => $port, ReuseAddr => 1) or die "listen: $!";

while (my $client = $server->accept) {
    $n++;

    if (!fork) {
        $SIG{PIPE} = sub { exit 0 };
        answer($client);
        exit 0;
    }

    close $client;
}


sub answer
{
    my ($client) = @_;
    my ($method, $path) = split ' ', <$client> // '';
    my $repo = $path =~ m{^/v2/([a-z]+)/} ? $1 : '';

    while (my $line = <$client>) {
        last if $line =~ /^\r?\n$/;
    }

    return drip($client) if $path =~ m{^/drip};
    return reply($client, '200 OK', '{}') if $path eq '/v2/';

    if ($repo eq 'loop' && $path =~ /referrers/) {
        return reply($client, '200 OK', $empty, "Content-Type: $index",
                     "Link: </v2/loop/referrers/x?n=$n>; rel=\"next\"");
    }

    if ($repo =~ /^(abs|rel|else)$/ && $path =~ /referrers/) {
        return page($client, $repo, $path);
    }

    return drip($client) if $repo eq 'drip';
    return reply($client, '503 Busy', '{}', 'Retry-After: 1000000')
        if $repo eq 'busy';
    return reply($client, '302 Moved', '',
                 "Location: http://127.0.0.1:$port$path") if $repo eq 'redir';
    return reply($client, '401 No', '{}', 'WWW-Authenticate: Bearer '
                 . "realm=\"http://127.0.0.1:$port/drip\"")
        if $repo eq 'token';
    return reply($client, '200 OK', '{}', map { 'Link: <' . 'x' x 900 . '>' }
                 1 .. 200) if $repo eq 'headers';

    reply($client, '307 Over there', '', "Location: $backend$path");
}


sub page
{
    my ($client, $repo, $path) = @_;
    my %next = (abs => "http://127.0.0.1:$port$path?page=2",
                rel => '?page=2',
                else => "http://127.0.0.2:$port$path?page=2");

    return reply($client, '200 OK', scalar `curl -s '$backend$path'`,
                 "Content-Type: $index") if $path =~ s/\?page=2$//;

    reply($client, '200 OK', $empty, "Content-Type: $index",
          "Link: </v2/x>; rel=\"prev\", <$next{$repo}>; rel=\"next\"");
}


sub reply
{
    my ($client, $status, $body, @headers) = @_;

    print $client join("\r\n", "HTTP/1.1 $status", @headers,
        'Content-Length: ' . length $body, 'Connection: close', '', $body);
    close $client;
}


sub drip
{
    my ($client) = @_;

    print $client "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";
    $client->autoflush(1);

    for (1 .. 100000) {
        print $client '{' or return;
        select undef, undef, undef, 0.1;
    }
}
