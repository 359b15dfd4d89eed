"""One rule from an experiment's description to a scenario.

The rule never looks at a name or family: what is not in the description is a constant of the laboratory, and all of those stand
here. What it does not know it refuses (Unknown), rather than dropping it.
"""
import math
import random

# Settings of every server unless the description says otherwise.
LABORATORY = {
    "save": "", "appendonly": "no", "repl-timeout": 60, "repl-ping-replica-period": 10, "repl-backlog-size": 1048576,
    "repl-backlog-ttl": 3600, "repl-diskless-sync": "no", "repl-diskless-sync-delay": 0, "repl-diskless-load": "disabled",
    "client-output-buffer-limit": "replica 268435456 67108864 60",
}
# Settings that change nothing here when they have this value (what only other builds know, or what costs nothing).
INERT = {"rdbcompression": {"no"}, "rdbchecksum": {"no", "yes"}, "repl-disable-tcp-nodelay": {"no"},
         "loading-process-events-interval-bytes": {"2097152"}, "replica-read-only": {"yes"}, "dynamic-hz": {"no", "yes"},
         "rdb-del-sync-files": {"no"}}
OLD_NAMES = {"repl-ping-slave-period": "repl-ping-replica-period", "min-slaves-to-write": "min-replicas-to-write",
             "min-slaves-max-lag": "min-replicas-max-lag", "slave-serve-stale-data": "replica-serve-stale-data",
             "slave-lazy-flush": "replica-lazy-flush"}
KNOWN = set(LABORATORY) | {"min-replicas-to-write", "min-replicas-max-lag", "replica-serve-stale-data", "replica-lazy-flush",
                           "shutdown-timeout", "maxmemory", "hz", "repl-diskless-sync-max-replicas", "rdb-key-save-delay",
                           "key-load-delay", "dual-channel-replication-enabled"}
WRITES = ("SET", "DEL", "UNLINK", "INCR", "APPEND", "RPUSH", "LPUSH", "SADD", "HSET")
TOP = ("name", "family", "note", "duration_s", "phase_s", "repeats", "weight", "requires", "stream_of", "servers", "links", "dataset", "workload",
       "events")
SETTLED_S = 1.5     # from the links' taking shape to t = 0
TICK = "2ms"        # the writers' clients send in ticks
PROBE_S = 0.02      # the staleness probe writes this often ...
PROBE_BYTES = 39    # ... a command of this size
EXPIRY_BYTES = 70
SAMPLED = "100ms"   # the recordings looked at the servers this often
# What the sender's kernel and the relay's socket take before the server's own buffer grows: measured, with a hole.
LIMITED_BYTES, UNLIMITED_BYTES = (25000, 90000), (145000, 190000)
# How busy the machine was differed from run to run: work takes as long as it should, or up to so much longer, and the relay
# carries 200 MB/s, or down to so much less. Fitted to the range of saves, transfers and loads of 20 to 100 MB in the
# recordings of redis 7.0.15; heavy experiments ran alone, the others beside each other.
BUSY_PERCENT = {"light": 300, "heavy": 40}
RELAY_BPS, BUSY_RELAY_BPS = 200e6, {"light": 40e6, "heavy": 150e6}
WINDOW_BYTES = 1 << 20, 1 << 16  # inside an unlimited link with latency, and without


class Unknown(Exception):
    """A description says something that the rule does not know."""


def number(value, what, low=0):
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < low:
        raise Unknown(f"{what}: found {value!r}, a number from {low} on would do")
    return value


def only(thing, what, *known):
    if not isinstance(thing, dict):
        raise Unknown(f"{what}: found {thing!r}, an object would do")
    for key in thing:
        if key not in known:
            raise Unknown(f"{what}: unknown key '{key}'; known are {', '.join(known)}")


def settings(given, what):
    known = {}
    for key, value in given.items():
        if isinstance(value, bool):
            value = "yes" if value else "no"
        key = OLD_NAMES.get(key, key)
        if key in INERT and str(value) in INERT[key]:
            continue
        if key not in KNOWN:
            raise Unknown(f"{what}: unknown setting '{key}' = {value!r}")
        known[key] = value
    return known


def seconds(value):
    return f"{round(value * 1e6)}us"


