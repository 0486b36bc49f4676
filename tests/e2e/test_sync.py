#!/usr/bin/python3
"""sync against a real server: everything arrives as it is, nothing is changed there, nothing is asked for twice."""
import fcntl
import os
import pathlib
import re
import resource
import stat
import time
import unittest

import harness
from harness import canonical_id, message
from imap_client import ImapClient, everything, snapshot

# Names that servers allow. Not "a/b" as one level: "/" separates levels here.
ODD_NAMES = ["Archive/2024/Q1", "Archive/2024/Q1/deep/er", "a&b", "&", "Entwürfe", "日本語", "日本語/京都", "emoji 😀",
             "with  two blanks", "it's \"quoted\"", "back\\slash", "percent % star *", "(paren) [bracket] {9}", "-dash",
             "INBOX/below", "inbox-like", "Upper", "upper", "cafe\u0301", "café", "&AOk- looks encoded", "$dollar `tick`",
             "semi;colon", "long " + "x" * 190, "lang " + "ü" * 60, "tilde ~ inside", "#hash", "new mail", "tmp.", "null NIL"]
# Names with a dot, for servers whose levels are not separated by one.
DOTTED_NAMES = ["dots.in.name", ".hidden", "..double", "end.", "Archive.2024.Q1", ".mailspoor-gone"]
MAILDIR_FLAGS = {"\\Seen": "S", "\\Answered": "R", "\\Flagged": "F", "\\Deleted": "T", "\\Draft": "D",
                 "$Forwarded": "P"}


def fill_odd(server, names):
    """The sample, and two messages in each oddly named mailbox, with some flags and dates."""
    server.fill(harness.SAMPLE)
    server.add("INBOX", b"")
    server.add("INBOX", b"\r\nNo header section at all\r\n", received=1_500_000_000)
    server.add("INBOX", b"Subject: no end of line", flags="FRS")
    server.add("INBOX", b"Subject: 8-bit \xff\xfe\x80\r\n\r\n" + bytes(range(1, 256)) + b"\r\n)\r\n* 1 FETCH (UID 9)\r\nA001 OK\r\n")
    server.add("INBOX", message(1, size=300_000))
    with ImapClient(server) as client:
        for name in sorted(set(names) - set(client.mailboxes())):
            client.create(name)
        for number, name in enumerate(names):
            client.append(name, message(1000 + number), received=1_600_000_000 + number * 86_400)
            client.append(name, message(2000 + number), flags=(r"\Seen", r"\Flagged", "$Forwarded") if number % 2 else ())


