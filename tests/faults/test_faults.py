#!/usr/bin/python3
"""Disks that fail and programs that are killed: at every file call, and at random times. And whether the tools that
say so would see it."""
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import time

import sweep
import harness
import judge
from harness import message
from imap_client import everything
from sweep import Fault

CALLS = None if harness.LONG else 4  # of each command with each fault; None is all
MESSAGES = 2000 if harness.LONG else 600
KILLS = 200 if harness.LONG else 16
KILLS_A_STORE = 4
HERE = pathlib.Path(__file__).resolve().parent


class Sweep(harness.Case):
    """Release programs with one call, or all from one on, going wrong."""

    @classmethod
    def setUpClass(cls):
        cls.bench = sweep.Bench()
        cls.enterClassContext(cls.bench)

    def sweep(self, *names):
        for name in names:
            command = sweep.named(sweep.COMMANDS, name)
            for fault in sweep.FAULTS:
                with self.subTest(command=name, fault=str(fault)):
                    bad = sweep.sweep(self.bench, command, fault, CALLS)
                    self.assertEqual(len(bad), 0, "".join(f"\n{point}" for point in bad[:10]))


class SyncSweep(Sweep):
    def test_into_nothing(self):
        self.sweep("sync")

    def test_more_into_a_store(self):
        self.sweep("sync-more")

    def test_without_index(self):
        self.sweep("sync-only", "sync-only-more")


class IndexSweep(Sweep):
    def test_catching_up(self):
        self.sweep("index", "index-more")

    def test_rebuilding(self):
        self.sweep("rebuild")


class IndexKill(harness.Case):
    """The index killed at random times: the next run completes, and it is the one of a run that nobody disturbed."""

    def template(self, server, binary):
        for number in range(MESSAGES):
            mailbox = ("INBOX", "Archive/2023", "Archive/2024", "日本語")[number % 4]
            server.add(mailbox, message(number, size=500 + number % 900))
        spoor = harness.Mailspoor(self.folder + "/template", binary)
        self.expect(spoor.sync(server, "--no-index"))
        return spoor

    def kill(self, words, template, undisturbed, seconds, chance, truth):
        for first in range(0, KILLS, KILLS_A_STORE):
            spoor = harness.Mailspoor(f"{self.folder}/{words[-1]}-{first}", template.binary)
            shutil.copytree(template.root, spoor.root, symlinks=True)
            for number in range(first, min(first + KILLS_A_STORE, KILLS)):
                delay = chance.uniform(0, seconds * 0.9)
                process = spoor.start(*words, start_new_session=True)
                time.sleep(delay)
                was_running = process.poll() is None
                if was_running:
                    os.killpg(process.pid, signal.SIGKILL)
                result = spoor.finish(process)
                if not was_running:
                    self.expect(result)
                print(f"kill {number} of {' '.join(words)}: after {delay:.3f} s{'' if was_running else ', too late'}",
                      flush=True)
            self.expect(spoor.run(*words))
            problems = judge.store_problems(spoor, truth, 0)
            if spoor.index_rows() != undisturbed:
                problems.append(judge.Problem("index", "not the one of an undisturbed run"))
            problems += judge.index_problems(spoor)
            self.assertEqual(problems, [], judge.report(problems))
            shutil.rmtree(spoor.directory)

    def test_kill_at_random_times(self):
        seed = int(os.environ.get("MAILSPOOR_SEED") or time.time())
        print(f"MAILSPOOR_SEED={seed}", flush=True)
        chance = random.Random(seed)
        server = self.server()
        unindexed = self.template(server, harness.program("MAILSPOOR_RELEASE"))
        truth = everything(server)
        indexed = harness.Mailspoor(self.folder + "/indexed", unindexed.binary)
        shutil.copytree(unindexed.root, indexed.root, symlinks=True)
        seconds = self.expect(indexed.run("index")).seconds
        print(f"undisturbed: {seconds:.2f} s", flush=True)
        rows = indexed.index_rows()
        self.assertEqual(len(rows["message"]), MESSAGES)
        self.kill(("index",), unindexed, rows, seconds, chance, truth)
        self.kill(("index", "--rebuild"), indexed, rows, seconds, chance, truth)


