use lib 't/lib';
use Test::Nginx::Socket 'no_plan';
use Tally;

our $bytes = 'to be shared';
our $d = digest($bytes);
our $uploads = '/v2/lab/app/blobs/uploads/';

run_tests();

__DATA__

=== TEST 1: mount from a repository that has it
--- user_files eval
[layer('lab/source', $::bytes)]
--- request eval
["POST $::uploads?mount=$::d&from=lab/source", "GET /v2/lab/app/blobs/$::d"]
--- error_code eval
[201, 200]
--- response_headers eval
["Location: /v2/lab/app/blobs/$::d\nDocker-Content-Digest: $::d\nContent-Length: 0",
 "Content-Length: 12"]



=== TEST 2: mount from one that has it not opens an upload
--- user_files eval
[layer('lab/source', 'other')]
--- request eval
["POST $::uploads?mount=$::d&from=lab/source", "GET /v2/lab/app/blobs/$::d"]
--- error_code eval
[202, 404]
--- raw_response_headers_like eval
['Location: /v2/lab/app/blobs/uploads/[0-9a-f-]{36}', '']



=== TEST 3: mount from one that does not exist, and from no name
--- request eval
["POST $::uploads?mount=$::d&from=no/such",
 "POST $::uploads?mount=$::d&from=../..", "POST $::uploads?mount=$::d&from="]
--- error_code eval
[202, 400, 400]



=== TEST 4: mount without "from" finds a blob of this root
--- user_files eval
[layer('lab/source', $::bytes)]
--- request eval
["POST $::uploads?mount=$::d", "GET /v2/lab/app/blobs/$::d"]
--- error_code eval
[201, 200]



=== TEST 5: and opens an upload when there is none
--- request eval
"POST $::uploads?mount=$::d"
--- error_code: 202



=== TEST 6: registry_mount from: without "from" there is no mount
--- registry
    registry_mount from;
--- user_files eval
[layer('lab/source', $::bytes)]
--- request eval
["POST $::uploads?mount=$::d", "POST $::uploads?mount=$::d&from=lab/source"]
--- error_code eval
[202, 201]



=== TEST 7: registry_mount off: never
--- registry
    registry_mount off;
--- user_files eval
[layer('lab/source', $::bytes)]
--- request eval
["POST $::uploads?mount=$::d", "POST $::uploads?mount=$::d&from=lab/source"]
--- error_code eval
[202, 202]



=== TEST 8: a link whose bytes are gone is not mounted
--- user_files eval
[linked('lab/source', $::d)]
--- request eval
"POST $::uploads?mount=$::d&from=lab/source"
--- error_code: 202



=== TEST 9: a digest that is none
--- request eval
"POST $::uploads?mount=sha256:short&from=lab/source"
--- error_code: 400
--- response_body_like eval
error_like('DIGEST_INVALID')
