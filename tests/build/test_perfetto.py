#!/usr/bin/python3
"""`psyncsim run --perfetto`: JSON whose slices nest, whose flows end where they began, and whose numbers are the trace's.

usage: test_perfetto.py BUILD
"""
import json
import pathlib
import subprocess
import sys
import tempfile

STORIES = ["scenarios/redis-5744-buffer-and-backlog.yaml", "scenarios/redis-2694-chain.yaml", "scenarios/failover-tie.yaml"]


def ns(text):
    whole, _, part = text.partition(".")
    return int(whole) * 1000 + int(part)


def nest(slices):
    """Of one track: what begins within another ends within it."""
    open_until = []
    for begin, length in sorted(slices, key=lambda each: (each[0], -each[1])):
        while open_until and open_until[-1] <= begin:
            open_until.pop()
        if open_until and begin + length > open_until[-1]:
            return False
        open_until.append(begin + length)
    return True


def complaints(events, lines):
    names = {event["pid"]: event["args"]["name"] for event in events if event["name"] == "process_name"}
    tracks = {}
    for event in events:
        if event["ph"] == "X" and event["tid"] < 4:
            tracks.setdefault((event["pid"], event["tid"]), []).append((ns(event["ts"]), ns(event["dur"])))
    yield from (f"slices of {names[pid]}, track {tid}, do not nest" for (pid, tid), slices in tracks.items() if not nest(slices))
    sent = {event["id"]: ns(event["ts"]) for event in events if event["ph"] == "s"}
    ended = {event["id"]: ns(event["ts"]) for event in events if event["ph"] == "f"}
    if not ended or any(key not in sent or sent[key] > t for key, t in ended.items()):
        yield "a flow ends that did not begin"
    found = {(names[event["pid"]], ns(event["ts"]), event["args"]["bytes"]) for event in events if event["name"] == "backlog"}
    wanted = {(line["node"], line["t"], line["backlog_bytes"]) for line in lines
              if line["event"] == "position" and "backlog_bytes" in line}
    if found != wanted or not found:
        yield "the counters of the backlog are not the trace's"
    resyncs = [event["args"] for event in events if event["ph"] == "X" and event["tid"] == 1 and "args" in event]
    if resyncs != [line for line in lines if line["event"] == "resync"] or not resyncs:
        yield "the resynchronisations are not the trace's"


def main():
    passed = failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for story in STORIES:
            subprocess.run([f"{sys.argv[1]}/psyncsim", "run", story, "--perfetto", folder / "p.json", "--trace", folder / "t.jsonl"],
                           check=True, stdout=subprocess.DEVNULL)
            events = json.loads((folder / "p.json").read_text(), parse_float=str)["traceEvents"]
            lines = [json.loads(line) for line in (folder / "t.jsonl").read_text().splitlines()[1:]]
            found = list(complaints(events, lines))
            passed, failed = passed + (not found), failed + bool(found)
            for each in found:
                print(f"FAILED {story}: {each}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
