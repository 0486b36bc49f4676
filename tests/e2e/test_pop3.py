#!/usr/bin/python3
"""sync over POP3 against real servers: the maildrop arrives as it is sent, stays as it is there, and is not asked for twice."""
import os
import pathlib
import random
import re
import shutil
import signal
import sys
import time

import dovecot
import harness
import judge
import peers
import test_servers
from harness import message, sha256
from imap_client import ImapClient
from pop3_case import DovecotCase, Mailspoor, Pop3Case, append, delete, look, name_in_file, uidl_of, without_seen
from pop3_client import Pop3Client, maildrop, uidls

sys.path.append(str(harness.PROJECT / "tests" / "bench"))
import delay

KILLS = 100 if harness.LONG else 12
KILLS_A_STORE = 4
# Whatever ends a message for careless readers, and what servers alter or refuse as they like.
ODD_MESSAGES = [
    b"\r\nNo header section at all\r\n", b"Subject: no end of line", b"Subject: no end of line\r\n\r\n.",
    b"Subject: CR\r\n\r\nbody\rbody\r\r\n", b"Subject: LF only\n\nbody\n.\nstill the body\n",
    b"Subject: dots\r\n\r\n.\r\n..\r\n...\r\n.x\r\n. \r\n\t.\r\n.", b"Subject: LF dot\r\n\r\none\n.\ntwo\n.\r\nthree\r\n",
    b"Subject: CR dot\r\n\r\none\r.\rtwo\r.\r\nthree\r\n", b"Subject: only a dot\r\n\r\n.\r\n",
    b"Subject: an end\r\n\r\n\r\n.\r\n-ERR no\r\n+OK\r\n", b"Subject: empty\r\n\r\n", b"Subject: no body\r\n",
    b"Subject: NUL\r\n\r\n\0\r\n.\0\r\n", b"Subject: 8-bit \xff\xfe\x80\r\n\r\n" + bytes(range(1, 256)) + b"\r\n",
    b"Subject: a long line\r\n\r\n" + b"." * 100_000 + b"\r\n.", message(1, size=300_000)]


