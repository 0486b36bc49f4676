#!/usr/bin/python3
"""Runs a command once for each of its file calls, lets that call go wrong, and judges what is left.

After each such run the command runs again undisturbed, and has to complete without a hand: nothing lost, nothing there
twice, nothing torn, no litter, an index equal to one made again from the Maildir.

    sweep.py                          every command with every fault at every call (an hour)
    sweep.py COMMAND FAULT            every call
    sweep.py COMMAND FAULT N [DIR]    call N only, as a test has named it; DIR keeps the store as the fault has left it
    sweep.py COMMAND                  the calls of the command, numbered

Needs a Release build and the shim, which the dev build makes (MAILSPOOR_FAULTS_SHIM names another one).
"""
import concurrent.futures
import collections
import contextlib
import dataclasses
import errno
import os
import pathlib
import re
import shutil
import sys
import tempfile
import time
import traceback
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import dovecot
import harness
import judge
from judge import Problem

# A name with a dot, one that needs modified UTF-7, quotes and backslashes: all of Mailspoor's ways to name a folder.
MAILBOXES = ("INBOX", "Entwürfe & Co./2024.05", '日本語/~"q"\\')
MESSAGES = 12
THREADS = 2
SECONDS = 120  # what takes longer hangs: undisturbed it is a tenth of one
WRITES = "write pwrite writev pwritev"


@dataclasses.dataclass(frozen=True)
class Fault:
    kind: str
    for_ever: bool = False

    def __str__(self):
        return self.kind + ("-ever" if self.for_ever else "")

    @property
    def kills(self):
        return self.kind.startswith("kill")

    @property
    def only(self):
        """The calls that can go wrong so; None is all."""
        return WRITES if self.kind == "short" else None

    @property
    def fails(self):
        """Whether a call returns an error, as opposed to a short count or death."""
        return hasattr(errno, self.kind)

    @property
    def cause(self):
        """What a person must be told."""
        return os.strerror(getattr(errno, self.kind))


FAULTS = (Fault("ENOSPC"), Fault("ENOSPC", True), Fault("EIO"), Fault("EIO", True), Fault("EDQUOT"), Fault("EDQUOT", True),
          Fault("short"), Fault("short", True), Fault("kill-before"), Fault("kill-after"))


@dataclasses.dataclass(frozen=True)
class Command:
    name: str
    words: tuple
    template: str = ""  # the store that it finds; none: nothing at all

    @property
    def syncs(self):
        return self.words[0] == "sync"

    @property
    def indexes(self):
        return "--no-index" not in self.words


COMMANDS = (
    Command("sync", ("sync",)),
    Command("sync-more", ("sync",), "some"),
    Command("sync-only", ("sync", "--no-index")),
    Command("sync-only-more", ("sync", "--no-index"), "some"),
    Command("index", ("index",), "unindexed"),
    Command("index-more", ("index",), "half indexed"),
    Command("rebuild", ("index", "--rebuild"), "indexed"),
)


def named(things, name):
    for thing in things:
        if str(getattr(thing, "name", thing)) == name:
            return thing
    sys.exit(f"{name} is none of {', '.join(str(getattr(thing, 'name', thing)) for thing in things)}")


def shim():
    """The library that makes calls fail; without sanitizers, since the program is a Release one."""
    path = os.environ.get("MAILSPOOR_FAULTS_SHIM") or harness.PROJECT / "build/dev/tests/faults/mailspoor_faults.so"
    if not os.path.isfile(path):
        raise unittest.SkipTest(f"{path} is not built")
    return str(path)


