#!/usr/bin/python3
"""A throw-away Dovecot 2.3 on loopback: own ports, own certificates, own mail, one temporary folder.

As a library:

    with Dovecot(users=["alice@example.org"]) as server:
        server.fill("tests/data/mailbox")
        server.url()          # imaps://alice%40example.org@localhost:41234
        server.ca_file        # trusts the server's certificate
        server.password_file()

As a command, which runs COMMAND while the server lives and ends with its exit code:

    dovecot.py run --mail DIR [--user NAME] [--certificate KIND] -- COMMAND...

COMMAND finds DOVECOT_URL, DOVECOT_STARTTLS_URL, DOVECOT_CA_FILE and DOVECOT_PASSWORD_FILE in its environment.

DIR holds one folder per mailbox with messages in it; `Archive/2024/one.eml` is in the mailbox `Archive/2024`, and what
lies in `INBOX` is in INBOX. Works as root (mail then belongs to nobody) and as an ordinary user.
"""
import argparse
import base64
import ctypes
import email.utils
import os
import pathlib
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

CERTIFICATES = ("good", "wrong-name", "expired", "self-signed")

CONFIG = """\
base_dir = {dir}/run
state_dir = {dir}/state
log_path = {dir}/log
login_greeting = {greeting}
protocols = {protocols}
listen = 127.0.0.1
ssl = yes
ssl_cert = <{dir}/server.pem
ssl_key = <{dir}/server.key
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
first_valid_uid = 1
mail_fsync = never
mail_max_userip_connections = 100
mail_location = maildir:{dir}/mail/%u:LAYOUT={layout}:INBOX={dir}/mail/%u/INBOX:INDEX={dir}/index/%u:UTF-8
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {dir}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={dir}/home/%u
}}
namespace inbox {{
  inbox = yes
  separator = {separator}
}}
service imap-login {{
  service_count = 0
  process_min_avail = 1
  inet_listener imap {{
    port = {imap_port}
  }}
  inet_listener imaps {{
    port = {imaps_port}
  }}
}}
"""

# Without root nobody can switch users or change the root directory.
CONFIG_WITHOUT_ROOT = """\
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
}}
service pop3-login {{
  chroot =
}}
"""

CONFIG_POP3 = """\
service pop3-login {{
  service_count = 0
  inet_listener pop3 {{
    port = {pop3_port}
  }}
  inet_listener pop3s {{
    port = {pop3s_port}
  }}
}}
"""


class DovecotError(Exception):
    """The server cannot be started; the text says why."""


def _program(name):
    """The path of a program that may stand in a folder which only root has in its PATH."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if not found:
        raise DovecotError(f"{name} is not installed")
    return found


def available(protocol="imap"):
    """Its POP3 is a package of its own."""
    return bool(shutil.which("dovecot", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")) and \
        os.path.exists(f"/usr/lib/dovecot/{protocol}")


def free_ports(count):
    """Ports that nobody listens on right now. Somebody else may take one before Dovecot does: start() tries again."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for s in sockets:
            s.bind(("127.0.0.1", 0))
        return [s.getsockname()[1] for s in sockets]
    finally:
        for s in sockets:
            s.close()


def _end_with_parent():
    """Runs in the child: a server never outlives the test that started it, however that ended."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def internal_date(octets):
    """When a server took a message in, for samples that do not say: the top Received field's date, or the Date field."""
    header = re.split(rb"\r?\n\r?\n", octets, maxsplit=1)[0].decode("latin-1")
    header = re.sub(r"\r?\n[ \t]+", " ", header)
    for pattern in (r"(?mi)^received:.*;\s*([^;\r\n]+)$", r"(?mi)^date:\s*(.+)$"):
        for text in re.findall(pattern, header)[:1]:
            try:
                when = email.utils.parsedate_to_datetime(text.strip()).timestamp()
            except (TypeError, ValueError, OverflowError):
                continue
            if 0 < when < 2**31:
                return when
    return None


