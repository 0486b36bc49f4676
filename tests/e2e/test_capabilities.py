#!/usr/bin/python3
"""A real Dovecot that offers what it does not have, as behind a proxy that speaks for another server."""
import pathlib
import re

import harness
import judge
from harness import message
from imap_client import ImapClient, everything, snapshot


class Liar(harness.Case):
    """Dovecot hangs up at the twentieth command in a row that it calls bad."""

    MAILBOXES = 45

    def check(self, capabilities, most_bad):
        server = self.server(raw_log=True, settings=f"imap_capability = {capabilities}\n")
        for number in range(self.MAILBOXES):
            server.add(f"Box {number}", message(number))
        for number in range(100, 160):
            server.add("INBOX", message(number))
        spoor = harness.Mailspoor(self.folder)
        before = snapshot(server)
        for _ in range(2):
            line, = self.expect(spoor.sync(server, "--no-compress", "--format", "jsonl")).objects()
            self.assertEqual((line["holes"], line["error"], line["mailboxes"]), (0, None, self.MAILBOXES + 1))
            problems = judge.store_problems(spoor, everything(server), 0)
            self.assertEqual(problems, [], judge.report(problems))
            with ImapClient(server) as client:
                client.append("INBOX", message(200))
        self.assertEqual(line["fetched"], 1)
        self.assertEqual({name: facts for name, (_, facts) in before.items() if name != "INBOX"},
                         {name: facts for name, (_, facts) in snapshot(server).items() if name != "INBOX"})
        said = [path.read_text("latin-1") for path in pathlib.Path(f"{server.dir}/raw/{server.user}").glob("*.out")]
        bad = [len(re.findall(r"(?m)^(?:\d+\.\d+ )?\w+ BAD ", text)) for text in said]
        self.assertGreater(sum(bad), 0, "something was offered that is not there")
        self.assertLessEqual(max(bad), most_bad)
        self.assertNotIn("Too many invalid", server.log() + "".join(said))

    def test_object_ids(self):
        self.check("+OBJECTID", 6)

    def test_gmails_names(self):
        self.check("+X-GM-EXT-1", 6)

    def test_both_without_a_list_that_tells_the_status(self):
        self.check("IMAP4rev1 SASL-IR ID LITERAL+ X-GM-EXT-1 OBJECTID", 21)


if __name__ == "__main__":
    harness.main()
