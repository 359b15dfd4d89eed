#!/usr/bin/python3
"""psyncsim probe against a real redis-server: the scenario is valid and tells what the server has; users with few rights;
CONFIG forbidden; passwords; and nothing but INFO, CONFIG GET and AUTH reaches the server.

usage: test_probe.py BUILD [TEST...]
"""
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading

from test_lessons import SERVER, WAIT_S, Redis, free_port


class Writer:
    """Writes 1000-byte values, as fast as they are answered, while it is open."""

    def __init__(self, server):
        self.server, self.is_over = server, threading.Event()
        self.thread = threading.Thread(target=self.write)

    def write(self):
        while not self.is_over.is_set():
            self.server.ask("SET", "key", "x" * 1000)

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()


def probe(port, *options, password=None):
    env = {key: value for key, value in os.environ.items() if key != "PSYNCSIM_PASSWORD"}
    if password:
        env["PSYNCSIM_PASSWORD"] = password
    return subprocess.run([PSYNCSIM, "probe", f"127.0.0.1:{port}", "--for", "400ms", "--every", "50ms", *options],
                          capture_output=True, text=True, env=env, timeout=WAIT_S)


def run(*arguments, text=None):
    return subprocess.run([PSYNCSIM, *arguments], input=text, capture_output=True, text=True, timeout=WAIT_S * 4)


def commands(server):
    """{command: calls} that the server saw, but for those of this test's own connection."""
    lines = server.ask("INFO", "commandstats").split("\r\n")
    return {match[1]: int(match[2]) for line in lines if (match := re.match(r"cmdstat_(\S+):calls=(\d+)", line))}


def with_server(*options):
    def decorate(test):
        def run_it():
            server = Redis(*options)
            try:
                test(server)
            finally:
                server.stop()
        run_it.__name__ = test.__name__
        return run_it
    return decorate


def check_valid(result):
    assert result.returncode == 0, result.stderr
    checked = run("check", "-", text=result.stdout)
    assert checked.returncode == 0, checked.stderr + result.stdout


@with_server("--repl-backlog-size", "3mb", "--repl-timeout", "77", "--maxmemory", "900mb",
             "--client-output-buffer-limit", "replica 11mb 7mb 21")
def test_a_running_master_becomes_a_scenario(server):
    replica = Redis("--replicaof", "127.0.0.1", str(server.port))
    try:
        replica.until_up()
        before = commands(server)
        writes = before.get("set", 0)
        with Writer(server):
            result = probe(server.port)
        check_valid(result)
        seen = {name: calls - before.get(name, 0) for name, calls in commands(server).items()}
        for name in ("set", "replconf", "ping"):
            seen.pop(name, None)
        seen["info"] -= 1  # the question before this one
        assert {name for name, calls in seen.items() if calls} <= {"info", "config|get"}, seen
        assert seen["info"] == 9 and seen["config|get"] >= 18, seen
        for line in ("repl-backlog-size: 3mb", "repl-timeout: 77", "maxmemory: 900mb", "server: redis-7.0",
                     "client-output-buffer-limit: replica 11mb 7mb 21", "r1: { replicaof: m"):
            assert line in result.stdout, f"{line} is not in\n{result.stdout}"
        assert "r2:" not in result.stdout
        assert server.info("rdb_saves") == replica.info("rdb_saves") == "0"
        assert commands(server)["set"] > writes
        # Whoever writes 1000 bytes at a time, as fast as a loopback answers, writes more than 10 KB/s.
        found = re.search(r"\brate: ([\d.]+)(b|kb|mb)/s", result.stdout)
        assert float(found[1]) * {"b": 1, "kb": 1024, "mb": 1048576}[found[2]] > 10240, result.stdout
    finally:
        replica.stop()


@with_server()
def test_what_it_writes_can_be_run_and_sized(server):
    with Writer(server):
        result = probe(server.port)
    check_valid(result)
    assert "makes no replication stream, for it has neither replica nor backlog" in result.stderr, result.stderr
    assert "total_net_input_bytes" in result.stdout, result.stdout
    ran = run("run", "-", "--set", "duration=10min", text=result.stdout)
    assert ran.returncode == 0, ran.stderr
    sized = run("size", "-", text=result.stdout)
    assert sized.returncode in (0, 1) and "repl-backlog-size" in sized.stdout, sized.stderr


@with_server()
def test_a_user_of_info_alone_goes_on_without_config(server):
    server.ask("ACL", "SETUSER", "looker", "on", ">secret", "-@all", "+info")
    result = probe(server.port, "--user", "looker", password="secret")
    check_valid(result)
    assert "CONFIG GET is refused (NOPERM" in result.stderr, result.stderr
    assert "repl-backlog-size: 16kb" in result.stdout  # by INFO
    assert "secret" not in result.stdout + result.stderr


