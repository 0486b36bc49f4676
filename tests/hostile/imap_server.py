"""A scripted IMAP server. As it stands it is an honest one (RFC 3501, the reading half); a scenario is a subclass that
overrides the one thing that goes wrong."""
import base64
import dataclasses
import re

from line_server import LineSession

BODY = b"BODY.PEEK[]"
MESSAGE_ID = b"BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"


@dataclasses.dataclass
class Message:
    uid: int
    octets: bytes
    flags: bytes = b"\\Seen"
    internal_date: bytes = b"05-Mar-2024 10:00:02 +0000"


@dataclasses.dataclass
class Mailbox:
    """`raw` is what goes over the line, `name` what the store calls it: decoded, "/" between levels."""
    raw: bytes
    messages: list
    name: str = None
    uid_validity: int = 1700000001
    delimiter: bytes = b'"/"'
    attributes: bytes = b"\\HasNoChildren"

    def __post_init__(self):
        if self.name is None:
            self.name = self.raw.decode()

    @property
    def uid_next(self):
        return max((message.uid for message in self.messages), default=0) + 1


def text_message(number, body=b"Hello.\r\n"):
    return (b"From: Sender <sender@example.net>\r\nTo: user@example.org\r\nSubject: Message %d\r\n"
            b"Date: Tue, 5 Mar 2024 10:00:%02d +0000\r\nMessage-ID: <h%d@example.net>\r\n\r\n" % (number, number % 60, number)
            ) + body


# What every scenario must bring over unharmed: a client that cuts at a line, a NUL or a dot shows here.
OCTETS = (
    text_message(1),
    text_message(2, b"A line that ends a command:\r\n)\r\nA1 OK FETCH completed\r\n* BYE\r\n+ go\r\n.\r\nand goes on\r\n"),
    text_message(3, b"NUL \0 and 8 bit \xff\xfe, a bare LF\nand a bare CR\rand no end"),
    b"\r\nThis message has no header section.\r\n",
    text_message(5, b"0123456789abcdef\r\n" * 5000),
    b"From user@example.org Tue Mar  5 10:00:06 2024\r\n" + text_message(6, b"From here on\r\n>From there\r\n"),
)


def standard_mailboxes():
    return [Mailbox(b"INBOX", [Message(number, octets) for number, octets in enumerate(OCTETS, 1)]),
            Mailbox(b"Archive/2024", [Message(10 * number, text_message(100 + number)) for number in range(1, 4)]),
            Mailbox(b"Empty", [])]


def quoted(octets):
    return b'"' + octets.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def take_astring(rest):
    """An astring off the front of a command whose literals stand in it as {n}CRLF + octets."""
    if rest.startswith(b'"'):
        match = re.match(rb'"((?:[^"\\]|\\.)*)"', rest, re.DOTALL)
        return re.sub(rb"\\(.)", rb"\1", match[1], flags=re.DOTALL), rest[match.end():].lstrip(b" ")
    if match := re.match(rb"\{(\d+)\+?\}\r\n", rest):
        end = match.end() + int(match[1])
        return rest[match.end():end], rest[end:].lstrip(b" ")
    word, _, rest = rest.partition(b" ")
    return word, rest


