use lib 't/lib';
use Test::Nginx::Socket 'no_plan';
use Tally;

our $bytes = 'all at once';
our $d = digest($bytes);
our $uploads = '/v2/lab/app/blobs/uploads/';

run_tests();

__DATA__

=== TEST 1: POST with a digest and a body is the whole push
--- request eval
["POST $::uploads?digest=$::d\n$::bytes", "GET /v2/lab/app/blobs/$::d"]
--- error_code eval
[201, 200]
--- response_headers eval
["Location: /v2/lab/app/blobs/$::d\nDocker-Content-Digest: $::d\nContent-Length: 0",
 "Content-Length: 11"]
--- response_body eval
['', $::bytes]



=== TEST 2: with the digest of something else it leaves nothing
--- request eval
["POST $::uploads?digest=" . digest('x') . "\n$::bytes",
 "GET /v2/lab/app/blobs/$::d", "GET /v2/lab/app/blobs/" . digest('x')]
--- error_code eval
[400, 404, 404]
--- response_body_like eval
[error_like('DIGEST_INVALID'), (error_like('BLOB_UNKNOWN')) x 2]



=== TEST 3: with a digest that is none
--- request eval
["POST $::uploads?digest=sha256:short\n$::bytes",
 "POST $::uploads?digest=\n$::bytes"]
--- error_code eval
[400, 400]



=== TEST 4: sha512
--- request eval
my $d = digest512($::bytes);
["POST $::uploads?digest=$d\n$::bytes", "HEAD /v2/lab/app/blobs/$d"]
--- error_code eval
[201, 200]



=== TEST 5: twice the same
--- request eval
[("POST $::uploads?digest=$::d\n$::bytes") x 2, "GET /v2/lab/app/blobs/$::d"]
--- error_code eval
[201, 201, 200]



=== TEST 6: a chunked body
--- raw_request eval
"POST $::uploads?digest=$::d HTTP/1.1\r\nHost: a\r\nConnection: close\r
Transfer-Encoding: chunked\r\n\r\nb\r\n$::bytes\r\n0\r\n\r\n"
--- error_code: 201



=== TEST 7: the empty blob, closed at once
--- user_files eval
[upload('lab/app', '')]
--- request eval
["PUT $::uploads$Tally::uuid?digest=" . digest(''),
 "HEAD /v2/lab/app/blobs/" . digest('')]
--- error_code eval
[201, 200]
--- response_headers eval
["Content-Length: 0", "Content-Length: 0"]



=== TEST 8: a digest-algorithm that we have, and one that nobody has
--- request eval
["POST $::uploads?digest-algorithm=sha512",
 "POST $::uploads?digest-algorithm=md5"]
--- error_code eval
[202, 400]
