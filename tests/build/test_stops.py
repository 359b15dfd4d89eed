#!/usr/bin/python3
"""Replicas that are stopped (SIGSTOP) for longer than their repl-timeout, on real servers and simulated: how many of them
give up their master, and what they are owed.

usage: test_stops.py BUILD               the kept outcomes and a live run against simulated shares
       test_stops.py BUILD --record N    N live rounds, printed as tests/truth/stops.json has them

In each case one master has 20 replicas, each stopped once at a random phase. The kept outcomes are fixed, so they are held
to p >= 0.05; the live run is new each time and held to p >= 0.001.
"""
import json
import math
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

SKIPPED = 77
SERVER = os.environ.get("REDIS_SERVER", "/usr/bin/redis-server")
KEPT = pathlib.Path("tests/truth/stops.json")
KEPT_P, LIVE_P = 0.05, 0.001
NOISE = 0.03  # of live outcomes may be any: a machine that others use stops processes, too
REPLICAS, TIMEOUT_S, COMMAND, PING_S, SPREAD_S = 20, 4, 993, 2, 2
SEEDS = 100
# Stream bytes a second, the stop in seconds, and the master's own repl-timeout.
CASES = ((1_000_000, 7, 600), (100_000, 7, 600), (0, 7, 600), (400_000, 9, TIMEOUT_S))
OUTCOMES = ("none", "timeout", "lost")
SETTLE_S, AFTER_S = 3, 3


def simulated(psyncsim, case, seed):
    """The outcomes of one simulated round, and the bytes that were owed."""
    rate, stop_s, master_timeout_s = case
    draw = random.Random(seed)
    replicas = [f"r{i}" for i in range(REPLICAS)]
    nodes = "".join(f"  {name}: {{ replicaof: m, begin: synced, config: {{ repl-timeout: {TIMEOUT_S} }} }}\n" for name in replicas)
    stops = "".join(f"  - {{ at: {20000 + int(draw.random() * SPREAD_S * 1000)}ms, pause: {name}, for: {stop_s}s }}\n"
                    for name in replicas)
    load = f"load: [ {{ node: m, rate: {rate // COMMAND}/s, command: {COMMAND} }} ]\n" if rate else ""
    text = ("duration: 35s\nspread: 10s\n"
            f"config: {{ repl-timeout: {master_timeout_s}, repl-ping-replica-period: {PING_S}, repl-backlog-size: 64mb }}\n"
            f"nodes:\n  m: {{ dataset: 10mb }}\n{nodes}{load}faults:\n{stops}")
    result = subprocess.run([psyncsim, "run", "-", "--seed", str(seed), "--trace", "-"], input=text, capture_output=True, text=True, check=True)
    outcomes, owed = dict.fromkeys(replicas, "none"), []
    for event in map(json.loads, result.stdout.splitlines()):
        if event.get("event") == "drop" and event["node"] != "m":
            outcomes[event["node"]] = {"timeout-master": "timeout"}.get(event["why"], event["why"])
        elif event.get("event") == "resync":
            owed.append(event["owed_bytes"])
    return [list(outcomes.values()).count(outcome) for outcome in OUTCOMES], owed


class Servers:
    """A master with its replicas, stopped and continued; all end with the object."""

    def __init__(self, top, case):
        self.top, self.processes, self.is_over = top, [], False
        self.rate, self.stop_s, timeout_s = case
        self.port = self.start("m", "--repl-timeout", str(timeout_s), "--repl-ping-replica-period", str(PING_S), "--repl-backlog-size", "64mb")
        self.replicas = [f"r{i}" for i in range(REPLICAS)]
        for name in self.replicas:
            self.start(name, "--repl-timeout", str(TIMEOUT_S), "--replicaof", f"127.0.0.1 {self.port}")

    def start(self, name, *options):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        home = self.top / name
        home.mkdir()
        self.processes.append(subprocess.Popen(
            [SERVER, "--port", str(port), "--dir", str(home), "--logfile", str(home / "log"), "--save", "",
             "--repl-diskless-sync-delay", "0", *options], stdout=subprocess.DEVNULL))
        self.wait(lambda: "Ready to accept connections" in self.log(name))
        return port

    @staticmethod
    def wait(is_so, patience_s=60):
        end = time.monotonic() + patience_s
        while not is_so():
            assert time.monotonic() < end, "a server did not come up"
            time.sleep(0.02)

    def log(self, name):
        path = self.top / name / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def write(self):
        """Closed-loop SETs of COMMAND bytes at the case's rate."""
        head = b"*3\r\n$3\r\nSET\r\n$6\r\nkey%03d\r\n$950\r\n"
        command = head % 1 + b"w" * 950 + b"\r\n"
        with socket.create_connection(("127.0.0.1", self.port)) as client:
            begin, done = time.monotonic(), 0
            while not self.is_over:
                due = min(int((time.monotonic() - begin) * self.rate / COMMAND) - done, 200)
                if due <= 0:
                    time.sleep(0.002)
                    continue
                client.sendall(command * due)
                done += due
                answered = 0
                while answered < 5 * due:
                    answered += len(client.recv(65536))

    def stop_one(self, index, seed):
        time.sleep(random.Random(seed * 1000 + index).random() * SPREAD_S)
        process = self.processes[1 + index]
        process.send_signal(signal.SIGSTOP)
        time.sleep(self.stop_s)
        process.send_signal(signal.SIGCONT)

    def round(self, seed):
        for name in self.replicas:
            self.wait(lambda name=name: "sync: Finished with success" in self.log(name))
        marks = {name: len(self.log(name)) for name in ["m", *self.replicas]}
        stops = [threading.Thread(target=self.stop_one, args=(i, seed)) for i in range(REPLICAS)]
        for thread in stops:
            thread.start()
        for thread in stops:
            thread.join()
        time.sleep(AFTER_S)
        logs = [self.log(name)[marks[name]:] for name in self.replicas]
        outcomes = ["timeout" if "MASTER timeout" in log else "lost" if "Connection with master lost" in log else "none" for log in logs]
        owed = list(map(int, re.findall(r"Sending (\d+) bytes of backlog", self.log("m")[marks["m"]:])))
        return [outcomes.count(outcome) for outcome in OUTCOMES], owed

    def end(self):
        self.is_over = True
        for process in self.processes:
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()


