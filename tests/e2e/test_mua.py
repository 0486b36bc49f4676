#!/usr/bin/python3
"""Mail programs at work in our Maildir, during a sync and between two: nothing is lost and nothing fetched twice."""
import email
import os
import pty
import select
import shutil
import subprocess
import time
import unittest

import dovecot
import harness
from harness import message
from imap_client import ImapClient, everything

COUNT = 400
SIZE = 40_000  # so that a batch is committed (8 MiB, whole windows of 4 MiB) long before the last message comes


def message_id(octets):
    return email.message_from_bytes(octets)["Message-ID"]


class Mutt:
    """mutt on a terminal of its own, with keys typed for it."""

    def __init__(self, store, directory):
        if not shutil.which("mutt"):
            raise unittest.SkipTest("mutt is not installed")
        self.store = store
        self.directory = directory
        self.settings = os.path.join(directory, "muttrc")
        with open(self.settings, "w") as file:
            file.write("set mbox_type=Maildir confirmappend=no confirmcreate=no delete=yes move=no quit=yes sleep_time=0\n"
                       f"set folder={directory} spoolfile={directory} record=''\n"
                       "set wait_key=no mark_old=no collapse_unread=no header_cache='' beep=no\n")

    def type(self, folder, keys):
        terminal, slave = pty.openpty()
        environment = {"TERM": "vt100", "HOME": self.directory, "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        process = subprocess.Popen(["mutt", "-n", "-F", self.settings, "-f", str(folder), "-e", f'push "{keys}"'],
                                   stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True)
        os.close(slave)
        shown = b""
        deadline = time.monotonic() + 120
        while process.poll() is None and time.monotonic() < deadline:
            if select.select([terminal], [], [], 0.1)[0]:
                try:
                    shown += os.read(terminal, 65536)
                except OSError:
                    break
        if process.poll() is None and time.monotonic() >= deadline:
            process.kill()
        code = process.wait()
        os.close(terminal)
        if code != 0:
            raise AssertionError(f"mutt ended with {code}: {shown[-2000:]!r}")

    def flag(self, folder, pattern):
        self.type(folder, f"<tag-pattern>{pattern}<enter><tag-prefix-cond><flag-message><end-cond><quit>")

    def move(self, folder, pattern, target):
        self.type(folder, f"<tag-pattern>{pattern}<enter><tag-prefix-cond><save-message>{target}<enter><end-cond>"
                          "<sync-mailbox><exit>")


class Peer:
    """Dovecot that serves our Maildir to somebody else's mail program."""

    def __init__(self, store, case):
        self.top = store / "mail" / "work"
        self.store = store
        self.case = case
        self.server = dovecot.Dovecot(separator=".", settings=f"mail_location = maildir:{self.top}:LAYOUT=maildir++:"
                                                              "INDEX={dir}/index/peer:CONTROL={dir}/index/control\n")
        self.server.start()
        case.addCleanup(self.server.stop)

    def session(self):
        """Dovecot never serves root's mail."""
        os.chmod(self.case.folder, 0o755)
        for path in [self.store, *self.store.rglob("*")]:
            os.chown(path, self.server.uid, self.server.gid, follow_symlinks=False)
        return ImapClient(self.server)


