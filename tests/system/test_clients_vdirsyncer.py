#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Debian's vdirsyncer with khal and todoman, as two devices of one user: discover, create, change, delete, one changed
occurrence, tasks, names and colours, in both directions."""
import os, pathlib, subprocess, unittest
from daemon import Daemon

PASSWORD = "vdirsyncer-secret"
SYNC_CONFIG = """\
[general]
status_path = "{folder}/status/"
[pair cal]
a = "local"
b = "remote"
collections = ["from a", "from b"]
conflict_resolution = "b wins"
metadata = ["displayname", "color"]
[storage local]
type = "filesystem"
path = "{folder}/calendars/"
fileext = ".ics"
[storage remote]
type = "caldav"
url = "{url}/"
username = "{user}"
password = "{password}"
{options}
"""
KHAL_CONFIG = """\
[calendars]
[[all]]
path = {folder}/calendars/*
type = discover
[locale]
local_timezone = Europe/Berlin
default_timezone = Europe/Berlin
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
[sqlite]
path = {folder}/khal.db
"""
TODO_CONFIG = """\
path = "{folder}/calendars/*"
date_format = "%Y-%m-%d"
time_format = "%H:%M"
default_list = "tasks"
cache_path = "{folder}/todoman.db"
"""
OVERRIDE = """\
BEGIN:VEVENT
UID:{uid}
DTSTAMP:20270101T000000Z
RECURRENCE-ID;TZID=Europe/Berlin:20270316T180000
DTSTART;TZID=Europe/Berlin:20270316T193000
DTEND;TZID=Europe/Berlin:20270316T210000
SUMMARY:Concert
END:VEVENT
"""


class Device:
    """A home folder with the three programs set up; `options`: more lines for vdirsyncer's storage at the server."""

    def __init__(self, daemon, name, user="anna", password=PASSWORD, options=""):
        self.folder = daemon.folder / name
        (self.folder / "calendars").mkdir(parents=True)
        for file, text in (("sync.conf", SYNC_CONFIG), ("khal.conf", KHAL_CONFIG), ("todo.py", TODO_CONFIG)):
            (self.folder / file).write_text(text.format(folder=self.folder, url=daemon.url, user=user, password=password,
                                                         options=options))

    def start(self, *args, input=None):
        """The finished process."""
        env = dict(os.environ, HOME=str(self.folder), TODOMAN_CONFIG=str(self.folder / "todo.py"), LC_ALL="C.UTF-8",
                   XDG_CACHE_HOME=str(self.folder), XDG_CONFIG_HOME=str(self.folder), XDG_DATA_HOME=str(self.folder))
        return subprocess.run(args, env=env, input=input, capture_output=True, text=True, timeout=120)

    def run(self, *args, input=None):
        done = self.start(*args, input=input)
        if done.returncode:
            raise AssertionError(f"{args}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def vdirsyncer(self, *args):
        return self.run("vdirsyncer", "-c", str(self.folder / "sync.conf"), *args, input="y\n" * 20)

    def sync(self):
        return self.vdirsyncer("sync")

    def khal(self, *args):
        return self.run("khal", "-c", str(self.folder / "khal.conf"), *args)

    def edit(self, word, *answers):
        """khal's own editor: a letter for what to change, then the value; it writes the whole series."""
        return self.run("khal", "-c", str(self.folder / "khal.conf"), "edit", "--show-past", word,
                        input="\n".join((*answers, "q", "")))

    def todo(self, *args):
        return self.run("todoman", *args)

    def items(self, calendar="personal"):
        return sorted((self.folder / "calendars" / calendar).glob("*.ics"))

    def item(self, word, calendar="personal"):
        return next(f for f in self.items(calendar) if word in f.read_text())

    def meta(self, name, calendar="personal"):
        file = self.folder / "calendars" / calendar / name
        return file.read_text().strip() if file.exists() else None


class VdirsyncerTest(unittest.TestCase):
    def setUp(self):
        self.daemon = Daemon()
        self.daemon.start()
        self.addCleanup(self.daemon.__exit__, None, None, None)
        self.daemon.add_user("anna", PASSWORD)
        self.phone, self.laptop = Device(self.daemon, "phone"), Device(self.daemon, "laptop")
        for device in (self.phone, self.laptop):
            device.vdirsyncer("discover")
            device.sync()

    def exchange(self, giver, taker):
        giver.sync()
        taker.sync()

    def test_two_devices(self):
        self.assertEqual({p.name for p in (self.phone.folder / "calendars").iterdir()}, {"personal", "tasks"})
        self.phone.khal("new", "-a", "personal", "2027-03-01", "10:00", "11:00", "Dentist", "::", "bring the card")
        self.phone.khal("new", "-a", "personal", "--repeat", "weekly", "--until", "2027-06-01", "2027-03-02", "18:00",
                        "19:00", "Choir")
        self.exchange(self.phone, self.laptop)
        self.assertIn("Dentist", self.laptop.khal("list", "2027-03-01", "2027-03-02"))
        self.assertIn("Choir", self.laptop.khal("list", "2027-03-16", "2027-03-17"))
        self.assertEqual(self.phone.item("Dentist").read_text(), self.laptop.item("Dentist").read_text())
        self.changed(self.laptop, self.phone)
        self.one_occurrence(self.phone, self.laptop)
        self.deleted(self.laptop, self.phone)
        self.daemon.fsck()
        for word in ("Dentist", "Choir"):
            self.assertIn(word, self.daemon.git("log", "--author=anna", "--format=%s", "main"))

    def changed(self, giver, taker):
        file = giver.item("Dentist")
        file.write_text(file.read_text().replace("SUMMARY:Dentist", "SUMMARY:Dentist moved"))
        self.exchange(giver, taker)
        self.assertIn("Dentist moved", taker.khal("list", "2027-03-01", "2027-03-02"))

    def one_occurrence(self, giver, taker):
        file = giver.item("Choir")
        text = file.read_text()
        uid = next(l for l in text.splitlines() if l.startswith("UID:"))[4:]
        file.write_text(text.replace("END:VCALENDAR", OVERRIDE.format(uid=uid) + "END:VCALENDAR"))
        self.exchange(giver, taker)
        shown = taker.khal("list", "2027-03-16", "2027-03-17")
        self.assertIn("Concert", shown)
        self.assertIn("19:30", shown)
        self.assertNotIn("Concert", taker.khal("list", "2027-03-23", "2027-03-24"))

    def deleted(self, giver, taker):
        giver.item("Dentist").unlink()
        self.exchange(giver, taker)
        self.assertNotIn("Dentist", taker.khal("list", "2027-03-01", "2027-03-02"))
        self.assertEqual(len(taker.items()), 1)

    def test_tasks(self):
        self.phone.todo("new", "--list", "tasks", "--due", "2027-04-01", "Buy milk")
        self.exchange(self.phone, self.laptop)
        self.assertIn("Buy milk", self.laptop.todo("list"))
        self.laptop.todo("done", "1")
        self.exchange(self.laptop, self.phone)
        self.assertIn("STATUS:COMPLETED", self.phone.item("Buy milk", "tasks").read_text())
        self.assertNotIn("Buy milk", self.phone.todo("list"))

    def test_series_edited(self):
        self.phone.khal("new", "-a", "personal", "--repeat", "weekly", "--until", "2027-06-01", "2027-03-02", "18:00",
                        "19:00", "Choir")
        self.exchange(self.phone, self.laptop)
        self.laptop.edit("Choir", "s", "Chamber choir", "l", "Hall", "a", "15m")
        self.laptop.edit("Choir", "p", "weekly", "2027-04-01")
        self.exchange(self.laptop, self.phone)
        self.assertEqual(len(self.phone.items()), 1)
        self.assertIn("Chamber choir", self.phone.khal("list", "2027-03-30", "2027-03-31"))
        self.assertEqual(self.phone.khal("list", "2027-04-06", "2027-04-07").strip(), "")
        text = self.phone.item("Chamber choir").read_text()
        self.assertRegex(text, "SEQUENCE:[1-9]")
        self.assertIn("TRIGGER:-PT15M", text)
        # Another time makes its DTSTART floating and leaves UNTIL in UTC, which RFC 5545 3.3.10 forbids; khal reads it.
        self.phone.edit("Chamber choir", "t", "2027-03-03 18:30 2027-03-03 20:00")
        self.exchange(self.phone, self.laptop)
        self.assertIn("18:30-20:00 Chamber choir", self.laptop.khal("list", "2027-03-24", "2027-03-25"))
        # One occurrence taken out: the whole file imported again, with EXDATE.
        file = self.laptop.item("Chamber choir")
        without = self.laptop.folder / "without.ics"
        without.write_text(file.read_text().replace("RRULE:", "EXDATE:20270310T183000\nRRULE:"))
        self.laptop.khal("import", "--batch", "-a", "personal", str(without))
        self.exchange(self.laptop, self.phone)
        self.assertEqual(self.phone.khal("list", "2027-03-10", "2027-03-11").strip(), "")
        self.assertIn("Chamber choir", self.phone.khal("list", "2027-03-17", "2027-03-18"))
        self.assertEqual(self.phone.items()[0].read_text(), self.laptop.items()[0].read_text())
        self.daemon.fsck()

    def test_tasks_changed(self):
        for title in ("Buy milk", "Old idea", "Mow the lawn"):
            self.phone.todo("new", "--list", "tasks", "--due", "2027-04-01", "--priority", "high", title)
        self.exchange(self.phone, self.laptop)
        number = {line.split("@")[0].split()[-1]: line.split()[2] for line in self.laptop.todo("list").splitlines()}
        self.laptop.todo("edit", "--due", "2027-04-08", number["milk"])
        self.laptop.todo("cancel", number["idea"])
        self.laptop.todo("done", number["lawn"])
        self.exchange(self.laptop, self.phone)
        self.assertRegex(self.phone.item("Buy milk", "tasks").read_text(), "DUE[^\n]*:20270408")
        self.assertIn("STATUS:CANCELLED", self.phone.item("Old idea", "tasks").read_text())
        done = self.phone.item("Mow the lawn", "tasks").read_text()
        for line in ("STATUS:COMPLETED", "PERCENT-COMPLETE:100", "COMPLETED;VALUE=DATE-TIME:20"):
            self.assertIn(line, done)
        self.assertIn("Buy milk", self.phone.todo("list"))
        self.assertNotIn("idea", self.phone.todo("list"))

    def test_recurring_task_done(self):
        """todoman makes what is done a task of its own, without RRULE, and a new one of the rest."""
        self.phone.todo("new", "--list", "tasks", "Bins")
        file = self.phone.item("Bins", "tasks")
        lines = [l for l in file.read_text().splitlines() if not l.startswith("DUE")]
        lines[-2:-2] = ["DTSTART:20270325T070000Z", "DUE:20270325T080000Z", "RRULE:FREQ=WEEKLY"]
        file.write_text("\n".join(lines) + "\n")
        self.exchange(self.phone, self.laptop)
        self.laptop.todo("done", "1")
        self.exchange(self.laptop, self.phone)
        texts = [f.read_text() for f in self.phone.items("tasks")]
        self.assertEqual(sorted(("RRULE" in t, "STATUS:COMPLETED" in t) for t in texts), [(False, True), (True, False)])
        self.assertEqual(len({next(l for l in t.splitlines() if l.startswith("UID")) for t in texts}), 2)

    def test_new_calendar_and_metasync(self):
        (self.phone.folder / "calendars" / "family").mkdir()
        self.phone.vdirsyncer("discover")
        (self.phone.folder / "calendars" / "family" / "displayname").write_text("Family calendar")
        (self.phone.folder / "calendars" / "family" / "color").write_text("#ff8800")
        self.phone.sync()
        self.phone.vdirsyncer("metasync")
        self.laptop.vdirsyncer("discover")
        self.laptop.sync()
        self.laptop.vdirsyncer("metasync")
        self.assertEqual(self.laptop.meta("displayname", "family"), "Family calendar")
        self.assertEqual(self.laptop.meta("color", "family").lower()[:7], "#ff8800")

    def test_both_change_different_things(self):
        self.phone.khal("new", "-a", "personal", "2027-03-01", "10:00", "11:00", "One")
        self.laptop.khal("new", "-a", "personal", "2027-03-01", "12:00", "13:00", "Two")
        self.phone.sync()
        self.laptop.sync()
        self.phone.sync()
        self.assertEqual(len(self.phone.items()), 2)
        self.assertEqual([f.read_text() for f in self.phone.items()], [f.read_text() for f in self.laptop.items()])


if __name__ == "__main__":
    unittest.main()
