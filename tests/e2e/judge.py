"""The verdict on a store and on the runs that made it, shared by the hostile servers, the fault sweeps and the kills.

Each function returns a list of problems, empty when all is well. Problem.kind is one of KINDS.
"""
import collections
import contextlib
import dataclasses
import os
import sqlite3

import harness

KINDS = {
    "crash": "ended by a signal or a sanitizer's report",
    "hang": "did not end in its time",
    "memory": "took more anonymous memory than allowed",
    "exit": "ended with another exit code than it must",
    "silent": "failed without a word on standard error",
    "lost": "said that all is well, or kept silent about it, while a message is not stored",
    "twice": "stored a message twice",
    "torn": "stored a piece of a message",
    "forged": "stored octets that are no message of that mailbox and UID",
    "litter": "left temporary files behind",
    "outside": "wrote outside the root",
    "index": "the index is damaged, or not what the Maildir gives",
    "secret": "the password is in its output, its files or on a line in clear",
    "escape": "printed or logged a control character that came from outside",
    "injected": "sent a command that it never sends of its own",
    "judge": "the judge or the server failed",
}


@dataclasses.dataclass(frozen=True)
class Problem:
    kind: str
    text: str

    def __post_init__(self):
        assert self.kind in KINDS, self.kind

    def __str__(self):
        return f"{self.kind}: {self.text}"


def kinds(problems):
    return sorted({problem.kind for problem in problems})


def run_problems(result, secrets=()):
    """How it ended and what it printed. `result.err` may hold a log: its lines are printed text too."""
    found = []
    if result.hung:
        found.append(Problem("hang", f"killed after {result.seconds:.0f} s"))
    elif result.crash:
        found.append(Problem("crash", f"{result.crash}\n{result}"))
    for name, text in (("standard output", result.out), ("standard error", result.err)):
        try:
            text.decode()
        except UnicodeDecodeError as error:
            found.append(Problem("escape", f"no UTF-8 on {name}: {error}"))
        if match := harness.ESCAPES.search(text):
            found.append(Problem("escape", f"{match[0]!r} on {name}: {text[max(0, match.start() - 40):match.end() + 20]!r}"))
        for secret in secrets:
            if secret.encode() in text:
                found.append(Problem("secret", f"the password is on {name}"))
    if result.code not in (0, 4) and not result.crash and not result.err.strip():
        found.append(Problem("silent", f"exit code {result.code}"))
    return found


def file_secrets(directory, secrets):
    """Files below `directory` that hold a secret."""
    found = []
    for folder, _, names in os.walk(directory):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and not os.path.islink(path):
                with open(path, "rb") as file:
                    octets = file.read()
                if any(secret.encode() in octets for secret in secrets):
                    found.append(Problem("secret", f"the password is in {path}"))
    return found


def tree(directory, without=()):
    """{path: (type and mode, size, time of change)} of everything below `directory`, except what lies in `without`."""
    found = {}
    without = {str(path) for path in without}
    for folder, folders, names in os.walk(directory):
        folders[:] = [name for name in folders if os.path.join(folder, name) not in without]
        for name in (*folders, *names):
            path = os.path.join(folder, name)
            status = os.lstat(path)
            found[path] = (status.st_mode, *((status.st_size, status.st_mtime_ns) if name in names else ()))
    return found


def outside_problems(before, after):
    """`before` and `after` are trees that leave the root out."""
    return [Problem("outside", f"{path} is {'new' if path not in before else 'gone' if path not in after else 'changed'}")
            for path in sorted(before.keys() | after.keys()) if before.get(path) != after.get(path)]


def holes(spoor):
    """{what names the message: reason} of what `status` says is missing."""
    result = spoor.run("status", "--format", "jsonl")
    if result.code:
        raise AssertionError(f"status failed\n{result}")
    found = [hole for status in result.objects() for account in status["accounts"] for hole in account["holes"]]
    return {name: hole["reason"] for name, hole in zip(spoor.hole_names(found), found)}


