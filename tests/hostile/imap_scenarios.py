"""IMAP servers that are broken, overloaded or hostile, each a few lines away from the honest one.

The class says what the server does, its docstring whom it imitates, and `@scenario` what must become of a run against it.
What no `@scenario` says: exit code 0, everything stored, and once the server is honest again, a second run that completes.
"""
import base64
import dataclasses
import re
import time
import zlib

from imap_server import BODY, OCTETS, Imap, Mailbox, Message, quoted, standard_mailboxes, take_astring, text_message
from line_server import Gone, ScramServer
from scenario import BY_TOKEN, CLIMBED, HURRIED, QUICK, scenario

ALL = (("INBOX", None), ("Archive/2024", None))


# --- connecting ---------------------------------------------------------------------------------------------------------

@scenario()
class Honest(Imap):
    """Nothing is wrong: what all others are compared with."""


@scenario()
class ByteByByte(Imap):
    """Every read of the client ends somewhere else."""

    def send(self, octets):
        if len(octets) > 2000:
            for start in range(0, len(octets), 1009):
                super().send(octets[start:start + 1009])
        else:
            for start in range(len(octets)):
                super().send(octets[start:start + 1])


@scenario(codes=(13,), says="come back tomorrow", logs_in=False)
class GreetingBye(Imap):
    """Too many connections, or maintenance."""

    def greet(self):
        self.send(b"* BYE come back tomorrow\r\n")
        self.close()


@scenario(says="waiting 5 s")
class GreetingTooMany(Imap):
    """Courier, while there are connections of others."""

    def greet(self):
        if self.number > 2:
            return super().greet()
        self.send(b"* BYE Maximum connection limit reached for 127.0.0.1\r\n")
        self.close()
        raise Gone


@scenario(codes=(13,), says="no room.* try again", logs_in=False, arguments=HURRIED)
class GreetingUnavailable(Imap):
    def greet(self):
        self.send(b"* BYE [UNAVAILABLE] no room\r\n")
        self.close()
        raise Gone


@scenario(codes=(13,), logs_in=False, arguments=QUICK)
class GreetingNever(Imap):
    """Takes the connection and says nothing."""

    def greet(self):
        self.silence()


@scenario(codes=(13,), logs_in=False, arguments=QUICK)
class GreetingDrips(Imap):
    """One octet now and then, so that no wait is ever long."""

    def greet(self):
        self.drip(b"* OK " + b"welcome " * 1000, 0.2)


@scenario(codes=(1,), logs_in=False)
class GreetingWithoutEnd(Imap):
    """A line that never ends."""

    def greet(self):
        for _ in range(1000):
            self.send(b"* OK " + b"x" * 100_000)
        self.silence()


@scenario(codes=(13,), logs_in=False)
class GreetingOfHttp(Imap):
    """Another service on this port."""

    def greet(self):
        self.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        self.close()


@scenario(codes=(13,), logs_in=False)
class GreetingOfOctets(Imap):
    """Noise in place of a greeting."""

    def greet(self):
        self.send(bytes(range(256)) * 16 + b"\r\n")
        self.close()


@scenario(codes=(0,))
class GreetingManyLines(Imap):
    """Alerts with terminal escapes before and behind the greeting."""

    def greet(self):
        super().greet()
        self.send(b"* OK [ALERT] \x1b[2J\x1b]0;owned\x07 quota at \xc2\x9b31m 99%\r\n" * 5)


@scenario(codes=(0,))
class Preauth(Imap):
    """Logged in by the client's address, inside TLS: nothing wrong with that."""

    def greet(self):
        self.send(b"* PREAUTH [CAPABILITY " + self.offered + b"] welcome back\r\n")


@scenario(codes=(13,), logs_in=False)
class PreauthInClear(Imap):
    """PREAUTH keeps a client from asking for STARTTLS (CVE-2020-14093)."""
    tls = "starttls"

    def greet(self):
        self.send(b"* PREAUTH [CAPABILITY IMAP4rev1] welcome back\r\n")


@scenario(codes=(13,), says="TLS", logs_in=False)
class StarttlsStripped(Imap):
    """Somebody in the middle has removed STARTTLS from the capabilities."""
    tls = "starttls"
    offered = Imap.capabilities

    def do_STARTTLS(self, tag, rest):
        self.send(tag + b" BAD what?\r\n")


@scenario(codes=(13,), logs_in=False)
class StarttlsRefused(Imap):
    tls = "starttls"

    def do_STARTTLS(self, tag, rest):
        self.send(tag + b" NO not today\r\n")


@scenario(codes=(13,), logs_in=False)
class StarttlsWithMore(Imap):
    """Answers behind the one to STARTTLS, in clear, for the client to believe inside TLS (NO STARTTLS, 2021)."""
    tls = "starttls"

    def do_STARTTLS(self, tag, rest):
        self.send(tag + b" OK begin\r\n* CAPABILITY IMAP4rev1 AUTH=LOGIN\r\n* 1 EXISTS\r\n")
        self.start_tls()


@scenario(codes=(13,), logs_in=False, arguments=QUICK)
class StarttlsAndSilence(Imap):
    """Says OK to STARTTLS and never shakes hands (CVE-2011-1947)."""
    tls = "starttls"

    def do_STARTTLS(self, tag, rest):
        self.done(tag, b"STARTTLS")
        self.silence()


@scenario()
class Starttls(Imap):
    tls = "starttls"


@scenario(codes=(13,), says="--pin", logs_in=False, after=(13,))
class CertificateOfAnother(Imap):
    certificate = "wrong-name"


@scenario(codes=(13,), says="expired", logs_in=False, after=(13,))
class CertificateExpired(Imap):
    certificate = "expired"


@scenario(codes=(13,), logs_in=False)
class NoTls(Imap):
    """Speaks in clear on the port of TLS."""

    def start_tls(self):
        self.greet()
        self.silence()


# --- log-in -------------------------------------------------------------------------------------------------------------

@scenario()
class OddGrammar(Imap):
    """Small sins of real servers: NULs before a response, `+` without a blank, codes without text, blanks where none belong."""
    capabilities = b"IMAP4rev1 AUTH=PLAIN"

    def send(self, octets):
        if octets.startswith(b"* ") and b"BODY[]" not in octets:
            octets = b"\0\0\r\n" + octets.replace(b" OK [UIDNEXT", b" OK  [UIDNEXT").replace(b"] next", b"]").replace(b"] valid", b"]")
        super().send(octets.replace(b"+ \r\n", b"+\r\n"))

    def done(self, tag, name, code=b""):
        self.send(tag + b" OK " + code.strip() + b"\r\n")


@scenario(codes=(12,), says="no such person")
class LoginRefused(Imap):
    """With terminal escapes in its words."""

    def log_in(self, tag, user, password):
        self.send(tag + b" NO [AUTHENTICATIONFAILED] no such person\x1b[31m\xe2\x80\xae here\r\n")


@scenario(codes=(12,))
class LoginBad(Imap):
    def log_in(self, tag, user, password):
        self.send(tag + b" BAD cannot parse that\r\n")


@scenario(codes=(13,), says="try later.* try again in 5 s", arguments=HURRIED)
class LoginUnavailable(Imap):
    def log_in(self, tag, user, password):
        self.send(tag + b" NO [UNAVAILABLE] try later\r\n")


@scenario(says="waiting 5 s")
class LoginTooMany(Imap):
    """Gmail, while other clients are logged in."""

    def log_in(self, tag, user, password):
        if self.server.shared.setdefault("first", self.number) == self.number:
            self.send(tag + b" NO [ALERT] Too many simultaneous connections. (Failure)\r\n")
        else:
            super().log_in(tag, user, password)


@scenario(codes=(13,), says="too many failures")
class LoginBye(Imap):
    def log_in(self, tag, user, password):
        self.send(b"* BYE too many failures\r\n")
        self.close()


@scenario(codes=(12,), says="mechanism", logs_in=False)
class LoginDisabled(Imap):
    capabilities = b"IMAP4rev1 LOGINDISABLED AUTH=NTLM"


@scenario()
class LoginByCommand(Imap):
    """No SASL, no literals that need no going ahead."""
    capabilities = b"IMAP4rev1"


@scenario(codes=(12,))
class ChallengesWithoutEnd(Imap):
    """`+` for ever (a crash of other clients)."""
    capabilities = b"IMAP4rev1 AUTH=PLAIN"

    def do_AUTHENTICATE(self, tag, rest):
        while True:
            self.send(b"+ " + base64.b64encode(b"and then?") + b"\r\n")
            self.read_line()


@scenario(codes=(1,))
class ChallengeHuge(Imap):
    capabilities = b"IMAP4rev1 AUTH=LOGIN"

    def do_AUTHENTICATE(self, tag, rest):
        for _ in range(500):
            self.send(b"+ " + b"QUFB" * 50_000)
        self.send(b"\r\n")
        self.silence()


@scenario(codes=(12,), says="mechanism", logs_in=False)
class PlainInTheClearOnly(Imap):
    """Wants the password before STARTTLS and no more after it."""
    tls = "starttls"

    @property
    def offered(self):
        return b"IMAP4rev1 LOGINDISABLED" if self.is_encrypted else b"IMAP4rev1 AUTH=PLAIN STARTTLS"


@scenario(logs_in=False)
class Scram(ScramServer, Imap):
    """SCRAM-SHA-256 (RFC 7677) as it should be: the password stays here."""
    capabilities = b"IMAP4rev1 SASL-IR AUTH=SCRAM-SHA-256 AUTH=PLAIN"

    def do_AUTHENTICATE(self, tag, rest):
        self.tag = tag
        mechanism, _, initial = rest.partition(b" ")
        if mechanism != b"SCRAM-SHA-256":
            super().do_AUTHENTICATE(tag, rest)
            return
        self.scram(initial)
        self.done(tag, b"log-in")

    def refuse(self, words):
        self.send(self.tag + b" NO [AUTHENTICATIONFAILED] " + words + b"\r\n")


@scenario(codes=(12,), says="cannot prove that it knows the password", logs_in=False)
class ScramWrongSignature(Scram):
    """Does not know the password, and says OK all the same."""

    def prove(self, signature):
        self.send(b"+ " + base64.b64encode(b"v=" + base64.b64encode(bytes(32))) + b"\r\n")
        self.read_line()


@scenario(codes=(12,), says="cannot prove that it knows the password", logs_in=False)
class ScramNoSignature(Scram):
    def prove(self, signature):
        pass


