#!/usr/bin/python3
"""The ways to a server: compression, a tunnel command, proxies, a client's certificate, IPv6."""
import os
import pathlib
import shlex
import signal
import socket
import time

import dovecot
import harness
import proxies
from harness import message
from imap_client import everything


class Roads(harness.Case):
    def setUp(self):
        super().setUp()
        self.spoor = harness.Mailspoor(self.folder)

    def check_store(self, server):
        """What is stored is what an independent client fetches from the server."""
        truth = everything(server)
        stored = self.spoor.stored()
        self.assertEqual(sorted(truth), sorted(stored))
        for key, octets in truth.items():
            self.assertEqual([path.read_bytes() for path in stored[key]], [octets], key)
        self.assertEqual(self.spoor.litter(), [])
        self.assertGreater(len(truth), 0)
        return truth

    def plain_sync(self, server, *arguments, host="localhost"):
        """Without TLS, so that the octets on the line can be looked at."""
        return self.spoor.run("sync", server.url(tls="starttls", host=host), "--tls", "none", "--password-file",
                              server.password_file(), *arguments)


class Compression(Roads):
    SETTINGS = "mail_plugins = zlib\nprotocol imap {\n  mail_plugins = zlib imap_zlib\n}\n"

    def compressing_server(self):
        server = self.server(raw_log=True, settings=self.SETTINGS)
        server.fill(harness.SAMPLE)
        for number in range(200):
            server.add("INBOX", message(number, size=20_000))
        server.add("INBOX", b"Subject: noise\r\n\r\n" + os.urandom(300_000))
        return server

    @staticmethod
    def said(server, side):
        """All that went over the line after log-in; `side` is "in" for the client's half."""
        return b"".join(path.read_bytes() for path in pathlib.Path(f"{server.dir}/raw/{server.user}").glob(f"*.{side}"))

    def test_everything_arrives_compressed(self):
        server = self.compressing_server()
        result = self.expect(self.plain_sync(server, "-v", "-v"))
        self.assertIn("COMPRESS DEFLATE", result.errors)
        sent, answered = self.said(server, "in"), self.said(server, "out")
        size = sum(map(len, self.check_store(server).values()))
        self.assertIn(b"COMPRESS DEFLATE", sent)
        self.assertNotIn(b"UID FETCH", sent, "what the client says behind COMPRESS")
        self.assertNotIn(b"FETCH (UID", answered, "what the server says behind COMPRESS")
        self.assertLess(len(answered), size / 2)
        self.assertGreater(len(answered), 300_000)
        second = self.expect(self.plain_sync(server, "--format", "jsonl")).objects()[0]
        self.assertEqual((second["fetched"], second["error"]), (0, None))

    def test_each_of_several_connections(self):
        server = self.compressing_server()
        self.expect(self.plain_sync(server, "--connections", "3"))
        sessions = [path.read_bytes() for path in pathlib.Path(f"{server.dir}/raw/{server.user}").glob("*.in")]
        self.assertGreater(len(sessions), 1)
        for said in sessions:
            self.assertIn(b"COMPRESS DEFLATE", said)
        self.check_store(server)

    def test_inside_tls(self):
        server = self.compressing_server()
        self.expect(self.spoor.sync(server))
        self.assertIn(b"COMPRESS DEFLATE", self.said(server, "in"))
        self.check_store(server)

    def test_none_where_the_account_does_not_want_it(self):
        server = self.compressing_server()
        self.expect(self.plain_sync(server, "--no-compress"))
        sent = self.said(server, "in")
        self.assertNotIn(b"COMPRESS", sent)
        self.assertIn(b"EXAMINE", sent)
        self.check_store(server)

    def test_none_where_the_configuration_does_not_want_it(self):
        server = self.compressing_server()
        config = pathlib.Path(self.folder) / "config.toml"
        config.write_text(f'[accounts.home]\nurl = "{server.url()}"\nca_file = "{server.ca_file}"\n'
                          f'password_file = "{server.password_file()}"\nno_compress = true\n')
        self.expect(self.spoor.run("sync", "home", "--config", config))
        self.assertNotIn(b"COMPRESS", self.said(server, "in"))


# Copies between standard input and output and a server on loopback, which asks for a password.
RELAY = """
import os, socket, sys, threading
server = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
def up():
    while piece := os.read(0, 65536):
        server.sendall(piece)
    server.shutdown(socket.SHUT_WR)
threading.Thread(target=up, daemon=True).start()
while piece := server.recv(65536):
    os.write(1, piece)
"""


