"""What the tests of POP3 share: accounts whose messages are known by their UIDLs, and both sides of a sync looked at."""
import contextlib
import json
import re

import harness
import judge
from harness import sha256
from imap_client import ImapClient, Refused, snapshot
from pop3_client import maildrop, uidls


def name_in_file(uidl):
    """What stands behind `,I=` in the file names of the message that a server calls so."""
    return sha256(uidl.encode())[:16]


class Mailspoor(harness.Mailspoor):
    """One for POP3 accounts, whose messages are known by their UIDLs."""

    def stored(self):
        """{digits of the UIDL's hash: [path, …]} of every message file that is not gone."""
        found = {}
        for folder in self.folders():
            if folder.name == ".mailspoor-gone":
                continue
            for path in [*(folder / "cur").iterdir(), *(folder / "new").iterdir()]:
                match = re.fullmatch(r"[^,:]+,S=(\d+),V=\d+,U=\d+,I=([0-9a-f]{16}):2,[A-Za-z]*", path.name)
                if not match:
                    raise AssertionError(f"{path} tells no size and UIDL")
                if int(match[1]) != path.stat().st_size:
                    raise AssertionError(f"{path} has another size")
                found.setdefault(match[2], []).append(path)
        return found

    def file(self, uidl):
        path, = self.stored()[name_in_file(uidl)]
        return path

    def sync(self, server, *arguments, url=None, **options):
        return super().sync(server, *arguments, url=url or server.url(protocol="pop3"), **options)

    def journal(self, event):
        """The journal's lines of one kind."""
        lines = (json.loads(line) for path in (self.root / "mail").rglob("mailspoor.journal")
                 for line in path.read_text().splitlines())
        return [line for line in lines if line.get("event") == event]


def look(server):
    """All that a session might change: UIDLs, sizes, and what IMAP tells. By POP3 first: Dovecot's messages are not recent any
    more once any POP3 client has logged in."""
    return uidls(server), snapshot(server)


def append(server, *messages, flags=()):
    """Those that the server takes."""
    count = 0
    with ImapClient(server) as client:
        for octets in messages:
            with contextlib.suppress(Refused):
                client.append("INBOX", octets, flags)
                count += 1
    return count


def delete(server, *uids):
    with ImapClient(server) as client:
        for uid in uids:
            client.delete("INBOX", uid)


def uidl_of(server, number):
    return uidls(server)[0][number]


class Pop3Case:
    """Running sync and looking at both sides."""

    marks_retrieved = False  # RETR itself sets \Seen, whatever comes after it
    counts_messages = True

    def retrieved(self, server):
        """How many messages clients have asked for so far, or their octets: the same number twice means none in between."""
        raise NotImplementedError

    def check_retrieved(self, server, before, messages):
        more = self.retrieved(server) - before
        if not self.counts_messages:
            more, messages = bool(more), bool(messages)
        self.assertEqual(more, messages, "messages that were asked for")

    def check(self, *problems):
        self.assertEqual([problem for some in problems for problem in some], [], judge.report(sum(problems, [])))

    def check_store(self, spoor, server):
        """What lies here is what an independent client is sent, and the index tells of it by its UIDLs."""
        before = self.retrieved(server)
        drop = maildrop(server)
        self.check_retrieved(server, before, len(drop))
        found = self.expect(spoor.run("search", "is:here", "--format", "jsonl")).objects()
        placements = [(place, one) for one in found for place in one["placements"] if not place["gone"]]
        self.assertEqual({place["uidl"]: one["sha256"] for place, one in placements},
                         {uidl: sha256(octets) for uidl, octets in drop.items()})
        self.assertEqual(len(placements), len(drop))
        account, = {path.relative_to(spoor.root / "mail").parts[0] for path in spoor.folders()}
        for place, _ in placements:
            self.assertEqual([place[key] for key in ("account", "mailbox", "uid_validity", "uid", "internal_date", "gone")],
                             [account, "INBOX", None, None, None, None])
            self.assertEqual(place["flags"], [])
        self.check(judge.store_problems(spoor, {name_in_file(uidl): octets for uidl, octets in drop.items()}, 0),
                   judge.unindexed_problems(spoor), judge.index_problems(spoor))
        return drop

    def sync(self, spoor, server, *arguments, code=0, keeps=True, **options):
        """Its line of the report. Nothing may change on the server, unless the caller says that something will."""
        before, retrieved = look(server), self.retrieved(server)
        result = self.expect(spoor.sync(server, "--format", "jsonl", *arguments, **options), code)
        self.check(judge.run_problems(result, [server.password()]),
                   judge.file_secrets(spoor.root, [server.password()]))
        line, = result.objects()
        self.assertEqual(line["mailboxes"], 1)
        if code == 0:
            self.assertEqual((line["holes"], line["error"]), (0, None))
        self.check_retrieved(server, retrieved, line["fetched"])
        after = look(server)
        if keeps and self.marks_retrieved and line["fetched"]:
            before, after = map(without_seen, (before, after))
        if keeps:
            self.assertEqual(before, after, "UIDLs, sizes, STATUS, flags, INTERNALDATE and MODSEQ before and after")
        return line


def without_seen(looked):
    names, mailboxes = looked
    status, facts = mailboxes["INBOX"]
    return (names, {key: value for key, value in status.items() if key not in ("UNSEEN", "HIGHESTMODSEQ")},
            {uid: (tuple(flag for flag in flags if flag != r"\Seen"), date) for uid, (flags, date, _) in facts.items()})


class DovecotCase(Pop3Case, harness.Case):
    def server(self, **options):
        return super().server(pop3=True, raw_log=True, **options)

    def retrieved(self, server):
        return len([line for line in server.client_commands() if line.startswith("RETR ")])

    def write_config(self, spoor, server, name="work", url=None, more=""):
        config = spoor.directory / "config" / "mailspoor" / "config.toml"
        config.parent.mkdir(parents=True, exist_ok=True)
        config.write_text(f'[accounts."{name}"]\nurl = "{url or server.url(protocol="pop3")}"\nca_file = "{server.ca_file}"\n'
                          f'password_file = "{server.password_file()}"\n{more}')