class Mua(harness.Case):
    def setUp(self):
        super().setUp()
        self.server = self.server()
        for number in range(COUNT):
            self.server.add("INBOX", message(number, size=SIZE))
        self.server.add("Archive", message(9000))
        self.spoor = harness.Mailspoor(self.folder)
        config = self.spoor.directory / "config" / "mailspoor" / "config.toml"
        config.parent.mkdir(parents=True)
        self.config = config
        self.inbox = self.spoor.root / "mail" / "work"
        self.archive = self.inbox / ".Archive"
        self.configure(self.server.imaps_port)

    def configure(self, port):
        self.config.write_text(f"""[accounts.work]
url = "{self.server.url(port=port)}"
ca_file = "{self.server.ca_file}"
password_file = "{self.server.password_file()}"
no_compress = true
""")

    def sync(self):
        line, = self.expect(self.spoor.run("sync", "work", "--format", "jsonl")).objects()
        return line

    def sync_stalled(self):
        """A sync that waits in the middle of INBOX, with a batch in place; and what lets it go on."""
        proxy = harness.Proxy(self.server.imaps_port, pass_octets=14_000_000)
        self.addCleanup(proxy.close)
        self.configure(proxy.port)
        process = self.spoor.start("sync", "work", "--format", "jsonl")
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.assertTrue(proxy.stalled.wait(300), "the sync has not come so far")
        deadline = time.monotonic() + 300  # two processors, sanitizers and other tests
        while len(list(self.inbox.glob("cur/*"))) < 100 and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertGreaterEqual(len(list(self.inbox.glob("cur/*"))), 100)

        def go_on():
            proxy.go_on.set()
            line, = self.expect(self.spoor.finish(process)).objects()
            self.configure(self.server.imaps_port)
            return line
        return go_on

    def held(self):
        """{Message-ID: [path, …]} of all files in the account."""
        found = {}
        for path in [*self.inbox.glob("cur/*"), *self.inbox.glob("new/*"), *self.inbox.glob(".*/cur/*"),
                     *self.inbox.glob(".*/new/*")]:
            found.setdefault(message_id(path.read_bytes()), []).append(path)
        return found

    def search(self):
        """{Message-ID: row} of what is here. What a mail program has deleted, or written anew, the index knows still."""
        found = [one for one in self.expect(self.spoor.run("search", "--format", "jsonl", "*")).objects() if one["paths"]]
        self.assertEqual(len(found), len({one["message_id"] for one in found}))
        return {one["message_id"]: one for one in found}

    def check_all(self):
        """Everything is here once, nothing is fetched again, and the index tells the same when it is made anew."""
        line = self.sync()
        self.assertEqual((line["fetched"], line["gone"], line["holes"]), (0, 0, 0))
        held = self.held()
        truth = {message_id(octets): octets for octets in everything(self.server).values()}
        self.assertEqual(set(held), set(truth))
        self.assertEqual({name: len(paths) for name, paths in held.items() if len(paths) != 1}, {})
        for (path,) in held.values():
            if ",U=" in path.name:  # what a mail program has copied, it may have written in its own way
                octets = path.read_bytes()
                self.assertEqual(octets, truth[message_id(octets)], path)
        self.assertEqual(self.spoor.litter(), [])
        self.expect(self.spoor.run("index"))
        found = self.search()
        self.assertEqual({f"<{name}>" for name in found}, set(truth))
        self.assertEqual([(name, one["paths"]) for name, one in found.items()
                          if one["paths"] != [str(path) for path in held[f"<{name}>"]]], [])
        self.spoor.check_index()
        self.expect(self.spoor.run("index", "--rebuild"))
        again = self.search()
        self.assertEqual({name: (one["id"], one["paths"]) for name, one in again.items()},
                         {name: (one["id"], one["paths"]) for name, one in found.items()})
        return held

    def ids(self, first, last):
        return {f"<m{number}@example.net>" for number in range(first, last)}

    @staticmethod
    def pattern(names):
        """What mutt calls the messages of these Message-IDs."""
        return "~i '^<(" + "|".join(name.strip("<>").partition("@")[0] for name in names) + ")@'"

    def check_places(self, held, flagged, moved):
        self.assertEqual({name for name, (path,) in held.items() if "F" in path.name.rpartition(":2,")[2]}, flagged)
        self.assertEqual({name for name, (path,) in held.items() if path.parent.parent == self.archive},
                         moved | {"<m9000@example.net>"})

    def test_mutt_between_two_syncs(self):
        mutt = Mutt(self.spoor.root, self.folder)
        self.assertEqual(self.sync()["fetched"], COUNT + 1)
        mutt.flag(self.inbox, "~i m39[0-9]@")
        mutt.move(self.inbox, "~i m38[0-9]@", self.archive)
        self.server.add("INBOX", message(COUNT))
        self.assertEqual(self.sync()["fetched"], 1)
        self.check_places(self.check_all(), self.ids(390, 400), self.ids(380, 390))

    def test_mutt_during_a_sync(self):
        mutt = Mutt(self.spoor.root, self.folder)
        self.archive.mkdir(parents=True)
        for name in ("cur", "new", "tmp"):
            (self.archive / name).mkdir()
        go_on = self.sync_stalled()
        # Dovecot answers pipelined FETCHes in any order, so which messages are here already differs from run to run
        placed = sorted(message_id(path.read_bytes()) for path in self.inbox.glob("cur/*"))
        flagged, moved = placed[:10], placed[10:20]
        mutt.flag(self.inbox, self.pattern(flagged))
        mutt.move(self.inbox, self.pattern(moved), self.archive)
        self.assertEqual(go_on()["fetched"], COUNT + 1)
        self.check_places(self.check_all(), set(flagged), set(moved))

    def test_dovecot_between_two_syncs(self):
        self.assertEqual(self.sync()["fetched"], COUNT + 1)
        flagged, moved = self.work_with_dovecot(Peer(self.spoor.root, self))
        self.server.add("INBOX", message(COUNT))
        self.assertEqual(self.sync()["fetched"], 1)
        self.check_places(self.check_all(), flagged, moved)

    def test_dovecot_during_a_sync(self):
        peer = Peer(self.spoor.root, self)
        go_on = self.sync_stalled()
        flagged, moved = self.work_with_dovecot(peer)
        self.assertEqual(go_on()["fetched"], COUNT + 1)
        self.check_places(self.check_all(), flagged, moved)

    def work_with_dovecot(self, peer):
        with peer.session() as client:
            if "Archive" not in client.mailboxes():
                client.create("Archive")
            names = {uid: message_id(octets) for uid, octets in client.messages("INBOX").items()}
            flagged, moved = sorted(names)[:10], sorted(names)[10:20]
            for uid in flagged:
                client.set_flags("INBOX", uid, [r"\Flagged"])
            for uid in moved:
                client.move("INBOX", uid, "Archive")
        return {names[uid] for uid in flagged}, {names[uid] for uid in moved}


if __name__ == "__main__":
    harness.main()
