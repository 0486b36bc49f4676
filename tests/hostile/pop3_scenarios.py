"""POP3 servers that are broken, overloaded or hostile, each a few lines away from the honest one.

The class says what the server does, its docstring whom it imitates, and `@scenario` what must become of a run against it.
What no `@scenario` says: exit code 0, everything stored, and once the server is honest again, a second run that completes.
"""
import base64
import re
import time

from imap_server import OCTETS, Mailbox, Message, text_message
from line_server import Gone, ScramServer
from pop3_server import Pop3
from scenario import BY_TOKEN, HURRIED, QUICK, scenario

ALL = (("INBOX", None),)
MISSING = (("INBOX", 2),)
APOP = ("--auth", "APOP", "--timeout", "20")
SMALL_ONLY = ("--timeout", "20", "--max-message-size", "200000")
DELETING = ("--timeout", "20", "--delete-after", "0")


def messages(*octets):
    return [Mailbox(b"INBOX", [Message(number, one) for number, one in enumerate(octets, 1)])]


def second_run(first=Pop3, **expectation):
    """A scenario whose first run is at another server: `after` are the codes of the second."""
    def register(liar):
        kept = {"__doc__": liar.__doc__, "well": liar, "mailboxes": staticmethod(liar.mailboxes), "names_messages": liar.names_messages}
        return scenario(**expectation)(type(liar.__name__, (first,), kept))
    return register


def without(*capabilities):
    return tuple(one for one in Pop3.capabilities if one.partition(b" ")[0] not in capabilities)


class Frugal(Pop3):
    """Takes notice of commands that nothing here calls for."""

    def do_RETR(self, rest):
        self.server.errors.append(f"RETR {rest}: all is held")
        super().do_RETR(rest)


# --- connecting ---------------------------------------------------------------------------------------------------------

@scenario()
class Honest(Pop3):
    """Nothing is wrong: what all others are compared with."""
    well = Frugal
    retrieves = False  # since the last RSET

    def do_TOP(self, rest):
        self.server.errors.append(f"TOP {rest}: every message has a UIDL of its own")
        super().do_TOP(rest)

    def do_RETR(self, rest):
        self.retrieves = True
        super().do_RETR(rest)

    def do_RSET(self, rest):
        self.retrieves = False
        super().do_RSET(rest)

    def do_QUIT(self, rest):
        if self.retrieves:
            self.server.errors.append("QUIT without RSET: what was fetched is marked as read")
        super().do_QUIT(rest)


@scenario()
class ByteByByte(Pop3):
    """Every read of the client ends somewhere else."""

    def send(self, octets):
        if len(octets) > 2000:
            for start in range(0, len(octets), 1009):
                super().send(octets[start:start + 1009])
        else:
            for start in range(len(octets)):
                super().send(octets[start:start + 1])


@scenario()
class LinesEndInLf(Pop3):
    """No CR anywhere but in messages."""

    def send(self, octets):
        if b"message follows" not in octets:
            octets = octets.replace(b"\r\n", b"\n")
        super().send(octets.replace(b"message follows\r\n", b"message follows\n"))


@scenario()
class LowerCase(Pop3):
    """`+ok`, blanks behind, and no words at all."""

    def ok(self, text=b""):
        self.send(b"+ok\r\n" if not text.startswith(b"<") else b"+ok " + text + b" \r\n")

    def multi_line(self, text, lines):
        self.send(b"+ok \r\n" + b"".join(line + b"\r\n" for line in lines) + b".\r\n")

    def send(self, octets):
        super().send(re.sub(rb"\A\+OK[^\r]*", b"+Ok", octets))


@scenario(codes=(3,), says=r"\\x1b", missing=MISSING)
class Escapes(Pop3):
    """Terminal escapes in every word of the server."""
    capabilities = (*Pop3.capabilities, b"IMPLEMENTATION \x1b]0;owned\x07", b"\x1b[2J")
    words = b" \x1b[2J\x1b]0;owned\x07 \xc2\x9b31m\xe2\x80\xaegnp.exe \xff"

    def send(self, octets):
        super().send(re.sub(rb"\A(\+OK|-ERR)([^\r]*)", lambda match: match[1] + self.words + match[2], octets))

    def do_RETR(self, rest):
        if rest == b"2":
            self.send(b"-ERR not this one\r\n")
        else:
            super().do_RETR(rest)


@scenario(codes=(13,), says="come back tomorrow", logs_in=False)
class GreetingRefused(Pop3):
    """Maintenance."""

    def greet(self):
        self.send(b"-ERR come back tomorrow\x1b[2J\r\n")
        self.close()
        raise Gone


class GreetingOnce(Pop3):
    """Refuses the first connection, and the one that is made to read the whole refusal; the next is welcome."""
    words = b""

    def greet(self):
        if self.number > 2:
            return super().greet()
        self.send(b"-ERR " + self.words + b"\r\n")
        self.close()
        raise Gone


@scenario(says="waiting 5 s")
class GreetingBusyOnce(GreetingOnce):
    words = b"[SYS/TEMP] too many connections"


@scenario(says="waiting 5 s")
class GreetingInUseOnce(GreetingOnce):
    words = b"[IN-USE] maildrop is open elsewhere"


@scenario(codes=(13,), says="no room.* try again", logs_in=False, arguments=HURRIED)
class GreetingBusy(Pop3):
    def greet(self):
        self.send(b"-ERR [SYS/TEMP] no room\r\n")
        self.close()
        raise Gone


@scenario(codes=(1, 13), says="broken for good", logs_in=False)
class GreetingBroken(Pop3):
    def greet(self):
        self.send(b"-ERR [SYS/PERM] broken for good\r\n")
        self.close()
        raise Gone


@scenario(codes=(13,), logs_in=False, arguments=QUICK)
class GreetingNever(Pop3):
    """Takes the connection and says nothing."""

    def greet(self):
        self.silence()


@scenario(codes=(13,), logs_in=False, arguments=QUICK)
class GreetingDrips(Pop3):
    """One octet now and then, so that no wait is ever long."""

    def greet(self):
        self.drip(b"+OK " + b"welcome " * 1000, 0.2)


@scenario(codes=(1,), logs_in=False)
class GreetingWithoutEnd(Pop3):
    """A line that never ends."""

    def greet(self):
        for _ in range(1000):
            self.send(b"+OK " + b"x" * 100_000)
        self.silence()


class GreetingOfAnother(Pop3):
    """Waits for what the client says to it."""
    greeting = b""

    def greet(self):
        self.send(self.greeting)
        self.silence()


@scenario(codes=(1,), says="POP3", logs_in=False, arguments=QUICK)
class GreetingOfImap(GreetingOfAnother):
    """The wrong port."""
    greeting = b"* OK [CAPABILITY IMAP4rev1] ready\r\n"


@scenario(codes=(1,), says="POP3", logs_in=False, arguments=QUICK)
class GreetingOfSmtp(GreetingOfAnother):
    greeting = b"220 mx.example.org ESMTP\r\n"


@scenario(codes=(1, 13), logs_in=False)
class GreetingOfHttp(GreetingOfAnother):
    greeting = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"

    def silence(self):
        self.close()
        raise Gone


@scenario(codes=(1, 13), logs_in=False)
class GreetingOfOctets(GreetingOfHttp):
    """Noise in place of a greeting."""
    greeting = bytes(range(256)) * 16 + b"\r\n"


@scenario(codes=(0, 1, 13))
class GreetingTwice(Pop3):
    """One line more than it should, so that every answer is the one before."""

    def greet(self):
        self.send(b"+OK wait\r\n")
        super().greet()


@scenario(codes=(13,), logs_in=False)
class NoTls(Pop3):
    """Speaks in clear on the port of TLS."""

    def start_tls(self):
        self.greet()
        self.silence()


@scenario(codes=(13,), says="--pin", logs_in=False, after=(13,))
class CertificateOfAnother(Pop3):
    certificate = "wrong-name"


@scenario(codes=(13,), says="expired", logs_in=False, after=(13,))
class CertificateExpired(Pop3):
    certificate = "expired"


# --- STLS ---------------------------------------------------------------------------------------------------------------

class InClear(Pop3):
    tls = "starttls"


