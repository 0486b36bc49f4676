#!/usr/bin/python3
"""What a person or a script sees of search, count, show, inspect and status, over one small mailbox."""
import base64
import csv
import hashlib
import io
import itertools
import json
import os
import pathlib
import subprocess
import shutil
import tempfile
import threading
import time

import dovecot
import harness
from harness import canonical_id, message

REPORT = (b"Received: from mail.example.net (mail.example.net [198.51.100.7])\r\n\tby mx.example.org with ESMTPS id A1\r\n"
          b"\tfor <alice@example.org>; Mon, 15 Jan 2024 10:00:02 +0100\r\n"
          b"From: Bob Builder <bob@example.net>\r\nTo: Alice Liddell <alice@example.org>\r\nCc: carol@example.org\r\n"
          b"Subject: Quarterly report\r\nDate: Mon, 15 Jan 2024 10:00:00 +0100\r\nMessage-ID: <report@example.net>\r\n\r\n"
          b"The operating system is slow today.\r\n")
ANSWER = (b"From: Alice Liddell <alice@example.org>\r\nTo: bob@example.net\r\nSubject: Re: Quarterly report\r\n"
          b"Date: Tue, 16 Jan 2024 23:30:00 -0500\r\nMessage-ID: <answer@example.org>\r\nIn-Reply-To: <report@example.net>\r\n\r\n"
          b"Our system for operating the pumps works.\r\n")
HTML = (b"From: news@letters.example\r\nTo: alice@example.org\r\nSubject: =?utf-8?b?5Lqs6YO944Gu5a6/?=\r\n"
        b"Date: Sat, 2 Mar 2024 08:00:00 +0900\r\nMessage-ID: <kyoto@letters.example>\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: text/html; charset=utf-8\r\n\r\n<html><head><style>.hiddenstyle{}</style></head><body>"
        b"<p>Visiblebody with <b>tempura</b></p><script>hiddenscript()</script></body></html>\r\n")
ATTACHMENT = (b"From: bob@example.net\r\nTo: alice@example.org\r\nSubject: numbers\r\nDate: Fri, 1 Mar 2024 12:00:00 +0000\r\n"
              b"Message-ID: <numbers@example.net>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b1\r\n\r\n"
              b"--b1\r\nContent-Type: text/plain\r\n\r\nsee below\r\n--b1\r\nContent-Type: application/octet-stream\r\n"
              b"Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"budget-plan.bin\"\r\n\r\n" +
              base64.b64encode(b"\x00\x01numbers") + b"\r\n--b1--\r\n")
