#!/usr/bin/python3
"""The build with MPI=1: any number of ranks gives the bytes of one process, in shards too; what goes wrong is said
once, by rank 0, and ends all ranks with one exit code.

usage: test_mpi.py BUILD
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SCENARIO = "tests/golden/cli/outage.yaml"
SIZE = ["size", "--write-rate", "500kb/s", "--dataset", "20mb", "--outages", "3s", "--outage-kind", "pause", "--check", "50"]
COMMAND = ["sweep", SCENARIO, "--vary", "config.repl-backlog-size=1mb,4mb", "--seeds", "1..150"]
ENVIRONMENT = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
               "OMPI_MCA_btl": "self,vader", "OMPI_MCA_btl_vader_single_copy_mechanism": "none",
               "TERM": "xterm",  # mpirun gives rank 0 a terminal: what depends on one must not
               "OMPI_MCA_orte_tmpdir_base": tempfile.gettempdir()}

checks = []


def check(holds, name):
    checks.append(bool(holds))
    if not holds:
        print(f"does not hold: {name}")


def ranks(count, *words):
    return subprocess.run(["mpirun", "--oversubscribe", "-q", "-n", str(count), PROGRAM, *words], capture_output=True,
                          text=True, env=ENVIRONMENT, stdin=subprocess.DEVNULL, timeout=120)


def plain(*words):
    return subprocess.run([PLAIN, *words], capture_output=True, text=True, timeout=120)


def said(result):
    """What psyncsim said, without mpirun's own words about the exit code."""
    return [line for line in result.stderr.splitlines() if "psyncsim:" in line or "error:" in line]


def test_same_bytes(folder):
    expected = plain(*COMMAND).stdout
    table = plain(*COMMAND, "--compare").stdout
    check(expected and table, "one process")
    check(subprocess.run([PROGRAM, *COMMAND], capture_output=True, text=True).stdout == expected, "without mpirun")
    for count in (1, 2, 3):
        result = ranks(count, *COMMAND)
        check(result.returncode == 0 and result.stdout == expected, f"{count} ranks: stdout {result.stderr}")
        path = folder / f"{count}.csv"
        check(ranks(count, *COMMAND, "-o", str(path), "--jobs", "2").returncode == 0, f"{count} ranks, two jobs each")
        check(path.read_text() == expected, f"{count} ranks: file")
        check(ranks(count, *COMMAND, "--compare").stdout == table, f"{count} ranks: differences")
    check(sorted(os.listdir(folder)) == ["1.csv", "2.csv", "3.csv"], "nothing is left beside the outputs")
    return expected


def test_shards(folder, expected):
    for of in (1, 5):
        paths = [str(folder / f"shard.{number}.{of}") for number in range(1, of + 1)]
        for number, path in enumerate(paths, 1):
            check(ranks(1 + number % 3, *COMMAND, "--shard", f"{number}/{of}", "-o", path).returncode == 0, path)
        check(plain("merge", *paths).stdout == expected, f"{of} shards by ranks")


def test_journal(folder, expected):
    """A checkpoint that one process left is what ranks go on with, and the other way round."""
    path, part = folder / "killed.csv", folder / "killed.csv.part"
    for start in ([PLAIN], ["mpirun", "--oversubscribe", "-q", "-n", "2", PROGRAM]):
        process = subprocess.Popen([*start, *COMMAND, "-o", str(path)], env=ENVIRONMENT, stdin=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        while process.poll() is None and not (part.exists() and part.stat().st_size > 10000):
            pass
        process.kill()
        process.wait()
        while not path.exists() or part.exists():  # ranks may outlive mpirun for a moment, and hold the checkpoint
            ranks(2, *COMMAND, "-o", str(path)) if start == [PLAIN] else plain(*COMMAND, "-o", str(path))
        check(path.read_text() == expected, f"after {start[0]}")
        path.unlink()


def test_size(folder):
    """Rank 0 answers with everybody's samples, and none of the others puts anything out."""
    expected = [plain(*SIZE), plain(*SIZE, "--json"), plain(*SIZE, "--svg", "-")]
    check(all(result.returncode == 0 and result.stdout for result in expected), "size: one process")
    check(plain(*SIZE, "--shard", "2/5", "-o", str(folder / "size.2")).returncode == 0, "size: a shard by one process")
    for count in (1, 2, 3):
        result = ranks(count, *SIZE)
        check(result.returncode == 0 and result.stdout == expected[0].stdout and not said(result), f"size: {count} ranks")
        picture, part = folder / f"{count}.svg", folder / f"size.{count}.2"
        check(ranks(count, *SIZE, "--json", "--svg", str(picture), "--jobs", "2").stdout == expected[1].stdout,
              f"size --json: {count} ranks, two jobs each")
        check(picture.read_text() == expected[2].stdout, f"size --svg: {count} ranks")
        check(ranks(count, *SIZE, "--shard", "2/5", "-o", str(part)).returncode == 0, f"size --shard: {count} ranks")
        check(part.read_bytes() == (folder / "size.2").read_bytes(), f"size --shard: {count} ranks, the same shard")
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)  # a picture fits into a pipe's buffer
    check(ranks(3, *SIZE, "--svg", str(pipe)).returncode == 0, "size --svg: into a pipe")
    check(os.read(reader, 1 << 20).decode() == expected[2].stdout, "size --svg: written once, not by each rank")
    os.close(reader)
    parts = [str(folder / "size.2")] + [str(folder / f"size.{number}") for number in (1, 3, 4, 5)]
    for number in (1, 3, 4, 5):
        plain(*SIZE, "--shard", f"{number}/5", "-o", str(folder / f"size.{number}"))
    check(ranks(2, "merge", *parts).stdout == expected[0].stdout, "size: two ranks merge")
    result = ranks(3, *SIZE, "--target", "1e-9 per outage", "--set", "config.repl-backlog-ttl=5")
    alone = plain(*SIZE, "--target", "1e-9 per outage", "--set", "config.repl-backlog-ttl=5")
    check(result.returncode == alone.returncode and result.stdout == alone.stdout, "size: another exit code, everywhere")


