#!/bin/bash
#
# Jars that do not say which artifact they are, found in a Java database by
# Trivy's rules; and where that database comes from.

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need oras

tally=${TALLY:-${TALLY_BUILD:-$top/build}/tally}
reg=127.0.0.1:$port
vulndb=${TALLY_SHARED:-$top/../shared}/data/scan/db/trivy-fixture.db.tar.gz

[ -f "$vulndb" ] || skip_all "no shared data at $vulndb"
python3 -c 'import sqlite3, zipfile' 2> /dev/null || skip_all "no python3"

export TRIVY_CACHE_DIR=$work/cache
mkdir -p "$work/root/lib" "$work/here"
cd "$work/here" || exit 1

# the jars, the database, and the same files as an image of docker save

cat > "$work/make.py" <<'END'
import hashlib, io, json, sqlite3, sys, tarfile, zipfile

work = sys.argv[1]

def jar(members):
    b = io.BytesIO()
    with zipfile.ZipFile(b, "w") as z:
        for name, text in members.items():
            z.writestr(zipfile.ZipInfo(name), text)
    return b.getvalue()

def manifest(*lines):
    return {"META-INF/MANIFEST.MF": "\r\n".join(
        ("Manifest-Version: 1.0",) + lines + ("", ""))}

inner = jar({"inner.class": "1"})
jars = {
    "renamed.jar": jar({"a.class": "1"}),
    "tool.jar": jar(manifest("Implementation-Vendor-Id: org.demo",
                             "Implementation-Title: to", " ol",
                             "Implementation-Version: 3.1")),
    "bundle.jar": jar(manifest("Bundle-SymbolicName: org.osgi.core.log",
                               "Bundle-Name: core-log",
                               "Specification-Version: 7",
                               "Bundle-Version: 7.0.0", "",
                               "Name: other", "Bundle-Version: 9")),
    "variable.jar": jar(manifest("Implementation-Vendor-Id: org.demo",
                                 "Implementation-Title: %title",
                                 "Bundle-Name: tool",
                                 "Bundle-Version: 4")),
    "jstl-1.2.jar": jar(manifest("Implementation-Vendor-Id: com.sun",
                                 "Implementation-Title: nosuch",
                                 "Implementation-Version: 1.2")),
    "jstl-9.9.jar": jar({"b.class": "2"}),
    "pom-only-1.0.jar": jar({"c.class": "3"}),
    "unknown.jar": jar({"d.class": "4"}),
    "app.war": jar({"WEB-INF/lib/x.jar": inner}),
    "says-1.0.jar": jar({"META-INF/maven/g/says/pom.properties":
                         "groupId=g\nartifactId=says\nversion=1.0\n"}),
    "other.jar": jar({"META-INF/maven/g/a/pom.properties":
                      "groupId=g\nartifactId=a\nversion=2.0\n"}),
}

sha1 = lambda data: hashlib.sha1(data).digest()
db = sqlite3.connect(work + "/trivy-java.db")
db.executescript("""
CREATE TABLE artifacts(id INTEGER PRIMARY KEY, group_id TEXT,
    artifact_id TEXT);
CREATE TABLE indices(artifact_id INTEGER, version TEXT, sha1 BLOB,
    archive_type TEXT, foreign key (artifact_id) references artifacts(id));
CREATE UNIQUE INDEX artifacts_idx ON artifacts(artifact_id, group_id);
CREATE INDEX indices_artifact_idx ON indices(artifact_id);
CREATE UNIQUE INDEX indices_sha1_idx ON indices(sha1);
INSERT INTO artifacts VALUES (1, 'com.acme', 'widget'),
    (2, 'org.demo', 'tool'), (3, 'javax.servlet', 'jstl'),
    (4, 'jstl', 'jstl'), (5, 'org.osgi.core', 'core-log'),
    (6, 'com.pom', 'pom-only'), (7, 'com.inner', 'inner'), (8, 'g', 'a');
""")
rows = [(1, "1.2.3", sha1(jars["renamed.jar"]), "jar"),
        (2, "1.0", b"2" * 20, "jar"),
        (3, "1.1", b"3" * 20, "jar"), (3, "1.2", b"4" * 20, "jar"),
        (4, "1.2", b"5" * 20, "jar"), (5, "1", b"6" * 20, "jar"),
        (6, "1.0", b"7" * 20, "aar"), (7, "0.5", sha1(inner), "jar"),
        (8, "2.0.0", sha1(jars["other.jar"]), "jar")]
db.executemany("INSERT INTO indices VALUES (?, ?, ?, ?)", rows)
db.commit()
db.close()

