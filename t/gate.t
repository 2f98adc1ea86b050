# registry_policy, registry_gate and registry_gate_bypass: what nginx -t says of
# them.  What they do to pulls is in interop/gate.

use lib 't/lib';
use Test::Nginx::Socket 'no_plan';
use Tally;

our ($config, $layer) = ('{}', 'a layer');
our $one = image($config, $layer);
our $dir = '$TEST_NGINX_SERVER_ROOT/html';

# --- policy is what stands in a policy called "p"

add_block_preprocessor(sub {
    my ($block) = @_;
    my $policy = $block->policy;

    $block->set_value('http_config', "registry_policy p {\n$policy\n}")
        if defined $policy;
    $block->set_value('registry', 'registry_gate p app/**;')
        if !defined $block->registry;
    $block->set_value('user_files', ">>> key.pub\n" . <<'KEY')
-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9g+BFQLH14inu/F0aZD/ioKY6qS6
tzC7w1YxUojU2b4Fie0HIJ5SgN27dVG1W2hJ8Y8Rb9DtR4e9QzKS3Fhlfw==
-----END PUBLIC KEY-----
KEY
        if !defined $block->user_files;
    $block->set_value('request', 'GET /v2/app/x/manifests/1')
        if !defined $block->request;
});

run_tests();

__DATA__

=== TEST 1: a policy that asks for nothing
--- policy
    
--- must_die
--- error_log eval
qr{asks for nothing}



=== TEST 2: a block that names nobody
--- policy
    require 1 { }
--- must_die
--- error_log eval
qr{names nobody}



=== TEST 3: more signatures than there are keys
--- policy
    require 2 { key $TEST_NGINX_SERVER_ROOT/html/key.pub; }
--- must_die
--- error_log eval
qr{line \d+: "require 2" names 1 key alone}



=== TEST 4: no number of signatures
--- policy
    require none { key $TEST_NGINX_SERVER_ROOT/html/key.pub; }
--- must_die
--- error_log eval
qr{"require" takes a number from 1 to 64}



=== TEST 5: none is no number of signatures
--- policy
    require 0 { key $TEST_NGINX_SERVER_ROOT/html/key.pub; }
--- must_die
--- error_log eval
qr{"require" takes a number from 1 to 64}



=== TEST 6: a key that is not there
--- policy
    require 1 { key /nowhere/x.pub; }
--- must_die
--- error_log eval
qr{"/nowhere/x.pub"}



=== TEST 7: a key that is none
--- policy
    require 1 { key $TEST_NGINX_SERVER_ROOT/conf/nginx.conf; }
