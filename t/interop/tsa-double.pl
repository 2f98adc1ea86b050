#!/usr/bin/perl
#
# A timestamp authority (RFC 3161): tsa-double.pl PORT DIR
#
# openssl ts answers, as DIR/tsa.cnf says.  The path of the request says how:
#
#   /tsr      as it should be
#   /other    with a timestamp of something else
#   /rogue    by another certificate of the same authority
#   /refuse   with a refusal
#   /page     with a page of HTML
#   /busy     with status 503

use strict;
use warnings;

use IO::Socket::INET;

my ($port, $dir) = @ARGV;
my $reply = "openssl ts -reply -config $dir/tsa.cnf -queryfile";

my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 5,
    LocalPort => $port, ReuseAddr => 1) or die "listen: $!";

while (my $client = $server->accept) {
    my (undef, $path) = split ' ', <$client> // '';
    my ($length, $type) = (0, '');

    while (my $line = <$client>) {
        last if $line =~ /^\r?\n$/;
        $length = $1 if $line =~ /^content-length:\s*(\d+)/i;
        $type = $1 if $line =~ /^content-type:\s*(\S+)/i;
    }

    read $client, my $body, $length if $length;

    my ($status, $answer) = (200, '<html>');

    $status = 503 if $path eq '/busy';
    $status = 415 if $type ne 'application/timestamp-query';

    if ($path eq '/tsr') {
        $answer = answer($body, '');

    } elsif ($path eq '/rogue') {
        $answer = answer($body, '-section rogue');

    } elsif ($path eq '/refuse') {
        $answer = answer($body, '-section refuse');

    } elsif ($path eq '/other') {
        system "openssl ts -query -data $dir/tsa.cnf -sha256 -cert"
             . " -out $dir/other.tsq 2>/dev/null";
        $answer = `$reply $dir/other.tsq 2>/dev/null`;
    }

    printf $client "HTTP/1.1 %d X\r\n"
        . "Content-Type: application/timestamp-reply\r\n"
        . "Content-Length: %d\r\nConnection: close\r\n\r\n%s",
        $status, length $answer, $answer;
    close $client;
}


sub answer
{
    my ($query, $more) = @_;

    open my $fh, '>:raw', "$dir/query.tsq" or die $!;
    print $fh $query;
    close $fh;

    return scalar `$reply $dir/query.tsq $more 2>/dev/null`;
}
