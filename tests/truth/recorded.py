"""A recorded run in the terms of the comparison: its outcome, and its measures {name: [values]}."""

FAULTS = ("cut", "blackhole", "stop", "debug_sleep", "kill", "shutdown", "promote", "slow", "latency")
DELAYS = ("psync_to_reply", "reply_to_rdb", "transfer", "rdb_end_to_loaded", "psync_to_online")
DROPS = ("master-lost", "replica-lost", "timeout-master", "timeout-replica", "timeout-bulk", "timeout-connect", "cob-limit",
         "sync-io-error")


def last_fault(times, t):
    """When the last fault before t began, as planned; None: there was none."""
    return max((at for at in times if at < t), default=None)


def fault_times(experiment):
    return [event["t"] for event in experiment.get("events", []) if event.get("do") in FAULTS]


def offset_at(stream, t):
    """The master's offset at t, from its bytes per step."""
    steps = stream["delta_bytes"]
    place = (t - stream["from_s"]) / stream["step_s"]
    whole = int(place)
    if not 0 <= whole < len(steps) - 1:
        return None
    return stream["base_offset"] + sum(steps[:whole + 1]) + steps[whole + 1] * (place - whole)


def ended(sync, what):
    """When that stage of a synchronisation ended: the stages follow each other, but the last is from the request on."""
    if what == "psync_to_online":
        return sync["t"] + sync[what]
    stages = DELAYS[:DELAYS.index(what) + 1]
    return sync["t"] + sum(sync.get(stage) or 0 for stage in stages)


def delays(run, experiment):
    """Delays of each synchronisation, by what, replica and kind; what ended after the observed part does not count."""
    found = {}
    for sync in run["durations"]["syncs"]:
        for what in DELAYS:
            if sync.get(what) is not None and ended(sync, what) <= experiment["duration_s"]:
                found.setdefault(f"{what} {sync['replica']} {sync['kind']}", []).append(sync[what])
    return found


def downtimes(run):
    found = {}
    for replica, begin, end, length in run["durations"]["down_intervals"]:
        if length is not None:
            found[f"downtime {replica}"] = [found.get(f"downtime {replica}", [0])[0] + length]
    return found


def firsts(run):
    found = {}
    for sync in run["resyncs"]:
        found.setdefault(f"first psync {sync['replica']}", [sync["t"]])
    for drop in run["drops"]:
        if drop["reason"] in DROPS:
            found.setdefault(f"first {drop['reason']}@{drop['at']}", [drop["t"]])
    return found


def past_fault(run, experiment, sync):
    """Where a request stood, seen from its master's offset when the last fault before it began; None: not known."""
    if "asked_past_fault" in sync:
        return sync["asked_past_fault"]
    fault = last_fault(fault_times(experiment), sync["t"])
    stream = run.get("stream", {}).get(sync.get("link", "").split(">")[0])
    if fault is None or stream is None or (sync.get("asked_offset") or 0) <= 0:
        return None
    there = offset_at(stream, fault)
    return None if there is None else round(sync["asked_offset"] - there)


def bytes_of(run, experiment):
    found = {}
    for sync in run["resyncs"]:
        replica = sync["replica"]
        if sync.get("sent_backlog") is not None:
            found.setdefault(f"sent backlog {replica}", []).append(sync["sent_backlog"])
        past = past_fault(run, experiment, sync)
        if past is not None:
            found.setdefault(f"asked past fault {replica}", [past])
    for link, peak in run.get("cob_peak", {}).items():
        if peak is not None:
            found[f"output buffer {link}"] = [peak]
    return found


def outcome(run):
    return " ".join(sorted(run["outcome"].split())) if isinstance(run["outcome"], str) else str(run["outcome"])


def measures(run, experiment):
    return delays(run, experiment) | downtimes(run) | firsts(run) | bytes_of(run, experiment)
