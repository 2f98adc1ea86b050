#!/usr/bin/perl
#
# browser.pl CHROMIUM FOLDER: a headless Chromium with its profile in FOLDER,
# spoken to over a pipe (the DevTools protocol).  Reads a command a line and
# answers each with one line:
#
#   open URL            goes there
#   until EXPRESSION    waits until it is true, two minutes at most: "ok" or "timeout"
#   eval EXPRESSION     its value, as JSON when it is no string
#   size WIDTH HEIGHT   of the window
#   media dark|light    what the user's system prefers
#   shot FILE           a picture of what is in sight
#   errors              what the console and the policy of the page had to say
#   hosts               all that anything was asked of

use strict;
use warnings;
use Fcntl;
use IO::Handle;
use IO::Select;
use JSON::PP;
use MIME::Base64;
use POSIX ();
use Time::HiRes qw(sleep time);

my ($chromium, $folder) = @ARGV;
my $json = JSON::PP->new->utf8->allow_nonref->canonical;
my ($id, $buffer, $session) = (0, '');
my (@errors, %hosts);

pipe(my $their_in, my $to) or die "pipe: $!\n";
pipe(my $from, my $their_out) or die "pipe: $!\n";

my $pid = fork() // die "fork: $!\n";

if ($pid == 0) {
    # where 3 and 4 are to be, nothing of ours may lie
    my $in = fcntl($their_in, F_DUPFD, 10);
    my $out = fcntl($their_out, F_DUPFD, 10);

    POSIX::dup2($in, 3);
    POSIX::dup2($out, 4);
    open STDIN, '<', '/dev/null';
    open STDOUT, '>', "$folder.log";
    open STDERR, '>&', \*STDOUT;
    exec $chromium, qw(--headless=new --no-sandbox --disable-gpu
        --disable-dev-shm-usage --no-first-run --hide-scrollbars
        --disable-background-networking --disable-component-update
        --disable-sync --disable-extensions --remote-debugging-pipe),
        "--user-data-dir=$folder", 'about:blank';
    exit 1;
}

close $their_in;
close $their_out;
$to->autoflush(1);
$SIG{PIPE} = 'IGNORE';
$SIG{TERM} = sub { end(); exit 0 };
STDOUT->autoflush(1);


sub note
{
    my ($m) = @_;
    my $method = $m->{method} // '';
    my $p = $m->{params};

    if ($method eq 'Network.requestWillBeSent') {
        $hosts{$1} = 1 if $p->{request}{url} =~ m{^\w+://([^/]+)};

    } elsif ($method eq 'Runtime.exceptionThrown') {
        push @errors, $p->{exceptionDetails}{exception}{description}
                      // $p->{exceptionDetails}{text};

    } elsif ($method eq 'Log.entryAdded' && $p->{entry}{level} eq 'error'
             && $p->{entry}{source} ne 'network')
    {
        push @errors, $p->{entry}{text};
    }
}


# the next message; undef: none came in time, or the browser is gone

sub message
{
    my ($until) = @_;

    my $at;

    while (($at = index $buffer, "\0") < 0) {
        my $left = $until - time;

        return if $left <= 0 || !IO::Select->new($from)->can_read($left);
        return if !sysread $from, $buffer, 1 << 20, length $buffer;
    }

    my $text = substr $buffer, 0, $at, '';

    substr $buffer, 0, 1, '';

    return $json->decode($text);
}


sub call
{
    my ($method, $params) = @_;
    my $until = time + 120;
    my $call = { id => ++$id, method => $method, params => $params // {} };

    $call->{sessionId} = $session if defined $session;
    print $to $json->encode($call), "\0";

    while (my $m = message($until)) {
        return $m->{result} // { error => $m->{error}{message} }
            if ($m->{id} // 0) == $id;
        note($m);
    }

    return { error => 'no answer' };
}


# it closes all that it has started, and its profile

sub end
{
    my $until = time + 60;

    undef $session;
    print $to $json->encode({ id => ++$id, method => 'Browser.close' }), "\0";

    while (waitpid($pid, POSIX::WNOHANG()) == 0) {
        kill 'KILL', $pid if time > $until;
        sleep 0.05;
    }
}


sub value
{
    my $r = call('Runtime.evaluate', { expression => $_[0],
        awaitPromise => JSON::PP::true, returnByValue => JSON::PP::true });

    return $r->{result}{value};
}


sub text
{
    my ($x) = @_;

    $x = $json->encode($x) if ref $x || !defined $x;
    utf8::encode($x) if utf8::is_utf8($x);

    return $x =~ s/\n/ /gr;
}


my %do = (
    open => sub { %hosts = (); @errors = ();
                  call('Page.navigate', { url => $_[0] })->{error} // 'ok' },
    eval => sub { text(value($_[0])) },
    errors => sub { text(join ' ', @errors) },
    hosts => sub { join ' ', sort keys %hosts },
    until => sub {
        my $end = time + 120;

        while (time < $end) {
            return 'ok' if value("!!($_[0])");
            sleep 0.05;
        }

        return 'timeout';
    },
    size => sub {
        my ($w, $h) = split ' ', $_[0];

        call('Emulation.setDeviceMetricsOverride', { width => $w + 0,
            height => $h + 0, deviceScaleFactor => 1,
            mobile => $w < 600 ? JSON::PP::true : JSON::PP::false });
        return 'ok';
    },
    media => sub {
        call('Emulation.setEmulatedMedia', { features =>
            [ { name => 'prefers-color-scheme', value => $_[0] } ] });
        return 'ok';
    },
    shot => sub {
        my $r = call('Page.captureScreenshot', { format => 'png' });

        open my $out, '>:raw', $_[0] or return "$_[0]: $!";
        print $out decode_base64($r->{data} // '');
        close $out;
        return 'ok';
    },
);

my $target = call('Target.createTarget', { url => 'about:blank' });
$session = call('Target.attachToTarget', { targetId => $target->{targetId},
    flatten => JSON::PP::true })->{sessionId} // die "no browser\n";
call("$_.enable") for qw(Page Runtime Log Network);
print "ready\n";

while (my $line = <STDIN>) {
    my ($command, $rest) = $line =~ /^(\w+)\s*(.*)/ or next;

    print exists $do{$command} ? $do{$command}->($rest) : 'what?', "\n";
}

end();
