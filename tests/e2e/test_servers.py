#!/usr/bin/python3
"""Servers besides Dovecot. They conflict with what is installed, so each runs in a root of its own, for one test class."""
import os
import pathlib
import poplib
import re
import signal
import smtplib
import ssl
import subprocess
import sys
import time
import unittest

import harness
import judge
import own_root
import peers
from harness import message
from imap_client import ImapClient, Refused, everything, snapshot
from test_sync import DOTTED_NAMES, ODD_NAMES

# As they are; servers that refuse or change one of them may do so.
ODD_MESSAGES = [b"", b"\r\nNo header section at all\r\n", b"Subject: no end of line", b"Subject: LF only\n\nbody\n",
                b"Subject: CR\r\n\r\nbody\rbody\r\n", b"Subject: NUL\r\n\r\n\0\r\n",
                b"Subject: 8-bit \xff\xfe\x80\r\n\r\n\xff\r\n)\r\n* 1 FETCH (UID 9)\r\nA001 OK\r\n", message(1, size=300_000)]


class OwnServer(harness.Case):
    """One root for all tests of a class, and a server for each test."""

    kind = None

    @classmethod
    def setUpClass(cls):
        cls.root = own_root.OwnRoot(cls.kind.PACKAGES)
        try:
            cls.root.start()
        except own_root.Unavailable as error:
            raise unittest.SkipTest(f"no root of its own: {error}")
        cls.addClassCleanup(cls.root.stop)

    def server(self, **options):
        server = self.kind(self.root, **options)
        server.start()
        self.addCleanup(server.stop)
        return server


