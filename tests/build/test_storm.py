#!/usr/bin/python3
"""Random valid scenarios of fixed seeds hold; and a scenario that fails is cut down to what makes it fail.

usage: test_storm.py BUILD
"""
import subprocess
import sys

sys.path.insert(0, "tests/fuzz")
import storm

SEEDS = "1..80"
CPU_SECONDS = "2"

if __name__ == "__main__":
    psyncsim = f"{sys.argv[1]}/psyncsim"
    scenario = {"duration": "60s", "nodes": {"m": {"dataset": "8gb"}, "r": {"replicaof": "m"}, "other": {"replicaof": "m"}},
                "load": [{"node": "m", "rate": "2000/s", "poisson": "yes"}],
                "faults": [{"at": "30s", "pause": "r"}, {"at": "40s", "flush": "m"}]}
    again = lambda smaller: "flushed" if "flush: m" in str(storm.Text(smaller)) else None
    small = storm.shrink(psyncsim, scenario, "flushed", again)
    assert small == {"duration": "3s", "nodes": {"m": {}}, "faults": [{"at": "1s", "flush": "m"}]}, small
    assert storm.odd_number(b'{"t":1,"event":"saved","save_ns":-5}\n') == "save_ns is below zero"
    assert storm.odd_number(b'{"stale_read_share_ppm":1000001}\n') == "stale_read_share_ppm is above 100 %"
    assert storm.odd_number(b'{"t":9,"event":"resync","payload_ns":8,"online_ns":7}\n').startswith("a resynchronisation out of")
    sys.exit(subprocess.run([sys.executable, "tests/fuzz/storm.py", sys.argv[1], "--seeds", SEEDS, "--cpu", CPU_SECONDS]).returncode)