class Imap(LineSession):
    """An honest server. The methods are in the order of a session; each returns or sends what goes over the line."""

    scheme, scenario_prefix = "imap", ""
    capabilities = b"IMAP4rev1 SASL-IR LITERAL+ ID UIDPLUS AUTH=PLAIN AUTH=LOGIN"
    mailboxes = staticmethod(standard_mailboxes)
    name_prefixes = ()  # of mailboxes that are listed and not among them

    def __init__(self, server, connection, number):
        super().__init__(server, connection, number)
        self.selected = None

    # --- the frame ------------------------------------------------------------------------------------------------

    def converse(self):
        self.greet()
        while True:
            tag, command = self.read_command()
            name, _, rest = command.partition(b" ")
            if name.upper() == b"UID":
                name, _, rest = rest.partition(b" ")
                name = b"UID_" + name
            self.answer(tag, name.upper().decode("latin-1"), rest)

    def read_command(self):
        line = self.read_line()
        while match := re.search(rb"\{(\d+)(\+?)\}$", line):
            if not match[2]:
                self.continue_literal()
            line += b"\r\n" + self.read_octets(int(match[1])) + self.read_line()
        tag, _, command = line.partition(b" ")
        with self.server._lock:
            self.server.commands.append((tag, command))
        return tag, command

    def continue_literal(self):
        self.send(b"+ go on\r\n")

    def answer(self, tag, name, rest):
        handler = getattr(self, "do_" + name, None)
        if handler:
            handler(tag, rest)
        else:
            self.send(tag + b" BAD unknown command\r\n")

    def done(self, tag, name, code=b""):
        self.send(tag + b" OK " + code + name + b" completed\r\n")

    # --- before and during log-in ---------------------------------------------------------------------------------

    @property
    def offered(self):
        return self.capabilities + (b" STARTTLS" if self.tls == "starttls" and not self.is_encrypted else b"")

    def greet(self):
        self.send(b"* OK [CAPABILITY " + self.offered + b"] ready\r\n")

    def do_CAPABILITY(self, tag, rest):
        self.send(b"* CAPABILITY " + self.offered + b"\r\n")
        self.done(tag, b"CAPABILITY")

    def do_STARTTLS(self, tag, rest):
        self.done(tag, b"STARTTLS")
        self.start_tls()

    def do_NOOP(self, tag, rest):
        self.done(tag, b"NOOP")

    def do_ID(self, tag, rest):
        self.send(b'* ID ("name" "scripted")\r\n')
        self.done(tag, b"ID")

    def do_COMPRESS(self, tag, rest):
        if b"COMPRESS=DEFLATE" not in self.capabilities.split():
            self.send(tag + b" BAD unknown command\r\n")
            return
        self.done(tag, b"COMPRESS")
        self.compress()

    def do_LOGIN(self, tag, rest):
        user, rest = take_astring(rest)
        password, _ = take_astring(rest)
        self.log_in(tag, user, password)

    def do_AUTHENTICATE(self, tag, rest):
        mechanism, _, initial = rest.partition(b" ")
        if mechanism.upper() == b"LOGIN":
            self.log_in(tag, *self.sasl_login())
            return
        if not initial:
            self.send(b"+ \r\n")
            initial = self.read_line()
        _, user, password = base64.b64decode(initial).split(b"\0")
        self.log_in(tag, user, password)

    def log_in(self, tag, user, password):
        if (user.decode(), password.decode()) == (self.server.user, self.server.password):
            self.done(tag, b"log-in", b"[CAPABILITY " + self.offered + b"] ")
        else:
            self.send(tag + b" NO [AUTHENTICATIONFAILED] Authentication failed.\r\n")

    # --- mailboxes ------------------------------------------------------------------------------------------------

    def mailbox(self, raw):
        return next((mailbox for mailbox in self.server.mailboxes if mailbox.raw == raw), None)

    def do_LIST(self, tag, rest):
        for mailbox in self.server.mailboxes:
            self.send(self.listed(mailbox))
        self.done(tag, b"LIST")

    def listed(self, mailbox):
        return b"* LIST (%s) %s %s\r\n" % (mailbox.attributes, mailbox.delimiter, self.name_of(mailbox))

    def name_of(self, mailbox):
        if re.search(rb'[\x00-\x1f"\\\x80-\xff]', mailbox.raw):
            return b"{%d}\r\n%s" % (len(mailbox.raw), mailbox.raw)
        return quoted(mailbox.raw)

    def do_STATUS(self, tag, rest):
        raw, _ = take_astring(rest)
        mailbox = self.mailbox(raw)
        if mailbox is None:
            self.send(tag + b" NO [NONEXISTENT] no such mailbox\r\n")
            return
        self.send(self.status(mailbox))
        self.done(tag, b"STATUS")

    def status(self, mailbox):
        return b"* STATUS %s (MESSAGES %d UIDNEXT %d UIDVALIDITY %d)\r\n" % (
            self.name_of(mailbox), len(mailbox.messages), mailbox.uid_next, mailbox.uid_validity)

    def do_EXAMINE(self, tag, rest):
        raw, _ = take_astring(rest)
        self.selected = self.mailbox(raw)
        if self.selected is None:
            self.send(tag + b" NO [NONEXISTENT] no such mailbox\r\n")
            return
        self.send(self.examined(self.selected))
        self.done(tag, b"EXAMINE", b"[READ-ONLY] ")

    def examined(self, mailbox):
        return (b"* FLAGS (\\Answered \\Seen)\r\n* %d EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY %d] valid\r\n"
                b"* OK [UIDNEXT %d] next\r\n" % (len(mailbox.messages), mailbox.uid_validity, mailbox.uid_next))

    # --- messages -------------------------------------------------------------------------------------------------

    def do_UID_SEARCH(self, tag, rest):
        self.send(b"* SEARCH" + b"".join(b" %d" % uid for uid in self.found()) + b"\r\n")
        self.done(tag, b"SEARCH")

    def found(self):
        return [message.uid for message in self.selected.messages]

    def do_UID_FETCH(self, tag, rest):
        self.tag = tag
        numbers, _, items = rest.partition(b" ")
        items = items.replace(MESSAGE_ID, b"MESSAGE-ID").strip(b"()").split()
        for number, message in self.asked(numbers):
            self.send(self.fetched(number, message, items))
        self.done(tag, b"FETCH")

    def asked(self, numbers):
        """[(sequence number, message)] of a sequence set of UIDs."""
        last = max((message.uid for message in self.selected.messages), default=0)
        ranges = []
        for part in numbers.split(b","):
            ends = [last if end == b"*" else int(end) for end in part.split(b":")]
            ranges.append((min(ends), max(ends)))
        return [(number, message) for number, message in enumerate(self.selected.messages, 1)
                if any(first <= message.uid <= end for first, end in ranges)]

    def fetched(self, number, message, items):
        return b"* %d FETCH (%s)\r\n" % (number, b" ".join(self.item(message, item) for item in items))

    def item(self, message, item):
        return {b"UID": lambda: b"UID %d" % message.uid,
                b"FLAGS": lambda: b"FLAGS (" + message.flags + b")",
                b"INTERNALDATE": lambda: b'INTERNALDATE "' + message.internal_date + b'"',
                b"RFC822.SIZE": lambda: b"RFC822.SIZE %d" % self.size(message),
                b"MESSAGE-ID": lambda: b"BODY[HEADER.FIELDS (MESSAGE-ID)] " + self.message_id(message),
                **{name: lambda name=name: name + b" " + self.extra_item(message, name)
                   for name in (b"EMAILID", b"X-GM-MSGID", b"X-GM-THRID", b"X-GM-LABELS")},
                BODY: lambda: b"BODY[] " + self.body(message)}[item.replace(b"BODY[]", BODY)]()

    def size(self, message):
        return len(message.octets)

    def message_id(self, message):
        field = re.search(rb"(?im)^Message-ID:.*\r\n", message.octets.partition(b"\r\n\r\n")[0] + b"\r\n")
        text = (field[0] if field else b"") + b"\r\n"
        return b"{%d}\r\n" % len(text) + text

    def extra_item(self, message, name):
        """Of an extension that a scenario has."""
        raise NotImplementedError(name)

    def body(self, message):
        return b"{%d}\r\n" % len(message.octets) + message.octets

    def do_LOGOUT(self, tag, rest):
        self.send(b"* BYE see you\r\n")
        self.done(tag, b"LOGOUT")
        self.close()
