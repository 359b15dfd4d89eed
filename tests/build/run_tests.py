#!/usr/bin/python3
"""Runs the tests of one or more build directories; the last line is `N passed, N failed`.

usage: run_tests.py [--ci] BUILD...

The first BUILD gets everything, the others (sanitizers, another compiler) the compiled tests. What to run is
found from the sources, so that a program which was not built is a failure. A program's own count is taken where
it prints one (Check's "100%: Checks: 12, Failures: 0, Errors: 0", or "12 passed, 0 failed"); otherwise its exit
code is one test. Exit code 77 is a skip: always shown, and a failure when CI=true or with --ci. Tests that neither
meet a real server nor call make run side by side, one for each processor.
"""
import argparse
import itertools
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

SKIPPED = 77
TIMEOUT_S = {"command": 1800}
DEFAULT_TIMEOUT_S = 600
SANITIZED = 2  # times as long
# None of these has a clock, a port or a file that is another's: kinds, and scripts of this folder.
SIDE_BY_SIDE = {"unit", "fuzz", "scenarios"}
SCRIPTS_SIDE_BY_SIDE = {"test_course", "test_docs", "test_golden", "test_incident", "test_notebook", "test_openmetrics", "test_perfetto",
                        "test_readme", "test_schema", "test_size_counts", "test_size_found", "test_size_incidents", "test_storm",
                        "test_study_pages", "test_tools", "test_trace_pandas"}
CHECK_LINE = re.compile(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)$", re.M)
COUNT_LINE = re.compile(r"^(\d+) passed, (\d+) failed$", re.M)


def compiled_tests(build):
    """(kind, name, command) of every program that the sources promise, and of the scenarios."""
    for kind, pattern in (("wire", "wire_*.c"), ("unit", "*/test_*.c"), ("fuzz", "fuzz_*.c")):
        for source in sorted(pathlib.Path("tests", kind).glob(pattern)):
            if not source.stem.endswith("main"):
                yield kind, source.stem, [f"{build}/tests/{source.stem}"]
    yield "scenarios", "all", [f"{build}/psyncsim", "test", "scenarios"]


def build_tests(build):
    """The scripts of this folder: each gets the build directory."""
    for script in sorted(pathlib.Path("tests/build").glob("test_*")):
        shell = "sh" if script.suffix == ".sh" else "/usr/bin/python3"
        yield "build", script.stem, [shell, str(script), build]


def ci_tests(build):
    for target in ("lint", "determinism", "fuzz-fixed"):
        yield "command", target, ["make", "--no-print-directory", "-k", f"-j{os.cpu_count()}", target, f"BUILD={build}"]


def run(command, timeout_s):
    """Returns (exit code, output); a program that overstays is ended with all it started."""
    try:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   stdin=subprocess.DEVNULL, text=True, errors="replace", start_new_session=True)
    except OSError as error:
        return 127, f"{command[0]}: {error.strerror}\n"
    try:
        output, _ = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        return 124, output + f"\nended after {timeout_s} s\n"
    return process.returncode, output


def is_beside_others(test):
    _, kind, name, _ = test
    return kind in SIDE_BY_SIDE or (kind == "build" and name in SCRIPTS_SIDE_BY_SIDE)


def run_in_order(tests):
    """Yields (label, exit code, output, seconds) of each test, in the order of tests."""
    def timed(test):
        build, kind, name, command = test
        start = time.monotonic()
        timeout_s = TIMEOUT_S.get(kind, DEFAULT_TIMEOUT_S) * (SANITIZED if build.endswith("-san") else 1)
        code, output = run(command, timeout_s)
        return f"{build} {kind} {name}", code, output, time.monotonic() - start

    for together, group in itertools.groupby(tests, is_beside_others):
        with ThreadPoolExecutor(os.cpu_count() if together else 1) as pool:
            yield from pool.map(timed, group)


def count(code, output):
    """(passed, failed) of one program."""
    checks = [tuple(map(int, match)) for match in CHECK_LINE.findall(output)]
    counts = [tuple(map(int, match)) for match in COUNT_LINE.findall(output)]
    if checks:
        failed = sum(failures + errors for _, failures, errors in checks)
        passed = sum(total for total, _, _ in checks) - failed
    elif counts:
        passed, failed = counts[-1]
    else:
        return (1, 0) if code == 0 else (0, 1)
    if passed + failed == 0 or (code != 0 and failed == 0):
        failed += 1  # it ran nothing, or it died after its last check
    return passed, failed


def report(label, code, output, seconds, strict):
    """Prints one line, and the whole output of what failed; returns (passed, failed, skipped)."""
    if code == SKIPPED:
        print(f"SKIPPED  {label}\n{output}", flush=True)
        return 0, int(strict), 1
    passed, failed = count(code, output)
    if failed:
        print(f"FAILED   {label}: {failed} of {passed + failed}, exit code {code}, {seconds:.1f} s\n{output}")
    else:
        print(f"ok       {label} ({passed}, {seconds:.1f} s)")
    sys.stdout.flush()
    return passed, failed, 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ci", action="store_true", help="lint, determinism and libFuzzer's fixed inputs too; a skip is a failure")
    parser.add_argument("build", nargs="+")
    args = parser.parse_args()
    os.chdir(pathlib.Path(__file__).resolve().parents[2])
    for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "SAN", "MPI", "OPT"):  # a test that calls make starts afresh
        os.environ.pop(name, None)
    os.environ.setdefault("CK_TIMEOUT_MULTIPLIER", "10")  # Check's limits are for an idle, uninstrumented machine
    strict = args.ci or os.environ.get("CI") == "true"
    tests = [(args.build[0], *test) for test in build_tests(args.build[0])]
    tests += [(build, *test) for build in args.build for test in compiled_tests(build)]
    tests.sort(key=is_beside_others)
    if args.ci:
        tests += [(args.build[0], *test) for test in ci_tests(args.build[0])]

    passed = failed = skipped = 0
    for label, code, output, seconds in run_in_order(tests):
        result = report(label, code, output, seconds, strict)
        passed, failed, skipped = (a + b for a, b in zip((passed, failed, skipped), result))
    if skipped:
        print(f"{skipped} SKIPPED: see above{', counted as failed' if strict else ''}")
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
