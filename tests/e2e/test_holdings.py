#!/usr/bin/python3
"""What the program tells of what it holds, lacks and would fetch, against a real server."""
import fcntl
import os
import shutil

import dovecot
import harness
import judge
from harness import message
from imap_client import ImapClient, everything


class Held(harness.Case):
    """A server with a few messages, and a configuration that names it."""

    def setUp(self):
        super().setUp()
        if not dovecot.available():
            self.skipTest("Dovecot is not installed")
        self.server = self.enterContext(dovecot.Dovecot(raw_log=True))
        with ImapClient(self.server) as client:
            client.create("Archive")
            for number in range(4):
                client.append("INBOX", message(number))
            client.append("Archive", message(10))
        self.spoor = harness.Mailspoor(self.folder)
        config = self.spoor.directory / "config" / "mailspoor" / "config.toml"
        config.parent.mkdir(parents=True)
        config.write_text(f"""[accounts.work]
url = "{self.server.url()}"
ca_file = "{self.server.ca_file}"
password_file = "{self.server.password_file()}"

[accounts.never]
url = "imaps://nobody@localhost:1"
""")

    def append(self, number, mailbox="INBOX", **options):
        with ImapClient(self.server) as client:
            client.append(mailbox, message(number, **options))

    def sync(self, *arguments, code=0):
        result = self.expect(self.spoor.run("sync", "work", "--format", "jsonl", *arguments), code)
        line, = result.objects()
        return line, result.errors

    def status(self, *arguments, account="work", code=0):
        status, = self.expect(self.spoor.run("status", "--format", "jsonl", *arguments), code).objects()
        accounts = {one["account"]: one for one in status["accounts"]}
        return accounts[account] if account else accounts


