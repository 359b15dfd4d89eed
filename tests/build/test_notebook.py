#!/usr/bin/python3
"""Runs the notebooks of scripts/notebooks from beginning to end; a cell that fails, or outputs that were committed, fail.

usage: test_notebook.py BUILD
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

NBCONVERT = "/usr/bin/jupyter-nbconvert"


def check_elsewhere(notebook):
    """Outside a checkout it ends with a sentence that says what it needs."""
    with tempfile.TemporaryDirectory() as home:
        copy = pathlib.Path(home, notebook.name)
        copy.write_text(notebook.read_text())
        result = subprocess.run([NBCONVERT, "--to", "notebook", "--execute", copy.name, "--stdout"],
                                capture_output=True, text=True, cwd=home, env={**os.environ, "HOME": home})
    assert "start the notebook in a checkout of psyncsim" in result.stderr + result.stdout, f"{notebook}:\n{result.stderr}"
    assert "StopIteration" not in result.stderr, result.stderr


def main():
    notebooks = sorted(pathlib.Path("scripts/notebooks").glob("*.ipynb"))
    assert notebooks, "no notebooks found"
    os.environ["PSYNCSIM"] = str(pathlib.Path(sys.argv[1], "psyncsim").resolve())
    os.environ["SEEDS"] = "20"
    for notebook in notebooks:
        cells = json.loads(notebook.read_text())["cells"]
        assert not any(cell.get("outputs") for cell in cells), f"{notebook}: commit it without its outputs"
        with tempfile.TemporaryDirectory() as home:
            result = subprocess.run([NBCONVERT, "--to", "notebook", "--execute", str(notebook), "--stdout"],
                                    capture_output=True, text=True, env={**os.environ, "HOME": home})
        assert result.returncode == 0, f"{notebook}:\n{result.stderr}"
        check_elsewhere(notebook)
        outputs = [output for cell in json.loads(result.stdout)["cells"] for output in cell.get("outputs", [])]
        pictures = sum("image/png" in output.get("data", {}) for output in outputs)
        assert pictures == 2, f"{notebook}: {pictures} pictures"


if __name__ == "__main__":
    if not os.path.exists(NBCONVERT):
        print(f"SKIPPED: {NBCONVERT} is not there; sh scripts/setup packages installs it")
        sys.exit(77)
    try:
        main()
    except AssertionError as error:
        sys.exit(str(error))
