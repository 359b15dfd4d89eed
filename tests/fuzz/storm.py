#!/usr/bin/python3
"""Random valid scenarios, drawn from the scenario schema itself: extremes, every pair of faults, roles in rings, loads of every
shape, configuration of everything. Each runs to its end: no assertion, no broken invariant, no number below zero and no share
above 100 %, and the same digest when nobody reads the trace (and by another build, if one is given). One that fails is cut down by
this tool: nodes, links, faults, loads and keys are deleted and numbers halved as long as it fails in the same way.

usage: storm.py BUILD [--seeds A..B] [--cpu SECONDS] [--other BUILD] [--out FOLDER]

A scenario that takes more than SECONDS of processor time is made ten times shorter until it does not; one of a second that still
does is counted as slow.
What is drawn and `psyncsim check` refuses is mended first: the key that it names is deleted.
"""
import argparse
import json
import pathlib
import random
import re
import resource
import subprocess
import sys
import tempfile

FAULT = re.compile(r'^FAULT\(\w+, "([^"]+)", "([^"]+)"', re.M)
DIRECTIVE = re.compile(r'^DIRECTIVE\(\w+, "([^"]+)", "[^"]*", (\w+), \w+, (\d+), ([^,]+(?:\(\d+\) << \d+)?),', re.M)
NEGATIVE = re.compile(rb'"(\w+)":-[0-9]')
ABOVE_ALL = re.compile(rb'"(\w+_ppm)":([0-9]{7,})')
MAY_BE_NEGATIVE = {b"asked_offset"}  # PSYNC ? -1
IN_ORDER = (("dialled_ns", "asked_ns", "answered_ns", "received_ns", "online_ns"), ("payload_ns", "received_ns", "online_ns"))
UNITS = {"size": ("", "b", "kb", "mb", "gb", "tb"), "duration": ("ns", "us", "ms", "s", "min", "h", "d"),
         "rate": ("/s", "/min", "/h", "/d"), "byterate": ("b/s", "kb/s", "mb/s", "gb/s"),
         "bitrate": ("bit/s", "kbit/s", "mbit/s", "gbit/s"), "count": ("",), "seed": ("",), "share": ("%",)}
MIDDLING = {"size": "kb mb", "duration": "ms s min", "rate": "/s", "byterate": "kb/s mb/s", "bitrate": "mbit/s gbit/s"}


# ---- drawing ----