class Sync(harness.Case):
    def check_store(self, spoor, server):
        """Each stored file is what an independent client fetches, in its mailbox, with its flags; nothing else is there."""
        truth = everything(server)
        stored = spoor.stored()
        self.assertEqual(sorted(truth), sorted(stored), "messages (mailbox, UIDVALIDITY, UID) on the server and here")
        for key, octets in truth.items():
            self.assertEqual(len(stored[key]), 1, f"{key} is stored more than once: {stored[key]}")
            self.assertEqual(stored[key][0].read_bytes(), octets, f"{key} in {stored[key][0]} is not what the server has")
        with ImapClient(server) as client:
            for mailbox in client.mailboxes():
                epoch = client.status(mailbox)["UIDVALIDITY"]
                for uid, (flags, _, _) in client.facts(mailbox).items():
                    path = stored[(mailbox, epoch, uid)][0]
                    info = path.name.partition(":2,")[2]
                    wanted = "".join(sorted(MAILDIR_FLAGS[flag] for flag in flags if flag in MAILDIR_FLAGS))
                    self.assertEqual(re.sub("[a-z]", "", info), wanted, f"flags of {path} against {flags}")
                    self.assertEqual(path.parent.name, "cur", path)
        self.assertEqual(spoor.litter(), [])
        return truth

    def check_modes(self, spoor):
        for path in [spoor.root, *spoor.root.rglob("*")]:
            wanted = 0o700 if path.is_dir() else 0o600
            self.assertEqual(oct(stat.S_IMODE(path.stat().st_mode)), oct(wanted), path)

    def check_commands(self, server):
        """Nothing was sent that could change the server."""
        for line in server.client_commands():
            self.assertNotRegex(line, r"(?i)^\S+ (UID )?(SELECT|STORE|EXPUNGE|APPEND|COPY|MOVE|DELETE|CREATE|RENAME"
                                      r"|SUBSCRIBE|UNSUBSCRIBE|CLOSE|SETMETADATA|SETACL)\b")
            self.assertNotRegex(line, r"(?i)BODY\[|RFC822(\.TEXT)?[ )]", "marks messages as read")

    def round_trip(self, server, names):
        fill_odd(server, names)
        spoor = harness.Mailspoor(self.folder)
        before = snapshot(server)
        server.client_commands(forget=True)
        os.umask(0o022)
        first = self.expect(spoor.sync(server, "--format", "jsonl")).objects()
        self.check_commands(server)
        self.assertEqual(before, snapshot(server), "STATUS, flags, INTERNALDATE and MODSEQ before and after")
        truth = self.check_store(spoor, server)
        self.assertEqual({mailbox for mailbox, _, _ in truth} - {folder["mailbox"] for folder in spoor.folders().values()}, set())
        self.check_modes(spoor)
        self.assertEqual(len(first), 1)
        self.assertEqual((first[0]["fetched"], first[0]["held"], first[0]["holes"], first[0]["error"]), (len(truth), 0, 0, None))
        self.assertEqual(first[0]["mailboxes"], len(before))
        self.assertEqual(first[0]["bytes"], sum(map(len, truth.values())))

        server.client_commands(forget=True)
        second = self.expect(spoor.sync(server, "--format", "jsonl")).objects()
        self.assertEqual((second[0]["fetched"], second[0]["held"], second[0]["bytes"]), (0, len(truth), 0))
        asked = [line for line in server.client_commands() if "BODY" in line.upper()]
        self.assertEqual(asked, [], "the second run asked for octets again")

        with ImapClient(server) as client:
            client.append("INBOX", message(77_001))
            client.append(names[0], message(77_002), flags=(r"\Answered",))
        server.client_commands(forget=True)
        third = self.expect(spoor.sync(server, "--format", "jsonl")).objects()
        self.assertEqual((third[0]["fetched"], third[0]["held"]), (2, len(truth)))
        self.check_store(spoor, server)
        return spoor, truth

    def test_every_mailbox_and_message_arrives(self):
        server = self.server(users=["alice@example.org"], raw_log=True)
        spoor, _ = self.round_trip(server, ODD_NAMES + DOTTED_NAMES)
        for folder in spoor.folders():
            self.assertTrue((folder / "mailspoor.journal").is_file(), f"{folder} has no journal")
            self.assertLessEqual(len(folder.relative_to(spoor.root / "mail").parts), 2, f"{folder}: a Maildir++ is flat")

    def test_levels_separated_by_a_dot(self):
        server = self.server(layout="maildir++", separator=".", raw_log=True)
        spoor, _ = self.round_trip(server, ODD_NAMES[:-2])
        self.assertEqual({folder["delimiter"] for folder in spoor.folders().values()}, {"."})

    def test_index_holds_every_message_and_what_the_server_knew(self):
        server = self.server(raw_log=True)
        fill_odd(server, ODD_NAMES[:8])
        spoor = harness.Mailspoor(self.folder)
        self.expect(spoor.sync(server))
        truth = everything(server)
        found = self.expect(spoor.run("search", "*", "--format", "jsonl")).objects()
        self.assertEqual(sorted(one["id"] for one in found), sorted({canonical_id(octets) for octets in truth.values()}))
        with ImapClient(server) as client:
            facts = {(name, uid): fact for name in client.mailboxes() for uid, fact in client.facts(name).items()}
        placements = {(place["mailbox"], place["uid_validity"], place["uid"]): (one, place)
                      for one in found for place in one["placements"]}
        self.assertEqual(sorted(placements), sorted(truth))
        for (mailbox, epoch, uid), (one, place) in placements.items():
            octets = truth[(mailbox, epoch, uid)]
            self.assertEqual(one["sha256"], harness.sha256(octets))
            self.assertEqual(one["size"], len(octets))
            flags, date, _ = facts[(mailbox, uid)]
            self.assertEqual(sorted(place["flags"]), sorted(set(flags) - {r"\Recent"}), place)
            self.assertEqual(place["internal_date_raw"], date, place)
            self.assertRegex(place["internal_date"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
            self.assertIsNone(place["gone"])

    def test_rebuilt_index_is_the_same(self):
        server = self.server(raw_log=True)
        fill_odd(server, ODD_NAMES)
        spoor = harness.Mailspoor(self.folder)
        self.expect(spoor.sync(server))
        with ImapClient(server) as client:
            client.append("INBOX", message(88_001), flags=(r"\Seen",))
        self.expect(spoor.sync(server))
        answer, rows = self.expect(spoor.run("search", "*", "--format", "jsonl")).out, spoor.index_rows()
        for path in spoor.root.glob("index.db*"):
            path.unlink()
        self.expect(spoor.run("index", "--rebuild"))
        self.assertEqual(self.expect(spoor.run("search", "*", "--format", "jsonl")).out, answer)
        self.assertEqual(spoor.index_rows(), rows)
        spoor.check_index()
        server.client_commands(forget=True)
        again = self.expect(spoor.sync(server, "--format", "jsonl")).objects()
        self.assertEqual(again[0]["fetched"], 0)
        self.assertEqual([line for line in server.client_commands() if "BODY" in line.upper()], [])
        self.expect(spoor.run("index", "--rebuild"))  # over an index that is there
        self.assertEqual(self.expect(spoor.run("search", "*", "--format", "jsonl")).out, answer)
        self.assertEqual(spoor.index_rows(), rows)

    def test_starttls(self):
        server = self.server()
        server.add("INBOX", message(1))
        spoor = harness.Mailspoor(self.folder)
        self.expect(spoor.sync(server, url=server.url(tls="starttls")))
        self.check_store(spoor, server)
        logins = [line for line in server.log().splitlines() if "Login: user=<user>" in line]
        self.assertIn(", TLS,", logins[0], "the first log-in is ours")

    def test_ip_address_in_the_url(self):
        server = self.server()
        server.add("INBOX", message(1))
        spoor = harness.Mailspoor(self.folder)
        self.expect(spoor.sync(server, url=server.url(host="127.0.0.1")))
        self.check_store(spoor, server)

    def test_cleartext_on_loopback_when_asked_for(self):
        server = self.server()
        server.add("INBOX", message(1))
        spoor = harness.Mailspoor(self.folder)
        self.expect(spoor.sync(server, "--tls", "none", url=server.url(tls="starttls")))
        self.check_store(spoor, server)

    def test_fetch_only_then_search(self):
        server = self.server()
        for number in range(20):
            server.add("INBOX", message(number))
        spoor = harness.Mailspoor(self.folder)
        self.expect(spoor.sync(server, "--no-index"))
        self.check_store(spoor, server)
        self.assertEqual(self.expect(spoor.run("count", "*")).text.strip(), "20")
        self.assertEqual(self.expect(spoor.run("count", "number7")).text.strip(), "1")
        self.expect(spoor.run("index"))
        self.assertEqual(self.expect(spoor.run("count", "*")).text.strip(), "20")

    def test_equal_messages_are_one_with_two_placements(self):
        server = self.server()
        for mailbox in ("INBOX", "Archive/old", "Sent"):
            server.add(mailbox, message(5))
        spoor = harness.Mailspoor(self.folder)
        self.expect(spoor.sync(server))
        self.check_store(spoor, server)
        found = self.expect(spoor.run("search", "*", "--format", "jsonl")).objects()
        self.assertEqual(len(found), 1)
        self.assertEqual(sorted(place["mailbox"] for place in found[0]["placements"]), ["Archive/old", "INBOX", "Sent"])

    def test_selected_mailboxes_only(self):
        server = self.server()
        for number, mailbox in enumerate(("INBOX", "Archive/2023", "Archive/2024", "Junk")):
            server.add(mailbox, message(number))
        spoor = harness.Mailspoor(self.folder)
        self.expect(spoor.sync(server, "--mailbox", "Archive/*", "--mailbox", "INBOX", "--exclude", "*2023"))
        self.assertEqual(sorted(mailbox for mailbox, _, _ in spoor.stored()), ["Archive/2024", "INBOX"])

    def test_one_unreadable_mailbox_does_not_stop_the_others(self):
        server = self.server()
        for number, mailbox in enumerate(("INBOX", "Locked", "Sent")):
            server.add(mailbox, message(number))
        os.chmod(server.mailbox_path("Locked") + "/cur", 0)
        spoor = harness.Mailspoor(self.folder)
        self.expect_error(spoor.sync(server), 3, "Locked")
        self.assertEqual(sorted(mailbox for mailbox, _, _ in spoor.stored()), ["INBOX", "Sent"])
        os.chmod(server.mailbox_path("Locked") + "/cur", 0o700)
        self.expect(spoor.sync(server))
        self.check_store(spoor, server)

    def test_what_is_too_large_is_a_hole_until_it_is_fetched(self):
        server = self.server()
        for number in range(5):
            server.add("INBOX", message(number, size=50_000 if number == 2 else 1000))
        spoor = harness.Mailspoor(self.folder)
        result = spoor.sync(server, "--max-message-size", "20000", "--format", "jsonl")
        self.expect(result, 3)
        self.assertEqual((result.objects()[0]["fetched"], result.objects()[0]["holes"]), (4, 1))
        status = self.expect(spoor.run("status", "--format", "jsonl")).objects()[0]
        holes = status["accounts"][0]["holes"]
        self.assertEqual([(hole["mailbox"], hole["uid"], hole["tries"]) for hole in holes], [("INBOX", 3, 1)])
        self.assertRegex(holes[0]["reason"], r"\d")
        self.assertIn("INBOX", self.expect(spoor.run("status")).text)
        self.expect(spoor.run("index", "--rebuild"))
        self.assertEqual(self.expect(spoor.run("status", "--format", "jsonl")).objects()[0]["accounts"][0]["holes"], holes)
        self.expect(spoor.sync(server))
        self.check_store(spoor, server)
        self.assertEqual(self.expect(spoor.run("status", "--format", "jsonl")).objects()[0]["accounts"][0]["holes"], [])

    def test_account_of_the_configuration(self):
        server = self.server()
        server.add("INBOX", message(1))
        spoor = harness.Mailspoor(self.folder)
        config = spoor.directory / "config" / "mailspoor" / "config.toml"
        config.parent.mkdir(parents=True)
        config.write_text(f'[accounts.work]\nurl = "{server.url()}"\nca_file = "{server.ca_file}"\n'
                          f'password_command = "cat {server.password_file()}"\n')
        self.assertIn("work", self.expect(spoor.run("account", "list")).text)
        self.expect(spoor.run("account", "test", "work"))
        line = self.expect(spoor.run("sync", "--format", "jsonl")).objects()
        self.assertEqual((line[0]["account"], line[0]["fetched"]), ("work", 1))
        self.assertTrue((spoor.root / "mail" / "work" / "cur").is_dir())
        self.check_store(spoor, server)

    def test_accounts_at_the_same_time(self):
        """One whose server falls silent keeps no other waiting; one that fails takes nothing from the others."""
        users = [f"user{number}" for number in range(6)]
        server = self.server(users=users)
        for user in users:
            server.add("INBOX", message(1, subject=user), user=user)
        slow = harness.Proxy(server.imaps_port, pass_octets=100)
        self.addCleanup(slow.close)
        spoor = harness.Mailspoor(self.folder)
        config = spoor.directory / "config" / "mailspoor" / "config.toml"
        config.parent.mkdir(parents=True)
        password = {user: f"cat {server.password_file(user)}" for user in users} | {"user1": "echo wrong"}
        config.write_text("".join(
            f'[accounts.{user}]\nurl = "{server.url(user, port=slow.port if user == "user0" else None)}"\n'
            f'ca_file = "{server.ca_file}"\npassword_command = "{password[user]}"\n' for user in users))
        run = spoor.start("sync", "--format", "jsonl")
        self.assertTrue(slow.stalled.wait(60))
        deadline = time.monotonic() + 120
        while not all(list((spoor.root / "mail" / user).glob("cur/*")) for user in users[2:]):
            self.assertLess(time.monotonic(), deadline, "the silent account holds up the others")
            time.sleep(0.05)
        self.assertIsNone(run.poll())
        slow.go_on.set()
        lines = self.expect(spoor.finish(run), 3).objects()
        self.assertEqual([line["account"] for line in lines], users)
        self.assertEqual([line["fetched"] for line in lines], [1, 0, 1, 1, 1, 1])
        self.assertIn("refused", lines[1]["error"])
        self.assertEqual(self.expect(spoor.run("count", "*")).text.strip(), "5")

    def test_a_busy_account_keeps_no_other_waiting(self):
        server = self.server(users=["ann", "zoe"])
        spoor = harness.Mailspoor(self.folder)
        config = spoor.directory / "config" / "mailspoor" / "config.toml"
        config.parent.mkdir(parents=True)
        config.write_text("".join(f'[accounts.{user}]\nurl = "{server.url(user)}"\nca_file = "{server.ca_file}"\n'
                                  f'password_file = "{server.password_file(user)}"\n' for user in ("ann", "zoe")))
        lines = self.expect(spoor.run("sync", "ann", "ann", "--format", "jsonl")).objects()
        self.assertEqual([line["account"] for line in lines], ["ann"])
        with open(spoor.root / "locks" / "ann") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            run = spoor.start("sync", "--lock-wait", "600", "--format", "jsonl")
            deadline = time.monotonic() + 120
            while not (spoor.root / "runs" / "zoe.json").exists():
                self.assertLess(time.monotonic(), deadline, "the busy account holds up the other")
                time.sleep(0.05)
            self.assertIsNone(run.poll())
        lines = self.expect(spoor.finish(run)).objects()
        self.assertEqual([(line["account"], line["error"]) for line in lines], [("ann", None), ("zoe", None)])

    def test_several_connections(self):
        """Mailboxes are spread over them; where nothing is new, or the server bears fewer, fewer are made."""
        for most, limit in ((4, 100), (2, 2)):
            server = self.server(raw_log=True, settings=f"mail_max_userip_connections = {limit}\n")
            for number in range(120):
                server.add(f"Folder{number % 6}" if number % 6 else "INBOX", message(number))
            spoor = harness.Mailspoor(f"{self.folder}/{limit}")
            line = self.expect(spoor.sync(server, "--connections", "4", "--format", "jsonl")).objects()[0]
            self.assertEqual((line["fetched"], line["holes"], line["error"]), (120, 0, None))
            sessions = list(pathlib.Path(server.dir, "raw", server.user).glob("*.in"))
            self.assertGreater(len(sessions), 1)
            self.assertLessEqual(len(sessions), most)
            self.check_store(spoor, server)
            server.client_commands(forget=True)
            line = self.expect(spoor.sync(server, "--connections", "4", "--format", "jsonl")).objects()[0]
            self.assertEqual((line["fetched"], line["held"]), (0, 120))
            self.assertEqual(len(list(pathlib.Path(server.dir, "raw", server.user).glob("*.in"))), 1)

    def test_few_open_files(self):
        """A limit that is low is raised as far as it may be."""
        server = self.server()
        for number in range(100):
            server.add("INBOX", message(number))
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        spoor = harness.Mailspoor(self.folder)
        line, = self.expect(spoor.sync(server, "--format", "jsonl", preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_NOFILE, (48, limit)))).objects()
        self.assertEqual((line["fetched"], line["error"]), (100, None))

    def test_password_typed_on_the_terminal(self):
        server = self.server()
        server.add("INBOX", message(1))
        spoor = harness.Mailspoor(self.folder)
        result = self.expect(spoor.run_on_terminal("sync", server.url(), "--ca-file", server.ca_file,
                                                   typed=server.password().encode() + b"\n", timeout=60))
        self.assertNotIn(server.password(), result.text, "the password was echoed")
        self.check_store(spoor, server)


if __name__ == "__main__":
    harness.main()
