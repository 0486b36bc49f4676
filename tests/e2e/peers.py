"""Servers besides Dovecot, each in a root of its own (own_root.py): Courier and Cyrus for IMAP and POP3, Exim and Postfix for SMTP.

They are used like dovecot.Dovecot, as far as there is something to use; messages come by APPEND alone.
"""
import contextlib
import json
import os
import pathlib
import pwd
import re
import secrets
import shutil
import smtplib
import socket
import ssl
import tempfile
import time

import dovecot
from imap_client import ImapClient, Refused

SYSTEM_FLAGS = {"S": r"\Seen", "R": r"\Answered", "F": r"\Flagged", "T": r"\Deleted", "D": r"\Draft"}


class _Server:
    """What they have in common: a folder that has the same path inside and outside, ports, and waiting for the server."""

    ports = ()  # the names of its ports' attributes

    def __init__(self, root):
        self.root = root
        self.dir = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        self.dir = tempfile.mkdtemp(prefix="server-", dir=self.root.directory)
        try:
            os.chmod(self.dir, 0o755)
            self._prepare()
            # Somebody may take a port before the server does.
            for _ in range(3):
                for name, port in zip(self.ports, dovecot.free_ports(len(self.ports))):
                    setattr(self, name, port)
                self._launch()
                if self._is_ready():
                    return
                self._end()
            raise dovecot.DovecotError(f"{type(self).__name__} does not answer: {self.log()[-2000:]}")
        except BaseException:
            self.stop()
            raise

    def stop(self):
        if self.dir:
            self._end()
            shutil.rmtree(self.dir, ignore_errors=True)
            self.dir = None

    def _is_ready(self):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if self._answers():
                return True
            time.sleep(0.05)
        return False

    def log(self):
        """What all servers of this root have told syslog so far."""
        return self.root.read(f"{self.root.directory}/syslog")


class _MailboxServer(dovecot.MailServer, _Server):
    ports = ("imap_port", "imaps_port", "pop3_port", "pop3s_port")
    separator = "."
    prefix = "INBOX/"  # what the names of all other mailboxes begin with

    def __init__(self, root, users=("user",)):
        super().__init__(root)
        self.passwords = {user: secrets.token_urlsafe(15) for user in users}
        self.user = next(iter(self.passwords))

    def _answers(self):
        # The certificate tells this server from another one that was faster to take the port.
        context = ssl.create_default_context(cafile=self.ca_file)
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.imaps_port), timeout=5) as plain, \
                context.wrap_socket(plain, server_hostname="localhost") as encrypted:
            return encrypted.makefile("rb").readline().startswith(b"* OK")
        return False

    def _make_certificates(self):
        certificates = dovecot.Certificates(self.dir)
        certificates.make("good", "server")
        self.ca_file = certificates.ca_file
        # Servers read it under many users, and some want all in one file.
        pair = [pathlib.Path(f"{self.dir}/server.{kind}").read_text() for kind in ("pem", "key")]
        pathlib.Path(f"{self.dir}/both.pem").write_text("".join(pair))
        for name in ("server.pem", "server.key"):
            os.chmod(f"{self.dir}/{name}", 0o644)

    def add(self, mailbox, octets, flags="", received=None, user=None):
        """Appends a message, whose mailbox is made if it is new. `flags` are Maildir's letters."""
        with ImapClient(self, user) as client:
            if mailbox not in client.mailboxes():
                client.create(mailbox)
            client.append(mailbox, octets, [SYSTEM_FLAGS[letter] for letter in flags],
                          received or dovecot.internal_date(octets) or time.time())

    def fill(self, tree, user=None):
        """Serves every message file below `tree` that the server takes, and returns how many. A folder `Archive/2024` becomes
        the mailbox `Archive/2024` below the prefix."""
        count = 0
        with ImapClient(self, user) as client:
            known = set(client.mailboxes())
            for path in sorted(pathlib.Path(tree).rglob("*.eml")):
                mailbox = self.mailbox(path.parent.relative_to(tree).as_posix())
                if mailbox not in known:
                    client.create(mailbox)
                    known.add(mailbox)
                octets = path.read_bytes()
                with contextlib.suppress(Refused):  # Cyrus wants neither NUL nor a LF without CR
                    client.append(mailbox, octets, received=dovecot.internal_date(octets) or time.time())
                    count += 1
        return count

    def asked_for_text(self, user=None):
        """How much text of messages clients have asked for so far, in a measure of the server's own. The same number twice
        means that nobody has asked in between."""
        raise NotImplementedError

    def mailbox(self, name):
        """What a mailbox is called here."""
        return name if name == "INBOX" else self.prefix + name