@scenario()
class Stls(InClear):
    """Nothing is wrong."""


@scenario(codes=(13,), says="TLS", logs_in=False)
class StlsStripped(InClear):
    """Somebody in the middle has removed STLS from the capabilities."""
    offered = Pop3.capabilities

    def do_STLS(self, rest):
        self.send(b"-ERR what?\r\n")


@scenario(codes=(13,), logs_in=False)
class StlsRefused(InClear):
    def do_STLS(self, rest):
        self.send(b"-ERR not today\r\n")


@scenario(codes=(13,), logs_in=False)
class StlsWithMore(InClear):
    """Answers behind the one to STLS, in clear, for the client to believe inside TLS (NO STARTTLS, 2021)."""

    def do_STLS(self, rest):
        self.send(b"+OK begin\r\n+OK capabilities\r\nSASL LOGIN\r\n.\r\n")
        self.start_tls()


@scenario(codes=(13,), logs_in=False, arguments=QUICK)
class StlsAndSilence(InClear):
    """Says OK to STLS and never shakes hands (CVE-2011-1947)."""

    def do_STLS(self, rest):
        self.ok(b"begin")
        self.silence()


@scenario(codes=(13,), logs_in=False)
class StlsAndClear(InClear):
    """Says OK to STLS and goes on in plain words."""

    def do_STLS(self, rest):
        self.ok(b"begin")
        self.send(b"+OK never mind, the password please\r\n" * 10)
        self.silence()


@scenario(codes=(0, 13))
class StlsWithoutCapabilities(InClear):
    """Knows STLS and not CAPA."""

    def do_CAPA(self, rest):
        self.send(b"-ERR unknown command\r\n")


@scenario()
class CapabilitiesBeforeTlsOnly(InClear):
    """What was told in clear counts for nothing; there is always USER."""

    def do_CAPA(self, rest):
        if self.is_encrypted:
            self.send(b"-ERR told you already\r\n")
        else:
            super().do_CAPA(rest)

    @property
    def offered(self):
        return () if self.is_encrypted else (b"PIPELINING", b"STLS", b"SASL PLAIN", b"UIDL")


@scenario(codes=(12,), logs_in=False)
class PlainInTheClearOnly(InClear):
    """Wants the password before STLS and no more after it."""

    @property
    def offered(self):
        return (b"SASL NTLM", b"UIDL") if self.is_encrypted else (b"SASL PLAIN", b"STLS")

    def do_USER(self, rest):
        self.send(b"-ERR no\r\n")


# --- capabilities -------------------------------------------------------------------------------------------------------

@scenario()
class CapabilitiesMissing(Pop3):
    """RFC 1939 and nothing more."""
    capabilities = ()

    def do_CAPA(self, rest):
        self.send(b"-ERR unknown command\r\n")

    def do_AUTH(self, rest):
        self.server.errors.append("AUTH to a server that does not know it")
        self.send(b"-ERR unknown command\r\n")


@scenario()
class CapabilitiesNone(CapabilitiesMissing):
    """An empty list."""
    do_CAPA = Pop3.do_CAPA


@scenario()
class CapabilitiesOddly(Pop3):
    """Lower case, blanks, empty lines, arguments where none belong."""
    capabilities = (b"", b" ", b"  top", b"uidl ", b"Sasl  login   plain ", b"pipelining", b"SASL", b"X" * 3000, b"..", b".x", b"STLS STLS",
                    b"EXPIRE 0 USER", b"LOGIN-DELAY -5 USER", b"LOGIN-DELAY 999999999999999999999", b"\0", b"\xff\xfe", b"PIPELINING")


@scenario(codes=(0, 13))
class CapabilitiesDrop(Pop3):
    """Hangs up on a word that it does not know."""
    capabilities = ()

    def do_CAPA(self, rest):
        self.drop()


@scenario(codes=(0, 1))
class CapabilitiesMany(Pop3):
    capabilities = (*Pop3.capabilities, *(b"X-%d" % number for number in range(100_000)))


@scenario(codes=(1, 13), logs_in=False, is_flood=True)
class CapabilitiesForEver(Pop3):
    def do_CAPA(self, rest):
        self.ok()
        while True:
            self.send(b"X-AND-SO-ON and on\r\n" * 10_000)


@scenario(codes=(1,), logs_in=False)
class CapabilityWithoutEnd(Pop3):
    """100 MB of one line."""

    def do_CAPA(self, rest):
        self.send(b"+OK\r\n")
        for _ in range(1000):
            self.send(b"x" * 100_000)
        self.silence()


@scenario()
class OneAfterAnother(Pop3):
    """Offers no PIPELINING; the server takes notice of a client that does not wait."""
    capabilities = without(b"PIPELINING")


@scenario(arguments=QUICK, seconds=200)
class PipeliningDiscarded(Pop3):
    """Says PIPELINING, and throws away what came with the command before."""

    def answer(self, name, rest):
        self._received = b""
        super().answer(name, rest)


@scenario(seconds=200)
class PipeliningCloses(Pop3):
    """Says PIPELINING, and hangs up on it."""

    def answer(self, name, rest):
        if self._received:
            self.drop()
        super().answer(name, rest)


# --- log-in -------------------------------------------------------------------------------------------------------------

@scenario()
class UserOnly(Pop3):
    """No SASL."""
    capabilities = without(b"SASL")


@scenario(arguments=("--auth", "USER", "--timeout", "20"))
class UserDemanded(Pop3):
    """SASL is offered, and fails always."""

    def do_AUTH(self, rest):
        self.send(b"-ERR broken\r\n")


@scenario(arguments=APOP, logs_in=False)
class Apop(Pop3):
    """Nothing but APOP: the password stays here."""
    capabilities = without(b"SASL", b"USER")

    def do_USER(self, rest):
        self.send(b"-ERR no\r\n")


@scenario(arguments=("--tls", "none", "--timeout", "20"), after_arguments=("--tls", "none", "--timeout", "20"), logs_in=False)
class ApopInClear(Pop3):
    """Where the greeting has a timestamp, no password goes over a line in clear."""
    tls = "none"
    capabilities = without(b"SASL")


ApopInClear.well = ApopInClear


@scenario(codes=(12,), says="APOP", arguments=APOP, logs_in=False)
class ApopRefused(Pop3):
    def do_APOP(self, rest):
        self.send(b"-ERR permission denied\r\n")


@scenario(codes=(12,), says="APOP|timestamp", arguments=APOP, logs_in=False)
class ApopWithoutTimestamp(Pop3):
    """--auth APOP, and nothing in the greeting to answer."""
    banner = b"<>"


@scenario(codes=(12,), says="APOP|timestamp", arguments=APOP, logs_in=False)
class ApopOfNoMessageId(Pop3):
    """A timestamp made for finding the password by collisions (CVE-2007-1558)."""
    banner = b"<\x80\xff\x01 \xd1\x31\xdd@x>"


@scenario(codes=(12,), says="no such person")
class LoginRefused(Pop3):
    """With terminal escapes in its words. Nothing weaker may be tried after it."""
    words = b"[AUTH] no such person\x1b[31m\xe2\x80\xae here"

    def log_in(self, user, password):
        if self.server.shared.setdefault("tried", []):
            self.server.errors.append("another try after a refusal")
        self.server.shared["tried"].append(user)
        self.send(b"-ERR " + self.words + b"\r\n")


@scenario(codes=(12,), says="wrong password")
class LoginRefusedWithoutCode(LoginRefused):
    words = b"wrong password"


@scenario(codes=(12,), says="what")
class UserRefused(Pop3):
    """Before it has heard the password."""
    capabilities = without(b"SASL")

    def do_USER(self, rest):
        self.send(b"-ERR what?\r\n")


@scenario(codes=(12,), says="-ERR|no such")
class PassRefused(LoginRefused):
    capabilities = without(b"SASL")


@scenario(codes=(12,))
class LoginEmptyRefusal(LoginRefused):
    def log_in(self, user, password):
        self.send(b"-ERR\r\n")


@scenario(codes=(1,), says="disk has died")
class LoginBrokenForGood(LoginRefused):
    words = b"[SYS/PERM] the disk has died"


