#!/usr/bin/python3
"""Real mail, thousands of messages of it: all arrive, are indexed without a crash and are found by what they are."""
import ipaddress
import json
import os
import pathlib
import re
import resource
import statistics
import subprocess

import harness
from harness import canonical_id
from imap_client import everything

ARCHIVE = harness.CORPORA / "spamassassin.tar.zst"


class Corpus(harness.Case):
    def messages(self):
        if not ARCHIVE.is_file():
            self.skipTest(f"{ARCHIVE} is not there (MAILSPOOR_CORPORA names its folder)")
        place = pathlib.Path(self.folder, "corpus")
        place.mkdir()
        subprocess.run(["tar", "--zstd", "-xf", ARCHIVE, "-C", place], check=True)
        for path in sorted(place.rglob("*")):
            if path.is_file():
                octets = path.read_bytes()
                if octets.startswith(b"From "):
                    octets = octets.partition(b"\n")[2]
                yield f"{path.parent.name}/{path.name.split('.')[0]}", octets

    def serve(self, messages):
        server = self.server()
        for mailbox, octets in messages:
            server.add(mailbox, octets)
        return server

    def check_all_are_found(self, spoor, truth):
        """By id in the index, and by Message-ID and id through search, as a person would."""
        found = self.expect(spoor.run("search", "*", "--format", "jsonl")).objects()
        by_id = {one["id"]: one for one in found}
        wanted = {canonical_id(octets) for octets in truth.values()}
        self.assertEqual(wanted - set(by_id), set(), "not found at all")
        self.assertEqual(len(by_id), len(wanted))
        placements = {(place["mailbox"], place["uid_validity"], place["uid"]) for one in found for place in one["placements"]}
        self.assertEqual(placements, set(truth))
        terms = {}
        for one in found:
            message_id = one["message_id"]
            plain = message_id and re.fullmatch(r"[!#-'*+./0-9:;=?@A-Z\[\]^_`a-z{|}~$%&-]+", message_id)
            terms[one["id"]] = f'msgid:"{message_id}"' if plain else f"id:{one['id']}"
        everyone = sorted(terms)
        for first in range(0, len(everyone), 50):
            group = everyone[first:first + 50]
            hits = set(self.expect(spoor.run("search", "--format", "ids", " OR ".join(terms[one] for one in group))).lines())
            self.assertEqual(set(group) - hits, set(), [terms[one] for one in set(group) - hits])
        print(f"{sum(term.startswith('msgid:') for term in terms.values())} messages found by Message-ID, the others by id")

    def check_headers(self, spoor, truth):
        """Message-IDs as Python's own reading of the header section has them, of every message that has exactly one."""
        known = {one["id"]: one["message_id"] for one in
                 self.expect(spoor.run("search", "*", "--format", "jsonl")).objects()}
        wrong = []
        for octets in truth.values():
            section = re.split(rb"\r?\n\r?\n", octets, maxsplit=1)[0]
            fields = re.findall(rb"(?mi)^message-id[ \t]*:[ \t]*<([^<>\s\x80-\xff]+)>[ \t]*\r?$", section)
            if len(fields) == 1 and known[canonical_id(octets)] != fields[0].decode():
                wrong.append((fields[0], known[canonical_id(octets)]))
        self.assertEqual(wrong[:10], [], f"{len(wrong)} Message-IDs differ")

    def run_corpus(self, binary, messages):
        server = self.serve(messages)
        truth = everything(server)
        spoor = harness.Mailspoor(self.folder, binary)
        first = self.expect(spoor.sync(server, "--format", "jsonl"))
        line = first.objects()[0]
        self.assertEqual((line["fetched"], line["holes"], line["error"]), (len(truth), 0, None))
        stored = spoor.stored()
        self.assertEqual(sorted(stored), sorted(truth))
        for key, paths in stored.items():
            self.assertEqual([path.read_bytes() for path in paths], [truth[key]], key)
        again = self.expect(spoor.sync(server, "--format", "jsonl"))
        self.assertEqual(again.objects()[0]["fetched"], 0)
        print(f"{len(truth)} messages: first sync with index {first.seconds:.1f} s, second {again.seconds:.1f} s")
        self.check_all_are_found(spoor, truth)
        self.check_headers(spoor, truth)
        spoor.check_index()
        status = json.loads(self.expect(spoor.run("status", "--format", "jsonl")).out)
        self.assertEqual(status["accounts"][0]["messages"], len({canonical_id(octets) for octets in truth.values()}))
        self.assertEqual((status["index"]["pending"], status["accounts"][0]["holes"]), (0, []))
        defects = status["accounts"][0]["defects"]
        self.assertIsInstance(defects, int)
        self.assertIn(str(defects), re.sub(r"(?<=\d),(?=\d)", "", self.expect(spoor.run("status")).text))
        print(f"{defects} messages with defects")
        return spoor, truth, defects

    def test_whole_corpus(self):
        spoor, truth, defects = self.run_corpus(harness.program("MAILSPOOR_RELEASE"), self.messages())
        self.assertGreater(len(truth), 6000)
        self.assertGreater(defects, 0, "this mail is known to be malformed here and there")
        # A search is to feel instant. The fastest of nine whole processes; a machine that is busy with other work shows
        # only in processor time what the search itself takes.
        busy = os.getloadavg()[0] > os.cpu_count()
        for query in (["linux"], ["hyperlink"], ['"operating system"'], ["from:linux"], ["subject:spam", "date:2002"], ["nosuchword"]):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            times = [self.expect(spoor.run("search", *query)).seconds for _ in range(9)]
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            processor = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / len(times)
            print(f"search {' '.join(query)}: fastest {min(times) * 1000:.0f} ms, median {statistics.median(times) * 1000:.0f} ms, "
                  f"processor {processor * 1000:.0f} ms{' on a busy machine' if busy else ''}")
            self.assertLess(processor if busy else min(times), 0.050, query)

    def test_slice_with_sanitizers(self):
        self.run_corpus(harness.program(), list(self.messages())[::12])


