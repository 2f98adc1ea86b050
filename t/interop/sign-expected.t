#!/usr/bin/perl
#
# tally in place of cosign on ../shared/data/sign: 545 commands, each with
# what cosign 2.5.0 and 3.1.1 answered.  First from a registry on
# localhost:5000 (in a network namespace of its own), then with --root.
#
# TALLY is the program, SIGN_ONLY a pattern of ids, SIGN_REGISTRY a command
# that serves $ROOT on port 5000 in place of Debian's docker-registry.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use POSIX qw(:sys_wait_h);

my $top = abs_path(dirname(abs_path($0)) . '/../..');
my $data = ($ENV{TALLY_SHARED} || "$top/../shared") . '/data/sign';
my $tally = abs_path($ENV{TALLY} || "$top/build/tally");

skip_all("$data is missing") unless -f "$data/expected.tsv";
skip_all('tally is not built (make cli)') unless $tally && -x $tally;
skip_all('docker-registry is missing')
    unless $ENV{SIGN_REGISTRY} || grep { -x "$_/docker-registry" }
                                  split /:/, $ENV{PATH};

# localhost:5000 must be ours alone

if (!$ENV{SIGN_NAMESPACE}) {
    skip_all('needs unshare -n (root)')
        if system('unshare -n true >/dev/null 2>&1') != 0;

    $ENV{SIGN_NAMESPACE} = 1;
    exec 'unshare', '-n', $^X, abs_path($0), @ARGV or die "exec: $!";
}

system('ip link set lo up') == 0 or skip_all('no loopback in a namespace');

# The exceptions, the same as in docs/signing.md.  Each has a pattern of ids
# (or "tuf": 3.1.1 wanted the public trust root), what we answer, and why.

my @exceptions = (
    { name => 'no-log', tuf => 1,
      why => 'no log is named: verified without one, where 3.1.1 asks for '
           . 'the public trust root' },
    { name => 'attestation-only', exit => 10,
      id => qr{^(att/.*-bundle-.*/verify(-[ab])?|nb/st-other-predicate/nolog
                 |nb/st-no-predicatetype/nolog|att/c31-bundle-many/verify-b)$}x,
      why => 'a bundle that is no signature predicate does not count' },
    { name => 'legacy-counts', exit => 0,
      id => qr{^(sev/legacy-a-bundle-b/a-nolog
                 |nb/legacy-and-bad-bundle/nolog)$}x,
      why => 'a good legacy signature counts whatever bundle lies beside it' },
    { name => 'encrypted-import', exit => 0, id => qr{^import-.*-enc$},
      why => 'encrypted PEM files are taken over too' },
);

my $dir = tempdir('tally-sign-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $server;

END { stop_server() }
$SIG{INT} = $SIG{TERM} = sub { exit 1 };

unpack_data();

my @checks = read_checks();
my @modes = $ENV{SIGN_MODES} ? split(/,/, $ENV{SIGN_MODES})
                             : qw(registry root);

printf "1..%d\n", @checks * @modes;

my $count = 0;
my $failed = 0;

for my $mode (@modes) {
    my %groups;

    start_server() if $mode eq 'registry';

    for my $check (@checks) {
        my ($ok, $note, $why) = run_check($check, $mode);

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

    stop_server();

    printf "# %-8s %-26s %4d of %4d as 3.1.1 or as documented "
           . "(%d exceptions)\n", $mode, $_, $groups{$_}[1], $groups{$_}[0],
           $groups{$_}[2] for sort keys %groups;
}

exit($failed ? 1 : 0);


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
    mkdir "$dir/$_" for qw(home docker-config tuf out);
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

    my $only = $ENV{SIGN_ONLY};
    return map { $by{$_} } grep { !defined $only || /$only/ } @ids;
}


sub start_server
{
    my $command = $ENV{SIGN_REGISTRY};

    if (!$command) {
        open my $f, '>', "$dir/registry.yml" or die $!;
        print $f "version: 0.1\nlog:\n  level: error\nstorage:\n"
               . "  filesystem:\n    rootdirectory: $dir\n"
               . "http:\n  addr: localhost:5000\n";
        close $f;
        $command = "exec docker-registry serve $dir/registry.yml";
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

    die "the registry does not answer\n";
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
    my ($check, $mode) = @_;
    my $command = $check->{command};
    my ($want, $old) = ($check->{'3.1.1'}, $check->{'2.5.0'});
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

    system("rm -rf $dir/out/*");

    my $line = "cd $dir && env -u COSIGN_REPOSITORY HOME=$dir/home "
             . "DOCKER_CONFIG=$dir/docker-config TUF_ROOT=$dir/tuf "
             . "TUF_MIRROR=http://127.0.0.1:9 COSIGN_PASSWORD=pw "
             . "timeout 30 bash -c " . quote($command)
             . " >stdout 2>stderr </dev/null";

    system('bash', '-c', $line);
    my $exit = $? >> 8;
    my $said = slurp("$dir/stdout");
    my $error = slurp("$dir/stderr");
    my ($note, $expect) = (undef, $want->{exit});

    for my $e (@exceptions) {
        if ($e->{tuf}) {
            next unless $want->{exit} != 0
                        && $want->{stderr} =~ /TUF|cached root\.json/
                        && $want->{stderr} !~ /no matching signatures/;
            ($note, $expect) = ($e->{name}, undef);
            last;
        }

        next unless $check->{id} =~ $e->{id} && $want->{exit} != $e->{exit};
        ($note, $expect) = ($e->{name}, $e->{exit});
        last;
    }

    # a bundle beside the signature one that counts is still fine

    if ($note && $note eq 'attestation-only'
        && $check->{id} =~ m{^att/c31-bundle-many/verify(-a)?$})
    {
        ($note, $expect) = (undef, $want->{exit});
    }

    my $why = "$command\nexit $exit, 3.1.1 $want->{exit}, 2.5.0 $old->{exit}"
            . "\nours:  " . ((grep { /^Error/ } split /\n/, $error)[0] // '')
            . "\n3.1.1: $want->{stderr}";

    if (!defined $expect) {
        return ($exit == 0 || $exit == 1 || $exit == 12 || $exit == 10,
                $note, $why);
    }

    return (0, $note, $why) if $exit != $expect;
    return (1, $note, $why) if $note || $want->{exit} != 0;

    (my $name = $check->{id}) =~ s{/}{_}g;
    my $file = "$data/expected/$name.3.1.1.stdout";

    if (-f $file && !same(slurp($file), $said, $want->{kind})) {
        return (0, $note, "$why\nstdout differs from $name.3.1.1.stdout");
    }

    return (1, $note, $why);
}


# JSON is compared as values, text as it is

sub same
{
    my ($want, $got, $kind) = @_;

    return 1 if $want eq $got;
    return 0 if $kind ne 'json';

    require JSON::PP;
    my $json = JSON::PP->new->canonical->allow_nonref;

    for ($want, $got) {
        my @values = eval {
            map { $json->encode($json->decode($_)) } grep { /\S/ }
            split /\n/
        };
        return 0 if $@;
        $_ = join "\n", sort @values;
    }

    return $want eq $got;
}


sub quote
{
    my $s = shift;
    $s =~ s/'/'\\''/g;
    return "'$s'";
}


sub slurp
{
    open my $f, '<', $_[0] or return '';
    local $/;
    my $text = <$f>;
    return defined $text ? $text : '';
}
