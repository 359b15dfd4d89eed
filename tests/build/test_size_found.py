#!/usr/bin/python3
"""What size once answered wrongly: a recording's busy hours, crashes without a save, two causes at once, the limit in force now, the length of
a short scenario, stories that another value than the backlog spares, and answers that do not fit.

usage: test_size_found.py BUILD
"""
import json
import os
import pathlib
import pty
import re
import subprocess
import sys
import tempfile

checks = []
NODES = "nodes: { m: { dataset: %s }, r1: { replicaof: m%s } }\n"
SYNCED = ", begin: synced"


def check(holds, name):
    checks.append(bool(holds))
    if not holds:
        print(f"does not hold: {name}")


def size(text, *words):
    (FOLDER / "case.yaml").write_text(text)
    result = subprocess.run([PSYNCSIM, "size", "case.yaml", "--json", *words], cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True, check=False)
    if result.returncode > 1:
        sys.exit(result.stderr)
    return json.loads(result.stdout) | {"code": result.returncode}


def recording(shift):
    """Three days of hours, two of each night at 3 MB/s, the others at 100 KB/s; begun `shift` hours later."""
    rows, done = ["0,0"], 0
    for hour in range(72):
        done += 3600 * (3000000 if (hour + shift) % 24 in (2, 3) else 100000)
        rows.append(f"{3600 * (hour + 1)},{done}")
    return ("duration: 120d\nconfig: { repl-diskless-sync: no }\n" + NODES % ("3gb", SYNCED) +
            "load:\n  - node: m\n    repeat: yes\n    series: |\n" + "".join(f"      {row}\n" for row in rows) +
            "faults: [ { every: { exponential: 60d }, partition: m-r1, for: { exponential: 100s } } ]\n")


def test_busy_hours():
    """The same limit, whenever the recording begins: 5 %."""
    buffers = [size(recording(shift))["full_sync_buffer_bytes"] for shift in (0, 3)]
    check(max(buffers) <= 1.05 * min(buffers), f"buffers of rotated recordings: {buffers}")
    took = min(buffers) / 3000000
    check(min(buffers) > 100 * 1000000, f"a full synchronisation in the busy hours is what counts: {took:.3g} s of them")


def test_restarts_and_two_causes():
    text = ("duration: 30d\nconfig: { repl-backlog-size: 64mb }\n" + NODES % ("50mb", SYNCED) + "load: [ { node: m, rate: 1mb/s } ]\n"
            "faults: [ { every: { exponential: 1d }, crash: r1, for: 30s } ]\n")
    rate = size(text)["full_resyncs_per_replica_and_year"]["now"]["mean"]
    check(330 < rate < 400, f"every crash is a full resynchronisation: {rate} a year of 365")
    text = ("duration: 60d\nconfig: { repl-backlog-size: 16mb, repl-backlog-ttl: 0 }\n" + NODES % ("50mb", SYNCED) +
            "load: [ { node: m, rate: 500kb/s } ]\nfaults:\n  - { every: { exponential: 2d }, cut: m-r1, for: 5s }\n"
            "  - { every: { exponential: 5d }, cut: m-r1, for: 20min }\n")
    answer = size(text)
    rate = answer["full_resyncs_per_replica_and_year"]["now"]["mean"]
    check(60 < rate < 85, f"the second fault counts: {rate} a year of 73")
    need = 500 * 1024 * 1200
    check(need < answer["recommended"]["repl_backlog_size_bytes"] < 1.2 * need, f"its backlog: {answer['recommended']}")


def test_limit_in_force():
    text = ("duration: 60d\nconfig: { repl-diskless-sync: no, client-output-buffer-limit: replica 32mb 0 0 }\nhosts: { default: { save: 20m/s } }\n" +
            NODES % ("400mb", SYNCED) + "load: [ { node: m, rate: 4mb/s } ]\n"
            "faults: [ { every: { exponential: 10d }, cut: m-r1, for: 60s } ]\n")
    answer = size(text)
    check(answer["endless_now"], "with the limit now in force a full synchronisation never ends")
    check(answer["met"] and answer["recommended"]["limit_hard_bytes"] > 32 << 20, f"the limit is raised: {answer['recommended']}")


def test_no_end():
    """What goes on and on has no number, and what comes very often has: it ends each time."""
    text = ("duration: 2d\nconfig: { client-output-buffer-limit: replica 2mb 1mb 1, repl-diskless-sync-delay: 0 }\n" + NODES % ("500mb", SYNCED) +
            "load: [ { node: m, rate: 2mb/s } ]\nfaults: [ { at: 5s, cut: m-r1, for: 20s } ]\n")
    check(size(text)["endless_now"], "a story whose full synchronisations never end")
    text = ("duration: 365d\nconfig: { repl-diskless-sync-delay: 0 }\n" + NODES % ("10mb", SYNCED) + "load: [ { node: m, rate: 1mb/s } ]\n"
            "faults: [ { every: { exponential: 10min }, cut: m-r1, for: 30s }, { every: { exponential: 90d }, restart: r1 } ]\n")
    answer = size(text)
    rate, expected = answer["full_resyncs_per_replica_and_year"]["now"]["mean"], 365 * 86400 / 630
    same = next(row["risk"]["per_outage"] for row in answer["formulas"] if row["name"].startswith("the old default"))
    check(abs(same / answer["risk_now"]["per_outage"] - 1) < 0.05, f"the table says {same} with the backlog in force, the answer {answer['risk_now']}")
    check(not answer["endless_now"] and abs(rate - expected) < 0.03 * expected, f"an outage each ten minutes: {rate} a year, not {expected}")


