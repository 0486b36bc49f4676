#!/usr/bin/python3
"""The program against every scripted server, and the judges and servers against clients that are known."""
import imaplib
import json
import os
import pathlib
import poplib
import re
import ssl
import unittest

import hostile
import imap_scenarios
import judge
import pop3_scenarios
from imap_server import OCTETS, Imap, Mailbox, Message
from line_server import Server, ca_file
from pop3_server import Pop3
from scenario import SCENARIOS, Expectation
import harness


class Scenarios(harness.Case):
    scheme = "imap"

    def check(self, kind, verbose, with_floods=True):
        binary = harness.program(kind)
        names = [name for name, session in SCENARIOS.items()
                 if session.scheme == self.scheme and (with_floods or not session.expectation.is_flood)]
        for name, trial in hostile.run_all(names, binary, verbose):
            with self.subTest(scenario=name):
                self.assertEqual(trial.problems, [], judge.report(trial.problems))


class Sanitized(Scenarios):
    def test_every_scenario(self):
        """With all it has to say about its work, for the judge of what is printed."""
        self.check("MAILSPOOR", verbose=True, with_floods=harness.LONG)


class Release(Scenarios):
    def test_every_scenario(self):
        """With its memory judged."""
        self.check("MAILSPOOR_RELEASE", verbose=False)


class Pop3Sanitized(Sanitized):
    scheme = "pop3"


class Pop3Release(Release):
    scheme = "pop3"


class Judges(harness.Case):
    """A client that is careless in one way is caught for that, and a careful one for nothing."""

    honest = imap_scenarios.Honest
    CARELESS = {"crash": "crash", "hang": "hang", "memory": "memory", "exit": "exit", "silent": "silent", "lost": "lost",
                "twice": "twice", "torn": "torn", "forged": "forged", "litter": "litter", "outside": "outside",
                "index": "index", "unindexed": "index", "secret_printed": "secret", "secret_encoded": "secret", "secret_stored": "secret", "secret_in_clear": "secret",
                "escape": "escape", "injected": "injected", "marks_as_read": "injected"}

    def trial(self, how):
        class Short(self.honest):
            """No trial of a client that hangs need be long, and what is damaged must not be mended by a second run."""
            expectation = Expectation(seconds=8, after=None)
        trial = hostile.Trial(Short, os.path.join(os.path.dirname(os.path.abspath(__file__)), "careless.py"), verbose=False)
        trial.spoor.environment.update(MAILSPOOR_CAREFUL=harness.program("MAILSPOOR_RELEASE"), MAILSPOOR_CARELESS=how)
        return trial.run()

    def test_careful(self):
        self.assertEqual(self.trial("__init__").problems, [])

    def test_careless(self):
        for how, kind in self.CARELESS.items():
            with self.subTest(how=how):
                found = judge.kinds(self.trial(how).problems)
                self.assertIn(kind, found)
                print(f"{how}: {', '.join(found)}", flush=True)

    def test_a_message_that_was_not_given_may_be_missing_only_if_told(self):
        class Untold(imap_scenarios.OkWithoutData):
            expectation = Expectation(codes=(3,), seconds=8, missing=(("INBOX", 2),), after=None)
        trial = hostile.Trial(Untold, harness.program("MAILSPOOR_RELEASE"), verbose=False).run()
        self.assertEqual(trial.problems, [], judge.report(trial.problems))
        truth = {("INBOX", 1, 1): b"x"}
        spoor = harness.Mailspoor(self.folder, harness.program("MAILSPOOR_RELEASE"))
        self.assertEqual(judge.kinds(judge.store_problems(spoor, truth, 0)), ["lost"])
        self.assertEqual(judge.kinds(judge.store_problems(spoor, truth, 3)), ["lost"])
        self.assertEqual(judge.store_problems(spoor, truth, 3, ["INBOX"]), [])
        self.assertEqual(judge.store_problems(spoor, truth, 13), [])


class Pop3Judges(Judges):
    honest = pop3_scenarios.Honest
    CARELESS = {how: kind for how, kind in Judges.CARELESS.items() if how not in ("injected", "marks_as_read")} | {
        "misnamed": "forged", "deletes": "injected", "reads_bodies": "injected"}

    def test_a_message_that_was_not_given_may_be_missing_only_if_told(self):
        class Untold(pop3_scenarios.RetrRefused):
            expectation = Expectation(codes=(3,), seconds=8, missing=(("INBOX", 2),), after=None)
        trial = hostile.Trial(Untold, harness.program("MAILSPOOR_RELEASE"), verbose=False).run()
        self.assertEqual(trial.problems, [], judge.report(trial.problems))


