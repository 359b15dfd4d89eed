#!/usr/bin/python3
"""What the README shows is what the program prints, and the scenario it shows is the shipped one.

A block that begins with "$ build/psyncsim ..." must go on with that command's output, all of it or as far as a last line "..."; a yaml block must be
a file of scenarios/ to the letter; and a picture that a command puts into results/ must be the one that lies there.
With --rewrite, the blocks are brought up to date instead. Paths of the tree that it names exist, and a function stands in the file behind it.

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
    if checked < 2:
        sys.exit("README.md: the run and its scenario are not there")
    print(f"{checked - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
