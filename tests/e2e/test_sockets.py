#!/usr/bin/python3
"""Nothing that reads mail creates a socket: indexing, search and `inspect` under a filter that kills who tries."""
import base64
import hashlib
import os
import pathlib
import signal
import subprocess
import unittest

import harness

PYTHON = "/usr/bin/python3"
KILLED = -signal.SIGSYS

HTML = """<html><head><base href="http://base.example.com/a/"><link rel=stylesheet href="https://css.example.com/s.css?u=7f3a9c21b4d8e6f0">
<link rel="dns-prefetch preconnect" href="//cdn.example.com"><link rel=prefetch href="next.html"><meta http-equiv=refresh content="0;url=http://go.example.com/">
<style>@import url(//css.example.com/i.css); @import "https://css.example.com/j.css"; @font-face { font-family: x; src: url(https://font.example.com/f.woff2) }
td { background: url('http://back.example.com/b.gif') } li { list-style-image: url(http://list.example.com/l.png) }</style></head>
<body background="http://back.example.com/c.jpg" style="content:url(http://back.example.com/d.png)">
<img src="https://u1234.ct.sendgrid.net/wf/open?upn=u001.abcdefghijklmnop" width=1 height=1>
<img src="https://email.mailgun.example.org/o/eJwcyjEOgzAMQNHTkA0UJzaNBw8svQdyHKNGAlKl" style="display:none">
<img src="//pixel.example.com/p.gif?e=bob%40example.net" width=0 height=0><img src="rel.png"><img srcset="http://a.example.com/1.png 1x, http://a.example.com/2.png 2x">
<img src="https://ci3.googleusercontent.com/meips/ADKq_Na=s0-d-e1-ft#https://images.example.com/orig.png"><img src="http://192.0.2.1/1.gif"><img src="http://[2001:db8::1]/1.gif">
<img src="http://b\u00fccher.example/i.png"><picture><source srcset="https://pic.example.com/w.webp"><img src="https://pic.example.com/w.png"></picture>
<video src="https://media.example.com/v.mp4" poster="https://media.example.com/p.jpg"></video><audio src="http://media.example.com/a.mp3"></audio>
<iframe src="https://frame.example.com/?id=7f3a9c21b4d8e6f0"></iframe><object data="http://object.example.com/o.swf"></object><embed src="http://object.example.com/e.swf">
<svg><image href="http://svg.example.com/s.png"></image></svg><!--[if gte mso 9]><v:fill src="http://vml.example.com/v.jpg"/><![endif]-->
<form action="https://form.example.com/"><input type=image src="https://form.example.com/b.png"></form><script src="https://script.example.com/s.js"></script>
<a href="https://eur02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fshop.example.com%2Fsale%3Fu%3Dbob%2540example.net&amp;data=05%7C01%7Cbob%40example.net&amp;reserved=0">sale</a>
<a href="https://urldefense.com/v3/__https://shop.example.com/__;!!abc!def$">two</a><a href="https://u1234.ct.sendgrid.net/ls/click?upn=u001.abc">three</a>
<a href="https://abc123.r.eu-west-1.awstrack.me/L0/https:%2F%2Fshop.example.com%2F/1/0102018e/abc=">four</a><a href="http://xn--bcher-kva.example/">five</a>
<a href="https://shop.example.com/?m=%s">six</a></body></html>"""


def mail(number, html, more=""):
    encoded = base64.encodebytes(html.encode()).decode().replace("\n", "\r\n")
    return (f"Return-Path: <bounce@example.com>\r\n"
            f"Authentication-Results: mx.example.net; dkim=pass header.d=example.com; spf=pass smtp.mailfrom=example.com; dmarc=pass\r\n"
            f"Received: from out.example.com (out.example.com [8.8.8.8])\r\n\tby mx.example.net (Postfix) with ESMTPS id A{number}\r\n"
            f"\tfor <bob@example.net>; Tue, 5 Mar 2024 10:00:00 +0000\r\n"
            f"DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=key; h=from:to; bh=AAAA; b=BBBB\r\n"
            f"BIMI-Location: v=BIMI1; l=https://bimi.example.com/logo.svg\r\nX-Image-Url: http://face.example.com/x.png\r\n"
            f"List-Unsubscribe: <https://example.com/u?bob@example.net>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
            f"Disposition-Notification-To: <receipts@example.com>\r\nFrom: Shop <news@example.com>\r\nTo: bob@example.net\r\n"
            f"Subject: Sale {number}\r\nDate: Tue, 5 Mar 2024 10:59:57 +0100\r\nMessage-ID: <sale{number}@example.com>\r\n{more}"
            f"MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded}").encode()


REMOTE = mail(1, HTML.replace("%s", hashlib.md5(b"bob@example.net").hexdigest()))
ELSEWHERE = (b"From: a@example.com\r\nTo: bob@example.net\r\nSubject: elsewhere\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n"
             b"\r\n--x\r\nContent-Type: message/external-body; access-type=URL; URL=\"http://body.example.com/x\"\r\n\r\nContent-Type: text/html\r\n\r\n"
             b"--x\r\nContent-Type: text/html\r\nContent-Location: http://base.example.com/\r\n\r\n<img src=\"i.png\"><img src=\"http://a.example.com/j.png\">\r\n"
             b"--x\r\nContent-Type: message/rfc822\r\n\r\n" + REMOTE + b"\r\n--x--\r\n")
