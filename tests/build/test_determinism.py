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
from concurrent.futures import ThreadPoolExecutor

NO_FMA = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA"}
ALL = [(compiler, level) for compiler in ("gcc", "clang") for level in ("-O0", "-O2", "-O3")]


def build_other(build, compiler, level):
    """-O2 is what `make` and `make CC=clang` have built already."""
    if level == "-O2":
        directory, flags = build + {"gcc": "", "clang": "-clang"}[compiler], ["OPT=-O2 -g"]
    else:
        directory, flags = f"{build}-{compiler}{level}", [f"OPT={level}", "EXTRA_CFLAGS=-Wno-error"]
    result = subprocess.run(["make", "-s", f"-j{os.cpu_count()}", f"BUILD={directory}", f"CC={compiler}", *flags],
                            capture_output=True, text=True)
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
    directories = dict.fromkeys([build, *(build_other(build, *other) for other in others)])
    variants = [(directory, environment) for directory in directories for environment in ({}, NO_FMA)][1:]
    scenarios = sorted(pathlib.Path("scenarios").rglob("*.yaml"))
    if not scenarios:
        sys.exit("no scenarios found")
    failed = 0

    def differing(scenario):
        """Words for each variant that has another digest."""
        expected = digest(build, scenario, {})
        found = [(digest(directory, scenario, environment), directory, environment) for directory, environment in variants]
        return [f"{scenario}: {other} by {directory} {environment or ''}, {expected} by {build}"
                for other, directory, environment in found if other != expected]

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for lines in pool.map(differing, scenarios):
            failed += len(lines)
            for line in lines:
                print(line)
    total = len(scenarios) * len(variants)
    print(f"{total - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
