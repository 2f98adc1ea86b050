#!/usr/bin/perl
#
# A double of a transparency log: log-double.pl PORT KEY.pem 1|2 [FAULT]
#
# It speaks as much of Rekor v1 or v2 as a signer needs.  Every entry is a
# tree of its own, of one leaf.  FAULT is what it does wrong:
#
#   other    answers with the entry of another signature
#   absent   answers with the root of a tree that the entry is not in
#   again    has every entry already (409); v1 hands it out

use strict;
use warnings;

use Digest::SHA qw(sha256 sha256_hex);
use File::Temp qw(tempfile);
use IO::Socket::INET;
use JSON::PP;
use MIME::Base64 qw(encode_base64 decode_base64);

my ($port, $key, $version, $fault) = @ARGV;
my $json = JSON::PP->new->canonical;
my $spki = `openssl pkey -in $key -pubout -outform DER`;
my $id = sha256_hex($spki);
my $next = 7;
my %held;

$fault ||= '';

my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 5,
    LocalPort => $port, ReuseAddr => 1) or die "listen: $!";

while (my $client = $server->accept) {
    my $request = <$client> // '';
    my ($method, $path) = split ' ', $request;
    my $length = 0;

    while (my $line = <$client>) {
        last if $line =~ /^\r?\n$/;
        $length = $1 if $line =~ /^content-length:\s*(\d+)/i;
        print $client "HTTP/1.1 100 Continue\r\n\r\n"
            if $line =~ /^expect:/i;
    }

    read $client, my $body, $length if $length;

    my ($status, $answer, $more) = (404, '{}', '');

    if ($version == 1 && $path eq '/api/v1/log') {
        ($status, $answer) = (200, '{"treeSize":1}');

    } elsif ($version == 1 && $path eq '/api/v1/log/entries') {
        ($status, $answer) = (201, add_v1($json->decode($body)));
        $held{last} = $answer;

        if ($fault eq 'again') {
            $more = "Location: http://elsewhere.invalid/entries/abc\r\n";
            $held{abc} = $answer;
            ($status, $answer) = (409, '{"message":"exists"}');
        }

    } elsif ($version == 1 && $held{last}
             && $path =~ m{^/api/v1/log/entries\?logIndex=\d+$})
    {
        ($status, $answer) = (200, $held{last});

    } elsif ($version == 1 && $path =~ m{^/api/v1/log/entries/(\w+)$}
             && $held{$1})
    {
        ($status, $answer) = (200, $held{$1});

    } elsif ($version == 2 && $path eq '/api/v2/log/entries') {
        ($status, $answer) = (201, add_v2($json->decode($body)));
        ($status, $answer, $more) = (409, '{}', "X-Log-Index: 0\r\n")
            if $fault eq 'again';
    }

    printf $client "HTTP/1.1 %d X\r\nContent-Type: application/json\r\n"
        . "Content-Length: %d\r\n%sConnection: close\r\n\r\n%s",
        $status, length $answer, $more, $answer;
    close $client;
}


sub b64 { encode_base64($_[0], '') }


sub root_of
{
    return sha256($fault eq 'absent' ? 'x' : "\0$_[0]");
}


sub signed
{
    my ($fh, $file) = tempfile(UNLINK => 1);
    print $fh $_[0];
    close $fh;
    return scalar `openssl dgst -sha256 -sign $key $file`;
}


sub checkpoint
{
    my ($origin, $name, $root) = @_;
    my $text = "$origin\n1\n" . b64($root) . "\n";
    return "$text\n\xe2\x80\x94 $name "
           . b64(substr(sha256($spki), 0, 4) . signed($text)) . "\n";
}


sub add_v1
{
    my $entry = shift;

    if ($entry->{kind} eq 'dsse') {
        my $proposed = $entry->{spec}{proposedContent};
        my $envelope = $json->decode($proposed->{envelope});
        $entry->{spec} = {
            envelopeHash => { algorithm => 'sha256',
                              value => sha256_hex($proposed->{envelope}) },
            payloadHash => { algorithm => 'sha256',
                value => sha256_hex(decode_base64($envelope->{payload})) },
            signatures => [ { signature => $envelope->{signatures}[0]{sig},
                              verifier => $proposed->{verifiers}[0] } ],
        };
    }

    if ($entry->{kind} eq 'intoto') {
        my $content = $entry->{spec}{content};
        my $envelope = delete $content->{envelope};
        my $payload;

        if ($entry->{apiVersion} eq '0.0.1') {
            $content->{hash} = { algorithm => 'sha256',
                                 value => sha256_hex($envelope) };
            $payload = decode_base64($json->decode($envelope)->{payload});
        } else {
            $payload = decode_base64(decode_base64(delete
                                                   $envelope->{payload}));
            $content->{envelope} = $envelope;
        }

        $content->{payloadHash} = { algorithm => 'sha256',
                                    value => sha256_hex($payload) };
    }

    $entry->{spec}{signature}{content} = b64('another')
        if $fault eq 'other' && $entry->{spec}{signature};

    my $body = $json->encode($entry);
    my $root = root_of($body);
    my ($index, $time) = ($next++, time);
    my $set = '{"body":"' . b64($body) . "\",\"integratedTime\":$time,"
            . "\"logID\":\"$id\",\"logIndex\":$index}";
    my $note = checkpoint('log.test - 42', 'log.test', $root);
    utf8::decode($note);

    return JSON::PP->new->utf8->encode({ unpack('H*', $root) => {
        body => b64($body), integratedTime => $time, logID => $id,
        logIndex => $index, verification => {
            signedEntryTimestamp => b64(signed($set)),
            inclusionProof => { logIndex => 0, treeSize => 1, hashes => [],
                rootHash => unpack('H*', $root), checkpoint => $note },
        } } });
}


sub add_v2
{
    my $r = shift->{hashedRekordRequestV002};
    my $body = $json->encode({ apiVersion => '0.0.2',
        kind => 'hashedrekord', spec => { hashedRekordV002 => {
            data => { algorithm => 'SHA2_256', digest => $r->{digest} },
            signature => $fault eq 'other'
                ? { %{$r->{signature}}, content => b64('another') }
                : $r->{signature} } } });
    my $root = root_of($body);
    my $note = checkpoint('127.0.0.1', '127.0.0.1', $root);
    utf8::decode($note);

    return JSON::PP->new->utf8->encode({
        logIndex => '0', integratedTime => '0', inclusionPromise => undef,
        logId => { keyId => b64(sha256($spki)) },
        kindVersion => { kind => 'hashedrekord', version => '0.0.2' },
        canonicalizedBody => b64($body), inclusionProof => {
            logIndex => '0', treeSize => '1', hashes => [],
            rootHash => b64($root), checkpoint => { envelope => $note } },
    });
}
