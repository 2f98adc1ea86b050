/*
 * Trivy's flags that are not ours.  A script that has one goes on where this
 * changes no answer, and is told what to do where it would.
 */

#include "scan/flags.h"


#define IGNORED(name, value)  { name, 0, CMD_IGNORED, 0, value, NULL }
#define LISTED(name, values)  { name, 0, CMD_IGNORED, 0, "LIST", values }
#define REFUSED(name, value, remedy)                                          \
    { name, 0, CMD_REFUSED, 0, value, remedy }


const cmd_flag_t  scan_other_flags[] = {

    /* how Trivy works, not what it finds */

    IGNORED("disable-telemetry", NULL),
    IGNORED("offline-scan", NULL),
    IGNORED("parallel", "N"),
    IGNORED("rekor-url", "URL"),
    IGNORED("slow", NULL),
    IGNORED("light", NULL),
    IGNORED("skip-version-check", NULL),
    IGNORED("module-dir", "DIR"),

    /* of redis and of a server, which are refused below */

    IGNORED("cache-ttl", "DURATION"),
    IGNORED("redis-ca", "FILE"),
    IGNORED("redis-cert", "FILE"),
    IGNORED("redis-key", "FILE"),
    IGNORED("redis-tls", NULL),
    IGNORED("custom-headers", "LIST"),
    IGNORED("token", "TOKEN"),
    IGNORED("token-header", "NAME"),

    /* of scanners that we do not have: --scanners says so */

    IGNORED("ansible-extra-vars", "LIST"),
    IGNORED("ansible-inventory", "LIST"),
    IGNORED("ansible-playbook", "LIST"),
    IGNORED("check-namespaces", "LIST"),
    IGNORED("checks-bundle-repository", "REF"),
    IGNORED("config-check", "LIST"),
    IGNORED("config-data", "LIST"),
    IGNORED("config-file-schemas", "LIST"),
    IGNORED("helm-api-versions", "LIST"),
    IGNORED("helm-kube-version", "TEXT"),
    IGNORED("helm-set", "LIST"),
    IGNORED("helm-set-file", "LIST"),
    IGNORED("helm-set-string", "LIST"),
    IGNORED("helm-values", "LIST"),
    IGNORED("ignored-licenses", "LIST"),
    IGNORED("include-deprecated-checks", NULL),
    IGNORED("include-non-failures", NULL),
    IGNORED("license-confidence-level", "N"),
    IGNORED("license-full", NULL),
    IGNORED("misconfig-scanners", "LIST"),
    LISTED("raw-config-scanners", "terraform"),
    IGNORED("rego-error-limit", "N"),
    LISTED("render-cause", "terraform|ansible"),
    LISTED("report", "all|summary"),
    IGNORED("skip-check-update", NULL),
    IGNORED("tf-exclude-downloaded-modules", NULL),
    IGNORED("trace-rego", NULL),

    /* what would give another report */

    REFUSED("cache-backend", "fs|memory",
            "layers are remembered in --cache-dir"),
    REFUSED("compliance", "",
            "there is no compliance report; take --format json as its input"),
    REFUSED("detection-priority", "precise",
            "leave it out: findings are the precise ones"),
    REFUSED("distro", "",
            "the distribution is the one that the image names; scan a bill "
            "of materials (--format cyclonedx, then tally sbom) in which you "
            "changed it"),
    REFUSED("docker-host", "",
            "no daemon is asked: \"docker save IMAGE -o FILE\" and "
            "\"--input FILE\""),
    REFUSED("enable-modules", "", "there are no modules"),
    REFUSED("file-patterns", "",
            "files are known by their usual names alone"),
    REFUSED("generate-default-config", "false",
            "write trivy.yaml by hand; docs/scanning.md has its keys"),
    REFUSED("ignore-policy", "",
            "policies in Rego are not run; say it in a .trivyignore.yaml "
            "(--ignorefile) or in VEX (--vex), or filter the JSON report"),
    REFUSED("max-image-size", "",
            "leave it out: no image is unpacked to disk"),
    REFUSED("output-plugin-arg", "",
            "there are no plugins: pipe the report into a program"),
    REFUSED("podman-host", "",
            "no daemon is asked: \"podman save IMAGE -o FILE\" and "
            "\"--input FILE\""),
    REFUSED("removed-pkgs", "false",
            "packages that are no longer in the image are not guessed from "
            "its history"),
    REFUSED("sbom-sources", "",
            "\"tally download sbom IMAGE\" and \"tally sbom FILE\""),
    REFUSED("server", "",
            "there is no client mode: scan here, or with --root where the "
            "images are"),
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};
