use lib 't/lib';
use Test::Nginx::Socket 'no_plan';
use Tally;

run_tests();

__DATA__

=== TEST 1: limit_req: 429 is TOOMANYREQUESTS
--- http_config
    limit_req_zone $server_name zone=slow:1m rate=1r/m;
    limit_req_status 429;
--- config
    limit_req zone=slow;
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
--- pipelined_requests eval
["GET /v2/", "GET /v2/"]
--- error_code eval
[200, 429]
--- raw_response_headers_like eval
['', 'Retry-After: [1-9]']
--- response_body_like eval
['^\{\}$', error_like('TOOMANYREQUESTS')]
--- no_error_log
[alert]



=== TEST 2: limit_req: 503 is UNAVAILABLE
--- http_config
    limit_req_zone $server_name zone=slow:1m rate=1r/m;
--- config
    limit_req zone=slow;
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
--- pipelined_requests eval
["GET /v2/", "GET /v2/"]
--- error_code eval
[200, 503]
--- raw_response_headers_like eval
['', 'Retry-After: [1-9]']
--- response_body_like eval
['^\{\}$', error_like('UNAVAILABLE')]
--- no_error_log
[alert]



=== TEST 3: limit_except of a location
--- config
    location /v2/ {
        limit_except GET {
            deny all;
        }
    }
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
--- request eval
["GET /v2/", "POST /v2/a/blobs/uploads/"]
--- error_code eval
[200, 403]
--- response_body_like eval
['^\{\}$', error_like('DENIED')]