class Rule:
    """One experiment on one profile; scenario(seed) is a run of it."""

    def __init__(self, experiment, profile, allocator="jemalloc"):
        self.given, self.profile, self.allocator = experiment, profile, allocator
        # What a later laboratory may add beside them is told, and the rest compared.
        self.remarks = [f"'{key}' is not known and was left out" for key in experiment if key not in TOP]
        for key in ("name", "family", "duration_s", "servers", "links"):
            if key not in experiment:
                raise Unknown(f"experiment: '{key}' is missing")
        self.servers = experiment["servers"]
        self.upstream = {name: server.get("of") for name, server in self.servers.items()}
        self.end_s = number(experiment["duration_s"], "duration_s")
        self.phase_s = number(experiment.get("phase_s", 1), "phase_s")
        self.weight = experiment.get("weight", "light")
        if self.weight not in BUSY_PERCENT:
            raise Unknown(f"unknown weight '{self.weight}'; {' and '.join(BUSY_PERCENT)} are known")
        self.limited = {link for link, shape in experiment["links"].items() if shape.get("bandwidth_Bps")} | {
            event.get("link") for event in experiment.get("events", []) if event.get("do") == "slow"}
        self.nodes = {name: self.node(name) for name in self.servers}
        self.shapes = self.links()

    def second_channel(self, config, default=None):
        """Descriptions have Valkey's name for what Redis 8 calls repl-rdb-channel, and the laboratory had it off unless they say so."""
        value = config.pop("dual-channel-replication-enabled", default)
        if value is None:
            return config
        if self.profile.startswith("redis-8."):
            return config | {"repl-rdb-channel": value}
        return config | {"dual-channel-replication-enabled": value} if self.profile.startswith("valkey-") else config

    def has(self, server, what):
        if server not in self.servers:
            raise Unknown(f"{what}: no server '{server}'")
        return server

    def link_name(self, name):
        up, down = (str(name).split(">") + [""])[:2]
        return self.has(up, f"link {name}") + "-" + self.has(down, f"link {name}")

    def link_of(self, event):
        if event.get("link") not in self.given["links"]:
            raise Unknown(f"{event['do']}: no link '{event.get('link')}'")
        return self.link_name(event["link"])

    def links(self):
        """One path for a pair of servers, whoever of them is the master."""
        shapes = {}
        for name in self.given["links"]:
            pair, shape = self.link_name(name), self.link(name)
            other = "-".join(reversed(pair.split("-")))
            if shapes.get(other, (shape,))[0] != shape:
                raise Unknown(f"link {name}: another shape than that of the other direction")
            if other not in shapes:
                shapes[pair] = shape, name in self.limited
        return shapes

    def node(self, name):
        server, what = self.servers[name], f"server {name}"
        only(server, what, "of", "config", "start")
        start = server.get("start")
        if start not in (None, "late", "detached"):
            raise Unknown(f"{what}: unknown start '{start}'")
        node = {"config": self.second_channel(LABORATORY | settings(server.get("config", {}), what), "no")}
        node["begin"] = {"late": "absent", "detached": "alone", None: "synced" if server.get("of") else "alone"}[start]
        if server.get("of") and start != "detached":
            node["replicaof"] = self.has(server["of"], what)
        data = self.given.get("dataset") or {"keys": 0, "value_bytes": 0}
        only(data, "dataset", "keys", "value_bytes", "server")
        owner = data.get("server") or next(n for n, s in self.servers.items() if not s.get("of"))
        if owner == name and data["keys"]:
            node["dataset"] = 200 + sum_of_keys(data["keys"], data["value_bytes"])
            node["keys"] = data["keys"]
        return node

    def link(self, name):
        given = self.given["links"][name]
        only(given, f"link {name}", "latency_ms", "jitter_ms", "bandwidth_Bps", "window_bytes")
        shape = {"latency": seconds(number(given.get("latency_ms", 0), "latency_ms") / 1000)}
        if given.get("jitter_ms"):
            shape["jitter"] = {"uniform": {"low": "0ms", "high": seconds(given["jitter_ms"] / 1000)}}
        if given.get("bandwidth_Bps"):
            shape["bandwidth"] = f"{given['bandwidth_Bps'] * 8}bit/s"
        if given.get("window_bytes"):
            shape["window"] = given["window_bytes"]
        elif name not in self.limited:
            shape["window"] = WINDOW_BYTES[0] if given.get("latency_ms") else WINDOW_BYTES[1]
        return shape

    # ---- what is written ----

    def writer(self, work, index):
        only(work, f"workload {index}", "kind", "server", "value_bytes", "keyspace", "prefix", "from", "to", "rate", "rate_end",
             "schedule", "onoff", "ttl_ms")
        value = number(work.get("value_bytes", 100), "value_bytes")
        size = value + len(str(value)) + 35 + max(0, len(str(work.get("prefix", "k"))) - 1)
        base = {"node": self.has(work.get("server", ""), f"workload {index}"), "command": size, "tick": TICK, "largest-piece": max(1, value)}
        if work.get("keyspace"):
            base |= {"keyspace": work["keyspace"], "adds": value + 10 + (4 if value >= 64 else 3)}
        if work.get("ttl_ms"):
            base |= {"ttl": seconds(work["ttl_ms"] / 1000), "key-bytes": 10, "command": size + 30}
        if work.get("keyspace"):
            base["in-turn"] = "yes"
        spans = work.get("schedule") or [{"from": work.get("from", 0), "to": work.get("to", self.end_s),
                                          **{k: work[k] for k in ("rate", "rate_end") if k in work}}]
        loads = []
        for span in spans:
            only(span, f"workload {index}", "from", "to", "rate", "rate_end")
            load = dict(base, **{"from": span.get("from", 0), "to": span.get("to", self.end_s)})
            if "onoff" in work:
                only(work["onoff"], f"workload {index} onoff", "on_s", "off_s", "rate_on", "rate_off")
                turns = work["onoff"]
                load["rate"] = turns["rate_on"]
                load["bursts"] = {"on": seconds(turns["on_s"]), "off": seconds(turns["off_s"]), "rate-off": f"{turns.get('rate_off', 0)}/s"}
            else:
                if "rate" not in span:
                    raise Unknown(f"workload {index}: neither rate, schedule nor onoff")
                load["rate"] = number(span["rate"], "rate")
                if "rate_end" in span:
                    load["rate-end"] = f"{number(span['rate_end'], 'rate_end')}/s"
            if loads and "keyspace" in load:  # one writer, one keyspace
                load["keyspace"] = 1
            loads.append(load)
        return loads

    def single_writes(self):
        """Commands that write, among the events: each is a load of one command."""
        loads = []
        for event in self.given.get("events", []):
            words = event.get("args", [])
            words = [str(word) for word in (words.split() if isinstance(words, str) else words)]
            if event.get("do") == "command" and words and words[0].upper() in WRITES:
                size = len(f"*{len(words)}\r\n") + sum(len(f"${len(word)}\r\n{word}\r\n") for word in words)
                loads.append({"node": self.has(event["server"], "command"), "from": event["t"], "to": event["t"] + 0.0015, "rate": 1000,
                              "command": size})
        return loads

    def loads(self):
        """Loads with times from t = 0, and the writers' loads by their index among the writers."""
        loads, writers, waits = [], [], []
        for index, work in enumerate(self.given.get("workload", [])):
            kind = work.get("kind")
            if kind == "writer":
                mine = self.writer(work, index)
                writers.append(range(len(loads), len(loads) + len(mine)))
                loads += mine
            elif kind == "staleness":
                only(work, f"workload {index}", "kind", "server", "replicas", "from", "to")
                loads.append({"node": self.has(work["server"], "staleness"), "from": 0, "to": self.end_s, "rate": 1 / PROBE_S,
                              "command": PROBE_BYTES, "tick": "20ms", "keyspace": 1})
            elif kind == "expiry":
                only(work, f"workload {index}", "kind", "server", "replica", "ttl_ms")
                loads.append({"node": self.has(work.get("server", "m"), "expiry"), "from": 0, "to": self.end_s, "rate": 1,
                              "command": EXPIRY_BYTES, "ttl": seconds(work["ttl_ms"] / 1000)})
            elif kind == "wait":
                only(work, f"workload {index}", "kind", "server", "numreplicas", "timeout_ms", "period_ms")
                period = work.get("period_ms", 250) / 1000
                loads.append({"node": self.has(work["server"], "wait"), "from": 0, "to": self.end_s, "rate": 1 / period, "command": 36})
                waits.append({"node": work["server"], "replicas": work["numreplicas"], "timeout": seconds(work["timeout_ms"] / 1000),
                              "every": seconds(period)})
            else:
                raise Unknown(f"workload {index}: unknown kind '{kind}'")
        return loads, writers, waits

    # ---- what is done ----

    def faults(self, event, writers):
        """What an event is in the scenario, without its time."""
        do = event.get("do")
        known = {"cut": ("link", "mode", "side", "refuse"), "blackhole": ("link", "dir"), "heal": ("link",),
                 "slow": ("link", "bandwidth_Bps"), "latency": ("link", "latency_ms"), "stop": ("server",), "cont": ("server",),
                 "kill": ("server",), "shutdown": ("server", "save"), "start": ("server", "of", "wipe"), "promote": ("server",),
                 "replicaof": ("server", "of"), "config": ("server", "set"), "debug_sleep": ("server", "seconds"),
                 "command": ("server", "args"), "writer": ("index", "server")}
        if do not in known:
            raise Unknown(f"unknown event '{do}'; known are {', '.join(known)}")
        only(event, do, "t", "do", *known[do])
        if do in ("cut", "blackhole", "heal", "slow", "latency"):
            return self.link_faults(do, event)
        server = self.has(event.get("server", ""), do)
        if do == "writer":
            index = event.get("index", 0)
            if not 0 <= index < len(writers):
                raise Unknown(f"writer: no writer of index {index}")
            return [{"move-load": load, "node": server} for load in writers[index]]
        return self.server_faults(do, event, server)

    def link_faults(self, do, event):
        link = self.link_of(event)
        up, down = link.split("-")
        if do == "heal":
            return [{"heal": link}]
        if do == "slow":
            rate = event.get("bandwidth_Bps")
            return [{"slow": link, "bandwidth": f"{rate * 8}bit/s" if rate else "unlimited"}]
        if do == "latency":
            return [{"slow": link, "latency": seconds(event["latency_ms"] / 1000)}]
        if do == "blackhole":
            arrow = {"both": link, "down": f"{up}->{down}", "up": f"{down}->{up}"}.get(event.get("dir", "both"))
            if arrow is None:
                raise Unknown(f"blackhole: unknown dir '{event['dir']}'")
            return [{"partition": link, "direction": event.get("dir", "both")}]
        if event.get("mode", "rst") not in ("rst", "fin") or event.get("side", "both") not in ("both", "master", "replica"):
            raise Unknown(f"cut: unknown mode or side in {event}")
        return [{"cut": link, "mode": event.get("mode", "rst"), "side": event.get("side", "both"),
                 "refuse": "yes" if event.get("refuse", True) else "no"}]

    def server_faults(self, do, event, server):
        if do == "stop":
            return [{"pause": server}]
        if do == "cont":
            return [{"resume": server}]
        if do == "debug_sleep":
            return [{"pause": server, "for": seconds(number(event["seconds"], "seconds"))}]
        if do == "kill":
            return [{"crash": server}]
        if do == "shutdown":
            return [{"shutdown": server, "save": "yes" if event.get("save", False) else "no"}]
        if do == "start":
            is_own = self.servers[server].get("start") == "detached"
            of = event["of"] if "of" in event else None if is_own else self.upstream[server]
            return [{"start": server, **({"wipe": "yes"} if event.get("wipe") else {}),
                     "replicaof": self.has(of, do) if of else "none"}]
        if do == "promote":
            return [{"promote": server}]
        if do == "replicaof":
            return [{"replicaof": server, "to": self.has(event["of"], do)}]
        if do == "config":
            return [{"config-set": server, key: value} for key, value in self.second_channel(settings(event["set"], do)).items()]
        return self.command(server, event["args"])

    def command(self, server, args):
        words = [str(word) for word in (args.split() if isinstance(args, str) else args)]
        verb = [word.upper() for word in words]
        if verb[0] in ("BGSAVE", "SAVE"):
            return [{"bgsave": server}]
        if verb[0] in ("FLUSHALL", "FLUSHDB"):
            return [{"flush": server}]
        if verb[:2] == ["DEBUG", "SLEEP"]:
            return [{"pause": server, "for": seconds(float(words[2]))}]
        if verb[:2] == ["CONFIG", "SET"]:
            return [{"config-set": server, key: value} for key, value in
                    self.second_channel(settings(dict(zip(words[2::2], words[3::2])), "CONFIG SET")).items()]
        if verb in (["REPLICAOF", "NO", "ONE"], ["SLAVEOF", "NO", "ONE"]):
            return [{"promote": server}]
        if verb[0] == "FAILOVER" and len(verb) == 1:
            return [{"failover": server}]
        if verb[:2] == ["CLIENT", "KILL"] and verb[2:3] == ["TYPE"] and verb[3] in ("REPLICA", "SLAVE", "MASTER"):
            side = {"REPLICA": 0, "SLAVE": 0, "MASTER": 1}[verb[3]]
            return [{"cut": self.link_name(link), "refuse": "no"} for link in self.given["links"] if link.split(">")[side] == server]
        if verb[0] in ("INFO", "PING", "CLIENT", "ROLE", "GET", "DBSIZE", *WRITES):
            return []
        raise Unknown(f"command: '{' '.join(words)}' is not known")

    def written(self, node, begin, end):
        """Bytes that the writers of a node add to its stream between two times (of t = 0)."""
        total = 0
        for load in self.loads()[0]:
            span = min(end, load["to"]) - max(begin, load["from"])
            if load["node"] == node and span > 0 and "bursts" not in load and "rate-end" not in load:
                total += int(span * load["rate"]) * load["command"]
        return total

    def scenario(self, seed):
        """The run of a seed: (scenario, when its t = 0 is, in seconds)."""
        draw = random.Random(seed)
        zero = round(SETTLED_S + 2 * self.phase_s + draw.uniform(0, self.phase_s), 6)
        busy = draw.random()
        relay = RELAY_BPS * (BUSY_RELAY_BPS[self.weight] / RELAY_BPS) ** busy
        taken = {True: round(draw.uniform(*LIMITED_BYTES)), False: round(draw.uniform(*UNLIMITED_BYTES))}
        links = {pair: shape | {"send-buffer": taken[is_limited]} for pair, (shape, is_limited) in self.shapes.items()}
        loads, writers, waits = self.loads()
        loads += self.single_writes()
        for load in loads:
            load["rate"] = f"{load['rate']:.6f}/s"
            load["from"], load["to"] = seconds(zero + load["from"]), seconds(min(zero + load["to"], zero + self.end_s))
        faults, shape = [], {}
        for event in sorted(self.given.get("events", []), key=lambda e: number(e.get("t"), "t")):
            for fault in self.faults(event, writers):
                faults.append({"at": seconds(zero + event["t"]), **fault})
                if "slow" in fault:  # a heal in the scenario ends it, in the laboratory it does not
                    shape.setdefault(fault["slow"], {}).update(fault)
                elif "heal" in fault and fault["heal"] in shape:
                    faults.append({"at": seconds(zero + event["t"]), **shape[fault["heal"]]})
        scenario = {
            "why": self.given.get("note") or "a recorded experiment",
            "server": self.profile, "seed": seed, "duration": seconds(zero + self.end_s), "spread": "1s",
            "hosts": {"default": {"preset": "recorder", "busy": f"{busy * BUSY_PERCENT[self.weight]:.4f}%", "allocator": self.allocator,
                                  "nic": f"{round(8 * relay)}bit/s"}}, "sample": SAMPLED,
            "nodes": self.nodes, "links": {"default": {"kind": "relayed"}, **links}, "load": [x for x in loads if x["from"] != x["to"]],
            "faults": faults,
        }
        if waits:
            scenario["waits"] = waits
        return scenario, zero


def sum_of_keys(keys, value_bytes):
    """RDB bytes of keys d:0, d:1, ...: name, value, and 3 bytes besides (4 from 64 bytes on)."""
    digits, low = 0, 0
    for width in range(1, 20):
        high = min(keys, 10 ** width)
        digits += width * (high - low)
        low = high
        if low == keys:
            break
    return digits + keys * (2 + value_bytes + (3 if value_bytes < 64 else 4))