class Drawer:
    def __init__(self, schema, seed):
        self.schema, self.seed = schema, seed
        self.random = random.Random(seed)
        text = pathlib.Path("models/server/config.def").read_text()
        self.directives = {name: (kind, int(low), self.bound(high)) for name, kind, low, high in DIRECTIVE.findall(text)}
        self.faults = FAULT.findall(pathlib.Path("sim/scenario/fault.def").read_text())

    @staticmethod
    def bound(text):
        shifted = re.fullmatch(r"INT64_C\(1\) << (\d+)", text)
        return 1 << int(shifted[1]) if shifted else int(text)

    def chance(self, one_in):
        return self.random.randrange(one_in) == 0

    def number(self, most):
        """Small, round, or anything, on a scale of magnitudes."""
        few = self.random.choice((1, 2, 3, 10, 60))
        return min(most, few if self.chance(2) else self.random.randrange(1, 1 << self.random.randrange(1, 40)))

    def quantity(self, kind):
        if kind == "share":
            return f"{self.random.choice((0, 1, 5, 50, 100))}%"
        if kind == "seed":
            return self.number(1 << 62)
        units = UNITS[kind] if self.chance(6) else tuple(MIDDLING.get(kind, " ").split()) or ("",)
        unit = self.random.choice(units)
        number = self.number(10 ** 9) if self.chance(6) else self.random.choice((1, 2, 3, 5, 10, 20, 60, 100, 300))
        number = 0 if self.chance(20) else number
        return f"{number}{unit}" if number > 0 or kind not in ("duration", "size") else 0

    def directive(self, name):
        kind, low, high = self.directives.get(name, ("COUNT", 0, 100))
        if kind == "BOOL":
            return self.random.choice(("yes", "no"))
        if kind == "LOAD":
            return self.random.choice(("disabled", "on-empty-db", "swapdb"))
        if kind == "SAVE":
            return self.random.choice(("", "3600 1"))
        if kind == "LIMIT":
            return "replica {} {} {}".format(*self.random.choice(
                ((0, 0, 0), ("256mb", "64mb", 60), ("1mb", 0, 0), ("100kb", "50kb", 2), (1, 1, 1), ("20kb", "20kb", 0))))
        extreme = self.random.choice((low, high, self.random.randint(low, high)))
        return extreme if self.chance(4) else max(low, self.random.choice((0, 1, 2, 5, 10, 60, 16384, 1 << 20, 1 << 26)))

    def value(self, schema, name):
        while "$ref" in schema:
            kind = schema["$ref"].rsplit("/", 1)[1]
            if kind in UNITS:
                return self.quantity(kind)
            if kind == "config":
                names = self.random.sample(sorted(self.directives), self.random.randrange(1, 6))
                return {each: self.directive(each) for each in names}
            schema = self.schema["$defs"][kind]
        if name == "command" and not self.chance(8):
            return self.random.choice(("1", "30", "543", "20kb", "1mb"))
        if "anyOf" in schema:
            shapes = schema["anyOf"]
            return self.value(shapes[0] if self.chance(2) else self.random.choice(shapes), name)
        if "enum" in schema:
            return self.random.choice([each for each in schema["enum"] if not isinstance(each, bool)])
        if schema.get("type") == "array":
            return [self.value(schema["items"], name) for _ in range(self.random.randrange(1, 4))]
        if schema.get("type") == "object" and "properties" in schema:
            keys = list(schema["properties"])
            some = [key for key in keys if key in schema.get("required", ())] or [self.random.choice(keys)]
            return {key: self.value(schema["properties"][key], key) for key in some}
        return self.quantity("count")

    def section(self, name, but, one_in):
        keys = self.schema["$defs"][name]["properties"]
        return {key: self.value(keys[key], key) for key in keys if key not in but and self.chance(one_in)}

    def node_names(self):
        return list(self.scenario["nodes"])

    def pair(self):
        followers = [(node["replicaof"], name) for name, node in self.scenario["nodes"].items() if "replicaof" in node]
        names = self.node_names()
        if followers and not self.chance(4) or len(names) == 1:
            return self.random.choice(followers or [(names[0], names[0])])
        return self.random.sample(names, 2)

    def fault(self, index):
        """Every kind in turn beside every other, over the seeds."""
        pairs = len(self.faults) ** 2
        kind = (self.seed % pairs) // len(self.faults) if index == 0 else self.seed % len(self.faults) if index == 1 else None
        name, arguments = self.random.choice(self.faults) if kind is None else self.faults[kind]
        target, allowed = arguments.split(":")
        keys = self.schema["$defs"]["fault"]["properties"]
        upper, lower = self.pair()
        fault = {}
        if self.chance(3):
            mean = f"{max(1, self.duration_ms // self.random.choice((3, 10, 30, 100)))}ms"
            fault["every"] = self.value(keys["every"], "every") if self.chance(10) else {"exponential": mean}
            if self.chance(4):
                fault["until"] = self.within()
        else:
            fault["at"] = [self.within() for _ in range(3)] if self.chance(6) else self.within()
        link = f"{upper}{'->' if name == 'partition' and self.chance(3) else '-'}{lower}"
        node = lower if self.chance(2) else upper
        fault[name] = {"links": link, "nodes": node, "node": node}.get(target, 0)
        for key in allowed.split():
            if key == "<directive>":
                some = self.random.choice(sorted(self.directives))
                fault[some] = self.directive(some)
            elif key in ("to", "node", "replicaof"):
                if not self.chance(4):
                    fault[key] = self.random.choice(self.node_names())
            elif self.chance(2) or key == "for" and "every" in fault:
                fault[key] = self.value(keys[key], key)
        return fault

    def within(self):
        return f"{self.random.randrange(self.duration_ms)}ms"

    def draw(self):
        self.duration_ms = self.random.choice((1, 30_000, 30_000, 600_000, 600_000, 3_600_000, 86_400_000, 31_536_000_000))
        self.scenario = scenario = {"duration": f"{self.duration_ms}ms", "seed": self.seed}
        if self.chance(2):
            scenario["server"] = self.random.choice(SERVERS)
        if self.chance(2):
            scenario["config"] = self.value({"$ref": "config/config"}, "config")
        if self.chance(3):
            scenario["spread"] = self.random.choice((0, "1s", "10s"))
        if self.chance(2):
            scenario["hosts"] = {name: self.section("host", (), 6) for name in ("default", "h")}
        scenario["nodes"] = nodes = {}
        count = self.random.choice((1, 2, 2, 3, 3, 4, 5, 7, 20))
        for i in range(count):
            nodes[f"n{i}"] = node = self.section("node", ("replicaof", "server", "config", "host", "config-file", "count"), 3)
            if i > 0 and not self.chance(6):
                node["replicaof"] = f"n{self.random.randrange(i)}"
                node.pop("dataset", None)
                node.pop("keys", None)
            if self.chance(8):
                node["server"] = self.random.choice(SERVERS)
            if self.chance(5):
                node["config"] = self.value({"$ref": "config/config"}, "config")
            if self.chance(5) and "hosts" in scenario:
                node["host"] = "h"
        scenario["links"] = {"default": self.section("link", (), 4)}
        if self.chance(3):
            scenario["links"]["-".join(self.pair())] = self.section("link", (), 4)
        writers = [name for name in nodes if "replicaof" not in nodes[name] or self.chance(6)]
        scenario["load"] = [{"node": self.random.choice(writers),
                             **self.section("load", ("node", "series", "repeat", "preset" if self.chance(2) else "rate"), 4)}
                            for _ in range(self.random.choice((0, 1, 1, 2, 3)))]
        for load in scenario["load"]:
            if not {"rate", "preset"} & load.keys():
                load["rate"] = self.quantity(self.random.choice(("rate", "byterate")))
        if self.chance(6):
            scenario["waits"] = [{"node": self.random.choice(list(nodes)), **self.section("wait", ("node",), 2)}]
        scenario["faults"] = [self.fault(i) for i in range(self.random.randrange(2, 8))]
        self.strike_together()
        return scenario

    def strike_together(self):
        """Half of the scenarios have groups and a counted node, and faults of them; by draws of their own."""
        self.random = random.Random(f"together {self.seed}")
        if self.chance(2):
            return
        nodes, scenario = self.node_names(), self.scenario
        if self.chance(2):
            scenario["nodes"]["c"] = {"replicaof": nodes[0], "count": self.random.choice((1, 2, 5, 30))}
        groups = {"g": [self.random.choice(nodes)], "w": ["-".join(self.pair())], "both": ["g", "w"]}
        groups["g"] += ["c"] if "c" in scenario["nodes"] else []
        scenario["groups"] = groups
        targets = {name: arguments.split(":")[0] for name, arguments in self.faults}
        for fault in scenario["faults"]:
            name = next(key for key in fault if key in targets)
            some = [self.random.choice(nodes), "g", self.random.sample(nodes, min(len(nodes), 3)), [fault[name], "g"]]
            if targets[name] == "links":
                some += ["w", "both", ["w", self.random.choice(nodes)], [fault[name], "w"], f"{nodes[0]}-g"]
            if targets[name] in ("links", "nodes") and not self.chance(3):
                fault[name] = self.random.choice(some)


