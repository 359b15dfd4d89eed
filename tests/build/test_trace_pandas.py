#!/usr/bin/python3
"""A trace loads in pandas with every integer exact, event by event, and is what the trace's contract says it is.

usage: test_trace_pandas.py BUILD
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import pandas


def is_integer(value):
    return isinstance(value, int) and not isinstance(value, bool)


def check_form(rows, scenario):
    """First line, time order, last line."""
    first, last, events = rows[0], rows[-1], rows[1:-1]
    missing = {"format", "version", "scenario", "seed"} - first.keys()
    assert not missing, f"{scenario}: the first line lacks {missing}"
    assert "digest" in json.dumps(last), f"{scenario}: the last line has no digest: {last}"
    assert all({"t", "event"} <= row.keys() and is_integer(row["t"]) for row in events), f"{scenario}: t or event"
    assert all(a["t"] <= b["t"] for a, b in zip(events, events[1:])), f"{scenario}: not in time order"


def check_column(frame, rows, column, where):
    """The column of pandas holds the very integers of the JSON text: as int64, or where the field does not apply to
    every row, as int64 once those rows are dropped."""
    values = [row[column] for row in rows if column in row]
    if not all(map(is_integer, values)):
        assert not any(map(is_integer, values)), f"{where} is an integer only at times"
        return 0
    found = frame[column]
    if len(values) < len(rows):
        found = found.dropna().astype("int64")
    assert str(found.dtype) == "int64", f"{where} is {found.dtype} in pandas"
    assert found.tolist() == values, f"{where} is not exact in pandas"
    return 1


def check_events(path, rows, scenario):
    """Each kind of event becomes a frame of its own by read_json; the whole file loads too."""
    whole = pandas.read_json(path, lines=True)
    assert len(whole) == len(rows), f"{scenario}: pandas read {len(whole)} of {len(rows)} lines"
    columns = 0
    for event in sorted({row["event"] for row in rows[1:-1]}):
        of_kind = [row for row in rows[1:-1] if row["event"] == event]
        frame = pandas.read_json("\n".join(map(json.dumps, of_kind)), lines=True)
        keys = {key for row in of_kind for key in row}
        assert set(frame.columns) == keys, f"{scenario}: {event} has {set(frame.columns)} in pandas, not {keys}"
        columns += sum(check_column(frame, of_kind, key, f"{scenario}: {event}.{key}") for key in sorted(keys))
    return columns


def main():
    psyncsim = f"{sys.argv[1]}/psyncsim"
    scenarios = sorted(pathlib.Path("scenarios").rglob("*.yaml"))
    assert scenarios, "no scenarios found"
    columns = 0
    with tempfile.TemporaryDirectory() as folder:
        for scenario in scenarios:
            path = f"{folder}/{scenario.stem}.jsonl"
            result = subprocess.run([psyncsim, "run", str(scenario), "--trace", path], capture_output=True, text=True)
            assert result.returncode in (0, 1), f"{scenario}: exit code {result.returncode}\n{result.stderr}"
            text = pathlib.Path(path).read_text()
            assert text.endswith("\n"), f"{scenario}: the last line is not ended"
            rows = [json.loads(line) for line in text.splitlines()]
            check_form(rows, scenario)
            columns += check_events(path, rows, scenario)
            pipe = subprocess.run([psyncsim, "run", str(scenario), "--trace", "-"], capture_output=True, text=True)
            assert pipe.stdout == text, f"{scenario}: the trace on stdout differs from the file"
    assert columns, "no integer column found"


if __name__ == "__main__":
    try:
        main()
    except AssertionError as error:
        sys.exit(str(error))
