#!/usr/bin/python3
"""Who may include whom: the floors of the code, where an arrow only goes down, so that no folders include each other in
a circle. No circle of files either. Every header compiles alone with gcc and clang.

usage: check_includes.py [--root DIR] [-- FLAGS of the compilers]
"""
import argparse
import pathlib
import re
import subprocess
import sys

GLIB, CJSON, JANSSON, FYAML, GSL, CHECK, HIREDIS, OPENSSL, UV, MPI, POSIX = (
    "glib", "cjson", "jansson", "libfyaml", "gsl", "check", "hiredis", "openssl", "libuv", "mpi", "posix")
EDGE = {GLIB, CJSON, FYAML, POSIX}
BELOW = {"sim/engine", "models/psync"}
MODELS = {"models/psync", "models/server", "models/net", "models/load"}
# The floors, from the ground up. folder: the project folders that it may include besides itself, all of them on floors
# below, and the libraries beyond the C library.
RULES = {
    "sim/engine": (set(), set()),
    "models/psync": (set(), set()),
    "models/net": (BELOW, set()),
    "models/load": (BELOW, set()),
    "models/server": (BELOW, set()),
    "sim/trace": (BELOW, set()),
    "sim/text": ({"sim/engine", "sim/trace"}, EDGE),
    "sim/scenario": (MODELS | {"sim/engine", "sim/text"}, EDGE | {JANSSON}),
    "sim/world": (MODELS | {"sim/engine", "sim/trace", "sim/scenario"}, EDGE),
    "sim/report": (BELOW | {"models/server", "sim/trace", "sim/text", "sim/scenario"}, EDGE),
    "sim/host": (BELOW | {"models/server"}, EDGE | {UV}),
    "sim/host/session": (BELOW | {"models/server", "sim/trace", "sim/text", "sim/scenario", "sim/report", "sim/host"},
                         EDGE | {UV}),
    "sim/compare": (BELOW | {"sim/trace", "sim/text"}, EDGE | {JANSSON}),
    "sim/page": (BELOW | {"sim/trace", "sim/text", "sim/compare"}, EDGE | {JANSSON}),
    "sim/live/observe": (BELOW | {"models/server", "sim/trace", "sim/scenario", "sim/report"}, EDGE),
    "sim/live/relay": (BELOW | {"models/net", "sim/scenario", "sim/live/observe"}, EDGE | {UV}),
    "sim/live/run": (MODELS | {"sim/engine", "sim/scenario", "sim/live/observe", "sim/live/relay"},
                     EDGE | {HIREDIS, UV}),
    "sim/study/parallel": ({"sim/engine"}, EDGE | {MPI}),
    "sim/study/records": ({"sim/engine", "sim/study/parallel"}, EDGE),
    "sim/study/input": (MODELS | {"sim/engine", "sim/text", "sim/scenario"}, EDGE | {HIREDIS, OPENSSL}),
    "sim/incident": (MODELS | {"sim/engine", "sim/text", "sim/scenario"}, EDGE),
    "sim/study/sweep": (BELOW | {"sim/text", "sim/scenario", "sim/world", "sim/report", "sim/study/records"},
                        EDGE | {GSL}),
    "sim/study/size": (MODELS | {"sim/engine", "sim/trace", "sim/text", "sim/scenario", "sim/world", "sim/report",
                                 "sim/study/input", "sim/study/parallel", "sim/study/records"}, EDGE),
}
RULES["sim/cli"] = (set(RULES) - {"models/net", "models/load", "sim/live/relay"}, EDGE)
ANY = set(RULES) - {"sim/cli"}
RULES |= {
    "sim/wasm/glib": (set(), {GLIB}),  # the part of GLib that there is in WebAssembly
    "sim/wasm": (MODELS | {"sim/engine", "sim/text", "sim/page", "sim/scenario", "sim/world", "sim/report", "sim/cli"}, EDGE | {JANSSON}),
    "tests/wasm": ({"sim/text", "sim/scenario"}, EDGE),
    "tests/unit": (ANY | {"tests/unit"}, EDGE | {GSL, CHECK}),
    "tests/wire": (ANY, EDGE | {GSL, CHECK}),
    "tests/fuzz": (ANY, EDGE | {JANSSON}),
    "tests/bench": (ANY, EDGE | {GSL}),
}
LIBC = {f"{name}.h" for name in (
    "assert ctype errno float inttypes limits locale math setjmp signal stdalign stdarg stdatomic stdbool stddef "
    "stdint stdio stdlib stdnoreturn string time threads").split()}
