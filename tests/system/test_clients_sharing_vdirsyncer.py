#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Debian's vdirsyncer with khal and todoman at both ends of a share: Anna's calendar in Ben's home, by role."""
import re, unittest
from daemon import event
from household import APPLE, DAV, Household, OWN, PASSWORD, SHARE
from test_clients_vdirsyncer import Device

NAME = "anna-personal"
TODO = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//system//EN\r\nBEGIN:VTODO\r\nUID:{0}\r\nDTSTAMP:20260101T000000Z\r\n" \
       "SUMMARY:{1}\r\nDUE:20270401T100000Z\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"


class Shared(Household):
    def device(self, user, name=None, options=""):
        return Device(self.daemon, name or user, user, PASSWORD, options)

    def begin(self, role, options=""):
        """Ben has discovered and synchronised what Anna shares."""
        self.put(OWN + "dentist.ics", event("dentist", "Dentist", "20270301T090000Z", "20270301T100000Z"))
        self.put(OWN + "choir.ics", event("choir", "Choir", "20270302T170000Z", "20270302T180000Z"))
        self.share(("users/ben", role))
        ben = self.device("ben", options=options)
        ben.vdirsyncer("discover")
        ben.sync()
        return ben

    def run_(self, device, *args, input=None):
        """Exit status and what it said."""
        done = device.start("vdirsyncer", "-c", str(device.folder / "sync.conf"), *args, input=input)
        return done.returncode, done.stdout + done.stderr

    def refused(self, device, *words, calendar=NAME):
        """One calendar alone: vdirsyncer 0.19 closes its connections under the others when the first one fails."""
        code, said = self.run_(device, "sync", "cal/" + calendar)
        self.assertEqual(code, 1, said)
        for word in words:
            self.assertIn(word, said)
        return said

    def silent(self, device):
        """There is nothing to do any more."""
        code, said = self.run_(device, "sync")
        self.assertEqual(code, 0, said)
        self.assertNotRegex(said, "Copying|Deleting")

    def texts(self, device, calendar=NAME):
        return sorted(f.read_text() for f in device.items(calendar))

    def change(self, device, word, to, calendar=NAME):
        file = device.item(word, calendar)
        file.write_text(file.read_text().replace(f"SUMMARY:{word}", f"SUMMARY:{to}"))


class EditorTest(Shared):
    def test_both_ways(self):
        ben, anna = self.begin("editor"), self.device("anna")
        self.assertEqual({p.name for p in (ben.folder / "calendars").iterdir()}, {"personal", "tasks", NAME})
        anna.vdirsyncer("discover")
        anna.sync()
        self.assertEqual(self.texts(anna, "personal"), self.texts(ben))

        ben.khal("new", "-a", NAME, "2027-03-05", "10:00", "11:00", "Swimming")
        self.change(ben, "Dentist", "Dentist moved")
        ben.item("Choir", NAME).unlink()
        ben.sync()
        anna.sync()
        self.assertEqual(self.texts(anna, "personal"), self.texts(ben))
        shown = anna.khal("list", "2027-03-01", "2027-03-07")
        for word in ("Swimming", "Dentist moved"):
            self.assertIn(word, shown)
        self.assertNotIn("Choir", shown)
        subjects = self.daemon.git("log", "--author=ben", "--format=%s", "main")
        for word in ("Swimming", "Dentist moved", "Choir"):
            self.assertIn(word, subjects)

        self.change(anna, "Swimming", "Diving", "personal")
        anna.item("Dentist moved").unlink()
        anna.sync()
        ben.sync()
        self.assertEqual(self.texts(ben), self.texts(anna, "personal"))
        self.assertIn("Diving", ben.khal("list", "2027-03-05", "2027-03-06"))
        for device in (ben, anna):
            self.silent(device)
        self.daemon.fsck()

    def test_three(self):
        """Ben and Carl through the group; what one does reaches the two others, and Carl's own calendar nobody."""
        self.share(("groups/kids", "editor"))
        anna, ben, carl = (self.device(name) for name in ("anna", "ben", "carl"))
        for device in (anna, ben, carl):
            device.vdirsyncer("discover")
            device.sync()
        carl.khal("new", "-a", NAME, "2027-03-05", "10:00", "11:00", "Football")
        carl.khal("new", "-a", "personal", "2027-03-05", "12:00", "13:00", "Secret")
        for device in (carl, ben, anna):
            device.sync()
        self.assertIn("Football", ben.khal("list", "2027-03-05", "2027-03-06"))
        self.assertIn("Football", anna.khal("list", "2027-03-05", "2027-03-06"))
        self.assertNotIn("Secret", ben.khal("list", "2027-03-05", "2027-03-06"))
        # Carl leaves the group: his calendar is gone, Ben's stays.
        self.command("group", "members", "kids", "--drop", "carl")
        self.assertEqual(self.home("carl"), {"personal", "tasks"})
        self.refused(carl, "Not Found")
        self.silent(ben)

    def test_colours(self):
        """How the share looks is Ben's business alone, whatever his role."""
        self.ask("PROPPATCH", OWN, '<d:propertyupdate xmlns:d="DAV:"><d:set><d:prop><x:calendar-color xmlns:x='
                 '"http://apple.com/ns/ical/">#112233</x:calendar-color></d:prop></d:set></d:propertyupdate>',
                 user="anna", code=207)
        ben = self.begin("editor")
        ben.vdirsyncer("metasync")
        self.assertEqual(ben.meta("displayname", NAME), "Personal (Anna)")
        folder = ben.folder / "calendars" / NAME
        for role, colour in (("editor", "#ff8800"), ("reader", "#00ff00"), ("busy", "#0000ff")):
            self.share(("users/ben", role))
            (folder / "color").write_text(colour)
            (folder / "displayname").write_text(f"Mama as {role}")
            ben.vdirsyncer("metasync")
            mine = self.props(SHARE, "a:calendar-color", "d:displayname")[SHARE]
            self.assertEqual((mine.text(APPLE + "calendar-color"), mine.text(DAV + "displayname")),
                             (colour, f"Mama as {role}"))
            hers = self.props(OWN, "a:calendar-color", "d:displayname", user="anna")[OWN]
            self.assertEqual((hers.text(APPLE + "calendar-color"), hers.text(DAV + "displayname")), ("#112233", "Personal"))


