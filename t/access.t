use lib 't/lib';
use Test::Nginx::Socket 'no_plan';
use Tally;
use MIME::Base64 ();

# passwords: alice wonder, bob builder, apr apr, six sha512, five sha256, yes yes

our $users = <<'_EOC_';
# by htpasswd
alice:$2y$04$MVRC3JMP3C9p7B4ZI5t8RuIq6m1wTk1WLRrKwBrXRxo4EPO2q.fli
bob:$2y$04$GZwSB4XkVm3EMVM1fu/Iie9VRk.iWK24Mfd147KGqI5m2wz49e47u
apr:$apr1$jrEJzkJ2$orEbLY32iplzX1KatPgeH1
six:$6$abcd$aDE6RCQHXqguGAvNzx1qvgDTLHsxjRhczw3iuvIHNuDGUkOtQ.Mq4WUTImVQQItnRXVzHgy/p3oCxQurxu5qI0
five:$5$abcd$EEIzuP7TPRgAiAbouflDi0q.LDUx9zJWxfMczR0Xnd3
yes:$y$j75$abcdefgh$bIsWuetn.OXu81S47VQpWNZvO/qejds3yg7HUK8Zzh/
plain:{PLAIN}plain
_EOC_

our $rules = <<'_EOC_';
    registry_auth htpasswd $TEST_NGINX_SERVER_ROOT/html/users
                  groups=$TEST_NGINX_SERVER_ROOT/html/groups;
    registry_rule deny  *         **:v*          update,delete;
    registry_rule allow anonymous public/**      pull,catalog;
    registry_rule allow $user     users/$user/** *;
    registry_rule allow alice     team/**        *;
    registry_rule allow group=ci  app/**         pull,create;
_EOC_

our $one = '{"schemaVersion":2,"mediaType":"' . $oci_index . '","manifests":[]}';
our $two = '{"schemaVersion":2,"mediaType":"' . $oci_index
           . '","manifests":[],"annotations":{"a":"b"}}';
our $type = "Content-Type: $oci_index";

sub as
{
    my ($user, $password) = @_;

    return 'Authorization: Basic '
           . MIME::Base64::encode("$user:$password", '');
}

our $alice = as('alice', 'wonder');
our $bob = as('bob', 'builder');

{
    no strict 'refs';
    *{'Test::Base::Filter::as'} = \&as;
}

add_block_preprocessor(sub {
    my ($block) = @_;
    my $store = "registry on;\n"
                . "registry_root \$TEST_NGINX_SERVER_ROOT/html/store;\n";

    $block->set_value('config', $store . ($block->access || $rules)
                                . ($block->more || ''));
    $block->set_value('user_files',
        [['users', $users], ['groups', "ci: bob six\n# none\nops: alice\n"],
         ref $block->files ? @{$block->files} : $block->files
             ? (eval $block->files) : ()]);
    $block->set_value('no_error_log', "[alert]\n[crit]\n[emerg]\n")
        if !defined $block->error_log && !defined $block->must_die
           && !defined $block->no_error_log;
});

no_shuffle();
run_tests();

__DATA__

=== TEST 1: who does not log in is asked to, where a login would help
--- request eval
["GET /v2/", "GET /v2/team/app/tags/list", "HEAD /v2/team/app/manifests/1",
 "POST /v2/public/app/blobs/uploads/", "GET /v2/_catalog"]
--- error_code eval
[401, 401, 401, 401, 200]
--- response_headers eval
my $c = "WWW-Authenticate: Basic realm=\"registry\"\n"
        . "Docker-Distribution-Api-Version: registry/2.0";
[$c, $c, $c, $c, '']



=== TEST 2: anonymous reads what is public
--- files
(tag('public/app', 'latest', $::one), layer('public/app', 'bytes'))
--- request eval
["GET /v2/public/app/manifests/latest", "GET /v2/public/app/tags/list",
 "GET /v2/public/app/blobs/" . digest('bytes'),
 "DELETE /v2/public/app/manifests/latest"]
--- error_code eval
[200, 200, 200, 401]



=== TEST 3: a user is known by name, password and nothing else
--- request eval
["GET /v2/", "GET /v2/", "GET /v2/", "GET /v2/", "GET /v2/"]
--- more_headers eval
[$::alice, as('alice', 'wonde'), as('alice', ''), as('nobody', 'wonder'),
 as('alice', "wonder\0x")]
--- error_code eval
[200, 401, 401, 401, 401]



=== TEST 4: every kind of hash that crypt(3) and Apache have
--- request eval
["GET /v2/", "GET /v2/", "GET /v2/", "GET /v2/", "GET /v2/"]
--- more_headers eval
[as('apr', 'apr'), as('six', 'sha512'), as('five', 'sha256'),
 as('yes', 'yes'), as('bob', 'builder')]
--- error_code eval
[200, 200, 200, 200, 200]



=== TEST 5: but not a password that is not hashed
--- request
GET /v2/
--- more_headers eval
as('plain', 'plain')
--- error_code: 401



=== TEST 6: one who is known but may not is told so, not asked again
--- request eval
["GET /v2/team/app/tags/list", "POST /v2/team/app/blobs/uploads/"]
--- more_headers eval
[$::bob, $::bob]
--- error_code eval
[403, 403]
--- response_headers eval
["WWW-Authenticate: ", "WWW-Authenticate: "]
--- response_body_like eval
[error_like('DENIED'), error_like('DENIED')]



=== TEST 7: hidden and absent are the same to whoever may read neither
--- files
tag('team/there', '1', $::one)
--- request eval
["GET /v2/team/there/manifests/1", "GET /v2/team/thera/manifests/1"]
--- more_headers eval
[$::bob, $::bob]
--- error_code eval
[403, 403]
--- response_body_like eval
['"Name":"team/there"', '"Name":"team/thera"']



=== TEST 8: all below one's own name, nothing below another's
--- request eval
["POST /v2/users/bob/app/blobs/uploads/", "POST /v2/users/alice/app/blobs/uploads/",
 "POST /v2/users/bobby/app/blobs/uploads/", "POST /v2/users/bob/../alice/app/blobs/uploads/"]
--- more_headers eval
[$::bob, $::bob, $::bob, $::bob]
--- error_code eval
[202, 403, 403, 400]



=== TEST 9: a group creates tags and never moves one (hazard 28)
--- request eval
["PUT /v2/app/x/manifests/latest\n$::one", "PUT /v2/app/x/manifests/latest\n$::one",
 "PUT /v2/app/x/manifests/latest\n$::two", "PUT /v2/app/x/manifests/next\n$::two",
 "PUT /v2/app/x/manifests/" . digest($::two) . "?tag=fresh&tag=latest\n$::two",
 "PUT /v2/app/x/manifests/" . digest($::two) . "?tag=fresh\n$::two",
 "GET /v2/app/x/tags/list"]
--- more_headers eval
[map { "$::bob\n$::type" } 1 .. 7]
--- error_code eval
[201, 201, 403, 201, 403, 201, 200]
--- response_body_like eval
['', '', error_like('DENIED'), '', error_like('DENIED'), '',
 '"tags":\["fresh","latest","next"\]']



=== TEST 10: a tag that a rule protects is moved and deleted by nobody
--- request eval
["PUT /v2/team/app/manifests/v1\n$::one", "PUT /v2/team/app/manifests/v1\n$::two",
 "DELETE /v2/team/app/manifests/v1",
 "DELETE /v2/team/app/manifests/" . digest($::one),
 "PUT /v2/team/app/manifests/main\n$::two",
 "DELETE /v2/team/app/manifests/" . digest($::two),
 "GET /v2/team/app/manifests/v1"]
--- more_headers eval
[map { "$::alice\n$::type" } 1 .. 7]
--- error_code eval
[201, 403, 403, 403, 201, 202, 200]



=== TEST 11: lists show what may be read (hazard 31)
--- files
(tag('public/a', '1', $::one), tag('team/b', '1', $::one),
 tag('team/b', 'v2', $::one), tag('users/bob/c', '1', $::one))
--- request eval
["GET /v2/_catalog", "GET /v2/_catalog", "GET /v2/_catalog",
 "GET /v2/_catalog?n=1", "GET /v2/_catalog?n=1&last=public%2Fa"]
--- more_headers eval
['', $::bob, $::alice, $::alice, $::alice]
--- response_body eval
["{\"repositories\":[\"public/a\"]}\n",
 "{\"repositories\":[\"public/a\",\"users/bob/c\"]}\n",
 "{\"repositories\":[\"public/a\",\"team/b\"]}\n",
 "{\"repositories\":[\"public/a\"]}\n", "{\"repositories\":[\"team/b\"]}\n"]
--- response_headers eval
['Link: ', 'Link: ', 'Link: ',
 'Link: </v2/_catalog?last=public%2Fa&n=1>; rel="next"', 'Link: ']



=== TEST 12: tags that a rule hides are in no list
--- access
    registry_auth htpasswd $TEST_NGINX_SERVER_ROOT/html/users;
    registry_rule deny bob app:secret-* pull;
    registry_rule allow $user app pull;
--- files
(tag('app', 'a', $::one), tag('app', 'secret-b', $::one),
 tag('app', 'z', $::one))
--- request eval
["GET /v2/app/tags/list", "GET /v2/app/tags/list",
 "GET /v2/app/manifests/secret-b", "GET /v2/app/manifests/secret-c"]
--- more_headers eval
[$::bob, $::alice, $::bob, $::bob]
--- error_code eval
[200, 200, 403, 403]
--- response_body_like eval
['"tags":\["a","z"\]', '"tags":\["a","secret-b","z"\]',
 error_like('DENIED'), error_like('DENIED')]



=== TEST 13: what one may not read one may not mount (hazard 26)
--- files
(layer('team/x', 'of the team'), layer('public/x', 'of all'),
 layer('public/sub', 'of all'))
--- more
    registry_mount any;
--- request eval
my $up = '/v2/users/bob/x/blobs/uploads/?mount=';
["POST $up" . digest('of the team') . '&from=team/x',
 "POST $up" . digest('of the team'),
 "POST $up" . digest('of all') . '&from=public/x',
 "GET /v2/users/bob/x/blobs/" . digest('of the team')]
--- more_headers eval
[$::bob, $::bob, $::bob, $::bob]
--- error_code eval
[202, 202, 201, 404]



=== TEST 14: cancelling an upload needs no right to delete
--- access
    registry_auth htpasswd $TEST_NGINX_SERVER_ROOT/html/users;
    registry_rule allow bob app push;
--- files
upload('app', $uuid, 'abc')
--- request eval
["DELETE /v2/app/blobs/uploads/$::uuid"]
--- more_headers eval
[$::bob]
--- error_code eval
[204]



=== TEST 15: without rules whoever is known may do everything
--- access
    registry_auth htpasswd $TEST_NGINX_SERVER_ROOT/html/users;
--- request eval
["POST /v2/app/blobs/uploads/", "POST /v2/app/blobs/uploads/", "GET /v2/_catalog"]
--- more_headers eval
['', $::bob, $::bob]
--- error_code eval
[401, 202, 200]



=== TEST 16: rules without a method: nobody can log in, so nobody is asked to
--- access
    registry_rule allow anonymous public/** pull;
--- request eval
["GET /v2/", "GET /v2/public/x/manifests/1", "GET /v2/x/manifests/1"]
--- error_code eval
[200, 404, 403]



=== TEST 18: satisfy any: an address that nginx lets in needs no password
--- more
    satisfy any;
    allow 127.0.0.1;
    deny all;
--- request eval
["GET /v2/", "POST /v2/anything/blobs/uploads/"]
--- error_code eval
[200, 202]



=== TEST 19: satisfy any: another address does
--- more
    satisfy any;
    allow 192.0.2.1;
    deny all;
--- request eval
["GET /v2/", "GET /v2/"]
--- more_headers eval
['', $::alice]
--- error_code eval
[401, 200]



=== TEST 20: satisfy all: both
--- more
    deny 127.0.0.1;
--- request
GET /v2/
--- more_headers eval
$::alice
--- error_code: 403



=== TEST 21: user, kind and rule are variables
--- more
    add_header X-Who "$registry_user/$registry_user_kind" always;
    add_header X-Rule "$registry_rule" always;
--- request eval
["GET /v2/public/x/manifests/1", "GET /v2/team/x/manifests/1"]
--- more_headers eval
['', $::alice]
--- error_code eval
[404, 404]
--- raw_response_headers_like eval
['X-Who: /anonymous\r\nX-Rule: \S+nginx\.conf:\d+',
 'X-Who: alice/user\r\nX-Rule: \S+nginx\.conf:\d+']



=== TEST 22: a name that was tried too often has to wait
--- request eval
[map { "GET /v2/" } 1 .. 12]
--- more_headers eval
[(map { as('alice', "wrong$_") } 1 .. 10), as('alice', 'wonder'), $::bob]
--- error_code eval
[(map { 401 } 1 .. 10), 429, 200]
--- raw_response_headers_like eval
[(map { 'WWW-Authenticate' } 1 .. 10), 'Retry-After: 60', '']



=== TEST 23: a large body is not read for one who may not push it
--- request eval
my $big = 'z' x 2_000_000;
["POST /v2/team/app/blobs/uploads/?digest=" . digest($big) . "\n$big",
 "HEAD /v2/team/app/blobs/" . digest($big)]
--- more_headers eval
[$::bob, $::alice]
--- error_code eval
[403, 404]



=== TEST 24: passwords are in no log (hazard 33)
--- request eval
["GET /v2/", "GET /v2/"]
--- more_headers eval
[$::alice, as('alice', 'sesame')]
--- error_code eval
[200, 401]
--- log_level: debug
--- no_error_log
wonder
sesame



=== TEST 25: limits by user
--- http_config
    limit_req_zone $registry_user zone=users:1m rate=1r/m;
    limit_req_status 429;
--- more
    limit_req zone=users;
--- request eval
[map { "GET /v2/" } 1 .. 5]
--- more_headers eval
[$::alice, $::alice, $::alice, $::bob, $::bob]
--- error_code eval
[200, 200, 429, 200, 200]
--- raw_response_headers_like eval
['', '', 'Retry-After: 1\r', '', '']



=== TEST 26: a pattern that can never match
--- more
    registry_rule allow alice /team/** pull;
--- must_die
--- error_log
"registry_rule": "/team/**" can never match a repository



=== TEST 27: an action that there is none of
--- more
    registry_rule allow alice team/** read;
--- must_die
--- error_log
unknown action "read"



=== TEST 28: a method that there is none of
--- more
    registry_auth ldap localhost;
--- must_die
--- error_log
unknown method "ldap" in "registry_auth"



=== TEST 29: a file of users that is not there
--- more
    registry_auth htpasswd no/such/file;
--- must_die
--- error_log
no/such/file": cannot open



=== TEST 30: a location has rules of its own instead
--- more
    location /v2/public/closed/ {
        registry_rule allow alice ** pull;
    }
--- request eval
["GET /v2/public/closed/x/manifests/1", "GET /v2/public/open/x/manifests/1"]
--- error_code eval
[401, 404]



=== TEST 33: a location without rules, and one without users
--- more
    location /v2/free/ {
        registry_auth off;
        registry_rule off;
    }
    location /v2/ours/ {
        registry_rule off;
    }
--- request eval
["POST /v2/free/x/blobs/uploads/", "POST /v2/ours/x/blobs/uploads/",
 "POST /v2/ours/x/blobs/uploads/"]
--- more_headers eval
['', '', $::bob]
--- error_code eval
[202, 401, 202]



=== TEST 34: too few words of a rule
--- more
    registry_rule allow alice **;
--- must_die
--- error_log
"registry_rule" directive takes "allow" or "deny"



=== TEST 31: the empty credentials that podman sends are none
--- request eval
["GET /v2/public/x/manifests/1", "GET /v2/"]
--- more_headers eval
[as('', ''), as('', '')]
--- error_code eval
[404, 401]



=== TEST 32: credentials that make no sense
--- request eval
["GET /v2/public/x/manifests/1", "GET /v2/public/x/manifests/1",
 "GET /v2/public/x/manifests/1", "GET /v2/public/x/manifests/1"]
--- more_headers
Authorization: Basic ***
--- error_code eval
[401, 401, 401, 401]