def store_problems(spoor, truth, code, failed_mailboxes=()):
    """The Maildir against `truth`, {(mailbox, UIDVALIDITY, UID): octets}, after a run that ended with exit code `code`:
    0 says that all is stored, 3 that what is missing is listed or lies in one of `failed_mailboxes`, which the run named;
    anything else promises nothing of completeness."""
    found = []
    stored = spoor.stored() if spoor.root.exists() else {}
    for key, paths in stored.items():
        if len(paths) > 1:
            found.append(Problem("twice", f"{key}: {', '.join(path.name for path in paths)}"))
        for path in paths:
            octets = path.read_bytes()
            if key not in truth:
                found.append(Problem("forged", f"{key}: the server has no such message; stored: {octets[:60]!r}"))
            elif octets != truth[key]:
                kind = "torn" if truth[key].startswith(octets) else "forged"
                found.append(Problem(kind, f"{key}: {len(octets)} octets {octets[:60]!r}, not {len(truth[key])}"))
    missing = sorted(truth.keys() - stored.keys())
    if missing and code == 0:
        found.append(Problem("lost", f"exit code 0, and {len(missing)} are not stored: {missing[:5]}"))
    if missing and code == 3:
        told = holes(spoor)
        untold = [key for key in missing if key not in told and key[0] not in failed_mailboxes]
        if untold:
            found.append(Problem("lost", f"exit code 3, and {len(untold)} are neither stored nor told: {untold[:5]}"))
    if litter := (spoor.litter() if spoor.root.exists() else []):
        found.append(Problem("litter", ", ".join(map(str, litter[:5]))))
    return found


def gone_problems(spoor, gone):
    """`gone`, {name: octets}, must be kept where what is gone from the server lies, and no longer in its mailbox."""
    kept = [path.read_bytes() for path in spoor.root.rglob(".mailspoor-gone/*/*") if path.is_file()] if gone else []
    stored = spoor.stored() if gone else {}
    return ([Problem("lost", f"{key} is gone from the server, and is not kept") for key, octets in gone.items() if octets not in kept]
            + [Problem("forged", f"{key} is gone from the server, and not from the mailbox") for key in gone if key in stored])


def unindexed_problems(spoor):
    """What the index lacks as it lies there, after a run that says that all is well."""
    files = sum(len(paths) for paths in spoor.stored().values())
    if not spoor.database.exists():
        return [Problem("index", "there is no index")] if files else []
    with contextlib.closing(sqlite3.connect(f"file:{spoor.database}?mode=ro", uri=True)) as database:
        rows = database.execute("SELECT count(*) FROM placement WHERE failure IS NULL AND gone_first_missed IS NULL"
                                ).fetchone()[0]
    return [Problem("index", f"{rows} of {files} files are indexed")] if rows != files else []


def index_problems(spoor):
    """The index against the Maildir, for a root that has no run going on. Rebuilds it."""
    if not spoor.root.exists():
        return []
    result = spoor.run("index")
    if result.code not in (0, 3):
        return [Problem("index", f"catching up failed\n{result}")]
    if not spoor.database.exists():
        return [Problem("index", "no index")] if spoor.stored() else []
    found = []
    try:
        spoor.check_index()
    except (AssertionError, sqlite3.Error) as error:
        return [Problem("index", str(error))]
    rows = spoor.index_rows()
    indexed = collections.Counter(harness.sha256(path.read_bytes()) for paths in spoor.stored().values() for path in paths)
    with contextlib.closing(sqlite3.connect(f"file:{spoor.database}?mode=ro", uri=True)) as database:
        placements, messages = database.execute(
            "SELECT count(*), count(DISTINCT message) FROM placement WHERE gone_first_missed IS NULL").fetchone()
    if placements != sum(indexed.values()) or messages > len(indexed):
        found.append(Problem("index", f"{placements} placements of {messages} messages indexed, "
                                      f"{sum(indexed.values())} files with {len(indexed)} different contents stored"))
    rebuilt = spoor.run("index", "--rebuild")
    if rebuilt.code not in (0, 3):
        return [*found, Problem("index", f"rebuilding failed\n{rebuilt}")]
    again = spoor.index_rows()
    found += [Problem("index", f"table {table} differs from the one made again from the Maildir")
              for table in sorted(rows.keys() | again.keys()) if rows.get(table) != again.get(table)]
    return found


def report(problems):
    """Text for a failed assertion."""
    return "\n" + "\n".join(map(str, problems))