STORIES = {
    "ttl": ("duration: 3h\nconfig: { repl-backlog-ttl: 3600 }\n" + NODES % ("50m", SYNCED) + "load: [ { node: m, rate: 10kb/s } ]\n"
            "faults: [ { at: 1min, cut: m-r1, for: 2h } ]\n", {"repl_backlog_ttl_s", "repl_backlog_size_bytes"}),
    "timeout": ("duration: 10min\nconfig: { repl-diskless-sync: no, repl-timeout: 60, client-output-buffer-limit: replica 1gb 1gb 0 }\n" +
                "nodes: { m: { dataset: 5g }, r1: { replicaof: m, start-after: 1s } }\nlinks: { default: { bandwidth: 50m/s } }\n"
                "load: [ { node: m, rate: 100kb/s } ]\nfaults: [ { at: 60s, partition: m-r1, for: 70s } ]\n", {"repl_timeout_s"}),
    "limit": ("duration: 90min\nconfig: { repl-diskless-sync: no, client-output-buffer-limit: replica 1gb 0 0, repl-backlog-size: 10mb }\n"
              "hosts: { default: { save: 278m/s, load: 120m/s } }\n" + NODES % ("2g", "") +
              "links: { m-r1: { latency: 20ms, bandwidth: 400mbit/s } }\nload: [ { node: m, rate: 30m/s } ]\n", {"limit_hard_bytes"}),
    "large value": ("duration: 2min\n" + NODES % ("1gb", SYNCED) +
                    "load: [ { node: m, rate: 1/s, command: 300mb, largest-piece: 300mb, from: 30s, to: 31500ms } ]\n",
                    {"limit_hard_bytes", "limit_soft_bytes"}),
    "own timeout": ("duration: 60s\nconfig: { repl-diskless-sync: no, repl-timeout: 600 }\nnodes: { m: { dataset: 10mb }, r1: { replicaof: m, "
                    "begin: synced, config: { repl-timeout: 4 } } }\nload: [ { node: m, rate: 1000/s, command: 993 } ]\n"
                    "faults: [ { at: 20s, pause: r1, for: 7s } ]\n", {"repl_backlog_size_bytes"}),
    "nothing": ("duration: 5min\nconfig: { repl-backlog-size: 64mb }\n" + NODES % ("50m", SYNCED) + "load: [ { node: m, rate: 10kb/s } ]\n"
                "faults: [ { at: 1min, cut: m-r1, for: 5s } ]\n", set()),
}


def test_stories():
    """Only the values that matter are changed."""
    for name, (text, expected) in STORIES.items():
        answer = size(text)
        changed = {key for key, value in answer["recommended"].items() if value != answer["now"][key]}
        check(answer["met"] and changed == expected, f"{name}: changed {changed}, met {answer['met']}")


def test_saves_of_a_story():
    """What a crash at a fixed time costs hangs on the save before it, which is the one that `run` makes."""
    crashes = ", ".join(f"{{ at: {3600 * hour + 31 * hour}s, crash: r1, for: 5s }}" for hour in range(1, 13))
    text = ("duration: 14h\nspread: 0s\nconfig: { save: 60 100, repl-backlog-size: 36mb }\nhosts: { default: { preset: exact } }\n" + NODES % ("1mb", SYNCED) +
            "load: [ { node: m, rate: 1mb/s } ]\nfaults: [ " + crashes + " ]\n")
    says = size(text)["full_resyncs_of_a_run"]["now"]
    rows = subprocess.run([PSYNCSIM, "sweep", "case.yaml", "--seeds", "1..1", "--format", "csv", "-o", "-"], cwd=FOLDER, stdout=subprocess.PIPE,
                          text=True, check=True).stdout.splitlines()
    counts = int(dict(zip(rows[0].split(","), rows[1].split(",")))["full"])
    check(says == counts and 0 < counts < 12, f"full resynchronisations of a story with saves: size {says}, run {counts}")


