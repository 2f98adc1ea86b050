use lib 't/lib';
use Test::Nginx::Socket 'no_plan';
use Tally;

our $url = "/v2/lab/app/blobs/uploads/$uuid";
our $whole = 'first part, second part';
our $d = digest($whole);
our $d512 = digest512($whole);

run_tests();

__DATA__

=== TEST 1: POST opens an upload
--- request
POST /v2/lab/app/blobs/uploads/
--- error_code: 202
--- response_headers
Content-Length: 0
Range: 0-0
Docker-Distribution-Api-Version: registry/2.0
--- raw_response_headers_like eval
qr{Location: /v2/lab/app/blobs/uploads/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\r\n(?s:.*)Docker-Upload-UUID: \1\r}



=== TEST 2: GET tells how far an upload is
--- user_files eval
[upload('lab/app', 'first part')]
--- request eval
"GET $::url"
--- error_code: 204
--- response_headers eval
"Range: 0-9
Location: $::url
Docker-Upload-UUID: $Tally::uuid"



=== TEST 3: an upload that nobody opened
--- request eval
["GET $::url", "PATCH $::url\nx", "PUT $::url?digest=$::d", "DELETE $::url"]
--- error_code eval
[(404) x 4]
--- response_body_like eval
[(error_like('BLOB_UPLOAD_UNKNOWN')) x 4]



=== TEST 4: the upload of another repository is unknown here
--- user_files eval
[upload('lab/other', 'first part')]
--- request eval
["GET $::url", "PATCH $::url\nx"]
--- error_code eval
[404, 404]



=== TEST 5: an upload of docker-registry's, with no hash state, goes on
--- user_files eval
[upload('lab/app', 'first part')]
--- request eval
["PATCH $::url\n, second part", "PUT $::url?digest=$::d",
 "GET /v2/lab/app/blobs/$::d"]
--- error_code eval
[202, 201, 200]
--- response_headers eval
["Range: 0-22\nLocation: $::url\nContent-Length: 0",
 "Location: /v2/lab/app/blobs/$::d\nDocker-Content-Digest: $::d\nContent-Length: 0",
 "Content-Length: 23"]
--- response_body eval
['', '', $::whole]



=== TEST 6: PATCH with the right Content-Range
--- user_files eval
[upload('lab/app', 'first part')]
--- request eval
["PATCH $::url\n, second part", "GET $::url"]
--- more_headers eval
["Content-Range: 10-22", ""]
--- error_code eval
[202, 204]
--- response_headers eval
["Range: 0-22", "Range: 0-22"]



=== TEST 7: PATCH with a gap answers 416 and the true range, and may go on
--- user_files eval
[upload('lab/app', 'first part')]
--- request eval
["PATCH $::url\nsecond part", "PATCH $::url\nagain", "GET $::url",
 "PATCH $::url\n, second part", "PUT $::url?digest=$::d"]
--- more_headers eval
["Content-Range: 12-22", "Content-Range: 0-4", "", "Content-Range: 10-22", ""]
--- error_code eval
[416, 416, 204, 202, 201]
--- response_headers eval
["Range: 0-9\nLocation: $::url", "Range: 0-9", "Range: 0-9", "Range: 0-22",
 "Docker-Content-Digest: $::d"]



=== TEST 8: a Content-Range that is not as long as the body
--- user_files eval
[upload('lab/app', 'first part')]
--- request eval
["PATCH $::url\n, second part", "PATCH $::url\nx", "GET $::url"]
--- more_headers eval
["Content-Range: 10-15", "Content-Range: nonsense", ""]
--- error_code eval
[400, 416, 204]
--- response_headers eval
["Content-Type: application/json", "Content-Type: application/json",
 "Range: 0-9"]



=== TEST 9: PUT closes with a last body
--- user_files eval
[upload('lab/app', 'first part')]
--- request eval
["PUT $::url?digest=$::d\n, second part", "GET /v2/lab/app/blobs/$::d",
 "GET $::url"]
--- error_code eval
[201, 200, 404]
--- response_body_like eval
['^$', "^$::whole\$", error_like('BLOB_UPLOAD_UNKNOWN')]



=== TEST 10: PUT at a wrong offset is 416 and leaves the upload as it was
--- user_files eval
[upload('lab/app', 'first part')]
--- request eval
["PUT $::url?digest=$::d\n, second part", "GET $::url",
 "PUT $::url?digest=$::d\n, second part"]