open(work + "/metadata.json", "w").write(json.dumps({
    "Version": 1, "NextUpdate": "2026-11-26T00:00:00Z",
    "UpdatedAt": "2026-11-23T00:00:00Z",
    "DownloadedAt": "0001-01-01T00:00:00Z"}))

layer = io.BytesIO()
with tarfile.open(fileobj=layer, mode="w") as t:
    for name, data in jars.items():
        open(work + "/root/lib/" + name, "wb").write(data)
        info = tarfile.TarInfo("lib/" + name)
        info.size = len(data)
        t.addfile(info, io.BytesIO(data))
layer = layer.getvalue()
config = json.dumps({"architecture": "amd64", "os": "linux", "rootfs": {
    "type": "layers",
    "diff_ids": ["sha256:" + hashlib.sha256(layer).hexdigest()]}}).encode()
with tarfile.open(work + "/image.tar", "w") as t:
    for name, data in (("layer.tar", layer), ("config.json", config),
                       ("manifest.json", json.dumps([{
                           "Config": "config.json", "RepoTags": ["j:1"],
                           "Layers": ["layer.tar"]}]).encode())):
        info = tarfile.TarInfo(name)
        info.size = len(data)
        t.addfile(info, io.BytesIO(data))
END

runs "jars and a database" python3 "$work/make.py" "$work"
runs "a vulnerability database" "$tally" db import "$vulndb"
runs "an archive of the Java database" tar -C "$work" -czf "$work/java.tgz" \
    trivy-java.db metadata.json


# found WHAT...: "PATH NAME VERSION" of the jars

found()
{
    "$tally" "$@" --skip-db-update --format json 2> "$work/err" \
        | jq -r '.Results[]? | select(.Type == "jar") | .Packages[]
                 | "\(.FilePath | ltrimstr("lib/")) \(.Name) \(.Version)"' \
        | LC_ALL=C sort
}


says='other.jar g:a 2.0
says-1.0.jar g:says 1.0'
all='app.war/WEB-INF/lib/x.jar com.inner:inner 0.5
bundle.jar org.osgi.core:core-log 7
jstl-1.2.jar javax.servlet:jstl 1.2
other.jar g:a 2.0
renamed.jar com.acme:widget 1.2.3
says-1.0.jar g:says 1.0
tool.jar org.demo:tool 3.1
variable.jar org.demo:tool 4'

is "$(found image --input "$work/image.tar")" "$says" \
    "without a database, what says so itself"
is "$(grep -c 'WARN.*javadb.*not identified' "$work/err")" 1 \
    "a warning, once"
like "$(cat "$work/err")" 'tally db import FILE' "which says what to do"

out=$("$tally" db import "$work/java.tgz" 2>&1)
ok $? "db import of a Java database" || diag "$out"
like "$out" "$work/cache/java-db/trivy-java.db" "it has a place of its own"
is "$("$tally" version -f json | jq -c '.JavaDB | .Version, .UpdatedAt')" \
    "$(printf '1\n"2026-11-23T00:00:00Z"')" "version tells of it"

is "$(found image --input "$work/image.tar")" "$all" \
    "by manifest, SHA-1 and name, though the layer was remembered"
is "$(grep -c javadb "$work/err")" 0 "no warning"
is "$(found rootfs "$work/root")" "$all" "in a folder"
like "$(found image --input "$work/image.tar" --debug > /dev/null
        cat "$work/err")" 'lib/unknown.jar: no pom.properties, not identified' \
    "what is in no database is in the longer log"


# it is opened when a jar needs it, and a damaged one is said

head -c 20000 /dev/zero > "$work/cache/java-db/trivy-java.db"
is "$(found image --input "$work/image.tar")" "$says" "a damaged database"
like "$(cat "$work/err")" 'WARN.*javadb.*is no Java database' "is said"
rm "$work"/root/lib/[a-r]*.jar "$work"/root/lib/[t-v]*.jar "$work/root/lib/app.war"
is "$(found rootfs "$work/root")" 'says-1.0.jar g:says 1.0' \
    "without a jar that needs it"
is "$(grep -c javadb "$work/err")" 0 "it is not opened"

fails "db import of what is neither" "$tally" db import "$work/image.tar"


# from a registry

registry_start tally "$port" || { ok 1 "the registry starts"; done_testing; }
cp "$work/java.tgz" .
runs "a Java database in a registry" "$tool_oras" push --plain-http \
    "$reg/java-db:1" \
    java.tgz:application/vnd.aquasec.trivy.javadb.layer.v1.tar+gzip