@scenario(codes=(12,), says="cannot prove that it knows the password", logs_in=False)
class ScramNothingButOk(Scram):
    def do_AUTHENTICATE(self, tag, rest):
        self.done(tag, b"log-in")


@scenario(codes=(12,), says="rounds", logs_in=False)
class ScramFewRounds(Scram):
    """So that the password can be guessed quickly from the proof."""
    rounds = 1


@scenario(codes=(12,), says="rounds", logs_in=False, seconds=20)
class ScramManyRounds(Scram):
    """An hour of work."""
    rounds = 2 ** 31


@scenario(codes=(12,), says="nonce", logs_in=False)
class ScramOldNonce(Scram):
    """An exchange of others, played again."""

    def nonce(self, of_client):
        return b"fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j"


@scenario(codes=(12,), says="invalid-proof", logs_in=False)
class ScramError(Scram):
    """Says what is wrong in the last message (RFC 5802)."""

    def prove(self, signature):
        self.ask(b"e=invalid-proof")
        self.refuse(b"no")
        raise Gone


@scenario(arguments=BY_TOKEN)
class Oauth(Imap):
    """OAUTHBEARER (RFC 7628) and XOAUTH2; the password stands for the token."""
    capabilities = b"IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2 AUTH=OAUTHBEARER"
    error = None  # what a refused client is told

    def do_AUTHENTICATE(self, tag, rest):
        mechanism, _, initial = rest.partition(b" ")
        if mechanism not in (b"XOAUTH2", b"OAUTHBEARER"):
            self.server.errors.append(f"{mechanism} in place of an OAuth mechanism")
        message = base64.b64decode(initial)
        if self.error is None and message.endswith(b"\1auth=Bearer " + self.server.password.encode() + b"\1\1"):
            self.done(tag, b"log-in")
            return
        self.send(b"+ " + (self.error or b"") + b"\r\n")
        acknowledgement = self.read_line()
        if acknowledgement != (b"" if mechanism == b"XOAUTH2" else b"AQ=="):
            self.server.errors.append(f"{mechanism}: answers the error with {acknowledgement}")
        self.send(tag + b" NO [AUTHENTICATIONFAILED] no\r\n")


@scenario(arguments=BY_TOKEN)
class Xoauth2(Oauth):
    capabilities = b"IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2"


@scenario(codes=(12,), says="status 401, schemes bearer, scope mail", arguments=BY_TOKEN)
class OauthRefused(Oauth):
    error = base64.b64encode(b'{"status":"401","schemes":"bearer","scope":"mail"}')


@scenario(codes=(12,), says="status 400", arguments=BY_TOKEN)
class Xoauth2Refused(Xoauth2):
    error = base64.b64encode(b'{"status":"400","schemes":"Bearer"}')


@scenario(codes=(12,), says=r"status \\x1b", arguments=BY_TOKEN)
class OauthErrorWithEscapes(Oauth):
    error = base64.b64encode(b'{"status":"\\u001b[2J\\u009b31m","scope":"\xe2\x80\xae\\u0007"}')


@scenario(codes=(12,), says="go away", arguments=BY_TOKEN)
class OauthErrorNoJson(Oauth):
    error = base64.b64encode(b"go away\x1b[2J")


@scenario(codes=(12,), says="401", arguments=BY_TOKEN)
class OauthErrorNoBase64(Xoauth2):
    error = b'{"status":"401\x1b[2J"}'


@scenario(codes=(12,), says="server says", arguments=BY_TOKEN)
class OauthErrorHuge(Oauth):
    error = base64.b64encode(b'{"status":"' + b"4" * 2_000_000 + b'"}')


@scenario(codes=(12,), says="server says", arguments=BY_TOKEN)
class OauthErrorDeep(Oauth):
    error = base64.b64encode(b"[" * 40_000)


@scenario(codes=(12,), says="access token", arguments=BY_TOKEN, logs_in=False)
class OauthNotOffered(Imap):
    """Takes passwords only: a token is none."""


@scenario()
class CapabilitiesAfterLogin(Imap):
    """Tells what it can do only when asked, and more once one is known (Exchange)."""

    def greet(self):
        self.send(b"* OK\r\n")

    def done(self, tag, name, code=b""):
        super().done(tag, name, b"" if b"CAPABILITY" in code else code)


@scenario(codes=(0, 1))
class CapabilitiesWithoutEnd(Imap):
    """A hundred thousand of them, in the greeting and when asked."""
    capabilities = Imap.capabilities + b"".join(b" X-%d" % number for number in range(100_000))


@scenario()
class CapabilityUnknown(Imap):
    def do_CAPABILITY(self, tag, rest):
        self.send(tag + b" BAD no such command\r\n")


@scenario()
class IdRefused(Imap):
    def do_ID(self, tag, rest):
        self.send(b'* ID NIL\r\n* ID ("a" "\x1b[2J"\r\n' + tag + b" BAD who are you?\r\n")


@scenario(codes=(3,), says="not connected", missing=(("INBOX", None), ("Archive/2024", None)))
class ConnectedButNot(Imap):
    """Exchange, for a mailbox that this user may not have: OK to the log-in, BAD to all else."""

    def answer(self, tag, name, rest):
        if name in ("LIST", "STATUS", "EXAMINE", "UID_FETCH"):
            self.send(tag + b" BAD User is authenticated but not connected.\r\n")
        else:
            super().answer(tag, name, rest)


# --- compression --------------------------------------------------------------------------------------------------------

class Compressing(Imap):
    capabilities = Imap.capabilities + b" COMPRESS=DEFLATE"

    def send_raw(self, octets):
        """Past the compression."""
        self.socket.raw.sendall(octets)


@scenario()
class Compressed(Compressing):
    """Nothing is wrong, all is compressed."""


@scenario()
class CompressedByteByByte(Compressing):
    def compress(self):
        super().compress()
        sendall = self.socket.raw.sendall

        def one_by_one(octets):
            for start in range(0, len(octets), 1 if len(octets) < 2000 else 101):
                sendall(octets[start:start + (1 if len(octets) < 2000 else 101)])
        self.socket.sendall = lambda octets: one_by_one(self.socket.deflated(octets))


@scenario()
class CompressedStored(Compressing):
    """Level 0: everything in stored blocks, a flush behind each few octets."""

    def compress(self):
        super().compress()
        self.socket.deflater = zlib.compressobj(level=0, wbits=-15)
        self.socket.sendall = lambda octets: self.socket.raw.sendall(
            b"".join(self.socket.deflated(octets[start:start + 50]) for start in range(0, len(octets), 50)))


@scenario()
class CompressGlued(Compressing):
    """The first compressed octets come with the answer, in one piece."""

    def do_COMPRESS(self, tag, rest):
        below = self.socket
        self.compress()
        below.sendall(tag + b" OK active\r\n" + self.socket.deflated(b"* OK [ALERT] compressed from here on\r\n"))


@scenario()
class CompressRefused(Compressing):
    """TLS compresses already."""

    def do_COMPRESS(self, tag, rest):
        self.send(tag + b" NO [COMPRESSIONACTIVE] DEFLATE active via TLS\r\n")


@scenario()
class CompressUnknown(Compressing):
    """Offered by a proxy that does not know it."""

    def do_COMPRESS(self, tag, rest):
        self.send(tag + b" BAD unknown command\r\n")


@scenario()
class CompressDrops(Compressing):
    """Offers it, and is gone when asked."""

    def do_COMPRESS(self, tag, rest):
        self.drop()


@scenario(arguments=QUICK)
class CompressAndSilence(Compressing):
    """Says OK and nothing more. The next connection does without."""

    def do_COMPRESS(self, tag, rest):
        super().do_COMPRESS(tag, rest)
        self.silence()


@scenario(codes=(1,), says="damaged.*--no-compress")
class CompressGarbage(Compressing):
    """Noise behind the OK."""

    def do_COMPRESS(self, tag, rest):
        self.send(tag + b" OK active\r\n" + b"\xff\x07" * 500)
        self.silence()


@scenario(codes=(1, 13), arguments=QUICK)
class CompressNotAtAll(Compressing):
    """Says OK and goes on in plain words."""

    def do_COMPRESS(self, tag, rest):
        self.send(tag + b" OK active\r\n" + b"* OK [ALERT] how are you?\r\n" * 100)
        self.silence()


class CompressedBodies(Compressing):
    """For servers that go wrong in the middle of UID 5 of INBOX, of some 90,000 octets."""

    def fetched(self, number, message, items):
        own = super().fetched(number, message, items)
        if self.selected.raw == b"INBOX" and message.uid == 5 and BODY in items:
            self.wrong(own)
            raise Gone
        return own


