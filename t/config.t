use lib 't/lib';
use Test::Nginx::Socket 'no_plan';
use Tally;

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('request', "GET /v2/") if !defined $block->request;
});

run_tests();

__DATA__

=== TEST 1: registry takes on and off
--- config
    registry maybe;
--- must_die
--- error_log
[emerg]
"registry" directive



=== TEST 2: a flag that is none
--- config
    registry on;
    registry_delete 1;
--- must_die
--- error_log
[emerg]
registry_delete



=== TEST 3: a size of manifests that is none, too small, too large
--- config
    registry on;
    registry_max_manifest_size 0;
--- must_die
--- error_log
[emerg]
"registry_max_manifest_size" must be between



=== TEST 4: too large
--- config
    registry on;
    registry_max_manifest_size 65m;
--- must_die
--- error_log
[emerg]
"registry_max_manifest_size" must be between



=== TEST 5: a time that is none
--- config
    registry on;
    registry_upload_timeout soon;
--- must_die
--- error_log
[emerg]
registry_upload_timeout



=== TEST 6: a thread pool that nobody defined
--- config
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
    registry_thread_pool nowhere;
--- must_die
--- error_log
[emerg]
nowhere



=== TEST 7: a thread pool that is defined
--- main_config
    thread_pool disks threads=4;
--- config
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
    registry_thread_pool disks;
--- error_code: 200



=== TEST 8: an origin that is none
--- config
    registry on;
    registry_cors ui.example.com;
--- must_die
--- error_log
[emerg]
invalid origin "ui.example.com" in "registry_cors"



=== TEST 9: a directive twice
--- config
    registry on;
    registry_root /a;
    registry_root /b;
--- must_die
--- error_log
[emerg]
"registry_root" directive is duplicate



=== TEST 10: two registries in one nginx
--- http_config
    server {
        listen unix:$TEST_NGINX_SERVER_ROOT/html/second.sock;
        registry on;
        registry_root $TEST_NGINX_SERVER_ROOT/html/second;
    }
--- config
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;

    location /second/ {
        registry off;
        proxy_pass http://unix:$TEST_NGINX_SERVER_ROOT/html/second.sock:/;
    }
--- user_files eval
[layer('lab/app', 'here')]
--- request eval
["GET /v2/_catalog", "GET /second/v2/_catalog",
 "GET /v2/lab/app/blobs/" . digest('here'),
 "GET /second/v2/lab/app/blobs/" . digest('here')]
--- error_code eval
[200, 200, 200, 404]



=== TEST 11: settings are inherited, and may be changed, by a location
--- config
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;

    location /v2/locked/ {
        registry_readonly on;
    }
--- request eval
["POST /v2/locked/a/blobs/uploads/", "POST /v2/open/a/blobs/uploads/"]
--- error_code eval
[405, 202]



=== TEST 12: a root that is a file
--- config
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/index.html;
--- must_die
--- error_log
[emerg]
is not a directory: name the one that holds



=== TEST 13: a root with a variable
--- config
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/$host;
--- must_die
--- error_log
[emerg]
"registry_root" takes no variables



=== TEST 14: an empty root
--- config
    registry on;
    registry_root "";
--- must_die
--- error_log
[emerg]
"registry_root" is empty



=== TEST 15: a kind of mount that is none
--- config
    registry on;
    registry_mount maybe;
--- must_die
--- error_log
[emerg]
in "registry_mount", it must be



=== TEST 16: pages that are too small, too large
--- config
    registry on;
    registry_max_entries 0;
--- must_die
--- error_log
[emerg]
"registry_max_entries" must be between



=== TEST 17: too large
--- config
    registry on;
    registry_max_entries 100001;
--- must_die
--- error_log
[emerg]
"registry_max_entries" must be between



=== TEST 18: uploads for ever; the root is made at start all the same
--- config
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/made;
    registry_upload_timeout 0;
--- request
POST /v2/a/blobs/uploads/
--- error_code: 202



=== TEST 19: numbers that are none, or too large, are told their range
--- config
    registry on;
    registry_max_manifest_size 1g;
--- must_die
--- error_log
"registry_max_manifest_size" must be between 1 and 64m, not "1g"



=== TEST 20: a time with a word behind it
--- config
    registry on;
    registry_upload_timeout 7days;
--- must_die
--- error_log
"registry_upload_timeout" must be 0 (for ever) or between 1s and 3650d, such as "12h" or "7d", not "7days"



=== TEST 21: a number of entries that is none
--- config
    registry on;
    registry_max_entries -5;
--- must_die
--- error_log
"registry_max_entries" must be between 1 and 100000, not "-5"



=== TEST 22: the largest of each
--- config
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
    registry_max_entries 100000;
    registry_max_manifest_size 64m;
    registry_upload_timeout 3650d;
--- error_code: 200



=== TEST 23: a cache that is too small, or no size
--- config
    registry on;
    registry_cache 10k;
--- must_die
--- error_log
[emerg]
invalid value "10k" in "registry_cache"



=== TEST 24: a cache without a size
--- config
    registry on;
    registry_cache on;
--- must_die
--- error_log
[emerg]
invalid value "on" in "registry_cache"



=== TEST 25: with and without a cache, manifests are the same
--- config
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
    registry_cache 64k;

    location /v2/plain/ {
        registry_cache off;
    }
--- user_files eval
[tag('lab/app', '1', '{"schemaVersion":2}'), tag('plain/app', '1', '{"schemaVersion":2}')]
--- request eval
[map { ("GET /v2/lab/app/manifests/1", "GET /v2/plain/app/manifests/1") } 1 .. 3]
--- error_code eval
[(200) x 6]
--- response_body eval
[('{"schemaVersion":2}') x 6]
