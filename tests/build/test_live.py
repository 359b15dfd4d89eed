#!/usr/bin/python3
"""Scenarios on real servers tell the same story as simulated: what they expect holds, psyncsim compare finds no difference,
and times agree as far as a busy machine lets them. They run on Debian's redis-server and, the simulated ones on the row of
that version, on the servers of scripts/servers.

usage: test_live.py BUILD [--all]     --all: every scenarios/live-*.yaml and every server, not only the short ones on three
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

from servers import SKIPPED, conclude, other_servers

SHORT = ("cut-partial", "cut-full", "promotion", "restart", "slow-shutdown")
ON = ("redis-8", "valkey-9")
DIFFERS = {("valkey-9", "scenarios/live-full-sync-loop.yaml")}  # it says why
DISKLESS = ("--set", "config.repl-diskless-sync=yes", "--set", "config.repl-diskless-sync-delay=1")
TOLERANCE = "3s+10%"  # ticks of a second on either side, and another load of the machine


def trace(build, command, scenario, folder, *options):
    path = folder / f"{command}.jsonl"
    result = subprocess.run([f"{build}/psyncsim", command, scenario, "--trace", path, *options], capture_output=True, text=True,
                            stdin=subprocess.DEVNULL)
    return path, f"{command}: exit code {result.returncode}\n{result.stdout}{result.stderr}" if result.returncode else None


def compare(build, scenario, server, *options):
    """What is wrong with the scenario on that server; None: nothing."""
    where = " ".join((scenario, *options, "on", server))
    with tempfile.TemporaryDirectory() as folder:
        live, wrong = trace(build, "live", scenario, pathlib.Path(folder), "--server", server, *options)
        if wrong:
            return f"{where}: {wrong}"
        lines = [json.loads(line) for line in live.read_text().splitlines()]
        version = lines[0].get("live", "")
        simulated, wrong = trace(build, "run", scenario, pathlib.Path(folder), "--set", f"server={version}", *options)
        if wrong:
            return f"{where}: {wrong}"
        rows = [json.loads(path.open().readline())["server"] for path in (simulated, live)]
        result = subprocess.run([f"{build}/psyncsim", "compare", simulated, live, "--time-tolerance", TOLERANCE],
                                capture_output=True, text=True)
    if result.returncode != 0:
        return f"{where}: compare: exit code {result.returncode}\n{result.stdout}{result.stderr}"
    if not version.startswith(("redis-", "valkey-")) or not version.startswith(rows[0]) or rows[0] != rows[1]:
        return f"{where}: another header: {lines[0]}"
    if [line["t"] for line in lines[1:]] != sorted(line["t"] for line in lines[1:]):
        return f"{where}: the events are not in order of time"
    return None


def older_replica(build, newer):
    """An old server that cannot read what a newer master sends asks again and again, as it does in the simulation."""
    result = subprocess.run([f"{build}/psyncsim", "live", "scenarios/older-replica.yaml", "--server", f"m={newer}"], capture_output=True,
                            text=True, stdin=subprocess.DEVNULL)
    return f"older-replica: exit code {result.returncode}\n{result.stdout}{result.stderr}" if result.returncode else None


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
    others, missing = other_servers()
    servers = {"redis-server": "redis-server"} | {name: path for name, path in others.items() if "--all" in sys.argv[2:] or name in ON}
    runs = [(scenario, path) for name, path in servers.items() for scenario in scenarios if (name, scenario) not in DIFFERS]
    if "redis-8" in servers:  # whose own way takes two connections, and a relay knows one
        runs.append(("scenarios/live-cut-full.yaml", servers["redis-8"], *DISKLESS))
    with ThreadPoolExecutor(max_workers=max(3, os.cpu_count() or 1)) as pool:
        found += pool.map(lambda one: compare(build, *one), runs)
    if "redis-8" in servers:
        found.append(older_replica(build, servers["redis-8"]))
    return conclude(found, missing)


if __name__ == "__main__":
    sys.exit(main())