class Courier(_MailboxServer):
    """Courier's own scripts with its own settings, other ports aside. One at a time in a root."""

    PACKAGES = ("courier-imap", "courier-pop", "courier-authlib-userdb")
    SCRIPTS = ("authdaemond", "imapd", "imapd-ssl", "pop3d", "pop3d-ssl")

    def _prepare(self):
        self._make_certificates()
        nobody = pwd.getpwnam("nobody")
        lines = []
        for user, password in self.passwords.items():
            home = f"/srv/courier/{os.path.basename(self.dir)}/{user}"
            self.root.run(["install", "-d", "-o", "nobody", "-g", "nogroup", home])
            self.root.run(["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups",
                           "maildirmake.courier", f"{home}/Maildir"])
            _, hashed = self.root.run(["openssl", "passwd", "-6", "-stdin"], password + "\n")
            lines.append(f"{user}\tuid={nobody.pw_uid}|gid={nobody.pw_gid}|home={home}|mail={home}/Maildir|"
                         f"systempw={hashed.strip()}\n")
        self.root.write("/etc/courier/userdb", "".join(lines), 0o600)
        self.root.run(["makeuserdb"])
        self._change("authdaemonrc", authmodulelist="authuserdb")

    def _launch(self):
        # Its packages leave that to systemd, which not every machine has.
        self.root.run(["install", "-d", "-o", "courier", "-g", "courier", "/run/courier", "/run/courier/authdaemon"])
        # Courier reads it as a user of its own.
        self.root.run(["install", "-m", "600", "-o", "courier", f"{self.dir}/both.pem", "/etc/courier/server.pem"])
        for name in ("imapd", "pop3d"):
            self._change(name, ADDRESS="127.0.0.1", PORT=getattr(self, name.rstrip("d") + "_port"), MAXPERIP=40)
            self._change(f"{name}-ssl", SSLADDRESS="127.0.0.1", SSLPORT=getattr(self, name.rstrip("d") + "s_port"),
                         TLS_CERTFILE="/etc/courier/server.pem")
        for script in self.SCRIPTS:
            self.root.run([f"/usr/sbin/{script}", "start"])

    def _change(self, name, **settings):
        """Settings are the lines of a shell: the last one holds."""
        path = f"/etc/courier/{name}"
        self.root.write(path, self.root.read(path) + "".join(f"{key}={value}\n" for key, value in settings.items()))

    def _end(self):
        for script in reversed(self.SCRIPTS):
            self.root.run([f"/usr/sbin/{script}", "stop"], check=False)

    def asked_for_text(self, user=None):
        """In octets: it tells them when a session ends."""
        user = re.escape(user or self.user)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            log = self.log()
            ends = re.findall(rf"(?:LOGOUT|DISCONNECTED|TIMEOUT), user={user},.*headers=(\d+), body=(\d+)", log)
            if len(ends) == len(re.findall(rf"LOGIN, user={user},", log)):
                return sum(int(number) for end in ends for number in end)
            time.sleep(0.05)
        raise dovecot.DovecotError(f"a session of {user} does not end: {log[-2000:]}")


