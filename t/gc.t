use Test::Nginx::Socket;
use lib 't/lib';

repeat_each(1);
plan(tests => 2 * blocks());
no_shuffle();
run_tests();

__DATA__

=== TEST 1: an interval that is none
--- config
    registry_gc soon;
--- must_die
--- error_log
invalid value "soon" in "registry_gc": it is "off" or the time between two collections, such as "24h"



=== TEST 2: no time at all
--- config
    registry_gc 0;
--- must_die
--- error_log
invalid value "0" in "registry_gc"



=== TEST 3: a grace period that is none
--- config
    registry_gc 1h grace=0;
--- must_die
--- error_log
invalid parameter "grace=0" in "registry_gc": there are grace=TIME (1s or more), rate=OBJECTS a second, and untagged



=== TEST 4: a rate that is none
--- config
    registry_gc 1h rate=fast;
--- must_die
--- error_log
invalid parameter "rate=fast" in "registry_gc"



=== TEST 5: an unknown parameter
--- config
    registry_gc 1h everything;
--- must_die
--- error_log
invalid parameter "everything" in "registry_gc"



=== TEST 6: twice
--- config
    registry_gc 1h;
    registry_gc 2h;
--- must_die
--- error_log
"registry_gc" directive is duplicate



=== TEST 7: one store, collected in two ways
--- config
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;

    location /v2/a/ {
        registry on;
        registry_gc 1h;
    }

    location /v2/b/ {
        registry on;
        registry_gc 2h;
    }
--- must_die
--- error_log
is set in two ways



=== TEST 8: all parameters, and inheritance
--- config
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
    registry_gc 1h grace=2h rate=100 untagged;

    location /v2/b/ {
        registry_gc off;
    }
--- request
    GET /v2/
--- response_body chomp
{}
