#!/usr/bin/python3
"""What the program tells of what it holds, lacks and would fetch, against a real server."""
import fcntl
import os
import shutil

import dovecot
import harness
import judge
from harness import message
from imap_client import ImapClient, everything, snapshot


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
        self.assertRegex(text, r"in all +2 to fetch, .*\nnothing was fetched\n")
        done, _ = self.sync()
        self.assertEqual((done["fetched"], done["bytes"], done["gone"], done["flags_changed"]),
                         (line["would_fetch"], line["would_fetch_bytes"], 1, 1))
        self.assertNotIn("would_fetch", done)
        self.assertEqual(self.plan()["would_fetch"], 0)

    def test_a_mailbox_that_cannot_be_read_makes_3(self):
        os.chmod(self.server.mailbox_path("Closed") + "/cur", 0)
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


class Check(Held):
    CONTRACT = "missing", "unindexed", "changed", "server_only"

    def setUp(self):
        super().setUp()
        self.sync()

    def tree(self):
        """All but what SQLite makes for itself when it reads."""
        return {path: facts for path, facts in judge.tree(self.spoor.root).items() if "index.db" not in path}

    def check(self, *arguments, code=0, **expected):
        """What `check` finds is what is expected and nothing else: {list: [(mailbox, UID), …]}."""
        before = self.tree()
        found, = self.expect(self.spoor.run("check", "--format", "jsonl", *arguments), code).objects()
        self.assertEqual(before, self.tree(), "nothing is written")
        self.assertLessEqual({*self.CONTRACT}, {*found})
        self.assertEqual({name: sorted((one["mailbox"], one["uid"]) for one in each)
                          for name, each in found.items() if each and name != "failed"}, expected)
        return found

    def path(self, mailbox, uid):
        (path,), = [paths for (name, _, number), paths in self.spoor.stored().items() if (name, number) == (mailbox, uid)]
        return path

    def test_all_is_well(self):
        self.check()
        self.check("work", "--hash", "--server")
        self.assertEqual(self.expect(self.spoor.run("check")).out, b"")
        self.expect(self.spoor.run("check", "never"))
        self.expect_error(self.spoor.run("check", "nevermore"), 2, "nevermore")

    def test_what_a_mua_may_do_is_no_fault(self):
        path = self.path("INBOX", 1)
        path.rename(path.with_name(path.name + "FS"))
        with ImapClient(self.server) as client:
            client.delete("INBOX", 3)
        self.sync()
        self.check("--hash")

    def test_missing(self):
        self.path("INBOX", 2).unlink()
        found = self.check(code=3, missing=[("INBOX", 2)])
        self.assertRegex(found["missing"][0]["file"], r",U=2$")
        self.assertRegex(self.expect(self.spoor.run("check", "work"), 3).text, r"(?m)^missing +work INBOX UID 2 ")

    def test_missing_though_only_the_index_tells(self):
        inbox = self.path("INBOX", 1).parent
        (inbox / "1.mua:2,").write_bytes(message(50))
        self.check(code=3, unindexed=[("INBOX", None)])
        self.expect(self.spoor.run("index"))
        self.check()
        (inbox / "1.mua:2,").unlink()
        self.check(code=3, missing=[("INBOX", None)])

    def test_a_moved_file_is_not_missing(self):
        path = self.path("INBOX", 2)
        path.rename(self.path("Archive", 1).parent / path.name)
        self.check(code=3, unindexed=[("Archive", 2)])
        self.expect(self.spoor.run("index"))
        self.check()

    def test_a_file_in_a_folder_of_the_mail_program_is_not_missing(self):
        path = self.path("INBOX", 2)
        own = path.parents[1] / ".Trash" / "cur"
        own.mkdir(parents=True)
        path.rename(own / path.name)
        self.check()
        self.check("--hash")
        (own / path.name).unlink()
        self.check(code=3, missing=[("INBOX", 2)])

    def test_changed(self):
        path = self.path("INBOX", 1)
        octets = path.read_bytes()
        path.write_bytes(octets.replace(b"Body", b"body"))
        self.check()
        self.check("--hash", code=3, changed=[("INBOX", 1)])
        path.write_bytes(octets + b"more")
        self.check(code=3, changed=[("INBOX", 1)])
        found = self.check("--hash", code=3, changed=[("INBOX", 1)])
        self.assertIn(f"{len(octets) + 4} octets", found["changed"][0]["reason"])

    def test_no_index(self):
        for path in self.spoor.root.glob("index.db*"):
            path.unlink()
        self.check(code=3, unindexed=[("Archive", 1), *(("INBOX", uid) for uid in range(1, 5))])

    def test_server(self):
        self.append(20)
        self.append(21, size=9000)
        with ImapClient(self.server) as client:
            client.create("New")
            client.append("New", message(30))
            client.delete("INBOX", 1)
        self.server.client_commands(forget=True)
        before = snapshot(self.server)
        self.server.client_commands(forget=True)
        found = self.check("--server", "work", code=3, server_only=[("INBOX", 5), ("INBOX", 6), ("New", 1)],
                           here_only=[("INBOX", 1)])
        commands = [command.partition(" ")[2].upper() for command in self.server.client_commands()]
        self.assertEqual({command.split()[0] for command in commands} - {"CAPABILITY", "ID", "ENABLE", "NAMESPACE", "LIST"},
                         {"EXAMINE", "UID", "LOGOUT"})
        self.assertFalse([command for command in commands if "FETCH" in command])
        self.assertEqual(before, snapshot(self.server))
        self.assertEqual({one["uid_validity"] for one in found["server_only"] if one["mailbox"] == "INBOX"},
                         {folder["uid_validity"] for folder in self.spoor.folders().values() if folder["mailbox"] == "INBOX"})
        self.sync()
        self.check("--server", "work")

    def test_server_holes(self):
        self.append(21, size=9000)
        self.sync("--max-message-size", "5000", code=3)
        found = self.check("--server", "work", code=3, server_only=[("INBOX", 5)])
        self.assertIn("limit is 5000", found["server_only"][0]["reason"])
        self.expect(self.spoor.run("status", "--accept"))
        found = self.check("--server", "work", server_only=[("INBOX", 5)])
        self.assertTrue(found["server_only"][0]["accepted"])

    def test_a_mailbox_that_is_not_there_any_more(self):
        with ImapClient(self.server) as client:
            client.remove("Archive")
        self.check("--server", "work", here_only=[("Archive", None)])
        self.check("--server", "work", "--mailbox", "INBOX")

    def test_server_by_url_and_failures(self):
        connection = "--ca-file", self.server.ca_file, "--password-file", self.server.password_file()
        found = self.check("--server", self.server.url(), *connection, code=3,
                           server_only=[("Archive", 1), *(("INBOX", uid) for uid in range(1, 5))])
        self.assertEqual({one["account"] for one in found["server_only"]}, {f"user@localhost:{self.server.imaps_port}"})
        os.chmod(self.server.mailbox_path("Closed") + "/cur", 0)
        found = self.check("--server", "work", code=3)
        self.assertEqual([(one["account"], one["mailbox"]) for one in found["failed"]], [("work", "Closed")])
        self.expect_error(self.spoor.run("check", "--server", "never"), 2, "password")
        self.expect_error(self.spoor.run("check", "--server", "never", "work", "--password-file", "/nowhere"), 2,
                          "work: not compared", "never: not compared")

    def test_by_url_without_the_server(self):
        connection = "--ca-file", self.server.ca_file, "--password-file", self.server.password_file()
        self.expect_error(self.spoor.run("check", self.server.url()), 2, "is held in")
        self.expect(self.spoor.run("sync", self.server.url(), *connection))
        self.check(self.server.url())
        self.check("--server", f"user@localhost:{self.server.imaps_port}", *connection)
        self.expect_error(self.spoor.run("check", *connection), 2, "without --server")


