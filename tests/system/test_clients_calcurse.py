#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Debian's calcurse-caldav: the three ways to begin, both directions, what both sides changed. It names an object by the hash of
its text, so that a change is a new object and the DELETE of the old one."""
import os, re, subprocess, unittest
from daemon import Daemon, event

PASSWORD = "calcurse-secret"
CALENDAR = "/dav/calendars/anna/both/"  # of events and tasks: calcurse keeps them together
CONFIG = """\
[General]
Hostname = 127.0.0.1:{port}
Path = {path}
HTTPS = No
DryRun = No
[Auth]
Username = anna
"""
EVENTS = event("dentist", "Dentist", "20260302T100000", "20260302T110000")
CHOIR = event("choir", "Choir", "20260302T180000", "20260302T190000", ["RRULE:FREQ=WEEKLY;COUNT=5", "EXDATE:20260309T180000"])
TODO = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//system//EN\r\nBEGIN:VTODO\r\nUID:milk\r\nDTSTAMP:20260101T000000Z\r\n" \
       "SUMMARY:Milk\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"


class CalcurseTest(unittest.TestCase):
    def setUp(self):
        self.daemon = Daemon()
        self.daemon.start()
        self.addCleanup(self.daemon.__exit__, None, None, None)
        self.daemon.add_user("anna", PASSWORD)
        self.ask("MKCALENDAR", "", code=201)
        (self.daemon.folder / ".calcurse" / "caldav").mkdir(parents=True)
        (self.daemon.folder / ".calcurse" / "caldav" / "config").write_text(
            CONFIG.format(port=self.daemon.port, path=CALENDAR))

    def ask(self, method, name, body=None, code=200, headers=None):
        status, _, content = self.daemon.request(method, CALENDAR + name, body, headers, "anna", PASSWORD)
        self.assertEqual(status, code, content)
        return content.decode()

    def run_it(self, *args, input=None):
        done = subprocess.run(args, capture_output=True, text=True, timeout=60, input=input,
                              env=dict(os.environ, HOME=str(self.daemon.folder), LC_ALL="C.UTF-8", TZ="UTC",
                                       CALCURSE_CALDAV_PASSWORD=PASSWORD))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def sync(self, imported, removed, exported, deleted, *args):
        """Synchronises; the counts are those it prints: in and out here, in and out at the server."""
        said = self.run_it("/usr/bin/python3", "/usr/bin/calcurse-caldav", *args)
        self.assertEqual([int(n) for n in re.findall(r"(\d+) items", said)], [imported, removed, exported, deleted], said)
        return said

    def add(self, text):
        self.run_it("calcurse", "-q", "-i", "-", input=text)

    def remove(self, word):
        """Takes what has this word in it out of calcurse's own files."""
        for name in ("apts", "todo"):
            file = self.daemon.folder / ".calcurse" / name
            file.write_text("".join(l for l in file.read_text().splitlines(True) if word not in l))

    def local(self):
        """What calcurse holds: one line each."""
        return self.run_it("calcurse", "-G")

    def remote(self):
        """SUMMARY → (name, text) of what the server holds."""
        body = self.ask("PROPFIND", "", '<d:propfind xmlns:d="DAV:"><d:prop><d:getetag/></d:prop></d:propfind>', 207,
                        {"Depth": "1", "Content-Type": "text/xml"})
        names = re.findall(rf"<d:href>{CALENDAR}([^<]+)</d:href>", body)
        texts = {name: self.ask("GET", name) for name in names}
        return {re.search(r"SUMMARY:([^\r\n]*)", text).group(1): (name, text) for name, text in texts.items()}

    def test_two_way(self):
        for text in (EVENTS, CHOIR, TODO):
            self.add(text)
        self.ask("PUT", "theirs.ics", event("theirs", "Swimming"), 201)
        self.sync(1, 0, 3, 0, "--init=two-way")
        self.assertIn("Swimming", self.local())
        remote = self.remote()
        self.assertEqual(set(remote), {"Dentist", "Choir", "Milk", "Swimming"})
        self.assertRegex(remote["Choir"][1], r"RRULE:FREQ=WEEKLY;(COUNT=5|UNTIL=20260406T180000)")
        self.assertIn("EXDATE:20260309T180000", remote["Choir"][1])
        self.assertIn("BEGIN:VTODO", remote["Milk"][1])
        head = self.daemon.git("rev-parse", "main")
        self.sync(0, 0, 0, 0)
        self.assertEqual(self.daemon.git("rev-parse", "main"), head)

        self.changed_here()
        self.changed_there()
        self.daemon.fsck()
        log = self.daemon.git("log", "--format=%s", "--author=anna", "main")
        for subject in ('anna added "Choir" to both', 'anna deleted "Dentist" from both'):
            self.assertIn(subject, log.splitlines())

    def changed_here(self):
        self.remove("Dentist")
        self.add(EVENTS.replace("Dentist", "Doctor").replace("UID:dentist", "UID:doctor"))
        self.sync(0, 0, 1, 1)
        self.assertEqual(set(self.remote()), {"Doctor", "Choir", "Milk", "Swimming"})

    def changed_there(self):
        self.ask("DELETE", self.remote()["Milk"][0], code=204)
        self.ask("PUT", "theirs.ics", event("theirs", "Diving"), 204)
        self.sync(1, 1, 0, 0)
        self.assertNotIn("Milk", self.local())
        self.assertNotIn("Swimming", self.local())
        self.assertIn("Diving", self.local())

    def test_conflict(self):
        """Changed at both ends: its DELETE is not sent, the server's text comes back, and its own stays as a new object."""
        self.add(EVENTS)
        self.sync(0, 0, 1, 0, "--init=two-way")
        name, text = self.remote()["Dentist"]
        self.ask("PUT", name, text.replace("SUMMARY:Dentist", "SUMMARY:Dentist at noon"), 204)
        self.remove("Dentist")
        self.add(EVENTS.replace("Dentist", "Dentist at nine"))
        self.sync(1, 0, 1, 0)
        self.sync(0, 0, 0, 0)
        self.assertEqual(set(self.remote()), {"Dentist at noon", "Dentist at nine"})
        for word in ("at noon", "at nine"):
            self.assertIn(word, self.local())

    def test_init(self):
        self.add(EVENTS)
        self.ask("PUT", "theirs.ics", event("theirs", "Swimming"), 201)
        self.sync(1, 0, 0, 0, "--init=keep-remote")
        self.assertNotIn("Dentist", self.local())
        self.assertEqual(set(self.remote()), {"Swimming"})
        self.remove("Swimming")
        self.add(EVENTS)
        self.sync(0, 0, 1, 0, "--init=keep-local")
        self.assertEqual(set(self.remote()), {"Dentist"})

    def test_many(self):
        """A hundred at once, by one query and one multiget."""
        for number in range(100):
            self.ask("PUT", f"e{number}.ics", event(f"e{number}", f"Event {number:03}"), 201)
        self.sync(100, 0, 0, 0, "--init=keep-remote")
        self.assertEqual(len(set(re.findall(r"Event \d{3}", self.local()))), 100)
        self.sync(0, 0, 0, 0)


if __name__ == "__main__":
    unittest.main()
