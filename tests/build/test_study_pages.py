#!/usr/bin/python3
"""The pages of `size --html` and `sweep --html`: whole HTML in one file, which needs nothing else; the numbers in them are those of the
answers, and the weight of a figure is what `size` says when that figure is given as half or twice as much.

usage: test_study_pages.py BUILD
"""
import csv
import html.parser
import pathlib
import re
import subprocess
import sys
import tempfile

QUESTION = {"--write-rate": "500kb/s", "--dataset": "1gb", "--outages-per-year": "24"}
VOID = {"meta", "br", "line", "circle", "polygon", "polyline", "rect"}


def run(*arguments, code=0):
    done = subprocess.run([PSYNCSIM, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == code, done
    return done


class Page(html.parser.HTMLParser):
    """Text, table rows by their first cell, and every tag closed."""

    def __init__(self, path):
        super().__init__()
        self.source = pathlib.Path(path).read_text()
        self.open, self.texts, self.rows = [], [], []
        self.feed(self.source)
        assert not self.open, f"not closed: {self.open}"
        self.text = " ".join("".join(self.texts).split())
        outside = re.findall(r'(?:src|href)="|url\(|https?://(?!www\.w3\.org/2000/svg)|<script', self.source)
        assert not outside, f"the page needs more than itself: {outside}"

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        if tag == "td":
            self.rows[-1].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag, tag

    def handle_data(self, data):
        self.texts.append(data)
        if "td" in self.open:
            self.rows[-1][-1] += data

    def row(self, first):
        return next(row for row in self.rows if row and row[0] == first)


def size(**changes):
    options = QUESTION | {f"--{key.replace('_', '-')}": value for key, value in changes.items()}
    return ["size", *(word for option in options.items() for word in option)]


def recommended(text):
    return re.match(r"repl-backlog-size (\d+)mb", text)[1] + " MB"


def test_size(folder):
    path = f"{folder}/size.html"
    screen = run(*size(), "--html", path).stdout
    page = Page(path)
    assert screen == run(*size()).stdout, "the page changed the answer"
    details = " ".join(run(*size(), "--details").stdout.split())
    assert details in page.text, "not all of the answer is in the page"
    assert "<polyline" in page.source and "recommended: " + recommended(screen) in page.text
    for figure, half, twice in (("write rate", {"write_rate": "250kb/s"}, {"write_rate": "1000kb/s"}),
                                ("faults in a year", {"outages_per_year": "12"}, {"outages_per_year": "48"})):
        found = page.row(figure)[1:3]
        wanted = [recommended(run(*size(**change)).stdout) for change in (half, twice)]
        assert found == wanted, f"{figure}: {found}, not {wanted}"
    assert page.row("after outages that the backlog did not hold")[1] in screen


def test_size_refuses():
    story = run("size", "scenarios/redis-14100-backlog-below-limit.yaml", "--html", "-", code=2)
    assert "--html" in story.stderr, story
    assert "cannot be combined" in run(*size(), "--html", "-", "--json", code=2).stderr


VARIED = ["sweep", "scenarios/flaky-link.yaml", "--vary", "config.repl-backlog-size=1mb,64mb", "--vary", "config.repl-timeout=15,60",
          "--seeds", "1..4"]


def test_sweep(folder):
    path = f"{folder}/sweep.html"
    assert run(*VARIED, "--html", path).stdout == "", "rows on the screen that nobody asked for"
    page = Page(path)
    table = run(*VARIED, "--compare").stdout
    assert " ".join(table.split()) in page.text, "not all of the comparison is in the page"
    rows = csv.DictReader(run(*VARIED).stdout.splitlines())
    full = {}
    for row in rows:
        full.setdefault(row["config.repl-backlog-size"], []).append(int(row["full"]))
    low, high = (sum(full[size]) / len(full[size]) for size in ("64mb", "1mb"))
    assert page.row("config.repl-backlog-size")[1:3] == [f"{low:.3g} (64mb)", f"{high:.3g} (1mb)"], page.row("config.repl-backlog-size")
    assert page.row("config.repl-timeout")[1].split()[0] == page.row("config.repl-timeout")[2].split()[0], "of no matter here"
    first = page.row("config.repl-backlog-size=1mb, config.repl-timeout=15")
    assert first[1] == f"{high:.3g}", first


def test_sweep_refuses():
    assert "--html needs --vary" in run(*VARIED[:2], "--html", "-", code=2).stderr
    assert "cannot be combined" in run(*VARIED, "--html", "-", "--compare", code=2).stderr
    assert "cannot be combined" in run(*VARIED, "--html", "x", "--per-node", code=2).stderr
    assert "/nowhere/page.html" in run(*VARIED, "--html", "/nowhere/page.html", code=4).stderr


def main():
    with tempfile.TemporaryDirectory() as folder:
        tests = [(test_size, (folder,)), (test_size_refuses, ()), (test_sweep, (folder,)), (test_sweep_refuses, ())]
        failed = 0
        for test, arguments in tests:
            try:
                test(*arguments)
            except AssertionError as error:
                print(f"{test.__name__}: {error}")
                failed += 1
    print(f"{len(tests) - failed} passed, {failed} failed")
    return 1 if failed else 0


PSYNCSIM = f"{sys.argv[1]}/psyncsim"
if __name__ == "__main__":
    sys.exit(main())
