#!/bin/bash
#
# The Debian packages: `make deb` makes them, lintian has nothing to say, and
# what they hold works: the module in Debian's nginx, the command, its manual
# pages, completion and timer.  (Installing them for real is t/packages' part,
# in a machine of t/fresh: this one is not ours.)

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

# completion, where each shell looks for it

while read -r shell file; do
    "$root/usr/bin/tally" completion "$shell" \
        | cmp -s - "$root/usr/share/$file"
    ok $? "$shell finds its completion"
done <<END
bash bash-completion/completions/tally
zsh zsh/vendor-completions/_tally
fish fish/vendor_completions.d/tally.fish
END


# the timer, and its command

units=$(dirname "$(find "$root" -name tally-gc.timer)")
mkdir -p "$work/units" "$work/gc-store/docker/registry/v2"
sed -e "s|/usr/bin/tally|$root/usr/bin/tally|" "$units/tally-gc.service" \
    > "$work/units/tally-gc.service"
cp "$units/tally-gc.timer" "$work/units"
sed -e "s|/usr/bin/tally|$root/usr/bin/tally|" "$units/tally-scan.service" \
    > "$work/units/tally-scan.service"

if command -v systemd-analyze > /dev/null; then
    is "$(systemd-analyze verify --recursive-errors=no \
        "$work/units/tally-gc.timer" "$work/units/tally-gc.service" \
        "$work/units/tally-scan.service" 2>&1 \
        | grep -e tally-gc -e tally-scan | grep -v -e 'Failed to connect' -e "'man ")" "" \
        "systemd finds nothing wrong with the units"
else
    skip "systemd-analyze is not installed"
fi

command=$(sed -n 's/^ExecStart=//p' "$work/units/tally-gc.service")
options=$(. "$root/etc/default/tally-gc" && echo "$OPTIONS")
like "$options" '^--root /var/lib/registry ' "the default names a store"
options=${options//\/var\/lib\/registry/$work/gc-store}
# shellcheck disable=SC2086
runs "and what the timer runs collects it" ${command//\$OPTIONS/$options}

command=$(sed -n 's/^ExecStart=//p' "$work/units/tally-scan.service")
options=$(. "$root/etc/default/tally-scan" && echo "$OPTIONS")
options=${options/\/var\/lib\/registry/$work/gc-store}
command=${command/\/var\/cache\/tally/$work/cache}
# shellcheck disable=SC2086
fails "what the service runs wants a database, and nothing else" \
    ${command//\$OPTIONS/$options} --once --offline 2> "$work/why"

done_testing
