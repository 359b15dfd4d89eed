#!/bin/sh
# Output that cannot be written is exit code 4, words on stderr, and never half a file: a trace that was there before
# is either untouched or gone, and nothing is left beside it.
set -u
psyncsim=$1/psyncsim
scenario=$(find scenarios -name '*.yaml' | sort | head -n 1)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

# refused WHAT COMMAND…: expects exit code 4 and a message
refused() {
    what=$1
    shift
    "$@" 2>"$work/stderr"
    code=$?
    if [ $code -eq 4 ] && [ -s "$work/stderr" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$what: exit code $code, not 4; stderr: $(cat "$work/stderr")"
    fi
}
# empty WHAT: nothing but what was there before
empty() {
    left=$(ls -A "$work/out")
    if [ -z "$left" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$1: left $left"
        rm -rf "$work/out"
        mkdir "$work/out"
    fi
}
to_full() { "$@" >/dev/full; }
to_closed() { "$@" >&-; }
# A limit of 512 bytes on any file; the signal is ignored so that write() fails as on a full disk.
with_small_files() {
    (
        trap '' XFSZ
        ulimit -f 1
        "$@"
    )
}

[ -n "$scenario" ] || { echo "no scenario found"; exit 1; }
mkdir "$work/out" "$work/folder"
refused "trace in a missing folder" "$psyncsim" run "$scenario" --trace "$work/none/trace.jsonl" >/dev/null
refused "trace onto a folder" "$psyncsim" run "$scenario" --trace "$work/folder" >/dev/null
refused "trace onto a full device" "$psyncsim" run "$scenario" --trace /dev/full >/dev/null
refused "trace on a full stdout" to_full "$psyncsim" run "$scenario" --trace -
refused "summary on a full stdout" to_full "$psyncsim" run "$scenario"
refused "JSON summary on a full stdout" to_full "$psyncsim" run "$scenario" --json
refused "JSON summary on a closed stdout" to_closed "$psyncsim" run "$scenario" --json
for table in schema events profiles presets; do
    refused "$table on a full stdout" to_full "$psyncsim" $table
done
refused "trace on a full disk" with_small_files "$psyncsim" run "$scenario" --trace "$work/out/trace.jsonl" >/dev/null
empty "trace on a full disk"
echo before >"$work/out/trace.jsonl"
refused "trace over an old one on a full disk" with_small_files "$psyncsim" run "$scenario" --trace "$work/out/trace.jsonl" >/dev/null
[ "$(cat "$work/out/trace.jsonl" 2>/dev/null)" = before ] && rm "$work/out/trace.jsonl"
empty "trace over an old one on a full disk"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
