#!/usr/bin/python3
"""psyncsim replica and psyncsim master against a real redis-server and against each other: full and partial
resynchronisations, a drop that the backlog does not outlive, passwords and ACL users, peers that talk nonsense or go
away, and that nothing but the documented commands reaches a server. Waits are for lines and replies, and bounded.

usage: test_lessons.py BUILD [TEST...]
"""
import contextlib
import json
import os
import pathlib
import queue
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

SERVER = os.environ.get("REDIS_SERVER", "/usr/bin/redis-server")
WAIT_S = 30
NOBODY = ":1"  # a port at which nobody listens


class Lesson:
    """One run of the program: its lines as they come, orders to its stdin."""

    def __init__(self, *arguments, password=None):
        env = {key: value for key, value in os.environ.items() if key != "PSYNCSIM_PASSWORD"}
        env["ASAN_OPTIONS"] = "quarantine_size_mb=1"  # what was freed is not resident for long
        if password:
            env["PSYNCSIM_PASSWORD"] = password
        self.process = subprocess.Popen([PSYNCSIM, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, env=env)
        self.lines, self.seen = queue.Queue(), []
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def until(self, *words):
        """The next line that holds all the words."""
        while True:
            line = self.lines.get(timeout=WAIT_S)
            assert line is not None, f"ended before {words}:\n{''.join(self.seen)}{self.process.stderr.read()}"
            self.seen.append(line)
            if all(word in line for word in words):
                return line

    def event(self, **fields):
        """The next event of a trace with these values."""
        while True:
            found = json.loads(self.until('"event":'))
            if all(found.get(key) == value for key, value in fields.items()):
                return found

    def type(self, order):
        self.process.stdin.write(order + "\n")
        self.process.stdin.flush()

    def end(self, how=signal.SIGINT):
        """(exit code, all of stdout, stderr)"""
        if how:
            self.process.send_signal(how)
        while (line := self.lines.get(timeout=WAIT_S)) is not None:
            self.seen.append(line)
        code = self.process.wait(timeout=WAIT_S)
        return code, "".join(self.seen), self.process.stderr.read()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Redis:
    """A redis-server of its own, without files; ask() sends one command inline."""

    def __init__(self, *options):
        self.dir = tempfile.TemporaryDirectory(prefix="psyncsim-lesson-")
        self.port = free_port()
        self.process = subprocess.Popen(
            [SERVER, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self.dir.name, "--save", "",
             "--repl-diskless-sync-delay", "0", "--repl-backlog-size", "16384", "--repl-ping-replica-period", "1",
             *options], stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            if "Ready to accept connections" in line:
                break
        threading.Thread(target=self.process.stdout.read, daemon=True).start()
        self.control = socket.create_connection(("127.0.0.1", self.port), timeout=WAIT_S)
        self.file = self.control.makefile("rb")

    def ask(self, *words):
        self.control.sendall(f"*{len(words)}\r\n".encode())
        for word in words:
            self.control.sendall(f"${len(word)}\r\n{word}\r\n".encode())
        head = self.file.readline().decode().strip()
        if head[0] != "$":
            return head
        return self.file.read(int(head[1:]) + 2)[:-2].decode() if head != "$-1" else None

    def info(self, field):
        return dict(line.split(":", 1) for line in self.ask("INFO", "everything").split("\r\n") if ":" in line).get(field)

    def until(self, question, value):
        """Asks again until it is so."""
        limit = time.monotonic() + WAIT_S
        while (found := question(self)) != value:
            assert time.monotonic() < limit, f"{found}, not {value}"

    def until_up(self):
        self.until(lambda server: server.info("master_link_status"), "up")

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.control.close()
        self.file.close()
        self.dir.cleanup()


@contextlib.contextmanager
def redis(*options):
    server = Redis(*options)
    try:
        yield server
    finally:
        server.stop()


def fill(server, count):
    for i in range(count):
        server.ask("SET", f"key{i}", "x" * 1000)


def test_replica_full_partial_full():
    """From disk and streamed: full, partial after a drop, full after one that the backlog did not outlive."""
    for mode, diskless in (("length", "no"), ("eof", "yes")):
        with redis("--repl-diskless-sync", diskless) as server:
            server.ask("SET", "secret-key", "secret-value")
            lesson = Lesson("replica", f"localhost:{server.port}", "--trace", "-", "--heartbeats")
            header = json.loads(lesson.until("psyncsim-trace"))
            assert header["server"] == "redis-7.0" and header["live"] and header["version"], header
            assert lesson.event(event="ask")["asked_offset"] == -1
            assert lesson.event(event="answer")["reason"] == "requested"
            assert lesson.event(event="payload")["mode"] == mode
            size = lesson.event(event="received")["payload_bytes"]
            assert size > 100, size
            assert lesson.event(event="resync")["outcome"] == "online"
            lesson.event(event="ping")
            lesson.type("drop")
            lesson.event(event="drop", why="cut", phase="connected")
            server.ask("SET", "other", "value")
            lesson.type("back")
            resync = lesson.event(event="resync")
            assert (resync["kind"], resync["reason"], resync["lost_by"]) == ("partial", "accepted", "cut"), resync
            lesson.type("drop")
            lesson.event(event="drop", why="cut")
            fill(server, 100)
            lesson.type("back")
            resync = lesson.event(event="resync")
            assert (resync["kind"], resync["reason"]) == ("full", "backlog-passed"), resync
            offset = lesson.event(event="ack")["offset"]
            assert offset <= int(server.info("master_repl_offset"))
            lesson.type("quit")
            code, text, errors = lesson.end(None)
            summary = json.loads(text.splitlines()[-1])
            replica = summary["replicas"][0]
            assert code == 0 and not errors, (code, errors)
            assert (replica["full"], replica["partial"], len(summary["resyncs"])) == (2, 1, 3), summary
            assert summary["event"] == "summary" and "secret" not in text
            assert int(server.info("sync_partial_ok")) == 1 and int(server.info("sync_full")) == 2


def test_replica_sends_nothing_else():
    with redis() as server:
        lesson = Lesson("replica", f"127.0.0.1:{server.port}", "--drop-after", "1s")
        lesson.until("online: full")
        lesson.until("online: partial")
        lesson.until("REPLCONF ACK")
        code, text, _ = lesson.end()
        sent = {key for key in server.ask("INFO", "commandstats").split("\r\n") if key.startswith("cmdstat_")}
        names = {key.split(":")[0] for key in sent}
        assert names <= {"cmdstat_info", "cmdstat_ping", "cmdstat_replconf", "cmdstat_psync"}, names
        assert code == 0 and "1 full" in text and "1 partial, 0 failed" in text, text
        assert server.ask("DBSIZE") == ":0"


def test_replica_asks_for_a_position():
    with redis() as server:
        lesson = Lesson("replica", f"127.0.0.1:{server.port}")
        lesson.until("online: full")
        lesson.end()
        server.ask("SET", "key", "value")
        replid, offset = server.info("master_replid"), int(server.info("master_repl_offset"))
        for ask, kind, words in ((f"{replid}:{offset + 1}", "partial", "Partial: the same history"),
                                 (f"{replid}:{offset + 5000}", "full", "It has never had"),
                                 (f"{'0' * 40}:5", "full", "from here it looks the same")):
            lesson = Lesson("replica", f"127.0.0.1:{server.port}", "--ask", ask)
            lesson.until(f"online: {kind}")
            code, text, _ = lesson.end(signal.SIGTERM)
            assert code == 0 and words in " ".join(text.split()), text


def test_replica_passwords():
    with redis() as server:
        server.ask("ACL", "SETUSER", "mirror", "on", ">other", "+psync", "+replconf", "+ping")
        server.ask("CONFIG", "SET", "requirepass", "pass word")
        address = f"127.0.0.1:{server.port}"
        wanted = Lesson("replica", address).end(None)
        assert wanted[0] == 4 and "requires a password" in wanted[2] and "-NOAUTH" in wanted[2], wanted
        refused = Lesson("replica", address, password="mistaken").end(None)
        assert refused[0] == 4 and "rejected the credentials" in refused[2] and "-WRONGPASS" in refused[2], refused
        assert "mistaken" not in refused[1], refused[1]
        lesson = Lesson("replica", address, "--raw", password="pass word")
        lesson.until("online: full")
        code, text, _ = lesson.end()
        assert code == 0 and "pass word" not in text and "AUTH ***" in text, text
        lesson = Lesson("replica", address, "--user", "mirror", "--password-file", "-")
        lesson.type("other")
        lesson.until("AUTH mirror ***")
        lesson.until("online: full")
        lesson.type("quit")
        assert lesson.end(None)[0] == 0
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("other\n")
            file.flush()
            refused = Lesson("replica", address, "--user", "nobody", "--password-file", file.name).end(None)
            assert refused[0] == 4, refused


def test_replica_nobody_there():
    refused = Lesson("replica", "127.0.0.1" + NOBODY).end(None)
    assert refused[0] == 4 and "connection refused" in refused[2], refused
    lesson = Lesson("replica", "127.0.0.1" + NOBODY, "--retry", "--trace", "-")
    for _ in range(2):
        lesson.event(event="connect_failed", why="refused")
    code, _, errors = lesson.end()
    assert code == 4 and "never came online" in errors, errors
    code, _, errors = Lesson("replica", "no-such-host.invalid:6379").end(None)
    assert code == 4 and "cannot find 'no-such-host.invalid'" in errors, errors


def serve_once(listener, *answers):
    """One connection: each answer follows something that was heard."""
    connection, _ = listener.accept()
    for answer in answers:
        connection.recv(65536)
        connection.sendall(answer)
    return connection


def test_replica_hears_nonsense():
    head = b"+FULLRESYNC " + b"a" * 40 + b" 100\r\n$18\r\nREDIS0006\xff" + bytes(8)
    for answers, why, phase in (((b"HTTP/1.1 400 Bad Request\r\n\r\n",), "ping-error", "ping-reply"),
                                ((b"+PONG\r\n", b"+OK\r\n+OK\r\n", head + b"no stream\r\n"), "protocol", "connected"),
                                ((b"+PONG\r\n", b"+OK\r\n+OK\r\n", head[:60] + b"nonsense\r\n"), "protocol", "preamble"),
                                ((b"+PONG\r\n", b"+OK\r\n+OK\r\n", b"+FULLRESYNC " + b"a" * 40 + b" %d\r\n" % (2**63 - 1)), "protocol", "psync-reply"),
                                ((b"+PONG\r\n", b"x" * 5000), "protocol", "port-reply")):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            lesson = Lesson("replica", f"127.0.0.1:{listener.getsockname()[1]}", "--trace", "-")
            connection = serve_once(listener, *answers)
            drop = lesson.event(event="drop")
            assert (drop["why"], drop["phase"]) == (why, phase), drop
            listener.accept()[0].close()  # it tries again
            connection.close()
            code, text, _ = lesson.end()
            assert code == (0 if phase == "connected" else 4), text
            assert json.loads(text.splitlines()[-1])["event"] == "summary"


def resident_kb(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))


def test_replica_is_flooded_by_a_master_that_does_not_read():
    getack = b"*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n" * 1700
    head = b"+FULLRESYNC " + b"a" * 40 + b" 100\r\n$18\r\nREDIS0006\xff" + bytes(8)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        lesson = Lesson("replica", f"127.0.0.1:{listener.getsockname()[1]}")
        connection = serve_once(listener, b"+PONG\r\n", b"+OK\r\n+OK\r\n", head)
        lesson.until("online: full")
        connection.settimeout(1)
        sent = 0
        with contextlib.suppress(TimeoutError):  # it stops reading
            while sent < 200_000_000:
                sent += connection.send(getack)
        assert sent < 200_000_000 and resident_kb(lesson.process.pid) < 40_000, (sent, resident_kb(lesson.process.pid))
        connection.settimeout(WAIT_S)
        heard = 0
        while heard < 1_000_000:  # it goes on once it is read
            heard += len(connection.recv(65536))
        connection.close()
        lesson.until("lost: ")
        assert lesson.end()[0] == 0


def test_replica_loses_its_master():
    with redis() as server:
        lesson = Lesson("replica", f"127.0.0.1:{server.port}")
        lesson.until("online: full")
        server.process.kill()
        lesson.until("lost: ")
        lesson.until("refused: ", "connection refused")
        lesson.until("refused: ", "connection refused")
        code, text, _ = lesson.end()
        assert code == 0 and "1 full" in text, text


def port_of(lesson):
    return int(lesson.until("listening at").split("listening at 127.0.0.1:")[1].split()[0])


def test_master_of_a_server():
    for arguments in ((), ("--diskless", "--save", "1s")):
        lesson = Lesson("master", "--port", "0", "--backlog", "16kb", "--rate", "20/s", *arguments)
        with redis("--replicaof", f"127.0.0.1 {(port := port_of(lesson))}") as server:
            lesson.until("Full (requested)")
            lesson.until("r1", "online: full")
            server.until_up()
            lesson.until("REPLCONF ACK", " behind")
            lesson.type("drop 10ms")
            lesson.until("Partial (accepted)")
            lesson.until("r1", "online: partial")
            lesson.type("drop")
            lesson.until("nobody can connect")
            lesson.type("write 200kb")
            lesson.type("back")
            lesson.until("Full (backlog-passed)")
            lesson.until("r1", "online: full")
            server.until_up()
            assert server.info("master_port") == str(port)
            lesson.type("refuse")
            lesson.type("drop 10ms")
            lesson.until("Refused (no-master-link)")
            lesson.type("serve")
            lesson.until("r1", "online: partial")
            server.until_up()
            lesson.type("quit")
            code, text, _ = lesson.end(None)
            assert code == 0 and "2 full, 2 partial, 0 failed" in text, text
            assert text.split(" of ")[-1].strip() == server.info("master_replid"), text


def test_master_gives_its_data_and_its_stream():
    with redis() as source, tempfile.TemporaryDirectory() as folder:
        source.ask("SET", "from", "rdb")
        source.ask("SAVE")
        rdb = pathlib.Path(folder, "dump.rdb")
        rdb.write_bytes(pathlib.Path(source.dir.name, "dump.rdb").read_bytes())
        lesson = Lesson("master", "--port", "0", "--rdb", str(rdb), password="open sesame")
        port = port_of(lesson)
        with redis("--replicaof", f"127.0.0.1 {port}", "--masterauth", "open sesame") as server, \
                redis("--replicaof", f"127.0.0.1 {port}", "--masterauth", "wrong") as stranger, \
                redis("--replicaof", f"127.0.0.1 {port}", "--masterauth", "open sesame") as second:
            lesson.until("online: full")
            lesson.until("online: full")
            for replica in (server, second):
                replica.until_up()
                assert replica.ask("GET", "from") == "rdb"
            lesson.type("write 10kb")
            server.until(lambda server: server.ask("GET", "psyncsim:7"), "x" * 100)
            assert stranger.info("master_link_status") == "down"
            code, text, _ = lesson.end()
            assert code == 0 and "-WRONGPASS" in text and "sesame" not in text, text
            assert " r2 " in text.split("master at")[1], text


def test_both_of_ours():
    with tempfile.TemporaryDirectory() as folder:
        trace = pathlib.Path(folder, "master.jsonl")
        master = Lesson("master", "--port", "0", "--rate", "100/s", "--trace", str(trace))
        replica = Lesson("replica", f"127.0.0.1:{port_of(master)}", "--trace", "-", "--heartbeats", "--drop-after", "4kb",
                         "--away", "100ms", "--times", "2")
        for kind in ("full", "partial", "partial"):
            assert replica.event(event="resync")["kind"] == kind
        offset = replica.event(event="ack")["offset"]
        master.until(f"REPLCONF ACK {offset}")
        assert replica.end()[0] == 0
        assert not trace.exists()
        assert master.end()[0] == 0
        events = [json.loads(line) for line in trace.read_text().splitlines()]
        answers = [(event["kind"], event["reason"]) for event in events if event.get("event") == "answer"]
        assert answers == [("full", "requested"), ("partial", "accepted"), ("partial", "accepted")], answers
        assert events[-1]["replicas"][0]["partial"] == 2
        assert events[-1]["masters"][0]["backlog_first"] == 1, events[-1]


def test_master_hears_nonsense():
    lesson = Lesson("master", "--port", "0")
    port = port_of(lesson)
    with socket.create_connection(("127.0.0.1", port), timeout=WAIT_S) as client:
        client.sendall(b"GET / HTTP/1.1\r\n\r\n*1\r\nnonsense\r\n")
        answer = b""
        while part := client.recv(65536):
            answer += part
        assert b"-ERR unknown command 'GET'" in answer and b"-ERR Protocol error: expected '$'" in answer, answer
    lesson.until("protocol: ")
    busy = Lesson("master", "--port", str(port)).end(None)
    assert busy[0] == 4 and "address already in use" in busy[2], busy
    code, _, errors = lesson.end()
    assert code == 4 and "no replica ever came online" in errors, errors


def main():
    global PSYNCSIM
    PSYNCSIM = str(pathlib.Path(sys.argv[1], "psyncsim").resolve())
    if not os.access(SERVER, os.X_OK):
        print(f"there is no {SERVER}")
        return 77
    passed = failed = 0
    wanted = sys.argv[2:]
    for name, test in [item for item in globals().items() if item[0].startswith("test_")]:
        if wanted and name not in wanted:
            continue
        try:
            test()
            passed += 1
        except (AssertionError, queue.Empty, OSError) as error:
            print(f"{name}: {type(error).__name__}: {error}")
            failed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