# ---- text ----

class Text:
    """A scenario as text, and where each key and value stands: {(line, column): path}."""
    def __init__(self, scenario):
        self.lines, self.places = [""], {}
        for key, value in scenario.items():
            self.put(f"{key}:", (key,))
            if not isinstance(value, (dict, list)) or not value:
                self.put(" ")
                self.flow(value, (key,))
            else:
                for inner, each in enumerate(value) if isinstance(value, list) else value.items():
                    self.lines.append("")
                    self.put("  ")
                    self.put("- " if isinstance(value, list) else f"{inner}: ", (key, inner))
                    self.flow(each, (key, inner))
            self.lines.append("")

    def put(self, text, path=None):
        if path is not None:
            self.places[len(self.lines), len(self.lines[-1]) + 1] = path
        self.lines[-1] += text

    def flow(self, value, path):
        if isinstance(value, (dict, list)):
            is_map = isinstance(value, dict)
            self.put("{ " if is_map else "[ ", path)
            for i, (key, each) in enumerate(value.items() if is_map else enumerate(value)):
                self.put(", " if i > 0 else "")
                self.put(f'{json.dumps(key) if key == "on" else key}: ' if is_map else "", path + (key,))
                self.flow(each, path + (key,))
            self.put(" }" if is_map else " ]")
        else:
            text = str(value)
            self.put(text if re.fullmatch(r"[\w.%/-]+( [\w.]+)*", text) else json.dumps(text), path)

    def __str__(self):
        return "\n".join(self.lines)


