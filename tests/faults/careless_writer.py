#!/usr/bin/python3
"""Stores messages as no program should: `careless_writer.py MAILDIR MESSAGE...` syncs nothing, writes into cur/ what
readers already see, takes no notice of errors and short counts, and ends with exit code 0. The faults must show in it,
and the judge must see what they did."""
import contextlib
import os
import sys


def write(path, octets):
    with contextlib.suppress(OSError):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with contextlib.suppress(OSError):
            os.write(file, octets[:200])
            os.write(file, octets[200:])
        os.close(file)


def main():
    maildir, *messages = sys.argv[1:]
    for uid, message in enumerate(messages, 1):
        with open(message, "rb") as file:
            octets = file.read()
        # It does not look at what it holds: a second run has other names and stores all again.
        name = f"{os.getpid()}_{uid}.careless,S={len(octets)},V=1,U={uid}"
        if uid % 2:
            write(f"{maildir}/cur/{name}:2,", octets)
        else:
            write(f"{maildir}/tmp/{name}", octets)
            with contextlib.suppress(OSError):
                os.rename(f"{maildir}/tmp/{name}", f"{maildir}/new/{name}")


if __name__ == "__main__":
    main()
