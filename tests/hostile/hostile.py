#!/usr/bin/python3
"""Runs the program against scripted servers and judges what it did.

    hostile.py [--list] [--release] [-v] [SCENARIO...]     all of them, or those named; -v shows both sides' words

A run is judged by its exit code and words, its memory, what it stored, what it wrote elsewhere and what it sent. Then the
server becomes an honest one, and a second run must find everything and leave a whole store.
"""
import argparse
import base64
import collections
import concurrent.futures
import hashlib
import os
import re
import resource
import shutil
import sys
import tempfile
import threading
import time
import traceback
import urllib.parse

import imap_scenarios  # noqa: F401, they register themselves
import pop3_scenarios  # noqa: F401
from imap_server import Imap, take_astring
from line_server import Server
from pop3_server import Pop3
from scenario import CLIMBED, SCENARIOS
import harness
import judge
from judge import Problem

MEMORY_LIMIT = 300 << 20  # octets of anonymous memory, Release builds
SAFETY_LIMIT = 4 << 30    # whatever happens, this machine goes on

# What the program may send, each for reading only. {} is a mailbox that the server has named.
COMMANDS = re.compile(
    rb"CAPABILITY|NOOP|LOGOUT|STARTTLS|ID (\([^()]*\)|NIL)|LOGIN .*|AUTHENTICATE [A-Z0-9-]+( [A-Za-z0-9+/=]+)?|LIST \"\" \"[^\"\\]*\*\"( RETURN \([A-Z ()-]+\))?|"
    rb"STATUS \{\} \([A-Z ]+\)|EXAMINE \{\}( \(CONDSTORE\))?|UID FETCH [0-9:,*]+ \((BODY\.PEEK\[\]|[A-Z0-9. -])+\)( \(CHANGEDSINCE [0-9]+( VANISHED)?\))?|"
    rb"UID SEARCH (RETURN \(ALL\) )?(ALL|UID 1:[0-9]+)|ENABLE( QRESYNC)?( UTF8=ACCEPT)?|NAMESPACE|COMPRESS DEFLATE", re.DOTALL)
POP3_COMMANDS = re.compile(
    rb"CAPA|STLS|AUTH [A-Z0-9-]+( [A-Za-z0-9+/=]+)?|APOP [^\s]+ [0-9a-f]{32}|USER [^\r]+|PASS [^\r]+|UIDL( [1-9]\d*)?|LIST( [1-9]\d*)?|STAT|"
    rb"TOP [1-9]\d* 0|RETR [1-9]\d*|RSET|NOOP|QUIT")
DELETES = re.compile(rb"DELE [1-9]\d*")
MARKS_AS_READ = re.compile(rb"BODY\[|RFC822(\.TEXT)?([ )]|$)")


class Watch(threading.Thread):
    """The most anonymous memory that a process has held."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.peak = pid, 0
        self.start()

    def run(self):
        while True:
            try:
                with open(f"/proc/{self.pid}/status") as file:
                    match = re.search(r"RssAnon:\s*(\d+) kB", file.read())
            except OSError:
                return
            if match is None:  # a zombie
                return
            self.peak = max(self.peak, int(match[1]) << 10)
            time.sleep(0.01)


def spellings(server):
    """All forms in which the password goes over a line, or as a token."""
    user, password = server.user.encode(), server.password.encode()
    bearer = b"\1auth=Bearer " + password + b"\1\1"
    return (password, *map(base64.b64encode, (password, b"\0" + user + b"\0" + password, b"user=" + user + bearer,
                                              b"n,a=%b,\1host=localhost\1port=%d" % (user, server.port) + bearer)))


def sent_problems(server, logs_in, may_delete=False):
    """The client's half of the conversation."""
    found = []
    by_connection = {}
    for piece in server.received:
        by_connection.setdefault((piece.connection, piece.is_encrypted), []).append(piece.octets)
    for (_, is_encrypted), pieces in by_connection.items():
        octets = b"".join(pieces)
        if any(spelling in octets for spelling in spellings(server)) and not (is_encrypted and logs_in):
            found.append(Problem("secret", "sent the password " + ("to a server it must not trust" if is_encrypted else "in clear")))
    is_known = {"imap": is_imap_command, "pop3": is_pop3_command}[server.session_class.scheme]
    return found + [Problem("injected", f"{tag!r} {command[:200]!r}") for tag, command in server.commands
                    if not is_known(server, tag, command) and not (may_delete and DELETES.fullmatch(command))]


