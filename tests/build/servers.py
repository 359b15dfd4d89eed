"""Servers of other versions for the tests: scripts/servers unpacks what is not there yet."""
import pathlib
import subprocess

WANTED = ("redis-8", "valkey-8", "valkey-9")


def other_servers():
    """({name: path of its program}, why some of WANTED are not there; "": all are)."""
    result = subprocess.run(["sh", "scripts/servers"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    found = {path.parent.name: str(path) for path in sorted(pathlib.Path("build/servers").glob("*/redis-server"))}
    missing = [name for name in WANTED if name not in found]
    return found, f"no {', '.join(missing)}: scripts/servers: exit code {result.returncode}\n{result.stderr}" if missing else ""
