#!/usr/bin/python3
"""The lint scripts complain about what they are for, and the test runner counts what went wrong.

usage: test_tools.py BUILD
"""
import importlib.util
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
LONG = "int f(void)\n{\n" + "    g();\n" * 57 + "    return 0;\n}\n"
# script, file, text that it refuses, a word of the complaint, text that it lets pass
LINT = [
    ("check_includes.py", "sim/engine/a.c", "#include <glib.h>\n", "glib", "#include <string.h>\n"),
    ("check_includes.py", "sim/engine/a.c", '#include "models/psync/b.h"\n', "may not", '#include "sim/engine/b.h"\n'),
    ("check_includes.py", "models/psync/a.c", "#include <time.h>\n", "time", "#include <stdlib.h>\n"),
    ("check_includes.py", "models/psync/a.c", "#include <sys/socket.h>\n", "posix", "#include <stdint.h>\n"),
    ("check_includes.py", "models/server/a.c", '#include "models/net/b.h"\n', "may not",
     '#include "models/psync/b.h"\n'),
    ("check_includes.py", "sim/world/a.c", '#include "sim/cli/b.h"\n', "may not", '#include "models/net/b.h"\n'),
    ("check_includes.py", "sim/odd/a.c", "\n", "no rule", None),
    ("check_includes.py", "sim/engine/a.h", "size_t a(void);\n", "alone", "#include <stddef.h>\nsize_t a(void);\n"),
    ("check_shape.py", "sim/engine/a.c", LONG, "61 lines", LONG.replace("    g();\n", "", 1)),
    ("check_shape.py", "sim/engine/a.c", "int f(int a, int b, int c,\n      int d, int e, int f)\n{\n}\n", "6 parameters",
     "int f(int a, int b, int c, int (*d)(int, int), int e)\n{\n}\n"),
    ("check_shape.py", "sim/world/a.c", "    node->replica.state = next;\n", "outside its table",
     "    bool is_on = node->replica.state == next;\n"),
    ("check_shape.py", "sim/world/a.c", "    x->state = up ? REPLICA_CONNECTED : REPLICA_NONE;\n", "outside its table",
     "    self->state = row->next;\n"),
    ("check_shape.py", "models/psync/a.c", "    master->state = rows[row].next;\n", "outside its table",
     "    *master = (struct master){.state = MASTER_COMMANDS};\n"),
    ("check_shape.py", "models/psync/a.c", "    master->state =\n", "outside its table", None),
    ("check_shape.py", "sim/engine/a.c", "/* see /ho" "me/me/notes */\n", "one machine",
     "/* and/or /dev/full 5mb/s */\n"),
]
# files and what each includes; a word of the complaint, None: none
CIRCLES = [
    ({"sim/engine/a.c": "sim/engine/b.h", "sim/engine/b.c": "sim/engine/c.h", "sim/engine/c.c": "sim/engine/a.h"},
     "sim/engine/a -> sim/engine/b -> sim/engine/c -> sim/engine/a"),
    ({"sim/engine/a.c": "sim/engine/b.h", "sim/engine/b.c": "sim/engine/c.h", "sim/engine/c.c": "sim/engine/c.h"}, None),
    ({"sim/world/a.c": "sim/world/b.h", "sim/world/b.c": "sim/world/a.h"}, "sim/world/a -> sim/world/b -> sim/world/a"),
    ({"models/psync/a.c": "models/psync/a_step.h", "models/psync/a_step.h": "models/psync/a.h",
      "models/psync/a_table.c": "models/psync/a_step.h"}, None),
    ({"models/psync/b.c": "models/psync/a_step.h"}, "private to models/psync/a"),
]
# rules of folders from the ground up: who may include whom; a word of the complaint
FLOORS = [
    ({"a": set(), "b": {"a"}, "c": {"a", "b", "c"}}, None),
    ({"a": {"b"}, "b": {"a"}}, "a may include b, which stands above it"),
    ({"a": {"c"}, "b": {"a"}, "c": {"b"}}, "a may include c, which stands above it"),
]
SYMBOLS = [
    ("sim/engine", "double exp(double); double f(double x) { return exp(x); }", "exp"),
    ("sim/engine", "int counter; int f(void) { return ++counter; }", "variable"),
    ("models/psync", "#include <stdlib.h>\nvoid *f(void) { return malloc(1); }", "malloc"),
    ("models/psync", "double sqrt(double); const char *const names[] = {\"a\"};\nint f(int x) { return x; }", None),
]
# what FACTS.md holds, what a source says, a word of the complaint or None. FACT is split, so that it cites nothing here.
FACT = "FA" "CTS"
FACTS = [
    ("### 3.1 Saves\n### 9 Restart\n", f"/* {FACT} 3.1 and 9 */", None),
    ("### 3.1 Saves\n", f"/* ({FACT} 3.1,\n * 9.2) */", "no fact 9.2"),
    ("### 3.1 Saves\n", f"/* {FACT} 3.10 */", "no fact 3.10"),
    ("", f"/* {FACT} R1 */", "no fact R1"),
    ("### 3.1 Saves\n", "/* */", "nobody cites fact 3.1"),
    ("### 3.1 Saves\nRows: `a.def` CUT, LOST\n", "/* */", None),
    ("### 3.1 Saves\n### F1 Limits\nRows: `a.def` CUT\n", "/* */", "nobody cites fact 3.1"),
    ("### 3.1 Saves\nRows: `a.def` CUT, LOS\n", "/* */", "no row 'LOS' in a.def"),
    ("### 3.1 Saves\nRows: `b.def` CUT\n", "/* */", "no row 'CUT' in b.def"),
    ("### 3.1 Saves: `sim/engine/b.c`\n", f"/* {FACT} 3.1 */", "no sim/engine/b.c"),
    ("### 3.1 Saves: `sim/engine/a.c`\n", f"/* {FACT} 3.1 */", None),
    ("### 3.1 Saves\nRows: all\n", "/* */", "names no row"),
    ("### 3.1 Saves (→ 3.2)\n", f"/* {FACT} 3.1 */", "no such fact"),
    ("### 3.1 Saves\n### 3.1 Loads\n", f"/* {FACT} 3.1 */", "two facts"),
    ("### 3.1 Saves\n", f"/* {FACT} 3.1, {FACT.lower()} 3.1 */", "by its number"),
    ("", "/* see the field " "notes */", "by its number"),
]
# a test's text, and the closing line that the runner must make of it
RUNNER = [
    ("exit 0", "1 passed, 0 failed"),
    ("exit 3", "0 passed, 1 failed"),
    ("echo '75%: Checks: 4, Failures: 1, Errors: 0'; exit 1", "3 passed, 1 failed"),
    ("echo '100%: Checks: 4, Failures: 0, Errors: 0'; kill -SEGV $$", "4 passed, 1 failed"),
    ("echo '100%: Checks: 0, Failures: 0, Errors: 0'", "0 passed, 1 failed"),
    ("echo '2 passed, 3 failed'; exit 1", "2 passed, 3 failed"),
    ("exit 77", "0 passed, 0 failed"),
]


