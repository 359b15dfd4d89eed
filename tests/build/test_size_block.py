#!/usr/bin/python3
"""A server starts with what size prints for redis.conf: the block of the README and of three other answers, as it stands. CONFIG SET lines
are taken by the same server, size has nothing to change once the block is in force, and size --scenario writes what run accepts.

usage: test_size_block.py BUILD
"""
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

SERVERS = [path for name in ("redis-server", "valkey-server") if (path := shutil.which(name))]
ANSWERS = [["--write-rate", "500kb/s", "--dataset", "4gb"],
           ["--write-rate", "5mb/s", "--dataset", "8gb", "--outages", "spanning-tree", "--target", "one in 10 years"],
           ["scenarios/redis-2315-soft-limit.yaml"]]
checks = []


def check(holds, name):
    checks.append(bool(holds))
    if not holds:
        print(f"does not hold: {name}")


def block(text):
    """What stands indented behind "For redis.conf", up to the next line that is not."""
    lines = text[text.index("For redis.conf"):].split("\n")[2:]
    return "\n".join(line for line in lines[:next(i for i, line in enumerate(lines) if not line.startswith("  "))]) + "\n"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def ask(port, *words):
    """One command, its reply's first bytes; b"" while nobody listens."""
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as link:
            link.sendall(f"*{len(words)}\r\n".encode() + b"".join(b"$%d\r\n%s\r\n" % (len(word), word.encode()) for word in words))
            return link.recv(1000)
    except OSError:
        return b""


def starts(server, text, live, name):
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        (pathlib.Path(folder) / "redis.conf").write_text(f"port {port}\nbind 127.0.0.1\ndir {folder}\n" + text)
        process = subprocess.Popen([server, f"{folder}/redis.conf"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        until = time.monotonic() + 20
        while process.poll() is None and not ask(port, "PING").startswith(b"+PONG") and time.monotonic() < until:
            time.sleep(0.05)
        is_up = ask(port, "PING").startswith(b"+PONG")
        check(is_up, f"{server} starts with the block of {name}:\n{text}")
        for line in live if is_up else []:
            check(ask(port, *line).startswith(b"+OK"), f"{server} takes {line}")
        process.kill()
        process.communicate()


def figure(text):
    """The verdict's own number: "0.89" of "...: 0.89 full resyncs per replica in a year"."""
    return re.search(r": (\S+) full resyncs", " ".join(text.split()))[1]


def check_in_force(psyncsim, words, text, conf):
    conf.write_text(block(text))
    again = subprocess.run([psyncsim, "size", *words, "--conf", conf], stdout=subprocess.PIPE, text=True, check=True).stdout
    check(again.startswith("Nothing needs to change (repl-backlog-size "), f"{words}, with the block in force: {again[:300]}")
    check(figure(again) == figure(text), f"{words}: {figure(text)} before the block is in force, {figure(again)} then")
    check("As configured now" not in again, f"{words}: what is in force is said once")


def main():
    psyncsim = f"{sys.argv[1]}/psyncsim"
    check(SERVERS, "a server is installed")
    blocks = [("README.md", block(pathlib.Path("README.md").read_text()), [])]
    for words in ANSWERS:
        result = subprocess.run([psyncsim, "size", *words, "--details"], stdout=subprocess.PIPE, text=True, check=False)
        live = [[part.strip('"') for part in re.findall(r'"[^"]*"|\S+', line)[1:]]
                for line in result.stdout.split("\n") if line.startswith("  redis-cli CONFIG SET")]
        check(len(live) == 4, f"{words}: four CONFIG SET lines, {len(live)} found")
        blocks.append((" ".join(words), block(result.stdout), live))
        if words[0].startswith("--"):
            with tempfile.TemporaryDirectory() as folder:
                check_in_force(psyncsim, words, result.stdout, pathlib.Path(folder) / "redis.conf")
    for server in SERVERS:
        for name, text, live in blocks:
            starts(server, text, live, name)
    written = subprocess.run([psyncsim, "size", *ANSWERS[0], "--scenario", "-"], stdout=subprocess.PIPE, text=True, check=True).stdout
    run = subprocess.run([psyncsim, "run", "-"], input=written, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    check(run.returncode == 0, f"run takes what --scenario wrote: {run.stderr}")
    print(f"{sum(checks)} passed, {len(checks) - sum(checks)} failed")
    return 0 if all(checks) else 1


if __name__ == "__main__":
    sys.exit(main())
