#!/usr/bin/perl
#
# A double of a Kubernetes API server: k8s-double.pl PORT TOKEN
#
# It keeps secrets in memory, for whoever has the token, or whom the proxy in
# front of it has verified (X-Verified: SUCCESS).  As the real one it changes
# no secret that is immutable.

use strict;
use warnings;

use IO::Socket::INET;
use JSON::PP;

my ($port, $token) = @ARGV;
my $json = JSON::PP->new->canonical;
my %secrets;

my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 5,
    LocalPort => $port, ReuseAddr => 1) or die "listen: $!";

while (my $client = $server->accept) {
    my $request = <$client> // '';
    my ($method, $path) = split ' ', $request;
    my %head;

    while (my $line = <$client>) {
        last if $line =~ /^\r?\n$/;
        $head{lc $1} = $2 if $line =~ /^([\w-]+):\s*(.*?)\r?\n$/;
        print $client "HTTP/1.1 100 Continue\r\n\r\n"
            if $line =~ /^expect:/i;
    }

    my $body = '';
    read $client, $body, $head{'content-length'} if $head{'content-length'};

    my ($status, $answer) = answer($method // '', $path // '', \%head, $body);
    my $text = $json->encode($answer);

    printf $client "HTTP/1.1 %d X\r\nContent-Type: application/json\r\n"
        . "Content-Length: %d\r\nConnection: close\r\n\r\n%s", $status,
        length $text, $text;
    close $client;
}


sub answer
{
    my ($method, $path, $head, $body) = @_;

    return refuse(401, 'Unauthorized', 'Unauthorized')
        if ($head->{authorization} // '') ne "Bearer $token"
           && ($head->{'x-verified'} // '') ne 'SUCCESS';

    $path =~ s/\?.*//;

    return (200, { major => '1', minor => '28+', gitVersion => 'v1.28.1' })
        if $path eq '/version';

    my ($space, $name) = $path =~
        m{^/api/v1/namespaces/([^/]+)/secrets(?:/([^/]+))?$}
        or return refuse(404, 'NotFound', "no such path");

    return refuse(415, 'UnsupportedMediaType', 'JSON alone is read here')
        if $method ne 'GET' && $body !~ /^\s*\{/;

    if ($method eq 'POST') {
        my $secret = $json->decode($body);
        $name = $secret->{metadata}{name};
        return refuse(409, 'AlreadyExists', 'exists')
            if $secrets{"$space/$name"};
        $secret->{metadata}{resourceVersion} = '1';
        $secrets{"$space/$name"} = $secret;
        return (201, $secret);
    }

    my $old = $secrets{"$space/$name"}
        or return refuse(404, 'NotFound', "secrets \"$name\" not found");

    return (200, $old) if $method eq 'GET';

    return refuse(422, 'Invalid', "Secret \"$name\" is invalid: data: "
                  . 'Forbidden: field is immutable when `immutable` is set')
        if $old->{immutable};

    return (200, $secrets{"$space/$name"} = $json->decode($body));
}


sub refuse
{
    my ($code, $reason, $message) = @_;

    return ($code, { kind => 'Status', apiVersion => 'v1', code => $code,
                     status => 'Failure', reason => $reason,
                     message => $message });
}
