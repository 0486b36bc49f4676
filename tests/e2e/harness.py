"""What the end-to-end tests share: running the program, looking at what it stored, and skipping with a reason."""
import atexit
import contextlib
import dataclasses
import fcntl
import functools
import hashlib
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import dovecot

PROJECT = pathlib.Path(__file__).resolve().parents[2]
LONG = os.environ.get("MAILSPOOR_TESTS_LONG") == "1"
CORPORA = pathlib.Path(os.environ.get("MAILSPOOR_CORPORA") or PROJECT.parent / "shared" / "corpus")
BINARIES = ("mailspoor", "mailspoor-deliver", "mailspoor-index", "mailspoor-sync")
SAMPLE = PROJECT / "tests" / "data" / "mailbox"
ESCAPES = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8e\x8f\xa8-\xae]|\xe2\x81[\xa6-\xa9]|\xd8\x9c")

# A sanitizer's report must not pass for an exit code of ours.
os.environ.update(ASAN_OPTIONS="exitcode=99", LSAN_OPTIONS="exitcode=99",
                  UBSAN_OPTIONS="exitcode=99:print_stacktrace=1")


def program(kind="MAILSPOOR"):
    """The program under test; `MAILSPOOR_RELEASE` is the one to measure."""
    default = {"MAILSPOOR": "dev", "MAILSPOOR_RELEASE": "release"}[kind]
    path = os.environ.get(kind) or str(PROJECT / "build" / default / "cli" / "mailspoor")
    if not os.access(path, os.X_OK):
        raise unittest.SkipTest(f"{path} is not built")
    return path


def copy_programs(directory):
    """The programs in a folder that others may look into."""
    os.makedirs(directory, exist_ok=True)
    for name in BINARIES:
        source = os.path.join(os.path.dirname(program()), name)
        try:
            os.link(source, f"{directory}/{name}")
        except OSError:
            shutil.copy(source, f"{directory}/{name}")


@functools.cache
def public_program():
    """The program under test where every user can start it: a checkout in root's home cannot be entered."""
    directory = tempfile.mkdtemp(prefix="mailspoor-programs-")
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    os.chmod(directory, 0o755)
    copy_programs(directory)
    return f"{directory}/mailspoor"


@dataclasses.dataclass
class Result:
    command: list
    code: int
    out: bytes
    err: bytes
    seconds: float
    hung: bool = False  # killed by the test, since its time was over

    @property
    def crash(self):
        """How the program broke down, or None."""
        if self.code == 99 or b"Sanitizer" in self.err or b"runtime error:" in self.err:
            return "a sanitizer has found something"
        if -self.code in (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE):
            return f"the program crashed: {signal.Signals(-self.code).name}"
        return None

    @property
    def text(self):
        return self.out.decode("utf-8", "surrogateescape")

    @property
    def errors(self):
        return self.err.decode("utf-8", "surrogateescape")

    def lines(self):
        return self.text.splitlines()

    def objects(self):
        return [json.loads(line) for line in self.out.splitlines()]

    def __str__(self):
        def cut(text):
            return text if len(text) < 4000 else text[:2000] + "\n[…]\n" + text[-2000:]
        return (f"$ {' '.join(map(str, self.command))}\nexit code {self.code} after {self.seconds:.1f} s\n"
                f"--- stdout\n{cut(self.text)}\n--- stderr\n{cut(self.errors)}")


