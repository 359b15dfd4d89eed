"""Makes recordings compact: only what truth.py compares, in the same layout and format.

usage: compact.py FROM TO
"""
import json
import os
import shutil
import sys

import recorded

SYNC_KEYS = ("t", "replica", "link", "kind", "reason", "asked_offset", "sent_backlog")


def write(path, value):
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(value)
    os.replace(path + ".new", path)


def line(value):
    return json.dumps(value, separators=(",", ":"))


def first_drops(drops):
    found = {}
    for drop in drops:
        found.setdefault((drop["reason"], drop["at"]), {key: drop[key] for key in ("t", "at", "reason")})
    return list(found.values())


def compact_syncs(run, experiment):
    """The stream goes: what is compared of it is where a request stood, seen from the last fault."""
    syncs = []
    for sync in run["resyncs"]:
        kept = {key: sync[key] for key in SYNC_KEYS if sync.get(key) is not None}
        past = recorded.past_fault(run, experiment, sync)
        if past is not None:
            kept["asked_past_fault"] = past
        syncs.append(kept)
    return syncs


def compact(record):
    runs = [{"outcome": run["outcome"], "resyncs": compact_syncs(run, record["experiment"]), "drops": first_drops(run["drops"]),
             "cob_peak": run.get("cob_peak", {}), "durations": run["durations"]} for run in record["runs"]]
    return '{"format":1,"server":%s,"runs":[\n%s]}\n' % (line(record["server"]), ",\n".join(line(run) for run in runs))


def main():
    if len(sys.argv) != 3:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    source, target = sys.argv[1:]
    os.makedirs(os.path.join(target, "experiments"), exist_ok=True)
    os.makedirs(os.path.join(target, "recordings"), exist_ok=True)
    for name in sorted(os.listdir(os.path.join(source, "experiments"))):
        with open(os.path.join(source, "experiments", name), encoding="utf-8") as file:
            write(os.path.join(target, "experiments", name), json.dumps(json.load(file), indent=1) + "\n")
    shutil.copyfile(os.path.join(source, "recordings", "builds.json"), os.path.join(target, "recordings", "builds.json"))
    with open(os.path.join(source, "recordings", "builds.json"), encoding="utf-8") as file:
        builds = list(json.load(file))
    for build in builds:
        folder = os.path.join(source, "recordings", build)
        os.makedirs(os.path.join(target, "recordings", build), exist_ok=True)
        for name in sorted(os.listdir(folder)):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                write(os.path.join(target, "recordings", build, name), compact(json.load(file)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
