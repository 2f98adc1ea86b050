use lib 't/lib';
use Test::Nginx::Socket 'no_plan';
use Tally;

our ($config, $layer) = ('{}', 'a layer');
our $image = image($config, $layer);
our $d = digest($image);
our $d512 = digest512($image);
our @parts = (layer('lab/app', $config), layer('lab/app', $layer));
our $url = '/v2/lab/app/manifests';
our $type = "Content-Type: $oci_manifest";

our $docker = sprintf '{"schemaVersion":2,"mediaType":"%s","config":%s,"layers":[]}',
    $docker_manifest,
    descriptor('application/vnd.docker.container.image.v1+json', $config);

# an image of one config, with more members, and a cache of BuildKit's

sub bare
{
    return sprintf '{"schemaVersion":2,"mediaType":"%s","config":%s%s}',
        $oci_manifest, descriptor('a/b', '{}'), defined $_[0] ? $_[0] : '';
}

sub cache_of
{
    return sprintf '{"schemaVersion":2,"mediaType":"%s","manifests":[%s]}',
        $oci_index, join ',', map {
            descriptor('application/vnd.oci.image.layer.v1.tar+gzip', $_)
        } @_;
}

our $big = bare(',"x-n":123456789012345678901234567890,"y":1e999');
our $odd = bare(',"x":"\\ud800","x":{"a\\u0000":[' . '[' x 500 . ']' x 500
                . ']},"layers":null');
