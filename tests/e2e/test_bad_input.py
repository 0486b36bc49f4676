#!/usr/bin/python3
"""What goes wrong with servers, disks and settings: the exit code, and a text that tells what to do."""
import base64
import contextlib
import os
import pathlib
import re
import socket
import subprocess
import threading
import time

import harness
from harness import message
from imap_client import everything


class Server(harness.Case):
    def setUp(self):
        super().setUp()
        self.spoor = harness.Mailspoor(self.folder)

    def password_file(self, text):
        path = self.folder + "/password"
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text + "\n")
        return path

    def test_wrong_password(self):
        server = self.server()
        server.add("INBOX", message(1))
        result = self.spoor.run("sync", server.url(), "--ca-file", server.ca_file, "--password-file",
                                self.password_file("certainly-wrong"))
        self.expect_error(result, 12, r"Authentication failed", "user")
        self.assertNotIn("certainly-wrong", result.errors)
        line = self.spoor.run("sync", server.url(), "--ca-file", server.ca_file, "--password-file",
                              self.password_file("certainly-wrong"), "--format", "jsonl")
        self.expect(line, 12)
        self.assertIn("Authentication failed", line.objects()[0]["error"])
        attempts = server.log().count("auth failed")
        self.assertEqual(attempts, 2, "one attempt a run: a refused log-in is not tried again unasked")

    def test_unknown_host(self):
        result = self.spoor.run("sync", "imaps://user@no-such-host.invalid", "--password-file", self.password_file("x"))
        self.expect_error(result, 13, r"no-such-host\.invalid")

    def test_refused_port(self):
        with socket.socket() as nobody_listens:
            nobody_listens.bind(("127.0.0.1", 0))
            port = nobody_listens.getsockname()[1]
            result = self.spoor.run("sync", f"imaps://user@127.0.0.1:{port}", "--password-file", self.password_file("x"))
        self.expect_error(result, 13, str(port), "refused|connect")

    def test_silent_server(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            for scheme in ("imaps", "imap"):
                result = self.spoor.run("sync", f"{scheme}://user@127.0.0.1:{port}", "--timeout", 2, "--password-file",
                                        self.password_file("x"), timeout=60)
                self.expect_error(result, 13, r"time|answer|second")
                self.assertLess(result.seconds, 15, result)

    def test_server_silent_in_the_middle(self):
        server = self.server()
        for number in range(50):
            server.add("INBOX", message(number, size=5000))
        proxy = harness.Proxy(server.imaps_port, 60_000)
        self.addCleanup(proxy.close)
        result = self.spoor.sync(server, "--timeout", 3, url=server.url(port=proxy.port), timeout=60)
        self.expect_error(result, 13, r"time|second")
        self.assertEqual(self.spoor.litter(), [])
        proxy.go_on.set()
        self.expect(self.spoor.sync(server, url=server.url(port=proxy.port)))
        self.assertEqual(len(self.spoor.stored()), 50)

    def test_greeting_refuses(self):
        def answer():
            with contextlib.closing(listener.accept()[0]) as client:
                client.sendall(b"* BYE come back tomorrow\r\n")
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        threading.Thread(target=answer, daemon=True).start()
        result = self.spoor.run("sync", f"imap://user@127.0.0.1:{listener.getsockname()[1]}", "--tls", "none", "--password-file",
                                self.password_file("x"), timeout=60)
        self.assertEqual(result.code, 13, result)
        self.expect_error(result, result.code, "come back tomorrow")

    def test_starttls_not_offered(self):
        server = self.server(settings="ssl = no\n")
        server.add("INBOX", message(1))
        result = self.spoor.sync(server, url=server.url(tls="starttls"))
        self.expect_error(result, 13, "TLS")
        self.assertNotIn("Login: user=<user>", server.log())

    def check_certificate(self, kind, *texts, ca=True, host="localhost"):
        server = self.server(certificate=kind)
        server.add("INBOX", message(1))
        arguments = ["sync", server.url(host=host), "--password-file", server.password_file()]
        refused = self.spoor.run(*arguments, *(["--ca-file", server.ca_file] if ca else []))
        self.expect_error(refused, 13, "certificate", *texts)
        self.assertNotIn("Login: user=<user>", server.log(), "the password was sent to a server that is not trusted")
        pin = re.search(r"--pin[ =]['\"]?(sha256//[A-Za-z0-9+/=]+)", refused.errors)
        self.assertIsNotNone(pin, f"no --pin line\n{refused}")
        self.assertEqual(pin[1], server.certificate_pin())
        tried = self.expect_error(self.spoor.run("account", "test", *arguments[1:]), 13)
        self.assertIn(pin[0], tried.errors)
        self.expect(self.spoor.run(*arguments, "--pin", pin[1]))
        self.assertEqual(len(self.spoor.stored()), 1)
        other = "sha256//" + base64.b64encode(bytes(32)).decode()
        self.expect_error(self.spoor.run(*arguments, "--pin", other), 13, "pin|certificate|key")
        self.expect_error(self.spoor.run(*arguments, "--pin", other, "--ca-file", server.ca_file), 13)
        self.expect(self.spoor.run(*arguments, "--pin", "sha256//nonsense"), 2)

    def test_certificate_of_an_unknown_authority(self):
        self.check_certificate("good", ca=False)

    def test_certificate_for_another_name(self):
        self.check_certificate("wrong-name", "name|match|mail.example.net")

    def test_expired_certificate(self):
        self.check_certificate("expired", "expired")

    def test_self_signed_certificate(self):
        self.check_certificate("self-signed", "self.signed")

    def test_second_run_for_the_same_account(self):
        server = self.server()
        for number in range(50):
            server.add("INBOX", message(number, size=5000))
        proxy = harness.Proxy(server.imaps_port, 60_000)
        self.addCleanup(proxy.close)
        url = server.url(port=proxy.port)
        first = self.spoor.start("sync", url, "--ca-file", server.ca_file, "--password-file", server.password_file())
        self.assertTrue(proxy.stalled.wait(60), "the first sync never came so far")
        second = self.spoor.sync(server, url=url)
        self.expect_error(second, 11, rf"\b{first.pid}\b", r"\d\d:\d\d", "user@localhost")
        self.expect_error(self.spoor.sync(server, "--lock-wait", 1, url=url), 11)
        self.expect(self.spoor.run("search", "*"))  # reading is never locked out
        waiting = self.spoor.start("sync", url, "--ca-file", server.ca_file, "--password-file", server.password_file(),
                                   "--lock-wait", "60")
        time.sleep(0.5)
        proxy.go_on.set()
        self.expect(self.spoor.finish(first))
        self.expect(self.spoor.finish(waiting))
        self.assertEqual(len(self.spoor.stored()), 50)

    def test_lock_of_a_killed_run(self):
        server = self.server()
        for number in range(50):
            server.add("INBOX", message(number, size=5000))
        proxy = harness.Proxy(server.imaps_port, 60_000)
        self.addCleanup(proxy.close)
        first = self.spoor.start("sync", server.url(port=proxy.port), "--ca-file", server.ca_file, "--password-file",
                                 server.password_file())
        self.assertTrue(proxy.stalled.wait(60))
        first.kill()
        self.spoor.finish(first)
        proxy.go_on.set()
        self.expect(self.spoor.sync(server, url=server.url(port=proxy.port)))


class Settings(harness.Case):
    def setUp(self):
        super().setUp()
        self.spoor = harness.Mailspoor(self.folder)
        self.config = self.spoor.directory / "config" / "mailspoor" / "config.toml"
        self.config.parent.mkdir(parents=True)

    def check_config(self, text, *texts, command=("sync",)):
        self.config.write_text(text)
        return self.expect_error(self.spoor.run(*command), 2, re.escape(str(self.config)), *texts)

    def test_unknown_key(self):
        self.check_config('[accounts.work]\nurl = "imaps://a@localhost"\npasword_file = "/x"\n',
                          "pasword_file", r"\bpassword_file\b", r":3\b")
        self.check_config('trusted_network = ["10.0.0.0/8"]\n', r"trusted_network\b", "trusted_networks", r":1\b")

    def test_syntax_error(self):
        self.check_config('root = "~/mail"\n[accounts.work]\nurl = = "imaps://a@localhost"\n', r":3:\d+")

    def test_wrong_type(self):
        self.check_config('[accounts.work]\nurl = 42\n', "url", r":2\b")

    def test_config_file_that_is_not_there(self):
        result = self.spoor.run("--config", self.folder + "/nowhere.toml", "sync")
        self.expect_error(result, 2, "nowhere.toml")

    def test_nothing_to_sync(self):
        self.expect(self.spoor.run("sync"), 2)

    def test_unknown_account(self):
        self.config.write_text('[accounts.work]\nurl = "imaps://a@localhost"\n')
        self.expect_error(self.spoor.run("sync", "wrok"), 2, "wrok")

    def test_bad_urls(self):
        for url in ("imaps://localhost", "http://user@localhost", "imaps://user:secret@localhost", "imaps://user@localhost:99999",
                    "imaps://us%0d%0aer@localhost", "imaps://@localhost", "imaps://user@"):
            with self.subTest(url=url):
                self.expect(self.spoor.run("sync", url), 2)

    def test_times_that_no_clock_can_count(self):
        for option in ("--timeout", "--deadline", "--lock-wait"):
            for seconds in (10 ** 9 + 1, 2 ** 63, 2 ** 64 - 1):
                with self.subTest(option=option, seconds=seconds):
                    self.expect_error(self.spoor.run("sync", "imaps://user@localhost:1", option, seconds, timeout=30), 2,
                                      rf"{seconds} seconds are too many for `{option[2:]}`")
        self.config.write_text('[accounts.work]\nurl = "imaps://user@localhost:1"\ndeadline = 9000000000000000000\n')
        self.expect_error(self.spoor.run("sync"), 2, "9000000000000000000 seconds are too many for `deadline`")

    def test_cleartext_outside_loopback(self):
        password = self.spoor.directory / "password"
        password.write_text("secret\n")
        password.chmod(0o600)
        result = self.spoor.run("sync", "imap://user@192.0.2.1", "--tls", "none", "--timeout", 2, "--password-file", password)
        self.expect_error(result, 2, "cleartext")

    def test_bad_options(self):
        for arguments in (["--no-such-option"], ["no-such-command"], ["sync", "--timeout", "soon"], ["search", "--format", "xml", "*"],
                          []):
            with self.subTest(arguments=arguments):
                result = self.expect(self.spoor.run(*arguments), 2)
                self.assertNotEqual(result.errors.strip(), "", "usage errors go to standard error")

    def test_password_file_that_others_can_read(self):
        path = self.spoor.directory / "password"
        path.write_text("secret\n")
        for mode in (0o640, 0o604, 0o666):
            path.chmod(mode)
            result = self.spoor.run("sync", "imaps://user@127.0.0.1:1", "--password-file", path)
            self.expect_error(result, 2, re.escape(str(path)))

    def test_password_file_that_is_not_there(self):
        result = self.spoor.run("sync", "imaps://user@127.0.0.1:1", "--password-file", "/nowhere/password")
        self.expect_error(result, 2, "/nowhere/password", "No such file")

    def test_password_command_that_fails(self):
        result = self.spoor.run("sync", "imaps://user@127.0.0.1:1", "--password-command", "exit 7")
        self.expect_error(result, 2, "exit 7|7")

    def test_no_password_and_no_terminal(self):
        result = self.spoor.run("sync", "imaps://user@127.0.0.1:1", start_new_session=True)
        self.expect_error(result, 2, "password")


class Secret(harness.Case):
    def test_password_appears_nowhere(self):
        server = self.server(users=["alice@example.org"])
        for number in range(50):
            server.add("INBOX", message(number, size=5000))
        spoor = harness.Mailspoor(self.folder)
        proxy = harness.Proxy(server.imaps_port, 60_000)
        self.addCleanup(proxy.close)
        seen = bytearray()

        def watched(*arguments):
            process = spoor.start(*arguments)
            enough = threading.Event()
            def watch():
                # Every process below this test, as anybody on the machine can see it.
                while not enough.wait(0.01):
                    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
                        try:
                            seen.extend(path.read_bytes())
                        except OSError:
                            pass
                    try:
                        seen.extend(pathlib.Path(f"/proc/{process.pid}/environ").read_bytes())
                    except OSError:
                        pass
            watcher = threading.Thread(target=watch)
            watcher.start()
            if proxy.stalled.wait(5):
                time.sleep(0.5)
                proxy.go_on.set()
            result = spoor.finish(process)
            enough.set()
            watcher.join()
            return result

        connection = [server.url(port=proxy.port), "--ca-file", server.ca_file]
        runs = [self.expect(watched("-v", "-v", "sync", *connection, "--password-file", server.password_file())),
                self.expect(watched("-v", "-v", "sync", *connection, "--password-command", f"cat {server.password_file()}")),
                self.expect(watched("-v", "-v", "sync", *connection, "--password-file", server.password_file(), "--auth", "LOGIN"))]
        wrong = server.passwords["alice@example.org"] = "not-the-Pass-word-12345"
        right = next(line.partition(":")[2].strip() for line in open(f"{server.dir}/users"))
        runs.append(self.expect(watched("-v", "-v", "sync", *connection, "--password-file", server.password_file()), 12))
        self.assertIn(b"sync", seen, "the watcher saw the command line")
        pools = {"the command lines": bytes(seen)}
        pools.update((f"the output of run {number}", run.out + run.err) for number, run in enumerate(runs))
        pools.update((str(path), path.read_bytes()) for path in spoor.root.rglob("*") if path.is_file())
        for password in (right, wrong):
            user = "alice@example.org"
            forms = [password.encode(), base64.b64encode(password.encode()), base64.b64encode(f"\0{user}\0{password}".encode()),
                     base64.b64encode(f"{user}\0{user}\0{password}".encode())]
            for form in forms:
                for where, octets in pools.items():
                    if form in octets:
                        self.fail(f"the password stands in {where}")


class Disk(harness.Case):
    def test_root_in_place_of_which_a_file_stands(self):
        server = self.server()
        server.add("INBOX", message(1))
        spoor = harness.Mailspoor(self.folder)
        spoor.root.write_text("in the way\n")
        self.expect_error(spoor.sync(server), 1, re.escape(str(spoor.root)), "Not a directory|File exists")
        self.assertEqual(spoor.root.read_text(), "in the way\n")

    def test_root_that_is_not_writable(self):
        server = self.server()
        server.add("INBOX", message(1))
        spoor = harness.Mailspoor(self.folder)
        parent = spoor.directory / "closed"
        parent.mkdir(mode=0o555)
        arguments = ["--root", parent / "store", "sync", server.url(), "--ca-file", server.ca_file]
        if os.geteuid():
            result = spoor.run(*arguments, "--password-file", server.password_file())
        else:
            # Modes do not stop root, so the program runs as nobody.
            os.chmod(self.folder, 0o755)
            password = spoor.directory / "password"
            password.write_text(server.password() + "\n")
            password.chmod(0o600)
            os.chown(password, server.uid, server.gid)
            result = spoor.run(*arguments, "--password-file", password, user=server.uid, group=server.gid, extra_groups=[])
        self.expect_error(result, 1, re.escape(str(parent / "store")), "Permission denied")

    def test_words_that_nobody_can_hear(self):
        """As with 2>>log on a full disk: the other accounts are brought, and the exit code is as ever."""
        spoor = harness.Mailspoor(self.folder)
        config = spoor.directory / "config" / "mailspoor" / "config.toml"
        config.parent.mkdir(parents=True)
        password = os.open(f"{self.folder}/password", os.O_WRONLY | os.O_CREAT, 0o600)
        os.write(password, b"x\n")
        os.close(password)
        config.write_text("".join(f'[accounts.{name}]\nurl = "imaps://user@localhost:1"\n'
                                  f'password_file = "{self.folder}/password"\n' for name in ("one", "two")))
        with open("/dev/full", "w") as full:
            for words, code in ((["sync"], 13), (["sync", "one"], 13), (["nonsense"], 2), ([], 2)):
                done = subprocess.run([spoor.binary, *words], env=spoor.environment, stderr=full, timeout=60)
                self.assertEqual(done.returncode, code, words)
        self.assertEqual(sorted(path.name for path in (spoor.root / "runs").iterdir()), ["one.json", "two.json"])

    def in_small_room(self, script):
        """Runs shell lines with a file system of 103 MB at $room, which nobody else sees and which ends with them: a mount
        namespace of its own, where we may have one. Each line's exit code and errors are kept."""
        namespace = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
        room = pathlib.Path(self.folder) / "room"
        room.mkdir()
        mount = f"room='{room}'; mount -t tmpfs -o size=103m,mode=700 none \"$room\" || exit 70\n"
        if subprocess.run([*namespace, "sh", "-c", mount], capture_output=True).returncode:
            self.skipTest("this machine lets us mount no file system")
        for number, line in enumerate(script):
            mount += f"({line}) >/dev/null 2>'{self.folder}/errors-{number}'; echo $? >'{self.folder}/code-{number}'\n"
        spoor = harness.Mailspoor(self.folder)
        subprocess.run([*namespace, "sh", "-c", mount], env=spoor.environment, check=True, timeout=300)
        return [(int(pathlib.Path(self.folder, f"code-{number}").read_text()),
                 pathlib.Path(self.folder, f"errors-{number}").read_text()) for number in range(len(script))]

    def sync_line(self, server, *options):
        return (f"'{harness.program()}' --root \"$room/store\" sync '{server.url()}' --ca-file '{server.ca_file}' "
                f"--password-file '{server.password_file()}' {' '.join(options)}")

    def full_server(self):
        server = self.server()
        for number in range(60):
            server.add(("INBOX", "Sent")[number % 2], message(number, size=200_000))
        return server, everything(server)

    def copy_of(self, name):
        spoor = harness.Mailspoor(self.folder)
        spoor.root = pathlib.Path(self.folder, name)
        return spoor

    def test_full_disk_while_fetching(self):
        server, truth = self.full_server()
        _, full, _, again, _ = self.in_small_room([
            "fallocate -l 100M $room/ballast", self.sync_line(server), f"cp -a $room/store '{self.folder}/full' && rm $room/ballast",
            self.sync_line(server), f"cp -a $room/store '{self.folder}/whole'"])
        self.assertEqual(full[0], 1, full[1])
        self.assertIn("No space left on device", full[1])
        self.assertIn(f"{self.folder}/room", full[1], "the path is named")
        spoor = self.copy_of("full")
        self.assertEqual(spoor.litter(), [], "nothing half stored")
        for key, paths in spoor.stored().items():
            self.assertEqual([path.read_bytes() for path in paths], [truth[key]], f"{key} is not whole")
        self.assertEqual(again, (0, ""))
        spoor = self.copy_of("whole")
        self.assertEqual(sorted(spoor.stored()), sorted(truth))
        spoor.check_index()

    def test_full_disk_while_indexing(self):
        server, truth = self.full_server()
        index = f"'{harness.program()}' --root \"$room/store\" index"
        _, _, full, _, again, _ = self.in_small_room([
            self.sync_line(server, "--no-index"),
            "fallocate -l $(($(df --output=avail -B1 $room | tail -n 1) - 300000)) $room/ballast",
            index, "rm $room/ballast", index, f"cp -a $room/store '{self.folder}/whole'"])
        self.assertEqual(full[0], 1, full[1])
        self.assertRegex(full[1], "No space left on device|disk is full")
        self.assertIn("index.db", full[1], "the path is named")
        self.assertEqual(again[0], 0, again[1])
        spoor = self.copy_of("whole")
        self.assertEqual(sorted(spoor.stored()), sorted(truth))
        self.assertEqual(self.expect(spoor.run("--root", spoor.root, "count", "*")).text, "60\n")
        spoor.check_index()


if __name__ == "__main__":
    harness.main()