class Certificates:
    """A certificate authority of its own, and server certificates signed by it. Needs the openssl command."""

    def __init__(self, directory):
        self.dir = directory
        self.ca_file = f"{directory}/ca.pem"
        if not os.path.exists(self.ca_file):
            self._openssl("req", "-x509", *self._new_key("ca.key"), "-days", "30", "-subj", "/CN=Throw-away test CA",
                          "-out", "ca.pem")

    def make(self, kind, name):
        """Writes NAME.pem and NAME.key. `good` is for localhost and its addresses; it will do for a client too."""
        if kind not in CERTIFICATES:
            raise ValueError(f"no such kind of certificate: {kind}")
        names = "DNS:mail.example.net" if kind == "wrong-name" else "DNS:localhost,IP:127.0.0.1,IP:::1"
        subject = "/CN=" + names.split(",")[0][4:]
        if kind == "self-signed":
            self._openssl("req", "-x509", *self._new_key(f"{name}.key"), "-days", "30", "-subj", subject,
                          "-addext", f"subjectAltName={names}", "-out", f"{name}.pem")
            return
        # `openssl ca`, since `openssl x509` of OpenSSL 3.0 cannot write dates of the past.
        self._write("ca.conf", f"[ca]\ndefault_ca=test\n[test]\ndatabase={self.dir}/ca.db\nnew_certs_dir={self.dir}\n"
                               "default_md=sha256\npolicy=any\nrand_serial=yes\nunique_subject=no\nx509_extensions=server\n"
                               "[any]\ncommonName=supplied\n"
                               f"[server]\nbasicConstraints=CA:FALSE\nsubjectAltName={names}\n")
        self._write("ca.db", "")
        now = time.time()
        first, last = (now - 20 * 86400, now - 86400) if kind == "expired" else (now - 86400, now + 30 * 86400)
        stamp = lambda when: time.strftime("%Y%m%d%H%M%SZ", time.gmtime(when))
        self._openssl("req", *self._new_key(f"{name}.key"), "-subj", subject, "-out", f"{name}.csr")
        self._openssl("ca", "-batch", "-notext", "-config", "ca.conf", "-cert", "ca.pem", "-keyfile", "ca.key",
                      "-startdate", stamp(first), "-enddate", stamp(last), "-in", f"{name}.csr", "-out", f"{name}.pem")

    def make_client(self, user):
        """Writes client-USER.pem and .key, for a client that is USER."""
        self._openssl("req", *self._new_key(f"client-{user}.key"), "-subj", f"/CN={user}", "-out", f"client-{user}.csr")
        self._openssl("x509", "-req", "-in", f"client-{user}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                      "-days", "30", "-out", f"client-{user}.pem")

    def _new_key(self, path):
        return "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", path

    def _write(self, name, text):
        with open(f"{self.dir}/{name}", "w") as file:
            file.write(text)

    def _openssl(self, *arguments):
        done = subprocess.run([_program("openssl"), *arguments], cwd=self.dir, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True)
        if done.returncode:
            raise DovecotError(f"openssl {arguments[0]}: {done.stderr.strip()}")


class MailServer:
    """What a client needs of a server that has `passwords`, `user`, `dir` and its ports."""

    def url(self, user=None, tls="implicit", host="localhost", port=None, protocol="imap"):
        scheme = protocol + {"implicit": "s", "starttls": ""}[tls]
        own_port = getattr(self, f"{scheme}_port")
        return f"{scheme}://{urllib.parse.quote(user or self.user, safe='')}@{host}:{port or own_port}"

    def password(self, user=None):
        return self.passwords[user or self.user]

    def password_file(self, user=None):
        path = f"{self.dir}/password-{urllib.parse.quote(user or self.user, safe='')}"
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(self.password(user) + "\n")
        return path


class Dovecot(MailServer):
    """One server. `layout` and `separator` are Dovecot's: "fs" with "/" allows dots in names, "maildir++" with "."
    is what many servers have. `settings` are added to its configuration, {dir} is its folder. With `raw_log` everything a client sends after log-in is kept: client_commands()."""

    def __init__(self, users=("user",), certificate="good", layout="fs", separator="/", raw_log=False, pop3=False,
                 settings=""):
        self.root = os.geteuid() == 0
        # nobody may own mail: Dovecot never lets root do so.
        owner = pwd.getpwnam("nobody") if self.root else pwd.getpwuid(os.geteuid())
        self.uid, self.gid = owner.pw_uid, owner.pw_gid
        self.certificate, self.layout, self.separator = certificate, layout, separator
        self.raw_log, self.pop3, self.settings = raw_log, pop3, settings
        self.passwords = {user: secrets.token_urlsafe(15) for user in users}
        self.user = next(iter(self.passwords))
        self.process = None
        self.dir = None
        self._serial = 0

    # --- life -------------------------------------------------------------------------------------------------

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        self.dir = tempfile.mkdtemp(prefix="dovecot-", dir=self._place())
        try:
            self._prepare()
            for _ in range(20):
                if self._try_start():
                    return
            raise DovecotError("Dovecot finds no free port: " + self.log()[-500:])
        except BaseException:
            self.stop()
            raise

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None
        if self.dir:
            shutil.rmtree(self.dir, ignore_errors=True)
            self.dir = None

    def _place(self):
        """TMPDIR, unless it is too long for the paths of Unix sockets (107 octets) or closed to the mail's owner."""
        base = pathlib.Path(tempfile.gettempdir())
        is_open = not self.root or all(path.stat().st_mode & 0o001 for path in (base, *base.parents))
        return base if is_open and len(str(base)) < 40 else "/tmp"

    def _prepare(self):
        os.chmod(self.dir, 0o755)  # the mail's owner goes through it
        for name in ("mail", "index", "home", "raw"):
            os.mkdir(f"{self.dir}/{name}")
            os.chown(f"{self.dir}/{name}", self.uid, self.gid)
        with open(f"{self.dir}/users", "w") as file:
            file.writelines(f"{user}:{password}\n" for user, password in self.passwords.items())
        certificates = Certificates(self.dir)
        certificates.make(self.certificate, "server")
        self.ca_file = certificates.ca_file
        for user in self.passwords:
            self.mailbox_path("INBOX", user)
            if self.raw_log:
                self._make_dir(f"{self.dir}/raw/{user}")

    def _try_start(self):
        ports = free_ports(4)
        self.imap_port, self.imaps_port, self.pop3_port, self.pop3s_port = ports
        self._greeting = secrets.token_hex(8)
        values = dict(dir=self.dir, greeting=self._greeting, uid=self.uid, gid=self.gid, layout=self.layout,
                      separator=self.separator, protocols="imap pop3" if self.pop3 else "imap",
                      imap_port=self.imap_port, imaps_port=self.imaps_port, pop3_port=self.pop3_port,
                      pop3s_port=self.pop3s_port)
        text = CONFIG.format(**values)
        if not self.root:
            import grp
            me = pwd.getpwuid(self.uid).pw_name
            text += CONFIG_WITHOUT_ROOT.format(user=me, group=grp.getgrgid(os.getegid()).gr_name)
        if self.pop3:
            text += CONFIG_POP3.format(**values)
        if self.raw_log:
            text += f"rawlog_dir = {self.dir}/raw/%u\n"
        with open(f"{self.dir}/dovecot.conf", "w") as file:
            file.write(text + self.settings.replace("{dir}", self.dir))
        output = open(f"{self.dir}/output", "wb")
        self.process = subprocess.Popen([_program("dovecot"), "-F", "-c", f"{self.dir}/dovecot.conf"],
                                        stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                        preexec_fn=_end_with_parent)
        output.close()
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                said = self.log()
                if "Address already in use" in said:
                    return False
                raise DovecotError(f"Dovecot does not start: {said.strip()}")
            if self._greets():
                return True
            time.sleep(0.05)
        raise DovecotError("Dovecot does not answer: " + self.log().strip())

    def _greets(self):
        """Whether it is this server that listens, and not another one that was faster to take the port."""
        try:
            with socket.create_connection(("127.0.0.1", self.imap_port), timeout=5) as s:
                return self._greeting.encode() in s.makefile("rb").readline()
        except OSError:
            return False

    # --- what a client needs ----------------------------------------------------------------------------------

    def certificate_pin(self):
        """`sha256//…` of the server's public key, as openssl computes it."""
        key = subprocess.run([_program("openssl"), "x509", "-in", f"{self.dir}/server.pem", "-noout", "-pubkey"],
                             capture_output=True, check=True).stdout
        der = subprocess.run([_program("openssl"), "pkey", "-pubin", "-outform", "DER"], input=key,
                             capture_output=True, check=True).stdout
        digest = subprocess.run([_program("openssl"), "dgst", "-sha256", "-binary"], input=der,
                                capture_output=True, check=True).stdout
        return "sha256//" + base64.b64encode(digest).decode()

    def tunnel(self, user=None):
        """A command whose standard input and output are a session that is logged in."""
        owner = f"setpriv --reuid {self.uid} --regid {self.gid} --clear-groups " if self.root else ""
        return f"USER={user or self.user} HOME=/ {owner}/usr/lib/dovecot/imap -c {self.dir}/dovecot.conf 2>>{self.dir}/output"

    # --- mail -------------------------------------------------------------------------------------------------

    def mailbox_path(self, mailbox, user=None):
        """The server's Maildir of a mailbox (UTF-8, levels by "/"), made if it is new."""
        top = f"{self.dir}/mail/{user or self.user}"
        if mailbox == "INBOX":
            path = f"{top}/INBOX"
        elif self.layout == "fs":
            path = f"{top}/{mailbox}"
        else:
            path = f"{top}/.{mailbox.replace('/', '.')}"
        for name in ("cur", "new", "tmp"):
            self._make_dir(f"{path}/{name}")
        return path

    def renumber(self, mailbox, user=None):
        """Gives a mailbox another UIDVALIDITY, and its messages the UIDs 1 to N, as after a restored backup."""
        path = self.mailbox_path(mailbox, user)
        for name in os.listdir(path):
            if name.startswith("dovecot-uidlist"):
                os.unlink(f"{path}/{name}")
        shutil.rmtree(f"{self.dir}/index/{user or self.user}", ignore_errors=True)

    def _make_dir(self, path):
        if os.path.isdir(path):
            return
        self._make_dir(os.path.dirname(path))
        os.mkdir(path, 0o700)
        os.chown(path, self.uid, self.gid)

    def add(self, mailbox, octets, flags="", received=None, user=None):
        """Puts a message straight into the server's Maildir, for thousands much faster than APPEND. `flags` are Maildir's
        letters, `received` becomes the INTERNALDATE."""
        self._serial += 1
        name = f"{1_000_000_000 + self._serial}.M{self._serial}P{os.getpid()}.server,S={len(octets)}:2,{flags}"
        path = f"{self.mailbox_path(mailbox, user)}/cur/{name}"
        with open(path, "wb") as file:
            file.write(octets)
        os.chown(path, self.uid, self.gid)
        when = received or internal_date(octets) or time.time()
        os.utime(path, (when, when))

    def fill(self, tree, user=None):
        """Serves every message file below `tree`, and returns how many."""
        tree = pathlib.Path(tree)
        if not tree.is_dir():
            raise DovecotError(f"{tree} is not a folder of messages")
        count = 0
        for path in sorted(tree.rglob("*.eml")):
            mailbox = path.parent.relative_to(tree).as_posix()
            self.add("INBOX" if mailbox == "." else mailbox, path.read_bytes(), user=user)
            count += 1
        return count

    # --- what it saw ------------------------------------------------------------------------------------------

    def log(self):
        text = ""
        for name in ("output", "log"):
            path = f"{self.dir}/{name}"
            if os.path.exists(path):
                text += pathlib.Path(path).read_text(errors="replace")
        return text

    def client_commands(self, user=None, forget=False):
        """All lines that clients sent since the last call with `forget`, oldest session first, without log-in."""
        directory = pathlib.Path(f"{self.dir}/raw/{user or self.user}")
        logs = sorted(directory.glob("*.in"), key=lambda path: path.stat().st_mtime)
        text = b"".join(path.read_bytes() for path in logs)
        if forget:
            for path in directory.iterdir():
                path.unlink()
        # Each piece read begins with the time of its arrival.
        return [re.sub(r"^\d+\.\d+ ", "", line) for line in text.decode("latin-1").splitlines()]


def run(arguments):
    with Dovecot(users=[arguments.user], certificate=arguments.certificate) as server:
        server.fill(arguments.mail)
        environment = dict(os.environ, DOVECOT_URL=server.url(), DOVECOT_STARTTLS_URL=server.url(tls="starttls"),
                           DOVECOT_CA_FILE=server.ca_file, DOVECOT_PASSWORD_FILE=server.password_file())
        return subprocess.run(arguments.command, env=environment).returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("run", help="run a command while a server lives")
    one.add_argument("--mail", required=True, metavar="DIR")
    one.add_argument("--user", default="alice@example.org", metavar="NAME")
    one.add_argument("--certificate", default="good", choices=CERTIFICATES)
    one.add_argument("command", nargs="+", metavar="COMMAND")
    arguments = parser.parse_args()
    # So that the server is stopped and its folder removed.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        code = run(arguments)
    except DovecotError as error:
        sys.exit(f"dovecot.py: {error}")
    except FileNotFoundError as error:
        sys.exit(f"dovecot.py: {error.filename}: {error.strerror}")
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(128 - code if code < 0 else code)


if __name__ == "__main__":
    main()
