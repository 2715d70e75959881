#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Debian's syncevolution without a desktop: discovery from the bare URL, single items with changed occurrences (a resource
that keeps only these when the series goes, RFC 4791 4.1), two-way synchronisation of a folder of files; contacts likewise."""
import os, re, subprocess, unittest
from daemon import Daemon, event, tree_path

PASSWORD = "syncevolution-secret"
HOME = "/dav/calendars/anna/"
SERIES = event("choir", "Choir", "20260302T180000Z", "20260302T190000Z", ["RRULE:FREQ=WEEKLY;COUNT=5"])
CONCERT = event("choir", "Concert", "20260309T193000Z", "20260309T210000Z", ["RECURRENCE-ID:20260309T180000Z"])
SECOND = "choir.ics/20260309T180000Z"
TODO = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//system//EN\r\nBEGIN:VTODO\r\nUID:{0}\r\nDTSTAMP:20260101T000000Z\r\n" \
       "SUMMARY:{1}\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"
BOOK = "/dav/addressbooks/anna/contacts/"
CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{0}\r\nFN:{1}\r\nN:{1};;;;\r\n{2}END:VCARD\r\n"


class SyncevolutionTest(unittest.TestCase):
    def setUp(self):
        self.daemon = Daemon()
        self.daemon.start()
        self.addCleanup(self.daemon.__exit__, None, None, None)
        self.daemon.add_user("anna", PASSWORD)
        self.folder = self.daemon.folder

    def run_it(self, *args):
        """What it said; it fails when the program does."""
        env = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "DBUS_SESSION_BUS_ADDRESS")}
        env.update(HOME=str(self.folder), LC_ALL="C.UTF-8", XDG_CONFIG_HOME=str(self.folder / "config"),
                   XDG_CACHE_HOME=str(self.folder / "cache"), XDG_DATA_HOME=str(self.folder / "data"))
        done = subprocess.run(["syncevolution", "--daemon=no", *args], env=env, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def items(self, *args, item=None):
        """A command on the calendar, or on one item of it, without any configuration."""
        return self.run_it(*args, "loglevel=1", "backend=caldav", "username=anna", f"password={PASSWORD}",
                           f"database={self.daemon.url}{HOME}personal/", *(("", "", item) if item else ()))

    def file(self, name, text):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, newline="")
        return str(path)

    def ask(self, method, path, body=None, code=200, **headers):
        status, _, content = self.daemon.request(method, HOME + path, body, headers, "anna", PASSWORD)
        self.assertEqual(status, code, content)
        return content.decode()

    def test_discovery(self):
        """One level: from / over the principal to the home; each kind sees the calendars that take it."""
        for backend, wanted, other in (("caldav", "personal", "tasks"), ("caldavtodo", "tasks", "personal")):
            found = self.run_it("--print-databases", "loglevel=1", f"backend={backend}", "username=anna",
                                f"password={PASSWORD}", f"syncURL={self.daemon.url}/")
            self.assertIn(f"{HOME}{wanted}/", found)
            self.assertNotIn(f"{HOME}{other}/", found)

    def test_items(self):
        self.items("--import", self.file("series.ics", SERIES))
        self.items("--import", self.file("concert.ics", CONCERT))
        both = self.ask("GET", "personal/choir.ics")
        self.assertEqual(both.count("BEGIN:VEVENT"), 2)
        self.assertIn("RRULE:FREQ=WEEKLY;COUNT=5", both)
        self.assertIn("RECURRENCE-ID:20260309T180000Z", both)
        listed = self.items("--print-items")
        self.assertRegex(listed, r"(?m)^choir%2eics: Choir$")
        self.assertRegex(listed, r"(?m)^choir%2eics%2f20260309T180000Z: Concert$")
        self.assertIn("SUMMARY:Concert", self.items("--export", "-"))

        self.items_updated()
        self.items_deleted()
        self.daemon.fsck()
        self.assertEqual(self.daemon.git("log", "--format=%s", "--author=anna", "--", "calendars/anna/personal").splitlines()[-1],
                         'anna added "Choir" to personal')

    def items_updated(self):
        self.items("--update", self.file("concert.ics", CONCERT.replace("Concert", "Great concert")), item=SECOND)
        both = self.ask("GET", "personal/choir.ics")
        self.assertIn("SUMMARY:Choir", both)
        self.assertIn("SUMMARY:Great concert", both)

    def items_deleted(self):
        """Without the series its changed occurrence stays; then the resource goes as well."""
        self.items("--delete-items", item="choir.ics")
        left = self.ask("GET", "personal/choir.ics")
        self.assertEqual(left.count("BEGIN:VEVENT"), 1)
        self.assertNotIn("RRULE", left)
        self.assertIn("SUMMARY:Great concert", left)
        self.assertEqual(left.split("\r\n"), self.daemon.git("show", "main:" + tree_path("calendars/anna/personal", "choir.ics")).split("\n"))
        self.items("--delete-items", item=SECOND)
        self.ask("GET", "personal/choir.ics", code=404)

    def configure(self):
        """A folder of events and one of tasks, each with its calendar at the server."""
        at_home = [f"{store}/{key}={value}" for store, backend, calendar in
                   (("calendar", "caldav", "personal"), ("todo", "caldavtodo", "tasks"))
                   for key, value in (("backend", backend), ("database", f"{self.daemon.url}{HOME}{calendar}/"))]
        self.run_it("--configure", "--template", "none", "keyring=no", f"syncURL={self.daemon.url}/", "username=anna",
                    f"password={PASSWORD}", *at_home, "target-config@home", "calendar", "todo")
        here = [f"{store}/{key}={value}" for store in ("calendar", "todo") for key, value in
                (("backend", "file"), ("databaseFormat", "text/calendar"), ("database", f"file://{self.folder}/{store}"),
                 ("sync", "two-way"))]
        self.run_it("--configure", "--template", "none", "keyring=no", "syncURL=local://@home", "peerIsClient=1",
                    *here, "laptop", "calendar", "todo")

    def local(self, store="calendar"):
        """The texts of its files by SUMMARY."""
        texts = [f.read_text() for f in sorted((self.folder / store).iterdir())]
        return {next(l for l in t.splitlines() if l.startswith("SUMMARY:"))[8:]: t for t in texts}

    def test_two_way(self):
        mine = self.file("calendar/1", event("dentist", "Dentist"))
        milk = self.file("todo/1", TODO.format("milk", "Milk"))
        self.ask("PUT", "personal/theirs.ics", SERIES, 201)
        self.configure()
        self.run_it("--sync", "slow", "laptop")
        self.assertEqual(set(self.local()), {"Dentist", "Choir"})
        self.assertRegex(self.local()["Choir"], "RRULE:FREQ=WEEKLY;.*UNTIL=20260330T180000Z")  # as its engine writes it
        self.assertIn("SUMMARY:Dentist", self.ask("GET", "personal/dentist.ics"))
        self.assertIn("SUMMARY:Milk", self.ask("GET", "tasks/milk.ics"))
        before = self.daemon.git("rev-parse", "main")
        self.run_it("laptop")
        self.assertEqual(self.daemon.git("rev-parse", "main"), before)  # nothing changed, nothing written

        os.unlink(mine)
        self.file("todo/1", TODO.format("milk", "Oat milk"))
        self.ask("PUT", "personal/new.ics", event("new", "Swimming"), 201)
        changed = self.ask("GET", "personal/theirs.ics").replace("SUMMARY:Choir", "SUMMARY:Orchestra")
        self.ask("PUT", "personal/theirs.ics", changed, 204)
        self.run_it("laptop")
        self.assertEqual(set(self.local()), {"Orchestra", "Swimming"})
        self.ask("GET", "personal/dentist.ics", code=404)
        self.assertIn("SUMMARY:Oat milk", self.ask("GET", "tasks/milk.ics"))

        self.ask("DELETE", "personal/new.ics", code=204)
        os.unlink(milk)
        self.run_it("laptop")
        self.assertEqual(set(self.local()), {"Orchestra"})
        self.ask("GET", "tasks/milk.ics", code=404)
        self.daemon.fsck()

    # ---- contacts

    def cards(self, *args, item=None):
        """As items(), on the address book."""
        return self.run_it(*args, "loglevel=1", "backend=carddav", "username=anna", f"password={PASSWORD}",
                           f"database={self.daemon.url}{BOOK}", *(("", "", item) if item else ()))

    def card(self, name, method="GET", text=None, code=200, media="text/vcard"):
        status, _, content = self.daemon.request(method, BOOK + name, text, {"Content-Type": media}, "anna", PASSWORD)
        self.assertEqual(status, code, content)
        return content.decode()

    def test_contacts(self):
        found = self.run_it("--print-databases", "loglevel=1", "backend=carddav", "username=anna", f"password={PASSWORD}",
                            f"syncURL={self.daemon.url}/")
        self.assertIn(f"{BOOK})", found)
        self.cards("--import", self.file("eva.vcf", CARD.format("eva", "Eva", "TEL;TYPE=HOME:1\r\n")))
        self.assertEqual(self.card("eva.vcf"), CARD.format("eva", "Eva", "TEL;TYPE=HOME:1\r\n"))
        newer = (CARD.format("four", "Four", "GENDER:F;x\r\nTEL;TYPE=home:2\r\n")).replace("VERSION:3.0", "VERSION:4.0")
        self.card("four.vcf", "PUT", newer, 201, "text/vcard; version=4.0")
        self.assertEqual(self.cards("--print-items").split(), ["eva%2evcf", "four%2evcf"])
        exported = self.cards("--export", "-")
        self.assertEqual((exported.count("BEGIN:VCARD"), exported.count("VERSION:3.0")), (2, 2))
        # What it can not say stays with the card that it changes.
        self.cards("--update", self.file("four.vcf", CARD.format("four", "Four", "TEL;TYPE=HOME:3\r\n")), item="four.vcf")
        kept = self.daemon.git("show", "main:" + tree_path("addressbooks/anna/contacts", "four.vcf"))
        for line in ("VERSION:4.0", "GENDER:F;x", "TEL;TYPE=home:3"):
            self.assertIn(line + "\n", kept)
        self.cards("--delete-items", item="eva.vcf")
        self.card("eva.vcf", code=404)
        self.assertEqual(self.cards("--print-items").split(), ["four%2evcf"])
        self.daemon.fsck()

    def test_contacts_two_way(self):
        """A folder of cards and the book, changed at both ends."""
        mine = self.file("contacts/1", CARD.format("mine", "Mine", ""))
        self.card("theirs.vcf", "PUT", CARD.format("theirs", "Theirs", "TEL;TYPE=HOME:1\r\nX-FOO:bar\r\n"), 201)
        self.run_it("--configure", "--template", "none", "keyring=no", f"syncURL={self.daemon.url}/", "username=anna",
                    f"password={PASSWORD}", "contacts/backend=carddav", f"contacts/database={self.daemon.url}{BOOK}",
                    "target-config@home", "contacts")
        self.run_it("--configure", "--template", "none", "keyring=no", "syncURL=local://@home", "peerIsClient=1",
                    "contacts/backend=file", "contacts/databaseFormat=text/vcard",
                    f"contacts/database=file://{self.folder}/contacts", "contacts/sync=two-way", "laptop", "contacts")

        def local():
            texts = [f.read_text() for f in sorted((self.folder / "contacts").iterdir())]
            return {next(l for l in t.splitlines() if l.startswith("FN"))[3:]: t for t in texts}

        def remote():
            """It gives new cards UIDs of its own."""
            return set(re.findall("FN:(.*)\r", self.card("")))
        self.run_it("--sync", "slow", "laptop")
        self.assertEqual(set(local()), {"Mine", "Theirs"})
        self.assertEqual(remote(), {"Mine", "Theirs"})
        self.assertIn("X-FOO:bar", self.card("theirs.vcf"))
        before = self.daemon.git("rev-parse", "main")
        self.run_it("laptop")
        self.assertEqual(self.daemon.git("rev-parse", "main"), before)  # nothing changed, nothing written
        os.unlink(mine)
        self.card("theirs.vcf", "PUT", CARD.format("theirs", "Theirs 2", "TEL;TYPE=HOME:1\r\n"), 204)
        self.file("contacts/new", CARD.format("new", "New", "EMAIL;TYPE=HOME:n@example.org\r\n"))
        self.run_it("laptop")
        self.assertEqual(set(local()), {"New", "Theirs 2"})
        self.assertEqual(remote(), {"New", "Theirs 2"})
        self.assertIn("n@example.org", self.card(""))
        self.daemon.fsck()


if __name__ == "__main__":
    unittest.main()
