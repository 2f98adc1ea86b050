#!/usr/bin/perl
#
# tally scan against Trivy's own reports: every image in the shared data, both
# databases, JSON field by field; the other formats byte by byte from the same
# report; exit codes; what is refused.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(basename dirname);
use File::Temp qw(tempdir);
use JSON::PP;

my $top = abs_path(dirname(__FILE__) . "/../..");
my $tally = $ENV{TALLY} || "$top/build/tally";
my $shared = $ENV{TALLY_SHARED} || "$top/../shared";
my $data = "$shared/data/scan";
my $n = 0;

sub skip_all { print "1..0 # SKIP $_[0]\n"; exit 0 }

skip_all("no shared data at $data") unless -d "$data/reports";
skip_all("no $tally") unless -x $tally;

my $tmp = tempdir("tally-scan-XXXXXX", TMPDIR => 1, CLEANUP => 1);


sub ok {
    my ($good, $name) = @_;

    $n++;
    print(($good ? "ok" : "not ok"), " $n - $name\n");
    return $good;
}


sub skip { $n++; print "ok $n # SKIP $_[0]\n" }


sub slurp {
    my ($file) = @_;
    my $text;

    open my $f, ($file =~ /\.gz$/ ? "gzip -dc '$file' |" : "< $file")
        or die "$file: $!";
    local $/;
    $text = <$f>;
    close $f;

    return $text;
}


sub run {
    my (@args) = @_;

    system("'$tally' " . join(" ", map { "'$_'" } @args)
           . " > $tmp/out 2> $tmp/err");
    return $? >> 8;
}


# what depends on the host, the day, the file's name

sub plain {
    my ($r) = @_;

    delete @$r{qw(ReportID CreatedAt ArtifactName)};
    delete $r->{Trivy}{Version};
    delete $r->{Metadata}{OS}{EOSL} if $r->{Metadata}{OS};

    for my $result (@{$r->{Results} || []}) {
        $result->{Target} =~ s/^.*?( \([^()]+\))$/$1/
            if $result->{Class} eq "os-pkgs";

        delete $_->{Fingerprint} for @{$result->{Vulnerabilities} || []};
    }

    # results of one target have no order: Trivy's sort is not stable

    $r->{Results} = [sort { $a->{Target} cmp $b->{Target}
                            || $a->{Type} cmp $b->{Type} }
                     @{$r->{Results}}] if $r->{Results};

    return JSON::PP->new->canonical->encode($r);
}


# Trivy took Alpine's layer from its cache, as another image had it

sub undigested {
    my ($r) = @_;

    delete $_->{Digest} for @{$r->{Metadata}{Layers}};

    for my $result (@{$r->{Results} || []}) {
        delete $_->{Layer}{Digest} for @{$result->{Packages} || []},
                                       @{$result->{Vulnerabilities} || []};
    }

    return $r;
}


for my $db (qw(fixture real)) {
    mkdir "$tmp/$db";
    ok(run("db", "import", "$data/db/trivy-$db.db.tar.gz", "--cache-dir",
           "$tmp/$db") == 0, "the database \"$db\" is imported");
}


my @images = qw(trivy-it-alpine-310 debian-buster ubuntu-1804 centos-6
                opensuse-leap-151 photon-30 debian-bookworm layers-node
                layers-node-opaque layers-apkdb-removed
                fanal-image3_gz_layers busybox-musl);

for my $image (@images) {
    my ($input) = grep { -e } map { "$data/images/$image$_" }
                  ("", ".tar.gz", ".tar");

    for my $db (qw(fixture real)) {
        my ($want) = grep { -e } map { "$data/reports/$image.$db.json$_" }
                     ("", ".gz");
        next unless $want && $input;

        my $rc = run("scan", "--input", $input, "--cache-dir", "$tmp/$db",
                     "--skip-db-update", "--format", "json", "-q");

        ok($rc == 0 && plain(decode_json(slurp("$tmp/out")))
                       eq plain(decode_json(slurp($want))),
           "$image on $db is what Trivy reports");
    }
}


