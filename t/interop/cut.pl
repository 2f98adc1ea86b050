#!/usr/bin/perl
#
# A network that breaks: cut.pl PORT TARGET LIMIT TIMES LOG
#
# Carries bytes between whoever connects to PORT and the port TARGET.  The
# first TIMES connections that carry more than LIMIT bytes one way are cut
# there.  With TIMES negative the whole ends with the last of these cuts.
# A line "down BYTES up BYTES" goes to LOG for each connection that has ended.

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;

my ($port, $target, $limit, $times, $log) = @ARGV;
my $dies = $times < 0;
my $select = IO::Select->new;
my (%other, %count);

$times = abs $times;
$SIG{PIPE} = 'IGNORE';

open my $out, '>>', $log or die "$log: $!";
$out->autoflush(1);

my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 16,
    LocalPort => $port, ReuseAddr => 1) or die "listen: $!";

$select->add($server);

sub ends
{
    my ($one) = @_;
    my $two = $other{$one} or return;
    my $count = $count{$one};

    print $out "down $count->{down} up $count->{up}\n";

    for ($one, $two) {
        $select->remove($_);
        delete $other{$_};
        delete $count{$_};
        close $_;
    }
}

while (1) {
    for my $from ($select->can_read) {

        if ($from == $server) {
            my $client = $server->accept or next;
            my $peer = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                PeerPort => $target) or die "connect: $!";
            my %shared = (down => 0, up => 0);

            ($other{$client}, $other{$peer}) = ($peer, $client);
            ($count{$client}, $count{$peer}) = (\%shared, \%shared);
            $shared{client} = $client;
            $select->add($client, $peer);
            next;
        }

        my $to = $other{$from} or next;
        my $count = $count{$from};
        my $way = ($from == $count->{client}) ? 'up' : 'down';
        my $most = $times ? $limit - $count->{$way} : 65536;
        my $n = sysread $from, my $data, ($most < 65536) ? $most : 65536;

        if (!$n) {
            ends($from);
            next;
        }

        for (my $done = 0; $done < $n; ) {
            my $put = syswrite $to, $data, $n - $done, $done or last;
            $done += $put;
        }

        $count->{$way} += $n;

        if ($times && $count->{$way} >= $limit) {
            ends($from);
            exit 0 if !--$times && $dies;
        }
    }
}
