use lib 't/lib';
use Test::Nginx::Socket 'no_plan';
use Tally;

our ($config, $layer) = ('{}', 'a layer');
our $subject = image($config, $layer);
our $d = digest($subject);
our @parts = (layer('lab/app', $config), layer('lab/app', $layer));


# a document that refers to the subject

sub referrer
{
    my ($type) = @_;

    return image($config, $layer, sprintf
        '"artifactType":"%s","subject":%s,"annotations":{"k":"%s"}', $type,
        descriptor($oci_manifest, $subject), $type);
}

# two that do not fit on one page, in the order of their digests

our @large = sort { digest($a) cmp digest($b) }
             map { referrer($_ x 1_500_000) } 'a', 'b';

our ($sig, $sbom) = (referrer('text/sig'), referrer('text/sbom'));

run_tests();

__DATA__

=== TEST 1: nothing refers: an empty index, never 404
--- request eval
["GET /v2/lab/app/referrers/$::d", "GET /v2/no/such/referrers/$::d"]
--- error_code eval
[200, 200]
--- response_headers eval
[("Content-Type: $Tally::oci_index") x 2]
--- response_body_like eval
[('"manifests":\[\]') x 2]



=== TEST 2: what was pushed with a subject is listed, with its type and notes
--- user_files eval
[@::parts, tag('lab/app', '1', $::subject)]
--- request eval
["PUT /v2/lab/app/manifests/" . digest($::sig) . "\n$::sig",
 "GET /v2/lab/app/referrers/$::d"]
--- more_headers eval
["Content-Type: $Tally::oci_manifest", '']
--- error_code eval
[201, 200]
--- response_headers eval
["OCI-Subject: $::d", "Content-Type: $Tally::oci_index"]
--- response_body_like eval
['^$', '"digest":"' . digest($::sig) . '"']



=== TEST 3: the descriptor is complete
--- user_files eval
[@::parts, revision('lab/app', $::sig)]
--- request eval
"GET /v2/lab/app/referrers/$::d"
--- response_body_like eval
my $size = length $::sig;
qr{^(?=.*"artifactType":"text/sig")(?=.*"size":$size\b)(?=.*"k":"text/sig").*"schemaVersion":2|^.*"schemaVersion":2(?=.*"artifactType":"text/sig")(?=.*"size":$size\b)(?=.*"k":"text/sig")}s



=== TEST 4: what docker-registry brought in is found as well
--- user_files eval
[@::parts, tag('lab/app', '1', $::subject), revision('lab/app', $::sig),
 tag('lab/app', 'sbom', $::sbom)]
--- request eval
"GET /v2/lab/app/referrers/$::d"
--- response_body_like eval
my ($a, $b) = (digest($::sig), digest($::sbom));
qr{(?s)(?=.*$a)(?=.*$b)}
--- response_headers
! OCI-Filters-Applied



=== TEST 5: a filter by artifactType
--- user_files eval
[@::parts, revision('lab/app', $::sig), revision('lab/app', $::sbom)]
--- request eval
["GET /v2/lab/app/referrers/$::d?artifactType=text/sig",
 "GET /v2/lab/app/referrers/$::d?artifactType=text%2Fsbom",
 "GET /v2/lab/app/referrers/$::d?artifactType=none"]
--- error_code eval
[200, 200, 200]
--- response_headers eval
[("OCI-Filters-Applied: artifactType") x 3]
--- response_body_unlike eval
[digest($::sbom), digest($::sig), 'digest']



=== TEST 6: a digest that is none
--- request eval
["GET /v2/lab/app/referrers/sha256:short", "GET /v2/lab/app/referrers/tag"]
--- error_code eval
[400, 400]
--- response_body_like eval
[error_like('DIGEST_INVALID'), error_like('DIGEST_INVALID')]



=== TEST 7: a referrer that is deleted is listed no longer
--- user_files eval
[@::parts, revision('lab/app', $::sig), revision('lab/app', $::sbom)]
--- request eval
["GET /v2/lab/app/referrers/$::d",
 "DELETE /v2/lab/app/manifests/" . digest($::sig),
 "GET /v2/lab/app/referrers/$::d"]
--- error_code eval
[200, 202, 200]
--- response_body_like eval
[digest($::sig), '^$', '^(?!.*' . digest($::sig) . ').*' . digest($::sbom)]



=== TEST 8: the referrers of a fallback tag
--- user_files eval
(my $tag = $::d) =~ s/:/-/;
my $fallback = sprintf
    '{"schemaVersion":2,"mediaType":"%s","manifests":[%s]}',
    $Tally::oci_index, descriptor($Tally::oci_manifest, $::sig, undef,
                                  '"artifactType":"text/sig"');
[@::parts, revision('lab/app', $::sig), tag('lab/app', $tag, $fallback)]
--- request eval
"GET /v2/lab/app/referrers/$::d"
--- response_body_like eval
my $sig = digest($::sig);
qr{^(?!.*$sig.*$sig).*$sig}s



=== TEST 9: another repository has none of it
--- user_files eval
[@::parts, revision('lab/app', $::sig), tag('lab/other', '1', $::subject)]
--- request eval
"GET /v2/lab/other/referrers/$::d"
--- response_body_like: "manifests":\[\]



=== TEST 10: more than a client takes for a manifest comes in pages
--- user_files eval
[@::parts, map { revision('lab/app', $_) } @::large]
--- request eval
["GET /v2/lab/app/referrers/$::d",
 "GET /v2/lab/app/referrers/$::d?last=" . digest($::large[0]),
 "GET /v2/lab/app/referrers/$::d?last=" . digest($::large[1]),
 "GET /v2/lab/app/referrers/$::d?last=nothing"]
--- error_code eval
[200, 200, 200, 400]
--- response_headers eval
["Link: </v2/lab/app/referrers/$::d?last=" . digest($::large[0])
 . '>; rel="next"', '!Link', '!Link', '!Link']
--- response_body_like eval
['"digest":"' . digest($::large[0]) . '"[^{]+\{"k":"\w+"\}\}\]\}$',
 '"digest":"' . digest($::large[1]) . '"[^{]+\{"k":"\w+"\}\}\]\}$',
 '"manifests":\[\]', error_like('DIGEST_INVALID')]
