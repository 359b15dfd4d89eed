#!/usr/bin/python3
"""`psyncsim run --openmetrics`: Prometheus' own parser reads it; every value is what --at prints of the same moment; the counters are what
the run did; names and labels are redis_exporter's.

usage: test_openmetrics.py BUILD
"""
import pathlib
import re
import subprocess
import sys
import tempfile

from prometheus_client.openmetrics.parser import text_string_to_metric_families

EPOCH = 1700000000
CHAIN = "scenarios/redis-2694-chain.yaml"
# What redis_exporter 1.x makes of INFO: names, and the fields that they come from.
PLAIN = {"redis_connected_slaves": "connected_slaves", "redis_master_repl_offset": "master_repl_offset",
         "redis_second_repl_offset": "second_repl_offset", "redis_repl_backlog_is_active": "repl_backlog_active",
         "redis_replication_backlog_bytes": "repl_backlog_size", "redis_slave_priority": "slave_priority",
         "redis_repl_backlog_first_byte_offset": "repl_backlog_first_byte_offset",
         "redis_repl_backlog_history_bytes": "repl_backlog_histlen"}
OF_MASTER = {"redis_master_last_io_seconds_ago": "master_last_io_seconds_ago", "redis_master_sync_in_progress": "master_sync_in_progress",
             "redis_slave_repl_offset": "slave_repl_offset"}
OF_REPLICA = {"redis_connected_slave_offset_bytes": "offset", "redis_connected_slave_lag_seconds": "lag"}


def run(*arguments, code=0):
    done = subprocess.run([PSYNCSIM, "run", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == code, done
    return done


def samples(*arguments):
    """{name: {(labels but job): {seconds of the run: value}}}"""
    text = run(*arguments, "--openmetrics", "-").stdout
    assert text.endswith("# EOF\n")
    table = {}
    for family in text_string_to_metric_families(text):
        assert family.type == "gauge" and family.documentation and family.name.startswith(("redis_", "psyncsim_")), family
        for sample in family.samples:
            labels = dict(sample.labels)
            assert sample.name == family.name and labels.pop("job") == "psyncsim", sample
            of_labels = table.setdefault(family.name, {}).setdefault(tuple(sorted(labels.items())), {})
            of_labels[float(sample.timestamp)] = sample.value
    return table


def info_at(scenario, moment):
    """{node: {field: value}}, replicas as slave0 with a dict of their own."""
    nodes = {}
    for block in run(scenario, "--at", f"{moment}s").stdout.split("## ")[1:]:
        name, lines = block.split(",", 1)[0], re.findall(r"^(\w+):(.*)$", block, re.M)
        nodes[name] = {key: dict(part.split("=") for part in value.split(",")) if "=" in value else value for key, value in lines}
    return nodes


def test_values():
    table = samples(CHAIN)
    compared = 0
    for moment in (20, 92, 100, 136, 200):
        for node, info in info_at(CHAIN, moment).items():
            master = tuple(sorted({"instance": node, "master_host": info.get("master_host"), "master_port": "6379"}.items()))
            for names, labels in ((PLAIN, (("instance", node),)), (OF_MASTER, master)):
                for name, field in names.items():
                    if field in info:
                        assert table[name][labels][moment] == float(info[field]), (moment, node, name)
                        compared += 1
            if "master_link_status" in info:
                assert table["redis_master_link_up"][master][moment] == (info["master_link_status"] == "up")
            for line in (value for key, value in info.items() if re.fullmatch(r"slave\d+", key)):
                labels = {"instance": node, "slave_ip": line["ip"], "slave_port": line["port"], "slave_state": line["state"]}
                for name, field in OF_REPLICA.items():
                    assert table[name][tuple(sorted(labels.items()))][moment] == float(line[field]), (moment, node, name)
                    compared += 1
    assert compared > 100, compared


def last(table, name, node):
    times = table[name][(("instance", node),)]
    return times[max(times)]


def test_counters():
    """Of a: one partial and one full that was refused; of b: one that was refused, after it took another history."""
    table = samples(CHAIN)
    for node, counts in {"a": (1, 1, 1), "b": (1, 0, 1), "c": (0, 0, 0)}.items():
        found = tuple(last(table, f"redis_replica_{name}", node)
                      for name in ("resyncs_full", "partial_resync_accepted", "partial_resync_denied"))
        assert found == counts, (node, found)
    first = samples("scenarios/course/01-first-contact.yaml")
    assert last(first, "redis_replica_resyncs_full", "m") == 1
    assert last(first, "redis_replica_partial_resync_denied", "m") == 0, "PSYNC ? -1 is no partial that is refused"


def test_down_and_loading():
    table = samples("scenarios/course/07-restart.yaml")
    loading = table["redis_loading_dump_file"][(("instance", "killed"),)]
    assert (loading[59], loading[65], loading[75]) == (0, 1, 0), loading
    assert max(table["redis_rdb_bgsave_in_progress"][(("instance", "m"),)].values()) == 1
    up = samples("scenarios/course/09-one-history.yaml")
    assert up["redis_up"][(("instance", "m"),)][59] == 1 and up["redis_up"][(("instance", "m"),)][61] == 0
    assert 61 not in up["redis_master_repl_offset"][(("instance", "m"),)]
    buffers = samples("scenarios/course/08-output-buffer.yaml")["psyncsim_output_buffer_bytes"]
    assert 200e6 < max(max(times.values()) for times in buffers.values()) <= 256 * 2**20, buffers


def test_times():
    times = sorted(next(iter(samples(CHAIN, "--scrape", "7s", "--epoch", str(EPOCH))["redis_up"].values())))
    assert times[:2] == [EPOCH, EPOCH + 7] and times[-1] == EPOCH + 294, times
    text = run(CHAIN, "--scrape", "250ms", "--openmetrics", "-").stdout  # the parser of 0.16 compares parts of seconds wrongly
    parts = re.findall(r'^redis_up\{job="psyncsim",instance="a"\} 1 (.*)$', text, re.M)
    assert parts[:5] == ["0", "0.25", "0.5", "0.75", "1"] and len(parts) == 1201, parts
    long = sorted(next(iter(samples("scenarios/flaky-link.yaml")["redis_up"].values())))
    assert len(long) == 3601 and long[1] == 240, long[:2]


def test_changes_nothing():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "run.om")
        plain, sampled = run(CHAIN).stdout, run(CHAIN, "--openmetrics", str(path)).stdout
        assert plain == sampled and path.read_text().endswith("# EOF\n")


def test_refusals():
    for arguments, words in ((("--scrape", "1s"), "--scrape needs --openmetrics"),
                             (("--openmetrics", "-", "--at", "5s"), "--openmetrics and --at cannot be combined"),
                             (("--openmetrics", "-", "--json"), "cannot be combined"),
                             (("--openmetrics", "-", "--scrape", "1us"), "--scrape"),
                             (("--openmetrics", "/nowhere/run.om"), "/nowhere/run.om")):
        done = run(CHAIN, *arguments, code=4 if "/nowhere/run.om" in arguments else 2)
        assert words in done.stderr, done


def main():
    failed = 0
    tests = [(name, test) for name, test in globals().items() if name.startswith("test_")]
    for name, test in tests:
        try:
            test()
        except AssertionError as error:
            print(f"{name}: {error}")
            failed += 1
    print(f"{len(tests) - failed} passed, {failed} failed")
    return 1 if failed else 0


PSYNCSIM = f"{sys.argv[1]}/psyncsim"
if __name__ == "__main__":
    sys.exit(main())
