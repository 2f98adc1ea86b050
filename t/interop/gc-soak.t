#!/usr/bin/perl
#
# Pushes, mounts, deletes and pulls of 16 clients beside collections without a
# pause between them, with the shortest grace period: nothing fails.
#
# GC_SOAK is how many seconds (60).  A client does as docker does: HEAD each
# blob, push what is not there, push the manifest.  What is pushed is taken
# from a few contents that all share, so that a collector is always about to
# remove what somebody is about to need.

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use File::Temp qw(tempdir);
use HTTP::Tiny;
use IO::Handle;
use POSIX qw(WNOHANG);
use Time::HiRes qw(sleep time);

my $top = $ENV{TALLY_TOP} // '.';
my $build = $ENV{TALLY_BUILD} // "$top/build";
my $module = $ENV{TALLY_MODULE} // "$build/ngx_http_registry_module.so";
my $nginx = $ENV{TALLY_NGINX} // 'nginx';
my $port = $ENV{TALLY_PORT} // 5600;
my $seconds = $ENV{GC_SOAK} // 60;
my $grace = 2;
my $clients = 16;
my $type = 'application/vnd.oci.image';
my $base = "http://127.0.0.1:$port";
my $dir = tempdir('tally-soak.XXXXXX', TMPDIR => 1, CLEANUP => 0);
my $store = "$dir/store";
my $parent = $$;
my @started;
my $tests = 0;

sub ok {
    my ($good, $name) = @_;

    $tests++;
    print $good ? "ok $tests - $name\n" : "not ok $tests - $name\n";
}

sub end_all {
    return if $$ != $parent;
    kill 'TERM', @started;
    waitpid $_, 0 for @started;
    system 'rm', '-rf', $dir;
}

END { my $status = $?; end_all(); $? = $status }
$SIG{TERM} = $SIG{INT} = sub { exit 1 };

sub digest { 'sha256:' . sha256_hex($_[0]) }


# one request; dies with what was not expected

