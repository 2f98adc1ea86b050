use lib 't/lib';
use Test::Nginx::Socket 'no_plan';
use Tally;

our $url = '/v2/lab/app';

add_block_preprocessor(sub {
    my ($block) = @_;

    # every refusal, whoever says it, has these
    if (!defined $block->response_headers && !defined $block->raw_request) {
        $block->set_value('response_headers',
            "Content-Type: application/json\n"
            . "Docker-Distribution-Api-Version: registry/2.0\n");
    }
});

no_long_string();
run_tests();

__DATA__

=== TEST 1: 400, a request that nginx cannot read
--- raw_request eval
"GET /v2/ HTTP/1.1\r\nConnection: close\r\n\r\n"
--- error_code: 400
--- response_body_like eval
error_like('[A-Z_]+')



=== TEST 2: 405, a method that nobody knows
--- raw_request eval
"BREW /v2/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
--- error_code: 405
--- response_body_like eval
error_like('UNSUPPORTED')



=== TEST 3: 405, TRACE
--- raw_request eval
"TRACE /v2/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
--- error_code: 405
--- response_body_like eval
error_like('UNSUPPORTED')



=== TEST 4: 413, more than client_max_body_size where one was set
--- config
    location /v2/lab/ {
        client_max_body_size 10;
    }
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
--- request eval
"POST $::url/blobs/uploads/?digest=" . digest('x' x 20) . "\n" . ('x' x 20)
--- error_code: 413
--- response_body_like eval
error_like('[A-Z_]+')



=== TEST 5: 414, a line too long
--- config
    large_client_header_buffers 2 1k;
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
--- raw_request eval
"GET /v2/" . ('a' x 2000) . " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
--- error_code: 414
--- response_body_like eval
error_like('[A-Z_]+')



=== TEST 6: 400, a header too long (nginx's 494)
--- config
    large_client_header_buffers 2 1k;
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
--- raw_request eval
"GET /v2/ HTTP/1.1\r\nHost: a\r\nX: " . ('a' x 2000) . "\r\nConnection: close\r\n\r\n"
--- error_code_like: ^(400|431)$
--- response_body_like eval
error_like('[A-Z_]+')



=== TEST 7: 403, an address that is denied
--- config
    deny all;
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
--- request
GET /v2/
--- error_code: 403
--- response_body_like eval
error_like('DENIED')



=== TEST 8: 500, a root that is a file
--- config
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/index.html;
--- request eval
"POST $::url/blobs/uploads/"
--- error_code_like: ^50[037]$
--- error_log
index.html
--- response_body_like eval
error_like('(UNKNOWN|UNAVAILABLE)')



=== TEST 9: 501, an encoding that nginx cannot read
--- raw_request eval
"PATCH $::url/blobs/uploads/$Tally::uuid HTTP/1.1\r\nHost: a\r
Connection: close\r\nTransfer-Encoding: gzip\r\n\r\n"
--- error_code: 501
--- response_body_like eval
error_like('[A-Z_]+')



=== TEST 10: 503, where the server returns it
--- config
    return 503;
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
--- request
GET /v2/
--- error_code: 503
--- response_body_like eval
error_like('UNAVAILABLE')



=== TEST 11: two lengths are refused
--- raw_request eval
"PATCH $::url/blobs/uploads/$Tally::uuid HTTP/1.1\r\nHost: a\r
Connection: close\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde"
--- error_code: 400
--- response_body_like eval
error_like('[A-Z_]+')



=== TEST 12: a refusal after which the client goes on sending is still read
--- user_files eval
[upload('lab/app', 'x')]
--- request eval
"PATCH $::url/blobs/uploads/$Tally::uuid\n" . ('y' x 2_000_000)
--- more_headers
Content-Range: 100-2000099
--- error_code: 416
--- response_headers
Range: 0-0
Docker-Distribution-Api-Version: registry/2.0
--- response_body_like eval
error_like('[A-Z_]+')
