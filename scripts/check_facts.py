#!/usr/bin/python3
"""Citations of models/psync/FACTS.md lead somewhere, and every fact there has a use.

A comment cites a fact by its number: FACTS 3.1, FACTS 2.4 and 9.2. A fact is a heading "### 3.1 title"; it is of use if
it is cited, or if its line "Rows: `drop.def` LOST, CUT" names rows of a table that rest on it. In FACTS.md "(→ 3.1)"
leads from one fact to another.

usage: check_facts.py ROOT
"""
import pathlib
import re
import sys

FACTS = pathlib.Path("models/psync/FACTS.md")
FOLDERS = ("models", "sim", "tests", "man", "scenarios", "scripts")
SUFFIXES = (".c", ".h", ".def", ".py", ".sh", ".yaml", ".scd", ".cc")
NUMBER = r"(?:[RF]?\d+(?:\.\d+)?|A)\b"
LIST = rf"({NUMBER}(?:(?:, (?:and )?| and ){NUMBER})*)"
CITATION = re.compile(rf"\bFACTS {LIST}")
LINK = re.compile(rf"→ {LIST}")
HEADING = re.compile(rf"^### ({NUMBER})", re.M)
ROWS = re.compile(r"^Rows: (.*)$", re.M)
TABLE_ROWS = re.compile(r"`([\w.]+)` ([^;`]+?)(?=;|\.$|$)")
PATH = re.compile(r"`((?:models|sim|tests)/[\w./-]+|\w+\.def)`")
# What citations looked like before they had one form.
OTHER_FORM = re.compile(r"\b[Ff]acts,? (?:\d|appendix|section)|\bfield notes\b|\bFACTS[,:] ?(?:[RF]?\d|appendix)")
JOINT = re.compile(r"\s*\n\s*(?:\*(?!/)|#)?\s*")  # a comment goes on in the next line


def numbers(found):
    return re.findall(NUMBER, found)


def unknown_rows(root, facts):
    """Tables, paths and rows that FACTS.md names and that are not there."""
    tables = {path.name: path.read_text() for folder in ("models", "sim") for path in (root / folder).rglob("*.def")}
    for name in PATH.findall(facts):
        if name not in tables and not (root / name).exists():
            yield f"{FACTS}: there is no {name}"
    for line in ROWS.findall(facts):
        named = TABLE_ROWS.findall(line)
        if not named:
            yield f"{FACTS}: 'Rows: {line}' names no row; expected: `table.def` ROW, ROW"
        for table, rows in named:
            for row in rows.split(", "):
                if not re.search(rf"(?<![\w-]){re.escape(row)}(?![\w-])", tables.get(table, "")):
                    yield f"{FACTS}: there is no row '{row}' in {table}"


def check_sources(root, known, cited):
    for path in sorted(path for folder in FOLDERS for path in (root / folder).rglob("*") if path.suffix in SUFFIXES):
        text, place = path.read_text(errors="replace"), path.relative_to(root)
        for match in OTHER_FORM.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            yield f"{place}:{line}: '{match.group().strip()}': a fact is cited by its number in {FACTS.name}, as FACTS 3.1"
        for match in CITATION.finditer(JOINT.sub(" ", text)):
            for number in numbers(match.group(1)):
                cited.add(number)
                if number not in known:
                    yield f"{place}: there is no fact {number} in {FACTS}"


def main():
    root = pathlib.Path(sys.argv[1])
    facts = (root / FACTS).read_text() if (root / FACTS).exists() else ""
    headings = list(HEADING.finditer(facts))
    known, cited = [heading.group(1) for heading in headings], set()
    errors = [f"{FACTS}: two facts have the number {number}" for number in sorted(set(known)) if known.count(number) > 1]
    errors += check_sources(root, known, cited)
    errors += unknown_rows(root, facts)
    for number in [number for found in LINK.findall(facts) for number in numbers(found)]:
        if number not in known:
            errors.append(f"{FACTS}: → {number}: there is no such fact")
    ends = [heading.start() for heading in headings[1:]] + [len(facts)]
    for heading, end in zip(headings, ends):
        if heading.group(1) not in cited and not ROWS.search(facts[heading.start():end]):
            errors.append(f"{FACTS}: nobody cites fact {heading.group(1)} and no row rests on it")
    print("\n".join(errors), end="\n" if errors else "")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