PLAIN = (b"From: a@example.com\r\nTo: bob@example.net\r\nSubject: plain\r\n\r\nSee https://plain.example.com/?bob@example.net and "
         b"ftp://files.example.com/x\r\n")


def guard():
    path = os.environ.get("MAILSPOOR_NO_SOCKETS") or str(harness.PROJECT / "build" / "dev" / "tests" / "e2e" / "no_sockets")
    if not os.access(path, os.X_OK):
        raise unittest.SkipTest(f"{path} is not built")
    if subprocess.run([path, "/bin/true"], capture_output=True).returncode == 77:
        raise unittest.SkipTest("the kernel takes no filter of system calls")
    return path


class Sockets(harness.Case):
    def setUp(self):
        super().setUp()
        self.spoor = harness.Mailspoor(self.folder)
        self.guarded = harness.Mailspoor(self.folder, guard())

    def run_guarded(self, *arguments, **options):
        """Exit code -31 says that it was killed for a socket."""
        return self.expect(self.guarded.run(self.spoor.binary, *arguments, **options))

    def code_of(self, *command):
        return self.guarded.run(*command).code

    def test_the_guard_kills_whoever_creates_a_socket(self):
        for harmless in ("print(1)", "open('/etc/passwd').read()", "import os; os.pipe()",
                         "import threading; t = threading.Thread(target=print); t.start(); t.join()"):
            self.assertEqual(self.code_of(PYTHON, "-c", harmless), 0, harmless)
        for creation in ("import socket; socket.socket()", "import socket; socket.socket(socket.AF_UNIX)",
                         "import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)", "import socket; socket.socketpair()",
                         "import socket; socket.getaddrinfo('a.example', 80)",
                         "import socket, threading; t = threading.Thread(target=socket.socket); t.start(); t.join()",
                         f"import os; os.execv('{PYTHON}', ['python3', '-c', 'import socket; socket.socket()'])",
                         "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9/')",
                         "import ctypes; ctypes.CDLL(None).syscall(425, 1, 0)",  # io_uring_setup
                         "import os; os.fork()", "import os; os.posix_spawn('/bin/true', ['true'], {})"):
            self.assertEqual(self.code_of(PYTHON, "-c", creation), KILLED, creation)
        self.assertEqual(self.code_of("bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9"), KILLED)

    def test_the_guard_kills_the_program_where_it_connects(self):
        """So the filter is still there behind what `mailspoor` hands over to."""
        password = self.spoor.directory / "password"
        password.write_text("x")
        password.chmod(0o600)
        sync = ("sync", "imap://bob@127.0.0.1:9", "--tls", "none", "--allow-cleartext", "--password-file", password)
        self.expect(self.spoor.run(*sync), 13)
        self.expect(self.guarded.run(self.spoor.binary, *sync), KILLED)

    def read_all(self, *messages):
        """Every command that reads mail, over these messages; the rows of its index."""
        self.spoor.fill(*messages)
        self.run_guarded("index")
        first = self.spoor.index_rows()
        self.run_guarded("index", "--rebuild")
        self.assertEqual(self.spoor.index_rows(), first)
        ids = self.run_guarded("search", "--format", "ids", "*").lines()
        self.assertEqual(len(ids), len({harness.canonical_id(octets) for octets in messages}))
        for query in ("sale", "from:example.com origin:8.8.8.0/24", "-country:DE", "subject:sale has:attachment"):
            self.run_guarded("search", query)
            self.run_guarded("count", query)
        for format_ in ("text", "jsonl", "csv", "paths"):
            self.run_guarded("search", "--format", format_, "*")
        self.run_guarded("status")
        self.run_guarded("inspect", *ids)
        return self.run_guarded("inspect", "--format", "jsonl", *ids).objects()

    def test_remote_content(self):
        found = {one["subject"]: one["tracking"] for one in self.read_all(REMOTE, ELSEWHERE, PLAIN, *(
            mail(number, HTML.replace("%s", str(number))) for number in range(2, 40)))}
        first = found["Sale 1"]
        self.assertEqual(len(first["remote"]), 29)
        self.assertGreater(len(first["pixels"]), 3)
        self.assertGreater(len(first["leaks"]), 2)
        self.assertIn("https://shop.example.com/sale?u=bob%40example.net", [link["unwrapped"] for link in first["links"]])
        self.assertEqual(len(found["plain"]["links"]), 1)
        keys = self.spoor.directory / "keys"
        keys.write_text("key._domainkey.example.com 2024-03-01T12:00:00Z v=DKIM1; p=\n")
        for options in ((), ("--format", "jsonl"), ("--request",), ("--why", "origin"), ("--dkim-keys", keys)):
            self.run_guarded("inspect", "-", *options, input=REMOTE)

    def test_real_mail(self):
        archive = harness.CORPORA / "phishing_pot.tar.zst"
        if not archive.is_file():
            self.skipTest(f"{archive} is not there (MAILSPOOR_CORPORA names its folder)")
        place = pathlib.Path(self.folder, "unpacked")
        place.mkdir()
        subprocess.run(["tar", "--zstd", "-xf", archive, "-C", place], check=True)
        paths = sorted(place.rglob("*.eml"))
        read = self.read_all(*(path.read_bytes() for path in paths[::len(paths) // 100]))
        remote = sum(len(one["tracking"]["remote"]) for one in read)
        print(f"{len(read)} messages with {remote} remote resources, and no socket")
        self.assertGreater(remote, len(read))


if __name__ == "__main__":
    harness.main()
