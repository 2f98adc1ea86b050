#!/usr/bin/perl
#
# tally's other formats against Trivy's reports and goldens in the shared data,
# the independent matcher's findings, and bills of materials read again: bare,
# in an envelope, in a bundle.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(basename dirname);
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use JSON::PP;
use MIME::Base64 qw(encode_base64);

my $top = abs_path(dirname(__FILE__) . "/../..");
my $tally = abs_path($ENV{TALLY} || "$top/build/tally");
my $shared = abs_path($ENV{TALLY_SHARED} || "$top/../shared") || "";
my $data = "$shared/data/scan";
my $n = 0;

sub skip_all { print "1..0 # SKIP $_[0]\n"; exit 0 }

skip_all("no shared data") unless -d "$data/reports";
skip_all("no tally") unless $tally && -x $tally;

my $tmp = tempdir("tally-golden-XXXXXX", TMPDIR => 1, CLEANUP => 1);
my $json = JSON::PP->new->canonical;

# what Trivy's templates and GitHub's snapshot take from the environment

$ENV{AWS_ACCOUNT_ID} = "123456789012";
$ENV{AWS_REGION} = "us-east-1";
delete @ENV{grep { /^(GITHUB_|TRIVY_)/ } keys %ENV};


sub ok {
    my ($good, $name) = @_;

    $n++;
    print(($good ? "ok" : "not ok"), " $n - $name\n");
    return $good;
}


