#!/usr/bin/python3
"""The course (scenarios/course): ten lessons in order, each of which asks before it answers. Every number in a reveal is one that the
program prints: in --explain, in the commands that the reveal names (--at, --what-if), or in the scenario itself.

usage: test_course.py BUILD
"""
import pathlib
import re
import shlex
import subprocess
import sys

import yaml

LESSONS = sorted(pathlib.Path("scenarios/course").glob("*.yaml"))
UNITS = {"gb": "GB", "mb": "MB", "kb": "KB", "s": "s", "min": "min"}
OPTION = re.compile(r"(--(?:at|what-if|explain)\b)(?: (\"[^\"]+\"|[^\s,:]+(?::\d\d)?))?")
NUMBER = re.compile(r"\d+:\d\d(?:\.\d+)?|\d+(?:\.\d+)?(?: (?:GB|MB|KB|B|ms|s)\b)?")


def run(*arguments):
    done = subprocess.run([PSYNCSIM, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1) and not done.stderr, done
    return done.returncode, done.stdout


def numbers(text):
    """As they are compared: one space between words, none within a number."""
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r"(?<=\d) (?=\d{3}(?!\d))", "", text)
    return set(NUMBER.findall(text))


def of_scenario(scenario):
    """The quantities of a scenario, as the program prints them: 16mb is 16 MB."""
    text = re.sub(r"(\d)(gb|mb|kb|s|min)\b", lambda match: f"{match[1]} {UNITS[match[2]]}", str(scenario))
    return numbers(text)


def commands(reveal):
    """(what the reveal names as options, the text without them)"""
    named = [[match[1]] if match[1] == "--explain" else [match[1], *shlex.split(match[2])] for match in OPTION.finditer(reveal)]
    return named, OPTION.sub(lambda match: "" if match[1] != "--explain" else match[0], reveal)


def questions(scenario):
    """{path: answer}"""
    asked = {}
    for node, of_node in scenario["expect"].items():
        for key, value in (of_node if isinstance(of_node, dict) else {}).items():
            if str(value).startswith("?"):
                asked[f"expect.{node}.{key}"] = str(value)[1:].strip()
    return asked


def test_order():
    assert [lesson.name[:2] for lesson in LESSONS] == [f"{i:02}" for i in range(1, 11)], LESSONS
    readme = pathlib.Path("scenarios/course/README.md").read_text()
    for lesson in LESSONS:
        assert lesson.stem in readme, f"{lesson.stem} is not in the page for teachers"


def test_asks_first(lesson, scenario):
    code, text = run("run", lesson)
    asked = questions(scenario)
    assert code == 0 and asked, lesson
    for path in asked:
        assert f"  {path}: " in text, f"{lesson}: {path} is not asked:\n{text}"
    for word in ("Expectations", "digest", "FULL", "PARTIAL", "reveal: " + scenario["reveal"][:20]):
        assert word not in text, f"{lesson}: '{word}' is in what asks:\n{text}"


def test_predictions(lesson, scenario):
    right = [word for path, answer in questions(scenario).items() for word in ("--set", f"{path}={answer}")]
    code, text = run("run", lesson, *right)
    assert code == 0 and "\nreveal: " in text and "FAILED" not in text, f"{lesson}:\n{text}"
    path = next(iter(questions(scenario)))
    code, text = run("run", lesson, *right, "--set", f"{path}=7..8")
    assert code == 1 and "FAILED" in text and "\nreveal: " in text, f"{lesson}:\n{text}"
    code, text = run("run", lesson, "--reveal")
    assert code == 0 and "\nreveal: " in text, f"{lesson}:\n{text}"


def test_reveal(lesson, scenario):
    named, text = commands(scenario["reveal"])
    assert named, f"{lesson}: the reveal names no command to look with"
    story = scenario | {"reveal": ""}
    known = of_scenario(story)
    for options in [["--explain"], *named]:
        _, output = run("run", lesson, *options)
        known |= numbers(output.replace(" ".join(scenario["reveal"].split()), "").split("\nreveal: ")[0])
    text = re.sub(r"PSYNC 2|Redis 4\.0|\d+ x ", "", text)
    unknown = numbers(text) - known
    assert not unknown, f"{lesson}: {sorted(unknown)} in the reveal, but in no output"


def accepted(text):
    return sum(map(int, re.findall(r"(\d+) accepted\n", text)))


def test_advice(lesson):
    """A backlog that --explain says is large enough makes it partial."""
    _, text = run("run", lesson, "--explain")
    needed = re.search(r"a backlog of at least ([\d ]+) bytes", " ".join(text.split()))
    assert needed, lesson
    before = accepted(text)
    size = int(needed[1].replace(" ", ""))
    _, text = run("run", lesson, "--explain", "--set", f"config.repl-backlog-size={size}")
    assert accepted(text) == before + 1, f"{lesson}: with {size} bytes\n{text}"


def test_five_questions():
    """What students asked, answered by looking: see the page for teachers, the questions in bold."""
    def looked(number, *options):
        return " ".join(run("run", LESSONS[number - 1], *options)[1].split())
    assert "repl_backlog_first_byte_offset:46133081" in looked(2, "--at", "1:15")
    assert "no, the first half fails by 14 716 875 bytes (14 MB)" in looked(4, "--explain")
    assert "asks m to continue: full" in looked(5, "--what-if", "config.repl-backlog-size=60mb")
    silence = looked(6, "--explain")
    assert "r2 noticed at 2:00.945: timeout-master" in silence and "m had given that connection up by itself, at 2:00.491: timeout-replica" in silence
    assert "(offsets 16 289 523 to 27 150 093)" in looked(10, "--explain")


def main():
    passed = failed = 0
    tests = [(test_order, ()), (test_five_questions, ())]
    for lesson in LESSONS:
        scenario = yaml.safe_load(lesson.read_text())
        tests += [(test, (lesson, scenario)) for test in (test_asks_first, test_predictions, test_reveal)]
    tests += [(test_advice, (lesson,)) for lesson in LESSONS if lesson.name[:2] in ("04", "05", "07")]
    for test, arguments in tests:
        try:
            test(*arguments)
            passed += 1
        except AssertionError as error:
            print(f"{test.__name__}: {error}")
            failed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


PSYNCSIM = f"{sys.argv[1]}/psyncsim"
if __name__ == "__main__":
    sys.exit(main())
