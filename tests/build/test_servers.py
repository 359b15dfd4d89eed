#!/usr/bin/python3
"""scripts/servers: what it unpacked runs with its own loader and libraries, what is there stays as it is, and what it
cannot do is said. The wire tests of both machines hold against each of these servers.

usage: test_servers.py BUILD
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

from servers import conclude, other_servers



def call(*words, **environment):
    return subprocess.run(["sh", "scripts/servers", *words], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          env={**os.environ, **environment})


def refused(code, text, *words, **environment):
    result = call(*words, **environment)
    if result.returncode != code or text not in result.stderr:
        return f"scripts/servers {' '.join(words)}: exit code {result.returncode}, not {code}, or no '{text}':\n{result.stderr}"
    return None


def refusals():
    with tempfile.TemporaryDirectory() as folder:
        found = [refused(2, "there is no server 'redis-9'", "redis-9"), refused(2, "usage: ", "--dir"), refused(2, "usage: ", "--fast"),
                 refused(1, "valkey-9 is not to be had from testing of file:/nowhere", "--dir", folder, "valkey-9",
                         PSYNCSIM_ARCHIVE="file:/nowhere"),
                 refused(1, "redis-8 is not to be had from trixie of file:/nowhere", "--dir", folder, PSYNCSIM_ARCHIVE="file:/nowhere")]
        left = list(pathlib.Path(folder).iterdir())
        return found + ([f"files are left: {left}"] if left else [None])


def check_version(name, path):
    """The program, started from anywhere, says the version that is written beside it."""
    said = subprocess.run([os.path.abspath(path), "--version"], capture_output=True, text=True, cwd="/")
    match = re.match(r"(\w+) server v=(\S+)", said.stdout)
    version = pathlib.Path(path).with_name("version").read_text().strip()
    if match is None or f"{match[1].lower()}-{match[2]}" != version or not version.startswith(f"{name}."):
        return f"{name}: version {version}, but it says: {said.stdout}{said.stderr}"
    return None


def check_stays(name, path):
    """A second call changes nothing, and needs no archive."""
    before = os.stat(path).st_mtime_ns
    result = call(name, PSYNCSIM_ARCHIVE="file:/nowhere")
    if result.returncode or os.stat(path).st_mtime_ns != before:
        return f"{name} is there, but scripts/servers: exit code {result.returncode}\n{result.stderr}"
    return None


def wire(build, program, path):
    result = subprocess.run([f"{build}/tests/{program}"], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                            env={**os.environ, "REDIS_SERVER": path})
    if result.returncode or "SKIPPED" in result.stdout:
        return f"{program} with {path}: exit code {result.returncode}\n{result.stdout[-2000:]}{result.stderr}"
    return None


def main():
    build = sys.argv[1]
    found = refusals()
    servers, missing = other_servers()
    for name, path in servers.items():
        found += [check_version(name, path), check_stays(name, path)]
    with ThreadPoolExecutor(max_workers=2) as pool:
        pairs = [(program, path) for path in servers.values() for program in ("wire_master", "wire_replica")]
        found += pool.map(lambda pair: wire(build, *pair), pairs)
    return conclude(found, missing)


if __name__ == "__main__":
    sys.exit(main())