sub same {
    my ($got, $want, $name) = @_;
    my ($i, @g, @w);

    return if ok($got eq $want, $name);

    @g = split /\n/, $got;
    @w = split /\n/, $want;
    for ($i = 0; $i < @g && $i < @w && $g[$i] eq $w[$i]; $i++) { }
    print "# line ", $i + 1, ", got:  ", substr($g[$i] // "", 0, 300), "\n";
    print "# line ", $i + 1, ", want: ", substr($w[$i] // "", 0, 300), "\n";
}


sub find { my ($path) = @_; return grep { -e } ($path, "$path.gz") }


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


sub spew {
    my ($file, $text) = @_;

    open my $f, ">", $file or die "$file: $!";
    print $f $text;
    close $f;
}


sub run {
    my (@args) = @_;

    system("timeout 120 '$tally' " . join(" ", map { "'$_'" } @args)
           . " > $tmp/out 2> $tmp/err");
    return $? >> 8;
}


# random ids, dates: the exceptions that the data's README names

sub masked {
    my ($text) = @_;

    $text =~ s/[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[0-9a-f]{4}-
               [0-9a-f]{12}/UUID/gx;
    $text =~ s/20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?/DATE/g;

    return $text;
}


# the page around the table is our own, and we look for no misconfigurations

sub html_table
{
    my ($table) = $_[0] =~ m{(<table>.*</table>)}s;

    $table =~ s{\s*<tr><th [^\n]*No Misconfigurations found</th></tr>}{}g;
    return $table;
}


# bom-refs that are UUIDs give way to what they stand for

sub bom {
    my ($doc) = @_;
    my %ref;

    my $id = sub { return $ref{$_[0]} // $_[0] };

    delete @$doc{qw(serialNumber)};
    delete $doc->{metadata}{timestamp};

    for my $c ($doc->{metadata}{component}, @{$doc->{components}}) {
        my %rest = %$c;
        my $own = delete $rest{"bom-ref"};

        $ref{$own} = $json->encode(\%rest) if $own =~ /^[0-9a-f-]{36}$/;
        $c->{"bom-ref"} = $id->($own);
    }

    for my $d (@{$doc->{dependencies}}) {
        $d->{ref} = $id->($d->{ref});
        $d->{dependsOn} = [sort map { $id->($_) } @{$d->{dependsOn}}];
    }

    # of several sources, Trivy's order of hashing says which one is named

    for my $v (@{$doc->{vulnerabilities}}) {
        delete $v->{source} if @{$v->{affects}} > 1;
        $_->{ref} = $id->($_->{ref}) for @{$v->{affects}};
        $v->{affects} = [sort map { $json->encode($_) } @{$v->{affects}}];
    }

    for my $part (qw(components dependencies vulnerabilities)) {
        $doc->{$part} = [sort map { $json->encode($_) } @{$doc->{$part}}];
    }

    return JSON::PP->new->canonical->pretty->encode($doc);
}


# a finding with what does not depend on where the image lies

sub finding {
    my ($result, $v, @less) = @_;
    my %rest = %$v;

    $rest{PkgIdentifier} = { %{$rest{PkgIdentifier}} };
    delete $rest{PkgIdentifier}{$_} for qw(UID BOMRef);
    $rest{PkgIdentifier}{PURL} =~ s/\barch=[^&]*&// if @less
                                                      && $less[0] eq "arch";
    delete @rest{qw(Fingerprint Layer), @less};

    return "$result->{Type} " . JSON::PP->new->canonical->encode(\%rest)
           . "\n";
}


sub findings {
    my ($report, @less) = @_;

    return join "", sort map {
        my $r = $_;
        map { finding($r, $_, @less) } @{$r->{Vulnerabilities} || []}
    } @{$report->{Results} || []};
}


for my $db (qw(fixture real)) {
    mkdir "$tmp/$db";
    ok(run("db", "import", "$data/db/trivy-$db.db.tar.gz", "--cache-dir",
           "$tmp/$db") == 0, "the database \"$db\" is imported");
}


my @reports = qw(debian-buster.real ubuntu-1804.real layers-node.real
                 poly-a.real trivy-it-alpine-310.fixture);

for my $image (@reports) {
    my ($report) = find("$data/reports/$image.json");

    spew("$tmp/report.json", slurp($report));

    for (["spdx-json", "spdx.json"], ["spdx", "spdx.txt"],
         ["cosign-vuln", "cosign-vuln.json"], ["github", "github.json"],
         ["gitlab", "gitlab.json"], ["asff", "asff.json"],
         ["html", "html.html"], ["cyclonedx", "cyclonedx.json"],
         ["table", "table-high-critical.txt", "--severity", "HIGH,CRITICAL"],
         ["table", "table-ignore-unfixed.txt", "--ignore-unfixed"])
    {
        my ($format, $end, @more) = @$_;
        my ($want) = find("$data/reports/$image.$end");

        push @more, "--table", "trivy" if $format eq "table";
        run("convert", "$tmp/report.json", "--format", $format, @more,
            "--cache-dir", $tmp, "-q");

        my ($g, $w) = map { masked($_) } slurp("$tmp/out"), slurp($want);

        ($g, $w) = map { html_table($_) } $g, $w if $format eq "html";

        if ($format eq "cyclonedx") {
            ($g, $w) = map { bom(JSON::PP->new->decode($_)) }
                       slurp("$tmp/out"), slurp($want);
        }

        same($g, $w, "$end of $image is Trivy's");
    }

    for my $end (qw(junit gitlab gitlab-codequality html asff)) {
        my $by_name;

        run("convert", "$tmp/report.json", "--format", $end, "--cache-dir",
            $tmp, "-q");
        $by_name = masked(slurp("$tmp/out"));
        run("convert", "$tmp/report.json", "--format", "template",
            "--template", "\@contrib/$end.tpl", "--cache-dir", $tmp, "-q");
        same(masked(slurp("$tmp/out")), $by_name,
             "template contrib/$end.tpl is the format $end, of $image");
    }
}


for my $template ("\@contrib/other.tpl", "\@table.tpl", "\@json.tpl",
                  "{{ . }}", "\@html.txt")
{
    ok(run("convert", "$tmp/report.json", "--format", "template",
           "--template", $template, "--cache-dir", $tmp) == 1
       && slurp("$tmp/err") =~ /none of those built in/,
       "template $template is refused, with those that there are");
}


# Trivy's goldens: the same file name, the same environment

make_path("$tmp/testdata/fixtures/images");
symlink "$data/images/trivy-it-alpine-310.tar.gz",
        "$tmp/testdata/fixtures/images/alpine-310.tar.gz" or die;
chdir $tmp or die;

$ENV{AWS_REGION} = "test-region";
$ENV{GITHUB_REF} = "/ref/feature-1";
$ENV{GITHUB_SHA} = "39da54a1ff04120a31df8cbc94ce9ede251d21a3";
$ENV{GITHUB_JOB} = "integration";
$ENV{GITHUB_RUN_ID} = "1910764383";
$ENV{GITHUB_WORKFLOW} = "workflow-name";

for my $format (qw(asff gitlab-codequality gitlab gsbom html json junit
                   sarif))
{
    my $want = slurp("$data/golden/alpine-310.$format.golden");
    my $name = $format eq "gsbom" ? "github" : $format;

    run("image", "--input", "testdata/fixtures/images/alpine-310.tar.gz",
        "--cache-dir", "$tmp/fixture", "--skip-db-update", "-q", "--format",
        $name, "--list-all-pkgs=false");

    my ($g, $w) = map { masked($_) } slurp("$tmp/out"), $want;

    if ($format eq "json") {
        ($g, $w) = map { findings(decode_json($_)) } slurp("$tmp/out"), $want;

    } elsif ($format eq "html") {
        ($g, $w) = map { html_table($_) } $g, $w;
    }

    # the image of the data has another tag than Trivy's own

    for ($g, $w) {
        s{(RepoTag": |imageName": |repoTags": \[\s*)"[^"]*"}{$1"TAG"}g;
    }

    same($g, $w, "golden alpine-310.$format");
}

chdir "/" or die;


for my $golden (glob("$data/golden/*.json.golden")) {
    my $name = basename($golden, ".json.golden");
    my $image = $name =~ s/-ignore-unfixed$//r;
    my @more = $image ne $name ? "--ignore-unfixed" : ();

    next if $image eq "alpine-310";

    run("image", "--input", "$data/images/$image.tar.gz", "--cache-dir",
        "$tmp/fixture", "--skip-db-update", "-q", "--format", "json", @more);

    # Ubuntu's image was rebuilt from a list without architectures

    same(findings(decode_json(slurp("$tmp/out")), "arch"),
         findings(decode_json(slurp($golden)), "arch"), "golden $name");
}


# the findings of a matcher that is not Trivy's

my ($layout) = "$data/images/alpine-3.20";
my ($first) = map { $_->{digest} }
              @{decode_json(slurp("$layout/index.json"))->{manifests}};
my %input = ("alpine-3.20.3" => "$layout\@$first",
             "python-alpine-like" => "$layout:python:3.12-alpine3.20",
             "fanal-image3" => "$data/images/fanal-image3_gz_layers.tar");

for my $tsv (glob("$data/expected/*.real.tsv")) {
    my $name = basename($tsv, ".real.tsv");
    my (@got, @want);

    run("image", "--input", $input{$name} || "$data/images/$name.tar.gz",
        "--cache-dir", "$tmp/real", "--skip-db-update", "-q", "--format",
        "json");

    for my $r (@{decode_json(slurp("$tmp/out"))->{Results} || []}) {
        push @got, join "\t", @$_{qw(VulnerabilityID PkgName
                                     InstalledVersion)},
                              $_->{FixedVersion} // "",
                              @$_{qw(Status Severity)}
            for @{$r->{Vulnerabilities} || []};
    }

    push @want, join "\t", (split /\t/, $_, -1)[0 .. 5]
        for grep { /\S/ } split /\n/, slurp($tsv);

    same(join("\n", sort @got), join("\n", sort @want), "expected/$name");
}


# a bill of materials gives its image's findings again; SPDX has no place for
# the path of a package, so that equal ones fall together

sub sbom {
    my ($verb, $file, $db) = @_;

    run($verb, $file, "--cache-dir", "$tmp/$db", "--skip-db-update", "-q",
        "--format", "json") == 0 or return "";
    return decode_json(slurp("$tmp/out"));
}


sub once { my %seen; return join "", grep { !$seen{$_}++ } sort @_ }


for my $image (@reports) {
    my $db = $image =~ s/.*\.//r;
    my ($report) = find("$data/reports/$image.json");
    my $want = decode_json(slurp($report));

    for my $end (qw(cyclonedx.json spdx.json spdx.txt)) {
        my ($from) = find("$data/reports/$image.$end");
        my ($type) = $end =~ /^(\w+)/;
        my @less = $end =~ /spdx/ ? qw(PkgID PkgPath) : qw(PkgID);

        spew("$tmp/bom.$end", slurp($from));

        my $got = sbom("scan", "$tmp/bom.$end", $db);

        # without Trivy's notes, a library has no type of its own, and there
        # is more than one place that reads rules for it

        same(once(split /^/, findings($got, @less)),
             once(split /^/, findings($want, @less)),
             "findings of $image from its $end") if $end ne "spdx.txt"
                                                    || $image !~ /poly/;
        ok($got->{ArtifactType} eq $type
           && ($end eq "spdx.txt" || $got->{Metadata}{ImageID}
                                     eq $want->{Metadata}{ImageID}),
           "$end of $image names its image");
    }
}


my ($cdx) = find("$data/reports/layers-node.real.cyclonedx.json");
my ($spdx) = find("$data/reports/layers-node.real.spdx.json");

spew("$tmp/cdx.json", slurp($cdx));
spew("$tmp/spdx.json", slurp($spdx));

for (["cdx", "https://cyclonedx.org/bom"],
     ["spdx", "https://spdx.dev/Document"], ["data", ""])
{
    my ($name, $type) = @$_;
    my $file = $name eq "data" ? "cdx" : $name;
    my $predicate = decode_json(slurp("$tmp/$file.json"));
    my $want = findings(sbom("sbom", "$tmp/$file.json", "real"));

    if ($name eq "data") {
        $predicate = { Data => $predicate, Timestamp => "" };
        $type = "https://cyclonedx.org/schema";
    }

    my $statement = { _type => "https://in-toto.io/Statement/v0.1",
                      predicateType => $type, subject => [],
                      predicate => $predicate };
    my $envelope = { payloadType => "application/vnd.in-toto+json",
                     payload => encode_base64(encode_json($statement), ""),
                     signatures => [] };
    my $other = { %$envelope, payload => encode_base64(
                      '{"predicateType":"other","predicate":{}}', "") };

    spew("$tmp/envelope", encode_json($envelope));
    spew("$tmp/bundle", encode_json({
        mediaType => "application/vnd.dev.sigstore.bundle.v0.3+json",
        dsseEnvelope => $envelope }));
    spew("$tmp/lines", encode_json($other) . "\n" . encode_json($envelope)
                       . "\n");
    spew("$tmp/other", encode_json($other));

    for my $how (qw(envelope bundle lines)) {
        my $got = sbom("sbom", "$tmp/$how", "real");

        same($got ? findings($got) : "", $want, "$name in $how");
    }

    ok(run("sbom", "$tmp/other", "--cache-dir", "$tmp/real",
           "--skip-db-update") == 1
       && slurp("$tmp/err") =~ /statement of type "other"/,
       "an attestation of something else is refused");
}


# a bill of materials needs no database

ok(run("scan", "$tmp/cdx.json", "--format", "spdx-json", "--cache-dir",
       "$tmp/none", "--skip-db-update", "-q") == 0
   && !grep({ ($_->{referenceCategory} // "") eq "SECURITY" }
            map { @{$_->{externalRefs} || []} }
            @{decode_json(slurp("$tmp/out"))->{packages}}),
   "SPDX without --scanners is made without a database");
run("scan", "$tmp/cdx.json", "--format", "spdx-json", "--cache-dir",
    "$tmp/real", "--skip-db-update", "-q", "--scanners", "vuln");
ok(slurp("$tmp/out") =~ /"SECURITY"/, "with --scanners vuln it has advisories");

print "1..$n\n";
