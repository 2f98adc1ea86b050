#!/bin/bash
#
# The Debian packages: `make deb` makes them, lintian has nothing to say, and
# what they hold works: the module in Debian's nginx, the command, its manual
# pages.  (Installing them for real is t/fresh's: this machine is not ours.)

# shellcheck source=t/interop/lib.sh
. "$(dirname "$0")/lib.sh"

need dpkg-buildpackage lintian

if [ -n "${TALLY_SANITIZE-}" ]; then
    skip_all "packages are not built with sanitizers"
fi

deb=$work/deb/deb

# a build folder of its own: another test may be running from the usual one
make -s -C "$top" deb BUILD="$work/deb" > "$work/deb.log" 2>&1
ok $? "make deb makes packages" || diag "$(tail -n 20 "$work/deb.log")"

is "$(cd "$deb" && echo ./*.deb | tr ' ' '\n' | sed 's/_.*//' | grep -v dbgsym)" \
    "./libnginx-mod-http-registry
./tally" "of the module and of the command"

is "$(lintian --allow-root --tag-display-limit 0 "$deb"/*.changes 2>&1)" "" \
    "lintian has nothing to say"

root=$work/root
for file in "$deb"/*.deb; do
    dpkg-deb -x "$file" "$root" || exit 1
done

like "$(dpkg-deb -f "$deb"/libnginx-mod-http-registry_*.deb Depends)" \
    'nginx-abi-' "the module depends on the nginx that it fits"
like "$(dpkg-deb -f "$deb"/tally_*.deb Depends)" 'libcurl4' \
    "the command depends on the libraries that it loads when needed"

# Debian's way to load a module, and the snippet, as they are installed
sed -e "s|modules/|$root/usr/lib/nginx/modules/|" \
    "$root/usr/share/nginx/modules-available/mod-http-registry.conf" \
    > "$work/load.conf"
sed -e "s|/var/lib/registry|$work/store|" \
    "$root/etc/nginx/snippets/registry.conf" > "$work/snippet.conf"

cat > "$work/nginx.conf" <<END
include $work/load.conf;
user $(id -un);
pid $work/nginx.pid;
error_log $work/error.log;
events {
}
http {
    access_log off;
    client_body_temp_path $work/body;
    server {
        listen 127.0.0.1:$port;
        include $work/snippet.conf;
    }
}
END

runs "Debian's nginx loads the module, with the snippet" \
    "$(PATH=$PATH:/usr/sbin command -v nginx)" -t -c "$work/nginx.conf" \
    -e "$work/error.log"

is "$("$root/usr/bin/tally" version)" "$("$TALLY_BUILD/tally" version)" \
    "the command runs"

pages=$root/usr/share/man/man1
is "$(cd "$pages" && echo tally-*.1.gz | tr ' ' '\n' | sed 's/\.1\.gz//' \
       | LC_ALL=C sort)" \
    "$("$root/usr/bin/tally" help | sed -n 's/^  \([a-z-]*\)   *[A-Z].*/tally-\1/p' \
       | LC_ALL=C sort)" "each verb has a manual page"

done_testing
