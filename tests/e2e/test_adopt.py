#!/usr/bin/python3
"""account adopt: what another program has fetched is known again by the first sync, and not fetched."""
import os
import pathlib
import shutil
import subprocess
import unittest

import dovecot
import harness
import judge
from harness import message
from imap_client import ImapClient, everything

MAILBOXES = ["INBOX", "Archive", "Archive/2024", "Entwürfe"]


class Account(harness.Case):
    layout = {}  # of the server
    mailboxes = MAILBOXES

    def setUp(self):
        super().setUp()
        if not dovecot.available():
            self.skipTest("Dovecot is not installed")
        self.server = self.enterContext(dovecot.Dovecot(raw_log=True, **self.layout))
        with ImapClient(self.server) as client:
            for mailbox in self.mailboxes[1:]:
                client.create(mailbox)
            for number in range(20):
                client.append(self.mailboxes[number % 4], message(number, size=300 + 100 * number))
            client.append("INBOX", b"From: a@example.org\r\nSubject: no Message-ID\r\n\r\nx\r\n")
        self.spoor = harness.Mailspoor(self.folder)
        config = self.spoor.directory / "config" / "mailspoor" / "config.toml"
        config.parent.mkdir(parents=True)
        config.write_text(f'[accounts.work]\nurl = "{self.server.url()}"\nca_file = "{self.server.ca_file}"\n'
                          f'password_file = "{self.server.password_file()}"\n')

    def sync(self):
        self.server.client_commands(forget=True)
        line, = self.expect(self.spoor.run("sync", "--format", "jsonl")).objects()
        return line

    def adopt(self, maildir):
        return self.expect(self.spoor.run("account", "adopt", "work", maildir)).text

    def check(self):
        problems = judge.store_problems(self.spoor, everything(self.server), 0) + judge.index_problems(self.spoor)
        self.assertEqual(problems, [])
        self.expect(self.spoor.run("check"))

    def server_facts(self, query):
        """What is told of each placement that only a server can know."""
        return [tuple(placement[key] for key in ("uid_validity", "uid", "internal_date", "internal_date_raw", "gone"))
                for message in self.expect(self.spoor.run("search", "--format", "jsonl", query)).objects()
                for placement in message["placements"]]

    def copy_of_the_server(self):
        copy = pathlib.Path(self.folder, "theirs")
        shutil.copytree(pathlib.Path(self.server.dir, "mail", self.server.user), copy)
        return copy


