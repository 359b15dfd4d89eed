#!/usr/bin/python3
"""The page of `psyncsim lab`: it is what its sources give, it is small and whole, and a browser opens it from disk without an
error or a request; what it shows is what the program prints (page/test_lab.mjs). Needs what test_wasm.py needs, and chromium.

usage: test_lab.py BUILD [FOLDER for pictures of the page]
"""
import base64
import gzip
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import test_page
import test_wasm

PAGE = pathlib.Path("page")
FIRST = "scenarios/redis-5744-buffer-and-backlog.yaml"
LESSON = "scenarios/course/03-short-cut.yaml"
SMALLER = "8mb"
WRONG = "duration: 2min\nnodes:\n  m: { dataset: 1gb }\n  r1: { replicaof: q }\nfaults: [ { at: 1s, cutt: m-r1 } ]\n"
ENDLESS = "duration: 7300d\nnodes: { m: {}, r1: { replicaof: m } }\nload: [ { node: m, rate: 100/s } ]\nfaults: [ { every: 10s, cut: m-r1, for: 1s } ]\n"
BYTES_MAX = 400_000
PACKED = re.compile(r'(<script id="(?:gallery|worker|program|script)" type="text/plain">)([^<]*)')


def unpacked(page):
    """The page with its packed parts as they are inside: another zlib packs the same otherwise."""
    return PACKED.sub(lambda match: match[1] + repr(gzip.decompress(base64.b64decode(match[2]))), page)


def output(*command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, **options).stdout


def run_of(program, scenario, *options):
    return [json.loads(line) for line in output(program, "run", scenario, "--trace", "-", "--messages", *options).splitlines()]


def looks_at_first(events, summary):
    """The last look at m, and at its buffer for r1, when the cursor is at the first resynchronisation."""
    t = summary["resyncs"][0]["t"]
    last = {event["event"]: event for event in events if event["event"] in ("position", "flow") and event["node"] == "m" and event["t"] <= t}
    return {**last["position"], "buffer_bytes": last["flow"]["buffer_bytes"]}


def decision_words(event):
    ms = event["t"] // 10**6
    return f"{ms // 60000}:{ms // 1000 % 60:02}.{ms % 1000:03}  m: {'FULL' if event['kind'] == 'full' else 'partial'}, {event['reason']}, to r1"


def expectations_of(program):
    duration_ns = 120 * 10**9
    _, *events, summary = run_of(program, FIRST, "--positions", f"{-(-duration_ns // 320)}ns")
    smaller = json.loads(output(program, "run", FIRST, "--set", f"config.repl-backlog-size={SMALLER}", "--json"))
    lesson = json.loads(output(program, "run", LESSON, "--json"))
    refused = subprocess.run([program, "check", "-"], input=WRONG, capture_output=True, text=True).stderr
    gallery = []
    for folder, group in (("scenarios/course", "Course"), ("scenarios", "Stories")):
        for path in sorted(path for path in pathlib.Path(folder).iterdir() if path.suffix in (".yaml", ".json")):
            digest = json.loads(output(program, "run", str(path), "--json"))["digest"]
            gallery.append({"group": group, "name": path.stem, "digest": digest})
    second = summary["stories"][1]
    return {
        "first": pathlib.Path(FIRST).stem,
        "endless": ENDLESS,
        "digest": summary["digest"],
        "decisions": [decision_words(event) for event in events if event["event"] == "answer"],
        "look": looks_at_first(events, summary),
        "expectations": [f"{'held' if each['held'] else 'failed'} {each['text']}, found {each['found']}" for each in summary["expectations"]],
        "text": summary["text"],
        "messages": sum(event["event"] == "send" and event["what"] not in ("ack", "newline") for event in events),
        "payload_ns": next(event["t"] for event in events if event["event"] == "payload"),
        "why": [line["text"] for story in summary["stories"] for line in story["lines"]],
        "info": output(program, "run", FIRST, "--at", f"{second['t'] + 1}ns"),
        "smaller": {"value": SMALLER, "digest": smaller["digest"], "full": smaller["replicas"][0]["full"]},
        "wrong": {"text": WRONG, "problems": [f"{line}:{column} {what}" for line, column, what
                                              in re.findall(r"^<stdin>:(\d+):(\d+): error: (.*)$", refused, re.M)]},
        "course": {"digest": lesson["digest"], "reveal": " ".join(reveal_of_lesson()),
                   "questions": [f"expect.{each['text'].rpartition(': ')[0].replace(': ', '.')}" for each in lesson["expectations"]
                                 if each.get("asked")]},
        "gallery": gallery,
    }


def reveal_of_lesson():
    """The words behind `reveal: >-`, which end the file."""
    return pathlib.Path(LESSON).read_text().partition("reveal: >-")[2].split()


def main():
    build = sys.argv[1]
    program = f"{build}/psyncsim"
    lack = test_wasm.missing()
    if lack:
        sys.exit(f"test_lab.py: a dependency is missing: {lack}")
    passed = failed = 0

    def check(what, is_good):
        nonlocal passed, failed
        passed, failed = passed + is_good, failed + (not is_good)
        if not is_good:
            print(f"FAILED {what}")

    subprocess.run(["make", "--no-print-directory", f"-j{os.cpu_count()}", f"BUILD={build}", "wasm"], check=True, stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run(["node", "build.mjs", "lab", pathlib.Path(f"{build}/wasm/psyncsim.wasm").resolve(), folder / "built.html"],
                       cwd=PAGE, check=True)
        check("page/lab.html is what its sources give: make page",
              unpacked((folder / "built.html").read_text()) == unpacked((PAGE / "lab.html").read_text()))
        lab = folder / "lab.html"
        subprocess.run([program, "lab", FIRST, "-o", lab], check=True)
        check(f"the page has under {BYTES_MAX} bytes, found {lab.stat().st_size}", lab.stat().st_size < BYTES_MAX)
        check("no address of a network", test_page.has_no_address(lab))
        check("what a scenario says ends no element",
              "</script><b>" not in output(program, "lab", "-", "-o", "-", input="why: </script><b>\nduration: 1s\nnodes: { m: {} }\n"))
        (folder / "expected.json").write_text(json.dumps(expectations_of(program)))
        there = test_page.in_browser("page/test_lab.mjs", lab, folder / "expected.json", *sys.argv[2:3])
        passed, failed = passed + there[0], failed + there[1]
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