our $cache = cache_of('layerx', '{"layers":[]}')
             =~ s/layer.v1.tar.gzip(?="[^}]*}\])/buildkit.cacheconfig.v0/r;
our $mixed = cache_of($image, 'layerx');

our $elsewhere = cache_of('elsewhere');
our $nan = bare(',"x":NaN');
our $huge = bare() =~ s/"size":2/"size":123456789012345678901234567890/r;
our $nested = bare(',"layers":[' . descriptor($oci_manifest, $image) . ']');
our $as_blob = bare(',"layers":[' . descriptor('a/b', $image) . ']');

run_tests();

__DATA__

=== TEST 1: PUT by tag, GET by tag and by digest, byte for byte
--- user_files eval
[@::parts]
--- request eval
["PUT $::url/1.0\n$::image", "GET $::url/1.0", "GET $::url/$::d"]
--- more_headers eval
[$::type, '', '']
--- error_code eval
[201, 200, 200]
--- response_headers eval
["Location: /v2/lab/app/manifests/$::d\nDocker-Content-Digest: $::d\nContent-Length: 0\n! OCI-Subject",
 ("Content-Type: $Tally::oci_manifest\nDocker-Content-Digest: $::d
ETag: \"$::d\"\nContent-Length: " . length $::image) x 2]
--- response_body eval
['', $::image, $::image]



=== TEST 2: HEAD has everything that containerd resolves a tag by
--- user_files eval
[@::parts, tag('lab/app', '1.0', $::image)]
--- request eval
["HEAD $::url/1.0", "HEAD $::url/$::d"]
--- error_code eval
[200, 200]
--- response_headers eval
[("Content-Type: $Tally::oci_manifest\nDocker-Content-Digest: $::d
ETag: \"$::d\"\nContent-Length: " . length $::image) x 2]



=== TEST 3: PUT by digest, and by one of something else
--- user_files eval
[@::parts]
--- request eval
["PUT $::url/$::d\n$::image", "PUT $::url/" . digest('x') . "\n$::image",
 "GET $::url/$::d", "GET $::url/" . digest('x')]
--- more_headers eval
[$::type, $::type, '', '']
--- error_code eval
[201, 400, 200, 404]
--- response_body_like eval
['^$', error_like('DIGEST_INVALID'), 'schemaVersion',
 error_like('MANIFEST_UNKNOWN')]



=== TEST 4: PUT and GET by sha512
--- user_files eval
[@::parts]
--- request eval
["PUT $::url/$::d512\n$::image", "GET $::url/$::d512"]
--- more_headers eval
[$::type, '']
--- error_code eval
[201, 200]
--- response_headers eval
[("Docker-Content-Digest: $::d512") x 2]



=== TEST 5: unknown tag, digest, repository
--- user_files eval
[@::parts]
--- request eval
["GET $::url/nope", "GET $::url/$::d", "GET /v2/no/such/manifests/1",
 "HEAD $::url/nope"]
--- error_code eval
[404, 404, 404, 404]
--- response_body_like eval
[error_like('MANIFEST_UNKNOWN'), error_like('MANIFEST_UNKNOWN'),
 error_like('(MANIFEST|NAME)_UNKNOWN'), '^$']



=== TEST 6: a layer that is missing is named
--- user_files eval
[layer('lab/app', $::config), layer('lab/other', $::layer)]
--- request eval
"PUT $::url/1.0\n$::image"
--- more_headers eval
$::type
--- error_code_like: ^40[04]$
--- response_body_like eval
my $digest = digest($::layer);
error_like('(MANIFEST_BLOB_UNKNOWN|MANIFEST_INVALID|BLOB_UNKNOWN)');



=== TEST 7: the detail names the digest
--- user_files eval
[layer('lab/app', $::config)]
--- request eval
"PUT $::url/1.0\n$::image"
--- more_headers eval
$::type
--- error_code_like: ^40[04]$
--- response_body_like eval
digest($::layer)



=== TEST 8: registry_sparse on takes it all the same
--- registry
    registry_sparse on;
--- request eval
["PUT $::url/1.0\n$::image", "GET $::url/1.0"]
--- more_headers eval
[$::type, '']
--- error_code eval
[201, 200]



=== TEST 9: a foreign layer with urls need not be here
--- user_files eval
[layer('lab/app', $::config)]
--- request eval
my $m = sprintf '{"schemaVersion":2,"mediaType":"%s","config":%s,"layers":[%s]}',
    $Tally::oci_manifest,
    descriptor('application/vnd.oci.image.config.v1+json', $::config),
    descriptor('application/vnd.oci.image.layer.nondistributable.v1.tar',
               'away', undef, '"urls":["https://example.com/l"]');
"PUT $::url/1.0\n$m"
--- more_headers eval
$::type
--- error_code: 201



=== TEST 10: an index, and an index of an index
--- user_files eval
[@::parts, revision('lab/app', $::image)]
--- request eval
my $index = index_of($::image);
my $outer = sprintf '{"schemaVersion":2,"mediaType":"%s","manifests":[%s]}',
    $Tally::oci_index, descriptor($Tally::oci_index, $index);
["PUT $::url/" . digest($index) . "\n$index", "PUT $::url/all\n$outer",
 "GET $::url/all"]
--- more_headers eval
["Content-Type: $Tally::oci_index", "Content-Type: $Tally::oci_index", '']
--- error_code eval
[201, 201, 200]
--- response_headers eval
['Content-Length: 0', 'Content-Length: 0', "Content-Type: $Tally::oci_index"]



=== TEST 11: an index whose child is not here
--- user_files eval
[@::parts]
--- request eval
"PUT $::url/all\n" . index_of($::image)
--- more_headers eval
"Content-Type: $Tally::oci_index"
--- error_code_like: ^40[04]$
--- response_body_like eval
digest($::image)



=== TEST 12: a Docker manifest keeps its type
--- user_files eval
[@::parts]
--- request eval
["PUT $::url/d\n$::docker", "GET $::url/d"]
--- more_headers eval
["Content-Type: $Tally::docker_manifest", '']
--- error_code eval
[201, 200]
--- response_headers eval
['Content-Length: 0', "Content-Type: $Tally::docker_manifest"]



=== TEST 13: a stored document without a type gets one by its members
--- user_files eval
(my $bare = $::image) =~ s/"mediaType":"[^"]*manifest[^"]*",//;
(my $list = index_of($::image)) =~ s/"mediaType":"[^"]*index[^"]*",//;
[tag('lab/app', 'bare', $bare), tag('lab/app', 'list', $list)]
--- request eval
["GET $::url/bare", "GET $::url/list"]
--- error_code eval
[200, 200]
--- response_headers eval
["Content-Type: $Tally::oci_manifest", "Content-Type: $Tally::oci_index"]



=== TEST 14: what is no manifest
--- user_files eval
[@::parts]
--- request eval
["PUT $::url/x\nnot json", "PUT $::url/x\n[]", "PUT $::url/x\n{}",
 "PUT $::url/x\n" . '{"schemaVersion":3}', "PUT $::url/x\n\"text\"",
 "PUT $::url/x\n" . '{"schemaVersion":2,"mediaType":"text/plain"}']
--- more_headers eval
[($::type) x 6]
--- error_code eval
[(400) x 6]
--- response_body_like eval
[(error_like('MANIFEST_INVALID')) x 6]



=== TEST 15: an empty body
--- request eval
"PUT $::url/x"
--- more_headers eval
$::type
--- error_code: 400
--- response_body_like eval
error_like('MANIFEST_INVALID')



=== TEST 16: schema 1 is refused, and its name is said
--- request eval
"PUT $::url/x\n" . '{"schemaVersion":1,"name":"lab/app","tag":"x","fsLayers":[],"history":[],"signatures":[]}'
--- more_headers
Content-Type: application/vnd.docker.distribution.manifest.v1+prettyjws
--- error_code: 400
--- response_body_like: schema ?1|schemaVersion



=== TEST 17: image and index at once (CVE-2021-41190)
--- user_files eval
[@::parts]
--- request eval
(my $both = $::image) =~ s/\}\z/,"manifests":[]}/;
"PUT $::url/x\n$both"
--- more_headers eval
$::type
--- error_code: 400
--- response_body_like eval
error_like('MANIFEST_INVALID')



