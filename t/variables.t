use lib 't/lib';
use Test::Nginx::Socket 'no_plan';
use Tally;

our $image = image('{}', 'a layer');
our $d = digest($image);
our $b = digest('a layer');

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('http_config', <<'_EOC_');
    log_format registry '[$registry_operation] [$registry_repository] '
                        '[$registry_reference] [$registry_digest] $status';
_EOC_

    $block->set_value('config', <<'_EOC_');
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
    access_log logs/access.log registry;

    location /v2/old/ {
        if ($registry_repository = "old/app") {
            rewrite ^/v2/old/(.*)$ /v2/lab/$1 last;
        }
    }
_EOC_

    $block->set_value('user_files',
        [layer('lab/app', '{}'), layer('lab/app', 'a layer'),
         tag('lab/app', '1.0', $image), upload('lab/app', '')]);
});

run_tests();

__DATA__

=== TEST 1: a manifest by tag: the digest is that of what was served
--- request
GET /v2/lab/app/manifests/1.0
--- access_log eval
"[manifest_get] [lab/app] [1.0] [$::d] 200"



=== TEST 2: a blob
--- request eval
"GET /v2/lab/app/blobs/$::b"
--- access_log eval
"[blob_get] [lab/app] [$::b] [$::b] 200"



=== TEST 3: a push
--- request eval
"PUT /v2/lab/app/manifests/2.0\n$::image"
--- more_headers eval
"Content-Type: $Tally::oci_manifest"
--- error_code: 201
--- access_log eval
"[manifest_put] [lab/app] [2.0] [$::d] 201"



=== TEST 4: what has no repository
--- request
GET /v2/
--- access_log
[base] [-] [-] [-] 200



=== TEST 5: an upload that is started
--- request
POST /v2/lab/app/blobs/uploads/
--- error_code: 202
--- access_log
[upload_start] [lab/app]



=== TEST 6: a refusal is logged with what was asked for
--- request
GET /v2/lab/app/manifests/none
--- error_code: 404
--- access_log
[manifest_get] [lab/app] [none] [-] 404



=== TEST 7: after a rewrite it is the new URI that counts
--- request
GET /v2/old/app/tags/list
--- response_body
{"name":"lab/app","tags":["1.0"]}
--- access_log
[tags] [lab/app]