sub ask {
    my ($http, $method, $path, $want, %with) = @_;

    my $url = $path =~ /^http/ ? $path : "$base$path";
    my $reply = $http->request($method, $url, \%with);

    return $reply if grep { $reply->{status} == $_ } @$want;
    die "$method $path: $reply->{status} "
        . substr($reply->{content} // '', 0, 200) . "\n";
}

sub blob {
    my ($http, $repo, $content, $from) = @_;

    my $digest = digest($content);
    my $reply = ask($http, 'HEAD', "/v2/$repo/blobs/$digest", [200, 404]);

    return if $reply->{status} == 200;

    if (defined $from) {
        $reply = ask($http, 'POST',
            "/v2/$repo/blobs/uploads/?mount=$digest&from=$from", [201, 202]);
        return if $reply->{status} == 201;

    } else {
        $reply = ask($http, 'POST', "/v2/$repo/blobs/uploads/", [202]);
    }

    my $where = $reply->{headers}{location};
    $where .= ($where =~ /\?/ ? '&' : '?') . "digest=$digest";
    ask($http, 'PUT', $where, [201], content => $content,
        headers => { 'Content-Type' => 'application/octet-stream' });
}

sub descriptor {
    my ($kind, $content) = @_;

    return sprintf '{"mediaType":"%s.%s","digest":"%s","size":%d}', $type,
        $kind, digest($content), length $content;
}

sub push_image {
    my ($http, $repo, $tag, $from) = @_;

    my @layers = map { "layer " . int(rand 40) x 300 } 1 .. 3;
    my $config = '{"n":' . int(rand 10) . '}';

    blob($http, $repo, $_, $from) for @layers, $config;

    my $text = sprintf '{"schemaVersion":2,"mediaType":"%s.manifest.v1+json",'
        . '"config":%s,"layers":[%s]}', $type,
        descriptor('config.v1+json', $config),
        join ',', map { descriptor('layer.v1.tar', $_) } @layers;

    ask($http, 'PUT', "/v2/$repo/manifests/$tag", [201], content => $text,
        headers => { 'Content-Type' => "$type.manifest.v1+json" });
    return $text;
}

sub pull_image {
    my ($http, $repo, $tag, $text) = @_;

    my $reply = ask($http, 'GET', "/v2/$repo/manifests/$tag", [200]);
    die "$repo:$tag has other bytes\n" if $reply->{content} ne $text;

    while ($text =~ /"digest":"(sha256:[0-9a-f]{64})"/g) {
        my $digest = $1;
        my $blob = ask($http, 'GET', "/v2/$repo/blobs/$digest", [200]);
        die "$digest has other bytes\n" if digest($blob->{content}) ne $digest;
    }
}

# a client whose push took longer than the grace period is not promised
# anything: it tries again, as docker does

sub client {
    my ($n, $until, $out) = @_;

    my $http = HTTP::Tiny->new(keep_alive => 1, timeout => 120);
    my ($done, $slow) = (0, 0);
    my %mine;

    srand($n + 1);

    while (time() < $until) {
        my $repo = 'soak/r' . int(rand 4);
        my $tag = "c$n-" . int(rand 4);
        my $what = rand;
        my $pushes = $what < 0.55 || !%mine;
        my $since = time();

        eval {
            if ($pushes) {
                my $from = rand() < 0.3 ? 'soak/r' . int(rand 4) : undef;
                delete $mine{"$repo:$tag"};
                $mine{"$repo:$tag"} = push_image($http, $repo, $tag, $from);

            } elsif ($what < 0.85) {
                my ($key) = sort { rand() <=> 0.5 } keys %mine;
                my ($r, $t) = $key =~ /^(.*):(.*)$/;
                pull_image($http, $r, $t, $mine{$key});

            } else {
                my ($key) = sort keys %mine;
                my ($r, $t) = $key =~ /^(.*):(.*)$/;
                delete $mine{$key};
                ask($http, 'DELETE', "/v2/$r/manifests/$t", [202]);
            }
        };

        if (my $why = $@) {
            if ($pushes && time() - $since > $grace / 2) {
                $slow++;
                next;
            }
            print $out "failed $why";
        }

        $done++;
    }

    for my $key (keys %mine) {
        my ($r, $t) = $key =~ /^(.*):(.*)$/;
        eval { pull_image($http, $r, $t, $mine{$key}); 1 }
            or print $out "failed at the end: $@";
    }

    print $out "done $done $slow\n";
}

sub start_nginx {
    my $user = $> == 0 ? 'user root;' : '';

    mkdir $store;
    open my $conf, '>', "$dir/nginx.conf" or die;
    print $conf <<"END";
load_module $module;
$user
worker_processes 2;
daemon off;
pid $dir/nginx.pid;
error_log $dir/error.log warn;
events { worker_connections 512; }
http {
    access_log off;
    client_body_temp_path $dir/body;
    server {
        listen 127.0.0.1:$port;
        registry on;
        registry_root $store;
        registry_mount from;
    }
}
END
    close $conf;

    my $pid = fork // die;
    if ($pid == 0) {
        exec $nginx, '-c', "$dir/nginx.conf", '-e', "$dir/error.log";
        exit 1;
    }
    push @started, $pid;

    for (1 .. 1200) {
        return if HTTP::Tiny->new->get("$base/v2/")->{success};
        sleep 0.1;
    }
    die "nginx does not start\n";
}

sub run_clients {
    my ($until) = @_;
    my @pipes;

    for my $n (0 .. $clients - 1) {
        pipe my $in, my $out or die;
        my $pid = fork // die;
        if ($pid == 0) {
            close $in;
            client($n, $until, $out);
            close $out;
            POSIX::_exit(0);
        }
        close $out;
        push @pipes, $in;
    }
    return @pipes;
}

start_nginx();
my $until = time() + $seconds;
my @pipes = run_clients($until);

my ($runs, $removed, @bad) = (0, 0);
while (time() < $until) {
    my $sum = `"$build/tally" gc --root "$store" --grace ${grace}s --untagged --json 2>&1`;
    push @bad, "gc: exit $?: " . substr($sum, -300) if $?;
    $removed += $1 if $sum =~ /"removed_blobs":(\d+)/;
    $runs++;
}

my ($done, $slow, @failed) = (0, 0);
for my $in (@pipes) {
    while (my $line = <$in>) {
        if ($line =~ /^done (\d+) (\d+)/) {
            $done += $1;
            $slow += $2;
        } else {
            push @failed, $line;
        }
    }
}
1 while wait_child();

sub wait_child {
    my $pid = waitpid -1, WNOHANG;
    return $pid > 0;
}

print "# $done operations, $slow too slow to count, $runs collections, "
    . "$removed blobs removed\n";
print "# $_" for @failed[0 .. ($#failed < 9 ? $#failed : 9)];
print "# $_\n" for @bad[0 .. ($#bad < 4 ? $#bad : 4)];

ok(@failed == 0, "no operation fails");
ok(@bad == 0, "no collection fails");
ok($done > 10 * $clients && $runs > 3 && $removed > 0,
    "there was something to do");

my $alerts = `grep -E '\\[(emerg|alert|crit)\\]|exited on signal' "$dir/error.log"`;
ok($alerts eq '', 'no alert, crit or crash in the error log');
print "# $alerts" if $alerts;

print "1..$tests\n";