# The C library's clocks, random numbers and threads have no place where time is a parameter.
NOT_IN_CORE = {"time.h", "threads.h", "signal.h", "setjmp.h", "locale.h"}
LIBRARIES = ((GLIB, "glib"), (GLIB, "gio/"), (CJSON, "cjson/"), (CJSON, "cJSON"), (JANSSON, "jansson"), (FYAML, "libfyaml"), (GSL, "gsl/"),
             (CHECK, "check.h"), (HIREDIS, "hiredis/"), (OPENSSL, "openssl/"), (UV, "uv.h"), (MPI, "mpi.h"))
# A private header has no .c of its own; it is part of the file whose name it begins with: master_step.h of master.c.
PRIVATE = re.compile(r"_(?:step|inside)[.]h$")
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


def library_of(header):
    for library, prefix in LIBRARIES:
        if header.startswith(prefix):
            return library
    return None if header in LIBC else POSIX


def complaint(folder, quote, header):
    """What is wrong with this include, or None."""
    folders, libraries = RULES[folder]
    if quote == '"':
        target = header.rpartition("/")[0]
        target = "tests/unit" if target.startswith("tests/unit/") else target
        if target != folder and target not in folders:
            return f'{folder} may not include "{header}"'
    else:
        library = library_of(header)
        if library is not None and library not in libraries:
            return f"{folder} may not include <{header}> ({library})"
        if header in NOT_IN_CORE and POSIX not in libraries:
            return f"{folder} may not include <{header}>: time comes in as a parameter"
    return None


def check_rules(root, path):
    folder = str(path.parent.relative_to(root))
    if folder.startswith("tests/unit/"):  # they mirror the folders of the sources
        folder = "tests/unit"
    if folder not in RULES:
        return [f"{path}: {folder} has no rule in check_includes.py"]
    errors = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = INCLUDE.match(line)
        wrong = match and complaint(folder, *match.groups())
        if wrong:
            errors.append(f"{path}:{number}: {wrong}")
    return errors


def out_of_order(rules):
    """Arrows of RULES that go up: with none, folders cannot include each other in a circle."""
    floors = list(rules)
    return [f"check_includes.py: {folder} may include {target}, which stands above it"
            for folder, (targets, _) in rules.items() for target in sorted(targets)
            if target != folder and floors.index(target) > floors.index(folder)]


def is_private(root, name):
    return PRIVATE.search(name) and not (root / name).with_suffix(".c").exists()


def unit_of(root, name):
    """A .c file and its header are one unit."""
    return PRIVATE.sub("", name) if is_private(root, name) else name.rpartition(".")[0]


def arrows_of(root, paths):
    """unit: the units whose headers it includes; and complaints about private headers of others."""
    arrows, errors = {}, []
    for path in paths:
        unit = unit_of(root, str(path.relative_to(root)))
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            if not match or match.group(1) != '"' or not match.group(2).endswith(".h"):
                continue
            target = unit_of(root, match.group(2))
            if target != unit:
                arrows.setdefault(unit, set()).add(target)
            if is_private(root, match.group(2)) and not f"{unit}_".startswith(f"{target}_"):
                errors.append(f'{path}:{number}: "{match.group(2)}" is private to {target}*.c')
    return arrows, errors


def circle_from(arrows, start):
    """The shortest way from a unit back to itself; None: there is none."""
    came_from, queue = {}, [start]
    for unit in queue:
        for target in sorted(arrows.get(unit, ())):
            if target == start:
                way = [start, unit]
                while way[-1] != start:
                    way.append(came_from[way[-1]])
                return way[::-1]
            if target not in came_from:
                came_from[target] = unit
                queue.append(target)
    return None


def check_circles(root, paths):
    arrows, errors = arrows_of(root, paths)
    seen = set()
    for unit in sorted(arrows):
        way = circle_from(arrows, unit)
        if way and not seen & set(way):
            errors.append("a circle of files that include each other: " + " -> ".join(way))
            seen |= set(way)
    return errors


def check_alone(root, header, flags):
    """A header that needs another one first does not compile here."""
    text = f'#include "{header.relative_to(root)}"\nextern int not_empty;\n'
    errors = []
    for compiler in ("gcc", "clang"):
        result = subprocess.run([compiler, "-I", str(root), *flags, "-fsyntax-only", "-x", "c", "-"], input=text,
                                capture_output=True, text=True)
        if result.returncode:
            errors.append(f"{header}: does not compile alone with {compiler}:\n{result.stderr}")
    return errors


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path("."))
    parser.add_argument("flags", nargs="*")
    args = parser.parse_args()
    files = sorted(path for top in ("models", "sim", "tests") for path in (args.root / top).rglob("*")
                   if path.suffix in (".c", ".h", ".def"))
    errors = out_of_order(RULES) + [error for path in files for error in check_rules(args.root, path)]
    errors += check_circles(args.root, files)
    for path in files:
        if path.suffix == ".h":
            errors += check_alone(args.root, path, args.flags)
    print("\n".join(errors), end="\n" if errors else "")
    if not files:
        sys.exit("check_includes.py: no sources found")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