class Cyrus(_MailboxServer):
    """One at a time in a root. `namespace` is "internal", with INBOX.name as Debian sets it, or "alternative", with names
    beside INBOX and "/" between levels."""

    PACKAGES = ("cyrus-imapd", "cyrus-pop3d", "sasl2-bin")

    CONFIG = """\
configdirectory: {place}
partition-default: {place}/mail
defaultpartition: default
servername: localhost
syslog_prefix: cyrus
altnamespace: {alternative}
unixhierarchysep: {alternative}
autocreate_quota: 0
autocreate_post: yes
allowplaintext: yes
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: {place}/sasldb2
sasl_mech_list: PLAIN LOGIN
tls_server_cert: {directory}/server.pem
tls_server_key: {directory}/server.key
umask: 077
"""
    SERVICES = """\
START {{
  recover cmd="ctl_cyrusdb -r"
}}
SERVICES {{
  imap cmd="imapd" listen="127.0.0.1:{imap_port}"
  imaps cmd="imapd -s" listen="127.0.0.1:{imaps_port}"
  pop3 cmd="pop3d" listen="127.0.0.1:{pop3_port}"
  pop3s cmd="pop3d -s" listen="127.0.0.1:{pop3s_port}"
}}
EVENTS {{
}}
"""

    def __init__(self, root, users=("user",), namespace="internal"):
        super().__init__(root, users)
        self.alternative = namespace == "alternative"
        if self.alternative:
            self.separator, self.prefix = "/", ""
        self.process = None

    def _prepare(self):
        self._make_certificates()
        self.place = f"/srv/cyrus/{os.path.basename(self.dir)}"
        self.root.run(["install", "-d", "-o", "cyrus", "-g", "mail", *(f"{self.place}{folder}" for folder in (
            "", "/db", "/log", "/mail", "/proc", "/ptclient", "/socket", *(f"/log/{user}" for user in self.passwords)))])
        for user, password in self.passwords.items():
            self.root.run(["saslpasswd2", "-p", "-c", "-f", f"{self.place}/sasldb2", "-u", "localhost", user], password)
        self.root.run(["chown", "cyrus", f"{self.place}/sasldb2"])
        self.root.write("/etc/imapd.conf", self.CONFIG.format(place=self.place, directory=self.dir,
                                                              alternative="yes" if self.alternative else "no"))

    def _launch(self):
        self.root.write("/etc/cyrus.conf", self.SERVICES.format(**{name: getattr(self, name) for name in self.ports}))
        self.process = self.root.spawn(["cyrmaster", "-D", "-p", f"{self.place}/pid"], f"{self.dir}/output")

    def _end(self):
        if self.process:
            self.root.end(self.process)
            self.process = None

    def log(self):
        return super().log() + self.root.read(f"{self.dir}/output")

    def client_commands(self, user=None, forget=False):
        """All lines that clients sent since the last call with `forget`, without log-in. Cyrus keeps them for users who have
        a folder of their name for it."""
        folder = f"{self.place}/log/{user or self.user}"
        _, text = self.root.run(["find", folder, "-type", "f", "-exec", "cat", "{}", "+"])
        if forget:
            self.root.run(["find", folder, "-type", "f", "-delete"])
        return [line for piece in re.findall(r"(?ms)^<\d+<(.*?)(?=^[<>]\d+[<>]|\Z)", text) for line in piece.splitlines()]

    def asked_for_text(self, user=None):
        """In commands."""
        return len([line for line in self.client_commands(user) if "BODY" in line.upper()])


