#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Passwords of devices in vdirsyncer and python3-caldav: the device in every commit; a read-only device that is refused and
reads on; one for contacts alone, that finds no calendars without its discovery breaking."""
import unittest
import xml.etree.ElementTree as ET
import caldav
from caldav.lib.error import AuthorizationError, DAVError, NotFoundError
from daemon import DAV, event
from household import Household, NAMESPACES, OWN, SHARE, propfind, rows
from test_clients_vdirsyncer import Device

NAME = "anna-personal"
HOME = "/dav/calendars/ben/"
SYNC = f"<d:sync-collection {NAMESPACES}><d:sync-token>{{0}}</d:sync-token><d:sync-level>1</d:sync-level><d:prop>" \
       "<d:displayname/></d:prop></d:sync-collection>"


class Devices(Household):
    def setUp(self):
        super().setUp()
        self.put(OWN + "dentist.ics", event("dentist", "Dentist"))

    def password(self, name, *options, user="ben"):
        return self.command("device", "add", user, name, *options).strip()

    def principal(self, password, user="ben"):
        client = caldav.DAVClient(self.daemon.url + "/", username=user, password=password)
        self.addCleanup(client.close)
        return client.principal()

    def run_(self, device, *args, code=0):
        done = device.start("vdirsyncer", "-c", str(device.folder / "sync.conf"), *args, input="y\n" * 9)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def trailers(self):
        return [self.daemon.git("log", "-1", f"--format=%(trailers:key={key},valueonly)", "main").strip()
                for key in ("User", "Device")]


class DevicesTest(Devices):
    def test_named_in_commits(self):
        """Two devices of Ben's at Anna's calendar: whose, and which, stands in every commit."""
        self.share(("users/ben", "editor"))
        phone = self.principal(self.password("Ben's phone")).calendar(cal_id=NAME)
        laptop = Device(self.daemon, "laptop", "ben", self.password("Ben's laptop"))
        self.run_(laptop, "discover")
        self.run_(laptop, "sync")
        phone.save_event(event("swim", "Swimming"))
        self.assertEqual(self.trailers(), ["ben", "Ben's phone"])
        laptop.khal("new", "-a", NAME, "2027-03-05", "10:00", "11:00", "Diving")
        self.run_(laptop, "sync")
        self.assertEqual(self.trailers(), ["ben", "Ben's laptop"])
        phone.event_by_uid("swim").delete()
        self.assertEqual(self.trailers(), ["ben", "Ben's phone"])
        phone.set_properties([caldav.elements.dav.DisplayName("Mama")])
        self.assertEqual(self.trailers(), ["ben", "Ben's phone"])
        self.run_(laptop, "sync")
        self.assertEqual(len(laptop.items(NAME)), 2)
        # Revoked: the phone is refused, the laptop syncs on.
        self.command("device", "revoke", "ben", "Ben's phone", "--yes")
        with self.assertRaises(AuthorizationError):
            phone.events()
        self.run_(laptop, "sync")

    def test_read_only(self):
        """Also in one's own calendar, and as an editor of another's."""
        self.share(("users/ben", "editor"))
        secret = self.password("Wall tablet", "--scope", "read-only")
        tablet = Device(self.daemon, "tablet", "ben", secret)
        self.run_(tablet, "discover")
        self.run_(tablet, "sync")
        head = self.daemon.git("rev-parse", "main")
        for calendar in ("personal", NAME):
            (tablet.folder / "calendars" / calendar / "n.ics").write_text(event("n", "New"))
            self.assertIn("403, message='Forbidden'", self.run_(tablet, "sync", "cal/" + calendar, code=1))
        self.assertEqual(self.daemon.git("rev-parse", "main"), head)
        self.put(OWN + "later.ics", event("later", "Later"))
        self.run_(tablet, "sync", "cal/" + NAME, code=1)
        self.assertTrue(tablet.item("Later", NAME))

        principal = self.principal(secret)
        head = self.daemon.git("rev-parse", "main")
        for cal_id in ("personal", NAME):
            calendar = principal.calendar(cal_id=cal_id)
            with self.assertRaises(AuthorizationError):
                calendar.save_event(event("x"))
            with self.assertRaises(AuthorizationError):
                calendar.delete()
            with self.assertRaises(DAVError):
                calendar.set_properties([caldav.elements.dav.DisplayName("Mine")])
            self.assertGreaterEqual(len(calendar.events()), 0)
        with self.assertRaises(AuthorizationError):
            principal.calendar(cal_id=NAME).event_by_uid("dentist").delete()
        with self.assertRaises(DAVError):
            principal.make_calendar(name="New")
        self.assertEqual(len(principal.calendars()), 3)
        self.assertEqual(self.daemon.git("rev-parse", "main"), head)

    def test_calendars_only(self):
        secret = self.password("Watch", "--scope", "calendars")
        self.share(("users/ben", "editor"))
        calendar = self.principal(secret).calendar(cal_id=NAME)
        calendar.save_event(event("swim", "Swimming"))
        self.assertEqual(len(calendar.events()), 2)
        books = "/dav/addressbooks/ben/"
        self.assertEqual(list(self.props(books, "d:displayname", depth=1, password=secret)), [books])
        for path in (books + "friends/", "/dav/files/ben/"):
            self.ask("PROPFIND", path, propfind("d:displayname"), {"Depth": "0"}, password=secret, code=404)


class ContactsTest(Devices):
    """A home that is empty, where a 404 would end the discovery: python-caldav raises, vdirsyncer fails, GNOME finds no
    contacts either (measured with evolution-data-server 3.46)."""

    def setUp(self):
        super().setUp()
        self.share(("users/ben", "editor"))
        self.ask("MKCOL", "/dav/addressbooks/ben/friends/", f"<d:mkcol {NAMESPACES}><d:set><d:prop><d:resourcetype>"
                 '<d:collection/><x:addressbook xmlns:x="urn:ietf:params:xml:ns:carddav"/></d:resourcetype></d:prop>'
                 "</d:set></d:mkcol>", code=201)
        self.secret = self.password("Phone book", "--scope", "contacts")

    def test_discovery(self):
        principal = self.principal(self.secret)
        self.assertEqual(principal.get_display_name(), "Ben")
        self.assertEqual(principal.calendars(), [])
        with self.assertRaises(NotFoundError):
            principal.calendar(cal_id="personal").events()
        phone = Device(self.daemon, "phone", "ben", self.secret)
        self.assertIn("collections = []", self.run_(phone, "discover"))
        self.run_(phone, "sync")
        # DAVx5 asks the home what it may do there, and offers neither calendars nor "create".
        found = self.props(HOME, "d:current-user-privilege-set", "d:resourcetype", depth=1, password=self.secret)
        self.assertEqual(list(found), [HOME])
        self.assertEqual({p.removeprefix(DAV) for p in found[HOME].privileges()} & {"bind", "write", "all"}, set())
        self.assertEqual(list(self.props("/dav/addressbooks/ben/", "d:displayname", depth=1, password=self.secret)),
                         ["/dav/addressbooks/ben/", "/dav/addressbooks/ben/contacts/", "/dav/addressbooks/ben/friends/"])

    def test_no_way_in(self):
        """The empty home tells nothing of what is in it, by any way."""
        ask = lambda method, path, body=None, **headers: self.ask(method, path, body, headers, password=self.secret)
        for path in (HOME + "personal/", SHARE, SHARE + "dentist.ics", OWN, OWN + "dentist.ics", "/dav/files/ben/"):
            for method in ("GET", "HEAD", "DELETE"):
                self.assertEqual(ask(method, path)[0], 404, (method, path))
            self.assertEqual(ask("PROPFIND", path, propfind("d:displayname"), Depth="0")[0], 404, path)
        answer = ask("PUT", HOME + "personal/x.ics", event("x"), **{"Content-Type": "text/calendar"})
        self.assertIn(answer[0], (404, 409))
        self.assertIn(ask("MKCALENDAR", HOME + "new/")[0], (403, 404))
        self.assertEqual(ask("PROPPATCH", HOME, f"<d:propertyupdate {NAMESPACES}><d:set><d:prop><d:displayname>x"
                             "</d:displayname></d:prop></d:set></d:propertyupdate>")[0], 403)
        self.assertNotIn(b"personal", ask("GET", HOME)[2])
        for body in (f'<c:calendar-query {NAMESPACES}><d:prop><d:getetag/></d:prop><c:filter><c:comp-filter name='
                     '"VCALENDAR"/></c:filter></c:calendar-query>',
                     f"<c:calendar-multiget {NAMESPACES}><d:prop><d:getetag/></d:prop><d:href>{SHARE}dentist.ics</d:href>"
                     "</c:calendar-multiget>"):
            answer = ask("REPORT", HOME, body, Depth="1")[2]
            self.assertNotIn(b"200 OK", answer)
            self.assertNotIn(b"getetag>", answer)
        answer = ask("REPORT", HOME, f'<c:free-busy-query {NAMESPACES}><c:time-range start="20260101T000000Z" '
                     'end="20270101T000000Z"/></c:free-busy-query>', Depth="1")
        self.assertNotIn(b"FREEBUSY:", answer[2])
        self.assertNotIn(b"FREEBUSY;", answer[2])

    def test_sync_of_home(self):
        """Neither what is there, nor what comes and goes, is named."""
        token = ""
        for act in (lambda: None,
                    lambda: self.ask("MKCALENDAR", HOME + "secret/", code=201),
                    lambda: self.put(HOME + "secret/x.ics", event("x"), "ben"),
                    lambda: self.share(("users/ben", "reader")),
                    lambda: self.share(),
                    lambda: self.ask("DELETE", HOME + "secret/", code=204)):
            act()
            status, _, body = self.ask("REPORT", HOME, SYNC.format(token), {"Depth": "0"}, password=self.secret)
            self.assertEqual((status, [r.href for r in rows(body)]), (207, []))
            token = ET.fromstring(body).findtext(DAV + "sync-token")
        # The main password sees all of it from the same tokens on.
        answer = self.ask("REPORT", HOME, SYNC.format(""), {"Depth": "0"}, code=207)[2]
        self.assertEqual({r.href for r in rows(answer)}, {HOME + "personal/", HOME + "tasks/"})


if __name__ == "__main__":
    unittest.main()