class Tunnel(Roads):
    def run_tunnel(self, command, *arguments, word="sync", **options):
        """Without a terminal, as by cron."""
        return self.spoor.run(word, "imap://user@mail.example.net", "--tunnel", command, *arguments, start_new_session=True, **options)

    def relay(self, server):
        path = pathlib.Path(self.folder) / "relay.py"
        path.write_text(RELAY)
        return f"/usr/bin/python3 {shlex.quote(str(path))} {server.imap_port}"

    def test_a_session_that_is_logged_in_needs_no_password(self):
        server = self.server()
        server.fill(harness.SAMPLE)
        self.expect(self.run_tunnel(server.tunnel()))
        self.check_store(server)
        tried = self.expect(self.spoor.run("account", "test", "imap://user@mail.example.net", "--tunnel", server.tunnel()))
        self.assertIn("PREAUTH", tried.text)

    def test_from_the_configuration(self):
        server = self.server()
        server.add("INBOX", message(1))
        config = pathlib.Path(self.folder) / "config.toml"
        config.write_text(f"[accounts.home]\nurl = \"imaps://user@mail.example.net\"\ntunnel = '''{server.tunnel()}'''\n")
        self.expect(self.spoor.run("sync", "home", "--config", config))
        self.check_store(server)

    def test_log_in_through_a_tunnel(self):
        server = self.server()
        server.fill(harness.SAMPLE)
        self.expect(self.run_tunnel(self.relay(server), "--password-file", server.password_file()))
        self.check_store(server)
        wrong = pathlib.Path(self.folder) / "wrong"
        wrong.write_text("certainly-wrong\n")
        wrong.chmod(0o600)
        self.expect_error(self.run_tunnel(self.relay(server), "--password-file", wrong), 12, "Authentication failed")

    def test_log_in_without_a_password_says_so(self):
        server = self.server()
        self.expect_error(self.run_tunnel(self.relay(server)), 2, "no password for")

    def test_lines_before_the_greeting(self):
        server = self.server()
        server.add("INBOX", message(1))
        self.expect(self.run_tunnel(f"echo Welcome to this machine; printf '\\033[2J\\n'; {server.tunnel()}"))
        self.check_store(server)

    def test_what_the_command_complains_of_is_shown(self):
        result = self.run_tunnel("echo the key is missing >&2; exit 3")
        self.expect_error(result, 13, "the key is missing", "tunnel.*exit code 3")

    def test_a_command_that_cannot_be_run(self):
        self.expect_error(self.run_tunnel("/nonexistent/command"), 13, "tunnel.*exit code 127")

    def test_a_command_that_is_killed(self):
        self.expect_error(self.run_tunnel("kill -9 $$"), 13, "tunnel.*signal 9")

    def test_a_command_that_ends_in_the_middle(self):
        result = self.run_tunnel("echo '* PREAUTH hi'; read line; exit 7")
        self.expect_error(result, 13, "tunnel.*exit code 7")

    def test_a_command_that_is_no_server(self):
        self.expect_error(self.run_tunnel("yes", "--timeout", "5"), 1, "does not answer as an IMAP server: 'y'")

    def test_a_command_that_says_nothing(self):
        result = self.run_tunnel("sleep 1000", "--timeout", "1")
        self.expect_error(result, 13, "tunnel.*no answer for 1 s")

    def child_of(self, process):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
                try:
                    if path.read_text().rpartition(")")[2].split()[1] == str(process.pid):
                        return int(path.parent.name)
                except (FileNotFoundError, ProcessLookupError):
                    pass
            time.sleep(0.02)
        self.fail("the tunnel command never ran")

    def wait_for_end(self, pid):
        deadline = time.monotonic() + 60
        while os.path.exists(f"/proc/{pid}") and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertFalse(os.path.exists(f"/proc/{pid}"), "the tunnel command outlives the run")

    def check_end(self, command, signal_number=None, **options):
        process = self.spoor.start("sync", "imap://user@mail.example.net", "--tunnel", command, "--timeout",
                                   "60" if signal_number else "1", **options)
        child = self.child_of(process)
        if signal_number:
            while not pathlib.Path(f"/proc/{child}/cmdline").read_bytes().startswith(b"sleep"):
                time.sleep(0.02)
            process.send_signal(signal_number)
        self.spoor.end(process, timeout=60)
        self.wait_for_end(child)

    def test_no_command_outlives_its_run(self):
        """One that ignores the end of its input, one with a child, and one that ignores SIGTERM too."""
        self.check_end("exec sleep 1000")
        self.check_end("exec sleep 1000", start_new_session=True)
        self.check_end("sleep 1000; true", start_new_session=True)
        self.check_end("trap '' TERM; while :; do sleep 0.1; done", start_new_session=True)

    def test_no_command_outlives_a_run_that_is_killed(self):
        for number in (signal.SIGTERM, signal.SIGKILL):
            self.check_end("exec sleep 1000", number, start_new_session=True)

    def test_on_a_terminal_the_command_may_ask(self):
        """It belongs to the process group that may read from the terminal."""
        server = self.server()
        server.add("INBOX", message(1))
        result = self.spoor.run_on_terminal("sync", "imap://user@mail.example.net", "--tunnel", "printf 'Password, please: ' >/dev/tty; "
                                            f"read answer </dev/tty; [ $answer = yes ] && {server.tunnel()}", typed=b"yes\n", timeout=60)
        self.expect(result)
        self.check_store(server)

    def test_settings_that_a_tunnel_cannot_keep(self):
        for option in (("--pin", "sha256//" + "A" * 43 + "="), ("--proxy", "socks5h://127.0.0.1:1"), ("--tls", "starttls"),
                       ("--ca-file", "/dev/null"), ("--client-cert", "/dev/null")):
            self.expect_error(self.run_tunnel("true", *option), 2, "does not go with a tunnel")


