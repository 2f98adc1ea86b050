/*
 * The scanner's flags: Trivy's names and meanings, and a few of our own.
 */

#include "scan/scan.h"
#include "scan/verbs.h"

#include <stddef.h>
#include <string.h>


#define AT(member)  offsetof(scan_options_t, member)


static const cmd_flag_t  scan_common[] = {
    { "cache-dir", 0, CMD_STRING, AT(cache_dir), "DIR",
      "folder of the database (DIR/db) and of what is known of layers" },
    { "db-repository", 0, CMD_LIST, AT(db_repository), "REF",
      "where databases are, tried in order" },
    { "quiet", 'q', CMD_BOOL, AT(quiet), NULL, "no log" },
    { "debug", 'd', CMD_BOOL, AT(debug), NULL, "a longer log" },
    { "no-progress", 0, CMD_BOOL, AT(no_progress), NULL,
      "no progress on the terminal" },
    { "insecure", 0, CMD_BOOL, AT(insecure), NULL,
      "allow plain HTTP and unknown certificates" },
    { "registry-cacert", 0, CMD_STRING, AT(cacert), "FILE",
      "certificates to trust for the registry" },
    { "username", 0, CMD_STRING, AT(username), "NAME",
      "for the registry" },
    { "password", 0, CMD_STRING, AT(password), "TEXT",
      "for the registry" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};


static const cmd_flag_t  scan_flags[] = {
    { "input", 0, CMD_STRING, AT(input), "FILE",
      "docker save's tar or an OCI layout, in place of IMAGE" },
    { "root", 0, CMD_STRING, AT(root), "DIR",
      "a store: IMAGE is read from it, no registry is asked" },
    { "all", 0, CMD_BOOL, AT(all), NULL,
      "every image of the store that --root names; table or json" },
    { "attach", 0, CMD_BOOL, AT(attach), NULL,
      "put the report beside the image, as its referrer" },
    { "key", 0, CMD_STRING, AT(key), "KEY",
      "with --attach: also attest it, signed with this key" },
    { "platform", 0, CMD_STRING, AT(platform), "OS/ARCH",
      "of an index's manifests" },
    { "format", 'f', CMD_STRING, AT(format), "NAME",
      "table, json, sarif, cyclonedx, spdx, spdx-json, github, cosign-vuln, "
      "junit, gitlab, gitlab-codequality, html, asff" },
    { "template", 't', CMD_STRING, AT(template), "@FILE.tpl",
      "one of Trivy's templates, by its file's name" },
    { "output", 'o', CMD_STRING, AT(output), "FILE",
      "in place of standard output" },
    { "table", 0, CMD_STRING, AT(table), "lab|trivy",
      "columns of the table; trivy: with Status and a summary" },
    { "table-mode", 0, CMD_LIST, AT(table_mode), "LIST",
      "summary, detailed" },
    { "severity", 's', CMD_LIST, AT(severity), "LIST",
      "UNKNOWN, LOW, MEDIUM, HIGH, CRITICAL" },
    { "vuln-severity-source", 0, CMD_LIST, AT(severity_source), "LIST",
      "whose severities count, in order; auto" },
    { "ignore-unfixed", 0, CMD_BOOL, AT(ignore_unfixed), NULL,
      "only what a newer version fixes" },
    { "ignore-status", 0, CMD_LIST, AT(ignore_status), "LIST",
      "statuses to leave out" },
    { "ignorefile", 0, CMD_STRING, AT(ignorefile), "FILE",
      "ids to leave out (.trivyignore, or YAML)" },
    { "vex", 0, CMD_LIST, AT(vex), "FILE",
      "OpenVEX or CycloneDX documents" },
    { "show-suppressed", 0, CMD_BOOL, AT(show_suppressed), NULL,
      "list what was left out by ignore files and VEX" },
    { "pkg-types", 0, CMD_LIST, AT(pkg_types), "LIST", "os, library" },
    { "vuln-type", 0, CMD_LIST, AT(pkg_types), "LIST",
      "the old name of --pkg-types" },
    { "scanners", 0, CMD_LIST, AT(scanners), "LIST", "vuln" },
    { "list-all-pkgs", 0, CMD_BOOL, AT(list_all_pkgs), NULL,
      "packages in JSON (=false: only findings)" },
    { "exit-code", 0, CMD_NUMBER, AT(exit_code), "N",
      "when anything is found" },
    { "exit-on-eol", 0, CMD_NUMBER, AT(exit_on_eol), "N",
      "when the system's support has ended" },
    { "skip-db-update", 0, CMD_BOOL, AT(skip_db_update), NULL,
      "use the database that is there, whatever its age" },
    { "offline", 0, CMD_BOOL, AT(offline), NULL,
      "the same; nothing is downloaded" },
    { "offline-scan", 0, CMD_BOOL, AT(offline_scan), NULL,
      "known to Trivy; nothing to do" },
    { "download-db-only", 0, CMD_BOOL, AT(download_db_only), NULL,
      "update the database and end" },
    { "skip-java-db-update", 0, CMD_BOOL, AT(skip_java_db_update), NULL,
      "known to Trivy; nothing to do" },
    { "disable-telemetry", 0, CMD_BOOL, AT(disable_telemetry), NULL,
      "known to Trivy; nothing to do" },
    { "skip-version-check", 0, CMD_BOOL, AT(skip_version_check), NULL,
      "known to Trivy; nothing to do" },
    { NULL, 0, CMD_BOOL, 0, NULL, NULL }
};


const cmd_flags_t  scan_db_flags[] = {
    { scan_common, 0 },
    { NULL, 0 }
};


static const cmd_flags_t  scan_all_flags[] = {
    { scan_flags, 0 },
    { scan_common, 0 },
    { NULL, 0 }
};


static const char  scan_examples[] =
    "  tally scan registry.lab/app:1 --severity HIGH,CRITICAL\n"
    "  tally scan --input app.tar --format json --output app.json\n"
    "  tally scan --input app.tar --ignore-unfixed --exit-code 1\n";


const cmd_verb_t  cmd_scan = {
    "scan", "[IMAGE]", "Looks for known vulnerabilities in an image",
    scan_examples, "TRIVY_", scan_all_flags, sizeof(scan_options_t),
    scan_defaults, scan_run
};


const cmd_verb_t  cmd_image = {
    "image", "[IMAGE]", "The same as scan, by the name that Trivy has for it",
    scan_examples, "TRIVY_", scan_all_flags, sizeof(scan_options_t),
    scan_defaults, scan_run
};


const cmd_verb_t  cmd_rootfs = {
    "rootfs", "DIR", "The same for a folder with a root file system", NULL,
    "TRIVY_", scan_all_flags, sizeof(scan_options_t), scan_defaults, scan_run
};


const cmd_verb_t  cmd_fs = {
    "fs", "DIR", "The same as rootfs, by the other name that Trivy has for it",
    NULL, "TRIVY_", scan_all_flags, sizeof(scan_options_t), scan_defaults,
    scan_run
};


const cmd_verb_t  cmd_sbom = {
    "sbom", "FILE", "The same for a bill of materials, CycloneDX or SPDX",
    "  tally sbom app.cdx.json --severity HIGH,CRITICAL\n", "TRIVY_",
    scan_all_flags, sizeof(scan_options_t), scan_defaults, scan_run
};


const cmd_verb_t  cmd_convert = {
    "convert", "REPORT.json", "Writes a JSON report in another format",
    NULL, "TRIVY_", scan_all_flags, sizeof(scan_options_t), scan_defaults,
    scan_run
};


void
scan_defaults(void *options)
{
    scan_options_t  *o = options;

    o->format = "table";
    o->table = "lab";
    o->list_all_pkgs = true;
}
