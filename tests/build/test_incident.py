#!/usr/bin/python3
"""psyncsim explain over logs of real servers: counts as INFO has them, reasons and owed bytes as they were.

usage: test_incident.py BUILD

tests/incident/ has logs that a redis-server 7.0.15 wrote for this. ../shared/logs has many more, of other versions
(sets/) and as people posted them (excerpts/); they are read from there and are no part of the project.
"""
import datetime
import gzip
import html
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

OWN = pathlib.Path("tests/incident")
SHARED = pathlib.Path(os.environ.get("PSYNCSIM_LOGS", "../shared/logs"))
COUNTERS = ("sync_full", "sync_partial_ok", "sync_partial_err")
passed = failed = 0


def check(held, what):
    global passed, failed
    passed += bool(held)
    failed += not held
    if not held:
        print(f"FAILED: {what}")


def run(program, *arguments):
    return subprocess.run([program, "explain", *map(str, arguments)], capture_output=True, text=True, errors="replace",
                          timeout=60)


def events(program, *arguments):
    """The lines of --json; none where it failed."""
    result = run(program, "--json", *arguments)
    check(result.returncode in (0, 1), f"explain {arguments}: exit {result.returncode}: {result.stderr[:300]}")
    return [json.loads(line) for line in result.stdout.splitlines()]


def info_of(path):
    return dict(line.strip().split(":", 1) for line in path.read_text().splitlines() if ":" in line)


def story(found):
    """What must not depend on the wrapper or on where the lines stand."""
    return [(e["replica"], e["kind"], e["reason"], e["outcome"], e.get("failed_by"), e.get("asked_offset"),
             e.get("owed"), e.get("no_link_ns")) for e in found if e["event"] == "resync"]


def check_set(program, folder):
    """A set of logs: master.log, replica.log ... with INFO at the end beside each."""
    found = events(program, *sorted(folder.glob("*.log")))
    nodes = {e["name"]: e for e in found if e["event"] == "node"}
    for path in sorted(folder.glob("*.info")):
        info = info_of(path)
        for counter in COUNTERS:
            if counter in info:
                seen = nodes.get(path.stem, {}).get(counter)
                check(int(info[counter]) == seen, f"{path}: {counter} is {info[counter]}, the log shows {seen}")
    resyncs = [e for e in found if e["event"] == "resync"]
    for event in resyncs:
        check(event["outcome"] != "unknown", f"{folder}: {event}")
        check(event["replica"] in nodes, f"{folder}: a name that is none: {event['replica']}")
    check_one_side(program, folder, resyncs)
    check_owed(program, folder)


def check_one_side(program, folder, both):
    """What the replica alone gives is the same or less, never something else."""
    exact = [e for e in both]
    for path in sorted(folder.glob("*.log")):
        of_it = [e for e in exact if e["replica"] == path.stem]
        alone = [e for e in events(program, path) if e["event"] == "resync" and e["replica"] == path.stem]
        check(len(of_it) == len(alone), f"{path}: {len(of_it)} of both sides, {len(alone)} alone")
        for one, two in zip(of_it, alone):
            right = two["reason"] in (one["reason"], "unknown") or one["reason"] in two["reason"].split(" or ")
            check(right, f"{path}: {two['reason']} alone, {one['reason']} of both")


def check_owed(program, folder):
    """Valkey 9.1's master prints the range it can reply with: its end less the request is what the replica's own lines give."""
    masters = [e for e in events(program, *sorted(folder.glob("*.log"))) if e["event"] == "resync" and
               e["reason"] == "backlog-passed"]
    for path in sorted(folder.glob("replica*.log")):
        for alone in events(program, path):
            if alone["event"] != "resync" or alone["reason"] != "backlog-passed" or not alone.get("owed", {}).get("exact"):
                continue
            of_both = [e for e in masters if e["replica"] == path.stem and e["asked_offset"] == alone["asked_offset"] and
                       e["t"] == alone["t"] and e.get("owed", {}).get("exact")]
            for both in of_both:
                check(both["owed"]["bytes"] == alone["owed"]["bytes"], f"{path}: owed {alone['owed']} and {both['owed']}")


# ---- wrappers ----

STAMP = re.compile(r"^(\d+):([A-Z]) (\d\d \w{3} \d{4} [\d:]{8}\.\d{3}) ([.*#-]) (.*)$")


