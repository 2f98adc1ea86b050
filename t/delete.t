use lib 't/lib';
use Test::Nginx::Socket 'no_plan';
use Tally;

our ($config, $layer) = ('{}', 'a layer');
our $image = image($config, $layer);
our $d = digest($image);
our $other = image($config, $layer, '"annotations":{"a":"b"}');
our @parts = (layer('lab/app', $config), layer('lab/app', $layer));
our $url = '/v2/lab/app';

run_tests();

__DATA__

=== TEST 1: DELETE of a tag leaves the manifest and the other tags
--- user_files eval
[@::parts, tag('lab/app', '1', $::image), tag('lab/app', '2', $::image)]
--- request eval
["DELETE $::url/manifests/1", "GET $::url/manifests/1",
 "GET $::url/manifests/$::d", "GET $::url/manifests/2", "GET $::url/tags/list"]
--- error_code eval
[202, 404, 200, 200, 200]
--- response_headers eval
["Content-Length: 0", "Content-Type: application/json",
 ("Docker-Content-Digest: $::d") x 2, "Content-Type: application/json"]
--- response_body_like eval
['^$', error_like('MANIFEST_UNKNOWN'), 'schema', 'schema', '"tags":\["2"\]']



=== TEST 2: DELETE by digest takes its tags along, at once, and no other's
--- user_files eval
[@::parts, tag('lab/app', '1', $::image), tag('lab/app', '2', $::image),
 tag('lab/app', '3', $::other), tag('lab/else', '1', $::image)]
--- request eval
["DELETE $::url/manifests/$::d", "GET $::url/manifests/$::d",
 "GET $::url/manifests/1", "GET $::url/tags/list", "GET $::url/manifests/3",
 "GET /v2/lab/else/manifests/1"]
--- error_code eval
[202, 404, 404, 200, 200, 200]
--- response_body_like eval
['^$', error_like('MANIFEST_UNKNOWN'), error_like('MANIFEST_UNKNOWN'),
 '"tags":\["3"\]', 'schema', 'schema']



=== TEST 3: what is not there
--- user_files eval
[@::parts]
--- request eval
["DELETE $::url/manifests/none", "DELETE $::url/manifests/$::d",
 "DELETE /v2/no/such/manifests/1"]
--- error_code eval
[404, 404, 404]
--- response_body_like eval
[error_like('MANIFEST_UNKNOWN'), error_like('MANIFEST_UNKNOWN'),
 error_like('(MANIFEST|NAME)_UNKNOWN')]



=== TEST 4: registry_delete off (hazard 10): neither by tag nor by digest
--- registry
    registry_delete off;
--- user_files eval
[@::parts, tag('lab/app', '1', $::image)]
--- request eval
["DELETE $::url/manifests/1", "DELETE $::url/manifests/$::d",
 "GET $::url/manifests/1"]
--- error_code eval
[405, 405, 200]
--- response_body_like eval
[error_like('UNSUPPORTED'), error_like('UNSUPPORTED'), 'schema']



=== TEST 5: but an upload can be cancelled
--- registry
    registry_delete off;
--- user_files eval
[upload('lab/app', 'bytes')]
--- request eval
"DELETE $::url/blobs/uploads/$Tally::uuid"
--- error_code: 204



=== TEST 6: pushed again after the delete
--- user_files eval
[@::parts, tag('lab/app', '1', $::image)]
--- request eval
["DELETE $::url/manifests/$::d", "PUT $::url/manifests/1\n$::image",
 "GET $::url/manifests/1"]
--- more_headers eval
['', "Content-Type: $Tally::oci_manifest", '']
--- error_code eval
[202, 201, 200]
