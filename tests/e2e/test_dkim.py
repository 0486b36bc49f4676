#!/usr/bin/python3
"""`inspect --dkim-keys`: messages signed by dkimpy with keys made here, verified by ours and by dkimpy, whole and damaged."""
import base64
import itertools
import os
import subprocess
import tempfile
import unittest

import harness

try:
    import dkim
except ImportError:
    dkim = None

FIELDS = (b"Received: from a.example (a.example [192.0.2.7])\r\n\tby mx.example;  Fri, 1 Mar 2024 12:00:00 +0000\r\n"
          b"From: =?utf-8?q?J=C3=B6?= <joe@mail.example.org>\r\nTo: suzie@example.net,\r\n \tbob@example.net\r\n"
          b"Subject:   is  dinner\r\n ready?  \r\nDate: Fri, 1 Mar 2024 12:00:00 +0000\r\nMessage-ID: <1@mail.example.org>\r\n"
          b"X-Twice: one\r\nX-Twice: two\r\n")
BODY = b"Hi.  \r\n\r\n\tWe  lost the game. \t \r\nAre you hungry yet?\r\n \r\n\r\nJoe\r\n\r\n\r\n"
BODIES = {"text": BODY, "empty": b"", "one empty line": b"\r\n", "only blanks": b" \t \r\n", "no last line end": b"a  b\r\nc",
          "8 bit": b"caf\xe9 \x00 \xff\r\n" * 50, "long": b"x" * 3000 + b" " * 3000 + b"\r\n" + b"line of text\r\n" * 20000}
SIGNED = [b"from", b"to", b"subject", b"date", b"message-id", b"x-twice", b"x-twice", b"absent"]


