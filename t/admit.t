# registry_admission: the gate's answers to Kubernetes, with the reviews that its
# documentation shows.

use lib 't/lib';
use Test::Nginx::Socket 'no_plan';
use MIME::Base64 'encode_base64';
use Tally;

our ($config, $layer) = ('{}', 'a layer');
our $one = image($config, $layer);
our $d = digest($one);

# a review of a pod with these images, as the API server sends it

sub review
{
    my ($kind, $object, $uid) = @_;

    return '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview",'
           . '"request":{"uid":"' . ($uid // '705ab4f5-6393-11e8-b7cc-42010a800002')
           . '","kind":{"group":"","version":"v1","kind":"' . $kind . '"},'
           . '"resource":{"group":"","version":"v1","resource":"pods"},'
           . '"name":"my-pod","namespace":"my-namespace","operation":"CREATE",'
           . '"userInfo":{"username":"admin","groups":["system:authenticated"]},'
           . '"object":' . $object . ',"oldObject":null,"dryRun":false}}';
}

sub pod
{
    my ($spec) = @_;

    return '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"},"spec":'
           . $spec . '}';
}

sub containers
{
    return '{"containers":[' . join(',', map { qq({"name":"c","image":"$_"}) } @_)
           . ']}';
}

# an object that has that where the path says; one that was another before

sub within
{
    my ($path, $text) = @_;

    $text = qq({"$_":$text}) for reverse grep { length } split m{/}, $path;

    return $text;
}

sub changed
{
    my ($operation, $sub, $object, $old) = @_;

    return '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview",'
           . '"request":{"uid":"a-b","operation":"' . $operation . '",'
           . '"subResource":"' . $sub . '","object":' . $object
           . ',"oldObject":' . $old . '}}';
}

our @kinds = (['Pod', '/spec'], ['Deployment', '/spec/template/spec'],
              ['StatefulSet', '/spec/template/spec'],
              ['DaemonSet', '/spec/template/spec'],
              ['ReplicaSet', '/spec/template/spec'],
              ['ReplicationController', '/spec/template/spec'],
              ['Job', '/spec/template/spec'],
              ['CronJob', '/spec/jobTemplate/spec/template/spec'],
              ['PodTemplate', '/template/spec']);

{
    no strict 'refs';

    *{"Test::Base::Filter::$_"} = \&{$_}
        for qw(review pod containers encode_base64 within changed);
}

our $head = 'POST /admit' . "\n";
our $ours = 'registry.example:5000/soft/app';

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('http_config', <<'END') if !defined $block->http_config;
    registry_policy hard { require 1 { key $TEST_NGINX_SERVER_ROOT/html/key.pub; } }
    registry_policy soft { require 1 { key $TEST_NGINX_SERVER_ROOT/html/key.pub; } mode report; }
END
    $block->set_value('config', <<'END' . ($block->more // '')) if !defined $block->config;
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
    registry_gate hard hard/**;
    registry_gate soft soft/**;
    location = /admit {
        registry_admission on host=registry.example:5000;
    }
    location = /strict {
        registry_admission on host=registry.example:5000 others=deny;
    }
END
});

run_tests();

__DATA__

=== TEST 1: an image that may not leave may not run, wherever it stands
--- user_files eval
[['key.pub', "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9g+BFQLH14inu/F0aZD/ioKY6qS6\ntzC7w1YxUojU2b4Fie0HIJ5SgN27dVG1W2hJ8Y8Rb9DtR4e9QzKS3Fhlfw==\n-----END PUBLIC KEY-----\n"], tag('hard/app', 1, $::one)]
--- request eval
[map { $::head . review('Pod', $_) }
 pod('{"initContainers":[{"image":"registry.example:5000/hard/app:1"}]}'),
 pod('{"ephemeralContainers":[{"image":"registry.example:5000/hard/app:1"}]}'),
 '{"spec":{"template":{"spec":' . containers('registry.example:5000/hard/app:1') . '}}}',
 '{"spec":{"jobTemplate":{"spec":{"template":{"spec":' . containers("registry.example:5000/hard/app\@$::d") . '}}}}}',
 pod(containers('registry.example:5000/hard/app:2'))]
--- response_body_like eval
[('\A\{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":\{"uid":"705ab4f5-6393-11e8-b7cc-42010a800002","allowed":false,"status":\{"code":403,"reason":"Forbidden","message":"registry.example:5000/hard/app.* is refused by the policy \\\\"hard\\\\": 0 of 1 signature verified: the image is not signed .*"\}\}\}\Z') x 4,
 'allowed":false.*hard/app:2: there is no such image']



=== TEST 2: what may run is pinned to its digest; what is only reported is warned of
--- user_files eval
[['key.pub', "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9g+BFQLH14inu/F0aZD/ioKY6qS6\ntzC7w1YxUojU2b4Fie0HIJ5SgN27dVG1W2hJ8Y8Rb9DtR4e9QzKS3Fhlfw==\n-----END PUBLIC KEY-----\n"], tag('soft/app', 1, $::one), tag('free', 'v2', $::one)]
--- request eval
[$::head . review('Pod', pod(containers("$::ours:1", "registry.example:5000/free:v2"))),
 $::head . review('Pod', pod(containers("registry.example:5000/free\@$::d")))]
--- response_body_like eval
['"allowed":true,"patchType":"JSONPatch","patch":"' . quotemeta(encode_base64(qq([{"op":"replace","path":"/spec/containers/0/image","value":"$::ours:1\@$::d"},{"op":"replace","path":"/spec/containers/1/image","value":"registry.example:5000/free:v2\@$::d"}]), '')) . '","warnings":\["registry.example:5000/soft/app:1 is refused by the policy',
 '"allowed":true\}\}\Z']



=== TEST 3: images of others are warned of, or refused
--- user_files eval
[['key.pub', "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9g+BFQLH14inu/F0aZD/ioKY6qS6\ntzC7w1YxUojU2b4Fie0HIJ5SgN27dVG1W2hJ8Y8Rb9DtR4e9QzKS3Fhlfw==\n-----END PUBLIC KEY-----\n"]]
--- request eval
[$::head . review('Pod', pod(containers('docker.io/library/busybox'))),
 "POST /strict\n" . review('Pod', pod(containers('busybox:1'))),
 "POST /strict\n" . review('Pod', pod(containers('not an image')))]
--- response_body_like eval
['"allowed":true,"warnings":\["docker.io/library/busybox is of another registry, and has not been verified"\]',
 '"allowed":false.*busybox:1 is of another registry', '"allowed":false']



=== TEST 4: an object that runs nothing, and one that is removed
--- user_files eval
[['key.pub', "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9g+BFQLH14inu/F0aZD/ioKY6qS6\ntzC7w1YxUojU2b4Fie0HIJ5SgN27dVG1W2hJ8Y8Rb9DtR4e9QzKS3Fhlfw==\n-----END PUBLIC KEY-----\n"]]
--- request eval
[map { $::head . review('Scale', $_) } '{"apiVersion":"autoscaling/v1","kind":"Scale","spec":{"replicas":2}}', 'null', '[]', '{"spec":[]}']
--- response_body_like eval
[('"uid":"705ab4f5-6393-11e8-b7cc-42010a800002","allowed":true\}\}\Z') x 4]



=== TEST 5: what is no review
--- user_files eval
[['key.pub', "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9g+BFQLH14inu/F0aZD/ioKY6qS6\ntzC7w1YxUojU2b4Fie0HIJ5SgN27dVG1W2hJ8Y8Rb9DtR4e9QzKS3Fhlfw==\n-----END PUBLIC KEY-----\n"]]
--- request eval
["POST /admit\n{}", "POST /admit\n[", "POST /admit\n" . '{"apiVersion":"admission.k8s.io/v1beta1","kind":"AdmissionReview","request":{"uid":"a"}}',
 "POST /admit\n" . review('Pod', '{}', ''), "GET /admit",
 $::head . review('Pod', pod(containers(map { "registry.example:5000/soft/$_:1" } 1 .. 129)))]
--- error_code eval
[400, 400, 400, 400, 405, 400]
--- response_body_like eval
[('"message":"') x 4, '', 'more than 128 images']



=== TEST 6: without a registry there is nothing to ask
--- config
    location = /admit {
        registry_admission on;
    }
--- user_files eval
[['key.pub', "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9g+BFQLH14inu/F0aZD/ioKY6qS6\ntzC7w1YxUojU2b4Fie0HIJ5SgN27dVG1W2hJ8Y8Rb9DtR4e9QzKS3Fhlfw==\n-----END PUBLIC KEY-----\n"]]
--- must_die
--- error_log
"registry_admission" needs "registry on"



=== TEST 7: unknown words
--- config
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
    location = /admit {
        registry_admission on others=maybe;
    }
--- user_files eval
[['key.pub', "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9g+BFQLH14inu/F0aZD/ioKY6qS6\ntzC7w1YxUojU2b4Fie0HIJ5SgN27dVG1W2hJ8Y8Rb9DtR4e9QzKS3Fhlfw==\n-----END PUBLIC KEY-----\n"]]
--- must_die
--- error_log
takes "off", or "on" and then host=NAME



=== TEST 8: each kind that runs images, by the place where it has them
--- user_files eval
[['key.pub', "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9g+BFQLH14inu/F0aZD/ioKY6qS6\ntzC7w1YxUojU2b4Fie0HIJ5SgN27dVG1W2hJ8Y8Rb9DtR4e9QzKS3Fhlfw==\n-----END PUBLIC KEY-----\n"], tag('hard/app', 1, $::one), tag('free', 'v2', $::one)]
--- request eval
[map { my ($kind, $path) = @$_; $::head . review($kind, within($path, containers('registry.example:5000/free:v2'))) } @::kinds]
--- response_body_like eval
[map { my ($kind, $path) = @$_; '"uid":"705ab4f5-6393-11e8-b7cc-42010a800002","allowed":true,"patchType":"JSONPatch","patch":"' . quotemeta(encode_base64(qq([{"op":"replace","path":"$path/containers/0/image","value":"registry.example:5000/free:v2\@$::d"}]), '')) . '"\}' } @::kinds]



=== TEST 9: a volume that is an image is one
--- user_files eval
[['key.pub', "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9g+BFQLH14inu/F0aZD/ioKY6qS6\ntzC7w1YxUojU2b4Fie0HIJ5SgN27dVG1W2hJ8Y8Rb9DtR4e9QzKS3Fhlfw==\n-----END PUBLIC KEY-----\n"], tag('hard/app', 1, $::one), tag('free', 'v2', $::one)]
--- request eval
[$::head . review('Pod', pod('{"containers":[],"volumes":[{"name":"v","emptyDir":{}},{"name":"w","image":{"reference":"registry.example:5000/free:v2","pullPolicy":"Always"}}]}')),
 $::head . review('Pod', pod('{"containers":[],"volumes":[{"name":"w","image":{"reference":"registry.example:5000/hard/app:1"}}]}'))]
--- response_body_like eval
['"patch":"' . quotemeta(encode_base64(qq([{"op":"replace","path":"/spec/volumes/1/image/reference","value":"registry.example:5000/free:v2\@$::d"}]), '')) . '"',
 '"allowed":false.*hard/app:1 is refused']



=== TEST 10: UPDATE and DELETE; what is going, and a status, are let pass
--- user_files eval
[['key.pub', "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9g+BFQLH14inu/F0aZD/ioKY6qS6\ntzC7w1YxUojU2b4Fie0HIJ5SgN27dVG1W2hJ8Y8Rb9DtR4e9QzKS3Fhlfw==\n-----END PUBLIC KEY-----\n"], tag('hard/app', 1, $::one), tag('free', 'v2', $::one)]
--- request eval
[map { $::head . $_ }
 changed('UPDATE', '', pod(containers('registry.example:5000/hard/app:1')), pod(containers('registry.example:5000/free:v2'))),
 changed('UPDATE', 'ephemeralcontainers', pod('{"ephemeralContainers":[{"image":"registry.example:5000/hard/app:1"}]}'), pod('{}')),
 changed('UPDATE', 'status', pod(containers('registry.example:5000/hard/app:1')), 'null'),
 changed('UPDATE', '', '{"metadata":{"deletionTimestamp":"2024-01-01T00:00:00Z"},"spec":' . containers('registry.example:5000/hard/app:1') . '}', 'null'),
 changed('DELETE', '', 'null', pod(containers('registry.example:5000/hard/app:1')))]
--- response_body_like eval
[('"uid":"a-b","allowed":false.*hard/app:1 is refused') x 2, ('"uid":"a-b","allowed":true\}\}\Z') x 3]



=== TEST 11: a review that is too large is refused before it is read
--- user_files eval
[['key.pub', "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9g+BFQLH14inu/F0aZD/ioKY6qS6\ntzC7w1YxUojU2b4Fie0HIJ5SgN27dVG1W2hJ8Y8Rb9DtR4e9QzKS3Fhlfw==\n-----END PUBLIC KEY-----\n"], tag('hard/app', 1, $::one), tag('free', 'v2', $::one)]
--- request eval
$::head . review('Pod', pod('{"note":"' . 'x' x (4 << 20) . '"}'))
--- error_code: 413
