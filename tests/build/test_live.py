#!/usr/bin/python3
"""Scenarios on real servers tell the same story as simulated: what they expect holds, psyncsim compare finds no difference,
and times agree as far as a busy machine lets them.

usage: test_live.py BUILD [--all]     --all: every scenarios/live-*.yaml, not only the short ones
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

SKIPPED = 77
SHORT = ("cut-partial", "cut-full", "promotion", "restart", "slow-shutdown")
TOLERANCE = "3s+10%"  # ticks of a second on either side, and another load of the machine


def trace(build, command, scenario, folder):
    path = folder / f"{command}.jsonl"
    result = subprocess.run([f"{build}/psyncsim", command, scenario, "--trace", path], capture_output=True, text=True,
                            stdin=subprocess.DEVNULL)
    return path, f"{command}: exit code {result.returncode}\n{result.stdout}{result.stderr}" if result.returncode else None


def compare(build, scenario):
    """What is wrong with the scenario on real servers; None: nothing."""
    with tempfile.TemporaryDirectory() as folder:
        simulated, wrong = trace(build, "run", scenario, pathlib.Path(folder))
        live, wrong_live = trace(build, "live", scenario, pathlib.Path(folder))
        if wrong or wrong_live:
            return f"{scenario}: {wrong or wrong_live}"
        lines = [json.loads(line) for line in live.read_text().splitlines()]
        result = subprocess.run([f"{build}/psyncsim", "compare", simulated, live, "--time-tolerance", TOLERANCE],
                                capture_output=True, text=True)
    if result.returncode != 0:
        return f"{scenario}: compare: exit code {result.returncode}\n{result.stdout}{result.stderr}"
    if not lines[0]["live"].startswith(("redis-", "valkey-")):
        return f"{scenario}: another header: {lines[0]}"
    if [line["t"] for line in lines[1:]] != sorted(line["t"] for line in lines[1:]):
        return f"{scenario}: the events are not in order of time"
    return None


def refusal(build, words, *options):
    result = subprocess.run([f"{build}/psyncsim", "live", *options, "scenarios/live-cut-partial.yaml"],
                            capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if result.returncode != 4 or words not in result.stderr or result.stdout:
        return f"{options}: exit code {result.returncode}, {result.stderr!r}"
    return None


def main():
    build = sys.argv[1]
    scenarios = [f"scenarios/live-{name}.yaml" for name in SHORT]
    if "--all" in sys.argv[2:]:
        scenarios = sorted(map(str, pathlib.Path("scenarios").glob("live-*.yaml")))
    found = [refusal(build, "there is no program 'no-such-server'", "--server", "no-such-server"),
             refusal(build, "says no version", "--server", "/bin/true")]
    if shutil.which("redis-server") is None:
        print("SKIPPED: there is no redis-server, so no scenario was held against real servers")
        return SKIPPED
    with ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 1)) as pool:
        found += pool.map(lambda scenario: compare(build, scenario), scenarios)
    failed = [words for words in found if words]
    print("\n".join(failed))
    print(f"{len(found) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
