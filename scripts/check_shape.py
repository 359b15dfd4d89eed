#!/usr/bin/python3
"""The shape of the C sources: functions of 60 lines and five parameters at most, no machine's own paths,
and one place that changes the state of a psync machine.

usage: check_shape.py ROOT
"""
import pathlib
import re
import sys

LINES_MAX = 60
PARAMETERS_MAX = 5
# As clang-format leaves it: a definition begins in column 0, its parameters end before the first brace, and it ends with
# a brace in column 0.
BEGINNING = re.compile(r"^[a-zA-Z_]")
DEFINITION = re.compile(r"^[a-zA-Z_][^;={}]*\([^;={}]*\)\s*\{")
# An absolute path that is not there on every Debian belongs to one machine.
MACHINE_PATH = re.compile(r"(?<![\w.*/<>)\]-])/(?!(?:dev|usr|bin|proc|tmp|etc|var)/)[a-z][a-z0-9_.-]*/[a-z]")
# The state of either psync machine, changed: only the table's step does so. An initialiser makes a new machine.
CHANGED_STATE = re.compile(r"\b(?:replica|master|machine)(?:->|\.)state\s*=(?!=)"
                           r"|(?<=[\w\])])(?:->|\.)state\s*=(?!=)[^(]*\b(?:REPLICA|MASTER)_")
STEPS = ("models/psync/replica_table.c", "models/psync/master_table.c")
ADDRESS = re.compile(r"\b(?:192\.168|10)\.\d+\.\d+(?:\.\d+)?\b")


def parameters(signature):
    """How many parameters the outermost parentheses hold."""
    depth, commas = 0, 0
    for character in signature[signature.index("("):]:
        depth += (character == "(") - (character == ")")
        commas += character == "," and depth == 1
    return commas + 1


def functions(lines):
    """(first line number, signature, length) of each definition."""
    start = 0
    while start < len(lines):
        end, signature = start, lines[start]
        while BEGINNING.match(lines[start]) and end + 1 < len(lines) and not re.search(r"[;{]", signature):
            end += 1
            signature += " " + lines[end].strip()
        if DEFINITION.match(signature):
            while end + 1 < len(lines) and not lines[end].startswith("}"):
                end += 1
            yield start + 1, signature, end - start + 1
        start = end + 1


def check_file(path):
    lines = path.read_text(errors="replace").splitlines()
    if path.suffix in (".c", ".h"):
        for number, signature, length in functions(lines):
            if length > LINES_MAX:
                yield f"{path}:{number}: a function of {length} lines, {LINES_MAX} at most"
            if parameters(signature) > PARAMETERS_MAX:
                yield f"{path}:{number}: a function of {parameters(signature)} parameters, {PARAMETERS_MAX} at most"
    for number, line in enumerate(lines, 1):
        if CHANGED_STATE.search(line) and not path.as_posix().endswith(STEPS):
            yield f"{path}:{number}: the state of a machine is changed outside its table: {line.strip()}"
        if MACHINE_PATH.search(line) or ADDRESS.search(line):
            yield f"{path}:{number}: a path or address of one machine: {line.strip()}"


def main():
    root = pathlib.Path(sys.argv[1])
    files = sorted(path for top in ("models", "sim", "tests", "scenarios") for path in (root / top).rglob("*")
                   if path.suffix in (".c", ".h", ".def", ".cc", ".yaml"))
    errors = [error for path in files for error in check_file(path)]
    print("\n".join(errors), end="\n" if errors else "")
    if not files:
        sys.exit("check_shape.py: no sources found")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