class ReaderTest(Shared):
    def test_refused_and_goes_on(self):
        ben = self.begin("reader")
        self.assertIn("Dentist", ben.khal("list", "2027-03-01", "2027-03-02"))
        self.change(ben, "Dentist", "Doctor")
        (ben.folder / "calendars" / NAME / "mine.ics").write_text(event("mine", "Mine"))
        (ben.folder / "calendars" / "personal" / "own.ics").write_text(event("own", "Own"))
        self.put(OWN + "later.ics", event("later", "Later"))
        head = self.daemon.git("rev-parse", "main")
        said = self.refused(ben, "403, message='Forbidden'", f"later to local/{NAME}")
        self.assertEqual(said.count("403, message="), 2, said)
        ben.vdirsyncer("sync", "cal/personal")
        self.ask("GET", "/dav/calendars/ben/personal/own.ics", code=200)
        self.assertEqual(int(self.daemon.git("rev-list", "--count", f"{head.strip()}..main")), 1)
        choir = ben.item("Choir", NAME)
        text = choir.read_text()
        choir.unlink()
        self.assertEqual(self.refused(ben, "Deleting item choir").count("403, message="), 3)
        for name, word in (("dentist", "Dentist"), ("choir", "Choir")):
            self.assertIn(f"SUMMARY:{word}", self.ask("GET", f"{OWN}{name}.ics", user="anna", code=200)[2].decode())
        # Reading works beside what is refused, and all is well once that is taken back.
        self.put(OWN + "later.ics", event("later", "Later still"), code=204)
        self.refused(ben, "later to local")
        self.assertTrue(ben.item("Later still", NAME))
        ben.item("Mine", NAME).unlink()
        self.change(ben, "Doctor", "Dentist")
        choir.write_text(text)
        ben.sync()
        self.silent(ben)

    def test_read_only_storage(self):
        """vdirsyncer's read_only: it takes back by itself what was changed."""
        ben = self.begin("reader", options="read_only = true")
        self.change(ben, "Dentist", "Doctor")
        (ben.folder / "calendars" / NAME / "mine.ics").write_text(event("mine", "Mine"))
        ben.item("Choir", NAME).unlink()
        self.put(OWN + "later.ics", event("later", "Later"))
        head = self.daemon.git("rev-parse", "main")
        ben.sync()
        ben.sync()
        words = sorted(re.search("SUMMARY:(.*)", t).group(1) for t in self.texts(ben))
        self.assertEqual(words, ["Choir", "Dentist", "Later"])
        self.assertEqual(self.daemon.git("rev-parse", "main"), head)
        self.silent(ben)

    def test_ends(self):
        """The calendar disappears; nothing is deleted on either side."""
        ben = self.begin("reader")
        self.share()
        self.refused(ben, f"Unknown error occurred for cal/{NAME}: Not Found")
        self.assertEqual(len(ben.items(NAME)), 2)
        code, said = self.run_(ben, "discover", input="n\n" * 5)
        self.assertIn(f'No collection "{NAME}" found for storage remote', said)
        remote = said[said.index("remote:"):]
        self.assertNotIn(f'"{NAME}" (', remote)
        for calendar in ("personal", "tasks"):
            self.assertIn(f'"{calendar}" (', remote)
        self.assertEqual(self.home(), {"personal", "tasks"})
        self.ask("GET", OWN + "dentist.ics", user="anna", code=200)
        # Whoever says "y" there makes a calendar of their own, and what comes back later is beside it.
        code, said = self.run_(ben, "discover", input="y\n" * 5)
        self.assertEqual(code, 0, said)
        self.refused(ben, "was completely emptied")
        self.share(("users/ben", "reader"))
        self.assertEqual(self.home(), {"personal", "tasks", NAME, NAME + "-2"})
        for path in (SHARE, "/dav/calendars/ben/anna-personal-2/"):
            owner = self.props(path, "d:owner")[path].href_of(DAV + "owner")
            self.assertEqual(owner, f"/dav/principals/users/{'anna' if path.endswith('-2/') else 'ben'}/")

    def test_unsubscribes(self):
        ben = self.begin("reader")
        self.ask("DELETE", SHARE, code=204)
        self.refused(ben, f"cal/{NAME}: Not Found")
        self.assertEqual(len(self.texts(ben)), 2)
        self.ask("GET", OWN + "dentist.ics", code=200)


