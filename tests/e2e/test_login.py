#!/usr/bin/python3
"""Every way to log in that Dovecot knows, with the right and the wrong secret. SCRAM's -PLUS is not among them: fetch's own
tests have a server for that."""
import base64
import hmac
import json
import os
import pathlib
import re
import time

import dovecot
import harness
from harness import message
from imap_client import everything

MECHANISMS = ("SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN")  # the strongest first
TOKEN_KEY = b"the key that signs the tokens..."

CONFIG = """\
auth_mechanisms = {mechanisms}
ssl_ca = <{dir}/ca.pem
ssl_require_crl = no
ssl_verify_client_cert = yes
auth_ssl_username_from_cert = yes
ssl_cert_username_field = commonName
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
passdb {{
  driver = static
  mechanisms = external
  args = nopassword
}}
passdb {{
  driver = oauth2
  mechanisms = oauthbearer xoauth2
  args = {dir}/oauth2.conf
}}
"""
OAUTH2 = """\
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={dir}/keys/
username_attribute = sub
"""


class Dovecot(dovecot.Dovecot):
    """Knows its users by password, certificate and token too."""

    def __init__(self, mechanisms, **options):
        super().__init__(**options)
        self.mechanisms = mechanisms

    def _prepare(self):
        super()._prepare()
        self.settings = CONFIG.format(dir=self.dir, mechanisms=" ".join(self.mechanisms).lower())
        keys = pathlib.Path(self.dir, "keys/default/HS256")
        keys.mkdir(parents=True)
        (keys / "default").write_bytes(base64.b64encode(TOKEN_KEY))
        pathlib.Path(self.dir, "oauth2.conf").write_text(OAUTH2.format(dir=self.dir))

    def client_certificate(self, user):
        """(certificate, key) by which a client is `user`."""
        dovecot.Certificates(self.dir).make_client(user)
        return f"{self.dir}/client-{user}.pem", f"{self.dir}/client-{user}.key"


def token(user, seconds=3600):
    """A JSON web token (RFC 7519), good for so long."""
    encoded = lambda octets: base64.urlsafe_b64encode(octets).rstrip(b"=")
    now = int(time.time())
    signed = b".".join(encoded(json.dumps(part).encode()) for part in (
        {"alg": "HS256", "typ": "JWT"}, {"sub": user, "iat": now - 3600, "exp": now + seconds}))
    return (signed + b"." + encoded(hmac.digest(TOKEN_KEY, signed, "sha256"))).decode()


