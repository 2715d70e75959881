#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Debian's litmus against /dav/files/U/: basic, copymove, props, locks and http, complete."""
import subprocess, tempfile, unittest
from daemon import Daemon


class LitmusTest(unittest.TestCase):
    def test_litmus(self):
        with Daemon() as daemon, tempfile.TemporaryDirectory() as folder:
            daemon.add_user("anna", "litmus-secret")
            done = subprocess.run(["litmus", "-k", f"{daemon.url}/dav/files/anna/", "anna", "litmus-secret"],
                                  cwd=folder, capture_output=True, text=True, timeout=300,
                                  env={"TESTS": "basic copymove props locks http", "PATH": "/usr/bin:/bin"})
            print(done.stdout)
            self.assertNotIn("FAIL", done.stdout)
            self.assertNotIn("WARNING", done.stdout)
            self.assertNotIn("SKIPPED", done.stdout)
            self.assertRegex(done.stdout, r"summary for `locks': of (\d+) tests run: \1 passed")
            self.assertIn("summary for `http'", done.stdout)
            daemon.fsck()


if __name__ == "__main__":
    unittest.main()
