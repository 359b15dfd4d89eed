#!/usr/bin/python3
"""`psyncsim schema` is a JSON Schema that accepts every shipped scenario and refuses what `psyncsim check` refuses.

usage: test_schema.py BUILD
"""
import copy
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import jsonschema
import yaml


class CoreLoader(yaml.SafeLoader):
    """YAML 1.2's core schema: `yes`, `1:2`, `0o7` and dates stay strings, as psyncsim reads them."""
    yaml_implicit_resolvers = {}


for tag, pattern, first in (
        ("bool", r"true|false", "tf"), ("null", r"null|~|", "n~\0"), ("int", r"[-+]?[0-9]+", "-+0123456789"),
        ("float", r"[-+]?([0-9]*\.[0-9]+|[0-9]+\.?)([eE][-+]?[0-9]+)?", "-+.0123456789")):
    CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), list(first))
CoreLoader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile("^<<$"), ["<"])

# What both must refuse, whatever the scenario.
DAMAGES = {
    "an unknown key": lambda scenario: scenario.update(nodez={}),
    "nodes as a word": lambda scenario: scenario.update(nodes="m"),
    "a fault of no kind": lambda scenario: scenario.setdefault("faults", []).append({"at": "1s"}),
    "an unknown directive": lambda scenario: scenario.setdefault("config", {}).update({"repl-bakclog-size": "1mb"}),
    "no nodes": lambda scenario: scenario.pop("nodes"),
}


def check(psyncsim, folder, document):
    """Exit code of `psyncsim check` for the document, given as JSON."""
    path = pathlib.Path(folder, "scenario.json")
    path.write_text(json.dumps(document))
    return subprocess.run([psyncsim, "check", str(path)], capture_output=True).returncode


def main():
    psyncsim = f"{sys.argv[1]}/psyncsim"
    schema = json.loads(subprocess.run([psyncsim, "schema"], capture_output=True, check=True).stdout)
    validator_class = jsonschema.validators.validator_for(schema)
    validator_class.check_schema(schema)
    validator = validator_class(schema)
    scenarios = sorted(pathlib.Path("scenarios").rglob("*.yaml"))
    assert scenarios, "no scenarios found"
    with tempfile.TemporaryDirectory() as folder:
        for path in scenarios:
            scenario = yaml.load(path.read_text(), CoreLoader)
            error = jsonschema.exceptions.best_match(validator.iter_errors(scenario))
            assert not error, f"{path}: the schema refuses it: {list(error.absolute_path)}: {error.message}"
            assert check(psyncsim, folder, scenario) == 0, f"{path}: refused when written as JSON"
            for what, damage in DAMAGES.items():
                damaged = copy.deepcopy(scenario)
                damage(damaged)
                assert not validator.is_valid(damaged), f"{path}: the schema accepts {what}"
                assert check(psyncsim, folder, damaged) == 2, f"{path}: psyncsim check accepts {what}"


if __name__ == "__main__":
    try:
        main()
    except AssertionError as error:
        sys.exit(str(error))
