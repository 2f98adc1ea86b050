#
# What the suites share: digests, pieces of registry:2's tree for user_files,
# and a default configuration and log check for every block.
#

package Tally;

use strict;
use warnings;

use Digest::SHA qw(sha256_hex sha512_hex sha384_hex);
use Exporter 'import';
use POSIX qw(strftime);
use Test::Nginx::Socket;

our @EXPORT = qw(digest digest512 digest384 layer alias revision tag upload
                 linked image index_of descriptor error_like tree_file
                 $uuid $oci_manifest $oci_index $docker_manifest);

our $uuid = '6b8a1c3e-58f1-4d0c-9f0e-2d1f6a7b8c9d';
our $oci_manifest = 'application/vnd.oci.image.manifest.v1+json';
our $oci_index = 'application/vnd.oci.image.index.v1+json';
our $docker_manifest = 'application/vnd.docker.distribution.manifest.v2+json';

# `--- request eval` and the like are evaluated over there
{
    no strict 'refs';

    *{"Test::Base::Filter::$_"} = \&{$_} for grep { /^\w/ } @EXPORT;
}

my $v2 = 'store/docker/registry/v2';

my $config = <<'_EOC_';
    registry on;
    registry_root $TEST_NGINX_SERVER_ROOT/html/store;
_EOC_


# a block without a config gets the smallest; --- registry adds directives

add_block_preprocessor(sub {
    my ($block) = @_;

    if (!defined $block->config) {
        $block->set_value('config', $config . ($block->registry || ''));
    }

    if (!defined $block->no_error_log && !defined $block->error_log
        && !defined $block->must_die)
    {
        $block->set_value('no_error_log', "[alert]\n[crit]\n[emerg]\n");
    }
});


sub digest
{
    return 'sha256:' . sha256_hex($_[0]);
}


sub digest384
{
    return 'sha384:' . sha384_hex($_[0]);
}


sub digest512
{
    return 'sha512:' . sha512_hex($_[0]);
}


sub blob_file
{
    my ($digest, $bytes) = @_;
    my ($alg, $hex) = split /:/, $digest;

    return ["$v2/blobs/$alg/" . substr($hex, 0, 2) . "/$hex/data", $bytes];
}


# a file of the tree, below docker/registry/v2

sub tree_file
{
    my ($path, $bytes) = @_;

    return ["$v2/$path", $bytes];
}


# the link alone: "this blob is in that repository"

sub linked
{
    my ($repo, $digest, $content) = @_;
    my ($alg, $hex) = split /:/, $digest;

    return ["$v2/repositories/$repo/_layers/$alg/$hex/link",
            defined $content ? $content : $digest];
}


sub layer
{
    my ($repo, $bytes, $digest) = @_;

    $digest = digest($bytes) if !defined $digest;

    return (blob_file($digest, $bytes), linked($repo, $digest));
}


# a blob that was pushed with one digest and is kept under another

sub alias
{
    my ($repo, $bytes, $as) = @_;

    return (layer($repo, $bytes), linked($repo, $as, digest($bytes)));
}


sub revision
{
    my ($repo, $bytes, $digest) = @_;

    $digest = digest($bytes) if !defined $digest;

    my ($alg, $hex) = split /:/, $digest;

    return (blob_file($digest, $bytes),
            ["$v2/repositories/$repo/_layers/.keep", ''],
            ["$v2/repositories/$repo/_manifests/revisions/$alg/$hex/link",
             $digest]);
}


sub tag
{
    my ($repo, $tag, $bytes, $digest) = @_;

    $digest = digest($bytes) if !defined $digest;

    my ($alg, $hex) = split /:/, $digest;
    my $dir = "$v2/repositories/$repo/_manifests/tags/$tag";

    return (revision($repo, $bytes, $digest),
            ["$dir/index/$alg/$hex/link", $digest],
            ["$dir/current/link", $digest]);
}


# an open upload that holds some bytes; age in seconds

sub upload
{
    my ($repo, $bytes, $age) = @_;
    my $dir = "$v2/repositories/$repo/_uploads/$uuid";

    return (["$dir/data", $bytes],
            ["$dir/startedat",
             strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(time - ($age || 0)))]);
}


sub descriptor
{
    my ($type, $bytes, $digest, $more) = @_;

    return sprintf '{"mediaType":"%s","digest":"%s","size":%d%s}', $type,
                   defined $digest ? $digest : digest($bytes), length $bytes,
                   defined $more ? ",$more" : '';
}


# an image manifest with a config and one layer; more members may follow

sub image
{
    my ($config_bytes, $layer_bytes, $more) = @_;

    return sprintf '{"schemaVersion":2,"mediaType":"%s","config":%s,'
                   . '"layers":[%s]%s}', $oci_manifest,
        descriptor('application/vnd.oci.image.config.v1+json', $config_bytes),
        descriptor('application/vnd.oci.image.layer.v1.tar', $layer_bytes),
        defined $more ? ",$more" : '';
}


sub index_of
{
    my (@manifests) = @_;

    return sprintf '{"schemaVersion":2,"mediaType":"%s","manifests":[%s]}',
        $oci_index, join ',', map { descriptor($oci_manifest, $_) } @manifests;
}


# the shape of every refusal

sub error_like
{
    my ($code) = @_;

    return qr/\A\{"errors":\[\{"code":"$code","message":"(?:[^"\\]|\\.)+"(?:,"detail":.*)?\}\]\}\s*\z/s;
}


1;
