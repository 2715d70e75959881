#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Debian's litmus against /dav/files/U/: basic, copymove, props and http complete; locks are absent (class 1, 3)."""
import subprocess, tempfile, unittest
from daemon import Daemon


class LitmusTest(unittest.TestCase):
    def test_litmus(self):
        with Daemon() as daemon, tempfile.TemporaryDirectory() as folder:
            daemon.add_user("anna", "litmus-secret")
            done = subprocess.run(["litmus", "-k", f"{daemon.url}/dav/files/anna/", "anna", "litmus-secret"],
                                  cwd=folder, capture_output=True, text=True, timeout=300,
                                  env={"TESTS": "basic copymove props http", "PATH": "/usr/bin:/bin"})
            print(done.stdout)
            self.assertNotIn("FAIL", done.stdout)
            warnings = [line for line in done.stdout.splitlines() if "WARNING" in line]
            self.assertEqual(len(warnings), 1, warnings)
            self.assertIn("server does not claim Class 2 compliance", warnings[0])
            self.assertIn("summary for `http'", done.stdout)
            daemon.fsck()


if __name__ == "__main__":
    unittest.main()