class LogIn(harness.Case):
    protocol = "imap"
    no = "NO"

    def setUp(self):
        super().setUp()
        self.spoor = harness.Mailspoor(self.folder)

    def start(self, *mechanisms):
        if not dovecot.available(self.protocol):
            self.skipTest("Dovecot is not installed")
        server = Dovecot(mechanisms, pop3=self.protocol == "pop3")
        server.start()
        self.addCleanup(server.stop)
        server.add("INBOX", message(1))
        return server

    def url(self, server, tls="implicit"):
        return server.url(tls=tls, protocol=self.protocol)

    def secret_file(self, name, text):
        path = f"{self.folder}/{name}"
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text + "\n")
        return path

    def account_test(self, server, *arguments, code=0, tls="implicit"):
        return self.expect(self.spoor.run("account", "test", self.url(server, tls), "--ca-file", server.ca_file, *arguments), code)

    def expect_mechanism(self, server, mechanism, *arguments, **options):
        self.assertIn(f"log-in       {mechanism} as user\n", self.account_test(server, *arguments, **options).text)
        written = rf"(?i)Login: user=<user>, method={mechanism},"
        self.assertTrue(self.wait_for(lambda: re.search(written, server.log())), server.log()[-2000:])

    def wait_for(self, what):
        """The server writes some things down a little after they have happened."""
        deadline = time.monotonic() + 10
        while not (found := what()) and time.monotonic() < deadline:
            time.sleep(0.02)
        return found

    def refusals(self, server, expected):
        """How often the server has refused somebody."""
        self.wait_for(lambda: server.log().count("auth failed") >= expected)
        return server.log().count("auth failed")

    def test_each_password_mechanism(self):
        server = self.start(*MECHANISMS)
        right, wrong = server.password_file(), self.secret_file("wrong", "certainly-wrong")
        for tls in ("implicit", "starttls"):
            for mechanism in MECHANISMS:
                with self.subTest(mechanism=mechanism, tls=tls):
                    self.expect_mechanism(server, mechanism, "--auth", mechanism, "--password-file", right, tls=tls)
        for mechanism in MECHANISMS:
            with self.subTest(mechanism=mechanism):
                attempts = server.log().count("auth failed")
                result = self.account_test(server, "--auth", mechanism, "--password-file", wrong, "-v", "-v", code=12)
                self.assertRegex(result.errors, f"by {mechanism} was refused: {self.no} .*Authentication failed")
                self.assertNotIn("certainly-wrong", result.errors)
                self.assertEqual(self.refusals(server, attempts + 1), attempts + 1)

    def test_the_strongest_is_chosen_and_its_refusal_is_final(self):
        for first in range(len(MECHANISMS)):
            with self.subTest(offered=MECHANISMS[first:]):
                server = self.start(*reversed(MECHANISMS[first:]))
                self.expect_mechanism(server, MECHANISMS[first], "--password-file", server.password_file())
                self.account_test(server, "--password-file", self.secret_file("wrong", "certainly-wrong"), code=12)
                self.assertEqual(server.log().count("auth failed, 1 attempts"), 1)
                self.assertEqual(self.refusals(server, 1), 1)

    def test_what_is_not_offered_is_named(self):
        server = self.start("plain")
        result = self.account_test(server, "--auth", "scram-sha-256", "--password-file", server.password_file(), code=12)
        self.assertRegex(result.errors, r"no mechanism SCRAM-SHA-256 \(it offers: PLAIN\)")
        self.account_test(server, "--auth", "telepathy", "--password-file", server.password_file(), code=2)

    def test_sync_by_scram(self):
        server = self.start("plain", "scram-sha-256")
        self.expect(self.spoor.sync(server, url=self.url(server)))
        self.assertEqual([path.read_bytes() for paths in self.spoor.stored().values() for path in paths],
                         list(everything(server).values()))
        self.assertIn("method=SCRAM-SHA-256", server.log())

    def test_a_client_certificate_is_enough(self):
        server = self.start("external", "plain")
        certificate, key = server.client_certificate("user")
        self.expect_mechanism(server, "EXTERNAL", "--auth", "EXTERNAL", "--client-cert", certificate, "--client-key", key)
        self.assertRegex(self.account_test(server, "--auth", "EXTERNAL", code=12).errors, "no mechanism EXTERNAL|EXTERNAL was refused")
        certificate, key = server.client_certificate("another")
        self.account_test(server, "--auth", "EXTERNAL", "--client-cert", certificate, "--client-key", key, code=12)
        self.account_test(server, "--auth", "EXTERNAL", "--client-cert", f"{self.folder}/none", code=2)

    def test_tokens(self):
        server = self.start("plain", "xoauth2", "oauthbearer")
        right = ("--token-command", f"cat {self.secret_file('right', token('user'))}")
        self.expect_mechanism(server, "OAUTHBEARER", *right)
        self.expect_mechanism(server, "XOAUTH2", *right, "--auth", "XOAUTH2")
        self.expect_mechanism(server, "OAUTHBEARER", *right, tls="starttls")
        stale = token("user", seconds=-60)
        wrong = ("--token-command", f"cat {self.secret_file('stale', stale)}")
        for mechanism, told in (("OAUTHBEARER", "status invalid_token"), ("XOAUTH2", "status 401, schemes bearer, scope mail")):
            with self.subTest(mechanism=mechanism):
                result = self.account_test(server, *wrong, "--auth", mechanism, "-v", "-v", code=12)
                self.assertRegex(result.errors, f"by {mechanism} was refused: {self.no} .*the server says {told}")
                for secret in (stale, stale[-20:]):
                    self.assertNotIn(secret, result.errors)

    def test_a_stale_token_is_renewed_once(self):
        server = self.start("plain", "xoauth2")
        config = self.spoor.directory / "config" / "mailspoor" / "config.toml"
        config.parent.mkdir(parents=True)
        script = pathlib.Path(self.folder, "token")
        script.write_text(f"#!/bin/sh\necho x >>{self.folder}/runs\n"
                          f"if [ $(wc -l <{self.folder}/runs) -gt 1 ]; then cat {self.secret_file('good', token('user'))}; "
                          f"else echo {token('user', seconds=-60)}; fi\n")
        script.chmod(0o700)
        config.write_text(f'[accounts.work]\nurl = "{self.url(server)}"\nca_file = "{server.ca_file}"\n'
                          f'token_command = "{script}"\n')
        line, = self.expect(self.spoor.run("sync", "--format", "jsonl")).objects()
        self.assertEqual((line["account"], line["fetched"]), ("work", 1))
        self.assertEqual(pathlib.Path(self.folder, "runs").read_text(), "x\nx\n")

    def test_a_token_command_that_fails(self):
        server = self.start("xoauth2")
        self.assertRegex(self.account_test(server, "--token-command", "exit 3", code=2).errors, "the token command gives nothing|exit code 3")
        self.account_test(server, "--auth", "XOAUTH2", "--password-file", server.password_file(), code=2)


