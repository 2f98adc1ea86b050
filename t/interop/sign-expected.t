#!/usr/bin/perl
#
# tally in place of cosign on ../shared/data/sign: 1,090 commands, each with
# what cosign 2.5.0 and 3.1.1 answered.  First from our own registry on
# localhost:5000 (in a network namespace of its own), then with --root.
#
# TALLY is the program, SIGN_ONLY a pattern of ids, SIGN_MODES some of
# registry,root; SIGN_REGISTRY a command that serves $ROOT on port 5000 in
# place of ours; SIGN_JOBS how many commands run at a time (2).

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);

my $top = $ENV{TALLY_TOP} || abs_path(dirname(abs_path($0)) . '/../..');
my $build = $ENV{TALLY_BUILD} || "$top/build";
my $data = ($ENV{TALLY_SHARED} || "$top/../shared") . '/data/sign';
my $tally = abs_path($ENV{TALLY} || "$build/tally");
my $module = $ENV{TALLY_MODULE} || "$build/ngx_http_registry_module.so";
my $nginx = $ENV{TALLY_NGINX} || 'nginx';

$ENV{PATH} .= ':/usr/sbin';

skip_all("$data is missing") unless -f "$data/expected.tsv";
skip_all('tally is not built (make cli)') unless $tally && -x $tally;
skip_all('the module is not built (make module)')
    unless $ENV{SIGN_REGISTRY} || -f $module;

# localhost:5000 must be ours alone

if (!$ENV{SIGN_NAMESPACE}) {
    skip_all('needs unshare -n (root)')
        if system('unshare -n true >/dev/null 2>&1') != 0;

    $ENV{SIGN_NAMESPACE} = 1;
    exec 'unshare', '-n', $^X, abs_path($0), @ARGV or die "exec: $!";
}

system('ip link set lo up') == 0 or skip_all('no loopback in a namespace');

# The exceptions, the same as in docs/signing.md.  Each has a pattern of ids
# and the one answer that is ours.  That of no-log is found by rule: what
# 3.1.1 answers to the same command without the log.

my @exceptions = (
    { name => 'no-log' },
    { name => 'attestation-only', exit => 10,
      id => qr{^(att/.*-bundle-.*/verify(-[ab])?|nb/st-other-predicate/nolog
                 |nb/st-no-predicatetype/nolog)$}x,
      not => qr{^att/c31-bundle-many/} },
    { name => 'attestation-beside', exit => 1,
      id => qr{^att/c31-bundle-many/verify(-a)?$} },
    { name => 'attestation-beside', exit => 0, fewer => 1,
      id => qr{^att/c31-bundle-many/verify-b$} },
    { name => 'legacy-counts', exit => 0,
      id => qr{^(sev/legacy-a-bundle-b/a-nolog
                 |nb/legacy-and-bad-bundle/nolog)$}x },
    { name => 'referrers-index', exit => 0, id => qr{^nb/no-fallback$} },
    { name => 'encrypted-import', exit => 0, id => qr{^import-.*-enc$} },
);

