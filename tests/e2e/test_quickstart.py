#!/usr/bin/python3
"""cli/quickstart, the first command that a newcomer types, with everything installed and Release built already."""
import os
import pathlib
import re
import subprocess

import harness


class Quickstart(harness.Case):
    def setUp(self):
        super().setUp()
        harness.program("MAILSPOOR_RELEASE")
        if not harness.dovecot.available():
            self.skipTest("Dovecot is not installed")
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith(("MAILSPOOR", "XDG_"))}
        self.environment["TMPDIR"] = self.folder

    def start(self):
        # From another folder: it must not matter where one stands.
        return subprocess.Popen([harness.PROJECT / "cli" / "quickstart"], cwd="/", env=self.environment, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def check(self, process):
        output, _ = process.communicate(timeout=900)
        self.assertEqual(process.returncode, 0, output)
        commands = [line for line in output.splitlines() if line.startswith("$ mailspoor ")]
        self.assertEqual([line.split()[2] for line in commands],
                         ["sync", "search", "search", "search", "inspect", "status"], output)
        for number, command in enumerate(commands):
            shown = output.split(command)[1].split("\n$ ")[0].strip()
            if number:  # sync itself has nothing to say to a pipe
                self.assertNotEqual(shown, "", f"{command} shows nothing\n{output}")
        store = re.search(r"The store lies in (\S+):", output)
        self.assertIsNotNone(store, output)
        self.assertTrue(pathlib.Path(store[1], "index.db").is_file(), output)
        return store[1]

    def test_twice_at_once_and_nothing_is_left(self):
        runs = [self.start(), self.start()]
        stores = [self.check(run) for run in runs]
        self.assertNotEqual(*stores)
        left = [path for path in pathlib.Path(self.folder).iterdir() if not path.name.startswith("mailspoor-tour.")]
        self.assertEqual(left, [], "temporary folders are left")
        for path in pathlib.Path("/proc").glob("[0-9]*/environ"):
            try:
                of_ours = f"TMPDIR={self.folder}".encode() in path.read_bytes()
            except OSError:
                continue
            self.assertFalse(of_ours, f"process {path.parent.name} is left")

    def test_packages(self):
        for script in ("cli/quickstart", "tests/run"):
            done = subprocess.run([harness.PROJECT / script, "--packages"], cwd="/", capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertRegex(done.stdout, r"^[a-z0-9.+\s-]+$")
            self.assertIn("dovecot-imapd", done.stdout.split())

    def test_option_that_it_does_not_know(self):
        done = subprocess.run([harness.PROJECT / "cli" / "quickstart", "--nonsense"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("cli/quickstart", done.stderr)


if __name__ == "__main__":
    harness.main()
