#!/usr/bin/perl
#
# A double of GitLab and GitHub: forge-double.pl PORT TOKEN PUBLIC-KEY
#
# It keeps variables of GitLab's project group/sub/app (42) and group "ours",
# and secrets of GitHub's repository owner/app and organization "owner".
# /all answers with all that it keeps.

use strict;
use warnings;

use IO::Socket::INET;
use JSON::PP;

my ($port, $token, $key) = @ARGV;
my $json = JSON::PP->new->canonical;
my %places = map { $_ => {} }
                 qw(projects/group%2Fsub%2Fapp projects/42 groups/ours
                    repos/owner/app orgs/owner);

$places{'projects/42'} = $places{'projects/group%2Fsub%2Fapp'};

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
    my $text = defined $answer ? $json->encode($answer) : '';

    printf $client "HTTP/1.1 %d X\r\nContent-Type: application/json\r\n"
        . "%sConnection: close\r\n\r\n%s", $status,
        $status == 204 ? '' : 'Content-Length: ' . length($text) . "\r\n",
        $text;
    close $client;
}


sub answer
{
    my ($method, $path, $head, $body) = @_;

    return (200, \%places) if $path eq '/all';

    my $said = $head->{'private-token'} ? "Bearer $head->{'private-token'}"
             : ($head->{authorization} // '');

    return (401, { message => '401 Unauthorized' }) if $said ne "Bearer $token";

    return gitlab($method, "$1", $2, $body)
        if $path =~ m{^/api/v4/((?:projects|groups)/[^/]+)(?:/variables/?(.*))?$};

    return github($method, "$1", $2, $body)
        if $path =~ m{^/api/v3/(repos/[^/]+/[^/]+|orgs/[^/]+)
                      /actions/secrets/(.*)$}x;

    return (404, { message => 'no such path' });
}


sub gitlab
{
    my ($method, $place, $name, $body) = @_;
    my $kept = $places{$place} or return (404, { message => '404 Not Found' });

    return (200, { id => 42 }) unless defined $name;

    my $said = $method eq 'GET' ? {} : $json->decode($body);

    if ($method eq 'POST') {
        return (400, { message => { key => [ "($said->{key}) has already been "
                                             . 'taken' ] } })
            if $kept->{$said->{key}};
        $kept->{$said->{key}} = $said;
        return (201, $said);
    }

    my $old = $kept->{$name}
        or return (404, { message => '404 Variable Not Found' });

    return (200, $method eq 'PUT' ? ($kept->{$name} = $said) : $old);
}


sub github
{
    my ($method, $place, $name, $body) = @_;
    my $kept = $places{$place} or return (404, { message => 'Not Found' });

    return (200, { key_id => '0123', key => $key }) if $name eq 'public-key';

    if ($method eq 'PUT') {
        my $said = $json->decode($body);
        return (422, { message => 'Bad key_id' }) if $said->{key_id} ne '0123';
        return (422, { message => 'visibility is missing' })
            if $place =~ /^orgs/ && !$said->{visibility};
        my $there = $kept->{$name};
        $kept->{$name} = $said;
        return $there ? (204, undef) : (201, {});
    }

    return $kept->{$name} ? (200, { name => $name })
                          : (404, { message => 'Not Found' });
}
