#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The JavaScript clients of npm: tsdav, with all that it can do, and the older dav. `./dev test` fetches both into build/tsdav/ by
the digests in tsdav/package-lock.json; the scripts in tsdav/ assert what the client sees, this file what the server keeps."""
import os, pathlib, shutil, subprocess, unittest
from daemon import Daemon, tree_path

HERE = pathlib.Path(__file__).resolve().parent
MODULES = HERE.parent.parent / "build" / "tsdav" / "node_modules"
PASSWORD = "tsdav-secret"
MAKE_BOOK = '<d:mkcol xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav"><d:set><d:prop><d:resourcetype><d:collection/>' \
            '<c:addressbook/></d:resourcetype><d:displayname>Friends</d:displayname></d:prop></d:set></d:mkcol>'

CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:ben\r\nFN:Ben\r\nN:Ben;;;;\r\nEND:VCARD\r\n"


class TsdavTest(unittest.TestCase):
    def setUp(self):
        if not shutil.which("node") or not (MODULES / "tsdav").is_dir():
            self.fail(f"node, or {MODULES}/tsdav, is missing: `./dev test` installs and fetches them, "
                      "and needs a network and npm for it")
        self.daemon = Daemon()
        self.daemon.start()
        self.addCleanup(self.daemon.__exit__, None, None, None)
        done = self.daemon.command("user", "add", "anna", "--mail", "anna@example.org", input=PASSWORD)
        self.assertEqual(done.returncode, 0, done.stderr)

    def run_script(self, name, *steps):
        """Runs the script to its end; the steps are some of those that it must have reported."""
        env = dict(os.environ, DAYBOOK_URL=self.daemon.url, DAYBOOK_USER="anna", DAYBOOK_PASSWORD=PASSWORD,
                   NODE_MODULES=str(MODULES))
        done = subprocess.run(["node", str(HERE / "tsdav" / name)], env=env, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for step in steps:
            self.assertIn(step, done.stdout.splitlines())

    def kept(self, collection, name):
        return self.daemon.git("show", "main:" + tree_path(collection, name))

    def subjects(self):
        return self.daemon.git("log", "--format=%s", "--author=anna", "main").splitlines()

    def test_caldav(self):
        self.run_script("caldav.mjs", "account", "delete", "filters", "expand", "free and busy", "by token", "by ctag", "all calendars")
        self.assertIn("SUMMARY:Concert", self.kept("calendars/anna/family", "weekly.ics"))
        self.assertIn("SUMMARY:Round 2", self.kept("calendars/anna/family", "once.ics"))
        for subject in ('anna added "Dentist" to family', 'anna deleted "Dentist at nine" from family'):
            self.assertIn(subject, self.subjects())
        for refused in ("Stale", "Other", "Lost", "broken"):
            self.assertEqual(self.daemon.git("log", "--format=%s", f"-S{refused}", "main", "--", "calendars/anna/family"), "")
        self.daemon.fsck()

    def test_carddav(self):
        self.run_script("carddav.mjs", "account", "create", "query", "filters", "versions", "parts", "multiget", "by token",
                        "the report itself", "by ctag", "delete the book")
        self.assertEqual(self.daemon.git("ls-tree", "-r", "--name-only", "main", "addressbooks/anna/friends"), "")
        self.daemon.fsck()

    def test_dav(self):
        path = "/dav/addressbooks/anna/friends/"
        for method, name, sent, media in (("MKCOL", "", MAKE_BOOK, "text/xml"), ("PUT", "ben.vcf", CARD, "text/vcard")):
            status, _, body = self.daemon.request(method, path + name, sent, {"Content-Type": media}, "anna", PASSWORD)
            self.assertEqual(status, 201, body)
        self.run_script("dav.mjs", "calendars", "create", "update", "delete", "address books")
        self.assertIn('anna deleted "Dentist at nine" from personal', self.subjects())
        self.daemon.fsck()

    def test_lock_file(self):
        """Nothing but exact versions and their digests, from whatever registry npm is set to."""
        text = (HERE / "tsdav" / "package-lock.json").read_text()
        self.assertNotIn("://", text)
        self.assertEqual(text.count('"integrity": "sha512-'), text.count('"node_modules/'))


if __name__ == "__main__":
    unittest.main()
