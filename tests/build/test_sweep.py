#!/usr/bin/python3
"""A sweep gives the same bytes with any number of jobs, in shards, and after any number of kills.

usage: test_sweep.py BUILD
"""
import os
import pathlib
import pty
import random
import re
import signal
import subprocess
import sys
import tempfile

SCENARIO = "tests/golden/cli/outage.yaml"
VARY = ["--vary", "config.repl-backlog-size=1mb,4mb", "--vary", "config.repl-timeout=10,60,5"]
SEEDS = 150
COMMAND = ["sweep", SCENARIO, *VARY, "--seeds", f"1..{SEEDS}"]
RUNS = 6 * SEEDS
KILLS = 10
RECORD_BYTES = 200  # about
RECORD = re.compile(rb"^(\d+) (?:-?\d+ )+x[0-9a-f]{16}\n", re.M)

checks = []


def check(holds, name):
    checks.append(bool(holds))
    if not holds:
        print(f"does not hold: {name}")


def run(*words, **options):
    return subprocess.run([PSYNCSIM, *words], capture_output=True, text=True, timeout=250, **options)


def sweep_to(path, *words, **options):
    result = run(*COMMAND, "-o", str(path), *words, **options)
    check(result.returncode == 0 and result.stderr == "", f"{words} ends well and says nothing: {result.stderr}")
    return path.read_bytes()


def records(checkpoint):
    """Complete lines of the checkpoint, in its order."""
    text = checkpoint.read_bytes() if checkpoint.exists() else b""
    return [match.group() for match in RECORD.finditer(text)]


def test_jobs(folder, expected):
    for jobs in (1, 2, 7):
        check(sweep_to(folder / f"jobs{jobs}.csv", "--jobs", str(jobs)) == expected, f"{jobs} jobs, the same bytes")
    check(sweep_to(folder / "unchecked.csv", "--unchecked") == expected, "--unchecked gives the same rows")
    check(run(*COMMAND).stdout.encode() == expected, "stdout has the same rows")
    check(sorted(os.listdir(folder)) == sorted(path.name for path in folder.iterdir() if path.suffix == ".csv"),
          "nothing is left beside the outputs")


