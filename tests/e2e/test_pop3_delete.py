#!/usr/bin/python3
"""sync --delete-after: the only thing that ever changes a server. What it deletes there lies here, and nothing else goes."""
import contextlib
import json
import os
import random
import re
import shutil
import signal
import socket
import time

import harness
import judge
from harness import message, sha256
from pop3_case import DovecotCase, Mailspoor, append, name_in_file, uidl_of
from pop3_client import maildrop, uidls


class CutAt(harness.Proxy):
    """Breaks the connection once, where a client in the clear sends a command."""

    def __init__(self, port, command):
        self.command = command
        super().__init__(port)

    def _pump(self, source, sink, counted):
        if counted:
            return super()._pump(source, sink, counted)
        with contextlib.suppress(OSError):
            while piece := source.recv(16384):
                if self.command in piece and not self.stalled.is_set():
                    self.stalled.set()
                    break
                sink.sendall(piece)
            for one in (source, sink):
                one.shutdown(socket.SHUT_RDWR)


class Delete(DovecotCase):
    def start(self, count=6):
        server = self.server()
        append(server, *map(message, range(count)))
        spoor = Mailspoor(self.folder)
        return server, spoor

    def there(self, server):
        return set(uidls(server)[0].values())

    def run_sync(self, spoor, server, *arguments, **options):
        result = self.expect(spoor.sync(server, "--format", "jsonl", *arguments, **options))
        line, = result.objects()
        self.assertEqual((line["error"], line["gone"]), (None, 0))
        return line, result.errors

    def age(self, spoor, days, numbers=None):
        """Makes the journal say that messages were stored so many days earlier, and forgets what was made of it."""
        shutil.rmtree(spoor.root / "state", ignore_errors=True)
        for path in (spoor.root / "mail").rglob("mailspoor.journal"):
            lines = path.read_text().splitlines(keepends=True)
            earlier = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - days * 86400))
            for at, line in enumerate(lines):
                if (stored := json.loads(line)).get("event") == "stored" and (numbers is None or stored["uid"] in numbers):
                    lines[at] = re.sub(r'"time":"[^"]*"', f'"time":"{earlier}"', line)
                    self.assertNotEqual(lines[at], line)
            path.write_text("".join(lines))

    def test_what_an_earlier_run_stored(self):
        server, spoor = self.start()
        names, held = self.there(server), {uidl: sha256(octets) for uidl, octets in maildrop(server).items()}
        line, _ = self.run_sync(spoor, server, "--delete-after", "0")
        self.assertEqual((line["fetched"], self.there(server)), (6, names), "the same run deletes nothing that it has stored")
        append(server, message(10))
        server.client_commands(forget=True)
        line, _ = self.run_sync(spoor, server, "--delete-after", "0")
        sent = server.client_commands()
        self.assertEqual((line["fetched"], line["held"]), (1, 6))
        new, = self.there(server)
        self.assertNotIn(new, names)
        self.assertEqual([word for command in sent if (word := command.split()[0]) != "DELE" or "6" in command][-3:],
                         ["RSET", "DELE", "QUIT"])
        self.assertEqual(sorted(command for command in sent if command.startswith("DELE")),
                         [f"DELE {number}" for number in range(1, 7)])
        # Nothing happened here, and nothing will be missed.
        for _ in range(2):
            self.assertEqual(spoor.stored().keys(), set(map(name_in_file, names | {new})))
            self.expect(spoor.run("check", "--server", server.url(protocol="pop3"), "--hash", "--ca-file", server.ca_file,
                                  "--password-file", server.password_file()))
            self.assertEqual(self.expect(spoor.run("count", "is:gone")).text, "0\n")
            line, _ = self.run_sync(spoor, server)
            self.assertEqual((line["fetched"], line["gone"]), (0, 0))
            self.check(judge.index_problems(spoor))
            shutil.rmtree(spoor.root / "state")
        stored = {line["file"]: line for line in spoor.journal("stored")}
        deleted = spoor.journal("deleted")
        self.assertEqual({stored[line["file"]]["uidl"]: line["sha256"] for line in deleted}, held)
        for line in deleted:
            self.assertRegex(line["time"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
            self.assertEqual(line["sha256"], stored[line["file"]]["sha256"])

    def test_days(self):
        server, spoor = self.start()
        names = uidls(server)[0]
        self.run_sync(spoor, server)
        self.run_sync(spoor, server, "--delete-after", "30")
        self.assertEqual(len(self.there(server)), 6)
        self.age(spoor, 30.1, {1, 2})
        self.age(spoor, 29.9, {3})
        self.run_sync(spoor, server, "--delete-after", "31")
        self.assertEqual(len(self.there(server)), 6)
        self.run_sync(spoor, server)
        self.assertEqual(len(self.there(server)), 6, "not without being told")
        self.run_sync(spoor, server, "--delete-after", "30")
        self.assertEqual(self.there(server), {names[number] for number in (3, 4, 5, 6)})

    def test_so_many_at_most(self):
        server, spoor = self.start(130)
        self.run_sync(spoor, server)
        for most, left in (("3", 127), ("0", 127), (None, 27)):
            self.run_sync(spoor, server, "--delete-after", "0", *(["--delete-max", most] if most else []))
            self.assertEqual(len(self.there(server)), left)
        self.assertEqual(len(spoor.journal("deleted")), 103)
        self.assertEqual(len(spoor.stored()), 130)

    def test_what_does_not_lie_here_unchanged_stays_there(self):
        server, spoor = self.start()
        names = uidls(server)[0]
        self.run_sync(spoor, server)
        path, lost, flagged, cut = (spoor.file(names[number]) for number in (2, 3, 4, 5))
        octets = path.read_bytes()
        changed = octets.replace(b"Body", b"body")
        self.assertEqual(len(changed), len(octets))
        path.write_bytes(changed)
        lost.unlink()
        cut.write_bytes(cut.read_bytes()[:100])
        flagged.rename(flagged.with_name(flagged.name + "S"))
        self.run_sync(spoor, server, "--delete-after", "0")
        self.assertEqual(self.there(server), {names[number] for number in (2, 3, 5)})
        path.write_bytes(octets)
        self.run_sync(spoor, server, "--delete-after", "0")
        self.assertEqual(self.there(server), {names[number] for number in (3, 5)})

    def test_without_the_journal_nothing_is_deleted(self):
        """A file alone proves neither its age nor its octets."""
        server, spoor = self.start()
        self.run_sync(spoor, server)
        shutil.rmtree(spoor.root / "state")
        for path in (spoor.root / "mail").rglob("mailspoor.journal"):
            path.unlink()
        line, _ = self.run_sync(spoor, server, "--delete-after", "0")
        self.assertEqual((line["fetched"], line["held"], len(self.there(server))), (0, 6, 6))

    def test_holes_stay_there(self):
        server, spoor = self.start()
        append(server, message(10, size=9000))
        for _ in range(2):
            self.expect(spoor.sync(server, "--max-message-size", "5000", "--delete-after", "0"), 3)
        self.assertEqual(self.there(server), {uidl_of(server, 1)})
        self.assertEqual(uidls(server)[1], {1: str(len(message(10, size=9000)))})

    def test_as_the_configuration_says(self):
        server, spoor = self.start()
        self.write_config(spoor, server, more="delete_after = 0\ndelete_max = 4\n")
        self.expect(spoor.run("sync", "work"))
        self.assertEqual(len(self.there(server)), 6)
        result = self.expect(spoor.run("sync", "work"))
        self.assertEqual((len(self.there(server)), result.out), (2, b""))
        self.expect(spoor.run("sync", "work", "--delete-after", "30"))
        self.assertEqual(len(self.there(server)), 2)
        self.expect(spoor.run("sync", "work", "--delete-max", "1"))
        self.assertEqual(len(self.there(server)), 1)
        self.write_config(spoor, server, more="delete_after = -1\n")
        self.expect(spoor.run("sync", "work"), 2)

    def test_only_pop3(self):
        server, spoor = self.start()
        for option in (("--delete-after", "0"), ("--delete-after", "30", "--delete-max", "1")):
            self.expect_error(spoor.sync(server, *option, url=server.url()), 2, "POP3")
        config = spoor.directory / "config" / "mailspoor" / "config.toml"
        config.parent.mkdir(parents=True)
        config.write_text(f'[accounts.work]\nurl = "{server.url()}"\nca_file = "{server.ca_file}"\n'
                          f'password_file = "{server.password_file()}"\ndelete_after = 0\n')
        self.expect_error(spoor.run("sync", "work"), 2, "delete_after", "POP3")
        self.assertFalse((spoor.root / "mail").exists())
        self.assertEqual(len(self.there(server)), 6)
        for wrong in ("-1", "x", "1.5", "100000000"):
            self.expect(spoor.sync(server, "--delete-after", wrong), 2)

    def test_a_session_that_breaks_before_it_ends(self):
        """What was to be deleted is there still, is not fetched again, and is deleted by the next run."""
        for command in (b"DELE", b"QUIT"):
            with self.subTest(command=command):
                server = self.server()
                append(server, *map(message, range(6)))
                spoor = Mailspoor(f"{self.folder}/{command.decode()}")
                self.connect_by(spoor, server, server.pop3_port)
                self.expect(spoor.run("sync", "work"))
                append(server, message(6))
                with contextlib.closing(CutAt(server.pop3_port, command)) as proxy:
                    self.connect_by(spoor, server, proxy.port)
                    spoor.run("sync", "work", "--delete-after", "0", "--delete-max", "6")
                    self.assertTrue(proxy.stalled.is_set())
                self.assertEqual(len(self.there(server)), 7, "nothing is deleted without QUIT")
                self.connect_by(spoor, server, server.pop3_port)
                line, = self.expect(spoor.run("sync", "work", "--format", "jsonl")).objects()
                self.assertEqual((line["fetched"], line["held"], line["gone"]), (0, 7, 0))
                self.expect(spoor.run("check", "--hash", "--server"))
                self.expect(spoor.run("sync", "work", "--delete-after", "0", "--delete-max", "6"))
                self.assertEqual(len(self.there(server)), 1)
                self.assertEqual(len(spoor.stored()), 7)

    def test_a_session_that_breaks_behind_the_messages(self):
        """Another connection ends the work; what the first one has stored is not old enough for it."""
        server = self.server()
        append(server, *map(message, range(6)))
        spoor = Mailspoor(self.folder)
        self.connect_by(spoor, server, server.pop3_port)
        self.expect(spoor.run("sync", "work"))
        append(server, message(6))
        with contextlib.closing(CutAt(server.pop3_port, b"RSET")) as proxy:
            self.connect_by(spoor, server, proxy.port)
            line, = self.expect(spoor.run("sync", "work", "--delete-after", "0", "--format", "jsonl")).objects()
            self.assertTrue(proxy.stalled.is_set())
        self.assertEqual((line["fetched"], line["gone"]), (1, 0))
        self.assertEqual(len(self.there(server)), 1)
        self.assertEqual(len(spoor.stored()), 7)

    def test_killed_while_it_deletes(self):
        """What the server has lost lies here and is known to be deleted; what it has is held."""
        seed = int(os.environ.get("MAILSPOOR_SEED") or time.time())
        print(f"MAILSPOOR_SEED={seed}", flush=True)
        chance = random.Random(seed)
        server, spoor = self.start(300)
        self.run_sync(spoor, server)
        drop = {name_in_file(uidl): octets for uidl, octets in maildrop(server).items()}
        options = "--delete-after", "0", "--delete-max", "5"
        whole = self.expect(spoor.sync(server, *options)).seconds
        in_time = 0
        for number in range(50 if harness.LONG else 15):
            process = spoor.start("sync", server.url(protocol="pop3"), "--ca-file", server.ca_file, "--password-file",
                                  server.password_file(), *options, start_new_session=True)
            time.sleep(chance.uniform(whole / 3, 1.2 * whole))
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                in_time += 1
            spoor.finish(process)
            there = set(map(name_in_file, self.there(server)))
            self.assertEqual({name: path.read_bytes() for name, (path,) in spoor.stored().items()}, drop)
            line, _ = self.run_sync(spoor, server)
            self.assertEqual((line["fetched"], line["gone"]), (0, 0))
            deleted = {re.search(",I=([0-9a-f]{16})", line["file"])[1] for line in spoor.journal("deleted")}
            self.assertLessEqual(drop.keys() - there, deleted)
            print(f"kill {number}: {len(there)} are there", flush=True)
        self.assertGreater(in_time, 2, "kills that came in time")
        self.assertEqual(spoor.litter(), [])
        self.check(judge.index_problems(spoor))

    def connect_by(self, spoor, server, port):
        """In the clear, so that a proxy sees the commands."""
        self.write_config(spoor, server, url=server.url(protocol="pop3", tls="starttls", port=port), more='tls = "none"\n')


if __name__ == "__main__":
    harness.main()
