use lib 't/lib';
use Test::Nginx::Socket 'no_plan';
use Tally;

our $m = '{"schemaVersion":2}';

run_tests();

__DATA__

=== TEST 1: no CORS unless it is asked for
--- request
GET /v2/
--- more_headers
Origin: https://ui.example.com
--- response_headers
! Access-Control-Allow-Origin



=== TEST 2: an origin that is allowed, and one that is not
--- registry
    registry_cors https://ui.example.com https://other.example.com;
--- request eval
["GET /v2/", "GET /v2/", "GET /v2/"]
--- more_headers eval
["Origin: https://ui.example.com", "Origin: https://evil.example.com", ""]
--- error_code eval
[200, 200, 200]
--- response_headers eval
["Access-Control-Allow-Origin: https://ui.example.com\nVary: Origin",
 "! Access-Control-Allow-Origin", "! Access-Control-Allow-Origin"]



=== TEST 3: a page may read the headers that it needs
--- registry
    registry_cors https://ui.example.com;
--- user_files eval
[tag('lab/app', '1', $::m)]
--- request
GET /v2/lab/app/manifests/1
--- more_headers
Origin: https://ui.example.com
--- raw_response_headers_like: Access-Control-Expose-Headers: .*Docker-Content-Digest



=== TEST 4: preflight
--- registry
    registry_cors https://ui.example.com;
--- request
OPTIONS /v2/lab/app/manifests/1
--- more_headers
Origin: https://ui.example.com
Access-Control-Request-Method: DELETE
Access-Control-Request-Headers: authorization
--- error_code_like: ^20[04]$
--- response_headers
Access-Control-Allow-Origin: https://ui.example.com
--- raw_response_headers_like: Access-Control-Allow-Methods: .*DELETE



=== TEST 5: preflight needs no password, the request itself does
--- config
    auth_basic "registry";
    auth_basic_user_file $TEST_NGINX_SERVER_ROOT/html/users;
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
    registry_cors https://ui.example.com;
--- user_files
>>> users
bob:{PLAIN}secret
--- request eval
["OPTIONS /v2/lab/app/manifests/1", "GET /v2/"]
--- more_headers eval
[("Origin: https://ui.example.com\nAccess-Control-Request-Method: GET") x 2]
--- error_code eval
[204, 401]
--- response_headers eval
[("Access-Control-Allow-Origin: https://ui.example.com") x 2]



=== TEST 6: any origin
--- registry
    registry_cors *;
--- request
GET /v2/
--- more_headers
Origin: https://any.example.com
--- raw_response_headers_like: Access-Control-Allow-Origin: (\*|https://any.example.com)



=== TEST 7: errors carry it as well
--- registry
    registry_cors https://ui.example.com;
--- request
GET /v2/no/such/tags/list
--- more_headers
Origin: https://ui.example.com
--- error_code: 404
--- response_headers
Access-Control-Allow-Origin: https://ui.example.com



=== TEST 8: a location with a handler of its own answers OPTIONS itself
--- http_config
    server {
        listen unix:$TEST_NGINX_SERVER_ROOT/html/app.sock;
        return 200 "the app: $request_method";
    }
--- config
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
    registry_cors https://ui.example.com;

    location /app/ {
        proxy_pass http://unix:$TEST_NGINX_SERVER_ROOT/html/app.sock;
    }
--- request eval
["OPTIONS /app/x", "OPTIONS /v2/"]
--- more_headers eval
[("Origin: https://ui.example.com\nAccess-Control-Request-Method: GET") x 2]
--- error_code eval
[200, 204]
--- response_headers eval
["! Access-Control-Allow-Methods",
 "Access-Control-Allow-Origin: https://ui.example.com"]
--- response_body eval
["the app: OPTIONS", ""]