@scenario(codes=(13,), says="try later.* try again", arguments=HURRIED)
class LoginUnavailable(LoginRefused):
    words = b"[SYS/TEMP] try later"


class LoginOnce(Pop3):
    """Refuses the first log-in; the next is welcome."""
    words = b""

    def log_in(self, user, password):
        if self.server.shared.setdefault("first", self.number) == self.number:
            self.send(b"-ERR " + self.words + b"\r\n")
        else:
            super().log_in(user, password)


@scenario(says="waiting 5 s")
class LoginInUse(LoginOnce):
    """Another client is at it."""
    words = b"[IN-USE] do you have another POP session running?"


@scenario(says="waiting 5 s")
class LoginLocked(LoginOnce):
    """qpopper and others, without a code."""
    capabilities = without(b"SASL", b"RESP-CODES")
    words = b"maildrop is locked by another session"


@scenario(says="waiting 5 s")
class LoginDelayed(LoginOnce):
    """A minimum of time between two log-ins, of which it does not say how long it is."""
    words = b"[LOGIN-DELAY] minimum time between mail checks violation"


@scenario(says="waiting 6 s")
class LoginDelayedAsAnnounced(LoginDelayed):
    capabilities = (*Pop3.capabilities, b"LOGIN-DELAY 6 USER")


@scenario(codes=(13,), says="try again", arguments=HURRIED)
class LoginDelayedForLong(LoginDelayed):
    capabilities = (*Pop3.capabilities, b"LOGIN-DELAY 900 USER")


@scenario(says="waiting 5 s")
class LoginTemporarily(LoginOnce):
    words = b"[sys/temp] our database is away"


@scenario(codes=(13,))
class LoginDrops(Pop3):
    def log_in(self, user, password):
        self.drop()


@scenario(codes=(13,), arguments=QUICK)
class LoginNever(Pop3):
    def log_in(self, user, password):
        self.silence()


@scenario(codes=(0, 12))
class AuthUnknown(Pop3):
    """Offers SASL and does not know AUTH (a proxy)."""

    def do_AUTH(self, rest):
        self.send(b"-ERR unknown command\r\n")


class Challenging(Pop3):
    capabilities = (*without(b"SASL"), b"SASL LOGIN")


@scenario(codes=(0, 12))
class OkInPlaceOfChallenge(Challenging):
    """`+OK` for `+ ` in the middle of AUTH."""

    def send(self, octets):
        super().send(b"+OK" + octets[1:] if octets.startswith(b"+ ") else octets)


@scenario()
class PlusWithoutBlank(Challenging):
    """`+` alone, where the prompts of LOGIN belong."""

    def send(self, octets):
        super().send(b"+\r\n" if octets.startswith(b"+ ") else octets)


@scenario(codes=(1, 12), logs_in=False)
class OkToAuthAtOnce(Challenging):
    """Has not heard the password, and says welcome; then knows nobody."""

    def do_AUTH(self, rest):
        self.ok(b"welcome")
        self.read_line()
        self.send(b"-ERR unknown command\r\n")


@scenario(codes=(1, 12))
class ChallengesWithoutEnd(Challenging):
    """`+` for ever (a crash of other clients)."""

    def do_AUTH(self, rest):
        while True:
            self.send(b"+ " + base64.b64encode(b"and then?") + b"\r\n")
            self.read_line()


@scenario(codes=(1,))
class ChallengeHuge(Challenging):
    def do_AUTH(self, rest):
        for _ in range(500):
            self.send(b"+ " + b"QUFB" * 50_000)
        self.send(b"\r\n")
        self.silence()


@scenario(codes=(1, 12))
class ChallengeOfNoBase64(Challenging):
    def do_AUTH(self, rest):
        self.send(b"+ %%%\x1b[2J\xff\r\n")
        self.read_line()
        self.send(b"-ERR what?\r\n")


@scenario()
class MechanismsUnknown(Pop3):
    """There is always USER."""
    capabilities = (b"UIDL", b"SASL NTLM KERBEROS_V4")
    banner = b""


@scenario(logs_in=False)
class MechanismsUnknownAndNoUser(MechanismsUnknown):
    """There is always APOP, where the greeting has a timestamp."""
    banner = Pop3.banner

    def do_USER(self, rest):
        self.send(b"-ERR no\r\n")


@scenario(logs_in=False)
class Scram(ScramServer, Pop3):
    """The password stays here."""
    capabilities = (*without(b"SASL"), b"SASL PLAIN SCRAM-SHA-256")

    def do_AUTH(self, rest):
        mechanism, _, initial = rest.partition(b" ")
        if mechanism != b"SCRAM-SHA-256":
            self.server.errors.append(f"{mechanism}, and SCRAM is offered")
            raise Gone
        self.scram(initial)
        self.is_open = True
        self.ok()

    def refuse(self, words):
        self.send(b"-ERR [AUTH] " + words + b"\r\n")


@scenario(codes=(12,), says="cannot", logs_in=False)
class ScramNothingButOk(Scram):
    """Does not know the password, and says welcome all the same."""

    def do_AUTH(self, rest):
        self.is_open = True
        self.ok()
        if self.read_line() != b"*":
            self.server.errors.append("goes on with SCRAM, of which there was nothing")
        self.send(b"-ERR what?\r\n")


@scenario(codes=(12,), says="cannot prove that it knows the password", logs_in=False)
class ScramNoSignature(Scram):
    def prove(self, signature):
        pass


@scenario(arguments=BY_TOKEN)
class Oauth(Pop3):
    """Microsoft's way: the token in a line of its own, asked for. The password stands for the token."""
    capabilities = (*without(b"SASL"), b"SASL PLAIN XOAUTH2")
    error = None  # what a refused client is told

    def do_AUTH(self, rest):
        if rest != b"XOAUTH2":
            self.send(b"-ERR Protocol error. Connection is closed. 10\r\n")
            self.close()
            raise Gone
        self.send(b"+ \r\n")
        message = base64.b64decode(self.read_line())
        self.is_open = self.error is None and message.endswith(b"\1auth=Bearer " + self.server.password.encode() + b"\1\1")
        if self.is_open:
            self.ok(b"User successfully authenticated.")
            return
        if self.error:
            self.send(b"+ " + self.error + b"\r\n")
            self.read_line()
        self.send(b"-ERR Authentication failure: unknown user name or bad password.\r\n")


@scenario(codes=(12,), says="status 401, schemes bearer", arguments=BY_TOKEN)
class OauthRefused(Oauth):
    error = base64.b64encode(b'{"status":"401","schemes":"bearer","scope":"mail"}')


@scenario(codes=(12,), says="bad password", arguments=BY_TOKEN)
class OauthRefusedInWords(Oauth):
    """Microsoft again: no JSON at all."""
    error = b""


@scenario(codes=(1, 3, 12, 13), says="not connected", missing=ALL)
class ConnectedButNot(Pop3):
    """Log-in works, then every command is refused."""

    def answer(self, name, rest):
        if name in ("UIDL", "LIST", "STAT", "RETR", "TOP"):
            self.send(b"-ERR User is authenticated but not connected.\r\n")
        else:
            super().answer(name, rest)


# --- UIDL and LIST ------------------------------------------------------------------------------------------------------

class Listing(Pop3):
    """For servers whose list of UIDLs is not what it should be."""

    def do_UIDL(self, rest):
        if rest:
            super().do_UIDL(rest)
        else:
            self.multi_line(b"listing", self.lines())

    def lines(self):
        return [b"%d %s" % (number, self.uidl(message)) for number, message in self.numbered()]


class NoUidl(Pop3):
    capabilities = without(b"UIDL")
    names_messages = False

    def do_UIDL(self, rest):
        self.send(b"-ERR unknown command\r\n")


@scenario()
class UidlMissing(NoUidl):
    """What TOP gives tells messages apart; the second run fetches none again."""


class UidlMissingStill(NoUidl, Frugal):
    pass


UidlMissing.well = UidlMissingStill


@scenario()
class UidlAppears(NoUidl):
    """The server was mended between two runs."""


@second_run()
class UidlDisappears(NoUidl):
    """The server was damaged between two runs."""


class NoUidlNoTop(NoUidl):
    capabilities = without(b"UIDL", b"TOP")

    def do_TOP(self, rest):
        self.send(b"-ERR unknown command\r\n")