def is_imap_command(server, tag, command):
    known = {mailbox.raw for mailbox in server.mailboxes} | {b"INBOX"}
    shown = command
    for verb in (b"STATUS ", b"EXAMINE "):
        if command.startswith(verb):
            name, rest = take_astring(command[len(verb):])
            if name in known or name.startswith(server.session_class.name_prefixes):
                shown = verb + (b"{} " if rest else b"{}") + rest
    return (re.fullmatch(rb"[A-Za-z0-9]+", tag) and COMMANDS.fullmatch(shown)
            and not (shown.startswith(b"UID") and MARKS_AS_READ.search(shown)))


def is_pop3_command(server, _, command):
    return POP3_COMMANDS.fullmatch(command)


class Pop3Spoor(harness.Mailspoor):
    """POP3 gives a message no number that lasts, so what is stored is known by its octets, and by the UIDL that its file's name
    tells where octets are torn or twice the same. `known` is {(mailbox, None, UID of the scripted message): (octets, UIDL)}."""

    def __init__(self, directory, binary):
        super().__init__(directory, binary)
        self.known = {}

    def stored(self):
        by_octets, by_tag = collections.defaultdict(list), {}
        for key, (octets, uidl) in self.known.items():
            by_octets[octets].append(key)
            by_tag[tag_of(uidl)] = key
        found = {}
        for (mailbox, _, _), paths in super().stored().items():
            for path in paths:
                octets = path.read_bytes()
                tag = re.search(r",I=([0-9a-f]{16})", path.name)
                named = by_tag.get(tag and tag[1])
                same = by_octets[octets]
                key = (named if named in same else same[0]) if same else named or self._begun(octets) or (mailbox, None, path.name)
                found.setdefault(key, []).append(path)
        return found

    def _begun(self, octets):
        return next((key for key, (known, _) in self.known.items() if octets and known.startswith(octets)), None)

    def misnamed(self):
        """Files whose names tell another UIDL than that of the message which they hold."""
        return [Problem("forged", f"{path.name} is not {key}, {self.known[key][1]}") for key, paths in (self.stored() if self.root.exists() else {}).items()
                for path in paths if key in self.known and f",I={tag_of(self.known[key][1])}" not in path.name]

    def hole_names(self, holes):
        """A hole is told by its UIDL; where several messages have that one, or the message has none, by their number."""
        missing = self.known.keys() - self.stored().keys()
        named = []
        for hole in holes:
            uidl = hole["uidl"] and hole["uidl"].encode()
            fitting = [key for key in missing if uidl in (None, self.known[key][1])]
            named.append(min(fitting, default=(hole["mailbox"], None, hole["uidl"])))
            missing.discard(named[-1])
        return named


def tag_of(uidl):
    """How the name of a file tells a UIDL."""
    return hashlib.sha256(uidl).hexdigest()[:16]