def write(root, name, text):
    path = pathlib.Path(root, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def output_of(*command, **options):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    return result.returncode, result.stdout


def check_lint(script, name, bad, word, good):
    for text, expected in ((bad, 1), (good, 0)):
        if text is None:
            continue
        with tempfile.TemporaryDirectory() as root:
            write(root, name, text)
            where = ["--root", root] if script == "check_includes.py" else [root]
            code, output = output_of("/usr/bin/python3", f"{ROOT}/scripts/{script}", *where)
            assert code == expected and (code == 0 or word in output), f"{script} on {text!r}: {code}\n{output}"


def check_circles(includes, word):
    with tempfile.TemporaryDirectory() as root:
        for target in includes.values():
            write(root, target, "int f(void);\n")
        for name, target in includes.items():
            write(root, name, f'#include "{target}"\n')
        code, output = output_of("/usr/bin/python3", f"{ROOT}/scripts/check_includes.py", "--root", root)
        assert code == (1 if word else 0) and (word or "") in output, f"{includes}: {code}\n{output}"


def check_floors(rules, word):
    spec = importlib.util.spec_from_file_location("check_includes", ROOT / "scripts/check_includes.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    output = "\n".join(module.out_of_order({folder: (targets, set()) for folder, targets in rules.items()}))
    assert bool(output) == bool(word) and (word or "") in output, f"{rules}: {output}"


def check_facts(facts, source, word):
    with tempfile.TemporaryDirectory() as root:
        write(root, "models/psync/FACTS.md", facts)
        write(root, "models/psync/a.def", "ROW(CUT)\nROW(LOST)\n")
        write(root, "sim/engine/a.c", source + "\n")
        code, output = output_of("/usr/bin/python3", f"{ROOT}/scripts/check_facts.py", root)
        assert code == (1 if word else 0) and (word or "") in output, f"{facts!r} and {source!r}: {code}\n{output}"


def check_symbols(folder, text, word):
    with tempfile.TemporaryDirectory() as build:
        source = write(build, f"{folder}/a.c", text)
        output_of("gcc", "-O1", "-fno-builtin", "-c", str(source), "-o", f"{build}/a.o")
        output_of("ar", "rcs", f"{build}/{folder}.a", f"{build}/a.o")
        code, output = output_of("/usr/bin/python3", f"{ROOT}/scripts/check_symbols.py", build)
        assert code == (1 if word else 0) and (word or "") in output, f"{text}: {code}\n{output}"


def check_runner(text, closing):
    """A tree with one unit test and nothing else but a psyncsim that passes one."""
    with tempfile.TemporaryDirectory() as root:
        runner = write(root, "tests/build/run_tests.py", pathlib.Path(__file__).with_name("run_tests.py").read_text())
        write(root, "tests/unit/engine/test_a.c", "")
        for name, script in (("tests/test_a", text), ("psyncsim", "echo '10 passed, 0 failed'")):
            write(root, f"build/{name}", f"#!/bin/sh\n{script}\n").chmod(0o755)
        for strict, expected in (("", closing), ("true", closing.replace("0 passed, 0 failed", "0 passed, 1 failed"))):
            code, output = output_of("/usr/bin/python3", str(runner), "build",
                                     env={"CI": strict, "PATH": "/usr/bin:/bin"})
            passed, rest = expected.split(" ", 1)
            expected = f"{int(passed) + 10} {rest}"
            assert output.splitlines()[-1] == expected, f"{text}: not {expected}:\n{output}"
            assert code == (0 if " 0 failed" in expected else 1), f"{text}: exit code {code}"


def main():
    for row in LINT:
        check_lint(*row)
    for row in CIRCLES:
        check_circles(*row)
    for row in FLOORS:
        check_floors(*row)
    for row in FACTS:
        check_facts(*row)
    for row in SYMBOLS:
        check_symbols(*row)
    for row in RUNNER:
        check_runner(*row)
    print(f"{len(LINT) + len(CIRCLES) + len(FLOORS) + len(FACTS) + len(SYMBOLS) + len(RUNNER)} passed, 0 failed")


if __name__ == "__main__":
    try:
        main()
    except AssertionError as error:
        sys.exit(str(error))
