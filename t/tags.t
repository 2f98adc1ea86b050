use lib 't/lib';
use Test::Nginx::Socket 'no_plan';
use Tally;

our $m = '{"schemaVersion":2}';
our $url = '/v2/lab/app/tags/list';
our @tags = map { tag('lab/app', $_, $m) } qw(b a c B 10 9);

run_tests();

__DATA__

=== TEST 1: all tags, sorted by byte
--- user_files eval
[@::tags]
--- request eval
"GET $::url"
--- response_body_like: ^\{"name":"lab/app","tags":\["10","9","B","a","b","c"\]\}\s*$
--- response_headers
Content-Type: application/json
! Link



=== TEST 2: pages follow the Link
--- user_files eval
[@::tags]
--- request eval
["GET $::url?n=4", "GET $::url?n=4&last=a", "GET $::url?n=2&last=b"]
--- response_body_like eval
['"tags":\["10","9","B","a"\]', '"tags":\["b","c"\]', '"tags":\["c"\]']
--- raw_response_headers_like eval
['Link: </v2/lab/app/tags/list\?(n=4&last=a|last=a&n=4)>; rel="next"',
 '^(?!.*Link:)', '']



=== TEST 3: "last" that is no tag is a place all the same
--- user_files eval
[@::tags]
--- request eval
["GET $::url?last=aa", "GET $::url?last=z", "GET $::url?last="]
--- response_body_like eval
['"tags":\["b","c"\]', '"tags":\[\]', '"10"']



=== TEST 4: n is 0, the exact number, huge
--- user_files eval
[@::tags]
--- request eval
["GET $::url?n=0", "GET $::url?n=6", "GET $::url?n=2147483647"]
--- error_code eval
[200, 200, 200]
--- response_body_like eval
['"tags":\[\]', '"c"\]', '"c"\]']
--- response_headers eval
['! Link', '! Link', '! Link']



=== TEST 5: n that is no number
--- user_files eval
[@::tags]
--- request eval
["GET $::url?n=-1", "GET $::url?n=x", "GET $::url?n=99999999999999999999"]
--- error_code eval
[400, 400, 400]
--- response_body_like eval
[(error_like('PAGINATION_NUMBER_INVALID')) x 3]



=== TEST 6: no such repository
--- request eval
"GET $::url"
--- error_code: 404
--- response_body_like eval
error_like('NAME_UNKNOWN')



=== TEST 7: a repository without tags has an empty list, never null
--- user_files eval
[revision('lab/app', $::m),
 tree_file('repositories/lab/app/_manifests/tags/.keep', '')]
--- request eval
"GET $::url"
--- response_body_like: "tags":\[\]



=== TEST 8: the last tag's page has no Link, of a page as long as the rest
--- user_files eval
[@::tags]
--- request eval
"GET $::url?n=3&last=B"
--- response_body_like: "tags":\["a","b","c"\]
--- response_headers
! Link



=== TEST 9: HEAD of a list
--- user_files eval
[@::tags]
--- request eval
"HEAD $::url"
--- error_code: 200



=== TEST 10: without n all of them, registry_max_entries bounds n alone
--- registry
    registry_max_entries 2;
--- user_files eval
[@::tags]
--- request eval
["GET $::url", "GET $::url?n=5", "GET $::url?last=B", "GET $::url?last=c"]
--- response_body eval
['{"name":"lab/app","tags":["10","9","B","a","b","c"]}' . "\n",
 '{"name":"lab/app","tags":["10","9"]}' . "\n",
 '{"name":"lab/app","tags":["a","b","c"]}' . "\n",
 '{"name":"lab/app","tags":[]}' . "\n"]
--- raw_response_headers_like eval
['^(?!.*Link:)', 'Link: </v2/lab/app/tags/list\?last=9&n=2>',
 '^(?!.*Link:)', '^(?!.*Link:)']



=== TEST 11: all tags, a HEAD and no such repository
--- user_files eval
[@::tags]
--- request eval
["HEAD $::url", "HEAD /v2/no/such/tags/list"]
--- error_code eval
[200, 404]