class AccountTest(harness.Case):
    settings = """
mail_plugins = quota
protocol imap {
  mail_plugins = quota imap_quota
}
plugin {
  quota = maildir:User quota
  quota_rule = *:storage=1M:messages=100
}
"""

    def run_test(self, server, *arguments, code=0):
        spoor = harness.Mailspoor(self.folder)
        result = self.expect(spoor.run("account", "test", server.url(), "--ca-file", server.ca_file, "--password-file",
                                       server.password_file(), *arguments), code)
        self.assertFalse(spoor.root.exists())
        return result.text

    def fill(self, server):
        with ImapClient(server) as client:
            client.create("Archive")
            for number in range(4):
                client.append("INBOX", message(number))
            client.append("Archive", message(10, size=250_000))
        return sum(map(len, everything(server).values()))

    def test_quota_and_sizes(self):
        server = self.server(settings=self.settings, raw_log=True)
        octets = self.fill(server)
        server.client_commands(forget=True)
        text = self.run_test(server)
        self.assertFalse([command for command in server.client_commands() if "FETCH" in command.upper()])
        self.assertRegex(text, r"connection   TLSv1\.[23] \S+_\S+")
        self.assertRegex(text, r"id +.*name=Dovecot")
        self.assertRegex(text, r"log-in       \S+ as user")
        self.assertRegex(text, r"(?m)^INBOX +4 ")
        self.assertRegex(text, rf"in all       5 messages in 2 mailboxes, {octets / 1000:.1f} kB")
        self.assertRegex(text, rf"quota        User quota: [\d.]+ kB of 1\.0 MB used; the mailboxes hold {octets / 1000:.1f} kB")
        self.assertRegex(text, r"quota        User quota: 5 of 100 messages; the mailboxes hold 5")

    def test_a_server_that_does_not_tell(self):
        server = self.server(settings="imap_capability = IMAP4rev1 SASL-IR LITERAL+ UIDPLUS\n")
        octets = self.fill(server)
        text = self.run_test(server)
        self.assertIn("5 messages in 2 mailboxes, of unknown size", text)
        self.assertIn("quota        the server tells none", text)
        self.assertRegex(self.run_test(server, "--sizes"), rf"5 messages in 2 mailboxes, {octets / 1000:.1f} kB")


if __name__ == "__main__":
    harness.main()
