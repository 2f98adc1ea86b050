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



=== TEST 3: mount from one that does not exist or cannot: an upload begins
--- request eval
["POST $::uploads?mount=$::d&from=no/such",
 "POST $::uploads?mount=$::d&from=../..", "POST $::uploads?mount=$::d&from=",
 "POST $::uploads?mount=$::d&from=Other_Repo..",
 "POST $::uploads?mount=$::d&from=" . 'a' x 300]
--- error_code eval
[202, 202, 202, 202, 202]
--- raw_response_headers_like eval
[('Location: /v2/lab/app/blobs/uploads/[0-9a-f-]{36}') x 5]



=== TEST 4: registry_mount any: without "from" a blob of this root is found
--- registry
    registry_mount any;
--- user_files eval
[layer('lab/source', $::bytes)]
--- request eval
["POST $::uploads?mount=$::d", "GET /v2/lab/app/blobs/$::d"]
--- error_code eval
[201, 200]



=== TEST 5: and an upload begins when there is none
--- registry
    registry_mount any;
--- request eval
"POST $::uploads?mount=$::d"
--- error_code: 202



=== TEST 6: registry_mount from, the default: not without "from"
--- user_files eval
[layer('lab/source', $::bytes)]
--- request eval
["POST $::uploads?mount=$::d", "GET /v2/lab/app/blobs/$::d",
 "POST $::uploads?mount=$::d&from=lab/source"]
--- error_code eval
[202, 404, 201]



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



=== TEST 9: a digest that is none: an upload begins
--- request eval
["POST $::uploads?mount=sha256:short&from=lab/source",
 "POST $::uploads?mount=&from=lab/source", "POST $::uploads?mount=md5:1",
 "POST $::uploads?mount=$::d%00&from=lab/source"]
--- error_code eval
[202, 202, 202, 202]
--- raw_response_headers_like eval
[('Location: /v2/lab/app/blobs/uploads/[0-9a-f-]{36}') x 4]




=== TEST 10: what "deny all" hides is not mounted by its digest alone
--- config
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;

    location /v2/secret/ {
        deny all;
    }
--- user_files eval
[layer('secret/app', $::bytes)]
--- request eval
["GET /v2/secret/app/blobs/$::d", "POST $::uploads?mount=$::d",
 "GET /v2/lab/app/blobs/$::d"]
--- error_code eval
[403, 202, 404]
