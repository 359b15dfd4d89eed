#!/usr/bin/python3
"""Killing psyncsim live at any moment, by SIGTERM, SIGINT, SIGHUP or SIGKILL, leaves no server, no port and no
directory behind; a server that dies by itself ends the run with exit code 4 and its last words.

usage: test_live_kill.py BUILD
"""
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
ROUNDS = 24
SIGNALS = (signal.SIGTERM, signal.SIGKILL, signal.SIGTERM, signal.SIGKILL, signal.SIGINT, signal.SIGHUP)
PATIENCE_S = 30
SCENARIO = """
duration: 3s
config: { repl-diskless-sync: no }
nodes: { m: { dataset: 3mb }, r1: { replicaof: m, begin: synced }, r2: { replicaof: m } }
links: { default: { kind: relayed, latency: 1ms } }
load: [ { node: m, rate: 500/s, command: 1000 } ]
faults: [ { at: 300ms, cut: m-r1, for: 300ms }, { at: 500ms, pause: r1, for: 1s }, { at: 400ms, bgsave: m } ]
"""


def servers(top):
    """Processes that work below `top` or have it on their command line: servers, and their saving children."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes()
            cwd = os.readlink(entry / "cwd")
        except OSError:
            continue
        if str(top).encode() in line or cwd.startswith(str(top)):
            found.append((int(entry.name), cwd, line.replace(b"\0", b" ").decode(errors="replace")))
    return found


def ports(top):
    found = []
    for conf in top.glob("psyncsim-live-*/*/server.conf"):
        try:
            found += [int(port) for port in re.findall(r"^port (\d+)$", conf.read_text(), re.M)]
        except OSError:
            pass
    return found


def is_open(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def start(build, top, scenario):
    return subprocess.Popen([f"{build}/psyncsim", "live", str(scenario)], env=dict(os.environ, TMPDIR=str(top)),
                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def left(top, seen=()):
    """What is still there, and which of the ports are open, asked until none is or patience ends: another program may take one."""
    end = time.monotonic() + PATIENCE_S
    while True:
        found = [str(path) for path in top.iterdir()] + servers(top) + [f"port {port}" for port in seen if is_open(port)]
        if not found or time.monotonic() > end:
            return found
        time.sleep(0.01)


def one_round(build, top, scenario, number, draws):
    number_of_signal = SIGNALS[number % len(SIGNALS)]
    process = start(build, top, scenario)
    time.sleep(draws.uniform(0, 4.0))
    seen = ports(top)
    was_over = process.poll() is not None  # on a slow machine it may be, before so many seconds have passed
    process.send_signal(number_of_signal)
    process.communicate()
    code, found = process.returncode, left(top, seen)
    allowed = (-signal.SIGKILL,) if number_of_signal == signal.SIGKILL else (4, -number_of_signal)
    if found:
        return f"after {number_of_signal.name}: {found}"
    if code not in allowed and not (was_over and code == 0):
        return f"{number_of_signal.name}: exit code {code}"
    return None


def a_server_dies(build, top, scenario):
    process = start(build, top, scenario)
    end = time.monotonic() + PATIENCE_S
    while not (found := sorted(pid for pid, cwd, _ in servers(top) if cwd.endswith("/m"))):
        if time.monotonic() > end:
            return "no server came up"
        time.sleep(0.01)
    os.kill(found[0], signal.SIGKILL)
    _, words = process.communicate()
    if process.returncode != 4 or "its server ended by itself" not in words:
        return f"a server that died: exit code {process.returncode}, {words!r}"
    rest = left(top)
    return f"after a server died: {rest}" if rest else None


def main():
    build = sys.argv[1]
    if shutil.which("redis-server") is None:
        print("SKIPPED: there is no redis-server, so nothing was started and nothing killed")
        return SKIPPED
    draws = random.Random(20)
    wrong = []
    with tempfile.TemporaryDirectory(prefix="psk-") as directory:
        scenario = pathlib.Path(directory, "scenario.yaml")
        scenario.write_text(SCENARIO)
        top = pathlib.Path(directory, "t")
        top.mkdir()
        wrong += [one_round(build, top, scenario, number, draws) for number in range(ROUNDS)]
        wrong.append(a_server_dies(build, top, scenario))
    failed = [words for words in wrong if words]
    print("\n".join(failed))
    print(f"{len(wrong) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
