#!/usr/bin/python3
"""The page of `psyncsim report`: it is what its sources give, it is small and whole, and a browser opens it from disk
without an error or a request (page/test.mjs). Needs chromium, and the packages of page/ (scripts/setup installs both).

usage: test_page.py BUILD
"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

PAGE = pathlib.Path("page")
SMALL = "scenarios/redis-5744-buffer-and-backlog.yaml"
OTHERS = ["scenarios/redis-2694-chain.yaml", "scenarios/one-way-partition.yaml", "scenarios/failover-tie.yaml",
          "scenarios/redis-2315-soft-limit.yaml", "scenarios/flaky-link.yaml"]
SMALL_BYTES = 150_000
LARGE_EVENTS = 100_000


def missing():
    """What has to be installed first; None: nothing."""
    if not pathlib.Path("/usr/bin/chromium").exists():
        return "chromium: apt-get install --no-install-recommends chromium"
    if shutil.which("node") is None:
        return "node: apt-get install --no-install-recommends nodejs npm"
    if not (PAGE / "node_modules/esbuild").is_dir():
        return "the packages of page/: npm ci --prefix page"
    return None


def in_browser(script, *args):
    """Runs a script of page/ that prints "N passed, N failed" last; returns the two numbers."""
    result = subprocess.run(["node", script, *args], stdout=subprocess.PIPE, text=True)
    print(result.stdout, end="")
    count = result.stdout.splitlines()[-1].split() if result.stdout else []
    return (int(count[0]), int(count[2])) if len(count) == 4 and count[1] == "passed," else (0, 1)


def has_no_address(page):
    return not any(word in page.read_text() for word in ("https:", "src=", "@import"))


def make_large(program, path):
    """A trace of so many events that are no heartbeats."""
    text = subprocess.run([program, "run", SMALL, "--trace", "-"], capture_output=True, text=True, check=True).stdout
    header, *events, summary = text.splitlines()
    head, kept = json.loads(header), [json.loads(line) for line in events]
    kept = [event for event in kept if event["event"] not in ("ping", "ack")]
    times = LARGE_EVENTS // len(kept) + 1
    many = [{**event, "t": event["t"] + turn * head["duration_ns"]} for turn in range(times) for event in kept]
    head["duration_ns"] *= times
    path.write_text("\n".join(json.dumps(each) for each in [head, *many[:LARGE_EVENTS]]) + f"\n{summary}\n")


def main():
    program = f"{sys.argv[1]}/psyncsim"
    lack = missing()
    if lack:
        sys.exit(f"test_page.py: a dependency is missing: {lack}")
    passed = failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)

        def check(what, is_good):
            nonlocal passed, failed
            passed, failed = passed + is_good, failed + (not is_good)
            if not is_good:
                print(f"FAILED {what}")

        def report(source, output, *options):
            subprocess.run([program, "report", str(source), "-o", str(output), *options], check=True)
            return output

        check("the sources compile (npm run check)",
              subprocess.run(["npm", "run", "--silent", "check"], cwd=PAGE).returncode == 0)
        subprocess.run(["node", "build.mjs", "report", str(folder / "built.html")], cwd=PAGE, check=True)
        check("page/report.html is what its sources give: make page",
              (folder / "built.html").read_bytes() == (PAGE / "report.html").read_bytes())

        small = report(SMALL, folder / "small.html")
        check(f"{SMALL} under {SMALL_BYTES} bytes, found {small.stat().st_size}", small.stat().st_size < SMALL_BYTES)
        check("no address of a network", has_no_address(small))
        trace = folder / "small.jsonl"
        subprocess.run([program, "run", SMALL, "--trace", str(trace), "--html", str(folder / "run.html")], check=True,
                       stdout=subprocess.DEVNULL)
        again = report(trace, folder / "again.html").read_text()
        check("a trace gives the page that its run gave", again == (folder / "run.html").read_text())
        make_large(program, folder / "large.jsonl")
        large = report(folder / "large.jsonl", folder / "large.html")
        others = [report(each, folder / f"{pathlib.Path(each).stem}.html") for each in OTHERS]

        there = in_browser("page/test.mjs", small, trace, large, *others)
        passed, failed = passed + there[0], failed + there[1]
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