class Holes(Held):
    limit = "--max-message-size", "5000"

    def test_an_accepted_hole_is_listed_and_makes_no_noise(self):
        self.append(20, size=9000)
        line, errors = self.sync(*self.limit, code=3)
        self.assertEqual((line["fetched"], line["holes"], line["accepted_holes"]), (5, 1, 0))
        self.assertIn("1 messages could not be fetched", errors)
        hole, = self.status()["holes"]
        self.assertEqual((hole["mailbox"], hole["uid"], hole["tries"], hole["accepted"]), ("INBOX", 5, 1, False))
        self.assertIn("9", hole["reason"])

        hole, = self.status("--accept", "work")["holes"]
        self.assertTrue(hole["accepted"])
        line, errors = self.sync(*self.limit)
        self.assertEqual((line["holes"], line["accepted_holes"], errors), (1, 1, ""))

        # What is derived is lost: the journal knows it still.
        shutil.rmtree(self.spoor.root / "state")
        self.expect(self.spoor.run("index", "--rebuild"))
        line, errors = self.sync(*self.limit)
        self.assertEqual((line["accepted_holes"], errors), (1, ""))
        hole, = self.status()["holes"]
        self.assertEqual((hole["accepted"], hole["tries"]), (True, 3))
        self.assertRegex(self.expect(self.spoor.run("status", "work")).text, r"hole .* INBOX UID 5: .* accepted\)")

        self.append(21, mailbox="Archive", size=9000)
        line, errors = self.sync(*self.limit, code=3)
        self.assertEqual((line["holes"], line["accepted_holes"]), (2, 1))
        self.assertIn("1 messages could not be fetched", errors)
        self.assertEqual([(hole["mailbox"], hole["accepted"]) for hole in self.status()["holes"]],
                         [("INBOX", True), ("Archive", False)])
        self.status("--accept")
        self.sync(*self.limit)

        line, _ = self.sync()  # without the limit they are no holes
        self.assertEqual((line["fetched"], line["holes"]), (2, 0))
        self.assertEqual(self.status()["holes"], [])

    def test_how_the_last_run_ended(self):
        accounts = self.status(account=None)
        self.assertEqual(set(accounts), {"never", "work"})
        for name in accounts:
            self.assertEqual([accounts[name][key] for key in ("last_run", "last_exit_code", "mailboxes", "messages")],
                             [None, None, 0, 0])
        self.append(20, size=9000)
        self.sync(*self.limit, code=3)
        self.expect(self.spoor.run("sync", "never"), 2)
        accounts = self.status(account=None)
        work, never = accounts["work"], accounts["never"]
        self.assertRegex(work["last_run"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual([work[key] for key in ("last_exit_code", "last_error", "mailboxes", "messages")], [3, None, 2, 5])
        self.assertGreater(work["bytes"], 5 * 600)
        self.assertEqual((never["last_exit_code"], never["mailboxes"]), (2, 0))
        self.assertIn("password", never["last_error"])
        text = self.expect(self.spoor.run("status", "never")).text
        self.assertIn("failed: ", text)
        self.assertNotIn("work", text.partition("account")[2])
        self.expect_error(self.spoor.run("status", "nevermore"), 2, "nevermore")

    def test_without_an_index_nobody_has_counted(self):
        self.sync("--no-index")
        work = self.status()
        self.assertEqual([work[key] for key in ("mailboxes", "messages", "bytes", "defects")], [2, None, None, None])
        self.expect(self.spoor.run("index"))
        self.assertEqual(self.status()["messages"], 5)

    def test_accept_waits_for_no_other_run(self):
        """A run that holds the account is named, and nothing is written beside it."""
        self.append(20, size=9000)
        self.sync(*self.limit, code=3)
        before = {path: path.read_bytes() for path in (self.spoor.root / "mail").rglob("mailspoor.journal")}
        with open(self.spoor.root / "locks" / "work") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.expect_error(self.spoor.run("status", "--accept"), 11, "work")
        self.assertEqual(before, {path: path.read_bytes() for path in before})
        self.assertTrue(self.status("--accept")["holes"][0]["accepted"])


class DryRun(Held):
    def plan(self, *arguments, code=0):
        before = judge.tree(self.folder)
        line, errors = self.sync("--dry-run", *arguments, code=code)
        self.assertEqual(before, judge.tree(self.folder), "nothing is written")
        self.assertEqual((line["fetched"], line["bytes"], line["holes"], line["gone"]), (0, 0, 0, 0))
        return line

    def test_before_the_first_sync(self):
        line = self.plan()
        sizes = {"INBOX": [], "Archive": []}
        for (name, _, _), octets in everything(self.server).items():
            sizes[name].append(len(octets))
        self.assertEqual((line["would_fetch"], line["would_fetch_bytes"], line["held"]), (5, sum(map(sum, sizes.values())), 0))
        self.assertEqual({plan["mailbox"]: (plan["messages"], plan["would_fetch"], plan["would_fetch_bytes"])
                          for plan in line["plans"]},
                         {name: (len(each), len(each), sum(each)) for name, each in sizes.items()})
        self.assertFalse(self.spoor.root.exists())
        self.assertIsNone(self.status()["last_run"])

    def test_what_is_new(self):
        self.sync()
        record = self.status()["last_run"]
        self.append(20)
        self.append(21, mailbox="Archive", size=9000)
        with ImapClient(self.server) as client:
            client.delete("INBOX", 2)
            client.set_flags("INBOX", 1, [r"\Flagged"])
        self.server.client_commands(forget=True)
        line = self.plan()
        self.assertFalse([command for command in self.server.client_commands() if "BODY" in command.upper()])
        self.assertEqual((line["would_fetch"], line["held"]), (2, 4))
        limited = self.plan("--max-message-size", "5000")
        self.assertEqual({plan["mailbox"]: (plan["would_fetch"], plan["too_large"]) for plan in limited["plans"]},
                         {"INBOX": (1, 0), "Archive": (0, 1)})
        self.assertEqual(self.status()["last_run"], record)
        text = self.expect(self.spoor.run("sync", "work", "--dry-run")).text
        self.assertRegex(text, r"INBOX +4 +1 to fetch")
        self.assertRegex(text, r"in all +2 to fetch.*nothing was fetched")
        done, _ = self.sync()
        self.assertEqual((done["fetched"], done["bytes"], done["gone"], done["flags_changed"]),
                         (line["would_fetch"], line["would_fetch_bytes"], 1, 1))
        self.assertNotIn("would_fetch", done)
        self.assertEqual(self.plan()["would_fetch"], 0)

    def test_a_mailbox_that_cannot_be_read_makes_3(self):
        self.server.mailbox_path("Closed")
        os.chmod(self.server.mailbox_path("Closed"), 0)
        line = self.plan(code=3)
        failed, = [plan for plan in line["plans"] if plan["error"]]
        self.assertEqual((failed["mailbox"], failed["messages"], failed["would_fetch"]), ("Closed", None, 0))
        self.assertEqual(line["would_fetch"], 5)

    def test_a_refused_log_in_makes_12(self):
        wrong = os.path.join(self.folder, "wrong")
        with open(os.open(wrong, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write("wrong\n")
        line = self.plan("--password-file", wrong, code=12)
        self.assertIsNotNone(line["error"])


if __name__ == "__main__":
    harness.main()
