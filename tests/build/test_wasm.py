#!/usr/bin/python3
"""The simulator in WebAssembly (make wasm) is the program: the same digests, the same problems at the same places, the same
YAML trees; and the functions that stand in for GLib's do what GLib's do. Needs clang, lld, wasi-libc, libclang-rt-14-dev-wasm32,
node and the packages of page/ (scripts/setup installs all).

usage: test_wasm.py BUILD
"""
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

import test_page

SEEDS = 20
MANGLED = 600
GALLERY = sorted(map(str, [*pathlib.Path("scenarios").glob("*.yaml"), *pathlib.Path("scenarios").glob("*.json"),
                           *pathlib.Path("scenarios/course").glob("*.yaml")]))
CORPUS = sorted(map(str, pathlib.Path("tests/fuzz/corpus/scenario").iterdir()))
BAD = sorted(map(str, pathlib.Path("tests/bad").glob("*.yaml")))


def missing():
    """What has to be installed first; None: nothing."""
    for name, package in (("clang", "clang"), ("wasm-ld", "lld")):
        if shutil.which(name) is None:
            return f"{name}: apt-get install --no-install-recommends {package}"
    for path, package in (("/usr/include/wasm32-wasi", "wasi-libc"),
                          ("/usr/lib/llvm-14/lib/clang/14.0.6/lib/wasi", "libclang-rt-14-dev-wasm32")):
        if not pathlib.Path(path).exists():
            return f"{package}: apt-get install --no-install-recommends {package}"
    return test_page.missing()


def output(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, errors="replace", check=True).stdout


def native(program, scenario, seed):
    """(outcome, digest or problems)"""
    result = subprocess.run([program, "run", scenario, "--seed", str(seed), "--json"], capture_output=True, text=True)
    if result.returncode == 2:
        return "refused", [line for line in result.stderr.splitlines() if line.startswith(f"{scenario}:")]
    return "ran", json.loads(result.stdout)["digest"]


def without_columns(text):
    """Of what is no YAML, the line alone: the two parsers find out at different columns."""
    return [line.rsplit(":", 3)[0] if line.endswith("error: not YAML") else line for line in text.splitlines()]


def mangled(folder, count):
    """Scenarios with a few letters changed, always the same ones."""
    chance = random.Random(1)
    sources = [pathlib.Path(name).read_text(errors="replace") for name in GALLERY + BAD]
    for i in range(count):
        text = list(chance.choice(sources))
        for _ in range(chance.choice((1, 1, 2, 3))):
            at = chance.randrange(len(text))
            text[at:at + chance.choice((0, 1, 1, 12))] = chance.choice("{}[]:,-#&*!|>'\"% \n\tab09?<~@`")
        path = pathlib.Path(folder, f"{i}.yaml")
        path.write_text("".join(text))
        yield str(path)


def is_refused(tree):
    return "not YAML" in tree


def main():
    build = sys.argv[1]
    lack = missing()
    if lack:
        sys.exit(f"test_wasm.py: a dependency is missing: {lack}")
    passed = failed = 0

    def check(what, found, expected):
        nonlocal passed, failed
        is_good = found == expected
        passed, failed = passed + is_good, failed + (not is_good)
        if not is_good:
            print(f"FAILED {what}: found {str(found)[:600]}, expected {str(expected)[:600]}")

    subprocess.run(["make", "--no-print-directory", f"-j{os.cpu_count()}", f"BUILD={build}", "wasm", "wasm-tests"],
                   check=True, stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory(dir=build) as name:
        simulator = f"{name}/simulator.mjs"
        subprocess.run(["node_modules/.bin/esbuild", "src/simulator.ts", "--bundle", "--format=esm", f"--outfile={os.path.abspath(simulator)}",
                        "--log-level=error"], cwd="page", check=True)

        def in_wasm(program, *args):
            return output("node", "--no-warnings", "tests/wasm/run.mjs", simulator, f"{build}/wasm/{program}.wasm", *args)

        check("glib", in_wasm("glib_print").splitlines(), output(f"{build}/tests/glib_print").splitlines())
        trees = GALLERY + CORPUS
        check("the trees of the gallery and the corpus", in_wasm("tree_print", *trees).split("== "),
              output(f"{build}/tests/tree_print", *trees).split("== "))
        check("the trees of bad scenarios", without_columns(in_wasm("tree_print", *BAD)),
              without_columns(output(f"{build}/tests/tree_print", *BAD)))

        # Which letters make a text no YAML at all, the two parsers see otherwise now and then; never what it says.
        texts = list(mangled(name, MANGLED))
        pairs = list(zip(in_wasm("tree_print", *texts).split("== "), output(f"{build}/tests/tree_print", *texts).split("== ")))
        check("trees of mangled scenarios", [found for found, expected in pairs if found != expected
                                             and not is_refused(found) and not is_refused(expected)], [])
        check("most of them are judged alike", sum(is_refused(found) != is_refused(expected) for found, expected in pairs)
              <= MANGLED // 50, True)

        program = f"{build}/psyncsim"
        runs = output("node", "tests/wasm/digests.mjs", simulator, f"{build}/wasm/psyncsim.wasm", str(SEEDS), *GALLERY)
        for run in map(json.loads, runs.splitlines()):
            scenario, seed = run["scenario"], run["seed"]
            check(f"{scenario} --seed {seed}", (run["outcome"], run["digest"]), native(program, scenario, seed))
            if "looks" in run:
                check(f"{scenario}: looks in a stretch", run["looks"] > 0, True)
        refused = output("node", "tests/wasm/digests.mjs", simulator, f"{build}/wasm/psyncsim.wasm", "1", *BAD)
        for run in map(json.loads, refused.splitlines()):
            outcome, problems = native(program, run["scenario"], 1)
            check(f"{run['scenario']}: refused", (run["outcome"], outcome), ("refused", "refused"))
            found = run["problems"].splitlines()
            if not any("not YAML" in problem for problem in problems):
                check(f"{run['scenario']}: problems", found[:40], problems[:40])
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