class Pop3Server(Pop3Case):
    """What holds for every POP3 server."""

    def fill(self, server):
        sample = [path.read_bytes() for path in sorted(harness.SAMPLE.rglob("*.eml"))]
        self.assertGreater(append(server, *sample), 60)
        self.assertGreater(append(server, *ODD_MESSAGES), 8)
        append(server, message(2), flags=(r"\Flagged",))
        append(server, message(3), flags=(r"\Seen", r"\Answered"))

    def round_trip(self, tls):
        server = self.server()
        self.fill(server)
        url = server.url(protocol="pop3", tls=tls)
        spoor = Mailspoor(self.folder)
        first = self.sync(spoor, server, url=url)
        drop = self.check_store(spoor, server)
        octets = sum(map(len, drop.values()))
        self.assertEqual((first["fetched"], first["held"], first["bytes"]), (len(drop), 0, octets))
        port = server.pop3s_port if tls == "implicit" else server.pop3_port
        self.assertEqual(first["account"], f"user@localhost:{port}+pop3")

        second = self.sync(spoor, server, url=url)
        self.assertEqual((second["fetched"], second["held"], second["bytes"], second["gone"]), (0, len(drop), 0, 0))

        append(server, message(77_001), message(77_002))
        third = self.sync(spoor, server, url=url)
        self.assertEqual((third["fetched"], third["held"]), (2, len(drop)))
        self.assertEqual(len(self.check_store(spoor, server)), len(drop) + 2)
        self.expect(spoor.run("check", "--hash"))
        self.assertEqual(spoor.litter(), [])

    def test_everything_arrives_over_tls(self):
        self.round_trip("implicit")

    def test_everything_arrives_over_stls(self):
        self.round_trip("starttls")

    def test_what_is_deleted_there_is_gone_here(self):
        server = self.server()
        append(server, *map(message, range(10)))
        spoor = Mailspoor(self.folder)
        self.sync(spoor, server)
        held = {sha256(octets): uidl for uidl, octets in maildrop(server).items()}

        def octets_held():
            return {sha256(path.read_bytes()) for path in (spoor.root / "mail").glob("**/cur/*")}

        def names(*query):
            found = self.expect(spoor.run("search", *query, "--format", "jsonl")).objects()
            return {place["uidl"] for one in found for place in one["placements"]}

        delete(server, 1, 5, 10)
        line = self.sync(spoor, server)
        self.assertEqual((line["fetched"], line["held"], line["gone"]), (0, 7, 3))
        self.check_store(spoor, server)
        self.assertEqual(octets_held(), held.keys())
        there = set(uidls(server)[0].values())
        self.assertEqual((names("is:here"), names("is:gone")), (there, set(held.values()) - there))
        self.assertEqual(len([*spoor.root.glob("mail/*/.mailspoor-gone/cur/*")]), 3)

        # More than half, though never mistaken for a server that lists too little; then all of it.
        delete(server, 2, 3, 4, 6, 7)
        self.assertEqual(self.sync(spoor, server)["gone"], 5)
        append(server, message(100))
        self.assertEqual(self.sync(spoor, server)["fetched"], 1)
        self.check_store(spoor, server)
        delete(server, *self.uids(server))
        self.assertEqual(self.sync(spoor, server)["gone"], 3)
        self.assertEqual(octets_held(), held.keys() | {sha256(message(100))})
        self.assertEqual(self.sync(spoor, server)["gone"], 0)
        self.assertEqual(spoor.stored(), {})

    def uids(self, server):
        with ImapClient(server) as client:
            return sorted(client.facts("INBOX"))

    def test_what_is_held_is_known_again(self):
        """Without index, cache, and at last without journal: the file names tell."""
        server = self.server()
        self.fill(server)
        spoor = Mailspoor(self.folder)
        self.sync(spoor, server)
        held = len(self.check_store(spoor, server))
        journals = [*(spoor.root / "mail").rglob("mailspoor.journal")]
        self.assertTrue(journals)
        for lost in ([], journals):
            with self.subTest(lost=[path.name for path in lost]):
                for path in spoor.root.glob("index.db*"):
                    path.unlink()
                shutil.rmtree(spoor.root / "state")
                for path in lost:
                    path.unlink(missing_ok=True)
                line = self.sync(spoor, server)
                self.assertEqual((line["fetched"], line["held"], line["gone"]), (0, held, 0))
                drop = maildrop(server)
                self.check(judge.store_problems(spoor, {name_in_file(uidl): octets for uidl, octets in drop.items()}, 0),
                           judge.index_problems(spoor))
        append(server, message(77_001))
        self.assertEqual(self.sync(spoor, server)["fetched"], 1)

    def test_wrong_password(self):
        server = self.server()
        password = pathlib.Path(self.folder, "password")
        password.write_text("certainly-wrong\n")
        password.chmod(0o600)
        before = len(re.findall(self.refused_login, server.log()))
        spoor = Mailspoor(self.folder)
        result = spoor.run("sync", server.url(protocol="pop3"), "--ca-file", server.ca_file, "--password-file", password)
        self.expect_error(result, 12, "log-in of user", "refused: -ERR")
        self.check(judge.run_problems(result, ["certainly-wrong"]))
        deadline = time.monotonic() + 10
        attempts = lambda: len(re.findall(self.refused_login, server.log())) - before
        while not attempts() and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(attempts(), 1)


