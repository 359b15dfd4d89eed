#!/usr/bin/python3
"""Golden transcripts of the command line: tests/golden/cli/*.txt say what psyncsim prints, word for word.

A file opens with lines that begin with # and say why. Then come commands, a line "----", and what they print; an exit
code other than 0 is the last line, as "exit 2". Blank lines and # lines may follow each answer.

usage: test_golden.py BUILD [--rewrite]     --rewrite puts what is printed now into the files
"""
import difflib
import os
import pathlib
import re
import subprocess
import sys

COMMANDS = re.compile(r"^((?:psyncsim .*\n)+)----\n", re.M)
AFTERWORD = re.compile(r"(?:^(?:#.*)?\n)*\Z", re.M)


def answer(commands):
    """What the commands print, stdout and stderr together."""
    text = ""
    for command in commands.splitlines():
        result = subprocess.run(["sh", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        text += result.stdout
        text += f"exit {result.returncode}\n" if result.returncode else ""
    return text.rstrip("\n") + "\n"  # blank lines at the end belong to the file


def replay(text):
    """The file as it should be: the same commands and comments, with the answers of today."""
    head, *blocks = COMMANDS.split(text)
    parts = [head]
    for commands, rest in zip(blocks[::2], blocks[1::2]):
        parts += [commands, "----\n", answer(commands), AFTERWORD.search(rest).group()]
    return "".join(parts), len(blocks) // 2


def main():
    os.environ["PATH"] = f"{pathlib.Path(sys.argv[1]).resolve()}:{os.environ['PATH']}"
    files = sorted(pathlib.Path("tests/golden/cli").glob("*.txt"))
    passed = failed = 0
    for path in files:
        text = path.read_text()
        replayed, count = replay(text)
        if replayed != text and "--rewrite" in sys.argv[2:]:
            path.write_text(replayed)
        elif replayed != text or count == 0 or not text.startswith("# "):
            print("".join(difflib.unified_diff(text.splitlines(True), replayed.splitlines(True), str(path), "now")))
            print(f"{path}: {count} commands; differs, has no command, or does not say why")
            failed += 1
            continue
        passed += 1
    if not files:
        sys.exit("no golden transcripts found")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