--- more_headers eval
["Content-Range: 5-17", "", "Content-Range: 10-22"]
--- error_code eval
[416, 204, 201]
--- response_headers eval
["Range: 0-9", "Range: 0-9", "Docker-Content-Digest: $::d"]



=== TEST 11: PUT with another digest leaves nothing
--- user_files eval
[upload('lab/app', 'first part')]
--- request eval
["PUT $::url?digest=$::d", "GET /v2/lab/app/blobs/$::d",
 "GET /v2/lab/app/blobs/" . digest('first part')]
--- error_code eval
[400, 404, 404]
--- response_body_like eval
[error_like('DIGEST_INVALID'), error_like('BLOB_UNKNOWN'),
 error_like('BLOB_UNKNOWN')]



=== TEST 12: PUT with no digest, and with one that is none
--- user_files eval
[upload('lab/app', 'first part')]
--- request eval
["PUT $::url", "PUT $::url?digest=sha256:short", "PUT $::url?digest=md5:x",
 "GET $::url"]
--- error_code eval
[400, 400, 400, 204]
--- response_headers eval
["Content-Type: application/json", "Content-Type: application/json",
 "Content-Type: application/json", "Range: 0-9"]



=== TEST 13: sha512 that nobody announced is known at the closing PUT
--- user_files eval
[upload('lab/app', 'first part')]
--- request eval
["PATCH $::url\n, second part", "PUT $::url?digest=$::d512",
 "GET /v2/lab/app/blobs/$::d512"]
--- error_code eval
[202, 201, 200]
--- response_headers eval
["Range: 0-22", "Docker-Content-Digest: $::d512",
 "Docker-Content-Digest: $::d512"]



=== TEST 14: a digest that is percent-encoded, behind another parameter
--- user_files eval
[upload('lab/app', $::whole)]
--- request eval
(my $e = $::d) =~ s/:/%3A/;
"PUT $::url?_state=x%26y&digest=$e"
--- error_code: 201



=== TEST 15: DELETE cancels
--- user_files eval
[upload('lab/app', 'first part')]
--- request eval
["DELETE $::url", "GET $::url", "DELETE $::url"]
--- error_code eval
[204, 404, 404]



=== TEST 16: a chunked body
--- user_files eval
[upload('lab/app', 'first part')]
--- raw_request eval
"PATCH $::url HTTP/1.1\r\nHost: a\r\nConnection: close\r
Transfer-Encoding: chunked\r\n\r\n2\r\n, \r\nb\r\nsecond part\r\n0\r\n\r\n"
--- error_code: 202
--- response_headers
Range: 0-22



=== TEST 17: a body in drops
--- user_files eval
[upload('lab/app', '')]
--- raw_request eval
["PATCH $::url HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 6\r\n\r\n",
 "a", "b", "c", "d", "e", "f"]
--- raw_request_middle_delay: 0.05
--- error_code: 202
--- response_headers
Range: 0-5



=== TEST 18: a body of 3 MB, larger than any buffer
--- user_files eval
[upload('lab/app', '')]
--- request eval
$::big = 'x' x 3_000_000;
["PATCH $::url\n$::big", "PUT $::url?digest=" . digest($::big),
 "HEAD /v2/lab/app/blobs/" . digest($::big)]
--- error_code eval
[202, 201, 200]
--- response_headers eval
["Range: 0-2999999", "Content-Length: 0", "Content-Length: 3000000"]



=== TEST 19: an upload that is too old is gone
--- registry
    registry_upload_timeout 1h;
--- user_files eval
[upload('lab/app', 'first part', 7200), upload('lab/young', 'first part', 1800)]
--- request eval
["GET $::url", "GET /v2/lab/young/blobs/uploads/$Tally::uuid"]
--- error_code eval
[404, 204]



=== TEST 20: an upload without a time is unknown
--- user_files eval
[tree_file("repositories/lab/app/_uploads/$Tally::uuid/data", 'first part')]
--- request eval
"GET $::url"
--- error_code: 404
--- response_body_like eval
error_like('BLOB_UPLOAD_UNKNOWN')



=== TEST 21: a hash state that does not fit the bytes is not believed
--- user_files eval
[upload('lab/app', 'first part'),
 tree_file("repositories/lab/app/_uploads/$Tally::uuid/hashstates/sha256/10",
           'sha' . "\x03" . ("\0" x 96) . pack('NN', 0, 10))]
--- request eval
["PATCH $::url\n, second part", "PUT $::url?digest=$::d"]
--- error_code eval
[202, 201]