class Courier(Pop3Server, test_servers.OwnServer):
    kind = peers.Courier
    marks_retrieved = True
    counts_messages = False
    refused_login = r"pop3d(-ssl)?: LOGIN FAILED"

    def retrieved(self, server):
        """It counts octets, and tells them when a session ends."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            log = server.log()
            ends = re.findall(r"pop3d(?:-ssl)?: (?:LOGOUT|DISCONNECTED|TIMEOUT), user=user,.* retr=(\d+)", log)
            if len(ends) == len(re.findall(r"pop3d(?:-ssl)?: LOGIN, user=user,", log)):
                return sum(map(int, ends))
            time.sleep(0.05)
        raise dovecot.DovecotError(f"a session does not end: {log[-2000:]}")


class Cyrus(Pop3Server, test_servers.OwnServer):
    kind = peers.Cyrus
    refused_login = r"badlogin"

    def retrieved(self, server):
        return len([line for line in server.client_commands() if line.upper().startswith("RETR ")])


class Dovecot(Pop3Server, DovecotCase):
    refused_login = r"pop3-login: .*auth failed"

    def fill(self, server):
        super().fill(server)
        for octets in (b"", *ODD_MESSAGES):  # as they are: APPEND makes some of them others
            server.add("INBOX", octets)

    def test_a_careless_client_leaves_marks(self):
        """So that the tests which find none mean something."""
        server = self.server()
        append(server, message(1))
        before = look(server)
        with Pop3Client(server, marks=True) as client:
            client.retrieve(1)
        self.assertNotEqual(before, look(server))

    def test_what_is_sent(self):
        server = self.server()
        append(server, *map(message, range(300)))
        spoor = Mailspoor(self.folder)
        for number in range(2):
            server.client_commands(forget=True)
            self.expect(spoor.sync(server))
            sent = server.client_commands()
            for line in sent:
                self.assertRegex(line, r"^(CAPA|UIDL|LIST( \d+)?|STAT|RETR \d+|RSET|QUIT)$")
            asked = [int(line[5:]) for line in sent if line.startswith("RETR ")]
            self.assertEqual(asked, [] if number else [*range(1, 301)])
            self.assertEqual(sent[-1], "QUIT")
            self.assertEqual(sent.count("RSET"), 0 if number else 1)
            if not number:
                self.assertEqual(sent[-2], "RSET")

    def test_retrieval_is_pipelined(self):
        """A hundred messages take a few round trips."""
        server = self.server()
        append(server, *map(message, range(100)))
        with delay.DelayProxy(server.pop3s_port, 0.2) as proxy:
            result = self.expect(Mailspoor(self.folder).sync(server, url=server.url(protocol="pop3", port=proxy.port)))
        self.assertEqual(self.retrieved(server), 100)
        self.assertLess(result.seconds, 100 * 0.2 / 2)

    def test_uidls_of_other_forms(self):
        """Whatever the administrator makes them of."""
        for form in ("%v.%u", "%g", "%f", "%Mf", "%08Xv%08Xu"):
            with self.subTest(form=form):
                server = self.server(settings=f"pop3_uidl_format = {form}\n")
                append(server, *map(message, range(5)))
                spoor = Mailspoor(f"{self.folder}/{form.replace('%', '')}")
                self.assertEqual(self.sync(spoor, server)["fetched"], 5)
                self.check_store(spoor, server)
                self.assertEqual(self.sync(spoor, server)["fetched"], 0)

    def test_the_form_of_uidls_changes(self):
        """All have another name then: each is fetched again, and only the names are new."""
        server = self.server()
        append(server, *map(message, range(5)))
        spoor = Mailspoor(self.folder)
        self.sync(spoor, server, url=server.url(protocol="pop3"))
        before = {path.read_bytes() for paths in spoor.stored().values() for path in paths}
        server.process.terminate()
        server.process.wait(20)
        server.settings = "pop3_uidl_format = other-%v-%u\n"
        self.assertTrue(server._try_start())
        # The port is another one, and so would be the account's name.
        account = next(path for path in (spoor.root / "mail").iterdir())
        self.write_config(spoor, server, account.name)
        line, = self.expect(spoor.run("sync", account.name, "--format", "jsonl")).objects()
        self.assertEqual((line["holes"], line["error"]), (0, None))
        self.check_store(spoor, server)
        self.assertEqual({path.read_bytes() for paths in spoor.stored().values() for path in paths}, before)
        line, = self.expect(spoor.run("sync", account.name, "--format", "jsonl")).objects()
        self.assertEqual(line["fetched"], 0)

    def test_an_account_of_the_configuration(self):
        server = self.server()
        append(server, *map(message, range(3)))
        spoor = Mailspoor(self.folder)
        self.write_config(spoor, server, more="max_message_size = 100000\n")
        line, = self.expect(spoor.run("sync", "--format", "jsonl")).objects()
        self.assertEqual((line["account"], line["fetched"]), ("work", 3))
        self.check_store(spoor, server)
        self.assertEqual(self.expect(spoor.run("sync")).out, b"")
        for option in ("mailbox", "exclude"):
            self.expect_error(spoor.run("sync", "work", f"--{option}", "INBOX"), 2, option)

    def test_large_messages_stay_there(self):
        server = self.server()
        append(server, message(1), message(2, size=50_000), message(3))
        spoor = Mailspoor(self.folder)
        retrieved = self.retrieved(server)
        line = self.sync(spoor, server, "--max-message-size", "20000", code=3)
        self.assertEqual((line["fetched"], line["holes"], self.retrieved(server) - retrieved), (2, 1, 2))
        account, = self.expect(spoor.run("status", "--format", "jsonl")).objects()[0]["accounts"]
        hole, = account["holes"]
        self.assertEqual([hole[key] for key in ("mailbox", "uid_validity", "uid", "uidl", "tries", "accepted")],
                         ["INBOX", None, None, uidl_of(server, 2), 1, False])
        self.assertRegex(hole["reason"], "5[0-9]{4} octets, the limit is 20000")
        self.assertRegex(self.expect(spoor.run("status")).text, f"hole +INBOX UIDL {uidl_of(server, 2)}: ")
        self.sync(spoor, server, "--max-message-size", "20000", code=3)
        self.expect(spoor.run("status", "--accept"))
        line, = self.expect(spoor.sync(server, "--format", "jsonl", "--max-message-size", "20000")).objects()
        self.assertEqual((line["holes"], line["accepted_holes"]), (1, 1))
        # What the hole was called is known from the journal.
        shutil.rmtree(spoor.root / "state")
        line, = self.expect(spoor.sync(server, "--format", "jsonl", "--max-message-size", "20000")).objects()
        self.assertEqual((line["holes"], line["accepted_holes"]), (1, 1))
        self.assertEqual(self.sync(spoor, server)["fetched"], 1)
        self.check_store(spoor, server)
        account, = self.expect(spoor.run("status", "--format", "jsonl")).objects()[0]["accounts"]
        self.assertEqual(account["holes"], [])

    def test_a_hole_that_is_deleted_there(self):
        server = self.server()
        append(server, message(1), message(2, size=50_000))
        spoor = Mailspoor(self.folder)
        self.sync(spoor, server, "--max-message-size", "20000", code=3)
        delete(server, 2)
        self.sync(spoor, server, "--max-message-size", "20000")
        account, = self.expect(spoor.run("status", "--format", "jsonl")).objects()[0]["accounts"]
        self.assertEqual(account["holes"], [])

    def test_a_file_that_cannot_be_read_there(self):
        """A message that the server fails to send is a hole, and the others are not."""
        server = self.server()
        for number in range(5):
            server.add("INBOX", message(number))
        spoor = Mailspoor(self.folder)
        names = uidls(server)[0]
        path, = pathlib.Path(server.mailbox_path("INBOX"), "cur").glob("1000000003.*")
        os.chmod(path, 0)
        result = spoor.sync(server, "--format", "jsonl")
        line, = result.objects()
        self.assertEqual((result.code, line["fetched"], line["holes"]), (3, 4, 1), result)
        os.chmod(path, 0o600)
        self.expect(spoor.sync(server))
        self.assertEqual(spoor.stored().keys(), set(map(name_in_file, names.values())))

    def test_without_tls_at_all(self):
        server = self.server(settings="ssl = no\n")
        server.add("INBOX", message(1))
        spoor = Mailspoor(self.folder)
        url = server.url(protocol="pop3", tls="starttls")
        self.expect_error(spoor.sync(server, url=url), 13, "STLS|TLS")
        self.assertNotIn("Login: user=", server.log())
        self.expect(spoor.sync(server, "--tls", "none", url=url))
        self.assertEqual(len(spoor.stored()), 1)

    def test_a_maildrop_that_is_locked(self):
        """It is waited for until it is free."""
        server = self.server(settings="pop3_lock_session = yes\n")
        append(server, message(1))
        spoor = Mailspoor(self.folder)
        with Pop3Client(server):
            process = spoor.start("sync", server.url(protocol="pop3"), "--ca-file", server.ca_file, "--password-file",
                                  server.password_file())
            # Dovecot itself waits for some seconds before it says so.
            self.assertRegex(process.stderr.readline().decode(), r"\[IN-USE\] .*waiting 5 s")
        self.expect(spoor.finish(process))
        self.assertEqual(len(spoor.stored()), 1)

    def test_certificate_of_another(self):
        server = self.server(certificate="wrong-name")
        spoor = Mailspoor(self.folder)
        for tls in ("implicit", "starttls"):
            self.expect(spoor.sync(server, url=server.url(protocol="pop3", tls=tls)), 13)
            self.expect(spoor.sync(server, "--pin", server.certificate_pin(), url=server.url(protocol="pop3", tls=tls)))

    def test_a_server_of_another_kind(self):
        server = self.server()
        spoor = Mailspoor(self.folder)
        # POP3's URL at IMAP's port, and the other way round.
        self.expect_error(spoor.sync(server, url=server.url(protocol="pop3", port=server.imaps_port)), 1,
                          "does not answer as a POP3 server")
        self.expect_error(spoor.sync(server, url=server.url(port=server.pop3s_port)), 1, "does not answer as an IMAP server")

    def test_two_protocols_of_one_mailbox(self):
        """Two accounts: neither disturbs the other."""
        server = self.server()
        append(server, *map(message, range(4)))
        spoor = harness.Mailspoor(self.folder)
        for url in (server.url(), server.url(protocol="pop3")) * 2:
            self.expect(spoor.sync(server, url=url))
        found = self.expect(spoor.run("search", "*", "--format", "jsonl")).objects()
        self.assertEqual(len(found), 4)
        for one in found:
            self.assertEqual(sorted(place["uidl"] is None for place in one["placements"]), [False, True])
        self.check(judge.index_problems(spoor))


class Tells(DovecotCase):
    """What the other commands say of a POP3 account."""

    def start(self):
        server = self.server()
        append(server, *map(message, range(4)))
        spoor = Mailspoor(self.folder)
        self.write_config(spoor, server)
        return server, spoor

    def run_sync(self, spoor, *arguments, code=0):
        line, = self.expect(spoor.run("sync", "work", "--format", "jsonl", *arguments), code).objects()
        return line

    def test_account_test(self):
        server, spoor = self.start()
        octets = sum(map(len, maildrop(server).values()))
        before, retrieved = look(server), self.retrieved(server)
        for more in ([], ["--sizes"]):
            text = self.expect(spoor.run("account", "test", "work", *more)).text
            self.assertRegex(text, r"connection   TLSv1\.[23] \S+")
            self.assertRegex(text, r"log-in       \S+.* as user")
            self.assertRegex(text, r"capabilities .*UIDL")
            self.assertRegex(text, r"(?m)^INBOX +4 ")
            self.assertRegex(text, rf"in all       4 messages in 1 mailboxes, {octets / 1000:.1f} kB")
            self.assertNotIn(server.password(), text)
        self.assertEqual((look(server), self.retrieved(server)), (before, retrieved))
        self.assertFalse(spoor.root.exists())
        self.expect_error(spoor.run("account", "test", server.url(protocol="pop3", port=1), "--password-file",
                                    server.password_file()), 13)

    def test_dry_run(self):
        server, spoor = self.start()
        octets = sum(map(len, maildrop(server).values()))
        before, retrieved = look(server), self.retrieved(server)
        line = self.run_sync(spoor, "--dry-run")
        self.assertEqual((line["would_fetch"], line["would_fetch_bytes"], line["held"], line["fetched"]), (4, octets, 0, 0))
        self.assertEqual([(plan["mailbox"], plan["uid_validity"], plan["messages"], plan["would_fetch"])
                          for plan in line["plans"]], [("INBOX", None, 4, 4)])
        self.assertFalse(spoor.root.exists())
        self.run_sync(spoor)
        append(server, message(20), message(21, size=9000))
        tree = judge.tree(self.folder)
        line = self.run_sync(spoor, "--dry-run", "--max-message-size", "5000")
        plan, = line["plans"]
        self.assertEqual((plan["would_fetch"], plan["too_large"], line["held"]), (1, 1, 4))
        self.assertEqual(tree, judge.tree(self.folder), "nothing is written")
        line = self.run_sync(spoor, "--dry-run", "--delete-after", "0")
        self.assertEqual((line["would_fetch"], line["would_fetch_bytes"]), (2, len(message(20)) + len(message(21, size=9000))))
        self.assertEqual(len(uidls(server)[0]), 6, "a dry run deletes nothing")
        self.assertEqual(self.retrieved(server) - retrieved, 4)
        self.assertEqual(without_seen(before)[2], {uid: fact for uid, fact in without_seen(look(server))[2].items() if uid <= 4})
        self.assertRegex(self.expect(spoor.run("sync", "work", "--dry-run")).text, r"INBOX +6 +2 to fetch")

    def check_lists(self, spoor, *arguments, code=0):
        """{list: [UIDL, …]} of what `check` finds."""
        found, = self.expect(spoor.run("check", "--format", "jsonl", *arguments), code).objects()
        lists = {name: each for name, each in found.items() if each and name != "failed"}
        for one in (one for each in lists.values() for one in each):
            self.assertEqual((one["account"], one["mailbox"], one["uid_validity"], one["uid"]), ("work", "INBOX", None, None))
        return {name: sorted(one["uidl"] or one["file"] for one in each) for name, each in lists.items()}

    def test_check(self):
        server, spoor = self.start()
        self.run_sync(spoor)
        self.assertEqual(self.check_lists(spoor, "--hash", "--server"), {})
        names = uidls(server)[0]
        append(server, message(20))
        new = uidl_of(server, 5)
        delete(server, 1)
        retrieved = self.retrieved(server)
        self.assertEqual(self.check_lists(spoor, "--server", "work", code=3), {"server_only": [new], "here_only": [names[1]]})
        self.assertEqual([line.split() for line in self.expect(spoor.run("check", "--server", "work"), 3).lines()],
                         [["server", "only", "work", "INBOX", "UIDL", new], ["here", "only", "work", "INBOX", "UIDL", names[1]]])
        self.assertEqual(self.retrieved(server), retrieved)
        self.run_sync(spoor)
        self.assertEqual(self.check_lists(spoor, "--server", "--hash"), {})

        spoor.file(names[2]).unlink()
        self.assertEqual(self.check_lists(spoor, code=3), {"missing": [names[2]]})
        path = spoor.file(names[3])
        path.write_bytes(path.read_bytes().replace(b"Body", b"body"))
        found = self.check_lists(spoor, "--hash", code=3)
        self.assertEqual(found.keys(), {"missing", "changed"})

    def test_check_tells_of_holes(self):
        server, spoor = self.start()
        append(server, message(20, size=9000))
        line = self.run_sync(spoor, "--max-message-size", "5000", code=3)
        self.assertEqual((line["fetched"], line["holes"]), (4, 1))
        found, = self.expect(spoor.run("check", "--server", "--format", "jsonl"), 3).objects()
        one, = found["server_only"]
        self.assertEqual(one["uidl"], uidl_of(server, 5))
        self.assertIn("limit is 5000", one["reason"])

    def test_a_file_that_is_deleted_here_is_not_fetched_again(self):
        """A MUA may delete what it likes: the journal says that it was held."""
        server, spoor = self.start()
        self.run_sync(spoor)
        spoor.file(uidl_of(server, 2)).unlink()
        for _ in range(2):
            self.assertEqual(self.run_sync(spoor)["fetched"], 0)
            shutil.rmtree(spoor.root / "state")

    def test_flags_and_moves_of_a_mua(self):
        server, spoor = self.start()
        self.run_sync(spoor)
        names = uidls(server)[0]
        path = spoor.file(names[1])
        path.rename(path.with_name(path.name + "FS"))
        path = spoor.file(names[2])
        own = path.parents[1] / ".Kept" / "cur"
        for name in ("cur", "new", "tmp"):
            (own.parent / name).mkdir(parents=True)
        path.rename(own / path.name)
        for _ in range(2):
            shutil.rmtree(spoor.root / "state")
            line = self.run_sync(spoor)
            self.assertEqual((line["fetched"], line["held"], line["gone"]), (0, 4, 0))
        self.assertTrue(spoor.file(names[1]).name.endswith(":2,FS"))
        self.assertEqual(len(list(own.iterdir())), 1)

    def test_status(self):
        server, spoor = self.start()
        self.run_sync(spoor)
        account, = self.expect(spoor.run("status", "--format", "jsonl")).objects()[0]["accounts"]
        self.assertEqual([account[key] for key in ("account", "mailboxes", "messages", "holes", "last_exit_code")],
                         ["work", 1, 4, [], 0])
        self.assertEqual(account["url"], server.url(protocol="pop3"))


class Kill(DovecotCase):
    def check_whole(self, spoor, drop):
        self.check(judge.store_problems(spoor, {name_in_file(uidl): octets for uidl, octets in drop.items()}, 0),
                   judge.index_problems(spoor))
        self.assertEqual(spoor.litter(), [])

    def start_sync(self, spoor, server, url=None):
        return spoor.start("sync", url or server.url(protocol="pop3"), "--ca-file", server.ca_file, "--password-file",
                           server.password_file(), start_new_session=True)

    def test_kill_at_random_times(self):
        seed = int(os.environ.get("MAILSPOOR_SEED") or time.time())
        print(f"MAILSPOOR_SEED={seed}", flush=True)
        chance = random.Random(seed)
        server = self.server()
        for number in range(600):
            server.add("INBOX", message(number, size=500 + number % 900))
        drop, before = maildrop(server), look(server)
        spoor = Mailspoor(self.folder + "/undisturbed")
        whole = self.expect(spoor.sync(server)).seconds
        self.check_whole(spoor, drop)
        self.assertEqual(before, look(server))
        print(f"undisturbed: {whole:.1f} s", flush=True)
        in_time = 0
        for first in range(0, KILLS, KILLS_A_STORE):
            spoor = Mailspoor(f"{self.folder}/killed-{first}")
            for number in range(first, first + KILLS_A_STORE):
                delay = chance.uniform(0, whole * 0.7)
                process = self.start_sync(spoor, server)
                time.sleep(delay)
                was_running = process.poll() is None
                if was_running:
                    os.killpg(process.pid, signal.SIGKILL)
                    in_time += 1
                result = spoor.finish(process)
                if not was_running:
                    self.expect(result)
                    whole = min(whole, delay)  # the undisturbed run had less of the machine
                files = len([*spoor.root.glob("mail/*/cur/*")])
                print(f"kill {number}: after {delay:.2f} s, {files} files", flush=True)
            last = self.expect(spoor.sync(server, "--format", "jsonl")).objects()[0]
            self.assertEqual((last["fetched"] + last["held"], last["holes"], last["gone"]), (len(drop), 0, 0), last)
            self.check_whole(spoor, drop)
        # Dovecot marks what was retrieved in a session that does not end.
        self.assertEqual(without_seen(before), without_seen(look(server)))
        self.assertGreater(in_time, KILLS // 4, "kills that came in time")

    def test_broken_connection(self):
        server = self.server()
        for number in range(300):
            server.add("INBOX", message(number, size=500 + number % 900))
        drop = maildrop(server)
        for octets in (3_000, 20_000, 60_000, 150_000):
            with self.subTest(octets=octets):
                proxy = harness.Proxy(server.pop3s_port, octets, cut=True)
                self.addCleanup(proxy.close)
                spoor = Mailspoor(f"{self.folder}/cut-{octets}")
                url = server.url(protocol="pop3", port=proxy.port)
                # It connects once more by itself.
                broken = spoor.sync(server, url=url)
                self.assertIn(broken.code, (0, 3, 13), broken)
                if broken.code:
                    self.assertNotEqual(broken.errors.strip(), "")
                self.assertEqual(spoor.litter(), [])
                self.expect(spoor.sync(server, url=url))
                self.check_whole(spoor, drop)

    def test_interrupted_by_a_signal(self):
        server = self.server()
        for number in range(300):
            server.add("INBOX", message(number, size=500 + number % 900))
        drop = maildrop(server)
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with self.subTest(signal=number.name):
                proxy = harness.Proxy(server.pop3s_port, 60_000)
                self.addCleanup(proxy.close)
                spoor = Mailspoor(f"{self.folder}/{number.name}")
                process = self.start_sync(spoor, server, server.url(protocol="pop3", port=proxy.port))
                self.assertTrue(proxy.stalled.wait(60), "the sync never came so far")
                time.sleep(0.3)
                process.send_signal(number)
                result = spoor.finish(process, timeout=30)
                self.assertIn(result.code, (code, -number), result)
                proxy.go_on.set()
                self.expect(spoor.sync(server, url=server.url(protocol="pop3", port=proxy.port)))
                self.check_whole(spoor, drop)


if __name__ == "__main__":
    harness.main()