class BusyTest(Shared):
    def test_busy(self):
        ben = self.begin("busy")
        self.put(OWN + "free.ics", event("free", "Holiday", extra=["TRANSP:TRANSPARENT"]))
        self.put(OWN + "private.ics", event("private", "Surprise", extra=["CLASS:PRIVATE"]))
        self.silent(ben)
        for text in self.texts(ben):
            self.assertIn("SUMMARY:Busy", text)
            self.assertNotRegex(text, "Dentist|Choir")
        self.assertEqual(len(ben.items(NAME)), 2)
        self.assertIn("Busy", ben.khal("list", "2027-03-01", "2027-03-02"))
        tags = {href: r.text(DAV + "getetag") for href, r in self.props(SHARE, "d:getetag", depth=1).items() if href != SHARE}
        self.daemon.stop()
        self.daemon.start()
        config = ben.folder / "sync.conf"
        config.write_text(re.sub(r"http://127\.0\.0\.1:\d+", self.daemon.url, config.read_text()))
        ben.vdirsyncer("discover")
        self.silent(ben)
        again = {href: r.text(DAV + "getetag") for href, r in self.props(SHARE, "d:getetag", depth=1).items() if href != SHARE}
        self.assertEqual((len(again), again), (2, tags))
        # Each is the ETag that GET has, and a condition that holds.
        for href, tag in tags.items():
            self.assertEqual(self.ask("GET", href, code=200)[1]["etag"], tag)
            self.ask("GET", href, headers={"If-None-Match": tag}, code=304)
        self.put(OWN + "dentist.ics", event("dentist", "Dentist", "20270301T120000Z", "20270301T130000Z"), code=204)
        ben.sync()
        self.assertIn("13:00-14:00 Busy", ben.khal("list", "2027-03-01", "2027-03-02"))
        self.silent(ben)

    def test_refused(self):
        ben = self.begin("busy")
        file = ben.items(NAME)[0]
        file.write_text(file.read_text().replace("Busy", "Mine"))
        self.put(OWN + "later.ics", event("later", "Later"))
        self.refused(ben, "403, message='Forbidden'", f"later to local/{NAME}")
        self.assertEqual(len(ben.items(NAME)), 3)

    def test_from_busy_to_reader(self):
        """More, less, and nothing of what was seen before is left."""
        ben = self.begin("busy")
        for role, words in (("reader", ["Choir", "Dentist"]), ("busy", ["Busy", "Busy"]), ("editor", ["Choir", "Dentist"])):
            self.share(("users/ben", role))
            ben.sync()
            self.assertEqual(sorted(re.search("SUMMARY:(.*)", t).group(1) for t in self.texts(ben)), words)
            self.silent(ben)


class AuthorTest(Shared):
    def test_author(self):
        """Adds, changes and removes what is theirs; nothing else."""
        ben = self.begin("author")
        ben.khal("new", "-a", NAME, "2027-03-05", "10:00", "11:00", "Swimming")
        ben.sync()
        self.change(ben, "Swimming", "Diving")
        ben.sync()
        self.change(ben, "Dentist", "Doctor")
        self.refused(ben, "403, message='Forbidden'")
        self.change(ben, "Doctor", "Dentist")
        ben.item("Diving", NAME).unlink()
        ben.sync()
        self.silent(ben)
        found = self.props(OWN, "d:getetag", depth=1, user="anna")
        self.assertEqual({href[len(OWN):] for href in found} - {""}, {"dentist.ics", "choir.ics"})


class TasksTest(Shared):
    def test_tasks(self):
        """todoman: a reader sees the list, an editor ticks off."""
        path = "/dav/calendars/anna/tasks/"
        self.put(path + "milk.ics", TODO.format("milk", "Buy milk"))
        self.share(("users/ben", "reader"), path=path)
        ben = self.device("ben")
        ben.vdirsyncer("discover")
        ben.sync()
        self.assertIn("Buy milk", ben.todo("list", "anna-tasks"))
        ben.todo("done", "1")
        self.refused(ben, "403, message='Forbidden'", calendar="anna-tasks")
        self.assertNotIn("COMPLETED", self.ask("GET", path + "milk.ics", user="anna", code=200)[2].decode())
        self.share(("users/ben", "editor"), path=path)
        ben.sync()
        self.assertIn("STATUS:COMPLETED", self.ask("GET", path + "milk.ics", user="anna", code=200)[2].decode())
        self.assertEqual(self.daemon.git("log", "-1", "--format=%an", "main").strip(), "Ben")


if __name__ == "__main__":
    unittest.main()
