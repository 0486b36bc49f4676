#!/usr/bin/python3
"""A client that is careless in one way, to test the judges with: `MAILSPOOR_CARELESS` says in which.

It runs the real program, `MAILSPOOR_CAREFUL`, and then does what a bad one would have done: to the store, on the line, on
standard error, or to itself. Commands other than `sync` are the real program's.
"""
import base64
import imaplib
import os
import pathlib
import poplib
import re
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
import urllib.parse


def option(name):
    return sys.argv[sys.argv.index(name) + 1]


class Careless:
    def __init__(self):
        self.root = pathlib.Path(os.environ["MAILSPOOR_ROOT"])
        self.url = urllib.parse.urlsplit(next(word for word in sys.argv if word.startswith(("imap", "pop3"))))
        with open(option("--password-file")) as file:
            self.password = file.read().strip()

    def messages(self):
        return sorted(path for path in self.root.rglob("cur/*"))

    def session(self):
        context = ssl.create_default_context(cafile=option("--ca-file"))
        if self.url.scheme == "pop3s":
            pop3 = poplib.POP3_SSL("localhost", self.url.port, context=context)
            pop3.user(self.url.username)
            pop3.pass_(self.password)
            return pop3
        imap = imaplib.IMAP4_SSL("localhost", self.url.port, ssl_context=context)
        imap.login(self.url.username, self.password)
        return imap

    # Each does one kind of damage; the judge must name that kind.

    def crash(self):
        os.kill(os.getpid(), signal.SIGSEGV)

    def hang(self):
        time.sleep(600)

    def memory(self):
        octets = bytearray(400 << 20)
        octets[::4096] = b"x" * len(octets[::4096])
        time.sleep(0.2)

    def exit(self):
        sys.exit(7)

    def silent(self):
        sys.exit(13)

    def lost(self):
        self.messages()[0].unlink()

    def twice(self):
        path = self.messages()[0]
        shutil.copy(path, path.with_name("x" + path.name))

    def torn(self):
        path = self.messages()[0]
        path.write_bytes(path.read_bytes()[:-10])

    def forged(self):
        path = self.messages()[0]
        path.write_bytes(path.read_bytes() + b"and more\r\n")

    def litter(self):
        next(self.root.rglob("tmp")).joinpath("sync-left").write_bytes(b"half a mess")

    def outside(self):
        (self.root.parent.parent / "climbed").write_bytes(b"here I am")

    def index(self):
        database = sqlite3.connect(self.root / "index.db")
        database.execute("DELETE FROM defect")
        database.execute("UPDATE message SET subject = 'something else'")
        database.commit()

    def secret_printed(self):
        print(f"logging in with {self.password}", file=sys.stderr)

    def secret_encoded(self):
        octets = f"\0{self.url.username}\0{self.password}".encode()
        print("C: AUTHENTICATE PLAIN " + base64.b64encode(octets).decode(), file=sys.stderr)

    def unindexed(self):
        database = sqlite3.connect(self.root / "index.db")
        database.execute("DELETE FROM placement")
        database.commit()

    def secret_stored(self):
        (self.root / "log").write_text(f"LOGIN user {self.password}\n")

    def secret_in_clear(self):
        with socket.create_connection(("localhost", self.url.port)) as line:
            line.sendall(f"{'PASS' if self.url.scheme == 'pop3s' else 'a LOGIN ' + self.url.username} {self.password}\r\n".encode())
            time.sleep(0.2)

    def escape(self):
        print("INBOX: \x1b[2J\x1b[31mthree new messages", file=sys.stderr)

    def injected(self):
        self.session().delete("INBOX")

    def marks_as_read(self):
        imap = self.session()
        imap.select("INBOX", readonly=True)
        imap.uid("FETCH", "1", "(BODY[])")

    def deletes(self):
        pop3 = self.session()
        pop3.dele(1)
        pop3.rset()

    def reads_bodies(self):
        self.session().top(1, 5)

    def misnamed(self):
        """The file tells another UIDL."""
        path = self.messages()[0]
        path.rename(path.with_name(re.sub(",I=[0-9a-f]+", ",I=0123456789abcdef", path.name)))


def main():
    real = os.environ["MAILSPOOR_CAREFUL"]
    if "sync" not in sys.argv[1:]:
        os.execv(real, [real, *sys.argv[1:]])
    code = subprocess.run([real, *sys.argv[1:]]).returncode
    getattr(Careless(), re.sub(r"\W", "_", os.environ["MAILSPOOR_CARELESS"]))()
    return code


if __name__ == "__main__":
    sys.exit(main())