def instants(lines):
    """Each line with its time, parsed; a line without one has that of the line before."""
    last = datetime.datetime(2026, 1, 1)
    for line in lines:
        match = STAMP.match(line)
        if match:
            last = datetime.datetime.strptime(match[3] + "000", "%d %b %Y %H:%M:%S.%f")
        yield line, last, match


def per_line(form):
    return lambda lines, name: "".join(form(line, when, match, name) + "\n" for line, when, match in instants(lines))


def iso(when):
    return when.strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z"


def wrapped(lines, _name):
    return "".join(line[i:i + 80] + "\n" for line in lines for i in range(0, max(len(line), 1), 80))


def kibana(lines, _name):
    rows = ['"' + when.strftime("%b %d, %Y @ %H:%M:%S.") + f'{when.microsecond // 1000:03d}","' +
            line.replace('"', '""') + '"\n' for line, when, _ in instants(lines)]
    return '"@timestamp","message"\n' + "".join(reversed(rows))


def bare(line, when, match, name):
    pid = match[1] if match else line.partition(":")[0]
    return f"{when:%b %d %H:%M:%S} {name}-host redis[{pid}]: {match[5] if match else line.partition(':')[2]}"


def without_year(line, _when, match, _name):
    return line if not match else line.replace(" " + match[3].split()[2] + " ", " ", 1)


def milliseconds(when):
    return int(when.replace(tzinfo=datetime.timezone.utc).timestamp() * 1000)


def cloudwatch(lines, name):
    rows = [{"logStreamName": f"redis/{name}", "timestamp": milliseconds(when), "message": line}
            for line, when, _ in instants(lines)]
    return json.dumps({"events": rows, "searchedLogStreams": []}, indent=4)


def gcloud(lines, name):
    rows = [{"insertId": "x", "labels": {"k8s-pod/app": "redis"}, "resource": {"labels": {"pod_name": f"{name}-0"}},
             "textPayload": line + "\n", "timestamp": iso(when)} for line, when, _ in instants(lines)]
    return json.dumps(rows[::-1], indent=2)


def loki(lines, name):
    rows = [[str(milliseconds(when) * 10**6), line] for line, when, _ in instants(lines)]
    return json.dumps({"status": "success", "data": {"result": [{"stream": {"pod": name}, "values": rows}]}})


WRAPPERS = {
    "cloudwatch": cloudwatch,
    "gcloud": gcloud,
    "loki": loki,
    "any-key": per_line(lambda line, when, m, name: json.dumps({"level": 3, "payload": line, "labels": {"app": "x"}})),
    "pretty": per_line(lambda line, when, m, name: json.dumps({"at": iso(when), "payload": line}, indent=2)),
    "docker": per_line(lambda line, when, m, name: json.dumps({"log": line + "\n", "stream": "stdout", "time": iso(when)})),
    "kubectl": per_line(lambda line, when, m, name: f"{iso(when)} {line}"),
    "cri": per_line(lambda line, when, m, name: f"{iso(when)} stdout F {line}"),
    "compose": per_line(lambda line, when, m, name: f"{name + '-1':12}| {line}"),
    "pods": per_line(lambda line, when, m, name: f"[pod/{name}-0/redis] {line}"),
    "journalctl": per_line(lambda line, when, m, name: f"{when:%b %d %H:%M:%S} {name} redis-server[7]: {line}"),
    "journal": per_line(lambda line, when, m, name: json.dumps({
        "_HOSTNAME": name, "__REALTIME_TIMESTAMP": str(int(when.replace(tzinfo=datetime.timezone.utc).timestamp() * 1e6)),
        "MESSAGE": line, "PRIORITY": "6"})),
    "syslog": per_line(bare),
    "no-year": per_line(without_year),
    "kibana": kibana,
    "markdown": lambda lines, name: "```\n" + "".join(line.replace("*", "\\*") + "\n" for line in lines) + "```\n",
    "html": lambda lines, name: "<pre>\n" + "".join(html.escape(line) + "<br>\n" for line in lines) + "</pre>\n",
    "wrapped": wrapped,
    "powershell": lambda lines, name: "".join(line + "\r\n" for line in lines),
    "windows": lambda lines, name: "\ufeff" + "".join(line + "\r\n" for line in lines),
    "colours": lambda lines, name: "".join(f"\x1b[36m{line}\x1b[0m\n" for line in lines),
}


