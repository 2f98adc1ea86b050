use lib 't/lib';
use Test::Nginx::Socket 'no_plan';
use Tally;

our $image = image('{}', 'a layer');
our $d = digest('a layer');
our @tree = (layer('lab/app', '{}'), layer('lab/app', 'a layer'),
             tag('lab/app', '1', $image), upload('lab/app', 'part'));
our $url = '/v2/lab/app';

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('registry', '    registry_readonly on;');
    $block->set_value('user_files', [@tree]);
});

run_tests();

__DATA__

=== TEST 1: everything can be read
--- config
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
    registry_readonly on;
--- request eval
["GET /v2/", "GET $::url/manifests/1", "GET $::url/blobs/$::d",
 "GET $::url/tags/list", "GET /v2/_catalog", "GET $::url/referrers/$::d"]
--- error_code eval
[(200) x 6]



=== TEST 2: nothing can be written, not even begun (hazard 10)
--- config
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
    registry_readonly on;
--- request eval
["POST $::url/blobs/uploads/", "POST $::url/blobs/uploads/?mount=$::d&from=a",
 "POST $::url/blobs/uploads/?digest=$::d\na layer",
 "PATCH $::url/blobs/uploads/$Tally::uuid\nmore",
 "PUT $::url/blobs/uploads/$Tally::uuid?digest=$::d",
 "DELETE $::url/blobs/uploads/$Tally::uuid",
 "PUT $::url/manifests/2\n$::image", "DELETE $::url/manifests/1",
 "DELETE $::url/blobs/$::d"]
--- error_code eval
[(405) x 9]
--- response_body_like eval
[(error_like('UNSUPPORTED')) x 9]
