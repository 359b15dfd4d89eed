#!/usr/bin/python3
"""`psyncsim run --at` prints the fields of INFO replication that a real redis-server prints, in its order: of a master with a
replica, of a replica that is online, of one in the middle of a full synchronisation, and of one without its master.

usage: test_info.py BUILD
"""
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

STORY = "scenarios/redis-5744-buffer-and-backlog.yaml"  # online from 0:30 on, away from 1:00 to 1:05


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Server:
    def __init__(self, folder, name, *options):
        self.port = free_port()
        (folder / name).mkdir()
        self.process = subprocess.Popen(["redis-server", "--port", str(self.port), "--save", "", "--dir", str(folder / name), *options],
                                        stdout=subprocess.DEVNULL)
        self.until(lambda: self.ask("ping") == "PONG")

    def ask(self, *words):
        result = subprocess.run(["redis-cli", "-p", str(self.port), *words], capture_output=True, text=True)
        return result.stdout.strip()

    def info(self):
        return self.ask("info", "replication").splitlines()

    @staticmethod
    def until(holds):
        for _ in range(600):
            if holds():
                return
            time.sleep(0.05)
        raise TimeoutError(holds)

    def stop(self):
        self.process.kill()
        self.process.wait()


def fields(lines):
    """Names in their order, those within a line too: slave0 ip port state offset lag."""
    return [re.findall(r"[a-z_0-9]+(?=[:=])", line) for line in lines if ":" in line]


def simulated(program, moment):
    """{node: its lines}"""
    text = subprocess.run([program, "run", STORY, "--at", moment], capture_output=True, text=True, check=True).stdout
    blocks = re.split(r"^## (\w+), .*\n", text, flags=re.M)[1:]
    return {node: block.splitlines() for node, block in zip(blocks[::2], blocks[1::2])}


def recorded(folder):
    """{what: lines} of real servers."""
    found = {}
    master = Server(folder, "m", "--repl-diskless-sync", "no", "--enable-debug-command", "yes", "--rdb-key-save-delay", "100")
    servers = [master]
    try:
        master.ask("debug", "populate", "20000", "key", "100")
        replica = Server(folder, "r1", "--replicaof", "127.0.0.1", str(master.port))
        servers.append(replica)
        Server.until(lambda: "master_sync_in_progress:1" in replica.info())
        found["full"] = replica.info()
        Server.until(lambda: "master_link_status:up" in replica.info())
        Server.until(lambda: any("state=online" in line for line in master.info()))
        found["online"], found["master"] = replica.info(), master.info()
        master.stop()
        Server.until(lambda: "master_link_status:down" in replica.info())
        found["away"] = replica.info()
    finally:
        for server in servers:
            server.stop()
    return found


def main():
    if shutil.which("redis-server") is None:
        sys.exit("test_info.py: a dependency is missing: redis-server")
    program = f"{sys.argv[1]}/psyncsim"
    with tempfile.TemporaryDirectory() as name:
        real = recorded(pathlib.Path(name))
    mine = {"full": simulated(program, "0:05")["r1"], "online": simulated(program, "0:45")["r1"],
            "master": simulated(program, "0:45")["m"], "away": simulated(program, "1:03")["r1"]}
    passed = failed = 0
    for what, lines in real.items():
        is_same = len(lines) > 10 and fields(mine[what]) == fields(lines)
        passed, failed = passed + is_same, failed + (not is_same)
        if not is_same:
            print(f"FAILED {what}:\nsimulated {fields(mine[what])}\nreal      {fields(lines)}")
    # what is not yet known has the same values
    for key in ("slave_read_repl_offset", "slave_repl_offset", "master_link_down_since_seconds", "master_sync_total_bytes"):
        values = [[line.strip() for line in lines if line.startswith(f"{key}:")] for lines in (mine["full"], real["full"])]
        is_same = values[0] == values[1] and len(values[0]) == 1
        passed, failed = passed + is_same, failed + (not is_same)
        if not is_same:
            print(f"FAILED in a full synchronisation: {values}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