@scenario(codes=(3,), missing=ALL)
class CompressedTruncated(CompressedBodies):
    """The connection ends in the middle of a message, cleanly as far as TLS can tell."""

    def wrong(self, octets):
        stream = self.socket.deflated(octets)
        self.send_raw(stream[:len(stream) // 2])


@scenario(codes=(1,), says="damaged", missing=ALL)
class CompressedDamaged(CompressedBodies):
    """In the middle of a message the stream goes on as none."""

    def wrong(self, octets):
        self.send(octets[:40_000])
        self.send_raw(b"\xff" * 5000)
        self.silence()


@scenario(codes=(3,), says="ended the compressed stream", missing=ALL)
class CompressedEnds(CompressedBodies):
    """The last block of a stream, in the middle of a message, on a connection that stays."""

    def wrong(self, octets):
        self.send(octets[:40_000])
        self.send_raw(self.socket.deflater.flush(zlib.Z_FINISH))
        self.silence()


@scenario(codes=(1, 13), seconds=300, missing=ALL, is_flood=True)
class CompressedBombOfLines(CompressedBodies):
    """Gigabytes of words that nobody asked for, in a few megabytes."""

    def wrong(self, octets):
        for _ in range(10_000):
            self.send((b"* OK Still here" + b", and here" * 100 + b"\r\n") * 1000)


@scenario(codes=(1, 13), seconds=300, missing=ALL)
class CompressedBombOfOneLine(CompressedBodies):
    def wrong(self, octets):
        for _ in range(10_000):
            self.send(b"x" * 1_000_000)


@scenario(codes=(1, 3, 13), seconds=300, missing=ALL, arguments=("--timeout", "20", "--max-message-size", "200000"))
class CompressedBombOfOneMessage(CompressedBodies):
    """A message announced small that has 2^60 octets, which are hardly any on the line."""

    def wrong(self, octets):
        self.send(b"* 5 FETCH (UID 5 FLAGS () BODY[] {1152921504606846976}\r\n")
        for _ in range(10_000):
            self.send(b"x" * 1_000_000)


@scenario(codes=(1, 13), seconds=300, missing=ALL, is_flood=True)
class CompressedNothing(CompressedBodies):
    """Empty blocks for ever: octets come, and nothing comes out of them."""

    def wrong(self, octets):
        while True:
            self.send_raw(b"\0\0\0\xff\xff" * 10_000)


# --- the list of mailboxes ----------------------------------------------------------------------------------------------

def mailboxes_named(*raws, **options):
    """INBOX and others, each with a message of its own."""
    return [Mailbox(b"INBOX", [Message(1, text_message(1))]),
            *(Mailbox(raw, [Message(1, text_message(100 + number))], name=name, **options)
              for number, (raw, name) in enumerate(raws))]


@scenario(codes=(3,), says="lists no mailboxes", missing=(("Archive/2024", None),))
class ListNothing(Imap):
    """Zimbra with one broken mount point lists no mailbox at all; INBOX exists always."""

    def do_LIST(self, tag, rest):
        self.done(tag, b"LIST")


@scenario(codes=(3,), says="LIST failed", missing=(("Archive/2024", None),))
class ListRefused(Imap):
    def do_LIST(self, tag, rest):
        self.send(tag + b" NO LIST failed\r\n")


@scenario()
class NamesThatClimb(Imap):
    """Names that lead out of the store where a client makes paths of them (CVE-2021-20247)."""

    @staticmethod
    def mailboxes():
        names = ["../../../../climbed", "..", "../..", ".", CLIMBED[0], "a/../../b", "~/mailspoor-climbed", "cur", "new", "tmp",
                 ".mailspoor-gone", "mailspoor.json", "INBOX/../x", "a//b", "-rf", "C:\\climbed", "%2e%2e/x"]
        return mailboxes_named(*((name.encode(), name) for name in names))


@scenario()
class NamesThatClimbWithoutLevels(Imap):
    @staticmethod
    def mailboxes():
        names = ["../../climbed", "..", CLIMBED[1], "a/b", "a\\b"]
        return mailboxes_named(*((name.encode(), name) for name in names), delimiter=b"NIL")


@scenario()
class NamesThatClimbByDots(Imap):
    """The delimiter of Maildir++ itself."""

    @staticmethod
    def mailboxes():
        names = {"a.b": "a/b", "..": "//", "a..b": "a//b", "../x": "///x", ".": "/"}
        return mailboxes_named(*((raw.encode(), name) for raw, name in names.items()), delimiter=b'"."')


@scenario(codes=(0, 3), missing=(("nul\0name", None),), after=(0, 3))
class NamesThatInject(Imap):
    """Line ends in a name become commands where a client pastes it (mbsync sent DELETE)."""

    @staticmethod
    def mailboxes():
        names = ['x\r\nA9 DELETE "INBOX"', 'x" "y', "x\nA9 LOGOUT", "x {5}", "x {5+}", "{3}", 'x\\" y', "a\r", "*", "%", "NIL", "()"]
        return [*mailboxes_named(*((name.encode(), name) for name in names)),
                Mailbox(b"nul\0name", [Message(1, text_message(50))], name="nul\0name")]


@scenario(codes=(0,))
class NamesThatInjectWithoutLiteralPlus(NamesThatInject):
    """Each literal must wait for the server's word."""
    capabilities = b"IMAP4rev1 AUTH=PLAIN"
    mailboxes = staticmethod(lambda: NamesThatInject.mailboxes()[:-1])


@scenario()
class NamesOfEscapes(Imap):
    """Terminal escapes, right-to-left overrides, bad UTF-8 and bad modified UTF-7."""

    @staticmethod
    def mailboxes():
        return mailboxes_named((b"\x1b[31mred", "\x1b[31mred"), (b"bell\x07", "bell\x07"), (b"\xe2\x80\xaegnp.exe", "\u202egnp.exe"),
                               (b"\xff\xfe", "\ufffd\ufffd"), (b"&", "&"), (b"&AAAA-", "&AAAA-"), (b"&2D3cAA-", "\U0001f400"), (b"&2D0-", "&2D0-"),
                               (b"&ZeVnLIqe-", "日本語"))


@scenario()
class NamesThatCollide(Imap):
    """The same without regard to case, and after encoding."""

    @staticmethod
    def mailboxes():
        names = ["Test", "TEST", "test", "INBOX/x", "inbox/x", "ß", "SS", "e\u0301", "\u00e9"]
        return mailboxes_named(*((name.encode(), re.sub("^inbox", "INBOX", name)) for name in names if name != "inbox/x"))


@scenario()
class NamesLong(Imap):
    @staticmethod
    def mailboxes():
        names = ["n" * 250, "n" * 251, "l" * 3000, "/".join("d%d" % number for number in range(100)), "é" * 120]
        return mailboxes_named(*((name.encode(), name) for name in names))


@scenario(codes=(1, 13))
class NameHuge(Imap):
    """100 MB where a name belongs."""

    def listed(self, mailbox):
        return b'* LIST () "/" {100000000}\r\n' + b"n" * 1_000_000

    def do_LIST(self, tag, rest):
        self.send(self.listed(None))
        for _ in range(99):
            self.send(b"n" * 1_000_000)
        self.done(tag, b"LIST")


@scenario(codes=(1, 13), arguments=("--timeout", "60"), seconds=300)
class MailboxesWithoutEnd(Imap):
    """A list that never ends."""

    def do_LIST(self, tag, rest):
        for first in range(0, 100_000_000, 10_000):
            self.send(b"".join(b'* LIST () "/" "folder %d"\r\n' % number for number in range(first, first + 10_000)))


@scenario(codes=(1, 13), arguments=("--timeout", "60"), seconds=300)
class LongMailboxesWithoutEnd(Imap):
    def do_LIST(self, tag, rest):
        filler = b"/" + b"x" * 990
        for first in range(0, 100_000_000, 1_000):
            self.send(b"".join(b'* LIST () "/" "%d%s"\r\n' % (number, filler) for number in range(first, first + 1_000)))


@scenario(arguments=("--timeout", "60"), seconds=300)
class FoldersWithoutMail(Imap):
    """100,000 names that cannot be opened."""

    def do_LIST(self, tag, rest):
        for first in range(0, 100_000, 10_000):
            self.send(b"".join(b'* LIST (\\Noselect) "/" "folder %d"\r\n' % number for number in range(first, first + 10_000)))
        super().do_LIST(tag, rest)


@scenario()
class ListOddly(Imap):
    """Lines of servers that really exist: no quotes, NIL names, unbalanced quotes, blanks, other lines in between."""
    mailboxes = staticmethod(lambda: mailboxes_named((b"[Gmail]/All Mail", "[Gmail]/All Mail"), (b"Sent Items", "Sent Items"), (b"NIL", "NIL")))

    def do_LIST(self, tag, rest):
        self.send(b'* LIST (\\HasNoChildren) "/" INBOX \r\n'
                  b'* LIST (\\HasNoChildren) "/" [Gmail]/All Mail\r\n'
                  b'*  LIST   ()  "/"   "Sent Items"  \r\n'
                  b'* list (\\noselect) NIL ""\r\n* LIST () "/" NIL\r\n* LIST () "/" (oldname ("x"))\r\n* LIST\r\n* LIST (\r\n* LIST ()\r\n* LIST () "/"\r\n'
                  b"*  1688 EXISTS\r\n* OK still here\r\nServer Unavailable. 15\r\n* \r\n*\r\n\r\n"
                  b'* LSUB () "/" "elsewhere"\r\n* [COPYUID 1 2 3]\r\n')
        self.done(tag, b"LIST")


@scenario()
class NamesWithTwoDelimiters(Imap):
    """Each namespace has its own, and one has none."""
    capabilities = Imap.capabilities + b" NAMESPACE"
    namespaces = b'(("" "/")("Old." ".")("flat" NIL)) NIL NIL'

    @staticmethod
    def mailboxes():
        def one(raw, name, delimiter):
            return Mailbox(raw, [Message(1, text_message(len(raw)))], name=name, delimiter=delimiter)
        return [*mailboxes_named(), one(b"a.b/c", "a.b/c", b'"/"'), one(b"Old.a.b/c", "Old/a/b/c", b'"."'), one(b"flat/a.b", "flat/a.b", b"NIL")]

    def do_NAMESPACE(self, tag, rest):
        self.send(b"* NAMESPACE " + self.namespaces + b"\r\n")
        self.done(tag, b"NAMESPACE")


@scenario()
class NamespaceOddly(NamesWithTwoDelimiters):
    """No pairs of strings, no end, and names that are none."""
    namespaces = b'((NIL "/")("a" "bc" "x" (("y"))) (((("(" ")")())) ("%" "*" "\x1b[2J"'


@scenario()
class NamespaceMany(NamesWithTwoDelimiters):
    """A hundred thousand, each with names that no list shows."""
    namespaces = b"(" + b"".join(b'("hidden%d/" "/")' % number for number in range(100_000)) + b") NIL NIL"

    def do_LIST(self, tag, rest):
        if b"hidden" in rest:
            self.done(tag, b"LIST")
        else:
            super().do_LIST(tag, rest)


@scenario()
class NamespaceDrops(NamesWithTwoDelimiters):
    """Exchange 2003 offers it and hangs up. The next connection does without."""

    def do_NAMESPACE(self, tag, rest):
        self.drop()


@scenario(arguments=("--mailbox", "*", "--timeout", "20"))
class NamespaceOfOthers(NamesWithTwoDelimiters):
    """Who asks for all gets those of others too, and what is listed only by its namespace's name."""
    namespaces = b'(("INBOX." ".")) (("user." ".")) (("" ".")("#shared/" "/"))'

    @staticmethod
    def mailboxes():
        return [*mailboxes_named((b"INBOX.own", "INBOX/own"), (b"user.bob", "user/bob"), (b"team", "team"), delimiter=b'"."'),
                Mailbox(b"#shared/papers", [Message(1, text_message(70))])]

    def do_LIST(self, tag, rest):
        _, pattern = take_astring(rest)
        pattern, _ = take_astring(pattern)
        for mailbox in self.server.mailboxes:
            if mailbox.raw.startswith(b"#") == pattern.startswith(b"#"):
                self.send(self.listed(mailbox))
        self.done(tag, b"LIST")


@scenario()
class Utf8Only(Imap):
    """Shows nothing to clients that do not take UTF-8 (RFC 9755), and writes names in it."""
    capabilities = Imap.capabilities + b" ENABLE UTF8=ONLY"
    is_enabled = False

    @staticmethod
    def mailboxes():
        return mailboxes_named(("Entwürfe/日本".encode(), "Entwürfe/日本"), (b"R&D", "R&D"), (b"&APw-", "&APw-"))

    def do_ENABLE(self, tag, rest):
        self.is_enabled = b"UTF8=ACCEPT" in rest.split()
        self.done(tag, b"ENABLE")

    def name_of(self, mailbox):
        return quoted(mailbox.raw)

    def answer(self, tag, name, rest):
        if name in ("LIST", "STATUS", "EXAMINE") and not self.is_enabled:
            self.send(tag + b" NO UTF8 is required\r\n")
        else:
            super().answer(tag, name, rest)


Utf8Only.well = Utf8Only


@scenario()
class Utf8OnlySinceYesterday(Imap):
    """Before that, all was in modified UTF-7: no mailbox is another one."""
    well = Utf8Only

    @staticmethod
    def mailboxes():
        return mailboxes_named(("Entwürfe".encode(), "Entwürfe"))

    def name_of(self, mailbox):
        return quoted(mailbox.raw.replace("ü".encode(), b"&APw-"))

    def mailbox(self, raw):
        return super().mailbox(raw.replace(b"&APw-", "ü".encode()))

    name_prefixes = (b"Entw",)


# --- the state of a mailbox ---------------------------------------------------------------------------------------------

@scenario()
class StatusEmpty(Imap):
    """`STATUS box ()`, as 163.com does."""

    def status(self, mailbox):
        return b"* STATUS " + self.name_of(mailbox) + b" ()\r\n"


@scenario()
class StatusRefused(Imap):
    def do_STATUS(self, tag, rest):
        self.send(tag + b" NO [UNAVAILABLE] not now\r\n")


@scenario()
class StatusOfOthers(Imap):
    """Tells the state of mailboxes nobody asked for, and numbers that are none."""

    def status(self, mailbox):
        return (b'* STATUS "elsewhere" (MESSAGES 9 UIDNEXT 10 UIDVALIDITY 1)\r\n'
                b'* STATUS "INBOX" (MESSAGES -1 UIDNEXT 9.37e+06 UIDVALIDITY 99999999999999999999999)\r\n' + super().status(mailbox))


@scenario()
class StatusOfTheFuture(Imap):
    """Counts as far as numbers go."""

    def status(self, mailbox):
        return b"* STATUS %s (MESSAGES %d UIDNEXT 4294967295 UIDVALIDITY %d)\r\n" % (
            self.name_of(mailbox), len(mailbox.messages), mailbox.uid_validity)


@scenario(codes=(0, 3))
class ExistsTooMany(Imap):
    """Two billion messages, says EXAMINE; the list has six."""

    def examined(self, mailbox):
        return super().examined(mailbox).replace(b"* %d EXISTS" % len(mailbox.messages), b"* 2147483647 EXISTS")


@scenario(codes=(3,), says="UIDVALIDITY", missing=(("INBOX", None), ("Archive/2024", None), ("Empty", None)))
class UidValidityZero(Imap):
    """No UID of such a mailbox means anything tomorrow."""

    def status(self, mailbox):
        return re.sub(rb"UIDVALIDITY \d+", b"UIDVALIDITY 0", super().status(mailbox))

    def examined(self, mailbox):
        return re.sub(rb"UIDVALIDITY \d+", b"UIDVALIDITY 0", super().examined(mailbox))


@scenario(codes=(3,), says="UIDVALIDITY", missing=(("INBOX", None), ("Archive/2024", None), ("Empty", None)))
class UidValidityMissing(Imap):
    def status(self, mailbox):
        return re.sub(rb" UIDVALIDITY \d+", b"", super().status(mailbox))

    def examined(self, mailbox):
        return b"* %d EXISTS\r\n" % len(mailbox.messages)


@scenario()
class UidValidityOfYesterday(Imap):
    """STATUS is answered from an old cache, EXAMINE is right."""

    def status(self, mailbox):
        return re.sub(rb"UIDVALIDITY \d+", b"UIDVALIDITY 7", super().status(mailbox))


class Labels(Imap):
    """Gmail: one mailbox has all messages, the others show some of them under other UIDs."""

    capabilities = Imap.capabilities + b" X-GM-EXT-1 SPECIAL-USE"
    labels = (b"()", b"NIL", b'("\\\\Inbox" "\\\\Sent" Muy&AOk-)', b"(\\Inbox {3}\r\na\"b)", b'("a (b" NIL)')

    @staticmethod
    def mailboxes():
        everything = [Message(number, octets) for number, octets in enumerate(OCTETS, 1)]
        shown = [Message(7 * message.uid, message.octets) for message in everything[1:]]
        return [Mailbox(b"INBOX", shown), Mailbox(b"[Gmail]/All Mail", everything, attributes=b"\\All \\HasNoChildren"),
                Mailbox(b"Work", [Message(1, everything[2].octets)])]

    def extra_item(self, message, name):
        number = OCTETS.index(message.octets)
        return {b"X-GM-MSGID": b"%d" % (1278455344230334865 + number), b"X-GM-THRID": b"1266894439832287888",
                b"X-GM-LABELS": self.labels[number % len(self.labels)]}[name]


@scenario()
class GmailLabels(Labels):
    """No message is sent twice."""

    def body(self, message):
        if message.octets in self.server.shared.setdefault("bodies", []):
            return b"{11}\r\nsent before"
        self.server.shared["bodies"].append(message.octets)
        return super().body(message)


@scenario(arguments=("--timeout", "20", "--connections", "3"))
class GmailOverThreeConnections(GmailLabels):
    """All Mail comes first all the same."""


@scenario()
class GmailNumbersWrong(Labels):
    """Every message has the same number, so that only the sizes tell them apart."""

    def extra_item(self, message, name):
        return b"7" if name == b"X-GM-MSGID" else super().extra_item(message, name)


@scenario()
class EmailIdsAreNone(Imap):
    """OBJECTID is offered, and what is told is no object id."""

    capabilities = Imap.capabilities + b" OBJECTID"
    ids = (b"NIL", b"()", b"(" + b"x" * 5000 + b")", b'"M1"', b"((a) b)", b"M1")

    def extra_item(self, message, name):
        return self.ids[message.uid % len(self.ids)]

    def status(self, mailbox):
        return super().status(mailbox).replace(b")\r\n", b" MAILBOXID (F1))\r\n")


@scenario(codes=(3,), says="UIDVALIDITY", missing=(("INBOX", None), ("Archive/2024", None)))
class UidValidityChanges(Imap):
    """Another one at every EXAMINE: somebody makes the mailboxes anew all the time."""

    def examined(self, mailbox):
        self.server.shared["validity"] = self.server.shared.get("validity", 5000) + 1
        return re.sub(rb"UIDVALIDITY \d+", b"UIDVALIDITY %d" % self.server.shared["validity"], super().examined(mailbox))


@scenario()
class UidNextMissing(Imap):
    def status(self, mailbox):
        return re.sub(rb"UIDNEXT \d+ ", b"", super().status(mailbox))

    def examined(self, mailbox):
        return re.sub(rb"\* OK \[UIDNEXT.*\r\n", b"", super().examined(mailbox))


@scenario()
class UidNextTooLow(Imap):
    """One behind, in STATUS and EXAMINE; the truth comes when UIDs are listed."""

    def status(self, mailbox):
        return re.sub(rb"UIDNEXT \d+", b"UIDNEXT 0", super().status(mailbox))

    def examined(self, mailbox):
        return re.sub(rb"UIDNEXT \d+", b"UIDNEXT 0", super().examined(mailbox))


@scenario(codes=(3,), says="permission", missing=(("Archive/2024", None),))
class ExamineRefused(Imap):
    def do_EXAMINE(self, tag, rest):
        if b"Archive" in rest:
            self.send(tag + b" NO [NOPERM] permission denied\x1b[5m\r\n")
        else:
            super().do_EXAMINE(tag, rest)


@scenario()
class ExamineForWriting(Imap):
    def do_EXAMINE(self, tag, rest):
        self.selected = self.mailbox(rest.strip(b'"'))
        self.send(self.examined(self.selected) + tag + b" OK [READ-WRITE] go ahead\r\n")


@scenario()
class UnsafeLogin(Imap):
    """163.com opens no mailbox for a client that has not said who it is since the log-in."""
    is_known = False

    def do_ID(self, tag, rest):
        self.is_known = self.is_logged_in
        super().do_ID(tag, rest)

    is_logged_in = False

    def log_in(self, tag, user, password):
        super().log_in(tag, user, password)
        self.is_logged_in = True

    def answer(self, tag, name, rest):
        if name in ("EXAMINE", "STATUS") and not self.is_known:
            self.send(tag + b" NO %s Unsafe Login. Please contact kefu@188.com for help\r\n" % name.encode())
        else:
            super().answer(tag, name, rest)


class ListsWithStatus(Imap):
    """One LIST tells it all (RFC 5819)."""
    capabilities = Imap.capabilities + b" LIST-STATUS LIST-EXTENDED SPECIAL-USE"

    def do_LIST(self, tag, rest):
        if b"RETURN" in rest:
            self.extended(tag)
        else:
            super().do_LIST(tag, rest)


@scenario()
class ListWithStatus(ListsWithStatus):
    def extended(self, tag):
        for mailbox in self.server.mailboxes:
            self.send(self.listed(mailbox) + self.status(mailbox))
        self.done(tag, b"LIST")


@scenario()
class ListWithStatusRefused(ListsWithStatus):
    """Proton's bridge."""

    def extended(self, tag):
        self.send(tag + b" BAD unexpected RETURN\r\n")


@scenario()
class ListWithStatusOfNothing(ListsWithStatus):
    """Strato's."""

    def extended(self, tag):
        self.done(tag, b"LIST")


@scenario()
class GreetingOfImaprev1(Imap):
    """hMailServer."""
    capabilities = Imap.capabilities.replace(b"IMAP4rev1", b"IMAPrev1")


@scenario()
class CapabilityInserted(Imap):
    """iCloud's proxy writes into all that has the word CAPABILITY, messages included, until it has answered one."""
    is_asked = False
    mailboxes = staticmethod(lambda: [Mailbox(b"INBOX", [Message(1, text_message(1, b"* CAPABILITY IMAP4rev1\r\n"))])])

    def log_in(self, tag, user, password):
        super().log_in(tag, user, password)
        self.is_asked = False

    def do_CAPABILITY(self, tag, rest):
        super().do_CAPABILITY(tag, rest)
        self.is_asked = True

    def body(self, message):
        own = super().body(message)
        return own if self.is_asked else own.replace(b"CAPABILITY", b"CAPABILITY XAPPLEPUSHSERVICE")


# --- changes: the first run meets an honest server, the second one a liar ------------------------------------------------

class Modseq(Imap):
    """CONDSTORE and QRESYNC (RFC 7162), where nothing ever changes."""
    capabilities = Imap.capabilities + b" ENABLE CONDSTORE QRESYNC ESEARCH"
    modseq = b"77"

    def do_ENABLE(self, tag, rest):
        self.done(tag, b"ENABLE")  # iCloud sends no ENABLED

    def status(self, mailbox):
        return super().status(mailbox).replace(b")\r\n", b" HIGHESTMODSEQ %s)\r\n" % self.modseq)

    def examined(self, mailbox):
        return super().examined(mailbox) + b"* OK [HIGHESTMODSEQ %s] highest\r\n" % self.modseq

    def do_EXAMINE(self, tag, rest):
        super().do_EXAMINE(tag, rest.replace(b" (CONDSTORE)", b""))

    def do_UID_FETCH(self, tag, rest):
        rest, is_change, _ = rest.partition(b" (CHANGEDSINCE")
        if is_change:
            self.tell_changes(tag)
        else:
            super().do_UID_FETCH(tag, rest)

    def tell_changes(self, tag):
        self.done(tag, b"FETCH")

    def do_UID_SEARCH(self, tag, rest):
        self.send(b"* ESEARCH UID ALL " + b",".join(b"%d" % uid for uid in self.found()) + b"\r\n")
        self.done(tag, b"SEARCH")


def second_run(**expectation):
    """A scenario whose first run is honest: `after` are the codes of the second."""
    def register(liar):
        honest = type(liar.__name__, (Modseq,), {"__doc__": liar.__doc__, "well": liar, "mailboxes": staticmethod(liar.mailboxes)})
        return scenario(**expectation)(honest)
    return register


class Changed(Modseq):
    """There is news, it says."""
    modseq = b"78"


@second_run()
class NothingVanished(Changed):
    """News without any."""


@second_run(after=(0, 3))
class AllVanished(Changed):
    """A VANISHED of all UIDs there are, while EXISTS and SEARCH tell of all messages."""

    def tell_changes(self, tag):
        self.send(b"* VANISHED (EARLIER) 1:4294967295\r\n")
        self.done(tag, b"FETCH")


@second_run(after=(0, 3))
class VanishedOneByOne(Changed):
    """One that is there, and many that never were."""

    def tell_changes(self, tag):
        self.send(b"* VANISHED (EARLIER) 1\r\n" + b"".join(b"* VANISHED %d\r\n" % uid for uid in range(1000, 2000)))
        self.done(tag, b"FETCH")


@second_run(after=(1, 13), is_flood=True)
class VanishedForEver(Changed):
    def tell_changes(self, tag):
        while True:
            self.send((b"* VANISHED (EARLIER) 1:3" + b",5000:6000" * 1000 + b"\r\n") * 100)


@second_run(after=(1, 13), is_flood=True)
class FlagsChangeForEver(Changed):
    def tell_changes(self, tag):
        while True:
            self.send(b"* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n" * 10_000)


class OneMore(Changed):
    """Counts a message more than there is, so that the client has to search."""

    def status(self, mailbox):
        return super().status(mailbox).replace(b"MESSAGES %d " % len(mailbox.messages), b"MESSAGES %d " % (len(mailbox.messages) + 1))

    def examined(self, mailbox):
        return super().examined(mailbox).replace(b"* %d EXISTS" % len(mailbox.messages), b"* %d EXISTS" % (len(mailbox.messages) + 1))


@second_run(after=(0, 3))
class SearchShort(OneMore):
    """Finds half of what there is."""

    def found(self):
        return super().found()[::2]


@second_run(after=(0, 3))
class SearchNothing(OneMore):
    def do_UID_SEARCH(self, tag, rest):
        self.done(tag, b"SEARCH")


@second_run(after=(0, 3))
class SearchRefused(OneMore):
    def do_UID_SEARCH(self, tag, rest):
        self.send(tag + b" NO [SERVERBUG] not today\r\n")


@second_run(after=(0, 3))
class SearchInAnotherForm(OneMore):
    """SEARCH in answer to a request for ESEARCH."""
    do_UID_SEARCH = Imap.do_UID_SEARCH


@second_run(after=(0, 3))
class SearchOfEverything(OneMore):
    """Four billion messages."""

    def do_UID_SEARCH(self, tag, rest):
        self.send(b"* ESEARCH UID ALL 1:4294967295\r\n")
        self.done(tag, b"SEARCH")


@second_run(after=(1, 13), is_flood=True)
class SearchForEver(OneMore):
    def do_UID_SEARCH(self, tag, rest):
        while True:
            self.send((b"* ESEARCH UID ALL 1:6" + b",10,20,30" * 1000 + b"\r\n") * 100)


@second_run(after=(1, 13), is_flood=True)
class SearchOfOneLine(OneMore):
    """One response that never ends."""

    def do_UID_SEARCH(self, tag, rest):
        self.send(b"* SEARCH")
        while True:
            self.send(b" 1 2 3" * 100_000)


@second_run(after=(3,))
class ExamineEmpty(Changed):
    """STATUS tells of messages, EXAMINE of none."""

    def examined(self, mailbox):
        return super().examined(mailbox).replace(b"* %d EXISTS" % len(mailbox.messages), b"* 0 EXISTS")


@second_run(after=(0, 3))
class UidNextGoesBack(Changed):
    def status(self, mailbox):
        return re.sub(rb"UIDNEXT \d+", b"UIDNEXT 1", super().status(mailbox))

    def examined(self, mailbox):
        return re.sub(rb"UIDNEXT \d+", b"UIDNEXT 1", super().examined(mailbox))


@second_run()
class ModseqGoesBack(Modseq):
    modseq = b"3"


@second_run()
class ModseqNone(Modseq):
    """HIGHESTMODSEQ 0 in place of NOMODSEQ, and MODSEQ (-1) (Zoho)."""
    modseq = b"0"

    def fetched(self, number, message, items):
        return super().fetched(number, message, items)[:-3] + b" MODSEQ (-1))\r\n"


@second_run()
class ModseqBeyondNumbers(Modseq):
    modseq = b"99999999999999999999999999"


# --- fetching -----------------------------------------------------------------------------------------------------------

class Bodies(Imap):
    """For servers that go wrong at one message, UID 2 of INBOX."""

    def fetched(self, number, message, items):
        is_it = self.selected.raw == b"INBOX" and message.uid == 2 and BODY in items
        return self.wrong(number, message, items) if is_it else super().fetched(number, message, items)

    def honestly(self, number, message, items):
        return super().fetched(number, message, items)


MISSING = (("INBOX", 2),)


@scenario(codes=(3,), missing=MISSING)
class OkWithoutData(Bodies):
    """Gmail and Exchange, for a message they know of and cannot give."""

    def wrong(self, *_):
        return b""


@scenario(codes=(3,), says="UID 2 could not be fetched: the server sent a note in its place", missing=MISSING)
class BodyIsAnExcuse(Bodies):
    """Exchange, in place of a message that it cannot convert."""
    octets = (b'MIME-Version: 1.0\r\nContent-Type: text/plain; charset="us-ascii"\r\nFrom: Microsoft Exchange Server 2010\r\n'
              b"To: User <user@example.org>\r\nSubject: Retrieval using the IMAP4 protocol failed for the following\r\n message: 2\r\n"
              b"Content-Transfer-Encoding: quoted-printable\r\n\r\nThe server couldn't retrieve the following message:\r\n")

    def greet(self):
        self.send(b"* OK [CAPABILITY " + self.offered + b"] The Microsoft Exchange IMAP4 service is ready.\r\n")

    def wrong(self, number, message, items):
        return self.honestly(number, dataclasses.replace(message, octets=self.octets), items)


@scenario()
class ExcuseOfAnotherServer(Imap):
    """The same octets, copied to a server that sends none of its own: there they are the message."""
    mailboxes = staticmethod(lambda: [Mailbox(b"INBOX", [Message(1, text_message(1)), Message(2, BodyIsAnExcuse.octets)])])


@scenario(codes=(3,), missing=MISSING)
class BodyNil(Bodies):
    def wrong(self, number, message, items):
        return b"* %d FETCH (UID 2 FLAGS () BODY[] NIL)\r\n" % number


@scenario(codes=(3,), missing=MISSING)
class BodyWithoutValue(Bodies):
    """Yandex: the name of the item, and nothing behind it."""

    def wrong(self, number, message, items):
        return b"* %d FETCH (UID 2 FLAGS () BODY[] )\r\n" % number


@scenario(codes=(3,), missing=MISSING)
class BodyOfAnotherUid(Bodies):
    """Asked for one message, it gives the like of it under other numbers."""

    def wrong(self, number, message, items):
        own = self.honestly(number, message, items)
        return b"".join(own.replace(b"UID 2 ", b"UID %d " % uid).replace(b"* 2 ", b"* %d " % uid) for uid in (20, 900, 4294967295))


@scenario()
class SetsAscendOnly(Imap):
    """QQ and hMailServer refuse a set that is not in order, Yahoo a command of more than 1000 octets."""
    mailboxes = staticmethod(lambda: [Mailbox(b"INBOX", [Message(7 * number, text_message(number)) for number in range(1, 301)])])

    def do_UID_FETCH(self, tag, rest):
        numbers = [int(end) for end in rest.partition(b" ")[0].replace(b":", b",").split(b",") if end != b"*"]
        if numbers != sorted(numbers) or len(tag) + len(rest) > 980:
            self.send(tag + b" BAD invalid set\r\n")
        else:
            super().do_UID_FETCH(tag, rest)


@scenario()
class ByeAgainAndAgain(Imap):
    """Yandex says goodbye more than once."""

    def do_LOGOUT(self, tag, rest):
        self.send(b"* BYE see you\r\n" * 5)
        super().do_LOGOUT(tag, rest)


@scenario(codes=(3,), missing=MISSING)
class BodyLeftOut(Bodies):
    """All items but the one that matters."""

    def wrong(self, number, message, items):
        return self.honestly(number, message, items[:-1])


@scenario(codes=(3,), says="SERVERBUG", missing=MISSING)
class NoToOneMessage(Imap):
    """Yahoo answers NO for days, to whatever command asks for that message."""

    def do_UID_FETCH(self, tag, rest):
        numbers, _, items = rest.partition(b" ")
        if self.selected.raw == b"INBOX" and BODY in items and any(message.uid == 2 for _, message in self.asked(numbers)):
            self.send(tag + b" NO [SERVERBUG] Server error\x07 - Please try again later\r\n")
        else:
            super().do_UID_FETCH(tag, rest)


class CountsBad(Imap):
    """Dovecot hangs up at the twentieth command in a row that it calls bad: nobody should come so far."""
    bad = 0

    def send(self, octets):
        self.bad = self.bad + 1 if re.match(rb"\w+ BAD ", octets) else 0 if re.match(rb"\w+ OK ", octets) else self.bad
        super().send(octets)
        if self.bad == 20:
            self.server.errors.append("too many invalid commands")
            super().send(b"* BYE Too many invalid IMAP commands.\r\n")
            self.close()
            raise Gone


@scenario(codes=(3,), says="40 messages could not be fetched|UID 41 could not be fetched", missing=tuple(("INBOX", uid) for uid in range(2, 42)))
class BadToManyMessages(CountsBad):
    """One broken message beside the other, and each a bad command."""
    mailboxes = staticmethod(lambda: [Mailbox(b"INBOX", [Message(number, text_message(number)) for number in range(1, 61)])])

    def do_UID_FETCH(self, tag, rest):
        numbers, _, items = rest.partition(b" ")
        if BODY in items and any(2 <= message.uid < 42 for _, message in self.asked(numbers)):
            self.send(tag + b" BAD internal error\r\n")
        else:
            super().do_UID_FETCH(tag, rest)


@scenario()
class BadToEveryStatus(CountsBad):
    """A proxy that does not know STATUS."""
    mailboxes = staticmethod(lambda: mailboxes_named(*((b"box %d" % number, "box %d" % number) for number in range(60))))

    def do_STATUS(self, tag, rest):
        self.send(tag + b" BAD unknown command\r\n")


@scenario(codes=(3,), says="EXAMINE was refused", missing=tuple((f"box {number}", None) for number in range(60)))
class BadToEveryMailbox(CountsBad):
    """INBOX is all that can be opened."""
    mailboxes = staticmethod(BadToEveryStatus.mailboxes)

    def answer(self, tag, name, rest):
        if b"box " in rest:
            self.send(tag + b" BAD unknown mailbox\r\n")
        else:
            super().answer(tag, name, rest)


@scenario(codes=(13,), says="throttled.* try again in 5 minutes", arguments=("--timeout", "20", "--deadline", "30"))
class Throttled(Imap):
    """Exchange, to every FETCH of a body."""
    pause = b"299961"

    def do_UID_FETCH(self, tag, rest):
        if BODY in rest and self.is_throttled():
            self.send(tag + b" BAD Request is throttled. Suggested Backoff Time: %s milliseconds\r\n" % self.pause)
        else:
            super().do_UID_FETCH(tag, rest)

    def is_throttled(self):
        return True


@scenario(codes=(13,), says="3 waits were not enough: try again in 1 s")
class ThrottledShortly(Throttled):
    """Each time only for a moment."""
    pause = b"20"


@scenario(says="waiting 1 s")
class ThrottledAtFirst(Throttled):
    """Refuses what comes at once, and a little later gives it."""
    pause = b"20"

    def is_throttled(self):
        self.server.shared["refused"] = self.server.shared.get("refused", 0) + 1
        return self.server.shared["refused"] <= 2


@scenario(codes=(13,), says="try again in 71583 minutes", arguments=("--timeout", "20", "--deadline", "30"))
class ThrottledForYears(Throttled):
    pause = b"429496729600000"


@scenario(codes=(13,), says="waits were not enough|does not suffice", arguments=("--timeout", "20", "--deadline", "30"))
class ThrottledEverywhere(Imap):
    """Nothing but the log-in is served."""

    def answer(self, tag, name, rest):
        if name in ("LIST", "STATUS", "EXAMINE", "UID_FETCH"):
            self.send(tag + b" NO [THROTTLED] slowly\r\n")
        else:
            super().answer(tag, name, rest)


@scenario(codes=(3,), says="UNAVAILABLE", missing=MISSING)
class BusyAtOneMessage(Imap):
    """Yahoo, for days: whoever waited for that one each time would never come to the others."""

    def do_UID_FETCH(self, tag, rest):
        numbers, _, items = rest.partition(b" ")
        if self.selected.raw == b"INBOX" and BODY in items and any(message.uid == 2 for _, message in self.asked(numbers)):
            self.send(tag + b" NO [UNAVAILABLE] UID FETCH Server error - Please try again later\r\n")
        else:
            super().do_UID_FETCH(tag, rest)


@scenario(says="waiting 5 s")
class BusyAtFirst(Imap):
    """Whatever comes early is refused for a moment, without a word on how long."""

    def answer(self, tag, name, rest):
        refused = self.server.shared.setdefault("refused", set())
        if name in ("LIST", "EXAMINE") and (name, rest) not in refused:
            refused.add((name, rest))
            self.send(tag + b" NO [INUSE] in a moment\r\n")
        else:
            super().answer(tag, name, rest)


class MessageLimited(Imap):
    """One command touches two messages at most, the latest (RFC 9738)."""
    capabilities = Imap.capabilities + b" MESSAGELIMIT=2"

    def do_UID_FETCH(self, tag, rest):
        numbers, _, items = rest.partition(b" ")
        asked = self.asked(numbers)
        for number, message in asked[-2:]:
            self.send(self.fetched(number, message, items.strip(b"()").split()))
        self.done(tag, b"FETCH", b"[MESSAGELIMIT 2 %d] " % asked[-2][1].uid if len(asked) > 2 else b"")


@scenario()
class MessageLimit(MessageLimited):
    pass


@scenario()
class MessageLimitUnannounced(MessageLimited):
    capabilities = Imap.capabilities


@scenario(codes=(0, 3), missing=ALL)
class MessageLimitLies(Imap):
    """Says each time that there is more, and where it says so is no rest."""

    def done(self, tag, name, code=b""):
        super().done(tag, name, b"[MESSAGELIMIT 1 4294967295] " if name in (b"FETCH", b"SEARCH") else code)


@scenario(codes=(3,), says="fewer than 50000 a second", missing=MISSING, arguments=("--timeout", "2", "--min-rate", "50000"))
class BodySlowerThanWanted(Bodies):
    """2,000 octets a second: faster than a modem, too slow for who said what is wanted."""
    mailboxes = staticmethod(lambda: [Mailbox(b"INBOX", [Message(1, text_message(1)), Message(2, text_message(2, b"0123456789\r\n" * 4000))])])

    def wrong(self, number, message, items):
        self.drip(self.honestly(number, message, items), 0.1, 200)
        return b""


@scenario()
class ThrottledWhenPipelined(Imap):
    """BAD to a command that comes before the last one was answered; a single one is served."""

    def do_UID_FETCH(self, tag, rest):
        if BODY in rest and b"\n" in self._received:
            self.send(tag + b" BAD one at a time\r\n")
        else:
            super().do_UID_FETCH(tag, rest)


@scenario()
class EmptyMessage(Imap):
    """{0}: an out-of-bounds read elsewhere (CVE-2017-1000257)."""
    mailboxes = staticmethod(lambda: [Mailbox(b"INBOX", [Message(1, b""), Message(2, b"\r\n"), Message(3, text_message(3))])])


@scenario()
class BodyQuoted(Imap):
    """Small messages as quoted strings, which the grammar allows."""
    mailboxes = staticmethod(lambda: [Mailbox(b"INBOX", [Message(1, b"no line end \"and\" quotes \\ here"), Message(2, b"")])])

    def body(self, message):
        return quoted(message.octets)


@scenario()
class BodyLiteral8(Imap):
    def body(self, message):
        return b"~" + super().body(message)


@scenario()
class ItemsInAnyOrder(Imap):
    """The body first, what it belongs to last."""

    def fetched(self, number, message, items):
        return super().fetched(number, message, items[::-1])


@scenario()
class ItemsSplit(Imap):
    """Each item in a response of its own, other responses in between."""

    def fetched(self, number, message, items):
        return b"".join(b"* %d FETCH (UID %d %s)\r\n* %d EXISTS\r\n* OK [ALERT] \x1b[7mstill here\r\n" % (
            number, message.uid, self.item(message, item), len(self.selected.messages)) for item in items if item != b"UID")


@scenario()
class ItemsThatNobodyAskedFor(Imap):
    """Flags of other messages, vanished ones, envelopes, extra parentheses, another UID."""

    def fetched(self, number, message, items):
        return (b"* 1 FETCH (FLAGS (\\Flagged))\r\n* VANISHED (EARLIER) 300:310\r\n* 999 FETCH (UID 4000000000 FLAGS ())\r\n"
                b"* 0 FETCH (FLAGS ())\r\n* 99999999999 FETCH (UID 0 FLAGS ())\r\n"
                b'* %d FETCH (MODSEQ (-1) ENVELOPE ("x" NIL (("a" NIL "b" "c")) {3}\r\n)\r\n) BODYSTRUCTURE (("TEXT" "PLAIN")(((())))))\r\n'
                % number + super().fetched(number, message, items).replace(b"FETCH (UID", b"fetch ((Uid", 1)[:-3] + b"))\r\n")


@scenario()
class BodiesThatNobodyAskedFor(Imap):
    """Messages pushed at the client for UIDs that it did not ask for, or has: none may be stored."""

    def fetched(self, number, message, items):
        forged = text_message(666, b"I was never in this mailbox.\r\n")
        pushed = b"".join(b"* %d FETCH (UID %d FLAGS () INTERNALDATE \"01-Jan-2020 00:00:00 +0000\" BODY[] {%d}\r\n%s)\r\n" % (
            n, uid, len(forged), forged) for n, uid in ((700, 700), (701, 4294967295), (702, 0)))
        again = b"* %d FETCH (UID %d FLAGS () BODY[] {%d}\r\n%s)\r\n" % (number, message.uid, len(forged), forged)
        own = super().fetched(number, message, items)
        return pushed + own + again if BODY in items else pushed + own


@scenario()
class TwoBodies(Bodies):
    """Two messages in one response: the first is the message."""

    def wrong(self, number, message, items):
        forged = text_message(667)
        return self.honestly(number, message, items)[:-3] + b" BODY[] {%d}\r\n%s)\r\n" % (len(forged), forged)


@scenario()
class ListsMoreThanAsked(Imap):
    """`n:*` brings the last message, UIDs twice, 0, and beyond 32 bits."""

    def fetched(self, number, message, items):
        own = super().fetched(number, message, items)
        return own if BODY in items else (
            own + own + b"* %d FETCH (UID 0 RFC822.SIZE 1)\r\n* 9 FETCH (UID 4294967296 RFC822.SIZE 1)\r\n* 8 FETCH (UID -5)\r\n" % number)


@scenario()
class SizesLie(Imap):
    """RFC822.SIZE says anything (Exchange, hMailServer)."""

    def size(self, message):
        return (0, 1, 4294967295, 18446744073709551615, 99999999999999999999999, 3)[message.uid % 6]


@scenario()
class LinesEndInLf(Imap):
    """No CR anywhere but in messages."""

    def send(self, octets):
        if b"BODY[]" not in octets:
            octets = octets.replace(b"\r\n", b"\n")
        super().send(octets)


@scenario()
class BodyThatEndsTheCommand(Bodies):
    """A message with the client's own tag in it, as one has it who sees the line before (libcurl's URL interface ends there)."""

    def wrong(self, number, message, items):
        if self.tag not in message.octets:
            message.octets = text_message(2, b"look:\r\n)\r\n" + self.tag + b" OK FETCH completed\r\n* BYE\r\nand on it goes\r\n")
        return self.honestly(number, message, items)


@scenario()
class AnswersOutOfOrder(Imap):
    """Holds every second answer back behind the next command's."""

    def do_UID_FETCH(self, tag, rest):
        more = re.search(rb"UID FETCH .*\r\n", self._received)
        if BODY in rest and more:
            next_tag, command = self.read_command()
            super().do_UID_FETCH(next_tag, command.partition(b"FETCH ")[2])
        super().do_UID_FETCH(tag, rest)


@scenario(codes=(0, 3), missing=(("INBOX", None), ("Archive/2024", None)))
class OkBeforeData(Imap):
    """The command is said to be done before its data comes."""

    def do_UID_FETCH(self, tag, rest):
        if BODY not in rest:
            super().do_UID_FETCH(tag, rest)
            return
        numbers, _, items = rest.partition(b" ")
        self.done(tag, b"FETCH")
        for number, message in self.asked(numbers):
            self.send(self.fetched(number, message, items.strip(b"()").split()))


@scenario()
class OtherTags(Imap):
    """Ends commands that nobody sent, before ending the one that was."""

    def done(self, tag, name, code=b""):
        self.send(b"A1 OK not yours\r\n9999 NO neither\r\n" + tag + b"x BAD nor this\r\nx" + tag + b" OK nor this\r\n")
        super().done(tag, name, code)


class Short(Bodies):
    by = 2

    def wrong(self, number, message, items):
        return self.honestly(number, message, items).replace(
            b"{%d}" % len(message.octets), b"{%d}" % (len(message.octets) - self.by))


@scenario()
class LiteralShortByTwo(Short):
    """Domino: the message's last line end comes behind the literal. What was announced is what is stored."""

    @staticmethod
    def truth(octets):
        return octets[:-2] if octets == OCTETS[1] else octets


@scenario(codes=(3, 13), missing=MISSING)
class LiteralShort(Short):
    """30 octets too few: the rest of the message stands where the answer goes on."""
    by = 30


@scenario(codes=(0, 3, 13), missing=(("INBOX", None),))
class LiteralShortInsideParentheses(Short):
    """The rest looks like an answer: `)`, line end, a tagged line, BYE. Nobody can tell; what was announced is stored, and
    the journal keeps the other size that RFC822.SIZE told."""
    by = len(OCTETS[1]) - OCTETS[1].index(b")\r\nA1")

    @staticmethod
    def truth(octets):
        return octets[:octets.index(b")\r\nA1")] if octets == OCTETS[1] else octets


@scenario(codes=(3, 13), missing=(("INBOX", None), ("Archive/2024", None)))
class LiteralLong(Short):
    """Three octets too many: `)`, CR, LF of the answer would be mail."""
    by = -3


@scenario(codes=(3, 13), missing=(("INBOX", None), ("Archive/2024", None)), arguments=QUICK)
class LiteralMuchTooLong(Short):
    """It swallows the answers that follow, and more than ever comes."""
    by = -1_000_000


@scenario(codes=(3,), missing=MISSING, arguments=QUICK)
class LiteralOfGigabytes(Bodies):
    """Announces 3 GiB, sends a little of it and falls silent."""

    def wrong(self, number, message, items):
        self.send(b"* %d FETCH (UID 2 FLAGS () BODY[] {3221225472}\r\n" % number + message.octets)
        self.silence()


@scenario(codes=(1, 13))
class LiteralBeyondNumbers(Bodies):
    def wrong(self, number, message, items):
        return b"* %d FETCH (UID 2 BODY[] {18446744073709551620}\r\n" % number + message.octets + b")\r\n"


@scenario(codes=(1, 3, 13), missing=MISSING)
class LiteralNegative(Bodies):
    def wrong(self, number, message, items):
        return b"* %d FETCH (UID 2 BODY[] {-5}\r\n" % number + message.octets + b")\r\n"


@scenario(codes=(3, 13), missing=MISSING)
class BodyQuotedWithoutEnd(Bodies):
    def wrong(self, number, message, items):
        return b'* %d FETCH (UID 2 FLAGS () BODY[] "Subject: x\r\n' % number


class OnceOnly(Bodies):
    """Goes wrong at UID 2 in the first session; the next finds the server well."""

    def wrong(self, number, message, items):
        if self.server.shared.setdefault("broken", self.number) != self.number:
            return self.honestly(number, message, items)
        return self.fail(self.honestly(number, message, items))


@scenario()
class ConnectionLost(OnceOnly):
    """In the middle of a message."""

    def fail(self, answer):
        self.send(answer[:len(answer) // 2])
        self.drop()


@scenario()
class ConnectionLostAtLineEnd(OnceOnly):
    """Right behind the message, before the answer ends."""

    def fail(self, answer):
        self.send(answer[:-3])
        self.drop()


@scenario()
class ByeInTheMiddle(OnceOnly):
    def fail(self, answer):
        self.send(b"* BYE Logged out for inactivity\x1b[0m\r\n")
        self.close()
        return b""


@scenario(codes=(3,), missing=MISSING)
class DisconnectsAtOneMessage(Bodies):
    """Dovecot's default for a damaged message: the connection ends there, each time."""

    def wrong(self, number, message, items):
        self.drop()


@scenario(codes=(3,), missing=MISSING, arguments=QUICK)
class SilentInTheMiddle(Bodies):
    def wrong(self, number, message, items):
        self.send(self.honestly(number, message, items)[:200])
        self.silence()


@scenario(codes=(3,), missing=MISSING, arguments=QUICK)
class BodyDrips(Bodies):
    """One octet at a time: no single wait is long (mbsync and getmail never end)."""

    def wrong(self, number, message, items):
        self.drip(self.honestly(number, message, items), 0.2)


@scenario(codes=(3,), missing=MISSING, arguments=QUICK)
class ChattersAndNeverAnswers(Bodies):
    def wrong(self, number, message, items):
        for _ in range(1000):
            self.send(b"* OK still here\r\n* 6 EXISTS\r\n")
            time.sleep(0.1)


class ForEver(Bodies):
    """Says the same over and over, so fast that there is never a wait."""
    says_again = b"* OK still here" + b", and here" * 100 + b"\r\n"

    def wrong(self, number, message, items):
        while True:
            self.send(self.says_again * 1000)


@scenario(codes=(1, 13), is_flood=True)
class ChattersFast(ForEver):
    pass


@scenario(codes=(1, 13), is_flood=True)
class FlagsForEver(ForEver):
    """Chatter that looks like work."""
    says_again = b"* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n* 2 FETCH (UID 2 FLAGS (\\Seen " + b"x" * 1000 + b"))\r\n"


@scenario(codes=(3,), missing=MISSING, arguments=QUICK)
class FlagsForEverSlowly(Bodies):
    def wrong(self, number, message, items):
        while True:
            self.send(FlagsForEver.says_again)
            time.sleep(0.05)


@scenario(codes=(1, 13), is_flood=True)
class FlagsOfStrangers(Bodies):
    """Of ever other messages, for the client to remember."""

    def wrong(self, number, message, items):
        for first in range(1000, 1 << 32, 1000):
            self.send(b"".join(b"* %d FETCH (UID %d FLAGS ())\r\n" % (one, one) for one in range(first, first + 1000))
                      + b"* OK" + b" and" * 20_000 + b"\r\n")


@scenario(codes=(1, 13))
class BodiesOfStrangers(ForEver):
    """Messages without end that nobody asked for; some tell their UID behind the body."""
    says_again = (b"* 900 FETCH (UID 900 BODY[] {1000}\r\n" + b"x" * 1000 + b")\r\n"
                  b"* 901 FETCH (BODY[] {1000}\r\n" + b"y" * 1000 + b" UID 901 FLAGS ())\r\n")


@scenario(codes=(1, 13), is_flood=True)
class AnswersForEver(Imap):
    """The same tagged answer again and again."""

    def done(self, tag, name, code=b""):
        super().done(tag, name, code)
        if name == b"EXAMINE":
            while True:
                self.send((tag + b" OK again" + b", and again" * 100 + b"\r\n") * 1000)


@scenario(codes=(1, 13), is_flood=True)
class StatusForEver(Imap):
    def status(self, mailbox):
        while True:
            self.send(super().status(mailbox) * 100 + (b'* STATUS "' + b"x" * 1000 + b'" (MESSAGES 1)\r\n') * 1000)


@scenario(codes=(1, 13), seconds=300, is_flood=True)
class ListsForEver(Imap):
    """A mailbox of more messages than there are numbers, all of them the same."""

    def do_UID_FETCH(self, tag, rest):
        while True:
            self.send(b"* 1 FETCH (UID 1 RFC822.SIZE 100)\r\n" * 1000)


@scenario(codes=(0, 1, 13))
class CapabilitiesOfOneLetter(Imap):
    """20 MB of them behind the log-in, where no greeting limits them; and attributes of one mailbox alike."""

    def do_CAPABILITY(self, tag, rest):
        if self.is_encrypted and self.server.commands[0][0] != tag:
            self.send(b"* CAPABILITY " + b"A " * 10_000_000 + self.offered + b"\r\n")
            self.done(tag, b"CAPABILITY")
        else:
            super().do_CAPABILITY(tag, rest)

    def listed(self, mailbox):
        return super().listed(mailbox).replace(b"(", b"(" + b"\\A " * 3_000_000)


@scenario(is_flood=True)
class SearchBackwards(Imap):
    """A SEARCH that nobody asked for, each number below the last with a gap."""

    def do_EXAMINE(self, tag, rest):
        numbers = b" ".join(b"%d" % number for number in range(400_000, 2, -2))
        self.send(b"* SEARCH " + numbers + b"\r\n* ESEARCH UID ALL " + numbers.replace(b" ", b",")[:60_000] + b"\r\n")
        super().do_EXAMINE(tag, rest)


@scenario(codes=(3, 13), missing=MISSING, arguments=("--timeout", "2"))
class LiteralShortOnSlowLine(Short):
    """What must be discarded behind it takes longer than a server may be silent."""
    by = 30

    def send(self, octets):
        for start in range(0, len(octets), 4000):
            super().send(octets[start:start + 4000])
            if len(octets) > 4000:
                time.sleep(0.1)

    @staticmethod
    def mailboxes():
        return [Mailbox(b"INBOX", [Message(1, text_message(1)), Message(2, text_message(2, b"0123456789abcdef\r\n" * 30_000))])]


@scenario(codes=(1, 3), missing=MISSING, arguments=("--timeout", "20", "--max-message-size", "200000"))
class RefusedBodyWithoutEnd(Bodies):
    """Announced small, sent with 2^60 octets, of which the client wants none."""

    def wrong(self, number, message, items):
        self.send(b"* %d FETCH (UID 2 FLAGS () BODY[] {1152921504606846976}\r\n" % number)
        while True:
            self.send(b"x" * 1_000_000)


@scenario(codes=(1, 13), seconds=300, is_flood=True)
class NamesOfManyLevels(Imap):
    def do_LIST(self, tag, rest):
        for number in range(2000):
            name = b"%04d" % number + b"/a" * 32_000
            self.send(b'* LIST () "/" {%d}\r\n%s\r\n' % (len(name), name))
        self.done(tag, b"LIST")


@scenario(seconds=300, arguments=("--timeout", "60"), is_flood=True)
class ManyMailboxes(Imap):
    """A hundred thousand, all there and empty."""
    name_prefixes = (b"folder/",)
    mailboxes = staticmethod(lambda: [Mailbox(b"INBOX", [Message(1, text_message(1))])])

    def do_LIST(self, tag, rest):
        for first in range(0, 100_000, 10_000):
            self.send(b"".join(b'* LIST () "/" "folder/%d"\r\n' % number for number in range(first, first + 10_000)))
        super().do_LIST(tag, rest)

    def do_STATUS(self, tag, rest):
        raw, _ = take_astring(rest)
        if raw.startswith(b"folder/"):
            self.send(b'* STATUS "%s" (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 5)\r\n%s OK\r\n' % (raw, tag))
        else:
            super().do_STATUS(tag, rest)

    def mailbox(self, raw):
        return super().mailbox(raw) or (Mailbox(raw, []) if raw.startswith(b"folder/") else None)


@scenario(codes=(1, 13), seconds=300, is_flood=True)
class ResyncNever(Short):
    """A literal too short, and then anything but the answer that would tell where one is."""
    by = 30

    def wrong(self, number, message, items):
        self.send(super().wrong(number, message, items))
        while True:
            self.send(b"anything at all\r\n" * 1000)


@scenario(codes=(1, 3, 13), missing=MISSING)
class ParenthesesWithoutEnd(Bodies):
    def wrong(self, number, message, items):
        return b"* %d FETCH (UID 2 BODYSTRUCTURE %s)\r\n" % (number, b"(" * 1_000_000)


@scenario()
class ParenthesesSixtyDeep(Bodies):
    def wrong(self, number, message, items):
        return b"* %d FETCH (UID 2 BODYSTRUCTURE %s%s)\r\n" % (number, b"(" * 60, b")" * 60) + self.honestly(number, message, items)


@scenario(codes=(1, 3, 13), missing=MISSING)
class LineWithoutEnd(Bodies):
    """100 MB of one untagged line."""

    def wrong(self, number, message, items):
        for _ in range(100):
            self.send(b"* X-NOISE " + b"x" * 1_000_000)
        return b"\r\n"


@scenario(codes=(0, 1, 3, 13), missing=MISSING)
class FlagsWithoutEnd(Bodies):
    def wrong(self, number, message, items):
        flags = b" ".join(b"flag%d" % number for number in range(200_000))
        return self.honestly(number, message, items).replace(b"FLAGS (\\Seen)", b"FLAGS (" + flags + b")")


@scenario(codes=(1, 3, 13), missing=ALL, arguments=QUICK)
class FactsOfMessagesThatDoNotCome(Imap):
    """Flags and labels of one letter, which take 32 octets in memory, for each of the 800 messages asked for."""

    capabilities = Imap.capabilities + b" X-GM-EXT-1"
    many = b" ".join([b"a"] * 10_000)

    @staticmethod
    def mailboxes():
        return [Mailbox(b"INBOX", [Message(uid, text_message(uid)) for uid in range(1, 801)]), Mailbox(b"Archive/2024", [])]

    def extra_item(self, message, name):
        return b"(" + self.many + b")" if name == b"X-GM-LABELS" else b"%d" % message.uid

    def do_UID_FETCH(self, tag, rest):
        numbers, _, items = rest.partition(b" ")
        if BODY not in items:
            return super().do_UID_FETCH(tag, rest)
        for number, message in self.asked(numbers):
            self.send(b"* %d FETCH (UID %d FLAGS (%s) X-GM-LABELS (%s))\r\n" % (number, message.uid, self.many, self.many))


@scenario()
class FlagsOddly(Bodies):
    """NIL, brackets, quotes, escapes, all system flags at once."""

    def wrong(self, number, message, items):
        return self.honestly(number, message, items).replace(
            b"FLAGS (\\Seen)", b'FLAGS (NIL \\Seen \\Seen \\DRAFT \\* $Junk [x] "quoted \x1b[0m" \\ \xff\xfe a,b:c/../d \\Recent)')


@scenario()
class DatesOddly(Imap):
    """INTERNALDATEs that are none."""

    def item(self, message, item):
        own = super().item(message, item)
        odd = (b"NIL", b'""', b'"yesterday"', b'"99-Feb-2024 99:99:99 +9999"', b'"05-Mar-2024\x1b[2J 10:00:02 +0000"',
               b'"' + b"9" * 5000 + b'"')[message.uid % 6]
        return b"INTERNALDATE " + odd if item == b"INTERNALDATE" else own


@scenario(codes=(0, 3), missing=(("INBOX", 2), ("INBOX", 3)))
class ExpungedMeanwhile(Imap):
    """Another client deletes messages between their being listed and their being fetched."""

    def do_UID_FETCH(self, tag, rest):
        if BODY in rest and self.selected.raw == b"INBOX" and len(self.selected.messages) == 6:
            del self.selected.messages[1:3]
            self.send(b"* 2 EXPUNGE\r\n* 2 EXPUNGE\r\n* 4 EXISTS\r\n")
        super().do_UID_FETCH(tag, rest)


@scenario(arguments=QUICK)
class LogoutNever(Imap):
    """All is there, and the goodbye never comes."""

    def do_LOGOUT(self, tag, rest):
        self.silence()


@scenario(codes=(3,), says="in use", missing=(("INBOX", None), ("Archive/2024", None)))
class NoToEverything(Imap):
    """Log-in works, then every command is refused."""

    def answer(self, tag, name, rest):
        if name in ("STATUS", "EXAMINE", "UID_FETCH"):
            self.send(tag + b" NO [INUSE] mailbox is in use\r\n")
        else:
            super().answer(tag, name, rest)


@scenario(codes=(1, 13))
class StatusWordUnknown(Imap):
    """A tagged line with neither OK, NO nor BAD."""

    def do_STATUS(self, tag, rest):
        self.send(tag + b" MAYBE \x1b[2J\r\n")


@scenario(codes=(3, 13), missing=(("x\r\ny", None),))
class LiteralRefused(Imap):
    """Asked whether it would take a literal, it says NO."""
    capabilities = b"IMAP4rev1 AUTH=PLAIN"
    mailboxes = staticmethod(lambda: mailboxes_named((b"x\r\ny", "x\r\ny")))

    def do_STATUS(self, tag, rest):
        super().do_STATUS(tag, rest)

    def read_command(self):
        line = self.read_line()
        tag, _, command = line.partition(b" ")
        if command.endswith(b"}") and self.server.session_class is type(self):
            self.send(tag + b" NO no literals here\r\n")
            return self.read_command()
        self._received = line + b"\r\n" + self._received
        return super().read_command()


class Verbose(Imap):
    """Says a lot about each message that it lists."""

    def item(self, message, item):
        return super().item(message, item) + (b' X-PAD "' + b"x" * 30_000 + b'"' if item == b"RFC822.SIZE" else b"")


@scenario(codes=(3,), missing=(("INBOX", None),), is_flood=True)
class HolesAllOver(Imap):
    """Every third message cannot be had. Once it can, the listing goes from end to end over all that is held, 120 MB of it."""
    well = Verbose
    mailboxes = staticmethod(lambda: [Mailbox(b"INBOX", [Message(2 * number, text_message(number)) for number in range(1, 4001)])])

    def fetched(self, number, message, items):
        return b"" if BODY in items and number % 3 == 0 else super().fetched(number, message, items)


@scenario(is_flood=True)
class ManyMessages(Imap):
    """Three thousand, so that windows and batches are many; UIDs with gaps."""
    mailboxes = staticmethod(lambda: [Mailbox(b"INBOX", [Message(3 * number, text_message(number)) for number in range(1, 3001)])])
