#!/usr/bin/python3
"""The recorded experiments come out as real servers had them, with few seeds; and nothing is dropped silently on the way there.

usage: test_truth.py BUILD
"""
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, "tests/truth")
import judge  # noqa: E402
import truth  # noqa: E402
from rule import Rule, Unknown  # noqa: E402

SEEDS = 25
TRUTH = pathlib.Path("tests/truth")


def compare(build, directory, out):
    command = [sys.executable, "tests/truth/truth.py", "--program", f"{build}/psyncsim", "--dir", str(directory), "--seeds", str(SEEDS), "--out", str(out)]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    result = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=900, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout, json.loads(out.read_text())


def test_p_values():
    assert math.isclose(judge.outcome_p({"P": 5}, {"P": 199}), 1.0)  # nothing else is as unlikely as what was seen
    # 200 x P and half a count each for P and F: 5 x F has the probability (0.5 / 201)^5
    assert math.isclose(judge.outcome_p({"F": 5}, {"P": 200}), (0.5 / 201) ** 5)
    # two of five at one half: everything is at most as likely, or as likely
    assert math.isclose(judge.outcome_p({"P": 2, "F": 3}, {"P": 100, "F": 100}), 1.0)
    assert judge.outcome_p({"P": 0, "F": 8}, {"P": 100, "F": 100}) < 0.01
    assert judge.within("transfer r1 full", 1.16, [1.0] * 9) and not judge.within("transfer r1 full", 1.17, [1.0] * 9)
    assert judge.within("sent backlog r1", 20504, [0] * 9) and not judge.within("sent backlog r1", 20505, [0] * 9)


def share(rows, key):
    return sum(row[key] for row in rows) / len(rows)


def experiment(name):
    return dict(truth.read_folder(str(TRUTH / "experiments")))[name]


def refused(changed):
    try:
        Rule(changed, "redis-7.0").scenario(1)
    except Unknown as wrong:
        return str(wrong)
    return ""


def test_what_is_not_known_is_refused():
    base = experiment("open-cut-short")
    for key, value, word in (("events", [{"t": 1, "do": "cutt", "link": "m>r1"}], "cutt"), ("workload", [{"kind": "reader"}], "reader"),
                             ("events", [{"t": 1, "do": "cut", "link": "m>r2"}], "m>r2"), ("weight", "fine", "fine"),
                             ("events", [{"t": 1, "do": "config", "server": "m", "set": {"repl-magic": 1}}], "repl-magic"),
                             ("events", [{"t": 1, "do": "command", "server": "m", "args": ["MODULE", "LOAD"]}], "MODULE LOAD")):
        assert word in refused({**base, key: value}), (key, value, refused({**base, key: value}))


def test_what_a_description_says_besides_is_told():
    assert not Rule(experiment("open-cut-short"), "redis-7.0").remarks
    assert "weather" in Rule({**experiment("open-cut-short"), "weather": "fine"}, "redis-7.0").remarks[0]


def test_a_bad_description_is_told_and_the_others_go_on(build, place):
    for folder in ("experiments", "recordings/redis-7.0.15", "recordings/redis-9.9.9"):
        (place / folder).mkdir(parents=True)
    (place / "recordings/builds.json").write_text('{"redis-7.0.15": {}, "redis-9.9.9": {}}')
    for name in ("open-cut-short", "open-cut-idle", "open-cut-fin"):
        description, record = experiment(name), json.dumps(dict(truth.read_folder(str(TRUTH / "recordings/redis-7.0.15")))[name])
        if name == "open-cut-idle":
            description["events"][0]["do"] = "cutt"
        if name == "open-cut-fin":  # as if only a full synchronisation had ever been seen
            record = record.replace("r1:P", "r1:F")
        (place / "experiments" / f"{name}.json").write_text(json.dumps(description))
        (place / "recordings/redis-7.0.15" / f"{name}.json").write_text(record)
        (place / "recordings/redis-9.9.9" / f"{name}.json").write_text(record)
    text, found = compare(build, place, place / "out.json")
    rows = {row["experiment"]: row for row in found["experiments"]}
    assert "unknown event 'cutt'" in rows["open-cut-idle"]["differs"][0] and "unknown event 'cutt'" in text
    assert rows["open-cut-short"]["outcome_agrees"] and rows["open-cut-short"]["timing_agrees"], text
    assert not rows["open-cut-fin"]["outcome_agrees"] and rows["open-cut-fin"]["differs"], text
    assert "redis-9.9.9      no profile yet: 3" in text and found["without_profile"] == {"redis-9.9.9": 3}, text


def test_the_recordings(build, place):
    text, found = compare(build, TRUTH, place / "all.json")
    assert not found["without_profile"], text
    assert share(found["experiments"], "outcome_agrees") >= 0.97 and share(found["experiments"], "timing_agrees") >= 0.93, text
    for name in json.loads((TRUTH / "recordings" / "builds.json").read_text()):
        rows = [row for row in found["experiments"] if row["build"] == name]
        assert share(rows, "outcome_agrees") >= 0.95, text


def test_a_cause_explains_what_it_names_until_it_is_gone():
    row = {"build": "redis-5.0.14", "experiment": "open-x", "differs": ["transfer r1 full 1, simulated 2..3"]}
    cause = {"cause": "c", "what": "transfer", "builds": ["redis-5.0.14"], "experiments": ["open-x"]}
    assert truth.explain([row], [cause]) == ([], []) and row["causes"] == [0]
    other = {**cause, "builds": ["redis-6.0.16"]}
    assert truth.explain([row], [other]) == ([row], [other])
    assert truth.explain([{**row, "differs": []}], [cause]) == ([], [cause])


def main():
    test_p_values()
    test_a_cause_explains_what_it_names_until_it_is_gone()
    test_what_is_not_known_is_refused()
    test_what_a_description_says_besides_is_told()
    with tempfile.TemporaryDirectory() as place:
        test_a_bad_description_is_told_and_the_others_go_on(sys.argv[1], pathlib.Path(place) / "small")
        test_the_recordings(sys.argv[1], pathlib.Path(place))


if __name__ == "__main__":
    main()
