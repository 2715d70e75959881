#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A disk without room: what can not be stored is 507 with sufficient-disk-space (RFC 4331 6), all that was acknowledged
stays and is read, and with room again everything goes on, also after a restart. The disk is a small tmpfs, mounted in a
namespace of its own; where the machine allows none, the test is skipped."""
import os, subprocess, sys, unittest
import xml.etree.ElementTree as ET
from daemon import Daemon

INSIDE = "DAYBOOK_TEST_NAMESPACE"
PASSWORD = "disk-full-secret"
SIZE = 300_000


class DiskFull(unittest.TestCase):
    def setUp(self):
        if INSIDE not in os.environ:
            self.skipTest("no namespace in which a small disk could be mounted")
        self.daemon = Daemon()
        self.daemon.data.mkdir()
        self.mount("-t", "tmpfs", "-o", "size=12m", "tmpfs", self.daemon.data)
        os.chmod(self.daemon.data, 0o700)
        self.daemon.start()
        self.daemon.add_user("anna", PASSWORD)
        self.stored = {}

    def tearDown(self):
        if self.daemon.process:
            self.daemon.stop()
        subprocess.run(["umount", "-l", self.daemon.data], check=True)

    def mount(self, *words):
        subprocess.run(["mount", *map(str, words)], check=True)

    def put(self, n):
        body = os.urandom(SIZE)
        status, headers, answer = self.daemon.request("PUT", f"/dav/files/anna/{n}", body, {}, "anna", PASSWORD)
        if status in (201, 204):
            self.stored[n] = body
        return status, answer

    def all_there(self):
        for n, body in self.stored.items():
            status, _, found = self.daemon.request("GET", f"/dav/files/anna/{n}", None, {}, "anna", PASSWORD)
            self.assertEqual((status, found == body), (200, True), n)

    def test_full(self):
        answers = [self.put(n) for n in range(60)]
        self.assertGreater(len(self.stored), 5)
        refused = [(status, answer) for status, answer in answers if status != 201]
        self.assertGreater(len(refused), 5)
        for status, answer in refused:
            self.assertEqual(status, 507)
            self.assertEqual([e.tag for e in ET.fromstring(answer)], ["{DAV:}sufficient-disk-space"])
        self.all_there()
        self.mount("-o", "remount,size=64m", self.daemon.data)
        self.assertEqual(self.put("more")[0], 201)
        self.all_there()
        self.daemon.stop()
        self.daemon.start()
        self.all_there()
        self.assertEqual(self.put("again")[0], 201)
        self.daemon.fsck()

    def test_killed_when_full(self):
        for n in range(60):
            self.put(n)
        self.daemon.kill()
        self.mount("-o", "remount,size=64m", self.daemon.data)
        self.daemon.start()
        self.all_there()
        self.assertEqual(self.put("again")[0], 201)
        self.daemon.fsck()


def namespace():
    """Runs this file again where it may mount; comes back where that is not allowed."""
    words = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]
    if subprocess.run([*words, "true"], capture_output=True).returncode == 0:
        os.environ[INSIDE] = "1"
        os.execvp(words[0], [*words, sys.executable, *sys.argv])


if __name__ == "__main__":
    if INSIDE not in os.environ:
        namespace()
    unittest.main()
