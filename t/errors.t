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
error_like('DENIED')



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



=== TEST 8: 500, a file where the tree is to begin
--- config
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
--- user_files
>>> store/docker
not a directory
--- request eval
"POST $::url/blobs/uploads/"
--- error_code_like: ^50[037]$
--- error_log
store/docker
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



=== TEST 13: what is not found is named in the form of registry:2
--- config
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
--- request eval
["GET /v2/a/manifests/x", "GET /v2/a/manifests/" . digest('x'),
 "GET /v2/a/blobs/" . digest('x'), "GET /v2/a/tags/list"]
--- error_code eval
[404, 404, 404, 404]
--- response_headers eval
[("Content-Type: application/json") x 4]
--- response_body_like eval
[qr/"detail":\{"Tag":"x"\}/,
 qr/"detail":\{"Name":"a","Revision":"sha256:2d711642/,
 qr/"detail":"sha256:2d711642/, qr/"detail":\{"name":"a"\}/]



=== TEST 14: what is denied names repository and action
--- config
    deny all;
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
--- request eval
["GET /v2/a/tags/list", "POST /v2/a/blobs/uploads/",
 "DELETE /v2/a/manifests/x", "GET /v2/"]
--- error_code eval
[403, 403, 403, 403]
--- response_headers eval
[("Content-Type: application/json") x 4]
--- response_body_like eval
[qr/"Name":"a","Action":"pull"/, qr/"Name":"a","Action":"push"/,
 qr/"Name":"a","Action":"delete"/, qr/"detail":\[\]/]



=== TEST 15: a range outside has every header once
--- config
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
    registry_cors *;
--- user_files eval
[layer('a', 'here')]
--- request eval
"GET /v2/a/blobs/" . digest('here')
--- more_headers
Range: bytes=10-20
--- error_code: 416
--- raw_response_headers_unlike eval
qr/(Api-Version|Vary):.*\1:|Cache-Control/s



=== TEST 16: a wrong digest is answered with the right one
--- config
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
--- request eval
"POST /v2/a/blobs/uploads/?digest=" . digest('x') . "\nhello"
--- error_code: 400
--- response_body_like: the content is sha256:2cf24dba.*, not sha256:2d711642



=== TEST 17: a manifest without a body
--- config
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
--- request
PUT /v2/a/manifests/x
--- error_code: 400
--- response_body_like: has no body: a manifest is expected



=== TEST 18: a body whose chunks cannot be read, where nobody wants the body
--- config
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
--- raw_request eval
"PATCH $::url/blobs/uploads/$Tally::uuid HTTP/1.1\r\nHost: a\r
Connection: close\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n"
--- error_code: 400
--- response_body_like eval
error_like('[A-Z_]+')



=== TEST 19: who waits for "100 Continue" is refused before the body
--- config
    lingering_timeout 100ms;
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
--- raw_request eval
"PUT $::url/manifests/x HTTP/1.1\r\nHost: a\r\nConnection: close\r
Expect: 100-continue\r\nContent-Length: 5000000\r\n\r\n"
--- error_code: 413
--- response_body_like eval
error_like('MANIFEST_INVALID')



=== TEST 20: a body that another module has put into a file: refused, no crash
--- config
    client_body_buffer_size 1k;
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
    location /v2/ {
        mirror /mirror;
    }
    location = /mirror {
        internal;
        return 204;
    }
--- request eval
["POST $::url/blobs/uploads/?digest=" . digest('x' x 50000) . "\n" . ('x' x 50000),
 "PUT $::url/manifests/x\n" . ('{' x 50000)]
--- error_code eval
[500, 500]
--- response_headers eval
[("Content-Type: application/json") x 2]
--- response_body_like eval
[error_like('UNKNOWN'), error_like('UNKNOWN')]
--- no_error_log eval
['[alert]', '[alert]']



=== TEST 21: a subrequest that claims a body has none: refused, no crash
--- config
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
    location /v2/lab/ {
        mirror /v2/copy/blobs/uploads/;
        mirror_request_body off;
    }
--- request eval
["POST $::url/blobs/uploads/\n12345678", 'GET /v2/']
--- error_code eval
[202, 200]
--- response_headers eval
["", ""]
--- response_body eval
["", '{}']
--- no_error_log eval
['[alert]', '[alert]']



=== TEST 22: a mirror gets the body that the registry gets
--- http_config
    server {
        listen unix:$TEST_NGINX_SERVER_ROOT/html/second.sock;
        registry on;
        registry_sparse on;
        registry_root $TEST_NGINX_SERVER_ROOT/html/second;
    }
--- config
    registry on;
    registry_sparse on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;

    location /v2/ {
        mirror /mirror;
    }

    location = /mirror {
        internal;
        proxy_pass http://unix:$TEST_NGINX_SERVER_ROOT/html/second.sock:$request_uri;
    }

    location /second/ {
        registry off;
        proxy_pass http://unix:$TEST_NGINX_SERVER_ROOT/html/second.sock:/;
    }
--- request eval
my $m = image('config', 'layer');
["POST $::url/blobs/uploads/?digest=" . digest('x' x 5000) . "\n" . ('x' x 5000),
 "PUT $::url/manifests/1\n$m", "GET /second$::url/blobs/" . digest('x' x 5000),
 "GET /second$::url/manifests/1"]
--- more_headers eval
["", "Content-Type: $Tally::oci_manifest", "", ""]
--- error_code eval
[201, 201, 200, 200]
--- response_headers eval
[("Docker-Distribution-Api-Version: registry/2.0") x 4]
--- response_body eval
["", "", 'x' x 5000, image('config', 'layer')]