class Exim(_Server):
    """Takes messages for `user@example.org` by SMTP, and delivers them to a Maildir or through a pipe to `command`: an absolute
    path and arguments, where `{mail}` stands for a folder that belongs to whom it runs as. `routers` and `transports` are more
    of its configuration, for other recipients of that domain."""

    PACKAGES = ("exim4-daemon-light",)
    ports = ("smtp_port",)

    CONFIG = """\
primary_hostname = localhost
local_interfaces = 127.0.0.1
daemon_smtp_ports = {smtp_port}
log_file_path = syslog
tls_advertise_hosts =
acl_smtp_rcpt = check_recipient
begin acl
check_recipient:
  accept domains = example.org
         verify = recipient
  deny
begin routers
user:
  driver = accept
  local_parts = user
  transport = {transport}
{routers}
begin transports
maildir:
  driver = appendfile
  directory = {directory}/mail/Maildir
  maildir_format
  user = {uid}
  group = {gid}
pipe:
  driver = pipe
  command = {command}
  return_fail_output
  user = {uid}
  group = {gid}
{transports}
begin retry
* * F,1h,1m
"""

    def __init__(self, root, command=None, routers="", transports=""):
        super().__init__(root)
        self.command, self.routers, self.transports = command, routers, transports
        self.process = None
        # Exim never delivers as root.
        self.owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())

    def _prepare(self):
        os.mkdir(f"{self.dir}/mail")
        os.chown(f"{self.dir}/mail", self.owner.pw_uid, self.owner.pw_gid)

    def _launch(self):
        self.root.write("/etc/exim4/exim4.conf", self.CONFIG.format(
            smtp_port=self.smtp_port, directory=self.dir, command=(self.command or "/bin/true").format(mail=f"{self.dir}/mail"),
            transport="pipe" if self.command else "maildir", uid=self.owner.pw_uid, gid=self.owner.pw_gid, routers=self.routers,
            transports=self.transports))
        self.process = self.root.spawn(["exim4", "-bdf", "-q1m"], f"{self.dir}/output")

    def _end(self):
        if self.process:
            self.root.end(self.process)
            self.process = None

    def _answers(self):
        with contextlib.suppress(OSError, smtplib.SMTPException), smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=5):
            return self.root.poll(self.process) is None
        return False

    def send(self, octets, recipient="user@example.org", sender="somebody@example.net"):
        """`sender` may be empty, as that of a bounce is."""
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=60) as client:
            client.sendmail(sender, [recipient], octets)

    def queue(self, recipient):
        """Its messages in the queue: what `exim4 -bp` says of each."""
        _, text = self.root.run(["exim4", "-bp"])
        return [one for one in text.split("\n\n") if recipient in one.split()]

    def flush(self):
        """Tries everything in the queue at once."""
        self.root.run(["exim4", "-qff"])

    def delivered(self):
        """The messages in the Maildir."""
        return [path.read_bytes() for path in pathlib.Path(f"{self.dir}/mail/Maildir/new").glob("*")]

    def log(self):
        return super().log() + self.root.read(f"{self.dir}/output")


class Postfix(_Server):
    """Debian's own settings with other ports, and with `main` and `master`, lines for main.cf and master.cf. One at a time in
    a root. It takes any recipient from this machine, and has nowhere to send what is not delivered here."""

    PACKAGES = ("postfix",)
    ports = ("smtp_port",)

    MAIN = """\
myhostname = localhost
mydestination = localhost
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
default_transport = error
alias_maps =
message_size_limit = 0
"""

    def __init__(self, root, main="", master=""):
        super().__init__(root)
        self.main, self.master = main, master
        self.process = None

    def _prepare(self):
        self.log_begin = len(super().log())
        self.root.run(["postconf", "-e", *re.findall(r"(?m)^\w.*", self.MAIN + self.main)])
        self.root.run(["postconf", "-F", "*/*/chroot = n"])  # only Debian's init script fills such a root
        self.services = self.root.read("/etc/postfix/master.cf")

    def _launch(self):
        self.root.write("/etc/postfix/master.cf", re.sub(
            r"(?m)^smtp(\s+inet\s)", rf"127.0.0.1:{self.smtp_port}\1", self.services) + self.master)
        self.process = self.root.spawn(["postfix", "start-fg"], f"{self.dir}/output")

    def _end(self):
        if self.process:
            self.root.end(self.process)
            self.process = None
            self.root.write("/etc/postfix/master.cf", self.services)

    def _answers(self):
        with contextlib.suppress(OSError, smtplib.SMTPException), smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=5):
            return self.root.poll(self.process) is None
        return False

    def send(self, octets, recipient, sender="somebody@example.net"):
        """`sender` may be empty, as that of a bounce is."""
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=60) as client:
            client.sendmail(sender, [recipient], octets)

    def queue(self, recipient):
        """Its messages in the queue: the objects of `postqueue -j`."""
        _, text = self.root.run(["postqueue", "-j"])
        return [one for one in map(json.loads, text.splitlines())
                if recipient in (each["address"] for each in one["recipients"])]

    def flush(self):
        """Tries everything in the queue at once."""
        self.root.run(["postqueue", "-f"])

    def log(self):
        return super().log()[self.log_begin:] + self.root.read(f"{self.dir}/output")
