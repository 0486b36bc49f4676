#!/usr/bin/python3
"""The delivery agent behind real servers and fetchers, with the recipes of docs/delivery.md as they stand there."""
import contextlib
import datetime
import fcntl
import json
import os
import pathlib
import random
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import textwrap
import threading
import time
import unittest

import dovecot
import harness
import judge
import own_root
import peers
from harness import canonical_id, message
from imap_client import ImapClient

BINARIES = ("mailspoor", "mailspoor-deliver", "mailspoor-index")


def recipe(heading):
    """The texts in the code blocks below a heading of docs/delivery.md."""
    text = (harness.PROJECT / "docs" / "delivery.md").read_text().partition(f"\n### {heading}\n")[2].partition("\n#")[0]
    blocks = re.findall(r"(?:^(?:    .*)?\n)+", text, re.MULTILINE)
    return [textwrap.dedent(block).strip("\n") + "\n" for block in blocks if block.strip()]


def lf(octets):
    return octets.replace(b"\r\n", b"\n")


def wait_for(what, timeout=30):
    """What it gives, once that is something."""
    deadline = time.monotonic() + timeout
    while not (found := what()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def copy_programs(directory):
    """The programs in a folder that others may look into."""
    os.makedirs(directory, exist_ok=True)
    for name in BINARIES:
        source = os.path.join(os.path.dirname(harness.program()), name)
        try:
            os.link(source, f"{directory}/{name}")
        except OSError:
            shutil.copy(source, f"{directory}/{name}")


class Store(harness.Mailspoor):
    """A root that somebody owns: who is root looks into it as that user."""

    def __init__(self, directory, owner, root=None):
        self.owner = owner
        super().__init__(directory)
        own(self.directory / "home", owner)
        if root:
            self.root = pathlib.Path(root)
            self.environment["MAILSPOOR_ROOT"] = str(root)

    def start(self, *arguments, **options):
        if os.geteuid() == 0:
            options.update(user=self.owner.pw_uid, group=self.owner.pw_gid, extra_groups=[])
        return super().start(*arguments, cwd="/", **options)

    def files(self, account, *folders):
        """{path: octets} of the messages in an account's INBOX, or another folder of it."""
        return maildir_files(self.root.joinpath("mail", account, *folders))

    def placements(self, query):
        """(id, placement) of what a search finds."""
        result = self.run("search", query, "--format", "jsonl")
        if result.code:
            raise AssertionError(str(result))
        return [(one["id"], place) for one in result.objects() for place in one["placements"]]


def maildir_files(maildir):
    return {path: path.read_bytes() for name in ("new", "cur") if (maildir / name).is_dir()
            for path in (maildir / name).iterdir()}


def own(path, owner):
    if os.geteuid() == 0:
        os.chown(path, owner.pw_uid, owner.pw_gid)


class MtaCase(harness.Case):
    """One root for all tests of a class, with the user vmail in it, who owns what lies below `stores`."""

    packages = ()

    @classmethod
    def setUpClass(cls):
        harness.program()
        cls.root = own_root.OwnRoot(cls.packages)
        try:
            cls.root.start()
        except own_root.Unavailable as error:
            raise unittest.SkipTest(f"no root of its own: {error}")
        cls.addClassCleanup(cls.root.stop)
        cls.owner = peers.Exim(cls.root).owner  # who owns the mail of dovecot.Dovecot, too
        cls.place = pathlib.Path(cls.root.directory)
        cls.bin = cls.place / "bin"
        copy_programs(cls.bin)
        for name in ("stores", "home", "looking"):
            (cls.place / name).mkdir()
            (cls.place / name).chmod(0o755)
        cls.root.run(["groupadd", "-o", "-g", str(cls.owner.pw_gid), "vmail"])
        cls.add_user("vmail")

    @classmethod
    def add_user(cls, name):
        home = cls.place / "home" / name
        home.mkdir()
        own(home, cls.owner)
        cls.root.run(["useradd", "-o", "-M", "-u", str(cls.owner.pw_uid), "-g", "vmail", "-d", str(home), name])
        return home

    def store(self, name, is_made=True):
        """The root of an account with that name."""
        root = self.place / "stores" / name
        if is_made:
            root.mkdir()
            own(root, self.owner)
        looking = self.place / "looking" / name
        looking.mkdir()
        own(looking, self.owner)
        return Store(looking, self.owner, root)

    def check_file(self, store, account, octets):
        """The one message that lies there ends in these octets; gives its own."""
        files = store.files(account)
        self.assertEqual(len(files), 1, files.keys())
        (path, held), = files.items()
        self.assertTrue(held.endswith(lf(octets)), held[-2000:])
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        self.assertFalse(held.startswith(b"From "), held[:200])
        return held

    def wait_until_delivered(self, recipient):
        self.assertTrue(wait_for(lambda: not self.server.queue(recipient)),
                        f"it stays in the queue: {self.server.queue(recipient)}\n{self.server.log()[-3000:]}")

    def wait_until_deferred(self, recipient, reason):
        raise NotImplementedError

    def flush(self, recipient):
        """Until it is delivered."""
        deadline = time.monotonic() + 30
        while self.server.queue(recipient) and time.monotonic() < deadline:
            self.server.flush()
            wait_for(lambda: not self.server.queue(recipient), 2)
        self.wait_until_delivered(recipient)

    def deliver(self, octets, recipient, **options):
        self.server.send(octets, recipient, **options)
        self.wait_until_delivered(recipient)

    def check_envelope(self, store, query, sender, *recipients):
        (_, place), = store.placements(query)
        envelope = place["envelope"]
        self.assertEqual((envelope["sender"], envelope["recipients"]), (sender, list(recipients)))
        delivered = datetime.datetime.fromisoformat(envelope["delivered"].replace("Z", "+00:00")).timestamp()
        self.assertLess(abs(time.time() - delivered), 120)

    def check_deferred(self, store, account, recipient, octets, reason, mend):
        """It stays in the queue with that reason, and is delivered once when all is well again."""
        self.server.send(octets, recipient)
        self.wait_until_deferred(recipient, reason)
        mend()
        self.flush(recipient)
        (found, _), = store.placements("*")
        self.assertEqual(found, canonical_id(self.check_file(store, account, octets)))


class Postfix(MtaCase):
    packages = peers.Postfix.PACKAGES

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        local, = recipe("Postfix: users of the machine")
        master, main = recipe("Postfix: one owner of all mail")
        # Each user has programs of their own, so that a test can take them away.
        cls.server = peers.Postfix(cls.root, local.replace("/usr/local/bin/", '"$HOME"/bin/') + main,
                                   master.replace("/usr/local/bin", str(cls.bin)).replace("/srv/mail", f"{cls.place}/stores/${{user}}"))
        cls.server.start()
        cls.addClassCleanup(cls.server.stop)

    def tearDown(self):
        self.assertNotIn("status=bounced", self.server.log())

    def local_user(self, name):
        """A user of the machine, whose account is `inbox`."""
        home = self.add_user(name)
        copy_programs(home / "bin")
        return Store(home, self.owner, home / ".local" / "share" / "mailspoor")

    def wait_until_deferred(self, recipient, reason):
        def deferred():
            one, = self.server.queue(recipient)
            return one["queue_name"] == "deferred" and one["recipients"][0].get("delay_reason")
        said = wait_for(deferred)
        self.assertRegex(said or "", reason, self.server.log()[-3000:])
        return said

    # --- where it goes

    def test_mailbox_command(self):
        store = self.local_user("alice")
        self.deliver(message(1), "alice@localhost")
        # The search comes first: it has to find what was delivered a moment ago.
        self.check_envelope(store, "msgid:m1@example.net", "somebody@example.net", "alice@localhost")
        held = self.check_file(store, "inbox", message(1))
        self.assertEqual([one for one, _ in store.placements("*")], [canonical_id(held)])
        self.assertRegex(held, rb"\AReturn-Path: <somebody@example\.net>\nX-Original-To: alice@localhost\n")

    def test_mailbox_command_null_sender_and_extension(self):
        store = self.local_user("bella")
        self.deliver(message(2), "bella+shop@localhost", sender="")
        self.check_envelope(store, "msgid:m2@example.net", "", "bella+shop@localhost")
        self.check_file(store, "inbox", message(2))
        self.assertEqual(len(store.placements("returnpath:<>")), 1)
        self.assertEqual(len(store.placements("rcpt:bella+shop@localhost")), 1)

    def test_pipe(self):
        store = self.store("carol")
        self.deliver(message(3), "carol@example.org")
        self.check_envelope(store, "msgid:m3@example.net", "somebody@example.net", "carol@example.org")
        self.assertTrue(self.check_file(store, "carol", message(3)).startswith(b"Received: "))

    def test_pipe_null_sender_and_extension(self):
        store = self.store("dora")
        self.deliver(message(4), "dora+shop@example.org", sender="")
        self.check_envelope(store, "msgid:m4@example.net", "", "dora+shop@example.org")
        self.check_file(store, "dora", message(4))

    def test_pipe_odd_senders(self):
        """Postfix hands them over as they are; each is a value, whatever it looks like."""
        store = self.store("eve")
        senders = ['"$(id)`id`;id"@example.net', '"a b"@example.net', "x'y@example.net", "a=--account@example.net"]
        for number, sender in enumerate(senders):
            self.server.send(message(10 + number), "eve@example.org", sender=sender)
        self.wait_until_delivered("eve@example.org")
        self.assertEqual(sorted(place["envelope"]["sender"] for _, place in store.placements("*")), sorted(senders))

    def test_dovecot_serves_it(self):
        if not dovecot.available():
            self.skipTest("Dovecot is not installed")
        store = self.store("fred")
        for number in range(20, 23):
            self.server.send(message(number), "fred@example.org")
        self.wait_until_delivered("fred@example.org")
        held = store.files("fred")
        self.assertEqual(len(held), 3)
        server = dovecot.Dovecot(users=("fred",), settings=f"mail_location = maildir:{self.place}/stores/%u/mail/%u\n")
        server.start()
        self.addCleanup(server.stop)
        with ImapClient(server) as client:
            served = client.messages("INBOX")
            for uid in served:
                client.set_flags("INBOX", uid, [r"\Seen"])
        # The files have LF line ends, as Postfix gives them to a command; IMAP has CRLF.
        self.assertEqual(sorted(served.values()), sorted(octets.replace(b"\n", b"\r\n") for octets in held.values()))
        self.assertEqual(sorted(one for one, _ in store.placements("*")), sorted(map(canonical_id, served.values())))
        # Dovecot has moved them from new/ to cur/, which nobody told the index.
        self.assertEqual(len(list((store.root / "mail" / "fred" / "cur").iterdir())), 3)
        self.deliver(message(23), "fred@example.org")
        self.assertEqual(len(store.placements("*")), 4)
        self.expect(store.run("check"))

    # --- what goes wrong

    def test_maildir_that_cannot_be_written(self):
        store = self.store("george")
        self.root.run(["install", "-d", "-o", "root", "-m", "755", str(store.root / "mail" / "george")])
        self.check_deferred(store, "george", "george@example.org", message(30), "Permission denied",
                            lambda: self.root.run(["chown", "-R", "vmail:vmail", str(store.root)]))

    def test_root_that_cannot_be_made(self):
        store = self.store("harry", is_made=False)
        self.check_deferred(store, "harry", "harry@example.org", message(31), "Permission denied|No such file",
                            lambda: self.root.run(["install", "-d", "-o", "vmail", str(store.root)]))

    def test_read_only_file_system(self):
        store = self.store("iris")
        self.root.run(["mount", "-t", "tmpfs", "-o", "ro,size=1m", "tmpfs", str(store.root)])
        self.check_deferred(store, "iris", "iris@example.org", message(32), "Read-only file system",
                            lambda: self.root.run(["umount", str(store.root)]))

    def test_full_disk(self):
        """Seen from inside only, as the file system is."""
        store = self.store("kate")
        root = str(store.root)
        self.root.run(["mount", "-t", "tmpfs", "-o", f"size=1m,uid={self.owner.pw_uid},mode=700", "tmpfs", root])
        self.addCleanup(self.root.run, ["umount", "-l", root])

        def files():
            _, found = self.root.run(["find", f"{root}/mail/kate/new", f"{root}/mail/kate/tmp", "-type", "f"])
            return found.splitlines()

        def search():
            return json.loads(self.root.run(["setpriv", "--reuid=vmail", "--regid=vmail", "--clear-groups", f"{self.bin}/mailspoor",
                                             "--root", root, "search", "*", "--format", "jsonl"])[1])
        for octets, left in ((message(33, size=100_000), 60), (message(34), 0)):
            self.root.run(["sh", "-c", f"dd if=/dev/zero of={root}/filler bs=1k; dd if=/dev/null of={root}/filler bs=1k seek=$(("
                           f"$(stat -c %s {root}/filler) / 1024 - {left}))"])
            self.server.send(octets, "kate@example.org")
            said = self.wait_until_deferred("kate@example.org", "No space left on device")
            self.assertNotIn("4.3.1", said)  # it has become the code of the log line
            self.assertEqual(files(), [])
            self.assertRegex(self.server.log(), "to=<kate@example.org>.* dsn=4.3.1, status=deferred")
            self.root.run(["rm", f"{root}/filler"])
            self.flush("kate@example.org")
            path, = files()
            self.assertTrue(self.root.run(["cat", path])[1].encode().endswith(lf(octets)))
            self.root.run(["find", root, "-mindepth", "1", "-delete"])

    def test_broken_configuration(self):
        store = self.local_user("laura")
        config = pathlib.Path(store.directory, ".config", "mailspoor", "config.toml")
        config.parent.mkdir(parents=True)
        config.write_text("root = [\n")
        self.check_deferred(store, "inbox", "laura@localhost", message(35), r"mailspoor: .*config\.toml", config.unlink)
        self.assertRegex(self.server.log(), "to=<laura@localhost>.* dsn=4.3.5, status=deferred")

    def test_missing_program(self):
        """Without it the shell gives 127, for which Postfix would bounce."""
        store = self.local_user("mike")
        agent = pathlib.Path(store.directory, "bin", "mailspoor-deliver")
        agent.rename(f"{agent}.away")
        self.check_deferred(store, "inbox", "mike@localhost", message(36), "not found",
                            lambda: os.rename(f"{agent}.away", agent))

    def test_missing_indexing_program(self):
        store = self.local_user("nora")
        pathlib.Path(store.directory, "bin", "mailspoor-index").unlink()
        self.deliver(message(37), "nora@localhost")
        held = self.check_file(store, "inbox", message(37))
        self.assertFalse(store.database.exists())
        self.assertEqual([one for one, _ in store.placements("*")], [canonical_id(held)])

    def test_locked_index(self):
        store = self.store("olga")
        self.deliver(message(38), "olga@example.org")
        self.assertEqual(len(store.placements("*")), 1)
        with contextlib.closing(sqlite3.connect(store.database, isolation_level=None)) as database:
            database.execute("BEGIN EXCLUSIVE")
            self.deliver(message(39), "olga@example.org")
            self.assertEqual(len(store.files("olga")), 2)
            database.execute("ROLLBACK")
        self.assertEqual(len(store.placements("*")), 2)
        with open(f"{store.database}.lock", "r+") as lock:
            fcntl.lockf(lock, fcntl.LOCK_EX)
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.deliver(message(40), "olga@example.org")
            self.assertEqual(len(store.files("olga")), 3)
        self.assertEqual(len(store.placements("*")), 3)
        self.assertNotIn("locked", self.server.log())

    def processes(self, account):
        """Those that deliver to that account."""
        found = []
        for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                words = path.read_bytes().split(b"\0")
                if words[0].startswith(os.fsencode(self.bin)) and account.encode() in words:
                    found.append(int(path.parent.name))
        return found

    def test_killed(self):
        """In the queue or in the Maildir, whenever that happens."""
        store = self.store("paul")
        dice = random.Random(1)
        sent = []
        kills = 0

        def held():
            return {int(re.search(rb"Message-ID: <m(\d+)", octets)[1]): octets for octets in store.files("paul").values()}
        for number, end in enumerate([signal.SIGKILL, signal.SIGTERM] * (20 if harness.LONG else 5)):
            if not self.server.queue("paul@example.org"):
                sent.append(message(number) + (b"%069d\r\n" % number) * 400_000)
                self.server.send(sent[-1], "paul@example.org")
            else:
                self.server.flush()
            for process in wait_for(lambda: self.processes("paul"), 10):
                time.sleep(dice.uniform(0, 0.15))
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, end)
                    kills += 1
            self.assertTrue(wait_for(lambda: not self.processes("paul")))
            lost = len(sent) - len(held())
            self.assertLessEqual(lost, len(self.server.queue("paul@example.org")), self.server.log()[-3000:])
        self.flush("paul@example.org")
        self.assertGreater(kills, 3)
        self.assertGreater(len(re.findall("to=<paul@example.org>.* status=deferred", self.server.log())), 3)
        self.assertEqual(len(held()), len(sent))
        for octets, original in zip((octets for _, octets in sorted(held().items())), sent):
            self.assertTrue(octets.endswith(lf(original)))
        self.assertEqual(len({one for one, _ in store.placements("*")}), len(sent))