for my $db (qw(fixture real)) {
    my $rc = run("scan", "--input", "$data/images/poly-a.tar.gz",
                 "--cache-dir", "$tmp/$db", "--skip-db-update", "--format",
                 "json", "-q");

    ok($rc == 0
       && plain(undigested(decode_json(slurp("$tmp/out"))))
          eq plain(undigested(decode_json(
                 slurp("$data/reports/poly-a.$db.json.gz")))),
       "poly-a on $db is what Trivy reports");
}


my $layout = "$data/images/alpine-3.20";
my ($first) = map { $_->{digest} }
              @{decode_json(slurp("$layout/index.json"))->{manifests}};

for (["alpine-3.20.3", "\@$first"],
     ["python-alpine-like", ":python:3.12-alpine3.20"])
{
    my ($image, $ref) = @$_;
    my $rc = run("scan", "--input", "$layout$ref", "--cache-dir", "$tmp/real",
                 "--skip-db-update", "--format", "json", "-q");

    ok($rc == 0
       && plain(undigested(decode_json(slurp("$tmp/out"))))
          eq plain(undigested(decode_json(
                 slurp("$data/reports/$image.real.json.gz")))),
       "$image, chosen in a layout, is what Trivy reports");
}


for my $image (qw(debian-buster.real ubuntu-1804.real layers-node.real
                  poly-a.real trivy-it-alpine-310.fixture))
{
    my ($report) = grep { -e } map { "$data/reports/$image.json$_" }
                   ("", ".gz");

    open(my $f, ">", "$tmp/report.json");
    print $f slurp($report);
    close $f;

    for (["table", "txt", "--table", "trivy"], ["sarif", "json"],
         ["gitlab-codequality", "json"], ["junit", "xml"])
    {
        my ($format, $end, @more) = @$_;
        my ($want) = grep { -e } map { "$data/reports/$image.$format.$end$_" }
                     ("", ".gz");

        if (!$want) {
            skip("no $format of $image");
            next;
        }

        run("convert", "$tmp/report.json", "--format", $format, @more,
            "--cache-dir", $tmp, "-q");
        ok(slurp("$tmp/out") eq slurp($want),
           "$format of $image, byte by byte");
    }
}


# what was once reported otherwise

for my $want (glob("$shared/data/cases/scan/*.trivy.json")) {
    (my $case = $want) =~ s/\.trivy\.json$//;

    run("image", "--cache-dir", "$tmp/real", "--skip-db-update", "--input",
        $case, "--format", "json", "-q");
    ok(slurp("$tmp/out") ne ""
       && plain(undigested(decode_json(slurp("$tmp/out"))))
          eq plain(undigested(decode_json(slurp($want)))),
       "the case " . basename($case));
}


# bills of materials that are none, or in an object of their own

sub sbom {
    my ($text, @args) = @_;

    open my $f, ">", "$tmp/bom.json";
    print $f $text;
    close $f;

    return run("sbom", "$tmp/bom.json", "--cache-dir", "$tmp/real",
               "--skip-db-update", "--format", "json", @args);
}


my $spdx = '{"spdxVersion": "%s", "SPDXID": "SPDXRef-DOCUMENT", "packages":
    [{"SPDXID": "SPDXRef-a", "name": "jinja2", "versionInfo": "2.4.1",
      "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER",
                        "referenceType": "purl",
                        "referenceLocator": "pkg:pypi/jinja2@2.4.1"}]}]}';

for my $v ("2.1", "2.2", "2.3") {
    ok(sbom(sprintf($spdx, "SPDX-$v")) == 0
       && slurp("$tmp/out") =~ /jinja2/, "SPDX $v is read");
}

ok(sbom('{"sbom": ' . sprintf($spdx, "SPDX-2.3") . '}') == 0
   && slurp("$tmp/out") =~ /"PkgName": "jinja2"/,
   "so is what GitHub exports");

for my $text (sprintf($spdx, "SPDX-9.9"), sprintf($spdx, "SPDX-3.0"),
              '{"SPDXID": "SPDXRef-DOCUMENT", "packages": []}',
              '{"bomFormat": "CycloneDX", "specVersion": "9.9"}',
              '{"bomFormat": "CycloneDX", "specVersion": "1.8"}',
              '{"bomFormat": "CycloneDX", "specVersion": 1.5}',
              '{"bomFormat": "Other", "specVersion": "1.5"}',
              '{"sbom": {}}', '{"sbom": {"sbom": {}}}', '{}',
              "SPDXVersion: SPDX-9.9\nSPDXID: SPDXRef-DOCUMENT\n")
{
    ok(sbom($text) == 1 && slurp("$tmp/err") =~ /FATAL/,
       "not clean but refused: " . substr($text, 0, 20));
}

