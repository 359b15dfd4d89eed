#!/usr/bin/python3
"""Every command and option that `psyncsim --help` and `psyncsim COMMAND --help` print is in the manual page and in the
bash completion, and nothing else is; the page gives each option the same value and the same default as the help does.

usage: test_docs.py BUILD
"""
import os
import pathlib
import re
import subprocess
import sys

OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
MAN = pathlib.Path("man/psyncsim.1.scd")
COMPLETION = pathlib.Path("scripts/psyncsim.bash")


def help_of(psyncsim, *command):
    result = subprocess.run([psyncsim, *command, "--help"], capture_output=True, text=True)
    assert result.returncode == 0, f"psyncsim {' '.join(command)} --help: exit code {result.returncode}"
    assert result.stdout, f"psyncsim {' '.join(command)} --help: nothing on stdout"
    return result.stdout


def from_help(psyncsim):
    """{command: options}; "" holds those of the program itself."""
    text = help_of(psyncsim)
    commands = re.findall(r"^ +(?:psyncsim )?([a-z]+)(?: .*)?$", text, re.M)
    assert "run" in commands, f"no commands found in:\n{text}"
    table = {command: set(OPTION.findall(help_of(psyncsim, command))) for command in commands}
    table[""] = {"--help", "--version"} & set(OPTION.findall(text))
    return table


def from_man():
    """Commands are the second-level headings, their options the bold words at the start of a line below."""
    table, command = {"": set()}, None
    for line in MAN.read_text().splitlines():
        if line.startswith("# "):
            command = "" if line == "# OPTIONS" else None
        elif line.startswith("## "):
            command = line[3:].split()[0]
            table[command] = set()
        elif command is not None and line.startswith("*-"):
            table[command] |= set(OPTION.findall(line.replace("\\", "")))
    return table


def values_from_rows(psyncsim, command):
    """{option: (its value as "FILE", its default)}; "" where there is none."""
    result = subprocess.run([psyncsim, "__complete", command], capture_output=True, text=True, check=True)
    values = dict(line.partition(" ")[::2] for line in result.stdout.splitlines())
    rows = {}
    for text in re.split(r"\n(?=  (?:-\w, |    )--)", help_of(psyncsim, command))[1:]:
        option, default = OPTION.search(text)[0], re.search(r"\(default: ([^)]*)\)$", text.strip())
        rows[option] = (values[option], default[1] if default else "")
    return rows


def values_from_man():
    """{command: {option: (its value, its text)}}, where the page says more than "As for run"."""
    table, command, options = {}, None, []
    for line in MAN.read_text().replace("\\", "").splitlines():
        if line.startswith("#"):
            command = line[3:].split()[0] if line.startswith("## ") else None
            options = []
        elif command and line.startswith("*-"):
            plain = re.sub("[*_]", "", line)
            options = [word.partition(" ")[::2] for word in re.split(r", (?=--)", plain)]
            table.setdefault(command, {}).update({option: (value, "") for option, value in options})
        elif line.startswith("\t"):
            for option, value in options:
                table[command][option] = (value, table[command][option][1] + line.replace("*", "") + "\n")
    return table


def compare_values(psyncsim, commands):
    complaints, page = [], values_from_man()
    for command in sorted(commands & page.keys()):
        rows = values_from_rows(psyncsim, command)
        for option, (value, text) in page[command].items():
            want, default = rows.get(option, ("", ""))
            if value != want:
                complaints.append(f"manual page: {command} {option} has {value or 'no value'}, --help {want or 'none'}")
            if default and default not in " ".join(text.split()) and "as there" not in text and "As for" not in text:
                complaints.append(f"manual page: {command} {option} does not give its default {default}")
    return complaints


def completed(*words):
    """What the completion offers after these words."""
    script = ('. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _psyncsim psyncsim; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    result = subprocess.run(["bash", "-c", script, "-", str(COMPLETION), "psyncsim", *words], capture_output=True,
                            text=True)
    assert not result.stderr, f"completion of {words}: {result.stderr}"
    return {word.rstrip(" =") for word in result.stdout.split("\n") if word.strip()}


def from_completion(commands):
    table = {command: completed(command, "--") for command in commands if command}
    table[""] = completed("--")
    return table


def compare(name, expected, found):
    complaints = []
    for command in sorted(expected.keys() | found.keys()):
        want, have = expected.get(command), found.get(command)
        if want is None or have is None:
            complaints.append(f"{name}: command {command} is {'unknown to --help' if want is None else 'missing'}")
            continue
        complaints += [f"{name}: {command} lacks {option}" for option in sorted(want - have)]
        complaints += [f"{name}: {command} has {option}, unknown to --help" for option in sorted(have - want)]
    return complaints


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    os.environ["PATH"] = f"{build}:{os.environ['PATH']}"
    table = from_help(f"{build}/psyncsim")
    commands = set(table) - {""}
    page = from_man()
    for command in commands & page.keys():
        page[command].add("--help")  # the page says once that it goes after any command
    complaints = compare("manual page", table, page)
    complaints += compare_values(f"{build}/psyncsim", commands)
    complaints += compare("completion", table, from_completion(table))
    offered = completed("") - {"--help", "--version"}
    complaints += [f"completion: offers {word}, unknown to --help" for word in sorted(offered - commands)]
    complaints += [f"completion: does not offer {word}" for word in sorted(commands - offered)]
    scenario = next(iter(sorted(pathlib.Path("scenarios").glob("*.yaml"))), None)
    assert scenario, "no scenarios found"
    if str(scenario) not in completed("run", str(scenario)[:-2]):
        complaints.append("completion: does not complete a scenario's file name")
    for words, offered in ((("sweep", "--format", ""), {"csv", "ndjson"}), (("sweep", "-f", "n"), {"ndjson"}),
                           (("replica", "--profile", "redis-7.4"), {"redis-7.4"}), (("help", "mas"), {"master"})):
        if completed(*words) != offered:
            complaints.append(f"completion: {words}: {completed(*words)}, not {offered}")
    assert not complaints, "\n".join(complaints)


if __name__ == "__main__":
    try:
        main()
    except AssertionError as error:
        sys.exit(str(error))