class ImapServer:
    """What holds for every IMAP server."""

    has_ids = False
    starttls_login = None  # the log's line when somebody has logged in after STARTTLS
    refused_login = None

    def check(self, *problems):
        self.assertEqual([problem for some in problems for problem in some], [], judge.report(sum(problems, [])))

    def check_store(self, spoor, server):
        truth = everything(server)
        self.check(judge.store_problems(spoor, truth, 0), judge.index_problems(spoor))
        found = self.expect(spoor.run("search", "*", "--format", "jsonl")).objects()
        stored = {(place["mailbox"], place["uid"]): sorted(place["flags"]) for one in found for place in one["placements"]
                  if not place["gone"]}
        with ImapClient(server) as client:
            flags = {(name, uid): sorted(set(fact[0]) - {r"\Recent"}) for name in client.mailboxes()
                     for uid, fact in client.facts(name).items()}
        self.assertEqual(stored, flags, "flags on the server and in the index")
        return truth

    def sync(self, spoor, server, *arguments, **options):
        """Its line of the report, and whether it asked for any message's text."""
        before = server.asked_for_text()
        result = self.expect(spoor.sync(server, "--format", "jsonl", *arguments, **options))
        self.check(judge.run_problems(result, [server.password()]))
        line, = result.objects()
        self.assertEqual((line["holes"], line["error"]), (0, None))
        return line, server.asked_for_text() != before

    def fill(self, server, names):
        """The sample, two messages in each oddly named mailbox that the server allows, and odd messages."""
        self.assertGreater(server.fill(harness.SAMPLE), 60)
        allowed = []
        with ImapClient(server) as client:
            for octets in ODD_MESSAGES:
                try:
                    client.append("INBOX", octets)
                except Refused:
                    pass
            known = client.mailboxes()
            for number, name in enumerate(map(server.mailbox, names)):
                try:
                    if name not in known:
                        client.create(name)
                    client.append(name, message(1000 + number), received=1_600_000_000 + number * 86_400)
                    client.append(name, message(2000 + number), flags=(r"\Seen", r"\Flagged", "$Forwarded") if number % 2 else ())
                    allowed.append(name)
                except Refused:
                    pass
            made = set(allowed) & set(client.mailboxes())
            self.assertGreaterEqual(len(made), len(names) * 2 // 3, "mailboxes that the server allows")

    def round_trip(self, server, names, tls="implicit"):
        self.fill(server, names)
        spoor = harness.Mailspoor(self.folder)
        before = snapshot(server)
        first, asked = self.sync(spoor, server, url=server.url(tls=tls))
        self.assertTrue(asked)
        self.assertEqual(before, snapshot(server), "STATUS, flags, INTERNALDATE and MODSEQ before and after")
        truth = self.check_store(spoor, server)
        # A server that has names for messages sends those only once that lie in two mailboxes.
        self.assertEqual((first["fetched"] + first["recognised"], first["mailboxes"]), (len(truth), len(before)))
        self.assertEqual(first["held"], first["recognised"])
        self.assertEqual(first["recognised"] > 0, self.has_ids)
        self.assertEqual(first["bytes"] == sum(map(len, truth.values())), not self.has_ids)

        second, asked = self.sync(spoor, server, url=server.url(tls=tls))
        self.assertEqual((second["fetched"], second["held"], asked), (0, len(truth), False))

        server.add("INBOX", message(77_001), "S")
        third, _ = self.sync(spoor, server, url=server.url(tls=tls))
        self.assertEqual((third["fetched"], third["held"], third["bytes"]), (1, len(truth), len(message(77_001))))
        self.check_store(spoor, server)
        return spoor

    def test_everything_arrives_over_tls(self):
        server = self.server()
        spoor = self.round_trip(server, ODD_NAMES)
        self.assertEqual({folder["delimiter"] for folder in spoor.folders().values()}, {server.separator})

    def test_everything_arrives_over_starttls(self):
        server = self.server()
        self.round_trip(server, ["Entwürfe", *ODD_NAMES[10:]], tls="starttls")
        self.assertRegex(server.log(), self.starttls_login)

    def test_wrong_password(self):
        server = self.server()
        password = pathlib.Path(self.folder, "password")
        password.write_text("certainly-wrong\n")
        password.chmod(0o600)
        before = len(re.findall(self.refused_login, server.log()))
        spoor = harness.Mailspoor(self.folder)
        result = spoor.run("sync", server.url(), "--ca-file", server.ca_file, "--password-file", password)
        self.expect_error(result, 12, "log-in of user", "refused", "authentication failure|Login failed")
        self.check(judge.run_problems(result, ["certainly-wrong"]))
        self.assertEqual(len(re.findall(self.refused_login, server.log())) - before, 1, "attempts")

    def test_nothing_is_lost_when_the_server_deletes(self):
        server = self.server()
        archive, sent = server.mailbox("Archive/2024"), server.mailbox("Sent")
        for mailbox in ("INBOX", archive, sent):
            for number in range(5):
                server.add(mailbox, message(number))
        spoor = harness.Mailspoor(self.folder)
        self.sync(spoor, server)

        def octets_held():
            return {path.read_bytes() for path in (spoor.root / "mail").glob("**/cur/*")}

        held = octets_held()
        self.assertEqual(len(spoor.stored()), 15)
        with ImapClient(server) as client:
            client.delete("INBOX", 2)
            client.delete("INBOX", 5)  # the last one: UIDNEXT must tell that it was there
            for uid in range(1, 6):
                client.delete(sent, uid)
            client.remove(archive)
        line, asked = self.sync(spoor, server)
        self.assertEqual((line["fetched"], line["gone"], asked), (0, 7, False))
        self.assertEqual(octets_held(), held)
        self.assertEqual(len(self.expect(spoor.run("search", "*", "--format", "jsonl")).objects()), len(held))

        # The same name once more: other messages, though the UIDs begin anew. Courier's UIDVALIDITY is the second in which
        # it was made.
        time.sleep(1.1)
        for number in range(100, 103):
            server.add(archive, message(number))
        line, _ = self.sync(spoor, server)
        self.assertEqual((line["fetched"], line["gone"]), (3, 0))
        line, _ = self.sync(spoor, server)
        self.assertEqual((line["fetched"], line["gone"]), (0, 5))  # it might have been a server that is being restored
        self.assertEqual(octets_held() & held, held)
        truth = everything(server)
        stored = spoor.stored()
        for key, octets in truth.items():
            self.assertEqual([path.read_bytes() for path in stored[key]], [octets], key)
        self.assertEqual(len(stored), 15 - 7 - 5 + 3)

    def test_pop3_serves_the_same_inbox(self):
        server = self.server()
        server.add("INBOX", message(1))
        context = ssl.create_default_context(cafile=server.ca_file)
        client = poplib.POP3_SSL("localhost", server.pop3s_port, context=context, timeout=60)
        client.user(server.user)
        client.pass_(server.password())
        self.assertEqual(b"\r\n".join(client.retr(1)[1]) + b"\r\n", message(1))
        client.quit()


class Courier(ImapServer, OwnServer):
    kind = peers.Courier
    starttls_login = r"imapd: LOGOUT, user=user,.* starttls=1"
    refused_login = r"LOGIN FAILED"


class Cyrus(ImapServer, OwnServer):
    kind = peers.Cyrus
    has_ids = True
    starttls_login = r"cyrus/imap\[\d+\]: login: .* PLAIN\+TLS User logged in"
    refused_login = r"badlogin"

    def test_alternative_namespace(self):
        server = self.server(namespace="alternative")
        spoor = self.round_trip(server, ODD_NAMES + DOTTED_NAMES)
        self.assertEqual({folder["delimiter"] for folder in spoor.folders().values()}, {"/"})

    def test_a_message_is_fetched_once(self):
        """EMAILID is the same in every mailbox (RFC 8474)."""
        server = self.server()
        archive, new = server.mailbox("Archive"), server.mailbox("New")
        for number in range(5):
            server.add("INBOX", message(number))
        with ImapClient(server) as client:
            client.create(archive)
            for number in (1, 3):
                client.copy("INBOX", number, archive)
        spoor = harness.Mailspoor(self.folder)
        line, _ = self.sync(spoor, server)
        self.assertEqual((line["fetched"], line["recognised"]), (5, 2))
        self.check_store(spoor, server)
        # A message that is moved is not fetched, nor is a mailbox that is renamed.
        with ImapClient(server) as client:
            client.move("INBOX", 2, archive)
            client.rename(archive, new)
        line, asked = self.sync(spoor, server)
        self.assertEqual((line["fetched"], line["recognised"], line["gone"], asked), (0, 1, 1, False))
        self.assertRegex("".join(line["notes"]), "Archive: renamed to .*New$")
        self.check_store(spoor, server)
        identities = {identity["mailbox"]: identity["object_id"] for identity in spoor.folders().values()}
        self.assertTrue(identities[new], identities)

    def check_others(self, namespace, theirs):
        """Mailboxes of other users: seen, counted, and fetched where they are named."""
        server = self.server(users=("user", "bob"), namespace=namespace)
        server.add("INBOX", message(1))
        server.add(server.mailbox("papers"), message(2), user="bob")
        with ImapClient(server, "bob") as bob:
            bob.share(server.mailbox("papers"), "user")
        spoor = harness.Mailspoor(self.folder)
        line, _ = self.sync(spoor, server)
        self.assertEqual((line["mailboxes"], line["fetched"], line["left_out"]), (1, 1, 1))
        self.assertEqual({name for name, _, _ in spoor.stored()}, {"INBOX"})
        line, _ = self.sync(spoor, server, "--mailbox", theirs)
        self.assertEqual((line["mailboxes"], line["fetched"], line["left_out"]), (1, 1, 0))
        self.assertEqual({name for name, _, _ in spoor.stored()}, {"INBOX", theirs})
        line, _ = self.sync(spoor, server)
        self.assertEqual((line["fetched"], line["left_out"], line["gone"]), (0, 1, 0))

    def test_mailboxes_of_others(self):
        self.check_others("internal", "user/bob/papers")

    def test_mailboxes_of_others_beside_ones_own(self):
        self.check_others("alternative", "Other Users/bob/papers")

    def test_nothing_is_sent_that_changes_the_server(self):
        server = self.server()
        with ImapClient(server) as client:
            client.append("INBOX", message(1))
        server.client_commands(forget=True)
        self.sync(harness.Mailspoor(self.folder), server)
        sent = server.client_commands()
        self.assertGreater(len(sent), 3, sent)
        for line in sent:
            self.assertRegex(line, r"^\S+ (CAPABILITY|ID|ENABLE QRESYNC|COMPRESS DEFLATE|NAMESPACE|LIST|STATUS|EXAMINE|UID FETCH|NOOP|LOGOUT)\b")
            self.assertNotRegex(line, r"BODY\[", "marks messages as read")


def state(pid):
    """The letter of a process's state; empty if there is no such process."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return ""


class Exim(OwnServer):
    kind = peers.Exim

    def wait_for(self, what):
        deadline = time.monotonic() + 30
        while not what() and time.monotonic() < deadline:
            time.sleep(0.05)
        return what()

    def test_message_arrives_in_a_maildir(self):
        server = self.server()
        server.send(message(1))
        delivered = self.wait_for(server.delivered)
        self.assertEqual(len(delivered), 1, server.log())
        # With a Received field of its own, and LF line ends.
        self.assertTrue(delivered[0].endswith(message(1).replace(b"\r\n", b"\n")), delivered[0])
        self.assertIn(b"Exim", delivered[0])

    def test_message_arrives_in_a_command(self):
        server = self.server(command="/usr/bin/tee {mail}/piped")
        server.send(message(2))
        piped = pathlib.Path(server.dir, "mail", "piped")
        # Between the `From ` line and the empty one that Exim puts around what it pipes.
        self.assertTrue(self.wait_for(lambda: piped.exists() and b"\nBody of message 2.\n" in piped.read_bytes()), server.log())

    def test_nobody_else_gets_mail(self):
        server = self.server()
        with smtplib.SMTP("127.0.0.1", server.smtp_port, timeout=30) as client, self.assertRaises(smtplib.SMTPRecipientsRefused):
            client.sendmail("somebody@example.net", ["other@example.com"], message(3))

    def test_real_root_is_untouched(self):
        self.root.write("/etc/own-root-was-here", "inside\n")
        self.root.write("/var/lib/own-root-was-here", "inside\n")
        self.assertEqual(self.root.read("/etc/own-root-was-here"), "inside\n")
        self.assertEqual([path for path in ("/etc/own-root-was-here", "/var/lib/own-root-was-here") if os.path.exists(path)], [])
        self.assertNotIn(self.root.directory, pathlib.Path("/proc/self/mountinfo").read_text())

    def test_nothing_outlives_a_killed_test(self):
        script = ("import sys, own_root\nroot = own_root.OwnRoot([])\nroot.start()\n"
                  "root.spawn(['sh', '-c', 'echo alive; sleep 1000'], root.directory + '/output')\n"
                  "print(root.directory, root.process.pid, flush=True)\nsys.stdin.read()\n")
        process = subprocess.Popen([sys.executable, "-c", script], cwd=os.path.dirname(own_root.SELF), stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)
        directory, pid = process.stdout.readline().split()
        process.send_signal(signal.SIGKILL)
        process.communicate()
        self.assertTrue(self.wait_for(lambda: not os.path.exists(directory)), "its folder is still there")
        # Who adopted it may let it be a zombie for a while.
        self.assertTrue(self.wait_for(lambda: state(pid) in "Z"), "its first process is still there")


if __name__ == "__main__":
    harness.main()