class Trial:
    """One scenario against one program, in a sandbox whose root lies deep, so that a name that climbs out of it is seen."""

    def __init__(self, session_class, binary, verbose=True):
        self.session_class, self.expectation = session_class, session_class.expectation
        self.folder = tempfile.mkdtemp(prefix="mailspoor-hostile-")
        spoor_class = {"imap": harness.Mailspoor, "pop3": Pop3Spoor}[session_class.scheme]
        self.spoor = spoor_class(self.folder, binary)
        self.spoor.root = self.spoor.directory / "a/b/c/d/e/f/store"
        os.makedirs(self.spoor.root.parent)
        self.spoor.environment["MAILSPOOR_ROOT"] = str(self.spoor.root)
        self.verbose = verbose
        self.results, self.peak = [], 0
        self.problems = []

    def run(self):
        try:
            with Server(self.session_class) as self.server:
                self._run()
        except Exception:  # a judge that stumbles over a store says so too
            self.problems.append(Problem("judge", traceback.format_exc()))
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)
        return self

    def _run(self):
        password_file = self.spoor.directory / "password"
        password_file.write_text(self.server.password + "\n")
        password_file.chmod(0o600)
        scheme = self.session_class.scheme + ("s" if self.session_class.tls == "implicit" else "")
        words = ["sync", f"{scheme}://{urllib.parse.quote(self.server.user)}@localhost:{self.server.port}",
                 "--ca-file", self.server.ca_file, "--password-file", password_file]
        def arguments(given):
            return [word.replace("PASSWORD_FILE", str(password_file)) for word in given]
        before = judge.tree(self.spoor.directory, [self.spoor.root])
        truth = self._truth()
        expected = self.expectation
        first = self._sync([*words, *arguments(expected.arguments)], expected.codes, expected.says)
        truth.update(self._truth())
        self._judge_store(truth, first)
        self.problems += sent_problems(self.server, expected.logs_in)
        if expected.after is None:
            self.problems += judge.index_problems(self.spoor)
        else:
            self.server.session_class = honest(self.session_class)
            del self.server.received[:], self.server.commands[:]
            stored = self.spoor_stored()
            truth = {**{key: octets for key, octets in truth.items() if key in stored}, **self._truth()}
            second = self._sync([*words, *arguments(expected.after_arguments)], expected.after, expected.after_says)
            truth.update(self._truth())
            gone = {key: octets for key, octets in truth.items() if (key[0], key[2]) in expected.gone}
            self._judge_store({key: octets for key, octets in truth.items() if key not in gone}, second)
            self.problems += judge.gone_problems(self.spoor, gone)
            self.problems += judge.index_problems(self.spoor)
            # A server that is well may be logged in to, but for a certificate that is not.
            self.problems += sent_problems(self.server, self.session_class.certificate == "good" and self.session_class.tls != "none",
                                           may_delete="--delete-after" in expected.after_arguments)
        self.problems += [Problem("judge", error) for error in self.server.errors]
        self.problems += judge.outside_problems(before, judge.tree(self.spoor.directory, [self.spoor.root]))
        self.problems += judge.file_secrets(self.spoor.root, [one.decode() for one in spellings(self.server)])
        self.problems += [Problem("outside", path) for path in CLIMBED if os.path.lexists(path)]

    def spoor_stored(self):
        return self.spoor.stored() if self.spoor.root.exists() else {}

    def _truth(self):
        change = getattr(self.session_class, "truth", lambda octets: octets)
        is_imap = self.session_class.scheme == "imap"
        truth = {(mailbox.name, mailbox.uid_validity if is_imap else None, message.uid): (change(message.octets), message)
                 for mailbox in self.server.mailboxes for message in mailbox.messages}
        if not is_imap:
            session = self.server.session_class(self.server, None, 0)
            self.spoor.known.update({key: (octets, session.uidl(message)) for key, (octets, message) in truth.items()})
        return {key: octets for key, (octets, _) in truth.items()}

    def _sync(self, words, codes, says):
        def limits():
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            if not self.verbose:
                resource.setrlimit(resource.RLIMIT_DATA, (SAFETY_LIMIT, SAFETY_LIMIT))
        process = self.spoor.start(*(["-v", "-v"] if self.verbose else []), *words, preexec_fn=limits)
        watch = Watch(process.pid)
        result = self.spoor.end(process, timeout=self.expectation.seconds)
        watch.join(1)
        self.results.append(result)
        self.peak = max(self.peak, watch.peak)
        self.problems += judge.run_problems(result, [one.decode() for one in spellings(self.server)])
        if not self.verbose and watch.peak > MEMORY_LIMIT:
            self.problems.append(Problem("memory", f"{watch.peak >> 20} MiB"))
        if result.code not in codes and not result.hung and not result.crash:
            self.problems.append(Problem("exit", f"{result.code}, not {' or '.join(map(str, codes))}\n{result}"))
        if says and not re.search(says, result.errors, re.IGNORECASE):
            self.problems.append(Problem("silent", f"standard error does not tell {says!r}\n{result}"))
        return result

    def _judge_store(self, truth, result):
        """What is missing after exit code 0 or 3 must be told, and must be one of those that the server did not give."""
        failed = [name for name in {key[0] for key in truth}
                  if f"mailbox failed: {printed(name)}:" in result.errors or "mailbox failed: the list of mailboxes:" in result.errors]
        self.problems += judge.store_problems(self.spoor, truth, result.code, failed)
        if result.code == 0:
            self.problems += judge.unindexed_problems(self.spoor)
        if self.session_class.scheme == "pop3" and self.session_class.names_messages:
            self.problems += self.spoor.misnamed()
        if result.code in (0, 3):
            for mailbox, validity, uid in sorted(truth.keys() - self.spoor_stored().keys()):
                if len(self.results) > 1 and result.code == 0:
                    continue  # told as lost already
                if (mailbox, uid) not in self.expectation.missing and (mailbox, None) not in self.expectation.missing:
                    self.problems.append(Problem("lost", f"{(mailbox, validity, uid)} could have been had"))