@with_server("--rename-command", "CONFIG", "")
def test_a_server_without_config_is_known_by_info(server):
    result = probe(server.port)
    check_valid(result)
    assert "CONFIG GET is refused (ERR unknown command" in result.stderr, result.stderr


@with_server()
def test_a_user_without_info_is_told_what_it_needs(server):
    server.ask("ACL", "SETUSER", "blind", "on", ">secret", "-@all", "+ping")
    result = probe(server.port, "--user", "blind", password="secret")
    assert result.returncode == 4 and "refuses INFO; the user needs +info" in result.stderr, result.stderr
    assert result.stdout == ""


@with_server("--requirepass", "secret")
def test_passwords_are_asked_for_and_wrong_ones_refused(server):
    none, wrong, right = probe(server.port), probe(server.port, password="wrong"), probe(server.port, password="secret")
    assert none.returncode == 4 and "requires a password: PSYNCSIM_PASSWORD" in none.stderr, none.stderr
    assert wrong.returncode == 4 and "rejected the credentials" in wrong.stderr, wrong.stderr
    check_valid(right)


@with_server()
def test_an_interrupt_ends_the_watch_with_what_there_is(server):
    process = subprocess.Popen([PSYNCSIM, "probe", f"127.0.0.1:{server.port}", "--for", "1h", "--every", "10ms"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    server.until(lambda one: commands(one).get("info", 0) > 8, True)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=WAIT_S)
    assert process.returncode == 0 and "load:" in output, errors


@with_server()
def test_the_file_is_whole_or_absent(server):
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory) / "probe.yaml"
        with Writer(server):
            result = probe(server.port, "--output", str(path))
        assert result.returncode == 0 and result.stdout == "", result.stderr
        assert run("check", str(path)).returncode == 0
        failed = probe(free_port(), "--output", str(pathlib.Path(directory) / "none.yaml"))
        assert failed.returncode == 4 and "cannot ask" in failed.stderr, failed.stderr
        assert os.listdir(directory) == ["probe.yaml"]


def certificates(folder):
    """An authority, and a certificate by it for the name redis.test, made by openssl."""
    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, timeout=WAIT_S)
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.crt", "-days", "2",
            "-subj", "/CN=an authority")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "redis.key", "-out", "redis.csr", "-subj", "/CN=redis.test")
    pathlib.Path(folder, "names").write_text("subjectAltName=DNS:redis.test\n")
    openssl("x509", "-req", "-in", "redis.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", "names", "-out", "redis.crt")


def test_tls():
    with tempfile.TemporaryDirectory() as folder:
        certificates(folder)
        ca, cert, key = (f"{folder}/{name}" for name in ("ca.crt", "redis.crt", "redis.key"))
        port = free_port()
        server = Redis("--tls-port", str(port), "--tls-ca-cert-file", ca, "--tls-cert-file", cert, "--tls-key-file", key,
                       "--repl-timeout", "77", "--requirepass", "secret")
        try:
            own = ("--cert", cert, "--key", key)
            result = probe(port, "--cacert", ca, *own, "--sni", "redis.test", password="secret")
            check_valid(result)
            assert "repl-timeout: 77" in result.stdout, result.stdout
            check_valid(probe(port, "--tls", "--cacert", ca, *own, password="secret"))
            for options, words in (((*own,), "certificate"),
                                   (("--cacert", ca, *own, "--sni", "other.test"), "ostname mismatch"),
                                   (("--cacert", ca), "TLS: asking"),  # tls-auth-clients
                                   (("--cacert", key, *own), "--cacert"),
                                   (("--cacert", ca, "--cert", ca, "--key", key), "--key")):
                result = probe(port, *options, password="secret")
                assert result.returncode == 4 and words in result.stderr and not result.stdout, (options, result.stderr)
            assert probe(port, "--cert", cert).returncode == 2
            result = probe(server.port, "--cacert", ca, password="secret")  # its plain port
            assert result.returncode == 4 and "TLS: the handshake" in result.stderr, result.stderr
            result = probe(port, password="secret")
            assert result.returncode == 4, result.stderr
        finally:
            server.stop()


def main():
    global PSYNCSIM
    PSYNCSIM = str(pathlib.Path(sys.argv[1]).resolve() / "psyncsim")
    if not os.path.exists(SERVER):
        print("no redis-server")
        sys.exit(77)
    tests = {name: test for name, test in globals().items() if name.startswith("test_")}
    for name in sys.argv[2:] or tests:
        tests[name]()
        print(f"  {name}")


if __name__ == "__main__":
    main()