my $dir = tempdir('tally-sign-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $main = $$;
my $server;

END { stop_server() if $$ == $main }
$SIG{INT} = $SIG{TERM} = sub { exit 1 };

unpack_data();

my @checks = read_checks();
my @modes = $ENV{SIGN_MODES} ? split(/,/, $ENV{SIGN_MODES})
                             : qw(registry root);
my $jobs = $ENV{SIGN_JOBS} || 2;

printf "1..%d\n", @checks * @modes;

my $count = 0;
my $failed = 0;

for my $mode (@modes) {
    start_server() if $mode eq 'registry';
    report($mode, run_checks($mode));
    stop_server();
}

exit($failed ? 1 : 0);


sub report
{
    my ($mode, $results) = @_;
    my %groups;

    for my $i (0 .. $#checks) {
        my $check = $checks[$i];
        my ($ok, $note, $why) = @{$results->[$i] || [0, '', 'was not run']};

        $count++;
        $failed++ unless $ok;
        my $g = $groups{$check->{group}} ||= [0, 0, 0];
        $g->[0]++;
        $g->[1]++ if $ok;
        $g->[2]++ if $note;

        print $ok ? 'ok' : 'not ok', " $count - $mode $check->{id}",
              ($note ? " (exception: $note)" : ''), "\n";
        print "# $_\n" for $ok ? () : split /\n/, $why;
    }

    printf "# %-8s %-26s %4d of %4d as 3.1.1 or as documented "
           . "(%d exceptions)\n", $mode, $_, $groups{$_}[1], $groups{$_}[0],
           $groups{$_}[2] for sort keys %groups;
}


# all checks, shared out to a few processes

sub run_checks
{
    my $mode = shift;
    my (@pids, @results);

    for my $job (0 .. $jobs - 1) {
        my $pid = fork;
        die "fork: $!" unless defined $pid;

        if (!$pid) {
            open my $out, '>', "$dir/results.$job" or die $!;
            my $place = work_place($job);

            for (my $i = $job; $i < @checks; $i += $jobs) {
                my ($ok, $note, $why) = run_check($checks[$i], $mode, $place);
                print $out join("\x00", $i, $ok ? 1 : 0, $note, $why), "\x01";
            }

            close $out;
            exit 0;
        }

        push @pids, $pid;
    }

    waitpid $_, 0 for @pids;

    for my $job (0 .. $jobs - 1) {
        for (split /\x01/, slurp("$dir/results.$job")) {
            my ($i, @result) = split /\x00/, $_, -1;
            $results[$i] = \@result;
        }
    }

    return \@results;
}


# a folder where the names of the commands mean what they say

sub work_place
{
    my $place = "$dir/work.$_[0]";

    mkdir $place;
    symlink "../$_", "$place/$_" for qw(trust bundles predicates keys);
    mkdir "$place/$_" for qw(home docker-config tuf out);

    return $place;
}


sub skip_all
{
    print "1..0 # SKIP $_[0]\n";
    exit 0;
}


sub unpack_data
{
    system('cp', '-r', map({ "$data/$_" } qw(trust bundles predicates)),
           $dir) == 0 or die 'cp';
    system('chmod', '-R', 'u+w', $dir);
    system('tar', '-xf', "$data/$_.tar.xz", '-C', $dir) == 0 or die 'tar'
        for qw(store keys);
}


sub read_checks
{
    my (%by, @ids);

    open my $f, '<', "$data/expected.tsv" or die $!;
    my $head = <$f>;

    while (<$f>) {
        chomp;
        my ($id, $what, $tool, $command, $exit, $stderr, $stdout)
            = split /\t/, $_, -1;

        push @ids, $id unless $by{$id};
        $by{$id}{id} = $id;
        ($by{$id}{group}) = $id =~ m{^([a-z]+[-/])};
        $by{$id}{command} = $command;
        $by{$id}{$tool} = { exit => $exit, stderr => $stderr,
                            kind => $stdout };
    }

    find_logless(\%by);

    my $only = $ENV{SIGN_ONLY};
    return map { $by{$_} } grep { !defined $only || /$only/ } @ids;
}


# Where 3.1.1 asked for the public trust root, and did nothing else, what it
# answered to the same command that ignores the log.

sub find_logless
{
    my $by = shift;
    my %nolog;

    for my $check (values %$by) {
        my $command = $check->{command};
        $nolog{$command} = $check->{'3.1.1'}{exit}
            if $command =~ s/ --insecure-ignore-tlog//
               && $command !~ /SIGSTORE|trusted-root/;
    }

    for my $check (values %$by) {
        (my $command = $check->{command}) =~ s/ --offline//;
        $check->{logless} = $nolog{$command}
            if $check->{'3.1.1'}{exit} != 0
               && $check->{'3.1.1'}{stderr} =~ /TUF|cached root\.json/
               && $check->{'3.1.1'}{stderr} !~ /no matching signatures/;
    }
}


sub start_server
{
    my $command = $ENV{SIGN_REGISTRY};

    if (!$command) {
        write_conf();
        $command = "exec $nginx -e $dir/error.log -c $dir/nginx.conf";
    }

    $server = fork;
    die "fork: $!" unless defined $server;

    if (!$server) {
        $ENV{ROOT} = $dir;
        open STDOUT, '>', '/dev/null';
        open STDERR, '>', "$dir/registry.log";
        exec 'sh', '-c', $command or exit 127;
    }

    for (1 .. 100) {
        return if system('curl -sf -o /dev/null http://localhost:5000/v2/')
                  == 0;
        select undef, undef, undef, 0.1;
    }

    print "Bail out! the registry does not answer\n", map { "# $_\n" }
          split /\n/, slurp("$dir/registry.log") . slurp("$dir/error.log");
    exit 1;
}


sub write_conf
{
    my $user = $> == 0 ? 'user root;' : '';
    my $temp = join "\n    ", map { "${_}_temp_path $dir/temp/$_;" }
               qw(client_body proxy fastcgi uwsgi scgi);

    mkdir "$dir/temp";
    open my $f, '>', "$dir/nginx.conf" or die $!;
    print $f <<"END";
load_module $module;
$user
daemon off;
worker_processes 1;
error_log $dir/error.log warn;
pid $dir/nginx.pid;

events {
}

http {
    access_log off;
    $temp

    server {
        listen 127.0.0.1:5000;
        listen [::1]:5000;
        registry on;
        registry_root $dir;
    }
}
END
    close $f or die $!;
}


sub stop_server
{
    return unless $server;
    my $status = $?;
    kill 'TERM', $server;
    waitpid $server, 0;
    undef $server;
    $? = $status;
}


sub run_check
{
    my ($check, $mode, $place) = @_;
    my ($want, $old) = ($check->{'3.1.1'}, $check->{'2.5.0'});
    my $command = our_command($check->{command}, $mode);
    my $exit = run_command($command, $place);
    my ($note, $expect) = expected($check);
    my $error = slurp("$place/stderr");

    my $why = "$command\nexit $exit, expected $expect"
            . ($note ? " ($note)" : '')
            . "; 3.1.1 $want->{exit}, 2.5.0 $old->{exit}"
            . "\nours:  " . ((grep { /^Error/ } split /\n/, $error)[0] // '')
            . "\n3.1.1: $want->{stderr}";

    return (0, $note, $why) if $exit != $expect;
    return (1, $note, $why) if $expect != 0 || $want->{exit} != 0;

    (my $name = $check->{id}) =~ s{/}{_}g;
    my $file = "$data/expected/$name.3.1.1.stdout";

    if (-f $file && !same(slurp($file), slurp("$place/stdout"),
                          $want->{kind}, $note eq 'attestation-beside'))
    {
        return (0, $note, "$why\nstdout differs from $name.3.1.1.stdout");
    }

    return (1, $note, $why);
}


# the name of the exception, and the only exit code that is right

sub expected
{
    my $check = shift;
    my $exit = $check->{'3.1.1'}{exit};

    return ('no-log', $check->{logless}) if defined $check->{logless};

    for my $e (grep { $_->{id} } @exceptions) {
        return ($e->{name}, $e->{exit})
            if $check->{id} =~ $e->{id}
               && ($exit != $e->{exit} || $e->{fewer})
               && !($e->{not} && $check->{id} =~ $e->{not});
    }

    return ('', $exit);
}


sub our_command
{
    my ($command, $mode) = @_;
    my $flag = $mode eq 'root' ? " --root $dir" : '';

    for ($command) {
        s/\bREG\b/localhost:5000/g;
        s/\bKEY\b/keys/g;
        s/\bTRUST\b/trust/g;
        s/\bBUNDLES\b/bundles/g;
        s/\bOUT\b/out/g;
        s/(^|\s)cosign\s+((?:verify|verify-attestation|tree|triangulate)
           (?=\s)|download\s+\S+)/$1$tally $2$flag/x
            or s/(^|\s)cosign(?=\s)/$1$tally/;
    }

    return $command;
}


sub run_command
{
    my ($command, $place) = @_;

    unlink glob "$place/out/*";

    my $pid = fork;
    die "fork: $!" unless defined $pid;

    if (!$pid) {
        setpgrp;
        chdir $place or exit 126;
        delete $ENV{COSIGN_REPOSITORY};
        @ENV{qw(HOME DOCKER_CONFIG TUF_ROOT TUF_MIRROR COSIGN_PASSWORD)}
            = ("$place/home", "$place/docker-config", "$place/tuf",
               'http://127.0.0.1:9', 'pw');
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', 'stdout';
        open STDERR, '>', 'stderr';
        alarm 120;
        exec 'bash', '-c', $command or exit 127;
    }

    waitpid $pid, 0;
    kill 'KILL', -$pid if $? & 127;

    return $? & 127 ? 128 + ($? & 127) : $? >> 8;
}


# JSON is compared as values, text as it is; $only: of the signatures shown
# those that are none are left out of what 3.1.1 shows

sub same
{
    my ($want, $got, $kind, $only) = @_;

    return 1 if $want eq $got;
    return 0 if $kind ne 'json';

    require JSON::PP;
    my $json = JSON::PP->new->canonical->allow_nonref;

    my @texts = map { [eval { map { $json->decode($_) } grep { /\S/ }
                              split /\n/ }] } $want, $got;

    if ($only) {
        @$_ = grep { $_->{critical}{type} =~ m{/cosign/sign/v1$} } @$_
            for @{$texts[0]};
    }

    ($want, $got) = map { join "\n", sort map { $json->encode($_) } @$_ }
                    @texts;

    return $want ne '' && $want eq $got;
}


sub slurp
{
    open my $f, '<', $_[0] or return '';
    local $/;
    my $text = <$f>;
    return defined $text ? $text : '';
}