def without(value, path):
    """A copy less what stands at the path."""
    if isinstance(value, list):
        return [without(each, path[1:]) if i == path[0] else each for i, each in enumerate(value) if i != path[0] or path[1:]]
    return {key: without(each, path[1:]) if key == path[0] else each for key, each in value.items() if key != path[0] or path[1:]}


def replaced(value, path, new):
    if not path:
        return new
    if isinstance(value, list):
        return [replaced(each, path[1:], new) if i == path[0] else each for i, each in enumerate(value)]
    return {key: replaced(each, path[1:], new) if key == path[0] else each for key, each in value.items()}


def walk(value, path=()):
    """All paths, from the outside in."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    level = [(path + (key,), each) for key, each in inner]
    yield from ((each_path, each) for each_path, each in level)
    for each_path, each in level:
        yield from walk(each, each_path)


# ---- running ----

def check(psyncsim, text):
    return subprocess.run([psyncsim, "check", "-"], input=str(text), text=True, capture_output=True)


def mend(psyncsim, scenario):
    """Deletes what `check` refuses; None if nothing is left."""
    for _ in range(100):
        text = Text(scenario)
        done = check(psyncsim, text)
        place = re.search(r":(\d+):(\d+): ", done.stderr)
        if done.returncode != 2:
            return scenario
        before = [each for each in text.places if place and each[0] == int(place[1]) and each[1] <= int(place[2])]
        if not before:
            return None
        scenario = without(scenario, text.places[max(before)])
    return None


def limits(seconds):
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def failure_of(done):
    """What broke, without its numbers, so that a smaller scenario can be compared; "slow"; None."""
    if done.returncode in (-24, -9):
        return "slow"
    if done.returncode == 0:
        return None
    words = done.stderr.decode(errors="replace")
    known = re.search(r"(\w+: Assertion .*|runtime error: .*|AddressSanitizer: \S+|an invariant failed: .*)", words)
    what = known[1] if known else words[:200]
    return f"exit code {done.returncode}: " + re.sub(r"t=\d+ ns, |-?\b[nh]?\d+\b", "#", what)


def odd_number(trace):
    for field in NEGATIVE.findall(trace):
        if field not in MAY_BE_NEGATIVE:
            return f"{field.decode()} is below zero"
    for field, value in ABOVE_ALL.findall(trace):
        if int(value) > 1000000:
            return f"{field.decode()} is above 100 %"
    for line in re.findall(rb'^\{"t":\d+,"event":"resync".*$', trace, re.M):
        resync = json.loads(line)
        for order in IN_ORDER:
            times = [resync[key] for key in order if key in resync]
            if times != sorted(times):
                return "a resynchronisation out of order: " + ", ".join(order)
    return None


def run(psyncsim, scenario, seconds, arguments):
    return subprocess.run([psyncsim, "run", "-", *arguments], input=str(Text(scenario)).encode(), capture_output=True,
                          preexec_fn=lambda: limits(seconds))


def trial(psyncsim, scenario, seconds, other):
    """What is wrong with the scenario; None: nothing."""
    plain = run(psyncsim, scenario, seconds, ["--json"])
    wrong = failure_of(plain) or odd_number(plain.stdout)
    if wrong:
        return wrong
    summary = json.loads(plain.stdout)
    digests = [summary["digest"]]
    if summary["events"] < 200_000:
        traced = run(psyncsim, scenario, 4 * seconds, ["--trace", "-"])
        wrong = failure_of(traced) or odd_number(traced.stdout)
        if wrong:
            return wrong if wrong != "slow" else None
        digests.append(json.loads(traced.stdout[traced.stdout.rindex(b"\n", 0, -1):])["digest"])
    if other:
        again = run(other, scenario, 20 * seconds, ["--json"])
        wrong = failure_of(again)
        if wrong:
            return wrong if wrong != "slow" else None
        digests.append(json.loads(again.stdout)["digest"])
    return None if len(set(digests)) == 1 else "another digest"


# ---- cutting down ----

def milliseconds(scenario):
    return int(scenario["duration"].removesuffix("ms"))


def halved(text):
    number = re.match(r"\d+", str(text))
    if not number or int(number[0]) < 2:
        return None
    return f"{int(number[0]) // 2}{str(text)[number.end():]}"


def candidates(scenario):
    for path, value in walk(scenario):
        yield without(scenario, path)
    for name in scenario.get("nodes", {}):  # with all that names it
        less = without(scenario, ("nodes", name))
        named = re.compile(rf"\b{name}\b")
        for path, value in reversed(list(walk(less))):
            if len(path) == 2 and (named.search(str(path[1])) or path[0] != "nodes" and named.search(json.dumps(value))):
                less = without(less, path)
        yield less
    for path, value in walk(scenario):
        new = None if isinstance(value, (dict, list)) else halved(value)
        if new is not None:
            yield replaced(scenario, path, new)


def shrink(psyncsim, scenario, wrong, again):
    """The smallest that fails in the same way, or as far as 600 runs lead."""
    runs = 0
    while runs < 600:
        for smaller in candidates(scenario):
            if check(psyncsim, Text(smaller)).returncode == 2:
                continue
            runs += 1
            if again(smaller) == wrong:
                scenario = smaller
                break
            if runs >= 600:
                return scenario
        else:
            return scenario
    return scenario


def main():
    global SERVERS
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1].split("\n")[0])
    parser.add_argument("build")
    parser.add_argument("--seeds", default="1..150")
    parser.add_argument("--cpu", type=int, default=10)
    parser.add_argument("--other")
    parser.add_argument("--out", help="default BUILD/storm")
    args = parser.parse_args()
    psyncsim = f"{args.build}/psyncsim"
    schema = json.loads(subprocess.run([psyncsim, "schema"], capture_output=True, check=True).stdout)
    SERVERS = re.findall(r"^((?:redis|valkey)-[\d.]+)", subprocess.run([psyncsim, "profiles"], capture_output=True, text=True,
                                                                       check=True).stdout, re.M)
    first, last = map(int, args.seeds.split(".."))
    counts = {"held": 0, "of them shortened": 0, "slow": 0, "refused": 0, "failed": 0}
    for seed in range(first, last + 1):
        scenario = mend(psyncsim, Drawer(schema, seed).draw())
        if scenario is None:
            counts["refused"] += 1
            continue
        again = lambda other: trial(psyncsim, other, args.cpu, args.other and f"{args.other}/psyncsim")
        wrong = again(scenario)
        shorter = scenario
        while wrong == "slow" and shorter is not None and milliseconds(shorter) > 1000:
            shorter = mend(psyncsim, replaced(scenario, ("duration",), f"{milliseconds(shorter) // 10}ms"))
            wrong = again(shorter) if shorter is not None else "slow"
        if shorter is not scenario and wrong != "slow":
            scenario = shorter
            counts["of them shortened"] += 1
        counts["held" if wrong is None else "slow" if wrong == "slow" else "failed"] += 1
        if wrong is None:
            continue
        folder = pathlib.Path(args.out or f"{args.build}/storm")
        folder.mkdir(parents=True, exist_ok=True)
        if wrong != "slow":
            scenario = shrink(psyncsim, scenario, wrong, again)
        path = folder / f"{'slow' if wrong == 'slow' else 'failed'}-{seed}.yaml"
        path.write_text(f"# {wrong}\n{Text(scenario)}")
        if wrong != "slow":
            print(f"seed {seed}: {wrong}\n{path.read_text()}", file=sys.stderr)
    print(", ".join(f"{count} {what}" for what, count in counts.items()))
    return counts["failed"] > 0 or counts["held"] == 0


if __name__ == "__main__":
    sys.exit(main())