@scenario(says="UIDL", after_says="UIDL")
class UidlAndTopMissing(NoUidlNoTop):
    """All is fetched by each run, and nothing stored twice."""
    well = NoUidlNoTop


@scenario(says="UIDL")
class UidlOfferedAndRefused(NoUidlNoTop):
    """CAPA tells of both, and neither is to be had."""
    capabilities = Pop3.capabilities


@scenario(codes=(3,), missing=MISSING)
class NamelessRefused(NoUidlNoTop):
    def do_RETR(self, rest):
        if rest == b"2":
            self.send(b"-ERR not this one\r\n")
        else:
            super().do_RETR(rest)


@scenario(codes=(3,), missing=MISSING)
class NamelessDisconnects(NoUidlNoTop):
    """The connection is lost at one message, each time; the others come."""

    def do_RETR(self, rest):
        if rest == b"2":
            self.drop()
        super().do_RETR(rest)


NamelessRefused.well = NamelessDisconnects.well = NoUidlNoTop


class UidlsNotTold(Listing):
    names_messages = False


@scenario()
class UidlEmpty(UidlsNotTold):
    """Two numbers with nothing behind them."""

    def lines(self):
        return [re.sub(rb"^(2|5) .*", rb"\1" + (b" " if line.startswith(b"2") else b""), line) for line in super().lines()]


class UidlEmptyStill(UidlEmpty, Frugal):
    pass


UidlEmpty.well = UidlEmptyStill


@scenario()
class UidlLinesMissing(UidlsNotTold):
    """Half of the messages is not listed; LIST tells of all."""

    def lines(self):
        return super().lines()[::2]


class UidlLinesMissingStill(UidlLinesMissing, Frugal):
    pass


UidlLinesMissing.well = UidlLinesMissingStill


@scenario()
class UidlLinesMissingWithoutTop(UidlLinesMissing):
    capabilities = without(b"TOP")

    def do_TOP(self, rest):
        self.send(b"-ERR unknown command\r\n")


UidlLinesMissingWithoutTop.well = UidlLinesMissingWithoutTop


class EqualUidls(Pop3):
    names_messages = False

    def uidl(self, message):
        return b"the-same"


@scenario()
class UidlsAllEqual(EqualUidls):
    """Of all messages, which TOP tells apart."""


class UidlsAllEqualStill(EqualUidls, Frugal):
    pass


UidlsAllEqual.well = UidlsAllEqualStill


@scenario()
class UidlsTwoEqual(EqualUidls):
    def uidl(self, message):
        return b"the-same" if message.uid in (2, 4) else b"uid-%d" % message.uid


class UidlsTwoEqualStill(UidlsTwoEqual, Frugal):
    pass


UidlsTwoEqual.well = UidlsTwoEqualStill


@scenario()
class UidlsEqualHeadersToo(EqualUidls):
    """Nothing but the body tells two messages apart: what cannot be told is fetched."""
    mailboxes = staticmethod(lambda: messages(text_message(1), text_message(1, b"Another.\r\n"), text_message(1, b"And one of another size.\r\n")))


UidlsEqualHeadersToo.well = UidlsEqualHeadersToo


@scenario()
class UidlsEqualWithoutTop(EqualUidls):
    capabilities = without(b"TOP")

    def do_TOP(self, rest):
        self.send(b"-ERR unknown command\r\n")


UidlsEqualWithoutTop.well = UidlsEqualWithoutTop


@scenario(codes=(3,), missing=MISSING)
class UidlsEqualAndTrouble(EqualUidls):
    """One message is refused, and at another one the connection is lost, once: the UIDL says nothing of the others."""

    def do_RETR(self, rest):
        if rest == b"2":
            self.send(b"-ERR not this one\r\n")
        elif rest == b"5" and self.server.shared.setdefault("lost", self.number) == self.number:
            self.drop()
        else:
            super().do_RETR(rest)


UidlsEqualAndTrouble.well = EqualUidls


@scenario(codes=(3,), missing=MISSING)
class UidlsEqualDisconnects(EqualUidls):
    """The connection is lost at the second message, each time."""

    def do_RETR(self, rest):
        if rest == b"2":
            self.drop()
        super().do_RETR(rest)


UidlsEqualDisconnects.well = EqualUidls


@second_run()
class UidlsBecomeEqual(EqualUidls):
    """Each message had its own; now all have that of the first."""

    def uidl(self, message):
        return b"uid-1"


@scenario()
class EqualMessages(Pop3):
    """The same octets under two UIDLs are two messages."""
    mailboxes = staticmethod(lambda: messages(text_message(1), text_message(1), text_message(2)))
    well = Frugal


class OddUidls(Pop3):
    uidls = ()

    def uidl(self, message):
        return self.uidls[message.uid % len(self.uidls)]


def odd_uidls(session_class):
    """Second runs fetch none of them again."""
    session_class.well = type("Still", (session_class, Frugal), {})
    return session_class


@odd_uidls
@scenario()
class UidlsLong(OddUidls):
    """70 octets are allowed."""
    uidls = (b"x" * 70, b"x" * 71, b"x" * 300, b"x" * 5000, b"y" * 5000, b"x" * 60_000)


@scenario(codes=(1,), says="line|long")
class UidlWithoutEnd(Pop3):
    """100 MB where a UIDL belongs."""

    def do_UIDL(self, rest):
        self.send(b"+OK\r\n1 ")
        for _ in range(1000):
            self.send(b"x" * 100_000)
        self.silence()


@odd_uidls
@scenario()
class UidlsWithBlanks(OddUidls):
    uidls = (b"a b", b"a", b"a  b", b"a b c", b"a\tb", b"(a)")


@odd_uidls
@scenario()
class UidlsOfEightBits(OddUidls):
    """No UTF-8, some UTF-8, and NUL."""
    uidls = (b"\xff\xfe", b"\xff", b"\xc3\xa9", b"e\xcc\x81", b"a\0b", b"\xe2\x80\xaegnp.exe")


@odd_uidls
@scenario()
class UidlsThatClimb(OddUidls):
    """Names of files, where a client makes them of UIDLs (CVE-2018-14355)."""
    uidls = (b"../../../../climbed", b"..", b"/etc/mailspoor-climbed", b".", b"cur/x:2,S", b"a,U=7,V=7:2,T")


@odd_uidls
@scenario()
class UidlsOfEscapes(OddUidls):
    """Terminal escapes, quotes, lone CRs, JSON, and `%` for those who print them."""
    uidls = (b"\x1b[2J\x1b]0;owned\x07", b"a\rDELE 1", b'","uidl":"x', b"%s%n%n", b"\xc2\x9b31m", b"'; DROP TABLE message;--")


@odd_uidls
@scenario()
class UidlsDifferInCase(OddUidls):
    uidls = (b"AAA", b"aaa", b"AaA", b"aaA", b"Aaa", b"aAA")


@odd_uidls
@scenario()
class UidlsOfNumbers(OddUidls):
    """cucipop and others: the UIDL is the number of the message, or looks like it."""
    uidls = (b"6", b"1", b"2", b"3", b"4", b"5")


@scenario(codes=(0, 3))
class UidlNumbersOddly(Listing):
    """Above the count, 0, beyond all numbers, negative, none (fetchmail crashed)."""

    def lines(self):
        return [b"0 zero", b"7 seven", b"99 ninety-nine", b"2147483648 x", b"4294967297 first", b"18446744073709551617 first",
                b"99999999999999999999999999 huge", b"-1 minus", b"x y", b"", b" ", b"1.5 x", b"+3 x", b"0x1 x", *super().lines()]


@scenario(codes=(0, 3))
class ListNumbersOddly(Pop3):
    def do_LIST(self, rest):
        odd = [b"0 100", b"7 700", b"2147483647 5", b"4294967297 100", b"-1 100", b"99999999999999999999999999 1", b"x", b"", b" 5", b"1.5 7"]
        self.multi_line(b"listing", odd + [b"%d %d" % (number, self.size(message)) for number, message in self.numbered()])


@scenario()
class UidlsDescend(Listing):
    """From the last to the first."""
    well = Frugal

    def lines(self):
        return super().lines()[::-1]


