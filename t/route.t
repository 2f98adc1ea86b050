use lib 't/lib';
use Test::Nginx::Socket 'no_plan';
use Tally;

our $bytes = 'content';
our $d = digest($bytes);

no_long_string();
run_tests();

__DATA__

=== TEST 1: a name may contain the words of the API
--- user_files eval
[layer('blobs/tags/list/manifests', $::bytes)]
--- request eval
"GET /v2/blobs/tags/list/manifests/blobs/$::d"
--- response_body chomp
content



=== TEST 2: a name of one letter, and separators inside
--- user_files eval
[layer('a', $::bytes), layer('a/b.c_d__e-f---g', $::bytes)]
--- request eval
["GET /v2/a/blobs/$::d", "GET /v2/a/b.c_d__e-f---g/blobs/$::d"]
--- error_code eval
[200, 200]



=== TEST 3: names that are none
--- request eval
my @bad = ('Upper', 'a/Upper', '_layers', 'a/_uploads', '.a', 'a.', 'a..b',
           'a___b', 'a-', '-a', 'a/-b', "a\%20b", 'a%5Cb');
[map { "GET /v2/$_/tags/list" } @bad]
--- error_code eval
[(400) x 13]
--- response_body_like eval
[(error_like('NAME_INVALID')) x 13]



=== TEST 4: a name is at most 255 long
--- request eval
["GET /v2/" . ('a' x 255) . "/tags/list",
 "GET /v2/" . ('a' x 256) . "/tags/list",
 "GET /v2/" . CORE::join('/', ('a' x 63) x 4) . "/tags/list",
 "GET /v2/" . CORE::join('/', ('a' x 63) x 4) . "a/tags/list"]
--- error_code eval
[404, 400, 404, 400]



=== TEST 5: nothing climbs out of the store
--- user_files
>>> secret
hidden
--- request eval
["GET /v2/%2e%2e/%2e%2e/tags/list",
 "GET /v2/a/%2e%2e/%2e%2e/secret/tags/list",
 "GET /v2/a%2f..%2f../blobs/$::d",
 "GET /v2/a/blobs/sha256:..%2f..%2fsecret",
 "GET /v2/a/blobs/uploads/..%2f..%2fx",
 "GET /v2/a/manifests/..%2f..%2fsecret"]
--- error_code eval
[(400) x 6]
--- response_body_like eval
[(error_like('[A-Z_]+')) x 6]



=== TEST 6: slashes that nginx would merge do not make a name
--- request eval
["GET /v2/a//b/tags/list", "GET /v2//a/tags/list"]
--- error_code eval
[400, 400]
--- response_body_like eval
[error_like('[A-Z_]+'), error_like('[A-Z_]+')]



=== TEST 7: digests that are none
--- request eval
my @bad = ('sha256:short', 'sha256:' . ('A' x 64), 'sha256:' . ('g' x 64),
           'sha256:' . ('a' x 65), 'md5:' . ('a' x 32), 'sha256:',
           'sha512:' . ('a' x 64), 'sha256' . ('a' x 64), ':');
[map { "GET /v2/a/blobs/$_" } @bad]
--- error_code eval
[(400) x 9]
--- response_body_like eval
[(error_like('DIGEST_INVALID')) x 9]



=== TEST 8: tags that are none are unknown, and digests are told
--- request eval
my @bad = ('.dot', '-dash', 'a' x 129, 'a%20b', 'sha256:abc');
[map { "GET /v2/a/manifests/$_" } @bad]
--- error_code eval
[404, 404, 404, 404, 400]
--- response_body_like eval
[(error_like('MANIFEST_UNKNOWN')) x 4, error_like('DIGEST_INVALID')]



=== TEST 9: a tag of 128 letters of every kind
--- user_files eval
[tag('a', 'T_.-' . ('x' x 124), '{"schemaVersion":2}')]
--- request eval
"HEAD /v2/a/manifests/T_.-" . ('x' x 124)



=== TEST 10: an upload's id that is none
--- request eval
["GET /v2/a/blobs/uploads/none", "PATCH /v2/a/blobs/uploads/1234\nx",
 "DELETE /v2/a/blobs/uploads/" . ('z' x 36),
 "GET /v2/a/blobs/uploads/" . uc($Tally::uuid)]
--- error_code eval
[404, 404, 404, 404]
--- response_body_like eval
[(error_like('BLOB_UPLOAD_(UNKNOWN|INVALID)')) x 4]



=== TEST 11: /blobs/uploads without its slash is the same place
--- request
POST /v2/a/blobs/uploads
--- error_code: 202
--- raw_response_headers_like: Location: /v2/a/blobs/uploads/[0-9a-f-]{36}



=== TEST 12: a query cannot split the answer
--- user_files eval
[map { tag('a', "t$_", '{"schemaVersion":2}') } 1 .. 3]
--- request
GET /v2/a/tags/list?n=1&last=%0d%0aX-Evil:%20yes
--- error_code: 200
--- response_headers
! X-Evil



=== TEST 13: a zero byte in a name is refused by nginx, and that is JSON
--- request eval
"GET /v2/a\%00b/tags/list"
--- error_code: 400
--- response_body_like eval
error_like('[A-Z_]+')



=== TEST 14: one slash too many leads to the page, as in registry:2
--- user_files eval
[tag('a', '1', '{"schemaVersion":2}'), layer('a', 'x')]
--- request eval
["GET /v2/_catalog/", "GET /v2/_catalog/?n=1&last=b", "GET /v2/a/tags/list/",
 "HEAD /v2/a/manifests/1/", "GET /v2/a/blobs/" . digest('x') . "/",
 "GET /v2/a%2Db/tags/list/?x=/"]
--- error_code eval
[301, 301, 301, 301, 301, 301]
--- response_headers eval
["Location: /v2/_catalog", "Location: /v2/_catalog?n=1&last=b",
 "Location: /v2/a/tags/list", "Location: /v2/a/manifests/1",
 "Location: /v2/a/blobs/" . digest('x'), "Location: /v2/a%2Db/tags/list?x=/"]



=== TEST 15: a slash behind what is no page, or for what writes, leads nowhere
--- request eval
["GET /v2/A/tags/list/", "GET /v2/a/nothing/", "PUT /v2/a/manifests/1/",
 "GET //example.com/v2/_catalog/", "GET /v2/a/tags/list//"]
--- error_code eval
[404, 404, 404, 404, 404]
--- raw_response_headers_unlike eval
[('Location') x 5]