class Adopt(Account):
    def test_the_maildir_of_dovecot(self):
        copy = self.copy_of_the_server()
        self.assertIn("21 messages of 4 mailboxes adopted, 0 were", self.adopt(copy))
        self.assertIn(" 0 messages of 4 mailboxes adopted, 21 were", self.adopt(copy))
        self.assertEqual(self.expect(self.spoor.run("count", "mailbox:Entwürfe")).text.strip(), "5")
        plan, = self.expect(self.spoor.run("sync", "--dry-run", "--format", "jsonl")).objects()
        self.assertEqual(plan["would_fetch"], 1)
        line = self.sync()
        self.assertEqual((line["fetched"], line["recognised"], line["gone"]), (1, 20, 0), "the one without a Message-ID is fetched")
        self.assertIn("INBOX: of the adopted messages: 6 messages recognised, 0 new, 0 gone", line["notes"])
        self.check()
        self.assertEqual(self.expect(self.spoor.run("count", "is:gone")).text.strip(), "0")
        self.assertEqual(self.sync()["fetched"], 0)

    def test_what_differs(self):
        copy = self.copy_of_the_server()
        with ImapClient(self.server) as client:
            client.delete("Archive", 1)
            client.append("Archive", message(50))
        self.adopt(copy)
        self.assertEqual(self.server_facts("*"), [(None,) * 5] * 21, "no server has told anything yet")
        line = self.sync()
        self.assertEqual((line["fetched"], line["recognised"], line["gone"]), (2, 19, 1))
        self.check()
        gone, = self.server_facts("is:gone")
        self.assertEqual(gone[:4], (None,) * 4)
        self.assertIsNone(gone[4]["last_seen"])
        self.assertIsNotNone(gone[4]["first_missed"])
        self.assertEqual([facts for facts in self.server_facts("is:here") if None in facts[:4]], [])

    def test_the_maildir_of_mbsync(self):
        """It leaves the carriage returns out, and marks what it stores by a field of its own."""
        if not shutil.which("mbsync"):
            self.skipTest("mbsync is not installed")
        theirs = pathlib.Path(self.folder, "theirs")
        theirs.mkdir()
        config = pathlib.Path(self.folder, "mbsyncrc")
        config.touch(0o600)
        config.write_text(f"IMAPAccount a\nHost localhost\nPort {self.server.imaps_port}\nUser {self.server.user}\n"
                          f"Pass {self.server.password()}\nSSLType IMAPS\nCertificateFile {self.server.ca_file}\n\n"
                          f"IMAPStore far\nAccount a\n\nMaildirStore near\nPath {theirs}/\nInbox {theirs}/INBOX\n"
                          "SubFolders Verbatim\n\nChannel c\nFar :far:\nNear :near:\nPatterns *\nCreate Near\nSync Pull\n"
                          "Expunge None\nSyncState *\n")
        subprocess.run(["mbsync", "-q", "-c", config, "c"], check=True, env=dict(os.environ, HOME=self.folder))
        self.assertIn("21 messages of 4 mailboxes adopted", self.adopt(theirs))
        line = self.sync()
        self.assertEqual((line["fetched"], line["recognised"], line["gone"]), (1, 20, 0))
        self.check()

    def make(self, path, *numbers):
        """A Maildir with these messages."""
        for name in ("cur", "new", "tmp"):
            (path / name).mkdir(parents=True)
        for number in numbers:
            (path / "cur" / f"{number}.host:2,S").write_bytes(message(number))
        return path

    def test_what_cannot_be_read_is_told_and_the_rest_is_taken(self):
        theirs = self.make(pathlib.Path(self.folder, "theirs"), 100)
        for number, name in enumerate(("new", "Plain", "Linked", "Closed", "Zoo"), 101):
            self.make(theirs / "box" / name, number)
        (theirs / "box/Linked/cur").rename(theirs / "elsewhere")
        (theirs / "box/Linked/cur").symlink_to(theirs / "elsewhere")
        (theirs / "box/Link").symlink_to("Plain")
        os.mkfifo(theirs / "box/Zoo/cur/fifo")
        (theirs / "box/Closed").chmod(0)
        is_closed = not os.access(theirs / "box/Closed", os.R_OK)  # not to root
        result = self.expect(self.spoor.run("account", "adopt", "work", theirs), 3)
        (theirs / "box/Closed").chmod(0o700)
        self.assertIn(f"{4 if is_closed else 5} messages of {4 if is_closed else 5} mailboxes adopted", result.text)
        for path in ("box/Linked/cur", "box/Link", "box/Zoo/cur/fifo", *(["box/Closed"] if is_closed else [])):
            self.assertIn(f"{theirs / path}", result.errors)
        held = {mailbox for mailbox, _, _ in self.spoor.stored()}
        self.assertEqual(held, {"INBOX", "box/new", "box/Plain", "box/Zoo", *([] if is_closed else ["box/Closed"])})

    def test_the_figures(self):
        theirs = self.make(pathlib.Path(self.folder, "theirs"), 100, 101)
        (theirs / "cur/102.host:2,").write_bytes(message(100))
        self.make(theirs / ".Empty")
        result = self.expect(self.spoor.run("account", "adopt", "typo", theirs))
        self.assertIn("2 messages of 1 mailboxes adopted, 0 were here before, 1 lie there twice", result.text)
        self.assertIn("`typo` is new", result.errors)
        result = self.expect(self.spoor.run("account", "adopt", "typo", theirs))
        self.assertIn(" 0 messages of 1 mailboxes adopted, 3 were here before\n", result.text)
        self.assertEqual(result.errors, "")
        for own in (self.spoor.root / "mail" / "typo", self.spoor.root, self.folder):
            self.expect_error(self.spoor.run("account", "adopt", "work", own), 2, "in or around")

    def test_bad_arguments(self):
        for arguments in (("work", f"{self.folder}/nowhere"), ("work", self.folder), ("../work", self.folder)):
            self.expect(self.spoor.run("account", "adopt", *arguments), 2)


class Dots(Account):
    """A server that has dots between the levels."""
    layout = {"layout": "maildir++", "separator": "."}
    prefix = ""

    def test_the_levels_are_the_same(self):
        copy = self.copy_of_the_server()
        shutil.copytree(copy / ".Archive", copy / ".Local")
        self.assertIn("26 messages of 5 mailboxes adopted, 0 were", self.adopt(copy))
        for run, figures in enumerate(((1, 20), (0, 0), (0, 0))):
            line = self.sync()
            self.assertEqual((line["fetched"], line["recognised"], line["gone"]), (*figures, 0), run)
        for mailbox in ("Local", self.prefix + "Archive/2024"):
            self.assertEqual(self.expect(self.spoor.run("count", f"mailbox:{mailbox}")).text.strip(), "5", mailbox)
        self.assertEqual(self.expect(self.spoor.run("count", "is:gone")).text.strip(), "0")
        self.expect(self.spoor.run("check"))


class Prefix(Dots):
    """And has all below INBOX, as Courier does."""
    layout = {**Dots.layout, "settings": "namespace inbox {\n  prefix = INBOX.\n}\n"}
    prefix = "INBOX/"
    mailboxes = ["INBOX", *("INBOX/" + name for name in MAILBOXES[1:])]


if __name__ == "__main__":
    unittest.main()
