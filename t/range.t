use lib 't/lib';
use Test::Nginx::Socket 'no_plan';
use Tally;

our $bytes = CORE::join '', map { sprintf '%04d', $_ } 0 .. 499;   # 2000 bytes
our $d = digest($bytes);
our $url = "GET /v2/lab/app/blobs/$d";

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('user_files', [layer('lab/app', $bytes)]);
});

run_tests();

__DATA__

=== TEST 1: a part in the middle
--- request eval
$::url
--- more_headers
Range: bytes=500-1499
--- error_code: 206
--- response_headers
Content-Range: bytes 500-1499/2000
Content-Length: 1000
--- response_body eval
substr($::bytes, 500, 1000)



=== TEST 2: from an offset to the end, the last bytes, all of it
--- request eval
[($::url) x 3]
--- more_headers eval
['Range: bytes=500-', 'Range: bytes=-500', 'Range: bytes=0-']
--- error_code eval
[206, 206, 206]
--- response_headers eval
['Content-Range: bytes 500-1999/2000', 'Content-Range: bytes 1500-1999/2000',
 'Content-Range: bytes 0-1999/2000']
--- response_body eval
[substr($::bytes, 500), substr($::bytes, 1500), $::bytes]



=== TEST 3: an end behind the end is cut
--- request eval
$::url
--- more_headers
Range: bytes=1990-5000
--- error_code: 206
--- response_headers
Content-Range: bytes 1990-1999/2000
--- response_body eval
substr($::bytes, 1990)



=== TEST 4: nothing of it is there: 416 with the size, as JSON
--- request eval
[$::url, $::url]
--- more_headers eval
['Range: bytes=5000-10000', 'Range: bytes=2000-']
--- error_code eval
[416, 416]
--- response_headers eval
[("Content-Range: bytes */2000\nContent-Type: application/json
Docker-Distribution-Api-Version: registry/2.0") x 2]
--- response_body_like eval
[error_like('[A-Z_]+'), error_like('[A-Z_]+')]



=== TEST 5: a range that is none is no reason to refuse the whole
--- request eval
$::url
--- more_headers
Range: lines=1-2
--- error_code: 200
--- response_headers
Content-Length: 2000



=== TEST 6: several parts
--- request eval
$::url
--- more_headers
Range: bytes=0-3,100-103
--- error_code: 206
--- raw_response_headers_like: Content-Type: multipart/byteranges; boundary=
--- response_body_like eval
qr/Content-Range: bytes 0-3\/2000\r\n\r\n0000\r\n.*Content-Range: bytes 100-103\/2000\r\n\r\n0025\r\n/s



=== TEST 7: many overlapping parts do not make more than the whole
--- request eval
$::url
--- more_headers eval
'Range: bytes=' . CORE::join(',', ('0-') x 500)
--- error_code: 200
--- response_headers
Content-Length: 2000



=== TEST 8: If-Range with the digest, and with another
--- request eval
[$::url, $::url]
--- more_headers eval
["Range: bytes=0-9\nIf-Range: \"$::d\"",
 "Range: bytes=0-9\nIf-Range: \"sha256:other\""]
--- error_code eval
[206, 200]



=== TEST 9: numbers as long as a line
--- request eval
$::url
--- more_headers eval
'Range: bytes=' . ('9' x 100) . '-' . ('9' x 100)
--- error_code: 416
--- response_body_like eval
error_like('[A-Z_]+')



=== TEST 10: HEAD with a range has no body
--- request eval
"HEAD /v2/lab/app/blobs/$::d"
--- more_headers
Range: bytes=0-9
--- error_code: 206
--- response_headers
Content-Length: 10
--- response_body



=== TEST 11: 1,024 ranges, 18 KiB, as podman asks for the parts it lacks
--- request eval
$::url
--- more_headers eval
'Range: bytes=' . CORE::join ',', map { sprintf '%08d-%08d', $_, $_ } 0 .. 1023
--- error_code: 206
--- raw_response_headers_like: Content-Type: multipart/byteranges
--- response_body_like eval
'^(?:\s+--\d+\s+Content-Type: \S+\s+Content-Range: bytes (\d+)-\1/2000\s+\d){1024}\s+--\d+--\s*$'
