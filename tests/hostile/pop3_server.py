"""A scripted POP3 server. As it stands it is an honest one (RFC 1939, CAPA of RFC 2449, STLS of RFC 2595, AUTH of RFC 5034);
a scenario is a subclass that overrides the one thing that goes wrong."""
import base64
import hashlib
import re

from imap_server import standard_mailboxes
from line_server import LineSession


class Pop3(LineSession):
    """An honest server with the messages of its one mailbox. UIDLs are made of the UID."""

    scheme, scenario_prefix = "pop3", "pop3_"
    capabilities = (b"TOP", b"USER", b"UIDL", b"PIPELINING", b"RESP-CODES", b"SASL PLAIN LOGIN")
    mailboxes = staticmethod(lambda: standard_mailboxes()[:1])
    banner = b"<1.2@localhost>"
    names_messages = True  # each by a UIDL of its own

    def __init__(self, server, connection, number):
        super().__init__(server, connection, number)
        self.user = None
        self.is_open = False
        self.deleted = set()

    @property
    def messages(self):
        return self.server.mailboxes[0].messages

    def converse(self):
        self.greet()
        while True:
            line = self.read_line()
            if self._received and b"PIPELINING" not in self.offered:
                self.server.errors.append(f"more was sent behind {line[:4]}: no PIPELINING is offered")
            with self.server._lock:
                self.server.commands.append((b"", line))
            name, _, rest = line.partition(b" ")
            self.answer(name.upper().decode("latin-1"), rest)

    def answer(self, name, rest):
        handler = getattr(self, "do_" + name, None)
        if handler is None or (not self.is_open and name in ("STAT", "LIST", "UIDL", "RETR", "TOP", "DELE", "RSET")):
            self.send(b"-ERR not here\r\n")
        elif name == "LIST" and rest:
            self.list_one(rest)
        else:
            handler(rest)

    def ok(self, text=b"done"):
        self.send(b"+OK " + text + b"\r\n")

    def multi_line(self, text, lines):
        self.send(b"+OK " + text + b"\r\n" + b"".join(line + b"\r\n" for line in lines) + b".\r\n")

    # --- before and during log-in ---------------------------------------------------------------------------------

    def greet(self):
        self.ok(b"ready " + self.banner)

    @property
    def offered(self):
        more = (b"STLS",) if self.tls == "starttls" and not self.is_encrypted else ()
        return (*self.capabilities, *more)

    def do_CAPA(self, rest):
        self.multi_line(b"capabilities", self.offered)

    def do_STLS(self, rest):
        self.ok(b"begin")
        self.start_tls()

    def do_USER(self, rest):
        self.user = rest
        self.ok(b"and?")

    def do_PASS(self, rest):
        self.log_in(self.user, rest)

    def do_APOP(self, rest):
        user, _, digest = rest.partition(b" ")
        right = hashlib.md5(self.banner + self.server.password.encode()).hexdigest().encode()
        self.log_in(user, self.server.password.encode() if digest == right else b"")

    def do_AUTH(self, rest):
        mechanism, _, initial = rest.partition(b" ")
        if mechanism.upper() == b"LOGIN":
            self.log_in(*self.sasl_login())
        elif mechanism.upper() == b"PLAIN":
            if not initial:
                self.send(b"+ \r\n")
                initial = self.read_line()
            self.log_in(*base64.b64decode(initial).split(b"\0")[1:])
        else:
            self.send(b"-ERR unknown mechanism\r\n")

    def log_in(self, user, password):
        self.is_open = (user or b"", password) == (self.server.user.encode(), self.server.password.encode())
        self.send(b"+OK welcome\r\n" if self.is_open else b"-ERR [AUTH] Authentication failed.\r\n")

    # --- messages -------------------------------------------------------------------------------------------------

    def numbered(self):
        return [(number, message) for number, message in enumerate(self.messages, 1) if number not in self.deleted]

    @staticmethod
    def truth(octets):
        """A message as POP3 can carry it: of whole lines."""
        return octets if not octets or octets.endswith(b"\r\n") else octets + b"\r\n"

    def one(self, rest):
        """The message that a command names, or None with the refusal sent."""
        number = int(rest) if re.fullmatch(rb"\d{1,9}", rest) else 0
        found = dict(self.numbered()).get(number)
        if found is None:
            self.send(b"-ERR no such message\r\n")
        return found

    def uidl(self, message):
        return b"uid-%d" % message.uid

    def size(self, message):
        return len(message.octets)

    def do_STAT(self, rest):
        self.ok(b"%d %d" % (len(self.numbered()), sum(self.size(message) for _, message in self.numbered())))

    def listing(self, rest, fact):
        if rest:
            message = self.one(rest)
            if message:
                self.ok(rest + b" " + fact(message))
        else:
            self.multi_line(b"listing", [b"%d %s" % (number, fact(message)) for number, message in self.numbered()])

    def do_LIST(self, rest):
        self.listing(rest, lambda message: b"%d" % self.size(message))

    def list_one(self, rest):
        Pop3.do_LIST(self, rest)

    def do_UIDL(self, rest):
        self.listing(rest, self.uidl)

    def do_RETR(self, rest):
        message = self.one(rest)
        if message:
            self.send(b"+OK message follows\r\n" + self.stuffed(message.octets))

    def do_TOP(self, rest):
        number, _, count = rest.partition(b" ")
        message = self.one(number)
        if message:
            head, end, body = message.octets.partition(b"\r\n\r\n")
            lines = body.split(b"\r\n")[:int(count)]
            self.send(b"+OK top follows\r\n" + self.stuffed(head + end + b"".join(line + b"\r\n" for line in lines)))

    def stuffed(self, octets):
        """With its end: a dot in front of each line of dots; a message that ends without CRLF gets one (RFC 1939 §3)."""
        return re.sub(rb"(?<=\r\n)\.|\A\.", b"..", Pop3.truth(octets)) + b".\r\n"

    def do_DELE(self, rest):
        if self.one(rest):
            self.deleted.add(int(rest))
            self.ok()

    def do_RSET(self, rest):
        self.deleted.clear()
        self.ok()

    def do_NOOP(self, rest):
        self.ok()

    def do_QUIT(self, rest):
        gone = {number for number in self.deleted}
        self.server.mailboxes[0].messages[:] = [message for number, message in enumerate(self.messages, 1) if number not in gone]
        self.ok(b"bye")
        self.close()
