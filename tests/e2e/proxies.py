"""Small proxies for one kind of client: CONNECT of HTTP and of SOCKS5, each with a list of what it was asked for."""
import socket
import struct
import threading


class Proxy:
    """Listens on loopback and connects to where `route` leads from the (host, port) that a client asks for; to where it
    asks if `route` is None. With `refuses` it connects nobody."""

    scheme = None

    def __init__(self, route=None, refuses=False):
        self.route, self.refuses = route, refuses
        self.asked = []  # (host, port) as asked for: a name or an address
        self.octets = 0  # of servers, passed on
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets = [self._listener]
        self.url = f"{self.scheme}://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for one in self._sockets:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._sockets.append(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            asked = self.ask(client)
            self.asked.append(asked)
            if self.refuses:
                self.refuse(client)
                client.close()
                return
            server = socket.create_connection(self.route or asked)
            self._sockets.append(server)
            self.agree(client)
            threading.Thread(target=self._pump, args=(client, server), daemon=True).start()
            self._pump(server, client, counted=True)
        except OSError:
            client.close()

    def _pump(self, source, sink, counted=False):
        try:
            while piece := source.recv(65536):
                self.octets += len(piece) if counted else 0
                sink.sendall(piece)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def exactly(client, count):
    octets = b""
    while len(octets) < count:
        piece = client.recv(count - len(octets))
        if not piece:
            raise OSError("the client is gone")
        octets += piece
    return octets


class HttpProxy(Proxy):
    """RFC 9110 §9.3.6."""
    scheme = "http"

    def ask(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            head += exactly(client, 1)
        method, target, _ = head.partition(b"\r\n")[0].decode().split(" ")
        if method != "CONNECT":
            raise OSError(f"not CONNECT but {method}")
        host, _, port = target.rpartition(":")
        return host.strip("[]"), int(port)

    def agree(self, client):
        client.sendall(b"HTTP/1.1 200 Connection established\r\nX-Proxy: * PREAUTH\r\n\r\n")

    def refuse(self, client):
        client.sendall(b"HTTP/1.1 403 Forbidden by the house rules\r\nContent-Length: 0\r\n\r\n")


class SocksProxy(Proxy):
    """RFC 1928, without authentication; the client leaves the looking up of names to us."""
    scheme = "socks5h"

    def ask(self, client):
        version, methods = exactly(client, 2)
        if version != 5 or 0 not in exactly(client, methods):
            raise OSError("not SOCKS5 without authentication")
        client.sendall(b"\5\0")
        _, command, _, kind = exactly(client, 4)
        if command != 1:
            raise OSError(f"not CONNECT but {command}")
        if kind == 3:
            host = exactly(client, exactly(client, 1)[0]).decode()
        else:
            family, size = {1: (socket.AF_INET, 4), 4: (socket.AF_INET6, 16)}[kind]
            host = socket.inet_ntop(family, exactly(client, size))
        return host, struct.unpack(">H", exactly(client, 2))[0]

    def agree(self, client):
        client.sendall(b"\5\0\0\1" + bytes(6))

    def refuse(self, client):
        client.sendall(b"\5\2\0\1" + bytes(6))  # not allowed by ruleset
