use lib 't/lib';
use Test::Nginx::Socket 'no_plan';
use Tally;

our $bytes = 'the bytes of a blob';
our $d = digest($bytes);
our $d384 = digest384($bytes);
our $d512 = digest512($bytes);
our $none = digest('none');

run_tests();

__DATA__

=== TEST 1: GET answers the bytes and all headers that clients read
--- user_files eval
[layer('lab/app', $::bytes)]
--- request eval
"GET /v2/lab/app/blobs/$::d"
--- response_body chomp
the bytes of a blob
--- response_headers eval
"Content-Type: application/octet-stream
Content-Length: 19
Docker-Content-Digest: $::d
ETag: \"$::d\"
Accept-Ranges: bytes
Cache-Control: max-age=31536000
Docker-Distribution-Api-Version: registry/2.0"



=== TEST 2: HEAD answers the same headers
--- user_files eval
[layer('lab/app', $::bytes)]
--- request eval
"HEAD /v2/lab/app/blobs/$::d"
--- response_body
--- response_headers eval
"Content-Type: application/octet-stream
Content-Length: 19
Docker-Content-Digest: $::d
ETag: \"$::d\"
Accept-Ranges: bytes
Cache-Control: max-age=31536000"



=== TEST 3: a blob that nobody has
--- user_files eval
[layer('lab/app', $::bytes)]
--- request eval
["GET /v2/lab/app/blobs/$::none", "HEAD /v2/lab/app/blobs/$::none"]
--- error_code eval
[404, 404]
--- response_body_like eval
[error_like('BLOB_UNKNOWN'), '^$']



=== TEST 4: a blob of another repository is not there
--- user_files eval
[layer('lab/app', $::bytes), layer('lab/other', 'x')]
--- request eval
["GET /v2/lab/other/blobs/$::d", "GET /v2/lab/app/blobs/$::d"]
--- error_code eval
[404, 200]
--- response_body_like eval
[error_like('BLOB_UNKNOWN'), 'bytes']



=== TEST 5: If-None-Match, quoted, bare, in a list, any
--- user_files eval
[layer('lab/app', $::bytes)]
--- request eval
[("GET /v2/lab/app/blobs/$::d") x 5]
--- more_headers eval
["If-None-Match: \"$::d\"", "If-None-Match: $::d",
 "If-None-Match: \"x\", \"$::d\"", "If-None-Match: *",
 "If-None-Match: \"$::none\""]
--- error_code eval
[304, 304, 304, 304, 200]



=== TEST 6: never gzip, whatever the server says
--- config
    gzip on;
    gzip_min_length 1;
    gzip_types *;
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
--- user_files eval
[layer('lab/app', $::bytes)]
--- request eval
"GET /v2/lab/app/blobs/$::d"
--- more_headers
Accept-Encoding: zstd, gzip, deflate
--- response_headers eval
"! Content-Encoding
Content-Length: 19
ETag: \"$::d\""
--- response_body chomp
the bytes of a blob



=== TEST 7: an empty blob
--- user_files eval
[layer('lab/app', '')]
--- request eval
"GET /v2/lab/app/blobs/" . digest('')
--- response_headers
Content-Length: 0
--- response_body



=== TEST 8: sha512 and sha384, kept under their own digest
--- user_files eval
[layer('lab/app', $::bytes, $::d512), layer('lab/app', $::bytes, $::d384)]
--- request eval
["GET /v2/lab/app/blobs/$::d512", "GET /v2/lab/app/blobs/$::d384"]
--- response_headers eval
["Docker-Content-Digest: $::d512", "Docker-Content-Digest: $::d384"]
--- response_body eval
[$::bytes, $::bytes]



=== TEST 9: a link of docker-registry's that leads to another digest
--- user_files eval
[alias('lab/app', $::bytes, $::d512)]
--- request eval
"GET /v2/lab/app/blobs/$::d512"
--- response_body chomp
the bytes of a blob



=== TEST 10: the link is there, the bytes are gone
--- user_files eval
[linked('lab/app', $::d)]
--- request eval
"GET /v2/lab/app/blobs/$::d"
--- error_code: 404
--- response_body_like eval
error_like('BLOB_UNKNOWN')



=== TEST 11: an empty link and one of garbage are no link
--- user_files eval
[layer('lab/app', $::bytes), linked('lab/empty', $::d, ''),
 linked('lab/junk', $::d, "sha256:junk\n")]
--- request eval
["GET /v2/lab/empty/blobs/$::d", "GET /v2/lab/junk/blobs/$::d"]
--- error_code eval
[404, 404]



=== TEST 12: a folder in the place of the bytes
--- user_files eval
[linked('lab/app', $::d),
 tree_file('blobs/sha256/' . substr($::d, 7, 2) . '/' . substr($::d, 7)
           . '/data/x', '')]
--- request eval
"GET /v2/lab/app/blobs/$::d"
--- error_code: 404



=== TEST 13: DELETE unlinks it here and leaves it elsewhere
--- user_files eval
[layer('lab/app', $::bytes), layer('lab/other', $::bytes)]
--- request eval
["DELETE /v2/lab/app/blobs/$::d", "GET /v2/lab/app/blobs/$::d",
 "GET /v2/lab/other/blobs/$::d", "DELETE /v2/lab/app/blobs/$::d"]
--- error_code eval
[202, 404, 200, 404]
--- response_headers eval
["Content-Length: 0", "Content-Type: application/json",
 "Content-Length: 19", "Content-Type: application/json"]



=== TEST 14: registry_delete off refuses, and says so
--- registry
    registry_delete off;
--- user_files eval
[layer('lab/app', $::bytes)]
--- request eval
["DELETE /v2/lab/app/blobs/$::d", "GET /v2/lab/app/blobs/$::d"]
--- error_code eval
[405, 200]
--- response_body_like eval
[error_like('UNSUPPORTED'), 'bytes']



=== TEST 15: a blob takes no PUT, PATCH or POST
--- request eval
["PUT /v2/lab/app/blobs/$::d\nx", "PATCH /v2/lab/app/blobs/$::d\nx",
 "POST /v2/lab/app/blobs/$::d\nx"]
--- error_code eval
[405, 405, 405]
--- response_body_like eval
[(error_like('UNSUPPORTED')) x 3]



=== TEST 16: the open-file cache does not outlive a delete
--- config
    open_file_cache max=100 inactive=60s;
    open_file_cache_valid 60s;
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
--- user_files eval
[layer('lab/app', $::bytes)]
--- request eval
["GET /v2/lab/app/blobs/$::d", "GET /v2/lab/app/blobs/$::d",
 "DELETE /v2/lab/app/blobs/$::d", "GET /v2/lab/app/blobs/$::d"]
--- error_code eval
[200, 200, 202, 404]