class Exim(MtaCase):
    packages = peers.Exim.PACKAGES

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        router, transport = recipe("Exim")
        cls.server = peers.Exim(cls.root, routers=router, transports=transport.replace("/usr/local/bin", str(cls.bin)).replace(
            "/srv/mail", f"{cls.place}/stores/$local_part_data"))
        cls.server.start()
        cls.addClassCleanup(cls.server.stop)

    def tearDown(self):
        self.assertNotRegex(self.server.log(), r" \*\* |Tainted|Frozen")

    def wait_until_deferred(self, recipient, reason):
        told = rf" == {re.escape(recipient)} .* defer .*({reason})"
        self.assertTrue(wait_for(lambda: re.search(told, self.server.log())), self.server.log()[-3000:])
        self.assertEqual(len(self.server.queue(recipient)), 1)

    def test_pipe(self):
        store = self.store("bob")
        self.deliver(message(1), "bob@example.org")
        self.check_envelope(store, "msgid:m1@example.net", "somebody@example.net", "bob@example.org")
        held = self.check_file(store, "bob", message(1))
        self.assertEqual([one for one, _ in store.placements("*")], [canonical_id(held)])
        self.deliver(message(2), "bob+shop@example.org", sender="")
        self.check_envelope(store, "msgid:m2@example.net", "", "bob+shop@example.org")

    def test_deferred(self):
        store = self.store("carol")
        self.root.run(["install", "-d", "-o", "root", "-m", "755", str(store.root / "mail" / "carol")])
        self.check_deferred(store, "carol", "carol@example.org", message(3), "Permission denied|75",
                            lambda: self.root.run(["chown", "-R", "vmail:vmail", str(store.root)]))

    def test_missing_program(self):
        """Not one of the codes that Exim takes for temporary by itself."""
        store = self.store("dora")
        agent = self.bin / "mailspoor"
        agent.rename(f"{agent}.away")
        self.check_deferred(store, "dora", "dora@example.org", message(4), "",
                            lambda: os.rename(f"{agent}.away", agent))


if __name__ == "__main__":
    harness.main()