def test_slow_link():
    """What is written is said beside what the link carries, where it is less; and only there."""
    for rate, is_slow in (("20kb/s", True), ("10kb/s", False)):
        text = ("duration: 10min\nconfig: { client-output-buffer-limit: replica 0 0 0 }\n" + NODES % ("0", "") +
                "links: { default: { bandwidth: 100kbit/s } }\nload: [ { node: m, rate: " + rate + " } ]\nfaults: [ { at: 5min, cut: m-r1, for: 20s } ]\n")
        said = [warning for warning in size(text)["warnings"] if "link to a replica carries 12.2 KB a second" in warning]
        check(bool(said) == is_slow, f"what the link carries, at {rate}: {said}")


def test_rates():
    text = ("duration: 11min\nconfig: { repl-diskless-sync: no }\n" + NODES % ("1g", "") + "load: [ { node: m, rate: 3870000b/s } ]\n"
            "faults: [ { at: 5min, cut: m-r1, for: 20s } ]\n")
    rate = size(text)["write_rate_bytes_per_s"]
    check(3860000 < rate < 3880000, f"what is written in eleven minutes, by eleven minutes: {rate}")


def test_what_fits():
    """A backlog that does not fit is not recommended, and the exit code is 1."""
    text = ("duration: 365d\n" + NODES % ("1gb", SYNCED) + "load: [ { node: m, rate: 5mb/s } ]\n"
            "faults: [ { every: { exponential: 20d }, cut: m-r1, for: { exponential: 20min } } ]\n")
    free, small = size(text), size(text, "--memory-limit", "4gb")
    check(free["code"] == 0 and free["recommended"]["repl_backlog_size_bytes"] > 4 << 30, "without a limit it is met")
    check(small["code"] == 1 and not small["met"], "with 4 GB it is not")
    memory = small["memory"]["backlog_bytes"] + small["memory"]["copied_on_write_bytes"] + (2 << 30)
    check(memory <= 4 << 30, f"all that is needed fits: {memory}")
    check(small["risk"]["per_outage"] > free["risk"]["per_outage"], "and the risk is that of what fits")


def test_what_no_backlog_helps():
    """Crashes without a save: a replica asks from byte 0 on, and is dropped at the soft limit again and again on its way. The curve agrees with
    what is counted, and no backlog of days is advised where none meets the target."""
    text = ("duration: 30d\nconfig: { repl-backlog-size: 16mb }\nnodes: { m: { dataset: 2gb }, r1: { replicaof: m%s }, r2: { replicaof: m%s } }\n" %
            (SYNCED, SYNCED) + "links: { default: { bandwidth: 1gbit/s } }\nload: [ { node: m, rate: 600kb/s } ]\nfaults:\n"
            "  - { every: { exponential: 5d }, partition: m-r1, for: { exponential: 50s } }\n"
            "  - { every: { exponential: 7d }, crash: r2, for: 20s }\n  - { every: { exponential: 20d }, restart: m, save: yes }\n")
    answer = size(text)
    now, low, high = (answer["risk_now"][key] for key in ("per_outage", "low", "high"))
    at_16mb = next(row["risk"]["per_outage"] for row in answer["curve"] if abs(row["backlog_bytes"] - (16 << 20)) < 1 << 10)
    check(abs(at_16mb - now) < high - low, f"the curve at 16mb is what runs count: {at_16mb} and {now}")
    check(not answer["met"] and answer["recommended"]["repl_backlog_size_bytes"] < 1 << 30, f"no backlog of days: {answer['recommended']}")


def test_not_shown():
    """A bound below the target is no reason why the target is not met."""
    words = ["--write-rate", "1mb/s", "--dataset", "1gb", "--target", "1e-4 per outage"]
    result = subprocess.run([PSYNCSIM, "size", *words], stdout=subprocess.PIPE, text=True, check=False)
    check(result.returncode == 1 and "do not rule out" in result.stdout and "at most" not in result.stdout.split("As configured")[0],
          f"a target that is met by an endless backlog alone: {result.stdout[:300]}")


def test_terminal():
    """Whoever waits sees that something is done, and none of it in the end."""
    main, terminal = pty.openpty()
    subprocess.run([PSYNCSIM, "size", "--write-rate", "1mb/s", "--dataset", "1gb"], stdout=subprocess.DEVNULL, stderr=terminal, check=False)
    shown = os.read(main, 100000).decode()
    os.close(terminal)
    os.close(main)
    check(re.search(r"\d+ simulations", shown) and shown.endswith("\r\x1b[K"), f"progress on a terminal: {shown!r}")


PSYNCSIM = str(pathlib.Path(sys.argv[1]).resolve() / "psyncsim")
with tempfile.TemporaryDirectory() as name:
    FOLDER = pathlib.Path(name)
    for test in (test_busy_hours, test_restarts_and_two_causes, test_limit_in_force, test_no_end, test_stories, test_saves_of_a_story, test_slow_link, test_rates,
                 test_what_fits, test_what_no_backlog_helps, test_not_shown, test_terminal):
        test()
print(f"{sum(checks)} passed, {len(checks) - sum(checks)} failed")
sys.exit(0 if all(checks) else 1)
