#!/usr/bin/python3
"""Runs every benchmark in one go: bench.py BUILD. Prints a table and writes BUILD/bench.json."""
import json
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
PYTHON = "/usr/bin/python3"
SIZES = (10, 32, 200, 1000)
SWEPT = HERE.parents[1] / "scenarios" / "redis-12747-one-megabyte.yaml"
INCIDENTS = HERE.parent / "incident"
SWEEP_SEEDS = 1000
SWEEP_ROUNDS = 5
SIZE_ROUNDS = 3
SIZES_ASKED = {
    "options": "--write-rate 500kb/s --dataset 4gb --replicas 2 --outages-per-year 24 --maxmemory 10gb",
    "loop_as_it_is": "--write-rate 2mb/s --dataset 10gb",
    "random_bursts": "--write-rate burst --dataset 1gb",
}
RESTARTS = """duration: 365d
nodes: { m: { dataset: 1gb }, r1: { replicaof: m, begin: synced } }
load: [ { node: m, rate: 500kb/s } ]
faults: [ { every: { exponential: 7d }, restart: m } ]
"""


def run(*command):
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def measure_hold(programs, n):
    return {
        "n": n,
        "psyncsim_ns": run(programs / "bench_hold", n)["ns"],
        "priority_queue_ns": run(programs / "hold_priority_queue", n)["ns"],
        "simpy_ns": run(PYTHON, HERE / "hold_simpy.py", n)["ns"],
    }


def measure_mm1(programs):
    return {
        "psyncsim_ns": run(programs / "bench_mm1")["ns"],
        "simpy_ns": run(PYTHON, HERE / "mm1_simpy.py")["ns"],
    }


def seconds(*command):
    """(elapsed, of all processors) of one command."""
    start, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([str(part) for part in command], stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.monotonic() - start, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure_sweep(psyncsim):
    """The same runs by one job and by two, in turn; the best of each, since others may use the machine. On a busy one
    the ratio of the times says little, and that of the processors' times still whether the jobs disturb each other."""
    sweep = [psyncsim, "sweep", SWEPT, "--vary", "config.repl-backlog-size=1mb,4mb", "--seeds", f"1..{SWEEP_SEEDS}"]
    times = [seconds(*sweep, "--jobs", 1) + seconds(*sweep, "--jobs", 2) for _ in range(SWEEP_ROUNDS)]
    one, one_cpu, two, two_cpu = (min(column) for column in zip(*times))
    return {"runs_per_s": 2 * SWEEP_SEEDS / one, "two_jobs_speedup": one / two, "two_jobs_cpu": two_cpu / one_cpu}


def measure_size(psyncsim):
    """Seconds of one processor for a question of options, one where the limits as they are make a loop, one with millions of
    bursts at random, one with a save each minute, and a scenario whose master restarts over a year; and the first one by one job and by two."""
    result = {}
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "restarts.yaml")
        path.write_text(RESTARTS)
        conf = pathlib.Path(folder, "redis.conf")
        conf.write_text("save 3600 1 300 100 60 10000\n")
        asked = {name: options.split() for name, options in SIZES_ASKED.items()} | {"master_restarts": [path]}
        asked["save_points"] = ["--write-rate", "1mb/s", "--dataset", "1gb", "--conf", conf]
        for name, options in asked.items():
            one = [seconds(psyncsim, "size", *options, "--jobs", 1) for _ in range(SIZE_ROUNDS)]
            result[f"{name}_cpu_s"] = min(cpu for _, cpu in one)
            if name == "options":
                two = [seconds(psyncsim, "size", *options, "--jobs", 2) for _ in range(SIZE_ROUNDS)]
                result["two_jobs_speedup"] = min(one)[0] / min(two)[0]
                result["two_jobs_cpu"] = min(cpu for _, cpu in two) / result[f"{name}_cpu_s"]
    return result


def measure_explain(psyncsim):
    """MB of log per second of one processor, and the memory, for a log that is long and one that is twice as long."""
    other = b"7:M 28 Nov 2026 16:05:54.720 - DB 0: 18000 keys (0 volatile) in 32768 slots HT.\n" * 200
    logs = b"".join(path.read_bytes() + other for path in sorted(INCIDENTS.glob("*/*.log")))
    result = {}
    with tempfile.TemporaryDirectory() as folder:
        for megabytes in (100, 200):
            path = pathlib.Path(folder, "redis.log")
            path.write_bytes(logs * (megabytes * 1000000 // len(logs)))
            cpu = min(seconds(psyncsim, "explain", path)[1] for _ in range(3))
            result[f"mb_per_s_{megabytes}"] = megabytes / cpu
            command = ["/usr/bin/time", "-f", "%M", str(psyncsim), "explain", str(path)]
            done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True)
            result[f"max_kb_{megabytes}"] = int(done.stderr.split()[-1])
    return result


def table(result):
    yield f"{'HOLD, ns per pop + push':26} {'psyncsim':>10} {'std::pq':>10} {'SimPy':>10}"
    for row in result["hold"]:
        name = f"  {row['n']} pending"
        yield (
            f"{name:26} {row['psyncsim_ns']:10.1f} {row['priority_queue_ns']:10.1f}"
            f" {row['simpy_ns']:10.0f}"
        )
    mm1 = result["mm1"]
    yield (
        f"{'M/M/1, ns per customer':26} {mm1['psyncsim_ns']:10.1f} {'':>10} {mm1['simpy_ns']:10.0f}"
    )
    for name, value in result["sweep"].items():
        yield f"{'sweep ' + name:34} {value:>14,.3f}"
    for name, value in result["size"].items():
        yield f"{'size ' + name:34} {value:>14,.3f}"
    for name, value in result["explain"].items():
        yield f"{'explain ' + name:34} {value:>14,.0f}"
    for name, value in result["model"].items():
        yield f"{'model ' + name:34} {value:>14,.3f}"
    for name, value in result["outage"].items():
        yield f"{'outage ' + name:34} {value:>14,.1f}"


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: bench.py BUILD")
    build = pathlib.Path(sys.argv[1])
    programs = build / "tests"
    model = programs / "bench_model"
    result = {
        "hold": [measure_hold(programs, n) for n in SIZES],
        "mm1": measure_mm1(programs),
        "sweep": measure_sweep(build / "psyncsim"),
        "size": measure_size(build / "psyncsim"),
        "explain": measure_explain(build / "psyncsim"),
        "model": run(model) if model.exists() else {},
        "outage": run(programs / "bench_wide"),
    }
    (build / "bench.json").write_text(json.dumps(result, indent=1) + "\n")
    print("\n".join(table(result)))


main()
