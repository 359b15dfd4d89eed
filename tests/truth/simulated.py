"""A simulated run in the same terms as a recorded one, from its trace."""
import json

from recorded import fault_times, last_fault

AT_REPLICA = {"timeout-master": ("timeout-master", "master-lost"), "timeout-payload": ("timeout-bulk",), "timeout-connect": ("timeout-connect",)}
AT_MASTER = {"timeout-replica": ("replica-lost", "timeout-replica"), "timeout-full-sync": ("replica-lost", "timeout-replica"),
             "limit-hard": ("cob-limit", "replica-lost"), "limit-soft": ("cob-limit", "replica-lost")}


class Sync:
    """One request of a replica and what became of it; times in seconds from t = 0, None: did not come to it."""

    def __init__(self, replica, master, t, asked_offset):
        self.replica, self.master, self.t, self.asked_offset = replica, master, t, asked_offset
        self.kind = self.letter = self.t_reply = self.t_payload = self.t_end = self.t_online = self.t_loaded = self.sent_backlog = None
        self.is_diskless = False


class Watch:
    """Reads the events of a run in their order."""

    def __init__(self, rule, zero):
        self.rule, self.zero = rule, zero
        self.master = {name: (server.get("of") if server.get("start") is None else None) for name, server in rule.servers.items()}
        self.syncs, self.open, self.first_of_two, self.joining = [], {}, {}, {}
        self.down, self.downtime = {}, {}
        self.first, self.buffers, self.pings = {}, {}, {}

    def latency(self, master, replica):
        shape = self.rule.given["links"].get(f"{master}>{replica}") or self.rule.given["links"].get(f"{replica}>{master}") or {}
        return shape.get("latency_ms", 0) / 1000

    def read(self, line):
        event = json.loads(line)
        if "event" not in event:
            return
        handler = getattr(self, "on_" + event["event"], None)
        if handler:
            handler(event, event["t"] / 1e9 - self.zero)

    def put_first(self, name, t):
        if t >= 0:
            self.first.setdefault(f"first {name}", t)

    # ---- synchronisations ----

    def on_ask(self, event, t):
        sync = Sync(event["node"], event["master"], t, event["asked_offset"])
        self.open[event["node"]] = sync
        self.first_of_two.pop(event["node"], None)
        if t >= 0:
            self.syncs.append(sync)
            self.put_first(f"psync {sync.replica}", t)

    def on_second(self, event, t):
        """Over two connections one synchronisation is two or three requests, as the recordings have them."""
        if event["step"] not in ("connect", "ask", "asked", "join", "joined"):
            return
        replica, master = (event["peer"], event["node"]) if event["step"] in ("asked", "joined") else (event["node"], event["peer"])
        if event["step"] == "connect" and replica in self.open:
            first = self.open[replica]
            first.kind, first.letter = "dual-main", "D"
            self.first_of_two[replica] = first
        elif event["step"] == "ask":
            sync = self.open[replica] = Sync(replica, master, t, -1)
            sync.kind, sync.letter = ("full", "f") if self.rule.profile.startswith("redis") else ("dual-rdb", "d")
            self.syncs.append(sync)
        elif event["step"] == "join":
            sync = self.joining[replica] = Sync(replica, master, t, event["offset"])
            sync.kind = "partial"
            self.syncs.append(sync)
        elif event["step"] == "joined" and replica in self.joining:
            self.joining[replica].letter, self.joining[replica].t_reply = "P", t
            self.joining[replica].sent_backlog = event["owed_bytes"]

    def on_fork(self, event, t):
        for replica, sync in self.open.items():
            if replica in self.first_of_two and sync.master == event["node"] and sync.t_reply is None:
                sync.t_reply = t

    def on_answer(self, event, t):
        sync = self.open.get(event["replica"])
        if sync is None or sync.master != event["node"]:
            return
        sync.kind = event["kind"]
        if sync.kind == "error":
            sync.kind, sync.letter, sync.t_reply = "refused", "E", t
            return
        sync.letter, sync.t_reply = "f", t
        if sync.kind == "partial":
            sync.sent_backlog = event["offset"] + 1 - event["asked_offset"]

    def on_payload(self, event, t):
        sync = self.open.get(event["replica"])
        if sync and sync.t_payload is None:
            sync.t_payload, sync.is_diskless = t, event["mode"] == "eof"

    def on_payload_sent(self, event, t):
        sync = self.open.get(event["replica"])
        if sync and not sync.is_diskless:
            sync.t_online = t

    def on_saved(self, event, t):
        for sync in self.open.values():
            if sync.kind == "full" and sync.master == event["node"] and sync.is_diskless and sync.t_online is None and sync.t_payload is not None and event["ok"]:
                sync.t_online = t

    def on_received(self, event, t):
        sync = self.open.get(event["node"])
        if sync:
            sync.t_end = t - self.latency(sync.master, sync.replica)

    def on_loaded(self, event, t):
        if event["node"] in self.open:
            self.open[event["node"]].t_loaded = t

    def on_resync(self, event, t):
        sync = self.first_of_two.get(event["node"]) or self.open.get(event["node"])
        if sync and "answered_ns" in event:
            sync.t_reply = event["answered_ns"] / 1e9 - self.zero - self.latency(sync.master, sync.replica)

    def on_online(self, event, t):
        node = event["node"]
        if node in self.open:
            self.open[node].letter = "P" if event["kind"] == "partial" else "d" if self.open[node].kind == "dual-rdb" else "F"
            for sync in self.syncs:  # up to the first acknowledgement behind it, also of one that failed
                if sync.kind == "dual-rdb" and sync.replica == node and sync.t_online is None:
                    sync.t_online = t + self.latency(sync.master, node)
        self.closes(node, t)

    # ---- links ----

    def goes_down(self, node, t):
        self.down.setdefault(node, max(t, 0))

    def closes(self, node, t):
        if node in self.down:
            self.downtime[node] = self.downtime.get(node, 0) + max(0, t - self.down.pop(node))

    def on_drop(self, event, t):
        node, peer, why = event["node"], event["peer"], event["why"]
        if "buffer_bytes" in event:
            names = AT_MASTER.get(why, ("replica-lost",))
        else:
            sync = self.open.get(node)
            is_payload = why == "lost" and sync is not None and sync.t_payload is not None
            names = AT_REPLICA.get(why, ("master-lost",) if event["phase"] == "online" else ("sync-io-error",) if is_payload else ())
            self.goes_down(node, t)
        for name in names:
            self.put_first(f"{name}@{node}", t)

    def on_connect_failed(self, event, t):
        for name in AT_REPLICA.get(event["why"], ()):
            self.put_first(f"{name}@{event['node']}", t)

    def on_role(self, event, t):
        if event["role"] == "replica":
            self.goes_down(event["node"], t)
        else:
            self.closes(event["node"], t)

    def on_up(self, event, t):
        if event["role"] == "replica" and event["t"] > 0:
            self.goes_down(event["node"], t)

    def on_down(self, event, t):
        self.closes(event["node"], t)

    # ---- bytes ----

    def on_sample(self, event, t):
        mine = self.buffers.setdefault(f"{event['node']}>{event['replica']}", [])
        if t < 0:
            mine.clear()
        mine.append(event["buffer_bytes"])

    def on_ping(self, event, t):
        self.pings.setdefault(event["node"], []).append((t, event["offset"]))

    def offset_at(self, node, t):
        """The offset of a master at t: that of its last PING, and what its writers added since."""
        masters = [node] if self.pings.get(node, [(t, 0)])[0][0] < t else list(self.pings)  # one promoted later has what its master wrote
        seen = max(((*ping, name) for name in masters for ping in self.pings[name] if ping[0] <= t), default=None)
        return None if seen is None else seen[1] + self.rule.written(seen[2], seen[0], t)

    # ---- what came of it ----

    def outcome(self):
        letters = {}
        for sync in self.syncs:
            mine = letters.setdefault(sync.replica, [])
            letter = sync.letter or "N"
            if not (letter in "EN" and mine and mine[-1] == letter):
                mine.append(letter)
        return " ".join(f"{name}:{''.join(mine)}" for name, mine in sorted(letters.items())) or "none"

    def delays(self):
        found = {}

        def put(sync, what, begin, end):
            if begin is not None and end is not None:
                found.setdefault(f"{what} {sync.replica} {sync.kind}", []).append(end - begin)
        for sync in self.syncs:
            put(sync, "psync_to_reply", sync.t, sync.t_reply)
            put(sync, "reply_to_rdb", sync.t_reply, sync.t_payload)
            put(sync, "transfer", sync.t_payload, sync.t_end)
            put(sync, "rdb_end_to_loaded", sync.t_end, sync.t_loaded)
            if sync.kind in ("full", "dual-rdb"):
                put(sync, "psync_to_online", sync.t, sync.t_online)
        return found

    def measures(self, end):
        for node in list(self.down):
            self.closes(node, end)
        found = self.delays()
        found |= {f"downtime {node}": [total] for node, total in self.downtime.items() if total > 0}
        found |= {name: [t] for name, t in self.first.items()}
        times = fault_times(self.rule.given)
        for sync in self.syncs:
            if sync.sent_backlog is not None:
                found.setdefault(f"sent backlog {sync.replica}", []).append(sync.sent_backlog)
            fault = last_fault(times, sync.t)
            if fault is not None and sync.asked_offset > 0:
                there = self.offset_at(sync.master, fault)
                if there is not None:
                    found.setdefault(f"asked past fault {sync.replica}", [round(sync.asked_offset - there)])
        return found | {f"output buffer {link}": [max(peak)] for link, peak in self.buffers.items()}


def run_of(rule, zero, lines):
    """(outcome, measures) of the trace in `lines`."""
    watch = Watch(rule, zero)
    for line in lines:
        watch.read(line)
    return watch.outcome(), watch.measures(rule.end_s)
