"""psyncsim against recordings of real servers: outcomes and timings of every experiment on every build.

usage: truth.py [--program FILE] [--dir DIR] [--seeds N] [--jobs N] [--out FILE] [--only TEXT] [--write SEED DIR] [--verbose]
"""
import argparse
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor

import judge
import recorded
import simulated
from rule import Rule, Unknown

HERE = os.path.dirname(os.path.abspath(__file__))
CHUNK = 25


def simulate(program, scenario):
    run = subprocess.run([program, "run", "-", "--trace", "-", "--heartbeats"], input=json.dumps(scenario), capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise Unknown(f"psyncsim ended with {run.returncode}: {run.stderr.strip()[:400]}")
    return run.stdout.splitlines()


def chunk(task):
    """Runs of some seeds: [(outcome, measures)], or what is wrong."""
    program, experiment, profile, allocator, seeds = task
    try:
        rule = Rule(experiment, profile, allocator)
        found = []
        for seed in seeds:
            scenario, zero = rule.scenario(seed)
            found.append(simulated.run_of(rule, zero, simulate(program, scenario)))
        return found
    except Unknown as wrong:
        return str(wrong)
    except (KeyError, TypeError, ValueError, AttributeError) as wrong:
        return f"bad description: {type(wrong).__name__}: {wrong}"


# Builds between releases, and the row that stands for each.
STATES = {
    "redis-8.0-m01": "redis-7.4",  # a milestone of October 2024, before what makes 8.0 another row
    "valkey-unstable": "valkey-8.0",
}


def profile_of(build, program):
    """The row of psyncsim that a build runs on; None: there is none."""
    name = STATES.get(build, build)
    known = subprocess.run([program, "profiles", name], capture_output=True, text=True, check=False)
    return name if known.returncode == 0 else None


def read_json(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def read_folder(folder, only=""):
    """(name, value) of folder.jsonl, one {"name": …, "value": …} a line (compact.py), or of the folder's files NAME.json."""
    if os.path.exists(folder + ".jsonl"):
        with open(folder + ".jsonl", encoding="utf-8") as file:
            rows = [(row["name"], row["value"]) for row in map(json.loads, file)]
    else:
        names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
        rows = [(name[:-5], read_json(os.path.join(folder, name))) for name in names if name.endswith(".json")]
    return [(name, value) for name, value in rows if not only or only in name]


def read_all(directory, only):
    """Experiments, and recordings by (build, experiment)."""
    builds = read_json(os.path.join(directory, "recordings", "builds.json"))
    experiments = dict(read_folder(os.path.join(directory, "experiments"), only))
    records = {(build, name): record for build in builds
               for name, record in read_folder(os.path.join(directory, "recordings", build), only)}
    return experiments, builds, records


# ---- causes of what disagrees ----


def covers(cause, row, difference):
    """Whether a cause explains one difference: what its text matches, on those builds (all, if none is named), in those experiments."""
    return re.search(cause["what"], difference) and row["build"] in cause.get("builds", [row["build"]]) and row["experiment"] in cause["experiments"]


def explain(rows, causes):
    """Puts into each row what explains its differences. Returns (rows with one that nothing explains, causes that explain nothing)."""
    used, unexplained = set(), []
    for row in rows:
        found = [[i for i, cause in enumerate(causes) if covers(cause, row, one)] for one in row["differs"]]
        used.update(i for those in found for i in those)
        row["causes"] = sorted({i for those in found for i in those})
        if not all(found):
            unexplained.append(row)
    return unexplained, [cause for i, cause in enumerate(causes) if i not in used]


def print_causes(rows, causes):
    """Returns whether all causes are still there."""
    unexplained, gone = explain(rows, causes)
    for i, cause in enumerate(causes):
        where = [f"{row['experiment']} {row['build']}" for row in rows if i in row["causes"]]
        if where:
            print(f"\n{len(where)} differ ({cause['what']}) because {cause['cause']}:\n  " + ", ".join(where))
    for row in unexplained:
        print(f"\nnot explained: {line_of(row)}")
    for cause in gone:
        print(f"\nthis cause is gone, its entry in causes.json can go as well: {cause['what']}, {', '.join(cause['experiments'])}: {cause['cause']}")
    return not gone


def counted(outcomes):
    return ", ".join(f"{name} x{count}" for name, count in sorted(outcomes.items(), key=lambda item: (-item[1], item[0]))[:4]) + (
        ", ..." if len(outcomes) > 4 else "")


def compare(experiment, build, record, runs):
    """The row of one experiment and build."""
    row = {"experiment": experiment.get("name"), "family": experiment.get("family"), "build": build}
    there = [(recorded.outcome(run), recorded.measures(run, experiment)) for run in record["runs"]]
    row["remarks"] = Rule(experiment, "").remarks if not isinstance(runs, str) else []
    row["recorded"] = {"runs": len(there), "outcomes": judge.counts(there)}
    if isinstance(runs, str):
        return row | {"simulated": None, "outcome_agrees": False, "timing_agrees": False, "differs": [runs]}
    simulated_outcomes = judge.counts(runs)
    row["simulated"] = {"runs": len(runs), "outcomes": simulated_outcomes}
    p = judge.outcome_p(row["recorded"]["outcomes"], simulated_outcomes)
    differences = judge.differences(there, runs)
    row["p"] = p
    row["outcome_agrees"] = p >= judge.RARE
    row["timing_agrees"] = not differences
    words = [] if row["outcome_agrees"] else [f"outcome p={p:.4f}"]
    for one in differences:
        name = one["measure"]
        span = "never" if one["simulated"] is None else "..".join(judge.show(name, v) for v in one["simulated"])
        words.append(f"{name} {judge.show(name, one['recorded'])}, simulated {span}")
    return row | {"differs": words}


def line_of(row):
    head = f"{row['experiment']:<32} {row['build']:<16} "
    if row["simulated"] is None:
        return head + row["differs"][0]
    verdict = "agree" if row["outcome_agrees"] and row["timing_agrees"] else "; ".join(row["differs"])
    verdict += "".join(f" ({remark})" for remark in row["remarks"])
    return head + f"{counted(row['recorded']['outcomes'])} | {counted(row['simulated']['outcomes'])} | {verdict}"


def totals(rows, key):
    found = {}
    for row in rows:
        total = found.setdefault(row[key], [0, 0, 0])
        total[0] += 1
        total[1] += row["outcome_agrees"]
        total[2] += row["timing_agrees"]
    return found


def print_totals(rows, key):
    print(f"\n{key:<20} {'compared':>8} {'outcome':>8} {'timing':>8}")
    for name, (count, outcome, timing) in sorted(totals(rows, key).items()):
        print(f"{name:<20} {count:>8} {outcome:>8} {timing:>8}")


def plan(args, experiments, records, known):
    """What is to be simulated: {((profile, allocator), experiment): [tasks]}."""
    tasks = {}
    for build, name in records:
        row = known[build]
        if row is None or (row, name) in tasks or name not in experiments:
            continue
        seeds = range(1, args.seeds + 1)
        tasks[row, name] = [(args.program, experiments[name], *row, list(seeds[i:i + CHUNK])) for i in range(0, args.seeds, CHUNK)]
    return tasks


def gather(parts):
    wrong = next((part for part in parts if isinstance(part, str)), None)
    return wrong if wrong is not None else [run for part in parts for run in part]


def write_scenario(args, experiments, known):
    """The scenario of one seed of every chosen experiment, for psyncsim run --explain."""
    seed, directory = int(args.write[0]), args.write[1]
    os.makedirs(directory, exist_ok=True)
    for name, experiment in experiments.items():
        try:
            scenario, zero = Rule(experiment, next(filter(None, known.values()))[0]).scenario(seed)
        except Unknown as wrong:
            print(f"{name}: {wrong}", file=sys.stderr)
            continue
        path = os.path.join(directory, f"{name}.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(scenario, file, indent=1)
        print(f"{path}: t = 0 is at {zero} s")


def arguments():
    parser = argparse.ArgumentParser(description="Simulates recorded experiments and compares outcomes and timings.")
    parser.add_argument("--program", default="build/psyncsim", help="the psyncsim to judge")
    parser.add_argument("--dir", default=HERE, help="experiments/ and recordings/ (default: the project's own)")
    parser.add_argument("--seeds", type=int, default=200, help="simulated runs of each experiment")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes at work")
    parser.add_argument("--out", help="write all rows to this JSON file")
    parser.add_argument("--only", help="only experiments with this in their name")
    parser.add_argument("--build", help="only this build")
    parser.add_argument("--write", nargs=2, metavar=("SEED", "DIR"), help="write the scenarios of one seed, simulate nothing")
    return parser.parse_args()


def main():
    args = arguments()
    args.dir = args.dir or HERE
    experiments, builds, records = read_all(args.dir, args.only)
    if args.build:
        builds = {args.build: builds[args.build]}
        records = {key: record for key, record in records.items() if key[0] == args.build}
    known = {build: (profile, about.get("malloc", "jemalloc")) if (profile := profile_of(build, args.program)) else None
             for build, about in builds.items()}
    if args.write:
        write_scenario(args, experiments, known)
        return 0
    tasks = plan(args, experiments, records, known)
    rows, missing = [], {}
    order = list(builds)
    with ProcessPoolExecutor(args.jobs) as pool:
        work = {key: [pool.submit(chunk, task) for task in parts] for key, parts in tasks.items()}
        for (build, name), record in sorted(records.items(), key=lambda item: (order.index(item[0][0]), item[0][1])):
            row = known[build]
            if name not in experiments:
                print(f"{name:<32} {build:<16} recorded, but there is no description")
            elif row is None:
                missing[build] = missing.get(build, 0) + 1
            else:
                runs = gather([part.result() for part in work[row, name]])
                rows.append(compare(experiments[name], build, record, runs))
                print(line_of(rows[-1]), flush=True)
    for build, count in missing.items():
        print(f"{'':<32} {build:<16} no profile yet: {count} recorded experiments not compared")
    for name in experiments:
        if not any(key[1] == name for key in records):
            print(f"{name:<32} not recorded on any build chosen")
    for key in ("family", "build"):
        print_totals(rows, key)
    print(f"\n{len(rows)} compared, {sum(r['outcome_agrees'] for r in rows)} agree in outcome, {sum(r['timing_agrees'] for r in rows)} in timing"
          f" ({args.seeds} seeds)")
    is_whole = not args.only and not args.build
    causes_stand = print_causes(rows, read_json(os.path.join(args.dir, "causes.json"))) if is_whole and os.path.exists(
        os.path.join(args.dir, "causes.json")) else True
    if args.out:
        os.makedirs(os.path.dirname(args.out) or ".", exist_ok=True)
        with open(args.out + ".new", "w", encoding="utf-8") as file:
            json.dump({"seeds": args.seeds, "experiments": rows, "without_profile": missing}, file, indent=1)
        os.replace(args.out + ".new", args.out)
    return 0 if causes_stand else 1


if __name__ == "__main__":
    sys.exit(main())
