#!/usr/bin/python3
"""What the archives may ask of the C library, and that they hold no variable.

libm's exp, log and pow differ in the last bit between machines; of libm only what is exact everywhere is allowed.
The protocol (models/psync) owns no heap, file, clock or socket: it may use a short list of functions and no other.
A variable in .data or .bss would be shared by all worlds of a process.

usage: check_symbols.py BUILD
"""
import pathlib
import subprocess
import sys

EXACT_LIBM = {"sqrt", "floor", "ceil", "trunc", "fabs", "rint"}
PSYNC_MAY_USE = set(
    "memchr memcmp memcpy memmove memset strcasecmp strchr strcmp strcpy strcspn strlen strncasecmp strncmp strrchr "
    "strspn strstr snprintf vsnprintf __assert_fail abort __ctype_b_loc __stack_chk_fail _GLOBAL_OFFSET_TABLE_".split())
VARIABLE_SECTIONS = (".data", ".bss", ".tdata", ".tbss", "*COM*")
# Const tables that hold addresses: written by the loader, read-only after.
READ_ONLY = ".data.rel.ro"


def libm_symbols():
    """Every function of this machine's libm, with the exact ones taken out."""
    path = subprocess.run(["gcc", "-print-file-name=libm.so.6"], capture_output=True, text=True, check=True).stdout
    names = subprocess.run(["nm", "-D", "--defined-only", path.strip()], capture_output=True, text=True, check=True)
    return {line.split()[-1].split("@")[0] for line in names.stdout.splitlines()} - EXACT_LIBM


def rows(archive):
    """(member, name, class, section) of each symbol."""
    output = subprocess.run(["nm", "-A", "-f", "sysv", str(archive)], capture_output=True, text=True, check=True)
    for line in output.stdout.splitlines():
        fields = [field.strip() for field in line.split("|")]
        if len(fields) == 7 and fields[0] != "Name":
            member, _, name = fields[0].rpartition(":")
            yield member, name.split()[0], fields[2], fields[6]


def check(archive, forbidden):
    defined = {name for _, name, kind, _ in rows(archive) if kind != "U"}
    is_psync = archive.match("models/psync.a")
    for member, name, kind, section in rows(archive):
        if kind == "U" and name in forbidden:
            yield f"{member}: uses {name} of libm, which differs between machines"
        elif kind == "U" and is_psync and name not in PSYNC_MAY_USE | defined:
            yield f"{member}: the protocol may not use {name}"
        elif section.startswith(VARIABLE_SECTIONS) and not section.startswith(READ_ONLY):
            yield f"{member}: {name} is a variable ({section})"


def main():
    archives = sorted(path for top in ("sim", "models") for path in pathlib.Path(sys.argv[1], top).rglob("*.a"))
    forbidden = libm_symbols()
    errors = [error for archive in archives for error in check(archive, forbidden)]
    print("\n".join(errors), end="\n" if errors else "")
    if not archives or "exp" not in forbidden:
        sys.exit("check_symbols.py: no archives, or no libm, found")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