=== TEST 18: the type of the header is not that of the document
--- user_files eval
[@::parts]
--- request eval
"PUT $::url/x\n$::image"
--- more_headers eval
"Content-Type: $Tally::docker_manifest"
--- error_code: 400
--- response_body_like eval
error_like('MANIFEST_INVALID')



=== TEST 19: too large: 413 before the body is read, at the configured size
--- registry
    registry_max_manifest_size 1k;
--- user_files eval
[@::parts]
--- request eval
(my $big = $::image) =~ s/\{/'{' . (' ' x 1100)/e;
["PUT $::url/x\n$big", "PUT $::url/x\n$::image"]
--- more_headers eval
[$::type, $::type]
--- error_code eval
[413, 201]
--- response_body_like eval
[error_like('MANIFEST_INVALID'), '^$']



=== TEST 20: too large without a length
--- registry
    registry_max_manifest_size 1k;
--- raw_request eval
my $part = 'x' x 600;
"PUT $::url/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n$::type\r
Transfer-Encoding: chunked\r\n\r\n258\r\n$part\r\n258\r\n$part\r\n0\r\n\r\n"
--- error_code: 413
--- response_body_like eval
error_like('MANIFEST_INVALID')



=== TEST 21: deep nesting is refused and harms nobody
--- user_files eval
[@::parts]
--- request eval
my $deep = ('{"a":' x 100000) . '1' . ('}' x 100000);
(my $m = $::image) =~ s/\}\z/,"x":$deep}/;
["PUT $::url/x\n$m", "GET /v2/"]
--- more_headers eval
[$::type, '']
--- error_code eval
[400, 200]



=== TEST 22: a subject is echoed, whether it is here or not
--- user_files eval
[@::parts]
--- request eval
my $m = image($::config, $::layer,
              '"subject":' . descriptor($Tally::oci_manifest, 'absent'));
"PUT $::url/" . digest($m) . "\n$m"
--- more_headers eval
$::type
--- error_code: 201
--- response_headers eval
"OCI-Subject: " . digest('absent')



=== TEST 23: ?tag= beside a digest sets several tags
--- user_files eval
[@::parts]
--- request eval
["PUT $::url/$::d?tag=one&tag=two\n$::image", "GET $::url/one",
 "GET $::url/two", "GET /v2/lab/app/tags/list"]
--- more_headers eval
[$::type, '', '', '']
--- error_code eval
[201, 200, 200, 200]
--- raw_response_headers_like eval
['(?i)OCI-Tag: ?(one, ?two|one\r\nOCI-Tag: two)', '', '', '']



=== TEST 24: ?tag= with a bad tag sets none
--- user_files eval
[@::parts]
--- request eval
["PUT $::url/$::d?tag=one&tag=.bad\n$::image", "GET $::url/one"]
--- more_headers eval
[$::type, '']
--- error_code eval
[400, 404]



=== TEST 25: a tag is moved by another PUT, the old one stays by digest
--- user_files eval
[@::parts, tag('lab/app', '1.0', $::docker)]
--- request eval
["PUT $::url/1.0\n$::image", "HEAD $::url/1.0", "HEAD $::url/" . digest($::docker)]
--- more_headers eval
[$::type, '', '']
--- error_code eval
[201, 200, 200]
--- response_headers eval
["Docker-Content-Digest: $::d", "Docker-Content-Digest: $::d",
 "Docker-Content-Digest: " . digest($::docker)]



=== TEST 26: If-None-Match of a manifest
--- user_files eval
[tag('lab/app', '1.0', $::image)]
--- request eval
["GET $::url/1.0", "GET $::url/1.0"]
--- more_headers eval
["If-None-Match: \"$::d\"", "If-None-Match: $::d"]
--- error_code eval
[304, 304]



=== TEST 27: a tag whose link is missing, empty, or leads to nothing
--- user_files eval
[tree_file('repositories/lab/app/_manifests/tags/none/index/x', ''),
 tree_file('repositories/lab/app/_manifests/tags/empty/current/link', ''),
 tree_file('repositories/lab/app/_manifests/tags/gone/current/link', $::d)]