def fast_disk():
    """Thousands of runs that each sync: only the order of the calls matters here, so memory will do for a disk."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def shim_environment(below, log, fault=None, at=0):
    """What makes the C library of a program that is started with it count, and fail."""
    environment = {"LD_PRELOAD": shim(), "MAILSPOOR_FAULT_BELOW": os.path.realpath(below),
                   "MAILSPOOR_FAULT_LOG": str(log)}
    if fault:
        environment.update(MAILSPOOR_FAULT=fault.kind, MAILSPOOR_FAULT_AT=str(at))
        environment.update({"MAILSPOOR_FAULT_EVER": "1"} if fault.for_ever else {})
        environment.update({"MAILSPOOR_FAULT_ONLY": fault.only} if fault.only else {})
    return environment


def logged_calls(log):
    """[`CALL PATH`] as the shim has counted them; one that went wrong ends in ` !FAULT`."""
    if not os.path.exists(log):
        return []
    return [line.partition(" ")[2] for line in pathlib.Path(log).read_text(errors="surrogateescape").splitlines()]


@dataclasses.dataclass
class Point:
    """One run with a fault, and the verdict on it."""
    command: Command
    fault: Fault
    at: int
    hits: list = dataclasses.field(default_factory=list)  # the calls that went wrong; none: there were fewer calls
    code: int = 0
    problems: list = dataclasses.field(default_factory=list)

    @property
    def hit(self):
        """`CALL PATH`, the first of them."""
        return self.hits[0] if self.hits else ""

    def __str__(self):
        return (f"{self.command.name} {self.fault} {self.at}: {self.hit or 'not reached'}: exit code {self.code}"
                + "".join(f"\n    {problem}" for problem in self.problems))


class Bench:
    """A server with a small account, and stores to begin with. Use as a context."""

    def __init__(self):
        self.binary = harness.program("MAILSPOOR_RELEASE")
        shim()
        if not dovecot.available():
            raise unittest.SkipTest("Dovecot is not installed")

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self.place = pathlib.Path(stack.enter_context(
                tempfile.TemporaryDirectory(prefix="mailspoor-faults-", dir=fast_disk(), ignore_cleanup_errors=True)))
            self.server = stack.enter_context(dovecot.Dovecot())
            self.password_file = self.server.password_file()  # once: it writes the file, and runs are reading it
            self._make_templates()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def _make_templates(self):
        from imap_client import everything
        half = MESSAGES // 2
        self._fill(0, half)
        self._template("some", None, ("sync",))
        self._fill(half, MESSAGES)
        self._template("half indexed", "some", ("sync", "--no-index"))
        self._template("unindexed", None, ("sync", "--no-index"))
        self._template("indexed", "unindexed", ("index",))
        self.truth = everything(self.server)
        if len(self.truth) != MESSAGES or {key[0] for key in self.truth} != set(MAILBOXES):
            raise AssertionError(f"the server holds something else: {sorted(self.truth)}")

    def _fill(self, first, last):
        for number in range(first, last):
            # Some are larger than the buffers of whoever writes them; few words, so that the index stays small.
            body = "again " * 12_000 if number in (1, 7) else f"word{number}"
            self.server.add(MAILBOXES[number % len(MAILBOXES)], harness.message(number, 0, body=body))

    def _template(self, name, base, words):
        spoor = harness.Mailspoor(self.place / name, self.binary)
        if base:
            self._copy(base, spoor)
        result = spoor.run(*self.arguments(words))
        if result.code:
            raise AssertionError(f"cannot make the store `{name}`\n{result}")

    def _copy(self, template, spoor):
        shutil.copytree(self.place / template / "store", spoor.root, symlinks=True)

    def arguments(self, words):
        if words[0] != "sync":
            return words
        return ("sync", self.server.url(), *words[1:], "--ca-file", self.server.ca_file,
                "--password-file", self.password_file)

    def calls(self, command):
        """The calls of an undisturbed run. Threads take turns differently each time."""
        with tempfile.TemporaryDirectory(dir=self.place) as directory:
            spoor, result, calls = self._faulty_run(command, None, 0, directory)
            if result.code:
                raise AssertionError(f"fails undisturbed\n{result}")
            problems = self._judge_run(Point(command, Fault("none"), 0), spoor, result)
            if problems:
                raise AssertionError(f"undisturbed: {judge.report(problems)}")
            return calls

    def _faulty_run(self, command, fault, at, directory):
        spoor = harness.Mailspoor(directory, self.binary)
        if command.template:
            self._copy(command.template, spoor)
        log = pathlib.Path(directory) / "calls"
        usual = dict(spoor.environment)
        spoor.environment.update(shim_environment(spoor.root, log, fault, at))
        result = spoor.end(spoor.start(*self.arguments(command.words)), timeout=SECONDS)
        spoor.environment = usual
        return spoor, result, logged_calls(log)

    def run(self, command, fault, at, keep=None):
        """One point, judged."""
        point = Point(command, fault, at)
        with tempfile.TemporaryDirectory(dir=self.place, ignore_cleanup_errors=True) as directory:
            try:
                spoor, result, calls = self._faulty_run(command, fault, at, directory)
                point.code = result.code
                mark = f" !{fault.kind}"
                point.hits = [call.removesuffix(mark) for call in calls if call.endswith(mark)]
                if keep:
                    shutil.copytree(directory, keep, symlinks=True)
                    print(result)
                point.problems += self._judge_run(point, spoor, result)
                point.problems += self._judge_next_run(command, spoor)
            except Exception:  # a store in a state that the judge has never seen is a verdict too
                point.problems.append(Problem("torn", f"the judge cannot read the store: {traceback.format_exc()}"))
        return point

    # --- the verdict ------------------------------------------------------------------------------------------------

    def _judge_run(self, point, spoor, result):
        """The run with the fault: how it ended, and whether what it said of the store is true."""
        command, fault = point.command, point.fault
        is_killed = fault.kills and point.hit
        found = judge.run_problems(result, [self.server.password()]) if not is_killed else []
        wanted = (-9,) if is_killed else (0, 1, 3) if point.hit and fault.fails else (0,)
        if result.code not in wanted:
            found.append(Problem("exit", f"not one of {wanted}\n{result}"))
        elif result.code in (1, 3):
            found += self._text_problems(point, spoor, result.errors.strip())
        # A sync that fails stores less; to an index the mail is there to be read.
        found += self._store_problems(point, spoor, result.code if command.syncs else 0)
        if result.code == 0:
            found += self._broken_word(point, spoor)
            if command.indexes:
                found += judge.unindexed_problems(spoor)
        elif not command.syncs:
            found += self._search_problems(spoor)
        return found

    @staticmethod
    def _text_problems(point, spoor, text):
        """A message names a path and the cause."""
        if str(spoor.root) not in text:
            return [Problem("silent", f"names no path: {text}")]
        if point.fault.cause in text or (point.fault.kind == "ENOSPC" and "database or disk is full" in text):
            return []
        # Where SQLite cannot open a file for writing it tries again for reading only, and what made it do so is lost.
        # Then no cause is as good as can be, a wrong one is not.
        is_lost = re.search(r"(unable to open database file|attempt to write a readonly database)$", text, re.MULTILINE)
        if point.hit.startswith("open ") and "/index.db" in point.hit and is_lost:
            return []
        return [Problem("silent", f"does not name the cause: {text}")]

    def _store_problems(self, point, spoor, code):
        found = judge.store_problems(spoor, self.truth, code)
        # Nobody cleans up who is dead, or who is not allowed to remove anything.
        excused = point.hit and (point.fault.kills or point.hit.startswith("unlink ")
                                 or (point.fault.for_ever and point.fault.kind == "EIO"))
        return [problem for problem in found if problem.kind != "litter" or not excused]

    @staticmethod
    def _broken_word(point, spoor):
        """Exit code 0 after a sync of mail has failed. Here the octets are still in memory and all looks well; on a
        disk that failed they may be gone, and no second fsync would tell (Linux marks the pages as clean)."""
        for call, path in (hit.split(" ", 1) for hit in point.hits):
            # Only SQLite uses fdatasync on a folder.
            is_index = "/index.db" in path or (call == "fdatasync" and path == os.path.realpath(spoor.root))
            if point.fault.fails and call in ("fsync", "fdatasync") and not is_index:
                return [Problem("lost", f"exit code 0 though mail could not be synced: {call} {path}")]
        return []

    def _search_problems(self, spoor):
        """An index that was left half made: a search in it finds all, or says that it does not."""
        with tempfile.TemporaryDirectory(dir=self.place, ignore_cleanup_errors=True) as directory:
            copy = harness.Mailspoor(directory, self.binary)
            shutil.copytree(spoor.root, copy.root, symlinks=True)
            result = copy.end(copy.start("count", "*"), timeout=SECONDS)
            found = judge.run_problems(result)
            if result.code == 0 and not result.err and result.text.strip() != str(len(self.truth)):
                found.append(Problem("index", f"a search finds {result.text.strip()} of {len(self.truth)} in silence"))
            return found

    def _judge_next_run(self, command, spoor):
        result = spoor.end(spoor.start(*self.arguments(command.words)), timeout=SECONDS)
        found = judge.run_problems(result, [self.server.password()])
        if result.code or result.err:
            found.append(Problem("exit", f"the next run does not complete in silence\n{result}"))
        found += judge.store_problems(spoor, self.truth, 0)
        if command.indexes:
            found += judge.unindexed_problems(spoor)
        found += judge.index_problems(spoor)
        notes = sorted(os.listdir(spoor.root / "pending"))
        if notes:
            found.append(Problem("litter", f"notes that nobody takes: {notes}"))
        found += judge.file_secrets(spoor.directory, [self.server.password()])
        others = [path for path in judge.tree(spoor.directory, without=[spoor.root])
                  if os.path.relpath(path, spoor.directory) not in ("store", "home", "calls", "calls.count")]
        return found + [Problem("outside", path) for path in others]


# --- the sweep ------------------------------------------------------------------------------------------------------

def sample(calls, count, shift):
    """Numbers of `count` calls, the same each time and spread evenly; another `shift` in [0, 1) gives others. What goes
    to one file in a row, as SQLite's pages do, counts as one call: one of them stands for all. The longest such row,
    where a run spends its time, is always among them."""
    rows = []
    for number, call in enumerate(calls, 1):
        if not rows or calls[rows[-1][0] - 1] != call:
            rows.append([])
        rows[-1].append(number)
    step = len(rows) / max(1, min(count, len(rows)) - 1)
    taken = [max(rows, key=len), *(rows[int((at + shift) * step)] for at in range(min(count, len(rows)) - 1))]
    return sorted({row[int(len(row) * shift)] for row in taken})


def sweep(bench, command, fault, count=None):
    """Tries `count` calls, None is all. Prints one line, and returns the points that have problems."""
    started = time.monotonic()
    calls = [call for call in bench.calls(command) if not fault.only or call.split()[0] in fault.only.split()]
    numbers = range(1, len(calls) + 1) if count is None else sample(calls, count, FAULTS.index(fault) / len(FAULTS))
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        points = list(pool.map(lambda at: bench.run(command, fault, at), numbers))
    if count is None:
        # Until one run has no fault at all: then no call was left out, however the threads took turns.
        while points and points[-1].hit:
            points.append(bench.run(command, fault, points[-1].at + 1))
    if not any(point.hit for point in points):
        raise AssertionError(f"{command.name}, {fault}: no call went wrong, so nothing was tried")
    bad = [point for point in points if point.problems]
    codes = collections.Counter(point.code for point in points if point.hit)
    ends = ", ".join(f"{code}: {times}" for code, times in sorted(codes.items())) or "none"
    print(f"{command.name}, {fault}: {sum(codes.values())} of {len(calls)} calls, exit codes {ends}; "
          f"{len(bad)} with problems, {time.monotonic() - started:.1f} s", flush=True)
    return bad


def main():
    words = sys.argv[1:]
    if words and words[0].startswith("-"):
        sys.exit(__doc__)
    commands = [named(COMMANDS, words[0])] if words else COMMANDS
    faults = [named(FAULTS, words[1])] if len(words) > 1 else FAULTS
    is_bad = False
    with Bench() as bench:
        if len(words) == 1:
            for number, call in enumerate(bench.calls(commands[0]), 1):
                print(number, call)
            return
        if len(words) > 2:
            point = bench.run(commands[0], faults[0], int(words[2]), keep=words[3] if len(words) > 3 else None)
            print(point)
            sys.exit(1 if point.problems else 0)
        for command in commands:
            for fault in faults:
                for point in sweep(bench, command, fault):
                    is_bad = True
                    print(point, flush=True)
    sys.exit(1 if is_bad else 0)


if __name__ == "__main__":
    main()