@scenario()
class UidlsTwice(Listing):
    """Each line twice."""
    well = Frugal

    def lines(self):
        return [line for line in super().lines() for _ in range(2)]


@scenario()
class UidlsContradict(Listing):
    """Two UIDLs for each number."""
    names_messages = False

    def lines(self):
        return [*super().lines(), *(line.replace(b"uid-", b"other-") for line in super().lines())]


UidlsContradict.well = UidlsContradict


@scenario(codes=(0, 3))
class UidlsCrossed(Listing):
    """A second line gives each number the UIDL of another."""
    names_messages = False

    def lines(self):
        return [*super().lines(), *(b"%d uid-%d" % (number, number % 6 + 1) for number, _ in self.numbered())]


@scenario()
class ListsOddly(Listing):
    """Tabs, many blanks, blanks behind, zeros in front."""
    names_messages = False  # who is to say what belongs to the UIDL

    def lines(self):
        return [b"1\tuid-1", b"2   uid-2", b"3 uid-3  ", b"0004 uid-4", b" 5 uid-5", b"6 uid-6"]

    def do_LIST(self, rest):
        self.multi_line(b"listing", [b"1\t5", b"2   5", b"3 5  ", b"0004 5", b" 5 5", b"6 5 and more words"])


ListsOddly.well = ListsOddly


@scenario()
class ListMissing(Pop3):
    def do_LIST(self, rest):
        self.send(b"-ERR unknown command\r\n")


@scenario()
class ListShort(Pop3):
    """Tells of two messages; UIDL of six."""

    def do_LIST(self, rest):
        self.multi_line(b"listing", [b"%d %d" % (number, self.size(message)) for number, message in self.numbered()][1:3])


@scenario()
class ListNothing(Pop3):
    def do_LIST(self, rest):
        self.multi_line(b"listing", [])


@scenario()
class SizesLie(Pop3):
    """Anything but the size."""

    def do_LIST(self, rest):
        odd = (b"0", b"1", b"4294967295", b"18446744073709551615", b"99999999999999999999999", b"-3", b"x", b"")
        self.multi_line(b"listing", [b"%d %s" % (number, odd[number % len(odd)]) for number, _ in self.numbered()])


@scenario()
class SizesZero(Pop3):
    well = Frugal

    def size(self, message):
        return 0


@second_run()
class SizesChange(Pop3):
    """Another size for each message in each session, which TOP shows to be the same."""

    def size(self, message):
        return len(message.octets) + 17 + self.number

    def do_RETR(self, rest):
        self.server.errors.append("the header section is that of the message that is held")
        super().do_RETR(rest)


class ManySizes(Pop3):
    """Nothing of a pipelined window fits where it was announced to."""
    mailboxes = staticmethod(lambda: messages(*(text_message(number, b"0123456789abcdef\r\n" * (number % 7 * 3000)) for number in range(1, 41))))


@scenario()
class SizesTooSmall(ManySizes):
    def size(self, message):
        return 1


@scenario()
class SizesTooLarge(ManySizes):
    def size(self, message):
        return 1 << 40


@scenario(codes=(1, 13), is_flood=True)
class UidlsForEver(Listing):
    def lines(self):
        self.send(b"+OK\r\n")
        for first in range(1, 1 << 60, 10_000):
            self.send(b"".join(b"%d uid-%d\r\n" % (number, number) for number in range(first, first + 10_000)))


@scenario(codes=(1, 13), is_flood=True)
class LongUidlsForEver(Listing):
    def lines(self):
        self.send(b"+OK\r\n")
        filler = b"x" * 50_000
        for number in range(1, 1 << 60):
            self.send(b"%d %d-%s\r\n" % (number, number, filler))


@scenario(codes=(1, 13), is_flood=True)
class SameUidlForEver(Listing):
    """The memory stays small, and it never ends."""

    def lines(self):
        self.send(b"+OK\r\n")
        while True:
            self.send(b"1 uid-1\r\n" * 10_000)


@scenario(codes=(1, 13), is_flood=True)
class SizesForEver(Pop3):
    def do_LIST(self, rest):
        self.send(b"+OK\r\n")
        for first in range(1, 1 << 60, 10_000):
            self.send(b"".join(b"%d 100\r\n" % number for number in range(first, first + 10_000)))


@scenario(codes=(13,), arguments=QUICK)
class UidlDrips(Pop3):
    """One octet now and then, so that no wait is ever long."""

    def do_UIDL(self, rest):
        self.drip(b"+OK\r\n" + b"1 uid-1\r\n" * 1000, 0.2)


@scenario(codes=(13,), arguments=QUICK)
class UidlNeverEnds(Pop3):
    """The list comes, its end does not."""

    def do_UIDL(self, rest):
        self.send(b"+OK\r\n1 uid-1\r\n2 uid-2\r\n")
        self.silence()


@scenario()
class UidlDropsOnce(Pop3):
    def do_UIDL(self, rest):
        if self.server.shared.setdefault("dropped", self.number) == self.number:
            self.send(b"+OK\r\n1 uid-1\r\n2 ui")
            self.drop()
        super().do_UIDL(rest)


@scenario(codes=(1, 13))
class UidlEndsTwice(Listing):
    """Lines behind the end of the list, where the next answer belongs."""

    def do_UIDL(self, rest):
        super().do_UIDL(rest)
        self.send(b"7 uid-7\r\n8 uid-8\r\n.\r\n")


@scenario()
class NothingAtAll(Pop3):
    """No message."""
    mailboxes = staticmethod(lambda: messages())


# --- fetching -----------------------------------------------------------------------------------------------------------

class Bodies(Pop3):
    """For servers that go wrong at one message, the second."""

    def do_RETR(self, rest):
        message = dict(self.numbered()).get(int(rest))
        if message is not None and message.uid == 2:
            self.wrong(b"+OK message follows\r\n" + self.stuffed(message.octets))
        else:
            super().do_RETR(rest)


@scenario(codes=(3,), says="not to be had", missing=MISSING)
class RetrRefused(Bodies):
    """For ever the same one."""

    def wrong(self, _):
        self.send(b"-ERR not to be had\x1b[2J\r\n")


@scenario(codes=(3,), says="temporarily", missing=MISSING)
class RetrRefusedTemporarily(Bodies):
    def wrong(self, _):
        self.send(b"-ERR [SYS/TEMP] temporarily not readable\r\n")


@scenario(codes=(1, 3), says="not to be had", missing=ALL)
class RetrRefusedAlways(Pop3):
    def do_RETR(self, rest):
        self.send(b"-ERR not to be had\r\n")


@scenario(codes=(1, 3, 13), missing=MISSING)
class RetrAnsweredWithGarbage(Bodies):
    """No status line."""

    def wrong(self, _):
        self.send(b"what do you want?\x1b[2J\r\n")


@scenario(codes=(1, 3, 13), missing=MISSING)
class RetrWithoutStatus(Bodies):
    """The message at once."""

    def wrong(self, answer):
        self.send(answer.partition(b"\r\n")[2])


@scenario()
class RetrOddStatus(Pop3):
    """`+OK` alone; and with all that a status can tell."""

    def do_RETR(self, rest):
        message = dict(self.numbered())[int(rest)]
        status = (b"+OK", b"+ok", b"+OK ", b"+OK 99999999999999999999 octets", b"+OK -ERR [SYS/TEMP] .", b"+OK " + b"x" * 60_000)[message.uid % 6]
        self.send(status + b"\r\n" + self.stuffed(message.octets))


@scenario(codes=(1, 3), missing=ALL)
class RetrStatusWithoutEnd(Bodies):
    def wrong(self, _):
        for _ in range(1000):
            self.send(b"+OK " + b"x" * 100_000)
        self.silence()


@scenario(codes=(1, 3, 13), missing=ALL, is_flood=True)
class OkForEver(Pop3):
    """Behind the list: answers that nobody waits for."""

    def do_RETR(self, rest):
        while True:
            self.send(b"+OK\r\n.\r\n" * 10_000)


@scenario(codes=(1, 3, 13), missing=ALL, is_flood=True)
class EmptyAnswersForEver(Bodies):
    """Answers to commands that nobody sent, as fast as they go."""

    def wrong(self, answer):
        self.send(answer)
        while True:
            self.send(b"-ERR what?\r\n" * 10_000)


