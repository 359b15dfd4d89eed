#!/usr/bin/python3
"""Who may include whom: the floors of the code, where an arrow only goes down. Every header compiles alone with gcc and clang.

usage: check_includes.py [--root DIR] [-- FLAGS of the compilers]
"""
import argparse
import pathlib
import re
import subprocess
import sys

GLIB, CJSON, FYAML, GSL, CHECK, HIREDIS, OPENSSL, UV, MPI, POSIX = (
    "glib", "cjson", "libfyaml", "gsl", "check", "hiredis", "openssl", "libuv", "mpi", "posix")
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
    "sim/scenario": (MODELS | {"sim/engine", "sim/text"}, EDGE),
    "sim/world": (MODELS | {"sim/engine", "sim/trace", "sim/scenario"}, EDGE),
    "sim/report": (BELOW | {"sim/trace", "sim/text", "sim/scenario", "sim/world"}, EDGE),
    "sim/host": (BELOW | {"models/server"}, EDGE | {UV}),
    "sim/host/session": (BELOW | {"sim/trace", "sim/text", "sim/host"}, EDGE | {UV}),
    "sim/compare": (BELOW | {"sim/trace", "sim/text"}, EDGE),
    "sim/live/observe": (BELOW | {"sim/trace", "sim/world", "sim/report"}, EDGE),
    "sim/live/relay": (BELOW | {"models/net", "sim/scenario", "sim/live/observe"}, EDGE | {UV}),
    "sim/live/run": (MODELS | {"sim/engine", "sim/scenario", "sim/live/observe", "sim/live/relay"},
                     EDGE | {HIREDIS, UV}),
    "sim/study/parallel": ({"sim/engine"}, EDGE | {MPI}),
    "sim/study/records": ({"sim/engine", "sim/study/parallel"}, EDGE),
    "sim/study/input": (MODELS | {"sim/engine", "sim/text", "sim/scenario"}, EDGE | {HIREDIS, OPENSSL}),
    "sim/study/sweep": (BELOW | {"sim/text", "sim/scenario", "sim/world", "sim/report", "sim/study/records"},
                        EDGE | {GSL}),
    "sim/study/size": (MODELS | {"sim/engine", "sim/trace", "sim/text", "sim/scenario", "sim/world", "sim/report",
                                 "sim/study/input", "sim/study/parallel", "sim/study/records"}, EDGE),
}
RULES["sim/cli"] = (set(RULES) - {"sim/world", "models/net", "models/load", "sim/live/relay"}, EDGE)
ANY = set(RULES) - {"sim/cli"}
RULES |= {
    "tests/unit": (ANY | {"tests/unit"}, EDGE | {GSL, CHECK}),
    "tests/wire": (ANY, EDGE | {GSL, CHECK}),
    "tests/fuzz": (ANY, EDGE),
    "tests/bench": (ANY, EDGE | {GSL}),
}
LIBC = {f"{name}.h" for name in (
    "assert ctype errno float inttypes limits locale math setjmp signal stdalign stdarg stdatomic stdbool stddef "
    "stdint stdio stdlib stdnoreturn string time threads").split()}
# The C library's clocks, random numbers and threads have no place where time is a parameter.
NOT_IN_CORE = {"time.h", "threads.h", "signal.h", "setjmp.h", "locale.h"}
LIBRARIES = ((GLIB, "glib"), (GLIB, "gio/"), (CJSON, "cjson/"), (CJSON, "cJSON"), (FYAML, "libfyaml"), (GSL, "gsl/"),
             (CHECK, "check.h"), (HIREDIS, "hiredis/"), (OPENSSL, "openssl/"), (UV, "uv.h"), (MPI, "mpi.h"))
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
    errors = [error for path in files for error in check_rules(args.root, path)]
    for path in files:
        if path.suffix == ".h":
            errors += check_alone(args.root, path, args.flags)
    print("\n".join(errors), end="\n" if errors else "")
    if not files:
        sys.exit("check_includes.py: no sources found")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