def test_errors(folder):
    sized = [*SIZE[1:], "--set"]
    for name, code, words, arguments in (
            ("bad value", 2, "found '1mbx'", ["sweep", SCENARIO, "--vary", "config.repl-backlog-size=1mbx"]),
            ("bad option", 2, "unknown option '--sedes'; did you mean '--seeds'?", ["sweep", SCENARIO, "--sedes", "1"]),
            ("no file", 2, "No such file", ["sweep", "no-such.yaml"]),
            ("stdin", 2, "must be a file", ["sweep", "-"]),
            ("no folder", 4, "cannot open", ["sweep", SCENARIO, "-o", str(folder / "none" / "x.csv")]),
            ("size: bad value", 2, "config.repl-timeout", ["size", *sized, "config.repl-timeout=never"]),
            ("size: stdin", 2, "must be a file", ["size", "--outages", "-"]),
            ("size: a story", 2, "no outages to draw", ["size", SCENARIO, "--shard", "1/2", "-o", str(folder / "x")]),
            ("size: no folder", 4, "cannot open", [*SIZE, "--shard", "1/2", "-o", str(folder / "none" / "x")]),
            ("size: picture", 4, "cannot", [*SIZE, "--svg", str(folder / "none" / "x.svg")]),
            ("merge: no file", 2, "cannot open", ["merge", str(folder / "none")]),
            ("merge: a gap", 2, "are missing", ["merge", str(folder / "size.2")])):
        result = ranks(3, *arguments)
        check(result.returncode == code, f"{name}: exit code {result.returncode}")
        check(len(said(result)) == 1 and words in said(result)[0], f"{name}: one message: {said(result)}")
        check(result.stdout == "", f"{name}: nothing on stdout")
    # Rank 1 finds another file where rank 0 finds the scenario.
    other = folder / "other.yaml"
    other.write_text(pathlib.Path(SCENARIO).read_text().replace("100mb", "200mb"))
    script = f'exec {PROGRAM} sweep $([ "$OMPI_COMM_WORLD_RANK" = 1 ] && echo {other} || echo {SCENARIO})'
    result = subprocess.run(["mpirun", "--oversubscribe", "-q", "-n", "3", "sh", "-c", script], capture_output=True,
                            text=True, env=ENVIRONMENT, stdin=subprocess.DEVNULL, timeout=120)
    check(result.returncode == 2 and "rank 1 failed where rank 0 did not" in "".join(said(result)),
          f"ranks that read different files: {result.returncode} {said(result)}")


def main():
    if not shutil.which("mpirun"):
        print("mpirun is not installed")
        return 77
    build = subprocess.run(["make", "-s", f"-j{os.cpu_count()}", "MPI=1", f"BUILD={BUILD}", "all"],
                           capture_output=True, text=True)
    if build.returncode:
        sys.exit(f"the build with MPI=1 failed\n{build.stdout}{build.stderr}")
    linked = subprocess.run(["ldd", PLAIN], capture_output=True, text=True).stdout
    check("libmpi" not in linked, "the plain program needs no MPI")
    with tempfile.TemporaryDirectory() as name:
        expected = test_same_bytes(pathlib.Path(name))
        test_shards(pathlib.Path(name), expected)
        test_journal(pathlib.Path(name), expected)
        test_size(pathlib.Path(name))
        test_errors(pathlib.Path(name))
    print(f"{sum(checks)} passed, {len(checks) - sum(checks)} failed")
    return 0 if all(checks) else 1


BUILD = sys.argv[1]
PLAIN = str(pathlib.Path(BUILD).resolve() / "psyncsim")
PROGRAM = str(pathlib.Path(f"{BUILD}-mpi").resolve() / "psyncsim")
sys.exit(main())