--- must_die
--- error_log eval
qr{nginx.conf": there is no public key in it}



=== TEST 8: an unknown hash
--- policy
    require 1 { key $TEST_NGINX_SERVER_ROOT/html/key.pub alg=md5; }
--- must_die
--- error_log eval
qr{not "alg=md5"}



=== TEST 9: a directive of nobody
--- policy
    require 1 { key $TEST_NGINX_SERVER_ROOT/html/key.pub; } forbid;
--- must_die
--- error_log eval
qr{unknown directive "forbid"}



=== TEST 10: a signer outside of a block
--- policy
    key $TEST_NGINX_SERVER_ROOT/html/key.pub;
--- must_die
--- error_log eval
qr{"key" directive is not allowed here}



=== TEST 11: a policy's directive inside of one
--- policy
    require 1 { key $TEST_NGINX_SERVER_ROOT/html/key.pub; mode report; }
--- must_die
--- error_log eval
qr{"mode" directive is not allowed here}



=== TEST 12: an unknown mode
--- policy
    require 1 { key $TEST_NGINX_SERVER_ROOT/html/key.pub; } mode silent;
--- must_die
--- error_log eval
qr{it is "enforce" or "report", not "silent"}



=== TEST 13: twice the same
--- policy
    require 1 { key $TEST_NGINX_SERVER_ROOT/html/key.pub; } mode report; mode report;
--- must_die
--- error_log eval
qr{"mode" is duplicate}



=== TEST 14: a scan without a bound
--- policy
    scan key=$TEST_NGINX_SERVER_ROOT/html/key.pub fixable;
--- must_die
--- error_log eval
qr{"scan" needs max=}



=== TEST 15: a scan without a key: the reports of the registry alone
--- policy
    scan max=high fixable;
--- user_files eval
[tag('app/x', 1, $::one)]
--- error_code: 403
--- response_body_like: the image has not been scanned \(



=== TEST 16: an unknown severity
--- policy
    scan max=severe key=$TEST_NGINX_SERVER_ROOT/html/key.pub;
--- must_die
--- error_log eval
qr{not "max=severe"}



=== TEST 17: a score beyond ten
--- policy
    scan max=11 key=$TEST_NGINX_SERVER_ROOT/html/key.pub;
--- must_die
--- error_log eval
qr{not "max=11"}



=== TEST 18: a time without a unit
--- policy
    scan max=7.5 key=$TEST_NGINX_SERVER_ROOT/html/key.pub grace=48;
--- must_die
--- error_log eval
qr{not "grace=48"}



=== TEST 19: a database without a scan
--- policy
    database max_age=72h; require 1 { key $TEST_NGINX_SERVER_ROOT/html/key.pub; }
--- must_die
--- error_log eval
qr{go with "scan"}



=== TEST 20: no age of a database
--- policy
    database warn; scan max=low key=$TEST_NGINX_SERVER_ROOT/html/key.pub;
--- must_die
--- error_log eval
qr{"database" takes max_age=TIME}



=== TEST 21: a log that is not known
--- policy
    log required; require 1 { key $TEST_NGINX_SERVER_ROOT/html/key.pub; }
--- must_die
--- error_log eval
qr{line \d+: a log is required, and none is known}



=== TEST 22: an identity without an issuer
--- policy
    require 1 { keyless subject=a@b ca=/x; }
--- must_die
--- error_log eval
qr{ca=/x|"/x"}



=== TEST 23: an identity without a subject
--- policy
    require 1 { keyless issuer=https://a issuer=~b; }
--- must_die
--- error_log eval
qr{an identity is empty, or given twice}



=== TEST 24: an expression that is none
--- policy
    require 1 { keyless issuer=https://a subject=~(; }
--- must_die
--- error_log eval
qr{malformed regular expression "\("}



=== TEST 25: an expression that is not RE2's
--- policy
    require 1 { keyless issuer=https://a subject=~a(?=b); }
--- must_die
--- error_log eval
qr{malformed regular expression}



=== TEST 26: an identity that no authority vouches for
--- policy
    require 1 { keyless issuer=https://a subject=b; }
--- must_die
--- error_log eval
qr{line \d+: no authority of certificates is known}



=== TEST 27: a policy that there is not
--- policy
    require 1 { key $TEST_NGINX_SERVER_ROOT/html/key.pub; }
--- registry
    registry_gate q app/**;
--- must_die
--- error_log eval
qr{no "registry_policy" is called "q" in .*nginx.conf:\d+}



=== TEST 28: a pattern that can never match
--- policy
    require 1 { key $TEST_NGINX_SERVER_ROOT/html/key.pub; }
--- registry
    registry_gate p /app;
--- must_die
--- error_log eval
qr{"registry_gate": }



=== TEST 29: an exception to nothing
--- policy
    require 1 { key $TEST_NGINX_SERVER_ROOT/html/key.pub; }
--- registry
    registry_gate p !app/**;
--- must_die
--- error_log eval
qr{takes nothing out}



=== TEST 30: a pattern of whoever asks
--- policy
    require 1 { key $TEST_NGINX_SERVER_ROOT/html/key.pub; }
--- registry
    registry_gate p $user/**;
--- must_die
--- error_log eval
qr{no name has a "\$"}



=== TEST 31: a policy without patterns
--- policy
    require 1 { key $TEST_NGINX_SERVER_ROOT/html/key.pub; }
--- registry
    registry_gate p;
--- must_die
--- error_log eval
qr{takes a policy and patterns}



=== TEST 32: everybody let pass
--- policy
    require 1 { key $TEST_NGINX_SERVER_ROOT/html/key.pub; }
--- registry
    registry_gate_bypass *;
--- must_die
--- error_log eval
qr{would let everybody pass}



=== TEST 33: nobody known let pass
--- policy
    require 1 { key $TEST_NGINX_SERVER_ROOT/html/key.pub; }
--- registry
    registry_gate_bypass anonymous;
--- must_die
--- error_log eval
qr{would let everybody pass}



=== TEST 34: a second policy of the same name
--- http_config
    registry_policy p { require 1 { key $TEST_NGINX_SERVER_ROOT/html/key.pub; } }
    registry_policy p { require 1 { key $TEST_NGINX_SERVER_ROOT/html/key.pub; } }
--- must_die
--- error_log
a second "registry_policy" is called "p"



=== TEST 35: the last pattern counts; a location has it off
--- http_config
    registry_policy p {
        require 1 {
            key $TEST_NGINX_SERVER_ROOT/html/key.pub;
        }
        index self; log optional; reference any; mode enforce;
    }
--- config
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
    registry_gate p app/** !app/x app/x/y;
    location /v2/app/off/ {
        registry_gate off;
    }
--- user_files eval
[['key.pub', "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9g+BFQLH14inu/F0aZD/ioKY6qS6\ntzC7w1YxUojU2b4Fie0HIJ5SgN27dVG1W2hJ8Y8Rb9DtR4e9QzKS3Fhlfw==\n-----END PUBLIC KEY-----\n"],
 map { tag($_, 1, $::one) } 'app/x', 'app/x/y', 'app/y', 'app/off/y', 'b']
--- request eval
[map { "GET /v2/$_/manifests/1" } 'app/x', 'app/x/y', 'app/y', 'app/off/y', 'b']
--- error_code eval
[200, 403, 403, 200, 200]
--- response_body_like eval
['schema', error_like('DENIED'), error_like('DENIED'), 'schema', 'schema']



=== TEST 36: a policy of podman's without the registry's name
--- policy
    containers_policy $TEST_NGINX_SERVER_ROOT/html/policy.json;
--- user_files
>>> policy.json
{"default":[{"type":"reject"}]}
--- must_die
--- error_log eval
qr{"containers_policy" needs host=NAME}



=== TEST 37: one that asks for signatures by GPG
--- policy
    containers_policy $TEST_NGINX_SERVER_ROOT/html/policy.json host=r.example;
--- user_files
>>> policy.json
{"default":[{"type":"signedBy","keyType":"GPGKeys","keyPath":"/k"}]}
--- must_die
--- error_log eval
qr{policy.json": "default": "signedBy" cannot be honoured}



=== TEST 38: one that rejects all, and what is said of it
--- policy
    containers_policy $TEST_NGINX_SERVER_ROOT/html/policy.json host=r.example;
--- config
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
    registry_gate p app/**;
--- user_files eval
[['policy.json', '{"default":[{"type":"reject"}],"transports":{"docker":{"r.example/app/y":[{"type":"insecureAcceptAnything"}]}}}'],
 map { tag($_, 1, $::one) } 'app/x', 'app/y']
--- request eval
[map { "GET /v2/$_/manifests/1" } 'app/x', 'app/y']
--- error_code eval
[403, 200]
--- response_body_like eval
['"default\\\\": \\\\"reject\\\\" says so', 'schema']



=== TEST 39: a policy of the cluster's with a key in a secret
--- policy
    cluster_image_policy $TEST_NGINX_SERVER_ROOT/html/cip.yaml host=r.example;
--- user_files
>>> cip.yaml
apiVersion: policy.sigstore.dev/v1beta1
kind: ClusterImagePolicy
metadata: {name: prod}
spec:
  images: [{glob: "**"}]
  authorities: [{key: {secretRef: {name: release}}}]
--- must_die
--- error_log eval
qr{ClusterImagePolicy "prod": "secretRef" cannot be honoured}



=== TEST 40: an ignore file that is not there
--- policy
    scan max=high key=$TEST_NGINX_SERVER_ROOT/html/key.pub ignore=/nowhere/.trivyignore;
--- must_die
--- error_log eval
qr{"registry_policy": ignore file "/nowhere/.trivyignore"}



=== TEST 41: a document that is no VEX
--- policy
    scan max=high key=$TEST_NGINX_SERVER_ROOT/html/key.pub vex=$TEST_NGINX_SERVER_ROOT/conf/nginx.conf;
--- must_die
--- error_log eval
qr{"registry_policy": ".*nginx.conf": }