# a file that is left out is said, whatever else is

mkdir "$tmp/bad";
mkdir "$tmp/bad/x";
open(my $bad, ">", "$tmp/bad/x/package.json"); print $bad "{]"; close $bad;

run("rootfs", "$tmp/bad", "--cache-dir", "$tmp/real", "--skip-db-update");
ok(slurp("$tmp/err") =~ m{WARN\tLeft out: x/package.json: not valid JSON},
   "a broken file is a warning with its path");
ok(slurp("$tmp/out") =~ /Nothing was scanned/
   && slurp("$tmp/out") =~ /1 file could not be read/,
   "the table says so, and that nothing was scanned");


my $alpine = "$data/images/trivy-it-alpine-310.tar.gz";
my @scan = ("image", "--cache-dir", "$tmp/fixture", "--skip-db-update",
            "--input", $alpine, "-q");

ok(run(@scan, "--exit-code", "7") == 7, "--exit-code when anything is found");
ok(run(@scan, "--exit-code", "7", "--severity", "CRITICAL") == 0,
   "not when nothing is left");
ok(run(@scan, "--vuln-severity-source", "nvd,ghsa", "--severity", "") == 0,
   "an empty list of severities is all of them");
ok(run(@scan, "--exit-code", "7", "--exit-on-eol", "5") == 5,
   "--exit-on-eol comes first");

open(my $f, ">", "$tmp/ignore");
print $f "CVE-2019-1549 exp:2020-01-01\nCVE-2019-1551\n";
close $f;

run(@scan, "--format", "json", "--ignorefile", "$tmp/ignore");
ok(@{decode_json(slurp("$tmp/out"))->{Results}[0]{Vulnerabilities}} == 2,
   "an ignore file leaves out what has not expired");

for (["--severity", "FOO"], ["--severity", "HIGH,"], ["-s", ",HIGH"],
     ["--vuln-severity-source", "bogus"],
     ["--vuln-severity-source", "nvd,"], ["--format", "foo"], ["--nosuch"],
     ["--ignorefile", "$tmp/missing"], ["--pkg-types", "foo"],
     ["--ignore-status", "foo"], ["--format", "template"],
     ["--format", "json", "--output", "$tmp/no/such"])
{
    ok(run(@scan, @$_) == 1, "refused: @$_");
}

ok(run("image", "--cache-dir", "$tmp/none", "--skip-db-update", "--input",
       $alpine) == 1 && slurp("$tmp/err") =~ /first run/,
   "without a database there is no report");

mkdir "$tmp/tree";
mkdir "$tmp/tree/etc";
mkdir "$tmp/tree/lib";
mkdir "$tmp/tree/lib/apk";
mkdir "$tmp/tree/lib/apk/db";
open($f, ">", "$tmp/tree/etc/alpine-release"); print $f "3.10.2\n"; close $f;
open($f, ">", "$tmp/tree/lib/apk/db/installed");
print $f "P:libssl1.1\nV:1.1.1c-r0\nA:x86_64\no:openssl\n\n";
close $f;

run("rootfs", "$tmp/tree", "--cache-dir", "$tmp/fixture", "--skip-db-update",
    "--format", "json", "-q");
ok(@{decode_json(slurp("$tmp/out"))->{Results}[0]{Vulnerabilities}} == 2,
   "a root file system");

for my $case (glob("$data/db/corrupt/*.db.gz")) {
    my $name = basename($case, ".db.gz");

    mkdir "$tmp/$name";
    mkdir "$tmp/$name/db";
    system("gzip -dc '$case' > '$tmp/$name/db/trivy.db'; "
           . "cp '$tmp/fixture/db/metadata.json' '$tmp/$name/db'");

    my $rc = run("image", "--cache-dir", "$tmp/$name", "--skip-db-update",
                 "--input", $alpine);

    ok($rc == 1 && slurp("$tmp/err") =~ /database/,
       "a damaged database is an error: $name");
}

print "1..$n\n";
