"""A way to a server on loopback with a round-trip time, which takes nothing from the throughput.

What arrives is written on half a round trip later, so that any number of octets is in flight: what pipelines stays
pipelined. Connecting costs a round trip, too. No loss, no slow start, no bandwidth limit.
"""
import asyncio
import collections
import multiprocessing
import signal
import socket

MOST_HELD = 64 << 20


class Pipe:
    def __init__(self, reader, writer, delay, not_before):
        self.reader, self.writer, self.delay, self.not_before = reader, writer, delay, not_before
        self.waiting = collections.deque()  # (when to write, octets)
        self.held = 0
        self.changed = asyncio.Condition()

    async def read(self):
        octets = b"-"
        while octets:
            try:
                octets = await self.reader.read(1 << 18)
            except OSError:
                octets = b""
            async with self.changed:
                when = max(asyncio.get_running_loop().time(), self.not_before) + self.delay
                self.waiting.append((when, octets))
                self.held += len(octets)
                self.changed.notify_all()
                await self.changed.wait_for(lambda: self.held < MOST_HELD)

    async def write(self):
        octets = b"-"
        while octets:
            async with self.changed:
                await self.changed.wait_for(lambda: self.waiting)
                when, octets = self.waiting.popleft()
            await asyncio.sleep(when - asyncio.get_running_loop().time())
            try:
                if octets:
                    self.writer.write(octets)
                    await self.writer.drain()
                else:
                    self.writer.write_eof()
            except OSError:
                pass
            async with self.changed:
                self.held -= len(octets)
                self.changed.notify_all()


async def serve(listener, target, round_trip):
    async def connect(client_reader, client_writer):
        up = asyncio.get_running_loop().time() + round_trip
        await asyncio.sleep(1.5 * round_trip)  # SYN, SYN-ACK, ACK: then the greeting comes
        reader, writer = await asyncio.open_connection("127.0.0.1", target, limit=1 << 20)
        for one in (client_writer, writer):
            one.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        pipes = (Pipe(client_reader, writer, round_trip / 2, up), Pipe(reader, client_writer, round_trip / 2, up))
        await asyncio.gather(*(half for pipe in pipes for half in (pipe.read(), pipe.write())))
        writer.close()
        client_writer.close()

    async with await asyncio.start_server(connect, sock=listener, limit=1 << 20) as server:
        await server.serve_forever()


class DelayProxy:
    """Listens on `port` of loopback. Without a round trip nothing stands in between."""

    def __init__(self, target, round_trip):
        self.port, self._process = target, None
        if round_trip > 0:
            listener = socket.create_server(("127.0.0.1", 0))
            self.port = listener.getsockname()[1]
            self._process = multiprocessing.Process(target=self._run, args=(listener, target, round_trip), daemon=True)
            self._process.start()
            listener.close()

    @staticmethod
    def _run(listener, target, round_trip):
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        asyncio.run(serve(listener, target, round_trip))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process:
            self._process.terminate()
            self._process.join()