class Keys:
    """Private keys, and the records that a name server would answer with."""

    def __init__(self, folder):
        self.private, self.records = {}, {}
        for selector, bits in (("rsa2048", 2048), ("rsa1024", 1024), ("rsa512", 512)):
            pem = os.path.join(folder, selector)
            subprocess.run(["openssl", "genrsa", "-traditional", "-out", pem, str(bits)], check=True, capture_output=True)
            public = subprocess.run(["openssl", "rsa", "-in", pem, "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout
            with open(pem, "rb") as file:
                self.private[selector] = file.read()
            self.records[selector] = "v=DKIM1; k=rsa; p=" + base64.b64encode(public).decode()
        seed = os.urandom(32)
        pem = os.path.join(folder, "ed25519")
        with open(pem, "wb") as file:  # PKCS #8 around the seed, RFC 8410
            file.write(bytes.fromhex("302e020100300506032b657004220420") + seed)
        public = subprocess.run(["openssl", "pkey", "-in", pem, "-inform", "DER", "-pubout", "-outform", "DER"],
                                check=True, capture_output=True).stdout[-32:]
        self.private["ed25519"] = base64.b64encode(seed)
        self.records["ed25519"] = "v=DKIM1; k=ed25519; p=" + base64.b64encode(public).decode()
        self.file = os.path.join(folder, "keys")
        with open(self.file, "w", encoding="ascii") as file:
            for selector, record in self.records.items():
                file.write(f"{selector}._domainkey.example.org 2024-03-01T12:00:00Z {record}\n")

    def answer(self, name, timeout=5):
        selector = name.decode().split(".")[0]
        return self.records[selector].encode() if name.endswith(b"._domainkey.example.org.") else None


class Dkim(harness.Case):
    @classmethod
    def setUpClass(cls):
        harness.program()
        if dkim is None:
            raise unittest.SkipTest("python3-dkim is not installed")
        folder = tempfile.TemporaryDirectory(prefix="mailspoor-dkim-")
        cls.addClassCleanup(folder.cleanup)
        cls.keys = Keys(folder.name)

    def setUp(self):
        super().setUp()
        self.spoor = harness.Mailspoor(self.folder)

    def signed(self, selector, message, form=(b"relaxed", b"relaxed"), algorithm=None, length=False):
        algorithm = algorithm or (b"ed25519-sha256" if selector == "ed25519" else b"rsa-sha256")
        return dkim.sign(message, selector.encode(), b"example.org", self.keys.private[selector], canonicalize=form,
                         signature_algorithm=algorithm, include_headers=SIGNED, length=length) + message

    def inspected(self, messages):
        """The entry of the topmost signature of each message."""
        paths = []
        for number, octets in enumerate(messages):
            paths.append(os.path.join(self.folder, f"{number}.eml"))
            with open(paths[-1], "wb") as file:
                file.write(octets)
        result = self.expect(self.spoor.run("inspect", "--dkim-keys", self.keys.file, "--format", "jsonl", *paths))
        entries = [[entry for entry in found["authentication"] if entry["source"] == "DKIM-Signature"][0]
                   for found in result.objects()]
        self.assertEqual(len(entries), len(messages))
        return entries

    def oracle(self, octets):
        try:
            return dkim.verify(octets, dnsfunc=self.keys.answer, minkey=512)
        except dkim.DKIMException:
            return False

    def assert_same(self, cases):
        """Each of (name, message) is judged by ours as by dkimpy; how many passed."""
        passed = 0
        for (name, octets), entry in zip(cases, self.inspected([octets for _, octets in cases])):
            verdict = self.oracle(octets)
            self.assertEqual(entry["result"] in ("pass", "policy"), verdict, f"{name}: {entry}")
            passed += verdict
        return passed

    def test_every_form_algorithm_and_body(self):
        forms = list(itertools.product((b"simple", b"relaxed"), repeat=2))
        kinds = [("rsa2048", b"rsa-sha256"), ("rsa1024", b"rsa-sha1"), ("ed25519", b"ed25519-sha256")]
        cases = [(f"{form} {algorithm} {name}", self.signed(selector, FIELDS + b"\r\n" + body, form, algorithm))
                 for form in forms for selector, algorithm in kinds for name, body in BODIES.items()]
        self.assertEqual(self.assert_same(cases), len(cases))

    def test_damage_is_seen_as_dkimpy_sees_it(self):
        message = FIELDS + b"\r\n" + BODY
        damages = {"none": lambda octets: octets,
                   "a letter of the body": lambda octets: octets.replace(b"hungry", b"Hungry"),
                   "a line behind the body": lambda octets: octets + b"Sent by a list\r\n",
                   "empty lines behind the body": lambda octets: octets + b"\r\n\r\n",
                   "blanks at a line's end": lambda octets: octets.replace(b"yet?\r\n", b"yet? \t\r\n"),
                   "blanks within a line": lambda octets: octets.replace(b"We  lost", b"We lost"),
                   "a blank before the body": lambda octets: octets.replace(b"\tWe", b"  \tWe"),
                   "a prefix of the subject": lambda octets: octets.replace(b"Subject:   is", b"Subject: [list] is"),
                   "the subject refolded": lambda octets: octets.replace(b"is  dinner\r\n ready?  \r\n", b"is\r\n\tdinner ready?\r\n"),
                   "the name of a field": lambda octets: octets.replace(b"Subject:", b"SUBJECT:"),
                   "a field on top": lambda octets: b"Received: from b by c\r\n" + octets,
                   "an unsigned field": lambda octets: b"X-Other: 1\r\n" + octets,
                   "an absent field that came": lambda octets: octets.replace(b"\r\nTo:", b"\r\nAbsent: x\r\nTo:"),
                   "the fields of one name swapped": lambda octets: octets.replace(b"Twice: one", b"Twice: 3").replace(
                       b"Twice: two", b"Twice: one").replace(b"Twice: 3", b"Twice: two"),
                   "a third of the name on top": lambda octets: b"X-Twice: zero\r\n" + octets,
                   "b= refolded": lambda octets: octets.replace(b" b=", b" b=\r\n\t", 1),
                   "line feeds only": lambda octets: octets.replace(b"\r\n", b"\n")}
        cases = [(f"{form} {selector} {name}", damage(self.signed(selector, message, form)))
                 for form in itertools.product((b"simple", b"relaxed"), repeat=2) for selector in ("rsa2048", "ed25519")
                 for name, damage in damages.items()]
        passed = self.assert_same(cases)
        self.assertGreater(passed, len(cases) // 5)
        self.assertLess(passed, len(cases) * 4 // 5)

    def test_body_length_covers_a_part(self):
        octets = self.signed("rsa2048", FIELDS + b"\r\n" + BODY, length=True)
        self.assertIn(b" l=", octets.partition(b"\r\nReceived")[0])
        whole, longer, shorter = self.inspected([octets, octets + b"Buy now\r\n", octets.replace(b"Joe\r\n", b"")])
        self.assertEqual((whole["result"], longer["result"], shorter["result"]), ("pass", "pass", "fail"))
        self.assertEqual(whole["signature"]["weaknesses"], ["more could be added to the body (l=)"])
        self.assertEqual(longer["signature"]["weaknesses"], ["only 57 of 70 octets of the body are signed (l=)"])

    def test_verdicts_name_key_fields_and_weaknesses(self):
        message = FIELDS + b"\r\n" + BODY
        strong, sha1, short = self.inspected([self.signed("rsa2048", message), self.signed("rsa2048", message, algorithm=b"rsa-sha1"),
                                              self.signed("rsa512", message)])
        self.assertEqual(strong["result"], "pass")
        self.assertTrue(strong["trusted"])
        self.assertEqual((strong["domain"], strong["selector"], strong["alignment"]), ("example.org", "rsa2048", "relaxed"))
        self.assertEqual(strong["signature"]["signed"], ["From", "To", "Subject", "Date", "Message-ID"])
        self.assertEqual(strong["signature"]["weaknesses"], [])
        self.assertEqual(strong["signature"]["key_source"], self.keys.file + ":1")
        self.assertEqual(strong["signature"]["key_date"], "2024-03-01T12:00:00Z")
        self.assertTrue(strong["text"].startswith("the holder of example.org's key signed these fields: From, To"), strong["text"])
        self.assertEqual((sha1["result"], sha1["signature"]["weaknesses"]), ("pass", ["rsa-sha1"]))
        self.assertEqual((short["result"], short["signature"]["weaknesses"]), ("policy", ["RSA key of 512 bits"]))

    def test_text_and_standard_input(self):
        octets = self.signed("ed25519", FIELDS + b"\r\n" + BODY)
        result = self.expect(self.spoor.run("inspect", "--dkim-keys", self.keys.file, "-", input=octets))
        self.assertIn("the holder of example.org's key signed these fields", result.text)
        without = self.spoor.run("inspect", "--format", "jsonl", "-", input=octets).objects()[0]["authentication"][0]
        self.assertEqual((without["result"], without["trusted"], without["text"]), (None, False, None))

    def test_key_file_that_cannot_be_read(self):
        path = os.path.join(self.folder, "bad keys")
        with open(path, "w", encoding="ascii") as file:
            file.write("# nothing\nexample.org v=DKIM1; p=\n")
        result = self.spoor.run("inspect", "--dkim-keys", path, "-", input=FIELDS)
        self.assertIn("bad keys:2: `example.org` is no name of a DKIM key", self.expect(result, 2).errors)
        result = self.spoor.run("inspect", "--dkim-keys", path + ".none", "-", input=FIELDS)
        self.assertIn("No such file", self.expect(result, 1).errors)

    def test_large_message_needs_no_memory(self):
        body = b"A line of an ordinary text, sixty octets of it or some more.\r\n" * 1_000_000
        octets = self.signed("rsa2048", FIELDS + b"\r\n" + body, (b"relaxed", b"simple"))
        self.assertEqual(self.inspected([octets])[0]["result"], "pass")
        path = os.path.join(self.folder, "0.eml")
        more = self.peak_kilobytes("--dkim-keys", self.keys.file, path) - self.peak_kilobytes(path)
        self.assertLess(more, len(body) // 1024 // 3)

    def peak_kilobytes(self, *arguments):
        process = self.spoor.start("inspect", *arguments)
        process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        process.communicate()
        self.assertEqual(process.returncode, 0)
        return usage.ru_maxrss


if __name__ == "__main__":
    harness.main()