class Mailspoor:
    """The program with a root and a configuration of its own, away from those of whoever runs the tests."""

    def __init__(self, directory, binary=None):
        self.binary = binary or program()
        self.directory = pathlib.Path(directory)
        self.root = self.directory / "store"
        self.environment = {key: value for key, value in os.environ.items()
                            if not key.startswith(("MAILSPOOR", "XDG_", "DOVECOT"))}
        self.environment.update(HOME=str(self.directory / "home"), XDG_CONFIG_HOME=str(self.directory / "config"),
                                XDG_DATA_HOME=str(self.directory / "data"), MAILSPOOR_ROOT=str(self.root),
                                TZ="UTC", LC_ALL="C.UTF-8")
        os.makedirs(self.directory / "home", exist_ok=True)

    def start(self, *arguments, **options):
        is_other_user = "user" in options and self.binary == program()
        command = [public_program() if is_other_user else self.binary, *map(str, arguments)]
        options.setdefault("stdin", subprocess.DEVNULL)
        started = time.monotonic()
        process = subprocess.Popen(command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
        process.started = started
        return process

    def end(self, process, input=None, timeout=600):
        """Waits for it, whatever becomes of it."""
        hung = False
        try:
            out, err = process.communicate(input=input, timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            err += f"\n[killed by the test after {timeout} s]".encode()
            hung = True
        return Result(process.args, process.returncode, out, err, time.monotonic() - process.started, hung)

    def finish(self, process, input=None, timeout=600):
        """Waits for it; a crash is an assertion that failed."""
        result = self.end(process, input, timeout)
        if result.crash:
            raise AssertionError(f"{result.crash}\n{result}")
        return result

    def run(self, *arguments, input=None, timeout=600, **options):
        if input is not None:
            options["stdin"] = subprocess.PIPE
        return self.finish(self.start(*arguments, **options), input, timeout)

    def run_on_terminal(self, *arguments, rows=24, columns=100, timeout=600, typed=b""):
        """Runs with a terminal as standard input, output and error output, and returns what appeared on it."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        command = [self.binary, *map(str, arguments)]
        started = time.monotonic()
        process = subprocess.Popen(command, env=dict(self.environment, TERM="xterm"), stdin=slave, stdout=slave,
                                   stderr=slave, start_new_session=True,
                                   preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)
        shown = b""
        while True:
            if time.monotonic() - started > timeout:
                process.kill()
            ready, _, _ = select.select([master], [], [], 0.2)
            if ready:
                try:
                    piece = os.read(master, 65536)
                except OSError:  # the last one has closed it
                    break
                if not piece:
                    break
                shown += piece
                if typed and re.search(rb"(?i)password|passphrase", shown):
                    os.write(master, typed)
                    typed = b""
            elif process.poll() is not None:
                break
        os.close(master)
        return Result(command, process.wait(), shown, b"", time.monotonic() - started)

    def sync(self, server, *arguments, url=None, user=None, **options):
        return self.run("sync", url or server.url(user), "--ca-file", server.ca_file, "--password-file",
                        server.password_file(user), *arguments, **options)

    def fill(self, *messages):
        """Messages in a Maildir of the root, as they lie there after a sync."""
        inbox = self.root / "mail" / "work"
        for name in ("cur", "new", "tmp"):
            (inbox / name).mkdir(parents=True, exist_ok=True)
        (inbox / "mailspoor.json").write_text(json.dumps({
            "schema": 1, "account": "work", "mailbox": "INBOX", "mailbox_raw": "INBOX", "delimiter": "/", "uid_validity": 1,
            "object_id": None}))
        for number, octets in enumerate(messages, 1):
            (inbox / "cur" / f"{1700000000 + number}.M{number}P1.host,S={len(octets)},V=1,U={number}:2,S").write_bytes(octets)

    # --- what it stored -------------------------------------------------------------------------------------------

    @property
    def database(self):
        return self.root / "index.db"

    def folders(self):
        """{path of a Maildir: what its mailspoor.json says}."""
        return {path.parent: json.loads(path.read_text()) for path in (self.root / "mail").rglob("mailspoor.json")
                if path.parent.name not in ("cur", "new", "tmp")}

    def stored(self):
        """{(mailbox, UIDVALIDITY, UID): [path, …]} of every message file with a UID in its name."""
        found = {}
        for folder, identity in self.folders().items():
            if folder.name == ".mailspoor-gone":
                continue
            for path in [*(folder / "cur").iterdir(), *(folder / "new").iterdir()]:
                match = re.search(r",V=(\d+),U=(\d+)", path.name)
                if not match:
                    raise AssertionError(f"{path} tells no UIDVALIDITY and UID")
                found.setdefault((identity["mailbox"], int(match[1]), int(match[2])), []).append(path)
        return found

    def hole_names(self, holes):
        """What `stored` calls the messages that these holes of `status` are about."""
        return [(hole["mailbox"], hole["uid_validity"], hole["uid"]) for hole in holes]

    def litter(self):
        """Files in any tmp/ folder, and temporary files elsewhere."""
        return [path for path in self.root.rglob("*") if path.is_file()
                and (path.parent.name == "tmp" or path.suffix in (".tmp", ".new", ".part"))]


    def index_rows(self):
        """All rows of the index, by table, with row numbers replaced by what they stand for: two indexes of the same mail
        are equal in this."""
        database = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)
        with contextlib.closing(database):
            tables = [name for name, sql in database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
                      if not name.startswith(("sqlite_", "document_words")) and name not in ("basis", "host", "vendor")]
            names = {"message": dict(database.execute("SELECT message, id FROM message")),
                     "mailbox": dict(database.execute("SELECT mailbox, folder FROM mailbox")),
                     "host": dict(database.execute("SELECT host, name FROM host")),
                     "vendor": dict(database.execute("SELECT vendor, name FROM vendor")),
                     "basis": {row[0]: row[1:] for row in database.execute("SELECT basis, account, trail, trackers FROM basis")}}
            names["document"] = names["message"]
            names["target_host"] = names["host"]
            found = {}
            # How far a journal has been read is no answer to anybody: its last lines may hold nothing for an index.
            left_out = ("placement", "journal_octets")
            for table in tables:
                cursor = database.execute(f'SELECT * FROM "{table}"')
                columns = [column[0] for column in cursor.description]
                found[table] = sorted(
                    (tuple((column, names[column].get(value, value) if column in names else value)
                           for column, value in zip(columns, row) if column not in left_out) for row in cursor), key=repr)
            return found

    def check_index(self):
        """What SQLite itself says of the file and of the full-text index."""
        database = sqlite3.connect(self.database)
        with contextlib.closing(database):
            answer = database.execute("PRAGMA integrity_check").fetchall()
            broken = database.execute("PRAGMA foreign_key_check").fetchall()
            database.execute("INSERT INTO document_words (document_words, rank) VALUES ('integrity-check', 1)")
        if answer != [("ok",)] or broken:
            raise AssertionError(f"index.db is damaged: {answer} {broken}")


def sha256(octets):
    return hashlib.sha256(octets).hexdigest()


def canonical_id(octets):
    """What Mailspoor calls the id of a message, computed here once more: over CRLF line ends, without a `From ` line."""
    if octets.startswith(b"From "):
        octets = octets.partition(b"\n")[2]
    octets = re.sub(rb"(?<!\r)\n", b"\r\n", octets)
    return sha256(octets if octets.endswith(b"\r\n") else octets + b"\r\n")


def message(number, size=600, subject=None, body="", fields=""):
    """A small message with a Message-ID of its own, CRLF ends."""
    text = (f"Received: from client{number % 50}.example.net (client.example.net [198.51.100.{number % 250 + 1}])\r\n"
            f"\tby mx.example.org (Postfix) with ESMTPS id Q{number:06d}\r\n"
            f"\tfor <user@example.org>; Mon, 1 Jan 2024 {number // 3600 % 24:02d}:{number // 60 % 60:02d}:{number % 60:02d} +0000\r\n"
            f"From: Sender {number % 20} <sender{number % 20}@example.net>\r\n"
            f"To: user@example.org\r\nSubject: {subject or f'Message number{number}'}\r\n"
            f"Date: Mon, 1 Jan 2024 {number // 3600 % 24:02d}:{number // 60 % 60:02d}:{number % 60:02d} +0000\r\n"
            f"Message-ID: <m{number}@example.net>\r\n{fields}MIME-Version: 1.0\r\n"
            f"Content-Type: text/plain; charset=utf-8\r\n\r\n{body or f'Body of message {number}.'}\r\n")
    words = [f"w{(number * 7919 + i * 104729) % 5000:04d}" for i in range(max(0, size - len(text)) // 6)]
    for i in range(0, len(words), 12):
        text += " ".join(words[i:i + 12]) + "\r\n"
    return text.encode()


class Proxy:
    """Sits between the program and a server on loopback. After `pass_octets` of what the server says it waits for `go_on`,
    or with `cut` it breaks the connection once."""

    def __init__(self, port, pass_octets=None, cut=False):
        self.target, self.left, self.cut = port, pass_octets, cut
        self.go_on = threading.Event()
        self.stalled = threading.Event()
        if pass_octets is None:
            self.go_on.set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.sockets = [self.listener]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.target))
            self.sockets += [client, server]
            threading.Thread(target=self._pump, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self._pump, args=(server, client, True), daemon=True).start()

    def _pump(self, source, sink, counted):
        try:
            while piece := source.recv(16384):
                if counted and not self.go_on.is_set():
                    self.left -= len(piece)
                    if self.left < 0:
                        self.stalled.set()
                        if self.cut:
                            self.go_on.set()
                            source.shutdown(socket.SHUT_RDWR)
                            break
                        self.go_on.wait(300)
                sink.sendall(piece)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self.go_on.set()
        for one in self.sockets:
            one.close()


class Case(unittest.TestCase):
    """A test with a temporary folder and helpers whose failures show the whole command."""

    maxDiff = 4000

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="mailspoor-test-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def server(self, **options):
        if not dovecot.available("pop3" if options.get("pop3") else "imap"):
            self.skipTest("Dovecot is not installed")
        server = dovecot.Dovecot(**options)
        server.start()
        self.addCleanup(server.stop)
        return server

    def expect(self, result, code=0):
        if result.code != code:
            self.fail(f"expected exit code {code}\n{result}")
        return result

    def expect_error(self, result, code, *texts):
        """An exit code, and texts that must stand on standard error without regard to case; each may be a regex."""
        self.expect(result, code)
        for text in texts:
            if not re.search(text, result.errors, re.IGNORECASE):
                self.fail(f"standard error does not tell {text!r}\n{result}")
        return result


def main():
    """Runs the test classes named on the command line, or all. 77 tells ctest that all were skipped."""
    outcome = unittest.main(module="__main__", exit=False, verbosity=2).result
    for case, reason in outcome.skipped:
        print(f"skipped: {case}: {reason}", flush=True)
    if not outcome.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if outcome.skipped and len(outcome.skipped) >= outcome.testsRun else 0)
