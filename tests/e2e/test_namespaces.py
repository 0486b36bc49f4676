#!/usr/bin/python3
"""Namespaces that a real Dovecot hides, lists by their children only, or gives to somebody else."""
import json
import pathlib

import harness
from harness import message
from imap_client import ImapClient

# What lies where, by the name that the store gives it. `compat` is what Dovecot's manual has for clients that still write
# INBOX.name: the same mailboxes once more, which nobody is to see.
SETTINGS = """
namespace aside {
  type = private
  prefix = Aside/
  separator = /
  location = maildir:{dir}/mail/aside:LAYOUT=fs
  hidden = no
  list = no
}
namespace cellar {
  type = private
  prefix = "#cellar."
  separator = .
  location = maildir:{dir}/mail/cellar:LAYOUT=fs
  hidden = yes
  list = no
}
namespace team {
  type = public
  prefix = Team/
  separator = /
  location = maildir:{dir}/mail/team:LAYOUT=fs:INDEXPVT={dir}/index/team
  list = children
  subscriptions = no
}
namespace compat {
  prefix = INBOX.
  separator = .
  alias_for =
  location = maildir:{dir}/mail/%u:LAYOUT=fs:INBOX={dir}/mail/%u/INBOX:INDEX={dir}/index/%u:UTF-8
  hidden = yes
  list = no
}
"""
OWN = {"INBOX": 1, "Archive/2024": 2}
ASIDE = {"Aside/Old": 3}
CELLAR = {"#cellar/Deep/Box": 4, "#cellar/Other": 5}
TEAM = {"Team/Papers": 6}


class Namespaces(harness.Case):
    def setUp(self):
        super().setUp()
        self.dovecot = self.server(raw_log=True, settings=SETTINGS)
        for name, number in (OWN | ASIDE | CELLAR | TEAM).items():
            top, _, rest = name.partition("/")
            user = {"Aside": "aside", "#cellar": "cellar", "Team": "team"}.get(top)
            self.dovecot.add(rest if user else name, message(number), user=user or self.dovecot.user)
        self.spoor = harness.Mailspoor(self.folder)

    def sync(self, *arguments):
        line, = self.expect(self.spoor.sync(self.dovecot, "--format", "jsonl", *arguments)).objects()
        self.assertEqual((line["holes"], line["error"]), (0, None))
        return line

    def check_held(self, *some):
        """Each of these mailboxes once, with its message, and no other."""
        held = {}
        for (name, _, uid), (path, *more) in self.spoor.stored().items():
            self.assertEqual((uid, more, name in held), (1, [], False), name)
            held[name] = path.read_bytes()
        self.assertEqual(held, {name: message(number) for one in some for name, number in one.items()})
        folders = [json.loads(path.read_text())["mailbox_raw"]
                   for path in pathlib.Path(self.spoor.root, "mail").rglob("mailspoor.json")]
        self.assertEqual(len(folders), len(set(folders)))

    def test_what_the_server_shows_is_what_this_is_about(self):
        with ImapClient(self.dovecot) as client:
            self.assertEqual(client.mailboxes(), ["Archive/2024", "INBOX", "Team/Papers"])
            _, (told,) = client.imap.namespace()
        self.assertIn(b'("Aside/" "/")', told)
        self.assertNotIn(b"cellar", told)

    def test_ones_own_are_fetched_and_others_counted(self):
        line = self.sync()
        self.assertEqual((line["mailboxes"], line["fetched"], line["left_out"]), (3, 3, 1))
        self.check_held(OWN, ASIDE)
        line = self.sync()
        self.assertEqual((line["fetched"], line["held"], line["left_out"]), (0, 3, 1))

    def test_a_public_one_is_fetched_where_it_is_named(self):
        self.assertEqual(self.sync("--mailbox", "Team/*")["fetched"], 1)
        self.check_held(TEAM)

    def test_one_that_nothing_tells_of_is_fetched_where_it_is_named(self):
        for pattern, expected in (("#cellar/Other", 1), ("#cellar/Deep/*", 1), ("#cellar/*", 0)):
            self.assertEqual(self.sync("--mailbox", pattern)["fetched"], expected, pattern)
        self.check_held(CELLAR)
        # It stays where it is in runs that do not name it.
        for _ in range(3):
            line = self.sync()
            self.assertEqual((line["gone"], line["left_out"]), (0, 1))
        self.check_held(OWN, ASIDE, CELLAR)

    def test_all_is_all_that_can_be_listed(self):
        self.assertEqual(self.sync("--mailbox", "*")["fetched"], 4)
        self.check_held(OWN, ASIDE, TEAM)

    def test_a_name_that_does_not_exist_brings_nothing(self):
        line = self.sync("--mailbox", "#attic/*", "--mailbox", "Nowhere", "--mailbox", "INBOX", "--mailbox", "INBOX/*")
        self.assertEqual((line["mailboxes"], line["fetched"]), (1, 1))
        self.check_held({"INBOX": 1})


if __name__ == "__main__":
    harness.main()