def bare_story(found, has_times):
    """Without names and, where the wrapper has whole seconds, without times."""
    return sorted([(e["kind"], e["reason"], e["outcome"], e.get("failed_by"), e.get("asked_offset") or 0,
                    (e.get("owed") or {}).get("bytes", 0), e.get("no_link_ns") if has_times else None)
                   for e in found if e["event"] == "resync"], key=str)


def merged(logs):
    """All lines of all logs by time, in one file."""
    rows = [(when, line) for path in logs for line, when, _ in instants(path.read_text().splitlines())]
    return "".join(line + "\n" for _, line in sorted(rows, key=lambda row: row[0]))


def check_wrappers(program, folder):
    """One set in many forms tells one story."""
    logs = sorted(folder.glob("*.log"))
    plain = events(program, *logs)
    with tempfile.TemporaryDirectory() as place:
        for name, form in WRAPPERS.items():
            paths = []
            for path in logs:
                paths.append(pathlib.Path(place, path.name))
                encoding = "utf-16" if name == "powershell" else "utf-8"
                paths[-1].write_text(form(path.read_text().splitlines(), path.stem), encoding, newline="")
            found, has_times = events(program, *paths), name != "syslog"
            check(bare_story(found, has_times) == bare_story(plain, has_times),
                  f"{folder} as {name}: {bare_story(found, has_times)}, plain: {bare_story(plain, has_times)}")
        one = pathlib.Path(place, "all.log")
        one.write_text(merged(logs))
        check(bare_story(events(program, one), True) == bare_story(plain, True), f"{folder} in one file")
        hidden = run(program, "--redact", *logs).stdout + run(program, "--redact", "--json", *logs).stdout
        for secret in ("127.0.0.1", ".log", *(e.get("asked_id") for e in plain if e.get("asked_id"))):
            check(secret not in hidden, f"{folder}: --redact leaves {secret}")


# ---- replays ----


def replay(program, folder):
    """Derives a scenario of the set and runs it. Returns whether it gave the same story."""
    with tempfile.TemporaryDirectory() as place:
        path = pathlib.Path(place, "replay.yaml")
        arguments = ["--scenario", path]
        for conf in sorted(folder.glob("*.conf")):
            arguments += ["--conf", f"{conf.stem}={conf}"]
        for info in sorted(path for path in folder.glob("*.info") if "sync_full" in path.read_text()):
            arguments += ["--info", f"{info.stem}={info}"]
        if (folder / "metrics.json").exists():
            arguments += ["--series", folder / "metrics.json"]
        result = run(program, *arguments, *sorted(folder.glob("*.log")))
        last = "replay  " + result.stdout.partition("replay  ")[2]
        check("same story" in last or "ANOTHER STORY" in last, f"{folder}: no replay: {last} {result.stderr[:300]}")
        check(("same story" in last) == (result.returncode == 0), f"{folder}: exit {result.returncode}: {last}")
        again = subprocess.run([program, "run", path], capture_output=True, text=True, timeout=60)
        check(again.returncode in (0, 1), f"{folder}: what was written does not run: {again.stderr[:300]}")
        return "same story" in last


def check_replays(program, folders, share, what):
    same = [folder for folder in folders if replay(program, folder)]
    print(f"replays of {what}: the same story {len(same)} of {len(folders)} times")
    others = [str(folder.name) for folder in folders if folder not in same]
    check(len(same) >= share * len(folders), f"{what}: {len(same)} of {len(folders)} are the same story, not {others}")


def drops_with(program, path, directive, value):
    """How often each cause ended a link in the scenario with that value at every node, and the reasons of its full ones."""
    form = "replica {} 0 0" if directive == "client-output-buffer-limit" else "{}"
    changes = [f"--set=nodes.{node}.config.{directive}={form.format(value)}" for node in ("m", "r1")]
    result = subprocess.run([program, "run", "--json", *changes, path], capture_output=True, text=True, timeout=60)
    check(result.returncode in (0, 1), f"{path} with {directive} {value}: {result.stderr[:300]}")
    replicas = json.loads(result.stdout)["replicas"]
    return [{**row.get("drops", {}), **row["reasons"]} for row in replicas]


