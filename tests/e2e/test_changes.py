#!/usr/bin/python3
"""What happens on the server after the first sync happens here: flags, expunges, moves; and nothing happens twice."""
import os
import re

import dovecot
import harness
import judge
from harness import message
from imap_client import ImapClient, everything, snapshot

BASIC = "IMAP4rev1 SASL-IR ID LITERAL+ IDLE UIDPLUS NAMESPACE"


class Changes:
    """Each subclass a server with other extensions."""

    capabilities = None
    forbidden = r"(?i)EXAMINE|UID"  # where nothing has changed

    def setUp(self):
        super().setUp()
        settings = f"imap_capability = {self.capabilities}\n" if self.capabilities else ""
        self.server = self.enterContext(dovecot.Dovecot(raw_log=True, settings=settings))
        with ImapClient(self.server) as client:
            client.create("Archive")
            for number in range(6):
                client.append("INBOX", message(number), flags=(r"\Seen",) if number % 2 else ())
            for number in range(10, 13):
                client.append("Archive", message(number))
        self.spoor = harness.Mailspoor(self.folder)
        self.assertEqual(self.sync()["fetched"], 9)

    def sync(self, *arguments):
        line, = self.expect(self.spoor.sync(self.server, "--format", "jsonl", *arguments)).objects()
        self.assertEqual((line["holes"], line["error"]), (0, None))
        return line

    def check(self, *arguments, fetched=0, flags_changed=0, gone=0):
        """One sync brings this, nothing is changed on the server by it, the index is right, and the next brings nothing."""
        before = snapshot(self.server)
        line = first = self.sync(*arguments)
        self.assertEqual((line["fetched"], line["flags_changed"], line["gone"]), (fetched, flags_changed, gone))
        self.assertEqual(before, snapshot(self.server), "the server before and after")
        self.expect(self.spoor.run("check"))
        problems = judge.store_problems(self.spoor, everything(self.server), 0) + judge.index_problems(self.spoor)
        self.assertEqual(problems, [], judge.report(problems))
        self.server.client_commands(forget=True)
        line = self.sync()
        self.assertEqual((line["fetched"], line["flags_changed"], line["gone"]), (0, 0, 0))
        commands = [command.partition(" ")[2] for command in self.server.client_commands()]
        self.assertFalse([command for command in commands if re.match(self.forbidden, command)], commands)
        return first

    def search(self, *query):
        return self.expect(self.spoor.run("search", "--format", "jsonl", *query)).objects()

    def path(self, mailbox, uid):
        (path,), = [paths for (name, _, number), paths in self.spoor.stored().items() if (name, number) == (mailbox, uid)]
        return path

    def test_nothing_happens(self):
        self.check()

    def test_new_mail(self):
        with ImapClient(self.server) as client:
            client.append("INBOX", message(20))
        self.check(fetched=1)

    def test_flags(self):
        with ImapClient(self.server) as client:
            client.set_flags("INBOX", 1, [r"\Seen", r"\Flagged"])
            client.set_flags("INBOX", 2, [])
            client.set_flags("INBOX", 3, [r"\Answered", "Important"])
        self.check(flags_changed=3)
        infos = [self.path("INBOX", uid).name.partition(":2,")[2] for uid in (1, 2, 3, 4)]
        self.assertEqual([re.sub("[a-z]", "", info) for info in infos], ["FS", "", "R", "S"])
        self.assertEqual([one["placements"][0]["uid"] for one in self.search("is:flagged")], [1])
        self.assertEqual([one["placements"][0]["uid"] for one in self.search("flag:Important")], [3])

    def test_flags_that_a_mua_set_here_stay(self):
        path = self.path("INBOX", 1)
        os.rename(path, f"{path}FS")
        self.check()
        self.assertTrue(self.path("INBOX", 1).name.endswith(":2,FS"))
        with ImapClient(self.server) as client:
            client.set_flags("INBOX", 1, [r"\Answered"])
        self.check(flags_changed=1)
        self.assertTrue(self.path("INBOX", 1).name.endswith(":2,R"))

    def test_expunge(self):
        octets = self.path("INBOX", 2).read_bytes()
        with ImapClient(self.server) as client:
            client.delete("INBOX", 2)
            client.append("INBOX", message(21))  # so that the number of messages is what it was
        self.check(fetched=1, gone=1)
        one, = self.search("is:gone")
        place, = one["placements"]
        self.assertEqual((place["mailbox"], place["uid"]), ("INBOX", 2))
        self.assertLessEqual(place["gone"]["last_seen"], place["gone"]["first_missed"])
        path, = one["paths"]
        self.assertIn("/.mailspoor-gone/cur/", path)
        with open(path, "rb") as file:
            self.assertEqual(file.read(), octets)
        self.assertEqual(self.expect(self.spoor.run("show", one["id"], "--raw")).out, octets)
        self.assertEqual(len(self.search("is:here")), 9)
        self.assertEqual(len(self.search("*")), 10)

    def test_expunge_of_a_whole_mailbox(self):
        with ImapClient(self.server) as client:
            for uid in (1, 2, 3):
                client.delete("Archive", uid)
        self.check(gone=3)
        self.assertEqual(len(self.search("is:gone mailbox:Archive")), 3)

    def test_move(self):
        inode = self.path("INBOX", 2).stat().st_ino
        with ImapClient(self.server) as client:
            client.move("INBOX", 2, "Archive")
        self.check(fetched=1, gone=1)
        self.assertEqual(self.path("Archive", 4).stat().st_ino, inode, "the octets are stored once")
        one, = self.search("is:gone")
        self.assertEqual([(place["mailbox"], place["gone"] is None) for place in one["placements"]],
                         [("Archive", True), ("INBOX", False)])
        self.assertEqual(one["paths"], [str(self.path("Archive", 4))])
        self.assertFalse(list((self.spoor.root / "mail").glob("*/.mailspoor-gone/cur/*")))

    def test_equal_messages_are_stored_once(self):
        with ImapClient(self.server) as client:
            client.append("Archive", message(1))
            client.append("Archive", message(30))
            client.append("Archive", message(30))
        self.check(fetched=3)
        self.assertEqual(self.path("Archive", 4).stat().st_ino, self.path("INBOX", 2).stat().st_ino)
        self.assertEqual(self.path("Archive", 5).stat().st_ino, self.path("Archive", 6).stat().st_ino)

    def test_another_uid_validity(self):
        paths = {path.read_bytes(): path for (path,) in self.spoor.stored().values()}
        inodes = {octets: path.stat().st_ino for octets, path in paths.items()}
        by_mua = paths[message(0)]
        os.rename(by_mua, f"{by_mua}F")
        with ImapClient(self.server) as client:
            client.delete("INBOX", 2)
        self.server.renumber("INBOX")
        with ImapClient(self.server) as client:
            client.append("INBOX", message(40))
            client.set_flags("INBOX", 2, [r"\Answered"])
        self.server.client_commands(forget=True)
        line = self.check(fetched=1, gone=1)
        self.assertEqual(line["recognised"], 5)
        (note,) = line["notes"]
        self.assertRegex(note, r"^INBOX: UIDVALIDITY changed from \d+ to \d+: 5 messages recognised, 1 new, 1 gone$")
        stored = {path.read_bytes(): path for (path,) in self.spoor.stored().values()}
        self.assertEqual({octets: path.stat().st_ino for octets, path in stored.items() if octets in inodes},
                         {octets: inode for octets, inode in inodes.items() if octets != message(1)})
        self.assertTrue(stored[message(0)].name.endswith(":2,F"), "what a MUA set")
        self.assertTrue(stored[message(2)].name.endswith(":2,R"), "what changed on the server")
        one, = self.search("is:gone")
        self.assertEqual([place["uid"] for place in one["placements"]], [2])
        self.assertEqual(len(self.search("mailbox:INBOX is:here")), 6)

    def test_another_uid_validity_where_messages_look_alike(self):
        """The same Message-ID, size and INTERNALDATE, or no Message-ID: the octets decide."""
        alike = [message(50, body="one"), message(50, body="two"), b"Subject: nameless\r\n\r\n"]
        for octets in alike:
            self.server.add("Archive", octets, received=1_600_000_000)
        self.assertEqual(self.sync()["fetched"], 3)
        inodes = sorted(path.stat().st_ino for (path,) in self.spoor.stored().values())
        self.server.renumber("Archive")
        line = self.check(fetched=3)
        self.assertEqual(line["recognised"], 3)
        self.assertRegex(line["notes"][0], "6 messages recognised, 0 new, 0 gone$")
        self.assertEqual(sorted(path.stat().st_ino for (path,) in self.spoor.stored().values()), inodes)
        self.assertEqual(self.search("is:gone"), [])

    def test_another_uid_validity_of_an_emptied_mailbox(self):
        with ImapClient(self.server) as client:
            client.remove("Archive")
            client.create("Archive")
        # A server that is being restored looks the same: it is believed in the second run.
        self.assertEqual(self.sync()["gone"], 0)
        line = self.check(gone=3)
        self.assertRegex(line["notes"][0], "^Archive: .* 0 messages recognised, 0 new, 3 gone$")
        self.assertEqual(len(self.search("is:gone mailbox:Archive")), 3)

    def test_renamed_mailboxes(self):
        for number in range(60, 63):
            self.server.add(f"Archive/{number}", message(number))
        self.assertEqual(self.sync()["fetched"], 3)
        inodes = sorted(path.stat().st_ino for (path,) in self.spoor.stored().values())
        with ImapClient(self.server) as client:
            client.rename("Archive", "Stored.away/Entwürfe")
            client.append("Stored.away/Entwürfe", message(70))
        self.server.client_commands(forget=True)
        line = self.check(fetched=1)
        self.assertEqual(sorted(line["notes"]), ["Archive/60: renamed to Stored.away/Entwürfe/60",
                                                 "Archive/61: renamed to Stored.away/Entwürfe/61",
                                                 "Archive/62: renamed to Stored.away/Entwürfe/62",
                                                 "Archive: renamed to Stored.away/Entwürfe"])
        self.assertLess(set(inodes), {path.stat().st_ino for (path,) in self.spoor.stored().values()})
        self.assertEqual({identity["mailbox"] for identity in self.spoor.folders().values()},
                         {"INBOX", "Stored.away/Entwürfe", *(f"Stored.away/Entwürfe/{number}" for number in range(60, 63))})
        self.assertEqual(self.search("is:gone"), [])
        self.assertEqual(len(self.search("mailbox:Stored.away/Entwürfe")), 4)
        # The name is free for another mailbox.
        with ImapClient(self.server) as client:
            client.create("Archive")
            client.append("Archive", message(71))
        self.check(fetched=1)

    def test_a_removed_mailbox(self):
        with ImapClient(self.server) as client:
            client.remove("Archive")
        line = self.sync()
        self.assertEqual((line["gone"], line["notes"]), (0, []), "one run does not tell")
        line = self.check(gone=3)
        self.assertEqual(line["notes"], ["Archive: not on the server any more, 3 messages gone"])
        for one in self.search("is:gone"):
            place, = one["placements"]
            self.assertEqual(place["mailbox"], "Archive")
            self.assertLessEqual(place["gone"]["last_seen"], place["gone"]["first_missed"])
        self.assertEqual(len(self.search("is:gone")), 3)

    def test_a_mailbox_that_is_not_asked_for_is_not_missed(self):
        for arguments in (("--exclude", "Archive"), ("--mailbox", "INBOX")) * 2:
            self.assertEqual(self.sync(*arguments)["gone"], 0)
        with ImapClient(self.server) as client:
            client.rename("Archive", "Elsewhere")
        for _ in range(3):
            self.assertEqual(self.sync("--mailbox", "INBOX")["gone"], 0)
        self.assertEqual(self.check()["notes"], ["Archive: renamed to Elsewhere"])

    def test_the_cache_is_lost(self):
        for path in (self.spoor.root / "state").iterdir():
            path.unlink()
        self.check()

    def test_the_journal_is_lost(self):
        """Then nothing is fetched again, and all is compared anew."""
        for path in (self.spoor.root / "mail").rglob("mailspoor.journal"):
            path.unlink()
        line = self.sync()
        self.assertEqual((line["fetched"], line["gone"]), (0, 0))
        with ImapClient(self.server) as client:
            client.delete("INBOX", 2)
        self.assertEqual(self.sync()["gone"], 1)


class Qresync(Changes, harness.Case):
    pass


class Condstore(Changes, harness.Case):
    capabilities = BASIC + " CONDSTORE ENABLE ESEARCH LIST-EXTENDED LIST-STATUS SPECIAL-USE"


class Plain(Changes, harness.Case):
    """No extension that tells of changes, as with Exchange Online."""
    capabilities = BASIC
    forbidden = r"(?i)EXAMINE (?!.?INBOX)|UID SEARCH|UID FETCH .*(BODY|SIZE)"

    def test_flags_in_another_mailbox(self):
        """Nothing tells that they have changed, so a full comparison has to."""
        with ImapClient(self.server) as client:
            client.set_flags("Archive", 2, [r"\Flagged"])
        self.check()
        self.check("--compare", flags_changed=1)


if __name__ == "__main__":
    harness.main()