rm -r "$work/cache/java-db"

is "$(found image --input "$work/image.tar" --skip-java-db-update \
        --java-db-repository "$reg/java-db:1" --insecure)" "$says" \
    "--skip-java-db-update"
is "$(found image --input "$work/image.tar" --insecure \
        --java-db-repository "$reg/none:1,$reg/java-db:1")" "$all" \
    "--java-db-repository, the first that has it"
is "$(found image --input "$work/image.tar" --java-db-repository \
        "$reg/none:1")" "$all" "it is good for a day"
is "$(grep -c 'Downloading' "$work/err")" 0 "and is not asked for again"
runs "--download-java-db-only" "$tally" image --download-java-db-only \
    --java-db-repository "$reg/java-db:1" --insecure
fails "of a registry without one" "$tally" image --download-java-db-only \
    --java-db-repository "$reg/none:1" --insecure


# jars of any size: their contents lie behind what fills them

mkdir -p "$work/large"
python3 - "$work/large" <<'END'
import io, os, sys, zipfile

def jar(name, filler, inner=None):
    b = io.BytesIO()
    with zipfile.ZipFile(b, "w") as z:
        z.writestr("filler", os.urandom(filler))
        if inner:
            z.writestr("lib/inner-2.0.jar", inner)
        z.writestr("META-INF/maven/g/%s/pom.properties" % name,
                   "groupId=g\nartifactId=%s\nversion=1.0\n" % name)
    return b.getvalue()

with open(sys.argv[1] + "/large-1.0.jar", "wb") as f:
    f.write(jar("large", 20 << 20, jar("inner", 10 << 20)))
END
is "$(found rootfs "$work/large")" 'large-1.0.jar g:large 1.0
large-1.0.jar/lib/inner-2.0.jar g:inner 1.0' 'a jar of 30 MB, one of 10 MB in it'
is "$(grep -c 'Left out' "$work/err")" 0 'nothing is left out'
is "$(find "${TMPDIR:-/tmp}" -maxdepth 1 -name 'tally.*' -newer "$work/large" \
    2> /dev/null | wc -l)" 0 'and nothing is left behind'


# licences: of the manifest by identifier, address or link, of a pom.xml by
# name, else by address

mkdir -p "$work/licences"
python3 - "$work/licences" <<'END'
import sys, zipfile

def jar(name, *attributes, pom=""):
    with zipfile.ZipFile("%s/%s-1.0.jar" % (sys.argv[1], name), "w") as z:
        z.writestr("META-INF/MANIFEST.MF", "\r\n".join(
            ("Manifest-Version: 1.0",) + attributes + ("", "")))
        z.writestr("META-INF/maven/g/%s/pom.properties" % name,
                   "groupId=g\nartifactId=%s\nversion=1.0\n" % name)
        z.writestr("META-INF/maven/g/%s/pom.xml" % name, pom)

licence = lambda *inner: "<project><licenses>%s</licenses></project>" % "".join(
    "<license>%s</license>" % x for x in inner)

jar("a", "Bundle-License: apache-2.0, HTTP://WWW.Eclipse.org/legal/epl-v20.html")
jar("b", 'Bundle-License: "Apache License, Version 2.0";'
         'link="https://www.apache.org/licenses/LICENSE-2.0.txt",<<EXTERNAL>>')
jar("c", "Bundle-License: https://web.archive.org/web/2020/http://"
         "opensource.org/licenses/Zlib/;description=x, mit/x11")
jar("d", "Bundle-License: MIT", "Plugin-License-Name: Custom one",
    "Plugin-License-Name-2: isc", "Plugin-License-Names: none")
jar("e", pom=licence("<url>https://www.gnu.org/licenses/old-licenses/"
                     "gpl-2.0-standalone.html</url>", "<name> </name>"
                     "<url>http://www.eclipse.org/legal/epl-v10.html</url>",
                     "<url>https://example.org/mine</url>"))
jar("f", pom=licence("<name>The MIT License</name>"
                     "<url>http://www.mozilla.org/MPL/2.0/</url>"))
END

is "$("$tally" rootfs "$work/licences" --skip-db-update --offline -q -f json \
        | jq -r '.Results[].Packages[] | .Name[2:] + " "
            + ((.Licenses // []) | join("|"))')" \
    'a Apache-2.0|EPL-2.0
b Apache-2.0
c Zlib
d Custom one|ISC
e GPL-2.0-only|EPL-1.0
f MIT' 'licences of jars'

registry_clean tally
done_testing
