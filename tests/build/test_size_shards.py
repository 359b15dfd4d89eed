#!/usr/bin/python3
"""Shards of size, merged, give the bytes of one process, without the files that it was asked from; what does not belong
together is refused.

usage: test_size_shards.py BUILD
"""
import pathlib
import random
import signal
import subprocess
import sys
import tempfile

SERIES = "t_s,bytes\r\n0,0\r\n10,1000000\r\n20,9000000\r\n30,9500000\r\n"
SCENARIO = """why: "a load from a file, one \\"é\\" and a tab\\there"
duration: 365d
load: [ { node: m, series: load.csv, repeat: true } ]
nodes: { m: { dataset: 20mb }, r1: { replicaof: m, begin: synced }, r2: { replicaof: m, begin: synced } }
faults: [ { every: { exponential: 10d }, partition: m-r1, for: { exponential: 4s } } ]
"""
COMMAND = ["size", "case.yaml", "--set", "config.repl-timeout=30", "--check", "100"]
OPTIONS = ["size", "--write-rate", "500kb/s", "--dataset", "20mb", "--outages", "3s", "--outage-kind", "pause"]
FORMS = [[], ["--json"], ["--plot"], ["--svg", "-"]]

checks = []


def check(holds, name):
    checks.append(bool(holds))
    if not holds:
        print(f"does not hold: {name}")


def run(*words, **options):
    return subprocess.run([PSYNCSIM, *words], capture_output=True, text=True, timeout=250, cwd=FOLDER, **options)


def make(name, command, part, *more):
    result = run(*command, "--shard", part, "-o", name, *more)
    check(result.returncode == 0 and result.stdout == result.stderr == "", f"{name}: {result.stderr}")
    check(not (FOLDER / f"{name}.part").exists(), f"{name}: no checkpoint is left")


def test_same_bytes(expected):
    for of in (1, 5):
        names = [f"shard.{number}.{of}" for number in range(1, of + 1)]
        for number, name in enumerate(names, 1):
            make(name, COMMAND, f"{number}/{of}", "--jobs", str(number))
        random.Random(of).shuffle(names)
        (FOLDER / "load.csv").rename(FOLDER / "gone.csv")
        (FOLDER / "case.yaml").rename(FOLDER / "gone.yaml")
        for form, direct in zip(FORMS, expected):
            merged = run("merge", *names, *form)
            check((merged.returncode, merged.stdout, merged.stderr) == direct, f"{of} shards {form}: {merged.stderr}")
        check(run("merge", *names, "--svg", f"{of}.svg", "--jobs", "1").stdout == expected[0][1], f"{of}: picture, words")
        check((FOLDER / f"{of}.svg").read_text() == expected[3][1], f"{of}: the picture's file")
        (FOLDER / "gone.csv").rename(FOLDER / "load.csv")
        (FOLDER / "gone.yaml").rename(FOLDER / "case.yaml")


def test_options():
    """A case from options; one that has an answer, and one that has none."""
    for target in ("one full resync per replica in a year", "1e-9 per outage"):
        command = [*OPTIONS, "--target", target, "--seed", "7"]
        direct = run(*command)
        make("options", command, "1/1")
        merged = run("merge", "options")
        check(merged.stdout == direct.stdout != "" and merged.returncode == direct.returncode, f"options: {target}")
    stuck = [*OPTIONS[:2], "900mb/s", *OPTIONS[3:], "--bandwidth", "1mbit/s"]
    direct = run(*stuck)
    make("stuck", stuck, "1/1")
    merged = run("merge", "stuck")
    check(direct.returncode == merged.returncode == 1 and merged.stdout == direct.stdout, "no value meets the target")


def test_kill():
    path, part = FOLDER / "killed", FOLDER / "killed.part"
    command = [*COMMAND, "--shard", "1/1", "-o", "killed"]
    process = subprocess.Popen([PSYNCSIM, *command, "--jobs", "1"], cwd=FOLDER)
    while process.poll() is None and not (part.exists() and part.stat().st_size > 50000):
        pass
    process.send_signal(signal.SIGKILL)
    process.wait()
    check(not path.exists() and part.exists(), "the kill came before the end")
    make("killed", COMMAND, "1/1")
    check(path.read_bytes() == (FOLDER / "shard.1.1").read_bytes(), "after a kill the same command goes on")


def refused(words, *arguments, code=2):
    result = run("merge", *arguments)
    check(result.returncode == code and result.stdout == "" and result.stderr.count("\n") == 1 and words in result.stderr,
          f"{arguments}: {result.returncode} {result.stderr}")


def test_refused():
    shards = [f"shard.{number}.5" for number in range(1, 6)]
    refused("shards 2/5, 4/5 are missing", shards[0], shards[2], shards[4])
    refused("are both shard 1/5", shards[0], *shards)
    refused("is shard 1/1, shard.1.5 one of 5", *shards[:4], "shard.1.1")
    for more, words in ((["--target", "1e-3 per outage"], "'target 1e-3 per outage', not 'target one full"),
                        (["--seed", "9"], "'seed 9', not 'seed 1'"),
                        (["--set", "config.repl-timeout=31"], "'set config.repl-timeout=31', not")):
        make("other", [*COMMAND, *more], "5/5")
        refused(words, *shards[:4], "other")
    (FOLDER / "load.csv").write_text(SERIES.replace("9500000", "9500001"))
    make("other", COMMAND, "5/5")
    (FOLDER / "load.csv").write_text(SERIES)
    refused("'row 30,9500001', not 'row 30,9500000'", *shards[:4], "other")
    text = (FOLDER / "shard.5.5").read_text()
    (FOLDER / "torn").write_text(text[:len(text) * 2 // 3])
    refused("", *shards[:4], "torn")
    for option in (["--compare"], ["-o", "x"], ["--format", "csv"]):
        refused("is for shards of sweep; these are of size", *shards, *option)
    run("sweep", "case.yaml", "--set", "duration=5s", "--shard", "1/1", "-o", "sweep")
    for option in (["--json"], ["--plot"], ["--svg", "x"], ["--jobs", "1"]):
        refused("is for shards of size; these are of sweep", "sweep", *option)


def main():
    (FOLDER / "load.csv").write_bytes(SERIES.encode())
    (FOLDER / "case.yaml").write_text(SCENARIO)
    expected = []
    for form in FORMS:
        result = run(*COMMAND, *form)
        expected.append((result.returncode, result.stdout, result.stderr))
        check(result.returncode == 0 and result.stdout and not result.stderr, f"one process {form}: {result.stderr}")
    test_same_bytes(expected)
    test_options()
    test_kill()
    test_refused()
    print(f"{sum(checks)} passed, {len(checks) - sum(checks)} failed")
    return 0 if all(checks) else 1


PSYNCSIM = str(pathlib.Path(sys.argv[1]).resolve() / "psyncsim")
with tempfile.TemporaryDirectory() as name:
    FOLDER = pathlib.Path(name)
    CODE = main()
sys.exit(CODE)
