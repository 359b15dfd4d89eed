"""Makes recordings compact: only what truth.py compares, one file of lines for the experiments and one for each build.

usage: compact.py FROM TO
"""
import json
import os
import shutil
import sys

import recorded
import truth

SYNC_KEYS = ("t", "replica", "link", "kind", "reason", "asked_offset", "sent_backlog")


def write(path, rows):
    with open(path + ".new", "w", encoding="utf-8") as file:
        for name, value in rows:
            file.write(json.dumps({"name": name, "value": value}, separators=(",", ":")) + "\n")
    os.replace(path + ".new", path)


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
    return {"format": 1, "server": record["server"], "runs": runs}


def main():
    if len(sys.argv) != 3:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    source, target = sys.argv[1:]
    os.makedirs(os.path.join(target, "recordings"), exist_ok=True)
    experiments, builds, records = truth.read_all(source, "")
    write(os.path.join(target, "experiments.jsonl"), experiments.items())
    shutil.copyfile(os.path.join(source, "recordings", "builds.json"), os.path.join(target, "recordings", "builds.json"))
    for build in builds:
        own = [(name, compact(record)) for (of, name), record in records.items() if of == build]
        write(os.path.join(target, "recordings", f"{build}.jsonl"), own)
    return 0


if __name__ == "__main__":
    sys.exit(main())
