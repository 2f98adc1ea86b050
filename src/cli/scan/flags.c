/*
 * The scanner's flags: Trivy's names and meanings, and a few of our own.
 */

#include "scan/flags.h"
#include "scan/scan.h"

#include <stddef.h>
#include <string.h>


#define AT(member)  offsetof(scan_options_t, member)


static const cmd_flag_t  scan_common[] = {
    { "cache-dir", 0, CMD_STRING, AT(db.cache_dir), "DIR",
      "folder of the database (DIR/db) and of what is known of layers" },
    { "config", 'c', CMD_STRING, AT(config), "FILE",
      "flags by Trivy's keys (trivy.yaml)" },
    { "db-repository", 0, CMD_LIST, AT(db.repositories), "REF",
      "where databases are, tried in order" },
    { "java-db-repository", 0, CMD_LIST, AT(db.java_repositories), "REF",
      "where Java databases are, tried in order" },
    { "quiet", 'q', CMD_BOOL, AT(log.quiet), NULL, "no log" },
    { "debug", 'd', CMD_BOOL, AT(log.debug), NULL, "a longer log" },
    { "no-progress", 0, CMD_BOOL, AT(log.no_progress), NULL,
      "no progress on the terminal" },
    { "insecure", 0, CMD_BOOL, AT(insecure), NULL,
      "allow plain HTTP and unknown certificates" },
    { "registry-cacert", 0, CMD_STRING, AT(source.transport.cacert), "FILE",
      "certificates to trust for the registry" },
    { "cacert", 0, CMD_STRING, AT(source.transport.cacert), "FILE",
      "the same, by the name that Trivy has for it" },
    { "username", 0, CMD_STRING, AT(source.transport.username), "NAME",
      "for the registry" },
    { "password", 0, CMD_STRING, AT(source.transport.password), "TEXT",
      "for the registry" },
    { "password-stdin", 0, CMD_BOOL, AT(password_stdin), NULL,
      "the password is all of standard input" },
    { "registry-token", 0, CMD_STRING, AT(source.transport.token), "TOKEN",
      "bearer token for the registry" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};


static const cmd_flag_t  scan_flags[] = {
    { "input", 0, CMD_STRING, AT(input), "FILE",
      "docker save's tar or an OCI layout, in place of IMAGE" },
    { "root", 0, CMD_STRING, AT(source.root), "DIR",
      "a store: IMAGE is read from it, no registry is asked" },
    { "all", 0, CMD_BOOL, AT(all), NULL,
      "every image of the store that --root names; table or json" },
    { "queue", 0, CMD_BOOL, AT(queue), NULL,
      "scan what is pushed into the store of --root, until it is ended" },
    { "once", 0, CMD_BOOL, AT(once), NULL,
      "with --queue: what there is to do now, and end" },
    { "attach", 0, CMD_BOOL, AT(attach.report), NULL,
      "put the report beside the image, as its referrer" },
    { "key", 0, CMD_STRING, AT(attach.key), "KEY",
      "with --attach and --queue: also attest it, signed with this key" },
    { "platform", 0, CMD_STRING, AT(platform), "OS/ARCH",
      "of an index's manifests" },
    { "image-src", 0, CMD_LIST, AT(image_src), "LIST",
      "remote must be among them: no daemon is asked" },
    { "skip-dirs", 0, CMD_LIST, AT(skip_dirs), "LIST",
      "folders of the image, or patterns of them, not to look into" },
    { "skip-files", 0, CMD_LIST, AT(skip_files), "LIST",
      "files of the image, or patterns of them, not to read" },
    { "format", 'f', CMD_STRING, AT(output.format), "NAME",
      "table, json, sarif, cyclonedx, spdx, spdx-json, github, cosign-vuln, "
      "junit, gitlab, gitlab-codequality, html, asff" },
    { "template", 't', CMD_STRING, AT(output.template), "@FILE.tpl",
      "one of Trivy's templates, by its file's name" },
    { "output", 'o', CMD_STRING, AT(output.file), "FILE",
      "in place of standard output" },
    { "table", 0, CMD_STRING, AT(output.table), "lab|trivy",
      "columns of the table; trivy: with Status and a summary" },
    { "table-mode", 0, CMD_LIST, AT(output.table_mode), "LIST",
      "summary, detailed" },
    { "severity", 's', CMD_LIST, AT(filter.severity), "LIST",
      "UNKNOWN, LOW, MEDIUM, HIGH, CRITICAL" },
    { "vuln-severity-source", 0, CMD_LIST, AT(filter.severity_source), "LIST",
      "whose severities count, in order; auto" },
    { "ignore-unfixed", 0, CMD_BOOL, AT(filter.ignore_unfixed), NULL,
      "only what a newer version fixes" },
    { "ignore-status", 0, CMD_LIST, AT(filter.ignore_status), "LIST",
      "statuses to leave out" },
    { "ignorefile", 0, CMD_STRING, AT(filter.ignorefile), "FILE",
      "ids to leave out (.trivyignore, or YAML)" },
    { "vex", 0, CMD_LIST, AT(filter.vex), "FILE",
      "OpenVEX, CSAF or CycloneDX documents; oci: attested to the image; "
      "repo: of VEX repositories" },
    { "skip-vex-repo-update", 0, CMD_BOOL, AT(db.skip_vex_update), NULL,
      "use the VEX repositories that are there, whatever their age" },
    { "show-suppressed", 0, CMD_BOOL, AT(output.suppressed), NULL,
      "list what was left out by ignore files and VEX" },
    { "dependency-tree", 0, CMD_BOOL, AT(output.tree), NULL,
      "below a table: what needs the packages with findings" },
    { "pkg-types", 0, CMD_LIST, AT(filter.pkg_types), "LIST", "os, library" },
    { "pkg-relationships", 0, CMD_LIST, AT(filter.pkg_relationships), "LIST",
      "unknown, root, workspace, direct, indirect" },
    { "vuln-type", 0, CMD_LIST, AT(filter.pkg_types), "LIST",
      "the old name of --pkg-types" },
    { "scanners", 0, CMD_LIST, AT(filter.scanners), "LIST",
      "vuln, secret" },
    { "security-checks", 0, CMD_LIST, AT(filter.scanners), "LIST",
      "the old name of --scanners" },
    { "secret-config", 0, CMD_STRING, AT(filter.secret_config), "FILE",
      "what secrets are (trivy-secret.yaml)" },
    { "image-config-scanners", 0, CMD_LIST, AT(filter.config_scanners),
      "LIST", "secret: look into the image's configuration, too" },
    { "list-all-pkgs", 0, CMD_BOOL, AT(output.packages), NULL,
      "packages in JSON (=false: only findings)" },
    { "exit-code", 0, CMD_NUMBER, AT(output.exit_code), "N",
      "when anything is found" },
    { "exit-on-eol", 0, CMD_NUMBER, AT(output.exit_on_eol), "N",
      "when the system's support has ended" },
    { "skip-db-update", 0, CMD_BOOL, AT(db.skip_update), NULL,
      "use the database that is there, whatever its age" },
    { "skip-update", 0, CMD_BOOL, AT(db.skip_update), NULL,
      "the old name of --skip-db-update" },
    { "offline", 0, CMD_BOOL, AT(db.offline), NULL,
      "the same; nothing is downloaded" },
    { "download-db-only", 0, CMD_BOOL, AT(db.only), NULL,
      "update the database and end" },
    { "skip-java-db-update", 0, CMD_BOOL, AT(db.skip_java_update), NULL,
      "use the Java database that is there, if any" },
    { "download-java-db-only", 0, CMD_BOOL, AT(db.java_only), NULL,
      "download the Java database and end" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};


static const cmd_flag_t  scan_version[] = {
    { "format", 'f', CMD_STRING, AT(output.format), "NAME", "json" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};


const cmd_flags_t  scan_db_flags[] = {
    { scan_common, 0 },
    { scan_other_flags, 0 },
    { NULL, 0 }
};


static const cmd_flag_t  scan_version_other[] = {
    { "json", 0, CMD_REFUSED, 0, "false", "--format json prints JSON" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};

const cmd_flags_t  scan_version_flags[] = {
    { scan_version, 0 },
    { scan_version_other, 0 },
    { scan_common, 0 },
    { scan_other_flags, 0 },
    { NULL, 0 }
};


const cmd_flags_t  scan_all_flags[] = {
    { scan_flags, 0 },
    { scan_common, 0 },
    { scan_other_flags, 0 },
    { NULL, 0 }
};


void
scan_defaults(void *options)
{
    scan_options_t  *o = options;

    o->output.format = "table";
    o->output.table = "lab";
    o->output.packages = true;
}
