#!/usr/bin/python3
"""What messages report about their recipient, in the index: found by search, and judged again when settings change."""
import harness

NEWS = (b"Received: from out.example.com (out.example.com [198.51.100.10])\r\n\tby mx.example.net (Postfix) with ESMTPS id A1;\r\n"
        b"\tTue, 5 Mar 2024 10:00:00 +0000\r\n"
        b"From: news@example.com\r\nTo: bob@example.net\r\nSubject: News\r\nMessage-ID: <news@example.com>\r\n"
        b"MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n"
        b"<p>Look: <a href='https://abc.awstrack.me/L0/https:%2F%2Fshop.example%2Fbob/1/0100/x=1'>shop</a>"
        b"<img src='https://open.example.com/o.gif?who=bob.private@example.org' width=1 height=1>\r\n")
PLAIN = (b"From: ada@example.com\r\nSubject: hi\r\nMessage-ID: <plain@example.com>\r\n"
         b"Disposition-Notification-To: ada@example.com\r\n\r\nhttps://www.example.org/page\r\n")


class Track(harness.Case):
    def setUp(self):
        super().setUp()
        self.spoor = harness.Mailspoor(self.folder)
        self.mail = self.server()
        self.mail.add("INBOX", NEWS)
        self.mail.add("INBOX", PLAIN)
        self.configure()
        self.expect(self.spoor.run("sync", "work"))

    def configure(self, account=""):
        config = self.spoor.directory / "config" / "mailspoor" / "config.toml"
        config.parent.mkdir(parents=True, exist_ok=True)
        config.write_text(f"[accounts.work]\nurl = \"{self.mail.url()}\"\nca_file = \"{self.mail.ca_file}\"\n"
                          f"password_file = \"{self.mail.password_file()}\"\n{account}\n")

    def found(self, query):
        return sorted(one["message_id"] for one in self.expect(self.spoor.run("search", "--format", "jsonl", query)).objects())

    def stale(self):
        status, = self.expect(self.spoor.run("status", "--format", "jsonl")).objects()
        return status["index"]["stale_trails"], status["index"]["stale_trackers"]

    def test_search(self):
        news, plain = "news@example.com", "plain@example.com"
        for query, messages in {"has:pixel": [news], "pixel:example.com": [news], "has:tracker": [news], "tracker:ses": [news],
                                "target:shop.example": [news], "has:receipt": [plain], "link:example.org": [plain],
                                "leak:any": [], "link:awstrack.me -has:receipt": [news], "vendor:nobody": []}.items():
            self.assertEqual(self.found(query), messages, query)
        self.expect_error(self.spoor.run("search", "leak:md4"), 2, "md4", "did you mean `md5`")
        self.expect_error(self.spoor.run("search", "has:pixle"), 2, "did you mean `pixel`")

    def test_judged_again_without_the_mail(self):
        self.assertEqual(self.stale(), (0, 0))
        self.assertNotIn("stale", self.expect(self.spoor.run("status")).text)
        self.assertEqual(self.found("trust:observed"), [])
        for path in (self.spoor.root / "mail" / "work").glob("*/*"):
            path.write_bytes(b"")

        self.configure('receivers = ["mx.example.net"]')
        self.assertEqual(self.stale(), (2, 0))
        self.assertRegex(self.expect(self.spoor.run("status")).text, "stale +2 trails .*`mailspoor index --retrace`")
        report, = self.expect(self.spoor.run("index", "--retrace", "--format", "jsonl")).objects()
        self.assertEqual((report["retraced"], report["rescanned"], report["messages"]), (2, None, 0))
        self.assertEqual(self.found("trust:observed"), ["news@example.com"])
        self.assertEqual(self.stale(), (0, 0))

        self.configure('receivers = ["mx.example.net"]\naddresses = ["bob.private@example.org"]')
        self.assertEqual(self.stale(), (2, 2))
        self.assertRegex(self.expect(self.spoor.run("status")).text, "stale +2 messages .*`mailspoor index --rescan-trackers`")
        report, = self.expect(self.spoor.run("index", "--rescan-trackers", "--retrace", "--format", "jsonl")).objects()
        self.assertEqual((report["retraced"], report["rescanned"]), (2, 2))
        self.assertEqual(self.found("leak:plain pixel:open.example.com"), ["news@example.com"])
        self.assertEqual(self.stale(), (0, 0))
        report, = self.expect(self.spoor.run("index", "--rescan-trackers", "--format", "jsonl")).objects()
        self.assertEqual(report["rescanned"], 0)

        # A file of trackers that is not there: nobody knows what it would say.
        config = self.spoor.directory / "config" / "mailspoor" / "config.toml"
        config.write_text(f'trackers = "{self.folder}/none.tsv"\n' + config.read_text())
        self.assertEqual(self.stale(), (0, None))
        text = self.expect(self.spoor.run("status")).text
        self.assertRegex(text, "trackers +.*none.tsv")
        self.assertNotIn("--rescan-trackers", text)
        for other in ("--rebuild", "--pending"):
            self.expect_error(self.spoor.run("index", "--retrace", other), 2, "do not go together")


if __name__ == "__main__":
    harness.main()
