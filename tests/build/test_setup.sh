#!/bin/sh
# scripts/setup: no apt-get when nothing is missing; without root, the exact command and exit code 4; bad commands are 2.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/scripts"
cp scripts/setup "$work/scripts/"
fake() {
    printf '#!/bin/sh\n%s\n' "$2" >"$work/bin/$1"
    chmod 755 "$work/bin/$1"
}
fake apt-get 'echo "apt-get $*" >&2; exit 1'
fake id 'echo 1000'
passed=0 failed=0
# expect CODE TEXT COMMAND: exit code, and a text that stderr or stdout must hold ("" for no word of apt-get)
expect() {
    output=$(PATH="$work/bin:$PATH" sh "$work/scripts/setup" "$3" 2>&1)
    code=$?
    if [ $code -ne "$1" ]; then
        problem="exit code $code, not $1"
    elif [ -n "$2" ] && ! printf '%s' "$output" | grep -qF -e "$2"; then
        problem="does not say: $2"
    elif [ -z "$2" ] && printf '%s' "$output" | grep -q apt-get; then
        problem="calls or names apt-get"
    else
        passed=$((passed + 1))
        return
    fi
    failed=$((failed + 1))
    echo "setup $3: $problem: $output"
}
fake dpkg-query 'printf installed'
expect 0 "" packages
expect 0 "usage: " --help
expect 2 "usage: " install
expect 2 "usage: " ""
# shellcheck disable=SC2016 # for the fake
fake dpkg-query 'case "$*" in *scdoc) exit 1 ;; *cppcheck) printf config-files ;; *) printf installed ;; esac'
expect 4 "apt-get install -y --no-install-recommends cppcheck scdoc" packages
expect 4 "apt-get install -y --no-install-recommends cppcheck scdoc" check
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