class Once(Bodies):
    """Goes wrong at the second message in the first session; the next finds the server well."""

    def wrong(self, answer):
        if self.server.shared.setdefault("broken", self.number) != self.number:
            self.send(answer)
        else:
            self.fail(answer)


@scenario()
class ConnectionLost(Once):
    """In the middle of a message."""

    def fail(self, answer):
        self.send(answer[:len(answer) // 2])
        self.drop()


class FromWhereItWas(Pop3):
    """Takes notice if the first messages are asked for once more."""

    def do_RETR(self, rest):
        if int(rest) <= 31:
            self.server.errors.append(f"RETR {rest}: it was here in time")
        super().do_RETR(rest)


@scenario(codes=(13,), says="deadline of the whole run", arguments=("--timeout", "20", "--deadline", "14"))
class SlowLine(Pop3):
    """Brings fewer messages in the time given than are stored at once."""
    well = FromWhereItWas

    @staticmethod
    def mailboxes():
        return messages(*(text_message(number) for number in range(1, 61)))

    def do_RETR(self, rest):
        time.sleep(.3)
        super().do_RETR(rest)


@scenario()
class ConnectionLostAtDot(Once):
    """Between the last dot and its line end."""

    def fail(self, answer):
        self.send(answer[:-2])
        self.drop()


@scenario()
class ConnectionLostBehindDots(Once):
    """CRLF, dot, dot: the message goes on."""

    def fail(self, answer):
        self.send(answer[:answer.index(b"\r\n..\r\n") + 4])
        self.drop()


@scenario()
class ClosedInTheMiddle(Once):
    """TLS's goodbye and all."""

    def fail(self, answer):
        self.send(answer[:-3])
        self.close()
        raise Gone


@scenario(codes=(0, 3), missing=MISSING)
class AutoLogout(Once):
    """An -ERR that speaks of the connection looks as one that speaks of the message."""

    def fail(self, answer):
        self.send(b"-ERR [SYS/TEMP] autologout; idle for too long\x1b[0m\r\n")
        self.close()
        raise Gone


@scenario(codes=(3,), missing=MISSING)
class DisconnectsAtOneMessage(Bodies):
    """A damaged message: the connection ends there, each time."""

    def wrong(self, answer):
        self.drop()


@scenario(codes=(3,), missing=MISSING)
class DisconnectsInOneMessage(Bodies):
    def wrong(self, answer):
        self.send(answer[:len(answer) // 2])
        self.drop()


@scenario(seconds=200)
class TwoMessagesPerSession(Pop3):
    """A quota: the connection ends behind two messages, each time."""
    count = 0

    def do_RETR(self, rest):
        if self.count == 2:
            self.drop()
        self.count += 1
        super().do_RETR(rest)


@scenario(seconds=300)
class FewOfManyPerSession(TwoMessagesPerSession):
    """Fewer than are proven at once."""

    @staticmethod
    def mailboxes():
        return messages(*(text_message(number) for number in range(1, 41)))


@scenario(seconds=60)
class BusyAfterTen(Pop3):
    """Lets fewer messages come in a session than are proven at once, then wants to be left alone."""
    served = 0

    @staticmethod
    def mailboxes():
        return messages(*(text_message(number) for number in range(1, 13)))

    def do_RETR(self, rest):
        if self.served == 10:
            self.send(b"-ERR rate limit hit\r\n")
            self.drop()
        self.served += 1
        super().do_RETR(rest)


class DotInFirstLine(Pop3):
    """Does not double it, as Dovecot."""

    def stuffed(self, octets):
        return super().stuffed(octets)[1 if octets.startswith(b".") else 0:]


@scenario(codes=(3,), missing=(("INBOX", 3),))
class MessageHoldsStat(DotInFirstLine):
    """One of a sender who knows how many messages there are, and all their sizes: each is as large as is proven at once."""
    proof = b"+OK 8 %d\r\n"

    @classmethod
    def mailboxes(cls):
        others = [text_message(number) + b"Large.\r\n" * 34_000 for number in (1, 2, 4, 5, 6, 7, 8)]
        message, octets = b"", 0
        while octets != (octets := sum(map(len, (message, *others)))):
            proof = cls.proof.replace(b"%d", b"%d" % octets)
            message = b".\r\n" + proof + b"+OK 5 octets\r\nSubject: forged\r\n\r\n" + b"Forged.\r\n" * 30_000
        return messages(*others[:2], message, *others[2:])


@scenario(codes=(3,), missing=(("INBOX", 3),))
class MessageHoldsListing(MessageHoldsStat):
    """One who knows what proves: LIST of four messages, of which nobody knows."""
    proof = b"+OK 1 %d\r\n" * 4


@scenario(codes=(3,), missing=tuple(("INBOX", number) for number in range(1, 15)), after=(3,))
class ManySuchMessages(DotInFirstLine):
    """In front of all others, and each ends a session in every run."""
    well = DotInFirstLine

    @staticmethod
    def mailboxes():
        evil = [b".\r\n+OK\r\nSubject: forged %d\r\n\r\n" % number for number in range(1, 15)]
        return messages(*evil, *(text_message(number) for number in range(15, 27)))


@scenario(codes=(3,), missing=(("INBOX", 5),))
class MessageHoldsRefusal(DotInFirstLine):
    """One that makes the server look busy."""

    @staticmethod
    def mailboxes():
        return messages(*(b".\r\n-ERR [IN-USE] busy\r\n" if number == 5 else text_message(number) for number in range(1, 31)))


class DoublesNoDots(Pop3):
    """None at all."""

    def stuffed(self, octets):
        return self.truth(octets) + b".\r\n"


@scenario(codes=(3,), missing=(("INBOX", 2),), after=(3,))
class MessageAccusesTheNext(DoublesNoDots):
    """One that holds an answer without octets to the next RETR."""
    well = DoublesNoDots

    @staticmethod
    def mailboxes():
        return messages(text_message(1), b"Subject: A\r\n\r\nx\r\n.\r\n+OK\r\n", *(text_message(number) for number in (3, 4)))


@scenario()
class ListOmitsOne(Pop3):
    """And knows nothing of it; UIDL does."""

    def do_LIST(self, rest):
        self.multi_line(b"listing", [b"%d %d" % (number, self.size(message)) for number, message in self.numbered() if number != 2])

    def list_one(self, rest):
        if rest == b"2":
            self.send(b"-ERR no such message\r\n")
        else:
            super().list_one(rest)


@scenario()
class ListsNothingRetrieved(Pop3):
    """Takes a message for gone once it was retrieved."""

    def do_RETR(self, rest):
        super().do_RETR(rest)
        self.retrieved = getattr(self, "retrieved", []) + [rest]

    def list_one(self, rest):
        if rest in getattr(self, "retrieved", ()):
            self.send(b"-ERR message %s is deleted\r\n" % rest)
        else:
            super().list_one(rest)


@scenario()
class ListsNothingRetrievedOfOne(ListsNothingRetrieved):
    """The maildrop has no other."""

    @staticmethod
    def mailboxes():
        return messages(text_message(1))


@scenario()
class ListIgnoresNumber(Pop3):
    """Lists all in answer to LIST 1."""

    def list_one(self, rest):
        self.do_LIST(b"")


@scenario()
class HangsUpAtListOfOne(Pop3):
    def list_one(self, rest):
        self.drop()


@scenario(arguments=DELETING, after=None)
class HangsUpInTurn(Pop3):
    """Behind some messages, then at LIST 1: what the first session stored is not deleted by the third."""
    capabilities = without(b"PIPELINING")
    retrieved = 0

    def do_RETR(self, rest):
        if self.number == 1 and self.retrieved == 4:
            self.drop()
        self.retrieved += 1
        super().do_RETR(rest)

    def list_one(self, rest):
        if self.number == 2:
            self.drop()
        super().list_one(rest)

    def do_DELE(self, rest):
        self.server.errors.append(f"DELE {rest}: it was stored in this run")
        super().do_DELE(rest)


@scenario(codes=(3,), missing=MISSING, arguments=QUICK)
class SilentInTheMiddle(Bodies):
    def wrong(self, answer):
        self.send(answer[:200])
        self.silence()


@scenario(codes=(3,), missing=MISSING, arguments=QUICK)
class BodyDrips(Bodies):
    """One octet at a time: no single wait is long (mbsync and getmail never end)."""

    def wrong(self, answer):
        self.drip(answer, 0.2)


@scenario(codes=(3,), missing=MISSING, arguments=QUICK)
class EndWithoutCrlf(Bodies):
    """A message that has no line end, and right behind it the dot: nobody can see that it has ended."""
    capabilities = without(b"PIPELINING")
    mailboxes = staticmethod(lambda: messages(text_message(1), text_message(2, b"no end"), text_message(3)))

    def wrong(self, answer):
        self.send(answer[:-5] + b".\r\n")


@scenario(codes=(3, 13), missing=ALL, arguments=QUICK, seconds=300)
class EndsInLf(Pop3):
    """Every message ends with CRLF, dot, LF, which is no end (a sender could write it)."""

    def stuffed(self, octets):
        return super().stuffed(octets)[:-3] + b".\n"


@scenario(codes=(3,), missing=MISSING, arguments=QUICK)
class EndsInLfOnce(Bodies):
    capabilities = without(b"PIPELINING")

    def wrong(self, answer):
        self.send(answer[:-3] + b".\n")


@scenario()
class Dots(Pop3):
    """Dots at every edge that there is; only CRLF, dot, CRLF ends a message."""
    well = Frugal
    mailboxes = staticmethod(lambda: messages(*(text_message(number, body) for number, body in enumerate((
        b".\r\n", b"..\r\n...\r\n.\r\n", b"a\n.\nb\n..\nc\r\n", b"a\n.\r\nb\r\n", b"a\r.\r\nb\r\r\n.\r\r\nc\r\n", b".a\r\n.\rb\r\n.\n\r\n",
        b"\r\n\r\n.\r\n\r\n", b"\n.\n\r\n", b".\n" * 50 + b"\r\n", b"+OK message follows\r\n.\r\n-ERR\r\n"), 1)),
        b".", b"..", b"\r\n", b"\r", b"\n", b"\r\n.", b".From: x\r\n\r\n.\r\n"))


@scenario()
class DotsByteByByte(ByteByByte):
    mailboxes = staticmethod(Dots.mailboxes)


@scenario()
class DotsAtChunkEdges(Pop3):
    """Lines of dots, in pieces that end at each octet of a line in turn."""
    well = Frugal
    mailboxes = staticmethod(lambda: messages(*(text_message(number, b"x" * number + b"\r\n" + b".\r\n" * 30_000) for number in range(1, 6)),
                                              *(text_message(10 + number, b"x" * number + b"." * 5 + b"\r\n..\n.\r\n" * 9_000) for number in range(1, 4))))

    def send(self, octets):
        for start in range(0, len(octets), 16_381):
            super().send(octets[start:start + 16_381])


@scenario()
class LongLines(Pop3):
    """A megabyte without a line end, with NULs and 8 bits; lone CRs and LFs without number."""
    well = Frugal
    mailboxes = staticmethod(lambda: messages(
        text_message(1, b"x" * 1_000_000 + b"\r\n"), text_message(2, bytes(range(256)) * 4000 + b"\r\n"), text_message(3, b"\r" * 300_000 + b"\r\n"),
        text_message(4, b"\n" * 300_000 + b"\r\n"), b"X-Long: " + b"y" * 1_000_000 + b"\r\n\r\nbody\r\n", b"z" * 200_000 + b"\r\n"))


@scenario()
class EmptyMessage(Pop3):
    """Nothing between the status and the dot."""
    well = Frugal
    mailboxes = staticmethod(lambda: messages(b"", b"\r\n", text_message(3), b"\r\n\r\n"))


@scenario(codes=(1, 3, 13), missing=MISSING, arguments=SMALL_ONLY)
class MessageWithoutEnd(Bodies):
    """Announced small; its lines never end."""

    def wrong(self, answer):
        self.send(answer[:-3])
        while True:
            self.send(b"and so on\r\n" * 10_000)


@scenario(codes=(1, 3, 13), missing=MISSING, arguments=SMALL_ONLY)
class MessageOfOneLineWithoutEnd(Bodies):
    def wrong(self, answer):
        self.send(answer[:-3])
        while True:
            self.send(b"x" * 100_000)


@scenario(codes=(3,), says="size|large|octets", missing=(("INBOX", 5),), arguments=("--timeout", "20", "--max-message-size", "20000"))
class MessageTooLarge(Pop3):
    """LIST tells that it is."""

    def do_RETR(self, rest):
        if rest == b"5":
            self.server.errors.append("RETR of a message that is too large")
        super().do_RETR(rest)


@scenario(codes=(3,), missing=(("INBOX", 5),), arguments=("--timeout", "20", "--max-message-size", "20000"))
class MessageTooLargeUntold(Pop3):
    """LIST says otherwise."""

    def size(self, message):
        return 10


class Pushed(Pop3):
    """More than was asked for. What stands where an answer belongs is the answer; what comes too much must not go unseen."""
    forged = b"+OK message follows\r\n" + text_message(666, b"I was never in this mailbox.\r\n") + b".\r\n"


@scenario(codes=(1, 3, 13), missing=ALL)
class MessagesThatNobodyAskedFor(Pushed):
    """Behind each message another one, before the next command was sent."""
    capabilities = without(b"PIPELINING")

    def stuffed(self, octets):
        return super().stuffed(octets) + self.forged


@scenario(codes=(1, 3, 13), missing=ALL)
class MessageBehindTheList(Pushed):
    """With the last list, before a message was asked for."""
    capabilities = without(b"PIPELINING")

    def do_LIST(self, rest):
        self.ok()
        self.send(b"".join(b"%d 100\r\n" % number for number, _ in self.numbered()) + b".\r\n" + self.forged)


@scenario()
class AnswersInTheWrongOrder(Pop3):
    """Of two commands that came together, the second is answered first. POP3 has no tags: nobody can see it."""
    names_messages = False

    def do_RETR(self, rest):
        more = re.match(rb"RETR (\d+)\r\n", self._received)
        if more:
            super().do_RETR(self.read_line().partition(b" ")[2])
        super().do_RETR(rest)


@scenario(arguments=QUICK)
class AnswerLeftOut(Once):
    """One command is not answered."""
    capabilities = without(b"PIPELINING")

    def fail(self, answer):
        pass


@scenario()
class RsetRefused(Pop3):
    def do_RSET(self, rest):
        self.send(b"-ERR unknown command\x1b[2J\r\n")


@scenario()
class RsetDrops(Pop3):
    def do_RSET(self, rest):
        self.drop()


@scenario()
class QuitRefused(Pop3):
    """Some deleted messages not removed."""

    def do_QUIT(self, rest):
        self.send(b"-ERR [SYS/TEMP] not now\x1b[2J\r\n")


@scenario()
class QuitCloses(Pop3):
    def do_QUIT(self, rest):
        self.drop()


@scenario(arguments=QUICK)
class QuitNever(Pop3):
    """All is there, and the goodbye never comes."""

    def do_QUIT(self, rest):
        self.silence()


@scenario(arguments=QUICK)
class QuitChatters(Pop3):
    """A goodbye that never ends."""

    def do_QUIT(self, rest):
        for _ in range(1000):
            self.send(b"+OK bye\r\n")
            time.sleep(0.1)


# --- TOP ----------------------------------------------------------------------------------------------------------------

@scenario()
class TopRefused(EqualUidls):
    """Offered, and refused: all is fetched, and stored once."""

    def do_TOP(self, rest):
        self.send(b"-ERR not implemented\r\n")


TopRefused.well = TopRefused


@scenario()
class TopIsWhole(EqualUidls):
    """TOP gives the whole message."""

    def do_TOP(self, rest):
        self.do_RETR(rest.partition(b" ")[0])


TopIsWhole.well = TopIsWhole


@scenario()
class TopChanges(EqualUidls):
    """Another field in each session."""

    def do_TOP(self, rest):
        number = int(rest.partition(b" ")[0])
        head = dict(self.numbered())[number].octets.partition(b"\r\n\r\n")[0]
        self.send(b"+OK\r\n" + self.stuffed(b"X-Session: %d\r\n" % time.monotonic_ns() + head + b"\r\n"))


TopChanges.well = TopChanges


@scenario()
class TopIsEmpty(EqualUidls):
    def do_TOP(self, rest):
        self.send(b"+OK\r\n.\r\n")


TopIsEmpty.well = TopIsEmpty


@scenario(codes=(1, 3, 13), missing=ALL, is_flood=True)
class TopForEver(NoUidl):
    def do_TOP(self, rest):
        self.send(b"+OK\r\n")
        while True:
            self.send(b"X-And-So: on\r\n" * 10_000)


@scenario(codes=(0, 3), missing=(("INBOX", 4),), after=(0, 3))
class TopDropsAtOne(EqualUidls):
    """The connection ends where the fourth header is asked for, each time."""

    def do_TOP(self, rest):
        if rest.startswith(b"4 "):
            self.drop()
        Pop3.do_TOP(self, rest)


TopDropsAtOne.well = TopDropsAtOne


@scenario(codes=(0, 3), missing=(("INBOX", 4),))
class TopDropsWithoutUidl(NoUidl):
    """As that one, where TOP has to tell messages apart from the first."""
    do_TOP = TopDropsAtOne.do_TOP


@scenario()
class TopAnswersNothing(NoUidl):
    """No octet of any header: there are no names then."""

    def do_TOP(self, rest):
        self.send(b"+OK\r\n.\r\n")


TopAnswersNothing.well = TopAnswersNothing


@scenario(codes=(3,), missing=MISSING)
class EmptyAnswer(Bodies):
    """Nothing where LIST announces something: no message, but one that cannot be had."""

    def wrong(self, _):
        self.send(b"+OK\r\n.\r\n")


# --- changes between two runs -------------------------------------------------------------------------------------------

class Later(Pop3):
    """For servers whose messages are others when they are asked again."""

    def greet(self):
        if self.server.shared.setdefault("changed", self.number) == self.number:
            self.change(self.server.mailboxes[0].messages)
        super().greet()


@second_run(gone=MISSING)
class DeletedByOthers(Later, Frugal):
    def change(self, held):
        del held[1]


@second_run(gone=tuple(("INBOX", uid) for uid in range(1, 7)))
class AllDeletedByOthers(Later, Frugal):
    """STAT says so too."""

    def change(self, held):
        held.clear()


@second_run(after=(0, 3))
class NothingListed(Frugal):
    """An empty list, while STAT tells of six messages: nothing is gone."""

    def do_UIDL(self, rest):
        self.multi_line(b"listing", [])

    do_LIST = do_UIDL


@second_run()
class GmailHidesWhatWasPopped(Later, Frugal):
    """What has been fetched is not listed again; it is not gone."""

    def ok(self, text=b""):
        super().ok(text.replace(b"ready", b"Gpop ready for requests from"))

    def change(self, held):
        held.clear()


@second_run()
class Renumbered(Later, Frugal):
    """The first is the last; UIDLs stay."""

    def change(self, held):
        held.reverse()


@second_run(gone=MISSING)
class UidlReused(Later):
    """A message is deleted, and another one gets its UIDL (cyrus-imapd#374)."""
    names_messages = False

    def change(self, held):
        held[1] = Message(7, text_message(7, b"Another message, of another size.\r\n"))

    def uidl(self, message):
        return b"uid-2" if message.uid == 7 else super().uidl(message)


@second_run()
class NewMail(Later):
    """One more, in the middle of the others."""

    def change(self, held):
        held.insert(2, Message(7, text_message(7)))


class Deleting(Pop3):
    """Takes notice of what is deleted before its time."""

    def do_DELE(self, rest):
        message = dict(self.numbered()).get(int(rest))
        if message is not None and message.uid not in (1, 2, 3, 4, 5, 6):
            self.server.errors.append(f"DELE {rest}: no earlier run has stored it")
        super().do_DELE(rest)


@second_run(after_arguments=DELETING)
class Deletes(Deleting):
    """What the first run stored, and RSET comes before."""
    is_reset = False

    def do_RSET(self, rest):
        if self.deleted:
            self.server.errors.append("RSET behind DELE")
        super().do_RSET(rest)

    def do_QUIT(self, rest):
        if len(self.deleted) != 6:
            self.server.errors.append(f"deletes {self.deleted}, not all six")
        super().do_QUIT(rest)


@scenario(arguments=DELETING)
class DeletesNothingAtFirst(Pop3):
    """No earlier run has stored anything."""


@second_run(after_arguments=DELETING)
class DeletesNothingNew(Later, Deleting):
    """New mail stays."""

    def change(self, held):
        held.insert(2, Message(7, text_message(7)))


@second_run(after_arguments=DELETING, after=(0, 3))
class DeleteRefused(Deleting):
    def do_DELE(self, rest):
        self.send(b"-ERR read only\x1b[2J\r\n")


@second_run(after_arguments=DELETING, after=(3,), after_says="to be deleted from the server, and are not")
class DeletesAndNoGoodbye(Deleting):
    """The connection ends at QUIT: nothing is deleted, and nothing lost."""

    def do_QUIT(self, rest):
        self.drop()


@second_run(after_arguments=DELETING)
class DeletesNothingBeforeRset(Later, Deleting):
    """RSET is refused, so what was retrieved may be marked, and DELE is not for this session."""

    def change(self, held):
        held.insert(2, Message(7, text_message(7)))

    def do_RSET(self, rest):
        self.send(b"-ERR unknown command\r\n")

    def do_DELE(self, rest):
        self.server.errors.append(f"DELE {rest} without RSET")
        super().do_DELE(rest)


@second_run(after_arguments=DELETING, gone=(("INBOX", 2),))
class DeletesNothingOfReusedUidl(Later, Deleting):
    """Another message has the UIDL now, of the same size: it was never fetched, and is not to be lost."""
    names_messages = False

    def change(self, held):
        held[1] = Message(7, text_message(7).ljust(len(OCTETS[1]) - 2, b".") + b"\r\n")

    def uidl(self, message):
        return b"uid-2" if message.uid == 7 else super().uidl(message)


@second_run(after_arguments=DELETING)
class DeletesNothingOfEqualUidls(Later, Deleting):
    """New mail has the UIDL of an old message, which is still there."""
    names_messages = False

    def change(self, held):
        held.insert(1, Message(7, text_message(7)))

    def uidl(self, message):
        return b"uid-2" if message.uid == 7 else super().uidl(message)


class Replaced(Later, UidlsEqualWithoutTop):
    """As many messages as before, one of them another of the same size: nothing but its octets tells."""

    def change(self, held):
        held[0] = Message(7, text_message(7))


@second_run(first=UidlsEqualWithoutTop, gone=(("INBOX", 1),))
class UidlsEqualOneReplaced(Replaced):
    __doc__ = Replaced.__doc__


@second_run(first=UidlsEqualWithoutTop, gone=(("INBOX", 1),), after_arguments=DELETING)
class DeletesNothingReplaced(Replaced, Deleting):
    __doc__ = Replaced.__doc__


# --- many ---------------------------------------------------------------------------------------------------------------

@scenario(is_flood=True)
class ManyMessages(Pop3):
    """Three thousand, so that windows and batches are many."""
    well = Frugal
    mailboxes = staticmethod(lambda: messages(*(text_message(number) for number in range(1, 3001))))


@scenario(codes=(3,), missing=ALL, is_flood=True)
class HolesAllOver(Pop3):
    """Every third message cannot be had."""
    mailboxes = staticmethod(lambda: messages(*(text_message(number) for number in range(1, 1001))))

    def do_RETR(self, rest):
        if int(rest) % 3 == 0:
            self.send(b"-ERR not this one\r\n")
        else:
            super().do_RETR(rest)


@scenario(codes=(0, 1, 3, 13), missing=ALL, seconds=300, is_flood=True)
class ListedAndNotThere(Listing):
    """Twenty thousand are listed; of six there is more than a UIDL."""

    def lines(self):
        return [*super().lines(), *(b"%d uid-%d" % (number, number) for number in range(7, 20_001))]
