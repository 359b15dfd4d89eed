#!/bin/sh
# `make deb` gives a package without an error of lintian, of the program's own version. dpkg installs it into a throw-away root, against
# the packages that this machine has, and the program there runs a scenario of the package with the digest that it has here; removed, it
# leaves nothing.
set -eu
build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
    echo "$*"
    exit 1
}
before=$(git status --porcelain debian 2>/dev/null) || before=
make -s deb BUILD="$build" >"$work/log" 2>&1 || fail "make deb: $(cat "$work/log")"
set -- "$build"/deb/*.deb
[ $# -eq 1 ] || fail "make deb left $*"
package=$1
version=$("$build/psyncsim" --version | grep -o '[0-9][0-9.]*' | head -n 1)
[ "$(dpkg-deb -f "$package" Version)" = "$version" ] || fail "debian/changelog says $(dpkg-deb -f "$package" Version), the program $version"
lintian --fail-on error "$package" >"$work/lintian" 2>&1 || fail "lintian: $(cat "$work/lintian")"
after=$(git status --porcelain --ignored debian 2>/dev/null) || after=
[ "$before" = "$after" ] || fail "make deb left $after"

root=$work/root admin=$work/root/var/lib/dpkg
mkdir -p "$admin/info" "$admin/updates"
cp /var/lib/dpkg/status "$admin/status"
as_root() { # the root has no lists of the other packages' files, of which dpkg complains one by one
    dpkg --root="$root" --force-not-root --log=/dev/null "$@" >"$work/dpkg" 2>&1 || fail "dpkg $*: $(grep -v 'files list file' "$work/dpkg")"
}
as_root --install "$package"
grep -q 'Setting up psyncsim' "$work/dpkg" || fail "dpkg did not set it up: $(tail -n 5 "$work/dpkg")"
scenario=$root/usr/share/doc/psyncsim/examples/redis-5744-buffer-and-backlog.yaml
"$root/usr/bin/psyncsim" run "$scenario" >"$work/there" || fail "the installed program does not run: $(cat "$work/there")"
"$build/psyncsim" run scenarios/redis-5744-buffer-and-backlog.yaml >"$work/here"
[ "$(grep digest "$work/there")" = "$(grep digest "$work/here")" ] || fail "another digest: $(grep digest "$work/there")"
"$root/usr/bin/psyncsim" test "$root/usr/share/doc/psyncsim/examples/course" >"$work/course" || fail "the course: $(cat "$work/course")"
[ -f "$root/usr/share/man/man1/psyncsim.1.gz" ] || fail "no manual page"
as_root --purge psyncsim
left=$(find "$root" -path "$admin" -prune -o -type f -print)
[ -z "$left" ] || fail "purged, it left $left"
