use lib 't/lib';
use Test::Nginx::Socket 'no_plan';
use Tally;

our $bob = 'Authorization: Basic ' . 'Ym9iOnNlY3JldA==';
our $bad = 'Authorization: Basic ' . 'Ym9iOndyb25n';
our $d = digest('whole');

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('config', <<'_EOC_') if !defined $block->config;
    auth_basic "registry";
    auth_basic_user_file $TEST_NGINX_SERVER_ROOT/html/users;
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
_EOC_

    $block->set_value('user_files', [['users', "bob:{PLAIN}secret\n"]]);
});

run_tests();

__DATA__

=== TEST 1: no password: 401 as docker wants it
--- config
    auth_basic "registry";
    auth_basic_user_file $TEST_NGINX_SERVER_ROOT/html/users;
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
--- request
GET /v2/
--- error_code: 401
--- response_headers
Content-Type: application/json
Docker-Distribution-Api-Version: registry/2.0
WWW-Authenticate: Basic realm="registry"
--- response_body_like eval
error_like('UNAUTHORIZED')



=== TEST 2: a wrong one, the right one
--- config
    auth_basic "registry";
    auth_basic_user_file $TEST_NGINX_SERVER_ROOT/html/users;
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
--- request eval
["GET /v2/", "GET /v2/"]
--- more_headers eval
[$::bad, $::bob]
--- error_code eval
[401, 200]
--- response_body_like eval
[error_like('UNAUTHORIZED'), '^\{\}$']



=== TEST 3: nothing is written without it, and a large body still gets its answer
--- config
    auth_basic "registry";
    auth_basic_user_file $TEST_NGINX_SERVER_ROOT/html/users;
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
--- request eval
my $big = 'z' x 2_000_000;
["POST /v2/lab/app/blobs/uploads/?digest=" . digest($big) . "\n$big",
 "HEAD /v2/lab/app/blobs/" . digest($big)]
--- more_headers eval
['', $::bob]
--- error_code eval
[401, 404]



=== TEST 4: a push with the password
--- config
    auth_basic "registry";
    auth_basic_user_file $TEST_NGINX_SERVER_ROOT/html/users;
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
--- request eval
["POST /v2/lab/app/blobs/uploads/?digest=$::d\nwhole",
 "GET /v2/lab/app/blobs/$::d"]
--- more_headers eval
[$::bob, $::bob]
--- error_code eval
[201, 200]



=== TEST 5: the password is in no log
--- config
    auth_basic "registry";
    auth_basic_user_file $TEST_NGINX_SERVER_ROOT/html/users;
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
--- request
GET /v2/lab/app/tags/list
--- more_headers eval
$::bob
--- error_code: 404
--- log_level: info
--- no_error_log
secret
Ym9iOnNlY3JldA



=== TEST 6: auth_request answers for somebody else
--- config
    location = /ask {
        registry off;
        internal;
        return 403;
    }
    auth_request /ask;
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
--- request
GET /v2/
--- error_code: 403
--- response_headers
Content-Type: application/json
--- response_body_like eval
error_like('DENIED')
