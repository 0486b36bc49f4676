"""What the scripted IMAP and POP3 servers share: listening on loopback, TLS, and a log of what the client sent."""
import base64
import dataclasses
import functools
import hashlib
import hmac
import os
import secrets
import socket
import ssl
import sys
import tempfile
import threading
import time
import traceback
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import dovecot


class Gone(Exception):
    """The client has closed the connection, or this server has."""


@dataclasses.dataclass(frozen=True)
class Received:
    """Octets from the client."""
    connection: int
    is_encrypted: bool
    octets: bytes


@functools.cache
def _authority():
    folder = tempfile.TemporaryDirectory(prefix="mailspoor-certificates-")
    authority = dovecot.Certificates(folder.name)
    authority.folder = folder  # removed with it
    return authority


_authority_lock = threading.Lock()


def ca_file():
    """One authority for the life of this process."""
    with _authority_lock:
        return _authority().ca_file


def certificate_files(kind):
    """(certificate, key), made when first asked for."""
    with _authority_lock:
        path = f"{_authority().dir}/{kind}"
        if not os.path.exists(path + ".pem"):
            _authority().make(kind, kind)
    return path + ".pem", path + ".key"


class DeflateSocket:
    """A socket whose octets are raw deflate, each sendall() flushed. `raw` is the socket below."""

    def __init__(self, raw):
        self.raw = raw
        self.deflater, self._inflater = zlib.compressobj(wbits=-15), zlib.decompressobj(wbits=-15)

    def __getattr__(self, name):
        return getattr(self.raw, name)

    def deflated(self, octets):
        return self.deflater.compress(octets) + self.deflater.flush(zlib.Z_SYNC_FLUSH)

    def sendall(self, octets):
        self.raw.sendall(self.deflated(octets))

    def recv(self, size):
        while piece := self.raw.recv(size):
            if plain := self._inflater.decompress(piece):
                return plain
        return b""


class LineSession:
    """One connection. Subclasses say what happens in converse()."""

    tls = "implicit"  # "starttls": begins in clear; "none": stays so
    certificate = "good"

    def __init__(self, server, connection, number):
        self.server, self.socket, self.number = server, connection, number
        self.is_encrypted = False
        self._received = b""

    def converse(self):
        raise NotImplementedError

    def run(self):
        try:
            if self.tls == "implicit":
                self.start_tls()
            self.converse()
        except (Gone, OSError):
            pass
        except Exception:  # a scenario that is wrong must not pass for a server that is
            self.server.errors.append(traceback.format_exc())
        finally:
            self.close()

    def start_tls(self):
        # A client that speaks in clear where TLS belongs is caught by its first octets.
        first = self.socket.recv(4096, socket.MSG_PEEK)
        if not first.startswith(b"\x16"):
            self.server.note(self, first)
        pem, key = certificate_files(self.certificate)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem, key)
        self.socket = context.wrap_socket(self.socket, server_side=True, suppress_ragged_eofs=True)
        self.is_encrypted = True
        self._received = b""

    def send(self, octets):
        self.socket.sendall(octets)

    def compress(self):
        """From here on both sides speak raw deflate (RFC 4978)."""
        self.socket = DeflateSocket(self.socket)

    def drip(self, octets, pause, size=1):
        """A few octets at a time, until the client has enough of it."""
        for start in range(0, len(octets), size):
            self.send(octets[start:start + size])
            time.sleep(pause)

    def silence(self, seconds=3600):
        """Says nothing; ends when the client goes away."""
        self.socket.settimeout(seconds)
        while self._fill():
            pass
        raise Gone

    def drop(self):
        """Breaks the connection as a network does: without TLS's goodbye."""
        raw = socket.socket(fileno=os.dup(self.socket.fileno()))
        raw.shutdown(socket.SHUT_RDWR)
        raw.close()
        raise Gone

    def close(self):
        try:
            if self.is_encrypted:
                self.socket.settimeout(1)
                self.socket = self.socket.unwrap()
        except (OSError, ValueError):
            pass
        self.socket.close()

    def _fill(self):
        piece = self.socket.recv(65536)
        if piece:
            self.server.note(self, piece)
        self._received += piece
        return bool(piece)

    def read_line(self):
        """The next line without its end. A client that never ends its line is not worth more than 1 MiB."""
        while b"\n" not in self._received:
            if len(self._received) > 1 << 20 or not self._fill():
                raise Gone
        line, _, self._received = self._received.partition(b"\n")
        return line.removesuffix(b"\r")

    def read_octets(self, count):
        while len(self._received) < count:
            if not self._fill():
                raise Gone
        octets, self._received = self._received[:count], self._received[count:]
        return octets


    def sasl_login(self):
        """User and password, asked for as SASL's LOGIN does; IMAP and POP3 frame it alike."""
        answers = []
        for challenge in (b"User Name", b"Password"):
            self.send(b"+ " + base64.b64encode(challenge) + b"\r\n")
            answers.append(base64.b64decode(self.read_line()))
        return answers


class ScramServer:
    """For a LineSession: the server's side of SCRAM-SHA-256 (RFC 7677). refuse() is the protocol's."""
    rounds = 4096

    def scram(self, initial):
        first = base64.b64decode(initial).split(b",", 2)[2]
        salt = os.urandom(16)
        nonce = self.nonce(first.rpartition(b"r=")[2])
        challenge = b"r=%b,s=%b,i=%d" % (nonce, base64.b64encode(salt), self.rounds)
        final, _, proof = self.ask(challenge).rpartition(b",p=")
        salted = hashlib.pbkdf2_hmac("sha256", self.server.password.encode(), salt, self.rounds)
        said = b",".join((first, challenge, final))
        client_key = hmac.digest(salted, b"Client Key", "sha256")
        signature = hmac.digest(hashlib.sha256(client_key).digest(), said, "sha256")
        if bytes(a ^ b for a, b in zip(client_key, signature)) != base64.b64decode(proof):
            self.server.errors.append("SCRAM: the client's proof is wrong")
        self.prove(base64.b64encode(hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), said, "sha256")))

    def ask(self, challenge):
        self.send(b"+ " + base64.b64encode(challenge) + b"\r\n")
        line = self.read_line()
        if line == b"*":
            self.refuse(b"cancelled")
            raise Gone
        return base64.b64decode(line)

    def nonce(self, of_client):
        return of_client + b"+server"

    def prove(self, signature):
        self.ask(b"v=" + signature)


class Server:
    """Listens on a free port of loopback and gives each connection a session of `session_class`.

    `shared` is for what one connection must know of those before it."""

    def __init__(self, session_class, user="user"):
        self.session_class, self.user = session_class, user
        self.password = secrets.token_urlsafe(15)
        self.mailboxes = session_class.mailboxes()
        self.received, self.commands, self.errors = [], [], []
        self.shared = {}
        self._lock = threading.Lock()
        self._connections = 0
        self._sessions = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._connections += 1
                session = self.session_class(self, connection, self._connections)
                self._sessions.append(session)
            threading.Thread(target=session.run, daemon=True).start()

    def note(self, session, octets):
        with self._lock:
            self.received.append(Received(session.number, session.is_encrypted, octets))

    def stop(self):
        for one in (self._listener, *(session.socket for session in self._sessions)):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()

    @property
    def ca_file(self):
        return ca_file()
