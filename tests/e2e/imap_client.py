"""An IMAP client that shares no code with Mailspoor: Python's imaplib. It tells what a server really holds."""
import base64
import contextlib
import imaplib
import re
import ssl

# imaplib reads a line at a time; a server may put thousands of UIDs on one.
imaplib._MAXLINE = 10_000_000
# It would make every bare CR or LF of an appended message a CRLF.
imaplib.MapCRLF = re.compile(rb"(?!)")


def encode_mailbox(name):
    """Modified UTF-7 (RFC 3501 §5.1.3)."""
    def shift(match):
        if match[0] == "&":
            return "&-"
        return "&" + base64.b64encode(match[0].encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-"
    return re.sub(r"&|[^\x20-\x7e]+", shift, name)


def decode_mailbox(name):
    def unshift(match):
        if match[1] == "":
            return "&"
        text = match[1].replace(",", "/")
        return base64.b64decode(text + "=" * (-len(text) % 4)).decode("utf-16-be")
    return re.sub(r"&([^-]*)-", unshift, name)


def quoted(name):
    return '"' + encode_mailbox(name).replace("\\", "\\\\").replace('"', '\\"') + '"'


class Refused(AssertionError):
    """The server answered a command with NO."""


class ImapClient:
    """One logged-in session. Mailbox names are UTF-8 with "/" between levels. Without CONDSTORE there is no MODSEQ to tell of."""

    def __init__(self, server, user=None):
        context = ssl.create_default_context(cafile=server.ca_file)
        self.imap = imaplib.IMAP4_SSL("localhost", server.imaps_port, ssl_context=context, timeout=60)
        self.imap.login(user or server.user, server.password(user))
        self.separator = server.separator
        # Again: many tell more after the log-in.
        self.has_condstore = b"CONDSTORE" in self._do(self.imap.capability())[-1].upper().split()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(imaplib.IMAP4.error, OSError):
            self.imap.logout()

    def _raw(self, name):
        return quoted(name.replace("/", self.separator))

    def _do(self, answer):
        status, data = answer
        if status != "OK":
            raise Refused(f"the server said {status}: {data}")
        return data

    def mailboxes(self):
        """Every mailbox that can be opened."""
        names = []
        for item in self._do(self.imap.list('""', '"*"')):
            if item is None:
                continue
            # A name with a quote or a backslash comes as a literal, in two pieces.
            line, literal = item if isinstance(item, tuple) else (item, None)
            match = re.match(rb'\((?P<flags>[^)]*)\) (?:"(?:\\?.)"|NIL) (?P<name>.*)$', line, re.DOTALL)
            if match is None:
                continue
            if re.search(rb"\\Noselect|\\NonExistent", match["flags"], re.IGNORECASE):
                continue
            name = (literal if literal is not None else match["name"]).decode()
            if literal is None and name.startswith('"'):
                name = re.sub(r"\\(.)", r"\1", name[1:-1])
            names.append(decode_mailbox(name).replace(self.separator, "/"))
        return sorted(names)

    def create(self, name):
        self._do(self.imap.create(self._raw(name)))

    def share(self, name, user):
        """Lets another user read a mailbox."""
        self._do(self.imap.setacl(self._raw(name), user, "lrs"))

    def append(self, name, octets, flags=(), received=None):
        date = imaplib.Time2Internaldate(received) if received else None
        self._do(self.imap.append(self._raw(name), f"({' '.join(flags)})" if flags else None, date, octets))

    def rename(self, name, new_name):
        self._do(self.imap.rename(self._raw(name), self._raw(new_name)))

    def remove(self, name):
        """Deletes a whole mailbox."""
        self._do(self.imap.delete(self._raw(name)))

    def delete(self, name, uid):
        self._do(self.imap.select(self._raw(name)))
        self._do(self.imap.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Deleted)"))
        self._do(self.imap.expunge())

    def set_flags(self, name, uid, flags):
        """These and no others."""
        self._do(self.imap.select(self._raw(name)))
        self._do(self.imap.uid("STORE", str(uid), "FLAGS.SILENT", f"({' '.join(flags)})"))

    def copy(self, name, uid, to):
        self._do(self.imap.select(self._raw(name)))
        self._do(self.imap.uid("COPY", str(uid), self._raw(to)))

    def move(self, name, uid, to):
        self.copy(name, uid, to)
        self.delete(name, uid)

    def status(self, name):
        items = "MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN" + " HIGHESTMODSEQ" * self.has_condstore
        data = self._do(self.imap.status(self._raw(name), f"({items})"))
        text = data[-1]  # the last parentheses in it: a name may hold some too
        return {key.decode(): int(value) for key, value in re.findall(rb"([A-Z]+) (\d+)", text[text.rindex(b"("):])}

    def messages(self, name):
        """{UID: octets} of a mailbox, without marking anything as read."""
        self._do(self.imap.select(self._raw(name), readonly=True))
        found = {}
        for item in self._do(self.imap.uid("FETCH", "1:*", "(UID BODY.PEEK[])")):
            if isinstance(item, tuple):
                uid = int(re.search(rb"UID (\d+)", item[0])[1])
                found[uid] = item[1]
            elif item and (empty := re.search(rb'UID (\d+) BODY\[\] (?:""|NIL)', item)):
                found[int(empty[1])] = b""
        return found

    def facts(self, name):
        """{UID: (flags, INTERNALDATE, MODSEQ or None)} of a mailbox."""
        self._do(self.imap.select(self._raw(name), readonly=True))
        facts = {}
        for item in self._do(self.imap.uid("FETCH", "1:*", f"(UID FLAGS INTERNALDATE{' MODSEQ' * self.has_condstore})")):
            if not item:
                continue
            change = re.search(rb"MODSEQ \((\d+)\)", item)
            facts[int(re.search(rb"UID (\d+)", item)[1])] = (
                tuple(sorted(re.search(rb"FLAGS \(([^)]*)\)", item)[1].decode().split())),
                re.search(rb'INTERNALDATE "([^"]*)"', item)[1].decode(),
                int(change[1]) if change else None)
        return facts


def snapshot(server, user=None):
    """All that a reader could have changed by accident, per mailbox. Two of these are compared."""
    with ImapClient(server, user) as client:
        names = client.mailboxes()
        # STATUS of all first: a mailbox that is open counts its recent messages in another way.
        status = {name: client.status(name) for name in names}
        return {name: (status[name], client.facts(name)) for name in names}


def everything(server, user=None):
    """{(mailbox, UIDVALIDITY, UID): octets} of the whole account."""
    with ImapClient(server, user) as client:
        return {(name, client.status(name)["UIDVALIDITY"], uid): octets
                for name in client.mailboxes() for uid, octets in client.messages(name).items()}
