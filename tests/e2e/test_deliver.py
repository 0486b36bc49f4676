#!/usr/bin/python3
"""The delivery agent behind real servers and fetchers, with the recipes of docs/delivery.md as they stand there."""
import contextlib
import datetime
import fcntl
import json
import os
import pathlib
import pwd
import queue
import random
import re
import resource
import select
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


def wait_for_indexing(root):
    """Until what a delivery has started has ended: a folder that is being written cannot be removed."""
    def is_free(lock):
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    for path in pathlib.Path(root).glob("delivered/.indexing"):
        with open(path) as lock:
            if not wait_for(lambda: is_free(lock)):
                raise AssertionError(f"the indexing behind a delivery into {root} does not end")


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
        harness.copy_programs(cls.bin)
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
        local, _ = recipe("Postfix: users of the machine")
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
        harness.copy_programs(home / "bin")
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

    def test_sent_with_swaks(self):
        if not shutil.which("swaks"):
            self.skipTest("swaks is not installed")
        body = "8-bit: Übung\r\n.\r\n..\r\n"
        for number, store, account, recipient in ((7, self.local_user("beth"), "inbox", "beth@localhost"),
                                                  (8, self.store("celia"), "celia", "celia@example.org")):
            with self.subTest(recipient):
                subprocess.run(["swaks", "--server", "127.0.0.1", "--port", str(self.server.smtp_port), "--silent", "2", "--from",
                                "swaks@example.net", "--to", recipient, "--data", "-"],
                               input=message(number, body=body), check=True, timeout=60)
                self.wait_until_delivered(recipient)
                self.check_envelope(store, f"msgid:m{number}@example.net", "swaks@example.net", recipient)
                self.check_file(store, account, message(number, body=body) + b"\r\n")  # swaks adds a line end

    def test_forward(self):
        store = self.local_user("bert")
        _, text = recipe("Postfix: users of the machine")
        forward = pathlib.Path(store.directory, ".forward")
        forward.write_text(text.replace("/usr/local", str(store.directory)))
        own(forward, self.owner)
        for number, sender in enumerate(["somebody@example.net", ""]):
            self.deliver(message(5 + number), "bert+shop@localhost", sender=sender)
            self.check_envelope(store, f"msgid:m{5 + number}@example.net", sender, "bert+shop@localhost")

    def test_large_journal(self):
        """Larger than Postfix lets any file of a command be, unless it is told."""
        store = self.local_user("boris")
        self.deliver(message(33), "boris@localhost")
        with open(store.root / "mail" / "inbox" / "mailspoor.journal", "ab") as journal:
            journal.truncate(52_000_000)
            journal.write(b"\n")
        self.deliver(message(34), "boris@localhost")
        self.check_envelope(store, "msgid:m34@example.net", "somebody@example.net", "boris@localhost")

    def test_pipe(self):
        store = self.store("carol")
        self.deliver(message(3), "carol@example.org")
        self.check_envelope(store, "msgid:m3@example.net", "somebody@example.net", "carol@example.org")
        self.assertTrue(self.check_file(store, "carol", message(3)).startswith(b"Received: "))
        for query, count in (("returnpath:example.net", 1), ("returnpath:example.org", 0), ("rcpt:carol@example.org", 1),
                             ("rcpt:dora@example.org", 0), ("envelope-to:example.org", 1)):
            self.assertEqual(len(store.placements(query)), count, query)

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

    def test_missing_program_of_pipe(self):
        """No shell is between, and Postfix itself sees that it is not there."""
        store = self.store("rosa")
        agent = self.bin / "mailspoor-deliver"
        agent.rename(f"{agent}.away")
        self.check_deferred(store, "rosa", "rosa@example.org", message(41), "No such file",
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
        agent = self.bin / "mailspoor-deliver"
        agent.rename(f"{agent}.away")
        self.check_deferred(store, "dora", "dora@example.org", message(4), "",
                            lambda: os.rename(f"{agent}.away", agent))


class Contract(harness.Case):
    """What an MTA sees of `deliver`, by itself (sysexits.h, RFC 3463)."""

    def setUp(self):
        super().setUp()
        self.spoor = harness.Mailspoor(self.folder)
        self.addCleanup(wait_for_indexing, self.spoor.root)
        self.inbox = self.spoor.root / "mail" / "box"

    def deliver(self, octets, *options, code=0, **others):
        return self.expect(self.spoor.run("deliver", "--account", "box", *options, input=octets, **others), code)

    def check_refused(self, result, status, text="", code=75):
        self.expect(result, code)
        self.assertRegex(result.text, rf"\A{re.escape(status)} mailspoor: .*{text}.*\n\Z", result)
        self.assertEqual(judge.run_problems(harness.Result(result.command, 0, result.out, result.err, 0)), [])

    def found(self, query="*"):
        return self.expect(self.spoor.run("search", query, "--format", "jsonl")).objects()

    def test_what_is_wrong_with_options_and_settings(self):
        broken = pathlib.Path(self.folder, "broken.toml")
        broken.write_text("[accounts\n")
        unknown = pathlib.Path(self.folder, "unknown.toml")
        unknown.write_text("nonsense = 1\n")
        for words, status, text in (
                (["--nonsense"], "4.3.5", "nonsense"),
                (["surplus"], "4.3.5", ""),
                (["-a"], "4.3.5", "-a"),
                (["--deadline", "soon"], "4.3.5", "deadline"),
                (["--deadline", "-1"], "4.3.5", "-1 is less than 0"),
                (["--maildir", self.folder], "4.3.5", "do not go together"),
                (["--config", broken], "4.3.5", "broken.toml"),
                (["--config", unknown], "4.3.5", "nonsense"),
                (["--config", f"{self.folder}/none.toml"], "4.3.5", "none.toml"),
                (["--account", "../box"], "4.3.", "cannot name an account"),
                (["--account", ""], "4.3.", ""),
                (["--mailbox", ""], "4.3.", "cannot name a mailbox"),
                (["--mailbox", "a//b"], "4.3.", "without a name"),
                (["--mailbox", b"\xff"], "4.3.", "cannot name a mailbox"),
                (["--root", broken], "4.3.0", "broken.toml")):
            with self.subTest(words):
                command = ["--account", "box", *words] if "--account" not in words else words
                result = self.expect(self.spoor.run("deliver", *map(os.fsdecode, command), input=message(1)), 75)
                self.assertRegex(result.text, rf"\A{re.escape(status)}\S* mailspoor: .*{text}.*\n\Z", result)
                self.assertEqual(result.err, b"")
        self.assertEqual(list(self.spoor.root.rglob("new/*")), [])

    def test_global_options_come_first_too(self):
        self.check_refused(self.spoor.run("--root", self.spoor.root, "deliver", "--nonsense", input=message(1)), "4.3.5")
        self.expect(self.spoor.run("--root", self.spoor.root, "deliver", "--account", "box", input=message(1)))
        self.assertEqual(list(maildir_files(self.inbox).values()), [message(1)])

    def test_missing_program(self):
        harness.copy_programs(f"{self.folder}/bin")
        os.unlink(f"{self.folder}/bin/mailspoor-deliver")
        spoor = harness.Mailspoor(self.folder, f"{self.folder}/bin/mailspoor")
        for words in (["deliver"], ["-v", "deliver"], ["--root", spoor.root, "deliver"], ["--nonsense", "deliver"], ["--root", "deliver"],
                      ["-x", "y", "deliver"]):
            with self.subTest(words):
                self.check_refused(spoor.run(*words, "--account", "box", input=message(1)), "4.3.5", "mailspoor-deliver|unknown")
        self.assertEqual(spoor.run("search", "--nonsense", "deliver").code, 2)

    def test_no_place(self):
        """An empty variable of the MTA's is no account, and leads to no other one."""
        for words, text in ((["--account", ""], "--account is empty"), (["--maildir", ""], "--maildir is empty"), (["--maildir="], "--maildir"),
                            (["--account", "a", "--account", "b"], "more than once"), (["--account", "box", "-qf", "a@example.net"], "-qf"),
                            (["--account", "box", "--help"], "--help")):
            with self.subTest(words):
                result = self.spoor.run("deliver", *words, input=message(1))
                self.assertEqual(result.code, 75)
                self.assertRegex(result.out.decode(), rf"(?m)^4\.3\.5 mailspoor: .*{text}")
        self.assertFalse(self.spoor.root.exists())
        self.assertEqual(self.spoor.run("deliver", "--help").code, 0)

    def test_configuration_that_cannot_be_read(self):
        """Without it the mail would go to another root."""
        config = pathlib.Path(self.spoor.environment["XDG_CONFIG_HOME"], "mailspoor", "config.toml")
        config.mkdir(parents=True)
        self.check_refused(self.spoor.run("deliver", "--account", "box", input=message(1)), "4.3.5", "is a directory")
        config.rmdir()
        config.symlink_to(config)
        self.check_refused(self.spoor.run("deliver", "--account", "box", input=message(1)), "4.3.5", "cannot read the configuration")
        config.unlink()
        self.deliver(message(1))

    def test_which_account(self):
        config = pathlib.Path(self.folder, "config.toml")

        def run(text, **environment):
            config.write_text(text)
            self.spoor.environment.update(environment)
            return self.spoor.run("deliver", "--config", config, "--no-index", input=message(1),
                                  **({"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}))
        if os.geteuid() == 0:
            self.check_refused(self.spoor.run("deliver", input=message(1)), "4.3.5", "root must say where")
            os.chmod(self.folder, 0o755)
            self.spoor.root.mkdir()
            os.chown(self.spoor.root, 65534, 65534)
        fetched = '[accounts.{}]\nurl = "imaps://user@imap.example.org"\n'
        for text, account in ((fetched.format("only"), "only"),
                              (fetched.format("one") + "[accounts.local]\n" + fetched.format("two"), "local"), ("", "logname")):
            with self.subTest(account):
                self.expect(run(text, LOGNAME="logname"))
                self.assertEqual(len(maildir_files(self.spoor.root / "mail" / account)), 1)
        self.check_refused(run(fetched.format("one") + fetched.format("two")), "4.3.5", "several accounts")

    def test_maildir(self):
        maildir = pathlib.Path(self.folder, "Maildir")
        deliver = ["deliver", "--maildir", maildir]
        self.check_refused(self.spoor.run(*deliver, input=message(1)), "4.3.0", "Maildir")
        maildir.mkdir()
        for name in ("tmp", "new"):
            (maildir / name).mkdir()
            self.check_refused(self.spoor.run(*deliver, input=message(1)), "4.3.0", "is no Maildir")
        (maildir / "cur").mkdir()
        for _ in range(2):
            self.expect(self.spoor.run(*deliver, "-f", "a@example.net", input=message(1)))
        self.assertEqual(list(maildir_files(maildir).values()), [message(1)] * 2)
        self.expect(self.spoor.run(*deliver, "--mailbox", "Lists/Debian", input=message(2)))
        self.assertEqual(list(maildir_files(maildir / ".Lists.Debian").values()), [message(2)])
        self.assertEqual(sorted(path.name for path in maildir.iterdir()), [".Lists.Debian", "cur", "new", "tmp"])
        self.assertFalse(self.spoor.root.exists())

    def test_check(self):
        self.assertEqual(self.deliver(b"", "--check").out, b"")
        self.assertEqual([path for path in self.inbox.rglob("*") if path.parent.name in ("tmp", "new", "cur")], [])
        self.check_refused(self.spoor.run("deliver", "--check", "--maildir", self.folder), "4.3.0", "is no Maildir")
        self.check_refused(self.spoor.run("deliver", "--check", "--account", "box", "--nonsense"), "4.3.5")

    @unittest.skipIf(os.geteuid() != 0, "root alone may give files away")
    def test_root_becomes_the_owner(self):
        os.chmod(self.folder, 0o755)
        self.spoor.root.mkdir(mode=0o700)
        os.chown(self.spoor.root, 65534, 65534)
        self.deliver(message(1))
        owners = {path.lstat().st_uid for path in self.spoor.root.rglob("*")}
        self.assertEqual(owners, {65534})
        # What that owner may not write stays as it is.
        pathlib.Path(self.folder, "secret").mkdir(mode=0o700)
        (self.inbox / "new").rename(self.inbox / "old")
        os.symlink(f"{self.folder}/secret", self.inbox / "new")
        result = self.spoor.run("deliver", "--account", "box", input=message(2))
        self.check_refused(result, "4.3.0")
        self.assertEqual(os.listdir(f"{self.folder}/secret"), [])

    @unittest.skipIf(os.geteuid() != 0, "root alone may give files away")
    def test_setuid(self):
        copy = f"{self.folder}/mailspoor-deliver"
        shutil.copy(os.path.join(os.path.dirname(self.spoor.binary), "mailspoor-deliver"), copy)
        os.chown(copy, 65534, 65534)
        os.chmod(copy, 0o4755)
        os.chmod(self.folder, 0o755)
        self.spoor.binary = copy
        result = self.spoor.end(self.spoor.start("--account", "box", stdin=subprocess.PIPE), message(1))
        if b"LeakSanitizer has encountered a fatal error" in result.err:  # it cannot look at such a process
            result.code, result.err = 75, b""
        self.check_refused(result, "4.3.0", "setuid")
        self.assertFalse(self.spoor.root.exists())

    def test_without_a_message(self):
        self.check_refused(self.spoor.run("deliver", "--account", "box", preexec_fn=lambda: os.close(0)), "4.3.5", "standard input")
        directory = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        self.addCleanup(os.close, directory)
        self.check_refused(self.spoor.run("deliver", "--account", "box", stdin=directory), "4.3.0", "standard input")
        shown = self.spoor.run_on_terminal("deliver", "--account", "box", timeout=20)
        self.assertEqual(shown.code, 75)
        self.assertTrue(shown.text.startswith("4.3.5 "), shown.text)
        self.assertEqual(maildir_files(self.inbox), {})

    def test_nobody_hears_the_answer(self):
        command = [self.spoor.binary, "deliver", "--account", "box"]
        read_end, closed = os.pipe()
        os.close(read_end)
        with open("/dev/full", "w") as full:
            for out in (full, closed):
                for words, code in (["--nonsense"], 75), (["-v"], 0):
                    done = subprocess.run(command + words, env=self.spoor.environment, input=message(1), stdout=out, stderr=out)
                    self.assertEqual(done.returncode, code)
        os.close(closed)
        done = subprocess.run(command, env=self.spoor.environment, input=message(2), preexec_fn=lambda: (os.close(1), os.close(2)))
        self.assertEqual(done.returncode, 0)
        self.assertEqual(sorted(maildir_files(self.inbox).values()), [message(1), message(2)])

    def test_only_the_whole_message(self):
        process = self.spoor.start("deliver", "--account", "box", stdin=subprocess.PIPE)
        octets = message(1, size=1_000_000)
        process.stdin.write(octets[:900_000])
        process.stdin.flush()
        time.sleep(1)
        self.assertIsNone(process.poll())
        self.assertEqual(maildir_files(self.inbox), {})
        self.expect(self.spoor.finish(process, octets[900_000:]))
        self.assertEqual(list(maildir_files(self.inbox).values()), [octets])

    def test_deadline(self):
        process = self.spoor.start("deliver", "--account", "box", "--deadline", "1", stdin=subprocess.PIPE)
        process.stdin.write(message(1))
        process.stdin.flush()
        self.assertEqual(process.wait(20), 75)
        self.assertTrue(process.stdout.read().startswith(b"4.3.0 mailspoor: the deadline has passed"))
        process.communicate()
        # One that never stops, too.
        with subprocess.Popen(["yes"], stdout=subprocess.PIPE) as endless:
            result = self.spoor.run("deliver", "--account", "box", "--deadline", "1", stdin=endless.stdout, timeout=30)
            endless.stdout.close()
            endless.wait(10)
        self.check_refused(result, "4.3.0", "deadline")
        self.assertEqual(maildir_files(self.inbox), {})

    def test_signals(self):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGXCPU, signal.SIGKILL):
            with self.subTest(number):
                process = self.spoor.start("deliver", "--account", "box", stdin=subprocess.PIPE)
                process.stdin.write(message(1))
                process.stdin.flush()
                self.assertTrue(wait_for(lambda: any((self.inbox / "tmp").glob("deliver-*"))))
                process.send_signal(number)
                self.assertEqual(process.wait(20), -9 if number == signal.SIGKILL else 75)
                if number != signal.SIGKILL:
                    self.assertEqual(process.stdout.read(), b"4.3.0 mailspoor: ended by a signal\n")
                process.communicate()
                self.assertEqual(maildir_files(self.inbox), {})
                for path in (self.inbox / "tmp").iterdir():
                    path.unlink()

    def test_blocked_alarm(self):
        read_end, write_end = os.pipe()
        self.addCleanup(os.close, write_end)
        result = self.spoor.run("deliver", "--account", "box", "--deadline", "1", stdin=read_end, timeout=30,
                                preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM]))
        os.close(read_end)
        self.check_refused(result, "4.3.0", "deadline")

    def test_input_that_does_not_block(self):
        read_end, write_end = os.pipe()
        os.set_blocking(read_end, False)
        process = self.spoor.start("deliver", "--account", "box", stdin=read_end)
        os.close(read_end)
        time.sleep(.5)
        os.write(write_end, message(1))
        os.close(write_end)
        self.expect(self.spoor.finish(process, None))
        self.assertEqual(list(maildir_files(self.inbox).values()), [message(1)])

    def test_descriptors_of_the_mta(self):
        """Whoever waits for the end of one does not wait for the indexing."""
        read_end, write_end = os.pipe()
        self.addCleanup(os.close, read_end)
        self.deliver(message(0))
        self.found()
        with open(self.spoor.root / "index.db.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.expect(self.spoor.run("deliver", "--account", "box", input=message(1), pass_fds=(write_end,)))
            os.close(write_end)
            self.assertEqual(select.select([read_end], [], [], 5)[0], [read_end])

    def test_limit_of_file_size(self):
        result = self.spoor.run("deliver", "--account", "box", input=message(1, size=200_000),
                                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)))
        self.check_refused(result, "4.3.0", "File too large")
        self.assertEqual(self.deliver(message(1)).out, b"")

    def test_hardly_any_memory_or_descriptors(self):
        """Where the program can be started at all. Sanitizers need too much of both."""
        agent = os.path.join(os.path.dirname(harness.program("MAILSPOOR_RELEASE")), "mailspoor-deliver")
        count = 0
        for kind, values, text in ((resource.RLIMIT_AS, range(3_000_000, 30_000_000, 40_000), "4.3.0 mailspoor: out of memory\n"),
                                   (resource.RLIMIT_NOFILE, range(3, 100), "4.3.0 mailspoor: .*: Too many open files\n")):
            told = []
            for value in values:
                done = subprocess.run([agent, "--account", "box", "--no-index", "-f", str(value)], env=self.spoor.environment,
                                      input=message(1), capture_output=True,
                                      preexec_fn=lambda: resource.setrlimit(kind, (value, value)))
                self.assertEqual(len(maildir_files(self.inbox)), count + (done.returncode == 0))
                if done.returncode == 0:
                    break
                if done.returncode == 75:
                    self.assertRegex(done.stdout.decode(), rf"\A{text}\Z")
                    told.append(value)
                # The loader's own 127 aside, it is a signal: there was no memory for an exception. MTAs keep the message then.
                elif b"shared" not in done.stderr and b"initial thread" not in done.stderr:
                    self.assertEqual(done.returncode, -signal.SIGABRT, done)
            self.assertEqual(done.returncode, 0)
            self.assertGreater(len(told), 1)
            count += 1

    def test_bounce_unknown(self):
        deliver = ["deliver", "--account", "box", "--bounce-unknown"]
        # A disk that is not mounted knows nobody.
        self.check_refused(self.spoor.run(*deliver, input=message(1)), "4.3.0", "not there")
        self.spoor.root.mkdir()
        self.check_refused(self.spoor.run(*deliver, input=message(1)), "4.3.0", "not there")
        (self.spoor.root / "mail").mkdir()
        self.check_refused(self.spoor.run(*deliver, input=message(1)), "5.1.1", "box", code=67)
        self.assertFalse(self.inbox.exists())
        config = pathlib.Path(self.folder, "config.toml")
        config.write_text("[accounts.box]\n")
        self.deliver(message(1), "--bounce-unknown", "--config", config)
        self.deliver(message(2), "--bounce-unknown")
        self.check_refused(self.spoor.run("deliver", "--account", "box", "--bounce-unknown", "--mailbox", "a//b", input=message(1)), "4.3.0")
        self.assertEqual(len(maildir_files(self.inbox)), 2)

    def test_octets(self):
        for number, octets in enumerate([
                b"", b"\n", b"\r\n", b"Subject: no end of line", b"Subject: LF\n\nbody\n", message(1), b"Subject: CR\r\n\r\na\rb\r\r\n",
                b"Subject: NUL\0\r\n\r\n\0\0\r\n", bytes(range(256)) * 20, b"Subject: mixed\n\nLF\nCRLF\r\n", b"\xff\xfe" * 40_000,
                b"From : a@example.net\n\nno From_ line\n", b">From a\nSubject: x\n\n", b"From", b"From a@example.net no line end",
                b"x" * 200_000]):
            with self.subTest(octets[:40]):
                self.deliver(octets, "--mailbox", f"m{number}")
                self.assertEqual(list(maildir_files(self.inbox / f".m{number}").values()), [octets])
        found = {place["mailbox"]: place for one in self.found() for place in one["placements"]}
        self.assertEqual(len(found), 16)

    def test_from_line(self):
        line = b"From bob@example.net  Mon Jan  1 00:00:00 2024\n"
        self.deliver(line + message(1), "--no-index")
        self.deliver(b"From MAILER-DAEMON Mon Jan  1 00:00:00 2024\r\n" + message(2), "--no-index")
        self.deliver(line + message(3), "-f", "carol@example.net", "--no-index")
        self.deliver(b"From - Mon Jan  1 00:00:00 2024\n", "--mailbox", "Empty", "--no-index")
        self.assertEqual(sorted(maildir_files(self.inbox).values()), sorted(map(message, (1, 2, 3))))
        self.assertEqual(list(maildir_files(self.inbox / ".Empty").values()), [b""])
        for number, sender in ((1, "bob@example.net"), (2, ""), (3, "carol@example.net")):
            one, = self.found(f"msgid:m{number}@example.net")
            self.assertEqual(one["placements"][0]["envelope"]["sender"], sender)

    def test_envelope(self):
        nothing = dict.fromkeys(("SENDER", "RECIPIENT", "LOCAL_PART", "DOMAIN"))
        cases = [
            (["-f", "", "-a", "x@example.org"], {}, "", ["x@example.org"]),
            (["-f", "-a", "x@example.org"], {}, "", ["x@example.org"]),
            (["-a", "x@example.org", "-f"], {}, "", ["x@example.org"]),
            (["-f", "--recipient", "x@example.org"], {"SENDER": "other@example.net"}, "", ["x@example.org"]),
            (["-fme@example.net", "-ax@example.org"], {}, "me@example.net", ["x@example.org"]),
            (["-f", "<me@example.net>", "-d", "<x@example.org>"], {}, "me@example.net", ["x@example.org"]),
            (["-f", "<>"], {}, "", []),
            (["--sender=me@example.net", "--recipient", "x@example.org", "-d", "y@example.org", "-a", "z@example.org"], {},
             "me@example.net", ["x@example.org", "y@example.org", "z@example.org"]),
            (["-f", "-d@example.net", "-a", "--account=evil@example.org", "-a", "-f"], {}, "-d@example.net",
             ["--account=evil@example.org", "-f"]),
            (["-f", "--check"], {}, "--check", []),
            (["-f", "--root=/@example.net", "-a", "x@example.org"], {}, "--root=/@example.net", ["x@example.org"]),
            (["-f", "-a"], {}, "-a", []),
            (["-f", "-a", "-a", "x@example.org"], {}, "-a", ["x@example.org"]),
            (["-f", "-a", "x@example.org", "-d", "y@example.org"], {}, "", ["x@example.org", "y@example.org"]),
            (["-f", "büro@exämple.net", "-a", "用户@example.org"], {}, "büro@exämple.net", ["用户@example.org"]),
            (["-f", b"\xe9t\xe9@example.net"], {}, "\ufffdt\ufffd@example.net", []),
            ([], {"SENDER": "me@example.net", "RECIPIENT": "x+y@example.org"}, "me@example.net", ["x+y@example.org"]),
            ([], {"SENDER": "", "LOCAL_PART": "x", "DOMAIN": "example.org"}, "", ["x@example.org"]),
            (["-a", "z@example.org"], {"SENDER": "me@example.net", "RECIPIENT": "x@example.org"}, "me@example.net", ["z@example.org"]),
            ([], {}, None, [])]
        for number, (options, environment, _, _) in enumerate(cases):
            for name in nothing:
                self.spoor.environment.pop(name, None)
            self.spoor.environment.update(environment)
            self.deliver(message(number), "--no-index", *map(os.fsdecode, options))
        for number, (options, environment, sender, recipients) in enumerate(cases):
            with self.subTest(options=options, **environment):
                one, = self.found(f"msgid:m{number}@example.net")
                place, = one["placements"]
                self.assertEqual((place["account"], place["mailbox"]), ("box", "INBOX"))
                self.assertEqual((place["envelope"]["sender"], place["envelope"]["recipients"]), (sender, recipients))

    def test_delivered_again(self):
        for sender in ("a@example.net", "a@example.net", "b@example.net"):
            self.deliver(message(1), "-f", sender)
        self.assertEqual(list(maildir_files(self.inbox).values()), [message(1)] * 2)
        one, = self.found()
        self.assertEqual(sorted(place["envelope"]["sender"] for place in one["placements"]), ["a@example.net", "b@example.net"])
        # What the user has deleted since comes anew.
        for path in maildir_files(self.inbox):
            path.unlink()
        self.deliver(message(1), "-f", "a@example.net")
        self.assertEqual(list(maildir_files(self.inbox).values()), [message(1)])

    def test_killed_before_the_journal_was_written(self):
        self.deliver(message(1))
        self.found()
        copy = self.inbox / "new" / f"1700000000.M1P1Q2R3.host,S={len(message(2))}"
        copy.write_bytes(message(2))
        self.deliver(message(2))
        self.assertEqual(len(self.found("msgid:m2@example.net")[0]["placements"]), 1)
        check = self.expect(self.spoor.run("check"), 3)
        self.assertRegex(check.text, rf"\Aunindexed .* {copy.name}: .*\n\Z")
        self.expect(self.spoor.run("index"))
        self.assertEqual(len(self.found("msgid:m2@example.net")[0]["placements"]), 2)
        self.expect(self.spoor.run("check"))

    def test_index_behind(self):
        """It comes without a search, and one that starts before it does not wait for it."""
        for number in range(3):
            self.deliver(message(number))
        self.assertTrue(wait_for(self.spoor.database.exists))

        def indexed():
            with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(self.spoor.database)) as database:
                return database.execute("SELECT count(*) FROM placement").fetchone()[0] == 3
        self.assertTrue(wait_for(indexed))
        self.deliver(message(3))
        self.assertEqual(len(self.found()), 4)
        self.deliver(message(4), "--no-index")
        self.assertEqual(len(self.found("msgid:m4@example.net")), 1)
        self.expect(self.spoor.run("check"))

    def test_search_while_the_first_index_is_made(self):
        self.deliver(message(1) + b"<p>some text and more of it</p>\r\n" * 300_000)
        self.assertTrue(wait_for(self.spoor.database.exists))
        self.assertEqual(len(self.found("msgid:m1@example.net")), 1)

    def test_index_that_comes_between_the_file_and_its_line_in_the_journal(self):
        self.deliver(message(1), "--no-index")
        journal = self.inbox / "mailspoor.journal"
        before = journal.read_bytes()
        self.deliver(message(2), "--no-index", "-f", "a@example.net", "-a", "b@example.org")
        after = journal.read_bytes()
        journal.write_bytes(before)
        self.expect(self.spoor.run("index"))
        journal.write_bytes(after)
        one, = self.found("rcpt:b@example.org")
        self.assertEqual(one["placements"][0]["envelope"]["sender"], "a@example.net")

    def test_search_beside_an_open_batch(self):
        """The index cannot come to the journal's end then, and has what was delivered all the same."""
        self.deliver(message(1))
        self.found()
        with open(self.inbox / "mailspoor.journal", "a") as journal:
            journal.write('{"event":"flags","file":"1.2.host","flags":["\\\\Seen"],"time":"2024-03-05T10:00:02Z"}\n')
        self.deliver(message(2))
        self.assertEqual(len(self.found()), 2)
        with open(f"{self.spoor.database}.lock", "r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            result = self.expect(self.spoor.run("count", "*"))
        self.assertEqual((result.text, result.errors), ("2\n", ""))

    def test_index_that_cannot_be_used(self):
        self.deliver(message(0))
        self.found()
        (self.spoor.root / "index.db").unlink()
        (self.spoor.root / "index.db").mkdir()
        self.deliver(message(1))
        self.assertEqual(len(maildir_files(self.inbox)), 2)
        self.assertNotEqual(self.spoor.run("search", "*").code, 0)
        wait_for(lambda: False, 0.5)
        (self.spoor.root / "index.db").rmdir()
        self.assertEqual(len(self.found()), 2)

    def test_large_message(self):
        """Takes no more memory than a small one."""
        def peak(octets):
            with tempfile.TemporaryFile(dir=self.folder) as file:
                for piece in octets:
                    file.write(piece)
                file.seek(0)
                process = self.spoor.start("deliver", "--account", "box", "--no-index", stdin=file)
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
                said = process.stdout.read() + process.stderr.read()
                process.communicate()
                self.assertEqual((process.returncode, said), (0, b""))
                return usage.ru_maxrss
        small = peak([message(1)])
        large = peak([message(2), *([b"0123456789abcdef" * 65536] * 100)])
        self.assertLess(large - small, 10_000, "kilobytes")
        path = max(maildir_files_sizes(self.inbox).items(), key=lambda one: one[1])
        self.assertEqual(path[1], len(message(2)) + 100 * (1 << 20))


def maildir_files_sizes(maildir):
    return {path: path.stat().st_size for path in (maildir / "new").iterdir()}


class AtOnce(harness.Case):
    """Deliveries beside each other, beside a sync of the same account and beside searches."""

    def test_search_while_the_index_is_made_anew(self):
        """Again and again, under the search that just completed it."""
        spoor = harness.Mailspoor(self.folder)
        self.addCleanup(wait_for_indexing, spoor.root)
        for number in range(200):
            self.expect(spoor.run("deliver", "--account", "box", "--no-index", input=message(number, size=3000)))
        self.expect(spoor.run("index"))
        done = threading.Event()

        def rebuild():
            while not done.is_set():
                spoor.run("index", "--rebuild")
        thread = threading.Thread(target=rebuild)
        thread.start()
        try:
            for number in range(200, 230):
                self.expect(spoor.run("deliver", "--account", "box", "--no-index", input=message(number)))
                counted = spoor.run("count", f"msgid:m{number}@example.net")
                # It may give up, but says so.
                self.assertTrue(counted.out == b"1\n" or counted.errors, counted)
        finally:
            done.set()
            thread.join()

    def test_nothing_lost_nothing_doubled(self):
        server = self.server()
        fetched = [message(number, size=20_000) for number in range(300)]
        for octets in fetched:
            server.add("INBOX", octets)
        spoor = harness.Mailspoor(self.folder)
        self.addCleanup(wait_for_indexing, spoor.root)
        config = spoor.directory / "config" / "mailspoor" / "config.toml"
        config.parent.mkdir(parents=True)
        config.write_text(f'[accounts.box]\nurl = "{server.url()}"\nca_file = "{server.ca_file}"\n'
                          f'password_file = "{server.password_file()}"\n')
        # Who searches the first time is told that there is no whole index yet.
        self.expect(spoor.run("deliver", "--account", "box", "-f", "first@example.net", input=message(999)))
        self.expect(spoor.run("count", "*"))
        delivered = [message(1000 + number, size=3_000) for number in range(60)]
        results, searches = [], []
        done = threading.Event()
        waiting, acknowledged = queue.SimpleQueue(), queue.SimpleQueue()
        for number in range(len(delivered)):
            waiting.put(number)

        def deliver():
            with contextlib.suppress(queue.Empty):
                while True:
                    number = waiting.get_nowait()
                    results.append(spoor.run("deliver", "--account", "box", "-f", f"s{number}@example.net",
                                             input=delivered[number]))
                    acknowledged.put(number)

        def search():
            while (number := acknowledged.get()) is not None:
                searches.append(spoor.run("count", f"msgid:m{1000 + number}@example.net"))

        def sync():
            number = 0
            while not done.is_set():
                results.append(spoor.run("sync", "box"))
                server.add("INBOX", message(2000 + number))
                fetched.append(message(2000 + number))
                number += 1

        delivering = [threading.Thread(target=deliver) for _ in range(20)]
        searching = [threading.Thread(target=search) for _ in range(3)]
        syncing = threading.Thread(target=sync)
        for thread in (syncing, *searching, *delivering):
            thread.start()
        for thread in delivering:
            thread.join()
        done.set()
        for _ in searching:
            acknowledged.put(None)
        for thread in (*searching, syncing):
            thread.join()
        results.append(spoor.run("sync", "box"))
        self.assertGreater(len(results), len(delivered) + 1)
        for result in results:
            self.assertEqual((result.code, result.err), (0, b""), result)
        self.assertEqual(len(searches), len(delivered))
        for result in searches:
            self.assertEqual((result.code, result.text), (0, "1\n"), result)
            # Where so many are waiting for one processor, it may give up waiting for others.
            self.assertIn(result.errors, ("", "mailspoor: another process is indexing all the time: the newest messages may be missing\n"))

        delivered.insert(0, message(999))
        files = maildir_files(spoor.root / "mail" / "box")
        self.assertEqual(sorted(files.values()), sorted(delivered + fetched))
        self.assertEqual(len([path for path in files if path.parent.name == "new" and ",U=" not in path.name]), len(delivered))
        self.assertEqual(spoor.litter(), [])
        found = self.expect(spoor.run("search", "*", "--format", "jsonl")).objects()
        self.assertEqual(sorted(one["id"] for one in found), sorted(map(canonical_id, delivered + fetched)))
        self.assertEqual([len(one["placements"]) for one in found], [1] * len(found))
        envelopes = {one["id"]: one["placements"][0]["envelope"] for one in found}
        for number, octets in enumerate(delivered[1:]):
            self.assertEqual(envelopes[canonical_id(octets)]["sender"], f"s{number}@example.net")
        self.expect(spoor.run("check", "--hash"))
        spoor.check_index()
        rows = spoor.index_rows()
        self.expect(spoor.run("index", "--rebuild"))
        self.assertEqual(rows, spoor.index_rows())


class Fetchers(harness.Case):
    """fetchmail and getmail, with `deliver` for their MDA. Neither runs as root."""

    def setUp(self):
        super().setUp()
        self.mail_server = self.server(pop3=True)
        self.folder = tempfile.mkdtemp(prefix="mailspoor-test-", dir=self.mail_server._place())
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        os.chmod(self.folder, 0o755)
        harness.copy_programs(f"{self.folder}/bin")
        home = pathlib.Path(self.folder, "fetcher")
        home.mkdir()
        self.owner = pwd.getpwuid(self.mail_server.uid)
        own(home, self.owner)
        self.spoor = Store(home, self.owner)
        self.addCleanup(wait_for_indexing, self.spoor.root)
        self.home = home / "home"
        for number in range(3):
            self.mail_server.add("INBOX", self.octets(number))

    senders = ("bounce@example.net", "--help", "--check")  # strangers choose their addresses

    @classmethod
    def octets(cls, number):
        return b"Return-Path: <%s>\r\n" % cls.senders[number].encode() + message(number, body="8-bit: Übung\r\n.\r\n..\r\nFrom here\r\n")

    def run_fetcher(self, name, *command):
        if not shutil.which(name):
            self.skipTest(f"{name} is not installed")
        fetcher = Store(self.folder + "/fetcher", self.owner)
        fetcher.binary = name
        fetcher.environment["HOME"] = str(self.home)
        return fetcher.run(*command, timeout=60)

    def write(self, name, text):
        path = self.home / name
        path.write_text(text)
        path.chmod(0o600)
        own(path, self.owner)
        return path

    def on_server(self):
        with ImapClient(self.mail_server) as client:
            return len(client.messages("INBOX"))

    def check_round(self, fetch):
        """With a failing delivery first, and all is delivered then."""
        blocked = self.spoor.root / "mail"
        self.spoor.root.mkdir(parents=True)
        blocked.write_text("no directory")
        own(self.spoor.root, self.owner)
        failed = fetch()
        self.assertEqual(self.on_server(), 3, failed)
        self.assertRegex(failed.text + failed.errors, r"4\.3\.0 mailspoor|75|fail", failed)
        blocked.unlink()
        result = fetch()
        self.assertEqual(self.on_server(), 0, result)
        found = {one: place["envelope"] for one, place in self.spoor.placements("*")}
        self.assertEqual(set(found), {canonical_id(self.octets(number)) for number in range(3)}, self.spoor.files("bob").values())
        self.assertEqual({envelope["sender"] for envelope in found.values()}, set(self.senders))
        self.assertEqual(len(self.spoor.files("bob")), 3)
        return found

    def check_fetchmail(self, protocol, port):
        text, = recipe("fetchmail")
        settings = self.write(".fetchmailrc", text.replace("/usr/local/bin", f"{self.folder}/bin") + (
            f'poll localhost protocol {protocol} service {port}\n  user "user" password "{self.mail_server.password()}"\n'
            f'  ssl sslcertck sslcertfile "{self.mail_server.ca_file}"\n'))
        found = self.check_round(lambda: self.run_fetcher("fetchmail", "--nodetach", "-f", settings, "-v"))
        self.assertEqual([envelope["recipients"] for envelope in found.values()], [[self.owner.pw_name]] * 3)

    def test_fetchmail_over_imap(self):
        self.check_fetchmail("IMAP", self.mail_server.imaps_port)

    def test_fetchmail_over_pop3(self):
        self.check_fetchmail("POP3", self.mail_server.pop3s_port)

    def check_getmail(self, kind, port, more=""):
        text = "".join(recipe("getmail"))
        settings = self.write("getmailrc", (
            f"[retriever]\ntype = {kind}\nserver = localhost\nport = {port}\nusername = user\n"
            f"password = {self.mail_server.password()}\nca_certs = {self.mail_server.ca_file}\n{more}\n"
            + text.replace("/usr/local/bin", f"{self.folder}/bin") + "delete = true\n"))
        self.check_round(lambda: self.run_fetcher("getmail", "--getmaildir", self.home, "--rcfile", settings))

    def test_getmail_over_imap(self):
        self.check_getmail("SimpleIMAPSSLRetriever", self.mail_server.imaps_port, 'mailboxes = ("INBOX",)\nrecord_mailbox = false')

    def test_getmail_over_pop3(self):
        self.check_getmail("SimplePOP3SSLRetriever", self.mail_server.pop3s_port)


if __name__ == "__main__":
    harness.main()