def check_spared(program):
    """A value that is found by runs is enough, and a sixteenth or a second less is not; the search is the same each time."""
    for name, directive, causes in (("limit", "client-output-buffer-limit", ("limit-hard", "limit-soft")),
                                    ("paused-replica", "repl-timeout", ("timeout-replica", "timeout-master"))):
        with tempfile.TemporaryDirectory() as place:
            path = pathlib.Path(place, "replay.yaml")
            arguments = ["--scenario", path, "--conf", f"m={OWN / name / 'm.conf'}", *sorted((OWN / name).glob("*.log"))]
            result = run(program, *arguments)
            found = re.search(directive + r'(?: of)? (?:"replica )?([0-9][0-9\s]*)(?: 0 0"|\s+s),\s+with\s+which',
                              result.stdout.partition("What would have spared it")[2])
            check(found, f"{name}: no {directive} from the replay: {result.stdout[-600:]}")
            check(run(program, *arguments).stdout == result.stdout, f"{name}: another answer the second time")
            if not found:
                continue
            value = int("".join(found[1].split()))
            for tried, is_enough in ((value, True), ((value * 15 - 1) // 16, False)):
                rows = drops_with(program, path, directive, tried)
                gone = not any(row.get(cause) for row in rows for cause in causes)
                check(gone == is_enough, f"{name}: {directive} {tried}: {rows}")
            given = "repl-backlog-size" in (OWN / name / "m.conf").read_text()
            check(not given or "repl-backlog-size of m is" not in path.read_text(), f"{name}: what was given is called assumed")
            silent = run(program, *arguments[2:])
            check("in the replay" not in silent.stdout, f"{name}: a replay that nobody asked for")
            run(program, "--scenario", path, *sorted((OWN / name).glob("*.log")))
            check("repl-timeout of m is the default" in path.read_text(), f"{name}: {path.read_text()[:600]}")


def check_channels(program):
    """Logs of Valkey 9.1.2 with dual-channel-replication-enabled: the directive is in what is derived, at both sides, and the replay has
    two connections; where it was set to the default, and one connection taken, it is not."""
    with tempfile.TemporaryDirectory() as place:
        path = pathlib.Path(place, "replay.yaml")
        logs = sorted((OWN / "two-connections").glob("*.log"))
        result = run(program, "--scenario", path, *logs)
        check("same story" in result.stdout, f"two-connections: another story: {result.stdout[-300:]}")
        given = path.read_text().count('dual-channel-replication-enabled: "yes"')
        check(given == 2, f"two-connections: given {given} times: {path.read_text()}")
        again = subprocess.run([program, "run", path, "--explain"], capture_output=True, text=True, timeout=60)
        check("channels    two" in again.stdout, f"two-connections: replayed over one: {again.stdout[-900:]}")
    for name in EXPECTED:
        with tempfile.TemporaryDirectory() as place:
            path = pathlib.Path(place, "replay.yaml")
            run(program, "--scenario", path, *sorted((OWN / name).glob("*.log")))
            check("channel" not in path.read_text(), f"{name}: {path.read_text()}")


# The own sets: what was done to them, so what must come out.
WRAPPED = ("full_backlog", "cob_hard", "nat", "two_channel_backlog", "promote")
EXPECTED = {
    "paused-replica": [("r1", "full", "requested", "online"), ("r1", "full", "backlog-passed", "online")],
    "client-kill": [("r1", "full", "requested", "online"), ("r1", "partial", "accepted", "online")],
    "limit": [("r1", "full", "requested", "failed"), ("r1", "full", "requested", "online")],
    "promotion": [("r1", "full", "requested", "online"), ("r2", "full", "requested", "online"),
                  ("r2", "full", "second-offset", "online"), ("m", "full", "second-offset", "online")],
}


def check_own(program):
    check_replays(program, [OWN / name for name in EXPECTED], 1, str(OWN))
    for name, expected in EXPECTED.items():
        folder = OWN / name
        check_set(program, folder)
        check_wrappers(program, folder)
        found = [s[:4] for s in story(events(program, *sorted(folder.glob("*.log"))))]
        check(sorted(found) == sorted(expected), f"{folder}: {found}")


# What index.json says can be concluded of an excerpt, as fields or as words of the text. A number is as it is printed.
CONCLUSIONS = {
    "01": ("sync-command", "67 s", "39.8 s", "3631 MB", "209 s", "soft", "103 s before"),
    "02": ("6 463 872 589", "254 s", "60.9 s after the last byte", "repl-timeout"),
    "04": ("requested", "FULL"),
    "05": ("2015", "-4 h", "PARTIAL", "repl-timeout"),
    "07": ("limit-hard", "it was online", "268 443 704"),
    "08": ("failed", "61.7 s after the answer", "answered after 2.41 s", "answered after 3.41 s"),
    "10": ("109 751 298", "backlog-passed ~", "172 s into the payload", "1 414 389 157", "behind before"),
    "11": ("repl-timeout", "172 s", "115 s", "backlog-passed", "container"),
    "13": ("accepted-second-id", "411 257", "a replica and a master"),
    "14": ("10.240.60.121:7100/2", "493 082 710 443"),
    "16": ("Sentinel", "251 402", "Connection refused", "requested"),
    "17": ("60.3 s", "no connection came up"),
    "19": ("the save was not through", "20504", "soft"),
    "20": ("at most 205 800 743", "answered after 494 s", "transfer 200 s", "flush 317 s", "load 395 s"),
    "22": ("Sentinel", "16 323 075 171 100"),
    "23": ("THE MASTER HAD RESTARTED 709 ms before", "no repl-backlog-size", "id-mismatch"),
    "25": ("redis-sentinel-redis_replica1-1", "requested"),
    "26": ("first life", "nothing was lost"),
    "28": ("backlog-passed", "limit-hard", "1 073 744 760", "73 ms", "7.19 s", "332 MB", "30.3 s", "Valkey"),
    "29": ("PARTIAL", "write of the master"),
    "31": ("FULL", "id-mismatch"),
    "32": ("id-mismatch", "failed"),
    "34": ("requested", "delay of the diskless save 4.53 s", "218 ms", "signal-handler"),
    "35": ("ITS OWN ADDRESS", "no link"),
    "37": ("Connection refused",),
    "38": ("300 MB", "first byte 1,", "41 368 bytes held", "0 bytes"),
    "40": ("Valkey", "repl-timeout", "PARTIAL", "fork"),
    "41": ("121 403", "LOST WRITES", "second-offset"),
}


# What index.json says cannot be concluded, as patterns that the text must not hold, and as fields that --json must not have.
# An excerpt whose "cannot" is a matter of what the reader knows (which file, which pid) has none.
UNSAID = {
    "01": (r"payload \d", r"as given", r"load \d", r"\d:\d+ asked", r"\bonline in\b"),
    "02": (r"stream moved at", r"(PARTIAL|FULL) \[[a-z-]+\].* 20:0[1-9]"),
    "04": (r"\d\d:\d\d:\d\d", r"back after", r"HAD RESTARTED", r"moved at"),
    "07": (r"stream moved at", r"(replica|slave) [\d.]+:6379"),
    "08": (r"slow (save|disk)", r"the save took"),
    "10": (r"the (replica|master) first", r"the master closed it", r"at the same moment"),
    "11": (r"the replica (froze|stood still|was paused)", r"which began at", r"first byte \d"),
    "13": (r"the (replica|master) first", r"the master closed it"),
    "16": (r"LOST WRITES", r"thrown away"),
    "17": (r"firewall", r"the network (dropped|lost)", r"the master's process did not answer"),
    "19": (r"limit-hard[,;:]", r"~ hard"),
    "20": (r"exact to the fork", r"the (replica|master) noticed", r"from the loss to the request"),
    "22": (r"ahead of", r"was behind"),
    "23": (r"(?i)out of memory", r"OOM", r"crash", r"killed by", r"probe"),
    "25": (r"\bfailed\b", r"without the link"),
    "28": (r"history \S+, offset \d", r"bytes of the payload were"),
    "29": (r"TLS (error|alert)", r"certificate"),
    "32": (r"the replica (left|closed)", r"the replica noticed"),
    "34": (r"payload \d",),
    "37": (r"\(pid \d",),
    "38": (r"which began at",),
    "41": (r"the asker is the old master(?!;)", r"the old master (asked|lost)"),
}
UNKNOWN = {
    "01": ("payload_bytes", "load_ns"), "02": ("write_rate",), "04": ("t", "no_link_ns", "back_ns"), "07": ("write_rate",),
    "25": ("no_link_ns",), "28": ("asked_offset", "payload_bytes"), "34": ("payload_bytes",),
}
OPEN = ("01", "25") # how their last resynchronisation ended is in no line


def check_unsaid(program, path, text):
    number = path.name[:2]
    for pattern in UNSAID.get(number, ()):
        found = re.search(pattern, text)
        check(not found, f"{path}: says '{found and found[0]}', which cannot be concluded")
    found = [e for e in events(program, path) if e["event"] == "resync"]
    for key in UNKNOWN.get(number, ()):
        check(not any(key in e for e in found), f"{path}: has {key}: {found}")
    if number in OPEN:
        check(found and found[-1]["outcome"] == "unknown", f"{path}: the last one is not open: {found[-1:]}")
    # Never who cut, whatever the excerpt: by whom is in no log, but for what the server closed itself.
    for pattern in (r"(?i)the network (was|went|is)", r"somebody (cut|killed)", r"was cut by"):
        check(not re.search(pattern, text), f"{path}: {pattern}")
    check("who closed a connection: no log" in text, f"{path}: does not say what no log has")


def check_excerpts(program, folder):
    for entry in json.loads((folder / "index.json").read_text()):
        path = folder / entry["file"]
        if not path.exists():
            continue
        result = run(program, path)
        text = " ".join(result.stdout.split())
        check(result.returncode in (0, 1), f"{path}: exit {result.returncode}: {result.stderr[:300]}")
        for words in CONCLUSIONS.get(entry["id"][:2], ()):
            check(words in text, f"{path}: nothing says '{words}'")
        if "Year" in entry["cannot"]:
            check("no year" in text, f"{path}: has a year that nothing in it says")
        check_unsaid(program, path, text)


def check_zones(program):
    """--zone of one server goes before that of all, and neither before what a line gives away."""
    with tempfile.TemporaryDirectory() as place:
        paths = []
        for path in sorted((OWN / "client-kill").glob("*.log")):
            paths.append(pathlib.Path(place, path.name))
            paths[-1].write_text("".join(line for line in path.read_text().splitlines(True) if "signal-handler" not in line))
        given = ("--zone", "m=+02:00", "--zone", "-01:00")
        zones = {e["name"]: (e["zone_s"], e["zone_from"]) for e in events(program, *given, *paths) if e["event"] == "node"}
        check(zones == {"m": (7200, "--zone"), "r1": (-3600, "--zone")}, f"--zone: {zones}")
        kept = [e["zone_s"] for e in events(program, *given, OWN / "client-kill/m.log") if e["event"] == "node"]
        check(kept == [0], f"--zone over a signal-handler line: {kept}")
        wrong = run(program, "--zone", "nobody=UTC", *paths)
        check(wrong.returncode == 2 and "nobody" in wrong.stderr and "m, r1" in wrong.stderr, f"--zone nobody: {wrong}")


def check_pieces(program):
    """A log in rotated pieces, given in any order, is one log; places name the piece and its own line."""
    folder = OWN / "paused-replica"
    whole = events(program, *sorted(folder.glob("*.log")))
    with tempfile.TemporaryDirectory() as place:
        for path in folder.glob("*.log"):
            lines = path.read_text().splitlines(True)
            for index, (low, high) in enumerate(((0, 12), (12, 17), (17, len(lines)))):
                name = path.name + (f".{2 - index}" if index < 2 else "")
                pathlib.Path(place, name).write_text("".join(lines[low:high]))
        pieces = sorted(pathlib.Path(place).iterdir())
        for given in (pieces, pieces[::-1]):
            found = events(program, *given)
            check(story(found) == story(whole), f"pieces {given}: {story(found)}, whole: {story(whole)}")
            check([e["name"] for e in found if e["event"] == "node"] == ["m", "r1"] or
                  [e["name"] for e in found if e["event"] == "node"] == ["r1", "m"], f"servers of {given}: {found}")
            places = [e["at"] for e in found if e["event"] == "resync"]
            for at, plain in zip(places, (e["at"] for e in whole if e["event"] == "resync")):
                name, number = at.rsplit(":", 1)
                line = pathlib.Path(place, name).read_text().splitlines()[int(number) - 1]
                name, number = plain.rsplit(":", 1)
                check(line == (folder / name).read_text().splitlines()[int(number) - 1], f"{at} is not {plain}")
        packed = pathlib.Path(place, "m.log.3.gz")
        packed.write_bytes(gzip.compress(b"x"))
        result = run(program, *pieces, packed)
        check(result.returncode == 2 and "m.log.3.gz" in result.stderr and "zcat" in result.stderr, f"gzip: {result}")


def size(program, *arguments):
    return subprocess.run([program, "size", *map(str, arguments)], capture_output=True, text=True, timeout=120)


def check_size(program):
    """size --logs takes outages, rate and phases from logs; other files and options go before them."""
    folder = OWN / "client-kill"
    logs = [word for path in sorted(folder.glob("*.log")) for word in ("--logs", path)]
    answer = size(program, "--json", *logs, "--dataset", "20mb")
    check(answer.returncode == 0, f"size --logs: {answer.returncode} {answer.stderr[:400]}")
    inputs = {row["figure"]: row for row in json.loads(answer.stdout)["provenance"]} if answer.returncode == 0 else {}
    events_of = events(program, *sorted(folder.glob("*.log")))
    back = next((e["back_ns"] for e in events_of if e["event"] == "resync" and "lost" in e), 0)
    law = inputs.get("how long outages last", {}).get("value", "")
    check(f"longest {max(back // 1000000, 1)} ms" in law, f"outage of {back} ns: {law}")
    check(inputs.get("kind of outage", {}).get("value") == "cut", f"kind: {inputs.get('kind of outage')}")
    check("samples" in inputs.get("write rate", {}).get("from", ""), f"rate: {inputs.get('write rate')}")
    check(inputs.get("server", {}).get("value") == "redis-7.0.15", f"server: {inputs.get('server')}")
    conf = size(program, "--json", *logs, "--dataset", "20mb", "--conf", folder / "m.conf")
    rows = {row["figure"]: row for row in json.loads(conf.stdout)["provenance"]}
    check("m.conf" in rows["save"]["from"], f"conf goes first: {rows}")
    given = size(program, "--json", *logs, "--dataset", "20mb", "--write-rate", "7mb/s", "--outages", "20s")
    rows = {row["figure"]: row for row in json.loads(given.stdout)["provenance"]}
    check(rows["write rate"]["value"] == "7mb/s" and rows["how long outages last"]["value"] == "20s", f"options: {rows}")
    for wrong, words in (("README.md", "found no line"), ("missing.log", "missing.log")):
        result = size(program, "--logs", wrong)
        check(result.returncode == 2 and words in result.stderr and not result.stdout, f"size --logs {wrong}: {result}")


def check_no_log(program):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "access.log")
        path.write_text('127.0.0.1 - - [28/Nov/2026:16:05:56] "GET / HTTP/1.1" 200\n' * 5)
        result = run(program, path)
        check(result.returncode == 2 and "GET /" in result.stderr and not result.stdout, f"no log: {result}")
        path.write_text('[{"status": 200},\n{"status": 404}]\n')
        result = run(program, path)
        check(result.returncode == 2 and '2: {"status": 404}]' in result.stderr, f"no log in JSON: {result}")
        result = run(program, pathlib.Path(folder, "missing"))
        check(result.returncode == 2 and "missing" in result.stderr, f"no file: {result}")
    log = OWN / "paused-replica" / "m.log"
    result = run(program, "--node", f"m={log}", log.parent / ".." / log.parent.name / log.name)
    check(result.returncode == 2 and "given twice" in result.stderr and not result.stdout, f"twice: {result}")
    for wrong in (["--zone", "Berlin"], ["--year", "26"], ["--from", "noon"], ["--node", "x"]):
        result = run(program, *wrong, "x.log")
        check(result.returncode == 2 and wrong[1] in result.stderr and "expected" in result.stderr, f"{wrong}: {result}")


def main():
    program = f"{sys.argv[1]}/psyncsim"
    check_own(program)
    check_no_log(program)
    check_spared(program)
    check_channels(program)
    check_size(program)
    check_zones(program)
    check_pieces(program)
    if SHARED.is_dir():
        folders = sorted(path for path in SHARED.glob("sets/*/*") if path.is_dir())
        for folder in folders:
            check_set(program, folder)
            if folder.name in WRAPPED:
                check_wrappers(program, folder)
        for version in sorted(SHARED.glob("sets/*")):
            of_version = [folder for folder in folders if folder.parent == version]
            check_replays(program, of_version, 0.95, version.name)
        check_excerpts(program, SHARED / "excerpts")
        print(f"{len(folders)} sets and the excerpts of {SHARED}")
    else:
        print(f"NOT TESTED: {SHARED} IS NOT THERE: NO SETS OF OTHER VERSIONS, NO EXCERPTS; ONLY {OWN}")
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