EVIL = (b"From: =?utf-8?q?Eve=1B[2J=C2=9B31m?= <eve@example.com>\r\nTo: alice@example.org\r\n"
        b"Subject: =?utf-8?q?evil=1B]0;owned=07_=E2=80=AEtxt.exe_=E2=81=A6x?=\r\nDate: Sun, 3 Mar 2024 00:00:00 +0000\r\n"
        b"Message-ID: <evil@example.com>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        b"raw \x1b[31mred\x1b[0m and \xe2\x80\xae override, \xc2\x9bC1\r\n")
DATELESS = b"From: nobody@example.com\r\nSubject: no date and no id\r\n\r\nstill here\r\n"
PLUS = (b"From: carol@example.org\r\nTo: alice+lists@example.org\r\nSubject: Caf\xc3\xa9 na\xc3\xafve\r\nDate: Wed, 1 Feb 2023 09:00:00 +0000\r\n"
        b"Message-ID: <cafe@example.org>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\ntempura again -x marks report\r\n")


def twins():
    """Two messages whose ids begin with the same six digits."""
    seen = {}
    for number in itertools.count():
        octets = b"From: twin@example.com\r\nSubject: twin\r\nDate: Thu, 1 Jan 2015 12:00:00 +0000\r\nMessage-ID: <twin%d@example.com>\r\n\r\ntwin\r\n" % number
        prefix = hashlib.sha256(octets).hexdigest()[:6]
        if prefix in seen:
            return seen[prefix], octets
        seen[prefix] = octets


class Cli(harness.Case):
    @classmethod
    def setUpClass(cls):
        harness.program()
        if not dovecot.available():
            raise harness.unittest.SkipTest("Dovecot is not installed")
        cls.place = tempfile.mkdtemp(prefix="mailspoor-test-")
        cls.addClassCleanup(shutil.rmtree, cls.place, ignore_errors=True)
        cls.twins = twins()
        cls.mail = {"report": REPORT, "answer": ANSWER, "html": HTML, "attachment": ATTACHMENT, "evil": EVIL,
                    "dateless": DATELESS, "plus": PLUS, "twin1": cls.twins[0], "twin2": cls.twins[1]}
        cls.ids = {name: canonical_id(octets) for name, octets in cls.mail.items()}
        cls.spoor = harness.Mailspoor(cls.place)
        with dovecot.Dovecot(users=["alice@example.org"]) as server:
            for name, octets in cls.mail.items():
                server.add("INBOX", octets, received=1_709_500_000 if name == "dateless" else None)
            server.add("Archive/報告", REPORT, flags="S")
            result = cls.spoor.sync(server)
        if result.code or result.out or result.err:
            raise AssertionError(f"not silent though all is well and nobody looks on\n{result}")

    def found(self, *query):
        result = self.expect(self.spoor.run("search", "--format", "ids", *query))
        names = {one: name for name, one in self.ids.items()}
        return [names.get(line, line) for line in result.lines()]

    def check(self, wanted, *query):
        found = self.found(*query)
        self.assertEqual(sorted(found), sorted(wanted.split()), f"search {query}")
        self.assertEqual(self.expect(self.spoor.run("count", *query)).text, f"{len(found)}\n", f"count {query}")

    # --- queries --------------------------------------------------------------------------------------------------

    def test_words(self):
        self.check("report answer plus html attachment evil dateless twin1 twin2", "*")
        self.check("report answer", "quarterly")
        self.check("report answer", "QUARTERLY", "system")
        self.check("report answer", "quarterly system")
        self.check("report", '"operating system"')
        self.check("report answer", "operating")
        self.check("html plus", "tempura")
        self.check("html plus", "temp*")
        self.check("", "temp")
        self.check("", "nosuchword")
        self.check("plus", "cafe")
        self.check("plus", "Café naive")

    def test_chinese_and_japanese(self):
        self.check("html", "京都")
        self.check("html", "subject:京都")
        self.check("html", "宿")
        self.check("", "都京")

    def test_visible_text_of_html(self):
        self.check("html", "visiblebody")
        self.check("", "hiddenscript")
        self.check("", "hiddenstyle")

    def test_attachment_names(self):
        self.check("attachment", "budget")

    def test_fields(self):
        self.check("report attachment", "from:bob")
        self.check("report attachment", "from:bob@example.net")
        self.check("report", 'from:"Bob Builder"')
        self.check("answer", "to:bob")
        self.check("report answer", "subject:report")
        self.check("report", "msgid:report@example.net")
        self.check("report", "msgid:<report@example.net>")
        self.check("answer", "id:" + self.ids["answer"])
        self.check("answer", "id:" + self.ids["answer"][:12])
        self.check("plus", "to:alice+lists@example.org")
        self.check("", "subject:tempura")

    def test_dates(self):
        self.check("report answer", "date:2024-01", "--tz", "UTC")
        self.check("report", "date:2024-01-15", "--tz", "UTC")
        # The answer was written in the night of the 16th in New York, on the 17th in UTC.
        self.check("answer", "date:2024-01-17", "--tz", "UTC")
        self.check("answer", "date:2024-01-16", "--tz", "America/New_York")
        self.check("plus twin1 twin2", "date:..2023")
        self.check("html attachment evil", "date:2024-02..2024-03", "--tz", "UTC")
        self.check("html attachment evil", "date:2024-03-01..2024-03-03", "--tz", "UTC")

    def test_operators(self):
        self.check("report answer html plus", "quarterly OR tempura")
        self.check("report", "quarterly NOT from:alice")
        self.check("report", "quarterly", "-from:alice")
        self.check("plus", "tempura", "-html", "-visiblebody")
        self.check("report plus", "(quarterly OR tempura) NOT (from:alice OR from:news)")
        self.check("report answer evil html attachment dateless twin1 twin2", "--", "-tempura", "OR", "visiblebody")
        self.check("html", "tempura", "--", "-x")
        self.check("report answer html attachment evil dateless twin1 twin2", "--", "-x")

    def test_errors_in_queries(self):
        self.expect_error(self.spoor.run("search", "frm:alice"), 2, "frm", r"\bfrom\b")
        self.expect_error(self.spoor.run("count", "date:yesterdayish"), 2, "yesterdayish")
        self.expect_error(self.spoor.run("search", "(quarterly"), 2)
        self.expect_error(self.spoor.run("search", '"quarterly'), 2)
        self.expect(self.spoor.run("search"), 2)

    def test_quotes_of_the_index_are_no_syntax(self):
        for query in ('subject AND body', "NEAR(a b)", "a^b", "{subject}", "'", "' OR 1=1 --", "%", "_", "\\", "a\"b\"c", "*x", "+-", "é" * 3000):
            with self.subTest(query=query):
                self.assertIn(self.spoor.run("search", query).code, (0, 2))

    def test_nothing_found(self):
        self.assertEqual(self.expect(self.spoor.run("search", "nosuchword")).out, b"")
        self.expect(self.spoor.run("search", "--fail-if-none", "nosuchword"), 4)
        self.assertEqual(self.expect(self.spoor.run("search", "--fail-if-none", "tempura")).err, b"")
        self.assertEqual(self.expect(self.spoor.run("count", "nosuchword")).text, "0\n")

    # --- output ---------------------------------------------------------------------------------------------------

    def test_formats(self):
        ids = self.found("*")
        self.assertEqual(len(ids), 9)
        self.assertEqual(ids[:4], ["dateless", "evil", "html", "attachment"], "newest first; INTERNALDATE where no Date is")
        lines = self.expect(self.spoor.run("search", "*", "--format", "jsonl")).objects()
        self.assertEqual([self.ids[name] for name in ids], [one["id"] for one in lines])
        self.assertEqual(json.loads(self.expect(self.spoor.run("search", "*", "--format", "json")).out), lines)
        self.assertEqual(json.loads(self.expect(self.spoor.run("search", "nosuchword", "--format", "json")).out), [])
        rows = list(csv.DictReader(io.StringIO(self.expect(self.spoor.run("search", "*", "--format", "csv")).text)))
        self.assertEqual([row["id"] for row in rows], [one["id"] for one in lines])
        paths = self.expect(self.spoor.run("search", "*", "--format", "paths")).lines()
        self.assertEqual(len(paths), 10, "every file of every message")
        self.assertEqual({canonical_id(open(path, "rb").read()) for path in paths}, set(self.ids.values()))
        self.assertTrue(all(os.path.isabs(path) for path in paths))
        text = self.expect(self.spoor.run("search", "*")).lines()
        self.assertEqual(len(text), 9, "one row a message")
        self.assertEqual(len(self.expect(self.spoor.run("search", "*", "--limit", "3")).lines()), 3)

    def test_object_of_a_hit(self):
        one = self.expect(self.spoor.run("search", "msgid:report@example.net", "--format", "jsonl")).objects()[0]
        wanted = {"schema": 1, "id": self.ids["report"], "sha256": harness.sha256(REPORT), "size": len(REPORT),
                  "message_id": "report@example.net", "subject": "Quarterly report", "date": "2024-01-15T09:00:00Z",
                  "date_offset_minutes": 60, "from": [{"name": "Bob Builder", "address": "bob@example.net"}], "sender": None,
                  "reply_to": [], "to": [{"name": "Alice Liddell", "address": "alice@example.org"}], "bcc": [],
                  "return_path": None, "user_agent": None}
        self.assertEqual({key: one[key] for key in wanted}, wanted)
        self.assertEqual([address["address"] for address in one["cc"]], ["carol@example.org"])
        places = {place["mailbox"]: place for place in one["placements"]}
        self.assertEqual(sorted(places), ["Archive/報告", "INBOX"])
        self.assertEqual(places["Archive/報告"]["flags"], ["\\Seen"])
        self.assertEqual(len(one["paths"]), 2)
        self.assertTrue(all(open(path, "rb").read() == REPORT for path in one["paths"]))

    def test_unknown_is_null(self):
        one = self.expect(self.spoor.run("search", "id:" + self.ids["dateless"], "--format", "jsonl")).objects()[0]
        self.assertEqual((one["date"], one["date_offset_minutes"], one["message_id"]), (None, None, None))
        self.assertEqual(one["placements"][0]["internal_date"], "2024-03-03T21:06:40Z")

    def test_control_characters_are_made_visible(self):
        for command in (["search", "evil"], ["show", self.ids["evil"][:12]], ["inspect", self.ids["evil"][:12]],
                        ["search", "evil", "--format", "csv"], ["search", "evil", "--format", "jsonl"],
                        ["inspect", self.ids["evil"], "--format", "jsonl"], ["show", "--headers", self.ids["evil"]]):
            with self.subTest(command=command):
                result = self.expect(self.spoor.run(*command))
                self.assertIn(b"evil", result.out)
                self.assertIsNone(harness.ESCAPES.search(result.out.replace(b"\r\n", b"\n")),  # CSV's line ends
                                  f"a control character is printed as it is\n{result}")
        shown = self.spoor.run_on_terminal("--color", "never", "search", "evil")
        self.assertIsNone(harness.ESCAPES.search(shown.out.replace(b"\r\n", b"\n")), shown)
        path = os.path.join(self.folder, "evil \x1b[31m name.eml")
        with open(path, "wb") as file:
            file.write(EVIL)
        shown = self.expect(self.spoor.run("inspect", path))
        self.assertIsNone(harness.ESCAPES.search(shown.out + shown.err), shown)
        pipe = os.path.join(self.folder, "evil \x1b[31m pipe.eml")
        os.mkfifo(pipe)
        self.assertIsNone(harness.ESCAPES.search(self.expect(self.spoor.run("inspect", pipe), 1).err))
        self.assertIsNone(harness.ESCAPES.search(self.spoor.run("search", "\x1b[31m:x").err))
        self.assertIsNone(harness.ESCAPES.search(self.spoor.run("show", "\x1b[31m").err))

    def test_minus_and_dashes_in_a_query(self):
        self.check("report", "quarterly", "-pumps")
        self.check("report", "-pumps", "quarterly")
        self.check("answer", "quarterly", "pumps")
        self.check("report answer plus html attachment evil dateless twin1 twin2", "-from:somebody")
        self.check("report", "quarterly", "--", "-pumps")
        self.expect(self.spoor.run("search", "-vendor:x"))
        self.assertEqual(len(self.expect(self.spoor.run("search", "-vendor:x", "--limit", "1")).lines()), 1)
        self.expect(self.spoor.run("search", "--", "--limit"), 0)

    def test_hostile_queries(self):
        for query in ("a " * 10_000, "(" * 1_000, ")" * 1_000, "(" * 1_000 + "a" + ")" * 1_000, "-" * 1_000 + "a", '"' * 999,
                      '"a" NEAR("b" "c", 5)', "NEAR(a b)", "subject:^a", "{subject body} : a", "a + b", "a* b*", "col:a", "'", "''",
                      '"";DROP TABLE message', b"\xff\xfe", b"subject:\xc3", "from:/(a+)+$/", "from:/" + "(" * 40 + ")" * 40 + "/",
                      "thread:{" * 30 + "a" + "}" * 30, "mailbox:" + "*a" * 500, "date:" + "9" * 1000, "size:" + "9" * 1000,
                      "ip:" + ":" * 1000, "id:" + "f" * 1000, "\u202ea", "a" * 99_000, "OR", "NOT", "AND AND", "*" * 1000):
            result = self.spoor.run("count", query, timeout=60)
            self.assertIn(result.code, (0, 2), f"{query[:80]!r}\n{result}")
            self.assertEqual(result.code == 0, bool(result.text), query[:80])
            for text in ("SQL", "sqlite", "fts5"):
                self.assertNotIn(text, result.errors, query[:80])
            self.assertIsNone(harness.ESCAPES.search(result.out + result.err))

    def test_time_limit(self):
        query = " OR ".join(f"mailer:program{number}" for number in range(450))
        self.expect_error(self.spoor.run("count", "--time-limit", "0", query), 2, "longer than 0 s")
        self.expect(self.spoor.run("count", query))

    def test_explain(self):
        result = self.expect(self.spoor.run("search", "--explain", "subject:quarterly", "date:2024.."))
        for text in ("subject:quarterly  (2)", "VIRTUAL TABLE", "MATCH ?"):
            self.assertIn(text, result.text)
        self.assertIn("message_by_date", self.expect(self.spoor.run("search", "--explain", "date:2024..")).text)
        self.assertNotIn("quarterly", result.text.partition("SELECT")[2], "a value in the SQL")

    def test_manual_and_completion_know_the_fields(self):
        rows = [line.split("\t") for line in self.expect(self.spoor.run("search", "--fields")).lines()]
        self.assertGreater(len(rows), 50)
        self.assertEqual({len(row) for row in rows}, {4})
        manual = (harness.PROJECT / "docs" / "query.md").read_text()
        for name, aliases, description, example in rows:
            self.assertIn(f"| `{name}:` | {aliases.replace(' ', ', ')} | {description} | `{example}` |", manual)
        script = f"set -u; . {harness.PROJECT}/cli/completion.bash; COMP_WORDS=(mailspoor search sub); COMP_CWORD=2; _mailspoor; echo ${{COMPREPLY[@]}}"
        environment = dict(self.spoor.environment, PATH=os.path.dirname(self.spoor.binary) + ":" + os.environ["PATH"])
        done = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, check=False)
        self.assertEqual((done.stdout, done.stderr), ("subject:\n", ""))

    def test_threads(self):
        self.check("report answer", "thread:{subject:quarterly -pumps}")
        self.check("report answer", "thread:" + self.ids["report"][:12])

    def test_unknown_time_zone_and_option_are_refused(self):
        self.expect(self.spoor.run("--tz", "Europe/Berln", "search", "date:2024"), 2)
        self.expect(self.spoor.run("--tz", "Europe/Berlin", "search", "date:2024"))
        self.expect(self.spoor.run("search", "--limt", "5", "evil"), 2)

    def test_a_full_disk_behind_show_is_told(self):
        big = os.path.join(self.folder, "big.eml")
        with open(big, "wb") as file:
            file.write(b"Subject: big\n\n" + b"x" * 300_000)
        with open("/dev/full", "wb") as full:
            done = subprocess.run([harness.program(), "show", "--raw", big], stdout=full, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 1, done.stderr)

    def test_show(self):
        result = self.expect(self.spoor.run("show", self.ids["report"][:6]))
        for text in ("Quarterly report", "Bob Builder", "The operating system is slow today."):
            self.assertIn(text, result.text)
        self.assertEqual(self.expect(self.spoor.run("show", "--raw", self.ids["report"])).out, REPORT)
        headers = self.expect(self.spoor.run("show", "--headers", self.ids["report"])).text
        self.assertIn("Message-ID: <report@example.net>", headers)
        self.assertNotIn("operating system", headers)
        self.assertIn("Quarterly report", self.expect(self.spoor.run("show", "<report@example.net>")).text)
        html = self.expect(self.spoor.run("show", self.ids["html"])).text
        self.assertIn("京都の宿", html)
        self.assertIn("Visiblebody with tempura", html)
        self.assertNotIn("hiddenscript", html)

    def test_ids(self):
        prefix = self.ids["twin1"][:6]
        self.assertEqual(prefix, self.ids["twin2"][:6])
        for command in ("show", "inspect"):
            with self.subTest(command=command):
                self.expect_error(self.spoor.run(command, prefix), 2, self.ids["twin1"][:7], self.ids["twin2"][:7])
                self.expect(self.spoor.run(command, self.ids["twin1"]))
                self.expect_error(self.spoor.run(command, "00" * 32), 1, "000000")
                self.expect(self.spoor.run(command, "<nosuch@example.com>"), 1)
                self.expect(self.spoor.run(command, "id:" + self.ids["report"][:8]))

    def test_inspect(self):
        path = os.path.join(self.folder, "one.eml")
        with open(path, "wb") as file:
            file.write(REPORT)
        of_file = self.expect(self.spoor.run("inspect", path, "--format", "jsonl")).objects()[0]
        of_input = self.expect(self.spoor.run("inspect", "-", "--format", "jsonl", input=REPORT)).objects()[0]
        of_id = self.expect(self.spoor.run("inspect", self.ids["report"][:8], "--format", "jsonl")).objects()[0]
        self.assertEqual(of_file["paths"], [path])
        self.assertEqual((of_file["placements"], of_input["placements"], of_input["paths"]), ([], [], []))
        self.assertEqual(len(of_id["placements"]), 2)
        for one in (of_file, of_input, of_id):
            for key in ("paths", "placements"):
                one.pop(key)
        self.assertEqual(of_file, of_input)
        self.assertEqual(of_file, of_id)
        hop = of_file["hops"][0]
        self.assertEqual((hop["index"], hop["from_ip"], hop["by"], hop["date"], hop["date_offset_minutes"]),
                         (0, "198.51.100.7", "mx.example.org", "2024-01-15T09:00:02Z", 60))
        self.assertEqual(hop["raw"].strip(), REPORT.split(b"\r\nFrom:")[0].partition(b": ")[2].decode())
        for key in ("schema", "id", "sha256", "size", "message_id", "subject", "date", "from", "sender", "reply_to", "to", "cc",
                    "bcc", "return_path", "user_agent", "origin", "ports", "client", "authentication", "tracking", "attachments",
                    "findings", "defects"):
            self.assertIn(key, of_file)
        self.assertIsInstance(of_file["origin"], dict)
        for key in ("index", "from_helo", "from_rdns", "from_ip", "from_port", "by", "with", "id", "for", "envelope_from",
                    "auth_user", "tls_version", "tls_cipher", "date", "date_offset_minutes", "delay_seconds", "software",
                    "trusted", "raw"):
            self.assertIn(key, hop)
        for key in ("pixels", "remote", "links", "leaks", "read_receipt", "one_click_unsubscribe", "report"):
            self.assertIn(key, of_file["tracking"])

    def test_inspect_attachment(self):
        one = self.expect(self.spoor.run("inspect", "-", "--format", "jsonl", input=ATTACHMENT)).objects()[0]
        self.assertEqual(one["attachments"], [{"filename": "budget-plan.bin", "type": "application/octet-stream", "size": 9,
                                               "sha256": harness.sha256(b"\x00\x01numbers")}])

    def test_inspect_tells_what_a_message_reports(self):
        mail = (b"From: news@shop.example\r\nTo: list@example.net\r\nSubject: Sale\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n"
                b'<img src="https://t.example/o?u=anna.x@example.org" width=1 height=1><a href="https://shop.example/?e=berta@example.org">Sale</a>\r\n')

        def tracking(*options):
            return self.expect(self.spoor.run("inspect", "-", "--format", "jsonl", *options, input=mail)).objects()[0]["tracking"]

        one = tracking()
        self.assertEqual([(pixel["host"], pixel["reason"]) for pixel in one["pixels"]], [("t.example", "size")])
        self.assertEqual([link["url"] for link in one["links"]], ["https://shop.example/?e=berta@example.org"])
        self.assertEqual(one["leaks"], [])
        told = tracking("--recipient", "Anna.X@example.org", "--recipient", "berta@example.org")
        self.assertEqual([(leak["host"], leak["encoding"], leak["where"]) for leak in told["leaks"]],
                         [("shop.example", "plain", "link"), ("t.example", "plain", "pixel")])
        self.assertRegex(self.expect(self.spoor.run("inspect", "-", input=mail)).text, r"pixel +t\.example \(size\)")

    def test_trackers_of_ones_own(self):
        mail = (b"From: news@shop.example\r\nTo: anna.x@example.org\r\nSubject: Sale\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n"
                b'<img src="https://stats.shop.example/o/1"><a href="https://stats.shop.example/c/2">Sale</a>\r\n')
        spoor = harness.Mailspoor(os.path.join(self.folder, "own"))
        rows, config = spoor.directory / "rows.tsv", spoor.directory / "config" / "mailspoor" / "config.toml"
        config.parent.mkdir(parents=True)
        rows.write_text("vendor\tkind\thost_pattern\tpath_pattern\texample_shape\tsource\tstrength\n"
                        "Our shop\topen\tshop.example\t/o/\t\t\tstrong\nOur shop\tclick\tshop.example\t/c/\t\t\tstrong\n"
                        "Half a row\topen\n")

        def vendors(result):
            tracking = self.expect(result).objects()[0]["tracking"]
            return [one["vendor"] for one in tracking["pixels"]], [(one["vendor"], one["tracked"]) for one in tracking["links"]]

        inspect = "inspect", "-", "--format", "jsonl"
        self.assertEqual(vendors(spoor.run(*inspect, input=mail)), ([], [(None, False)]))
        config.write_text(f'trackers = "{rows}"\n')
        known = ["Our shop"], [("Our shop", True)]
        named = f"{rows}: row 3 (Half a row): there are not 7 columns"
        for options in ((), ("--trusted", "192.0.2.1")):
            result = spoor.run(*inspect, *options, input=mail)
            self.assertEqual(vendors(result), known)
            self.assertIn(named, result.errors)
        spoor.fill(mail)
        self.assertIn(named, self.expect(spoor.run("index")).errors)
        self.assertEqual(vendors(spoor.run("inspect", "--format", "jsonl", *spoor.run("search", "--format", "ids", "*").lines())), known)
        rows.unlink()
        result = spoor.run(*inspect, input=mail)
        self.assertEqual(vendors(result), ([], [(None, False)]))
        self.assertIn(f"{rows}: No such file", result.errors)

    def test_inspect_goes_on_behind_what_it_cannot_read(self):
        bare = harness.Mailspoor(self.folder)
        folder = pathlib.Path(self.folder)
        files = [folder / f"inspected-{number}.eml" for number in range(2)]
        for file in files:
            file.write_bytes(REPORT)
        missing = folder / "missing.eml"
        result = bare.run("inspect", "--format", "json", files[0], missing, files[1])
        self.assertEqual([one["paths"] for one in json.loads(result.out)], [[str(file)] for file in files])
        self.assertEqual(result.code, 3)
        self.assertIn(b"missing.eml", result.err)
        for names in ((missing,), (missing, missing)):
            result = bare.run("inspect", "--format", "json", *names)
            self.assertEqual(result.code, 1)
            self.assertIn(b"missing.eml", result.err)

    def test_inspect_needs_neither_root_nor_configuration(self):
        bare = harness.Mailspoor(self.folder)
        self.assertIn("Quarterly report", self.expect(bare.run("inspect", "-", input=REPORT)).text)
        self.assertFalse(bare.root.exists(), "inspect has made a root")
        several = self.expect(bare.run("inspect", *self.expect(self.spoor.run("search", "*", "--format", "paths")).lines(),
                                       "--format", "jsonl"))
        self.assertEqual(len(several.objects()), 10)
        self.expect_error(bare.run("inspect", os.path.join(self.folder, "nowhere.eml")), 1, "nowhere.eml")

    def test_inspect_what_is_no_message(self):
        bare = harness.Mailspoor(self.folder)
        for octets in (b"", b"\n", b"\0" * 1000, b"\xff" * 1000, b"From ", os.urandom(5000), b":" * 100, b"A:" * 10_000, message(1)[:-900]):
            with self.subTest(octets=octets[:20]):
                one = self.expect(bare.run("inspect", "-", "--format", "jsonl", input=octets)).objects()[0]
                self.assertEqual((one["id"], one["sha256"], one["size"]), (canonical_id(octets), harness.sha256(octets), len(octets)))
                self.expect(bare.run("inspect", "-", input=octets))

    def test_status(self):
        status = json.loads(self.expect(self.spoor.run("status", "--format", "jsonl")).out)
        self.assertEqual(status["index"]["messages"], 9)
        self.assertEqual(status["index"]["pending"], 0)
        self.assertEqual(len(status["accounts"]), 1)
        account = status["accounts"][0]
        self.assertEqual((account["mailboxes"], account["messages"], account["holes"]), (2, 9, []))
        self.assertRegex(account["account"], r"^alice(@|%40)example\.org@localhost")
        self.assertIn("localhost", self.expect(self.spoor.run("status")).text)

    def test_a_folder_that_does_not_say_which_mailbox_it_is(self):
        copy = harness.Mailspoor(self.folder)
        shutil.copytree(self.spoor.root, copy.root)
        self.expect(copy.run("index", "--rebuild"))
        damaged = min(copy.folders()) / "mailspoor.json"
        damaged.write_text('{"schema": 1, "acc')
        rebuilt = copy.run("index", "--rebuild")
        self.expect_error(rebuilt, 3, f"{damaged}")
        told, = json.loads(copy.run("index", "--format", "jsonl").out)["damaged_folders"]
        self.assertEqual(copy.root / "mail" / told, damaged.parent)
        self.assertRegex(self.expect(copy.run("status")).text, rf"unreadable {told} mailspoor\.json")

    def test_a_root_that_can_only_be_read(self):
        copy = harness.Mailspoor(self.folder)
        shutil.copytree(self.spoor.root, copy.root)
        for path in [*copy.root.rglob("*"), copy.root]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        self.addCleanup(lambda: [path.chmod(0o700) for path in [copy.root, *copy.root.rglob("*")] if path.is_dir()])
        options = {}
        if os.geteuid() == 0:  # whom modes do not stop
            os.chmod(self.folder, 0o755)
            options = dict(user=65534, group=65534, extra_groups=[])
        self.assertEqual(self.expect(copy.run("count", "*", **options)).text, "9\n")
        self.assertEqual(self.expect(copy.run("search", "quarterly", "--format", "ids", **options)).text.count("\n"), 2)

    def test_root_without_an_index(self):
        bare = harness.Mailspoor(self.folder)
        result = bare.run("search", "*")
        self.assertIn(result.code, (0, 1), result)
        self.assertEqual(result.out, b"")
        self.expect(bare.run("status"))

    def test_version_and_help(self):
        self.assertRegex(self.expect(self.spoor.run("--version")).text, r"^mailspoor \d+\.\d+.*\ntrackers \d{4}-\d\d-\d\d\n$")
        self.assertIn("sync", self.expect(self.spoor.run("--help")).text)
        self.assertIn("--ca-file", self.expect(self.spoor.run("sync", "--help")).text)
        self.assertIn("from:", self.expect(self.spoor.run("search", "--help")).text)
        self.assertIn("account adopt --help", self.expect(self.spoor.run("account", "--help")).text)
        self.assertIn("MAILDIR", self.expect(self.spoor.run("account", "-q", "--root", "x", "adopt", "--help")).text)
        for words in (["-q", "test", "nobody"], ["--root", "x", "--color=never", "test", "-v", "nobody"]):
            self.expect_error(self.spoor.run("account", *words), 2, "neither a URL nor an account")


class Progress(harness.Case):
    def test_on_a_terminal_only(self):
        server = self.server()
        for number in range(200):
            server.add("INBOX", message(number))
        spoor = harness.Mailspoor(self.folder)
        # A pause in the middle, so that there is some progress to see.
        proxy = harness.Proxy(server.imaps_port, 60_000)
        self.addCleanup(proxy.close)
        threading.Thread(target=lambda: (proxy.stalled.wait(60), time.sleep(1.5), proxy.go_on.set()), daemon=True).start()
        arguments = ["sync", server.url(port=proxy.port), "--ca-file", server.ca_file, "--password-file", server.password_file()]
        shown = self.expect(spoor.run_on_terminal(*arguments))
        self.assertIn(b"200", shown.out, "the number of messages is shown")
        self.assertIn(b"INBOX", shown.out, "mailboxes are listed first")
        self.assertIn(b"\r", shown.out.replace(b"\r\n", b"\n"), "progress is drawn in place")
        quiet = harness.Mailspoor(self.folder + "/quiet")
        without = self.expect(quiet.run_on_terminal("--progress", "never", *arguments))
        self.assertNotIn(b"\r", without.out.replace(b"\r\n", b"\n"))
        cron = harness.Mailspoor(self.folder + "/cron")
        result = self.expect(cron.run(*arguments))
        self.assertEqual((result.out, result.err), (b"", b""), "silent when nobody looks on and all is well")

    def test_one_screen_on_a_terminal(self):
        server = self.server()
        for number in range(60):
            server.add("INBOX", message(number))
        spoor = harness.Mailspoor(self.folder)
        self.expect(spoor.sync(server))
        shown = self.expect(spoor.run_on_terminal("search", "*", rows=20))
        self.assertLessEqual(shown.out.count(b"\n"), 21)
        self.assertRegex(shown.text, r"showing \d+ of 60")
        self.assertEqual(len(self.expect(spoor.run("search", "*")).lines()), 60)


if __name__ == "__main__":
    harness.main()