def live_case(top, case, rounds, into):
    top.mkdir()
    servers = None
    try:
        servers = Servers(top, case)
        writer = threading.Thread(target=servers.write, daemon=True)
        if case[0]:
            writer.start()
        time.sleep(SETTLE_S)
        into[case] = [servers.round(seed) for seed in range(rounds)]
    finally:
        if servers is not None:
            servers.end()


def live(rounds):
    """The outcomes of all cases, which run beside each other: {case: [(counts, owed) of each round]}."""
    found = {}
    with tempfile.TemporaryDirectory(prefix="psyncsim-stops-") as top:
        threads = [threading.Thread(target=live_case, args=(pathlib.Path(top) / str(case[0]), case, rounds, found)) for case in CASES]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(found) == len(CASES), "a case did not run to its end"
    return found


def total(rounds):
    return [sum(counts) for counts in zip(*(counts for counts, _ in rounds))], [bytes_ for _, owed in rounds for bytes_ in owed]


def log_probability(counts, shares):
    log_p = math.lgamma(sum(counts) + 1)
    for count, share in zip(counts, shares):
        if count > 0 and share == 0:
            return -math.inf
        log_p += (count * math.log(share) if count > 0 else 0) - math.lgamma(count + 1)
    return log_p


def p_value(counts, shares):
    """Exact: the probability of all outcomes that are no more likely than the one found."""
    all_of_them, found = sum(counts), log_probability(counts, shares)
    if found == -math.inf:
        return 0.0
    others = ([a, b, all_of_them - a - b] for a in range(all_of_them + 1) for b in range(all_of_them + 1 - a))
    return min(1.0, sum(math.exp(p) for p in (log_probability(other, shares) for other in others) if p <= found + 1e-9))


def check(label, case, found, shares, least):
    """found: (counts, owed)."""
    counts, owed = found
    p = p_value(counts, shares)
    print(f"{label}, {case[0]} B/s: {dict(zip(OUTCOMES, counts))} against shares "
          f"{', '.join(f'{share:.3f}' for share in shares)}: p = {p:.3f}")
    assert p >= least, f"p = {p:.4f}, at least {least} is expected"
    # whoever gave up is owed all that was written during the stop; whom the master had dropped, only what came after that
    low = case[0] * (case[1] - 1 - (TIMEOUT_S + 2.5 if case[2] == TIMEOUT_S else 0))
    high = case[0] * (case[1] + 1) + 100
    assert all(low <= bytes_ <= high for bytes_ in owed), f"owed {owed}, {low:.0f} to {high:.0f} are expected"


def main():
    psyncsim = str(pathlib.Path(sys.argv[1], "psyncsim").resolve())
    if len(sys.argv) > 2:
        rounds = {case: total(found) for case, found in live(int(sys.argv[3])).items()}
        print(json.dumps([{"case": case, "counts": dict(zip(OUTCOMES, rounds[case][0])), "owed": sorted(rounds[case][1])}
                          for case in CASES], indent=1))
        return 0
    passed = 0
    shares = {}
    for case in CASES:
        counts, owed = total([simulated(psyncsim, case, seed) for seed in range(SEEDS)])
        shares[case] = [count / sum(counts) for count in counts]
        check("simulated", case, (counts, owed), shares[case], KEPT_P)
    for kept in json.loads(KEPT.read_text()):
        case = tuple(kept["case"])
        check("kept", case, ([kept["counts"][outcome] for outcome in OUTCOMES], kept["owed"]), shares[case], KEPT_P)
        passed += 1
    if not os.access(SERVER, os.X_OK):
        print(f"no server at {SERVER}")
        return SKIPPED
    for case, rounds in live(1).items():
        others = [(1 - NOISE) * share + NOISE / len(OUTCOMES) for share in shares[case]]
        check("live", case, total(rounds), others, LIVE_P)
        passed += 1
    print(f"{passed} passed, 0 failed")
    return 0


if __name__ == "__main__":
    os.chdir(pathlib.Path(__file__).resolve().parents[2])
    sys.exit(main())
