#!/usr/bin/python3
"""Where a message came from: drawn, as an object, with what it rests on, as a sheet, and found by search."""
import re

import harness

TRAVELLED = (b"Received: from out.example.com (out.example.com [198.51.100.10])\r\n\tby mx.example.net (Postfix) with ESMTPS id A1\r\n"
             b"\tfor <bob@example.net>; Tue, 5 Mar 2024 10:00:00 +0000\r\n"
             b"Received: from laptop (unknown [203.0.113.77]:51322)\r\n\t(Authenticated sender: ada)\r\n"
             b"\tby out.example.com (Postfix) with ESMTPSA id B2; Tue, 5 Mar 2024 09:59:58 +0000\r\n"
             b"From: ada@example.com\r\nTo: bob@example.net\r\nSubject: Secret plans\r\nDate: Tue, 5 Mar 2024 10:59:57 +0100\r\n"
             b"Message-ID: <travelled@example.com>\r\n\r\nto be continued\r\n")
HIDDEN = (b"Received: from mail.example.com by mx.example.net with ESMTP id 1; Tue, 5 Mar 2024 10:00:05 +0000\r\n"
          b"Authentication-Results: mx.example.net; dmarc=pass header.from=example.com; spf=pass smtp.mailfrom=example.com\r\n"
          b"Received: from bank.example (mail.bank.example [203.0.113.50]) by relay.example.org with ESMTPS id 2;\r\n"
          b"\tTue, 5 Mar 2024 10:00:03 +0000\r\n"
          b"From: ada@example.com\r\nSubject: hi\r\nMessage-ID: <hidden@example.com>\r\n\r\nhello\r\n")
NOWHERE = b"From: ada@example.com\r\nSubject: a draft\r\nMessage-ID: <draft@example.com>\r\n\r\nnever sent\r\n"


