#!/usr/bin/python3
"""The ways to a server: compression."""
import os
import pathlib

import harness
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
        self.assertNotIn(b"EXAMINE", sent, "what the client says behind COMPRESS")
        self.assertNotIn(b"FETCH (UID", answered, "what the server says behind COMPRESS")
        self.assertLess(len(answered), size / 2)
        self.assertGreater(len(answered), 300_000)
        second = self.expect(self.plain_sync(server, "--format", "jsonl")).objects()[0]
        self.assertEqual((second["fetched"], second["error"]), (0, None))

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


if __name__ == "__main__":
    harness.main()