def test_kills(folder, expected):
    """Each time a little later, so that the last kills come near the end."""
    path, part = folder / "killed.csv", folder / "killed.csv.part"
    draw = random.Random(7)
    before = []
    for moment in sorted(draw.sample(range(RUNS * 9 // 10), KILLS)):
        process = subprocess.Popen([PSYNCSIM, *COMMAND, "-o", str(path), "--jobs", "2"])
        while process.poll() is None and not (part.exists() and part.stat().st_size >= moment * RECORD_BYTES):
            pass
        process.send_signal(signal.SIGKILL)
        process.wait()
        if path.exists():
            break  # it was faster: the rest of this test has lost its object
        now = records(part)
        check(now[:len(before)] == before, "a kill loses no finished run")
        check(len({line.split()[0] for line in now}) == len(now), "no run is made twice")
        before = now
    check(len(before) > RUNS // 10, "kills came when runs were finished")
    check(not path.exists(), "no output before the end")
    check(sweep_to(path) == expected and not part.exists(), "the same bytes after kills")


def test_torn_records(folder, expected):
    """The checkpoint ends at any byte."""
    path, part = folder / "torn.csv", folder / "torn.csv.part"
    process = subprocess.Popen([PSYNCSIM, *COMMAND, "-o", str(path), "--jobs", "2"])
    while process.poll() is None and len(records(part)) < 50:
        pass
    process.kill()
    process.wait()
    text = part.read_bytes()
    draw = random.Random(8)
    for cut in [0, 1] + [draw.randrange(len(text)) for _ in range(8)]:
        part.write_bytes(text[:cut])
        check(sweep_to(path) == expected, f"the same bytes after {cut} bytes of the checkpoint")
        path.unlink()


def test_journals_of_others(folder):
    path, part = folder / "other.csv", folder / "other.csv.part"
    process = subprocess.Popen([PSYNCSIM, *COMMAND, "-o", str(path), "--jobs", "1"])
    while not records(part):
        pass
    process.send_signal(signal.SIGSTOP)
    result = run(*COMMAND, "-o", str(path))
    check(result.returncode == 2 and "another psyncsim is at work" in result.stderr, "one sweep at a time")
    process.kill()
    process.wait()
    kept = part.read_bytes()
    result = run("sweep", SCENARIO, *VARY, "--seeds", f"1..{SEEDS + 1}", "-o", str(path))
    check(result.returncode == 2 and f"'seeds 1 {SEEDS}', not 'seeds 1 {SEEDS + 1}'" in result.stderr, "another sweep's checkpoint")
    result = run(*COMMAND, "--set", "config.repl-backlog-ttl=60", "-o", str(path))
    check(result.returncode == 2 and "not 'case x" in result.stderr, "another scenario's checkpoint")
    check(part.read_bytes() == kept, "what is refused is left alone")
    part.unlink()


def test_shards(folder, expected):
    for of in (1, 5):
        names = [folder / f"shard.{number}.{of}" for number in range(1, of + 1)]
        for number, name in enumerate(names, 1):
            sweep_to(name, "--shard", f"{number}/{of}", "--jobs", str(number))
        random.Random(of).shuffle(names)
        check(run("merge", *map(str, names)).stdout.encode() == expected, f"{of} shards, the same bytes")
        result = run("merge", *map(str, names), "-o", str(folder / "merged.ndjson"))
        check(result.returncode == 0, "merging into a file")
        sweep_to(folder / "direct.ndjson")
        check((folder / "merged.ndjson").read_bytes() == (folder / "direct.ndjson").read_bytes(), "NDJSON, too")
        tables = [run(*COMMAND, "--compare"), run("merge", "--compare", *map(str, names))]
        check(tables[0].stdout == tables[1].stdout != "", "the same table of differences")


def test_slurm(folder):
    task = {"SLURM_ARRAY_TASK_ID": "30", "SLURM_ARRAY_TASK_MIN": "10", "SLURM_ARRAY_TASK_MAX": "50",
            "SLURM_ARRAY_TASK_STEP": "10", "SLURM_ARRAY_TASK_COUNT": "5"}
    path, shard = folder / "slurm", (folder / "shard.3.5").read_bytes()
    for name, environment in (("SLURM_ARRAY_TASK_ID", task),
                              ("SLURM_PROCID", {"SLURM_PROCID": "2", "SLURM_NTASKS": "5"})):
        result = run(*COMMAND, "--shard", "slurm", "-o", str(path), env={**os.environ, **environment})
        check(result.returncode == 0 and result.stderr == f"psyncsim: shard 3/5, by {name}\n", f"{name}: says so")
        check(path.read_bytes() == shard, f"{name}: shard 3/5")
    for wrong in ({"SLURM_ARRAY_TASK_COUNT": "2"}, {"SLURM_ARRAY_TASK_ID": "31"}, {"SLURM_ARRAY_TASK_MIN": "x"}):
        result = run(*COMMAND, "--shard", "slurm", "-o", str(path), env={**os.environ, **task, **wrong})
        check(result.returncode == 2, f"{wrong}: refused")
    whole = run(*COMMAND, "-o", str(folder / "alone.csv"), env={**os.environ, **task})
    check(whole.returncode == 0 and (folder / "alone.csv").read_bytes().count(b"\n") == RUNS + 1,
          "Slurm's environment alone changes nothing")


def test_pandas(folder):
    import pandas
    for name, frame in (("CSV", pandas.read_csv(folder / "jobs1.csv")),
                        ("NDJSON", pandas.read_json(folder / "direct.ndjson", lines=True))):
        texts = {column for column in frame if frame[column].dtype != "int64"}
        check(texts - {"config.repl-timeout"} ==
              {"scenario", "config.repl-backlog-size", "final", "fingerprint", "version"},
              f"{name}: all numbers are integers: {texts}")
        check(len(frame) == RUNS and not frame.isna().any().any(), f"{name}: nothing is missing")
        check((frame.groupby("config.repl-backlog-size").full.sum() == [2 * RUNS // 2, RUNS // 2]).all(),
              f"{name}: counts")


def test_per_node(folder):
    rows = run("sweep", SCENARIO, "--seeds", "3..4", "--per-node").stdout.splitlines()
    table = [dict(zip(rows[0].split(","), row.split(","))) for row in rows[1:]]
    check([(row["run"], row["node"]) for row in table] == [("0", "m"), ("0", "r1"), ("1", "m"), ("1", "r1")],
          "a row per node")
    check([(row["forks"], row["full"]) for row in table[:2]] == [("2", "0"), ("0", "2")], "each has its own numbers")


def test_full_disk(folder):
    shards = [str(folder / f"shard.{number}.5") for number in range(1, 6)]
    for words in (COMMAND, ["merge", *shards]):
        for full, name in ((["-o", "/dev/full"], "/dev/full"), ([], "stdout")):
            with open("/dev/full", "w") as stdout:
                result = subprocess.run([PSYNCSIM, *words, *full], stdout=stdout, stderr=subprocess.PIPE, text=True)
            check(result.returncode == 4 and result.stderr.count("\n") == 1 and
                  result.stderr.startswith(f"psyncsim: cannot write {'' if full else 'to '}{name}: "),
                  f"{words[0]}: a full disk: {result.returncode} {result.stderr}")


def test_terminal(folder):
    main, terminal = pty.openpty()
    subprocess.run([PSYNCSIM, *COMMAND, "-o", str(folder / "terminal.csv")], stderr=terminal, timeout=250)
    shown = os.read(main, 100000).decode()
    os.close(terminal)
    os.close(main)
    check(re.search(r"of 900 runs \(", shown) and shown.endswith("\r\x1b[K"), f"progress on a terminal: {shown!r}")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        expected = sweep_to(folder / "expected.csv")
        check(expected.count(b"\n") == RUNS + 1, "a row per run")
        test_jobs(folder, expected)
        test_kills(folder, expected)
        test_torn_records(folder, expected)
        test_journals_of_others(folder)
        test_shards(folder, expected)
        test_slurm(folder)
        test_pandas(folder)
        test_per_node(folder)
        test_full_disk(folder)
        test_terminal(folder)
    print(f"{sum(checks)} passed, {len(checks) - sum(checks)} failed")
    return 0 if all(checks) else 1


PSYNCSIM = str(pathlib.Path(sys.argv[1]).resolve() / "psyncsim")
sys.exit(main())
