#!/usr/bin/python3
"""Scenarios on real servers tell the same story as simulated: what they expect holds, and every decision and every drop is
the same in kind and number (but attempts that were refused, which the phases of crons decide).

usage: test_live.py BUILD
"""
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

SKIPPED = 77
SCENARIOS = ("cut-partial", "cut-full", "promotion", "restart")
COUNTS = ("full", "full_failed", "partial", "refused", "reasons", "online")


def trace(build, command, name):
    result = subprocess.run([f"{build}/psyncsim", command, f"scenarios/live-{name}.yaml", "--trace", "-"],
                            capture_output=True, text=True, stdin=subprocess.DEVNULL)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    return result, lines


def story(summary):
    found = {}
    for replica in summary["replicas"]:
        found[replica["node"]] = {key: replica[key] for key in COUNTS}
        found[replica["node"]]["drops"] = {why: count for why, count in replica["drops"].items() if why != "refused"}
    return found


def compare(build, name):
    simulated, wanted = trace(build, "run", name)
    live, lines = trace(build, "live", name)
    if live.returncode != 0 or simulated.returncode != 0:
        return f"{name}: exit code {live.returncode}: {live.stderr}"
    if wanted[0]["nodes"] != lines[0]["nodes"] or not lines[0]["live"].startswith(("redis-", "valkey-")):
        return f"{name}: another header: {lines[0]}"
    if [line["t"] for line in lines[1:]] != sorted(line["t"] for line in lines[1:]):
        return f"{name}: the events are not in order of time"
    if story(wanted[-1]) != story(lines[-1]):
        return f"{name}: simulated {story(wanted[-1])}, live {story(lines[-1])}"
    return None


def refusal(build, words, *options):
    result = subprocess.run([f"{build}/psyncsim", "live", *options, "scenarios/live-cut-partial.yaml"],
                            capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if result.returncode != 4 or words not in result.stderr or result.stdout:
        return f"{options}: exit code {result.returncode}, {result.stderr!r}"
    return None


def main():
    build = sys.argv[1]
    found = [refusal(build, "there is no program 'no-such-server'", "--server", "no-such-server"),
             refusal(build, "says no version", "--server", "/bin/true")]
    if shutil.which("redis-server") is None:
        print("SKIPPED: there is no redis-server, so no scenario was held against real servers")
        return SKIPPED
    with ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 1)) as pool:
        found += pool.map(lambda name: compare(build, name), SCENARIOS)
    failed = [words for words in found if words]
    print("\n".join(failed))
    print(f"{len(found) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