class Shim(harness.Case):
    """Whether calls are counted, and fail as they are told to."""

    def setUp(self):
        super().setUp()
        self.below = pathlib.Path(self.folder) / "below"
        self.below.mkdir()
        self.log = pathlib.Path(self.folder) / "log"

    def run_below(self, script, fault=None, at=0, only=None):
        """Runs Python in the folder under the shim; `!` in a call tells that it went wrong."""
        for path in (self.log, pathlib.Path(f"{self.log}.count")):
            path.unlink(missing_ok=True)
        environment = dict(os.environ, PYTHONDONTWRITEBYTECODE="1",
                           **sweep.shim_environment(self.below, self.log, fault, at))
        if only:
            environment["MAILSPOOR_FAULT_ONLY"] = only
        done = subprocess.run(["/usr/bin/python3", "-c", script], cwd=self.below, env=environment, capture_output=True,
                              text=True, timeout=60)
        below = os.path.realpath(self.below)
        return done, [call.replace(below + "/", "").replace(below, ".") for call in sweep.logged_calls(self.log)]

    def test_counts_what_changes_files(self):
        done, calls = self.run_below("""if True:
            import os
            os.mkdir("cur")
            file = os.open("one", os.O_WRONLY | os.O_CREAT, 0o600)
            os.write(file, b"12345678")
            os.pwrite(file, b"1", 3)
            os.writev(file, [b"12", b"34"])
            os.ftruncate(file, 4)
            os.fsync(file)
            os.fdatasync(file)
            os.close(file)
            folder = os.open("cur", os.O_RDONLY)
            os.rename("one", "two", dst_dir_fd=folder)
            os.fsync(folder)
            os.close(folder)
            os.link("cur/two", "three")
            os.utime("three")
            os.truncate("three", 2)
            os.unlink("cur/two")
            os.rmdir("cur")
            with open("three") as file:
                print(len(file.read()))
            open(os.path.dirname(os.getcwd()) + "/outside", "w").write("not counted")
            """)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "2\n", ""))
        self.assertEqual(calls, [
            "mkdir cur", "open one", "write one", "pwrite one", "writev one", "ftruncate one", "fsync one",
            "fdatasync one", "close one", "rename one > cur/two", "fsync cur", "link cur/two > three", "utime three",
            "truncate three", "unlink cur/two", "rmdir cur"])

    def test_counts_what_sqlite_does(self):
        done, calls = self.run_below("""if True:
            import sqlite3
            database = sqlite3.connect("index.db", isolation_level=None)
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("CREATE TABLE mail (octets BLOB)")
            database.close()
            """)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for call in ("open index.db", "open index.db-wal", "pwrite index.db-wal", "fdatasync index.db-wal",
                     "pwrite index.db", "fdatasync index.db", "unlink index.db-wal", "close index.db"):
            self.assertIn(call, calls)

    def test_counts_on_in_what_it_runs(self):
        script = "import os; os.mkdir('{}'); os.execv('/usr/bin/python3', ['python3', '-c', '''{}'''])"
        done, calls = self.run_below(script.format("one", "import os; os.mkdir(\"two\"); os.mkdir(\"three\")"),
                                     Fault("EIO"), 3)
        self.assertEqual(calls, ["mkdir one", "mkdir two", "mkdir three !EIO"])
        self.assertIn("Input/output error: 'three'", done.stderr)

    def test_counts_threads(self):
        done, calls = self.run_below("""if True:
            import os, threading
            def work(name):
                for number in range(200):
                    os.mkdir(f"{name}-{number}")
            threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
            for thread in threads: thread.start()
            for thread in threads: thread.join()
            """)
        self.assertEqual(len(set(calls)), 800)
        numbers = [int(line.split()[0]) for line in self.log.read_text().splitlines()]
        self.assertEqual(sorted(numbers), list(range(1, 801)))

    def test_fails_once_or_for_ever(self):
        script = """if True:
            import errno, os
            for number in range(4):
                try:
                    os.mkdir(str(number))
                except OSError as error:
                    print(number, errno.errorcode[error.errno])
            os.rmdir("0")
            """
        for kind in ("ENOSPC", "EIO", "EDQUOT"):
            with self.subTest(kind=kind):
                done, _ = self.run_below(script, Fault(kind), 3)
                self.assertEqual((done.stdout, sorted(os.listdir(self.below))), (f"2 {kind}\n", ["1", "3"]))
                shutil.rmtree(self.below)
                self.below.mkdir()
        done, _ = self.run_below(script, Fault("ENOSPC", True), 3)
        # A full disk lets go what is there.
        self.assertEqual((done.stdout, os.listdir(self.below)), ("2 ENOSPC\n3 ENOSPC\n", ["1"]))

    def test_a_failed_call_has_done_nothing(self):
        calls = ("file = os.open('one', os.O_WRONLY | os.O_CREAT, 0o600)", "os.write(file, b'1234')", "os.fsync(file)",
                 "os.close(file)", "os.rename('one', 'two')")
        found = []
        for at in range(1, len(calls) + 1):
            done, log = self.run_below("import os; " + "; ".join(calls), Fault("EIO"), at)
            self.assertIn("Input/output error", done.stderr)
            self.assertTrue(log[at - 1].endswith(" !EIO"), log)
            found.append({path.name: path.read_text() for path in self.below.iterdir()})
            for path in self.below.iterdir():
                path.unlink()
        self.assertEqual(found, [{}, {"one": ""}, {"one": "1234"}, {"one": "1234"}, {"one": "1234"}])

    def test_writes_short(self):
        done, _ = self.run_below("""if True:
            import os
            file = os.open("one", os.O_WRONLY | os.O_CREAT, 0o600)
            print(os.write(file, b"1234567"), os.writev(file, [b"1", b"2345", b"6"]), os.write(file, b"1"))
            """, Fault("short", True), 1)
        self.assertEqual((done.stdout, (self.below / "one").read_text()), ("3 3 1\n", "1231231"))

    def test_kills_before_and_after(self):
        for kind, left in (("kill-before", ["one"]), ("kill-after", ["one", "two"])):
            with self.subTest(kind=kind):
                script = "import os; [os.mkdir(name) for name in ('one', 'two', 'three')]"
                done, log = self.run_below(script, Fault(kind), 2)
                self.assertEqual((done.returncode, log[1:]), (-signal.SIGKILL, [f"mkdir two !{kind}"]))
                self.assertEqual(sorted(os.listdir(self.below)), left)
                shutil.rmtree(self.below)
                self.below.mkdir()

    def test_counts_only_what_is_named(self):
        done, log = self.run_below("import os; os.mkdir('one'); file = os.open('two', os.O_WRONLY | os.O_CREAT); "
                                   "os.write(file, b'1'); os.pwrite(file, b'1', 1)", only="write mkdirat")
        self.assertEqual(log, ["write two"])


