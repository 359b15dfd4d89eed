#!/bin/sh
# `make install` into a DESTDIR gives a program that runs, a manual page that formats and a completion that loads;
# `make uninstall` leaves no file.
set -eu
build=$1
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
fail() {
    echo "$*"
    exit 1
}
make -s install BUILD="$build" DESTDIR="$stage" PREFIX=/opt/psyncsim
root=$stage/opt/psyncsim
"$root/bin/psyncsim" profiles >"$stage/profiles" || fail "the installed program does not run"
grep -q 'redis-7\.0' "$stage/profiles" || fail "the installed program does not know redis-7.0"
man --warnings -l "$root/share/man/man1/psyncsim.1" >"$stage/page" 2>"$stage/warnings" || fail "the manual page does not format"
[ ! -s "$stage/warnings" ] || fail "the manual page: $(cat "$stage/warnings")"
grep -q 'EXIT STATUS' "$stage/page" || fail "the manual page is not whole"
bash -c '. "$1"; complete -p psyncsim' - "$root/share/bash-completion/completions/psyncsim" >/dev/null || fail "the completion does not load"
rm "$stage/profiles" "$stage/page" "$stage/warnings"
make -s uninstall BUILD="$build" DESTDIR="$stage" PREFIX=/opt/psyncsim
[ -z "$(find "$stage" -type f)" ] || fail "uninstall left $(find "$stage" -type f)"
