#!/usr/bin/python3
"""What the README shows is what the program prints, and the scenario it shows is the shipped one.

A block that begins with "$ build/psyncsim ..." must go on with that command's output, all of it or as far as a last line "..."; a yaml block must be
a file of scenarios/ to the letter; and a picture that a command puts into results/ must be the one that lies there.
The table of versions says what `psyncsim profiles` does. With --rewrite, the blocks are brought up to date instead. Paths of the tree that it names exist, and a function stands in the file behind it.

usage: test_readme.py BUILD [--rewrite]
"""
import pathlib
import re
import subprocess
import sys

README = pathlib.Path("README.md")
CUT_LINES = 9  # of a cut block, at least
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def printed(command, build):
    words = command.replace("build/psyncsim", f"{build}/psyncsim").split()
    result = subprocess.run(words, capture_output=True, text=True, timeout=60)
    if result.returncode:
        sys.exit(f"{command}: exit code {result.returncode}\n{result.stderr}")
    return result.stdout


def expected(language, body, build):
    """What the block should be; None: it is neither kind."""
    if body.startswith("$ build/psyncsim "):
        command, *shown = body.splitlines()
        output = printed(command[2:], build)
        if shown[-1:] == ["..."]:
            lines = output.splitlines()[:max(len(shown) - 1, CUT_LINES)]
            output = "\n".join([*lines, "...", ""])
        return f"{command}\n{output}"
    if language == "yaml":
        first = body.splitlines()[0]
        for path in sorted(pathlib.Path("scenarios").glob("*.yaml")):
            text = path.read_text()
            if text == body or (text.splitlines()[:3] == body.splitlines()[:3]):
                return text
        sys.exit(f"README.md: the scenario that begins '{first}' is none of scenarios/")
    return None


def lost_names(text):
    """What the README names and the tree does not have."""
    paths = set(re.findall(r"(?:^|[\s`])((?:models|sim|tests|scripts|scenarios|results)(?:/[\w.-]+)+)(?=[\s`,;:)])", text))
    lost = [path for path in paths if not pathlib.Path(path).exists()]
    for function, path in re.findall(r"(\w+)\(\)`?(?: in `|\s+)((?:models|sim)/\S+\.c)", text):
        if not re.search(rf"^\w.*\b{function}\(", pathlib.Path(path).read_text() if path not in lost else "", re.MULTILINE):
            lost.append(f"{function}() of {path}")
    return sorted(lost)


# A row of the table of versions, the column of `psyncsim profiles` that it comes from, and how each value of it begins there.
FIVE = (("another master", "new master", {"full": "full", "partial": "partial"}),
        ("a master that was shut down and saved", "master restarted", {"full": "full", "partial": "partial"}),
        ("the backlog by default", "backlog", {"1 MB": "1 MB", "10 MB": "10 MB"}),
        ("a lost link is dialled", "dials", {"each second": "each second", "at once": "at once"}),
        ("a limit below the backlog", "limit floor", {"none": "closes again and again", "backlog": "counts as the backlog's size"}))


def profile_columns(build):
    """{version of two numbers: {column: value}} of `psyncsim profiles`."""
    head, *lines = printed("build/psyncsim profiles", build).splitlines()
    starts = [match.start() for match in re.finditer(r"(?<=  )\S|^\S", head)]
    ends = [*starts[1:], None]
    rows = [[line[start:end].strip() for start, end in zip(starts, ends)] for line in lines if not line.startswith(" ")]
    names = [head[start:end].strip() for start, end in zip(starts, ends)]
    return {row[0]: dict(zip(names, row)) for row in rows if re.fullmatch(r"\w+-\d+\.\d+", row[0])}


def holds_for(title, version):
    """Whether a column such as "7.0 to 8.6, Valkey 7.2" is about redis-8.0."""
    name, number = version.split("-")
    for part in title.split(", "):
        bounds = [tuple(map(int, bound.split("."))) for bound in re.findall(r"\d+\.\d+", part)]
        low, high = (bounds[0] if not part.startswith("up to") else (0,)), bounds[-1]
        if part.startswith("Valkey") == (name == "valkey") and low <= tuple(map(int, number.split("."))) <= high:
            return True
    return False


def wrong_versions(text, build):
    """What the table of versions says and no row of `psyncsim profiles` does."""
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    titles, wrong = lines[0][1:], []
    cells = {line[0]: line[1:] for line in lines[2:]}
    for version, columns in profile_columns(build).items():
        at = [index for index, title in enumerate(titles) if holds_for(title, version)]
        if len(at) != 1:
            wrong.append(f"{version} is in {len(at)} columns of the table")
            continue
        for row, column, words in FIVE:
            filled = [cell for cell in cells[row][:at[0] + 1] if not cell.startswith("same")][-1]
            if not filled.startswith(words.get(columns[column], "?")):
                wrong.append(f"{row}, {version}: '{filled}', but {column} is {columns[column]}")
    return wrong


def main():
    build, rewrite = sys.argv[1], "--rewrite" in sys.argv[2:]
    text, failed, checked = README.read_text(), 0, 0

    def renew(match):
        nonlocal failed, checked
        language, body = match.groups()
        wanted = expected(language, body, build)
        if wanted is None:
            return match.group(0)
        checked += 1
        if wanted != body:
            failed += 1
            print(f"README.md: out of date: {body.splitlines()[0]}")
        return f"```{language}\n{wanted}```"

    for command in re.findall(r"^build/psyncsim .* --svg results/.*$", text, re.MULTILINE):
        path = pathlib.Path(command.split()[-1])
        picture = printed(command.replace(str(path), "-"), build)
        checked += 1
        if rewrite:
            path.write_text(picture)
        elif not path.exists() or path.read_text() != picture:
            failed += 1
            print(f"README.md: another picture: {command}")
    renewed = BLOCK.sub(renew, text)
    if rewrite:
        README.write_text(renewed)
        return 0
    for lost in lost_names(text):
        checked += 1
        failed += 1
        print(f"README.md: there is no {lost}")
    wrong = wrong_versions(text, build)
    checked, failed = checked + 1, failed + bool(wrong)
    print("".join(f"README.md: the table of versions: {words}\n" for words in wrong), end="")
    if checked < 3:
        sys.exit("README.md: the run and its scenario are not there")
    print(f"{checked - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
