use lib 't/lib';
use Test::Nginx::Socket 'no_plan';
use Tally;

our $m = '{"schemaVersion":2}';
our @repos = map { tag($_, '1', $m) } qw(b a a/b a/b/c zz);

run_tests();

__DATA__

=== TEST 1: all repositories, nested ones too
--- user_files eval
[@::repos]
--- request
GET /v2/_catalog
--- response_body_like: ^\{"repositories":\["a","a/b","a/b/c","b","zz"\]\}\s*$
--- response_headers
Content-Type: application/json
! Link



=== TEST 2: pages
--- user_files eval
[@::repos]
--- request eval
["GET /v2/_catalog?n=2", "GET /v2/_catalog?n=2&last=a/b",
 "GET /v2/_catalog?n=2&last=b"]
--- response_body_like eval
['\["a","a/b"\]', '\["a/b/c","b"\]', '\["zz"\]']
--- raw_response_headers_like eval
['Link: </v2/_catalog\?(n=2&last=a(/|%2F)b|last=a(/|%2F)b&n=2)>; rel="next"',
 'Link: .*last=b', '^(?!.*Link:)']



=== TEST 3: an empty root
--- request
GET /v2/_catalog
--- response_body_like: ^\{"repositories":\[\]\}\s*$



=== TEST 4: n that is none
--- user_files eval
[@::repos]
--- request eval
["GET /v2/_catalog?n=x", "GET /v2/_catalog?n=-1", "GET /v2/_catalog?n=0"]
--- error_code eval
[400, 400, 200]



=== TEST 5: more than registry_max_entries is cut, and linked
--- registry
    registry_max_entries 3;
--- user_files eval
[@::repos]
--- request eval
["GET /v2/_catalog?n=1000", "GET /v2/_catalog"]
--- error_code eval
[200, 200]
--- response_body_like eval
['\["a","a/b","a/b/c"\]', '"a","a/b","a/b/c"']
--- raw_response_headers_like eval
['Link: .*last=a(/|%2F)b(/|%2F)c', '']



=== TEST 6: registry_catalog off
--- registry
    registry_catalog off;
--- user_files eval
[@::repos]
--- request
GET /v2/_catalog
--- error_code_like: ^40[345]$
--- response_body_like eval
error_like('[A-Z_]+')



=== TEST 7: a folder that is no repository is not listed
--- user_files eval
[@::repos, tree_file('repositories/empty/x', '')]
--- request
GET /v2/_catalog
--- response_body_unlike: empty
