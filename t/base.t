use lib 't/lib';
use Test::Nginx::Socket 'no_plan';
use Tally;

run_tests();

__DATA__

=== TEST 1: GET /v2/ answers an empty object and the version of the API
--- request
GET /v2/
--- response_body chomp
{}
--- response_headers
Content-Type: application/json
Content-Length: 2
Docker-Distribution-Api-Version: registry/2.0



=== TEST 2: HEAD /v2/ has the same headers and no body
--- request
HEAD /v2/
--- response_body
--- response_headers
Content-Type: application/json
Content-Length: 2
Docker-Distribution-Api-Version: registry/2.0



=== TEST 3: GET / answers 200 and is not to be cached
--- request
GET /
--- response_headers
Cache-Control: no-cache
Docker-Distribution-Api-Version: registry/2.0



=== TEST 4: a page that is none is JSON as well
--- request
GET /no/such/page
--- error_code: 404
--- response_headers
Content-Type: application/json
Docker-Distribution-Api-Version: registry/2.0
--- response_body_like eval
error_like('[A-Z_]+')



=== TEST 5: /v2/ takes no POST, and says what it takes
--- request
POST /v2/
x
--- error_code: 405
--- response_headers
Content-Type: application/json
Docker-Distribution-Api-Version: registry/2.0
--- raw_response_headers_like: Allow: .*GET
--- response_body_like eval
error_like('UNSUPPORTED')



=== TEST 6: "registry off" leaves nginx as it is
--- config
    location /off/ {
        registry off;
        return 200 "plain\n";
    }
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
--- request
GET /off/
--- response_headers
! Docker-Distribution-Api-Version
--- response_body
plain



=== TEST 7: gzip and a default type of the server do not reach the API
--- config
    gzip on;
    gzip_min_length 1;
    gzip_types *;
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
--- request
GET /v2/
--- more_headers
Accept-Encoding: gzip
--- response_headers
! Content-Encoding
Content-Length: 2
--- response_body chomp
{}



=== TEST 8: three requests on one connection
--- pipelined_requests eval
["GET /v2/", "GET /v2/nothing/tags/list", "GET /v2/"]
--- error_code eval
[200, 404, 200]