def printed(name):
    """How the program shows a name with control characters."""
    return re.sub(r"[\x00-\x1f\x7f]", lambda match: f"\\x{ord(match[0]):02x}", name)


def honest(session_class):
    """The same server, once it is well: its mailboxes and how it is reached stay, and what names its messages."""
    base = getattr(session_class, "well", None) or {"imap": Imap, "pop3": Pop3}[session_class.scheme]
    kept = {name: getattr(session_class, name) for name in ("tls", "certificate")} | {"mailboxes": staticmethod(session_class.mailboxes)}
    if base is Pop3:
        kept["uidl"] = session_class.uidl
    return type("Honest", (base,), kept)


def run_all(names, binary, verbose, tell=print):
    """(name, finished trial) of each, several at a time: most of them wait."""
    with concurrent.futures.ThreadPoolExecutor(max_workers=4) as pool:
        trials = {name: pool.submit(Trial(SCENARIOS[name], binary, verbose).run) for name in names}
        for name, trial in trials.items():
            trial = trial.result()
            runs = ", ".join(f"{result.code} in {result.seconds:.1f} s" for result in trial.results)
            tell(f"{'FAILED' if trial.problems else 'ok':7}{name:40}{runs:28}{trial.peak >> 20:5} MiB", flush=True)
            yield name, trial


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="SCENARIO")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--release", action="store_true", help="the Release program, quiet, and with its memory judged")
    parser.add_argument("-v", "--verbose", action="store_true", help="show what the program printed and sent")
    options = parser.parse_args()
    if options.list:
        for name, session_class in SCENARIOS.items():
            print(f"{name:36}{(session_class.__doc__ or '').strip().partition(chr(10))[0]}")
        return 0
    unknown = [name for name in options.names if name not in SCENARIOS]
    if unknown:
        parser.error(f"no such scenario: {', '.join(unknown)}")
    is_bad = False
    binary = harness.program("MAILSPOOR_RELEASE" if options.release else "MAILSPOOR")
    for _, trial in run_all(options.names or SCENARIOS, binary, not options.release):
        is_bad |= bool(trial.problems)
        for problem in trial.problems:
            print("    " + str(problem).replace("\n", "\n    "))
        if options.verbose:
            for result in trial.results:
                print(result)
            for tag, command in trial.server.commands:
                print("   C:", tag.decode("latin-1"), repr(command)[2:-1])
    return 1 if is_bad else 0


if __name__ == "__main__":
    sys.exit(main())
