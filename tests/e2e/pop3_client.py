"""A POP3 client that shares no code with Mailspoor, nor with poplib, which takes a message apart into lines and puts up with
none longer than 2,048 octets. It tells what a server really sends."""
import contextlib
import re
import socket
import ssl


class Refused(AssertionError):
    """The server answered a command with -ERR."""


class Pop3Client:
    """One logged-in session over TLS. It takes back the marks of RETR before it leaves, unless `marks` says otherwise.

    It understands UTF-8 (RFC 6856): Courier sends something else in place of messages with 8-bit header fields if one does not."""

    def __init__(self, server, user=None, marks=False):
        self.marks = marks
        context = ssl.create_default_context(cafile=server.ca_file)
        plain = socket.create_connection(("localhost", server.pop3s_port), timeout=60)
        self.socket = context.wrap_socket(plain, server_hostname="localhost")
        self.unread = b""
        self.greeting = self._until(b"\r\n")
        try:
            if b"UTF8" in self.long_answer("CAPA").split():
                self.do("UTF8")
            self.do(f"USER {user or server.user}")
            self.do(f"PASS {server.password(user)}")
        except BaseException:
            self.socket.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(Refused, OSError):
            if not self.marks:
                self.do("RSET")
            self.do("QUIT")
        self.socket.close()

    def _until(self, end):
        """The octets before `end`."""
        while end not in self.unread:
            piece = self.socket.recv(1 << 18)
            if not piece:
                raise OSError(f"the server closed the connection after {self.unread[-200:]!r}")
            self.unread += piece
        octets, _, self.unread = self.unread.partition(end)
        return octets

    def do(self, command):
        self.socket.sendall(command.encode() + b"\r\n")
        answer = self._until(b"\r\n")
        if not answer.startswith(b"+OK"):
            raise Refused(f"{command.split()[0]}: {answer.decode(errors='replace')}")
        return answer

    def long_answer(self, command):
        """What stands below the status line, without the dots that were added to it."""
        self.do(command)
        # So that the end of an empty answer is found, too.
        self.unread = b"\r\n" + self.unread
        octets = self._until(b"\r\n.\r\n") + b"\r\n"
        return re.sub(rb"\r\n\.", b"\r\n", octets)[2:]

    def pairs(self, command):
        """{number: what stands behind it}."""
        lines = self.long_answer(command).decode().splitlines()
        return {int(number): rest for number, _, rest in (line.partition(" ") for line in lines)}

    def uidls(self):
        return self.pairs("UIDL")

    def retrieve(self, number):
        return self.long_answer(f"RETR {number}")


def uidls(server, user=None):
    """{number: UIDL} and {number: size}, as two sessions are compared."""
    with Pop3Client(server, user) as client:
        return client.uidls(), client.pairs("LIST")


def maildrop(server, user=None):
    """{UIDL: octets} of the whole maildrop."""
    with Pop3Client(server, user) as client:
        names = client.uidls()
        messages = {uidl: client.retrieve(number) for number, uidl in names.items()}
    if len(messages) != len(names):
        raise AssertionError(f"a UIDL stands twice in {sorted(names.values())}")
    return messages
