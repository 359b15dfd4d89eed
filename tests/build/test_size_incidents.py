#!/usr/bin/python3
"""The incidents that ask "which value?": psyncsim size names one, and the incident's own scenario, run with it, has no full
resynchronisation. Run as it stands, it has some; so a size that answered nothing would fail here.

usage: test_size_incidents.py BUILD
"""
import json
import subprocess
import sys

# scenario, whether its replicas hold data from the start: then no full resynchronisation at all, else one each
INCIDENTS = [
    ("redis-11534-backlog-below-limit", True, True),
    ("redis-14100-backlog-below-limit", True, True),
    ("redis-14100-backlog-above-limit", True, False),
    ("redis-14100-soft-limit-partial", True, False),
    ("redis-2315-soft-limit", False, True),
    ("redis-2315-larger-limit", False, False),
    ("redis-12747-one-megabyte", True, True),
]
DIRECTIVES = ["repl-backlog-size", "client-output-buffer-limit", "repl-timeout", "repl-backlog-ttl"]


def values(setting):
    limit = f"replica {setting['limit_hard_bytes']} {setting['limit_soft_bytes']} {setting['limit_soft_s']}"
    return dict(zip(DIRECTIVES, [setting["repl_backlog_size_bytes"], limit, setting["repl_timeout_s"],
                                 setting["repl_backlog_ttl_s"]]))


def run(psyncsim, path, seed, setting):
    """The report of a run; the values stand at every master and replica."""
    command = [psyncsim, "run", path, "--json", "--seed", str(seed)]
    for directive, value in setting.items():
        command += ["--set", f"config.{directive}={value}"]
        if "12747" in path:  # there the nodes have values of their own
            command += [part for node in ("old", "new") for part in ("--set", f"nodes.{node}.config.{directive}={value}")]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if result.returncode > 1:
        sys.exit(f"{' '.join(command)}: {result.stderr}")
    return json.loads(result.stdout)


def is_spared(report, has_data):
    replicas = report["replicas"]
    spared = all(node["full"] == (0 if has_data else 1) and node["full_failed"] == 0 and node["online"]
                 for node in replicas)
    return bool(replicas) and spared


def main():
    psyncsim = f"{sys.argv[1]}/psyncsim"
    failed = 0
    for name, has_data, is_lost in INCIDENTS:
        path = f"scenarios/{name}.yaml"
        answer = subprocess.run([psyncsim, "size", path, "--json"], stdout=subprocess.PIPE, text=True)
        size = json.loads(answer.stdout)
        setting = values(size["recommended"])
        wrong = [] if size["met"] and answer.returncode == 0 else ["size says that no value would do"]
        for seed in (1, 2, 3, 77):
            if not is_spared(run(psyncsim, path, seed, setting), has_data):
                wrong.append(f"seed {seed}: a full resynchronisation with {setting}")
        if is_lost and is_spared(run(psyncsim, path, 1, {}), has_data):
            wrong.append("as it stands it has no full resynchronisation")
        print("".join(f"{name}: {line}\n" for line in wrong), end="")
        failed += bool(wrong)
    print(f"{len(INCIDENTS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