class Commands(harness.Case):
    """What commands tell of a server that is broken in part."""

    class Partly(Imap):
        """One mailbox cannot be opened."""

        def do_EXAMINE(self, tag, rest):
            if b"2024" in rest:
                self.send(tag + b" NO it is damaged\r\n")
            else:
                super().do_EXAMINE(tag, rest)

    class Listless(Imap):
        """Zimbra with a broken mount point."""

        def do_LIST(self, tag, rest):
            self.send(tag + b" NO LIST failed\r\n")

    def run_at(self, session_class, *words, code=3):
        with Server(session_class) as server:
            spoor = harness.Mailspoor(self.folder)
            password = os.open(f"{self.folder}/password", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.write(password, server.password.encode())
            os.close(password)
            result = self.expect(spoor.run(*words, f"{session_class.scheme}s://{server.user}@localhost:{server.port}",
                                           "--ca-file", ca_file(), "--password-file", f"{self.folder}/password", timeout=60),
                                 code)
            self.assertEqual(server.errors, [])
            return result

    def test_sync_tells_each_failure_once(self):
        for session_class, text in ((self.Partly, "it is damaged"), (self.Listless, "LIST failed")):
            with self.subTest(text):
                result = self.run_at(session_class, "sync", "--format", "jsonl")
                line, = result.objects()
                self.assertEqual((len(line["failed_mailboxes"]), line["exit_code"], line["error"]), (1, 3, None))
                self.assertIn(text, line["failed_mailboxes"][0])
                self.assertEqual(result.errors.count(text), 1, result.errors)

    def test_a_maildrop_is_looked_at_without_asking_for_one(self):
        """The server answers LIST 1 with the whole list, which only RETR needs."""
        session_class = pop3_scenarios.ListIgnoresNumber
        self.run_at(session_class, "sync", "--dry-run", code=0)
        result = self.run_at(session_class, "check", "--server")
        self.assertEqual((result.text.count("server only "), result.errors), (6, ""))

    def test_check_prints_no_lines_of_the_server(self):
        class Liar(self.Partly):
            mailboxes = staticmethod(lambda: [Mailbox(b"2024\nmailspoor: work: all is well\n(", [])])
        errors = self.run_at(Liar, "check", "--server").errors
        self.assertIn(r"not compared: 2024\x0amailspoor: work: all is well\x0a(: ", errors)
        self.assertNotIn("\nmailspoor: work", errors)

    def test_account_test_tells_that_the_list_is_not_whole(self):
        for words in ([], ["--sizes"]):
            result = self.run_at(self.Listless, "account", "test", *words)
            self.assertIn("LIST failed", result.errors)
            self.assertIn("messages in 1 mailboxes", result.text)

    def test_account_test_shows_all_mailboxes_once(self):
        class Shared(Imap):
            """One mailbox is another user's, one is busy at first."""
            capabilities = Imap.capabilities + b" NAMESPACE"
            mailboxes = staticmethod(lambda: [*imap_scenarios.standard_mailboxes(), Mailbox(b"user/bob", [Message(1, OCTETS[0])])])
            busy = 1

            def do_NAMESPACE(self, tag, rest):
                self.send(b'* NAMESPACE (("" "/")) (("user/" "/")) NIL\r\n')
                self.done(tag, b"NAMESPACE")

            def do_EXAMINE(self, tag, rest):
                if b"2024" in rest and type(self).busy:
                    type(self).busy -= 1
                    self.send(tag + b" NO [INUSE] busy\r\n")
                else:
                    super().do_EXAMINE(tag, rest)
        for words in ([], ["--sizes"]):
            with self.subTest(words):
                text = self.run_at(Shared, "account", "test", *words, code=0).text
                for name in ("INBOX", "Archive/2024", "Empty", "user/bob"):
                    self.assertEqual(len(re.findall(rf"(?m)^{name} ", text)), 1, text)
                self.assertIn("another user's or shared", text)
                self.assertIn("in all       9 messages in 3 mailboxes", text)


class Gmail(harness.Case):
    """What is labelled and unlabelled on the server without a new message."""

    class Server(imap_scenarios.Labels):
        """With CONDSTORE, whose MODSEQ of a message counts its labels too, in each mailbox that shows it."""
        capabilities = imap_scenarios.Labels.capabilities + b" CONDSTORE"

        def status(self, mailbox):
            return super().status(mailbox).replace(b")\r\n", b" HIGHESTMODSEQ %d)\r\n" % self.highest(mailbox))

        def examined(self, mailbox):
            return super().examined(mailbox) + b"* OK [HIGHESTMODSEQ %d]\r\n" % self.highest(mailbox)

        def do_EXAMINE(self, tag, rest):
            super().do_EXAMINE(tag, rest.replace(b" (CONDSTORE)", b""))

        def highest(self, mailbox):
            return max([1, self.server.shared.get(mailbox.raw, 1), *map(self.modseq, mailbox.messages)])

        def modseq(self, message):
            return self.server.shared.get(message.octets, (None, 1))[1]

        def extra_item(self, message, name):
            if name == b"X-GM-LABELS":
                return self.server.shared.get(message.octets, (b"()", 1))[0]
            return super().extra_item(message, name)

        def asked(self, numbers):
            return [(number, message) for number, message in super().asked(numbers) if self.modseq(message) > self.since]

        def do_UID_FETCH(self, tag, rest):
            rest, _, since = rest.partition(b" (CHANGEDSINCE ")
            self.since = int(since.rstrip(b")") or b"0")
            super().do_UID_FETCH(tag, rest)

    def sync(self, fetched=0, **counts):
        before = len(self.gmail.commands)
        line, = self.expect(self.spoor.run(
            "sync", f"imaps://user@localhost:{self.gmail.port}", "--ca-file", ca_file(), "--password-file", self.password,
            "--format", "jsonl", timeout=60)).objects()
        self.assertEqual({name: line[name] for name in ("fetched", "error", *counts)}, {"fetched": fetched, "error": None} | counts)
        commands = [command for _, command in self.gmail.commands[before:]]
        self.assertEqual(any(b"BODY" in command for command in commands), fetched > 0)
        self.assertEqual(self.gmail.errors, [])
        return commands

    def journal_labels(self, mailbox):
        """The labels of its placements, by UID, as its journal tells them."""
        labels = {}
        for path, folder in self.spoor.folders().items():
            if folder["mailbox"] == mailbox:
                for event in map(json.loads, (pathlib.Path(path) / "mailspoor.journal").read_text().splitlines()):
                    if "gm_labels" in event:
                        labels[event["uid"]] = event["gm_labels"]
        return labels

    def place(self, mailbox):
        return sorted(uid for name, _, uid in self.spoor.stored() if name == mailbox)

    def test_labels_are_followed(self):
        with Server(self.Server) as self.gmail:
            self.spoor = harness.Mailspoor(self.folder)
            self.password = f"{self.folder}/password"
            with open(os.open(self.password, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
                file.write(self.gmail.password)
            inbox, everything, work = self.gmail.mailboxes
            shared = self.gmail.shared
            shared[OCTETS[2]] = (b"(Work)", 1)
            self.sync(fetched=len(OCTETS), labels_changed=0, recognised=len(OCTETS))
            self.assertEqual(self.journal_labels("[Gmail]/All Mail")[3], ["Work"])
            self.assertFalse([command for command in self.sync() if command.startswith((b"EXAMINE", b"UID"))])

            # One more label, which no mailbox shows; one that is a mailbox; and one taken off.
            shared[OCTETS[0]] = (b"(Hidden)", 7)
            shared[OCTETS[1]] = (b'("Work")', 8)
            shared[OCTETS[2]] = (b"()", 9)
            shared[b"Work"] = 9
            work.messages[:] = [Message(2, OCTETS[1])]
            self.sync(labels_changed=5, gone=1, recognised=1, flags_changed=0)
            self.assertEqual({uid: labels for uid, labels in self.journal_labels("[Gmail]/All Mail").items() if labels},
                             {1: ["Hidden"], 2: ["Work"]})
            self.assertEqual(self.place("Work"), [2])
            self.assertEqual(self.place("[Gmail]/All Mail"), [1, 2, 3, 4, 5, 6])
            self.assertEqual(self.spoor.litter(), [])
            self.expect(self.spoor.run("check"))
            self.assertFalse([command for command in self.sync(labels_changed=0) if command.startswith((b"EXAMINE", b"UID"))])


class Servers(harness.Case):
    """The scripted servers as they stand, read by the clients of Python's library."""

    def test_imap(self):
        with Server(Imap) as server:
            client = imaplib.IMAP4_SSL("localhost", server.port, ssl_context=ssl.create_default_context(cafile=ca_file()))
            with self.assertRaises(imaplib.IMAP4.error):
                client.login("user", "wrong")
            client.login(server.user, server.password)
            self.assertEqual(len(client.list()[1]), 3)
            self.assertEqual(client.status('"Archive/2024"', "(MESSAGES)")[0], "OK")
            client.select("INBOX", readonly=True)
            for uid, octets in enumerate(OCTETS, 1):
                answer = client.uid("FETCH", str(uid), "(UID BODY.PEEK[])")[1]
                self.assertTrue(answer[0][1] == octets, f"UID {uid}")
            client.logout()

    def check_pop3(self, client, server):
        self.assertEqual(client.stat()[0], len(OCTETS))
        self.assertEqual(len(client.uidl()[1]), len(OCTETS))
        for number, octets in enumerate(OCTETS, 1):
            if b"bare LF" in octets:
                continue  # poplib cuts lines there
            got = b"".join(line + b"\r\n" for line in client.retr(number)[1])
            self.assertTrue(got == octets or got == octets + b"\r\n", f"message {number}")
        client.dele(1)
        client.rset()
        client.dele(2)
        client.quit()
        self.assertEqual([message.uid for message in server.mailboxes[0].messages], [1, 3, 4, 5, 6])

    def test_pop3(self):
        class Stls(Pop3):
            tls = "starttls"
        context = ssl.create_default_context(cafile=ca_file())
        for session_class in (Pop3, Stls):
            with self.subTest(tls=session_class.tls), Server(session_class) as server:
                if session_class is Pop3:
                    client = poplib.POP3_SSL("localhost", server.port, context=context)
                else:
                    client = poplib.POP3("localhost", server.port)
                    client.stls(context=context)
                with self.assertRaises(poplib.error_proto):
                    client.apop(server.user, "wrong")
                client.user(server.user)
                client.pass_(server.password)
                self.check_pop3(client, server)


if __name__ == "__main__":
    harness.main()