class Proxies(Roads):
    NAME = "mail.mailspoor.invalid"  # nobody can look it up

    def through(self, proxy, server, *arguments, tls="implicit", host=NAME):
        return self.spoor.run("sync", server.url(tls=tls, host=host), "--proxy", proxy.url, "--pin", server.certificate_pin(),
                              "--password-file", server.password_file(), *arguments)

    def test_everything_goes_through_the_proxy(self):
        for kind in (proxies.SocksProxy, proxies.HttpProxy):
            for tls in ("implicit", "starttls"):
                server = self.server()
                server.fill(harness.SAMPLE)
                port = server.imaps_port if tls == "implicit" else server.imap_port
                self.spoor = harness.Mailspoor(f"{self.folder}/{kind.scheme}-{tls}")
                with self.subTest(kind=kind.__name__, tls=tls), kind(("127.0.0.1", port)) as proxy:
                    self.expect(self.through(proxy, server, tls=tls))
                    self.assertEqual(proxy.asked, [(self.NAME, port)], "the proxy looks the name up")
                    self.assertGreater(proxy.octets, sum(map(len, self.check_store(server).values())))

    def test_the_proxy_of_the_configuration(self):
        server = self.server()
        server.add("INBOX", message(1))
        with proxies.SocksProxy(("127.0.0.1", server.imaps_port)) as proxy:
            config = pathlib.Path(self.folder) / "config.toml"
            config.write_text(f'[accounts.home]\nurl = "{server.url(host=self.NAME)}"\nproxy = "{proxy.url}"\n'
                              f'pin = "{server.certificate_pin()}"\npassword_file = "{server.password_file()}"\n')
            self.expect(self.spoor.run("sync", "home", "--config", config))
            self.assertEqual(len(proxy.asked), 1)
        self.check_store(server)

    def test_certificates_are_checked_behind_a_proxy_too(self):
        server = self.server(certificate="wrong-name")
        for kind in (proxies.SocksProxy, proxies.HttpProxy):
            with kind(("127.0.0.1", server.imaps_port)) as proxy:
                result = self.spoor.run("sync", server.url(), "--proxy", proxy.url, "--ca-file", server.ca_file,
                                        "--password-file", server.password_file())
                self.expect_error(result, 13, "certificate", "--pin")
        self.assertNotIn("Login: user=<user>", server.log())

    def test_a_proxy_that_refuses(self):
        server = self.server()
        for kind, text in ((proxies.SocksProxy, r"through the proxy: .*SOCKS5.*\(2\)"),
                           (proxies.HttpProxy, r"through the proxy: .*403")):
            with self.subTest(kind=kind.__name__), kind(refuses=True) as proxy:
                self.expect_error(self.through(proxy, server), 13, text)
                self.assertEqual(len(proxy.asked), 1)

    def test_a_proxy_that_is_not_there(self):
        with socket.socket() as nobody_listens:
            nobody_listens.bind(("127.0.0.1", 0))
            port = nobody_listens.getsockname()[1]
            for scheme in ("socks5h", "http"):
                result = self.spoor.run("sync", f"imaps://user@{self.NAME}", "--proxy", f"{scheme}://127.0.0.1:{port}",
                                        "--password-file", self.password_file())
                self.expect_error(result, 13, "through the proxy: .*refused")

    def password_file(self):
        path = pathlib.Path(self.folder) / "password"
        path.write_text("secret\n")
        path.chmod(0o600)
        return path

    def test_proxies_of_the_environment_are_not_asked(self):
        server = self.server()
        server.add("INBOX", message(1))
        with proxies.HttpProxy(refuses=True) as proxy:
            self.spoor.environment.update(all_proxy=proxy.url, ALL_PROXY=proxy.url, imaps_proxy=proxy.url)
            self.expect(self.spoor.sync(server))
            self.assertEqual(proxy.asked, [])