# Where SpamAssassin and we differ about the peer address of a hop, by what stands in the field, and why.
DIFFERENCES = (
    (r"helo=\[", "Exim: the announced address stands behind helo=; SpamAssassin takes it for the peer's"),
    (r"\(proxying for ", "SquirrelMail behind a proxy: the proxy is the peer, what it says of its client is its word"),
    (r"^from \[[\d.]+\](?: \(unknown\))? by ", "a literal outside the comment is what was announced (RFC 5321 section 4.4)"),
    (r"^from [\d.]+ by ", "the same, without brackets"),
    (r"^by \S+ \((?:bulk_mailer|router|Postfix, from userid)", "a local line; SpamAssassin takes the address from elsewhere"),
    (r"^from (?:LISTSERV\.\S+|Spooler|ASTA/SpoolDir|\S+@\S+) by ", "a spooler's line without a peer"),
    (r"^from unknown \(HELO \S+\) \([A-Z]\w\w, .*NNFMP", "invented: a date stands where qmail writes the address"),
)


class Trail(harness.Case):
    """Received fields of real mail of two times, 2002 and 2022 to 2026, as `inspect` reads them."""

    def paths(self, name):
        archive = harness.CORPORA / name
        if not archive.is_file():
            self.skipTest(f"{archive} is not there (MAILSPOOR_CORPORA names its folder)")
        place = pathlib.Path(self.folder, name.partition(".")[0])
        place.mkdir()
        subprocess.run(["tar", "--zstd", "-xf", archive, "-C", place], check=True)
        return sorted(path for path in place.rglob("*") if path.is_file() and path.name != "LICENSE")

    def messages(self, paths):
        spoor = harness.Mailspoor(self.folder, harness.program("MAILSPOOR_RELEASE"))
        for first in range(0, len(paths), 250):
            group = paths[first:first + 250]
            objects = self.expect(spoor.run("inspect", "--format", "jsonl", *map(str, group))).objects()
            self.assertEqual(len(objects), len(group))
            yield from zip(group, objects)

    def hops(self, paths):
        return ((path, hop) for path, one in self.messages(paths) for hop in one["hops"])

    def check_archive(self, name, least):
        total, silent, shapes = 0, [], {}
        for path, hop in self.hops(self.paths(name)):
            total += 1
            if hop["by"] is None and hop["from_ip"] is None:
                silent.append((path.name, hop["raw"]))
                shape = re.sub(r"\d+", "0", " ".join(hop["raw"].split()))[:60]
                shapes[shape] = shapes.get(shape, 0) + 1
            # Nothing is said that does not stand there; qmail's question marks about a literal are read as its brackets.
            written = re.sub(r"[\s?]", "", hop["raw"])
            for key in ("from_helo", "from_rdns", "by", "id", "for", "envelope_from", "auth_user", "tls_cipher"):
                value = hop[key]
                if value and value.isascii() and value.isprintable():
                    self.assertIn(re.sub(r"[\s?]", "", value.strip("[]")), written, (path.name, key))
        # Nothing but a comment and a date is legal (RFC 5322 section 3.6.7): qmail writes so of its own processes.
        unread = [raw for _, raw in silent if not re.fullmatch(r"\s*\([^()]*\)\s*;[^;]*", raw)]
        print(f"{name}: {total} Received fields, {len(silent)} without `by` and peer address, {len(unread)} not by right")
        for shape, count in sorted(shapes.items(), key=lambda one: -one[1])[:40]:
            print(f"{count:6} {shape}")
        self.assertGreater(total, least)
        self.assertLess(len(unread), 0.005 * total, unread[:10])

    def test_of_2002(self):
        self.check_archive("spamassassin.tar.zst", 20_000)

    def test_of_today(self):
        self.check_archive("phishing_pot.tar.zst", 10_000)

    def spamassassin(self, paths):
        script = pathlib.Path(__file__).with_name("spamassassin_relays.pl")
        if subprocess.run(["perl", "-MMail::SpamAssassin", "-e1"], capture_output=True, check=False).returncode:
            self.skipTest("SpamAssassin is not installed")
        done = subprocess.run(["perl", script], input="\n".join(map(str, paths)) + "\n", capture_output=True, text=True, check=True)
        for line in done.stdout.splitlines():
            yield json.loads(line)["relays"]

    @staticmethod
    def address(text):
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return None
        return str(getattr(address, "ipv4_mapped", None) or address)

    def check_beside_spamassassin(self, name):
        """Where both give an address for a hop they agree, or it is known why not."""
        paths = self.paths(name)
        agreed, alone, reasons, unexplained = 0, 0, {}, []
        for (path, one), relays in zip(self.messages(paths), self.spamassassin(paths)):
            at = 0
            for relay in relays:
                address = self.address(relay.get("ip", ""))
                by, id_ = relay.get("by", "").lower().strip("[].!"), relay.get("id", "").strip("<>")
                same = [number for number, hop in enumerate(one["hops"][at:], at)
                        if (hop["by"] or "").lower().strip("[].!") == by and id_ in ("", hop["id"] or "")]
                if address is None or not same:
                    alone += 1
                    continue
                at = same[0] + 1
                hop = one["hops"][same[0]]
                if hop["from_ip"] == address:
                    agreed += 1
                    continue
                raw = " ".join(hop["raw"].split())
                reason = next((reason for shape, reason in DIFFERENCES if re.search(shape, raw)), None)
                reasons[reason] = reasons.get(reason, 0) + 1
                if reason is None:
                    unexplained.append((path.name, address, hop["from_ip"], raw))
        print(f"{name}: {agreed} addresses as SpamAssassin reads them, {alone} of its relays are no hop by that name and id here")
        for reason, count in sorted(reasons.items(), key=lambda one: -one[1]):
            print(f"{count:6} {reason}")
        self.assertEqual(unexplained, [])
        self.assertGreater(agreed, 10_000)

    def test_beside_spamassassin_of_2002(self):
        self.check_beside_spamassassin("spamassassin.tar.zst")

    def test_beside_spamassassin_of_today(self):
        self.check_beside_spamassassin("phishing_pot.tar.zst")

    def test_who_handed_it_over(self):
        """Microsoft 365 writes which address it took the message from: its `sender IP is` is the judge of our boundary."""
        agreed, others = 0, []
        for path, one in self.messages(self.paths("phishing_pot.tar.zst")):
            header = path.read_bytes().replace(b"\r\n", b"\n").partition(b"\n\n")[0].decode("latin-1")
            said = re.search(r"^Authentication-Results:(?:[^\n]|\n[ \t])*?sender\s+IP\s+is\s+([0-9A-Fa-f.:]+)\)", header,
                             re.MULTILINE | re.IGNORECASE)
            try:
                judged = str(ipaddress.ip_address(said[1])) if said else None
            except ValueError:
                continue
            if judged is None:
                continue
            if one["origin"]["first_untrusted_ip"] == judged:
                agreed += 1
            else:
                others.append((path.name, judged, one["origin"]["first_untrusted_ip"]))
        print(f"first_untrusted_ip: {agreed} as Microsoft says, {len(others)} not")
        for one in others:
            print("   ", *one)
        self.assertGreater(agreed, 2_000)
        self.assertLessEqual(len(others), 0.01 * (agreed + len(others)))


if __name__ == "__main__":
    harness.main()