class Pop3LogIn(LogIn):
    protocol = "pop3"
    no = "-ERR"

    def test_the_digest_of_the_greeting(self):
        """APOP: where it is asked for; and by itself where the password would be readable otherwise."""
        server = self.start("plain", "login", "apop")
        right, wrong = server.password_file(), self.secret_file("wrong", "certainly-wrong")
        self.expect_mechanism(server, "APOP", "--auth", "apop", "--password-file", right)
        self.expect_mechanism(server, "PLAIN", "--password-file", right)
        clear = "--tls", "none", "--password-file", right
        self.expect_mechanism(server, "APOP", *clear, tls="starttls")
        self.expect_mechanism(server, "PLAIN", *clear, "--auth", "plain", tls="starttls")
        attempts = server.log().count("auth failed")
        result = self.account_test(server, "--auth", "APOP", "--password-file", wrong, "-v", "-v", code=12)
        self.assertRegex(result.errors, "by APOP was refused: -ERR .*Authentication failed")
        self.assertNotIn("certainly-wrong", result.errors)
        self.assertEqual(self.refusals(server, attempts + 1), attempts + 1)

    def test_a_stronger_mechanism_than_the_digest(self):
        server = self.start("plain", "apop", "scram-sha-256")
        self.expect_mechanism(server, "SCRAM-SHA-256", "--tls", "none", "--password-file", server.password_file(), tls="starttls")

    def test_a_greeting_without_a_timestamp(self):
        server = self.start("plain")
        result = self.account_test(server, "--auth", "APOP", "--password-file", server.password_file(), code=12)
        self.assertRegex(result.errors, "APOP")
        self.assertNotIn("Login:", server.log())

    def test_user_and_pass(self):
        server = self.start("plain")
        text = self.account_test(server, "--auth", "USER", "--password-file", server.password_file(), "-v", "-v")
        self.assertIn("log-in       USER", text.text)
        self.assertIn("C: USER user\n", text.errors)
        self.assertNotIn(server.password(), text.errors + text.text)
        result = self.account_test(server, "--auth", "USER", "--password-file", self.secret_file("wrong", "certainly-wrong"),
                                   "-v", "-v", code=12)
        self.assertRegex(result.errors, "was refused: -ERR .*Authentication failed")
        self.assertNotIn("certainly-wrong", result.errors)


if __name__ == "__main__":
    harness.main()