class Careless(harness.Case):
    """A writer that does all wrong must be found out."""

    def setUp(self):
        super().setUp()
        self.log = pathlib.Path(self.folder) / "log"
        self.truth, self.messages = {}, []
        for uid in range(1, 5):
            self.truth["INBOX", 1, uid] = octets = message(uid, size=600)
            self.messages.append(f"{self.folder}/{uid}.eml")
            pathlib.Path(self.messages[-1]).write_bytes(octets)
        self.serial = 0

    def store(self):
        self.serial += 1
        spoor = harness.Mailspoor(f"{self.folder}/{self.serial}", "/bin/false")
        maildir = spoor.root / "mail" / "work"
        for name in ("cur", "new", "tmp"):
            (maildir / name).mkdir(parents=True)
        (maildir / "mailspoor.json").write_text(json.dumps({"mailbox": "INBOX"}))
        return spoor

    def write(self, spoor, fault=None, at=0):
        """The run and the call that went wrong."""
        for path in (self.log, pathlib.Path(f"{self.log}.count")):
            path.unlink(missing_ok=True)
        environment = dict(os.environ, **sweep.shim_environment(spoor.root, self.log, fault, at))
        command = ["/usr/bin/python3", HERE / "careless_writer.py", spoor.root / "mail" / "work", *self.messages]
        done = subprocess.run(command, env=environment, capture_output=True, timeout=60)
        return done.returncode, [call.split("/")[0].strip() for call in sweep.logged_calls(self.log) if " !" in call]

    def judged(self, spoor, code):
        return judge.kinds(judge.store_problems(spoor, self.truth, code))

    # open, write, write, close in cur/; open, write, write, close in tmp/, rename; and both again.

    def test_is_fine_undisturbed(self):
        spoor = self.store()
        self.assertEqual((self.write(spoor), self.judged(spoor, 0)), ((0, []), []))
        self.assertEqual(len(sweep.logged_calls(self.log)), 18)

    def test_faults_show(self):
        for fault, at, hit, kinds in (
                (Fault("ENOSPC"), 1, "open", ["lost"]),
                (Fault("ENOSPC"), 2, "write", ["torn"]),
                (Fault("EIO"), 3, "write", ["torn"]),
                (Fault("ENOSPC"), 7, "write", ["torn"]),
                (Fault("EDQUOT"), 9, "rename", ["litter", "lost"]),
                (Fault("ENOSPC", True), 9, "rename", ["litter", "lost"]),
                (Fault("ENOSPC", True), 1, "open", ["lost"]),
                (Fault("EIO", True), 8, "close", ["litter", "lost"]),
                (Fault("short"), 2, "write", ["torn"]),
                (Fault("short", True), 1, "write", ["forged"])):
            with self.subTest(fault=str(fault), at=at):
                spoor = self.store()
                code, hits = self.write(spoor, fault, at)
                self.assertEqual((code, hits[:1]), (0, [hit]))
                self.assertEqual(len(hits) > 1, fault.for_ever)
                self.assertEqual(self.judged(spoor, code), kinds)

    def test_kills_show(self):
        for kind, at, hit, kinds in (("kill-before", 2, "write", ["torn"]), ("kill-after", 2, "write", ["torn"]),
                                     ("kill-after", 3, "write", []), ("kill-before", 9, "rename", ["litter"]),
                                     ("kill-after", 9, "rename", [])):
            with self.subTest(kind=kind, at=at):
                spoor = self.store()
                self.assertEqual(self.write(spoor, Fault(kind), at), (-signal.SIGKILL, [hit]))
                self.assertEqual(self.judged(spoor, -signal.SIGKILL), kinds)

    def test_a_second_run_stores_twice(self):
        spoor = self.store()
        self.write(spoor, Fault("kill-after"), 9)
        self.assertEqual(self.write(spoor), (0, []))
        self.assertEqual(self.judged(spoor, 0), ["twice"])


if __name__ == "__main__":
    harness.main()
