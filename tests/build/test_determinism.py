#!/usr/bin/python3
"""The digest of every scenario is the same at -O0, and without the processor's AVX2 and FMA.

With --all: at -O0, -O2 and -O3, by gcc and by clang, each with and without AVX2 and FMA.

usage: test_determinism.py BUILD [--all]
"""
import json
import os
import pathlib
import subprocess
import sys

NO_FMA = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA"}
ALL = [(compiler, level) for compiler in ("gcc", "clang") for level in ("-O0", "-O2", "-O3")]


def build_other(build, compiler, level):
    directory = f"{build}-{compiler}{level}"
    result = subprocess.run(["make", "-s", f"-j{os.cpu_count()}", f"BUILD={directory}", f"CC={compiler}",
                             f"OPT={level}", "EXTRA_CFLAGS=-Wno-error"], capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{directory}: the build failed\n{result.stdout}{result.stderr}")
    return directory


def digest(build, scenario, environment):
    result = subprocess.run([f"{build}/psyncsim", "run", str(scenario), "--json"], capture_output=True, text=True,
                            env={**os.environ, **environment})
    if result.returncode not in (0, 1):  # an expectation that does not hold is another test's business
        sys.exit(f"{build}/psyncsim run {scenario}: exit code {result.returncode}\n{result.stderr}")
    return json.loads(result.stdout)["digest"]


def main():
    build = sys.argv[1]
    others = ALL if "--all" in sys.argv[2:] else [("gcc", "-O0")]
    variants = [(build, NO_FMA)]
    for compiler, level in others:
        directory = build_other(build, compiler, level)
        variants += [(directory, {}), (directory, NO_FMA)]
    scenarios = sorted(pathlib.Path("scenarios").rglob("*.yaml"))
    if not scenarios:
        sys.exit("no scenarios found")
    failed = 0
    for scenario in scenarios:
        expected = digest(build, scenario, {})
        for directory, environment in variants:
            found = digest(directory, scenario, environment)
            if found != expected:
                print(f"{scenario}: {found} by {directory} {environment or ''}, {expected} by {build}")
                failed += 1
    total = len(scenarios) * len(variants)
    print(f"{total - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
