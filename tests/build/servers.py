"""Servers of other versions for the tests: scripts/servers unpacks what is not there yet."""
import pathlib
import subprocess

WANTED = ("redis-8", "valkey-8", "valkey-9")

SKIPPED = 77


def other_servers():
    """({name: path of its program}, why some of WANTED are not there; "": all are)."""
    result = subprocess.run(["sh", "scripts/servers"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    found = {path.parent.name: str(path) for path in sorted(pathlib.Path("build/servers").glob("*/redis-server"))}
    missing = [name for name in WANTED if name not in found]
    return found, f"no {', '.join(missing)}: scripts/servers: exit code {result.returncode}\n{result.stderr}" if missing else ""


def conclude(found, missing):
    """Prints what is wrong among `found` ("" where all is well), and the count; returns the exit code."""
    failed = [words for words in found if words]
    print("\n".join(failed))
    if missing and not failed:
        print(f"SKIPPED: {missing}")
        return SKIPPED
    print(f"{len(found) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0
