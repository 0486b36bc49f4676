#!/usr/bin/python3
"""sync killed at random times, and connections that break: the next run completes, nothing is lost or there twice."""
import os
import random
import signal
import time

import harness
import judge
from harness import message
from imap_client import everything, snapshot

MESSAGES = 2000
KILLS = 200 if harness.LONG else 20
KILLS_A_STORE = 5


class Kill(harness.Case):
    def fill(self, server, count):
        for number in range(count):
            server.add(("INBOX", "Archive/2023", "Archive/2024", "日本語")[number % 4], message(number, size=500 + number % 900))

    def check_whole(self, spoor, truth):
        answer = self.expect(spoor.run("search", "*", "--format", "jsonl")).out
        problems = judge.store_problems(spoor, truth, 0) + judge.index_problems(spoor)
        self.assertEqual(problems, [], judge.report(problems))
        self.assertEqual(self.expect(spoor.run("search", "*", "--format", "jsonl")).out, answer)

    def test_kill_at_random_times(self):
        seed = int(os.environ.get("MAILSPOOR_SEED") or time.time())
        print(f"MAILSPOOR_SEED={seed}", flush=True)
        chance = random.Random(seed)
        server = self.server()
        self.fill(server, MESSAGES)
        before, truth = snapshot(server), everything(server)
        spoor = harness.Mailspoor(self.folder + "/undisturbed")
        whole = self.expect(spoor.sync(server)).seconds
        self.check_whole(spoor, truth)
        print(f"undisturbed: {whole:.1f} s", flush=True)
        in_time = 0
        for first in range(0, KILLS, KILLS_A_STORE):
            spoor = harness.Mailspoor(f"{self.folder}/killed-{first}")
            for number in range(first, min(first + KILLS_A_STORE, KILLS)):
                # Several kills share a store, so each comes early enough to leave work for the next.
                delay = chance.uniform(0, whole / 2)
                process = spoor.start("sync", server.url(), "--ca-file", server.ca_file, "--password-file",
                                      server.password_file(), start_new_session=True)
                time.sleep(delay)
                was_running = process.poll() is None
                if was_running:
                    os.killpg(process.pid, signal.SIGKILL)
                    in_time += 1
                result = spoor.finish(process)
                if not was_running:
                    self.expect(result)
                files = sum(len(paths) for paths in spoor.stored().values()) if spoor.root.exists() else 0
                print(f"kill {number}: after {delay:.2f} s, {files} files", flush=True)
            last = self.expect(spoor.sync(server, "--format", "jsonl")).objects()[0]
            self.assertEqual((last["fetched"] + last["held"], last["holes"]), (len(truth), 0), last)
            self.check_whole(spoor, truth)
        self.assertEqual(before, snapshot(server), "the server has changed")
        self.assertGreater(in_time, KILLS // 4, "kills that came in time")

    def test_broken_connection(self):
        server = self.server()
        self.fill(server, 300)
        truth = everything(server)
        for octets in (3_000, 20_000, 60_000, 150_000):
            with self.subTest(octets=octets):
                proxy = harness.Proxy(server.imaps_port, octets, cut=True)
                self.addCleanup(proxy.close)
                spoor = harness.Mailspoor(f"{self.folder}/cut-{octets}")
                broken = spoor.sync(server, url=server.url(port=proxy.port))
                self.assertIn(broken.code, (0, 3, 13), broken)
                if broken.code:
                    self.assertNotEqual(broken.errors.strip(), "")
                self.assertEqual(spoor.litter(), [])
                self.expect(spoor.sync(server, url=server.url(port=proxy.port)))
                self.check_whole(spoor, truth)

    def test_interrupted_by_a_signal(self):
        server = self.server()
        self.fill(server, 300)
        truth = everything(server)
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with self.subTest(signal=number.name):
                proxy = harness.Proxy(server.imaps_port, 60_000)
                self.addCleanup(proxy.close)
                spoor = harness.Mailspoor(f"{self.folder}/{number.name}")
                process = spoor.start("sync", server.url(port=proxy.port), "--ca-file", server.ca_file,
                                      "--password-file", server.password_file())
                self.assertTrue(proxy.stalled.wait(60), "the sync never came so far")
                time.sleep(0.3)
                process.send_signal(number)
                result = spoor.finish(process, timeout=30)
                # Ended by itself or by the signal: a shell sees the same.
                self.assertIn(result.code, (code, -number), result)
                proxy.go_on.set()
                self.expect(spoor.sync(server, url=server.url(port=proxy.port)))
                self.check_whole(spoor, truth)


if __name__ == "__main__":
    harness.main()