class Trace(harness.Case):
    def setUp(self):
        super().setUp()
        self.spoor = harness.Mailspoor(self.folder)

    def inspect(self, *words, octets=TRAVELLED):
        return self.expect(self.spoor.run("inspect", "-", *words, input=octets))

    def refuse(self, code, text, *words, octets=TRAVELLED):
        self.expect_error(self.spoor.run("inspect", "-", *words, input=octets), code, text)

    def test_drawn(self):
        drawn = self.inspect().text
        self.assertRegex(drawn, "origin +203.0.113.77, where the message was submitted; claimed by servers that are not ours")
        self.assertRegex(drawn, "handed over +by 198.51.100.10; seen by servers that seem to be the receiving side's")
        before, boundary, behind = drawn.partition("trust boundary")
        self.assertTrue(boundary)
        self.assertRegex(before, r"origin: .*\[203.0.113.77\] port 51322\n")
        self.assertIn("logged in as ada", before)
        self.assertIn("by mx.example.net (postfix)", behind)
        self.assertIn("2024-03-05T10:00:00Z, 2 s later", behind)
        self.assertIn("as far as we know", behind)
        told = self.inspect("--receiver", "mx.example.net").text
        self.assertRegex(told, "handed over +by 198.51.100.10; seen by servers that we were told of")
        self.assertNotIn("as far as we know", told)

    def test_drawn_on_a_terminal(self):
        path = self.spoor.directory / "travelled.eml"
        path.write_bytes(TRAVELLED)
        shown = self.spoor.run_on_terminal("inspect", path, columns=60).text.replace("\r", "")
        self.assertIn("origin: \"laptop\"", shown)
        lines = re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines()
        drawn = [line for line in lines if line.startswith(("    1  ", "    0  ", "       ", "  \u2500"))]
        self.assertGreater(len(drawn), 7)
        self.assertEqual([line for line in drawn if len(line) > 60], [])
        self.assertIn("\x1b[32m", shown, "what our servers wrote is green")
        self.assertIn("\x1b[33m", shown, "what others claim is yellow")

    def test_object(self):
        one, = self.inspect("--format", "jsonl").objects()
        self.assertEqual([hop["trusted"] for hop in one["hops"]], [True, False])
        self.assertEqual({key: one["origin"][key] for key in ("ip", "hop", "evidence", "trust", "kind", "first_untrusted_ip")},
                         {"ip": "203.0.113.77", "hop": 1, "evidence": "received", "trust": "claimed", "kind": "client",
                          "first_untrusted_ip": "198.51.100.10"})
        self.assertEqual(one["origin"]["first_untrusted_trust"], "assumed")
        ours, = self.inspect("--format", "jsonl", "--trusted", "198.51.100.0/24", "--receiver", "example.net").objects()
        self.assertEqual((ours["origin"]["ip"], ours["origin"]["trust"], ours["hops"][1]["trusted"]),
                         ("203.0.113.77", "observed", True))
        self.refuse(2, "CIDR", "--trusted", "198.51.100/24")

    def test_a_server_that_hides_its_peer(self):
        """What stands below its Received may be anybody's: no origin, no result of authentication, rests on it."""
        one, = self.inspect("--format", "jsonl", "--receiver", "mx.example.net", octets=HIDDEN).objects()
        self.assertEqual([hop["trusted"] for hop in one["hops"]], [True, False])
        self.assertEqual({key: one["origin"][key] for key in ("ip", "hop", "evidence", "trust", "kind", "first_untrusted_ip")},
                         dict.fromkeys(("ip", "hop", "evidence", "trust", "kind", "first_untrusted_ip")))
        text = self.inspect("--receiver", "mx.example.net", octets=HIDDEN).text
        self.assertIn("(claimed)", text)
        self.assertRegex(text, "handed over +by a peer whose address is not written; seen by servers that we were told of")
        self.assertEqual(text.count("Authentication-Results: mx.example.net (claimed)"), 2)

    def test_why_of_findings(self):
        def fields(code, octets):
            return [re.sub(r"[\r\n\t ]+", " ", field["raw"])[:40] for field in
                    self.inspect("--why", code, "--format", "jsonl", "--receiver", "example.net", octets=octets).objects()]
        forged = TRAVELLED.replace(b"From:", b"Authentication-Results: mx.example.net; spf=pass\r\nX-Originating-IP: 203.0.113.9\r\nFrom:", 1)
        self.assertEqual(fields("FORGED_AUTHRES", forged),
                         ["Received: from out.example.com (out.exam", "Authentication-Results: mx.example.net; "])
        self.assertEqual(fields("xoip_mismatch", forged),
                         ["Received: from laptop (unknown [203.0.11", "X-Originating-IP: 203.0.113.9"])
        late = TRAVELLED.replace(b"Date: Tue, 5 Mar", b"Date: Wed, 6 Mar")
        self.assertEqual(fields("DATE_IN_FUTURE", late),
                         ["Received: from out.example.com (out.exam", "Date: Wed, 6 Mar 2024 10:59:57 +0100"])
        self.assertEqual(fields("DATE_IN_FUTURE", TRAVELLED), [])
        self.assertEqual(self.inspect("--why", "date_in_future").text, "The message has no finding DATE_IN_FUTURE.\n")
        listed = re.findall(r"^\| `([A-Z_]+)`", (harness.PROJECT / "docs" / "findings.md").read_text(), re.MULTILINE)
        self.assertGreater(len(listed), 20)
        for code in listed:
            self.inspect("--why", code, octets=NOWHERE)
        # The hop between the two, which has no date, is not what the finding compares.
        undated = (b"Received: from a.example.org (a.example.org [10.0.0.1]) by mx.example.net (Postfix) with ESMTPS id 7; some day\r\n"
                   + TRAVELLED.replace(b"5 Mar 2024 10:00:00", b"6 Mar 2024 10:00:00"))
        undated = b"Received: from b.example.org (b.example.org [10.0.0.2]) by mx.example.net (Postfix) with ESMTPS id 8; " \
                  b"Fri, 8 Mar 2024 10:00:00 +0000\r\n" + undated
        self.assertEqual([re.search(r"id (\w+)", field["raw"])[1] for field in
                          self.inspect("--why", "LONG_DELAY", "--format", "jsonl", octets=undated).objects()], ["8", "A1", "B2"])

    def test_why(self):
        text = TRAVELLED.decode()
        fields = self.inspect("--why", "origin", "--format", "jsonl").objects()
        self.assertEqual([field["name"] for field in fields], ["Received", "Received"])
        for field in [*fields, *self.inspect("--why", "date", "--format", "jsonl").objects()]:
            self.assertEqual(text[field["offset"]:field["offset"] + field["length"]], field["raw"])
        self.assertEqual(self.inspect("--why", "subject").text,
                         f"octets {text.index('Subject')} to {text.index('Subject') + 21}:\n  Subject: Secret plans\n")
        shown = self.inspect("--why", "hops[1].auth_user").text
        self.assertIn("with ESMTPSA id B2", shown)
        self.assertNotIn("id A1", shown)
        envelope = b"From ada@example.com Tue Mar  5 10:00:00 2024\r\n"
        moved, = self.inspect("--why", "date", "--format", "jsonl", octets=envelope + TRAVELLED).objects()
        self.assertEqual(moved["offset"], text.index("Date:") + len(envelope))
        for fact in ("country", "asn", "origin.trust"):
            self.assertEqual(self.inspect("--why", fact, "--format", "jsonl").objects(), fields, fact)
        names = [field["name"] for field in self.inspect(
            "--why", "sender_facts", "--format", "jsonl",
            octets=b"Precedence: bulk\r\nX-Nothing: 1\r\nFrom: a@example.org\r\nSubject: x\r\n\r\n").objects()]
        self.assertEqual(names, ["Precedence", "From"])
        asked, = self.inspect("--why", "tracking.read_receipt", "--format", "jsonl",
                              octets=b"Disposition-Notification-To: a@example.org\r\n\r\n").objects()
        self.assertEqual(asked["offset"], 0)
        self.refuse(2, "origin, country", "--why", "weather")
        self.refuse(2, "the message has 2", "--why", "hops[2]")
        self.refuse(2, "do not go together", "--why", "date", "--request")

    def test_request(self):
        sheet = self.inspect("--request").text
        for told in ("address +203.0.113.77", "source port +51322", r"time +2024-03-05T09:59:58Z \(UTC\)", "logged in as +ada",
                     "Message-ID +<travelled@example.com>", "1 +B2 at 2024-03-05T09:59:58Z, out.example.com with ESMTPSA"):
            self.assertRegex(sheet, told)
        self.assertNotIn("Secret", sheet)
        handed = sheet.partition("Handed to us by")[2].partition("The message")[0]
        for told in ("address +198.51.100.10", r"time +2024-03-05T10:00:00Z \(UTC\)", "taken by +mx.example.net with ESMTPS",
                     "rests on +198.51.100.10; seen by servers that seem"):
            self.assertRegex(handed, told)
        seen = self.inspect("--request", "--trusted", "198.51.100.0/24", "--receiver", "example.net").text
        self.assertNotIn("Handed to us by", seen)
        self.assertTrue(seen.startswith("Whose was this address"))
        gmail = (b"Received: from mail-wm1-f41.google.com (mail-wm1-f41.google.com [209.85.128.41]) by mx.example.net (Postfix) "
                 b"with ESMTPS id A; Tue, 5 Mar 2024 10:00:00 +0000\r\n" + NOWHERE)
        self.assertTrue(self.inspect("--request", octets=gmail).text.startswith("Which account sent this message?"))
        inside = (b"Received: from desk (desk.example.net [10.1.2.3]) by mail.example.net (Postfix) with ESMTPS id A; "
                  b"Tue, 5 Mar 2024 10:00:00 +0000\r\n" + NOWHERE)
        self.refuse(1, "10.1.2.3.*only who runs the one behind mail.example.net", "--request", octets=inside)
        self.refuse(1, "no origin", "--request", octets=NOWHERE)

    def test_search_and_configuration(self):
        server = self.server()
        server.add("INBOX", TRAVELLED)
        server.add("INBOX", NOWHERE)
        config = self.spoor.directory / "config" / "mailspoor" / "config.toml"
        config.parent.mkdir(parents=True)

        def configure(top="", account=""):
            config.write_text(f"{top}\n[accounts.work]\nurl = \"{server.url()}\"\nca_file = \"{server.ca_file}\"\n"
                              f"password_file = \"{server.password_file()}\"\n{account}\n")

        def found(query):
            return [one["message_id"] for one in self.expect(self.spoor.run("search", "--format", "jsonl", query)).objects()]
        configure()
        self.expect(self.spoor.run("sync", "work"))
        for query in ("origin:203.0.113.77", "origin:203.0.113.0/24 trust:claimed kind:client", "trust:CLAIMED"):
            self.assertEqual(found(query), ["travelled@example.com"], query)
        for query in ("origin:198.51.100.10", "trust:observed", "kind:server"):
            self.assertEqual(found(query), [], query)
        self.expect_error(self.spoor.run("search", "trust:sure"), 2, "observed, assumed, claimed")
        # What the configuration says of our servers holds for mail in the index, an account's own before all others'.
        configure('trusted_networks = ["192.0.2.0/24"]', 'trusted_networks = "198.51.100.0/24"\nreceivers = ["example.net"]')
        self.expect(self.spoor.run("index", "--rebuild"))
        self.assertEqual(found("trust:observed"), ["travelled@example.com"])
        id_ = self.expect(self.spoor.run("search", "--format", "ids", "trust:observed")).lines()[0]
        of_id, = self.expect(self.spoor.run("inspect", id_, "--format", "jsonl")).objects()
        of_file, = self.expect(self.spoor.run("inspect", of_id["paths"][0], "--format", "jsonl")).objects()
        self.assertEqual((of_id["origin"]["trust"], of_file["origin"]["trust"]), ("observed", "claimed"))
        configure('trusted_networks = ["nonsense"]')
        self.expect_error(self.spoor.run("index"), 2, "nonsense.*CIDR")

    def test_own_mail(self):
        """What the server calls Sent or Drafts (RFC 6154) nobody received for the account."""
        uses = "".join(f"  mailbox {name} {{\n    special_use = \\{use}\n  }}\n" for name, use in (("Outbox", "Sent"), ("Notes", "Drafts")))
        server = self.server(settings=f"namespace inbox {{\n{uses}}}\n")
        server.add("Outbox", TRAVELLED)
        server.add("Notes", NOWHERE)
        server.add("INBOX", HIDDEN)

        def found(query):
            return sorted(one["message_id"] for one in self.expect(self.spoor.run("search", "--format", "jsonl", query)).objects())

        def check(trust, ids):
            for _ in range(2):
                self.assertEqual(found(f"trust:{trust}"), ids)
                self.assertEqual(found("origin:203.0.113.77"), ["travelled@example.com"])
                self.expect(self.spoor.run("index", "--rebuild"))
        self.expect(self.spoor.sync(server))
        check("none", ["draft@example.com", "hidden@example.com", "travelled@example.com"])
        self.assertEqual(found("trust:claimed"), [])
        sent, = self.expect(self.spoor.run("inspect", "<travelled@example.com>", "--format", "jsonl")).objects()
        self.assertEqual((sent["origin"]["ip"], sent["origin"]["trust"]), ("203.0.113.77", None))
        self.assertEqual([place["special_use"] for place in sent["placements"]], ["\\Sent"])
        self.assertIn("sent or drafted here", self.expect(self.spoor.run("inspect", "<travelled@example.com>")).text)
        # One that came back was received.
        server.add("INBOX", TRAVELLED)
        self.expect(self.spoor.sync(server))
        check("claimed", ["travelled@example.com"])


if __name__ == "__main__":
    harness.main()
