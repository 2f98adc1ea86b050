# registry_immutable: tags that stay what they are.

use lib 't/lib';
use Test::Nginx::Socket 'no_plan';
use Tally;

our ($config, $layer) = ('{}', 'a layer');
our $one = image($config, $layer);
our $two = image($config, $layer, '"annotations":{"a":"b"}');
our ($d1, $d2) = (digest($one), digest($two));
our @parts = (layer('app', $config), layer('app', $layer));
our $type = "Content-Type: $oci_manifest";
our $url = '/v2/app/manifests';

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('more_headers', $type) if !defined $block->more_headers;
});

run_tests();

__DATA__

=== TEST 1: another manifest does not get the tag; the same one does again
--- registry
    registry_immutable **:v*;
--- user_files eval
[@::parts]
--- request eval
["PUT $::url/v1\n$::one", "PUT $::url/v1\n$::two", "PUT $::url/v1\n$::one",
 "HEAD $::url/v1", "PUT $::url/$::d2?tag=v2\n$::two",
 "PUT $::url/$::d2?tag=x&tag=v1\n$::two", "GET /v2/app/tags/list"]
--- error_code eval
[201, 403, 201, 200, 201, 403, 200]
--- response_headers eval
[("Docker-Content-Digest: $::d1", '') x 2, ("Docker-Content-Digest: $::d2", ''), '']
--- response_body_like eval
['^$', error_like('DENIED'), '^$', '^$', '^$', error_like('DENIED'),
 '"tags":\["v1","v2"\]']



=== TEST 2: neither the tag nor its manifest is deleted; others are
--- registry
    registry_immutable app:v*;
--- user_files eval
[@::parts, tag('app', 'v1', $::one), tag('app', 'main', $::one),
 tag('app', 'dev', $::two), tag('else', 'v1', $::one)]
--- request eval
["DELETE $::url/v1", "DELETE $::url/$::d1", "GET $::url/main",
 "DELETE $::url/main", "DELETE $::url/$::d2", "DELETE /v2/else/manifests/v1",
 "GET $::url/v1"]
--- error_code eval
[403, 403, 200, 202, 202, 202, 200]
--- response_body_like eval
[error_like('DENIED'), error_like('DENIED'), 'schema', '^$', '^$', '^$',
 'schema']



=== TEST 3: a name alone is all of its tags; several patterns and lines add up
--- registry
    registry_immutable app other/**;
    registry_immutable more;
--- user_files eval
[@::parts, map { tag($_, 'latest', $::one), linked($_, digest($::config)),
linked($_, digest($::layer)) } 'app', 'app/b', 'other/b', 'more']
--- request eval
[map { "PUT /v2/$_/manifests/latest\n$::two" } 'app', 'app/b', 'other/b', 'more']
--- error_code eval
[403, 201, 403, 403]



=== TEST 4: a location inherits it, or has it off
--- config
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
    registry_immutable **;
    location /v2/ {
        registry on;
        if ($arg_a) { }
    }
    location /v2/free/ {
        registry on;
        registry_immutable off;
    }
--- user_files eval
[@::parts, tag('app', 'v1', $::one), tag('free/x', 'v1', $::one),
 linked('free/x', digest($::config)), linked('free/x', digest($::layer))]
--- request eval
["PUT $::url/v1\n$::two", "PUT /v2/free/x/manifests/v1\n$::two",
 "DELETE $::url/v1", "DELETE /v2/free/x/manifests/v1"]
--- error_code eval
[403, 201, 403, 202]



=== TEST 5: a damaged tag is no reason to move it
--- registry
    registry_immutable **;
--- user_files eval
[@::parts, tag('app', 'v1', $::one),
 tree_file('repositories/app/_manifests/tags/v2/current/link', '')]
--- request eval
["PUT $::url/v2\n$::two", "HEAD $::url/v2"]
--- error_code eval
[201, 200]



=== TEST 6: a rule that lets only create asks no less
--- registry
    registry_immutable app:v*;
    registry_rule allow anonymous ** pull,update;
--- user_files eval
[@::parts, tag('app', 'v1', $::one), tag('app', 'dev', $::one)]
--- request eval
["PUT $::url/v1\n$::two", "PUT $::url/v1\n$::one", "PUT $::url/v2\n$::one",
 "PUT $::url/dev\n$::two"]
--- error_code eval
[403, 201, 403, 201]



=== TEST 7: a pattern that can never match is an error
--- registry
    registry_immutable /app:v*;
--- must_die
--- error_log
"registry_immutable"



=== TEST 8: a pattern of whoever asks is an error
--- registry
    registry_immutable users/$user:v*;
--- must_die
--- error_log
no name has a "$"



=== TEST 9: off and a pattern contradict each other
--- registry
    registry_immutable off;
    registry_immutable **;
--- must_die
--- error_log
is duplicate
