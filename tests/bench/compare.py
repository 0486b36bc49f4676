#!/usr/bin/python3
"""Mailspoor beside mbsync, notmuch and mu: first sync, sync again, index, search. Every figure is a median of wall times in
this very run, and the last column is how many times as long as Mailspoor the other one took.

  compare.py [--messages 5000] [--runs 3] [--mail DIR]     MAILSPOOR names the program (default: build/release)

Without --mail the messages are made up; DIR is a tree of message files. Programs that are not installed are left out. The
server waits for no disk, so that it is not what is measured; the clients do.
"""
import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import dovecot
import harness

QUERIES = {"a common word": "message", "a rare word": "w0042", "a sender": "from:sender7@example.net",
           "nothing": "nosuchwordanywhere"}


def timed(command, environment):
    started = time.monotonic()
    done = subprocess.run([str(word) for word in command], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    seconds = time.monotonic() - started
    # mu find says 4 and notmuch nothing where there is nothing.
    if done.returncode not in ((0, 4) if "find" in command else (0,)):
        sys.exit(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stderr}")
    return seconds


class Mailspoor:
    name = "mailspoor"

    def __init__(self, place, server, spoor):
        self.environment, self.program = dict(spoor.environment, MAILSPOOR_ROOT=f"{place}/store"), spoor.binary
        self.connection = [server.url(), "--ca-file", server.ca_file, "--password-file", server.password_file()]

    def sync(self):
        return [self.program, "sync", "--no-index", *self.connection]

    def index(self):
        return [self.program, "index"]

    def search(self, query):
        return [self.program, "search", "--limit", "50", query]


class Mbsync:
    name = "mbsync"

    def __init__(self, place, server, _):
        self.environment = dict(os.environ)
        os.makedirs(f"{place}/mail")
        self.config = f"{place}/mbsyncrc"
        with open(os.open(self.config, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(f"IMAPAccount a\nHost localhost\nPort {server.imaps_port}\nUser {server.user}\nPass {server.password()}\n"
                       f"SSLType IMAPS\nCertificateFile {server.ca_file}\n\nIMAPStore far\nAccount a\n\n"
                       f"MaildirStore near\nPath {place}/mail/\nInbox {place}/mail/INBOX\nSubFolders Verbatim\n\n"
                       "Channel c\nFar :far:\nNear :near:\nPatterns *\nCreate Near\nSync Pull\nExpunge None\nSyncState *\n")

    def sync(self):
        return ["mbsync", "-q", "-c", self.config, "c"]


class Notmuch:
    name = "notmuch"

    def __init__(self, place, maildir):
        os.makedirs(f"{place}/db")
        with open(f"{place}/rc", "w") as file:
            file.write(f"[database]\npath={place}/db\nmail_root={maildir}\n[new]\ntags=new\nignore=mailspoor.json;mailspoor.journal\n"
                       "[maildir]\nsynchronize_flags=false\n[user]\nprimary_email=user@example.org\n")
        self.environment = dict(os.environ, NOTMUCH_CONFIG=f"{place}/rc")

    def index(self):
        return ["notmuch", "new", "--quiet", "--no-hooks"]

    def search(self, query):
        return ["notmuch", "search", "--limit=50", "--output=summary", query]


class Mu:
    name = "mu"

    def __init__(self, place, maildir):
        self.environment, self.home = dict(os.environ), f"{place}/mu"
        timed(["mu", "init", "--quiet", "--maildir", maildir, "--muhome", self.home], self.environment)

    def index(self):
        return ["mu", "index", "--quiet", "--muhome", self.home]

    def search(self, query):
        return ["mu", "find", "--muhome", self.home, "-n", "50", "--sortfield=date", "-z", query]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=5000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--mail", metavar="DIR")
    arguments = parser.parse_args()
    times = {}

    def record(what, who, seconds):
        times.setdefault(what, {}).setdefault(who, []).append(seconds)

    place = tempfile.mkdtemp(prefix="mailspoor-bench-")
    try:
        with dovecot.Dovecot() as server:
            if arguments.mail:
                for path in sorted(path for path in pathlib.Path(arguments.mail).rglob("*") if path.is_file()):
                    server.add("INBOX", path.read_bytes())
            else:
                for number in range(arguments.messages):
                    server.add("INBOX", harness.message(number, size=1000 + number * 37 % 9000))
            spoor = harness.Mailspoor(f"{place}/home", harness.program("MAILSPOOR_RELEASE"))
            fetchers = [Mailspoor] + ([Mbsync] if shutil.which("mbsync") else [])
            for number in range(arguments.runs):
                for kind in fetchers:
                    # A fresh folder each time and none removed before the end: a file system that has just deleted
                    # thousands of files makes new ones more slowly.
                    own = f"{place}/{kind.name}-{number}"
                    os.makedirs(own)
                    one = kind(own, server, spoor)
                    os.sync()
                    record("first sync", kind.name, timed(one.sync(), one.environment))
                    time.sleep(2)  # mbsync waits by itself when the Maildir changed within the second
                    record("sync again", kind.name, timed(one.sync(), one.environment))
            ours = Mailspoor(f"{place}/mailspoor-0", server, spoor)
            record("index", ours.name, timed(ours.index(), ours.environment))
        maildir = next(pathlib.Path(place, "mailspoor-0", "store", "mail").iterdir())
        searchers = [ours]
        for kind in (Notmuch, Mu):
            if shutil.which(kind.name):
                own = f"{place}/{kind.name}"
                os.makedirs(own)
                one = kind(own, maildir)
                record("index", kind.name, timed(one.index(), one.environment))
                searchers.append(one)
        for _ in range(max(5, arguments.runs)):
            for what, query in QUERIES.items():
                for one in searchers:
                    record(f"search: {what}", one.name, timed(one.search(query), one.environment))
    finally:
        shutil.rmtree(place, ignore_errors=True)
    for what, by in times.items():
        base = statistics.median(by["mailspoor"])
        for who, seconds in by.items():
            median = statistics.median(seconds)
            print(f"{what:<24} {who:<10} {median * 1000:>10.1f} ms  {median / base:>6.2f}")


if __name__ == "__main__":
    main()
