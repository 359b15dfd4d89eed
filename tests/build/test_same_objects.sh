#!/bin/sh
# The wire tests, which talk to a real server, run the protocol objects that psyncsim runs: the linker's maps name the
# same archive and, member by member, the same sections; nothing else in a program defines a protocol function.
set -eu
build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
archive=$build/models/psync.a
failed=0
complain() {
    echo "$*"
    failed=1
}

# "member section size" for each piece of code or table that the program took from the archive.
members() {
    tr '\n' ' ' <"$1.map" | grep -oE ' \.(text|rodata|data\.rel\.ro)[a-zA-Z0-9_.]* +0x[0-9a-f]+ +0x[0-9a-f]+ [^ ]*psync\.a\([a-z_0-9]+\.o\)' |
        grep -vE '0x0+ +0x|rodata\.(str|cst)' | awk '{ print $4, $1, $3 }' | sort
}

for program in "$build/psyncsim" "$build"/tests/wire_*; do
    case $program in *.map) continue ;; esac
    [ -x "$program" ] || { complain "$program: not built"; continue; }
    [ -z "$(find "$archive" -newer "$program")" ] || complain "$program: older than $archive"
    [ -s "$program.map" ] || { complain "$program: no link map"; continue; }
    members "$program" >"$work/$(basename "$program")"
    [ -s "$work/$(basename "$program")" ] || complain "$program: takes nothing from $archive"
    cut -d' ' -f1 "$work/$(basename "$program")" | grep -vxF -e "$archive" | grep -vF "$archive(" &&
        complain "$program: takes protocol objects from elsewhere"
done

# psyncsim holds at least what each wire test holds, in the same form.
for list in "$work"/wire_*; do
    [ -e "$list" ] || { complain "no wire test found"; break; }
    comm -13 "$work/psyncsim" "$list" >"$work/only"
    [ ! -s "$work/only" ] || complain "$(basename "$list"): not as in psyncsim:
$(cat "$work/only")"
done
! grep -rnE '#include ".*\.c"' tests/wire || complain "a wire test includes a source file"
exit $failed