--- request eval
["GET $::url/none", "GET $::url/empty", "GET $::url/gone"]
--- error_code eval
[404, 404, 404]
--- response_body_like eval
[(error_like('MANIFEST_UNKNOWN')) x 3]



=== TEST 28: any Accept, or none, gets what is stored
--- user_files eval
[tag('lab/app', '1.0', $::image)]
--- request eval
[("GET $::url/1.0") x 3]
--- more_headers eval
["Accept: */*", "Accept: $Tally::docker_manifest", '']
--- error_code eval
[200, 200, 200]
--- response_headers eval
[("Content-Type: $Tally::oci_manifest") x 3]



=== TEST 29: of very many parts that are unknown a hundred are named
--- request eval
"PUT /v2/lab/app/manifests/many\n" . sprintf
'{"schemaVersion":2,"mediaType":"%s","manifests":[%s]}', $Tally::oci_index,
join ',', map { descriptor($Tally::oci_manifest, "m$_") } 1 .. 101
--- error_code: 400
--- response_body_like eval
'^\{"errors":\[(\{[^{}]*\{[^{}]*\}\},?){100}\]\}$'



=== TEST 30: a media type that is cut within a character is quoted all the same
--- request eval
["PUT /v2/lab/app/manifests/x\n" . '{"schemaVersion":2,"mediaType":"'
 . 'a' x 254 . "\xc3\xa9" . '"}',
 "PUT /v2/lab/app/manifests/x\n" . '{"schemaVersion":2,"mediaType":"'
 . "\xc3\xa9" x 3000 . '"}']
--- error_code eval
[400, 400]
--- response_body_like eval
[(error_like('MANIFEST_INVALID')) x 2]



=== TEST 31: what is not known of a manifest is taken, and kept as it is
--- user_files eval
[layer('lab/app', '{}')]
--- request eval
["PUT $::url/big\n" . $::big, "GET $::url/big", "PUT $::url/odd\n" . $::odd,
 "GET $::url/odd", "PUT $::url/nan\n$::nan", "PUT $::url/size\n$::huge"]
--- error_code eval
[201, 200, 201, 200, 400, 400]
--- response_body_like eval
['^$', "^\Q$::big\E\$", '^$', "^\Q$::odd\E\$", 'not valid JSON near byte',
 'size.* is not of the type']



=== TEST 32: an index of blobs, as BuildKit keeps its cache
--- user_files eval
[layer('lab/app', 'layerx'), layer('lab/app', '{"layers":[]}'),
 layer('lab/else', 'elsewhere'), revision('lab/app', $::image)]
--- request eval
["PUT $::url/cache\n" . $::cache, "GET $::url/cache",
 "PUT $::url/mixed\n" . $::mixed,
 "PUT $::url/else\n" . $::elsewhere]
--- error_code eval
[201, 200, 201, 400]
--- response_body_like eval
['^$', 'buildkit.cacheconfig', '^$', error_like('MANIFEST_BLOB_UNKNOWN')]



=== TEST 33: a layer that is a manifest of the repository
--- user_files eval
[layer('lab/app', '{}'), revision('lab/app', $::image)]
--- request eval
["PUT $::url/nested\n$::nested", "PUT $::url/nested\n$::as_blob"]
--- error_code eval
[201, 400]



=== TEST 34: JSON that was pushed as a blob is no manifest, whatever it says
--- user_files eval
[layer('lab/app', $::image), layer('lab/app', $::config)]
--- request eval
["GET $::url/$::d", "HEAD $::url/$::d", "PUT $::url/1\n$::image",
 "GET $::url/$::d", "GET /v2/lab/app/blobs/$::d"]
--- more_headers eval
['', '', $::type, '', '']
--- error_code eval
[404, 404, 400, 404, 200]
--- response_body_like eval
[error_like('MANIFEST_UNKNOWN'), '^$', error_like('MANIFEST_BLOB_UNKNOWN'),
 error_like('MANIFEST_UNKNOWN'), 'schemaVersion']



=== TEST 35: registry 2.1.0 linked manifests as layers: a tag makes them one
--- user_files eval
[layer('lab/app', $::image),
 map { tree_file("repositories/lab/app/_manifests/tags/old/$_/link", $::d) }
     'current', "index/sha256/" . substr($::d, 7)]
--- request eval
["GET $::url/old", "GET $::url/$::d"]
--- error_code eval
[200, 200]
--- response_body eval
[($::image) x 2]