class ClientCertificate(Roads):
    # The session is encrypted for everybody; log-in is for those with a certificate.
    SETTINGS = "ssl_ca = <{dir}/ca.pem\nssl_require_crl = no\nssl_verify_client_cert = yes\nauth_ssl_require_client_cert = yes\n"

    def demanding_server(self):
        server = self.server(settings=self.SETTINGS)
        server.add("INBOX", message(1))
        dovecot.Certificates(server.dir).make("good", "client")
        return server, f"{server.dir}/client.pem", f"{server.dir}/client.key"

    def test_log_in_with_a_certificate_only(self):
        server, certificate, key = self.demanding_server()
        self.expect_error(self.spoor.sync(server), 12, "refused")
        self.expect(self.spoor.sync(server, "--client-cert", certificate, "--client-key", key))
        self.check_starttls(server, certificate, key)

    def check_starttls(self, server, certificate, key):
        self.expect(self.spoor.sync(server, "--client-cert", certificate, "--client-key", key, url=server.url(tls="starttls")))
        self.assertEqual(len(self.spoor.folders()), 2, "one account for each port")

    def test_certificate_and_key_in_one_file(self):
        server, certificate, key = self.demanding_server()
        both = pathlib.Path(self.folder) / "both.pem"
        both.write_text(pathlib.Path(certificate).read_text() + pathlib.Path(key).read_text())
        self.expect(self.spoor.sync(server, "--client-cert", both))

    def test_from_the_configuration(self):
        server, certificate, key = self.demanding_server()
        config = pathlib.Path(self.folder) / "config.toml"
        config.write_text(f'[accounts.home]\nurl = "{server.url()}"\nca_file = "{server.ca_file}"\nclient_cert = "{certificate}"\n'
                          f'client_key = "{key}"\npassword_file = "{server.password_file()}"\n')
        self.expect(self.spoor.run("sync", "home", "--config", config))

    def test_what_cannot_be_used(self):
        server, certificate, key = self.demanding_server()
        for arguments, text in ((["--client-cert", "/nonexistent.pem"], "client certificate /nonexistent.pem.*No such file"),
                                (["--client-cert", certificate], "client certificate"),
                                (["--client-cert", certificate, "--client-key", f"{server.dir}/server.key"], "client certificate.*key"),
                                (["--client-key", key], "--client-cert")):
            with self.subTest(arguments=arguments):
                self.expect_error(self.spoor.sync(server, *arguments), 2, text)


class Ipv6(Roads):
    def test_an_address_in_the_url(self):
        try:
            with socket.socket(socket.AF_INET6) as probe:
                probe.bind(("::1", 0))
        except OSError as error:
            self.skipTest(f"no IPv6 loopback here: {error}")
        server = self.server(settings="listen = 127.0.0.1, ::1\n")
        server.fill(harness.SAMPLE)
        result = self.expect(self.spoor.sync(server, "--format", "jsonl", url=server.url(host="[::1]")))
        self.assertEqual(result.objects()[0]["account"], f"user@%3A%3A1:{server.imaps_port}")
        self.assertRegex(server.log(), "Login: user=<user>.* rip=::1, lip=::1, .*TLS")
        self.check_store(server)
        refused = self.spoor.run("sync", server.url(host="[::1]"), "--password-file", server.password_file())
        self.expect_error(refused, 13, r"\[::1\]:\d+ is not trusted")


if __name__ == "__main__":
    harness.main()
